"""Profile, orders, carts, behaviour, and what still lies about in imports and in the inbox."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers import dirty, erasing
from customers.models import (
    Cart,
    Customer,
    CustomerStats,
    Event,
    Favourite,
    FixedListMember,
    FormDraft,
    IdempotencyKey,
    Identity,
    Interest,
    Note,
    Order,
    OrderLine,
    Rejection,
    SegmentChange,
    SegmentMember,
    Visitor,
)
from customers.privacy import PersonalData, Rule, Table, personal_data, tables, together

PROFILE = [
    *(
        "salutation",
        "title",
        "first_name",
        "last_name",
        "email",
        "phone",
        "language",
        "country",
        "postal_code",
    ),
    *("city", "time_zone", "birthday", "attributes", "acquisition_source", "acquired_at"),
]


@personal_data.register
class OfCustomers(PersonalData):
    key = "customers"
    order = 10
    rules = (
        Rule("carts", lambda before: Cart.objects.filter(last_activity_at__lt=before)),
        Rule("visitors", lambda before: Visitor.objects.filter(customer=None, last_seen_at__lt=before)),
        Rule("import_lines", lambda before: _refused(before), {"cells": [], "value": ""}),
        Rule("answers", lambda before: IdempotencyKey.objects.filter(at__lt=before)),
        Rule("form_drafts", lambda before: FormDraft.objects.filter(updated_at__lt=before)),
    )

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        return together(*self._profile(customer_ids), *self._bought(customer_ids), *self._done(customer_ids))

    def _profile(self, ids: Sequence[int]) -> list[dict[int, Table]]:
        people = Customer.objects.filter(pk__in=ids)
        return [
            tables(
                "profile",
                _("Profile"),
                people,
                dict.fromkeys(PROFILE)
                | {"home_store__name": _("Home store"), "created_at": _("known since")},
                "pk",
            ),
            tables(
                "numbers",
                _("Customer numbers"),
                Identity.objects.filter(customer__in=ids).order_by("pk"),
                {"source": None, "number": None},
            ),
            tables(
                "interests",
                _("Interests"),
                Interest.objects.filter(customer__in=ids).order_by("pk"),
                {"category__path": _("category"), "stated_at": None, "withdrawn_at": None},
            ),
        ]

    def _bought(self, ids: Sequence[int]) -> list[dict[int, Table]]:
        return [
            tables(
                "orders",
                _("Orders"),
                Order.objects.filter(customer__in=ids).order_by("placed_at", "pk"),
                dict.fromkeys(["source", "number", "kind", "placed_at"])
                | {"store__name": _("store"), "total": _("total, in minor units"), "currency": None},
            ),
            tables(
                "order_lines",
                _("Order lines"),
                OrderLine.objects.filter(order__customer__in=ids).order_by(
                    "order__placed_at", "order", "position"
                ),
                {
                    "order__number": _("order"),
                    "product__sku": _("article number"),
                    "quantity": _("quantity"),
                    "amount": _("amount, in minor units"),
                },
                "order__customer_id",
            ),
            tables(
                "carts",
                _("Carts"),
                Cart.objects.filter(customer__in=ids).order_by("pk"),
                dict.fromkeys(["number", "state", "items", "opened_at", "last_activity_at"])
                | {"value": _("value, in minor units"), "currency": None},
            ),
            tables(
                "favourites",
                _("Favourites"),
                Favourite.objects.filter(customer__in=ids).order_by("pk"),
                {"product__sku": _("article number"), "added_at": None, "removed_at": None},
            ),
        ]

    def _done(self, ids: Sequence[int]) -> list[dict[int, Table]]:
        return [
            tables(
                "events",
                _("Behaviour"),
                Event.objects.filter(customer_id__in=ids).order_by("at", "id"),
                dict.fromkeys(["at", "kind", "name", "source"])
                | {"value": _("value, in minor units"), "properties": _("details")},
            ),
            tables(
                "notes",
                _("Notes"),
                Note.objects.filter(customer__in=ids).order_by("pk"),
                {"text": None, "created_at": None},
            ),
            tables(
                "visitors",
                _("Browsers and apps"),
                Visitor.objects.filter(customer__in=ids).order_by("pk"),
                {"anonymous_id": None, "first_seen_at": _("first seen"), "last_seen_at": _("last seen")},
            ),
            tables(
                "segments",
                _("Segments"),
                SegmentMember.objects.filter(customer__in=ids).order_by("pk"),
                {"segment__name": _("segment")},
            ),
            tables(
                "fixed_lists",
                _("Fixed lists"),
                FixedListMember.objects.filter(customer__in=ids).order_by("pk"),
                {"fixed_list__name": _("fixed list"), "added_at": None},
            ),
            tables(
                "forecasts",
                _("What is forecast of her"),
                CustomerStats.objects.filter(customer__in=ids).exclude(forecast_at=None),
                {
                    "rfm_class": None,
                    "next_order_on": _("next order by"),
                    "lapse_risk": _("risk of no further order"),
                    "lifetime_value": _("value, in minor units"),
                    "forecast_at": _("as of"),
                },
            ),
        ]

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """Orders stay, since the books must add up, and numbers in other systems, since they tell an import that it
        must not write about her; those that are addresses go."""
        ids = list(customer_ids)
        marks = erasing.marks(ids)
        counts = Counter(
            {
                "import_lines": erasing.clear_rejections(marks),
                "inbox_messages": erasing.clear_inbox(marks),
                "events": _erase_events(ids),
            }
        )
        counts["fixed_lists"] = erasing.take_off_lists(ids)
        for name, rows in _rows(ids).items():
            counts[name] = rows.delete()[0]
        _reset_stats(ids)
        counts["profiles"] = _empty(ids, at)
        dirty.mark(ids, at)
        return counts


def _refused(before: datetime) -> QuerySet[Rejection]:
    """Lines that imports refused: each holds what the file said of somebody."""
    old = Rejection.objects.filter(job__created_at__lt=before)
    return old.exclude(cells=[], value="")


def _rows(ids: list[int]) -> dict[str, Any]:
    of_them: dict[str, Any] = {"customer__in": ids}
    return {
        "numbers": Identity.objects.filter(number__contains="@", **of_them),
        "carts": Cart.objects.filter(Q(visitor__customer__in=ids) | Q(**of_them)),
        "favourites": Favourite.objects.filter(**of_them),
        "notes": Note.objects.filter(**of_them),
        "interests": Interest.objects.filter(**of_them),
        "visitors": Visitor.objects.filter(**of_them),
        "segments": SegmentMember.objects.filter(**of_them),
        "segment_changes": SegmentChange.objects.filter(**of_them),
    }


EVENTS = """
    DELETE FROM customers_event WHERE customer_id = ANY(%(ids)s)
       OR (customer_id IS NULL
           AND visitor_id IN (SELECT id FROM customers_visitor WHERE customer_id = ANY(%(ids)s)))
"""


def _erase_events(ids: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {"ids": ids})
        return int(cursor.rowcount)


# What she did is no longer known, nor what it lets expect; what she bought still is.
BEHAVIOUR = [f"last_{kind}_at" for kind in ("event", "view", "favourite", "search", "cart", "visit", "open")]
FORECASTS = [
    *("recency_score", "frequency_score", "monetary_score"),
    *("next_order_on", "lapse_risk", "lifetime_value", "forecast_at"),
]


def _reset_stats(ids: list[int]) -> None:
    unknown: dict[str, Any] = dict.fromkeys([*BEHAVIOUR, *FORECASTS])
    CustomerStats.objects.filter(customer__in=ids).update(**unknown, rfm_class="")


def _empty(ids: list[int], at: datetime) -> int:
    texts = dict.fromkeys(
        [*(name for name in PROFILE if name not in ("birthday", "attributes", "acquired_at"))], ""
    )
    return Customer.objects.filter(pk__in=ids).update(
        **texts,
        birthday=None,
        acquired_at=None,
        home_store=None,
        attributes={},
        stated_at={},
        erased_at=at,
        updated_at=at,
    )
