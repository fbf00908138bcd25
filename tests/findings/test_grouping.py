"""Identical findings print once, and nothing is lost from the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.findings import Finding, Location, Report

if TYPE_CHECKING:
    from epcis_kit.findings import Severity


def finding(index: int, severity: Severity = "warning", message: str = "No bizLocation.") -> Finding:
    affected = (("serial", str(index)),)
    place = Location(event_index=index)
    return Finding(rule="EVT-013", severity=severity, layer="event", message=message, location=place, affected=affected)


def test_identical_findings_become_one_with_its_number_and_some_places() -> None:
    report = Report(tuple(finding(index) for index in range(2495)), events=2495).grouped()
    (one,) = report.findings
    assert one.count == 2495
    assert one.location == Location(event_index=0)
    assert one.samples == tuple(Location(event_index=index) for index in range(5))
    assert one.affected == tuple(("serial", str(index)) for index in range(12))
    assert report.counts() == {"error": 0, "warning": 2495, "info": 0}


def test_a_group_stands_where_its_first_finding_stood_and_single_ones_stay_as_they_are() -> None:
    findings = (finding(0, message="b"), finding(1, message="a"), finding(2, message="b"))
    first, second = Report(findings).grouped().findings
    assert (first.message, first.count) == ("b", 2)
    assert second == findings[1]


def test_a_limit_keeps_the_worst_and_counts_the_rest() -> None:
    report = Report((finding(0, "info"), finding(1), finding(2, "error"), finding(3, "error")), events=4)
    short = report.limited(3)
    assert [one.severity for one in short] == ["warning", "error", "error"]
    assert short.omitted == (("info", 1),)
    assert short.counts() == report.counts()
    assert report.limited(4) is report
    assert not report.limited(0).valid


SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
FINDINGS = st.lists(st.builds(finding, st.integers(0, 5), st.sampled_from(SEVERITIES), st.sampled_from("ab")))


@given(FINDINGS, st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_neither_grouping_nor_a_limit_changes_counts_or_verdict(findings: list[Finding], most: int) -> None:
    report = Report(tuple(findings))
    for short in (report.grouped(), report.limited(most), report.grouped().grouped(), report.limited(most).grouped()):
        assert short.counts() == report.counts()
        assert short.valid is report.valid
