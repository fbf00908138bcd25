"""Adding the events of one document to SQLite: new, known already, contradicting, or declaring others wrong.

Takes events and gives :class:`~epcis_kit.store.backend.Added`, all inside one transaction. Guarantees: what the store
holds afterwards depends on the set of documents added, never on their order, because every decision is made over all
copies of an event id:

* one that declares an event wrong voids every copy, of its own and of other documents, earlier and later ones;
* of copies with different content the one with the lowest event hash counts, and the others are kept as outvoted;
* of copies that have one hash and are spelt differently the one with the lowest bytes is kept;
* stays are computed anew from all facts for exactly the pairs that were touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import StoreError
from epcis_kit.model import Partner, Sbdh
from epcis_kit.store.audit import AuditLog
from epcis_kit.store.backend import Added, Conflict, Origin
from epcis_kit.store.compression import TRAINING_EVENTS, train
from epcis_kit.store.containment import Containment, packed_fact
from epcis_kit.store.details import details_of, digest
from epcis_kit.store.index import event_identity, index_event
from epcis_kit.store.interning import grow_ident, shrink_ident
from epcis_kit.store.payload import pack, pack_members, pack_part, unpack
from epcis_kit.store.schema import IN, INDEX_TABLES, LOT, MOUNTED, OUT, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from epcis_kit.model import Event
    from epcis_kit.store.compression import Compression
    from epcis_kit.store.engine import Database
    from epcis_kit.store.index import EventRows, KeyCache
    from epcis_kit.store.interning import Interning

__all__ = ["Writer"]

_AT_ONCE: Final = 400
_ASKED: Final = 500
_SECOND: Final = 1_000_000

_EVENT_COLUMNS: Final = (
    "id, ident, time_us, rest, type, action, step, disposition, location, read_point, party, status, document, hash, "
    "payload"
)


class _Prepared(NamedTuple):
    """What is stored of one event; the event itself is let go, so that a chunk of them is no load on memory."""

    data: bytes
    rows: EventRows
    ident: str | bytes
    declares: bool
    time_us: int
    rest: str
    words: tuple[str, str | None, str | None, str | None]
    places: tuple[str | None, str | None]
    details: set[tuple[str, str]]


class _Copy(NamedTuple):
    """One stored event of an event id."""

    number: int
    status: int
    hash: str | bytes | None
    payload: bytes


class Writer:
    """Adds documents to one database."""

    def __init__(
        self,
        database: Database,
        interning: Interning,
        compression: Compression,
        keys: KeyCache,
        hash_of: Callable[[Event], str],
    ) -> None:
        self._db = database
        self._interning = interning
        self._compression = compression
        self._keys = keys
        self._hash_of = hash_of
        self.containment = Containment(database)
        self.log = AuditLog(database, compression)

    def add(self, events: Iterable[Event], origin: Callable[[], Origin]) -> Added:
        """See :meth:`epcis_kit.store.backend.Backend.add`."""
        unreadable: list[tuple[int, str]] = []
        chunks = self._chunks(events, unreadable)
        first = next(chunks, [])  # small documents are read to their end before the lock is taken
        captured = duplicates = 0
        conflicts: dict[str, Conflict] = {}
        with self._db.transaction():
            self.log.begin()
            self._next = self._db.one("SELECT ifnull(max(id), 0) FROM event")[0]
            document = self._db.one("SELECT ifnull(max(id), 0) + 1 FROM document")[0]
            chunk: list[_Prepared] | None = first
            while chunk is not None:
                new, known = self._add_chunk(chunk, document, conflicts)
                captured += new
                duplicates += known
                chunk = next(chunks, None)
            self._add_document(document, origin(), captured, duplicates, len(unreadable))
        return Added(captured, duplicates, tuple(conflicts[name] for name in sorted(conflicts)), tuple(unreadable))

    def _chunks(self, events: Iterable[Event], unreadable: list[tuple[int, str]]) -> Iterator[list[_Prepared]]:
        prepared: list[_Prepared] = []
        for position, event in enumerate(events):
            try:
                prepared.append(self._prepare(event))
            except UnicodeEncodeError as error:
                unreadable.append((position, f"a text that is no Unicode ({error.reason})"))
            if len(prepared) >= _AT_ONCE:
                yield prepared
                prepared = []
        if prepared:
            yield prepared

    def _prepare(self, event: Event) -> _Prepared:
        event_id = event.event_id
        ident = event_identity(event_id) if event_id and event_id.strip() else self._hash_of(event)
        key = self._keys.key
        place, read_point = event.biz_location, event.read_point
        return _Prepared(
            pack(event),
            index_event(event, self._keys),
            shrink_ident(ident),
            event.error_declaration is not None,
            event.event_time.epoch_us,
            event.event_time.rest,
            (event.type, getattr(event, "action", None), event.biz_step, event.disposition),
            (None if place is None else key(place.id), None if read_point is None else key(read_point.id)),
            details_of(event, key),
        )

    # -- events -----------------------------------------------------------------------

    def _add_chunk(self, chunk: list[_Prepared], document: int, conflicts: dict[str, Conflict]) -> tuple[int, int]:
        known = self._known([item.ident for item in chunk])
        fresh: dict[str | bytes, _Prepared] = {}
        again = []
        for item in chunk:
            ident = item.ident
            if ident in fresh or ident in known:
                again.append(item)
            else:
                fresh[ident] = item
        if not self._compression.newest:
            self._learn(fresh.values())
        first_new = self._interning.following()
        self._insert([(item, Status.DECLARATION if item.declares else 0, None) for item in fresh.values()], document)
        captured = len(fresh)
        for item in again:
            captured += self._add_copy(item, document, conflicts)
        self.containment.flush(first_new)
        return captured, len(chunk) - captured

    def _known(self, idents: list[str | bytes]) -> set[str | bytes]:
        """Those of the event ids that are stored."""
        found: set[str | bytes] = set()
        for start in range(0, len(idents), _ASKED):
            some = idents[start : start + _ASKED]
            marks = ",".join("?" * len(some))
            found.update(ident for (ident,) in self._db.all(f"SELECT ident FROM event WHERE ident IN ({marks})", some))  # noqa: S608
        return found

    def _learn(self, items: Iterable[_Prepared]) -> None:
        """Train the dictionary when the store has seen enough of its own events."""
        have = self._db.one("SELECT max(number), data FROM (SELECT id AS number, data FROM dictionary)")
        if have[0]:
            self._compression.learn(*have)
            return
        samples = [item.data for item in items]
        missing = TRAINING_EVENTS - len(samples)
        if missing > 0:
            stored = self._db.all("SELECT payload FROM event ORDER BY id LIMIT ?", (missing,))
            if len(stored) < missing:
                return
            samples += [self._compression.unpack(payload) for (payload,) in stored]
        dictionary = train(samples)
        if dictionary is not None:
            self._db.run("INSERT INTO dictionary (id, data) VALUES (1, ?)", (dictionary,))
            self._compression.learn(1, dictionary)

    def _insert(self, items: list[tuple[_Prepared, int, str | None]], document: int, *, respelt: bool = False) -> None:
        """Store events that have no row now, with their status and, where it is known, their hash."""
        if not items:
            return
        keys, terms = self._intern([item for item, _, _ in items])
        pack_payload = self._compression.pack
        first = self._next + 1
        events = []
        for number, (item, status, hash_) in enumerate(items, first):
            hashed = None if hash_ is None else shrink_ident(hash_)
            columns = self._columns(item, keys, terms)
            events.append((number, item.ident, *columns, status, document, hashed, pack_payload(item.data)))
        self._next += len(items)
        self._db.run_many(f"INSERT INTO event ({_EVENT_COLUMNS}) VALUES ({','.join('?' * 15)})", events)  # noqa: S608
        self._index([(number, item, status) for number, (item, status, _) in enumerate(items, first)], keys, terms)
        entries = ((number, document, item.data) for number, (item, _, _) in enumerate(items, first))
        self.log.add_events(entries, respelt=respelt)

    @staticmethod
    def _columns(item: _Prepared, keys: dict[str, int], terms: dict[str, int]) -> tuple[Any, ...]:
        """What the row of an event says about it, from its time to its party."""
        place, read_point = item.places
        party = item.rows.party
        return (
            item.time_us,
            item.rest or None,
            *[terms[word] if word else None for word in item.words],
            keys[place] if place is not None else None,
            keys[read_point] if read_point is not None else None,
            keys[party] if party is not None else None,
        )

    def _index(self, items: list[tuple[int, _Prepared, int]], keys: dict[str, int], terms: dict[str, int]) -> None:
        """Make the index rows of events by their numbers and statuses."""
        refs, voids, details = [], [], []
        parts: list[tuple[Any, ...]] = []
        members: list[tuple[Any, ...]] = []
        for number, item, status in items:
            rows, second = item.rows, item.time_us // _SECOND
            refs += [(keys[key], second, number, roles) for key, roles in rows.roles.items()]
            if item.details:
                details += [(terms[field], digest(value), number) for field, value in item.details]
            if not status:
                self._contained(number, item, keys)
                if rows.inputs or rows.outputs:
                    self._transformed(number, item, keys, parts, members)
            elif status & (Status.DECLARATION | Status.VOIDED):
                voids += [(keys[key], number) for key in rows.roles]
        db = self._db
        db.run_many("INSERT INTO ref (epc, second, event, roles) VALUES (?, ?, ?, ?)", refs)
        if details:
            details.sort()
            db.run_many("INSERT OR IGNORE INTO detail (field, value, event) VALUES (?, ?, ?)", details)
        if parts:
            db.run_many(
                "INSERT INTO part (epc, side, grp, event, time_us, flags, rest) VALUES (?, ?, ?, ?, ?, ?, ?)", parts
            )
            db.run_many(
                "INSERT INTO members (grp, side, event, time_us, rest, epcs) VALUES (?, ?, ?, ?, ?, ?)", members
            )
        if voids:
            db.run_many("INSERT OR IGNORE INTO void_ref (epc, event) VALUES (?, ?)", voids)

    def reindex(self, told: Callable[[int], None] | None = None) -> int:
        """Make all index rows anew from the events that are stored; the number of events.

        Args:
            told: Called with the number of events done so far.

        Raises:
            StoreError: An event cannot be read; nothing was changed.
        """
        db = self._db
        done = last = 0
        with db.transaction():
            for number, data in db.all("SELECT id, data FROM dictionary"):
                self._compression.learn(number, data)
            for table in INDEX_TABLES:
                db.run(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables
            self.containment.forget()
            while rows := db.all(
                "SELECT id, status, payload FROM event WHERE id > ? ORDER BY id LIMIT ?", (last, _AT_ONCE)
            ):
                items = [(number, self._stored(number, payload), status) for number, status, payload in rows]
                keys, terms = self._intern([item for _, item, _ in items])
                db.run_many(
                    "UPDATE event SET time_us = ?, rest = ?, type = ?, action = ?, step = ?, disposition = ?, "
                    "location = ?, read_point = ?, party = ? WHERE id = ?",
                    [(*self._columns(item, keys, terms), number) for number, item, _ in items],
                )
                self._index(items, keys, terms)
                self.containment.flush(self._interning.following())
                last = rows[-1][0]
                done += len(rows)
                if told is not None:
                    told(done)
            db.run("UPDATE setting SET value = 1 WHERE name = 'first_detailed'")
        return done

    def _stored(self, number: int, payload: bytes) -> _Prepared:
        try:
            return self._prepare(unpack(self._compression.unpack(payload)))
        except Exception as error:  # damaged bytes fail in many ways, and all mean the same
            raise StoreError(f"Cannot read event {number} of the store: its bytes are damaged.") from error

    def _intern(self, items: list[_Prepared]) -> tuple[dict[str, int], dict[str, int]]:
        needed: dict[str, int] = {}  # in the order of the events, so that keys that belong together lie together
        words: set[str | None] = set()
        lots: set[str] = set()
        for item in items:
            needed.update(item.rows.roles)
            lots.update(item.rows.classes)
            for key in (*item.places, item.rows.party):
                if key is not None:
                    needed[key] = 0
            words.update(item.words)
            words.update([field for field, _ in item.details])
        words.discard(None)
        return self._interning.store_keys(needed, lots), self._interning.terms(sorted(filter(None, words)))

    def _contained(self, number: int, item: _Prepared, keys: dict[str, int], *, undo: bool = False) -> None:
        """Hand over what an effective event says about containment, or take it back."""
        rows = item.rows
        time, rest = item.time_us, item.rest
        containment = self.containment
        for parent_key, child_key, mounted, action, quantity, uom in rows.facts:
            flags = (MOUNTED if mounted else 0) | (LOT if child_key in rows.classes else 0)
            if parent_key is None or child_key is None:
                parent = keys[parent_key] if parent_key is not None else 0
                child = keys[child_key] if child_key is not None else 0
                containment.clear(parent, child, flags, time, rest, number, undo=undo)
                continue
            pair = (keys[parent_key], keys[child_key], flags)
            if undo:
                containment.remove(pair, number)
            elif quantity is None and not uom and not rest:
                containment.added[pair].append((time, action, number))
            else:
                amount = None if quantity is None else str(quantity)
                containment.added[pair].append(packed_fact(time, rest, action, number, amount, uom))

    @staticmethod
    def _transformed(
        number: int,
        item: _Prepared,
        keys: dict[str, int],
        parts: list[tuple[Any, ...]],
        members: list[tuple[Any, ...]],
    ) -> None:
        """The rows of an effective transformation."""
        rows = item.rows
        time, rest = item.time_us, item.rest or None
        group = keys[rows.transformation] if rows.transformation else -number
        for side, named in ((IN, rows.inputs), (OUT, rows.outputs)):
            if named:
                lots = [keys[key] for key in named if key in rows.classes]
                objects = [keys[key] for key in named if key not in rows.classes]
                parts += [(key, side, group, number, time, 0, rest) for key in objects]
                parts += [(key, side, group, number, time, LOT, rest) for key in lots]
                members.append((group, side, number, time, rest, pack_members(objects, lots)))

    # -- copies of an event id --------------------------------------------------------

    def _add_copy(self, item: _Prepared, document: int, conflicts: dict[str, Conflict]) -> bool:
        """Add an event whose id is known; True where it says something new."""
        copies = [
            _Copy(*row)
            for row in self._db.all(
                "SELECT id, status, hash, payload FROM event WHERE ident = ? ORDER BY id", (item.ident,)
            )
        ]
        for copy in copies:
            if self._compression.unpack(copy.payload) == item.data:
                self._saw(copy.number, document)
                return False
        if item.declares:
            self._insert([(item, Status.DECLARATION, None)], document)
            for copy in copies:
                if not copy.status & (Status.DECLARATION | Status.VOIDED):
                    self._set_status(copy, copy.status | Status.VOIDED)
            return True
        mine = self._hash_of(unpack(item.data))
        rivals = {self._hash(copy): copy for copy in copies if not copy.status & Status.DECLARATION}
        voided = Status.VOIDED if any(copy.status & Status.DECLARATION for copy in copies) else 0
        if mine in rivals:
            copy = rivals[mine]
            self._saw(copy.number, document)
            if item.data < self._compression.unpack(copy.payload):
                self._replace(copy, item)
            return False
        lowest = min((mine, *rivals))
        self._insert([(item, voided | (0 if mine == lowest else Status.OUTVOTED), mine)], document)
        for hash_, copy in rivals.items():
            status = voided | (0 if hash_ == lowest else Status.OUTVOTED)
            if status != copy.status:
                self._set_status(copy, status)
        if rivals:
            event_id = grow_ident(item.ident)
            conflicts[event_id] = Conflict(event_id, lowest, tuple(sorted((mine, *rivals))))
        return True

    def _saw(self, number: int, document: int) -> None:
        """Remember that an event came with this document too."""
        self._db.run(
            "INSERT INTO seen (document, event) SELECT ?, id FROM event WHERE id = ? AND document <> ? "
            "ON CONFLICT DO NOTHING",
            (document, number, document),
        )

    def _hash(self, copy: _Copy) -> str:
        if copy.hash is not None:
            return grow_ident(copy.hash)
        hash_ = self._hash_of(unpack(self._compression.unpack(copy.payload)))
        self._db.run("UPDATE event SET hash = ? WHERE id = ?", (shrink_ident(hash_), copy.number))
        return hash_

    def _set_status(self, copy: _Copy, status: int) -> None:
        """An event stops counting; by what is kept of all copies it never starts to."""
        item = self._prepare(unpack(self._compression.unpack(copy.payload)))
        self._db.run("UPDATE event SET status = ? WHERE id = ?", (status, copy.number))
        keys = self._interning.store_keys(item.rows.roles, item.rows.classes)
        if not copy.status:
            self._remove_effective(copy.number, item, keys)
        if status & Status.VOIDED:
            self._db.run_many(
                "INSERT OR IGNORE INTO void_ref (epc, event) VALUES (?, ?)",
                [(keys[key], copy.number) for key in item.rows.roles],
            )

    def _remove_effective(self, number: int, item: _Prepared, keys: dict[str, int]) -> None:
        parts: list[tuple[Any, ...]] = []
        members: list[tuple[Any, ...]] = []
        self._contained(number, item, keys, undo=True)
        self._transformed(number, item, keys, parts, members)
        self._db.run_many(
            "DELETE FROM part WHERE epc = ? AND side = ? AND grp = ? AND event = ?", [row[:4] for row in parts]
        )
        self._db.run_many("DELETE FROM members WHERE grp = ? AND side = ? AND event = ?", [row[:3] for row in members])

    def _replace(self, copy: _Copy, item: _Prepared) -> None:
        """Keep another spelling of the same event."""
        old = self._prepare(unpack(self._compression.unpack(copy.payload)))
        keys = self._interning.store_keys({**old.rows.roles, **item.rows.roles}, old.rows.classes | item.rows.classes)
        if not copy.status:
            self._remove_effective(copy.number, old, keys)
        self._db.run_many(
            "DELETE FROM ref WHERE epc = ? AND second = ? AND event = ?",
            [(keys[key], old.time_us // _SECOND, copy.number) for key in old.rows.roles],
        )
        self._db.run("DELETE FROM void_ref WHERE event = ?", (copy.number,))
        terms = self._interning.terms({field for field, _ in old.details})
        self._db.run_many(
            "DELETE FROM detail WHERE field = ? AND value = ? AND event = ?",
            [(terms[field], digest(value), copy.number) for field, value in old.details],
        )
        document, hash_ = self._db.one("SELECT document, hash FROM event WHERE id = ?", (copy.number,))
        self._db.run("DELETE FROM event WHERE id = ?", (copy.number,))
        following, self._next = self._next, copy.number - 1
        self._insert([(item, copy.status, None if hash_ is None else grow_ident(hash_))], document, respelt=True)
        self._next = following

    # -- documents --------------------------------------------------------------------

    def _add_document(self, number: int, origin: Origin, captured: int, duplicates: int, unreadable: int) -> None:
        """Remember the document, unless it brought nothing and is known already."""
        db = self._db
        partner = None if origin.partner is None else self._keys.key(origin.partner)
        partner_id = None if partner is None else self._interning.store_keys([partner], ())[partner]
        known = db.one(
            "SELECT id FROM document WHERE sha256 = ? AND partner IS ? ORDER BY id LIMIT 1", (origin.sha256, partner_id)
        )
        if known is not None and not captured:
            db.run("DELETE FROM seen WHERE document = ?", (number,))
            return
        document = origin.document
        sbdh = None if document.header is None else document.header.sbdh
        if sbdh is None and document.instance_identifier is not None:  # what JSON has of a business document header
            sbdh = Sbdh(
                instance_identifier=document.instance_identifier, senders=(Partner(identifier=document.sender or ""),)
            )
        db.run(
            "INSERT INTO document (id, sha256, name, partner, partner_name, created_us, captured_us, format, captured, "
            "duplicates, rejected, header) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                origin.sha256,
                origin.name,
                partner_id,
                origin.partner,
                None if document.creation_date is None else document.creation_date.epoch_us,
                origin.captured_us,
                document.source_format,
                captured,
                duplicates,
                len(origin.rejected) + unreadable,
                None if sbdh is None else self._compression.pack(pack_part(sbdh)),
            ),
        )
        self.log.add_document(number)
        if document.header is None:
            return
        for vocabulary in document.header.master_data:
            kind = self._interning.terms([vocabulary.type])[vocabulary.type]
            for element in vocabulary.elements:
                named = {text: self._keys.key(text) for text in (element.id, *element.children)}
                keys = self._interning.store_keys(list(dict.fromkeys(named.values())), self._lots(named))
                db.run(
                    "INSERT INTO master (epc, kind, document, payload) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (keys[named[element.id]], kind, number, self._compression.pack(pack_part(element))),
                )
                db.run_many(
                    "INSERT OR IGNORE INTO master_child (parent, child, document) VALUES (?, ?, ?)",
                    [(keys[named[element.id]], keys[named[child]], number) for child in element.children],
                )

    def _lots(self, texts: Iterable[str]) -> set[str]:
        """Keys of those identifiers that are lots or classes."""
        return {self._keys.key(text) for text in texts if self._keys[text][1]}
