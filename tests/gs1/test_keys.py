from __future__ import annotations

import dataclasses
import json
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.canonical import TraceKey
from epcis_kit.gs1.keys import Key, key_faults, parse_key

if TYPE_CHECKING:
    from pathlib import Path

GTIN = ("01", "09506000134352")
LOT = ("10", "ABC")


@pytest.mark.parametrize(
    ("text", "form", "elements"),
    [
        ("(01)09506000134352(10)ABC", "bracketed element string", (GTIN, LOT)),
        ("010950600013435210ABC", "raw element string", (GTIN, LOT)),
        ("^010950600013435210ABC", "raw element string", (GTIN, LOT)),
        ("010950600013435210ABC\x1d17271231", "raw element string", (GTIN, LOT, ("17", "271231"))),
        ("]C1010950600013435210ABC", "scan ]C1", (GTIN, LOT)),
        ("]d2010950600013435210ABC", "scan ]d2", (GTIN, LOT)),
        ("]Q3010950600013435210ABC", "scan ]Q3", (GTIN, LOT)),
        ("]e0010950600013435210ABC", "scan ]e0", (GTIN, LOT)),
        ("]J1010950600013435210ABC", "scan ]J1", (GTIN, LOT)),
        ("]E09506000134352", "scan ]E0", (GTIN,)),
        ("]E496385074", "scan ]E4", (("01", "00000096385074"),)),
        ("]I109506000134352", "GTIN-14", (GTIN,)),
        ("]Q1https://x.example/01/09506000134352/10/ABC", "Digital Link", (GTIN, LOT)),
        ("https://x.example/stem/01/09506000134352/10/ABC?linkType=x", "Digital Link", (GTIN, LOT)),
        ("urn:epc:class:lgtin:9506000.013435.ABC", "EPC class URN", (GTIN, LOT)),
        ("urn:epc:idpat:sgtin:9506000.013435.*", "EPC pattern", (GTIN,)),
        ("urn:epc:id:gid:1.2.3", "EPC URN", ()),
        ("09506000134352", "GTIN-14", (GTIN,)),
        ("042100005264", "GTIN-12", (("01", "00042100005264"),)),
        ("96385074", "GTIN-8", (("01", "00000096385074"),)),
        ("04252614", "UPC-E", (("01", "00042100005264"),)),
        ("425261", "UPC-E", (("01", "00042100005264"),)),
        ("106141412345678908", "SSCC", (("00", "106141412345678908"),)),
        ("GTIN 9506000134352", "GTIN-13", (GTIN,)),
        ("gtin-13: 9 506000 134352", "GTIN-13", (GTIN,)),
        ("GLN: 9506000134352", "GLN", (("414", "9506000134352"),)),
        ("GRAI 04012345000221334455", "GRAI", (("8003", "04012345000221334455"),)),
        (" (01)09506000134352\n", "bracketed element string", (GTIN,)),
    ],
)
def test_every_spelling(text: str, form: str, elements: object) -> None:
    key = parse_key(text)
    assert (key.form, key.elements, key.text) == (form, elements, text)


def test_every_form_of_a_key() -> None:
    key = parse_key("(01)09506000134352(10)AB(C(17)271231".replace("B(", r"B\("), gcp_length=7)
    assert key.as_bracketed() == r"(01)09506000134352(10)AB\(C(17)271231"
    assert key.as_element_string() == "010950600013435210AB(C\x1d17271231"
    assert key.as_message() == "^010950600013435210AB(C^17271231"
    assert key.as_digital_link() == "https://id.gs1.org/01/09506000134352/10/AB%28C?17=271231"
    assert key.as_digital_link("https://x.example/a") == "https://x.example/a/01/09506000134352/10/AB%28C?17=271231"
    assert key.as_epc_urn() == "urn:epc:class:lgtin:9506000.013435.AB(C"
    assert key.as_epc_urn(8) == "urn:epc:class:lgtin:95060001.03435.AB(C"
    assert key.left_out_of_epc() == ("17",)
    assert key.as_hri() == ("(01) 09506000134352", "(10) AB(C", "(17) 271231")
    assert key.titles() == ("GTIN", "BATCH/LOT", "USE BY or EXPIRY")
    assert key.as_trace_key() == TraceKey(
        "https://id.gs1.org/01/09506000134352/10/AB%28C", "lot", "https://id.gs1.org/01/09506000134352", None
    )
    assert (key.level, key.primary, key.get("17"), key.get("21")) == ("lot", GTIN, "271231", None)
    assert key.company_prefix() == "9506000"
    assert key.scheme is not None
    assert key.scheme.name == "lgtin"
    assert str(key) == key.as_bracketed()


def test_a_key_is_a_frozen_value() -> None:
    key = parse_key("urn:epc:id:sgtin:0614141.107346.2016")
    assert key == parse_key("urn:epc:id:sgtin:0614141.107346.2016")
    assert pickle.loads(pickle.dumps(key)) == key
    assert hash(key) == hash(pickle.loads(pickle.dumps(key)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        key.text = "x"  # type: ignore[misc]


def test_an_epc_without_a_gs1_key_says_which_forms_it_lacks() -> None:
    key = parse_key("urn:epc:id:gid:1.2.3")
    assert key.as_epc_urn() == str(key) == "urn:epc:id:gid:1.2.3"
    assert key.parts() == (("manager number", "1"), ("object class", "2"), ("serial number", "3"))
    assert key.as_trace_key() == TraceKey("urn:epc:id:gid:1.2.3", "opaque", None, None)
    for form in (key.as_digital_link, key.as_element_string, key.as_bracketed):
        with pytest.raises(IdentifierError) as caught:
            form()
        assert caught.value.kind == "no_such_form"
        assert caught.value.reason == "expected a GS1 key, got GID, which has none"


def test_a_wide_pattern_is_no_key() -> None:
    key = parse_key("urn:epc:idpat:sgtin:0614141.*.*")
    assert (key.level, key.elements, key.company_prefix()) == ("pattern", (), "0614141")
    with pytest.raises(IdentifierError) as caught:
        key.as_digital_link()
    assert str(caught.value) == (
        "Cannot write Digital Link 'urn:epc:idpat:sgtin:0614141.*.*': "
        "expected a GS1 key, got a pattern that names no single class."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "9506000134352",
            (
                "Cannot read key '9506000134352': expected one meaning (say which with its name in front, or expect=), "
                "got 2: GTIN-13 (01)09506000134352 or GLN (414)9506000134352."
            ),
        ),
        (
            "01234565",
            (
                "Cannot read key '01234565': expected one meaning (say which with its name in front, or expect=), "
                "got 2: GTIN-8 (01)00000001234565 or UPC-E (01)00012345000065."
            ),
        ),
    ],
)
def test_ambiguity_is_reported(text: str, message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_key(text)
    assert (str(caught.value), caught.value.kind) == (message, "ambiguous")


def test_the_caller_settles_an_ambiguity() -> None:
    assert parse_key("9506000134352", expect="gtin").elements == (GTIN,)
    assert parse_key("9506000134352", expect="414").elements == (("414", "9506000134352"),)
    assert parse_key("106141412345678908", expect="gsrn").elements == (("8018", "106141412345678908"),)


@pytest.mark.parametrize(
    ("text", "expect", "message", "kind"),
    [
        ("", None, "Cannot read key '': expected an identifier, got nothing.", "empty"),
        (
            "hello",
            None,
            (
                "Cannot read key 'hello': expected an element string, a Digital Link, an EPC URN, the hex of a tag, "
                "or the digits of a key."
            ),
            "unknown_form",
        ),
        (
            "106141412345678907",
            None,
            "Cannot read SSCC '106141412345678907': expected check digit 8, got 7.",
            "incorrect_check_digit",
        ),
        (
            "9506000134353",
            None,
            "Cannot read GTIN-13 '9506000134353': expected check digit 2, got 3.",
            "incorrect_check_digit",
        ),
        (
            "(00)106141412345678908",
            "gtin",
            "Cannot read GTIN '(00)106141412345678908': expected AI 01, got AI 00 (SSCC).",
            "unexpected_key",
        ),
        ("]I1", None, "Cannot read scan ']I1': expected data after ]I1, got nothing.", "empty"),
        (
            "urn:uuid:1",
            None,
            "Cannot read EPC URN 'urn:uuid:1': expected a text that begins with urn:epc:, got 'urn:uuid'.",
            "not_an_epc_urn",
        ),
    ],
)
def test_what_cannot_be_read_says_why(text: str, expect: str | None, message: str, kind: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_key(text, expect=expect)
    assert (str(caught.value), caught.value.kind) == (message, kind)


def test_links_of_older_kinds_are_read_on_request() -> None:
    link = "https://x.example/gtin/9506000134352/lot/ABC"
    with pytest.raises(IdentifierError):
        parse_key(link)
    assert key_faults(link) != ()
    assert key_faults(link, lenient=True) == ()
    assert parse_key(link, lenient=True).elements == (GTIN, LOT)


def test_an_unknown_kind_of_key_is_a_misuse() -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_key("1", expect="isbn")
    assert caught.value.kind == "unknown_kind"


def test_all_faults_of_an_element_string_are_told() -> None:
    faults = key_faults("(01)09506000134353(10)ABé")
    assert [(fault.kind, fault.ai, fault.position) for fault in faults] == [
        ("incorrect_check_digit", "01", 17),
        ("invalid_cset82_character", "10", 24),
    ]
    assert key_faults("(01)09506000134352") == ()
    assert [fault.kind for fault in key_faults("urn:epc:id:sgtin:1")] == ["components"]


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_key_or_a_typed_error(text: str) -> None:
    for prefix in ("", "(01)", "]C1", "01", "https://id.gs1.org/", "urn:epc:", "GLN "):
        try:
            key = parse_key(prefix + text)
        except IdentifierError as fault:
            told = str(fault)
            assert len(told) < 2000
        else:
            assert isinstance(key, Key)
            for _, made in key.forms():
                assert isinstance(made, (str, IdentifierError))


# Scans that are no identifiers, or are read more widely than GS1's syntax engine does.
REVIEWED = {
    "]Q1TESTING|^99XYZ": "plain data of a QR code, which the engine passes through",
    "]Q1HtTps://example.com/01/12312312312333?99=TEST": "as above: not even a link to the engine",
    "]I105901234123457": "an ITF-14 bar code; the engine has no such symbology",
    "https://dlnkd.tn.gg/ARHKVAdpQg": "a compressed link, which the engine does not read",
    "https://dlnkd.tn.gg/HxHKVAdpQgZzjr-hCDKigI": "as above",
    "https://dlnkd.tn.gg/ARHKVAdpQkIKqwo?foo=bar": "as above",
}


@pytest.mark.conformance
@pytest.mark.parametrize("name", ["ai_element_strings", "digital_links"])
def test_published_messages_through_the_one_door(shared: Path, name: str) -> None:
    lines = (shared / f"vectors/identifiers/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    for row in map(json.loads, lines):
        if row.get("op") == "build" or row["input"] in REVIEWED:
            continue
        wanted = row["expect"]
        try:
            key = parse_key(row["input"])
        except IdentifierError:
            assert not wanted["ok"], row
            continue
        assert wanted["ok"], row
        if wanted.get("ais") is not None:
            assert [list(element) for element in key.ais] == wanted["ais"], row
