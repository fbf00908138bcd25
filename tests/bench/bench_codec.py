"""How fast documents are read and converted, as ratios to what the same bytes cost a bare parser in the same run.

Each function takes nothing and gives rows: plain dicts of ``name``, ``ours`` and ``peer`` (microseconds of processor
time an event), ``ratio``, ``target`` (the most it may be) and ``aim``. Candidates take turns, and of the rounds the
median ratio counts, so that a busy machine slows both. The events are made here, by a seeded generator of our own.
"""

from __future__ import annotations

import io
import json
import random
import statistics
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def exhaust(iterator: Iterator[object]) -> None:
    """Take everything and keep nothing."""
    for _ in iterator:
        pass


def measure_json_reading() -> list[dict[str, Any]]:
    """JSON streamed to typed events against ``orjson.loads`` of the same event lines."""
    import orjson

    from epcis_kit import codec

    document = sample_document(EVENTS)
    lines = [json.dumps(event, separators=(",", ":")).encode() for event in sample_events(EVENTS)]
    together = b"\n".join(lines)

    def peer() -> None:
        for line in lines:
            orjson.loads(line)

    rows = []
    for name, data in (("JSON document to typed events", document), ("JSON lines to typed events", together)):
        measured = compared(lambda data=data: exhaust(codec.iter_events(data)), peer, EVENTS)  # type: ignore[misc]
        rows.append({"name": name, **measured, "against": "orjson.loads of each event", "target": 10, "aim": 7})
    return rows


def measure_json_writing() -> list[dict[str, Any]]:
    """JSON streamed through the model back to JSON against ``orjson.loads`` of the same event lines."""
    import orjson

    from epcis_kit import codec

    document = sample_document(EVENTS)
    lines = [json.dumps(event, separators=(",", ":")).encode() for event in sample_events(EVENTS)]

    def peer() -> None:
        for line in lines:
            orjson.loads(line)

    rows = []
    for form in ("json", "xml"):
        try:
            codec.convert(document, io.BytesIO(), format=form)
        except ModuleNotFoundError:
            continue
        measured = compared(lambda form=form: codec.convert(document, io.BytesIO(), format=form), peer, EVENTS)  # type: ignore[misc]
        name = f"JSON document to {form.upper()} 2.0, streaming"
        rows.append({"name": name, **measured, "against": "orjson.loads of each event", "target": 20, "aim": 15})
    return rows


def measure_memory() -> list[dict[str, Any]]:
    """Peak memory of Python objects while a document streams, in MB; it must not grow with the document."""
    from epcis_kit import codec

    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (EVENTS, 4 * EVENTS):
            path = Path(folder) / f"{count}.json"
            path.write_bytes(sample_document(count))
            exhaust(codec.iter_events(path))
            tracemalloc.start()
            exhaust(codec.iter_events(path))
            peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
            tracemalloc.stop()
    small, large = peaks
    return [
        {
            "name": f"peak memory of streaming {4 * EVENTS} events, in MB, against {EVENTS}",
            "ours": round(large, 2),
            "peer": round(small, 2),
            "ratio": round(large / small, 2),
            "against": "a quarter of the events",
            "target": 2,
            "aim": 1.2,
        }
    ]


def measure(_data: object = None) -> list[dict[str, Any]]:
    """All rows of this file."""
    return [*measure_json_reading(), *measure_json_writing(), *measure_memory()]


if __name__ == "__main__":
    for row in measure():
        print(json.dumps(row))
