"""Documents as JSON: whole bytes, minimal prefixes, named losses."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pytest

from epcis_kit import codec
from epcis_kit.codec.json_writer import JsonWriter
from epcis_kit.errors import EncodeError
from epcis_kit.findings import Finding, Location
from epcis_kit.model import (
    Document,
    Extension,
    Header,
    ObjectEvent,
    OpaqueEvent,
    Partner,
    QuantityElement,
    ReadPoint,
    Sbdh,
    SensorElement,
    SensorReport,
    TransactionEvent,
    Vocabulary,
)

STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EXAMPLE = "https://ns.example.com/epcis/"
BARE: dict[str, Any] = {
    "event_time": "2024-03-01T09:00:00.000+01:00",
    "event_time_zone_offset": "+01:00",
    "action": "ADD",
}


def members(document: Document, **spelling: Any) -> Any:
    return json.loads(codec.write_document(document, **spelling))


def event_of(*extensions: Extension, **more: Any) -> Any:
    """The members of an object event in a document of its own."""
    document = Document(events=(ObjectEvent(**BARE, extensions=extensions, **more),))
    (event,) = members(document)["epcisBody"]["eventList"]
    usual = {"type", "eventTime", "eventTimeZoneOffset", "action"}
    return {name: value for name, value in event.items() if name not in usual}


def test_a_document_as_bytes() -> None:
    event = ObjectEvent(
        **BARE,
        event_id="urn:uuid:1",
        epc_list=("urn:x:ä",),
        quantity_list=(QuantityElement(epc_class="urn:x:1", quantity=Decimal("1.10"), uom="KGM"),),
        biz_step="shipping",
        read_point=ReadPoint(id="urn:x:2"),
        ilmd=(Extension("urn:epcglobal:cbv:mda", "lotNumber", "L1"),),
        extensions=(Extension(EXAMPLE, "grade", (Extension(EXAMPLE, "value", Decimal("1E+5")),), prefix="ex"),),
    )
    document = Document(
        id="urn:x:doc",
        creation_date="2024-03-01T10:00:00Z",
        sender="urn:x:3",
        namespaces=(("unused", "https://unused.example/"), ("own", EXAMPLE)),
        contexts=("https://example.com/own.jsonld",),
        events=(event, event.model_copy(update={"extensions": (), "ilmd": None, "epc_list": ()})),
    )
    assert codec.write_document(document).decode() == (
        f'{{"@context":["{STANDARD}","https://example.com/own.jsonld",{{"own":"{EXAMPLE}"}}],"type":"EPCISDocument",'
        '"id":"urn:x:doc","schemaVersion":"2.0","creationDate":"2024-03-01T10:00:00Z","sender":"urn:x:3",'
        '"epcisBody":{"eventList":[\n'
        '{"type":"ObjectEvent","eventID":"urn:uuid:1","eventTime":"2024-03-01T09:00:00.000+01:00",'
        '"eventTimeZoneOffset":"+01:00","action":"ADD","epcList":["urn:x:ä"],'
        '"quantityList":[{"epcClass":"urn:x:1","quantity":1.10,"uom":"KGM"}],"bizStep":"shipping",'
        '"readPoint":{"id":"urn:x:2"},"ilmd":{"cbvmda:lotNumber":"L1"},"own:grade":{"own:value":1E+5}},\n'
        '{"type":"ObjectEvent","eventID":"urn:uuid:1","eventTime":"2024-03-01T09:00:00.000+01:00",'
        '"eventTimeZoneOffset":"+01:00","action":"ADD",'
        '"quantityList":[{"epcClass":"urn:x:1","quantity":1.10,"uom":"KGM"}],"bizStep":"shipping",'
        '"readPoint":{"id":"urn:x:2"}}\n'
        "]}}\n"
    )


def test_no_events_and_no_date() -> None:
    assert codec.write_document(Document()).decode() == (
        f'{{"@context":["{STANDARD}"],"type":"EPCISDocument","schemaVersion":"2.0",'
        '"creationDate":"1970-01-01T00:00:00Z","epcisBody":{"eventList":[]}}\n'
    )


def test_a_document_without_a_date_gets_the_latest_time_of_its_events() -> None:
    early, late = (ObjectEvent(**{**BARE, "event_time": f"2024-03-0{day}T00:00:00Z"}) for day in (1, 2))
    assert members(Document(events=(late, early)))["creationDate"] == "2024-03-02T00:00:00Z"
    recorded = early.model_copy(update={"record_time": late.event_time.from_epoch_us(2_000_000_000_000_000)})
    assert members(Document(events=(recorded, late)))["creationDate"] == "2033-05-18T03:33:20.000Z"


def test_older_versions_become_2_0() -> None:
    assert members(Document(schema_version="1.2"))["schemaVersion"] == "2.0"


@pytest.mark.parametrize(
    ("event", "listed"),
    [
        (ObjectEvent(**BARE), True),
        (ObjectEvent(**BARE, quantity_list=(QuantityElement(epc_class="urn:x:1"),)), False),
        (
            ObjectEvent(**BARE, read_point=ReadPoint(id="urn:x:1"), sensor_element_list=(SensorElement(),)),
            False,
        ),
        (TransactionEvent(**BARE), True),
        (TransactionEvent(**{**BARE, "action": "DELETE"}), False),
    ],
)
def test_a_list_that_the_standard_asks_for_is_written_empty(event: Any, listed: bool) -> None:
    (written,) = members(Document(events=(event,)))["epcisBody"]["eventList"]
    assert ("epcList" in written) == listed


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ([Extension(EXAMPLE, "a", 1)], {"ns1:a": 1}),
        ([Extension(EXAMPLE, "a", 1, prefix="ex")], {"ex:a": 1}),
        (
            [Extension(EXAMPLE, "a", 1, prefix="urn"), Extension("https://b.example/", "b", 2, prefix="cbvmda")],
            {"ns1:a": 1, "ns2:b": 2},
        ),
        ([Extension(EXAMPLE, "a", 1, array="member")], {"ns1:a": [1]}),
        (
            [Extension(EXAMPLE, "a", 1), Extension(EXAMPLE, "b", None), Extension(EXAMPLE, "a", "2")],
            {"ns1:a": [1, "2"], "ns1:b": None},
        ),
        ([Extension(EXAMPLE, "a", (), array="empty")], {"ns1:a": []}),
        ([Extension(EXAMPLE, "a", ())], {"ns1:a": {}}),
        (
            [
                Extension(
                    EXAMPLE,
                    "a",
                    (Extension("", "", 1, array="member"), Extension("", "", 2, array="member")),
                    array="member",
                )
            ],
            {"ns1:a": [[1, 2]]},
        ),
        ([Extension(EXAMPLE, "a", (Extension("", "", (), array="empty"),), array="member")], {"ns1:a": [[]]}),
        ([Extension(EXAMPLE, "a", (Extension("", "b", True),))], {"ns1:a": {"b": True}}),
        (
            [Extension(EXAMPLE, "a", "5", datatype="{http://www.w3.org/2001/XMLSchema}string")],
            {"ns1:a": {"ekx:text": "5", "ekx:type": "xsd:string"}},
        ),
        ([Extension(EXAMPLE, "a", 5, datatype="{http://www.w3.org/2001/XMLSchema}integer")], {"ns1:a": 5}),
        ([Extension(EXAMPLE, "a", 5, datatype=f"{{{EXAMPLE}}}own")], {"ns1:a": {"ekx:text": 5, "ekx:type": "ns1:own"}}),
        (
            [
                Extension(
                    EXAMPLE, "a", None, attributes=(("b", "1"), ("{http://www.w3.org/XML/1998/namespace}lang", "de"))
                )
            ],
            {"ns1:a": {"ekx:nil": True, "ekx:attributes": {"b": "1", "xml:lang": "de"}}},
        ),
        (
            [Extension(EXAMPLE, "a", (Extension(EXAMPLE, "c", 1),), attributes=(("b", "1"),))],
            {"ns1:a": {"ekx:attributes": {"b": "1"}, "ns1:c": 1}},
        ),
        (
            [Extension(EXAMPLE, "a", ("x ", Extension(EXAMPLE, "c", 1), " y"))],
            {"ns1:a": {"ekx:content": ["x ", {"ns1:c": 1}, " y"]}},
        ),
        ([Extension("", "a", 1), Extension("", "epcList", 2)], {"ekx:unnamed": {"a": 1, "epcList": 2}}),
        ([Extension("", "foo:a", 1)], {"foo:a": 1}),
        ([Extension(EXAMPLE, "a", Decimal("NaN"))], {"ns1:a": "NaN"}),
        ([Extension(EXAMPLE, "a", 2**70)], {"ns1:a": 2**70}),
    ],
)
def test_extensions(extensions: list[Extension], expected: dict[str, Any]) -> None:
    assert event_of(*extensions, epc_list=("urn:x:1",)) == {"epcList": ["urn:x:1"], **expected}


def test_prefixes_are_bound_once_and_only_where_they_are_used() -> None:
    made = (
        Extension(EXAMPLE, "a", "1", prefix="ex", attributes=(("{https://b.example/}n", "2"),)),
        Extension("https://ref.gs1.org/cbv/", "b", 3),
        Extension("https://c.example/", "c", 4, prefix="ex"),
    )
    context = members(Document(events=(ObjectEvent(**BARE, extensions=made),)))["@context"]
    assert context == [
        STANDARD,
        {"ex": EXAMPLE, "ekx": "urn:x-epcis-kit:xml:", "ns1": "https://b.example/", "ns2": "https://c.example/"},
    ]


def test_in_a_stream_an_event_brings_the_prefixes_that_were_not_announced() -> None:
    target = io.BytesIO()
    writer = JsonWriter(
        target, Document(namespaces=(("ex", EXAMPLE), ("xsi", "http://www.w3.org/2001/XMLSchema-instance")))
    )
    writer.write(ObjectEvent(**BARE, extensions=(Extension(EXAMPLE, "a", 1),)))
    writer.write(ObjectEvent(**BARE, extensions=(Extension("https://late.example/", "b", 2),)))
    writer.close()
    written = json.loads(target.getvalue())
    first, second = written["epcisBody"]["eventList"]
    assert written["@context"] == [STANDARD, {"ex": EXAMPLE}]
    assert ("@context" in first, second["@context"]) == (False, {"ns1": "https://late.example/"})
    assert (first["ex:a"], second["ns1:b"]) == (1, 2)


def test_what_is_known_late_is_written_late() -> None:
    target = io.BytesIO()
    writer = JsonWriter(target, Document())
    writer.close(Document(sender="urn:x:1", header=Header(), creation_date="2024-01-01T00:00:00Z"))
    assert codec.read_document(target.getvalue()) == Document(
        sender="urn:x:1", header=Header(), creation_date="2024-01-01T00:00:00Z"
    )


def test_the_business_document_header_travels_whole_and_is_repeated_for_others() -> None:
    sbdh = Sbdh(
        senders=(Partner(identifier="urn:x:1", authority="SGLN"),),
        receivers=(Partner(identifier="urn:x:2"),),
        instance_identifier="7",
        creation_date_and_time="2024-01-01T00:00:00",
        multiple_type=False,
    )
    document = Document(header=Header(sbdh=sbdh), creation_date="2024-01-01T00:00:00Z")
    written = members(document)
    assert (written["sender"], written["receiver"], written["instanceIdentifier"]) == ("urn:x:1", "urn:x:2", "7")
    assert written["epcisHeader"] == {
        "sbdh:StandardBusinessDocumentHeader": {
            "sbdh:HeaderVersion": "1.0",
            "sbdh:Sender": {
                "sbdh:Identifier": {"ekx:text": "urn:x:1", "ekx:attributes": {"Authority": "SGLN"}},
            },
            "sbdh:Receiver": {"sbdh:Identifier": "urn:x:2"},
            "sbdh:DocumentIdentification": {
                "sbdh:Standard": "EPCglobal",
                "sbdh:TypeVersion": "1.0",
                "sbdh:InstanceIdentifier": "7",
                "sbdh:Type": "Events",
                "sbdh:MultipleType": False,
                "sbdh:CreationDateAndTime": "2024-01-01T00:00:00",
            },
        }
    }
    assert codec.read_document(codec.write_document(document)) == document


def test_a_master_data_document_comes_back_as_one() -> None:
    document = Document(type="EPCISMasterDataDocument", creation_date="2024-01-01T00:00:00Z", header=Header())
    written = members(document)
    assert (written["type"], written["ekx:documentType"]) == ("EPCISDocument", "EPCISMasterDataDocument")
    assert codec.read_document(codec.write_document(document)) == document


def test_bare_events() -> None:
    first = ObjectEvent(**BARE, extensions=(Extension(EXAMPLE, "a", 1, prefix="ex"),))
    second = ObjectEvent(**BARE)
    usual = '"eventTime":"2024-03-01T09:00:00.000+01:00","eventTimeZoneOffset":"+01:00","action":"ADD","epcList":[]'
    one = f'{{"@context":["{STANDARD}",{{"ex":"{EXAMPLE}"}}],"type":"ObjectEvent",{usual},"ex:a":1}}\n'
    assert codec.write_document(Document(type="event", events=(first,))).decode() == one
    assert codec.write_document(Document(type="event", events=(first, second))).decode() == (
        one + f'{{"@context":["{STANDARD}"],"type":"ObjectEvent",{usual}}}\n'
    )


@pytest.mark.parametrize(
    ("name", "written"), [(f"{{{EXAMPLE}}}Moved", "ns1:Moved"), ("foo:Moved", "foo:Moved"), ("Moved", "Moved")]
)
def test_events_of_foreign_types(name: str, written: str) -> None:
    event = OpaqueEvent(
        event_time=BARE["event_time"],
        event_time_zone_offset="+01:00",
        type=name,
        extensions=(Extension("", "epcList", "urn:x:1", array="member"),),
    )
    document = Document(events=(event,), creation_date="2024-01-01T00:00:00Z")
    (made,) = members(document)["epcisBody"]["eventList"]
    assert (made["type"], made["epcList"]) == (written, ["urn:x:1"])
    assert codec.read_document(codec.write_document(document)) == document


def test_every_loss_is_named_before_anything_is_given() -> None:
    report = SensorReport(type="Temperature", value=Decimal("NaN"), max_value=Decimal("Infinity"))
    events = (
        ObjectEvent(**BARE),
        ObjectEvent(**BARE, event_id="urn:x:1", sensor_element_list=(SensorElement(sensor_report=(report,)),)),
    )
    document = Document(events=events)
    where = "/epcisBody/eventList/1/sensorElementList/0/sensorReport/0"
    losses = tuple(
        Finding(
            rule="LOSS-NUMBER",
            severity="warning",
            layer="document",
            message=f"Cannot write {name} '{value}' in JSON, JSON has no spelling for it: expected a finite number.",
            location=Location(pointer=f"{where}/{name}", event_index=1, event_id="urn:x:1"),
            parameters=(("what", name), ("value", f"'{value}'")),
        )
        for name, value in (("value", "NaN"), ("maxValue", "Infinity"))
    )
    with pytest.raises(EncodeError) as caught:
        codec.write_document(document)
    assert caught.value.losses == losses
    assert str(caught.value) == (
        f"Cannot write JSON 2.0 without loss: {where}/value: warning LOSS-NUMBER: Cannot write value 'NaN' in JSON, "
        "JSON has no spelling for it: expected a finite number. (and 1 more)"
    )
    told: list[Finding] = []
    data = codec.write_document(document, allow_loss=True, on_loss=told.append)
    assert tuple(told) == losses
    assert json.loads(data)["epcisBody"]["eventList"][1]["sensorElementList"] == [
        {"sensorReport": [{"type": "Temperature"}]}
    ]


def test_a_name_that_would_gain_a_namespace_is_a_named_loss() -> None:
    own = Extension(EXAMPLE, "a", 1, prefix="ex")
    unknown = Extension("", "ex:b", (Extension(EXAMPLE, "c", 2, prefix="ex"),))
    first, second = (ObjectEvent(**BARE, extensions=(each,)) for each in (own, unknown))
    with pytest.raises(EncodeError) as caught:
        codec.write_document(Document(events=(first, second)))
    (loss,) = caught.value.losses
    assert str(loss) == (
        "/epcisBody/eventList/1/ex:b: warning LOSS-NAME: Cannot write name 'ex:b' in JSON, its beginning is a prefix "
        "there: expected a name with a namespace."
    )
    document = Document(events=(second, first), creation_date="2024-01-01T00:00:00Z")
    assert codec.read_document(codec.write_document(document)) == document


def test_a_late_member_with_a_prefix_of_its_own_is_a_named_loss() -> None:
    target = io.BytesIO()
    writer = JsonWriter(target, Document(namespaces=(("ex", EXAMPLE),)), allow_loss=True)
    late = (Extension(EXAMPLE, "a", 1), Extension("https://late.example/", "b", 2))
    writer.close(Document(extensions=late, creation_date="2024-01-01T00:00:00Z"))
    (loss,) = writer.losses
    assert str(loss) == (
        "/ns1:b: warning LOSS-LATE: Cannot write ns1:b '2' in JSON, the prefixes stood at the beginning already: "
        "expected members with prefixes before the events."
    )
    assert codec.read_document(target.getvalue()).extensions == late[:1]


def test_there_is_no_other_version() -> None:
    with pytest.raises(EncodeError) as caught:
        codec.write_document(Document(), version="1.2")
    assert str(caught.value) == "Cannot write JSON version '1.2': expected 2.0, the only version there is."


def test_indents() -> None:
    document = Document(events=(ObjectEvent(**BARE),), creation_date="2024-01-01T00:00:00Z")
    assert codec.write_document(document, indent=1).decode() == (
        f"""{{
 "@context": [
  "{STANDARD}"
 ],
 "type": "EPCISDocument",
 "schemaVersion": "2.0",
 "creationDate": "2024-01-01T00:00:00Z",
 "epcisBody": {{
  "eventList": [
   {{
    "type": "ObjectEvent",
    "eventTime": "2024-03-01T09:00:00.000+01:00",
    "eventTimeZoneOffset": "+01:00",
    "action": "ADD",
    "epcList": []
   }}
  ]
 }}
}}
"""
    )


@pytest.mark.parametrize("indent", [1, 3])
@pytest.mark.parametrize("events", [0, 2])
@pytest.mark.parametrize("kind", ["EPCISDocument", "EPCISQueryDocument"])
def test_an_indented_document_is_as_json_indents_it(kind: Any, events: int, indent: int) -> None:
    header = Header(master_data=(Vocabulary(type="urn:x:v"),))
    document = Document(type=kind, query_name="q", header=header, events=(ObjectEvent(**BARE),) * events)
    data = codec.write_document(document, indent=indent).decode()
    assert data == json.dumps(json.loads(data), indent=indent) + "\n"
