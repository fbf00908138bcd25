"""What every source of rows gives: a header, and rows of texts with their numbers.

Takes nothing; gives :class:`Rows`, which each kind of source fills, and :class:`SourceInfo`, which says how the table
was understood. Guarantees: each row that the table has comes out once, as its cells in the order of the header, or as
a finding that says why not.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from epcis_kit.findings import Finding, Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Row", "Rows", "SourceInfo", "cell_text", "row_finding"]

Row: TypeAlias = "tuple[int, list[str] | None, Finding | None]"
"""Number, cells as far as they are known, and what is wrong with the row."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """How a table was understood.

    Attributes:
        name: What messages call it; ``None`` for rows that come from a program.
        format: ``"csv"``, ``"xlsx"``, ``"jsonl"``, ``"json"``, ``"sql"`` or ``"rows"``.
        encoding: Of the text.
        delimiter: Between the cells.
        quote: Around cells.
        sheet: Name of the sheet.
        header_row: Number of the header row; ``None`` where there is none.
        header: Names of the columns.
    """

    name: str | None = None
    format: str = "rows"
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    header: tuple[str, ...] = ()


class Rows:
    """An open table: iterate it once.

    Attributes:
        info: How it was understood.
        header: Names of the columns.
        native: Its dates are written in ISO 8601, whatever the mapping says about texts.
    """

    def __init__(
        self,
        info: SourceInfo,
        rows: Iterator[Row],
        *,
        native: bool = False,
        close: Callable[[], None] | None = None,
        position: Callable[[], tuple[int | None, int | None]] | None = None,
    ) -> None:
        self.info = info
        self.header = list(info.header)
        self.native = native
        self._rows = rows
        self._close = close
        self._position = position

    @property
    def position(self) -> tuple[int | None, int | None]:
        """Bytes read so far and bytes in all, where they are known."""
        return (None, None) if self._position is None else self._position()

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def close(self) -> None:
        """Close what was opened for it."""
        if self._close is not None:
            self._close()
            self._close = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def row_finding(message: str, name: str | None, number: int, rule: str = "TAB-001") -> Finding:
    """A row that cannot be read."""
    return Finding(
        rule=rule, severity="error", layer="syntax", message=message, location=Location(file=name, row=number)
    )


def cell_text(value: Any) -> str:
    """A value of a program, a database or JSON as the text of a cell."""
    if value is None:
        return ""
    if value.__class__ is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f") if -40 < value.adjusted() < 40 else str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{int(value)}.0"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)
