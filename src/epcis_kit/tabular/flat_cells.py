"""Where a table goes: CSV or a spreadsheet, row by row, with no cell that a spreadsheet would run.

Takes titles and rows of plain values; gives UTF-8 CSV or XLSX. Guarantees: memory for one row; a text that a
spreadsheet could take for a formula (it begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return) gets an
apostrophe before it, and :func:`unescape_cell` takes exactly that apostrophe away again; numbers stay numbers where
their digits fit; the same rows give the same CSV; a text that a cell cannot hold is refused, never cut.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from epcis_kit.errors import EncodeError, MissingExtraError, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CsvTable", "TableTarget", "XlsxTable", "escape_cell", "unescape_cell"]

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r].", re.DOTALL).match
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r].", re.DOTALL).match
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LITERAL: Final = re.compile("_x(?=[0-9A-Fa-f]{4}_)")
_MAX_TEXT: Final = 32_767
_MAX_ROWS: Final = 1_048_576
_MAX_DIGITS: Final = 15
_WIDEST: Final = 48


def escape_cell(text: str) -> str:
    """``text`` with an apostrophe before it where a spreadsheet could take it for a formula.

    A sign alone is none. A text that begins with apostrophes and such a character gets one more, so that nothing is
    ambiguous.
    """
    return f"'{text}" if _FORMULA(text) else text


def unescape_cell(text: str) -> str:
    """What :func:`escape_cell` was given."""
    return text[1:] if _ESCAPED(text) else text


class TableTarget(Protocol):
    """Takes a table, row by row."""

    def row(self, values: Sequence[Any]) -> None:
        """Write one row; texts, numbers and ``None``."""

    def close(self) -> None:
        """Write what is left; the file stays open."""

    def abandon(self) -> None:
        """Let go of a table that will not be finished."""


class CsvTable:
    """A table as UTF-8 CSV with CRLF lines (RFC 4180)."""

    def __init__(self, target: IO[bytes], titles: Sequence[str], *, delimiter: str = ",", bom: bool = False) -> None:
        """Begin a table with its header row.

        Args:
            target: Where the bytes go; it stays open.
            titles: Headers of the columns.
            delimiter: Between the columns.
            bom: Write a byte order mark, which some spreadsheets need to see that the file is UTF-8.
        """
        if bom:
            target.write(codecs.BOM_UTF8)
        self._text = io.TextIOWrapper(io.BufferedWriter(_Unclosed(target)), encoding="utf-8", newline="")
        self._write: Callable[[Sequence[Any]], Any] = csv.writer(self._text, delimiter=delimiter).writerow
        self.row(titles)

    def row(self, values: Sequence[Any]) -> None:
        """Write one row."""
        self._write([escape_cell(value) if value.__class__ is str else value for value in values])

    def close(self) -> None:
        """Write what is left."""
        self._text.flush()

    def abandon(self) -> None:
        """There is nothing to let go of."""


class _Unclosed(io.RawIOBase):
    """A binary file that a text layer may let go of without closing it."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._target.write(data)
        return len(data)


class XlsxTable:
    """A table as a spreadsheet, streamed; a further sheet is begun where one is full."""

    def __init__(self, target: IO[bytes], titles: Sequence[str], *, sheet: str = "Events", raw: bool = False) -> None:
        """Begin a table with its header row; ``raw`` keeps texts as they are, for cells that are read again.

        Raises:
            MissingExtraError: openpyxl is not installed.
        """
        try:
            import openpyxl  # noqa: PLC0415 - an extra that most users never touch
            from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
        except ImportError:
            raise MissingExtraError("Writing a spreadsheet", "xlsx") from None
        self._target = target
        self._titles = list(titles)
        self._name = sheet
        self._escape: Callable[[str], str] = str if raw else escape_cell
        self._book = openpyxl.Workbook(write_only=True)
        self._cell = WriteOnlyCell
        self._sheets = 0
        self._rows = 0
        self._begin()

    def _begin(self) -> None:
        from openpyxl.styles import Font  # noqa: PLC0415 - with openpyxl above
        from openpyxl.utils import get_column_letter  # noqa: PLC0415

        self._sheets += 1
        self._sheet = self._book.create_sheet(self._name if self._sheets == 1 else f"{self._name} {self._sheets}")
        self._sheet.freeze_panes = "A2"
        for number, title in enumerate(self._titles, 1):
            self._sheet.column_dimensions[get_column_letter(number)].width = min(max(len(title) + 2, 14), _WIDEST)
        cells = [self._text_cell(title) for title in self._titles]
        for cell in cells:
            cell.font = Font(bold=True)
        self._sheet.append(cells)
        self._rows = 1

    def row(self, values: Sequence[Any]) -> None:
        """Write one row.

        Raises:
            EncodeError: A text is longer than a cell can hold.
        """
        if self._rows >= _MAX_ROWS:
            self._begin()
        self._rows += 1
        self._sheet.append([self._value(value, number) for number, value in enumerate(values)])

    def _value(self, value: Any, number: int) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            exact = isinstance(value, int) or value.is_finite()
            if exact and len(Decimal(value).as_tuple().digits) <= _MAX_DIGITS:
                return value
        text = value if isinstance(value, str) else str(value)
        if len(text) >= _MAX_TEXT:
            raise EncodeError(
                f"Cannot write column {shorten(self._titles[number])} into a spreadsheet: expected at most "
                f"{_MAX_TEXT} characters in a cell, got {len(text)}. Write CSV, or one row an object."
            )
        return self._text_cell(text)

    def _text_cell(self, text: str) -> Any:
        text = _FORBIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", _LITERAL.sub("_x005F_x", self._escape(text)))
        cell = self._cell(self._sheet, text)
        cell.data_type = "s"  # a text is never a formula, a date or an error
        return cell

    def close(self) -> None:
        """Write the spreadsheet."""
        self._book.save(self._target)

    def abandon(self) -> None:
        """Let go of what was begun; nothing is written."""
        sheets: Any = self._book.worksheets
        for sheet in sheets:
            with contextlib.suppress(Exception):
                sheet.close()
            with contextlib.suppress(Exception):
                sheet._writer.cleanup()  # noqa: SLF001 - its temporary file has no other end
