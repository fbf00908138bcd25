"""Content checks for dates and times of day.

Each check takes the text of one component and answers ``None`` where it is right, or the first
:class:`~epcis_kit.gs1.linters.faults.LintFault`. A year of two digits matters here for leap years only, and the one
year on which the centuries differ (``00``) is a leap year in this century. Day ``00`` (``yymmd0``, ``yyyymmd0``) means
the whole month. What is right is looked up in small sets first, because dates are the most frequent component after
keys; the reasons are worked out only for what is wrong.
Source: GS1 General Specifications, sections 3.4 and 7.12.
"""

from __future__ import annotations

from epcis_kit.gs1.linters.characters import csetnumeric
from epcis_kit.gs1.linters.faults import LintFault

__all__ = ["hh", "hhmi", "mi", "ss", "yymmd0", "yymmdd", "yyyymmd0", "yyyymmdd"]

_MONTH_DAYS = {
    "01": 31, "02": 28, "03": 31, "04": 30, "05": 31, "06": 30,
    "07": 31, "08": 31, "09": 30, "10": 31, "11": 30, "12": 31,
}  # fmt: skip
_TWO_DIGITS = frozenset(f"{number:02d}" for number in range(100))
_DAYS = frozenset(f"{month}{day:02d}" for month, last in _MONTH_DAYS.items() for day in range(1, last + 1))
_DAYS_OR_MONTH = _DAYS | {f"{month}00" for month in _MONTH_DAYS}
_HOURS = frozenset(f"{number:02d}" for number in range(24))
_SIXTIETHS = frozenset(f"{number:02d}" for number in range(60))


def _date(data: str, year_digits: int, *, whole_month: bool) -> LintFault | None:
    """The fault of a date that was not found among the common ones, if there is one."""
    length = year_digits + 4
    if len(data) < length:
        return LintFault("date_too_short", 0, len(data))
    if len(data) > length:
        return LintFault("date_too_long", 0, len(data))
    fault = csetnumeric(data)
    if fault is not None:
        return fault
    year, month, day = int(data[:year_digits]), data[year_digits : year_digits + 2], int(data[-2:])
    last = _MONTH_DAYS.get(month)
    if last is None:
        return LintFault("illegal_month", year_digits, year_digits + 2)
    if month == "02" and year % 4 == 0 and (year_digits == 2 or year % 100 != 0 or year % 400 == 0):
        last = 29
    if day > last or (day == 0 and not whole_month):
        return LintFault("illegal_day", year_digits + 2, length)
    return None


def yymmdd(data: str) -> LintFault | None:
    """Year, month and day in six digits; the day must exist."""
    if data[2:] in _DAYS and data[:2] in _TWO_DIGITS:
        return None
    return _date(data, 2, whole_month=False)


def yymmd0(data: str) -> LintFault | None:
    """Year, month and day in six digits; day ``00`` means the whole month."""
    if data[2:] in _DAYS_OR_MONTH and data[:2] in _TWO_DIGITS:
        return None
    return _date(data, 2, whole_month=True)


def yyyymmdd(data: str) -> LintFault | None:
    """Year, month and day in eight digits; the day must exist."""
    return _date(data, 4, whole_month=False)


def yyyymmd0(data: str) -> LintFault | None:
    """Year, month and day in eight digits; day ``00`` means the whole month."""
    return _date(data, 4, whole_month=True)


def _sixtieth(data: str, unit: str) -> LintFault | None:
    if data in _SIXTIETHS:
        return None
    if len(data) < 2:
        return LintFault(f"{unit}_too_short", 0, len(data))
    if len(data) > 2:
        return LintFault(f"{unit}_too_long", 0, len(data))
    return csetnumeric(data) or LintFault(f"illegal_{unit}", 0, 2)


def hh(data: str) -> LintFault | None:
    """An hour in two digits, 00 to 23."""
    if data in _HOURS:
        return None
    if len(data) < 2:
        return LintFault("hour_too_short", 0, len(data))
    if len(data) > 2:
        return LintFault("hour_too_long", 0, len(data))
    return csetnumeric(data) or LintFault("illegal_hour", 0, 2)


def mi(data: str) -> LintFault | None:
    """A minute in two digits, 00 to 59."""
    return _sixtieth(data, "minute")


def ss(data: str) -> LintFault | None:
    """A second in two digits, 00 to 59."""
    return _sixtieth(data, "second")


def hhmi(data: str) -> LintFault | None:
    """Hour and minute in four digits, 0000 to 2359."""
    if data[:2] in _HOURS and data[2:] in _SIXTIETHS:
        return None
    if len(data) < 4:
        return LintFault("hour_with_minute_too_short", 0, len(data))
    if len(data) > 4:
        return LintFault("hour_with_minute_too_long", 0, len(data))
    fault = csetnumeric(data)
    if fault is not None:
        return fault
    return LintFault("illegal_hour", 0, 2) if data[:2] not in _HOURS else LintFault("illegal_minute", 2, 4)
