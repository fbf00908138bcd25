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

import re
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
    OpaqueEvent,
    Part,
    ReadPoint,
    Source,
    Timestamp,
)
from epcis_kit.vocab import spellings

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.codec.json_context import Context

__all__ = ["EventBuilder", "Unusual"]

Convert = "Callable[[Any, Context], Any]"

_EPCIS: Final = "https://ref.gs1.org/epcis/"
_SHARED: Final = 8192
_NOTHING: Final = "nothing"
_strip: Final = str.strip
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:").match


class Unusual(Exception):  # noqa: N818 - no error: the careful way is to be taken
    """The quick way met something it does not know."""


def _text(value: Any, context: Context) -> str:
    del context
    if value.__class__ is not str:
        raise Unusual
    return _strip(value)


def _raw(value: Any, context: Context) -> str:
    del context
    if value.__class__ is not str:
        raise Unusual
    return value  # type: ignore[no-any-return]


def _texts(value: Any, context: Context) -> tuple[str, ...]:
    del context
    if value.__class__ is not list:
        raise Unusual
    return tuple(map(_strip, value))  # TypeError where one is no text


def _time(value: Any, context: Context) -> Timestamp:
    del context
    return Timestamp.parse(value)


def _number(value: Any, context: Context) -> Decimal:
    del context
    if value.__class__ is int:
        return Decimal(value)
    if value.__class__ is not Decimal:
        raise Unusual
    return value  # type: ignore[no-any-return]


def _boolean(value: Any, context: Context) -> bool:
    del context
    if value.__class__ is not bool:
        raise Unusual
    return value  # type: ignore[no-any-return]


def _action(value: Any, context: Context) -> str:
    del context
    if value not in ACTIONS:
        raise Unusual
    return value  # type: ignore[no-any-return]


def _ilmd(value: Any, context: Context) -> Any:
    if value.__class__ is not dict:
        raise Unusual
    return extensions(value.items(), context)


_SIMPLE: Final[dict[str, Any]] = {
    "text": _text,
    "raw": _raw,
    "texts": _texts,
    "certificates": _texts,
    "time": _time,
    "number": _number,
    "boolean": _boolean,
    "action": _action,
    "ilmd": _ilmd,
}


def _term(kind: Any) -> Any:
    bare = spellings(kind).get

    def convert(value: Any, context: Context) -> str:
        del context
        found = bare(value)  # TypeError where it is an array or object
        if found is None:
            if value.__class__ is not str:
                raise Unusual
            value = _strip(value)
            return bare(value, value)
        return found

    return convert


def _terms(kind: Any) -> Any:
    one = _term(kind)

    def convert(value: Any, context: Context) -> tuple[str, ...]:
        if value.__class__ is not list:
            raise Unusual
        return tuple(one(item, context) for item in value)

    return convert


class EventBuilder:
    """Makes events of one document.

    Attributes:
        naive: ``ReadOptions.naive_times``.
    """

    def __init__(self, naive: str | None = None) -> None:
        self.naive = naive
        self._converters: dict[type[Part], dict[str, tuple[str, Any]]] = {}
        self._makers: dict[type[Part], Any] = {}
        self._events = {name: self._table(cls) for name, cls in EVENTS.items()}
        for cls in SHAPES:
            self._table(cls)

    # -- the quick way

    def _table(self, cls: type[Part]) -> dict[str, tuple[str, Any]]:
        found = self._converters.get(cls)
        if found is None:
            found = self._converters[cls] = {}
            for key, field in SHAPES[cls].items():
                if field.kind != "type":
                    found[key] = (field.name, self._converter(field))
        return found

    def _converter(self, field: Field) -> Any:
        if field.kind == "term":
            return _term(field.of)
        if field.kind == "terms":
            return _terms(field.of)
        if field.kind == "part":
            return self._maker(field.of)
        if field.kind == "parts":
            make = self._maker(field.of)

            def convert(value: Any, context: Context) -> tuple[Part, ...]:
                if value.__class__ is not list:
                    raise Unusual
                return tuple([make(item, context) for item in value])  # noqa: C409 - a list is filled faster

            return convert
        return _SIMPLE[field.kind]

    def _maker(self, cls: type[Part]) -> Any:
        found = self._makers.get(cls)
        if found is None:
            table, required = self._table(cls), [SHAPES[cls][key].name for key in REQUIRED.get(cls, ())]
            make = _part_maker(cls, table, required)
            shared = _SHARED_KEYS.get(cls)
            found = self._makers[cls] = _sharing(make, *shared) if shared is not None else make
        return found

    def build(self, members: dict[str, Any], context: Context) -> Event:
        """The event, the quick way.

        Raises:
            Unusual, ValueError, TypeError, KeyError, AttributeError: Take the careful way.
        """
        name = members["type"]
        table = self._events[name]
        cls = EVENTS[name]
        values: dict[str, Any] = {}
        others: list[tuple[str, Any]] | None = None
        for key, value in members.items():
            row = table.get(key)
            if row is not None:
                values[row[0]] = row[1](value, context)
            elif key != "type" and key != "@context":
                if others is None:
                    others = []
                others.append((key, value))
        if others is not None:
            values["extensions"] = extensions(others, context)
        for needed in _NEEDED[name]:
            values[needed]  # noqa: B018 - KeyError where it is missing
        return cls.from_checked(values)

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
        return self._converter(field)(value, context)


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

_NEEDED: Final = {name: tuple(SHAPES[cls][key].name for key in REQUIRED[cls]) for name, cls in EVENTS.items()}

_SHARED_KEYS: Final[dict[type[Part], tuple[tuple[str, ...], int]]] = {
    ReadPoint: (("id",), 1),
    BizLocation: (("id",), 1),
    BizTransaction: (("type", "bizTransaction"), 2),
    Source: (("type", "source"), 2),
    Destination: (("type", "destination"), 2),
}


def _part_maker(cls: type[Part], table: dict[str, tuple[str, Any]], required: list[str]) -> Any:
    make = cls.from_checked
    get = table.get

    def build(members: Any, context: Context) -> Part:
        values: dict[str, Any] = {}
        others = None
        for key, value in members.items():  # AttributeError where it is no object
            row = get(key)
            if row is not None:
                values[row[0]] = row[1](value, context)
            else:
                if others is None:
                    others = []
                others.append((key, value))
        for needed in required:
            values[needed]  # noqa: B018 - KeyError where it is missing
        if others is not None:
            values["extensions"] = extensions(others, context)
        return make(values)

    return build


def _sharing(make: Any, keys: tuple[str, ...], size: int) -> Any:
    """``make`` with a memory of the parts that have exactly ``keys``, all of them text."""
    memory: dict[Any, Part] = {}
    known = memory.get
    if size == 1:
        (only,) = keys

        def build(members: Any, context: Context) -> Part:
            if len(members) != 1:
                return make(members, context)  # type: ignore[no-any-return]
            value = members[only]
            part = known(value)
            if part is None:
                part = make(members, context)
                if len(memory) >= _SHARED:
                    memory.clear()
                memory[value] = part
            return part

        return build
    first, second = keys

    def build_two(members: Any, context: Context) -> Part:
        if len(members) != 2:
            return make(members, context)  # type: ignore[no-any-return]
        value = (members[first], members[second])
        part = known(value)
        if part is None:
            part = make(members, context)
            if len(memory) >= _SHARED:
                memory.clear()
            memory[value] = part
        return part

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
