"""Where findings are in a JSON document: a second pass that knows the place of every member it is asked about.

Takes a source and what is wanted; gives the spots. Guarantees: any encoding that JSON may have; memory is that of one
event, or of one value around the events; values that nobody asks about are skipped by the scanner of the standard
library; what does not exist (a member that is missing) is placed at the nearest value around it; a fault of the text
ends the reading, and what was found stays.
"""

from __future__ import annotations

import json
import re
from json.decoder import scanstring as _scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.detection import detect
from epcis_kit.errors import DocumentError
from epcis_kit.validate.places_paths import matches
from epcis_kit.validate.places_text import Spot
from epcis_kit.validate.schema_json_faults import EVENT_LISTS
from epcis_kit.validate.schema_json_text import ShapeText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.codec import ReadOptions
    from epcis_kit.codec.sources import Source

__all__ = ["JsonScan", "Wanted", "json_text"]

Steps = tuple["str | int", ...]

_SPACE: Final = re.compile(r"[ \t\n\r]*").match
_LISTS: Final = frozenset({*EVENT_LISTS.values()})
_SINGLE: Final = ("epcisBody", "event")
_WAYS: Final = frozenset(path[:size] for path in _LISTS for size in range(1, len(path)))


class Wanted:
    """What is asked about one value: keys of findings, at it or below it."""

    __slots__ = ("below", "keys")

    def __init__(self) -> None:
        self.keys: list[tuple[int, bool]] = []  # with whether the name is meant and not the value
        self.below: dict[str | int, Wanted] = {}

    def add(self, steps: Steps, key: int, *, name: bool = False) -> None:
        """Ask for the value that ``steps`` lead to."""
        node = self
        for step in steps:
            node = node.below.setdefault(step, Wanted())
        node.keys.append((key, name))

    def every(self) -> Iterator[tuple[int, bool]]:
        """The keys here and below."""
        yield from self.keys
        for each in self.below.values():
            yield from each.every()


def json_text(source: Source) -> Iterator[str]:
    """The text of a JSON document in pieces.

    Raises:
        UnicodeDecodeError: Some bytes are none of its encoding.
    """
    import codecs  # noqa: PLC0415
    import io  # noqa: PLC0415

    detected = detect(source)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(detected.encoding)("strict"), translate=False)
    mark = detected.mark
    while data := source.read():
        cut, mark = data[mark:], max(mark - len(data), 0)
        yield decoder.decode(cut)
    yield decoder.decode(b"", final=True)


class JsonScan:
    """One pass over a document.

    Args:
        inside: Number of an event to what is wanted in it.
        around: What is wanted around the events.

    Attributes:
        spots: What was found, by key.
    """

    def __init__(self, inside: dict[int, Wanted], around: Wanted) -> None:
        self.spots: dict[int, Spot] = {}
        self._inside = inside
        self._around = around
        self._text: Any = None
        self._last: tuple[str, int, int, int] = ("", 0, 1, 1)

    def run(self, source: Source, options: ReadOptions) -> None:
        """Read the document."""
        self._text = text = ShapeText(source, detect(source), options)
        try:
            if text.holds_document() and text.peek() == "{":
                self._object((), self._around)
            else:
                index = 0
                while text.peek():
                    self._value("", [self._inside.get(index), self._around if index == 0 else None])
                    index += 1
        except (DocumentError, RecursionError):
            pass

    # -- stepping through the document

    def _object(self, path: tuple[str, ...], wanted: Wanted | None) -> None:
        text = self._text
        text.peek()
        pointer = "".join(f"/{each}" for each in path)
        if wanted is not None:
            self._spots(wanted, text.at, text.at + 1, pointer)
        text.expect("{", "")
        if text.peek() == "}":
            text.at += 1
            return
        while True:
            text.peek()
            line, column = text.place()
            name = text.key()
            here = (*path, name)
            below = _chosen(wanted, name)
            opened = text.peek()
            if opened == "{" and here in _WAYS:
                self._object(here, below)
            elif opened == "[" and here in _LISTS:
                self._list(here, below)
            elif opened == "{" and here == _SINGLE:
                self._value(f"{pointer}/{_escaped(name)}", [self._inside.get(0), below])
            else:
                self._value(f"{pointer}/{_escaped(name)}", [below])
            if below is not None:
                for key, by_name in below.keys:
                    if by_name:
                        end = column + len(json.dumps(name, ensure_ascii=False))
                        self.spots[key] = Spot(line, column, f"{pointer}/{_escaped(name)}", end=end)
            if text.expect(",}", "") == "}":
                return

    def _list(self, path: tuple[str, ...], wanted: Wanted | None) -> None:
        text = self._text
        pointer = "".join(f"/{each}" for each in path)
        if wanted is not None:
            self._spots(wanted, text.at, text.at + 1, pointer)
        text.expect("[", "")
        if text.peek() == "]":
            text.at += 1
            return
        index = 0
        last = max(self._inside, default=-1)
        while True:
            if index <= last and index in self._inside:
                self._value(f"{pointer}/{index}", [self._inside[index]])
            else:
                text.skip()
            index += 1
            if text.expect(",]", "") == "]":
                return

    def _value(self, pointer: str, wanted: list[Wanted | None]) -> None:
        """Take one whole value, and find in it what is wanted."""
        text = self._text
        asked = [each for each in wanted if each is not None and (each.keys or each.below)]
        if not asked:
            text.skip()
            return
        text.value()
        start, piece = text.last, text.text
        for each in asked:
            self._find(piece, start, text.at, pointer, each)

    # -- inside a value that is in memory

    def _find(self, piece: str, start: int, end: int, pointer: str, wanted: Wanted) -> None:
        opened = piece[start]
        stop = start + 1 if opened in "{[" else end
        self._spots(wanted, start, stop, pointer)  # what does not exist below is placed here
        if not wanted.below:
            return
        if opened == "{":
            self._members(piece, start, pointer, wanted)
        elif opened == "[":
            self._items(piece, start, pointer, wanted)
        else:
            one = wanted.below.get(0)  # one text where a list of texts may stand
            if one is not None:
                self._find(piece, start, end, pointer, one)

    def _members(self, piece: str, start: int, pointer: str, wanted: Wanted) -> None:
        found: dict[str, tuple[int, int, int, int]] = {}
        at = _after(piece, start + 1)
        while piece[at] != "}":
            name, end = _scanstring(piece, at + 1, False)
            value = _after(piece, _after(piece, end) + 1)
            stop = _end_of(piece, value)
            found[name] = (at, end, value, stop)
            at = _after(piece, stop)
            if piece[at] == ",":
                at = _after(piece, at + 1)
        for step, below in wanted.below.items():
            name = _meant(str(step), found)
            if name is None:
                continue
            first, end, value, stop = found[name]
            here = f"{pointer}/{_escaped(name)}"
            self._find(piece, value, stop, here, below)
            for key, by_name in below.keys:
                if by_name:
                    self._spot(key, first, end, here)

    def _items(self, piece: str, start: int, pointer: str, wanted: Wanted) -> None:
        last = max((step for step in wanted.below if isinstance(step, int)), default=-1)
        at, index = _after(piece, start + 1), 0
        while piece[at] != "]" and index <= last:
            stop = _end_of(piece, at)
            below = wanted.below.get(index)
            if below is not None:
                self._find(piece, at, stop, f"{pointer}/{index}", below)
            index += 1
            at = _after(piece, stop)
            if piece[at] == ",":
                at = _after(piece, at + 1)

    def _spots(self, wanted: Wanted, start: int, end: int, pointer: str) -> None:
        """Place everything that is asked about a value or below it."""
        line, column, stop = self._place(start, end)
        for key, _ in wanted.every():
            self.spots[key] = Spot(line, column, pointer, end=stop)

    def _spot(self, key: int, start: int, end: int, pointer: str) -> None:
        line, column, stop = self._place(start, end)
        self.spots[key] = Spot(line, column, pointer, end=stop)

    def _place(self, start: int, end: int) -> tuple[int, int, int]:
        """Line, column and end of a spot; counted on from the one before where that was in the same piece of text."""
        piece = self._text.text
        last, offset, line, column = self._last
        if last is piece and offset <= start:
            lines = piece.count("\n", offset, start)
            line += lines
            column = start - piece.rfind("\n", offset, start) if lines else column + start - offset
        else:
            line, column = self._text.place(start)
        self._last = (piece, start, line, column)
        stop = piece.find("\n", start, end)
        return line, column, column + (end if stop < 0 else stop) - start


_DECODER: Any = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def _end_of(piece: str, at: int) -> int:
    end: int = _DECODER.scan_once(piece, at)[1]
    return end


def _after(piece: str, at: int) -> int:
    found = _SPACE(piece, at)
    return at if found is None else found.end()


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _meant(step: str, names: dict[str, Any]) -> str | None:
    if step in names:
        return step
    return next((name for name in names if matches(step, name)), None)


def _chosen(wanted: Wanted | None, name: str) -> Wanted | None:
    if wanted is None:
        return None
    return wanted.below.get(name) or next(
        (each for step, each in wanted.below.items() if matches(str(step), name)), None
    )
