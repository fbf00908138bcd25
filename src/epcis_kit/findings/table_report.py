"""Reports as tables for a trading partner: CSV and XLSX, one row a finding.

Takes reports; gives the text of a CSV file or the bytes of a workbook with three sheets: a summary, the list to mend
(identical findings as one row) and all findings. Guarantees: a cell that a spreadsheet would run as a formula begins
with an apostrophe instead; numbers such as GTINs stay text, so that no zero is lost; a sheet that is full says so.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MissingExtraError
from epcis_kit.findings.furniture import affected_text, counted, verdict, word
from epcis_kit.findings.text_report import by_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.findings.report import Report
    from epcis_kit.findings.values import Finding

__all__ = ["COLUMNS", "safe_cell", "to_csv", "to_xlsx"]

COLUMNS: Final = (
    "file",
    "severity",
    "rule",
    "profile",
    "message",
    "hint",
    "value",
    "expected",
    "affected",
    "event number",
    "event id",
    "line",
    "column",
    "pointer",
    "count",
    "reason",
)
"""Keys of the columns, in order; their headings come from the words of reports."""

_WIDTHS: Final = (24, 10, 10, 11, 60, 50, 26, 26, 34, 8, 30, 8, 8, 34, 8, 24)
_FORMULA: Final = re.compile(r"[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_ROWS: Final = 1_048_000
_LONGEST_CELL: Final = 32_000


def safe_cell(text: str) -> str:
    """The text as no spreadsheet runs it: an apostrophe before what would be a formula; control characters marked."""
    plain = _FORBIDDEN.sub("\ufffd", text)[:_LONGEST_CELL]
    if plain[:1] in "\t\r\n" and plain:
        return f"'{plain}"
    return f"'{plain}" if _FORMULA.match(plain) and not _NUMBER.fullmatch(plain) else plain


def to_csv(reports: Sequence[Report], language: str = "en") -> str:
    """One row for each finding; the first row has the headings."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_headings(language))
    for row in _all(reports, language):
        writer.writerow(row)
    return stream.getvalue()


def to_xlsx(reports: Sequence[Report], language: str = "en") -> bytes:
    """A workbook with a summary, the list to mend and all findings.

    Raises:
        MissingExtraError: openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra that most users never need
    except ImportError:
        raise MissingExtraError("A report as XLSX", "xlsx") from None
    book = Workbook(write_only=True)
    _summary(book, reports, language)
    _sheet(book, word("sheet mend", language), _headings(language), _mend(reports, language), language)
    _sheet(book, word("sheet all", language), _headings(language), _all(reports, language), language)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _headings(language: str) -> list[str]:
    return [word(column, language) for column in COLUMNS]


def _all(reports: Iterable[Report], language: str) -> Iterator[list[str]]:
    for report in reports:
        for finding in (*report.findings, *report.accepted):
            yield _row(report, finding, language)


def _mend(reports: Iterable[Report], language: str) -> Iterator[list[str]]:
    for report in reports:
        for findings in by_rule(report.findings):
            for finding in findings:
                yield _row(report, finding, language)


def _row(report: Report, finding: Finding, language: str) -> list[str]:
    said = finding.in_language(language)
    place = finding.location
    line = place.line if place.line is not None else place.row
    column: object = place.column if place.line is not None else place.table_column
    cells: dict[str, object] = {
        "file": place.file or report.file,
        "severity": word(finding.severity, language),
        "rule": finding.rule,
        "profile": finding.profile or report.profile,
        "message": said.message,
        "hint": said.hint,
        "value": finding.value,
        "expected": finding.expected,
        "affected": affected_text(finding.affected, language, "; "),
        "event number": place.event_index,
        "event id": place.event_id,
        "line": line,
        "column": column,
        "pointer": place.pointer,
        "count": finding.count,
        "reason": finding.reason,
    }
    return ["" if cells[name] is None else safe_cell(str(cells[name])) for name in COLUMNS]


def _summary(book: Any, reports: Sequence[Report], language: str) -> None:
    rows: list[list[str]] = []
    for report in reports:
        counts = report.counts()
        rows.append(
            [
                report.file or "-",
                word(verdict(report), language),
                report.profile,
                f"{report.events}",
                *(f"{counts[severity]}" for severity in ("error", "warning", "info")),
                "; ".join(counted(number, severity, language) for severity, number in report.omitted),
            ]
        )
    head = [word(key, language) for key in ("file", "decided", "profile", "event count")]
    head += [word(key, language) for key in ("error", "warning", "info")]
    head.append(word("omitted", language, what="").strip(" :："))
    sheet = book.create_sheet(word("sheet summary", language))
    for letter, width in zip("ABCDEFGH", (40, 18, 12, 10, 10, 10, 10, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.append(_styled(sheet, head, head=True))
    for row in rows:
        sheet.append(_styled(sheet, [safe_cell(cell) for cell in row]))


def _sheet(book: Any, title: str, head: list[str], rows: Iterable[list[str]], language: str) -> None:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - part of the extra

    sheet = book.create_sheet(title)
    for number, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.append(_styled(sheet, head, head=True))
    number = 1
    left = 0
    for row in rows:
        if number >= _MOST_ROWS:
            left += 1
            continue
        sheet.append(_styled(sheet, row))
        number += 1
    if left:
        sheet.append(_styled(sheet, [f"… {word('again', language, n=f'{left:,}')}"]))
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(head))}{number}"


def _styled(sheet: Any, texts: Sequence[str], *, head: bool = False) -> list[Any]:
    """Cells that hold text and nothing else, whatever it looks like; small whole numbers stay numbers."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - part of the extra
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415

    cells = []
    for text in texts:
        if not head and text.isascii() and text.isdigit() and len(text) < 7 and (text == "0" or text[0] != "0"):
            cell = WriteOnlyCell(sheet, value=int(text))
        else:
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type = "s"
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if head:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="E8ECF0")
        cells.append(cell)
    return cells
