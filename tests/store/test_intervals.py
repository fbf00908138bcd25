from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.store.intervals import ADD, DELETE, OBSERVE, Fact, Stay, amounts_at, plain_stays, relevant, stays

FOREVER = math.inf


def facts(*words: str) -> list[Fact]:
    """``+1`` ADD at 1, ``?2`` OBSERVE at 2, ``-3`` DELETE at 3, ``x4`` clears at 4, ``+5:10KGM`` ADD of 10 KGM."""
    actions = {"+": ADD, "?": OBSERVE, "-": DELETE, "x": DELETE}
    made = []
    for number, word in enumerate(words):
        time, _, amount = word[1:].partition(":")
        digits = "".join(letter for letter in amount if letter.isdigit() or letter == ".")
        uom = amount[len(digits) :]
        quantity = Decimal(digits) if digits else None
        made.append(Fact(int(time), actions[word[0]], number, quantity, uom, clears=word[0] == "x"))
    return made


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("+1", [(1, FOREVER, 0)]),
        ("-1", []),
        ("+1 -3", [(1, 3, 0)]),
        ("-3 +1", [(1, 3, 1)]),
        ("+1 -3 +5", [(1, 3, 0), (5, FOREVER, 2)]),
        ("+1 x4", [(1, 4, 0)]),
        ("x1 +4", [(4, FOREVER, 1)]),
        ("?2", [(2, FOREVER, 0)]),
        ("?2 ?3 -5", [(2, 5, 0)]),
        ("+1 ?2 -5", [(1, 5, 0)]),
        ("+1 -3 ?4", [(1, 3, 0), (4, FOREVER, 2)]),
        ("+1 +2 -3", [(1, 3, 0), (2, 3, 1)]),
        ("+1 -3 -4", [(1, 3, 0)]),
    ],
)
def test_objects_with_serial_numbers(words: str, expected: list[tuple[float, float, int]]) -> None:
    assert stays(facts(*words.split())) == [Stay(*row) for row in expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("+1 -2 +2", [(1, 2, 0), (2, FOREVER, 2)]),  # out and in again
        ("+2 -2", [(2, 2, 0)]),  # packed and unpacked on one date
        ("+2 -2 +3", [(2, 2, 0), (3, FOREVER, 2)]),
        ("?2 -2", [(2, 2, 0)]),
        ("+1 ?2 -2", [(1, 2, 0)]),  # seen in it on the day it left it
        ("+2 ?2", [(2, FOREVER, 0)]),
        ("?2 ?2", [(2, FOREVER, 0), (2, FOREVER, 1)]),
        ("+2 x2", [(2, 2, 0)]),
        ("+1 x2 +2 -2", [(1, 2, 0), (2, FOREVER, 2)]),
    ],
)
def test_ties_at_one_instant(words: str, expected: list[tuple[float, float, int]]) -> None:
    assert stays(facts(*words.split())) == [Stay(*row) for row in expected]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("+1:60 -2:30", [(1, FOREVER, 0)]),
        ("+1:60 -2:30 -3:30", [(1, 3, 0)]),
        ("+1:60 +2:40 -3:99 -4:1", [(1, 4, 0), (2, 4, 1)]),
        ("+1:60 -2:90", [(1, 2, 0)]),
        ("+1:60 -2:60KGM", [(1, FOREVER, 0)]),
        ("+1:60 +2:5KGM -3:60 -4:5KGM", [(1, 4, 0), (2, 4, 1)]),
        ("+1:60 -2", [(1, 2, 0)]),
        ("+1 -2:60", [(1, FOREVER, 0)]),
        ("+1:60 +2 -3:60", [(1, FOREVER, 0), (2, FOREVER, 1)]),
        ("?1:60 ?2:60 -3:60", [(1, 3, 0)]),
        ("?1:60 ?1:70 -3:60 -4:10", [(1, 4, 0), (1, 4, 1)]),
        ("+2:10 -2:10", [(2, 2, 0)]),
        ("+2:10 -2:4", [(2, FOREVER, 0)]),
        ("+1:1.5 -2:1.50", [(1, 2, 0)]),
    ],
)
def test_lots_with_quantities(words: str, expected: list[tuple[float, float, int]]) -> None:
    assert stays(facts(*words.split())) == [Stay(*row) for row in expected]


def test_numbers_that_are_none_count_as_unspecified() -> None:
    odd = [Fact(1, ADD, 0, Decimal("NaN")), Fact(2, DELETE, 1, Decimal(5)), Fact(3, DELETE, 2, Decimal("Infinity"))]
    assert stays(odd) == [Stay(1, FOREVER, 0)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(0, {}), (1, {"": 60}), (2, {"": 100}), (3, {"": 70, "KGM": None}), (4, {}), (FOREVER, {"": 7})],
)
def test_amounts_at_an_instant(moment: float, expected: dict[str, int | None]) -> None:
    known = facts("+1:60", "+2:40", "-3:30", "+3:KGM", "x4", "+5:7")
    assert amounts_at(known, moment) == expected


fact_sets = st.lists(
    st.tuples(st.sampled_from("+?-x"), st.integers(1, 4), st.sampled_from(["", ":1", ":2", ":1KGM"])).map(
        lambda parts: f"{parts[0]}{parts[1]}{parts[2] if parts[0] != 'x' else ''}"
    ),
    max_size=8,
)


@given(fact_sets, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_facts_plays_no_part(words: list[str], random: object) -> None:
    known = facts(*words)
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert stays(shuffled) == stays(known)
    assert amounts_at(shuffled, 3) == amounts_at(known, 3)


@given(fact_sets, st.lists(st.integers(0, 6), max_size=12))
@settings(max_examples=200, deadline=None)
def test_only_the_first_clears_after_a_beginning_matter(words: list[str], times: list[int]) -> None:
    known = facts(*words)
    clears = [Fact(time, DELETE, 100 + number, clears=True) for number, time in enumerate(times)]
    assert stays(known + relevant(known, list(clears))) == stays(known + clears)


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([ADD, OBSERVE, DELETE])), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_the_short_way_gives_what_the_long_way_gives(rows: list[tuple[int, int]]) -> None:
    found = plain_stays([[time, action, number] for number, (time, action) in enumerate(rows)])
    if found is not None:
        assert found == [tuple(stay) for stay in stays(Fact(*row, number) for number, row in enumerate(rows))]
