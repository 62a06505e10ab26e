"""A campaign with variants: what the review says of them, what a copy keeps, and what the report tells of each."""

import csv
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import attribution, checks, drafts
from campaigns.models import Campaign
from campaigns.reports import figures
from channels.messages import drafts as contents
from channels.models import Delivery, VersionContent
from customers.models import Order, Shop
from tests.campaigns import make
from tests.campaigns.make import NOON

pytestmark = pytest.mark.django_db


def varied(people: int = 0) -> Campaign:
    """German in two variants, English in one."""
    campaign = make.ready(people)
    second = contents.add_variant(campaign.message.contents.get(language="de"), make.user())
    second.subject = "Nur in B"
    second.save()
    return campaign


def page(name: str, campaign: Campaign) -> str:
    return reverse(f"campaign_{name}", args=[campaign.pk])


def test_the_review_shows_each_variant_its_share_and_what_is_missing(marketer: Client) -> None:
    campaign = varied(people=12)
    review = unescape(marketer.get(page("review", campaign)).content.decode())
    assert "<strong>German, A</strong>" in review
    assert "<strong>German, B</strong>" in review
    assert "English: Variant B is missing here" in review
    context = marketer.get(page("outcomes", campaign)).context
    rows = context["by_variant"]
    assert [row.letter for row in rows] == ["A", "B"]
    assert sum(row.number for row in rows) == context["dry"].gets == 12
    assert sum(row.share for row in rows) == pytest.approx(100)
    listed = [marketer.get(row.url).context["people"] for row in rows]
    assert [len(people) for people in listed] == [row.number for row in rows]
    assert len({person.pk for people in listed for person, _name in people}) == 12
    assert marketer.get(page("outcome_people", campaign), {"variant": "Z9"}).status_code == 404


def test_the_review_opens_the_people_of_each_language(marketer: Client) -> None:
    campaign = varied(people=3)
    make.agreed(make.customer(language="en"))
    context = marketer.get(page("outcomes", campaign)).context
    shown = {language: number for language, number, _url in context["languages"]}
    assert sum(shown.values()) == context["dry"].gets
    assert len(shown) == 2
    for _language, number, url in context["languages"]:
        assert len(marketer.get(url).context["people"]) == number
    assert marketer.get(page("outcome_people", campaign), {"language": "xx"}).status_code == 404


def test_a_fault_of_a_variant_stops_the_launch_and_opens_there(marketer: Client) -> None:
    campaign = varied()
    campaign.message.contents.filter(variant="B").update(subject="{{ wrong")
    [fault] = [each for each in checks.faults(campaign, NOON) if each.step == "content"]
    assert fault.sentence.startswith("German, B: ")
    step = marketer.get(f"{page('content', campaign)}?{fault.query}").content.decode()
    assert "variant=B" in step
    editor = reverse("message_editor", args=[campaign.message_id])
    assert marketer.get(f"{editor}?{fault.query}").context["content"].variant == "B"


def test_a_copy_keeps_all_variants() -> None:
    copy = drafts.duplicate(varied(), make.user())
    kept = copy.message.contents.order_by("language", "variant").values_list("language", "variant", "subject")
    assert list(kept)[1:] == [("de", "B", "Nur in B"), ("en", "A", "Hallo {{ first_name }}")]


def launched() -> Campaign:
    """Two days ago, to six people: four of A, of whom one clicked and bought, and two of B, who both did."""
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR", "name": "Linden"})
    campaign, began = make.campaign(state="finished"), timezone.now() - timedelta(days=2)
    run = make.occurrence(campaign, began, state="finished", started_at=began, finished_at=began, rule={})
    for letter in "AB":
        VersionContent.objects.create(version=run.version, channel="email", language="de", variant=letter)
    orders = []
    for place, letter in enumerate("AAAABB"):
        person = make.customer()
        row = make.delivery(campaign, person, variant=letter)
        if place in (0, 4, 5):
            make.click(row, began + make.hours(1))
            orders.append(make.order(person, began + make.hours(2), 1000 * (place + 1)))
    make.order(orders[1].customer, began, -500, kind=Order.Kind.REFUND, refund_of=orders[1])
    attribution.note_orders([order.pk for order in orders])
    attribution.sweep()
    return campaign


def test_the_report_tells_each_variants_figures_and_each_opens_its_rows(marketer: Client) -> None:
    campaign = launched()
    answer = marketer.get(page("report", campaign))
    assert "A difference may be chance too" in answer.content.decode()
    rows = answer.context["by_variant"]
    told = {
        row["letter"]: {str(label): (number, share) for label, number, share, _url in row["cells"]}
        for row in rows
    }
    assert (told["A"]["Sent"], told["A"]["Clicked"]) == ((4, ""), (1, "25.0%"))
    assert (told["B"]["Sent"], told["B"]["Clicked"]) == ((2, ""), (2, "100.0%"))
    assert [row["net"] for row in rows] == ["€10.00", "€105.00"]
    for row in rows:
        for label, number, _share, url in row["cells"]:
            assert len(marketer.get(url).context["table"].rows) == number, label
    listed = [len(marketer.get(row["orders_url"]).context["table"].rows) for row in rows]
    assert listed == [1, 2]


def test_a_reports_figures_are_exported_by_variant_too(marketer: Client) -> None:
    campaign = launched()
    exported = page("report_export", campaign) + "?by=variant"
    assert f'href="{exported}"' in marketer.get(page("report", campaign)).content.decode()
    text = b"".join(marketer.get(exported).streaming_content).decode()  # type: ignore[attr-defined]
    lines = [dict(line) for line in csv.DictReader(text.lstrip("\ufeff").splitlines())]
    told = [
        (line["Variant"], line["Sent"], line["Clicked"], line["Orders"], line["Net"], line["Currency"])
        for line in lines
    ]
    assert told == [("A", "4", "1", "1", "10.00", "EUR"), ("B", "2", "2", "2", "105.00", "EUR")]


def test_with_one_variant_review_and_report_are_silent_about_it(marketer: Client) -> None:
    campaign = make.ready(2)
    assert "<strong>German</strong>" in marketer.get(page("review", campaign)).content.decode()
    assert marketer.get(page("outcomes", campaign)).context["by_variant"] == []
    done = launched()
    VersionContent.objects.filter(variant="B").delete()
    Delivery.objects.update(variant="A")
    assert marketer.get(page("report", done)).context["by_variant"] == []
    assert figures.by_variant(done.occurrences.get(), "audience") == {"A": 6}
