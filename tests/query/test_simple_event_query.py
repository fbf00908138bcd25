from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import QueryError
from epcis_kit.model import Timestamp
from epcis_kit.query import PARAMETERS, Condition, FieldName, Query, parameter_of

if TYPE_CHECKING:
    from pathlib import Path

TIME = Timestamp.parse("2024-03-01T00:00:00Z")


def condition(name: str, *values: Any) -> Condition:
    return Condition(name, values, PARAMETERS[name])


def test_parameters_become_conditions() -> None:
    query = Query.of(
        EQ_bizStep=["shipping", "urn:epcglobal:cbv:bizstep:receiving", "https://ref.gs1.org/cbv/BizStep-shipping"],
        GE_eventTime="2024-03-01T00:00:00Z",
        MATCH_anyEPC=" urn:epc:id:sscc:9521103.0000000001 ",
    )
    assert query == Query(
        (
            condition("EQ_bizStep", "shipping", "receiving"),
            condition("GE_eventTime", TIME),
            condition("MATCH_anyEPC", "urn:epc:id:sscc:9521103.0000000001"),
        )
    )
    assert [(condition.field, condition.operator) for condition in query.conditions] == [
        ("biz_step", "in"),
        ("event_time", "ge"),
        ("any_epc", "match"),
    ]


@pytest.mark.parametrize("value", ["2024-03-01T00:00:00Z", TIME, datetime(2024, 3, 1, tzinfo=UTC)])
def test_a_time_may_be_given_in_several_ways(value: object) -> None:
    assert Query.of({"LT_eventTime": value}) == Query((condition("LT_eventTime", TIME),))


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"EQ_action": ["ADD"], "orderBy": "eventTime", "orderDirection": "ASC", "eventCountLimit": 5},
        {"GE_recordTime": "2024-03-01T00:00:00Z", "maxEventCount": 7},
        {"MATCH_epc": ["a", "b"], "orderBy": "recordTime", "orderDirection": "DESC"},
    ],
)
def test_a_query_gives_its_parameters_back(parameters: dict[str, Any]) -> None:
    query = Query.of(parameters)
    assert query.as_parameters() == parameters
    assert Query.of(query.as_parameters()) == query


def test_texts_of_the_command_line() -> None:
    texts = ["EQ_bizStep=shipping", "EQ_bizStep=receiving", "orderBy=eventTime", "eventCountLimit=3", "MATCH_epc=a=b"]
    assert Query.parse(texts) == Query.of(
        EQ_bizStep=["shipping", "receiving"], orderBy="eventTime", eventCountLimit=3, MATCH_epc="a=b"
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"EQ_bizstep": "shipping"},
            (
                "Cannot use query parameter 'EQ_bizstep': expected the name of a SimpleEventQuery parameter; "
                "did you mean EQ_bizStep?"
            ),
        ),
        (
            {"MATCH_anyEpc": "x"},
            (
                "Cannot use query parameter 'MATCH_anyEpc': expected the name of a SimpleEventQuery parameter; "
                "did you mean MATCH_anyEPC?"
            ),
        ),
        (
            {"colour": "red"},
            "Cannot use query parameter 'colour': expected the name of a SimpleEventQuery parameter.",
        ),
        (
            {"EQ_action": ["ADD", "add"]},
            "Cannot use query parameter EQ_action with 'add': expected 'ADD', 'OBSERVE' or 'DELETE'.",
        ),
        (
            {"GE_eventTime": "2024-03-01T00:00:00"},
            (
                "Cannot use query parameter GE_eventTime with '2024-03-01T00:00:00': expected a time with its zone, "
                "such as '2024-03-01T00:00:00Z'."
            ),
        ),
        (
            {"GE_eventTime": ["2024-03-01T00:00:00Z"]},
            "Cannot use query parameter GE_eventTime with ['2024-03-01T00:00:00Z']: expected one value.",
        ),
        ({"MATCH_epc": []}, "Cannot use query parameter MATCH_epc with []: expected at least one value."),
        ({"MATCH_epc": 5}, "Cannot use query parameter MATCH_epc with 5: expected a text that is not empty."),
        ({"MATCH_epc": " "}, "Cannot use query parameter MATCH_epc with ' ': expected a text that is not empty."),
        (
            {"orderBy": "size"},
            (
                "Cannot use query parameter orderBy with 'size': expected 'eventTime', 'recordTime', 'quantity' or "
                "the name of an extension field with its prefix."
            ),
        ),
        ({"orderDirection": "up"}, "Cannot use query parameter orderDirection with 'up': expected 'ASC' or 'DESC'."),
        ({"maxEventCount": 0}, "Cannot use query parameter maxEventCount with 0: expected a whole number, 1 or more."),
        (
            {"maxEventCount": True},
            "Cannot use query parameter maxEventCount with True: expected a whole number, 1 or more.",
        ),
        (
            {"eventCountLimit": 5},
            "Cannot use query parameter eventCountLimit: expected orderBy beside it, got none.",
        ),
        (
            {"eventCountLimit": 5, "maxEventCount": 5, "orderBy": "eventTime"},
            "Cannot use query parameter eventCountLimit: it excludes maxEventCount.",
        ),
    ],
)
def test_what_cannot_be_asked(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError) as caught:
        Query.of(parameters)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["shipping"], "Cannot read query 'shipping': expected name=value, such as EQ_bizStep=shipping."),
        (
            ["GE_eventTime=a", "GE_eventTime=b"],
            "Cannot use query parameter GE_eventTime: expected one value, got several.",
        ),
        (
            ["maxEventCount=ten"],
            "Cannot use query parameter maxEventCount with 'ten': expected a whole number, 1 or more.",
        ),
        (
            ["EQ_bizSteps=shipping"],
            (
                "Cannot use query parameter 'EQ_bizSteps': expected the name of a SimpleEventQuery parameter; "
                "did you mean EQ_bizStep?"
            ),
        ),
    ],
)
def test_texts_that_cannot_be_read(texts: list[str], message: str) -> None:
    with pytest.raises(QueryError) as caught:
        Query.parse(texts)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "kept"),
    [
        (
            {"EQ_persistentDisposition_set": "urn:epcglobal:cbv:disp:recalled"},
            {"EQ_persistentDisposition_set": ["recalled"]},
        ),
        ({"EQ_source_owning_party": "urn:epc:id:pgln:9521103.00000"}, None),
        ({"EQ_bizTransaction_po": ["urn:x:1", "urn:x:2"]}, None),
        ({"GE_value_KEL": "281.15"}, {"GE_value_KEL": 281.15}),
        ({"EQ_quantity": [5, "2.50"]}, {"EQ_quantity": [5, 2.5]}),
        ({"EQ_booleanValue": "true"}, {"EQ_booleanValue": True}),
        ({"EXISTS_errorDeclaration": None}, {"EXISTS_errorDeclaration": True}),
        ({"EXISTS_errorDeclaration": False}, {}),
        ({"EQ_ILMD_cbvmda:lotNumber": "0012"}, {"EQ_ILMD_cbvmda:lotNumber": ["0012"]}),
        (
            {"GT_ex:size": 5, "@context": {"ex": "urn:x:", "unused": "urn:y:"}},
            {"@context": {"ex": "urn:x:"}, "GT_ex:size": 5},
        ),
        ({"LT_INNER_ILMD_ex:until": "2025-01-01"}, {"LT_INNER_ILMD_ex:until": "2025-01-01T00:00:00Z"}),
        ({"EQ_INNER_SENSORREPORT_ex:a": True}, {"EQ_INNER_SENSORREPORT_ex:a": [True]}),
        ({"HASATTR_bizLocation": ["urn:x:mda#site"]}, None),
        ({"EQATTR_bizLocation_urn:x:mda#site": ["A"]}, None),
        ({"EQ_ATTR_epcClass_name": ["A"]}, None),
        ({"orderBy": "ex:size", "orderDirection": "ASC"}, None),
        ({"orderBy": "{urn:x}size", "orderDirection": "DESC"}, None),
    ],
)  # fmt: skip
def test_families_of_parameters(parameters: dict[str, Any], kept: dict[str, Any] | None) -> None:
    query = Query.of(parameters)
    expected = kept if kept is not None else {
        name: [value] if isinstance(value, str) and not name.startswith("order") else value
        for name, value in parameters.items()
    }  # fmt: skip
    assert query.as_parameters() == expected
    assert Query.of(query.as_parameters()) == query


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("EQ_cbvmda:lotNumber", FieldName("lotNumber", "urn:epcglobal:cbv:mda")),
        ("EQ_ex:lot", FieldName("lot", "urn:x")),
        ("EQ_other:lot", FieldName("lot", None, "other")),
        ("EQ_{urn:y}lot", FieldName("lot", "urn:y")),
        ("EQ_urn:epcglobal:cbv:mda#lotNumber", FieldName("lotNumber", "urn:epcglobal:cbv:mda")),
        ("EQ_https://ns.example/a/lot", FieldName("lot", "https://ns.example/a")),
        ("EQ_ILMD_lot", FieldName("lot")),
    ],
)
def test_the_name_of_an_extension_field(name: str, expected: FieldName) -> None:
    parameter = parameter_of(name, {"ex": "urn:x:"})
    assert parameter is not None
    assert parameter.name == expected


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"GE_value_CEL": "warm"},
            "Cannot use query parameter GE_value_CEL with 'warm': expected a number such as 5 or -0.25.",
        ),
        (
            {"GT_ex:size": "big"},
            "Cannot use query parameter GT_ex:size with 'big': expected a number, a date or a time with its zone.",
        ),
        (
            {"EXISTS_ex:size": "perhaps"},
            "Cannot use query parameter EXISTS_ex:size with 'perhaps': expected true, false or no value.",
        ),
        (
            {"EQ_booleanValue": 1},
            "Cannot use query parameter EQ_booleanValue with 1: expected true or false.",
        ),
        (
            {"@context": 5},
            "Cannot use query parameter @context with 5: expected prefixes with their namespaces.",
        ),
        (
            {"HASATTR_colour": "x"},
            (
                "Cannot use query parameter 'HASATTR_colour': expected the name of a SimpleEventQuery parameter, or "
                "one of the form HASATTR_FIELD."
            ),
        ),
    ],
)
def test_what_families_refuse(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError) as caught:
        Query.of(parameters)
    assert str(caught.value) == message


def test_exists_needs_no_value_on_a_command_line() -> None:
    assert Query.parse(["EXISTS_ex:a", "EQ_ex:b=1"], {"ex": "urn:x"}).as_parameters() == {
        "@context": {"ex": "urn:x"},
        "EXISTS_ex:a": True,
        "EQ_ex:b": ["1"],
    }


@pytest.mark.conformance
def test_every_parameter_of_the_standard_is_known(shared: Path) -> None:
    rows = (shared / "conformance" / "standards" / "query_params.tsv").read_text(encoding="utf-8").splitlines()[1:]
    elsewhere = {
        "@context", "orderBy", "orderDirection", "eventCountLimit", "maxEventCount",  # ask nothing of an event
        "perPage", "nextPageToken",  # pages, which a store is asked for
        "dayOfMonth", "dayOfWeek", "hour", "minute", "month", "second",  # schedules of subscriptions
        "initialRecordTime", "reportIfEmpty", "stream",
    }  # fmt: skip
    unknown = set()
    for row in rows:
        name, kind = row.split("\t")[:2]
        if kind == "pattern":
            name = name.strip("^$").replace("[a-z][a-zA-Z0-9]*", "ex").replace("[a-z][a-zA-Z0-9_]+", "po")
            name = name.replace("[A-Z0-9]{2,4}", "CEL").replace("\\\\:", ":").replace("\\\\w+", "bizStep")
        if name not in elsewhere and parameter_of(name) is None:
            unknown.add(name)
    assert unknown == set()
