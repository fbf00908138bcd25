from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.check_digits import mod10_digit
from epcis_kit.gs1.gtins import (
    RestrictedContent,
    contract_upc_e,
    expand_upc_e,
    gtin_14,
    gtin_as,
    restricted_circulation,
    restricted_content,
)


@given(st.sampled_from((8, 12, 13, 14)), st.text("0123456789", min_size=13, max_size=13))
@settings(max_examples=100, deadline=None)
def test_a_gtin_comes_back_in_its_own_length(length: Literal[8, 12, 13, 14], digits: str) -> None:
    body = digits[: length - 1]
    gtin = body + mod10_digit(body)
    assert gtin_as(gtin_14(gtin), length) == gtin


@given(st.sampled_from("01"), st.text("0123456789", min_size=6, max_size=6))
@settings(max_examples=200, deadline=None)
def test_upc_e_and_gtin_12(system: str, body: str) -> None:
    whole = expand_upc_e(system + body)
    short = contract_upc_e(whole)
    assert expand_upc_e(short) == whole
    assert gtin_14(whole).endswith(whole)


def test_upc_e_of_six_digits_has_number_system_0() -> None:
    assert expand_upc_e("425261") == expand_upc_e("0425261") == expand_upc_e("04252614") == "042100005264"


@pytest.mark.parametrize(
    ("call", "text", "message"),
    [
        (expand_upc_e, "12345", "Cannot read UPC-E '12345': expected 6, 7 or 8 digits, got 5."),
        (expand_upc_e, "2123456", "Cannot read UPC-E '2123456': expected number system 0 or 1, got 2."),
        (expand_upc_e, "04252615", "Cannot read UPC-E '04252615': expected check digit 4, got 5."),
        (
            contract_upc_e,
            "012345678905",
            (
                "Cannot write UPC-E '012345678905': expected a GTIN-12 of number system 0 or 1 with four or five zeros "
                "in the middle, got '012345678905'."
            ),
        ),
        (gtin_14, "123", "Cannot read GTIN '123': expected 8, 12, 13 or 14 digits, got 3."),
        (gtin_14, "9506000134353", "Cannot read GTIN '9506000134353': expected check digit 2, got 3."),
        (
            lambda text: gtin_as(text, 8),
            "9506000134352",
            (
                "Cannot write GTIN-8 '9506000134352': expected 6 leading zeros in its 14 digits, "
                "got '095060': it is a GTIN-13."
            ),
        ),
    ],
)
def test_what_cannot_be_says_why(call: object, text: str, message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        call(text)  # type: ignore[operator]
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("body", "circulation"),
    [
        ("020000000000", "region"),
        ("291234512345", "region"),
        ("041234567890", "company"),
        ("952000100001", None),
        ("0123456", "company"),
        ("2123456", "company"),
        ("9638507", None),
        ("1291234512345", None),
    ],
)
def test_restricted_circulation(body: str, circulation: str | None) -> None:
    assert restricted_circulation(body + mod10_digit(body)) == circulation


def test_the_weight_in_a_restricted_number() -> None:
    assert restricted_content("2302148210869", "no") == RestrictedContent(item="021482", weight=Decimal("1.086"))
    assert restricted_content("02302148210869", "NO") == restricted_content("2302148210869", "no")


@pytest.mark.parametrize(
    ("gtin", "country", "message"),
    [
        ("2302148210869", "xx", "Cannot use country 'xx': expected one of dk, ee, fi, de, gb, lv, lt, no, se."),
        (
            "9506000134352",
            "no",
            "Cannot read restricted number '9506000134352': expected a number of restricted circulation.",
        ),
    ],
)
def test_no_content_says_why(gtin: str, country: str, message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        restricted_content(gtin, country)
    assert str(caught.value) == message
