"""Root causes on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from defective_plant import build
from epcis_kit.cli import cli
from epcis_kit.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("scipy", reason="the extra 'analysis' is not installed")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rca")
    plant = build(1, lambda met: 0.6 if met["line"] == "B" else 0.02, runs=8, size=10)
    with open_store(folder / "s.db") as store:
        store.capture(plant.events)
    rows = [f"{unit},leak" for unit in plant.defective] + [f"{plant.units[0]},scratch", "urn:x:never,leak"]
    (folder / "d.csv").write_text("Key,Symptom\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def test_the_line_stands_out(files: Path) -> None:
    arguments = ("rca", str(files / "s.db"), str(files / "d.csv"), "--symptom", "leak", "--limit", "Temperature=8:CEL")
    code, out, _ = run(*arguments)
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("25 defective and 55 sound items compared; ")
    assert lines[1] == "  unknown, left out: urn:x:never"
    assert lines[2] == "* line at commissioning: B"
    assert lines[-1].startswith("An association is not a cause")
    plain = json.loads(run(*arguments, "--json")[1])
    assert plain["associations"][0]["level"] == "B"
    assert plain["unknown"] == ["urn:x:never"]


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("a,b\n1,2\n", (), "expected a column 'item' or 'key' or "),
        ("item\nx\n", ("--symptom", "leak"), "has no column 'symptom'"),
        ("item\nx\n", ("--limit", "hot"), "Cannot read --limit 'hot': expected TYPE=VALUE:UNIT"),
        ("item\nurn:x:a\n", (), "Cannot compare items: expected at least 3 defective ones, got 0."),
        ("", (), "got no header."),
    ],
)
def test_wrong_usage(files: Path, tmp_path: Path, content: str, arguments: tuple[str, ...], message: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text(content, encoding="utf-8")
    code, _, err = run("rca", str(files / "s.db"), str(table), *arguments)
    assert code == 2
    assert message in err
