"""Business document header, master data and foreign header elements as EPCIS XML.

Takes :class:`~epcis_kit.model.Header` values; gives text. Guarantees the order and nesting of the schemas: master data
stand in ``extension/EPCISMasterData``; 1.2 has foreign elements beside it; 2.0 has no place for those with a namespace,
so the writer puts them after the body, in our own element.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from epcis_kit.codec.dialects import EKX, SBDH
from epcis_kit.codec.xml_headers import CONTACT, DOCUMENT_IDENTIFICATION, split_carried
from epcis_kit.codec.xml_text import attribute_text, content_text, is_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from epcis_kit.codec.xml_encoder import Encoder
    from epcis_kit.codec.xml_text import Names
    from epcis_kit.model import (
        Extension,
        Header,
        Partner,
        Sbdh,
        Vocabulary,
        VocabularyAttribute,
        VocabularyElement,
    )

__all__ = ["HeaderEncoder"]


class HeaderEncoder:
    """Writes what stands before the events.

    Args:
        version: ``"2.0"`` or ``"1.2"``.
        encoder: Writes extension trees.
        names: The document's prefixes.
        lose: Takes a rule id, and a sentence saying what is lost.
        created: The document's creationDate, for a header that does not say its own.
    """

    def __init__(
        self, version: str, encoder: Encoder, names: Names, lose: Callable[[str, str], None], created: str
    ) -> None:
        self._version = version
        self._encoder = encoder
        self._names = names
        self._lose = lose
        self._created = created

    def header(self, header: Header) -> str:
        """An EPCISHeader; ``""`` where it would hold nothing."""
        attributes, extensions = split_carried(header.extensions)
        local = [each for each in extensions if not each.namespace and is_name(each.name)]
        foreign = [each for each in extensions if each.namespace or not is_name(each.name)]
        parts = [] if header.sbdh is None else [self.sbdh(header.sbdh)]
        if header.master_data or local:
            parts.append("<extension>")
            if header.master_data:
                parts.append(f"<EPCISMasterData>{self.vocabulary_list(header.master_data)}</EPCISMasterData>")
            if local:
                parts.append(f"<extension>{self._trees(local)}</extension>")
            parts.append("</extension>")
        if self._version == "1.2":
            parts.append(self._trees(foreign, local=False))
        opened = self._encoder.attributes(dict(attributes))
        return f"<EPCISHeader{opened}>{''.join(parts)}</EPCISHeader>" if parts or opened else "<EPCISHeader/>"

    def _trees(self, extensions: Sequence[Extension], *, local: bool = True) -> str:
        return self._encoder.siblings(extensions, local=local) if extensions else ""

    # -- SBDH ---------------------------------------------------------------------------------------------------

    def _named(self, name: str, text: str, attributes: str = "") -> str:
        tag = self._names.qualified(SBDH, name)
        return f"<{tag}{attributes}>{text}</{tag}>"

    def sbdh(self, sbdh: Sbdh) -> str:
        """A StandardBusinessDocumentHeader."""
        attributes, extensions = split_carried(sbdh.extensions)
        parts = [self._named("HeaderVersion", content_text(sbdh.header_version))]
        parts += [self._partner("Sender", each) for each in sbdh.senders]
        parts += [self._partner("Receiver", each) for each in sbdh.receivers]
        inside = []
        for name, field in DOCUMENT_IDENTIFICATION.items():
            value = getattr(sbdh, field)
            if field == "creation_date_and_time":
                value = value or self._created
            if value is None:
                continue
            text = ("true" if value else "false") if isinstance(value, bool) else content_text(value)
            inside.append(self._named(name, text))
        parts.append(self._named("DocumentIdentification", "".join(inside)))
        parts.append(self._trees(extensions))
        opened = self._encoder.attributes(dict(attributes))
        return self._named("StandardBusinessDocumentHeader", "".join(parts), opened)

    def _partner(self, name: str, partner: Partner) -> str:
        attributes, extensions = split_carried(partner.extensions)
        authority = "" if partner.authority is None else f' Authority="{attribute_text(partner.authority)}"'
        parts = [self._named("Identifier", content_text(partner.identifier), authority)]
        for contact in partner.contacts:
            inside = [
                self._named(element, content_text(value))
                for element, field in CONTACT.items()
                if (value := getattr(contact, field)) is not None
            ]
            inside.append(self._trees(contact.extensions))
            parts.append(self._named("ContactInformation", "".join(inside)))
        parts.append(self._trees(extensions))
        return self._named(name, "".join(parts), self._encoder.attributes(dict(attributes)))

    # -- master data --------------------------------------------------------------------------------------------

    def vocabulary_list(self, vocabularies: Sequence[Vocabulary]) -> str:
        """A VocabularyList."""
        return f"<VocabularyList>{''.join([self._vocabulary(each) for each in vocabularies])}</VocabularyList>"

    def _vocabulary(self, vocabulary: Vocabulary) -> str:
        attributes, extensions = split_carried(vocabulary.extensions)
        opened = self._encoder.attributes(dict(attributes))
        parts = [f'<Vocabulary type="{attribute_text(vocabulary.type)}"{opened}>']
        if vocabulary.elements:
            parts.append("<VocabularyElementList>")
            parts += [self._element(each) for each in vocabulary.elements]
            parts.append("</VocabularyElementList>")
        parts += (self._encoder.part_extensions(extensions, ""), "</Vocabulary>")
        return "".join(parts)

    def _element(self, element: VocabularyElement) -> str:
        attributes, extensions = split_carried(element.extensions)
        opened = self._encoder.attributes(dict(attributes))
        parts = [f'<VocabularyElement id="{attribute_text(element.id)}"{opened}>']
        count = Counter(each.id for each in element.attributes)
        parts += [self._attribute(each, alone=count[each.id] == 1) for each in element.attributes]
        if element.children:
            inside = "".join([f"<id>{content_text(each)}</id>" for each in element.children])
            parts.append(f"<children>{inside}</children>")
        parts += (self._encoder.part_extensions(extensions, ""), "</VocabularyElement>")
        return "".join(parts)

    def _attribute(self, attribute: VocabularyAttribute, *, alone: bool) -> str:
        for each in attribute.extensions:
            self._lose("LOSS-EXTENSION", f"XML has no place for {each.clark_name!r} in a master data attribute")
        if attribute.value is None:
            absent = self._names.qualified(EKX, "value")
            return f'<attribute id="{attribute_text(attribute.id)}" {absent}="absent"/>'
        return self._encoder.element("attribute", attribute.value, {"id": attribute.id}, alone=alone)
