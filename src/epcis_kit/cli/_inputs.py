"""The files a command was given: paths, folders, archives, standard input, one after another.

Takes the arguments of a command; gives :class:`Input` values with a name for messages and something ``codec`` can read.
Guarantees: folders are walked in the order of names; of a folder or a zip archive only what looks like an EPCIS
document is taken (told by content), while a file that was named is always taken; a member of an archive is read under
the same size limit as any file; nothing is unpacked to disk.
"""

from __future__ import annotations

import dataclasses
import io
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from epcis_kit.codec.limits import DEFAULT_LIMITS
from epcis_kit.errors import DocumentError, shorten
from epcis_kit.findings import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Input", "expand", "paths_argument"]

_LOOK: Final = 4096
_MEMBERS: Final = 100_000
_SIGNS: Final = (b"<", b"{", b"\x1f\x8b", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<", b"\x00{")
_WORDS: Final = (b"EPCIS", b"epcis", b"eventTime")

paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH...")
"""The argument of every command that reads documents."""


@dataclasses.dataclass(frozen=True, slots=True)
class Input:
    """One document to read.

    Attributes:
        name: What messages call it, for example ``"may.zip/plant.xml"``.
        source: A path or bytes.
    """

    name: str
    source: Path | bytes


def expand(paths: Sequence[str]) -> Iterator[Input]:
    """The documents that ``paths`` name.

    Raises:
        DocumentError: A folder or archive has no EPCIS document in it, or an archive cannot be read.
        OSError: A path does not exist or cannot be opened.
    """
    for text in paths:
        if text == "-":
            yield Input("-", sys.stdin.buffer.read(DEFAULT_LIMITS.max_bytes + 1))
            continue
        path = Path(text)
        if path.is_dir():
            yield from _folder(path)
        elif _is_zip(path):
            yield from _archive(path)
        else:
            yield Input(text, path)


def _folder(path: Path) -> Iterator[Input]:
    found = False
    for item in sorted(path.rglob("*")):
        if not item.is_file() or any(part.startswith(".") for part in item.relative_to(path).parts):
            continue
        if _is_zip(item):
            found = True
            yield from _archive(item)
        else:
            with item.open("rb") as stream:
                start = stream.read(_LOOK)
            if _looks_like_epcis(start):
                found = True
                yield Input(str(item), item)
    if not found:
        raise DocumentError("this folder has no EPCIS document in it", Location(file=str(path)))


def _archive(path: Path) -> Iterator[Input]:
    found = False
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > _MEMBERS:
                raise DocumentError(f"this archive has more than {_MEMBERS} members", Location(file=str(path)))
            for member in members:
                if member.is_dir():
                    continue
                data = io.BytesIO()
                with archive.open(member) as stream:
                    while block := stream.read(1 << 20):
                        if data.tell() + len(block) > DEFAULT_LIMITS.max_bytes:
                            raise DocumentError(
                                f"member {shorten(member.filename)} is larger than {DEFAULT_LIMITS.max_bytes} bytes",
                                Location(file=str(path)),
                            )
                        if not data.tell() and not _looks_like_epcis(block[:_LOOK]):
                            break
                        data.write(block)
                if data.tell():
                    found = True
                    yield Input(f"{path}/{member.filename}", data.getvalue())
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise DocumentError(f"this zip archive cannot be read: {error}", Location(file=str(path))) from None
    if not found:
        raise DocumentError("this archive has no EPCIS document in it", Location(file=str(path)))


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def _looks_like_epcis(start: bytes) -> bool:
    head = start.lstrip(b" \t\r\n")
    if not head.startswith(_SIGNS):
        return False
    if head.startswith(b"\x1f\x8b"):
        return True
    plain = head.replace(b"\x00", b"")
    return any(word in plain for word in _WORDS)
