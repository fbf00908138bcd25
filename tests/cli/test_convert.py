"""``epcis-kit convert``: one document into a file, several into a folder, nothing lost without a word."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

import epcis_kit as ek
from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["convert", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def story(repository: Path, name: str) -> str:
    return str(repository / "examples" / "story" / name)


def test_one_document_into_a_file(repository: Path, tmp_path: Path) -> None:
    plant, out = story(repository, "plant.xml"), tmp_path / "plant.json"
    code, _, err = run(plant, str(out), "--allow-loss", "--check")
    assert code == 0
    assert err.startswith("125 events, xml 1.2 to json 2.0, ")
    assert ek.read(out).events == ek.read(plant).events


def test_compressed_and_indented(repository: Path, tmp_path: Path) -> None:
    retailer, out = story(repository, "retailer.json"), tmp_path / "r.json.gz"
    assert run(retailer, str(out), "--indent", "2")[0] == 0
    assert gzip.decompress(out.read_bytes()).startswith(b'{\n  "@context": [\n')
    assert ek.read(out).events == ek.read(retailer).events


def test_standard_output_holds_the_document_and_nothing_else(repository: Path) -> None:
    retailer = story(repository, "retailer.json")
    code, out, err = run(retailer, "-", "--to", "xml")
    assert code == 0
    assert ek.read(out.encode()).events == ek.read(retailer).events
    assert "85 events" in err


def test_several_documents_into_a_folder(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    sources = [story(repository, "plant.xml"), str(tmp_path / "bad.json"), story(repository, "retailer.json")]
    out = tmp_path / "out"
    code, text, _ = run(*sources, str(out), "--to", "xml", "--json")
    results = [json.loads(line) for line in text.splitlines()] if text else []
    assert code == 3
    assert [result.get("events") for result in results] == [125, None, 85]
    assert sorted(path.name for path in out.iterdir()) == ["plant.xml", "retailer.xml"]
    assert ek.read(out / "retailer.xml").events == ek.read(sources[2]).events


def test_names_in_the_folder_do_not_collide(repository: Path, tmp_path: Path) -> None:
    same = tmp_path / "in" / "deep"
    same.mkdir(parents=True)
    data = (repository / "examples" / "story" / "retailer.json").read_bytes()
    (same / "a.json").write_bytes(data)
    (same.parent / "a.json").write_bytes(data)
    assert run(str(same.parent), str(tmp_path / "out"), "--to", "xml")[0] == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a-2.xml", "a.xml"]


def test_what_would_be_lost_stops_it_and_nothing_is_written(repository: Path, tmp_path: Path) -> None:
    source = tmp_path / "certified.json"
    document = json.loads((repository / "examples" / "story" / "retailer.json").read_text())
    event = document["epcisBody"]["eventList"][0]
    event["certificationInfo"] = "https://example.com/certificate/1"
    document["epcisBody"]["eventList"] = [event]
    source.write_text(json.dumps(document))
    out = tmp_path / "old.xml"
    code, _, err = run(str(source), str(out), "--version", "1.2")
    assert code == 1
    assert "certificationInfo" in err
    assert err.endswith("Nothing was written. --allow-loss goes on without these.\n")
    assert not out.exists()
    code, _, err = run(str(source), str(out), "--version", "1.2", "--allow-loss")
    assert code == 0
    assert "certificationInfo" in err
    assert out.exists()


def test_keys_are_spelt_as_the_caller_wants(repository: Path, tmp_path: Path) -> None:
    retailer = story(repository, "retailer.json")
    out = tmp_path / "urns.xml"
    code, _, err = run(retailer, str(out), "--epcs", "urn", "--gcp-length", "7", "--allow-loss")
    assert code == 0, err
    text = out.read_text()
    assert "urn:epc:id:sgtin:9521202." in text
    assert "/01/09521202" not in text


def test_wrong_usage(repository: Path, tmp_path: Path) -> None:
    retailer = story(repository, "retailer.json")
    assert run(retailer, str(tmp_path / "x.bin"))[0] == 2
    assert run(retailer, retailer, str(tmp_path / "folder"))[0] == 2
    assert run(retailer, str(tmp_path / "x.json"), "--to", "json", "--version", "1.2")[0] == 2
