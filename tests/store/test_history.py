"""A document is judged by what a store knows of the time before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek
from epcis_kit.model import Document, Header, Partner, Sbdh
from epcis_kit.store.history import StoreHistory
from rule_examples import NOW, document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.model import Event
    from epcis_kit.store import Store

UNIT = "urn:epc:id:sgtin:9521234.000001.1"
CASE = "urn:epc:id:sscc:9521234.0000000001"
OTHER = "urn:epc:id:sscc:9521234.0000000002"
LOT = "urn:epc:class:lgtin:9521234.000001.A1"


def event(day: int, **values: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": f"2024-03-{day:02d}T09:00:00Z",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-0000000000{day:02d}",
        "readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0"},
        "bizLocation": {"id": "urn:epc:id:sgln:9521234.00001.0"},
        **values,
    }


def made(day: int) -> dict[str, Any]:
    return event(day, action="ADD", bizStep="commissioning", disposition="active", epcList=[UNIT])


def shipped(day: int, *epcs: str) -> dict[str, Any]:
    return event(day, bizStep="shipping", disposition="in_transit", epcList=list(epcs))


def packed(day: int, into: str) -> dict[str, Any]:
    return event(
        day,
        type="AggregationEvent",
        action="ADD",
        bizStep="packing",
        disposition="in_progress",
        parentID=into,
        childEPCs=[UNIT],
    )


def found(store: Store | None, *events: dict[str, Any]) -> list[tuple[str, str, str]]:
    history = None if store is None else StoreHistory(store)
    report = ek.check(document(*events), history=history, now=NOW)
    return [(finding.rule, finding.severity, finding.key) for finding in report if finding.layer == "sequence"]


@pytest.fixture
def store() -> Iterator[Store]:
    with ek.open_store(":memory:") as opened:
        opened.capture(document(made(1), packed(2, CASE)))
        yield opened


def test_what_was_commissioned_before_is_known(store: Store) -> None:
    assert found(None, shipped(3, UNIT)) == [("SEQ-001", "info", "default")]
    assert ("SEQ-001", "error", "default") not in found(store, shipped(3, UNIT))
    assert found(store, shipped(3, UNIT.replace(".1", ".2"))) == [("SEQ-001", "error", "default")]


def test_what_is_still_in_a_container_is_known(store: Store) -> None:
    assert found(store, shipped(3, UNIT)) == [("SEQ-006", "warning", "default_past")]
    assert found(store, shipped(3, UNIT, CASE)) == []
    assert found(store, packed(3, OTHER)) == [("SEQ-004", "error", "default_past")]


def test_a_second_commissioning_is_known(store: Store) -> None:
    assert found(store, made(3)) == [("SEQ-002", "error", "default_past")]


def test_the_document_itself_may_have_been_captured(store: Store) -> None:
    assert found(store, made(1), packed(2, CASE)) == []


def test_a_declared_event_must_be_the_one_that_is_known(store: Store) -> None:
    declaration = {"declarationTime": "2024-03-04T09:00:00Z", "reason": "did_not_occur"}
    report = ek.check(document({**made(1), "errorDeclaration": declaration}), history=StoreHistory(store), now=NOW)
    assert [finding.key for finding in report if finding.rule == "EVT-019"] == []
    changed = {**made(1), "bizStep": "encoding", "errorDeclaration": declaration}
    report = ek.check(document(changed), history=StoreHistory(store), now=NOW)
    assert [finding.key for finding in report if finding.rule == "EVT-019"] == ["differs"]
    unknown = {**made(5), "errorDeclaration": declaration}
    report = ek.check(document(unknown), history=StoreHistory(store), now=NOW)
    assert {(finding.key, finding.severity) for finding in report if finding.rule == "EVT-019"} == {
        ("early", "error"),
        ("target", "error"),
    }


def test_events_are_found_by_any_spelling_and_once(store: Store) -> None:
    history = StoreHistory(store)
    for spelling in (UNIT, "https://id.gs1.org/01/09521234000013/21/1"):
        assert [each.event_time.text for each in history.about(spelling)] == [
            "2024-03-01T09:00:00Z",
            "2024-03-02T09:00:00Z",
        ]
    assert list(history.about(LOT)) == []
    known = history.event("urn:uuid:00000000-0000-4000-8000-000000000001")
    assert known is not None
    assert history.event("urn:uuid:00000000-0000-4000-8000-000000000099") is None
    assert not history.document("a", "b")


def test_a_number_that_a_sender_used_before_is_known(store: Store, make: Callable[..., Event]) -> None:
    event = make("O", 8, "ADD", epcList=["i1"])
    sbdh = Sbdh(senders=(Partner(identifier="9521103000014", authority="GS1"),), instance_identifier="D-7")
    store.capture(Document(header=Header(sbdh=sbdh), events=(event,)))
    other = make("O", 9, "OBSERVE", epcList=["i1"])
    store.capture(Document(sender="urn:x:me", instance_identifier="D-8", events=(other,)))
    history = StoreHistory(store)
    assert history.document("9521103000014", "D-7")
    assert history.document("urn:epc:id:sgln:9521103.00001.0", "D-7")
    assert history.document("urn:epc:id:pgln:9521103.00001", " D-7 ")
    assert history.document("urn:x:me", "D-8")
    assert not history.document("urn:epc:id:sgln:9521103.00001.0", "D-8")
    assert not history.document("urn:epc:id:sgln:9521103.00002.0", "D-7")


def test_a_container_that_was_emptied_as_a_whole_held_nothing_afterwards(store: Store) -> None:
    emptied = {**packed(3, CASE), "action": "DELETE", "bizStep": "unpacking", "childEPCs": []}
    assert ("SEQ-004", "error", "default_past") in found(store, packed(4, OTHER))
    store.capture(document(emptied))
    assert [rule for rule, _, _ in found(store, packed(4, OTHER))] == []
