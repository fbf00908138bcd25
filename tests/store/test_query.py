from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from epcis_kit.errors import QueryError
from epcis_kit.model import Event
from epcis_kit.store import Store, open_store

Make = Callable[..., Event]


@pytest.fixture
def filled(store: Store, make: Make) -> Store:
    """Ten events, each with its name as eventID."""
    place, door = {"id": "urn:epc:id:sgln:9521103.00001.0"}, {"id": "https://x.example/414/9521103000014/254/D1"}
    store.capture(
        [
            make("O", 8, "ADD", eventID="urn:x:made", epcList=["i1", "i2"], bizStep="commissioning", bizLocation=place),
            make(
                "O",
                9,
                "OBSERVE",
                eventID="urn:x:seen",
                epcList=["i1"],
                bizStep="https://x.example/step",
                readPoint=door,
            ),
            make("A", 10, "ADD", eventID="urn:x:packed", parentID="p01", childEPCs=["i1"], disposition="in_progress"),
            make("A", 11, "DELETE", eventID="urn:x:unpacked", parentID="p01"),
            make("O", 12, "ADD", eventID="urn:x:lot", quantityList=[("l7", 5, "KGM")], bizStep="commissioning"),
            make(
                "F",
                13,
                eventID="urn:x:used",
                inputQuantityList=[("l7", 5, "KGM")],
                inputEPCList=["i2"],
                outputEPCList=["i3"],
                outputQuantityList=[("l8", 1)],
                transformationID="urn:x:run",
            ),
        ]
    )
    store.capture(
        [
            make("S", 14, "ADD", eventID="urn:x:mounted", parentID="urn:epc:id:giai:9521103.A", childEPCs=["i4"]),
            make("T", 15, "ADD", eventID="urn:x:sold", parentID="p01", epcList=["i5"], bizTransactionList=[]),
            make("A", 16, "ADD", eventID="urn:x:lots", parentID="p02", childQuantityList=[("l7", 5)]),
            make("{urn:x}Odd", "2024-03-01T17:00:00.0000005Z", eventID="urn:x:odd"),
        ]
    )
    return store


def names(events: Any) -> str:
    return " ".join(event.event_id.removeprefix("urn:x:") for event in events)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "made seen packed unpacked lot used mounted sold lots odd"),
        ({"eventType": "ObjectEvent"}, "made seen lot"),
        ({"eventType": ["AssociationEvent", "TransformationEvent"]}, "used mounted"),
        ({"eventType": "{urn:x}Odd"}, "odd"),
        ({"EQ_action": "DELETE"}, "unpacked"),
        ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:commissioning"}, "made lot"),
        ({"EQ_bizStep": ["https://x.example/step", "never_seen"]}, "seen"),
        ({"EQ_disposition": "in_progress"}, "packed"),
        ({"EQ_bizLocation": "https://id.gs1.org/414/9521103000014"}, "made"),
        ({"EQ_readPoint": "urn:epc:id:sgln:9521103.00001.D1"}, "seen"),
        ({"EQ_eventID": ["urn:x:lot", "urn:x:none"]}, "lot"),
        ({"EQ_transformationID": "urn:x:run"}, "used"),
        ({"GE_eventTime": "2024-03-01T15:00:00Z"}, "sold lots odd"),
        ({"LT_eventTime": "2024-03-01T10:00:00+01:00"}, "made"),
        ({"GE_eventTime": "2024-03-01T09:00:00Z", "LT_eventTime": "2024-03-01T11:00:00Z"}, "seen packed"),
        ({"GE_eventTime": "2024-03-01T17:00:00.0000005Z"}, "odd"),
        ({"GE_eventTime": "2024-03-01T17:00:00.0000006Z"}, ""),
        ({"GE_eventTime": "2024-03-01T17:00:00.00000005Z"}, "odd"),
        ({"LT_eventTime": "2024-03-01T17:00:00.0000005Z", "GE_eventTime": "2024-03-01T17:00:00Z"}, ""),
        ({"MATCH_epc": "urn:epc:id:sgtin:9521103.012345.1"}, "made seen packed"),
        ({"MATCH_epc": "https://x.example/01/09521103123454/21/1?17=1"}, "made seen packed"),
        ({"MATCH_epc": "urn:epc:id:sgtin:9521103.012345.2"}, "made"),
        ({"MATCH_epc": "urn:epc:idpat:sgtin:9521103.012345.*"}, "made seen packed mounted sold"),
        ({"MATCH_anyEPC": "urn:epc:idpat:sgtin:9521103.012345.*"}, "made seen packed used mounted sold"),
        ({"MATCH_anyEPC": "urn:epc:id:sscc:9521103.0000000001"}, "packed unpacked sold"),
        ({"MATCH_parentID": "urn:epc:id:sscc:9521103.0000000001"}, "packed unpacked sold"),
        ({"MATCH_inputEPC": "urn:epc:id:sgtin:9521103.012345.2"}, "used"),
        ({"MATCH_outputEPC": "urn:epc:id:sgtin:9521103.012345.2"}, ""),
        ({"MATCH_outputEPC": "urn:epc:id:sgtin:9521103.012345.3"}, "used"),
        ({"MATCH_epcClass": "urn:epc:class:lgtin:9521103.012345.7"}, "lot lots"),
        ({"MATCH_anyEPCClass": "urn:epc:class:lgtin:9521103.012345.7"}, "lot used lots"),
        ({"MATCH_inputEPCClass": "urn:epc:class:lgtin:9521103.012345.7"}, "used"),
        ({"MATCH_outputEPCClass": ["urn:epc:class:lgtin:9521103.012345.8"]}, "used"),
        ({"MATCH_epcClass": "urn:epc:idpat:sgtin:9521103.012345.*"}, ""),
        ({"MATCH_epc": "urn:epc:id:sgtin:9521103.012345.1", "EQ_action": ["ADD", "DELETE"]}, "made packed"),
        ({"MATCH_epc": "_%"}, ""),
        ({"orderBy": "eventTime", "eventCountLimit": 2}, "odd lots"),
        ({"orderBy": "eventTime", "orderDirection": "ASC", "eventCountLimit": 2}, "made seen"),
        ({"orderBy": "recordTime", "eventCountLimit": 1}, "lots"),
        ({"maxEventCount": 10, "EQ_action": "ADD"}, "made packed lot mounted sold lots"),
        ({"GE_recordTime": "2023-11-14T22:13:20.000001Z"}, "mounted sold lots odd"),
        ({"LT_recordTime": "2023-11-14T22:13:20.000001Z"}, "made seen packed unpacked lot used"),
    ],
)
def test_what_parameters_find(filled: Store, parameters: dict[str, Any], expected: str) -> None:
    assert names(filled.query(**parameters)) == expected


def test_too_many_events_are_refused(filled: Store) -> None:
    with pytest.raises(QueryError) as caught:
        list(filled.query(maxEventCount=9))
    assert str(caught.value) == "Cannot answer the query: expected at most 9 events (maxEventCount), got more."


def test_a_pattern_of_several_classes_is_refused(filled: Store) -> None:
    with pytest.raises(QueryError) as caught:
        list(filled.query(MATCH_epc="urn:epc:idpat:sgtin:9521103.*.*"))
    assert str(caught.value) == (
        "Cannot use query parameter MATCH_epc with 'urn:epc:idpat:sgtin:9521103.*.*': expected an identifier or the "
        "pattern of one class of objects, such as urn:epc:idpat:sgtin:9521103.012345.*."
    )


def test_a_class_of_returnable_assets_matches_its_serial_numbers(store: Store, make: Make) -> None:
    store.capture([make("O", 8, "OBSERVE", eventID="urn:x:a", epcList=["urn:epc:id:grai:9521104.00077.5"])])
    assert names(store.query(MATCH_epc="urn:epc:idpat:grai:9521104.00077.*")) == "a"
    assert names(store.query(MATCH_epc="urn:epc:idpat:grai:9521104.00078.*")) == ""


def test_an_answer_of_many_pages_can_be_read_while_capturing(make: Make) -> None:
    events = [make("O", 8, "OBSERVE", epcList=[f"i{number}"]) for number in range(1100)]
    with open_store(":memory:") as store:
        store.capture(events)
        found = []
        for event in store.query():
            found.append(event)
            if len(found) == 501:
                store.capture([make("O", 9, "OBSERVE", epcList=["i1"])])
        assert found == events


def test_voided_events_are_found_and_say_so(store: Store, make: Make) -> None:
    event = make("O", 8, "ADD", epcList=["i1"], eventID="urn:x:a")
    store.capture([event, make("O", 8, "ADD", epcList=["i1"], eventID="urn:x:a", errorDeclaration={"reason": "other"})])
    assert [found.head.status for found in store.query_stored(MATCH_epc="urn:epc:id:sgtin:9521103.012345.1")] == [2, 1]
