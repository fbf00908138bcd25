"""Rows that come as named values: dicts of a program, JSON lines, a JSON document, results of a database.

Takes an iterable of dicts, or bytes of JSON; gives rows of texts. Guarantees: numbers of JSON keep their digits; a name
that stands twice in one object is refused; nested objects become columns with dots (``consignee.gln``); a list that
the mapping names under ``explode`` makes a row of each of its members.
"""

from __future__ import annotations

import itertools
import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import DocumentError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.tabular.headers import fold
from epcis_kit.tabular.sources.rows import Row, Rows, SourceInfo, cell_text, row_finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.tabular.headers import Wanted

__all__ = ["open_dicts", "open_json", "open_json_lines"]

_LOOK: Final = 100
_MAX_LINE: Final = 16 << 20
_MAX_DOCUMENT: Final = 512 << 20
_DEPTH: Final = 16


def open_dicts(
    rows: Iterable[Any], name: str | None, *, wanted: Sequence[Wanted] = (), optional: Sequence[Wanted] = (),
    format_: str = "rows", close: Any = None,
) -> Rows:  # fmt: skip
    """Rows given as dicts of column name to value."""
    numbered = ((number, row, None) for number, row in enumerate(rows, 1))
    return _open(numbered, name, wanted, optional, format_, close)


def open_json_lines(
    stream: Any, name: str | None, *, explode: str | None = None, wanted: Sequence[Wanted] = (),
    optional: Sequence[Wanted] = (), close: Any = None,
) -> Rows:  # fmt: skip
    """One JSON object a line."""
    return _open(_lines(stream, name, explode), name, wanted, optional, "jsonl", close)


def open_json(
    stream: Any, name: str | None, *, records: str | None = None, explode: str | None = None,
    wanted: Sequence[Wanted] = (), optional: Sequence[Wanted] = (), close: Any = None,
) -> Rows:  # fmt: skip
    """A JSON document: an array of objects, at its top or below the name ``records`` (dots lead down)."""
    data = stream.read(_MAX_DOCUMENT + 1)
    if len(data) > _MAX_DOCUMENT:
        raise DocumentError(f"expected at most {_MAX_DOCUMENT} bytes of JSON; use JSON lines", Location(file=name))
    try:
        content = _parse(data)
    except ValueError as error:
        raise DocumentError(f"this is no JSON: {error}", Location(file=name)) from None
    for step in records.split(".") if records else ():
        content = content.get(step) if isinstance(content, dict) else None
    if isinstance(content, dict):
        content = [content]
    if not isinstance(content, list):
        raise DocumentError(
            f"expected a list of objects{f' below {records!r}' if records else ''}, got {shorten(content)}",
            Location(file=name),
        )
    numbered = itertools.chain.from_iterable(
        _exploded(number, item, explode, name) for number, item in enumerate(content, 1)
    )
    return _open(numbered, name, wanted, optional, "json", close)


def _open(  # noqa: PLR0917 - one call, three places
    rows: Iterator[tuple[int, Any, Finding | None]], name: str | None, wanted: Sequence[Wanted],
    optional: Sequence[Wanted], format_: str, close: Any,
) -> Rows:  # fmt: skip
    first = list(itertools.islice(rows, _LOOK))
    if not first and name is not None:
        raise DocumentError("this table is empty", Location(file=name))
    header: dict[str, None] = {}
    for _, row, _ in first:
        if isinstance(row, dict):
            header.update(dict.fromkeys(map(str, row)))
    if not first:
        header = dict.fromkeys(each.names[0] for each in wanted)
    known = {fold(column) for column in header}
    for each in optional:
        if not any(fold(column) in known for column in each.names):
            header[each.names[0]] = None
    columns = tuple(header)
    info = SourceInfo(name=name, format=format_, header=columns)
    native = any(isinstance(value, date) for _, row, _ in first if isinstance(row, dict) for value in row.values())
    return Rows(info, _cells(itertools.chain(first, rows), columns, name), native=native, close=close)


def _cells(
    rows: Iterable[tuple[int, Any, Finding | None]], columns: tuple[str, ...], name: str | None
) -> Iterator[Row]:
    for number, row, fault in rows:
        if fault is not None:
            yield number, None, fault
        elif not isinstance(row, dict):
            yield number, None, row_finding(f"expected a row of named values, got {shorten(row)}", name, number)
        else:
            get = row.get
            yield number, [cell_text(get(column)) for column in columns], None


def _lines(stream: Any, name: str | None, explode: str | None) -> Iterator[tuple[int, Any, Finding | None]]:
    import io  # noqa: PLC0415 - only JSON lines need a buffered reader

    from epcis_kit.tabular.sources.delimited import _Joined  # noqa: PLC0415

    reader = io.BufferedReader(_Joined(b"", stream), 1 << 16)
    number = 0
    while True:
        line = reader.readline(_MAX_LINE + 1)
        if not line:
            return
        number += 1
        if len(line) > _MAX_LINE:
            raise DocumentError(f"expected lines of at most {_MAX_LINE} bytes", Location(file=name, line=number))
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        try:
            item = _parse(line)
        except ValueError as error:
            yield number, None, row_finding(f"this line is no JSON: {error}", name, number)
            continue
        yield from _exploded(number, item, explode, name)


def _exploded(
    number: int, item: Any, explode: str | None, name: str | None
) -> Iterator[tuple[int, Any, Finding | None]]:
    if not isinstance(item, dict):
        yield number, None, row_finding(f"expected a JSON object, got {shorten(item)}", name, number)
        return
    members: list[Any] = [None]
    if explode is not None:
        found: Any = item
        for step in explode.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if not isinstance(found, list) or not found:
            yield number, None, row_finding(f"expected a list below {explode!r}, got {shorten(found)}", name, number)
            return
        members = found
    flat: dict[str, Any] = {}
    _flatten(item, "", flat, 0, explode)
    for member in members:
        row = dict(flat)
        if explode is not None:
            _flatten(member if isinstance(member, dict) else {"": member}, f"{explode}.", row, 0, None)
            if not isinstance(member, dict):
                row[explode] = row.pop(f"{explode}.")
        yield number, row, None


def _flatten(item: dict[str, Any], prefix: str, into: dict[str, Any], depth: int, left_out: str | None) -> None:
    for name, value in item.items():
        path = f"{prefix}{name}"
        if path == left_out:
            continue
        if isinstance(value, dict) and depth < _DEPTH:
            _flatten(value, f"{path}.", into, depth + 1, left_out)
        elif isinstance(value, (dict, list)):
            into[path] = json.dumps(value, ensure_ascii=False)
        else:
            into[path] = value


def _parse(data: bytes) -> Any:
    """JSON with the digits of its numbers as texts.

    Raises:
        ValueError: It is no JSON, or a name stands twice in an object.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"expected UTF-8, got byte 0x{data[error.start]:02x}") from None
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise ValueError(f"it ends or breaks at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {shorten(twice)} stands twice in one object")
    return made
