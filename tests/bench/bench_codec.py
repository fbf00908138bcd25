"""How fast documents are read and converted, as ratios to what the same bytes cost a bare parser in the same run.

:func:`measure` gives rows: plain dicts of ``name``, ``ours`` and ``peer`` (microseconds of processor time an event),
``ratio`` and ``target`` (what it may be). Both sides take turns, and of the rounds the median ratio counts, so that a
busy machine slows both. The events are those of the run, or come from a seeded generator of our own.
"""

from __future__ import annotations

import functools
import io
import json
import random
import statistics
import time
from typing import TYPE_CHECKING, Any, Literal

import orjson

from epcis_kit import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVENTS = 4000
ROUNDS = 7
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def sample_events(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Events as a plant and its customers write them: commissioning with ILMD, packing, shipping, receiving."""
    chance = random.Random(seed)
    for number in range(count):
        company, site = 9520001 + chance.randrange(40), chance.randrange(1, 6)
        place = f"urn:epc:id:sgln:{company}.0000{site}"
        minute = number * 7
        event: dict[str, Any] = {
            "type": "ObjectEvent",
            "eventTime": f"2024-{minute // 40320 % 12 + 1:02d}-{minute // 1440 % 28 + 1:02d}T"
            f"{minute // 60 % 24:02d}:{minute % 60:02d}:00.000Z",
            "eventTimeZoneOffset": "-05:00",
            "eventID": f"urn:uuid:{chance.getrandbits(128):032x}",
        }
        kind = chance.randrange(8)
        epcs = [f"urn:epc:id:sgtin:{company}.000012.{chance.randrange(10**9)}" for _ in range(chance.randrange(4, 14))]
        if kind == 0:
            event |= {
                "action": "ADD",
                "quantityList": [
                    {"epcClass": f"urn:epc:class:lgtin:{company}.000012.L{number}", "quantity": 472.5, "uom": "KGM"}
                ],
                "ilmd": {"cbvmda:lotNumber": f"L{number}", "cbvmda:itemExpirationDate": "2025-12-31"},
                "bizStep": "commissioning",
                "disposition": "active",
            }
        elif kind < 4:
            event |= {
                "type": "AggregationEvent",
                "parentID": f"urn:epc:id:sscc:{company}.1{number:09d}",
                "childEPCs": epcs,
                "action": "ADD",
                "bizStep": "packing",
                "disposition": "in_progress",
            }
        else:
            other = 9520001 + chance.randrange(40)
            event |= {
                "epcList": epcs,
                "action": "OBSERVE",
                "bizStep": "shipping" if kind < 6 else "receiving",
                "disposition": "in_transit" if kind < 6 else "in_progress",
                "bizTransactionList": [
                    {"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:{other}000001:PO{number}"}
                ],
                "sourceList": [{"type": "owning_party", "source": f"urn:epc:id:sgln:{company}.00000.0"}],
                "destinationList": [{"type": "owning_party", "destination": f"urn:epc:id:sgln:{other}.00000.0"}],
            }
        yield event | {"readPoint": {"id": f"{place}.D1"}, "bizLocation": {"id": f"{place}.0"}}


def sample_document(count: int) -> bytes:
    """A JSON document of sample events, an event a line."""
    lines = ",\n".join(json.dumps(event, separators=(",", ":")) for event in sample_events(count))
    head = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2025-01-01T00:00:00Z",
    }
    return f'{json.dumps(head)[:-1]},"epcisBody":{{"eventList":[\n{lines}\n]}}}}\n'.encode()


def compared(ours: Callable[[], object], peer: Callable[[], object], events: int) -> dict[str, float]:
    """Microseconds of processor time an event of both, in turns, and the median of the ratios."""
    times: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        start = time.process_time()
        ours()
        middle = time.process_time()
        peer()
        times.append((middle - start, time.process_time() - middle))
    ratio = statistics.median(mine / theirs for mine, theirs in times)
    mine, theirs = (statistics.median(column) / events * 1e6 for column in zip(*times, strict=True))
    return {"ours": round(mine, 2), "peer": round(theirs, 2), "ratio": round(ratio, 2)}


class Corpus:
    """The bytes to measure: a document, and its events line by line.

    Attributes:
        events: How many.
        lines: One event each.
        document: All of them in a JSON document.
    """

    def __init__(self, data: Any = None) -> None:
        if data is None:
            self.lines = [json.dumps(event, separators=(",", ":")).encode() for event in sample_events(EVENTS)]
            self.document = sample_document(EVENTS)
        else:
            self.lines = data.path(10_000, "jsonl").read_bytes().splitlines()
            self.document = data.path(10_000, "json").read_bytes()
        self.events = len(self.lines)

    def peer(self) -> None:
        """The lower bound: the bare parse of each event."""
        for line in self.lines:
            orjson.loads(line)


def measure_reading(corpus: Corpus) -> list[dict[str, Any]]:
    """JSON streamed to typed events."""
    together = b"\n".join(corpus.lines)
    named = {"JSON document to typed events": corpus.document, "JSON lines to typed events": together}
    return [
        {
            "name": name,
            **compared(functools.partial(read_all, data), corpus.peer, corpus.events),
            "against": "orjson.loads of each event",
            "target": "<= 10",
            "aim": 7,
        }
        for name, data in named.items()
    ]


def read_all(data: bytes) -> None:
    """Every event, and keep none."""
    for _ in codec.iter_events(data):
        pass


def measure_converting(corpus: Corpus) -> list[dict[str, Any]]:
    """JSON streamed through the model into JSON and XML, and XML into JSON."""
    target = io.BytesIO()
    codec.convert(corpus.document, target, format="xml")
    xml = target.getvalue()
    named: dict[str, tuple[bytes, Literal["json", "xml"]]] = {
        "JSON to JSON 2.0, streaming": (corpus.document, "json"),
        "JSON to XML 2.0, streaming": (corpus.document, "xml"),
        "XML 2.0 to JSON, streaming": (xml, "json"),
    }
    return [
        {
            "name": name,
            **compared(functools.partial(convert_all, data, form), corpus.peer, corpus.events),
            "against": "orjson.loads of each event",
            "target": "<= 20",
            "aim": 15,
        }
        for name, (data, form) in named.items()
    ]


def convert_all(data: bytes, form: Literal["json", "xml"]) -> None:
    """The whole document in another format, thrown away."""
    codec.convert(data, io.BytesIO(), format=form)


def measure(data: Any = None) -> list[dict[str, Any]]:
    """All rows of this file; ``data`` gives the corpora of a run, and without it they are made here."""
    corpus = Corpus(data)
    return [*measure_reading(corpus), *measure_converting(corpus)]


if __name__ == "__main__":
    for row in measure():
        print(json.dumps(row))
