"""How one given value of a query parameter is read into the form it is compared in.

Takes what a caller gives: texts from a command line or a query string, JSON values, Python values; gives texts,
:class:`~decimal.Decimal`, :class:`~epcis_kit.model.Timestamp` or ``bool``. Guarantees: a value of the wrong form
raises ``ValueError`` whose text says what was expected, so that the caller can say which parameter it was.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from epcis_kit.model.timestamp import Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Value",
    "as_number",
    "as_time",
    "read_action",
    "read_boolean",
    "read_exists",
    "read_number",
    "read_operand",
    "read_ordered",
    "read_text",
    "read_time",
    "read_word",
]

Value: TypeAlias = "str | Timestamp | Decimal | bool"

_PLAIN_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?").fullmatch
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def as_number(text: str) -> Decimal | None:
    """The number a text is, ``None`` where it is none: no leading zeros, no exponent, so that ``0012`` is a name."""
    return Decimal(text) if _PLAIN_NUMBER(text) else None


def as_time(text: str) -> Timestamp | None:
    """The instant a text is; a date alone is its beginning in UTC; ``None`` where it is none."""
    if not text[:4].isdigit():
        return None
    try:
        return Timestamp.parse(f"{text}T00:00:00Z" if _DATE(text) else text)
    except ValueError:
        return None


def read_text(value: Any) -> str:
    """A text, without the space around it."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value.strip()


def read_word(
    kind: Literal["biz_step", "disposition", "error_reason", "biz_transaction_type", "source_dest_type"],
) -> Callable[[Any], str]:
    """A reader of words of one list of the CBV, in any spelling; gives the bare word."""

    def read(value: Any) -> str:
        from epcis_kit import vocab  # noqa: PLC0415 - read on first use

        return vocab.to_bare(kind, read_text(value))

    return read


def read_action(value: Any) -> str:
    """An action."""
    if value not in {"ADD", "OBSERVE", "DELETE"}:
        raise ValueError("'ADD', 'OBSERVE' or 'DELETE'")
    return cast("str", value)


def read_time(value: Any) -> Timestamp:
    """An instant."""
    if isinstance(value, Timestamp):
        return value
    try:
        return Timestamp.from_datetime(value) if isinstance(value, datetime) else Timestamp.parse(read_text(value))
    except ValueError:
        raise ValueError("a time with its zone, such as '2024-03-01T00:00:00Z'") from None


def read_number(value: Any) -> Decimal:
    """A finite number."""
    if isinstance(value, (int, float, Decimal, str)) and not isinstance(value, bool):
        text = str(value).strip()
        try:
            number = Decimal(text) if len(text) <= 60 else None
        except InvalidOperation:
            number = None
        if number is not None and number.is_finite() and abs(number.adjusted()) < 400:
            return number
    raise ValueError("a number such as 5 or -0.25")


def read_boolean(value: Any) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return bool(value == "true")
    raise ValueError("true or false")


def read_exists(value: Any) -> bool:
    """What EXISTS is given: no value at all means yes (EPCIS 1.2), and so does true (EPCIS 2.0)."""
    if value is None or value in {"", 0, 1} or isinstance(value, bool):
        return value is not False
    if value in {"true", "false"}:
        return bool(value == "true")
    raise ValueError("true, false or no value")


def read_operand(value: Any) -> Value:
    """What an extension field is compared with for equality: text, number, boolean or time."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)):
        return read_number(value)
    if isinstance(value, Timestamp):
        return value
    if isinstance(value, datetime):
        return Timestamp.from_datetime(value)
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        raise ValueError("a text, a number, true, false or a time")  # noqa: TRY004 - said with the parameter's name
    return value.strip()


def read_ordered(value: Any) -> Value:
    """What an extension field is compared with for its order: a number or a time."""
    operand = read_operand(value)
    if isinstance(operand, str):
        number = as_number(operand)
        found = as_time(operand) if number is None else number
        if found is not None:
            return found
    if isinstance(operand, (Decimal, Timestamp)):
        return operand
    raise ValueError("a number, a date or a time with its zone")
