import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.models import Cart
from customers.segments import comparing, subjects
from customers.segments.comparing import MoneyField
from customers.segments.conditions import BEHAVIOUR, Condition, Params, conditions
from customers.segments.sql import Sql, every, sql
from customers.segments.subjects import SubjectForm

MOST_HOURS = 24 * 366


class CartForm(SubjectForm):
    state = forms.ChoiceField(
        label=gettext_lazy("state"), choices=Cart.State.choices, initial=Cart.State.ABANDONED
    )
    worth = MoneyField(label=gettext_lazy("worth at least"), initial=0)
    worth_to = MoneyField(label=gettext_lazy("and at most"), required=False)
    items = forms.IntegerField(
        label=gettext_lazy("pieces, at least"), required=False, min_value=1, max_value=1000
    )
    from_hours = forms.IntegerField(
        label=gettext_lazy("touched at least … hours ago"), min_value=0, max_value=MOST_HOURS, initial=0
    )
    to_hours = forms.IntegerField(
        label=gettext_lazy("and at most … hours ago"), min_value=0, max_value=MOST_HOURS, initial=24 * 30
    )
    field_order = [
        *(
            "state",
            "worth",
            "worth_to",
            "items",
            "from_hours",
            "to_hours",
            "subject",
            "products",
            "categories",
        )
    ]

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if {"from_hours", "to_hours"} <= data.keys() and data["to_hours"] < data["from_hours"]:
            self.add_error("to_hours", _("The second number is below the first."))
        if data.get("worth_to") is not None and data["worth_to"] < data.get("worth", 0):
            self.add_error("worth_to", _("The second number is below the first."))
        return data


@conditions.register
class HasCart(Condition):
    key = "cart"
    label = gettext_lazy("Has a cart")
    group = BEHAVIOUR
    help = gettext_lazy(
        "Somebody with a cart in this state that has something in it. It is abandoned when nothing has happened in it "
        "for an hour, and bought as soon as she orders something of it, wherever that is."
    )
    Form = CartForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        test = self._test(params, at)
        return sql(
            "SELECT DISTINCT k.customer_id FROM customers_cart k WHERE k.customer_id IS NOT NULL AND {}", test
        )

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        test = self._test(params, at)
        return sql("EXISTS (SELECT 1 FROM customers_cart k WHERE k.customer_id = c.id AND {})", test)

    def probe_joins(self, params: Params) -> bool:
        return bool(params["subject"] == "any")

    def _test(self, params: Params, at: datetime) -> Sql:
        now = at.astimezone(UTC)  # hours are counted, not read from a clock that is changed twice a year
        tests = [
            sql("k.state = {}", params["state"]),
            Sql("k.items > 0"),
            sql("k.value >= {}", comparing.minor(params["worth"])),
            sql(
                "k.last_activity_at BETWEEN {} AND {}",
                now - timedelta(hours=params["to_hours"]),
                now - timedelta(hours=params["from_hours"]),
            ),
        ]
        if params.get("worth_to") is not None:
            tests.append(sql("k.value <= {}", comparing.minor(params["worth_to"])))
        if params.get("items"):
            tests.append(sql("k.items >= {}", params["items"]))
        if params["subject"] != "any":
            inside = subjects.test(Sql("l.product_id"), params)
            tests.append(
                sql("EXISTS (SELECT 1 FROM customers_cartline l WHERE l.cart_id = k.id AND {})", inside)
            )
        return every(tests)

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        """Her newest cart with something in it, as [state, items, minor units, hours since it was touched]; or []."""
        return sql(
            "coalesce((SELECT jsonb_build_array(k.state, k.items, k.value,"
            " extract(epoch FROM {}::timestamptz - k.last_activity_at) / 3600) FROM customers_cart k"
            " WHERE k.customer_id = c.id AND k.items > 0 ORDER BY k.last_activity_at DESC, k.id LIMIT 1), '[]')",
            at,
        )

    def seen_words(self, value: Any, params: Params) -> str:
        found = json.loads(value) if isinstance(value, str) else value
        if not found:
            return _("no cart with something in it")
        state, items, worth, hours = found
        return _("the newest cart is %(state)s, %(items)s pieces, %(worth)s, touched %(hours)s hours ago") % {
            "state": Cart.State(state).label,
            "items": formats.number(items),
            "worth": formats.money(worth, comparing.currency()),
            "hours": formats.number(round(hours)),
        }

    def words(self, params: Params) -> str:
        said = _("a cart that is %(state)s, touched between %(low)s and %(high)s hours ago") % {
            "state": Cart.State(params["state"]).label,
            "low": formats.number(params["from_hours"]),
            "high": formats.number(params["to_hours"]),
        }
        inside = subjects.words(params)
        parts = (said, _worth(params), _items(params), _("with %s") % inside if inside else "")
        return ", ".join(part for part in parts if part)


def _worth(params: Params) -> str:
    low = comparing.minor(params["worth"])
    least = formats.money(low, comparing.currency())
    if params.get("worth_to") is None:
        return _("worth at least %s") % least if low else ""
    most = formats.money(comparing.minor(params["worth_to"]), comparing.currency())
    if not low:
        return _("worth at most %s") % most
    return _("worth between %(low)s and %(high)s") % {"low": least, "high": most}


def _items(params: Params) -> str:
    number = params.get("items") or 0
    if not number:
        return ""
    return ngettext("of at least %s piece", "of at least %s pieces", number) % formats.number(number)
