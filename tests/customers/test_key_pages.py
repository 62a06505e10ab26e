"""The pages of API keys: the answer to the form shows the secret, once; sent again, the form makes no second key."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import ApiKey, IngestCount

pytestmark = pytest.mark.django_db
SHOP = {"name": "Shop", "kind": "server", "source": "shop", "may": ["track"]}


def make(client: Client, **other: object) -> str:
    return client.post(reverse("key_create"), SHOP | other).content.decode()


def test_a_form_that_is_sent_again_makes_no_second_key(administrator: Client) -> None:
    assert "It is shown only now" in make(administrator)
    assert "A key of this name works already" in make(administrator)
    assert "A key of this name works already" in make(administrator, name="shop")
    assert "It is shown only now" in make(administrator, name="Till of Celle")
    assert ApiKey.objects.count() == 2


def test_a_key_is_replaced_once(administrator: Client) -> None:
    make(administrator)
    old = ApiKey.objects.get()
    address = reverse("key_rotate", args=[old.pk])
    assert "It is shown only now" in administrator.post(address).content.decode()
    newer = ApiKey.objects.get(replaces=old)
    for ask in (administrator.get, administrator.post):
        again = ask(address, follow=True)
        assert again.redirect_chain[-1][0] == reverse("key", args=[newer.pk])
        assert "replaced already" in again.content.decode()
    assert ApiKey.objects.count() == 2


def test_the_name_of_a_key_that_has_ended_is_free(administrator: Client) -> None:
    make(administrator)
    administrator.post(reverse("key_revoke", args=[ApiKey.objects.get().pk]))
    assert "It is shown only now" in make(administrator)


def test_a_message_is_one_of_the_day_however_much_it_brings_along(administrator: Client) -> None:
    make(administrator)
    key = ApiKey.objects.get()
    for what, count in (("event", 7), ("order", 4), ("consent", 2), ("identify", 3)):
        day = timezone.now().date()
        IngestCount.objects.create(key=key, day=day, what=what, fate="recorded", count=count)
    days = administrator.get(reverse("key", args=[key.pk])).context["days"]
    assert [bar.value for bar in days] == [10]
