"""The five event types of EPCIS 2.0, and a sixth for types that only their authors know.

Takes keyword arguments under Python names (``event_time``, lists or tuples) or JSON names (``eventTime``); gives frozen
values. ``event.event_time = …`` raises; to change an event make a new one with ``event.model_copy(update=…)``.
Guarantees: every field of EPCIS 2.0 has its place here, whatever version and format it was read from; equality compares
content, not spelling of instants, prefixes or remembered origins.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from epcis_kit.model.parts import (
    BizLocation,
    BizTransaction,
    Destination,
    ErrorDeclaration,
    Extensions,
    Part,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    SensorElement,
    Source,
    Strings,
)
from epcis_kit.model.timestamp import Timestamp

__all__ = [
    "EVENT_TYPES",
    "Action",
    "AggregationEvent",
    "AssociationEvent",
    "Event",
    "ObjectEvent",
    "OpaqueEvent",
    "TransactionEvent",
    "TransformationEvent",
]

Action = Literal["ADD", "OBSERVE", "DELETE"]


class Event(Part):
    """What every event has: when, where, why and how (EPCIS 2.0, 7.4.1).

    Attributes:
        type: Name of the event type, for example ``"ObjectEvent"``.
        event_time: When it happened.
        event_time_zone_offset: Offset in effect at the place, ``"+01:00"``; may differ from the offset of the text of
            ``event_time``.
        record_time: When a repository recorded it; no meaning in exchange.
        event_id: URI of the event (``urn:uuid:…``, ``ni:///…``), as written; ``None`` for almost two thirds of the
            files in the wild, which are then identified by their event hash.
        error_declaration: Present where this document declares the event with this ``event_id`` as wrong.
        certification_info: URIs of certificates.
        biz_step: CBV bare word (``"shipping"``) or a URI.
        disposition: CBV bare word (``"in_transit"``) or a URI.
        persistent_disposition: Dispositions set and unset for good.
        read_point: Where it was observed.
        biz_location: Where the objects are afterwards.
        biz_transaction_list: Orders, invoices, despatch advices and the like.
        source_list: Where or whose the objects were.
        destination_list: Where or whose they will be.
        sensor_element_list: Sensor observations.
    """

    type: str
    event_time: Timestamp
    event_time_zone_offset: str
    record_time: Timestamp | None = None
    event_id: str | None = Field(default=None, alias="eventID")
    error_declaration: ErrorDeclaration | None = None
    certification_info: Strings = ()
    biz_step: str | None = None
    disposition: str | None = None
    persistent_disposition: PersistentDisposition | None = None
    read_point: ReadPoint | None = None
    biz_location: BizLocation | None = None
    biz_transaction_list: tuple[BizTransaction, ...] = ()
    source_list: tuple[Source, ...] = ()
    destination_list: tuple[Destination, ...] = ()
    sensor_element_list: tuple[SensorElement, ...] = ()


class ObjectEvent(Event):
    """Something happened to the objects themselves (EPCIS 2.0, 7.4.2).

    Attributes:
        action: ``"ADD"`` (they come into being), ``"OBSERVE"``, ``"DELETE"`` (they are no more).
        epc_list: Instance-level identifiers, as written.
        quantity_list: Amounts of class-level identifiers.
        ilmd: Instance and lot master data (with ADD only); ``None`` where the document has no ``ilmd``.
        origin_type: ``"QuantityEvent"`` where the event was one in EPCIS 1.x; no part of equality.
    """

    _notes: ClassVar[frozenset[str]] = frozenset({"origin_type"})

    type: Literal["ObjectEvent"] = "ObjectEvent"
    action: Action
    epc_list: Strings = ()
    quantity_list: tuple[QuantityElement, ...] = ()
    ilmd: Extensions | None = None
    origin_type: Literal["QuantityEvent"] | None = Field(default=None, exclude=True)


class AggregationEvent(Event):
    """Objects are put into, seen in, or taken out of a container (EPCIS 2.0, 7.4.3).

    Attributes:
        parent_id: Identifier of the container; may be absent for OBSERVE.
        child_epcs: Instance-level identifiers of what is in it; an empty list with DELETE means everything.
        child_quantity_list: Class-level contents.
        action: ``"ADD"``, ``"OBSERVE"`` or ``"DELETE"``.
    """

    type: Literal["AggregationEvent"] = "AggregationEvent"
    parent_id: str | None = Field(default=None, alias="parentID")
    child_epcs: Strings = Field(default=(), alias="childEPCs")
    child_quantity_list: tuple[QuantityElement, ...] = ()
    action: Action


class TransactionEvent(Event):
    """Objects become or cease to be part of business transactions (EPCIS 2.0, 7.4.4).

    Attributes:
        parent_id: Identifier of a container of the objects; no containment follows from it.
        epc_list: Instance-level identifiers.
        quantity_list: Amounts of class-level identifiers.
        action: ``"ADD"``, ``"OBSERVE"`` or ``"DELETE"``.
    """

    type: Literal["TransactionEvent"] = "TransactionEvent"
    parent_id: str | None = Field(default=None, alias="parentID")
    epc_list: Strings = ()
    quantity_list: tuple[QuantityElement, ...] = ()
    action: Action


class TransformationEvent(Event):
    """Inputs are used up and outputs come into being (EPCIS 2.0, 7.4.5).

    Attributes:
        input_epc_list: Instance-level inputs.
        input_quantity_list: Class-level inputs.
        output_epc_list: Instance-level outputs.
        output_quantity_list: Class-level outputs.
        transformation_id: Joins several events into one transformation.
        ilmd: Master data of the outputs; ``None`` where the document has no ``ilmd``.
    """

    type: Literal["TransformationEvent"] = "TransformationEvent"
    input_epc_list: Strings = Field(default=(), alias="inputEPCList")
    input_quantity_list: tuple[QuantityElement, ...] = ()
    output_epc_list: Strings = Field(default=(), alias="outputEPCList")
    output_quantity_list: tuple[QuantityElement, ...] = ()
    transformation_id: str | None = Field(default=None, alias="transformationID")
    ilmd: Extensions | None = None


class AssociationEvent(Event):
    """Objects such as sensors are attached to another object or place (EPCIS 2.0, 7.4.6).

    Attributes:
        parent_id: What they are attached to.
        child_epcs: Instance-level identifiers of what is attached; an empty list with DELETE means everything.
        child_quantity_list: Class-level ones.
        action: ``"ADD"``, ``"OBSERVE"`` or ``"DELETE"``.
    """

    type: Literal["AssociationEvent"] = "AssociationEvent"
    parent_id: str = Field(alias="parentID")
    child_epcs: Strings = Field(default=(), alias="childEPCs")
    child_quantity_list: tuple[QuantityElement, ...] = ()
    action: Action


class OpaqueEvent(Event):
    """An event of a type outside the standard: kept whole, understood only as far as every event is.

    Attributes:
        type: The type as a Clark name (``"{namespace}Name"``), or as written where its prefix is not declared.
        extensions: Everything that is no field of :class:`Event`; fields of other standard types stand here without a
            namespace (``epcList``), their content as children.
    """


EVENT_TYPES: Final[dict[str, type[Event]]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "TransactionEvent": TransactionEvent,
    "TransformationEvent": TransformationEvent,
    "AssociationEvent": AssociationEvent,
}
"""The five event types of the standard, by name."""


def event_class(name: str) -> type[Event]:
    """The class of an event type; :class:`OpaqueEvent` for a type outside the standard."""
    return EVENT_TYPES.get(name, OpaqueEvent)


def build_event(values: dict[str, Any]) -> Event:
    """An event from a dict with JSON or Python names, its class chosen by ``type``; pydantic's errors go through."""
    return event_class(str(values.get("type", ""))).model_validate(values)
