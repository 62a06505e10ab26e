"""Posts by day: a month or a week, in the shop's zone."""

from datetime import date, datetime, time, timedelta
from typing import Any

from babel.dates import format_date, get_day_names
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from channels.models import SocialPost
from channels.social import posts, words
from channels.views.social_parts import ADD, VIEW
from config import formats

WEEK = timedelta(days=7)
LONG = {"de": "EEEE, d. MMMM", "en": "EEEE, d MMMM"}
FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)


@login_required
@permission_required(VIEW, raise_exception=True)
def social_calendar(request: HttpRequest) -> HttpResponse:
    """`?day=2026-12-01` is somewhere in what is shown, `?view=week` shows one week."""
    today = timezone.localdate()
    day = _day(request.GET.get("day", ""), today)
    weekly = request.GET.get("view") == "week"
    first, weeks = _span(day, weekly=weekly)
    entries = _entries(first, first + weeks * WEEK)
    context = {
        "title": _("Social"),
        "heading": _heading(day, first, weekly=weekly),
        "weekly": weekly,
        "day": day.isoformat(),
        "before": (
            first - timedelta(days=1) if weekly else day.replace(day=1) - timedelta(days=1)
        ).isoformat(),
        "after": (first + WEEK if weekly else _next_month(day)).isoformat(),
        "names": [get_day_names("abbreviated", locale=formats.language())[number] for number in range(7)],
        "weeks": [
            _week(first + number * WEEK, day, today, entries, weekly=weekly) for number in range(weeks)
        ],
        "may_add": request.user.has_perm(ADD),
        "zone": formats.zone_city(timezone.get_current_timezone_name()),
        "nothing": not entries,
    }
    return render(request, "channels/social_calendar.html", context)


def _day(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today
    return found if FIRST <= found <= LAST else today


def _span(day: date, *, weekly: bool) -> tuple[date, int]:
    """The Monday at which it begins, and how many weeks are shown."""
    if weekly:
        return day - timedelta(days=day.weekday()), 1
    first = day.replace(day=1)
    monday = first - timedelta(days=first.weekday())
    return monday, -((monday - _next_month(day)).days // 7)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _heading(day: date, first: date, *, weekly: bool) -> str:
    if weekly:
        return _("%(first)s to %(last)s") % {
            "first": formats.day(first),
            "last": formats.day(first + timedelta(days=6)),
        }
    return format_date(day, "LLLL yyyy", locale=formats.language())


def _entries(first: date, end: date) -> dict[date, list[dict[str, Any]]]:
    """What is due in between, and drafts by the time they are set to."""
    since, until = (timezone.make_aware(datetime.combine(each, time())) for each in (first, end))
    planned = Q(due_at__gte=since, due_at__lt=until)
    draft = Q(due_at=None, wall_time__gte=since - timedelta(days=1), wall_time__lt=until + timedelta(days=1))
    rows = SocialPost.objects.filter(planned | draft).exclude(state=SocialPost.State.CANCELLED)
    timed = [(post.due_at or posts.due(post), post) for post in rows.select_related("group", "account")]
    within = [(at, posts.network(post), post) for at, post in timed if at is not None and since <= at < until]
    found: dict[date, list[dict[str, Any]]] = {}
    for at, network, post in sorted(within, key=lambda row: (row[0], row[1].position, row[2].pk)):
        entry = {"post": post, "network": network, "tone": words.TONES[post.state]}
        entry["clock"] = formats.clock(at)
        found.setdefault(timezone.localdate(at), []).append(entry)
    return found


def _week(
    monday: date, day: date, today: date, entries: dict[date, list[dict[str, Any]]], *, weekly: bool
) -> list[dict[str, Any]]:
    days = [monday + timedelta(days=number) for number in range(7)]
    return [
        {
            "day": each,
            "iso": each.isoformat(),
            "name": format_date(each, LONG[formats.language()], locale=formats.language()),
            "outside": not weekly and each.month != day.month,
            "today": each == today,
            "entries": entries.get(each, []),
        }
        for each in days
    ]
