"""Reading element strings and Digital Links, with every rule, beside biip on the same texts in the same process.

Issue: at least five times as fast. The least of several short runs counts on both sides, so that a busy machine slows
both alike. ``pytest tests/bench/test_identifier_speed.py -s`` prints the figures.
"""

from __future__ import annotations

import logging
import random
import time
from typing import TYPE_CHECKING, Any

import pytest
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message

from epcis_kit.gs1.check_digits import mod10_digit
from epcis_kit.gs1.digital_links import parse_digital_link
from epcis_kit.gs1.element_strings import parse_element_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 5
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@pytest.fixture(autouse=True)
def _no_log() -> Iterator[None]:
    """Pytest collects log records, which would slow biip and nobody else."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def typical(count: int) -> list[tuple[str, str, str, str]]:
    """GTIN, expiry date, lot and serial of ``count`` fictional items."""
    source = random.Random(952)
    items = []
    for _ in range(count):
        body = "0952" + "".join(source.choices("0123456789", k=9))
        date = f"{source.randint(24, 30)}{source.randint(1, 12):02d}{source.randint(1, 28):02d}"
        lot, serial = ("".join(source.choices(LETTERS, k=length)) for length in (8, 10))
        items.append((body + mod10_digit(body), date, lot, serial))
    return items


def rate(read: Callable[[str], Any], texts: list[str]) -> float:
    """Texts a second, in the best of several runs."""
    best = float("inf")
    for _ in range(ROUNDS):
        before = time.perf_counter()
        for text in texts:
            read(text)
        best = min(best, time.perf_counter() - before)
    return len(texts) / best


FORMS: list[tuple[str, str, Callable[[str], Any], Callable[[str], Any]]] = [
    ("raw", "01{0}17{1}10{2}\x1d21{3}", parse_element_string, GS1Message.parse),
    ("bracketed", "(01){0}(17){1}(10){2}(21){3}", parse_element_string, GS1Message.parse_hri),
    ("link", "https://id.gs1.org/01/{0}/10/{2}/21/{3}?17={1}", parse_digital_link, GS1DigitalLinkURI.parse),
]


@pytest.mark.parametrize(("name", "form", "ours", "theirs"), FORMS, ids=[form[0] for form in FORMS])
def test_reading_is_at_least_five_times_as_fast_as_biip(
    name: str, form: str, ours: Callable[[str], Any], theirs: Callable[[str], Any]
) -> None:
    texts = [form.format(*item) for item in typical(400)]
    fast, slow = rate(ours, texts), rate(theirs, texts)
    print(f"\n{name:>10}: epcis_kit {fast:>9,.0f}/s   biip {slow:>9,.0f}/s   {fast / slow:.1f} times")
    assert fast >= 5 * slow
