"""Rules that one event alone decides.

Takes an event of the model; yields :class:`~epcis_kit.validate.rules.Problem` values. Guarantees: no rule looks outside
its event, none changes anything, each costs time linear in the event. The published schemas leave most of these open
(the XSD has no CBV words, no offset pattern and no check digits), which is why schema-valid files are rejected by
partners.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import vocab
from epcis_kit.errors import shorten
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model import (
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    TransactionEvent,
    TransformationEvent,
)
from epcis_kit.validate.rules import Problem, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Destination, QuantityElement, Source
    from epcis_kit.vocab import Kind

__all__ = ["RULES", "class_fields", "instance_fields"]

_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00").fullmatch
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+").fullmatch
_UOM: Final = re.compile(r"[A-Z0-9]{2,3}").fullmatch
_CBV_URN: Final = "urn:epcglobal:cbv:"
_CBV_WEB: Final = ("https://ref.gs1.org/cbv/", "http://ref.gs1.org/cbv/", "cbv:")
_SGTIN: Final = "urn:epc:id:sgtin:9521234.000001.1"
_SSCC: Final = "urn:epc:id:sscc:9521234.0000000001"
_LGTIN: Final = "urn:epc:class:lgtin:9521234.000001.A1"

_Memory = dict[str, Any]


def instance_fields(event: Event) -> Iterator[tuple[str, str]]:
    """Every identifier of the event that should name one object, with its place."""
    for name, field in (
        ("epcList", "epc_list"),
        ("childEPCs", "child_epcs"),
        ("inputEPCList", "input_epc_list"),
        ("outputEPCList", "output_epc_list"),
    ):
        for index, epc in enumerate(getattr(event, field, ())):
            yield f"{name}/{index}", epc
    parent = getattr(event, "parent_id", None)
    if parent is not None:
        yield "parentID", parent


def class_fields(event: Event) -> Iterator[tuple[str, QuantityElement]]:
    """Every quantity of the event, with its place."""
    for name, field in (
        ("quantityList", "quantity_list"),
        ("childQuantityList", "child_quantity_list"),
        ("inputQuantityList", "input_quantity_list"),
        ("outputQuantityList", "output_quantity_list"),
    ):
        for index, element in enumerate(getattr(event, field, ())):
            yield f"{name}/{index}", element


def _identifiers(event: Event) -> Iterator[tuple[str, str]]:
    yield from instance_fields(event)
    for path, element in class_fields(event):
        yield f"{path}/epcClass", element.epc_class
    if event.read_point is not None:
        yield "readPoint/id", event.read_point.id
    if event.biz_location is not None:
        yield "bizLocation/id", event.biz_location.id
    for index, source in enumerate(event.source_list):
        yield f"sourceList/{index}/source", source.source
    for index, destination in enumerate(event.destination_list):
        yield f"destinationList/{index}/destination", destination.destination


def _uris(event: Event, _memory: _Memory) -> Iterator[Problem]:
    for path, text in _identifiers(event):
        if _URI(text) is None:
            yield Problem(
                f"Cannot use {shorten(text)} as an identifier: expected a URI such as {_SGTIN!r} or a Digital Link.",
                path,
                (("value", text[:200]),),
            )


def _gs1_keys(event: Event, _memory: _Memory) -> Iterator[Problem]:
    for path, text in _identifiers(event):
        problem = trace_key(text).problem
        if problem is not None:
            yield Problem(problem, path, (("value", text[:200]),))


def _instance_level(event: Event, _memory: _Memory) -> Iterator[Problem]:
    for path, text in instance_fields(event):
        level = trace_key(text).level
        if level in {"lot", "class"} and not (path == "parentID" and level == "lot"):
            yield Problem(
                f"Cannot use {shorten(text)} here: expected one object (with a serial number), got a whole {level}.",
                path,
                (("value", text[:200]), ("level", level)),
            )


def _class_level(event: Event, _memory: _Memory) -> Iterator[Problem]:
    for path, element in class_fields(event):
        key = trace_key(element.epc_class)
        if key.level == "instance" and key.class_key is not None:
            yield Problem(
                f"Cannot use {shorten(element.epc_class)} here: expected a class or a lot, got one object.",
                f"{path}/epcClass",
                (("value", element.epc_class[:200]),),
            )


def _offset(event: Event, _memory: _Memory) -> Iterator[Problem]:
    text = event.event_time_zone_offset
    if _OFFSET(text) is None:
        yield Problem(
            f"Cannot read eventTimeZoneOffset {shorten(text)}: expected +hh:mm or -hh:mm, at most 14:00.",
            "eventTimeZoneOffset",
            (("value", text[:200]),),
        )


def _offset_differs(event: Event, _memory: _Memory) -> Iterator[Problem]:
    own = event.event_time.offset
    if own not in {"Z", "+00:00", "-00:00"} and own != event.event_time_zone_offset:
        yield Problem(
            f"eventTime is written with offset {own!r}, but eventTimeZoneOffset is {event.event_time_zone_offset!r}.",
            "eventTimeZoneOffset",
            (("eventTime", own), ("eventTimeZoneOffset", event.event_time_zone_offset)),
        )


def _recorded_before(event: Event, _memory: _Memory) -> Iterator[Problem]:
    if event.record_time is not None and event.record_time < event.event_time:
        yield Problem(
            f"recordTime {event.record_time.text!r} is earlier than eventTime {event.event_time.text!r}.", "recordTime"
        )


def _object_has_objects(event: Event, _memory: _Memory) -> Iterator[Problem]:
    if isinstance(event, ObjectEvent) and not (event.epc_list or event.quantity_list or event.sensor_element_list):
        yield Problem("This ObjectEvent names no object: epcList, quantityList and sensorElementList are all empty.")


def _aggregation_complete(event: Event, _memory: _Memory) -> Iterator[Problem]:
    if isinstance(event, AggregationEvent) and event.action != "OBSERVE" and event.parent_id is None:
        yield Problem(f"This AggregationEvent with action {event.action} has no parentID.")
    if (
        isinstance(event, (AggregationEvent, AssociationEvent))
        and event.action != "DELETE"
        and not (event.child_epcs or event.child_quantity_list)
    ):
        yield Problem(f"This {event.type} with action {event.action} has no children.")


def _transformation_complete(event: Event, _memory: _Memory) -> Iterator[Problem]:
    if not isinstance(event, TransformationEvent):
        return
    inputs = event.input_epc_list or event.input_quantity_list
    outputs = event.output_epc_list or event.output_quantity_list
    if not inputs and not outputs:
        yield Problem("This TransformationEvent has neither inputs nor outputs.")
    elif event.transformation_id is None and not (inputs and outputs):
        lacking = "outputs" if inputs else "inputs"
        yield Problem(
            f"This TransformationEvent has no {lacking} and no transformationID that would join it to others."
        )


def _transaction_complete(event: Event, _memory: _Memory) -> Iterator[Problem]:
    if isinstance(event, TransactionEvent) and not event.biz_transaction_list:
        yield Problem("This TransactionEvent has no bizTransaction.")


def _ilmd_place(event: Event, _memory: _Memory) -> Iterator[Problem]:
    if isinstance(event, ObjectEvent) and event.ilmd is not None and event.action != "ADD":
        yield Problem(f"This ObjectEvent has ilmd with action {event.action}: expected action ADD.", "ilmd")


def _quantities(event: Event, _memory: _Memory) -> Iterator[Problem]:
    for path, element in class_fields(event):
        quantity = element.quantity
        if quantity is None:
            if element.uom is not None:
                yield Problem(f"uom {element.uom!r} stands without a quantity.", f"{path}/uom")
            continue
        if not quantity.is_finite() or quantity <= 0:
            yield Problem(
                f"Cannot use quantity {quantity}: expected more than 0.",
                f"{path}/quantity",
                (("value", str(quantity)),),
            )
        elif element.uom is None and quantity != quantity.to_integral_value():
            yield Problem(
                f"Cannot use quantity {quantity} without uom: expected a whole number of pieces.",
                f"{path}/quantity",
                (("value", str(quantity)),),
            )


def _uoms(event: Event, _memory: _Memory) -> Iterator[Problem]:
    for path, element in class_fields(event):
        if element.uom is not None and _UOM(element.uom) is None:
            yield Problem(
                f"Cannot use uom {shorten(element.uom)}: expected a UN/ECE Recommendation 20 code such as 'KGM'.",
                f"{path}/uom",
                (("value", element.uom[:200]),),
            )


def _twice(event: Event, _memory: _Memory) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for path, text in instance_fields(event):
        key = (path.partition("/")[0], trace_key(text).key)
        if key in seen:
            yield Problem(f"{shorten(text)} stands in this list twice, first at {seen[key]}.", path)
        else:
            seen[key] = path


def _own_parent(event: Event, _memory: _Memory) -> Iterator[Problem]:
    parent = getattr(event, "parent_id", None)
    if parent is None:
        return
    own = trace_key(parent).key
    for path, text in instance_fields(event):
        if path.startswith("childEPCs") and trace_key(text).key == own:
            yield Problem(f"The parent {shorten(parent)} is among its own children.", path)


def _words(event: Event, _memory: _Memory) -> Iterator[Problem]:
    values: list[tuple[str, Kind, str | None]] = [
        ("bizStep", "biz_step", event.biz_step),
        ("disposition", "disposition", event.disposition),
    ]
    if event.persistent_disposition is not None:
        for name in ("set", "unset"):
            words = getattr(event.persistent_disposition, name)
            values += [
                (f"persistentDisposition/{name}/{index}", "disposition", word) for index, word in enumerate(words)
            ]
    values += [
        (f"bizTransactionList/{index}/type", "biz_transaction_type", item.type)
        for index, item in enumerate(event.biz_transaction_list)
    ]
    values += [
        (f"sourceList/{index}/type", "source_dest_type", item.type) for index, item in enumerate(event.source_list)
    ]
    values += [
        (f"destinationList/{index}/type", "source_dest_type", item.type)
        for index, item in enumerate(event.destination_list)
    ]
    if event.error_declaration is not None:
        values.append(("errorDeclaration/reason", "error_reason", event.error_declaration.reason))
    for path, kind, word in values:
        if word is None or vocab.is_term(kind, word):
            continue
        if ":" in word and not word.startswith((_CBV_URN, *_CBV_WEB)):
            continue
        near = vocab.suggest(kind, re.split(r"[:/-]", word)[-1][:60])
        yield Problem(
            f"{shorten(word)} is no word of the CBV: expected a word of its list, or a URI of your own."
            + (f" Did you mean {near!r}?" if near else ""),
            path,
            (("value", word[:200]), ("suggestion", near or "")),
        )


def _typed(event: Event, _memory: _Memory) -> Iterator[Problem]:
    lists: tuple[tuple[str, tuple[Source | Destination, ...]], ...] = (
        ("sourceList", event.source_list),
        ("destinationList", event.destination_list),
    )
    for name, items in lists:
        for index, item in enumerate(items):
            if item.type is None:
                yield Problem(f"This entry of {name} has no type.", f"{name}/{index}")


def _event_id(event: Event, _memory: _Memory) -> Iterator[Problem]:
    if event.event_id is not None and _URI(event.event_id) is None:
        yield Problem(
            f"Cannot use {shorten(event.event_id)} as eventID: expected a URI such as 'urn:uuid:…' or 'ni:///…'.",
            "eventID",
            (("value", event.event_id[:200]),),
        )


def _contradiction(event: Event, _memory: _Memory) -> Iterator[Problem]:
    both = event.persistent_disposition
    if both is not None:
        for word in both.set:
            if word in both.unset:
                yield Problem(f"persistentDisposition both sets and unsets {word!r}.", "persistentDisposition")


def _document_ids(event: Event, memory: _Memory) -> Iterator[Problem]:
    if event.event_id is None or event.error_declaration is not None:
        return
    seen: dict[str, int] = memory.setdefault("event_ids", {})
    count = memory["count"] = memory.get("count", -1) + 1
    if event.event_id in seen:
        yield Problem(f"eventID {shorten(event.event_id)} stands in this document twice.", "eventID")
    else:
        seen[event.event_id] = count


def _object(**values: Any) -> dict[str, Any]:
    return {"type": "ObjectEvent", "action": "OBSERVE", "epcList": [_SGTIN], **values}


def _packed(**values: Any) -> dict[str, Any]:
    return {"type": "AggregationEvent", "action": "ADD", "parentID": _SSCC, "childEPCs": [_SGTIN], **values}


def _amount(**values: Any) -> dict[str, Any]:
    return _object(quantityList=[{"epcClass": _LGTIN, **values}])


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="ID-001",
        severity="error",
        layer="identifier",
        statement="Every identifier is a URI.",
        hint="Write GS1 keys as an EPC URN or a GS1 Digital Link, and your own numbers as a URI of your own.",
        source="EPCIS 2.0, 6.4; CBV 2.0, 8",
        good=_object(),
        bad=_object(epcList=["(01)09521234000013(21)1"]),
        check=_uris,
    ),
    Rule(
        id="ID-002",
        severity="error",
        layer="identifier",
        statement="A text that claims to be a GS1 key has its length, characters and check digit.",
        hint="Take the number from the label or the master data again; a check digit is never to be guessed.",
        source="GS1 General Specifications, 7.9; TDS 2.0, 6",
        good=_object(epcList=["https://id.gs1.org/01/09521234000013/21/1"]),
        bad=_object(epcList=["https://id.gs1.org/01/09521234000014/21/1"]),
        check=_gs1_keys,
    ),
    Rule(
        id="ID-008",
        severity="error",
        layer="identifier",
        statement="Lists of objects hold instance-level identifiers.",
        hint="Put classes and lots with their amounts into quantityList.",
        source="CBV 2.0, 8.1",
        good=_object(),
        bad=_object(epcList=[_LGTIN]),
        check=_instance_level,
    ),
    Rule(
        id="ID-009",
        severity="error",
        layer="identifier",
        statement="Quantities belong to class-level identifiers.",
        hint="Put single objects into epcList.",
        source="CBV 2.0, 8.3",
        good=_amount(quantity=5),
        bad=_object(quantityList=[{"epcClass": _SGTIN, "quantity": 1}]),
        check=_class_level,
    ),
    Rule(
        id="TIM-002",
        severity="error",
        layer="event",
        statement="eventTimeZoneOffset is written as +hh:mm or -hh:mm.",
        hint="Write '+00:00' for UTC; 'Z' and '+0000' are no offsets.",
        source="EPCIS 2.0, 7.4.1",
        good=_object(eventTimeZoneOffset="+00:00"),
        bad=_object(eventTimeZoneOffset="Z"),
        check=_offset,
    ),
    Rule(
        id="TIM-003",
        severity="warning",
        layer="plausibility",
        statement="The offset of eventTime, unless it is UTC, agrees with eventTimeZoneOffset.",
        hint="Check which of the two the place really had; the instant is taken from eventTime.",
        source="EPCIS 2.0, 7.4.1",
        good=_object(eventTime="2024-03-01T09:00:00+01:00", eventTimeZoneOffset="+01:00"),
        bad=_object(eventTime="2024-03-01T09:00:00+03:00", eventTimeZoneOffset="+02:00"),
        check=_offset_differs,
    ),
    Rule(
        id="TIM-005",
        severity="warning",
        layer="plausibility",
        statement="An event is recorded after it happened.",
        hint="Check the clock of the capturing system and its time zone.",
        source="EPCIS 2.0, 7.4.1",
        good=_object(recordTime="2024-03-02T09:00:00Z"),
        bad=_object(recordTime="2024-02-01T09:00:00Z"),
        check=_recorded_before,
    ),
    Rule(
        id="EVT-002",
        severity="error",
        layer="event",
        statement="An ObjectEvent names objects, quantities or sensor data.",
        hint="Fill epcList or quantityList.",
        source="EPCIS 2.0, 7.4.2",
        good=_object(),
        bad={"type": "ObjectEvent", "action": "OBSERVE", "epcList": []},
        check=_object_has_objects,
    ),
    Rule(
        id="EVT-003",
        severity="error",
        layer="event",
        statement="An aggregation that is made or ended names its parent; one that is made or seen names its children.",
        hint="Give parentID, and childEPCs or childQuantityList; only a DELETE may leave the children out.",
        source="EPCIS 2.0, 7.4.3 and 7.4.6",
        good=_packed(),
        bad={"type": "AggregationEvent", "action": "ADD", "childEPCs": [_SGTIN]},
        check=_aggregation_complete,
    ),
    Rule(
        id="EVT-004",
        severity="error",
        layer="event",
        statement="A TransformationEvent has inputs and outputs, or a transformationID that joins it to others.",
        hint="Name both sides, or give all parts of one transformation the same transformationID.",
        source="EPCIS 2.0, 7.4.5",
        good={"type": "TransformationEvent", "inputEPCList": [_SGTIN], "outputEPCList": [_SGTIN + "2"]},
        bad={"type": "TransformationEvent", "outputEPCList": [_SGTIN]},
        check=_transformation_complete,
    ),
    Rule(
        id="EVT-005",
        severity="error",
        layer="event",
        statement="A TransactionEvent has at least one bizTransaction.",
        hint="Name the transaction, or use an ObjectEvent.",
        source="EPCIS 2.0, 7.4.4",
        good={
            "type": "TransactionEvent",
            "action": "ADD",
            "epcList": [_SGTIN],
            "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521234000006:1"}],
        },
        bad={"type": "TransactionEvent", "action": "ADD", "epcList": [_SGTIN], "bizTransactionList": []},
        check=_transaction_complete,
    ),
    Rule(
        id="EVT-006",
        severity="error",
        layer="event",
        statement="ILMD stands only where objects come into being.",
        hint="Move lot and expiry to the ObjectEvent with action ADD or to the TransformationEvent.",
        source="EPCIS 2.0, 7.3.8",
        good=_object(action="ADD", ilmd={"cbvmda:lotNumber": "A1"}),
        bad=_object(ilmd={"cbvmda:lotNumber": "A1"}),
        check=_ilmd_place,
    ),
    Rule(
        id="EVT-007",
        severity="error",
        layer="event",
        statement="A quantity is more than 0, a whole number where it has no uom; a uom has a quantity.",
        hint="Give the unit of measures, and leave both out where the amount is not known.",
        source="EPCIS 2.0, 7.3.3.3",
        good=_amount(quantity=0.5, uom="KGM"),
        bad=_amount(quantity=0.5),
        check=_quantities,
    ),
    Rule(
        id="EVT-008",
        severity="error",
        layer="event",
        statement="A uom is a code of UN/ECE Recommendation 20.",
        hint="For example KGM (kilogram), LTR (litre), GRM (gram); pieces have no uom.",
        source="EPCIS 2.0, 7.3.3.3",
        good=_amount(quantity=5, uom="KGM"),
        bad=_amount(quantity=5, uom="kg"),
        check=_uoms,
    ),
    Rule(
        id="EVT-009",
        severity="error",
        layer="event",
        statement="No object stands in one list twice, in whatever spelling.",
        hint="Remove the second mention.",
        source="EPCIS 2.0, 7.4.2",
        good=_object(),
        bad=_object(epcList=[_SGTIN, "https://id.gs1.org/01/09521234000013/21/1"]),
        check=_twice,
    ),
    Rule(
        id="EVT-010",
        severity="error",
        layer="event",
        statement="A parent is not among its own children.",
        hint="Check which identifier is the container.",
        source="EPCIS 2.0, 7.4.3",
        good=_packed(),
        bad=_packed(childEPCs=[_SSCC]),
        check=_own_parent,
    ),
    Rule(
        id="EVT-011",
        severity="error",
        layer="standard",
        statement="A word in the namespace of the CBV is a word of the CBV.",
        hint="Use a word of the list, or a URI in a namespace of your own.",
        source="CBV 2.0, 7",
        good=_object(bizStep="shipping"),
        bad=_object(bizStep="shiping"),
        check=_words,
    ),
    Rule(
        id="EVT-016",
        severity="error",
        layer="event",
        statement="Every source and destination has a type.",
        hint="Use owning_party, possessing_party or location.",
        source="EPCIS 2.0, 7.3.5.5",
        good=_object(sourceList=[{"type": "location", "source": "urn:epc:id:sgln:9521234.00001.0"}]),
        bad=_object(sourceList=[{"source": "urn:epc:id:sgln:9521234.00001.0"}]),
        check=_typed,
    ),
    Rule(
        id="EVT-018",
        severity="error",
        layer="event",
        statement="An eventID is a URI.",
        hint="Write 'urn:uuid:' in front of a UUID, or use the event hash.",
        source="EPCIS 2.0, 7.4.1",
        good=_object(eventID="urn:uuid:00000000-0000-4000-8000-000000000001"),
        bad=_object(eventID="evt-001"),
        check=_event_id,
    ),
    Rule(
        id="EVT-024",
        severity="warning",
        layer="event",
        statement="A persistent disposition is not set and unset by the same event.",
        hint="Decide which of the two holds.",
        source="EPCIS 2.0, 7.4.1",
        good=_object(persistentDisposition={"set": ["recalled"], "unset": ["active"]}),
        bad=_object(persistentDisposition={"set": ["recalled"], "unset": ["recalled"]}),
        check=_contradiction,
    ),
    Rule(
        id="DOC-009",
        severity="warning",
        layer="document",
        scope="document",
        statement="No eventID stands in a document twice, unless the second is an error declaration.",
        hint="Send each event once.",
        source="EPCIS 2.0, 7.4.1",
        good=_object(eventID="urn:uuid:1"),
        bad=[_object(eventID="urn:uuid:1"), _object(eventID="urn:uuid:1")],
        check=_document_ids,
    ),
)
"""The rules, in the order in which their findings are reported."""
