r"""The audit log of a store: what was captured, when and from whom, so that no row can be changed without trace.

Takes the rows that a capture writes; gives an append-only log whose entries are the leaves of one Merkle tree (RFC
9162). Each entry is the hash of a small record, which can be made again from the rows that are stored; records are
RFC 8785 JSON:

* of an event ``{"document":3,"event":17,"payload":"sha-256:…","type":"event"}``: its number, the document that brought
  it, and the digest of the event as it is stored (:mod:`epcis_kit.store.payload`);
* of a document its number, name, digest, sender, the time of its capture, its counts, and the digest of the list of
  those events in it that were known before;
* one that says how much was there when the log began, in stores that are older than the log.

Guarantees: entries are written in the transaction of the capture, so that either both are there or none; of an event
that is kept in another spelling later the last entry counts, and the earlier one stays. What the log cannot do by
itself: whoever can rewrite the whole store can rewrite the log. So give checkpoints away
(:meth:`AuditLog.checkpoint`): a log that does not grow from them is a forgery. Index rows are made from the events and
are no part of the log.
"""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import StoreError, shorten
from epcis_kit.signing.merkle import GrowingTree, consistency_ranges, inclusion_ranges, roots_of
from epcis_kit.signing.notes import Checkpoint
from epcis_kit.signing.strict_json import canonical_texts
from epcis_kit.store.interning import grow_ident, shrink_ident

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.store.compression import Compression
    from epcis_kit.store.engine import Database

__all__ = ["AuditFinding", "AuditLog", "AuditReport", "Entry", "event_record"]

EVENT: Final = 0
DOCUMENT: Final = 1
BEGIN: Final = 2
RESPELT: Final = 3
"""Kinds of entries; of an event and of a document there is one, and of an event any number of other spellings."""

_PAGE: Final = 2000
_MOST_FINDINGS: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_sha256 = hashlib.sha256

_DOCUMENT_COLUMNS: Final = (
    "id, sha256, name, partner_name, created_us, captured_us, format, captured, duplicates, rejected"
)


def event_record(number: int, document: int, payload: bytes) -> bytes:
    """The record of an event: its number, its document's number, and its stored bytes (not compressed)."""
    digest = _sha256(payload).hexdigest()
    return b'{"document":%d,"event":%d,"payload":"sha-256:%b","type":"event"}' % (document, number, digest.encode())


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log with the proof that it is there.

    Attributes:
        index: Its place, from zero.
        record: What its leaf is the hash of.
        path: The nodes from the leaf to the root.
    """

    index: int
    record: bytes
    path: tuple[bytes, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class AuditFinding:
    """One thing that is not as the log says.

    Attributes:
        code: ``event_changed``, ``event_removed``, ``event_inserted``, the same of documents, ``log_damaged``,
            ``checkpoint_mismatch``.
        detail: A sentence.
        number: Of the event or document; ``None`` for the log.
        event_id: The ``eventID`` or hash of an event that is there.
    """

    code: str
    detail: str
    number: int | None = None
    event_id: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}


@dataclasses.dataclass(frozen=True, slots=True)
class AuditReport:
    """What comparing a store with its log found.

    Attributes:
        size: Entries of the log.
        root: The root of its tree.
        findings: At most a thousand; empty where the store is what the log says.
        events: How many events were compared.
        more: How many further findings there are.
    """

    size: int
    root: bytes
    findings: tuple[AuditFinding, ...]
    events: int
    more: int = 0

    @property
    def intact(self) -> bool:
        """True where nothing was found."""
        return not self.findings


class AuditLog:
    """The log of one store.

    Args:
        database: Where it is kept.
        compression: That of the payloads.
    """

    def __init__(self, database: Database, compression: Compression) -> None:
        self._db = database
        self._compression = compression
        self._next = 1

    # -- writing, inside the transaction of a capture ---------------------------------

    def begin(self) -> None:
        """Be ready for entries; a store that is older than its log is logged as it is."""
        (last,) = self._db.one("SELECT ifnull(max(seq), 0) FROM log")
        self._next = last + 1
        if not last and self._db.one("SELECT 1 FROM document LIMIT 1") is not None:
            self._begin_with_all()

    def _begin_with_all(self) -> None:
        (events,) = self._db.one("SELECT count(*) FROM event")
        self._add([(BEGIN, events, _begin_record(events))])
        for page in self._events():
            self.add_events(page)
        for (number,) in self._db.all("SELECT id FROM document ORDER BY id"):
            self.add_document(number)

    def add_events(self, events: Iterable[tuple[int, int, bytes]], *, respelt: bool = False) -> None:
        """Enter events that were stored: number, number of the document, bytes.

        Args:
            events: In the order of their numbers.
            respelt: They were there and are kept in another spelling now.
        """
        kind = RESPELT if respelt else EVENT
        self._add([(kind, number, event_record(number, document, data)) for number, document, data in events])

    def add_document(self, number: int) -> None:
        """Enter a document whose rows are all written."""
        self._add([(DOCUMENT, number, self._document_record(number))])

    def _add(self, entries: list[tuple[int, int, bytes]]) -> None:
        first = self._next
        self._next += len(entries)
        self._db.run_many(
            "INSERT INTO log (seq, kind, subject, leaf) VALUES (?, ?, ?, ?)",
            [
                (seq, kind, subject, _sha256(b"\0" + record).digest())
                for seq, (kind, subject, record) in enumerate(entries, first)
            ],
        )

    # -- what the rows say ------------------------------------------------------------

    def _events(self) -> Iterator[list[tuple[int, int, bytes]]]:
        """All stored events in pages: number, document, bytes."""
        last = -1
        while True:
            rows = self._db.all(
                "SELECT id, document, payload FROM event WHERE id > ? ORDER BY id LIMIT ?", (last, _PAGE)
            )
            if not rows:
                return
            last = rows[-1][0]
            yield [(number, document, self._unpacked(payload)) for number, document, payload in rows]

    def _unpacked(self, payload: bytes) -> bytes:
        if not self._compression.knows(payload):
            for number, data in self._db.all("SELECT id, data FROM dictionary"):
                self._compression.learn(number, data)
        return self._compression.unpack(payload)

    def _document_record(self, number: int) -> bytes:
        row = self._db.one(f"SELECT {_DOCUMENT_COLUMNS} FROM document WHERE id = ?", (number,))  # noqa: S608
        _, digest, name, sender, created, captured_at, form, captured, duplicates, rejected = row
        seen = self._db.all("SELECT event FROM seen WHERE document = ? ORDER BY event", (number,))
        record: dict[str, Any] = {
            "captured": captured,
            "capturedAt": moment(captured_at),
            "created": None if created is None else moment(created),
            "document": number,
            "duplicates": duplicates,
            "format": form,
            "name": name,
            "rejected": rejected,
            "sender": sender,
            "sha256": bytes(digest).hex(),
            "type": "document",
        }
        if seen:
            listed = ",".join(str(event) for (event,) in seen)
            record["known"] = "sha-256:" + _sha256(listed.encode()).hexdigest()
        return canonical_texts({name: value for name, value in record.items() if value is not None})

    # -- reading ----------------------------------------------------------------------

    def size(self) -> int:
        """How many entries there are; 0 for a store that is older than the log and has captured nothing since."""
        size: int = self._db.one("SELECT ifnull(max(seq), 0) FROM log")[0]
        return size

    def start(self) -> None:
        """Begin the log of a store that is older than it; nothing happens where it has begun.

        Raises:
            StoreError: The store cannot be written.
        """
        if not self.size():
            with self._db.transaction():
                self.begin()

    def _leaves(self, start: int, end: int) -> Iterator[bytes]:
        """The leaves from number ``start`` up to, not with, ``end``; numbers from zero."""
        for at in range(start, end, _PAGE):
            rows = self._db.all(
                "SELECT leaf FROM log WHERE seq > ? AND seq <= ? ORDER BY seq", (at, min(at + _PAGE, end))
            )
            yield from (leaf for (leaf,) in rows)

    def root(self, size: int | None = None) -> bytes:
        """The root over the first ``size`` entries, or over all."""
        with self._db.snapshot():
            return GrowingTree(self._leaves(0, self.size() if size is None else size)).root()

    def checkpoint(self, origin: str) -> Checkpoint:
        """The state of the log, to be signed and given away.

        Raises:
            StoreError: The log has no entry.
        """
        with self._db.snapshot():
            size = self.size()
            if not size:
                raise StoreError("Cannot make a checkpoint: expected a log with entries; nothing was captured yet.")
            return Checkpoint(origin, size, self.root(size))

    def prove(self, event_id: str, *, size: int | None = None) -> tuple[bytes, tuple[Entry, ...]]:
        """An event with the entries that say that it was captured, and with which document.

        Args:
            event_id: Its ``eventID``, or its hash where it has none; of several copies the one that counts.
            size: Prove it of the log as it was with so many entries; as it is where not given.

        Returns:
            The bytes of the event as it is stored, and the entries of the event and of its document.

        Raises:
            StoreError: There is no such event, or it was not yet there in a log of that size.
        """
        with self._db.snapshot():
            end = self.size() if size is None else size
            row = self._db.one(
                "SELECT id, document, payload FROM event WHERE ident = ? ORDER BY status, id LIMIT 1",
                (shrink_ident(event_id),),
            )
            if row is None:
                raise StoreError(f"Cannot prove event {shorten(event_id)}: expected an event of the store, got none.")
            number, document, payload = row
            data = self._unpacked(payload)
            found = []
            for kinds, subject, record in (
                ((EVENT, RESPELT), number, event_record(number, document, data)),
                ((DOCUMENT, DOCUMENT), document, self._document_record(document)),
            ):
                (seq,) = self._db.one(
                    "SELECT max(seq) FROM log WHERE kind IN (?, ?) AND subject = ? AND leaf = ? AND seq <= ?",
                    (*kinds, subject, _sha256(b"\0" + record).digest(), end),
                )
                if seq is None:
                    raise StoreError(
                        f"Cannot prove event {shorten(event_id)}: expected it among the first {end} entries of the "
                        "log as it is stored, got none."
                    )
                found.append(Entry(seq - 1, record, tuple(roots_of(inclusion_ranges(seq - 1, end), self._leaves))))
            return data, tuple(found)

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        """The proof that the log of ``size2`` entries begins with that of ``size1``.

        Raises:
            StoreError: The log never had these sizes.
        """
        with self._db.snapshot():
            if not 0 < size1 <= size2 <= self.size():
                raise StoreError(
                    f"Cannot prove consistency: expected sizes from 1 to {self.size()}, the smaller one first, "
                    f"got {size1} and {size2}."
                )
            return roots_of(consistency_ranges(size1, size2), self._leaves)

    def verify(self, checkpoints: Sequence[Checkpoint] = ()) -> AuditReport:
        """Compare every stored event and document with the log, and the log with checkpoints.

        Args:
            checkpoints: States of this log that were given away before; their signatures are not looked at here.
        """
        with self._db.snapshot():
            findings, events = self._compared()
            size = self.size()
            (count,) = self._db.one("SELECT count(*) FROM log")
            if count != size:
                findings.append(AuditFinding("log_damaged", f"The log has {count} entries: expected {size}."))
            tree = GrowingTree()
            for wanted in sorted(checkpoints, key=lambda one: one.size):
                if wanted.size <= size:
                    tree.extend(self._leaves(tree.size, wanted.size))
                if wanted.size > size or tree.root() != wanted.root:
                    findings.append(
                        AuditFinding(
                            "checkpoint_mismatch", f"The log does not grow from the checkpoint at {wanted.size}."
                        )
                    )
            tree.extend(self._leaves(tree.size, size))
            more = max(0, len(findings) - _MOST_FINDINGS)
            return AuditReport(size, tree.root(), tuple(findings[:_MOST_FINDINGS]), events, more)

    def _compared(self) -> tuple[list[AuditFinding], int]:
        """What differs, first of events and then of documents, and the number of events."""
        findings = []
        different: list[tuple[int, int]] = []  # number of the event or document, and of its entry
        (events,) = self._db.one("SELECT count(*) FROM event")
        for at in range(0, self.size(), _PAGE):
            rows = self._db.all(
                "SELECT l.seq, l.subject, l.leaf, e.id, e.document, e.payload FROM log l "
                "LEFT JOIN event e ON e.id = l.subject WHERE l.kind IN (0, 3) AND l.seq > ? AND l.seq <= ? "
                "ORDER BY l.seq",
                (at, at + _PAGE),
            )
            different += [(number, seq) for seq, number, leaf, *stored in rows if not self._is_event(leaf, *stored)]
        for number in self._last_of(different):
            row = self._db.one("SELECT ident FROM event WHERE id = ?", (number,))
            if row is None:
                findings.append(AuditFinding("event_removed", f"Event {number} was captured and is gone.", number))
            else:
                name = _named(row[0])
                detail = f"Event {number}, {shorten(name)}, is not what was captured."
                findings.append(AuditFinding("event_changed", detail, number, name))
        for number, ident in self._db.all(
            "SELECT id, ident FROM event WHERE id NOT IN (SELECT subject FROM log WHERE kind = 0) ORDER BY id"
        ):
            name = _named(ident)
            detail = f"Event {number}, {shorten(name)}, was never captured."
            findings.append(AuditFinding("event_inserted", detail, number, name))
        for (number,) in self._repeated(EVENT):
            detail = f"An event {number} was captured and is gone: another one has its number now."
            findings.append(AuditFinding("event_removed", detail, number))
        return findings + self._compared_documents(), events

    def _is_event(self, leaf: bytes, number: int | None, document: int, payload: bytes) -> bool:
        if number is None:
            return False
        try:
            record = event_record(number, document, self._unpacked(payload))
        except (StoreError, TypeError, IndexError):
            return False
        return bool(_sha256(b"\0" + record).digest() == leaf)

    def _compared_documents(self) -> list[AuditFinding]:
        findings = []
        logged = dict(self._db.all("SELECT subject, leaf FROM log WHERE kind = 1 ORDER BY seq"))
        there = {number for (number,) in self._db.all("SELECT id FROM document")}
        for number, leaf in sorted(logged.items()):
            if number not in there:
                findings.append(
                    AuditFinding("document_removed", f"Document {number} was captured and is gone.", number)
                )
                continue
            try:
                same = _sha256(b"\0" + self._document_record(number)).digest() == leaf
            except (TypeError, ValueError, OverflowError):
                same = False
            if not same:
                detail = f"What is said of document {number} is not what was captured."
                findings.append(AuditFinding("document_changed", detail, number))
        findings += [
            AuditFinding("document_inserted", f"Document {number} was never captured.", number)
            for number in sorted(there - logged.keys())
        ]
        for (number,) in self._repeated(DOCUMENT):
            detail = f"A document {number} was captured and is gone: another one has its number now."
            findings.append(AuditFinding("document_removed", detail, number))
        return findings

    def _repeated(self, kind: int) -> list[Any]:
        """Numbers that were given twice: of the last rows of a table that were removed."""
        return self._db.all("SELECT subject FROM log WHERE kind = ? GROUP BY subject HAVING count(*) > 1", (kind,))

    def _last_of(self, entries: list[tuple[int, int]]) -> list[int]:
        """The events whose last entry is among ``entries``; an earlier one was followed by another spelling."""
        found = []
        for start in range(0, len(entries), _PAGE):
            some = dict(entries[start : start + _PAGE])
            rows = self._db.all(
                "SELECT subject, max(seq) FROM log WHERE kind IN (0, 3) AND subject IN "  # noqa: S608 - our own numbers
                f"({','.join(map(str, some))}) GROUP BY subject ORDER BY subject"
            )
            found += [subject for subject, last in rows if some[subject] == last]
        return found


def moment(microseconds: int) -> str:
    """An instant as RFC 3339 text."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat().replace("+00:00", "Z")


def _begin_record(events: int) -> bytes:
    return b'{"events":%d,"type":"begin"}' % events


def _named(ident: Any) -> str:
    return grow_ident(ident) if isinstance(ident, (str, bytes)) else str(ident)
