"""The files that a run writes its events to: one, or several by size or by what an event says.

Takes a target, a format and events; gives documents whose bytes do not depend on where a run was interrupted.
Guarantees: events go to ``.NAME.part`` files beside the target, which take their names only when
:meth:`Outputs.publish` is called; :meth:`Outputs.checkpoint` brings everything to the disk and says how long each file
is, and files cut to those lengths go on as if nothing had happened; memory for one buffer a file.
"""

from __future__ import annotations

import dataclasses
import os
import re
import zlib
from typing import IO, TYPE_CHECKING, Any, Final, Literal

from epcis_kit.codec import open_writer, read_document, write_document
from epcis_kit.codec.json_values import Values
from epcis_kit.codec.namespaces import Prefixes
from epcis_kit.errors import DocumentError, EncodeError
from epcis_kit.findings import Location
from epcis_kit.model import Document
from epcis_kit.tabular.flat_columns import Column, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from epcis_kit.codec.protocols import DocumentWriter
    from epcis_kit.model import Event

__all__ = ["Form", "Outputs", "split_column"]

Format = Literal["json", "jsonl", "xml"]

_BUFFER: Final = 1 << 17
_MANY: Final = 64
_MOST: Final = 100_000
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_PARTNER: Final = (
    "destinationList[type=owning_party].destination|destinationList[type=possessing_party].destination"
    "|destinationList[type=location].destination|destinationList.destination"
)
_SENDER: Final = (
    "sourceList[type=owning_party].source|sourceList[type=possessing_party].source"
    "|sourceList[type=location].source|sourceList.source"
)
_WORDS: Final = {"partner": _PARTNER, "receiver": _PARTNER, "sender": _SENDER}


def split_column(text: str) -> Column:
    """What ``--split-by`` names: ``partner``, ``sender`` or a path of JSON names.

    Raises:
        MappingError: There is no such path.
    """
    return Column.parse(_WORDS.get(text, text))


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """How events are written.

    Attributes:
        format: ``"json"``, ``"jsonl"`` (an event a line) or ``"xml"``.
        version: ``"2.0"``; for XML also ``"1.2"``.
        spelling: Goes to the writer.
    """

    format: Format
    version: str = "2.0"
    spelling: tuple[tuple[str, Any], ...] = ()

    def writer(self, target: IO[bytes], head: Document) -> DocumentWriter:
        """A writer of this form.

        Raises:
            EncodeError: There is no such format or version.
        """
        if self.format == "jsonl":
            head = Document(type="event", namespaces=head.namespaces)
        kind: Any = "json" if self.format == "jsonl" else self.format
        return open_writer(target, head, format=kind, version=self.version, **dict(self.spelling))


class _Part:
    """One file that is being written: the events go through its buffer."""

    def __init__(self, goal: Path, form: Form, head: Document, known: dict[str, Any] | None = None) -> None:
        self.goal = goal
        self.path = goal.with_name(f".{goal.name}.part")
        self.length = 0
        self.events = 0
        self.first = ""
        self.closed = False
        self._packed = goal.suffix == ".gz"
        self._packer: Any = None
        self._buffer = bytearray()
        self._writer: DocumentWriter | None = None
        if known is None:
            self.path.unlink(missing_ok=True)
        else:
            self._resume(known)
        if not self.closed:
            self._writer = form.writer(self, head)  # type: ignore[arg-type]
            if self.events:  # the writer is brought to where it was: what it says by the way is in the file already
                (again,) = read_document(self.first.encode()).events
                self._writer.write(again)
                self._writer.flush()
                self._buffer.clear()

    def _resume(self, known: dict[str, Any]) -> None:
        self.length, self.events = known["length"], known["events"]
        self.first, self.closed = known["first"], known["closed"]
        size = self.path.stat().st_size if self.path.exists() else -1
        if size < self.length and not (self.length == 0 and size == -1):
            raise DocumentError(
                f"this part of the output has {max(size, 0)} bytes and should have {self.length}: start again without "
                "--resume",
                Location(file=str(self.path)),
            )
        if size > self.length:
            os.truncate(self.path, self.length)

    def write(self, data: bytes) -> int:
        """What the writer calls."""
        self._buffer += data
        return len(data)

    def add(self, event: Event, limit: int) -> None:
        assert self._writer is not None
        if not self.events:
            self.first = write_document(Document(type="event", events=(event,))).decode()
        self._writer.write(event)
        self.events += 1
        if len(self._buffer) > limit:
            self.flush()

    def flush(self, *, to_disk: bool = False) -> None:
        data = bytes(self._buffer)
        self._buffer.clear()
        if self._packed:
            if data and self._packer is None:
                self._packer = zlib.compressobj(6, wbits=31)
            data = self._packer.compress(data) if self._packer is not None else b""
            if to_disk and self._packer is not None:
                data += self._packer.flush()
                self._packer = None
        if not data and not to_disk:
            return
        with self.path.open("ab") as stream:
            stream.write(data)
            self.length += len(data)
            if to_disk:
                stream.flush()
                os.fsync(stream.fileno())

    def close(self) -> None:
        """Write the end of the document."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self.closed = True
        self.flush(to_disk=True)

    def checkpoint(self) -> dict[str, Any]:
        if self._writer is not None:
            self._writer.flush()
        if self._buffer or self._packer is not None or not self.path.exists():
            self.flush(to_disk=True)
        return {
            "file": self.goal.name,
            "length": self.length,
            "events": self.events,
            "first": self.first,
            "closed": self.closed,
        }


class Outputs:
    """Takes events, gives files.

    Attributes:
        events: Events written.
    """

    def __init__(
        self,
        target: Path,
        form: Form,
        head: Callable[[], Document],
        *,
        split_size: int | None = None,
        split_by: Column | None = None,
        known: list[dict[str, Any]] | None = None,
    ) -> None:
        """Begin, or go on where ``known`` (from :meth:`checkpoint`) says.

        Args:
            target: The file, or the pattern of names where the output is split.
            form: How events are written.
            head: Gives the document without its events; called when the first event is there.
            split_size: Most events of a file.
            split_by: What of an event says which file it belongs to.
            known: The files of an interrupted run.

        Raises:
            DocumentError: A file of the interrupted run is not as it was left.
        """
        self._target = target
        self._form = form
        self._head = head
        self._split_size = split_size
        self._split_by = split_by
        self._parts: dict[str, _Part] = {}
        self._values = Values(Prefixes(), lambda *_: None)
        self._numbers: dict[str, int] = {}
        self.events = 0
        for entry in known or ():
            self.events += entry["events"]
            self._parts[entry["name"]] = _Part(target.with_name(entry["file"]), form, head(), entry)
            said, _, number = entry["name"].rpartition("\n")
            self._numbers[said] = max(self._numbers.get(said, 1), int(number or 1))

    @property
    def is_split(self) -> bool:
        """Whether there may be several files."""
        return self._split_size is not None or self._split_by is not None

    def write(self, event: Event) -> None:
        """Write an event to the file it belongs to.

        Raises:
            EncodeError: The format cannot carry it.
        """
        name = self._name(event)
        part = self._parts.get(name)
        if part is None:
            if len(self._parts) >= _MOST:
                raise EncodeError(f"Cannot split the output into more than {_MOST} files.")
            part = self._parts[name] = _Part(self._goal(name), self._form, self._head())
        part.add(event, _BUFFER if len(self._parts) < _MANY else _BUFFER >> 4)
        self.events += 1

    def _name(self, event: Event) -> str:
        said = ""
        if self._split_by is not None:
            said = plain_text(self._split_by.cell(self._values.event(event, ""), lambda _, __: None)) or "none"
        if self._split_size is None:
            return said
        number = self._numbers.get(said, 1)
        part = self._parts.get(f"{said}\n{number}")
        if part is not None and part.events >= self._split_size:
            part.close()
            number += 1
        self._numbers[said] = number
        return f"{said}\n{number}"

    def _goal(self, name: str) -> Path:
        """The file name of a part: ``out.json`` becomes ``out-PARTNER-0001.json``."""
        if not self.is_split:
            return self._target
        said, _, number = name.rpartition("\n") if self._split_size is not None else (name, "", "")
        tail = "".join(f"-{piece}" for piece in (_file_word(said), number.zfill(4) if number else "") if piece)
        stem, dot, endings = self._target.name.partition(".")
        taken = {part.goal.name for part in self._parts.values()}
        found, count = f"{stem}{tail}{dot}{endings}", 1
        while found in taken:
            count += 1
            found = f"{stem}{tail}-{count}{dot}{endings}"
        return self._target.with_name(found)

    def checkpoint(self) -> list[dict[str, Any]]:
        """Bring everything to the disk; what a later run needs to go on from here."""
        return [{"name": name, **part.checkpoint()} for name, part in self._parts.items()]

    def close(self) -> None:
        """Write the ends of all documents; an output without events is a document without events."""
        if not self._parts:
            name = "\n1" if self._split_size is not None else ""
            self._parts[name] = _Part(self._goal(name), self._form, self._head())
        for part in self._parts.values():
            if not part.closed:
                part.close()

    @property
    def written(self) -> tuple[Path, ...]:
        """The closed files under the names they have until they are published."""
        return tuple(part.path for part in self._parts.values())

    @property
    def goals(self) -> tuple[Path, ...]:
        """The names that the files get."""
        return tuple(part.goal for part in self._parts.values())

    def publish(self) -> None:
        """Give the files their names."""
        for part in self._parts.values():
            if part.path.exists():
                part.path.replace(part.goal)

    def discard(self) -> None:
        """Take the files away again."""
        for part in self._parts.values():
            part.path.unlink(missing_ok=True)


def _file_word(text: str) -> str:
    """A text as a part of a file name: the key of a Digital Link or URN, without what a file system may not like."""
    known = text.rstrip("/").split("?")[0]
    tail = known.rsplit("/", 1)[-1] if known.startswith("http") else known.rsplit(":", 1)[-1]
    return _UNSAFE.sub("_", tail)[:60].strip("._")
