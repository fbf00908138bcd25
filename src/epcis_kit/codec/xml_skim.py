"""The text of an event list, from which usual events are taken as they stand and other pieces go to the parser.

Takes the bytes that follow the start tag of an event list; gives usual events at once (by the patterns of
:mod:`~epcis_kit.codec.xml_quick`), and what is not as usual as whole pieces of XML: an element with everything in it, a
comment, an instruction. Guarantees: nothing is skipped, every character goes into an event or to the parser; what
becomes an event here is well-formed in itself (names of tags agree, no entity, no character that XML forbids); lines
that are taken here are made up for, so that places told later are right; the text held is that of one event and one
chunk. What cannot be judged by the text alone (wrong encodings, the end of the list, broken tags) is given back, and
the parser goes on alone.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Final

from epcis_kit.codec.xml_text import holds

if TYPE_CHECKING:
    from epcis_kit.codec.xml_quick import QuickDecoder
    from epcis_kit.model import Event

__all__ = ["LIST", "EventText"]

LIST: Final = b"<EventList>"
"""The start tag of an event list as it is usually written."""

_MOST: Final = 1 << 20
_PATIENCE: Final = 64
"""Pieces for the parser, after which it goes on alone where they are most of what comes."""
_white: Final = re.compile(r"[ \t\n]*+").match
_tag: Final = re.compile(r"""<(/?)[^\s<>/!?"'=][^<>"']*+(?:(?:"[^"<]*+"|'[^'<]*+')[^<>"']*+)*+>""").match
_name: Final = re.compile(r"<([A-Za-z_][A-Za-z0-9_.:-]*+)[ \t\n>]").match
_OTHERS: Final = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))
_LONGEST_START: Final = 9


class EventText:
    """A cursor in the text of an event list.

    Args:
        quick: Takes usual events.
        prefixes: The prefixes in force in the list.
        longest: Characters of the longest event that is taken here.
    """

    def __init__(self, quick: QuickDecoder, prefixes: dict[str, str], longest: int) -> None:
        self._quick = quick
        self._prefixes = prefixes
        self._longest = longest
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._lines = io.IncrementalNewlineDecoder(None, translate=True)
        self._text = ""
        self._at = 0
        self._passed = 0  # lines that the parser has not seen
        self._taken = self._given = 0

    def add(self, data: bytes) -> bytes | None:
        """Take more bytes, ``b""`` for the end; gives them back (with what was not used up) where they are no text."""
        try:
            more = self._lines.decode(self._decoder.decode(data, final=not data), final=not data)
        except UnicodeDecodeError:
            return self.rest() + data
        self._text, self._at = self._text[self._at :] + more, 0
        whole = more.isascii() or not ("\ufffe" in more or "\uffff" in more)  # their bytes may come in two pieces
        return None if whole and holds(data) else self.rest()

    def take(self) -> tuple[Event, str] | None:
        """The next event and the name of its element in the list; ``None`` where it is not as usual."""
        at = self._at
        found = self._quick.take(self._text, at, self._prefixes)
        if found is None or found[1] - at > self._longest:
            return None
        event, end, name = found
        if end == len(self._text):  # white space may go on
            end = len(self._text.rstrip(" \t\n"))
        self._passed += self._text.count("\n", at, end)
        self._at = end
        self._taken += 1
        return event, name

    def skip_white(self) -> None:
        """Go on to the next tag."""
        found = _white(self._text, self._at)
        if found is not None and found.end() > self._at:
            self._passed += self._text.count("\n", self._at, found.end())
            self._at = found.end()

    def piece(self) -> bytes | None:
        """The next whole piece of XML for the parser; ``None`` where it is not wholly there or none comes."""
        end = _end_of_piece(self._text, self._at)
        if end < 0:
            return None
        piece = self._text[self._at : end]
        self._at = end
        self._given += 1
        return self._made_up() + piece.encode()

    def wants_more(self) -> bool:
        """Whether more text may make a whole piece."""
        text, at = self._text, self._at
        if self._given > _PATIENCE and self._given > self._taken:
            return False  # the parser alone is faster then
        return len(text) - at < _MOST and (at >= len(text) or text[at] == "<") and not text.startswith("</", at)

    def rest(self) -> bytes:
        """Everything that was not used, for the parser."""
        rest = self._made_up() + self._text[self._at :].encode()
        self._text, self._at = "", 0
        if self._lines.getstate()[1] & 1:  # the parser has to see what follows a carriage return
            rest += b"\r"
            self._lines.reset()
        rest += self._decoder.getstate()[0]  # the beginning of a character
        self._decoder.reset()
        return rest

    def _made_up(self) -> bytes:
        lines, self._passed = self._passed, 0
        return b"\n" * lines


def _end_of_piece(text: str, at: int) -> int:
    """Where the element, comment or instruction at ``at`` ends; negative where it does not, or there is none."""
    named = _name(text, at)
    if named is not None:  # the usual element: nothing of its name in it, and no comments
        name = named[1]
        end = text.find(f"</{name}>", at)
        if end > 0 and text.count(f"<{name}", at, end) == 1 and not _has_others(text, at, end):
            return end + len(name) + 3
    return _end_by_tags(text, at)


def _has_others(text: str, at: int, end: int) -> bool:
    return text.find("<!", at, end) >= 0 or text.find("<?", at, end) >= 0


def _end_by_tags(text: str, at: int) -> int:
    """The same, by counting tags."""
    if not text.startswith("<", at):
        return -1
    depth = 0
    while True:
        start = text.find("<", at)
        if start < 0 or len(text) - start < _LONGEST_START:
            return -1
        other = None
        if text[start + 1] in "!?":
            other = next((each for each in _OTHERS if text.startswith(each[0], start)), None)
        if other is not None:
            end = text.find(other[1], start + len(other[0]))
            if end < 0:
                return -1
            at = end + len(other[1])
        else:
            tag = _tag(text, start)
            if tag is None:
                return -1
            at = tag.end()
            if tag[1]:
                depth -= 1
            elif text[at - 2] != "/":
                depth += 1
            if depth < 0:
                return -1
        if depth == 0:
            return at
