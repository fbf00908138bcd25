"""Fixtures for tests of the store: empty stores, events by few words, and what a store holds, in words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from epcis_kit.store.interning import grow_ident
from epcis_kit.store.store import Store, open_store
from events_in_words import make_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.model import Event


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
        "details": {
            (db.one("SELECT text FROM term WHERE id = ?", (row[0],))[0], row[1], events[row[2]])
            for row in db.all("SELECT field, value, event FROM detail")
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
