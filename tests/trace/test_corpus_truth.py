"""A simulated supply chain whose answers are known: every raw lot forward, sampled units back, exactly."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.store import Store, open_store
from epcis_kit.trace import trace_back, trace_forward

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = (".json", ".xml20.xml", ".xml12.xml")


def key(text: str) -> str:
    return trace_key(text).key


def corpus(shared: Path, folder: Path, count: int) -> tuple[list[Path], list[dict[str, list[str]]]]:
    """One document a company, the formats mixed, in random order; and the truth."""
    program = [sys.executable, str(shared / "tools" / "gen_corpus.py"), "-n", str(count), "--split-by-party"]
    options = ["--formats", "json,xml20,xml12", "--truth", str(folder / "truth.jsonl"), "--out", str(folder / "all")]
    subprocess.run([*program, *options], check=True, capture_output=True)
    companies = sorted({path.name.partition(".")[0] for path in (folder / "all").iterdir()})
    chosen = [folder / "all" / f"{name}{FORMATS[place % 3]}" for place, name in enumerate(companies)]
    random.Random(count).shuffle(chosen)
    return chosen, [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]


def cut_off(store: Store, truth: list[dict[str, list[str]]]) -> set[str]:
    """Raw lots of the last run, which was cut and is not in the truth."""
    bulks = {key(str(run["bulk"])) for run in truth}
    lots: set[str] = set()
    for event in store.query(eventType="TransformationEvent"):
        outputs = {key(element.epc_class) for element in event.output_quantity_list}  # type: ignore[attr-defined]
        if outputs and not outputs & bulks:
            lots |= {key(element.epc_class) for element in event.input_quantity_list}  # type: ignore[attr-defined]
    return lots


def check(shared: Path, folder: Path, count: int) -> tuple[int, int]:
    documents, truth = corpus(shared, folder, count)
    with open_store(folder / "a.db") as store:
        total = 0
        for path in documents:
            result = store.capture(path)
            assert not result.rejected
            assert not result.conflicts
            total += result.captured
        assert total == count
        forward: dict[str, set[str]] = {}
        back: dict[str, set[str]] = {}
        for run in truth:
            lots = {key(lot) for lot in run["raw"]}
            bulk = key(str(run["bulk"]))
            for lot in lots:
                forward.setdefault(lot, set()).update({bulk}, map(key, run["units"]), map(key, run["cases"]))
            for unit in run["units"]:
                back[key(unit)] = {bulk} | lots
        whole = sorted(forward.keys() - cut_off(store, truth))
        for lot in whole:
            reached = set(trace_forward(store, lot).keys)
            pallets = {found for found in reached - forward[lot] if found.startswith("https://id.gs1.org/00/")}
            assert reached - pallets == forward[lot]
        sample = random.Random(1).sample(sorted(back), min(300, len(back)))
        for unit in sample:
            assert set(trace_back(store, unit).keys) == back[unit]
    return len(whole), len(sample)


@pytest.mark.conformance
def test_the_truth_of_a_small_corpus_is_met(shared: Path, tmp_path: Path) -> None:
    lots, units = check(shared, tmp_path, 1500)
    assert lots >= 10
    assert units == 300


@pytest.mark.slow
@pytest.mark.conformance
def test_the_truth_of_ten_thousand_events_is_met(shared: Path, tmp_path: Path) -> None:
    lots, units = check(shared, tmp_path, 10_000)
    assert lots >= 90
    assert units == 300
