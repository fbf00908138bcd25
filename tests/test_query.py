from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from epcis_kit.errors import QueryError
from epcis_kit.model import Timestamp
from epcis_kit.query import PARAMETERS, Condition, Query

TIME = Timestamp.parse("2024-03-01T00:00:00Z")


def test_parameters_become_conditions() -> None:
    query = Query.of(
        EQ_bizStep=["shipping", "urn:epcglobal:cbv:bizstep:receiving", "https://ref.gs1.org/cbv/BizStep-shipping"],
        GE_eventTime="2024-03-01T00:00:00Z",
        MATCH_anyEPC=" urn:epc:id:sscc:9521103.0000000001 ",
    )
    assert query == Query(
        (
            Condition("EQ_bizStep", ("shipping", "receiving")),
            Condition("GE_eventTime", (TIME,)),
            Condition("MATCH_anyEPC", ("urn:epc:id:sscc:9521103.0000000001",)),
        )
    )
    assert [(condition.field, condition.operator) for condition in query.conditions] == [
        ("biz_step", "in"),
        ("event_time", "ge"),
        ("any_epc", "match"),
    ]


@pytest.mark.parametrize("value", ["2024-03-01T00:00:00Z", TIME, datetime(2024, 3, 1, tzinfo=UTC)])
def test_a_time_may_be_given_in_several_ways(value: object) -> None:
    assert Query.of({"LT_eventTime": value}) == Query((Condition("LT_eventTime", (TIME,)),))


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
        ({"orderBy": "size"}, "Cannot use query parameter orderBy with 'size': expected 'eventTime' or 'recordTime'."),
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


def test_every_parameter_is_a_row() -> None:
    assert all(parameter.operator in {"in", "ge", "lt", "match"} for parameter in PARAMETERS.values())
