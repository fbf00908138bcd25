"""Element strings: three spellings in, exact answers out; strict raises, lenient keeps and reports."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.element_strings import ElementString, build_element_string, parse_element_string

GS = "\x1d"
GTIN = ("01", "09521234543213")
MESSAGE = (GTIN, ("17", "271231"), ("10", "ABC123"), ("21", "S-1"))


@pytest.mark.parametrize(
    ("text", "form", "symbology"),
    [
        ("(01)09521234543213(17)271231(10)ABC123(21)S-1", "bracketed", None),
        ("01095212345432131727123110ABC123\x1d21S-1", "raw", None),
        ("^01095212345432131727123110ABC123^21S-1", "raw", None),
        ("^01095212345432131727123110ABC123^21S-1^", "raw", None),
        ("\x1d010952123454321317271231\x1d10ABC123\x1d21S-1", "raw", None),
        ("]C101095212345432131727123110ABC123\x1d21S-1", "scan", "]C1"),
        ("]d201095212345432131727123110ABC123\x1d21S-1", "scan", "]d2"),
        ("]Q301095212345432131727123110ABC123\x1d21S-1", "scan", "]Q3"),
        ("]e001095212345432131727123110ABC123\x1d21S-1", "scan", "]e0"),
        ("]J101095212345432131727123110ABC123\x1d21S-1\x1d", "scan", "]J1"),
    ],
)
def test_every_spelling_gives_the_same_elements(text: str, form: str, symbology: str | None) -> None:
    found = parse_element_string(text)
    assert (found.elements, found.form, found.symbology, found.errors) == (MESSAGE, form, symbology, ())
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "fnc1"),
    [
        ("01095212345432131727123110ABC123#21S-1", "#"),
        ("01095212345432131727123110ABC123{GS}21S-1", ["{GS}"]),
        ("{FNC1}01095212345432131727123110ABC123{FNC1}21S-1", ["{FNC1}", GS]),
        ("]C101095212345432131727123110ABC123^21S-1", ["^"]),
        ("01095212345432131727123110ABC123|21S-1", "|"),
    ],
)
def test_a_scanner_may_send_something_else_for_fnc1(text: str, fnc1: str | list[str]) -> None:
    assert parse_element_string(text, fnc1=fnc1).elements == MESSAGE


def test_every_form_comes_back() -> None:
    found = parse_element_string("(01)09521234543213(17)271231(10)AB\\(C(21)S-1")
    assert found.elements[2] == ("10", "AB(C")
    assert found.as_raw() == "01095212345432131727123110AB(C\x1d21S-1"
    assert found.as_raw(fnc1="^") == "01095212345432131727123110AB(C^21S-1"
    assert found.as_message() == "^01095212345432131727123110AB(C^21S-1"
    assert found.as_bracketed() == str(found) == "(01)09521234543213(17)271231(10)AB\\(C(21)S-1"
    assert found.as_hri() == ("(01) 09521234543213", "(17) 271231", "(10) AB(C", "(21) S-1")
    assert found.as_hri(titles=True)[1:3] == ("USE BY or EXPIRY (17) 271231", "BATCH/LOT (10) AB(C")
    assert (found.get("10"), found.get("11")) == ("AB(C", None)


def test_an_equal_text_gives_an_equal_value() -> None:
    text = "(01)09521234543213(10)A"
    assert parse_element_string(text) == parse_element_string(text)
    assert hash(parse_element_string(text)) == hash(parse_element_string(text))
    assert parse_element_string(text) == ElementString((GTIN, ("10", "A")), text, "bracketed")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("^0109521234543213|^99ABC", "^0109521234543213|^99ABC"),
        ("(01)09521234543213|(99)ABC", "^0109521234543213|^99ABC"),
    ],
)
def test_a_composite_component_is_kept_apart(text: str, message: str) -> None:
    found = parse_element_string(text)
    assert found.elements == (GTIN, ("99", "ABC"))
    assert found.marked_elements == (GTIN, ("|", ""), ("99", "ABC"))
    assert found.composite_at == 1
    assert found.as_message() == message
    assert found.as_bracketed() == "(01)09521234543213|(99)ABC"


def test_retail_symbols_have_digits_and_perhaps_a_composite_component() -> None:
    found = parse_element_string("]E09521234543213|]e099ABC\x1d98X")
    assert (found.primary, found.elements, found.form) == ("9521234543213", (("99", "ABC"), ("98", "X")), "scan")
    assert found.as_message() == "9521234543213|^99ABC^98X"
    plain = parse_element_string("]E495212340")
    assert (plain.primary, plain.elements, plain.form) == ("95212340", (), "plain")
    assert plain.as_message() == "95212340"


def test_a_plain_symbol_may_hold_a_digital_link() -> None:
    found = parse_element_string("]Q1https://example.com/01/09521234543213?17=271231")
    assert (found.form, found.elements) == ("digital_link", (GTIN, ("17", "271231")))
    assert parse_element_string("]Q1anything").form == "plain"


ERRORS = [
    ("", "ai_data_empty", None, 0, "expected application identifiers and values, got nothing"),
    ("(01)09521234543214", "incorrect_check_digit", "01", 17, "expected check digit 3, got '4' in (01)"),
    ("^0109521234543214", "incorrect_check_digit", "01", 16, "expected check digit 3, got '4' in (01)"),
    ("]C10109521234543214", "incorrect_check_digit", "01", 18, "expected check digit 3, got '4' in (01)"),
    ("(8003)00952123454321\\(", "incorrect_check_digit", "8003", 19, "expected check digit 4, got '1' in (8003)"),
    ("(01)0952123454321", "ai_value_is_too_short", "01", 17, "expected 14 characters in (01), got 13"),
    ("(01)095212345432133", "ai_value_is_too_long", "01", 18, "expected 14 characters in (01), got 15"),
    ("^010952123454321", "ai_data_has_incorrect_length", "01", 3, "expected 14 characters in (01), got 13"),
    (
        "(10)ABCDEFGHIJKLMNOPQRSTU",
        "ai_value_is_too_long",
        "10",
        24,
        "expected 1 to 20 characters in (10), format X..20, got 21",
    ),
    ("(01)0952123454321A", "non_digit_character", "01", 17, "expected digits 0 to 9 only, got 'A' in (01)"),
    ("(01)0952123454321\u0663", "non_digit_character", "01", 17, "expected digits 0 to 9 only, got '\u0663' in (01)"),
    ("(89)X", "ai_unrecognised", "89", 1, "expected an application identifier of the table, got '89'"),
    (
        "(\u0660\u0661)X",
        "ai_unrecognised",
        None,
        1,
        "expected an application identifier of the table, got '\u0660\u0661'",
    ),
    ("^89X", "no_ai_for_prefix", None, 1, "expected an application identifier, got '89X'"),
    ("^8299ABC", "no_ai_for_prefix", "8299", 1, "expected an application identifier, got '8299'"),
    ("^^01", "no_ai_for_prefix", None, 1, "expected an application identifier, got another FNC1"),
    ("hello", "no_ai_for_prefix", None, 0, "expected an application identifier, got 'hell'"),
    ("(10)", "ai_parse_failed", "10", 4, "expected a value behind (10), got nothing"),
    ("(10", "ai_parse_failed", None, 0, "expected a closing bracket behind the application identifier, got none"),
    ("(01)09521234543213(10)A\tB", "invalid_cset82_character", "10", 23, None),
    ("(10)A^B", "ai_contains_illegal_carat_character", "10", 5, None),
    ("(17)271331", "illegal_month", "17", 6, "expected a month from 01 to 12, got '13' in (17)"),
    ("(17)270229", "illegal_day", "17", 8, "expected a day that the month has, got '29' in (17)"),
    ("(01)09521234543213(4300)\\(%2", "invalid_percent_sequence", "4300", 26, None),
    ("]C1", "ai_data_empty", None, 3, "expected application identifiers, got nothing"),
    ("]C1^01", "scan_data_contains_illegal_carat_character", None, 3, None),
    ("]A0123", "unsupported_symbology_identifier", None, 0, None),
    ("]E0123", "primary_scan_data_is_too_short", None, 3, "expected 13 digits, got 3"),
    ("]E095212345432131", "primary_message_is_too_long", None, 3, "expected 13 digits, got 14"),
    ("]E495A12346", "primary_message_may_only_contain_digits", None, 3, "expected 8 digits, got '95A12346'"),
    ("]E495212347", "primary_message_check_digit_is_incorrect", None, 3, "expected check digit 0, got 7"),
    ("]Q1https://example.com/01/0952123454321", "ai_value_is_too_short", "01", 39, None),
    ("^0109521234543213|99A", "missing_fnc1_in_first_position", None, 18, None),
    ("(10)A", "required_ais_not_satisfied", "10", None, "expected 01, 02, 03, 8006 or 8026 beside (10), got (10)"),
    (
        "(01)09521234543213(250)A",
        "required_ais_not_satisfied",
        "250",
        None,
        "expected 21 beside (250), got (01) (250)",
    ),
    ("(01)09521234543213(37)1", "invalid_ai_pairs", "01", None, "expected no (37) beside (01), got (01) (37)"),
    (
        "(3940)1234(3941)9999",
        "invalid_ai_pairs",
        "3940",
        None,
        "expected no (3941) beside (3940), got (3940) (3941)",
    ),
    (
        "(400)A(400)B",
        "instances_of_ai_have_different_values",
        "400",
        None,
        "expected one value of (400), got several",
    ),
    (
        "(253)9521234543213(8030)A",
        "serial_not_present",
        "253",
        None,
        ("expected a serial component in (253), because a digital signature (8030) stands beside it, got (253) (8030)"),
    ),
]


@pytest.mark.parametrize(("text", "kind", "ai", "position", "reason"), ERRORS)
def test_strict_reading_names_kind_place_and_reason(
    text: str, kind: str, ai: str | None, position: int | None, reason: str | None
) -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_element_string(text)
    error = caught.value
    assert (error.kind, error.ai, error.position, error.value) == (kind, ai, position, text)
    if reason is not None:
        assert str(error) == f"Cannot read element string {text!r}: {reason}."


@pytest.mark.parametrize(("text", "kind"), [(text, kind) for text, kind, *_ in ERRORS])
def test_lenient_reading_reports_the_same_without_raising(text: str, kind: str) -> None:
    assert kind in {error.kind for error in parse_element_string(text, lenient=True).errors}


def test_lenient_reading_keeps_the_good_elements() -> None:
    found = parse_element_string("(01)09521234543214(10)ABC(17)271301(89)X(21)S", lenient=True)
    assert found.elements == (("10", "ABC"), ("21", "S"))
    assert found.refused == (("01", "(01)09521234543214"), ("17", "(17)271301"), ("89", "(89)X"))
    assert [(error.kind, error.ai) for error in found.errors] == [
        ("incorrect_check_digit", "01"),
        ("illegal_month", "17"),
        ("ai_unrecognised", "89"),
    ]


def test_lenient_reading_reports_every_broken_rule() -> None:
    found = parse_element_string("(01)09521234543213(37)1(12)271231", lenient=True)
    assert [(error.kind, error.ai) for error in found.errors] == [
        ("invalid_ai_pairs", "01"),
        ("required_ais_not_satisfied", "12"),
        ("required_ais_not_satisfied", "37"),
        ("required_ais_not_satisfied", "37"),
    ]


def test_a_lost_fnc1_is_diagnosed() -> None:
    text = "010952123454321310ABC12345678901217271231"
    with pytest.raises(IdentifierError) as caught:
        parse_element_string(text)
    assert caught.value.kind == "ai_data_is_too_long"
    assert str(caught.value) == (
        f"Cannot read element string {text!r}: expected 1 to 20 characters in (10), format X..20 "
        "(an FNC1 is probably lost; likely (10)ABC123456789012 (17)271231), got 23."
    )
    found = parse_element_string(text, lenient=True)
    assert found.elements == (GTIN,)
    assert found.likely == (GTIN, ("10", "ABC123456789012"), ("17", "271231"))


def test_a_need_that_hides_behind_a_lost_fnc1_is_diagnosed() -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_element_string("10AB0109521234543213")
    assert caught.value.kind == "required_ais_not_satisfied"
    assert caught.value.reason == (
        "expected 01, 02, 03, 8006 or 8026 beside (10) "
        "(an FNC1 is probably lost; likely (10)AB (01)09521234543213), got (10)"
    )
    found = parse_element_string("10AB0109521234543213", lenient=True)
    assert found.elements == (("10", "AB0109521234543213"),)
    assert found.likely == (("10", "AB"), GTIN)


def test_options_let_more_through() -> None:
    assert parse_element_string("(10)A", check_requisites=False).elements == (("10", "A"),)
    assert parse_element_string("(89)A(99)B", unknown_ais=True).elements == (("89", "A"), ("99", "B"))
    assert parse_element_string("^236A^99B", unknown_ais=True).elements == (("236", "A"), ("99", "B"))
    with pytest.raises(IdentifierError):
        parse_element_string("^89A", unknown_ais=True)


def test_building_puts_fnc1_where_one_is_needed() -> None:
    assert build_element_string(MESSAGE) == "01095212345432131727123110ABC123\x1d21S-1"
    shuffled = (MESSAGE[2], MESSAGE[0], MESSAGE[3], MESSAGE[1])
    assert build_element_string(shuffled) == "10ABC123\x1d010952123454321321S-1\x1d17271231"
    assert build_element_string(shuffled, predefined_first=True) == "01095212345432131727123110ABC123\x1d21S-1"
    assert build_element_string(MESSAGE[:1], leading=True, fnc1="^") == "^0109521234543213"


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ([], "Cannot build element string '': expected at least one element, got none."),
        ([("89", "X")], "Cannot build element string '(89)X': expected an AI of the table, got '89'."),
        (
            [GTIN, ("10", "A B")],
            (
                "Cannot build element string '(01)09521234543213(10)A B': expected characters of GS1 set 82 only "
                "(digits, A-Z, a-z and !\"%&'()*+,-./:;<=>?_), got ' ' in (10)."
            ),
        ),
        (
            [GTIN, ("37", "1")],
            "Cannot build element string '(01)09521234543213(37)1': expected no (37) beside (01), got (01) (37).",
        ),
    ],
)
def test_building_refuses_what_would_not_be_read(elements: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        build_element_string(elements)
    assert str(caught.value) == message


ALPHABET = st.text("01278349ABab()\\^|%] \x1d\u0663", max_size=60)


@given(st.one_of(ALPHABET, ALPHABET.map("(01)09521234543213".__add__), ALPHABET.map("^0109521234543213".__add__)))
@settings(max_examples=200, deadline=None)
def test_lenient_reading_never_raises_and_strict_agrees_with_it(text: str) -> None:
    found = parse_element_string(text, lenient=True)
    if found.errors:
        with pytest.raises(IdentifierError) as caught:
            parse_element_string(text)
        assert caught.value.kind in {fault.kind for fault in found.errors}
    else:
        assert (found.elements, found.refused) == (parse_element_string(text).elements, ())


@given(st.text("01234789ABab%\x1d", max_size=60))
@settings(max_examples=200, deadline=None)
def test_every_character_of_a_raw_text_is_represented_or_reported(text: str) -> None:
    found = parse_element_string(text, lenient=True)
    seen = Counter("".join(ai + value for ai, value in found.elements) + "".join(part for _, part in found.refused))
    given_ = Counter(text)
    del seen[GS], given_[GS]
    assert seen == given_


@given(st.text("0128AB()\\", max_size=60))
@settings(max_examples=200, deadline=None)
def test_every_character_of_a_bracketed_text_is_represented_or_reported(text: str) -> None:
    whole = "(10)A" + text
    found = parse_element_string(whole, lenient=True)
    good = "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in found.elements)
    assert Counter(good + "".join(part for _, part in found.refused)) == Counter(whole)


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("unit", ["(", ")", "\\(", "(10)A", "10", "\x1d", "99A\x1d", "(01", "|(", "]C1", "\u0663", "a"])
@pytest.mark.parametrize("size", [8_000, 10_000_000])
def test_a_hostile_text_ends_soon(unit: str, size: int, lenient: bool) -> None:
    text = (unit * (size // len(unit) + 1))[:size]
    if lenient:
        parse_element_string(text, lenient=True)
    else:
        with pytest.raises(IdentifierError) as caught:
            parse_element_string(text)
        assert len(str(caught.value)) < 1000


def test_a_text_that_no_carrier_holds_is_refused() -> None:
    with pytest.raises(IdentifierError) as caught:
        parse_element_string("(10)" + "A" * 9000)
    assert (caught.value.kind, caught.value.reason) == ("too_long", "expected at most 8191 characters, got 9004")
    many = "".join(f"(99){number}" for number in range(70))
    with pytest.raises(IdentifierError) as caught:
        parse_element_string(many)
    assert caught.value.kind == "too_many_ais"
