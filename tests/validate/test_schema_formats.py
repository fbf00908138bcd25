"""The two formats answer as jsonschema-rs does, on made-up texts and on every edge of the grammars."""

from __future__ import annotations

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.validate.schema_formats import is_date_time, is_uri

URI = jsonschema_rs.Draft202012Validator({"format": "uri"}, validate_formats=True)
MOMENT = jsonschema_rs.Draft202012Validator({"format": "date-time"}, validate_formats=True)

PIECES = (
    "http://", "a:", "urn:epc", "//", "[", "]", "::1", "1:2:3:4:5:6:7:8", "1.2.3.4", "01.2.3.4", "%41", "%4", "@", ":",
    "80", "/", "?", "#", "é", " ", "v1.a", "x", "\n", "|", "'", "~", "\x00", "%25eth0",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2024-03-05T09:30:00Z", True),
        ("2024-03-05t09:30:00.123456789012z", True),
        ("2024-03-05T09:30:00-00:00", True),
        ("2024-03-05T09:30:00+23:59", True),
        ("2024-03-05T09:30:00+24:00", False),
        ("2024-03-05T09:30:00", False),
        ("2024-03-05 09:30:00Z", False),
        ("2024-03-05T24:00:00Z", False),
        ("2024-03-05T09:30:00Z\n", False),
        ("２024-03-05T09:30:00Z", False),
        ("2024-02-29T00:00:00Z", True),
        ("2023-02-29T00:00:00Z", False),
        ("1900-02-29T00:00:00Z", False),
        ("0000-02-29T00:00:00Z", True),
        ("2016-12-31T23:59:60Z", True),
        ("2017-01-01T00:59:60+01:00", True),
        ("2016-12-31T22:59:60.5-01:00", True),
        ("2016-12-31T23:59:60+01:00", False),
        ("2016-12-31T12:00:60Z", False),
        ("2016-12-31T23:59:61Z", False),
    ],
)
def test_dates_and_times(text: str, right: bool) -> None:
    assert is_date_time(text) is right
    assert MOMENT.is_valid(text) is right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("a:", True),
        ("example:note", True),
        ("urn:epc:id:sgtin:9521234.000001.1", True),
        ("https://id.gs1.org/01/09521234000013?x=1#y", True),
        ("http://[1:2:3:4:5:6:7::]:80/", True),
        ("http://[v1.x]", True),
        ("http://[::1%25eth0]/", False),
        ("http://[1.2.3.4]/", False),
        ("http://a:8x", False),
        ("a:%4", False),
        ("a:b c", False),
        ("a:b#c#d", False),
        ("a:é", False),
        ("bogus", False),
        ("@bogus", False),
        ("", False),
        ("a:b\n", False),
    ],
)
def test_uris(text: str, right: bool) -> None:
    assert is_uri(text) is right
    assert URI.is_valid(text) is right


def test_what_is_no_text_passes() -> None:
    assert is_uri(7)
    assert is_date_time(None)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=7).map("".join))
def test_uris_as_jsonschema_rs_sees_them(text: str) -> None:
    assert is_uri(text) == URI.is_valid(text)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["0000", "1900", "2000", "2023", "9999"]), st.integers(0, 13), st.integers(0, 32),
    st.integers(0, 24), st.sampled_from([0, 29, 30, 59, 60]), st.sampled_from([0, 59, 60, 61]),
    st.sampled_from(["", ".", ".5"]),
    st.sampled_from(["Z", "z", "", "+00:00", "-00:59", "+23:59", "+14:60", "-24:00", "+5:00"]),
)  # fmt: skip
def test_times_as_jsonschema_rs_sees_them(  # noqa: PLR0917 - the parts of a time
    year: str, month: int, day: int, hour: int, minute: int, second: int, part: str, zone: str
) -> None:
    text = f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{part}{zone}"
    assert is_date_time(text) == MOMENT.is_valid(text)


def test_a_long_text_takes_linear_time() -> None:
    assert is_uri("a:" + "b" * 2_000_000)
    assert not is_uri("a:" + "%41" * 500_000 + "%")
    assert not is_uri("http://" + "a@" * 500_000)
