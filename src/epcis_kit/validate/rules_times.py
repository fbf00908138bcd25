"""Rules about times: offsets, the order of moments, the future, and times that were made up.

Takes one event after the other; yields problems. Guarantees: instants are compared as instants, never as texts; the
present time is what the caller says; offsets of countries come from ``schemas/country_offsets.toml``.
"""

from __future__ import annotations

import functools
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from epcis_kit._resources import read_text
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00").fullmatch
_UTC: Final = frozenset({"Z", "+00:00", "-00:00"})
_MIDNIGHT: Final = re.compile(r"T00:00:00(?:\.0+)?(?:Z|[+-])").search
_SECOND_US: Final = 1_000_000


@rule("TIM-002")
def offset_form(look: Look) -> Iterator[Problem]:
    text = look.event.event_time_zone_offset
    if _OFFSET(text) is None:
        yield problem("default", "eventTimeZoneOffset", value=text)


@rule("TIM-003")
def offsets_agree(look: Look) -> Iterator[Problem]:
    own, said = look.event.event_time.offset, look.event.event_time_zone_offset
    if own != said and own not in _UTC and _OFFSET(said) is not None:
        yield problem("default", "eventTimeZoneOffset", value=own, expected=said)


@rule("TIM-004")
def not_in_the_future(look: Look) -> Iterator[Problem]:
    latest = look.shared.get("latest_us")
    if latest is None:
        seconds = look.now.timestamp() + look.parameters["skew_seconds"]
        latest = look.shared["latest_us"] = int(seconds * _SECOND_US)
    if look.event.event_time.epoch_us > latest:
        now = look.now.isoformat(timespec="seconds")
        yield problem("default", "eventTime", value=look.event.event_time.text, now=now)


@rule("TIM-005")
def recorded_afterwards(look: Look) -> Iterator[Problem]:
    event = look.event
    if event.record_time is not None and event.record_time < event.event_time:
        yield problem("default", "recordTime", value=event.record_time.text, event_time=event.event_time.text)


@functools.cache
def _country_offsets() -> Mapping[str, tuple[int, int]]:
    table = tomllib.loads(read_text("schemas/country_offsets.toml"))["offsets"]
    return {code: (_minutes(low), _minutes(high)) for code, (low, high) in table.items()}


def _minutes(offset: str) -> int:
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return -minutes if offset[0] == "-" else minutes


@rule("TIM-006", needs="known")
def offset_of_the_place(look: Look) -> Iterator[Problem]:
    if look.master_data is None:
        return
    event = look.event
    place = event.read_point or event.biz_location
    if place is None or _OFFSET(event.event_time_zone_offset) is None:
        return
    known: Any = look.master_data.place(place.id)
    country = "" if known is None else known.country.upper()
    allowed = _country_offsets().get(country) if country else None
    if allowed is None:
        return
    if not allowed[0] <= _minutes(event.event_time_zone_offset) <= allowed[1]:
        path = "eventTimeZoneOffset"
        yield problem("default", path, value=event.event_time_zone_offset, place=place.id, country=country)


@rule("TIM-007", moments=("event", "end"))
def times_of_their_own(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        text = look.event.event_time.text
        memory["events"] = memory.get("events", 0) + 1
        if memory.setdefault("first", look.event.event_time.epoch_us) != look.event.event_time.epoch_us:
            memory["differ"] = True
        if _MIDNIGHT(text) is not None:
            memory["midnight"] = memory.get("midnight", 0) + 1
            memory.setdefault("text", text)
        return
    events, midnight = memory.get("events", 0), memory.get("midnight", 0)
    least = look.parameters["min_events"]
    if midnight >= least and midnight * 2 > events:
        yield problem("midnight", count=midnight, events=events, value=memory["text"])
    elif events >= least and "differ" not in memory:
        yield problem("same", events=events)
