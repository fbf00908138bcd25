"""Bare numbers: which key a row of digits without any mark may be.

Takes the text and, where the caller knows it, the AI of the key it must be; gives the readings that are worth a try. A
number of 13 digits may be a GTIN-13 or a GLN (both have the same check digit), one of 8 a GTIN-8 or a UPC-E; the other
lengths have one meaning among the keys that are printed without their AI. Blanks between digits, as they are printed
below a bar code, are left aside.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.gtins import expand_upc_e, gtin_14
from epcis_kit.gs1.identity_links import checked_key

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["checked", "readings"]

_DIGITS = re.compile("[0-9](?:[0-9 ]{0,38}[0-9])?")
UPC_E = "UPC-E"
_BY_LENGTH: dict[int, tuple[tuple[str, str], ...]] = {
    6: ((UPC_E, "01"),),
    7: ((UPC_E, "01"),),
    8: (("GTIN-8", "01"), (UPC_E, "01")),
    12: (("GTIN-12", "01"),),
    13: (("GTIN-13", "01"), ("GLN", "414")),
    14: (("GTIN-14", "01"),),
    18: (("SSCC", "00"),),
}
_NAMES = {
    "00": "SSCC", "01": "GTIN", "253": "GDTI", "255": "GCN", "401": "GINC", "402": "GSIN", "414": "GLN",
    "415": "pay-to GLN", "417": "party GLN", "8003": "GRAI", "8004": "GIAI", "8006": "ITIP", "8010": "CPID",
    "8013": "GMN", "8017": "GSRN, provider", "8018": "GSRN, recipient",
}  # fmt: skip


def readings(text: str, wanted: str | None) -> Iterator[tuple[str, str, str]]:
    """Form, AI and value of each reading of ``text``; ``wanted`` is the AI of the key it must be, if that is known."""
    digits = text.replace(" ", "") if _DIGITS.fullmatch(text) else None
    if wanted is None:
        for form, ai in _BY_LENGTH.get(len(digits or ""), ()):
            if form != UPC_E or len(digits or "") != 8 or text[0] in "01":
                yield form, ai, digits or ""
        return
    if digits is None:
        yield _NAMES[wanted], wanted, text
        return
    known = [(form, ai) for form, ai in _BY_LENGTH.get(len(digits), ()) if ai == wanted]
    if wanted == "01" and len(digits) == 8:
        known = [row for row in known if row[0] != UPC_E or digits[0] in "01"]
    for form, ai in known or [(_NAMES[wanted], wanted)]:
        yield form, ai, digits


def checked(form: str, ai: str, value: str) -> str:
    """The value of ``ai`` for a bare number read as ``form``.

    Raises:
        IdentifierError: the number is no such key.
    """
    if form == UPC_E:
        return expand_upc_e(value).zfill(14)
    if ai == "01":
        try:
            return gtin_14(value)
        except IdentifierError as fault:
            raise IdentifierError(
                form, value, expected=fault.expected, got=fault.got, kind=fault.kind, ai=ai, position=fault.position
            ) from None
    return checked_key(ai, value)
