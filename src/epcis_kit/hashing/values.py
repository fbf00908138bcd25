"""The one spelling of a value that goes into an event hash.

Takes texts, numbers and times of the model; gives the text that is hashed. Guarantees: what two documents may spell
differently and mean alike comes out alike. That is, in this order:

1. white space around a text goes;
2. the short forms ``gs1:…``, ``cbv:…`` and ``epcis:…`` become web URIs, and so does the beginning of a CBV URN,
   wherever it stands in the text;
3. a text that is a number loses leading and trailing zeros and its plus sign: ``007`` is ``7``, ``1.10`` is ``1.1``;
4. a GS1 identifier becomes its constrained canonical Digital Link (:mod:`epcis_kit.hashing.identifiers`);
5. a time becomes UTC with three decimals, the fourth rounded half up.

These are the rules of the published generator, with what follows from its programming language: ``1e5`` becomes
``1E+5``, ``1_000`` becomes ``1000``, decimals keep 28 significant digits. :data:`STANDARD` holds the rules of 2026,
:data:`LEGACY` those of version 1.9.3, where numbers are binary fractions (``12345678901234567890`` loses its last
digits) and times are rounded half to even.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from epcis_kit.hashing.identifiers import canonical_identifier
from epcis_kit.model import WELL_KNOWN_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from epcis_kit.model import Timestamp

__all__ = ["LEGACY", "STANDARD", "Rules", "legacy_rules_for_json"]

_CBV_URNS: Final = (
    ("urn:epcglobal:cbv:bizstep:", "https://ref.gs1.org/cbv/BizStep-"),
    ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
    ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
    ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
    ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
)
_CONTEXT: Final = Context(prec=28, traps=[])
_SMALLEST: Final = -1000  # a number with more zeros after the point than this stays as it is written
_LONGEST_CACHED: Final = 200
_FIRST_DAY: Final = date(1970, 1, 1).toordinal()

_number_like = re.compile(r"[0-9_.eE+-]*[0-9][0-9_.eE+-]*").fullmatch
_plain_fraction = re.compile(r"-?(?:0|[1-9][0-9]{0,12})\.[0-9]{0,12}[1-9]").fullmatch  # nothing to take away


@dataclass(frozen=True, slots=True)
class Rules:
    """The functions that make one version's texts.

    Attributes:
        text: Any text of an event.
        number: A number of the model.
        time: A time of a standard field.
        vocabulary: What stands before the words of the GS1 web vocabulary (``Temperature``).
        typed: Types of extension values show: ``xsi:type`` is hashed, and ``True``, ``False`` and ``None`` of JSON.
        flags: What is written for a sensor's false and true.
        undeclared: Prefixes whose names are written with the prefix in place of the namespace.
    """

    text: Callable[[str], str]
    number: Callable[[Decimal], str]
    time: Callable[[Timestamp], str]
    vocabulary: str
    typed: bool = False
    flags: tuple[str, str] = ("false", "true")
    undeclared: frozenset[str] = frozenset()


def exact_number(text: str) -> str:
    """A text that is a number without needless zeros and signs; every other text unchanged."""
    if text.isascii():
        if text.isdecimal() and (text[0] != "0" or len(text) == 1):
            return text
        if _number_like(text) is None or _plain_fraction(text):
            return text
    elif not any(map(str.isdecimal, text)):
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or number.adjusted() < _SMALLEST:
        return text
    whole = number.to_integral_value()
    if whole == number:
        return _CONTEXT.to_sci_string(whole)
    return format(_CONTEXT.normalize(number), "f")


def binary_number(text: str) -> str:
    """The same as version 1.9.3 did it: through a binary fraction of 53 bits."""
    try:
        number = float(text)
        whole = int(number)  # raises for infinity and for what is no number
    except (ValueError, OverflowError):
        return text
    return str(whole if whole == number else number)


def utc(time: Timestamp) -> str:
    """``2020-03-04T10:00:30.001Z``: UTC, three decimals, rounded half up."""
    text = time.text
    if len(text) == 24 and text[23] == "Z" and text[11:13] != "24":  # it is written so
        return text
    return _milliseconds((time.epoch_us + 500) // 1000, time)


def utc_half_even(time: Timestamp) -> str:
    """The same with a half rounded to the even neighbour, as version 1.9.3 did it."""
    return _milliseconds(round(time.epoch_us, -3) // 1000, time)


def _milliseconds(value: int, time: Timestamp) -> str:
    days, value = divmod(value, 86_400_000)
    seconds, value = divmod(value, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    try:
        return f"{_day(days)}T{hours:02d}:{minutes:02d}:{seconds:02d}.{value:03d}Z"
    except (ValueError, OverflowError):  # before year 1 or after 9999 in UTC: no text for it
        return time.text


@functools.lru_cache(maxsize=1024)
def _day(days: int) -> str:
    return date.fromordinal(_FIRST_DAY + days).isoformat()


def _text_rule(number: Callable[[str], str], prefixes: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    short_forms = tuple((f"{prefix}:", namespace) for prefix, namespace in prefixes)

    def canonical(text: str) -> str:
        text = text.strip()
        if ":" not in text:
            return number(text)
        for prefix, namespace in short_forms:
            if text.startswith(prefix):
                text = namespace + text[len(prefix) :]
                break
        if "urn:epcglobal:cbv:" in text:
            for urn, uri in _CBV_URNS:
                text = text.replace(urn, uri)
        return canonical_identifier(text) or text

    remembered = functools.lru_cache(maxsize=4096)(canonical)

    def canonical_text(text: str) -> str:
        return remembered(text) if len(text) <= _LONGEST_CACHED else canonical(text)

    return canonical_text


def _number_rule(number: Callable[[str], str]) -> Callable[[Decimal], str]:
    def canonical_number(value: Decimal) -> str:
        return number(str(value))

    return canonical_number


_GS1, _OLD_GS1 = "https://ref.gs1.org/voc/", "https://gs1.org/voc/"
_SHORT_FORMS: Final = (("cbv", "https://ref.gs1.org/cbv/"), ("epcis", "https://ref.gs1.org/epcis/"))

STANDARD: Final = Rules(
    text=_text_rule(exact_number, (("gs1", _GS1), *_SHORT_FORMS)),
    number=_number_rule(exact_number),
    time=utc,
    vocabulary=_GS1,
)
LEGACY: Final = Rules(
    text=_text_rule(binary_number, (("gs1", _OLD_GS1), *_SHORT_FORMS)),
    number=_number_rule(binary_number),
    time=utc_half_even,
    vocabulary=_OLD_GS1,
    typed=True,
)


def legacy_rules_for_json(prefixes: Sequence[tuple[str, str]]) -> Rules:
    """The rules of version 1.9.3 for an event from a JSON document that declares ``prefixes``.

    It knew those and no others, neither the standard's own, and expanded them in values as in names.
    """
    return replace(
        LEGACY,
        text=_text_rule(binary_number, prefixes),
        flags=("False", "True"),
        undeclared=frozenset(WELL_KNOWN_PREFIXES).difference(prefix for prefix, _ in prefixes),
    )
