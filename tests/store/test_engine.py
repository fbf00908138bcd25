from __future__ import annotations

import re
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest

from epcis_kit.errors import NotAStore, StoreBusy, StoreError, StoreVersionError
from epcis_kit.store.engine import Database
from epcis_kit.store.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = ("CREATE TABLE one (a INTEGER); CREATE TABLE two (b INTEGER)", "ALTER TABLE one ADD COLUMN c TEXT")


def opened(path: Path | str, scripts: tuple[str, ...] = SCRIPTS, **options: float) -> Database:
    return Database(str(path), application_id=7, migrations=scripts, **options)


def test_a_new_file_gets_every_migration_once(tmp_path: Path) -> None:
    first = opened(tmp_path / "a.db", SCRIPTS[:1])
    with first.transaction():
        first.run("INSERT INTO one VALUES (5)")
    first.close()
    second = opened(tmp_path / "a.db")
    assert second.all("SELECT a, c FROM one") == [(5, None)]
    assert second.one("PRAGMA user_version") == (2,)
    assert second.one("PRAGMA application_id") == (7,)
    assert second.one("PRAGMA journal_mode") == ("wal",)
    second.close()
    second.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    opened(tmp_path / "a.db", SCRIPTS[:1]).close()
    with pytest.raises(StoreError, match="no such table: three"):
        opened(tmp_path / "a.db", (*SCRIPTS, "INSERT INTO three VALUES (1)"))
    again = opened(tmp_path / "a.db", SCRIPTS[:1])
    assert again.one("PRAGMA user_version") == (1,)
    again.close()


def test_an_empty_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    opened(tmp_path / "a.db").close()


def message(error: type[Exception], path: object) -> str:
    with pytest.raises(error) as caught:
        opened(str(path))
    assert type(caught.value) is error
    return str(caught.value)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"type": "EPCISDocument"}')
    assert message(NotAStore, path) == (
        f"Cannot open store {str(path)!r}: expected a store made by epcis-kit, got a file of another kind."
    )
    assert path.read_text() == '{"type": "EPCISDocument"}'


def test_a_file_that_only_begins_like_a_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"SQLite format 3\x00" + b"nonsense" * 500)
    assert message(NotAStore, path) == (
        f"Cannot open store {str(path)!r}: expected a store made by epcis-kit, got a file of another kind."
    )


def test_another_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE mine (a)")
    other.close()
    assert message(NotAStore, path) == (
        f"Cannot open store {str(path)!r}: expected a store made by epcis-kit, got another SQLite database."
    )


def test_a_folder(tmp_path: Path) -> None:
    assert message(NotAStore, tmp_path) == f"Cannot open store {str(tmp_path)!r}: expected a file, got a folder."


def test_a_path_in_no_folder(tmp_path: Path) -> None:
    path = tmp_path / "none" / "a.db"
    assert message(StoreError, path) == (
        f"Cannot open store {str(path)!r}: expected an existing folder, got {str(path.parent)!r}."
    )


def test_a_store_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    opened(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 9")
    newer.close()
    assert message(StoreVersionError, path) == (
        f"Cannot open store {str(path)!r}: expected version 2 or older, got version 9; "
        "it was written by a newer epcis-kit."
    )


def test_a_locked_store(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    one, other = opened(path), opened(path, busy_seconds=0.05)
    with one.transaction():
        one.run("INSERT INTO one VALUES (1, '')")
        with pytest.raises(StoreBusy) as caught, other.transaction():
            pass
        assert other.all("SELECT * FROM one") == []  # readers do not wait
    assert str(caught.value) == (
        f"Cannot use store {str(path)!r}: another process held its lock for more than 0.05 seconds; "
        "nothing was changed, try again."
    )
    one.close()
    other.close()


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    database.one("PRAGMA query_only = ON")
    with (
        pytest.raises(
            StoreError, match=re.escape(f"Cannot use store {str(tmp_path / 'a.db')!r}: it cannot be written.")
        ),
        database.transaction(),
    ):
        database.run("INSERT INTO one VALUES (1, '')")
    database.close()


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    pages = database.one("PRAGMA page_count")[0]
    database.one(f"PRAGMA max_page_count = {pages + 2}")
    told = []
    database.undone = lambda: told.append(1)  # type: ignore[method-assign]
    with pytest.raises(StoreError) as caught, database.transaction():
        database.run_many("INSERT INTO one VALUES (?, ?)", [(number, "x" * 1000) for number in range(1000)])
    assert str(caught.value) == (
        f"Cannot use store {str(tmp_path / 'a.db')!r}: the disk is full; nothing of this document was stored."
    )
    assert told == [1]
    assert database.all("SELECT * FROM one") == []
    database.close()


def test_a_snapshot_does_not_see_what_comes_later(tmp_path: Path) -> None:
    one, other = opened(tmp_path / "a.db"), opened(tmp_path / "a.db")
    with one.snapshot():
        assert one.all("SELECT a FROM one") == []
        with other.transaction():
            other.run("INSERT INTO one VALUES (1, '')")
        with one.snapshot():
            assert one.all("SELECT a FROM one") == []
    assert one.all("SELECT a FROM one") == [(1,)]
    one.close()
    other.close()


def test_threads_take_turns() -> None:
    database = opened(":memory:")

    def insert() -> None:
        for number in range(50):
            with database.transaction():
                database.run("INSERT INTO one VALUES (?, '')", (number,))

    threads = [threading.Thread(target=insert) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.one("SELECT count(*) FROM one") == (150,)
    database.close()


@pytest.mark.parametrize("address", ["postgresql://host/name", "sqlite://relative.db"])
def test_an_address_of_another_database(address: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(address)
    scheme = address.partition("://")[0]
    assert str(caught.value) == (f"Cannot open store {address!r}: expected a path or sqlite:///path, got {scheme!r}.")


def test_an_address_may_be_a_path_or_a_url(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/a.db") as one, open_store(tmp_path / "a.db") as other:
        assert one.stats()["events"] == other.stats()["events"] == 0
