"""Bytes to documents and back, whatever the format: reading, streaming, writing, converting.

Takes anything :func:`~epcis_kit.codec.sources.open_source` takes; gives :class:`~epcis_kit.model.Document` values,
events one by one, or bytes. Guarantees: the format is told by content; events stream in memory for one event;
nothing is dropped
silently: what the target cannot hold is a named loss, and without ``allow_loss`` an
:class:`~epcis_kit.errors.EncodeError`. A reader or writer is loaded when a document needs it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import io
import itertools
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal, TypeAlias

from epcis_kit.codec.detection import detect
from epcis_kit.codec.epc_spelling import Respelling, speller
from epcis_kit.codec.limits import DEFAULT_OPTIONS, ReadOptions
from epcis_kit.codec.sources import SourceLike, open_source
from epcis_kit.errors import EncodeError, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.codec.protocols import DocumentReader, DocumentWriter, Problems
    from epcis_kit.findings import Finding
    from epcis_kit.model import Document, Event

__all__ = ["ConvertReport", "convert", "iter_events", "open_reader", "open_writer", "read_document", "write_document"]

Format: TypeAlias = Literal["json", "xml"]

_MOST_LOSSES: Final = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class ConvertReport:
    """What a conversion did.

    Attributes:
        events: Events written.
        losses: What the target format could not hold, named with its place.
        findings: Events and parts that could not be read and were left out.
        source_format: For example ``"xml 1.2"``.
        target_format: For example ``"json 2.0"``.
        remarks: What is worth knowing about things that were read, for example that a context was not fetched.
    """

    events: int
    losses: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    source_format: str
    target_format: str
    remarks: tuple[Finding, ...] = ()


def open_reader(
    source: SourceLike,
    options: ReadOptions = DEFAULT_OPTIONS,
    problems: Problems | None = None,
    *,
    whole_head: bool = False,
    remarks: Problems | None = None,
) -> DocumentReader:
    """A reader of the format that ``source`` is in; close it when done.

    Args:
        source: Path, bytes or binary file; gzip is undone.
        options: Limits and choices.
        problems: Takes findings of bad events; ``None`` raises at the first.
        whole_head: Find members that stand after the events before the first event is given (a second pass in JSON).
        remarks: Takes findings about what is read all the same, for example that a context is not fetched.

    Raises:
        DocumentError: The source is neither XML nor JSON.
        OSError: The file cannot be opened.
    """
    opened = open_source(source, limits=options.limits, file=options.file)
    if options.file is None and opened.name is not None:
        options = dataclasses.replace(options, file=opened.name)
    try:
        detected = detect(opened)
        if detected.format == "json":
            from epcis_kit.codec.json_reader import JsonReader  # noqa: PLC0415 - loaded when a document needs it

            return JsonReader(opened, options, problems, detected=detected, whole_head=whole_head, remarks=remarks)
        from epcis_kit.codec.xml_reader import XmlReader  # noqa: PLC0415 - loads lxml

        return XmlReader(opened, options, problems)
    except BaseException:
        opened.close()
        raise


def iter_events(
    source: SourceLike, *, options: ReadOptions = DEFAULT_OPTIONS, problems: Problems | None = None
) -> Iterator[Event]:
    """The events of a document, one by one, in memory for one.

    Raises:
        DocumentError: The document cannot be read, or ``problems`` is ``None`` and an event is wrong.
        OSError: The file cannot be opened.
    """
    with contextlib.closing(open_reader(source, options, problems)) as reader:
        yield from reader.events()


def read_document(
    source: SourceLike, *, options: ReadOptions = DEFAULT_OPTIONS, problems: Problems | None = None
) -> Document:
    """The whole document with its events.

    Raises:
        DocumentError: The document cannot be read, or ``problems`` is ``None`` and an event is wrong.
        OSError: The file cannot be opened.
    """
    with contextlib.closing(open_reader(source, options, problems)) as reader:
        events = tuple(reader.events())
        return reader.head().model_copy(update={"events": events})


def open_writer(
    target: IO[bytes],
    head: Document,
    *,
    format: Format = "json",  # noqa: A002 - the promised name
    version: str = "2.0",
    allow_loss: bool = False,
    **spelling: Any,
) -> DocumentWriter:
    """A writer of that format and version; ``spelling`` goes to it (``indent`` for JSON, ``epcs``).

    Raises:
        EncodeError: There is no such format or version, or the head cannot be carried.
    """
    if format == "json":
        from epcis_kit.codec.json_writer import JsonWriter  # noqa: PLC0415 - loads msgspec

        spell = speller(spelling.pop("epcs", "as-is"), spelling.pop("gcp_length", None))
        writer = JsonWriter(target, head, version=version, allow_loss=allow_loss, **spelling)
        return writer if spell is None else Respelling(writer, spell)
    if format == "xml":
        from epcis_kit.codec.xml_writer import XmlWriter  # noqa: PLC0415 - loads lxml

        return XmlWriter(target, head, version=version, allow_loss=allow_loss, **spelling)
    raise EncodeError(f"Cannot write format {shorten(format)}: expected 'json' or 'xml'.")


def write_document(
    document: Document,
    *,
    format: Format = "json",  # noqa: A002 - the promised name
    version: str = "2.0",
    allow_loss: bool = False,
    on_loss: Problems | None = None,
    **spelling: Any,
) -> bytes:
    """The document as bytes, with only the prefixes it needs; the same document gives the same bytes.

    Args:
        document: What to write.
        format: ``"json"`` or ``"xml"``.
        version: ``"2.0"``; for XML also ``"1.2"``.
        allow_loss: Write what can be written and give the losses to ``on_loss``.
        on_loss: Takes each loss.
        spelling: Goes to the writer: ``indent``, ``epcs``.

    Raises:
        EncodeError: Something cannot be carried and ``allow_loss`` is false; ``losses`` has all of it.
    """
    target = io.BytesIO()
    head = document.model_copy(update={"events": ()})
    writer = open_writer(target, head, format=format, version=version, allow_loss=True, whole=True, **spelling)
    for event in document.events:
        writer.write(event)
    writer.close()
    _settle(writer.losses, f"{format.upper()} {version}", allow_loss=allow_loss)
    if on_loss is not None:
        for loss in writer.losses:
            on_loss(loss)
    return target.getvalue()


def convert(
    source: SourceLike,
    target: str | os.PathLike[str] | IO[bytes],
    *,
    format: Format = "json",  # noqa: A002 - the promised name
    version: str = "2.0",
    allow_loss: bool = False,
    options: ReadOptions = DEFAULT_OPTIONS,
    problems: Problems | None = None,
    **spelling: Any,
) -> ConvertReport:
    """Read one document and write it in another format, event by event, in constant memory.

    A target path is replaced only when all went well; one that ends in ``.gz`` is compressed. A target file is
    written as the events come. Where the source says something about the document after its events, JSON is looked
    through twice.

    Raises:
        DocumentError: The source cannot be read, or ``problems`` is ``None`` and an event is wrong.
        EncodeError: Something cannot be carried and ``allow_loss`` is false.
        OSError: A file cannot be opened or written.
    """
    if isinstance(target, (str, os.PathLike)):
        with replacing(target) as stream:
            return _converted(source, stream, format, version, options, problems, spelling, loss=(allow_loss, True))
    return _converted(source, target, format, version, options, problems, spelling, loss=(allow_loss, allow_loss))


def _converted(  # noqa: PLR0917 - one call, two places
    source: SourceLike,
    target: IO[bytes],
    format: Format,  # noqa: A002
    version: str,
    options: ReadOptions,
    problems: Problems | None,
    spelling: dict[str, Any],
    *,
    loss: tuple[bool, bool],
) -> ConvertReport:
    """``loss`` says whether losses are allowed in the end, and whether the writer may go on after one.

    What a JSON document says after its events is looked for before the first event is written. Where the target can be
    begun again, it is first written without that look, because few documents have anything there.
    """
    findings: list[Finding] = []
    remarks: list[Finding] = []

    def attempt(*, whole_head: bool) -> ConvertReport | None:
        """``None`` where something came after the events that should have been known before."""
        allow_loss, go_on = loss
        found = None if problems is None else findings.append
        with contextlib.closing(
            open_reader(source, options, found, whole_head=whole_head, remarks=remarks.append)
        ) as reader:
            events = reader.events()
            first = next(events, None)
            writer = open_writer(target, reader.head(), format=format, version=version, allow_loss=go_on, **spelling)
            count = 0
            for event in () if first is None else itertools.chain((first,), events):
                writer.write(event)
                count += 1
                if len(writer.losses) > _MOST_LOSSES and not allow_loss:
                    break
            if not whole_head and getattr(reader, "late", False):
                return None
            head = reader.head()
            writer.close(head)
        _settle(writer.losses, whole, allow_loss=allow_loss)
        source_format = head.source_format or ""
        return ConvertReport(count, tuple(writer.losses), tuple(findings), source_format, whole.lower(), tuple(remarks))

    whole = f"{format.upper()} {version}"
    try:
        start = _beginning(target) if isinstance(source, (str, os.PathLike, bytes, bytearray, memoryview)) else None
        report = None
        if start is not None:
            try:
                report = attempt(whole_head=False)
            except EncodeError:
                if loss[1]:  # it has been to the end
                    raise
            if report is None:
                findings.clear()
                remarks.clear()
                target.seek(start)
                target.truncate()
        report = report or attempt(whole_head=True)
        assert report is not None  # the whole head was known
        return report
    finally:
        if problems is not None:
            for finding in findings:
                problems(finding)


def _beginning(target: IO[bytes]) -> int | None:
    """Where the target stands, if it can be begun again from there."""
    if isinstance(target, gzip.GzipFile):
        return None
    try:
        return target.tell() if target.seekable() else None
    except (AttributeError, OSError, ValueError):
        return None


def _settle(losses: list[Finding], whole: str, *, allow_loss: bool) -> None:
    if losses and not allow_loss:
        more = f" (and {len(losses) - 1} more)" if len(losses) > 1 else ""
        raise EncodeError(f"Cannot write {whole} without loss: {losses[0]}{more}", losses)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of ``path`` when all went well, and is removed when not."""
    goal = Path(path)
    if not goal.parent.is_dir() or (goal.exists() and not goal.is_file()):
        with goal.open("wb") as stream:  # a pipe or device is written as it is; a missing folder says so by itself
            yield stream
        return
    handle, name = tempfile.mkstemp(prefix=f".{goal.name}.", suffix=".part", dir=goal.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            if goal.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield stream
        part.chmod(_mode(goal))
        part.replace(goal)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _mode(goal: Path) -> int:
    """The permissions of the file that is replaced, or those that a new file gets."""
    if goal.exists():
        return goal.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
