"""Rules about instance and lot master data: dates that exist, in a form that others read, in a possible order.

Takes the ``ilmd`` of one event; yields problems. Guarantees: a field is a date where its name says so (``…Date``), in
any namespace; what is no date field is left alone.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.rules import Look, Problem

__all__ = ["dates_of", "expiry_of", "lot_of"]

_TYPES: Final = ("ObjectEvent", "TransformationEvent")
_DATE: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T[0-9:.]+(?:Z|[+-][0-9:]+)?|Z|[+-][0-9]{2}:[0-9]{2})?"
).fullmatch
_DATE_NAME: Final = re.compile("Date(?:Time)?$").search
_ENDS: Final = ("itemExpirationDate", "expirationDate", "bestBeforeDate", "sellByDate", "useByDate", "expiryDate")
_STARTS: Final = ("productionDate", "packagingDate", "packDate", "harvestDate", "harvestStartDate", "freezingDate")
_LOTS: Final = ("lotNumber", "batchOrLotNumber", "lot")


def _fields(event: Any) -> Iterator[tuple[str, str]]:
    for extension in getattr(event, "ilmd", None) or ():
        yield extension.name, str(extension.text).strip()


def dates_of(event: Any) -> dict[str, dt.date]:
    """The dates of the ilmd that can be read, by name."""
    found = {}
    for name, text in _fields(event):
        if _DATE_NAME(name):
            day = _day(text)
            if day is not None:
                found[name] = day
    return found


def _day(text: str) -> dt.date | None:
    match = _DATE(text)
    if match is None:
        return None
    try:
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def expiry_of(event: Any) -> dt.date | None:
    """The day until which the objects may be used, by the ilmd."""
    dates = dates_of(event)
    return next((dates[name] for name in _ENDS[:2] if name in dates), None)


def lot_of(event: Any) -> str:
    """The lot of the objects by the ilmd; ``""`` where it names none."""
    return next((text for name, text in _fields(event) if name in _LOTS), "")


@rule("TIM-008", types=_TYPES, needs="fields")
def dates_exist(look: Look) -> Iterator[Problem]:
    event: Any = look.event
    if event.ilmd is None:
        return
    for name, text in _fields(event):
        if _DATE_NAME(name) and _DATE(text) is not None and _day(text) is None:
            yield problem("default", f"ilmd/{name}", value=text, field=name)


@rule("EVT-022", types=_TYPES, needs="fields")
def dates_written_and_ordered(look: Look) -> Iterator[Problem]:
    event: Any = look.event
    if event.ilmd is None:
        return
    for name, text in _fields(event):
        if _DATE_NAME(name) and text and _DATE(text) is None:
            yield problem("form", f"ilmd/{name}", value=text, field=name)
    dates = dates_of(event)
    ends = [(name, dates[name]) for name in _ENDS if name in dates]
    starts = [(name, dates[name]) for name in _STARTS if name in dates]
    for name, end in ends[:1]:
        late = next(((other, start) for other, start in starts if start > end), None)
        if late is not None:
            yield problem("order", f"ilmd/{name}", value=end, field=name, other=late[0], start=late[1])
        elif event.event_time.epoch_us > _end_of(end):
            yield problem("past", f"ilmd/{name}", value=end, field=name, event_time=event.event_time.text)


def _end_of(day: dt.date) -> int:
    """The instant after which a day is over everywhere."""
    return ((day - dt.date(1970, 1, 1)).days + 1) * 86_400_000_000 + 12 * 3_600_000_000
