"""A coupon from the builder to the till: saved, put into words, its codes made, printed, tried, found and made void."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import AuditEntry
from loyalty import tasks
from loyalty.coupons import batches, leasing, redemptions, sheets, words
from loyalty.forms.coupons import CouponForm
from loyalty.models import Budget, BudgetShare, CodeBatch, Coupon, CouponCode, Tier
from tests.factories import CustomerFactory, ProductFactory, StoreFactory, UserFactory
from tests.loyalty import points
from tests.loyalty.coupons import basket, code, coupon, lease_wish, rule, wish
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db
FILLED = {
    "name": "Herbst",
    "gives": "percent",
    "percent": "10",
    "currency": "EUR",
    "kind": "generic",
    "code": "Herbst 10",
    "time_zone": "Europe/Berlin",
    "relative_to": "issue",
    "days_after": "0",
    "ends_on": "2026-12-24",
    "rule_minimum_basket": "1",
    "rule_minimum_basket-amount": "50.00",
    "rule_categories": "1",
    "rule_categories-categories": "Shoes\nBags",
}


@pytest.fixture
def mara(client):
    user = UserFactory(in_role="marketer")
    client.force_login(user)
    return user


def faults(answer) -> dict[str, list[str]]:
    form = answer.context["form"]
    found = {name: list(each) for name, each in form.errors.items()}
    for box in getattr(form, "boxes", []):
        found |= {f"{box.rule.key}.{name}": list(each) for name, each in box.form.errors.items()}
    return found


def pool(count: int = 5) -> Coupon:
    made = coupon(kind="pool", single_use=True)
    batches.make(batches.order(made, count, NOON).pk, NOON)
    return made


def test_a_coupon_is_built_and_says_what_it_is(client, mara):
    answer = client.post(reverse("coupon_create"), FILLED)
    made = Coupon.objects.get()
    assert answer.url == reverse("coupon", args=[made.pk])
    assert words.coupon(made) == "10% off, from €50.00, only in Shoes or Bags, until 24 Dec 2026"
    assert made.offer.rules == [
        {"key": "minimum_basket", "params": {"amount": 5000}},
        {"key": "categories", "params": {"categories": ["Shoes", "Bags"]}},
    ]
    assert made.codes.get().text == "HERBST10".translate(str.maketrans("S", "5"))
    page = client.get(answer.url)
    assert words.coupon(made) in page.content.decode()
    assert AuditEntry.objects.filter(action="coupon.added").exists()
    lines = client.get(reverse("coupon_list"), {"state": words.state(made, timezone.now()).key})
    assert b"Herbst" in lines.content


def test_a_coupon_for_tiers_is_built_from_the_list(client, mara):
    gold = Tier.objects.create(program=points.program(), name="Gold", threshold=100)
    client.post(reverse("coupon_create"), FILLED | {"rule_tiers": "1", "rule_tiers-tiers": str(gold.pk)})
    assert rule("tiers", tiers=[gold.pk]) in Coupon.objects.get().offer.rules
    assert "only with the tier Gold" in words.coupon(Coupon.objects.get())


def test_the_words_stand_beside_the_builder_while_it_is_filled_in(client, mara):
    assert b"from \xe2\x82\xac50.00" in client.post(reverse("coupon_words"), FILLED).content
    assert b"missing" in client.post(reverse("coupon_words"), FILLED | {"percent": ""}).content
    assert not Coupon.objects.exists()


def test_saving_unchanged_changes_no_date(client, mara):
    client.post(reverse("coupon_create"), FILLED | {"starts_on": "2026-10-25", "ends_on": "2026-10-25"})
    made = Coupon.objects.get()
    before = (made.starts_on, made.ends_on, made.valid_from, made.valid_until)
    for _time in range(2):
        shown = client.get(reverse("coupon_edit", args=[made.pk])).context["form"]
        again = {bound.html_name: bound.value() for bound in shown if bound.value() not in (None, False)}
        again |= {box.name: "1" for box in shown.boxes if box.on}
        for box in shown.boxes:
            again |= {each.html_name: each.value() for each in box.form if each.value() is not None}
        assert client.post(reverse("coupon_edit", args=[made.pk]), again).status_code == 302
        made.refresh_from_db()
        assert (made.starts_on, made.ends_on, made.valid_from, made.valid_until) == before
        assert made.offer.rules[0] == rule("minimum_basket", amount=5000)
    assert (made.valid_until - made.valid_from).total_seconds() == 25 * 3600


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"percent": "0"}, "percent"),
        ({"percent": "101"}, "percent"),
        ({"gives": "amount"}, "amount"),
        ({"gives": "amount", "amount": "many"}, "amount"),
        ({"currency": "XYZ"}, "currency"),
        ({"code": "%%"}, "code"),
        ({"code": "taken"}, "code"),
        ({"starts_on": "2027-01-01"}, "ends_on"),
        ({"ends_on": "31.31.2026"}, "ends_on"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"total_limit": "0"}, "total_limit"),
        ({"days_from_issue": "-1"}, "days_from_issue"),
        ({"days_from_issue": "30"}, "days_from_issue"),
        ({"rule_minimum_basket-amount": ""}, "minimum_basket.amount"),
        ({"rule_minimum_basket-amount": "99999999999999"}, "minimum_basket.amount"),
        ({"rule_categories-categories": ""}, "categories.categories"),
        ({"rule_segment": "1"}, "segment.segment"),
        ({"rule_weekdays": "1", "rule_weekdays-days": "9"}, "weekdays.days"),
    ],
)
def test_faults_stand_at_their_field(client, mara, wrong, field):
    code(coupon(), "TAKEN")
    answer = client.post(reverse("coupon_create"), FILLED | wrong)
    assert answer.status_code == 200
    assert list(faults(answer)) == [field]
    assert Coupon.objects.count() == 1


def test_once_redeemed_the_offer_does_not_change(client, mara):
    made = coupon(total_limit=5)
    redemptions.redeem(wish(code(made).text), NOON)
    sent = FILLED | {"percent": "90", "kind": "pool", "total_limit": "1", "name": "Neu"}
    answer = client.post(reverse("coupon_edit", args=[made.pk]), sent)
    assert answer.status_code == 302  # one was redeemed: the limit may be one
    made.refresh_from_db()
    assert (made.name, made.total_limit, made.used, made.kind) == ("Neu", 1, 1, "generic")
    assert made.offer.percent == Decimal(10)
    assert made.offer.rules == []
    assert made.ends_on == date(2026, 12, 24)


def test_once_leased_the_offer_does_not_change_and_what_is_left_goes_back_where_it_came_from(client, mara):
    autumn, winter = (Budget.objects.create(name=name, currency="EUR", cap=5000) for name in ("a", "w"))
    made = coupon(budget=autumn)
    leasing.lease(lease_wish(code(made).text, 3, 500), NOON)
    page = client.get(reverse("coupon_edit", args=[made.pk]))
    assert b"Codes are out" in page.content
    client.post(reverse("coupon_edit", args=[made.pk]), FILLED | {"budget": str(winter.pk), "percent": "90"})
    made.refresh_from_db()
    assert (made.budget, made.offer.percent) == (autumn, Decimal(10))
    assert leasing.sweep(NOON + 2 * DAY) == 1
    assert set(Budget.objects.values_list("used", flat=True)) == {0}


def test_a_form_that_was_opened_before_the_lease_is_refused_with_what_to_do(client, mara):
    """Between the form's look and its save somebody leases the code."""
    budget = Budget.objects.create(name="a", currency="EUR", cap=5000)
    made = coupon(total_limit=9)
    text = code(made).text
    sent = FILLED | {"budget": str(budget.pk)}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CouponForm, "filled", leased_before(CouponForm.filled, text))
        answer = client.post(reverse("coupon_edit", args=[made.pk]), sent)
    assert answer.status_code == 200
    assert "meanwhile" in faults(answer)["__all__"][0]
    made.refresh_from_db()
    assert (made.budget, made.used) == (None, 3)
    assert client.post(reverse("coupon_edit", args=[made.pk]), sent).status_code == 302


def leased_before(filled, text):
    def look(form):
        leasing.lease(lease_wish(text), NOON)
        return filled(form)

    return look


def test_pause_and_resume(client, mara):
    made = coupon()
    assert b"Pause" in client.get(reverse("coupon_pause", args=[made.pk])).content
    client.post(reverse("coupon_pause", args=[made.pk]))
    made.refresh_from_db()
    assert not made.active
    client.post(reverse("coupon_resume", args=[made.pk]))
    made.refresh_from_db()
    assert made.active


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"lines": "mug"}, b"\xe2\x82\xac1.29 off \xe2\x82\xac12.90"),
        ({"lines": "mug 5.00\njar 7"}, b"\xe2\x82\xac1.20 off"),
        ({"lines": "jar"}, b"has no price"),
        ({"lines": "jar x"}, b"is no price"),
        ({"lines": ""}, b"required"),
        ({"code": "nosuch", "lines": "mug"}, b"cannot be redeemed"),
        ({"lines": "mug", "customer": "nobody@example.org"}, b"no such customer"),
        ({"lines": "mug", "store": "999"}, b"valid choice"),
    ],
)
def test_a_code_is_tried_and_nothing_booked(client, mara, asked, said):
    ProductFactory(sku="mug")
    made = coupon()
    sent = {"code": code(made).text} | asked
    for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
        assert said in client.get(reverse("coupon_try", args=[made.pk]), sent, **headers).content
    made.refresh_from_db()
    assert made.used == 0


def test_codes_are_ordered_made_and_taken_out(client, mara):
    made = coupon(kind="pool")
    answer = client.post(
        reverse("batch_order", args=[made.pk]), {"count": "30", "begins": "linden", "length": "8"}
    )
    batch = CodeBatch.objects.get()
    assert b"Making codes" in client.get(answer.url).content
    tasks.make_codes(batch.pk)
    batch.refresh_from_db()
    assert answer.url == reverse("batch_progress", args=[batch.pk])
    assert (batch.made, batch.prefix) == (30, "11NDEN")
    assert client.get(answer.url).url == reverse("coupon", args=[made.pk])
    out = client.post(reverse("batch_export", args=[batch.pk]))
    lines = b"".join(out.streaming_content).decode().splitlines()
    assert len(lines) == 31
    assert made.codes.filter(state="issued").count() == 30
    assert AuditEntry.objects.get(action="codes.exported").detail["count"] == 30


@pytest.mark.parametrize(
    "wrong", [{"count": "0"}, {"count": "x"}, {"length": "3"}, {"begins": "ABCDEFGHK"}, {"begins": "gk-7"}]
)
def test_a_batch_that_cannot_be_made_says_why(client, mara, wrong):
    sent = {"count": "30", "begins": "", "length": "10"} | wrong
    answer = client.post(reverse("batch_order", args=[coupon(kind="pool").pk]), sent)
    assert list(faults(answer)) == list(wrong)


def test_a_batch_that_was_left_half_made_goes_on(monkeypatch):
    batch = batches.order(coupon(kind="pool"), 25, NOON)
    assert batches.make_some(batch.pk, NOON, parts=2, part=10)
    assert batches.waiting() == [batch.pk]
    assert not batches.make_some(batch.pk, NOON, parts=2, part=10)
    assert batch.codes.count() == 25


def test_a_sheet_hands_out_codes_once_and_says_when_there_are_too_few(client, mara):
    made, key = pool(5), "a" * 32
    url = reverse("coupon_sheet", args=[made.pk])
    for _twice in range(2):
        answer = client.post(url, {"count": "3", "key": key})
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")
    assert made.codes.filter(state="issued", customer=None).count() == 3
    handed = made.codes.filter(state="issued").first()
    assert redemptions.redeem(wish(handed.text), timezone.now()).amount == 500
    assert list(faults(client.post(url, {"count": "3", "key": "b" * 32}))) == ["count"]


def test_a_generic_coupon_prints_its_one_code(client, mara):
    made = coupon()
    code(made, "SOMMER20")
    answer = client.post(reverse("coupon_sheet", args=[made.pk]), {"count": "22", "key": "c" * 32})
    assert answer.content.startswith(b"%PDF")
    assert answer.content.count(b"/Type /Page\n") == 2


def test_a_qr_code_holds_the_code(client, mara):
    made = code(coupon(), "SOMMER20")
    assert sheets.symbol(made).version >= 1
    answer = client.get(reverse("code_qr", args=[made.pk]))
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<title>SOMMER20</title>" in answer.content


def test_a_code_is_found_as_it_is_mistyped_by_those_who_may(client, mara):
    made = code(coupon(), "SOMMER20")
    page = client.get(reverse("code_list", args=[made.coupon_id]), {"q": "s0mm er-2o"})
    assert b"SOMMER20" in page.content
    assert reverse("code", args=[made.pk]).encode() in client.get(reverse("search"), {"q": "5ommer"}).content
    client.force_login(UserFactory(in_role="analyst"))
    assert (
        reverse("code", args=[made.pk]).encode() not in client.get(reverse("search"), {"q": "5ommer"}).content
    )


def test_a_code_shows_its_history_and_can_be_made_void(client, mara):
    made = code(coupon(), "SOMMER20")
    redemptions.redeem(wish(made.text, "order 88"), NOON)
    page = reverse("code", args=[made.pk])
    assert b"order 88" in client.get(page).content
    assert b"cannot be taken back" in client.get(reverse("code_void", args=[made.pk])).content
    client.post(reverse("code_void", args=[made.pk]))
    assert CouponCode.objects.get(pk=made.pk).state == "void"
    assert AuditEntry.objects.filter(action="code.voided").exists()


@pytest.mark.parametrize("state", CouponCode.State.values)
def test_a_code_has_a_page_in_each_state(client, mara, state):
    made = code(coupon(), state=state)
    page = client.get(reverse("code", args=[made.pk])).content.decode()
    assert str(CouponCode.State(state).label) in page


def test_who_may_not_see_codes_gets_neither_list_nor_file(client):
    made = pool()
    client.force_login(UserFactory(in_role="analyst"))
    assert client.get(reverse("code_list", args=[made.pk])).status_code == 403
    assert client.post(reverse("batch_export", args=[made.batches.get().pk])).status_code == 403
    first = made.codes.filter(state="free").first()
    redemptions.redeem(wish(code(made, "SOMMER20").text), NOON)
    page = client.get(reverse("coupon", args=[made.pk])).content.decode()
    assert first.label not in page
    assert "SOMMER20" not in page


# --- Budgets ---

BUDGET = {"name": "Herbst", "currency": "EUR", "cap": "20", "store_cap": "10", "store_period": "month"}


def test_a_budget_is_made_spent_and_alarms(client, mara):
    client.post(reverse("budget_create"), BUDGET)
    made = Budget.objects.get()
    assert (made.cap, made.store_cap) == (2000, 1000)
    text = code(coupon(budget=made)).text
    for number in range(4):
        store = StoreFactory().number
        asked = wish(
            text, basket=basket(store=store, on=timezone.localdate()), customer_id=CustomerFactory().pk
        )
        redemptions.redeem(asked, timezone.now())
        gone = client.get(reverse("today")).content
        assert (b"gone" in gone) == (number == 3)
    assert b"Tills and shops refuse" in gone
    page = client.get(reverse("budget", args=[made.pk]))
    assert b"The budget is gone" in page.content
    assert page.context["series"]["Left"][-2:] == [20.0, 0.0]
    assert b"Store" in page.content
    assert BudgetShare.objects.count() == 4


def test_a_budget_keeps_what_is_spent(client, mara):
    client.post(reverse("budget_create"), BUDGET)
    made = Budget.objects.get()
    redemptions.redeem(wish(code(coupon(budget=made)).text, basket=basket(on=timezone.localdate())), NOON)
    url = reverse("budget_edit", args=[made.pk])
    assert list(faults(client.post(url, BUDGET | {"cap": "4.99"}))) == ["cap"]
    assert client.post(url, BUDGET | {"cap": "5", "store_cap": "1", "currency": "CHF"}).status_code == 302
    made.refresh_from_db()
    assert (made.cap, made.used, made.currency) == (500, 500, "EUR")
    assert BudgetShare.objects.get().cap == 500


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"cap": "0"}, "cap"),
        ({"cap": "a lot"}, "cap"),
        ({"store_cap": ""}, "store_cap"),
        ({"store_period": ""}, "store_period"),
        ({"store_period": "decade"}, "store_period"),
    ],
)
def test_faults_of_a_budget_stand_at_their_field(client, mara, wrong, field):
    assert field in faults(client.post(reverse("budget_create"), BUDGET | wrong))
    assert not Budget.objects.exists()


def test_what_a_coupon_is_for_and_is_not_there_is_told(client, mara):
    ProductFactory(sku="MUG")
    rules = {
        "rule_products": "1",
        "rule_products-skus": "mug\nmugg",
        "rule_stores": "1",
        "rule_stores-stores": "Celle",
    }
    page = client.post(reverse("coupon_create"), FILLED | rules, follow=True)
    told = next(str(each) for each in page.context["messages"] if "nothing here called" in str(each))
    assert all(f"“{word}”" in told for word in ("Shoes", "Bags", "mugg", "Celle"))
    assert "“mug”" not in told
    assert Coupon.objects.exists()
