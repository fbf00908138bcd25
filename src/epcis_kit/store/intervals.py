"""From what was packed, seen and unpacked to the times at which it was inside: one pure function for one pair.

Takes the facts about one child in one parent by one type of event (aggregation or association): each with its
instant, action and, for lots, quantity. Gives the stays: from when to when, and which event is the evidence.
Guarantees: the result depends on the set of facts only, never on their order; nothing is remembered between calls.

How facts are read (``ADD`` puts in, ``OBSERVE`` sees, ``DELETE`` takes out):

* a stay begins with an ``ADD``, or with an ``OBSERVE`` where none is open; it holds its start and not its end;
* every ``ADD`` is evidence of its own, from its instant to the end of the stay, so that a second packing of a lot is
  not lost;
* with quantities the stay ends when nothing is left in any unit of measure; a ``DELETE`` in another unit subtracts
  nothing, one without a quantity ends it, and so does a fact that clears the parent or ends the child (``clears``);
* at one instant, where a stay is open: what is seen is seen inside, then what leaves leaves, then what comes comes.
  Where none is
  open: it comes, then leaves, which leaves a stay of that one instant. Senders with dates only keep their containment
      that way.

An object with a serial number is a lot without quantities: the same rules give the right answer.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.store.times import FOREVER, Instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["ADD", "DELETE", "OBSERVE", "Fact", "Stay", "amounts_at", "plain_stays", "relevant", "stays"]

ADD: Final = 1
OBSERVE: Final = 2
DELETE: Final = 3
_FEW: Final = 4
_PLAIN: Final = 3


class Fact(NamedTuple):
    """What one event says about one child in one parent.

    Attributes:
        time: When.
        action: :data:`ADD`, :data:`OBSERVE` or :data:`DELETE`.
        event: Number of the event.
        quantity: How much; ``None`` for an object with a serial number, and for "unspecified".
        uom: Unit of measure; ``""`` for pieces.
        clears: True for a DELETE that ends any stay: the parent was emptied, or the child is no more.
    """

    time: Instant
    action: int
    event: int
    quantity: Decimal | None = None
    uom: str = ""
    clears: bool = False


class Stay(NamedTuple):
    """A child was in a parent from ``start`` to ``end``, and ``event`` says so."""

    start: Instant
    end: Instant
    event: int


class _Content:
    """What is inside now, and since when."""

    def __init__(self) -> None:
        self.stays: list[Stay] = []
        self.open: list[Fact] = []
        self.amounts: dict[str, Decimal | None] = {}

    def add(self, fact: Fact) -> None:
        self.open.append(fact)
        quantity = fact.quantity
        if quantity is None or not quantity.is_finite():
            self.amounts[fact.uom] = None
        elif fact.uom not in self.amounts:
            self.amounts[fact.uom] = quantity
        else:
            before = self.amounts[fact.uom]
            self.amounts[fact.uom] = None if before is None else before + quantity

    def see(self, sights: list[Fact]) -> None:
        """Several sights at one instant are sights of the same goods: the largest amount counts."""
        for fact in sights:
            self.open.append(fact)
            quantity = fact.quantity
            before = self.amounts.get(fact.uom, quantity)
            unknown = before is None or quantity is None or not quantity.is_finite()
            self.amounts[fact.uom] = None if unknown else max(before, quantity)  # type: ignore[type-var]

    def remove(self, fact: Fact) -> None:
        if not self.open:
            return
        if not fact.clears and fact.quantity is not None:
            before = self.amounts.get(fact.uom)
            if before is None or not fact.quantity.is_finite():
                return
            self.amounts[fact.uom] = max(before - fact.quantity, Decimal(0))
            if any(amount is None or amount > 0 for amount in self.amounts.values()):
                return
        self.stays.extend(Stay(added.time, fact.time, added.event) for added in self.open)
        self.open.clear()
        self.amounts.clear()


_by_time = itemgetter(0)


def _replay(facts: Iterable[Fact]) -> _Content:
    content = _Content()
    for _, group in groupby(sorted(facts, key=_by_time), _by_time):
        together = list(group)
        if len(together) == 1:
            fact = together[0]
            if fact.action == ADD or (fact.action == OBSERVE and not content.open):
                content.add(fact)
            elif fact.action == DELETE:
                content.remove(fact)
            continue
        adds = [fact for fact in together if fact.action == ADD]
        removals = [fact for fact in together if fact.action == DELETE]
        if content.open:
            for fact in removals:
                content.remove(fact)
            for fact in adds:
                content.add(fact)
        else:
            for fact in adds:
                content.add(fact)
            if not adds:
                content.see([fact for fact in together if fact.action == OBSERVE])
            for fact in removals:
                content.remove(fact)
    return content


def stays(facts: Iterable[Fact]) -> list[Stay]:
    """All stays that the facts of one pair and one type of event prove, by start."""
    content = _replay(facts)
    content.stays.extend(Stay(fact.time, FOREVER, fact.event) for fact in content.open)
    return sorted(set(content.stays))


def plain_stays(rows: Sequence[Sequence[Any]]) -> list[tuple[Instant, Instant, int]] | None:
    """What :func:`stays` gives for the two shapes that most pairs have, without its cost; ``None`` for all others.

    Takes rows of time, action and event: an object that was put in or seen, and perhaps taken out later.
    """
    first = rows[0]
    if len(first) != _PLAIN:
        return None
    time, action, event = first
    if len(rows) == 1:
        return [] if action == DELETE else [(time, FOREVER, event)]
    second = rows[1]
    if len(rows) > 2 or len(second) != _PLAIN or (action == DELETE) == (second[1] == DELETE):
        return None
    if action == DELETE:
        return [(second[0], FOREVER, second[2])] if time < second[0] else [(second[0], time, second[2])]
    return [(time, FOREVER, event)] if second[0] < time else [(time, second[0], event)]


def relevant(facts: list[Fact], clears: list[Fact]) -> list[Fact]:
    """Those of ``clears`` that can end a stay which ``facts`` begin.

    A container that was emptied a thousand times has a thousand facts that say so, and each stay ends with the first of
    them: after each beginning only the clears of that instant and of the next one matter.
    """
    if len(clears) <= _FEW:
        return clears
    clears.sort(key=_by_time)
    times = [fact.time for fact in clears]
    wanted: set[int] = set()
    for fact in facts:
        if fact.action != DELETE:
            here = bisect_right(times, fact.time)
            last = bisect_right(times, times[here]) if here < len(times) else here
            wanted.update(range(bisect_left(times, fact.time), last))
    return [clears[place] for place in sorted(wanted)]


def amounts_at(facts: Iterable[Fact], moment: Instant) -> Mapping[str, Decimal | None]:
    """How much is inside at ``moment``, by unit of measure; ``None`` for an amount that nobody stated."""
    return _replay(fact for fact in facts if fact.time <= moment).amounts
