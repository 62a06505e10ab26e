"""The books: a green or red line for each rule, with the rows that diverge."""

from typing import NamedTuple, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from customers.models import User
from loyalty import books, tasks
from loyalty.book_rules.base import Invariant
from loyalty.books import Finding
from loyalty.models import BooksCheck

SHOWN = 20
QUICK = 2.0  # seconds that a reader waits


class Line(NamedTuple):
    rule: Invariant
    findings: list[Finding]
    more: bool


@login_required
@permission_required("loyalty.view_bookscheck", raise_exception=True)
@require_safe
def books_page(request: HttpRequest) -> HttpResponse:
    """The newest check, and whether those before it were green."""
    checks = list(BooksCheck.objects.select_related("user").order_by("-at", "-pk")[:30])
    newest = checks[0] if checks else None
    waiting = newest is not None and request.GET.get("after") == str(newest.pk)
    if request.headers.get("HX-Request"):  # a page that waits asks whether it may be drawn anew
        return HttpResponse(status=204, headers={} if waiting else {"HX-Redirect": reverse("books")})
    context = {
        "title": _("Books"),
        "newest": newest,
        "lines": [_line(rule, newest) for rule in books.invariants()] if newest else [],
        "rules": len(books.invariants()),
        "earlier": checks[1:],
        "waiting": waiting,
    }
    return render(request, "loyalty/books.html", context)


def _line(rule: Invariant, check: BooksCheck) -> Line:
    found = [Finding(*row) for row in check.findings.get(rule.key, [])]
    return Line(rule, found[:SHOWN], len(found) > SHOWN)


@login_required
@permission_required("loyalty.add_bookscheck", raise_exception=True)
@require_POST
def books_check(request: HttpRequest) -> HttpResponse:
    """At once where that is quick, else by a worker, while the page waits."""
    user, newest = cast(User, request.user), BooksCheck.objects.order_by("-at", "-pk").first()
    if newest is None or newest.seconds <= QUICK:
        books.record(user, timezone.now())
        return redirect("books")
    try:
        tasks.check_books.apply_async((user.pk,), retry=False, expires=600)
    except OperationalError:
        messages.error(request, _("It could not be begun, because the queue is away. Try again in a minute."))
        return redirect("books")
    return redirect(f"{reverse('books')}?after={newest.pk}")
