"""Stores are added by their page."""

from django.test import Client
from django.urls import reverse

from customers.models import Shop, Store


def test_a_new_store_stands_in_the_country_of_the_shop(administrator: Client) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"country": "AT"})
    form = administrator.get(reverse("store_create")).context["form"]
    assert form["country"].value() == "AT"
    filled = {
        "number": "7",
        "name": "Graz",
        "kind": "physical",
        "country": "AT",
        "time_zone": "Europe/Vienna",
    }
    administrator.post(reverse("store_create"), filled)
    store = Store.objects.get()
    assert (
        administrator.get(reverse("store_edit", args=[store.pk])).context["form"]["country"].value() == "AT"
    )
