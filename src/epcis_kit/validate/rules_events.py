"""Rules about the shape of one event: does it name what its type and action ask for, and nothing that contradicts it?

Takes one event; yields problems. Guarantees: no rule looks outside its event, and each costs time linear in the event.
The published XSD leaves most of these open, which is why schema-valid files are rejected by partners.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import AggregationEvent, AssociationEvent, ObjectEvent, TransformationEvent
    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_UOM: Final = re.compile(r"[A-Z0-9]{2,3}").fullmatch
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+").fullmatch


@rule("EVT-002", types=("ObjectEvent",))
def object_has_objects(look: Look) -> Iterator[Problem]:
    event = cast("ObjectEvent", look.event)
    if not (event.epc_list or event.quantity_list or event.sensor_element_list):
        yield problem()


@rule("EVT-003", types=("AggregationEvent", "AssociationEvent"))
def aggregation_complete(look: Look) -> Iterator[Problem]:
    event = cast("AggregationEvent | AssociationEvent", look.event)
    if event.parent_id is None and event.action != "OBSERVE":
        yield problem("parent", action=event.action)
    if event.action != "DELETE" and not (event.child_epcs or event.child_quantity_list):
        yield problem("children", type=event.type, action=event.action)


@rule("EVT-004", types=("TransformationEvent",))
def transformation_complete(look: Look) -> Iterator[Problem]:
    event = cast("TransformationEvent", look.event)
    inputs = event.input_epc_list or event.input_quantity_list
    outputs = event.output_epc_list or event.output_quantity_list
    if not inputs and not outputs:
        yield problem("nothing")
    elif event.transformation_id is None and not (inputs and outputs):
        yield problem("half", lacking="outputs" if inputs else "inputs")


@rule("EVT-005", types=("TransactionEvent",))
def transaction_complete(look: Look) -> Iterator[Problem]:
    if not look.event.biz_transaction_list:
        yield problem()


@rule("EVT-006", types=("ObjectEvent",))
def ilmd_place(look: Look) -> Iterator[Problem]:
    event = cast("ObjectEvent", look.event)
    if event.ilmd is not None and event.action != "ADD":
        yield problem("default", "ilmd", action=event.action)


@rule("EVT-007")
def quantities(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.classes:
        element = mention.element
        if element is None:
            continue
        quantity = element.quantity
        if quantity is None:
            if element.uom is not None:
                yield problem("alone", f"{mention.field}/{mention.at}/uom", value=element.uom)
        elif not quantity.is_finite() or quantity <= 0:
            yield problem("positive", f"{mention.field}/{mention.at}/quantity", value=quantity)
        elif element.uom is None and quantity != quantity.to_integral_value():
            yield problem("whole", f"{mention.field}/{mention.at}/quantity", value=quantity)


@rule("EVT-008")
def units(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.classes:
        element = mention.element
        if element is not None and element.uom is not None and _UOM(element.uom) is None:
            yield problem("default", f"{mention.field}/{mention.at}/uom", value=element.uom)


@rule("EVT-009")
def named_once(look: Look) -> Iterator[Problem]:
    objects = look.mentions.objects
    if len(objects) < 2:
        return
    seen: dict[tuple[str, str], str] = {}
    for mention in objects:
        key = (mention.field, mention.key.key)
        if key in seen:
            yield problem("default", mention.path, value=mention.text, first=seen[key])
        else:
            seen[key] = mention.path


@rule("EVT-010", types=("AggregationEvent", "TransactionEvent", "AssociationEvent"))
def own_parent(look: Look) -> Iterator[Problem]:
    parent = look.mentions.parent
    if parent is not None:
        for mention in look.mentions.objects:
            if mention is not parent and mention.key.key == parent.key.key:
                yield problem("default", mention.path, value=mention.text)


@rule("EVT-016")
def typed(look: Look) -> Iterator[Problem]:
    for index, source in enumerate(look.event.source_list):
        if source.type is None:
            yield problem("default", f"sourceList/{index}", list="sourceList")
    for index, destination in enumerate(look.event.destination_list):
        if destination.type is None:
            yield problem("default", f"destinationList/{index}", list="destinationList")


@rule("EVT-018")
def event_id(look: Look) -> Iterator[Problem]:
    text = look.event.event_id
    if text is not None and _URI(text) is None:
        yield problem("default", "eventID", value=text)


@rule("EVT-024")
def no_contradiction(look: Look) -> Iterator[Problem]:
    both = look.event.persistent_disposition
    if both is not None:
        for word in both.set:
            if word in both.unset:
                yield problem("default", "persistentDisposition", value=word)
