"""Why a whole file is refused: a code with its facts, said in words by `reasons`."""

from typing import Any


class FileRefused(Exception):
    """The file as a whole cannot be read. `code` is one of `reasons.FAULTS`, `facts` fill its sentence."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class LineRefused(Exception):
    """One line cannot be taken. `reason` is one of `reasons.LINES`, `column` a column's key."""

    def __init__(self, reason: str, column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.value = value
