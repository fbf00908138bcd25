"""Policy "implicit move": an object that is packed elsewhere has left where it was, although nobody said so.

Takes stays; gives the same stays, those that an implicit move ends with an earlier end. Guarantees: lots are never
moved (they sit in many places at once), nor is an object whose two containers hold each other while it is in both,
directly or through others: such senders list an object in its case and on its pallet. Only stays of one type of event
move each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.store.times import intersect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from epcis_kit.store.backend import Backend, StayRow
    from epcis_kit.store.times import Instant, Window

__all__ = ["Moves"]


class Moves:
    """Ends of stays by implicit moves; what was found out is remembered for the length of one walk."""

    def __init__(self, backend: Backend, span: Window) -> None:
        self._backend = backend
        self._span = span
        self._ends: dict[StayRow, Instant] = {}
        self._known: set[int] = set()

    def applied(self, stays: Iterable[StayRow]) -> list[StayRow]:
        """``stays`` with the ends that implicit moves give them."""
        asked = list(stays)
        new = {stay.child for stay in asked if not stay.lot} - self._known
        if new:
            self._known |= new
            by_child: dict[tuple[int, bool], list[StayRow]] = {}
            for stay in self._backend.links(new, "forward", self._span).stays:
                by_child.setdefault((stay.child, stay.mounted), []).append(stay)
            for together in by_child.values():
                self._learn(together)
        return [stay if stay not in self._ends else stay._replace(end=self._ends[stay]) for stay in asked]

    def _learn(self, stays: list[StayRow]) -> None:
        """Stays of one child by one type of event."""
        stays.sort(key=lambda stay: stay.start)
        for stay in stays:
            for later in stays:
                if (
                    later.parent != stay.parent
                    and stay.start < later.start < stay.end
                    and not self._nested(stay.parent, later.parent, (later.start, stay.end))
                ):
                    self._ends[stay] = later.start
                    break

    def _nested(self, one: int, other: int, window: Window) -> bool:
        return self._is_inside(one, other, window) or self._is_inside(other, one, window)

    def _is_inside(self, inner: int, outer: int, window: Window) -> bool:
        """Whether ``inner`` is in ``outer``, directly or not, at some instant of ``window``."""
        frontier: dict[int, list[Window]] = {inner: [window]}
        seen = {(inner, window)}
        while frontier:
            following: dict[int, list[Window]] = {}
            for stay in self._backend.links(frontier, "forward", self._span).stays:
                for known in frontier[stay.child]:
                    found = intersect(known, (stay.start, stay.end))
                    if found is None:
                        continue
                    if stay.parent == outer:
                        return True
                    if (stay.parent, found) not in seen:
                        seen.add((stay.parent, found))
                        following.setdefault(stay.parent, []).append(found)
            frontier = following
        return False
