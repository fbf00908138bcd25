"""What is accepted stands apart with its reason, and nothing else is accepted."""

from __future__ import annotations

import dataclasses

import pytest

from epcis_kit.errors import QueryError
from epcis_kit.findings import Finding, Location, Report
from epcis_kit.findings.json_report import to_jsonl
from epcis_kit.validate.waivers import Baseline, Suppression, with_waivers


def finding(rule: str = "ID-001", pointer: str = "/epcisBody/eventList/0/epcList/0", value: str = "x") -> Finding:
    return Finding(
        rule=rule,
        severity="error",
        layer="identifier",
        message=f"Not {value}.",
        location=Location(pointer=pointer, event_index=0),
        parameters=(("value", value),),
    )


THREE = (finding(), finding("EVT-003", "/epcisBody/eventList/0"), finding(value="y"))
REPORT = Report(THREE, 1).named("orders/may.json")
FORM = "RULE@PATH=reason, for example 'EVT-013@orders/*.xml=Agreed with the plant in May'"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ID-001=known", ["EVT-003"]),
        ("id-001@*=known", ["EVT-003"]),
        ("ID-001@may.json=known", ["EVT-003"]),
        ("ID-001@orders/*=known", ["EVT-003"]),
        ("ID-*@epcList/0=known", ["EVT-003"]),
        ("*@june.json=known", ["ID-001", "EVT-003", "ID-001"]),
        ("*=a reason = with a sign", []),
    ],
)
def test_a_suppression_speaks_of_rules_and_places(text: str, left: list[str]) -> None:
    report = with_waivers(REPORT, [Suppression.parse(text)])
    assert [one.rule for one in report.findings] == left
    assert len(report.accepted) == 3 - len(left)
    assert {one.reason for one in report.accepted} <= {"known", "a reason = with a sign"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ID-001@x", f"Cannot suppress 'ID-001@x': expected {FORM}, got no reason."),
        ("=reason", f"Cannot suppress '=reason': expected {FORM}, got no rule."),
        (
            "EVT-0003=why",
            "Cannot suppress 'EVT-0003': expected a rule, there is none of this name. Did you mean 'EVT-003'?",
        ),
    ],
)
def test_a_suppression_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(QueryError) as raised:
        Suppression.parse(text)
    assert str(raised.value) == message


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_baseline_accepts_what_it_has_and_not_one_more(form: str) -> None:
    text = REPORT.to_json() if form == "json" else to_jsonl([REPORT])
    again = with_waivers(REPORT, baseline=Baseline.parse(text))
    assert again.findings == ()
    assert {one.reason for one in again.accepted} == {"Known from the baseline."}
    twice = dataclasses.replace(REPORT, findings=(*REPORT.findings, finding()))
    assert len(with_waivers(twice, baseline=Baseline.parse(text)).findings) == 1
    chinese = Baseline.parse(to_jsonl([REPORT], "zh"))
    assert {one.reason for one in with_waivers(REPORT, baseline=chinese, language="zh").accepted} == {"基线中已有。"}


def test_a_baseline_is_about_a_file_wherever_it_stands() -> None:
    baseline = Baseline.parse(REPORT.to_json())
    elsewhere = Report((finding(),)).named("/data/may.json")
    other = Report((finding(),)).named("june.json")
    assert with_waivers(other, baseline=baseline).findings == other.findings
    assert with_waivers(elsewhere, baseline=baseline).findings == ()


def test_a_baseline_without_findings_accepts_nothing() -> None:
    assert with_waivers(REPORT, baseline=Baseline.parse("")).findings == REPORT.findings


@pytest.mark.parametrize("text", ["[1]", "{", '{"findings": 3}', '{"a": 1}', "[" * 5000, "null"])
def test_a_file_that_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(QueryError) as raised:
        Baseline.parse(text, "old.json")
    assert str(raised.value) == (
        "Cannot use 'old.json' as baseline: expected a report that --report json or jsonl wrote."
    )


def test_an_accepted_fault_of_syntax_does_not_make_a_document_readable() -> None:
    broken = Report((Finding(rule="DOC-001", severity="error", layer="syntax", message="No."),))
    report = with_waivers(broken, [Suppression.parse("DOC-001=known")])
    assert report.valid
    assert not report.readable
