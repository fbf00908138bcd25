"""Queries on the command line: names of the standard, pages, explanations, master data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the files of the plant and of the distributor."""
    path = str(tmp_path_factory.mktemp("query") / "s.db")
    story = ROOT / "examples" / "story"
    assert run("capture", path, str(story / "plant.xml"), str(story / "distributor.xml"))[0] == 0
    return path


def test_pages_follow_each_other(plant: str) -> None:
    whole = run("query", plant, "EQ_bizStep=packing", "orderBy=eventTime", "--json")[1].splitlines()
    found: list[str] = []
    more: list[str] = []
    while True:
        code, out, err = run(
            "query", plant, "EQ_bizStep=packing", "orderBy=eventTime", "--json", "--per-page", "7", *more
        )
        assert code == 0
        found += out.splitlines()
        if not err:
            break
        assert err.startswith("more: --page-token ")
        more = err.split()[1:]
    assert found == whole
    assert len(whole) > 7


def test_a_query_says_how_it_is_answered(plant: str) -> None:
    code, out, _ = run("query", plant, "EQ_bizStep=packing", "EXISTS_ILMD_cbvmda:lotNumber", "--explain")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("EQ_bizStep: index column, ")
    assert lines[1].startswith("EXISTS_ILMD_cbvmda:lotNumber: index detail, ")
    assert lines[1].endswith(" events, each looked at")
    assert lines[2].startswith("together: 0 of ")
    plain = json.loads(run("query", plant, "EQ_bizStep=packing", "--explain", "--json")[1])
    assert plain["lookups"][0]["source"] == "column"
    assert plain["checked"] is False


def test_what_is_known_of_places(plant: str) -> None:
    code, out, _ = run("query", plant, "--master-data", "vocabularyName=urn:epcglobal:epcis:vtype:EPCClass")
    assert code == 0
    assert out.startswith("EPCClass")
    one = json.loads(run("query", plant, "--master-data", "HASATTR=name", "--json")[1].splitlines()[0])
    assert sorted(one) == ["attributes", "children", "id", "type"]
    document = json.loads(run("query", plant, "--master-data", "--format", "epcis")[1])
    assert document["type"] == "EPCISDocument"  # what JSON has for master data alone
    kinds = [kind["type"] for kind in document["epcisHeader"]["epcisMasterData"]["vocabularyList"]]
    assert kinds == sorted(kinds)
    assert run("query", plant, "--master-data", "EQ_name=urn:x:nobody") == (1, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--master-data", "EQ_nam=x"), "did you mean EQ_name?"),
        (("--master-data", "--explain"), "--master-data gives one whole answer"),
        (("--explain", "--per-page", "5"), "--explain reads no events"),
        (("--per-page", "0"), "--per-page"),
        (("--page-token", "x"), "Cannot use nextPageToken 'x': expected a token that an earlier page gave."),
        (("--namespace", "ex"), "Cannot read --namespace 'ex': expected PREFIX=URI."),
        (("GE_value_CEL=hot",), "Cannot use query parameter GE_value_CEL with 'hot': expected a number"),
        (("maxEventCount=1",), "Cannot answer the query: expected at most 1 events (maxEventCount), got more."),
    ],
)
def test_wrong_usage(plant: str, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = run("query", plant, *arguments)
    assert code == 2
    assert message in err
