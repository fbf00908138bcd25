"""What the reader and the schema layer found, under the ids of the catalogue, and one finding for one fault.

Takes the findings of the reader, of the schema layer and of the rules; gives them joined. Guarantees: no fault is lost;
where two findings speak of the same spot and the same fault, the more specific one stays (a rule before the schema
layer, the schema layer before the reader) and is as severe as the severer of the two; an id that means more to a user
than the notation of a schema takes its place, with the sentence as it was.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.rule_table import find_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.findings import Finding, Severity

__all__ = ["joined", "named"]

_SEVERITIES: Final = ("error", "warning", "info")
_BROAD: Final = frozenset({"EVT-000", "DOC-001", "DOC-003"})
_VERSION: Final = re.compile(r"schemaVersion").search
_PREFIX: Final = re.compile(r"[Pp]refix .* not defined|unbound prefix|[Nn]amespace prefix").search
_ENCODING: Final = re.compile(r"[Ee]ncoding|proper UTF-8|document as UTF|[Ss]tring not closed").search
_STRUCTURE: Final = re.compile(
    r"expected a member 'epcisBody'|expected EPCISDocument|expected EventList|expected EPCISBody|the root|epcisBody|"
    r"expected one EPCISHeader|expected no EventList"
).search
_FIRST_LINES: Final = 2
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
).search
_INDEX: Final = re.compile(r"\[[0-9]+\]|/[0-9]+(?=/|$)")
_PADDED: Final = re.compile(r"^'?(?:\s|\\[nrt])|(?:\s|\\[nrt])'?$").search
_BODY_NAMES: Final = (
    "epcisBody",
    "EPCISBody",
    "eventList",
    "EventList",
    "queryResults",
    "resultsBody",
    "VocabularyList",
)

_MISSING: Final = {  # what is missing in an event -> the rule that asks for it
    "action": "EVT-001",
    "eventTime": "TIM-001",
    "eventTimeZoneOffset": "TIM-002",
    "parentID": "EVT-003",
    "childEPCs": "EVT-003",
    "bizTransactionList": "EVT-005",
    "declarationTime": "EVT-019",
    "sensorReport": "EVT-020",
    "type": "",
}
_AT: Final = {  # the field at fault -> the rule about it
    "action": "EVT-001",
    "eventTime": "TIM-001",
    "eventTimeZoneOffset": "TIM-002",
    "eventID": "EVT-018",
    "ilmd": "EVT-006",
    "uom": "EVT-008",
    "quantity": "EVT-007",
    "persistentDisposition": "EVT-024",
    "bizTransactionList": "EVT-005",
}
_WORDS: Final = ("bizStep", "disposition", "set", "unset", "reason")
_TIMES: Final = ("SCH-006", "EVT-000")
_ONE_AN_EVENT: Final = frozenset({"EVT-001", "EVT-002", "EVT-003", "EVT-004", "EVT-005", "EVT-006"})
"""Rules about an event as a whole: two findings of one of them speak of the same fault."""
_ABOUT_THE_WORLD: Final = frozenset({"plausibility", "sequence", "masterdata"})
"""Layers of rules that compare an event with others or with what is known, never with a schema."""
_WRAPPERS: Final = frozenset({"extension", "baseExtension"})
_MEMBERS: Final = frozenset({"epc", "quantityElement", "bizTransaction", "source", "destination", "sensorElement"})


def named(finding: Finding) -> Finding:
    """The finding of the reader or the schema layer under the id of the catalogue that fits it best."""
    rule_id = _name(finding) or finding.rule
    rule = find_rule(rule_id)
    if rule is None:
        return finding
    if rule_id == finding.rule:
        return finding if finding.hint else dataclasses.replace(finding, hint=rule.hint)
    layer = finding.layer if "syntax" in {finding.layer, rule.layer} else rule.layer
    key = f"{finding.rule}/{finding.key}" if finding.key else ""  # whose sentence it is, for other languages
    return dataclasses.replace(finding, rule=rule_id, hint=rule.hint, key=key, layer=layer)


def _name(finding: Finding) -> str | None:
    if finding.location.event_index is None:
        return _document_name(finding)
    inner = _INDEX.sub("", finding.location.inner).strip("/")
    last = inner.rpartition("/")[2].rpartition(":")[2]
    message, rule = finding.message, finding.rule
    if rule in {"SCH-005", "SCH-007"} and finding.value is not None and _PADDED(finding.value):
        return "ID-006"
    if rule == "SCH-011" and "ilmd" in message:
        return "EVT-006"
    if (rule == "SCH-002" and finding.key in {"member", "element"}) or (rule == "EVT-000" and "got none" in message):
        return _missing_name(finding, inner, last)
    if rule in {"SCH-003", "SCH-004"}:
        return _misplaced_name(finding, last)
    if rule in _TIMES and last.endswith(("Time", "time")):
        if _DATE_TIME(finding.value or message.partition("expected")[0]):
            return "TIM-008"
        return "TIM-001" if last == "eventTime" else None
    if inner.startswith("sensorElementList"):
        return "EVT-020" if rule != "SCH-004" else "DOC-007"
    if last in _AT and rule not in {"SCH-003", "SCH-004"}:
        return _AT[last]
    return "EVT-011" if rule == "SCH-005" and last in _WORDS else None


def _missing_name(finding: Finding, inner: str, last: str) -> str | None:
    words = (finding.expected or "") + " " + finding.message
    name = next((each for each in _MISSING if re.search(rf"\b{each}\b", words.partition("expected")[2] or words)), None)
    if inner.startswith("sensorElementList"):
        return "EVT-020"
    if last in {"sourceList", "destinationList", "source", "destination"}:
        return "EVT-016"
    if last in {"bizTransactionList", "bizTransaction"}:
        return "EVT-005"
    return (_MISSING.get(name or "") or None) if name is not None else None


def _misplaced_name(finding: Finding, last: str) -> str | None:
    value = (finding.value or "").strip("'")
    if "action" in {value, last} and "Transformation" in (finding.location.pointer or "") + finding.message:
        return "EVT-001"
    if "ilmd" in {value, last}:
        return "EVT-006"
    if finding.rule == "SCH-004" and finding.key in {"inside", "later", "wrapper", "again"}:
        return "DOC-007"
    return None


def _document_name(finding: Finding) -> str | None:
    message, rule = finding.message, finding.rule
    if (finding.location.pointer or "").startswith("/@context"):
        return "DOC-006"
    if rule not in {"DOC-001", "DOC-003", "SCH-001", "SCH-002", "SCH-003", "SCH-004"}:
        return None
    if _PREFIX(message) and rule == "DOC-001":
        return "DOC-002"
    if rule == "SCH-003" and finding.key == "namespace":
        return "DOC-002"
    if rule == "DOC-001":
        line = finding.location.line
        if _ENCODING(message) and ("losed" not in message or (line is not None and line <= _FIRST_LINES)):
            return "DOC-012"
        return "DOC-003" if _STRUCTURE(message) else None
    words = f"{finding.expected or ''} {finding.value or ''} {message}"
    if "@context" in words:
        return "DOC-006"
    if rule == "SCH-001" or any(name in words for name in _BODY_NAMES):
        return "DOC-003"
    return None


def joined(reading: Iterable[Finding], schema: Iterable[Finding], rules: Iterable[Finding]) -> list[Finding]:
    """One list in which every fault stands once.

    Args:
        reading: What the reader met.
        schema: What the schema layer met.
        rules: What the rules met.
    """
    shapes = [named(each) for each in schema]
    told = {each.location.event_index for each in shapes}
    document_told = any(each.location.event_index is None for each in shapes)
    read = []
    for each in reading:
        at = each.location.event_index
        if each.rule in _BROAD and each.layer != "syntax" and (at in told if at is not None else document_told):
            continue
        read.append(named(each))
    kept = _spoken(read, shapes)
    return [*_without_covered(kept, list(rules)), *read]


def _spoken(read: list[Finding], shapes: list[Finding]) -> list[Finding]:
    """The findings of the schema layer without those that the reader has told as well."""
    syntax = {each.rule for each in read if each.layer == "syntax"}
    told = any(each.severity == "error" for each in read)
    return [
        each
        for each in shapes
        if not (each.location.event_index is None and (each.rule in syntax or (told and each.rule == "SCH-099")))
    ]


def _without_covered(shapes: list[Finding], rules: list[Finding]) -> Iterator[Finding]:
    by_event: dict[int | None, list[tuple[str, int]]] = {}
    if shapes:
        for number, each in enumerate(rules):
            by_event.setdefault(each.location.event_index, []).append((each.location.pointer or "", number))
    for shape in shapes:
        at = _covering(shape, rules, by_event.get(shape.location.event_index, ()))
        if at is None:
            yield shape
        elif shape.rule == "DOC-007" and rules[at].rule == "EVT-021":
            rules[at] = shape  # a field of the standard at a wrong place is no field without a namespace
        else:
            rules[at] = _at_least(rules[at], shape.severity)
    yield from rules


def _covering(shape: Finding, rules: list[Finding], spots: Iterable[tuple[str, int]]) -> int | None:
    """The finding of a rule that tells the same fault: at the same spot, or near it where the rule covers it."""
    inner = shape.location.inner
    own = inner if shape.location.json_pointer is not None else _in_json_names(inner)
    near = None
    for path, number in spots:
        found = rules[number]
        if path == own and own and found.layer not in _ABOUT_THE_WORLD:
            return number
        if found.rule == shape.rule and found.rule in _ONE_AN_EVENT:
            return number
        if found.rule != shape.rule and shape.rule not in _covered_by(found.rule):
            continue
        if not path or not own or path.startswith(f"{own}/") or own.startswith(f"{path}/") or path == own:
            near = number
    return near


def _in_json_names(inner: str) -> str:
    """A place inside an event in JSON names, from an XPath."""
    steps: list[str] = []
    for step in inner.split("/"):
        name, _, rest = step.partition("[")
        name = name.rpartition(":")[2].removeprefix("@")
        number = str(int(rest[:-1]) - 1) if rest[:-1].isdigit() else "0"
        if name in _WRAPPERS:
            continue
        if name in _MEMBERS and steps:
            steps.append(number)
        elif name == "sensorReport" and (rest or "[" in inner or "sensorElement/" in inner):
            steps += [name, number]
        else:
            steps.append(name)
    return "/".join(steps)


@functools.cache
def _covered_by(rule_id: str) -> frozenset[str]:
    rule = find_rule(rule_id)
    return frozenset() if rule is None else frozenset(rule.covers)


def _at_least(finding: Finding, severity: Severity) -> Finding:
    if _SEVERITIES.index(severity) < _SEVERITIES.index(finding.severity):
        return dataclasses.replace(finding, severity=severity)
    return finding
