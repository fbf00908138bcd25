"""A watch over items: events in order of time go in, contradictions come out.

Takes effective events one by one, oldest first; gives :class:`Anomaly` values when they show, and at the end those that
show by what did not come. Guarantees: an item costs a few words of memory whatever its history; an event is looked at
once; equal events in any order of capture give equal answers.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model import AggregationEvent, AssociationEvent, ObjectEvent, TransactionEvent, TransformationEvent
from epcis_kit.trace.diversion.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from epcis_kit.model import Event

__all__ = ["Anomaly", "Geography", "Site", "Watch", "WatchOptions"]

_SECOND: Final = 1_000_000
_HOUR: Final = 3600 * _SECOND
_DAY: Final = 24 * _HOUR
_EARTH_KM: Final = 6371.0

_SENT: Final = frozenset({"shipping", "departing"})
_ARRIVED: Final = frozenset(
    {"receiving", "accepting", "arriving", "storing", "stocking", "retail_selling", "unpacking"}
)
_RECEIVED: Final = frozenset({"receiving", "accepting"})
_SOLD: Final = frozenset({"retail_selling", "dispensing"})
_ENDED: Final = frozenset({"decommissioning", "destroying"})
_BACK: Final = frozenset({"returned", "recalled", "non_sellable_other", "disposed", "damaged", "expired"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """What counts as odd.

    Attributes:
        fastest_kmh: Nothing travels faster, in kilometres an hour.
        same_minute: Two sites without coordinates within so many seconds are one too many.
        arrive_within_days: What was shipped arrives within so many days.
        most_scans: One item is scanned so often at most …
        most_scan_places: … and at so many places at most.
        scan_steps: Business steps that are scans of consumers: words, or ends of URIs.
        markets: Countries (ISO 3166, two letters) by key of the product, where its master data do not say.
    """

    fastest_kmh: float = 900.0
    same_minute: int = 60
    arrive_within_days: float = 14.0
    most_scans: int = 10
    most_scan_places: int = 3
    scan_steps: tuple[str, ...] = ("consumer_scan", "scanning", "consumer_scanning")
    markets: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)


class Anomaly(NamedTuple):
    """One contradiction.

    Attributes:
        kind: See :data:`~epcis_kit.trace.diversion.KINDS`.
        key: The item.
        message: What happened, as a sentence.
        events: Ids of the events that show it, in order of time.
        time: When the last of them happened, in microseconds since 1970.
        severity: ``"error"``, ``"warning"`` or ``"info"``.
    """

    kind: str
    key: str
    message: str
    events: tuple[str, ...]
    time: int
    severity: str


class Site(NamedTuple):
    """What is known of a place.

    Attributes:
        latitude: In degrees; ``None`` where it is not known.
        longitude: In degrees.
        country: ISO 3166 code of two letters; ``""`` where it is not known.
    """

    latitude: float | None
    longitude: float | None
    country: str


class Geography(Protocol):
    """What a watch asks about places and products."""

    def site(self, place: str) -> Site:
        """What is known of a place."""

    def markets(self, class_key: str) -> frozenset[str]:
        """Countries that a product is made for; empty where nobody says."""


class _Seen(NamedTuple):
    """One event as it concerns one item."""

    event: Event
    event_id: str
    time: int
    step: str
    place: str | None
    class_key: str | None


@dataclasses.dataclass(slots=True)
class _Item:
    """What is remembered of one item."""

    made: tuple[int, str] | None = None
    ended: tuple[int, str] | None = None
    sold: tuple[int, str] | None = None
    place: tuple[int, str, str] | None = None
    first: tuple[int, str] | None = None
    parent: tuple[str, int, str] | None = None
    shipped: tuple[int, str, frozenset[str]] | None = None
    under_way: bool = False
    received: bool = True
    scans: list[tuple[int, str, str]] | None = None
    told: set[str] = dataclasses.field(default_factory=set)


def site_of(key: str) -> str:
    """The site or party a place belongs to: its GLN, whatever room it is; the key itself where it has none."""
    for start in ("https://id.gs1.org/414/", "https://id.gs1.org/417/"):
        if key.startswith(start):
            return key[len(start) : len(start) + 13]
    return key


def distance_km(here: Site, there: Site) -> float | None:
    """Great-circle distance; ``None`` where coordinates are missing."""
    if here.latitude is None or here.longitude is None or there.latitude is None or there.longitude is None:
        return None
    one, other = math.radians(here.latitude), math.radians(there.latitude)
    across = math.radians(there.longitude - here.longitude)
    half = math.sin((other - one) / 2) ** 2 + math.cos(one) * math.cos(other) * math.sin(across / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


class Watch:
    """Watches over items; one a question."""

    def __init__(self, geography: Geography, options: WatchOptions, *, only: frozenset[str] | None = None) -> None:
        """Watch over all items, or ``only`` those.

        Args:
            geography: What is known of places and products.
            options: What counts as odd.
            only: Keys of the items to watch over; all where it is ``None``.
        """
        self._geography = geography
        self._options = options
        self._only = only
        self._items: dict[str, _Item] = {}
        self._classes: set[str] = set()
        self._inside: dict[str, set[str]] = {}

    def see(self, event: Event, event_id: str) -> Iterator[Anomaly]:
        """What one more event shows."""
        time = event.event_time.epoch_us
        place_part = event.biz_location or event.read_point
        place = None if place_part is None else trace_key(place_part.id).key
        makes, names, parent, children = _roles(event)
        step = event.biz_step or ""
        for key, class_key in names:
            if self._only is not None and key not in self._only:
                continue
            item = self._items.get(key)
            if item is None:
                item = self._items[key] = _Item()
            seen = _Seen(event, event_id, time, step, place, class_key)
            if makes(key):
                yield from self._made(key, item, seen)
                if class_key is not None:
                    self._classes.add(class_key)
            elif item.first is None:
                item.first = (time, event_id)
            for look in (self._after_end, self._after_sale, self._travelled, self._marketed, self._moved):
                yield from look(key, item, seen)
            if isinstance(event, ObjectEvent) and event.action == "OBSERVE":
                yield from self._alone(key, item, seen)
                yield from self._scanned(key, item, seen)
        if children:
            yield from self._packed(event, parent, children, time, event_id)

    def _odd(self, kind: str, key: str, message: str, events: Iterable[str], time: int) -> Anomaly:
        return Anomaly(kind, key, message, tuple(dict.fromkeys(events)), time, KINDS[kind].severity)

    def _made(self, key: str, item: _Item, seen: _Seen) -> Iterator[Anomaly]:
        if item.made is not None:
            events = (item.made[1], seen.event_id)
            yield self._odd("commissioned_twice", key, f"{key} was commissioned a second time.", events, seen.time)
            return
        item.made = (seen.time, seen.event_id)
        if item.first is not None and item.first[0] < seen.time:
            events = (item.first[1], seen.event_id)
            message = f"{key} was seen before it was commissioned."
            yield self._odd("used_before_commissioning", key, message, events, seen.time)

    def _after_end(self, key: str, item: _Item, seen: _Seen) -> Iterator[Anomaly]:
        event = seen.event
        if item.ended is not None and seen.time > item.ended[0] and "after_end" not in item.told:
            item.told.add("after_end")
            message = f"{key} was seen ({seen.step or event.type}) after its end."
            yield self._odd("after_end", key, message, (item.ended[1], seen.event_id), seen.time)
        ends = isinstance(event, ObjectEvent) and (event.action == "DELETE" or seen.step in _ENDED)
        if ends and item.ended is None:
            item.ended = (seen.time, seen.event_id)

    def _after_sale(self, key: str, item: _Item, seen: _Seen) -> Iterator[Anomaly]:
        disposition = seen.event.disposition
        handled = seen.step in _SENT | _RECEIVED | _SOLD and disposition not in _BACK
        if item.sold is not None and seen.time > item.sold[0] and handled and "after_sale" not in item.told:
            item.told.add("after_sale")
            message = f"{key} was handled ({seen.step}) after it was sold."
            yield self._odd("after_sale", key, message, (item.sold[1], seen.event_id), seen.time)
        if seen.step in _SOLD or disposition in {"retail_sold", "dispensed"}:
            item.sold = item.sold or (seen.time, seen.event_id)
        elif disposition in _BACK:
            item.sold = None

    def _travelled(self, key: str, item: _Item, seen: _Seen) -> Iterator[Anomaly]:
        place = seen.place
        if place is None:
            return
        before, item.place = item.place, (seen.time, seen.event_id, place)
        if before is None or site_of(before[2]) == site_of(place):
            return
        hours = (seen.time - before[0]) / _HOUR
        far = distance_km(self._geography.site(before[2]), self._geography.site(place))
        if far is None:
            if hours * 3600 >= self._options.same_minute:
                return
            message = f"{key} was at {before[2]} and {hours * 3600:.0f} seconds later at {place}."
        else:
            if far <= 1 or far <= hours * self._options.fastest_kmh:
                return
            message = f"{key} was at {before[2]} and {hours:.2f} hours later {far:.0f} km away at {place}."
        yield self._odd("impossible_travel", key, message, (before[1], seen.event_id), seen.time)

    def _marketed(self, key: str, item: _Item, seen: _Seen) -> Iterator[Anomaly]:
        if seen.place is None or seen.class_key is None or item.made is None or item.made[1] == seen.event_id:
            return
        markets = self._options.markets.get(seen.class_key) or self._geography.markets(seen.class_key)
        country = self._geography.site(seen.place).country if markets else ""
        selling = seen.step in _RECEIVED | _SOLD or seen.step.endswith(self._options.scan_steps)
        if country and selling and country not in markets and f"market {country}" not in item.told:
            item.told.add(f"market {country}")
            wanted = ", ".join(sorted(markets))
            message = f"{key} was seen in {country}: it was made for {wanted}."
            yield self._odd("market_mismatch", key, message, (seen.event_id,), seen.time)

    def _moved(self, key: str, item: _Item, seen: _Seen) -> Iterator[Anomaly]:
        step, event = seen.step, seen.event
        if step in _SENT:
            targets = frozenset(site_of(trace_key(one.destination).key) for one in event.destination_list)
            item.shipped, item.under_way, item.received = (seen.time, seen.event_id, targets), True, False
            return
        if step in _ARRIVED:
            item.under_way = False
        if step not in _RECEIVED:
            return
        shipped, first, item.received = item.shipped, not item.received, True
        if shipped is None and item.made is None and "unshipped" not in item.told:
            item.told.add("unshipped")
            message = f"{key} was received, and nobody says that it was shipped."
            yield self._odd("received_unshipped", key, message, (seen.event_id,), seen.time)
        if shipped is None or not shipped[2] or not first:
            return
        here = {site_of(trace_key(one.destination).key) for one in event.destination_list}
        here |= set() if seen.place is None else {site_of(seen.place)}
        comparable = any(target.isdigit() for target in shipped[2]) and any(one.isdigit() for one in here)
        if comparable and not here & shipped[2]:
            message = f"{key} was shipped to {_listed(shipped[2])} and received by {_listed(here)}."
            yield self._odd("received_elsewhere", key, message, (shipped[1], seen.event_id), seen.time)

    def _alone(self, key: str, item: _Item, seen: _Seen) -> Iterator[Anomaly]:
        if item.parent is None or item.parent[1] >= seen.time or seen.step not in _SENT | _RECEIVED | _SOLD:
            return
        parent = item.parent
        if f"alone {parent[2]}" not in item.told:
            item.told.add(f"alone {parent[2]}")
            message = f"{key} was handled alone ({seen.step}) while it was packed in {parent[0]}."
            yield self._odd("seen_outside_container", key, message, (parent[2], seen.event_id), seen.time)

    def _scanned(self, key: str, item: _Item, seen: _Seen) -> Iterator[Anomaly]:
        if not seen.step.endswith(self._options.scan_steps):
            return
        scans = item.scans = item.scans or []
        if "scans" in item.told:
            return
        scans.append((seen.time, seen.event_id, "" if seen.place is None else site_of(seen.place)))
        places = {one[2] for one in scans if one[2]}
        if len(scans) > self._options.most_scans or len(places) > self._options.most_scan_places:
            item.told.add("scans")
            message = f"{key} was scanned {len(scans)} times at {len(places)} places."
            yield self._odd("repeated_scans", key, message, [one[1] for one in scans], seen.time)

    def _packed(
        self, event: Event, parent: str | None, children: list[str], time: int, event_id: str
    ) -> Iterator[Anomaly]:
        action = getattr(event, "action", "")
        for child in children:
            item = self._items.get(child)
            if item is None or parent is None:
                continue
            before = item.parent
            if action == "ADD":
                if before is not None and before[0] != parent:
                    message = f"{child} was packed into {parent} while it was in {before[0]}."
                    yield self._odd("packed_twice", child, message, (before[2], event_id), time)
                self._take_out(child, item)
                item.parent = (parent, time, event_id)
                self._inside.setdefault(parent, set()).add(child)
            elif action == "DELETE":
                if before is None or before[0] != parent:
                    if before is not None or item.made is not None:
                        message = f"{child} was taken out of {parent}, which nobody says it was in."
                        evidence = (event_id,) if before is None else (before[2], event_id)
                        yield self._odd("unpacked_unknown", child, message, evidence, time)
                else:
                    self._take_out(child, item)
        if action == "DELETE" and parent is not None and children == [""]:
            for child in sorted(self._inside.pop(parent, ())):
                self._items[child].parent = None

    def _take_out(self, child: str, item: _Item) -> None:
        if item.parent is not None:
            inside = self._inside.get(item.parent[0])
            if inside is not None:
                inside.discard(child)
                if not inside:
                    del self._inside[item.parent[0]]
            item.parent = None

    def end(self, now: int) -> Iterator[Anomaly]:
        """What shows by what did not come, at the instant ``now`` (microseconds since 1970)."""
        late = self._options.arrive_within_days * _DAY
        for key, item in sorted(self._items.items()):
            if item.made is None and item.first is not None:
                class_key = trace_key(key).class_key
                if class_key in self._classes:
                    message = f"{key} was seen, and nobody says that it was commissioned."
                    yield self._odd("never_commissioned", key, message, (item.first[1],), item.first[0])
            if item.under_way and item.shipped is not None and now - item.shipped[0] > late:
                days = (now - item.shipped[0]) / _DAY
                message = f"{key} was shipped {days:.0f} days ago, and nobody says that it arrived."
                yield self._odd("never_received", key, message, (item.shipped[1],), item.shipped[0])

    def expect_commissioning(self, key: str) -> None:
        """Others of the same product were commissioned, so that this item should have been too."""
        class_key = trace_key(key).class_key
        if class_key is not None:
            self._classes.add(class_key)

    def standing(self, key: str) -> Mapping[str, Any]:
        """What is known of one item: when and by which event it was made, ended, sold, and where it is packed."""
        item = self._items.get(key)
        return (
            {} if item is None else {name: getattr(item, name) for name in ("made", "ended", "sold", "parent", "place")}
        )


def _listed(sites: Iterable[str]) -> str:
    return " or ".join(sorted(sites)) or "nobody"


def _roles(event: Event) -> tuple[Any, list[tuple[str, str | None]], str | None, list[str]]:
    """Who is made, who is named (each with its class), the parent, and the children."""
    made: set[str] = set()
    texts: list[str] = []
    parent: str | None = None
    children: list[str] = []
    if isinstance(event, (ObjectEvent, TransactionEvent)):
        texts += event.epc_list
        if isinstance(event, ObjectEvent) and event.action == "ADD":
            made.update(trace_key(text).key for text in event.epc_list)
    elif isinstance(event, TransformationEvent):
        texts += (*event.input_epc_list, *event.output_epc_list)
        made.update(trace_key(text).key for text in event.output_epc_list)
    elif isinstance(event, (AggregationEvent, AssociationEvent)):
        texts += event.child_epcs
        if event.parent_id is not None:
            texts.append(event.parent_id)
            parent = trace_key(event.parent_id).key
        children = [trace_key(text).key for text in event.child_epcs]
        if event.action == "DELETE" and not children and not event.child_quantity_list:
            children = [""]
    names = [(key.key, key.class_key) for key in map(trace_key, texts) if key.level in {"instance", "opaque"}]
    return made.__contains__, list(dict.fromkeys(names)), parent, children
