"""Which format a stream of bytes is in, told by its content and never by a name.

Takes a :class:`~epcis_kit.codec.sources.Source`; gives a :class:`Detected`. Looks at the byte order mark, then at
the first character that is no white space: ``<`` is XML, ``{`` is JSON. Guarantees: nothing is taken from the
source, at most 64 KiB are looked at, and what is neither is refused with one sentence that says what it looks like.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final, Literal

from epcis_kit.errors import DocumentError, shorten
from epcis_kit.findings import Location

if TYPE_CHECKING:
    from epcis_kit.codec.sources import Source

__all__ = ["Detected", "detect"]

_LOOK: Final = 1 << 16

_MARKS: Final = (  # the longer ones first: a UTF-32 mark begins like one of UTF-16
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)

_KNOWN: Final = (
    (b"PK\x03\x04", "a zip archive; give its members one by one"),
    (b"%PDF", "a PDF file"),
    (b"eyJ", "a signed message (JWS); verify it and read what it holds"),
    (b"SQLite format 3", "an SQLite database"),
    (b"BZh", "a bzip2 file; decompress it first"),
    (b"\xfd7zXZ", "an xz file; decompress it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file; decompress it first"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Detected:
    """What a stream looks like.

    Attributes:
        format: ``"xml"`` or ``"json"``.
        encoding: Name of the Python codec; for XML a guess, because its declaration may say something else.
        mark: Length of the byte order mark in bytes.
    """

    format: Literal["xml", "json"]
    encoding: str
    mark: int


def detect(source: Source) -> Detected:
    """The format and encoding of ``source``, of which nothing is taken.

    Raises:
        DocumentError: It is empty, or begins neither as XML nor as JSON does.
    """
    start = source.peek(4)
    encoding, mark = next(((name, len(sign)) for sign, name in _MARKS if start.startswith(sign)), ("", 0))
    if not encoding:
        encoding = _by_zeros(start)
    size, text = 512, ""
    while not text and size <= _LOOK:
        data = source.peek(size)
        text = data[mark:].decode(encoding, errors="replace").lstrip(" \t\r\n")
        if len(data) < size:
            break
        size *= 8
    if text[:1] == "<":
        return Detected("xml", encoding, mark)
    if text[:1] in {"{", "["}:
        return Detected("json", encoding, mark)
    raise DocumentError(_refusal(start, source.peek(16), text), Location(file=source.name) if source.name else None)


def _by_zeros(start: bytes) -> str:
    """The encoding that the zero bytes of the first two ASCII characters give away (RFC 4627, 3)."""
    first, second, third, fourth = (byte == 0 for byte in start[:4].ljust(4, b"x"))
    return {
        (True, True, True, False): "utf-32-be",
        (True, False, True, False): "utf-16-be",
        (False, True, True, True): "utf-32-le",
        (False, True, False, True): "utf-16-le",
    }.get((first, second, third, fourth), "utf-8")


def _refusal(start: bytes, head: bytes, text: str) -> str:
    if not start:
        return "Cannot read the document: expected EPCIS in XML or JSON, got an empty file."
    if not text:
        return "Cannot read the document: expected EPCIS in XML or JSON, got nothing but white space."
    known = next((name for sign, name in _KNOWN if head.startswith(sign)), None)
    if known is not None:
        return f"Cannot read the document: expected EPCIS in XML or JSON, got {known}."
    return f"Cannot read the document: expected it to begin with '<' (XML) or '{{' (JSON), got {shorten(head)}."
