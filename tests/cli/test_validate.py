"""``epcis-kit validate``: every form, every option, and exit codes that say what is so."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from click.testing import CliRunner
from junitparser import JUnitXml

from epcis_kit.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:9521234.000001.1"]}
BAD = {**GOOD, "epcList": ["(01)09521234000013(21)1"], "eventID": "urn:uuid:8d1f2c1e-6f2f-4d0e-9c53-0b6f6d7c0a01"}
TIMES = {"eventTime": "2025-05-01T10:00:00Z", "eventTimeZoneOffset": "+00:00"}


def document(*events: dict[str, Any]) -> bytes:
    head = {"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"], "type": "EPCISDocument"}
    body = {"eventList": [{**TIMES, **event} for event in events]}
    dated = {"schemaVersion": "2.0", "creationDate": "2025-05-02T10:00:00Z", "epcisBody": body}
    return json.dumps({**head, **dated}, indent=1).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.json").write_bytes(document(GOOD))
    (tmp_path / "bad.json").write_bytes(document(GOOD, BAD))
    (tmp_path / "broken.json").write_bytes(document(GOOD)[:-40])
    return tmp_path


def run(*arguments: object, data: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["validate", *map(str, arguments)], input=data)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_exit_codes_say_clean_bad_or_unreadable_and_a_batch_ends_with_its_worst(folder: Path) -> None:
    good, bad, broken = (folder / f"{name}.json" for name in ("good", "bad", "broken"))
    assert run(good)[0] == 0
    assert run(bad)[0] == 1
    assert run(broken)[0] == 3
    assert run(good, bad)[0] == 1
    assert run(broken, bad, good)[0] == 3
    code, out, _ = run(folder)
    assert code == 3
    assert out.endswith(", 1 NOT VALID, 1 CANNOT BE READ\n")
    assert run(folder / "absent.json")[0] == 3


def test_warnings_fail_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "two.json"
    event = {**GOOD, "eventID": BAD["eventID"]}
    path.write_bytes(document(event, event))
    (code, out, _), (strict, _, _) = run(path), run(path, "--fail-on", "warning")
    assert " 0 errors" in out
    assert (code, strict) == (0, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--profile", "cor"], "'cor'"),
        (["--suppress", "ID-1=x"], "Cannot suppress 'ID-1': expected a rule, there is none of this name."),
        (["--suppress", "ID-001"], "got no reason."),
        (["--report", "pdf"], "'pdf'"),
        (["--fail-on", "info"], "'info'"),
        (["--max", "-1"], "-1"),
        (["--in-place"], "--in-place goes with --fix."),
        (["--fix", "all"], "'all'"),
        (["--fix", "safe", "--in-place", "-o", "x"], "--in-place and -o exclude each other."),
        (["--baseline", "absent.json"], "absent.json"),
        (["--masterdata", "absent.csv"], "absent.csv"),
        (["--lang", "fr"], "'fr'"),
        (["--naive-times", "noon"], "'noon'"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(folder: Path, options: list[str], message: str) -> None:
    code, out, err = run(folder / "good.json", *options)
    assert (code, out) == (2, "")
    assert message in err


def test_a_baseline_that_is_none_ends_with_2(folder: Path) -> None:
    (folder / "base.txt").write_bytes(b"\xff")
    code, _, err = run(folder / "good.json", "--baseline", folder / "base.txt")
    assert code == 2
    assert "expected a report that --report json or jsonl wrote." in err


def test_a_store_that_is_not_there_ends_with_3(folder: Path) -> None:
    assert run(folder / "good.json", "--store", folder / "absent.db")[0] == 3


def test_text_says_what_where_and_what_to_do(folder: Path) -> None:
    code, out, err = run(folder / "bad.json")
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0].startswith(f"{folder / 'bad.json'}: NOT VALID (2 events, 1 error, ")
    assert lines[1] == "  error ID-001"
    assert lines[2].startswith("    event 1, ")
    assert "epcList/0: Cannot use '(01)09521234000013(21)1' as an identifier" in lines[2]
    assert "    What to do: Write GS1 keys as an EPC URN" in out
    assert "\x1b" not in out


def test_text_in_chinese(folder: Path) -> None:
    out = run(folder / "bad.json", "--lang", "zh")[1]
    assert "无效 (2 个事件, 1 个错误" in out
    assert "'(01)09521234000013(21)1' 不能用作标识符" in out
    assert "    如何处理: " in out


def test_json_is_one_object_a_document(folder: Path) -> None:
    for options in (["--json"], ["--report", "json"]):
        lines = run(folder / "good.json", folder / "bad.json", *options)[1].splitlines()
        reports = [json.loads(line) for line in lines]
        assert [(report["file"], report["valid"]) for report in reports] == [
            (str(folder / "good.json"), True),
            (str(folder / "bad.json"), False),
        ]


def test_every_form_goes_to_a_file(folder: Path) -> None:
    made: dict[str, bytes] = {}
    for form in ("text", "json", "jsonl", "sarif", "junit", "html", "xlsx", "csv"):
        path = folder / f"report.{form}"
        code, out, _ = run(folder / "bad.json", "--report", form, "-o", path)
        assert (code, out) == (1, "")
        made[form] = path.read_bytes()
    assert json.loads(made["sarif"])["runs"][0]["tool"]["driver"]["name"] == "epcis_kit"
    assert JUnitXml.fromstring(made["junit"]).failures == 1
    assert b"GTIN" in made["html"]
    assert made["csv"].startswith(b"\xef\xbb\xbfFile,")
    assert json.loads(made["jsonl"].splitlines()[0])["type"] == "finding"
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    assert book.sheetnames == ["Summary", "To mend", "All findings"]
    book.close()


def test_standard_input_an_archive_and_a_compressed_file(folder: Path) -> None:
    data = document(BAD)
    code, out, _ = run("-", data=data)
    assert (code, out.partition(":")[0]) == (1, "-")
    packed = folder / "sub"
    packed.mkdir()
    (packed / "bad.json.gz").write_bytes(gzip.compress(data))
    with zipfile.ZipFile(packed / "both.zip", "w") as archive:
        archive.writestr("in/bad.json", data)
        archive.writestr("good.json", document(GOOD))
    code, out, _ = run(packed)
    assert code == 1
    names = [line.partition(": ")[0].removeprefix(f"{packed}/") for line in out.splitlines() if line[:1] == "/"]
    assert names == ["bad.json.gz", "both.zip/in/bad.json", "both.zip/good.json"]


SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@pytest.mark.parametrize("start", ["", '<?xml version="1.0" encoding="UTF-8"?>\n', "<!-- sent -->\n"])
def test_a_document_in_a_soap_envelope_is_read_where_it_stands(folder: Path, repository: Path, start: str) -> None:
    story = (repository / "examples" / "story" / "distributor.xml").read_text(encoding="utf-8").partition("?>")[2]
    wrapped = f'{start}<s:Envelope xmlns:s="{SOAP}"><s:Header/>\n<s:Body>{story}</s:Body></s:Envelope>'
    path = folder / "soap.xml"
    path.write_text(wrapped.replace("<action>ADD<", "<action>ADDD<", 1), encoding="utf-8")
    code, out, _ = run(path, "--json")
    report = json.loads(out)
    assert (code, report["events"]) == (1, 39)
    (finding,) = [one for one in report["findings"] if one["severity"] == "error"]
    line = path.read_text(encoding="utf-8").splitlines()[finding["location"]["line"] - 1]
    assert line[finding["location"]["column"] - 1 :].startswith(("<action>ADDD<", "ADDD<"))


@pytest.mark.parametrize("inside", ["<a/>", "", "<x:EPCISDocument a='b'/>", "<EPCISDocument"])
def test_an_envelope_with_something_else_cannot_be_read(folder: Path, inside: str) -> None:
    path = folder / "soap.xml"
    path.write_text(f'<Envelope xmlns="{SOAP}"><Body>{inside}</Body></Envelope>', encoding="utf-8")
    assert run(path)[0] == 3


def test_what_a_baseline_has_does_not_count(folder: Path) -> None:
    old = folder / "old.json"
    run(folder / "bad.json", "--json", "-o", old)
    code, out, _ = run(folder / "bad.json", "--baseline", old)
    assert code == 0
    assert "  Accepted: " in out
    assert "    ID-001: Known from the baseline.\n" in out
    (folder / "bad.json").write_bytes(document(GOOD, BAD, {**BAD, "eventID": "urn:x:2"}))
    assert run(folder / "bad.json", "--baseline", old)[0] == 1


def test_what_is_suppressed_does_not_count_and_says_why(folder: Path) -> None:
    code, out, _ = run(folder / "bad.json", "--suppress", "ID-001@bad.json=Labels of the old printer")
    assert code == 0
    assert "    ID-001: Labels of the old printer\n" in out
    assert run(folder / "bad.json", "--suppress", "ID-001@other.json=No")[0] == 1


def test_a_limit_leaves_out_and_counts(folder: Path) -> None:
    code, out, _ = run(folder / "bad.json", "--max", "0")
    assert code == 1
    assert "  Not shown: 1 error" in out


def test_shape_alone(folder: Path) -> None:
    code, out, _ = run(folder / "good.json", "--schema-only")
    assert code == 0
    assert "clean (1 event, 0 errors, 0 warnings)" in out


def test_safe_mending_shows_a_diff_and_writes_only_where_it_is_told_to(folder: Path) -> None:
    path, out_path = folder / "space.json", folder / "mended.json"
    data = document(
        {**GOOD, "epcList": [" urn:epc:id:sgtin:9521234.000001.1"], "bizStep": "urn:epcglobal:cbv:bizstep:packing"}
    )
    path.write_bytes(data)
    code, out, err = run(path, "--fix", "safe")
    assert '-     " urn:epc:id:sgtin:9521234.000001.1"\n+     "urn:epc:id:sgtin:9521234.000001.1"\n' in out
    assert err == f"{path}: 2 changes, not written; -o FILE or --in-place writes them\n"
    assert path.read_bytes() == data
    code, _, err = run(path, "--fix", "safe", "-o", out_path)
    assert (code, err) == (0, f"{path}: 2 changes, written to {out_path}\n")
    mended = data.replace(b'" urn', b'"urn').replace(b"urn:epcglobal:cbv:bizstep:packing", b"packing")
    assert out_path.read_bytes() == mended
    assert path.read_bytes() == data
    assert run(path, "--fix", "safe", "--in-place")[0] == 0
    assert path.read_bytes() == mended
    code, out, err = run(path, "--fix", "safe", "--in-place", "--json")
    assert (code, err, json.loads(out)["valid"]) == (0, "", True)


def test_a_diff_goes_beside_a_report_for_programs(folder: Path) -> None:
    path = folder / "space.json.gz"
    path.write_bytes(gzip.compress(document({**GOOD, "eventTimeZoneOffset": "Z"})))
    code, out, err = run(path, "--fix", "safe", "--in-place", "--json")
    assert code == 0
    assert json.loads(out)["valid"]
    assert "+++ " in err
    assert gzip.decompress(path.read_bytes()) == document(GOOD)


def test_a_check_digit_is_never_mended(folder: Path) -> None:
    path = folder / "digit.json"
    path.write_bytes(document({**GOOD, "epcList": ["https://id.gs1.org/01/09521234000014/21/1"]}))
    code, out, err = run(path, "--fix", "safe", "--in-place")
    assert (code, err) == (1, "")
    assert "---" not in out


def test_what_cannot_be_mended_in_place_is_refused(folder: Path) -> None:
    assert run("-", "--fix", "safe", "--in-place", data=document(GOOD))[0] == 2
    assert run(folder, "--fix", "safe", "-o", folder / "x.json")[0] == 2
    assert not (folder / "x.json").exists()


def test_events_of_a_store_are_the_time_before(folder: Path) -> None:
    store = folder / "trace.db"
    captured = CliRunner().invoke(cli, ["capture", str(store), str(folder / "good.json")])
    assert captured.exit_code == 0
    code, out, _ = run(folder / "good.json", "--store", store, "--complete")
    assert code in {0, 1}
    assert out.startswith(str(folder / "good.json"))
