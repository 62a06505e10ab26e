"""QR codes as pictures for mails. An address holds the number of a code, signed: nobody reads a code from it, and
nobody finds one by trying. Who opens it is not counted."""

import io

import segno
from django.core import signing
from django.urls import reverse

from customers import catalogue
from loyalty.coupons import sheets
from loyalty.coupons.codes import normalise
from loyalty.models import CouponCode

SALT = "loyalty.code_picture"
SAMPLE = "7KQM-R2WX-4PDH"
NO_CODE = 0  # a preview shows the sample


def address(code: CouponCode | None) -> str:
    """Where mail programs find the picture of a code, or that of the sample."""
    token = _signer().sign(str(code.pk if code else NO_CODE))
    return catalogue.absolute(reverse("code_picture", args=[token]))


def picture(token: str) -> bytes | None:
    """The PNG of an address that we have signed; None for any other, and where the code is gone."""
    try:
        number = int(_signer().unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    if number == NO_CODE:
        return _png(sheets.symbol_of(normalise(SAMPLE)))
    code = CouponCode.objects.filter(pk=number).first()
    return _png(sheets.symbol(code)) if code else None


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=SALT)


def _png(symbol: segno.QRCode) -> bytes:
    """With a white border, which scanners need where the mail around it is dark."""
    made = io.BytesIO()
    symbol.save(made, kind="png", scale=8, border=4)
    return made.getvalue()
