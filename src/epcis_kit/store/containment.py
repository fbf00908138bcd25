"""Facts about pairs of container and content, and the stays computed from them, in SQLite.

Takes facts as events bring them and take them back; keeps, for each pair, all its facts in one packed row and its
stays as rows of their own. Guarantees: after :meth:`Containment.flush` the stays are those that
:func:`~epcis_kit.store.intervals.stays` gives for all facts of each touched pair; pairs that were not touched are not
looked at. Touched are the pairs that facts name, those that were inside when a parent was emptied, and those of a
child that ended.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from epcis_kit.store.intervals import DELETE, Fact, plain_stays, relevant, stays
from epcis_kit.store.schema import MOUNTED
from epcis_kit.store.times import FOREVER, instant, split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from epcis_kit.store.engine import Database
    from epcis_kit.store.times import Instant

__all__ = ["Containment", "PairFact", "packed_fact"]

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder().decode
_EVENT: Final = 2

Pair = tuple[int, int, int]
"""Parent, child, flags (see :mod:`epcis_kit.store.schema`)."""


PairFact = tuple[Any, ...]
"""Microseconds, action, event; quantity, unit and further digits of the time where there are such."""


def packed_fact(  # noqa: PLR0917 - the columns of a row
    time_us: int, rest: str, action: int, event: int, quantity: str | None, uom: str
) -> PairFact:
    """A fact as it is packed; what has its default at the end is left out."""
    if rest:
        return (time_us, action, event, quantity, uom, rest)
    if uom:
        return (time_us, action, event, quantity, uom)
    return (time_us, action, event) if quantity is None else (time_us, action, event, quantity)


def _as_fact(row: Sequence[Any]) -> Fact:
    if len(row) == 3:
        return Fact(row[0], row[1], row[2])
    time_us, action, event, quantity, *more = row
    uom = more[0] if more else ""
    moment = instant(time_us, more[1]) if len(more) > 1 else time_us
    return Fact(moment, action, event, None if quantity is None else Decimal(quantity), uom)


class Containment:
    """Gathers what a chunk of events says, then brings the tables up to date.

    Attributes:
        added: What effective events say about pairs: append a :data:`PairFact` here.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self.added: defaultdict[Pair, list[PairFact]] = defaultdict(list)
        self._removed: dict[Pair, set[int]] = {}
        self._emptied: set[tuple[int, int]] = set()
        self._ended: set[tuple[int, int]] = set()

    def forget(self) -> None:
        """Drop what was gathered: the transaction was undone."""
        self.__init__(self._db)  # type: ignore[misc]

    def remove(self, pair: Pair, event: int) -> None:
        """The event says nothing about the pair any more."""
        self._removed.setdefault(pair, set()).add(event)
        if pair in self.added:
            self.added[pair] = [fact for fact in self.added[pair] if fact[_EVENT] != event]

    def clear(  # noqa: PLR0917 - the columns of a row
        self, parent: int, child: int, flags: int, time_us: int, rest: str, event: int, *, undo: bool = False
    ) -> None:
        """A parent was emptied (child 0), or a child is no more (parent 0); or that is taken back."""
        mounted = flags & MOUNTED
        if undo:
            self._db.run(
                "DELETE FROM clear WHERE parent = ? AND child = ? AND mounted = ? AND time_us = ? AND event = ?",
                (parent, child, mounted, time_us, event),
            )
        else:
            self._db.run(
                "INSERT INTO clear (parent, child, mounted, time_us, event, rest) VALUES (?, ?, ?, ?, ?, ?)",
                (parent, child, mounted, time_us, event, rest or None),
            )
        if parent:
            self._emptied.add((parent, time_us))
        else:
            self._ended.add((child, time_us))

    def flush(self, first_new: int) -> None:
        """Compute the stays of everything touched; keys from ``first_new`` on are in no row yet."""
        touched: dict[Pair, None] = dict.fromkeys(self.added)
        touched.update(dict.fromkeys(self._removed))
        for column, cleared in (("parent", self._emptied), ("child", self._ended)):
            for number, time in cleared:  # whatever was inside at that instant, or left at it
                touched.update(
                    dict.fromkeys(
                        self._db.all(
                            f"SELECT parent, child, flags FROM contain WHERE {column} = ? AND from_us <= ? "  # noqa: S608
                            "AND (to_us IS NULL OR to_us >= ?)",
                            (number, time, time),
                        )
                    )
                )
        if touched:
            self._update(touched, [pair for pair in touched if pair[0] < first_new and pair[1] < first_new])
        self.added.clear()
        self._removed.clear()
        self._emptied.clear()
        self._ended.clear()

    def _update(self, touched: Iterable[Pair], known: list[Pair]) -> None:
        stored = self._stored(known)
        have = self._stays_of(known)
        clears = self._clears(touched)
        packed: list[tuple[Any, ...]] = []
        empty: list[Pair] = []
        wanted: list[tuple[Any, ...]] = []
        for pair in touched:
            parent, child, flags = pair
            rows: list[Any] = stored.get(pair, [])
            gone = self._removed.get(pair)
            if gone:
                rows = [row for row in rows if row[_EVENT] not in gone]
            added = self.added.get(pair)
            if added:
                rows = rows + added if rows else added
            if added or gone:
                if rows:
                    packed.append((parent, child, flags, _pack(rows)))
                else:
                    empty.append(pair)
            found = plain_stays(rows) if rows and not clears else None
            if found is None:
                facts = [_as_fact(row) for row in rows]
                found = stays(_with_clears(facts, pair, clears) if clears else facts)  # type: ignore[assignment]
            for start, end, event in found:  # type: ignore[union-attr]
                if type(start) is int and (end == FOREVER or type(end) is int):
                    wanted.append((child, parent, start, event, None if end == FOREVER else end, flags, None))
                else:
                    wanted.append((child, parent, *_precise_row(start, end, event, flags)))
        db = self._db
        db.run_many("INSERT OR REPLACE INTO pair (parent, child, flags, facts) VALUES (?, ?, ?, ?)", packed)
        if empty:
            db.run_many("DELETE FROM pair WHERE parent = ? AND child = ? AND flags = ?", empty)
        if have:
            same = have.intersection(wanted)
            stale = {row[:4] for row in have - same}
            different = [row for row in wanted if row not in same]
            changed = [row for row in different if row[:4] in stale]  # most often an end became known
            wanted = [row for row in different if row[:4] not in stale]
            if changed:
                db.run_many(
                    "UPDATE contain SET to_us = ?, flags = ?, rest = ? "
                    "WHERE child = ? AND parent = ? AND from_us = ? AND event = ?",
                    [(*row[4:], *row[:4]) for row in changed],
                )
                stale.difference_update([row[:4] for row in changed])
            db.run_many("DELETE FROM contain WHERE child = ? AND parent = ? AND from_us = ? AND event = ?", stale)
        wanted.sort(key=itemgetter(0, 1, 2, 3))
        db.run_many(
            "INSERT INTO contain (child, parent, from_us, event, to_us, flags, rest) VALUES (?, ?, ?, ?, ?, ?, ?)",
            wanted,
        )

    def _touch(self, pairs: Iterable[Pair]) -> None:
        """Bring pairs into a temporary table, to be joined with."""
        db = self._db
        db.run(
            "CREATE TEMP TABLE IF NOT EXISTS touched (parent INTEGER, child INTEGER, flags INTEGER, "
            "PRIMARY KEY (parent, child, flags)) WITHOUT ROWID"
        )
        db.run("DELETE FROM touched")
        db.run_many("INSERT OR IGNORE INTO touched (parent, child, flags) VALUES (?, ?, ?)", sorted(pairs))

    def _stored(self, pairs: Iterable[Pair]) -> dict[Pair, list[Any]]:
        """Packed facts of pairs; fills the temporary table."""
        self._touch(pairs)
        return {
            (parent, child, flags): _unpack(facts)
            for parent, child, flags, facts in self._db.all(
                "SELECT p.parent, p.child, p.flags, p.facts FROM touched t CROSS JOIN pair p "
                "ON p.parent = t.parent AND p.child = t.child AND p.flags = t.flags"
            )
        }

    def _stays_of(self, pairs: list[Pair]) -> set[tuple[Any, ...]]:
        """Stays of the pairs in the temporary table."""
        if not pairs:
            return set()
        return set(
            self._db.all(
                "SELECT c.child, c.parent, c.from_us, c.event, c.to_us, c.flags, c.rest "
                "FROM touched t CROSS JOIN contain c ON c.child = t.child AND c.parent = t.parent AND c.flags = t.flags"
            )
        )

    def _clears(self, pairs: Iterable[Pair]) -> dict[tuple[int, int, int], list[Fact]]:
        """What emptied the parents and ended the children of pairs: by parent, 0 and type, and by 0, child and 0."""
        db = self._db
        if db.one("SELECT 1 FROM clear LIMIT 1") is None:
            return {}
        self._touch(pairs)
        found: dict[tuple[int, int, int], list[Fact]] = {}
        for which in (
            "(SELECT DISTINCT parent FROM touched) t CROSS JOIN clear c ON c.parent = t.parent AND c.child = 0",
            "(SELECT DISTINCT child FROM touched) t CROSS JOIN clear c ON c.parent = 0 AND c.child = t.child",
        ):
            for parent, child, mounted, time, event, rest in db.all(
                f"SELECT c.parent, c.child, c.mounted, c.time_us, c.event, c.rest FROM {which}"  # noqa: S608
            ):
                fact = Fact(instant(time, rest) if rest else time, DELETE, event, None, "", clears=True)
                found.setdefault((parent, child, mounted), []).append(fact)
        return found

    def facts(self, pairs: Iterable[tuple[int, int, int]]) -> dict[Pair, list[Fact]]:
        """All facts of pairs, those that empty the parent or end the child too."""
        asked = list(pairs)
        stored = self._stored(asked)
        clears = self._clears(asked)
        return {pair: _with_clears([_as_fact(row) for row in stored.get(pair, [])], pair, clears) for pair in asked}


def _with_clears(facts: list[Fact], pair: Pair, clears: dict[tuple[int, int, int], list[Fact]]) -> list[Fact]:
    parent, child, flags = pair
    emptied = clears.get((parent, 0, flags & MOUNTED))
    ended = clears.get((0, child, 0))
    if emptied is None and ended is None:
        return facts
    return facts + relevant(facts, (emptied or []) + (ended or []))


def _precise_row(start: Instant, end: Instant, event: int, flags: int) -> tuple[Any, ...]:
    """The columns of a stay whose ends have digits beyond the microsecond."""
    from_us, from_rest = split(start)
    to_us, to_rest = (None, "") if end == FOREVER else split(end)
    return (from_us, event, to_us, flags, f"{from_rest}|{to_rest}")
