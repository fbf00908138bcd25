"""Event elements of every version become one model."""

from __future__ import annotations

from decimal import Decimal

import pytest
from lxml import etree

from epcis_kit.codec.dialects import CARRIED, FIELDS, VERSIONS, layout, place
from epcis_kit.codec.xml_events import EventDecoder
from epcis_kit.model import (
    EVENT_TYPES,
    AggregationEvent,
    AssociationEvent,
    Event,
    Extension,
    ObjectEvent,
    QuantityElement,
    TransactionEvent,
    TransformationEvent,
)

SPACES = (
    'xmlns:ex="https://example.com/ns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:ekx="urn:x-epcis-kit:xml:"'
)
TIMES = "<eventTime>2024-03-01T09:00:00Z</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>"
SET = {"event_time": "2024-03-01T09:00:00Z", "event_time_zone_offset": "+01:00"}


def decode(name: str, inside: str, attributes: str = "") -> Event:
    element = etree.fromstring(f"<{name} {SPACES} {attributes}>{TIMES}{inside}</{name}>")
    return EventDecoder().decode(element)


def test_1_2_keeps_new_fields_in_extension_and_2_0_beside_the_others() -> None:
    fields = (
        "<quantityList><quantityElement><epcClass>urn:c</epcClass><quantity>1.10</quantity><uom>KGM</uom>"
        "</quantityElement></quantityList>"
        '<sourceList><source type="urn:epcglobal:cbv:sdt:location">urn:l</source></sourceList>'
        '<destinationList><destination type="urn:d">urn:m</destination></destinationList>'
        "<ilmd><ex:lot>A</ex:lot></ilmd>"
    )
    sensors = (
        '<sensorElementList><sensorElement><sensorReport type="gs1:Temperature" value="2.0"/></sensorElement>'
        "</sensorElementList>"
    )
    new = (
        "<persistentDisposition><unset>urn:epcglobal:cbv:disp:damaged</unset>"
        "<set>recalled</set></persistentDisposition>"
    )
    head = "<baseExtension><eventID>urn:uuid:1</eventID></baseExtension><epcList/><action>ADD</action>"
    old = decode("ObjectEvent", f"{head}<extension>{fields}<extension>{sensors}{new}</extension></extension>")
    now = decode("ObjectEvent", f"<eventID>urn:uuid:1</eventID><action>ADD</action>{fields}{sensors}{new}")
    wanted = ObjectEvent(
        **SET,
        event_id="urn:uuid:1",
        action="ADD",
        quantity_list=[{"epcClass": "urn:c", "quantity": Decimal("1.10"), "uom": "KGM"}],
        source_list=[{"type": "location", "source": "urn:l"}],
        destination_list=[{"type": "urn:d", "destination": "urn:m"}],
        ilmd=(Extension("https://example.com/ns", "lot", "A"),),
        sensor_element_list=[{"sensorReport": [{"type": "Temperature", "value": Decimal("2.0")}]}],
        persistent_disposition={"set": ["recalled"], "unset": ["damaged"]},
    )
    assert old == wanted
    assert now == wanted
    assert str(old.quantity_list[0].quantity) == "1.10"  # type: ignore[attr-defined]


def test_error_declarations_of_both_versions() -> None:
    declaration = (
        "<errorDeclaration><declarationTime>2024-03-02T09:00:00Z</declarationTime>"
        "<reason>urn:epcglobal:cbv:er:did_not_occur</reason><correctiveEventIDs><correctiveEventID> urn:uuid:2 "
        "</correctiveEventID></correctiveEventIDs><extension><own>1</own></extension><ex:by>x</ex:by></errorDeclaration>"
    )
    wanted = AggregationEvent(
        **SET,
        action="DELETE",
        parent_id="urn:p",
        error_declaration={
            "declarationTime": "2024-03-02T09:00:00Z",
            "reason": "did_not_occur",
            "correctiveEventIDs": ["urn:uuid:2"],
            "extensions": (Extension("", "own", "1"), Extension("https://example.com/ns", "by", "x")),
        },
    )
    rest = "<parentID>urn:p</parentID><childEPCs/><action>DELETE</action>"
    assert decode("AggregationEvent", f"<baseExtension>{declaration}</baseExtension>{rest}") == wanted
    assert decode("AggregationEvent", declaration + rest) == wanted


def test_every_event_type() -> None:
    assert decode(
        "TransactionEvent",
        '<bizTransactionList><bizTransaction type="po">urn:b</bizTransaction><bizTransaction>c</bizTransaction>'
        "</bizTransactionList><parentID>urn:p</parentID><epcList><epc>urn:1</epc></epcList><action>ADD</action>",
    ) == TransactionEvent(
        **SET,
        action="ADD",
        parent_id="urn:p",
        epc_list=["urn:1"],
        biz_transaction_list=[{"type": "po", "bizTransaction": "urn:b"}, {"bizTransaction": "c"}],
    )
    assert decode(
        "TransformationEvent",
        "<inputEPCList><epc>urn:1</epc></inputEPCList><outputQuantityList><quantityElement><epcClass>urn:c</epcClass>"
        "</quantityElement></outputQuantityList><transformationID>urn:t</transformationID>",
    ) == TransformationEvent(
        **SET, input_epc_list=["urn:1"], output_quantity_list=[{"epcClass": "urn:c"}], transformation_id="urn:t"
    )
    assert decode(
        "AssociationEvent", "<parentID>urn:p</parentID><childEPCs><epc>urn:1</epc></childEPCs><action>ADD</action>"
    ) == AssociationEvent(**SET, action="ADD", parent_id="urn:p", child_epcs=["urn:1"])


def test_a_quantity_event_becomes_an_object_event_that_remembers_it() -> None:
    event = decode(
        "QuantityEvent",
        "<epcClass>urn:c</epcClass><quantity>200</quantity><bizStep>urn:epcglobal:cbv:bizstep:storing</bizStep>"
        "<extension><own>1</own></extension>",
    )
    assert event == ObjectEvent(
        **SET,
        action="OBSERVE",
        biz_step="storing",
        quantity_list=[{"epcClass": "urn:c", "quantity": 200}],
        extensions=(Extension("", "own", "1"),),
    )
    assert isinstance(event, ObjectEvent)
    assert event.origin_type == "QuantityEvent"


def test_a_nil_quantity_is_no_quantity() -> None:
    event = decode(
        "ObjectEvent",
        '<quantityList><quantityElement><epcClass>urn:c</epcClass><quantity xsi:nil="true"/><uom>KGM</uom>'
        "</quantityElement></quantityList><action>ADD</action>",
    )
    assert event.quantity_list == (QuantityElement(epc_class="urn:c", uom="KGM"),)  # type: ignore[attr-defined]


def test_what_is_not_understood_is_kept_where_it_stood() -> None:
    event = decode(
        "ObjectEvent",
        "<epcList><epc>urn:1</epc><stray/></epcList><action>ADD</action>"
        '<readPoint><id>urn:l</id><extension><own>1</own></extension><ex:a b="2">3</ex:a></readPoint>'
        "<extension><extension><myField>4</myField></extension></extension><ex:myField>5</ex:myField>",
        'ex:note="6"',
    )
    assert event == ObjectEvent(
        **SET,
        action="ADD",
        epc_list=["urn:1"],
        read_point={
            "id": "urn:l",
            "extensions": (
                Extension("", "own", "1"),
                Extension("https://example.com/ns", "a", "3", attributes=(("b", "2"),)),
            ),
        },
        extensions=(
            Extension(CARRIED, "attributes", attributes=(("{https://example.com/ns}note", "6"),)),
            Extension("", "stray"),
            Extension("", "myField", "4"),
            Extension("https://example.com/ns", "myField", "5"),
        ),
    )


def test_types_of_extensions_are_resolved_without_trusting_prefixes() -> None:
    event = decode(
        "ObjectEvent",
        '<action>ADD</action><ex:a xsi:type="s:integer" xmlns:s="http://www.w3.org/2001/XMLSchema">7</ex:a>'
        '<ex:a xsi:type="xsd:integer">007</ex:a><ex:a xsi:type="xsd:boolean">true</ex:a>'
        '<ex:a xsi:type="xsd:decimal">1.10</ex:a><ex:a xsi:type="xsd:double">20</ex:a><ex:a xsi:nil="true"/>'
        '<ex:a xsi:type="q:t" xmlns:q="urn:q">x</ex:a>',
    )
    assert [(each.value, each.datatype) for each in event.extensions] == [
        (7, "{http://www.w3.org/2001/XMLSchema}integer"),
        ("007", "{http://www.w3.org/2001/XMLSchema}integer"),
        (True, "{http://www.w3.org/2001/XMLSchema}boolean"),
        (Decimal("1.10"), "{http://www.w3.org/2001/XMLSchema}decimal"),
        ("20", "{http://www.w3.org/2001/XMLSchema}double"),
        (None, None),
        ("x", "{urn:q}t"),
    ]


def test_mixed_content_keeps_its_order() -> None:
    event = decode("ObjectEvent", "<action>ADD</action><ex:a>one <b>two</b> three\n</ex:a><ex:c>\n <d/>\n </ex:c>")
    assert event.extensions == (
        Extension("https://example.com/ns", "a", ("one ", Extension("", "b", "two"), " three\n")),
        Extension("https://example.com/ns", "c", (Extension("", "d"),)),
    )


def test_attributes_of_sensor_data() -> None:
    event = decode(
        "ObjectEvent",
        '<action>OBSERVE</action><sensorElementList><sensorElement><sensorMetadata time="2024-03-01T09:00:00Z" '
        'deviceID=" urn:d " ex:room="3"/><sensorReport type="https://gs1.org/voc/AbsoluteHumidity" value="1e2" '
        'minValue="-INF" stringValue=" s " booleanValue="0" component="cbv:Comp-x" exception="gs1:ALARM_CONDITION" '
        'own="1">text'
        "</sensorReport><extension><o/></extension><ex:b/></sensorElement></sensorElementList>",
    )
    (element,) = event.sensor_element_list
    assert element.sensor_metadata is not None
    assert element.sensor_metadata.device_id == "urn:d"
    assert element.sensor_metadata.extensions == (Extension("https://example.com/ns", "room", "3"),)
    (report,) = element.sensor_report
    assert (report.type, report.value, report.min_value, report.string_value, report.boolean_value) == (
        "AbsoluteHumidity",
        Decimal(100),
        Decimal("-Infinity"),
        " s ",
        False,
    )
    assert (report.component, report.exception) == ("x", "ALARM_CONDITION")
    assert report.extensions == (Extension("", "own", "1"), Extension(CARRIED, "text", "text"))
    assert element.extensions == (Extension("", "o"), Extension("https://example.com/ns", "b"))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_of_every_event_has_its_place_or_is_known_to_lack_one(version: str) -> None:
    lacking = {
        (kind, name)
        for kind, cls in EVENT_TYPES.items()
        for name, field in FIELDS.items()
        if field.attribute in cls.model_fields and place(version, kind, name) is None
    }
    assert lacking == (set() if version == "2.0" else {(kind, "certificationInfo") for kind in EVENT_TYPES})


def test_layouts_name_fields_and_wrappers_only() -> None:
    assert [node.name for node in layout("1.2", "ObjectEvent")] == [
        "eventTime", "recordTime", "eventTimeZoneOffset", "baseExtension", "epcList", "action", "bizStep",
        "disposition", "readPoint", "bizLocation", "bizTransactionList", "extension", "+",
    ]  # fmt: skip
    assert place("1.2", "ObjectEvent", "ilmd") == ("extension",)
    assert place("1.2", "ObjectEvent", "sensorElementList") == ("extension", "extension")
    assert place("2.0", "TransformationEvent", "ilmd") == ()
