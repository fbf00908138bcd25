"""Business document headers, master data and foreign header elements, in both directions."""

from __future__ import annotations

import pytest

from epcis_kit.model import (
    Contact,
    Document,
    Extension,
    Header,
    ObjectEvent,
    Partner,
    Sbdh,
    Vocabulary,
    VocabularyAttribute,
    VocabularyElement,
)
from xml_strategies import read, written

SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
EVENT = ObjectEvent(event_time="2024-03-01T09:00:00Z", event_time_zone_offset="+01:00", action="ADD")
HEADER = f"""<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" xmlns:h="{SBDH}" xmlns:ex="https://example.com/ns"
  schemaVersion="1.2" creationDate="2024-03-02T00:00:00Z"><EPCISHeader>
  <h:StandardBusinessDocumentHeader><h:HeaderVersion>1.0</h:HeaderVersion>
    <h:Sender><h:Identifier Authority="SGLN"> urn:s </h:Identifier><h:ContactInformation><h:Contact>Desk</h:Contact>
      <h:EmailAddress>desk@example.com</h:EmailAddress></h:ContactInformation></h:Sender>
    <h:Receiver><h:Identifier>urn:r1</h:Identifier></h:Receiver><h:Receiver><h:Identifier>urn:r2</h:Identifier></h:Receiver>
    <h:DocumentIdentification><h:Standard>EPCglobal</h:Standard><h:TypeVersion>1.2</h:TypeVersion>
      <h:InstanceIdentifier>7</h:InstanceIdentifier><h:Type>Events</h:Type><h:MultipleType>false</h:MultipleType>
      <h:CreationDateAndTime>2024-03-02T00:00:00</h:CreationDateAndTime></h:DocumentIdentification>
    <h:Manifest><h:NumberOfItems>1</h:NumberOfItems></h:Manifest></h:StandardBusinessDocumentHeader>
  <extension><EPCISMasterData><VocabularyList><Vocabulary type="urn:v"><VocabularyElementList>
    <VocabularyElement id="urn:e"><attribute id="urn:a#name">One</attribute><attribute id="urn:a#nested"><ex:b>2</ex:b>
      </attribute><attribute id="urn:a#empty"/><children><id>urn:e:1</id></children></VocabularyElement>
  </VocabularyElementList></Vocabulary></VocabularyList></EPCISMasterData></extension>
  <ex:route>north</ex:route></EPCISHeader><EPCISBody><EventList/></EPCISBody></epcis:EPCISDocument>"""
WANTED = Header(
    sbdh=Sbdh(
        senders=(
            Partner(
                identifier="urn:s",
                authority="SGLN",
                contacts=(Contact(contact="Desk", email_address="desk@example.com"),),
            ),
        ),
        receivers=(Partner(identifier="urn:r1"), Partner(identifier="urn:r2")),
        type_version="1.2",
        instance_identifier="7",
        multiple_type=False,
        creation_date_and_time="2024-03-02T00:00:00",
        extensions=(Extension(SBDH, "Manifest", (Extension(SBDH, "NumberOfItems", "1"),)),),
    ),
    master_data=(
        Vocabulary(
            type="urn:v",
            elements=(
                VocabularyElement(
                    id="urn:e",
                    attributes=(
                        VocabularyAttribute(id="urn:a#name", value=Extension("", "", "One")),
                        VocabularyAttribute(
                            id="urn:a#nested", value=Extension("", "", (Extension("https://example.com/ns", "b", "2"),))
                        ),
                        VocabularyAttribute(id="urn:a#empty", value=Extension("", "", "")),
                    ),
                    children=("urn:e:1",),
                ),
            ),
        ),
    ),
    extensions=(Extension("https://example.com/ns", "route", "north"),),
)


def test_a_header_is_read_whole() -> None:
    assert read(HEADER.encode()).header == WANTED


def test_master_data_outside_the_extension_is_found_too() -> None:
    text = HEADER.replace("<extension><EPCISMasterData>", "<EPCISMasterData>").replace(
        "</EPCISMasterData></extension>", "</EPCISMasterData>"
    )
    assert read(text.encode()).header == WANTED


@pytest.mark.parametrize("version", ["2.0", "1.2"])
def test_a_header_is_written_whole(version: str) -> None:
    document = Document(header=WANTED, events=(EVENT,), creation_date="2024-03-02T00:00:00Z")
    data, losses = written(document, version)
    assert losses == []
    assert read(data).header == WANTED


@pytest.mark.parametrize("version", ["2.0", "1.2"])
@pytest.mark.parametrize("kind", ["EPCISMasterDataDocument", "EPCISQueryDocument"])
def test_master_data_documents_and_query_results(kind: str, version: str) -> None:
    header = Header(master_data=WANTED.master_data)
    query = "SimpleMasterDataQuery" if kind == "EPCISQueryDocument" else None
    document = Document(
        type=kind, schema_version=version, header=header, creation_date="2024-03-02T00:00:00Z", query_name=query
    )
    data, losses = written(document, version)
    assert losses == []
    assert read(data) == document
    assert b"EPCISHeader" not in data


def test_what_json_says_about_the_document_is_read_back() -> None:
    document = Document(
        id="urn:doc:1",
        schema_version="2.0.1",
        sender="urn:s",
        receiver="urn:r",
        instance_identifier="7",
        creation_date="2024-03-02T00:00:00Z",
        events=(EVENT,),
        contexts=("https://example.com/context.jsonld",),
    )
    data, losses = written(document)
    back = read(data)
    assert losses == []
    assert back == document
    assert back.contexts == document.contexts
    assert b"<sbdh:Sender><sbdh:Identifier>urn:s</sbdh:Identifier></sbdh:Sender>" in data


def test_a_bare_event_and_an_absent_creation_date_are_read_back() -> None:
    document = Document(type="event", schema_version=None, events=(EVENT,))
    data, _ = written(document)
    assert b'creationDate="2024-03-01T09:00:00Z"' in data
    assert read(data) == document


def test_1_2_gets_the_business_header_that_its_schema_demands() -> None:
    header = Header(master_data=WANTED.master_data)
    document = Document(header=header, schema_version="1.2", creation_date="2024-03-02T00:00:00Z", events=(EVENT,))
    data, losses = written(document, "1.2")
    assert losses == []
    assert b"<sbdh:CreationDateAndTime>2024-03-02T00:00:00Z</sbdh:CreationDateAndTime>" in data
    assert read(data) == document


def test_a_signature_is_a_named_loss() -> None:
    signature = Extension("http://www.w3.org/2000/09/xmldsig#", "Signature", "x")
    data, losses = written(Document(events=(EVENT,), extensions=(signature,)), allow_loss=True)
    assert [str(each) for each in losses] == [
        (
            "warning LOSS-SIGNATURE: The signature '{http://www.w3.org/2000/09/xmldsig#}Signature' "
            "would not fit the new document."
        )
    ]
    assert read(data).extensions == ()
