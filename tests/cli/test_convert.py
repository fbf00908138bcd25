"""``epcis-kit convert``: one document into a file, several into a folder, nothing lost without a word."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

from click.testing import CliRunner

import epcis_kit as ek
from epcis_kit.cli import cli


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


def packed(repository: Path, path: Path, *names: str) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.write(story(repository, name), name)
    return str(path)


def test_an_archive_goes_into_a_folder(repository: Path, tmp_path: Path) -> None:
    several = packed(repository, tmp_path / "several.zip", "plant.xml", "retailer.json")
    assert run(several, str(tmp_path / "out"), "--to", "json")[0] == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["plant.json", "retailer.json"]


def test_an_archive_of_one_goes_into_a_file(repository: Path, tmp_path: Path) -> None:
    assert run(packed(repository, tmp_path / "one.zip", "plant.xml"), str(tmp_path / "out.json"))[0] == 0
    assert len(ek.read(tmp_path / "out.json")) == 125


def test_several_documents_never_go_into_one_file(repository: Path, tmp_path: Path) -> None:
    several = packed(repository, tmp_path / "several.zip", "plant.xml", "retailer.json")
    code, _, err = run(several, str(tmp_path / "out.json"))
    assert (code, err) == (
        3,
        f"epcis-kit: {several}: expected one document for one output file, got several; name a folder/\n",
    )
    assert not (tmp_path / "out.json").exists()


def test_a_slash_makes_a_folder(repository: Path, tmp_path: Path) -> None:
    assert run(story(repository, "plant.xml"), f"{tmp_path}/new/", "--to", "xml")[0] == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["plant.xml"]


def test_words_are_spelt_as_asked(repository: Path, tmp_path: Path) -> None:
    retailer = story(repository, "retailer.json")
    for cbv, start in (("urn", b"urn:epcglobal:cbv:bizstep:"), ("web", b"https://ref.gs1.org/cbv/BizStep-")):
        assert run(retailer, str(tmp_path / f"{cbv}.xml"), "--cbv", cbv)[0] == 0
        assert b"<bizStep>" + start in (tmp_path / f"{cbv}.xml").read_bytes()
        assert ek.read(tmp_path / f"{cbv}.xml").events == ek.read(retailer).events
    code, _, err = run(retailer, str(tmp_path / "x.json"), "--cbv", "web")
    assert (code, err.splitlines()[-1]) == (2, "Error: --cbv is for XML 2.0; JSON has bare words.")
    code, _, err = run(retailer, str(tmp_path / "x.xml"), "--cbv", "web", "--version", "1.2")
    assert (code, err.splitlines()[-1]) == (2, "Error: --cbv is for XML 2.0; EPCIS 1.2 has URNs.")


def test_a_context_that_was_not_fetched_is_told(repository: Path, tmp_path: Path) -> None:
    document = json.loads((repository / "examples" / "story" / "retailer.json").read_text(encoding="utf-8"))
    document["@context"] = [document["@context"], "https://corner-market.example/context.jsonld"]
    (tmp_path / "in.json").write_text(json.dumps(document), encoding="utf-8")
    code, _, err = run(str(tmp_path / "in.json"), str(tmp_path / "out.xml"))
    assert code == 0
    assert "READ-CONTEXT: The context 'https://corner-market.example/context.jsonld' is not fetched: " in err


def test_other_encodings_and_marks_are_read(repository: Path, tmp_path: Path) -> None:
    plant, retailer = (Path(story(repository, name)).read_bytes() for name in ("plant.xml", "retailer.json"))
    made = {
        "sixteen.xml": plant.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "sixteen.json": retailer.decode().encode("utf-16"),
        "mark.json": b"\xef\xbb\xbf" + retailer,
        "mark.xml": b"\xef\xbb\xbf" + plant,
    }
    (tmp_path / "in").mkdir()
    for name, data in made.items():
        (tmp_path / "in" / name).write_bytes(data)
    assert run(str(tmp_path / "in"), str(tmp_path / "out"), "--to", "json")[0] == 0
    assert sorted(len(ek.read(path)) for path in (tmp_path / "out").iterdir()) == [85, 85, 125, 125]
