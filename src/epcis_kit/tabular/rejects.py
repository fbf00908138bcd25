"""Rows that could not be used, in a file that can be mended and run again; and the log of repaired values.

Takes rejected rows as they were read and what is wrong with them; gives a table in the layout of the source with four
columns before it (``reject_row``, ``reject_column``, ``reject_rule``, ``reject_reason``), which a mapping does not
name and a run therefore ignores. Guarantees: the cells of the row stand as they were read, not one more and not one
less, so that a row fails again until it is mended; one row of the table is one row of the file, whatever is wrong with
it; delimiter, quote and encoding are those of the source.
"""

from __future__ import annotations

import csv
import io
import json
import os
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.tabular.flat_cells import escape_cell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from epcis_kit.findings import Finding

__all__ = ["REJECT_COLUMNS", "AppendedTable", "RejectsFile", "RepairsFile"]

REJECT_COLUMNS: Final = ("reject_row", "reject_column", "reject_rule", "reject_reason")
"""What stands before the columns of the source."""

_REPAIR_COLUMNS: Final = ("row", "column", "before", "after", "rule", "reason")
_WIDE: Final = {"utf-16": "utf-16", "utf-32": "utf-32"}


class AppendedTable:
    """A CSV or JSON lines file that is written row by row and may be cut back to an earlier length.

    Attributes:
        path: The file.
        rows: Rows written, the header not counted.
    """

    def __init__(self, path: Path, *, delimiter: str = ",", quote: str = '"', encoding: str = "utf-8") -> None:
        self.path = path
        self._lines = path.suffix.lower() in {".jsonl", ".ndjson"}
        self._encoding = "utf-8" if self._lines else _WIDE.get(encoding.lower().replace("_", "-"), encoding)
        self._form = {"delimiter": delimiter, "quotechar": quote}
        self._stream: Any = None
        self.rows = 0

    def open(self, length: int | None = None, rows: int = 0) -> None:
        """Begin the file, or go on behind ``length`` bytes."""
        if length is None:
            self._stream = self.path.open("wb")
        else:
            self._stream = self.path.open("r+b")
            self._stream.truncate(length)
            self._stream.seek(0, os.SEEK_END)
        self.rows = rows

    def put(self, cells: Sequence[object]) -> None:
        """Write a row of CSV."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n", **self._form).writerow(cells)  # type: ignore[arg-type]
        encoding = self._encoding
        if encoding == "utf-16" and self._stream.tell():
            encoding = "utf-16-le"  # the mark stands at the beginning only
        elif encoding == "utf-8-sig" and self._stream.tell():
            encoding = "utf-8"
        data = _encoded(text.getvalue(), encoding)
        self._stream.write(data)

    def put_line(self, value: dict[str, Any]) -> None:
        """Write an object of JSON lines."""
        self._stream.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")

    def checkpoint(self) -> dict[str, int]:
        """Bring the file to the disk; its length and rows."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        return {"length": self._stream.tell(), "rows": self.rows}

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()


def _encoded(text: str, encoding: str) -> bytes:
    """The text in the encoding of the source; bytes that could not be read there stand as they were."""
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace")


class RejectsFile(AppendedTable):
    """Rejected rows in the layout of their source; what a spreadsheet would run as a formula is escaped."""

    def __init__(self, path: Path, info: Any) -> None:
        """Args: where to; the source (``header``, ``header_row``, ``delimiter``, ``quote``, ``encoding``)."""
        super().__init__(
            path,
            delimiter=info.delimiter or ",",
            quote=info.quote or '"',
            encoding=info.encoding or "utf-8",
        )
        self._header = list(info.header)
        self._own = [self._header.index(name) for name in REJECT_COLUMNS if name in self._header]
        self._titles = max((info.header_row or 1) - 1, 0)

    def begin(self) -> None:
        """Write the header, as far down as it stood in the source."""
        if self._lines:
            return
        for number in range(self._titles):
            self.put(["rejected rows" if number == 0 else "-"])
        self.put([*REJECT_COLUMNS, *self._rest(self._header)])

    def _rest(self, cells: list[Any]) -> list[Any]:
        """The cells without the reasons of an earlier run."""
        return [cell for number, cell in enumerate(cells) if number not in self._own] if self._own else cells

    def add(self, row: int, cells: list[str] | None, findings: Sequence[Finding]) -> None:
        """Write one row with what is wrong with it."""
        self.rows += 1
        columns = dict.fromkeys(str(finding.location.table_column or "") for finding in findings)
        reasons = (
            row,
            "; ".join(filter(None, columns)),
            "; ".join(dict.fromkeys(finding.rule for finding in findings)),
            " ".join(finding.message for finding in findings),
        )
        rest = self._rest(list(cells or ()))
        if not self._lines:
            self.put([cell if isinstance(cell, int) else escape_cell(str(cell)) for cell in (*reasons, *rest)])
            return
        named = dict(zip(self._rest(self._header), rest, strict=False))
        more = rest[len(self._rest(self._header)) :]
        self.put_line({**dict(zip(REJECT_COLUMNS, reasons, strict=True)), **named, **({"": more} if more else {})})


class RepairsFile(AppendedTable):
    """Values that the mapping allowed to repair, one a row: where, what it was, what it is."""

    def begin(self) -> None:
        """Write the header."""
        if not self._lines:
            self.put(_REPAIR_COLUMNS)

    def add(self, finding: Finding) -> None:
        """Write one repair."""
        self.rows += 1
        words = dict(finding.parameters)
        cells = (
            finding.location.row,
            finding.location.table_column or "",
            words.get("before", words.get("value", "")),
            words.get("after", ""),
            finding.rule,
            finding.message,
        )
        if self._lines:
            self.put_line(dict(zip(_REPAIR_COLUMNS, cells, strict=True)))
        else:
            self.put(cells)
