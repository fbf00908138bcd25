"""What a trace picture and a trace page are drawn from: plain values, no store, no events.

Takes nothing by itself; ``describe.py`` fills these values from a ``Trace``, and anybody may build them by hand. Gives
:class:`Thing` (a key that was reached, with what is known of it), :class:`Step` (one link of the trace, in the
direction in which material moves), :class:`Moment` (something happened to affected things at a place) and
:class:`View`, which holds all of them with the notes that belong to an honest answer.

Guarantees: frozen values of text and numbers; times are microseconds since 1970 in UTC; the keys are canonical
Digital Links. Nothing here is escaped: that is the work of the page.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

__all__ = [
    "KINDS",
    "STATUSES",
    "FileSource",
    "Kind",
    "Moment",
    "Status",
    "StatusName",
    "Step",
    "Thing",
    "View",
    "count_text",
    "day_text",
    "kind_of",
    "short_key",
    "status_of",
    "time_text",
]

Kind = Literal["lot", "item", "box", "unit load", "asset", "class", "other"]
StatusName = Literal["sold", "on sale", "in stock", "no later data", "out of the chain", "used"]

KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "lot": ("lot", "lots"),
    "item": ("unit", "units"),
    "box": ("case", "cases"),
    "unit load": ("logistic unit", "logistic units"),
    "asset": ("returnable or asset", "returnables and assets"),
    "class": ("product class", "product classes"),
    "other": ("other object", "other objects"),
}
"""Each kind of thing with its word for one and for many, in the order in which tables list them."""


class Status(NamedTuple):
    """What is to be done about a thing, told from its last event.

    Attributes:
        label: What the page says.
        colour: Its colour, dark enough for white text.
        urgency: Tables and the picture list the highest first.
    """

    label: str
    colour: str
    urgency: int


STATUSES: Final[dict[StatusName, Status]] = {
    "sold": Status("sold", "#8c1d18", 5),
    "on sale": Status("on sale", "#cf3a2e", 4),
    "in stock": Status("in stock", "#b26a00", 3),
    "no later data": Status("on the way, no later data", "#5f6b78", 2),
    "used": Status("used up or emptied", "#8793a0", 1),
    "out of the chain": Status("out of the chain", "#2e7d4f", 0),
}
_BY_DISPOSITION: Final[dict[str, StatusName]] = {
    "retail_sold": "sold",
    "dispensed": "sold",
    "partially_dispensed": "sold",
    "sellable_accessible": "on sale",
    "in_transit": "no later data",
    "destroyed": "out of the chain",
    "disposed": "out of the chain",
    "inactive": "out of the chain",
    "stolen": "no later data",
}


def status_of(biz_step: str | None, disposition: str | None, place: str | None) -> StatusName:
    """What became of a thing by its last event: its disposition decides, then its step, then whether it has a place."""
    if disposition in _BY_DISPOSITION:
        return _BY_DISPOSITION[disposition]
    if biz_step in {"retail_selling", "dispensing"}:
        return "sold"
    if biz_step in {"destroying", "decommissioning", "killing"}:
        return "out of the chain"
    return "in stock" if place else "no later data"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One key of the answer.

    Attributes:
        key: Canonical Digital Link.
        kind: What it is, for grouping and for words.
        name: Short name, for example ``"lot S-0502"``.
        product: Key of its class, or its own key where it has none; things of one product are grouped.
        product_name: Name of the product from master data, or a readable form of the key.
        place: Name of its last place; empty where no event says.
        holder: Name of the company that holds it; empty where unknown.
        status: What its last event means.
        time: When that was; ``None`` where nothing is known.
        inside: Keys of the containers it is in now, innermost first.
        lot: The lot that it was created with, for an object with a serial number; empty where unknown.
    """

    key: str
    kind: Kind
    name: str
    product: str
    product_name: str
    place: str = ""
    holder: str = ""
    status: StatusName = "no later data"
    time: int | None = None
    inside: tuple[str, ...] = ()
    lot: str = ""


class Step(NamedTuple):
    """One link: material went from ``source`` into ``target``.

    Attributes:
        source: Key.
        target: Key.
        made: True for a transformation, False for packing.
        time: When it began.
        until: When it ended, for packing; ``None`` where it has not or is not known.
        event: ID of the event that proves it.
    """

    source: str
    target: str
    made: bool
    time: int
    until: int | None = None
    event: str = ""


class Moment(NamedTuple):
    """Something that happened to affected things at a place.

    Attributes:
        time: When.
        lane: Name of the place.
        holder: Name of the company there.
        step: Business step as a bare word.
        things: Keys of the affected things it names.
        alarm: What a sensor reported, for example ``"9.4 CEL"``; else empty.
    """

    time: int
    lane: str
    holder: str
    step: str
    things: tuple[str, ...]
    alarm: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """One document the answer rests on."""

    name: str
    company: str
    format: str
    events: int
    sha256: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything a trace picture or page shows.

    Attributes:
        start: What the question is about.
        forward: True for "what did it go into", False for "what was it made from".
        things: What was reached, without the start.
        steps: The links between them.
        moments: What happened to them, for the timeline.
        at: The instant the question was asked for; ``None`` for all events.
        policies: The policies applied, each with its value in words.
        frontier: Keys whose history ends for lack of data.
        voided: IDs of events left out because an error declaration voids them.
        cut: Why and where a limit stopped the trace; empty where none did.
        unplaced: Number of things whose last place was not looked up because there are too many; 0 where all were.
    """

    start: Thing
    forward: bool
    things: tuple[Thing, ...]
    steps: tuple[Step, ...]
    moments: tuple[Moment, ...] = ()
    at: int | None = None
    policies: tuple[tuple[str, str], ...] = ()
    frontier: tuple[str, ...] = ()
    voided: tuple[str, ...] = ()
    cut: str = ""
    unplaced: int = 0

    def counted(self) -> tuple[Thing, ...]:
        """The things that numbers are about: single units where there are any, else lots, else everything.

        A lot that was made together with its own units is not counted twice.
        """
        for kinds in (("item",), ("lot", "class"), ("box", "unit load", "asset", "other")):
            sources = {step.source for step in self.steps if step.made}
            found = tuple(thing for thing in self.things if thing.kind in kinds and thing.key not in sources)
            if found:
                return found
        return self.things


def kind_of(key: str, *, holds: bool = False) -> Kind:
    """The kind of thing a canonical key stands for; ``holds`` says that something was inside it."""
    parts = key.removeprefix("https://id.gs1.org/").split("/")
    if parts[0] == "00":
        return "unit load"
    if parts[0] in {"8003", "8004"}:
        return "asset"
    if "21" in parts[2::2] or parts[0] in {"8006", "8010"}:
        return "box" if holds else "item"
    if "10" in parts[2::2]:
        return "lot"
    if parts[0] == "01":
        return "class"
    return "box" if holds else "other"


def short_key(key: str) -> str:
    """A readable form of a canonical key: ``lot S-0502``, ``serial 100001``, ``SSCC …0001043``."""
    parts = key.removeprefix("https://id.gs1.org/").split("/")
    if parts[0] == "01" and len(parts) == 4:
        return f"{'serial' if parts[2] == '21' else 'lot'} {parts[3]}"
    if parts[0] == "00" and len(parts) == 2:
        return f"SSCC …{parts[1][-7:]}"
    names = {"01": "GTIN", "8003": "GRAI", "8004": "GIAI", "414": "GLN", "417": "GLN"}
    if parts[0] in names and len(parts) >= 2:
        return f"{names[parts[0]]} {parts[1]}" + (f" ({parts[3]})" if len(parts) == 4 else "")
    return key


def count_text(number: int, kind: Kind) -> str:
    """``1 unit``, ``24 units``."""
    one, many = KINDS[kind]
    return f"{number:,} {one if number == 1 else many}"


def time_text(time: int | None) -> str:
    """An instant as people read it: ``9 May 2025 13:00``, in UTC."""
    if time is None:
        return ""
    when = _when(time)
    return f"{when.day} {when:%b %Y %H:%M}"


def day_text(time: int) -> str:
    """The day of an instant: ``9 May``."""
    when = _when(time)
    return f"{when.day} {when:%b}"


def _when(time: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
