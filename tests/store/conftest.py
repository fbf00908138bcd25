"""Fixtures for tests of the store: empty stores, events by few words, and what a store holds, in words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from epcis_kit.model import Event, build_event
from epcis_kit.store.interning import grow_ident
from epcis_kit.store.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERIAL = "urn:epc:id:sgtin:9521103.012345."
LOT = "urn:epc:class:lgtin:9521103.012345."
UNIT = "urn:epc:id:sscc:9521103.00000000"


def identifier(word: str) -> str:
    """``i7``: an item with serial number 7; ``l7``: lot 7; ``p07``: logistic unit 07; anything else is itself."""
    if word[:1] == "i" and word[1:].isdigit():
        return SERIAL + word[1:]
    if word[:1] == "l" and word[1:].isdigit():
        return LOT + word[1:]
    if word[:1] == "p" and len(word) == 3 and word[1:].isdigit():
        return UNIT + word[1:]
    return word


def as_written(name: str, value: Any) -> Any:
    """A field of an event with its words as identifiers; quantities are tuples of word, amount and unit."""
    if name.lower().endswith(("quantity_list", "quantitylist")):
        return [
            {"epcClass": identifier(word), "quantity": amount, "uom": uom[0] if uom else None}
            for word, amount, *uom in value
        ]
    if isinstance(value, list):
        return [identifier(item) for item in value]
    return identifier(value) if isinstance(value, str) and name in {"parentID", "parent_id"} else value


def make_event(kind: str, time: int | str, action: str | None = None, **fields: Any) -> Event:
    """An event of a kind by one letter, at an hour of one day or a whole time; lists of words become identifiers."""
    names = {
        "O": "ObjectEvent",
        "A": "AggregationEvent",
        "S": "AssociationEvent",
        "T": "TransactionEvent",
        "F": "TransformationEvent",
    }
    values: dict[str, Any] = {
        "type": names.get(kind, kind),
        "eventTime": f"2024-03-01T{time:02d}:00:00Z" if isinstance(time, int) else time,
        "eventTimeZoneOffset": "+00:00",
    }
    if action is not None:
        values["action"] = action
    for name, value in fields.items():
        values[name] = as_written(name, value)
    return build_event(values)


def state_of(store: Store) -> dict[str, set[Any]]:
    """Everything in the index that answers depend on, without the numbers that depend on the order of capture."""
    db = store.backend._db  # type: ignore[attr-defined]
    keys = store.backend.keys([row[0] for row in db.all("SELECT id FROM epc")])
    names: dict[Any, Any] = {0: "*", None: None, **keys}
    events: dict[int, tuple[str, bytes]] = {}
    statuses = set()
    for number, ident, status, payload in db.all("SELECT id, ident, status, payload FROM event"):
        plain = store.backend._unpacked(payload)  # type: ignore[attr-defined]
        events[number] = (grow_ident(ident), plain)
        statuses.add((grow_ident(ident), plain, status))
    return {
        "events": statuses,
        "stays": {
            (names[child], names[parent], start, end, events[event], flags, rest)
            for child, parent, start, end, event, flags, rest in db.all(
                "SELECT child, parent, from_us, to_us, event, flags, rest FROM contain"
            )
        },
        "facts": {
            (names[parent], names[child], flags, events[row[2]], *row[:2], *row[3:])
            for parent, child, flags, facts in db.all("SELECT parent, child, flags, facts FROM pair")
            for row in msgspec.msgpack.decode(facts)
        },
        "clears": {
            (names[row[0]], names[row[1]], *row[2:4], events[row[4]], row[5])
            for row in db.all("SELECT parent, child, mounted, time_us, event, rest FROM clear")
        },
        "parts": {
            (names[row[0]], row[1], names[row[2]] if row[2] > 0 else events[-row[2]], events[row[3]], *row[4:])
            for row in db.all("SELECT epc, side, grp, event, time_us, flags, rest FROM part")
        },
        "members": {
            (names[row[0]] if row[0] > 0 else events[-row[0]], row[1], events[row[2]], names[key], *row[3:5])
            for row in db.all("SELECT grp, side, event, time_us, rest, epcs FROM members")
            for side in msgspec.msgpack.decode(row[5])
            for key in side
        },
        "refs": {
            (names[row[0]], row[1], events[row[2]], row[3])
            for row in db.all("SELECT epc, second, event, roles FROM ref")
        },
        "voids": {(names[row[0]], events[row[1]]) for row in db.all("SELECT epc, event FROM void_ref")},
    }


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory, with a clock that counts."""
    ticks = itertools.count(1_700_000_000_000_000)
    with open_store(":memory:", clock=lambda: next(ticks)) as opened:
        yield opened


@pytest.fixture
def new_store() -> Iterator[Callable[[], Store]]:
    """Makes empty stores in memory."""
    opened: list[Store] = []

    def make() -> Store:
        opened.append(open_store(":memory:", clock=lambda: 0))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def make() -> Callable[..., Event]:
    """Makes events by few words."""
    return make_event


@pytest.fixture
def state() -> Callable[[Store], dict[str, set[Any]]]:
    """What a store holds, in words."""
    return state_of
