"""Spells the story's events in the formats of its companies.

``xml_document`` writes EPCIS 1.2 (with the old nesting in ``baseExtension`` and ``extension``) or 2.0 XML,
``json_document`` EPCIS 2.0 JSON-LD, ``json_event`` one JSON event. Plain text is put together by hand and escaped, so
that every byte is decided here; the results are checked against the published schemas outside the project.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from story_world import Event, Key

__all__ = ["json_document", "json_event", "stamp", "xml_document"]

_SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_URN_LISTS = {"BizStep": "bizstep", "Disp": "disp", "BTT": "btt", "SDT": "sdt", "ER": "er"}

Vocabularies = dict[str, list[tuple[str, dict[str, str]]]]
"""Vocabulary type -> elements, each an id and its attributes."""


def stamp(when: datetime, style: str) -> str:
    """A moment as one company writes it: ``offset``, ``millis`` (both with the local offset) or ``zulu``."""
    if style == "zulu":
        return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return when.isoformat(timespec="milliseconds" if style == "millis" else "seconds")


def _offset(when: datetime) -> str:
    return when.isoformat()[-6:]


class _Xml:
    """Lines of XML with their indentation."""

    def __init__(self, depth: int) -> None:
        self.lines: list[str] = []
        self.depth = depth

    def leaf(self, name: str, text: str, attributes: str = "") -> None:
        self.lines.append(f"{'  ' * self.depth}<{name}{attributes}>{escape(text)}</{name}>")

    def empty(self, name: str, attributes: str = "") -> None:
        self.lines.append(f"{'  ' * self.depth}<{name}{attributes}/>")

    def open(self, name: str, attributes: str = "") -> None:
        self.lines.append(f"{'  ' * self.depth}<{name}{attributes}>")
        self.depth += 1

    def close(self, name: str) -> None:
        self.depth -= 1
        self.lines.append(f"{'  ' * self.depth}</{name}>")

    def block(self, name: str, write: Callable[[], None]) -> None:
        """``name`` around what ``write`` adds; nothing at all where it adds nothing."""
        place = len(self.lines)
        self.depth += 1
        write()
        self.depth -= 1
        if len(self.lines) > place:
            self.lines.insert(place, f"{'  ' * self.depth}<{name}>")
            self.lines.append(f"{'  ' * self.depth}</{name}>")

    def tree(self, items: dict[str, Any]) -> None:
        """Extension elements, nested as the mapping is."""
        for name, value in items.items():
            if isinstance(value, dict):
                self.open(name)
                self.tree(value)
                self.close(name)
            else:
                self.leaf(name, str(value))


class _XmlEvent:
    """Writes one event for one version; the methods are the groups of elements in the order of the schema."""

    def __init__(self, event: Event, version: str, style: str, depth: int) -> None:
        self.event = event
        self.old = version == "1.2"
        self.style = style
        self.xml = _Xml(depth)

    def word(self, kind: str, word: str) -> str:
        if self.old:
            return f"urn:epcglobal:cbv:{_URN_LISTS[kind]}:{word}"
        return f"https://ref.gs1.org/cbv/{kind}-{word}"

    def lines(self) -> list[str]:
        name = f"{self.event.kind}Event"
        wrapped = self.old and self.event.kind == "Transformation"
        if wrapped:
            self.xml.open("extension")
        self.xml.open(name)
        self.identity()
        getattr(self, self.event.kind.lower())()
        self.xml.tree(self.event.extensions)
        self.xml.close(name)
        if wrapped:
            self.xml.close("extension")
        return self.xml.lines

    def identity(self) -> None:
        self.xml.leaf("eventTime", stamp(self.event.when, self.style))
        self.xml.leaf("eventTimeZoneOffset", _offset(self.event.when))
        if self.old:
            self.xml.block("baseExtension", self.id_and_error)
        else:
            self.id_and_error()

    def id_and_error(self) -> None:
        if self.event.id:
            self.xml.leaf("eventID", self.event.id)
        if self.event.declared_wrong is not None:
            self.xml.open("errorDeclaration")
            self.xml.leaf("declarationTime", stamp(self.event.declared_wrong, self.style))
            self.xml.leaf("reason", self.word("ER", "incorrect_data"))
            self.xml.open("correctiveEventIDs")
            self.xml.leaf("correctiveEventID", self.event.corrected_by)
            self.xml.close("correctiveEventIDs")
            self.xml.close("errorDeclaration")

    def epcs(self, name: str, keys: Sequence[Key], needed: bool) -> None:
        if not keys:
            if needed:
                self.xml.empty(name)
            return
        self.xml.open(name)
        for key in keys:
            self.xml.leaf("epc", key.urn())
        self.xml.close(name)

    def quantities(self, name: str, rows: Iterable[tuple[Key, str, str]]) -> None:
        def write() -> None:
            for key, amount, unit in rows:
                self.xml.open("quantityElement")
                self.xml.leaf("epcClass", key.urn())
                self.xml.leaf("quantity", amount)
                if unit:
                    self.xml.leaf("uom", unit)
                self.xml.close("quantityElement")

        self.xml.block(name, write)

    def what(self) -> None:
        if self.event.action:
            self.xml.leaf("action", self.event.action)
        self.why_and_where()

    def why_and_where(self) -> None:
        if self.event.step:
            self.xml.leaf("bizStep", self.word("BizStep", self.event.step))
        if self.event.disposition:
            self.xml.leaf("disposition", self.word("Disp", self.event.disposition))
        for name, place in (("readPoint", self.event.read_point), ("bizLocation", self.event.location)):
            if place is not None:
                self.xml.open(name)
                self.xml.leaf("id", place if isinstance(place, str) else place.urn())
                self.xml.close(name)

    def transactions(self) -> None:
        def write() -> None:
            for kind, number in self.event.transactions:
                self.xml.leaf("bizTransaction", number, f" type={quoteattr(self.word('BTT', kind))}")

        self.xml.block("bizTransactionList", write)

    def parties(self) -> None:
        for side, rows in (("source", _sources(self.event)), ("destination", _destinations(self.event))):
            if rows:
                self.xml.open(f"{side}List")
                for kind, key in rows:
                    self.xml.leaf(side, key.urn(), f" type={quoteattr(self.word('SDT', kind))}")
                self.xml.close(f"{side}List")

    def ilmd(self) -> None:
        self.xml.block("ilmd", lambda: self.xml.tree(self.event.ilmd))

    def nested(self, *groups: Callable[[], None]) -> None:
        """What 1.2 keeps in ``extension`` and 2.0 at the level of the event."""

        def write() -> None:
            for group in groups:
                group()

        if self.old:
            self.xml.block("extension", write)
        else:
            write()

    def sensors(self) -> None:
        if not self.event.sensors:
            return
        self.xml.open("sensorElementList")
        for sensor in self.event.sensors:
            self.xml.open("sensorElement")
            self.xml.empty("sensorMetadata", _attributes(sensor["metadata"]))
            for report in sensor["reports"]:  # type: ignore[attr-defined]
                self.xml.empty("sensorReport", _attributes(report))
            self.xml.close("sensorElement")
        self.xml.close("sensorElementList")

    def object(self) -> None:
        self.epcs("epcList", self.event.epcs, needed=self.old)
        self.what()
        self.transactions()
        self.nested(
            lambda: self.quantities("quantityList", self.event.quantities), self.parties, self.sensors, self.ilmd
        )

    def aggregation(self) -> None:
        self.xml.leaf("parentID", self.event.parent.urn() if self.event.parent else "")
        self.epcs("childEPCs", self.event.epcs, needed=self.old)
        self.what()
        self.transactions()
        self.nested(lambda: self.quantities("childQuantityList", self.event.quantities), self.parties)

    def association(self) -> None:
        self.xml.leaf("parentID", self.event.parent.urn() if self.event.parent else "")
        self.epcs("childEPCs", self.event.epcs, needed=False)
        self.what()

    def transformation(self) -> None:
        self.quantities("inputQuantityList", self.event.inputs)
        self.epcs("outputEPCList", self.event.epcs, needed=False)
        self.quantities("outputQuantityList", self.event.output_quantities)
        if self.event.transformation:
            self.xml.leaf("transformationID", self.event.transformation)
        self.why_and_where()
        self.transactions()
        self.ilmd()


def _attributes(items: object) -> str:
    assert isinstance(items, dict)
    return "".join(f" {name}={quoteattr(value)}" for name, value in items.items())


def _sources(event: Event) -> list[tuple[str, Key]]:
    return [("possessing_party", event.source)] if event.source else []


def _destinations(event: Event) -> list[tuple[str, Key]]:
    rows = [("possessing_party", event.destination)] if event.destination else []
    return rows + ([("location", event.ship_to)] if event.ship_to else [])


def xml_document(
    events: Iterable[Event],
    *,
    version: str,
    style: str,
    created: datetime,
    namespaces: dict[str, str],
    header: dict[str, Any],
    masterdata: Vocabularies,
) -> str:
    """An EPCISDocument of ``version`` ``1.2`` or ``2.0`` with a business document header and master data."""
    xml = _Xml(0)
    xml.lines.append('<?xml version="1.0" encoding="UTF-8"?>')
    spaces = {"epcis": f"urn:epcglobal:epcis:xsd:{version[0]}", "sbdh": _SBDH, **namespaces}
    declared = "".join(f"\n    xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in spaces.items())
    xml.open("epcis:EPCISDocument", f'{declared}\n    schemaVersion="{version}" creationDate="{stamp(created, style)}"')
    xml.open("EPCISHeader")
    _write_header(xml, header, stamp(created, style))
    xml.open("extension")
    xml.open("EPCISMasterData")
    xml.open("VocabularyList")
    for kind, elements in masterdata.items():
        xml.open("Vocabulary", f" type={quoteattr(kind)}")
        xml.open("VocabularyElementList")
        for identifier, attributes in elements:
            xml.open("VocabularyElement", f" id={quoteattr(identifier)}")
            for name, value in attributes.items():
                xml.leaf("attribute", value, f" id={quoteattr(name)}")
            xml.close("VocabularyElement")
        xml.close("VocabularyElementList")
        xml.close("Vocabulary")
    for name in ("VocabularyList", "EPCISMasterData", "extension", "EPCISHeader"):
        xml.close(name)
    xml.open("EPCISBody")
    xml.open("EventList")
    for event in events:
        xml.lines += _XmlEvent(event, version, style, xml.depth).lines()
    for name in ("EventList", "EPCISBody", "epcis:EPCISDocument"):
        xml.close(name)
    return "\n".join(xml.lines) + "\n"


def _write_header(xml: _Xml, header: dict[str, Any], created: str) -> None:
    xml.open("sbdh:StandardBusinessDocumentHeader")
    xml.leaf("sbdh:HeaderVersion", "1.0")
    for role in ("Sender", "Receiver"):
        gln, contact, mail = header[role]
        xml.open(f"sbdh:{role}")
        xml.leaf("sbdh:Identifier", gln, ' Authority="GS1"')
        xml.open("sbdh:ContactInformation")
        xml.leaf("sbdh:Contact", contact)
        xml.leaf("sbdh:EmailAddress", mail)
        xml.close("sbdh:ContactInformation")
        xml.close(f"sbdh:{role}")
    xml.open("sbdh:DocumentIdentification")
    for name, value in (
        ("Standard", "EPCglobal"),
        ("TypeVersion", "1.0"),
        ("InstanceIdentifier", header["id"]),
        ("Type", "Events"),
        ("CreationDateAndTime", created),
    ):
        xml.leaf(f"sbdh:{name}", value)
    xml.close("sbdh:DocumentIdentification")
    xml.close("sbdh:StandardBusinessDocumentHeader")


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def json_event(event: Event, *, style: str, domains: dict[str, str] | None = None) -> dict[str, Any]:
    """One event as EPCIS 2.0 JSON; ``domains`` names another Digital Link domain for keys of a company prefix."""

    def link(key: Key) -> str:
        host = (domains or {}).get(key.gcp) if key.scheme in {"sgtin", "lgtin"} else None
        return key.link(host) if host else key.link()

    def quantities(rows: Iterable[tuple[Key, str, str]]) -> list[dict[str, Any]]:
        return [
            {"epcClass": link(key), "quantity": _number(amount)} | ({"uom": unit} if unit else {})
            for key, amount, unit in rows
        ]

    packed, rows = [link(key) for key in event.epcs], quantities(event.quantities)
    parent = link(event.parent) if event.parent else ""
    forms: dict[str, dict[str, Any]] = {
        "Object": {"epcList": packed, "quantityList": rows},
        "Aggregation": {"parentID": parent, "childEPCs": packed, "childQuantityList": rows},
        "Transaction": {"parentID": parent, "epcList": packed, "quantityList": rows},
    }
    data: dict[str, Any] = {
        "type": f"{event.kind}Event",
        "eventID": event.id,
        "eventTime": stamp(event.when, style),
        "eventTimeZoneOffset": _offset(event.when),
    }
    data |= forms[event.kind] | {"action": event.action, "bizStep": event.step, "disposition": event.disposition}
    for name, place in (("readPoint", event.read_point), ("bizLocation", event.location)):
        if place is not None:
            data[name] = {"id": place if isinstance(place, str) else place.link()}
    data["bizTransactionList"] = [{"type": kind, "bizTransaction": number} for kind, number in event.transactions]
    data["sourceList"] = [{"type": kind, "source": key.link()} for kind, key in _sources(event)]
    data["destinationList"] = [{"type": kind, "destination": key.link()} for kind, key in _destinations(event)]
    data["ilmd"] = dict(event.ilmd)
    return {name: value for name, value in data.items() if value} | event.extensions


def json_document(
    events: Iterable[Event],
    *,
    style: str,
    created: datetime,
    namespaces: dict[str, str],
    domains: dict[str, str],
    masterdata: Vocabularies,
) -> str:
    """An EPCISDocument in JSON-LD, one event a line so that a change shows up as one line."""
    vocabularies = [
        {
            "type": kind,
            "vocabularyElementList": [
                {
                    "id": identifier,
                    "attributes": [{"id": name, "attribute": value} for name, value in attributes.items()],
                }
                for identifier, attributes in elements
            ],
        }
        for kind, elements in masterdata.items()
    ]
    head = {
        "@context": [_CONTEXT, namespaces],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": stamp(created, style),
        "epcisHeader": {"epcisMasterData": {"vocabularyList": vocabularies}},
    }
    lines = json.dumps(head, indent=2, ensure_ascii=False)[:-2]
    body = ",\n".join(
        "      " + json.dumps(json_event(event, style=style, domains=domains), ensure_ascii=False) for event in events
    )
    return f'{lines},\n  "epcisBody": {{\n    "eventList": [\n{body}\n    ]\n  }}\n}}\n'
