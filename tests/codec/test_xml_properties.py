"""Whatever an event holds, XML gives it back: events made by hypothesis go through both versions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.model import Document, Event, Extension, ObjectEvent, OpaqueEvent
from strategies import documents
from xml_strategies import events, extensions, read, written


def types_of(extension: Extension) -> Any:
    value = extension.value
    if isinstance(value, tuple):
        return [types_of(each) for each in extension.children]
    return type(value)


@settings(max_examples=200, deadline=None)
@given(st.lists(events(), max_size=3))
def test_xml_2_0_gives_back_every_event(made: list[Event]) -> None:
    document = Document(events=made, creation_date="2024-01-01T00:00:00Z")
    data, losses = written(document)
    assert losses == []
    assert read(data) == document
    assert written(read(data))[0] == data


@settings(max_examples=100, deadline=None)
@given(documents())
def test_xml_2_0_gives_back_every_document(made: Document) -> None:
    data, losses = written(made)
    assert losses == []
    assert read(data) == made


@settings(max_examples=100, deadline=None)
@given(st.lists(events(), max_size=3))
def test_xml_1_2_gives_back_every_event_but_what_it_names(made: list[Event]) -> None:
    kept = [
        event.model_copy(update={"certification_info": ()})
        for event in made
        if not (isinstance(event, OpaqueEvent) and event.type != "Moved")
    ]
    document = Document(events=made, schema_version="1.2", creation_date="2024-01-01T00:00:00Z")
    data, losses = written(document, "1.2", allow_loss=True)
    assert read(data).events == tuple(kept)
    assert len(losses) == sum(
        bool(event.certification_info) or event.type == "ex:Moved" or event.type[0] == "{" for event in made
    )


@settings(max_examples=100, deadline=None)
@given(extensions)
def test_types_of_values_survive(made: tuple[Extension, ...]) -> None:
    event = ObjectEvent(
        event_time="2024-01-01T00:00:00Z", event_time_zone_offset="+01:00", action="ADD", extensions=made
    )
    back = read(written(Document(events=(event,)))[0]).events[0]
    by_name = sorted(made, key=lambda each: (each.namespace, each.name))
    assert [types_of(each) for each in sorted(back.extensions, key=lambda each: (each.namespace, each.name))] == [
        types_of(each) for each in by_name
    ]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20))
def test_characters_that_xml_cannot_hold_are_a_named_loss(text: str) -> None:
    event = ObjectEvent(
        event_time="2024-01-01T00:00:00Z",
        event_time_zone_offset="+01:00",
        action="ADD",
        extensions=(Extension("https://example.com/a/", "a", text),),
    )
    data, losses = written(Document(events=(event,)), allow_loss=True)
    back = read(data).events[0].extensions[0].value
    bad = [
        each
        for each in text
        if (each < " " and each not in "\t\n\r") or "\ud800" <= each <= "\udfff" or each in "\ufffe\uffff"
    ]
    assert (back == text) == (not bad)
    assert [loss.rule for loss in losses] == (["LOSS-CHARACTER"] if bad else [])


def test_the_strategies_reach_decimals_with_exponents() -> None:
    tree = Extension("https://example.com/a/", "a", Decimal("1E-7"))
    event = ObjectEvent(
        event_time="2024-01-01T00:00:00Z", event_time_zone_offset="+01:00", action="ADD", extensions=(tree,)
    )
    back = read(written(Document(events=(event,)))[0]).events[0].extensions[0]
    assert back.value == Decimal("1E-7")
    assert isinstance(back.value, Decimal)


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_the_same_document_gives_the_same_bytes(version: str) -> None:
    event = ObjectEvent(
        event_time="2024-01-01T00:00:00Z", event_time_zone_offset="+01:00", action="ADD", epc_list=["urn:x:1"]
    )
    document = Document(events=(event, event))
    assert written(document, version) == written(document, version)
