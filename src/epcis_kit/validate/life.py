"""What became of each object of a document: reads the ledger object by object and says what cannot be.

Takes a :class:`~epcis_kit.validate.ledger.Ledger` and, where there is one, the history before the document; gives the
problems of each sequence rule. Guarantees: objects are judged in the order of time, whatever the order of the document;
a place in the history is never the place of a problem; memory holds one part of the ledger at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.validate import ledger as book
from epcis_kit.validate.ledger import Ledger, Row
from epcis_kit.validate.mentions import Mentions
from epcis_kit.validate.rules import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.model import Event
    from epcis_kit.validate.rules import Look, Problem
    from epcis_kit.validate.travel import Distances

__all__ = ["Lives"]

_DAY: Final = 86_400_000_000
_BAD_STATES: Final = (
    (book.NO_MORE, "destroyed"),
    (book.STOLEN, "stolen"),
    (book.RECALLED, "recalled"),
    (book.EXPIRED, "expired"),
)
_USES: Final = frozenset(
    {book.SEEN, book.END, book.USED, book.PACK, book.PACKED, book.UNPACK, book.CONTAINER, book.CONTAINER_SEEN}
)
_STATES: Final = book.NO_MORE | book.STOLEN | book.RECALLED | book.EXPIRED
_PACKING: Final = 1 << book.PACK | 1 << book.UNPACK
_MOST_RELATED: Final = 5
_PAST: Final = frozenset({"SEQ-002", "SEQ-004", "SEQ-005", "SEQ-006", "SEQ-007"})
"""Rules with messages of their own where the other event is one of the history."""


class Lives:
    """The judgement of all objects of a document.

    Attributes:
        problems: What was found, by rule id.
    """

    def __init__(self, ledger: Ledger, look: Look, distances: Distances | None) -> None:
        self.problems: dict[str, list[Problem]] = {}
        self._ledger = ledger
        self._history = look.history
        self._distances = distances
        self._complete = look.complete
        self._never: dict[int, list[Row]] = {}
        self._orphans: dict[int, list[Row]] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._alone: dict[tuple[int, int], tuple[Row, Row]] = {}
        self._looked_up: set[str] = set()
        if self._history is not None:  # containers first: those that were emptied as a whole name no content
            for rows in ledger.objects():
                if any(row.what in {book.CONTAINER, book.CONTAINER_SEEN} for row in rows):
                    self._empty(trace_key(ledger.text(rows[0])).key)
        for rows in ledger.objects():
            self._object(rows)
        if self._alone:
            self._settle_alone()
        self._grouped("SEQ-001", self._never)
        self._grouped("SEQ-014", self._orphans)

    # -- one object

    def _object(self, rows: list[Row]) -> None:
        if self._history is not None:
            rows = self._with_history(rows)
        flags = happened = lots = 0
        for row in rows:
            flags |= row.flags
            happened |= 1 << row.what
            lots |= row.lot
        if flags & book.IS_LOT:
            self._balance([row for row in rows if row.flags & book.IS_LOT])
            rows = [row for row in rows if not row.flags & book.IS_LOT]
            if not rows:
                return
        self._beginning_and_end(rows)
        if happened & _PACKING:
            self._parents(rows)
        if flags & (book.SHIP | book.SELL) and (flags & _STATES or flags >> book.EXPIRY_AT):
            self._states(rows)
        if len(rows) > 1:
            if lots:
                self._lots(rows)
            if flags & book.SHIP and flags & book.RECEIVE:
                self._deliveries(rows)
            if self._distances is not None:
                self._travel(rows)

    def _beginning_and_end(self, rows: list[Row]) -> None:
        made: Row | None = None
        used: Row | None = None
        ended: Row | None = None
        told = False
        trade = bool(rows[0].flags & book.TRADE)
        for row in rows:
            what = row.what
            if what == book.CREATE:
                if made is not None and (trade or ended is None):
                    if not _same(made, row):
                        self._add("SEQ-002", "default", row, made, value=self._ledger.text(row), first=made.event)
                elif used is not None and not told:
                    self._add("SEQ-003", "before", used, row, value=self._ledger.text(used))
                    told = True
                made, ended = made or row, None
            elif what in _USES:
                used = used or row
                if ended is not None and not told and what != book.END:
                    self._add("SEQ-003", "after", row, ended, value=self._ledger.text(row))
                    told = True
                if what == book.CONTAINER and not trade and ended is not None:
                    ended = None  # a container is used again
                if what == book.END:
                    ended = row
        if made is None and trade and used is not None:
            self._collect(self._never, "SEQ-001", next(row for row in rows if row.event >= 0))
        elif made is not None and trade and self._complete and made.event >= 0:
            moved = {book.PACK, book.USED, book.END}
            if not any(row.what in moved or row.flags & (book.SHIP | book.SELL) for row in rows):
                self._collect(self._orphans, "SEQ-014", made)

    def _lots(self, rows: list[Row]) -> None:
        lots = self._ledger.lots
        named = [row for row in rows if row.lot]
        made = [row for row in rows if row.what == book.CREATE]
        for row in named[1:]:
            first = named[0]
            if row.lot != first.lot and not (len(made) > 1 and row.what == book.CREATE):
                text = self._ledger.text(row)
                self._add("SEQ-009", "default", row, first, value=text, elsewhere=lots[first.lot], lot=lots[row.lot])
                return

    def _parents(self, rows: list[Row]) -> None:
        inside: Row | None = None
        for row in rows:
            what = row.what
            if inside is not None and what in {book.PACK, book.UNPACK, book.SEEN} and self._emptied(inside, row):
                inside = None
            if what == book.PACK:
                if inside is not None and inside.other != row.other and row.other:
                    self._add("SEQ-004", "default", row, inside, value=self._ledger.text(row), first=inside.event)
                inside = row
            elif what == book.UNPACK:
                if inside is None:
                    self._add("SEQ-005", "unknown", row, None, value=self._ledger.text(row))
                elif inside.other != row.other and row.other:
                    self._add("SEQ-005", "other", row, inside, value=self._ledger.text(row), first=inside.event)
                inside = None
            elif what == book.SEEN and row.flags & book.SHIP and inside is not None and row.event >= 0:
                self._alone[inside.other, row.event] = (row, inside)
            elif what in {book.END, book.USED}:
                inside = None

    def _emptied(self, inside: Row, row: Row) -> bool:
        moments = self._ledger.emptied.get(inside.other, ())
        return any(inside.time <= moment <= row.time for moment in moments)

    def _settle_alone(self) -> None:
        """An object that is shipped together with its container is not alone; containers are looked up at the end."""
        wanted = {key for key, _ in self._alone}
        for rows in self._ledger.objects():
            if rows[0].key in wanted:
                for row in rows:
                    self._alone.pop((row.key, row.event), None)
        for row, inside in self._alone.values():
            self._add("SEQ-006", "default", row, inside, value=self._ledger.text(row), first=inside.event)

    def _states(self, rows: list[Row]) -> None:
        state: tuple[Row, str] | None = None
        expiry = 0
        for row in rows:
            expiry = row.expiry or expiry
            if row.flags & (book.SHIP | book.SELL) and row.what == book.SEEN:
                selling = bool(row.flags & book.SELL)
                step = "sold" if selling else "shipped"
                back = row.flags & (book.RETURNING | book.RECALLED | book.EXPIRED | book.NO_MORE | book.STOLEN)
                if state is not None and (selling or not back):
                    text = self._ledger.text(row)
                    self._add("SEQ-012", "state", row, state[0], value=text, step=step, state=state[1])
                    state = None
                elif expiry and row.time >= (expiry + 1) * _DAY and (selling or not back):
                    self._add("SEQ-012", "expired", row, None, value=self._ledger.text(row), step=step)
                    expiry = 0
            if row.flags & book.CLEARED:
                state = None
            if row.what == book.END:
                continue  # what happens after the end is told by SEQ-003
            for bit, word in _BAD_STATES:
                if row.flags & bit and not row.flags & (book.SHIP | book.SELL):
                    state = (row, word)
                    break

    def _deliveries(self, rows: list[Row]) -> None:
        shipped = [row for row in rows if row.flags & book.SHIP and row.what == book.SEEN and row.other]
        if not shipped:
            return
        received = [row for row in rows if row.flags & book.RECEIVE and row.what == book.SEEN and row.other]
        for ship in shipped:
            there = [row for row in received if row.other == ship.other]
            if there and all(row.time < ship.time for row in there):
                earlier = there[-1]
                if any(
                    earlier.time < row.time < ship.time for row in rows if row.flags & book.SHIP and row is not ship
                ):
                    continue
                self._add("SEQ-007", "default", earlier, ship, value=self._ledger.text(earlier), first=ship.event)
                return

    def _travel(self, rows: list[Row]) -> None:
        assert self._distances is not None
        places = self._ledger.places
        before: Row | None = None
        for row in rows:
            if not row.place or row.what == book.CREATE:
                before = row if row.place else before
                continue
            if before is not None and before.place != row.place:
                said = self._distances.impossible(places[before.place], places[row.place], row.time - before.time)
                if said is not None:
                    kilometres, minutes = said
                    text = self._ledger.text(row)
                    self._add("SEQ-008", "default", row, before, value=text, kilometres=kilometres, minutes=minutes)
                    return
            before = row

    def _balance(self, rows: list[Row]) -> None:
        if not any(row.what == book.LOT_MADE for row in rows) or len({row.place for row in rows}) != 1:
            return
        left = 0
        for row in rows:
            left += -row.other if row.what == book.LOT_OUT else row.other
            if left < 0:
                text, lacking = self._ledger.text(row), _amount(-left)
                self._add("SEQ-011", "default", row, None, value=text, lacking=lacking, taken=_amount(row.other))
                return

    # -- the history

    def _with_history(self, rows: list[Row]) -> list[Row]:
        assert self._history is not None
        key = trace_key(self._ledger.text(rows[0])).key
        wanted = rows[0].key
        present = {(row.time, row.what) for row in rows}
        past = []
        for event in self._known(key):
            past += [row for row in self._past_rows(event) if row.key == wanted]
            parent = getattr(event, "parent_id", None)
            if parent is not None:
                self._empty(trace_key(parent).key)
        past = [row for row in past if (row.time, row.what) not in present]
        if not past:
            return rows
        return sorted((*past, *rows))

    def _empty(self, container: str) -> None:
        """Enter into the ledger when the history says that a container was emptied."""
        if container in self._looked_up:
            return
        self._looked_up.add(container)
        for event in self._known(container):
            if getattr(event, "action", None) == "DELETE" and not getattr(event, "child_epcs", True):
                for _ in self._past_rows(event):
                    pass

    def _known(self, key: str) -> Iterable[Event]:
        assert self._history is not None
        for event in self._history.about(key):
            if event.error_declaration is None and not self._ledger.known(event.event_id):
                yield event

    def _past_rows(self, event: Event) -> Iterator[Row]:
        mentions = Mentions()
        mentions.of(event)
        for values in self._ledger.rows(event, -1, mentions):
            yield Row(*values)

    # -- telling

    def _add(self, rule: str, key: str, row: Row, other: Row | None, **words: Any) -> None:
        if row.event < 0:
            return
        related = () if other is None or other.event < 0 else ((other.event, other.path),)
        if other is not None and other.event < 0 and rule in _PAST:
            key = f"{key}_past"
            del words["first"]
        found = problem(key, row.path, event_index=row.event, related=related, **words)
        self.problems.setdefault(rule, []).append(found)

    def _collect(self, groups: dict[int, list[Row]], rule: str, row: Row) -> None:
        group = groups.setdefault(row.event, [])
        if len(group) < _MOST_RELATED:
            group.append(row)
        self._counts[rule, row.event] = self._counts.get((rule, row.event), 0) + 1

    def _grouped(self, rule: str, groups: dict[int, list[Row]]) -> None:
        """One problem an event, for what may be true of every object of a document."""
        for index, rows in groups.items():
            count, first = self._counts[rule, index], min(rows, key=lambda row: row.where)
            related = tuple((row.event, row.path) for row in rows if row is not first)
            text = self._ledger.text(first)
            if count == 1:
                found = problem("default", first.path, event_index=index, value=text)
            else:
                found = problem("many", first.path, event_index=index, related=related, value=text, more=count - 1)
            self.problems.setdefault(rule, []).append(found)


def _same(first: Row, second: Row) -> bool:
    """One event that stands in the document twice, or in the document and in the history."""
    return first.time == second.time and first.place == second.place and first.lot == second.lot


def _amount(millionths: int) -> str:
    whole, rest = divmod(millionths, 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
