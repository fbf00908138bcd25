"""Content checks: one right and one wrong text each, the place of the fault, and that none is slow or raises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.gs1.application_identifiers import default_table
from epcis_kit.gs1.linters import LINTERS, LintFault, expectation, lint
from epcis_kit.gs1.linters.code_lists import code_list

if TYPE_CHECKING:
    from pathlib import Path

CASES = [
    ("csetnumeric", "0123456789", "12a4", ("non_digit_character", 2, 3)),
    ("csetnumeric", "", "12\u0663", ("non_digit_character", 2, 3)),
    ("cset82", "Ab-9/x%&!\"'()*+,.:;<=>?_", "AB C", ("invalid_cset82_character", 2, 3)),
    ("cset39", "A#-/0Z", "Ab", ("invalid_cset39_character", 1, 2)),
    ("cset64", "ab-_9=", "ab==", ("invalid_cset64_padding", 2, 4)),
    ("cset64", "AB", "A+B", ("invalid_cset64_character", 1, 2)),
    ("csum", "09521234543213", "09521234543214", ("incorrect_check_digit", 13, 14)),
    ("csum", "0", "", ("too_short_for_check_digit", 0, 0)),
    ("csumalpha", "1987654Ad4X4bL5ttr2310c2K", "1987654Ad4X4bL5ttr2310c2X", ("incorrect_check_pair", 23, 25)),
    ("csumalpha", "22", "2", ("too_short_for_check_pair", 0, 1)),
    ("csumalpha", "22", "1" * 100, ("too_long_for_check_pair_implementation", 0, 100)),
    ("gcppos1", "9521A", "952A1", ("invalid_gcp_prefix", 3, 4)),
    ("gcppos1", "9521", "952", ("too_short_for_gcp", 0, 3)),
    ("gcppos2", "19521A", "1952A", ("invalid_gcp_prefix", 4, 5)),
    ("yymmd0", "280200", "270229", ("illegal_day", 4, 6)),
    ("yymmd0", "000229", "201301", ("illegal_month", 2, 4)),
    ("yymmdd", "280229", "280200", ("illegal_day", 4, 6)),
    ("yymmdd", "991231", "99123", ("date_too_short", 0, 5)),
    ("yymmdd", "991231", "9912311", ("date_too_long", 0, 7)),
    ("yymmdd", "991231", "99123x", ("non_digit_character", 5, 6)),
    ("yyyymmdd", "20000229", "19000229", ("illegal_day", 6, 8)),
    ("yyyymmd0", "19000200", "19000299", ("illegal_day", 6, 8)),
    ("hh", "23", "24", ("illegal_hour", 0, 2)),
    ("hh", "00", "1", ("hour_too_short", 0, 1)),
    ("hh", "00", "111", ("hour_too_long", 0, 3)),
    ("hhmi", "2359", "2360", ("illegal_minute", 2, 4)),
    ("hhmi", "0000", "2400", ("illegal_hour", 0, 2)),
    ("hhmi", "0000", "235", ("hour_with_minute_too_short", 0, 3)),
    ("hhmi", "0000", "23595", ("hour_with_minute_too_long", 0, 5)),
    ("mi", "59", "60", ("illegal_minute", 0, 2)),
    ("ss", "59", "60", ("illegal_second", 0, 2)),
    ("ss", "59", "6", ("second_too_short", 0, 1)),
    ("iso3166", "528", "529", ("not_iso3166", 0, 3)),
    ("iso3166999", "999", "998", ("not_iso3166_or_999", 0, 3)),
    ("iso3166list", "528056", "528057", ("not_iso3166", 3, 6)),
    ("iso3166list", "528", "52", ("not_iso3166", 0, 2)),
    ("iso3166alpha2", "NL", "nl", ("not_iso3166_alpha2", 0, 2)),
    ("iso4217", "978", "000", ("not_iso4217", 0, 3)),
    ("iso5218", "9", "3", ("invalid_biological_sex_code", 0, 1)),
    ("iban", "DE91100000000123456789", "DE91100000000123456780", ("incorrect_iban_checksum", 2, 4)),
    ("iban", "BE71096123456769", "BE71", ("iban_too_short", 0, 4)),
    ("iban", "BE71096123456769", "X" * 35, ("iban_too_long", 0, 35)),
    ("iban", "BE71096123456769", "XX361234567890", ("illegal_iban_country_code", 0, 2)),
    ("iban", "BE71096123456769", "BE71a96123456769", ("invalid_iban_character", 4, 5)),
    ("pcenc", "A%20B", "A%2", ("invalid_percent_sequence", 1, 3)),
    ("yesno", "1", "2", ("not_zero_or_one", 0, 1)),
    ("zero", "0", "1", ("not_zero", 0, 1)),
    ("nonzero", "0010", "0000", ("illegal_zero_value", 0, 4)),
    ("nozeroprefix", "0", "01", ("illegal_zero_prefix", 0, 1)),
    ("hasnondigit", "1A", "11", ("requires_non_digit_character", 0, 2)),
    ("hyphen", "-", "0", ("not_hyphen", 0, 1)),
    ("winding", "9", "2", ("invalid_winding_direction", 0, 1)),
    ("pieceoftotal", "0203", "0302", ("piece_number_exceeds_total", 0, 4)),
    ("pieceoftotal", "0203", "0002", ("zero_piece_number", 0, 2)),
    ("pieceoftotal", "0203", "0200", ("zero_total_pieces", 2, 4)),
    ("pieceoftotal", "0203", "020", ("invalid_length_for_piece_of_total", 0, 3)),
    ("posinseqslash", "9/10", "10/9", ("position_exceeds_end", 0, 4)),
    ("posinseqslash", "1/3", "1/03", ("illegal_zero_prefix", 2, 4)),
    ("posinseqslash", "1/3", "1-3", ("position_in_sequence_malformed", 0, 3)),
    ("latitude", "1800000000", "1800000001", ("invalid_latitude", 0, 10)),
    ("longitude", "3600000000", "3600000001", ("invalid_longitude", 0, 10)),
    ("longitude", "3600000000", "360000000", ("longitude_invalid_length", 0, 9)),
    ("mediatype", "10", "11", ("invalid_media_type", 0, 2)),
    ("packagetype", "PX", "00", ("invalid_package_type", 0, 2)),
    ("importeridx", "_", "=", ("invalid_import_idx_character", 0, 1)),
    ("importeridx", "A", "AB", ("importer_idx_must_be_one_character", 0, 2)),
    ("couponcode", "0952123123456110110123", "7952123", ("coupon_invalid_gcp_length", 0, 1)),
    ("couponposoffer", "009521231234560123456", "209521231234560123456", ("coupon_invalid_format_code", 0, 1)),
    ("couponposoffer", "009521231234560123456", "0095212312345601234567", ("coupon_excess_data", 21, 22)),
]


@pytest.mark.parametrize(("name", "right", "wrong", "fault"), CASES)
def test_a_check_tells_right_from_wrong(name: str, right: str, wrong: str, fault: tuple[str, int, int]) -> None:
    if name != "couponcode":
        assert lint(name, right) is None
    assert lint(name, wrong) == LintFault(*fault)


def test_every_check_that_the_table_names_is_there() -> None:
    used = {check for entry in default_table() for component in entry.components for check in component.checks}
    assert len(used) == 34
    assert used <= LINTERS.keys()


COUPON = "0" + "952123" + "123456" + "1" + "5" + "1" + "1" + "0" + "123"


@pytest.mark.parametrize(
    "options",
    [
        "",
        "1" + "0" + "1" + "1" + "0" + "123" + "9",
        "1" + "3" + "2" + "11" + "9" + "123" + "0" + "952123",
        "2" + "1" + "1" + "4" + "123" + "6" + "952123123456",
        "3" + "271231",
        "3" + "271231" + "4" + "270101",
        "5" + "0" + "123456",
        "6" + "1" + "9521231",
        "9" + "0" + "0" + "0" + "1",
    ],
)
def test_a_coupon_has_its_optional_fields_in_order(options: str) -> None:
    assert lint("couponcode", COUPON + options) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ("coupon_missing_gcp_vli", 0, 0)),
        ("0952", ("coupon_truncated_gcp", 1, 4)),
        (COUPON[:-3], ("coupon_truncated_1st_purchase_family_code", 0, 18)),
        (COUPON + "3270101" + "4271231", ("coupon_expiration_before_start", 21, 35)),
        (COUPON + "3271301", ("coupon_invalid_exipiration_date", 22, 28)),
        (COUPON + "5", ("coupon_missing_serial_number_vli", 0, 22)),
        (COUPON + "7", ("coupon_excess_data", 21, 22)),
        (COUPON + "93", ("coupon_invalid_save_value_code", 22, 23)),
        (COUPON + "x", ("non_digit_character", 21, 22)),
    ],
)
def test_a_wrong_coupon_names_its_field(text: str, fault: tuple[str, int, int]) -> None:
    assert lint("couponcode", text) == LintFault(*fault)


def test_an_expectation_is_a_phrase_for_every_kind() -> None:
    assert expectation("illegal_day") == "a day that the month has"
    assert expectation("coupon_missing_gcp_vli") == "coupon data without the fault 'missing gcp vli'"
    assert expectation("anything else") == "well-formed content"
    kinds = {fault[0] for _, _, _, fault in CASES if not fault[0].startswith("coupon_")}
    assert {kind for kind in kinds if expectation(kind) == "well-formed content"} == set()


def test_the_code_lists_have_what_their_heads_say() -> None:
    assert len(code_list("iso3166")) == len(code_list("iso3166alpha2")) == 249
    assert len(code_list("iso4217")) == 178
    assert len(code_list("packagetype")) == 431
    assert code_list("iso3166")["528"] == "NL"
    assert code_list("iso3166alpha2")["NL"] == "528"
    assert code_list("iso4217")["978"] == "EUR"


@given(st.sampled_from(sorted(LINTERS)), st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_check_raises_and_every_fault_lies_in_the_text(name: str, text: str) -> None:
    fault = lint(name, text)
    if fault is not None:
        assert 0 <= fault.start <= fault.end <= len(text)


@pytest.mark.parametrize("name", sorted(LINTERS))
@pytest.mark.parametrize("character", ["0", "A", "%", "=", "-", "/", "\u0663"])
def test_every_check_ends_on_a_long_text(name: str, character: str) -> None:
    text = character * 200_000
    lint(name, text)


@pytest.mark.conformance
def test_the_published_test_texts(shared: Path) -> None:
    wrong = []
    lines = (shared / "vectors" / "identifiers" / "linters.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        fault = lint(row["linter"], row["value"])
        expected = None if row["ok"] else LintFault(row["error"], *row["error_span"])
        if fault != expected:
            wrong.append((row["id"], fault, expected))
    assert wrong == []
    assert len(lines) > 2000
