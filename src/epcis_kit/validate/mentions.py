"""The identifiers that one event names, each with its place and its canonical key.

Takes an event; gives :class:`Mention` values in the order of the fields. Guarantees: each identifier is understood once
for all rules of an event; lists are made when a rule first asks for them; the cost is linear in the event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from epcis_kit.gs1.canonical import TraceKey, trace_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event, QuantityElement

__all__ = ["INSTANCE_FIELDS", "QUANTITY_FIELDS", "Mention", "Mentions", "class_fields", "instance_fields"]

INSTANCE_FIELDS: Final = {
    "ObjectEvent": (("epcList", "epc_list"),),
    "AggregationEvent": (("childEPCs", "child_epcs"),),
    "TransactionEvent": (("epcList", "epc_list"),),
    "TransformationEvent": (("inputEPCList", "input_epc_list"), ("outputEPCList", "output_epc_list")),
    "AssociationEvent": (("childEPCs", "child_epcs"),),
}
"""The lists of objects of each event type: JSON name and Python name."""

QUANTITY_FIELDS: Final = {
    "ObjectEvent": (("quantityList", "quantity_list"),),
    "AggregationEvent": (("childQuantityList", "child_quantity_list"),),
    "TransactionEvent": (("quantityList", "quantity_list"),),
    "TransformationEvent": (
        ("inputQuantityList", "input_quantity_list"),
        ("outputQuantityList", "output_quantity_list"),
    ),
    "AssociationEvent": (("childQuantityList", "child_quantity_list"),),
}
"""The lists of quantities of each event type."""


_KEYS_KEPT: Final = 30_000
_STEMS_KEPT: Final = 200_000
_new = tuple.__new__  # skips the keyword handling of NamedTuple


class Mention(NamedTuple):
    """One identifier of an event.

    Attributes:
        field: JSON name of the field or list it stands in, for example ``"epcList"`` or ``"parentID"``.
        at: Its number in the list; ``-1`` where the field is none.
        text: As written.
        key: Its canonical key, level and fault.
        element: The amount, where it stands in a list of quantities.
    """

    field: str
    at: int
    text: str
    key: TraceKey
    element: QuantityElement | None = None

    @property
    def path(self) -> str:
        """The place inside the event."""
        if self.at < 0:
            return self.field
        return f"{self.field}/{self.at}/epcClass" if self.element is not None else f"{self.field}/{self.at}"


class Mentions:
    """The identifiers of the present event, by what they name; each list is made when it is first asked for."""

    __slots__ = (
        "_all",
        "_classes",
        "_event",
        "_fresh",
        "_keys",
        "_new_texts",
        "_objects",
        "_parent",
        "_places",
        "_stems",
        "_unknown",
    )

    _event: Event
    _objects: list[Mention] | None
    _classes: list[Mention] | None
    _places: list[Mention] | None
    _all: list[Mention] | None
    _fresh: list[Mention] | None
    _unknown: list[Mention] | None
    _parent: Mention | None

    def __init__(self) -> None:
        self._stems: set[str] = set()
        self._keys: dict[str, TraceKey] = {}
        self._new_texts: set[str] = set()

    def of(self, event: Event) -> None:
        """Turn to another event."""
        self._event = event
        self._objects = self._classes = self._places = self._all = self._fresh = self._unknown = None
        self._parent = None
        if self._new_texts:
            self._new_texts = set()

    def key(self, text: str) -> TraceKey:
        """The canonical key of an identifier; identifiers come again soon, so that the last ones are remembered."""
        key = self._keys.get(text)
        if key is None:
            if len(self._keys) >= _KEYS_KEPT:
                self._keys.clear()
            key = self._keys[text] = trace_key(text)
            end = text.rfind("." if text[:4] == "urn:" else "/")
            stem = text[:end] if key.class_key != text else text
            if stem not in self._stems:
                if len(self._stems) < _STEMS_KEPT:
                    self._stems.add(stem)
                self._new_texts.add(text)
        return key

    @property
    def objects(self) -> list[Mention]:
        """Every identifier that should name one object: the lists of EPCs, then the parent."""
        found = self._objects
        if found is None:
            event = self._event
            found = self._objects = []
            values = event.__dict__
            known, key = self._keys, self.key
            for name, field in INSTANCE_FIELDS.get(event.type, ()):
                found += [
                    _new(Mention, (name, index, text, known.get(text) or key(text), None))
                    for index, text in enumerate(values[field])
                ]
            parent = values.get("parent_id")
            if parent is not None:
                self._parent = Mention("parentID", -1, parent, key(parent))
                found.append(self._parent)
        return found

    @property
    def parent(self) -> Mention | None:
        """The parent of the event."""
        if self._objects is None:
            self.objects  # noqa: B018 - finds the parent too
        return self._parent

    @property
    def classes(self) -> list[Mention]:
        """Every identifier of an amount."""
        found = self._classes
        if found is None:
            event = self._event
            found = self._classes = [
                Mention(name, index, element.epc_class, self.key(element.epc_class), element)
                for name, field in QUANTITY_FIELDS.get(event.type, ())
                for index, element in enumerate(event.__dict__[field])
            ]
        return found

    @property
    def places(self) -> list[Mention]:
        """Read point, business location, and what sources and destinations name."""
        found = self._places
        if found is None:
            event = self._event
            found = self._places = []
            if event.read_point is not None:
                found.append(self._place("readPoint/id", event.read_point.id))
            if event.biz_location is not None:
                found.append(self._place("bizLocation/id", event.biz_location.id))
            for index, source in enumerate(event.source_list):
                found.append(self._place(f"sourceList/{index}/source", source.source))
            for index, destination in enumerate(event.destination_list):
                found.append(self._place(f"destinationList/{index}/destination", destination.destination))
        return found

    def _place(self, path: str, text: str) -> Mention:
        return Mention(path, -1, text, self.key(text))

    @property
    def all(self) -> list[Mention]:
        """Objects, classes and places."""
        found = self._all
        if found is None:
            found = self._all = [*self.objects, *self.classes, *self.places]
        return found

    @property
    def unknown(self) -> list[Mention]:
        """Those that are no GS1 key."""
        found = self._unknown
        if found is None:
            found = self._unknown = [mention for mention in self.all if mention[3][1] == "opaque"]
        return found

    @property
    def fresh(self) -> list[Mention]:
        """Those whose stem (all but what tells one object of a class from the others) no event before had."""
        found = self._fresh
        if found is None:
            every = self.all  # understands them
            new = self._new_texts
            found = self._fresh = [mention for mention in every if mention.text in new] if new else []
        return found

    @property
    def repeated(self) -> bool:
        """Whether two of the objects are the same one."""
        objects = self.objects
        return len(objects) > 1 and len({mention[3][0] for mention in objects}) < len(objects)

    def __iter__(self) -> Iterator[Mention]:
        return iter(self.all)


def instance_fields(event: Event) -> Iterator[tuple[str, str]]:
    """Every identifier of the event that should name one object, with its place."""
    mentions = Mentions()
    mentions.of(event)
    for mention in mentions.objects:
        yield mention.path, mention.text


def class_fields(event: Event) -> Iterator[tuple[str, QuantityElement]]:
    """Every quantity of the event, with its place."""
    for name, field in QUANTITY_FIELDS.get(event.type, ()):
        for index, element in enumerate(getattr(event, field)):
            yield f"{name}/{index}", element
