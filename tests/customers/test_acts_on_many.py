"""What is done to many rows of a list at once: customers onto a fixed list, segments deleted."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import Campaign
from channels.models import Message
from config.pages import paging
from customers.models import AuditEntry, Customer, Dirty, FixedList, Segment
from tests.factories import NOON, CustomerFactory, SegmentFactory, StoreFactory

pytestmark = pytest.mark.django_db
ADD: dict[str, Any] = {"action": "add_to_list", "asked": "1"}


@pytest.fixture
def people() -> list[Customer]:
    return [CustomerFactory(country=country) for country in ("DE", "DE", "AT")]


def act(client: Client, query: str = "", **posted: Any) -> str:
    answer = client.post(f"{reverse('customer_list')}?{query}", ADD | posted, follow=True)
    return answer.content.decode()


def on(name: str) -> set[int]:
    return set(FixedList.objects.get(name=name).members.values_list("customer_id", flat=True))


def test_the_chosen_are_asked_for_a_list_and_then_put_on_a_new_one(
    marketer: Client, people: list[Customer]
) -> None:
    chosen = [people[0].pk, people[2].pk]
    posted = {"action": "add_to_list", "ids": chosen}
    question = marketer.post(reverse("customer_list"), posted).content.decode()
    assert "People chosen: 2." in question
    assert f'name="ids" value="{chosen[1]}"' in question
    assert not FixedList.objects.exists()
    assert "2 people added to the list “Guests”." in act(marketer, ids=chosen, name=" Guests ")
    assert on("Guests") == set(chosen)
    assert FixedList.objects.get().size == 2
    assert set(Dirty.objects.values_list("customer_id", flat=True)) >= set(chosen)
    assert set(AuditEntry.objects.values_list("action", flat=True)) == {"list.added", "list.extended"}


def test_all_that_the_search_found_join_a_list_that_is_there_once_each(
    marketer: Client, people: list[Customer]
) -> None:
    act(marketer, ids=[people[0].pk], name="Guests")
    CustomerFactory(country="DE", merged_into=people[0])
    CustomerFactory(country="DE", erased_at=NOON)
    guests = FixedList.objects.get()
    text = act(marketer, "country=DE", all="1", fixed_list=guests.pk, name="never made")
    assert "1 person added to the list “Guests”. 1 was on it before." in text
    assert on("Guests") == {people[0].pk, people[1].pk}
    assert AuditEntry.objects.latest("pk").detail == {"found": 2, "added": 1}


def test_one_statement_adds_them_however_many_they_are(marketer: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            act(marketer, all="1", name=f"List {FixedList.objects.count()}")
        return len(queries)

    CustomerFactory()
    few = statements()
    CustomerFactory.create_batch(12)
    assert statements() == few


def test_a_crowd_is_told_by_about_how_many_it_is(
    marketer: Client, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "CAP", 2)
    posted = {"action": "add_to_list", "all": "1"}
    assert "People chosen: about " in marketer.post(reverse("customer_list"), posted).content.decode()
    act(marketer, all="1", name="Everybody")
    assert len(on("Everybody")) == 3


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({"name": " "}, "The list needs a name."),
        ({"name": "guests"}, "Another list has this name."),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"fixed_list": "0"}, "This list is gone."),
        ({"fixed_list": "x"}, "This list is gone."),
    ],
)
def test_what_cannot_be_done_is_said_at_its_field(
    marketer: Client, people: list[Customer], posted: dict[str, str], sentence: str
) -> None:
    FixedList.objects.create(name="Guests")
    text = act(marketer, ids=[people[0].pk], **posted)
    assert sentence in text
    assert f'name="ids" value="{people[0].pk}"' in text
    assert FixedList.objects.get().size == 0


def test_nobody_chosen_is_a_word_and_no_list(marketer: Client, people: list[Customer]) -> None:
    assert (
        "Nobody is chosen."
        in marketer.post(reverse("customer_list"), {"action": "add_to_list"}, follow=True).content.decode()
    )
    assert not FixedList.objects.exists()


@pytest.mark.parametrize("role", ["analyst", "approver", "store_manager"])
def test_who_may_not_change_lists_is_neither_offered_nor_let(
    sign_in: Any, people: list[Customer], role: str
) -> None:
    client = sign_in(role)
    Customer.objects.update(home_store=StoreFactory())
    assert "data-bulk" not in client.get(reverse("customer_list")).content.decode()
    posted = ADD | {"ids": [people[0].pk], "name": "Mine"}
    assert client.post(reverse("customer_list"), posted).status_code == 403
    assert not FixedList.objects.exists()


# --- Segments ---


def of(*segments: Segment) -> dict[str, Any]:
    return {"any": [{"condition": "in_segment", "params": {"segments": [each.pk for each in segments]}}]}


def delete(client: Client, *segments: Segment) -> str:
    posted = {"action": "delete", "ids": [each.pk for each in segments], "confirmed": "1"}
    return client.post(reverse("segment_list"), posted, follow=True).content.decode()


def test_segments_are_deleted_after_a_question_with_a_line_in_the_audit_log_each(marketer: Client) -> None:
    two = [SegmentFactory(name="One"), SegmentFactory(name="Two")]
    posted = {"action": "delete", "ids": [each.pk for each in two]}
    assert "gone for good" in marketer.post(reverse("segment_list"), posted).content.decode()
    assert Segment.objects.count() == 2
    assert "2 segments deleted." in delete(marketer, *two)
    assert not Segment.objects.exists()
    entries = AuditEntry.objects.filter(action="segment.deleted")
    assert {entry.detail["name"] for entry in entries} == {"One", "Two"}


def test_what_a_campaign_uses_stays_and_the_campaign_is_named(marketer: Client) -> None:
    used, free = SegmentFactory(name="Used"), SegmentFactory(name="Free")
    Campaign.objects.create(name="Spring", message=Message.objects.create(), segment=used)
    text = delete(marketer, used, free)
    assert "“Used” stays. It is used by: campaign “Spring”." in text
    assert "1 segment deleted." in text
    assert list(Segment.objects.all()) == [used]


def test_segments_that_only_use_one_another_go_together_in_whatever_order(marketer: Client) -> None:
    lower, upper = SegmentFactory(name="Lower"), SegmentFactory(name="Upper")
    Segment.objects.filter(pk=lower.pk).update(rule=of(upper))
    kept = SegmentFactory(name="Kept", rule=of(lower))
    assert "“Lower” stays. It is used by: segment “Kept”." in delete(marketer, lower, upper)
    assert Segment.objects.count() == 3
    assert "3 segments deleted." in delete(marketer, lower, upper, kept)


def test_an_analyst_deletes_no_segment(analyst: Client) -> None:
    segment = SegmentFactory()
    posted = {"action": "delete", "ids": [segment.pk], "confirmed": "1"}
    assert analyst.post(reverse("segment_list"), posted).status_code == 403
    assert Segment.objects.exists()
