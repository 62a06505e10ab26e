"""Birthdays to come. Who was born on 29 February is congratulated on 28 February in common years."""

from calendar import isleap
from datetime import date, datetime, timedelta

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

MONTH_DAY = Sql("(EXTRACT(MONTH FROM c.birthday), EXTRACT(DAY FROM c.birthday))")
WHOLE_YEAR = 365


class BirthdayForm(ParamsForm):
    days = forms.IntegerField(
        label=gettext_lazy("within the next days"),
        help_text=gettext_lazy("0 is today only"),
        min_value=0,
        max_value=WHOLE_YEAR,
        initial=7,
    )


@conditions.register
class Birthday(ProfileCondition):
    key = "birthday"
    label = gettext_lazy("Birthday soon")
    help = gettext_lazy(
        "Today or within the next days, by the shop's calendar. Who was born on 29 February counts on "
        "28 February in years without that day."
    )
    Form = BirthdayForm
    fact = gettext_lazy("birthday")
    seen = Sql("c.birthday")
    personal = True

    def test_sql(self, params: Params, at: datetime) -> Sql:
        first = at.date()
        last = first + timedelta(days=params["days"])
        known = Sql("c.birthday IS NOT NULL")
        if params["days"] >= WHOLE_YEAR:
            return known
        if first.year == last.year:
            return sql("{} AND {} AND {}", known, _from(first), _until(last))
        return sql("{} AND ({} OR {})", known, _from(first), _until(last))

    def words(self, params: Params) -> str:
        if params["days"] == 0:
            return _("the birthday is today")
        number = params["days"]
        text = ngettext(
            "the birthday is within the next %(days)s day",
            "the birthday is within the next %(days)s days",
            number,
        )
        return text % {"days": formats.number(number)}


def _from(day: date) -> Sql:
    return sql("{} >= ({}::int, {}::int)", MONTH_DAY, day.month, day.day)


def _until(day: date) -> Sql:
    leapling = (day.month, day.day) == (2, 28) and not isleap(day.year)
    return sql("{} <= ({}::int, {}::int)", MONTH_DAY, day.month, 29 if leapling else day.day)
