"""Identifiers are respelt where that is sure, and left alone where it is not."""

from __future__ import annotations

import pytest

from epcis_kit.codec import read_document, write_document
from epcis_kit.codec.epc_spelling import as_link, as_urn, speller
from epcis_kit.errors import EncodeError
from epcis_kit.model import AggregationEvent, Document, ObjectEvent


@pytest.mark.parametrize(
    ("text", "urn"),
    [
        ("https://id.gs1.org/00/395212340000000014", "urn:epc:id:sscc:9521234.3000000001"),
        ("https://id.gs1.org/00/395212340000000019", None),
        ("https://example.com/page", "https://example.com/page"),
        ("urn:epc:id:sscc:9521234.3000000001", "urn:epc:id:sscc:9521234.3000000001"),
    ],
)
def test_links_become_urns(text: str, urn: str | None) -> None:
    assert as_urn(text) == urn


def test_a_given_prefix_length_counts() -> None:
    assert as_urn("https://id.gs1.org/00/395212340000000014", 8) == "urn:epc:id:sscc:95212340.300000001"


def test_urns_become_links() -> None:
    assert as_link("urn:epc:id:sscc:9521234.3000000001") == "https://id.gs1.org/00/395212340000000014"
    assert as_link("urn:epc:id:gid:1.2.3") == "urn:epc:id:gid:1.2.3"
    assert as_link("urn:uuid:1") == "urn:uuid:1"


def test_a_speller_by_name() -> None:
    assert speller("as-is") is None
    to_urn, to_link = speller("urn"), speller("digital-link")
    assert to_urn is not None
    assert to_link is not None
    link = "https://id.gs1.org/00/395212340000000014"
    assert to_link(to_urn(link)) == link
    assert to_urn("https://id.gs1.org/00/395212340000000019") == "https://id.gs1.org/00/395212340000000019"
    with pytest.raises(EncodeError, match=r"^Cannot spell identifiers as 'dl': expected as-is, urn or digital-link\.$"):
        speller("dl")


def test_json_is_spelt_as_xml_is() -> None:
    packed = AggregationEvent(
        event_time="2024-03-01T09:00:00Z",
        event_time_zone_offset="+00:00",
        action="ADD",
        parent_id="urn:epc:id:sscc:9521234.3000000001",
        child_epcs=["urn:epc:id:sgtin:9521234.000001.1", "urn:example:own"],
        read_point={"id": "urn:epc:id:sgln:9521234.00001.0"},
        destination_list=[{"type": "owning_party", "destination": "urn:epc:id:pgln:9521234.00000"}],
    )
    made = ObjectEvent(
        event_time="2024-03-01T08:00:00Z",
        event_time_zone_offset="+00:00",
        action="ADD",
        quantity_list=[{"epcClass": "urn:epc:class:lgtin:9521234.000001.L"}],
    )
    document = Document(events=[made, packed])
    links = read_document(write_document(document, format="json", epcs="digital-link"))
    assert links.events == read_document(write_document(document, format="xml", epcs="digital-link")).events
    first, second = links.events
    assert isinstance(first, ObjectEvent)
    assert first.quantity_list[0].epc_class == "https://id.gs1.org/01/09521234000013/10/L"
    assert isinstance(second, AggregationEvent)
    assert second.parent_id == "https://id.gs1.org/00/395212340000000014"
    assert second.child_epcs == ("https://id.gs1.org/01/09521234000013/21/1", "urn:example:own")
    assert second.read_point is not None
    assert second.read_point.id == "https://id.gs1.org/414/9521234000013"
    assert second.destination_list[0].destination == "https://id.gs1.org/417/9521234000006"
    back = read_document(write_document(links, format="json", epcs="urn", gcp_length=7))
    assert back.events == document.events
