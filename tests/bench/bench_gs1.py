"""How fast identifiers are read, as ratios to the libraries that people use for it, in the same run.

Each row reads the same fictional identifiers with both sides in turn; times are microseconds of processor time for
one identifier, and of the rounds the median ratio counts. epcpy stops at a value object of the scheme, while ours goes
on to the canonical Digital Link with its check digit; biip checks less than the full rules.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING, Any

from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message
from epcpy.utils.parsers import epc_pure_identity_to_scheme

from bench.bench_codec import compared
from epcis_kit.gs1 import mod10_digit, parse_digital_link, parse_element_string, trace_key, urn_to_link

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT = 4000
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
URNS = {
    "SGTIN": "urn:epc:id:sgtin:9520001.{item:06}.{serial}",
    "LGTIN": "urn:epc:class:lgtin:9520001.{item:06}.{serial}",
    "SSCC": "urn:epc:id:sscc:9520001.{item:010}",
    "SGLN": "urn:epc:id:sgln:9520001.{site:05}.0",
}


def reader(read: Callable[[str], object], texts: list[str]) -> Callable[[], None]:
    """A call that reads all ``texts``."""

    def run() -> None:
        for text in texts:
            read(text)

    return run


def urn_rows() -> list[dict[str, Any]]:
    """EPC URN to canonical Digital Link, beside the same URN to the scheme of epcpy."""
    source = random.Random(952)
    rows = []
    for name, form in URNS.items():
        texts = [
            form.format(item=source.randrange(10**6), serial=source.randrange(10**9), site=source.randrange(10**5))
            for _ in range(COUNT)
        ]
        assert all(urn_to_link(text) == trace_key(text).key for text in texts)
        measured = compared(reader(urn_to_link, texts), reader(epc_pure_identity_to_scheme, texts), COUNT)
        rows.append({"name": f"{name} URN to canonical Digital Link, µs", **measured, "against": "epcpy", "target": 1})
    return rows


def message_rows() -> list[dict[str, Any]]:
    """Element strings and Digital Links with every rule, beside biip."""
    source = random.Random(952)
    items = []
    for _ in range(COUNT):
        body = "0952" + "".join(source.choices("0123456789", k=9))
        lot, serial = ("".join(source.choices(LETTERS, k=length)) for length in (8, 10))
        items.append((body + mod10_digit(body), f"27{source.randint(1, 12):02}{source.randint(1, 28):02}", lot, serial))
    forms: list[tuple[str, str, Callable[[str], object], Callable[[str], object]]] = [
        ("raw element string", "01{0}17{1}10{2}\x1d21{3}", parse_element_string, GS1Message.parse),
        ("bracketed element string", "(01){0}(17){1}(10){2}(21){3}", parse_element_string, GS1Message.parse_hri),
        (
            "Digital Link",
            "https://id.gs1.org/01/{0}/10/{2}/21/{3}?17={1}",
            parse_digital_link,
            GS1DigitalLinkURI.parse,
        ),
    ]
    rows = []
    for name, form, ours, theirs in forms:
        texts = [form.format(*item) for item in items]
        measured = compared(reader(ours, texts), reader(theirs, texts), COUNT)
        rows.append({"name": f"{name} with every rule, µs", **measured, "against": "biip", "target": 0.2})
    return rows


def measure(_data: object) -> list[dict[str, Any]]:
    """All rows of this module."""
    logging.disable()  # biip writes log records for each text
    try:
        return [*urn_rows(), *message_rows()]
    finally:
        logging.disable(logging.NOTSET)
