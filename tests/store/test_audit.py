"""The audit log: what was captured is in it, and what was changed behind its back is found."""

from __future__ import annotations

import hashlib
import itertools
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import StoreError
from epcis_kit.model import Document
from epcis_kit.signing.merkle import consistent, leaf_hash, root_from_proof, tree_root
from epcis_kit.store import open_store
from epcis_kit.store.schema import APPLICATION_ID, MIGRATIONS
from events_in_words import make_event

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.model import Event
    from epcis_kit.signing.notes import Checkpoint
    from epcis_kit.store import Store


def event(name: str, *epcs: str, **fields: Any) -> Event:
    """An event with this eventID that names these things."""
    return make_event("O", 9, "OBSERVE", eventID=name, epcList=list(epcs), **fields)


def leaves(store: Store) -> list[bytes]:
    return [leaf for (leaf,) in database(store).all("SELECT leaf FROM log ORDER BY seq")]


def database(store: Store) -> Any:
    return store.backend._db  # type: ignore[attr-defined]


def found(store: Store, *checkpoints: Checkpoint) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.number) for finding in store.audit.verify(checkpoints).findings]


def fill(store: Store) -> None:
    store.capture([event("e1", "a"), event("e2", "b")], partner="9521321000018")
    store.capture([event("e2", "b"), event("e3", "c")])


def test_an_empty_log(store: Store) -> None:
    assert store.audit.size() == 0
    assert store.audit.root() == hashlib.sha256(b"").digest()
    assert store.audit.verify().intact
    with pytest.raises(StoreError) as raised:
        store.audit.checkpoint("demo.example/store")
    assert str(raised.value) == "Cannot make a checkpoint: expected a log with entries; nothing was captured yet."


def test_each_event_and_document_is_entered(store: Store) -> None:
    fill(store)
    kinds = database(store).all("SELECT seq, kind, subject FROM log ORDER BY seq")
    assert kinds == [(1, 0, 1), (2, 0, 2), (3, 1, 1), (4, 0, 3), (5, 1, 2)]
    assert store.audit.root() == tree_root(leaves(store))
    report = store.audit.verify()
    assert (report.intact, report.size, report.events, report.more) == (True, 5, 3, 0)
    assert report.root == store.audit.root()


def test_what_is_there_already_is_entered_once(store: Store) -> None:
    fill(store)
    root = store.audit.root()
    fill(store)
    assert store.audit.root() == root
    assert store.audit.verify().intact


def test_the_records_say_what_when_and_from_whom(store: Store) -> None:
    fill(store)
    data, (entry, document) = store.audit.prove("e3")
    assert json.loads(data)["eventID"] == "e3"
    assert json.loads(entry.record) == {
        "document": 2,
        "event": 3,
        "payload": "sha-256:" + hashlib.sha256(data).hexdigest(),
        "type": "event",
    }
    row = database(store).one("SELECT sha256 FROM document WHERE id = 2")
    assert json.loads(document.record) == {
        "captured": 1,
        "capturedAt": "2023-11-14T22:13:20.000001Z",
        "document": 2,
        "duplicates": 1,
        "known": "sha-256:" + hashlib.sha256(b"2").hexdigest(),
        "rejected": 0,
        "sha256": row[0].hex(),
        "type": "document",
    }
    _, (_, first) = store.audit.prove("e1")
    assert json.loads(first.record)["sender"] == "https://id.gs1.org/417/9521321000018"


def test_every_entry_can_be_proved_to_be_in_the_tree(store: Store) -> None:
    for number in range(9):
        store.capture([event(f"e{number}", f"{number}")])
    size = store.audit.size()
    for number in range(9):
        _, entries = store.audit.prove(f"e{number}")
        for entry in entries:
            assert root_from_proof(leaf_hash(entry.record), entry.index, size, entry.path) == store.audit.root()


def test_an_event_that_is_not_there_cannot_be_proved(store: Store) -> None:
    fill(store)
    with pytest.raises(StoreError) as raised:
        store.audit.prove("e9")
    assert str(raised.value) == "Cannot prove event 'e9': expected an event of the store, got none."
    with pytest.raises(StoreError) as early:
        store.audit.prove("e3", size=3)
    assert str(early.value) == (
        "Cannot prove event 'e3': expected it among the first 3 entries of the log as it is stored, got none."
    )


def test_a_log_grows_from_its_earlier_states(store: Store) -> None:
    states = []
    for number in range(12):
        store.capture([event(f"e{number}", f"{number}")])
        states.append(store.audit.checkpoint("demo.example/store"))
    for first, second in itertools.combinations(states, 2):
        path = store.audit.consistency(first.size, second.size)
        assert consistent(first.size, first.root, second.size, second.root, path)
    assert found(store, *states) == []
    with pytest.raises(StoreError) as raised:
        store.audit.consistency(3, 99)
    assert str(raised.value) == (
        "Cannot prove consistency: expected sizes from 1 to 24, the smaller one first, got 3 and 99."
    )


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE event SET payload = (SELECT payload FROM event WHERE id = 1) WHERE id = 2", [("event_changed", 2)]),
        ("UPDATE event SET payload = x'00' WHERE id = 2", [("event_changed", 2)]),
        ("UPDATE event SET payload = x'' WHERE id = 2", [("event_changed", 2)]),
        ("UPDATE event SET payload = 'text' WHERE id = 2", [("event_changed", 2)]),
        ("UPDATE event SET document = 2 WHERE id = 1", [("event_changed", 1)]),
        ("UPDATE event SET id = 17 WHERE id = 2", [("event_removed", 2), ("event_inserted", 17)]),
        ("DELETE FROM event WHERE id = 1", [("event_removed", 1)]),
        ("DELETE FROM event WHERE id = 3", [("event_removed", 3)]),
        (
            "INSERT INTO event (id,ident,time_us,type,status,document,payload) VALUES (99, 'x', 0, 1, 0, 1, x'00')",
            [("event_inserted", 99)],
        ),
        ("UPDATE document SET captured_us = captured_us - 1 WHERE id = 2", [("document_changed", 2)]),
        ("UPDATE document SET partner_name = 'somebody' WHERE id = 2", [("document_changed", 2)]),
        ("UPDATE document SET sha256 = 'x' WHERE id = 2", [("document_changed", 2)]),
        ("DELETE FROM document WHERE id = 1", [("document_removed", 1)]),
        ("DELETE FROM seen", [("document_changed", 2)]),
        (
            "INSERT INTO document (id,sha256,captured_us,captured,duplicates,rejected) VALUES (9, x'', 0, 0, 0, 0)",
            [("document_inserted", 9)],
        ),
        ("DELETE FROM log WHERE seq = 2", [("event_inserted", 2), ("log_damaged", None)]),
        ("UPDATE log SET leaf = zeroblob(32) WHERE seq = 1", [("event_changed", 1)]),
    ],
)
def test_what_was_changed_behind_its_back_is_found(
    statement: str, expected: list[tuple[str, int | None]], store: Store
) -> None:
    fill(store)
    database(store).run(statement)
    assert found(store) == expected


def test_the_sentences_of_what_was_found(store: Store) -> None:
    fill(store)
    database(store).run("UPDATE event SET payload = x'00' WHERE id = 2")
    (finding,) = store.audit.verify().findings
    assert finding.as_dict() == {
        "code": "event_changed",
        "detail": "Event 2, 'e2', is not what was captured.",
        "number": 2,
        "event_id": "e2",
    }


def test_the_last_document_cannot_be_taken_back_by_capturing_another(store: Store) -> None:
    """Its number and those of its events are given again, and the log has them twice."""
    fill(store)
    database(store).run("DELETE FROM event WHERE id = 3")
    database(store).run("DELETE FROM document WHERE id = 2")
    database(store).run("DELETE FROM seen")
    store.capture([event("e4", "d")])
    assert found(store) == [("event_removed", 3), ("document_removed", 2)]


def test_a_rewritten_log_does_not_grow_from_a_checkpoint(store: Store) -> None:
    """Without the checkpoint a whole forgery is as good as the truth."""
    fill(store)
    before = store.audit.checkpoint("demo.example/store")
    database(store).run("DELETE FROM event WHERE id = 3")
    database(store).run("DELETE FROM document WHERE id = 2")
    database(store).run("DELETE FROM seen")
    database(store).run("DELETE FROM log WHERE seq > 3")
    assert found(store) == []
    assert found(store, before) == [("checkpoint_mismatch", None)]
    store.capture([event("e4", "d"), event("e5", "e")])
    assert found(store) == []
    assert found(store, before) == [("checkpoint_mismatch", None)]


def test_another_spelling_of_an_event_is_another_entry(store: Store) -> None:
    first, second = (
        make_event("O", time, "OBSERVE", eventID="e1", epcList=["a"])
        for time in ("2024-03-01T09:00:00.000Z", "2024-03-01T09:00:00Z")
    )
    store.capture([second])
    before = store.audit.checkpoint("demo.example/store")
    store.capture([first])
    kinds = database(store).all("SELECT kind, subject FROM log ORDER BY seq")
    assert kinds == [(0, 1), (1, 1), (3, 1), (1, 2)]
    assert found(store, before) == []
    _, (entry, _) = store.audit.prove("e1")
    assert entry.index == 2
    database(store).run("UPDATE event SET payload = x'00'")
    assert found(store, before) == [("event_changed", 1)]


def test_copies_that_contradict_are_entered_too(store: Store) -> None:
    store.capture([event("e1", "a")])
    store.capture([event("e1", "b")])
    assert database(store).all("SELECT kind, subject FROM log ORDER BY seq") == [(0, 1), (1, 1), (0, 2), (1, 2)]
    assert found(store) == []


def test_a_capture_that_fails_leaves_no_entry(store: Store) -> None:
    def broken() -> Any:
        yield event("e1", "a")
        raise OSError("the line is cut")

    with pytest.raises(OSError, match="the line is cut"):
        store.capture(broken())
    assert store.audit.size() == 0
    fill(store)
    assert store.audit.verify().intact


def test_a_store_that_is_older_than_its_log(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with open_store(path) as store:
        fill(store)
        database(store).run("DELETE FROM log")
    with open_store(path) as store:
        assert store.audit.size() == 0
        store.audit.start()
        kinds = database(store).all("SELECT kind, subject FROM log ORDER BY seq")
        assert kinds == [(2, 3), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
        assert store.audit.verify().intact
        store.audit.start()
        store.capture([event("e4", "d")])
        assert store.audit.size() == 8
        assert store.audit.verify().intact


def test_a_store_that_is_older_than_its_log_begins_it_with_the_next_capture(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(MIGRATIONS[0] + f"; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;")
    connection.close()
    with open_store(path) as store:
        store.capture(Document(events=(event("e1", "a"),)))
        assert store.audit.size() == 2
        assert store.audit.verify().intact


def test_a_log_beyond_one_page(store: Store) -> None:
    store.capture([event(f"e{number}", f"x{number}") for number in range(4500)])
    assert store.audit.root() == tree_root(leaves(store))
    _, (entry, _) = store.audit.prove("e4321")
    path = root_from_proof(leaf_hash(entry.record), entry.index, store.audit.size(), entry.path)
    assert path == store.audit.root()
    database(store).run("UPDATE event SET payload = x'00' WHERE id IN (1, 2500, 4499)")
    assert found(store) == [("event_changed", 1), ("event_changed", 2500), ("event_changed", 4499)]


def test_findings_beyond_a_thousand_are_counted(store: Store) -> None:
    store.capture([event(f"e{number}", f"x{number}") for number in range(1100)])
    database(store).run("DELETE FROM event")
    report = store.audit.verify()
    assert (len(report.findings), report.more, report.events, report.intact) == (1000, 100, 0, False)
