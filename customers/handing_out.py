"""What is kept about a person as files: JSON for programs, a page for her."""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils import translation

from config import formats
from customers import privacy
from customers.models import Shop
from customers.privacy import Table


def archive(customer_id: int, language: str, at: datetime) -> bytes:
    """A ZIP file with data.json and data.html, the latter in `language`."""
    with translation.override(language):
        tables = privacy.export([customer_id])[customer_id]
        files = {"data.json": as_json(tables, at), "data.html": as_html(tables, at)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as into:
        for name, text in files.items():
            into.writestr(name, text)
    return packed.getvalue()


def as_json(tables: Sequence[Table], at: datetime) -> str:
    """{"exported_at": ..., "profile": [{...}], "orders": [...]}; times in ISO 8601 with their zone."""
    about: dict[str, Any] = {"exported_at": at, "shop": Shop.current().name}
    rows = {table.key: [dict(row) for row in table.rows] for table in tables}
    return json.dumps(about | rows, default=_plain, ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def as_html(tables: Sequence[Table], at: datetime) -> str:
    """One page without anything from elsewhere, in the active language."""
    shown = [(table.label, list(table.columns.values()), _cells(table)) for table in tables]
    about = {"tables": shown, "shop": Shop.current(), "at": at, "language": formats.language()}
    return render_to_string("customers/handed_out.html", about)


def _cells(table: Table) -> list[list[str]]:
    return [[_text(row[name]) for name in table.columns] for row in table.rows]


def _text(value: Any) -> str:
    if value is None or value in ("", {}, []):
        return ""
    if isinstance(value, datetime):
        return formats.moment(value)
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, bool):
        return "✓" if value else "–"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_text(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return str(value)
