"""What the value of an application identifier means: days, measures, money, countries, places.

Takes an AI, its value and today's date (years have two digits, and no clock is read here); gives a Python value: a
:class:`DateValue`, :class:`Measure`, :class:`Money`, :class:`CountryValue`, :class:`Coordinates`, :class:`Pieces`, an
``int`` for counts, a ``bool`` for flags, and text for all else. Which one it is follows, with few exceptions, from the
content checks that the table names, so another edition of the table brings its own. The value is checked in full first.

Decimals stay exact: ``(3103)000195`` is ``Decimal("0.195")``. Identifiers stay text, with their leading zeros.
Source: GS1 General Specifications, sections 3 (meaning), 7.12 (century of a year of two digits).
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from epcis_kit.errors import IdentifierError, shorten
from epcis_kit.gs1.application_identifiers import AiTable, default_table
from epcis_kit.gs1.element_faults import build_error
from epcis_kit.gs1.linters.code_lists import code_list

if TYPE_CHECKING:
    from epcis_kit.gs1.application_identifiers import ApplicationIdentifier

__all__ = [
    "Coordinates",
    "CountryValue",
    "DateValue",
    "ElementValue",
    "Measure",
    "Money",
    "Pieces",
    "century_year",
    "typed_value",
]

_COUNTS = frozenset(("30", "37"))
_MONEY = frozenset(("390", "391", "392", "393", "395"))
_PERCENT = "394"
_TEMPERATURES = {"4330": "°F", "4331": "°C", "4332": "°F", "4333": "°C"}
_DATES = frozenset(("yymmd0", "yymmdd", "yyyymmdd", "yyyymmd0"))
_COUNTRIES = frozenset(("iso3166", "iso3166999", "iso3166alpha2"))


@dataclass(frozen=True, slots=True)
class DateValue:
    """One day, a range of days or a whole month, with a time of day where there is one.

    Attributes:
        first: The first day.
        last: The last day; the same as ``first`` for a single day. For a day ``00`` it is the last of the month, which
            is also the day that such a date means.
        time: Local time of day without a zone, or ``None``.
    """

    first: dt.date
    last: dt.date
    time: dt.time | None = None

    @property
    def is_single_day(self) -> bool:
        """Whether it is one day, rather than a range or a month."""
        return self.first == self.last

    def __str__(self) -> str:
        days = f"{self.first}" if self.is_single_day else f"{self.first}/{self.last}"
        return days if self.time is None else f"{days}T{self.time}"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its unit, such as ``kg``, ``%`` or ``°C``; ``None`` where the data title names none."""

    amount: Decimal
    unit: str | None

    def __str__(self) -> str:
        return f"{self.amount}" if self.unit is None else f"{self.amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency.

    Attributes:
        amount: The amount in units of the currency.
        currency: Three letters of ISO 4217, or ``None`` where the AI means the local currency.
    """

    amount: Decimal
    currency: str | None

    def __str__(self) -> str:
        return f"{self.amount}" if self.currency is None else f"{self.amount} {self.currency}"


@dataclass(frozen=True, slots=True)
class CountryValue:
    """Countries, and what stands behind them.

    Attributes:
        countries: Two letters of ISO 3166-1 each; ``"999"`` where the issuer is not of one country.
        rest: A postal code or the number of a processor, or empty text.
    """

    countries: tuple[str, ...]
    rest: str = ""

    def __str__(self) -> str:
        return " ".join((*self.countries, self.rest)).strip()


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A place on earth in degrees: north and east are positive."""

    latitude: Decimal
    longitude: Decimal

    def __str__(self) -> str:
        return f"{self.latitude}, {self.longitude}"


@dataclass(frozen=True, slots=True)
class Pieces:
    """A piece of a trade item: its GTIN, its number, and how many pieces there are."""

    gtin: str
    piece: int
    total: int

    def __str__(self) -> str:
        return f"{self.gtin}, piece {self.piece} of {self.total}"


ElementValue = DateValue | Measure | Money | CountryValue | Coordinates | Pieces | int | bool | str
"""What :func:`typed_value` gives."""


def century_year(two_digits: int, today: dt.date) -> int:
    """The year that a year of two digits means: from 49 years back to 50 years ahead of ``today``."""
    year = today.year - today.year % 100 + two_digits
    distance = year - today.year
    if distance >= 51:
        return year - 100
    return year + 100 if distance <= -50 else year


def _days(text: str, today: dt.date) -> tuple[dt.date, dt.date]:
    year = int(text[:-4]) if len(text) == 8 else century_year(int(text[:2]), today)
    month, day = int(text[-4:-2]), int(text[-2:])
    if year < dt.MINYEAR:
        raise IdentifierError("date", text, expected="a year from 0001", got=text[:-4], kind="illegal_year", position=0)
    if day == 0:
        return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])
    try:
        single = dt.date(year, month, day)
    except ValueError:
        # 29 February of a year that is no leap year in the century that it means
        single = dt.date(year, month, calendar.monthrange(year, month)[1])
    return single, single


def _date(entry: ApplicationIdentifier, pieces: tuple[str, ...], today: dt.date) -> DateValue:
    first, last = _days(pieces[0], today)
    clock = ""
    for component, piece in zip(entry.components[1:], pieces[1:], strict=False):
        if _DATES & set(component.checks):
            last = _days(piece, today)[1]
        else:
            clock += piece
    if not clock:
        return DateValue(first, last)
    return DateValue(first, last, dt.time(int(clock[:2]), int(clock[2:4] or 0), int(clock[4:] or 0)))


def _country(entry: ApplicationIdentifier, pieces: tuple[str, ...]) -> CountryValue:
    letters = code_list("iso3166")
    countries: list[str] = []
    rest = ""
    for component, piece in zip(entry.components, pieces, strict=False):
        if _COUNTRIES & set(component.checks):
            countries.append(letters.get(piece, piece))
        else:
            rest += piece
    return CountryValue(tuple(countries), rest)


def _number(entry: ApplicationIdentifier, pieces: tuple[str, ...]) -> Measure | Money:
    amount = Decimal(int(pieces[-1])).scaleb(-(entry.decimals or 0))
    family = entry.ai[:3]
    if family in _MONEY:
        return Money(amount, code_list("iso4217")[pieces[0]] if "iso4217" in entry.components[0].checks else None)
    return Measure(amount, "%" if family == _PERCENT else entry.unit)


def _coordinates(pieces: tuple[str, ...]) -> Coordinates:
    north, east = (Decimal(int(piece)).scaleb(-7) for piece in pieces)
    return Coordinates(north - 90, east - 360 if east > 180 else east)


def typed_value(ai: str, value: str, *, today: dt.date, table: AiTable | None = None) -> ElementValue:
    """What ``value`` means in ``ai``.

    Args:
        ai: The application identifier.
        value: Its value, as it stands in an element string.
        today: The day from which the century of a year of two digits is counted.
        table: Another edition of the table.

    Raises:
        IdentifierError: There is no such AI, or the value is not well-formed.
    """
    entry = (table or default_table()).get(ai)
    shown = f"({ai}){value}"
    if entry is None:
        raise IdentifierError(
            "element", shown, expected="an AI of the table", got=shorten(ai), kind="ai_unrecognised", ai=ai, position=1
        )
    fault = entry.fault(value)
    if fault is not None:
        raise build_error("element", shown, entry, value, fault, verb="read")
    pieces = entry.split(value)
    checks = entry.components[0].checks
    if _DATES & set(checks):
        return _date(entry, pieces, today)
    if entry.decimals is not None:
        return _number(entry, pieces)
    if _COUNTRIES & set(checks):
        return _country(entry, pieces)
    if ai in _TEMPERATURES:
        amount = Decimal(int(pieces[0])).scaleb(-2)
        return Measure(-amount if len(pieces) > 1 else amount, _TEMPERATURES[ai])
    if ai in _COUNTS:
        return int(value)
    if "yesno" in checks:
        return value == "1"
    if "latitude" in checks:
        return _coordinates(pieces)
    if "pieceoftotal" in entry.components[-1].checks:
        half = len(pieces[-1]) // 2
        return Pieces(pieces[0], int(pieces[-1][:half]), int(pieces[-1][half:]))
    return unquote_plus(value) if "pcenc" in checks else value
