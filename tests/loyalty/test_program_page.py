"""The programme on its page: set up, rules in words, tried, published, with all versions and what they changed."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import AuditEntry, Category, Product
from loyalty import programs, terms
from loyalty.models import EarningRule, Entry, Program, Terms
from tests.loyalty import orders, points
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db

SETTINGS = {
    "name": "Linden points",
    "ready_after_days": "14",
    "expiry_months": "12",
    "rounding": "down",
    "time_zone": "Europe/Berlin",
    "second_person_above": "500",
    "active": "on",
    "worth": "1.50",
}


def post(client: Client, name: str, data: dict[str, str], *args: int, query: str = "") -> str:
    return client.post(reverse(name, args=args) + query, data, follow=True).content.decode()


def page(client: Client) -> str:
    return client.get(reverse("program")).content.decode()


def test_a_marketer_sets_up_a_programme_and_its_first_rule_and_publishes(marketer: Client) -> None:
    assert "Set up the programme" in page(marketer)
    assert "No rule yet" in post(marketer, "program_create", SETTINGS)
    assert Program.objects.get().worth_of_100 == 150
    rule = {"rule-name": "Base", "points": "1", "per": "1.00", "without": ""}
    answer = post(marketer, "earning_rule_create", rule, query="?kind=rate")
    assert "1 point per €1.00" in answer
    assert "Nothing is given yet" in answer
    orders.buyer()
    orders.record("1", ("mug", 1, "10"))
    assert not Entry.objects.exists(), "a rule that was not published gives nothing"
    answer = post(marketer, "program_publish", {})
    assert "Version 1 is published" in answer
    made = Terms.objects.get()
    assert (made.version, made.made_by) == (1, marketer.user)  # type: ignore[attr-defined]
    orders.record("2", ("mug", 1, "10"))
    assert Entry.objects.get().points == 10
    assert AuditEntry.objects.filter(action="program.published").exists()


def test_a_changed_rule_shows_what_it_was_until_it_is_published(marketer: Client) -> None:
    programme = points.program()
    rule = points.rule(programme, points=1, per=1)
    edit = {"rule-name": "Base", "points": "2", "per": "1"}
    answer = post(marketer, "earning_rule_edit", edit, rule.pk)
    assert "2 points per €1.00 (before: 1 point per €1.00)" in answer
    frozen = terms.newest(programme)
    assert frozen is not None
    assert frozen.rules[0].params["points"] == 1
    post(marketer, "program_publish", {})
    newest, first = programs.history(programme)
    assert newest.words == ["“Base”: 2 points per €1.00 (before: 1 point per €1.00)"]
    assert first.words == ["New: “Base” (1 point per €1.00)"]
    assert programs.unpublished(programme) == []


def test_a_paused_and_a_removed_rule_leave_the_next_version(marketer: Client) -> None:
    programme = points.program()
    one, other = points.rule(programme, points=1, per=1), points.rule(programme, points=5, per=10)
    assert "paused" in post(marketer, "earning_rule_pause", {}, one.pk)
    assert (
        "Points that it gave stay"
        in marketer.get(reverse("earning_rule_remove", args=[other.pk])).content.decode()
    )
    post(marketer, "earning_rule_remove", {}, other.pk)
    assert len(programs.unpublished(programme)) == 2
    assert len(terms.freeze(programme, NOON).content["rules"]) == 0
    assert marketer.get(reverse("earning_rule_edit", args=[other.pk])).status_code == 404


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        ("rate", {"points": "0", "per": "1"}, "greater than or equal to 1"),
        ("rate", {"points": "1", "per": "0"}, "Enter an amount above 0."),
        ("category_factor", {"categories": "Shoez", "times": "2"}, "There is no such thing as “Shoez” here"),
        ("category_factor", {"categories": "", "times": "2"}, "This field is required"),
        ("brand_factor", {"brands": "Velmorra", "times": "2"}, "There is no such thing as “Velmorra” here"),
        ("weekday_factor", {"times": "2"}, "Fill in “weekdays”."),
        ("birthday", {"points": "x"}, "Enter a whole number."),
        (
            "birthday",
            {"points": "5", "rule-starts_on": "2026-03-02", "rule-ends_on": "2026-03-01"},
            "The last day lies before the first",
        ),
    ],
)
def test_bad_values_are_said_at_their_field(
    marketer: Client, kind: str, values: dict[str, str], sentence: str
) -> None:
    points.program()
    answer = post(marketer, "earning_rule_create", {"rule-name": "x"} | values, query=f"?kind={kind}")
    assert sentence in answer
    assert not EarningRule.objects.exists()


def test_lists_are_typed_line_by_line_and_said_in_words(marketer: Client) -> None:
    points.program()
    for path in ("Shoes", "Bags"):
        Category.objects.create(path=path)
    rule = {"rule-name": "March", "categories": "Shoes\r\n\r\n Bags ", "times": "2"}
    days = {"rule-starts_on": "2026-03-01", "rule-ends_on": "2026-03-31"}
    answer = post(marketer, "earning_rule_create", rule | days, query="?kind=category_factor")
    assert "double points on Shoes and Bags, from " in answer
    assert EarningRule.objects.get().params["categories"] == ["Shoes", "Bags"]


def test_a_basket_is_tried_with_the_rules_as_they_stand_on_the_page(marketer: Client) -> None:
    programme = points.program()
    points.rule(programme, points=1, per=1)
    shoes = Category.objects.create(path="Shoes")
    Product.objects.create(sku="boot", category=shoes, price=5000, currency="EUR")
    EarningRule.objects.create(
        program=programme, key="category_factor", name="f", params={"categories": ["Shoes"], "times": "2"}
    )
    ask = {"article_1": "BOOT", "article_2": "", "amount_2": "10.50"}
    answer = marketer.get(reverse("program_try"), ask, headers={"HX-Request": "true"}).content.decode()
    assert "<strong>110</strong>" in answer
    assert "double points on Shoes" in answer
    wrong = marketer.get(reverse("program_try"), {"article_1": "none"}).content.decode()
    assert "There is no article with this number." in wrong
    assert (
        "Enter the number of an order" in marketer.get(reverse("program_try"), {"order": ""}).content.decode()
    )


def test_an_order_is_tried_beside_what_it_earned(marketer: Client) -> None:
    programme = points.program()
    rule = points.rule(programme, points=1, per=1)
    orders.buyer()
    orders.record("1001", ("mug", 1, "10"))
    rule.params = {"points": 3, "per": "1"}
    rule.save()
    answer = marketer.get(reverse("program_try"), {"order": "1001"}).content.decode()
    assert "<strong>30</strong>" in answer
    assert "Booked so far: 10, by version 1, which it keeps." in answer
    assert (
        "no order with this number" in marketer.get(reverse("program_try"), {"order": "7"}).content.decode()
    )


def test_reckoning_line_by_line_is_what_is_booked() -> None:
    programme = points.program()
    points.rule(programme, points=1, per="0.30")
    points.rule(programme, "most_per_order", points=40)
    orders.buyer()
    orders.record("1", ("mug", 2, "3.33"), ("cup", 1, "7.77"))
    frozen = terms.newest(programme)
    assert frozen is not None
    assert Entry.objects.get().points == 40
    assert programs.changes({}, terms.written(programme), {})[1] == (
        "New: “a rule that is gone” (at most 40 points per order)"
    )


def test_the_threshold_is_not_for_those_whom_it_holds(marketer: Client, sign_in) -> None:  # type: ignore[no-untyped-def]
    points.program()
    post(marketer, "program_edit", SETTINGS | {"second_person_above": "999999"})
    assert Program.objects.get().second_person_above == 500
    post(sign_in("administrator"), "program_edit", SETTINGS | {"second_person_above": "800"})
    assert Program.objects.get().second_person_above == 800


def test_a_rule_that_cannot_be_read_stops_publishing_and_says_so(marketer: Client) -> None:
    programme = points.program()
    EarningRule.objects.create(program=programme, key="rate", name="Broken", params={"points": "many"})
    shown = page(marketer)
    assert "cannot be published as they are" in shown
    assert "Its values are damaged" in shown
    assert "Nothing was published" in post(marketer, "program_publish", {})
    assert not Terms.objects.exists()
