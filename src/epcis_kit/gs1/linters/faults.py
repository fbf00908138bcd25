"""What a content check answers when it finds something wrong, and how to say it to a person.

Takes nothing. Gives :class:`LintFault`, the one result type of every check in this package, and :func:`expectation`,
the phrase for an error message. A check answers ``None`` where the text is right.

The kinds are the lower-case names of the errors in the GS1 Barcode Syntax Tests (``incorrect_check_digit``,
``illegal_month``, …), so that a result can be compared with any other tool that follows them. They are stable:
programs may compare them.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LintFault", "expectation"]


class LintFault(NamedTuple):
    """One wrong place in the text that was checked.

    Attributes:
        kind: The stable word for what is wrong.
        start: Zero-based offset of the first wrong character in the checked text.
        end: Offset behind the last wrong character; equal to ``start`` where something is missing.
    """

    kind: str
    start: int
    end: int


_EXPECTED = {
    "non_digit_character": "digits 0 to 9 only",
    "invalid_cset82_character": "characters of GS1 set 82 only (digits, A-Z, a-z and !\"%&'()*+,-./:;<=>?_)",
    "invalid_cset39_character": "characters of GS1 set 39 only (digits, A-Z, #, - and /)",
    "invalid_cset64_character": "characters of GS1 set 64 only (digits, A-Z, a-z, - and _)",
    "invalid_cset64_padding": "one or two '=' that fill the last group of three, or none",
    "too_short_for_check_digit": "at least the check digit",
    "incorrect_check_digit": "the check digit that the digits before it give",
    "too_short_for_check_pair": "at least the two check characters",
    "too_long_for_check_pair_implementation": "at most 99 characters with the check pair",
    "incorrect_check_pair": "the check characters that the characters before them give",
    "too_short_for_gcp": "room for a GS1 Company Prefix of four digits",
    "invalid_gcp_prefix": "a GS1 Company Prefix, which begins with four digits",
    "date_too_short": "a whole date",
    "date_too_long": "nothing behind the date",
    "illegal_month": "a month from 01 to 12",
    "illegal_day": "a day that the month has",
    "hour_too_short": "two digits for the hour",
    "hour_too_long": "two digits for the hour",
    "illegal_hour": "an hour from 00 to 23",
    "hour_with_minute_too_short": "four digits for hour and minute",
    "hour_with_minute_too_long": "four digits for hour and minute",
    "minute_too_short": "two digits for the minute",
    "minute_too_long": "two digits for the minute",
    "illegal_minute": "a minute from 00 to 59",
    "second_too_short": "two digits for the second",
    "second_too_long": "two digits for the second",
    "illegal_second": "a second from 00 to 59",
    "not_iso3166": "a three-digit country code of ISO 3166-1",
    "not_iso3166_or_999": "a three-digit country code of ISO 3166-1, or 999",
    "not_iso3166_alpha2": "a two-letter country code of ISO 3166-1",
    "not_iso4217": "a three-digit currency code of ISO 4217",
    "invalid_biological_sex_code": "0, 1, 2 or 9 (ISO 5218)",
    "iban_too_short": "an IBAN of at least 11 characters",
    "iban_too_long": "an IBAN of at most 34 characters",
    "illegal_iban_country_code": "an IBAN that begins with a country code of ISO 3166-1",
    "invalid_iban_character": "digits and capital letters only, as an IBAN has",
    "incorrect_iban_checksum": "the IBAN check digits that the other characters give",
    "invalid_percent_sequence": "two hexadecimal digits behind each %",
    "not_zero_or_one": "0 or 1",
    "not_zero": "zeros only",
    "illegal_zero_value": "a value other than zero",
    "illegal_zero_prefix": "no leading zero",
    "requires_non_digit_character": "at least one character that is no digit",
    "not_hyphen": "hyphens only",
    "invalid_winding_direction": "0, 1 or 9 for the winding direction",
    "invalid_length_for_piece_of_total": "as many digits for the piece as for the total",
    "zero_piece_number": "a piece number from 1",
    "zero_total_pieces": "a total of at least 1",
    "piece_number_exceeds_total": "a piece number that is not above the total",
    "position_in_sequence_malformed": "a position and an end with one slash between them, such as 1/3",
    "position_exceeds_end": "a position that is not above the end",
    "latitude_invalid_length": "ten digits for the latitude",
    "invalid_latitude": "a latitude from 0000000000 to 1800000000",
    "longitude_invalid_length": "ten digits for the longitude",
    "invalid_longitude": "a longitude from 0000000000 to 3600000000",
    "invalid_media_type": "an AIDC media type from 01 to 10 or from 80 to 99",
    "invalid_package_type": "a package type code of UN/ECE Recommendation 21 or of GS1",
    "importer_idx_must_be_one_character": "one character for the importer index",
    "invalid_import_idx_character": "a digit, a letter, - or _ for the importer index",
}


def expectation(kind: str) -> str:
    """What would have been right where a fault of this ``kind`` was found, as a phrase for an error message."""
    phrase = _EXPECTED.get(kind)
    if phrase is not None:
        return phrase
    if kind.startswith("coupon_"):
        return f"coupon data without the fault '{kind.removeprefix('coupon_').replace('_', ' ')}'"
    return "well-formed content"
