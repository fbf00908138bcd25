"""One event: the members of a JSON object to a value of the model.

Takes the dict of an object with its :class:`~epcis_kit.codec.json_context.Context`; gives an event, or the faults
in it. There are two ways through, and they agree on everything that is right:

* the quick one checks each value just enough to build the part without checking again, and gives up at the first
  surprise;
* the careful one (:meth:`EventBuilder.explain`) takes the same table, collects every fault with its JSON pointer,
  the value, what was expected and what was there, and builds the event where there is none.

A member that is null counts as absent, as it does in JSON-LD. Values that repeat through a document (places, parties,
business transactions) are built once and shared; they cannot be changed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from epcis_kit.codec.json_context import Context
from epcis_kit.codec.json_extensions import extensions, pairs_of
from epcis_kit.codec.json_fields import ACTIONS, EVENTS, REQUIRED, SHAPES, Field
from epcis_kit.codec.json_text import step
from epcis_kit.errors import shorten
from epcis_kit.model import (
    BizLocation,
    BizTransaction,
    Destination,
    Event,
    Extension,
    OpaqueEvent,
    Part,
    ReadPoint,
    Source,
    Timestamp,
)
from epcis_kit.vocab import spellings

__all__ = ["EventBuilder", "Unusual"]

_EPCIS: Final = "https://ref.gs1.org/epcis/"
_SHARED: Final = 8192
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
    return value  # type: ignore[no-any-return]


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
        naive: ``ReadOptions.naive_times``.
        context: What names mean in the event that is built the quick way.
        events: For each event type of the standard the quick way: a function of the members and their context. It
            raises :class:`Unusual`, ``ValueError``, ``TypeError``, ``KeyError`` or ``AttributeError`` where the
            careful way is to be taken.
    """

    def __init__(self, naive: str | None = None) -> None:
        self.naive = naive
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
        return extensions(pairs, self.context)

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
                values["extensions"] = extensions(others, self.context)
            for name in needed:
                if name not in values:
                    raise Unusual
            return make(values)

        return build

    # -- the careful way

    def explain(self, members: Any, context: Context, pointer: str) -> tuple[Event | None, list[tuple[str, str]]]:
        """The event, or every fault in it as pairs of JSON pointer and sentence."""
        faults: list[tuple[str, str]] = []
        if not isinstance(members, dict):
            faults.append((pointer, _refusal("event", members, "an object")))
            return None, faults
        kind = members.get("type")
        if not isinstance(kind, str) or not kind.strip():
            got = "none" if kind is None else _name(kind)
            faults.append((pointer, f"Cannot read event: expected a member 'type' with the event type, got {got}."))
            return None, faults
        kind = kind.strip()
        namespace, local, _ = context.name(kind)
        if namespace == _EPCIS and local in EVENTS:
            kind = local
        cls: type[Event] = EVENTS.get(kind, OpaqueEvent)
        values = self._explain(members, cls, context, pointer, faults)
        if faults:
            return None, faults
        if cls is OpaqueEvent:
            values["type"] = context.clark(kind)
        return cls.from_checked(values), faults

    def _explain(
        self, members: dict[str, Any], cls: type[Part], context: Context, pointer: str, faults: list[tuple[str, str]]
    ) -> dict[str, Any]:
        """The checked values of an object; what is wrong goes to ``faults``."""
        values: dict[str, Any] = {}
        others: list[tuple[str, Any]] = []
        is_event = issubclass(cls, Event)
        naive = self.naive
        if naive == "event-offset":
            offset = members.get("eventTimeZoneOffset")
            naive = offset if isinstance(offset, str) else None
        for key, value in members.items():
            field = SHAPES[cls].get(key)
            if field is None:
                if not (is_event and key == "@context"):
                    others.append((key, value))
            elif value is not None and field.kind != "type":
                try:
                    values[field.name] = self._checked(key, value, field, context, step(pointer, key), faults, naive)
                except _Fault as fault:
                    faults.append((fault.pointer, fault.message))
        for key in REQUIRED.get(cls, ()):
            if SHAPES[cls][key].name not in values and members.get(key) is None:
                what = "event" if is_event else cls.__name__[0].lower() + cls.__name__[1:]
                faults.append((pointer, f"Cannot read {what}: expected a member {key!r}, got none."))
        if others:
            values["extensions"] = extensions(others, context)
        return values

    def _checked(
        self,
        key: str,
        value: Any,
        field: Field,
        context: Context,
        pointer: str,
        faults: list[tuple[str, str]],
        naive: str | None,
    ) -> Any:
        kind = field.kind
        if kind in _EXPECTED:
            wanted, expected = _EXPECTED[kind]
            if kind == "certificates" and isinstance(value, str):
                return (value.strip(),)
            if not isinstance(value, wanted) or (kind == "number" and isinstance(value, bool)):
                raise _Fault(pointer, _refusal(key, value, expected))
        if kind in {"texts", "certificates", "terms"}:
            for index, item in enumerate(value):
                if not isinstance(item, str):
                    faults.append((step(pointer, index), _refusal(key, item, "text")))
            if not all(isinstance(item, str) for item in value):
                return ()
        if kind == "time":
            try:
                return Timestamp.parse(value, naive=naive)
            except ValueError as error:
                raise _Fault(pointer, str(error).replace("Cannot read time", f"Cannot read {key}", 1)) from None
        if kind == "action" and value not in ACTIONS:
            raise _Fault(pointer, _refusal(key, value, "ADD, OBSERVE or DELETE", shown=False))
        if kind == "part":
            return field.of.from_checked(self._explain(value, field.of, context, pointer, faults))
        if kind == "parts":
            made = []
            for index, item in enumerate(value):
                here = step(pointer, index)
                if isinstance(item, dict):
                    made.append(field.of.from_checked(self._explain(item, field.of, context, here, faults)))
                else:
                    faults.append((here, _refusal(key, item, "an object")))
            return tuple(made)
        if kind == "ilmd":
            return extensions(value.items(), context)
        return self._converter(field)(value)


class _Fault(Exception):  # noqa: N818 - carries one fault up
    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer, self.message = pointer, message


_EXPECTED: Final[dict[str, tuple[Any, str]]] = {
    "text": (str, "text"),
    "raw": (str, "text"),
    "term": (str, "text"),
    "action": (str, "text"),
    "time": (str, "text"),
    "texts": (list, "an array of texts"),
    "terms": (list, "an array of texts"),
    "certificates": (list, "an array of texts, or one text"),
    "number": ((int, Decimal), "a number"),
    "boolean": (bool, "true or false"),
    "part": (dict, "an object"),
    "parts": (list, "an array of objects"),
    "ilmd": (dict, "an object"),
}

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


def _name(value: Any) -> str:
    for kinds, name in _NAMES:
        if isinstance(value, kinds):
            return name
    return "text" if isinstance(value, str) else type(value).__name__


_NAMES: Final[tuple[tuple[Any, str], ...]] = (
    (type(None), "null"),
    (bool, "a boolean"),
    ((int, Decimal), "a number"),
    (list, "an array"),
    (dict, "an object"),
)


def _refusal(what: str, value: Any, expected: str, *, shown: bool = True) -> str:
    plain = str(value) if isinstance(value, Decimal) else shorten(value)
    got = f", got {_name(value)}" if shown else ""
    return f"Cannot read {what} {plain}: expected {expected}{got}."
