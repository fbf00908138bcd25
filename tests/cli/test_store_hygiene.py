"""``epcis-kit store`` as a person would call it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def plant(tmp_path: Path, repository: Path) -> str:
    path = str(tmp_path / "s.db")
    assert run("capture", path, str(repository / "examples" / "story" / "plant.xml"))[0] == 0
    return path


def test_check_reindex_backup(plant: str, tmp_path: Path) -> None:
    whole = f"{plant}: clean (125 events, 1 documents, 126 log entries)\n"
    assert run("store", "check", plant) == (0, whole, "")
    with closing(sqlite3.connect(plant)) as db, db:
        db.execute("DELETE FROM contain")
    code, out, _ = run("store", "check", plant)
    assert code == 1
    assert out.startswith(f"{plant}: NOT CLEAN (125 events, ")
    assert out.endswith("What to do: epcis-kit store reindex makes the index anew from the events.\n")
    assert json.loads(run("store", "check", plant, "--json")[1])["clean"] is False
    assert run("store", "reindex", plant) == (0, f"{plant}: 125 events indexed anew\n", "")
    assert run("store", "check", plant) == (0, whole, "")
    copy = str(tmp_path / "copy.db")
    assert run("store", "backup", plant, copy) == (0, f"{copy}: 125 events\n", "")
    assert run("store", "check", copy)[0] == 0
    code, _, err = run("store", "backup", plant, copy)
    assert (code, "expected a new file" in err) == (3, True)


def test_a_changed_event_shows(plant: str) -> None:
    with closing(sqlite3.connect(plant)) as db, db:
        db.execute("UPDATE event SET payload = (SELECT payload FROM event WHERE id = 2) WHERE id = 1")
    code, out, _ = run("store", "check", plant)
    assert code == 1
    assert "log: Event 1, " in out
    assert "go back to a backup" in out


@pytest.mark.parametrize("arguments", [(), ("--to", "xml"), ("--to", "xml", "--version", "1.2", "--allow-loss")])
def test_an_export_can_be_captured(plant: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    target = str(tmp_path / "all.out")
    assert run("store", "export", plant, target, *arguments) == (0, f"{target}: 125 events\n", "")
    other = str(tmp_path / "other.db")
    assert run("capture", other, target)[0] == 0
    asked = ("EQ_bizStep=packing", "--json")
    assert run("query", other, *asked) == run("query", plant, *asked)
    kind = ("--master-data", "--json")
    assert run("query", other, *kind)[0] == 0


def test_what_is_no_store(tmp_path: Path) -> None:
    code, _, err = run("store", "check", str(tmp_path / "none.db"))
    assert (code, "There is no store at " in err) == (3, True)
