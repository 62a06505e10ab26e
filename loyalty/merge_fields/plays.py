from collections.abc import Collection
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from config import formats
from customers.personalisation import MergeField, MergeFields, Values, merge_fields
from loyalty import play_links
from loyalty.contests import running
from loyalty.models import AccessGrant, Contest, Sale
from loyalty.sales import opening
from loyalty.sales.opening import EVERYBODY


@merge_fields.register
class Contests(MergeFields):
    """Of the contest that ends next, with a link by which she takes part in her own name; "" without one."""

    key, label, position = "contest", _("Contest"), 64
    fields = (
        MergeField(
            "contest_title", _("Contest: title"), {"de": "Großes Winterrätsel", "en": "Winter riddle"}
        ),
        MergeField("contest_link", _("Contest: her own link"), {"en": "https://shop.example/play/Tn8…"}),
        MergeField("contest_ends", _("Contest: last day"), {"de": "31. Dez. 2026", "en": "Dec 31, 2026"}),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        open_ones = Contest.objects.filter(state=Contest.State.OPEN, ends_at__gt=at)
        contest = open_ones.order_by("ends_at", "pk").first()
        if contest is None:
            return {each: dict.fromkeys((field.key for field in self.fields), "") for each in customer_ids}
        title = running.in_language(contest, language).get("title", "") or contest.name
        with translation.override(language):
            last = formats.day(contest.ends_on)
        return {
            each: {
                "contest_title": title,
                "contest_link": play_links.contest_page(contest.pk, each),
                "contest_ends": last,
            }
            for each in customer_ids
        }


@merge_fields.register
class Sales(MergeFields):
    """Of the private sale that ends next and that she may enter, now or later; "" without one."""

    key, label, position = "sale", _("Private sale"), 65
    fields = (
        MergeField("sale_name", _("Private sale: name"), {"de": "Vorverkauf Winter", "en": "Winter preview"}),
        MergeField("sale_link", _("Private sale: her own link"), {"en": "https://shop.example/sale/Qd4…"}),
        MergeField(
            "sale_opens",
            _("Private sale: open to her from"),
            {"de": "28.11.2026, 18:00", "en": "Nov 28, 2026, 6:00 PM"},
        ),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        values: Values = {
            each: dict.fromkeys((field.key for field in self.fields), "") for each in customer_ids
        }
        open_ones = Sale.objects.filter(state=Sale.State.OPEN, ends_at__gt=at).order_by("-ends_at", "-pk")
        sales = list(open_ones)  # the last one said is the one that ends first
        opens = _opens(sales, customer_ids)
        with translation.override(language):
            for sale in sales:
                for each in customer_ids:
                    times = [time for who in (each, EVERYBODY) if (time := opens.get((sale.pk, who)))]
                    if times:
                        values[each] = {
                            "sale_name": sale.name,
                            "sale_link": play_links.sale_page(sale.pk, each),
                            "sale_opens": formats.moment(min(times), sale.time_zone),
                        }
        return values


def _opens(sales: Collection[Sale], customer_ids: Collection[int]) -> dict[tuple[int, int], datetime]:
    """From when each of these (or EVERYBODY) may enter each sale."""
    waves = opening.waves([sale.pk for sale in sales], customer_ids)
    opens = {key: at for key, (at, _wave) in waves.items()}
    grants = AccessGrant.objects.filter(sale__in=sales, customer__in=list(customer_ids))
    for sale, customer, at in grants.values_list("sale_id", "customer_id", "opens_at"):
        opens[sale, customer] = min(at, opens.get((sale, customer), at))
    return opens
