"""The recipes: each from the command line, its output whole as expected and valid by its profile."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "mappings"
RECIPES = {
    "goods-in": ("goods-in.csv", "goods-in.json", "2026-03-01T00:00:00Z"),
    "work-order": ("work-order.csv", "work-order.json", "2026-03-01T00:00:00Z"),
    "packing-line": ("packing-line.csv", "packing-line.xml", "2026-02-05T20:00:00-06:00"),
    "shipping": ("shipping.xlsx", "shipping.json", "2026-03-01T00:00:00Z"),
    "retail-sales": ("retail-sales.csv", "retail-sales.json", "2026-03-01T00:00:00Z"),
    "rfid-log": ("rfid-log.csv", "rfid-log.json", "2026-03-01T00:00:00Z"),
    "scan-log": ("scan-log.csv", "scan-log.json", "2026-03-01T00:00:00Z"),
    "cold-chain": ("cold-chain.csv", "cold-chain.json", "2026-03-01T00:00:00Z"),
}
"""Name of the mapping: table, output, creationDate."""


def test_every_mapping_is_a_recipe_and_every_recipe_is_listed() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {*RECIPES}
    for page in (FOLDER / "README.md", FOLDER.parents[1] / "docs" / "how-to" / "table-recipes.md"):
        text = page.read_text(encoding="utf-8")
        assert [name for name in RECIPES if f"{name}.yaml" not in text] == []


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_gives_what_is_expected_and_is_valid(tmp_path: Path, name: str) -> None:
    source, output, created = RECIPES[name]
    target = tmp_path / output
    arguments = ["csv", str(FOLDER / source), str(target), "--map", str(FOLDER / f"{name}.yaml")]
    result = CliRunner().invoke(cli, [*arguments, "--creation-date", created])
    assert result.exit_code == 0, result.output
    assert " + 0 rejected" in result.output
    assert f"{target}: valid by " in result.output
    assert target.read_bytes() == (FOLDER / "expected" / output).read_bytes()


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_no_fault_and_no_doubt(name: str) -> None:
    result = CliRunner().invoke(
        cli, ["map", "lint", str(FOLDER / f"{name}.yaml"), "--table", str(FOLDER / RECIPES[name][0])]
    )
    assert (result.exit_code, result.output.count("warning")) == (0, 0), result.output


@pytest.mark.parametrize("name", RECIPES)
def test_a_second_run_has_the_same_event_ids(tmp_path: Path, name: str) -> None:
    """Captured twice, nothing is added."""
    source, output, _ = RECIPES[name]
    store = str(tmp_path / "trace.db")
    said = ""
    for created in ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"):
        target = str(tmp_path / output)
        arguments = ["csv", str(FOLDER / source), target, "--map", str(FOLDER / f"{name}.yaml"), "--no-check"]
        assert CliRunner().invoke(cli, [*arguments, "--creation-date", created]).exit_code == 0
        result = CliRunner().invoke(cli, ["capture", store, target])
        assert result.exit_code == 0, result.output
        said = result.output
    assert " 0 captured" in said or "0 new" in said, said
