"""What the list and the page of a segment say of its members, and who entered and left."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from customers import dirty, tasks
from customers.models import Customer, Segment, SegmentSize, Shop
from customers.segments.membership import keeping
from tests.customers.test_membership import GERMAN, made
from tests.customers.test_segment_pages import FORM, page
from tests.factories import CustomerFactory, SegmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def segment() -> Segment:
    CustomerFactory(language="de", first_name="Erna", last_name="Ernst")
    return made(GERMAN, name="Germans")


@pytest.fixture
def woken() -> Iterator[Any]:
    with mock.patch.object(tasks.keep_segments, "apply_async") as wake:
        yield wake


def changes(segment: Segment) -> str:
    return reverse("segment_changes", args=[segment.pk])


def test_the_page_asks_again_until_the_members_are_put_together(analyst: Client, segment: Segment) -> None:
    before = analyst.get(page(segment)).content.decode()
    assert "are being put together" in before
    part = reverse("segment_membership", args=[segment.pk])
    assert f'hx-get="{part}"' in before
    keeping.tick(timezone.now)
    after = analyst.get(part).content.decode()
    assert "hx-get" not in after
    assert "at most a minute behind" in after


def test_the_list_says_how_many_and_how_they_stand(marketer: Client, segment: Segment) -> None:
    SegmentFactory(name="Broken", rule={"condition": "gone", "params": {}}, revision=1)
    keeping.tick(timezone.now)
    text = marketer.get(reverse("segment_list")).content.decode()
    assert "up to date" in text
    assert "faulty rule" in text
    rows = list(marketer.get(reverse("segment_list"), {"export": "csv"}))  # type: ignore[call-overload]
    assert b"1,1,0,up to date" in b"".join(rows).replace(b";", b",")


def test_the_number_of_queries_of_the_list_does_not_grow(
    marketer: Client, segment: Segment, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        made(GERMAN, name=f"More {number}")
    keeping.tick(timezone.now)
    with django_assert_max_num_queries(25):
        marketer.get(reverse("segment_list"))


def test_changes_are_listed_filtered_and_masked(marketer: Client, analyst: Client, segment: Segment) -> None:
    keeping.tick(timezone.now)
    Customer.objects.update(language="en")
    dirty.mark(Customer.objects.values_list("pk", flat=True), timezone.now())
    keeping.tick(timezone.now)
    text = marketer.get(changes(segment)).content.decode()
    assert text.count("Erna Ernst") >= 2
    assert "the rule changed" in text
    only = marketer.get(changes(segment), {"entered": "True", "export": "csv"})
    lines = b"".join(only).decode().strip().splitlines()  # type: ignore[arg-type]
    assert len(lines) == 2
    assert "entered" in lines[1]
    assert "Ernst" not in analyst.get(changes(segment)).content.decode()
    masked = b"".join(analyst.get(changes(segment), {"export": "csv"}))  # type: ignore[arg-type]
    assert b"Ernst" not in masked


def test_one_person_is_found_among_those_who_entered_and_left(marketer: Client, segment: Segment) -> None:
    CustomerFactory(language="de", first_name="Olga", last_name="Other")
    keeping.tick(timezone.now)
    assert "Olga Other" in marketer.get(changes(segment)).content.decode()
    text = marketer.get(changes(segment), {"q": "ernst"}).content.decode()
    assert "Erna Ernst" in text
    assert "Olga Other" not in text


def test_erased_people_are_named_no_more(marketer: Client, segment: Segment) -> None:
    keeping.tick(timezone.now)
    Customer.objects.update(erased_at=timezone.now())
    assert "Ernst" not in marketer.get(changes(segment)).content.decode()


def test_the_history_is_plotted_with_a_table_behind_it(analyst: Client, segment: Segment) -> None:
    keeping.tick(timezone.now)
    day = timezone.localdate() - timedelta(days=2)
    SegmentSize.objects.create(segment=segment, day=day, size=12_345)
    text = analyst.get(page(segment)).content.decode()
    assert "data-plot" in text
    assert text.count("12,345") == 2


def test_its_size_is_told_against_that_of_a_week_ago(analyst: Client, segment: Segment) -> None:
    keeping.tick(timezone.now)
    size = SegmentSize.objects.filter(segment=segment).latest("day").size
    today = Shop.day(timezone.now())
    assert "in 7 days" not in analyst.get(page(segment)).content.decode()
    SegmentSize.objects.create(segment=segment, day=today - timedelta(days=7), size=size + 1_200)
    text = analyst.get(page(segment)).content.decode()
    assert "−1,200 in 7 days" in text
    assert 'class="spark' in text


def test_saving_wakes_a_worker_and_works_without_one(
    marketer: Client, woken: Any, django_capture_on_commit_callbacks: Any
) -> None:
    new = reverse("segment_create")
    with django_capture_on_commit_callbacks(execute=True):
        marketer.post(new, FORM | {"action": "save"})
    assert woken.call_count == 1
    woken.side_effect = OperationalError
    with django_capture_on_commit_callbacks(execute=True):
        marketer.post(new, FORM | {"name": "Others", "action": "save"})
    assert Segment.objects.count() == 2
