"""Content checks for the two North American coupon codes (AI 8110 and AI 8112).

Each check takes the text of the component and answers ``None`` where it is right, or the first
:class:`~epcis_kit.gs1.linters.faults.LintFault`. A coupon is a row of fields, many behind a digit that says their
length; optional fields of AI 8110 begin with their number (1 to 6, then 9) and stand in that order. A small reader
walks the row once; the fields are listed as data.
Source: GS1 US, North American Coupon Application Guideline (8110) and Coupon Data Specification (8112).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.gs1.linters.characters import csetnumeric
from epcis_kit.gs1.linters.dates import yymmdd
from epcis_kit.gs1.linters.faults import LintFault
from epcis_kit.gs1.linters.keys import gcppos1

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["couponcode", "couponposoffer"]

_REQUIREMENT_CODES = "012349"


class _BadField(Exception):  # noqa: N818 - it ends a walk, it is no error of the library
    """Ends the walk at the first wrong field; never leaves this module."""

    def __init__(self, kind: str, start: int, end: int) -> None:
        self.fault = LintFault(kind, start, end)


class _Reader:
    """Walks over the digits of a coupon, one field after the other."""

    def __init__(self, data: str) -> None:
        self.data = data
        self.at = 0

    def at_end(self) -> bool:
        return self.at >= len(self.data)

    def begins(self, digit: str) -> bool:
        """Whether an optional field with this number is next; it is stepped over."""
        if self.data[self.at : self.at + 1] != digit:
            return False
        self.at += 1
        return True

    def missing(self, name: str) -> _BadField:
        return _BadField(f"coupon_missing_{name}", 0, len(self.data))

    def one_of(self, name: str, allowed: str, *, missing: str = "", invalid: str = "") -> str:
        """One digit out of ``allowed``."""
        if self.at_end():
            raise self.missing(missing or name)
        digit = self.data[self.at]
        if digit not in allowed:
            raise _BadField(f"coupon_invalid_{invalid or name}", self.at, self.at + 1)
        self.at += 1
        return digit

    def length_digit(self, name: str, allowed: str) -> int:
        """The digit that says how long the field ``name`` is."""
        return int(self.one_of(name, allowed, missing=f"{name}_vli", invalid=f"{name}_length"))

    def take(self, length: int, kind: str) -> tuple[int, str]:
        """The next ``length`` digits and where they begin; ``kind`` names the fault where there are fewer."""
        left = len(self.data) - self.at
        if left < length:
            raise _BadField(kind, self.at if left else 0, len(self.data))
        start = self.at
        self.at += length
        return start, self.data[start : self.at]

    def prefix(self, name: str, allowed: str) -> None:
        """A company prefix behind its length digit, which counts from six; 9 says that there is none."""
        length = self.length_digit(name, allowed)
        if length == 9:
            return
        start, digits = self.take(length + 6, f"coupon_truncated_{name}")
        if gcppos1(digits) is not None:
            raise _BadField("invalid_gcp_prefix", start, self.at)

    def purchase(self, ordinal: str) -> None:
        """The requirement of a purchase, its code and its family code."""
        requirement = f"{ordinal}_purchase_requirement"
        length = self.length_digit(requirement, "12345")
        self.take(length, f"coupon_truncated_{requirement}")
        self.one_of(f"{requirement}_code", _REQUIREMENT_CODES)
        self.take(3, f"coupon_truncated_{ordinal}_purchase_family_code")

    def date(self, name: str, invalid: str) -> tuple[int, str]:
        """A date in six digits and where it begins."""
        start, digits = self.take(6, f"coupon_too_short_for_{name}")
        if yymmdd(digits) is not None:
            raise _BadField(f"coupon_invalid_{invalid}", start, self.at)
        return start, digits

    def serial(self) -> None:
        """A serial number behind its length digit, which counts from six."""
        length = self.length_digit("serial_number", "0123456789")
        self.take(length + 6, "coupon_truncated_serial_number")

    def finish(self) -> None:
        if not self.at_end():
            raise _BadField("coupon_excess_data", self.at, len(self.data))


def _code(reader: _Reader) -> None:
    reader.prefix("gcp", "0123456")
    reader.take(6, "coupon_truncated_offer_code")
    reader.take(reader.length_digit("save_value", "12345"), "coupon_truncated_save_value")
    reader.purchase("1st")
    if reader.begins("1"):
        reader.one_of("additional_purchase_rules_code", "0123")
        reader.purchase("2nd")
        reader.prefix("2nd_purchase_gcp", "01234569")
    if reader.begins("2"):
        reader.purchase("3rd")
        reader.prefix("3rd_purchase_gcp", "01234569")
    expires = ""
    if reader.begins("3"):
        # The reference tests spell the kind of this one field with a slip of the pen; programs compare that spelling.
        _, expires = reader.date("expiration_date", "exipiration_date")
    if reader.begins("4"):
        start, begins = reader.date("start_date", "start_date")
        if expires and begins > expires:
            raise _BadField("coupon_expiration_before_start", start - 8, start + 6)
    if reader.begins("5"):
        reader.serial()
    if reader.begins("6"):
        reader.prefix("retailer_gcp_or_gln", "1234567")
    if reader.begins("9"):
        reader.one_of("save_value_code", "01256")
        reader.one_of("save_value_applies_to_item", "012")
        reader.one_of("store_coupon_flag", "0123456789")
        reader.one_of("dont_multiply_flag", "01")
    reader.finish()


def _offer(reader: _Reader) -> None:
    reader.one_of("format_code", "01")
    reader.take(reader.length_digit("funder", "0123456") + 6, "coupon_truncated_funder")
    reader.take(6, "coupon_truncated_offer_code")
    reader.serial()
    reader.finish()


def _walk(data: str, fields: Callable[[_Reader], None]) -> LintFault | None:
    fault = csetnumeric(data)
    if fault is not None:
        return fault
    try:
        fields(_Reader(data))
    except _BadField as bad:
        return bad.fault
    return None


def couponcode(data: str) -> LintFault | None:
    """The coupon code of AI 8110."""
    return _walk(data, _code)


def couponposoffer(data: str) -> LintFault | None:
    """The positive-offer coupon of AI 8112."""
    return _walk(data, _offer)
