"""The first look at an XML document: is there a DOCTYPE, and is it harmless?

Takes a :class:`~epcis_kit.codec.sources.Source` and takes nothing from it; raises :class:`DoctypeFault` with line and
column where a DOCTYPE names anything outside or declares anything inside. The bare ``<!DOCTYPE name>``, which published
examples have, passes. Knows the encodings that are told by the first bytes; the parser looks again for all others.
Guarantees linear time and at most 1 MiB of comments before the root element.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from epcis_kit.codec.detection import detect

if TYPE_CHECKING:
    from epcis_kit.codec.sources import Source

__all__ = ["DoctypeFault", "find_doctype"]

_FIRST: Final = 4096
_MOST: Final = 1 << 20
_BARE: Final = re.compile(r"<!DOCTYPE[ \t\r\n]+[^ \t\r\n<>\[\]\"']+[ \t\r\n]*>").match
_ENDS: Final = (("<?", "?>"), ("<!--", "-->"))


class DoctypeFault(ValueError):  # noqa: N818 - never leaves the readers
    """A DOCTYPE that is refused, and where it begins (one-based)."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(
            "Cannot read the XML: expected no DOCTYPE, got one with declarations or an outside identifier; "
            "remove it, EPCIS has no use for it."
        )
        self.line = line
        self.column = column


def find_doctype(source: Source) -> None:
    """Refuse a DOCTYPE before the root element unless it is bare.

    Raises:
        DoctypeFault: There is one that declares or refers to something.
        DocumentError: The source is no XML.
    """
    detected = detect(source)
    encoding = "latin-1" if detected.encoding == "utf-8" else detected.encoding
    size = _FIRST
    while True:
        data = source.peek(size)
        text = data[detected.mark :].decode(encoding, errors="replace")
        ended = len(data) < size or size >= _MOST
        if _looked_through(text, ended=ended):
            return
        size *= 16


def _looked_through(text: str, *, ended: bool) -> bool:
    """True where the root element (or the end) was reached and all before it is harmless."""
    at = 0
    while True:
        while text[at : at + 1] in {" ", "\t", "\r", "\n"}:
            at += 1
        if text.startswith("<!DOCTYPE", at):
            bare = _BARE(text, at)
            if bare is None:
                if not ended and text.find(">", at) < 0:
                    return False
                before = text[:at]
                raise DoctypeFault(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)
            at = bare.end()
            continue
        end = next((end for start, end in _ENDS if text.startswith(start, at)), None)
        if end is None:
            return ended or len(text) - at >= len("<!DOCTYPE")
        found = text.find(end, at + 2)
        if found < 0:
            return ended
        at = found + len(end)
