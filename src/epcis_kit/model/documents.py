"""Documents: events together with what the sender says about the whole.

Takes keyword arguments; gives frozen values. Guarantees: one shape for every format and version. What a document says
that a target format cannot hold is named by the writers as a loss, so every field a reader may meet has its place here:
the Standard Business Document Header (SBDH) of XML, the ``sender``/``receiver``/``instanceIdentifier`` texts of JSON,
header master data, query results, foreign header elements, declared prefixes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from epcis_kit.model.events import (
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    OpaqueEvent,
    TransactionEvent,
    TransformationEvent,
    build_event,
)
from epcis_kit.model.extensions import Extension
from epcis_kit.model.parts import Part, Strings
from epcis_kit.model.timestamp import Timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "AnyEvent",
    "Contact",
    "Document",
    "DocumentType",
    "Header",
    "Partner",
    "Sbdh",
    "Vocabulary",
    "VocabularyAttribute",
    "VocabularyElement",
]

DocumentType = Literal["EPCISDocument", "EPCISQueryDocument", "EPCISMasterDataDocument", "event"]

AnyEvent = ObjectEvent | AggregationEvent | TransactionEvent | TransformationEvent | AssociationEvent | OpaqueEvent


def _event(value: object) -> object:
    return build_event(value) if isinstance(value, dict) else value


class Contact(Part):
    """A person or desk of a partner, from the SBDH.

    Attributes:
        contact: Name of the role or desk.
        email_address: As written.
        fax_number: As written.
        telephone_number: As written.
        contact_type_identifier: For example ``"Seller"``.
    """

    contact: str
    email_address: str | None = None
    fax_number: str | None = None
    telephone_number: str | None = None
    contact_type_identifier: str | None = None


class Partner(Part):
    """A sender or receiver in the SBDH.

    Attributes:
        identifier: For example a GLN or an SGLN URN, as written.
        authority: Who defines the identifier, for example ``"SGLN"``; the XML attribute ``Authority``.
        contacts: Whom to call.
    """

    identifier: str
    authority: str | None = None
    contacts: tuple[Contact, ...] = ()


class Sbdh(Part):
    """Standard Business Document Header (UN/CEFACT SBDH 1.3 as EPCIS uses it).

    Attributes:
        header_version: Usually ``"1.0"``.
        senders: At least one.
        receivers: At least one.
        standard: Usually ``"EPCglobal"``.
        type_version: Version of the document type, for example ``"1.2"``.
        instance_identifier: The sender's number for this document.
        type: Usually ``"Events"`` or ``"MasterData"``.
        multiple_type: As written; ``None`` where absent.
        creation_date_and_time: As written (a zone is often missing, so it stays text).
        extensions: Manifest and BusinessScope, kept as trees.
    """

    header_version: str = "1.0"
    senders: tuple[Partner, ...] = ()
    receivers: tuple[Partner, ...] = ()
    standard: str = "EPCglobal"
    type_version: str = "1.0"
    instance_identifier: str = ""
    type: str = "Events"
    multiple_type: bool | None = None
    creation_date_and_time: str = ""


class VocabularyAttribute(Part):
    """One attribute of a master data element.

    Attributes:
        id: URI of the attribute, for example ``"urn:epcglobal:cbv:mda#name"``.
        value: Named content; a simple value is one unnamed extension (name ``""``).
    """

    id: str
    value: Extension | None = None

    @property
    def text(self) -> str:
        """The value as text; ``""`` where it is nested or absent."""
        return "" if self.value is None else self.value.text


class VocabularyElement(Part):
    """Master data of one place, party, product or lot.

    Attributes:
        id: Its identifier, as written.
        attributes: In document order; an attribute id may repeat.
        children: Identifiers that lie below this one, for example the rooms of a site.
    """

    id: str
    attributes: tuple[VocabularyAttribute, ...] = ()
    children: Strings = ()

    def attribute(self, name: str) -> str | None:
        """Text of the first attribute whose id is ``name``, or ends in ``#name``, ``:name`` or ``/name``."""
        for attribute in self.attributes:
            if attribute.id == name or attribute.id.endswith((f"#{name}", f":{name}", f"/{name}")):
                return attribute.text
        return None


class Vocabulary(Part):
    """Master data of one kind.

    Attributes:
        type: URI of the kind, for example ``"urn:epcglobal:epcis:vtype:BusinessLocation"``.
        elements: The things described; the JSON name is ``vocabularyElementList``.
    """

    type: str
    elements: tuple[VocabularyElement, ...] = ()


class Header(Part):
    """What comes before the events.

    Attributes:
        sbdh: The business document header of an XML document.
        master_data: Vocabularies in document order.
    """

    sbdh: Sbdh | None = None
    master_data: tuple[Vocabulary, ...] = ()


class Document(Part):
    """Events and what the sender says about them as a whole.

    Attributes:
        type: Kind of document; ``"event"`` for a bare event, which has no document around it.
        schema_version: As written, for example ``"2.0"``; ``None`` where the document does not say.
        creation_date: When the document was made; ``None`` where absent.
        id: The document's own identifier (JSON ``id``).
        header: SBDH, master data and foreign header elements.
        events: In document order.
        sender: JSON only: who sent it.
        receiver: JSON only: whom it is for.
        instance_identifier: JSON only: the sender's number for it.
        query_name: Of query results.
        subscription_id: Of query results.
        namespaces: Declared prefixes, as pairs of prefix and namespace, for writing them again; no part of equality.
        contexts: Context addresses of a JSON document beyond the standard's own, in order; no part of equality.
        source_format: What it was read from, for example ``"xml 1.2"`` or ``"json 2.0"``; no part of equality.
        extensions: Foreign members beside the body.
    """

    _notes: ClassVar[frozenset[str]] = frozenset({"namespaces", "contexts", "source_format"})

    type: DocumentType = "EPCISDocument"
    schema_version: str | None = "2.0"
    creation_date: Timestamp | None = None
    id: str | None = None
    header: Header | None = None
    events: tuple[Annotated[AnyEvent, BeforeValidator(_event)], ...] = ()
    sender: str | None = None
    receiver: str | None = None
    instance_identifier: str | None = None
    query_name: str | None = None
    subscription_id: str | None = None
    namespaces: tuple[tuple[str, str], ...] = ()
    contexts: Strings = ()
    source_format: str | None = None

    def _compared(self) -> dict[str, Any]:
        """A header that says nothing is no header."""
        state = super()._compared()
        return state if state["header"] != Header() else {**state, "header": None}

    def __iter__(self) -> Iterator[Event]:  # type: ignore[override]
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)
