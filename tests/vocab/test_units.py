from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epcis_kit.vocab.units import _units, convert_amount, dimension_of, units_of


@pytest.mark.parametrize(
    ("amount", "code", "wanted", "expected"),
    [
        ("8", "CEL", "KEL", "281.15"),
        ("281.15", "KEL", "CEL", "8"),
        ("98.6", "FAH", "CEL", "37"),
        ("-40", "CEL", "FAH", "-40"),
        ("2.5", "TNE", "KGM", "2500"),
        ("1", "LBR", "GRM", "453.59237"),
        ("12", "INH", "FOT", "1"),
        ("1", "GLL", "LTR", "3.785411784"),
        ("90", "MIN", "HUR", "1.5"),
        ("36", "KMH", "MTS", "10"),
        ("1.10", "XYZ", "XYZ", "1.10"),
    ],
)
def test_the_same_amount_in_another_unit(amount: str, code: str, wanted: str, expected: str) -> None:
    assert convert_amount(Decimal(amount), code, wanted) == Decimal(expected)


@pytest.mark.parametrize(("code", "wanted"), [("CEL", "KGM"), ("XYZ", "KGM"), ("KGM", "XYZ")])
def test_what_does_not_measure_the_same_is_not_converted(code: str, wanted: str) -> None:
    assert convert_amount(Decimal(1), code, wanted) is None


def test_no_number_is_not_converted() -> None:
    assert convert_amount(Decimal("NaN"), "CEL", "KEL") is None


def test_units_tell_what_they_measure() -> None:
    assert dimension_of("CEL") == "temperature"
    assert dimension_of("kg") is None
    assert units_of("temperature") == ("KEL", "CEL", "FAH", "A48")
    assert units_of("taste") == ()


@given(st.sampled_from(sorted(_units())), st.data(), st.integers(-(10**6), 10**6))
def test_there_and_back(code: str, data: st.DataObject, amount: int) -> None:
    other = data.draw(st.sampled_from(units_of(dimension_of(code) or "")))
    there = convert_amount(Decimal(amount), code, other)
    assert there is not None
    back = convert_amount(there, other, code)
    assert back is not None
    assert abs(back - amount) <= Decimal("1e-9") * max(1, abs(amount))
