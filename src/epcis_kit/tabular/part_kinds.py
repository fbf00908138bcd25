"""What parts of events are made of: values, lists, words of the standard, instants, and a memory.

Takes compiled templates; gives functions from the values of a row. Guarantees: a word is one of the standard's or a
URI; an instant has its offset; what was made once for the same values is made once, and values that are equal but
written differently (``1.0`` and ``1.00``) are not the same.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import MappingError, shorten
from epcis_kit.model import Timestamp
from epcis_kit.tabular.conditions import compile_condition
from epcis_kit.tabular.dates import instant, native_date, steady_offset, zone_of
from epcis_kit.tabular.templates import Ref, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.tabular.fields import Scope
    from epcis_kit.tabular.identifiers import Spelling
    from epcis_kit.tabular.templates import Get, Template
    from epcis_kit.vocab.lists import Kind

__all__ = ["Context", "Many", "Single", "guarded", "kept_part", "memoized", "time_maker", "word_maker"]

_KEPT: Final = 256  # parts repeat close to each other; many that live long make work for the garbage collector
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:\S+").fullmatch


class Context(NamedTuple):
    """What parts are compiled in.

    Attributes:
        scope: Fields and columns.
        spelling: How identifiers are written.
        namespaces: Prefix to namespace.
        zone: Zone of the event's times where their fields name none.
    """

    scope: Scope
    spelling: Spelling
    namespaces: dict[str, str]
    zone: Get | None = None


class Single(NamedTuple):
    """A field of an event that has one value.

    Attributes:
        name: Field of the model.
        get: Value of a row; ``None`` for nothing.
        slots: What it reads.
        aggregate: Which value of a group counts; ``None`` where all have to agree.
        told: Name in the mapping.
    """

    name: str
    get: Get
    slots: frozenset[int]
    aggregate: str | None
    told: str


class Many(NamedTuple):
    """A field of an event that is a list.

    Attributes:
        name: Field of the model.
        get: Values of a row.
        unique: The same value stands in the list of a group once.
    """

    name: str
    get: Callable[[list[Any]], tuple[Any, ...]]
    unique: bool


_MISSING: Final = object()


def memoized(get: Get, slots: frozenset[int]) -> Get:
    """``get``, which reads only ``slots``, with a memory of what it gave for their values."""
    if not slots:
        return get
    pick, kept = itemgetter(*sorted(slots)), dict[Any, Any]()
    missing = _MISSING

    def look(values: list[Any]) -> Any:
        key = pick(values)
        found = kept.get(key, missing)
        if found is missing:
            found = get(values)
            if len(kept) >= _KEPT:
                kept.clear()
            kept[key] = found
        return found

    return look


def word_maker(kind: Kind, template: Template, place: str) -> Get:
    """The function that gives a word of the standard, or a URI.

    Raises:
        MappingError: A constant is neither.
    """
    from epcis_kit.vocab import is_term, suggest, to_bare  # noqa: PLC0415 - loaded when a mapping is read

    def bare(text: str) -> str:
        word = to_bare(kind, text)
        if is_term(kind, word) or _URI(word):
            return word
        nearest = suggest(kind, text)
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        raise ValueError(f"Cannot use {shorten(text)}: expected a word of the standard or a URI{hint}.")

    if template.constant:
        try:
            word = bare(template.source)
        except ValueError as error:
            raise MappingError(f"{place}: {str(error)[0].lower()}{str(error)[1:]}") from None
        return lambda _: word
    text, kept = template.text, dict[str, str]()

    def get(values: list[Any]) -> str | None:
        written = text(values)
        if written is None:
            return None
        found = kept.get(written)
        if found is None:
            found = bare(written)
            if len(kept) < _KEPT:
                kept[written] = found
        return found

    return get


def time_maker(template: Template, context: Context) -> Get:
    """The function that gives the instant of a date, a time or a text."""
    scope = context.scope
    get, zone_get, rules = template.value, context.zone, scope.defaults.dates
    if len(template.parts) == 1 and isinstance(template.parts[0], Ref):
        slot = scope.slots[template.parts[0].slot]
        zone_get = slot.zone or zone_get
        rules = slot.dates or rules
    kept: dict[Any, Timestamp] = {}
    default = scope.defaults.zone

    plain = zone_get is None and default is not None
    offsets: dict[date, str | None] = {}

    def make(values: list[Any]) -> Timestamp | None:
        value = get(values)
        if value is None:
            return None
        if plain and value.__class__ is datetime and value.tzinfo is None:
            day = value.date()
            offset = offsets.get(day)
            if offset is None and day not in offsets and default is not None:
                if len(offsets) >= _KEPT:
                    offsets.clear()
                offset = offsets[day] = steady_offset(day, default)
            if offset is not None:
                spec = "microseconds" if value.microsecond % 1000 else "milliseconds"
                return Timestamp.parse(value.isoformat("T", spec) + offset)
        zone_text = None if zone_get is None else zone_get(values)
        key = (value, getattr(value, "tzinfo", None), zone_text, value.__class__)
        found = kept.get(key)
        if found is None:
            found = _instant(value, zone_text, rules)
            if len(kept) >= _KEPT:
                kept.clear()
            kept[key] = found
        return found

    def _instant(value: Any, zone_text: str | None, rules: Any) -> Timestamp:
        zone = default
        if zone_text is not None:
            zone = zone_of(zone_text)
            if zone is None:
                raise ValueError(
                    f"Cannot use time zone {shorten(zone_text)}: expected an offset such as '+02:00' or a name such "
                    "as 'Europe/Berlin'."
                )
        if not isinstance(value, date):
            moment = native_date(text_of(value))
            if moment is None or (isinstance(moment, datetime) and moment.tzinfo is not None):
                return Timestamp.parse(text_of(value))
            value = moment
        return instant(value, zone, rules)

    return make


def guarded(get: Get, item: Any, context: Context, place: str) -> Get:
    """``get`` where the ``when`` of its entry holds, nothing elsewhere."""
    if not isinstance(item, dict) or "when" not in item:
        return get
    holds = compile_condition(item["when"], context.scope, f"{place}, when").holds
    return lambda values: get(values) if holds(values) else None


def kept_part(make: Get, build: Callable[[Any], Any]) -> Get:
    """``build`` of what ``make`` gives; the same thing gives the same part."""
    kept: dict[Any, Any] = {}

    def get(values: list[Any]) -> Any:
        key = make(values)
        if key is None:
            return None
        part = kept.get(key)
        if part is None:
            part = build(key)
            if len(kept) >= _KEPT:
                kept.clear()
            kept[key] = part
        return part

    return get
