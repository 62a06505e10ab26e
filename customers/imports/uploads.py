"""Uploads: streamed to disk, up to a size, under a name of our own."""

import os
import uuid
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Streams a file to disk and drops it once it is larger than `most` bytes; then `too_large` is set."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most = most
        self.too_large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self.most:
            self.too_large = True
            raise SkipFile
        super().receive_data_chunk(raw_data, start)


def folder() -> Path:
    """Where uploaded files lie, for nobody else to read."""
    place = Path(settings.MEDIA_ROOT) / "imports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def keep(upload: "UploadedFile[Any]") -> Path:
    """Store the upload. What the user called it plays no part in the path."""
    path = folder() / uuid.uuid4().hex
    with open(path, "xb", opener=_private) as file:
        for chunk in upload.chunks(1 << 20):
            file.write(chunk)
    return path


def private(path: Path) -> IO[str]:
    """A new file of text beside the uploads, for nobody else to read."""
    return open(path, "w", encoding="utf-8", newline="", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def discard(path: Path) -> None:
    """Delete a stored upload; other files are left alone."""
    if path.parent == folder():
        path.unlink(missing_ok=True)


def shown_name(name: str | None) -> str:
    """The user's name for the file, fit to be shown."""
    printable = "".join(char if char.isprintable() else "_" for char in name or "")
    return printable[-200:] or "file.csv"
