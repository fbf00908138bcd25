"""Company prefixes: how long the GS1 company prefix of a key is, and which member organisation gave it out.

Takes the AI and value of a key and gives the number of digits of its company prefix: the length the caller names, else
the longest match in the table of prefixes that biip carries (GS1's published list of prefix lengths), else the typed
error ``gcp_length_unknown``. Nothing is guessed: restricted circulation numbers, coupons and ISSN have no company
prefix.

Guarantees: biip and its 24 MB table are loaded by the first look-up that has no explicit length, never by an import. An
explicit length always wins over the table.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from epcis_kit.errors import IdentifierError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "GS1Prefix",
    "company_prefix",
    "company_prefix_length",
    "find_company_prefix_length",
    "gs1_prefix",
    "key_digits",
]

SHORTEST, LONGEST = 6, 12
_LEADING_DIGITS = re.compile("[0-9]*")
# Which character of the value is the first of the company prefix.
_START = {"00": 1, "01": 1, "02": 1, "03": 1, "8003": 1, "8006": 1, "8026": 1}
# Zeros in front of a GTIN-8 in its 14-digit form; what follows is a GS1-8 prefix and no company prefix.
_GTIN_8_ZEROS = "000000"


class GS1Prefix(NamedTuple):
    """The first digits of a key, by which GS1 divides the numbers among its member organisations.

    Attributes:
        value: The digits.
        usage: Who gives out numbers with them, or what they are kept for.
    """

    value: str
    usage: str


def key_digits(ai: str, value: str) -> str:
    """The digits of ``value`` from the first of its company prefix on (indicator and extension digits left out)."""
    found = _LEADING_DIGITS.match(value, _START.get(ai, 0))
    assert found is not None
    return found[0]


@functools.cache
def _table() -> Callable[[str], str | None]:
    from biip.gs1_prefixes import GS1CompanyPrefix  # noqa: PLC0415 - the table costs memory and time

    def look_up(digits: str) -> str | None:
        found = GS1CompanyPrefix.extract(digits)
        return None if found is None else found.value

    return look_up


def find_company_prefix_length(ai: str, value: str) -> int | None:
    """Digits of the company prefix of the key ``value`` by the table; ``None`` where the table does not know.

    Args:
        ai: The AI of the key, for example ``"01"``; it says where in the value the prefix begins.
        value: The value of the AI: 14 digits for a GTIN (shorter ones are filled with zeros).
    """
    if ai in {"01", "02", "03"}:
        value = value.zfill(14)
        if value.startswith(_GTIN_8_ZEROS):
            return None
    digits = key_digits(ai, value)
    if not digits:
        return None
    found = _table()(digits[:LONGEST])
    return len(found) if found else None


def company_prefix_length(ai: str, value: str, explicit: int | None = None) -> int:
    """Digits of the company prefix: ``explicit``, else by the table.

    Raises:
        IdentifierError: kind ``gcp_length`` where ``explicit`` is not 6 to 12, ``gcp_length_unknown`` where the table
            knows none (or one that EPC URNs cannot write).
    """
    if explicit is not None:
        if not SHORTEST <= explicit <= LONGEST:
            raise IdentifierError(
                "company prefix length",
                explicit,
                expected="a whole number from 6 to 12",
                kind="gcp_length",
                ai=ai,
                verb="use",
            )
        return explicit
    found = find_company_prefix_length(ai, value)
    if found is None or not SHORTEST <= found <= LONGEST:
        raise IdentifierError(
            "company prefix",
            value,
            expected="a prefix in the table of company prefixes, or an explicit length",
            got="an unknown one" if found is None else f"one of {found} digits, which an EPC URN cannot write",
            kind="gcp_length_unknown",
            ai=ai,
            verb="find the length of the",
        )
    return found


def company_prefix(ai: str, value: str, gcp_length: int | None = None) -> str | None:
    """The digits of the company prefix of a key; ``None`` where its length is neither given nor known."""
    length = gcp_length if gcp_length is not None else find_company_prefix_length(ai, value)
    if length is None:
        return None
    return key_digits(ai, value.zfill(14) if ai in {"01", "02", "03"} else value)[:length]


def gs1_prefix(ai: str, value: str) -> GS1Prefix | None:
    """The GS1 prefix of a key and who gives out numbers with it; ``None`` where the table does not know."""
    from biip.gs1_prefixes import GS1Prefix as Known  # noqa: PLC0415 - the table costs memory and time
    from biip.gs1_prefixes import GS18Prefix as KnownEight  # noqa: PLC0415

    if ai in {"01", "02", "03"}:
        value = value.zfill(14)
        if value.startswith(_GTIN_8_ZEROS):
            eight = KnownEight.extract(value[6:])
            return None if eight is None else GS1Prefix(eight.value, eight.usage)
    digits = key_digits(ai, value)
    if not digits:
        return None
    found = Known.extract(digits)
    return None if found is None else GS1Prefix(found.value, found.usage)
