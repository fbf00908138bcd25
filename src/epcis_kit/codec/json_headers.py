"""What an EPCIS JSON document says around its events, in both directions.

Takes the members of a document beside its events; gives a :class:`~epcis_kit.model.Document` without events, or
the faults in them. Takes such a document and gives the members again. Guarantees: members outside the standard
become extensions; what only XML can say is carried in members with a namespace, as the schema allows, and comes back:

* the business document header as ``sbdh:StandardBusinessDocumentHeader`` in ``epcisHeader``, with ``sender``,
  ``receiver`` and ``instanceIdentifier`` beside it for those who look there (they are the header's own and are not
  read twice);
* the type of a master data document as ``ekx:documentType``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.json_extensions import content, extensions
from epcis_kit.codec.json_scan import step
from epcis_kit.codec.namespaces import OWN_NAMESPACE
from epcis_kit.errors import shorten
from epcis_kit.model import (
    Contact,
    Document,
    Extension,
    Header,
    Partner,
    Sbdh,
    Timestamp,
    Vocabulary,
    VocabularyAttribute,
    VocabularyElement,
)

if TYPE_CHECKING:
    from epcis_kit.codec.json_context import Context

__all__ = ["SBDH_NAME", "SBDH_NAMESPACE", "HeadReader", "sbdh_echo", "sbdh_tree"]

SBDH_NAMESPACE: Final = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
SBDH_NAME: Final = "StandardBusinessDocumentHeader"

_TEXTS: Final = {  # JSON name to field of Document
    "id": "id",
    "schemaVersion": "schema_version",
    "sender": "sender",
    "receiver": "receiver",
    "instanceIdentifier": "instance_identifier",
}
_KNOWN: Final = frozenset({*_TEXTS, "@context", "type", "creationDate", "epcisHeader", "epcisBody"})
_IN_RESULTS: Final = {"queryName": "query_name", "subscriptionID": "subscription_id"}


class HeadReader:
    """Reads the members around the events with one context.

    Attributes:
        kind: Type of the document; ``"event"`` and ``"lines"`` for bare events.
    """

    def __init__(self, context: Context, kind: str) -> None:
        self.kind = kind
        self._context = context
        self._faults: list[tuple[str, str]] = []

    def faults(self, members: dict[str, Any], body: dict[str, Any]) -> list[tuple[str, str]]:
        """What is wrong, as pairs of JSON pointer and sentence."""
        self.document(members, body)
        return self._faults

    def document(self, members: dict[str, Any], body: dict[str, Any]) -> Document:
        """The document without its events; wrong members are left out of it."""
        context = self._context
        values: dict[str, Any] = {
            "type": {"event": "event", "lines": "EPCISDocument"}.get(self.kind, self.kind),
            "schema_version": None,
            "namespaces": tuple(pair for pair in context.declared.items() if pair[1] != OWN_NAMESPACE),
            "contexts": tuple(context.addresses),
            "source_format": "json 2.0",
        }
        if self.kind in {"event", "lines"}:
            return Document.from_checked(values)
        if values["type"] not in {"EPCISDocument", "EPCISQueryDocument"}:
            values["type"] = "EPCISDocument"
        for key, name in _TEXTS.items():
            self._text(members, key, "", values, name)
        if members.get("creationDate") is not None:
            values["creation_date"] = self._time(members["creationDate"])
        for key, name in _IN_RESULTS.items():
            self._text(body, key, "/epcisBody/queryResults", values, name)
        others = list(extensions(((k, v) for k, v in members.items() if k not in _KNOWN), context))
        known_in_body = {*_IN_RESULTS, "eventList", "event", "queryResults", "resultsBody", "vocabularyList"}
        others.extend(extensions(((k, v) for k, v in body.items() if k not in known_in_body), context))
        header = members.get("epcisHeader")
        for extension in others:
            if extension.namespace != OWN_NAMESPACE:
                continue
            if extension.name == "documentType" and extension.text == "EPCISMasterDataDocument":
                values["type"] = extension.text
            elif extension.name == "header":  # of query results, which have no place of their own for one
                carried = members[f"{extension.prefix}:header"]
                header = dict(carried) if isinstance(carried, dict) else {}
                for name in ("sender", "receiver", "instance_identifier"):
                    told = header.pop(f"{extension.prefix}:{name}", None)
                    if isinstance(told, str):
                        values[name] = told
                header = header or None
        values["header"] = self._header(header, body.get("vocabularyList"))
        values["extensions"] = tuple(extension for extension in others if extension.namespace != OWN_NAMESPACE)
        _without_echo(values)
        return Document.from_checked(values)

    # -- members

    def _fault(self, pointer: str, what: str, value: Any, expected: str) -> None:
        plain = str(value) if isinstance(value, Decimal) else shorten(value)
        self._faults.append((pointer, f"Cannot read {what} {plain}: expected {expected}."))

    def _text(self, members: dict[str, Any], key: str, pointer: str, values: dict[str, Any], name: str) -> None:
        value = members.get(key)
        if isinstance(value, str):
            values[name] = value.strip()
        elif value is not None:
            self._fault(step(pointer, key), key, value, "text")

    def _time(self, value: Any) -> Timestamp | None:
        if not isinstance(value, str):
            self._fault("/creationDate", "creationDate", value, "text")
            return None
        try:
            return Timestamp.parse(value)
        except ValueError as error:
            self._faults.append(
                ("/creationDate", str(error).replace("Cannot read time", "Cannot read creationDate", 1))
            )
            return None

    def _header(self, value: Any, results: Any) -> Header | None:
        if value is None and results is None:
            return None
        values: dict[str, Any] = {}
        vocabularies: list[Vocabulary] = []
        others: list[tuple[str, Any]] = []
        if isinstance(value, dict):
            for key, below in value.items():
                if key != "epcisMasterData":
                    others.append((key, below))
                elif isinstance(below, dict):
                    vocabularies += self._vocabularies(
                        below.get("vocabularyList"), "/epcisHeader/epcisMasterData/vocabularyList"
                    )
                    others += [pair for pair in below.items() if pair[0] != "vocabularyList"]
                else:
                    self._fault("/epcisHeader/epcisMasterData", key, below, "an object")
        elif value is not None:
            self._fault("/epcisHeader", "epcisHeader", value, "an object")
        vocabularies += self._vocabularies(results, "/epcisBody/queryResults/resultsBody/vocabularyList")
        foreign = extensions(others, self._context)
        sbdh = next((each for each in foreign if (each.namespace, each.name) == (SBDH_NAMESPACE, SBDH_NAME)), None)
        if sbdh is not None:
            values["sbdh"] = sbdh_of(sbdh)
            foreign = tuple(each for each in foreign if each is not sbdh)
        values["master_data"] = tuple(vocabularies)
        values["extensions"] = foreign
        return Header.from_checked(values)

    # -- master data

    def _objects(self, value: Any, pointer: str, what: str) -> list[tuple[str, dict[str, Any]]]:
        if value is None:
            return []
        if not isinstance(value, list):
            self._fault(pointer, what, value, "an array of objects")
            return []
        good = []
        for index, item in enumerate(value):
            if isinstance(item, dict):
                good.append((step(pointer, index), item))
            else:
                self._fault(step(pointer, index), what, item, "an object")
        return good

    def _rest(self, members: dict[str, Any], known: tuple[str, ...]) -> tuple[Extension, ...]:
        return extensions(((key, value) for key, value in members.items() if key not in known), self._context)

    def _id(self, members: dict[str, Any], key: str, pointer: str) -> str | None:
        value = members.get(key)
        if isinstance(value, str):
            return value.strip()
        self._fault(step(pointer, key), key, value, "text")
        return None

    def _vocabularies(self, value: Any, pointer: str) -> list[Vocabulary]:
        made = []
        for here, members in self._objects(value, pointer, "vocabularyList"):
            kind = self._id(members, "type", here)
            elements = self._elements(members.get("vocabularyElementList"), f"{here}/vocabularyElementList")
            rest = self._rest(members, ("type", "vocabularyElementList"))
            made.append(Vocabulary.from_checked({"type": kind or "", "elements": elements, "extensions": rest}))
        return made

    def _elements(self, value: Any, pointer: str) -> tuple[VocabularyElement, ...]:
        made = []
        for here, members in self._objects(value, pointer, "vocabularyElementList"):
            children = members.get("children")
            if children is not None and not (isinstance(children, list) and all(isinstance(c, str) for c in children)):
                self._fault(f"{here}/children", "children", children, "an array of texts")
                children = None
            made.append(
                VocabularyElement.from_checked(
                    {
                        "id": self._id(members, "id", here) or "",
                        "attributes": self._attributes(members.get("attributes"), f"{here}/attributes"),
                        "children": tuple(child.strip() for child in children or ()),
                        "extensions": self._rest(members, ("id", "attributes", "children")),
                    }
                )
            )
        return tuple(made)

    def _attributes(self, value: Any, pointer: str) -> tuple[VocabularyAttribute, ...]:
        made = []
        for here, members in self._objects(value, pointer, "attributes"):
            found: Extension | None = None
            if isinstance(members.get("attribute"), dict):
                (found,) = extensions((("", members["attribute"]),), self._context)
            elif "attribute" in members:
                found = Extension("", "", content(members["attribute"], self._context))
            made.append(
                VocabularyAttribute.from_checked(
                    {
                        "id": self._id(members, "id", here) or "",
                        "value": found,
                        "extensions": self._rest(members, ("id", "attribute")),
                    }
                )
            )
        return tuple(made)


def _without_echo(values: dict[str, Any]) -> None:
    """Forget sender, receiver and number where they only repeat the business document header."""
    header = values["header"]
    if header is None or header.sbdh is None:
        return
    for name, told in sbdh_echo(header.sbdh).items():
        if values.get(name) == told:
            del values[name]


def sbdh_echo(sbdh: Sbdh) -> dict[str, str]:
    """What a business document header says in the three texts that JSON has for it."""
    told = {
        "sender": sbdh.senders[0].identifier if sbdh.senders else "",
        "receiver": sbdh.receivers[0].identifier if sbdh.receivers else "",
        "instance_identifier": sbdh.instance_identifier,
    }
    return {name: value for name, value in told.items() if value}


# -- the business document header as a tree

_IDENTIFICATION: Final = {
    "Standard": "standard",
    "TypeVersion": "type_version",
    "InstanceIdentifier": "instance_identifier",
    "Type": "type",
    "CreationDateAndTime": "creation_date_and_time",
}
_CONTACT: Final = {
    "Contact": "contact",
    "EmailAddress": "email_address",
    "FaxNumber": "fax_number",
    "TelephoneNumber": "telephone_number",
    "ContactTypeIdentifier": "contact_type_identifier",
}


def sbdh_tree(sbdh: Sbdh) -> Extension:
    """The header as one extension."""
    parts = [_leaf("HeaderVersion", sbdh.header_version)]
    for name, partners in (("Sender", sbdh.senders), ("Receiver", sbdh.receivers)):
        parts += [_partner(name, partner) for partner in partners]
    leaves = [_leaf(name, getattr(sbdh, field)) for name, field in _IDENTIFICATION.items()]
    if sbdh.multiple_type is not None:
        leaves.insert(4, Extension(SBDH_NAMESPACE, "MultipleType", sbdh.multiple_type, prefix="sbdh"))
    parts.append(Extension(SBDH_NAMESPACE, "DocumentIdentification", tuple(leaves), prefix="sbdh"))
    return Extension(SBDH_NAMESPACE, SBDH_NAME, (*parts, *sbdh.extensions), prefix="sbdh")


def _leaf(name: str, text: str) -> Extension:
    return Extension(SBDH_NAMESPACE, name, text, prefix="sbdh")


def _partner(name: str, partner: Partner) -> Extension:
    authority = () if partner.authority is None else (("Authority", partner.authority),)
    parts = [Extension(SBDH_NAMESPACE, "Identifier", partner.identifier, attributes=authority, prefix="sbdh")]
    for contact in partner.contacts:
        leaves = tuple(
            _leaf(tag, getattr(contact, field))
            for tag, field in _CONTACT.items()
            if getattr(contact, field) is not None
        )
        parts.append(Extension(SBDH_NAMESPACE, "ContactInformation", (*leaves, *contact.extensions), prefix="sbdh"))
    return Extension(SBDH_NAMESPACE, name, (*parts, *partner.extensions), prefix="sbdh")


def sbdh_of(tree: Extension) -> Sbdh:
    """The header that an extension carries."""
    values: dict[str, Any] = {}
    partners: dict[str, list[Partner]] = {"Sender": [], "Receiver": []}
    others = []
    for part in tree.children:
        if part.namespace != SBDH_NAMESPACE:
            others.append(part)
        elif part.name == "HeaderVersion":
            values["header_version"] = part.text
        elif part.name in partners:
            partners[part.name].append(_partner_of(part))
        elif part.name == "DocumentIdentification":
            for leaf in part.children:
                if leaf.name == "MultipleType":
                    values["multiple_type"] = leaf.text == "true"
                elif leaf.name in _IDENTIFICATION:
                    values[_IDENTIFICATION[leaf.name]] = leaf.text
        else:
            others.append(part)
    values["senders"], values["receivers"] = tuple(partners["Sender"]), tuple(partners["Receiver"])
    values["extensions"] = tuple(others)
    return Sbdh.from_checked(values)


def _partner_of(tree: Extension) -> Partner:
    values: dict[str, Any] = {"identifier": ""}
    contacts, others = [], []
    for part in tree.children:
        if part.namespace == SBDH_NAMESPACE and part.name == "Identifier":
            values["identifier"] = part.text
            values["authority"] = dict(part.attributes).get("Authority")
        elif part.namespace == SBDH_NAMESPACE and part.name == "ContactInformation":
            contact: dict[str, Any] = {"contact": ""}
            contact.update({_CONTACT[leaf.name]: leaf.text for leaf in part.children if leaf.name in _CONTACT})
            contact["extensions"] = tuple(leaf for leaf in part.children if leaf.name not in _CONTACT)
            contacts.append(Contact.from_checked(contact))
        else:
            others.append(part)
    values["contacts"], values["extensions"] = tuple(contacts), tuple(others)
    return Partner.from_checked(values)
