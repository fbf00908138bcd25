"""Digital Links: read, written, canonical; what is wrong is named; what is only plausible is told apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.digital_links import build_digital_link, could_be_digital_link, parse_digital_link

GTIN = ("01", "09521234543213")


def test_a_link_is_taken_apart() -> None:
    text = "https://example.com/any/stem/01/09521234543213/10/AB%2FC/21/X?linkType=gs1:pip&17=271231&flag#top"
    link = parse_digital_link(text)
    assert link.elements == (GTIN, ("10", "AB/C"), ("21", "X"), ("17", "271231"))
    assert link.path_elements == (GTIN, ("10", "AB/C"), ("21", "X"))
    assert link.attributes == (("17", "271231"),)
    assert link.stem == "https://example.com/any/stem"
    assert link.ignored == ("linkType=gs1:pip", "flag")
    assert (link.fragment, str(link), link.get("21"), link.get("22")) == ("top", text, "X", None)
    assert link.as_canonical() == "https://id.gs1.org/01/09521234543213/10/AB%2FC/21/X?17=271231"
    assert link.as_uri(stem="https://example.org/") == "https://example.org/01/09521234543213/10/AB%2FC/21/X?17=271231"


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("http://a/01/09521234543213", "http://a"),
        ("HTTPS://A.EXAMPLE/01/09521234543213", "HTTPS://A.EXAMPLE"),
        ("https://a:8443/01/09521234543213", "https://a:8443"),
        ("https://[2001:db8::1]/x/01/09521234543213", "https://[2001:db8::1]/x"),
        ("https://a/00/faux/01/09521234543213", "https://a/00/faux"),
        ("https://a/01/09521234543213/8004/9521234ABC", "https://a/01/09521234543213"),
        ("https://a//01/09521234543213", "https://a/"),
    ],
)
def test_the_right_most_key_counts_and_the_rest_is_stem(text: str, stem: str) -> None:
    assert parse_digital_link(text).stem == stem
    assert could_be_digital_link(text)


def test_both_alternatives_of_qualifiers_are_read() -> None:
    assert parse_digital_link("https://a/01/09521234543213/22/V/10/L/21/S").path_count == 4
    assert parse_digital_link("https://a/01/09521234543213/235/T").path_count == 2
    link = parse_digital_link("https://a/01/09521234543213/235/T?10=L")
    assert link.as_canonical() == "https://id.gs1.org/01/09521234543213/235/T?10=L"


def test_a_plus_is_a_blank_in_the_query_only() -> None:
    assert parse_digital_link("https://a/01/09521234543213/10/A+B").get("10") == "A+B"
    with pytest.raises(IdentifierError) as caught:
        parse_digital_link("https://a/01/09521234543213?240=A+B")
    assert (caught.value.kind, caught.value.ai, caught.value.position) == ("invalid_cset82_character", "240", 33)


def test_short_gtins_are_an_option() -> None:
    text = "https://a/01/9521234543213?17=271231"
    with pytest.raises(IdentifierError) as caught:
        parse_digital_link(text)
    assert str(caught.value) == f"Cannot read Digital Link {text!r}: expected 14 characters in (01), got 13."
    link = parse_digital_link(text, zero_suppressed=True)
    assert link.elements == (GTIN, ("17", "271231"))
    with pytest.raises(IdentifierError) as caught:
        parse_digital_link("https://a/01/9521234543214", zero_suppressed=True)
    assert (caught.value.kind, caught.value.position) == ("incorrect_check_digit", 25)


def test_convenience_names_are_an_option() -> None:
    text = "https://a/gtin/09521234543213/lot/A/ser/B"
    with pytest.raises(IdentifierError):
        parse_digital_link(text)
    link = parse_digital_link(text, convenience_names=True)
    assert link.elements == (GTIN, ("10", "A"), ("21", "B"))
    assert link.as_canonical() == "https://id.gs1.org/01/09521234543213/10/A/21/B"


def test_unknown_identifiers_are_an_option() -> None:
    text = "https://a/01/09521234543213?89=X"
    with pytest.raises(IdentifierError) as caught:
        parse_digital_link(text)
    assert (caught.value.kind, caught.value.ai, caught.value.position) == ("unknown_ai_in_query_params", "89", 28)


ERRORS = [
    (
        "https://a/01/09521234543214",
        "incorrect_check_digit",
        "01",
        26,
        "expected check digit 3, got '4' in (01)",
    ),
    (
        "https://a/8003/0095212345432%34x?17=271231",
        "required_ais_not_satisfied",
        "17",
        None,
        "expected 01, 02, 03, 255, 8006 or 8026 beside (17), got (8003) (17)",
    ),
    (
        "https://a/01/0952123454321%34",
        "incorrect_check_digit",
        "01",
        26,
        "expected check digit 3, got '4' in (01)",
    ),
    (
        "https://a/01/09521234543213/10/A%2",
        "bad_escape",
        "10",
        32,
        "expected two hexadecimal digits behind each %, got '%2'",
    ),
    (
        "https://a/01/09521234543213/10/A%zzB",
        "bad_escape",
        "10",
        32,
        "expected two hexadecimal digits behind each %, got '%zz'",
    ),
    (
        "https://a/01/09521234543213/10/A%00",
        "decoded_ai_value_contains_illegal_null",
        "10",
        32,
        "expected no %00 in a value, got '%00'",
    ),
    ("https://a/01/09521234543213/10/%41%C3%A9", "invalid_cset82_character", "10", 34, None),
    ("https://a/01/09521234543213/10/%5E", "ai_contains_illegal_carat_character", "10", 31, None),
    ("https://a/01/09521234543213/10/A/22/B", "invalid_key_qualifier_sequence", "01", None, None),
    ("https://a/01/09521234543213/22/V/235/B", "invalid_key_qualifier_sequence", "01", None, None),
    ("https://a/01/09521234543213/10/", "ai_value_path_element_is_empty", "10", 31, None),
    ("https://a/01/09521234543213/10//21/S", "ai_value_path_element_is_empty", "10", 31, None),
    ("https://a/01/09521234543213?17=", "ai_value_query_element_in_empty", "17", 31, None),
    (
        "https://a/01/09521234543213?10=A",
        "ai_should_be_in_path_info",
        "10",
        28,
        "expected (10) in the path behind (01), got it in the query",
    ),
    ("https://a/01/09521234543213?21=A", "ai_is_not_valid_data_attribute", "21", 28, None),
    ("https://a/01/09521234543213?17=271231&17=271231", "duplicate_ai", "17", 38, "expected (17) once, got twice"),
    ("https://a/01/09521234543213?17=271231&01=09521234543213", "duplicate_ai", "01", 38, None),
    ("https://a/01/09521234543213?37=1", "invalid_ai_pairs", "01", None, None),
    ("https://a/01/09521234543213 ", "uri_contains_illegal_characters", None, 27, None),
    ("https://a/01/0952123454321\u0663", "uri_contains_illegal_characters", None, 26, None),
    ("ftp://a/01/09521234543213", "uri_contains_illegal_scheme", None, 0, None),
    ("HtTps://a/01/09521234543213", "uri_contains_illegal_scheme", None, 0, None),
    ("https:///01/09521234543213", "uri_missing_domain_and_path_info", None, 8, None),
    ("https://a", "uri_missing_domain_and_path_info", None, 8, None),
    ("https://a_b/01/09521234543213", "domain_contains_illegal_characters", None, 9, None),
    ("https://a/b/c", "no_gs1_dl_keys_found_in_path_info", None, 9, None),
    ("https://a/10/A", "no_gs1_dl_keys_found_in_path_info", None, 9, None),
    ("https://a/01/09521234543213/", "no_gs1_dl_keys_found_in_path_info", None, 9, None),
]


@pytest.mark.parametrize(("text", "kind", "ai", "position", "reason"), ERRORS)
def test_what_is_wrong_is_named(text: str, kind: str, ai: str | None, position: int | None, reason: str | None) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_digital_link(text)
    error = caught.value
    assert (error.kind, error.ai, error.position, error.value) == (kind, ai, position, text)
    if reason is not None:
        assert str(error) == f"Cannot read Digital Link {text!r}: {reason}."


def test_a_link_is_built() -> None:
    elements = [("17", "271231"), ("21", "S/1"), ("3922", "0299"), GTIN, ("3103", "000195"), ("10", "L")]
    link = build_digital_link(elements)
    assert link == "https://id.gs1.org/01/09521234543213/10/L/21/S%2F1?17=271231&3103=000195&3922=0299"
    assert build_digital_link([GTIN], stem="https://example.com/x/") == "https://example.com/x/01/09521234543213"
    assert build_digital_link([GTIN, ("3922", "0299"), ("17", "271231")]).endswith("?17=271231&3922=0299")
    assert build_digital_link([GTIN, ("240", "A"), ("3103", "000195")], sort_attributes=True).endswith(
        "?240=A&3103=000195"
    )


def test_every_character_but_the_unreserved_is_escaped() -> None:
    value = "!\"%&'()*+,-./:;<=>?"
    link = build_digital_link([("01", GTIN[1]), ("10", value)])
    assert link.endswith("/10/%21%22%25%26%27%28%29%2A%2B%2C-.%2F%3A%3B%3C%3D%3E%3F")
    assert parse_digital_link(link).get("10") == value


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ([("10", "A")], "Cannot build Digital Link '(10)A': expected an AI that is a primary key, got (10)."),
        ([], "Cannot build Digital Link '': expected an AI that is a primary key, got none."),
        (
            [GTIN, ("235", "T"), ("10", "L")],
            (
                "Cannot build Digital Link '(01)09521234543213(235)T(10)L': "
                "expected AIs that may stand behind (01) in a Digital Link, got (235)."
            ),
        ),
        (
            [("01", "09521234543214")],
            "Cannot build Digital Link '(01)09521234543214': expected check digit 3, got '4' in (01).",
        ),
        ([("8A", "x")], "Cannot build Digital Link '(8A)x': expected an AI of the table, got '8A'."),
        (
            [GTIN, ("37", "1")],
            "Cannot build Digital Link '(01)09521234543213(37)1': expected no (37) beside (01), got (01) (37).",
        ),
    ],
)
def test_what_cannot_be_built_is_refused(elements: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        build_digital_link(elements)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "plausible"),
    [
        ("https://example.com/01/09521234543213", True),
        ("https://example.com/01/09521234543214", True),
        ("https://example.com/01/9521234543213?x=y", True),
        ("https://example.com/8004/9521234ABC/7040/1ABC", True),
        ("https://example.com/01/12", False),
        ("https://example.com/01/0952123454321A", False),
        ("https://example.com/10/ABC", False),
        ("https://example.com/products/4711", False),
        ("https://example.com/", False),
        ("https://example.com/01/%zz", False),
        ("urn:epc:id:sgtin:952123.4543213.1", False),
        ("", False),
        ("https://example.com/" + "01/" * 5000, False),
    ],
)
def test_a_link_is_plausible_or_not(text: str, plausible: bool) -> None:
    assert could_be_digital_link(text) is plausible


@given(st.text("01289/?&=%ABaf#.:-_~+", max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_a_link_or_a_typed_error(text: str) -> None:
    uri = "https://a/01/09521234543213" + text
    try:
        link = parse_digital_link(uri)
    except IdentifierError as error:
        assert error.position is None or 0 <= error.position <= len(uri)  # noqa: PT017 - both outcomes are right
    else:
        assert could_be_digital_link(uri)
        assert parse_digital_link(link.as_canonical()).as_canonical() == link.as_canonical()


@pytest.mark.parametrize("unit", ["/", "/01", "/01/", "%", "%41", "&", "&17=271231", "?", "#", "+", "=", "a", "\u0663"])
@pytest.mark.parametrize("size", [8_000, 10_000_000])
@pytest.mark.parametrize("start", ["", "https://a", "https://a/01/09521234543213", "https://a/01/09521234543213?"])
def test_a_hostile_text_ends_soon(unit: str, size: int, start: str) -> None:
    text = start + (unit * (size // len(unit) + 1))[:size]
    try:
        parse_digital_link(text)
    except IdentifierError as error:
        assert len(str(error)) < 1000  # noqa: PT017 - both outcomes are right
    could_be_digital_link(text)
