"""Rules about the times of one event: its offset, and the order of its moments.

Takes one event; yields problems. Guarantees: instants are compared as instants, never as texts; the present time is
what the caller says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00").fullmatch
_UTC: Final = frozenset({"Z", "+00:00", "-00:00"})


@rule("TIM-002")
def offset_form(look: Look) -> Iterator[Problem]:
    text = look.event.event_time_zone_offset
    if _OFFSET(text) is None:
        yield problem("default", "eventTimeZoneOffset", value=text)


@rule("TIM-003")
def offsets_agree(look: Look) -> Iterator[Problem]:
    own, said = look.event.event_time.offset, look.event.event_time_zone_offset
    if own != said and own not in _UTC:
        yield problem("default", "eventTimeZoneOffset", value=own, expected=said)


@rule("TIM-005")
def recorded_afterwards(look: Look) -> Iterator[Problem]:
    event = look.event
    if event.record_time is not None and event.record_time < event.event_time:
        yield problem("recorded", "recordTime", value=event.record_time.text, event_time=event.event_time.text)
