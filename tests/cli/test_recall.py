"""A scripted recall on the command line, from the defect to the answer of a consignee."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

UNIT = "(01)09521202200018(21)100011"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> str:
    path = str(tmp_path_factory.mktemp("recall") / "s.db")
    files = [
        str(repository / "examples" / "story" / name) for name in ("plant.xml", "distributor.xml", "retailer.json")
    ]
    assert run("capture", path, *files)[0] == 0
    return path


def test_a_mock_recall(story: str, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    code, out, _ = run("recall", story, UNIT, "--reason", "glass", "--out", str(folder), "--case", "1", "--who", "QM")
    assert code == 0
    assert " things are affected (answered in " in out
    names = {path.name for path in folder.iterdir()}
    assert {"dossier.json", "affected.csv", "consignees.csv", "shipments.csv", "scope.csv", "case.json"} <= names
    assert {"notice-regulator.zh.md", "notice-public.en.md", "notice-partner-001.en.md"} <= names
    case = str(folder / "case.json")
    consignee = json.loads((folder / "dossier.json").read_text(encoding="utf-8"))["consignees"][0]["key"]
    assert run("recall-case", "note", case, "--who", "QM", "--text", "retail level")[0] == 0
    assert run("recall-case", "move", case, "notified", "--who", "team")[0] == 0
    events = str(tmp_path / "a.json")
    code, _, err = run("recall-case", "respond", case, consignee, "destroyed", "--who", "shop", "--events", events)
    assert (code, err) == (0, "")
    code, out, _ = run("recall-case", "status", case, "--json")
    assert json.loads(out)["state"] == "notified"
    assert json.loads(out)["flaws"] == []
    assert run("capture", str(tmp_path / "x.db"), events)[0] == 0
    assert run("recall", story, UNIT, "--out", str(folder), "--case", "1", "--who", "QM")[0] == 2


def test_scopes(story: str, tmp_path: Path) -> None:
    table = tmp_path / "k.csv"
    table.write_text(f"item\n{UNIT}\n", encoding="utf-8")
    one = json.loads(run("recall", story, "--keys-from", str(table), "--json")[1])
    assert [start["key"] for start in one["scope"]["starts"]] == ["https://id.gs1.org/01/09521202200018/21/100011"]
    made = json.loads(run("recall", story, "--where", "EQ_bizStep=commissioning", "--json")[1])
    assert len(made["scope"]["events"]) > 1
    some = run("recall", story, "--serials", UNIT, "(01)09521202200018(21)100013", "--json")[1]
    assert len(json.loads(some)["scope"]["starts"]) == 3


def test_what_is_unknown(story: str) -> None:
    code, out, _ = run("recall", story, "(01)09521202200018(21)999999")
    assert code == 1
    assert "unknown: https://id.gs1.org/01/09521202200018/21/999999" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("recall", "STORE"), "expected a key, conditions or a range of serial numbers."),
        (("recall", "STORE", "hello"), "hello"),
        (("recall", "STORE", UNIT, "--case", "1"), "--case needs --out"),
        (("recall", "STORE", UNIT, "--keys-from", "FILE"), "expected a column 'key' or "),
        (("recall-case", "status", "FILE"), "Cannot read the case: expected a case file of epcis-kit."),
    ],
)
def test_wrong_usage(story: str, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a\n1\n", encoding="utf-8")
    code, _, err = run(*[{"STORE": story, "FILE": str(table)}.get(one, one) for one in arguments])
    assert code == 2
    assert message in err
