"""Times at the edge of ``trace``: what users give, what answers show.

Takes a text, a ``datetime`` or a :class:`~epcis_kit.model.Timestamp`; gives timestamps, and the instants that windows
are made of. Guarantees: a time without a zone is refused; times in answers are UTC with at least three digits of a
fraction.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from epcis_kit.errors import QueryError, shorten
from epcis_kit.model.timestamp import Timestamp
from epcis_kit.store.times import FOREVER, instant, split

if TYPE_CHECKING:
    from epcis_kit.store.times import Instant

__all__ = ["Moment", "as_timestamp", "moment_of", "utc"]

Moment: TypeAlias = "str | datetime | Timestamp"
"""A time as users give it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = 86_400_000_000
_days: dict[int, str] = {}


def as_timestamp(at: Moment | None) -> Timestamp | None:
    """The timestamp that ``at`` means.

    Raises:
        QueryError: It is no time, or has no zone.
    """
    if at is None or isinstance(at, Timestamp):
        return at
    try:
        return Timestamp.from_datetime(at) if isinstance(at, datetime) else Timestamp.parse(at)
    except (ValueError, TypeError, AttributeError):
        raise QueryError(
            f"Cannot use time {shorten(at)}: expected a time with its zone, such as '2024-03-01T00:00:00Z'."
        ) from None


def moment_of(at: Timestamp | None) -> Instant:
    """The instant of a timestamp; "for ever" for none."""
    return FOREVER if at is None else instant(at.epoch_us, at.rest)


def utc(moment: Instant) -> Timestamp:
    """The timestamp of a finite instant, written in UTC."""
    epoch_us, rest = split(moment)
    day, within = divmod(epoch_us, _DAY)
    date = _days.get(day)
    if date is None:
        if len(_days) > 10_000:
            _days.clear()
        date = _days[day] = (_EPOCH + timedelta(days=day)).date().isoformat()
    seconds, micros = divmod(within, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f"{micros:06d}{rest}".rstrip("0").ljust(3, "0") if micros or rest else "000"
    return Timestamp(f"{date}T{hour:02d}:{minute:02d}:{second:02d}.{fraction}Z", epoch_us, rest)
