"""Sheets of XLSX workbooks.

Takes a file; gives the rows of one sheet as texts. Guarantees: text stays text; a date is a date whatever it looks
like; a number keeps the zeros that its format shows; a number with more than fifteen digits, of which the spreadsheet
has dropped some, comes out in scientific notation and is refused where digits count; a merged cell counts for all its
rows; files that are far larger inside than outside, or that define entities, are not opened.
"""

from __future__ import annotations

import itertools
import re
import tempfile
import zipfile
from datetime import date, datetime, time
from typing import IO, TYPE_CHECKING, Any, Final

from epcis_kit.errors import DocumentError, MappingError, MissingExtraError
from epcis_kit.findings import Location
from epcis_kit.tabular.faults import near
from epcis_kit.tabular.headers import ANYWHERE, HEADER_ROWS, HeaderWish, choose_header
from epcis_kit.tabular.sources.rows import Row, Rows, SourceInfo, row_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from epcis_kit.tabular.headers import Wanted

__all__ = ["open_workbook"]

_MAX_INSIDE: Final = 2 << 30
_MAX_RATIO: Final = 300
_SMALL: Final = 16 << 20
_MAX_FILES: Final = 5000
_LAST_ROW: Final = 1_048_576
_MAX_MERGED: Final = 200_000
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_ZEROS: Final = re.compile("0{2,30}").fullmatch
_HEAD: Final = 4096


def open_workbook(
    stream: Any,
    name: str | None,
    *,
    sheet: Any = None,
    wish: HeaderWish = ANYWHERE,
    wanted: Sequence[Wanted] = (),
    close: Any = None,
) -> Rows:
    """The rows of a sheet.

    Args:
        stream: Something with ``read``; copied to a temporary file where it cannot be sought.
        name: For messages.
        sheet: Name or one-based number; ``None`` takes the first that has the columns, else the first.
        wish: Where the header is.
        wanted: Columns that are needed.
        close: Called when the rows are closed.

    Raises:
        DocumentError: It is no workbook, too large inside, or has no such sheet.
        MissingExtraError: The library for spreadsheets is not installed.
    """
    try:
        import openpyxl  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingExtraError("Reading XLSX files", "xlsx") from None
    file = _seekable(stream)
    try:
        _safe(file, name)
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # noqa: BLE001 - whatever the library meets in a broken file
            raise DocumentError(f"this workbook cannot be read: {type(error).__name__}", Location(file=name)) from None
        chosen = _sheet(book, sheet, wanted, name)
        merged = _merged(file, chosen)
        raw = _raw(chosen, merged, name)
        first = list(itertools.islice(raw, HEADER_ROWS))
    except BaseException:
        if file is not stream:
            file.close()
        raise

    def closed() -> None:
        book.close()
        if file is not stream:
            file.close()
        if close is not None:
            close()

    if not first:
        closed()
        raise DocumentError("this sheet is empty", Location(file=name))
    texts = [(number, [cell.strip() for cell in cells]) for number, cells, _ in first if cells is not None]
    header_row: int | None = None
    if wish.names:
        header, begin = list(wish.names), 0
    else:
        begin = choose_header(texts, wish, wanted, name)
        header_row, header = texts[begin]
        begin += 1
        while header and not header[-1]:
            header.pop()
    info = SourceInfo(name=name, format="xlsx", sheet=chosen.title, header_row=header_row, header=tuple(header))
    return Rows(info, _fitted(itertools.chain(first[begin:], raw), len(header), name), native=True, close=closed)


def _seekable(stream: Any) -> Any:
    if hasattr(stream, "seek") and hasattr(stream, "tell"):
        try:
            stream.seek(0)
        except (OSError, ValueError, AttributeError):
            pass
        else:
            return stream
    file = tempfile.SpooledTemporaryFile(max_size=_SMALL)  # noqa: SIM115 - closed with the rows
    while data := stream.read(1 << 20):
        file.write(data)
        if file.tell() > _MAX_INSIDE:
            file.close()
            raise DocumentError(f"expected a workbook of at most {_MAX_INSIDE} bytes")
    file.seek(0)
    return file


def _safe(file: IO[bytes], name: str | None) -> None:
    """Refuse what is no workbook, is far larger inside, or has a document type in its XML."""
    where = Location(file=name)
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            inside = sum(info.file_size for info in infos)
            outside = sum(info.compress_size for info in infos) or 1
            if len(infos) > _MAX_FILES or inside > _MAX_INSIDE or (inside > _SMALL and inside / outside > _MAX_RATIO):
                raise DocumentError(
                    f"expected a workbook of at most {_MAX_INSIDE} bytes inside, packed at most {_MAX_RATIO} times, "
                    f"got {inside} bytes packed {inside // outside} times",
                    where,
                )
            for info in infos:
                if info.filename.endswith((".xml", ".rels")):
                    with archive.open(info) as part:
                        head = part.read(_HEAD)
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or b"\0<\0!\0D" in head:
                        raise DocumentError(f"expected no document type in {info.filename}", where)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise DocumentError(f"this is no workbook: {type(error).__name__}", where) from None
    file.seek(0)


def _sheet(book: Any, wanted_sheet: Any, wanted: Sequence[Wanted], name: str | None) -> Any:
    sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "iter_rows")]
    if not sheets:
        raise DocumentError("this workbook has no sheets", Location(file=name))
    if isinstance(wanted_sheet, int) and not isinstance(wanted_sheet, bool):
        if not 1 <= wanted_sheet <= len(sheets):
            raise DocumentError(f"expected a sheet {wanted_sheet}, got {len(sheets)} sheets", Location(file=name))
        return sheets[wanted_sheet - 1]
    if wanted_sheet is not None:
        titles = [sheet.title for sheet in sheets]
        for sheet in sheets:
            if sheet.title.strip().casefold() == str(wanted_sheet).strip().casefold():
                return sheet
        raise MappingError(
            f"{name or 'the workbook'}: there is no sheet {wanted_sheet!r}{near(wanted_sheet, titles)}. "
            f"Known: {', '.join(titles)}."
        )
    if len(sheets) > 1 and wanted:
        from epcis_kit.tabular.headers import HeaderIndex  # noqa: PLC0415 - only where there is a choice

        def hits(sheet: Any) -> int:
            sheet.reset_dimensions()
            rows = itertools.islice(sheet.iter_rows(values_only=True), HEADER_ROWS)
            return max(
                (
                    HeaderIndex([str(cell).strip() if cell is not None else "" for cell in row]).hits(wanted)
                    for row in rows
                ),
                default=0,
            )

        return max(sheets, key=hits)
    return sheets[0]


def _merged(file: IO[bytes], sheet: Any) -> dict[tuple[int, int], int]:
    """For each cell below the first one of a merged area: the row of the first one."""
    path = getattr(sheet, "_worksheet_path", None)
    result: dict[tuple[int, int], int] = {}
    if not path:
        return result
    with zipfile.ZipFile(file) as archive, archive.open(path.lstrip("/")) as part:
        tail = b""
        while data := part.read(1 << 20):
            block = tail + data
            for match in _MERGED.finditer(block):
                column, top, last_column, bottom = _number(match[1]), int(match[2]), _number(match[3]), int(match[4])
                if column != last_column and top == bottom:
                    continue
                for row in range(top + 1, min(bottom, top + 10_000) + 1):
                    result[row, column] = top
                if len(result) > _MAX_MERGED:
                    return result
            tail = block[-200:]
    file.seek(0)
    return result


def _number(letters: bytes) -> int:
    value = 0
    for letter in letters:
        value = value * 26 + letter - 64
    return value


def _raw(sheet: Any, merged: dict[tuple[int, int], int], name: str | None) -> Iterator[Row]:
    sheet.reset_dimensions()
    above: dict[int, tuple[int, str]] = {}
    columns = {column for _, column in merged}
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > _LAST_ROW:
            raise DocumentError(f"expected at most {_LAST_ROW} rows in a sheet", Location(file=name))
        cells = [_text(cell) for cell in row]
        for column in columns:
            top = merged.get((number, column))
            if top is not None:
                if above.get(column, (0, ""))[0] == top:
                    cells += [""] * (column - len(cells))
                    cells[column - 1] = cells[column - 1] or above[column][1]
            elif column <= len(cells):
                above[column] = (number, cells[column - 1])
        if any(cell.strip() for cell in cells):
            yield number, cells, None


def _text(cell: Any) -> str:
    """A cell as the text that a careful person would type."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        if abs(value) >= 10**15:
            return f"{value:.14E}"
        text = str(value)
        return text.zfill(len(cell.number_format)) if _ZEROS(cell.number_format or "") else text
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            text = str(int(value))
            return text.zfill(len(cell.number_format)) if _ZEROS(cell.number_format or "") else text
        return repr(round(value, 12)) if abs(value) < 1e15 else f"{value:.14E}"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)


def _fitted(rows: Iterator[Row], width: int, name: str | None) -> Iterator[Row]:
    for number, found, _ in rows:
        cells = found or []
        if len(cells) < width:
            cells += [""] * (width - len(cells))
        elif any(cell.strip() for cell in cells[width:]):
            message = f"expected {width} cells as in the header, got more"
            yield number, cells, row_finding(message, name, number)
            continue
        yield number, cells[:width], None
