"""The one form of a GS1 identifier that goes into an event hash.

Takes any text; gives the *constrained canonical Digital Link* where the text is an EPC URN, an EPC class or pattern
URN, or a GS1 Digital Link on any domain, and ``None`` where it is not. Only the finest key is kept: a serial beats a
lot, a consumer product variant and everything after ``?`` is dropped.

Guarantees: what the published generator makes of an identifier is what comes out here, including its peculiarities,
because a hash is worth nothing unless both sides compute the same:

* check digits are computed for URNs and *not verified* in Digital Links;
* from a URN, ``! ( ) * + , :`` are percent-encoded and escapes stay as they are;
* a Digital Link whose serial or lot holds ``%``, ``*``, ``(`` or another character outside a small set is no match,
  neither is one without any ``.`` in it, nor one whose variant and what follows it are longer than 20 characters;
* a GRAI URN, and a GRAI, GDTI or GCN pattern, with a 12-digit company prefix is no match;
* the character before the serial of a GDTI URN is dropped, whatever it is.

Every key of today's trade is read in time proportional to its length. How identifiers are read everywhere else in this
library is the matter of ``gs1``, which verifies what it reads; the two rules must not be mixed.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["canonical_identifier"]

_BASE: Final = "https://id.gs1.org/"

# What may stand in a serial, lot or reference of an EPC URN; component/part references know fewer characters.
_UNIT = "(?:%2[125-9A-Fa-f]|%3[0-9A-Fa-f]|%4[1-9A-Fa-f]|%5[0-9AaFf]|%6[1-9A-Fa-f]|%7[0-9Aa]|[!')(*+,.0-9:;=A-Za-z_-])"
_PART_UNIT = "(?:%2[3dfDF]|%3[0-9]|%4[1-9A-Fa-f]|%5[0-9Aa]|[0-9A-Z-])"
_ENCODED: Final = str.maketrans({character: f"%{ord(character):02X}" for character in "!()*+,:"})

_MOST_HEADS: Final = 4096
_sgtin_heads: dict[str, str] = {}  # what stands before the serial number of an SGTIN, as URN and as Digital Link
_plain_serial = re.compile(r"[.0-9;=A-Za-z_'-]{1,20}").fullmatch  # the usual case: nothing to check or to encode


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A scheme whose key has a fixed number of digits: ``prefix.reference``, then a tail."""

    digits: int
    ai: str
    tail: str = ""
    suffix: str = ""  # what stands before the first group of the tail
    indicator: bool = False  # the first digit of the reference goes to the front (GTIN, SSCC)
    lead: str = ""
    check: bool = True
    long_prefix: bool = True  # whether a 12-digit company prefix is a match


@dataclass(frozen=True, slots=True)
class _Open:
    """A scheme whose reference follows the company prefix up to 30 characters in all."""

    ai: str
    unit: str
    tail: str = ""
    suffix: str = ""


_SCHEMES: Final[dict[str, _Fixed | _Open]] = {
    "id:sgtin": _Fixed(13, "01", rf"\.({_UNIT}{{1,20}})", "/21/", indicator=True),
    "id:sscc": _Fixed(17, "00", indicator=True),
    "id:sgln": _Fixed(12, "414", rf"\.({_UNIT}{{1,20}})", "/254/"),
    "id:grai": _Fixed(12, "8003", rf"\.({_UNIT}{{1,16}})", lead="0", long_prefix=False),
    "id:giai": _Open("8004", _UNIT),
    "id:gsrn": _Fixed(17, "8018"),
    "id:gsrnp": _Fixed(17, "8017"),
    "id:gdti": _Fixed(12, "253", rf"({_UNIT}{{1,21}})"),
    "id:cpi": _Open("8010", _PART_UNIT, r"\.([0-9]{1,12})", "/8011/"),
    "id:sgcn": _Fixed(12, "255", r"\.([0-9]{1,12})"),
    "id:ginc": _Open("401", _UNIT),
    "id:gsin": _Fixed(16, "402"),
    "id:itip": _Fixed(13, "8006", rf"\.([0-9]{{2}})\.([0-9]{{2}})\.({_UNIT}{{1,20}})", indicator=True),
    "id:upui": _Fixed(13, "01", rf"\.({_UNIT}{{1,28}})", "/235/", indicator=True),
    "id:pgln": _Fixed(12, "417"),
    "class:lgtin": _Fixed(13, "01", rf"\.({_UNIT}{{1,20}})", "/10/", indicator=True),
    "idpat:sgtin": _Fixed(13, "01", r"\.\*", indicator=True),
    "idpat:grai": _Fixed(12, "8003", r"\.\*", lead="0", long_prefix=False),
    "idpat:gdti": _Fixed(12, "253", r"\.\*", long_prefix=False),
    "idpat:sgcn": _Fixed(12, "255", r"\.\*", long_prefix=False),
    "idpat:cpi": _Open("8010", _PART_UNIT, r"\.\*"),
    "idpat:itip": _Fixed(13, "8006", r"\.([0-9]{2})\.([0-9]{2})\.\*", indicator=True),
    "idpat:upui": _Fixed(13, "01", r"\.\*", indicator=True),
}

_SHORT_NAMES: Final = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
}
# Where a path holds several keys the first of this order is taken, not the first of the path.
_KEY_ORDER: Final = (
    "00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017", "8018",
)  # fmt: skip

_LINK_KEYS = "|".join([*_KEY_ORDER, *(name for name in _SHORT_NAMES if name not in {"cpv", "lot", "ser"})])
_key_in_path = re.compile(rf"/(?:{_LINK_KEYS})/(?=[0-9]{{4}}[^/])").search
_short_name = re.compile(rf"/({'|'.join(_SHORT_NAMES)})(?=/)").sub
_starts_with_key = re.compile(rf"(?:{'|'.join(_KEY_ORDER)})/[0-9]{{4}}[^/]").match

_TEXT = r"[\"'\-.0-9;<=>?A-Z_a-z]"
_variant = re.compile(
    rf"((?:8006/[0-9]{{18}}|01/[0-9]{{14}}))/22/(?:{_TEXT}{{0,20}}|(?=.{{0,20}}\Z){_TEXT}*(/(?:{_TEXT}|/)*))"
).fullmatch
_lot_and_serial = re.compile(
    rf"((?:8006/[0-9]{{18}}|01/[0-9]{{14}}))/10/{_TEXT}{{0,20}}(/21/{_TEXT}{{0,20}})"
).fullmatch
_well_formed = re.compile(
    "|".join(
        [
            r"00/[0-9]{18}",
            rf"01/[0-9]{{14}}(?:/(?:21|10)/{_TEXT}{{0,20}}|/235/{_TEXT}{{0,28}})?",
            rf"253/[0-9]{{13}}{_TEXT}{{0,17}}",
            r"255/[0-9]{13,25}",
            rf"(?:401|8004)/{_TEXT}{{0,30}}",
            r"402/[0-9]{17}",
            rf"414/[0-9]{{13}}(?:/254/{_TEXT}{{0,20}})?",
            r"417/[0-9]{13}",
            rf"8003/[0-9]{{14}}{_TEXT}{{0,16}}",
            rf"8006/[0-9]{{18}}(?:/(?:21|10)/{_TEXT}{{0,20}})?",
            r"8010/[#\-/0-9A-Z]{0,30}(?:/8011/[0-9]{0,12})?",
            r"801[78]/[0-9]{18}",
        ]
    )
).fullmatch


def canonical_identifier(text: str) -> str | None:
    """The constrained canonical Digital Link of ``text``, or ``None`` where it holds no GS1 identifier.

    Args:
        text: A value of an event without surrounding white space.
    """
    head = _sgtin_heads.get(text[:32])
    if head is not None:  # nine identifiers of ten
        serial = text[32:]
        if (serial.isalnum() and serial.isascii() and len(serial) <= 20) or _plain_serial(serial):
            return head + serial
    elif text.startswith("urn:epc:id:sgtin:"):
        head = _key("id:sgtin", text[17:31])
        if head and text[31:32] == ".":
            if len(_sgtin_heads) >= _MOST_HEADS:
                _sgtin_heads.clear()
            _sgtin_heads[text[:32]] = f"{head}/21/"
            return canonical_identifier(text)
    if text.startswith("urn:epc:"):
        return _from_urn(text)
    if text.startswith(("https:", "http:")):
        return _from_link(text)
    return None


def _from_urn(text: str) -> str | None:
    scheme, _, body = text[8:].partition(":")
    name, _, body = body.partition(":")
    name = f"{scheme}:{name}"
    row = _SCHEMES.get(name)
    if row is None:
        return None
    if isinstance(row, _Open):
        return _from_open(name, body)
    size = row.digits + 1
    head = _key(name, body[:size])
    match = _tail(name)(body[size:])
    if head is None or match is None:
        return None
    groups = match.groups()
    if not groups:
        return head
    if row.ai == "8006":  # piece and total follow the key, a serial comes last
        serial = f"/21/{groups[2].translate(_ENCODED)}" if len(groups) > 2 else ""
        return f"{head}{groups[0]}{groups[1]}{serial}"
    if row.ai == "414" and groups[0] == "0":
        return head
    if name == "id:gdti":
        return _with_gdti_serial(head, groups[0], long_prefix=body[12:13] == ".")
    return f"{head}{row.suffix}{groups[0].translate(_ENCODED)}"


def _with_gdti_serial(head: str, tail: str, *, long_prefix: bool) -> str | None:
    """The dot before the serial counts as one of its 20 characters, except after a 12-digit company prefix."""
    units = len(tail) - 2 * tail.count("%")
    fits = units >= 2 and tail[0] == "." if long_prefix else units <= 20
    return head + tail[1:].translate(_ENCODED) if fits else None


def _from_open(name: str, body: str) -> str | None:
    row = _SCHEMES[name]
    assert isinstance(row, _Open)
    match = _tail(name)(body)
    if match is None:
        return None
    prefix, reference, *rest = match.groups()
    if len(reference) - 2 * reference.count("%") > 30 - len(prefix):
        return None
    link = f"{_BASE}{row.ai}/{prefix}{reference.translate(_ENCODED)}"
    return f"{link}{row.suffix}{rest[0]}" if rest else link


@functools.cache
def _tail(name: str) -> Callable[[str], re.Match[str] | None]:
    row = _SCHEMES[name]
    pattern = row.tail if isinstance(row, _Fixed) else rf"([0-9]{{6,12}})\.({row.unit}{{1,24}}){row.tail}"
    return re.compile(pattern).fullmatch


@functools.lru_cache(maxsize=4096)
def _key(name: str, body: str) -> str | None:
    """``prefix.reference`` as a Digital Link with its check digit: the part that repeats from event to event."""
    row = _SCHEMES[name]
    assert isinstance(row, _Fixed)
    prefix, dot, reference = body.partition(".")
    digits = prefix + reference
    if len(digits) != row.digits or not dot or not (digits.isascii() and digits.isdecimal()):
        return None
    if not 6 <= len(prefix) <= (12 if row.long_prefix else 11):
        return None
    if row.indicator:
        digits = reference[0] + prefix + reference[1:]
    digits = row.lead + digits
    return f"{_BASE}{row.ai}/{digits}{_check_digit(digits)}"


def _check_digit(digits: str) -> int:
    odd = sum(map(int, digits[-1::-2]))
    return -(3 * odd + sum(map(int, digits[-2::-2]))) % 10


def _from_link(text: str) -> str | None:
    path = text.partition("?")[0]
    key = _key_in_path(text)
    if key is None or "." not in text or key.start() > len(path.partition("#")[0]):
        return None
    path = _short_name(lambda match: "/" + _SHORT_NAMES[match[1]], path)
    if path.startswith(_BASE) and _starts_with_key(path, len(_BASE)):
        path = path[len(_BASE) :]
    else:
        start = next((at for ai in _KEY_ORDER if (at := path.find(f"/{ai}/")) >= 0), -1)
        if start < 0:
            return None
        path = path[start + 1 :]
    if path.startswith("01/"):
        path = _padded(path)
    if match := _variant(path):
        path = match[1] + (match[2] or "")
    if match := _lot_and_serial(path):
        path = match[1] + match[2]
    return _BASE + path if _well_formed(path) else None


def _padded(path: str) -> str:
    """A GTIN of 8, 12 or 13 digits filled up to 14."""
    gtin, slash, rest = path[3:].partition("/")
    if gtin.isascii() and gtin.isdecimal() and len(gtin) in {8, 12, 13}:
        gtin = gtin.rjust(14, "0")
    return f"01/{gtin}{slash}{rest}"
