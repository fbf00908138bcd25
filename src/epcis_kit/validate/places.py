"""Where findings are in the source: line, column, pointer, and the line with the spot marked.

Takes a source and findings; gives the findings with their places. Guarantees: the source is read again only where a
finding lacks its place; memory is constant apart from the findings; both formats, every version and encoding, and
gzip; a finding whose spot cannot be found keeps what it knew.

A finding of a rule says its place as event number and path in JSON names (``epcList/0``); one about the document, as a
path from its root (``epcisHeader/…``). Either is followed in the document as it is written, and becomes a JSON pointer
or an XPath. A finding of the schema layer has that already; here it gets its column.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.detection import detect
from epcis_kit.codec.limits import DEFAULT_OPTIONS
from epcis_kit.codec.sources import open_source
from epcis_kit.errors import DocumentError
from epcis_kit.validate.places_paths import Step, head_steps, json_steps, xpath_steps
from epcis_kit.validate.places_text import Spot, with_snippets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.codec import ReadOptions, SourceLike
    from epcis_kit.codec.sources import Source
    from epcis_kit.findings import Finding, Location

__all__ = ["locate"]

_MOST: Final = 10_000
"""Snippets of one document; nobody reads more of them, and each costs memory."""


def locate(source: SourceLike, findings: Sequence[Finding], options: ReadOptions = DEFAULT_OPTIONS) -> list[Finding]:
    """The findings with their places in the source.

    Args:
        source: A path, bytes, an open binary file or a :class:`~epcis_kit.codec.sources.Source`, which is left open.
        findings: What was found in it, in any order.
        options: Its limits and the name for messages.

    Raises:
        OSError: The file cannot be opened.
    """
    if not findings:
        return []
    opened = open_source(source, limits=options.limits, file=options.file)
    try:
        spots = _spots(opened, list(_places(findings)), options)
    except DocumentError:  # told by those who read the document
        return list(findings)
    finally:
        if opened is not source:
            opened.close()
    taken = iter(spots)
    return [_with(each, taken) for each in findings]


def _places(findings: Iterable[Finding]) -> Iterator[tuple[Location, bool]]:
    """Every place that findings name, with whether the name of a member is meant and not its value."""
    for each in findings:
        yield each.location, each.key in {"member", "member-meant"} and each.rule == "SCH-003"
        for other in each.related:
            yield other, False


def _with(finding: Finding, spots: Iterator[Spot | None]) -> Finding:
    location = _located(finding.location, next(spots))
    related = tuple(_located(each, next(spots)) for each in finding.related)
    if location is finding.location and related == finding.related:
        return finding
    return dataclasses.replace(finding, location=location, related=related)


def _located(location: Location, spot: Spot | None) -> Location:
    if spot is None:
        return location
    return dataclasses.replace(
        location,
        line=spot.line,
        column=spot.column,
        end_column=spot.end,
        pointer=location.pointer if spot.pointer is None else spot.pointer,
        snippet=spot.snippet if location.snippet is None else location.snippet,
    )


def _spots(source: Source, places: list[tuple[Location, bool]], options: ReadOptions) -> list[Spot | None]:
    xml = detect(source).format == "xml"
    source.mark()
    found = _xml_spots(source, places) if xml else _json_spots(source, places, options)
    for key, (place, _) in enumerate(places):
        if key not in found and place.line is not None and place.row is None:
            found[key] = Spot(place.line, place.column or 1, end=place.end_column)  # only the snippet is not known
    shown = sorted(found.values(), key=lambda spot: (spot.line, spot.column))[:_MOST]
    source.rewind()
    with contextlib.suppress(UnicodeDecodeError, DocumentError):
        with_snippets(_pieces(source, xml=xml), shown, xml=xml)
    return [found.get(key) for key in range(len(places))]


def _pieces(source: Source, *, xml: bool) -> Iterator[str]:
    from epcis_kit.validate.places_json import json_text  # noqa: PLC0415 - only where something was found
    from epcis_kit.validate.places_xml import xml_text  # noqa: PLC0415

    return xml_text(source) if xml else json_text(source)


def _is_wanted(place: Location) -> bool:
    """Whether the place can be told better than it is: it has a path or an event, and no column."""
    if place.row is not None or place.table_column is not None:
        return False
    return place.pointer is not None or place.event_index is not None


def _json_spots(source: Source, places: list[tuple[Location, bool]], options: ReadOptions) -> dict[int, Spot]:
    from epcis_kit.validate.places_json import JsonScan, Wanted  # noqa: PLC0415

    inside: dict[int, Wanted] = {}
    around = Wanted()
    for key, (place, name) in enumerate(places):
        if not _is_wanted(place):
            continue
        steps: tuple[Any, ...] = json_steps(place.pointer or "")
        if place.event_index is None:
            around.add(steps, key, name=name)
        else:
            inside.setdefault(place.event_index, Wanted()).add(_below_event(steps, place.event_index), key, name=name)
    scan = JsonScan(inside, around)
    scan.run(source, options)
    return scan.spots


def _below_event(steps: tuple[Any, ...], index: int) -> tuple[Any, ...]:
    """The steps inside the event, of a pointer through the document or one from the event."""
    if steps[:1] == ("epcisBody",):
        if "eventList" in steps:
            at = steps.index("eventList")
            if steps[at + 1 : at + 2] == (index,):
                return steps[at + 2 :]
        if steps[1:2] == ("event",):
            return steps[2:]
    return steps


def _xml_spots(source: Source, places: list[tuple[Location, bool]]) -> dict[int, Spot]:
    from epcis_kit.validate.places_xml import XmlScan  # noqa: PLC0415

    inside: dict[int, list[tuple[int, tuple[Any, ...]]]] = {}
    around: list[tuple[int, tuple[Step, ...]]] = []
    for key, (place, _) in enumerate(places):
        if not _is_wanted(place):
            continue
        path = place.pointer or ""
        if place.event_index is not None:
            steps = _xpath_in_event(path) if path.startswith("/") else json_steps(path)
            inside.setdefault(place.event_index, []).append((key, steps))
        elif path.startswith("/"):
            around.append((key, xpath_steps(path)[1:]))
        else:
            around.append((key, head_steps(path)))
    scan = XmlScan(inside, around)
    scan.run(source)
    return scan.spots


def _xpath_in_event(path: str) -> tuple[Step, ...]:
    """The steps below the event of an XPath through the document: behind the list, wrappers and the event itself."""
    steps = list(xpath_steps(path))
    names = [each.name.rpartition(":")[2] for each in steps]
    if "EventList" in names:
        del steps[: names.index("EventList") + 1]
        while steps and steps[0].name == "extension":
            del steps[0]
        del steps[:1]
    return tuple(steps)
