"""Fields: named, typed functions of one row.

Takes the text of a cell, or a constant; gives a typed value (text, GS1 key part, number, instant) or a
:class:`CellError` with what was expected. Guarantees: pure; the text of a cell is used as it stands, apart from
surrounding white space; a number that a spreadsheet has already ruined (``9.52E+12``) is refused, because its digits
are gone.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from epcis_kit.errors import IdentifierError, MappingError, shorten
from epcis_kit.gs1.identity_links import checked_key

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FIELD_KEYS", "FIELD_TYPES", "CellError", "Field", "compile_field", "zone_of"]

FIELD_KEYS: Final = ("col", "const", "type", "formats", "map")
FIELD_TYPES: Final = ("text", "lot", "serial", "gtin", "sscc", "gln", "decimal", "integer", "date", "datetime", "uri")

_KEYS: Final = {"gtin": "01", "sscc": "00", "gln": "414"}
_SERIAL: Final = re.compile(r"[!\"%-?A-Z_a-z]{1,20}").fullmatch
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?").fullmatch
_EXPONENT: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?[Ee][+-]?[0-9]+").fullmatch
_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):([0-9]{2})").fullmatch
_FORMATS: Final = {
    "yyyy": "%Y", "yy": "%y", "MMM": "%b", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S",
}  # fmt: skip
_FORMAT_PART: Final = re.compile("yyyy|yy|MMM|MM|dd|HH|mm|ss")


class CellError(ValueError):
    """A cell is not what its field says; ``column`` and ``value`` say which."""

    def __init__(self, message: str, column: str | None, value: str) -> None:
        self.column = column
        self.value = value
        super().__init__(message)


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A named function of a row.

    Attributes:
        name: What templates call it.
        type: One of :data:`FIELD_TYPES`.
        column: The column it reads; ``None`` for a constant.
        constant: The value of a constant, already typed.
        words: Replacements of whole cells, applied first.
        read: Text to typed value; raises ``ValueError`` with a whole sentence.
    """

    name: str
    type: str
    column: str | None
    constant: Any
    words: tuple[tuple[str, str], ...]
    read: Callable[[str], Any]

    def value(self, cell: str) -> Any:
        """The typed value of ``cell``.

        Raises:
            CellError: The cell is not of the field's type.
        """
        text = cell.strip()
        for known, replacement in self.words:
            if text == known:
                text = replacement
                break
        try:
            return self.read(text)
        except ValueError as error:
            raise CellError(str(error), self.column, cell) from None


def compile_field(name: str, spec: dict[str, Any], place: str) -> Field:
    """A field from its entry in the mapping.

    Raises:
        MappingError: The entry is wrong.
    """
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
        raise MappingError(f"{place}: expected a name of letters, digits and '_', got {shorten(name)}.")
    kind = spec.get("type", "text")
    if kind not in FIELD_TYPES:
        raise MappingError(f"{place}: expected type {', '.join(FIELD_TYPES)}, got {shorten(kind)}.")
    if ("col" in spec) == ("const" in spec):
        raise MappingError(f"{place}: expected either 'col' or 'const'.")
    words = spec.get("map", {})
    if not isinstance(words, dict):
        raise MappingError(f"{place}, map: expected names and values, got {shorten(words)}.")
    read = _reader(kind, spec.get("formats"), place)
    column = None if "const" in spec else str(spec["col"])
    field = Field(name, kind, column, None, tuple((key, str(value)) for key, value in words.items()), read)
    if column is not None:
        return field
    try:
        return dataclasses.replace(field, constant=field.value(str(spec["const"])))
    except CellError as error:
        raise MappingError(f"{place}: {error}") from None


def zone_of(text: Any, place: str) -> tzinfo:
    """A time zone from an offset (``"+02:00"``, ``"Z"``) or a name (``"Europe/Berlin"``).

    Raises:
        MappingError: There is no such zone.
    """
    if text in {"Z", "UTC"}:
        return UTC
    match = _OFFSET(str(text))
    if match is not None:
        size = timedelta(hours=int(match[2]), minutes=int(match[3]))
        if size <= timedelta(hours=14) and int(match[3]) < 60:
            return timezone(-size if match[1] == "-" else size)
    try:
        return ZoneInfo(str(text))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MappingError(
            f"{place}: expected an offset such as '+02:00' or a zone such as 'Europe/Berlin', got {shorten(text)}."
        ) from None


def _reader(kind: str, formats: Any, place: str) -> Callable[[str], Any]:
    if kind in {"date", "datetime"}:
        return _dates(kind, formats, place)
    if formats is not None:
        raise MappingError(f"{place}: 'formats' belongs to type date or datetime, not to {kind}.")
    return {
        "text": _text,
        "uri": _text,
        "lot": _lot,
        "serial": _lot,
        "decimal": _number,
        "integer": _integer,
    }.get(kind) or _key(kind)


def _text(text: str) -> str:
    return text


def _lot(text: str) -> str:
    _not_ruined(text)
    if _SERIAL(text) is None:
        raise ValueError(
            f"Cannot read lot or serial {shorten(text)}: expected 1 to 20 characters of GS1 character set 82, "
            f"got {_odd(text)}."
        )
    return text


def _odd(text: str) -> str:
    if not text:
        return "nothing"
    if len(text) > 20:
        return f"{len(text)} characters"
    return next((repr(letter) for letter in text if _SERIAL(letter) is None), repr(text))


def _number(text: str) -> Decimal:
    if _DECIMAL(text) is None:
        raise ValueError(f"Cannot read number {shorten(text)}: expected digits with '.' as the decimal mark.")
    try:
        return Decimal(text)
    except InvalidOperation:  # pragma: no cover - the form above leaves nothing to refuse
        raise ValueError(f"Cannot read number {shorten(text)}.") from None


def _integer(text: str) -> Decimal:
    value = _number(text)
    if value != value.to_integral_value():
        raise ValueError(f"Cannot read number {shorten(text)}: expected a whole number.")
    return value


def _not_ruined(text: str) -> None:
    if _EXPONENT(text):
        raise ValueError(
            f"Cannot read {shorten(text)}: expected all digits, got a number in scientific notation; a spreadsheet has "
            "dropped the rest, so export the column as text."
        )


def _key(kind: str) -> Callable[[str], str]:
    ai = _KEYS[kind]

    def read(text: str) -> str:
        _not_ruined(text)
        try:
            return checked_key(ai, text)
        except IdentifierError as error:
            raise ValueError(str(error)) from None

    return read


def _dates(kind: str, formats: Any, place: str) -> Callable[[str], datetime | date]:
    """Date formats are written with yyyy, MM, dd, HH, mm, ss and the characters between them."""
    if formats is None:
        formats = ["yyyy-MM-dd"] if kind == "date" else ["yyyy-MM-ddTHH:mm:ss"]
    if not isinstance(formats, list) or not all(isinstance(item, str) and item for item in formats):
        raise MappingError(f"{place}, formats: expected a list such as ['dd/MM/yyyy HH:mm'], got {shorten(formats)}.")
    patterns = [_FORMAT_PART.sub(lambda match: _FORMATS[match[0]], item.replace("%", "%%")) for item in formats]

    def read(text: str) -> datetime | date:
        if text.isascii():
            for pattern in patterns:
                try:
                    moment = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is the mapping's
                except ValueError:
                    continue
                return moment if kind == "datetime" else moment.date()
        raise ValueError(f"Cannot read {kind} {shorten(text)}: expected {' or '.join(formats)}.")

    return read
