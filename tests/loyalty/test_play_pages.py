"""The pages of contests and private sales: a marketer builds and draws, a customer takes part by her link."""

import hashlib

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import AuditEntry, Category
from loyalty import play_links
from loyalty.contests import draws, entries, running
from loyalty.contests.running import Prize
from loyalty.models import AccessGrant, Contest, ContestEntry, ContestWinner, Coupon, Sale
from loyalty.sales import granting
from loyalty.sales.running import Wave
from tests.factories import CustomerFactory
from tests.loyalty import plays
from tests.loyalty.coupons import coupon
from tests.loyalty.plays import HOUR, NOON, WHEN_OVER, contest, enter, people, sale, segment, staff, wall

pytestmark = pytest.mark.django_db
CONTEST = {
    "name": "Winterrätsel",
    "key": "winter",
    "way": "form",
    "per_customer": "5",
    "per_day": "1",
    "starts_on": "2026-11-01",
    "ends_on": "2026-11-30",
    "time_zone": "Europe/Berlin",
    "title_de": "Großes Winterrätsel",
    "conditions_de": "Es gelten <b>diese</b> Bedingungen.",
    "prize_1": "Fahrrad",
    "count_1": "1",
    "prize_3": "Buch",
    "count_3": "3",
}
SALE = {
    "name": "Vorverkauf",
    "key": "winter",
    "section": "early",
    "link": "https://shop.example/early?x=1",
    "skus": "M1\n\nM1\nM2",
    "ends_wall": "2026-11-30T20:00",
    "time_zone": "Europe/Berlin",
    "wave_1": "alle",
    "opens_1": "2026-11-02T12:00",
}


@pytest.fixture
def noon(monkeypatch):
    """The doors read this clock."""

    def at(moment):
        for module in ("plays", "contests", "contest_acts", "sales"):
            monkeypatch.setattr(f"loyalty.views.{module}.timezone.now", lambda: moment)

    at(NOON)
    return at


def test_a_marketer_builds_starts_and_draws_a_contest(sign_in, noon):
    client = sign_in("marketer")
    made = client.post(reverse("contest_create"), CONTEST)
    contest = Contest.objects.get()
    page = reverse("contest", args=[contest.pk])
    assert made.url == page
    assert [(prize.name, prize.count) for prize in contest.prizes.all()] == [("Fahrrad", 1), ("Buch", 3)]
    assert "Start" in client.get(page).content.decode()
    client.post(reverse("contest_edit", args=[contest.pk]), CONTEST | {"name": "Sommerrätsel"})
    assert contest.prizes.count() == 2
    client.post(reverse("contest_start", args=[contest.pk]))
    enter(contest, *people(6))
    assert client.get(reverse("contest_edit", args=[contest.pk])).url == page
    client.post(reverse("contest_draw", args=[contest.pk]))
    assert not ContestWinner.objects.exists(), "it still runs"
    noon(WHEN_OVER)
    client = sign_in("marketer")  # a month later
    running.close(WHEN_OVER)
    assert "Draw" in client.get(reverse("contest_draw", args=[contest.pk])).content.decode()
    client.post(reverse("contest_draw", args=[contest.pk]))
    winner = ContestWinner.objects.get(place=1)
    client.post(reverse("winner_tell", args=[winner.pk]))
    client.post(reverse("winner_replace", args=[winner.pk]), {"reason": "meldet sich nicht"})
    winner.refresh_from_db()
    assert (winner.state, winner.reason) == ("replaced", "meldet sich nicht")
    shown = client.get(page).content.decode()
    assert contest.commitment in shown or Contest.objects.get().seed in shown
    verified = client.post(reverse("contest_verify", args=[contest.pk]), follow=True)
    assert "Equal" in verified.content.decode()
    exported = b"".join(client.get(reverse("contest_winners_export", args=[contest.pk]))).decode()
    assert exported.count("@example.org") == 5
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert {
        "contest.created",
        "contest.started",
        "contest.drawn",
        "contest.winner_replaced",
        "list.exported",
    } <= done


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends_on": "2026-10-01"}, "ends_on"),
        ({"per_day": "9"}, "per_day"),
        ({"per_customer": "0"}, "per_customer"),
        ({"way": "event"}, "event_kind"),
        ({"way": "points"}, "points"),
        ({"count_1": ""}, "count_1"),
        ({"prize_3": ""}, "prize_3"),
        ({"key": "a b"}, "key"),
        ({"way": "purchase", "least": "x"}, "least"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_a_wrong_rule_is_told_at_its_field(sign_in, wrong, field):
    answer = sign_in("marketer").post(reverse("contest_create"), CONTEST | wrong)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field] or field in answer.context["form"].errors
    assert not Contest.objects.exists()


def test_purchases_are_kept_in_minor_units_and_shown_again(sign_in):
    client = sign_in("marketer")
    client.post(reverse("contest_create"), CONTEST | {"way": "purchase", "least": "49.90"})
    contest = Contest.objects.get()
    assert contest.least_value == 4990
    assert "49.90" in client.get(reverse("contest_edit", args=[contest.pk])).content.decode()


# --- Those who take part ---


def test_a_customer_takes_part_by_her_link_once_however_often_she_taps(noon):
    anna = CustomerFactory(language="de")
    made = contest(per_customer=1)
    page = play_links.contest_page(made.pk, anna.pk).removeprefix("http://localhost:8000")
    page = "/play/" + page.split("/play/")[1]
    client = Client()
    shown = client.get(page)
    assert not ContestEntry.objects.exists(), "mail scanners open links"
    assert made.commitment in shown.content.decode()
    assert made.seed not in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert not shown.cookies
    for _tap in range(2):
        assert client.post(page, {"choice": "enter", "known": "0"}).status_code == 200
    assert ContestEntry.objects.get().customer == anna
    for odd in ({}, {"choice": "enter"}, {"choice": "enter", "known": "x"}, {"choice": "claim"}):
        assert client.post(page, odd).status_code == 200


def test_the_link_for_everybody_only_shows(noon):
    made = contest()
    page = reverse("contest_play", args=[play_links.token(play_links.CONTEST, made.pk)])
    assert Client().post(page, {"choice": "enter", "known": "0"}).status_code == 200
    assert not ContestEntry.objects.exists()


def test_forged_links_and_drafts_get_one_answer(noon):
    made, unborn = contest(), plays.draft()
    token = play_links.token(play_links.CONTEST, made.pk)
    wrong = [
        "x",
        token[:-1] + ("B" if token[-1] != "B" else "C"),
        play_links.token(play_links.SALE, made.pk, 1),
        play_links.token(play_links.CONTEST, unborn.pk),
        play_links.token(play_links.CONTEST, made.pk, 10**9),
        "ä" * 43,
    ]
    answers = [Client().get(reverse("contest_play", args=[each])) for each in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_after_the_draw_anybody_can_repeat_it_and_reads_no_name(noon):
    pool = coupon(kind="pool")
    made = contest(Prize("Buch", 2))
    crowd = people(6)
    enter(made, *crowd)
    running.close(WHEN_OVER)
    page = reverse("contest_play", args=[play_links.token(play_links.CONTEST, made.pk)])
    listed = reverse("contest_entries", args=[play_links.token(play_links.CONTEST, made.pk)])
    assert made.seed not in Client().get(page).content.decode()
    assert Client().get(listed).status_code == 404
    draws.draw(made.pk, staff(), WHEN_OVER)
    made.refresh_from_db()
    shown = Client().get(page).content.decode()
    published = b"".join(Client().get(listed)).decode()
    for person in crowd:
        assert person.email not in shown + published
        assert person.last_name not in shown
    assert hashlib.sha256(made.seed.encode()).hexdigest() == made.commitment
    assert made.seed in shown
    assert hashlib.sha256(published.encode()).hexdigest() == made.digest
    numbers = [line.split(",")[0] for line in published.splitlines()]
    by_hand = sorted(numbers, key=lambda number: hashlib.sha256(f"{made.seed}:{number}".encode()).hexdigest())
    assert list(ContestWinner.objects.order_by("place").values_list("entry", flat=True)) == [
        int(number) for number in by_hand[:2]
    ]
    assert Coupon.objects.get() == pool


def test_a_winner_claims_by_her_link_and_the_others_see_no_code(noon):
    made = contest(Prize("Buch", 1))
    crowd = people(2)
    enter(made, *crowd)
    running.close(WHEN_OVER)
    winner = draws.draw(made.pk, staff(), WHEN_OVER)[0]
    for person in crowd:
        page = reverse("contest_play", args=[play_links.token(play_links.CONTEST, made.pk, person.pk)])
        Client().post(page, {"choice": "claim"})
        winner.refresh_from_db()
        assert (winner.state == "claimed") or person.pk != winner.customer_id
    assert AuditEntry.objects.filter(action="contest.winner_claimed").count() == 1


# --- Sales ---


def test_a_marketer_builds_and_starts_a_sale(sign_in, noon):
    client = sign_in("marketer")
    gold = segment(*people(3))
    given = SALE | {"wave_2": "Gold", "for_2": f"segment:{gold.pk}", "opens_2": "2026-11-01T12:00"}
    made = client.post(reverse("sale_create"), given)
    found = Sale.objects.get()
    assert made.url == reverse("sale", args=[found.pk])
    assert found.skus == ["M1", "M2"]
    client.post(reverse("sale_start", args=[found.pk]))
    granting.run(NOON)
    shown = client.get(made.url).content.decode()
    assert "Gold" in shown
    assert AccessGrant.objects.count() == 3
    client.post(reverse("sale_stop", args=[found.pk]))
    found.refresh_from_db()
    assert found.state == "stopped"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"opens_1": ""}, "opens_1"),
        ({"wave_1": ""}, "wave_1"),
        ({"opens_1": "2026-12-24T18:00"}, "opens_1"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"quota": "0"}, "quota"),
        ({"ends_wall": "tomorrow"}, "ends_wall"),
    ],
)
def test_a_wrong_sale_is_told_at_its_field(sign_in, wrong, field):
    answer = sign_in("marketer").post(reverse("sale_create"), SALE | wrong)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not Sale.objects.exists()


def test_her_link_tells_when_and_leads_to_the_shop(noon):
    anna = CustomerFactory()
    made = sale(Wave("alle", None, wall(2026, 11, 2, 18, 0)), link="https://shop.example/early?x=1", quota=1)
    token = play_links.token(play_links.SALE, made.pk, anna.pk)
    page = reverse("sale_enter", args=[token])
    assert "18:00" in Client().get(page).content.decode() or "6:00" in Client().get(page).content.decode()
    Client().post(page)
    assert not AccessGrant.objects.filter(admitted_at__isnull=False).exists()
    noon(NOON + 6 * HOUR)
    Client().get(page)
    assert not AccessGrant.objects.filter(admitted_at__isnull=False).exists(), "mail scanners open links"
    led = Client().post(page)
    assert led.url == f"https://shop.example/early?x=1&access={token}"
    assert AccessGrant.objects.get().admitted_at
    other = reverse("sale_enter", args=[play_links.token(play_links.SALE, made.pk, CustomerFactory().pk)])
    assert "access=" not in Client().post(other).content.decode()
    assert Client().get(reverse("sale_enter", args=[token[:-1] + "-"])).status_code == 404


def test_a_contest_draws_its_days_once_somebody_has_taken_part(sign_in, noon):
    made, client = contest(), sign_in("marketer")
    page = reverse("contest", args=[made.pk])
    assert "data-plot" not in client.get(page).content.decode()
    enter(made, CustomerFactory())
    assert "data-plot" in client.get(page).content.decode()


def test_a_contest_without_entries_is_called_off_and_says_so(sign_in, noon):
    browser = sign_in("marketer")
    made, busy = contest(), contest()
    enter(busy, *people(1))
    off = reverse("contest_call_off", args=[made.pk])
    assert off in browser.get(reverse("contest", args=[made.pk])).content.decode()
    busy_off = reverse("contest_call_off", args=[busy.pk])
    assert busy_off not in browser.get(reverse("contest", args=[busy.pk])).content.decode()
    assert "Somebody has taken part already" in browser.post(busy_off, follow=True).content.decode()
    assert "while nobody has taken part" in browser.get(off).content.decode()
    assert "The codes of its prizes are free again" in browser.post(off, follow=True).content.decode()
    assert off not in browser.get(reverse("contest", args=[made.pk])).content.decode()
    said = Client().get(play_links.contest_page(made.pk)).content.decode()
    assert "was called off" in said or "abgesagt" in said


def test_lists_are_there_when_empty_and_full(sign_in):
    client = sign_in("analyst")
    for name in ("contest_list", "sale_list"):
        assert client.get(reverse(name)).status_code == 200
    contest()
    sale(categories=["Home"])
    Category.objects.create(path="Home")
    entries.sweep(NOON)
    assert "Gewinnspiel" in client.get(reverse("contest_list")).content.decode()
    assert "Vorverkauf" in client.get(reverse("sale_list")).content.decode()


def test_what_was_entered_for_a_way_that_is_not_chosen_is_no_fault(sign_in):
    """It is hidden then, so nobody could mend it."""
    other = {"way": "form", "least": "20 Euro ca", "points": "viele", "event_kind": ""}
    answer = sign_in("marketer").post(reverse("contest_create"), CONTEST | other)
    assert answer.status_code == 302
    assert Contest.objects.get().least_value is None


@pytest.mark.parametrize(("page", "filled"), [("contest_create", CONTEST), ("sale_create", SALE)])
def test_a_key_that_somebody_takes_at_the_same_moment_is_a_fault_of_its_field(
    sign_in, monkeypatch, page, filled
):
    client = sign_in("marketer")
    client.post(reverse(page), filled)
    monkeypatch.setattr(
        "django.forms.models.BaseModelForm.validate_unique", lambda form: None
    )  # not yet there
    answer = client.post(reverse(page), filled)
    assert answer.status_code == 200
    assert "This key is taken" in answer.content.decode()
