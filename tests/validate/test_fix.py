"""Mending changes what says the same in another form, and not one byte more."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import epcis_kit as ek
from epcis_kit.validate.fix import Change, Fixed, fix_safely
from epcis_kit.validate.fix_values import FIELDS, mended
from epcis_kit.vocab import to_urn, to_web_uri

if TYPE_CHECKING:
    from pathlib import Path

GTIN = "https://id.gs1.org/01/09521234000013"


@pytest.mark.parametrize(
    ("place", "text", "bare", "urn"),
    [
        ("epcList/*", f" {GTIN}/21/1\n", f"{GTIN}/21/1", f"{GTIN}/21/1"),
        ("epcList/*", "   ", "   ", "   "),
        ("epcList/*", "a b", "a b", "a b"),
        ("eventTimeZoneOffset", "Z", "+00:00", "+00:00"),
        ("eventTimeZoneOffset", " +0530 ", "+05:30", "+05:30"),
        ("eventTimeZoneOffset", "-05", "-05:00", "-05:00"),
        ("eventTimeZoneOffset", "+1500", "+1500", "+1500"),
        ("eventTimeZoneOffset", "UTC", "UTC", "UTC"),
        ("bizStep", "shipping", "shipping", "urn:epcglobal:cbv:bizstep:shipping"),
        ("bizStep", "urn:epcglobal:cbv:bizStep:shipping", "shipping", "urn:epcglobal:cbv:bizstep:shipping"),
        ("bizStep", "http://ref.gs1.org/cbv/bizstep-shipping", "shipping", "urn:epcglobal:cbv:bizstep:shipping"),
        ("bizStep", "cbv:BizStep-shipping", "shipping", "urn:epcglobal:cbv:bizstep:shipping"),
        ("bizStep", "shiping", "shiping", "shiping"),
        ("bizStep", "Shipping", "Shipping", "Shipping"),
        ("bizStep", "urn:epcglobal:cbv:disp:shipping", *["urn:epcglobal:cbv:disp:shipping"] * 2),
        ("bizStep", "https://example.com/steps/shipping", *["https://example.com/steps/shipping"] * 2),
        ("disposition", "urn:epcglobal:cbv:disp:in_transit", "in_transit", "urn:epcglobal:cbv:disp:in_transit"),
        ("sourceList/*/type", "cbv:SDT-owning_party", "owning_party", "urn:epcglobal:cbv:sdt:owning_party"),
        ("bizTransactionList/*/type", " po", "po", "urn:epcglobal:cbv:btt:po"),
        ("ilmd/x", " a ", " a ", " a "),
    ],
)
def test_a_value_is_mended_without_a_guess(place: str, text: str, bare: str, urn: str) -> None:
    assert mended(place, text, "bare") == bare
    assert mended(place, text, "urn") == urn


def test_a_web_uri_is_good_in_xml_of_version_2() -> None:
    uri = to_web_uri("biz_step", "shipping")
    assert {mended("bizStep", text, "uri") for text in (uri, uri.replace("BizStep", "bizstep"))} == {uri}
    assert {mended("bizStep", text, "uri") for text in ("shipping", "cbv:BizStep-shipping")} == {
        to_urn("biz_step", "shipping")
    }


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=40), st.sampled_from(["bare", "urn", "uri"]))
@settings(max_examples=300, deadline=None)
def test_mending_a_value_twice_changes_nothing_more(place: str, text: str, style: Any) -> None:
    once = mended(place, text, style)
    assert mended(place, once, style) == once


JSON = """\
{
  "type": "ObjectEvent",
  "eventTime": "2025-05-01T10:00:00Z",\r
  "eventTimeZoneOffset" : "Z",
  "action": " OBSERVE",
  "epcList": ["\\thttps://id.gs1.org/01/09521234000013/21/1 ", "urn:x:\\u00e4 "],
  "bizStep": "urn:epcglobal:cbv:bizstep:shipping",
  "example:note": { "bizStep": " kept ", "epcList": [" kept "] },
  "ilmd": {"cbvmda:lotNumber": " kept "}
}
"""


def test_json_is_mended_in_place() -> None:
    fixed = fix_safely(JSON.encode())
    assert fixed.data.decode() == (
        JSON.replace('"Z"', '"+00:00"')
        .replace(" OBSERVE", "OBSERVE")
        .replace('"\\thttps', '"https')
        .replace("21/1 ", "21/1")
        .replace("e4 ", "e4")
        .replace("urn:epcglobal:cbv:bizstep:shipping", "shipping")
    )
    assert fixed.changes[0] == Change(4, "eventTimeZoneOffset", "Z", "+00:00")
    assert [change.line for change in fixed.changes] == [4, 5, 6, 6, 7]
    assert fixed.diff("a.json") == (
        "--- a.json\n"
        "+++ a.json\n"
        "@@ -3,6 +3,6 @@\n"
        '   "eventTime": "2025-05-01T10:00:00Z",\n'
        '-  "eventTimeZoneOffset" : "Z",\n'
        '+  "eventTimeZoneOffset" : "+00:00",\n'
        '-  "action": " OBSERVE",\n'
        '+  "action": "OBSERVE",\n'
        '-  "epcList": ["\\thttps://id.gs1.org/01/09521234000013/21/1 ", "urn:x:\\u00e4 "],\n'
        '+  "epcList": ["https://id.gs1.org/01/09521234000013/21/1", "urn:x:\\u00e4"],\n'
        '-  "bizStep": "urn:epcglobal:cbv:bizstep:shipping",\n'
        '+  "bizStep": "shipping",\n'
        '   "example:note": { "bizStep": " kept ", "epcList": [" kept "] },\n'
    )


XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<!-- <bizStep> shipping </bizStep> -->
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2025-05-01T10:00:00Z">
 <EPCISBody><EventList><ObjectEvent>
  <eventTime>2025-05-01T10:00:00Z</eventTime>
  <eventTimeZoneOffset>+0000</eventTimeZoneOffset>
  <epcList>
   <epc>
     urn:epc:id:sgtin:9521234.000001.1
   </epc><epc>urn:x:1</epc>
  </epcList>
  <action>OBSERVE</action>
  <bizStep>shipping</bizStep>
  <bizTransactionList><bizTransaction type='po' > urn:x:po:1</bizTransaction></bizTransactionList>
  <extension><sourceList><source type="urn:epcglobal:cbv:sdt:owning_party">urn:x:2 </source></sourceList></extension>
  <x:note xmlns:x="urn:x"><bizStep> kept </bizStep></x:note>
 </ObjectEvent></EventList></EPCISBody>
</epcis:EPCISDocument>
"""


def test_xml_is_mended_in_place() -> None:
    fixed = fix_safely(XML.encode())
    assert fixed.data.decode() == (
        XML.replace("+0000", "+00:00")
        .replace("<epc>\n     urn:epc:id:", "<epc>urn:epc:id:")
        .replace("001.1\n   </epc>", "001.1</epc>")
        .replace("<bizStep>shipping", "<bizStep>urn:epcglobal:cbv:bizstep:shipping")
        .replace("'po'", "'urn:epcglobal:cbv:btt:po'")
        .replace("> urn:x:po:1", ">urn:x:po:1")
        .replace("urn:x:2 ", "urn:x:2")
    )
    assert ek.read(fixed.data).events == ek.read(XML.replace("+0000", "+00:00").encode()).events
    lines = fixed.diff("a.xml").splitlines()
    assert [line for line in lines if line.startswith("@@")] == ["@@ -5,7 +5,5 @@", "@@ -12,5 +10,5 @@"]
    assert lines[:8] == [
        "--- a.xml",
        "+++ a.xml",
        "@@ -5,7 +5,5 @@",
        "   <eventTime>2025-05-01T10:00:00Z</eventTime>",
        "-  <eventTimeZoneOffset>+0000</eventTimeZoneOffset>",
        "+  <eventTimeZoneOffset>+00:00</eventTimeZoneOffset>",
        "   <epcList>",
        "-   <epc>",
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"bizStep": " shipping"',
        b'{"bizStep": " shipping",]',
        b'{bizStep: " shipping"}',
        b'{"bizStep": " ship\nping"}',
        b"[" * 10_000,
        b"<a><bizStep> x</a>",
        XML.replace("<epcis:", "<!DOCTYPE a><epcis:", 1).encode(),
        XML.replace("</ObjectEvent>", "").encode(),
        XML.encode().replace(b"UTF-8", b"koi8-r"),
        b"\xff\xfe{",
        b'{"epcList": ["\xff "]}',
        b"lot,quantity\n 1,2\n",
    ],
)
def test_what_is_not_sure_to_be_understood_stays_as_it_is(data: bytes) -> None:
    assert fix_safely(data) == Fixed(data)


@pytest.mark.parametrize(
    ("encoding", "declared", "mark"),
    [
        ("utf-8", "UTF-8", ""),
        ("utf-8-sig", "UTF-8", ""),
        ("utf-16-le", "utf-16", "\ufeff"),
        ("utf-16-be", "utf-16", "\ufeff"),
        ("iso-8859-1", "ISO-8859-1", ""),
    ],
)
def test_encoding_and_byte_order_mark_stay(encoding: str, declared: str, mark: str) -> None:
    text = XML.replace("urn:x:1<", "urn:x:é<")
    expected = fix_safely(text.encode()).data.decode().replace("UTF-8", declared)
    fixed = fix_safely((mark + text.replace("UTF-8", declared)).encode(encoding))
    assert len(fixed.changes) == 6
    assert fixed.data == (mark + expected).encode(encoding)


def test_one_long_line_shows_its_values() -> None:
    events = [{"type": "ObjectEvent", "epcList": [f" urn:x:{number}"]} for number in range(60)]
    data = json.dumps({"epcisBody": {"eventList": events}}).encode()
    lines = fix_safely(data).diff("a.json").splitlines()
    assert lines[:5] == ["--- a.json", "+++ a.json", "@@ line 1, epcList/* @@", "- urn:x:0", "+urn:x:0"]
    assert len(lines) == 2 + 3 * 60


def test_a_diff_holds_nothing_that_a_terminal_obeys() -> None:
    data = '{"eventID": "a ", "x": "\x9b31m\u202e"}'.encode()
    assert not set("\x9b\u202e") & set(fix_safely(data).diff("a"))


def test_the_story_needs_no_mending(repository: Path) -> None:
    for name in ("plant.xml", "distributor.xml", "retailer.json"):
        data = (repository / "examples" / "story" / name).read_bytes()
        assert fix_safely(data).changes == ()


SPACE = st.sampled_from(["", " ", "\n  ", "\t"])
IDS = st.text(string.ascii_lowercase + "/é", min_size=1, max_size=8).map(lambda text: f"urn:x:{text}")
STEPS = st.sampled_from(["shipping", to_urn("biz_step", "shipping"), to_web_uri("biz_step", "packing"), "urn:x:own"])


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    def spaced(text: str) -> str:
        return draw(SPACE) + text + draw(SPACE)

    events = [
        {
            "type": "ObjectEvent",
            "eventID": spaced(draw(IDS)),
            "eventTime": "2025-05-01T10:00:00Z",
            "eventTimeZoneOffset": draw(st.sampled_from(["+00:00", "-05:30"])),
            "action": "OBSERVE",
            "epcList": [spaced(one) for one in draw(st.lists(IDS, min_size=1, max_size=3))],
            "bizStep": spaced(draw(STEPS)),
            "readPoint": {"id": spaced(draw(IDS))},
            "example:note": spaced("kept"),
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    head = {"@context": [{"example": "https://example.com/"}], "type": "EPCISDocument", "schemaVersion": "2.0"}
    return {**head, "creationDate": "2025-05-01T10:00:00Z", "epcisBody": {"eventList": events}}


@given(documents(), st.sampled_from([None, 2]), st.booleans())
@settings(max_examples=80, deadline=None)
def test_mended_events_are_the_same_events_and_need_no_more_mending(
    document: dict[str, Any], indent: int | None, escaped: bool
) -> None:
    data = json.dumps(document, indent=indent, ensure_ascii=escaped).encode()
    fixed = fix_safely(data)
    assert ek.read(fixed.data).events == ek.read(data).events
    assert fix_safely(fixed.data).changes == ()
    assert bool(fixed.changes) == (fixed.data != data)


@given(documents())
@settings(max_examples=40, deadline=None)
def test_xml_of_the_same_events_is_mended_too(document: dict[str, Any]) -> None:
    for version in ("1.2", "2.0"):
        data = ek.write(ek.read(json.dumps(document).encode()), format="xml", version=version, allow_loss=True)
        spaced = data.replace(b"<epc>", b"<epc>\n ").replace(b"</bizStep>", b" </bizStep>")
        fixed = fix_safely(spaced)
        assert fixed.data == data
        assert ek.read(fixed.data).events == ek.read(spaced).events


@given(st.text('{}[],:"\\ epcListbizStep\n<>/!-&;', max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_mended_or_left_alone(text: str) -> None:
    fixed = fix_safely(text.encode())
    assert fix_safely(fixed.data).changes == ()
