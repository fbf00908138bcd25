"""Rows that become one event together, in memory and beyond it, and runs that go on where another stopped."""

from __future__ import annotations

import csv
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import MappingError
from epcis_kit.findings import Finding
from epcis_kit.model import Event, ObjectEvent, TransformationEvent
from epcis_kit.tabular import Made, Rejected, TableRun, convert_table, load_mapping
from epcis_kit.tabular.spill import ExternalSort, GroupSpill

if TYPE_CHECKING:
    from pathlib import Path

MAPPING: dict[str, Any] = {
    "epcis_map": 1,
    "id": "orders",
    "defaults": {"tz": "Z"},
    "fields": {
        "order": {"col": "Order"},
        "item": {"col": "Item"},
        "pieces": {"col": "Pieces", "type": "integer"},
        "at": {"col": "At", "type": "datetime"},
        "to": {"col": "To"},
    },
    "events": [
        {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "group_by": ["order"],
            "eventTime": "max({at})",
            "readPoint": "urn:x:place:{to}",
            "quantityList": [{"class": "urn:x:item:{item}", "quantity": "{pieces}"}],
            "bizTransactionList": [{"type": "po", "id": "urn:x:order:{order}"}],
        }
    ],
}


def mapping(**changes: Any) -> dict[str, Any]:
    return {**MAPPING, "events": [{**MAPPING["events"][0], **changes}]}


def row(order: str, item: str, hour: int, pieces: str = "1", to: str = "A") -> dict[str, str]:
    return {"Order": order, "Item": item, "Pieces": pieces, "At": f"2024-01-01T{hour:02d}:00:00", "To": to}


ROWS = [row("1", "a", 8), row("1", "b", 9, "2"), row("2", "a", 7), row("2", "a", 7)]


@pytest.mark.parametrize("mode", ["sorted", "spill"])
def test_rows_of_a_group_become_one_event(mode: str) -> None:
    run = convert_table(ROWS, mapping(mode=mode))
    made = [item for item in run.results() if isinstance(item, Made)]
    assert [(item.first_row, item.last_row, item.row_count, item.plan) for item in made] == [
        (1, 2, 2, "event 1"),
        (3, 4, 2, "event 1"),
    ]
    first, second = (item.event for item in made)
    assert isinstance(first, ObjectEvent)
    assert isinstance(second, ObjectEvent)
    assert first.event_time.text == "2024-01-01T09:00:00.000+00:00"
    assert [(each.epc_class, each.quantity) for each in first.quantity_list] == [
        ("urn:x:item:a", Decimal(1)),
        ("urn:x:item:b", Decimal(2)),
    ]
    assert len(second.quantity_list) == 2, "no quantity is lost because it stands twice"
    assert [each.biz_transaction for each in first.biz_transaction_list] == ["urn:x:order:1"]
    assert (run.rows, run.used, run.rejected) == (4, 4, 0)


def test_a_value_that_rows_do_not_agree_on_is_the_fault_of_the_row_that_differs() -> None:
    run = convert_table([row("1", "a", 8), row("1", "b", 9, to="B"), row("1", "c", 9)], mapping(mode="sorted"))
    items = list(run.results())
    (rejected,) = (item for item in items if isinstance(item, Rejected))
    assert rejected.row == 2
    assert rejected.cells == ["1", "b", "1", "2024-01-01T09:00:00", "B"]
    assert rejected.findings[0].rule == "TAB-005"
    assert rejected.findings[0].message == (
        "Cannot use readPoint 'urn:x:place:B': expected 'urn:x:place:A' as in the first row of its group; say which "
        "value counts, for example with first(…) or max(…), or add it to group_by."
    )
    (made,) = (item for item in items if isinstance(item, Made))
    assert made.row_count == 2
    assert (run.rows, run.used, run.rejected) == (3, 2, 1)


@pytest.mark.parametrize("mode", ["sorted", "spill"])
def test_no_incomplete_groups_where_the_mapping_wants_none(mode: str) -> None:
    rows = [row("1", "a", 8), row("1", "b", 9, "many"), row("1", "c", 9), row("2", "a", 9)]
    run = convert_table(rows, mapping(mode=mode, incomplete="reject"))
    items = list(run.results())
    assert [item.row for item in items if isinstance(item, Rejected)] == [2, 1, 3]
    whole = [item for item in items if isinstance(item, Rejected) and item.whole]
    assert [item.findings[0].message for item in whole] == [
        "Cannot use this row without row 2 of its group, which is rejected (rows 1 to 3)."
    ] * 2
    assert [item.first_row for item in items if isinstance(item, Made)] == [4]
    assert (run.rows, run.used, run.rejected) == (4, 1, 3)


def test_sorted_groups_that_come_back_are_found() -> None:
    run = convert_table([row("1", "a", 8), row("2", "a", 8), row("1", "b", 8)], mapping(mode="sorted"))
    findings = [item for item in run if isinstance(item, Finding)]
    assert [(finding.rule, finding.location.row) for finding in findings] == [("TAB-008", 3)]
    assert (run.rows, run.used, run.rejected) == (3, 2, 1)


def test_a_group_that_makes_no_event_gives_all_its_rows_back() -> None:
    events = {"eventTime": "max({at})", "group_by": ["order"]}
    run = convert_table([{**row("1", "a", 8), "At": ""}, {**row("1", "b", 8), "At": ""}], mapping(**events))
    rejected = [item for item in run.results() if isinstance(item, Rejected)]
    assert [item.row for item in rejected] == [1, 2]
    assert rejected[0].findings[0].message == (
        "Event 1 has no eventTime: max({at}) is empty in these rows (rows 1 to 2)."
    )
    assert (run.rows, run.used, run.rejected) == (2, 0, 2)


def test_aggregates() -> None:
    found = {}
    for call in ("min", "max", "first", "last"):
        (event,) = convert_table(ROWS[:2][::-1], mapping(eventTime=f"{call}({{at}})"))
        assert isinstance(event, Event)
        found[call] = event.event_time.text[11:13]
    assert found == {"min": "08", "max": "09", "first": "09", "last": "08"}


def test_ids_are_the_same_in_every_run_and_parts_are_counted() -> None:
    event = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "group_by": ["order"],
        "eventTime": "max({at})",
        "epcList": ["urn:x:item:{item}"],
        "max_epcs": 2,
    }
    rows = [row("1", letter, 8) for letter in "abcde"]
    ids = []
    for method in ({"method": "uuid5", "key": ["order"]}, {"method": "hash"}):
        once, again = (
            list(convert_table(rows, {**MAPPING, "events": [event], "event_id": method}).events()) for _ in range(2)
        )
        assert once == again
        assert [len(each.epc_list) for each in once] == [2, 2, 1]  # type: ignore[attr-defined]
        assert len({each.event_id for each in once}) == 3
        ids.append([each.event_id for each in once])
    assert ids[0][0] is not None
    assert ids[0][0].startswith("urn:uuid:")
    assert ids[1][0] is not None
    assert ids[1][0].startswith("ni:///sha-256;")


def test_inputs_and_outputs_of_a_work_order() -> None:
    content = {
        **MAPPING,
        "events": [
            {
                "type": "TransformationEvent",
                "group_by": ["order"],
                "mode": "sorted",
                "eventTime": "max({at})",
                "transformationID": "uuid5({order})",
                "inputQuantityList": [{"when": "{to} == I", "class": "urn:x:{item}", "quantity": "{pieces}"}],
                "outputQuantityList": [
                    {
                        "when": "{to} == O",
                        "class": "urn:x:{item}",
                        "quantity": "{pieces}",
                        "ilmd": {"productionDate": "{at|date}"},
                    }
                ],
            }
        ],
    }
    rows = [row("7", "in1", 8, "5", "I"), row("7", "in2", 9, "3", "I"), row("7", "out", 10, "8", "O")]
    (event,) = convert_table(rows, content)
    assert isinstance(event, TransformationEvent)
    assert [each.epc_class for each in event.input_quantity_list] == ["urn:x:in1", "urn:x:in2"]
    assert [(each.epc_class, each.quantity) for each in event.output_quantity_list] == [("urn:x:out", Decimal(8))]
    assert event.ilmd is not None
    assert [(each.name, each.value) for each in event.ilmd] == [("productionDate", "2024-01-01")]


def test_rows_without_a_key_are_refused() -> None:
    run = convert_table([row("", "a", 8)], mapping())
    assert [item.message for item in run if isinstance(item, Finding)] == [
        "Cannot group this row: expected a value in order, got none."
    ]


def test_mode_needs_groups() -> None:
    event = {"type": "ObjectEvent", "action": "ADD", "eventTime": "{at}", "mode": "sorted"}
    with pytest.raises(MappingError, match="event 1: 'mode' needs 'group_by'"):
        load_mapping({**MAPPING, "events": [event]})


def test_beyond_memory_the_result_is_the_same() -> None:
    chance = random.Random(7)
    rows = [row(str(chance.randrange(40)), str(number), number % 24) for number in range(600)]
    content = mapping()
    in_memory = list(convert_table(rows, content).events())
    run = TableRun(rows, load_mapping(content), budget=20_000)
    assert list(run.events()) == in_memory
    assert len(in_memory) == len({each["Order"] for each in rows})


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.text(max_size=5)), max_size=80), st.integers(200, 3000))
@settings(max_examples=60, deadline=None)
def test_spilled_groups_are_those_of_a_dict(pairs: list[tuple[str, str]], budget: int) -> None:
    spill = GroupSpill(budget)
    wanted: dict[str, list[tuple[int, list[str]]]] = {}
    for number, (key, text) in enumerate(pairs, 1):
        spill.add(key, number, [text])
        wanted.setdefault(key, []).append((number, [text]))
    found = [(key, list(rows)) for key, rows in spill]
    spill.close()
    assert found == list(wanted.items())


def test_many_runs_are_merged() -> None:
    sort = ExternalSort(budget=1)
    for number in range(200, 0, -1):
        sort.add((str(number % 7), number, []))
    assert list(sort) == sorted((str(number % 7), number, []) for number in range(1, 201))
    sort.close()


@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.parametrize("stop", range(1, 12))
def test_a_later_run_goes_on_where_one_stopped(tmp_path: Path, stop: int, grouped: bool) -> None:
    rows = [row(str(number // 3), f"i{number}", 8, "x" if number % 4 == 2 else "1") for number in range(12)]
    path = tmp_path / "in.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    content = mapping(mode="sorted")
    if not grouped:
        event = {name: value for name, value in content["events"][0].items() if name not in {"group_by", "mode"}}
        content = {**content, "events": [{**event, "eventTime": "{at}"}]}
    whole = list(convert_table(path, content).results())
    first = convert_table(path, content)
    items: list[Any] = []
    given_items, resume, settled = [], first.resume_row, first.settled
    for item in first.results():
        given_items.append(item)
        if first.resume_row != resume:
            items, resume, settled = given_items[:-1], first.resume_row, first.settled
        if len(given_items) == stop:
            break
    second = convert_table(path, content, start_row=resume)
    rest = list(second.results())
    assert items + rest == whole
    assert settled.rows + second.rows == 12
    assert settled.rejected + second.rejected == 3


def test_no_later_run_can_go_on_where_rows_stand_anywhere() -> None:
    run = convert_table(ROWS, mapping())
    list(run)
    assert run.resume_row is None
    assert load_mapping(mapping()).needs_all_rows
    assert not load_mapping(mapping(mode="sorted")).needs_all_rows
