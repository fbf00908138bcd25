"""Writing EPCIS XML: spelling, losses, layout."""

from __future__ import annotations

from typing import Any

import pytest

from epcis_kit.codec import read_document, write_document
from epcis_kit.codec.xml_layout import indented
from epcis_kit.errors import EncodeError
from epcis_kit.model import Document, Event, Extension, ObjectEvent, OpaqueEvent, TransformationEvent
from xml_strategies import read, written

SET = {"event_time": "2024-03-01T09:00:00Z", "event_time_zone_offset": "+01:00"}
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:'


def document(*events: Event, **values: Any) -> Document:
    return Document(creation_date="2024-03-02T00:00:00Z", events=events, **values)


def losses_of(event: Event, version: str = "1.2") -> list[str]:
    return [str(each) for each in written(document(event), version, allow_loss=True)[1]]


def event(**values: Any) -> ObjectEvent:
    return ObjectEvent(**SET, action="ADD", **values)


def test_a_document_in_2_0_and_1_2() -> None:
    made = event(
        epc_list=["urn:epc:id:sscc:9521234.0000000001"],
        biz_step="commissioning",
        event_id="urn:uuid:1",
        quantity_list=[{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": "1.10", "uom": "KGM"}],
    )
    quantities = (
        "<quantityList><quantityElement><epcClass>urn:epc:class:lgtin:9521234.000001.A</epcClass>"
        "<quantity>1.10</quantity><uom>KGM</uom></quantityElement></quantityList>"
    )
    epcs = "<epcList><epc>urn:epc:id:sscc:9521234.0000000001</epc></epcList><action>ADD</action>"
    step = "<bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>"
    times = "<eventTime>2024-03-01T09:00:00Z</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>"
    end = "</ObjectEvent>\n</EventList>\n</EPCISBody>\n</epcis:EPCISDocument>\n"
    assert written(document(made))[0].decode() == (
        f'{HEAD}2" schemaVersion="2.0" creationDate="2024-03-02T00:00:00Z">\n<EPCISBody>\n<EventList>\n'
        f"<ObjectEvent>{times}<eventID>urn:uuid:1</eventID>{epcs}{step}{quantities}{end}"
    )
    assert written(document(made), "1.2")[0].decode() == (
        f'{HEAD}1" schemaVersion="1.2" creationDate="2024-03-02T00:00:00Z">\n<EPCISBody>\n<EventList>\n'
        f"<ObjectEvent>{times}<baseExtension><eventID>urn:uuid:1</eventID></baseExtension>{epcs}{step}"
        f"<extension>{quantities}</extension>{end}"
    )


def test_words_are_urns_or_web_uris() -> None:
    made = event(biz_step="shipping", biz_transaction_list=[{"type": "po", "bizTransaction": "urn:1"}])
    assert b"<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>" in written(document(made))[0]
    web = written(document(made), cbv="web")[0]
    assert b"<bizStep>https://ref.gs1.org/cbv/BizStep-shipping</bizStep>" in web
    assert b'<bizTransaction type="https://ref.gs1.org/cbv/BTT-po">' in web
    assert b"<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>" in written(document(made), "1.2", cbv="web")[0]


def test_identifiers_are_spelt_as_the_caller_wants() -> None:
    made = event(epc_list=["a"], read_point={"id": "b"}, source_list=[{"type": "location", "source": "c"}])
    back = read(written(document(made), epcs=str.upper)[0]).events[0]
    assert back == event(epc_list=["A"], read_point={"id": "B"}, source_list=[{"type": "location", "source": "C"}])


def test_1_2_gets_epc_urns_for_digital_links_and_names_those_it_cannot_translate() -> None:
    made = event(
        epc_list=["https://id.gs1.org/00/395212340000000014", "https://example.com/any"],
        event_id="https://id.gs1.org/00/395212340000000014",
    )
    data, losses = written(document(made), "1.2")
    assert losses == []
    assert read(data).events == (
        event(
            epc_list=["urn:epc:id:sscc:9521234.3000000001", "https://example.com/any"],
            event_id="https://id.gs1.org/00/395212340000000014",
        ),
    )
    assert losses_of(event(epc_list=["https://id.gs1.org/00/395212340000000019"])) == [
        (
            "event 0: warning LOSS-LINK: EPCIS 1.2 knows no Digital Link, and "
            "'https://id.gs1.org/00/395212340000000019' has no EPC URN that is sure."
        )
    ]


LOSSES = [
    (
        event(certification_info=["https://example.com/c"]),
        ["event 0: warning LOSS-FIELD: EPCIS 1.2 has no certificationInfo in ObjectEvent."],
    ),
    (
        event(biz_step="sampling"),
        ["event 0: warning LOSS-CBV: CBV 1.2 has no biz_step 'sampling'; its URN is written."],
    ),
    (
        OpaqueEvent(**SET, type="{https://example.com/ns}Moved"),
        [("event 0: warning LOSS-EVENT: EPCIS 1.2 has no place for an event of type '{https://example.com/ns}Moved'.")],
    ),
    (
        event(quantity_list=[{"epcClass": "urn:c", "extensions": (Extension("https://example.com/ns", "a"),)}]),
        [
            (
                "event 0: warning LOSS-EXTENSION: XML has no place for the extension "
                "'{https://example.com/ns}a' in quantityElement."
            )
        ],
    ),
    (
        event(read_point={"id": "bad \x01 character"}),
        [
            (
                "event 0: warning LOSS-CHARACTER: XML cannot hold all characters of 'bad \\x01 character', "
                "U+FFFD is written."
            )
        ],
    ),
    (event(quantity_list=[{"epcClass": "urn:c", "quantity": "1E+2"}]), []),
    (TransformationEvent(**SET, sensor_element_list=[{"sensorReport": [{"value": 1}]}]), []),
]


@pytest.mark.parametrize(("made", "losses"), LOSSES)
def test_losses_of_1_2_have_names(made: Event, losses: list[str]) -> None:
    assert losses_of(made) == losses


def test_without_leave_the_first_loss_ends_the_writing() -> None:
    with pytest.raises(EncodeError) as caught:
        written(document(event(), event(biz_step="sampling", event_id="urn:uuid:1")), "1.2")
    assert str(caught.value) == (
        "Cannot write XML 1.2 without loss: event 1: warning LOSS-CBV: "
        "CBV 1.2 has no biz_step 'sampling'; its URN is written."
    )
    assert caught.value.losses[0].location.event_id == "urn:uuid:1"  # type: ignore[attr-defined]


def test_a_quantity_event_becomes_one_again_in_1_2() -> None:
    made = ObjectEvent(
        **SET, action="OBSERVE", quantity_list=[{"epcClass": "urn:c", "quantity": 200}], origin_type="QuantityEvent"
    )
    data = written(document(made), "1.2")[0]
    assert b"<epcClass>urn:c</epcClass><quantity>200</quantity></QuantityEvent>" in data
    assert read(data).events == (made,)


def test_events_of_others_and_names_that_xml_lacks() -> None:
    made = (
        OpaqueEvent(**SET, type="{https://example.com/ns}Moved", extensions=(Extension("", "epcList", "a"),)),
        OpaqueEvent(**SET, type="ex:Moved"),
        event(extensions=(Extension("", "own", "1"), Extension("https://example.com/ns", "two words", "2"))),
    )
    data, losses = written(document(*made))
    assert losses == []
    assert read(data).events == made
    assert b'<ekx:member name="own">1</ekx:member>' in data


def test_prefixes_are_those_in_use_and_the_documents_own() -> None:
    made = event(
        extensions=(Extension("https://example.com/ns", "a", 1), Extension("urn:epcglobal:cbv:mda", "lotNumber", "L"))
    )
    head = document(made, namespaces=(("ex", "https://example.com/ns"), ("unused", "https://example.com/unused")))
    data = write_document(head, format="xml").decode()
    assert data.splitlines()[1] == (
        '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:cbvmda="urn:epcglobal:cbv:mda" '
        'xmlns:ex="https://example.com/ns" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" schemaVersion="2.0" creationDate="2024-03-02T00:00:00Z">'
    )
    streamed = written(head)[0].decode()
    assert 'xmlns:ex="https://example.com/ns" xmlns:unused="https://example.com/unused"' in streamed.splitlines()[1]
    assert '<ObjectEvent xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' in streamed
    assert read_document(data.encode()) == read(streamed.encode()) == head


def test_indented_text_says_the_same() -> None:
    text = '<a><b>one</b><c x="1"/><d>mixed <e><f/></e></d><g><h/></g><i></i></a>'
    assert indented(text, 1, 2) == (
        '  <a>\n    <b>one</b>\n    <c x="1"/>\n    <d>mixed <e><f/></e></d>\n'
        "    <g>\n      <h/>\n    </g>\n    <i></i>\n  </a>\n"
    )
    made = event(extensions=(Extension("https://example.com/ns", "a", ("x ", Extension("", "b", "  "), "\n")),))
    assert read(written(document(made), indent=2)[0]).events == (made,)


def test_versions_and_spellings_that_do_not_exist() -> None:
    with pytest.raises(EncodeError, match=r"^Cannot write EPCIS XML '1.1': expected 2.0 or 1.2.$"):
        written(document(), "1.1")
    with pytest.raises(EncodeError, match=r"^Cannot spell CBV words as 'bare': expected 'urn' or 'web'.$"):
        written(document(), cbv="bare")


def test_an_empty_document_is_written() -> None:
    assert read(written(document())[0]) == document()
    assert read(written(Document(type="EPCISQueryDocument", query_name="q"))[0]).query_name == "q"
