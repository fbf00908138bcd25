from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.hashing.values import LEGACY, STANDARD
from epcis_kit.model import Timestamp


@pytest.mark.parametrize(
    ("text", "standard", "legacy"),
    [
        ("  a  b ", "a  b", "a  b"),
        ("452.0", "452", "452"),
        ("007", "7", "7"),
        ("+5", "5", "5"),
        ("1.10", "1.1", "1.1"),
        ("-0.50", "-0.5", "-0.5"),
        (".5", "0.5", "0.5"),
        ("5.", "5", "5"),
        ("0.00", "0", "0"),
        ("1e5", "1E+5", "100000"),
        ("1_000", "1000", "1000"),
        ("0.0000001", "0.0000001", "1e-07"),
        ("12345678901234567890", "12345678901234567890", "12345678901234567168"),
        ("0.12345678901234567890123456789012345", "0.1234567890123456789012345679", "0.12345678901234568"),
        ("nan", "nan", "nan"),
        ("infinity", "infinity", "infinity"),
        ("1e-999999", "1e-999999", "0"),
        ("\u0661\u0662", "12", "12"),
        ("12 34", "12 34", "12 34"),
        ("12-34", "12-34", "12-34"),
        ("e5", "e5", "e5"),
        ("", "", ""),
        ("gs1:Temperature", "https://ref.gs1.org/voc/Temperature", "https://gs1.org/voc/Temperature"),
        ("cbv:Comp-x", "https://ref.gs1.org/cbv/Comp-x", "https://ref.gs1.org/cbv/Comp-x"),
        ("example:foo", "example:foo", "example:foo"),
        ("departing", "departing", "departing"),
        (
            "see urn:epcglobal:cbv:bizstep:shipping now",
            "see https://ref.gs1.org/cbv/BizStep-shipping now",
            "see https://ref.gs1.org/cbv/BizStep-shipping now",
        ),
        ("urn:epcglobal:cbv:bt:9521321000014:PO1",) * 3,
        (" urn:epc:id:giai:9521321.ABC ",) + ("https://id.gs1.org/8004/9521321ABC",) * 2,
    ],
)
def test_texts(text: str, standard: str, legacy: str) -> None:
    assert STANDARD.text(text) == standard
    assert LEGACY.text(text) == legacy


@pytest.mark.parametrize(
    ("number", "expected"),
    [("10", "10"), ("10.0", "10"), ("21.50", "21.5"), ("1E+2", "1E+2"), ("-0", "-0"), ("NaN", "NaN")],
)
def test_numbers(number: str, expected: str) -> None:
    assert STANDARD.number(Decimal(number)) == expected


@pytest.mark.parametrize(
    ("time", "standard", "legacy"),
    [
        ("2020-03-04T11:00:30+01:00", "2020-03-04T10:00:30.000Z", "2020-03-04T10:00:30.000Z"),
        ("2020-03-04T10:00:30.0005Z", "2020-03-04T10:00:30.001Z", "2020-03-04T10:00:30.000Z"),
        ("2020-03-04T10:00:30.0015Z", "2020-03-04T10:00:30.002Z", "2020-03-04T10:00:30.002Z"),
        ("2020-03-04T10:00:30.0004999Z", "2020-03-04T10:00:30.000Z", "2020-03-04T10:00:30.000Z"),
        ("2020-12-31T23:59:59.9996Z", "2021-01-01T00:00:00.000Z", "2021-01-01T00:00:00.000Z"),
        ("1969-12-31T23:59:59.9994Z", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59.9996Z", "9999-12-31T23:59:59.9996Z", "9999-12-31T23:59:59.9996Z"),
    ],
)
def test_times(time: str, standard: str, legacy: str) -> None:
    assert STANDARD.time(Timestamp.parse(time)) == standard
    assert LEGACY.time(Timestamp.parse(time)) == legacy


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
@settings(max_examples=200, deadline=None)
def test_one_number_has_one_text_however_many_zeros_it_is_written_with(number: Decimal) -> None:
    texts = {STANDARD.text(f"{number:f}"), STANDARD.text(f"{number:f}000"), STANDARD.number(number)}
    assert len(texts) == 1
    assert Decimal(texts.pop()) == number or len(str(number)) > 28


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_the_text_of_a_text_stays(text: str) -> None:
    once = STANDARD.text(text)
    assert STANDARD.text(once) == once
