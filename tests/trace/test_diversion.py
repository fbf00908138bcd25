"""Planted anomalies are found, all of them and nothing else; the standing of one item."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.errors import IdentifierError, QueryError
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model import AggregationEvent, Document, ErrorDeclaration, Event, Extension, ObjectEvent, Timestamp
from epcis_kit.store import open_store
from epcis_kit.trace.diversion import KINDS, Anomalies, WatchOptions, anomalies, verify_item

if TYPE_CHECKING:
    from collections.abc import Iterable

START = Timestamp.parse("2025-05-05T08:00:00Z").epoch_us
HOUR = 3_600_000_000
MAKER, DEPOT, SHOP, OTHER = (f"urn:epc:id:sgln:952123{number}.00001.0" for number in range(4))
PLACES = {MAKER: ("59.91", "10.75", "NO"), DEPOT: ("59.33", "18.06", "SE"), SHOP: ("60.17", "24.94", "FI")}
PRODUCT = "urn:epc:idpat:sgtin:9521230.000100.*"


def unit(number: int) -> str:
    return f"urn:epc:id:sgtin:9521230.000100.{number}"


def box(number: int) -> str:
    return f"urn:epc:id:sscc:9521230.0{number:09d}"


def told(hour: float, step: str, epcs: Iterable[str], place: str | None, **more: Any) -> ObjectEvent:
    fields: dict[str, Any] = {"action": "OBSERVE", **more}
    if place is not None:
        fields["biz_location"] = {"id": place}
    return ObjectEvent(
        event_time=Timestamp.from_epoch_us(START + int(hour * HOUR)),
        event_time_zone_offset="+00:00",
        biz_step=step,
        epc_list=list(epcs),
        **fields,
    )


def packed(hour: float, action: str, parent: str, children: list[str], place: str = MAKER) -> AggregationEvent:
    return AggregationEvent(
        event_time=Timestamp.from_epoch_us(START + int(hour * HOUR)),
        event_time_zone_offset="+00:00",
        action=action,
        biz_step="packing" if action == "ADD" else "unpacking",
        parent_id=parent,
        child_epcs=children,
        biz_location={"id": place},
    )


def to(place: str) -> list[dict[str, str]]:
    return [{"type": "location", "destination": place}]


def master() -> Document:
    def attributes(values: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {"id": f"urn:epcglobal:cbv:mda#{name}", "value": Extension("", "", value)} for name, value in values.items()
        ]

    places = [
        {"id": place, "attributes": attributes({"latitude": lat, "longitude": lon, "countryCode": country})}
        for place, (lat, lon, country) in PLACES.items()
    ]
    products = [{"id": PRODUCT, "attributes": attributes({"targetMarket": "FI SE NO"})}]
    vocabularies = [
        {"type": "urn:epcglobal:epcis:vtype:BusinessLocation", "elements": places},
        {"type": "urn:epcglobal:epcis:vtype:EPCClass", "elements": products},
    ]
    return Document(type="EPCISMasterDataDocument", header={"master_data": vocabularies})


def journey(number: int, units: list[int]) -> list[Event]:
    """A box of units from the maker to a shop, all as it should be."""
    epcs, case, start = [unit(one) for one in units], box(number), number * 0.1
    return [
        told(start, "commissioning", epcs, MAKER, action="ADD"),
        told(start, "commissioning", [case], MAKER, action="ADD"),
        packed(start + 1, "ADD", case, epcs),
        told(start + 2, "shipping", [case], MAKER, destination_list=to(DEPOT)),
        told(start + 12, "receiving", [case], DEPOT),
        told(start + 14, "shipping", [case], DEPOT, destination_list=to(SHOP)),
        told(start + 30, "receiving", [case], SHOP),
        packed(start + 31, "DELETE", case, epcs, SHOP),
        *[told(start + 40 + place, "retail_selling", [epc], SHOP) for place, epc in enumerate(epcs)],
    ]


def found_in(events: list[Event], **choices: Any) -> Anomalies:
    with open_store(":memory:", clock=lambda: 0) as store:
        store.capture(master())
        store.capture(random.Random(1).sample(events, len(events)))
        return anomalies(store, **choices)


def pairs(found: Anomalies) -> list[tuple[str, str]]:
    return [(one.kind, one.key) for one in found.found]


def key(text: str) -> str:
    return trace_key(text).key


GOOD = [event for number in range(3) for event in journey(number, [number * 4 + one for one in range(4)])]


def test_a_clean_chain_shows_nothing() -> None:
    assert pairs(found_in(GOOD)) == []


PLANTED: dict[str, tuple[list[Event], str]] = {
    "never_commissioned": ([told(50, "retail_selling", [unit(900)], SHOP)], unit(900)),
    "used_before_commissioning": (
        [told(1, "inspecting", [unit(901)], MAKER), told(2, "commissioning", [unit(901)], MAKER, action="ADD")],
        unit(901),
    ),
    "commissioned_twice": ([told(0.5, "commissioning", [unit(2)], MAKER, action="ADD")], unit(2)),
    "after_end": (
        [
            told(1, "commissioning", [unit(902)], MAKER, action="ADD"),
            told(2, "destroying", [unit(902)], MAKER, action="DELETE"),
            told(3, "inspecting", [unit(902)], MAKER),
        ],
        unit(902),
    ),
    "after_sale": ([told(90, "shipping", [unit(3)], SHOP), told(95, "receiving", [unit(3)], SHOP)], unit(3)),
    "impossible_travel": (
        [
            told(1, "commissioning", [unit(903)], MAKER, action="ADD"),
            told(1.2, "inspecting", [unit(903)], SHOP),
        ],
        unit(903),
    ),
    "received_elsewhere": (
        [
            told(1, "commissioning", [box(904)], MAKER, action="ADD"),
            told(2, "shipping", [box(904)], MAKER, destination_list=to(DEPOT)),
            told(20, "receiving", [box(904)], SHOP),
        ],
        box(904),
    ),
    "received_unshipped": ([told(20, "receiving", [box(905)], SHOP)], box(905)),
    "seen_outside_container": (
        [
            told(1, "commissioning", [unit(906)], MAKER, action="ADD"),
            packed(2, "ADD", box(906), [unit(906)]),
            told(3, "shipping", [unit(906)], MAKER),
            told(4, "receiving", [unit(906)], MAKER),
        ],
        unit(906),
    ),
    "packed_twice": (
        [
            told(1, "commissioning", [unit(907)], MAKER, action="ADD"),
            packed(2, "ADD", box(907), [unit(907)]),
            packed(3, "ADD", box(908), [unit(907)]),
        ],
        unit(907),
    ),
    "unpacked_unknown": (
        [
            told(1, "commissioning", [unit(909)], MAKER, action="ADD"),
            packed(2, "DELETE", box(909), [unit(909)]),
        ],
        unit(909),
    ),
    "repeated_scans": (
        [
            told(1, "commissioning", [unit(910)], MAKER, action="ADD"),
            *[told(100 + number, "https://demo.example/consumer_scan", [unit(910)], SHOP) for number in range(11)],
        ],
        unit(910),
    ),
    "never_received": (
        [
            told(1, "commissioning", [box(911)], MAKER, action="ADD"),
            told(2, "shipping", [box(911)], MAKER, destination_list=to(DEPOT)),
        ],
        box(911),
    ),
}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "market_mismatch"])
def test_a_planted_anomaly_is_found_and_nothing_else(kind: str) -> None:
    planted, item = PLANTED[kind]
    found = found_in([*GOOD, *planted], at="2025-06-30T00:00:00Z")
    assert pairs(found) == [(kind, key(item))]
    one = found.found[0]
    assert one.severity == KINDS[kind].severity
    assert one.message.startswith(key(item))
    assert one.events


def test_a_country_that_was_not_meant() -> None:
    options = WatchOptions(markets={key(PRODUCT): frozenset({"NO", "SE"})})
    found = found_in(GOOD, options=options)
    assert found.counts() == {"market_mismatch": 12}
    assert found.found[0].message.endswith(" was seen in FI: it was made for NO, SE.")


def test_all_planted_at_once_are_found_with_full_precision_and_recall() -> None:
    events = [*GOOD, *[event for planted, _ in PLANTED.values() for event in planted]]
    found = pairs(found_in(events, at="2025-06-30T00:00:00Z"))
    expected = [(kind, key(item)) for kind, (_, item) in PLANTED.items()]
    assert Counter(found) == Counter(expected)


def test_what_was_declared_wrong_shows_nothing() -> None:
    wrong = told(1.2, "inspecting", [unit(1)], SHOP).model_copy(update={"event_id": "urn:x:wrong"})
    assert pairs(found_in([*GOOD, wrong])) == [("impossible_travel", key(unit(1)))]
    declared = wrong.model_copy(update={"error_declaration": ErrorDeclaration(reason="did_not_occur")})
    assert pairs(found_in([*GOOD, wrong, declared])) == []


def test_only_some_kinds_are_asked_for() -> None:
    events = [*GOOD, *PLANTED["after_end"][0], *PLANTED["packed_twice"][0]]
    assert pairs(found_in(events, kinds=["packed_twice"])) == [("packed_twice", key(unit(907)))]
    with pytest.raises(QueryError, match=r"^Cannot look for anomalies of kind 'colour': expected one of "):
        found_in(GOOD, kinds=["colour"])


@pytest.mark.parametrize(
    ("item", "at", "expected"),
    [
        (unit(1), None, ("sold", True, True, False)),
        (unit(1), "2025-05-05T09:00:00Z", ("active", True, True, False)),
        (unit(902), None, ("ended", True, True, True)),
        (unit(900), None, ("sold", True, False, True)),
        (unit(901), "2025-05-05T09:30:00Z", ("unproven", True, False, True)),
        (unit(1234), None, ("unknown", False, False, False)),
        (unit(1), "2025-05-01T00:00:00Z", ("unknown", False, False, False)),
    ],
)
def test_the_standing_of_an_item(item: str, at: str | None, expected: tuple[Any, ...]) -> None:
    events = [*GOOD, *PLANTED["after_end"][0], *PLANTED["never_commissioned"][0]]
    events += PLANTED["used_before_commissioning"][0]
    with open_store(":memory:", clock=lambda: 0) as store:
        store.capture(events)
        found = verify_item(store, item, at)
        assert (found.status, found.known, found.commissioned, found.suspicious) == expected
        assert found.as_dict()["key"] == key(item)
        with pytest.raises(IdentifierError):
            verify_item(store, "hello")


def test_a_misspelt_item_has_near_ones() -> None:
    with open_store(":memory:", clock=lambda: 0) as store:
        store.capture([told(1, "commissioning", ["urn:epc:id:sgtin:9521230.000100.ABC123"], MAKER, action="ADD")])
        found = verify_item(store, "urn:epc:id:sgtin:9521230.000100.ABC124")
    assert found.near == (key("urn:epc:id:sgtin:9521230.000100.ABC123"),)
