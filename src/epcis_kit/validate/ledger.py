"""The ledger of a document: one short row for each mention of an object or lot, to be read again object by object.

Takes the events as they come; gives, after the last one, the rows of each object in the order of time. Guarantees: rows
are ten whole numbers; what does not fit into a fixed amount of memory goes to a temporary file, in parts that are read
back one after the other, so that documents larger than memory can be judged; objects are told apart by 64 bits of a
keyed hash; a voided event (its eventID is declared wrong) has no rows.
"""

from __future__ import annotations

import array
import re
import tempfile
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.validate.rules_ilmd import expiry_of, lot_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event
    from epcis_kit.validate.mentions import Mention, Mentions
    from epcis_kit.validate.rules import Look

__all__ = [
    "CONTAINER",
    "CONTAINER_SEEN",
    "CREATE",
    "END",
    "EXPIRED",
    "EXPIRY_AT",
    "IS_LOT",
    "LOT_IN",
    "LOT_MADE",
    "LOT_OUT",
    "NO_MORE",
    "PACK",
    "PACKED",
    "RECALLED",
    "RECEIVE",
    "RETURNING",
    "SEEN",
    "SELL",
    "SHIP",
    "STOLEN",
    "TRADE",
    "UNPACK",
    "USED",
    "Ledger",
    "Row",
]

CREATE, SEEN, END, USED, PACK, PACKED, UNPACK, CONTAINER, CONTAINER_SEEN, LOT_MADE, LOT_IN, LOT_OUT = range(1, 13)
"""What happened to the object of a row."""

SHIP, RECEIVE, SELL, RECALLED, EXPIRED, STOLEN, NO_MORE, RETURNING, TRADE, IS_LOT, CLEARED = (
    1 << bit for bit in range(11)
)
"""What else is known of the event and the object; the bits from :data:`EXPIRY_AT` on are the day of expiry."""

EXPIRY_AT: Final = 16
"""Where in the flags the day of expiry begins."""

_BUCKETS: Final = 64
_WIDTH: Final = 10
_ROWS_IN_MEMORY: Final = 1_000_000
_NAMES_IN_MEMORY: Final = 32 << 20
_MICRO: Final = 1_000_000
_ORDINAL_BITS: Final = 24
_TRADE_ITEMS: Final = ("https://id.gs1.org/01/", "https://id.gs1.org/8006/")
_FIRST_DAY: Final = 719_163  # the ordinal of 1970-01-01
_LOT: Final = re.compile("/10/([^/?#]{1,90})").search
_LARGEST: Final = 1 << 62
_FIELDS: Final = (
    "epcList",
    "childEPCs",
    "inputEPCList",
    "outputEPCList",
    "parentID",
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputQuantityList",
)
_FIELD_NUMBER: Final = {name: number for number, name in enumerate(_FIELDS)}
_new = tuple.__new__  # skips the keyword handling of NamedTuple

_STEPS: Final = {
    "shipping": SHIP,
    "departing": SHIP,
    "receiving": RECEIVE,
    "accepting": RECEIVE,
    "retail_selling": SELL,
    "dispensing": SELL,
}
_STATES: Final = {
    "recalled": RECALLED,
    "expired": EXPIRED,
    "stolen": STOLEN,
    "destroyed": NO_MORE,
    "disposed": NO_MORE,
    "returned": RETURNING,
}
_RANK: Final = tuple({0: 0, CREATE: 0, CONTAINER: 0, LOT_MADE: 0, END: 2, USED: 2}.get(code, 1) for code in range(13))


class Row(NamedTuple):
    """One mention of one object.

    Attributes:
        key: 64 bits of a hash of its canonical key.
        when: Microseconds of the eventTime times four, and the rank inside that moment: what makes an object comes
            first, what ends it last.
        event: Number of the event; ``-1`` for one of the history.
        what: What happened (:data:`CREATE` and so on).
        where: The field, and the place in its list above the first eight bits.
        other: The parent for packing, the destination for shipping, the place for receiving, the amount in millionths
            for lots.
        place: Hash of the place, or of the unit for lots.
        flags: See :data:`SHIP` and so on.
        name: Where the identifier as written stands.
        lot: Hash of the lot that the event names for the object; 0 where it names none.
    """

    key: int
    when: int
    event: int
    what: int
    where: int
    other: int
    place: int
    flags: int
    name: int
    lot: int

    @property
    def time(self) -> int:
        """Microseconds of the eventTime."""
        return self.when >> 2

    @property
    def path(self) -> str:
        """The place inside the event."""
        field, at = _FIELDS[self.where & 255], self.where >> 8
        return field if field == "parentID" else f"{field}/{at}"

    @property
    def expiry(self) -> int:
        """The day of expiry, counted from 1970-01-01; 0 where it is not known."""
        return self.flags >> EXPIRY_AT


class Ledger:
    """Rows in, objects out.

    Attributes:
        places: Canonical keys of the places by hash.
        lots: Lots by hash.
        emptied: Moments at which a container was emptied as a whole, by hash of the container.
        voided: Numbers of the events that are declared wrong in this document.
    """

    def __init__(self, rows_in_memory: int = _ROWS_IN_MEMORY) -> None:
        self.places: dict[int, str] = {}
        self.lots: dict[int, str] = {}
        self.emptied: dict[int, list[int]] = {}
        self.voided: set[int] = set()
        self._event_ids: dict[int, int] = {}
        self._declared: set[int] = set()
        self._limit = rows_in_memory
        self._count = 0
        self._buckets = [array.array("q") for _ in range(_BUCKETS)]
        self._spilled: list[list[tuple[int, int]]] = [[] for _ in range(_BUCKETS)]
        self._file: IO[bytes] | None = None
        self._names = bytearray()
        self._names_base = 0
        self._names_file: IO[bytes] | None = None

    # -- writing

    def watch(self, look: Look) -> None:
        """Take the present event in."""
        event = look.event
        if event.event_id is not None:
            if event.error_declaration is not None:
                self._declared.add(hash(event.event_id))
            else:
                self._event_ids[hash(event.event_id)] = look.index
        if event.error_declaration is None:
            buckets = self._buckets
            rows = self.rows(event, look.index, look.mentions)
            for row in rows:
                buckets[row[0] & 63].extend(row)
            self._count += len(rows)
            if self._count >= self._limit:
                self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        for number, bucket in enumerate(self._buckets):
            if bucket:
                data = bucket.tobytes()
                self._spilled[number].append((self._file.tell(), len(data)))
                self._file.write(data)
                self._buckets[number] = array.array("q")
        self._count = 0

    def _block(self, texts: list[str]) -> int:
        """Keep the identifiers of an event; gives where they stand."""
        at = self._names_base + len(self._names)
        data = "\0".join(texts).encode("utf-8", "surrogatepass")
        self._names += len(data).to_bytes(4, "little")
        self._names += data
        if len(self._names) > _NAMES_IN_MEMORY:
            if self._names_file is None:
                self._names_file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
            self._names_file.seek(self._names_base)
            self._names_file.write(self._names)
            self._names_base += len(self._names)
            self._names = bytearray()
        return at

    def rows(self, event: Event, index: int, mentions: Mentions) -> list[tuple[int, ...]]:
        """The rows of one event."""
        reader = _ROWS.get(event.type)
        told = [] if reader is None else list(reader(self, event, mentions))
        if not told:
            return []
        when = event.event_time.epoch_us << 2
        flags = _flags(event)
        place = self._place(event, mentions)
        parent = mentions.parent
        parent_hash = 0 if parent is None else hash(parent.key.key)
        received = place
        if flags & RECEIVE and event.biz_location is not None:
            received = hash(mentions.key(event.biz_location.id).key)
        name = self._block([mention.text for mention, _, _ in told]) << _ORDINAL_BITS
        rows: list[tuple[int, ...]] = []
        for mention, code, special in told:
            key = mention.key
            own = flags | TRADE if key.class_key is not None and key.class_key.startswith(_TRADE_ITEMS) else flags
            where = _FIELD_NUMBER[mention.field] | (mention.at << 8 if mention.at > 0 else 0)
            ordinal, rank, number = name | len(rows), when | _RANK[code], hash(key.key)
            if code >= LOT_MADE:
                amount, unit = special
                rows.append((number, rank, index, code, where, amount, unit, own | IS_LOT, ordinal, 0))
                continue
            other = lot = 0
            if PACK <= code <= UNPACK:
                other = parent_hash
            elif code == CREATE:
                lot, day = special
                own |= day << EXPIRY_AT
            elif flags & SHIP:
                other = special
            elif flags & RECEIVE:
                other = received
            if "/10/" in mention.text:
                lot = self._lot_in(mention.text) or lot
            rows.append((number, rank, index, code, where, other, place, own, ordinal, lot))
        alone = event.type == "AggregationEvent" and parent is not None and len(told) == 1 and not mentions.classes
        if alone and event.__dict__["action"] == "DELETE":
            self.emptied.setdefault(parent_hash, []).append(when >> 2)
        return rows

    def _place(self, event: Event, mentions: Mentions) -> int:
        place = event.read_point or event.biz_location
        if place is None:
            return 0
        key = mentions.key(place.id).key
        number = hash(key)
        self.places[number] = key
        return number

    def created(self, event: Any) -> tuple[int, int]:
        """Hash of the lot and day of expiry of what an event makes."""
        if event.ilmd is None:
            return 0, 0
        lot, expiry = lot_of(event), expiry_of(event)
        number = 0
        if lot:
            number = hash(lot)
            self.lots[number] = lot
        return number, 0 if expiry is None else max(expiry.toordinal() - _FIRST_DAY, 1)

    def _lot_in(self, text: str) -> int:
        """Hash of the lot that a Digital Link names beside the serial number."""
        found = _LOT(text)
        if found is None:
            return 0
        number = hash(found[1])
        self.lots[number] = found[1]
        return number

    # -- reading

    def text(self, row: Row) -> str:
        """The identifier of a row as written."""
        at, ordinal = row.name >> _ORDINAL_BITS, row.name & (1 << _ORDINAL_BITS) - 1
        if at >= self._names_base:
            start = at - self._names_base
            size = int.from_bytes(self._names[start : start + 4], "little")
            data = bytes(self._names[start + 4 : start + 4 + size])
        else:
            assert self._names_file is not None
            self._names_file.seek(at)
            size = int.from_bytes(self._names_file.read(4), "little")
            data = self._names_file.read(size)
        return data.decode("utf-8", "surrogatepass").split("\0")[ordinal]

    def objects(self) -> Iterator[list[Row]]:
        """The rows of each object, in the order of time; those of one moment as the document has them."""
        self.voided = {self._event_ids[each] for each in self._declared if each in self._event_ids}
        for number in range(_BUCKETS):
            values = array.array("q")
            for at, size in self._spilled[number]:
                assert self._file is not None
                self._file.seek(at)
                values.frombytes(self._file.read(size))
            values.extend(self._buckets[number])
            yield from _grouped(values, self.voided)

    def known(self, event_id: str | None) -> bool:
        """Whether an event with this eventID stands in the document."""
        return event_id is not None and hash(event_id) in self._event_ids

    def close(self) -> None:
        """Remove the temporary files."""
        for file in (self._file, self._names_file):
            if file is not None:
                file.close()


def _grouped(values: array.array[int], voided: set[int]) -> Iterator[list[Row]]:
    plain = values.tolist()
    rows = [_new(Row, plain[at : at + _WIDTH]) for at in range(0, len(plain), _WIDTH)]
    rows.sort()
    start = 0
    while start < len(rows):
        key, end = rows[start].key, start
        while end < len(rows) and rows[end].key == key:
            end += 1
        found = rows[start:end]
        if voided:
            found = [row for row in found if row.event not in voided]
        if found:
            yield found
        start = end


def _flags(event: Event) -> int:
    flags = _STEPS.get(event.biz_step or "", 0) | _STATES.get(event.disposition or "", 0)
    both = event.persistent_disposition
    if both is not None:
        for word in both.set:
            flags |= _STATES.get(word, 0)
        if any(word in _STATES for word in both.unset):
            flags |= CLEARED
    for transaction in event.biz_transaction_list:
        if transaction.type == "rma":
            flags |= RETURNING
    return flags


def _destination(event: Event, mentions: Mentions) -> int:
    for item in event.destination_list:
        if item.type == "location":
            return hash(mentions.key(item.destination).key)
    return 0


def _object_rows(ledger: Ledger, event: Any, mentions: Mentions) -> Iterator[tuple[Mention, int, Any]]:
    code = {"ADD": CREATE, "OBSERVE": SEEN, "DELETE": END}[event.action]
    special: Any = ledger.created(event) if code == CREATE else _destination(event, mentions)
    for mention in mentions.objects:
        yield mention, code, special
    if mentions.classes:
        step = _STEPS.get(event.biz_step or "", 0)
        lot_code = {"ADD": LOT_MADE, "DELETE": LOT_OUT}.get(event.action)
        if lot_code is None:
            lot_code = LOT_OUT if event.biz_step == "shipping" else LOT_IN if step & RECEIVE else None
        if lot_code is not None:
            yield from _lot_rows(mentions.classes, lot_code)


def _lot_rows(mentions: list[Mention], code: int) -> Iterator[tuple[Mention, int, Any]]:
    for mention in mentions:
        quantity = None if mention.element is None else mention.element.quantity
        if mention.key.level == "lot" and quantity is not None and quantity.is_finite():
            amount = quantity * _MICRO
            if abs(amount) < _LARGEST and mention.element is not None:
                yield mention, code, (int(amount), hash(mention.element.uom or ""))


def _aggregation_rows(_: Ledger, event: Any, mentions: Mentions) -> Iterator[tuple[Mention, int, Any]]:
    code = {"ADD": PACK, "OBSERVE": PACKED, "DELETE": UNPACK}[event.action]
    parent = mentions.parent
    for mention in mentions.objects:
        if mention is parent:
            yield mention, CONTAINER if event.action == "ADD" else CONTAINER_SEEN, 0
        else:
            yield mention, code, 0


def _transaction_rows(_: Ledger, __: Any, mentions: Mentions) -> Iterator[tuple[Mention, int, Any]]:
    for mention in mentions.objects:
        yield mention, CONTAINER_SEEN if mention is mentions.parent else SEEN, 0


def _transformation_rows(ledger: Ledger, event: Any, mentions: Mentions) -> Iterator[tuple[Mention, int, Any]]:
    special = ledger.created(event)
    for mention in mentions.objects:
        if mention.field == "inputEPCList":
            yield mention, USED, 0
        else:
            yield mention, CREATE, special
    for mention in mentions.classes:
        made = mention.field == "outputQuantityList"
        yield from _lot_rows([mention], LOT_MADE if made else LOT_OUT)


_ROWS: Final[dict[str, Any]] = {
    "ObjectEvent": _object_rows,
    "AggregationEvent": _aggregation_rows,
    "TransactionEvent": _transaction_rows,
    "TransformationEvent": _transformation_rows,
    "AssociationEvent": _transaction_rows,
}
