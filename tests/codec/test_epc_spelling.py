"""Identifiers are respelt where that is sure, and left alone where it is not."""

from __future__ import annotations

import pytest

from epcis_kit.codec.epc_spelling import as_link, as_urn, speller
from epcis_kit.errors import EncodeError


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
