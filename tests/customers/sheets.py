"""Workbooks for tests: written by openpyxl, or by hand where it would not write such a thing."""

import io
import zipfile
from pathlib import Path
from typing import Any

from openpyxl import Workbook

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def workbook(path: Path, rows: list[list[Any]], *, name: str = "Kunden", formats: Any = None) -> Path:
    """A workbook of one sheet; `formats` is the number format per cell, such as {"A2": "0%"}."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(row)
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    book.save(path)
    return path


def raw(path: Path, rows: str, *, strings: str = "", extra: dict[str, bytes] | None = None) -> Path:
    """A workbook with these rows of markup."""
    link = f"{LINKS}/"
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{LINKS}"><sheets><sheet name="S" sheetId="1" r:id="a"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="a" Type="{link}worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="b" Type="{link}sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>',
    }
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    overrides = {"xl/workbook.xml": "sheet.main", "xl/sharedStrings.xml": "sharedStrings"}
    kinds = "".join(
        f'<Override PartName="/{part}" ContentType="{types}{kind}+xml"/>'
        for part, kind in overrides.items()
        if strings or kind != "sharedStrings"
    )
    parts["[Content_Types].xml"] = f'<Types xmlns="{TYPES}">{kinds}</Types>'
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{SHEET}">{strings}</sst>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in (parts | (extra or {})).items():
            archive.writestr(part, text)
    return path


def row(*texts: str, number: int | None = None) -> str:
    """A row of texts that stand in their cells."""
    place = f' r="{number}"' if number else ""
    return f"<row{place}>{''.join(inline(text) for text in texts)}</row>"


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def packed(**parts: bytes) -> bytes:
    """Any ZIP."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
