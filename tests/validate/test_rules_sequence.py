"""The story of objects: time decides, voided events do not count, and a ledger on disk says what one in memory says."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import epcis_kit as ek
from epcis_kit.validate import load_profile, rules_sequence
from epcis_kit.validate.ledger import Ledger
from epcis_kit.validate.travel import Distances
from rule_examples import NOW, document

UNIT = "urn:epc:id:sgtin:9521234.000001.{}"
CASE = "urn:epc:id:sscc:9521234.000000000{}"
PLACE = "urn:epc:id:sgln:9521234.0000{}.0"


def event(day: int, **values: Any) -> dict[str, Any]:
    return {"type": "ObjectEvent", "action": "OBSERVE", "eventTime": f"2024-03-{day:02d}T09:00:00Z", **values}


def made(day: int, unit: int = 1, **values: Any) -> dict[str, Any]:
    return event(
        day, action="ADD", bizStep="commissioning", disposition="active", epcList=[UNIT.format(unit)], **values
    )


def shipped(day: int, *epcs: str, **values: Any) -> dict[str, Any]:
    return event(day, bizStep="shipping", disposition="in_transit", epcList=list(epcs or [UNIT.format(1)]), **values)


def packed(day: int, case: int = 1, action: str = "ADD", units: tuple[int, ...] = (1,)) -> dict[str, Any]:
    children = [UNIT.format(unit) for unit in units]
    return event(day, type="AggregationEvent", action=action, parentID=CASE.format(case), childEPCs=children)


def ended(day: int) -> dict[str, Any]:
    return event(day, action="DELETE", bizStep="destroying", disposition="destroyed", epcList=[UNIT.format(1)])


def found(*events: dict[str, Any], **choices: Any) -> list[tuple[str, str, int | None]]:
    report = ek.check(document(*events), now=NOW, **choices)
    return [(each.rule, each.key, each.location.event_index) for each in report if each.rule.startswith("SEQ-")]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([shipped(2), made(1)], []),
        ([shipped(1), made(2)], [("SEQ-003", "before", 0)]),
        ([made(1), ended(2), shipped(3)], [("SEQ-003", "after", 2)]),
        ([made(1), ended(2)], []),
        ([made(1), packed(2), packed(3, action="DELETE"), packed(4, 2)], []),
        ([made(1), packed(2), packed(3, 2)], [("SEQ-004", "default", 2)]),
        ([made(1), packed(2), packed(3, 2, "DELETE")], [("SEQ-005", "other", 2)]),
        ([made(1), packed(2), packed(3, action="DELETE", units=()), packed(4, 2)], []),
        ([made(1), packed(2), shipped(3)], [("SEQ-006", "default", 2)]),
        ([made(1), packed(2), shipped(3, UNIT.format(1), CASE.format(1))], []),
        ([made(1), packed(1), shipped(1, CASE.format(1))], []),
        ([made(1), made(1)], []),
        ([made(1), made(2)], [("SEQ-002", "default", 1)]),
        ([shipped(2, UNIT.format(1), UNIT.format(2), UNIT.format(3))], [("SEQ-001", "many", 0)]),
        ([shipped(2, CASE.format(1))], []),
        ([shipped(2, "https://example.com/obj/1")], []),
    ],
    ids=[
        "order of the document",
        "shipped before made",
        "shipped after the end",
        "made and ended",
        "packed again",
        "two containers",
        "taken out of another",
        "a whole container is emptied",
        "shipped alone",
        "shipped with its container",
        "one moment",
        "one event twice",
        "made twice",
        "one finding an event",
        "a logistic unit needs no commissioning",
        "a private number needs none",
    ],
)
def test_a_story_is_judged(events: list[dict[str, Any]], expected: list[tuple[str, str, int | None]]) -> None:
    assert found(*events) == expected


def test_an_event_that_is_declared_wrong_does_not_count() -> None:
    wrong = shipped(1, eventID="urn:uuid:1")
    declared = {**wrong, "errorDeclaration": {"declarationTime": "2024-03-04T00:00:00Z", "reason": "did_not_occur"}}
    assert found(wrong, made(2)) == [("SEQ-003", "before", 0)]
    assert found(wrong, made(2), declared) == []
    assert found(declared, made(2), wrong) == []


def test_what_is_commissioned_and_left_is_told_where_the_story_is_whole() -> None:
    assert found(made(1)) == []
    assert found(made(1), complete=True) == [("SEQ-014", "default", 0)]
    assert found(made(1), shipped(2), complete=True) == []


def test_states_end_where_they_are_taken_back() -> None:
    recalled = event(2, bizStep="holding", disposition="recalled", epcList=[UNIT.format(1)])
    lifted = event(3, bizStep="inspecting", persistentDisposition={"unset": ["recalled"]}, epcList=[UNIT.format(1)])
    assert found(made(1), recalled, shipped(4)) == [("SEQ-012", "state", 2)]
    assert found(made(1), recalled, lifted, shipped(4)) == []
    returned = [{"type": "rma", "bizTransaction": "urn:epcglobal:cbv:bt:9521234000006:1"}]
    assert found(made(1), recalled, shipped(4, bizTransactionList=returned)) == []
    old = made(1, ilmd={"cbvmda:itemExpirationDate": "2024-03-02"})
    assert found(old, shipped(4)) == [("SEQ-012", "expired", 1)]
    assert found(old, shipped(2)) == []


def test_amounts_are_added_up_over_the_events_of_one_transformation() -> None:
    def part(**values: Any) -> dict[str, Any]:
        whole = event(1, type="TransformationEvent", transformationID="urn:a:t", **values)
        return {name: value for name, value in whole.items() if name != "action"}

    def amounts(value: int, uom: str = "KGM") -> list[dict[str, Any]]:
        return [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A1", "quantity": value, "uom": uom}]

    parts = [part(inputQuantityList=amounts(60)), part(inputQuantityList=amounts(60))]
    result = part(outputQuantityList=amounts(100))
    mixed = part(inputQuantityList=[*amounts(60), *amounts(90, "LTR")])
    assert ("SEQ-010", "default", 0) not in found(*parts, result)
    assert ("SEQ-010", "default", 0) in found(parts[0], result)
    assert ("SEQ-010", "default", 0) not in found(mixed, result)


def test_only_places_with_coordinates_are_judged() -> None:
    distances = Distances(None, 1200, 50)
    munich, york = "geo:48.14,11.58", "geo:40.71,-74.01"
    hour = 3_600_000_000
    assert distances.impossible(munich, york, hour) == (6489, 60)
    assert distances.impossible(munich, york, 6 * hour) is None
    assert distances.impossible(munich, "geo:48.2,11.6", 0) is None
    assert distances.impossible(munich, "https://id.gs1.org/414/9521234000013", 0) is None
    assert distances.impossible("geo:95,0", york, 0) is None


EVENTS = st.lists(
    st.one_of(
        st.builds(made, st.integers(1, 9), st.integers(1, 3)),
        st.builds(lambda day, unit: shipped(day, UNIT.format(unit)), st.integers(1, 9), st.integers(1, 3)),
        st.builds(
            packed,
            st.integers(1, 9),
            st.integers(1, 2),
            st.sampled_from(["ADD", "OBSERVE", "DELETE"]),
            st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True).map(tuple),
        ),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(events=EVENTS)
def test_a_ledger_on_disk_says_the_same(events: list[dict[str, Any]]) -> None:
    document_in_hand = ek.read(document(*events))
    profile = load_profile("core")
    sequence = dataclasses.replace(profile, rules=tuple(each for each in profile.rules if each.startswith("SEQ")))
    in_memory = ek.check(document_in_hand, sequence, now=NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules_sequence, "Ledger", lambda: Ledger(rows_in_memory=2))
        on_disk = ek.check(document_in_hand, sequence, now=NOW)
    assert on_disk.findings == in_memory.findings


@settings(max_examples=40, deadline=None)
@given(events=EVENTS, data=st.data())
def test_the_order_of_the_document_does_not_matter(events: list[dict[str, Any]], data: st.DataObject) -> None:
    """Where no two events share a moment."""
    timed = []
    for number, each in enumerate(events):
        moment = dt.datetime(2024, 3, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number)
        timed.append({**each, "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")})
    order = data.draw(st.permutations(range(len(timed))))
    told = sorted((rule, key, at) for rule, key, at in found(*timed) if at is not None and rule != "SEQ-013")
    shuffled = found(*[timed[number] for number in order])
    again = sorted((rule, key, order[at]) for rule, key, at in shuffled if at is not None and rule != "SEQ-013")
    assert again == told
