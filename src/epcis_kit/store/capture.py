"""What capturing a document gives, and where its events come from.

Takes whatever holds events: a path, bytes, an open binary file, a :class:`~epcis_kit.model.Document`, one event or
several; gives :class:`Incoming`, one source to read, and :class:`CaptureResult`, what became of it. Guarantees: a
file is read event by event; its digest is that of the bytes as they were given; events that cannot be read are
findings, and the good ones go on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias

from epcis_kit.errors import DocumentError
from epcis_kit.findings import Finding, Location
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model import Document, Event
from epcis_kit.store.payload import pack, pack_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.codec import ReadOptions, SourceLike
    from epcis_kit.store.backend import Conflict

__all__ = ["Capturable", "CaptureResult", "Incoming", "party_key"]

Capturable: TypeAlias = "SourceLike | Document | Event | Iterable[Event]"
"""What a store captures."""

_CHUNK: Final = 1 << 20
_GLN_DIGITS: Final = 13
_GLN_AUTHORITIES: Final = frozenset({"", "GLN", "SGLN", "PGLN", "GS1"})
"""Who gave the number of a sender, where a bare number of 13 digits is a GLN."""


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureResult:
    """What became of what was captured.

    Attributes:
        captured: How many events were new.
        duplicates: How many were in the store already, whoever sent them.
        rejected: Why events were left out, one finding for each.
        conflicts: Event ids that came with different content; all copies are kept, the one with the lowest hash counts.
        documents: How many documents were read.
        partner: Who sent it, as an identifier; ``None`` where nobody said.
    """

    captured: int = 0
    duplicates: int = 0
    rejected: tuple[Finding, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    documents: int = 0
    partner: str | None = None

    def __add__(self, other: CaptureResult) -> CaptureResult:
        """What became of both."""
        return CaptureResult(
            self.captured + other.captured,
            self.duplicates + other.duplicates,
            self.rejected + other.rejected,
            self.conflicts + other.conflicts,
            self.documents + other.documents,
            self.partner if self.partner == other.partner else None,
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "captured": self.captured,
            "duplicates": self.duplicates,
            "rejected": [finding.as_dict() for finding in self.rejected],
            "conflicts": [
                {"event_id": conflict.event_id, "kept": conflict.kept, "hashes": list(conflict.hashes)}
                for conflict in self.conflicts
            ],
            "documents": self.documents,
            "partner": self.partner,
        }


def party_key(identifier: str, authority: str | None = None) -> str:
    """A party as events name it: a bare GLN, as headers have it, becomes the key of the party with that number.

    What is no GLN, or a number that another authority gave, stays as it is.
    """
    text = identifier.strip()
    if (authority or "").strip().upper() not in _GLN_AUTHORITIES or len(text) != _GLN_DIGITS:
        return text
    if not (text.isascii() and text.isdigit()):
        return text
    key = trace_key(f"https://id.gs1.org/417/{text}")
    return text if key.level == "opaque" else key.key


def _is_read_once(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a pipe or device, which gives its bytes to the first who reads them."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)  # noqa: PTH110, PTH112, PTH113


class _Digesting:
    """A binary stream that is read once, with the digest of what was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.name = getattr(stream, "name", None)
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.digest.update(data)
        return data


class Incoming:
    """One source of events.

    Attributes:
        name: Its name; ``None`` for bytes and for values in memory.
        rejected: Findings about events that were left out; complete when the events have been read.
    """

    def __init__(self, source: Any, options: ReadOptions | None = None) -> None:
        self.rejected: list[Finding] = []
        self.name: str | None = None
        self._digest = hashlib.sha256()
        self._reader: Any = None
        self._opened: IO[bytes] | None = None
        self._stream: _Digesting | None = None
        self._document: Document
        if isinstance(source, Document):
            self._document = source.model_copy(update={"events": ()})
            if source.header is not None:  # two documents of master data alone are not the same one
                self._digest.update(pack_part(source.header))
            self._events: Iterable[Event] = self._digested(source.events)
        elif isinstance(source, Event):
            self._document = Document(type="event")
            self._events = self._digested((source,))
        elif isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)) or hasattr(source, "read"):
            self._open(source, options)
        else:
            self._document = Document()
            self._events = self._digested(source)

    def _open(self, source: Any, options: ReadOptions | None) -> None:
        from epcis_kit import codec  # noqa: PLC0415 - only where there are bytes to read

        if isinstance(source, (str, os.PathLike)) and _is_read_once(source):
            self._opened = open(source, "rb")  # noqa: PTH123, SIM115 - closed by close()
            self._stream = _Digesting(self._opened)
            self._digest, self.name = self._stream.digest, os.fspath(source)
            source = self._stream
        elif isinstance(source, (str, os.PathLike)):
            self.name = os.fspath(source)
            with open(source, "rb") as file:  # noqa: PTH123 - a path of any kind
                while data := file.read(_CHUNK):
                    self._digest.update(data)
        elif isinstance(source, (bytes, bytearray, memoryview)):
            self._digest.update(source)
        else:
            source = self._stream = _Digesting(source)
            self._digest = source.digest
            self.name = source.name if isinstance(source.name, str) else None
        self._reader = codec.open_reader(source, options if options is not None else codec.ReadOptions(), self._reject)
        self._events = self._reader.events()

    def _reject(self, finding: Finding) -> None:
        """A bad event is left out; a document that cannot be read to its end is refused whole."""
        if finding.rule == "DOC-001":
            raise DocumentError(finding.message, finding.location)
        self.rejected.append(finding)

    def _digested(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            with contextlib.suppress(UnicodeEncodeError):  # such an event is refused when it is stored
                self._digest.update(pack(event))
            yield event

    def events(self) -> Iterator[Event]:
        """The events; may be asked for once."""
        return iter(self._events)

    def document(self) -> Document:
        """The document without its events; complete when they have been read."""
        return self._reader.head() if self._reader is not None else self._document

    def sha256(self) -> bytes:
        """Digest of the bytes of a source, or of header and events of a value; complete when they have been read."""
        if self._stream is not None:
            while self._stream.read(_CHUNK):
                pass
        return self._digest.digest()

    def partner(self) -> str | None:
        """Who sent the document, by its own words."""
        document = self.document()
        sbdh = None if document.header is None else document.header.sbdh
        if sbdh is not None and sbdh.senders:
            sender = sbdh.senders[0]
            return party_key(sender.identifier, sender.authority) or None
        return None if document.sender is None else party_key(document.sender)

    def close(self) -> None:
        """Let go of the source."""
        if self._reader is not None:
            self._reader.close()
        if self._opened is not None:
            self._opened.close()

    def unreadable(self, position: int, reason: str) -> Finding:
        """The finding about an event that cannot be stored."""
        return Finding(
            rule="EVT-000",
            severity="error",
            layer="event",
            message=f"Cannot store the event: expected texts of Unicode characters, got {reason}.",
            location=Location(file=self.name, event_index=position),
        )
