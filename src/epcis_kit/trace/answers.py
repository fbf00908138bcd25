"""What trace requests answer: plain values in a fixed order.

Takes nothing; gives :class:`Trace`, :class:`WhereIs` and :class:`Contents` with their JSON and DOT forms. Guarantees:
equal questions over equal events give equal values, whatever the order of capture; keys are canonical Digital Links
(or the text itself of what is no GS1 key); times are UTC. Pictures and pages are made from these values in
``trace.render``, which is loaded when asked for.
"""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from epcis_kit.model.timestamp import Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from epcis_kit.model import Event
    from epcis_kit.store.backend import Direction
    from epcis_kit.trace.policies import PolicyName

__all__ = ["Contents", "Cut", "Declaration", "Link", "Place", "Trace", "WhereIs", "as_plain"]

Kind = Literal["aggregation", "association", "transformation", "lot"]


class Link(NamedTuple):
    """One step of material, proved by one event.

    Attributes:
        event_id: The event's id, or its hash where it has none.
        kind: ``"aggregation"`` or ``"association"`` (from content to container), ``"transformation"`` (from input to
            output), ``"lot"`` (from a lot to an object that belongs to it).
        source: Key that the material comes from.
        target: Key that it goes to.
        time: When.
    """

    event_id: str
    kind: str
    source: str
    target: str
    time: Timestamp


class Declaration(NamedTuple):
    """Why an event that names a key of the answer does not count.

    Attributes:
        event_id: The event that was declared wrong.
        reason: As the declaration says; ``None`` where it does not.
        declared_by: Who sent the declaration, as keys.
        sent_by: Who sent the event, as keys; empty where it never came.
        foreign: True where both are known and nobody who declares it wrong had sent it.
    """

    event_id: str
    reason: str | None
    declared_by: tuple[str, ...]
    sent_by: tuple[str, ...]
    foreign: bool


class Cut(NamedTuple):
    """Where a limit ended the walk.

    Attributes:
        limit: ``"depth"``, ``"nodes"`` or ``"links"``.
        value: The limit.
        keys: Keys that were reached and not followed.
    """

    limit: str
    value: int
    keys: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Trace:
    """Where material went, or where it came from.

    Attributes:
        start: The key asked about.
        direction: ``"forward"`` or ``"back"``.
        at: Only events up to this instant; ``None`` for all.
        keys: Keys reached, the nearest first; the start is never among them.
        links: The steps on valid paths, in order of time; ``source`` to ``target`` is the way of the material in both
            directions.
        events: Ids of the events of the links, in order of time.
        history: Ids of other events that name the start or a key reached while it counts, such as shipping and
            receiving; empty unless asked for.
        locations: Business locations of these events, as keys.
        parties: Who sent these events, and whom they name as having the goods afterwards, as keys.
        frontier: Keys whose history ends here for lack of data. Back: nobody says how they came into being. Forward:
            they were sent off, and nobody says that they arrived.
        voided: Ids of events that name the start or a key reached and were declared wrong.
        declarations: The same with who declared it.
        cut: Where a limit ended the walk; ``None`` where the answer is whole.
        policies: Names of the policies that were on.
    """

    start: str
    direction: Direction
    at: Timestamp | None = None
    keys: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    events: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    frontier: tuple[str, ...] = ()
    voided: tuple[str, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    cut: Cut | None = None
    policies: tuple[PolicyName, ...] = ()
    _fetch: Callable[[], list[Event]] | None = dataclasses.field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return dict(as_plain(self))

    def to_json(self, *, indent: int | None = 2) -> str:
        """The trace as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=indent)

    def to_dot(self) -> str:
        """The trace as a graph for Graphviz; one arrow for each pair of keys and kind of link."""
        lines = ["digraph trace {", "  rankdir=LR;", "  node [shape=box];", f"  {_quoted(self.start)} [style=bold];"]
        lines += [f"  {_quoted(key)};" for key in self.keys]
        times: dict[tuple[str, str, str], str] = {}
        for link in self.links:
            times.setdefault((link.source, link.target, link.kind), str(link.time))
        lines += [
            f"  {_quoted(source)} -> {_quoted(target)} [label={_quoted(kind)}, tooltip={_quoted(time)}];"
            for (source, target, kind), time in times.items()
        ]
        return "\n".join([*lines, "}", ""])

    def to_mermaid(self) -> str:
        """The trace as a Mermaid flow chart; one arrow for each pair of keys and kind of link."""
        names = {key: f"n{number}" for number, key in enumerate((self.start, *self.keys))}
        lines = ["flowchart LR", *(f'  {name}["{_entities(key)}"]' for key, name in names.items())]
        lines += [
            f"  {names[source]} -->|{kind}| {names[target]}"
            for source, target, kind in dict.fromkeys((link.source, link.target, link.kind) for link in self.links)
            if source in names and target in names
        ]
        return "\n".join([*lines, f"  style {names[self.start]} stroke-width:3px", ""])

    def to_graphml(self) -> str:
        """The trace as GraphML, for graph programs; one edge for each link, with its kind, time and event."""
        names = {key: f"n{number}" for number, key in enumerate((self.start, *self.keys))}
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
        for name, use in (("key", "node"), ("kind", "edge"), ("time", "edge"), ("event", "edge")):
            lines.append(f'  <key id="{name}" for="{use}" attr.name="{name}" attr.type="string"/>')
        lines.append('  <graph id="trace" edgedefault="directed">')
        lines += [
            f'    <node id="{name}"><data key="key">{_entities(key)}</data></node>' for key, name in names.items()
        ]
        for number, link in enumerate(self.links):
            data = (("kind", link.kind), ("time", str(link.time)), ("event", link.event_id))
            inside = "".join(f'<data key="{name}">{_entities(value)}</data>' for name, value in data)
            ends = f'source="{names[link.source]}" target="{names[link.target]}"'
            lines.append(f'    <edge id="e{number}" {ends}>{inside}</edge>')
        return "\n".join([*lines, "  </graph>", "</graphml>", ""])

    def to_epcis(self, *, format: Literal["json", "xml"] = "json", version: str = "2.0") -> bytes:  # noqa: A002
        """The events of the links as an EPCISQueryDocument, in order of time.

        Raises:
            StoreError: The store was closed.
            EncodeError: The format cannot hold an event.
        """
        from epcis_kit import codec  # noqa: PLC0415 - only where a document is wanted
        from epcis_kit.model import Document  # noqa: PLC0415

        events = self._fetch() if self._fetch is not None else []
        latest = max((event.event_time for event in events), default=None)
        document = Document(
            type="EPCISQueryDocument", creation_date=latest, query_name="SimpleEventQuery", events=tuple(events)
        )
        return codec.write_document(document, format=format, version=version)

    def to_svg(self, **options: Any) -> str:
        """The trace as a picture; see :mod:`epcis_kit.trace.render`."""
        from epcis_kit.trace import render  # type: ignore[attr-defined,unused-ignore]  # noqa: PLC0415

        return render.to_svg(self, **options)  # type: ignore[no-any-return,unused-ignore]

    def to_html(self, **options: Any) -> str:
        """The trace as a self-contained page; see :mod:`epcis_kit.trace.render`."""
        from epcis_kit.trace import render  # type: ignore[attr-defined,unused-ignore]  # noqa: PLC0415

        return render.to_html(self, **options)  # type: ignore[no-any-return,unused-ignore]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where something is, as far as the events say.

    Attributes:
        containers: What it is in, innermost first.
        location: Key of the business location of the latest event; ``None`` where that has none.
        party: Key of the party that the latest event with a destination names as having it; ``None`` where none does.
        event_id: The latest event that mentions it, or a container that held it then; ``None`` where there is none.
        time: When that was.
        biz_step: What happened.
        disposition: The condition afterwards.
        amounts: For a lot in a container: how much of it, by unit of measure (``""`` for pieces).
    """

    containers: tuple[str, ...] = ()
    location: str | None = None
    party: str | None = None
    event_id: str | None = None
    time: Timestamp | None = None
    biz_step: str | None = None
    disposition: str | None = None
    amounts: Mapping[str, Decimal] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class WhereIs:
    """Where something is. A lot may be in many places; the attributes beside ``places`` are those of the latest one.

    Attributes:
        start: The key asked about.
        at: The instant asked about; ``None`` for now.
        places: One for an object; for a lot one for each container that holds it, the latest first.
        policies: Names of the policies that were on.
    """

    start: str
    at: Timestamp | None = None
    places: tuple[Place, ...] = ()
    policies: tuple[PolicyName, ...] = ()

    @property
    def containers(self) -> tuple[str, ...]:
        """What it is in, innermost first; of a lot, every container that holds some of it."""
        return tuple(dict.fromkeys(key for place in self.places for key in place.containers))

    @property
    def location(self) -> str | None:
        """Key of the business location of the latest event; ``None`` for unknown or under way."""
        return self.places[0].location if self.places else None

    @property
    def locations(self) -> tuple[str, ...]:
        """All locations, the latest first."""
        return tuple(dict.fromkeys(place.location for place in self.places if place.location is not None))

    @property
    def party(self) -> str | None:
        """Key of the party that has it; ``None`` where nobody says."""
        return self.places[0].party if self.places else None

    @property
    def event_id(self) -> str | None:
        """The latest event that mentions it, or a container that held it then."""
        return self.places[0].event_id if self.places else None

    @property
    def time(self) -> Timestamp | None:
        """When that was."""
        return self.places[0].time if self.places else None

    @property
    def known(self) -> bool:
        """Whether any event says something about it."""
        return self.event_id is not None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "start": self.start,
            "at": None if self.at is None else str(self.at),
            "containers": list(self.containers),
            "location": self.location,
            "party": self.party,
            "event_id": self.event_id,
            "time": None if self.time is None else str(self.time),
            "places": [as_plain(place) for place in self.places],
            "policies": list(self.policies),
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """The answer as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=indent)


@dataclasses.dataclass(frozen=True, slots=True)
class Contents:
    """What is in a container.

    Attributes:
        start: The container asked about.
        at: The instant asked about; ``None`` for now.
        keys: What is in it, directly or not; the nearest first.
        parents: For each key, what it is in directly.
        quantities: Amounts of lots that are in it directly, by unit of measure (``""`` for pieces); lots whose amount
            nobody stated are not here.
        events: Ids of the events that put these things there, in order of time.
        policies: Names of the policies that were on.
    """

    start: str
    at: Timestamp | None = None
    keys: tuple[str, ...] = ()
    parents: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    quantities: Mapping[str, Mapping[str, Decimal]] = dataclasses.field(default_factory=dict)
    events: tuple[str, ...] = ()
    policies: tuple[PolicyName, ...] = ()

    def quantity(self, key: str) -> Decimal | None:
        """The amount of a lot that is measured in one unit only; ``None`` for others."""
        amounts = self.quantities.get(key, {})
        return next(iter(amounts.values())) if len(amounts) == 1 else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return dict(as_plain(self))

    def to_json(self, *, indent: int | None = 2) -> str:
        """The answer as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=indent)


def as_plain(value: Any) -> Any:
    """A value of this package as plain data, ready for JSON."""
    if isinstance(value, (Timestamp, Decimal)):
        return str(value)
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return {name: as_plain(item) for name, item in zip(value._fields, value, strict=True)}
        return [as_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: as_plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        return {
            field.name: as_plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if not field.name.startswith("_")
        }
    return value


def _entities(text: str) -> str:
    """A text inside XML or a Mermaid label; characters that XML cannot hold become question marks."""
    plain = "".join(character if character >= " " or character in "\t\n" else "?" for character in text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
