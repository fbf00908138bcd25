"""What libxml2 met, said in words: one finding a fault, with line and XPath.

Takes the error log of a validation and the root element; gives findings. Guarantees: a value that breaks a type and its
pattern is told of once; an element in the wrong place is told where it belongs where the version of EPCIS says so;
a sentence that is not known here is passed on as libxml2 says it, under its own rule. Cost is linear in the document
and in the log.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.validate.schema_messages import fault, one_of, similar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["explain", "local"]

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
_EVENT: Final = re.compile(r"(.*?/EventList)/([^/]+)").match

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
_ONE_LEVEL: Final = "EPCIS 2.0 has no such wrapper around the fields of an event: write them directly into it."


def local(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]


def explain(errors: Iterable[Any], root: Any) -> Iterator[Finding]:
    """The findings of an error log, each place told of once."""
    indexes = _event_indexes(root)
    old = root.tag.partition("}")[0].endswith(":1")
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
        rule, message = _said(error, head, attribute, rest, path, old=old)
        event = _EVENT(path)
        yield fault(
            rule,
            message,
            Location(
                line=error.line or None,
                pointer=path + (f"/@{attribute}" if attribute else "") or None,
                event_index=None if event is None else indexes.get((event[1], event[2])),
            ),
        )


def _event_indexes(root: Any) -> dict[tuple[str, str], int]:
    """Number of each event by the path of its list and its own step, as libxml2 writes them."""
    found: dict[tuple[str, str], int] = {}
    lists = list(root.iter("EventList"))
    if len(lists) != 1:
        return found
    where = root.getroottree().getpath(lists[0])
    nodes = [node for node in lists[0] if isinstance(node.tag, str)]
    totals: dict[str, int] = {}
    for node in nodes:
        totals[node.tag] = totals.get(node.tag, 0) + 1
    seen: dict[str, int] = {}
    for index, node in enumerate(nodes):
        seen[node.tag] = seen.get(node.tag, 0) + 1
        found[where, node.tag + (f"[{seen[node.tag]}]" if totals[node.tag] > 1 else "")] = index
    return found


def _said(
    error: Any, head: re.Match[str] | None, attribute: str, rest: str, path: str, *, old: bool
) -> tuple[str, str]:
    kind = error.type_name
    if head is None:
        return "SCH-099", f"Cannot accept the document: {_passed_on(error.message)}"
    name = local(head[1])
    if kind == "SCHEMAV_ELEMENT_CONTENT":
        return _misplaced(name, head[1], rest, path, old=old)
    if kind == "SCHEMAV_CVC_COMPLEX_TYPE_4":
        return "SCH-002", f"Cannot accept {name}: expected attribute {attribute!r}, got none."
    if kind in {"SCHEMAV_CVC_COMPLEX_TYPE_3_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2", "SCHEMAV_CVC_TYPE_3_1_1"}:
        return "SCH-003", f"Cannot accept attribute {shorten(local(attribute))} of {name}: expected none of that name."
    if kind in {"SCHEMAV_CVC_TYPE_3_1_2", "SCHEMAV_CVC_COMPLEX_TYPE_2_2"}:
        return "SCH-004", f"Cannot accept elements inside {name}: expected its value as text and nothing else."
    if kind in {"SCHEMAV_CVC_COMPLEX_TYPE_2_1", "SCHEMAV_CVC_COMPLEX_TYPE_2_3"}:
        return "SCH-004", f"Cannot accept text inside {name}: expected elements and white space only."
    if kind == "SCHEMAV_CVC_ELT_1":
        return "SCH-001", (
            f"Cannot accept the root element {shorten(name)}: expected a document of EPCIS such as EPCISDocument."
        )
    value = _VALUE(rest)
    if value is not None:
        what = f"attribute {attribute!r} of {name}" if attribute else name
        rule, expected = _belongs(kind, local(attribute) or name, value["rest"], old=old)
        words = re.findall(r"'([^']*)'", value["rest"]) if kind == "SCHEMAV_CVC_ENUMERATION_VALID" else []
        guess = similar(value["value"].strip(), words)
        return rule, f"Cannot accept {what} {shorten(value['value'])}: expected {expected}.{guess}"
    return "SCH-099", f"Cannot accept {name}: {_passed_on(rest)}"


def _passed_on(text: str) -> str:
    return shorten(text.strip(), 300)[1:-1]


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


def _misplaced(name: str, tag: str, rest: str, path: str, *, old: bool) -> tuple[str, str]:
    found = _EXPECTED(rest)
    listed = [] if found is None else [each.strip() for each in found[1].split(",")]
    expected = [local(each) for each in listed if not each.startswith("##")]
    foreign = any(each.startswith("##other") for each in listed)
    wanted = " or ".join(filter(None, (one_of(expected), "elements of another namespace" if foreign else "")))
    if rest.startswith("Missing child"):
        return "SCH-002", f"Cannot accept {name}: expected {wanted or 'more elements'} in it, got its end."
    steps = path.split("/")
    parent = _STEP(steps[-2]) if len(steps) > 2 else None
    inside = f" in {parent[1]}" if parent is not None else ""
    last = _STEP(steps[-1])
    if old and name in _IN_1_X and (parent is None or parent[1] not in {"extension", "baseExtension"}):
        return "SCH-004", (f"{name} stands directly{inside}; EPCIS 1.2 expects it inside <{_IN_1_X[name]}>.")
    if old and name in _ONLY_2_0:
        return "SCH-004", (
            f"{name} stands{inside}; it came with EPCIS 2.0, and EPCIS 1.2 lets it through only inside "
            "<extension><extension>."
        )
    if not old and name in {"baseExtension", "extension"} and tag == name:
        return "SCH-004", f"Cannot accept {name}{inside}: expected {wanted or 'nothing more'}. {_ONE_LEVEL}"
    if last is not None and last[2] is not None and int(last[2]) > 1 and name not in expected:
        return "SCH-004", (
            f"Cannot accept another {name}{inside}: expected {wanted or 'nothing more'} after what stands before it."
        )
    guess = similar(name, expected)
    return "SCH-004", f"Cannot accept {shorten(name)} here{inside}: expected {wanted or 'nothing more'}.{guess}"
