"""The quick way of reading events gives what the careful way gives, and takes nothing that it does not know."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from epcis_kit.codec.xml_events import EventDecoder
from epcis_kit.codec.xml_quick import QuickDecoder
from epcis_kit.model import Document, Event
from xml_strategies import events, written

EVENT = (
    '<ObjectEvent xmlns:ex="https://example.com/"><eventTime>2024-01-01T00:00:00Z</eventTime>'
    "<eventTimeZoneOffset>+01:00</eventTimeZoneOffset>"
    "<epcList>\n <epc> urn:x:1 </epc><epc>urn:x:2</epc></epcList><action>OBSERVE</action><bizStep>shipping</bizStep>"
    "<readPoint><id>urn:x:3</id></readPoint>"
    '<bizTransactionList><bizTransaction type="urn:epcglobal:cbv:btt:po">urn:x:4</bizTransaction>'
    "<bizTransaction>urn:x:5</bizTransaction></bizTransactionList>"
    "<quantityList><quantityElement><epcClass>urn:x:6</epcClass><quantity>1.50</quantity><uom>KGM</uom>"
    "</quantityElement><quantityElement><epcClass>urn:x:7</epcClass></quantityElement></quantityList>"
    '<sourceList><source type="a">urn:x:8</source></sourceList>'
    "<persistentDisposition><unset>a</unset><set>b</set></persistentDisposition>"
    "<ilmd><ex:lot>A</ex:lot></ilmd><ex:note> as it is </ex:note></ObjectEvent>"
)

UNUSUAL = {
    "attribute of a field": ("<action>", '<action foreign="1">'),
    "attribute of the event": ("<ObjectEvent ", '<ObjectEvent foreign="1" '),
    "text between fields": ("<action>", "text<action>"),
    "white space that XML does not know": ("<action>", "\u00a0<action>"),
    "another order": (
        "<action>OBSERVE</action><bizStep>shipping</bizStep>",
        "<bizStep>a</bizStep><action>ADD</action>",
    ),
    "a field twice": ("<action>OBSERVE</action>", "<action>OBSERVE</action><action>OBSERVE</action>"),
    "a field of another type": ("<action>", "<parentID>urn:x:9</parentID><action>"),
    "a field without a value": ("<bizStep>shipping</bizStep>", "<bizStep/>"),
    "no action": ("<action>OBSERVE</action>", ""),
    "an unknown action": ("OBSERVE", "observe"),
    "an element in a text": ("shipping", "<ex:b/>"),
    "another child of a place": ("<id>urn:x:3</id>", "<id>urn:x:3</id><ex:b>1</ex:b>"),
    "a wrong number": ("1.50", "1,50"),
    "a time without a zone": ("00:00:00Z", "00:00:00"),
    "a nested extension": (" as it is ", "<ex:b>1</ex:b>"),
    "an attribute of an extension": ("<ex:note>", '<ex:note xml:lang="en">'),
    "an extension of our own": ("https://example.com/", "urn:x-epcis-kit:xml:"),
    "a foreign default namespace": ("<ObjectEvent ", '<ObjectEvent xmlns="https://example.com/d" '),
    "a wrapper of 1.2": ("<ilmd>", "<extension><ilmd>"),
}


def quick(text: str, version: str = "2.0") -> Event | None:
    return QuickDecoder(version).decode(etree.fromstring(text))


def test_a_usual_event_is_read_the_quick_way() -> None:
    event = quick(EVENT)
    assert event is not None
    assert event == EventDecoder().decode(etree.fromstring(EVENT))
    assert event.model_dump() == EventDecoder().decode(etree.fromstring(EVENT)).model_dump()


def test_a_default_namespace_of_epcis_changes_nothing() -> None:
    text = EVENT.replace("<ObjectEvent ", '<ObjectEvent xmlns="urn:epcglobal:epcis:xsd:2" ')
    assert quick(text) == quick(EVENT)


@pytest.mark.parametrize(("old", "new"), UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_is_left_to_the_careful_way(old: str, new: str) -> None:
    text = EVENT.replace(old, new, 1)
    assert text != EVENT
    if new == "<extension><ilmd>":
        text = text.replace("</ilmd>", "</ilmd></extension>")
    assert quick(text) is None


def test_text_behind_the_event_is_seen() -> None:
    root = etree.fromstring(f"<EventList>{EVENT} and more</EventList>")
    assert QuickDecoder("2.0").decode(root[0]) is None


@settings(max_examples=200, deadline=None)
@given(made=st.lists(events(), max_size=3), version=st.sampled_from(["2.0", "1.2"]))
def test_both_ways_agree(made: list[Event], version: str) -> None:
    data, _ = written(Document(events=made), version, allow_loss=True)
    decoder, reader = QuickDecoder(version), EventDecoder()
    for element in etree.fromstring(data).iter("*"):
        event = decoder.decode(element)
        if event is not None:
            assert event.model_dump() == reader.decode(element).model_dump()
