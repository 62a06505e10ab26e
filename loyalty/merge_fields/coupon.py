"""What a message says of its coupon: the reader's own code, what it gives, and until when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.arbiter.rows import HOLDOUT
from channels.messages.row_fields import OFFER_ENDS, Complaint, RowFields, Wanted
from channels.models import Content
from customers.models import Customer, Shop
from customers.personalisation import MergeField, in_language, merge_fields
from loyalty.coupon_messages import marks, words
from loyalty.coupon_messages.marks import CODE, VALID_UNTIL, Mark
from loyalty.coupons import pictures, windows
from loyalty.models import Coupon, CouponCode

if TYPE_CHECKING:
    from channels.messages.rendering import Row

CODES = {"en": pictures.SAMPLE}
ENDS = {"de": "31. Dezember 2026", "en": "31 December 2026"}
Values = dict[str, Any]


@merge_fields.register
class CouponOfMessage(RowFields):
    """Of the coupon that the message gives by its block; each reader of a pool has a code of her own."""

    key = "coupon"
    label = _("Coupon of the message")
    position = 61
    fields = (
        MergeField(CODE, _("Code of the coupon"), CODES),
        MergeField(VALID_UNTIL, _("Last day of the coupon"), ENDS),
    )

    def wanted(self, fields: Wanted) -> bool:
        return super().wanted(fields) or marks.of_fields(fields) is not None

    def row_values(self, rows: Sequence["Row"], language: str, at: datetime) -> dict[int, Values]:
        """A row whose code is missing has none: it is faulty, not empty. The control group, which is never sent to, has
        no codes and is rendered all the same."""
        of_row = {row.id: mark for row in rows if (mark := marks.of_version(row.version_id))}
        coupons = _coupons({mark.coupon_id for mark in of_row.values()})
        codes = _codes(rows, coupons)
        hers = windows.of_each(
            coupons, ((of_row[row.id].coupon_id, row.customer_id) for row in rows if row.id in of_row), at
        )
        zones = dict(
            Customer.objects.filter(pk__in={row.customer_id for row in rows}).values_list("pk", "time_zone")
        )
        home = Shop.current().time_zone
        found = {}
        for row in rows:
            mark, code = of_row.get(row.id), codes.get(row.id)
            if mark and (code or row.arm == HOLDOUT):
                zone, coupon = zones.get(row.customer_id) or home, coupons[mark.coupon_id]
                window = hers[mark.coupon_id, row.customer_id]
                label, end = (code.label, _end(coupon, code, window)) if code else ("", None)
                found[row.id] = _values(mark, coupon, (label, pictures.address(code)), end, language, zone)
                found[row.id][OFFER_ENDS] = end
        return found

    def trial(self, fields: Wanted, language: str, at: datetime | None) -> Mapping[str, Any]:
        named = list(marks.all_of_fields(fields))
        coupons = _coupons({mark.coupon_id for mark in named})
        found: Values = {}
        for mark in named:
            if mark.coupon_id in coupons:
                found |= self._shown(mark, coupons[mark.coupon_id], language, at)
        return found

    def _shown(self, mark: Mark, coupon: Coupon, language: str, at: datetime | None) -> Values:
        code = _published({coupon.pk}).get(coupon.pk) if coupon.kind == Coupon.Kind.GENERIC else None
        label = code.label if code else in_language(CODES, language)
        end = windows.of_code(coupon, at)[1] if at else None
        seen = (label, pictures.address(code))
        shown = _values(mark, coupon, seen, end or coupon.valid_until, language, coupon.time_zone)
        if at or not windows.counts_days(coupon):
            return shown
        return shown | {VALID_UNTIL: in_language(ENDS, language)}

    def faults(self, contents: Sequence[Content]) -> Iterator[Complaint]:
        first: tuple[Content, Mark] | None = None
        for content in contents:
            for block in content.blocks:
                mark = marks.of_block(block) if block.get("kind") == marks.KIND else None
                if mark is None:
                    continue
                first = first or (content, mark)
                if mark != first[1]:
                    yield Complaint(content, str(block.get("id", "")), "coupon", _several())
        if first is None:
            yield from (Complaint(each, "", "", _without()) for each in contents if _names_it(each))


def _several() -> str:
    return gettext(
        "A message gives one coupon, by one rule for who finds no code. Choose the same in all contents."
    )


def _without() -> str:
    return gettext("The text names a coupon, but the message gives none. Add the block “Coupon”.")


def _names_it(content: Content) -> bool:
    texts = f"{content.subject} {content.preheader} {content.blocks} {content.options}"
    return CODE in texts or VALID_UNTIL in texts


def _values(
    mark: Mark, coupon: Coupon, seen: tuple[str, str], end: datetime | None, language: str, zone: str
) -> Values:
    """`seen`: the code as people read it, and the address of its picture."""
    code, picture = seen
    own = {
        "code": code,
        "picture": picture,
        "offer": words.offer(coupon.offer, language),
        "name": coupon.name,
    }
    return {mark.name: own, CODE: code, VALID_UNTIL: words.until(end, language, zone)}


def _end(coupon: Coupon, code: CouponCode, window: windows.Window) -> datetime | None:
    """When the code ends that is given at this moment with this window, or was given before."""
    if code.state == CouponCode.State.ISSUED and code.valid_until:
        return code.valid_until
    return window[1] or coupon.valid_until


def _coupons(ids: set[int]) -> dict[int, Coupon]:
    return Coupon.objects.select_related("offer").in_bulk(ids)


def _codes(rows: Sequence["Row"], coupons: Mapping[int, Coupon]) -> dict[int, CouponCode]:
    """{row id: her own code, or the one that the coupon has for all}."""
    own = CouponCode.objects.in_bulk({row.context["code"] for row in rows if "code" in row.context})
    shared = _published({pk for pk, each in coupons.items() if each.kind == Coupon.Kind.GENERIC})
    found = {}
    for row in rows:
        mark = marks.of_version(row.version_id)
        code = own.get(row.context.get("code", 0)) or (shared.get(mark.coupon_id) if mark else None)
        if code is not None:
            found[row.id] = code
    return found


def _published(coupon_ids: set[int]) -> dict[int, CouponCode]:
    """The newest code of each of these that is for everybody."""
    if not coupon_ids:
        return {}
    issued = CouponCode.objects.filter(
        coupon__in=coupon_ids, state=CouponCode.State.ISSUED, customer__isnull=True
    )
    return {code.coupon_id: code for code in issued.order_by("pk")}
