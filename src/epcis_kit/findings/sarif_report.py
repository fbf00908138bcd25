"""Reports for code-scanning services: SARIF 2.1.0, the OASIS format that GitHub, GitLab and Azure DevOps read.

Takes reports; gives one JSON text with one run. Guarantees: every finding has its place as region (columns counted in
characters) and as logical location (JSON pointer or XPath); fingerprints stay when lines move, also where findings are
alike; accepted findings stand in it as suppressed, with their reason; file names are URI references.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from epcis_kit.findings.furniture import LAYERS
from epcis_kit.findings.wording import rule_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.findings.report import Report
    from epcis_kit.findings.values import Finding, Location

__all__ = ["to_sarif"]

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def to_sarif(reports: Sequence[Report], language: str = "en", *, version: str = "") -> str:
    """One SARIF log with the findings of all reports.

    Args:
        reports: One a document.
        language: Language of the sentences.
        version: Version of the program, to be told; left out where it is empty.
    """
    findings = [finding for report in reports for finding in (*report.findings, *report.accepted)]
    rules = list(dict.fromkeys(finding.rule for finding in findings))
    levels = {finding.rule: finding for finding in reversed(findings)}
    numbers = {rule: number for number, rule in enumerate(rules)}
    driver: dict[str, Any] = {"name": "epcis_kit"}
    if version:
        driver["version"] = version
    texts = rule_texts(language)
    driver["rules"] = [_rule(rule, levels[rule], texts.get(rule, {})) for rule in rules]
    names = list(dict.fromkeys(report.file for report in reports if report.file is not None))
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "language": "zh-CN" if language == "zh" else "en-US",
        "invocations": [{"executionSuccessful": all(report.readable for report in reports)}],
        "artifacts": [{"location": {"uri": _uri(name)}} for name in names],
        "results": list(_results(reports, numbers, language)),
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(rule: str, finding: Finding, texts: dict[str, Any]) -> dict[str, Any]:
    statement = texts.get("statement") or finding.message
    plain: dict[str, Any] = {
        "id": rule,
        "shortDescription": {"text": statement},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {"tags": ["EPCIS", LAYERS[finding.layer][0]]},
    }
    advice = texts.get("hint") or finding.hint
    if advice:
        plain["help"] = {"text": advice}
    return plain


def _results(reports: Iterable[Report], numbers: dict[str, int], language: str) -> Iterator[dict[str, Any]]:
    seen: Counter[tuple[str | None, str]] = Counter()
    for report in reports:
        for finding in (*report.findings, *report.accepted):
            said = finding.in_language(language)
            message = f"{said.message} {said.hint}" if said.hint else said.message
            result: dict[str, Any] = {
                "ruleId": finding.rule,
                "ruleIndex": numbers[finding.rule],
                "level": _LEVELS[finding.severity],
                "message": {"text": message},
            }
            place = _location(finding.location, report.file)
            if place:
                result["locations"] = [place]
            alike = report.file, finding.fingerprint
            result["partialFingerprints"] = {"epcisKitFinding/v1": f"{finding.fingerprint}:{seen[alike]}"}
            seen[alike] += 1
            if finding.count > 1:
                result["occurrenceCount"] = finding.count
            related = [_location(one, report.file) for one in (*finding.related, *finding.samples[1:])]
            if any(related):
                result["relatedLocations"] = [one for one in related if one]
            if finding.reason:
                result["suppressions"] = [{"kind": "external", "justification": finding.reason}]
            properties = _properties(finding)
            if properties:
                result["properties"] = properties
            yield result


def _location(place: Location, file: str | None) -> dict[str, Any]:
    result: dict[str, Any] = {}
    name = place.file or file
    if name is not None:
        result["physicalLocation"] = {"artifactLocation": {"uri": _uri(name)}, "region": _region(place)}
    if place.pointer is not None:
        last = place.pointer.rpartition("/")[2]
        kind = "element" if place.xpath is not None else "value"
        if last.startswith("@"):
            kind = "attribute"
        logical: dict[str, Any] = {"fullyQualifiedName": place.pointer, "kind": kind}
        if last:
            logical["name"] = last
        result["logicalLocations"] = [logical]
    return result


def _region(place: Location) -> dict[str, Any]:
    line = place.line if place.line is not None else place.row
    if line is None or line < 1:
        return {"startLine": 1}  # services refuse results without a line; the first one stands for the whole file
    region: dict[str, Any] = {"startLine": line}
    if place.line is not None and place.column is not None and place.column >= 1:
        region["startColumn"] = place.column
        if place.end_column is not None and place.end_column >= place.column:
            region["endColumn"] = place.end_column
    return region


def _properties(finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = {
        "profile": finding.profile or None,
        "eventIndex": finding.location.event_index,
        "eventID": finding.location.event_id,
        "value": finding.value,
        "expected": finding.expected,
        "affected": [f"{kind} {value}" for kind, value in finding.affected] or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _uri(name: str) -> str:
    """A file name as a URI reference; standard input is called by that name."""
    if name == "-":
        return "stdin"
    path = name.replace("\\", "/")
    written = quote(path.encode("utf-8", "surrogateescape"), safe="/!$&'()*+,;=@~")
    return f"file://{written}" if written.startswith("/") else written
