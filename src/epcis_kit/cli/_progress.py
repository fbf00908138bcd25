"""A line of progress on a terminal, and nothing when the output is piped.

Takes an iterator of events, or a document that is read; gives the same iterator, or something with the same bytes.
Guarantees: writes to standard error only, only where that is a terminal, at most five times a second, and leaves the
line empty; a document is told by the share of its bytes that was read, with the time that is left at that speed.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.cli._inputs import Input

__all__ = ["counted", "watched"]

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
                _line(f"{label}: {count:,} {unit}, {rate:,.0f} a second")
    finally:
        _line("")


@contextlib.contextmanager
def watched(item: Input) -> Iterator[Path | bytes | IO[bytes]]:
    """The source of ``item``; a file is shown with how much of it was read and how long the rest will take."""
    if not isinstance(item.source, Path) or not sys.stderr.isatty() or not item.source.is_file():
        yield item.source
        return
    with io.BufferedReader(_Watched(item.source, item.name)) as stream:
        try:
            yield stream
        finally:
            _line("")


class _Watched(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, label: str) -> None:
        super().__init__(path, "rb")
        self._label = label
        self._size = max(os.fstat(self.fileno()).st_size, 1)
        self._start = self._shown = time.monotonic()

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        now = time.monotonic()
        if now - self._shown >= _INTERVAL:
            self._shown = now
            share = min(self.tell() / self._size, 1)
            left = (now - self._start) * (1 - share) / share if share else 0
            _line(f"{self._label}: {share:.0%}, about {left:.0f} s left")
        return count


def _line(text: str) -> None:
    sys.stderr.write(f"\r\x1b[2K{text}")
    sys.stderr.flush()
