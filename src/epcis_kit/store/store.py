"""The store: capture documents, find events, ask what is known of parties and places.

Takes documents in any format; gives events, counts and master data. ``trace`` walks over it. Guarantees: one
transaction for each document, all or nothing; capturing again changes nothing; the answers do not depend on the order
in which documents came; what each event came with is remembered.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from epcis_kit.errors import QueryError, StoreError, shorten
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.query import MasterDataQuery, Query
from epcis_kit.store.answering import answer_master_data, make_token, query_digest, read_token
from epcis_kit.store.backend import Origin
from epcis_kit.store.capture import CaptureResult, Incoming, party_key
from epcis_kit.store.conditions import Page
from epcis_kit.store.sqlite import SqliteBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from epcis_kit.codec import ReadOptions
    from epcis_kit.model import Event, VocabularyElement
    from epcis_kit.store.audit import AuditLog
    from epcis_kit.store.backend import Backend, EventHead, Provenance
    from epcis_kit.store.capture import Capturable
    from epcis_kit.store.finding import Explanation

__all__ = ["QueryPage", "Store", "StoredEvent", "open_store"]

_PAGE: Final = 500


class StoredEvent(NamedTuple):
    """An event with what the store knows of it.

    Attributes:
        event: The event as it was captured.
        head: Its index data: identity, instant, status.
        provenance: The documents it came with, in the order of capture.
    """

    event: Event
    head: EventHead
    provenance: tuple[Provenance, ...]


class Store:
    """Events of many companies, ready to be traced."""

    def __init__(self, backend: Backend, *, clock: Callable[[], int] | None = None) -> None:
        """Put capture, queries and master data on top of a backend.

        Args:
            backend: Where rows are kept.
            clock: Gives the microseconds since 1970-01-01T00:00:00Z that a capture is recorded with.
        """
        self.backend = backend
        self._clock = clock if clock is not None else lambda: time.time_ns() // 1000

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def audit(self) -> AuditLog:
        """The log of what was captured, when and from whom."""
        return self.backend.audit

    def close(self) -> None:
        """Let go of the database; closing twice is fine."""
        self.backend.close()

    def capture(
        self, source: Capturable, *, partner: str | None = None, options: ReadOptions | None = None
    ) -> CaptureResult:
        """Store the events of one document.

        All in one transaction: an error leaves the store as it was. The same event counts once, whoever sends it: by
        its ``eventID``, and by its event hash where it has none. An event whose ``errorDeclaration`` names an
        ``eventID`` voids the event with that id, in whatever order they come.

        Args:
            source: A path, bytes or binary file in any format that :func:`epcis_kit.read` takes; a document, an event
                or several events.
            partner: Identifier of who sent it; where it is ``None`` the document's own sender counts. A bare GLN is the
                party with that number.
            options: Limits for untrusted input and the meaning of zone-less times.

        Raises:
            DocumentError: The document cannot be read; nothing was stored.
            StoreBusy: Another process held the lock for longer than the waiting time; nothing was stored.
            StoreError: The store cannot be written; nothing was stored.
            OSError: The file cannot be opened.
        """
        incoming = Incoming(source, options)
        try:
            asked: list[Origin] = []

            def origin() -> Origin:
                found = Origin(
                    incoming.document(),
                    incoming.sha256(),
                    incoming.name,
                    party_key(partner) if partner is not None else incoming.partner(),
                    self._clock(),
                    tuple(incoming.rejected),
                )
                asked.append(found)
                return found

            added = self.backend.add(incoming.events(), origin)
        finally:
            incoming.close()
        rejected = (*incoming.rejected, *(incoming.unreadable(*problem) for problem in added.unreadable))
        return CaptureResult(added.captured, added.duplicates, rejected, added.conflicts, 1, asked[-1].partner)

    def query(self, query: Query | None = None, /, **parameters: Any) -> Iterator[Event]:
        """The events that match, one by one.

        Args:
            query: A query in hand, instead of parameters.
            **parameters: SimpleEventQuery parameters under their standard names; see :mod:`epcis_kit.query`.

        Raises:
            QueryError: A parameter is unknown or wrong, or more than ``maxEventCount`` events match.
        """
        return (event for _, event in self._found(query, parameters))

    def query_stored(self, query: Query | None = None, /, **parameters: Any) -> Iterator[StoredEvent]:
        """As :meth:`query`, with what the store knows of each event: status and provenance."""
        for numbers, events in self._pages(query, parameters):
            heads, origins = self.backend.heads(numbers), self.backend.provenance(numbers)
            for number in numbers:
                if number in events:
                    yield StoredEvent(events[number], heads[number], origins[number])

    def _found(self, query: Query | None, parameters: Mapping[str, Any]) -> Iterator[tuple[int, Event]]:
        pages = self._pages(query, parameters)
        return ((number, events[number]) for numbers, events in pages for number in numbers if number in events)

    def _pages(
        self, query: Query | None, parameters: Mapping[str, Any]
    ) -> Iterator[tuple[list[int], Mapping[int, Event]]]:
        query = _one_query(query, parameters)
        numbers = list(self.backend.find(query))
        most = query.refuse_beyond
        if most is not None and len(numbers) > most:
            raise _too_many(most)
        pages = (numbers[start : start + _PAGE] for start in range(0, len(numbers), _PAGE))
        return ((page, self.backend.get(page)) for page in pages)

    def query_page(
        self, query: Query | None = None, /, *, per_page: int = 100, token: str | None = None, **parameters: Any
    ) -> QueryPage:
        """One page of the events that match.

        Pages of one query follow each other without gap or repetition, and what is captured in between is left to the
        next query.

        Args:
            query: A query in hand, instead of parameters.
            per_page: At most so many events.
            token: The ``next_token`` of the page before; ``None`` for the first page.
            **parameters: As for :meth:`query`.

        Raises:
            QueryError: As for :meth:`query`, or the token is of another query or is damaged.
        """
        query = _one_query(query, parameters)
        if per_page < 1:
            raise QueryError(f"Cannot use perPage {shorten(per_page)}: expected a whole number, 1 or more.")
        if query.refuse_beyond is not None:
            self._refuse_too_many(query)
        asked = query_digest(query)
        after, ceiling, given = (None, self.backend.ceiling(), 0) if token is None else read_token(token, asked)
        size = per_page if query.limit is None else max(0, min(per_page, query.limit - given))
        numbers = list(self.backend.find(query, Page(after, ceiling, size + 1)))
        more = len(numbers) > size and (query.limit is None or given + size < query.limit)
        numbers = numbers[:size]
        events = self.backend.get(numbers)
        following = make_token(numbers[-1], ceiling, given + size, asked) if more and numbers else None
        return QueryPage(tuple(events[number] for number in numbers if number in events), following)

    def _refuse_too_many(self, query: Query) -> None:
        most = query.refuse_beyond
        if most is not None and sum(1 for _ in self.backend.find(query)) > most:
            raise _too_many(most)

    def explain(self, query: Query | None = None, /, **parameters: Any) -> Explanation:
        """How a query is answered: which index serves each condition, and how many events are looked at.

        Args:
            query: A query in hand, instead of parameters.
            **parameters: As for :meth:`query`.

        Raises:
            QueryError: As for :meth:`query`.
        """
        return self.backend.explain(_one_query(query, parameters))

    def query_master_data(
        self, query: MasterDataQuery | None = None, /, **parameters: Any
    ) -> Iterator[tuple[str, VocabularyElement]]:
        """What documents say about things: pairs of vocabulary type and element, by type and identifier.

        Where several documents describe a thing, the one made last counts for each attribute, and attributes that only
        older ones have are kept; children are those of all documents.

        Args:
            query: A query in hand, instead of parameters.
            **parameters: SimpleMasterDataQuery parameters under their standard names.

        Raises:
            QueryError: A parameter is unknown or wrong, or more than ``maxElementCount`` elements match.
        """
        if query is None:
            query = MasterDataQuery.of(parameters)
        elif parameters:
            raise QueryError("Cannot use a query and parameters together: expected one of them.")
        return answer_master_data(self.backend, query)

    def event(self, event_id: str) -> StoredEvent | None:
        """The event with this ``eventID`` or hash: the copy that counts, else one that does not, else ``None``."""
        stored = list(self.query_stored(EQ_eventID=event_id))
        return min(stored, key=lambda found: (found.head.status, found.head.number), default=None)

    def master_data(self, key: str) -> list[tuple[str, VocabularyElement]]:
        """What documents say about a place, party, product or lot.

        Args:
            key: In any spelling.

        Returns:
            Pairs of vocabulary type and element; the document made last comes first.
        """
        return self.backend.master_data(trace_key(key).key)

    def name_of(self, key: str) -> str | None:
        """The name that master data give a place, party or product; ``None`` where they give none."""
        for wanted in ("name", "organizationName", "descriptionShort", "site"):
            for _, element in self.master_data(key):
                found = element.attribute(wanted)
                if found:
                    return found
        return None

    def stats(self) -> dict[str, Any]:
        """Counts of events, keys, documents and stays, the span of time, and the size in bytes."""
        return dict(self.backend.stats())


class QueryPage(NamedTuple):
    """One page of an answer.

    Attributes:
        events: The events, in the order asked for.
        next_token: What to ask the next page with; ``None`` on the last page.
    """

    events: tuple[Event, ...]
    next_token: str | None


def _one_query(query: Query | None, parameters: Mapping[str, Any]) -> Query:
    if query is None:
        return Query.of(parameters)
    if parameters:
        raise QueryError("Cannot use a query and parameters together: expected one of them.")
    return query


def _too_many(most: int) -> QueryError:
    return QueryError(f"Cannot answer the query: expected at most {most} events (maxEventCount), got more.")


def open_store(
    address: str | os.PathLike[str], *, busy_seconds: float = 10.0, clock: Callable[[], int] | None = None
) -> Store:
    """Open a store of events, made where it does not exist.

    Args:
        address: A path, ``"sqlite:///path"``, or ``":memory:"`` for one that goes with the process.
        busy_seconds: How long to wait for another process that writes.
        clock: Gives the time a capture is recorded with, in microseconds since 1970; the system's where it is ``None``.

    Raises:
        NotAStore: The file is something else.
        StoreVersionError: It was written by a newer version of this library.
        StoreBusy: Another process held the lock for longer than the waiting time.
        StoreError: The file cannot be opened.
    """
    text = os.fspath(address)
    scheme, separator, rest = text.partition("://")
    if separator:
        if scheme != "sqlite" or not rest.startswith("/"):
            raise StoreError(
                f"Cannot open store {shorten(text)}: expected a path or sqlite:///path, got {shorten(scheme)}."
            )
        text = rest[1:]
    return Store(SqliteBackend(text, _event_hash, busy_seconds=busy_seconds), clock=clock)


def _event_hash(event: Event) -> str:
    from epcis_kit.hashing import event_hash  # noqa: PLC0415 - most stores never need it

    return event_hash(event)
