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

    __slots__ = ("_classes", "_event", "_objects", "_parent", "_places")

    _event: Event
    _objects: list[Mention] | None
    _classes: list[Mention] | None
    _places: list[Mention] | None
    _parent: Mention | None

    def of(self, event: Event) -> None:
        """Turn to another event."""
        self._event = event
        self._objects = self._classes = self._places = None
        self._parent = None

    @property
    def objects(self) -> list[Mention]:
        """Every identifier that should name one object: the lists of EPCs, then the parent."""
        found = self._objects
        if found is None:
            event = self._event
            found = self._objects = [
                Mention(name, index, text, trace_key(text))
                for name, field in INSTANCE_FIELDS.get(event.type, ())
                for index, text in enumerate(getattr(event, field))
            ]
            parent = getattr(event, "parent_id", None)
            if parent is not None:
                self._parent = Mention("parentID", -1, parent, trace_key(parent))
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
                Mention(name, index, element.epc_class, trace_key(element.epc_class), element)
                for name, field in QUANTITY_FIELDS.get(event.type, ())
                for index, element in enumerate(getattr(event, field))
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
                text = event.read_point.id
                found.append(Mention("readPoint/id", -1, text, trace_key(text)))
            if event.biz_location is not None:
                text = event.biz_location.id
                found.append(Mention("bizLocation/id", -1, text, trace_key(text)))
            for index, source in enumerate(event.source_list):
                path = f"sourceList/{index}/source"
                found.append(Mention(path, -1, source.source, trace_key(source.source)))
            for index, destination in enumerate(event.destination_list):
                path = f"destinationList/{index}/destination"
                found.append(Mention(path, -1, destination.destination, trace_key(destination.destination)))
        return found

    def __iter__(self) -> Iterator[Mention]:
        yield from self.objects
        yield from self.classes
        yield from self.places


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
