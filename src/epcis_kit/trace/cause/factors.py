"""What an item met on its way, as factors with levels and as numbers.

Takes a trace back of an item with its events; gives pairs of factor and level, and measured numbers. Guarantees: names
of factors say at which business step they were met; a value that reads as a number is a number; nothing is looked up
here.

Factors are: lots and other things that went into the item; parties and places on the way; what the events say beyond
the standard (line, shift, operator, machine, whatever their names) and in ILMD; the day of each step; sensor readings
with minimum, mean, maximum and time beyond a limit; the hours between one step and the next.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model import TransformationEvent
from epcis_kit.query.values import as_number
from epcis_kit.vocab import convert_amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.model import Event, Extension, SensorReport
    from epcis_kit.trace.answers import Trace

__all__ = ["Limit", "Met", "factors_of"]

_HOUR_US: Final = 3_600_000_000
_LONGEST: Final = 120


class Limit(NamedTuple):
    """A limit of a sensor reading; time above it is counted.

    Attributes:
        type: Type of measurement, for example ``"Temperature"``.
        value: The limit.
        uom: Its unit, for example ``"CEL"``; readings in other units are converted.
    """

    type: str
    value: Decimal
    uom: str


class Met(NamedTuple):
    """What one item met.

    Attributes:
        levels: Factors with their levels.
        numbers: Measured numbers by factor.
    """

    levels: frozenset[tuple[str, str]]
    numbers: dict[str, float]


def factors_of(item: str, trace: Trace, events: Sequence[Event], limits: Sequence[Limit]) -> Met:
    """What an item met.

    Args:
        item: Its key.
        trace: The trace back of it.
        events: The events of that trace and of its history, in order of time.
        limits: Limits of sensor readings.
    """
    levels: set[tuple[str, str]] = set()
    numbers: dict[str, float] = {}
    for key in trace.keys:
        found = trace_key(key)
        levels.add(("input lot" if found.level == "lot" else "input", key))
        if found.class_key is not None and found.class_key != key:
            levels.add(("input product", found.class_key))
    levels.update(("party", key) for key in trace.parties)
    readings: dict[str, list[float]] = defaultdict(list)
    own: list[Event] = []
    for event in events:
        step = event.biz_step or event.type
        levels.update(_said(event, step, numbers))
        for name, value in _readings(event, step, limits):
            readings[name].append(value)
        if _names(event, item):
            own.append(event)
    for name, values in readings.items():
        if name.startswith("hours "):
            numbers[name] = sum(values)
        else:
            numbers[f"lowest {name}"] = min(values)
            numbers[f"mean {name}"] = sum(values) / len(values)
            numbers[f"highest {name}"] = max(values)
    for before, after in itertools.pairwise(own):
        hours = (after.event_time.epoch_us - before.event_time.epoch_us) / _HOUR_US
        numbers.setdefault(f"hours from {before.biz_step or before.type} to {after.biz_step or after.type}", hours)
    return Met(frozenset(levels), numbers)


def _names(event: Event, item: str) -> bool:
    for field in ("epc_list", "child_epcs", "output_epc_list", "input_epc_list"):
        for text in getattr(event, field, ()):
            if trace_key(text).key == item:
                return True
    for field in ("quantity_list", "child_quantity_list", "output_quantity_list"):
        for element in getattr(event, field, ()):
            if trace_key(element.epc_class).key == item:
                return True
    return False


def _said(event: Event, step: str, numbers: dict[str, float]) -> Iterator[tuple[str, str]]:
    yield f"day of {step}", event.event_time.as_utc()[:10]
    if event.read_point is not None:
        yield f"read point at {step}", trace_key(event.read_point.id).key
    if event.biz_location is not None:
        yield f"location at {step}", trace_key(event.biz_location.id).key
    if isinstance(event, TransformationEvent):
        yield "transformation", event.event_id or event.event_time.as_utc()
    for transaction in event.biz_transaction_list:
        yield f"{transaction.type or 'transaction'} at {step}", transaction.biz_transaction
    for extension in _leaves((*event.extensions, *(getattr(event, "ilmd", None) or ()))):
        text = extension.text.strip()
        number = as_number(text)
        if number is not None and (len(text) > 3 or "." in text):
            numbers.setdefault(f"{extension.name} at {step}", float(number))
        elif text and len(text) <= _LONGEST:
            yield f"{extension.name} at {step}", text


def _leaves(extensions: Iterable[Extension]) -> Iterator[Extension]:
    for extension in extensions:
        if extension.children:
            yield from _leaves(extension.children)
        elif extension.name:
            yield extension


def _readings(event: Event, step: str, limits: Sequence[Limit]) -> Iterator[tuple[str, float]]:
    for element in event.sensor_element_list:
        metadata = element.sensor_metadata
        hours = None
        if metadata is not None and metadata.start_time is not None and metadata.end_time is not None:
            hours = (metadata.end_time.epoch_us - metadata.start_time.epoch_us) / _HOUR_US
        for report in element.sensor_report:
            if report.type is None:
                continue
            for value in (report.value, report.min_value, report.mean_value, report.max_value):
                if value is not None:
                    yield f"{report.type} ({report.uom or '-'}) at {step}", float(value)
            for limit in limits:
                if _beyond(report, limit):
                    yield f"hours with {limit.type} above {limit.value} {limit.uom} at {step}", hours or 0.0


def _beyond(report: SensorReport, limit: Limit) -> bool:
    if report.type != limit.type or report.uom is None:
        return False
    for value in (report.max_value, report.value, report.mean_value):
        if value is not None:
            found = convert_amount(Decimal(value), report.uom, limit.uom)
            return found is not None and found > limit.value
    return False
