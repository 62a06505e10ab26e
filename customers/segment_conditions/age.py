from datetime import date, datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from customers.segments import phrases
from customers.segments.comparing import AmountForm
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.sql import Sql, join, sql

OLDEST = 130


class AgeForm(AmountForm):
    number = forms.IntegerField(label=gettext_lazy("years"), min_value=0, max_value=OLDEST, initial=18)
    upper = forms.IntegerField(label=gettext_lazy("and"), min_value=0, max_value=OLDEST, initial=65)


@conditions.register
class Age(ProfileCondition):
    key = "age"
    label = gettext_lazy("Age")
    help = gettext_lazy("In completed years today, where the birthday is known.")
    Form = AgeForm
    fact = gettext_lazy("birthday")
    seen = Sql("c.birthday")
    personal = True

    def test_sql(self, params: Params, at: datetime) -> Sql:
        low, high = params["number"], params.get("upper")
        if params["operator"] == "exactly":
            high = low
        elif params["operator"] == "at_most":
            low, high = None, low
        today, tests = at.date(), []
        if low is not None:
            tests.append(sql("c.birthday <= {}", years_before(today, low)))
        if high is not None:
            tests.append(sql("c.birthday > {}", years_before(today, high + 1)))
        return join(" AND ", tests)

    def words(self, params: Params) -> str:
        years = ngettext("%s year old", "%s years old", phrases.last_number(params))
        return years % phrases.amount(params)


def years_before(day: date, years: int) -> date:
    """The latest day of birth of those who have completed so many years on `day`."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, month=3, day=1) - timedelta(days=1)
