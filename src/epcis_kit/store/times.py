"""Instants and windows of time, as containment needs them.

Takes microseconds and the digits beyond them; gives plain numbers that compare. An *instant* is an ``int`` of
microseconds since 1970-01-01T00:00:00Z; where a document wrote more than six digits of a fraction it is an exact
``Fraction``; and it is ``±math.inf`` for "always". A *window* ``(start, end)`` holds its start and not its end;
``start == end`` means that one instant alone (packed and unpacked on one date); an end of ``inf`` means that it never
ended, so that it holds ``inf`` ("now") too.

Guarantees: pure functions; intersecting is commutative and associative, and spreads over unions, so that windows can
be narrowed step by step along a path in either direction with the same result.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final, TypeAlias

__all__ = ["ALWAYS", "FOREVER", "Instant", "Window", "holds", "instant", "intersect", "lies_within", "split"]

Instant: TypeAlias = int | Fraction | float
"""A point in time; floats are only ever ``inf`` and ``-inf``."""

Window: TypeAlias = tuple[Instant, Instant]
"""From the first instant, inclusive, to the second, exclusive; both equal for one instant alone."""

FOREVER: Final = math.inf
ALWAYS: Final[Window] = (-math.inf, math.inf)


def instant(epoch_us: int, rest: str | None = "") -> Instant:
    """The instant of a timestamp's ``epoch_us`` and ``rest``."""
    return epoch_us + Fraction(int(rest), 10 ** len(rest)) if rest else epoch_us


def split(moment: Instant) -> tuple[int, str]:
    """``epoch_us`` and ``rest`` of a finite instant that :func:`instant` made."""
    if isinstance(moment, int):
        return moment, ""
    fraction = Fraction(moment)
    whole = math.floor(fraction)
    digits, rest = "", fraction - whole
    while rest:
        rest *= 10
        digit = math.floor(rest)
        digits += str(digit)
        rest -= digit
    return whole, digits


def holds(window: Window, moment: Instant) -> bool:
    """Whether ``moment`` lies in ``window``."""
    start, end = window
    return start <= moment and (moment < end or end == FOREVER or start == end == moment)


def intersect(one: Window, other: Window) -> Window | None:
    """What both windows hold; ``None`` where that is nothing."""
    start = max(one[0], other[0])
    end = min(one[1], other[1])
    if start < end:
        return (start, end)
    if start == end and holds(one, start) and holds(other, start):
        return (start, end)
    return None


def lies_within(inner: Window, outer: Window) -> bool:
    """Whether ``outer`` holds all that ``inner`` holds."""
    if inner[0] == inner[1]:
        return holds(outer, inner[0])
    return outer[0] <= inner[0] and inner[1] <= outer[1]
