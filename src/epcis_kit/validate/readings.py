"""A source that can be read several times: for its shape, for its events, and for the places of what was found.

Takes what users name: a path, bytes, an open binary file, a pipe; gives it again from its beginning as often as it is
asked for. Guarantees: what can be read once only is kept in a temporary file; a file of the caller is left open, and
what was opened here is closed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import IO, TYPE_CHECKING, Any, Final, Self

from epcis_kit.codec.sources import Source
from epcis_kit.errors import DocumentError

if TYPE_CHECKING:
    from types import TracebackType

    from epcis_kit.codec import SourceLike

__all__ = ["Readings"]

_IN_MEMORY: Final = 8 << 20


class Readings:
    """One source, from its beginning each time.

    Attributes:
        name: What messages call it; ``None`` for bytes and files without a name.
        size: Its size in bytes as it came, where that is known.
    """

    def __init__(self, source: SourceLike) -> None:
        self.name: str | None = None
        self.size: int | None = None
        self._source: Any = source
        self._start: int | None = None
        self._owned: list[IO[bytes]] = []
        if isinstance(source, (bytes, bytearray, memoryview)):
            self.size = len(source)
        elif isinstance(source, (str, os.PathLike)):
            self._path(source)
        else:
            given = getattr(source, "name", None)
            self.name = given if isinstance(given, str) else None
            self._stream(source)

    def _path(self, path: str | os.PathLike[str]) -> None:
        if os.path.isfile(path):  # noqa: PTH113 - a path of any kind
            self.size = os.path.getsize(path)  # noqa: PTH202
        elif os.path.exists(path) and not os.path.isdir(path):  # noqa: PTH110, PTH112
            self.name = os.fspath(path)
            with open(path, "rb") as pipe:  # noqa: PTH123
                self._keep(pipe)

    def _stream(self, stream: Any) -> None:
        try:
            start = stream.tell() if not isinstance(stream, Source) and stream.seekable() else None
        except (AttributeError, OSError, ValueError):
            start = None
        if start is None and hasattr(stream, "read"):
            self._keep(stream)
        else:
            self._start = start

    def _keep(self, stream: Any) -> None:
        kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by close()
        self._owned.append(kept)
        try:
            shutil.copyfileobj(stream, kept)
        except TypeError:
            raise DocumentError(
                "Cannot read the document: expected a file opened in binary mode, got one of text."
            ) from None
        self._source, self._start, self.size = kept, 0, kept.tell()

    def again(self) -> Any:
        """The source from its beginning."""
        if self._start is not None:
            self._source.seek(self._start)
        return self._source

    def close(self) -> None:
        """Let go of what was opened here."""
        for stream in self._owned:
            stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
