"""The search in the head of every page finds segments and campaigns by their names, for those who may see them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.campaigns import make

pytestmark = pytest.mark.django_db


def found(client: Client, text: str) -> str:
    response = client.get(reverse("search"), {"q": text})
    assert response.status_code == 200
    return response.content.decode()


def test_a_part_of_the_name_finds_segments_and_campaigns(marketer: Client) -> None:
    segment = make.segment(name="Stammgäste Köln", description="Bought twice a year")
    campaign = make.campaign(name="Köln im Advent", state="finished")
    other = make.campaign(name="Sommer in Bonn")
    page = found(marketer, "köln")
    assert f'href="{reverse("segment_edit", args=[segment.pk])}"' in page
    assert f'href="{reverse("campaign", args=[campaign.pk])}"' in page
    assert "Stammgäste Köln" in page
    assert str(campaign.get_state_display()) in page
    assert reverse("campaign", args=[other.pk]) not in page


def test_segments_are_found_by_their_description_too(marketer: Client) -> None:
    make.segment(name="Regulars", description="Bought twice a year")
    assert "Regulars" in found(marketer, "twice a")
    assert "Regulars" not in found(marketer, "thrice")


def test_signs_of_patterns_are_letters_like_others(marketer: Client) -> None:
    make.campaign(name="Advent 100%")
    make.campaign(name="Ostern 1000")
    page = found(marketer, "100%")
    assert "Advent 100%" in page
    assert "Ostern" not in page


def test_who_may_not_see_them_finds_none(sign_in: Callable[..., Client]) -> None:
    segment, campaign = make.segment(name="Adventsgäste"), make.campaign(name="Advent")
    page = found(sign_in("store_manager"), "advent")
    assert reverse("segment_edit", args=[segment.pk]) not in page
    assert reverse("campaign", args=[campaign.pk]) not in page
