"""A store is looked after: flaws are found and mended, copies are whole, an export gives the same answers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from epcis_kit.errors import StoreError
from epcis_kit.store import open_store
from epcis_kit.store.hygiene import back_up, check_store, export, reindex
from property.test_trace_worlds import worlds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from epcis_kit.model import Event
    from epcis_kit.store import Store

Make = Any


@pytest.fixture
def filled(store: Store, make: Make) -> Store:
    """Something of everything, copies and declarations among it."""
    ex = {"https://ex.example/size": 5}
    packed = make("A", 10, "ADD", eventID="urn:x:packed", parentID="p01", childEPCs=["i1", "i2"])
    store.capture(
        [
            make("O", 8, "ADD", eventID="urn:x:made", epcList=["i1", "i2"], bizStep="commissioning", extensions=ex),
            packed,
            make("A", 11, "ADD", eventID="urn:x:lots", parentID="p02", childQuantityList=[("l7", 5)]),
            make("F", 13, eventID="urn:x:used", inputQuantityList=[("l7", 5, "KGM")], outputEPCList=["i3"]),
            make("A", 14, "DELETE", eventID="urn:x:emptied", parentID="p01"),
        ]
    )
    wrong: dict[str, Any] = {"eventID": "urn:x:wrong", "parentID": "p02", "childEPCs": ["i4"]}
    declared = make("A", 11, "ADD", **wrong, errorDeclaration={"reason": "did_not_occur"})
    store.capture([make("A", 11, "ADD", **wrong), declared, packed])
    store.capture([make("A", 10, "ADD", eventID="urn:x:packed", parentID="p01", childEPCs=["i1"])])
    return store


def test_a_store_that_is_whole(filled: Store) -> None:
    found = check_store(filled)
    assert found.clean
    assert (found.events, found.documents, found.log_entries) == (8, 3, 11)


@pytest.mark.parametrize(
    ("damage", "kind", "start"),
    [
        ("DELETE FROM ref WHERE event = 2", "index", "The index 'ref' lacks 3 rows, such as ("),
        (
            "INSERT INTO part VALUES (1, 1, 5, 5, 0, 0, NULL)",
            "index",
            "The index 'part' has, and should not have, 1 rows",
        ),
        ("UPDATE contain SET to_us = 5", "index", "The index 'contain' lacks "),
        ("DELETE FROM detail", "index", "The index 'detail' lacks 3 rows"),
        ("UPDATE pair SET facts = x'90'", "index", "The index 'pair' lacks "),
        ("UPDATE event SET time_us = 7 WHERE id = 1", "index", "The index 'event' lacks 1 rows"),
    ],
)
def test_a_flaw_of_the_index_is_found_and_mended(filled: Store, damage: str, kind: str, start: str) -> None:
    db = filled.backend.database  # type: ignore[attr-defined]
    db.run(damage)
    found = check_store(filled)
    assert {flaw.kind for flaw in found.flaws} == {kind}
    assert all(flaw.mendable for flaw in found.flaws)
    assert [flaw.message for flaw in found.flaws if flaw.message.startswith(start)]
    told: list[int] = []
    assert reindex(filled, told.append) == 8
    assert told == [8]
    assert check_store(filled).clean


@pytest.mark.parametrize(
    ("damage", "messages"),
    [
        (
            "UPDATE event SET status = 0 WHERE ident = 'urn:x:wrong' AND NOT status & 1",
            {"Event urn:x:wrong counts although it was declared wrong."},
        ),
        (
            "UPDATE event SET status = 2 WHERE ident = 'urn:x:made'",
            {"Event urn:x:made does not count although nobody declared it wrong."},
        ),
        (
            "UPDATE event SET status = 4 WHERE ident = 'urn:x:packed'",
            {"Of the copies of event urn:x:packed not exactly one counts."},
        ),
    ],
)
def test_a_wrong_status_is_found(filled: Store, damage: str, messages: set[str]) -> None:
    filled.backend.database.run(damage)  # type: ignore[attr-defined]
    assert {flaw.message for flaw in check_store(filled).flaws if flaw.kind == "status"} == messages


def test_an_event_that_cannot_be_read_is_found_and_nothing_is_changed(filled: Store) -> None:
    filled.backend.database.run("UPDATE event SET payload = x'00' WHERE id = 3")  # type: ignore[attr-defined]
    kinds = {flaw.kind for flaw in check_store(filled).flaws}
    assert {"event", "log"} <= kinds
    with pytest.raises(StoreError, match="Cannot read event 3 of the store"):
        reindex(filled)
    db = filled.backend.database  # type: ignore[attr-defined]
    assert db.one("SELECT count(*) FROM ref")[0] > 10


def test_a_backup_is_whole_and_never_overwrites(tmp_path: Path, make: Make, state: Make) -> None:
    with open_store(tmp_path / "a.db") as store:
        store.capture([make("O", 8, "ADD", epcList=["i1"])])
        assert back_up(store, tmp_path / "b.db") == 1
        with open_store(tmp_path / "b.db") as copy:
            assert state(copy) == state(store)
            assert check_store(copy).clean
        with pytest.raises(StoreError) as caught:
            back_up(store, tmp_path / "b.db")
    assert str(caught.value) == (
        f"Cannot back up to {str(tmp_path / 'b.db')!r}: expected a new file, got one that is there."
    )
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


@pytest.mark.parametrize(("format_", "version"), [("json", "2.0"), ("xml", "2.0")])
def test_an_export_captured_anew_gives_the_same_index(
    filled: Store, new_store: Callable[[], Store], state: Make, format_: Any, version: str
) -> None:
    target = io.BytesIO()
    assert export(filled, target, format=format_, version=version) == 8
    other = new_store()
    other.capture(target.getvalue())
    assert [event.event_id for event in other.query()] == [event.event_id for event in filled.query()]
    assert {key: len(rows) for key, rows in state(other).items()} == {
        key: len(rows) for key, rows in state(filled).items()
    }
    assert check_store(other).clean


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(worlds())
def test_whatever_is_captured_is_clean(events: list[Event]) -> None:
    with open_store(":memory:", clock=lambda: 0) as store:
        for event in events:
            store.capture([event])
        assert check_store(store).flaws == ()
