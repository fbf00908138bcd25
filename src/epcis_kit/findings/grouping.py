"""Makes long lists of findings short without losing a number.

Takes findings in document order; gives one finding for each set of identical ones, with their number and some of their
places, or the most important ones and how many were left out. Guarantees: counts stay those of everything that was
found; groups stand where their first finding stood.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from epcis_kit.findings.report import Report
    from epcis_kit.findings.values import Finding, Location, Severity

__all__ = ["MOST_AFFECTED", "MOST_SAMPLES", "SEVERITIES", "grouped", "limited"]

MOST_SAMPLES: Final = 5
"""Places that a group of identical findings shows."""

MOST_AFFECTED: Final = 12
"""Products, serials or parties that a group names."""

SEVERITIES: Final[dict[Severity, int]] = {"error": 0, "warning": 1, "info": 2}
"""The severities, worst first."""


class _Group:
    __slots__ = ("affected", "count", "first", "samples")

    def __init__(self, first: Finding) -> None:
        self.first = first
        self.count = 0
        self.samples: list[Location] = []
        self.affected: dict[tuple[str, str], None] = {}

    def add(self, finding: Finding) -> None:
        self.count += finding.count
        if len(self.samples) < MOST_SAMPLES:
            self.samples.extend((finding.samples or (finding.location,))[: MOST_SAMPLES - len(self.samples)])
        if len(self.affected) < MOST_AFFECTED:
            self.affected.update(dict.fromkeys(finding.affected))

    def value(self) -> Finding:
        if self.count == self.first.count:
            return self.first
        affected = tuple(self.affected)[:MOST_AFFECTED]
        return dataclasses.replace(self.first, count=self.count, samples=tuple(self.samples), affected=affected)


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each set that agrees in rule, severity and sentence, in the order of the first of each."""
    groups: dict[tuple[str, str, str, str, str, str], _Group] = {}
    for finding in findings:
        same = (finding.rule, finding.severity, finding.profile, finding.key, finding.message, finding.reason)
        group = groups.get(same)
        if group is None:
            group = groups[same] = _Group(finding)
        group.add(finding)
    return [group.value() for group in groups.values()]


def limited(report: Report, most: int) -> Report:
    """At most ``most`` findings, the worst first to stay, in document order; the others are counted as omitted."""
    if len(report.findings) <= most:
        return report
    order = sorted(range(len(report.findings)), key=lambda index: SEVERITIES[report.findings[index].severity])
    kept = set(order[:most])
    omitted: Counter[Severity] = Counter(dict(report.omitted))
    for index, finding in enumerate(report.findings):
        if index not in kept:
            omitted[finding.severity] += finding.count
    findings = tuple(finding for index, finding in enumerate(report.findings) if index in kept)
    ordered = tuple((severity, omitted[severity]) for severity in SEVERITIES if omitted[severity])
    return dataclasses.replace(report, findings=findings, omitted=ordered)
