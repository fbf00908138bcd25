"""The little world behind the story: keys, events, and a simulation that knows the truth.

Nothing here reads a file or knows EPCIS software. The story (``make_story.py``) tells its events in order of time to
a :class:`World`, which keeps what a perfect observer would know: what is inside what, what was made from what, where
each thing is and who holds it. The answers in ``expected.json`` come from this simulation alone, so that a trace
engine can be compared with them.

How material is followed, in one paragraph: the *material* of a thing is the thing itself, everything it was made
from, and the material of whatever is inside it at that moment. When something is put into a container, its material
reaches that container and every container around it. When things are transformed, the material of all inputs (of all
events that share a transformationID) goes into every output. Contents that have already left are not carried on, and
two things in one box never touch each other.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

__all__ = ["Event", "Key", "Place", "World", "check_digit", "event_id", "utc"]

_NAMESPACE = uuid.UUID("5b1f6d0e-0a52-5f0a-9d3c-952120100000")


def check_digit(digits: str) -> str:
    """The GS1 modulo-10 check digit for ``digits``, which stand without it."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def event_id(*names: str) -> str:
    """A UUID URN that is the same on every run."""
    return uuid.uuid5(_NAMESPACE, "/".join(names)).urn


@dataclass(frozen=True, order=True)
class Key:
    """One GS1 key: its scheme, company prefix, reference (with the indicator or extension digit first) and serial."""

    scheme: str
    gcp: str
    reference: str
    serial: str = ""

    @property
    def body(self) -> str:
        """The numeric key with its check digit (GTIN-14, SSCC-18, GLN-13, GRAI-13); the whole GIAI."""
        if self.scheme in {"sgtin", "lgtin", "gtin", "sscc"}:
            digits = self.reference[0] + self.gcp + self.reference[1:]
        else:
            digits = self.gcp + self.reference
        return digits if self.scheme == "giai" else digits + check_digit(digits)

    def urn(self) -> str:
        """The EPC URN; a GTIN alone is written as a pattern, a lot as an EPC class."""
        head = {"lgtin": "urn:epc:class", "gtin": "urn:epc:idpat"}.get(self.scheme, "urn:epc:id")
        name = "sgtin" if self.scheme == "gtin" else self.scheme
        tail = {"gtin": ".*", "sscc": "", "pgln": "", "giai": ""}.get(self.scheme, f".{self.serial}")
        return f"{head}:{name}:{self.gcp}.{self.reference}{tail}"

    def link(self, domain: str = "https://id.gs1.org") -> str:
        """The GS1 Digital Link on ``domain``; with the default domain it is the canonical one."""
        path = {
            "sgtin": f"01/{self.body}/21/{self.serial}",
            "lgtin": f"01/{self.body}/10/{self.serial}",
            "gtin": f"01/{self.body}",
            "sscc": f"00/{self.body}",
            "sgln": f"414/{self.body}" + ("" if self.serial == "0" else f"/254/{self.serial}"),
            "pgln": f"417/{self.body}",
            "grai": f"8003/0{self.body}{self.serial}",
            "giai": f"8004/{self.body}",
        }[self.scheme]
        return f"{domain}/{path}"


@dataclass(frozen=True)
class Place:
    """A place with a name, and the party it belongs to."""

    key: Key
    name: str
    party: Key


@dataclass(frozen=True)
class Event:
    """One event in neutral form; the writers in ``story_files.py`` spell it for each format.

    ``when`` carries the offset of the place. Quantities are ``(class key, amount as text, unit)``; business
    transactions ``(type, id)``; ``source`` and ``destination`` are the possessing parties. ``extensions`` and ``ilmd``
    map prefixed names to text or to a further mapping. ``all_children`` marks a DELETE that lists no children.
    """

    kind: str
    company: str
    when: datetime
    action: str = ""
    step: str = ""
    disposition: str = ""
    read_point: Key | str | None = None
    location: Key | None = None
    epcs: tuple[Key, ...] = ()
    quantities: tuple[tuple[Key, str, str], ...] = ()
    parent: Key | None = None
    inputs: tuple[tuple[Key, str, str], ...] = ()
    output_quantities: tuple[tuple[Key, str, str], ...] = ()
    transformation: str = ""
    transactions: tuple[tuple[str, str], ...] = ()
    source: Key | None = None
    destination: Key | None = None
    ship_to: Key | None = None
    ilmd: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, object] = field(default_factory=dict)
    sensors: tuple[dict[str, object], ...] = ()
    id: str = ""
    declared_wrong: datetime | None = None
    corrected_by: str = ""
    wrong: bool = False

    @property
    def all_children(self) -> bool:
        """Whether this is a DELETE of everything inside the parent."""
        return self.action == "DELETE" and self.parent is not None and not self.epcs and not self.quantities

    def declare_wrong(self, when: datetime, corrected_by: str) -> Event:
        """The same event again, now with an error declaration."""
        return replace(self, declared_wrong=when, corrected_by=corrected_by, wrong=True)


class World:
    """What a perfect observer knows after the events told so far (tell them in order of time)."""

    def __init__(self) -> None:
        self.inside: dict[Key, Key] = {}  # child -> parent, now
        self.made_of: dict[Key, set[Key]] = {}  # output -> everything it was made from, however far back
        self.reached: dict[Key, set[Key]] = {}  # thing -> all material that was ever in it
        self.last: dict[Key, Event] = {}  # thing -> the newest event about it or something that holds it
        self.holder: dict[Key, Key | None] = {}
        self._pool: dict[str, set[Key]] = {}  # transformationID -> material of all inputs so far
        self._poured: set[str] = set()

    def contents(self, thing: Key) -> set[Key]:
        """Everything inside ``thing`` now, at any depth."""
        found: set[Key] = set()
        level = {thing}
        while level := {child for child, parent in self.inside.items() if parent in level}:
            found |= level
        return found

    def containers(self, thing: Key) -> list[Key]:
        """The containers around ``thing`` now, innermost first."""
        chain = []
        parent = self.inside.get(thing)
        while parent is not None:
            chain.append(parent)
            parent = self.inside.get(parent)
        return chain

    def material(self, thing: Key) -> set[Key]:
        """The thing, what it was made from, and the same for everything inside it now."""
        things = {thing} | self.contents(thing)
        return things.union(*(self.made_of.get(each, set()) for each in things))

    def tell(self, event: Event, company: Key) -> None:
        """Take in one true event of ``company`` (a wrong one is never told)."""
        named = {*event.epcs, *(key for key, _, _ in (*event.quantities, *event.inputs, *event.output_quantities))}
        if event.parent is not None:
            named.add(event.parent)
        touched = named.union(*(self.contents(each) for each in named))
        children = [*event.epcs, *(key for key, _, _ in event.quantities)]
        if event.kind in {"Aggregation", "Association"} and event.parent is not None:
            if event.action == "ADD":
                for child in children:
                    if child in self.inside:
                        raise ValueError(f"{child.urn()} is packed twice")
                    self.inside[child] = event.parent
                    for holder in self.containers(child):
                        self.reached.setdefault(holder, set()).update(self.material(child))
            elif event.action == "DELETE":
                for child in children or [c for c, parent in self.inside.items() if parent == event.parent]:
                    if self.inside.pop(child, None) != event.parent:
                        raise ValueError(f"{child.urn()} is taken out of a parent that does not hold it")
        elif event.kind == "Transformation":
            group = event.transformation or event.id
            if event.inputs and group in self._poured:
                raise ValueError("the story keeps all inputs of a transformation before its outputs")
            pool = self._pool.setdefault(group, set())
            pool.update(*(self.material(key) for key, _, _ in event.inputs))
            outputs = [*event.epcs, *(key for key, _, _ in event.output_quantities)]
            for output in outputs:
                self._poured.add(group)
                self.made_of.setdefault(output, set()).update(pool)
                self.reached.setdefault(output, set()).update(pool)
        for thing in touched:
            before = self.last.get(thing)
            if before is not None and before.when >= event.when:
                raise ValueError(f"{thing.urn()} has two events at {event.when.isoformat()} or they are out of order")
            self.last[thing] = event
            if event.step == "retail_selling":
                self.holder[thing] = None
            elif event.destination is not None:
                self.holder[thing] = event.destination
            else:
                self.holder.setdefault(thing, company)

    def forward(self, start: Key) -> list[Key]:
        """Everything that material of ``start`` went into."""
        return sorted(thing for thing, material in self.reached.items() if start in material)

    def back(self, start: Key) -> list[Key]:
        """All material that was ever in ``start``."""
        return sorted(self.reached.get(start, set()))


def utc(when: datetime) -> str:
    """The instant as UTC text."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
