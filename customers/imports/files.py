"""Bytes: packed or plain, text or workbook, whole or damaged, and their digest."""

import gzip
import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from customers.imports.faults import FileRefused

PIECE = 1 << 20
PACKED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz"}
FOREIGN = {
    b"PK": "ZIP",
    b"\xd0\xcf\x11\xe0": "XLS",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7-Zip",
    b"%PDF": "PDF",
}


ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def is_workbook(path: Path) -> bool:
    """Whether this is an XLSX. Raises FileRefused, with the mend, for other formats of spreadsheets and archives."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head == b"\xd0\xcf\x11\xe0":
            raise FileRefused("locked" if _contains(path, ENCRYPTED) else "foreign", format="XLS")
        if head != b"PK\x03\x04":
            return False
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (FileNotFoundError, IsADirectoryError) as error:
        raise FileRefused("gone") from error
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError) as error:
        raise FileRefused("damaged_workbook") from error
    if "xl/workbook.xml" in names:
        return True
    raise FileRefused("foreign", format=_other(names, kind))


def _other(names: set[str], mimetype: bytes) -> str:
    if "xl/workbook.bin" in names:
        return "XLSB"
    if b"opendocument.spreadsheet" in mimetype:
        return "ODS"
    return "Numbers" if any(name.startswith("Index/") for name in names) else "ZIP"


def _contains(path: Path, wanted: bytes) -> bool:
    """Whether the bytes occur in the file, read piece by piece."""
    before = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            if wanted in before + piece:
                return True
            before = piece[-len(wanted) :]
    return False


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


def digest(path: Path, sheet: str = "") -> str:
    """The sha256 of the file as it lies there, packed or not. Each sheet of a workbook has lines of its own, and so a
    digest of its own."""
    try:
        with path.open("rb") as file:
            whole = hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise FileRefused("gone") from error
    return hashlib.sha256(f"{whole} {sheet}".encode()).hexdigest() if sheet else whole
