"""How fast tables become events, as ratios to hand-written code over the same file, and how much memory that takes.

:func:`measure` gives rows: plain dicts of ``name``, ``ours`` and ``peer`` (events a second of processor time),
``ratio`` (ours per peer) and ``target``. The peer is ``csv.DictReader`` over the same file and ``orjson.dumps`` of
equal events that hand-written code makes of its rows: no check, no key, no error handling. Both sides take turns, the
median counts. Memory is the peak of a fresh process.
"""

from __future__ import annotations

import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 3
GTINS = ("09521211000203", "09521211000371", "09521212000103", "09521213001178", "19521216000113")
SITE, PLANT = "9521213000010", "9521213000003"
MAPPING: dict[str, Any] = {
    "epcis_map": 1,
    "id": "bench",
    "defaults": {"tz": "+01:00"},
    "fields": {
        "time": {"col": "time", "type": "datetime", "formats": ["yyyy-MM-dd HH:mm:ss"]},
        "gtin": {"col": "gtin", "type": "gtin"},
        "lot": {"col": "lot", "type": "lot"},
        "amount": {"col": "kg", "type": "decimal"},
        "order": {"col": "order"},
        "site": {"const": SITE, "type": "gln"},
        "plant": {"const": PLANT, "type": "gln"},
    },
    "events": [
        {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "bizStep": "receiving",
            "disposition": "in_progress",
            "eventTime": "{time}",
            "quantityList": [{"class": "{gtin}.{lot}", "quantity": "{amount}", "uom": "KGM"}],
            "readPoint": "{site|sgln}",
            "bizLocation": "{site|sgln}",
            "bizTransactionList": [{"type": "po", "id": "urn:epcglobal:cbv:bt:{plant}:{order}"}],
        }
    ],
}
HASHED = {**MAPPING, "event_id": {"method": "hash"}, "validate": {"profile": "core"}}
GROUPED = {
    **MAPPING,
    "events": [{**MAPPING["events"][0], "group_by": ["order"], "mode": "sorted", "eventTime": "max({time})"}],
}
SPILLED = {**MAPPING, "events": [{**GROUPED["events"][0], "mode": "spill"}]}
MEMORY = """
import json, re, sys
from pathlib import Path
from epcis_kit.model import Timestamp
from epcis_kit.tabular import load_mapping
from epcis_kit.tabular.outputs import Form
from epcis_kit.tabular.running import Plan, run_table
table, mapping, target = sys.argv[1:]
plan = Plan(target=Path(target), form=Form("json"), creation_date=Timestamp.parse("2026-01-01T00:00:00Z"))
summary = run_table(Path(table), load_mapping(json.loads(mapping)), plan)
status = open("/proc/self/status").read()
print(summary.rows, summary.rejected, summary.events, int(re.search("VmHWM:\\\\s+([0-9]+)", status)[1]) // 1024)
"""
BOUNDS = {"sorted groups": (GROUPED, 250), "a row an event": (MAPPING, 250), "spilled groups": (SPILLED, 400)}


def write_table(path: Path, rows: int) -> None:
    """A table of deliveries, four rows an order; the same every time."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        write = csv.writer(stream).writerow
        write(("time", "gtin", "lot", "kg", "order", "note"))
        for number in range(rows):
            minute = number // 7
            moment = (
                f"2025-{minute // 40320 % 12 + 1:02d}-{minute // 1440 % 28 + 1:02d} "
                f"{minute // 60 % 24:02d}:{minute % 60:02d}:{number % 60:02d}"
            )
            write((moment, GTINS[number % 5], f"L{number // 3}", f"{number % 900 + 1}.5", f"PO-{number // 4}", "ok"))


def ours(path: Path, mapping: dict[str, Any], folder: Path) -> int:
    """Our way, from the file to a file of JSON; checked by the profile that the mapping names."""
    from epcis_kit.model import Timestamp
    from epcis_kit.tabular import load_mapping
    from epcis_kit.tabular.outputs import Form
    from epcis_kit.tabular.running import Plan, run_table

    loaded = load_mapping(mapping)
    plan = Plan(
        target=folder / "ours.json",
        form=Form("json"),
        creation_date=Timestamp.parse("2026-01-01T00:00:00Z"),
        profile=loaded.profile,
    )
    summary = run_table(path, loaded, plan)
    assert summary.rejected == 0
    return summary.events


def peer(path: Path, folder: Path) -> int:
    """The lower bound: what a script for this one table would do."""
    dumps, count = orjson.dumps, 0
    place = {"id": f"https://id.gs1.org/414/{SITE}"}
    with path.open(encoding="utf-8", newline="") as stream, (folder / "peer.json").open("wb") as target:
        write = target.write
        for row in csv.DictReader(stream):
            moment = row["time"]
            write(
                dumps(
                    {
                        "type": "ObjectEvent",
                        "eventTime": f"{moment[:10]}T{moment[11:]}.000+01:00",
                        "eventTimeZoneOffset": "+01:00",
                        "action": "OBSERVE",
                        "quantityList": [
                            {
                                "epcClass": f"https://id.gs1.org/01/{row['gtin']}/10/{row['lot']}",
                                "quantity": float(row["kg"]),
                                "uom": "KGM",
                            }
                        ],
                        "bizStep": "receiving",
                        "disposition": "in_progress",
                        "readPoint": place,
                        "bizLocation": place,
                        "bizTransactionList": [
                            {"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:{PLANT}:{row['order']}"}
                        ],
                    }
                )
            )
            write(b",\n")
            count += 1
    return count


def rates(path: Path, mapping: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Events a second of processor time of both, in turns, and the median of the ratios."""
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        events = ours(path, mapping, folder)
        middle = time.process_time()
        others = peer(path, folder)
        end = time.process_time()
        found.append((events / (middle - start), others / (end - middle)))
    mine, theirs = (round(statistics.median(column)) for column in zip(*found, strict=True))
    ratio = statistics.median(own / other for own, other in found)
    return {"ours": f"{mine:,} rows/s", "peer": f"{theirs:,} rows/s", "ratio": ratio}


def measure_memory(path: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """Peaks of fresh processes."""
    for name, (mapping, bound) in BOUNDS.items():
        command = [sys.executable, "-c", MEMORY, str(path), json.dumps(mapping), str(folder / "memory.json")]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows, rejected, _, peak = map(int, done.stdout.split())
        assert rejected == 0
        yield {
            "name": f"peak memory, {rows:,} rows of CSV to JSON ({name})",
            "ours": f"{peak} MB",
            "peer": f"bound of {bound} MB",
            "ratio": peak / bound,
            "target": "< 1",
        }


def measure(data: Any = None) -> Iterator[dict[str, Any]]:
    """All rows of this file."""
    events = 50_000 if data is None else data.events
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "table.csv"
        write_table(path, events)
        against = "csv.DictReader and orjson.dumps of hand-made events"
        yield {
            "name": f"CSV to JSON events, {events:,} rows",
            **rates(path, MAPPING, folder),
            "against": against,
            "target": ">= 0.12",
            "aim": 0.25,
        }
        yield {
            "name": f"CSV to JSON events with hash ids and checks, {events:,} rows",
            **rates(path, HASHED, folder),
            "against": against,
            "target": ">= 0.05",
        }
        yield from measure_memory(path, folder)


if __name__ == "__main__":
    for line in measure():
        print(json.dumps(line))
