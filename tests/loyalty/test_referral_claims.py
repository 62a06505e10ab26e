"""Who may be recommended by whom: once, before the first order, and never by oneself under another name."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from customers.models import Customer
from loyalty.models import Referral, ReferralCode
from loyalty.referrals import claims, codes
from loyalty.referrals.claims import Claim
from loyalty.referrals.refusals import Refused
from tests.loyalty.points import NOON
from tests.loyalty.referrals import LATER, buy, claim, code, member, newcomer, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def running():
    return publish()


def refused(referrer, recommended, at=NOON):
    with pytest.raises(Refused) as why:
        claim(referrer, recommended, at)
    assert why.value.sentence
    return why.value.code


def test_each_member_has_one_code_for_ever():
    berta, bea = member(), member()
    first = codes.of([berta.pk, bea.pk], NOON)
    assert codes.of([berta.pk, bea.pk], LATER) == first
    assert len({each.text for each in first.values()}) == 2
    assert ReferralCode.objects.count() == 2


def test_codes_of_many_are_drawn_in_a_fixed_number_of_statements(django_assert_max_num_queries):
    people = [member().pk for _ in range(20)]
    with django_assert_max_num_queries(6):
        assert len(codes.of(people, NOON)) == 20


def test_a_code_is_understood_as_it_is_typed():
    berta, nina = member(), newcomer()
    typed = f" {codes.of([berta.pk], NOON)[berta.pk].label.lower()} "
    made = claims.claim(Claim(typed, nina.pk, "till"), NOON)
    assert (made.referrer_id, made.recommended_id, made.state) == (berta.pk, nina.pk, "claimed")


def test_the_same_statement_twice_is_one_referral_and_another_is_refused():
    berta, nina = member(), newcomer()
    assert claim(berta, nina) == claim(berta, nina)
    assert refused(member(), nina) == "other"
    assert Referral.objects.count() == 1


def test_the_first_answer_stands_when_the_programme_was_switched_off_since():
    berta, nina = member(), newcomer()
    made = claim(berta, nina)
    publish(active=False)
    assert claim(berta, nina) == made
    assert refused(berta, newcomer()) == "off"


def test_outside_its_window_the_programme_takes_nobody():
    publish(starts_on=(NOON + timedelta(days=1)).date())
    assert refused(member(), newcomer()) == "off"
    publish(starts_on=None, ends_on=(NOON - timedelta(days=1)).date())
    assert refused(member(), newcomer()) == "off"
    publish(ends_on=NOON.date())
    claim(member(), newcomer())


def test_an_unknown_code_is_refused():
    with pytest.raises(Refused) as why:
        claims.claim(Claim("NICHTDA", newcomer().pk, "api"), NOON)
    assert why.value.code == "unknown"


def test_nobody_recommends_herself():
    berta = newcomer()
    assert refused(berta, berta) == "self"


@pytest.mark.parametrize(
    "shared",
    [
        {"email": "berta@example.org"},
        {"email": "Berta+neu@example.org"},
        {"phone": "+4951112345"},
        {"first_name": "Berta", "last_name": "BRÁNDT", "postal_code": "31134"},
        {"first_name": "", "last_name": "", "attributes": {"name": "Berta Brándt"}, "postal_code": "31134"},
        {"attributes": {"street": "lindenweg 3"}, "postal_code": "31134"},
    ],
)
def test_who_shares_mailbox_phone_or_postal_address_counts_as_the_same_person(shared):
    berta = member(
        first_name="Berta",
        last_name="Brandt",
        email="berta@example.org",
        phone="+4951112345",
        postal_code="31134",
        attributes={"street": "Lindenweg 3"},
    )
    assert refused(berta, newcomer(**shared)) == "same"


def test_neighbours_and_namesakes_are_other_people():
    berta = member(first_name="Berta", last_name="Brandt", postal_code="31134")
    claim(berta, newcomer(postal_code="31134"))
    claim(berta, newcomer(first_name="Berta", last_name="Brandt", postal_code="20095"))


@pytest.mark.parametrize(
    "shared",
    [
        {"email": "OLGA@example.org"},
        {"phone": "+4951199999"},
        {"first_name": "Olga", "last_name": "Old", "postal_code": "10115"},
    ],
)
def test_who_was_a_customer_before_under_another_number_is_not_new(shared):
    member(
        first_name="Olga", last_name="Old", email="olga@example.org", phone="+4951199999", postal_code="10115"
    )
    assert refused(member(), newcomer(**shared)) == "known"


def test_who_has_ordered_is_not_new():
    nina = newcomer()
    buy(nina)
    assert refused(member(), nina, LATER) == "ordered"


def test_a_statement_comes_too_late_a_month_after_the_sign_up():
    berta = member()
    claim(berta, newcomer(), NOON + timedelta(days=30))
    assert refused(berta, newcomer(), NOON + timedelta(days=30, minutes=1)) == "late"


def test_recommendations_run_in_no_circle():
    anna, bea, cora = newcomer(), newcomer(), newcomer()
    claim(anna, bea)
    claim(bea, cora)
    assert refused(bea, anna) == "circle"
    assert refused(cora, anna) == "circle"


def test_nobody_is_promised_what_is_used_up():
    publish(most_per_year=1)
    berta = member()
    buy(claim(berta, newcomer()).recommended)
    assert refused(berta, newcomer()) == "limit"
    publish(most_per_year=None, most_in_all=1)
    assert refused(member(), newcomer()) == "budget"


def test_a_merged_member_s_code_leads_to_the_other_and_an_erased_one_s_to_nobody():
    berta, bea, nina = member(), member(), newcomer()
    text = code(berta)
    Customer.objects.filter(pk=berta.pk).update(merged_into=bea)
    assert claims.claim(Claim(text, nina.pk, "api"), NOON).referrer_id == bea.pk
    Customer.objects.filter(pk=bea.pk).update(erased_at=NOON)
    with pytest.raises(Refused):
        claims.claim(Claim(text, newcomer().pk, "api"), NOON)


def test_the_database_itself_refuses_a_second_referrer_and_oneself():
    berta, nina = member(), newcomer()
    made = claim(berta, nina)
    for referrer, recommended in ((member(), nina), (berta, berta)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Referral.objects.create(
                terms=made.terms,
                referrer=referrer,
                recommended=recommended,
                source="api",
                claimed_at=NOON,
            )
