"""Where rows come from: text files, workbooks, JSON, databases, programs.

Takes a path, an open binary file, an iterable of dicts or a database connection; gives :class:`Rows`. Guarantees: what
kind of table it is is told by its content where the mapping does not say; gzip is undone; a file of the caller stays
open.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epcis_kit.codec.sources import Source, open_source
from epcis_kit.errors import DocumentError, MappingError, shorten
from epcis_kit.findings import Location
from epcis_kit.tabular.headers import HeaderWish, Wanted
from epcis_kit.tabular.sources.database import is_database, open_database
from epcis_kit.tabular.sources.rows import Row, Rows, SourceInfo

if TYPE_CHECKING:
    from collections.abc import Mapping as Params
    from collections.abc import Sequence

    from epcis_kit.tabular.mapping import Mapping

__all__ = ["FORMATS", "Row", "Rows", "SourceInfo", "open_rows"]

FORMATS = ("auto", "csv", "xlsx", "jsonl", "json", "sql", "rows")
"""What a mapping may say about the format of its table."""


def open_rows(
    source: Any,
    mapping: Mapping | None = None,
    *,
    format: str | None = None,  # noqa: A002 - as in the mapping
    encoding: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    sheet: Any = None,
    header: Any = None,
    required: Sequence[str] = (),
    params: Params[str, Any] | None = None,
) -> Rows:
    """Open a table; close it when done.

    Args:
        source: A path, an open binary file, an iterable of dicts, a DB-API or SQLAlchemy connection, or open rows.
        mapping: Says how to read it and which columns it has to have.
        format: One of :data:`FORMATS`, instead of what the mapping says; likewise the following.
        encoding: For example ``"cp1252"``; ``"auto"`` finds it out.
        delimiter: One character, or ``"auto"``.
        quote: One character.
        sheet: Name or number of a sheet.
        header: Where the header is: ``{"row": 3}``, ``{"find": [names]}``, ``{"names": [names]}``.
        required: Columns that have to be there, beside those of the mapping.
        params: Values for the parameters of a query.

    Raises:
        DocumentError: The table cannot be read at all.
        MappingError: An option is wrong, or a sheet is not there.
        OSError: A file cannot be opened.
    """
    if isinstance(source, Rows):
        return source
    options: dict[str, Any] = {} if mapping is None else dict(mapping.source)
    given = {"format": format, "encoding": encoding, "delimiter": delimiter, "quote": quote, "sheet": sheet}
    options |= {name: value for name, value in given.items() if value is not None}
    options = {name: value for name, value in options.items() if value != "auto"}
    wish = HeaderWish.of(header if header is not None else options.get("header"), "the header of the table")
    wanted = [Wanted((name,)) for name in required]
    optional: list[Wanted] = []
    if mapping is not None:
        wanted += mapping.wanted
        optional = list(mapping.optional)
    if is_database(source):
        return open_database(source, options.get("query"), params)
    if not isinstance(source, (str, os.PathLike, Source)) and not hasattr(source, "read"):
        from epcis_kit.tabular.sources.records import open_dicts  # noqa: PLC0415 - one kind of source at a time

        if not hasattr(source, "__iter__"):
            raise DocumentError(f"expected a path, a binary file or rows as dicts, got {shorten(source)}")
        return open_dicts(source, None, wanted=wanted, optional=optional)
    if options.get("format") in {"sql", "rows"}:
        raise MappingError(
            "the mapping, source: expected a database connection or rows as dicts for this format, got a file."
        )
    total = _size(source)
    owned = not isinstance(source, Source) and isinstance(source, (str, os.PathLike))
    opened = open_source(source)
    try:
        return _open_file(opened, options, wish, wanted, optional, total, opened.close if owned else None)
    except BaseException:
        if owned:
            opened.close()
        raise


def _size(source: Any) -> int | None:
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return path.stat().st_size if path.is_file() else None
    return None


def _open_file(  # noqa: PLR0917 - one call
    opened: Source, options: dict[str, Any], wish: HeaderWish, wanted: list[Wanted], optional: list[Wanted],
    total: int | None, close: Any,
) -> Rows:  # fmt: skip
    name = opened.name
    start = opened.peek(512)
    kind = options.get("format") or _kind(start, name)
    if kind == "xlsx":
        from epcis_kit.tabular.sources.workbook import open_workbook  # noqa: PLC0415 - one kind at a time

        if not start.startswith(b"PK"):
            raise DocumentError(_no_workbook(start), Location(file=name))
        return open_workbook(opened, name, sheet=options.get("sheet"), wish=wish, wanted=wanted, close=close)
    if kind in {"json", "jsonl"}:
        from epcis_kit.tabular.sources.records import open_json, open_json_lines  # noqa: PLC0415

        explode = options.get("explode")
        if kind == "json":
            return open_json(opened, name, records=options.get("records"), explode=explode, wanted=wanted,
                             optional=optional, close=close)  # fmt: skip
        return open_json_lines(opened, name, explode=explode, wanted=wanted, optional=optional, close=close)
    from epcis_kit.tabular.sources.delimited import open_delimited  # noqa: PLC0415

    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DocumentError("expected a table of text, got a workbook; set format: xlsx", Location(file=name))
    return open_delimited(
        opened, name, encoding=options.get("encoding"), delimiter=options.get("delimiter"),
        quote=options.get("quote", '"'), wish=wish, wanted=wanted, fill_short=options.get("short_rows") == "fill",
        total=None if opened.compressed else total, close=close,
    )  # fmt: skip


def _kind(start: bytes, name: str | None) -> str:
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    lower = (name or "").lower().removesuffix(".gz")
    if text.startswith(b"{"):
        return "json" if lower.endswith(".json") else "jsonl"
    if text.startswith(b"[") and (lower.endswith(".json") or text[1:].lstrip()[:1] == b"{"):
        return "json"
    return "csv"


def _no_workbook(start: bytes) -> str:
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "expected an .xlsx workbook, got one of the older .xls form; save it as .xlsx"
    return "expected an .xlsx workbook, got something else"
