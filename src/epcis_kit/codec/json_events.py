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
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec.json_extensions import extensions
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

if TYPE_CHECKING:
    from epcis_kit.codec.json_context import Context

__all__ = ["EventBuilder", "Unusual"]

_EPCIS: Final = "https://ref.gs1.org/epcis/"
_SHARED: Final = 8192
_strip: Final = str.strip


class Unusual(Exception):  # noqa: N818 - no error: the careful way is to be taken
    """The quick way met something it does not know."""


_TEXT, _ONE, _TEXTS, _NAMED, _SKIP = range(5)
"""How a row of the quick way takes its value: text, a function of it, texts, a function of it and the context, not at all."""


def _raw(value: Any) -> str:
    if value.__class__ is not str:
        raise Unusual
    return value  # type: ignore[no-any-return]


def _number(value: Any) -> Decimal:
    if value.__class__ is int:
        return Decimal(value)
    if value.__class__ is not Decimal:
        raise Unusual
    return value  # type: ignore[no-any-return]


def _boolean(value: Any) -> bool:
    if value.__class__ is not bool:
        raise Unusual
    return value  # type: ignore[no-any-return]


def _ilmd(value: Any, context: Context) -> tuple[Extension, ...]:
    if value.__class__ is not dict:
        raise Unusual
    return extensions(value.items(), context)


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


_ROWS: Final[dict[str, tuple[int, Any]]] = {
    "text": (_TEXT, None),
    "texts": (_TEXTS, None),
    "certificates": (_TEXTS, None),
    "raw": (_ONE, _raw),
    "time": (_ONE, Timestamp.parse),
    "number": (_ONE, _number),
    "boolean": (_ONE, _boolean),
    "action": (_ONE, {action: action for action in ACTIONS}.__getitem__),
    "ilmd": (_NAMED, _ilmd),
    "type": (_SKIP, None),
}


class EventBuilder:
    """Makes events of one document.

    Attributes:
        naive: ``ReadOptions.naive_times``.
        events: For each event type of the standard the quick way: a function of the members and their context. It
            raises :class:`Unusual`, ``ValueError``, ``TypeError``, ``KeyError`` or ``AttributeError`` where the
            careful way is to be taken.
    """

    def __init__(self, naive: str | None = None) -> None:
        self.naive = naive
        self._tables: dict[type[Part], dict[str, tuple[str, int, Any]]] = {}
        self._makers: dict[type[Part], Any] = {}
        self.events: dict[str, Any] = {}
        for name, cls in EVENTS.items():
            rows = {**self._table(cls), "@context": ("", _SKIP, None)}
            self.events[name] = _maker(cls, rows, [SHAPES[cls][key].name for key in REQUIRED[cls]])

    # -- the quick way

    def _table(self, cls: type[Part]) -> dict[str, tuple[str, int, Any]]:
        found = self._tables.get(cls)
        if found is None:
            found = self._tables[cls] = {key: (field.name, *self._row(field)) for key, field in SHAPES[cls].items()}
        return found

    def _row(self, field: Field) -> tuple[int, Any]:
        if field.kind in {"term", "terms"}:
            words = _Words(spellings(field.of)).__getitem__
            return _ONE, words if field.kind == "term" else _terms(words)
        if field.kind == "part":
            return _NAMED, self._maker(field.of)
        if field.kind == "parts":
            make = self._maker(field.of)

            def convert(value: Any, context: Context) -> tuple[Part, ...]:
                if value.__class__ is not list:
                    raise Unusual
                return tuple([make(item, context) for item in value])

            return _NAMED, convert
        return _ROWS[field.kind]

    def _maker(self, cls: type[Part]) -> Any:
        found = self._makers.get(cls)
        if found is None:
            make = _maker(cls, self._table(cls), [SHAPES[cls][key].name for key in REQUIRED.get(cls, ())])
            shared = _SHARED_KEYS.get(cls)
            found = self._makers[cls] = make if shared is None else _sharing(make, shared)
        return found

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
        code, convert = self._row(field)
        if code == _TEXT:
            return value.strip()
        if code == _TEXTS:
            return tuple(map(_strip, value))
        return convert(value, context) if code == _NAMED else convert(value)


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

_SHARED_KEYS: Final[dict[type[Part], tuple[str, ...]]] = {
    ReadPoint: ("id",),
    BizLocation: ("id",),
    BizTransaction: ("type", "bizTransaction"),
    Source: ("type", "source"),
    Destination: ("type", "destination"),
}


def _maker(cls: type[Part], table: dict[str, tuple[str, int, Any]], required: list[str]) -> Any:
    """The function that makes parts of one class the quick way."""
    make = cls.from_checked
    get = table.get
    needed = frozenset(required)

    def build(members: Any, context: Context) -> Part:
        values: dict[str, Any] = {}
        others: list[tuple[str, Any]] | None = None
        for key, value in members.items():  # AttributeError where it is no object
            row = get(key)
            if row is None:
                if others is None:
                    others = []
                others.append((key, value))
                continue
            name, code, convert = row
            if code == _TEXT:
                if value.__class__ is not str:
                    raise Unusual
                values[name] = _strip(value)
            elif code == _ONE:
                values[name] = convert(value)
            elif code == _NAMED:
                values[name] = convert(value, context)
            elif code == _TEXTS:
                if value.__class__ is not list:
                    raise Unusual
                values[name] = tuple(map(_strip, value))  # TypeError where one is no text
        if not values.keys() >= needed:
            raise Unusual
        if others is not None:
            values["extensions"] = extensions(others, context)
        return make(values)

    return build


def _sharing(make: Any, keys: tuple[str, ...]) -> Any:
    """``make`` with a memory of the parts that have exactly ``keys``."""
    memory: dict[Any, Part] = {}
    known = memory.get

    def remembered(members: Any, key: Any, context: Context) -> Part:
        part: Part = make(members, context)
        if len(memory) >= _SHARED:
            memory.clear()
        memory[key] = part
        return part

    if len(keys) == 1:
        (only,) = keys

        def build(members: Any, context: Context) -> Part:
            if len(members) != 1:
                return make(members, context)  # type: ignore[no-any-return]
            key = members[only]
            return known(key) or remembered(members, key, context)

        return build
    first, second = keys

    def build_two(members: Any, context: Context) -> Part:
        if len(members) != 2:
            return make(members, context)  # type: ignore[no-any-return]
        key = (members[first], members[second])  # KeyError: the careful way
        return known(key) or remembered(members, key, context)

    return build_two


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
