"""Events to a flat table: columns, layouts, master data, cells that are no formulas."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import epcis_kit as ek
from epcis_kit.errors import EncodeError, MappingError
from epcis_kit.tabular.flat_cells import escape_cell, unescape_cell
from epcis_kit.tabular.flat_columns import Column

if TYPE_CHECKING:
    from pathlib import Path

LOT = "https://id.gs1.org/01/09521201100012/10/S-0501"
UNIT = "https://id.gs1.org/01/09521202200018/21/1001"
PALLET = "https://id.gs1.org/00/095212010000001012"
TIME = {"event_time": "2025-05-01T23:30:00Z", "event_time_zone_offset": "+02:00"}


def event(**more: Any) -> ek.ObjectEvent:
    return ek.ObjectEvent(**{**TIME, "action": "OBSERVE", "epc_list": [UNIT], **more})


def table(source: Any, **choices: Any) -> list[dict[str, str]]:
    target = io.BytesIO()
    ek.to_table(source, target, **choices)
    return list(csv.DictReader(io.StringIO(target.getvalue().decode(), newline="")))


def test_each_object_of_an_event_has_a_row() -> None:
    rows = table(
        [event(quantity_list=[{"epc_class": LOT, "quantity": Decimal("1.10"), "uom": "KGM"}], biz_step="shipping")]
    )
    names = ("role", "object", "gtin", "lot", "serial", "quantity", "uom", "bizStep")
    assert [[row[name] for name in names] for row in rows] == [
        ["epcList", UNIT, "09521202200018", "", "1001", "", "", "shipping"],
        ["quantityList", LOT, "09521201100012", "S-0501", "", "1.10", "KGM", "shipping"],
    ]


def test_a_row_an_event_has_every_object_in_one_cell() -> None:
    (row,) = table([event(epc_list=[UNIT, PALLET])], layout="events")
    assert row["epcList"] == f"{UNIT}; {PALLET}"
    assert row["eventTime"] == "2025-05-01T23:30:00Z"


def test_an_event_without_objects_keeps_its_row() -> None:
    aggregation = ek.AggregationEvent(**TIME, action="DELETE", parent_id=PALLET)
    rows = table([event(epc_list=[]), aggregation])
    assert [(row["type"], row["role"], row["sscc"]) for row in rows] == [
        ("ObjectEvent", "", ""),
        ("AggregationEvent", "parentID", "095212010000001012"),
    ]


def test_columns_are_paths_of_json_names() -> None:
    made = event(
        biz_transaction_list=[
            {"type": "po", "biz_transaction": "urn:epcglobal:cbv:bt:9521203000006:PO-1"},
            {"type": "desadv", "biz_transaction": "urn:epcglobal:cbv:bt:9521201000008:DN-1"},
        ],
        read_point={"id": "https://id.gs1.org/414/9521201000015"},
        extensions={"https://farm.example/field": "North [1]"},
    )
    columns = [
        "When=eventTime",
        "Order [no]=bizTransactionList[type=po].bizTransaction",
        "bizTransactionList[1].type",
        "bizTransactionList",
        "readPoint.id",
        "bizLocation|readPoint",
        "ns1:field",
        "object.gtin",
        "disposition",
    ]
    (row,) = table([made], columns=columns)
    assert row == {
        "When": "2025-05-01T23:30:00Z",
        "Order [no]": "urn:epcglobal:cbv:bt:9521203000006:PO-1",
        "bizTransactionList[1].type": "desadv",
        "bizTransactionList": (
            "po: urn:epcglobal:cbv:bt:9521203000006:PO-1; desadv: urn:epcglobal:cbv:bt:9521201000008:DN-1"
        ),
        "readPoint.id": "https://id.gs1.org/414/9521201000015",
        "bizLocation|readPoint": "https://id.gs1.org/414/9521201000015",
        "ns1:field": "North [1]",
        "object.gtin": "09521202200018",
        "disposition": "",
    }


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("bizTep", "Cannot use column 'bizTep': no event has 'bizTep' (did you mean 'bizStep'?)."),
        (
            "a..b",
            (
                "Cannot read column 'a..b': expected names with dots between them, such as "
                "'bizTransactionList[type=po].bizTransaction'."
            ),
        ),
        ("readPoint@", "Cannot read column 'readPoint@': expected the name of an attribute behind '@'."),
        (
            "object.gtn",
            (
                "Cannot use column 'object.gtn': expected object.id, object.role, object.level, object.gtin, "
                "object.lot, object.serial, object.sscc, object.gln, object.quantity, object.uom."
            ),
        ),
    ],
)
def test_a_wrong_column_is_refused(column: str, message: str) -> None:
    with pytest.raises(MappingError) as raised:
        Column.parse(column)
    assert str(raised.value) == message


def test_master_data_of_the_header_is_joined(repository: Path) -> None:
    rows = table(
        repository / "examples" / "story" / "plant.xml",
        columns=["bizStep", "Place=readPoint@name", "Product=object.id@name", "object.lot"],
    )
    assert {
        "bizStep": "inspecting",
        "Place": "Brook Kitchen goods-in cold room",
        "Product": "Strawberries",
        "object.lot": "S-0502",
    } in rows


def test_what_a_spreadsheet_would_run_gets_an_apostrophe() -> None:
    (row,) = table([event(biz_step="=HYPERLINK(1)", epc_list=["-2+3"])], columns=["bizStep", "object.id"])
    assert row == {"bizStep": "'=HYPERLINK(1)", "object.id": "'-2+3"}


@given(st.text())
def test_an_escaped_cell_comes_back(text: str) -> None:
    assert unescape_cell(escape_cell(text)) == text
    assert len(text) < 2 or not escape_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_spreadsheet_has_texts_and_numbers_and_no_formula() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    target = io.BytesIO()
    made = event(
        epc_list=["=1+1"],
        quantity_list=[{"epc_class": LOT, "quantity": Decimal("12.5"), "uom": "KGM"}],
        biz_step="bell\x07",
    )
    report = ek.to_table(
        [made], target, format="xlsx", columns=["object.id", "object.quantity", "object.gtin", "bizStep"]
    )
    assert (report.events, report.rows) == (1, 2)
    sheet = openpyxl.load_workbook(io.BytesIO(target.getvalue())).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["object.id", "object.quantity", "object.gtin", "bizStep"],
        ["'=1+1", None, None, "bell_x0007_"],
        [LOT, 12.5, "09521201100012", "bell_x0007_"],
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}


def test_a_text_that_no_cell_holds_is_refused() -> None:
    pytest.importorskip("openpyxl")
    with pytest.raises(EncodeError) as raised:
        ek.to_table([event(biz_step="x" * 40_000)], io.BytesIO(), format="xlsx", columns=["bizStep"])
    assert str(raised.value) == (
        "Cannot write column 'bizStep' into a spreadsheet: expected at most 32767 characters in a cell, got 40000. "
        "Write CSV, or one row an object."
    )


def test_the_food_traceability_layout_unfolds_a_pallet() -> None:
    packing = ek.AggregationEvent(
        **TIME,
        action="ADD",
        parent_id=PALLET,
        child_quantity_list=[{"epc_class": LOT, "quantity": 40, "uom": "KGM"}],
    )
    shipping = event(
        epc_list=[PALLET],
        biz_step="shipping",
        biz_transaction_list=[{"type": "desadv", "biz_transaction": "urn:epcglobal:cbv:bt:9521201000008:DN-1"}],
        destination_list=[
            {"type": "owning_party", "destination": "https://id.gs1.org/417/9521203000006"},
            {"type": "location", "destination": "https://id.gs1.org/414/9521203000013"},
        ],
        extensions={"https://farm.example/tlcSource": "https://id.gs1.org/414/9521201000015"},
    )
    other = event(biz_step="inspecting")
    (row,) = table([packing, shipping, other], layout="fsma204")
    assert {name: value for name, value in row.items() if value} == {
        "Critical tracking event": "Shipping",
        "Traceability lot code": "(01)09521201100012(10)S-0501",
        "GTIN": "09521201100012",
        "Lot": "S-0501",
        "Quantity": "40",
        "Unit of measure": "KGM",
        "Date": "2025-05-02",
        "Shipped to": "https://id.gs1.org/414/9521203000013",
        "Traceability lot code source": "https://id.gs1.org/414/9521201000015",
        "Reference document type": "desadv",
        "Reference document number": "DN-1",
        "Logistic unit": PALLET,
    }


def test_the_food_traceability_layout_tells_what_was_used_and_made() -> None:
    made = ek.TransformationEvent(
        **TIME,
        input_quantity_list=[{"epc_class": LOT, "quantity": 40, "uom": "KGM"}],
        output_epc_list=[UNIT, UNIT.replace("1001", "1002")],
        ilmd={"cbvmda:lotNumber": "ST-1"},
    )
    rows = table([made], layout="fsma204")
    assert [(row["Used or made"], row["Lot"], row["Quantity"]) for row in rows] == [
        ("used", "S-0501", "40"),
        ("made", "ST-1", "2"),
    ]


def test_a_layout_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MappingError) as raised:
        ek.to_table([], io.BytesIO(), layout="flat")
    assert str(raised.value) == "Cannot use layout 'flat': expected objects, events or fsma204."
