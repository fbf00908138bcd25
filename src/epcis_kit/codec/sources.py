"""Where bytes come from: a path, bytes or an open binary file, gzip or not, as one bounded stream.

Takes what the user names; gives a :class:`Source` with ``peek``, ``read``, ``mark`` and ``rewind``. Guarantees:

* gzip is known by its first bytes and never by the file's name, and is undone layer by layer;
* no more than ``Limits.max_bytes`` come out, so a small archive cannot fill the memory or the disk;
* ``rewind`` always works: by seeking where the stream can, through a temporary file where it cannot;
* a file that the caller opened is left open, a file that was opened here is closed.

Nothing of a document is understood here; that is ``detection`` and the readers.
"""

from __future__ import annotations

import gzip
import io
import os
import tempfile
import zlib
from typing import IO, TYPE_CHECKING, Any, Final, Self, TypeAlias

from epcis_kit.codec.limits import DEFAULT_LIMITS, Limits, exceeded
from epcis_kit.errors import DocumentError, shorten
from epcis_kit.findings import Location

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["CHUNK", "Source", "SourceLike", "open_source"]

SourceLike: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Source"
"""What documents are read from."""

CHUNK: Final = 1 << 16
"""Bytes that readers ask for at a time."""

_GZIP: Final = b"\x1f\x8b\x08"
_LAYERS: Final = 3
_IN_MEMORY: Final = 8 << 20
_PEEKED: Final = 512


class _Chain:
    """One stream after another, as one stream that is only read."""

    def __init__(self, first: IO[bytes], then: Any) -> None:
        self._first: IO[bytes] | None = first
        self._then = then

    def read(self, size: int = -1) -> bytes:
        if self._first is not None:
            data = self._first.read(size)
            if data:
                return data
            self._first.close()
            self._first = None
        return self._then.read(size)  # type: ignore[no-any-return]

    def close(self) -> None:
        if self._first is not None:
            self._first.close()
            self._first = None


class Source:
    """One stream of bytes that can be looked into, read, and read again from a marked place.

    Attributes:
        name: What messages call it; ``None`` for bytes without a name.
        limits: The limits it was opened with.
        compressed: True where the bytes come out of gzip.
    """

    def __init__(
        self, stream: Any, *, name: str | None = None, limits: Limits = DEFAULT_LIMITS, owned: bool = False
    ) -> None:
        self.name = name
        self.limits = limits
        self.compressed = False
        self._stream = stream
        self._owned: list[Any] = [stream] if owned else []
        self._ahead = b""
        self._given = 0
        self._marked: tuple[int, bytes, int] | None = None  # bytes given, bytes looked at, place in the stream
        self._kept: IO[bytes] | None = None
        start = _place(stream)
        self._seekable = start is not None
        self._decompress(start)

    def _decompress(self, start: int | None) -> None:
        for _ in range(_LAYERS):
            if not self.peek(len(_GZIP)).startswith(_GZIP):
                return
            if self._seekable and start == 0:
                self._stream.seek(0)
            else:  # gzip goes back to the very beginning of its file, which is not ours here
                self._stream, self._seekable = _Chain(io.BytesIO(self._ahead), self._stream), False
            self._ahead, start = b"", 0
            self._stream = gzip.GzipFile(fileobj=self._stream, mode="rb")
            self._owned.append(self._stream)
            self.compressed = True
        if self.peek(len(_GZIP)).startswith(_GZIP):
            raise self._error(f"Cannot read the document: expected at most {_LAYERS} layers of gzip, got more.")

    def _error(self, message: str) -> DocumentError:
        return DocumentError(message, self._location())

    def _location(self) -> Location | None:
        return None if self.name is None else Location(file=self.name)

    def _more(self, size: int) -> bytes:
        """Up to ``size`` bytes from below; ``b""`` only at the end."""
        try:
            data = self._stream.read(size)
        except EOFError:
            raise self._error("Cannot decompress the document: expected a whole gzip file, got part of it.") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise self._error(
                f"Cannot decompress the document: expected gzip data, got {shorten(str(error))}."
            ) from None
        if isinstance(data, str):
            raise self._error("Cannot read the document: expected a file opened in binary mode, got one of text.")
        data = bytes(data or b"")
        if self._kept is not None:
            self._kept.write(data)
        return data

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes without taking them; fewer only where the document ends."""
        while len(self._ahead) < size:
            data = self._more(max(size - len(self._ahead), _PEEKED))
            if not data:
                break
            self._ahead += data
        return self._ahead[:size]

    def read(self, size: int = CHUNK) -> bytes:
        """Up to ``size`` bytes; ``b""`` only at the end. A negative ``size`` reads everything.

        Raises:
            DocumentError: More than ``Limits.max_bytes`` came out, or the gzip data are damaged.
        """
        if size < 0:
            return b"".join(iter(self.read, b""))
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            data = self._more(size)
        self._given += len(data)
        if self._given > self.limits.max_bytes:
            raise exceeded("max_bytes", self.limits.max_bytes, self._location())
        return data

    def mark(self) -> None:
        """Remember this place for :meth:`rewind`; a later mark replaces it."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        if self._seekable:
            self._marked = (self._given, self._ahead, self._stream.tell())
        else:
            self._marked = (self._given, self._ahead, 0)
            self._kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
            self._owned.append(self._kept)

    def rewind(self) -> None:
        """Go back to the place of :meth:`mark`, which is forgotten then.

        Raises:
            ValueError: No place is marked.
        """
        if self._marked is None:
            raise ValueError("Cannot rewind: no place is marked.")
        self._given, self._ahead, place = self._marked
        self._marked = None
        if self._kept is None:
            self._stream.seek(place)
        else:
            self._kept.seek(0)
            self._stream, self._kept = _Chain(self._kept, self._stream), None

    def close(self) -> None:
        """Close what was opened here; a file of the caller stays open."""
        for stream in reversed(self._owned):
            stream.close()
        self._owned.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _place(stream: Any) -> int | None:
    """Where the stream stands, ``None`` where it cannot be sought."""
    try:
        return int(stream.tell()) if stream.seekable() else None
    except (AttributeError, OSError, ValueError):
        return None


def open_source(source: SourceLike, *, limits: Limits = DEFAULT_LIMITS, file: str | None = None) -> Source:
    """A :class:`Source` of whatever the caller has; one that is a Source already comes back as it is.

    Args:
        source: A path, the bytes of a document, or a file opened in binary mode (it may be a pipe).
        limits: How much may come out.
        file: The name for messages; ``None`` takes the path, or the ``name`` of the open file.

    Raises:
        DocumentError: ``source`` is the text of a document, or no source at all, or its gzip data are damaged.
        OSError: The file cannot be opened.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Source(io.BytesIO(source), name=file, limits=limits, owned=True)
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n")[:1] in tuple("<{["):
        raise DocumentError(
            f"Cannot open {shorten(source)}: expected a path, got the text of a document; "
            "give it as bytes (text.encode())."
        )
    if isinstance(source, (str, os.PathLike)):
        name = os.fspath(source)
        stream = open(name, "rb")  # noqa: PTH123, SIM115 - the Source closes it
        try:
            return Source(stream, name=file or name, limits=limits, owned=True)
        except BaseException:
            stream.close()
            raise
    if hasattr(source, "read"):
        given = getattr(source, "name", None)
        return Source(source, name=file or (given if isinstance(given, str) else None), limits=limits)
    raise DocumentError(
        f"Cannot read a document from {shorten(source)}: expected a path, bytes or a binary file, "
        f"got {type(source).__name__}."
    )
