"""The till's pages: own store only, one card, redeeming, undoing within five minutes, guessing made slow."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.models import OptIn, Permission, Topic
from customers.models import AuditEntry, Customer, Event, Identity, Shop, Store, User
from loyalty.coupons import redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import (
    Allowance,
    AllowanceRule,
    Entry,
    GoodwillIssue,
    GoodwillReason,
    Redemption,
    TillLookup,
)
from loyalty.till import goodwill, lookups, sales
from tests.factories import PASSWORD, StoreFactory
from tests.loyalty import points, tills
from tests.loyalty.coupons import code, coupon, rule

pytestmark = pytest.mark.django_db
KEY = "7d0c7a5e-8a4e-4f0e-9f6e-0123456789ab"
OTHER = "7d0c7a5e-8a4e-4f0e-9f6e-0123456789ac"


@pytest.fixture
def store() -> Store:
    tills.allow()
    tills.threshold(1500)
    return StoreFactory(name="Hannover")


def at_till(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def mara(store: Store) -> User:
    return tills.staff(store)


@pytest.fixture
def till(mara: User) -> Client:
    return at_till(mara)


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    return client.get(reverse(name, args=args), query).content.decode()


def redeem(client: Client, text: str, act: str = "redeem", **fields: Any) -> Any:
    data = {"code": text, "amount": "50", "reference": KEY, "act": act} | fields
    return client.post(reverse("till_redeem"), data, follow=True)


# --- The store ---


def test_who_has_several_stores_chooses_one_and_it_is_kept(store, marketer):
    other = StoreFactory(name="Celle")
    assert "Which till?" in page(marketer, "till")
    marketer.post(reverse("till_store"), {"store": other.pk, "next": "https://evil.example/"})
    assert "Celle" in page(marketer, "till")


def test_who_has_no_store_is_told_what_to_do(store_manager):
    assert "An administrator adds it" in page(store_manager, "till")


def test_a_store_of_others_cannot_be_chosen(till):
    other = StoreFactory()
    assert till.post(reverse("till_store"), {"store": other.pk}).status_code == 404


# --- Finding ---


def test_a_customer_is_found_by_whatever_she_says(store, till):
    anna = tills.shopper(
        store, first_name="Anna", last_name="Özdemir", email="anna@oz.example", phone="+49511123456"
    )
    Identity.objects.create(customer=anna, source="card", number="K-4711")
    made = code(coupon(), "DANKE10", customer=anna.pk)
    points.give(points.program(), anna.pk, 340, ready=timezone.now() - timedelta(days=1))
    for text in ("ozdemir", "anna@oz.example", "0511 123456", "K-4711", "danke-1o"):
        shown = page(till, "till", q=text)
        assert "Anna Özdemir" in shown, text
        assert made.label in shown
        assert "Treuepunkte" in shown
        assert ">340<" in shown


def test_several_of_a_name_are_a_choice(store, till):
    for _ in range(2):
        tills.shopper(store, last_name="Kowalski")
    shown = page(till, "till", q="kowalski")
    assert "Who is it?" in shown
    assert shown.count("Anna Kowalski") == 2


@pytest.mark.parametrize("typed", ["Meyer", "Anna Mexer", "Maier", "Meirr", "ana meier"])
def test_who_is_spelled_a_little_differently_is_offered(store, till, typed):
    anna = tills.shopper(store, first_name="Anna", last_name="Meier", email="")
    tills.shopper(StoreFactory(), first_name="Anna", last_name="Meier", email="")
    shown = page(till, "till", q=typed)
    assert "Is it one of these?" in shown
    assert re.findall(r"\?customer=(\d+)", shown) == [str(anna.pk)]


def test_the_last_digits_of_a_phone_number_are_enough(store, till):
    anna = tills.shopper(store, last_name="Meier", phone="+491715554711")
    tills.shopper(store, last_name="Weber", phone="+491715554712")
    for typed in ("4711", "55 4711", "555-4711"):
        shown = page(till, "till", q=typed)
        assert re.findall(r"\?customer=(\d+)", shown) == [str(anna.pk)], typed
    assert "Nobody found" in page(till, "till", q="711")


def test_customers_of_other_stores_are_not_seen(store, till):
    other = tills.shopper(StoreFactory(), last_name="Fremd", email="fremd@example.org")
    theirs = code(coupon(), "FREMD10", customer=other.pk)
    for text in ("fremd", "fremd@example.org"):
        assert "Nobody found" in page(till, "till", q=text)
    by_code = page(till, "till", q=theirs.text)  # she stands there with it: the coupon, and nothing about her
    assert "Redeem this coupon" in by_code
    assert "Anna Fremd" not in by_code
    for name in ("till_goodwill",):
        assert till.get(reverse(name, args=[other.pk])).status_code == 404
    assert till.get(reverse("till"), {"customer": other.pk}).status_code == 404


def test_what_happened_in_other_stores_is_not_there(store, till):
    other = StoreFactory()
    lena = tills.staff(other)
    issue = goodwill.give(tills.wish(other), lena, timezone.now())
    waits = goodwill.give(tills.wish(other, 5000), lena, timezone.now())
    redeem(at_till(lena), code(coupon(), "THEIRS").text)
    row = Redemption.objects.get(store=other)
    for name, args in (
        ("till_given", [issue.pk]),
        ("till_request", [waits.pk]),
        ("till_done", [row.pk]),
        ("till_undo", ["redemption", row.pk]),
        ("till_undo", ["goodwill", issue.pk]),
    ):
        assert till.get(reverse(name, args=args)).status_code == 404, name
        assert till.post(reverse(name, args=args), {"act": "confirm"}).status_code in (404, 405), name
    assert "Nothing yet today" in page(till, "till_day")


# --- Guessing ---


def test_guessing_becomes_slow_and_is_written_down(store, till, mara):
    for number in range(lookups.MOST_UNKNOWN):
        assert "This code cannot be redeemed." in redeem(till, f"GUESS{number}").content.decode()
    right = code(coupon(), "RIGHT10").text
    for answer in (redeem(till, right).content.decode(), page(till, "till", q=right)):
        assert "Wait 5 minutes" in answer
    assert not Redemption.objects.exists()
    assert AuditEntry.objects.get(action="till.guessed").user == mara
    TillLookup.objects.update(at=timezone.now() - lookups.WITHIN)
    assert "€5.00 off" in redeem(till, right).content.decode()


def test_names_that_nobody_has_are_no_guesses(till):
    for _ in range(lookups.MOST_UNKNOWN + 1):
        shown = page(till, "till", q="Nobody Likethis")
    assert "Nobody found" in shown


# --- Redeeming ---


def test_what_a_coupon_takes_off_is_said_before_anything_is_booked(till):
    made = code(coupon(rule("minimum_basket", amount=2000)), "MIN20")
    low = redeem(till, "min 20", "check", amount="15,80")
    assert low.status_code == 422
    assert "€4.20 below the minimum of €20.00." in low.content.decode()
    assert "€2.50 off" in redeem(till, "min-20", "check", amount="25.00").content.decode()
    assert not Redemption.objects.exists()
    done = redeem(till, made.text, amount="25").content.decode()
    assert "Redeemed" in done
    assert "€2.50 off" in done


@pytest.mark.parametrize("key", ["categories", "brands"])
def test_a_coupon_for_some_articles_asks_what_they_cost(till, key):
    code(coupon(rule(key, **{key: ["Tee"]})), "TEE10")
    asked = redeem(till, "TEE10", "check").content.decode()
    assert "Of this for: Tee" in asked
    assert "This field is required." in asked
    assert "€1.50 off" in redeem(till, "TEE10", "check", covered="15").content.decode()
    assert (
        "Nothing in the basket is part of this coupon." in redeem(till, "TEE10", covered="0").content.decode()
    )


def test_the_second_till_is_refused_and_told_where_it_was_used(store, till):
    text = code(coupon(single_use=True), "ONCE10").text
    redeem(till, text)
    celle = StoreFactory(name="Celle")
    second = redeem(at_till(tills.staff(celle)), text, reference=OTHER)
    answer = second.content.decode()
    assert second.status_code == 422
    assert "This code was redeemed already." in answer
    assert "in: Hannover" in answer
    assert Redemption.objects.count() == 1


def test_only_what_was_shown_is_redeemed(store, till):
    """A scanner's Enter in a form that shows another code's worth must look first."""
    first, other = code(coupon()), code(coupon())
    looked = redeem(till, first.text, "check").content.decode()
    shown = re.search(r'name="shown" value="([^"]+)"', looked)[1]
    for text, amount in ((other.text, "50"), (first.text, "20")):
        again = redeem(till, text, amount=amount, shown=shown).content.decode()
        assert 'name="act" value="redeem"' in again
        assert not Redemption.objects.exists()
    redeem(till, first.text, shown=shown)
    assert Redemption.objects.get().code == first


def test_sending_the_form_twice_redeems_once(till):
    text = code(coupon(), "TWICE10").text
    first, second = redeem(till, text), redeem(till, text)
    assert first.redirect_chain == second.redirect_chain
    assert Redemption.objects.count() == 1


@pytest.mark.parametrize("changed", ["code", "amount", "covered", "receipt"])
def test_a_form_that_comes_back_with_something_else_is_a_new_redemption_that_is_looked_at_first(
    till, changed
):
    """Who goes back in the browser and changes the sum must not see the old discount for the new basket."""
    first, other = (code(coupon(rule("brands", brands=["Tee"]))).text for _each in range(2))
    redeem(till, first, covered="50")
    made = Redemption.objects.get()
    fields = {"covered": "50"} | {"code": {"code": other}, "amount": {"amount": "80", "covered": "80"}}.get(
        changed, {changed: "30"}
    )
    worth = {"amount": "€8.00", "covered": "€3.00"}.get(changed, "€5.00")
    for act in ("check", "redeem"):
        shown = redeem(till, first, act, **fields).content.decode()
        assert "has taken €5.00 off already" in shown
        assert reverse("till_done", args=[made.pk]) in shown
        assert f"{worth} off" in shown
        assert Redemption.objects.count() == 1
    [again] = re.findall(r'name="reference" value="([^"]+)"', shown)
    redeem(till, first, reference=again, **fields)
    assert Redemption.objects.count() == 2


def test_a_basket_of_the_same_receipt_has_the_coupon_already(till):
    text = code(coupon()).text
    redeem(till, text, receipt="4711")
    shown = redeem(till, text, receipt="4711", amount="80").content.decode()
    assert "has taken €5.00 off already" in shown
    assert "This code is on this order already." in shown
    assert Redemption.objects.count() == 1


def test_a_receipt_of_the_same_number_on_the_next_day_is_another_order(store, mara):
    """Registers begin anew each day, by the store's clock."""
    made = code(coupon())
    evening = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)  # half past eleven
    for hours, reference in ((0, KEY), (1, OTHER)):
        sale = sales.Sale(store, 5000, None, "42", reference)
        at = evening + timedelta(hours=hours)
        assert redemptions.redeem(sales.wish(made, sale, mara, at), at).state == "redeemed"
    again = sales.wish(made, sales.Sale(store, 5000, None, "42", str(uuid4())), mara, at)
    with pytest.raises(Refused, match="same_order"):
        redemptions.redeem(again, at)


def test_the_holder_who_is_not_seen_here_redeems_by_her_code(store, till):
    other = tills.shopper(StoreFactory())
    redeem(till, code(coupon(), "HERS10", customer=other.pk).text)
    assert Redemption.objects.get().customer == other
    anna = tills.shopper(store)
    answer = redeem(till, "HERS10", customer=anna.pk, reference=OTHER).content.decode()
    assert "This code belongs to another customer." in answer


@pytest.mark.parametrize("amount", ["", "abc", "-5", "0", "1,999", "99999999999", "12,3456", "\0"])
def test_no_amount_breaks_the_page(till, amount):
    text = code(coupon(), "FINE10").text
    answer = redeem(till, text, "check", amount=amount)
    assert answer.status_code in (200, 422)
    assert ("field-faulty" in answer.content.decode()) == (amount != "1,999")


def test_a_redemption_is_undone_for_five_minutes(till, mara):
    text = code(coupon(single_use=True), "OOPS10").text
    redeem(till, text)
    row = Redemption.objects.get()
    assert "Undo" in page(till, "till_day")
    assert "Undo this?" in page(till, "till_undo", "redemption", row.pk)
    till.post(reverse("till_undo", args=["redemption", row.pk]))
    assert "€5.00 off" in redeem(till, text, reference=OTHER).content.decode()
    second = Redemption.objects.get(state="redeemed")
    Redemption.objects.filter(pk=second.pk).update(at=timezone.now() - timedelta(minutes=5, seconds=1))
    late = till.post(reverse("till_undo", args=["redemption", second.pk]), follow=True).content.decode()
    assert "for five minutes only" in late
    assert Redemption.objects.filter(state="redeemed").count() == 1
    assert AuditEntry.objects.filter(action="coupon.undone", user=mara).count() == 1


def test_who_goes_back_after_undoing_redeems_once_more(till):
    """The form that she finds there was sent before."""
    text = code(coupon(single_use=True), "OOPS10").text
    redeem(till, text)
    till.post(reverse("till_undo", args=["redemption", Redemption.objects.get().pk]))
    shown = redeem(till, text).content.decode()
    assert "This redemption was undone." in shown
    assert not Redemption.objects.filter(state="redeemed").exists()
    [again] = re.findall(r'name="reference" value="([^"]+)"', shown)
    assert again != KEY
    assert "€5.00 off" in redeem(till, text, reference=again).content.decode()
    assert Redemption.objects.filter(state="redeemed").count() == 1


# --- Goodwill ---


def give(client: Client, customer: Customer, amount: str = "10", **fields: Any) -> Any:
    data = {"amount": amount, "reason": tills.reason().pk, "reference": KEY} | fields
    return client.post(reverse("till_goodwill", args=[customer.pk]), data, follow=True)


def test_goodwill_is_given_shown_and_undone(store, till):
    tills.reason()
    anna = tills.shopper(store)
    asked = page(till, "till_goodwill", anna.pk)
    assert "€100.00 of €100.00 are left for you this month." in asked
    shown = give(till, anna, "12,50").content.decode()
    issue = GoodwillIssue.objects.get()
    assert issue.code.label in shown
    assert "<svg" in shown
    assert "€12.50" in shown
    till.post(reverse("till_undo", args=["goodwill", issue.pk]))
    assert Allowance.objects.get().money == 0
    assert "undone" in page(till, "till_given", issue.pk)


def test_a_colleague_confirms_on_the_same_device_with_her_password(store, till, mara):
    anna, lena = tills.shopper(store), tills.staff(store)
    waits = give(till, anna, "20")
    url = waits.redirect_chain[-1][0]
    assert "waits for a second person" in waits.content.decode()
    for said in ({"email": lena.email, "password": "wrong"}, {"email": mara.email, "password": PASSWORD}):
        assert till.post(url, {"act": "confirm"} | said).status_code == 422
    assert not GoodwillIssue.objects.exists()
    till.post(url, {"act": "confirm", "email": lena.email, "password": PASSWORD})
    issue = GoodwillIssue.objects.get()
    assert (issue.approver, issue.allowance.user) == (lena, mara)
    assert till.get(reverse("till")).wsgi_request.user == mara  # nobody was signed in instead
    confirmed = AuditEntry.objects.get(action="goodwill.confirmed")
    assert confirmed.user == lena


def test_a_colleague_confirms_on_her_own_device(store, till):
    waits = give(till, tills.shopper(store), "20")
    lena = at_till(tills.staff(store))
    assert "Waits for a second person" in page(lena, "till")
    lena.post(waits.redirect_chain[-1][0], {"act": "confirm"})
    assert GoodwillIssue.objects.count() == 1
    assert "Show the coupon" in till.get(waits.redirect_chain[-1][0]).content.decode()


def test_before_reasons_and_allowances_are_set_the_page_says_so(till, store):
    GoodwillReason.objects.all().delete()
    anna = tills.shopper(store)
    assert "No reasons yet" in page(till, "till_goodwill", anna.pk)
    tills.reason()
    AllowanceRule.objects.all().delete()
    assert "No allowance yet" in page(till, "till_goodwill", anna.pk)


def test_customer_service_gives_goodwill_from_the_customer_page(store, marketer):
    tills.reason()
    anna = tills.shopper(store)
    assert reverse("till_goodwill", args=[anna.pk]) in marketer.get(f"/customers/{anna.pk}/").content.decode()
    marketer.post(reverse("till_store"), {"store": store.pk})
    give(marketer, anna)
    assert "Something broke" in marketer.get(f"/customers/{anna.pk}/").content.decode()


# --- Signing up ---


def sign_up(client: Client, **fields: Any) -> Any:
    data = {"first_name": "Nele", "last_name": "Neu", "email": "nele@example.org", "language": "de"} | fields
    return client.post(reverse("till_sign_up"), data, follow=True)


def test_a_new_customer_is_asked_by_mail_and_has_agreed_to_nothing_yet(store, till, mara):
    topic = Topic.objects.create(key="news", names={"de": "Neues", "en": "News"})
    shown = sign_up(till, topic=topic.pk, phone="0511 123456").content.decode()
    nele = Customer.objects.get(email="nele@example.org")
    assert "The mail with the link is on its way." in shown
    assert (nele.home_store, nele.phone, nele.acquisition_source) == (store, "+49511123456", "till")
    asked = OptIn.objects.get()
    assert (asked.customer, asked.topic, asked.confirmed_at) == (nele, topic, None)
    assert asked.evidence["wording"].startswith("till-sign-up")
    assert not Permission.objects.filter(customer=nele).exists()
    assert AuditEntry.objects.get(action="till.signed_up").user == mara
    assert "Signed up" in page(till, "till_day")


def test_signing_up_is_an_event_that_earns_once(store, till):
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    program = points.program()
    points.rule(program, "behaviour", event="custom", name="sign_up", points=100)
    for _time in range(2):
        sign_up(till)
    nele = Customer.objects.get(email="nele@example.org")
    event = Event.objects.get(customer_id=nele.pk)
    assert (event.kind, event.name, event.store_id) == ("custom", "sign_up", store.pk)
    assert [entry.points for entry in Entry.objects.filter(account__customer=nele)] == [100]


def test_without_her_wish_nobody_is_asked(till):
    Topic.objects.create(key="news", names={"de": "Neues", "en": "News"})
    sign_up(till)
    assert Customer.objects.filter(email="nele@example.org").exists()
    assert not OptIn.objects.exists()


def test_who_is_a_customer_already_is_not_made_twice(store, till):
    anna = tills.shopper(store, email="nele@example.org")
    assert "She is a customer already" in sign_up(till, email="Nele@Example.org").content.decode()
    assert Customer.objects.filter(email__iexact="nele@example.org").get() == anna


def test_a_customer_of_another_store_stays_unseen_and_trying_it_out_becomes_slow(till):
    tills.shopper(StoreFactory(), email="nele@example.org", last_name="Geheim", city="Kiel")
    for _ in range(lookups.MOST_UNKNOWN):
        answer = sign_up(till).content.decode()
        assert "customer of another store" in answer
        assert "Geheim" not in answer
    assert "Wait 5 minutes" in sign_up(till).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": ""}, "so that she is found again"),
        ({"email": "nonsense"}, "Enter a valid email address."),
        ({"phone": "12"}, "This is no phone number."),
        ({"last_name": ""}, "This field is required."),
    ],
)
def test_what_is_missing_is_said_at_its_field(till, fields, sentence):
    assert sentence in sign_up(till, **fields).content.decode()
    assert not Customer.objects.exists()


# --- Settings ---


def test_marketing_sets_allowances_reasons_and_the_threshold(marketer, store):
    AllowanceRule.objects.all().delete()
    rule_of_all = {"user": "", "store": "", "most_coupons": "12", "most_money": "150,50"}
    marketer.post(reverse("allowance_rule_create"), rule_of_all)
    made = AllowanceRule.objects.get()
    assert (made.most_coupons, made.most_money) == (12, 15050)
    twice = marketer.post(reverse("allowance_rule_create"), rule_of_all).content.decode()
    assert "There is a rule for this person and store already" in twice
    marketer.post(reverse("goodwill_reason_create"), {"name": "Late parcel", "active": "on"})
    marketer.post(reverse("till_settings"), {"second_person_above": "25", "days_valid": "30"})
    shown = page(marketer, "till_settings")
    for words in ("Late parcel", "€150.50 · 12 coupons", "25.00"):
        assert words in shown
    assert AuditEntry.objects.filter(action="allowance_rule.added").count() == 1
    marketer.post(reverse("allowance_rule_delete", args=[made.pk]))
    assert not AllowanceRule.objects.exists()


def test_the_list_of_what_was_given_can_be_taken_out_as_a_file(
    store: Store, mara: User, sign_in: Callable[..., Client]
) -> None:
    goodwill.give(tills.wish(store, 1234), mara, timezone.now())
    office = sign_in("marketer")
    assert "€12.34" in page(office, "allowance_list")
    export = b"".join(office.get(reverse("allowance_list"), {"export": "csv"}).streaming_content)  # type: ignore[attr-defined]
    assert "12.34" in export.decode() or "12,34" in export.decode()
