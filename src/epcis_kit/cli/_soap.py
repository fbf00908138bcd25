"""EPCIS that came in a SOAP envelope, as some systems send it.

Takes an input; gives the bytes of the document in the envelope's body, or nothing where there is none. Guarantees:
what stood around the document becomes white space, so that lines and columns are those of the file that the user has;
nothing is parsed and nothing is looked up here; a document that leans on declarations of the envelope is left as it is,
and is refused with its place by the reader.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from epcis_kit.cli._inputs import Input

__all__ = ["unwrapped"]

_LOOK: Final = 4096
_MOST: Final = 256 * 1024**2
_SPACES: Final = (b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope")
_ENVELOPE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?P<declaration><\?xml[^>]{0,300}\?>)?(?:\s|<!--(?:[^-]|-[^-])*-->)*"
    rb"<(?P<prefix>[A-Za-z_][\w.-]*:)?Envelope\s[^>]*>"
)
_ROOT: Final = re.compile(rb"\s*<(?:(?P<prefix>[A-Za-z_][\w.-]*):)?EPCIS[A-Za-z]*Document(?P<attributes>\s[^>]*)>")


def unwrapped(item: Input) -> bytes | None:
    """The document in the envelope; ``None`` where the input is no SOAP envelope around an EPCIS document."""
    if isinstance(item.source, bytes):
        data = item.source
    else:
        with Path(item.source).open("rb") as stream:
            data = stream.read(_LOOK)
            if not _is_envelope(data):
                return None
            data += stream.read(_MOST)
    found = _ENVELOPE.match(data[:_LOOK]) if _is_envelope(data[:_LOOK]) else None
    if found is None:
        return None
    prefix = re.escape(found["prefix"] or b"")
    body = re.compile(rb"<" + prefix + rb"Body(?:\s[^>]*)?>").search(data, found.end())
    end = max((one.start() for one in re.finditer(rb"</" + prefix + rb"Body\s*>", data)), default=-1)
    if body is None or end < body.end():
        return None
    root = _ROOT.match(data, body.end())
    if root is None or (root["prefix"] and b"xmlns:" + root["prefix"] not in root["attributes"]):
        return None
    start = found.end("declaration") if found["declaration"] is not None else 0
    return data[:start] + _blank(data[start : body.end()]) + data[body.end() : end] + _blank(data[end:])


def _is_envelope(start: bytes) -> bool:
    return b"Envelope" in start and any(space in start for space in _SPACES)


def _blank(data: bytes) -> bytes:
    """White space of the same lines and length."""
    return re.sub(rb"[^\r\n]", b" ", data)
