"""The schema of query parameters: every name of the standard, names with prefixes, and nothing else."""

from __future__ import annotations

import csv
import importlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit._resources import read_bytes
from epcis_kit.errors import QueryError
from epcis_kit.query import PARAMETERS, Query
from epcis_kit.validate.schema_json_files import JsonSchema

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("epcis-2.0-query.json", "epcis-2.0-words.json")
SCHEMAS = [json.loads(read_bytes(f"schemas/json/{name}")) for name in FILES]
OTHERS = {each["$id"]: each for each in SCHEMAS}
SCHEMA = JsonSchema(SCHEMAS[0], OTHERS)
NAMED = JsonSchema({"$ref": f"{SCHEMAS[0]['$id']}#/$defs/namedQuery"}, OTHERS)

GOOD: tuple[dict[str, Any], ...] = (
    {},
    {"EQ_bizStep": ["shipping", "receiving"], "eventType": ["ObjectEvent"]},
    {"GE_eventTime": "2024-03-01T00:00:00Z", "LT_eventTime": "2024-04-01T00:00:00+02:00"},
    {"EQ_example:colour": ["red"], "GT_example:weight": 5.5, "EXISTS_example:note": True},
    {"EQ_INNER_example:colour": "red", "LE_INNER_ILMD_cbvmda:itemExpirationDate": "2025-12-31"},
    {"EQ_ILMD_cbvmda:lotNumber": ["A1", "A2"], "EQ_ERROR_DECLARATION_example:by": ["me"]},
    {"GE_SENSORREPORT_example:level": 1, "EQ_SENSORELEMENT_example:x": True, "EXISTS_SENSORMETADATA_example:x": None},
    {"EQ_readPoint_example:dock": ["7"], "EQ_{https://example.com/}colour": "red"},
    {"EQ_value_CEL": [4], "LT_maxValue_CEL": 8, "GE_quantity_KGM": 10, "EQ_percRank": 50},
    {
        "EQ_bizTransaction_po": ["urn:x:1"],
        "EQ_source_owning_party": ["urn:x:1"],
        "EQ_destination_location": ["urn:x:1"],
    },
    {"MATCH_anyEPC": ["urn:epc:idpat:sgtin:9521234.*.*"], "WD_bizLocation": ["urn:epc:id:sgln:9521234.00001.0"]},
    {"orderBy": "eventTime", "orderDirection": "ASC", "eventCountLimit": 10},
    {"orderBy": "example:weight", "maxEventCount": 5},
    {"HASATTR_bizLocation": ["urn:n"], "EQ_ATTR_bizLocation_urn:n": ["A"], "EQATTR_bizLocation_urn:n": ["A"]},
    {"EXISTS_errorDeclaration": 1, "EXISTS_sensorElementList": False, "EQ_booleanValue": True},
)

BAD: tuple[tuple[dict[str, Any], str, str, str], ...] = (
    ({"EQ_bizstep": ["shipping"]}, "SCH-003", "/EQ_bizstep", "Did you mean 'EQ_bizStep'?"),
    ({"EQ_colour": ["red"]}, "SCH-003", "/EQ_colour", ""),
    ({"EQ_bizStep": ["shiping"]}, "SCH-005", "/EQ_bizStep/0", "Did you mean 'shipping'?"),
    ({"EQ_bizStep": "shipping"}, "SCH-008", "/EQ_bizStep", "expected a list, got 'shipping'."),
    ({"GE_eventTime": "2024-03-01"}, "SCH-006", "/GE_eventTime", "expected a date and time with zone"),
    ({"MATCH_epc": ["09521234000013"]}, "SCH-007", "/MATCH_epc/0", "expected an absolute URI"),
    ({"maxEventCount": 0}, "SCH-009", "/maxEventCount", "expected a whole number, 1 or more."),
    ({"maxEventCount": "5"}, "SCH-008", "/maxEventCount", "expected a whole number, 1 or more, got '5'."),
    ({"orderDirection": "UP"}, "SCH-005", "/orderDirection", "expected 'ASC' or 'DESC'."),
    ({"GT_example:weight": "heavy"}, "SCH-005", "/GT_example:weight", "expected a number, a date, or a date and time"),
    ({"LT_maxValue_CEL": "8"}, "SCH-008", "/LT_maxValue_CEL", "expected a number, got '8'."),
    ({"eventCountLimit": 5, "maxEventCount": 5, "orderBy": "eventTime"}, "SCH-011", "", "and not both"),
    ({"eventCountLimit": 5}, "SCH-011", "", "expected orderBy beside eventCountLimit."),
)


@pytest.mark.parametrize("parameters", GOOD, ids=" ".join)
def test_what_may_be_asked(parameters: dict[str, Any]) -> None:
    assert SCHEMA.findings(parameters) == []


@pytest.mark.parametrize(("parameters", "rule", "pointer", "said"), BAD, ids=lambda value: str(value)[:40])
def test_what_may_not_be_asked(parameters: dict[str, Any], rule: str, pointer: str, said: str) -> None:
    (found,) = SCHEMA.findings(parameters)
    assert (found.rule, found.location.pointer) == (rule, pointer)
    assert said in found.message


def test_the_body_that_names_a_query() -> None:
    assert NAMED.findings({"name": "shipped", "query": GOOD[1]}) == []
    (found,) = NAMED.findings({"query": {}})
    assert found.message == "Cannot accept document: expected member 'name', got none."
    (found,) = NAMED.findings({"name": "a b", "query": {}})
    assert found.location.pointer == "/name"
    (found,) = NAMED.findings({"name": "a", "query": {"EQ_x": 1}})
    assert found.location.pointer == "/query/EQ_x"


def test_every_parameter_of_the_query_language_is_known_and_no_other() -> None:
    ordering = {"@context", "orderBy", "orderDirection", "eventCountLimit", "maxEventCount"}
    assert set(SCHEMAS[0]["properties"]) == set(PARAMETERS) | ordering


@pytest.mark.parametrize("parameters", GOOD, ids=" ".join)
def test_what_the_schema_accepts_can_be_asked(parameters: dict[str, Any]) -> None:
    if any(
        "example:" in name or "{" in name or name.startswith(("HASATTR", "EQ_ATTR", "EQATTR")) for name in parameters
    ):
        parameters = {"@context": {"example": "https://example.com/"}, **parameters}
    assert (
        Query.of({name: value for name, value in parameters.items() if name != "@context"}).as_parameters() is not None
    )


@pytest.mark.parametrize("name", ["EQ_bizstep", "EQ_colour", "bizStep", "GE_action", "MATCH_readPoint"])
def test_names_are_refused_by_both(name: str) -> None:
    assert not SCHEMA.valid({name: ["x"]})
    with pytest.raises(QueryError):
        Query.of({name: ["x"]})


def test_the_slow_verdict_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def refused(name: str, package: str | None = None) -> Any:
        if name == "jsonschema_rs":
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", refused)
    slow = JsonSchema(SCHEMAS[0], OTHERS)
    assert slow._quick is None
    assert all(slow.valid(each) for each in GOOD)
    assert not any(slow.valid(each) for each, *_ in BAD)


VALUES: tuple[Any, ...] = (
    [], ["shipping"], ["urn:x:1"], ["x"], "x", "urn:x:1", 5, 5.5, True, None, {}, [5], ["ADD"], ["ObjectEvent"],
    "2024-03-01T00:00:00Z", "ASC", ["in_transit"], ["Temperature"], ["did_not_occur"],
)  # fmt: skip


@pytest.mark.conformance
def test_fixed_names_have_the_verdict_of_the_published_schema(shared: Path) -> None:
    published = json.loads((shared / "conformance/standards/query/query-schema.json").read_bytes())
    # its patterns are no regular expressions of JSON Schema's dialect for rs in places; only the fixed names count here
    published["definitions"]["EPCIS-Query"].pop("patternProperties")
    theirs = JsonSchema(published, {published["$id"]: published})
    differs = set()
    for name in published["definitions"]["EPCIS-Query"]["properties"]:
        beside = {"orderBy": "eventTime"} if name == "eventCountLimit" else {}
        for value in VALUES:
            if SCHEMA.valid({**beside, name: value}) != theirs.valid({**beside, name: value}):
                differs.add(name)
    # a lone number may be asked for, "exists" is true or false as openapi says, and an order has to be one
    assert differs == {"EQ_quantity", "EXISTS_errorDeclaration", "EXISTS_sensorElementList", "orderBy"}


@pytest.mark.conformance
def test_every_published_name_is_known_and_those_with_prefixes_work(shared: Path) -> None:
    published = json.loads((shared / "conformance/standards/query/query-schema.json").read_bytes())
    theirs = JsonSchema(published, {published["$id"]: published})
    with (shared / "conformance/standards/query_params.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    fixed = {row["name_or_pattern"] for row in rows if row["kind"] == "fixed"}
    around = {
        "dayOfMonth", "dayOfWeek", "hour", "minute", "month", "second", "stream", "initialRecordTime", "reportIfEmpty",
        "nextPageToken", "perPage",
    }  # fmt: skip
    assert fixed - around <= set(SCHEMAS[0]["properties"])
    patterns = [row["name_or_pattern"] for row in rows if row["kind"] == "pattern"]
    assert len(patterns) == 108
    for pattern in patterns:
        name = re.sub(r"\[a-z\]\[a-zA-Z0-9\]\*\\\\:\\\\w\+", "example:field", pattern.strip("^$"))
        name = (
            name.replace("[a-z][a-zA-Z0-9_]+", "own").replace("[A-Z0-9]{2,4}", "CEL").replace("\\\\w+_\\\\w+", "epc_x")
        )
        value: Any = True if name.startswith("EXISTS") else 5
        if name.startswith(("HASATTR", "EQ_ATTR", "EQ_source", "EQ_dest", "EQ_bizT")):
            value = ["urn:x:1"]
        assert SCHEMA.valid({name: value}), name
        if ":" in name:
            assert not theirs.valid({name: value}), name
