"""Dates and times as people write them, and the zones that make instants of them.

Takes formats made of ``yyyy yy MMM MM dd HH hh mm ss SSS a XXX`` and the characters between them, or the words ``iso``,
``excel``, ``epoch`` and ``epoch_ms``; gives ``date`` and ``datetime`` values, and
:class:`~epcis_kit.model.Timestamp` values of them. Guarantees: no locale of the machine, no guess between day and
month; a time that the clocks of its zone skip or show twice is refused unless the mapping chooses; a date alone is no
time unless the mapping says which time of the day it means.
"""

from __future__ import annotations

import calendar
import functools
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from epcis_kit.errors import MappingError, shorten
from epcis_kit.model import Timestamp
from epcis_kit.tabular.faults import one_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DateRules", "compile_format", "date_reader", "instant", "native_date", "steady_offset", "zone_of"]

_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):([0-9]{2})").fullmatch
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])").fullmatch
_TOKEN: Final = re.compile("'([^']*)'|yyyy|yy|MMMM|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|SSS|XXX|a")
_NAMES: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTHS: Final = {form: number for number, name in enumerate(_NAMES, 1) for form in (name, name[:3])} | {"sept": 9}
_GROUPS: Final = {
    "yyyy": "(?P<Y>[0-9]{4})", "yy": "(?P<y>[0-9]{2})", "MMMM": "(?P<B>[A-Za-z]{3,9})", "MMM": "(?P<B>[A-Za-z]{3,4})",
    "MM": "(?P<M>[0-9]{N})", "M": "(?P<M>[0-9]{1,2})", "dd": "(?P<d>[0-9]{N})", "d": "(?P<d>[0-9]{1,2})",
    "HH": "(?P<H>[0-9]{N})", "H": "(?P<H>[0-9]{1,2})", "hh": "(?P<I>[0-9]{N})", "h": "(?P<I>[0-9]{1,2})",
    "mm": "(?P<m>[0-9]{N})", "ss": "(?P<s>[0-9]{2})", "SSS": "(?P<f>[0-9]{1,6})", "a": "(?P<p>[AaPp])[.]?[Mm][.]?",
    "XXX": "(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})",
}  # fmt: skip
_DIGITS: Final = frozenset({"yyyy", "yy", "MM", "M", "dd", "d", "HH", "H", "hh", "h", "mm", "ss", "SSS"})
_ISO: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
).fullmatch
_EXCEL_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's own clock has no zone
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class DateRules(NamedTuple):
    """What to do where a date or time says too little or too much.

    Attributes:
        date_only: Time of the day that a date alone means; ``None`` refuses it.
        gap: ``"error"``, ``"before"`` or ``"after"`` for a time that the clocks skip.
        fold: ``"error"``, ``"first"`` or ``"second"`` for a time that they show twice.
        day00: ``"error"`` or ``"last_of_month"`` for the day 00.
    """

    date_only: time | None = None
    gap: str = "error"
    fold: str = "error"
    day00: str = "error"

    @classmethod
    def of(cls, content: dict[str, Any], base: DateRules, where: str) -> DateRules:
        """The rules that ``content`` changes in ``base``.

        Raises:
            MappingError: A word is not known.
        """
        date_only = base.date_only
        if "date_only" in content:
            text = str(content["date_only"])
            match = _CLOCK(text)
            if match is not None:
                date_only = time(int(match[1]), int(match[2]))
            elif text in {"start", "error", "noon"}:
                date_only = {"start": time(0), "noon": time(12)}.get(text)
            else:
                raise MappingError(
                    f"{where}: expected date_only 'HH:mm', 'start', 'noon' or 'error', "
                    f"got {shorten(content['date_only'])}."
                )
        return cls(
            date_only,
            str(one_of(content, "dst_gap", ("error", "before", "after"), where, base.gap)),
            str(one_of(content, "dst_fold", ("error", "first", "second"), where, base.fold)),
            str(one_of(content, "day00", ("error", "last_of_month"), where, base.day00)),
        )


@functools.lru_cache(maxsize=512)
def zone_of(text: str) -> tzinfo | None:
    """A zone from an offset (``"+02:00"``, ``"Z"``) or a name (``"Europe/Berlin"``); ``None`` where there is none."""
    if text in {"Z", "UTC"}:
        return UTC
    match = _OFFSET(text)
    if match is not None:
        size = timedelta(hours=int(match[2]), minutes=int(match[3]))
        if size <= timedelta(hours=14) and int(match[3]) < 60:
            return timezone(-size if match[1] == "-" else size)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def compile_format(form: str, place: str, day00: str = "error") -> Callable[[str], datetime | None]:
    """A function from a text to a naive or aware datetime; ``None`` where the text has another form.

    Raises:
        MappingError: The format names no part of a date.
    """
    if form in _WORDS:
        return _WORDS[form]
    pieces: list[tuple[str, str]] = []
    end = 0
    for match in _TOKEN.finditer(form):
        if match.start() > end:
            pieces.append(("", form[end : match.start()]))
        pieces.append(("", match[1]) if match[1] is not None else (match[0], ""))
        end = match.end()
    if end < len(form):
        pieces.append(("", form[end:]))
    tokens = [token for token, _ in pieces if token]
    if not tokens or not {"yyyy", "yy"} & set(tokens):
        raise MappingError(f"{place}: expected a date format such as 'dd/MM/yyyy HH:mm', got {shorten(form)}.")
    pattern = ""
    for index, (token, literal) in enumerate(pieces):
        if not token:
            pattern += re.escape(literal)
            continue
        beside = [pieces[other][0] in _DIGITS for other in (index - 1, index + 1) if 0 <= other < len(pieces)]
        pattern += _GROUPS[token].replace("{N}", "{2}" if any(beside) else "{1,2}")
    try:
        matches = re.compile(pattern).fullmatch
    except re.error:
        raise MappingError(
            f"{place}: expected each part of a date once, got {shorten(form)} (a letter that is no part of a date "
            "stands in single quotes)."
        ) from None
    slow = _by_pattern(matches, day00)
    if len(tokens) < 3 or not set(tokens) <= set(_WIDTHS):
        return slow
    return _by_place(pieces, slow)


_WIDTHS: Final = {"yyyy": 4, "MM": 2, "dd": 2, "HH": 2, "mm": 2, "ss": 2}
_TO_ZEROS: Final = str.maketrans("123456789", "000000000")


def _by_place(
    pieces: list[tuple[str, str]], slow: Callable[[str], datetime | None]
) -> Callable[[str], datetime | None]:
    """A reader of texts whose digits stand where the format has them, all of them; others are left to ``slow``."""
    skeleton, places = "", {}
    for token, literal in pieces:
        if token:
            places[token] = slice(len(skeleton), len(skeleton) + _WIDTHS[token])
        skeleton += literal or "0" * _WIDTHS[token]
    if not {"yyyy", "MM", "dd"} <= set(places) or any(letter in "123456789" for letter in skeleton):
        return slow
    year, month, day = places["yyyy"], places["MM"], places["dd"]
    clock = [places.get(token) for token in ("HH", "mm", "ss")]
    starts = [at.start if at else None for at in (year, month, day, *clock)]
    if starts == [0, 5, 8, 11, 14, 17] and skeleton[4] == skeleton[7] == "-" and skeleton[13] == skeleton[16] == ":":
        clock = []  # it is ISO 8601 but for the letter in the middle

    def read(text: str) -> datetime | None:
        if text.translate(_TO_ZEROS) != skeleton:
            return slow(text)
        try:
            if not clock:
                return datetime.fromisoformat(text)
            hour, minute, second = [int(text[at]) if at else 0 for at in clock]
            return datetime(  # noqa: DTZ001 - the zone is the mapping's
                int(text[year]), int(text[month]), int(text[day]), hour, minute, second
            )
        except ValueError:
            return slow(text)

    return read


def _by_pattern(matches: Callable[[str], re.Match[str] | None], day00: str) -> Callable[[str], datetime | None]:
    def read(text: str) -> datetime | None:
        match = matches(text)
        if match is None:
            return None
        get = match.groupdict().get
        year = int(get("Y") or 0) or _century(int(get("y") or 0))
        name = get("B")
        month = _MONTHS.get(name.lower(), 0) if name else int(get("M") or 1)
        day = int(get("d") or 1)
        hour = int(get("H") or 0)
        if get("I"):
            hour = int(get("I") or 0)
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if (get("p") or "a").lower() == "p" else 0)
        zone = get("z")
        try:
            if day == 0 and day00 == "last_of_month":
                day = calendar.monthrange(year, month)[1]
            fraction = int((get("f") or "0").ljust(6, "0"))
            moment = datetime(  # noqa: DTZ001 - the zone is the mapping's
                year, month, day, hour, int(get("m") or 0), int(get("s") or 0), fraction
            )
        except ValueError:
            return None
        if zone:
            return moment.replace(tzinfo=zone_of(zone if zone == "Z" or ":" in zone else f"{zone[:3]}:{zone[3:]}"))
        return moment

    return read


def _century(year: int) -> int:
    """Two digits of a year: 1969 to 2068, as everywhere in POSIX."""
    return year + (1900 if year >= 69 else 2000)


def native_date(text: str) -> datetime | date | None:
    """A date or time as ISO 8601 writes it, with ``T`` or a blank, with or without an offset."""
    match = _ISO(text)
    if match is None:
        return None
    day, clock, zone = match.groups()
    try:
        if clock is None:
            return date.fromisoformat(day)
        if zone and zone != "Z" and ":" not in zone:
            zone = f"{zone[:3]}:{zone[3:]}"
        return datetime.fromisoformat(f"{day}T{clock}{zone or ''}")
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    found = native_date(text)
    return datetime.combine(found, time()) if found is not None and not isinstance(found, datetime) else found


def _excel(text: str) -> datetime | None:
    """A day number of a spreadsheet (1900 system), with the time as its fraction, to the second."""
    try:
        value = Decimal(text)
        if not 1 <= value < 2_958_466 or len(text) > 40:
            return None
    except InvalidOperation:
        return None
    return _EXCEL_ZERO + timedelta(seconds=int((value * 86400).to_integral_value()))


def _epoch(scale: int) -> Callable[[str], datetime | None]:
    def read(text: str) -> datetime | None:
        if not re.fullmatch("[0-9]{1,15}", text):
            return None
        try:
            return _EPOCH + timedelta(milliseconds=int(text) * (1000 // scale))
        except OverflowError:
            return None

    return read


_WORDS: Final[dict[str, Callable[[str], datetime | None]]] = {
    "iso": _iso,
    "excel": _excel,
    "epoch": _epoch(1),
    "epoch_ms": _epoch(1000),
}


def date_reader(
    kind: str, formats: Any, rules: DateRules, place: str
) -> tuple[Callable[[str, Any], datetime | date], Callable[[str, Any], datetime | date]]:
    """Two readers of a date or datetime field: for tables of text, and for those with dates of their own (XLSX, SQL).

    Raises:
        MappingError: The formats are no formats.
    """
    if formats is None:
        formats = ["yyyy-MM-dd"] if kind == "date" else ["iso"]
    if isinstance(formats, str):
        formats = [formats]
    if not isinstance(formats, list) or not formats or not all(isinstance(item, str) and item for item in formats):
        raise MappingError(f"{place}, formats: expected a list such as ['dd/MM/yyyy HH:mm'], got {shorten(formats)}.")
    reads = [compile_format(item, f"{place}, formats", rules.day00) for item in formats]
    names = ["yyyy-MM-ddTHH:mm:ss" if item == "iso" else item for item in formats]
    clock = [kind == "datetime" and not re.search("[Hh]|iso|excel|epoch", item) for item in formats]

    def read(text: str, notes: Any) -> datetime | date:  # noqa: ARG001 - one signature
        if text.isascii():
            for form, day_only in zip(reads, clock, strict=True):
                moment = form(text)
                if moment is not None:
                    if form is _iso and len(text) == 10:
                        return moment.date()
                    return moment.date() if kind == "date" or day_only else moment
        raise ValueError(f"Cannot read {kind} {shorten(text)}: expected {' or '.join(names)}.")

    def read_native(text: str, notes: Any) -> datetime | date:
        found = native_date(text)
        if found is not None:
            return found.date() if kind == "date" and isinstance(found, datetime) else found
        return read(text, notes)

    return read, read_native


def instant(value: datetime | date, zone: tzinfo | None, rules: DateRules) -> Timestamp:
    """The instant of a date or time in a zone, written with its offset.

    Raises:
        ValueError: No zone is known, the clocks of the zone never or twice showed that time, or a date alone is given.
    """
    if not isinstance(value, datetime):
        if rules.date_only is None:
            raise ValueError(
                f"Cannot use date {value.isoformat()!r} as a time: expected a field of type datetime; set date_only "
                "under defaults to say which time of the day a date means."
            )
        value = datetime.combine(value, rules.date_only)
    if value.tzinfo is not None:
        return _stamp(value)
    if zone is None:
        raise ValueError(f"Cannot use time {value.isoformat()!r}: expected a zone; set tz under defaults.")
    steady = steady_offset(value.date(), zone)
    if steady is not None:
        return Timestamp.parse(value.isoformat(timespec=_precision(value)) + steady)
    moment = value.replace(tzinfo=zone)
    later = moment.replace(fold=1)
    if moment.utcoffset() == later.utcoffset():
        return _stamp(moment)
    skipped = moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != value
    choice = rules.gap if skipped else rules.fold
    if choice == "error":
        raise ValueError(f"Cannot use time {value.isoformat()!r}: it is there twice, or not at all, in {zone}.")
    if skipped:  # fold 0 reckons with the offset before the change, which gives the later clock time
        return _stamp((moment if choice == "after" else later).astimezone(UTC).astimezone(zone))
    return _stamp(moment if choice == "first" else later)


def _stamp(moment: datetime) -> Timestamp:
    """With the offset spelt out, because ``eventTimeZoneOffset`` is taken from it."""
    offset = moment.utcoffset()
    if offset is not None and (offset.seconds % 60 or offset.microseconds):
        raise ValueError(f"Cannot use time {moment.isoformat()!r}: expected an offset of whole minutes.")
    return Timestamp.parse(moment.isoformat(timespec=_precision(moment)))


def _precision(moment: datetime) -> str:
    return "microseconds" if moment.microsecond % 1000 else "milliseconds"


@functools.lru_cache(maxsize=8192)
def steady_offset(day: date, zone: tzinfo) -> str | None:
    """The offset of a zone on a day on which its clocks are not changed; ``None`` on other days."""
    try:
        around = [datetime.combine(day + timedelta(days=days), time(), zone) for days in (0, 1)]
    except OverflowError:
        return None
    offsets = {moment.replace(fold=fold).utcoffset() for moment in around for fold in (0, 1)}
    offset = offsets.pop()
    if offsets or offset is None or offset.seconds % 60 or offset.microseconds:
        return None
    return around[0].isoformat()[-6:]
