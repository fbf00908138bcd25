"""One event, the careful way: every fault in it, or the event.

Takes the members of a JSON object as dicts and lists; gives an event, or all its faults, each with its JSON
pointer, the value, what was expected and what was there. Guarantees: it accepts whatever the quick way
(:mod:`~epcis_kit.codec.json_events`) accepts, with the same result, and beyond that what is unusual and clear:
events of foreign types, members that are null (which JSON-LD takes as absent), zone-less times where the caller
says what they mean.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import vocab
from epcis_kit.codec.json_extensions import extensions
from epcis_kit.codec.json_fields import ACTIONS, EVENTS, REQUIRED, SHAPES, Field
from epcis_kit.codec.json_scan import Pairs, step
from epcis_kit.errors import shorten
from epcis_kit.model import Event, OpaqueEvent, Part, Timestamp

if TYPE_CHECKING:
    from epcis_kit.codec.json_context import Context

__all__ = ["Explainer", "one_id"]

_EPCIS: Final = "https://ref.gs1.org/epcis/"
_HASH: Final = "ni:///"


class Explainer:
    """Looks at one event.

    Attributes:
        faults: What is wrong, as pairs of JSON pointer and sentence.
    """

    def __init__(self, context: Context, naive: str | None = None) -> None:
        self.faults: list[tuple[str, str]] = []
        self._context = context
        self._naive = naive

    def event(self, members: Any, pointer: str) -> Event | None:
        """The event; ``None`` where :attr:`faults` says why not."""
        if not isinstance(members, dict):
            self.faults.append((pointer, _refusal("event", members, "an object")))
            return None
        kind = members.get("type")
        if not isinstance(kind, str) or not kind.strip():
            got = "none" if kind is None or kind == "" else _name(kind)
            self.faults.append(
                (pointer, f"Cannot read event: expected a member 'type' with the event type, got {got}.")
            )
            return None
        kind = kind.strip()
        namespace, local, _ = self._context.name(kind)
        if namespace == _EPCIS and local in EVENTS:
            kind = local
        if self._naive == "event-offset":
            offset = members.get("eventTimeZoneOffset")
            self._naive = offset if isinstance(offset, str) else None
        cls = EVENTS.get(kind, OpaqueEvent)
        values = self._object(members, cls, pointer)
        if self.faults:
            return None
        values["type"] = kind if cls is not OpaqueEvent else self._context.clark(kind)
        return cls.from_checked(values)

    def _object(self, members: dict[str, Any], cls: type[Part], pointer: str) -> dict[str, Any]:
        """The checked values of an object; what is wrong goes to :attr:`faults`."""
        values: dict[str, Any] = {}
        others: list[tuple[str, Any]] = []
        is_event = issubclass(cls, Event)
        for key, value in members.items():
            field = SHAPES[cls].get(key)
            if field is None:
                if not (is_event and key == "@context"):
                    others.append((key, value))
            elif value is not None and field.kind != "type":
                found = self._value(key, value, field, step(pointer, key))
                if found is not None:
                    values[field.name] = found
        for key in REQUIRED.get(cls, ()):
            if members.get(key) is None:
                what = "event" if is_event else cls.__name__[0].lower() + cls.__name__[1:]
                self.faults.append((pointer, f"Cannot read {what}: expected a member {key!r}, got none."))
        if others:
            values["extensions"] = extensions(others, self._context)
        return values

    def _value(self, key: str, value: Any, field: Field, pointer: str) -> Any:
        """The checked value of a member; ``None`` where it is wrong."""
        kind = field.kind
        if kind == "certificates" and isinstance(value, str):
            return (value.strip(),)
        wanted, expected = _EXPECTED[kind]
        if not isinstance(value, wanted) or (kind == "number" and isinstance(value, bool)):
            self.faults.append((pointer, _refusal(key, value, expected)))
            return None
        if kind in {"texts", "certificates", "terms"}:
            return self._texts(key, value, field, pointer)
        if kind == "parts":
            return self._parts(key, value, field, pointer)
        if kind == "part":
            return field.of.from_checked(self._object(value, field.of, pointer))
        if kind == "ilmd":
            return extensions(value.items(), self._context)
        if kind == "time":
            return self._time(key, value, pointer)
        if kind == "action" and value not in ACTIONS:
            self.faults.append((pointer, f"Cannot read action {shorten(value)}: expected ADD, OBSERVE or DELETE."))
            return None
        if kind == "number":
            return Decimal(value)
        if kind == "term":
            return vocab.to_bare(field.of, value.strip())
        return value.strip() if kind == "text" else value

    def _texts(self, key: str, value: list[Any], field: Field, pointer: str) -> tuple[str, ...] | None:
        wrong = [(index, item) for index, item in enumerate(value) if not isinstance(item, str)]
        self.faults.extend((step(pointer, index), _refusal(key, item, "text")) for index, item in wrong)
        if wrong:
            return None
        texts = (item.strip() for item in value)
        return tuple(vocab.to_bare(field.of, text) for text in texts) if field.kind == "terms" else tuple(texts)

    def _parts(self, key: str, value: list[Any], field: Field, pointer: str) -> tuple[Part, ...]:
        made = []
        for index, item in enumerate(value):
            here = step(pointer, index)
            if isinstance(item, dict):
                made.append(field.of.from_checked(self._object(item, field.of, here)))
            else:
                self.faults.append((here, _refusal(key, item, "an object")))
        return tuple(made)

    def _time(self, key: str, value: str, pointer: str) -> Timestamp | None:
        try:
            return Timestamp.parse(value, naive=self._naive)
        except ValueError as error:
            self.faults.append((pointer, str(error).replace("Cannot read time", f"Cannot read {key}", 1)))
            return None


def one_id(value: Any) -> bool:
    """Settle an object that has ``eventID`` twice, once with the event's own hash: true where that was so.

    Tools that add the event hash as an identifier to events that have one leave both under one name, and an official
    sample has it so. The hash follows from the event, so nothing contradicts and the other identifier stays.
    Any other name that stands twice is a fault.
    """
    if not isinstance(value, Pairs):
        return False
    ids = [below for key, below in value if key == "eventID" and isinstance(below, str)]
    named = [each for each in ids if not each.startswith(_HASH)]
    if len(ids) != 2 or len(named) != 1:
        return False
    value[:] = [pair for pair in value if pair[0] != "eventID" or pair[1] == named[0]]
    return True


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

_NAMES: Final[tuple[tuple[Any, str], ...]] = (
    (type(None), "null"),
    (bool, "a boolean"),
    ((int, Decimal), "a number"),
    (str, "text"),
    (list, "an array"),
    (dict, "an object"),
)


def _name(value: Any) -> str:
    return next(name for kinds, name in _NAMES if isinstance(value, kinds))


def _refusal(what: str, value: Any, expected: str) -> str:
    plain = str(value) if isinstance(value, Decimal) else shorten(value)
    return f"Cannot read {what} {plain}: expected {expected}, got {_name(value)}."
