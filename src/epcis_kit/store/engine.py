"""The craft of one SQLite file: opening, migrating, transactions, and foreign errors wrapped at this border.

Takes a path and a list of migrations; gives a :class:`Database`. Knows nothing of events. Guarantees:

* a file is taken only where its application id says that it is ours, or where it is new or empty;
* migrations run once each, in one transaction; a file from a newer version is refused, never touched;
* the write-ahead log is on, so that readers never wait for the one writer, and a process that is killed leaves whole
  transactions only;
* everything that sqlite3 raises becomes a :class:`~epcis_kit.errors.StoreError` with a whole sentence.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import NotAStore, StoreBusy, StoreError, StoreVersionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["MEMORY", "Database"]

MEMORY: Final = ":memory:"
_MAGIC: Final = b"SQLite format 3\x00"
_PAUSE: Final = 0.02
_SETTINGS: Final = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA cache_size = -65536",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA recursive_triggers = OFF",
)


class Database:
    """One connection to one file; methods may be called from several threads, one at a time goes on.

    Attributes:
        path: The file as the user named it, or ``":memory:"``.
        undone: Called after a transaction was rolled back, so that caches can be emptied.
    """

    def __init__(
        self, path: str, *, application_id: int, migrations: Sequence[str], busy_seconds: float = 10.0
    ) -> None:
        """Open, and make or migrate where that is needed.

        Args:
            path: A file, made where it does not exist, or ``":memory:"``.
            application_id: The 32-bit number that marks files of this kind.
            migrations: SQL scripts; the n-th brings a file from version n to n + 1.
            busy_seconds: How long to wait for another process that writes.
        """
        self.path = path
        self._busy = busy_seconds
        self._lock = threading.RLock()
        self._depth = 0
        self._refuse_strangers()
        with self._wrapped():
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=busy_seconds, cached_statements=512
            )
        try:
            self._prepare_in_time(application_id, migrations)
        except BaseException:
            self._connection.close()
            raise

    def undone(self) -> None:
        """Replace to hear of rollbacks."""

    def _refuse_strangers(self) -> None:
        if self.path == MEMORY:
            return
        path = Path(self.path)
        try:
            if path.is_dir():
                raise NotAStore(f"Cannot open store {self.path!r}: expected a file, got a folder.")
            if not path.parent.is_dir():
                raise StoreError(
                    f"Cannot open store {self.path!r}: expected an existing folder, got {str(path.parent)!r}."
                )
            if path.exists():
                with path.open("rb") as file:
                    start = file.read(len(_MAGIC))
                if start not in {b"", _MAGIC}:
                    raise self._stranger("a file of another kind")
        except OSError as error:
            raise StoreError(f"Cannot open store {self.path!r}: {error.strerror}.") from None

    def _stranger(self, got: str) -> NotAStore:
        return NotAStore(f"Cannot open store {self.path!r}: expected a store made by epcis-kit, got {got}.")

    def _prepare_in_time(self, application_id: int, migrations: Sequence[str]) -> None:
        """Prepare; where another process does the same, SQLite gives up at once in some places, so try again."""
        deadline = time.monotonic() + self._busy
        while True:
            try:
                with self._wrapped():
                    return self._prepare(application_id, migrations)
            except StoreBusy:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_PAUSE)

    def _prepare(self, application_id: int, migrations: Sequence[str]) -> None:
        with self.snapshot():
            found = self.one("PRAGMA application_id")[0]
            tables = self.one("SELECT count(*) FROM sqlite_schema")[0]
        if found != application_id and (found or tables):
            raise self._stranger("another SQLite database")
        version = self._version(len(migrations))
        for setting in _SETTINGS:
            self._connection.execute(setting)
        if version < len(migrations):
            if not found:
                self._connection.execute("PRAGMA page_size = 8192")
            self._connection.execute("PRAGMA journal_mode = WAL")
            with self.transaction():
                for script in migrations[self._version(len(migrations)) :]:
                    for statement in filter(str.strip, script.split(";")):
                        self._connection.execute(statement)
                self._connection.execute(f"PRAGMA application_id = {application_id}")
                self._connection.execute(f"PRAGMA user_version = {len(migrations)}")

    def _version(self, known: int) -> int:
        version: int = self.one("PRAGMA user_version")[0]
        if version > known:
            raise StoreVersionError(
                f"Cannot open store {self.path!r}: expected version {known} or older, got version {version}; "
                "it was written by a newer epcis-kit."
            )
        return version

    @contextlib.contextmanager
    def _wrapped(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return StoreBusy(
                f"Cannot use store {self.path!r}: another process held its lock for more than {self._busy:g} seconds; "
                "nothing was changed, try again."
            )
        if code == sqlite3.SQLITE_NOTADB:
            return self._stranger("a file of another kind")
        reason = {
            sqlite3.SQLITE_CORRUPT: "the file is damaged",
            sqlite3.SQLITE_FULL: "the disk is full; nothing of this document was stored",
            sqlite3.SQLITE_READONLY: "it cannot be written",
            sqlite3.SQLITE_CANTOPEN: "the file cannot be opened",
        }.get(code, str(error))
        return StoreError(f"Cannot use store {self.path!r}: {reason}.")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what happens inside; waits for another writer first."""
        with self._lock, self._wrapped():
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                self.undone()
                raise
            finally:
                self._depth -= 1

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever other processes write meanwhile."""
        with self._lock, self._wrapped():
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN")
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows."""
        with self._lock, self._wrapped():
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first row, or ``None``."""
        with self._lock, self._wrapped():
            return self._connection.execute(sql, values).fetchone()

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement inside a transaction; gives the number of rows it changed."""
        with self._wrapped():
            return self._connection.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for each row inside a transaction; gives the number of rows it changed."""
        with self._wrapped():
            return self._connection.executemany(sql, rows).rowcount

    def copy_to(self, path: str) -> None:
        """Write the database as it is now into another file, page by page; writers may go on meanwhile."""
        with self._wrapped(), self._lock:
            target = sqlite3.connect(path)
            try:
                self._connection.backup(target)
            finally:
                target.close()

    @contextlib.contextmanager
    def beside(self, path: str, name: str) -> Iterator[None]:
        """Another database file can be read under ``name`` inside."""
        with self._wrapped():
            self._connection.execute(f"ATTACH DATABASE ? AS {name}", (path,))
        try:
            yield
        finally:
            self._connection.execute(f"DETACH DATABASE {name}")

    def close(self) -> None:
        """Let go of the file; closing twice is fine."""
        with self._lock, self._wrapped():
            self._connection.close()
