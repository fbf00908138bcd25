"""Whatever the order in which documents come, the store holds the same; and its stays are what all facts say."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epcis_kit.hashing import event_hash
from epcis_kit.model import ErrorDeclaration, Event
from epcis_kit.store import Store, open_store
from epcis_kit.store.index import KeyCache, index_event
from epcis_kit.store.intervals import Fact, stays
from epcis_kit.store.times import FOREVER

if TYPE_CHECKING:
    from collections.abc import Callable

items = st.lists(st.sampled_from(["i1", "i2", "p01", "p02"]), max_size=2)
amounts = st.lists(st.tuples(st.just("l7"), st.integers(1, 3)), max_size=1)
times = st.integers(8, 12)
parents = st.sampled_from(["p01", "p02", "p03"])
actions = st.sampled_from(["ADD", "ADD", "OBSERVE", "DELETE"])
event_ids = st.sampled_from([None, None, None, "urn:x:1", "urn:x:2"])


@st.composite
def few_words(draw: st.DrawFn) -> tuple[str, int, str | None, dict[str, Any], bool]:
    kind = draw(st.sampled_from("AAAASOF"))
    fields: dict[str, Any] = {"eventID": draw(event_ids)}
    action: str | None = draw(actions)
    if kind in "AS":
        fields |= {"parentID": draw(parents), "childEPCs": draw(items), "childQuantityList": draw(amounts)}
    elif kind == "O":
        fields |= {"epcList": draw(items)}
    else:
        action = None
        fields |= {"inputEPCList": draw(items), "outputEPCList": draw(items)}
        fields["transformationID"] = draw(st.sampled_from([None, "urn:x:run"]))
    return kind, draw(times), action, fields, draw(st.integers(0, 9)) == 0


def captured(documents: list[list[Event]]) -> Store:
    store = open_store(":memory:", clock=lambda: 0)
    for document in documents:
        store.capture(document)
    return store


@given(st.lists(few_words(), max_size=12), st.integers(0, 1000))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_documents_plays_no_part(
    make: Callable[..., Event],
    state: Callable[[Store], dict[str, set[Any]]],
    words: list[tuple[str, int, str | None, dict[str, Any], bool]],
    seed: int,
) -> None:
    events = [make(kind, time, action, **fields) for kind, time, action, fields, _ in words]
    declared = [
        event.model_copy(update={"error_declaration": ErrorDeclaration(reason="did_not_occur")})
        for event, (*_, wrong) in zip(events, words, strict=True)
        if wrong
    ]
    everything = events + declared
    shuffled = list(everything)
    random.Random(seed).shuffle(shuffled)
    with captured([everything]) as expected, captured([[event] for event in shuffled]) as found:
        assert state(found) == state(expected)
        with captured([shuffled[:3], shuffled[2:]]) as again:
            assert state(again) == state(expected)
        expected.capture(shuffled)
        assert state(expected) == state(found)


def test_a_container_that_is_emptied_again_and_again_costs_no_more_each_time(
    new_store: Callable[[], Store], make: Callable[..., Event], state: Callable[[Store], dict[str, set[Any]]]
) -> None:
    events = []
    for day in range(1, 28):
        for action, hour in (("ADD", 8), ("DELETE", 9)):
            children = [f"i{day}{number}" for number in range(3)] if action == "ADD" else []
            events.append(make("A", f"2024-03-{day:02d}T{hour:02d}:00:00Z", action, parentID="p01", childEPCs=children))
    at_once, one_by_one = new_store(), new_store()
    at_once.capture(events)
    for event in reversed(events):
        one_by_one.capture([event])
    held = state(at_once)
    assert held == state(one_by_one)
    assert len(held["stays"]) == 27 * 3
    assert {end - start for _, _, start, end, *_ in held["stays"]} == {3_600_000_000}


def rebuilt(events: list[Event]) -> set[Any]:
    """All stays that events without ids and declarations prove, computed pair by pair from scratch."""
    keys = KeyCache()
    rows = [(event, fact) for event in events for fact in index_event(event, keys).facts]
    pairs = {(fact.parent, fact.child, fact.mounted) for _, fact in rows if fact.parent and fact.child}
    found = set()
    for parent, child, mounted in pairs:
        facts = []
        for event, fact in rows:
            whole = fact.parent == parent and fact.child is None and fact.mounted == mounted
            ended = fact.parent is None and fact.child == child
            if whole or ended or (fact.parent, fact.child, fact.mounted) == (parent, child, mounted):
                time, number = event.event_time.epoch_us, events.index(event)
                facts.append(Fact(time, fact.action, number, fact.quantity, fact.uom, clears=whole or ended))
        for stay in stays(facts):
            end = None if stay.end == FOREVER else stay.end
            found.add((child, parent, stay.start, end, event_hash(events[stay.event])))
    return found


@given(st.lists(few_words(), max_size=14), st.integers(1, 5))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_stays_are_those_of_all_facts_computed_from_scratch(
    make: Callable[..., Event],
    state: Callable[[Store], dict[str, set[Any]]],
    words: list[tuple[str, int, str | None, dict[str, Any], bool]],
    size: int,
) -> None:
    made = [make(kind, time, action, **{**fields, "eventID": None}) for kind, time, action, fields, _ in words]
    events = list({event_hash(event): event for event in made}.values())
    with captured([events[start : start + size] for start in range(0, len(events), size)]) as store:
        held = {
            (child, parent, start, end, event[0]) for child, parent, start, end, event, _, _ in state(store)["stays"]
        }
    assert held == rebuilt(events)
