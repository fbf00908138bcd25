"""How fast events are hashed from bytes, as a ratio to the published generator, and to parsing and digesting alone.

The peer is epcis-event-hash-generator 1.9.3, the package that minted the eventIDs of the field; it hashes the same
thousand events from the same documents, and both must agree on every hash before anything is timed. Two corpora: the
synthetic supply chain, and observations of ten items each with transactions and places, as the notes on speed measured
them. The lower bound beside it parses the same bytes (orjson, lxml) and takes one SHA-256 of a text as long as the
pre-hash. Sides take turns; times are of the processor.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import statistics
import time
from typing import TYPE_CHECKING, Any

import orjson
from lxml import etree

import epcis_kit as ek
from epcis_kit import codec
from epcis_kit.hashing import event_hash, prehash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 5
EVENTS = 1000
TARGETS = {"JSON": 15, "XML": 8}


def ours(data: bytes) -> list[str]:
    return [event_hash(event) for event in codec.iter_events(data)]


def ours_as_the_peer(form: str, data: bytes) -> list[str]:
    document = ek.read(data)
    prefixes = document.namespaces if form == "JSON" else None
    return [event_hash(event, version="legacy-1.9.3", json_prefixes=prefixes) for event in document.events]


def peer(form: str) -> Callable[[str], list[str]]:
    from epcis_event_hash_generator import json_to_py, xml_to_py
    from epcis_event_hash_generator.hash_generator import epcis_hashes_from_events

    logging.disable(logging.CRITICAL)
    read = json_to_py if form == "JSON" else xml_to_py

    def hashes(text: str) -> list[str]:
        with contextlib.redirect_stderr(io.StringIO()):
            return list(epcis_hashes_from_events(read.event_list_from_epcis_document_str(text)))

    return hashes


def bound(form: str, data: bytes, text: bytes) -> None:
    (orjson.loads if form == "JSON" else etree.fromstring)(data)
    hashlib.sha256(text).digest()


def observations() -> tuple[bytes, bytes]:
    """A thousand observations of ten items each, as JSON and as XML."""
    events = [
        ek.ObjectEvent(
            event_time=f"2024-05-01T08:{number // 60 % 60:02d}:{number % 60:02d}.000+02:00",
            event_time_zone_offset="+02:00",
            action="OBSERVE",
            biz_step="shipping",
            disposition="in_transit",
            epc_list=[f"urn:epc:id:sgtin:9521321.012345.{number * 10 + item}" for item in range(10)],
            read_point={"id": "urn:epc:id:sgln:9521321.00001.D1"},
            biz_location={"id": "urn:epc:id:sgln:9521321.00001.0"},
            biz_transaction_list=[
                {"type": kind, "bizTransaction": f"urn:epcglobal:cbv:bt:9521321000018:{number}"}
                for kind in ("po", "desadv")
            ],
        )
        for number in range(EVENTS)
    ]
    return ek.write(events), ek.write(events, format="xml", version="2.0")


def measure_corpus(name: str, documents: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    """Rows for one corpus: beside the peer, and beside parsing and one digest."""
    for form, data in documents.items():
        text = data.decode()
        theirs = peer(form)
        if ours_as_the_peer(form, data) != theirs(text):
            raise AssertionError(f"the peer hashes the {form} of the {name} otherwise")
        digested = "".join(map(prehash, codec.iter_events(data))).encode()
        times = []
        for _ in range(ROUNDS):
            start = time.process_time()
            ours(data)
            first = time.process_time()
            theirs(text)
            second = time.process_time()
            bound(form, data, digested)
            times.append((first - start, second - first, time.process_time() - second))
        mine, other, lowest = (statistics.median(column) / EVENTS * 1e6 for column in zip(*times, strict=True))
        for against, figure, ratio, target in (
            ("epcis-event-hash-generator 1.9.3", other, [b / a for a, b, _ in times], f">= {TARGETS[form]}"),
            ("parse and one SHA-256 alone", lowest, [a / c for a, _, c in times], "reported"),
        ):
            yield {
                "name": f"event hash from {form}, {name}",
                "ours": round(mine, 1),
                "peer": round(figure, 1),
                "against": against,
                "ratio": round(statistics.median(ratio), 2),
                "target": target,
            }


def measure(data: Any) -> Iterator[dict[str, Any]]:
    """The rows of the table."""
    chain = {"JSON": data.path(EVENTS, "json").read_bytes(), "XML": data.path(EVENTS, "xml20").read_bytes()}
    yield from measure_corpus("supply chain", chain)
    yield from measure_corpus("ten items each", dict(zip(("JSON", "XML"), observations(), strict=True)))
