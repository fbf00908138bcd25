"""Rules that compare a document with master data: products, places, packs and drug codes.

Takes a :class:`~epcis_kit.validate.rules.Look` with master data; yields problems. Guarantees: without master data of a
kind its rules are silent; an identifier is named once in a document, at the place where it stands first; keys are
compared by what they mean, not by how they are spelt.
"""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.validate.master_data import class_key, of_header, place_key
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.master_data import MasterData, Product
    from epcis_kit.validate.rules import Look, Problem

__all__ = ["ndc_agrees", "own_data"]

_GTIN: Final = "https://id.gs1.org/01/"
_GLN: Final = "https://id.gs1.org/414/"
_PARTY_TYPES: Final = frozenset({"owning_party", "possessing_party"})
_DRUG: Final = "03"
_NDC_10, _NDC_11 = 10, 11
_TWO: Final = 2


def own_data(look: Look) -> MasterData:
    """The master data in the header of the document itself, read once."""
    data: MasterData | None = look.shared.get("own_data")
    if data is None or look.shared.get("own_header") is not look.document.header:
        data = look.shared["own_data"] = of_header(look.document.header)
        look.shared["own_header"] = look.document.header
    return data


@rule("MD-001")
def products_known(look: Look) -> Iterator[Problem]:
    if look.moment != "event" or look.master_data is None or not look.master_data.products:
        return
    seen = look.memory
    day = look.event.event_time.as_datetime().date()
    for mention in (*look.mentions.objects, *look.mentions.classes):
        key = mention.key.class_key
        if key is None or not key.startswith(_GTIN) or key in seen:
            continue
        seen[key] = True
        product = look.master_data.products.get(key)
        if product is None:
            yield problem("unknown", mention.path, value=key[len(_GTIN) :])
        elif not product.active_on(day):
            yield problem("inactive", mention.path, value=key[len(_GTIN) :], day=day.isoformat())
        else:
            yield from _markets(look, product, mention.path, key[len(_GTIN) :])


def _markets(look: Look, product: Product, path: str, gtin: str) -> Iterator[Problem]:
    market = str(look.parameters["market"]).upper()
    if market and product.markets and market not in product.markets:
        yield problem("market", path, value=gtin, market=market, expected=", ".join(product.markets))


@rule("MD-002")
def places_known(look: Look) -> Iterator[Problem]:
    if look.moment != "event" or look.master_data is None or not look.master_data.places:
        return
    event = look.event
    day = event.event_time.as_datetime().date()
    named = [("place", place.id, name) for place, name in _own_places(event)]
    for number, source in enumerate(event.source_list):
        named.append((_role(source.type), source.source, f"sourceList/{number}/source"))
    for number, destination in enumerate(event.destination_list):
        named.append((_role(destination.type), destination.destination, f"destinationList/{number}/destination"))
    for role, text, path in named:
        if f"{role} {text}" in look.memory:
            continue
        look.memory[f"{role} {text}"] = True
        if not place_key(text).startswith(_GLN):
            continue
        place = look.master_data.place(text)
        if place is None:
            yield problem("unknown", path, value=text)
        elif not place.active_on(day):
            yield problem("inactive", path, value=text, day=day.isoformat())
        elif role and place.roles and role not in place.roles:
            yield problem(role, path, value=text, name=place.name or text)


def _own_places(event: Any) -> Iterator[tuple[Any, str]]:
    if event.read_point is not None:
        yield event.read_point, "readPoint/id"
    if event.biz_location is not None:
        yield event.biz_location, "bizLocation/id"


def _role(kind: str | None) -> str:
    return "party" if kind in _PARTY_TYPES else "place" if kind == "location" else ""


@rule("MD-003", types=("AggregationEvent",), moments=("event", "end"))
def packs_full(look: Look) -> Iterator[Problem]:
    """Children that are put in by several events are counted together."""
    if look.master_data is None:
        return
    if look.moment == "event":
        product = _container(look)
        if product is None or product.pack_quantity is None:
            return
        count = _content(look, product)
        parent = look.mentions.parent
        if count is not None and parent is not None:
            pack = look.memory.setdefault(parent.key.key, _Pack(parent.text, product.pack_quantity, look.index))
            pack.count += count
        return
    for pack in look.memory.values():
        if pack.count != pack.expected and not (look.parameters["partial_packs"] and pack.count < pack.expected):
            yield problem(
                "default",
                "parentID",
                event_index=pack.index,
                value=format(pack.count, "f"),
                expected=format(pack.expected, "f"),
                parent=pack.parent,
            )


@dataclasses.dataclass(slots=True)
class _Pack:
    """A container and what was put into it."""

    parent: str
    expected: Decimal
    index: int
    count: Decimal = Decimal(0)


def _container(look: Look) -> Product | None:
    """The product of the parent of an ADD; ``None`` for logistic units and what the master data do not know."""
    parent = look.mentions.parent
    if getattr(look.event, "action", "") != "ADD" or parent is None or parent.key.class_key is None:
        return None
    product: Product | None = look.master_data.products.get(parent.key.class_key)
    return product


def _content(look: Look, product: Product) -> Decimal | None:
    """How many of the expected content were put in; ``None`` where they are not counted one by one."""
    count = Decimal(0)
    for mention in look.mentions.objects:
        if mention.field == "childEPCs" and (not product.child or mention.key.class_key == product.child):
            count += 1
    for mention in look.mentions.classes:
        element = mention.element
        if element is None or element.quantity is None or element.uom:
            return None
        if not product.child or class_key(mention.text, mention.key) == product.child:
            count += element.quantity
    return count


@rule("MD-004", types=("AggregationEvent",), moments=("event",))
def content_right(look: Look) -> Iterator[Problem]:
    if look.master_data is None:
        return
    product = _container(look)
    if product is None or not product.child:
        return
    for mention in (*look.mentions.objects, *look.mentions.classes):
        found = mention.key.class_key
        if mention.field == "parentID" or found is None or found == product.child:
            continue
        pair = f"{product.key} {found}"
        if pair in look.memory:
            continue
        look.memory[pair] = True
        yield problem(
            "default",
            mention.path,
            value=found.rpartition("/")[2],
            expected=product.child.rpartition("/")[2],
            parent=product.key.rpartition("/")[2],
        )


@rule("MD-006", moments=("end",))
def drug_codes_agree(look: Look) -> Iterator[Problem]:
    for key, product in own_data(look).products.items():
        if not key.startswith(_GTIN) or not product.ndc:
            continue
        gtin = key[len(_GTIN) :]
        path = _attribute(look, product.origin, "additionalTradeItemIdentification")
        if ndc_agrees(gtin, product.ndc) is False:
            yield problem("default", path, value=product.ndc, gtin=gtin, expected=gtin[3:13])
        known = None if look.master_data is None else look.master_data.products.get(key)
        if known is not None and known.ndc and _digits(known.ndc) != _digits(product.ndc):
            yield problem("master", path, value=product.ndc, gtin=gtin, expected=known.ndc)
    if look.master_data is not None:
        for key, product in look.master_data.products.items():
            if key.startswith(_GTIN) and ndc_agrees(key[len(_GTIN) :], product.ndc) is False:
                gtin = key[len(_GTIN) :]
                yield problem("table", "", value=product.ndc, gtin=gtin, expected=gtin[3:13], origin=product.origin)


def _attribute(look: Look, origin: str, name: str) -> str:
    """The place of an attribute of a master data element of the document, whose own place is known."""
    numbers = re.findall("[0-9]+", origin)
    header = look.document.header
    if header is None or len(numbers) != _TWO:
        return origin
    element = header.master_data[int(numbers[0])].elements[int(numbers[1])]
    for index, attribute in enumerate(element.attributes):
        if re.split("[:/#]", attribute.id)[-1] == name:
            return f"{origin}/attributes/{index}"
    return origin


def ndc_agrees(gtin: str, ndc: str) -> bool | None:
    """Whether a GTIN-14 is built from an NDC: indicator, 03, the ten digits, check digit.

    ``None`` where the GTIN is not built from any NDC, or the code is none. An NDC of eleven digits (5-4-2) has one zero
    more than the code in the GTIN, in the place that its form does not tell.
    """
    digits = _digits(ndc)
    if gtin[1:3] != _DRUG or len(digits) not in {_NDC_10, _NDC_11}:
        return None
    inside = gtin[3:13]
    if len(digits) == _NDC_10:
        return digits == inside
    shorter = {digits[:at] + digits[at + 1 :] for at in (0, 5, 9) if digits[at] == "0"}
    return inside in shorter


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


@rule("MD-008", moments=("head",))
def master_data_agree(look: Look) -> Iterator[Problem]:
    for conflict in () if look.master_data is None else look.master_data.conflicts:
        yield problem(
            "default",
            "",
            name=conflict.name,
            key=conflict.key,
            value=conflict.second,
            expected=conflict.first,
            first=conflict.first_origin,
            second=conflict.second_origin,
        )
