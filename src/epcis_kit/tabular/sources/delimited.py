"""CSV, TSV and their kin: text with a character between cells.

Takes a stream of bytes; gives rows. Guarantees: encoding, delimiter and header are found out or taken from the mapping;
reading is strict (an open quote at the end, a row with too many cells, a byte that the encoding does not have are
findings of their row, not guesses), and the other rows go on; one row in memory.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import itertools
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import DocumentError, MappingError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.tabular.headers import ANYWHERE, HEADER_ROWS, HeaderIndex, HeaderWish, Wanted, choose_header
from epcis_kit.tabular.sources.encodings import BAD, MARKED, detect_encoding, marked
from epcis_kit.tabular.sources.rows import Row, Rows, SourceInfo, row_finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["open_delimited"]

_DELIMITERS: Final = ";\t,|"
_SAMPLE: Final = 64 * 1024
_ASCII_LOOK: Final = 8 << 20
_MAX_CELL: Final = 1 << 20


class _Joined(io.RawIOBase):
    """Bytes that were read already, followed by the rest of their stream; counts what goes through."""

    def __init__(self, start: bytes, stream: Any) -> None:
        self._start = memoryview(start)
        self._stream = stream
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._start:
            data = bytes(self._start[: len(buffer)])
            self._start = self._start[len(data) :]
        else:
            data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.given += len(data)
        return len(data)


def open_delimited(
    stream: Any,
    name: str | None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    quote: str = '"',
    wish: HeaderWish = ANYWHERE,
    wanted: Sequence[Wanted] = (),
    fill_short: bool = False,
    total: int | None = None,
    close: Any = None,
) -> Rows:
    """The rows of a text.

    Args:
        stream: Something with ``read``.
        name: For messages.
        encoding: Its encoding; ``None`` finds it out.
        delimiter: Between cells; ``None`` finds it out.
        quote: Around cells.
        wish: Where the header is.
        wanted: Columns that are needed; they help to find delimiter and header.
        fill_short: A row with too few cells has empty ones at its end.
        total: Bytes in all, for progress.
        close: Called when the rows are closed.

    Raises:
        DocumentError: The table is empty.
        MappingError: There is no such encoding.
    """
    start = _start(stream, given=encoding is not None)
    if not start.strip(b" \t\r\n\0"):
        raise DocumentError("this table is empty", Location(file=name))
    encoding = _encoding(start, encoding, name)
    sample = codecs.getincrementaldecoder(encoding)("replace").decode(start[: 4 * _SAMPLE]).lstrip("\ufeff")
    delimiter = delimiter or _guess(sample, wanted, quote)
    joined = _Joined(start, stream)
    bad_before = marked[0]
    text = io.TextIOWrapper(io.BufferedReader(joined, 1 << 17), encoding=encoding, errors=BAD, newline="")
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(text, delimiter=delimiter, quotechar=quote, strict=True)
    raw = _raw(reader, name)
    first = _first(raw)
    if not first:
        raise DocumentError("this table is empty", Location(file=name))
    texts = [(number, cells) for number, cells, fault in first if fault is None and cells is not None]
    header_row: int | None = None
    if wish.names:
        header, begin = list(wish.names), 0
    elif not texts:
        raise DocumentError("expected a header, got no row that can be read", Location(file=name))
    else:
        chosen = choose_header([(n, [c.strip() for c in cells]) for n, cells in texts], wish, wanted, name)
        header_row = texts[chosen][0]
        header = [cell.strip() for cell in texts[chosen][1]]
        begin = next(index for index, (number, _, _) in enumerate(first) if number == header_row) + 1
    info = SourceInfo(
        name=name, format="csv", encoding=encoding, delimiter=delimiter, quote=quote, header_row=header_row,
        header=tuple(header),
    )  # fmt: skip
    rows = _checked(first[begin:], reader, len(header), name, encoding, bad_before, fill_short=fill_short)

    def closed() -> None:
        text.detach()  # the stream below belongs to whoever opened it
        if close is not None:
            close()

    return Rows(info, rows, close=closed, position=lambda: (joined.given, total))


def _start(stream: Any, *, given: bool) -> bytes:
    """The first bytes; where they are plain ASCII, as many as it takes to see another letter."""
    pieces = [_read(stream, _SAMPLE)]
    length = len(pieces[0])
    while not given and pieces[-1] and pieces[-1].isascii() and b"\0" not in pieces[-1] and length < _ASCII_LOOK:
        pieces.append(_read(stream, _SAMPLE * 4))
        length += len(pieces[-1])
    return b"".join(pieces)


def _read(stream: Any, size: int) -> bytes:
    """``size`` bytes, fewer only at the end."""
    pieces: list[bytes] = []
    while size > 0:
        data = stream.read(size)
        if isinstance(data, str):
            raise DocumentError("expected a file opened in binary mode, got one of text")
        if not data:
            break
        pieces.append(data)
        size -= len(data)
    return b"".join(pieces)


def _encoding(start: bytes, wanted: str | None, name: str | None) -> str:
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if wanted is None or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if not start.isascii():
            near_it = next(
                (index for index in range(0, len(start), _SAMPLE) if not start[index : index + _SAMPLE].isascii()), 0
            )
            if near_it:  # a whole line before the first letter that is not ASCII
                return detect_encoding(start[start.rfind(b"\n", 0, near_it) + 1 :])
        return detect_encoding(start)
    try:
        found = codecs.lookup(wanted).name
        codecs.decode(b"a", found, "strict")
        "a".encode(found)
    except (LookupError, UnicodeError, TypeError, ValueError):
        raise MappingError(f"{name or 'the table'}: there is no encoding {shorten(wanted)}.") from None
    return found


def _guess(sample: str, wanted: Sequence[Wanted], quote: str) -> str:
    """The delimiter that gives most of the columns that are needed, else the most even rows."""
    lines = sample.splitlines(keepends=True)[: HEADER_ROWS + 1]
    if len(lines) > 1:
        lines = lines[:-1] if len(lines) <= HEADER_ROWS and not lines[-1].endswith("\n") else lines

    def worth(delimiter: str) -> tuple[int, int, int]:
        rows: list[list[str]] = []
        with contextlib.suppress(csv.Error):
            rows.extend(csv.reader(lines, delimiter=delimiter, quotechar=quote))
        rows = [[cell.strip() for cell in row] for row in rows]
        hits = max((HeaderIndex(row).hits(wanted) for row in rows), default=0) if wanted else 0
        widths = [len(row) for row in rows if len(row) > 1]
        common = max(set(widths), key=widths.count, default=0)
        return hits, widths.count(common), common

    return max(_DELIMITERS, key=worth)


def _raw(reader: Any, name: str | None) -> Iterator[Row]:
    """Rows as they come, empty ones left out."""
    while True:
        before = reader.line_num
        try:
            for cells in reader:
                if cells and (cells[0].strip() or any(map(str.strip, cells))):
                    yield reader.line_num, cells, None
                before = reader.line_num
        except csv.Error as error:
            yield _broken(error, before, reader.line_num, name)
            continue
        return


def _broken(error: csv.Error, before: int, last: int, name: str | None) -> Row:
    number = max(last, 1)
    several = f" (lines {before + 1} to {number})" if number > before + 1 else ""
    return number, None, row_finding(f"this row cannot be read: {error}{several}", name, number)


def _first(raw: Iterator[Row]) -> list[Row]:
    return list(itertools.islice(raw, HEADER_ROWS))


def _checked(  # noqa: PLR0917 - one call
    first: list[Row], reader: Any, width: int, name: str | None, encoding: str, bad_before: int, *, fill_short: bool
) -> Iterator[Row]:
    """Rows with as many cells as the header; those that were read to find it come first."""
    for number, cells, fault in first:
        if fault is not None or cells is None:
            yield number, cells, fault
        else:
            yield _fitted(number, cells, width, name, encoding, bad_before, fill_short=fill_short)
    while True:
        before = reader.line_num
        try:
            for cells in reader:
                if cells and (cells[0].strip() or any(map(str.strip, cells))):
                    if len(cells) == width and marked[0] == bad_before:
                        yield reader.line_num, cells, None
                    else:
                        yield _fitted(reader.line_num, cells, width, name, encoding, bad_before, fill_short=fill_short)
                before = reader.line_num
        except csv.Error as error:
            yield _broken(error, before, reader.line_num, name)
            continue
        return


def _fitted(  # noqa: PLR0917 - one call
    number: int, cells: list[str], width: int, name: str | None, encoding: str, bad_before: int, *, fill_short: bool
) -> Row:
    if len(cells) != width:
        if len(cells) < width and fill_short:
            cells += [""] * (width - len(cells))
        elif len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            cells = cells[:width]
        else:
            message = f"expected {width} cells as in the header, got {len(cells)}"
            return number, cells, row_finding(message, name, number)
    if marked[0] != bad_before:
        bad = _bad_cell(cells)
        if bad is not None:
            return number, cells, _bad_finding(bad, encoding, name, number)
    return number, cells, None


def _bad_cell(cells: list[str]) -> tuple[int, int] | None:
    for index, cell in enumerate(cells):
        match = MARKED.search(cell)
        if match is not None:
            return index, ord(match[0]) - 0xDC00
    return None


def _bad_finding(found: tuple[int, int], encoding: str, name: str | None, number: int) -> Finding:
    index, byte = found
    return Finding(
        rule="TAB-001",
        severity="error",
        layer="syntax",
        message=f"expected {encoding} text, got byte 0x{byte:02x} in cell {index + 1}",
        hint="Say under source which encoding the table has, for example encoding: cp1252.",
        location=Location(file=name, row=number),
    )
