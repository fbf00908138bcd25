"""Which rows let us find an event again: made here once, for every backend.

Takes an event of the model; gives an :class:`EventRows`, plain values with canonical keys: which keys the event names
and in which roles, what it says about containment (facts), what goes in and out of a transformation. Guarantees:
pure; keys are those of :func:`epcis_kit.gs1.canonical.trace_key`, so that all spellings of an identifier give the
same rows.

What counts as what (EPCIS 2.0, 7.4): aggregation and association events make containment facts, transaction events
and events without a parent make none; an ``ObjectEvent`` with DELETE ends every containment of the objects it names
by serial number; a DELETE without children empties the parent, of what was put in by the same type of event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model import AggregationEvent, AssociationEvent, ObjectEvent, TransactionEvent, TransformationEvent
from epcis_kit.model.extensions import find_extensions
from epcis_kit.store.intervals import ADD, DELETE, OBSERVE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from epcis_kit.model import Event, QuantityElement

__all__ = [
    "ACTIONS",
    "MENTIONS",
    "EventRows",
    "FactRow",
    "KeyCache",
    "Role",
    "event_identity",
    "index_event",
    "lot_of",
]

ACTIONS: Final = {"ADD": ADD, "OBSERVE": OBSERVE, "DELETE": DELETE}


class Role:
    """In which part of an event a key stands; one bit each, so that roles can be joined."""

    EPC: Final = 1
    PARENT: Final = 2
    CHILD: Final = 4
    INPUT: Final = 8
    OUTPUT: Final = 16
    CREATED: Final = 32
    """Comes into being: ADD of an ObjectEvent, output of a transformation."""
    EPC_CLASS: Final = 64
    CHILD_CLASS: Final = 128
    INPUT_CLASS: Final = 256
    OUTPUT_CLASS: Final = 512
    UNPACKED: Final = 1024
    """Parent of an aggregation DELETE without children."""
    UNMOUNTED: Final = 2048
    """Parent of an association DELETE without children."""
    LOT: Final = 4096
    """The lot that the event's ILMD names for its objects; no mention."""
    TRANSFORMATION: Final = 8192
    """The transformationID; no mention."""


MENTIONS: Final = (
    Role.EPC
    | Role.PARENT
    | Role.CHILD
    | Role.INPUT
    | Role.OUTPUT
    | Role.EPC_CLASS
    | Role.CHILD_CLASS
    | Role.INPUT_CLASS
    | Role.OUTPUT_CLASS
)
"""Roles in which the event says something about the key itself."""

# bizStep words after which somebody else may hold the goods, and the types of destination that say who.
_POSSESSION: Final = ("possessing_party", "owning_party")


_GROUPS: Final = frozenset({"lot", "class"})


class FactRow(NamedTuple):
    """One containment fact.

    Attributes:
        parent: Key of the container; ``None`` where every container of the child is meant.
        child: Key of the content; ``None`` where all content of the parent is meant.
        mounted: True for an association, False for an aggregation.
        action: As in :mod:`epcis_kit.store.intervals`.
        quantity: How much; ``None`` where not stated.
        uom: Unit of measure; ``""`` for pieces.
    """

    parent: str | None
    child: str | None
    mounted: bool
    action: int
    quantity: Decimal | None = None
    uom: str = ""


class EventRows(NamedTuple):
    """What a backend stores to find one event again.

    Attributes:
        roles: Each key with its joined roles, see :class:`Role`.
        classes: Those keys that are lots or classes of objects.
        facts: Containment facts; pairs of one parent and child are unique by unit of measure.
        inputs: Keys that go into a transformation.
        outputs: Keys that come out of it.
        transformation: Key of the transformationID; ``None`` where the event is a transformation by itself, or none.
        party: Key of the party that has the objects afterwards, from the destination list; ``None`` where not stated.
    """

    roles: dict[str, int]
    classes: frozenset[str]
    facts: tuple[FactRow, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    transformation: str | None
    party: str | None


Known = tuple[str, bool, str | None]
"""A key, whether it is a lot or class, and the class of an object with a serial number."""


class KeyCache(dict[str, Known]):
    """Texts as written to their keys; forgets everything when it grows beyond ``limit``.

    The entries are plain tuples of plain values, which the garbage collector soon lets go of: hundreds of thousands of
    objects that it has to look at would cost more than all the rest of a capture.
    """

    def __init__(self, limit: int = 200_000) -> None:
        super().__init__()
        self._limit = limit

    def __missing__(self, text: str) -> Known:
        if len(self) >= self._limit:
            self.clear()
        key, level, class_key, _ = trace_key(text)
        known = self[text] = (key, level in _GROUPS, class_key if level == "instance" else None)
        return known

    def key(self, text: str) -> str:
        """The key of a text."""
        return self[text][0]


def event_identity(text: str) -> str:
    """An eventID as it is compared: stripped, a ``urn:uuid:`` in small letters (RFC 4122, 3)."""
    text = text.strip()
    return text.lower() if text[:9].lower() == "urn:uuid:" else text


def lot_of(class_key: str, lot: str) -> str:
    """The key of a lot of a class of trade items."""
    return trace_key(f"{class_key}/10/{quote(lot.strip(), safe='')}").key


class _Rows:
    """The rows of one event while they are gathered."""

    __slots__ = ("classes", "facts", "keys", "roles")

    def __init__(self, keys: KeyCache) -> None:
        self.keys = keys
        self.roles: dict[str, int] = {}
        self.classes: set[str] = set()
        self.facts: list[FactRow] = []

    def name(self, texts: Iterable[str], role: int) -> list[str]:
        """Note that the objects are named in ``role``; gives their keys, each once."""
        keys = self.keys
        known = [keys[text] for text in texts]
        named = dict.fromkeys([key[0] for key in known], role)
        roles = self.roles
        if roles:
            for key in named:
                roles[key] = roles.get(key, 0) | role
        else:
            roles.update(named)
        self.classes.update([key[0] for key in known if key[1]])
        return list(named)

    def quantities(self, elements: tuple[QuantityElement, ...]) -> dict[tuple[str, str], Decimal | None]:
        """Amounts by key and unit of measure; those of one key and unit are added."""
        amounts: dict[tuple[str, str], Decimal | None] = {}
        for element in elements:
            place = (self.keys[element.epc_class][0], element.uom or "")
            if place in amounts:
                before = amounts[place]
                amounts[place] = None if before is None or element.quantity is None else before + element.quantity
            else:
                amounts[place] = element.quantity
        return amounts

    def lots(self, texts: tuple[str, ...], event: ObjectEvent | TransformationEvent) -> None:
        """Note the lots that the ILMD names for objects with serial numbers."""
        if not event.ilmd:
            return
        names = [found.text for found in find_extensions(event.ilmd, "lotNumber") if found.text.strip()]
        if not names:
            return
        classes = {self.keys[text][2] for text in texts}
        for class_key in classes:
            if class_key is not None and class_key.startswith("https://id.gs1.org/01/"):
                for name in names:
                    lot = lot_of(class_key, name)
                    self.classes.add(lot)
                    self.roles[lot] = self.roles.get(lot, 0) | Role.LOT


def _classes(elements: tuple[QuantityElement, ...]) -> list[str]:
    return [element.epc_class for element in elements]


def _object(event: ObjectEvent, rows: _Rows) -> None:
    created = Role.CREATED if event.action == "ADD" else 0
    named = rows.name(event.epc_list, Role.EPC | created)
    if event.quantity_list:
        rows.name(_classes(event.quantity_list), Role.EPC_CLASS | created)
    if event.action == "DELETE":
        for key in named:
            if key not in rows.classes:
                rows.facts.append(FactRow(None, key, mounted=False, action=DELETE))
    elif created:
        rows.lots(event.epc_list, event)


def _container(event: AggregationEvent | AssociationEvent, rows: _Rows) -> None:
    mounted = type(event) is AssociationEvent
    emptied = event.action == "DELETE" and not event.child_epcs and not event.child_quantity_list
    children = rows.name(event.child_epcs, Role.CHILD)
    amounts: dict[tuple[str, str], Decimal | None] = {}
    if event.child_quantity_list:
        rows.name(_classes(event.child_quantity_list), Role.CHILD_CLASS)
        amounts = rows.quantities(event.child_quantity_list)
    if event.parent_id is None:
        return
    role = Role.PARENT | ((Role.UNMOUNTED if mounted else Role.UNPACKED) if emptied else 0)
    rows.name((event.parent_id,), role)
    parent = rows.keys.key(event.parent_id)
    action = ACTIONS[event.action]
    facts = rows.facts
    if emptied:
        facts.append(FactRow(parent, None, mounted, action))
    for child in children:
        if child != parent and (child, "") not in amounts:
            facts.append(FactRow(parent, child, mounted, action))
    for (child, uom), quantity in amounts.items():
        if child != parent:
            facts.append(FactRow(parent, child, mounted, action, quantity, uom))


def _transaction(event: TransactionEvent, rows: _Rows) -> None:
    if event.parent_id is not None:
        rows.name((event.parent_id,), Role.PARENT)
    rows.name(event.epc_list, Role.EPC)
    rows.name(_classes(event.quantity_list), Role.EPC_CLASS)


def _party(event: Event, keys: KeyCache) -> str | None:
    found: dict[str | None, str] = {}
    for destination in event.destination_list:
        found.setdefault(destination.type, destination.destination)
    return next((keys.key(found[kind]) for kind in _POSSESSION if kind in found), None)


def index_event(event: Event, keys: KeyCache) -> EventRows:
    """The rows of ``event``."""
    rows = _Rows(keys)
    inputs: list[str] = []
    outputs: list[str] = []
    transformation = None
    if isinstance(event, ObjectEvent):
        _object(event, rows)
    elif isinstance(event, (AggregationEvent, AssociationEvent)):
        _container(event, rows)
    elif isinstance(event, TransactionEvent):
        _transaction(event, rows)
    elif isinstance(event, TransformationEvent):
        inputs = rows.name(event.input_epc_list, Role.INPUT)
        inputs += rows.name(_classes(event.input_quantity_list), Role.INPUT_CLASS)
        outputs = rows.name(event.output_epc_list, Role.OUTPUT | Role.CREATED)
        outputs += rows.name(_classes(event.output_quantity_list), Role.OUTPUT_CLASS | Role.CREATED)
        if event.transformation_id is not None:
            transformation = keys.key(event.transformation_id)
            rows.roles[transformation] = rows.roles.get(transformation, 0) | Role.TRANSFORMATION
        rows.lots(event.output_epc_list, event)
    return EventRows(
        rows.roles,
        frozenset(rows.classes),
        tuple(rows.facts),
        tuple(dict.fromkeys(inputs)),
        tuple(dict.fromkeys(outputs)),
        transformation,
        _party(event, keys) if event.destination_list else None,
    )
