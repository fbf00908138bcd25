"""JSON text that comes in pieces: decoded strictly, looked at value by value, never held whole.

Takes a :class:`~epcis_kit.codec.sources.Source` and the encoding that was detected; gives a :class:`JsonText`,
which steps through punctuation by hand and parses each complete value with :mod:`~epcis_kit.codec.json_scan`.
Guarantees:

* UTF-8, UTF-16 and UTF-32 are decoded strictly; a wrong byte has a place;
* ``NaN``, numbers of extravagant length and lone surrogates are refused; decimals keep their digits;
* a value that is cut by the end of the buffer is parsed again with at least twice as much text, so the work is linear;
* memory is that of one value, bounded by ``Limits.max_event_bytes``.

What a value means is no matter of this module.
"""

from __future__ import annotations

import codecs
import sys
from json.decoder import JSONDecodeError
from json.decoder import scanstring as _scanstring  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.json_scan import (
    BadValue,
    Scanners,
    depth_of,
    faults_in,
    has_half,
    has_half_below,
    longest_of,
    plain,
)
from epcis_kit.codec.limits import exceeded
from epcis_kit.codec.sources import CHUNK
from epcis_kit.errors import DocumentError, shorten
from epcis_kit.findings import Location

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.codec.limits import ReadOptions
    from epcis_kit.codec.sources import Source

__all__ = ["JsonText"]

_SPACE: Final = " \t\r\n"
_NEAR: Final = 32
"""An error this close to the end of the buffer may be the cut and no error."""

_OUTER: Final = 3
"""Levels of a document around its events."""


class JsonText:
    """A cursor in JSON text that grows as it is read.

    Attributes:
        text: The piece in memory.
        at: Offset of the cursor in it.
        last: Offset in it of the value that was taken last, as long as nothing else is read.
        ended: True where the source has no more.
    """

    def __init__(self, source: Source, options: ReadOptions, encoding: str, mark: int) -> None:
        self._source = source
        self._limits = options.limits
        self._file = options.file
        self._shallow = options.limits.max_depth - _OUTER
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._scanners = Scanners(options.limits.max_number)
        self._quick = self._scanners.quick
        self._most = min(options.limits.max_text, options.limits.max_event_bytes)
        self._line, self._column = 1, 1  # of the beginning of the piece
        self._marked: tuple[str, Any, int, int] | None = None
        self.text = ""
        self.at = 0
        self.last = 0
        self.ended = False
        self._broken: str | None = None  # why there is no more, where that is no proper end
        self._escapes = False
        while mark:
            mark -= len(source.read(mark))

    # -- text

    def fill(self) -> bool:
        """Read on; false where there is nothing more. What lies before the cursor is let go."""
        if self._broken is not None:
            raise self.error(self._broken, len(self.text))
        if self.ended:
            return False
        wanted = max(CHUNK, len(self.text) - self.at)
        done = self.text[: self.at]
        if done:
            lines = done.count("\n")
            self._line += lines
            self._column = len(done) - done.rfind("\n") if lines else self._column + len(done)
        pieces = [self.text[self.at :]]
        got = 0
        while got < wanted:
            try:
                data = self._source.read(wanted - got)
                pieces.append(self._decoder.decode(data, final=not data))
            except UnicodeDecodeError as error:  # what is right before it is read first
                pieces.append(error.object[: error.start].decode(self._encoding))
                self._broken = (
                    f"Cannot read the document as {self._encoding.upper()}: expected characters of that encoding, "
                    f"got {shorten(error.object[error.start : error.end])} ({error.reason})."
                )
                break
            except DocumentError as error:
                self._broken = error.reason
                break
            if not data:
                self.ended = True
                break
            got += len(data)
        self.last = max(self.last - self.at, 0)
        self.text, self.at = "".join(pieces), 0
        self._escapes = "\\" in self.text
        return True

    def place(self, offset: int | None = None) -> tuple[int, int]:
        """Line and column (both from one) of an offset in the piece; of the cursor where it is left out."""
        offset = min(self.at if offset is None else offset, len(self.text))
        lines = self.text.count("\n", 0, offset)
        return self._line + lines, offset - self.text.rfind("\n", 0, offset) if lines else self._column + offset

    def location(self, offset: int | None = None, **more: Any) -> Location:
        """The place of an offset, with ``file``."""
        line, column = self.place(offset)
        return Location(file=self._file, line=line, column=column, **more)

    def error(self, message: str, offset: int | None = None) -> DocumentError:
        """An error at an offset."""
        return DocumentError(message, self.location(offset))

    def mark(self) -> None:
        """Remember this place for :meth:`rewind`."""
        line, column = self.place()
        self._marked = (self.text[self.at :], self._decoder.getstate(), line, column)
        self._source.mark()
        self._at_mark = (self.ended, self._broken)

    def rewind(self) -> None:
        """Go back to the place of :meth:`mark`."""
        assert self._marked is not None
        self.text, state, self._line, self._column = self._marked
        self._escapes = "\\" in self.text
        self._decoder.setstate(state)
        (self.ended, self._broken), self._marked = self._at_mark, None
        self.at = self.last = 0
        self._source.rewind()

    # -- punctuation

    def peek(self) -> str:
        """The next character that is no white space; ``""`` at the end."""
        while True:
            text, at, end = self.text, self.at, len(self.text)
            while at < end and text[at] in _SPACE:
                at += 1
            self.at = at
            if at < end:
                return text[at]
            if not self.fill():
                return ""

    def expect(self, wanted: str, where: str) -> str:
        """Take the next character, which has to be one of ``wanted``."""
        got = self.peek()
        if not got or got not in wanted:
            raise self.unexpected(" or ".join(repr(each) for each in wanted) + f" {where}")
        self.at += 1
        return got

    def unexpected(self, expected: str) -> DocumentError:
        """The error of a document that goes on with something else at the cursor."""
        got = self.peek()
        if not got:
            return self.error(f"Cannot read the document: expected {expected}, got its end; the file is cut off.")
        return self.error(
            f"Cannot read the document: expected {expected}, got {shorten(self.text[self.at : self.at + 20])}."
        )

    def key(self) -> str:
        """Take the name of a member and the colon behind it."""
        if self.peek() != '"':
            raise self.unexpected("the name of a member in quotation marks")
        while True:
            try:
                name, end = _scanstring(self.text, self.at + 1, True)
            except JSONDecodeError as error:
                self._again(error.msg, error.pos)
                continue
            break
        if has_half(name):
            raise self.error(f"Cannot read member {shorten(name)}: expected text, got half a surrogate pair.")
        self.at = end
        self.expect(":", "after the name of a member")
        return str(name)

    # -- values

    def pairs(self) -> Any:
        """Take one value, quickly: objects are tuples of pairs of name and value, arrays are lists.

        Names that stand twice in an object are not looked for.

        Raises:
            BadValue: There is a fault in it; :meth:`again` says which.
            DocumentError: It is not well-formed, too large or too deep.
        """
        if self.text[self.at : self.at + 1] != "{":
            self.peek()
        text, at = self.text, self.at
        self.last = at
        try:
            value, end = self._quick(text, at)
        except (StopIteration, JSONDecodeError, RecursionError):
            value, end = self._scan(self._quick)
            text, at = self.text, self.at
            self.last = at
        if end - at > self._most:
            self._check_size(value, end - at)
        if self._escapes and text.find("\\u", at, end) >= 0 and has_half_below(value):
            raise BadValue("surrogate")
        self.at = end
        return value

    def whole(self, pointer: str, settle: Callable[[Any], object] | None = None) -> tuple[Any, list[tuple[str, str]]]:
        """Take one value, thoroughly: dicts and lists, and its faults as pairs of JSON pointer and sentence.

        ``settle`` may change the value, whose objects are :class:`~epcis_kit.codec.json_scan.Pairs`, before faults are
        looked for.

        Raises:
            DocumentError: It is not well-formed, too large or too deep.
        """
        self.peek()
        value, end = self._scan(self._scanners.thorough)
        self.last, self.at = self.at, end
        if depth_of(value) > self._shallow:
            raise exceeded("max_depth", self._limits.max_depth, self.before())
        if settle is not None:
            settle(value)
        return plain(value), faults_in(value, pointer)

    def again(self, pointer: str, settle: Callable[[Any], object] | None = None) -> tuple[Any, list[tuple[str, str]]]:
        """Take the last value of :meth:`pairs` once more, thoroughly."""
        self.at = self.last
        return self.whole(pointer, settle)

    def skip(self) -> None:
        """Take one whole value and forget it; faults in it are not looked for."""
        self.peek()
        self.at = self._scan(self._scanners.skip)[1]

    def _scan(self, scan: Any) -> tuple[Any, int]:
        """The value at the cursor and where it ends; more text is read where it is cut."""
        while True:
            text, at = self.text, self.at
            try:
                value, end = scan(text, at)
            except StopIteration as stop:
                self._again("Expecting value", stop.value)
                continue
            except JSONDecodeError as error:
                self._again(error.msg, error.pos)
                continue
            except RecursionError:
                raise self.too_deep() from None
            if end == len(text) and text[end - 1] not in '}]"' and not self.ended:
                self.fill()  # a number may go on
                continue
            if end - at > self._most:
                self._check_size(value, end - at)
            return value, end

    def before(self) -> Location:
        """Where the value began that was taken last."""
        return self.location(self.last)

    def complete(self) -> bool:
        """Whether the value at the cursor ends within the piece.

        Raises:
            DocumentError: It is not well-formed.
        """
        self.peek()
        try:
            self._scanners.skip(self.text, self.at)
        except StopIteration as stop:
            message, position = "Expecting value", stop.value
        except JSONDecodeError as error:
            message, position = error.msg, error.pos
        except RecursionError:
            raise self.too_deep() from None
        else:
            return True
        if not self._cut(message, position):
            self._again(message, position)
        return False

    def holds_document(self) -> bool:
        """Whether the object at the cursor is a document with a body, or too large to be a bare event.

        Its beginning is looked at, as far as a bare event may reach; nothing is taken.
        """
        self.peek()
        while True:
            if '"epcisBody"' in self.text:
                return True
            try:
                end = self.ended or self.complete()
            except DocumentError:
                return True  # reading it step by step says what is wrong, after what is right
            if end or len(self.text) > self._limits.max_event_bytes:
                return False
            self.fill()

    def _cut(self, message: str, position: int) -> bool:
        return message.startswith("Unterminated string") or bool(position >= len(self.text) - _NEAR)

    def _again(self, message: str, position: int) -> None:
        """Get more text where the value may be cut, else say what is wrong with it."""
        cut = self._cut(message, position)
        if cut and not self.ended:
            if len(self.text) - self.at > self._limits.max_event_bytes:
                raise exceeded("max_event_bytes", self._limits.max_event_bytes, self.location())
            self.fill()
            return
        if cut and (message.startswith("Unterminated string") or position >= len(self.text)):
            raise self.error(
                f"Cannot read the document: expected {_wanted(message)}, got its end; the file is cut off.",
                len(self.text),
            )
        got = shorten(self.text[position : position + 20])
        raise self.error(f"Cannot read the document: expected {_wanted(message)}, got {got}.", position)

    def _check_size(self, value: Any, size: int) -> None:
        if size > self._limits.max_event_bytes:
            raise exceeded("max_event_bytes", self._limits.max_event_bytes, self.location(), f"{size}")
        longest = longest_of(value)
        if longest > self._limits.max_text:
            raise exceeded("max_text", self._limits.max_text, self.location(), f"{longest}")

    def too_deep(self) -> DocumentError:
        """The error of a value that Python itself finds too deep."""
        return exceeded("max_depth", min(self._limits.max_depth, sys.getrecursionlimit()), self.location())


_WANTED: Final = (
    ("Expecting property name", "the name of a member in quotation marks"),
    ("Illegal trailing comma before end of object", "another member after the comma"),
    ("Illegal trailing comma before end of array", "another item after the comma"),
    ("Expecting ':'", "':' after the name of a member"),
    ("Expecting ','", "',' or the end of the object or array"),
    ("Expecting value", "a value"),
    ("Invalid control character", "no control character inside a text"),
    ("Invalid \\u", "four hexadecimal digits after '\\u'"),
    ("Invalid \\escape", 'one of "\\/bfnrtu after a backslash'),
    ("Unterminated string", "the end of a text"),
)


def _wanted(message: str) -> str:
    return next((phrase for start, phrase in _WANTED if message.startswith(start)), message)
