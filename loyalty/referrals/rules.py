"""The rules of referrals in versions, and in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import clocks, formats
from customers import audit
from customers.models import Shop, User
from loyalty import programs
from loyalty.coupons import words as words_of_offers
from loyalty.models import Coupon, Program, ReferralTerms

RULES = (
    *("active", "starts_on", "ends_on", "giver_points", "giver_coupon_id", "welcome_points"),
    *("welcome_coupon_id", "least_value", "return_days", "claim_days", "most_per_year", "most_in_all"),
)


def newest(program: Program) -> ReferralTerms | None:
    rows = ReferralTerms.objects.filter(program=program).select_related(
        "program", "giver_coupon__offer", "welcome_coupon__offer"
    )
    return rows.order_by("-version").first()


def running(at: datetime) -> ReferralTerms | None:
    """The rules by which somebody can be recommended now."""
    program = programs.active().first()
    terms = newest(program) if program else None
    return terms if terms and counts(terms, at) else None


def counts(terms: ReferralTerms, at: datetime) -> bool:
    today = clocks.local_day(at, terms.program.time_zone)
    begun = terms.starts_on is None or terms.starts_on <= today
    return terms.active and begun and (terms.ends_on is None or today <= terms.ends_on)


@transaction.atomic
def publish(wanted: ReferralTerms, by: User | None, at: datetime) -> ReferralTerms:
    """Make these rules the next version, unless they are those of the newest."""
    Program.objects.select_for_update(no_key=True).get(pk=wanted.program_id)
    last = newest(wanted.program)
    if last and all(getattr(last, name) == getattr(wanted, name) for name in RULES):
        return last
    values = {name: getattr(wanted, name) for name in RULES}
    version = last.version + 1 if last else 1
    made = ReferralTerms.objects.create(program=wanted.program, version=version, at=at, made_by=by, **values)
    audit.record(by, "referral_rules.published", made, at, version=version, active=made.active)
    return made


# --- In words ---


@dataclass(frozen=True)
class Line:
    label: str
    value: str


def words(terms: ReferralTerms) -> list[Line]:
    """All of a version, a line for each rule."""
    days = ngettext("%s day", "%s days", terms.return_days) % formats.number(terms.return_days)
    soon = ngettext("%s day", "%s days", terms.claim_days) % formats.number(terms.claim_days)
    return [
        Line(_("Who recommends gets"), reward(terms.giver_points, terms.giver_coupon)),
        Line(_("Who is recommended gets"), reward(terms.welcome_points, terms.welcome_coupon)),
        Line(_("What counts"), _counting(terms)),
        Line(_("Both get it"), _("after %s, unless the order came back") % days),
        Line(_("To be named"), _("within %s after the sign-up, and before the first order") % soon),
        Line(_("When"), window(terms)),
        Line(_("At most"), _limits(terms)),
    ]


def reward(points: int | None, coupon: Coupon | None) -> str:
    if coupon is not None:
        return _("a code of “%s”") % coupon.name
    return ngettext("%s point", "%s points", points or 0) % formats.number(points or 0)


def present(points: int | None, coupon: Coupon | None) -> str:
    """The same for customers, without the name that a coupon has among staff."""
    if coupon is not None:
        return _("a coupon: %s") % words_of_offers.discount(coupon.offer)
    return reward(points, None)


def least(terms: ReferralTerms) -> str:
    """The least value as it is written; "" where every first order counts."""
    return formats.money(terms.least_value, Shop.current().currency or "EUR") if terms.least_value else ""


def window(terms: ReferralTerms) -> str:
    if terms.starts_on and terms.ends_on:
        days = {"first": formats.day(terms.starts_on), "last": formats.day(terms.ends_on)}
        return _("from %(first)s to %(last)s") % days
    if terms.starts_on:
        return _("from %s") % formats.day(terms.starts_on)
    return _("until %s") % formats.day(terms.ends_on) if terms.ends_on else _("until further notice")


def _counting(terms: ReferralTerms) -> str:
    amount = least(terms)
    return _("the first order, of %s and more") % amount if amount else _("the first order")


def _limits(terms: ReferralTerms) -> str:
    said = []
    if terms.most_per_year is not None:
        said.append(_("%s rewards per person and year") % formats.number(terms.most_per_year))
    if terms.most_in_all is not None:
        said.append(_("%s rewards in all") % formats.number(terms.most_in_all))
    return ", ".join(said) or _("without a limit")


@dataclass(frozen=True)
class Version:
    terms: ReferralTerms
    changes: list[str]


def history(program: Program) -> list[Version]:
    """All versions with what each has changed, newest first."""
    rows = ReferralTerms.objects.filter(program=program).select_related(
        "giver_coupon", "welcome_coupon", "made_by"
    )
    found, before = [], None
    for terms in rows.order_by("version"):
        found.append(Version(terms, _changes(before, terms)))
        before = terms
    return found[::-1]


def _changes(old: ReferralTerms | None, new: ReferralTerms) -> list[str]:
    switched = _("switched on") if new.active else _("switched off")
    if old is None:
        return [switched, *(f"{line.label}: {line.value}" for line in words(new))]
    said = [switched] if old.active != new.active else []
    for was, now in zip(words(old), words(new), strict=True):
        if was != now:
            about: dict[str, Any] = {"what": now.label, "now": now.value, "before": was.value}
            said.append(_("%(what)s: %(now)s (before: %(before)s)") % about)
    return said
