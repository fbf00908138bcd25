"""Finds the texts of an XML document that may be mended, with their places in the text.

Takes the text of a document of EPCIS 1.x or 2.0; gives edits (start, end, new text, place). Guarantees: one pass,
linear, no recursion, no entity is looked up; elements with a prefix are extensions and stay; a text with a reference
(``&…;``), a comment or CDATA in it stays; a document type or tags that do not fit give no edits at all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.fix_values import FIELDS, mended

if TYPE_CHECKING:
    from epcis_kit.validate.fix_values import Style

__all__ = ["xml_edits"]

_TOKEN: Final = re.compile(
    r"<!--(?:[^-]|-[^-])*-->"
    r"|<\?(?:[^?]|\?(?!>))*\?>"
    r"|<!\[CDATA\[(?:[^\]]|\](?!\]>))*\]\]>"
    r"|<(?P<close>/)?(?P<name>[^\s<>/!?=\"']+)(?P<attributes>(?:\s+[^\s<>/=\"']+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*"
    r"(?P<empty>/)?>"
)
_TYPE: Final = re.compile(r"""\stype\s*=\s*(?:"(?P<double>[^"<]*)"|'(?P<single>[^'<]*)')""")
_WRAPPERS: Final = frozenset({"extension", "baseExtension"})
_ITEMS: Final = {
    "epcList/epc": "epcList/*",
    "childEPCs/epc": "childEPCs/*",
    "inputEPCList/epc": "inputEPCList/*",
    "outputEPCList/epc": "outputEPCList/*",
    **{
        f"{name}/quantityElement/{part}": f"{name}/*/{part}"
        for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
        for part in ("epcClass", "uom")
    },
    "bizTransactionList/bizTransaction": "bizTransactionList/*/bizTransaction",
    "sourceList/source": "sourceList/*/source",
    "destinationList/destination": "destinationList/*/destination",
    "errorDeclaration/correctiveEventIDs/correctiveEventID": "errorDeclaration/correctiveEventIDs/*",
    "persistentDisposition/set": "persistentDisposition/set/*",
    "persistentDisposition/unset": "persistentDisposition/unset/*",
}
"""Paths of XML below the event, without wrappers, and the place that they are in JSON names."""

_TYPES: Final = {
    "bizTransactionList/bizTransaction": "bizTransactionList/*/type",
    "sourceList/source": "sourceList/*/type",
    "destinationList/destination": "destinationList/*/type",
}
_NEWER: Final = re.compile(r"""\sschemaVersion\s*=\s*["']\s*2""")
_DEPTH: Final = 200

Edit = tuple[int, int, str, str]


def xml_edits(text: str) -> list[Edit] | None:
    """What to replace, in order; ``None`` where the tags do not fit or a document type is declared."""
    edits: list[Edit] = []
    open_names: list[str] = []
    event_at = -1  # how deep the list of events stands; -1 outside
    style: Style = "urn"
    text_from = -1  # where the text of the innermost element begins, -1 where something else was in it
    at = 0
    while (start := text.find("<", at)) >= 0:
        found = _TOKEN.match(text, start)
        if found is None:
            return None
        at = found.end()
        name = found["name"]
        if name is None:  # a comment, an instruction, CDATA
            text_from = -1
            continue
        if found["close"]:
            if not open_names or open_names.pop() != name or found["attributes"] or found["empty"]:
                return None
            if text_from >= 0 and 0 <= event_at < len(open_names):
                below = _below([*open_names, name], event_at)
                edit = _text_edit(text, text_from, start, _ITEMS.get(below, below), style)
                if edit is not None:
                    edits.append(edit)
            if event_at >= len(open_names):
                event_at = -1
            text_from = -1
            continue
        if 0 <= event_at < len(open_names) and (place := _TYPES.get(_below([*open_names, name], event_at))):
            edit = _type_edit(found, place, style)
            if edit is not None:
                edits.append(edit)
        if found["empty"]:
            text_from = -1
            continue
        if len(open_names) >= _DEPTH:
            return None
        if not open_names and _NEWER.search(found["attributes"]):
            style = "uri"
        if event_at < 0 and name == "EventList":
            event_at = len(open_names)
        open_names.append(name)
        text_from = at
    return None if open_names else edits


def _below(names: list[str], event_at: int) -> str:
    """The path below the event: what follows the list of events and the event, wrappers left out."""
    inside = [name for name in names[event_at + 1 :] if name not in _WRAPPERS]
    return "/".join(inside[1:])


def _text_edit(text: str, start: int, stop: int, place: str, style: Style) -> Edit | None:
    if place not in FIELDS:
        return None
    old = text[start:stop]
    if "&" in old:
        return None
    new = mended(place, old, style)
    return None if new == old else (start, stop, new, place)


def _type_edit(tag: re.Match[str], place: str, style: Style) -> Edit | None:
    found = _TYPE.search(tag["attributes"])
    if found is None:
        return None
    group = "double" if found["double"] is not None else "single"
    old = found[group]
    new = old if "&" in old else mended(place, old, style)
    offset = tag.start("attributes")
    return None if new == old else (offset + found.start(group), offset + found.end(group), new, place)
