"""Which members the objects of an EPCIS JSON document have: one table, for reading and for writing.

Takes nothing; gives :data:`SHAPES`, for each class of the model the JSON names in the order in which they are
written, and what each one holds. A difference between two objects is a row here before it is an ``if`` anywhere
else (EPCIS 2.0, 9 and 10; the names are the standard's own).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from epcis_kit.model import (
    AggregationEvent,
    AssociationEvent,
    BizLocation,
    BizTransaction,
    Destination,
    ErrorDeclaration,
    Event,
    ObjectEvent,
    OpaqueEvent,
    Part,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Source,
    TransactionEvent,
    TransformationEvent,
)

__all__ = ["ACTIONS", "EVENTS", "REQUIRED", "SHAPES", "STANDARD_TERMS", "Field"]


class Field(NamedTuple):
    """One member.

    Attributes:
        name: The field of the model.
        kind: ``text``, ``texts``, ``time``, ``number``, ``boolean``, ``term``, ``terms``, ``part``, ``parts``,
            ``action``, ``type``, ``raw`` (a text with its white space), ``ilmd`` or ``certificates`` (an array of
            texts, or one text).
        of: The CBV list of a term, the class of a part.
    """

    name: str
    kind: str
    of: Any = None


ACTIONS: Final = frozenset({"ADD", "OBSERVE", "DELETE"})

_TIMES: Final = {
    "time": Field("time", "time"),
    "startTime": Field("start_time", "time"),
    "endTime": Field("end_time", "time"),
}
_DEVICE: Final = {
    "deviceID": Field("device_id", "text"),
    "deviceMetadata": Field("device_metadata", "text"),
    "rawData": Field("raw_data", "text"),
}
_RULES: Final = {
    "dataProcessingMethod": Field("data_processing_method", "text"),
    "bizRules": Field("biz_rules", "text"),
}

_HEAD: Final = {
    "type": Field("type", "type"),
    "eventID": Field("event_id", "text"),
    "eventTime": Field("event_time", "time"),
    "recordTime": Field("record_time", "time"),
    "eventTimeZoneOffset": Field("event_time_zone_offset", "text"),
    "errorDeclaration": Field("error_declaration", "part", ErrorDeclaration),
    "certificationInfo": Field("certification_info", "certificates"),
}
_TAIL: Final = {
    "bizStep": Field("biz_step", "term", "biz_step"),
    "disposition": Field("disposition", "term", "disposition"),
    "persistentDisposition": Field("persistent_disposition", "part", PersistentDisposition),
    "readPoint": Field("read_point", "part", ReadPoint),
    "bizLocation": Field("biz_location", "part", BizLocation),
    "bizTransactionList": Field("biz_transaction_list", "parts", BizTransaction),
    "sourceList": Field("source_list", "parts", Source),
    "destinationList": Field("destination_list", "parts", Destination),
    "sensorElementList": Field("sensor_element_list", "parts", SensorElement),
}
_ACTION: Final = {"action": Field("action", "action")}
_PARENT: Final = {"parentID": Field("parent_id", "text")}
_EPCS: Final = {
    "epcList": Field("epc_list", "texts"),
    "quantityList": Field("quantity_list", "parts", QuantityElement),
}
_CHILDREN: Final = {
    "childEPCs": Field("child_epcs", "texts"),
    "childQuantityList": Field("child_quantity_list", "parts", QuantityElement),
}
_ILMD: Final = {"ilmd": Field("ilmd", "ilmd")}

SHAPES: Final[dict[type[Part], dict[str, Field]]] = {
    ObjectEvent: {**_HEAD, **_ACTION, **_EPCS, **_TAIL, **_ILMD},
    AggregationEvent: {**_HEAD, **_ACTION, **_PARENT, **_CHILDREN, **_TAIL},
    TransactionEvent: {**_HEAD, **_ACTION, **_PARENT, **_EPCS, **_TAIL},
    TransformationEvent: {
        **_HEAD,
        "transformationID": Field("transformation_id", "text"),
        "inputEPCList": Field("input_epc_list", "texts"),
        "inputQuantityList": Field("input_quantity_list", "parts", QuantityElement),
        "outputEPCList": Field("output_epc_list", "texts"),
        "outputQuantityList": Field("output_quantity_list", "parts", QuantityElement),
        **_TAIL,
        **_ILMD,
    },
    AssociationEvent: {**_HEAD, **_ACTION, **_PARENT, **_CHILDREN, **_TAIL},
    OpaqueEvent: {**_HEAD, **_TAIL},
    ReadPoint: {"id": Field("id", "text")},
    BizLocation: {"id": Field("id", "text")},
    BizTransaction: {
        "type": Field("type", "term", "biz_transaction_type"),
        "bizTransaction": Field("biz_transaction", "text"),
    },
    Source: {"type": Field("type", "term", "source_dest_type"), "source": Field("source", "text")},
    Destination: {"type": Field("type", "term", "source_dest_type"), "destination": Field("destination", "text")},
    QuantityElement: {
        "epcClass": Field("epc_class", "text"),
        "quantity": Field("quantity", "number"),
        "uom": Field("uom", "text"),
    },
    PersistentDisposition: {
        "set": Field("set", "terms", "disposition"),
        "unset": Field("unset", "terms", "disposition"),
    },
    ErrorDeclaration: {
        "declarationTime": Field("declaration_time", "time"),
        "reason": Field("reason", "term", "error_reason"),
        "correctiveEventIDs": Field("corrective_event_ids", "texts"),
    },
    SensorElement: {
        "sensorMetadata": Field("sensor_metadata", "part", SensorMetadata),
        "sensorReport": Field("sensor_report", "parts", SensorReport),
    },
    SensorMetadata: {**_TIMES, **_DEVICE, **_RULES},
    SensorReport: {
        "type": Field("type", "term", "measurement_type"),
        "exception": Field("exception", "term", "alert_type"),
        "value": Field("value", "number"),
        "minValue": Field("min_value", "number"),
        "maxValue": Field("max_value", "number"),
        "meanValue": Field("mean_value", "number"),
        "sDev": Field("s_dev", "number"),
        "percRank": Field("perc_rank", "number"),
        "percValue": Field("perc_value", "number"),
        "uom": Field("uom", "text"),
        "component": Field("component", "term", "component"),
        "stringValue": Field("string_value", "raw"),
        "booleanValue": Field("boolean_value", "boolean"),
        "hexBinaryValue": Field("hex_binary_value", "text"),
        "uriValue": Field("uri_value", "text"),
        "chemicalSubstance": Field("chemical_substance", "text"),
        "microorganism": Field("microorganism", "text"),
        "coordinateReferenceSystem": Field("coordinate_reference_system", "text"),
        **_DEVICE,
        "time": Field("time", "time"),
        **_RULES,
    },
}
"""For each class, JSON name to field."""

EVENTS: Final[dict[str, type[Event]]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "TransactionEvent": TransactionEvent,
    "TransformationEvent": TransformationEvent,
    "AssociationEvent": AssociationEvent,
}

REQUIRED: Final[dict[type[Part], tuple[str, ...]]] = {
    ObjectEvent: ("eventTime", "eventTimeZoneOffset", "action"),
    AggregationEvent: ("eventTime", "eventTimeZoneOffset", "action"),
    TransactionEvent: ("eventTime", "eventTimeZoneOffset", "action"),
    TransformationEvent: ("eventTime", "eventTimeZoneOffset"),
    AssociationEvent: ("eventTime", "eventTimeZoneOffset", "action", "parentID"),
    OpaqueEvent: ("eventTime", "eventTimeZoneOffset"),
    ReadPoint: ("id",),
    BizLocation: ("id",),
    BizTransaction: ("bizTransaction",),
    Source: ("source",),
    Destination: ("destination",),
    QuantityElement: ("epcClass",),
}
"""Members without which the model has no value."""

STANDARD_TERMS: Final[frozenset[str]] = frozenset(
    {name for shape in SHAPES.values() for name in shape}
    | {"id", "type", "schemaVersion", "creationDate", "epcisHeader", "epcisBody", "eventList", "epcisMasterData"}
    | {"vocabularyList", "vocabularyElementList", "queryResults", "resultsBody", "queryName", "subscriptionID"}
    | EVENTS.keys()
)
"""Names that the standard's own context defines and protects."""
