"""Codes on paper: a sheet of labels to cut, each with its code as text and as a QR code. And a QR code as SVG."""

import io
from collections.abc import Iterable, Sequence
from functools import cache

import segno
from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from customers.models import Shop
from loyalty.coupons import words
from loyalty.models import Coupon, CouponCode

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
ACROSS, DOWN = 3, 7  # labels of a page
PER_PAGE = ACROSS * DOWN
MARGIN = 10 * mm
WIDTH, HEIGHT = (A4[0] - 2 * MARGIN) / ACROSS, (A4[1] - 2 * MARGIN) / DOWN
SYMBOL = 22 * mm
INSIDE = 3 * mm


def symbol(code: CouponCode) -> segno.QRCode:
    return symbol_of(code.text)


def symbol_of(text: str) -> segno.QRCode:
    """Medium correction: a fold or a thumb does not hurt."""
    return segno.make_qr(text, error="m")


def svg(code: CouponCode) -> bytes:
    made = io.BytesIO()
    symbol(code).save(made, kind="svg", scale=8, border=4, title=code.label, xmldecl=True)
    return made.getvalue()


def document(coupon: Coupon, codes: Sequence[CouponCode]) -> bytes:
    """A PDF in the active language, PER_PAGE labels on each page."""
    _fonts()
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, pageCompression=1)
    canvas.setTitle(f"{_('Coupon')}: {coupon.name}")
    canvas.setAuthor(Shop.current().name)
    lines = _lines(coupon)
    for place, code in enumerate(codes):
        if place and place % PER_PAGE == 0:
            canvas.showPage()
        row, column = divmod(place % PER_PAGE, ACROSS)
        _label(canvas, code, lines, MARGIN + column * WIDTH, A4[1] - MARGIN - (row + 1) * HEIGHT)
    canvas.save()
    return made.getvalue()


def _lines(coupon: Coupon) -> list[str]:
    """What stands on each label below the discount."""
    said = words.coupon(coupon).removeprefix(words.discount(coupon.offer)).lstrip(", ")
    return [Shop.current().name, words.discount(coupon.offer), said[:1].upper() + said[1:]]


def _label(canvas: Canvas, code: CouponCode, lines: Iterable[str], left: float, bottom: float) -> None:
    shop, discount, said = lines
    canvas.setStrokeGray(0.75)
    canvas.setDash(1, 2)
    canvas.rect(left, bottom, WIDTH, HEIGHT)
    canvas.setDash()
    _draw(canvas, code, left + INSIDE, bottom + HEIGHT - INSIDE - SYMBOL)
    beside, top = left + INSIDE + SYMBOL + 2 * mm, bottom + HEIGHT - INSIDE
    wide = WIDTH - SYMBOL - 2 * INSIDE - 2 * mm
    down = _write(canvas, shop, PLAIN, 6.5, beside, top, wide, 2)
    down = _write(canvas, discount, BOLD, 12, beside, down - 1 * mm, wide, 2)
    _write(canvas, said, PLAIN, 6, beside, down - 1 * mm, wide, 4)
    room = WIDTH - 2 * INSIDE
    size = min(10, 10 * room / pdfmetrics.stringWidth(code.label, BOLD, 10.1))
    _write(canvas, code.label, BOLD, size, left + INSIDE, bottom + 8 * mm, room, 1)


def _write(
    canvas: Canvas, text: str, font: str, size: float, left: float, top: float, wide: float, most: int
) -> float:
    """Write at most so many lines; where the next may begin."""
    canvas.setFont(font, size)
    for line in simpleSplit(text, font, size, wide)[:most]:
        top -= size * 1.25
        canvas.drawString(left, top, line)
    return top


def _draw(canvas: Canvas, code: CouponCode, left: float, bottom: float) -> None:
    """Each row of the symbol as runs of dark modules."""
    rows = list(symbol(code).matrix)
    module = SYMBOL / len(rows)
    path = canvas.beginPath()
    for down, row in enumerate(rows, 1):
        for across, dark in enumerate(row):
            if dark:
                path.rect(left + across * module, bottom + SYMBOL - down * module, module, module)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


@cache
def _fonts() -> None:
    """Ours hold the letters of all European names; the built-in ones of PDF do not."""
    for name in (PLAIN, BOLD):
        path = settings.BASE_DIR / "static" / "vendor" / "dejavu" / f"{name}.ttf"
        pdfmetrics.registerFont(TTFont(name, str(path)))
