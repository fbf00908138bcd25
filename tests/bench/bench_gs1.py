"""How fast identifiers are read, as ratios to the libraries that people use for it, in the same run.

Each row reads the same fictional identifiers with both sides in turn; times are microseconds of processor time for
one identifier, and of the rounds the median ratio counts. epcpy stops at a value object of the scheme, while ours goes
on to the canonical Digital Link with its check digit; biip checks less than the full rules. A peer that is not
installed is named and left out. The last row is what importing the room costs, beside an interpreter that imports
``json``.
"""

from __future__ import annotations

import logging
import random
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.bench_codec import compared
from epcis_kit.gs1 import (
    decode_tag,
    encode_tag,
    mod10_digit,
    parse_digital_link,
    parse_element_string,
    trace_key,
    urn_to_link,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNT = 4000
ROUNDS = 7
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


def urn_texts(form: str) -> list[str]:
    """Fictional URNs of one scheme."""
    source = random.Random(952)
    return [
        form.format(item=source.randrange(10**6), serial=source.randrange(10**9), site=source.randrange(10**5))
        for _ in range(COUNT)
    ]


def epc_rows() -> Iterator[dict[str, Any]]:
    """EPC URN to canonical Digital Link, and the hex of a tag to what it says, beside epcpy."""
    try:
        from epcpy.utils.parsers import epc_pure_identity_to_scheme, hex_to_tag_encodable
    except ImportError as missing:
        print(f"  epcpy is left out: {missing}")
        return
    for name, form in URNS.items():
        texts = urn_texts(form)
        assert all(urn_to_link(text) == trace_key(text).key for text in texts)
        measured = compared(reader(urn_to_link, texts), reader(epc_pure_identity_to_scheme, texts), COUNT)
        yield {"name": f"{name} URN to canonical Digital Link, µs", **measured, "against": "epcpy", "target": 1}
    texts = [encode_tag(urn, scheme="SGTIN-96", filter=1).as_hex() for urn in urn_texts(URNS["SGTIN"])]
    assert [decode_tag(text).epc_urn for text in texts] == [hex_to_tag_encodable(text).epc_uri for text in texts]
    measured = compared(reader(decode_tag, texts), reader(hex_to_tag_encodable, texts), COUNT)
    yield {"name": "SGTIN-96 hex to tag, µs", **measured, "against": "epcpy", "target": 1}
    measured = compared(
        reader(lambda text: decode_tag(text).epc_urn, texts),
        reader(lambda text: hex_to_tag_encodable(text).epc_uri, texts),
        COUNT,
    )
    yield {"name": "SGTIN-96 hex to EPC URN, µs", **measured, "against": "epcpy", "target": 1}


def message_rows() -> Iterator[dict[str, Any]]:
    """Element strings and Digital Links with every rule, beside biip."""
    try:
        from biip.gs1_digital_link_uris import GS1DigitalLinkURI
        from biip.gs1_messages import GS1Message
    except ImportError as missing:
        print(f"  biip is left out: {missing}")
        return
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
    for name, form, ours, theirs in forms:
        texts = [form.format(*item) for item in items]
        measured = compared(reader(ours, texts), reader(theirs, texts), COUNT)
        yield {"name": f"{name} with every rule, µs", **measured, "against": "biip", "target": 0.2}


def started(statement: str) -> float:
    """Seconds that an interpreter takes for ``statement``."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - begin


def import_rows() -> Iterator[dict[str, Any]]:
    """Importing the room, which loads nothing before a name of it is used, beside importing a module of Python."""
    times = [(started("import epcis_kit.gs1"), started("import json")) for _ in range(ROUNDS)]
    ours, peer = (statistics.median(column) * 1e3 for column in zip(*times, strict=True))
    yield {
        "name": "interpreter with import epcis_kit.gs1, ms",
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "ratio": round(statistics.median(mine / theirs for mine, theirs in times), 2),
        "against": "interpreter with import json",
        "target": 1.5,
    }


def measure(_data: object) -> Iterator[dict[str, Any]]:
    """All rows of this module."""
    logging.disable()  # biip writes log records for each text
    try:
        yield from epc_rows()
        yield from message_rows()
        yield from import_rows()
    finally:
        logging.disable(logging.NOTSET)
