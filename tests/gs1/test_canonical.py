from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.gs1.canonical import TraceKey, trace_key
from epcis_kit.gs1.identity_links import percent_encode

GTIN = "https://id.gs1.org/01/10614141073464"


def instance(key: str, class_key: str | None = None) -> TraceKey:
    return TraceKey(key, "instance", class_key, None)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("urn:epc:id:sgtin:0614141.107346.2016", instance(f"{GTIN}/21/2016", GTIN)),
        ("urn:epc:id:sgtin:0614141.107346.A%2fb", instance(f"{GTIN}/21/A%2Fb", GTIN)),
        ("urn:epc:id:sgtin:0614141.107346.A-(b)", instance(f"{GTIN}/21/A-%28b%29", GTIN)),
        ("URN:EPC:id:sgtin:0614141.107346.2016", instance(f"{GTIN}/21/2016", GTIN)),
        ("urn:epc:class:lgtin:0614141.107346.L1", TraceKey(f"{GTIN}/10/L1", "lot", GTIN, None)),
        ("urn:epc:idpat:sgtin:0614141.107346.*", TraceKey(GTIN, "class", GTIN, None)),
        ("urn:epc:idpat:upui:0614141.107346.*", TraceKey(GTIN, "class", GTIN, None)),
        ("urn:epc:id:upui:0614141.107346.X*Y", instance(f"{GTIN}/235/X%2AY", GTIN)),
        ("urn:epc:id:sscc:0614141.1234567890", instance("https://id.gs1.org/00/106141412345678908")),
        ("urn:epc:id:sgln:0614141.12345.0", instance("https://id.gs1.org/414/0614141123452")),
        ("urn:epc:id:sgln:061411123456..01", instance("https://id.gs1.org/414/0614111234560/254/01")),
        ("urn:epc:id:pgln:012345678901.", instance("https://id.gs1.org/417/0123456789012")),
        (
            "urn:epc:id:grai:061414113245..01",
            instance("https://id.gs1.org/8003/0061414113245401", "https://id.gs1.org/8003/00614141132454"),
        ),
        (
            "urn:epc:id:itip:234567.1890123.56.78.1111",
            instance(
                "https://id.gs1.org/8006/123456789012315678/21/1111", "https://id.gs1.org/8006/123456789012315678"
            ),
        ),
        (
            "urn:epc:id:cpi:0614141.1%231456.12",
            instance("https://id.gs1.org/8010/06141411%231456/8011/12", "https://id.gs1.org/8010/06141411%231456"),
        ),
        (
            "urn:epc:idpat:gdti:5847195.40613.*",
            TraceKey("https://id.gs1.org/253/5847195406133", "class", "https://id.gs1.org/253/5847195406133", None),
        ),
        ("urn:epc:id:ginc:061411.01ABc%2FD", instance("https://id.gs1.org/401/06141101ABc%2FD")),
        # Digital Links, however they are written
        ("https://id.gs1.org/01/10614141073464/21/2016", instance(f"{GTIN}/21/2016", GTIN)),
        ("http://shop.example/a/b/gtin/10614141073464/ser/2016?linkType=all#top", instance(f"{GTIN}/21/2016", GTIN)),
        ("HTTPS://SHOP.EXAMPLE/01/10614141073464/21/A%2fb", instance(f"{GTIN}/21/A%2Fb", GTIN)),
        ("https://x.example/01/10614141073464/22/V/10/L/21/S", instance(f"{GTIN}/21/S", GTIN)),
        ("https://x.example/01/10614141073464/22/V/10/L", TraceKey(f"{GTIN}/10/L", "lot", GTIN, None)),
        ("https://x.example/01/10614141073464/22/V", TraceKey(GTIN, "class", GTIN, None)),
        ("https://x.example/414/0614141123452/254/0", instance("https://id.gs1.org/414/0614141123452/254/0")),
        ("https://x.example/8018/123456789012345675/8019/1", instance("https://id.gs1.org/8018/123456789012345675")),
        (
            "https://x.example/01/9506000134352",
            TraceKey("https://id.gs1.org/01/09506000134352", "class", "https://id.gs1.org/01/09506000134352", None),
        ),
        ("  urn:epc:id:sscc:0614141.1234567890 ", instance("https://id.gs1.org/00/106141412345678908")),
    ],
)
def test_every_spelling_has_one_key(text: str, key: TraceKey) -> None:
    assert trace_key(text) == key
    assert trace_key(key.key) == key


@pytest.mark.parametrize(
    "text",
    [
        "urn:uuid:27a3e8b0-6c64-4d0c-8c8b-5fd8ab1d8e9e",
        "urn:example:item:1",
        "urn:epc:id:gid:95100000.12345.400",
        "urn:epc:id:usdod:2S194.12345678901",
        "urn:epc:id:adi:W81X9C.3KL984PX1.2WMA-52",
        "urn:epc:id:bic:CSQU3054383",
        "urn:epc:id:imovn:9176187",
        "urn:epc:idpat:sgtin:0614141.*.*",
        "urn:epc:idpat:sgln:0614141.12345.*",
        "urn:epc:idpat:sgtin:0614141.107346.2016",
        "urn:epc:tag:sgtin-96:3.0614141.107346.2016",
        "https://example.com/",
        "https://example.com/2024/01/15",
        "https://example.com/party/invitation",
        "https://example.com/01/09521234543213/extra",
        "https://id.gs1.org/AQnYUc1gmiCNV4JGLw",
        "",
        "loc-7",
    ],
)
def test_what_is_no_gs1_key_is_itself(text: str) -> None:
    assert trace_key(text) == TraceKey(text, "opaque", None, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "https://id.gs1.org/01/10614141073465/21/1",
            (
                "Cannot read GTIN 10614141073465 in Digital Link 'https://id.gs1.org/01/10614141073465/21/1': "
                "expected check digit 4, got 5."
            ),
        ),
        (
            "https://id.gs1.org/01/123",
            "Cannot read GTIN in Digital Link 'https://id.gs1.org/01/123': expected 8, 12, 13 or 14 digits, got 3.",
        ),
        (
            "https://x.example/00/10614141234567890A",
            (
                "Cannot read SSCC in Digital Link 'https://x.example/00/10614141234567890A': expected 18 digits, "
                "got 'A' at position 18."
            ),
        ),
        (
            "https://id.gs1.org/01/10614141073464/21/A%2",
            (
                "Cannot read Digital Link 'https://id.gs1.org/01/10614141073464/21/A%2': "
                "expected two hexadecimal digits after %, got '%2'."
            ),
        ),
        (
            "https://id.gs1.org/00/106141412345678908/21/7",
            (
                "Cannot read Digital Link 'https://id.gs1.org/00/106141412345678908/21/7': "
                "expected no AI after AI 00, got AI 21."
            ),
        ),
        (
            "https://id.gs1.org/01/10614141073464/21/" + "x" * 21,
            (
                "Cannot read AI 21 in Digital Link 'https://id.gs1.org/01/10614141073464/21/xxxxxxxxxxxxxxxxxxxxx': "
                "expected 1 to 20 characters of GS1 set 82, got 'xxxxxxxxxxxxxxxxxxxxx'."
            ),
        ),
        (
            "https://id.gs1.org/8003/12345678901284",
            (
                "Cannot read GRAI in Digital Link 'https://id.gs1.org/8003/12345678901284': "
                "expected a 0 before the asset identifier, got '1'."
            ),
        ),
        (
            "urn:epc:id:sgtin:0614141.10734.2016",
            (
                "Cannot read SGTIN URN 'urn:epc:id:sgtin:0614141.10734.2016': "
                "expected 6 digits in the item reference after a company prefix of 7, got 5."
            ),
        ),
        (
            "urn:epc:id:sgtni:0614141.107346.2016",
            (
                "Cannot read EPC URN 'urn:epc:id:sgtni:0614141.107346.2016': expected one of the schemes sgtin, upui, "
                "itip, sscc, sgln, pgln, grai, giai, gsrn, gsrnp, gdti, sgcn, cpi, ginc, gsin, gid, usdod, adi, bic, "
                "imovn after urn:epc:id:, got 'sgtni'."
            ),
        ),
    ],
)
def test_what_claims_to_be_a_gs1_key_says_its_fault(text: str, problem: str) -> None:
    assert trace_key(text) == TraceKey(text, "opaque", None, problem)


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert trace_key("urn:epc:id:sgtin:٠٦١٤١٤١.107346.2016").level == "opaque"
    assert trace_key("https://id.gs1.org/01/1061414107346٤").level == "opaque"


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_no_text_is_too_strange(text: str) -> None:
    for prefix in ("", "urn:epc:id:sgtin:", "urn:epc:id:", "https://id.gs1.org/01/", "http://x/01/09506000134352/21/"):
        key = trace_key(prefix + text)
        assert key.level in {"instance", "lot", "class", "opaque"}
        if key.level != "opaque":
            assert trace_key(key.key) == key


@given(st.text("ABCabc019!\"%&'()*+,-./:;<=>?_", min_size=1, max_size=20))
@settings(max_examples=200, deadline=None)
def test_urn_and_link_of_one_serial_number_are_equal(serial: str) -> None:
    escaped = "".join(f"%{ord(c):02X}" if c in '"%&/<>?' else c for c in serial)
    urn = trace_key(f"urn:epc:id:sgtin:0614141.107346.{escaped}")
    assert urn == trace_key(f"https://x.example/stem/01/10614141073464/21/{percent_encode(serial)}")
    assert urn.level == "instance"


@pytest.mark.parametrize(
    "text",
    [
        "urn:epc:id:sgtin:0614141.107346." + "A" * 2_000_000,
        "urn:epc:id:giai:0614141." + "%2F" * 700_000,
        "urn:epc:id:adi:W81X9C." + "." * 2_000_000,
        "https://a/" + "01/" * 700_000,
        "https://id.gs1.org/01/" + "%41" * 700_000,
        "https://id.gs1.org/01/09506000134352/21/" + "%" * 2_000_000,
        "http://" + "a" * 2_000_000,
        " " * 2_000_000 + "x",
    ],
    ids=["serial", "escapes", "dots", "slashes", "link escapes", "percents", "host", "blanks"],
)
def test_huge_texts_are_opaque(text: str) -> None:
    key = trace_key(text)
    assert key.level == "opaque"
    assert len(key.problem or "") < 600
