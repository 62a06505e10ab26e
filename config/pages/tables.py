"""The base of all tables in lists."""

from typing import Any

import django_tables2 as tables


class ListTable(tables.Table):  # type: ignore[misc]
    """A table drawn by `components/_table.html`. Its first column names the row and is its link."""

    @property
    def title_column(self) -> str:
        names: list[str] = [column.name for column in self.columns if column.name != "select"]
        return names[0]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": "–"} | kwargs)
