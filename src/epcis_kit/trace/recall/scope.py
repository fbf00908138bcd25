"""From what is known of a defect to the keys that a recall starts from.

Takes a :class:`ScopeRequest`: keys, a production window, conditions on the producing events, a range of serial numbers;
gives a :class:`Scope`. Guarantees: every start says why it is one; a container stands for what was in it at that time,
each traced by itself; keys that no event names are listed as unknown, with known keys that are like them.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import QueryError
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model import ObjectEvent, TransformationEvent
from epcis_kit.trace.asked import key_asked
from epcis_kit.trace.places import contents_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from epcis_kit.model import Event
    from epcis_kit.store.store import Store
    from epcis_kit.trace.asked import AnyKey
    from epcis_kit.trace.moments import Moment

__all__ = ["Scope", "ScopeRequest", "Start", "find_scope"]

_TAIL: Final = re.compile(r"(.*?)([0-9]+)$").fullmatch
_CONTAINER: Final = "https://id.gs1.org/00/"
_MOST_SERIALS: Final = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRequest:
    """What is known of the defect; at least one of keys, conditions and serials.

    Attributes:
        keys: Lots, objects or containers.
        conditions: SimpleEventQuery parameters of the producing events (commissioning, transformation): a window
            (``GE_eventTime``, ``LT_eventTime``), a place (``EQ_readPoint``), a line, machine or operator by extension.
            What these events made is affected.
        serials: First and last object of a range of serial numbers of one product; digits at their end count up.
        at: The instant for the contents of containers and for where things are; now where it is ``None``.
        reason: What is wrong, in words.
    """

    keys: tuple[AnyKey, ...] = ()
    conditions: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    serials: tuple[AnyKey, AnyKey] | None = None
    at: Moment | None = None
    reason: str = ""


class Start(NamedTuple):
    """One key that a recall starts from.

    Attributes:
        key: A lot or object.
        why: ``"named"``, ``"inside KEY"``, ``"made by EVENT"`` or ``"in the range of serial numbers"``.
    """

    key: str
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """Where a recall starts.

    Attributes:
        starts: Lots and objects, by key, each once.
        containers: Containers that were named; their contents are among the starts.
        unknown: Keys that no event names.
        near: For unknown keys, known ones that are like them.
        events: Ids of the producing events that met the conditions, in order of time.
    """

    starts: tuple[Start, ...]
    containers: tuple[str, ...]
    unknown: tuple[str, ...]
    near: Mapping[str, tuple[str, ...]]
    events: tuple[str, ...]


def find_scope(store: Store, request: ScopeRequest) -> Scope:
    """The keys that the request means.

    Raises:
        IdentifierError: A text is neither a URI nor a GS1 key.
        QueryError: Nothing was asked for, a condition is wrong, or the serial numbers are no range.
    """
    if not request.keys and not request.conditions and request.serials is None:
        raise QueryError("Cannot find the scope of a recall: expected a key, conditions or a range of serial numbers.")
    starts: dict[str, str] = {}
    containers: list[str] = []
    unknown: list[str] = []
    asked = list(dict.fromkeys(key_asked(key).key for key in request.keys))
    known = store.backend.handles(asked)
    for key in asked:
        if key not in known:
            unknown.append(key)
        inside = contents_at(store, key, request.at).keys if key in known else ()
        if inside:
            containers.append(key)
            for content in inside:
                starts.setdefault(content, f"inside {key}")
        if key in known and not (inside and key.startswith(_CONTAINER)):
            starts[key] = "named"
    events = []
    if request.conditions:
        for event_id, event in _producing(store, request.conditions):
            events.append(event_id)
            for key in _made(event):
                starts.setdefault(key, f"made by {event_id}")
    if request.serials is not None:
        for key in _in_range(store, *request.serials):
            starts.setdefault(key, "in the range of serial numbers")
    near = {key: found for key in unknown if (found := _near(store, key))}
    return Scope(
        tuple(Start(key, starts[key]) for key in sorted(starts)),
        tuple(containers),
        tuple(unknown),
        near,
        tuple(events),
    )


def _producing(store: Store, conditions: Mapping[str, Any]) -> Iterator[tuple[str, Event]]:
    for stored in store.query_stored(**{"orderBy": "eventTime", "orderDirection": "ASC", **conditions}):
        if not stored.head.status and _made(stored.event):
            yield stored.head.event_id, stored.event


def _made(event: Event) -> list[str]:
    """What comes into being by an event, containers left out."""
    if isinstance(event, TransformationEvent):
        texts = [*event.output_epc_list, *(element.epc_class for element in event.output_quantity_list)]
    elif isinstance(event, ObjectEvent) and event.action == "ADD":
        texts = [*event.epc_list, *(element.epc_class for element in event.quantity_list)]
    else:
        return []
    keys = dict.fromkeys(trace_key(text).key for text in texts)
    return [key for key in keys if not key.startswith(_CONTAINER)]


def _in_range(store: Store, first: AnyKey, last: AnyKey) -> list[str]:
    low, high = key_asked(first), key_asked(last)
    ends = [_TAIL(key.key) for key in (low, high)]
    if low.class_key is None or low.class_key != high.class_key or None in ends or low.level != "instance":
        raise QueryError(
            f"Cannot use serial numbers {low.key!r} to {high.key!r}: expected two objects of one product whose serial "
            "numbers end in digits."
        )
    (head, start), (other, end) = (found.groups() for found in ends if found is not None)
    if head != other or len(start) != len(end) or not 0 <= int(end) - int(start) < _MOST_SERIALS:
        raise QueryError(
            f"Cannot use serial numbers {low.key!r} to {high.key!r}: expected the same beginning, as many digits, the "
            f"lower one first, and at most {_MOST_SERIALS:,} of them."
        )
    keys = [f"{head}{number:0{len(start)}d}" for number in range(int(start), int(end) + 1)]
    return sorted(store.backend.handles(keys))


def _near(store: Store, key: str) -> tuple[str, ...]:
    import difflib  # noqa: PLC0415 - only where something is not known

    class_key = trace_key(key).class_key
    if class_key is None:
        return ()
    return tuple(difflib.get_close_matches(key, store.backend.members_of(class_key)[:20_000], n=3, cutoff=0.85))
