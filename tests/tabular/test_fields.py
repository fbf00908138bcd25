"""What a field makes of the text of a cell: types, steps, look-ups, repairs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from epcis_kit.errors import MappingError
from epcis_kit.findings import Finding
from epcis_kit.gs1.check_digits import mod10_digit
from epcis_kit.tabular import convert_table, load_mapping

GTIN, SSCC, GLN = (body + mod10_digit(body) for body in ("0952123400001", "09521234000000001", "952123400000"))
WRONG = GTIN[:-1] + "9"


def reading(field: dict[str, Any], cell: str, **defaults: Any) -> Any:
    """The value of one cell by one field, or the message of its finding, and the repairs."""
    top: dict[str, Any] = {name: defaults.pop(name) for name in ("lookups", "source") if name in defaults}
    mapping: dict[str, Any] = {
        "epcis_map": 1,
        "defaults": {"tz": "Z", **defaults},
        "namespaces": {"ex": "https://ex.example/"},
        "fields": {"f": {"col": "A", **field}},
        "events": [
            {
                "type": "ObjectEvent",
                "action": "OBSERVE",
                "eventTime": "2024-01-01T00:00:00Z",
                "epcList": ["urn:x:1"],
                "extensions": {"ex:f": "{f}"},
            }
        ],
        **top,
    }
    items = list(convert_table([{"A": cell}], mapping))
    repairs = [item.message for item in items if isinstance(item, Finding) and item.severity == "warning"]
    errors = [item.message for item in items if isinstance(item, Finding) and item.severity == "error"]
    if errors:
        return errors[0]
    (event,) = (item for item in items if not isinstance(item, Finding))
    value = event.extensions[0].value if event.extensions else None
    return (value, repairs) if repairs else value


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ({"type": "gtin"}, GTIN, GTIN),
        ({"type": "gtin"}, GTIN[1:], GTIN),
        ({"type": "gtin"}, f"https://id.gs1.org/01/{GTIN}", GTIN),
        ({"type": "gtin"}, f"(01){GTIN}", GTIN),
        ({"type": "gln"}, "urn:epc:id:sgln:9521234.00000.0", GLN),
        ({"type": "decimal"}, "1.10", Decimal("1.10")),
        ({"type": "decimal", "decimal": ","}, "1.234,50", Decimal("1234.50")),
        ({"type": "integer"}, "12", Decimal(12)),
        ({"type": "uom"}, "Cases", "CS"),
        ({"type": "uom"}, "lbs", "LBR"),
        ({"type": "uom"}, "H87", "H87"),
        ({"type": "boolean"}, "Yes", True),
        ({"type": "date", "formats": ["yyMMdd"], "day00": "last_of_month"}, "240200", "2024-02-29"),
        ({"type": "date", "formats": ["MM dd yyyy", "dd-MMM-yy"]}, "03 25 2023", "2023-03-25"),
        ({"type": "date", "formats": ["MM dd yyyy", "dd-MMM-yy"]}, "17-OCT-18", "2018-10-17"),
        ({"type": "datetime", "formats": ["yyyy-MM-ddHH:mm:ss"]}, "2006-06-2505:01:00", "2006-06-25T05:01:00"),
        ({"type": "datetime", "formats": ["M/d/yyyy h:mm a"]}, "7/4/2024 3:05 PM", "2024-07-04T15:05:00"),
        ({"type": "datetime", "formats": ["excel"]}, "45432.5", "2024-05-20T12:00:00"),
        ({"type": "datetime", "formats": ["epoch_ms"]}, "1666400400000", "2022-10-22T01:00:00+00:00"),
        ({"type": "datetime"}, "2024-05-01T08:00:00+02:00", "2024-05-01T08:00:00+02:00"),
        ({"do": ["strip", "upper", {"replace": ["-", ""]}, {"cut": 4}]}, " ab-cdef ", "ABCD"),
        ({"do": [{"after": "GLN "}], "type": "gln"}, f"GLN {GLN}", GLN),
        ({"regex": r"^(\d+) ?CS$", "type": "integer"}, "10 CS", Decimal(10)),
        ({"regex": r"(?P<n>\d+)", "take": "n", "no_match": "null"}, "none", None),
        ({"map": {"kilo": "KGM", "-": None}}, "kilo", "KGM"),
        ({"map": {"kilo": "KGM", "-": None}}, "-", None),
        ({"map": {"1": "one"}}, "1", "one"),
        ({"default": "x"}, "", "x"),
        ({"null": ["N/A", "?"]}, "?", None),
        ({"else": {"const": "other"}}, "", "other"),
        ({"else": "other"}, "", "other"),
    ],
)
def test_a_cell_becomes_a_value(field: dict[str, Any], cell: str, value: Any) -> None:
    assert reading(field, cell) == value


@pytest.mark.parametrize(
    ("field", "cell", "message"),
    [
        (
            {"type": "gtin"},
            "1.23E+13",
            (
                "Cannot read '1.23E+13': expected all digits, got a number in scientific notation; a spreadsheet has "
                "dropped the rest, so export the column as text."
            ),
        ),
        ({"type": "gtin"}, WRONG, f"Cannot read GTIN '{WRONG}': expected check digit {GTIN[-1]}, got 9."),
        ({"type": "gln"}, GLN[1:], f"Cannot read GLN '{GLN[1:]}': expected 13 digits, got 12."),
        ({"type": "lot"}, "a" * 21, None),
        (
            {"type": "lot", "dot_zero": "error"},
            "13579.0",
            "Cannot read '13579.0': expected digits as printed, got a number with a decimal part.",
        ),
        (
            {"type": "uom"},
            "lbss",
            (
                "Cannot read unit 'lbss': expected a UN/ECE Recommendation 20 code such as 'KGM' or a known word "
                "(did you mean 'lbs'?)."
            ),
        ),
        ({"type": "integer"}, "1.5", "Cannot read number '1.5': expected a whole number."),
        ({"type": "boolean"}, "maybe", "Cannot read yes or no 'maybe': expected true, false, yes, no, 1 or 0."),
        ({"type": "date", "formats": ["yyMMdd"]}, "240200", "Cannot read date '240200': expected yyMMdd."),
        ({"regex": "^X"}, "Y", "Cannot read 'Y': expected a text that matches '^X'."),
        ({"map": {"a": "b"}, "map_else": "error"}, "c", "Cannot read 'c': expected one of a."),
        ({"required": True}, " ", "Cannot use an empty cell: expected a value here."),
        ({"type": "measure"}, "ten", "Cannot read amount 'ten': expected a number and a unit such as '10 CS'."),
    ],
)
def test_a_bad_cell_is_refused(field: dict[str, Any], cell: str, message: str | None) -> None:
    got = reading(field, cell)
    assert isinstance(got, str)
    assert got == message if message is not None else got.startswith("Cannot read lot or serial")


@pytest.mark.parametrize(
    ("field", "cell", "value", "repair"),
    [
        (
            {"type": "lot"},
            "13579.0",
            "13579",
            "Repaired '13579.0': the decimal part of a number was taken off, giving '13579'.",
        ),
        (
            {"type": "gln", "lost_zeros": "restore"},
            "71430010556",
            "0071430010556",
            "Repaired '71430010556': zeros in front were restored, giving '0071430010556'.",
        ),
        (
            {"type": "gtin", "check_digit": "recompute"},
            GTIN[:-1] + "9",
            GTIN,
            f"Repaired '{GTIN[:-1]}9': the check digit was recomputed, giving '{GTIN}'.",
        ),
        (
            {"type": "sscc", "check_digit": "append"},
            SSCC[:-1],
            SSCC,
            f"Repaired '{SSCC[:-1]}': a check digit was appended, giving '{SSCC}'.",
        ),
    ],
)
def test_a_repair_is_told(field: dict[str, Any], cell: str, value: str, repair: str) -> None:
    assert reading(field, cell) == (value, [repair])


def test_a_repair_is_told_for_every_row_and_a_trusted_digit_is_none() -> None:
    mapping = load_mapping(
        {
            "epcis_map": 1,
            "defaults": {"tz": "Z"},
            "fields": {"lot": {"col": "L", "type": "lot"}},
            "events": [
                {
                    "type": "ObjectEvent",
                    "action": "ADD",
                    "eventTime": "2024-01-01T00:00:00Z",
                    "epcList": ["urn:x:{lot}"],
                }
            ],
        }
    )
    run = convert_table([{"L": "7.0"}] * 3, mapping)
    findings = [item for item in run if isinstance(item, Finding)]
    assert [(finding.rule, finding.severity, finding.location.row) for finding in findings] == [
        ("TAB-010", "warning", 1),
        ("TAB-010", "warning", 2),
        ("TAB-010", "warning", 3),
    ]
    assert (run.rows, run.used, run.rejected, run.repaired, run.made) == (3, 3, 0, 3, 3)
    wrong = GTIN[:-1] + "9"
    assert reading({"type": "gtin", "check_digit": "trust"}, wrong) == wrong


def test_all_bad_cells_of_a_row_are_told_at_once() -> None:
    mapping = {
        "epcis_map": 1,
        "defaults": {"tz": "Z"},
        "fields": {"a": {"col": "A", "type": "integer"}, "b": {"col": "B", "type": "uom"}},
        "events": [
            {"type": "ObjectEvent", "action": "ADD", "eventTime": "2024-01-01T00:00:00Z", "epcList": ["urn:x:{a}:{b}"]}
        ],
    }
    run = convert_table([{"A": "x", "B": "???"}], mapping)
    found = [item for item in run if isinstance(item, Finding)]
    assert [finding.location.table_column for finding in found] == ["A", "B"]
    assert (run.rows, run.rejected) == (1, 1)


def test_look_ups_from_a_table_in_the_mapping() -> None:
    lookups = {"loc": {"table": {"North": GLN, "South": ""}, "normalize": ["strip", "casefold"]}}
    field = {"do": ["strip"]}
    made = reading({**field}, "north", lookups=lookups)
    assert made == "north"
    mapping = {"lookup": "loc", "by": "A", "type": "gln"}
    assert _looked_up(mapping, "NORTH ", lookups) == GLN
    assert _looked_up(mapping, "South", lookups) is None
    assert _looked_up(mapping, "Nort", lookups) == (
        "Cannot find 'Nort' in look-up 'loc': expected one of its 2 keys (did you mean 'north'?)."
    )
    assert _looked_up({**mapping, "on_miss": "null"}, "Nort", lookups) is None


def _looked_up(field: dict[str, Any], cell: str, lookups: dict[str, Any]) -> Any:
    mapping = {
        "epcis_map": 1,
        "namespaces": {"ex": "https://ex.example/"},
        "lookups": lookups,
        "fields": {"f": field},
        "events": [
            {
                "type": "ObjectEvent",
                "action": "ADD",
                "eventTime": "2024-01-01T00:00:00Z",
                "epcList": ["urn:x:1"],
                "extensions": {"ex:f": "{f}"},
            }
        ],
    }
    (item,) = convert_table([{"A": cell}], mapping)
    if isinstance(item, Finding):
        assert (item.rule, item.location.table_column) == ("TAB-004", "A")
        return item.message
    return item.extensions[0].value if item.extensions else None


def test_parts_of_compound_cells_and_scans() -> None:
    mapping = {
        "epcis_map": 1,
        "defaults": {"tz": "Z"},
        "namespaces": {"ex": "https://ex.example/"},
        "fields": {
            "amount": {"col": "Qty", "type": "measure"},
            "doc": {"col": "Doc", "regex": r"^(?P<kind>\w+)-(?P<no>\S+)"},
            "scan": {"col": "Scan", "type": "scan"},
        },
        "events": [
            {
                "type": "ObjectEvent",
                "action": "OBSERVE",
                "eventTime": "2024-01-01T00:00:00Z",
                "quantityList": [{"class": "{scan}", "quantity": "{amount.value}", "uom": "{amount.uom}"}],
                "bizTransactionList": [
                    {"type": "inv", "when": "{doc.kind} == INV", "id": f"{GLN}:{{doc.no}}"},
                    {"type": "po", "when": "{doc.kind} in [PO, SO]", "id": f"{GLN}:{{doc.no}}"},
                ],
                "extensions": {"ex:expiry": "{scan.17}", "ex:lot": "{scan.lot}"},
            }
        ],
    }
    row = {"Qty": "10 Cases", "Doc": "INV-12005 Line 1", "Scan": f"(01){GTIN}(17)271231(10)L-7"}
    (event,) = convert_table([row], mapping)
    assert not isinstance(event, Finding)
    (quantity,) = event.quantity_list  # type: ignore[attr-defined]
    assert (quantity.epc_class, quantity.quantity, quantity.uom) == (
        f"https://id.gs1.org/01/{GTIN}/10/L-7",
        Decimal(10),
        "CS",
    )
    assert [(each.type, each.biz_transaction) for each in event.biz_transaction_list] == [
        ("inv", f"urn:epcglobal:cbv:bt:{GLN}:12005")
    ]
    assert [(each.name, each.value) for each in event.extensions] == [("expiry", "271231"), ("lot", "L-7")]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"a": {"template": "{b}"}, "b": {"template": "{a}"}},
            "mapping, fields, a: this field needs itself: a → b → a.",
        ),
        (
            {"a": {"col": "A", "lookup": "x"}},
            "mapping, fields, a: expected one of col, const, template, lookup, first_of, got col and lookup.",
        ),
        ({"a": {"lookup": "x", "by": "A"}}, "mapping, fields, a: there is no look-up 'x'."),
        (
            {"a": {"col": "A", "regex": "(a+)+"}},
            "mapping, fields, a, regex: expected no repetition of a group that repeats inside, got '(a+)+'.",
        ),
        (
            {"a": {"col": "A", "do": ["uper"]}},
            (
                "mapping, fields, a, do: there is no step 'uper' (did you mean 'upper'?). Known: strip, upper, lower, "
                "casefold, digits, squeeze, no_space, narrow, replace, remove, cut, pad, before, after, prefix, suffix."
            ),
        ),
        (
            {"a": {"col": "A", "type": "date", "formats": ["huh"]}},
            "mapping, fields, a, formats: expected a date format such as 'dd/MM/yyyy HH:mm', got 'huh'.",
        ),
        (
            {"a": {"col": "A", "check_digit": "ignore"}},
            ("mapping, fields, a: expected check_digit 'error' or 'recompute' or 'append' or 'trust', got 'ignore'."),
        ),
        (
            {"a": {"col": "A", "regex": "(?P<x>a)"}, "b": {"template": "{a.y}"}},
            "mapping, fields, b, template: there is no 'a.y'; 'a' has the parts x.",
        ),
    ],
)
def test_a_wrong_field_is_refused_when_the_mapping_is_read(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(MappingError) as caught:
        load_mapping({"epcis_map": 1, "fields": fields, "events": [{}]})
    assert str(caught.value) == message
