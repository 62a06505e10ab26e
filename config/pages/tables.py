"""The base of all tables in lists."""

from typing import Any, ClassVar

import django_tables2 as tables


class ListTable(tables.Table):  # type: ignore[misc]
    """A table drawn by `components/_table.html`. Its first column names the row and is its link."""

    # The columns that no index orders: they can be sorted as long as the matches are few enough to do it meanwhile.
    orderable_while_few: ClassVar[tuple[str, ...]] = ()

    @property
    def title_column(self) -> str:
        names: list[str] = [column.name for column in self.columns if column.name != "select"]
        return names[0]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": "–"} | kwargs)
