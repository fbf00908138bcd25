"""How fast traces are answered, as ratios to a walk over dicts in memory and to a store of a tenth of the size.

The dicts hold the same edges: for each key its stays as (parent, start, end) or (child, start, end), for each key the
transformation groups it goes into or comes out of. The walk over them intersects the same windows and ends cycles the
same way; it gives a set of numbers, while ours opens a snapshot, reads rows, names keys, sorts links and says what was
cut, voided and left open. Starts are random, the same for both sides, which take turns.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import time
from collections import defaultdict
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.store import open_store
from epcis_kit.store.schema import IN
from epcis_kit.store.times import ALWAYS, Window, holds, intersect, lies_within
from epcis_kit.trace import contents_at, trace_back, trace_forward, where_is

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from epcis_kit.store import Store

STARTS = 100


class Dicts:
    """All edges of a store, in memory."""

    def __init__(self, path: Path) -> None:
        """Read the edges out of the file."""
        self.parents: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
        self.inputs: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.outputs: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        source = sqlite3.connect(path)
        for child, parent, start, end in source.execute("SELECT child, parent, from_us, to_us FROM contain"):
            self.parents[child].append((parent, start, inf if end is None else end))
        for key, side, group, moment, lot in source.execute("SELECT epc, side, grp, time_us, flags FROM part"):
            if side == IN:
                self.inputs[key].append((group, moment))
            else:
                self.outputs[group].append((key, moment, lot))
        source.close()

    def forward(self, start: int) -> dict[int, list[Window]]:
        """What the material of ``start`` went into, with the windows."""
        found: dict[int, list[Window]] = {}
        waiting: list[tuple[int, Window]] = [(start, ALWAYS)]
        entered: set[int] = set()
        while waiting:
            key, window = waiting.pop()
            reached = []
            for parent, begin, end in self.parents.get(key, ()):
                common = intersect(window, (begin, end))
                if common is not None:
                    reached.append((parent, common))
            for group, moment in self.inputs.get(key, ()):
                if group not in entered and holds(window, moment):
                    entered.add(group)
                    reached += [(out, ALWAYS if lot else (at, inf)) for out, at, lot in self.outputs.get(group, ())]
            for other, common in reached:
                known = found.setdefault(other, [])
                if other != start and not any(lies_within(common, seen) for seen in known):
                    known.append(common)
                    waiting.append((other, common))
        found.pop(start, None)
        return found


def lots_and_units(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Raw lots, units, and cases of a store."""
    with open_store(path) as store:
        texts = store.backend.keys([row[0] for row in store.backend._db.all("SELECT id FROM epc")]).values()  # type: ignore[attr-defined]
    keys = sorted(texts)
    lots = [key for key in keys if "/10/L" in key and trace_key(key).level == "lot"]
    return lots, [key for key in keys if "/21/" in key], [key for key in keys if "/00/" in key]


def milliseconds(ask: Callable[[str], object], starts: list[str]) -> float:
    """Median time of an answer."""
    times = []
    for start in starts:
        begin = time.perf_counter()
        ask(start)
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


def build(folder: Path, source: Path, name: str) -> Path:
    """A store of that corpus."""
    path = folder / f"{name}.db"
    if not path.exists():
        with open_store(path) as store:
            store.capture(source)
    return path


def measure_forward(path: Path, *, starts: int = STARTS) -> list[dict[str, Any]]:
    """Recall of raw lots, beside the walk over dicts."""
    dicts = Dicts(path)
    lots, _, _ = lots_and_units(path)
    with open_store(path) as store:
        raw = [lot for lot in lots if not trace_back(store, lot).keys and trace_forward(store, lot).keys]
        chosen = random.Random(5).sample(raw, min(starts, len(raw)))
        handles = store.backend.handles(chosen)
        mine, theirs, sizes = [], [], []
        for lot in chosen:
            begin = time.perf_counter()
            answer = trace_forward(store, lot)
            middle = time.perf_counter()
            found = dicts.forward(handles[lot])
            end = time.perf_counter()
            assert len(answer.keys) == len(found)
            mine.append(middle - begin)
            theirs.append(end - middle)
            sizes.append(len(found))
        events = store.stats()["events"]
    ours, peer = (statistics.median(column) * 1000 for column in (mine, theirs))
    return [
        {
            "name": f"forward recall at {events:,} events, {statistics.median(sizes):.0f} keys, ms",
            "ours": round(ours, 2),
            "peer": round(peer, 2),
            "against": "a walk over dicts in memory",
            "ratio": round(ours / peer, 2),
            "target": "< 6",
        }
    ]


def measure_growth(small: Path, large: Path, *, starts: int = STARTS) -> list[dict[str, Any]]:
    """Answers in a store beside those in one of a tenth of its size."""
    asked: list[tuple[str, int, Callable[[Store, str], object]]] = [
        ("backward trace of a unit", 1, trace_back),
        ("where a unit is", 1, where_is),
        ("contents of a case or pallet", 2, contents_at),
    ]
    chance = random.Random(7)
    rows = []
    starting = {path: lots_and_units(path) for path in (small, large)}
    with open_store(small) as one, open_store(large) as other:
        sizes = [store.stats()["events"] for store in (one, other)]
        for name, place, ask in asked:
            few, many = (chance.sample(starting[path][place], starts) for path in (small, large))
            milliseconds(partial(ask, one), few[:20])
            milliseconds(partial(ask, other), many[:20])
            times = [(milliseconds(partial(ask, one), few), milliseconds(partial(ask, other), many)) for _ in range(3)]
            peer, ours = (statistics.median(column) for column in zip(*times, strict=True))
            rows.append(
                {
                    "name": f"{name} at {sizes[1]:,} events, ms",
                    "ours": round(ours, 3),
                    "peer": round(peer, 3),
                    "against": f"at {sizes[0]:,} events",
                    "ratio": round(ours / peer, 2),
                    "target": "< 1.5",
                }
            )
    return rows


def measure(data: Any) -> Iterator[dict[str, Any]]:
    """The rows of the table."""
    few = max(1000, data.events // 10)
    small = build(data.folder, data.path(few, "jsonl"), "small")
    large = build(data.folder, data.path(data.events, "jsonl"), "large")
    yield from measure_forward(large)
    yield from measure_growth(small, large)
