"""Compressed Digital Links: written like GS1's toolkit, read with every zero, and every wrong word told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1 import compress, could_be_digital_link, decompress, parse_key
from epcis_kit.gs1.tag_bits import SAFE_64

if TYPE_CHECKING:
    from pathlib import Path

LINK = "https://example.com/x/01/09521141111116/10/L-7/21/00102?17=271231"

# ruff: noqa: E501 - whole messages stand in one line

LINKS = [
    LINK,
    "https://id.gs1.org/01/09521141111116",
    "https://id.gs1.org/01/09521141111116/21/00102",
    "https://id.gs1.org/01/09521141111116/235/TPX%2Fx",
    "https://id.gs1.org/8003/09521141000007600a1",
    "https://id.gs1.org/253/9521141000007",
    "https://id.gs1.org/417/9521141000007/7040/1ABC",
    "https://id.gs1.org/8006/095211411111160102/21/X%2FY",
    "https://id.gs1.org/00/095211411111111118?4330=000123-",
]


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("optimised", [True, False])
@pytest.mark.parametrize("uncompressed_primary", [True, False])
def test_a_link_is_compressed_and_comes_back(link: str, optimised: bool, uncompressed_primary: bool) -> None:
    short = compress(link, optimised=optimised, uncompressed_primary=uncompressed_primary)
    assert decompress(short) == link
    assert could_be_digital_link(short)
    assert parse_key(short).as_digital_link() == parse_key(link).as_digital_link()


def test_the_word_of_a_link() -> None:
    assert compress("https://id.gs1.org/01/09521141111116") == "https://id.gs1.org/ARFRoHeymA"
    assert compress("https://id.gs1.org/01/09521141111116/21/102") == "https://id.gs1.org/DBFRoHeymAYzA"
    plain = compress("https://id.gs1.org/01/09521141111116/21/102", optimised=False)
    assert plain == "https://id.gs1.org/ARFRoHeymEIGMw"
    readable = compress("https://id.gs1.org/01/09521141111116/21/102", uncompressed_primary=True)
    assert readable == "https://id.gs1.org/01/09521141111116/IQMZg"


def test_what_is_no_ai_stays_readable() -> None:
    link = "https://example.com/a/01/09521141111116/21/00102?17=271231&linkType=gs1:pip#top"
    short = compress(link)
    assert short == "https://example.com/a/DBFRoHeymAoAZhdCN_?linkType=gs1:pip#top"
    assert decompress(short) == link
    assert parse_key(short).form == "compressed Digital Link"


def test_a_parameter_inside_the_word_is_read() -> None:
    # 1111, seven bits of length, "k1" at six bits, coding 3, seven bits of length, "v" at six bits
    bits = "1111" + "0000010" + f"{36:06b}{53:06b}" + "011" + "0000001" + f"{47:06b}"
    whole = "".join(f"{SAFE_64.index(character):06b}" for character in "ARFRoHeymA")[:55] + bits
    whole += "0" * (-len(whole) % 6)
    word = "".join(SAFE_64[int(whole[at : at + 6], 2)] for at in range(0, len(whole), 6))
    assert decompress(f"https://a/{word}") == "https://a/01/09521141111116?k1=v"


def test_a_link_that_is_not_compressed_comes_back_as_it_is() -> None:
    assert decompress(LINK) == LINK


def test_the_key_of_the_path_leads_again() -> None:
    link = "https://id.gs1.org/8004/9521141A?01=09521141111116"
    assert decompress(compress(link)) == link


FAULTS = [
    ("https://a/b.c", "not_a_digital_link", "Cannot read compressed Digital Link 'https://a/b.c': expected a web URI whose path ends with letters, digits, - and _, got 'https://a/b.c'."),
    ("https://a/AAAA", "length", "Cannot read compressed Digital Link 'https://a/AAAA': expected 60 more bits at bit 9, got 16."),
    ("https://a/ARFRoHeymB", "padding", "Cannot read compressed Digital Link 'https://a/ARFRoHeymB': expected zeros behind the last value, got 00001."),
    ("https://a/BQAA", "ai_unrecognised", "Cannot read compressed Digital Link 'https://a/BQAA': expected an AI of the table, got one that begins with 05."),
    ("https://a/4AAA", "coding", "Cannot read compressed Digital Link 'https://a/4AAA': expected two digits that begin an AI, a code for several, or F, got E0."),
]  # fmt: skip


@pytest.mark.parametrize(("link", "kind", "message"), FAULTS)
def test_what_is_wrong_with_a_word_is_told(link: str, kind: str, message: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        decompress(link)
    assert (str(caught.value), caught.value.kind) == (message, kind)
    assert not could_be_digital_link(link)


def test_an_identifier_stands_once() -> None:
    with pytest.raises(IdentifierError) as caught:
        decompress("https://a/01/09521141111116/ARFRoHeymA")
    assert (caught.value.kind, caught.value.ai) == ("repeated_ai", "01")


@given(st.text("ABCDEFghij0123-_", max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_word_gives_a_link_or_a_typed_error(word: str) -> None:
    try:
        link = decompress(f"https://a/{word}")
    except IdentifierError as error:
        assert error.kind  # noqa: PT017 - both outcomes are right
    else:
        assert decompress(compress(link)) == link


@pytest.mark.parametrize("unit", ["A", "_", "DB", "/", "/01/A", "ARFRoHeymC", "-"])
@pytest.mark.parametrize("size", [8_000, 10_000_000])
def test_a_hostile_link_gives_an_error(unit: str, size: int) -> None:
    link = ("https://a/" + unit * (size // len(unit) + 1))[:size]
    with pytest.raises(IdentifierError) as caught:
        decompress(link)
    assert len(str(caught.value)) < 1000
    assert not could_be_digital_link(link)


# GS1's toolkit computes with floating-point numbers and stores 18 digits rounded; we write them exactly, and read both.
ROUNDED = {"https://id.gs1.org/gBgl2jRQ_lX4A": "https://id.gs1.org/gBgl2jRQ_lX3w"}


@pytest.mark.conformance
def test_published_links(shared: Path) -> None:
    path = shared / "vectors" / "identifiers" / "digital_link_compression.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert rows
    for row in rows:
        made = compress(row["uncompressed"], optimised=row["mode"] == "full+optimised")
        assert made == ROUNDED.get(row["compressed"], row["compressed"]), row
        assert decompress(row["compressed"]) == decompress(made) == row["uncompressed"], row
        assert could_be_digital_link(row["compressed"]), row
        key = parse_key(row["compressed"])
        assert (key.form, sorted(map(list, key.elements))) == ("compressed Digital Link", sorted(row["ais"])), row
        partly = compress(row["uncompressed"], uncompressed_primary=True)
        assert decompress(partly) == row["uncompressed"], row
