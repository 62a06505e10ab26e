"""Columns that other parts add: parsed with the row, written inside the chunk's transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from customers.imports.columns import Batch, ImportColumn
from customers.imports.kinds.base import ORIGIN, Item
from customers.imports.options import Options
from customers.models import ImportJob


def parsed(added: Sequence[ImportColumn], stated: dict[str, str], options: Options) -> dict[str, Any]:
    """The values of plug-in columns among the stated cells. Raises LineRefused."""
    return {column.key: column.parse(stated[column.key], options) for column in added if column.key in stated}


def write(
    added: Sequence[ImportColumn],
    items: Sequence[Item],
    ids: dict[int, list[int]],
    at: datetime,
    job: ImportJob,
) -> Counter[str]:
    """Hand each plug-in its values, in one batch; what they counted. `ids` are those that a line is about."""
    counts: Counter[str] = Counter()
    values = {c.key: {i.line: i.row.added[c.key] for i in items if c.key in i.row.added} for c in added}
    for column in added:
        rows = [(pk, value, line) for line, value in values[column.key].items() for pk in ids.get(line, ())]
        if rows:
            batch = Batch(rows, at, ORIGIN, job.source, job.file_name, beside=values)
            column.write(batch)
            counts.update(batch.counts)
    return counts
