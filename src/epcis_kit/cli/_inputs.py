"""The files a command was given: paths, folders, archives, standard input, one after another.

Takes the arguments of a command; gives :class:`Input` values with a name for messages and something ``codec`` can read.
Guarantees: folders are walked in the order of names; of a folder or a zip archive only what looks like an EPCIS
document is taken (told by content), while a file that was named is always taken; a member of an archive is read under
the same size limit as any file; nothing is unpacked to disk; what is broken in a folder or archive is told after the
others in it were given; a pipe is read once.
"""

from __future__ import annotations

import dataclasses
import io
import lzma
import re
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from epcis_kit.codec.limits import DEFAULT_LIMITS
from epcis_kit.errors import DocumentError, shorten
from epcis_kit.findings import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import IO

__all__ = ["Input", "expand", "naive_times_option", "paths_argument"]

_LOOK: Final = 4096
_ZIP: Final = b"PK\x03\x04"
_FAULTS: Final = 3
_MEMBERS: Final = 100_000
_SIGNS: Final = (b"<", b"{", b"\x1f\x8b", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<", b"\x00{")
_WORDS: Final = (b"EPCIS", b"epcis", b"eventTime")
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # a member with a password, or packed in a way that zipfile does not know
    ValueError,
)
"""What zipfile raises on archives that are broken, on purpose or not."""

_ZONE: Final = re.compile(r"Z|event-offset|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00")


def _zone(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and _ZONE.fullmatch(value) is None:
        raise click.BadParameter(f"expected an offset such as +01:00, Z or event-offset, got {shorten(value)}.")
    return value


naive_times_option = click.option(
    "--naive-times",
    metavar="OFFSET",
    callback=_zone,
    help="Meaning of times without a zone (1.x): an offset, or 'event-offset'.",
)
"""The option of every command that reads documents of EPCIS 1.x."""

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
        path = Path(text)
        if text == "-":
            yield from _given("-", sys.stdin.buffer.read(DEFAULT_LIMITS.max_bytes + 1))
        elif path.is_dir():
            yield from _folder(path)
        elif path.exists() and not path.is_file():  # a pipe or device gives its bytes to the first who reads them
            with path.open("rb") as stream:
                data = stream.read(DEFAULT_LIMITS.max_bytes + 1)
            yield from _given(text, data)
        elif _is_zip(path):
            yield from _archive(text, path)
        else:
            yield Input(text, path)


def _given(name: str, data: bytes) -> Iterator[Input]:
    """What came through a pipe: one document, or an archive of several."""
    if data.startswith(_ZIP):
        yield from _archive(name, io.BytesIO(data))
    else:
        yield Input(name, data)


def _folder(path: Path) -> Iterator[Input]:
    found = False
    faults: list[str] = []
    for item in sorted(path.rglob("*")):
        if not item.is_file() or any(part.startswith(".") for part in item.relative_to(path).parts):
            continue
        try:
            if _is_zip(item):
                for member in _archive(str(item), item):
                    found = True
                    yield member
                continue
            with item.open("rb") as stream:
                start = stream.read(_LOOK)
        except DocumentError as error:
            faults.append(f"{item.relative_to(path)}: {error.reason}")
            continue
        except OSError as error:
            faults.append(f"{item.relative_to(path)}: {error.strerror or error}")
            continue
        if _looks_like_epcis(start):
            found = True
            yield Input(str(item), item)
    if faults:  # told when everything else of the folder was read
        more = f" (and {len(faults) - _FAULTS} more)" if len(faults) > _FAULTS else ""
        raise DocumentError("; ".join(faults[:_FAULTS]) + more, Location(file=str(path)))
    if not found:
        raise DocumentError("this folder has no EPCIS document in it", Location(file=str(path)))


def _archive(name: str, source: Path | IO[bytes]) -> Iterator[Input]:
    """The documents in an archive; a damaged member is told when the others were read."""
    found = False
    faults: list[str] = []
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            if len(members) > _MEMBERS:
                raise DocumentError(f"this archive has more than {_MEMBERS} members", Location(file=name))  # noqa: TRY301
            for member in members:
                if member.is_dir():
                    continue
                try:
                    data = _member(archive, member)
                except _DAMAGED as error:
                    faults.append(f"member {shorten(member.filename)}: {str(error) or type(error).__name__}")
                    continue
                if data:
                    found = True
                    yield Input(f"{name}/{member.filename}", data)
    except DocumentError:
        raise
    except _DAMAGED as error:
        raise DocumentError(
            f"this zip archive cannot be read: {str(error) or type(error).__name__}", Location(file=name)
        ) from None
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise DocumentError(f"this zip archive cannot be read: {faults[0]}{more}", Location(file=name))
    if not found:
        raise DocumentError("this archive has no EPCIS document in it", Location(file=name))


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member; none where it does not look like an EPCIS document."""
    data = io.BytesIO()
    with archive.open(member) as stream:
        while block := stream.read(1 << 20):
            if data.tell() + len(block) > DEFAULT_LIMITS.max_bytes:
                raise zipfile.LargeZipFile(f"larger than {DEFAULT_LIMITS.max_bytes} bytes")
            if not data.tell() and not _looks_like_epcis(block[:_LOOK]):
                break
            data.write(block)
    return data.getvalue()


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_ZIP)) == _ZIP
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
