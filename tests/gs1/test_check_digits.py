from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.check_digits import (
    CSET_82,
    check_gmn,
    check_mod10,
    gmn_check_pair,
    is_gmn,
    is_mod10,
    mod10_digit,
    price_weight_digit,
)

if TYPE_CHECKING:
    from pathlib import Path

DIGITS = st.text("0123456789", min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("body", "digit"),
    [("952000100001", "0"), ("0952123454321", "3"), ("10614141234567890", "8"), ("0", "0"), ("9", "3")],
)
def test_the_digit_of_a_body(body: str, digit: str) -> None:
    assert mod10_digit(body) == digit
    assert is_mod10(body + digit)


@given(DIGITS)
@settings(max_examples=200, deadline=None)
def test_the_digit_is_the_plain_sum_of_the_standard(body: str) -> None:
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    assert mod10_digit(body) == str(-total % 10)


@given(DIGITS, st.integers(0, 39), st.sampled_from("0123456789"))
@settings(max_examples=200, deadline=None)
def test_every_single_wrong_digit_is_seen(body: str, place: int, digit: str) -> None:
    value = body + mod10_digit(body)
    place %= len(value)
    changed = value[:place] + digit + value[place + 1 :]
    assert is_mod10(changed) == (changed == value)


@pytest.mark.parametrize(
    ("value", "message", "kind", "position"),
    [
        ("", "Cannot read GTIN '': expected at least 2 digits, got 0.", "too_short_for_check_digit", None),
        ("12345678", "Cannot read GTIN '12345678': expected check digit 0, got 8.", "incorrect_check_digit", 7),
        (
            "1234٣678",
            "Cannot read GTIN '1234٣678': expected digits only, got '٣' at position 5.",
            "non_digit_character",
            4,
        ),
    ],
)
def test_wrong_numbers_say_why(value: str, message: str, kind: str, position: int | None) -> None:
    with pytest.raises(IdentifierError) as caught:
        check_mod10(value, what="GTIN", ai="01")
    assert (str(caught.value), caught.value.kind, caught.value.position) == (message, kind, position)
    assert not is_mod10(value)


@given(st.text(CSET_82, min_size=1, max_size=23))
@settings(max_examples=200, deadline=None)
def test_a_model_number_with_its_pair_is_right(body: str) -> None:
    value = body + gmn_check_pair(body)
    assert check_gmn(value) == value
    assert is_gmn(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "Cannot read number with a check pair '': expected at least 3 characters, got 0."),
        (
            "9520001Ad4XZZ",
            "Cannot read number with a check pair '9520001Ad4XZZ': expected check pair XR, got 'ZZ'.",
        ),
        (
            "95 0001AB",
            "Cannot read body of a check pair '95 0001': expected characters of GS1 set 82, got ' ' at position 3.",
        ),
        ("1" * 100, f"Cannot read body of a check pair '{'1' * 98}': expected 1 to 97 characters, got 98."),
    ],
)
def test_wrong_model_numbers_say_why(value: str, message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        check_gmn(value)
    assert str(caught.value) == message
    assert not is_gmn(value)


def test_price_and_weight_need_four_or_five_digits() -> None:
    assert price_weight_digit("4967") == "5"
    assert price_weight_digit("90684") == "7"
    with pytest.raises(IdentifierError) as caught:
        price_weight_digit("123")
    assert str(caught.value) == "Cannot read price or weight '123': expected 4 or 5 digits, got 3."


@pytest.mark.conformance
def test_published_check_digits(shared: Path) -> None:
    lines = (shared / "vectors/identifiers/check_digits.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    for row in map(json.loads, lines):
        match row["algorithm"], row["ok"]:
            case "mod10", True:
                assert mod10_digit(row["body"]) == row["check"], row
                assert is_mod10(row["value"]), row
            case "mod10", False:
                with pytest.raises(IdentifierError) as caught:
                    check_mod10(row["value"])
                assert caught.value.kind == row["error"], row
            case "mod1021_32", True:
                assert gmn_check_pair(row["body"]) == row["check"], row
            case "mod1021_32", False:
                with pytest.raises(IdentifierError) as caught:
                    check_gmn(row["value"])
                assert caught.value.kind == row["error"], row
            case _:
                assert price_weight_digit(row["body"]) == row["check"], row
