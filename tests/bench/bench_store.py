"""How fast documents are captured and events found, as ratios to what the bare database does in the same run.

``measure_capture`` compares capture (reading, checking, canonical keys, index rows, stays, provenance) with a plain
hand-written loader: it parses the same lines with orjson and inserts the very rows that the store ends up with, which
it is given ready-made, into the same tables. Both write files; they take turns. Disk is compared with the compact JSON.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from epcis_kit.store import open_store
from epcis_kit.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = 3
TABLES = ("dictionary", "term", "stem", "epc", "document", "event", "seen", "ref", "fact", "contain", "part")
_BATCH = 1000


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a store, by table, in the order of their keys."""
    source = sqlite3.connect(path)
    try:
        return {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}
    finally:
        source.close()


def insert_plainly(path: Path, lines: list[bytes], rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Parse the lines, and insert the rows in batches, one transaction."""
    target = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA page_size = 8192", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"):
        target.execute(statement)
    for statement in MIGRATIONS[0].split(";"):
        target.execute(statement)
    target.execute("BEGIN")
    batches = max(1, len(lines) // _BATCH)
    cursors = {table: iter(rows[table]) for table in TABLES}
    for start in range(0, batches):
        for line in lines[start * _BATCH : (start + 1) * _BATCH]:
            orjson.loads(line)
        for table in TABLES:
            part = list(islice(cursors[table], -(-len(rows[table]) // batches)))
            if part:
                marks = ",".join("?" * len(part[0]))
                target.executemany(f"INSERT INTO {table} VALUES ({marks})", part)
    target.execute("COMMIT")
    target.close()


def measure_capture(folder: Path, source: Path, *, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """Rate of capture, and size of the file."""
    lines = source.read_bytes().splitlines()
    rows: dict[str, list[tuple[Any, ...]]] | None = None
    times = []
    size = 0
    for number in range(rounds):
        path = folder / f"capture{number}.db"
        start = time.perf_counter()
        with open_store(path) as store:
            assert store.capture(source).captured == len(lines)
        ours = time.perf_counter() - start
        size = path.stat().st_size
        rows = rows or rows_of(path)
        start = time.perf_counter()
        insert_plainly(folder / f"plain{number}.db", lines, rows)
        times.append((ours, time.perf_counter() - start))
        for used in folder.glob("*.db*"):
            used.unlink()
    mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(plain / own for own, plain in times)
    compact = sum(len(line) for line in lines)
    return [
        {
            "name": f"capture of {len(lines):,} events, events a second",
            "ours": round(len(lines) / mine),
            "peer": round(len(lines) / theirs),
            "against": "orjson and a plain insert of the same rows",
            "ratio": round(ratio, 2),
            "target": "> 0.4",
        },
        {
            "name": f"store of {len(lines):,} events, bytes an event",
            "ours": round(size / len(lines)),
            "peer": round(compact / len(lines)),
            "against": "compact JSON",
            "ratio": round(size / compact, 2),
            "target": "< 1.3",
        },
    ]


def measure_duplicates(folder: Path, source: Path) -> list[dict[str, Any]]:
    """Capturing again what is known, beside capturing it."""
    with open_store(folder / "again.db") as store:
        start = time.perf_counter()
        count = store.capture(source).captured
        middle = time.perf_counter()
        assert store.capture(source).duplicates == count
        end = time.perf_counter()
    return [
        {
            "name": f"capture of {count:,} known events, events a second",
            "ours": round(count / (end - middle)),
            "peer": round(count / (middle - start)),
            "against": "capture of new ones",
            "ratio": round((middle - start) / (end - middle), 2),
            "target": "> 1",
        }
    ]


def measure(data: Any) -> Iterator[dict[str, Any]]:
    """The rows of the table."""
    yield from measure_capture(data.folder, data.path(data.events, "jsonl"))
    yield from measure_duplicates(data.folder, data.path(min(data.events, 10_000), "jsonl"))
