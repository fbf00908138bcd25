"""The shipped story: made again byte for byte, valid, and its truth file consistent with itself and its files."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from lxml import etree

if TYPE_CHECKING:
    from pathlib import Path

GENERATED = ("farm.csv", "plant.xml", "distributor.xml", "retailer.json", "expected.json")
XSD = {"plant.xml": "xsd-1.2/EPCglobal-epcis-1_2.xsd", "distributor.xml": "xsd-2.0/EPCglobal-epcis-2_0.xsd"}


@pytest.fixture(scope="module")
def story(repository: Path) -> Path:
    return repository / "examples" / "story"


@pytest.fixture(scope="module")
def truth(story: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((story / "expected.json").read_bytes())
    return loaded


def xml_events(path: Path) -> list[etree._Element]:
    elements = etree.parse(path).getroot().iter()
    return [each for each in elements if isinstance(each.tag, str) and each.tag.endswith("Event")]


def farm_rows(story: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((story / "farm.csv").read_text(encoding="utf-8").splitlines(), delimiter=";"))


def has_right_check_digit(digits: str) -> bool:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0


def test_the_generator_writes_the_committed_files_byte_for_byte(story: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-B", str(story / "make_story.py"), "--out", str(tmp_path)], check=True, capture_output=True
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(GENERATED)
    for name in GENERATED:
        assert (tmp_path / name).read_bytes() == (story / name).read_bytes(), name


def test_every_gs1_key_in_the_files_has_a_right_check_digit(story: Path) -> None:
    keys = {row[name] for row in farm_rows(story) for name in ("GTIN", "Pallet SSCC", "Buyer GLN", "Ship-to GLN")}
    for name in ("retailer.json", "expected.json"):
        text = (story / name).read_text(encoding="utf-8")
        found = re.findall(r"/(?:00/([0-9]{18})|01/([0-9]{14})|41[47]/([0-9]{13})|8003/0([0-9]{13}))", text)
        keys |= {digits for groups in found for digits in groups if digits}
        keys |= set(re.findall(r"cbv:bt:([0-9]{13}):", text))
    assert len(keys) > 50
    assert [key for key in sorted(keys) if not has_right_check_digit(key)] == []
    assert {key.lstrip("0")[:3] for key in keys} <= {"952", "195"}  # 1 is the indicator digit of a case


def test_each_file_holds_the_events_that_the_truth_file_counts(story: Path, truth: dict[str, Any]) -> None:
    counts = truth["events"]["in_files"]
    rows = len(farm_rows(story))
    assert (rows, 3 * rows) == (truth["farm_rows"], counts["farm.csv"])
    assert {name: len(xml_events(story / name)) for name in XSD} == {name: counts[name] for name in XSD}
    events = json.loads((story / "retailer.json").read_bytes())["epcisBody"]["eventList"]
    assert len(events) == counts["retailer.json"]
    assert truth["events"]["sent"] == sum(counts.values()) == 285


def test_the_story_has_what_a_demonstration_needs(story: Path, truth: dict[str, Any]) -> None:
    plant, road = xml_events(story / "plant.xml"), xml_events(story / "distributor.xml")
    shop = json.loads((story / "retailer.json").read_bytes())["epcisBody"]["eventList"]
    kinds = Counter(str(event.tag) for event in [*plant, *road]) + Counter(event["type"] for event in shop)
    assert set(kinds) == {
        "ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent",
    }  # fmt: skip
    ids = [event.findtext(".//eventID") for event in plant]
    assert [each for each, n in Counter(ids).items() if each and n > 1] == truth["events"]["voided"]
    assert len([event for event in road if event.findtext("eventID") in set(filter(None, ids))]) == 1
    assert len([each for each in ids if each is None]) == 1
    readings = [float(report.get("value", "0")) for event in road for report in event.iter("sensorReport")]
    assert max(readings) == 9.4
    inputs_and_outputs = Counter(event.findtext("transformationID") for event in plant)
    assert sorted(n for name, n in inputs_and_outputs.items() if name) == [2]


def test_the_truth_file_is_consistent(truth: dict[str, Any]) -> None:
    forward, where, clean = truth["forward"], truth["where"], truth["clean"]
    by_kind = {kind: keys for kind, keys in forward.items() if kind != "start"}
    assert {kind: len(keys) for kind, keys in by_kind.items()} == {
        "bulk lot": 2, "case": 16, "crate": 2, "finished lot": 2, "pallet": 9, "unit": 96,
    }  # fmt: skip
    reached = [key for keys in by_kind.values() for key in keys]
    assert len(reached) == len(set(reached))
    assert set(reached) == set(where)
    assert {key: row["kind"] for key, row in where.items()} == {key: kind for kind in by_kind for key in by_kind[kind]}
    assert not set(reached) & {key for keys in clean.values() for key in keys}
    assert {kind: len(keys) for kind, keys in clean.items()} == {"unit": 192, "case": 32, "pallet": 20}
    assert truth["recalled"]["key"] == forward["start"] not in reached
    units = Counter(row["holder_name"] or "sold" for row in where.values() if row["kind"] == "unit")
    assert units == truth["units_by_holder"]
    for key, row in where.items():
        assert all(container in where for container in row["containers"]), key
        assert (row["holder"] is None) == (row["disposition"] == "retail_sold"), key
        assert (row["place"] is None) == (row["bizStep"] in {"shipping", "retail_selling"}), key


def test_the_sold_unit_goes_back_to_the_farm_and_the_recalled_lot(truth: dict[str, Any]) -> None:
    back = truth["back"]
    assert back["start"] in truth["forward"]["unit"]
    assert truth["where"][back["start"]]["bizStep"] == "retail_selling"
    assert truth["recalled"]["key"] in back["raw_lots"]
    assert set(back["raw_lots"]) < set(back["keys"])
    assert [key.rsplit("/", 1)[1] for key in back["raw_lots"]] == ["S-0501", "S-0502", "A-0501"]
    assert sorted(back["fields"]) == ["A-0501", "S-0501", "S-0502"]


@pytest.mark.conformance
@pytest.mark.parametrize("name", sorted(XSD))
def test_the_xml_files_are_valid_under_the_published_schemas(story: Path, shared: Path, name: str) -> None:
    schema = etree.XMLSchema(etree.parse(shared / "conformance" / "standards" / XSD[name]))
    schema.assertValid(etree.parse(story / name))


@pytest.mark.conformance
def test_the_json_events_are_valid_under_the_published_schema(story: Path, shared: Path, truth: dict[str, Any]) -> None:
    folder = shared / "conformance" / "standards" / "json-schema" / "ratified-2.0.1"
    schema = json.loads((folder / "epcis-json-schema.json").read_bytes())
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    document = json.loads((story / "retailer.json").read_bytes())
    assert [error.message for error in validator.iter_errors(document)] == []
    document["@context"].append({"farm": "https://meadow-farm.example/epcis/"})
    document["epcisBody"]["eventList"] = truth["farm_first_row"]
    assert [error.message for error in validator.iter_errors(document)] == []
