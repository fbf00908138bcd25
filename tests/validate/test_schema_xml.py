"""The shape of XML documents: one sentence a fault, with line and XPath; imports stay in their folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import epcis_kit as ek
from epcis_kit.cli import cli
from epcis_kit.errors import QueryError
from epcis_kit.validate.catalogue import catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.findings import Finding

LINES = {
    "eventTime": "<eventTime>2024-03-01T09:00:00Z</eventTime>",
    "eventTimeZoneOffset": "<eventTimeZoneOffset>+00:00</eventTimeZoneOffset>",
    "epcList": "<epcList><epc>urn:epc:id:sgtin:9521234.000001.1</epc></epcList>",
    "action": "<action>ADD</action>",
    "bizStep": "<bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>",
}
EVENT = "/e:EPCISDocument/EPCISBody/EventList/ObjectEvent[1]"


def document(lines: dict[str, str], version: int = 2) -> bytes:
    body = "\n".join(lines.values())
    return (
        f'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:{version}" schemaVersion="{version}.0" '
        f'creationDate="2024-03-05T00:00:00Z"><EPCISBody><EventList><ObjectEvent>\n{body}\n'
        "</ObjectEvent></EventList></EPCISBody></e:EPCISDocument>"
    ).encode()


def shape(data: bytes) -> tuple[Finding, ...]:
    return ek.check(data, schema_only=True).findings


@pytest.mark.parametrize("version", [1, 2])
def test_a_good_document_has_no_findings(version: int) -> None:
    report = ek.check(document(LINES, version), schema_only=True)
    assert (report.findings, report.events) == ((), 1)


@pytest.mark.parametrize(
    ("version", "lines", "rule", "line", "step", "message"),
    [
        (
            2,
            {**LINES, "action": "<action>add</action>"},
            "SCH-005",
            5,
            "/action",
            "Cannot accept action 'add': expected 'ADD', 'DELETE' or 'OBSERVE'. Did you mean 'ADD'?",
        ),
        (
            2,
            {**LINES, "eventTime": "<eventTime>2024-03-01T09:00:00</eventTime>"},
            "SCH-006",
            2,
            "/eventTime",
            ("Cannot accept eventTime '2024-03-01T09:00:00': expected a date and time with zone such as "
            "'2024-03-05T09:30:00Z'."),
        ),
        (
            1,
            {**LINES, "eventTime": "<eventTime>yesterday</eventTime>"},
            "SCH-006",
            2,
            "/eventTime",
            "Cannot accept eventTime 'yesterday': expected a date and time such as '2024-03-05T09:30:00Z'.",
        ),
        (
            2,
            {**LINES, "epcList": '<epcList bogus="1"/>'},
            "SCH-003",
            4,
            "/epcList/@bogus",
            "Cannot accept attribute 'bogus' of epcList: expected none of that name.",
        ),
        (
            2,
            {**LINES, "sourceList": "<sourceList><source>urn:x:1</source></sourceList>"},
            "SCH-002",
            7,
            "/sourceList/source",
            "Cannot accept source: expected attribute 'type', got none.",
        ),
        (
            2,
            {**LINES, "readPoint": "<readPoint/>"},
            "SCH-004",
            7,
            "/readPoint",
            None,
        ),
        (
            2,
            {"action": LINES["action"], **LINES},
            "SCH-004",
            2,
            "/action",
            None,
        ),
        (
            2,
            {**LINES, "again": LINES["bizStep"]},
            "SCH-004",
            7,
            "/bizStep[2]",
            None,
        ),
        (
            1,
            {**LINES, "quantityList": "<quantityList/>"},
            "SCH-004",
            7,
            "/quantityList",
            "quantityList stands directly in ObjectEvent; EPCIS 1.2 expects it inside <extension>.",
        ),
        (
            1,
            {"eventTime": LINES["eventTime"], "zone": LINES["eventTimeZoneOffset"], "id": "<eventID>urn:x:1</eventID>"},
            "SCH-004",
            4,
            "/eventID",
            "eventID stands directly in ObjectEvent; EPCIS 1.2 expects it inside <baseExtension>.",
        ),
        (
            2,
            {**LINES, "quantityList": "<quantityList><quantityElement><epcClass>urn:x:1</epcClass>"
             "<quantity>many</quantity></quantityElement></quantityList>"},
            "SCH-008",
            7,
            "/quantityList/quantityElement/quantity",
            "Cannot accept quantity 'many': expected a decimal number such as '12.5'.",
        ),
    ],
)  # fmt: skip
def test_each_fault_is_one_finding(  # noqa: PLR0917 - a row of the table
    version: int, lines: dict[str, str], rule: str, line: int, step: str, message: str | None
) -> None:
    (found,) = shape(document(lines, version))
    assert found.location.line == line
    assert found.location.event_index == 0
    assert (found.layer, found.severity) == ("schema", "error")
    if message is None:
        assert found.rule in {rule, "SCH-002"}
        assert found.location.pointer == f"{EVENT}{step}"
        assert "{" not in found.message
    else:
        assert (found.rule, found.message, found.location.pointer) == (rule, message, f"{EVENT}{step}")


def test_an_unknown_root_is_a_finding() -> None:
    (found,) = shape(b"<invoice xmlns='urn:x'/>")
    assert found.rule == "SCH-001"
    assert found.message == (
        "Cannot accept the root element 'invoice' in namespace 'urn:x': expected EPCISDocument, EPCISQueryDocument or "
        "EPCISMasterDataDocument in a namespace of EPCIS such as 'urn:epcglobal:epcis:xsd:2'."
    )
    (found,) = shape(b"<x:Invoice xmlns:x='urn:epcglobal:epcis:xsd:2'/>")
    assert (found.rule, found.location.pointer) == ("SCH-001", "/x:Invoice")


@pytest.mark.parametrize("data", [b"<a>", b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', document(LINES)[:-30]])
def test_what_is_no_xml_is_one_sentence(data: bytes) -> None:
    (found,) = shape(data)
    assert (found.rule, found.layer) == ("DOC-001", "syntax")
    assert found.message.endswith(".")


def test_own_files_import_their_neighbours_and_nothing_else(tmp_path: Path) -> None:
    xsd = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:p="urn:parts" '
        'targetNamespace="urn:epcglobal:epcis:xsd:2"><xs:import namespace="urn:parts" '
        'schemaLocation="https://schemas.example.com/deep/Parts.xsd"/>'
        '<xs:element name="EPCISDocument" type="p:tiny"/></xs:schema>'
    )
    parts = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:parts">'
        '<xs:complexType name="tiny"><xs:attribute name="needed" use="required"/></xs:complexType></xs:schema>'
    )
    (tmp_path / "root.xsd").write_text(xsd)
    with pytest.raises(QueryError, match=r"Cannot use the schema 'root\.xsd'"):
        ek.check(document(LINES), schemas=tmp_path)
    (tmp_path / "parts.xsd").write_text(parts)
    data = b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2"/>'
    (found,) = ek.check(data, schemas=tmp_path)
    assert found.message == "Cannot accept EPCISDocument: expected attribute 'needed', got none."
    path = tmp_path / "in.xml"
    path.write_bytes(data)
    result = CliRunner().invoke(cli, ["validate", "--json", "--schemas", str(tmp_path), str(path)])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["findings"][0]["rule"] == "SCH-002"


def test_rules_are_on_the_page_that_describes_them(repository: Path) -> None:
    page = (repository / "docs/reference/validate.md").read_text(encoding="utf-8")
    for rule, entry in catalogue("schema").items():
        assert f"| `{rule}` | {entry.statement} |" in page


def test_what_the_story_is_told_with_is_valid(repository: Path) -> None:
    files = sorted(path for path in (repository / "examples/story").iterdir() if path.suffix in {".xml", ".json"})
    documents = 0
    for path in files:
        report = ek.check(path, schema_only=True)
        if path.suffix == ".json" and b'"EPCISDocument"' not in path.read_bytes():
            continue
        assert report.findings == (), path.name
        for format_, version in (("json", "2.0"), ("xml", "2.0"), ("xml", "1.2")):
            data = ek.write(ek.read(path), format=format_, version=version, allow_loss=True)  # type: ignore[arg-type]
            assert ek.check(data, schema_only=True).findings == (), (path.name, format_, version)
        documents += 1
    assert documents >= 3


def many(count: int, bad: dict[int, str]) -> bytes:
    """A document of ``count`` events; ``bad`` says what to write in place of an action."""
    event = "<ObjectEvent>" + LINES["eventTime"] + LINES["eventTimeZoneOffset"] + "{}" + "</ObjectEvent>\n"
    events = "".join(event.format(bad.get(number, LINES["action"])) for number in range(count))
    return (
        '<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2024-03-05T00:00:00Z">'
        f"<EPCISBody><EventList>\n{events}</EventList></EPCISBody></e:EPCISDocument>"
    ).encode()


def test_a_document_of_many_chunks_is_looked_at_like_a_small_one() -> None:
    bad = {0: "<action>a</action>", 5000: "", 9998: "<action>b</action>", 9999: "<action>c</action>"}
    report = ek.check(many(10_000, bad), schema_only=True)
    assert report.events == 10_000
    assert [(each.rule, each.location.event_index, each.location.line, each.location.pointer) for each in report] == [
        ("SCH-005", 0, 2, f"{EVENT}/action"),
        ("SCH-002", 5000, 5002, EVENT.replace("[1]", "[5001]")),
        ("SCH-005", 9998, 10000, EVENT.replace("[1]", "[9999]") + "/action"),
        ("SCH-005", 9999, 10001, EVENT.replace("[1]", "[10000]") + "/action"),
    ]
    assert ek.check(many(10_000, {}), schema_only=True).findings == ()


def test_what_belongs_nowhere_hides_nothing_after_it() -> None:
    data = many(3, {2: "<action>c</action>"}).replace(b"<EventList>", b"<EventList>stray text<bogus/>")
    report = ek.check(data, schema_only=True)
    assert [(each.rule, each.key, each.location.event_index) for each in report] == [
        ("SCH-004", "text", None),
        ("SCH-004", "here", 0),
        ("SCH-005", "default", 3),
    ]


def test_a_default_namespace_on_the_events_is_told_as_such() -> None:
    data = document(LINES).replace(b"e:EPCISDocument", b"EPCISDocument").replace(b"xmlns:e=", b"xmlns=")
    (found,) = shape(data)
    assert found.message == (
        "Cannot accept EPCISBody in namespace 'urn:epcglobal:epcis:xsd:2': expected it without a namespace. Only the "
        "root element has one: give the root a prefix (xmlns:epcis=…) in place of a default namespace."
    )


def test_hostile_documents_cost_little() -> None:
    data = many(2, {}).replace(b"<EventList>", b"<EventList>" + b"<bogus/>" * 5_000)
    report = ek.check(data, schema_only=True)
    assert not report.valid
    assert report.events == 5_002
    wide = document({**LINES, "epcList": "<epcList>" + '<epc bogus="1">urn:x:1</epc>' * 2_000 + "</epcList>"})
    report = ek.check(wide, schema_only=True)
    assert len(report) == 2_000
    assert report.findings[-1].location.pointer == f"{EVENT}/epcList/epc[2000]/@bogus"
