"""One event, the quick way: the members of a JSON object to a value of the model.

Takes the pairs of an object as :meth:`~epcis_kit.codec.json_text.JsonText.pairs` gives them; gives an event. Each
value is checked just enough to build the part without checking again: one call a value, chosen by the table of
:mod:`~epcis_kit.codec.json_fields`. Guarantees: at the first surprise it gives up (:class:`Unusual` and other
errors) and has done nothing; what it builds is what :mod:`~epcis_kit.codec.json_explain` builds. Values that
repeat through a document (places, parties, business transactions) are built once and shared; they cannot be changed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from epcis_kit.codec.json_context import Context
from epcis_kit.codec.json_extensions import extensions, pairs_of
from epcis_kit.codec.json_fields import ACTIONS, EVENTS, REQUIRED, SHAPES, Field
from epcis_kit.model import (
    BizLocation,
    BizTransaction,
    Destination,
    Extension,
    Part,
    ReadPoint,
    Source,
    Timestamp,
)
from epcis_kit.vocab import spellings

__all__ = ["EventBuilder", "Unusual"]

_SHARED: Final = 8192
_DEPTH: Final = 5
"""The level at which extensions of an event begin: document, body, list and event lie around them."""
_strip: Final = str.strip


class Unusual(Exception):  # noqa: N818 - no error: the careful way is to be taken
    """The quick way met something it does not know."""


def _raw(value: Any) -> str:
    if value.__class__ is not str:
        raise Unusual
    return str(value)


def _texts(value: Any) -> tuple[str, ...]:
    if value.__class__ is not list:
        raise Unusual
    return tuple(map(_strip, value))  # TypeError where one is no text


def _number(value: Any) -> Decimal:
    if value.__class__ is not Decimal:
        if value.__class__ is not int:
            raise Unusual
        return Decimal(value)
    return value


def _boolean(value: Any) -> bool:
    if value.__class__ is not bool:
        raise Unusual
    return bool(value)


class _Words(dict[str, str]):
    """Every spelling of the words of one CBV list; other texts are themselves."""

    def __missing__(self, value: Any) -> str:
        if value.__class__ is not str:
            raise Unusual
        text = value.strip()
        return dict.get(self, text, text)


def _terms(words: Any) -> Any:
    def convert(value: Any) -> tuple[str, ...]:
        if value.__class__ is not list:
            raise Unusual
        return tuple(map(words, value))

    return convert


_CONVERTERS: Final[dict[str, Any]] = {
    "type": _strip,
    "text": _strip,  # TypeError where the value is no text
    "texts": _texts,
    "certificates": _texts,
    "raw": _raw,
    "time": Timestamp.parse,
    "number": _number,
    "boolean": _boolean,
    "action": {action: action for action in ACTIONS}.__getitem__,
}


class EventBuilder:
    """Makes events of one document.

    Attributes:
        context: What names mean in the event that is built the quick way.
        events: For each event type of the standard the quick way: a function of the members and their context. It
            raises :class:`Unusual`, ``ValueError``, ``TypeError``, ``KeyError`` or ``AttributeError`` where the
            careful way is to be taken.
    """

    def __init__(self) -> None:
        self.context = Context()
        self._tables: dict[type[Part], dict[str, tuple[str, Any]]] = {}
        self._makers: dict[type[Part], Any] = {}
        self.events: dict[str, Any] = {name: self._maker(cls) for name, cls in EVENTS.items()}

    # -- the quick way

    def _table(self, cls: type[Part]) -> dict[str, tuple[str, Any]]:
        found = self._tables.get(cls)
        if found is None:
            found = self._tables[cls] = {
                key: (field.name, self._converter(field)) for key, field in SHAPES[cls].items()
            }
        return found

    def _converter(self, field: Field) -> Any:
        if field.kind in {"term", "terms"}:
            words = _Words(spellings(field.of)).__getitem__
            return words if field.kind == "term" else _terms(words)
        if field.kind == "ilmd":
            return self._ilmd
        if field.kind == "part":
            return self._maker(field.of)
        if field.kind == "parts":
            make = self._maker(field.of)

            def convert(value: Any) -> tuple[Part, ...]:
                if value.__class__ is not list:
                    raise Unusual
                return tuple([make(item) for item in value])

            return convert
        return _CONVERTERS[field.kind]

    def _ilmd(self, value: Any) -> tuple[Extension, ...]:
        pairs = pairs_of(value)
        if pairs is None:
            raise Unusual
        return extensions(pairs, self.context, _DEPTH)

    def _maker(self, cls: type[Part]) -> Any:
        found = self._makers.get(cls)
        if found is None:
            found = self._made(cls)
            if cls in _SIZES:
                found = _sharing(found, _SIZES[cls])
            self._makers[cls] = found
        return found

    def _made(self, cls: type[Part]) -> Any:
        """The function that makes parts of one class the quick way."""
        make = cls.from_checked
        get = self._table(cls).get
        needed = tuple(SHAPES[cls][key].name for key in REQUIRED.get(cls, ()))

        def build(pairs: Any) -> Part:
            if pairs.__class__ is not tuple:
                raise Unusual
            values: dict[str, Any] = {}
            others: list[tuple[str, Any]] | None = None
            for pair in pairs:
                row = get(pair[0])
                if row is not None:
                    values[row[0]] = row[1](pair[1])
                elif others is None:
                    others = [pair]
                else:
                    others.append(pair)
            if others is None:
                if len(values) != len(pairs):
                    raise Unusual  # a name stands twice
            else:
                found = {name for name, _ in others}
                if len(values) + len(found) != len(pairs) or "@context" in found:
                    raise Unusual
                values["extensions"] = extensions(others, self.context, _DEPTH)
            for name in needed:
                if name not in values:
                    raise Unusual
            return make(values)

        return build


_SIZES: Final[dict[type[Part], int]] = {ReadPoint: 1, BizLocation: 1, BizTransaction: 2, Source: 2, Destination: 2}
"""Parts that repeat, and how many members they have when they are plain."""


def _sharing(make: Any, size: int) -> Any:
    """``make`` with a memory of the parts that have exactly ``size`` members, all of them text."""
    memory: dict[Any, Part] = {}
    known = memory.get

    def build(pairs: Any) -> Part:
        try:
            part = known(pairs)
        except TypeError:  # there is an array in it
            part = None
        if part is None:
            part = make(pairs)
            if len(pairs) == size and not part.extensions:  # so every member is text
                if len(memory) >= _SHARED:
                    memory.clear()
                memory[pairs] = part
        return part

    return build
