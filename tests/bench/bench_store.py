"""How fast documents are captured, as a ratio to a plain hand-written loader in the same run, and how big the file
gets.

Capture reads, checks, makes canonical keys, index rows, stays and provenance. The loader beside it is what one would
write by hand without any of that: it parses the lines with orjson, gathers the identifiers as they are written,
numbers them in a dict, compresses the line, and inserts the same events, keys and references into the same tables;
the rows that capture has to work out (stays, packed facts, transformation parts, details, the log) it is given
ready-made and inserts too. Both write files and take turns; times are of the processor. Disk is compared with the
compact JSON.
"""

from __future__ import annotations

import gc
import sqlite3
import statistics
import time
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
import zstandard

from epcis_kit.store import open_store
from epcis_kit.store.schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = 3
BATCH = 1000
DERIVED = ("pair", "clear", "contain", "part", "members", "detail", "log")
LISTS = {"epcList": 1, "childEPCs": 4, "inputEPCList": 8, "outputEPCList": 48}
QUANTITIES = {"quantityList": 64, "childQuantityList": 128, "inputQuantityList": 256, "outputQuantityList": 544}


def rows_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that capture worked out, by table, in the order of their keys."""
    source = sqlite3.connect(path)
    try:
        return {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in DERIVED}
    finally:
        source.close()


def identifiers(event: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """What an event names, with the role of each."""
    for name, role in LISTS.items():
        for text in event.get(name, ()):
            yield text, role
    for name, role in QUANTITIES.items():
        for element in event.get(name, ()):
            yield element["epcClass"], role
    if "parentID" in event:
        yield event["parentID"], 2


def load_plainly(path: Path, lines: list[bytes], derived: dict[str, list[tuple[Any, ...]]]) -> None:
    """What one would write by hand, one transaction, batches of a thousand events."""
    target = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA page_size = 8192", "PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL"):
        target.execute(statement)
    for statement in ";".join(MIGRATIONS).split(";"):
        target.execute(statement)
    target.execute("BEGIN")
    numbers: dict[str, int] = {}
    words: dict[str | None, int | None] = {None: None}
    compress = zstandard.ZstdCompressor(level=3).compress
    batches = -(-len(lines) // BATCH)
    waiting = {table: iter(rows) for table, rows in derived.items()}
    for start in range(0, len(lines), BATCH):
        events, references, keys = [], [], []
        for number, line in enumerate(lines[start : start + BATCH], start):
            event = orjson.loads(line)
            moment = datetime.fromisoformat(event["eventTime"])
            second = int(moment.timestamp())
            place, door = event["bizLocation"]["id"], event["readPoint"]["id"]
            for text, role in (*identifiers(event), (place, 0), (door, 0)):
                known = numbers.get(text)
                if known is None:
                    known = numbers[text] = len(numbers) + 1
                    keys.append((known, 0, text, 0))
                if role:
                    references.append((known, second, number, role))
            about = [
                words.setdefault(event.get(name), len(words)) for name in ("type", "action", "bizStep", "disposition")
            ]
            ident = bytes.fromhex(event["eventID"][9:].replace("-", ""))
            where = (numbers[place], numbers[door])
            events.append((number, ident, second * 1_000_000, None, *about, *where, None, 0, 1, None, compress(line)))
        target.executemany(f"INSERT INTO event VALUES ({','.join('?' * 15)})", events)
        target.executemany("INSERT INTO epc VALUES (?, ?, ?, ?)", keys)
        target.executemany("INSERT OR IGNORE INTO ref VALUES (?, ?, ?, ?)", references)
        for table, rows in derived.items():
            part = list(islice(waiting[table], -(-len(rows) // batches)))
            if part:
                target.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(part[0]))})", part)
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
        gc.collect()
        gc.freeze()  # what the bench itself holds is no load of either side
        start = time.process_time()
        with open_store(path) as store:
            assert store.capture(source).captured == len(lines)
        ours = time.process_time() - start
        size = path.stat().st_size
        rows = rows or rows_of(path)
        start = time.process_time()
        load_plainly(folder / f"plain{number}.db", lines, rows)
        times.append((ours, time.process_time() - start))
        for used in folder.glob("*.db*"):
            used.unlink()
    gc.unfreeze()
    mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(plain / own for own, plain in times)
    compact = sum(len(line) for line in lines)
    return [
        {
            "name": f"capture of {len(lines):,} events, events a second",
            "ours": round(len(lines) / mine),
            "peer": round(len(lines) / theirs),
            "against": "a plain hand-written loader of the same rows",
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
        start = time.process_time()
        count = store.capture(source).captured
        middle = time.process_time()
        assert store.capture(source).duplicates == count
        end = time.process_time()
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
