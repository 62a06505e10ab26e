"""Open points add up: by now, by month, by the month they were granted in, and by the month in which they end."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from loyalty import corrections, ledger, liability, liability_reports, tasks
from loyalty.bookings import Booking
from loyalty.corrections import Correction
from loyalty.models import PointsReport, Program
from tests.factories import UserFactory
from tests.loyalty import points

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def on(month: int, day: int = 10, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


@pytest.fixture
def program() -> Program:
    """August: 100 granted, 40 spent in September, 60 ended in October. October: 50 granted, 10 of them refunded;
    November: 7 by hand; 30 of a spend given back."""
    made, anna, berta = points.program(worth_of_100=150), points.person(), points.person()
    points.give(made, anna, 100, "a", ends=on(10), ready=on(8), at=on(8))
    points.spend(made, anna, 40, at=on(9))
    ledger.expire(on(10, 11))
    granted = points.give(made, berta, 50, "b", ends=on(12, 31), ready=on(10), at=on(10))
    row = Booking(berta, 10, "shop", "r", reverses_id=granted.entry_id)
    corrections.refund(made, [row], on(11))
    corrections.adjust(made, Correction(berta, 7, "lost", ("t", "1")), UserFactory(), on(11))
    spent = points.spend(made, berta, 30, "c", at=on(11))
    corrections.reverse(made, spent.entry_id, on(11, 12))  # type: ignore[arg-type]
    corrections.transfer(made, berta, anna, 5, ("t", "2"), on(11, 13))
    return made


def test_months_add_up_to_what_is_open(program: Program) -> None:
    flows = liability.flows(program, NOW)
    assert [(f.month.month, *f[1:]) for f in flows] == [
        (8, 100, 0, 0, 0, 0),
        (9, 0, 40, 0, 0, 0),
        (10, 50, 0, 60, 0, 0),
        (11, 0, 0, 0, 10, 7),
    ]
    grown = sum(f.earned - f.spent - f.ended - f.returned + f.corrected for f in flows)
    assert liability.open_now(program, NOW).points == grown == 47


def test_each_month_of_grants_adds_up_and_breakage_is_told_of_closed_ones(program: Program) -> None:
    rows = liability.cohorts(program, NOW)
    for row in rows:
        assert row.granted == row.spent + row.ended + row.returned + row.open
    assert rows[-1] == (date(2026, 8, 1), 100, 40, 60, 0, 0)
    assert sum(row.open for row in rows) == 47
    assert liability.breakage(rows).share == pytest.approx(0.6)


def test_endings_are_told_by_the_last_day_that_counts() -> None:
    made, anna = points.program(), points.person()
    midnight = datetime(2026, 12, 31, 23, tzinfo=UTC)  # the end of the 31st in Berlin
    points.give(made, anna, 30, ends=midnight)
    points.give(made, anna, 5, "2", ends=on(1, year=2029))
    rows = liability.endings(made, NOW)
    assert len(rows) == 12
    assert [(row.month, row.points) for row in rows if row.points] == [(date(2026, 12, 1), 30)]


def test_older_months_of_grants_become_one_line() -> None:
    made, anna = points.program(), points.person()
    for number, year in enumerate((2022, 2023, 2024)):
        points.give(made, anna, 10, str(number), at=on(3, year=year), ready=on(3, year=year))
    points.give(made, anna, 1, "x", at=on(11, 2), ready=on(11, 2))
    rows = liability.cohorts(made, NOW)
    assert [(row.month, row.granted) for row in rows] == [(date(2026, 11, 1), 1), (date(2022, 3, 1), 30)]


def test_worth_is_in_minor_units_and_never_guessed(program: Program) -> None:
    assert liability.worth(program, 47) == 71  # 70.5 cents
    program.worth_of_100 = None
    assert liability.worth(program, 47) is None


def test_the_page_and_its_files(program: Program, analyst: Client) -> None:
    page = analyst.get(reverse("liability")).content.decode()
    assert "What became of the points of each month" in page
    for part in ("months", "grants", "endings"):
        answer = analyst.get(reverse("liability_export", args=[part]))
        assert b"2026-" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert analyst.get(reverse("liability_export", args=["all"])).status_code == 404


def test_a_programme_without_points_says_so(analyst: Client) -> None:
    assert analyst.get(reverse("liability"), follow=True).status_code == 200
    points.program()
    assert "No points yet" in analyst.get(reverse("liability")).content.decode()


# --- A ledger that takes longer than a reader waits ---


@pytest.fixture
def large(program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr(liability_reports, "QUICK", -1.0)
    monkeypatch.setattr(liability_reports, "FEW", -1)
    return program


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The programmes that a worker was told of."""
    found: list[int] = []
    monkeypatch.setattr(tasks.count_open_points, "apply_async", lambda args, **_options: found.extend(args))
    return found


def test_a_large_ledger_is_counted_by_a_worker_and_kept(
    large: Program, told: list[int], analyst: Client
) -> None:
    url = reverse("liability")
    assert "The points are being counted" in analyst.get(url).content.decode()
    assert "being counted" in analyst.get(url).content.decode()
    assert told == [large.pk]  # once, however often somebody looks
    assert "HX-Refresh" not in analyst.get(url, headers={"HX-Request": "true"}).headers
    tasks.count_open_points(*told)
    assert analyst.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = analyst.get(url)
    assert "Counted " in page.content.decode()
    kept, at = page.context["report"], page.context["report"].counted_at
    assert kept.flows == liability.flows(large, at)
    assert kept.cohorts == liability.cohorts(large, at)
    assert kept.endings == liability.endings(large, at)
    assert kept.open == liability.open_now(large, at)
    answer = analyst.get(reverse("liability_export", args=["grants"]))
    assert b"2026-08" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_newer_figures_are_asked_for_and_come_each_night(
    large: Program, told: list[int], analyst: Client
) -> None:
    liability_reports.recount(large, on(11, 12))
    page = analyst.post(reverse("liability_count"), follow=True).content.decode()
    assert "Newer figures are being counted" in page
    assert told == [large.pk]
    tasks.count_open_points()
    assert PointsReport.objects.get().counted_at > on(11, 12)
    assert "Newer figures" not in analyst.get(reverse("liability")).content.decode()


def test_without_a_queue_nobody_waits_for_nothing(
    large: Program, monkeypatch: pytest.MonkeyPatch, analyst: Client
) -> None:
    def away(*_args: object, **_options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.count_open_points, "apply_async", away)
    assert "the queue is away" in analyst.get(reverse("liability")).content.decode()
    assert PointsReport.objects.get().asked_at is None


def test_a_small_ledger_is_not_kept_by_asking(program: Program, told: list[int], analyst: Client) -> None:
    analyst.post(reverse("liability_count"))
    assert not told
    assert not PointsReport.objects.exists()


def test_a_ledger_that_has_grown_is_kept_from_then_on(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert liability_reports.for_reader(program, NOW).live
    assert not PointsReport.objects.exists()
    monkeypatch.setattr(liability_reports, "QUICK", -1.0)
    assert liability_reports.for_reader(program, NOW).live
    assert not liability_reports.for_reader(program, NOW).live


def test_files_of_a_ledger_that_was_never_counted_lead_to_the_page(large: Program, analyst: Client) -> None:
    answer = analyst.get(reverse("liability_export", args=["grants"]))
    assert answer.status_code == 302
