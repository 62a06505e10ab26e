"""The printable proof of consent: what a customer stated, when, where, in which words, and how it was confirmed."""

import io
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from html import escape
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from channels import addresses, evidence, suppression
from channels.models import Channel, Consent
from customers.models import Customer, Shop

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
GREY = colors.HexColor("#566361")
LINE = colors.HexColor("#e1e6e5")


@cache
def _styles() -> dict[str, ParagraphStyle]:
    """Our fonts hold the letters of all European names; the built-in ones of PDF do not."""
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(
            TTFont(name, str(settings.BASE_DIR / "static" / "vendor" / "dejavu" / f"{name}.ttf"))
        )
    plain = ParagraphStyle("plain", fontName=PLAIN, fontSize=9, leading=13)
    return {
        "plain": plain,
        "quiet": ParagraphStyle("quiet", plain, textColor=GREY),
        "title": ParagraphStyle("title", plain, fontName=BOLD, fontSize=17, leading=22, spaceAfter=4),
        "head": ParagraphStyle("head", plain, fontName=BOLD, fontSize=11, leading=15, spaceAfter=2),
    }


def document(customer: Customer, at: datetime) -> bytes:
    """A PDF in the active language of all her statements, the newest first."""
    shop, title = Shop.current(), gettext("Proof of consent")
    made = io.BytesIO()
    paper = SimpleDocTemplate(
        made,
        pagesize=A4,
        title=f"{title}: {customer}",
        author=shop.name,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
    )
    about = gettext("%(shop)s · printed %(at)s") % {"shop": shop.name, "at": _moment(at)}
    paper.build(list(_story(customer, title)), onFirstPage=_foot(about), onLaterPages=_foot(about))
    return made.getvalue()


def _story(customer: Customer, title: str) -> Iterator[Flowable]:
    styles = _styles()
    yield Paragraph(escape(title), styles["title"])
    number = gettext("number %(number)s") % {"number": customer.pk}
    who = [str(customer), customer.email, customer.phone, number]
    yield Paragraph(escape(" · ".join(dict.fromkeys(filter(None, who)))), styles["plain"])
    for line in _suppressed(customer):
        yield Paragraph(escape(line), styles["plain"])
    yield Spacer(0, 6 * mm)
    said = customer.consents.select_related("topic", "recorded_by")
    rows = list(said.order_by("-stated_at", "-pk"))
    if not rows:
        yield Paragraph(escape(gettext("She never stated anything.")), styles["plain"])
    for row in rows:
        yield KeepTogether(
            [Paragraph(escape(_headline(row)), styles["head"]), _facts(row), Spacer(0, 6 * mm)]
        )
    yield Paragraph(
        escape(gettext("The entries stand in an append-only ledger, which the database lets nobody change.")),
        styles["quiet"],
    )


def _suppressed(customer: Customer) -> Iterator[str]:
    found = suppression.found(suppression.keys_of(addresses.of(customer)))
    for channel in filter(found.get, Channel):
        row = found[channel]
        words = gettext("%(channel)s: on the suppression list since %(at)s: %(why)s.")
        yield words % {"channel": channel.label, "at": _moment(row.at), "why": row.get_reason_display()}


def _headline(row: Consent) -> str:
    topic = row.topic.name_in(get_language() or "en") if row.topic else gettext("all topics")
    parts = [row.get_state_display(), row.get_channel_display(), topic, row.get_purpose_display()]
    return " · ".join(str(part) for part in parts)


def _facts(row: Consent) -> Table:
    basis = row.get_basis_display() + (f" ({row.recorded_by})" if row.recorded_by else "")
    facts: list[tuple[Any, Any]] = [
        (gettext("Entry"), row.pk),
        (gettext("Basis"), basis),
        (gettext("Stated at"), _moment(row.stated_at)),
        (gettext("Recorded at"), _moment(row.recorded_at)),
        *evidence.facts(row),
    ]
    styles = _styles()
    cells = [
        [Paragraph(escape(str(label)), styles["quiet"]), Paragraph(escape(str(value)), styles["plain"])]
        for label, value in facts
    ]
    look = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
    ]
    return Table(cells, colWidths=[56 * mm, 109 * mm], style=TableStyle(look), hAlign="LEFT", splitInRow=1)


def _moment(at: datetime) -> str:
    """With its zone: a day without a time has been no proof."""
    return at.isoformat(timespec="seconds")


def _foot(text: str) -> Any:
    def draw(canvas: Any, paper: Any) -> None:
        _styles()
        canvas.setFont(PLAIN, 8)
        canvas.setFillColor(GREY)
        canvas.drawString(20 * mm, 11 * mm, text)
        canvas.drawRightString(A4[0] - 20 * mm, 11 * mm, str(paper.page))

    return draw
