"""Reads element strings slowly and exactly: every character is part of an element or of something that was refused.

Takes a raw message (with FNC1) or a bracketed one; gives a :class:`Reading` with the good elements, the refused pieces
and an error for each of them. ``gs1.element_strings`` comes here only when its quick look failed, or when the caller
wants the good parts of a bad message. Errors carry a rank, because the reference engine looks at the form of a whole
bracketed message before it looks at the contents of its values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from epcis_kit.errors import IdentifierError, shorten
from epcis_kit.gs1.element_faults import MAX_ELEMENTS, element_error, length_kind
from epcis_kit.gs1.linters import LintFault
from epcis_kit.gs1.lost_separators import likely_split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from epcis_kit.gs1.application_identifiers import AiTable, ApplicationIdentifier

__all__ = ["GROUP_SEPARATOR", "Reading", "lost_hint", "read_bracketed", "read_raw"]

GROUP_SEPARATOR = "\x1d"
_WHAT = "element string"
_OPENING = re.compile(r"(?<!\\)\(")
_FORM, _CONTENT = 0, 1


class Reading:
    """What came out of a message, in the order of the text.

    Attributes:
        elements: The good elements.
        refused: (AI or empty text, characters of the text) of what was not understood.
        errors: One error for each refused piece.
        composite_at: Number of good elements before the composite component, or ``None`` where there is none.
    """

    def __init__(self, text: str, table: AiTable, *, unknown: bool) -> None:
        self.text = text
        self.table = table
        self.unknown = unknown
        self.elements: list[tuple[str, str]] = []
        self.refused: list[tuple[str, str]] = []
        self.errors: list[IdentifierError] = []
        self._ranks: list[int] = []
        self.composite_at: int | None = None
        self._likely: list[tuple[str, str]] = []
        self._guessed = False

    @property
    def likely(self) -> tuple[tuple[str, str], ...] | None:
        """All elements as they were probably meant, where an FNC1 was lost; else ``None``."""
        return tuple(self._likely) if self._guessed else None

    def first_error(self) -> IdentifierError | None:
        """The error that a strict reader raises."""
        if not self.errors:
            return None
        return self.errors[min(range(len(self.errors)), key=lambda index: (self._ranks[index], index))]

    def keep(self, ai: str, value: str) -> bool:
        """Takes a good element; answers whether there is room for more."""
        self.elements.append((ai, value))
        self._likely.append((ai, value))
        return len(self.elements) + len(self.refused) <= MAX_ELEMENTS

    def refuse(
        self, ai: str, characters: str, error: IdentifierError, rank: int, guess: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Takes a piece that is not good, with the reason and how it was probably meant."""
        self.refused.append((ai, characters))
        self.errors.append(error)
        self._ranks.append(rank)
        self._likely.extend(guess)
        self._guessed |= bool(guess)

    def problem(self, kind: str, position: int, expected: str, got: str, ai: str | None = None) -> IdentifierError:
        """An error that is not about the content of a value."""
        return IdentifierError(_WHAT, self.text, expected=expected, got=got, kind=kind, ai=ai, position=position)

    def too_many(self, position: int, rest: str) -> None:
        """Refuses the rest of a message that has too many elements."""
        self.refuse("", rest, self.problem("too_many_ais", position, f"at most {MAX_ELEMENTS} elements", "more"), _FORM)


def lost_hint(elements: Sequence[tuple[str, str]]) -> str:
    """A half sentence that says how elements were probably meant where an FNC1 was lost."""
    shown = " ".join(f"({ai}){value}" for ai, value in elements)
    return f" (an FNC1 is probably lost; likely {shown})"


def _lost(reading: Reading, segment: str, at: int) -> tuple[tuple[str, str], ...]:
    return likely_split(segment[at:], reading.table) or ()


def _read_segment(reading: Reading, segment: str, offset: int, where: Callable[[int], int]) -> bool:
    """Reads what stands between two FNC1; answers whether there is room for more."""
    at = 0
    while at < len(segment):
        entry = reading.table.at(segment, at, unknown=reading.unknown)
        if entry is None:
            digits = segment[at : at + 4]
            ai = digits if len(digits) == 4 and digits.isascii() and digits.isdecimal() else None
            error = reading.problem(
                "no_ai_for_prefix", where(offset + at), "an application identifier", shorten(segment[at : at + 4]), ai
            )
            reading.refuse("", segment[at:], error, _CONTENT)
            return True
        begin = at + len(entry.ai)
        end = begin + entry.predefined_length if entry.predefined_length else len(segment)
        value = segment[begin:end]
        fault = entry.fault(value)
        if fault is None:
            if not reading.keep(entry.ai, value):
                reading.too_many(where(offset + begin), segment[end:])
                return False
        else:
            guess = () if entry.predefined_length else _lost(reading, segment, at)
            error = element_error(
                _WHAT,
                reading.text,
                entry,
                value,
                fault=fault,
                where=lambda position, base=offset + begin: where(base + position),  # type: ignore[misc]
                hint=lost_hint(guess) if guess else "",
            )
            reading.refuse(entry.ai, segment[at:end], error, _CONTENT, guess)
        at = max(end, begin)
    return True


def read_raw(
    reading: Reading, message: str, offset: int = 0, where: Callable[[int], int] = int, *, composite: bool = True
) -> None:
    """Reads a message without brackets.

    Args:
        reading: Takes what is found.
        message: The message, with the group separator for each FNC1 and without one in front.
        offset: Where the message begins in the text that ``where`` knows.
        where: Offset in the normalised text to offset in the text as given.
        composite: Whether a vertical bar begins the composite component.
    """
    linear, bar, second = message.partition("|") if composite else (message, "", "")
    if not linear:
        reading.refuse(
            "", "", reading.problem("ai_data_empty", where(offset), "application identifiers", "nothing"), _CONTENT
        )
    if not _read_segments(reading, linear, offset, where) or not bar:
        return
    reading.composite_at = len(reading.elements)
    begin = offset + len(linear) + 1
    if second[:1] != GROUP_SEPARATOR or len(second) == 1:
        error = reading.problem(
            "missing_fnc1_in_first_position",
            where(begin),
            "FNC1 in front of the composite component",
            shorten(second[:4]),
        )
        reading.refuse("", second, error, _CONTENT)
        return
    _read_segments(reading, second[1:], begin + 1, where)


def _read_segments(reading: Reading, message: str, offset: int, where: Callable[[int], int]) -> bool:
    segments = message.split(GROUP_SEPARATOR)
    if len(segments) > 1 and not segments[-1]:
        segments.pop()
    for segment in segments:
        if not segment and message:
            error = reading.problem("no_ai_for_prefix", where(offset), "an application identifier", "another FNC1")
            reading.refuse("", GROUP_SEPARATOR, error, _CONTENT)
            if len(reading.refused) > MAX_ELEMENTS:
                return False
        elif not _read_segment(reading, segment, offset, where):
            return False
        offset += len(segment) + 1
    return True


def _unescape(text: str, begin: int, end: int) -> tuple[str, Callable[[int], int]]:
    """The value between two places of a bracketed text, and its offsets back into the text."""
    raw = text[begin:end]
    if "\\(" not in raw:
        return raw, lambda position: begin + position

    def where(position: int) -> int:
        at = begin
        for _ in range(position):
            at += 2 if text.startswith("\\(", at) else 1
        return at

    return raw.replace("\\(", "("), where


def _bracketed_fault(entry: ApplicationIdentifier, value: str) -> tuple[LintFault | None, int]:
    kind = length_kind(entry, value)
    if kind is not None:
        shortest, longest = entry.shortest, entry.longest
        return LintFault(kind, min(len(value), longest), max(len(value), shortest)), _FORM
    caret = value.find("^")
    if caret >= 0:
        return LintFault("ai_contains_illegal_carat_character", caret, caret + 1), _FORM
    return entry.fault(value), _CONTENT


def read_bracketed(reading: Reading, text: str) -> None:
    r"""Reads a message with its AIs in brackets; ``\(`` stands for an opening bracket inside a value.

    Args:
        reading: Takes what is found.
        text: The whole text.
    """
    bar = text.find("|(")
    at = 0
    while at < len(text):
        if text[at] != "(":
            following = _OPENING.search(text, at + 1)
            end = following.start() if following else len(text)
            error = reading.problem(
                "ai_parse_failed", at, "an application identifier in brackets", shorten(text[at : at + 4])
            )
            reading.refuse("", text[at:end], error, _FORM)
            at = end
            continue
        close = text.find(")", at)
        if close < 0:
            error = reading.problem(
                "ai_parse_failed", at, "a closing bracket behind the application identifier", "none"
            )
            reading.refuse("", text[at:], error, _FORM)
            return
        ai = text[at + 1 : close]
        following = _OPENING.search(text, close + 1)
        end = following.start() if following else len(text)
        stop = end - 1 if end - 1 == bar else end
        entry = reading.table.get(ai, unknown=reading.unknown)
        if entry is None:
            named = ai if ai.isascii() and ai.isdecimal() and 2 <= len(ai) <= 4 else None
            error = reading.problem(
                "ai_unrecognised", at + 1, "an application identifier of the table", shorten(ai), named
            )
            reading.refuse(named or "", text[at:stop], error, _FORM)
        elif close + 1 == len(text):
            error = reading.problem("ai_parse_failed", close + 1, f"a value behind ({ai})", "nothing", ai)
            reading.refuse(ai, text[at:], error, _FORM)
        else:
            value, where = _unescape(text, close + 1, stop)
            fault, rank = _bracketed_fault(entry, value)
            if fault is not None:
                reading.refuse(
                    ai, text[at:stop], element_error(_WHAT, text, entry, value, fault=fault, where=where), rank
                )
            elif not reading.keep(ai, value):
                reading.too_many(stop, text[stop:])
                return
        if len(reading.refused) > MAX_ELEMENTS:
            reading.too_many(stop, text[stop:])
            return
        if stop < end:
            reading.composite_at = len(reading.elements)
        at = end
