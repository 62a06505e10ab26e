"""Who has a tier: by rung, who came this month, who is about to fall; with export."""

from decimal import Decimal
from functools import cached_property

import django_filters as filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from config import formats
from config.pages.columns import BadgeColumn, MomentColumn, NumberColumn
from config.pages.parts import Action, Empty, Tone
from config.pages.tables import ListTable
from customers import access
from customers.people_lists import PeopleListPage
from loyalty import tier_ladder, tiers
from loyalty.models import Tier, TierPeriod
from loyalty.views.tiers import VIEW, program_of_shop

Reached = TierPeriod.Reached
TONES: dict[str, Tone] = {
    "reached": "good",
    "kept": "good",
    "fell": "wait",
    "removed": "calm",
    "merged": "calm",
}
MOST_DAYS = 366


class MemberTable(ListTable):
    customer = tables.Column(verbose_name=gettext_lazy("Name"), accessor="account__customer", orderable=False)
    tier = tables.Column(
        verbose_name=gettext_lazy("Tier"), accessor="tier__name", order_by=("tier__threshold",)
    )
    reached = BadgeColumn(verbose_name=gettext_lazy("How"), tones=TONES, orderable=False)
    valid_from = MomentColumn(verbose_name=gettext_lazy("Since"))
    holds_until = MomentColumn(verbose_name=gettext_lazy("Holds until"))
    missing = NumberColumn(verbose_name=gettext_lazy("Missing to keep it"), empty_values=(), orderable=False)

    class Meta:
        model = TierPeriod
        fields = ["customer", "tier", "reached", "valid_from", "holds_until", "missing"]
        order_by = "-valid_from"

    def render_customer(self, record: TierPeriod) -> str:
        return access.name_for(self.request.user, record.account.customer)

    def render_missing(self, record: TierPeriod) -> str:
        missing = self.missing_of.get(record.account_id)
        return formats.number(missing) if missing else "–"

    def value_missing(self, record: TierPeriod) -> int | str:
        return self.missing_of.get(record.account_id, "")

    value_customer = render_customer

    @cached_property
    def missing_of(self) -> dict[int, int]:
        """Of all whose tier ends within a year: the page and the export ask once."""
        program = program_of_shop()
        return tiers.falling(program, MOST_DAYS, timezone.now()) if program else {}


class MemberFilter(filters.FilterSet):  # type: ignore[misc]
    tier = filters.ModelChoiceFilter(
        label=gettext_lazy("Tier"),
        queryset=Tier.objects.filter(active=True).order_by("threshold"),
        empty_label=gettext_lazy("any"),
    )
    moved = filters.ChoiceFilter(
        label=gettext_lazy("This month"),
        choices=[("came", gettext_lazy("came or rose")), ("fell", gettext_lazy("fell"))],
        method="by_move",
        empty_label=gettext_lazy("any"),
    )
    falling = filters.NumberFilter(
        label=gettext_lazy("Falls within days"), min_value=1, max_value=MOST_DAYS, method="by_fall"
    )

    def by_move(self, rows: QuerySet[TierPeriod], name: str, value: str) -> QuerySet[TierPeriod]:
        program = program_of_shop()
        if program is None:
            return rows.none()
        since = tier_ladder.month_start(program, timezone.now())
        ways = [Reached.REACHED] if value == "came" else [Reached.FELL, Reached.REMOVED]
        return rows.filter(valid_from__gte=since, reached__in=ways)

    def by_fall(self, rows: QuerySet[TierPeriod], name: str, value: Decimal) -> QuerySet[TierPeriod]:
        program = program_of_shop()
        accounts = tiers.falling(program, int(value), timezone.now()) if program else {}
        return rows.filter(account__pk__any=list(accounts))


class TierMemberList(PeopleListPage):
    key = "tier_members"
    title = gettext_lazy("Members of tiers")
    permission = VIEW
    table_class = MemberTable
    filter_class = MemberFilter
    search_help = gettext_lazy("First or last name")
    section = "loyalty"

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("Nobody has a tier yet"),
            gettext_lazy("Whoever collects enough points within the qualifying period stands here."),
            "crown",
            Action(gettext_lazy("Look at the tiers"), reverse("tier_list")),
        )

    def rows(self) -> QuerySet[TierPeriod]:
        seen = access.customers_for(self.reader)
        return (
            TierPeriod.objects.filter(current=True, tier__isnull=False, account__customer__in=seen)
            .select_related("account__customer", "tier")
            .defer("counted")
        )

    def search(self, rows: QuerySet[TierPeriod], text: str) -> QuerySet[TierPeriod]:
        if not self.sees_names:
            return rows.none()
        first, last = "account__customer__first_name", "account__customer__last_name"
        return rows.filter(Q(**{f"{first}__istartswith": text}) | Q(**{f"{last}__istartswith": text}))

    def row_url(self, record: TierPeriod) -> str:
        return reverse("customer", args=[record.account.customer_id])

    def menu(self) -> list[Action]:
        return [Action(gettext_lazy("All tiers"), reverse("tier_list"), "crown")]
