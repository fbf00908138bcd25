"""Everything that may stand around events, in every kind of document, through every version and format."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from epcis_kit import codec
from epcis_kit.codec.dialects import NAMESPACES, SBDH

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.model import Document

pytestmark = pytest.mark.conformance

FILES = {"EPCISDocument": "epcis", "EPCISQueryDocument": "epcis-query", "EPCISMasterDataDocument": "epcis-masterdata"}
TARGETS: list[tuple[Any, str]] = [("xml", "2.0"), ("xml", "1.2"), ("json", "2.0")]

BUSINESS_HEADER = f"""<s:StandardBusinessDocumentHeader xmlns:s="{SBDH}"><s:HeaderVersion>1.0</s:HeaderVersion>
<s:Sender><s:Identifier Authority="SGLN">urn:x:a</s:Identifier><s:ContactInformation><s:Contact>Dispatch</s:Contact>
<s:EmailAddress>dispatch@plant.example</s:EmailAddress><s:FaxNumber>1</s:FaxNumber>
<s:TelephoneNumber>2</s:TelephoneNumber><s:ContactTypeIdentifier>Seller</s:ContactTypeIdentifier></s:ContactInformation>
<s:ContactInformation><s:Contact>Quality</s:Contact></s:ContactInformation></s:Sender>
<s:Receiver><s:Identifier Authority="SGLN">urn:x:b</s:Identifier></s:Receiver>
<s:Receiver><s:Identifier>urn:x:c</s:Identifier></s:Receiver>
<s:DocumentIdentification><s:Standard>EPCglobal</s:Standard><s:TypeVersion>1.0</s:TypeVersion>
<s:InstanceIdentifier>42</s:InstanceIdentifier><s:Type>Events</s:Type><s:MultipleType>false</s:MultipleType>
<s:CreationDateAndTime>2024-01-01T00:00:00Z</s:CreationDateAndTime></s:DocumentIdentification>
<s:Manifest><s:NumberOfItems>1</s:NumberOfItems><s:ManifestItem>
<s:MimeTypeQualifierCode>text/xml</s:MimeTypeQualifierCode>
<s:UniformResourceIdentifier>urn:x:d</s:UniformResourceIdentifier></s:ManifestItem></s:Manifest>
<s:BusinessScope><s:Scope><s:Type>T</s:Type><s:InstanceIdentifier>I</s:InstanceIdentifier>
<s:Identifier>X</s:Identifier></s:Scope></s:BusinessScope></s:StandardBusinessDocumentHeader>"""

VOCABULARY = """<VocabularyList><Vocabulary type="urn:epcglobal:epcis:vtype:Location"><VocabularyElementList>
<VocabularyElement id="urn:x:place"><attribute id="urn:x:name">Hall</attribute>
<attribute id="urn:x:name">Halle</attribute>
<attribute id="urn:x:address"><m:address xmlns:m="https://plant.example/"><m:city lang="de">K\u00f6ln</m:city>
</m:address></attribute><children><id>urn:x:room1</id><id>urn:x:room2</id></children></VocabularyElement>
</VocabularyElementList></Vocabulary></VocabularyList>"""

FOREIGN = '<f:note xmlns:f="https://plant.example/header/" a="1">see <f:page>4</f:page> below</f:note>'

EVENTS = """<EventList><ObjectEvent><eventTime>2024-01-01T00:00:00Z</eventTime>
<eventTimeZoneOffset>+01:00</eventTimeZoneOffset><epcList><epc>urn:x:1</epc></epcList><action>OBSERVE</action>
<m:mixed xmlns:m="https://plant.example/">see <m:page number="4">IV</m:page> below</m:mixed>
</ObjectEvent></EventList>"""

QUANTITY = """<EventList><QuantityEvent><eventTime>2024-01-01T00:00:00Z</eventTime>
<eventTimeZoneOffset>+01:00</eventTimeZoneOffset><epcClass>urn:x:1</epcClass><quantity>5</quantity>
<m:note xmlns:m="https://plant.example/">1</m:note></QuantityEvent></EventList>"""

KINDS = {
    "events": ("EPCISDocument", EVENTS),
    "quantity event": ("EPCISDocument", QUANTITY),
    "master data": ("EPCISMasterDataDocument", VOCABULARY),
    "events of a query": ("EPCISQueryDocument", EVENTS),
    "master data of a query": ("EPCISQueryDocument", VOCABULARY),
}


def document(kind: str, version: str) -> bytes:
    root, body = KINDS[kind]
    uri = NAMESPACES[version][root]
    if root == "EPCISQueryDocument":
        inside = f"<queryName>q</queryName><subscriptionID>s</subscriptionID><resultsBody>{body}</resultsBody>"
        body = f"<e:QueryResults>{inside}</e:QueryResults>"
    foreign = FOREIGN if version == "1.2" else ""
    header = f"{BUSINESS_HEADER}<extension><EPCISMasterData>{VOCABULARY}</EPCISMasterData></extension>{foreign}"
    return (
        f'<e:{root} xmlns:e="{uri}" schemaVersion="{version}" creationDate="2024-01-01T00:00:00Z">'
        f"<EPCISHeader>{header}</EPCISHeader><EPCISBody>{body}</EPCISBody></e:{root}>"
    ).encode()


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, etree.XMLSchema]:
    result = {}
    for version, file in (("2.0", "2_0"), ("1.2", "1_2")):
        imports = "".join(
            f'<xsd:import namespace="{uri}" schemaLocation="EPCglobal-{FILES[kind]}-{file}.xsd"/>'
            for kind, uri in NAMESPACES[version].items()
        )
        driver = f'<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema">{imports}</xsd:schema>'
        base = shared / f"conformance/standards/xsd-{version}/driver.xsd"
        result[version] = etree.XMLSchema(etree.fromstring(driver, base_url=str(base)))
    return result


def like(document: Document, other: Document) -> Document:
    """The document with the version of the other, which is what a new version changes."""
    return document.model_copy(update={"schema_version": other.schema_version})


@pytest.mark.parametrize(("form", "version"), TARGETS)
@pytest.mark.parametrize(
    ("kind", "given"),
    [(kind, each) for kind in KINDS for each in ("2.0", "1.2") if (kind, each) != ("quantity event", "2.0")],
)
def test_it_comes_through_and_back(
    kind: str, given: str, form: Any, version: str, published: dict[str, etree.XMLSchema]
) -> None:
    data = document(kind, given)
    published[given].assertValid(etree.fromstring(data))
    read = codec.read_document(data)
    assert (read.type, read.query_name) == (KINDS[kind][0], "q" if "query" in kind else None)
    assert read.header is not None
    assert read.header.sbdh is not None
    assert len(read.header.sbdh.senders[0].contacts) == 2
    made = codec.write_document(read, format=form, version=version)
    target = io.BytesIO()
    assert codec.convert(data, target, format=form, version=version).losses == ()
    for out in (made, target.getvalue()):
        if form == "xml":
            published[version].assertValid(etree.fromstring(out))
        again = codec.read_document(out)
        assert like(again, read) == read
        back = codec.write_document(again, format="xml", version=given)
        published[given].assertValid(etree.fromstring(back))
        assert like(codec.read_document(back), read) == read
