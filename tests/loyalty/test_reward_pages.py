"""Staff make a reward, see what becomes of it, hand goods over and cancel a claim."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import AuditEntry, Shop
from loyalty.models import Program, Reward, RewardClaim
from tests.factories import CustomerFactory, StoreFactory, UserFactory
from tests.loyalty import points
from tests.loyalty.points import free
from tests.loyalty.rewards import claim, pool, reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme() -> Program:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    return points.program()


def entered(programme: Program, **fields: object) -> dict[str, object]:
    return {"program": programme.pk, "name": "Becher", "kind": "goods", "points": 100} | fields


def test_the_empty_list_leads_to_a_first_reward(marketer: Client, programme: Program) -> None:
    assert "No reward yet" in marketer.get(reverse("reward_list")).content.decode()
    told = entered(programme, kind="money", worth="1.50", stock=3, name_de="Bar", text_de="An der Kasse")
    page = marketer.post(reverse("reward_create"), told, follow=True).content.decode()
    made = Reward.objects.get()
    assert (made.amount, made.currency, made.stock) == (150, "EUR", None)
    assert made.texts == {"de": {"name": "Bar", "text": "An der Kasse"}}
    assert "Becher" in page
    assert AuditEntry.objects.filter(action="reward.added").exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "coupon"}, "Choose the coupon whose codes are given."),
        ({"kind": "money"}, "Say what these points are worth."),
        (
            {"starts_on": "2026-11-02", "ends_on": "2026-11-01"},
            "The last day lies before the first. Enter a later one.",
        ),
        ({"points": 0}, "greater than or equal to 1"),
    ],
)
def test_a_reward_that_cannot_be_is_refused_in_words(
    marketer: Client, programme: Program, fields: dict[str, object], sentence: str
) -> None:
    assert sentence in marketer.post(reverse("reward_create"), entered(programme, **fields)).content.decode()
    assert not Reward.objects.exists()


def test_stock_never_falls_below_what_was_claimed(marketer: Client, programme: Program) -> None:
    mug, anna = reward(programme, stock=5), points.person()
    points.give(programme, anna, 100)
    claim(mug, anna)
    address = reverse("reward_edit", args=[mug.pk])
    assert "1 were claimed already" in marketer.post(address, entered(programme, stock=0)).content.decode()
    marketer.post(address, entered(programme, stock=1, name="Tasse"))
    mug.refresh_from_db()
    assert (mug.name, mug.stock, mug.used) == ("Tasse", 1, 1)


def test_pausing_asks_and_is_audited(marketer: Client, programme: Program) -> None:
    mug = reward(programme)
    address = reverse("reward_switch", args=[mug.pk])
    assert "Nobody can claim it" in marketer.get(address).content.decode()
    marketer.post(address)
    assert not Reward.objects.get().active
    assert AuditEntry.objects.filter(action="reward.paused").exists()


def test_a_store_manager_hands_over_to_customers_of_her_store(client: Client, programme: Program) -> None:
    store, manager = StoreFactory(), UserFactory(in_role="store_manager")
    manager.stores.add(store)
    client.force_login(manager)
    mug, hers, other = reward(programme), CustomerFactory(home_store=store), CustomerFactory()
    for person in (hers, other):
        points.give(programme, person.pk, 100, str(person.pk))
    mine, foreign = claim(mug, hers.pk), claim(mug, other.pk)
    assert client.get(reverse("reward_claim", args=[foreign.pk])).status_code == 404
    client.post(reverse("reward_claim_hand_over", args=[mine.pk]), {"store": store.pk})
    mine.refresh_from_db()
    assert (mine.state, mine.store, mine.actor) == ("done", store, manager)
    assert client.post(reverse("reward_claim_cancel", args=[mine.pk])).status_code == 403


def test_cancelling_asks_and_gives_back(marketer: Client, programme: Program) -> None:
    anna = points.person()
    points.give(programme, anna, 100)
    made = claim(reward(programme, "coupon", coupon=pool(1)), anna)
    address = reverse("reward_claim_cancel", args=[made.pk])
    assert "100 points go back" in marketer.get(address).content.decode()
    page = marketer.post(address, follow=True).content.decode()
    assert "100 points are back" in page
    assert (free(programme, anna, timezone.now()), RewardClaim.objects.get().state) == (100, "cancelled")
    assert "cancelled" in marketer.get(reverse("reward_claim_list")).content.decode()
