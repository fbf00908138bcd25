"""Looking after a store: is it whole, a copy of it, a new index, and everything in it as one document.

Takes an open store on SQLite; gives plain results. Guarantees: :func:`check_store` reads only, and finds each index row
that is missing, wrong or too much, by making the whole index anew in a copy and comparing; :func:`back_up` never
overwrites and leaves either a whole copy or nothing; :func:`reindex` is one transaction; what :func:`export` writes,
captured into an empty store, gives the same answers.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

from epcis_kit.errors import StoreError
from epcis_kit.store.interning import grow_ident
from epcis_kit.store.schema import INDEX_TABLES
from epcis_kit.store.sqlite import SqliteBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.model import VocabularyElement
    from epcis_kit.store.engine import Database
    from epcis_kit.store.store import Store

__all__ = ["Flaw", "StoreCheck", "back_up", "check_store", "export", "reindex"]

_COLUMNS: Final = "id, time_us, rest, type, action, step, disposition, location, read_point, party"
_MOST: Final = 1000
_SHOWN: Final = 3

# What must find nothing, with the sentence for each row that it does find.
_RULES: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "status",
        "event {0} counts although it was declared wrong",
        """SELECT v.ident FROM event v WHERE NOT v.status & 3
        AND EXISTS (SELECT 1 FROM event d WHERE d.ident = v.ident AND d.status & 1)""",
    ),
    (
        "status",
        "event {0} does not count although nobody declared it wrong",
        """SELECT v.ident FROM event v WHERE v.status & 2 AND NOT v.status & 1
        AND NOT EXISTS (SELECT 1 FROM event d WHERE d.ident = v.ident AND d.status & 1)""",
    ),
    (
        "status",
        "of the copies of event {0} not exactly one counts",
        "SELECT ident FROM event WHERE NOT status & 1 GROUP BY ident HAVING sum(NOT status & 4) <> 1",
    ),
    (
        "document",
        "event {0} came with a document that is not there",
        "SELECT e.ident FROM event e WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.id = e.document)",
    ),
    (
        "document",
        "event {0} is said to have come with a document that is not there",
        """SELECT e.ident FROM seen s JOIN event e ON e.id = s.event
        WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.id = s.document)""",
    ),
)


class Flaw(NamedTuple):
    """One thing that is wrong in a store.

    Attributes:
        kind: ``"file"`` (damaged pages), ``"event"`` (cannot be read), ``"index"``, ``"status"``, ``"document"`` or
            ``"log"``.
        message: What is wrong, as a sentence.
        mendable: ``epcis-kit store reindex`` mends it.
    """

    kind: str
    message: str
    mendable: bool = False


class StoreCheck(NamedTuple):
    """What looking at a store found.

    Attributes:
        flaws: At most a thousand; empty where the store is whole.
        events: How many events it has.
        documents: How many documents it has.
        log_entries: How many entries its audit log has.
    """

    flaws: tuple[Flaw, ...]
    events: int
    documents: int
    log_entries: int

    @property
    def clean(self) -> bool:
        """True where nothing is wrong."""
        return not self.flaws


def _backend(store: Store) -> SqliteBackend:
    backend = store.backend
    if not isinstance(backend, SqliteBackend):
        raise StoreError("Cannot look after this store: expected one in a SQLite file.")
    return backend


def check_store(store: Store, told: Callable[[int], None] | None = None) -> StoreCheck:
    """Whether the file, its events, its index, its statuses and its audit log agree.

    Args:
        store: The store; it is not changed.
        told: Called with the number of events looked at so far.

    Raises:
        StoreError: The store cannot be read at all, or there is no room for the copy that is compared with.
    """
    backend = _backend(store)
    db = backend.database
    flaws = [
        Flaw("file", f"The file is damaged: {line}.")
        for (line,) in db.all("PRAGMA integrity_check(100)")
        if line != "ok"
    ]
    counts = [db.one(f"SELECT count(*) FROM {table}")[0] for table in ("event", "document", "log")]  # noqa: S608
    if not flaws:
        for kind, sentence, sql in _RULES:
            flaws += [Flaw(kind, _sentence(sentence, grow_ident(row[0]))) for row in db.all(f"{sql} LIMIT {_MOST}")]
        flaws += _index_flaws(backend, told)
        flaws += [Flaw("log", finding.detail) for finding in store.audit.verify().findings]
    return StoreCheck(tuple(flaws[:_MOST]), *counts)


def _sentence(template: str, *values: str) -> str:
    text = template.format(*values)
    return f"{text[0].upper()}{text[1:]}."


def _index_flaws(backend: SqliteBackend, told: Callable[[int], None] | None) -> Iterator[Flaw]:
    """Where the index differs from the one that the events give."""
    with tempfile.TemporaryDirectory(prefix="epcis-kit-") as folder:
        copy = os.path.join(folder, "copy.db")  # noqa: PTH118 - SQLite takes texts
        with contextlib.closing(backend.copied(copy)) as fresh:
            try:
                fresh.reindex(told)
            except StoreError as error:
                yield Flaw("event", str(error))
                return
        with backend.database.beside(copy, "fresh"):
            yield from _differences(backend.database)


def _differences(db: Database) -> Iterator[Flaw]:
    for table, columns in (*((table, "*") for table in INDEX_TABLES), ("event", _COLUMNS)):
        have, made = f"SELECT {columns} FROM main.{table}", f"SELECT {columns} FROM fresh.{table}"  # noqa: S608
        missing, surplus = (db.all(f"{one} EXCEPT {other}") for one, other in ((made, have), (have, made)))
        if table == "pair":  # facts of a pair are packed in the order in which they came
            missing, surplus = (
                [(*row[:3], tuple(sorted(map(tuple, msgspec.msgpack.decode(row[3])), key=repr))) for row in rows]
                for rows in (missing, surplus)
            )
            missing, surplus = sorted(set(missing) - set(surplus)), sorted(set(surplus) - set(missing))
        for rows, what in ((missing, "lacks"), (surplus, "has, and should not have,")):
            if rows:
                shown = ", ".join(str(row) for row in rows[:_SHOWN])
                yield Flaw(
                    "index", f"The index {table!r} {what} {len(rows)} rows, such as {shown[:300]}.", mendable=True
                )


def reindex(store: Store, told: Callable[[int], None] | None = None) -> int:
    """Make the whole index anew from the events, in one transaction; the number of events.

    Raises:
        StoreError: An event cannot be read, or the store cannot be written; nothing was changed.
    """
    return _backend(store).reindex(told)


def back_up(store: Store, target: str | os.PathLike[str]) -> int:
    """Copy the store into a new file while others may use it; the number of events in the copy.

    Raises:
        StoreError: There is a file already, or the copy cannot be written or is not whole.
    """
    goal = Path(target)
    if goal.exists():
        raise StoreError(f"Cannot back up to {os.fspath(goal)!r}: expected a new file, got one that is there.")
    partial = goal.with_name(f".{goal.name}.{os.getpid()}.part")
    try:
        with contextlib.closing(_backend(store).copied(os.fspath(partial))) as copy:
            count = int(copy.stats()["events"])
            (verdict,) = copy.database.one("PRAGMA quick_check(1)")
            copy.database.one("PRAGMA wal_checkpoint(TRUNCATE)")
        if verdict != "ok":
            raise StoreError(f"Cannot back up to {os.fspath(goal)!r}: the copy is not whole ({verdict}).")
        os.link(partial, goal)  # fails where somebody made the file meanwhile
    except OSError as error:
        raise StoreError(f"Cannot back up to {os.fspath(goal)!r}: {error.strerror}.") from error
    finally:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.unlink(f"{os.fspath(partial)}{suffix}")  # noqa: PTH108 - a text with an ending
    return count


def export(
    store: Store,
    target: str | os.PathLike[str] | IO[bytes],
    *,
    format: Literal["json", "xml"] = "json",  # noqa: A002 - the promised name
    version: str = "2.0",
    allow_loss: bool = False,
) -> int:
    """Write everything in the store as one document: master data, then all events in the order of capture.

    Events that do not count are written too (declared wrong, or other copies of one eventID), so that the document,
    captured into an empty store, gives the same answers. Who sent what and when is not in it; a backup has that.

    Args:
        store: The store.
        target: A path, replaced only when all went well, or an open binary file.
        format: ``"json"`` or ``"xml"``.
        version: ``"2.0"``; for XML also ``"1.2"``.
        allow_loss: Go on where the format cannot carry something.

    Returns:
        The number of events.

    Raises:
        EncodeError: The format cannot carry something and ``allow_loss`` is false.
        OSError: The file cannot be written.
    """
    from epcis_kit.codec import open_writer  # noqa: PLC0415 - loads the writer
    from epcis_kit.codec.documents import replacing  # noqa: PLC0415
    from epcis_kit.model import Document, Header, Timestamp, Vocabulary  # noqa: PLC0415

    if isinstance(target, (str, os.PathLike)):
        with replacing(target) as stream:
            return export(store, stream, format=format, version=version, allow_loss=allow_loss)
    kinds: dict[str, list[VocabularyElement]] = {}
    for kind, element in store.query_master_data():
        kinds.setdefault(kind, []).append(element)
    vocabularies = tuple(Vocabulary(type=kind, elements=tuple(found)) for kind, found in kinds.items())
    (captured_us,) = _backend(store).database.one("SELECT ifnull(max(captured_us), 0) FROM document")
    head = Document(
        creation_date=Timestamp.from_epoch_us(captured_us), header=Header(master_data=vocabularies) if kinds else None
    )
    writer = open_writer(target, head, format=format, version=version, allow_loss=allow_loss)
    count = 0
    for event in store.query():
        writer.write(event)
        count += 1
    writer.close()
    return count
