"""The published JSON examples are read; what we write, from them and from XML, is valid under the ratified schema."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings

from epcis_kit import codec
from epcis_kit.errors import DocumentError
from epcis_kit.model import Document
from strategies import documents

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.conformance

# Examples that are invalid by their own schema and cannot be read, with the reason.
UNREADABLE = {
    "json-2.0-simple/Example-TransactionEvents-2020_07_03y.jsonld": "expected an array of objects, got an object",
    "json-2.0-simple/WithSensorData/SensorDataExample17.jsonld": "Cannot read schemaVersion 2.0: expected text",
}

# XML examples that say something the ratified schema does not allow in JSON, with the only faults they may have.
XML_ONLY = {
    "xml-2.0/WithSensorData/SensorDataExamples.xml": [  # reports of an exception alone; JSON wants a type in each
        f'epcisBody/eventList/8/sensorElementList/0/sensorReport/{number}: "type" is a required property'
        for number in range(2)
    ],
}


def _rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "conformance/examples/MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _json_examples(shared: Path) -> list[dict[str, str]]:
    return [row for row in _rows(shared) if row["format"] != "xml"]


@pytest.fixture(scope="module")
def schema(shared: Path) -> Any:
    path = shared / "conformance/standards/json-schema/ratified-2.0.1/epcis-json-schema.json"
    return jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")), validate_formats=True)


def _faults(schema: Any, data: bytes) -> list[str]:
    return [
        f"{'/'.join(map(str, each.instance_path))}: {each.message[:200]}"
        for each in schema.iter_errors(json.loads(data))
    ]


def test_formats_are_checked(schema: Any) -> None:
    """Without them the schema lets unknown members and unknown words pass."""
    document = json.loads(codec.write_document(Document()))
    assert schema.is_valid(document)
    assert not schema.is_valid(document | {"foo": 1})


def test_every_valid_example_is_read(shared: Path) -> None:
    count = 0
    for row in _json_examples(shared):
        path = shared / "conformance/examples" / row["path"]
        if row["path"] in UNREADABLE:
            assert row["verdict"] == "invalid"
            with pytest.raises(DocumentError, match=UNREADABLE[row["path"]]):
                codec.read_document(path)
            continue
        document = codec.read_document(path)
        expected = [each.partition(":")[2] for each in row["event_types"].split(",") if ":" in each]
        if document.type == "event":
            assert row["root"].endswith("Event")
        else:
            version = None if row["version"] == "-" else row["version"]
            assert (document.type, document.schema_version) == (row["root"], version)
            assert len(document.events) == sum(map(int, expected)), row["path"]
        count += row["verdict"] == "valid"
    assert count == 55


def test_every_example_written_again_is_equal_and_valid(shared: Path, schema: Any) -> None:
    for row in _json_examples(shared):
        if row["path"] in UNREADABLE:
            continue
        path = shared / "conformance/examples" / row["path"]
        document = codec.read_document(path)
        data = codec.write_document(document)
        again = codec.read_document(data)
        streamed = io.BytesIO()
        report = codec.convert(path, streamed)
        assert (report.events, report.losses) == (len(document.events), ())
        for back in (again, codec.read_document(streamed.getvalue())):
            said = {name: getattr(document, name) for name in ("schema_version", "creation_date")}
            unsaid = {name: value for name, value in said.items() if value is None}  # mandatory, so they are written
            assert back.model_copy(update=unsaid) == document, row["path"]
        assert codec.write_document(again) == data
        if row["verdict"] == "valid":
            assert _faults(schema, data) == [], row["path"]
            assert _faults(schema, streamed.getvalue()) == [], row["path"]


def test_every_example_goes_through_xml_and_stays_equal(shared: Path) -> None:
    for row in _json_examples(shared):
        if row["path"] in UNREADABLE or row["verdict"] != "valid":
            continue
        document = codec.read_document(shared / "conformance/examples" / row["path"])
        losses: list[Any] = []
        data = codec.write_document(document, format="xml", allow_loss=True, on_loss=losses.append)
        back = codec.read_document(data)
        assert back.events == document.events or losses, row["path"]
        if not losses and document.type != "event":
            assert back == document, row["path"]


def test_every_xml_example_becomes_valid_json_and_comes_back(shared: Path, schema: Any) -> None:
    faults: dict[str, list[str]] = {}
    for row in _rows(shared):
        if row["format"] != "xml" or row["root"] == "EPCISCaptureJob":
            continue
        document = codec.read_document(shared / "conformance/examples" / row["path"])
        data = codec.write_document(document)
        back = codec.read_document(data)
        assert back.model_copy(update={"schema_version": document.schema_version}) == document, row["path"]
        if found := _faults(schema, data):
            faults[row["path"]] = found
    assert faults == XML_ONLY


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents())
def test_documents_made_by_hypothesis_are_valid(schema: Any, document: Document) -> None:
    assert _faults(schema, codec.write_document(document)) == []
