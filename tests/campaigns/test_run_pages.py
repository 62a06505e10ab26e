"""The page of a run and its report: everything is read from the rows, and each figure opens them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from campaigns import attribution
from campaigns.models import Attribution, Campaign, Occurrence
from campaigns.reports import figures
from campaigns.reports.series import Point
from campaigns.views.report import LABELS, _named, answer
from channels.backends.base import shortened
from channels.models import Delivery, DeliveryEvent
from config import formats
from customers.models import Customer, Order, Shop
from customers.segments import counting
from customers.segments.counting import Count
from tests.campaigns import make

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def run(now: datetime) -> Occurrence:
    """Two days ago: clicks, orders, a refund, an opt-out, people in two languages and every outcome."""
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR", "name": "Linden"})
    campaign = make.campaign(name="Advent", state="finished")
    began = now - timedelta(days=2)
    run = make.occurrence(campaign, began, state="finished", started_at=began, finished_at=began, rule={})
    states = [State.DELIVERED] * 6 + [State.WITHHELD] * 3 + [State.BOUNCED, State.UNKNOWN, State.REFUSED]
    orders = []
    for place, state in enumerate(states):
        person = make.customer(language="de" if place % 2 else "en", last_name=f"Person{place}")
        row = make.delivery(
            campaign,
            person,
            state=state,
            tracked=place % 3 > 0,
            reason="no_consent" if state == State.WITHHELD else "",
            detail=shortened(f"<{person.email}>: refused by the server") if state == State.REFUSED else "",
        )
        if place < 3:
            make.click(row, began + make.hours(1))
            orders.append(make.order(person, began + make.hours(2), 1000 * (place + 1)))
        if place == 4:
            make.click(row, began, kind=DeliveryEvent.Kind.OPTED_OUT)
    make.order(orders[2].customer, now, -500, kind=Order.Kind.REFUND, refund_of=orders[2])
    attribution.note_orders([order.pk for order in orders])
    attribution.sweep()
    return run


def page(name: str, campaign: Campaign) -> str:
    return reverse(f"campaign_{name}", args=[campaign.pk])


def listed(client: Client, url: str) -> int:
    """How many rows the page behind a figure lists."""
    return len(client.get(unescape(url)).context["table"].rows)


def test_every_figure_of_the_report_opens_as_many_rows(marketer: Client, run: Occurrence) -> None:
    context = marketer.get(page("report", run.campaign)).context
    shown = [(stage.number, stage.url) for stage in context["stages"]]
    shown += [(number, url) for _label, number, url in context["beside"]]
    shown += [(number, url) for row in context["languages"] for _label, number, url in row["cells"]]
    shown += [(context["untracked"], context["untracked_url"])]
    assert len(shown) > 15
    for number, url in shown:
        assert listed(marketer, url) == number, url
    assert listed(marketer, page("orders", run.campaign)) == context["summary"].whole.orders == 3


def test_the_answer_is_a_sentence_with_the_net_revenue(marketer: Client, run: Occurrence) -> None:
    context = marketer.get(page("report", run.campaign)).context
    assert context["answer"] == "Brought €55.00 from 3 orders within 7 days after a click."
    assert context["summary"].whole.refunded == -500


@pytest.mark.parametrize(
    ("language", "ordered", "days", "sentence"),
    [
        ("en", 3, 1, "Brought €55.00 from 3 orders within 1 day after a click."),
        ("de", 3, 1, "Hat 55,00\xa0€ aus 3 Bestellungen innerhalb eines Tages nach einem Klick gebracht."),
        ("de", 1, 7, "Hat 55,00\xa0€ aus 1 Bestellung innerhalb von 7 Tagen nach einem Klick gebracht."),
        (
            "de",
            0,
            1,
            "An 5 Personen gesendet; bisher keine Bestellung innerhalb eines Tages nach einem Klick.",
        ),
    ],
)
def test_each_number_of_the_answer_agrees_with_its_own_word(
    language: str, ordered: int, days: int, sentence: str
) -> None:
    whole = Mock(orders=ordered, net=5500)
    found = Mock(whole=whole, total=lambda figure: 5)
    with translation.override(language):
        assert answer(Campaign(attribution_days=days), found, "EUR") == sentence


@pytest.mark.parametrize(("orders", "words"), [(1, "1 Bestellung"), (2, "2 Bestellungen")])
def test_so_it_does_on_the_page_of_today(
    sign_in: Callable[..., Client], run: Occurrence, orders: int, words: str
) -> None:
    kept = Attribution.objects.order_by("pk").values_list("pk", flat=True)[:orders]
    Attribution.objects.exclude(pk__in=list(kept)).delete()
    text = sign_in("marketer", language="de").get(reverse("today")).content.decode()
    assert re.search(rf"An \d+ Personen gesendet, {words}\b", text)


def test_hours_of_several_days_are_named_with_their_weekday() -> None:
    friday = datetime(2026, 11, 6, 22, tzinfo=UTC)
    hours = [Point(friday + timedelta(hours=hour), 0, 0, 0) for hour in range(4)]
    with translation.override("de"):
        assert [_named(point.start, hours) for point in hours] == [
            "Fr 22:00",
            "Fr 23:00",
            "Sa 00:00",
            "Sa 01:00",
        ]
        assert [_named(point.start, hours[:2]) for point in hours[:2]] == ["22:00", "23:00"]
        days = [Point(friday + timedelta(days=day), 0, 0, 0) for day in range(4)]
        assert _named(days[0].start, days) == formats.day(friday.date())


def test_the_report_says_for_how_many_it_cannot_tell(marketer: Client, run: Occurrence) -> None:
    context = marketer.get(page("report", run.campaign)).context
    without = Delivery.objects.filter(state__in=figures.SENT, tracked=False).count()
    assert context["untracked"] == without > 0
    assert (
        f"{without} people</a> have not agreed to be tracked"
        in marketer.get(page("report", run.campaign)).content.decode()
    )


def test_the_progress_fragment_asks_again_until_the_run_is_over(marketer: Client, run: Occurrence) -> None:
    again = 'hx-trigger="every 2s"'
    assert again not in marketer.get(page("running", run.campaign)).content.decode()
    Occurrence.objects.update(state=Occurrence.State.SENDING)
    Campaign.objects.update(state=Campaign.State.RUNNING)
    Delivery.objects.filter(state=State.UNKNOWN).update(state=State.PLANNED)
    assert again in marketer.get(page("progress", run.campaign)).content.decode()


def test_a_run_that_waits_for_its_day_is_asked_rarely_and_counted_once_a_minute(
    marketer: Client, run: Occurrence, now: datetime
) -> None:
    Occurrence.objects.update(
        state="waiting",
        started_at=None,
        due_at=now + timedelta(days=3),
        rule={"rule": make.rule(), "exclusions": []},
    )
    Campaign.objects.update(state=Campaign.State.SCHEDULED)
    before = Customer.objects.count()
    text = marketer.get(page("progress", run.campaign)).content.decode()
    assert 'hx-trigger="every 30s"' in text
    assert f"{before} people are in the audience now" in text
    make.customer()
    assert f"{before} people are in" in marketer.get(page("progress", run.campaign)).content.decode()
    cache.clear()
    assert f"{before + 1} people are in" in marketer.get(page("progress", run.campaign)).content.decode()
    Occurrence.objects.update(due_at=now + timedelta(seconds=30))
    assert 'hx-trigger="every 2s"' in marketer.get(page("progress", run.campaign)).content.decode()


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (Count(10_000, False), "more than 10,000 people are in"),
        (Count(None, False), "very many people are in"),
    ],
)
def test_an_audience_that_takes_too_long_to_count_is_said_as_far_as_it_is_known(
    marketer: Client, run: Occurrence, monkeypatch: pytest.MonkeyPatch, count: Count, words: str
) -> None:
    monkeypatch.setattr(counting, "count_within", lambda compiled: count)
    Occurrence.objects.update(state="waiting", started_at=None, rule={"rule": make.rule(), "exclusions": []})
    Campaign.objects.update(state=Campaign.State.SCHEDULED)
    assert words in marketer.get(page("progress", run.campaign)).content.decode()


def test_once_everybody_is_done_nothing_is_left_to_pause(marketer: Client, run: Occurrence) -> None:
    """The next tick closes the run; until then the page speaks of no rate and no expected end."""
    Occurrence.objects.update(state=Occurrence.State.SENDING)
    Campaign.objects.update(state=Campaign.State.RUNNING)
    text = marketer.get(page("progress", run.campaign)).content.decode()
    assert "Everybody is done." in text
    assert page("pause", run.campaign) not in text
    Delivery.objects.filter(state=State.UNKNOWN).update(state=State.PLANNED)
    text = marketer.get(page("progress", run.campaign)).content.decode()
    assert "Everybody is done." not in text
    assert page("pause", run.campaign) in text


def test_the_bar_and_its_lines_hold_everybody_once(marketer: Client, run: Occurrence) -> None:
    context = marketer.get(page("running", run.campaign)).context
    assert (
        sum(part.number for part in context["parts"]) == sum(line.number for line in context["lines"]) == 12
    )
    assert abs(sum(part.width for part in context["parts"]) - 100) < 0.01
    for part in (*context["parts"], *context["lines"]):
        assert listed(marketer, part.url) == part.number


def test_a_late_run_offers_the_decision(marketer: Client, run: Occurrence) -> None:
    Occurrence.objects.update(
        state=Occurrence.State.LATE, started_at=None, rule={"rule": make.rule(), "exclusions": []}
    )
    Campaign.objects.update(state=Campaign.State.SCHEDULED)
    text = marketer.get(page("running", run.campaign)).content.decode()
    assert page("start_late", run.campaign) in text
    assert page("cancel", run.campaign) in text


@pytest.mark.parametrize("what", ["message", "account", "unknown"])
def test_what_is_wrong_is_said_with_cause_and_mend(
    marketer: Client, run: Occurrence, what: str, now: datetime
) -> None:
    Occurrence.objects.update(state=Occurrence.State.SENDING)
    if what == "message":
        message = run.version.message
        message.paused_at, message.pause_reason = now, "Too many faulty mails"
        message.save()
    if what == "account":
        account = run.version.account
        account.paused_at, account.pause_reason = now, "The key was refused"
        account.save()
    causes = [alarm.cause for alarm in marketer.get(page("running", run.campaign)).context["alarms"]]
    expected = {
        "message": "Too many faulty mails",
        "account": "The key was refused",
        "unknown": "Of 1 message",
    }
    assert any(expected[what] in cause for cause in causes)


def test_pausing_resuming_and_cancelling_by_the_page(marketer: Client, run: Occurrence) -> None:
    Occurrence.objects.update(state=Occurrence.State.SENDING)
    Campaign.objects.update(state=Campaign.State.RUNNING)
    Delivery.objects.filter(state=State.UNKNOWN).update(state=State.PLANNED)
    for act, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        marketer.post(page(act, run.campaign))
        run.campaign.refresh_from_db()
        assert run.campaign.state == state
    assert not Delivery.objects.filter(state=State.PLANNED).exists()
    marketer.post(page("resume", run.campaign))
    run.campaign.refresh_from_db()
    assert run.campaign.state == "cancelled"


def test_the_export_has_the_figures_and_no_formulas(marketer: Client, run: Occurrence) -> None:
    Campaign.objects.update(name="=HYPERLINK(evil)")
    text = b"".join(marketer.get(page("report_export", run.campaign)).streaming_content).decode()  # type: ignore[attr-defined]
    header, *lines = text.lstrip("\ufeff").strip().splitlines()
    assert str(LABELS["clicked"]) in header
    assert len(lines) == 2
    assert all(line.startswith("'=HYPERLINK(evil)") for line in lines)
    assert "55.00" not in text  # the sum is not invented, it is the reader's to add
    assert {line.split(",")[-2] for line in lines} == {"20.00", "35.00"}


def test_the_people_are_exported_without_formulas_and_masked_for_analysts(
    marketer: Client, analyst: Client, run: Occurrence
) -> None:
    Customer.objects.filter(last_name="Person0").update(first_name="=1+1", last_name="Geheim")
    url = page("people", run.campaign) + "?export=csv"
    mine = b"".join(marketer.get(url).streaming_content).decode()  # type: ignore[attr-defined]
    theirs = b"".join(analyst.get(url).streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=1+1 Geheim" in mine
    assert re.search(r"^=", mine, re.MULTILINE) is None
    assert "Geheim" not in theirs
    assert "refused by the server" in theirs
    assert "@example.org" not in theirs


def test_one_person_is_looked_up_among_all_and_the_latest_stand_first(
    marketer: Client, analyst: Client, run: Occurrence
) -> None:
    for place, row in enumerate(Delivery.objects.filter(state=State.DELIVERED).order_by("pk")):
        Delivery.objects.filter(pk=row.pk).update(called_at=make.NOON + make.hours(place))

    def names(name: str, **query: str) -> list[str]:
        rows = marketer.get(page(name, run.campaign), query).context["table"].rows
        return [row.record.customer.last_name for row in rows]

    assert names("people", q="person4") == ["Person4"]
    assert names("people", q="person4", figure="clicked") == []
    assert names("people", sort="-called_at")[:6] == [f"Person{place}" for place in (5, 4, 3, 2, 1, 0)]
    assert names("people", sort="called_at")[:2] == ["Person0", "Person1"]
    assert names("orders", sort="base_total") == ["Person0", "Person1", "Person2"]
    assert names("orders", sort="-placed_at,-base_total")[0] == "Person2"
    number = Order.objects.get(customer__last_name="Person1").number
    assert names("orders", q=f"#{number}") == names("orders", q="person1") == ["Person1"]
    assert "Person4" not in analyst.get(
        page("people", run.campaign), {"q": "person4"}
    ).content.decode().replace('value="person4"', "")


@pytest.mark.parametrize("name", ["orders", "people"])
@pytest.mark.parametrize("export", ["", "?export=csv"])
def test_more_rows_need_no_more_queries(
    marketer: Client, run: Occurrence, now: datetime, name: str, export: str
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            b"".join(marketer.get(page(name, run.campaign) + export))
        return len(captured)

    queries()  # fills caches
    few = queries()
    rows = [make.delivery(run.campaign, make.customer()) for _number in range(27)]
    for row in rows:
        make.click(row, now - make.hours(30))
    orders = [make.order(row.customer, now - make.hours(29)) for row in rows]
    attribution.note_orders([order.pk for order in orders])
    attribution.sweep()
    assert listed(marketer, page("orders", run.campaign)) == 30 > 3
    assert queries() == few


@pytest.mark.parametrize("name", ["running", "progress", "report"])
def test_numbers_in_attributes_are_written_with_a_point_in_every_language(
    sign_in: Callable[..., Client], run: Occurrence, name: str
) -> None:
    text = sign_in("marketer", language="de").get(page(name, run.campaign)).content.decode()
    assert re.search(r'(?:width|height)="\d+\.\d+"', text)  # something is drawn that could be wrong
    assert re.findall(r'[\w-]+="-?\d+,\d+"', text) == []


def test_an_analyst_reads_the_report_and_changes_nothing(analyst: Client, run: Occurrence) -> None:
    assert analyst.get(page("report", run.campaign)).status_code == 200
    text = analyst.get(page("people", run.campaign)).content.decode()
    assert "Person1" not in text
    assert "refused by the server" in text
    assert re.search(r"anna\d+@", text) is None
    assert analyst.post(page("cancel", run.campaign)).status_code == 403


def test_today_shows_each_reader_what_waits_for_her(
    marketer: Client, sign_in: Callable[..., Client], run: Occurrence
) -> None:
    late = make.campaign(name="Verspätet", state="scheduled")
    make.occurrence(late, state=Occurrence.State.LATE, rule={"rule": make.rule(), "exclusions": []})
    text = marketer.get(reverse("today")).content.decode()
    assert "Verspätet" in text
    assert "€55.00" in text
    assert "Verspätet" not in sign_in("store_manager").get(reverse("today")).content.decode()
