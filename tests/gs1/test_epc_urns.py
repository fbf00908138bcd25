from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.canonical import trace_key, urn_to_link
from epcis_kit.gs1.epc_urns import (
    elements_to_urn,
    enumerate_pattern,
    link_to_urn,
    pattern_matches,
    read_urn,
    urn_to_elements,
)
from epcis_kit.gs1.keys import parse_key
from epcis_kit.gs1.schemes import SCHEMES, Scheme

if TYPE_CHECKING:
    from pathlib import Path

KEYED = [scheme for scheme in SCHEMES.values() if scheme.ai is not None]
TEXT = "ABCXYZabcxyz0123456789!\"%&'()*+,-./:;<=>?_"


@st.composite
def components(draw: st.DrawFn, scheme: Scheme) -> list[str]:
    """Decoded components of a well-formed URN of ``scheme``."""
    length = draw(st.integers(6, 12))
    company = draw(st.text("0123456789", min_size=length, max_size=length))
    if scheme.digits:
        wanted = scheme.digits - length
        reference = draw(st.text("0123456789", min_size=wanted, max_size=wanted))
    else:
        letters = "AZ09-#/" if scheme.parts else TEXT
        reference = draw(st.text(letters, min_size=1, max_size=scheme.longest - length))
    made = [company, reference]
    if scheme.pieces:
        made += [draw(st.text("0123456789", min_size=2, max_size=2)) for _ in range(2)]
    if scheme.serial == "number":
        made.append(str(draw(st.integers(0, 10**scheme.serial_longest - 1))))
    elif scheme.serial is not None:
        letters = "0123456789" if scheme.serial == "digits" else TEXT
        made.append(draw(st.text(letters, min_size=1, max_size=scheme.serial_longest)))
    return made


def escape(scheme: Scheme, component: str) -> str:
    reserved = "#/" if scheme.parts else '"%&/<>?'
    return "".join(f"%{ord(c):02X}" if c in reserved else c for c in component)


@pytest.mark.parametrize("scheme", KEYED, ids=lambda scheme: scheme.name)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_urn_to_link_to_urn(scheme: Scheme, data: st.DataObject) -> None:
    made = data.draw(components(scheme))
    urn = scheme.prefix + ".".join(escape(scheme, component) for component in made)
    parsed = read_urn(urn)
    assert parsed.components == tuple(made)
    assert str(parsed) == urn
    link = urn_to_link(urn)
    length = len(made[0])
    assert link_to_urn(link, length) == urn
    assert elements_to_urn(urn_to_elements(urn), length) == urn
    key = trace_key(urn)
    assert (key.key, key.problem) == (link, None)
    assert trace_key(link) == key


@pytest.mark.parametrize("scheme", KEYED, ids=lambda scheme: scheme.name)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_every_form_of_a_key_reads_as_the_same_key(scheme: Scheme, data: st.DataObject) -> None:
    made = data.draw(components(scheme))
    if scheme.pieces:
        made[2:4] = ["01", "02"]  # messages are read by the full rules, which know no piece 7 of 3
    key = parse_key(scheme.prefix + ".".join(escape(scheme, component) for component in made))
    length = len(made[0])
    for text in (
        key.as_digital_link("https://x.example/a/b"),
        key.as_bracketed(),
        f"]C1{key.as_element_string()}",
        key.as_message(),
        key.as_epc_urn(),
    ):
        other = parse_key(text, gcp_length=length)
        assert other.elements == key.elements, text
        assert other.as_trace_key() == key.as_trace_key(), text
        assert other.as_epc_urn() == key.as_epc_urn(), text


@pytest.mark.parametrize("scheme", [s for s in KEYED if s.class_pattern], ids=lambda scheme: scheme.name)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_class_pattern_to_link_to_pattern(scheme: Scheme, data: st.DataObject) -> None:
    made = data.draw(components(scheme))
    head = ".".join(escape(scheme, component) for component in made[:-1])
    pattern = f"urn:epc:idpat:{scheme.name}:{head}.*"
    key = trace_key(pattern)
    assert (key.level, key.class_key, key.problem) == ("class", key.key, None)
    assert key.key == urn_to_link(pattern)
    if scheme.name != "upui":  # a GTIN alone is written as a pattern of SGTIN
        assert link_to_urn(key.key, len(made[0])) == pattern
    assert pattern_matches(pattern, f"{scheme.prefix}{head}.{escape(scheme, made[-1])}")
    assert trace_key(f"{scheme.prefix}{head}.{escape(scheme, made[-1])}").class_key == key.key


@pytest.mark.parametrize(
    ("pattern", "urn", "matches"),
    [
        ("urn:epc:idpat:sgtin:0614141.112345.*", "urn:epc:id:sgtin:0614141.112345.7", True),
        ("urn:epc:idpat:sgtin:0614141.112345.*", "urn:epc:id:sgtin:0614141.112346.7", False),
        ("urn:epc:idpat:sgtin:0614141.*.*", "urn:epc:id:sgtin:0614141.112346.7", True),
        ("urn:epc:idpat:sgtin:*.*.*", "urn:epc:id:sgtin:0614141.112346.7", True),
        ("urn:epc:idpat:sgtin:*.*.*", "urn:epc:id:sscc:0614141.1234567890", False),
        ("urn:epc:idpat:sgtin:0614141.*.*", "urn:epc:idpat:sgtin:0614141.112345.*", True),
        ("urn:epc:idpat:sgtin:0614141.112345.*", "urn:epc:idpat:sgtin:0614141.*.*", False),
        ("urn:epc:idpat:sgtin:0614141.112345.A%2Fb", "urn:epc:id:sgtin:0614141.112345.A%2fb", True),
        ("urn:epc:id:sscc:0614141.1234567890", "urn:epc:id:sscc:0614141.1234567890", True),
        ("urn:epc:idpat:sgln:0614141.12345.*", "urn:epc:id:sgln:0614141.12345.0", True),
        ("urn:epc:idpat:gid:1.2.*", "urn:epc:id:gid:1.2.3", True),
        ("urn:epc:idpat:gid:1.*.*", "urn:epc:id:gid:2.2.3", False),
        ("urn:epc:idpat:adi:W81X9C..*", "urn:epc:id:adi:W81X9C..%23A1", True),
        ("urn:epc:idpat:sgtin:0614141.107346.*", "https://x.example/01/10614141073464/21/5", True),
        ("urn:epc:idpat:sgtin:*.*.*", "https://x.example/01/10614141073464/21/5", True),
        ("urn:epc:idpat:sgtin:0614141.107346.*", "https://x.example/01/10614141073464/10/5", False),
    ],
)
def test_patterns_match(pattern: str, urn: str, matches: bool) -> None:
    assert pattern_matches(pattern, urn) is matches


def test_patterns_enumerate() -> None:
    urns = list(enumerate_pattern("urn:epc:idpat:sgtin:0614141.112345.*", ["1", "A/b"]))
    assert urns == ["urn:epc:id:sgtin:0614141.112345.1", "urn:epc:id:sgtin:0614141.112345.A%2Fb"]
    with pytest.raises(IdentifierError) as caught:
        list(enumerate_pattern("urn:epc:idpat:sgtin:0614141.*.*", ["1"]))
    assert str(caught.value) == (
        "Cannot enumerate pattern 'urn:epc:idpat:sgtin:0614141.*.*': expected one wildcard at its end, got 2 wildcards."
    )


@pytest.mark.parametrize(
    ("urn", "message", "kind", "position"),
    [
        ("", "Cannot read EPC URN '': expected a text that begins with urn:epc:, got ''.", "not_an_epc_urn", 0),
        (
            "urn:epc:tag:sgtin-96:3.0614141.107346.2016",
            (
                "Cannot read EPC URN 'urn:epc:tag:sgtin-96:3.0614141.107346.2016': expected urn:epc:id:, "
                "urn:epc:class: or urn:epc:idpat:, got the form that names the tag's binary encoding."
            ),
            "other_form",
            8,
        ),
        (
            "urn:epc:id:lgtin:0614141.107346.2016",
            (
                "Cannot read EPC URN 'urn:epc:id:lgtin:0614141.107346.2016': expected one of the schemes sgtin, upui, "
                "itip, sscc, sgln, pgln, grai, giai, gsrn, gsrnp, gdti, sgcn, cpi, ginc, gsin, gid, usdod, adi, bic, "
                "imovn after urn:epc:id:, got 'lgtin'."
            ),
            "unknown_scheme",
            11,
        ),
        (
            "urn:epc:id:sscc:0614141",
            "Cannot read SSCC URN 'urn:epc:id:sscc:0614141': expected 2 components with dots between them, got 1.",
            "components",
            23,
        ),
        (
            "urn:epc:id:sscc:06141.123456789012",
            (
                "Cannot read SSCC URN 'urn:epc:id:sscc:06141.123456789012': "
                "expected a company prefix of 6 to 12 digits, got 5."
            ),
            "company_prefix",
            16,
        ),
        (
            "urn:epc:id:sgtin:0614141.107346.A/B",
            (
                "Cannot read SGTIN URN 'urn:epc:id:sgtin:0614141.107346.A/B': expected GS1 characters, with "
                "\" % & / < > ? escaped in the serial number, got '/' at position 34."
            ),
            "character",
            33,
        ),
        (
            "urn:epc:id:cpi:0614141.123456.01",
            (
                "Cannot read CPI URN 'urn:epc:id:cpi:0614141.123456.01': "
                "expected a serial number without leading zeros, got '01'."
            ),
            "range",
            30,
        ),
        (
            "urn:epc:id:gid:1.16777216.3",
            "Cannot read GID URN 'urn:epc:id:gid:1.16777216.3': expected a number of at most 16777215, got 16777216.",
            "range",
            17,
        ),
        (
            "urn:epc:idpat:sgtin:*.107346.*",
            (
                "Cannot read SGTIN URN 'urn:epc:idpat:sgtin:*.107346.*': "
                "expected wildcards in place of the last components only, got one as component 1."
            ),
            "wildcard",
            20,
        ),
    ],
)
def test_faults_are_named_and_placed(urn: str, message: str, kind: str, position: int) -> None:
    with pytest.raises(IdentifierError) as caught:
        read_urn(urn)
    assert (str(caught.value), caught.value.kind, caught.value.position) == (message, kind, position)


def test_the_length_of_the_company_prefix_is_given_or_looked_up_or_unknown() -> None:
    assert link_to_urn("https://id.gs1.org/01/10614141073464/21/1", 7) == "urn:epc:id:sgtin:0614141.107346.1"
    assert link_to_urn("https://id.gs1.org/01/07044610873466") == "urn:epc:idpat:sgtin:704461.0087346.*"
    with pytest.raises(IdentifierError) as caught:
        link_to_urn("https://id.gs1.org/01/09999999999994")
    assert caught.value.kind == "gcp_length_unknown"
    assert str(caught.value) == (
        "Cannot find the length of the company prefix '09999999999994': expected a prefix in the table of company "
        "prefixes, or an explicit length, got an unknown one."
    )
    with pytest.raises(IdentifierError) as caught:
        link_to_urn("https://id.gs1.org/01/10614141073464/21/1", 5)
    assert str(caught.value) == "Cannot use company prefix length 5: expected a whole number from 6 to 12."


@pytest.mark.parametrize(
    ("link", "message", "kind"),
    [
        (
            "https://example.com/a",
            (
                "Cannot read Digital Link 'https://example.com/a': "
                "expected the AI of a GS1 key and its value at the end of the path."
            ),
            "not_a_digital_link",
        ),
        (
            "https://id.gs1.org/414/0614141123452/254/0",
            (
                "Cannot write SGLN URN '0614141123452': expected another extension than 0, which in a URN means none, "
                "got '0'."
            ),
            "no_epc",
        ),
        (
            "https://id.gs1.org/8006/123456789012315678/10/L",
            "Cannot write EPC URN '123456789012315678': expected AI 21 beside AI 8006, got AI 10.",
            "no_epc",
        ),
        (
            "https://id.gs1.org/8013/9520001Ad4XXR",
            "Cannot write EPC URN '9520001Ad4XXR': expected a key with an EPC scheme, got a GMN (AI 8013).",
            "no_epc",
        ),
        (
            "https://id.gs1.org/8004/0614A",
            (
                "Cannot read GIAI URN 'urn:epc:id:giai:0614A.': "
                "expected digits only in the company prefix, got 'A' at position 21."
            ),
            "character",
        ),
    ],
)
def test_links_without_an_epc_say_why(link: str, message: str, kind: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        link_to_urn(link, 7)
    assert (str(caught.value), caught.value.kind) == (message, kind)


def test_an_epc_identifies_and_does_not_describe() -> None:
    elements = (("01", "09506000134352"), ("17", "271231"), ("10", "ABC"))
    assert elements_to_urn(elements, 7) == "urn:epc:class:lgtin:9506000.013435.ABC"
    assert elements_to_urn((*elements, ("21", "7")), 7) == "urn:epc:id:sgtin:9506000.013435.7"


# The published rows below write a slash inside a part reference bare; the Tag Data Standard escapes it (%2F), and so do
# the other rows of the same file.
BARE_SLASHES = {
    "urn:epc:idpat:cpi:858588503943.4/38.*": "urn:epc:idpat:cpi:858588503943.4%2F38.*",
    "urn:epc:idpat:cpi:952088.5039434/38.*": "urn:epc:idpat:cpi:952088.5039434%2F38.*",
}


@pytest.mark.conformance
def test_published_translations(shared: Path) -> None:
    lines = (shared / "vectors/identifiers/epc_translations.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    for row in map(json.loads, lines):
        op = row["op"]
        if op in {"translate", "urn_to_digital_link"}:
            assert urn_to_link(row["urn"]) == row["digital_link"], row
            assert trace_key(row["urn"]) == trace_key(row["digital_link"]), row
            assert trace_key(row["urn"]).key == row["digital_link"], row
            if row.get("ais") is not None:
                assert [list(element) for element in urn_to_elements(row["urn"])] == row["ais"], row
        if op in {"translate", "digital_link_to_urn"}:
            wanted = BARE_SLASHES.get(row["urn"], row["urn"])
            assert link_to_urn(row["digital_link"], row["gcp_length"]) == wanted, row
        if op == "validate":
            assert read_urn(row["urn"]).scheme.name == row["scheme"], row
            assert trace_key(row["urn"]) == (row["urn"], "opaque", None, None), row
        if op == "reject":
            with pytest.raises(IdentifierError):
                read_urn(row["urn"])
            assert trace_key(row["urn"]).level == "opaque", row
