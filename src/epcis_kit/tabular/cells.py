"""Cell types: the text of a cell to a typed value, by rules that the mapping chooses.

Takes the text of a cell, trimmed; gives a text, a GS1 key part, a number, a unit or a :class:`Record`, or raises
``ValueError`` with a whole sentence. Guarantees: what a spreadsheet has ruined (``9.52E+12``: the digits are gone) is
refused; what can be mended without guessing (``13579.0``, a lost zero in front, a missing check digit) is mended only
as the mapping allows, and every mend is told to ``notes``; nothing else is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from epcis_kit.errors import IdentifierError, MappingError, shorten
from epcis_kit.gs1.check_digits import mod10_digit
from epcis_kit.gs1.identity_links import checked_key
from epcis_kit.tabular.faults import known, one_of
from epcis_kit.tabular.units import unit_code

__all__ = [
    "KEY_AIS",
    "SCAN_PARTS",
    "CellError",
    "CellRules",
    "Notes",
    "Read",
    "Record",
    "cell_reader",
    "not_ruined",
]

Notes: TypeAlias = list[tuple[str, str, str]]
"""Repairs of one row: what was done, the text before, the text after."""

Read: TypeAlias = Callable[[str, Notes], Any]
"""A reader of one type."""

KEY_AIS: Final = {"gtin": "01", "sscc": "00", "gln": "414"}
"""Types that are GS1 keys, and their AIs."""

_TITLES: Final = {"gtin": "GTIN", "sscc": "SSCC", "gln": "GLN"}
_LENGTHS: Final = {"gtin": (8, 12, 13, 14), "sscc": (18,), "gln": (13,)}
_SERIAL: Final = re.compile(r"[!\"%-?A-Z_a-z]{1,20}").fullmatch
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?").fullmatch
_EXPONENT: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?[Ee][+-]?[0-9]+").fullmatch
_DOT_ZERO: Final = re.compile(r"([0-9]{1,40})\.0{1,6}").fullmatch
_MEASURE: Final = re.compile(r"([+-]?[0-9.,' ]{1,40})\s*([^\s0-9][^0-9]{0,30})?").fullmatch
_TRUE: Final = frozenset({"true", "yes", "y", "1", "x", "ja", "oui", "是"})
_FALSE: Final = frozenset({"false", "no", "n", "0", "nein", "non", "否"})

SCAN_PARTS: Final = {
    "gtin": "01", "sscc": "00", "lot": "10", "serial": "21", "gln": "414", "expiry": "17", "best_before": "15",
    "production": "11", "packed": "13", "count": "37", "content": "02", "weight_kg": "310",
}  # fmt: skip
"""Names of the parts of a scanned text and their AIs; any AI can be asked for by its digits too."""


class CellError(ValueError):
    """A cell is not what its field says; ``column`` and ``value`` say which."""

    def __init__(self, message: str, column: str | None, value: str, rule: str = "TAB-002") -> None:
        self.column = column
        self.value = value
        self.rule = rule
        super().__init__(message)


class Record:
    """A text with named parts: the groups of a regex, an amount with its unit, the AIs of a scan.

    Attributes:
        text: The whole.
        parts: Name to typed value.
        key: The GS1 elements, where it is a scan.
    """

    __slots__ = ("key", "parts", "text")

    def __init__(self, text: str, parts: dict[str, Any], key: tuple[tuple[str, str], ...] = ()) -> None:
        self.text = text
        self.parts = parts
        self.key = key

    def __str__(self) -> str:
        return self.text


class CellRules(NamedTuple):
    """What may be mended, and how numbers are written.

    Attributes:
        check_digit: ``"error"``, ``"recompute"``, ``"append"`` or ``"trust"``.
        lost_zeros: ``"error"`` or ``"restore"``.
        dot_zero: ``"repair"``, ``"error"`` or ``"keep"``: what ``13579.0`` means in a lot or key.
        decimal: The decimal mark.
    """

    check_digit: str = "error"
    lost_zeros: str = "error"
    dot_zero: str = "repair"
    decimal: str = "."

    @classmethod
    def of(cls, content: dict[str, Any], base: CellRules, where: str) -> CellRules:
        """The rules that ``content`` changes in ``base``.

        Raises:
            MappingError: A word is not known.
        """
        words = {
            "check_digit": ("error", "recompute", "append", "trust"),
            "lost_zeros": ("error", "restore"),
            "dot_zero": ("repair", "error", "keep"),
            "decimal": (".", ","),
        }
        return cls(*(str(one_of(content, name, words[name], where, getattr(base, name))) for name in cls._fields))


def cell_reader(kind: str, rules: CellRules, place: str) -> Read:
    """The reader of a type; dates have a module of their own.

    Raises:
        MappingError: There is no such type.
    """
    if kind in KEY_AIS:
        return _key(kind, rules)
    if kind in {"lot", "serial"}:
        return _lot(rules)
    if kind in {"decimal", "integer"}:
        return _number(rules, whole=kind == "integer")
    plain = {"text": _text, "uri": _text, "uom": _uom, "boolean": _boolean, "scan": _scan}.get(kind)
    if plain is not None:
        return plain
    if kind == "measure":
        return _measure(rules)
    known({kind: None}, ("text",), place)
    raise MappingError(f"{place}: there is no type {kind!r}.")  # pragma: no cover - known() raises


def _text(text: str, notes: Notes) -> str:  # noqa: ARG001 - one signature
    return text


def not_ruined(text: str) -> None:
    """Refuse a number in scientific notation where every digit counts."""
    if ("E" in text or "e" in text) and _EXPONENT(text):
        raise ValueError(
            f"Cannot read {shorten(text)}: expected all digits, got a number in scientific notation; a spreadsheet has "
            "dropped the rest, so export the column as text."
        )


def _whole(text: str, rules: CellRules, notes: Notes) -> str:
    """``13579.0`` is ``13579`` that went through a column of numbers."""
    not_ruined(text)
    if rules.dot_zero == "keep" or "." not in text:
        return text
    match = _DOT_ZERO(text)
    if match is None:
        return text
    if rules.dot_zero == "error":
        raise ValueError(f"Cannot read {shorten(text)}: expected digits as printed, got a number with a decimal part.")
    notes.append(("the decimal part of a number was taken off", text, match[1]))
    return match[1]


def _lot(rules: CellRules) -> Read:
    def read(text: str, notes: Notes) -> str:
        if _SERIAL(text) is None or "." in text or "E" in text or "e" in text:
            text = _whole(text, rules, notes)
            if _SERIAL(text) is None:
                raise ValueError(
                    f"Cannot read lot or serial {shorten(text)}: expected 1 to 20 characters of GS1 character set 82, "
                    f"got {_odd(text)}."
                )
        return text

    return read


def _odd(text: str) -> str:
    if not text:
        return "nothing"
    if len(text) > 20:
        return f"{len(text)} characters"
    return next((repr(letter) for letter in text if _SERIAL(letter) is None), repr(text))


def _number(rules: CellRules, *, whole: bool) -> Read:
    mark, other = rules.decimal, "," if rules.decimal == "." else "."
    grouped = re.compile(
        rf"[+-]?[0-9]{{1,3}}(?:[{other}'\u00a0\u202f ][0-9]{{3}})+(?:[{mark}][0-9]{{1,40}})?"
    ).fullmatch

    def read(text: str, notes: Notes) -> Decimal:  # noqa: ARG001 - one signature
        plain = text if mark == "." else text.replace(".", "?").replace(",", ".")
        if _DECIMAL(plain) is None:
            if mark == "," and grouped(text):
                plain = re.sub(f"[{other}'\u00a0\u202f ]", "", text).replace(",", ".")
            else:
                raise ValueError(
                    f"Cannot read number {shorten(text)}: expected digits with {mark!r} as the decimal mark."
                )
        value = Decimal(plain)
        if whole and value != value.to_integral_value():
            raise ValueError(f"Cannot read number {shorten(text)}: expected a whole number.")
        return value

    return read


def _key(kind: str, rules: CellRules) -> Read:
    ai, title, lengths = KEY_AIS[kind], _TITLES[kind], _LENGTHS[kind]
    digits = lengths[-1]
    policy = rules.check_digit

    def read(text: str, notes: Notes) -> str:
        if not (text.isascii() and text.isdecimal()):
            text = _whole(text, rules, notes)
            if text[:4].lower() in {"urn:", "http"} or text[:1] in {"(", "]"}:
                return _spelt(text)
        if not text.isascii() or not text.isdecimal() or len(text) > digits:
            return check(text)
        if policy == "append":
            return append(text, notes)
        if len(text) not in lengths and rules.lost_zeros == "restore":
            restored = text.zfill(digits)
            notes.append(("zeros in front were restored", text, restored))
            text = restored
        if policy == "error" or len(text) not in lengths:
            return check(text)
        whole = text.zfill(digits)
        right = mod10_digit(whole[:-1])
        if whole[-1] == right or policy == "trust":
            return whole
        notes.append(("the check digit was recomputed", text, text[:-1] + right))
        return whole[:-1] + right

    def append(text: str, notes: Notes) -> str:
        if len(text) + 1 not in lengths:
            expected = " or ".join(str(length - 1) for length in lengths)
            raise ValueError(
                f"Cannot read {title} {shorten(text)}: expected {expected} digits without a check digit, "
                f"got {len(text)}."
            )
        whole = text + mod10_digit(text)
        notes.append(("a check digit was appended", text, whole))
        return whole.zfill(digits)

    def check(text: str) -> str:
        try:
            return checked_key(ai, text)
        except IdentifierError as error:
            raise ValueError(str(error)) from None

    def _spelt(text: str) -> str:
        """A key that stands in the column as a URN, a link or an element string."""
        found = dict(_elements(text))
        other = {"414": ("417", "254"), "01": ("02",)}.get(ai, ())
        value = found.pop(ai, None) or next((found.pop(name) for name in other[:1] if name in found), None)
        if value is None or found:
            got = f"AIs {', '.join(dict(_elements(text)))}"
            raise ValueError(f"Cannot read {title} {shorten(text)}: expected a {title} alone, got {got}.")
        return value

    return read


def _elements(text: str) -> tuple[tuple[str, str], ...]:
    from epcis_kit.gs1.keys import parse_key  # noqa: PLC0415 - loaded where a cell holds more than digits

    try:
        return parse_key(text).elements
    except IdentifierError as error:
        raise ValueError(str(error)) from None


def _scan(text: str, notes: Notes) -> Record:  # noqa: ARG001 - one signature
    not_ruined(text)
    elements = _elements(text)
    if not elements:
        raise ValueError(f"Cannot read scan {shorten(text)}: expected a GS1 key, got an EPC without one.")
    known_parts: dict[str, Any] = dict(elements)
    for name, ai in SCAN_PARTS.items():
        if ai in known_parts:
            known_parts[name] = known_parts[ai]
    for ai, value in elements:
        if ai[:3] == "310" and len(ai) == 4:
            known_parts["weight_kg"] = Decimal(value).scaleb(-int(ai[3]))
    for name in ("count",):
        if name in known_parts:
            known_parts[name] = Decimal(known_parts[name])
    return Record(text, known_parts, elements)


def _uom(text: str, notes: Notes) -> str:  # noqa: ARG001 - one signature
    return unit_code(text)


def _measure(rules: CellRules) -> Read:
    number = _number(rules, whole=False)

    def read(text: str, notes: Notes) -> Record:
        match = _MEASURE(text)
        if match is None:
            raise ValueError(f"Cannot read amount {shorten(text)}: expected a number and a unit such as '10 CS'.")
        unit = (match[2] or "").strip()
        return Record(
            text, {"value": number(match[1].strip(), notes), "uom": unit_code(unit.rstrip(".")) if unit else None}
        )

    return read


def _boolean(text: str, notes: Notes) -> bool:  # noqa: ARG001 - one signature
    word = text.casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"Cannot read yes or no {shorten(text)}: expected true, false, yes, no, 1 or 0.")
