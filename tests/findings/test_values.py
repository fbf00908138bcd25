"""Findings, places and reports as values."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import InvalidDocumentError
from epcis_kit.findings import Finding, Location, Report, Severity


def finding(severity: Severity = "error", message: str = "No action.", count: int = 1) -> Finding:
    return Finding(rule="EVT-001", severity=severity, layer="event", message=message, count=count)


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location(), ""),
        (Location(file="may.xml"), "may.xml"),
        (Location(file="may.xml", line=3), "may.xml, line 3"),
        (Location(file="may.xml", line=3, column=9), "may.xml, line 3, column 9"),
        (Location(column=9), ""),
        (Location(file="may.csv", row=4, table_column="Lot"), "may.csv, row 4, column 'Lot'"),
        (Location(pointer="/epcisBody/eventList/0", event_index=0), "/epcisBody/eventList/0"),
        (Location(pointer=""), "(document root)"),
        (Location(file="-", event_index=7), "-, event 7"),
    ],
)
def test_a_place_says_what_it_knows(location: Location, text: str) -> None:
    assert str(location) == text


def test_a_place_learns_only_what_it_does_not_know() -> None:
    inner = Location(line=0, event_index=0)
    assert inner.within(file="may.xml", line=9, event_index=5) == Location(file="may.xml", line=0, event_index=0)


def test_a_place_as_plain_data_leaves_out_the_unknown_parts() -> None:
    assert Location(file="may.xml", line=3, event_index=0).as_dict() == {"file": "may.xml", "line": 3, "event_index": 0}
    assert Location().as_dict() == {}


def test_an_unknown_part_of_a_place_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(AttributeError):
        Location().within(folder="here")


def test_a_finding_reads_as_one_line() -> None:
    assert str(finding()) == "error EVT-001: No action."
    assert str(finding().at(file="may.xml", event_index=2)) == "may.xml, event 2: error EVT-001: No action."


def test_a_finding_as_plain_data() -> None:
    full = Finding(
        rule="IDT-002",
        severity="warning",
        layer="identifier",
        message="Check digit of '09506000134353': expected 2, got 3.",
        hint="Ask the sender for the label.",
        location=Location(file="may.xml"),
        parameters=(("expected", "2"), ("got", "3")),
        count=4,
    )
    assert full.as_dict() == {
        "rule": "IDT-002",
        "severity": "warning",
        "layer": "identifier",
        "message": "Check digit of '09506000134353': expected 2, got 3.",
        "hint": "Ask the sender for the label.",
        "location": {"file": "may.xml"},
        "parameters": {"expected": "2", "got": "3"},
        "count": 4,
    }
    assert finding().as_dict() == {
        "rule": "EVT-001",
        "severity": "error",
        "layer": "event",
        "message": "No action.",
        "location": {},
    }


def test_findings_are_values() -> None:
    assert finding() == finding()
    assert len({finding(), finding()}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding().message = "Another."  # type: ignore[misc]


def test_a_report_without_errors_is_valid() -> None:
    report = Report((finding("warning"), finding("info")), events=2)
    assert report.valid
    report.raise_for_errors()


def test_a_report_counts_grouped_findings_in_full() -> None:
    report = Report((finding(count=3), finding("warning"), finding(count=2)))
    assert report.counts() == {"error": 5, "warning": 1, "info": 0}
    assert len(report) == 3
    assert list(report) == list(report.findings)


def test_the_first_error_names_how_many_follow() -> None:
    report = Report((finding("warning"), finding(message="First."), finding(message="Second.")))
    with pytest.raises(InvalidDocumentError) as raised:
        report.raise_for_errors()
    assert str(raised.value) == "The document is not valid: error EVT-001: First. (and 1 more)"
    with pytest.raises(InvalidDocumentError) as raised:
        Report((finding(),)).raise_for_errors()
    assert str(raised.value) == "The document is not valid: error EVT-001: No action."


def test_reports_join_in_order_and_keep_the_first_profile() -> None:
    joined = Report((finding(message="1"),), 1, "gate").merged(
        [Report((finding(message="2"),), 2), Report((finding(message="3"),), 3)]
    )
    assert [one.message for one in joined] == ["1", "2", "3"]
    assert (joined.events, joined.profile) == (6, "gate")


def test_a_report_as_json_keeps_letters_as_they_are() -> None:
    report = Report((finding(message="Käse: 召回"),), events=1)
    text = report.to_json()
    assert "Käse: 召回" in text
    assert json.loads(text) == {
        "valid": False,
        "profile": "core",
        "events": 1,
        "counts": {"error": 1, "warning": 0, "info": 0},
        "findings": [
            {
                "rule": "EVT-001",
                "severity": "error",
                "layer": "event",
                "message": "Käse: 召回",
                "location": {},
                "fingerprint": finding(message="Käse: 召回").fingerprint,
            }
        ],
    }


@given(
    st.lists(
        st.builds(finding, st.sampled_from(["error", "warning", "info"]), st.text(max_size=20), st.integers(1, 9)),
        max_size=20,
    )
)
@settings(max_examples=100, deadline=None)
def test_a_report_is_valid_exactly_when_it_counts_no_error(findings: list[Finding]) -> None:
    report = Report(tuple(findings))
    assert report.valid is (report.counts()["error"] == 0)
    assert json.loads(report.to_json())["findings"] == [
        {**one.as_dict(), "fingerprint": one.fingerprint} for one in findings
    ]


def test_what_stands_there_and_what_belongs_there_are_parameters() -> None:
    one = dataclasses.replace(finding(), parameters=(("expected", "2"), ("value", "3")))
    assert (one.value, one.expected) == ("3", "2")
    assert (finding().value, finding().expected, finding().snippet) == (None, None, None)


@pytest.mark.parametrize(
    ("pointer", "inner", "json_pointer", "xpath"),
    [
        (None, "", None, None),
        ("", "", "", None),
        ("epcList/0", "epcList/0", "epcList/0", None),
        ("/epcisBody/eventList/7/epcList/0", "epcList/0", "/epcisBody/eventList/7/epcList/0", None),
        (
            "/epcisBody/queryResults/resultsBody/eventList/7/errorDeclaration/correctiveEventIDs/0",
            "errorDeclaration/correctiveEventIDs/0",
            "/epcisBody/queryResults/resultsBody/eventList/7/errorDeclaration/correctiveEventIDs/0",
            None,
        ),
        (
            "/epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[2]/action",
            "action",
            None,
            "/epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[2]/action",
        ),
        ("/EPCISBody/EventList/extension[1]/TransformationEvent[2]/bizStep", "bizStep", None, None),
    ],
)
def test_a_pointer_says_of_which_kind_it_is_and_what_of_it_is_inside_the_event(
    pointer: str | None, inner: str, json_pointer: str | None, xpath: str | None
) -> None:
    place = Location(pointer=pointer)
    assert place.inner == inner
    if pointer and pointer.startswith("/EPCISBody"):
        json_pointer, xpath = None, pointer
    assert (place.json_pointer, place.xpath) == (json_pointer, xpath)


def test_a_fingerprint_stays_when_the_event_moves_and_the_language_changes() -> None:
    one = Finding(
        rule="EVT-001",
        severity="error",
        layer="event",
        message="No action.",
        location=Location(line=3, event_index=0, pointer="/epcisBody/eventList/0/action", event_id="urn:uuid:1"),
        parameters=(("value", "x"),),
    )
    place = Location(line=9, event_index=4, pointer="/epcisBody/eventList/4/action", event_id="urn:uuid:1")
    moved = dataclasses.replace(one, location=place, message="没有 action。", severity="warning", count=3)
    assert moved.fingerprint == one.fingerprint
    assert len(one.fingerprint) == 32
    others = [
        dataclasses.replace(one, rule="EVT-002"),
        dataclasses.replace(one, key="other"),
        dataclasses.replace(one, parameters=(("value", "y"),)),
        dataclasses.replace(one, location=dataclasses.replace(place, event_id="urn:uuid:2")),
        dataclasses.replace(one, location=dataclasses.replace(place, pointer="/epcisBody/eventList/4/bizStep")),
    ]
    assert len({one.fingerprint, *(other.fingerprint for other in others)}) == 6


def test_a_language_that_does_not_exist_is_named() -> None:
    assert finding().in_language("en") == finding()
    with pytest.raises(ValueError, match=r"Cannot write findings in language 'fr': expected 'en' or 'zh'\."):
        finding().in_language("fr")


def test_a_report_knows_whether_it_could_read_its_document() -> None:
    assert Report((finding(),)).readable
    assert not Report((dataclasses.replace(finding(), layer="syntax"),)).readable


def test_what_was_left_out_still_counts() -> None:
    report = Report((finding("warning"),), omitted=(("error", 3),))
    assert not report.valid
    assert report.counts() == {"error": 3, "warning": 1, "info": 0}
    with pytest.raises(InvalidDocumentError) as raised:
        report.raise_for_errors()
    assert str(raised.value) == "The document is not valid; its errors were left out of the report."
    assert report.merged([report]).counts() == {"error": 6, "warning": 2, "info": 0}


def test_a_named_report_names_every_place() -> None:
    report = Report((finding(),), accepted=(finding("warning"),)).named("may.xml")
    assert report.file == "may.xml"
    assert [one.location.file for one in (*report.findings, *report.accepted)] == ["may.xml", "may.xml"]
    assert report.as_dict()["file"] == "may.xml"
