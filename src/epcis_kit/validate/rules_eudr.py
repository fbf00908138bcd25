"""Rules for goods under the EU deforestation regulation (EU) 2023/1115.

Takes a :class:`~epcis_kit.validate.rules.Look`; yields problems. Guarantees: an event tells the origin of goods where
its step or its data say so, and only such an event is asked for plots, harvest and statement; coordinates are read from
``geo:`` URIs, GeoJSON texts, lists of numbers and separate values; no library is needed and the cost is linear in what
is written.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.extension_values import anywhere, ilmd_of, local, said, text_of
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event, Extension
    from epcis_kit.validate.rules import Look, Problem

__all__ = ["is_origin"]

_ORIGIN_STEPS: Final = ("declaring_origin", "declaringorigin", "harvesting", "harvest", "origin")
_ORIGIN: Final = ("originlist", "origindetails", "plot", "plots", "plotoforigin", "geofence")
_POINT: Final = ("geolocation", "geocoordinates", "coordinates", "point", "geo")
_POLYGON: Final = ("geofence", "polygon", "geoshape", "boundary")
_HARVEST: Final = ("harvestdate", "harvestdatestart", "harveststartdate", "productiondate", "productionstartdate")
_REFERENCE: Final = (
    "regulatoryreferencenumber",
    "ddsreference",
    "ddsreferencenumber",
    "duediligencestatement",
    "duediligencestatementnumber",
    "duediligencestatementreference",
)
_NUMBER: Final = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]*)?")
_LEAST_NUMBERS: Final = 8  # a triangle whose last corner is its first
_ONE_CORNER: Final = 3
_SQUARE: Final = {"HAR": Decimal(1), "MTK": Decimal("0.0001"), "KMK": Decimal(100), "ACR": Decimal("0.404686")}


def _told(event: Event) -> tuple[tuple[str, tuple[Extension, ...]], ...]:
    return (("ilmd", ilmd_of(event)), ("", event.extensions))


def is_origin(event: Event) -> bool:
    """Whether an event tells where goods were grown."""
    step = re.split(r"[:/#]", event.biz_step or "")[-1].casefold()
    if step in _ORIGIN_STEPS:
        return True
    return any(next(anywhere(part, *_ORIGIN), None) is not None for _, part in _told(event))


@rule("EUD-001", types=("ObjectEvent", "TransformationEvent"), moments=("event",))
def origin_told(look: Look) -> Iterator[Problem]:
    event = look.event
    if not is_origin(event):
        return
    plots = [
        (path, found)
        for start, part in _told(event)
        for path, found in anywhere(part, "origindetails", "plot", "plotoforigin", path=start)
    ]
    if plots:
        for path, plot in plots:
            yield from _plot(look, path, plot.children)
    else:
        yield from _plot(look, "", (*ilmd_of(event), *event.extensions))
    if not any(said([found], local(found)) for _, part in _told(event) for _, found in anywhere(part, *_HARVEST)):
        yield problem("harvest", "")
    referenced = any(text_of(found) for _, part in _told(event) for _, found in anywhere(part, *_REFERENCE))
    kinds = (re.sub("[^a-z]", "", (item.type or "").casefold()) for item in event.biz_transaction_list)
    if look.parameters["statement"] and not referenced and not any(_is_statement(kind) for kind in kinds):
        yield problem("statement", "")


def _is_statement(kind: str) -> bool:
    return "duediligence" in kind or kind.endswith("dds")


def _plot(look: Look, path: str, told: tuple[Extension, ...]) -> Iterator[Problem]:
    polygons = _shapes(told, _POLYGON, path)
    places = tuple(place for place, _ in polygons)
    points = [
        (place, _numbers(found))
        for place, found in anywhere(told, *_POINT, path=path)
        if not place.startswith(places) and _numbers(found)
    ]
    latitude, longitude = _first(told, "latitude"), _first(told, "longitude")
    if latitude and longitude:
        points = [(path, [latitude, longitude])]
    read_point = look.event.read_point
    if not points and not polygons and not path and read_point is not None and read_point.id.startswith("geo:"):
        points.append(("readPoint/id", _in_text(read_point.id)))
    if not points and not polygons:
        yield problem("plot", path)
        return
    area = _hectares(told)
    limit = Decimal(str(look.parameters["point_up_to_hectares"]))
    for place, numbers in points:
        yield from _decimals(look, place, numbers)
        if not polygons and area is not None and area > limit and not look.parameters["cattle"]:
            yield problem("polygon", place, value=f"{area:f}", expected=f"{limit:f}")
    for place, numbers in polygons:
        yield from _decimals(look, place, numbers)
        if len(numbers) < _LEAST_NUMBERS or numbers[:2] != numbers[-2:]:
            yield problem("ring", place, count=len(numbers) // 2)


def _shapes(told: tuple[Extension, ...], names: tuple[str, ...], path: str) -> list[tuple[str, list[str]]]:
    """The numbers of each polygon; corners that stand side by side, as JSON lists do, belong to one."""
    shapes: list[tuple[str, list[str]]] = []
    corners: list[str] = []
    at = ""
    for place, found in anywhere(told, *names, path=path):
        numbers = _numbers(found)
        if len(numbers) > _ONE_CORNER:
            shapes.append((place, numbers))
        else:
            at = at or place
            corners += numbers[:2]
    return [*shapes, (at, corners)] if at else shapes


def _numbers(found: Extension) -> list[str]:
    """All numbers in a value and below it, as written."""
    if isinstance(found.value, tuple):
        return [number for child in found.children for number in _numbers(child)]
    return _in_text(found.text)


def _in_text(text: str) -> list[str]:
    cut = re.split(r";|\?", text.strip().removeprefix("geo:"), maxsplit=1)[0]
    return _NUMBER.findall(cut)


def _first(told: tuple[Extension, ...], name: str) -> str:
    return next((text_of(found) for _, found in anywhere(told, name) if text_of(found)), "")


def _decimals(look: Look, place: str, numbers: list[str]) -> Iterator[Problem]:
    least = look.parameters["decimals"]
    for number in numbers:
        if len(number.partition(".")[2]) < least:
            yield problem("decimals", place, value=number, expected=least)
            return


def _hectares(told: tuple[Extension, ...]) -> Decimal | None:
    for _, found in anywhere(told, "areasize", "area", "plotarea", "areahectares", "areaha"):
        value = next((text_of(each) for each in found.children if local(each) in {"value", "quantity"}), text_of(found))
        unit = next((text_of(each) for each in found.children if local(each) in {"unitcode", "uom", "unit"}), "HAR")
        try:
            return Decimal(value) * _SQUARE.get(unit.upper(), Decimal(1))
        except InvalidOperation:
            return None
    return None


@rule("EUD-002", moments=("event",))
def regulation_named(look: Look) -> Iterator[Problem]:
    event = look.event
    if not any(text_of(found) for _, part in _told(event) for _, found in anywhere(part, *_REFERENCE)):
        return
    lasting = event.persistent_disposition
    words = {re.split(r"[:/\-]", word)[-1] for word in (() if lasting is None else lasting.set)}
    if "subject_to_regulation" not in words:
        yield problem("disposition", "persistentDisposition" if lasting is not None else "")
    step = re.split(r"[:/\-]", event.biz_step or "")[-1]
    if step != "notifying" and not is_origin(event):
        yield problem("step", "bizStep" if event.biz_step else "", value=event.biz_step or "nothing")
