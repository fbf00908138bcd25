"""The canonical text, item by item; the order is that of the published generator of 2026 (CBV2.0, CBV2.1) and 2023."""

from __future__ import annotations

from typing import Any

import pytest

from epcis_kit.hashing import event_hash, matching_version, prehash
from epcis_kit.model import (
    AggregationEvent,
    AssociationEvent,
    BizTransaction,
    Extension,
    ObjectEvent,
    OpaqueEvent,
    QuantityElement,
    ReadPoint,
    SensorElement,
    SensorMetadata,
    SensorReport,
    TransactionEvent,
    TransformationEvent,
)

TIME: dict[str, Any] = {"event_time": "2024-05-01T08:00:00+02:00", "event_time_zone_offset": "+02:00"}
HEAD = ["eventTime=2024-05-01T06:00:00.000Z", "eventTimeZoneOffset=+02:00"]
NS = "https://ext.example.com/"


def lines(event: Any, version: str = "CBV2.0", **choices: Any) -> list[str]:
    return prehash(event, version=version, join="\n", **choices).split("\n")


def test_an_object_event_with_everything() -> None:
    event = ObjectEvent(
        **TIME,
        record_time="2024-05-01T08:00:01Z",
        event_id="urn:uuid:1b8f0f5e-0000-4000-8000-000000000001",
        certification_info=["https://cert.example.com/1"],
        error_declaration={"declaration_time": "2024-05-02T00:00:00Z", "reason": "did_not_occur"},
        action="ADD",
        epc_list=["urn:epc:id:sscc:9521321.1234567890", " urn:epc:id:giai:9521321.A "],
        quantity_list=[
            {"epc_class": "urn:epc:class:lgtin:9521321.012345.L1", "quantity": "10.50", "uom": "KGM"},
            {"epc_class": "https://id.gs1.org/01/09521321123458"},
        ],
        biz_step="commissioning",
        disposition="https://example.com/disp/odd",
        persistent_disposition={"set": ["recalled", "damaged"], "unset": ["available"]},
        read_point={"id": "urn:epc:id:sgln:9521321.00001.0"},
        biz_location={"id": "geo:22.3,-5.23"},
        biz_transaction_list=[
            {"type": "po", "biz_transaction": "urn:epcglobal:cbv:bt:9521321000018:PO1"},
            {"biz_transaction": "urn:epcglobal:cbv:bt:9521321000018:X"},
        ],
        source_list=[{"type": "owning_party", "source": "urn:epc:id:pgln:9521321.00001"}],
        destination_list=[{"type": "possessing_party", "destination": "urn:epc:id:pgln:9521321.00002"}],
        ilmd={f"{{{NS}}}lot": "007", f"{{{NS}}}empty": None, f"{{{NS}}}none": []},
        extensions={f"{{{NS}}}b": [True, False], f"{{{NS}}}a": {f"{{{NS}}}y": "2", f"{{{NS}}}x": "1"}, "foo": "bar"},
    )
    common = [
        "epcList",
        "epc=https://id.gs1.org/00/195213212345678904",
        "epc=https://id.gs1.org/8004/9521321A",
        "quantityList",
        "quantityElement",
        "epcClass=https://id.gs1.org/01/09521321123458",
        "quantityElement",
        "epcClass=https://id.gs1.org/01/09521321123458/10/L1",
        "quantity=10.5",
        "uom=KGM",
        "action=ADD",
        "bizStep=https://ref.gs1.org/cbv/BizStep-commissioning",
        "disposition=https://example.com/disp/odd",
        "persistentDisposition",
        "set=https://ref.gs1.org/cbv/Disp-damaged",
        "set=https://ref.gs1.org/cbv/Disp-recalled",
        "unset=https://ref.gs1.org/cbv/Disp-available",
        "readPoint",
        "id=https://id.gs1.org/414/9521321000018",
        "bizLocation",
        "id=geo:22.3,-5.23",
    ]
    transactions = [
        "bizTransactionList",
        "bizTransaction=urn:epcglobal:cbv:bt:9521321000018:X",
        "type=https://ref.gs1.org/cbv/BTT-po",
        "bizTransaction=urn:epcglobal:cbv:bt:9521321000018:PO1",
    ]
    source = [
        "sourceList",
        "type=https://ref.gs1.org/cbv/SDT-owning_party",
        "source=https://id.gs1.org/417/9521321000018",
    ]
    destination = [
        "destinationList",
        "type=https://ref.gs1.org/cbv/SDT-possessing_party",
        "destination=https://id.gs1.org/417/9521321000025",
    ]
    ilmd = ["ilmd", f"{{{NS}}}empty", f"{{{NS}}}lot=7"]
    extensions = [f"{{{NS}}}a", f"{{{NS}}}x=1", f"{{{NS}}}y=2", f"{{{NS}}}b=false", f"{{{NS}}}b=true"]
    start = ["eventType=ObjectEvent", *HEAD]
    assert lines(event) == [
        *start,
        *common,
        *transactions,
        *source,
        *destination,
        *ilmd,
        "foo=bar",
        *extensions,
    ]
    assert lines(event, "CBV2.1") == [
        *start,
        *common,
        *transactions,
        *source,
        *destination,
        "foo=bar",
        *ilmd,
        *extensions,
    ]
    assert lines(event, "legacy-1.9.3") == [
        *start,
        "certificationInfo=https://cert.example.com/1",
        *common,
        *transactions,
        *destination,
        "foo=bar",
        *[line.replace("empty", "empty=None") for line in ilmd],
        *source,
        *[line.replace("=true", "=True").replace("=false", "=False") for line in extensions],
    ]


SENSORS = (
    SensorElement(
        sensor_metadata=SensorMetadata(
            time="2024-05-01T06:00:00.1235Z",
            device_id="urn:epc:id:giai:9521321.dev1",
            extensions={f"{{{NS}}}far": "m"},
        ),
        sensor_report=[
            SensorReport(
                type="Temperature", value="21.50", uom="CEL", component="x", extensions={f"{{{NS}}}near": "r"}
            ),
            SensorReport(type="https://example.com/type", boolean_value=False, exception="ALARM_CONDITION"),
        ],
        extensions={f"{{{NS}}}own": "e"},
    ),
    SensorElement(sensor_report=[SensorReport(type="RelativeHumidity", value="0")]),
)


def test_sensor_elements_and_the_extensions_in_them() -> None:
    event = ObjectEvent(**TIME, action="OBSERVE", sensor_element_list=SENSORS, extensions={f"{{{NS}}}z": "1"})
    start = ["eventType=ObjectEvent", *HEAD, "action=OBSERVE"]
    metadata = [
        "sensorElement",
        "sensorMetadata",
        "time=2024-05-01T06:00:00.124Z",
        "deviceID=https://id.gs1.org/8004/9521321dev1",
    ]
    flag = ["sensorReport", "type=https://example.com/type", "exception=https://ref.gs1.org/voc/ALARM_CONDITION"]
    warm = [
        "sensorReport",
        "type=https://ref.gs1.org/voc/Temperature",
        "value=21.5",
        "component=https://ref.gs1.org/cbv/Comp-x",
        "uom=CEL",
    ]
    damp = ["sensorElement", "sensorReport", "type=https://ref.gs1.org/voc/RelativeHumidity", "value=0"]
    assert lines(event) == [
        *start,
        *metadata,
        *flag,
        "booleanValue=false",
        *warm,
        *damp,
        "sensorElement",
        "sensorMetadata",
        f"{{{NS}}}far=m",
        "sensorReport",
        f"{{{NS}}}near=r",
        f"{{{NS}}}own=e",
        f"{{{NS}}}z=1",
    ]
    inline = [
        "sensorElementList",
        *metadata,
        f"{{{NS}}}far=m",
        *flag,
        "booleanValue=false",
        *warm,
        f"{{{NS}}}near=r",
        f"{{{NS}}}own=e",
        *damp,
        f"{{{NS}}}z=1",
    ]
    assert lines(event, "CBV2.1") == [*start, *inline]
    assert lines(event, "legacy-1.9.3") == [
        line.replace("https://ref.gs1.org/voc/", "https://gs1.org/voc/") for line in [*start, *inline]
    ]


def test_the_other_event_types() -> None:
    children: dict[str, Any] = {
        "parent_id": "urn:epc:id:sscc:9521321.1234567890",
        "child_epcs": ["urn:epc:id:giai:9521321.B", "urn:epc:id:giai:9521321.A"],
        "child_quantity_list": [{"epc_class": "urn:epc:idpat:sgtin:9521321.012345.*", "quantity": 3}],
    }
    expected = [
        *HEAD,
        "parentID=https://id.gs1.org/00/195213212345678904",
        "childEPCs",
        "epc=https://id.gs1.org/8004/9521321A",
        "epc=https://id.gs1.org/8004/9521321B",
        "childQuantityList",
        "quantityElement",
        "epcClass=https://id.gs1.org/01/09521321123458",
        "quantity=3",
        "action=ADD",
    ]
    assert lines(AggregationEvent(**TIME, action="ADD", **children)) == ["eventType=AggregationEvent", *expected]
    assert lines(AssociationEvent(**TIME, action="ADD", **children)) == ["eventType=AssociationEvent", *expected]
    assert lines(
        TransformationEvent(
            **TIME,
            input_epc_list=["urn:epc:id:giai:9521321.A"],
            input_quantity_list=[{"epc_class": "urn:epc:class:lgtin:9521321.012345.L1"}],
            output_epc_list=["urn:epc:id:giai:9521321.B"],
            output_quantity_list=[{"epc_class": "urn:epc:class:lgtin:9521321.012345.L2"}],
            transformation_id="urn:epc:id:gdti:9521321.00009.T1",
            ilmd={},
        )
    ) == [
        "eventType=TransformationEvent",
        *HEAD,
        "inputEPCList",
        "epc=https://id.gs1.org/8004/9521321A",
        "inputQuantityList",
        "quantityElement",
        "epcClass=https://id.gs1.org/01/09521321123458/10/L1",
        "outputEPCList",
        "epc=https://id.gs1.org/8004/9521321B",
        "outputQuantityList",
        "quantityElement",
        "epcClass=https://id.gs1.org/01/09521321123458/10/L2",
        "transformationID=https://id.gs1.org/253/9521321000094T1",
        "ilmd",
    ]


def test_the_parent_of_a_transaction_stands_after_the_list_since_2026() -> None:
    event = TransactionEvent(
        **TIME, action="ADD", parent_id="urn:epc:id:giai:9521321.P", epc_list=["urn:epc:id:giai:9521321.A"]
    )
    parent = ["parentID=https://id.gs1.org/8004/9521321P"]
    epcs = ["epcList", "epc=https://id.gs1.org/8004/9521321A"]
    start = ["eventType=TransactionEvent", *HEAD]
    assert lines(event) == [*start, *epcs, *parent, "action=ADD"]
    assert lines(event, "legacy-1.9.3") == [*start, *parent, *epcs, "action=ADD"]


def test_an_event_of_a_foreign_type_is_hashed_by_what_every_event_has() -> None:
    event = OpaqueEvent(type=f"{{{NS}}}WeighingEvent", **TIME, biz_step="inspecting", extensions={f"{{{NS}}}w": "1"})
    assert lines(event) == [
        f"eventType={{{NS}}}WeighingEvent",
        *HEAD,
        "bizStep=https://ref.gs1.org/cbv/BizStep-inspecting",
        f"{{{NS}}}w=1",
    ]


def test_extensions_of_a_place_move_to_the_end_or_stay_behind_it() -> None:
    event = ObjectEvent(
        **TIME,
        action="OBSERVE",
        read_point=ReadPoint(id="geo:1,2", extensions={f"{{{NS}}}b": "1", f"{{{NS}}}a": "2"}),
        biz_location={"id": "geo:3,4"},
        extensions={f"{{{NS}}}0": "first"},
    )
    start = ["eventType=ObjectEvent", *HEAD, "action=OBSERVE", "readPoint", "id=geo:1,2"]
    own = [f"{{{NS}}}a=2", f"{{{NS}}}b=1"]
    there = ["bizLocation", "id=geo:3,4"]
    assert lines(event) == [*start, *there, "readPoint", *own, f"{{{NS}}}0=first"]
    assert lines(event, "CBV2.1") == [*start, *own, *there, f"{{{NS}}}0=first"]


@pytest.mark.parametrize("version", ["CBV2.0", "CBV2.1"])
def test_a_namespace_without_a_slash_at_its_end_comes_last(version: str) -> None:
    event = ObjectEvent(
        **TIME,
        action="OBSERVE",
        read_point=ReadPoint(id="geo:1,2", extensions={"{urn:example:ns}f": "1"}),
        biz_location={"id": "geo:3,4"},
        extensions={"{urn:example:ns}g": "2"},
    )
    assert lines(event, version) == [
        "eventType=ObjectEvent",
        *HEAD,
        "action=OBSERVE",
        "readPoint",
        "id=geo:1,2",
        "bizLocation",
        "id=geo:3,4",
        "readPoint",
        "{urn:example:ns}f=1",
        "{urn:example:ns}g=2",
    ]


def test_rules_in_a_report_are_left_out_where_the_generator_leaves_them_out() -> None:
    report = SensorReport(value="1", biz_rules="rule")
    start = ["eventType=ObjectEvent", *HEAD, "action=OBSERVE"]
    rest = ["sensorElementList", "sensorElement", "sensorReport", "bizRules=rule"]
    event = ObjectEvent(**TIME, action="OBSERVE", sensor_element_list=[{"sensor_report": [report]}])
    assert lines(event) == [*start, "sensorElement", "sensorReport", "value=1", *rest]
    assert lines(event, "CBV2.1") == [*start, "sensorElementList", "sensorElement", "sensorReport", "value=1", *rest]
    both = SensorElement(sensor_report=[report], extensions={f"{{{NS}}}x": "1"})
    event = ObjectEvent(**TIME, action="OBSERVE", sensor_element_list=[both])
    assert lines(event)[4:] == ["sensorElement", "sensorReport", "value=1", "sensorElement", f"{{{NS}}}x=1"]
    assert lines(event, "CBV2.1")[-4:] == rest


def test_moved_extensions_follow_what_their_parts_hold_and_not_the_document() -> None:
    def event(*elements: SensorElement) -> ObjectEvent:
        return ObjectEvent(**TIME, action="OBSERVE", sensor_element_list=elements)

    early = SensorElement(
        sensor_metadata={"time": "2024-05-01T06:00:00Z"}, sensor_report=[{"value": 1}], extensions={f"{{{NS}}}x": "9"}
    )
    late = SensorElement(
        sensor_metadata={"time": "2024-05-01T07:00:00Z"}, sensor_report=[{"value": 1}], extensions={f"{{{NS}}}x": "1"}
    )
    assert prehash(event(early, late)) == prehash(event(late, early))
    assert lines(event(late, early))[-4:] == ["sensorElement", f"{{{NS}}}x=9", "sensorElement", f"{{{NS}}}x=1"]


def test_extensions_of_any_shape() -> None:
    plain = Extension(
        NS,
        "a",
        (
            "before",
            Extension(NS, "b", "2"),
            "between",
            Extension("", "source", "1"),
            Extension("", "bizTransaction", "0"),
        ),
        attributes=(("unit", "KGM"), (f"{{{NS}}}kind", " k ")),
        datatype="{http://www.w3.org/2001/XMLSchema}string",
    )
    event = ObjectEvent(
        **TIME,
        action="OBSERVE",
        extensions=(
            plain,
            Extension("", "comment", "not hashed"),
            Extension("", "rdfs:comment", "not hashed"),
            Extension("http://www.w3.org/2000/01/rdf-schema#", "comment", "not hashed"),
            Extension("https://gs1.org/voc/", "netWeight", "5.0"),
            Extension(NS, "list", (Extension("", "", 2), Extension("", "", 1))),
            Extension(NS, "time", "2024-05-01T08:00:00+02:00"),
            Extension(NS, "word", "departing"),
        ),
    )
    assert lines(event)[4:] == [
        f"{{{NS}}}a=before",
        "bizTransaction=0",
        "source=1",
        "unit=KGM",
        f"{{{NS}}}b=2",
        f"{{{NS}}}kind=k",
        f"{{{NS}}}list",
        "=1",
        "=2",
        f"{{{NS}}}time=2024-05-01T08:00:00+02:00",
        f"{{{NS}}}word=departing",
        "{https://ref.gs1.org/voc/}netWeight=5",
    ]


def test_extensions_of_list_members_are_hashed_too() -> None:
    event = TransactionEvent(
        **TIME,
        action="ADD",
        quantity_list=[QuantityElement(epc_class="urn:x:1", extensions={f"{{{NS}}}q": "1"})],
        biz_transaction_list=[BizTransaction(type="po", biz_transaction="urn:x:2", extensions={f"{{{NS}}}t": "2"})],
    )
    assert lines(event)[-6:] == [
        "quantityList",
        "quantityElement",
        f"{{{NS}}}q=1",
        "bizTransactionList",
        "bizTransaction",
        f"{{{NS}}}t=2",
    ]
    assert lines(event, "CBV2.1")[4:7] == ["quantityElement", "epcClass=urn:x:1", f"{{{NS}}}q=1"]


def test_namespaces_can_be_left_out() -> None:
    event = ObjectEvent(
        **TIME,
        action="OBSERVE",
        read_point=ReadPoint(id="geo:1,2", extensions={f"{{{NS}}}f": "1"}),
        ilmd={f"{{{NS}}}i": "1", "{urn:other}i": {f"{{{NS}}}j": "2"}},
        extensions={f"{{{NS}}}e": "1", "{urn:other}k": "3"},
    )
    assert lines(event, ignore=["https://ext.example.com"]) == [
        "eventType=ObjectEvent",
        *HEAD,
        "action=OBSERVE",
        "readPoint",
        "id=geo:1,2",
        "ilmd",
        "{urn:other}i",
        "{urn:other}k=3",
    ]
    assert lines(event, ignore=NS) == lines(event, ignore=[NS])


def test_what_is_empty_is_as_good_as_absent() -> None:
    full = ObjectEvent(
        **TIME,
        action="OBSERVE",
        epc_list=["", " "],
        biz_step=" ",
        read_point={"id": ""},
        sensor_element_list=[{"sensor_metadata": {}, "sensor_report": [{}]}],
        persistent_disposition={},
        extensions={f"{{{NS}}}none": []},
    )
    assert prehash(full) == prehash(ObjectEvent(**TIME, action="OBSERVE"))


def test_fields_of_the_standard_have_their_place_in_every_event_type() -> None:
    from_json = OpaqueEvent(
        type=f"{{{NS}}}WeighingEvent",
        **TIME,
        extensions={
            "epcList": ["urn:epc:id:giai:9521321.B", "urn:epc:id:giai:9521321.A"],
            "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521321.012345.L1", "quantity": 5}],
            "action": "OBSERVE",
            "parentID": "urn:epc:id:giai:9521321.P",
            "ilmd": {f"{{{NS}}}i": "1"},
            f"{{{NS}}}w": "1",
        },
    )
    from_xml = OpaqueEvent(
        type=f"{{{NS}}}WeighingEvent",
        **TIME,
        extensions={
            "epcList": {"epc": ["urn:epc:id:giai:9521321.A", "urn:epc:id:giai:9521321.B"]},
            "quantityList": {
                "quantityElement": {"epcClass": "urn:epc:class:lgtin:9521321.012345.L1", "quantity": "5.0"}
            },
            "action": "OBSERVE",
            "parentID": "urn:epc:id:giai:9521321.P",
            "ilmd": {f"{{{NS}}}i": "1"},
            f"{{{NS}}}w": "1",
        },
    )
    assert lines(from_json) == [
        f"eventType={{{NS}}}WeighingEvent",
        *HEAD,
        "epcList",
        "epc=https://id.gs1.org/8004/9521321A",
        "epc=https://id.gs1.org/8004/9521321B",
        "parentID=https://id.gs1.org/8004/9521321P",
        "quantityList",
        "quantityElement",
        "epcClass=https://id.gs1.org/01/09521321123458/10/L1",
        "quantity=5",
        "action=OBSERVE",
        "ilmd",
        f"{{{NS}}}i=1",
        f"{{{NS}}}w=1",
    ]
    for version in ("CBV2.0", "CBV2.1", "legacy-1.9.3"):
        assert lines(from_xml, version) == lines(from_json, version)


def test_what_only_has_the_name_of_a_field_stays_an_extension() -> None:
    event = OpaqueEvent(
        type="urn:x:Odd",
        **TIME,
        extensions={
            "quantityList": [{"epcClass": "urn:x:1", "quantity": "many"}],
            "epcList": [{"epc": {"deep": "1"}}],
            "action": ["ADD", "DELETE"],
            "childEPCs": [],
        },
    )
    assert lines(event)[3:] == [
        "action=ADD",
        "action=DELETE",
        "epcList",
        "epc",
        "deep=1",
        "quantityList",
        "epcClass=urn:x:1",
        "quantity=many",
    ]


def test_only_the_old_version_shows_types_of_extension_values() -> None:
    event = ObjectEvent(
        **TIME,
        action="OBSERVE",
        extensions=(
            Extension(NS, "a", "12", datatype="{http://www.w3.org/2001/XMLSchema}integer"),
            Extension(NS, "b", True),
            Extension(NS, "c", None),
        ),
    )
    assert lines(event)[4:] == [f"{{{NS}}}a=12", f"{{{NS}}}b=true", f"{{{NS}}}c"]
    assert lines(event, "legacy-1.9.3")[4:] == [
        f"{{{NS}}}a=12",
        "{http://www.w3.org/2001/XMLSchema-instance}type=xsd:integer",
        f"{{{NS}}}b=True",
        f"{{{NS}}}c=None",
    ]


def test_the_old_version_expanded_prefixes_in_the_values_of_json() -> None:
    event = ObjectEvent(
        **TIME,
        action="OBSERVE",
        biz_step="ex:weighing",
        sensor_element_list=[{"sensor_report": [{"type": "Temperature", "boolean_value": True}]}],
        extensions={f"{{{NS}}}a": "ex:b", f"{{{NS}}}c": "cbv:Comp-x", "cbvmda:lotNumber": "L1"},
    )
    old = lines(event, "legacy-1.9.3", json_prefixes=[("ex", NS)])
    assert old[4:] == [
        f"bizStep={NS}weighing",
        "sensorElementList",
        "sensorElement",
        "sensorReport",
        "type=https://gs1.org/voc/Temperature",
        "booleanValue=True",
        "cbvmda:lotNumber=L1",
        f"{{{NS}}}a={NS}b",
        f"{{{NS}}}c=cbv:Comp-x",
    ]
    assert lines(event, json_prefixes=[("ex", NS)]) == lines(event)
    uri = event_hash(event, version="legacy-1.9.3", json_prefixes=[("ex", NS)])
    assert matching_version(event, uri) is None
    assert matching_version(event, uri, json_prefixes=[("ex", NS)]) == "legacy-1.9.3"
    twin = event_hash(event, version="legacy-1.9.3")
    assert matching_version(event, twin, json_prefixes=[("ex", NS)]) == "legacy-1.9.3"


def test_attributes_of_elements_of_the_standard_are_hashed_like_any_attribute() -> None:
    carried = Extension("urn:x-epcis-kit:carried:", "attributes", "", attributes=(("odd", "1"), (f"{{{NS}}}flag", "2")))
    event = ObjectEvent(
        **TIME,
        action="OBSERVE",
        biz_transaction_list=[{"type": "po", "biz_transaction": " "}],
        ilmd=(carried, Extension(NS, "a", "1")),
        extensions=(carried, Extension("urn:x-epcis-kit:carried:", "text", "stray")),
    )
    assert lines(event)[4:] == [
        "bizTransactionList",
        "type=https://ref.gs1.org/cbv/BTT-po",
        "bizTransaction",
        "ilmd",
        "odd=1",
        f"{{{NS}}}a=1",
        f"{{{NS}}}flag=2",
        "odd=1",
        f"{{{NS}}}flag=2",
    ]
