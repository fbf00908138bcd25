from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.model import Timestamp
from epcis_kit.store.times import ALWAYS, FOREVER, Window, holds, instant, intersect, lies_within, split

points = st.integers(0, 6)
windows = st.tuples(points, points).map(lambda pair: (min(pair), max(pair))) | st.tuples(points, st.just(math.inf))


def test_an_instant_is_whole_microseconds_where_that_is_all() -> None:
    assert instant(5, "") == 5
    assert instant(5, None) == 5
    assert type(instant(5)) is int


def test_digits_beyond_the_microsecond_are_kept_exactly() -> None:
    time = Timestamp.parse("2024-03-01T00:00:00.12345678901234567890123Z")
    moment = instant(time.epoch_us, time.rest)
    assert moment == time.epoch_us + Fraction(78901234567890123, 10**17)
    assert split(moment) == (time.epoch_us, time.rest)


def test_split_goes_below_1970() -> None:
    time = Timestamp.parse("1969-12-31T23:59:59.9999995Z")
    assert split(instant(time.epoch_us, time.rest)) == (-1, "5")


@pytest.mark.parametrize(
    ("window", "moment", "expected"),
    [
        ((1, 3), 1, True),
        ((1, 3), 3, False),
        ((2, 2), 2, True),
        ((2, 2), 3, False),
        ((1, FOREVER), FOREVER, True),
        ((1, 3), FOREVER, False),
        (ALWAYS, 0, True),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(window: Window, moment: float, expected: bool) -> None:
    assert holds(window, moment) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((1, 3), (2, 5), (2, 3)),
        ((1, 3), (3, 5), None),
        ((1, 1), (1, 5), (1, 1)),
        ((5, 5), (1, 5), None),
        ((2, 2), (2, 2), (2, 2)),
        ((2, 2), (1, 3), (2, 2)),
        ((1, FOREVER), ALWAYS, (1, FOREVER)),
    ],
)
def test_what_two_windows_have_in_common(one: Window, other: Window, expected: Window | None) -> None:
    assert intersect(one, other) == expected
    assert intersect(other, one) == expected


def inside(window: Window) -> set[float]:
    """Whole and half points up to 7, and "now"."""
    return {moment for moment in (*(half / 2 for half in range(15)), FOREVER) if holds(window, moment)}


@given(windows, windows)
@settings(max_examples=200, deadline=None)
def test_intersecting_is_what_sets_do(one: Window, other: Window) -> None:
    found = intersect(one, other)
    assert (inside(found) if found is not None else set()) == inside(one) & inside(other)


@given(windows, windows)
@settings(max_examples=200, deadline=None)
def test_lying_within_is_what_sets_do(one: Window, other: Window) -> None:
    assert lies_within(one, other) is (inside(one) <= inside(other))
