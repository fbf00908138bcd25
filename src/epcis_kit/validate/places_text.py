"""The source lines of findings: what stands at a line and column, with the spot marked.

Takes pieces of text and spots in it; gives for each spot its column (of an attribute, where one is meant), where it
ends, and a snippet. Guarantees: one pass in constant memory, also where the document is one line of any length; of a
long line only what stands around the spot is kept.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

from epcis_kit.findings import source_snippet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Spot", "with_snippets"]

_BEFORE: Final = 240
_AFTER: Final = 4096
_TAG: Final = re.compile(r"<[^<>]{0,4000}>").match
_LEAF: Final = re.compile(r"<([^\s<>/]{1,200})(?:\s[^<>]{0,4000})?>[^<>\n]{0,400}</\1\s*>").match


@dataclasses.dataclass(slots=True)
class Spot:
    """A place in the text of a document.

    Attributes:
        line: One-based line.
        column: One-based column in characters.
        pointer: JSON pointer or XPath of what stands there.
        attribute: Name of the attribute that is meant, where the place is that of an element.
        end: One-based column behind the spot, on the same line; ``None`` where it is not known.
        snippet: The line with the spot marked.
    """

    line: int
    column: int
    pointer: str | None = None
    attribute: str = ""
    end: int | None = None
    snippet: str | None = None


def with_snippets(pieces: Iterable[str], spots: Iterable[Spot], *, xml: bool) -> None:
    """Fill in what the text itself shows: the column of attributes, where spots end, and snippets.

    Args:
        pieces: The text of the document in pieces, with a line feed at the end of lines.
        spots: Places in it, in any order.
        xml: Whether it is XML, whose spots are tags.
    """
    waiting = sorted(spots, key=lambda spot: (spot.line, spot.column), reverse=True)
    if not waiting:
        return
    for window in _windows(pieces, waiting):
        _fill(*window, xml=xml)


def _windows(pieces: Iterable[str], waiting: list[Spot]) -> Iterator[tuple[Spot, str, str]]:
    """Each spot with what stands before it on its line, and what follows."""
    text, cursor = "", _Cursor(0, 1, 1)
    pieces = iter(pieces)
    ended = False
    while waiting:
        spot = waiting[-1]
        there = _forward(text, cursor, spot)
        if there and (ended or cursor.at + _AFTER <= len(text)):
            waiting.pop()
            start = max(text.rfind("\n", 0, cursor.at) + 1, cursor.at - _BEFORE)
            yield spot, text[start : cursor.at], text[cursor.at : cursor.at + _AFTER]
        elif ended:
            waiting.pop()  # it lies behind the end
        else:
            more = next(pieces, None)
            ended = more is None
            cut = max(cursor.at - _BEFORE, 0)
            text = text[cut:] + (more or "")
            cursor.at -= cut


@dataclasses.dataclass(slots=True)
class _Cursor:
    at: int
    line: int
    column: int


def _forward(text: str, cursor: _Cursor, spot: Spot) -> bool:
    """Move the cursor to the spot, or as far as the text goes; whether it is there."""
    while cursor.line < spot.line:
        end = text.find("\n", cursor.at)
        if end < 0:
            cursor.column += len(text) - cursor.at
            cursor.at = len(text)
            return False
        cursor.at, cursor.line, cursor.column = end + 1, cursor.line + 1, 1
    ahead = spot.column - cursor.column
    if cursor.line > spot.line or ahead <= 0:
        return True
    end = text.find("\n", cursor.at, cursor.at + ahead)
    step = ahead if end < 0 else end - cursor.at
    if cursor.at + step >= len(text) and end < 0:
        step = len(text) - cursor.at
        cursor.at, cursor.column = len(text), cursor.column + step
        return False
    cursor.at, cursor.column = cursor.at + step, cursor.column + step
    return True


def _fill(spot: Spot, before: str, after: str, *, xml: bool) -> None:
    if xml and spot.attribute:
        tag = _TAG(after)
        name = re.escape(spot.attribute)
        found = re.search(rf"\s({name}\s*=\s*(?:\"[^\"]*\"|'[^']*'|))", tag[0] if tag else after)
        if found is not None:
            at = found.start(1)
            lines = after.count("\n", 0, at)
            spot.line += lines
            spot.column = at - after.rfind("\n", 0, at) if lines else spot.column + at
            spot.end = spot.column + len(found[1].partition("\n")[0])
            before = (before + after[:at]).rpartition("\n")[2]
            after = after[at:]
    elif xml and spot.end is None and after.startswith("<"):
        marked = _LEAF(after) or _TAG(after)
        if marked is not None:
            spot.end = spot.column + len(marked[0].partition("\n")[0])
    rest = after.partition("\n")[0][:_BEFORE]
    here = len(before)
    end = None if spot.end is None else here + 1 + spot.end - spot.column
    spot.snippet = source_snippet(before + rest, spot.line, here + 1, end)
