"""Two people with the same draft open are told of each other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from config import presence
from tests.campaigns import make
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 11, 23, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def nobody_is_here() -> None:
    caches["limits"].clear()


def test_each_sees_the_other_and_since_when_but_not_herself() -> None:
    anna, mara = UserFactory(first_name="Anna", last_name="Weber"), UserFactory()
    assert presence.others("campaign:1", anna, NINE) == []
    [seen] = presence.others("campaign:1", mara, NINE + MINUTE)
    assert (seen.name, seen.since) == ("Anna Weber", NINE)
    [seen] = presence.others("campaign:1", anna, NINE + 2 * MINUTE)
    assert seen.since == NINE + MINUTE
    [seen] = presence.others("campaign:1", mara, NINE + 3 * MINUTE)
    assert seen.since == NINE  # still the same visit
    assert presence.others("campaign:2", mara, NINE + 3 * MINUTE) == []


def test_whoever_says_nothing_any_more_is_gone() -> None:
    anna, mara = UserFactory(), UserFactory()
    presence.others("campaign:1", anna, NINE)
    assert len(presence.others("campaign:1", mara, NINE + presence.GONE - MINUTE)) == 1
    assert presence.others("campaign:1", mara, NINE + presence.GONE) == []


def test_without_the_cache_the_draft_can_be_edited_all_the_same(settings: Any) -> None:
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = settings.CACHES | {"limits": away}
    assert presence.others("campaign:1", UserFactory(), NINE) == []


def test_the_builder_tells_the_second_and_then_the_first(sign_in: Callable[..., Client]) -> None:
    campaign = make.campaign()
    anna = sign_in("marketer", first_name="Anna", last_name="Weber")
    mara = sign_in("marketer", first_name="Mara", last_name="Brandt")
    url = reverse("campaign_editors", args=[campaign.pk])
    for client in (anna, mara):
        assert f'hx-get="{url}"' in client.get(reverse("campaign_time", args=[campaign.pk])).content.decode()
    assert "is editing" not in anna.get(url).content.decode()
    assert "Anna Weber is editing this too, since" in mara.get(url).content.decode()
    assert "Mara Brandt is editing this too, since" in anna.get(url).content.decode()
