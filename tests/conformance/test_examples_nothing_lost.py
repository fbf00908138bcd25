"""Something foreign is put into every place of the published examples: it comes out again, is told, or refused."""

from __future__ import annotations

import contextlib
import copy
import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from epcis_kit import codec
from epcis_kit.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from epcis_kit.findings import Finding
    from epcis_kit.model import Document

pytestmark = pytest.mark.conformance

MARK = "foreign-0815"
NAMESPACE = "https://foreign.example/"


def _foreign(tag: str) -> Any:
    element = etree.Element(tag)
    element.text = MARK
    return element


CHANGES: dict[str, Callable[[Any], object]] = {
    "attribute": lambda element: element.set("foreign", MARK),
    "attribute with a namespace": lambda element: element.set(f"{{{NAMESPACE}}}foreign", MARK),
    "text": lambda element: setattr(element, "text", (element.text or "") + MARK),
    "text behind it": lambda element: setattr(element, "tail", (element.tail or "") + MARK),
    "first child": lambda element: element.insert(0, _foreign(f"{{{NAMESPACE}}}foreign")),
    "last child": lambda element: element.append(_foreign(f"{{{NAMESPACE}}}foreign")),
    "last child without a namespace": lambda element: element.append(_foreign("foreign")),
}


def _paths(shared: Path, *, xml: bool) -> list[Path]:
    with (shared / "conformance/examples/MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["verdict"] == "valid"]
    return [
        shared / "conformance/examples" / row["path"]
        for row in rows
        if (row["format"] == "xml") == xml and row["root"] != "EPCISCaptureJob"
    ]


def _read(data: bytes) -> Document | None:
    """The document, ``None`` where something was told or refused."""
    found: list[Finding] = []
    try:
        with contextlib.closing(codec.open_reader(data, problems=found.append)) as reader:
            events = tuple(reader.events())
            return None if found else reader.head().model_copy(update={"events": events})
    except DocumentError:
        return None


def _missing(document: Document) -> list[str]:
    """Formats in which the mark is neither written nor told as a loss."""
    missing = []
    for form, version in (("json", "2.0"), ("xml", "2.0"), ("xml", "1.2")):
        losses: list[Finding] = []
        data = codec.write_document(
            document,
            format=form,  # type: ignore[arg-type]
            version=version,
            allow_loss=True,
            on_loss=losses.append,
        )
        told = any("foreign" in loss.message for loss in losses)
        if MARK.encode() not in data and not told:
            missing.append(f"{form} {version}")
        back = codec.read_document(data)
        if MARK.encode() in data and MARK.encode() not in codec.write_document(back):
            missing.append(f"{form} {version} and back")
    return missing


def _name(element: Any) -> str:
    steps: list[str] = []
    while element is not None and len(steps) < 2:
        steps.append(etree.QName(element).localname)
        element = element.getparent()
    return "/".join(reversed(steps))


def _changed_xml(shared: Path) -> Iterator[tuple[str, bytes]]:
    """Every kind of place once, with every change."""
    seen = set()
    for path in _paths(shared, xml=True):
        tree = etree.parse(path)
        for index, element in enumerate(tree.iter("*")):
            place = _name(element)
            if place in seen:
                continue
            seen.add(place)
            for change, make in CHANGES.items():
                if change == "text behind it" and element.getparent() is None:
                    continue
                other = copy.deepcopy(tree)
                make(list(other.iter("*"))[index])
                yield f"{change} at {place} in {path.name}", etree.tostring(other)


def test_whatever_stands_in_xml_is_kept_or_told(shared: Path) -> None:
    count = 0
    lost = {}
    for name, data in _changed_xml(shared):
        count += 1
        document = _read(data)
        if document is not None and (missing := _missing(document)):
            lost[name] = missing
    assert lost == {}
    assert count > 500


def _places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield place, value
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key != "@context":
            yield from _places(below, (*place, key))


def _changed_json(shared: Path) -> Iterator[tuple[str, bytes]]:
    additions: dict[str, Any] = {
        "foreign": MARK,
        "unbound:foreign": MARK,
        "foreign object": {"a": [1, {"b": MARK}]},
        "foreign null and mark": [None, MARK],
    }
    seen = set()
    for path in _paths(shared, xml=False):
        source = json.loads(path.read_bytes())
        for place, value in _places(source):
            kind = tuple("*" if isinstance(step, int) else step for step in place)
            if kind in seen or not isinstance(value, (dict, list)):
                continue
            seen.add(kind)
            for name, added in additions.items():
                other = copy.deepcopy(source)
                target = other
                for step in place:
                    target = target[step]
                target.append(added) if isinstance(target, list) else target.update({name: added})
                yield f"{name} at {'/'.join(kind)} in {path.name}", json.dumps(other).encode()


def test_whatever_stands_in_json_is_kept_or_told(shared: Path) -> None:
    count = 0
    lost = {}
    for name, data in _changed_json(shared):
        count += 1
        document = _read(data)
        if document is not None and (missing := _missing(document)):
            lost[name] = missing
    assert lost == {}
    assert count > 200
