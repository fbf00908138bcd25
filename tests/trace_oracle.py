"""A slow and simple answer to every trace request, to compare the engine with.

Takes a list of events; gives sets of keys. It knows no store, no index and no frontier: each question is answered by
walking over all events again, straight from the definitions. Written from the definitions alone, it shares nothing with
the engine but the model and the canonical keys.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.hashing import event_hash
from epcis_kit.model import (
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    QuantityElement,
    TransformationEvent,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["World", "key"]

ALWAYS: Final = (-math.inf, math.inf)
Window = tuple[float, float]


def key(text: str) -> str:
    return trace_key(text).key


def effective(events: Iterable[Event]) -> list[Event]:
    """Each event once, none that was declared wrong by anybody at any time, in the order of time."""
    voided: set[str] = set()
    copies: dict[str, dict[str, Event]] = defaultdict(dict)
    for event in events:
        plain = event.model_copy(update={"error_declaration": None})
        identity = event.event_id or event_hash(plain)
        if event.error_declaration is not None:
            voided.add(identity)
        else:
            copies[identity][event_hash(plain)] = event
    counted = [versions[min(versions)] for identity, versions in copies.items() if identity not in voided]
    return sorted(counted, key=lambda event: event.event_time)


@dataclasses.dataclass(frozen=True)
class Interval:
    child: str
    parent: str
    start: float
    end: float


def overlap(one: Window, two: Window) -> Window | None:
    start, end = max(one[0], two[0]), min(one[1], two[1])
    return (start, end) if start < end else None


class World:
    """All events of the world, and the questions about them."""

    def __init__(self, events: Iterable[Event], at: float = math.inf) -> None:
        self.events = [event for event in effective(events) if event.event_time.epoch_us <= at]
        self.at = at

    def times(self) -> list[float]:
        return sorted({float(event.event_time.epoch_us) for event in self.events})

    def keys(self) -> set[str]:
        return {found for event in self.events for found in mentioned(event)}

    @functools.cached_property
    def intervals(self) -> list[Interval]:
        pairs = {
            (kind, child, parent)
            for kind in (AggregationEvent, AssociationEvent)
            for event in self.events
            if type(event) is kind and event.parent_id is not None
            for child in children(event)
            for parent in [key(event.parent_id)]
        }
        return [
            interval for kind, child, parent in sorted(pairs, key=str) for interval in self.one(kind, child, parent)
        ]

    def one(self, kind: type[Event], child: str, parent: str) -> Iterator[Interval]:
        """The times that ``child`` was in ``parent``, as events of one kind tell it."""
        start: float | None = None
        amounts: dict[str | None, object] = {}
        for event in self.events:
            now = float(event.event_time.epoch_us)
            if isinstance(event, ObjectEvent) and event.action == "DELETE" and child in map(key, event.epc_list):
                if start is not None:
                    yield Interval(child, parent, start, now)
                start = None
            if type(event) is not kind or key(event.parent_id or "") != parent:  # type: ignore[attr-defined]
                continue
            named = child in children(event)
            everything = not event.child_epcs and not event.child_quantity_list  # type: ignore[attr-defined]
            mine = [q for q in event.child_quantity_list if key(q.epc_class) == child]  # type: ignore[attr-defined]
            action = event.action  # type: ignore[attr-defined]
            if action in {"ADD", "OBSERVE"} and named:
                if start is None:
                    start, amounts = now, {}
                    put(amounts, mine)
                elif action == "ADD":
                    put(amounts, mine)
            elif action == "DELETE" and start is not None and (named or everything):
                over = everything or not mine or any(q.quantity is None for q in mine)
                for q in mine if not over else ():
                    left = amounts.get(q.uom)
                    if left is not None and left != "unknown":
                        amounts[q.uom] = left - q.quantity
                if over or (amounts and all(left != "unknown" and left <= 0 for left in amounts.values())):  # type: ignore[operator]
                    yield Interval(child, parent, start, now)
                    start = None
        if start is not None:
            yield Interval(child, parent, start, math.inf)

    def forward(self, start: str) -> set[str]:
        """Every key that material of ``start`` went into."""
        reached: set[str] = set()
        seen: set[tuple[str, Window]] = set()
        waiting: list[tuple[str, Window]] = [(start, ALWAYS)]
        while waiting:
            here, window = waiting.pop()
            for interval in self.intervals:
                if interval.child != here or interval.parent == start:
                    continue
                both = overlap(window, (interval.start, interval.end))
                if both is not None and (interval.parent, both) not in seen:
                    seen.add((interval.parent, both))
                    waiting.append((interval.parent, both))
                    reached.add(interval.parent)
            for group in self.groups():
                used = any(
                    here in inputs(event) and window[0] <= event.event_time.epoch_us < window[1] for event in group
                )
                for made, since in results(group) if used else ():
                    if made != start and (made, since) not in seen:
                        seen.add((made, since))
                        waiting.append((made, since))
                        reached.add(made)
        return reached - {start}

    def back(self, start: str) -> set[str]:
        """Every key whose material is in ``start``: the inverse of :meth:`forward`, by asking every key."""
        return {other for other in self.keys() if other != start and start in self.forward(other)}

    def groups(self) -> list[list[TransformationEvent]]:
        joined: dict[str, list[TransformationEvent]] = defaultdict(list)
        for number, event in enumerate(self.events):
            if isinstance(event, TransformationEvent):
                joined[key(event.transformation_id) if event.transformation_id else f"#{number}"].append(event)
        return list(joined.values())

    def contents(self, parent: str, now: float) -> set[str]:
        """Everything in ``parent`` at that instant, boxes within boxes."""
        found: set[str] = set()
        waiting = [parent]
        while waiting:
            here = waiting.pop()
            for interval in self.intervals:
                inside = interval.parent == here and interval.start <= now < interval.end
                if inside and interval.child not in found | {parent}:
                    found.add(interval.child)
                    waiting.append(interval.child)
        return found

    def holders(self, child: str, now: float) -> set[str]:
        """Every container around ``child`` at that instant."""
        found: set[str] = set()
        waiting = [child]
        while waiting:
            here = waiting.pop()
            for interval in self.intervals:
                if interval.child == here and interval.start <= now < interval.end and interval.parent not in found:
                    found.add(interval.parent)
                    waiting.append(interval.parent)
        return found - {child}

    def last_event(self, item: str) -> Event | None:
        """The latest event that names ``item`` or what holds it at that time."""
        for event in reversed(self.events):
            now = float(event.event_time.epoch_us)
            named = mentioned(event) | self.removed(event)
            if item in named or self.holders(item, now) & named:
                return event
            if any(self.was_in(item, gone, now) for gone in self.removed(event)):
                return event
        return None

    def removed(self, event: Event) -> set[str]:
        """What a DELETE without children takes out."""
        if (
            not isinstance(event, (AggregationEvent, AssociationEvent))
            or event.action != "DELETE"
            or event.child_epcs
            or event.child_quantity_list
            or event.parent_id is None
        ):
            return set()
        now = float(event.event_time.epoch_us)
        return {
            interval.child
            for interval in self.intervals
            if interval.parent == key(event.parent_id) and interval.end == now
        }

    def was_in(self, item: str, container: str, now: float) -> bool:
        return container in self.holders(item, now)


def put(amounts: dict[str | None, object], elements: list[QuantityElement]) -> None:
    for element in elements:
        if element.quantity is None:
            amounts[element.uom] = "unknown"
        elif amounts.get(element.uom) != "unknown":
            amounts[element.uom] = amounts.get(element.uom, 0) + element.quantity  # type: ignore[operator]


def children(event: Event) -> set[str]:
    listed = getattr(event, "child_epcs", ())
    return {*map(key, listed), *(key(item.epc_class) for item in getattr(event, "child_quantity_list", ()))}


def inputs(event: TransformationEvent) -> set[str]:
    return {*map(key, event.input_epc_list), *(key(item.epc_class) for item in event.input_quantity_list)}


def results(group: list[TransformationEvent]) -> set[tuple[str, Window]]:
    """The outputs with the time that material is in them: objects from their event on, lots at any time."""
    objects = {
        (key(epc), (float(event.event_time.epoch_us), math.inf)) for event in group for epc in event.output_epc_list
    }
    return objects | {(key(item.epc_class), ALWAYS) for event in group for item in event.output_quantity_list}


def mentioned(event: Event) -> set[str]:
    found = children(event)
    for field in ("epc_list", "input_epc_list", "output_epc_list"):
        found |= set(map(key, getattr(event, field, ())))
    for field in ("quantity_list", "input_quantity_list", "output_quantity_list"):
        found |= {key(item.epc_class) for item in getattr(event, field, ())}
    parent = getattr(event, "parent_id", None)
    return found | {key(parent)} if parent else found
