"""Mappings as files: YAML and TOML, one above the other, linted, tested, and what stands before the events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from epcis_kit._resources import read_text
from epcis_kit.codec import write_document
from epcis_kit.errors import MappingError
from epcis_kit.findings import Finding
from epcis_kit.gs1.check_digits import mod10_digit
from epcis_kit.model import AggregationEvent, ObjectEvent, Timestamp
from epcis_kit.tabular import convert_table, explain_row, lint_mapping, load_mapping, run_tests

if TYPE_CHECKING:
    from pathlib import Path

EVENT = {"type": "ObjectEvent", "action": "OBSERVE", "eventTime": "{at}", "epcList": ["urn:x:{lot}"]}
BASE: dict[str, Any] = {"epcis_map": 1, "defaults": {"tz": "Z"}, "events": [EVENT]}


def test_yaml_without_guesses(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(
        "epcis_map: 1\nid: 0095\nsource: {null: [~, no, '-']}\ndefaults: {tz: +10:30}\n"
        "const: {day: 2024-01-01, yes: on, number: 010, share: 1.10}\n"
        "events:\n- {type: ObjectEvent, action: ADD, eventTime: '{const.day}T00:00:00',\n"
        "   epcList: ['urn:x:{const.yes}']}\n",
        encoding="utf-8",
    )
    mapping = load_mapping(path)
    assert mapping.id == "0095"
    assert mapping.source["null"] == ["", "no", "-"]
    (event,) = convert_table([{}], mapping)
    assert isinstance(event, ObjectEvent)
    assert (event.event_time.text, event.epc_list) == ("2024-01-01T00:00:00.000+10:30", ("urn:x:on",))


def test_toml_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        'epcis_map = 1\n[defaults]\ntz = "Z"\n[fields]\nat = {col = "At", type = "datetime"}\n'
        '[[events]]\ntype = "ObjectEvent"\naction = "OBSERVE"\neventTime = "{at}"\nepcList = ["urn:x:{lot}"]\n',
        encoding="utf-8",
    )
    rows = [{"At": "2024-01-01T00:00:00", "lot": "L1"}]
    same = {**BASE, "fields": {"at": {"col": "At", "type": "datetime"}}}
    assert list(convert_table(rows, path)) == list(convert_table(rows, same))
    assert load_mapping(path).digest == load_mapping(same).digest


def test_one_mapping_extends_another(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(json.dumps({**BASE, "fields": {"at": {"col": "When"}, "lot": {"col": "Lot"}}}))
    (tmp_path / "ours.yaml").write_text('{"extends": "base.yaml", "id": "ours", "fields": {"at": {"col": "Time"}}}')
    mapping = load_mapping(tmp_path / "ours.yaml")
    assert (mapping.id, mapping.columns) == ("ours", ("Time", "Lot"))
    (tmp_path / "base.yaml").write_text('{"extends": "ours.yaml"}')
    with pytest.raises(MappingError) as caught:
        load_mapping(tmp_path / "ours.yaml")
    assert str(caught.value) == (
        f"{tmp_path / 'base.yaml'}, extends: these mappings extend each other: ours.yaml → base.yaml → ours.yaml."
    )
    (tmp_path / "ours.yaml").write_text('{"extends": "gone.yaml"}')
    with pytest.raises(MappingError, match=r"extends: cannot read 'gone\.yaml': No such file"):
        load_mapping(tmp_path / "ours.yaml")


def test_every_fault_is_told_by_the_linter() -> None:
    content = {
        **BASE,
        "fields": {"at": {"col": "At", "typ": "datetime"}, "kg": {"col": "Kg", "type": "decimel"}},
    }
    assert [(finding.rule, finding.message.partition(" Known")[0]) for finding in lint_mapping(content)] == [
        ("MAP-001", "mapping, fields, at: unknown name 'typ' (did you mean 'type'?)."),
        (
            "MAP-001",
            (
                "mapping, fields, kg: expected type text, lot, serial, gtin, sscc, gln, decimal, integer, date, "
                "datetime, uri, uom, measure, boolean, scan, got 'decimel' (did you mean 'decimal'?)."
            ),
        ),
    ]
    content = {**BASE, "events": [{**EVENT, "bizStep": "shiping"}, {**EVENT, "readpoint": "x"}]}
    assert [finding.message.partition(" Known")[0] for finding in lint_mapping(content)] == [
        (
            "mapping, event 1, bizStep: cannot use 'shiping': expected a word of the standard or a URI "
            "(did you mean 'shipping'?)."
        ),
        "mapping, event 2: unknown name 'readpoint' (did you mean 'readPoint'?).",
    ]


def test_doubts_of_the_linter() -> None:
    content = {**BASE, "fields": {"at": {"col": "At"}, "lots": {"col": "Lot"}, "kg": {"col": "Kg"}}}
    found = lint_mapping(content, ["At", "Lot", "KG"])
    assert [(finding.rule, finding.severity, finding.message) for finding in found] == [
        ("MAP-010", "warning", "mapping, fields, lots: nothing uses this field."),
        ("MAP-010", "warning", "mapping, fields, kg: nothing uses this field."),
    ]
    (missing,) = (each for each in lint_mapping(content, ["At", "Kg"]) if each.rule == "MAP-003" and "Lot" in str(each))
    assert missing.message == "mapping: it names column 'Lot', which the table does not have."


def test_the_schema_of_mappings_is_one_and_knows_what_the_compiler_knows() -> None:
    from epcis_kit.tabular.events import EVENT_SHAPES  # noqa: PLC0415 - what is compared
    from epcis_kit.tabular.fields import FIELD_KEYS, FIELD_TYPES  # noqa: PLC0415
    from epcis_kit.tabular.mapping import DEFAULTS, SOURCE, TOP  # noqa: PLC0415

    schema = json.loads(read_text("schemas/json/mapping.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    properties = schema["properties"]
    assert set(properties) == set(TOP)
    assert set(properties["source"]["properties"]) == set(SOURCE)
    assert set(properties["defaults"]["properties"]) == set(DEFAULTS)
    assert set(schema["$defs"]["field"]["properties"]) == set(FIELD_KEYS)
    assert schema["$defs"]["field"]["properties"]["type"]["enum"] == list(FIELD_TYPES)
    for kind, shape in EVENT_SHAPES.items():
        assert set(shape) <= set(schema["$defs"][kind]["properties"])


def test_tests_of_a_mapping(tmp_path: Path) -> None:
    content = {
        **BASE,
        "fields": {"at": {"col": "At", "type": "datetime"}, "lot": {"col": "Lot", "type": "lot"}},
        "tests": [
            {"row": {"At": "2024-01-01T00:00:00", "Lot": "L1"}, "expect": {"epcList[0]": "urn:x:L1", "action": "ADD"}},
            {"name": "bad lot", "row": {"At": "2024-01-01T00:00:00", "Lot": "L 1"}, "error": "got ' '"},
            {"row": 2, "expect": {"eventTime": "2024-01-02T00:00:00.000+00:00"}, "events": 1},
            {"row": 9},
        ],
    }
    path = tmp_path / "in.csv"
    path.write_text("At,Lot\n2024-01-01T00:00:00,L1\n2024-01-02T00:00:00,L2\n", encoding="utf-8")
    assert [(result.name, result.ok, result.message) for result in run_tests(content, path)] == [
        ("test 1", False, "action: expected 'ADD', got 'OBSERVE'."),
        ("bad lot", True, ""),
        ("test 3", True, ""),
        ("test 4", False, "the table has no data row 9"),
    ]


def test_how_one_row_is_used(tmp_path: Path) -> None:
    content = {**BASE, "fields": {"at": {"col": "At", "type": "datetime"}, "lot": {"col": "Lot", "type": "lot"}}}
    path = tmp_path / "in.csv"
    path.write_text("At,Lot\n2024-01-01T00:00:00,L1\n2024-01-02T00:00:00,7.0\nx,y y\n", encoding="utf-8")
    told = explain_row(path, content, 3)
    assert told.cells == (("At", "2024-01-02T00:00:00"), ("Lot", "7.0"))
    assert told.fields == (
        ("at", "At", "2024-01-02T00:00:00", "2024-01-02T00:00:00"),
        ("lot", "Lot", "7.0", "7"),
    )
    assert [event.event_time.text for event in told.events] == ["2024-01-02T00:00:00.000+00:00"]
    assert [finding.rule for finding in told.findings] == ["TAB-010"]
    assert [finding.location.table_column for finding in explain_row(path, content, 4).findings] == ["At", "Lot"]


def digit(body: str) -> str:
    return body + mod10_digit(body)


def test_units_in_cases_on_a_pallet(tmp_path: Path) -> None:
    unit, case, pallet = digit("0952123400001"), digit("1952123400001"), digit("09521234000000001")
    (tmp_path / "gcp.csv").write_text("prefix\n9521234\n9521235\n")
    (tmp_path / "items.csv").write_text(f"gtin,descriptionShort,pack\n{unit},Pill,\n{case},Case of pills,2\n")
    content = {
        "epcis_map": 1,
        "id": "line",
        "defaults": {"tz": "+05:30", "ids": "urn", "version": "1.2", "gcp": {"table": "gcp.csv"}},
        "const": {"line": digit("952123400000")},
        "lookups": {"partner": {"table": {"D1": digit("952123500000")}}},
        "levels": [
            {"id": "sgtin({unit},{sn})", "ilmd": {"lotNumber": "{lot}"}},
            {
                "id": "sgtin({case},{c_sn})",
                "expect_children": {"masterdata": "pack"},
                "ilmd": {"lotNumber": "{lot}"},
            },
            {"id": "sscc({pallet})"},
        ],
        "events": [
            {"use": "levels.commission", "time": "min({at})", "location": "{const.line}", "max_epcs": 3},
            {"use": "levels.aggregate", "time": "max({at})", "location": "{const.line}"},
            {
                "type": "ObjectEvent",
                "action": "OBSERVE",
                "bizStep": "shipping",
                "eventTime": "max({at})",
                "group_by": ["delivery"],
                "epcList": "top_level",
            },
        ],
        "document": {
            "sbdh": {"sender": "{const.line}", "receiver": {"lookup": "partner", "by": "delivery"}},
            "masterdata": {"products": "items.csv"},
            "dscsa": {"affirm": True, "notice": "Everything is as it should be."},
        },
    }
    path = tmp_path / "line.json.yaml"
    path.write_text(json.dumps(content))
    rows = [
        {
            "unit": unit, "sn": str(number), "case": case, "c_sn": f"C{number // 2}", "pallet": pallet, "lot": "L1",
            "at": f"2024-01-01 10:0{number}:00", "delivery": "D1",
        }
        for number in range(5)
    ]  # fmt: skip
    rows[4].update(case="", c_sn="")  # a loose unit on the pallet
    run = convert_table(rows, path)
    made = [item for item in run.results() if not isinstance(item, Finding)]
    events: list[Any] = [item.event for item in made]  # type: ignore[union-attr]
    assert [(type(event).__name__, item.plan) for event, item in zip(events, made, strict=True)] == [  # type: ignore[union-attr]
        ("ObjectEvent", "levels.commission 1"),
        ("ObjectEvent", "levels.commission 1"),
        ("ObjectEvent", "levels.commission 2"),
        ("ObjectEvent", "levels.commission 3"),
        ("AggregationEvent", "levels.aggregate 1"),
        ("AggregationEvent", "levels.aggregate 1"),
        ("AggregationEvent", "levels.aggregate 1"),
        ("AggregationEvent", "levels.aggregate 2"),
        ("ObjectEvent", "event 3"),
    ]
    packed = {event.parent_id: event.child_epcs for event in events if isinstance(event, AggregationEvent)}
    assert packed["urn:epc:id:sgtin:9521234.100001.C0"] == (
        "urn:epc:id:sgtin:9521234.000001.0",
        "urn:epc:id:sgtin:9521234.000001.1",
    )
    pallets = [event.child_epcs for event in events[4:8] if event.parent_id == "urn:epc:id:sscc:9521234.0000000001"]
    assert pallets == [
        ("urn:epc:id:sgtin:9521234.000001.4",),
        ("urn:epc:id:sgtin:9521234.100001.C0", "urn:epc:id:sgtin:9521234.100001.C1"),
    ]
    assert events[-1].epc_list == ("urn:epc:id:sscc:9521234.0000000001",)
    document = run.head(Timestamp.parse("2024-01-02T00:00:00Z")).model_copy(update={"events": tuple(events)})
    text = write_document(document, format="xml", version="1.2").decode()
    for part in (
        '<sbdh:Identifier Authority="SGLN">urn:epc:id:sgln:9521235.00000.0</sbdh:Identifier>',
        '<VocabularyElement id="urn:epc:idpat:sgtin:9521234.100001.*">',
        '<attribute id="urn:epcglobal:cbv:mda#descriptionShort">Case of pills</attribute>',
        "<gs1ushc:affirmTransactionStatement>true</gs1ushc:affirmTransactionStatement>",
    ):
        assert part in text
    short = convert_table(rows[:3], path)
    findings = [item.message for item in short if isinstance(item, Finding)]
    assert findings == ["Cannot pack 'urn:epc:id:sgtin:9521234.100001.C1': expected 2 children, got 1."]
    assert (short.rows, short.used, short.rejected) == (3, 2, 1)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("{a} == x", True),
        ("{a} == 'x'", True),
        ("{a} != x", False),
        ("{n} > 9", True),
        ("{n} == 10.0", True),
        ("{n} < 9 or {a} == x and not {e}", True),
        ("({n} < 9 or {a} == x) and {e}", False),
        ("{e} is empty", True),
        ("{e} is not empty", False),
        ("{e} == x", False),
        ("{a} in [w, x, 'y z']", True),
        ("{d} >= 2024-01-02", True),
        ("{d} < 2024-01-02", False),
        ("{two words} == two words", True),
        ("{a}", True),
        ("not {a}", False),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    content = {
        **BASE,
        "fields": {"at": {"const": "2024-01-01T00:00:00"}, "n": {"col": "n", "type": "decimal"},
                   "d": {"col": "d", "type": "date"}},
        "events": [{**EVENT, "epcList": ["urn:x:1"], "when": condition}],
    }  # fmt: skip
    row = {"a": "x", "n": "10", "e": "", "d": "2024-01-02", "two words": "two words"}
    assert len(list(convert_table([row], content))) == holds


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("{a} ==", "expected something to compare at its end"),
        ("{a} = x", "expected a reference, a word or a comparison, got ' = x'"),
        ("({a}", "expected a closing bracket"),
        ("{a} in x", "expected a list in square brackets after 'in'"),
        ("__import__('os')", "expected the end after it, got '('"),
    ],
)
def test_what_is_no_condition(condition: str, message: str) -> None:
    with pytest.raises(MappingError) as caught:
        load_mapping({**BASE, "events": [{**EVENT, "when": condition}]})
    assert message.strip() in str(caught.value)


def test_rows_that_the_mapping_leaves_out_are_used_and_counted() -> None:
    content = {
        **BASE,
        "fields": {"at": {"col": "at", "type": "datetime"}},
        "filter": "{state} != cancelled",
        "dedupe": {"by": ["tag", "gate"], "time": "at", "within": "10 s"},
        "events": [{**EVENT, "epcList": ["urn:x:{tag}"], "eventTime": "{at}"}],
    }
    rows = [
        {"at": f"2024-01-01T00:00:{second:02d}", "tag": tag, "gate": "1", "state": state}
        for second, tag, state in (
            (0, "a", "ok"),
            (4, "a", "ok"),
            (5, "b", "cancelled"),
            (9, "b", "ok"),
            (14, "a", "ok"),
        )
    ]
    run = convert_table(rows, content)
    assert [(event.epc_list[0][6:], event.event_time.text[17:19]) for event in run.events()] == [  # type: ignore[attr-defined]
        ("a", "00"),
        ("b", "09"),
        ("a", "14"),
    ]
    assert (run.rows, run.used, run.rejected, run.filtered) == (5, 5, 0, 2)


@pytest.mark.parametrize(
    ("rules", "time", "text"),
    [
        ({}, "2024-03-30 02:30", "2024-03-30T02:30:00.000+01:00"),
        ({"dst_gap": "after"}, "2024-03-31 02:30", "2024-03-31T03:30:00.000+02:00"),
        ({"dst_gap": "before"}, "2024-03-31 02:30", "2024-03-31T01:30:00.000+01:00"),
        ({"dst_fold": "first"}, "2024-10-27 02:30", "2024-10-27T02:30:00.000+02:00"),
        ({"dst_fold": "second"}, "2024-10-27 02:30", "2024-10-27T02:30:00.000+01:00"),
        ({}, "2024-10-27 12:00:00.123456", "2024-10-27T12:00:00.123456+01:00"),
        ({}, "2024-03-31 02:30", None),
        ({"date_only": "07:15"}, "2024-07-01", "2024-07-01T07:15:00.000+02:00"),
        ({"date_only": "start"}, "2024-07-01", "2024-07-01T00:00:00.000+02:00"),
        ({}, "2024-07-01", None),
    ],
)
def test_local_times(rules: dict[str, str], time: str, text: str | None) -> None:
    content = {
        **BASE,
        "defaults": {"tz": "Europe/Berlin", **rules},
        "fields": {"at": {"col": "at", "type": "datetime"}},
        "events": [{**EVENT, "epcList": ["urn:x:1"]}],
    }
    (item,) = convert_table([{"at": time}], content)
    assert (None if isinstance(item, Finding) else item.event_time.text) == text


def test_urns_need_to_know_the_company_prefix() -> None:
    gtin = digit("0999999900001")
    event = {**EVENT, "epcList": ["sgtin({gtin},{lot})"]}
    rows = [{"at": "2024-01-01T00:00:00Z", "gtin": gtin, "lot": "A/1", "prefix": "9999999", "length": "8"}]

    def epc(**gcp: Any) -> Any:
        defaults: dict[str, Any] = {"ids": "urn", **({"gcp": gcp} if gcp else {})}
        content = {**BASE, "defaults": defaults, "fields": {"at": {"col": "at", "type": "datetime"}}, "events": [event]}
        (item,) = convert_table(rows, content)
        return item.message if isinstance(item, Finding) else item.epc_list[0]  # type: ignore[attr-defined]

    assert epc(column="prefix") == "urn:epc:id:sgtin:9999999.000001.A%2F1"
    assert epc(column="length") == "urn:epc:id:sgtin:99999990.00001.A%2F1"
    assert epc(prefixes=["999999900"]) == "urn:epc:id:sgtin:999999900.0001.A%2F1"
    assert epc() == f"https://id.gs1.org/01/{gtin}/21/A%2F1"
    assert epc(unknown="error") == (
        f"Cannot find the length of the company prefix '{gtin}': expected a prefix in the table of company prefixes, "
        "or an explicit length, got an unknown one."
    )
