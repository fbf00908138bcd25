"""GTINs in their four lengths, UPC-E, and restricted circulation numbers.

Takes the digits of a GTIN-8, -12, -13 or -14 or of a UPC-E symbol and gives the other lengths it has, with the reason
where it has none (a GTIN-14 with an indicator digit is no GTIN-13). Says whether a number is kept for circulation
inside a company or a region, and reads the price or weight in it by the rules of a country.

Guarantees: check digits are verified; a shorter GTIN is filled with zeros on the left, never otherwise changed.
Source: GS1 General Specifications, clauses 1.4 (prefixes), 2.1.11 (restricted circulation), 5.2 (UPC-E).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.check_digits import check_mod10, mod10_digit

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = [
    "Circulation",
    "RestrictedContent",
    "contract_upc_e",
    "expand_upc_e",
    "gtin_14",
    "gtin_as",
    "restricted_circulation",
    "restricted_content",
]

Circulation = Literal["company", "region"]

_LENGTHS = (8, 12, 13, 14)


def gtin_14(digits: str) -> str:
    """The 14-digit form of a GTIN of 8, 12, 13 or 14 digits.

    Raises:
        IdentifierError: kind ``length``, ``non_digit_character`` or ``incorrect_check_digit``.
    """
    if len(digits) not in _LENGTHS:
        raise IdentifierError(
            "GTIN", digits, expected="8, 12, 13 or 14 digits", got=str(len(digits)), kind="length", ai="01"
        )
    return check_mod10(digits, what="GTIN", ai="01").zfill(14)


def gtin_as(gtin: str, length: Literal[8, 12, 13, 14]) -> str:
    """The GTIN in ``length`` digits.

    Raises:
        IdentifierError: kind ``no_such_form`` where a digit other than 0 would be cut off.
    """
    whole = gtin_14(gtin)
    cut, rest = whole[: 14 - length], whole[14 - length :]
    if cut.strip("0"):
        shortest = next(n for n in _LENGTHS if not whole[: 14 - n].strip("0"))
        raise IdentifierError(
            f"GTIN-{length}",
            gtin,
            expected=f"{14 - length} leading zero{'s' if length < 13 else ''} in its 14 digits",
            got=f"{cut!r}: it is a GTIN-{shortest}",
            kind="no_such_form",
            ai="01",
            verb="write",
        )
    return rest


def expand_upc_e(digits: str) -> str:
    """The GTIN-12 that a UPC-E symbol stands for.

    Args:
        digits: Six digits (number system 0 is meant), seven (number system and six), or eight (with check digit).

    Raises:
        IdentifierError: wrong length or character, a number system other than 0 and 1, or a wrong check digit.
    """
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in {6, 7, 8}:
        raise IdentifierError(
            "UPC-E", digits, expected="6, 7 or 8 digits", got=str(len(digits)), kind="length", ai="01"
        )
    system, body = ("0", digits) if len(digits) == 6 else (digits[0], digits[1:7])
    if system not in "01":
        raise IdentifierError(
            "UPC-E", digits, expected="number system 0 or 1", got=system, kind="number_system", ai="01", position=0
        )
    last = body[5]
    if last in "012":
        middle = f"{body[:2]}{last}0000{body[2:5]}"
    elif last == "3":
        middle = f"{body[:3]}00000{body[3:5]}"
    elif last == "4":
        middle = f"{body[:4]}00000{body[4]}"
    else:
        middle = f"{body[:5]}0000{last}"
    check = mod10_digit(system + middle)
    if len(digits) == 8 and digits[7] != check:
        raise IdentifierError(
            "UPC-E",
            digits,
            expected=f"check digit {check}",
            got=digits[7],
            kind="incorrect_check_digit",
            ai="01",
            position=7,
        )
    return f"{system}{middle}{check}"


def contract_upc_e(gtin: str) -> str:
    """The eight digits of the UPC-E symbol of a GTIN.

    Raises:
        IdentifierError: kind ``no_such_form`` where the number has too few zeros in the right places.
    """
    whole = gtin_as(gtin, 12)
    system, maker, item, check = whole[0], whole[1:6], whole[6:11], whole[11]
    body = None
    if system in "01":
        if maker[2] in "012" and maker[3:] == "00" and item[:2] == "00":
            body = maker[:2] + item[2:] + maker[2]
        elif maker[3:] == "00" and item[:3] == "000":
            body = maker[:3] + item[3:] + "3"
        elif maker[4] == "0" and item[:4] == "0000":
            body = maker[:4] + item[4] + "4"
        elif item[:4] == "0000" and item[4] in "56789":
            body = maker + item[4]
    if body is None:
        raise IdentifierError(
            "UPC-E",
            gtin,
            expected="a GTIN-12 of number system 0 or 1 with four or five zeros in the middle",
            got=repr(whole),
            kind="no_such_form",
            ai="01",
            verb="write",
        )
    return system + body + check


def restricted_circulation(gtin: str) -> Circulation | None:
    """``"company"`` or ``"region"`` where the number is kept for circulation there, else ``None``.

    Such numbers (GS1 prefixes 02, 04 and 20 to 29; GTIN-8 that begin with 0 or 2) identify nothing outside.
    """
    whole = gtin_14(gtin)
    if whole.startswith("000000"):
        return "company" if whole[6] in "02" else None
    if whole[0] != "0":
        return None
    prefix = whole[1:3]
    if prefix == "04":
        return "company"
    return "region" if prefix == "02" or prefix[0] == "2" else None


@dataclasses.dataclass(frozen=True, slots=True)
class RestrictedContent:
    """What the digits of a restricted circulation number say by the rules of a country.

    Attributes:
        item: The digits of the item, without the measure; ``None`` where the country's rules do not part them.
        weight: Kilograms, with the decimals the number has.
        price: In the country's own currency.
        count: Pieces.
    """

    item: str | None = None
    weight: Decimal | None = None
    price: Decimal | None = None
    count: int | None = None


def restricted_content(gtin: str, country: str) -> RestrictedContent:
    """The weight, price or count inside a restricted circulation number.

    Args:
        gtin: Of 8, 12, 13 or 14 digits.
        country: Two letters; rules are known for dk, ee, fi, de, gb, lv, lt, no and se.

    Raises:
        IdentifierError: the number is not restricted (kind ``no_such_form``), no rules are known for the country
            (``unknown_country``), or a check digit is wrong.
    """
    from biip import BiipException, ParseConfig  # noqa: PLC0415 - the country rules cost an import
    from biip.gtin import Gtin as Known  # noqa: PLC0415
    from biip.rcn import Rcn, RcnRegion  # noqa: PLC0415

    whole = gtin_14(gtin)
    if restricted_circulation(whole) is None:
        raise IdentifierError(
            "restricted number", gtin, expected="a number of restricted circulation", kind="no_such_form", ai="01"
        )
    regions = {region.value: region for region in RcnRegion}
    if country.lower() not in regions:
        known = ", ".join(regions)
        raise IdentifierError("country", country, expected=f"one of {known}", kind="unknown_country", verb="use")
    digits = whole[6:] if whole.startswith("000000") else whole[1:]
    try:
        found = Known.parse(digits, config=ParseConfig(rcn_region=regions[country.lower()]))
    except BiipException:
        raise IdentifierError(
            "restricted number",
            gtin,
            expected="a right check digit of its price or weight",
            kind="incorrect_check_digit",
            ai="01",
        ) from None
    if not isinstance(found, Rcn):
        return RestrictedContent()
    return RestrictedContent(found.item_reference, found.weight, found.price, found.count)
