"""The one model: EPCIS 2.0 as frozen values, whatever version and format a document came in.

Takes and gives no bytes: reading and writing is ``codec``. Guarantees: values cannot be changed, in depth; they are
equal by content; identifiers, decimals and times stay as written. Names of fields are the standard's own, in Python
spelling (``biz_step``), with the JSON spelling (``bizStep``) as alias.
"""

from __future__ import annotations

from epcis_kit.model.documents import (
    AnyEvent,
    Contact,
    Document,
    DocumentType,
    Header,
    Partner,
    Sbdh,
    Vocabulary,
    VocabularyAttribute,
    VocabularyElement,
)
from epcis_kit.model.events import (
    EVENT_TYPES,
    Action,
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    OpaqueEvent,
    TransactionEvent,
    TransformationEvent,
    build_event,
    event_class,
)
from epcis_kit.model.extensions import WELL_KNOWN_PREFIXES, Extension, Scalar, find_extensions, lexical
from epcis_kit.model.parts import (
    BizLocation,
    BizTransaction,
    Destination,
    ErrorDeclaration,
    Part,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Source,
)
from epcis_kit.model.timestamp import Timestamp

__all__ = [
    "EVENT_TYPES",
    "WELL_KNOWN_PREFIXES",
    "Action",
    "AggregationEvent",
    "AnyEvent",
    "AssociationEvent",
    "BizLocation",
    "BizTransaction",
    "Contact",
    "Destination",
    "Document",
    "DocumentType",
    "ErrorDeclaration",
    "Event",
    "Extension",
    "Header",
    "ObjectEvent",
    "OpaqueEvent",
    "Part",
    "Partner",
    "PersistentDisposition",
    "QuantityElement",
    "ReadPoint",
    "Sbdh",
    "Scalar",
    "SensorElement",
    "SensorMetadata",
    "SensorReport",
    "Source",
    "Timestamp",
    "TransactionEvent",
    "TransformationEvent",
    "Vocabulary",
    "VocabularyAttribute",
    "VocabularyElement",
    "build_event",
    "event_class",
    "find_extensions",
    "lexical",
]
