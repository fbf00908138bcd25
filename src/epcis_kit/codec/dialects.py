"""Where each field of an event stands in each dialect of EPCIS XML, as tables.

Takes nothing; gives names, orders and nestings, and no code that reads or writes. Readers accept a field wherever any
dialect puts it; writers put it where the dialect of their version wants it. A difference between versions is a row here
before it is an ``if`` anywhere else.

A layout is written as a line of element names in the order of the schema, with ``wrapper( … )`` for an element that
only wraps others, and four marks:

* ``name!``  the element is mandatory and is written even where it is empty;
* ``*``      the place of extensions without a namespace;
* ``+``      the place of extensions with a namespace;
* a name that a layout lacks is a field that the dialect does not have: a named loss.

EPCIS 1.2 has no room of its own for what came with 2.0. Sensor elements and persistent dispositions travel in the
innermost ``extension``, as the published conversion does it; an AssociationEvent travels two ``extension`` deep in the
event list.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "CAPTURE",
    "CARRIED",
    "EKX",
    "EPCIS_NAMESPACES",
    "EVENT_WRAPPERS",
    "FIELDS",
    "LISTS",
    "METADATA_ATTRIBUTES",
    "NAMESPACES",
    "REPORT_ATTRIBUTES",
    "ROOTS",
    "SBDH",
    "VERSIONS",
    "XML",
    "XSD",
    "XSI",
    "Field",
    "Node",
    "Root",
    "layout",
    "spellings",
]

EKX: Final = "urn:x-epcis-kit:xml:"
"""Our reserved namespace, for what one format says and the other cannot; written only where it is needed."""

CARRIED: Final = "urn:x-epcis-kit:carried:"
"""Namespace of extensions in the model that carry what XML says around standard elements: ``attributes`` of an event,
stray ``text``. XML has them in their own place; JSON shows them under these names."""

SBDH: Final = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
XML: Final = "http://www.w3.org/XML/1998/namespace"
SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"

VERSIONS: Final = ("2.0", "1.2")
"""Versions that can be written."""

NAMESPACES: Final[Mapping[str, Mapping[str, str]]] = {
    "1.2": {
        "EPCISDocument": "urn:epcglobal:epcis:xsd:1",
        "EPCISQueryDocument": "urn:epcglobal:epcis-query:xsd:1",
        "EPCISMasterDataDocument": "urn:epcglobal:epcis-masterdata:xsd:1",
    },
    "2.0": {
        "EPCISDocument": "urn:epcglobal:epcis:xsd:2",
        "EPCISQueryDocument": "urn:epcglobal:epcis-query:xsd:2",
        "EPCISMasterDataDocument": "urn:epcglobal:epcis-masterdata:xsd:2",
    },
}
"""Version to kind of document to the namespace of its root element; 1.0 and 1.1 share those of 1.2."""

EPCIS_NAMESPACES: Final = tuple(sorted({uri for table in NAMESPACES.values() for uri in table.values()}))
"""Every namespace of EPCIS; documents put children into none of them (as the schemas want) or into any of them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Root:
    """A root element that can be read.

    Attributes:
        kind: Type of the document in the model.
        major: ``"1"`` or ``"2"``, the version that its namespace stands for.
        paths: Element names from the root down to the list whose members are read one by one.
    """

    kind: Literal["EPCISDocument", "EPCISQueryDocument", "EPCISMasterDataDocument"]
    major: Literal["1", "2"]
    paths: tuple[tuple[str, ...], ...]


_PATHS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "EPCISDocument": (("EPCISBody", "EventList"),),
    "EPCISQueryDocument": (
        ("EPCISBody", "QueryResults", "resultsBody", "EventList"),
        ("EPCISBody", "QueryResults", "resultsBody", "VocabularyList"),
    ),
    "EPCISMasterDataDocument": (("EPCISBody", "VocabularyList"),),
}

ROOTS: Final[Mapping[str, Root]] = {
    f"{{{uri}}}{kind}": Root(kind, major, _PATHS[kind])  # type: ignore[arg-type]
    for version, major in (("1.2", "1"), ("2.0", "2"))
    for kind, uri in NAMESPACES[version].items()
}
"""Root elements by Clark name."""

CAPTURE: Final[Mapping[str, str]] = {
    "EPCISCaptureJob": "the state of a capture job, which holds no events",
    "EPCISException": "an error message of a server, which holds no events",
}
"""Other root elements of EPCIS, and what they are."""

FieldKind: TypeAlias = Literal[
    "time", "word", "action", "biz_step", "disposition", "epcs", "quantities", "place", "transactions", "sources",
    "destinations", "sensors", "persistent", "error", "ilmd", "certificates",
]  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One field of an event.

    Attributes:
        name: Element name, in XML and in JSON.
        attribute: Name in the model.
        kind: How it is read and written.
    """

    name: str
    attribute: str
    kind: FieldKind


FIELDS: Final[Mapping[str, Field]] = {
    name: Field(name, attribute, kind)  # type: ignore[arg-type]
    for name, attribute, kind in (
        ("eventTime", "event_time", "time"),
        ("recordTime", "record_time", "time"),
        ("eventTimeZoneOffset", "event_time_zone_offset", "word"),
        ("eventID", "event_id", "word"),
        ("errorDeclaration", "error_declaration", "error"),
        ("certificationInfo", "certification_info", "certificates"),
        ("epcList", "epc_list", "epcs"),
        ("parentID", "parent_id", "word"),
        ("childEPCs", "child_epcs", "epcs"),
        ("inputEPCList", "input_epc_list", "epcs"),
        ("inputQuantityList", "input_quantity_list", "quantities"),
        ("outputEPCList", "output_epc_list", "epcs"),
        ("outputQuantityList", "output_quantity_list", "quantities"),
        ("transformationID", "transformation_id", "word"),
        ("action", "action", "action"),
        ("bizStep", "biz_step", "biz_step"),
        ("disposition", "disposition", "disposition"),
        ("readPoint", "read_point", "place"),
        ("bizLocation", "biz_location", "place"),
        ("bizTransactionList", "biz_transaction_list", "transactions"),
        ("quantityList", "quantity_list", "quantities"),
        ("childQuantityList", "child_quantity_list", "quantities"),
        ("sourceList", "source_list", "sources"),
        ("destinationList", "destination_list", "destinations"),
        ("sensorElementList", "sensor_element_list", "sensors"),
        ("persistentDisposition", "persistent_disposition", "persistent"),
        ("ilmd", "ilmd", "ilmd"),
    )
}
"""Every field of every event, by element name."""

LISTS: Final[Mapping[str, str]] = {
    "epcs": "epc",
    "quantities": "quantityElement",
    "transactions": "bizTransaction",
    "sources": "source",
    "destinations": "destination",
    "sensors": "sensorElement",
}
"""Kind of a list to the name of its members in XML."""

_WHEN_20: Final = "eventTime recordTime eventTimeZoneOffset eventID errorDeclaration certificationInfo"
_WHEN_12: Final = "eventTime recordTime eventTimeZoneOffset baseExtension( eventID errorDeclaration )"
_WHERE: Final = "bizStep disposition readPoint bizLocation"
_PARTIES: Final = "sourceList destinationList"
_NEW: Final = "sensorElementList persistentDisposition"

_LAYOUTS: Final[Mapping[str, Mapping[str, str]]] = {
    "2.0": {
        "ObjectEvent": (f"{_WHEN_20} epcList action {_WHERE} bizTransactionList quantityList {_PARTIES} {_NEW} ilmd +"),
        "AggregationEvent": (
            f"{_WHEN_20} parentID childEPCs action {_WHERE} bizTransactionList childQuantityList {_PARTIES} {_NEW} +"
        ),
        "TransactionEvent": (
            f"{_WHEN_20} bizTransactionList parentID epcList action {_WHERE} quantityList {_PARTIES} {_NEW} +"
        ),
        "TransformationEvent": (
            f"{_WHEN_20} inputEPCList inputQuantityList outputEPCList outputQuantityList transformationID {_WHERE} "
            f"bizTransactionList {_PARTIES} {_NEW} ilmd +"
        ),
        "AssociationEvent": (
            f"{_WHEN_20} parentID childEPCs childQuantityList action {_WHERE} bizTransactionList {_PARTIES} {_NEW} +"
        ),
        # a type of somebody else: nothing is prescribed, and its own fields stand as they are
        "OpaqueEvent": f"{_WHEN_20} {_WHERE} bizTransactionList {_PARTIES} {_NEW} * +",
    },
    "1.2": {
        "ObjectEvent": (
            f"{_WHEN_12} epcList! action {_WHERE} bizTransactionList "
            f"extension( quantityList {_PARTIES} ilmd extension( {_NEW} * ) ) +"
        ),
        "AggregationEvent": (
            f"{_WHEN_12} parentID childEPCs! action {_WHERE} bizTransactionList "
            f"extension( childQuantityList {_PARTIES} extension( {_NEW} * ) ) +"
        ),
        "TransactionEvent": (
            f"{_WHEN_12} bizTransactionList parentID epcList! action {_WHERE} "
            f"extension( quantityList {_PARTIES} extension( {_NEW} * ) ) +"
        ),
        "TransformationEvent": (
            f"{_WHEN_12} inputEPCList inputQuantityList outputEPCList outputQuantityList transformationID {_WHERE} "
            f"bizTransactionList {_PARTIES} ilmd extension( {_NEW} * ) +"
        ),
        # unknown to the schema of 1.2, which looks no deeper than its name; laid out as the published example is
        "AssociationEvent": (
            f"{_WHEN_12} parentID childEPCs childQuantityList action {_WHERE} bizTransactionList {_PARTIES} {_NEW} "
            "extension( * ) +"
        ),
        "QuantityEvent": f"{_WHEN_12} epcClass quantity {_WHERE} bizTransactionList extension( * ) +",
        "OpaqueEvent": f"{_WHEN_12} {_WHERE} bizTransactionList {_PARTIES} {_NEW} * +",
    },
}

EVENT_WRAPPERS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "2.0": {"OpaqueEvent": ("extension",)},
    "1.2": {
        "TransformationEvent": ("extension",),
        "AssociationEvent": ("extension", "extension"),
        "OpaqueEvent": ("extension", "extension"),
    },
}
"""Version to event type to the elements around it in the event list; no entry means none."""

_NUMBERS: Final = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")

METADATA_ATTRIBUTES: Final[Mapping[str, tuple[str, str]]] = {
    "time": ("time", "time"),
    "startTime": ("start_time", "time"),
    "endTime": ("end_time", "time"),
    "deviceID": ("device_id", "word"),
    "deviceMetadata": ("device_metadata", "word"),
    "rawData": ("raw_data", "word"),
    "dataProcessingMethod": ("data_processing_method", "word"),
    "bizRules": ("biz_rules", "word"),
}
"""Attributes of sensorMetadata in XML: name in the model and how each is read."""

REPORT_ATTRIBUTES: Final[Mapping[str, tuple[str, str]]] = {
    "type": ("type", "measurement_type"),
    "exception": ("exception", "alert_type"),
    "value": ("value", "number"),
    "minValue": ("min_value", "number"),
    "maxValue": ("max_value", "number"),
    "meanValue": ("mean_value", "number"),
    "sDev": ("s_dev", "number"),
    "percRank": ("perc_rank", "number"),
    "percValue": ("perc_value", "number"),
    "uom": ("uom", "word"),
    "component": ("component", "component"),
    "stringValue": ("string_value", "text"),
    "booleanValue": ("boolean_value", "boolean"),
    "hexBinaryValue": ("hex_binary_value", "word"),
    "uriValue": ("uri_value", "word"),
    "chemicalSubstance": ("chemical_substance", "word"),
    "microorganism": ("microorganism", "word"),
    "coordinateReferenceSystem": ("coordinate_reference_system", "word"),
    "deviceID": ("device_id", "word"),
    "deviceMetadata": ("device_metadata", "word"),
    "rawData": ("raw_data", "word"),
    "time": ("time", "time"),
    "dataProcessingMethod": ("data_processing_method", "word"),
    "bizRules": ("biz_rules", "word"),
}
"""Attributes of sensorReport in XML: name in the model and how each is read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """One place in a layout.

    Attributes:
        name: Element name; ``"*"`` and ``"+"`` stand for extensions without and with a namespace.
        mandatory: Written even where it is empty.
        inside: What a wrapper holds; empty for a field.
    """

    name: str
    mandatory: bool = False
    inside: tuple[Node, ...] = ()


@functools.cache
def layout(version: str, event_type: str) -> tuple[Node, ...]:
    """The places of an event in the order of the schema.

    Raises:
        KeyError: No such version or event type in the tables.
    """
    words = iter(re.findall(r"[A-Za-z]+\(|[A-Za-z]+!?|[*+)]", _LAYOUTS[version][event_type]))
    return _nodes(words)


def _nodes(words: Iterator[str]) -> tuple[Node, ...]:
    result = []
    for word in words:
        if word == ")":
            break
        if word.endswith("("):
            result.append(Node(word[:-1], inside=_nodes(words)))
        else:
            result.append(Node(word.removesuffix("!"), mandatory=word.endswith("!")))
    return tuple(result)


@functools.cache
def spellings(name: str) -> tuple[str, ...]:
    """Clark names under which readers know an element: without a namespace, and in each namespace of EPCIS."""
    return (name, *(f"{{{uri}}}{name}" for uri in EPCIS_NAMESPACES))


def place(version: str, event_type: str, name: str) -> tuple[str, ...] | None:
    """Names of the wrappers around a field of an event, ``()`` for none, ``None`` where the dialect lacks it."""
    return _places(version, event_type).get(name)


@functools.cache
def _places(version: str, event_type: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}

    def walk(nodes: tuple[Node, ...], above: tuple[str, ...]) -> None:
        for node in nodes:
            if node.inside:
                walk(node.inside, (*above, node.name))
            else:
                found[node.name] = above

    walk(layout(version, event_type), ())
    return MappingProxyType(found)
