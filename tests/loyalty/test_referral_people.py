"""Referrals when two customers turn out to be one, when somebody is erased, and when she asks what is kept of her."""

import pytest
from django.urls import reverse

from customers import merging, privacy, timeline
from customers.models import Erasure, Shop
from customers.privacy import Asked
from customers.timeline import About
from loyalty import books
from loyalty.models import Referral, ReferralCode
from loyalty.referrals import claims, rewarding
from loyalty.referrals.claims import Claim
from loyalty.referrals.refusals import Refused
from tests.factories import UserFactory
from tests.loyalty import points
from tests.loyalty.points import NOON
from tests.loyalty.referrals import LATER, SOON, buy, claim, code, member, newcomer, now, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def program():
    made = points.program()
    publish(made)
    yield made
    assert [verdict.invariant.key for verdict in books.check(SOON) if not verdict.green] == []


def merge(loser, winner):
    assert merging.merge(loser.pk, winner.pk, UserFactory(), LATER)


def rewarded(referrer, recommended):
    made = claim(referrer, recommended)
    buy(recommended)
    rewarding.sweep(LATER)
    return now(made)


def test_what_a_merged_member_has_recommended_is_the_other_s(program):
    berta, bea = member(), member()
    made = rewarded(berta, newcomer())
    merge(berta, bea)
    assert now(made).referrer_id == bea.pk
    assert points.free(program, bea.pk, LATER) == 500


def test_both_codes_lead_to_who_is_left():
    berta, bea = member(), member()
    texts = [code(berta), code(bea)]
    merge(berta, bea)
    made = [claims.claim(Claim(text, newcomer().pk, "api"), NOON) for text in texts]
    assert {each.referrer_id for each in made} == {bea.pk}


def test_the_only_code_of_two_is_hers_who_is_left():
    berta, bea = member(), member()
    text = code(berta)
    merge(berta, bea)
    assert ReferralCode.objects.get().customer_id == bea.pk
    assert code(bea) == text


def test_who_recommended_herself_under_two_names_has_to_give_everything_back(program):
    berta, nina = member(), newcomer()
    made = rewarded(berta, nina)
    merge(nina, berta)
    assert (now(made).state, now(made).reason) == ("returned", "same")
    rewarding.sweep(LATER)
    assert now(made).state == "taken_back"
    assert points.free(program, berta.pk, LATER) == 0


def test_a_waiting_reward_for_oneself_is_never_given(program):
    berta, nina = member(), newcomer()
    made = claim(berta, nina)
    buy(nina)
    merge(berta, nina)
    assert (now(made).state, now(made).reason) == ("missed", "same")
    assert rewarding.sweep(LATER) == 0


def test_of_two_recommendations_of_one_person_one_is_rewarded(program):
    nina, nele = newcomer(), newcomer()
    first, second = claim(member(), nina), claim(member(), nele)
    merge(nina, nele)
    buy(nele)
    rewarding.sweep(LATER)
    assert {now(first).state, now(second).state} == {"missed", "rewarded"}
    assert points.free(program, nele.pk, LATER) == 200


def test_who_came_keeps_her_referral_when_she_is_merged_before_her_order(program):
    nina, nele = newcomer(), newcomer()
    made = claim(member(), nina)
    merge(nina, nele)
    buy(nele)
    rewarding.sweep(LATER)
    assert (now(made).state, now(made).recommended_id) == ("rewarded", nele.pk)


def test_an_old_customer_who_swallows_a_new_one_is_not_rewarded():
    nina, old = newcomer(), member()
    made = claim(member(), nina)
    buy(old, at=NOON.replace(month=1))
    merge(nina, old)
    buy(old)
    assert (now(made).state, now(made).reason) == ("missed", "earlier")


def erase(person):
    assert privacy.erase(person.pk, Asked(Erasure.By.CUSTOMER, LATER), LATER)


def test_an_erased_member_has_no_code_and_gets_nothing_more(program):
    berta, nina = member(), newcomer()
    text = code(berta)
    made = claim(berta, nina)
    erase(berta)
    buy(nina)
    assert (now(made).state, now(made).reason) == ("missed", "gone")
    with pytest.raises(Refused) as why:
        claims.claim(Claim(text, newcomer().pk, "api"), NOON)
    assert why.value.code == "unknown"


def test_what_was_given_stays_when_one_of_both_is_erased(program):
    berta, nina = member(), newcomer()
    made = rewarded(berta, nina)
    erase(nina)
    assert now(made).state == "rewarded"
    assert points.free(program, berta.pk, LATER) == 500


def test_she_hears_of_her_referrals_and_not_who_the_other_one_is():
    berta, nina = member(), newcomer()
    claim(berta, nina)
    told = privacy.export([berta.pk, nina.pk])
    hers = {table.key: table.rows for table in told[berta.pk]}
    assert hers["referral_code"][0]["text"] == code(berta)
    assert hers["referrals_made"][0]["state"] == "claimed"
    assert nina.last_name not in str(hers)
    assert "recommended" in {table.key for table in told[nina.pk]}
    assert Referral.objects.count() == 1


def test_the_timelines_of_both_tell_of_it_with_what_each_got(django_assert_num_queries):
    berta, nina, bea = member(), newcomer(), newcomer()
    rewarded(berta, nina)
    claim(berta, bea, SOON)
    reader = UserFactory(in_role="administrator")

    def told(of, who=reader):
        return timeline.page(About(of, who, Shop.current()), [timeline.kinds["referrals"]], None).lines

    hers = [(str(entry.sentence), str(entry.detail), str(entry.badge)) for _kind, entry in told(berta)]
    assert hers == [
        (f"Recommended {bea}", "", "waits for the order"),
        (f"Recommended {nina}", "500 points", "rewarded"),
    ]
    with django_assert_num_queries(2):  # one for the shop
        [(_kind, entry)] = told(nina)
    assert (str(entry.sentence), str(entry.detail)) == (f"Recommended by {berta}", "200 points")
    assert entry.url == reverse("customer", args=[berta.pk])
    [(_kind, masked)] = told(nina, UserFactory(in_role="analyst"))
    assert berta.last_name not in str(masked.sentence)


def test_the_timeline_says_why_nothing_was_given():
    nina = newcomer()
    claim(member(), nina)
    buy(nina, "5.00")
    about = About(nina, UserFactory(in_role="marketer"), Shop.current())
    [(kind, entry)] = timeline.page(about, timeline.allowed(about.reader), None).lines[-1:]
    assert (kind.key, str(entry.detail)) == ("referrals", "first order too small")
