"""What a reader accepts from strangers: limits on size, depth and length, and the few choices a caller has.

Takes nothing; gives two frozen values, :class:`Limits` and :class:`ReadOptions`, and :func:`exceeded`, the one
sentence that every reader says when a limit is passed. Guarantees: the defaults are wide enough for every genuine
document that was met (a million events, twelve levels deep) and narrow enough that no input takes memory or time
out of proportion to its size. A caller who trusts a source raises a limit by name:
``ReadOptions(limits=Limits(max_depth=500))``.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from epcis_kit.errors import DocumentError

if TYPE_CHECKING:
    from epcis_kit.findings import Location

__all__ = ["DEFAULT_LIMITS", "DEFAULT_OPTIONS", "Limits", "ReadOptions", "exceeded"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most a reader takes before it gives up with a clear error.

    Attributes:
        max_bytes: Bytes of one document, after decompression (4 GiB).
        max_depth: Levels of nesting of objects, arrays or elements (64; genuine XML 2.0 documents reach 12).
        max_text: Characters of one text value (10 Mi).
        max_event_bytes: Bytes of one event (64 MiB); it alone is held in memory whole.
        max_number: Characters of one number in JSON, and its digits when it is written without an exponent (100).
    """

    max_bytes: int = 4 * 1024**3
    max_depth: int = 64
    max_text: int = 10 * 1024**2
    max_event_bytes: int = 64 * 1024**2
    max_number: int = 100


DEFAULT_LIMITS: Final = Limits()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Choices of one reading.

    Attributes:
        limits: See :class:`Limits`.
        naive_times: What a time without a zone means, which EPCIS 1.x allows: an offset such as ``"+01:00"`` or
            ``"Z"``, or ``"event-offset"`` for the ``eventTimeZoneOffset`` of the same event. ``None`` refuses
            events with such times.
        file: Name of the source for messages; ``None`` takes the path of a file and nothing for bytes.
        any_version: Read on where ``schemaVersion`` is none of those that the namespace has; for those who judge it.
    """

    limits: Limits = DEFAULT_LIMITS
    naive_times: str | None = None
    file: str | None = None
    any_version: bool = False


DEFAULT_OPTIONS: Final = ReadOptions()

_SAID: Final = {
    "max_bytes": "at most {} bytes in a document",
    "max_depth": "at most {} levels of nesting",
    "max_text": "at most {} characters in one text",
    "max_event_bytes": "at most {} bytes in one event",
    "max_number": "at most {} characters in one number",
}


def exceeded(name: str, limit: int, location: Location | None = None, got: str = "more") -> DocumentError:
    """The error of a document that passes the limit ``name``, which stands at ``limit``."""
    return DocumentError(
        f"Cannot read the document: expected {_SAID[name].format(limit)}, got {got}. "
        f"If you trust the source, raise the limit with Limits({name}=…).",
        location,
    )
