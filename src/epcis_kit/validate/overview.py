"""What a document is about, as plain data for the reports: events, products, lots, containers, parties.

Takes the events of a document one after another and its head at the end; gives the overview that
``schemas/json/report.schema.json`` describes, and says of a finding what it concerns (GTIN, serial number, lot, SSCC,
party). Guarantees: memory is bounded by :data:`LIMITS` however long the document is; where a limit was reached the
overview names it under ``cut``; the order of everything is that of first mention, so the same document gives the same
overview.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model import find_extensions
from epcis_kit.vocab import to_bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.findings import Finding
    from epcis_kit.model import Document, Event
    from epcis_kit.validate.mentions import Mention, Mentions

__all__ = ["LIMITS", "Overview", "affected", "parts_of"]

LIMITS: Final = {"serials": 200_000, "products": 500, "lots": 5_000, "containers": 50_000, "locations": 500}
"""How many different things an overview remembers."""

_STEM: Final = "https://id.gs1.org/"
_NAMES: Final = {
    "00": "SSCC",
    "01": "GTIN",
    "10": "lot",
    "21": "serial",
    "254": "extension",
    "401": "GINC",
    "402": "GSIN",
    "414": "GLN",
    "417": "party GLN",
    "8003": "GRAI",
    "8004": "GIAI",
    "8006": "ITIP",
    "8010": "CPID",
    "8017": "GSRN",
    "8018": "GSRN",
}
_WORDS_FOR_NAMES: Final = ("regulatedProductName", "descriptionShort", "functionalName", "tradeItemDescription", "name")
_GLN_DIGITS: Final = 13
_MOST_ROOTS: Final = 25
_MOST_INSIDE: Final = 25
_MOST_DEPTH: Final = 6
_MOST_AFFECTED: Final = 8
_SHOWN_LOTS: Final = 50


def parts_of(key: str) -> list[tuple[str, str]]:
    """The parts of a canonical key as kind and value: ``[("GTIN", "0952…"), ("serial", "1")]``."""
    if not key.startswith(_STEM):
        return [("identifier", key)]
    pieces = key[len(_STEM) :].split("/")
    return [(_NAMES.get(ai, f"({ai})"), value) for ai, value in zip(pieces[::2], pieces[1::2], strict=False)]


def affected(finding: Finding, event: Event, mentions: Mentions) -> tuple[tuple[str, str], ...]:
    """What a finding about an event concerns: the identifier it points at, else the first ones of the event."""
    inner = finding.location.inner
    for mention in mentions:
        if mention.path == inner or (inner and inner.startswith(f"{mention.path}/")):
            return tuple(parts_of(mention.key.key))
    return _first_of(event, mentions)


def _first_of(event: Event, mentions: Mentions) -> tuple[tuple[str, str], ...]:
    """The first objects of an event, or its places."""
    found: dict[tuple[str, str], None] = {}
    for mention in (*mentions.objects[:_MOST_AFFECTED], *mentions.classes[:_MOST_AFFECTED]):
        found.update(dict.fromkeys(parts_of(mention.key.key)))
    if not found:
        for part in (event.read_point, event.biz_location):
            if part is not None:
                found.update(dict.fromkeys(parts_of(trace_key(part.id).key)))
    return tuple(found)[:_MOST_AFFECTED]


class _Product:
    __slots__ = ("expiry", "lots", "more_lots", "serials")

    def __init__(self) -> None:
        self.lots: dict[str, None] = {}
        self.more_lots = 0
        self.expiry: dict[str, None] = {}
        self.serials = 0


class _Company:
    __slots__ = ("events", "roles")

    def __init__(self) -> None:
        self.roles: dict[str, None] = {}
        self.events = 0


class Overview:
    """Gathers what the events of one document name."""

    def __init__(self) -> None:
        self._events: Counter[tuple[str, str, str]] = Counter()
        self._times: list[tuple[int, str]] = []
        self._seen: set[int] = set()
        self._numbers: Counter[str] = Counter()
        self._products: dict[str, _Product] = {}
        self._lots = 0
        self._companies: dict[str, _Company] = {}
        self._inside: dict[str, dict[str, int]] = {}
        self._links = 0
        self._cut: dict[str, None] = {}
        self._concerned: dict[int, tuple[tuple[str, str], ...]] = {}

    # -- events

    def event(self, event: Event, mentions: Mentions, index: int) -> None:
        """The next event, with what it names and its number."""
        if len(self._concerned) < LIMITS["lots"]:
            self._concerned[index] = _first_of(event, mentions)
        step = to_bare("biz_step", event.biz_step) if event.biz_step else ""
        kind = (event.type, step, getattr(event, "action", None) or "")
        if kind in self._events or len(self._events) < LIMITS["products"]:
            self._events[kind] += 1
        else:
            self._events["other", "", ""] += 1
        time = (event.event_time.epoch_us, event.event_time.text)
        self._times = sorted((*self._times, time))
        self._times = [self._times[0], self._times[-1]]
        lots, expiry = _ilmd(event, "lotNumber"), _ilmd(event, "itemExpirationDate")
        for mention in mentions.objects:
            if mention.field.startswith("input"):  # the ILMD of a transformation is about its outputs
                self._object(mention, [], [])
            else:
                self._object(mention, lots, expiry)
        for mention in mentions.classes:
            self._class(mention, [] if mention.field.startswith("input") else expiry)
        self._places(event, mentions)
        if event.type in {"AggregationEvent", "AssociationEvent"}:
            self._packing(event, mentions)

    def _object(self, mention: Mention, lots: list[str], expiry: list[str]) -> None:
        key = mention.key
        new = self._new(key.key)
        if key.class_key is None:
            if new and key.level == "instance" and key.key.startswith(f"{_STEM}00/"):
                self._numbers["sscc"] += 1
            return
        gtin = _gtin(key.key)
        if gtin is None:
            return
        product = self._product(gtin)
        if new and key.level == "instance":
            self._numbers["serial"] += 1
            if product is not None:
                product.serials += 1
        self._described(product, lots, expiry)

    def _class(self, mention: Mention, expiry: list[str]) -> None:
        gtin = _gtin(mention.key.key)
        if gtin is None:
            return
        lot = dict(parts_of(mention.key.key)).get("lot")
        self._described(self._product(gtin), [] if lot is None else [lot], expiry)

    def _described(self, product: _Product | None, lots: Iterable[str], expiry: Iterable[str]) -> None:
        if product is None:
            return
        for lot in lots:
            if lot in product.lots:
                continue
            if self._lots >= LIMITS["lots"]:
                self._cut["lots"] = None
                continue
            product.lots[lot] = None
            self._lots += 1
        for date in expiry:
            if len(product.expiry) < _SHOWN_LOTS:
                product.expiry[date] = None

    def _new(self, key: str) -> bool:
        mark = hash(key)
        if mark in self._seen:
            return False
        if len(self._seen) < LIMITS["serials"]:
            self._seen.add(mark)
        else:
            self._cut["serials"] = None
        return True

    def _product(self, gtin: str) -> _Product | None:
        product = self._products.get(gtin)
        if product is None:
            if len(self._products) >= LIMITS["products"]:
                self._cut["products"] = None
                return None
            product = self._products[gtin] = _Product()
        return product

    def concerning(self, finding: Finding, event: Event, mentions: Mentions) -> Finding:
        """The finding with what it concerns."""
        if finding.affected or finding.location.event_index is None:
            return finding
        return dataclasses.replace(finding, affected=affected(finding, event, mentions))

    def completed(self, finding: Finding) -> Finding:
        """A finding about an event that was met before or is met later, with the first things of that event."""
        index = finding.location.event_index
        if finding.affected or index is None or index not in self._concerned:
            return finding
        return dataclasses.replace(finding, affected=self._concerned[index])

    # -- places and companies

    def _places(self, event: Event, mentions: Mentions) -> None:
        met: set[str] = set()
        for mention in mentions.places:
            field = mention.field.partition("/")
            if field[0] in {"sourceList", "destinationList"}:
                number = int(field[2].partition("/")[0])
                entry = event.source_list[number] if field[0] == "sourceList" else event.destination_list[number]
                role = to_bare("source_dest_type", entry.type) if entry.type else field[0]
            else:
                role = field[0]
            self._company(mention.key.key, role, counts=mention.key.key not in met)
            met.add(mention.key.key)

    def _company(self, key: str, role: str, *, counts: bool = True) -> None:
        company = self._companies.get(key)
        if company is None:
            if len(self._companies) >= LIMITS["locations"]:
                self._cut["locations"] = None
                return
            company = self._companies[key] = _Company()
        if len(company.roles) < _MOST_AFFECTED:
            company.roles[role] = None
        company.events += counts

    # -- packing

    def _packing(self, event: Event, mentions: Mentions) -> None:
        parent = mentions.parent
        if parent is None:
            return
        outer = parent.key.key
        children = [(mention.key.key, 1) for mention in mentions.objects if mention is not parent]
        for mention in mentions.classes:
            amount = None if mention.element is None else mention.element.quantity
            whole = amount is not None and amount == int(amount) and 0 < amount < 10**9
            children.append((mention.key.key, int(amount) if whole and amount is not None else 1))
        if getattr(event, "action", None) == "DELETE":
            inside = self._inside.get(outer)
            if inside is not None:
                for key in [key for key, _ in children] or list(inside):
                    self._links -= inside.pop(key, None) is not None
                if not inside:
                    del self._inside[outer]
            return
        for key, number in children:
            if self._links >= LIMITS["containers"]:
                self._cut["containers"] = None
                return
            inside = self._inside.setdefault(outer, {})
            if key not in inside:
                inside[key] = number
                self._links += 1

    # -- the whole

    def result(self, document: Document) -> dict[str, Any]:
        """The overview, when the last event was given; the head of the document gives the names."""
        names = dict(_names(document))
        for role, text in _ends(document):
            gln = text.isascii() and text.isdigit() and len(text) == _GLN_DIGITS
            self._company(trace_key(f"{_STEM}417/{text}" if gln else text).key, role, counts=False)
        numbers = {
            "product": len(self._products),
            "lot": self._lots,
            "serial": self._numbers["serial"],
            "sscc": self._numbers["sscc"],
            "location": sum(not _is_party(company) for company in self._companies.values()),
            "party": sum(_is_party(company) for company in self._companies.values()),
        }
        result: dict[str, Any] = {}
        if self._times:
            result.update(first=self._times[0][1], last=self._times[-1][1])
        result.update(
            numbers=numbers,
            events=[
                {"type": kind, "step": step, "action": action, "count": count}
                for (kind, step, action), count in self._events.items()
            ],
            products=[
                {
                    "gtin": gtin,
                    "name": names.get(f"{_STEM}01/{gtin}", ""),
                    "lots": list(product.lots)[:_SHOWN_LOTS],
                    "more_lots": max(0, len(product.lots) - _SHOWN_LOTS),
                    "expiry": list(product.expiry),
                    "serials": product.serials,
                }
                for gtin, product in self._products.items()
            ],
            levels=self._levels(),
            tree=self._tree(),
            companies=[
                {
                    "id": _shown(key),
                    "name": names.get(key, ""),
                    "roles": list(company.roles),
                    "events": company.events,
                }
                for key, company in self._companies.items()
            ],
            cut=list(self._cut),
            limits={name: LIMITS[name] for name in self._cut},
        )
        return result

    def _levels(self) -> list[dict[str, Any]]:
        rows: dict[tuple[str, str], list[int]] = {}
        for outer, inside in self._inside.items():
            counts: Counter[str] = Counter()
            for key, number in inside.items():
                counts[_kind(key)] += number
            for content, number in counts.items():
                rows.setdefault((_kind(outer), content), []).append(number)
        return [
            {
                "container": container,
                "content": content,
                "containers": len(counts_of),
                "contents": sum(counts_of),
                "least": min(counts_of),
                "most": max(counts_of),
            }
            for (container, content), counts_of in rows.items()
        ]

    def _tree(self) -> list[dict[str, Any]]:
        held = {key for inside in self._inside.values() for key in inside}
        roots = [key for key in self._inside if key not in held]
        tree = [self._node(key, 1, frozenset()) for key in roots[:_MOST_ROOTS]]
        if len(roots) > _MOST_ROOTS:
            self._cut["containers"] = None
        return tree

    def _node(self, key: str, number: int, above: frozenset[str]) -> dict[str, Any]:
        node: dict[str, Any] = {"key": key, "label": _label(key) + (f" × {number:,}" if number > 1 else "")}
        inside = self._inside.get(key)
        if inside and key not in above and len(above) < _MOST_DEPTH:
            inner = above | {key}
            shown = list(inside.items())[:_MOST_INSIDE]
            node["contents"] = [self._node(child, amount, inner) for child, amount in shown]
            if len(inside) > len(shown):
                node["more"] = len(inside) - len(shown)
        return node


def _ilmd(event: Event, name: str) -> list[str]:
    ilmd = getattr(event, "ilmd", None)
    return [found.text.strip() for found in find_extensions(ilmd, name) if found.text.strip()] if ilmd else []


def _gtin(key: str) -> str | None:
    return key[len(_STEM) + 3 :].partition("/")[0] if key.startswith(f"{_STEM}01/") else None


def _kind(key: str) -> str:
    (name, value), *_ = parts_of(key)
    return f"GTIN {value}" if name == "GTIN" else name


def _label(key: str) -> str:
    return " ".join(f"{name} {value}" for name, value in parts_of(key))


def _shown(key: str) -> str:
    return _label(key) if key.startswith(_STEM) else key


def _is_party(company: _Company) -> bool:
    return any(role.endswith("party") or role in {"sender", "receiver"} for role in company.roles)


def _names(document: Document) -> Iterator[tuple[str, str]]:
    """What the master data of the header calls things; the first name of each."""
    found: dict[str, str] = {}
    for vocabulary in () if document.header is None else document.header.master_data:
        for element in vocabulary.elements:
            by_name = {one.id.rpartition("#")[2].rpartition(":")[2]: one.text for one in reversed(element.attributes)}
            name = next((by_name[word] for word in _WORDS_FOR_NAMES if by_name.get(word)), "")
            key = trace_key(element.id)
            if name:
                found.setdefault(key.class_key or key.key, name)
    yield from found.items()


def _ends(document: Document) -> Iterator[tuple[str, str]]:
    """Sender and receiver of the document."""
    for role, text in (("sender", document.sender), ("receiver", document.receiver)):
        if text:
            yield role, text
    if document.header is not None and document.header.sbdh is not None:
        for role, partners in (("sender", document.header.sbdh.senders), ("receiver", document.header.sbdh.receivers)):
            for partner in partners:
                if partner.identifier:
                    yield role, partner.identifier
