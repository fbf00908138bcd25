"""What a column holds, by its values: keys by their check digits, dates by their forms, amounts, codes, scans.

Takes the header and some hundred values of a column; gives a :class:`ColumnLook`. Guarantees: pure and deterministic; a
kind is said only where most values are of it, and ``share`` says how many; dates that fit day before month and month
before day alike are told as doubtful, never decided in silence.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

from epcis_kit.gs1.check_digits import is_mod10
from epcis_kit.tabular.dates import compile_format
from epcis_kit.tabular.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["NULL_WORDS", "ColumnLook", "look_at"]

NULL_WORDS: Final = ("-", "--", "n/a", "na", "null", "none", "nil", "(null)", "#n/a", "?")
"""Texts (folded) that people write for "nothing here"."""

_MOST: Final = 0.8
_NUMBERS: Final = 0.6
_KEYED: Final = 0.5
"""Shares of values that make a column one of texts, of numbers or dates, of keys: one in ten digits fits by chance."""

_FORMATS: Final = (
    "iso", "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy/MM/dd", "yyyy/MM/dd HH:mm",
    "yyyy/MM/dd HH:mm:ss", "yyyyMMdd", "yyyyMMddHHmm", "yyyyMMddHHmmss", "yyyyMMdd HHmmss", "yyyy.MM.dd",
    "yyyy.MM.dd HH:mm",
    "dd.MM.yyyy", "dd.MM.yyyy HH:mm", "dd.MM.yyyy HH:mm:ss", "dd.MM.yy", "dd.MM.yy HH:mm",
    "dd/MM/yyyy", "MM/dd/yyyy", "dd/MM/yyyy HH:mm", "MM/dd/yyyy HH:mm", "dd/MM/yyyy HH:mm:ss", "MM/dd/yyyy HH:mm:ss",
    "MM/dd/yyyy hh:mm a", "dd/MM/yyyy hh:mm a", "dd/MM/yy", "MM/dd/yy", "dd/MM/yy HH:mm", "MM/dd/yy HH:mm",
    "dd-MM-yyyy", "MM-dd-yyyy", "dd-MM-yyyy HH:mm", "MM-dd-yyyy HH:mm", "dd-MM-yyyy HH:mm:ss", "MM dd yyyy",
    "dd-MMM-yy", "dd-MMM-yyyy", "dd-MMM-yyyy HH:mm", "dd MMM yyyy", "d MMMM yyyy", "MMM dd, yyyy", "MMMM d, yyyy",
    "dd MMM yyyy HH:mm", "yyyy年M月d日", "yyyy-MM-ddTHH:mm", "yyMMdd", "epoch_ms", "epoch", "excel",
)  # fmt: skip
"""Forms of dates, the surer before the doubtful."""

_DOUBTFUL: Final = ("yyMMdd", "yyyyMMdd", "yyyyMMddHHmm", "yyyyMMddHHmmss", "epoch", "epoch_ms", "excel")
"""Forms that a number may have by chance: they need a header that speaks of time."""

_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?").fullmatch
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,12}").fullmatch
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,12}\.[0-9]{1,9}").fullmatch
_COMMA: Final = re.compile(r"[+-]?[0-9]{1,12},[0-9]{1,9}").fullmatch
_MEASURE: Final = re.compile(r"[+-]?[0-9][0-9.,]{0,20}\s*[^\W\d_][^\d]{0,15}").fullmatch
_HEX: Final = re.compile(r"(?:0x)?[0-9A-Fa-f]{24,64}").fullmatch
_SCAN: Final = re.compile(
    r"(?:\][A-Za-z][0-9])?(?:\((?:00|01|02|10|21|414)\)|(?:01|02)[0-9]{14}(?:10|21|11|13|15|17|37)).*", re.DOTALL
).fullmatch
_LOT: Final = re.compile(r"[!\"%-?A-Z_a-z]{1,20}").fullmatch
_BRACKETED: Final = re.compile(r"\((?:00|01|02|8004|8006)\)[0-9]").match
_KEYS: Final = {"gtin": (8, 12, 13, 14), "gln": (13,), "sscc": (18,)}
_LENGTHS: Final = {8: ("gtin",), 12: ("gtin",), 13: ("gtin", "gln"), 14: ("gtin",), 18: ("sscc",)}


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnLook:
    """What a column seems to hold.

    Attributes:
        name: Its header.
        kinds: What its values are, each with the share of values that are it: ``gtin``, ``gln``, ``sscc``, ``date``,
            ``datetime``, ``clock``, ``integer``, ``decimal``, ``measure``, ``unit``, ``epc``, ``hex``, ``scan``,
            ``direction``, ``lot``, ``text``.
        formats: Of dates, in the order in which they are tried.
        doubt: Why the formats are not sure; ``""`` where they are.
        comma: Decimal numbers have a comma.
        filled: Share of rows that have a value.
        distinct: How many different values there are.
        examples: Some values.
    """

    name: str
    kinds: dict[str, float]
    formats: tuple[str, ...]
    doubt: str
    comma: bool
    filled: float
    distinct: int
    examples: tuple[str, ...]

    def is_(self, *kinds: str) -> bool:
        """Whether it seems to be of one of these kinds."""
        return any(kind in self.kinds for kind in kinds)


def look_at(name: str, cells: Sequence[str], *, speaks_of_time: bool) -> ColumnLook:
    """What the values of a column seem to be; ``speaks_of_time`` where its header does."""
    texts = [cell.strip() for cell in cells]
    values = [text for text in texts if text and text.casefold() not in NULL_WORDS]
    unique = list(dict.fromkeys(values))
    kinds: dict[str, float] = {}
    formats: tuple[str, ...] = ()
    doubt = ""
    comma = False
    if values:
        for kind, holds in _TESTS.items():
            share = sum(map(bool, map(holds, unique))) / len(unique)
            if share >= (_KEYED if kind in _KEYS else _MOST):
                kinds[kind] = share
        numbers = [kind for kind in ("integer", "decimal", "comma") if _some(_TESTS_OF_NUMBERS[kind], unique)]
        share = sum(any(test(text) for test in _TESTS_OF_NUMBERS.values()) for text in values) / len(values)
        if share >= _NUMBERS and not {"gtin", "gln", "sscc"} & kinds.keys():
            kinds["integer" if numbers == ["integer"] else "decimal"] = share
            comma = "comma" in numbers and "decimal" not in numbers
        formats, doubt, share = _dates(unique, speaks_of_time=speaks_of_time)
        if formats:
            clock = any(re.search("[Hh]|epoch", form) for form in formats)
            clock = clock or ("iso" in formats and any(":" in text for text in unique))
            kinds["datetime" if clock else "date"] = share
        kinds["text"] = 1.0
    return ColumnLook(
        name, kinds, formats, doubt, comma, len(values) / len(texts) if texts else 0.0, len(unique), tuple(unique[:20])
    )


def _some(test: Callable[[str], object], texts: Sequence[str]) -> bool:
    return any(map(test, texts))


def _key(kind: str) -> Callable[[str], bool]:
    lengths = _KEYS[kind]

    def holds(text: str) -> bool:
        return text.isascii() and text.isdecimal() and len(text) in lengths and text.strip("0") != "" and is_mod10(text)

    return holds


_TESTS: Final[dict[str, Callable[[str], object]]] = {
    "gtin": _key("gtin"),
    "gln": _key("gln"),
    "sscc": _key("sscc"),
    "epc": lambda text: text.startswith(("urn:epc:", "http://", "https://")),
    "hex": _HEX,
    "scan": lambda text: _BRACKETED(text) or _SCAN(text),
    "clock": _CLOCK,
    "unit": lambda text: text.casefold() in UNITS or text in set(UNITS.values()),
    "measure": _MEASURE,
    "direction": lambda text: text.casefold() in _DIRECTIONS,
    "lot": _LOT,
}

_TESTS_OF_NUMBERS: Final[dict[str, Callable[[str], object]]] = {
    "integer": _INTEGER,
    "decimal": _DECIMAL,
    "comma": _COMMA,
}

_DIRECTIONS: Final[dict[str, str]] = {
    word: side
    for side, words in {
        "I": "i in input inputs consumed used issue gi 261 einsatz verbrauch 投入 领料 entree entrada consumo",
        "O": "o out output outputs produced made receipt gr 101 ausgang ausbringung 产出 完工 sortie salida produccion",
    }.items()
    for word in words.split()
}


def direction_words(values: Sequence[str]) -> dict[str, list[str]]:
    """The words of a column for what goes in (``I``) and what comes out (``O``)."""
    found: dict[str, list[str]] = {"I": [], "O": []}
    for value in values:
        side = _DIRECTIONS.get(value.casefold())
        if side is not None:
            found[side].append(value)
    return found


def _dates(texts: Sequence[str], *, speaks_of_time: bool) -> tuple[tuple[str, ...], str, float]:
    """The fewest formats that read the texts, a doubt, and the share of texts that they read."""
    left = [text for text in texts if text.isascii() or "年" in text][:200]
    if not left:
        return (), "", 0.0
    total = len(texts[:200])
    reads = {form: compile_format(form, form) for form in _FORMATS if speaks_of_time or form not in _DOUBTFUL}
    hits = {
        form: {text for text in left if read(text) is not None and _plausible(form, text)}
        for form, read in reads.items()
    }
    chosen: list[str] = []
    open_ = set(left)
    while open_:
        best = max(hits, key=lambda form: len(hits[form] & open_))  # the first of several
        if not hits[best] & open_:
            break
        chosen.append(best)
        open_ -= hits[best]
    share = (len(left) - len(open_)) / total
    if share < _NUMBERS:
        return (), "", 0.0
    doubt = ""
    for form in chosen:
        other = form.replace("dd", "@@").replace("MM", "dd").replace("@@", "MM") if "MMM" not in form else form
        if other != form and other in hits and hits[form] <= hits[other]:
            doubt = f"day or month first? Every value fits {form} and {other}."
    return tuple(chosen), doubt, share


def _plausible(form: str, text: str) -> bool:
    """Numbers are dates only in the years of bar codes."""
    if form in {"epoch", "epoch_ms"}:
        return len(text) == (10 if form == "epoch" else 13) and text[0] == "1"
    if form == "excel":
        return text.replace(".", "", 1).isdecimal() and 30_000 <= float(text) < 60_000
    if form.startswith("yyyyMMdd"):
        return text.startswith(("19", "20"))
    return True
