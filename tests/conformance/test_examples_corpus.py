"""A generated supply chain goes through every version and format: equal events, valid under the published schemas."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from lxml import etree

from epcis_kit import codec

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.model import Event

pytestmark = pytest.mark.conformance

EVENTS = 300
SUFFIXES = {"json": ".json", "xml20": ".xml20.xml", "xml12": ".xml12.xml"}


def generated(shared: Path, out: Path, ids: str, *forms: str) -> dict[str, bytes]:
    command = [sys.executable, str(shared / "tools" / "gen_corpus.py"), "-n", str(EVENTS), "--out", str(out)]
    subprocess.run([*command, "--formats", ",".join(forms), "--ids", ids], check=True, capture_output=True)
    return {form: out.with_name(out.name + SUFFIXES[form]).read_bytes() for form in forms}


@pytest.fixture(scope="module")
def corpus(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same events in three formats with EPC URNs, and in JSON with Digital Links."""
    folder = tmp_path_factory.mktemp("corpus")
    links = generated(shared, folder / "d", "dl", "json")
    return generated(shared, folder / "c", "urn", *SUFFIXES) | {"links": links["json"]}


@pytest.fixture(scope="module")
def faults(shared: Path) -> Any:
    """What the published schema of a format says of a document."""
    standards = shared / "conformance" / "standards"
    schema = json.loads((standards / "json-schema/ratified-2.0.1/epcis-json-schema.json").read_text(encoding="utf-8"))
    published: Any = jsonschema_rs.validator_for(schema, validate_formats=True)
    xsd = {
        version: etree.XMLSchema(etree.parse(standards / f"xsd-{version}/EPCglobal-epcis-{file}.xsd"))
        for version, file in (("2.0", "2_0"), ("1.2", "1_2"))
    }

    def said(data: bytes, version: str) -> list[str]:
        if data.startswith(b"{"):
            return [str(each.message) for each in published.iter_errors(json.loads(data))]
        xsd[version].validate(etree.fromstring(data))
        return [each.message for each in xsd[version].error_log]

    return said


def converted(data: bytes, form: Any, version: str = "2.0", **spelling: Any) -> bytes:
    target = io.BytesIO()
    report = codec.convert(data, target, format=form, version=version, **spelling)
    assert (report.events, report.losses, report.findings) == (EVENTS, (), ())
    return target.getvalue()


def events(data: bytes) -> list[Event]:
    return list(codec.iter_events(data))


@pytest.mark.parametrize("source", [*SUFFIXES, "links"])
def test_every_way_gives_equal_events_and_valid_documents(corpus: dict[str, bytes], faults: Any, source: str) -> None:
    data = corpus[source]
    made = events(data)
    assert len(made) == EVENTS
    for form in ("json", "xml"):
        out = converted(data, form)
        assert events(out) == made
        assert faults(out, "2.0") == []
        other = "xml" if form == "json" else "json"
        assert events(converted(out, other)) == made
        assert converted(out, form) == out


@pytest.mark.parametrize("source", [*SUFFIXES, "links"])
def test_there_and_back_through_1_2(corpus: dict[str, bytes], faults: Any, source: str) -> None:
    data = corpus[source]
    old = converted(data, "xml", "1.2", gcp_length=7)
    assert faults(old, "1.2") == []
    back = converted(old, "xml")
    assert faults(back, "2.0") == []
    urns = converted(data, "xml", epcs="urn", gcp_length=7)
    assert events(back) == events(old) == events(urns)
    if b"https://id." not in data:
        assert events(back) == events(data)


def test_all_say_the_same(corpus: dict[str, bytes]) -> None:
    urns = {form: events(converted(data, "json", epcs="urn", gcp_length=7)) for form, data in corpus.items()}
    assert urns["json"] == urns["xml20"] == urns["xml12"]
    assert len(urns["links"]) == EVENTS
