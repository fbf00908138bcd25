"""RFID tags: every scheme read and written whole, what is wrong told in full, and the published rows one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1 import decode_tag, encode_tag, parse_key, parse_tag_uri, tag_scheme_names
from epcis_kit.gs1.epc_syntax import write_urn
from epcis_kit.gs1.schemes import SCHEMES
from epcis_kit.gs1.tag_schemes import FixedScheme, PlusScheme, tag_table

if TYPE_CHECKING:
    from pathlib import Path

URN = "urn:epc:id:sgtin:9521141.011111.102"
HEX = "3076451FD40AD9C000000066"
LINK = "https://id.gs1.org/01/09521141111116/21/102"

# ruff: noqa: E501 - whole messages stand in one line

# Scheme, filter value, pure identity, hex.
FIXED = [
    ("SGTIN-96", 3, URN, HEX),
    ("SGTIN-198", 1, "urn:epc:id:sgtin:9521141.011111.0%2F2", "3636451FD40AD9D82F64" + "0" * 30),
    ("SSCC-96", 2, "urn:epc:id:sscc:952114112345.12345", None),
    ("SGLN-96", 0, "urn:epc:id:sgln:952114112345..7", None),
    ("SGLN-195", 0, "urn:epc:id:sgln:9521141.11111.DOOR-7", None),
    ("GRAI-96", 0, "urn:epc:id:grai:952114.111111.12", None),
    ("GRAI-170", 0, "urn:epc:id:grai:95211412.3456.012A", None),
    ("GIAI-96", 0, "urn:epc:id:giai:9521141.42", None),
    ("GIAI-202", 0, "urn:epc:id:giai:9521141.042-A", None),
    ("GSRN-96", 0, "urn:epc:id:gsrn:9521141.0000000001", None),
    ("GSRNP-96", 0, "urn:epc:id:gsrnp:952114112345.00001", None),
    ("GDTI-96", 0, "urn:epc:id:gdti:952114112345..1", None),
    ("GDTI-113", 0, "urn:epc:id:gdti:9521141.12345.00400", None),
    ("GDTI-174", 0, "urn:epc:id:gdti:9521141.12345.00400A", None),
    ("SGCN-96", 0, "urn:epc:id:sgcn:9521141.12345.00042", None),
    ("ITIP-110", 0, "urn:epc:id:itip:9521141.012345.01.02.987", None),
    ("ITIP-212", 0, "urn:epc:id:itip:9521141.012345.01.02.A987", None),
    ("CPI-96", 0, "urn:epc:id:cpi:9521141.12345.1", None),
    ("CPI-var", 0, "urn:epc:id:cpi:9521141.12%23A-%2F.123456789012", None),
    ("GID-96", None, "urn:epc:id:gid:952.12345.400", None),
    ("USDOD-96", 15, "urn:epc:id:usdod:2S194.12345", None),
    ("ADI-var", 63, "urn:epc:id:adi:2S194..%2312-4", None),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "filter_value", "urn", "hexadecimal"), FIXED, ids=[row[0] for row in FIXED])
def test_a_tag_of_the_first_editions_is_written_and_read(
    scheme: str, filter_value: int | None, urn: str, hexadecimal: str | None
) -> None:
    tag = encode_tag(urn, scheme=scheme, filter=filter_value or 0)
    assert (tag.scheme, tag.tds, tag.filter, tag.epc_urn) == (scheme, "1.x", filter_value, urn)
    assert hexadecimal in {None, tag.as_hex()}
    assert decode_tag(tag.as_hex()) == decode_tag(tag.as_hex(align=16)) == decode_tag(tag.as_binary()) == tag
    assert tag.tag_uri is not None
    assert parse_tag_uri(tag.tag_uri) == parse_tag_uri(tag.as_raw_uri()) == tag
    assert str(tag.elements) == str(parse_key(urn).elements)
    assert parse_key(tag.as_hex()).as_epc_urn() == urn
    if SCHEMES[urn.split(":")[3]].ai is None:
        with pytest.raises(IdentifierError) as caught:
            tag.as_digital_link()
        assert caught.value.kind == "no_such_form"
    else:
        assert tag.as_digital_link() == parse_key(urn).as_digital_link()


def test_the_forms_of_a_tag() -> None:
    tag = decode_tag(HEX.lower())
    assert repr(tag) == f"<Tag SGTIN-96 {HEX}>"
    assert tag.tag_uri == "urn:epc:tag:sgtin-96:3.9521141.011111.102"
    assert tag.as_raw_uri() == f"urn:epc:raw:96.x{HEX}"
    assert tag.as_digital_link() == LINK
    assert tag.as_digital_link("https://example.com/t") == LINK.replace("id.gs1.org", "example.com/t")
    assert (tag.elements, tag.gcp_length) == ((("01", "09521141111116"), ("21", "102")), 7)
    assert encode_tag(LINK, filter=3, gcp_length=7) == encode_tag(tag.elements, filter=3, gcp_length=7) == tag
    assert parse_tag_uri(f"urn:epc:raw:96.{int(HEX, 16)}") == tag


def test_control_fields_are_kept() -> None:
    uri = "urn:epc:tag:[att=x01][xpc=x0004]:sgtin-96:3.9521141.011111.102"
    tag = parse_tag_uri(uri)
    assert (tag.controls, tag.as_hex(), tag.tag_uri) == ((("att", "x01"), ("xpc", "x0004")), HEX, uri)
    assert parse_tag_uri(f"urn:epc:raw:[umi=1]:96.x{HEX}").controls == (("umi", "1"),)


PLUS = [
    ("SGTIN+", (("01", "09521141111116"), ("21", "102")), "F7009521141111116031980"[:22]),
    ("SGTIN+", (("01", "09521141111116"), ("21", "00102")), None),
    ("SGTIN+", (("01", "09521141111116"), ("21", "A.B:C-12")), None),
    ("SGTIN+", (("01", "09521141111116"), ("21", "102"), ("10", "L/7"), ("17", "271231")), None),
    ("DSGTIN+", (("01", "09521141111116"), ("21", "102"), ("17", "271231")), "FB04379F0952114111111603198"),
    ("SSCC+", (("00", "095211411111111118"),), "F90095211411111111118"),
    ("SGLN+", (("414", "9521141000007"), ("254", "abc")), None),
    ("SGLN+", (("414", "9521141000007"),), None),
    ("GRAI+", (("8003", "09521141000007600a1"),), None),
    ("GIAI+", (("8004", "95211410042"),), "FA095211410042F"),
    ("GIAI+", (("8004", "952114100A/2"),), None),
    ("GSRN+", (("8018", "952114100000000001"),), None),
    ("GSRNP+", (("8017", "952114100000000001"),), None),
    ("GDTI+", (("253", "9521141000007600A"),), None),
    ("SGCN+", (("255", "9521141000007600042"),), None),
    ("ITIP+", (("8006", "095211411111160102"), ("21", "X")), None),
    ("CPI+", (("8010", "9521141#A/7"), ("8011", "42")), None),
]


@pytest.mark.parametrize(("scheme", "elements", "hexadecimal"), PLUS)
def test_a_tag_of_the_second_editions_is_written_and_read(
    scheme: str, elements: tuple[tuple[str, str], ...], hexadecimal: str | None
) -> None:
    tag = encode_tag(elements, scheme=scheme)
    assert (tag.scheme, tag.tds, tag.elements, tag.filter) == (scheme, "2.x", elements, 0)
    assert (tag.epc_urn, tag.tag_uri, tag.gcp_length) == (None, None, None)
    assert hexadecimal in {None, tag.as_hex()}
    assert decode_tag(tag.as_hex()) == decode_tag(tag.as_binary()) == parse_tag_uri(tag.as_raw_uri()) == tag
    key = parse_key(tag.as_hex())
    assert (key.form, key.elements, key.as_digital_link()) == ("EPC hex", elements, tag.as_digital_link())
    assert encode_tag(tag.as_digital_link(), scheme=scheme).elements == elements


def test_every_scheme_is_tried_here() -> None:
    assert {row[0] for row in FIXED} | {row[0] for row in PLUS} == {*tag_scheme_names()}
    assert len(tag_scheme_names()) == 34


def test_the_smallest_tag_that_holds_the_identity_is_the_default() -> None:
    assert encode_tag(URN).scheme == "SGTIN-96"
    assert encode_tag(URN.replace("102", "0102")).scheme == "SGTIN-198"
    assert encode_tag(URN.replace("102", "274877906944")).scheme == "SGTIN-198"


READ_FAULTS = [
    ("", "empty", "Cannot read EPC tag '': expected hexadecimal digits, or 0 and 1 only, got nothing."),
    (HEX[:-1] + "G", "character", f"Cannot read EPC tag '{HEX[:-1]}G': expected hexadecimal digits, or 0 and 1 only, got 'G' at position 24."),
    ("\u0663" * 24, "character", f"Cannot read EPC tag '{chr(0x663) * 24}': expected hexadecimal digits, or 0 and 1 only, got '\u0663' at position 1."),
    (HEX[:20], "length", f"Cannot read SGTIN-96 tag '{HEX[:20]}': expected 96 bits, and zeros up to a multiple of 16, got 80."),
    (HEX + "0000", "length", f"Cannot read SGTIN-96 tag '{HEX}0000': expected 96 bits, and zeros up to a multiple of 16, got 112."),
    (HEX + "004", "padding", f"Cannot read SGTIN-96 tag '{HEX}004': expected zeros behind the 96 bits, got 000000000100."),
    ("00" + HEX[2:], "unknown_header", f"Cannot read EPC tag '00{HEX[2:]}': expected the header of an EPC scheme in the first 8 bits, got 0x00, the header of a tag that was never written."),
    ("09" + HEX[2:], "unknown_header", f"Cannot read EPC tag '09{HEX[2:]}': expected the header of an EPC scheme in the first 8 bits, got 0x09, a retired header (SSCC, SGLN, GRAI and GIAI of 64 bits)."),
    ("45" + HEX[2:], "unknown_header", f"Cannot read EPC tag '45{HEX[2:]}': expected the header of an EPC scheme in the first 8 bits, got 0x45, a header that is kept for later."),
    ("307C" + HEX[4:], "partition", f"Cannot read SGTIN-96 tag '307C{HEX[4:]}': expected a partition value of 0 to 6, got 7."),
    ("3077FFFFFC00000000000001", "range", "Cannot read SGTIN-96 tag '3077FFFFFC00000000000001': expected a number of at most 7 digits, got 16777215."),
    ("31040000000000000000000F", "padding", "Cannot read SSCC-96 tag '31040000000000000000000F': expected 24 zeros at the end of the tag, got other bits."),
    ("F7009521141111117031980"[:22], "incorrect_check_digit", "Cannot read SGTIN+ tag 'F700952114111111703198': expected GTIN with check digit 6, got 7."),
    ("F70095211411111A6031980"[:22], "character", "Cannot read SGTIN+ tag 'F70095211411111A603198': expected 14 digits of 4 bits, got A at digit 13."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "message"), READ_FAULTS)
def test_what_is_wrong_with_a_tag_is_told(text: str, kind: str, message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        decode_tag(text)
    assert (str(caught.value), caught.value.kind) == (message, kind)


WRITE_FAULTS = [
    (("urn:epc:id:sgtin:9521141.011111.0102", "SGTIN-96", 0), "range", "Cannot write SGTIN-96 tag 'urn:epc:id:sgtin:9521141.011111.0102': expected a serial number without leading zeros, which the tag cannot hold, got '0102'."),
    (("urn:epc:id:sgtin:9521141.011111.A", "SGTIN-96", 0), "character", "Cannot write SGTIN-96 tag 'urn:epc:id:sgtin:9521141.011111.A': expected digits only in the serial number, got 'A'."),
    (("urn:epc:id:sgtin:9521141.011111.274877906944", "SGTIN-96", 0), "range", "Cannot write SGTIN-96 tag 'urn:epc:id:sgtin:9521141.011111.274877906944': expected a serial number that fits in 38 bits, got 274877906944."),
    ((URN, "SSCC-96", 0), "no_such_form", f"Cannot write EPC tag '{URN}': expected a key of the scheme SSCC, got SGTIN."),
    ((URN, "SGTIN-96", 8), "filter", "Cannot use filter value 8: expected 0 to 7."),
    (("urn:epc:id:pgln:9521141.11111", None, 0), "no_such_form", "Cannot write EPC tag 'urn:epc:id:pgln:9521141.11111': expected a key with a binary scheme, got PGLN."),
    ((URN, "DSGTIN+", 0), "missing_ai", f"Cannot write DSGTIN+ tag '{URN}': expected a date (one of the AIs 11, 13, 15, 16, 17, 7006, 7007), got none."),
    (("urn:epc:idpat:sgtin:9521141.011111.*", "SGTIN-96", 0), "no_such_form", "Cannot write EPC tag 'urn:epc:idpat:sgtin:9521141.011111.*': expected one object with its serial number, got a class of objects."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "message"), WRITE_FAULTS)
def test_what_a_tag_cannot_hold_is_refused(given: tuple[str, str | None, int], kind: str, message: str) -> None:
    identity, scheme, filter_value = given
    with pytest.raises(IdentifierError) as caught:
        encode_tag(identity, scheme=scheme, filter=filter_value)
    assert (str(caught.value), caught.value.kind) == (message, kind)


URI_FAULTS = [
    (URN, "not_a_tag_uri", 0),
    ("urn:epc:tag:sgtin-96:8.9521141.011111.102", "filter", 21),
    ("urn:epc:tag:sgtin-96:3.9521141.11111.102", "length", 31),
    ("urn:epc:tag:sgtin+:3.9521141.011111.102", "unknown_scheme", 12),
    ("urn:epc:tag:sgtin-64:3.9521141.011111.102", "unknown_scheme", 12),
    ("urn:epc:tag:[att=1]:sgtin-96:3.9521141.011111.102", "unknown_scheme", 12),
    (f"urn:epc:raw:96.xA1.x{HEX}", "not_an_epc", None),
    (f"urn:epc:raw:96.x{HEX[2:]}", "length", None),
    (f"urn:epc:raw:96.{HEX}", "malformed", 12),
    (f"urn:epc:raw:80.{int(HEX, 16)}", "length", None),
]


@pytest.mark.parametrize(("uri", "kind", "position"), URI_FAULTS)
def test_what_is_wrong_with_a_tag_uri_is_told(uri: str, kind: str, position: int | None) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_tag_uri(uri)
    assert (caught.value.kind, caught.value.position) == (kind, position)


@pytest.mark.parametrize("text", ["0" * 8193, "F" * 10**7, "FA0" + "9" * 8000, "3D1" + "4" * 8000, "F78" + "1" * 8000])
def test_a_hostile_text_gives_an_error(text: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        decode_tag(text)
    assert len(str(caught.value)) < 1000


@given(st.text("0123456789ABCDEF", max_size=60), st.sampled_from(sorted(tag_table().by_header)))
@settings(max_examples=200, deadline=None)
def test_any_bits_give_a_tag_or_a_typed_error(body: str, header: int) -> None:
    try:
        tag = decode_tag(f"{header:02X}{body}")
    except IdentifierError as error:
        assert error.kind  # noqa: PT017 - both outcomes are right
        return
    assert decode_tag(tag.as_hex()) == tag
    assert f"{header:02X}{body}".startswith(tag.as_hex().rstrip("0"))


TEXT = {
    "text": "!\"%&'()*+,-./0123456789:;<=>?ABCXYZ_abcxyz",
    "digits": "0123456789",
    "terminated": "#-/0123456789ABCXYZ",
}


@st.composite
def fixed_tags(draw: st.DrawFn) -> tuple[FixedScheme, str]:
    """A partitioned scheme and a pure identity that it holds."""
    row = draw(st.sampled_from([row for row in tag_table().by_name.values() if isinstance(row, FixedScheme)]))
    components = []
    for field in draw(st.sampled_from(row.layouts)):
        if field.coding == "prefix":
            components.append(f"{draw(st.integers(0, field.limit - 1)):0{field.digits}d}" if field.digits else "")
        elif field.coding == "integer":
            most = min(field.mask or 2**40 - 1, 10**12 - 1)
            components.append(str(draw(st.integers(0, most))))
        elif field.coding == "pair":
            components.append(f"{draw(st.integers(0, 99)):02d}")
        elif field.coding == "digits":
            components.append(draw(st.text("0123456789", min_size=1, max_size=12)))
        elif field.coding.startswith("agency"):
            components.append(draw(st.text("0123456789ABC", min_size=5, max_size=6)))
        elif field.coding != "zeros":
            longest = field.bits // 7 if field.coding == "text" else min(field.bits, 30)
            if row.epc.longest and len(components) == 1:
                longest = row.epc.longest - len(components[0])
            components.append(draw(st.text(TEXT[field.coding].replace("#", ""), min_size=1, max_size=longest)))
    return row, write_urn(row.epc, components)


@given(fixed_tags(), st.integers(0, 7))
@settings(max_examples=200, deadline=None)
def test_an_identity_comes_back_out_of_a_tag(made: tuple[FixedScheme, str], filter_value: int) -> None:
    row, urn = made
    tag = encode_tag(urn, scheme=row.name, filter=filter_value if row.filter_bits else 0)
    again = decode_tag(tag.as_hex())
    assert (again, again.epc_urn, again.as_hex()) == (tag, urn, tag.as_hex())
    assert again.tag_uri is not None
    assert parse_tag_uri(again.tag_uri) == tag


def test_the_headers_are_those_of_the_table() -> None:
    rows = tag_table().by_header.values()
    assert sum(isinstance(row, PlusScheme) for row in rows) == 12
    assert not {*tag_table().by_header} & {*tag_table().unused}


@pytest.mark.conformance
def test_published_tags(shared: Path) -> None:
    lines = (shared / "vectors" / "identifiers" / "epc_tags.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    for row in map(json.loads, lines):
        elements = [tuple(element) for element in row.get("ais", ())]
        for text in (row["hex"], row["binary"]):
            tag = decode_tag(text)
            assert (tag.scheme, tag.tds, tag.tag_uri) == (row["scheme"], row["tds"], row.get("tag_uri")), row
            assert (tag.epc_urn, tag.gcp_length) == (row.get("epc_uri"), row.get("gcp_length")), row
            assert [*tag.elements] == elements, row
            assert tag.as_binary() == row["binary"], row
            assert row["hex"] in {tag.as_hex(), tag.as_hex(align=16)}, row
            if "digital_link" in row:
                assert tag.as_digital_link() == row["digital_link"], row
            source = tag.epc_urn if tag.epc_urn is not None else tag.elements
            assert encode_tag(source, scheme=tag.scheme, filter=tag.filter or 0) == tag, row
            assert parse_tag_uri(tag.tag_uri or tag.as_raw_uri()) == tag, row
            key = parse_key(text)
            assert [*key.elements] == elements, row
            assert "digital_link" not in row or key.as_digital_link() == row["digital_link"], row
