"""Rules for seafood by the Global Dialogue on Seafood Traceability (GDST 1.2).

Takes a :class:`~epcis_kit.validate.rules.Look`; yields problems. Guarantees: which critical tracking event (CTE) an
event is, is told by its business step and, for the plain ``commissioning``, by what it tells of the goods; details of a
vessel count in the event and in the master data of its place; names are found in any namespace and case, because
releases of the standard differ there.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.gs1.linters.code_lists import iso3166alpha2
from epcis_kit.validate.extension_values import anywhere, first, ilmd_of, local, said, text_of
from epcis_kit.validate.rules import problem, rule
from epcis_kit.validate.rules_masterdata import own_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event, Extension
    from epcis_kit.validate.master_data import Place
    from epcis_kit.validate.rules import Look, Problem

__all__ = ["tracking_event"]

_STEPS: Final = {
    "fishingevent": "fishing",
    "fishing": "fishing",
    "onvesselprocessing": "processing",
    "transshipment": "transshipment",
    "landing": "landing",
    "hatching": "hatching",
    "farmharvest": "farm harvest",
    "farmevent": "farm harvest",
    "feedmill": "feed mill",
    "processing": "processing",
    "commingling": "commingling",
}
_MAKING: Final = frozenset({"fishing", "hatching", "farm harvest", "feed mill", "processing", "commingling"})
_VESSEL: Final = {"vesselName": "vesselname", "vesselID": "vesselid", "vesselFlagState": "vesselflagstate"}
_CATCH: Final = {"catchArea": "catcharea", "fishingGearTypeCode": "fishinggeartypecode"}
_TRIP_DATES: Final = (
    "vesseltripdate",
    "vesseltripstartdate",
    "vesseltripenddate",
    "harveststartdate",
    "harvestenddate",
    "harvestdate",
)
_METHODS: Final = {"fishing": ("MARINE_FISHERY", "INLAND_FISHERY"), "farm harvest": ("AQUACULTURE",)}
_METHOD: Final = ("productionmethodforfishandseafoodcode", "productionmethodcode")
_FARMED: Final = {
    "feed mill": ("proteinSource", ("proteinsource",)),
    "farm harvest": ("aquacultureMethod", ("aquaculturemethod",)),
    "hatching": ("broodstockSource", ("broodstocksource", "broodstocksources")),
}
_CERTIFICATE: Final = ("certificationtype", "certificatetype")
_IMO: Final = re.compile(r"(?:IMO[ -]?)?([0-9]+)", re.IGNORECASE).fullmatch
_IMO_DIGITS: Final = 7


def tracking_event(event: Event) -> str:
    """Which CTE an event is (``"fishing"``, ``"feed mill"`` …); ``""`` for shipping, receiving, packing and others."""
    step = event.biz_step or ""
    known = _STEPS.get(re.split(r"[:/#\-]", step)[-1].casefold().replace("_", ""))
    if known is not None:
        return known
    if step not in {"commissioning", "creating_class_instance"}:
        return ""
    if event.type == "TransformationEvent":
        return "processing"
    if event.type != "ObjectEvent" or getattr(event, "action", "") != "ADD":
        return ""
    ilmd = ilmd_of(event)
    if next(anywhere(ilmd, "vesselcatchinformation"), None) is not None:
        return "fishing"
    for name, (_, names) in _FARMED.items():
        if first(ilmd, *names) is not None:
            return name
    return "feed mill" if getattr(event, "quantity_list", ()) else ""


def _everything(event: Event) -> tuple[Extension, ...]:
    return (*ilmd_of(event), *event.extensions)


@rule("GDS-001", moments=("event",))
def parties_named(look: Look) -> Iterator[Problem]:
    told = _everything(look.event)
    if not said(told, "productowner"):
        yield problem("default", "", expected="gdst:productOwner")
    if not said(told, "informationprovider"):
        yield problem("default", "", expected="cbvmda:informationProvider")


@rule("GDS-002", types=("ObjectEvent",), moments=("event",))
def catch_told(look: Look) -> Iterator[Problem]:
    event = look.event
    if tracking_event(event) != "fishing":
        return
    ilmd = ilmd_of(event)
    place = _place(look)
    entries = list(anywhere(ilmd, "vesselcatchinformation", path="ilmd"))
    if not entries:
        yield problem("no_catch", "ilmd" if ilmd else "")
    for path, entry in entries:
        for name, folded in (*_VESSEL.items(), *_CATCH.items()):
            stored = name in _VESSEL and place is not None and place.attributes.get(name)
            if not said(entry.children, folded) and not stored:
                yield problem("missing", path, expected=name)
    if entries and not any(text_of(found) for _, found in anywhere(_everything(event), *_TRIP_DATES)):
        yield problem("dates", entries[0][0])
    yield from _method(event, "fishing")
    kinds = {text_of(found).rpartition(":")[2].casefold() for _, found in anywhere(_everything(event), *_CERTIFICATE)}
    if "fishingauth" not in kinds:
        yield problem("authorisation", "ilmd" if ilmd else "")


def _method(event: Event, kind: str) -> Iterator[Problem]:
    found = next(anywhere(ilmd_of(event), *_METHOD, path="ilmd"), None)
    expected = " or ".join(_METHODS[kind])
    if found is None or not text_of(found[1]):
        yield problem("missing", "ilmd" if ilmd_of(event) else "", expected="productionMethodForFishAndSeafoodCode")
    elif text_of(found[1]).rpartition("-")[2].upper() not in _METHODS[kind]:
        yield problem("method", found[0], value=text_of(found[1]), expected=expected)


def _place(look: Look) -> Place | None:
    """The master data of the place of the event: a vessel, a farm, a port."""
    location = look.event.biz_location
    if location is None:
        return None
    found = own_data(look).place(location.id)
    if found is None and look.master_data is not None:
        found = look.master_data.place(location.id)
    return found


@rule("GDS-003", moments=("event", "end"))
def vessels_identified(look: Look) -> Iterator[Problem]:
    for path, name, text in _vessels(look):
        if name.endswith("vesselflagstate"):
            if iso3166alpha2(text) is not None:
                yield problem("flag", path, value=text)
            continue
        number = _IMO(text)
        if number is None or len(number[1]) < _IMO_DIGITS:
            yield problem("imo", path, value=text)
        elif len(number[1]) == _IMO_DIGITS:
            digits = [int(digit) for digit in number[1]]
            check = sum(digit * weight for digit, weight in zip(digits, range(7, 1, -1), strict=False)) % 10
            if check != digits[-1]:
                yield problem("imo_digit", path, value=text, expected=check)


@rule("GDS-008", moments=("event", "end"))
def vessel_numbers_short(look: Look) -> Iterator[Problem]:
    for path, name, text in _vessels(look):
        number = None if name.endswith("vesselflagstate") else _IMO(text)
        if number is not None and len(number[1]) > _IMO_DIGITS:
            yield problem("default", path, value=text, digits=len(number[1]))


def _vessels(look: Look) -> Iterator[tuple[str, str, str]]:
    """What is said of vessels, in the event or, at the end, in the master data: place, name in small letters, text."""
    names = ("imonumber", "vesselflagstate")
    if look.moment == "event":
        found = (*anywhere(ilmd_of(look.event), *names, path="ilmd"), *anywhere(look.event.extensions, *names))
        for path, extension in found:
            if text_of(extension):
                yield path, local(extension), text_of(extension)
        return
    for place in own_data(look).places.values():
        for name, text in place.attributes.items():
            if name.casefold() in names:
                yield place.origin, name.casefold(), text


@rule("GDS-004", types=("ObjectEvent", "TransformationEvent"), moments=("event",))
def farming_told(look: Look) -> Iterator[Problem]:
    event = look.event
    kind = tracking_event(event)
    if kind not in _FARMED:
        return
    name, names = _FARMED[kind]
    found = next(anywhere(ilmd_of(event), *names, path="ilmd"), None)
    if found is None or not text_of(found[1]):
        guessed = kind == "feed mill" and event.biz_step == "commissioning"
        yield problem("guessed" if guessed else "missing", "ilmd" if ilmd_of(event) else "", kind=kind, expected=name)
    elif kind == "hatching":
        allowed = look.parameters["broodstock_sources"]
        if _folded(text_of(found[1])) not in {_folded(each) for each in allowed}:
            yield problem("broodstock", found[0], value=text_of(found[1]), expected=", ".join(allowed))
    if kind == "farm harvest":
        for fault in _method(event, kind):
            yield dataclasses.replace(fault, parameters=(("kind", kind), *fault.parameters))


def _folded(text: str) -> str:
    return re.sub("[^a-z0-9]", "", text.rpartition(":")[2].casefold())


@rule("GDS-005", moments=("event",))
def lots_and_weights(look: Look) -> Iterator[Problem]:
    event = look.event
    kind = tracking_event(event)
    if kind in _MAKING and event.type in {"ObjectEvent", "TransformationEvent"}:
        ilmd = ilmd_of(event)
        if not any(text_of(found) for _, found in anywhere(ilmd, "lotnumber")):
            yield problem("lot", "ilmd" if ilmd else "", kind=kind)
    for mention in look.mentions.classes:
        element = mention.element
        assert element is not None
        if mention.key.level == "class":
            yield problem("class", mention.path, value=mention.text)
        path = mention.path.removesuffix("/epcClass")
        if element.quantity is None or not element.uom:
            yield problem("weight", path, value=mention.text)


@rule("GDS-006", moments=("event",))
def words_known(look: Look) -> Iterator[Problem]:
    event = look.event
    known = {each.casefold() for each in look.parameters["certification_types"]}
    for part, path in ((ilmd_of(event), "ilmd"), (event.extensions, "")):
        for place, found in anywhere(part, *_CERTIFICATE, path=path):
            text = text_of(found)
            start, _, name = text.rpartition(":")
            if (
                start.casefold() not in {"urn:gdst:certtype", "urn:gdst:certificatetype"}
                or name.casefold() not in known
            ):
                expected = ", ".join(f"urn:gdst:certType:{each}" for each in look.parameters["certification_types"])
                yield problem("certificate", place, value=text or "nothing", expected=expected)
        for place, found in anywhere(part, "humanwelfarepolicy", path=path):
            text = text_of(found)
            policies = look.parameters["welfare_policies"]
            if text and _folded(text) not in {_folded(each) for each in policies}:
                yield problem("welfare", place, value=text, expected=", ".join(policies))


@rule("GDS-007", moments=("event", "end"))
def species_told(look: Look) -> Iterator[Problem]:
    """Which products are feed is known when all events were seen."""
    memory = look.memory
    if look.moment == "event":
        kind = tracking_event(look.event)
        if kind in _MAKING:
            made: dict[str, Any] = memory.setdefault("made", {})
            for mention in look.mentions.classes:
                if not mention.field.startswith("input"):
                    product = own_data(look).product(mention.text)
                    if product is not None:
                        made.setdefault(product.key, kind)
        return
    for key, product in own_data(look).products.items():
        if memory.get("made", {}).get(key) in {None, "feed mill"}:
            continue
        attributes = product.attributes
        if not attributes.get("speciesForFisheryStatisticsPurposesName"):
            yield problem("species", product.origin, value=key)
        if not attributes.get("tradeItemConditionCode"):
            yield problem("form", product.origin, value=key)
