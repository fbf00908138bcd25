"""The way back: events to a flat table that people can sort, filter and read.

Takes documents of any format, a :class:`~epcis_kit.model.Document`, or events; gives CSV or XLSX with one row an event
and object, or one row an event. Guarantees: streaming (the layout ``fsma204`` alone remembers what is in which
container); every event has at least one row; columns are paths of JSON names
(:mod:`~epcis_kit.tabular.flat_columns`) or a ready layout; master data of the header is joined where a column asks for
it; no cell is a formula (:mod:`~epcis_kit.tabular.flat_cells`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from epcis_kit.codec import ReadOptions, open_reader
from epcis_kit.codec.documents import replacing
from epcis_kit.codec.json_values import Values
from epcis_kit.codec.namespaces import Prefixes
from epcis_kit.errors import MappingError, shorten
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.gs1.identity_links import link_to_elements
from epcis_kit.model import Document, Event
from epcis_kit.tabular.flat_cells import CsvTable, XlsxTable
from epcis_kit.tabular.flat_columns import Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.codec.protocols import Problems
    from epcis_kit.model import Vocabulary, VocabularyElement
    from epcis_kit.tabular.flat_cells import TableTarget

__all__ = ["LAYOUTS", "HeaderData", "TableReport", "flat_rows", "object_view", "to_table"]

LAYOUTS: Final[dict[str, tuple[str, ...]]] = {
    "objects": (
        "eventID", "eventTime", "eventTimeZoneOffset", "type", "action", "bizStep", "disposition", "readPoint",
        "bizLocation", "role=object.role", "object=object.id", "gtin=object.gtin", "lot=object.lot",
        "serial=object.serial", "sscc=object.sscc", "quantity=object.quantity", "uom=object.uom",
        "product=object.id@descriptionShort|object.id@name|object.id@regulatedProductName", "parentID",
        "transformationID", "bizTransactionList", "sourceList", "destinationList", "ilmd", "persistentDisposition",
        "sensorElementList", "errorDeclaration", "certificationInfo", "recordTime", "extensions",
    ),
    "events": (
        "eventID", "eventTime", "eventTimeZoneOffset", "type", "action", "bizStep", "disposition", "readPoint",
        "bizLocation", "parentID", "epcList", "quantityList", "childEPCs", "childQuantityList", "inputEPCList",
        "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", "bizTransactionList",
        "sourceList", "destinationList", "ilmd", "persistentDisposition", "sensorElementList", "errorDeclaration",
        "certificationInfo", "recordTime", "extensions",
    ),
}  # fmt: skip
"""The columns of the ready layouts; ``fsma204`` has a module of its own."""

_LISTS: Final = (
    "epcList", "quantityList", "childEPCs", "childQuantityList", "inputEPCList", "inputQuantityList", "outputEPCList",
    "outputQuantityList",
)  # fmt: skip
_NAMES: Final = {"01": "gtin", "10": "lot", "21": "serial", "00": "sscc", "414": "gln", "417": "gln"}
_PARTIES: Final = ("414", "417")


@dataclasses.dataclass(frozen=True, slots=True)
class TableReport:
    """What was written.

    Attributes:
        events: Events read.
        rows: Rows written, the header not counted.
        columns: Headers of the columns.
    """

    events: int
    rows: int
    columns: tuple[str, ...]


class HeaderData:
    """The master data of document headers, found by any spelling of an identifier."""

    def __init__(self) -> None:
        self._elements: dict[str, list[VocabularyElement]] = {}

    def add(self, vocabularies: Iterable[Vocabulary]) -> None:
        """Take what a header says."""
        for vocabulary in vocabularies:
            for element in vocabulary.elements:
                self._elements.setdefault(next(_places(element.id)), []).append(element)

    def get(self, identifier: str, attribute: str) -> str | None:
        """An attribute of a thing, of its class (a lot has the name of its product) or of its site."""
        if not self._elements:
            return None
        for place in _places(identifier):
            for element in self._elements.get(place, ()):
                found = element.attribute(attribute)
                if found:
                    return found
        return None


def _places(identifier: str) -> Iterator[str]:
    """The keys under which master data of a thing may stand, the nearest first."""
    key = trace_key(identifier)
    parts = link_to_elements(key.key) if key.level != "opaque" else None
    if parts is not None and parts[0][0] in _PARTIES:  # a party and a place of one GLN share their name
        number, extension = parts[0][1], dict(parts).get("254")
        if extension:
            yield f"gln {number} {extension}"
        yield f"gln {number}"
        return
    yield key.key
    if key.class_key is not None and key.class_key != key.key:
        yield key.class_key


@functools.lru_cache(maxsize=4096)
def _object(identifier: str) -> dict[str, Any]:
    """What an identifier says about an object."""
    key = trace_key(identifier)
    result: dict[str, Any] = {"id": identifier, "level": key.level}
    if key.level != "opaque":
        result |= {_NAMES[ai]: value for ai, value in link_to_elements(key.key) or () if ai in _NAMES}
    return result


def object_view(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event once for each of its objects, with the object under ``object``; once where it names none.

    The ILMD of a transformation belongs to what came out of it.
    """
    empty = True
    for role in _LISTS:
        for entry in event.get(role, ()):
            empty = False
            if isinstance(entry, dict):
                thing = {**_object(str(entry.get("epcClass", ""))), "role": role}
                thing |= {name: entry[name] for name in ("quantity", "uom") if name in entry}
            else:
                thing = {**_object(str(entry)), "role": role}
            if role.startswith("input"):
                yield {**{name: value for name, value in event.items() if name != "ilmd"}, "object": thing}
            else:
                yield {**event, "object": thing}
    if empty:
        parent = event.get("parentID")
        yield event if parent is None else {**event, "object": {**_object(str(parent)), "role": "parentID"}}


def flat_rows(
    events: Iterable[dict[str, Any]], columns: Sequence[Column], known: HeaderData, *, rows: str
) -> Iterator[list[Any]]:
    """The cells of each row; events are in JSON names."""
    for event in events:
        foreign = {name: value for name, value in event.items() if ":" in name}
        whole = {**event, "extensions": foreign} if foreign else event
        for view in object_view(whole) if rows == "object" else (whole,):
            yield [column.cell(view, known.get) for column in columns]


def to_table(
    source: Any,
    target: str | os.PathLike[str] | IO[bytes],
    *,
    columns: Sequence[str] | None = None,
    layout: str = "objects",
    rows: Literal["object", "event"] | None = None,
    format: Literal["csv", "xlsx"] | None = None,  # noqa: A002 - the same word as in write and convert
    delimiter: str = ",",
    bom: bool = False,
    master_data: Sequence[Any] = (),
    options: ReadOptions | None = None,
    problems: Problems | None = None,
) -> TableReport:
    """Write events as a flat table.

    Args:
        source: A path, bytes or binary file of any EPCIS format, a document, events, or a list of paths and bytes.
        target: Path or binary file; a path is replaced only when all went well.
        columns: Paths of JSON names, ``"PATH"`` or ``"Title=PATH"``; those of the layout where not given.
        layout: ``"objects"``, ``"events"`` or ``"fsma204"`` (the sortable spreadsheet of key data elements).
        rows: ``"object"`` (a row for each object of an event) or ``"event"``; told by the layout where not given.
        format: ``"csv"`` or ``"xlsx"``; told by the name of the target where not given.
        delimiter: Between the columns of CSV.
        bom: Begin CSV with a byte order mark.
        master_data: Further documents whose headers describe products and places.
        options: How to read.
        problems: Takes findings of bad events; ``None`` raises at the first.

    Raises:
        MappingError: A column or layout does not exist.
        DocumentError: A document cannot be read.
        MissingExtraError: A spreadsheet is wanted and the extra ``xlsx`` is not installed.
        OSError: A file cannot be opened or written.
    """
    if layout not in LAYOUTS and layout != "fsma204":
        raise MappingError(f"Cannot use layout {shorten(layout)}: expected {', '.join(LAYOUTS)} or fsma204.")
    if rows not in {None, "object", "event"}:
        raise MappingError(f"Cannot write rows of {shorten(rows)}: expected 'object' or 'event'.")
    if len(delimiter) != 1:
        raise MappingError(f"Cannot use delimiter {shorten(delimiter)}: expected one character.")
    kind = format or _format(target)
    options = options or ReadOptions()
    known = HeaderData()
    for extra in master_data:
        with contextlib.closing(open_reader(extra, options, problems, whole_head=True)) as reader:
            for _ in reader.events():
                pass
            _learn(reader.head(), known)
    if layout == "fsma204" and not columns:
        from epcis_kit.tabular.flat_fsma204 import FSMA204_COLUMNS, Fsma204  # noqa: PLC0415 - only for that layout

        titles: tuple[str, ...] = FSMA204_COLUMNS
        make: Any = Fsma204(known).rows
    else:
        wanted = tuple(map(Column.parse, columns or LAYOUTS.get(layout, LAYOUTS["objects"])))
        titles = tuple(column.title for column in wanted)
        each = rows or ("event" if layout == "events" else "object")
        make = functools.partial(flat_rows, columns=wanted, known=known, rows=each)
    count = _Count()
    with contextlib.ExitStack() as stack:
        stream: Any = target if hasattr(target, "write") else stack.enter_context(replacing(target))
        table: TableTarget
        table = CsvTable(stream, titles, delimiter=delimiter, bom=bom) if kind == "csv" else XlsxTable(stream, titles)
        try:
            for row in make(count.counted(_plain_events(source, known, options, problems))):
                count.rows += 1
                table.row(row)
            table.close()
        except BaseException:
            table.abandon()
            raise
    return TableReport(count.events, count.rows, titles)


class _Count:
    """How much went through."""

    def __init__(self) -> None:
        self.events = self.rows = 0

    def counted(self, events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for event in events:
            self.events += 1
            yield event


def _format(target: Any) -> Literal["csv", "xlsx"]:
    name = os.fspath(target) if isinstance(target, (str, os.PathLike)) else getattr(target, "name", "")
    return "xlsx" if isinstance(name, str) and name.lower().endswith(".xlsx") else "csv"


def _plain_events(
    source: Any, known: HeaderData, options: ReadOptions, problems: Problems | None
) -> Iterator[dict[str, Any]]:
    """Events in JSON names; the header of each document is learned before its first event."""
    if isinstance(source, Document):
        _learn(source, known)
        yield from _plain(source, iter(source.events))
    elif isinstance(source, Event):
        yield from _plain(Document(), iter((source,)))
    elif isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)) or hasattr(source, "read"):
        with contextlib.closing(open_reader(source, options, problems, whole_head=True)) as reader:
            events = reader.events()
            first = next(events, None)
            head = reader.head()
            _learn(head, known)
            if first is not None:
                yield from _plain(head, _chained(first, events))
    else:
        for item in source:
            if isinstance(item, Event):
                yield from _plain(Document(), iter((item,)))
            else:
                yield from _plain_events(item, known, options, problems)


def _chained(first: Event, rest: Iterator[Event]) -> Iterator[Event]:
    yield first
    yield from rest


def _learn(head: Document, known: HeaderData) -> None:
    if head.header is not None:
        known.add(head.header.master_data)


def _plain(head: Document, events: Iterator[Event]) -> Iterator[dict[str, Any]]:
    values = Values(Prefixes(head.namespaces), _keep)
    for event in events:
        yield values.event(event, "")


def _keep(rule: str, what: str, value: object, place: object) -> None:
    """What JSON cannot spell (a number that is none) leaves its cell empty."""
