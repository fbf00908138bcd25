"""What is affected, where each of it is, and who must be called.

Takes a store and a :class:`~epcis_kit.trace.recall.scope.ScopeRequest`; gives a :class:`Dossier`. Guarantees: affected
is what forward traces from the starts reach, and the starts; each unit's place says whether it was observed or inferred
through its container; consignees are parties and places that events say goods were sent to or are held by; the order of
everything depends on the events alone.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model.extensions import find_extensions
from epcis_kit.model.timestamp import Timestamp
from epcis_kit.store.index import lot_of
from epcis_kit.store.times import ALWAYS
from epcis_kit.trace.answers import as_plain
from epcis_kit.trace.moments import as_timestamp
from epcis_kit.trace.places import contents_at, where_is
from epcis_kit.trace.policies import DEFAULT_LIMITS, as_policies
from epcis_kit.trace.recall.scope import Scope, ScopeRequest, find_scope
from epcis_kit.trace.requests import trace_forward

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from epcis_kit.model import Event
    from epcis_kit.store.store import Store
    from epcis_kit.trace.answers import Place, Trace
    from epcis_kit.trace.policies import Limits, Policies

__all__ = ["Affected", "Consignee", "Dossier", "OverRecall", "Shipment", "recall"]

Level = Literal["object", "lot", "container"]

_CONTAINER: Final = "https://id.gs1.org/00/"
_SENT: Final = frozenset({"shipping", "departing"})
_SOLD: Final = frozenset({"retail_sold", "dispensed", "sold"})
_GONE: Final = frozenset({"destroyed", "disposed", "inactive"})
_AT_ONCE: Final = 300
_CONTACT: Final = ("contact", "contactPoint", "telephone", "phone", "email", "emailAddress", "contactName")


@dataclasses.dataclass(frozen=True, slots=True)
class Affected:
    """One thing that is affected, and where it is.

    Attributes:
        key: An object, a lot or a container.
        level: ``"object"``, ``"lot"`` or ``"container"``.
        product: Key of its product; ``None`` for containers.
        product_name: As master data say; ``None`` where they do not.
        location: Key of the place; ``None`` where it is not known or the thing is under way.
        holder: Key of the party that has it; ``None`` where nobody says.
        containers: What it is in, innermost first.
        disposition: The condition after the latest event.
        quantity: Of a lot: how much is there, by unit (``""`` for pieces); empty where nobody says.
        observed: The latest event names the thing itself; otherwise it follows from its container.
        event_id: The latest event.
        time: When that was.
        state: ``"in stock"``, ``"under way"``, ``"sold"``, ``"gone"`` (destroyed) or ``"used"`` (it went into other
            things that are affected).
    """

    key: str
    level: Level
    product: str | None
    product_name: str | None
    location: str | None
    holder: str | None
    containers: tuple[str, ...]
    disposition: str | None
    quantity: Mapping[str, Decimal]
    observed: bool
    event_id: str | None
    time: Timestamp | None
    state: Literal["in stock", "under way", "sold", "gone", "used"]


class Shipment(NamedTuple):
    """One event that sent affected things to a consignee.

    Attributes:
        event_id: The event.
        time: When.
        things: What was named, as keys.
        documents: Type and identifier of its business transactions.
        origin: Parties and places it came from, as keys.
    """

    event_id: str
    time: Timestamp
    things: tuple[str, ...]
    documents: tuple[tuple[str, str], ...]
    origin: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Consignee:
    """Somebody to call.

    Attributes:
        key: The party or place.
        name: As master data say; ``None`` where they do not.
        contact: Attributes of master data that help to reach them.
        address: Attributes of an address.
        shipments: What was sent there, in order of time.
        holds: Affected objects and lots that are there now, by key.
        lots: Affected lots that were sent there or are there, with those that objects there belong to.
    """

    key: str
    name: str | None
    contact: Mapping[str, str]
    address: Mapping[str, str]
    shipments: tuple[Shipment, ...]
    holds: tuple[str, ...]
    lots: tuple[str, ...]


class OverRecall(NamedTuple):
    """What a recall of whole months would take, beside this one.

    Attributes:
        months: The months in which affected objects were made, such as ``"2025-05"``.
        made: How many objects of the same products came into being in these months.
        affected: How many of them are affected.
    """

    months: tuple[str, ...]
    made: int
    affected: int

    @property
    def avoided(self) -> int:
        """How many objects need not be recalled."""
        return self.made - self.affected


@dataclasses.dataclass(frozen=True, slots=True)
class Dossier:
    """Everything a recall needs to begin.

    Attributes:
        reason: What is wrong, in words.
        at: The instant asked about; ``None`` for now.
        cut_off: When the latest event of the store happened, as far as the store knows.
        scope: Where it starts.
        affected: All affected things, by level and key.
        consignees: Whom to call, those who hold most first.
        over_recall: Compared with whole months.
        frontier: Keys whose further way nobody tells.
        gaps: Sentences on what the store does not know.
        completeness: Share of affected objects and lots whose place and holder are both known.
        events: Ids of the events that prove it, in order of time.
    """

    reason: str
    at: Timestamp | None
    cut_off: Timestamp | None
    scope: Scope
    affected: tuple[Affected, ...]
    consignees: tuple[Consignee, ...]
    over_recall: OverRecall
    frontier: tuple[str, ...]
    gaps: tuple[str, ...]
    completeness: float
    events: tuple[str, ...]

    def counts(self) -> dict[str, dict[str, int]]:
        """How many objects, lots and containers are in each state."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for one in self.affected:
            found[one.level][one.state] += 1
        return {level: dict(sorted(states.items())) for level, states in sorted(found.items())}

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {**as_plain(self), "counts": self.counts(), "avoided": self.over_recall.avoided}

    def to_json(self, *, indent: int | None = 2) -> str:
        """The dossier as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=indent)


def recall(
    store: Store,
    request: ScopeRequest,
    *,
    policies: Policies | Iterable[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Dossier:
    """What is affected, where it is and whom to call.

    Args:
        store: Where the events are.
        request: What is known of the defect.
        policies: Readings beyond what the events say for certain; see :class:`~epcis_kit.trace.Policies`.
        limits: How far each trace goes; where one was cut is told among the gaps.

    Raises:
        IdentifierError: A text is neither a URI nor a GS1 key.
        QueryError: Nothing was asked for, or a condition is wrong.
    """
    scope = find_scope(store, request)
    chosen = as_policies(policies)
    traces = [
        trace_forward(store, start.key, request.at, policies=chosen, limits=limits, history=True)
        for start in scope.starts
    ]
    keys = sorted({start.key for start in scope.starts}.union(*(trace.keys for trace in traces)) - {""})
    used = {link.source for trace in traces for link in trace.links if link.kind == "transformation"}
    names = _Names(store)
    affected = tuple(sorted((_found(store, key, request, used, names) for key in keys), key=_by_level))
    histories = _events(store, dict.fromkeys(name for trace in traces for name in (*trace.events, *trace.history)))
    consignees = _consignees(store, names, affected, histories)
    counted = [one for one in affected if one.level != "container" and one.state != "used"]
    known = sum(one.location is not None and one.holder is not None for one in counted)
    proof = sorted(histories.items(), key=lambda item: (item[1].event_time.epoch_us, item[0]))
    last = store.stats()["last_us"]
    return Dossier(
        request.reason,
        as_timestamp(request.at),
        None if last is None else Timestamp.from_epoch_us(last),
        scope,
        affected,
        consignees,
        _over_recall(store, affected),
        tuple(sorted({key for trace in traces for key in trace.frontier if key in set(keys)})),
        _gaps(scope, traces, affected),
        known / len(counted) if counted else 1.0,
        tuple(name for name, _ in proof),
    )


class _Names:
    """Names and attributes of master data, asked once each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, dict[str, str]] = {}

    def attributes(self, key: str) -> dict[str, str]:
        """Attributes by the ends of their URIs; the document made last counts."""
        if key not in self._known:
            found: dict[str, str] = {}
            keys = [key, key.partition("/254/")[0]]
            keys += [key.replace("/414/", "/417/", 1), key.replace("/417/", "/414/", 1)]
            for other in dict.fromkeys(keys):
                for _, element in self._store.master_data(other):
                    for attribute in element.attributes:
                        found.setdefault(attribute.id.replace("/", "#").rpartition("#")[2], attribute.text)
            self._known[key] = found
        return self._known[key]

    def name(self, key: str | None) -> str | None:
        """What a thing, place or party is called."""
        if key is None:
            return None
        found = self.attributes(key)
        wanted = (
            "name",
            "organizationName",
            "descriptionShort",
            "regulatedProductName",
            "tradeItemDescription",
            "site",
        )
        return next((found[name] for name in wanted if found.get(name)), None)


def _by_level(one: Affected) -> tuple[int, str]:
    return (("object", "lot", "container").index(one.level), one.key)


def _found(store: Store, key: str, request: ScopeRequest, used: set[str], names: _Names) -> Affected:
    parsed = trace_key(key)
    level: Level = (
        "container" if key.startswith(_CONTAINER) else "lot" if parsed.level in {"lot", "class"} else "object"
    )
    where = where_is(store, key, request.at)
    place = where.places[0] if where.places else None
    quantity: dict[str, Decimal] = {}
    for one in where.places:
        for uom, amount in one.amounts.items():
            quantity[uom] = quantity.get(uom, Decimal(0)) + amount
    return Affected(
        key,
        level,
        parsed.class_key,
        names.name(parsed.class_key),
        where.location,
        where.party,
        where.containers if level != "lot" else (),
        None if place is None else place.disposition,
        quantity,
        place is not None and _names_itself(store, key, place),
        where.event_id,
        where.time,
        _state(key, place, used, level),
    )


def _names_itself(store: Store, key: str, place: Place) -> bool:
    if place.event_id is None:
        return False
    handle = store.backend.handles([key])[key]
    numbers = store.backend.mentions(handle, ALWAYS, newest=None, roles=~0)
    heads = store.backend.heads({mention.event for mention in numbers})
    return any(head.event_id == place.event_id for head in heads.values())


def _state(
    key: str, place: Place | None, used: set[str], level: Level
) -> Literal["in stock", "under way", "sold", "gone", "used"]:
    disposition = None if place is None else place.disposition
    step = None if place is None else place.biz_step
    if disposition in _GONE or step in {"destroying", "decommissioning"}:
        return "gone"
    if disposition in _SOLD or step in {"retail_selling", "dispensing"}:
        return "sold"
    if key in used and level != "container":
        return "used"
    if place is None or place.location is None or step in _SENT or disposition == "in_transit":
        return "under way"
    return "in stock"


def _events(store: Store, wanted: Iterable[str]) -> dict[str, Event]:
    found: dict[str, Event] = {}
    names = list(wanted)
    for start in range(0, len(names), _AT_ONCE):
        for stored in store.query_stored(EQ_eventID=names[start : start + _AT_ONCE]):
            if not stored.head.status:
                found[stored.head.event_id] = stored.event
    return found


def _consignees(
    store: Store,
    names: _Names,
    affected: tuple[Affected, ...],
    events: Mapping[str, Event],
) -> tuple[Consignee, ...]:
    keys = {one.key: one for one in affected}
    lot_by_object = _lots_by_object(events.values())
    shipments: dict[str, list[Shipment]] = defaultdict(list)
    lots: dict[str, set[str]] = defaultdict(set)
    for event_id, event in events.items():
        if event.biz_step not in _SENT or not event.destination_list:
            continue
        things = tuple(sorted(key for key in _named(event) if key in keys))
        if not things:
            continue
        shipment = Shipment(
            event_id,
            event.event_time,
            things,
            tuple((one.type or "", one.biz_transaction) for one in event.biz_transaction_list),
            tuple(dict.fromkeys(trace_key(one.source).key for one in event.source_list)),
        )
        inside = [content for key in things for content in (key, *contents_at(store, key, event.event_time).keys)]
        for party in dict.fromkeys(trace_key(one.destination).key for one in _best(event)):
            shipments[party].append(shipment)
            lots[party].update(key for key in inside if key in keys and keys[key].level != "container")
    holds: dict[str, list[str]] = defaultdict(list)
    for one in affected:
        holder = one.holder or one.location
        if holder is not None and one.level != "container" and one.state in {"in stock", "sold"}:
            holds[holder].append(one.key)
            lots[holder].add(one.key)
    found = [
        Consignee(
            party,
            names.name(party),
            _some(names.attributes(party), _CONTACT),
            _some(
                names.attributes(party), ("streetAddressOne", "street", "city", "state", "postalCode", "countryCode")
            ),
            tuple(sorted(shipments[party], key=lambda one: (one.time.epoch_us, one.event_id))),
            tuple(sorted(holds[party])),
            tuple(sorted({lot_by_object.get(key) or _lot_of(key) for key in lots[party]})),
        )
        for party in sorted({*shipments, *holds})
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.holds), -len(one.shipments), one.key)))


def _best(event: Event) -> list[Any]:
    """Destinations that say who has the goods; places only where no party is named."""
    parties = [one for one in event.destination_list if one.type in {"possessing_party", "owning_party"}]
    return parties or list(event.destination_list)


def _lots_by_object(events: Iterable[Event]) -> dict[str, str]:
    """The lot of each object, as the event that made it says."""
    found = {}
    for event in events:
        names = [one.text.strip() for one in find_extensions(getattr(event, "ilmd", None) or (), "lotNumber")]
        if len(names) == 1 and names[0]:
            for key in _created(event):
                class_key = trace_key(key).class_key
                if class_key is not None and class_key.startswith("https://id.gs1.org/01/"):
                    found[key] = lot_of(class_key, names[0])
    return found


def _lot_of(key: str) -> str:
    """A lot itself; the product of an object whose lot nobody names."""
    parsed = trace_key(key)
    return key if parsed.level == "lot" else parsed.class_key or key


def _some(attributes: Mapping[str, str], wanted: tuple[str, ...]) -> dict[str, str]:
    return {name: attributes[name] for name in wanted if attributes.get(name)}


def _named(event: Event) -> set[str]:
    texts: list[str] = []
    for field in ("epc_list", "child_epcs"):
        texts += getattr(event, field, ())
    for field in ("quantity_list", "child_quantity_list"):
        texts += [element.epc_class for element in getattr(event, field, ())]
    parent = getattr(event, "parent_id", None)
    if parent is not None:
        texts.append(parent)
    return {trace_key(text).key for text in texts}


def _over_recall(store: Store, affected: tuple[Affected, ...]) -> OverRecall:
    """How many objects of the affected products were made in the months of the affected ones."""
    objects = {one.key for one in affected if one.level == "object"}
    classes = sorted({one.product for one in affected if one.level == "object" and one.product is not None})
    months: dict[str, set[str]] = defaultdict(set)
    made: dict[str, str] = {}
    for class_key in classes:
        for stored in store.query_stored(MATCH_anyEPC=class_key):
            if stored.head.status:
                continue
            month = stored.event.event_time.as_utc()[:7]
            for key in _created(stored.event):
                if trace_key(key).class_key == class_key:
                    made[key] = month
                    if key in objects:
                        months[class_key].add(month)
    counted = [key for key, month in made.items() if month in months[trace_key(key).class_key or ""]]
    every = sorted(set().union(*months.values()) if months else set())
    return OverRecall(tuple(every), len(counted), sum(key in objects for key in counted))


def _created(event: Event) -> list[str]:
    if getattr(event, "action", None) == "ADD":
        texts = getattr(event, "epc_list", ())
    else:
        texts = getattr(event, "output_epc_list", ())
    return [trace_key(text).key for text in texts]


def _gaps(scope: Scope, traces: list[Trace], affected: tuple[Affected, ...]) -> tuple[str, ...]:
    gaps = [f"No event names {key}." for key in scope.unknown]
    gaps += [
        f"The trace of {trace.start} was cut: {trace.cut.limit} {trace.cut.value}." for trace in traces if trace.cut
    ]
    lost = sum(one.location is None and one.level != "container" and one.state == "under way" for one in affected)
    if lost:
        gaps.append(f"Of {lost} affected things no event says where they are.")
    nobody = sum(one.holder is None and one.level != "container" and one.state != "used" for one in affected)
    if nobody:
        gaps.append(f"Of {nobody} affected things no event says who has them.")
    return tuple(gaps)
