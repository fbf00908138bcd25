"""Times keep their text and compare as instants with their whole fraction."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epcis_kit.model import Timestamp


def test_text_is_kept_and_the_instant_is_microseconds_since_1970() -> None:
    moment = Timestamp.parse("2024-03-01T09:00:00.120+01:00")
    assert moment.text == "2024-03-01T09:00:00.120+01:00"
    assert moment.epoch_us == 1_709_280_000_120_000
    assert moment.rest == ""
    assert moment.offset == "+01:00"
    assert moment.as_utc() == "2024-03-01T08:00:00.120Z"


def test_the_same_instant_in_two_zones_is_equal() -> None:
    assert Timestamp.parse("2024-03-01T12:00:00+01:00") == Timestamp.parse("2024-03-01T11:00:00.000Z")
    assert hash(Timestamp.parse("2024-03-01T12:00:00+01:00")) == hash(Timestamp.parse("2024-03-01T11:00:00.000Z"))


def test_digits_beyond_microseconds_break_ties() -> None:
    early = Timestamp.parse("2024-03-01T12:00:00.12345678901234567890Z")
    late = Timestamp.parse("2024-03-01T12:00:00.123456789012345678901Z")
    assert early.epoch_us == late.epoch_us
    assert early < late
    assert early != late
    assert early.rest == "7890123456789"
    assert late.as_utc() == "2024-03-01T12:00:00.123456789012345678901Z"


def test_times_before_1970() -> None:
    moment = Timestamp.parse("1969-12-31T23:59:59.5Z")
    assert moment.epoch_us == -500_000
    assert moment.as_utc() == "1969-12-31T23:59:59.500Z"


FORM = "YYYY-MM-DDThh:mm:ss with an optional fraction and a zone."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "2024-01-01 10:00:00",
            "Cannot read time '2024-01-01 10:00:00': expected " + FORM,
        ),
        (
            "1666400400000",
            "Cannot read time '1666400400000': expected " + FORM,
        ),
        (
            "2024-01-01T10:00:00",
            "Cannot read time '2024-01-01T10:00:00': expected a zone at the end, Z or ±hh:mm, got none.",
        ),
        (
            "2024-01-01T10:00:00+15:00",
            "Cannot read time '2024-01-01T10:00:00+15:00': expected an offset from -14:00 to +14:00, got '+15:00'.",
        ),
        (
            "2024-01-01T10:00:00z",
            "Cannot read time '2024-01-01T10:00:00z': expected " + FORM,
        ),
        (
            "２０２４-01-01T10:00:00Z",
            "Cannot read time '２０２４-01-01T10:00:00Z': expected " + FORM,
        ),
    ],
)
def test_other_forms_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="Cannot read time") as caught:
        Timestamp.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30T10:00:00Z",
        "2024-13-01T10:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "2024-01-01T10:00:00+14:01",
        "2024-01-01T10:00:00-24:00",
    ],
)
def test_times_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Cannot read time '.*': expected "):
        Timestamp.parse(text)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("9999-12-31T09:59:59.999999999-14:00", "9999-12-31T23:59:59-14:00"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01"),
        ("0001-01-01T14:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01"),
    ],
)
def test_every_time_that_is_taken_has_a_day_in_utc(inside: str, outside: str) -> None:
    for _ in range(2):  # the second time from what is remembered of the first
        time = Timestamp.parse(inside)
        assert Timestamp.parse(time.as_utc()) == time
        assert time.as_datetime().isoformat(timespec="seconds")[:19] == inside[:19]
        with pytest.raises(ValueError, match=r"^Cannot read time '.*': expected ") as caught:
            Timestamp.parse(outside)
        assert str(caught.value) == f"Cannot read time {outside!r}: expected a time of the years 1 to 9999 in UTC."


def test_a_zone_less_time_takes_the_offset_it_is_given() -> None:
    assert Timestamp.parse("2024-01-01T10:00:00", naive="+02:00").as_utc() == "2024-01-01T08:00:00.000Z"
    assert Timestamp.parse("2024-01-01T10:00:00Z", naive="+02:00").as_utc() == "2024-01-01T10:00:00.000Z"


def test_an_endless_fraction_is_refused_with_a_short_message() -> None:
    with pytest.raises(ValueError, match="at most 256 characters") as caught:
        Timestamp.parse("2024-01-01T10:00:00." + "1" * 1_000_000 + "Z")
    assert len(str(caught.value)) < 400


def test_nothing_can_be_changed() -> None:
    moment = Timestamp.parse("2024-01-01T10:00:00Z")
    with pytest.raises(AttributeError, match="a Timestamp cannot be changed: text"):
        moment.text = "x"
    assert pickle.loads(pickle.dumps(moment)) == copy.deepcopy(moment) == moment


@given(
    st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)),  # noqa: DTZ001 - the zone is drawn below
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_a_datetime_comes_back_the_same(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    stamp = Timestamp.from_datetime(aware)
    assert stamp.as_datetime() == aware
    assert stamp.as_datetime().utcoffset() == aware.utcoffset()
    assert Timestamp.from_epoch_us(stamp.epoch_us) == stamp
    assert Timestamp.parse(stamp.as_utc()) == stamp
    assert stamp.epoch_us == (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
