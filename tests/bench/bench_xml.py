"""How fast XML is read and written, beside its peers in the same run.

``measure(data)`` takes the corpora of ``run.py`` and gives one dict a measure: ``name``, ``ours`` and ``peer``
(microseconds of processor time an event, median), ``ratio`` (median over the rounds, candidates in turn) and
``target``.
"""

from __future__ import annotations

import gc
import io
import statistics
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["measure"]


class Corpora(Protocol):
    """What ``run.py`` gives."""

    def path(self, events: int, form: str) -> Path:
        """A corpus of that many events in that format."""


ROUNDS = 7
EVENTS = 10_000
PARSECIS_EVENTS = 500


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def _row(
    name: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    target: str,
    *,
    events: tuple[int, int] = (EVENTS, EVENTS),
    faster: bool = False,
) -> dict[str, Any]:
    pairs = [(_seconds(ours) / events[0], _seconds(peer) / events[1]) for _ in range(ROUNDS)]
    ratios = [b / a if faster else a / b for a, b in pairs]
    return {
        "name": name,
        "ours": round(statistics.median(a for a, _ in pairs) * 1e6, 2),
        "peer": round(statistics.median(b for _, b in pairs) * 1e6, 2),
        "ratio": round(statistics.median(ratios), 2),
        "target": target,
    }


def measure(data: Corpora) -> list[dict[str, Any]]:
    """Every measure of this page."""
    from lxml import etree

    from epcis_kit.codec import convert, iter_events

    result = []
    for version, form in (("2.0", "xml20"), ("1.2", "xml12")):
        text = data.path(EVENTS, form).read_bytes()
        result.append(
            _row(
                f"read XML {version} to typed events / lxml parse of the bytes",
                lambda text=text: deque(iter_events(text), maxlen=0),  # type: ignore[misc]
                lambda text=text: etree.fromstring(text),  # type: ignore[misc]
                "at most 6",
            )
        )
    old = data.path(EVENTS, "xml12").read_bytes()
    result.append(
        _row(
            "convert XML 1.2 to 2.0 / lxml parse of the input",
            lambda: convert(old, io.BytesIO(), format="xml", version="2.0"),
            lambda: etree.fromstring(old),
            "at most 9",
        )
    )
    result.extend(_eparsecis(old))
    return result


def _eparsecis(data: bytes) -> list[dict[str, Any]]:
    """EParseCIS reads a part of the file, because it needs 2 ms an event."""
    try:
        from eparsecis.eparsecis import EPCISParser  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return []
    from epcis_kit.codec import iter_events

    head, _, rest = data.partition(b"<EventList>\n")
    part = head + b"<EventList>\n" + b"\n".join(rest.split(b"\n")[:PARSECIS_EVENTS])
    part += b"\n</EventList></EPCISBody></epcis:EPCISDocument>"
    return [
        _row(
            "EParseCIS 4.0.3 on XML 1.2 / read XML 1.2 to typed events",
            lambda: deque(iter_events(data), maxlen=0),
            lambda: EPCISParser(io.BytesIO(part)).parse(),
            "at least 40",
            events=(EVENTS, PARSECIS_EVENTS),
            faster=True,
        )
    ]
