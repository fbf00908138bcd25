"""Capture, query, trace, where and contents on the story's files, as a person would call them."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

LOT = "(01)09521201100012(10)S-0502"
LINK = "https://id.gs1.org/01/09521201100012/10/S-0502"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A store with the whole story in it."""
    folder = tmp_path_factory.mktemp("story")
    source = repository / "examples" / "story"
    code, _, err = run("csv", str(source / "farm.csv"), str(folder / "farm.json"), "--map", str(source / "farm.yaml"))
    assert code == 0, err
    files = [folder / "farm.json", *(source / name for name in ("plant.xml", "distributor.xml", "retailer.json"))]
    code, out, _ = run("capture", str(folder / "trace.db"), "--json", *map(str, files))
    assert code == 0
    results = [json.loads(line) for line in out.splitlines()]
    assert [result["rejected"] for result in results] == [[], [], [], []]
    assert sum(result["duplicates"] for result in results) == 2
    return folder / "trace.db"


@pytest.fixture(scope="module")
def expected(repository: Path) -> dict[str, Any]:
    """What a right answer is, from the simulation that made the story."""
    answer: dict[str, Any] = json.loads((repository / "examples" / "story" / "expected.json").read_text())
    return answer


def test_capturing_again_changes_nothing(story: Path, repository: Path) -> None:
    before = run("query", str(story), "--json")[1]
    code, out, _ = run("capture", str(story), str(repository / "examples" / "story" / "plant.xml"), "--json")
    assert code == 0
    result = json.loads(out)
    assert result["captured"] == 0
    assert result["duplicates"] > 100
    assert run("query", str(story), "--json")[1] == before


def test_a_trace_in_every_format(story: Path, tmp_path: Path) -> None:
    code, out, _ = run("trace", str(story), LOT, "--json")
    assert code == 0
    trace = json.loads(out)
    assert trace["start"] == LINK
    assert trace["direction"] == "forward"
    assert run("trace", str(story), LINK, "--json")[1] == out
    code, table, _ = run("trace", str(story), LOT)
    assert table.startswith(f"{LINK} went into {len(trace['keys'])} objects, by {len(trace['links'])} links")
    assert run("trace", str(story), LOT, "--format", "dot")[1].startswith("digraph trace {")
    assert run("trace", str(story), LOT, "--format", "mermaid")[1].startswith("flowchart LR\n")
    assert run("trace", str(story), LOT, "--format", "graphml")[1].startswith("<?xml ")
    assert run("trace", str(story), LOT, "--format", "svg")[1].lstrip().startswith("<svg")
    page = tmp_path / "trace.html"
    assert run("trace", str(story), LOT, "--format", "html", "-o", str(page)) == (0, "", "")
    assert page.read_text().lstrip().lower().startswith("<!doctype html>")
    document = json.loads(run("trace", str(story), LOT, "--format", "epcis")[1])
    assert document["type"] == "EPCISQueryDocument"
    assert len(document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) == len(trace["events"])


def test_a_trace_as_of_an_instant_and_back(story: Path) -> None:
    early = json.loads(run("trace", str(story), LOT, "--json", "--at", "2025-05-02T00:00:00Z")[1])
    late = json.loads(run("trace", str(story), LOT, "--json")[1])
    assert set(early["keys"]) < set(late["keys"])
    unit = next(key for key in late["keys"] if "/21/" in key)
    back = json.loads(run("trace", str(story), unit, "--back", "--json")[1])
    assert LINK in back["keys"]
    code, out, _ = run("trace", str(story), unit, "--back", "--policy", "causal-lots", "--json")
    assert code == 0
    assert json.loads(out)["policies"] == ["causal_lots"]


def test_the_answer_is_that_of_the_simulation(story: Path, expected: dict[str, Any]) -> None:
    trace = json.loads(run("trace", str(story), LOT, "--json")[1])
    assert trace["start"] == expected["forward"]["start"]
    reached = {key for kind, keys in expected["forward"].items() if kind != "start" for key in keys}
    assert set(trace["keys"]) == reached
    back = json.loads(run("trace", str(story), expected["back"]["start"], "--back", "--json")[1])
    assert set(back["keys"]) == set(expected["back"]["keys"])
    assert trace["voided"] == expected["events"]["voided"]


def test_places_and_contents_are_those_of_the_simulation(story: Path, expected: dict[str, Any]) -> None:
    for key, place in expected["where"].items():
        answer = json.loads(run("where", str(story), key, "--json")[1])
        assert answer["containers"] == place["containers"], key
        assert answer["location"] == place["place"], key
    for case in expected["contents_at"]:
        answer = json.loads(run("contents", str(story), case["key"], "--at", case["at"], "--json")[1])
        assert set(answer["keys"]) == set(case["keys"])


def test_where_and_contents(story: Path) -> None:
    trace = json.loads(run("trace", str(story), LOT, "--json")[1])
    unit = next(key for key in trace["keys"] if "/21/" in key)
    code, out, _ = run("where", str(story), unit)
    assert code == 0
    assert out.startswith(f"{unit}\n  in: ")
    case = next(key for key in trace["keys"] if "/00/" in key)
    code, out, _ = run("contents", str(story), case, "--at", "2025-05-08T00:00:00Z", "--json")
    answer = json.loads(out)
    assert answer["start"] == case
    assert code == (0 if answer["keys"] else 1)


def test_what_was_never_seen_is_exit_code_1(story: Path) -> None:
    unknown = "https://id.gs1.org/01/09521234000013/21/none"
    assert run("where", str(story), unknown) == (1, f"{unknown}: no event in this store names it\n", "")
    code, out, _ = run("trace", str(story), unknown)
    assert code == 1
    assert "went into 0 objects" in out
    assert run("contents", str(story), unknown)[0] == 1
    assert run("query", str(story), "EQ_bizStep=destroying")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("where", "STORE", "https://id.gs1.org/01/09521201100013/10/S-0502"),
            "check digit",
        ),
        (("where", "STORE", "hello"), "Cannot read key 'hello'"),
        (("trace", "STORE", LINK, "--at", "yesterday"), "Cannot read time 'yesterday'"),
        (("query", "STORE", "EQ_bizstep=shipping"), "EQ_bizStep"),
        (("query", "STORE", "shipping"), "Cannot read query parameter 'shipping': expected NAME=VALUE."),
    ],
)
def test_wrong_usage_is_exit_code_2(story: Path, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = run(*(str(story) if argument == "STORE" else argument for argument in arguments))
    assert code == 2
    assert message in err


def test_files_that_are_no_store(tmp_path: Path) -> None:
    code, _, err = run("where", str(tmp_path / "none.db"), LINK)
    assert (code, err) == (
        3,
        f"epcis-kit: There is no store at '{tmp_path / 'none.db'}'; epcis-kit capture makes one.\n",
    )
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("hello, this is no database at all, but a text of some length\n" * 20)
    code, _, err = run("where", str(tmp_path / "text.db"), LINK)
    assert code == 3
    assert err.startswith("epcis-kit: ")
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1);")
    code, _, err = run("capture", str(tmp_path / "other.db"), str(tmp_path / "text.db"))
    assert code == 3
    assert "Traceback" not in err


def test_a_document_that_is_cut_off_leaves_nothing_behind(tmp_path: Path, repository: Path) -> None:
    whole = (repository / "examples" / "story" / "retailer.json").read_bytes()
    (tmp_path / "cut.json").write_bytes(whole[: len(whole) // 2])
    code, out, _ = run("capture", str(tmp_path / "s.db"), str(tmp_path / "cut.json"))
    assert code == 3
    assert out.startswith(f"{tmp_path / 'cut.json'}, line ")
    assert run("query", str(tmp_path / "s.db")) == (1, "", "")


def test_a_batch_captures_the_good_files(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    good = repository / "examples" / "story" / "retailer.json"
    code, out, _ = run("capture", str(tmp_path / "s.db"), str(tmp_path / "bad.json"), str(good), "--json")
    first, second = map(json.loads, out.splitlines())
    assert code == 3
    assert str(tmp_path / "bad.json") in first["error"]
    assert second["captured"] > 50


def test_queries_print_rows_lines_and_documents(story: Path) -> None:
    code, out, _ = run("query", str(story), "EQ_bizStep=shipping", "eventType=ObjectEvent")
    assert code == 0
    rows = out.splitlines()
    assert all("shipping" in row for row in rows)
    lines = run("query", str(story), "EQ_bizStep=shipping", "eventType=ObjectEvent", "--json")[1].splitlines()
    assert len(lines) == len(rows)
    assert {json.loads(line)["bizStep"] for line in lines} == {"shipping"}
    document = json.loads(
        run("query", str(story), "EQ_bizStep=shipping", "EQ_bizStep=receiving", "--format", "epcis")[1]
    )
    steps = {event["bizStep"] for event in document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]}
    assert steps == {"shipping", "receiving"}


def test_info_names_versions_and_data() -> None:
    code, out, _ = run("info", "--json")
    info = json.loads(out)
    assert code == 0
    assert set(info) == {"version", "python", "system", "libraries", "extras", "data"}
    assert "cbv" in info["data"]
    assert run("info")[1].startswith(f"epcis-kit {info['version']}, Python ")


def test_a_trace_says_where_a_limit_ended_it(story: Path) -> None:
    whole = json.loads(run("trace", str(story), LINK, "--json", "--history")[1])
    short = json.loads(run("trace", str(story), LINK, "--json", "--max-depth", "1")[1])
    assert whole["history"]
    assert whole["cut"] is None
    assert (short["cut"]["limit"], short["cut"]["value"]) == ("depth", 1)
    assert len(short["keys"]) < len(whole["keys"])
    few = json.loads(run("trace", str(story), LINK, "--json", "--max-keys", "2")[1])
    assert few["cut"]["limit"] == "nodes"
