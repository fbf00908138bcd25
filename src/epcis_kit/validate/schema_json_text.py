"""JSON text in pieces, for the schema layer: plain values as JSON Schema sees them, one after another.

Takes a source and what was detected of it; gives values with dicts and lists, the last of several members of one name,
and floats. Guarantees: what :class:`~epcis_kit.codec.json_text.JsonText` guarantees, of which this is a special case;
what JSON does not know (``NaN``) is an error with its place.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

from epcis_kit.codec.json_text import JsonText
from epcis_kit.errors import DocumentError, shorten

if TYPE_CHECKING:
    from epcis_kit.codec import ReadOptions
    from epcis_kit.codec.detection import Detected
    from epcis_kit.codec.sources import Source

__all__ = ["DOCUMENTS", "ShapeText", "is_bare"]

DOCUMENTS: Final = ("EPCISDocument", "EPCISQueryDocument")
"""The types of JSON documents that hold events in a list."""


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text}, which is no JSON number")


class ShapeText(JsonText):
    """A cursor that takes values as JSON Schema sees them.

    Args:
        source: Where the bytes come from.
        detected: Its encoding.
        options: Limits, and the name for messages.
        unbounded: One value may be as large as the document.
    """

    def __init__(self, source: Source, detected: Detected, options: ReadOptions, *, unbounded: bool = False) -> None:
        limits = options.limits
        if unbounded:
            limits = dataclasses.replace(limits, max_event_bytes=limits.max_bytes, max_text=limits.max_bytes)
        named = dataclasses.replace(options, file=options.file or source.name, limits=limits)
        super().__init__(source, named, detected.encoding, detected.mark)
        decoder: Any = json.JSONDecoder(parse_constant=_constant)
        self._shape = decoder.scan_once

    def value(self) -> Any:
        """Take one whole value.

        Raises:
            DocumentError: It is not well-formed, too large or too deep, or holds what is no JSON.
        """
        self.peek()
        text, at = self.text, self.at
        try:
            value, end = self._shape(text, at)
            if end == len(text):  # a number may go on, and the end of the text settles it
                value, end = self._scan(self._shape)
        except (StopIteration, json.JSONDecodeError, RecursionError):
            value, end = self._scan_or_refuse()
        except ValueError as error:
            raise self._no_value(error) from None
        self.last, self.at = self.at, end
        return value

    def _scan_or_refuse(self) -> tuple[Any, int]:
        try:
            return self._scan(self._shape)
        except DocumentError:
            raise
        except ValueError as error:
            raise self._no_value(error) from None

    def _no_value(self, error: ValueError) -> DocumentError:
        said = str(error) if "JSON number" in str(error) else "a number too long to be one"
        return self.error(f"Cannot read the document: expected values that JSON knows, got {said}.")

    def next_bare(self, first: Any) -> Any:
        """Take one more value: a bare event after a bare event.

        Raises:
            DocumentError: One of the two is none.
        """
        self.peek()
        got = shorten(self.text[self.at : self.at + 20])
        refusal = self.error(f"Cannot read the document: expected its end, got {got}.")
        if not is_bare(first):
            raise refusal
        value = self.value()
        if not is_bare(value):
            raise refusal
        return value


def is_bare(value: Any) -> bool:
    """Whether a value is an event that stands alone."""
    return isinstance(value, dict) and isinstance(value.get("type"), str) and value["type"] not in DOCUMENTS
