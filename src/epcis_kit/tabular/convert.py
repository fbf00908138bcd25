"""Rows in, events and findings out.

Takes a table and a mapping; gives a :class:`TableRun` that is iterated once. Guarantees: streaming, one row in
memory; each row gives all its events or one finding and none; rows are counted; CSV is read strictly (an open quote
at the end, a row with too many cells and a null character are findings, not guesses).
"""

from __future__ import annotations

import codecs
import csv
import io
import os
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from epcis_kit.errors import DocumentError, MappingError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.model import Event, Extension, Timestamp, build_event
from epcis_kit.tabular.fields import CellError
from epcis_kit.tabular.mapping import EventPlan, Mapping, load_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

    from epcis_kit.tabular.templates import Template

__all__ = ["TableRun", "convert_table"]

_DELIMITERS: Final = ";\t,|"
_SAMPLE: Final = 64 * 1024
_MAX_CELL: Final = 1 << 20
_PARTY: Final = {"sourceList": "source", "destinationList": "destination"}


class TableRun:
    """One pass over a table: iterate it for events and findings, in the order of the rows.

    Attributes:
        rows: Rows read so far, the header not counted.
        used: Rows that became events.
        rejected: Rows that became a finding.
        mapping: The mapping that is used.
    """

    def __init__(
        self, rows: Iterable[tuple[int, dict[str, str] | Finding]], mapping: Mapping, name: str | None
    ) -> None:
        self.mapping = mapping
        self.rows = self.used = self.rejected = 0
        self._rows = rows
        self._name = name

    def __iter__(self) -> Iterator[Event | Finding]:
        for number, row in self._rows:
            self.rows += 1
            if isinstance(row, Finding):
                self.rejected += 1
                yield row
                continue
            try:
                events = _row_events(row, self.mapping)
            except CellError as error:
                self.rejected += 1
                yield _finding("TAB-002", str(error), self._name, number, error.column, error.value)
            except ValueError as error:
                self.rejected += 1
                yield _finding("TAB-003", str(error), self._name, number)
            else:
                self.used += 1
                yield from events

    def events(self) -> Iterator[Event]:
        """Only the events; the first bad row raises.

        Raises:
            DocumentError: A row cannot be used; ``location`` says which and where.
        """
        for item in self:
            if isinstance(item, Finding):
                raise DocumentError(item.message, item.location)
            yield item


def convert_table(
    rows: str | os.PathLike[str] | IO[bytes] | Iterable[dict[str, Any]],
    mapping: str | os.PathLike[str] | dict[str, Any] | Mapping,
) -> TableRun:
    """Turn a table into events and findings.

    Args:
        rows: Path of a CSV file, an open binary file, or rows as dicts of column name to text.
        mapping: Path of a mapping file, a dict, or a loaded mapping.

    Returns:
        A run; iterate it for :class:`~epcis_kit.model.Event` and :class:`~epcis_kit.findings.Finding` values.

    Raises:
        MappingError: The mapping is wrong, or names a column that the table does not have.
        DocumentError: The table cannot be read at all.
        OSError: A file cannot be opened.
    """
    plan = load_mapping(mapping)
    if isinstance(rows, (str, os.PathLike)):
        name = os.fspath(rows)
        return TableRun(_csv_file(name, plan), plan, name)
    if hasattr(rows, "read"):
        given = getattr(rows, "name", None)
        known = given if isinstance(given, str) else None
        return TableRun(_csv_stream(rows, plan, known), plan, known)  # type: ignore[arg-type]
    return TableRun(_dicts(rows), plan, None)


def _dicts(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, row in enumerate(rows, 1):
        yield number, {str(name): "" if value is None else str(value) for name, value in row.items()}


def _csv_file(name: str, mapping: Mapping) -> Iterator[tuple[int, dict[str, str] | Finding]]:
    with open(name, "rb") as stream:  # noqa: PTH123 - the user's own path, as given
        yield from _csv_stream(stream, mapping, name)


def _csv_stream(
    stream: IO[bytes], mapping: Mapping, name: str | None
) -> Iterator[tuple[int, dict[str, str] | Finding]]:
    start = stream.read(_SAMPLE)
    if not start.strip():
        raise DocumentError("this table is empty", Location(file=name))
    encoding = _encoding(start, mapping.encoding, name)
    delimiter = mapping.delimiter or _guess(start.decode(encoding, "replace"), mapping.columns)
    text = io.TextIOWrapper(io.BufferedReader(_Joined(start, stream)), encoding=encoding, errors="strict", newline="")
    reader = csv.reader(text, delimiter=delimiter, quotechar=mapping.quote, strict=True)
    csv.field_size_limit(_MAX_CELL)
    header: list[str] | None = None
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            number = max(reader.line_num, 1)
            yield number, _finding("TAB-001", f"this row cannot be read: {error}", name, number)
            continue
        except UnicodeDecodeError as error:
            raise DocumentError(
                f"expected {encoding} text, got byte 0x{error.object[error.start]:02x} after line {reader.line_num}",
                Location(file=name, line=reader.line_num + 1),
            ) from None
        if cells is None:
            return
        if header is None:
            header = _header([cell.strip() for cell in cells], mapping, name)
        elif cells and any(cell.strip() for cell in cells):
            yield reader.line_num, _row(cells, header, reader.line_num, name)


def _row(cells: list[str], header: list[str], number: int, name: str | None) -> dict[str, str] | Finding:
    if len(cells) != len(header):
        return _finding("TAB-001", f"expected {len(header)} cells as in the header, got {len(cells)}", name, number)
    return dict(zip(header, cells, strict=True))


def _header(cells: list[str], mapping: Mapping, name: str | None) -> list[str]:
    for column in mapping.columns:
        count = cells.count(column)
        if count != 1:
            what = "does not have" if count == 0 else "has more than once"
            raise MappingError(
                f"{name or 'the table'}: the mapping names column {column!r}, which the header {what}: "
                f"{', '.join(cells)}."
            )
    return cells


def _encoding(start: bytes, wanted: str, name: str | None) -> str:
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        return codecs.lookup(wanted).name
    except LookupError:
        raise MappingError(f"{name or 'the table'}: there is no encoding {shorten(wanted)}.") from None


def _guess(sample: str, columns: tuple[str, ...]) -> str:
    """The delimiter that splits the first line into most of the columns that the mapping names."""
    first = sample.lstrip("\ufeff").partition("\n")[0].rstrip("\r")

    def hits(delimiter: str) -> tuple[int, int]:
        cells = [cell.strip().strip('"') for cell in first.split(delimiter)]
        return sum(column in cells for column in columns), len(cells)

    return max(_DELIMITERS, key=hits)


class _Joined(io.RawIOBase):
    """Bytes that were read already, followed by the rest of their stream."""

    def __init__(self, start: bytes, stream: IO[bytes]) -> None:
        self._start = start
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._start[: len(buffer)] or self._stream.read(len(buffer))
        self._start = self._start[len(data) :] if self._start else b""
        buffer[: len(data)] = data
        return len(data)


def _row_events(row: dict[str, str], mapping: Mapping) -> list[Event]:
    values: dict[str, Any] = {}
    for field in mapping.fields:
        if field.column is None:
            values[field.name] = field.constant
            continue
        cell = row.get(field.column, "")
        values[field.name] = None if cell.strip() in mapping.null else field.value(cell)
    return [event for plan in mapping.events if (event := _event(plan, values, mapping)) is not None]


def _event(plan: EventPlan, values: dict[str, Any], mapping: Mapping) -> Event | None:
    made: dict[str, Any] = {"type": plan.type}
    for name, form, content in plan.parts:
        if name == "when":
            if not content.text(values):
                return None
            continue
        make = _pairs(_PARTY[name]) if form == "parties" else _FORMS[form]
        made_part = make(content, values, mapping)
        if made_part is None and name in {"eventTime", "action"}:
            raise ValueError(f"Event {plan.number} has no {name}: {content.source} is empty in this row.")
        if made_part is not None and made_part != []:
            made[name] = {"id": made_part} if name in {"readPoint", "bizLocation"} else made_part
    if "eventTimeZoneOffset" not in made:
        offset = made["eventTime"].offset
        made["eventTimeZoneOffset"] = "+00:00" if offset == "Z" else offset
    try:
        return build_event(made)
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(map(str, first["loc"]))
        raise ValueError(f"Event {plan.number}, {place}: {first['msg']}, got {shorten(first['input'])}.") from None


def _time(content: Template, values: dict[str, Any], mapping: Mapping) -> Timestamp | None:
    value = content.value(values)
    if value is None:
        return None
    if isinstance(value, datetime):
        if mapping.zone is None:
            raise ValueError(f"Cannot use time {value.isoformat()!r}: expected a zone; set tz under defaults.")
        moment = value.replace(tzinfo=mapping.zone)
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            raise ValueError(
                f"Cannot use time {value.isoformat()!r}: it is there twice, or not at all, in {mapping.zone}."
            )
        return _stamp(moment)
    if isinstance(value, date):
        raise ValueError(  # noqa: TRY004 - a fault of the row, told like the others
            f"Cannot use date {value.isoformat()!r} as a time: expected a field of type datetime."
        )
    return Timestamp.parse(str(value))


def _stamp(moment: datetime) -> Timestamp:
    """With the offset spelt out, because ``eventTimeZoneOffset`` is taken from it."""
    return Timestamp.parse(moment.isoformat(timespec="milliseconds"))


def _text(content: Template, values: dict[str, Any], mapping: Mapping) -> str | None:  # noqa: ARG001 - one signature
    return content.text(values)


def _key(content: Template, values: dict[str, Any], mapping: Mapping) -> str | None:
    return content.key(values, mapping.ids, mapping.gcp_length)


def _keys(content: tuple[Template, ...], values: dict[str, Any], mapping: Mapping) -> list[str]:
    made = (_key(item, values, mapping) for item in content)
    return [key for key in made if key is not None]


def _quantities(
    content: tuple[dict[str, Template], ...], values: dict[str, Any], mapping: Mapping
) -> list[dict[str, Any]]:
    result = []
    for item in content:
        key = _key(item["class"], values, mapping)
        if key is None:
            continue
        made: dict[str, Any] = {"epcClass": key}
        for name in ("quantity", "uom"):
            value = item[name].value(values) if name in item else None
            if value is not None:
                made[name] = value
        result.append(made)
    return result


def _pairs(own: str) -> Any:
    def make(
        content: tuple[dict[str, Template], ...], values: dict[str, Any], mapping: Mapping
    ) -> list[dict[str, Any]]:
        result = []
        for item in content:
            key = _key(item["id"], values, mapping)
            if key is not None:
                kind = item["type"].text(values) if "type" in item else None
                result.append({own: key} if kind is None else {"type": kind, own: key})
        return result

    return make


def _extensions(content: Any, values: dict[str, Any], mapping: Mapping) -> tuple[Extension, ...] | None:
    made = []
    for namespace, name, prefix, inner in content:
        value: Any
        if isinstance(inner, tuple):
            value = _extensions(inner, values, mapping)
        else:
            value = inner.value(values)
            if isinstance(value, (datetime, date)):
                value = value.isoformat()
        if value is not None:
            made.append(Extension(namespace, name, value, prefix=prefix))
    return tuple(made) or None


_FORMS: Final[dict[str, Any]] = {
    "template": _text,
    "time": _time,
    "key": _key,
    "keys": _keys,
    "quantities": _quantities,
    "transactions": _pairs("bizTransaction"),
    "extensions": _extensions,
}


def _finding(  # noqa: PLR0917 - the order is that of a message
    rule: str, message: str, name: str | None, number: int, column: str | None = None, value: str | None = None
) -> Finding:
    return Finding(
        rule=rule,
        severity="error",
        layer="syntax",
        message=message,
        location=Location(file=name, row=number, table_column=column),
        parameters=() if value is None else (("value", value[:200]),),
    )
