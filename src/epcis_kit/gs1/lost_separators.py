"""Says how a run of elements was probably meant where a scanner swallowed the FNC1 between them.

Takes the text between two separators; gives the likeliest list of (AI, value), or ``None`` where no way of cutting it
gives right values. It is a suggestion for a person and is never taken silently.

Without its FNC1, a value of variable length runs into the next element. Every way to cut the text so that each
piece is a well-formed value is weighed by how many bits it would take to write it down: an element that proves itself
(a check digit, a real date, a code out of a list) is cheap, free text is dear, a rare AI is dearer than a frequent one.
The cheapest cut wins. The work is bounded: at most :data:`LONGEST` characters, each start with at most 90 ends.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from epcis_kit.gs1.application_identifiers import AiTable, ApplicationIdentifier

__all__ = ["LONGEST", "likely_split"]

LONGEST = 256
"""Longest text that is tried, in characters."""

_FREQUENT = frozenset(
    ("00", "01", "02", "10", "11", "13", "15", "17", "21", "30", "37", "240", "310", "400", "410", "414")
)
_BITS_FREQUENT, _BITS_RARE = 4.0, 11.0
_BITS_DIGIT = math.log2(10)
_BITS_DIGIT_IN_TEXT, _BITS_CHARACTER = 3.9, 6.5
_BITS_LOST = 3.0
# What a right value saves, because so many wrong ones are excluded by the check.
_SAVED = {
    "csum": 3.3, "csumalpha": 10.0, "yymmd0": 4.8, "yymmdd": 4.8, "yyyymmdd": 5.0, "hhmi": 2.8, "hh": 2.0,
    "iso3166": 2.0, "iso3166999": 2.0, "iso4217": 2.5, "iban": 6.6, "gcppos1": 0.0, "gcppos2": 0.0,
}  # fmt: skip


def _bits(entry: ApplicationIdentifier, value: str) -> float:
    """How dear it is to say this AI and this value."""
    ai = entry.ai
    bits = _BITS_FREQUENT if ai in _FREQUENT or ai[:3] in _FREQUENT else _BITS_RARE
    digits = sum(map(str.isdecimal, value))
    each = _BITS_DIGIT if entry.components[0].characters == "N" else _BITS_DIGIT_IN_TEXT
    bits += each * digits + _BITS_CHARACTER * (len(value) - digits)
    return bits - sum(_SAVED.get(check, 1.0) for component in entry.components for check in component.checks)


def likely_split(text: str, table: AiTable) -> tuple[tuple[str, str], ...] | None:
    """The likeliest elements of ``text``, which has no separator, where at least two come out.

    Args:
        text: AIs and values in a row, beginning with an AI.
        table: The table of AIs that counts.
    """
    length = len(text)
    if not 0 < length <= LONGEST:
        return None
    # best[at] = (bits, end of the first element, its entry, where its value begins) for the text from `at` on
    best: list[tuple[float, int, ApplicationIdentifier, int] | None] = [None] * (length + 1)
    costs = [math.inf] * length + [0.0]
    for at in range(length - 1, -1, -1):
        entry = table.at(text, at)
        if entry is None:
            continue
        begin = at + len(entry.ai)
        if entry.predefined_length:
            ends = range(begin + entry.predefined_length, begin + entry.predefined_length + 1)
        else:
            ends = range(begin + entry.shortest, min(begin + entry.longest, length) + 1)
        for end in ends:
            if end > length or costs[end] == math.inf or not entry.accepts(text[begin:end]):
                continue
            bits = _bits(entry, text[begin:end]) + costs[end]
            if not entry.predefined_length and end < length:
                bits += _BITS_LOST
            if bits < costs[at]:
                costs[at] = bits
                best[at] = (bits, end, entry, begin)
    elements: list[tuple[str, str]] = []
    at = 0
    while at < length:
        step = best[at]
        if step is None:
            return None
        _, end, entry, begin = step
        elements.append((entry.ai, text[begin:end]))
        at = end
    return tuple(elements) if len(elements) > 1 else None
