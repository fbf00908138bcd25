from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from epcis_kit.cli import cli
from epcis_kit.hashing import event_hash, prehash
from epcis_kit.model import ObjectEvent

if TYPE_CHECKING:
    from pathlib import Path

NS = "https://repository.example.com/"
FIELDS: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2024-05-01T08:00:00+02:00",
    "eventTimeZoneOffset": "+02:00",
    "epcList": ["urn:epc:id:sscc:9521321.1234567890"],
    "action": "OBSERVE",
    "bizStep": "receiving",
}
EVENT = ObjectEvent(**FIELDS)
HASH = event_hash(EVENT)
OLD_FIELDS = {**FIELDS, "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL"}]}]}
OLD_HASH = event_hash(ObjectEvent(**OLD_FIELDS), version="legacy-1.9.3")


def document(*events: dict[str, Any]) -> str:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"repo": NS}],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2024-05-01T08:00:00Z",
            "epcisBody": {"eventList": events},
        }
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.json"


def run(*arguments: object, **choices: Any) -> Result:
    return CliRunner().invoke(cli, ["hash", *map(str, arguments)], **choices)


def test_a_line_for_each_event(file: Path) -> None:
    file.write_text(document(FIELDS, {**FIELDS, "eventID": "urn:uuid:1b8f0f5e-0000-4000-8000-000000000001"}), "utf-8")
    result = run(file)
    assert result.output == f"{HASH}  {file}#0  -\n{HASH}  {file}#1  urn:uuid:1b8f0f5e-0000-4000-8000-000000000001\n"
    assert result.exit_code == 0


def test_the_pre_hash_is_shown_item_by_item(file: Path) -> None:
    file.write_text(document(FIELDS), "utf-8")
    result = run(file, "--prehash", "--version", "CBV2.1", "--algorithm", "sha-512")
    items = prehash(EVENT, version="CBV2.1", join="\n").split("\n")
    expected = event_hash(EVENT, version="CBV2.1", algorithm="sha-512")
    assert result.output == f"{expected}  {file}#0  -\n" + "".join(f"    {item}\n" for item in items)


def test_check_says_which_version_made_a_hash(file: Path) -> None:
    file.write_text(document({**FIELDS, "eventID": HASH}, {**OLD_FIELDS, "eventID": OLD_HASH}, FIELDS), "utf-8")
    result = run(file, "--check")
    assert [line.split("  ")[3] for line in result.output.splitlines()] == [
        "matches (CBV2.0)",
        "matches (legacy-1.9.3)",
        "no hash to compare",
    ]
    assert result.exit_code == 0
    strict = run(file, "--check", "--version", "CBV2.0")
    assert strict.output.splitlines()[1].endswith("  DOES NOT MATCH")
    assert strict.exit_code == 1


def test_check_finds_a_changed_event(file: Path) -> None:
    file.write_text(document({**FIELDS, "bizStep": "shipping", "eventID": HASH}), "utf-8")
    result = run(file, "--check")
    assert result.output.endswith(f"  {file}#0  {HASH}  DOES NOT MATCH\n")
    assert result.exit_code == 1


def test_check_with_nothing_to_compare_decides_nothing(file: Path) -> None:
    file.write_text(document(FIELDS), "utf-8")
    result = run(file, "--check")
    assert result.stderr == ("epcis-kit: no event has an eventID of the form ni:///…?ver=CBV…: nothing was compared.\n")
    assert result.exit_code == 3
    file.write_text(document({**FIELDS, "eventID": "ni:///sha-1;00?ver=CBV2.0"}), "utf-8")
    result = run(file, "--check")
    assert result.stdout.endswith("  cannot be compared: unknown algorithm or version\n")
    assert result.exit_code == 3


def test_what_is_left_out_is_said(file: Path) -> None:
    file.write_text(document({**FIELDS, "repo:captureID": "7"}), "utf-8")
    assert run(file).output != f"{HASH}  {file}#0  -\n"
    assert run(file, "--ignore", NS).output == f"{HASH}  {file}#0  -  without {NS}\n"
    plain = json.loads(run(file, "--ignore", NS, "--json").output)
    assert plain == {
        "file": str(file),
        "version": "CBV2.0",
        "algorithm": "sha-256",
        "ignored": [NS],
        "events": [{"index": 0, "type": "ObjectEvent", "eventID": None, "hash": HASH}],
        "errors": [],
    }


def test_json_has_the_verdict_and_the_text(file: Path) -> None:
    file.write_text(document({**FIELDS, "eventID": HASH}), "utf-8")
    plain = json.loads(run(file, "--json", "--check", "--prehash").output)
    assert plain["events"] == [
        {
            "index": 0,
            "type": "ObjectEvent",
            "eventID": HASH,
            "hash": HASH,
            "prehash": prehash(EVENT, join="\n"),
            "check": "match",
            "matched": "CBV2.0",
        }
    ]


def test_an_event_that_cannot_be_read_keeps_its_place(file: Path) -> None:
    file.write_text(document({**FIELDS, "eventTime": "yesterday"}, FIELDS), "utf-8")
    result = run(file)
    assert result.stdout == f"{HASH}  {file}#1  -\n"
    assert result.stderr.startswith(f"epcis-kit: {file}#0: ")
    assert result.exit_code == 3
    plain = json.loads(run(file, "--json").output)
    assert [(entry["index"], "error" in entry) for entry in plain["events"]] == [(0, True), (1, False)]


def test_a_document_that_cannot_be_read_does_not_stop_the_others(file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{", "utf-8")
    file.write_text(document(FIELDS), "utf-8")
    result = run(bad, tmp_path / "absent.json", file)
    assert result.stdout == f"{HASH}  {file}#0  -\n"
    assert [line.partition(": ")[2].partition(": ")[0] for line in result.stderr.splitlines()] == [
        str(bad),
        str(tmp_path / "absent.json"),
    ]
    assert result.exit_code == 3


def test_a_truncated_document_gives_what_it_has_and_says_so(file: Path) -> None:
    file.write_text(document(FIELDS, FIELDS)[:-40], "utf-8")
    result = run(file)
    assert result.stdout.startswith(f"{HASH}  {file}#0  -\n")
    assert result.stderr.startswith(f"epcis-kit: {file}")
    assert result.exit_code == 3


def test_a_hash_that_the_old_package_made_of_json_is_recognised(file: Path) -> None:
    fields = {**FIELDS, "repo:kind": "repo:scan"}
    event = ObjectEvent(**FIELDS, extensions={f"{{{NS}}}kind": f"{NS}scan"})
    uri = event_hash(event, version="legacy-1.9.3")
    file.write_text(document({**fields, "eventID": uri}), "utf-8")
    assert run(file, "--check").output.endswith("  matches (legacy-1.9.3)\n")
    assert run(file, "--version", "legacy-1.9.3").output == f"{uri}  {file}#0  {uri}\n"


def test_standard_input_is_read() -> None:
    result = run("-", input=io.BytesIO(document(FIELDS).encode()))
    assert result.output == f"{HASH}  -#0  -\n"


def test_wrong_usage(file: Path) -> None:
    assert run().exit_code == 2
    assert run(file, "--algorithm", "md5").exit_code == 2
    assert run(file, "--version", "CBV9").exit_code == 2
