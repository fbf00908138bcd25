"""Finding the events that a query asks for in SQLite, page by page, and telling how.

Takes queries; gives numbers of events in the order asked for (:class:`Finder`). Guarantees: what an index cannot decide
is decided on the event itself, so that an answer never has an event too many or too few; a page that follows another
has neither gaps nor repetitions, whatever is captured in between; candidates are read in one statement, events a few
hundred at a time.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from epcis_kit.query import Query, matcher
from epcis_kit.query.matching import orders_by
from epcis_kit.store.conditions import Page, compile_query
from epcis_kit.store.interning import id_list
from epcis_kit.store.payload import unpack, unpack_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.model import Event, VocabularyElement
    from epcis_kit.query import MasterDataQuery
    from epcis_kit.query.parameters import FieldName
    from epcis_kit.query.simple_event_query import Order
    from epcis_kit.store.engine import Database
    from epcis_kit.store.interning import Interning

__all__ = ["Explanation", "Finder", "Lookup"]

_AT_ONCE: Final = 400


class Lookup(NamedTuple):
    """How one condition of a query is looked up.

    Attributes:
        parameter: Its name.
        source: The index that is asked: ``"ref"`` (keys), ``"detail"``, ``"event_time"``, ``"event_ident"``,
            ``"document"``, ``"column"`` (a number in the row of each event), or ``""`` where every event must be
            looked at.
        exact: The index decides; otherwise each event it gives is looked at.
        candidates: How many events the index gives; all of them where there is none.
    """

    parameter: str
    source: str
    exact: bool
    candidates: int


class Explanation(NamedTuple):
    """How a query is answered.

    Attributes:
        lookups: One a condition.
        candidates: How many events all indexes together leave.
        checked: Whether each of them is looked at.
        events: How many events the store has.
        plan: What SQLite says that it does, a line a step.
    """

    lookups: tuple[Lookup, ...]
    candidates: int
    checked: bool
    events: int
    plan: tuple[str, ...]


class Finder:
    """Finds events and master data of one database."""

    def __init__(self, database: Database, interning: Interning, unpacked: Callable[[bytes], bytes]) -> None:
        self._db = database
        self._interning = interning
        self._unpacked = unpacked

    # -- events -----------------------------------------------------------------------

    def find(self, query: Query, page: Page | None = None) -> Iterator[int]:
        """Numbers of the events that match, in the order asked for; all of them, or one page."""
        with self._db.snapshot():
            plan = compile_query(query, self._interning, page, first_detailed=self._first_detailed())
            numbers = [number for (number,) in self._db.all(plan.sql, plan.values)]
        found = iter(numbers)
        if plan.checks:
            found = self._checked(numbers, Query(plan.checks))
        order = query.order_by
        if order not in {None, "event_time", "record_time"}:
            assert order is not None
            found = iter(self._sorted(found, order, descending=query.descending))
            if page is not None and page.after is not None:
                found = itertools.islice(itertools.dropwhile(lambda number: number != page.after, found), 1, None)
        most = page.size if page is not None else query.limit
        if most is None and query.refuse_beyond is not None:
            most = query.refuse_beyond + 1
        return found if most is None else itertools.islice(found, most)

    def _checked(self, numbers: list[int], query: Query) -> Iterator[int]:
        fits = matcher(query, self)
        for some, events in self._events(numbers):
            yield from (number for number in some if number in events and fits(events[number]))

    def _events(self, numbers: list[int]) -> Iterator[tuple[list[int], dict[int, Event]]]:
        for start in range(0, len(numbers), _AT_ONCE):
            some = numbers[start : start + _AT_ONCE]
            rows = self._db.all(
                "SELECT e.id, e.payload FROM json_each(?) k CROSS JOIN event e ON e.id = k.value", (id_list(some),)
            )
            yield some, {number: unpack(self._unpacked(payload)) for number, payload in rows}

    def _sorted(self, found: Iterator[int], name: FieldName | Order, *, descending: bool) -> list[int]:
        """By an extension field; those without it come last in either direction, ties in the order of capture."""
        keyed: list[tuple[tuple[int, Any], int]] = []
        for _, events in self._events(sorted(found)):
            keyed += [(orders_by(event, cast("Any", name)), number) for number, event in sorted(events.items())]
        without = [number for key, number in keyed if key[0] == 3]
        having = [item for item in keyed if item[0][0] != 3]
        having.sort(key=lambda item: item[0], reverse=descending)  # a stable sort either way
        return [number for _, number in having] + without

    def explain(self, query: Query) -> Explanation:
        """How ``query`` is answered, without reading its events."""
        with self._db.snapshot():
            plan = compile_query(query, self._interning, first_detailed=self._first_detailed())
            events = self._db.one("SELECT count(*) FROM event")[0]
            lookups = [
                Lookup(
                    step.name,
                    step.source,
                    step.exact,
                    events
                    if not step.sql
                    else self._db.one(f"SELECT count(*) FROM event e WHERE {step.sql}", step.values)[0],  # noqa: S608
                )
                for step in plan.steps
            ]
            parts = [step for step in plan.steps if step.sql]
            where = f" WHERE {' AND '.join(step.sql for step in parts)}" if parts else ""
            values = [value for step in parts for value in step.values]
            candidates = self._db.one(f"SELECT count(*) FROM event e{where}", values)[0]  # noqa: S608 - our own words
            lines = self._db.all(f"EXPLAIN QUERY PLAN {plan.sql}", plan.values)
        unsorted = query.order_by not in {None, "event_time", "record_time"}
        return Explanation(
            tuple(lookups), candidates, bool(plan.checks) or unsorted, events, tuple(line[-1] for line in lines)
        )

    def ceiling(self) -> int:
        """The greatest number of an event."""
        return int(self._db.one("SELECT ifnull(max(id), 0) FROM event")[0])

    def _first_detailed(self) -> int:
        row = self._db.one("SELECT value FROM setting WHERE name = 'first_detailed'")
        return 0 if row is None else int(row[0])

    # -- master data ------------------------------------------------------------------

    def descendants(self, key: str) -> set[str]:
        """The key itself and all keys that lie below it."""
        known = self._interning.keys([key])
        rows = self._db.all(
            "WITH RECURSIVE below (id) AS (SELECT value FROM json_each(?) UNION SELECT m.child FROM below "
            "CROSS JOIN master_child m ON m.parent = below.id) SELECT id FROM below",
            (id_list(known.values()),),
        )
        return {key, *self._interning.texts([number for (number,) in rows]).values()}

    def elements(self, key: str) -> list[VocabularyElement]:
        """What documents say about a thing, that of the document made last first."""
        known = self._interning.keys([key])
        return [element for _, element in self._master("m.epc IN (SELECT value FROM json_each(?))", known.values())]

    def master_data(self, query: MasterDataQuery) -> Iterator[tuple[str, str]]:
        """Kind and key of all things that documents describe, by kind and key, narrowed by what an index knows."""
        wanted: set[str] = set(query.names)
        for key in query.within:
            wanted |= self.descendants(key)
        sql = "SELECT DISTINCT m.kind, m.epc FROM master m"
        values: list[str] = []
        if query.names or query.within:
            sql += " WHERE m.epc IN (SELECT value FROM json_each(?))"
            values.append(id_list(self._interning.keys(sorted(wanted)).values()))
        rows = self._db.all(sql, values)
        texts = self._interning.texts([number for _, number in rows])
        return iter(sorted((self._interning.term_text(kind) or "", texts[number]) for kind, number in rows))

    def _master(self, where: str, numbers: Any) -> list[tuple[str, VocabularyElement]]:
        from epcis_kit.model import VocabularyElement  # noqa: PLC0415 - where master data are asked for

        rows = self._db.all(
            "SELECT m.kind, m.payload FROM master m CROSS JOIN document d ON d.id = m.document "  # noqa: S608
            f"WHERE {where} ORDER BY d.created_us DESC, d.sha256, m.kind",
            (id_list(numbers),),
        )
        return [
            (self._interning.term_text(kind) or "", unpack_part(VocabularyElement, self._unpacked(payload)))
            for kind, payload in rows
        ]
