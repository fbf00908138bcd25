"""Tables as they come: encodings, delimiters, headers under titles, workbooks, JSON, databases."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import DocumentError, MappingError
from epcis_kit.findings import Finding
from epcis_kit.tabular import Rows, convert_table, load_mapping, open_rows

if TYPE_CHECKING:
    from pathlib import Path

MAPPING: dict[str, Any] = {
    "epcis_map": 1,
    "defaults": {"tz": "Z"},
    "namespaces": {"ex": "https://ex.example/"},
    "fields": {
        "name": {"col": ["Product", "Item name"]},
        "lot": {"col": "Lot", "type": "lot"},
        "day": {"col": "Day", "type": "date", "formats": ["dd.MM.yyyy"], "date_only": "noon"},
    },
    "events": [
        {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "eventTime": "{day}",
            "epcList": ["urn:x:{lot}"],
            "extensions": {"ex:name": "{name}"},
        }
    ],
}
SAMPLES = {
    "utf-8": "Äpfel",
    "utf-8-sig": "Äpfel",
    "utf-16": "苹果",
    "utf-16-le": "plums",
    "cp1252": "Käse für Müller",
    "gb18030": "产品名称 数量 苹果 公司",
    "cp932": "りんごジュース",
    "cp949": "사과 주스 한국 상품",
}


def made(source: Any, mapping: dict[str, Any] | None = None) -> list[tuple[str, Any, str]]:
    """Lot, name and time of each event."""
    return [
        (event.epc_list[0][6:], event.extensions[0].value if event.extensions else None, event.event_time.text)  # type: ignore[attr-defined]
        for event in convert_table(source, mapping or MAPPING).events()
    ]


@pytest.mark.parametrize(("encoding", "text"), SAMPLES.items())
def test_encodings_are_found_out(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(f"Product;Lot;Day\r\n{text};L1;01.02.2024\r\n".encode(encoding))
    assert made(path) == [("L1", text, "2024-02-01T12:00:00.000+00:00")]
    with convert_table(path, MAPPING) as run:
        info = run.open()
    assert (info.delimiter, info.header_row, info.header) == (";", 1, ("Product", "Lot", "Day"))


@pytest.mark.parametrize("encoding", ["cp1252", "gb18030", "cp932", "cp949"])
def test_encodings_can_be_said(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(f"Product;Lot;Day\n{SAMPLES[encoding]};L1;01.02.2024\n".encode(encoding))
    assert made(path, {**MAPPING, "source": {"encoding": encoding}})[0][1] == SAMPLES[encoding]
    with pytest.raises(MappingError, match="there is no encoding 'klingon'"):
        made(path, {**MAPPING, "source": {"encoding": "klingon"}})


def test_a_letter_far_behind_the_beginning_tells_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    lines = ["Product;Lot;Day", *[f"apples;L{number};01.02.2024" for number in range(20_000)], "Käse;LX;01.02.2024"]
    path.write_bytes("\n".join(lines).encode("cp1252"))
    assert made(path)[-1] == ("LX", "Käse", "2024-02-01T12:00:00.000+00:00")


def test_bad_bytes_in_the_middle_end_their_rows_only(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    good = "Äpfel und Öl für Köln;L1;01.02.2024\n".encode()
    path.write_bytes(b"Product;Lot;Day\n" + good * 3 + b"K\xe4se;L2;01.02.2024\n" + good * 2)
    run = convert_table(path, MAPPING)
    (finding,) = (item for item in run if isinstance(item, Finding))
    assert str(finding) == f"{path}, row 5: error TAB-001: expected utf-8 text, got byte 0xe4 in cell 1"
    assert (run.rows, run.used, run.rejected) == (6, 5, 1)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_header_under_a_title_and_aliases_without_regard_to_case(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "in.csv"
    lines = [
        ["Goods, in; May"],
        [],
        ["item  NAME", " lot ", "DAY", "Remark"],
        ["Apples, red; big", "L1", "01.02.2024", "x"],
    ]
    text = "\n".join(delimiter.join(f'"{cell}"' if cell else "" for cell in line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    run = convert_table(path, MAPPING)
    (event,) = run.events()
    assert event.extensions[0].value == "Apples, red; big"
    assert (run.info.header_row, run.info.delimiter) == (3, delimiter)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "Product,Lott,Day",
            (
                "the mapping names column 'Lot', which the header does not have (did you mean 'Lott'?): "
                "Product, Lott, Day."
            ),
        ),
        ("Product,Lot,Day,LOT", None),
        ("Product,Lot,Day,Lot", "the mapping names column 'Lot', which the header has more than once: "),
    ],
)
def test_missing_and_doubled_columns(tmp_path: Path, header: str, message: str | None) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{header}\na,L1,01.02.2024{',L2' * (header.count(',') - 2)}\n", encoding="utf-8")
    if message is None:
        assert made(path)[0][0] == "L1", "the exact name is meant"
        return
    with pytest.raises(MappingError) as caught:
        made(path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_table_without_a_header_and_columns_by_number(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("a,L1,01.02.2024\nb,L2,01.02.2024\n", encoding="utf-8")
    mapping = {**MAPPING, "source": {"header": {"names": ["Product", "Lot", "Day"]}}}
    assert [lot for lot, _, _ in made(path, mapping)] == ["L1", "L2"]
    path.write_text("Product,,Day\na,L1,01.02.2024\n", encoding="utf-8")
    fields = {**MAPPING["fields"], "lot": {"col": 2, "type": "lot"}}
    assert made(path, {**MAPPING, "fields": fields})[0][0] == "L1"


def test_short_rows_are_refused_unless_the_mapping_fills_them(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Lot,Day,Product\nL1,01.02.2024\n", encoding="utf-8")
    (finding,) = convert_table(path, MAPPING)
    assert isinstance(finding, Finding)
    assert finding.message == "expected 3 cells as in the header, got 2"
    assert made(path, {**MAPPING, "source": {"short_rows": "fill"}}) == [("L1", None, "2024-02-01T12:00:00.000+00:00")]


def test_packed_tables_and_open_files(tmp_path: Path) -> None:
    data = b"Product,Lot,Day\na,L1,01.02.2024\n"
    path = tmp_path / "in.csv.gz"
    path.write_bytes(gzip.compress(data))
    assert made(path) == made(io.BytesIO(data)) == made(io.BytesIO(gzip.compress(data)))


def workbook(path: Path, rows: list[list[Any]], **cells: str) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["nothing here"])
    sheet = book.create_sheet("Goods in")
    for line in rows:
        sheet.append(line)
    for area, form in cells.items():
        if form == "merge":
            sheet.merge_cells(area.replace("_", ":"))
        else:
            sheet[area].number_format = form
    book.save(path)
    return path


def test_workbooks(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Goods in, May"],
        [],
        ["Product", "Lot", "Day"],
        ["Apples", "00123", datetime(2024, 2, 1)],  # noqa: DTZ001 - a spreadsheet has no zones
        [None, 123, "02.02.2024"],
        ["Plums", 7.0, datetime(2024, 2, 3, 9, 30)],  # noqa: DTZ001
        [None, None, None],
        ["Figs", 95212340000000018, datetime(2024, 2, 3)],  # noqa: DTZ001
    ]
    path = workbook(tmp_path / "in.xlsx", rows, A4_A5="merge", B5="00000")
    run = convert_table(path, MAPPING)
    items = list(run)
    assert [
        (item.epc_list[0], item.extensions[0].value, item.event_time.text[:10])  # type: ignore[attr-defined]
        for item in items
        if not isinstance(item, Finding)
    ] == [
        ("urn:x:00123", "Apples", "2024-02-01"),
        ("urn:x:00123", "Apples", "2024-02-02"),
        ("urn:x:7", "Plums", "2024-02-03"),
    ]
    (finding,) = (item for item in items if isinstance(item, Finding))
    assert (finding.location.row, finding.location.table_column) == (8, "Lot")
    assert "got a number in scientific notation" in finding.message
    assert (run.info.format, run.info.sheet, run.info.header_row) == ("xlsx", "Goods in", 3)
    with pytest.raises(MappingError) as caught:
        made(path, {**MAPPING, "source": {"sheet": "Goods on"}})
    assert str(caught.value) == (
        f"{path}: there is no sheet 'Goods on' (did you mean 'Goods in'?). Known: Notes, Goods in."
    )


def test_workbooks_that_are_none_or_too_large_inside(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(DocumentError, match="this is no workbook"):
        made(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * (64 << 20))
    with pytest.raises(DocumentError, match="packed at most 300 times"):
        made(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>')
    with pytest.raises(DocumentError, match=r"expected no document type in xl/workbook\.xml"):
        made(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0old")
    with pytest.raises(DocumentError, match=r"got one of the older \.xls form"):
        made(path, {**MAPPING, "source": {"format": "xlsx"}})


def test_json_lines_and_documents(tmp_path: Path) -> None:
    mapping = {
        **MAPPING,
        "source": {"explode": "items"},
        "fields": {**MAPPING["fields"], "name": {"col": "from.name"}, "lot": {"col": "items.lot", "type": "lot"}},
    }
    rows = [
        {"Day": "01.02.2024", "from": {"name": "Farm"}, "items": [{"lot": "L1"}, {"lot": "00.10"}]},
        {"Day": "02.02.2024", "from": {"name": "Mill"}, "items": []},
    ]
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + '\n{"Day": 1, "Day": 2}\n{nonsense\n', encoding="utf-8")
    run = convert_table(path, mapping)
    items = list(run)
    assert [item.epc_list[0] for item in items if not isinstance(item, Finding)] == ["urn:x:L1", "urn:x:00.10"]  # type: ignore[attr-defined]
    assert [item.message for item in items if isinstance(item, Finding)] == [
        "expected a list below 'items', got []",
        "this line is no JSON: the name 'Day' stands twice in one object",
        "this line is no JSON: it ends or breaks at character 2",
    ]
    document = tmp_path / "in.json"
    document.write_text(json.dumps({"data": {"list": rows[:1]}}), encoding="utf-8")
    mapping["source"] = {"explode": "items", "records": "data.list"}
    assert [lot for lot, _, _ in made(document, mapping)] == ["L1", "00.10"]


def test_rows_of_a_database() -> None:
    mapping = {
        **MAPPING,
        "source": {"format": "sql", "query": "select * from goods where id > :watermark and Lot <> ':no' order by id"},
        "state": {"watermark": "id"},
    }
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table goods (id, Product, Lot, Day)")
        connection.executemany(
            "insert into goods values (?, ?, ?, ?)", [(number, "x", f"L{number}", "2024-02-01") for number in range(5)]
        )
        run = convert_table(connection, mapping, params={"watermark": 2})
        assert [event.epc_list[0] for event in run.events()] == ["urn:x:L3", "urn:x:L4"]  # type: ignore[attr-defined]
        assert run.watermark_value == "4"
        with pytest.raises(MappingError, match="expected a value for parameter 'watermark'"):
            list(convert_table(connection, mapping))
        cursor = connection.execute("select Product, Lot, Day from goods limit 1")
        assert made(cursor, {**MAPPING}) == [("L0", "x", "2024-02-01T12:00:00.000+00:00")]
        cursor.close()


def test_rows_of_a_program_keep_their_types() -> None:
    rows = [{"Product": None, "Lot": 7, "Day": datetime(2024, 2, 1)}, {"Product": Decimal("1.10"), "Lot": 1.5e20}]  # noqa: DTZ001
    run = convert_table(rows, MAPPING)
    event, finding = run
    assert not isinstance(event, Finding)
    assert event.event_time.text == "2024-02-01T12:00:00.000+00:00"
    assert isinstance(finding, Finding)
    assert "got a number in scientific notation" in finding.message


def test_a_later_sheet_is_a_look_up(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Goods"
    for line in (["Lot", "Day", "Place"], ["L1", "01.02.2024", " north "], ["L2", "01.02.2024", "West"]):
        book.active.append(line)
    places = book.create_sheet("Places")
    for line in (["Name", "URI"], ["North", "urn:x:north"]):
        places.append(line)
    path = tmp_path / "in.xlsx"
    book.save(path)
    mapping = {
        **MAPPING,
        "source": {"sheet": "Goods"},
        "lookups": {"places": {"file": "same", "sheet": "Places", "key": "Name", "normalize": ["strip", "casefold"]}},
        "fields": {
            **MAPPING["fields"],
            "name": {"const": "x"},
            "place": {"lookup": "places", "by": "Place", "get": "URI"},
        },
        "events": [{**MAPPING["events"][0], "readPoint": "{place}"}],
    }
    run = convert_table(path, mapping)
    event, finding = run
    assert not isinstance(event, Finding)
    assert event.read_point is not None
    assert event.read_point.id == "urn:x:north"
    assert isinstance(finding, Finding)
    assert str(finding) == (
        f"{path}, row 3, column 'Place': error TAB-004: Cannot find 'West' in look-up 'places': expected one of its 1 "
        "keys."
    )
    mapping["fields"]["place"]["get"] = "UIR"
    with pytest.raises(MappingError, match=r"look-up 'places' has no column 'UIR' \(did you mean 'URI'\?\)"):
        list(convert_table(path, mapping))


def test_open_rows_without_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Some title\n\nA;B;C\n1;x;2024-01-01\n2;y;2024-01-02\n", encoding="utf-8")
    with open_rows(path) as rows:
        assert isinstance(rows, Rows)
        assert rows.header == ["A", "B", "C"]
        assert [(number, cells) for number, cells, _ in rows] == [
            (4, ["1", "x", "2024-01-01"]),
            (5, ["2", "y", "2024-01-02"]),
        ]


def test_a_table_of_one_broken_row() -> None:
    with pytest.raises(DocumentError) as caught:
        list(convert_table(io.BytesIO(b'"Product,Lot'), MAPPING))
    assert str(caught.value) == "expected a header, got no row that can be read"


def test_an_empty_file_of_each_kind(tmp_path: Path) -> None:
    for name in ("in.csv", "in.jsonl"):
        path = tmp_path / name
        path.write_bytes(b"")
        with pytest.raises(DocumentError, match="this table is empty"):
            list(convert_table(path, MAPPING))
    assert list(convert_table([], MAPPING)) == []
    assert load_mapping(MAPPING).columns == ("Product", "Lot", "Day")
