"""``validate --fix safe``: mends documents, shows what changed, writes where it was told to.

Takes the paths of the command; gives the reports about the mended documents, and about those that were only looked at
the report of the document as it still is. Guarantees: a document is written only to
``-o`` or, with ``--in-place``, over itself, and then in one step; what cannot be mended in place (standard input, a
member of an archive) is refused before anything is written.
"""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from epcis_kit.cli._inputs import expand
from epcis_kit.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.cli._inputs import Input
    from epcis_kit.findings import Report

__all__ = ["fixed"]

_GZIP: Final = b"\x1f\x8b"
_MOST: Final = 256 * 1024**2
"""Bytes of a document that is mended; it is in memory as a whole."""


def fixed(
    paths: tuple[str, ...], asked: dict[str, Any], *, output: str | None, in_place: bool, diff_to_errors: bool
) -> Iterator[tuple[Report, Report]]:
    """Mend each document and check it: what is left after mending, and what holds for the file as it now is.

    Args:
        paths: What the user named.
        asked: Keywords for :func:`epcis_kit.validate.check`.
        output: Where the one document goes; ``None`` where it is only shown or written in place.
        in_place: Write over what was read.
        diff_to_errors: Show the diff on standard error, because the report has standard output.
    """
    from epcis_kit.validate import check  # noqa: PLC0415 - loads the rules
    from epcis_kit.validate.fix import fix_safely  # noqa: PLC0415 - only with --fix

    inputs = list(expand(paths))
    if output is not None and len(inputs) != 1:
        raise click.UsageError(f"--fix with -o takes one document, got {len(inputs)}; --in-place takes several.")
    if in_place:
        for item in inputs:
            if isinstance(item.source, bytes):
                raise click.UsageError(f"--in-place cannot write to {item.name!r}: expected a file of its own.")
    for item in inputs:
        data, packed = _content(item)
        mended = fix_safely(data)
        click.echo(mended.diff(item.name), nl=False, err=diff_to_errors)
        target = output if output is not None else str(item.source) if in_place else None
        number = len(mended.changes)
        said = "1 change" if number == 1 else f"{number:,} changes"
        if target is not None and (mended.changes or output is not None):
            _write(Path(target), gzip.compress(mended.data, mtime=0) if packed else mended.data)
            click.echo(f"{item.name}: {said}, written to {target}", err=True)
        elif mended.changes:
            click.echo(f"{item.name}: {said}, not written; -o FILE or --in-place writes them", err=True)
        report = check(mended.data, **asked).named(item.name)
        written = target is not None or not mended.changes
        yield report, report if written else check(data, **asked).named(item.name)


def _content(item: Input) -> tuple[bytes, bool]:
    """The bytes of a document, and whether they were compressed."""
    if isinstance(item.source, bytes):
        data = item.source
    else:
        with item.source.open("rb") as stream:
            data = stream.read(_MOST + 1)
    if not data.startswith(_GZIP):
        return _limited(data, item.name), False
    unpack = zlib.decompressobj(wbits=31)
    try:
        data = unpack.decompress(data, _MOST + 1)
    except zlib.error as error:
        raise DocumentError(f"{item.name}: this gzip file cannot be read: {error}") from None
    return _limited(data, item.name), True


def _limited(data: bytes, name: str) -> bytes:
    if len(data) > _MOST:
        raise DocumentError(f"{name}: expected at most {_MOST:,} bytes to mend, got more")
    return data


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing: beside the target first, then in its place, with the rights that the target had."""
    path = path.resolve()  # a link stays one
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        os.chmod(name, mode & 0o777)  # noqa: PTH101 - beside the other calls of os
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    present = os.umask(0)
    os.umask(present)
    return present
