"""The tags and filters of our pages: `{% load ui %}`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config import formats
from config.pages import charts, navigation
from config.pages.parts import Bar, Figure, Progress, Step

register = template.Library()
DASHES = BLANK_CHOICE_DASH[0][1]


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """A drawing of the sprite; always put a word beside it."""
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        '<use href="{1}#{2}"></use></svg>',
        size,
        static("vendor/tabler-icons/sprite.svg"),
        name,
    )


# --- How things are written ---


@register.filter
def money(minor: int | None, currency: str) -> str:
    return "" if minor is None else formats.money(minor, currency)


@register.filter
def number(value: float | Decimal | None, digits: int | None = None) -> str:
    return "" if value is None else formats.number(value, digits)


@register.filter
def percent(share: float | Decimal | None, digits: int = 1) -> str:
    return "" if share is None else formats.percent(share, digits)


@register.filter
def moment(at: datetime | None, zone: str | None = None) -> SafeString:
    """`{{ at|moment }}` in the reader's zone, for staff the shop's; `{{ at|moment:customer.time_zone }}` in another."""
    if at is None:
        return SafeString("")
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), formats.moment(at, zone))


@register.filter
def clock(at: datetime, zone: str | None = None) -> SafeString:
    """The time of day alone, where the day stands above."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), formats.clock(at, zone))


@register.filter
def day(on: date | None) -> str:
    return "" if on is None else formats.day(on)


@register.filter
def zone(name: str) -> str:
    return formats.zone_city(name)


# --- Components ---


@register.filter
def row_url(page: Any, record: Any) -> str:
    """Where a click on a record of a ListPage leads."""
    return str(page.row_url(record))


@register.inclusion_tag("components/_badge.html")
def badge(label: str, tone: str = "calm") -> dict[str, str]:
    """A state as word and colour: good, wait, bad, info or calm."""
    return {"label": label, "tone": tone}


@register.inclusion_tag("components/_figure.html")
def figure(value: Figure) -> dict[str, Any]:
    return {"figure": value, "spark": charts.sparkline(value.spark) if len(value.spark) > 1 else None}


@register.inclusion_tag("components/_progress.html")
def progress(value: Progress) -> dict[str, Progress]:
    return {"progress": value}


@register.inclusion_tag("components/_section_tabs.html", takes_context=True)
def section_tabs(context: Mapping[str, Any], section: str) -> dict[str, Any]:
    """The pages beside this one: those of navigation.SECTIONS that exist and that the reader may open."""
    return {"tabs": navigation.visible(navigation.SECTIONS[section], context["request"])}


@register.inclusion_tag("components/_stepper.html")
def stepper(steps: Sequence[Step]) -> dict[str, Sequence[Step]]:
    return {"steps": steps}


@register.inclusion_tag("components/_bars.html")
def bar_chart(bars: Sequence[Bar], caption: str, unit: str) -> dict[str, Any]:
    """A table whose middle column draws its figures as bars from a common zero line."""
    return {"bars": charts.bars(bars), "caption": caption, "unit": unit}


@register.inclusion_tag("components/_plot.html")
def time_series(
    caption: str, unit: str, days: Sequence[date], series: dict[str, Sequence[float]]
) -> dict[str, Any]:
    """A line per series over days, drawn from the table that stands behind it."""
    rows = [(on, [values[place] for values in series.values()]) for place, on in enumerate(days)]
    return {"caption": caption, "unit": unit, "names": list(series), "rows": rows}


@register.inclusion_tag("components/_field.html")
def field(bound: BoundField, label: str = "") -> dict[str, Any]:
    """A form field with label, help and its faults, announced together to a screen reader."""
    kind, needed = _kind(bound), bound.field.required or hasattr(bound.field, "needed")
    if kind == "select":
        _say_what_empty_means(bound.field, needed)
    control = bound.as_widget(attrs={"class": _classes(bound, kind)})
    shown = {"field": bound, "control": control, "kind": kind, "label": label or bound.label}
    return shown | {"optional": not needed, "when": getattr(bound.field, "when", "")}


def _kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return "group"
    if isinstance(widget, CheckboxInput):
        return "check"
    return "select" if isinstance(widget, Select) else "input"


def _say_what_empty_means(choice: Any, needed: bool) -> None:
    """Where Django draws a line of dashes for nothing."""
    said = _("please choose") if needed else _("not chosen")
    if getattr(choice, "empty_label", None) == DASHES:
        choice.empty_label = said
    elif not hasattr(choice, "empty_label") and any(label == DASHES for _value, label in choice.choices):
        choice.choices = [(value, said if label == DASHES else label) for value, label in choice.choices]


def _classes(bound: BoundField, kind: str) -> str:
    base = {
        "group": "choices",
        "check": "form-check-input",
        "select": "form-select",
        "input": "form-control",
    }[kind]
    own = bound.field.widget.attrs.get("class", "")
    return " ".join(part for part in (base, own, "is-invalid" if bound.errors else "") if part)
