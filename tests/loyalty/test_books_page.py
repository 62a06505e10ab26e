"""The page of the books: green, red after somebody has written past the ledger, and said on the page of today."""

from contextlib import closing

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from loyalty import books, tasks
from loyalty.models import Account, BooksCheck
from tests.loyalty import points

pytestmark = pytest.mark.django_db


def test_a_first_look_offers_to_check(marketer: Client) -> None:
    assert "Not checked yet" in marketer.get(reverse("books")).content.decode()
    answer = marketer.post(reverse("books_check"), follow=True).content.decode()
    assert "All rules hold" in answer
    assert BooksCheck.objects.get().user == marketer.user  # type: ignore[attr-defined]


def test_a_tampered_row_is_shown_with_what_should_be_there(marketer: Client) -> None:
    programme, anna = points.program(), points.person()
    points.give(programme, anna, 50)
    account = points.account(programme, anna)
    Account.objects.filter(pk=account.pk).update(balance=70)
    tasks.check_books()
    page = marketer.get(reverse("books")).content.decode()
    assert "2 rules do not hold" in page
    assert f"account {account.pk}" in page
    assert '<td class="number">50</td><td class="number">70</td>' in page
    assert "The books do not add up" in marketer.get(reverse("today")).content.decode()
    Account.objects.filter(pk=account.pk).update(balance=50)
    books.record(None, timezone.now())
    assert "All rules hold" in marketer.get(reverse("books")).content.decode()
    assert "The books do not add up" not in marketer.get(reverse("today")).content.decode()


def test_who_only_reads_cannot_start_a_check(analyst: Client) -> None:
    books.record(None, timezone.now())
    assert "Check now" not in analyst.get(reverse("books")).content.decode()
    assert analyst.post(reverse("books_check")).status_code == 403


def test_books_that_take_long_are_checked_by_a_worker_while_the_page_waits(
    marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(tasks.check_books, "apply_async", lambda args, **_options: told.extend(args))
    marketer.post(reverse("books_check"))
    ask = {"HX-Request": "true"}
    for time in (1, 2):  # the second one is not taken for the first
        BooksCheck.objects.update(seconds=40)
        answer = marketer.post(reverse("books_check"), follow=True)
        page, _status = answer.redirect_chain[-1]
        assert "The rules are being asked" in answer.content.decode()
        assert "HX-Redirect" not in marketer.get(page, headers=ask).headers
        assert len(told) == time
        tasks.check_books(told[-1])
        assert BooksCheck.objects.order_by("-pk")[0].user is not None
        assert marketer.get(page, headers=ask).headers["HX-Redirect"] == reverse("books")


def test_a_second_worker_leaves_the_check_to_the_first() -> None:
    first = connection.copy()
    with closing(first), first.cursor() as cursor:
        first.set_autocommit(False)
        cursor.execute(books.TRY_LOCK)
        assert books.record_once(None, timezone.now()) is None
        first.rollback()  # closing alone lets the lock go only once the server has noticed
    assert books.record_once(None, timezone.now()) is not None
