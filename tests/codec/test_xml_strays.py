"""Attributes and texts where the standard has none are kept with their place, and come back."""

from __future__ import annotations

from typing import Any

import pytest

from epcis_kit.codec import read_document, write_document
from epcis_kit.model import Document, Extension

CARRIED = "urn:x-epcis-kit:carried:"
PLAIN = """<?xml version="1.0"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:ex="https://example.com/" schemaVersion="2.0"
 creationDate="2024-01-01T00:00:00Z"><EPCISBody><EventList>
<ObjectEvent><eventTime>2024-01-01T00:00:00Z</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>
<epcList><epc>urn:x:1</epc><epc>urn:x:2</epc></epcList><action>OBSERVE</action><bizStep>shipping</bizStep>
<readPoint><id>urn:x:3</id></readPoint></ObjectEvent>
</EventList></EPCISBody></epcis:EPCISDocument>"""


def stray(at: str, attributes: dict[str, str] | None = None, text: str = "") -> Extension:
    parts = [Extension(CARRIED, "at", at)]
    if attributes:
        parts.append(Extension(CARRIED, "attributes", "", attributes=tuple(attributes.items())))
    if text:
        parts.append(Extension(CARRIED, "text", text))
    return Extension(CARRIED, "stray", tuple(parts))


def read(old: str, new: str) -> Document:
    assert old in PLAIN
    return read_document(PLAIN.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("<bizStep>", '<bizStep foo="x" ex:bar="y">', ("bizStep", {"foo": "x", "{https://example.com/}bar": "y"})),
        ("<epc>urn:x:2", '<epc foo="x">urn:x:2', ("epcList/epc[2]", {"foo": "x"})),
        ("<epcList>", "<epcList>between", ("epcList", None, "between")),
        ("</epc><epc>", "</epc> and <epc>", ("epcList", None, "and")),
        ("<readPoint>", '<readPoint foo="x">', ("readPoint", {"foo": "x"})),
        ("<id>", '<id foo="x">', ("readPoint/id", {"foo": "x"})),
        ("<action>", "loose<action>", ("", None, "loose")),
    ],
)
def test_strays_of_an_event_are_extensions_of_it(old: str, new: str, kept: tuple[Any, ...]) -> None:
    at, *rest = kept
    found = stray("/".join(filter(None, ("ObjectEvent", at))), *rest)
    event = read(old, new).events[0]
    plain = read_document(PLAIN.encode()).events[0]
    assert event.extensions == (found,)
    assert event.model_copy(update={"extensions": ()}) == plain


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("<EPCISBody>", '<EPCISBody foo="x">', stray("epcis:EPCISDocument/EPCISBody", {"foo": "x"})),
        ("<EventList>", '<EventList foo="x">', stray("epcis:EPCISDocument/EPCISBody/EventList", {"foo": "x"})),
        ("</ObjectEvent>", "</ObjectEvent>text", stray("epcis:EPCISDocument/EPCISBody/EventList", None, "text")),
        ("<EPCISBody>", "text<EPCISBody>", stray("epcis:EPCISDocument", None, "text")),
    ],
)
def test_strays_of_the_document_are_extensions_of_it(old: str, new: str, found: Extension) -> None:
    document = read(old, new)
    assert document.extensions == (found,)
    assert document.events == read_document(PLAIN.encode()).events


@pytest.mark.parametrize("form", ["xml", "json"])
def test_strays_come_back(form: Any) -> None:
    document = read("<bizStep>", '<bizStep foo="x">text')
    back = read_document(write_document(document, format=form))
    assert back.events == document.events


def test_what_speaks_to_validators_is_no_stray() -> None:
    said = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x"'
    assert read("<bizStep>", f"<bizStep {said}>").events[0].extensions == ()


def test_many_strays_take_linear_time() -> None:
    members = "".join(f'<epc a="{number}">urn:x:{number}</epc>' for number in range(5000))
    event = read("<epc>urn:x:1</epc><epc>urn:x:2</epc>", members).events[0]
    assert len(event.extensions) == 5000
    assert event.extensions[4999] == stray("ObjectEvent/epcList/epc[5000]", {"a": "4999"})
