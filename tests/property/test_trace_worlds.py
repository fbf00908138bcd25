"""Small random worlds: the engine and a slow independent answer agree on every request."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epcis_kit.model import (
    AggregationEvent,
    AssociationEvent,
    ErrorDeclaration,
    Event,
    ObjectEvent,
    Timestamp,
    TransformationEvent,
)
from epcis_kit.store import open_store
from epcis_kit.trace import contents_at, trace_back, trace_forward, where_is
from trace_oracle import World, key

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS = [f"urn:epc:id:sgtin:9521234.000001.{number}" for number in range(4)]
BOXES = [f"urn:epc:id:sscc:9521234.000000000{number}" for number in range(4)]
LOTS = [f"urn:epc:class:lgtin:9521234.000002.L{number}" for number in range(3)]
PLACES = [f"urn:epc:id:sgln:9521234.0000{number}.0" for number in range(3)]
START = Timestamp.parse("2025-01-01T00:00:00Z").epoch_us
MINUTE = 60_000_000

boxed = st.lists(st.sampled_from(UNITS + BOXES), max_size=3, unique=True)
amounts = st.lists(
    st.fixed_dictionaries(
        {"epcClass": st.sampled_from(LOTS)},
        optional={"quantity": st.integers(1, 3), "uom": st.sampled_from(["KGM", "LTR"])},
    ).map(lambda item: {name: value for name, value in item.items() if name != "uom" or "quantity" in item}),
    max_size=2,
    unique_by=lambda item: item["epcClass"],
)


@st.composite
def worlds(draw: st.DrawFn) -> list[Event]:
    """Up to a dozen events at different minutes; a few are declared wrong, a few come twice, all come in any order."""
    events: list[Event] = []
    minutes = draw(st.lists(st.integers(0, 60), min_size=1, max_size=12, unique=True))
    for number, minute in enumerate(minutes):
        moment = Timestamp.from_epoch_us(START + minute * MINUTE)
        common: dict[str, Any] = {"event_time": moment, "event_time_zone_offset": "+00:00"}
        if draw(st.booleans()):
            common["event_id"] = f"urn:uuid:{number}"
        if draw(st.booleans()):
            common["biz_location"] = {"id": draw(st.sampled_from(PLACES))}
        kind = draw(st.sampled_from(["packed", "packed", "packed", "made", "seen", "gone", "attached"]))
        if kind in {"packed", "attached"}:
            action = draw(st.sampled_from(["ADD", "ADD", "OBSERVE", "DELETE"]))
            parent = draw(st.sampled_from(BOXES))
            epcs = [epc for epc in draw(boxed) if epc != parent]
            quantities = draw(amounts)
            if not epcs and not quantities and action != "DELETE":
                epcs = [UNITS[0]]
            cls = AggregationEvent if kind == "packed" else AssociationEvent
            events.append(
                cls(**common, action=action, parent_id=parent, child_epcs=epcs, child_quantity_list=quantities)
            )
        elif kind == "made":
            shared = draw(st.sampled_from([None, None, "urn:example:run:1"]))
            events.append(
                TransformationEvent(
                    **common,
                    input_epc_list=draw(boxed),
                    input_quantity_list=draw(amounts),
                    output_epc_list=draw(boxed),
                    output_quantity_list=draw(amounts),
                    transformation_id=shared,
                )
            )
        else:
            action = "OBSERVE" if kind == "seen" else "DELETE"
            events.append(ObjectEvent(**common, action=action, epc_list=draw(boxed), quantity_list=draw(amounts)))
    wrong = draw(st.lists(st.sampled_from(events), max_size=2))
    declared = [
        event.model_copy(
            update={
                "error_declaration": ErrorDeclaration(declaration_time=Timestamp.from_epoch_us(START + 100 * MINUTE))
            }
        )
        for event in wrong
    ]
    again = draw(st.lists(st.sampled_from(events), max_size=2))
    everything = [*events, *declared, *again]
    random.Random(draw(st.integers(0, 999))).shuffle(everything)
    return everything


def keys_of(world: World) -> list[str]:
    return sorted(world.keys())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.integers(0, 61))
def test_forward_and_back(events: list[Event], cut: int) -> None:
    with open_store(":memory:") as store:
        store.capture(events)
        for at in (None, START + cut * MINUTE):
            world = World(events, math.inf if at is None else at)
            moment = None if at is None else Timestamp.from_epoch_us(at)
            for start in keys_of(World(events)):
                assert set(trace_forward(store, start, at=moment).keys) == world.forward(start), f"forward {start}"
                assert set(trace_back(store, start, at=moment).keys) == world.back(start), f"back {start}"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.integers(0, 61))
def test_contents_and_place(events: list[Event], cut: int) -> None:
    with open_store(":memory:") as store:
        store.capture(events)
        at = START + cut * MINUTE
        world = World(events, at)
        moment = Timestamp.from_epoch_us(at)
        for item in keys_of(World(events)):
            assert set(contents_at(store, item, at=moment).keys) == world.contents(item, at), f"contents of {item}"
            where = where_is(store, item, at=moment)
            assert set(where.containers) == world.holders(item, at), f"holders of {item}"
            if item in set(map(key, LOTS)):
                continue  # a lot is in many places at once; the engine answers with a set
            last = world.last_event(item)
            if last is None:
                assert where.event_id is None
                continue
            place = getattr(last, "biz_location", None)
            assert where.time == last.event_time, f"last event of {item}"
            assert where.location == (key(place.id) if place else None), f"place of {item}"


def orders(events: list[Event]) -> Iterator[list[Event]]:
    for seed in range(3):
        shuffled = list(events)
        random.Random(seed).shuffle(shuffled)
        yield shuffled


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_the_order_of_arrival_changes_nothing(events: list[Event]) -> None:
    answers = []
    for shuffled in orders(events):
        with open_store(":memory:") as store:
            for event in shuffled:
                store.capture([event])
            answers.append(
                [
                    (trace_forward(store, item).to_json(), where_is(store, item).as_dict())
                    for item in keys_of(World(events))
                ]
            )
    assert answers[0] == answers[1] == answers[2]
