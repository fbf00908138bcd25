"""Check digits of every kind that GS1 numbers carry.

Takes the text of a number (or its body without the check characters) and gives the check characters, or says with a
typed error why the number is wrong. Three algorithms exist:

* ``mod10``: one digit at the end of GTIN, SSCC, GLN, GSIN, GSRN and of the leading part of GRAI, GDTI, GCN and ITIP;
  weights 3 and 1 in turn, beginning with 3 at the right end of the body.
* ``gmn``: a pair of letters or digits at the end of a Global Model Number (AI 8013) and of a MUDI (AI 8014); prime
  weights from the right end, modulo 1021, written in a base-32 alphabet without easily confused characters.
* ``price_weight``: one digit inside a restricted circulation number over its four or five digits of price or weight.

Guarantees: only ASCII digits count as digits, the cost is linear, and no other module of the room is imported.
"""

from __future__ import annotations

from itertools import compress, count

from epcis_kit.errors import IdentifierError

__all__ = [
    "CSET_82",
    "check_gmn",
    "check_mod10",
    "gmn_check_pair",
    "is_gmn",
    "is_mod10",
    "mod10_digit",
    "price_weight_digit",
]

CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""The 82 characters that may stand in an alphanumeric GS1 value, in the order of the GMN algorithm."""

_CSET_82_VALUE = {character: value for value, character in enumerate(CSET_82)}
_PAIR_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = tuple(compress(count(2), (all(n % d for d in range(2, n)) for n in range(2, 510))))
_GMN_MODULUS = 1021

# What each digit is worth in the price and weight schemes, which take the product's digit sum with a sign.
_TWICE_MINUS = (0, 2, 4, 6, 8, 9, 1, 3, 5, 7)
_THRICE = (0, 3, 6, 9, 2, 5, 8, 1, 4, 7)
_FIVE_PLUS = (0, 5, 1, 6, 2, 7, 3, 8, 4, 9)
_FIVE_MINUS = (0, 5, 9, 4, 8, 3, 7, 2, 6, 1)
_FOUR_DIGITS = (_TWICE_MINUS, _TWICE_MINUS, _THRICE, _FIVE_MINUS)
_FIVE_DIGITS = (_FIVE_PLUS, _TWICE_MINUS, _FIVE_MINUS, _FIVE_PLUS, _TWICE_MINUS)


def _first_non_digit(text: str) -> int | None:
    """Offset of the first character that is no ASCII digit."""
    return next((i for i, character in enumerate(text) if not "0" <= character <= "9"), None)


def _digits_only(what: str, text: str) -> None:
    if text.isascii() and text.isdecimal():
        return
    position = _first_non_digit(text)
    if position is not None:
        raise IdentifierError(
            what,
            text,
            expected="digits only",
            got=f"{text[position]!r} at position {position + 1}",
            kind="non_digit_character",
            position=position,
        )


def mod10_digit(body: str) -> str:
    """The mod-10 check digit that follows ``body``.

    Raises:
        IdentifierError: ``body`` is empty or has a character that is no digit.
    """
    _digits_only("body of a check digit", body)
    if not body:
        raise IdentifierError(
            "body of a check digit", body, expected="at least 1 digit", got="0", kind="too_short_for_check_digit"
        )
    octets = body.encode()
    # Digits are octets 48..57 and 48 leaves 8 when divided by 10: the first weighs 3 * 8, the second 8.
    heavy, light = octets[::-2], octets[-2::-2]
    return str(-(3 * sum(heavy) + sum(light) - 48 * (3 * len(heavy) + len(light))) % 10)


def is_mod10(value: str) -> bool:
    """Whether ``value`` is all digits and its last one is the mod-10 check digit of those before it."""
    if not (value.isascii() and value.isdecimal()) or len(value) < 2:
        return False
    octets = value.encode()
    light, heavy = octets[::-2], octets[-2::-2]
    return (3 * sum(heavy) + sum(light) - 48 * (3 * len(heavy) + len(light))) % 10 == 0


def check_mod10(value: str, *, what: str = "number with a check digit", ai: str | None = None) -> str:
    """``value`` itself, where its last digit is right.

    Args:
        value: The whole number with its check digit.
        what: How the error names it, for example ``"GTIN"``.
        ai: The application identifier the error names.

    Raises:
        IdentifierError: kind ``too_short_for_check_digit``, ``non_digit_character`` or ``incorrect_check_digit``.
    """
    _digits_only(what, value)
    if len(value) < 2:
        raise IdentifierError(
            what, value, expected="at least 2 digits", got=str(len(value)), kind="too_short_for_check_digit", ai=ai
        )
    right = mod10_digit(value[:-1])
    if value[-1] != right:
        raise IdentifierError(
            what,
            value,
            expected=f"check digit {right}",
            got=value[-1],
            kind="incorrect_check_digit",
            ai=ai,
            position=len(value) - 1,
        )
    return value


def gmn_check_pair(body: str) -> str:
    """The two check characters that follow ``body``, the characters before them (1 to 97; a model number has 23).

    Raises:
        IdentifierError: ``body`` is empty, longer than 97 characters, or has a character outside GS1 set 82.
    """
    if not 1 <= len(body) <= len(_PRIMES):
        raise IdentifierError(
            "body of a check pair",
            body,
            expected=f"1 to {len(_PRIMES)} characters",
            got=str(len(body)),
            kind="too_short_for_check_pair" if not body else "too_long_for_check_pair",
        )
    total = 0
    for prime, (position, character) in zip(_PRIMES, reversed(tuple(enumerate(body))), strict=False):
        worth = _CSET_82_VALUE.get(character)
        if worth is None:
            raise IdentifierError(
                "body of a check pair",
                body,
                expected="characters of GS1 set 82",
                got=f"{character!r} at position {position + 1}",
                kind="invalid_cset82_character",
                position=position,
            )
        total += prime * worth
    total %= _GMN_MODULUS
    return _PAIR_ALPHABET[total >> 5] + _PAIR_ALPHABET[total & 31]


def check_gmn(value: str, *, what: str = "number with a check pair", ai: str | None = None) -> str:
    """``value`` itself, where its last two characters are the check pair of those before them.

    Raises:
        IdentifierError: kind ``too_short_for_check_pair``, ``too_long_for_check_pair``, ``invalid_cset82_character``
            or ``incorrect_check_pair``.
    """
    if len(value) < 3:
        raise IdentifierError(
            what, value, expected="at least 3 characters", got=str(len(value)), kind="too_short_for_check_pair", ai=ai
        )
    right = gmn_check_pair(value[:-2])
    if value[-2:] != right:
        raise IdentifierError(
            what,
            value,
            expected=f"check pair {right}",
            got=repr(value[-2:]),
            kind="incorrect_check_pair",
            ai=ai,
            position=len(value) - 2,
        )
    return value


def is_gmn(value: str) -> bool:
    """Whether ``value`` is a well-formed model number with a right check pair."""
    try:
        check_gmn(value)
    except IdentifierError:
        return False
    return True


def price_weight_digit(body: str) -> str:
    """The check digit over a price or weight of four or five digits inside a restricted circulation number.

    Raises:
        IdentifierError: ``body`` is not four or five digits.
    """
    _digits_only("price or weight", body)
    if len(body) == len(_FOUR_DIGITS):
        return str(3 * sum(table[int(digit)] for table, digit in zip(_FOUR_DIGITS, body, strict=True)) % 10)
    if len(body) == len(_FIVE_DIGITS):
        total = sum(table[int(digit)] for table, digit in zip(_FIVE_DIGITS, body, strict=True))
        return str(_FIVE_MINUS.index(-total % 10))
    raise IdentifierError("price or weight", body, expected="4 or 5 digits", got=str(len(body)), kind="length")
