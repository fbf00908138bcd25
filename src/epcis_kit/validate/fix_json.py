"""Finds the texts of a JSON document that may be mended, with their places in the text.

Takes the text of a document, a bare event, or bare events one a line; gives edits (start, end, new text, place).
Guarantees: one pass, linear, no recursion; a text with escapes keeps them unless it is white space at its ends; what is
no JSON gives no edits at all.
"""

from __future__ import annotations

import json
import re
from typing import Final

from epcis_kit.validate.fix_values import FIELDS, mended

__all__ = ["json_edits"]

_TOKEN: Final = re.compile(
    r'[ \t\r\n]*(?:(?P<sign>[{}\[\]:,])|(?P<text>"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*")|(?P<word>[-+.0-9A-Za-z]+))'
)
_LISTS_OF_EVENTS: Final = (
    ("epcisBody", "eventList"),
    ("epcisBody", "queryResults", "resultsBody", "eventList"),
    ("resultsBody", "eventList"),
)
_DEPTH: Final = 200
_ESCAPED_SPACE: Final = re.compile(r"(?:[ ]|\\[tnr]|\\u00(?:20|0[9aAdD]))+")

Edit = tuple[int, int, str, str]


def json_edits(text: str) -> list[Edit] | None:
    """What to replace, in order; ``None`` where the text is no JSON."""
    edits: list[Edit] = []
    path: list[str] = []  # the names from the root to here; "*" for members of a list
    kinds: list[str] = []  # "{" or "[" for each open value
    key: str | None = None
    wants_key = False
    at, length = 0, len(text)
    while True:
        found = _TOKEN.match(text, at)
        if found is None:
            return edits if not kinds and not text[at:].strip() else None
        at = found.end()
        sign, written = found["sign"], found["text"]
        if sign in {"{", "["}:
            if len(kinds) >= _DEPTH or wants_key:
                return None
            if kinds:
                path.append("*" if kinds[-1] == "[" else key or "")
            kinds.append(sign)
            key, wants_key = None, sign == "{"
        elif sign in {"}", "]"}:
            if not kinds or (kinds.pop() == "{") != (sign == "}"):
                return None
            if kinds:
                path.pop()
            wants_key = False
        elif sign == ",":
            wants_key = bool(kinds) and kinds[-1] == "{"
        elif sign == ":":
            if key is None:
                return None
        elif written is not None and wants_key:
            key = _unescaped(written)
            wants_key = False
            if key is None:
                return None
        elif written is not None:
            place = _place(path, "*" if kinds and kinds[-1] == "[" else key or "")
            if place is not None:
                edit = _edit(written, found.start("text"), place)
                if edit is not None:
                    edits.append(edit)
        if at >= length and not kinds:
            return edits


def _place(path: list[str], last: str) -> str | None:
    """The place inside the event of a text, where it may be mended."""
    names = [*path, last]
    for above in _LISTS_OF_EVENTS:
        depth = len(above) + 1
        if len(names) > depth and tuple(names[: depth - 1]) == above and names[depth - 1] == "*":
            names = names[depth:]
            break
    place = "/".join(names)
    return place if place in FIELDS else None


def _edit(written: str, start: int, place: str) -> Edit | None:
    inner = written[1:-1]
    if "\\" in inner:  # an escape inside stays; white space at the ends goes
        left = _ESCAPED_SPACE.match(inner)
        core = inner[left.end() :] if left else inner
        while core:
            tail = _tail(core)
            if not tail:
                break
            core = core[: -len(tail)]
        if not core:
            return None
        new = core if "\\" in core else mended(place, core, "bare")
    else:
        new = mended(place, inner, "bare")
    return None if new == inner else (start + 1, start + 1 + len(inner), new, place)


def _tail(text: str) -> str:
    """White space at the very end, escaped or not; ``""`` where there is none."""
    for sign in (" ", "\\t", "\\n", "\\r", "\\u0020", "\\u0009", "\\u000a", "\\u000A", "\\u000d", "\\u000D"):
        if text.endswith(sign) and (sign == " " or _is_escape(text, len(text) - len(sign))):
            return sign
    return ""


def _is_escape(text: str, at: int) -> bool:
    """Whether the backslash at ``at`` begins an escape and is not escaped itself."""
    before = at
    while before and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 0


def _unescaped(written: str) -> str | None:
    if "\\" not in written:
        return written[1:-1]
    try:
        value = json.loads(written)
    except ValueError:
        return None
    return value if isinstance(value, str) else None
