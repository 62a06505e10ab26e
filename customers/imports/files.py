"""Bytes: packed or plain, whole or damaged, and their digest."""

import gzip
import hashlib
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from customers.imports.faults import FileRefused

PIECE = 1 << 20
PACKED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz"}
FOREIGN = {
    b"PK\x03\x04": "ZIP / XLSX",
    b"\xd0\xcf\x11\xe0": "XLS",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7-Zip",
    b"%PDF": "PDF",
}


def compression(path: Path) -> str:
    """`gzip`, `xz` or an empty string. Raises FileRefused for an empty file and other archives."""
    with path.open("rb") as file:
        head = file.read(8)
    if not head:
        raise FileRefused("empty")
    for magic, name in FOREIGN.items():
        if head.startswith(magic):
            raise FileRefused("foreign", format=name)
    return next((name for magic, name in PACKED.items() if head.startswith(magic)), "")


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The unpacked bytes. Damage met while reading comes out as FileRefused."""
    try:
        with _open(path, compression(path)) as file:
            yield file
    except EOFError as error:
        raise FileRefused("truncated") from error
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise FileRefused("damaged") from error
    except (FileNotFoundError, IsADirectoryError) as error:
        raise FileRefused("gone") from error


def _open(path: Path, packed: str) -> IO[bytes]:
    if packed == "gzip":
        return cast(IO[bytes], gzip.open(path, "rb"))
    if packed == "xz":
        return cast(IO[bytes], lzma.open(path, "rb"))
    return path.open("rb")


def digest(path: Path) -> str:
    """The sha256 of the file as it lies there, packed or not."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise FileRefused("gone") from error
