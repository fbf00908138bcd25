"""Repeated rows: readers that see the same tag many times within seconds.

Takes the ``dedupe`` of a mapping: ``{by: [epc, reader], time: seen, within: 10 s}``; gives a function that says for
each row whether it repeats one before it. Guarantees: only rows that say the same in every named field are left out; a
row that is left out is counted; memory is bounded by the rows within the window, and without one by the different rows
of the table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.tabular.faults import as_list, known
from epcis_kit.tabular.part_kinds import time_maker

if TYPE_CHECKING:
    from epcis_kit.tabular.part_kinds import Context
    from epcis_kit.tabular.templates import Get

__all__ = ["Dedupe", "compile_dedupe"]

_WITHIN: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(ms|s|min|h|d)").fullmatch
_UNITS: Final = {"ms": 1000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_KEPT: Final = 200_000


class Dedupe:
    """Knows the rows that came before; one for each run (:meth:`fresh`)."""

    def __init__(self, gets: tuple[Get, ...], time: Get | None, window: int | None) -> None:
        self._gets = gets
        self._time = time
        self._window = window
        self._seen: dict[Any, int] = {}

    def fresh(self) -> Dedupe:
        """The same rule without any memory."""
        return Dedupe(self._gets, self._time, self._window)

    def repeats(self, values: list[Any]) -> bool:
        """Whether the row says what one before it said, within the window after that one."""
        key = tuple([get(values) for get in self._gets])
        if self._window is None or self._time is None:
            if key in self._seen:
                return True
            self._seen[key] = 0
            return False
        moment = self._time(values)
        if moment is None:
            return False
        now = moment.epoch_us
        before = self._seen.get(key)
        if before is not None and 0 <= now - before < self._window:
            return True
        if len(self._seen) >= _KEPT:
            self._seen = {other: at for other, at in self._seen.items() if now - at < self._window}
        self._seen[key] = now
        return False


def compile_dedupe(content: Any, context: Context, place: str) -> Dedupe:
    """The rule of its entry in the mapping.

    Raises:
        MappingError: The entry is wrong.
    """
    if not isinstance(content, dict):
        raise MappingError(f"{place}: expected {{by: […], time: …, within: 10 s}}, got {shorten(content)}.")
    known(content, ("by", "time", "within"), place)
    names = as_list(content.get("by"), f"{place}, by")
    if not names:
        raise MappingError(f"{place}, by: expected at least one field or column.")
    gets = tuple(context.scope.named(name, f"{place}, by").text for name in names)
    if ("time" in content) != ("within" in content):
        raise MappingError(f"{place}: 'time' and 'within' need each other.")
    if "time" not in content:
        return Dedupe(gets, None, None)
    match = _WITHIN(str(content["within"]))
    if match is None:
        raise MappingError(
            f"{place}, within: expected a time such as '10 s' or '5 min', got {shorten(content['within'])}."
        )
    time = time_maker(context.scope.named(content["time"], f"{place}, time"), context)
    return Dedupe(gets, time, int(float(match[1]) * _UNITS[match[2]]))
