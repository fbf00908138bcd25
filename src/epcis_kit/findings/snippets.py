"""Some lines of a source with the spot marked below them.

Takes lines of text, and the one-based line and column of a spot; gives a few lines of plain text, each with its number,
and a line of carets. Guarantees: the carets stand below the spot also where a tab, a wide character or a cut comes
before it; a long line is cut around the spot; what a terminal would obey is shown as a sign instead.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["source_snippet"]

_WIDTH: Final = 100
_BEFORE_SPOT: Final = 40
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def source_snippet(
    text: str, line: int, column: int = 1, end_column: int | None = None, *, before: Sequence[str] = ()
) -> str:
    """The line of a spot, and a line below it that marks the spot.

    Args:
        text: The line of the source, without its line end.
        line: Its one-based number.
        column: One-based column of the first character of the spot.
        end_column: One-based column behind its last character on this line; one character is marked without it.
        before: Lines that stand before, to be shown too.
    """
    start = min(max(column - 1, 0), len(text))
    end = min(max((end_column or column + 1) - 1, start + 1), max(len(text), start + 1))
    left = 0 if len(text) <= _WIDTH else max(0, min(start - _BEFORE_SPOT, len(text) - _WIDTH))
    right = min(len(text), left + _WIDTH)
    lead = "…" if left else ""
    shown = lead + text[left:right] + ("…" if right < len(text) else "")
    gap = _columns(_plain(lead + text[left:start]))
    marked = max(_columns(_plain(text[start : min(end, right)])), 1)
    digits = len(str(line))
    lines = [
        f"{number:>{digits}} | {_plain(one[:_WIDTH] + ('…' if len(one) > _WIDTH else ''))}"
        for number, one in enumerate(before, line - len(before))
    ]
    lines.append(f"{line:>{digits}} | {_plain(shown)}")
    lines.append(f"{'':>{digits}} | {' ' * gap}{'^' * marked}")
    return "\n".join(one.rstrip() for one in lines)


def _plain(text: str) -> str:
    return _CONTROL.sub("\ufffd", text.replace("\t", "  "))


def _columns(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )
