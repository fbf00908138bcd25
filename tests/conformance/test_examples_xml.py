"""The published XML examples are read; what we write from them is valid under the published schemas."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from epcis_kit.codec import read_document
from epcis_kit.codec.dialects import NAMESPACES
from epcis_kit.errors import DocumentError
from epcis_kit.model import Document, Event
from strategies import documents
from xml_strategies import events, read, written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.conformance

_FILES = {"EPCISDocument": "epcis", "EPCISQueryDocument": "epcis-query", "EPCISMasterDataDocument": "epcis-masterdata"}

# What is different in the sources of the 37 pairs, so that their events cannot be equal as they stand.
DIFFERENCES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "json-2.0/AssociationEvent/AssociationEvent-h.jsonld": (
        "names eventID twice; the second is that of the XML file",
        lambda data: re.sub(rb'"eventID": "ni:[^"]*",', b"", data, count=1),
    ),
    **dict.fromkeys(
        (
            "json-2.0/Example_9.6.2-ObjectEvent.jsonld",
            "json-2.0/Example_9.6.3-AggregationEvent.jsonld",
            "json-2.0/Example_9.6.4-TransformationEvent.jsonld",
            "json-2.0/EPCISQueryDocument.jsonld",
        ),
        (
            "its namespace ends in /, that of the XML file does not",
            lambda data: data.replace(b'"http://ns.example.com/epcis/"', b'"http://ns.example.com/epcis"'),
        ),
    ),
    "xml-1.2/TransactionEvent.xml": (
        "its namespace lacks the : at the end, and an element is empty that the JSON file leaves out",
        lambda data: data.replace(b'"urn:gs1:epcisapp:rail"', b'"urn:gs1:epcisapp:rail:"').replace(
            b"<rail:vehicleMasterGIAI/>", b""
        ),
    ),
    "xml-2.0/Example-TransactionEvent-2020_07_03y.xml": (
        "an element is empty that the JSON file leaves out",
        lambda data: data.replace(b"<rail:vehicleMasterGIAI/>", b""),
    ),
}  # fmt: skip


def _rows(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "conformance/examples" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _xml_examples(shared: Path) -> list[dict[str, str]]:
    return [row for row in _rows(shared, "MANIFEST.tsv") if row["path"].endswith(".xml") and row["verdict"] == "valid"]


@pytest.fixture(scope="module")
def schemas(shared: Path) -> dict[str, etree.XMLSchema]:
    result = {}
    for version, file in (("2.0", "2_0"), ("1.2", "1_2")):
        imports = "".join(
            f'<xsd:import namespace="{uri}" schemaLocation="EPCglobal-{_FILES[kind]}-{file}.xsd"/>'
            for kind, uri in NAMESPACES[version].items()
        )
        driver = f'<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">{imports}</xsd:schema>'
        base = shared / f"conformance/standards/xsd-{version}/driver.xsd"
        result[version] = etree.XMLSchema(etree.fromstring(driver, base_url=str(base)))
    return result


def _faults(schema: etree.XMLSchema, data: bytes) -> list[str]:
    schema.validate(etree.fromstring(data))
    return [f"line {each.line}: {each.message}" for each in schema.error_log]


def test_every_valid_example_is_read(shared: Path) -> None:
    read_count = 0
    for row in _xml_examples(shared):
        path = shared / "conformance/examples" / row["path"]
        if row["root"] == "EPCISCaptureJob":
            with pytest.raises(DocumentError, match="got EPCISCaptureJob, the state of a capture job"):
                read_document(path)
            continue
        document = read_document(path)
        expected = sum(int(each.partition(":")[2]) for each in row["event_types"].split(",") if each != "-")
        assert (row["path"], document.type, document.schema_version, len(document.events)) == (
            row["path"], row["root"], row["version"], expected,
        )  # fmt: skip
        read_count += 1
    assert read_count == 38


def test_every_example_written_again_is_equal_and_valid(shared: Path, schemas: dict[str, etree.XMLSchema]) -> None:
    for row in _xml_examples(shared):
        if row["root"] == "EPCISCaptureJob":
            continue
        document = read_document(shared / "conformance/examples" / row["path"])
        data, losses = written(document)
        assert losses == []
        assert _faults(schemas["2.0"], data) == [], row["path"]
        again = read(data)
        assert again.model_copy(update={"schema_version": document.schema_version}) == document
        assert written(again)[0] == data


def test_every_example_written_as_1_2_is_valid_and_names_what_1_2_lacks(
    shared: Path, schemas: dict[str, etree.XMLSchema]
) -> None:
    rules: dict[str, set[str]] = {}
    for row in _xml_examples(shared):
        if row["root"] == "EPCISCaptureJob":
            continue
        document = read_document(shared / "conformance/examples" / row["path"])
        data, losses = written(document, "1.2", allow_loss=True)
        assert _faults(schemas["1.2"], data) == [], row["path"]
        for loss in losses:
            rules.setdefault(loss.rule, set()).add(loss.message)
    # a Digital Link whose company prefix is known becomes an EPC URN; a CBV 2.0 word keeps its URN
    assert set(rules) == {"LOSS-CBV"}


def _is_pair(row: dict[str, str]) -> bool:
    only_json = row["values_only_in_json"]
    added = only_json == "-" or (only_json.startswith("ni:") and only_json.count(";") == 1)
    return row["values_only_in_xml"] == "-" and added


def _adjusted(shared: Path, name: str) -> Document:
    data = (shared / "conformance/examples" / name).read_bytes()
    if name in DIFFERENCES:
        changed = DIFFERENCES[name][1](data)
        assert changed != data, f"{name} has lost its difference"
        data = changed
    return read_document(data)


def test_pairs_of_xml_and_json_are_equal(shared: Path) -> None:
    rows = [row for row in _rows(shared, "PAIRS.tsv") if _is_pair(row)]
    assert len(rows) == 37
    for row in rows:
        from_xml = _adjusted(shared, row["xml"]).events[int(row["xml_event_index"])]
        from_json = _adjusted(shared, row["best_json"]).events[int(row["json_event_index"])]
        if (from_json.event_id or "").startswith("ni:") and from_xml.event_id is None:
            from_json = from_json.model_copy(update={"event_id": None})
        assert from_xml == from_json, row["xml"]


def test_json_to_xml_to_json_gives_equal_events(shared: Path, schemas: dict[str, etree.XMLSchema]) -> None:
    count = 0
    for row in _rows(shared, "MANIFEST.tsv"):
        if not row["path"].startswith("json-") or row["verdict"] != "valid":
            continue
        document = _adjusted(shared, row["path"])
        data, losses = written(document)
        assert losses == [], row["path"]
        assert _faults(schemas["2.0"], data) == [], row["path"]
        assert read(data) == document, row["path"]
        count += 1
    assert count == 55


def _demanded(event: Event) -> bool:
    """What the schemas demand and the model does not."""
    types = (*(each.type for each in event.source_list), *(each.type for each in event.destination_list))
    return None not in types and (event.type != "TransactionEvent" or bool(event.biz_transaction_list))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(events().filter(_demanded), max_size=3), version=st.sampled_from(["2.0", "1.2"]))
def test_whatever_we_write_is_valid(made: list[Event], version: str, schemas: dict[str, etree.XMLSchema]) -> None:
    data, _ = written(Document(events=made), version, allow_loss=True)
    assert _faults(schemas[version], data) == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=documents(), version=st.sampled_from(["2.0", "1.2"]))
def test_whatever_head_we_write_is_valid(made: Document, version: str, schemas: dict[str, etree.XMLSchema]) -> None:
    data, _ = written(made.model_copy(update={"events": ()}), version, allow_loss=True)
    assert _faults(schemas[version], data) == []
