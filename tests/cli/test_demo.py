"""The demo runs from start to end, says what the truth file says, and writes what it promises."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree

from epcis_kit.cli import cli

COLD_TRUCK = (
    "Beside the question: on 12 May the cold truck of Cool Road Logistics (demo) reported 9.4 °C with 1 affected "
    "pallet on board."
)


@pytest.fixture(scope="module")
def truth(repository: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((repository / "examples" / "story" / "expected.json").read_bytes())
    return loaded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def told(folder: Path) -> str:
    result = CliRunner().invoke(cli, ["demo", "--out", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("demo-json")
    result = CliRunner().invoke(cli, ["demo", "--json", "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    loaded: dict[str, Any] = json.loads(result.stdout)
    return loaded


def test_the_story_is_told_in_plain_steps(told: str) -> None:
    assert [line for line in told.splitlines() if line[:2] in {f"{n}." for n in range(1, 7)}] == [
        "1. Read",
        "2. Checked against the standard",
        "3. Hashed",
        "4. Captured",
        "5. Traced forward: Strawberries, lot S-0502, is bad. What did it go into?",
        "6. Traced back: one sold bottle, serial 100001. What was it made of?",
    ]
    for line in (
        "   Meadow Farm (demo)          farm.csv         CSV, mapped by farm.yaml  36 events from 12 rows",
        "   retailer.json    valid: 0 errors, 1 warning",
        "   203 of 285 events carry an eventID, 82 are known by the hash of their content:",
        "   283 new events, 2 known already",
        "   distributor.xml: 2 events that another company had sent too",
        "   It went into 96 units of 2 products: 21 sold, 9 on sale, 60 in stock and 6 on the way, no later data.",
        "   Reached: 4 lots, 96 units, 16 cases, 9 logistic units, 2 returnables and assets",
        "   Not reached: 192 units, 32 cases, 20 logistic units",
        "   Hillside Cafés (demo)                  -           -           -           6       6",
        "   … and 85 more; affected.csv has them all",
        "   Juicing apples                 lot A-0501",
    ):
        assert line in told.splitlines()


def test_the_steps_are_the_same_on_a_second_run_and_nothing_is_captured_twice(folder: Path, told: str) -> None:
    page = (folder / "recall.html").read_bytes()
    again = CliRunner().invoke(cli, ["demo", "--out", str(folder)], catch_exceptions=False)
    assert "   0 new events, 285 known already (all of it, from an earlier run)" in again.stdout.splitlines()
    steps = [line for line in told.splitlines() if not line.endswith("sent too") and "known already" not in line]
    assert [line for line in again.stdout.splitlines() if "known already" not in line] == steps
    assert (folder / "recall.html").read_bytes() == page


def test_the_affected_things_are_those_of_the_truth_file(said: dict[str, Any], truth: dict[str, Any]) -> None:
    affected = {row["key"]: row for row in said["forward"]["affected"]}
    assert set(affected) == set(truth["where"])
    for key, row in truth["where"].items():
        if row["kind"] == "unit" and row["holder_name"] is not None:
            assert affected[key]["holder"] == row["holder_name"]
        assert affected[key]["inside"] == " < ".join(row["containers"])
    assert said["forward"]["by_status"]["sold"] == truth["units_by_holder"]["sold"]
    assert said["forward"]["voided"] == truth["events"]["voided"]
    assert said["back"] == {"start": truth["back"]["start"], "keys": truth["back"]["keys"]}
    assert {source["file"]: source["events"] for source in said["sources"]} == truth["events"]["in_files"]
    assert sum(source["known"] for source in said["sources"]) == truth["events"]["duplicates"]
    assert [source["valid"] for source in said["sources"]] == [True] * 4


def test_the_json_form_keeps_its_shape(said: dict[str, Any]) -> None:
    assert list(said) == ["sources", "forward", "back", "files"]
    assert list(said["sources"][0]) == ["file", "company", "format", "sha256", "events", "valid", "captured", "known"]
    assert list(said["forward"]) == [
        "start", "reached", "by_holder", "by_status", "not_reached", "voided", "affected",
    ]  # fmt: skip
    assert said["forward"]["affected"][0].keys() == {
        "key", "kind", "product", "status", "holder", "last_place", "inside", "last_event_utc",
    }  # fmt: skip
    assert list(said["files"]) == ["page", "list", "trace"]
    assert all(Path(path).is_file() for path in said["files"].values())


def test_the_list_for_a_spreadsheet_holds_every_affected_thing(folder: Path, told: str, truth: dict[str, Any]) -> None:
    assert told
    rows = list(csv.DictReader((folder / "affected.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["key"] for row in rows} == set(truth["where"])
    assert Counter(row["kind"] for row in rows) == {
        "case": 16, "logistic unit": 9, "lot": 4, "returnable or asset": 2, "unit": 96,
    }  # fmt: skip


def test_the_page_loads_nothing_and_says_the_answer(folder: Path, told: str) -> None:
    assert told
    text = (folder / "recall.html").read_text(encoding="utf-8")
    page = etree.fromstring(text, etree.HTMLParser())
    assert page.xpath("//script | //link | //img | //iframe | //@href | //@src") == []
    answer = page.findtext(".//p[@class='answer']")
    assert answer == (
        "It went into 96 units of 2 products: 21 sold, 9 on sale, 60 in stock and 6 on the way, no later data."
    )  # fmt: skip
    notes = ["".join(str(part) for part in item.itertext()) for item in page.iterfind(".//ul/li")]
    assert notes == [
        "Hillside Cafés (demo) was sent 6 units and has sent no data: ask there.",
        COLD_TRUCK,
        "1 event was left out because an error declaration voids it.",
        "Sent off, and nobody says that they arrived: SSCC …0009054. Ask their company.",
        "No limit cut the trace: the answer is whole.",
        "Policies: causal lots off; implicit move off; ILMD lot membership off.",
    ]
    assert len(page.findall(".//svg")) >= 4


@pytest.mark.parametrize("format_", ["html", "svg"])
def test_the_trace_command_draws_with_names_from_the_store(folder: Path, told: str, format_: str) -> None:
    assert told
    arguments = ["trace", str(folder / "demo.db"), "(01)09521201100012(10)S-0502", "--format", format_]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "Brook Kitchen" in result.stdout


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = CliRunner().invoke(cli, ["demo", "--out", str(tmp_path / "taken" / "below")])
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
