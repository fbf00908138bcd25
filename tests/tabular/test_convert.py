"""Rows become events or findings, and every one is counted."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import DocumentError, MappingError
from epcis_kit.findings import Finding, Location
from epcis_kit.model import AggregationEvent, Event, ObjectEvent, TransformationEvent
from epcis_kit.tabular import convert_table, load_mapping

if TYPE_CHECKING:
    from pathlib import Path

MAPPING: dict[str, Any] = {
    "epcis_map": 1,
    "id": "goods-in",
    "source": {"null": ["", "-"]},
    "defaults": {"tz": "Europe/Berlin"},
    "namespaces": {"ex": "https://ex.example/ns/"},
    "fields": {
        "gtin": {"col": "GTIN", "type": "gtin"},
        "lot": {"col": "Lot", "type": "lot"},
        "kg": {"col": "Kg", "type": "decimal"},
        "when": {"col": "When", "type": "datetime", "formats": ["dd.MM.yyyy HH:mm"]},
        "dock": {"const": "9521234000006", "type": "gln"},
        "unit": {"col": "Unit", "type": "text", "map": {"kilo": "KGM"}},
    },
    "events": [
        {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "bizStep": "receiving",
            "eventTime": "{when}",
            "quantityList": [{"class": "{gtin}.{lot}", "quantity": "{kg}", "uom": "{unit}"}],
            "readPoint": "{dock|sgln}",
            "destinationList": [{"type": "owning_party", "id": "{dock|pgln}"}],
            "extensions": {"ex:note": "{lot} came in"},
        }
    ],
}
ROW = {"GTIN": "09521234000013", "Lot": "A1", "Kg": "1.10", "When": "01.07.2024 09:30", "Unit": "kilo"}


def with_(**changes: Any) -> dict[str, Any]:
    return {**MAPPING, **changes}


def test_a_row_becomes_an_event() -> None:
    run = convert_table([ROW], MAPPING)
    assert list(run) == [
        ObjectEvent(
            event_time="2024-07-01T09:30:00.000+02:00",
            event_time_zone_offset="+02:00",
            action="OBSERVE",
            biz_step="receiving",
            quantity_list=[
                {
                    "epcClass": "https://id.gs1.org/01/09521234000013/10/A1",
                    "quantity": Decimal("1.10"),
                    "uom": "KGM",
                }
            ],
            read_point={"id": "https://id.gs1.org/414/9521234000006"},
            destination_list=[{"type": "owning_party", "destination": "https://id.gs1.org/417/9521234000006"}],
            extensions={"{https://ex.example/ns/}note": "A1 came in"},
        )
    ]
    assert (run.rows, run.used, run.rejected) == (1, 1, 0)


def test_urns_when_the_mapping_asks_for_them() -> None:
    (event,) = convert_table([ROW], with_(defaults={"tz": "+00:00", "ids": "urn", "gcp_length": 7}))
    assert isinstance(event, ObjectEvent)
    assert event.quantity_list[0].epc_class == "urn:epc:class:lgtin:9521234.000001.A1"
    assert event.read_point is not None
    assert event.read_point.id == "urn:epc:id:sgln:9521234.00000.0"


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        (
            {"GTIN": "09521234000014"},
            "GTIN",
            None,
        ),
        (
            {"GTIN": "9.52E+12"},
            "GTIN",
            (
                "Cannot read '9.52E+12': expected all digits, got a number in scientific notation; "
                "a spreadsheet has dropped the rest, so export the column as text."
            ),
        ),
        ({"Kg": "1,5"}, "Kg", "Cannot read number '1,5': expected digits with '.' as the decimal mark."),
        ({"Kg": "١"}, "Kg", "Cannot read number '١': expected digits with '.' as the decimal mark."),
        (
            {"Lot": "A 1"},
            "Lot",
            "Cannot read lot or serial 'A 1': expected 1 to 20 characters of GS1 character set 82, got ' '.",
        ),
        ({"When": "2024-07-01"}, "When", "Cannot read datetime '2024-07-01': expected dd.MM.yyyy HH:mm."),
        (
            {"When": "-"},
            None,
            "Event 1 has no eventTime: {when} is empty in this row.",
        ),
        (
            {"When": "27.10.2024 02:30"},
            None,
            "Cannot use time '2024-10-27T02:30:00': it is there twice, or not at all, in Europe/Berlin.",
        ),
        (
            {"When": "31.03.2024 02:30"},
            None,
            "Cannot use time '2024-03-31T02:30:00': it is there twice, or not at all, in Europe/Berlin.",
        ),
    ],
)
def test_a_bad_cell_is_a_finding_and_the_other_rows_go_on(
    change: dict[str, str], column: str | None, message: str | None
) -> None:
    run = convert_table([ROW, {**ROW, **change}, ROW], MAPPING)
    first, finding, last = run
    assert isinstance(first, Event)
    assert first == last
    assert isinstance(finding, Finding)
    assert finding.location == Location(row=2, table_column=column)
    if message is None:
        assert "check digit" in finding.message
    else:
        assert finding.message == message
    assert (run.rows, run.used, run.rejected) == (3, 2, 1)


def test_empty_cells_leave_parts_out() -> None:
    (event,) = convert_table([{**ROW, "Kg": "-", "Unit": ""}], MAPPING)
    assert isinstance(event, ObjectEvent)
    assert event.quantity_list[0].quantity is None
    (event,) = convert_table([{**ROW, "Lot": ""}], MAPPING)
    assert isinstance(event, ObjectEvent)
    assert event.quantity_list == ()
    assert event.extensions == ()


def test_only_events_raises_at_the_first_bad_row() -> None:
    with pytest.raises(DocumentError, match="row 1, column 'Kg': Cannot read number 'x'"):
        list(convert_table([{**ROW, "Kg": "x"}], MAPPING).events())


def test_csv_with_any_delimiter_and_byte_order_mark(tmp_path: Path) -> None:
    for delimiter, encoding in ((";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-8")):
        path = tmp_path / "in.csv"
        path.write_text(delimiter.join(ROW) + "\r\n" + delimiter.join(ROW.values()) + "\r\n\r\n", encoding=encoding)
        run = convert_table(path, MAPPING)
        assert list(run) == list(convert_table([ROW], MAPPING))
        assert run.rows == 1


def test_broken_rows_of_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    good = ",".join(ROW.values())
    path.write_text(f'{",".join(ROW)}\n{good},x\n{good}\nshort\n"open,', encoding="utf-8")
    run = convert_table(path, MAPPING)
    findings = [item for item in run if isinstance(item, Finding)]
    assert [(finding.rule, finding.location.row, finding.message) for finding in findings] == [
        ("TAB-001", 2, "expected 5 cells as in the header, got 6"),
        ("TAB-001", 4, "expected 5 cells as in the header, got 1"),
        ("TAB-001", 5, "this row cannot be read: unexpected end of data"),
    ]
    assert (run.rows, run.used, run.rejected) == (4, 1, 3)


def test_a_bad_byte_ends_its_row_only(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    good = ",".join(ROW.values()).encode()
    path.write_bytes(",".join(ROW).encode() + b"\n" + good + b"\n" + good + b"\xff\n" + good + b"\n")
    run = convert_table(path, MAPPING)
    first, finding, last = run
    assert isinstance(finding, Finding)
    assert first == last
    assert str(finding) == f"{path}, row 3: error TAB-001: expected utf-8 text, got byte 0xff in cell 5"
    assert (run.rows, run.used, run.rejected) == (3, 2, 1)


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"  \n ")
    with pytest.raises(DocumentError) as caught:
        list(convert_table(path, MAPPING))
    assert str(caught.value) == f"{path}: this table is empty"
    path.write_text("GTIN,Lot,Kg,When\n")
    with pytest.raises(MappingError) as wrong:
        list(convert_table(path, MAPPING))
    assert str(wrong.value) == (
        f"{path}: the mapping names column 'Unit', which the header does not have: GTIN, Lot, Kg, When."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epcis_map": 2}, "mapping: expected 'epcis_map: 1', got 2."),
        (
            {"event": []},
            (
                "mapping: unknown name 'event' (did you mean 'events'?). "
                "Known: epcis_map, id, title, description, extends, source, defaults, namespaces, const, lookups, "
                "fields, filter, dedupe, levels, events, event_id, document, validate, state, on_error, tests."
            ),
        ),
        ({"events": []}, "mapping: expected a list of events, got []."),
        (
            {"events": [{"type": "ObjectEvnt"}]},
            (
                "mapping, event 1: expected type ObjectEvent, AggregationEvent, AssociationEvent, TransactionEvent, "
                "TransformationEvent, got 'ObjectEvnt' (did you mean 'ObjectEvent'?)."
            ),
        ),
        (
            {"events": [{"type": "ObjectEvent", "action": "ADD", "eventTime": "{wen}"}]},
            (
                "mapping, event 1, eventTime: there is no field or column 'wen' (did you mean 'when'?). "
                "Known fields: gtin, lot, kg, when, dock, unit; columns: GTIN, Lot, Kg, When, Unit."
            ),
        ),
        (
            {"events": [{"type": "ObjectEvent", "action": "ADD"}]},
            "mapping, event 1: expected 'eventTime', which every ObjectEvent needs.",
        ),
        (
            {"events": [{"type": "ObjectEvent", "action": "ADD", "eventTime": "{when}", "readPoint": "{lot|sgln}"}]},
            "mapping, event 1, readPoint: sgln needs a field of type gln, 'lot' is lot.",
        ),
        (
            {"events": [{"type": "ObjectEvent", "action": "ADD", "eventTime": "{when}", "ilmd": {"zz:a": "1"}}]},
            "mapping, event 1, ilmd: expected a name with a declared prefix (cbvmda, gs1, cbv, epcis, ex), got 'zz:a'.",
        ),
        (
            {"fields": {"a": {"col": "A", "const": "x"}}},
            "mapping, fields, a: expected either 'col' or 'const'.",
        ),
        (
            {"fields": {"a": {"const": "09521234000014", "type": "gtin"}}},
            None,
        ),
        (
            {"defaults": {"tz": "Mars/North"}},
            (
                "mapping, defaults, tz: expected an offset such as '+02:00' or a zone such as 'Europe/Berlin', "
                "got 'Mars/North'."
            ),
        ),
    ],
)
def test_a_wrong_mapping_fails_before_the_first_row(change: dict[str, Any], message: str | None) -> None:
    with pytest.raises(MappingError) as caught:
        convert_table([ROW], with_(**change))
    if message is None:
        assert "check digit" in str(caught.value)
    else:
        assert str(caught.value) == message


def test_yaml_that_could_grow_or_hide_a_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("epcis_map: 1\nid: &a [x]\nevents: *a\n")
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    assert str(caught.value) == (
        f"{path}: this mapping cannot be read: line 3: aliases (*name) are not taken in a mapping."
    )
    path.write_text("epcis_map: 1\nid: a\nid: b\n")
    with pytest.raises(MappingError, match="line 3: the name 'id' stands here twice"):
        load_mapping(path)
    path.write_text("epcis_map: [1\n")
    with pytest.raises(MappingError, match=r"line \d+, column \d+: "):
        load_mapping(path)
    path.write_text("!!python/object/apply:os.system ['true']\n")
    with pytest.raises(MappingError, match="could not determine a constructor"):
        load_mapping(path)


def test_other_event_types() -> None:
    events = [
        {
            "type": "AggregationEvent",
            "action": "ADD",
            "eventTime": "{when}",
            "parentID": "urn:example:box:{lot}",
            "childEPCs": ["urn:example:unit:{lot}"],
        },
        {
            "type": "TransformationEvent",
            "eventTime": "{when}",
            "inputQuantityList": [{"class": "{gtin}.{lot}"}],
            "outputEPCList": ["urn:example:out:{lot}"],
            "transformationID": "urn:example:run:{lot}",
            "when": "{kg}",
        },
    ]
    packed, made = convert_table([ROW], with_(events=events))
    assert isinstance(packed, AggregationEvent)
    assert (packed.parent_id, packed.child_epcs) == ("urn:example:box:A1", ("urn:example:unit:A1",))
    assert isinstance(made, TransformationEvent)
    assert made.transformation_id == "urn:example:run:A1"
    assert len(list(convert_table([{**ROW, "Kg": ""}], with_(events=events)))) == 1


def test_the_farm_of_the_story(repository: Path) -> None:
    story = repository / "examples" / "story"
    run = convert_table(story / "farm.csv", story / "farm.yaml")
    events = list(run.events())
    assert run.rejected == 0
    assert len(events) == 3 * run.rows
