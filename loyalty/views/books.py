"""The books: a green or red line for each rule, with the rows that diverge."""

from typing import NamedTuple, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.models import User
from loyalty import books
from loyalty.book_rules.base import Invariant
from loyalty.books import Finding
from loyalty.models import BooksCheck

SHOWN = 20


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
    context = {
        "title": _("Books"),
        "newest": newest,
        "lines": [_line(rule, newest) for rule in books.invariants()] if newest else [],
        "rules": len(books.invariants()),
        "earlier": checks[1:],
    }
    return render(request, "loyalty/books.html", context)


def _line(rule: Invariant, check: BooksCheck) -> Line:
    found = [Finding(*row) for row in check.findings.get(rule.key, [])]
    return Line(rule, found[:SHOWN], len(found) > SHOWN)


@login_required
@permission_required("loyalty.add_bookscheck", raise_exception=True)
@require_POST
def books_check(request: HttpRequest) -> HttpResponse:
    books.record(cast(User, request.user), timezone.now())
    return redirect("books")
