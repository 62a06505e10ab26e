"""One person with a segment open in two windows: the older one overwrites nothing unseen, and loses nothing."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Segment, SegmentDraft

pytestmark = pytest.mark.django_db
FRAGMENT: Any = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "segment-result"}
TOLD = "in another window"


class Window:
    """The page of a new segment, as a browser with scripts has it open."""

    def __init__(self, client: Client, name: str) -> None:
        self.client, self.name, self.turn = client, name, 0
        found = re.search(r'name="drafted" value="([^"]*)"', self._load())
        assert found
        self.drafted = found[1]

    def _load(self) -> str:
        return self.client.get(reverse("segment_create")).content.decode()

    def change(self, name: str, action: str = "", **headers: Any) -> str:
        self.turn += 1
        sent = {"name": name, "r.kind": "all", "r-0.condition": "language", "r-0.languages": "de"}
        sent |= {"page": self.name, "turn": self.turn, "drafted": self.drafted, "action": action}
        return self.client.post(reverse("segment_create"), sent, **(headers or FRAGMENT)).content.decode()


def kept() -> str:
    return SegmentDraft.objects.get().name


def test_the_older_window_is_told_and_keeps_what_it_shows(marketer: Client) -> None:
    first, second = Window(marketer, "a"), Window(marketer, "b")
    assert TOLD not in first.change("of the first")
    answer = second.change("of the second")
    assert TOLD in answer
    assert 'value="of the second"' in answer
    assert "load delay" not in answer  # it would ask, and be told, for ever
    assert kept() == "of the first"
    assert TOLD in second.change("of the second", "save")
    assert not Segment.objects.exists()
    assert TOLD not in first.change("of the first, again")


def test_the_answer_leads_to_the_newer_draft_and_to_going_on(marketer: Client) -> None:
    first, second = Window(marketer, "a"), Window(marketer, "b")
    first.change("of the first")
    assert TOLD in second.change("of the second")
    newer = Window(marketer, "c")
    assert TOLD not in newer.change("of the third")
    assert TOLD not in second.change("of the second", "go_on")
    assert kept() == "of the second"
    assert TOLD not in second.change("of the second", "save")
    assert Segment.objects.get().name == "of the second"


def test_a_window_that_is_loaded_anew_goes_on_with_its_own_draft(marketer: Client) -> None:
    Window(marketer, "a").change("before")
    assert TOLD not in Window(marketer, "b").change("after")
    assert kept() == "after"


def test_without_scripts_the_whole_page_says_so(marketer: Client) -> None:
    first, second = Window(marketer, ""), Window(marketer, "")
    first.change("of the first", HTTP_ACCEPT="text/html")
    answer = second.change("of the second", HTTP_ACCEPT="text/html")
    assert TOLD in answer
    assert "<html" in answer
    assert kept() == "of the first"
