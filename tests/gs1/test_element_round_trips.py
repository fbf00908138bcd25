"""AIs to element string to AIs, and AIs to Digital Link to AIs, for random right values of every identifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.application_identifiers import default_table
from epcis_kit.gs1.check_digits import gmn_check_pair, mod10_digit
from epcis_kit.gs1.compression import compress, decompress
from epcis_kit.gs1.digital_links import build_digital_link, could_be_digital_link, parse_digital_link
from epcis_kit.gs1.element_strings import build_element_string, parse_element_string
from epcis_kit.gs1.linters.code_lists import code_list
from epcis_kit.gs1.tags import decode_tag, encode_tag

if TYPE_CHECKING:
    from epcis_kit.gs1.application_identifiers import ApplicationIdentifier, Component

TABLE = default_table()
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
ALPHABETS = {"N": "0123456789", "X": SET_82, "Y": "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "Z": "AZaz09-_"}
DATES = st.dates().map(lambda date: f"{date:%y%m%d}")
EXAMPLES: dict[str, st.SearchStrategy[str]] = {
    "yymmd0": DATES,
    "yymmdd": DATES,
    "yyyymmdd": st.dates().map(lambda date: f"{date.year:04d}{date:%m%d}"),
    "hhmi": st.times().map(lambda moment: f"{moment:%H%M}"),
    "hh": st.times().map(lambda moment: f"{moment:%H}"),
    "mi": st.times().map(lambda moment: f"{moment:%M}"),
    "ss": st.times().map(lambda moment: f"{moment:%S}"),
    "iso3166": st.sampled_from(sorted(code_list("iso3166"))),
    "iso3166999": st.just("999"),
    "iso3166alpha2": st.sampled_from(sorted(code_list("iso3166alpha2"))),
    "iso4217": st.sampled_from(sorted(code_list("iso4217"))),
    "iso5218": st.sampled_from("0129"),
    "packagetype": st.sampled_from(sorted(code_list("packagetype"))),
    "mediatype": st.sampled_from(["01", "10", "80", "99"]),
    "winding": st.sampled_from("019"),
    "yesno": st.sampled_from("01"),
    "zero": st.just("0"),
    "hyphen": st.just("-"),
    "importeridx": st.sampled_from("-09AZ_az"),
    "pieceoftotal": st.sampled_from(["0101", "0203", "9999"]),
    "posinseqslash": st.sampled_from(["1/1", "1/3", "9/9"]),
    "iban": st.sampled_from(["DE91100000000123456789", "BE71096123456769"]),
    "latitude": st.integers(0, 1_800_000_000).map("{:010d}".format),
    "longitude": st.integers(0, 3_600_000_000).map("{:010d}".format),
    "couponcode": st.just("095212312345615110123"),
    "couponposoffer": st.just("009521231234560123456"),
}


def component_values(component: Component) -> st.SearchStrategy[str]:
    """Right texts of one component."""
    for check in component.checks:
        if check in EXAMPLES:
            return EXAMPLES[check]
    shortest, longest = component.shortest, component.longest
    if "csumalpha" in component.checks:
        return st.text(SET_82, max_size=longest - 7).map(lambda text: f"9521{text}A").map(
            lambda body: body + gmn_check_pair(body)
        )  # fmt: skip
    if "csum" in component.checks:
        digits = st.text("0123456789", min_size=longest - 1, max_size=longest - 1)
        return digits.map(lambda body: body + mod10_digit(body))
    if any(check.startswith("gcppos") for check in component.checks):
        shortest = max(shortest, 5)
        texts = st.text(ALPHABETS[component.characters], min_size=shortest - 4, max_size=longest - 4)
        return texts.map("9521".__add__)
    texts = st.text(ALPHABETS[component.characters], min_size=shortest, max_size=longest)
    if "pcenc" in component.checks:
        return texts.map(lambda text: text.replace("%", "A"))
    if {"nonzero", "nozeroprefix"} & set(component.checks):
        return texts.map(lambda text: f"1{text[1:]}")
    return texts


@st.composite
def values(draw: st.DrawFn, entry: ApplicationIdentifier) -> str:
    """Right values of one identifier."""
    text = ""
    for component in entry.components:
        if component.optional and draw(st.booleans()):
            break
        text += draw(component_values(component))
    return text


@st.composite
def messages(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Elements with AIs of which each is there once."""
    ais = draw(st.lists(st.sampled_from([entry.ai for entry in TABLE]), min_size=1, max_size=6, unique=True))
    return [(ai, draw(values(TABLE.compiled[ai]))) for ai in ais]


@given(messages(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_elements_come_back_out_of_an_element_string(elements: list[tuple[str, str]], predefined_first: bool) -> None:
    try:
        raw = build_element_string(elements, predefined_first=predefined_first)
    except IdentifierError as error:
        assume(error.kind not in {"invalid_ai_pairs", "serial_not_present"})
        raise
    found = parse_element_string(raw, check_requisites=False)
    assert sorted(found.elements) == sorted(elements)
    assert predefined_first or found.elements == tuple(elements)
    again = parse_element_string(found.as_bracketed(), check_requisites=False)
    assert again.elements == found.elements
    assert again.as_raw() == raw
    scanned = parse_element_string(f"]C1{raw}", check_requisites=False)
    assert scanned.elements == found.elements
    assert parse_element_string(found.as_message(), check_requisites=False).elements == found.elements


@given(messages())
@settings(max_examples=200, deadline=None)
def test_the_quick_look_and_the_close_one_agree(elements: list[tuple[str, str]]) -> None:
    try:
        raw = build_element_string(elements)
    except IdentifierError as error:
        assume(error.kind not in {"invalid_ai_pairs", "serial_not_present"})
        raise
    quick = parse_element_string(raw, check_requisites=False)
    close = parse_element_string(raw, check_requisites=False, fnc1=["\x1d"])
    assert quick == close


@given(st.sampled_from([entry.ai for entry in TABLE if entry.link_key is not None]), st.data())
@settings(max_examples=200, deadline=None)
def test_elements_come_back_out_of_a_digital_link(key: str, data: st.DataObject) -> None:
    sequence = data.draw(st.sampled_from([path for path in TABLE.key_sequences if path[0] == key]))
    attributes = data.draw(
        st.lists(
            st.sampled_from([entry.ai for entry in TABLE if entry.link_attribute and entry.link_key is None]),
            max_size=4,
            unique=True,
        )
    )
    path = [(ai, data.draw(values(TABLE.compiled[ai]))) for ai in sequence]
    rest = [(ai, data.draw(values(TABLE.compiled[ai]))) for ai in attributes if ai not in sequence]
    try:
        link = build_digital_link([*path, *rest], stem="https://example.com/a/b", sort_attributes=True)
    except IdentifierError as error:
        assume(error.kind not in {"invalid_ai_pairs", "serial_not_present", "ai_is_not_valid_data_attribute"})
        raise
    found = parse_digital_link(link, check_requisites=False)
    assert sorted(found.elements) == sorted([*path, *rest])
    assert found.stem == "https://example.com/a/b"
    assert found.as_uri(stem="https://example.com/a/b", sort_attributes=True) == link


@st.composite
def link_messages(draw: st.DrawFn) -> str:
    """Digital Links with a key and up to four attributes, in any order."""
    key = draw(st.sampled_from([entry for entry in TABLE if entry.link_key is not None]))
    ais = draw(
        st.lists(st.sampled_from([entry.ai for entry in TABLE if entry.link_attribute]), max_size=4, unique=True)
    )
    elements = [(ai, draw(values(TABLE.compiled[ai]))) for ai in ais]
    try:
        return build_digital_link([(key.ai, draw(values(key))), *elements])
    except IdentifierError as error:
        assume(error.kind not in {"invalid_ai_pairs", "serial_not_present"})
        raise


@given(link_messages(), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_link_comes_back_out_of_its_compressed_form(link: str, optimised: bool, uncompressed_primary: bool) -> None:
    wanted = parse_digital_link(link, check_requisites=False)
    short = compress(link + "#top", optimised=optimised, uncompressed_primary=uncompressed_primary)
    assert short.endswith("#top")
    found = parse_digital_link(decompress(short), check_requisites=False)
    assert found.as_canonical() == wanted.as_canonical()
    assert found.fragment == "top"
    if short != link + "#top":
        assert could_be_digital_link(short.removesuffix("#top"))


@given(st.sampled_from(sorted(entry.ai for entry in TABLE)), st.data())
@settings(max_examples=200, deadline=None)
def test_every_identifier_comes_back_out_of_the_bits_behind_an_epc(ai: str, data: st.DataObject) -> None:
    assume(ai not in {"00", "21"})
    value = data.draw(values(TABLE.compiled[ai]))
    key = (("01", "09521141111116"), ("21", "102")) if ai != "01" else (("00", "095211411111111118"),)
    tag = encode_tag((*key, (ai, value)), scheme="SSCC+" if ai == "01" else "SGTIN+")
    again = decode_tag(tag.as_hex())
    assert again == tag
    assert again.elements == (*key, (ai, value))
