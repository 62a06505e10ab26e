"""Waves of private sales for a tier and above: who may enter when, also who rises or falls in between."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from django.core.cache import caches
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from customers import personalisation
from customers.models import ApiKey, Customer
from customers.tracking import keys
from loyalty.demo import plays as demo
from loyalty.models import AccessGrant, Program, Sale, SaleWave, Tier, TierPeriod
from loyalty.sales import admission, granting
from loyalty.sales.running import Wave
from tests.loyalty import orders
from tests.loyalty.ladders import collect, ladder
from tests.loyalty.plays import HOUR, NOON, people, sale, segment, staff, wall

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 9, 8, tzinfo=UTC)  # 9:00 in Berlin
TUESDAY = datetime(2026, 11, 10, 8, tzinfo=UTC)
POINTS = {"Silver": 200, "Gold": 600, "Platinum": 1200}


@pytest.fixture
def programme() -> Program:
    return ladder()


def on(programme: Program, tier: str, who: Customer | None = None) -> Customer:
    """Somebody who stands on it since May."""
    person = who or people(1)[0]
    collect(programme, person.pk, POINTS[tier], f"{tier} {person.pk}")
    return person


def wave(programme: Program, tier: str, *opens: int) -> Wave:
    return Wave(tier, None, wall(*opens), Tier.objects.get(program=programme, name=tier))


def staggered(programme: Program, **fields: Any) -> Sale:
    """Gold and above from Monday 9:00, Silver and above from Tuesday 9:00."""
    return sale(wave(programme, "Gold", 2026, 11, 9, 9), wave(programme, "Silver", 2026, 11, 10, 9), **fields)


def enter(made: Sale, who: Customer, at: datetime) -> str:
    made.refresh_from_db()
    return admission.enter(made, who.pk, at).access


def test_gold_and_above_enter_on_monday_and_silver_on_tuesday(programme):
    silver, gold, platinum = (on(programme, name) for name in ("Silver", "Gold", "Platinum"))
    (none,) = people(1)
    made = staggered(programme)
    assert granting.run(NOON) == 3
    opens = dict(AccessGrant.objects.values_list("customer", "opens_at"))
    assert opens == {silver.pk: TUESDAY, gold.pk: MONDAY, platinum.pk: MONDAY}
    assert admission.enter(made, gold.pk, MONDAY - HOUR) == admission.Answer("not_yet", MONDAY)
    assert [enter(made, who, MONDAY) for who in (gold, platinum)] == ["allowed", "allowed"]
    assert admission.enter(made, silver.pk, MONDAY) == admission.Answer("not_yet", TUESDAY)
    assert enter(made, silver, TUESDAY) == "allowed"
    assert enter(made, none, TUESDAY) == "not_invited"


def test_the_door_does_not_wait_for_the_grants(programme):
    gold, (none,) = on(programme, "Gold"), people(1)
    made = staggered(programme)
    assert enter(made, gold, MONDAY) == "allowed"
    assert AccessGrant.objects.get().wave.name == "Gold"
    assert enter(made, none, MONDAY) == "not_invited"
    assert granting.run(MONDAY) == 0


def test_who_rises_before_the_wave_opens_gets_access_with_it(programme):
    late = people(1)[0]
    staggered(programme)
    assert granting.run(NOON) == 0
    on(programme, "Gold", late)
    assert granting.run(MONDAY) == 1
    assert AccessGrant.objects.get().opens_at == MONDAY


def test_who_rises_while_the_wave_is_open_enters_at_once(programme):
    riser = on(programme, "Silver")
    made = staggered(programme)
    granting.run(MONDAY)
    assert enter(made, riser, MONDAY + HOUR) == "not_yet"
    collect(programme, riser.pk, 600, "a large order", MONDAY + HOUR)
    assert enter(made, riser, MONDAY + HOUR) == "allowed"
    grant = AccessGrant.objects.get()
    assert (grant.wave.name, grant.opens_at) == ("Gold", MONDAY)
    assert Sale.objects.get().admitted == 1


def test_who_falls_keeps_what_was_granted_and_who_had_nothing_gets_nothing(programme):
    granted, fallen = on(programme, "Gold"), people(1)[0]
    made = staggered(programme)
    granting.run(NOON)
    on(programme, "Gold", fallen)
    TierPeriod.objects.filter(account__program=programme, current=True).update(tier=None)
    assert enter(made, granted, MONDAY) == "allowed"
    assert enter(made, fallen, MONDAY) == "not_invited"


def test_another_programme_and_a_closed_account_do_not_count(programme):
    person, merged = on(programme, "Gold"), on(programme, "Platinum")
    other = Tier.objects.create(program=_other(), name="Basis", threshold=1)
    merged.points_accounts.update(closed_at=NOON)
    made = sale(Wave("Basis", None, wall(2026, 11, 9, 9), other), wave(programme, "Platinum", 2026, 11, 9, 9))
    assert granting.run(NOON) == 0
    assert [enter(made, who, MONDAY) for who in (person, merged)] == ["not_invited", "not_invited"]


def _other() -> Program:
    return Program.objects.create(key="other", name="Other")


def test_a_part_of_a_tier_goes_on_where_it_was_killed(programme, monkeypatch):
    crowd = [on(programme, "Gold") for _one in range(5)]
    made = sale(wave(programme, "Gold", 2026, 11, 9, 9))
    monkeypatch.setattr(granting, "AT_ONCE", 2)
    first = made.waves.get().pk
    assert granting.grant(first, NOON) == 2
    with transaction.atomic():
        granting.grant(first, NOON)
        transaction.set_rollback(True)
    assert granting.run(NOON) == 3
    assert set(AccessGrant.objects.values_list("customer", flat=True)) == {each.pk for each in crowd}


def test_a_wave_is_never_for_a_segment_and_a_tier(programme):
    made = sale(wave(programme, "Gold", 2026, 11, 9, 9), started=False)
    with pytest.raises(IntegrityError, match="wave_for_one"):
        made.waves.update(segment=segment())


def test_the_till_hears_when_and_mails_say_it(programme, monkeypatch):
    silver = on(programme, "Silver", orders.buyer("C1"))
    orders.buyer("C2")
    made = staggered(programme)
    monkeypatch.setattr("loyalty.api_routers.sales.timezone.now", lambda: MONDAY)
    caches["limits"].clear()
    till = ApiKey(kind="till", name="till", source="shop", scopes=["access"])
    signed = {"HTTP_AUTHORIZATION": f"Bearer {keys.make(till, staff(), NOON)}"}

    def ask(number: str) -> Any:
        body = json.dumps({"customer": number})
        return Client().post(f"/api/v1/sales/{made.key}/access", body, "application/json", **signed).json()

    assert ask("C1") == {"access": "not_yet", "opens_at": "2026-11-10T08:00:00+00:00"}
    assert ask("C2") == {"access": "not_invited"}
    AccessGrant.objects.all().delete()
    assert _opens_in_mails(silver).startswith("10.11.2026, 09:00")
    granting.run(MONDAY)
    assert _opens_in_mails(silver).startswith("10.11.2026, 09:00")
    collect(programme, silver.pk, 600, "a large order", MONDAY)
    assert _opens_in_mails(silver).startswith("09.11.2026, 09:00")
    assert ask("C1")["access"] == "allowed"


def _opens_in_mails(who: Customer) -> str:
    return str(personalisation.load(["sale_opens"], [who.pk], "de", MONDAY)[who.pk]["sale_opens"])


# --- Pages ---

DRAFT = {
    "name": "Vorverkauf",
    "key": "winter",
    "section": "early",
    "ends_wall": "2026-11-30T20:00",
    "time_zone": "Europe/Berlin",
    "wave_1": "Zuerst",
    "opens_1": "2026-11-09T09:00",
}


def test_a_marketer_chooses_a_tier_and_finds_it_again(sign_in, programme):
    gold = Tier.objects.get(name="Gold")
    client = sign_in("marketer")
    made = client.post(reverse("sale_create"), DRAFT | {"for_1": f"tier:{gold.pk}"})
    found = SaleWave.objects.get()
    assert (found.tier, found.segment, found.opens_at) == (gold, None, MONDAY)
    assert "Gold and above" in client.get(made.url).content.decode()
    gold.active = False
    gold.save()
    page = client.get(reverse("sale_edit", args=[found.sale_id])).content.decode()
    assert f'<option value="tier:{gold.pk}" selected>Gold and above</option>' in page
    fresh = client.get(reverse("sale_create")).content.decode()
    assert "Silver and above" in fresh
    assert "Gold and above" not in fresh


@pytest.mark.parametrize("wrong", ["tier:0", "segment:0", "tier:", "everybody", "tier:1e5"])
def test_an_audience_that_there_is_not_is_told_at_its_field(sign_in, programme, wrong):
    answer = sign_in("marketer").post(reverse("sale_create"), DRAFT | {"for_1": wrong})
    assert "for_1" in answer.context["form"].errors
    assert not Sale.objects.exists()


# --- The demo shop ---


def test_the_demo_sale_opens_by_tiers_where_there_are_some(programme):
    for name in ("Gold", "Platinum"):
        on(programme, name)
    demo.private_sales(Random(1), None, NOON)
    waves = SaleWave.objects.values_list("name", "tier__name", "segment", "round")
    assert list(waves) == [
        ("Beste zuerst", "Platinum", None, 2),
        ("Dann die nächsten", "Gold", None, 2),
        ("Alle mit Link", None, None, 0),
    ]
    assert AccessGrant.objects.count() == 2


def test_without_tiers_it_opens_for_a_segment():
    best = segment(*people(3))
    demo.private_sales(Random(1), None, NOON)
    assert list(SaleWave.objects.values_list("segment", "tier")) == [(best.pk, None), (None, None)]
