"""Links that a shop's pages bring along by themselves: kept as rows, claimed by a sweep, refused with a reason."""

from datetime import timedelta

import pytest

from customers import merging, privacy
from customers.models import Customer, Erasure
from customers.privacy import Asked
from customers.signals import people_identified
from loyalty.models import BroughtLink, Referral
from loyalty.referrals import brought, claims, codes
from loyalty.referrals.claims import Claim
from loyalty.referrals.refusals import Refused
from tests.factories import UserFactory
from tests.loyalty import points
from tests.loyalty.points import NOON
from tests.loyalty.referrals import SOON, buy, code, member, newcomer, publish

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MONTH = timedelta(days=30)


@pytest.fixture(autouse=True)
def running():
    publish(points.program())


def link(of, at=NOON):
    return codes.token(code(of), MONTH, at)


def bring(who, text, at=NOON):
    """As the messages of a page say it."""
    said = [(who.pk, {"referral": text, "page": {}})]
    people_identified.send(Customer, ids=[who.pk], at=at, origin="live", said=said)


def test_a_link_becomes_a_referral_once_however_often_it_is_brought(django_assert_num_queries):
    berta, nina = member(), newcomer()
    said = [(nina.pk, {"referral": link(berta)})] * 3
    with django_assert_num_queries(1):
        people_identified.send(Customer, ids=[nina.pk], at=NOON, origin="live", said=said)
    assert brought.sweep(NOON) == 1
    made = Referral.objects.get()
    assert (made.referrer, made.recommended, made.source, made.opened_at) == (berta, nina, "link", NOON)
    bring(nina, link(berta))
    assert brought.sweep(SOON) == 1
    assert Referral.objects.count() == 1
    assert not BroughtLink.objects.exists()


@pytest.mark.parametrize("said", ["made up", 7, None, {"code": "X"}, "x" * 9000])
def test_what_is_no_link_of_ours_is_left_out(said):
    bring(newcomer(), said)
    assert not BroughtLink.objects.exists()


def test_an_old_link_is_left_out():
    bring(newcomer(), link(member()), NOON + MONTH)
    assert not BroughtLink.objects.exists()


def test_an_order_between_the_link_and_the_claim_qualifies():
    nina, text = newcomer(), link(member(), NOON)
    buy(nina, at=NOON + HOUR)
    bring(nina, text, NOON + 3 * HOUR)
    brought.sweep(NOON + 3 * HOUR)
    assert Referral.objects.get().state == "qualified"


def test_an_order_from_before_the_link_was_opened_refuses_it():
    nina = newcomer()
    buy(nina, at=NOON - HOUR)
    bring(nina, link(member(), NOON))
    brought.sweep(NOON)
    assert BroughtLink.objects.get().refusal == "ordered"


def test_an_order_heard_of_late_that_is_older_than_the_link_was_not_brought_by_it():
    nina = newcomer()
    bring(nina, link(member(), NOON), NOON + HOUR)
    brought.sweep(NOON + HOUR)
    buy(nina, at=NOON - timedelta(minutes=5))
    made = Referral.objects.get()
    assert (made.state, made.reason) == ("missed", "earlier")


def test_a_code_that_was_typed_says_nothing_of_when():
    nina = newcomer()
    buy(nina, at=NOON + HOUR)
    with pytest.raises(Refused) as why:
        claims.claim(Claim(code(member()), nina.pk, "api"), NOON + 2 * HOUR)
    assert why.value.code == "ordered"


def test_a_refused_link_is_not_tried_again_until_it_is_opened_anew():
    nina = newcomer(email="nina@example.org")
    berta = member(email="nina+b@example.org")
    bring(nina, link(berta))
    assert brought.sweep(NOON) == 1
    assert BroughtLink.objects.get().refusal == "same"
    bring(nina, link(berta))
    assert brought.sweep(NOON) == 0
    Customer.objects.filter(pk=berta.pk).update(email="berta@example.org")
    bring(nina, link(berta, SOON), SOON)
    assert brought.sweep(SOON) == 1
    assert Referral.objects.get().recommended == nina


def test_the_customer_s_page_says_why_a_link_did_not_count(administrator):
    nina = newcomer(email="nina@example.org")
    bring(nina, link(member(email="nina+b@example.org")))
    brought.sweep(NOON)
    answer = administrator.get(f"/customers/{nina.pk}/", headers={"Accept-Language": "en"})
    html = answer.content.decode()
    assert "It does not count:" in html
    assert "count as one person" in html


def test_what_a_merged_customer_has_brought_is_the_other_s():
    nina, nora, berta = newcomer(), newcomer(), member()
    bring(nina, link(berta))
    bring(nora, link(berta))
    bring(nina, link(member()))
    assert merging.merge(nina.pk, nora.pk, UserFactory(), NOON)
    assert BroughtLink.objects.filter(customer=nora).count() == 2
    assert brought.sweep(NOON) == 2
    assert Referral.objects.get().referrer == berta
    assert BroughtLink.objects.get().refusal == "other"


@pytest.mark.parametrize("who", ["recommended", "referrer"])
def test_erasing_either_side_ends_what_waits(who):
    nina, berta = newcomer(), member()
    bring(nina, link(berta))
    gone = nina if who == "recommended" else berta
    assert privacy.erase(gone.pk, Asked(Erasure.By.CUSTOMER, NOON), NOON)
    assert not BroughtLink.objects.exists()
    assert brought.sweep(NOON) == 0


def test_a_merge_at_the_moment_of_the_claim_leaves_it_for_the_next_sweep(monkeypatch):
    nina, nora, berta = newcomer(), newcomer(), member()
    bring(nina, link(berta))
    read = BroughtLink.objects.get()
    assert merging.merge(nina.pk, nora.pk, UserFactory(), NOON)
    with monkeypatch.context() as before:
        before.setattr("loyalty.referrals.claims.merging.follow", lambda pk: pk)
        brought._claim(read, NOON)
    assert not Referral.objects.exists()
    brought.sweep(NOON)
    assert Referral.objects.get().recommended == nora
