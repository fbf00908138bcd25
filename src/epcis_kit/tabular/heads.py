"""Heads of documents: who sends what to whom, and master data of products and places.

Takes the ``document`` of a mapping; gives the document without its events: Standard Business Document Header, master
data from tables, statements of the sender. Guarantees: what depends on a row (the receiver by look-up) is taken from
the first row that made an event; no clock is read here, the date is given.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.gs1.epc_urns import elements_to_urn
from epcis_kit.gs1.identity_links import checked_key
from epcis_kit.model import (
    Document,
    Extension,
    Header,
    Partner,
    Sbdh,
    Vocabulary,
    VocabularyAttribute,
    VocabularyElement,
)
from epcis_kit.tabular.faults import as_table, known
from epcis_kit.tabular.identifiers import key_maker
from epcis_kit.tabular.lookups import Lookup
from epcis_kit.tabular.templates import compile_template, uuid_of

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.model import Timestamp
    from epcis_kit.tabular.part_kinds import Context
    from epcis_kit.tabular.templates import Get

__all__ = ["HeadPlan", "compile_head", "masterdata_lookups"]

_KEYS: Final = ("sbdh", "masterdata", "dscsa", "sender", "receiver", "instance", "id", "extensions")
_SBDH: Final = ("sender", "receiver", "sender_authority", "receiver_authority", "instance", "type", "type_version")
_KINDS: Final = {
    "products": ("urn:epcglobal:epcis:vtype:EPCClass", "01", "gtin"),
    "locations": ("urn:epcglobal:epcis:vtype:Location", "414", "gln"),
    "parties": ("urn:epcglobal:epcis:vtype:Party", "417", "gln"),
    "read_points": ("urn:epcglobal:epcis:vtype:ReadPoint", "414", "gln"),
    "business_locations": ("urn:epcglobal:epcis:vtype:BusinessLocation", "414", "gln"),
}
_ATTRIBUTE: Final = "urn:epcglobal:cbv:mda#"
_HEALTHCARE: Final = "http://epcis.gs1us.org/hc/ns"
_GUIDELINE: Final = "GS1 US DSCSA R1.3"


@dataclasses.dataclass(frozen=True, slots=True)
class _MasterData:
    kind: str
    lookup: Lookup
    attributes: dict[str, str] | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HeadPlan:
    """What a mapping says about its documents.

    Attributes:
        texts: Members of the document: field of the model and text of a row.
        sbdh: Members of the business document header, where there is one.
        masterdata: Tables of master data.
        statement: Statement of the DSCSA, where there is one.
        guideline: Release of the guideline that it follows.
    """

    texts: tuple[tuple[str, Get], ...] = ()
    sbdh: dict[str, Get] | None = None
    masterdata: tuple[_MasterData, ...] = ()
    statement: str | None = None
    guideline: str = ""
    context: Context | None = None

    def document(
        self, namespaces: tuple[tuple[str, str], ...], creation_date: Timestamp | None, values: list[Any], version: str
    ) -> Document:
        """The document without events.

        Raises:
            ValueError: A part of it is empty in the row, or a key in the master data is wrong.
        """
        state: dict[str, Any] = {"namespaces": namespaces, "creation_date": creation_date, "schema_version": version}
        for name, get in self.texts:
            text = get(values)
            if text is not None:
                state[name] = text
        sbdh = None if self.sbdh is None else self._sbdh(creation_date, values)
        vocabularies = tuple(self._vocabulary(each, values) for each in self.masterdata if each.lookup.rows)
        extensions: tuple[Extension, ...] = ()
        if self.statement is not None:
            inner = (
                Extension(_HEALTHCARE, "affirmTransactionStatement", "true", prefix="gs1ushc"),
                Extension(_HEALTHCARE, "legalNotice", self.statement, prefix="gs1ushc"),
            )
            extensions = (
                Extension(_HEALTHCARE, "guidelineVersion", self.guideline, prefix="gs1ushc"),
                Extension(_HEALTHCARE, "dscsaTransactionStatement", inner, prefix="gs1ushc"),
            )
        if sbdh is not None or vocabularies or extensions:
            state["header"] = Header(sbdh=sbdh, master_data=vocabularies, extensions=extensions)
        return Document(**state)

    def _sbdh(self, creation_date: Timestamp | None, values: list[Any]) -> Sbdh:
        assert self.sbdh is not None
        texts = {name: get(values) for name, get in self.sbdh.items()}
        for name in ("sender", "receiver"):
            if texts.get(name) is None:
                raise ValueError(f"Cannot write the business document header: expected a {name}, got none.")
        stamp = "" if creation_date is None else creation_date.text
        instance = texts.get("instance") or f"urn:uuid:{uuid_of('sbdh', str(texts['sender']), stamp)}"
        return Sbdh(
            senders=(Partner(identifier=texts["sender"], authority=texts.get("sender_authority") or "SGLN"),),
            receivers=(Partner(identifier=texts["receiver"], authority=texts.get("receiver_authority") or "SGLN"),),
            instance_identifier=instance,
            type=texts.get("type") or "Events",
            type_version=texts.get("type_version") or "1.0",
            creation_date_and_time=stamp,
        )

    def _vocabulary(self, table: _MasterData, values: list[Any]) -> Vocabulary:
        assert self.context is not None
        kind, ai, _ = _KINDS[table.kind]
        spelling = self.context.spelling
        elements = []
        for row in (table.lookup.rows or {}).values():
            written = row[table.lookup.key]
            if ":" in written:
                key = written
            else:
                value = checked_key(ai, written)
                key = spelling.spell(((ai, value),), values)
                if ai == "01" and spelling.ids == "urn" and key.startswith("urn:"):
                    key = elements_to_urn(((ai, value),), spelling.length(ai, value, values))
            attributes = tuple(
                VocabularyAttribute(id=name if ":" in name else f"{_ATTRIBUTE}{name}", value=Extension("", "", text))
                for column, text in row.items()
                if text and column != table.lookup.key
                for name in [(table.attributes or {}).get(column, column if table.attributes is None else "")]
                if name
            )
            elements.append(VocabularyElement(id=key, attributes=attributes))
        return Vocabulary(type=kind, elements=tuple(elements))


def masterdata_lookups(content: dict[str, Any], folder: Path | None, where: str) -> dict[str, Lookup]:
    """The tables of master data, as look-ups that other parts of the mapping can ask.

    Raises:
        MappingError: An entry is wrong.
    """
    document = as_table(content, "document", where)
    result = {}
    for name in as_table(document, "masterdata", f"{where}, document"):
        place = f"{where}, document, masterdata, {name}"
        known({name: None}, _KINDS, f"{where}, document, masterdata")
        spec = document["masterdata"][name]
        spec = {"file": spec} if isinstance(spec, str) else spec
        if not isinstance(spec, dict) or not isinstance(spec.get("file"), str):
            raise MappingError(f"{place}: expected the path of a table, or {{file: …, key: …}}, got {shorten(spec)}.")
        known(spec, ("file", "key", "sheet", "delimiter", "encoding", "header", "attributes"), place)
        options = {key: spec[key] for key in ("sheet", "delimiter", "encoding", "header") if key in spec}
        file = spec["file"] if folder is None or spec["file"] == "same" else str(folder / spec["file"])
        key = str(spec.get("key", _KINDS[name][2]))
        result[name] = Lookup(name, file, options, key, None, str.strip, "null", place)
    return result


def compile_head(content: dict[str, Any], context: Context, tables: dict[str, Lookup], where: str) -> HeadPlan:
    """The plan of ``document``.

    Raises:
        MappingError: An entry is wrong.
    """
    document = as_table(content, "document", where)
    place = f"{where}, document"
    known(document, _KEYS, place)
    texts = []
    for name, field in (
        ("sender", "sender"),
        ("receiver", "receiver"),
        ("instance", "instance_identifier"),
        ("id", "id"),
    ):
        if name in document:
            texts.append((field, compile_template(document[name], context.scope, f"{place}, {name}").text))
    sbdh: dict[str, Get] | None = None
    if "sbdh" in document:
        spec = as_table(document, "sbdh", place)
        known(spec, _SBDH, f"{place}, sbdh")
        sbdh = {}
        for name, value in spec.items():
            template = compile_template(value, context.scope, f"{place}, sbdh, {name}")
            is_party = name in {"sender", "receiver"}
            sbdh[name] = (
                key_maker(template, context.scope, context.spelling, f"{place}, sbdh, {name}", as_place=True)
                if is_party
                else template.text
            )
        for name in ("sender", "receiver"):
            if name not in sbdh:
                raise MappingError(f"{place}, sbdh: expected a {name}.")
    masterdata = []
    for name, lookup in tables.items():
        spec = document["masterdata"][name]
        attributes = spec.get("attributes") if isinstance(spec, dict) else None
        masterdata.append(_MasterData(name, lookup, attributes))
    return HeadPlan(
        texts=tuple(texts), sbdh=sbdh, masterdata=tuple(masterdata), statement=_statement(document, place),
        guideline=str(as_table(document, "dscsa", place).get("guideline", _GUIDELINE)),
        context=context,
    )  # fmt: skip


def _statement(document: dict[str, Any], place: str) -> str | None:
    spec = as_table(document, "dscsa", place)
    known(spec, ("affirm", "notice", "guideline"), f"{place}, dscsa")
    if not spec.get("affirm"):
        return None
    if not isinstance(spec.get("notice"), str) or not spec["notice"].strip():
        raise MappingError(
            f"{place}, dscsa: expected 'notice', the sentence of the transaction statement in your own words."
        )
    return str(spec["notice"])
