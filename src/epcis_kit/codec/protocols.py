"""What every format's reader and writer can do, so that the rest of the room need not know formats.

Takes nothing; gives the two protocols :class:`DocumentReader` and :class:`DocumentWriter`, the type
:data:`Problems`, and :func:`problem`, the one way to make a reader's finding. Rule ids of readers: ``DOC-001`` not
well-formed, ``DOC-003`` wrong structure, ``EVT-000`` an event that cannot be built. Those of writers begin with
``LOSS-``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from epcis_kit.findings import Finding, Layer, Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Document, Event

__all__ = ["DocumentReader", "DocumentWriter", "Problems", "problem"]

Problems: TypeAlias = Callable[[Finding], None]
"""Takes the findings of a reader that goes on after a bad event."""

_LAYERS: Final[dict[str, Layer]] = {"DOC-001": "syntax", "DOC-003": "schema", "EVT-000": "schema"}


def problem(
    rule: Literal["DOC-001", "DOC-003", "EVT-000"],
    message: str,
    location: Location,
    *,
    hint: str = "",
    layer: Layer | None = None,
) -> Finding:
    """An error that a reader met; ``layer`` is ``"syntax"`` where the text of an event itself is faulty."""
    return Finding(
        rule=rule, severity="error", layer=layer or _LAYERS[rule], message=message, hint=hint, location=location
    )


class DocumentReader(Protocol):
    """Reads one document from one source, event by event.

    A reader is made by ``Reader(source, options, problems)`` and gives its events once. Where ``problems`` is
    ``None`` the first bad event raises :class:`~epcis_kit.errors.DocumentError`; else it becomes a finding and the
    good events go on. What is not well-formed ends the reading in both cases: with ``DocumentError``, or with a
    last finding ``DOC-001``.
    """

    def events(self) -> Iterator[Event]:
        """The events in document order, in memory for one event. May be called once."""

    def head(self) -> Document:
        """The document without its events.

        What stands before the events is known when the first event was given, everything when :meth:`events` has
        ended.
        """

    def close(self) -> None:
        """Let go of the source."""


class DocumentWriter(Protocol):
    """Writes one document to one binary file, event by event.

    A writer is made by ``Writer(target, head, version=…, allow_loss=…, epcs=…)`` and writes what stands before the
    events at once. Without ``allow_loss`` the first loss raises :class:`~epcis_kit.errors.EncodeError`; with it,
    losses are gathered.

    Attributes:
        losses: What could not be written so far, each with its place; rule ids ``LOSS-…``, severity ``"warning"``.
    """

    losses: list[Finding]

    def write(self, event: Event) -> None:
        """Write one event."""

    def flush(self) -> None:
        """Hand on what is held back, so that all events written so far are in the target."""

    def close(self, head: Document | None = None) -> None:
        """Write what stands after the events; the target stays open.

        ``head`` is the document as it is known now, where more is known than at the beginning.
        """
