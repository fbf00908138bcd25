"""Rules about the shape of one event: does it name what its type and action ask for, and nothing that contradicts it?

Takes one event; yields problems. Guarantees: no rule looks outside its event, and each costs time linear in the event.
The published XSD leaves most of these open, which is why schema-valid files are rejected by partners.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from epcis_kit import hashing
from epcis_kit.model import EVENT_TYPES
from epcis_kit.validate.rules import problem, rule
from epcis_kit.validate.rules_identifiers import is_placeholder, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import (
        AggregationEvent,
        AssociationEvent,
        Event,
        Extension,
        ObjectEvent,
        TransactionEvent,
        TransformationEvent,
    )
    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_UOM: Final = re.compile(r"[A-Z0-9]{2,3}").fullmatch
_MEANT: Final = {
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "kilogramme"), "KGM"),
    **dict.fromkeys(("g", "gr", "gram", "grams", "gramme"), "GRM"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "LBR"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "ONZ"),
    **dict.fromkeys(("t", "ton", "tons", "tonne", "tonnes"), "TNE"),
    **dict.fromkeys(("l", "ltr", "liter", "liters", "litre", "litres"), "LTR"),
    **dict.fromkeys(("ml", "milliliter", "millilitre"), "MLT"),
    **dict.fromkeys(("m", "meter", "metre"), "MTR"),
    **dict.fromkeys(("cm", "centimeter", "centimetre"), "CMT"),
    **dict.fromkeys(("mm", "millimeter", "millimetre"), "MMT"),
    **dict.fromkeys(("ea", "each", "pc", "pcs", "piece", "pieces", "unit", "units"), "C62"),
}
_FIELDS_ELSEWHERE: Final = frozenset({"action", "ilmd"})  # other rules speak of them
_OWN_NAMESPACES: Final = (
    "urn:epcglobal:epcis:xsd:",
    "urn:epcglobal:epcis-query:xsd:",
    "urn:epcglobal:epcis-masterdata:xsd:",
    "https://ref.gs1.org/epcis/",
    "https://ns.gs1.org/epcis/",
    "urn:epcglobal:xsd:",
)


def _has_own(event: Event, name: str) -> bool:
    """Whether a field of the standard stands where the event type has none; readers keep it as an extension."""
    return any(extension.name == name and not extension.namespace for extension in event.extensions)


@rule("EVT-001", types=("TransformationEvent",))
def no_action(look: Look) -> Iterator[Problem]:
    if look.event.extensions and _has_own(look.event, "action"):
        yield problem("transformation", "action")


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
    event = cast("TransactionEvent", look.event)
    if not event.biz_transaction_list:
        yield problem("transaction")
    if event.action != "DELETE" and not (event.epc_list or event.quantity_list):
        yield problem("objects", action=event.action)


@rule("EVT-006")
def ilmd_place(look: Look) -> Iterator[Problem]:
    event = look.event
    if event.type == "ObjectEvent":
        made = cast("ObjectEvent", event)
        if made.ilmd is not None and made.action != "ADD":
            yield problem("default", "ilmd", action=made.action)
    elif event.extensions and event.type in EVENT_TYPES and _has_own(event, "ilmd"):
        yield problem("type", "ilmd", type=event.type)


@rule("EVT-007", needs="classes")
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


@rule("EVT-008", needs="classes")
def units(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.classes:
        element = mention.element
        if element is not None and element.uom is not None and _UOM(element.uom) is None:
            meant = _MEANT.get(element.uom.strip().casefold().rstrip("."))
            path = f"{mention.field}/{mention.at}/uom"
            if meant is None:
                yield problem("default", path, value=element.uom)
            else:
                yield problem("near", path, value=element.uom, expected=meant)


@rule("EVT-009", needs="repeated")
def named_once(look: Look) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for mention in look.mentions.objects:
        key = (mention.field, mention.key.key)
        if key in seen:
            yield problem("default", mention.path, value=mention.text, first=seen[key])
        else:
            seen[key] = mention.path


@rule("EVT-010", types=("AggregationEvent", "TransactionEvent", "AssociationEvent"), needs="repeated")
def own_parent(look: Look) -> Iterator[Problem]:
    parent = look.mentions.parent
    if parent is not None:
        for mention in look.mentions.objects:
            if mention is not parent and mention.key.key == parent.key.key:
                yield problem("default", mention.path, value=mention.text)


@rule("EVT-016", needs="parties")
def typed(look: Look) -> Iterator[Problem]:
    for index, source in enumerate(look.event.source_list):
        if source.type is None:
            yield problem("default", f"sourceList/{index}", list="sourceList")
    for index, destination in enumerate(look.event.destination_list):
        if destination.type is None:
            yield problem("default", f"destinationList/{index}", list="destinationList")


@rule("EVT-017", needs="transactions")
def transactions_named(look: Look) -> Iterator[Problem]:
    for index, transaction in enumerate(look.event.biz_transaction_list):
        if transaction.type is None:
            yield problem("type", f"bizTransactionList/{index}", value=transaction.biz_transaction)
        text = transaction.biz_transaction
        if not is_uri(text) and not is_placeholder(text):
            yield problem("uri", f"bizTransactionList/{index}/bizTransaction", value=text)


@rule("EVT-018")
def event_id(look: Look) -> Iterator[Problem]:
    text = look.event.event_id
    if text is None:
        return
    if not is_uri(text):
        if not is_placeholder(text):
            yield problem("uri", "eventID", value=text)
    elif text[:3] == "ni:" and hashing.is_event_hash(text):
        prefixes = look.document.namespaces if look.document.format == "json" else None
        if hashing.matching_version(look.event, text, json_prefixes=prefixes) is None:
            yield problem("hash", "eventID", value=text, expected=hashing.event_hash(look.event))


@rule("EVT-021", needs="fields")
def extensions_named(look: Look) -> Iterator[Problem]:
    event = look.event
    if not event.extensions and not event.__dict__.get("ilmd"):
        return
    for where, extensions in (("", event.extensions), ("ilmd", event.__dict__.get("ilmd") or ())):
        for extension in extensions:
            found = _misnamed(extension)
            if found is not None:
                path = f"{where}/{extension.name}" if where else extension.name
                yield problem(found, path, value=extension.name, namespace=extension.namespace)


def _misnamed(extension: Extension) -> str | None:
    if not extension.namespace:
        if extension.name in _FIELDS_ELSEWHERE or ":" in extension.name or extension.name.startswith("@"):
            return None
        return "prefix"
    return "namespace" if extension.namespace.startswith(_OWN_NAMESPACES) else None


@rule("EVT-024", needs="dispositions")
def no_contradiction(look: Look) -> Iterator[Problem]:
    both = look.event.persistent_disposition
    if both is None:
        return
    if not both.set and not both.unset:
        yield problem("empty", "persistentDisposition")
    for word in both.set:
        if word in both.unset:
            yield problem("default", "persistentDisposition", value=word)
