"""The engine: sources of every kind, one finding for one fault, in order, and what is read of faulty documents."""

from __future__ import annotations

import io
import json
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek
from epcis_kit.validate import check_event
from rule_examples import NOW, document

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.findings import Report

CASE = "urn:epc:id:sscc:9521234.0000000001"
CLEAN = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "epcList": [CASE],
    "bizStep": "shipping",
    "disposition": "in_transit",
    "readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0"},
}


def check(*events: dict[str, Any], **choices: Any) -> Report:
    return ek.check(document(*events), now=NOW, **choices)


def brief(report: Report) -> list[tuple[str, str, str | None]]:
    return [(finding.rule, finding.severity, finding.location.pointer) for finding in report]


def test_a_clean_event_gives_nothing() -> None:
    report = check(CLEAN)
    assert (report.findings, report.events, report.profile) == ((), 1, "core")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"bizStep": "shiping"}, [("EVT-011", "error", "/epcisBody/eventList/0/bizStep")]),
        ({"eventID": "evt-001"}, [("EVT-018", "error", "/epcisBody/eventList/0/eventID")]),
        ({"epcList": ["A1"]}, [("ID-001", "error", "/epcisBody/eventList/0/epcList/0")]),
        ({"eventTimeZoneOffset": "Z"}, [("TIM-002", "error", "/epcisBody/eventList/0/eventTimeZoneOffset")]),
        ({"sourceList": [{"source": CASE}]}, [("EVT-016", "error", "/epcisBody/eventList/0/sourceList/0")]),
        ({"ilmd": {"cbvmda:lotNumber": "A"}}, [("EVT-006", "error", "/epcisBody/eventList/0/ilmd")]),
        ({"lotNumber": "A"}, [("EVT-021", "error", "/epcisBody/eventList/0/lotNumber")]),
        (
            {"bizTransactionList": [{"type": "po", "bizTransaction": "PO 1"}]},
            [("EVT-017", "error", "/epcisBody/eventList/0/bizTransactionList/0/bizTransaction")],
        ),
        ({"persistentDisposition": {}}, [("EVT-024", "error", "/epcisBody/eventList/0/persistentDisposition")]),
        ({"action": "LOOK"}, [("EVT-001", "error", "/epcisBody/eventList/0/action")]),
        ({"eventTime": "yesterday"}, [("TIM-001", "error", "/epcisBody/eventList/0/eventTime")]),
        ({"bizStep": " shipping"}, [("ID-006", "error", "/epcisBody/eventList/0/bizStep")]),
    ],
)
def test_one_fault_is_one_finding(values: dict[str, Any], found: list[tuple[str, str, str | None]]) -> None:
    assert brief(check({**CLEAN, **values})) == found


def test_a_rule_about_the_story_does_not_speak_for_the_notation() -> None:
    item = " urn:epc:id:sgtin:9521234.000001.1 "
    report = check({**CLEAN, "epcList": [item]})
    assert brief(report) == [
        ("ID-006", "error", "/epcisBody/eventList/0/epcList/0"),
        ("SEQ-001", "info", "/epcisBody/eventList/0/epcList/0"),
    ]


def test_a_field_of_the_standard_at_a_wrong_place_is_called_so() -> None:
    text = (
        '<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2024-03-01T10:00:00Z">'
        "<EPCISBody><EventList><AggregationEvent><eventTime>2024-03-01T09:00:00Z</eventTime>"
        f"<eventTimeZoneOffset>+00:00</eventTimeZoneOffset><parentID>{CASE}</parentID><childEPCs>"
        "<epc>urn:epc:id:sgtin:9521234.000001.1</epc></childEPCs><action>ADD</action>"
        "<childQuantityList/><bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep><readPoint>"
        "<id>urn:epc:id:sgln:9521234.00001.0</id></readPoint></AggregationEvent></EventList></EPCISBody>"
        "</e:EPCISDocument>"
    )
    (found,) = [each for each in ek.check(text.encode(), now=NOW) if each.severity == "error"]
    assert (found.rule, found.message) == (
        "DOC-007",
        "childQuantityList stands directly in AggregationEvent; EPCIS 1.2 expects it inside <extension>.",
    )


@pytest.mark.parametrize("quantity", ["1" + "0" * 400 + ".5", "1e999999"])
def test_a_number_beyond_the_limits_is_told_once(quantity: str) -> None:
    item = '{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": 77777}'
    data = document({**CLEAN, "quantityList": [json.loads(item)]}).replace(b"77777", quantity.encode())
    assert [(each.rule, each.location.inner) for each in ek.check(data, now=NOW) if each.severity == "error"] == [
        ("EVT-007", "quantityList/0/quantity")
    ]


def test_two_faults_are_two_findings() -> None:
    report = check({**CLEAN, "bizStep": "shiping", "disposition": "in_trnsit"})
    assert [finding.location.inner for finding in report if finding.rule == "EVT-011"] == ["bizStep", "disposition"]
    assert {finding.rule for finding in report} == {"EVT-011", "EVT-013"}


def test_findings_are_in_document_order() -> None:
    faulty = {**CLEAN, "epcList": ["A1"]}
    later = {"eventTime": "2024-03-02T09:00:00Z"}
    report = check(CLEAN, faulty, {**CLEAN, "action": "LOOK"}, {**faulty, **later})
    assert [(finding.rule, finding.location.event_index) for finding in report] == [
        ("ID-001", 1),
        ("EVT-001", 2),
        ("ID-001", 3),
    ]
    assert report.events == 4


def test_sources_of_every_kind_give_the_same(tmp_path: Path) -> None:
    data = document({**CLEAN, "epcList": ["A1"]})
    path = tmp_path / "a.json"
    path.write_bytes(data)
    expected = brief(ek.check(data, now=NOW))
    assert brief(ek.check(path, now=NOW)) == expected
    with path.open("rb") as stream:
        assert brief(ek.check(stream, now=NOW)) == expected
        assert not stream.closed
    later = io.BytesIO(b"xx" + data)
    later.seek(2)
    assert brief(ek.check(later, now=NOW)) == expected


def test_a_pipe_is_kept_for_reading_again(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(document({**CLEAN, "epcList": ["A1"]}),))
    writer.start()
    report = ek.check(path, now=NOW)
    writer.join()
    assert [(finding.rule, finding.location.line) for finding in report] == [("ID-001", 1)]


def test_a_document_in_hand_has_no_places_in_a_source() -> None:
    report = ek.check(ek.read(document({**CLEAN, "epcList": ["A1"]})), now=NOW)
    assert brief(report) == [("ID-001", "error", "epcList/0")]


def test_a_document_that_is_cut_off_is_checked_as_far_as_it_goes() -> None:
    data = document(CLEAN, {**CLEAN, "epcList": ["A1"]}, CLEAN)
    report = ek.check(data[:-30], now=NOW)
    assert [(finding.rule, finding.layer) for finding in report] == [("ID-001", "identifier"), ("DOC-001", "syntax")]


def test_an_event_by_itself_is_checked_without_a_document() -> None:
    event = ek.read(document({**CLEAN, "epcList": ["A1"]})).events[0]
    assert [(finding.rule, finding.location.event_index) for finding in check_event(event)] == [("ID-001", None)]
    assert [finding.location.event_index for finding in check_event(event, index=7)] == [7]


def test_a_rule_about_other_events_is_milder_while_the_story_may_go_on() -> None:
    used = {**CLEAN, "epcList": ["urn:epc:id:sgtin:9521234.000001.1"]}
    assert brief(check(used)) == [("SEQ-001", "info", "/epcisBody/eventList/0/epcList/0")]
    assert brief(check(used, complete=True)) == [("SEQ-001", "error", "/epcisBody/eventList/0/epcList/0")]


def test_the_version_of_a_document_chooses_its_rules() -> None:
    text = (
        '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{}" schemaVersion="{}" '
        'creationDate="2024-03-05T00:00:00Z">'
        "<EPCISBody><EventList><ObjectEvent><eventTime>2024-03-01T09:00:00Z</eventTime><eventTimeZoneOffset>+00:00"
        "</eventTimeZoneOffset><epcList><epc>urn:epc:id:sscc:9521234.0000000001</epc></epcList><action>OBSERVE</action>"
        "<bizStep>{}</bizStep><disposition>urn:epcglobal:cbv:disp:in_progress</disposition><readPoint><id>geo:1,2</id>"
        "</readPoint><bizLocation><id>geo:1,2</id></bizLocation></ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"
    )
    sampling = "urn:epcglobal:cbv:bizstep:sampling"
    old = ek.check(text.format(1, "1.2", sampling).encode(), now=NOW)
    assert [(finding.rule, finding.key) for finding in old] == [("EVT-023", "word")]
    assert ek.check(text.format(2, "2.0", sampling).encode(), now=NOW).findings == ()


def test_a_header_behind_the_events_is_seen() -> None:
    body = json.loads(document({**CLEAN, "readPoint": {"id": "urn:epc:id:sgln:9529999.00001.0"}}))
    body["sender"] = body["receiver"] = "urn:epc:id:pgln:9521234.00001"
    report = ek.check(json.dumps(body).encode(), now=NOW)
    assert [finding.rule for finding in report] == ["SBD-003", "MD-007"]
