from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import DocumentError, QueryError
from epcis_kit.hashing import event_hash
from epcis_kit.model import Document, Event
from epcis_kit.query import Query
from epcis_kit.store import CaptureResult, Store
from epcis_kit.store.backend import Conflict, Provenance

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., Event]

E1 = "urn:uuid:c4c90b2e-934c-5be5-9312-cc5a435d33ee"
DECLARED = {"errorDeclaration": {"declarationTime": "2024-03-02T00:00:00Z", "reason": "did_not_occur"}}


def document(*events: dict[str, Any], **head: Any) -> bytes:
    text = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2024-03-05T00:00:00Z",
        **head,
        "epcisBody": {"eventList": list(events)},
    }
    return json.dumps(text).encode()


def packing(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "type": "AggregationEvent",
        "eventTime": "2024-03-01T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "eventID": f"urn:uuid:c4c90b2e-934c-5be5-9312-{number:012d}",
        "action": "ADD",
        "parentID": "urn:epc:id:sscc:9521103.0000000001",
        "childEPCs": [f"urn:epc:id:sgtin:9521103.012345.{number}"],
        **fields,
    }


def test_a_document_is_captured_once(store: Store) -> None:
    data = document(packing(1), packing(2))
    assert store.capture(data) == CaptureResult(captured=2, documents=1)
    before = store.stats()
    assert store.capture(data) == CaptureResult(duplicates=2, documents=1)
    assert store.stats() == before
    assert len(list(store.query())) == 2


@pytest.mark.parametrize("kind", ["path", "gz", "file", "pipe", "bytearray"])
def test_whatever_holds_a_document_is_captured(store: Store, tmp_path: Path, kind: str) -> None:
    data = document(packing(1))
    sources: dict[str, Callable[[], Any]] = {
        "path": lambda: tmp_path / "a.json",
        "gz": lambda: str(tmp_path / "a.json.gz"),
        "file": lambda: io.BytesIO(data),
        "pipe": lambda: io.BufferedReader(io.BytesIO(data)),
        "bytearray": lambda: bytearray(data),
    }
    (tmp_path / "a.json").write_bytes(data)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(data))
    assert store.capture(sources[kind]()).captured == 1
    assert store.capture(sources[kind]()).duplicates == 1
    assert store.stats()["documents"] == 1


def test_values_in_memory_are_captured(store: Store, make: Make) -> None:
    one, two, three = (make("O", hour, "OBSERVE", epcList=["i1"]) for hour in (8, 9, 10))
    assert store.capture(one).captured == 1
    assert store.capture(iter([one, two])) == CaptureResult(captured=1, duplicates=1, documents=1)
    assert store.capture(Document(events=(two, three))) == CaptureResult(captured=1, duplicates=1, documents=1)
    assert list(store.query()) == [one, two, three]


def test_the_same_event_from_two_partners_counts_once(store: Store) -> None:
    event = packing(1)
    spelt_otherwise = {
        **event,
        "parentID": "https://id.gs1.org/00/095211030000000014",
        "eventTime": "2024-03-01T09:00:00+01:00",
    }
    first = store.capture(document(event), partner="urn:epc:id:pgln:9521103.00000")
    second = store.capture(document(spelt_otherwise), partner="urn:epc:id:pgln:9521104.00000")
    assert (first.captured, second.captured, second.duplicates, second.conflicts) == (1, 0, 1, ())
    (stored,) = store.query_stored()
    assert [origin.partner for origin in stored.provenance] == [
        "https://id.gs1.org/417/9521103000007",
        "https://id.gs1.org/417/9521104000006",
    ]


def test_an_event_without_an_id_is_known_by_its_hash(store: Store, make: Make) -> None:
    one = make("O", 8, "OBSERVE", epcList=["i1", "i2"])
    same = make("O", "2024-03-01T09:00:00+01:00", "OBSERVE", epcList=["i2", "i1"])
    assert store.capture([one]).captured == 1
    assert store.capture([same]).duplicates == 1
    (stored,) = store.query_stored()
    assert stored.head.event_id == event_hash(one)
    assert store.event(event_hash(same)) is not None


def test_an_empty_id_is_none(store: Store, make: Make) -> None:
    assert store.capture([make("O", 8, "OBSERVE", eventID=" "), make("O", 8, "OBSERVE")]).captured == 1


def test_an_id_with_other_content_is_a_conflict_and_both_are_kept(store: Store, make: Make) -> None:
    one, two = (make("O", 8, "OBSERVE", epcList=[item], eventID=E1) for item in ("i1", "i2"))
    low, high = sorted((event_hash(one), event_hash(two)))
    assert store.capture([one]).conflicts == ()
    assert store.capture([two]).conflicts == (Conflict(E1, low, (low, high)),)
    assert store.capture([two]) == CaptureResult(duplicates=1, documents=1)
    assert {event_hash(event) for event in store.query(EQ_eventID=E1)} == {low, high}
    counted = store.event(E1)
    assert counted is not None
    assert event_hash(counted.event) == low
    assert store.stats()["outvoted"] == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_of_three_copies_the_lowest_hash_counts(
    new_store: Callable[[], Store], make: Make, state: Callable[[Store], Any], order: tuple[int, ...]
) -> None:
    copies = [make("A", 8, "ADD", parentID="p01", childEPCs=[item], eventID=E1) for item in ("i1", "i2", "i3")]
    expected, found = new_store(), new_store()
    expected.capture(copies)
    for place in order:
        found.capture([copies[place]])
    assert state(found) == state(expected)
    assert len(state(found)["stays"]) == 1


@pytest.mark.parametrize("with_id", [True, False])
@pytest.mark.parametrize("declared_first", [True, False])
def test_a_declaration_voids_in_any_order(
    store: Store, with_id: bool, declared_first: bool, state: Callable[[Store], Any]
) -> None:
    original = packing(1)
    if not with_id:
        del original["eventID"]
    declaration = {**original, **DECLARED}
    for one in (declaration, original) if declared_first else (original, declaration):
        assert store.capture(document(one)).captured == 1
    held = state(store)
    assert held["stays"] == held["facts"] == set()
    assert sorted(status for _, _, status in held["events"]) == [1, 2]
    assert len(held["voids"]) == 4
    assert store.stats()["voided"] == store.stats()["declarations"] == 1


def test_a_declaration_voids_every_copy(store: Store, state: Callable[[Store], Any]) -> None:
    store.capture(document(packing(1), {**packing(1), "childEPCs": []}))
    store.capture(document({**packing(1), **DECLARED}))
    store.capture(document({**packing(1), "bizStep": "packing"}))
    assert state(store)["stays"] == set()
    assert store.stats()["voided"] == 3


def test_a_second_declaration_is_kept_too(store: Store) -> None:
    other = {"errorDeclaration": {"declarationTime": "2024-03-09T00:00:00Z"}}
    result = store.capture(document(packing(1), {**packing(1), **DECLARED}, {**packing(1), **other}))
    assert (result.captured, result.conflicts) == (3, ())
    assert store.stats()["declarations"] == 2


def test_events_that_cannot_be_read_are_left_out_and_said(store: Store) -> None:
    result = store.capture(document(packing(1), {**packing(2), "action": "NONE"}, packing(3)))
    assert result.captured == 2
    (finding,) = result.rejected
    assert (finding.rule, finding.location.event_index) == ("EVT-000", 1)


def test_a_text_that_is_no_unicode_is_left_out_and_said(store: Store, make: Make) -> None:
    result = store.capture([make("O", 8, "OBSERVE", disposition="\ud800"), make("O", 9, "OBSERVE")])
    assert result.captured == 1
    (finding,) = result.rejected
    assert str(finding) == (
        "event 0: error EVT-000: Cannot store the event: expected texts of Unicode characters, "
        "got a text that is no Unicode (surrogates not allowed)."
    )


def test_a_document_that_breaks_off_is_not_captured_at_all(store: Store) -> None:
    data = document(*(packing(number) for number in range(1, 3000)))
    with pytest.raises(DocumentError):
        store.capture(data[: len(data) - 40])
    assert store.stats()["events"] == store.stats()["keys"] == store.stats()["documents"] == 0


def test_an_error_in_the_middle_leaves_a_store_that_works(
    store: Store, make: Make, state: Callable[[Store], Any]
) -> None:
    def failing() -> Iterator[Event]:
        for number in range(2500):
            yield make("A", 8, "ADD", parentID="p01", childEPCs=[f"i{number}"])
        raise RuntimeError("stop")

    store.capture([make("A", 8, "ADD", parentID="p02", childEPCs=["i7"])])
    before = state(store)
    with pytest.raises(RuntimeError, match="stop"):
        store.capture(failing())
    assert state(store) == before
    events = [make("A", 8, "ADD", parentID="p01", childEPCs=[f"i{number}"]) for number in range(1500)]
    assert store.capture(events).captured == 1500
    assert list(store.query())[1:] == events


def test_a_document_without_events_is_remembered(store: Store) -> None:
    assert store.capture(document()) == CaptureResult(documents=1)
    assert store.stats()["documents"] == 1


def test_where_an_event_came_from(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "may.json"
    path.write_bytes(document(packing(1), sender="urn:epc:id:sgln:9521103.00001.0"))
    result = store.capture(path)
    assert result.partner == "urn:epc:id:sgln:9521103.00001.0"
    (stored,) = store.query_stored()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    partner = "https://id.gs1.org/414/9521103000014"
    assert stored.provenance == (Provenance(digest, str(path), partner, 1_700_000_000_000_000),)


def test_master_data_of_the_latest_document_come_first(new_store: Callable[[], Store]) -> None:
    place = "urn:epc:id:sgln:9521103.00001.0"

    def told(name: str, day: int) -> bytes:
        attribute = {"id": "urn:epcglobal:cbv:mda#name", "attribute": name}
        element = {"id": place, "attributes": [attribute], "children": ["urn:epc:id:sgln:9521103.00001.1"]}
        vocabulary = {"type": "urn:epcglobal:epcis:vtype:BusinessLocation", "vocabularyElementList": [element]}
        header = {"epcisMasterData": {"vocabularyList": [vocabulary]}}
        return document(epcisHeader=header, creationDate=f"2024-03-0{day}T00:00:00Z")

    for order in ((1, 2), (2, 1)):
        store = new_store()
        for day in order:
            store.capture(told(f"Plant of day {day}", day))
        assert store.name_of("https://id.gs1.org/414/9521103000014") == "Plant of day 2"
        found = store.master_data(place)
        assert [(kind, element.attribute("name")) for kind, element in found] == [
            ("urn:epcglobal:epcis:vtype:BusinessLocation", "Plant of day 2"),
            ("urn:epcglobal:epcis:vtype:BusinessLocation", "Plant of day 1"),
        ]
        assert store.name_of("urn:epc:id:sgln:9521103.00009.0") is None


def test_results_add_up() -> None:
    one = CaptureResult(captured=1, duplicates=2, documents=1, partner="a")
    assert one + one == CaptureResult(captured=2, duplicates=4, documents=2, partner="a")
    assert (one + CaptureResult(documents=1)).as_dict() == {
        "captured": 1,
        "duplicates": 2,
        "rejected": [],
        "conflicts": [],
        "documents": 2,
        "partner": None,
    }


def test_a_dictionary_is_trained_on_the_stores_own_events(store: Store, make: Make) -> None:
    events = [make("O", 8, "OBSERVE", epcList=[f"i{number}"], bizStep="shipping") for number in range(2200)]
    for start in range(0, 2200, 550):
        store.capture(events[start : start + 550])
    sizes = store.backend._db.all("SELECT hex(substr(payload, 1, 1)), avg(length(payload)) FROM event GROUP BY 1")  # type: ignore[attr-defined]
    assert [number for number, _ in sizes] == ["00", "01"]
    assert sizes[1][1] * 2 < sizes[0][1]
    assert list(store.query()) == events


def test_a_query_in_hand_excludes_parameters(store: Store) -> None:
    with pytest.raises(QueryError, match=r"^Cannot use a query and parameters together: expected one of them\.$"):
        store.query(Query(), EQ_action="ADD")


SBDH = """<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2024-03-05T00:00:00Z"
 xmlns:h="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"><EPCISHeader>
<h:StandardBusinessDocumentHeader><h:HeaderVersion>1.0</h:HeaderVersion>
<h:Sender><h:Identifier {authority}>{identifier}</h:Identifier></h:Sender>
<h:Receiver><h:Identifier>9521104000006</h:Identifier></h:Receiver>
<h:DocumentIdentification><h:Standard>EPCglobal</h:Standard><h:TypeVersion>1.0</h:TypeVersion>
<h:InstanceIdentifier>1</h:InstanceIdentifier><h:Type>Events</h:Type>
<h:CreationDateAndTime>2024-03-05T00:00:00Z</h:CreationDateAndTime></h:DocumentIdentification>
</h:StandardBusinessDocumentHeader></EPCISHeader><EPCISBody><EventList/></EPCISBody></epcis:EPCISDocument>"""


@pytest.mark.parametrize(
    ("identifier", "authority", "partner"),
    [
        ("9521202000007", "", "https://id.gs1.org/417/9521202000007"),
        ("9521202000007", 'Authority="GLN"', "https://id.gs1.org/417/9521202000007"),
        (" 9521202000007 ", 'Authority="SGLN"', "https://id.gs1.org/417/9521202000007"),
        ("9521202000008", 'Authority="GLN"', "9521202000008"),
        ("9521202000007", 'Authority="Tax office"', "9521202000007"),
        ("952120200000", 'Authority="GLN"', "952120200000"),
        ("\uff19521202000007", 'Authority="GLN"', "\uff19521202000007"),
        ("urn:epc:id:sgln:9521202.00000.0", 'Authority="SGLN"', "urn:epc:id:sgln:9521202.00000.0"),
    ],
)
def test_a_sender_named_by_its_bare_gln_is_the_party_with_that_number(
    store: Store, identifier: str, authority: str, partner: str
) -> None:
    assert store.capture(SBDH.format(identifier=identifier, authority=authority).encode()).partner == partner


def test_a_partner_given_by_its_bare_gln_is_the_same_party(store: Store) -> None:
    store.capture(document(packing(1), sender="9521202000007"))
    store.capture(document(packing(1)), partner="9521202000007")
    store.capture(document(packing(1)), partner="urn:epc:id:pgln:9521202.00000")
    (stored,) = store.query_stored()
    assert {origin.partner for origin in stored.provenance} == {"https://id.gs1.org/417/9521202000007"}


def test_a_pipe_is_read_once_and_whole(store: Store, tmp_path: Path) -> None:
    data = document(packing(1))
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    assert store.capture(path) == CaptureResult(captured=1, documents=1)
    writer.join()
    (stored,) = store.query_stored()
    assert (stored.provenance[0].sha256, stored.provenance[0].name) == (hashlib.sha256(data).hexdigest(), str(path))
