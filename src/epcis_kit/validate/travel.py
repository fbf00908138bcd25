"""Can something have come from one place to another in that time?

Takes places (``geo:`` URIs, or keys whose coordinates the master data tell) and a span of time; gives the distance and
the minutes where it cannot. Guarantees: a place without coordinates is never judged; short ways are never judged,
because readers and addresses are not exact.
"""

from __future__ import annotations

import functools
import math
import re
from typing import Any, Final

__all__ = ["Distances"]

_GEO: Final = re.compile(r"geo:(-?[0-9]{1,3}(?:\.[0-9]{1,12})?),(-?[0-9]{1,3}(?:\.[0-9]{1,12})?)").match
_EARTH_KM: Final = 6371.0
_HOUR_US: Final = 3_600_000_000
_MINUTE_US: Final = 60_000_000


class Distances:
    """Distances between places.

    Attributes:
        fastest: Kilometres an hour that nothing travels faster than.
        least: Kilometres below which nothing is said.
    """

    def __init__(self, master_data: Any, fastest: float, least: float) -> None:
        self.fastest, self.least = fastest, least
        self._master_data = master_data
        self._coordinates = functools.cache(self._find)

    def impossible(self, first: str, second: str, span_us: int) -> tuple[int, int] | None:
        """Kilometres and minutes between two places, where nothing can travel as fast; else ``None``."""
        here, there = self._coordinates(first), self._coordinates(second)
        if here is None or there is None:
            return None
        kilometres = _great_circle(here, there)
        if kilometres <= self.least or kilometres <= self.fastest * span_us / _HOUR_US:
            return None
        return round(kilometres), span_us // _MINUTE_US

    def _find(self, key: str) -> tuple[float, float] | None:
        found = _GEO(key)
        if found is not None:
            return _checked(found[1], found[2])
        if self._master_data is None:
            return None
        place = self._master_data.place(key)
        if place is None:
            return None
        said = {name.casefold(): value for name, value in place.attributes.items()}
        return _checked(said.get("latitude", ""), said.get("longitude", ""))


def _checked(latitude: str, longitude: str) -> tuple[float, float] | None:
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        return None
    return (north, east) if abs(north) <= 90 and abs(east) <= 180 else None


def _great_circle(first: tuple[float, float], second: tuple[float, float]) -> float:
    north, east, other_north, other_east = map(math.radians, (*first, *second))
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
