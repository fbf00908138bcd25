"""Mends what can be mended without a guess, on the text of the document itself.

Takes the bytes of a document; gives the mended bytes and a list of what was changed. Guarantees: only the values at the
places of :data:`~epcis_kit.validate.fix_values.FIELDS` change, everything else keeps its bytes (order, indentation,
line ends, encoding, byte order mark); mending what was mended changes nothing; a document that is not well-formed, or
whose encoding does not give the same bytes back, stays as it is.
"""

from __future__ import annotations

import codecs
import dataclasses
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.fix_json import json_edits
from epcis_kit.validate.fix_xml import xml_edits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Change", "Fixed", "fix_safely"]

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']""")
_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_LONG_LINE: Final = 400
_CONTROL: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One value that was mended.

    Attributes:
        line: One-based line of the value in the document as it was.
        place: Where it stands inside its event, numbers as ``*``.
        old: As it was.
        new: As it is now.
    """

    line: int
    place: str
    old: str
    new: str


@dataclasses.dataclass(frozen=True, slots=True)
class Fixed:
    """A document with what could be mended.

    Attributes:
        data: Its bytes.
        changes: What was changed, in the order of the document; empty where nothing was.
        before: Its text as it was, for :meth:`diff`.
        edits: The changes as start, end and new text.
    """

    data: bytes
    changes: tuple[Change, ...] = ()
    before: str = ""
    edits: tuple[tuple[int, int, str], ...] = ()

    def diff(self, name: str) -> str:
        """The changes as a unified diff with a line around each; of very long lines only the values are shown."""
        if not self.changes:
            return ""
        lines = [f"--- {name}", f"+++ {name}"]
        if max(len(line) for line in self.before.split("\n")) > _LONG_LINE:
            for change in self.changes:
                lines += [f"@@ line {change.line}, {change.place} @@", f"-{change.old}", f"+{change.new}"]
        else:
            lines += _hunks(self.before.split("\n"), self.edits)
        return "".join(f"{_shown(line)}\n" for line in lines)


def _hunks(lines: list[str], edits: Sequence[tuple[int, int, str]]) -> Iterator[str]:
    """The hunks of a unified diff; the work is that of the document's length, whatever is in it."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    groups: list[tuple[int, int, list[tuple[int, int, str]]]] = []  # first and last line, and what changes in them
    for edit in edits:
        first, last = bisect_right(starts, edit[0]) - 1, bisect_right(starts, edit[1]) - 1
        if groups and first <= groups[-1][1]:
            groups[-1][2].append(edit)
            groups[-1] = (groups[-1][0], max(last, groups[-1][1]), groups[-1][2])
        else:
            groups.append((first, last, [edit]))
    moved = at = 0
    while at < len(groups):
        end = at + 1
        while end < len(groups) and groups[end][0] - groups[end - 1][1] <= 2:
            end += 1
        body: list[str] = []
        begin = next_line = max(groups[at][0] - 1, 0)
        for first, last, inside in groups[at:end]:
            body += (f" {line}" for line in lines[next_line:first])
            body += (f"-{line}" for line in lines[first : last + 1])
            body += (f"+{line}" for line in _replaced(lines[first : last + 1], starts[first], inside))
            next_line = last + 1
        body += (f" {line}" for line in lines[next_line : next_line + 1])
        old, new = (sum(line[0] != sign for line in body) for sign in "+-")
        yield f"@@ -{begin + 1},{old} +{begin + 1 + moved},{new} @@"
        yield from body
        moved += new - old
        at = end


def _replaced(lines: list[str], offset: int, edits: Sequence[tuple[int, int, str]]) -> list[str]:
    """The lines with the edits in them; the first begins at ``offset``."""
    text = "\n".join(lines)
    parts: list[str] = []
    end = 0
    for start, stop, new in edits:
        parts += (text[end : start - offset], new)
        end = stop - offset
    return "".join((*parts, text[end:])).split("\n")


def fix_safely(data: bytes) -> Fixed:
    """The document with white space, offsets and prefixes of CBV words mended.

    Args:
        data: EPCIS as XML or JSON, whole and not compressed.
    """
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", ""))
    body = data[len(mark) :]
    if not encoding:
        found = _DECLARED.match(body.lstrip()[:300])
        encoding = found[1].decode("ascii").lower() if found else "utf-8"
    if encoding not in _ENCODINGS and not encoding.startswith("utf-16-"):
        return Fixed(data)
    try:
        text = body.decode(encoding)
        if text.encode(encoding) != body:
            return Fixed(data)
    except UnicodeError:
        return Fixed(data)
    start = text.lstrip()[:1]
    edits = xml_edits(text) if start == "<" else json_edits(text) if start in {"{", "["} else None
    if not edits:
        return Fixed(data)
    mended, changes = _applied(text, edits)
    plain = tuple((start, stop, new) for start, stop, new, _ in edits)
    return Fixed(mark + mended.encode(encoding), changes, text, plain)


def _applied(text: str, edits: Sequence[tuple[int, int, str, str]]) -> tuple[str, tuple[Change, ...]]:
    """The text with ``edits`` (start, end, new text, place), which come in order and do not overlap."""
    parts: list[str] = []
    changes: list[Change] = []
    end = counted = 0
    line = 1
    for start, stop, new, place in edits:
        parts += (text[end:start], new)
        line += text.count("\n", counted, start)
        counted = start
        changes.append(Change(line, place, text[start:stop], new))
        end = stop
    parts.append(text[end:])
    return "".join(parts), tuple(changes)


def _shown(line: str) -> str:
    plain = _CONTROL.sub("\ufffd", line.replace("\r", ""))
    return plain if len(plain) <= _LONG_LINE else plain[: _LONG_LINE - 1] + "…"
