"""What values mean: days with their century, exact decimals, money, countries, places."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.application_identifiers import default_table
from epcis_kit.gs1.element_values import (
    Coordinates,
    CountryValue,
    DateValue,
    ElementValue,
    Measure,
    Money,
    Pieces,
    century_year,
    typed_value,
)

TODAY = dt.date(2026, 11, 22)


def day(year: int, month: int, number: int) -> dt.date:
    return dt.date(year, month, number)


@pytest.mark.parametrize(
    ("ai", "value", "meaning", "shown"),
    [
        ("17", "271231", DateValue(day(2027, 12, 31), day(2027, 12, 31)), "2027-12-31"),
        ("17", "280200", DateValue(day(2028, 2, 1), day(2028, 2, 29)), "2028-02-01/2028-02-29"),
        ("7006", "991231", DateValue(day(1999, 12, 31), day(1999, 12, 31)), "1999-12-31"),
        ("7007", "211225", DateValue(day(2021, 12, 25), day(2021, 12, 25)), "2021-12-25"),
        ("7007", "211225211231", DateValue(day(2021, 12, 25), day(2021, 12, 31)), "2021-12-25/2021-12-31"),
        ("7003", "2602031015", DateValue(day(2026, 2, 3), day(2026, 2, 3), dt.time(10, 15)), "2026-02-03T10:15:00"),
        ("8008", "26020310", DateValue(day(2026, 2, 3), day(2026, 2, 3), dt.time(10)), "2026-02-03T10:00:00"),
        (
            "8008",
            "260203101122",
            DateValue(day(2026, 2, 3), day(2026, 2, 3), dt.time(10, 11, 22)),
            "2026-02-03T10:11:22",
        ),
        ("7011", "260203", DateValue(day(2026, 2, 3), day(2026, 2, 3)), "2026-02-03"),
        ("7250", "19000228", DateValue(day(1900, 2, 28), day(1900, 2, 28)), "1900-02-28"),
        (
            "7251",
            "199912312359",
            DateValue(day(1999, 12, 31), day(1999, 12, 31), dt.time(23, 59)),
            "1999-12-31T23:59:00",
        ),
        ("3103", "000195", Measure(Decimal("0.195"), "kg"), "0.195 kg"),
        ("3100", "000195", Measure(Decimal(195), "kg"), "195 kg"),
        ("3370", "000195", Measure(Decimal(195), None), "195"),
        ("3942", "0500", Measure(Decimal("5.00"), "%"), "5.00 %"),
        ("4331", "001250-", Measure(Decimal("-12.50"), "°C"), "-12.50 °C"),
        ("4330", "001250", Measure(Decimal("12.50"), "°F"), "12.50 °F"),
        ("3922", "0299", Money(Decimal("2.99"), None), "2.99"),
        ("3932", "9780299", Money(Decimal("2.99"), "EUR"), "2.99 EUR"),
        ("3910", "978999999999999999", Money(Decimal(999999999999999), "EUR"), "999999999999999 EUR"),
        ("422", "528", CountryValue(("NL",)), "NL"),
        ("423", "528056", CountryValue(("NL", "BE")), "NL BE"),
        ("421", "528AB12", CountryValue(("NL",), "AB12"), "NL AB12"),
        ("7030", "999A1", CountryValue(("999",), "A1"), "999 A1"),
        ("4307", "NL", CountryValue(("NL",)), "NL"),
        ("4309", "02790858480301529797", Coordinates(Decimal("-62.0914152"), Decimal("30.1529797")), None),
        ("4309", "18000000003599999999", Coordinates(Decimal("90.0000000"), Decimal("-0.0000001")), None),
        ("8006", "095212345432130203", Pieces("09521234543213", 2, 3), "09521234543213, piece 2 of 3"),
        ("30", "007", 7, "7"),
        ("4321", "1", True, "True"),
        ("4321", "0", False, "False"),
        ("4300", "A%20B+%C3%A9", "A B é", "A B é"),
        ("10", "007", "007", "007"),
        ("01", "09521234543213", "09521234543213", "09521234543213"),
    ],
)
def test_a_value_means(ai: str, value: str, meaning: ElementValue, shown: str | None) -> None:
    found = typed_value(ai, value, today=TODAY)
    assert found == meaning
    assert type(found) is type(meaning)
    if shown is not None:
        assert str(found) == shown


def test_coordinates_are_shown_as_people_write_them() -> None:
    assert str(typed_value("4309", "13000000000104000000", today=TODAY)) == "40.0000000, 10.4000000"


@pytest.mark.parametrize(
    ("today", "two_digits", "year"),
    [
        (2026, 26, 2026),
        (2026, 76, 2076),
        (2026, 77, 1977),
        (2026, 99, 1999),
        (2026, 0, 2000),
        (2051, 1, 2101),
        (2051, 2, 2002),
        (2099, 49, 2149),
        (2099, 50, 2050),
        (2000, 50, 2050),
        (2000, 51, 1951),
    ],
)
def test_the_century_of_a_year_of_two_digits(today: int, two_digits: int, year: int) -> None:
    assert century_year(two_digits, dt.date(today, 6, 1)) == year


def test_a_leap_day_of_a_century_without_one_is_the_last_of_february() -> None:
    found = typed_value("17", "000229", today=dt.date(2090, 1, 1))
    assert found == DateValue(dt.date(2100, 2, 28), dt.date(2100, 2, 28))


@pytest.mark.parametrize(
    ("ai", "value", "message"),
    [
        ("89", "1", "Cannot read element '(89)1': expected an AI of the table, got '89'."),
        ("17", "271301", "Cannot read element '(17)271301': expected a month from 01 to 12, got '13' in (17)."),
        ("7250", "00000101", "Cannot read date '00000101': expected a year from 0001, got 0000."),
    ],
)
def test_what_means_nothing_is_refused(ai: str, value: str, message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        typed_value(ai, value, today=TODAY)
    assert str(caught.value) == message


def test_every_date_of_the_table_is_a_day() -> None:
    digits = {"yymmd0": "260203", "yymmdd": "260203", "yyyymmdd": "20260203", "hhmi": "1015", "hh": "10"}
    for entry in default_table():
        if any(check in digits and check[0] == "y" for check in entry.components[0].checks):
            value = "".join(digits[part.checks[0]] for part in entry.components if not part.optional)
            assert isinstance(typed_value(entry.ai, value, today=TODAY), DateValue)
