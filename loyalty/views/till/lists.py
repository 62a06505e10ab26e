"""What a store manager looks up away from the till: the coupons of her stores, and what was redeemed there."""

from functools import reduce
from operator import or_
from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from config.pages.columns import BadgeColumn, MomentColumn, MoneyColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Empty
from config.pages.tables import ListTable
from customers import access, finding
from customers.models import Customer, User
from loyalty.models import Coupon, Redemption
from loyalty.models.redemption import LIVE
from loyalty.till import stores
from loyalty.views.coupons import CouponFilter, CouponTable
from loyalty.views.redemptions import TONES

SHOWN = [*LIVE, Redemption.State.REVERSED]


def valid_in(user: User) -> Q:
    """Coupons that the till takes in one of her stores, as far as their rules name stores and ways to buy."""
    numbers = stores.of(user).values_list("number", flat=True)
    here: Q = reduce(or_, (_says("stores", stores=[number]) for number in numbers), Q(pk=None))
    return (here | ~_says("stores")) & (_says("channels", channels=["till"]) | ~_says("channels"))


def _says(key: str, **params: Any) -> Q:
    return Q(offer__rules__contains=[{"key": key, "params": params}])


class StoreCouponTable(CouponTable):
    here = NumberColumn(verbose_name=gettext_lazy("Redeemed in my stores"))

    class Meta:
        exclude = ["used", "given"]
        sequence = ["name", "offer", "state", "here", "ends_on"]


class StoreCouponList(ListPage):
    key = "store_coupons"
    title = gettext_lazy("Coupons")
    permission = stores.USE
    section = "store_coupons"
    table_class = StoreCouponTable
    filter_class = CouponFilter
    search_help = gettext_lazy("Name")
    empty = Empty(
        gettext_lazy("No coupon is taken in your stores"),
        gettext_lazy("Marketing makes coupons; those that your tills take stand here."),
        "ticket",
    )

    def rows(self) -> QuerySet[Coupon]:
        user = cast(User, self.request.user)
        redeemed = Q(redemptions__store__in=stores.of(user), redemptions__state=Redemption.State.REDEEMED)
        coupons = Coupon.objects.filter(valid_in(user)).select_related("offer")
        return coupons.annotate(here=Count("redemptions", filter=redeemed)).order_by("-pk")

    def search(self, rows: QuerySet[Coupon], text: str) -> QuerySet[Coupon]:
        return rows.filter(name__icontains=text)

    def row_url(self, record: Coupon) -> str:
        return f"{reverse('store_redemption_list')}?coupon={record.pk}"


class StoreRedemptionTable(ListTable):
    at = MomentColumn(order_by=("at", "pk"))
    coupon = tables.Column(gettext_lazy("Coupon"), orderable=False)
    amount = MoneyColumn()
    state = BadgeColumn(tones=TONES, orderable=False)
    customer = tables.Column(gettext_lazy("Customer"), orderable=False)
    store = tables.Column(gettext_lazy("Store"), orderable=False)
    actor = tables.Column(gettext_lazy("By"), orderable=False)

    class Meta:
        model = Redemption
        fields = ["at", "coupon", "amount", "state", "customer", "store", "actor"]
        order_by = "-at"

    def render_customer(self, value: Customer, record: Any) -> str:
        return access.name_for(cast(User, self.request.user), value) if record.seen else "–"

    value_customer = render_customer


class StoreRedemptionFilter(filters.FilterSet):  # type: ignore[misc]
    at = filters.DateFromToRangeFilter(label=gettext_lazy("When"))
    coupon = filters.ModelChoiceFilter(
        label=gettext_lazy("Coupon"),
        queryset=lambda request: Coupon.objects.filter(valid_in(request.user)).order_by("name"),
        empty_label=gettext_lazy("any"),
    )
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=Redemption.State.choices, empty_label=gettext_lazy("any")
    )

    class Meta:
        model = Redemption
        fields = ["at", "coupon", "state"]


class StoreRedemptionList(ListPage):
    key = "store_redemptions"
    title = gettext_lazy("Redeemed")
    permission = stores.USE
    section = "store_coupons"
    table_class = StoreRedemptionTable
    filter_class = StoreRedemptionFilter
    search_help = gettext_lazy("Coupon, or a customer")
    empty = Empty(
        gettext_lazy("Nothing was redeemed in your stores yet"),
        gettext_lazy("What the tills of your stores redeem stands here, with who did it."),
        "ticket",
    )

    def rows(self) -> QuerySet[Redemption]:
        rows = Redemption.objects.filter(store__in=stores.of(self.reader), state__in=SHOWN)
        seen = access.customers_for(self.reader).filter(pk=OuterRef("customer"))
        return rows.annotate(seen=Exists(seen)).select_related("coupon", "customer", "store", "actor")

    def search(self, rows: QuerySet[Redemption], text: str) -> QuerySet[Redemption]:
        people = finding.find(access.customers_for(self.reader), text).values("pk")
        return rows.filter(Q(coupon__name__icontains=text) | Q(customer__in=people))

    def row_url(self, record: Any) -> str:
        return reverse("customer", args=[record.customer_id]) if record.seen else ""

    @property
    def reader(self) -> User:
        return cast(User, self.request.user)
