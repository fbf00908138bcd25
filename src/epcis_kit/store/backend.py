"""The seam: what a store needs of a database, and the plain values that cross it.

A backend keeps events with their index rows and gives them back; it speaks in *handles* (small integers for keys,
numbers for events) so that a whole frontier travels in one question. :class:`~epcis_kit.store.store.Store` adds
capture policy and master data on top, ``trace`` walks through ``links`` and ``members``. SQLite is the first backend;
the contract tests run over every backend.

Guarantees asked of a backend: ``add`` is one transaction, and the result of adding documents does not depend on their
order; what is read inside ``snapshot`` is of one moment; only effective events (not voided, not outvoted) make links.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from epcis_kit.findings import Finding
    from epcis_kit.model import Document, Event, Sbdh, VocabularyElement
    from epcis_kit.query import MasterDataQuery, Query
    from epcis_kit.store.audit import AuditLog
    from epcis_kit.store.conditions import Page
    from epcis_kit.store.finding import Explanation
    from epcis_kit.store.intervals import Fact
    from epcis_kit.store.times import Instant, Window

__all__ = [
    "Added",
    "Backend",
    "Conflict",
    "Direction",
    "EventHead",
    "Links",
    "Membership",
    "Mention",
    "Origin",
    "Provenance",
    "StayRow",
]

Direction: TypeAlias = Literal["forward", "back"]


class Conflict(NamedTuple):
    """Copies of one eventID that say different things; all are kept.

    Attributes:
        event_id: The eventID.
        kept: Hash of the copy that counts: the lowest.
        hashes: Hashes of all copies, in order.
    """

    event_id: str
    kept: str
    hashes: tuple[str, ...]


class Origin(NamedTuple):
    """Where events come from; complete when all of them were read.

    Attributes:
        document: The document without its events.
        sha256: Digest of the source.
        name: Its name; ``None`` for bytes.
        partner: Who sent it, as an identifier; ``None`` where nobody says.
        captured_us: When it was captured, microseconds since 1970.
        rejected: Findings about events that were left out.
    """

    document: Document
    sha256: bytes
    name: str | None
    partner: str | None
    captured_us: int
    rejected: tuple[Finding, ...]


class Added(NamedTuple):
    """What became of the events of one document.

    Attributes:
        captured: How many were new.
        duplicates: How many were known already.
        conflicts: Those whose eventID was known with other content, each once.
        unreadable: Positions of events whose texts cannot be stored, and why.
    """

    captured: int
    duplicates: int
    conflicts: tuple[Conflict, ...]
    unreadable: tuple[tuple[int, str], ...]


class StayRow(NamedTuple):
    """One stay of a child in a parent, by handles."""

    child: int
    parent: int
    start: Instant
    end: Instant
    event: int
    mounted: bool
    lot: bool


class Membership(NamedTuple):
    """One key among the inputs or outputs of a transformation group."""

    key: int
    group: int
    event: int
    time: Instant
    lot: bool


class Links(NamedTuple):
    """All that leads on from some keys in one direction.

    Attributes:
        stays: Forward: where the keys were contained. Back: what they contained.
        uses: Forward: groups the keys went into. Back: groups they came out of.
    """

    stays: list[StayRow]
    uses: list[Membership]


class Mention(NamedTuple):
    """One event that names one key.

    Attributes:
        key: Handle of the key.
        event: Number of the event.
        time: When it happened.
        roles: See :class:`epcis_kit.store.index.Role`.
    """

    key: int
    event: int
    time: Instant
    roles: int


class EventHead(NamedTuple):
    """What is known of a stored event without unpacking it.

    Attributes:
        number: Its number in the store.
        event_id: Its eventID, or its hash where it has none.
        time: When it happened.
        type: Name of the event type.
        action: ``"ADD"``, ``"OBSERVE"``, ``"DELETE"`` or ``None``.
        biz_step: As in the event.
        disposition: As in the event.
        location: Handle of the bizLocation; ``None`` where it has none.
        read_point: Handle of the readPoint.
        party: Handle of the party that has the objects afterwards.
        status: 0 where it counts, else see :class:`epcis_kit.store.schema.Status`.
    """

    number: int
    event_id: str
    time: Instant
    type: str
    action: str | None
    biz_step: str | None
    disposition: str | None
    location: int | None
    read_point: int | None
    party: int | None
    status: int


class Provenance(NamedTuple):
    """One document that an event came with.

    Attributes:
        sha256: Digest of the source, hexadecimal.
        name: Name of the source; ``None`` for bytes.
        partner: Key of who sent it; ``None`` where nobody said.
        captured_us: When it was captured, microseconds since 1970.
    """

    sha256: str
    name: str | None
    partner: str | None
    captured_us: int


class Backend(Protocol):
    """A database of events.

    Attributes:
        audit: The log of what was captured; ``add`` enters each event and document in the transaction that stores it.
    """

    audit: AuditLog

    def add(self, events: Iterable[Event], origin: Callable[[], Origin]) -> Added:
        """Store the events of one document in one transaction; ``origin`` is asked when they have been read."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read inside is of one moment."""

    def handles(self, keys: Collection[str]) -> Mapping[str, int]:
        """Handles of those canonical keys that are known."""

    def keys(self, handles: Collection[int]) -> Mapping[int, str]:
        """Canonical keys of handles."""

    def members_of(self, class_key: str) -> list[str]:
        """Canonical keys of the lots and of the objects with serial numbers of a class, in order."""

    def links(self, handles: Collection[int], direction: Direction, window: Window) -> Links:
        """All that leads on from the whole frontier, by events no later than the end of ``window``.

        Stays that ended before ``window`` began are left out.
        """

    def members(self, groups: Collection[int], direction: Direction, window: Window) -> list[Membership]:
        """The far side of transformation groups: outputs forward, inputs back."""

    def facts(self, pairs: Collection[StayRow]) -> Mapping[StayRow, list[Fact]]:
        """Containment facts of the pairs that stays are about, those that empty the parent or end the child too."""

    def mentions(
        self, handle: int, window: Window, *, newest: int | None = None, roles: int, with_party: bool = False
    ) -> list[Mention]:
        """Effective events that name the key in any of ``roles`` inside ``window`` (its end included), latest first.

        With ``newest`` only so many of the latest, and all others of the instant of the last one. ``with_party``
        leaves out events that do not say who has the objects afterwards.
        """

    def created(self, handles: Collection[int], window: Window) -> set[int]:
        """Those of the keys that an effective event inside ``window`` brings into being."""

    def latest(self, handles: Collection[int], window: Window) -> Mapping[int, int]:
        """For each key the number of the latest effective event inside ``window`` that names it."""

    def heads(self, numbers: Collection[int]) -> Mapping[int, EventHead]:
        """What is known of events by their numbers."""

    def voided(self, handles: Collection[int]) -> list[EventHead]:
        """Events that name a key and do not count because they were declared wrong, with the declarations."""

    def find(self, query: Query, page: Page | None = None) -> Iterator[int]:
        """Numbers of the events that match, in the order asked for; all of them, or one page."""

    def ceiling(self) -> int:
        """The greatest number of an event."""

    def explain(self, query: Query) -> Explanation:
        """How a query is answered."""

    def described(self, query: MasterDataQuery) -> Iterator[tuple[str, str]]:
        """Kind and key of the things that documents describe, by kind and key; ``names`` and ``within`` count."""

    def descendants(self, key: str) -> set[str]:
        """The key itself and all keys that lie below it, by the children of master data."""

    def elements(self, key: str) -> Iterable[VocabularyElement]:
        """What documents say about a thing, whatever its type."""

    def get(self, numbers: Collection[int]) -> Mapping[int, Event]:
        """Events by their numbers."""

    def provenance(self, numbers: Collection[int]) -> Mapping[int, tuple[Provenance, ...]]:
        """Where events came from, by number, in the order of capture."""

    def document_headers(self) -> Iterator[Sbdh]:
        """What documents said about themselves: sender, number, time; in the order of capture."""

    def senders(self, numbers: Collection[int]) -> set[str]:
        """Keys of all who sent one of these events."""

    def master_data(self, key: str) -> list[tuple[str, VocabularyElement]]:
        """What documents say about a place, party, product or lot: type and element, best first."""

    def stats(self) -> Mapping[str, Any]:
        """Counts and sizes."""

    def close(self) -> None:
        """Let go of the database."""
