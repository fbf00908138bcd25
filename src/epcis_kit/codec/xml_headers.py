"""What stands before the events in EPCIS XML: the business document header (SBDH), master data, foreign elements.

Takes lxml elements; gives :class:`~epcis_kit.model.Sbdh`, :class:`~epcis_kit.model.Vocabulary` and
:class:`~epcis_kit.model.Header` values. Guarantees: every version's place of master data is known
(``extension/EPCISMasterData``, and directly, as real files have it); Manifest, BusinessScope and anything else that the
model has no field for are kept as extension trees of the part they stood in; an SBDH that lacks something is read as
far as it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.dialects import CARRIED, EKX, SBDH, spellings
from epcis_kit.codec.xml_trees import attributes_of, carried_attributes, extension, local_name, refuse, split
from epcis_kit.model import (
    Contact,
    Extension,
    Header,
    Partner,
    Sbdh,
    Vocabulary,
    VocabularyAttribute,
    VocabularyElement,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml.etree import _Element

__all__ = ["CONTACT", "DOCUMENT_IDENTIFICATION", "HeaderDecoder", "split_carried", "text_of"]

_WRAPPER: Final = frozenset(spellings("extension"))
_ABSENT: Final = f"{{{EKX}}}value"
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}

DOCUMENT_IDENTIFICATION: Final[Mapping[str, str]] = {
    "Standard": "standard",
    "TypeVersion": "type_version",
    "InstanceIdentifier": "instance_identifier",
    "Type": "type",
    "MultipleType": "multiple_type",
    "CreationDateAndTime": "creation_date_and_time",
}
"""Elements of DocumentIdentification in the order of their schema: name in the model."""

CONTACT: Final[Mapping[str, str]] = {
    "Contact": "contact",
    "EmailAddress": "email_address",
    "FaxNumber": "fax_number",
    "TelephoneNumber": "telephone_number",
    "ContactTypeIdentifier": "contact_type_identifier",
}
"""Elements of ContactInformation in the order of their schema: name in the model."""


def text_of(element: _Element) -> str:
    """Text of an element that holds nothing else, without white space around it."""
    if len(element):
        refuse(local_name(element), element, "a text", (f"an element {local_name(element[0])}",))
    return (element.text or "").strip()


class HeaderDecoder:
    """Decodes header elements; ``depth`` is how many levels may lie below one."""

    def __init__(self, depth: int) -> None:
        self._depth = depth

    def header(self, element: _Element) -> Header:
        """An EPCISHeader.

        Raises:
            Refused: Something in it contradicts itself.
        """
        self._sbdh: Sbdh | None = None
        self._vocabularies: list[Vocabulary] = []
        self._others: list[Extension] = list(carried_attributes(attributes_of(element)))
        self._inside(element, self._depth)
        return Header.from_checked(
            {"sbdh": self._sbdh, "master_data": tuple(self._vocabularies), "extensions": tuple(self._others)}
        )

    def _inside(self, element: _Element, depth: int) -> None:
        for child in element:
            namespace, name = split(str(child.tag))
            if namespace == SBDH and name == "StandardBusinessDocumentHeader":
                if self._sbdh is not None:
                    refuse("EPCISHeader", child, "one StandardBusinessDocumentHeader", ("more than one",))
                self._sbdh = self.sbdh(child)
            elif not namespace and name in {"extension", "EPCISMasterData"} and depth > 0:
                self._others.extend(carried_attributes(attributes_of(child)))
                self._inside(child, depth - 1)
            elif not namespace and name == "VocabularyList":
                self._vocabularies.extend(self.vocabulary(each) for each in child)
            else:
                self._others.append(extension(child, self._depth))

    # -- SBDH ---------------------------------------------------------------------------------------------------

    def sbdh(self, element: _Element) -> Sbdh:
        """A StandardBusinessDocumentHeader."""
        values: dict[str, Any] = {"senders": [], "receivers": []}
        extra: list[Extension] = list(carried_attributes(attributes_of(element)))
        for child in element:
            name = self._sbdh_name(child)
            if name == "HeaderVersion":
                values["header_version"] = text_of(child)
            elif name in {"Sender", "Receiver"}:
                values["senders" if name == "Sender" else "receivers"].append(self._partner(child))
            elif name == "DocumentIdentification":
                self._identification(child, values, extra)
            else:
                extra.append(extension(child, self._depth))
        values["senders"], values["receivers"] = tuple(values["senders"]), tuple(values["receivers"])
        return Sbdh.from_checked({**values, "extensions": tuple(extra)})

    @staticmethod
    def _sbdh_name(element: _Element) -> str:
        """The local name where the element is one of the SBDH, without a namespace where a file left it out."""
        namespace, name = split(str(element.tag))
        return name if namespace in {SBDH, ""} else ""

    def _identification(self, element: _Element, values: dict[str, Any], extra: list[Extension]) -> None:
        for child in element:
            attribute = DOCUMENT_IDENTIFICATION.get(self._sbdh_name(child))
            if attribute is None:
                extra.append(extension(child, self._depth))
            elif attribute == "multiple_type":
                text = text_of(child)
                if text not in _BOOLEANS:
                    refuse("MultipleType", child, "true or false", text)
                values[attribute] = _BOOLEANS[text]
            else:
                values[attribute] = text_of(child)

    def _partner(self, element: _Element) -> Partner:
        values: dict[str, Any] = {"identifier": ""}
        contacts = []
        extra: list[Extension] = list(carried_attributes(attributes_of(element)))
        for child in element:
            name = self._sbdh_name(child)
            if name == "Identifier":
                values["identifier"] = text_of(child)
                values["authority"] = child.get("Authority")
            elif name == "ContactInformation":
                contacts.append(self._contact(child))
            else:
                extra.append(extension(child, self._depth))
        return Partner.from_checked({**values, "contacts": tuple(contacts), "extensions": tuple(extra)})

    def _contact(self, element: _Element) -> Contact:
        values: dict[str, Any] = {"contact": ""}
        extra: list[Extension] = []
        for child in element:
            attribute = CONTACT.get(self._sbdh_name(child))
            if attribute is None:
                extra.append(extension(child, self._depth))
            else:
                values[attribute] = text_of(child)
        return Contact.from_checked({**values, "extensions": tuple(extra)})

    # -- master data --------------------------------------------------------------------------------------------

    def vocabulary(self, element: _Element) -> Vocabulary:
        """A Vocabulary.

        Raises:
            Refused: It is another element, or something lacks its ``type`` or ``id``.
        """
        if split(str(element.tag)) != ("", "Vocabulary"):
            refuse("VocabularyList", element, "Vocabulary elements", (f"an element {local_name(element)}",))
        attributes = dict(attributes_of(element))
        if "type" not in attributes:
            refuse("Vocabulary", element, "an attribute type", ("none",))
        kind = str(attributes.pop("type")).strip()
        elements: list[VocabularyElement] = []
        extra: list[Extension] = list(carried_attributes(attributes.items()))
        for child in element:
            if split(str(child.tag)) == ("", "VocabularyElementList"):
                for each in child:
                    if split(str(each.tag)) == ("", "VocabularyElement"):
                        elements.append(self._element(each))
                    else:
                        extra.append(extension(each, self._depth))
            else:
                extra.extend(self._unwrapped(child))
        return Vocabulary.from_checked({"type": kind, "elements": tuple(elements), "extensions": tuple(extra)})

    def _element(self, element: _Element) -> VocabularyElement:
        own = dict(attributes_of(element))
        if "id" not in own:
            refuse("VocabularyElement", element, "an attribute id", ("none",))
        identifier = str(own.pop("id")).strip()
        attributes: list[VocabularyAttribute] = []
        children: list[str] = []
        extra: list[Extension] = list(carried_attributes(own.items()))
        for child in element:
            namespace, name = split(str(child.tag))
            if not namespace and name == "attribute":
                attributes.append(self._attribute(child))
            elif not namespace and name == "children":
                for each in child:
                    if split(str(each.tag)) == ("", "id"):
                        children.append(text_of(each))
                    else:
                        extra.append(extension(each, self._depth))
            else:
                extra.extend(self._unwrapped(child))
        return VocabularyElement.from_checked(
            {
                "id": identifier,
                "attributes": tuple(attributes),
                "children": tuple(children),
                "extensions": tuple(extra),
            }
        )

    def _attribute(self, element: _Element) -> VocabularyAttribute:
        identifier = element.get("id")
        if identifier is None:
            refuse("attribute", element, "an attribute id", ("none",))
        if element.get(_ABSENT) == "absent":
            return VocabularyAttribute.from_checked({"id": identifier.strip()})
        tree = extension(element, self._depth)
        value = Extension(
            "",
            "",
            tree.value,
            attributes=tuple(pair for pair in tree.attributes if pair[0] != "id"),
            datatype=tree.datatype,
            array=tree.array,
        )
        return VocabularyAttribute.from_checked({"id": identifier.strip(), "value": value})

    def _unwrapped(self, element: _Element) -> Iterable[Extension]:
        if element.tag in _WRAPPER:
            return [extension(each, self._depth) for each in element]
        return [extension(element, self._depth)]


def split_carried(
    extensions: Iterable[Extension],
) -> tuple[tuple[tuple[str, str], ...], tuple[Extension, ...]]:
    """Attributes that :func:`~epcis_kit.codec.xml_trees.carried_attributes` kept, and the other extensions."""
    attributes: dict[str, str] = {}
    others = []
    for each in extensions:
        if each.namespace == CARRIED and each.name == "attributes":
            attributes.update(each.attributes)
        else:
            others.append(each)
    return tuple(attributes.items()), tuple(others)
