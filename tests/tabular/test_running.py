"""Tables into files: what is written where, what an interruption leaves, and how a run goes on."""

from __future__ import annotations

import csv
import gzip
import json
from typing import TYPE_CHECKING, Any, cast

import pytest

import epcis_kit as ek
from epcis_kit.errors import DocumentError
from epcis_kit.model import Timestamp
from epcis_kit.tabular import TableRun, load_mapping, running
from epcis_kit.tabular.outputs import Form, split_column
from epcis_kit.tabular.running import Plan, Stopped, Summary, run_table

if TYPE_CHECKING:
    from pathlib import Path

GTIN = "09521211000203"
MAPPING: dict[str, Any] = {
    "epcis_map": 1,
    "id": "test",
    "defaults": {"tz": "+01:00", "lost_zeros": "restore"},
    "fields": {
        "time": {"col": "time", "type": "datetime"},
        "gtin": {"col": "gtin", "type": "gtin"},
        "lot": {"col": "lot", "type": "lot"},
        "to": {"col": "to"},
    },
    "events": [
        {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "bizStep": "shipping",
            "eventTime": "{time}",
            "quantityList": [{"class": "{gtin}.{lot}"}],
            "destinationList": [{"type": "location", "id": "urn:x:{to}"}],
        }
    ],
}
GROUPED = {
    **MAPPING,
    "events": [{**MAPPING["events"][0], "group_by": ["to"], "mode": "sorted", "eventTime": "max({time})"}],
}
CREATED = Timestamp.parse("2026-01-01T00:00:00Z")


def write_table(path: Path, rows: int = 60, bad: tuple[int, ...] = (7, 8, 31)) -> None:
    lines = ["time,gtin,lot,to"]
    for number in range(rows):
        gtin = "09521211000204" if number in bad else GTIN
        lines.append(f"2026-01-05T10:00:{number:02d},{gtin},L{number},{chr(97 + number // 5)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def plan(folder: Path, name: str = "out.json", **more: Any) -> Plan:
    form = Form(cast("Any", {"json": "json", "xml": "xml", "jsonl": "jsonl"}[name.split(".")[1]]))
    return Plan(**{"target": folder / name, "form": form, "creation_date": CREATED, **more})


def run(folder: Path, mapping: dict[str, Any] = MAPPING, name: str = "out.json", **more: Any) -> Summary:
    return run_table(folder / "table.csv", load_mapping(mapping), plan(folder, name, **more))


def test_every_row_is_counted_and_the_bad_ones_are_told(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    summary = run(tmp_path, rejects=tmp_path / "rejects.csv")
    assert (summary.rows, summary.used, summary.rejected, summary.events) == (60, 57, 3, 57)
    assert [finding.location.row for finding in summary.findings] == [9, 10, 33]
    assert len(ek.read(tmp_path / "out.json").events) == 57
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "rejects.csv", "table.csv"]


def test_rejects_are_mended_and_run_alone(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    rejects = tmp_path / "rejects.csv"
    run(tmp_path, rejects=rejects)
    with rejects.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0] == {
        "reject_row": "9",
        "reject_column": "gtin",
        "reject_rule": "TAB-002",
        "reject_reason": "Cannot read GTIN '09521211000204': expected check digit 3, got 4.",
        "time": "2026-01-05T10:00:07",
        "gtin": "09521211000204",
        "lot": "L7",
        "to": "b",
    }
    again = run_table(rejects, load_mapping(MAPPING), plan(tmp_path, "again.json", rejects=tmp_path / "second.csv"))
    assert (again.rows, again.rejected) == (3, 3)
    with (tmp_path / "second.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream)) == list(rows[0])
    mended = rejects.read_text(encoding="utf-8").replace("09521211000204", GTIN)
    rejects.write_text(mended, encoding="utf-8")
    good = run_table(rejects, load_mapping(MAPPING), plan(tmp_path, "mended.json"))
    assert (good.rows, good.used, good.events) == (3, 3, 3)


def test_a_row_of_the_wrong_length_stays_as_it_is_in_the_rejects(tmp_path: Path) -> None:
    text = f"time;gtin;lot;to\n2026-01-05T10:00:00;{GTIN};Lé\n2026-01-05T10:00:00;{GTIN};L2;a;b;c\n"
    (tmp_path / "table.csv").write_bytes(text.encode("cp1252"))
    mapping = {**MAPPING, "source": {"encoding": "cp1252"}}
    summary = run(tmp_path, mapping, rejects=tmp_path / "rejects.csv")
    assert (summary.rows, summary.rejected) == (2, 2)
    lines = (tmp_path / "rejects.csv").read_bytes().decode("cp1252").splitlines()
    assert lines[1].endswith(f";2026-01-05T10:00:00;{GTIN};Lé")
    assert lines[2].endswith(f";2026-01-05T10:00:00;{GTIN};L2;a;b;c")


def test_a_formula_in_the_rejects_is_escaped_and_read_again_as_it_was(tmp_path: Path) -> None:
    bad = f"time,gtin,lot,to\n2026-01-05T10:00:00,{GTIN[:-1]}4,L1,=HYPERLINK(1)\n"
    (tmp_path / "table.csv").write_text(bad, encoding="utf-8")
    rejects = tmp_path / "rejects.csv"
    run(tmp_path, rejects=rejects)
    text = rejects.read_text(encoding="utf-8")
    assert text.endswith(",L1,'=HYPERLINK(1)\n")
    rejects.write_text(text.replace(f",{GTIN[:-1]}4,", f",{GTIN},"), encoding="utf-8")
    summary = run_table(rejects, load_mapping(MAPPING), plan(tmp_path))
    (event,) = summary.shown
    assert event.destination_list[0].destination == "urn:x:=HYPERLINK(1)"


def test_bytes_that_cannot_be_read_stand_in_the_rejects_as_they_were(tmp_path: Path) -> None:
    line = f"2026-01-05T10:00:00,{GTIN},L\xff1,a".encode("latin-1")
    (tmp_path / "table.csv").write_bytes(b"time,gtin,lot,to\n" + line + b"\n")
    run(tmp_path, {**MAPPING, "source": {"encoding": "utf-8"}}, rejects=tmp_path / "rejects.csv")
    assert (tmp_path / "rejects.csv").read_bytes().endswith(b"," + line + b"\r\n")


def test_rejects_as_json_lines(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv", 9, (3,))
    run(tmp_path, rejects=tmp_path / "rejects.jsonl")
    (line,) = (tmp_path / "rejects.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["reject_row"] == 5
    assert json.loads(line)["lot"] == "L3"


@pytest.mark.parametrize("name", ["rejects.csv", "rejects.xlsx"])
def test_rejects_of_a_spreadsheet_are_run_with_its_mapping(repository: Path, tmp_path: Path, name: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    folder = repository / "examples" / "mappings"
    book = openpyxl.load_workbook(folder / "shipping.xlsx")
    book["Shipping"]["B6"] = "a lot with more than twenty characters"
    book.save(tmp_path / "bad.xlsx")
    loaded = load_mapping(folder / "shipping.yaml")
    first = run_table(tmp_path / "bad.xlsx", loaded, plan(tmp_path, rejects=tmp_path / name))
    assert (first.rows, first.rejected) == (3, 1)
    again = plan(tmp_path, "again.json", same=tmp_path / "bad.xlsx")
    second = run_table(tmp_path / name, load_mapping(folder / "shipping.yaml"), again)
    assert [finding.location.table_column for finding in second.findings] == ["TLC - Batch"]
    assert (second.rows, second.rejected) == (1, 1)


def test_repairs_are_logged(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(
        "time,gtin,lot,to\n2026-01-05T10:00:00,9521211000203,L1,a\n2026-01-05T10:00:00,9521211000203,13579.0,a\n",
        encoding="utf-8",
    )
    summary = run(tmp_path, repairs=tmp_path / "repairs.csv")
    with (tmp_path / "repairs.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert summary.repaired == len(rows) == 1
    assert (rows[0]["row"], rows[0]["column"], rows[0]["before"], rows[0]["after"]) == ("3", "lot", "13579.0", "13579")


@pytest.mark.parametrize("name", ["out.json", "out.xml", "out.jsonl", "out.json.gz", "out.xml.gz"])
@pytest.mark.parametrize("mapping", [MAPPING, GROUPED], ids=["rows", "groups"])
@pytest.mark.parametrize("at", [22, 45])
def test_an_interrupted_run_ends_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, mapping: dict[str, Any], at: int
) -> None:
    monkeypatch.setattr(running, "_EVERY", 1 if mapping is GROUPED else 5)
    write_table(tmp_path / "table.csv")
    logs = {"rejects": tmp_path / "rejects.csv", "repairs": tmp_path / "repairs.csv"}
    whole = run(tmp_path, mapping, name, **logs)
    expected = {path: path.read_bytes() for path in (tmp_path / name, *logs.values())}
    for path in expected:
        path.unlink()

    seen = 0

    class Cut(TableRun):
        def results(self) -> Any:
            nonlocal seen
            for item in super().results():
                seen += 1
                if self.rows >= at:
                    raise KeyboardInterrupt
                yield item

    with monkeypatch.context() as patched:
        patched.setattr(running, "TableRun", Cut)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, mapping, name, **logs)
    assert not (tmp_path / name).exists()
    state = tmp_path / f".{name}.state"
    assert state.exists()
    again = run(tmp_path, mapping, name, resume=True, **logs)
    assert {path: path.read_bytes() for path in expected} == expected
    assert (again.rows, again.used, again.rejected, again.events) == (60, 57, 3, whole.events)
    assert not state.exists()
    if name.endswith(".gz"):
        gzip.decompress(expected[tmp_path / name])


def test_a_changed_table_cannot_be_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_EVERY", 5)
    write_table(tmp_path / "table.csv")

    def cut() -> None:
        raise KeyboardInterrupt

    table = tmp_path / "table.csv"
    write_table(table, 60, ())
    with monkeypatch.context() as patched:
        patched.setattr(running, "_WATCHED", 31)
        with pytest.raises(KeyboardInterrupt):
            run_table(table, load_mapping(MAPPING), plan(tmp_path), _after(2, cut))
    write_table(table, 59, ())
    with pytest.raises(DocumentError) as raised:
        run(tmp_path, resume=True)
    assert str(raised.value) == (
        f"{tmp_path / '.out.json.state'}: cannot resume: the table has changed since; start again without --resume"
    )


def _after(calls: int, action: Any) -> Any:
    count = 0

    def watch(*_: Any) -> None:
        nonlocal count
        count += 1
        if count >= calls:
            action()

    return watch


def test_output_is_split_by_size(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv", bad=())
    summary = run(tmp_path, split_size=25)
    assert [path.name for path in summary.outputs] == ["out-0001.json", "out-0002.json", "out-0003.json"]
    assert [len(ek.read(path).events) for path in summary.outputs] == [25, 25, 10]


def test_output_is_split_by_partner(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv", bad=())
    summary = run(tmp_path, name="out.xml", split_by=split_column("partner"))
    assert {path.name: len(ek.read(path).events) for path in summary.outputs} == {
        f"out-{letter}.xml": 5 for letter in "abcdefghijkl"
    }


def test_too_many_bad_rows_stop_the_run_and_leave_no_output(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    with pytest.raises(Stopped) as raised:
        run(tmp_path, max_errors=2, rejects=tmp_path / "rejects.csv")
    assert str(raised.value) == "Stopped at row 32 of the table: 3 rows rejected, more than 2."
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rejects.csv", "table.csv"]
    with pytest.raises(Stopped):
        run(tmp_path, max_share=0.01)
    assert run(tmp_path, max_share=0.05).rejected == 3


def test_a_table_that_ends_too_early_leaves_no_output(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    packed = gzip.compress((tmp_path / "table.csv").read_bytes())
    (tmp_path / "table.csv").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DocumentError):
        run(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv")
    summary = run_table(tmp_path / "table.csv", load_mapping(MAPPING), plan(tmp_path, target=None))
    assert (summary.events, len(summary.shown)) == (57, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
