"""The spot is marked where it is, whatever stands before it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.findings import source_snippet


def test_the_spot_is_marked_below_its_line() -> None:
    assert source_snippet('  "action": "ADDD",', 41, 13, 19, before=("{",)) == (
        '40 | {\n41 |   "action": "ADDD",\n   |             ^^^^^^'
    )


@pytest.mark.parametrize(
    ("text", "column", "end", "expected"),
    [
        ("", 1, None, "7 |\n  | ^"),
        ("abc", 99, None, "7 | abc\n  |    ^"),
        ("\tx", 2, None, "7 |   x\n  |   ^"),
        ("批次x", 3, None, "7 | 批次x\n  |     ^"),
        ("a\x1b[31mb", 7, None, "7 | a\ufffd[31mb\n  |       ^"),
        ("abc", 2, 2, "7 | abc\n  |  ^"),
    ],
)
def test_what_stands_before_the_spot_moves_the_mark(text: str, column: int, end: int | None, expected: str) -> None:
    assert source_snippet(text, 7, column, end) == expected


def test_a_long_line_is_cut_around_the_spot() -> None:
    text = "a" * 500 + "SPOT" + "b" * 500
    line, mark = source_snippet(text, 1, 501, 505).splitlines()
    assert len(line) == len("1 | ") + 102
    assert line[mark.index("^") : mark.rindex("^") + 1] == "SPOT"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.integers(-2, 400), st.integers(-2, 400))
@settings(max_examples=200, deadline=None)
def test_any_line_gives_one_line_and_one_mark_without_control_characters(text: str, column: int, end: int) -> None:
    line, mark = source_snippet(text, 3, column, end).split("\n")
    assert set(mark) <= set(" |^")
    assert mark.count("^") >= 1
    assert not any(unicodedata.category(one) == "Cc" for one in line)
