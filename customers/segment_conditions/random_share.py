from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class RandomShareForm(ParamsForm):
    percent = forms.IntegerField(label=gettext_lazy("percent"), min_value=1, max_value=99, initial=10)
    draw = forms.CharField(
        label=gettext_lazy("draw"),
        max_length=40,
        initial="A",
        help_text=gettext_lazy("Another name draws other people."),
    )


@conditions.register
class RandomShare(ProfileCondition):
    key = "random_share"
    label = gettext_lazy("Random share")
    help = gettext_lazy(
        "A share of all customers, drawn by lot. The same draw always holds the same people, and a larger share of it "
        "holds all of a smaller one."
    )
    Form = RandomShareForm

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return sql("{} < {}", self.seen_sql(params, at), params["percent"] * 100)

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        """Her place among ten thousand."""
        mark = sql("md5({} || c.key::text)", f"{params['draw']}:")
        return sql("('x' || substr({}, 1, 8))::bit(32)::bigint % 10000", mark)

    def seen_words(self, value: Any, params: Params) -> str:
        return _("drawn at %s %%") % formats.number(value / 100, 2)

    def words(self, params: Params) -> str:
        return _("a random share of %(percent)s %% (draw %(draw)s)") % {
            "percent": formats.number(params["percent"]),
            "draw": params["draw"],
        }
