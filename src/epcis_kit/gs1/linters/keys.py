"""Content checks for the parts of keys: check digits and pairs, company prefixes, pieces, IBAN.

Each check takes the text of one component and answers ``None`` where it is right, or the first
:class:`~epcis_kit.gs1.linters.faults.LintFault`. The company-prefix checks look at the least that a prefix must be,
four digits; whether a prefix was ever given out is a question for ``gs1.prefixes``. The IBAN check follows ISO 13616
as far as every country shares it (country, characters, remainder by 97); the national layout of the account number is
not looked at, because the reference tests do not look at it either.
Source: GS1 General Specifications, sections 7.9 (check digits and pairs) and 1.4.4 (company prefix).
"""

from __future__ import annotations

import re

from epcis_kit.gs1.check_digits import CSET_82, is_mod10
from epcis_kit.gs1.linters.characters import cset82, csetnumeric
from epcis_kit.gs1.linters.code_lists import iso3166alpha2
from epcis_kit.gs1.linters.faults import LintFault

__all__ = ["csum", "csumalpha", "gcppos1", "gcppos2", "iban", "pieceoftotal", "posinseqslash"]

_SET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_VALUE_82 = {character: value for value, character in enumerate(CSET_82)}
_LONGEST_BODY = 97
_NOT_IBAN = re.compile(r"[^0-9A-Z]")
_SEQUENCE = re.compile(r"([0-9]+)/([0-9]+)")


def _primes(count: int) -> tuple[int, ...]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return tuple(found)


_PRIMES = _primes(_LONGEST_BODY)


def csum(data: str) -> LintFault | None:
    """The last digit is the mod-10 check digit of those before it."""
    if is_mod10(data) or data == "0":
        return None
    if not data:
        return LintFault("too_short_for_check_digit", 0, 0)
    return csetnumeric(data) or LintFault("incorrect_check_digit", len(data) - 1, len(data))


def csumalpha(data: str) -> LintFault | None:
    """The last two characters are the check pair (modulo 1021) of those before them."""
    length = len(data)
    if length < 2:
        return LintFault("too_short_for_check_pair", 0, length)
    if length - 2 > _LONGEST_BODY:
        return LintFault("too_long_for_check_pair_implementation", 0, length)
    body = data[:-2]
    fault = cset82(body)
    if fault is not None:
        return fault
    total = sum(_VALUE_82[character] * prime for character, prime in zip(reversed(body), _PRIMES, strict=False)) % 1021
    if data[-2:] != _SET_32[total >> 5] + _SET_32[total & 31]:
        return LintFault("incorrect_check_pair", length - 2, length)
    return None


def _prefix(data: str, skipped: int) -> LintFault | None:
    if len(data) < skipped + 4:
        return LintFault("too_short_for_gcp", 0, len(data))
    for position in range(skipped, skipped + 4):
        if not "0" <= data[position] <= "9":
            return LintFault("invalid_gcp_prefix", position, position + 1)
    return None


def gcppos1(data: str) -> LintFault | None:
    """A company prefix begins at the first character."""
    return _prefix(data, 0)


def gcppos2(data: str) -> LintFault | None:
    """A company prefix begins at the second character, behind an indicator or extension digit."""
    return _prefix(data, 1)


def pieceoftotal(data: str) -> LintFault | None:
    """A piece number and a total of the same number of digits; neither is zero, the piece is not above the total."""
    fault = csetnumeric(data)
    if fault is not None:
        return fault
    length = len(data)
    if length == 0 or length % 2:
        return LintFault("invalid_length_for_piece_of_total", 0, length)
    half = length // 2
    piece, total = data[:half], data[half:]
    if not piece.strip("0"):
        return LintFault("zero_piece_number", 0, half)
    if not total.strip("0"):
        return LintFault("zero_total_pieces", half, length)
    return LintFault("piece_number_exceeds_total", 0, length) if piece > total else None


def posinseqslash(data: str) -> LintFault | None:
    """A position in a sequence, such as ``1/3``; no leading zeros, the position is not above the end."""
    found = _SEQUENCE.fullmatch(data)
    if found is None:
        return LintFault("position_in_sequence_malformed", 0, len(data))
    for group in (1, 2):
        if found[group][0] == "0":
            return LintFault("illegal_zero_prefix", found.start(group), found.end(group))
    position, end = found.groups()
    if (len(position), position) > (len(end), end):
        return LintFault("position_exceeds_end", 0, len(data))
    return None


def iban(data: str) -> LintFault | None:
    """An International Bank Account Number of 11 to 34 characters, with right check digits."""
    length = len(data)
    if length <= 10:
        return LintFault("iban_too_short", 0, length)
    if length > 34:
        return LintFault("iban_too_long", 0, length)
    if iso3166alpha2(data[:2]) is not None:
        return LintFault("illegal_iban_country_code", 0, 2)
    found = _NOT_IBAN.search(data)
    if found is not None:
        return LintFault("invalid_iban_character", found.start(), found.end())
    if int("".join(str(int(character, 36)) for character in data[4:] + data[:4])) % 97 != 1:
        return LintFault("incorrect_iban_checksum", 2, 4)
    return None
