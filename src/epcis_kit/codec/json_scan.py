"""Parsing of one complete JSON value: quickly, thoroughly, or only to skip it; and the faults in it.

Takes text; gives values in three forms. The quick scanner makes tuples of pairs of objects, which is the cheapest that
tells a name that stands twice; the thorough one makes :class:`Pairs` and marks what may not be, for
:func:`faults_in`; the third keeps nothing. All three are the scanner of the standard library (its C form where there is
one) with hooks. Guarantees: decimals keep their digits; ``NaN``, numbers of extravagant length and halves of surrogate
pairs never pass as values.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from epcis_kit.errors import shorten

__all__ = [
    "BadValue",
    "Pairs",
    "Scanners",
    "as_dicts",
    "depth_of",
    "faults_in",
    "has_half",
    "has_half_below",
    "longest_of",
    "plain",
    "step",
]


class BadValue(ValueError):  # noqa: N818 - no error of its own, turned into findings with their places
    """A complete value with something in it that may not be: a duplicate key, a number too long, ``NaN``."""


class Pairs(list[Any]):
    """The members of an object, duplicates and all, where a fault has to be found."""


class _Wrong:
    """Stands where a wrong number stood."""

    def __init__(self, text: str, expected: str, got: str) -> None:
        self.text = text
        self.message = f"Cannot read number {shorten(text)}: expected {expected}, got {got}."


class Scanners:
    """The scanner of good values and the one that finds faults, for one ``max_number``."""

    def __init__(self, most: int) -> None:
        def integer(text: str) -> int:
            if len(text) > most:
                raise BadValue("number")
            return int(text)

        def fraction(text: str) -> Decimal:
            if len(text) > most:
                raise BadValue("number")
            try:
                number = Decimal(text)
            except InvalidOperation:
                raise BadValue("number") from None
            if not -most <= number.adjusted() <= most:  # nobody can add such numbers, or write them without exponent
                raise BadValue("number")
            return number

        def constant(text: str) -> NoReturn:
            raise BadValue(text)

        def too_long(text: str) -> _Wrong:
            return _Wrong(text, f"at most {most} characters (Limits.max_number)", str(len(text)))

        def wrong_integer(text: str) -> int | _Wrong:
            return int(text) if len(text) <= most else too_long(text)

        def wrong_fraction(text: str) -> Decimal | _Wrong:
            if len(text) > most:
                return too_long(text)
            exponent = text.lower().rpartition("e")[2]
            try:
                number = Decimal(text)
            except InvalidOperation:
                return _Wrong(text, "an exponent that can be held", exponent)
            if not -most <= number.adjusted() <= most:
                return _Wrong(text, f"at most {most} digits without its exponent (Limits.max_number)", exponent)
            return number

        def wrong_constant(text: str) -> _Wrong:
            return _Wrong(text, "digits, as JSON has no other numbers", "letters")

        self.quick = _scanner(object_pairs_hook=tuple, parse_float=fraction, parse_int=integer, parse_constant=constant)
        self.thorough = _scanner(
            object_pairs_hook=Pairs,
            parse_float=wrong_fraction,
            parse_int=wrong_integer,
            parse_constant=wrong_constant,
        )
        self.skip = _scanner(parse_float=str, parse_int=str, parse_constant=str)


def _scanner(**hooks: Any) -> Any:
    """The scanner of the standard library (its C form where there is one) with hooks."""
    decoder: Any = json.JSONDecoder(**hooks)
    return decoder.scan_once


_ESCAPED: Final = str.maketrans({"~": "~0", "/": "~1"})


def step(pointer: str, key: str | int) -> str:
    """The JSON pointer of a member or item below ``pointer``."""
    return f"{pointer}/{key.translate(_ESCAPED) if isinstance(key, str) else key}"


def faults_in(value: object, pointer: str) -> list[tuple[str, str]]:
    """The faults in a value that the fault scanner gave: pairs of JSON pointer and sentence."""
    faults: list[tuple[str, str]] = []
    _faults(value, pointer, faults)
    return faults


def _faults(value: object, pointer: str, faults: list[tuple[str, str]]) -> None:
    if isinstance(value, Pairs):
        seen: set[str] = set()
        for key, below in value:
            here = step(pointer, key)
            if key in seen:
                faults.append((here, f"Cannot read member {shorten(key)}: expected each name once, got it twice."))
            seen.add(key)
            if has_half(key):
                faults.append(
                    (pointer, f"Cannot read member {shorten(key)}: expected text, got half a surrogate pair.")
                )
            _faults(below, here, faults)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            _faults(below, step(pointer, index), faults)
    elif isinstance(value, _Wrong):
        faults.append((pointer, value.message))
    elif isinstance(value, str) and has_half(value):
        message = f"Cannot read text {shorten(value)}: expected whole characters, got half a surrogate pair."
        faults.append((pointer, message))


def has_half(text: str) -> bool:
    """Whether half a surrogate pair stands in a text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def plain(value: Any) -> Any:
    """A value of the fault scanner without its faults: the last of duplicate members, wrong numbers as text."""
    if isinstance(value, Pairs):
        return {key: plain(below) for key, below in value}
    if isinstance(value, list):
        return [plain(below) for below in value]
    return value.text if isinstance(value, _Wrong) else value


def as_dicts(value: Any) -> Any:
    """A value of the quick scanner with dicts for its objects."""
    if isinstance(value, tuple):
        return {key: as_dicts(below) for key, below in value}
    return [as_dicts(item) for item in value] if isinstance(value, list) else value


def has_half_below(value: Any) -> bool:
    """Whether it stands in any text of a value of the quick scanner."""
    if isinstance(value, str):
        return has_half(value)
    return isinstance(value, (list, tuple)) and any(map(has_half_below, value))


def depth_of(value: Any) -> int:
    """Levels of objects and arrays in a value of the thorough scanner."""
    level, depth = [value] if isinstance(value, list) else [], 0
    while level:
        inside = (item[1] if isinstance(part, Pairs) else item for part in level for item in part)
        level, depth = [item for item in inside if isinstance(item, list)], depth + 1
    return depth


def longest_of(value: Any) -> int:
    """Length of the longest text in a value of any of the scanners."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return max((max(len(key), longest_of(below)) for key, below in value.items()), default=0)
    return max(map(longest_of, value), default=0) if isinstance(value, (list, tuple)) else 0
