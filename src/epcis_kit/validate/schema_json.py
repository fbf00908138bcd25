"""The shape of a JSON document, told by our JSON Schema, event by event.

Takes the bytes of a source; gives a finding for each fault and the number of events. Guarantees: formats are asserted,
always; memory is that of one event, and of what stands around the events (the header with its master data); the
verdict is that of the schema over the whole document, because no keyword of it looks from one event to another. A
member that stands twice counts as the last one, as JSON Schema sees it. Bare events one a line (JSON lines) are
checked one by one.

Where ``jsonschema-rs`` is installed it gives the verdict on an event; what is wrong is found by
:mod:`~epcis_kit.validate.schema_compiled`, which also gives the verdict where it is not.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final

from epcis_kit._resources import read_bytes
from epcis_kit.codec.limits import exceeded
from epcis_kit.errors import DocumentError
from epcis_kit.findings import Location
from epcis_kit.validate.schema_compiled import Compiled
from epcis_kit.validate.schema_json_faults import EVENT_LISTS, explain
from epcis_kit.validate.schema_json_files import quick_judge
from epcis_kit.validate.schema_json_text import ShapeText, is_bare
from epcis_kit.validate.schema_messages import fault

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from epcis_kit.codec import ReadOptions
    from epcis_kit.codec.detection import Detected
    from epcis_kit.codec.sources import Source
    from epcis_kit.findings import Finding

__all__ = ["OwnSchema", "json_findings", "own_json_schema"]

_FILES: Final = ("epcis-2.0-document.json", "epcis-2.0-event.json", "epcis-2.0-words.json")
_LISTS: Final = frozenset(EVENT_LISTS.values())
_WAYS: Final = frozenset(path[:size] for path in _LISTS for size in range(1, len(path)))


class OwnSchema:
    """One of our schemas: the verdict on a value, and what is wrong with it."""

    def __init__(self, root: dict[str, Any], others: dict[str, dict[str, Any]]) -> None:
        self._compiled = Compiled(root, others)
        self._quick = quick_judge(root, others) or self._compiled.valid

    def valid(self, value: Any) -> bool:
        """The verdict alone."""
        try:
            return self._quick(value)
        except (ValueError, TypeError, OverflowError):  # half a surrogate pair, a number beyond all bounds
            return self._compiled.valid(value)

    def findings(self, value: Any, base: tuple[Any, ...] = (), index: int | None = None) -> list[Finding]:
        """One finding for each fault of a value that is wrong; ``base`` says where in the document it lies."""
        found = explain(self._compiled.faults(value), value, base, index)
        return found or [fault("SCH-099", "document", Location(pointer="".join(f"/{step}" for step in base)))]


@functools.cache
def own_json_schema() -> tuple[OwnSchema, OwnSchema]:
    """The schemas that ship with the library, of a whole document and of one event."""
    schemas = [json.loads(read_bytes(f"schemas/json/{name}")) for name in _FILES]
    others = {each["$id"]: each for each in schemas}
    return OwnSchema(schemas[0], others), OwnSchema(schemas[1], others)


def json_findings(source: Source, detected: Detected, options: ReadOptions) -> Generator[Finding, None, int]:
    """The findings of a JSON text; returns how many events it holds.

    What was found before the text turns out to be no JSON is given too.

    Raises:
        DocumentError: It is no JSON text.
    """
    walk = _Walk(ShapeText(source, detected, options))
    try:
        yield from walk.findings()
    except RecursionError:
        raise exceeded("max_depth", source.limits.max_depth) from None
    return walk.events


class _Walk:
    """One pass over a text."""

    def __init__(self, text: ShapeText) -> None:
        self.events = 0
        self._text = text
        self._whole, self._event = own_json_schema()
        self._found: dict[tuple[str, ...], tuple[list[Finding], int]] = {}  # of each list of events, with its length

    def findings(self) -> Iterator[Finding]:
        text = self._text
        try:
            stepwise = text.holds_document() and text.peek() == "{"
            first = self._object(()) if stepwise else text.value()
        except DocumentError:  # what was found before; of which list, the document did not say any more
            yield from (each for found, _ in self._found.values() for each in found)
            raise
        yield from self._frame(first)
        if text.peek():
            yield from self._lines(first)

    def _frame(self, value: Any) -> Iterator[Finding]:
        """What is wrong around the events, and in those of the list that the document's type asks for."""
        kind = value.get("type") if isinstance(value, dict) else None
        path = EVENT_LISTS.get(kind) if isinstance(kind, str) else None
        alone = is_bare(value) and "epcisBody" not in value
        found, self.events = self._found.get(path or (), ([], int(alone)))
        if not self._whole.valid(value):
            yield from self._whole.findings(value, index=0 if alone else None)
        yield from found

    def _lines(self, first: Any) -> Iterator[Finding]:
        text = self._text
        while text.peek():
            value = text.next_bare(first)
            if not self._whole.valid(value):
                yield from self._whole.findings(value, index=self.events)
            self.events += 1

    def _object(self, path: tuple[str, ...]) -> dict[str, Any]:
        """The members of the document or of an object around its events; lists of events become empty."""
        text = self._text
        text.expect("{", "at the beginning of an object")
        members: dict[str, Any] = {}
        if text.peek() == "}":
            text.at += 1
            return members
        while True:
            name = text.key()
            here = (*path, name)
            opened = text.peek()
            if opened == "{" and here in _WAYS:
                members[name] = self._object(here)
            elif opened == "[" and here in _LISTS:
                self._list(here)
                members[name] = []
            else:
                members[name] = text.value()
            if text.expect(",}", "after a member") == "}":
                return members

    def _list(self, path: tuple[str, ...]) -> None:
        text, valid = self._text, self._event.valid
        found: list[Finding] = []
        self._found[path] = (found, 0)
        text.expect("[", "at the beginning of a list")
        if text.peek() == "]":
            text.at += 1
            return
        index = 0
        value_of = text.value
        while True:
            value = value_of()
            if not valid(value):
                found += self._event.findings(value, (*path, index), index)
            index += 1
            self._found[path] = (found, index)
            at, piece = text.at, text.text
            if piece.startswith(",", at):
                text.at = at + 1
            elif text.expect(",]", "after an event") == "]":
                return
