"""Private sales: who may enter when, once each, within the quota, and nobody learns more than she may."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import merging, personalisation, privacy
from customers.models import ApiKey, AuditEntry, Category, Erasure, Event, Product, SegmentMember, Shop
from customers.tracking import keys
from loyalty import play_links
from loyalty.forms.sales import WallField
from loyalty.models import AccessGrant, Sale, SaleDeed, SaleWave
from loyalty.sales import admission, granting, told
from loyalty.sales import running as sales
from loyalty.sales.refusals import Refused
from loyalty.sales.running import Wave
from loyalty.till import lookups
from tests.factories import CustomerFactory, StoreFactory
from tests.loyalty import crowd as crowds
from tests.loyalty import orders, plays
from tests.loyalty.crowd import SIZE, TRIALS
from tests.loyalty.plays import HOUR, NOON, people, sale, segment, staff, wall

django_db = pytest.mark.django_db
BROWSER = {"HTTP_ORIGIN": "https://shop.example"}


def enter(made: Sale, who: Any, at: datetime = NOON) -> str:
    made.refresh_from_db()
    return admission.enter(made, who.pk, at).access


# --- Waves ---


@django_db
def test_gold_enters_first_and_the_others_hear_when():
    gold, plain = people(2)
    made = sale(
        Wave("Gold", segment(gold), wall(2026, 11, 3, 18, 0)),
        Wave("alle", None, wall(2026, 11, 5, 18, 0)),
    )
    granting.run(NOON)
    opens = datetime(2026, 11, 3, 17, tzinfo=UTC)  # 18:00 in Berlin
    assert admission.enter(made, gold.pk, NOON) == admission.Answer("not_yet", opens)
    assert enter(made, gold, opens) == "allowed"
    assert admission.enter(made, plain.pk, opens).opens_at == datetime(2026, 11, 5, 17, tzinfo=UTC)
    assert enter(made, plain, datetime(2026, 11, 5, 17, tzinfo=UTC)) == "allowed"
    assert enter(made, gold, made.ends_at) == "ended"


@django_db
def test_waves_keep_their_wall_time_over_both_clock_changes():
    autumn = sale(
        Wave("vorher", None, wall(2026, 10, 24, 18, 0)),
        Wave("nachher", None, wall(2026, 10, 25, 18, 0)),
        Wave("doppelt", None, wall(2026, 10, 25, 2, 30)),
        started=False,
    )
    spring = sale(Wave("fehlt", None, wall(2026, 3, 29, 2, 30)), started=False)
    times = {wave.name: wave.opens_at for wave in SaleWave.objects.all()}
    assert times["vorher"] == datetime(2026, 10, 24, 16, tzinfo=UTC)
    assert times["nachher"] == datetime(2026, 10, 25, 17, tzinfo=UTC)  # 25 hours later
    assert times["doppelt"] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of two
    assert times["fehlt"] == datetime(2026, 3, 29, 1, tzinfo=UTC)  # the next that there is
    assert autumn.ends_at == datetime(2026, 11, 30, 22, 59, tzinfo=UTC) == spring.ends_at


def test_a_time_that_the_readers_clock_leaves_out_may_be_typed_for_another_zone():
    with timezone.override("Europe/Berlin"):
        assert WallField().clean("2026-03-29T02:30") == wall(2026, 3, 29, 2, 30)


@django_db
def test_who_comes_to_the_segment_before_its_wave_opens_may_enter_too():
    early, late = people(2)
    gold = segment(early)
    made = sale(Wave("Gold", gold, wall(2026, 11, 3, 18, 0)))
    assert granting.run(NOON) == 1
    SegmentMember.objects.create(segment=gold, customer=late, since=NOON)
    assert enter(made, late) == "not_invited"
    opens = made.waves.get().opens_at
    assert granting.run(opens) == 1
    assert enter(made, late, opens) == "allowed"
    assert granting.run(opens + HOUR) == 0


@django_db
def test_in_two_waves_the_earlier_counts():
    (both,) = people(1)
    made = sale(
        Wave("spät", segment(both), wall(2026, 11, 5, 18, 0)),
        Wave("früh", segment(both), wall(2026, 11, 3, 18, 0)),
    )
    granting.run(NOON)
    assert AccessGrant.objects.get().wave.name == "früh"
    assert enter(made, both, datetime(2026, 11, 3, 17, tzinfo=UTC)) == "allowed"


@django_db
def test_granting_takes_a_few_statements_a_part_and_goes_on_where_it_was_killed(monkeypatch):
    crowd = people(25)
    made = sale(Wave("Gold", segment(*crowd), wall(2026, 11, 3, 18, 0)))
    wave = made.waves.get()
    monkeypatch.setattr(granting, "AT_ONCE", 10)
    with CaptureQueriesContext(connection) as part:
        assert granting.grant(wave.pk, NOON) == 10
    inserts = [each["sql"] for each in part if "loyalty_accessgrant" in each["sql"]]
    assert len(inserts) == 1
    assert len(part) == 5  # savepoint, wave, grants, wave, savepoint
    with transaction.atomic():  # killed within the next part
        granting.grant(wave.pk, NOON)
        transaction.set_rollback(True)
    assert AccessGrant.objects.count() == 10
    assert granting.run(NOON) == 15
    assert AccessGrant.objects.count() == 25


@django_db
def test_a_sale_without_wave_goods_or_time_does_not_start():
    made = sale(started=False, section="", ends_wall=wall(2026, 11, 1, 12, 0))
    made.waves.all().delete()
    assert [each.code for each in sales.faults(made, NOON)] == ["no_wave", "past", "nothing"]
    with pytest.raises(Refused):
        sales.start(made.pk, staff(), NOON)
    running = sale()
    with pytest.raises(Refused):
        sales.save(running, [], staff(), NOON)
    sales.stop(running.pk, staff(), NOON)
    assert enter(running, people(1)[0]) == "ended"


# --- The quota ---


@django_db
def test_the_quota_is_taken_once_per_customer():
    anna, berta, carla = people(3)
    made = sale(quota=2)
    assert [enter(made, who) for who in (anna, anna, berta, carla, anna)] == [
        "allowed",
        "allowed",
        "allowed",
        "quota_gone",
        "allowed",
    ]
    assert Sale.objects.get().admitted == 2


@pytest.mark.django_db(transaction=True)
def test_however_many_come_at_once_the_quota_holds():
    with crowds.gathered() as crowd:
        for _trial in range(TRIALS // 4):
            made, who = sale(quota=3), people(SIZE // 2)
            jobs = [_enter(made, person.pk) for person in who for _twice in range(2)]
            answers = crowd.together(jobs)
            admitted = AccessGrant.objects.filter(sale=made, admitted_at__isnull=False).count()
            assert admitted == 3 == Sale.objects.get(pk=made.pk).admitted
            assert sum(answer.access == "allowed" for answer in answers) == 6


def _enter(made: Sale, person: int) -> Callable[[], admission.Answer]:
    return lambda: admission.enter(Sale.objects.get(pk=made.pk), person, NOON)


@pytest.mark.django_db(transaction=True)
def test_looking_before_counting_passes_the_quota():
    """The twin that does it the usual way: it must go wrong, or the race above would prove nothing."""
    made, who = sale(quota=3), people(SIZE)
    meet = threading.Barrier(SIZE)

    def wrong(person: int) -> None:
        there = AccessGrant.objects.filter(sale=made, admitted_at__isnull=False).count()
        meet.wait(30)
        if there < 3:
            wave = made.waves.get()
            AccessGrant.objects.create(
                sale=made, wave=wave, customer_id=person, opens_at=NOON, admitted_at=NOON
            )

    with crowds.gathered() as crowd:
        crowd.together([lambda pk=person.pk: wrong(pk) for person in who])
    assert AccessGrant.objects.filter(sale=made).count() == SIZE > 3


# --- The door for shops, tills and browsers ---


def key(kind: str, *scopes: str) -> str:
    made = ApiKey(kind=kind, name=kind, source="shop", scopes=list(scopes), origins=["https://shop.example"])
    return keys.make(made, staff(), NOON)


def post(made: str, body: Any, **headers: Any) -> Any:
    content = body if isinstance(body, str) else json.dumps(body)
    return Client().post(f"/api/v1/sales/{made}/access", content, "application/json", **headers)


@pytest.fixture
def today(monkeypatch):
    monkeypatch.setattr("loyalty.api_routers.sales.timezone.now", lambda: NOON)
    caches["limits"].clear()


@django_db
def test_shop_and_till_ask_with_a_number(today):
    anna = orders.buyer("C1")
    made = sale(Wave("Gold", segment(anna), wall(2026, 11, 2, 12)), skus=["M1"], quota=1)
    granting.run(NOON)
    till = {"HTTP_AUTHORIZATION": f"Bearer {key('till', 'access')}"}
    answer = post(made.key, {"customer": "C1"}, **till)
    assert answer.json()["access"] == "allowed"
    assert answer.json()["products"] == ["M1"]
    assert answer["Cache-Control"] == "no-store"
    assert post(made.key, {"customer": "C9"}, **till).json() == {"access": "not_invited"}
    assert post("nothing", {"customer": "C1"}, **till).status_code == 404
    for body in ("", "[]", "{", {"customer": 5}, {"customer": "x\0"}, {}, "x" * 6000, "[" * 5000):
        assert post(made.key, body, **till).status_code == 400
    other = {"HTTP_AUTHORIZATION": f"Bearer {key('server', 'orders')}"}
    assert post(made.key, {"customer": "C1"}, **other).status_code == 403
    assert post(made.key, {"customer": "C1"}).status_code == 401


@django_db
def test_a_till_that_guesses_at_the_door_of_a_sale_is_held_back(today):
    orders.buyer("C1")
    made = sale(Wave("alle", None, wall(2026, 11, 2, 12)))
    till_key = ApiKey(kind="till", name="till", source="shop", scopes=["access"], store=StoreFactory())
    till = {"HTTP_AUTHORIZATION": f"Bearer {keys.make(till_key, staff(), NOON)}"}
    for number in range(lookups.MOST_UNKNOWN):
        assert post("nothing", {"customer": "C1"}, **till).status_code == 404  # a sale's name tells of nobody
        post(made.key if number % 2 else "nothing", {"customer": f"X{number}"}, **till)
        answer = post(made.key, {"customer": "C1"}, **till)
        assert (answer.status_code == 429) == (number == lookups.MOST_UNKNOWN - 1)
    stopped = post(made.key, {"customer": "C1"}, **till)
    assert (stopped.status_code, stopped["Retry-After"], stopped["Cache-Control"]) == (429, "300", "no-store")
    server = {"HTTP_AUTHORIZATION": f"Bearer {key('server', 'access')}"}
    assert post(made.key, {"customer": "C1"}, **server).json()["access"] == "allowed"
    assert AuditEntry.objects.filter(action="till.guessed").count() == 1


@django_db
def test_a_browser_enters_with_its_link_and_all_other_links_get_one_answer(today):
    anna = CustomerFactory()
    made, other, unborn = sale(), sale(), sale(started=False)
    public = key("browser")
    write = {"writeKey": public}
    mine = play_links.token(play_links.SALE, made.pk, anna.pk)
    assert post(made.key, write | {"token": mine}, **BROWSER).json()["access"] == "allowed"
    forged = mine[:-2] + ("AA" if mine[-2:] != "AA" else "BA")
    wrong = [
        (made.key, forged),
        (made.key, play_links.token(play_links.SALE, other.pk, anna.pk)),
        (made.key, play_links.token(play_links.CONTEST, made.pk, anna.pk)),
        (made.key, play_links.token(play_links.SALE, made.pk, play_links.NOBODY)),
        (made.key, play_links.token(play_links.SALE, made.pk, 10**9)),
        (made.key, None),
        (made.key, {"x": 1}),
        (unborn.key, play_links.token(play_links.SALE, unborn.pk, anna.pk)),
        ("nothing", mine),
    ]
    answers = [post(where, write | {"token": token}, **BROWSER) for where, token in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    by_number = post(made.key, write | {"customer": "C1"}, **BROWSER)
    assert by_number.status_code == 404, "a public key asks about nobody by number"
    elsewhere = post(made.key, write | {"token": mine}, HTTP_ORIGIN="https://evil.example")
    assert elsewhere.status_code == 403
    assert AccessGrant.objects.count() == 1


@django_db
def test_before_its_time_nothing_is_said_of_what_is_sold(today):
    anna = CustomerFactory()
    made = sale(Wave("alle", None, wall(2026, 11, 5, 18, 0)), skus=["SECRET"], section="secret", quota=7)
    body = {"writeKey": key("browser"), "token": play_links.token(play_links.SALE, made.pk, anna.pk)}
    answer = post(made.key, body, **BROWSER)
    assert answer.json() == {"access": "not_yet", "opens_at": "2026-11-05T17:00:00+00:00"}


# --- What becomes of it ---


@django_db
def test_opened_visited_and_bought_become_events_once():
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    anna = orders.buyer("C1")
    made = sale(categories=["Home/Kitchen"])
    enter(made, anna)
    enter(made, anna)
    kitchen = Category.objects.create(path="Home/Kitchen/Mugs")
    Product.objects.create(sku="mug", category=kitchen, names={"de": "Becher"}, currency="EUR")
    orders.record("1", ("lamp", 1, "20"), at=NOON + HOUR)
    orders.record("2", ("mug", 1, "20"), at=NOON + HOUR)
    orders.record("3", ("mug", 1, "20"), at=NOON + 2 * HOUR)
    while told.sweep(NOON):
        pass
    names = (
        Event.objects.filter(customer_id=anna.pk, kind="custom").order_by("id").values_list("name", flat=True)
    )
    assert sorted(names) == ["sale_bought", "sale_opened", "sale_visited"]
    assert AccessGrant.objects.get().order.number == "2"
    assert not SaleDeed.objects.exists()


@django_db
def test_two_who_become_one_have_one_place_and_both_links_work():
    anna, berta = people(2)
    made = sale(quota=2)
    for who in (anna, berta):
        assert enter(made, who) == "allowed"
    old = play_links.token(play_links.SALE, made.pk, berta.pk)
    merging.merge(berta.pk, anna.pk, staff(), NOON)
    made.refresh_from_db()
    assert made.admitted == 1
    assert admission.holder(made, old) == anna.pk
    assert enter(made, people(1)[0]) == "allowed"
    assert privacy.export([anna.pk])[anna.pk]


@django_db
def test_who_was_erased_has_no_link_any_more():
    (anna,) = people(1)
    made = sale()
    token = play_links.token(play_links.SALE, made.pk, anna.pk)
    enter(made, anna)
    privacy.erase(anna.pk, privacy.Asked(Erasure.By.STAFF, NOON, staff()), NOON)
    assert admission.holder(made, token) is None
    assert not SaleDeed.objects.exists()


@django_db
def test_a_link_survives_a_new_secret_key(settings):
    (anna,) = people(1)
    made = sale()
    token = play_links.token(play_links.SALE, made.pk, anna.pk)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert admission.holder(made, token) == anna.pk
    settings.SECRET_KEY_FALLBACKS = []
    assert admission.holder(made, token) is None


@django_db
def test_mails_say_when_and_where_each_may_enter():
    gold, plain = people(2)
    made = sale(Wave("Gold", segment(gold), wall(2026, 11, 3, 18, 0)))
    granting.run(NOON)
    plays.contest()
    wanted = ["sale_name", "sale_opens", "sale_link", "contest_title", "contest_link"]
    said = personalisation.load(wanted, [gold.pk, plain.pk], "de", NOON)
    assert said[gold.pk]["sale_name"] == made.name
    assert said[gold.pk]["sale_opens"].startswith("03.11.2026, 18:00")
    assert play_links.token(play_links.SALE, made.pk, gold.pk) in said[gold.pk]["sale_link"]
    assert said[plain.pk]["sale_link"] == ""
    assert said[plain.pk]["contest_title"] == "Gewinnspiel"
    assert said[plain.pk]["contest_link"] != said[gold.pk]["contest_link"]
