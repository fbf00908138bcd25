"""Small random worlds: the engine and a slow independent answer agree on every query."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import epcis_kit as ek
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.query import Query, matcher
from epcis_kit.store import open_store
from query_oracle import answer

UNITS = [f"urn:epc:id:sgtin:9521234.000001.{number}" for number in range(3)]
BOXES = [f"urn:epc:id:sscc:9521234.000000000{number}" for number in range(2)]
LOTS = [f"urn:epc:class:lgtin:9521234.000002.L{number}" for number in range(2)]
PLACES = [f"urn:epc:id:sgln:9521234.0000{number}.0" for number in range(4)]
PARTIES = [f"urn:epc:id:pgln:9521234.0000{number}" for number in range(2)]
TIMES = [f"2025-01-01T0{hour}:00:00Z" for hour in range(4)]
WORDS = ["1", "2", "02", "2.0", "A", "2025-01-01", "true"]
CHILDREN: dict[str, list[str]] = {PLACES[0]: [PLACES[1]], PLACES[1]: [PLACES[2]]}


def few(choices: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(choices), min_size=1, max_size=2, unique=True)


leaf = st.one_of(st.sampled_from(WORDS), st.integers(0, 3), st.booleans())
nested = st.fixed_dictionaries({}, optional={"ex:a": leaf, "ex:b": st.fixed_dictionaries({"ex:a": leaf})})
extension = st.fixed_dictionaries(
    {}, optional={"ex:a": st.one_of(leaf, st.lists(leaf, min_size=1, max_size=2)), "ex:b": nested}
)
amount = st.fixed_dictionaries(
    {"epcClass": st.sampled_from(LOTS)},
    optional={"quantity": st.integers(1, 3), "uom": st.sampled_from(["KGM", "GRM"])},
).map(lambda item: {name: value for name, value in item.items() if name != "uom" or "quantity" in item})
amounts = st.lists(amount, min_size=1, max_size=2)
report = st.fixed_dictionaries(
    {"type": st.sampled_from(["Temperature", "Speed"])},
    optional={"value": st.integers(-1, 3), "uom": st.sampled_from(["CEL", "KEL"]), "ex:a": leaf},
)
element = st.fixed_dictionaries(
    {"sensorReport": st.lists(report, min_size=1, max_size=2)}, optional={"sensorMetadata": extension, "ex:a": leaf}
)


def place(draw: st.DrawFn) -> dict[str, Any]:
    return {"id": draw(st.sampled_from(PLACES)), **draw(extension)}


@st.composite
def plain_events(draw: st.DrawFn, number: int) -> dict[str, Any]:
    kind = draw(st.sampled_from(["ObjectEvent", "AggregationEvent", "TransformationEvent"]))
    event: dict[str, Any] = {
        "type": kind,
        "eventID": f"urn:uuid:{number}",
        "eventTime": draw(st.sampled_from(TIMES)),
        "eventTimeZoneOffset": "+00:00",
        **draw(extension),
    }
    if kind == "TransformationEvent":
        event |= {
            "inputEPCList": draw(few(UNITS)),
            "outputEPCList": draw(few(UNITS)),
            "outputQuantityList": draw(amounts),
        }
    elif kind == "AggregationEvent":
        event |= {"action": "ADD", "parentID": draw(st.sampled_from(BOXES)), "childEPCs": draw(few(UNITS))}
        event |= {"childQuantityList": draw(amounts)} if draw(st.booleans()) else {}
    else:
        event |= {"action": draw(st.sampled_from(["ADD", "OBSERVE"])), "epcList": draw(few(UNITS + BOXES))}
        event |= {"quantityList": draw(amounts)} if draw(st.booleans()) else {}
    if kind == "TransformationEvent" or (event.get("action") == "ADD" and kind == "ObjectEvent"):
        event |= {"ilmd": draw(extension)} if draw(st.booleans()) else {}
    optional: dict[str, Any] = {
        "bizStep": lambda: draw(st.sampled_from(["shipping", "packing"])),
        "disposition": lambda: draw(st.sampled_from(["active", "in_transit"])),
        "persistentDisposition": lambda: {"set": draw(few(["recalled", "expired"]))},
        "readPoint": lambda: place(draw),
        "bizLocation": lambda: place(draw),
        "bizTransactionList": lambda: [
            {
                "type": draw(st.sampled_from(["po", "inv"])),
                "bizTransaction": draw(st.sampled_from(["urn:x:1", "urn:x:2"])),
            }
        ],
        "sourceList": lambda: [
            {"type": draw(st.sampled_from(["owning_party", "location"])), "source": draw(st.sampled_from(PARTIES))}
        ],
        "destinationList": lambda: [{"type": "owning_party", "destination": draw(st.sampled_from(PARTIES))}],
        "sensorElementList": lambda: draw(st.lists(element, min_size=1, max_size=2)),
    }
    for name in draw(st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True)):
        event[name] = optional[name]()
    return event


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [draw(plain_events(number)) for number in range(draw(st.integers(1, 6)))]


SCOPES = ["", "ILMD_", "SENSORELEMENT_", "SENSORMETADATA_", "SENSORREPORT_", "readPoint_", "bizLocation_"]


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, Any]:
    comparison = draw(st.sampled_from(["GT", "GE", "LT", "LE"]))
    choices = {
        "eventType": few(["ObjectEvent", "AggregationEvent", "TransformationEvent"]),
        "GE_eventTime": st.sampled_from(TIMES),
        "LT_eventTime": st.sampled_from(TIMES),
        "EQ_action": few(["ADD", "OBSERVE"]),
        "EQ_bizStep": few(["shipping", "packing"]),
        "EQ_disposition": few(["active", "in_transit"]),
        "EQ_persistentDisposition_set": few(["recalled", "expired"]),
        "EQ_readPoint": few(PLACES),
        "WD_readPoint": few(PLACES),
        "WD_bizLocation": few(PLACES),
        "EQ_bizTransaction_po": few(["urn:x:1", "urn:x:2"]),
        "EQ_source_owning_party": few(PARTIES),
        "EQ_destination_owning_party": few(PARTIES),
        "EXISTS_sensorElementList": st.just(value=True),
        "EQ_type": few(["Temperature", "Speed"]),
        f"{comparison}_value_{draw(st.sampled_from(['CEL', 'KEL']))}": st.sampled_from([0, 1, 2, 273, "274.15"]),
        "EQ_value_CEL": few([0, 1, "1.0"]),
        f"{comparison}_quantity": st.integers(0, 3),
        f"EQ_quantity_{draw(st.sampled_from(['KGM', 'GRM']))}": few([1, 2, 1000, "0.001"]),
        **{f"MATCH_{name}": few(UNITS + BOXES + ["urn:epc:idpat:sgtin:9521234.000001.*"])
           for name in ("epc", "parentID", "inputEPC", "outputEPC", "anyEPC")},
        **{f"MATCH_{name}": few(LOTS) for name in ("epcClass", "outputEPCClass", "anyEPCClass")},
    }  # fmt: skip
    scope = draw(st.sampled_from(SCOPES))
    inner = draw(st.sampled_from(["", "INNER_"]))
    field = draw(st.sampled_from(["ex:a", "ex:b"]))
    choices[f"EQ_{inner}{scope}{field}"] = st.lists(st.one_of(st.sampled_from(WORDS), st.integers(0, 3)), min_size=1)
    choices[f"EXISTS_{inner}{scope}{field}"] = st.just(value=True)
    choices[f"{comparison}_{inner}{scope}{field}"] = st.sampled_from([0, 1, 2, "2", "2024-12-31", "2025-01-01"])
    name = draw(st.sampled_from(sorted(choices)))
    return name, draw(choices[name])


queries = st.lists(asked(), min_size=1, max_size=2).map(dict)


def document(events: list[dict[str, Any]]) -> bytes:
    vocabulary = [
        {
            "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
            "vocabularyElementList": [{"id": name, "children": children} for name, children in CHILDREN.items()],
        }
    ]
    return json.dumps(
        {
            "@context": [
                "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                {"ex": "https://ex.example/"},
            ],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2025-01-02T00:00:00Z",
            "epcisHeader": {"epcisMasterData": {"vocabularyList": vocabulary}},
            "epcisBody": {"eventList": events},
        }
    ).encode()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds(), st.lists(queries, min_size=1, max_size=6))
def test_the_engine_agrees_with_a_slow_answer(events: list[dict[str, Any]], several: list[dict[str, Any]]) -> None:
    children = {trace_key(name).key: {trace_key(child).key for child in below} for name, below in CHILDREN.items()}
    data = document(events)
    with open_store(":memory:", clock=lambda: 0) as store:
        result = store.capture(data)
        assert result.captured == len(events)
        for parameters in several:
            query = Query.of({**parameters, "@context": {"ex": "https://ex.example/"}})
            expected = [event["eventID"] for event in answer(events, parameters, children)]
            assert [event.event_id for event in store.query(query)] == expected
            fits = matcher(query, store.backend)
            assert [event.event_id for event in ek.iter_events(data) if fits(event)] == expected
            pages, token = [], None
            while True:
                page = store.query_page(query, per_page=2, token=token)
                pages += [event.event_id for event in page.events]
                token = page.next_token
                if token is None:
                    break
            assert pages == expected
