"""Anomalies and the standing of an item on the command line, on the story's files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

UNIT = "(01)09521202200018(21)100047"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> str:
    path = str(tmp_path_factory.mktemp("odd") / "s.db")
    files = [
        str(repository / "examples" / "story" / name) for name in ("plant.xml", "distributor.xml", "retailer.json")
    ]
    assert run("capture", path, *files)[0] == 0
    return path


def test_the_story_is_whole(story: str) -> None:
    code, out, _ = run("anomalies", story)
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "245 events looked at, 10 anomalies"
    assert lines[1].startswith("info received_unshipped (10): ")  # the farm's own file is not among these
    assert run("anomalies", story, "--kind", "after_end")[:2] == (0, "245 events looked at, 0 anomalies\n")
    code, out, _ = run("verify-item", story, UNIT)
    assert code == 0
    assert out.startswith("https://id.gs1.org/01/09521202200018/21/100047: ")


def test_a_market_that_was_not_meant(story: str, tmp_path: Path) -> None:
    markets = tmp_path / "m.csv"
    markets.write_text("GTIN,Country\n09521202200018,XX\n", encoding="utf-8")
    code, out, _ = run("anomalies", story, "--markets", str(markets), "--json")
    plain = json.loads(out)
    assert set(plain) == {"events", "counts", "anomalies"}
    assert code == (1 if plain["anomalies"] else 0)


def test_an_unknown_item(story: str) -> None:
    code, out, _ = run("verify-item", story, "(01)09521202200018(21)100O47", "--json")
    plain = json.loads(out)
    assert code == 1
    assert (plain["known"], plain["status"]) == (False, "unknown")
    assert plain["near"][0] == "https://id.gs1.org/01/09521202200018/21/100047"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("anomalies", "STORE", "--kind", "colour"), "Cannot look for anomalies of kind 'colour'"),
        (("anomalies", "STORE", "--at", "soon"), "Cannot use time 'soon'"),
        (("anomalies", "STORE", "--markets", "FILE"), "expected the columns 'gtin' and 'country', got 'a'."),
        (("verify-item", "STORE", "hello"), "hello"),
    ],
)
def test_wrong_usage(story: str, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a\n1\n", encoding="utf-8")
    code, _, err = run(*[{"STORE": story, "FILE": str(table)}.get(one, one) for one in arguments])
    assert code == 2
    assert message in err
