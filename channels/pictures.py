"""Uploaded pictures: read once, turned upright, scaled down and encoded anew, so that nothing of a file but what it
shows reaches anybody: no place where it was taken, no hidden script, no bomb."""

import hashlib
from io import BytesIO
from pathlib import PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from channels.models import Picture
from customers.models import User

MOST_BYTES = 12_000_000
MOST_PIXELS = 60_000_000  # 180 MB while it is read
WIDEST = 1600  # twice the width of a mail, and what the social networks show
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
SHOWN = 24


class NotAPicture(Exception):
    """Its words say why the file was not taken, and the mend."""


def store(file: "UploadedFile[Any]", by: User | None) -> Picture:
    """The picture of this file; the same one whenever the same is uploaded. Raises NotAPicture."""
    if not file.size or file.size > MOST_BYTES:
        words = _("The file has more than %(most)d MB. Export the picture smaller and try again.")
        raise NotAPicture(words % {"most": MOST_BYTES // 1_000_000} if file.size else _("The file is empty."))
    image = _read(file)
    kind, data = _encode(image)
    digest = hashlib.sha256(data).hexdigest()
    fields = {
        "kind": kind,
        "width": image.width,
        "height": image.height,
        "size": len(data),
        "name": PurePath(file.name or "").stem[:120] or _("Picture"),
        "data": data,
        "uploaded_by": by,
    }
    picture, _made = Picture.objects.get_or_create(digest=digest, defaults=fields)
    return picture


def newest(text: str = "") -> QuerySet[Picture]:
    """The latest uploads, without their data, those with `text` in their name."""
    found = Picture.objects.defer("data").order_by("-pk")
    return found.filter(name__icontains=text)[:SHOWN] if text else found[:SHOWN]


def _read(file: "UploadedFile[Any]") -> Image.Image:
    """Upright, no wider than WIDEST, in RGB or RGBA."""
    try:
        with Image.open(file, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                words = _(
                    "The picture is too large: %(width)d x %(height)d pixels. Scale it down and try again."
                )
                raise NotAPicture(words % {"width": opened.width, "height": opened.height})
            if opened.format == "JPEG":
                opened.draft("RGB", (WIDEST, WIDEST))  # a camera's picture is read smaller from the start
            image = ImageOps.exif_transpose(opened)
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except Image.DecompressionBombError as error:
        raise NotAPicture(_("The picture has too many pixels. Scale it down and try again.")) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise NotAPicture(
            _("This is not a picture that we can read. Take a JPEG, PNG, WebP or GIF file.")
        ) from error
    if image.width > WIDEST:
        image = image.resize(
            (WIDEST, max(1, round(image.height * WIDEST / image.width))), Image.Resampling.LANCZOS
        )
    return image


def _encode(image: Image.Image) -> tuple[str, bytes]:
    """PNG only where something shines through: Instagram takes JPEG alone, and photographs are far smaller."""
    made = BytesIO()
    if image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255):
        image.save(made, "PNG", optimize=True)
        return Picture.Kind.PNG, made.getvalue()
    image.convert("RGB").save(made, "JPEG", quality=84, optimize=True, progressive=True)
    return Picture.Kind.JPEG, made.getvalue()
