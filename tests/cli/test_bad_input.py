"""Whatever comes in: one clear sentence with the place, exit code 3, and the other files go on."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from random import Random
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2024-03-05T00:00:00Z",
    "epcisBody": {
        "eventList": [
            {
                "type": "ObjectEvent",
                "eventTime": "2024-03-01T09:00:00Z",
                "eventTimeZoneOffset": "+00:00",
                "action": "OBSERVE",
                "epcList": ["urn:epc:id:sscc:9521234.0000000001"],
                "bizStep": "shipping",
                "disposition": "in_transit",
                "readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0"},
            }
        ]
    },
}
XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{ns}" schemaVersion="{version}" '
    'creationDate="2024-03-05T00:00:00Z"><EPCISBody><EventList>{events}</EventList></EPCISBody></epcis:EPCISDocument>'
)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0">&c;</epcis:EPCISDocument>'
)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def good() -> bytes:
    return json.dumps(GOOD).encode()


CASES: dict[str, bytes] = {
    "an empty file": b"",
    "white space": b"  \n\t ",
    "a truncated file": json.dumps(GOOD).encode()[:-30],
    "truncated xml": XML.format(ns=2, version="2.0", events="").encode()[:-20],
    "binary garbage": bytes(range(256)) * 20,
    "a wrong encoding": json.dumps(GOOD)
    .replace("OBSERVE", "OBS\u00e9RVE")
    .encode("latin-1")
    .replace(b"\\u00e9", b"\xe9"),
    "xml in a wrong encoding": XML.format(ns=2, version="2.0", events="<!-- \u00e9 -->").encode("latin-1"),
    "an xml bomb": BOMB.encode(),
    "an external entity": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
    "a number of ten million digits": json.dumps(GOOD).replace('"OBSERVE"', "1" * 10_000_000).encode(),
    "a number with an exponent of a thousand million": json.dumps(GOOD)
    .replace('"OBSERVE"', '"OBSERVE", "quantityList": [{"epcClass": "urn:x:a", "quantity": 1e999999999}]')
    .encode(),
    "nesting of a hundred thousand": json.dumps(GOOD)
    .replace('"OBSERVE"', '{"a":' * 100_000 + "1" + "}" * 100_000)
    .encode(),
    "nested xml": ("<a>" * 100_000).encode(),
    "a JSON array of events": json.dumps(GOOD["epcisBody"]["eventList"]).encode(),  # type: ignore[index]
    "a JSON number": b"42",
    "another JSON document": b'{"type": "Invoice", "lines": []}',
    "another XML document": b"<invoice xmlns='urn:x'/>",
    "an unknown schemaVersion": json.dumps({**GOOD, "schemaVersion": "9.7"}).encode(),
    "an unknown xml schemaVersion": XML.format(ns=2, version="9.7", events="").encode(),
    "an unknown namespace": XML.format(ns=7, version="2.0", events="").encode(),
    "a key that stands twice": json.dumps(GOOD).replace('"action"', '"action": "ADD", "action"').encode(),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_each_gives_one_sentence_and_exit_code_3(name: str, tmp_path: Path) -> None:
    path = tmp_path / "in.dat"
    path.write_bytes(CASES[name])
    code, out, _ = run("validate", "--json", str(path))
    report = json.loads(out)
    if name.endswith("schemaVersion"):  # judged, and read on
        assert report["findings"][0]["rule"] == "DOC-005"
        last = report["findings"][0]
    else:
        assert code == 3, report
        last = next(finding for finding in report["findings"] if finding["layer"] == "syntax")
        assert last["location"]["file"] == str(path)
    assert 10 < len(last["message"]) < 600
    assert "\n" not in last["message"]
    code, _, err = run("convert", str(path), str(tmp_path / "out.json"))
    assert code == 3
    assert err.startswith(f"epcis-kit: {path}")
    assert "Traceback" not in err
    assert len(err) < 1200
    assert not (tmp_path / "out.json").exists()


def test_in_a_batch_the_other_files_go_on(tmp_path: Path) -> None:
    for number, name in enumerate(sorted(CASES)):
        (tmp_path / f"{number:02}.dat").write_bytes(CASES[name])
    (tmp_path / "zz.json").write_bytes(good())
    code, out, _ = run("validate", "--json", *(str(path) for path in sorted(tmp_path.iterdir())))
    reports = [json.loads(line) for line in out.splitlines()]
    assert code == 3
    assert len(reports) == len(CASES) + 1
    assert reports[-1] == {
        "file": str(tmp_path / "zz.json"),
        "valid": True,
        "profile": "core",
        "events": 1,
        "counts": {"error": 0, "warning": 0, "info": 0},
        "findings": [],
    }


def test_a_folder_without_any_epcis_file(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    code, out, _ = run("validate", str(tmp_path))
    assert code == 3
    assert "this folder has no EPCIS document in it" in out


def test_folders_archives_and_gzip(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_bytes(good())
    (tmp_path / "sub" / "readme.md").write_text("not an EPCIS file")
    (tmp_path / "b.gz").write_bytes(gzip.compress(good()))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("in/d.json", good())
        archive.writestr("readme.txt", "x")
    code, out, _ = run("validate", "--json", str(tmp_path))
    reports = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(report["file"], report["events"]) for report in reports] == [
        (str(tmp_path / "b.gz"), 1),
        (f"{tmp_path / 'c.zip'}/in/d.json", 1),
        (str(tmp_path / "sub" / "a.txt"), 1),
    ]


def test_a_missing_file_and_a_broken_archive(tmp_path: Path) -> None:
    code, out, _ = run("validate", str(tmp_path / "nothing.json"))
    assert code == 3
    assert "No such file or directory" in out
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 broken")
    code, out, _ = run("validate", str(tmp_path / "x.zip"))
    assert code == 3
    assert "this zip archive cannot be read" in out


def test_what_is_broken_in_a_folder_does_not_stop_the_rest(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bad.json", good())
        archive.writestr("good.json", good())
    data = bytearray((tmp_path / "a.zip").read_bytes())
    data[38:60] = b"\xff" * 22  # inside the first member's packed bytes
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "b.json").write_bytes(good())
    code, out, _ = run("validate", "--json", str(tmp_path))
    reports = [json.loads(line) for line in out.splitlines()]
    assert code == 3
    assert [(report["file"], report["events"]) for report in reports] == [
        (f"{tmp_path / 'a.zip'}/good.json", 1),
        (str(tmp_path / "b.json"), 1),
        (str(tmp_path), 0),
    ]
    (finding,) = reports[-1]["findings"]
    assert finding["message"].startswith("a.zip: this zip archive cannot be read: member 'bad.json': Error -3 while")


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_archive_never_ends_in_a_traceback(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.json", good())
        archive.writestr("two.json", good())
    data, random = bytearray(path.read_bytes()), Random(seed)
    for _ in range(4):
        data[random.randrange(4, len(data))] = random.randrange(256)
    path.write_bytes(data)
    assert run("validate", str(path))[0] in {0, 1, 3}


def test_a_pipe_is_read_like_standard_input(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    for command in (("validate",), ("capture", str(tmp_path / "t.db"))):
        writer = Thread(target=path.write_bytes, args=(good(),))
        writer.start()
        code, out, _ = run(*command, str(path))
        writer.join()
        assert (code, out.partition(":")[0]) == (0, str(path))


def test_an_archive_on_standard_input(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("one.json", good())
    result = CliRunner().invoke(cli, ["validate", "-"], input=(tmp_path / "a.zip").read_bytes())
    assert (result.exit_code, result.stdout) == (0, "-/one.json: clean (1 event, 0 errors, 0 warnings)\n")


def test_capture_says_3_where_the_text_of_an_event_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_bytes(CASES["a number of ten million digits"])
    assert run("capture", str(tmp_path / "t.db"), str(path))[0] == 3
    path.write_bytes(json.dumps(GOOD).replace("OBSERVE", "PUT").encode())
    assert run("capture", str(tmp_path / "t.db"), str(path))[0] == 1


def test_standard_input() -> None:
    result = CliRunner().invoke(cli, ["validate", "-"], input=good())
    assert (result.exit_code, result.stdout) == (0, "-: clean (1 event, 0 errors, 0 warnings)\n")


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(good())
    assert run("validate", str(path), "--profile", "cor")[0] == 2
    assert run("valdate", str(path))[0] == 2
    assert "Did you mean 'validate'?" in run("valdate", str(path))[2]
    assert run("convert", str(path), "out.bin")[0] == 2
    code, _, err = run("validate", str(path), "--naive-times", "xx")
    assert code == 2
    assert "expected an offset such as +01:00, Z or event-offset, got 'xx'." in err


def test_findings_are_exit_code_1(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    event: dict[str, Any] = {**GOOD["epcisBody"]["eventList"][0], "epcList": ["N/A"]}  # type: ignore[index]
    path.write_text(json.dumps({**GOOD, "epcisBody": {"eventList": [event]}}))
    code, out, _ = run("validate", str(path))
    assert code == 1
    assert out.startswith(f"{path}: NOT VALID (1 event, 1 error, 0 warnings)\n  error ID-007")
    assert "'N/A' is a placeholder and no identifier." in out
    assert "Leave the field out where there is no value." in out


def test_the_report_goes_into_a_file(tmp_path: Path) -> None:
    path, report = tmp_path / "a.json", tmp_path / "report.txt"
    path.write_bytes(good())
    assert run("validate", str(path), "-o", str(report)) == (0, "", "")
    assert report.read_text() == f"{path}: clean (1 event, 0 errors, 0 warnings)\n"


def test_rules_are_listed_and_explained() -> None:
    code, out, _ = run("rules")
    assert code == 0
    assert "EVT-003  error    An aggregation that is made or ended names its parent" in out
    code, out, _ = run("rules", "evt-003")
    assert code == 0
    assert "  Bad:\n" in out
    assert run("rules", "EVT-999")[0] == 2
