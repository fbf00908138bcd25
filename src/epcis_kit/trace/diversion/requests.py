"""The requests: all anomalies of a store, and the standing of one item.

Takes a store; gives plain values. Guarantees: events that do not count show nothing; the clock is passed in; what the
store does not know is called unknown, never suspicious by itself.
"""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, Final, Literal

from epcis_kit.errors import QueryError
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.store.times import ALWAYS
from epcis_kit.trace.asked import key_asked
from epcis_kit.trace.diversion.kinds import KINDS
from epcis_kit.trace.diversion.watch import Anomaly, Site, Watch, WatchOptions
from epcis_kit.trace.moments import as_timestamp, moment_of, utc
from epcis_kit.trace.places import where_is

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.model import Event
    from epcis_kit.store.store import Store
    from epcis_kit.store.times import Instant
    from epcis_kit.trace.asked import AnyKey
    from epcis_kit.trace.moments import Moment

__all__ = ["Anomalies", "ItemStanding", "anomalies", "verify_item"]

_GEO: Final = re.compile(r"geo:(-?[0-9]{1,3}(?:\.[0-9]{1,12})?),(-?[0-9]{1,3}(?:\.[0-9]{1,12})?)").match
_MARKETS: Final = ("targetMarket", "targetMarketCountryCode", "market", "countryOfSale")
_LOOK_ALIKE: Final = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "B": "8", "S": "5", "Z": "2"})
_NEAR: Final = 3
_LOOKED_AT: Final = 20_000


class _MasterGeography:
    """Places and products as the store's master data describe them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sites: dict[str, Site] = {}
        self._markets: dict[str, frozenset[str]] = {}

    def _attribute(self, key: str, names: Iterable[str]) -> str:
        for _, element in self._store.master_data(key):
            for name in names:
                found = element.attribute(name)
                if found:
                    return found.strip()
        return ""

    def site(self, place: str) -> Site:
        """What is known of a place, or of the site that it is a room of."""
        if place not in self._sites:
            found = _GEO(place)
            if found:
                self._sites[place] = Site(float(found[1]), float(found[2]), "")
            else:
                keys = [place, place.partition("/254/")[0]]
                texts = [self._first(keys, (name,)) for name in ("latitude", "longitude")]
                numbers = [
                    float(text) if re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,12})?", text) else None for text in texts
                ]
                country = self._first(keys, ("countryCode", "country")).upper()
                self._sites[place] = Site(numbers[0], numbers[1], country if len(country) == 2 else "")
        return self._sites[place]

    def _first(self, keys: list[str], names: tuple[str, ...]) -> str:
        return next((text for key in dict.fromkeys(keys) if (text := self._attribute(key, names))), "")

    def markets(self, class_key: str) -> frozenset[str]:
        """Countries that a product is made for."""
        if class_key not in self._markets:
            text = self._attribute(class_key, _MARKETS)
            self._markets[class_key] = frozenset(re.findall(r"\b[A-Z]{2}\b", text.upper()))
        return self._markets[class_key]


@dataclasses.dataclass(frozen=True, slots=True)
class Anomalies:
    """What does not fit together.

    Attributes:
        found: All of it, by time and key.
        events: How many events were looked at.
    """

    found: tuple[Anomaly, ...]
    events: int

    def counts(self) -> dict[str, int]:
        """How many of each kind there are; kinds that were not found are left out."""
        return {name: count for name in KINDS if (count := sum(one.kind == name for one in self.found))}

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {"events": self.events, "counts": self.counts(), "anomalies": [_plain(one) for one in self.found]}

    def to_json(self, *, indent: int | None = 2) -> str:
        """The answer as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=indent)


@dataclasses.dataclass(frozen=True, slots=True)
class ItemStanding:
    """What is known of one item.

    Attributes:
        key: The item.
        known: Some event names it.
        commissioned: Some event says that it was made.
        status: ``"unknown"``, ``"active"``, ``"sold"``, ``"ended"`` (decommissioned, destroyed) or ``"unproven"``
            (seen, but nobody says that it was made).
        suspicious: Some error or warning is among the reasons.
        reasons: What does not fit together.
        disposition: The latest that an event says of it; ``None`` where none does.
        location: Where it is, as a key; ``None`` where that is not known.
        near: Known keys that are like the one asked about, where it is not known.
    """

    key: str
    known: bool
    commissioned: bool
    status: Literal["unknown", "active", "sold", "ended", "unproven"]
    suspicious: bool
    reasons: tuple[Anomaly, ...] = ()
    disposition: str | None = None
    location: str | None = None
    near: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**plain, "reasons": [_plain(one) for one in self.reasons], "near": list(self.near)}

    def to_json(self, *, indent: int | None = 2) -> str:
        """The answer as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=indent)


def _plain(one: Anomaly) -> dict[str, Any]:
    return {**one._asdict(), "events": list(one.events), "time": str(utc(one.time))}


def anomalies(
    store: Store,
    at: Moment | None = None,
    *,
    kinds: Iterable[str] | None = None,
    options: WatchOptions | None = None,
) -> Anomalies:
    """Everything in a store whose history does not fit together.

    Args:
        store: Where the events are.
        at: Only events up to this time count, and what should have arrived by then; the latest event where it is
            ``None``.
        kinds: Only these kinds; all where it is ``None``.
        options: What counts as odd.

    Raises:
        QueryError: There is no such kind, or ``at`` is no time.
    """
    wanted = frozenset(KINDS) if kinds is None else frozenset(kinds)
    for kind in sorted(wanted - set(KINDS)):
        raise QueryError(f"Cannot look for anomalies of kind {kind!r}: expected one of {', '.join(KINDS)}.")
    watch = Watch(_MasterGeography(store), options or WatchOptions())
    found, count, last = _watched(store, watch, {}, at)
    moment = as_timestamp(at)
    found += watch.end(last if moment is None else moment.epoch_us)
    kept = sorted(
        (one for one in found if one.kind in wanted), key=lambda one: (one.time, one.key, one.kind, one.events)
    )
    return Anomalies(tuple(kept), count)


def _watched(store: Store, watch: Watch, asked: dict[str, Any], at: Moment | None) -> tuple[list[Anomaly], int, int]:
    moment = as_timestamp(at)
    found: list[Anomaly] = []
    count = last = 0
    for event, event_id in _effective(store, asked):
        if moment is not None and event.event_time > moment:
            break
        count += 1
        last = event.event_time.epoch_us
        found += watch.see(event, event_id)
    return found, count, last


def _effective(store: Store, asked: dict[str, Any]) -> Iterator[tuple[Event, str]]:
    for stored in store.query_stored(orderBy="eventTime", orderDirection="ASC", **asked):
        if not stored.head.status:
            yield stored.event, stored.head.event_id


def verify_item(
    store: Store, key: AnyKey, at: Moment | None = None, *, options: WatchOptions | None = None
) -> ItemStanding:
    """Whether an item is known, was made, is still alive, and whether its history fits together.

    Args:
        store: Where the events are.
        key: An item with a serial number, in any spelling.
        at: Only events up to this time count.
        options: What counts as odd.

    Raises:
        IdentifierError: ``key`` is neither a URI nor a GS1 key.
        QueryError: ``at`` is no time.
    """
    asked = key_asked(key).key
    if asked not in store.backend.handles([asked]):
        return ItemStanding(
            asked, known=False, commissioned=False, status="unknown", suspicious=False, near=_near(store, asked)
        )
    watch = Watch(_MasterGeography(store), options or WatchOptions(), only=frozenset({asked}))
    found, count, last = _watched(store, watch, {"MATCH_anyEPC": asked}, at)
    if not count:
        return ItemStanding(asked, known=False, commissioned=False, status="unknown", suspicious=False)
    moment = as_timestamp(at)
    if _others_were_made(store, asked, moment_of(moment)):
        watch.expect_commissioning(asked)
    found += watch.end(last if moment is None else moment.epoch_us)
    standing = watch.standing(asked)
    made, ended, sold = (standing[name] is not None for name in ("made", "ended", "sold"))
    status: Any = "ended" if ended else "sold" if sold else "active" if made else "unproven"
    place = where_is(store, asked, at)
    return ItemStanding(
        asked,
        known=True,
        commissioned=made,
        status=status,
        suspicious=any(one.severity != "info" for one in found),
        reasons=tuple(sorted(found, key=lambda one: (one.time, one.kind))),
        disposition=_disposition(store, asked, at),
        location=place.location,
    )


def _others_were_made(store: Store, key: str, until: Instant) -> bool:
    """Whether some event says of another item of the same product that it was made."""
    class_key = trace_key(key).class_key
    if class_key is None:
        return False
    others = store.backend.members_of(class_key)[:_LOOKED_AT]
    handles = store.backend.handles([other for other in others if other != key])
    return bool(store.backend.created(list(handles.values()), (ALWAYS[0], until)))


def _disposition(store: Store, key: str, at: Moment | None) -> str | None:
    moment = as_timestamp(at)
    latest = None
    for event, _ in _effective(store, {"MATCH_anyEPC": key}):
        if moment is not None and event.event_time > moment:
            break
        latest = event.disposition or latest
    return latest


def _near(store: Store, key: str) -> tuple[str, ...]:
    """Known keys of the same product that are spelt nearly alike."""
    import difflib  # noqa: PLC0415 - only where something is not known

    class_key = trace_key(key).class_key
    if class_key is None:
        return ()
    known = store.backend.members_of(class_key)[:_LOOKED_AT]
    mistaken = [other for other in known if other.translate(_LOOK_ALIKE) == key.translate(_LOOK_ALIKE)]
    return tuple(dict.fromkeys((*mistaken, *difflib.get_close_matches(key, known, n=3, cutoff=0.9))))[:_NEAR]
