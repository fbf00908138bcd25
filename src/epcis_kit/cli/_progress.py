"""A line of progress on a terminal, and nothing when the output is piped.

Takes an iterator of events; gives the same iterator. Guarantees: writes to standard error only, only where that is a
terminal, at most five times a second, and leaves the line empty.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["counted"]

_T = TypeVar("_T")
_INTERVAL = 0.2


def counted(items: Iterable[_T], label: str, *, unit: str = "events") -> Iterator[_T]:
    """``items``, with a running count and rate shown beside ``label`` while they pass."""
    if not sys.stderr.isatty():
        yield from items
        return
    start = shown = time.monotonic()
    count = 0
    try:
        for item in items:
            count += 1
            yield item
            now = time.monotonic()
            if now - shown >= _INTERVAL:
                shown = now
                rate = count / (now - start)
                sys.stderr.write(f"\r\x1b[2K{label}: {count:,} {unit}, {rate:,.0f} a second")
                sys.stderr.flush()
    finally:
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()
