"""Several processes at one file: killed in the middle, writing and reading at once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from epcis_kit.store import Store, open_store
from epcis_kit.store.hygiene import check_store
from epcis_kit.trace import trace_back

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from epcis_kit.model import Event

HEAD = """
import itertools, sys, time
from epcis_kit.model import AggregationEvent
from epcis_kit.store import open_store
from epcis_kit.trace import contents_at

def packing(parent, number):
    return AggregationEvent(
        event_time="2024-03-01T08:00:00Z", event_time_zone_offset="+00:00", action="ADD",
        event_id=f"urn:x:{parent}:{number}", parent_id=f"urn:x:unit:{parent}",
        child_epcs=[f"urn:x:item:{parent}:{number}"],
    )

def document(parent, count):
    return (packing(parent, number) for number in range(count))
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    code = HEAD + textwrap.dedent(script)
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("after", [0, 1, 2500])
def test_a_killed_capture_leaves_whole_documents_only(tmp_path: Path, after: int) -> None:
    path = tmp_path / "a.db"
    process = start(
        """
        store = open_store(sys.argv[1])
        store.capture(document("whole", 50))
        def endless():
            for number in itertools.count():
                if number == int(sys.argv[2]):
                    print("now", flush=True)
                if number > int(sys.argv[2]) + 1500:
                    time.sleep(60)
                yield packing("half", number)
        store.capture(endless())
        """,
        path,
        after,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    if after:
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with open_store(path) as store:
        assert store.stats()["events"] == 50
        assert len(trace_back(store, "urn:x:unit:whole").keys) == 50
        assert store.event("urn:x:half:0") is None
        assert store.backend._db.all("PRAGMA integrity_check") == [("ok",)]  # type: ignore[attr-defined]
        assert store.capture([]).documents == 1
        assert check_store(store).flaws == ()


@pytest.mark.parametrize("seed", range(4))
def test_a_capture_killed_at_a_random_point_leaves_a_clean_store(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.db"
    process = start(
        """
        store = open_store(sys.argv[1])
        for number in itertools.count():
            store.capture([packing(f"p{number}", place) for place in range(40)])
            print(number, flush=True)
        """,
        path,
    )
    assert process.stdout is not None
    dice = random.Random(seed)
    for _ in range(dice.randrange(1, 12)):
        process.stdout.readline()
    time.sleep(dice.random() * 0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    lines = process.stdout.read().split()
    process.stdout.close()
    with open_store(path) as store:
        found = check_store(store)
        assert found.flaws == ()
        assert found.events == 40 * found.documents
        assert found.documents > int(lines[-1] if lines else 0)


def test_two_processes_capture_and_trace_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_store(path).close()
    writers = [
        start(
            """
            store = open_store(sys.argv[1], busy_seconds=60)
            for round in range(12):
                store.capture(document(f"{sys.argv[2]}{round}", 40))
                store.capture(document(f"both{round}", 40))
            """,
            path,
            name,
        )
        for name in ("a", "b")
    ]
    reader = start(
        """
        import json
        store, seen = open_store(sys.argv[1], busy_seconds=60), set()
        end = time.time() + 60
        while time.time() < end:
            counts = {len(contents_at(store, f"urn:x:unit:{name}11").keys) for name in ("a", "b", "both")}
            seen |= counts
            if counts == {40}:
                break
        print(json.dumps(sorted(seen)))
        """,
        path,
    )
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    out, _ = reader.communicate(timeout=120)
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.close()
    assert set(json.loads(out)) <= {0, 40}
    with open_store(path) as store:
        assert store.stats()["events"] == 36 * 40
        assert store.stats()["stays"] == 36 * 40


def test_two_processes_may_make_the_store_at_once(tmp_path: Path) -> None:
    processes = [
        start(
            "store = open_store(sys.argv[1]); print(store.capture(document(sys.argv[2], 5)).captured)",
            tmp_path / "a.db",
            name,
        )
        for name in "abc"
    ]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["5\n"] * 3


def test_one_store_hears_of_what_another_brought(
    tmp_path: Path, make: Callable[..., Event], state: Callable[[Store], object]
) -> None:
    events = [make("A", 8, "ADD", parentID="p01", childEPCs=[f"i{number}"]) for number in range(1300)]
    with open_store(tmp_path / "a.db") as one, open_store(tmp_path / "a.db") as other, open_store(":memory:") as whole:
        one.capture(events[:1000])  # trains the dictionary
        assert list(other.query()) == events[:1000]
        other.capture(events[900:1200])
        one.capture(events[1100:])
        assert list(one.query()) == list(other.query()) == events
        whole.capture(events)
        assert state(one) == state(other) == state(whole)
