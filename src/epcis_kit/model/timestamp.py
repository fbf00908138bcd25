"""A point in time as an EPCIS document writes it.

Takes the text of an ``xsd:dateTimeStamp`` (date, ``T``, time, any fraction, and a zone: ``Z`` or ``±hh:mm``) and gives
a frozen :class:`Timestamp`. Guarantees:

* the text is kept letter for letter, so that what was read is what is written;
* two timestamps are equal, and sort, as instants with their full fraction: ``12:00:00+01:00`` equals ``11:00:00.000Z``,
  and a difference in the twentieth decimal still decides;
* nothing is read from the machine: a time without a zone is refused, unless the caller says which offset it means.

Indexes hold :attr:`Timestamp.epoch_us` (microseconds, cut, not rounded); the digits beyond break ties.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

from epcis_kit.errors import shorten

__all__ = ["Timestamp"]

_FORM: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})?"
).fullmatch
_OFFSET: Final = re.compile(r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00|Z").fullmatch
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST: Final = 256

_MINUTES: Final = {
    f"{hour:02d}:{minute:02d}:": (hour * 60 + minute) * 60_000_000 for hour in range(24) for minute in range(60)
}
_SECONDS: Final = {f"{second:02d}": second * 1_000_000 for second in range(60)}
_MILLISECONDS: Final = {f"{number:03d}": number * 1000 for number in range(1000)}
_USUAL: Final = {20: 19, 24: 23, 25: 19, 29: 23}  # length of a usual text to where its zone begins, after ss or ss.fff
_FIRST: Final = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_BEHIND: Final = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // _MICROSECOND + 86_400_000_000
_EDGES: Final = ("0001", "9999")  # years of which some hours lie outside those that UTC has
_DAYS_KEPT: Final = 4096
_days: dict[str, int] = {}  # the days that were read before, with their zone; a document has few


@functools.total_ordering
class Timestamp:
    """An instant, together with the text it was written as.

    Attributes:
        text: As written, for example ``"2024-03-01T09:00:00.000+01:00"``.
        epoch_us: Microseconds since 1970-01-01T00:00:00Z, further digits cut off.
        rest: The digits of the fraction after the sixth, trailing zeros removed; ``""`` for most timestamps.
    """

    __slots__ = ("epoch_us", "rest", "text")

    text: str
    epoch_us: int
    rest: str

    def __init__(self, text: str, epoch_us: int, rest: str = "") -> None:
        _set_text(self, text)
        _set_epoch_us(self, epoch_us)
        _set_rest(self, rest)

    @classmethod
    def parse(cls, text: str, *, naive: str | None = None) -> Timestamp:
        """Read an ISO 8601 date and time with its zone.

        Args:
            text: For example ``"2024-03-01T09:00:00Z"``; surrounding white space is ignored.
            naive: The offset (``"+01:00"`` or ``"Z"``) that a time without a zone means; ``None`` refuses such times.
                The offset is then part of :attr:`text`, because the instant depends on it.

        Raises:
            ValueError: The text has another form, names a date or time that does not exist, or has no zone.
        """
        zone_at = _USUAL.get(len(text))
        if zone_at is not None:
            day = text[:11] + text[zone_at:]
            start = _days.get(day)
            if start is not None:
                minute, second = _MINUTES.get(text[11:17]), _SECONDS.get(text[17:19])
                part = 0 if zone_at == 19 else _MILLISECONDS.get(text[20:23]) if text[19] == "." else None
                if minute is not None and second is not None and part is not None:
                    return cls(text, start + minute + second + part)
            elif text[zone_at] in "Z+-":
                made = cls._parse(text, naive)
                if made.text == text and text[:4] not in _EDGES:
                    if len(_days) >= _DAYS_KEPT:
                        _days.clear()
                    clock = _MINUTES[text[11:17]] + _SECONDS[text[17:19]]
                    _days[day] = made.epoch_us - made.epoch_us % 1_000_000 - clock
                return made
        return cls._parse(text, naive)

    @classmethod
    def _parse(cls, text: str, naive: str | None) -> Timestamp:
        match = _FORM(text)
        if match is None:
            stripped = text.strip()
            match = _FORM(stripped) if len(stripped) <= _LONGEST else None
            if match is None:
                raise ValueError(_refusal(text, "YYYY-MM-DDThh:mm:ss with an optional fraction and a zone"))
            text = stripped
        elif len(text) > _LONGEST:
            raise ValueError(_refusal(text, f"at most {_LONGEST} characters"))
        base, fraction, zone = match.groups()
        if zone is None:
            if naive is None:
                raise ValueError(_refusal(text, "a zone at the end, Z or ±hh:mm", "none"))
            zone = naive
            text += naive
        try:
            moment = datetime.fromisoformat(base + zone)
        except ValueError as error:
            raise ValueError(_refusal(text, "a date and time that exist", str(error))) from None
        if zone != "Z" and _OFFSET(zone) is None:
            raise ValueError(_refusal(text, "an offset from -14:00 to +14:00", repr(zone)))
        since = moment - _EPOCH
        epoch_us = (since.days * 86400 + since.seconds) * 1_000_000
        if not _FIRST <= epoch_us < _BEHIND:
            raise ValueError(_refusal(text, "a time of the years 1 to 9999 in UTC"))
        if fraction is None:
            return cls(text, epoch_us, "")
        if len(fraction) <= 6:
            return cls(text, epoch_us + int(fraction.ljust(6, "0")), "")
        return cls(text, epoch_us + int(fraction[:6]), fraction[6:].rstrip("0"))

    @classmethod
    def from_datetime(cls, moment: datetime) -> Timestamp:
        """The timestamp of an aware :class:`~datetime.datetime`, written with milliseconds or microseconds.

        Raises:
            ValueError: ``moment`` has no zone, or its offset is no whole number of minutes.
        """
        offset = moment.utcoffset()
        if offset is None:
            raise ValueError(_refusal(moment.isoformat(), "a datetime with a zone (tzinfo)", "none"))
        if offset.seconds % 60 or offset.microseconds:
            raise ValueError(_refusal(moment.isoformat(), "an offset of whole minutes"))
        spec = "milliseconds" if moment.microsecond % 1000 == 0 else "microseconds"
        text = moment.isoformat(timespec=spec)
        return cls.parse(text.removesuffix("+00:00") + "Z" if offset == timedelta(0) else text)

    @classmethod
    def from_epoch_us(cls, epoch_us: int) -> Timestamp:
        """The timestamp in UTC of a number of microseconds since 1970-01-01T00:00:00Z."""
        return cls.from_datetime(_EPOCH + epoch_us * _MICROSECOND)

    @property
    def offset(self) -> str:
        """The zone as written: ``"Z"`` or ``"±hh:mm"``."""
        return "Z" if self.text.endswith("Z") else self.text[-6:]

    def as_datetime(self) -> datetime:
        """An aware :class:`~datetime.datetime` in the zone as written, cut to microseconds."""
        offset = self.offset
        if offset == "Z":
            zone: timezone = UTC
        else:
            size = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
            zone = timezone(-size if offset[0] == "-" else size)
        return (_EPOCH + self.epoch_us * _MICROSECOND).astimezone(zone)

    def as_utc(self) -> str:
        """The instant in UTC with its whole fraction, at least three digits, for example ``…T08:00:00.000Z``."""
        moment = _EPOCH + (self.epoch_us // 1_000_000) * 1_000_000 * _MICROSECOND
        fraction = f"{self.epoch_us % 1_000_000:06d}{self.rest}".rstrip("0").ljust(3, "0")
        return f"{moment.replace(tzinfo=None).isoformat()}.{fraction}Z"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timestamp):
            return NotImplemented
        return self.epoch_us == other.epoch_us and self.rest == other.rest

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Timestamp):
            return NotImplemented
        return (self.epoch_us, self.rest) < (other.epoch_us, other.rest)

    def __hash__(self) -> int:
        return hash((self.epoch_us, self.rest))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Timestamp({self.text!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Timestamp cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Timestamp cannot be changed: {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (Timestamp, (self.text, self.epoch_us, self.rest))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _coerce, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time"}


_set_text, _set_epoch_us, _set_rest = (vars(Timestamp)[name].__set__ for name in ("text", "epoch_us", "rest"))


def _coerce(value: object) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    try:
        if isinstance(value, str):
            return Timestamp.parse(value)
        if isinstance(value, datetime):
            return Timestamp.from_datetime(value)
    except ValueError as error:
        raise PydanticCustomError("timestamp", "{reason}", {"reason": str(error)}) from None
    raise PydanticCustomError(
        "timestamp", "{reason}", {"reason": _refusal(value, "a text, a datetime or a Timestamp", type(value).__name__)}
    )


def _refusal(value: object, expected: str, got: str | None = None) -> str:
    return f"Cannot read time {shorten(value)}: expected {expected}" + (f", got {got}." if got is not None else ".")
