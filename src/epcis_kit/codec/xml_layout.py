"""Line breaks and indents for pieces of the XML that we write.

Takes text that this library's encoders made (no comments, no instructions, ``>`` escaped in values); gives the same
elements with a line each. Guarantees: an element that holds any text keeps its content to the letter, so no value and
no mixed content changes; white space is only put where elements stand side by side and nothing else.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["indented"]

_TOKENS: Final = re.compile(r"<[^>]*>|[^<]+").findall
_MIXED: Final = 'ekx:content="mixed"'


def indented(text: str, level: int, step: int) -> str:
    """``text`` with a line for each element, ``step`` spaces a level, the first at ``level``."""
    tokens: list[str] = _TOKENS(text)
    opened: list[int] = []
    whole: set[int] = set()  # start tags whose content stays as it is
    closed: dict[int, int] = {}
    for at, token in enumerate(tokens):
        if not token.startswith("<"):
            if opened:
                whole.add(opened[-1])
        elif token.startswith("</"):
            closed[opened.pop()] = at
        elif not token.endswith("/>"):
            opened.append(at)
            if _MIXED in token:
                whole.add(at)
    lines = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.startswith("</"):
            level -= 1
            lines.append(f"{' ' * (step * level)}{token}")
        elif at in whole or closed.get(at) == at + 1:
            lines.append(f"{' ' * (step * level)}{''.join(tokens[at : closed[at] + 1])}")
            at = closed[at]
        elif token.startswith("<"):
            lines.append(f"{' ' * (step * level)}{token}")
            level += not token.endswith("/>")
        at += 1
    return "\n".join(lines) + "\n" if lines else ""
