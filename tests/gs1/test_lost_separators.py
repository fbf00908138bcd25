"""A lost FNC1 is guessed well, and nothing is guessed where nothing fits."""

from __future__ import annotations

import pytest

from epcis_kit.gs1.application_identifiers import default_table
from epcis_kit.gs1.lost_separators import LONGEST, likely_split


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("10ABC12317271231", (("10", "ABC123"), ("17", "271231"))),
        ("10ABC12317271231213456", (("10", "ABC123"), ("17", "271231"), ("21", "3456"))),
        ("10AB0109521234543213", (("10", "AB"), ("01", "09521234543213"))),
        ("01095212345432131012345617271231", (("01", "09521234543213"), ("10", "123456"), ("17", "271231"))),
        ("21S-1009521234543217271231", None),
        ("3712400LOT-77", (("37", "12"), ("400", "LOT-77"))),
        ("42252801095212345432131727123", None),
        ("42252801095212345432137007211225", (("422", "528"), ("01", "09521234543213"), ("7007", "211225"))),
    ],
)
def test_the_likely_split(text: str, elements: tuple[tuple[str, str], ...] | None) -> None:
    found = likely_split(text, default_table())
    if elements is not None:
        assert found == elements
    elif found is not None:
        assert "".join(ai + value for ai, value in found) == text


@pytest.mark.parametrize("text", ["", "10ABC", "hello", "01095212345432", "10" + "A" * 25, "1" * (LONGEST + 1)])
def test_nothing_is_guessed_where_nothing_fits(text: str) -> None:
    assert likely_split(text, default_table()) is None


@pytest.mark.parametrize("unit", ["1", "10", "99", "0", "21A", "3100"])
def test_the_longest_text_is_tried(unit: str) -> None:
    likely_split((unit * LONGEST)[:LONGEST], default_table())
