"""Points as segments ask about them: those of the oldest active programme. Only who has an account there has any.

What is kept for an open basket cannot be spent. It is taken from the points that end first, as spending does.
"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments import comparing, phrases
from customers.segments.comparing import AmountForm
from customers.segments.conditions import Condition, Params, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

POINTS = gettext_lazy("Points")
PROGRAM = Sql("(SELECT p.id FROM loyalty_program p WHERE p.active ORDER BY p.id LIMIT 1)")


class OfAccount(Condition):
    """A test of somebody's account `a`."""

    group = POINTS
    fact = gettext_lazy("points account")

    def of_account(self, params: Params, at: datetime) -> Sql:
        raise NotImplementedError

    def figure(self, params: Params, at: datetime) -> Sql:
        """What it looks at, as one value of the account."""
        raise NotImplementedError

    def set_sql(self, params: Params, at: datetime) -> Sql:
        template = "SELECT a.customer_id FROM loyalty_account a WHERE {} AND ({})"
        return sql(template, open_account(), self.of_account(params, at))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        template = "EXISTS (SELECT 1 FROM loyalty_account a WHERE a.customer_id = c.id AND {} AND ({}))"
        return sql(template, open_account(), self.of_account(params, at))

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        template = "(SELECT {} FROM loyalty_account a WHERE a.customer_id = c.id AND {})"
        return sql(template, self.figure(params, at), open_account())


def open_account() -> Sql:
    return sql("a.program_id = {} AND a.closed_at IS NULL", PROGRAM)


def left(at: datetime, until: datetime | None = None) -> Sql:
    """The points of the account `a` that can be spent at this moment; with `until` those of them that end by then."""
    ends = sql("l.expires_at <= {}", until) if until else Sql("true")
    return sql(
        """greatest(0, coalesce((SELECT sum(l.remaining) FROM loyalty_lot l
            WHERE l.account_id = a.id AND l.remaining > 0 AND l.available_from <= {}
              AND (l.expires_at IS NULL OR l.expires_at > {}) AND {}), 0)
        - coalesce((SELECT sum(h.points) FROM loyalty_hold h WHERE h.account_id = a.id
            AND h.fate = 'open' AND h.expires_at > {}), 0))""",
        at,
        at,
        ends,
        at,
    )


@conditions.register
class PointsToSpend(OfAccount):
    key = "points"
    label = gettext_lazy("Points to spend")
    help = gettext_lazy("Who has no account yet has no points, and belongs to no group of them.")
    Form = AmountForm

    def of_account(self, params: Params, at: datetime) -> Sql:
        return comparing.compare(
            self.figure(params, at), params["operator"], params["number"], params.get("upper")
        )

    def figure(self, params: Params, at: datetime) -> Sql:
        return left(at)

    def seen_words(self, value: Any, params: Params) -> str:
        return formats.number(int(value))

    def words(self, params: Params) -> str:
        return ngettext(
            "%s point to spend", "%s points to spend", phrases.last_number(params)
        ) % phrases.amount(params)


class PointsEndingForm(ParamsForm):
    number = forms.IntegerField(label=gettext_lazy("at least"), min_value=1, max_value=10**9, initial=100)
    days = comparing.days_field()


@conditions.register
class PointsEnding(OfAccount):
    key = "points_ending"
    label = gettext_lazy("Points that end soon")
    help = gettext_lazy("Points that can be spent today and end within so many days.")
    Form = PointsEndingForm

    def of_account(self, params: Params, at: datetime) -> Sql:
        return sql("{} >= {}", self.figure(params, at), params["number"])

    def figure(self, params: Params, at: datetime) -> Sql:
        return left(at, at + timedelta(days=params["days"]))

    def seen_words(self, value: Any, params: Params) -> str:
        return formats.number(int(value))

    def words(self, params: Params) -> str:
        text = _("at least %(number)s points end within %(days)s")
        return text % {"number": formats.number(params["number"]), "days": phrases.days(params["days"])}


WHEN = [("within", gettext_lazy("in the last days")), ("longer_ago", gettext_lazy("longer ago than"))]


class LastEarnedForm(ParamsForm):
    operator = forms.ChoiceField(label=gettext_lazy("when"), choices=WHEN, initial="longer_ago")
    days = comparing.days_field()


@conditions.register
class LastEarned(OfAccount):
    key = "points_last_earned"
    label = gettext_lazy("Points last earned")
    help = gettext_lazy("When somebody earned points last. Who never earned any belongs to neither.")
    Form = LastEarnedForm

    def of_account(self, params: Params, at: datetime) -> Sql:
        return comparing.at_moment(self.figure(params, at), params, at)

    def figure(self, params: Params, at: datetime) -> Sql:
        return Sql("(SELECT max(e.at) FROM loyalty_entry e WHERE e.account_id = a.id AND e.kind = 'earn')")

    def words(self, params: Params) -> str:
        return _("last earned points %s") % phrases.moment(params)
