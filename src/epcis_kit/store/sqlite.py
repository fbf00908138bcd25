"""The SQLite backend: one file, or the memory of the process.

Takes and gives what :class:`~epcis_kit.store.backend.Backend` says; writing is :mod:`~epcis_kit.store.writer`,
conditions of queries are :mod:`~epcis_kit.store.conditions`. Guarantees: each question is one statement for all
handles asked about (``json_each`` brings them in), by clustered index; equality on integers everywhere, never LIKE.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from epcis_kit.errors import StoreError
from epcis_kit.model import Sbdh, VocabularyElement
from epcis_kit.store.backend import (
    Added,
    Direction,
    EventHead,
    Links,
    Membership,
    Mention,
    Origin,
    Provenance,
    StayRow,
)
from epcis_kit.store.compression import Compression
from epcis_kit.store.engine import Database
from epcis_kit.store.finding import Finder
from epcis_kit.store.index import MENTIONS, KeyCache, Role
from epcis_kit.store.interning import Interning, grow_ident, id_list
from epcis_kit.store.payload import unpack, unpack_members, unpack_part
from epcis_kit.store.schema import APPLICATION_ID, IN, LOT, MIGRATIONS, MOUNTED, OUT
from epcis_kit.store.times import FOREVER, instant, split
from epcis_kit.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from epcis_kit.model import Event
    from epcis_kit.query import MasterDataQuery, Query
    from epcis_kit.store.conditions import Page
    from epcis_kit.store.finding import Explanation
    from epcis_kit.store.intervals import Fact
    from epcis_kit.store.times import Instant, Window

__all__ = ["SqliteBackend"]

_INFINITY = "9e999"
_LATEST_US = (1 << 63) - 1
_SECOND = 1_000_000
_time_of = attrgetter("time")


def _coarse(moment: Instant) -> int:
    """The last microsecond that may belong to ``moment``."""
    return _LATEST_US if moment == FOREVER else -_LATEST_US if moment == -FOREVER else split(moment)[0]


class SqliteBackend:
    """Events in one SQLite file.

    Attributes:
        audit: See :class:`Backend <epcis_kit.store.backend.Backend>`.
        database: The connection, for those who look after the store.
    """

    def __init__(self, path: str, hash_of: Callable[[Event], str], *, busy_seconds: float = 10.0) -> None:
        """Open ``path``, made where it does not exist.

        Args:
            path: A file or ``":memory:"``.
            hash_of: The event hash; asked for events without an eventID and for contradicting copies only.
            busy_seconds: How long to wait for another process that writes.
        """
        self._db = Database(path, application_id=APPLICATION_ID, migrations=MIGRATIONS, busy_seconds=busy_seconds)
        self._interning = Interning(self._db)
        self._compression = Compression()
        self._writer = Writer(self._db, self._interning, self._compression, KeyCache(), hash_of)
        self.audit = self._writer.log
        self._hash_of = hash_of
        self.database = self._db
        self._finder = Finder(self._db, self._interning, self._unpacked)
        self._db.undone = self._forget  # type: ignore[method-assign]

    def _forget(self) -> None:
        self._interning.forget()
        self._compression.forget()
        self._writer.containment.forget()

    def add(self, events: Iterable[Event], origin: Callable[[], Origin]) -> Added:
        """See :meth:`Backend.add <epcis_kit.store.backend.Backend.add>`."""
        return self._writer.add(events, origin)

    def snapshot(self) -> AbstractContextManager[None]:
        """See :meth:`Backend.snapshot <epcis_kit.store.backend.Backend.snapshot>`."""
        return self._db.snapshot()

    def handles(self, keys: Collection[str]) -> Mapping[str, int]:
        """Handles of those canonical keys that are known."""
        return self._interning.keys(keys)

    def keys(self, handles: Collection[int]) -> Mapping[int, str]:
        """Canonical keys of handles."""
        return self._interning.texts(handles)

    # -- links ------------------------------------------------------------------------

    def members_of(self, class_key: str) -> list[str]:
        """Canonical keys of the lots and objects of a class."""
        return sorted(self._interning.texts(self._interning.below(class_key)).values())

    def links(self, handles: Collection[int], direction: Direction, window: Window) -> Links:
        """All that leads on from the whole frontier, by events no later than the end of ``window``."""
        asked, latest = id_list(handles), _coarse(window[1])
        near, side = ("child", IN) if direction == "forward" else ("parent", OUT)
        stays = [
            StayRow(child, parent, start, end, event, flags & MOUNTED != 0, flags & LOT != 0)
            if rest is None
            else _precise(StayRow(child, parent, start, end, event, flags & MOUNTED != 0, flags & LOT != 0), rest)
            for child, parent, start, end, event, flags, rest in self._db.all(
                f"SELECT c.child, c.parent, c.from_us, ifnull(c.to_us, {_INFINITY}), c.event, c.flags, c.rest "  # noqa: S608
                f"FROM json_each(?) k CROSS JOIN contain c ON c.{near} = k.value "
                "WHERE c.from_us <= ? AND (c.to_us IS NULL OR c.to_us >= ?)",
                (asked, latest, _coarse(window[0])),
            )
        ]
        uses = [
            Membership(key, group, event, instant(time, rest) if rest else time, flags & LOT != 0)
            for key, group, event, time, flags, rest in self._db.all(
                "SELECT p.epc, p.grp, p.event, p.time_us, p.flags, p.rest FROM json_each(?) k "
                "CROSS JOIN part p ON p.epc = k.value AND p.side = ? WHERE p.time_us <= ?",
                (asked, side, latest),
            )
        ]
        if window[1] != FOREVER:
            stays = [stay for stay in stays if stay.start <= window[1]]
            uses = [use for use in uses if use.time <= window[1]]
        return Links(stays, uses)

    def members(self, groups: Collection[int], direction: Direction, window: Window) -> list[Membership]:
        """The far side of transformation groups: outputs forward, inputs back."""
        found = []
        for group, event, time_us, rest, epcs in self._db.all(
            "SELECT m.grp, m.event, m.time_us, m.rest, m.epcs FROM json_each(?) g "
            "CROSS JOIN members m ON m.grp = g.value AND m.side = ? WHERE m.time_us <= ?",
            (id_list(groups), OUT if direction == "forward" else IN, _coarse(window[1])),
        ):
            time = instant(time_us, rest) if rest else time_us
            if time <= window[1]:
                objects, lots = unpack_members(epcs)
                found += [Membership(key, group, event, time, False) for key in objects]
                found += [Membership(key, group, event, time, True) for key in lots]
        return found

    def facts(self, pairs: Collection[StayRow]) -> Mapping[StayRow, list[Fact]]:
        """Containment facts of the pairs that stays are about."""
        flags = {stay: (MOUNTED if stay.mounted else 0) | (LOT if stay.lot else 0) for stay in pairs}
        found = self._writer.containment.facts({(stay.parent, stay.child, flags[stay]) for stay in pairs})
        return {stay: found[stay.parent, stay.child, flags[stay]] for stay in pairs}

    def mentions(
        self, handle: int, window: Window, *, newest: int | None = None, roles: int, with_party: bool = False
    ) -> list[Mention]:
        """Effective events that name the key in any of ``roles`` inside ``window``, latest first."""
        earliest, latest = _coarse(window[0]) // _SECOND, _coarse(window[1]) // _SECOND
        party = "AND e.party IS NOT NULL " if with_party else ""
        select = (
            "SELECT r.epc, r.event, r.second, r.roles, e.time_us, e.rest FROM ref r "  # noqa: S608 - our own words
            "CROSS JOIN event e ON e.id = r.event WHERE r.epc = ? AND r.second BETWEEN ? AND ? AND r.roles & ? "
            f"AND e.status = 0 {party}ORDER BY r.second DESC"
        )
        asked, last = newest, earliest
        while True:
            limited = select if asked is None else f"{select} LIMIT {asked + 1}"
            rows = self._db.all(limited, (handle, earliest, latest, roles))
            whole = asked is None or len(rows) <= asked
            last = earliest if whole else rows[-1][2] + 1  # the last second may be cut in two
            found = [
                Mention(key, event, instant(time_us, rest) if rest else time_us, roles)
                for key, event, second, roles, time_us, rest in rows
                if second >= last
            ]
            found = [mention for mention in found if window[0] <= mention.time <= window[1]]
            if whole or newest is None or len(found) >= newest:
                found.sort(key=_time_of, reverse=True)
                return found
            asked = 4 * (asked or 1)

    def created(self, handles: Collection[int], window: Window) -> set[int]:
        """Those of the keys that an effective event inside ``window`` brings into being."""
        rows = self._db.all(
            "SELECT k.value FROM json_each(?) k WHERE EXISTS (SELECT 1 FROM ref r CROSS JOIN event e ON e.id = r.event "
            "WHERE r.epc = k.value AND r.second <= ? AND e.time_us <= ? AND r.roles & ? AND e.status = 0)",
            (id_list(handles), _coarse(window[1]) // _SECOND, _coarse(window[1]), Role.CREATED),
        )
        return {handle for (handle,) in rows}

    def latest(self, handles: Collection[int], window: Window) -> Mapping[int, int]:
        """For each key the number of the latest effective event inside ``window`` that names it."""
        rows = self._db.all(
            "SELECT k.value, (SELECT r.event FROM ref r CROSS JOIN event e ON e.id = r.event WHERE r.epc = k.value "
            "AND r.second <= ? AND e.time_us <= ? AND r.roles & ? AND e.status = 0 "
            "ORDER BY r.second DESC, e.time_us DESC, e.ident DESC LIMIT 1) FROM json_each(?) k",
            (_coarse(window[1]) // _SECOND, _coarse(window[1]), MENTIONS, id_list(handles)),
        )
        return {handle: event for handle, event in rows if event is not None}

    # -- events -----------------------------------------------------------------------

    def heads(self, numbers: Collection[int]) -> Mapping[int, EventHead]:
        """What is known of events by their numbers."""
        rows = self._db.all(
            f"SELECT {_HEAD} FROM json_each(?) k CROSS JOIN event e ON e.id = k.value",  # noqa: S608
            (id_list(numbers),),
        )
        return {row[0]: self._head(row) for row in rows}

    def voided(self, handles: Collection[int]) -> list[EventHead]:
        """Events that name a key and were declared wrong, with the declarations."""
        if self._db.one("SELECT 1 FROM void_ref LIMIT 1") is None:
            return []
        rows = self._db.all(
            f"SELECT DISTINCT {_HEAD} FROM json_each(?) k CROSS JOIN void_ref v ON v.epc = k.value "  # noqa: S608
            "CROSS JOIN event e ON e.id = v.event",
            (id_list(handles),),
        )
        return [self._head(row) for row in rows]

    def _head(self, row: tuple[Any, ...]) -> EventHead:
        number, ident, time, rest, type_, action, step, disposition, location, read_point, party, status = row
        word = self._interning.term_text
        return EventHead(
            number,
            grow_ident(ident),
            instant(time, rest) if rest else time,
            word(type_) or "",
            word(action),
            word(step),
            word(disposition),
            location,
            read_point,
            party,
            status,
        )

    def find(self, query: Query, page: Page | None = None) -> Iterator[int]:
        """Numbers of the events that match, in the order asked for; all of them, or one page."""
        return self._finder.find(query, page)

    def ceiling(self) -> int:
        """The greatest number of an event."""
        return self._finder.ceiling()

    def explain(self, query: Query) -> Explanation:
        """How a query is answered."""
        return self._finder.explain(query)

    def described(self, query: MasterDataQuery) -> Iterator[tuple[str, str]]:
        """Kind and key of the things that documents describe."""
        return self._finder.master_data(query)

    def descendants(self, key: str) -> set[str]:
        """The key itself and all keys that lie below it."""
        return self._finder.descendants(key)

    def elements(self, key: str) -> list[VocabularyElement]:
        """What documents say about a thing."""
        return self._finder.elements(key)

    def get(self, numbers: Collection[int]) -> Mapping[int, Event]:
        """Events by their numbers."""
        rows = self._db.all(
            "SELECT e.id, e.payload FROM json_each(?) k CROSS JOIN event e ON e.id = k.value", (id_list(numbers),)
        )
        return {number: unpack(self._unpacked(payload)) for number, payload in rows}

    def _unpacked(self, payload: bytes) -> bytes:
        if not self._compression.knows(payload):
            for number, data in self._db.all("SELECT id, data FROM dictionary"):
                self._compression.learn(number, data)
        return self._compression.unpack(payload)

    # -- documents --------------------------------------------------------------------

    def provenance(self, numbers: Collection[int]) -> Mapping[int, tuple[Provenance, ...]]:
        """Where events came from, by number, in the order of capture."""
        asked = id_list(numbers)
        rows = self._db.all(
            "SELECT s.event, d.id, d.sha256, d.name, d.partner, d.captured_us FROM ("
            "SELECT e.id AS event, e.document FROM json_each(?) k CROSS JOIN event e ON e.id = k.value UNION "
            "SELECT s.event, s.document FROM json_each(?) k CROSS JOIN seen s ON s.event = k.value) s "
            "CROSS JOIN document d ON d.id = s.document ORDER BY s.event, d.id",
            (asked, asked),
        )
        names = self.keys({row[4] for row in rows if row[4] is not None})
        found: dict[int, tuple[Provenance, ...]] = {}
        for event, _, sha256, name, partner, captured_us in rows:
            origin = Provenance(sha256.hex(), name, names.get(partner), captured_us)
            found[event] = (*found.get(event, ()), origin)
        return found

    def document_headers(self) -> Iterator[Sbdh]:
        """What documents said about themselves, in the order of capture."""
        for (header,) in self._db.all("SELECT header FROM document WHERE header IS NOT NULL ORDER BY id"):
            yield unpack_part(Sbdh, self._unpacked(header))

    def senders(self, numbers: Collection[int]) -> set[str]:
        """Keys of all who sent one of these events."""
        asked = id_list(numbers)
        rows = self._db.all(
            "SELECT DISTINCT d.partner FROM ("
            "SELECT e.document FROM json_each(?) k CROSS JOIN event e ON e.id = k.value UNION "
            "SELECT s.document FROM json_each(?) k CROSS JOIN seen s ON s.event = k.value) s "
            "CROSS JOIN document d ON d.id = s.document WHERE d.partner IS NOT NULL",
            (asked, asked),
        )
        return set(self.keys([partner for (partner,) in rows]).values())

    def master_data(self, key: str) -> list[tuple[str, VocabularyElement]]:
        """What documents say about a thing; the document made last comes first, whatever the order of capture."""
        handle = self.handles([key]).get(key)
        if handle is None:
            return []
        rows = self._db.all(
            "SELECT m.kind, m.payload FROM master m CROSS JOIN document d ON d.id = m.document WHERE m.epc = ? "
            "ORDER BY d.created_us DESC, d.sha256, m.kind",
            (handle,),
        )
        return [
            (self._interning.term_text(kind) or "", unpack_part(VocabularyElement, self._unpacked(payload)))
            for kind, payload in rows
        ]

    def stats(self) -> Mapping[str, Any]:
        """Counts and sizes."""
        counts = {
            name: self._db.one(f"SELECT count(*) FROM {table}")[0]  # noqa: S608 - names of our own tables
            for name, table in (("events", "event"), ("keys", "epc"), ("documents", "document"), ("stays", "contain"))
        }
        by_status = dict(self._db.all("SELECT status, count(*) FROM event WHERE status <> 0 GROUP BY status"))
        pages, size = self._db.one("PRAGMA page_count")[0], self._db.one("PRAGMA page_size")[0]
        first, last = self._db.one("SELECT min(time_us), max(time_us) FROM event")
        return {
            **counts,
            "declarations": sum(count for status, count in by_status.items() if status & 1),
            "voided": sum(count for status, count in by_status.items() if status & 2),
            "outvoted": sum(count for status, count in by_status.items() if status & 4),
            "first_us": first,
            "last_us": last,
            "bytes": pages * size,
        }

    def reindex(self, told: Callable[[int], None] | None = None) -> int:
        """Make the index anew from the events; their number."""
        return self._writer.reindex(told)

    def copied(self, path: str) -> SqliteBackend:
        """The database as it is now, copied into another file and opened there."""
        self._db.copy_to(path)
        return SqliteBackend(path, self._hash_of)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


_HEAD = (
    "e.id, e.ident, e.time_us, e.rest, e.type, e.action, e.step, e.disposition, e.location, e.read_point, e.party, "
    "e.status"
)


def _precise(stay: StayRow, rest: str) -> StayRow:
    """The stay with the digits beyond the microsecond."""
    start, found, end = rest.partition("|")
    if not found:
        raise StoreError("Cannot read a stay from the store: its digits are damaged.")
    return stay._replace(
        start=instant(int(stay.start), start), end=stay.end if stay.end == FOREVER else instant(int(stay.end), end)
    )
