from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from epcis_kit.errors import QueryError
from epcis_kit.model import Document, Event, Extension
from epcis_kit.query import Query, matcher
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


@pytest.mark.parametrize(
    "pattern", ["urn:epc:idpat:sgtin:*.012345.*", "urn:epc:idpat:gid:1.2.*", "urn:epc:id:sgtin:9*"]
)
def test_a_pattern_that_is_none_is_refused(filled: Store, pattern: str) -> None:
    with pytest.raises(QueryError) as caught:
        list(filled.query(MATCH_epc=pattern))
    assert str(caught.value) == (
        f"Cannot use query parameter MATCH_epc with {pattern!r}: expected an identifier or a pattern whose wildcards "
        "stand at its end, such as urn:epc:idpat:sgtin:9521103.012345.* or urn:epc:idpat:sgtin:9521103.*.*."
    )


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"MATCH_epc": "urn:epc:idpat:sgtin:9521103.*.*"}, "made seen packed mounted sold"),
        ({"MATCH_epc": "urn:epc:idpat:sgtin:952110.*.*"}, "made seen packed mounted sold"),
        ({"MATCH_epc": "urn:epc:idpat:sgtin:9521104.*.*"}, ""),
        ({"MATCH_anyEPC": "urn:epc:idpat:sgtin:*.*.*"}, "made seen packed used mounted sold"),
        ({"MATCH_anyEPC": "urn:epc:id:sgtin:9521103.012345.*"}, "made seen packed used mounted sold"),
        ({"MATCH_parentID": "urn:epc:idpat:sscc:9521103.*"}, "packed unpacked sold lots"),
        ({"MATCH_parentID": ["urn:epc:idpat:giai:9521103.*", "urn:epc:id:sscc:9521103.0000000002"]}, "mounted lots"),
        ({"MATCH_epcClass": "urn:epc:class:lgtin:9521103.012345.*"}, "lot lots"),
        ({"MATCH_epcClass": "urn:epc:class:lgtin:9521103.*.*"}, "lot lots"),
        ({"MATCH_epcClass": "urn:epc:idpat:sgtin:9521103.*.*"}, ""),
    ],
)
def test_patterns_find_ranges_of_keys(filled: Store, parameters: dict[str, Any], expected: str) -> None:
    assert names(filled.query(**parameters)) == expected
    fits = matcher(Query.of(parameters))
    assert names(event for event in filled.query() if fits(event)) == expected


def test_a_pattern_of_classes_finds_amounts_of_a_trade_item(store: Store, make: Make) -> None:
    store.capture(
        [
            make("O", 8, "OBSERVE", eventID="urn:x:all", quantityList=[("urn:epc:idpat:sgtin:9521103.012345.*", 5)]),
            make("O", 8, "OBSERVE", eventID="urn:x:lot", quantityList=[("l7", 5)]),
        ]
    )
    assert names(store.query(MATCH_epcClass="urn:epc:idpat:sgtin:9521103.*.*")) == "all"
    assert names(store.query(MATCH_anyEPCClass="urn:epc:idpat:sgtin:*.*.*")) == "all"


def test_pages_do_not_drift_when_events_arrive(store: Store, make: Make) -> None:
    def some(start: int) -> list[Event]:
        return [make("O", 8, "OBSERVE", eventID=f"urn:x:{start + number}", epcList=["i1"]) for number in range(5)]

    store.capture(some(0))
    asked: dict[str, Any] = {"EQ_action": "OBSERVE", "orderBy": "eventTime", "orderDirection": "DESC"}
    first = store.query_page(per_page=2, **asked)
    store.capture(some(5))
    second = store.query_page(per_page=2, token=first.next_token, **asked)
    third = store.query_page(per_page=2, token=second.next_token, **asked)
    assert [names(page.events) for page in (first, second, third)] == ["0 1", "2 3", "4"]
    assert third.next_token is None


def test_pages_end_at_the_limit_of_the_query(filled: Store) -> None:
    asked: dict[str, Any] = {"orderBy": "eventTime", "eventCountLimit": 3}
    first = filled.query_page(per_page=2, **asked)
    second = filled.query_page(per_page=2, token=first.next_token, **asked)
    assert [names(first.events), names(second.events), second.next_token] == ["odd lots", "sold", None]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("x", "expected a token that an earlier page gave."),
        ("MS4yLjMuYWI", "expected a token of this query, got one of another query."),
        ("é" * 5, "expected a token that an earlier page gave."),
        ("A" * 300, "expected a token that an earlier page gave."),
    ],
)
def test_a_token_that_is_none_is_refused(filled: Store, token: str, expected: str) -> None:
    with pytest.raises(QueryError) as caught:
        filled.query_page(token=token)
    assert str(caught.value).startswith("Cannot use nextPageToken ")
    assert str(caught.value).endswith(expected)


def test_a_page_has_at_least_one_event(filled: Store) -> None:
    with pytest.raises(QueryError) as caught:
        filled.query_page(per_page=0)
    assert str(caught.value) == "Cannot use perPage 0: expected a whole number, 1 or more."


@pytest.fixture
def detailed(store: Store, make: Make) -> Store:
    """Events that queries find by their details."""
    ex = {"https://ex.example/size": 5, "https://ex.example/shift": "night"}
    store.capture(
        [
            make("O", 8, "OBSERVE", eventID="urn:x:a", epcList=["i1"], extensions=ex),
            make("O", 9, "OBSERVE", eventID="urn:x:b", epcList=["i1"], extensions={"https://ex.example/size": "12"}),
            make(
                "O", 10, "OBSERVE", eventID="urn:x:c", epcList=["i1"], extensions={"https://ex.example/size": "small"}
            ),
            make("O", 11, "OBSERVE", eventID="urn:x:d", epcList=["i1"], quantityList=[("l7", 5, "KGM")]),
            make("O", 12, "OBSERVE", eventID="urn:x:e", epcList=["i1"], quantityList=[("l7", 700, "GRM")]),
        ]
    )
    return store


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"EQ_ex:size": 5}, "a"),
        ({"EQ_ex:size": ["5.0", "small"]}, "a c"),
        ({"GT_ex:size": 5}, "b"),
        ({"EXISTS_ex:size": True}, "a b c"),
        ({"EXISTS_other:size": True}, ""),
        ({"orderBy": "ex:size"}, "b a c d e"),
        ({"orderBy": "ex:size", "orderDirection": "ASC", "eventCountLimit": 2}, "a b"),
        ({"orderBy": "quantity"}, "e d a b c"),
        ({"GE_quantity_KGM": "0.7"}, "d e"),
        ({"EQ_quantity_GRM": 5000}, "d"),
    ],
)
def test_details(detailed: Store, parameters: dict[str, Any], expected: str) -> None:
    query = Query.of({**parameters, "@context": {"ex": "https://ex.example/"}})
    if query.order_by == "quantity" or query.order_by is None or query.limit:
        assert names(detailed.query(query)) == expected
    else:
        assert names(detailed.query(query)) == expected.replace("b a c", "c b a")
    page = detailed.query_page(query, per_page=1)
    found = list(page.events)
    while page.next_token is not None:
        page = detailed.query_page(query, per_page=1, token=page.next_token)
        found += page.events
    assert names(found) == names(detailed.query(query))


def test_a_query_explains_itself(detailed: Store) -> None:
    context = {"@context": {"ex": "https://ex.example/"}}
    told = detailed.explain(
        Query.of({**context, "EQ_ex:size": 5, "MATCH_epc": "urn:epc:id:sgtin:9521103.012345.1", "GE_quantity": 3})
    )
    assert told.lookups == (
        ("EQ_ex:size", "detail", False, 1),
        ("GE_quantity", "", False, 5),
        ("MATCH_epc", "ref", True, 5),
    )
    assert (told.candidates, told.checked, told.events) == (1, True, 5)
    assert any("PRIMARY KEY (field=? AND value=?)" in line for line in told.plan)


def test_events_of_a_store_without_details_are_found_all_the_same(detailed: Store) -> None:
    db = detailed.backend._db  # type: ignore[attr-defined]
    db.run("DELETE FROM detail")
    db.run("UPDATE setting SET value = 6 WHERE name = 'first_detailed'")
    context = {"ex": "https://ex.example/"}
    assert names(detailed.query(Query.of({"EQ_ex:size": 5, "@context": context}))) == "a"


def master(*elements: dict[str, Any], made: str) -> Document:
    return Document(
        type="EPCISMasterDataDocument",
        creation_date=made,
        header={"master_data": [{"type": "urn:epcglobal:epcis:vtype:BusinessLocation", "elements": elements}]},
    )


def attribute(name: str, value: str) -> dict[str, Any]:
    return {"id": f"urn:epcglobal:cbv:mda#{name}", "value": Extension("", "", value)}


SITE, ROOM = "urn:epc:id:sgln:9521103.00001.0", "urn:epc:id:sgln:9521103.00001.7"


@pytest.fixture
def described(store: Store, make: Make) -> Store:
    """Two documents about a site and one of its rooms, the older one captured last."""
    site = {"id": SITE, "attributes": [attribute("name", "Plant"), attribute("city", "Oslo")], "children": [ROOM]}
    room = {"id": ROOM, "attributes": [attribute("name", "Cold room")]}
    store.capture(master(site, room, made="2025-02-01T00:00:00Z"))
    old = {
        "id": "https://id.gs1.org/414/9521103000014",
        "attributes": [attribute("name", "Shed"), attribute("postalCode", "1")],
    }
    store.capture(master(old, made="2025-01-01T00:00:00Z"))
    store.capture([make("O", 8, "OBSERVE", eventID="urn:x:in", epcList=["i1"], bizLocation={"id": ROOM})])
    store.capture([make("O", 8, "OBSERVE", eventID="urn:x:out", epcList=["i1"], bizLocation={"id": SITE})])
    return store


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"WD_bizLocation": SITE}, "in out"),
        ({"WD_bizLocation": ROOM}, "in"),
        ({"HASATTR_bizLocation": "city"}, "out"),
        ({"HASATTR_bizLocation": ["city", "urn:epcglobal:cbv:mda#name"]}, "in out"),
        ({"EQATTR_bizLocation_name": "Cold room"}, "in"),
        ({"EQATTR_readPoint_name": "Cold room"}, ""),
    ],
)
def test_events_by_master_data(described: Store, parameters: dict[str, Any], expected: str) -> None:
    assert names(described.query(**parameters)) == expected


def told(store: Store, **parameters: Any) -> list[tuple[str, dict[str, str], tuple[str, ...]]]:
    return [
        (element.id, {item.id.rpartition("#")[2]: item.text for item in element.attributes}, element.children)
        for _, element in store.query_master_data(**parameters)
    ]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {},
            [
                (SITE, {"name": "Plant", "city": "Oslo", "postalCode": "1"}, (ROOM,)),
                (ROOM, {"name": "Cold room"}, ()),
            ],
        ),
        ({"EQ_name": ROOM}, [(ROOM, {"name": "Cold room"}, ())]),
        (
            {"WD_name": SITE, "attributeNames": "name", "includeChildren": False},
            [(SITE, {"name": "Plant"}, ()), (ROOM, {"name": "Cold room"}, ())],
        ),
        ({"HASATTR": "city", "includeAttributes": False}, [(SITE, {}, (ROOM,))]),
        ({"EQATTR_name": ["Plant", "Barn"], "attributeNames": "city"}, [(SITE, {"city": "Oslo"}, (ROOM,))]),
        ({"vocabularyName": "urn:epcglobal:epcis:vtype:EPCClass"}, []),
    ],
)  # fmt: skip
def test_what_is_known_of_things(
    described: Store, parameters: dict[str, Any], expected: list[tuple[str, dict[str, str], tuple[str, ...]]]
) -> None:
    assert told(described, **parameters) == expected


def test_too_many_things_are_refused(described: Store) -> None:
    with pytest.raises(QueryError) as caught:
        described.query_master_data(maxElementCount=1)
    assert str(caught.value) == "Cannot answer the query: expected at most 1 elements (maxElementCount), got more."


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
