"""Events and documents: frozen in depth, equal by content, both spellings of every name."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import Any

import pydantic
import pytest

import epcis_kit as ek
from epcis_kit.model import (
    EVENT_TYPES,
    Document,
    Event,
    Extension,
    Header,
    ObjectEvent,
    OpaqueEvent,
    QuantityElement,
    ReadPoint,
    Sbdh,
    SensorReport,
    find_extensions,
)

WHEN = {"event_time": "2024-03-01T09:00:00+01:00", "event_time_zone_offset": "+01:00"}


def test_python_names_and_json_names_build_the_same_event() -> None:
    by_python = ek.ObjectEvent(
        event_time="2024-03-01T09:00:00+01:00",
        event_time_zone_offset="+01:00",
        event_id="urn:uuid:1",
        action="ADD",
        epc_list=["urn:epc:id:sgtin:9521234.000001.1"],
        quantity_list=[QuantityElement(epc_class="urn:epc:class:lgtin:9521234.000002.L", quantity="1.10", uom="KGM")],
        biz_step="commissioning",
        read_point=ReadPoint(id="urn:epc:id:sgln:9521234.00001.0"),
        ilmd={"cbvmda:lotNumber": "L"},
    )
    by_json = ObjectEvent.model_validate(
        {
            "type": "ObjectEvent",
            "eventTime": "2024-03-01T08:00:00.000Z",
            "eventTimeZoneOffset": "+01:00",
            "eventID": "urn:uuid:1",
            "action": "ADD",
            "epcList": ["urn:epc:id:sgtin:9521234.000001.1"],
            "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000002.L", "quantity": "1.10", "uom": "KGM"}],
            "bizStep": "commissioning",
            "readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0"},
            "ilmd": {"{urn:epcglobal:cbv:mda}lotNumber": "L"},
        }
    )
    assert by_python == by_json
    assert hash(by_python) == hash(by_json)
    assert str(by_json.quantity_list[0].quantity) == "1.10"
    assert pickle.loads(pickle.dumps(by_json)) == by_json


def test_nothing_can_be_changed_in_depth() -> None:
    event = ObjectEvent(**WHEN, action="ADD", epc_list=["a"], ilmd={"cbvmda:lotNumber": ["L"]}, read_point={"id": "x"})
    with pytest.raises(pydantic.ValidationError):
        event.action = "DELETE"  # type: ignore[misc]
    with pytest.raises(pydantic.ValidationError):
        event.read_point.id = "y"  # type: ignore[misc, union-attr]
    assert isinstance(event.epc_list, tuple)
    assert event.ilmd is not None
    with pytest.raises(AttributeError, match="an Extension cannot be changed: value"):
        event.ilmd[0].value = "M"
    assert isinstance(event.model_copy(update={"action": "OBSERVE"}), ObjectEvent)


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_unknown_fields_and_missing_times_are_refused(name: str) -> None:
    cls = EVENT_TYPES[name]
    required: dict[str, Any] = {} if name == "TransformationEvent" else {"action": "ADD"}
    required |= {"parent_id": "p"} if name == "AssociationEvent" else {}
    event = cls(**WHEN, **required)
    assert event.type == name
    with pytest.raises(pydantic.ValidationError, match="Extra inputs are not permitted"):
        cls(**{**WHEN, **required, "bizstep": "shipping"})
    with pytest.raises(pydantic.ValidationError, match="expected a zone at the end"):
        cls(**{**WHEN, "event_time": "2024-03-01T09:00:00"}, **required)


def test_an_action_is_one_of_three() -> None:
    with pytest.raises(pydantic.ValidationError, match="'ADD', 'OBSERVE' or 'DELETE'"):
        ObjectEvent(**WHEN, action="add")


def test_numbers_keep_their_digits_and_booleans_are_none() -> None:
    assert str(SensorReport(value="26.0").value) == "26.0"
    assert SensorReport(value=0.1).value == Decimal("0.1")
    assert SensorReport(value=26) == SensorReport(value="26.00")
    with pytest.raises(pydantic.ValidationError, match="expected digits, got a boolean"):
        SensorReport(value=True)


def test_a_quantity_event_is_remembered_and_equal_all_the_same() -> None:
    plain = ObjectEvent(**WHEN, action="OBSERVE")
    remembered = ObjectEvent(**WHEN, action="OBSERVE", origin_type="QuantityEvent")
    assert plain == remembered
    assert hash(plain) == hash(remembered)
    assert remembered.origin_type == "QuantityEvent"


def test_extensions_of_other_order_are_equal_and_values_of_one_name_are_ordered() -> None:
    one = ObjectEvent(**WHEN, action="ADD", extensions={"{urn:x}a": [1, 2], "{urn:x}b": "t"})
    two = ObjectEvent(**WHEN, action="ADD", extensions={"{urn:x}b": "t", "{urn:x}a": [1, 2]})
    three = ObjectEvent(**WHEN, action="ADD", extensions={"{urn:x}b": "t", "{urn:x}a": [2, 1]})
    assert one == two
    assert hash(one) == hash(two)
    assert one != three


def test_checked_values_give_the_same_event_as_building_it() -> None:
    built = ObjectEvent(**WHEN, action="ADD", epc_list=["a"])
    assert (
        ObjectEvent.from_checked(
            {"event_time": built.event_time, "event_time_zone_offset": "+01:00", "action": "ADD", "epc_list": ("a",)}
        )
        == built
    )


def test_a_document_takes_events_as_values_and_as_dicts() -> None:
    event = ObjectEvent(**WHEN, action="ADD")
    document = Document(
        events=[event, {"type": "ex:Moved", "eventTime": "2024-03-01T09:00:00Z", "eventTimeZoneOffset": "+00:00"}]
    )
    assert len(document) == 2
    assert next(iter(document)) is event
    assert isinstance(document.events[1], OpaqueEvent)
    assert document.events[1].type == "ex:Moved"
    assert Document(events=[event], namespaces=[("ex", "urn:x")]) == Document(events=[event])


def test_a_header_that_says_nothing_is_no_header() -> None:
    assert Document(header=Header()) == Document()
    assert hash(Document(header=Header())) == hash(Document())
    assert Document(header=Header(sbdh=Sbdh())) != Document()


def test_extension_equality_is_lexical() -> None:
    assert Extension("urn:x", "n", 12) == Extension("urn:x", "n", "12", datatype="{urn:t}integer", prefix="p")
    assert Extension("urn:x", "n", ()) == Extension("urn:x", "n", "") == Extension("urn:x", "n", None)
    assert Extension("urn:x", "n", 12) != Extension("urn:y", "n", 12)
    assert Extension("urn:x", "n", "a", attributes=(("b", "1"), ("a", "2"))) == Extension(
        "urn:x", "n", "a", attributes=(("a", "2"), ("b", "1"))
    )
    mixed = Extension("urn:x", "n", ("a", Extension("", "b", "c"), "d"))
    assert mixed != Extension("urn:x", "n", (Extension("", "b", "c"), "a", "d"))
    assert mixed.mixed
    assert mixed.text == "ad"
    assert mixed.children == (Extension("", "b", "c"),)


def test_extensions_from_plain_values() -> None:
    assert Extension.from_mapping(
        {"ex:a": {"b": True, "c": None}, "https://ns.example.com/d": [], "plain": 1.5}, {"ex": "urn:x"}
    ) == (
        Extension("urn:x", "a", (Extension("", "b", True), Extension("", "c", None))),
        Extension("https://ns.example.com/", "d", (), array="empty"),
        Extension("", "plain", Decimal("1.5")),
    )
    with pytest.raises(ValueError, match="expected a declared prefix") as caught:
        Extension.from_mapping({"zz:a": 1})
    assert str(caught.value) == (
        "Cannot read extension name 'zz:a': expected a declared prefix (cbv, cbvmda, epcis, gs1), got 'zz'."
    )
    with pytest.raises(ValueError, match="got object"):
        Extension.from_mapping({"a": object()})
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"a": deep}
    with pytest.raises(ValueError, match="at most 64 levels"):
        Extension.from_mapping(deep)


def test_extensions_are_found_by_any_form_of_their_name() -> None:
    extensions = (
        Extension("urn:epcglobal:cbv:mda", "lotNumber", "A"),
        Extension("urn:epcglobal:cbv:mda:", "lotNumber", "B"),
        Extension("urn:x", "lotNumber", "C"),
    )
    assert [found.value for found in find_extensions(extensions, "cbvmda:lotNumber")] == ["A", "B"]
    assert [found.value for found in find_extensions(extensions, "{urn:x}lotNumber")] == ["C"]
    assert [found.value for found in find_extensions(extensions, "lotNumber")] == ["A", "B", "C"]


def test_every_field_of_the_event_table_is_there() -> None:
    fields: dict[str, set[str]] = {
        name: {field.alias or key for key, field in cls.model_fields.items()} for name, cls in EVENT_TYPES.items()
    }
    common = {
        "type", "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo",
        "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList",
        "sourceList", "destinationList", "sensorElementList", "extensions",
    }  # fmt: skip
    assert fields == {
        "ObjectEvent": common | {"action", "epcList", "quantityList", "ilmd", "originType"},
        "AggregationEvent": common | {"action", "parentID", "childEPCs", "childQuantityList"},
        "AssociationEvent": common | {"action", "parentID", "childEPCs", "childQuantityList"},
        "TransactionEvent": common | {"action", "parentID", "epcList", "quantityList"},
        "TransformationEvent": common
        | {
            "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", "ilmd",
        },
    }  # fmt: skip
    assert {field.alias or key for key, field in Event.model_fields.items()} == common
