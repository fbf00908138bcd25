"""What libxml2 met, said in words: one finding a fault, with line and XPath.

Takes the error log of a validation; gives faults, and their findings. Guarantees: a value that breaks a type and its
pattern is told of once; an element in the wrong place is told where it belongs where the version of EPCIS says so;
a sentence that is not known here is passed on as libxml2 says it, under its own rule. Cost is linear in the log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.codec.dialects import EPCIS_NAMESPACES
from epcis_kit.errors import shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.validate.schema_messages import fault, one_of, similar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["XmlFault", "faults_of", "finding", "local"]

_HEAD: Final = re.compile(r"Element '([^']*)'(?:, attribute '([^']*)')?: ", re.DOTALL).match
_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( ([^()]*) \)\.\s*\Z").search
_ATTRIBUTE: Final = re.compile(r"The attribute '([^']*)' ").match
_VALUE: Final = re.compile(
    r"(?:\[facet '[a-z]+'\] )?(?:The value )?'(?P<value>.*)' is not (?:accepted by|an element of|a valid value of) "
    r"(?P<rest>.*)\Z",
    re.DOTALL,
).match
_TYPE: Final = re.compile(r"the (?:atomic|union|list) type '(?:\{[^}]*\})?([^']*)'").match
_STEP: Final = re.compile(r"(?:[^/:\[\]]*:)?([^/\[\]]+)(?:\[([0-9]+)\])?\Z").match

_TIMES: Final = frozenset({
    "eventTime", "recordTime", "declarationTime", "creationDate", "time", "startTime", "endTime", "initialRecordTime",
    "createdAt", "finishedAt", "CreationDateAndTime",
})  # fmt: skip
_TYPES: Final = {
    "xs:dateTime": ("SCH-006", "a date and time such as '2024-03-05T09:30:00Z'"),
    "xs:decimal": ("SCH-008", "a decimal number such as '12.5'"),
    "xs:int": ("SCH-008", "a whole number such as '12'"),
    "xs:integer": ("SCH-008", "a whole number such as '12'"),
    "xs:double": ("SCH-008", "a number such as '12.5' or '1e3'"),
    "xs:boolean": ("SCH-008", "'true' or 'false'"),
    "xs:hexBinary": ("SCH-009", "pairs of hexadecimal digits such as 'f0f0'"),
    "xs:anyURI": ("SCH-007", "a URI such as 'urn:epc:id:sgtin:9521234.000001.1'"),
}
_ZONED: Final = ("SCH-006", "a date and time with zone such as '2024-03-05T09:30:00Z'")
_IN_1_X: Final = {
    **dict.fromkeys(("quantityList", "childQuantityList", "sourceList", "destinationList", "ilmd"), "extension"),
    **dict.fromkeys(("eventID", "errorDeclaration"), "baseExtension"),
    "TransformationEvent": "extension",
    "EPCISMasterData": "extension",
}
"""What EPCIS 1.1 and 1.2 put one level deeper, and into what."""
_ONLY_2_0: Final = frozenset({"sensorElementList", "persistentDisposition", "certificationInfo", "AssociationEvent"})
_TEXT: Final = "text()"


class XmlFault(NamedTuple):
    """One fault of a validation.

    Attributes:
        rule: Its rule.
        key: Which message of the rule.
        words: The words of the message.
        path: The XPath of the element, as libxml2 writes it.
        step: What to add to the path: ``"/@name"``, or nothing.
        line: One-based line of the element.
        misplaced: Whether the element stands where none of its name belongs; what follows it was not looked at.
        unfinished: Whether something is missing at the end of the element.
    """

    rule: str
    key: str
    words: dict[str, str]
    path: str
    step: str
    line: int | None
    misplaced: bool = False
    unfinished: bool = False


def local(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]


def finding(told: XmlFault, path: str | None = None, index: int | None = None, event_id: str | None = None) -> Finding:
    """The finding of a fault; ``path`` is where the element is in the whole document."""
    pointer = (told.path if path is None else path) + told.step
    place = Location(line=told.line, pointer=pointer or None, event_index=index, event_id=event_id)
    return fault(told.rule, told.key, place, **told.words)


def faults_of(errors: Iterable[Any], *, old: bool) -> Iterator[XmlFault]:
    """The faults of an error log, each place told of once.

    Args:
        errors: The log.
        old: Whether the document is one of EPCIS 1.x.
    """
    told: set[tuple[str, str]] = set()
    for error in errors:
        head = _HEAD(error.message)
        path = error.path or ""
        attribute = "" if head is None or head[2] is None else head[2]
        rest = error.message if head is None else error.message[head.end() :]
        if (named := _ATTRIBUTE(rest)) is not None:
            attribute = named[1]
        if (path, attribute) in told:
            continue
        told.add((path, attribute))
        rule, key, words = _said(error, head, attribute, rest, path, old=old)
        content = error.type_name == "SCHEMAV_ELEMENT_CONTENT"
        missing = rest.startswith("Missing child")
        step = f"/@{attribute}" if attribute else ""
        yield XmlFault(rule, key, words, path, step, error.line or None, content and not missing, content and missing)


_Said = tuple[str, str, dict[str, str]]


def _said(error: Any, head: re.Match[str] | None, attribute: str, rest: str, path: str, *, old: bool) -> _Said:
    kind = error.type_name
    if head is None:
        return "SCH-099", "default", {"what": "the document", "reason": _passed_on(error.message)}
    name = local(head[1])
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        return _misplaced(name, head[1], rest, path, old=old)
    if kind == "SCHEMAV_CVC_COMPLEX_TYPE_4":
        return "SCH-002", "attribute", {"what": name, "expected": repr(attribute)}
    if kind in {"SCHEMAV_CVC_COMPLEX_TYPE_3_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2", "SCHEMAV_CVC_TYPE_3_1_1"}:
        return "SCH-003", "attribute", {"value": shorten(local(attribute)), "what": name}
    if kind in {"SCHEMAV_CVC_TYPE_3_1_2", "SCHEMAV_CVC_COMPLEX_TYPE_2_2"}:
        return "SCH-004", "elements", {"what": name}
    if kind in {"SCHEMAV_CVC_COMPLEX_TYPE_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_2_3"}:
        return "SCH-004", "text", {"what": name}
    if kind == "SCHEMAV_CVC_ELT_1":
        return "SCH-001", "default", {"value": shorten(name), "expected": "a document of EPCIS such as EPCISDocument"}
    value = _VALUE(rest)
    if value is None:
        return "SCH-099", "default", {"what": name, "reason": _passed_on(rest)}
    what = f"{name}/@{attribute}" if attribute else name
    rule, expected = _belongs(kind, local(attribute) or name, value["rest"], old=old)
    said = {"what": what, "value": shorten(value["value"]), "expected": expected}
    if rule == "SCH-008":
        return rule, "text", said
    words = re.findall(r"'([^']*)'", value["rest"]) if kind == "SCHEMAV_CVC_ENUMERATION_VALID" else []
    guess = similar(value["value"].strip(), words)
    return (rule, "meant", {**said, "meant": repr(guess)}) if guess else (rule, "default", said)


def _passed_on(text: str) -> str:
    return shorten(text.strip().rstrip("."), 300)[1:-1]


def _belongs(kind: str, name: str, rest: str, *, old: bool) -> tuple[str, str]:
    """Rule and phrase for a value of a wrong form."""
    if kind == "SCHEMAV_CVC_ENUMERATION_VALID":
        return "SCH-005", one_of(re.findall(r"'([^']*)'", rest)[:50])
    found = _TYPE(rest)
    type_name = found[1] if found else ""
    if name == "schemaVersion":
        return "SCH-008", "a number such as '2.0' or '1.2'"
    if name in _TIMES and not old and name not in {"creationDate", "CreationDateAndTime"}:
        return _ZONED
    if name in _TIMES:
        return _TYPES["xs:dateTime"]
    return _TYPES.get(type_name, ("SCH-009", f"a value of type {type_name}" if type_name else "another form"))


def _misplaced(name: str, tag: str, rest: str, path: str, *, old: bool) -> _Said:
    found = _EXPECTED(rest)
    listed = [] if found is None else [each.strip() for each in found[1].split(",")]
    expected = [local(each) for each in listed if not each.startswith("##")]
    foreign = any(each.startswith("##other") for each in listed)
    wanted = " or ".join(filter(None, (one_of(expected), "elements of another namespace" if foreign else "")))
    if rest.startswith("Missing child"):
        return "SCH-002", "element", {"what": name, "expected": wanted or "more elements"}
    steps = path.split("/")
    parent = _STEP(steps[-2]) if len(steps) > 2 else None
    inside = parent[1] if parent is not None and parent[1] != "*" else "the element around it"
    last = _STEP(steps[-1])
    said = {"value": shorten(name), "what": inside, "expected": wanted or "nothing more"}
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if namespace in EPCIS_NAMESPACES and name in expected and name in listed:
        return "SCH-003", "namespace", {"value": shorten(namespace), "what": name}
    if old and name in _IN_1_X and inside not in {"extension", "baseExtension"}:
        return "SCH-004", "inside", {**said, "value": name, "expected": f"<{_IN_1_X[name]}>"}
    if old and name in _ONLY_2_0:
        return "SCH-004", "later", {**said, "value": name, "expected": "<extension><extension>"}
    if not old and name in {"baseExtension", "extension"} and tag == name:
        return "SCH-004", "wrapper", said
    if last is not None and last[2] is not None and int(last[2]) > 1 and name not in expected:
        return "SCH-004", "again", said
    guess = similar(name, expected)
    return ("SCH-004", "here-meant", {**said, "meant": repr(guess)}) if guess else ("SCH-004", "here", said)
