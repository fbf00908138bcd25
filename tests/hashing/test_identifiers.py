from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.hashing.identifiers import canonical_identifier

if TYPE_CHECKING:
    from pathlib import Path

BASE = "https://id.gs1.org/"

URNS = [
    ("urn:epc:id:sgtin:9521321.012345.SN-1", "01/09521321123458/21/SN-1"),
    ("urn:epc:id:sgtin:9521321.012345.a(b)*%2F%22", "01/09521321123458/21/a%28b%29%2A%2F%22"),
    ("urn:epc:id:sscc:9521321.1234567890", "00/195213212345678904"),
    ("urn:epc:id:sgln:9521321.00001.0", "414/9521321000018"),
    ("urn:epc:id:sgln:9521321.00001.dock:4", "414/9521321000018/254/dock%3A4"),
    ("urn:epc:id:sgln:952132112345..7", "414/9521321123458/254/7"),
    ("urn:epc:id:grai:9521321.00022.334455", "8003/09521321000223334455"),
    ("urn:epc:id:giai:9521321.ABC345", "8004/9521321ABC345"),
    ("urn:epc:id:gsrn:9521321.0000000007", "8018/952132100000000076"),
    ("urn:epc:id:gsrnp:9521321.0000000007", "8017/952132100000000076"),
    ("urn:epc:id:gdti:9521321.00009.PO-4711", "253/9521321000094PO-4711"),
    ("urn:epc:id:cpi:9521321.11-A%23%2F.1234", "8010/952132111-A%23%2F/8011/1234"),
    ("urn:epc:id:sgcn:9521321.11111.0987", "255/95213211111100987"),
    ("urn:epc:id:ginc:9521321.xyz47:11", "401/9521321xyz47%3A11"),
    ("urn:epc:id:gsin:9521321.222333444", "402/95213212223334444"),
    ("urn:epc:id:itip:9521321.012345.01.02.987", "8006/095213211234580102/21/987"),
    ("urn:epc:id:upui:9521321.012345.51qIgY)%3C%26Jp3*j7SDB", "01/09521321123458/235/51qIgY%29%3C%26Jp3%2Aj7SDB"),
    ("urn:epc:id:pgln:952132112345.", "417/9521321123458"),
    ("urn:epc:class:lgtin:9521321.012345.L+7", "01/09521321123458/10/L%2B7"),
    ("urn:epc:idpat:sgtin:9521321.012345.*", "01/09521321123458"),
    ("urn:epc:idpat:grai:9521321.00022.*", "8003/09521321000223"),
    ("urn:epc:idpat:gdti:9521321.00009.*", "253/9521321000094"),
    ("urn:epc:idpat:sgcn:9521321.11111.*", "255/9521321111110"),
    ("urn:epc:idpat:cpi:9521321.AB12.*", "8010/9521321AB12"),
    ("urn:epc:idpat:itip:9521321.012345.01.02.*", "8006/095213211234580102"),
    ("urn:epc:idpat:upui:9521321.012345.*", "01/09521321123458"),
]

LINKS = [
    ("https://id.gs1.org/01/09521321123458/21/SN-1", "01/09521321123458/21/SN-1"),
    ("http://dl.example.org/some/shop/gtin/9521321123458/lot/L1/ser/S1?17=250101", "01/09521321123458/21/S1"),
    ("https://dl.example.org/01/95213212/10/L1", "01/00000095213212/10/L1"),
    ("https://dl.example.org/gtin/952132112345/cpv/2A", "01/00952132112345"),
    ("https://dl.example.org/8006/095213211234580102/22/A/10/L1", "8006/095213211234580102/10/L1"),
    ("https://id.gs1.org/01/09521321123451", "01/09521321123451"),  # its check digit is wrong, and stays so
    ("https://id.gs1.org/414/9521321000014/254/0", "414/9521321000014/254/0"),
    ("https://dl.example.org/party/9521321123458", "417/9521321123458"),
    ("https://dl.example.org/sscc/195213212345678904", "00/195213212345678904"),
    ("https://dl.example.org/giai/9521321ABC345", "8004/9521321ABC345"),
    ("https://id.gs1.org/8010/9521321AB/8011/9876", "8010/9521321AB/8011/9876"),
]

NO_MATCH = [
    "",
    "42",
    "https://example.org/shop",
    "https://id.gs1.org/99/09521321123458",
    "https://id.gs1.org/01/09521321123458/99/x",
    "https://id.gs1.org/01/09521321123458/21/A%2FB",
    "https://id.gs1.org/01/09521321123458/21/x#top",
    "https://id.gs1.org/01/09521321123458/22/0123456789012345678901/21/x",
    "https://localhost/01/09521321123458",
    "urn:epc:id:sgtin:9521321.0123456.9",
    "urn:epc:id:sgtin:9521321.012345.",
    "urn:epc:id:sgtin:9521321.012345.123456789012345678901",
    "urn:epc:id:sgtin:952132\u0661.012345.9",
    "urn:epc:idpat:sgln:9521321.00001.*",
    "urn:epc:id:grai:952132112345..1",
    "urn:epc:id:bic:CSQU3054383",
    "urn:epc:id:adi:W81X9C.3KL984PX1.2WMA52",
    "urn:epc:id:imovn:9176187",
    "urn:epc:id:gid:1.2.3",
    "urn:epcglobal:cbv:bt:9521321000014:PO1",
]


@pytest.mark.parametrize(("text", "expected"), [*URNS, *LINKS])
def test_identifiers_become_constrained_canonical_links(text: str, expected: str) -> None:
    assert canonical_identifier(text) == BASE + expected


@pytest.mark.parametrize("text", NO_MATCH)
def test_other_texts_are_no_match(text: str) -> None:
    assert canonical_identifier(text) is None


@pytest.mark.parametrize("expected", [expected for _, expected in URNS if "%" not in expected])
def test_a_canonical_link_is_its_own_canonical_form(expected: str) -> None:
    assert canonical_identifier(BASE + expected) == BASE + expected


@given(
    prefix=st.integers(6, 12),
    digits=st.text("0123456789", min_size=13, max_size=13),
    serial=st.text("ABCxyz019-._'", min_size=1, max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_urn_and_link_of_one_item_are_the_same(prefix: int, digits: str, serial: str) -> None:
    urn = f"urn:epc:id:sgtin:{digits[:prefix]}.{digits[prefix:]}.{serial}"
    link = canonical_identifier(urn)
    assert link is not None
    path = link.removeprefix(BASE)
    assert canonical_identifier(f"http://dl.example.com/x/{path}?exp=1") == link
    assert canonical_identifier(f"https://dl.example.com/gtin/{path[3:17]}/lot/L/ser/{serial}") == link


@given(st.text("urn:epcidsgtl/.%0123456789?#*", max_size=80) | st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    for start in ("", "urn:epc:id:", "urn:epc:id:sgtin:", "https://id.gs1.org/01/"):
        found = canonical_identifier(start + text)
        assert found is None or found.startswith(BASE)


@pytest.mark.parametrize(
    "text",
    [
        "urn:epc:id:giai:9521321." + "%2" * 200_000,
        "https://a.b" + "/01/0952" * 100_000,
        "https://id.gs1.org/01/09521321123458/22/" + "a/" * 200_000,
        "https://id.gs1.org/01/" + "0" * 500_000,
    ],
)
def test_long_texts_cost_no_more_than_their_length(text: str) -> None:
    start = time.perf_counter()
    assert canonical_identifier(text) is None
    assert time.perf_counter() - start < 2


@pytest.mark.conformance
def test_the_published_vectors_of_the_normaliser(shared: Path) -> None:
    lines = (shared / "vectors" / "hashing" / "dl_normaliser_vectors.jsonl").read_text(encoding="utf-8").splitlines()
    vectors = [json.loads(line) for line in lines]
    assert len(vectors) >= 40
    assert {vector["uri"]: canonical_identifier(vector["uri"]) for vector in vectors} == {
        vector["uri"]: vector["canonical"] for vector in vectors
    }
