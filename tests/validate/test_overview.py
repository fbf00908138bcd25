"""What a document is about: counted right, bounded, and in the form that is promised."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import epcis_kit as ek
from epcis_kit._resources import read_text
from epcis_kit.model import Document
from epcis_kit.validate import overview
from epcis_kit.validate.mentions import Mentions
from epcis_kit.validate.overview import Overview, parts_of

if TYPE_CHECKING:
    from pathlib import Path

GTIN = "https://id.gs1.org/01/09521234000013"
SSCC = "https://id.gs1.org/00/095212340000000017"


def event(kind: str = "ObjectEvent", **fields: Any) -> ek.ObjectEvent:
    values = {"type": kind, "eventTime": "2025-05-01T10:00:00Z", "eventTimeZoneOffset": "+00:00", **fields}
    return ek.read(json.dumps(values).encode()).events[0]  # type: ignore[return-value]


def overview_of(*events: Any) -> dict[str, Any]:
    made, mentions = Overview(), Mentions()
    for index, one in enumerate(events):
        mentions.of(one)
        made.event(one, mentions, index)
    return made.result(Document())


def test_the_overview_of_the_story_says_what_the_story_has(repository: Path) -> None:
    report = ek.check(repository / "examples" / "story" / "plant.xml", overview=True)
    found = report.overview
    assert found is not None
    assert sum(row["count"] for row in found["events"]) == report.events == 125
    assert found["numbers"]["product"] == len(found["products"]) == 12
    assert found["products"][4] == {
        "gtin": "09521202200018",
        "name": "Strawberry smoothie, 1 litre bottle",
        "lots": ["ST-0506", "ST-0507", "ST-0508"],
        "more_lots": 0,
        "expiry": ["2025-06-06", "2025-06-07", "2025-06-08"],
        "serials": 144,
    }
    assert found["cut"] == []
    schema = json.loads(read_text("schemas/json/report.schema.json"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(report.to_json()))
    assert "Strawberry smoothie, 1 litre bottle" in report.to_html("zh")


def test_an_overview_is_made_only_where_it_is_asked_for(repository: Path) -> None:
    assert ek.check(repository / "examples" / "story" / "plant.xml").overview is None


def test_an_object_is_counted_once_however_it_is_spelt() -> None:
    found = overview_of(
        event(action="ADD", epcList=[f"{GTIN}/21/1", f"{GTIN}/21/2"], ilmd={"cbvmda:lotNumber": "L1"}),
        event(action="OBSERVE", epcList=["urn:epc:id:sgtin:9521234.000001.1"]),
    )
    assert found["numbers"] == {"product": 1, "lot": 1, "serial": 2, "sscc": 0, "location": 0, "party": 0}
    assert found["products"][0]["lots"] == ["L1"]
    assert (found["first"], found["last"]) == ("2025-05-01T10:00:00Z", "2025-05-01T10:00:00Z")


def test_what_was_unpacked_is_no_longer_inside() -> None:
    items = [f"{GTIN}/21/{number}" for number in range(3)]
    packed = event("AggregationEvent", action="ADD", parentID=SSCC, childEPCs=items)
    some = event("AggregationEvent", action="DELETE", parentID=SSCC, childEPCs=items[:1])
    everything = event("AggregationEvent", action="DELETE", parentID=SSCC, childEPCs=[])
    assert overview_of(packed, some)["levels"] == [
        {"container": "SSCC", "content": "GTIN 09521234000013", "containers": 1, "contents": 2, "least": 2, "most": 2}
    ]
    assert overview_of(packed, everything)["tree"] == []
    (root,) = overview_of(packed)["tree"]
    assert (root["key"], root["label"], len(root["contents"])) == (SSCC, "SSCC 095212340000000017", 3)


def test_containers_in_a_ring_end() -> None:
    other = "https://id.gs1.org/00/095212340000000024"
    ring = [
        event("AggregationEvent", action="ADD", parentID=SSCC, childEPCs=[other]),
        event("AggregationEvent", action="ADD", parentID=other, childEPCs=[SSCC]),
        event("AggregationEvent", action="ADD", parentID=GTIN + "/21/1", childEPCs=[SSCC]),
    ]
    assert json.dumps(overview_of(*ring)["tree"]).count(SSCC) == 2


def test_a_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"serials": 5, "products": 1, "lots": 1, "containers": 2, "locations": 1}
    monkeypatch.setattr(overview, "LIMITS", small)
    items = [f"{GTIN}/21/{number}" for number in range(9)]
    found = overview_of(
        event("AggregationEvent", action="ADD", parentID=SSCC, childEPCs=items, readPoint={"id": "urn:x:1"}),
        event(action="ADD", epcList=items, ilmd={"cbvmda:lotNumber": ["L1", "L2"]}, readPoint={"id": "urn:x:2"}),
        event(action="OBSERVE", epcList=["https://id.gs1.org/01/09521234000020/21/1"]),
    )
    assert sorted(found["cut"]) == ["containers", "locations", "lots", "products", "serials"]
    assert found["limits"] == {name: small[name] for name in found["cut"]}
    assert found["levels"][0]["contents"] == 2


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        (f"{GTIN}/21/1", [("GTIN", "09521234000013"), ("serial", "1")]),
        (SSCC, [("SSCC", "095212340000000017")]),
        ("urn:x:1", [("identifier", "urn:x:1")]),
    ],
)
def test_the_parts_of_a_key(key: str, parts: list[tuple[str, str]]) -> None:
    assert parts_of(key) == parts


def test_a_finding_says_what_it_concerns() -> None:
    values = {"type": "ObjectEvent", "action": "OBSERVE", "eventTimeZoneOffset": "+00:00"}
    values |= {"eventTime": "2025-05-01T10:00:00Z", "bizStep": "shiping"}
    data = json.dumps({**values, "epcList": ["(01)1", f"{GTIN}/21/7"]}).encode()
    found = {one.location.inner: one.affected for one in ek.check(data, overview=True)}
    assert found["epcList/0"] == (("identifier", "(01)1"),)
    assert found["bizStep"] == (("identifier", "(01)1"), ("GTIN", "09521234000013"), ("serial", "7"))


def test_a_finding_of_the_schemas_says_what_it_concerns_too() -> None:
    values = {"type": "ObjectEvent", "action": "OBSERVE", "eventTimeZoneOffset": "+00:00", "lot": "un-prefixed"}
    data = json.dumps({**values, "eventTime": "2025-05-01T10:00:00Z", "epcList": [f"{GTIN}/21/7"]}).encode()
    found = [one for one in ek.check(data, overview=True) if one.location.inner == "lot"]
    assert found
    assert {one.affected for one in found} == {(("GTIN", "09521234000013"), ("serial", "7"))}


def test_identical_findings_can_be_asked_for_as_one() -> None:
    bad = {"type": "ObjectEvent", "action": "OBSERVE", "eventTimeZoneOffset": "+00:00", "epcList": ["N/A"]}
    events = [{**bad, "eventTime": "2025-05-01T10:00:00Z"} for _ in range(2495)]
    document = {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": events}}
    data = json.dumps({**document, "creationDate": "2025-05-02T10:00:00Z", "@context": []}).encode()
    every, grouped = ek.check(data), ek.check(data, groups=True)
    placeholders = [one for one in grouped if one.location.inner == "epcList/0" and one.severity == "error"]
    assert [one.count for one in placeholders] == [2495]
    assert len(placeholders[0].samples) == 5
    assert grouped.counts() == every.counts()
