"""Mappings through the command: proposed, checked, explained."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

EDITS = {
    "goods-in.csv": ["Europe/Berlin", '"9521213000010"'],
    "work-order.csv": ['"9521213000010"'],
    "packing-line.csv": ["America/Chicago", '"9521214000019"'],
    "shipping.xlsx": ["America/Los_Angeles", '"9521216000017"'],
    "retail-sales.csv": ["Europe/Paris"],
    "rfid-log.csv": ["Europe/Paris", '"9521217000016"'],
    "scan-log.csv": ['"9521215000018"'],
    "cold-chain.csv": ["Europe/Vienna", '"9521218000015"'],
}
"""What a user fills in, in the order of the proposal; docs/how-to/table-recipes.md says the numbers."""


@pytest.mark.parametrize("name", EDITS)
def test_a_proposal_runs_after_the_edits_it_asks_for(repository: Path, tmp_path: Path, name: str) -> None:
    table, mapping, output = (
        repository / "examples" / "mappings" / name,
        tmp_path / "proposed.yaml",
        tmp_path / "out.json",
    )
    result = CliRunner().invoke(cli, ["map", "init", str(table), "-o", str(mapping)])
    assert (result.exit_code, result.output.count("\n  ")) == (0, len(EDITS[name]))
    assert len(EDITS[name]) <= 5
    refused = CliRunner().invoke(cli, ["csv", str(table), str(output), "--map", str(mapping)])
    assert refused.exit_code == 2
    assert "'EDIT'" in refused.output
    text = mapping.read_text(encoding="utf-8")
    for value in EDITS[name]:
        text, count = re.subn(r"(?<=: )EDIT(?=[,\s])", value, text, count=1)
        assert count == 1
    mapping.write_text(text, encoding="utf-8")
    lint = CliRunner().invoke(cli, ["map", "lint", str(mapping), "--table", str(table)])
    assert lint.exit_code == 0, lint.output
    done = CliRunner().invoke(cli, ["csv", str(table), str(output), "--map", str(mapping), "--profile", "core"])
    assert done.exit_code == 0, done.output
    assert " + 0 rejected" in done.output
    assert f"{output}: valid by core (0 errors" in done.output


def test_a_proposal_is_not_written_over_a_file(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("precious", encoding="utf-8")
    table = str(repository / "examples" / "table" / "harvest.csv")
    result = CliRunner().invoke(cli, ["map", "init", table, "-o", str(tmp_path / "mine.yaml")])
    assert result.exit_code == 2
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "precious"


def test_a_proposal_for_programs(repository: Path) -> None:
    table = str(repository / "examples" / "table" / "harvest.csv")
    result = CliRunner().invoke(cli, ["map", "init", table, "--json"])
    body = json.loads(result.stdout)
    assert body["unused"] == []
    assert len(body["edits"]) == 2
    assert body["text"].startswith("# Proposed from harvest.csv: ")


def test_lint_says_what_is_meant_and_runs_the_tests(repository: Path, tmp_path: Path) -> None:
    good = (repository / "examples" / "table" / "harvest.yaml").read_text(encoding="utf-8")
    tests = (
        "\ntests:\n"
        "  - row: {Date: 21/05/2025 06:30, GTIN: '09521201100012', Lot: K-17, Pieces: '12'}\n"
        "    expect: {'quantityList[0].quantity': 12}\n"
        "  - row: {Date: 21/05/2025 06:30, GTIN: '09521201100012', Lot: K-17, Pieces: '13'}\n"
        "    expect: {'quantityList[0].quantity': 12}\n"
    )
    mapping = tmp_path / "m.yaml"
    mapping.write_text(good + tests, encoding="utf-8")
    result = CliRunner().invoke(cli, ["map", "lint", str(mapping)])
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].endswith("0 errors, 0 doubts, 1 of 2 tests passed")
    assert result.output.startswith("test 2")
    mapping.write_text(good.replace("bizStep:", "bizStp:"), encoding="utf-8")
    result = CliRunner().invoke(cli, ["map", "lint", str(mapping)])
    assert result.exit_code == 1
    assert "(did you mean 'bizStep'?)" in result.output


def test_a_row_is_explained_step_by_step(repository: Path) -> None:
    folder = repository / "examples" / "table"
    arguments = ["map", "explain", str(folder / "harvest.yaml"), str(folder / "harvest.csv"), "--row", "2"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[:6] == [
        "Row 2 as it was read:",
        "  Date    '21/05/2025 06:30'",
        "  GTIN    '09521201100012'",
        "  Lot     'K-17'",
        "  Pieces  '12'",
        "",
    ]
    assert "It makes 1 event, by itself:" in lines
    body = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).stdout)
    assert body["cells"]["Lot"] == "K-17"
    assert body["events"][0]["quantityList"] == [
        {"epcClass": "https://id.gs1.org/01/09521201100012/10/K-17", "quantity": 12}
    ]


def test_a_bad_row_is_explained_with_what_is_wrong(repository: Path) -> None:
    folder = repository / "examples" / "table"
    result = CliRunner().invoke(
        cli, ["map", "explain", str(folder / "harvest.yaml"), str(folder / "harvest.csv"), "--row", "3"]
    )
    assert result.exit_code == 1
    assert "  error: Cannot read GTIN '09521201100013': expected check digit 2, got 3." in result.output
    assert result.output.splitlines()[-1] == "This row makes no event."
