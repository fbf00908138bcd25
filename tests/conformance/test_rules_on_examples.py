"""What the core profile says about the published valid examples, reviewed finding by finding.

No valid example has a finding of the schema layer. What the rules find is real: the reasons stand below, and an example
that gets a new finding, or a reason that nothing needs any more, fails here.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

import epcis_kit as ek

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.conformance

NOW = datetime(2026, 1, 1, tzinfo=UTC)

ERRORS = {
    ("DOC-003", ""): ("CaptureJob/", "the state of a capture job holds no events, and is no document of events"),
    ("EVT-011", "near"): ("SensorDataExamples.xml", "'Bizstep-sensor_reporting' is written with a small s"),
    ("EVT-014", "default"): ("", "receiving with ADD, so that ilmd and all other fields can be shown in one event"),
    ("EVT-020", "near"): ("SensorDataExamples.xml", "'Molar_concentration' is in no list of measurement types"),
    ("EVT-020", "unknown"): ("", "'EffectiveDoseRate' is in no list of measurement types"),
}
"""Errors by rule and message: a part of the paths they may stand in, and why they are true."""

OTHERS = {
    ("DOC-001", "", "warning"): "the example writes eventID twice on purpose",
    ("DOC-008", "default", "warning"): "the examples were edited after their creationDate",
    ("DOC-010", "default", "info"): "the examples tell their events by topic",
    ("EVT-012", "disposition", "warning"): "short examples leave the disposition out",
    ("EVT-012", "step", "warning"): "an event type of one's own without a step",
    ("EVT-013", "biz_location", "warning"): "short examples leave the place out",
    ("EVT-013", "read_point", "warning"): "an event type of one's own without a place",
    ("EVT-015", "usual", "warning"): "commissioning with in_transit",
    ("EVT-017", "type", "warning"): "a transaction without a type, which the standard allows",
    ("EVT-018", "hash", "warning"): "hashes of an earlier form of the event or of the algorithm",
    ("EVT-019", "corrective", "info"): "the corrective event stands in another file",
    ("EVT-019", "target", "info"): "the wrong event stands in another file",
    ("EVT-021", "prefix", "warning"): "a field without a namespace, to show what readers do",
    ("EVT-023", "default", "warning"): "2.0 features carried in 1.2 on purpose",
    ("EVT-025", "late", "warning"): "examples with every field have sensor times after eventTime",
    ("EVT-025", "nothing", "warning"): "a report that only names its type",
    ("EVT-025", "substances", "warning"): "examples with every field have microorganism and chemicalSubstance",
    ("EVT-025", "twice", "warning"): "examples with every field repeat the metadata in the report",
    ("EVT-025", "unit_alone", "warning"): "a report with a unit and no value",
    ("EVT-025", "window", "warning"): "examples with every field have a time outside the window",
    ("ID-006", "default", "warning"): "a transaction is written over several lines",
    ("ID-010", "default", "warning"): "Digital Links are shown beside SGLN URNs",
    ("MD-007", "default", "warning"): "sender and place are of two example companies",
    ("SEQ-001", "default", "info"): "an example shows one step and not the whole story",
    ("SEQ-001", "many", "info"): "an example shows one step and not the whole story",
    ("SEQ-005", "unknown", "info"): "an example shows the unpacking only",
}
"""Warnings and information by rule, message and severity, each with the reason."""


def test_every_finding_on_a_valid_example_has_a_reason(shared: Path) -> None:
    folder = shared / "conformance" / "examples"
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as stream:
        valid = [row["path"] for row in csv.DictReader(stream, delimiter="\t") if row["verdict"] == "valid"]
    assert len(valid) == 97
    met: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for path in valid:
        for finding in ek.check(folder / path, now=NOW):
            assert not finding.rule.startswith("SCH-"), (path, str(finding))
            if finding.severity == "error":
                where, _ = ERRORS.get((finding.rule, finding.key), (None, ""))
                assert where is not None, (path, str(finding))
                assert where in path, (path, str(finding))
                met[finding.rule, finding.key].add(path)
            else:
                assert (finding.rule, finding.key, finding.severity) in OTHERS, (path, str(finding))
                met[finding.rule, finding.key, finding.severity].add(path)
    assert {*ERRORS, *OTHERS} - met.keys() == set()
