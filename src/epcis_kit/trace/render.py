"""From a trace to a picture or a page.

Takes a :class:`~epcis_kit.trace.answers.Trace` and, where it is at hand, the store it was asked of; gives SVG or HTML
as text. Without the store the picture shows what the trace itself knows: keys, links and times. With it every key
gets its name from master data, its last place, holder and status, and the page gets a timeline.

Guarantees: equal traces over equal stores give equal text; the store is only read. What has many keys is still
answered: beyond ``MOST_PLACES`` keys the last places are left out, and the page says so.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model.extensions import find_extensions
from epcis_kit.store.index import MENTIONS
from epcis_kit.store.times import ALWAYS, FOREVER
from epcis_kit.trace.moments import moment_of
from epcis_kit.trace.places import where_is
from epcis_kit.trace.policies import Policies
from epcis_kit.trace.render_data import (
    Moment,
    StatusName,
    Step,
    Thing,
    View,
    kind_of,
    short_key,
    status_of,
)
from epcis_kit.trace.render_page import trace_page, trace_picture

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from epcis_kit.model import Event
    from epcis_kit.store.backend import EventHead
    from epcis_kit.store.store import Store
    from epcis_kit.trace.answers import Trace
    from epcis_kit.trace.render_data import FileSource
    from epcis_kit.trace.render_page import PageTexts

__all__ = ["MOST_PLACES", "to_html", "to_svg", "view_of"]

MOST_PLACES: Final = 20_000
"""Of at most so many keys the last place is looked up."""

_POLICY_WORDS: Final = {
    "causal_lots": "causal lots",
    "implicit_move": "implicit move",
    "ilmd_lots": "ILMD lot membership",
}
_UNDER_WAY: Final = "under way"
_UNITS: Final = {"CEL": "°C", "FAH": "°F", "P1": "%"}


def to_svg(trace: Trace, *, store: Store | None = None) -> str:
    """The trace as an SVG document.

    Args:
        trace: The answer to draw.
        store: Where it was asked; for names, last places and holders.
    """
    return trace_picture(view_of(trace, store))


def to_html(
    trace: Trace,
    *,
    store: Store | None = None,
    texts: PageTexts | None = None,
    back: Trace | None = None,
    sources: Sequence[FileSource] = (),
) -> str:
    """The trace as one self-contained page: numbers, picture, tables, timeline, limits of the answer.

    Args:
        trace: The answer to show.
        store: Where it was asked; for names, last places, holders and the timeline.
        texts: Words around the facts.
        back: A second trace of the same store, shown as the way back of one thing.
        sources: The documents the answer rests on.
    """
    second = None if back is None else view_of(back, store)
    return trace_page(view_of(trace, store), texts=texts, back=second, sources=sources)


def view_of(trace: Trace, store: Store | None = None) -> View:
    """What pictures and pages are drawn from."""
    steps = tuple(
        Step(link.source, link.target, link.kind in {"transformation", "lot"}, link.time.epoch_us, None, link.event_id)
        for link in trace.links
    )
    switched = set(trace.policies)
    policies = tuple(
        (_POLICY_WORDS[field.name], "on" if field.name in switched else "off") for field in dataclasses.fields(Policies)
    )
    cut = (
        "" if trace.cut is None else f"{trace.cut.limit} {trace.cut.value:,}, {len(trace.cut.keys):,} keys not followed"
    )
    holds = _holds(steps)
    view = View(
        start=_bare(trace.start, holds),
        forward=trace.direction == "forward",
        things=tuple(_bare(key, holds) for key in trace.keys) if store is None else (),
        steps=steps,
        at=None if trace.at is None else trace.at.epoch_us,
        policies=policies,
        frontier=trace.frontier,
        voided=trace.voided,
        cut=cut,
    )
    if store is None:
        return view
    with store.backend.snapshot():
        return _Described(store, trace, view).view()


def _holds(steps: Sequence[Step]) -> set[str]:
    return {step.target for step in steps if not step.made}


def _class_of(key: str) -> str:
    """The product a key belongs to, or the key itself."""
    return trace_key(key).class_key or key


def _bare(key: str, holds: Collection[str]) -> Thing:
    """A thing of which nothing is known but its key."""
    product = _class_of(key)
    kind, name = kind_of(key, holds=key in holds), short_key(key)
    return Thing(key=key, kind=kind, name=name, product=product, product_name=short_key(product))


class _Described:
    """A view filled with what the store knows."""

    def __init__(self, store: Store, trace: Trace, view: View) -> None:
        self.store = store
        self.trace = trace
        self.bare = view
        self.until = moment_of(trace.at)
        self.names: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.lots: dict[str, str] = {}
        keys = (trace.start, *trace.keys)
        self.handles = dict(store.backend.handles(keys))
        self.by_handle = {handle: key for key, handle in self.handles.items()}
        self.steps = self.ended(view.steps)
        self.holds = _holds(self.steps)
        self.used = {step.source for step in self.steps if step.made}
        self.emptied = self.holds - {step.target for step in self.steps if not step.made and step.until is None}

    def view(self) -> View:
        keys = self.trace.keys
        heads, named = self.mentions(keys)
        events = self.store.backend.get(list(heads))
        self.lots = _lots(events.values())
        things = tuple(self.thing(key) for key in keys)
        unplaced = len(keys) if len(keys) > MOST_PLACES else 0
        return dataclasses.replace(
            self.bare,
            start=self.thing(self.trace.start),
            things=things,
            steps=self.steps,
            moments=self.moments(heads, named, events),
            unplaced=unplaced,
        )

    def ended(self, steps: Sequence[Step]) -> tuple[Step, ...]:
        """The same steps, packing with its end."""
        sources = {self.handles[step.source] for step in steps if not step.made and step.source in self.handles}
        ends: dict[tuple[str, str, int], int | None] = {}
        if sources:
            for stay in self.store.backend.links(sources, "forward", (ALWAYS[0], self.until)).stays:
                parent = self.by_handle.get(stay.parent)
                if parent is not None:
                    end = None if stay.end == FOREVER else int(stay.end)
                    ends[self.by_handle[stay.child], parent, int(stay.start)] = end
        return tuple(
            step if step.made else step._replace(until=ends.get((step.source, step.target, step.time)))
            for step in steps
        )

    def name(self, key: str) -> str:
        """The name from master data; else that of the place it is a part of; else the key in short."""
        if key not in self.names:
            self.names[key] = self.store.name_of(key) or short_key(key)
        return self.names[key]

    def owner(self, place: str) -> str:
        """The company a place belongs to by its master data; empty where they do not say."""
        if place not in self.owners:
            parties = (
                element.attribute(name)
                for _, element in self.store.master_data(place)
                for name in ("owning_party", "possessing_party")
            )
            party = next((value for value in parties if isinstance(value, str) and value), None)
            self.owners[place] = "" if party is None else self.name(trace_key(party).key)
        return self.owners[place]

    def thing(self, key: str) -> Thing:
        kind = kind_of(key, holds=key in self.holds)
        product = _class_of(key)
        name = self.name(product) if product != key else short_key(key)
        lot = self.lots.get(key, "")
        thing = Thing(key=key, kind=kind, name=short_key(key), product=product, product_name=name, lot=lot)
        if len(self.trace.keys) > MOST_PLACES:
            return thing
        found = where_is(self.store, key, at=self.trace.at)
        if not found.places or found.event_id is None or found.time is None:
            return thing
        last = found.places[0]
        head = self.head(found.event_id)
        location = last.location
        read_point = self.key_of(head.read_point) if head is not None else None
        status: StatusName = status_of(last.biz_step, last.disposition, location)
        if (key in self.used and kind != "item") or (key in self.emptied and not found.containers):
            status = "used"
        shown = location or (read_point if status == "sold" else None)
        holder = self.name(last.party) if last.party else ""
        if shown is not None and self.owner(shown):
            holder = self.owner(shown) if status != "no later data" else holder or self.owner(shown)
        return dataclasses.replace(
            thing,
            place=self.name(shown) if shown else "",
            holder=holder or (self.sender(head) if head is not None else ""),
            status=status,
            time=found.time.epoch_us,
            inside=found.containers,
        )

    def head(self, event_id: str) -> EventHead | None:
        stored = self.store.event(event_id)
        return None if stored is None else stored.head

    def key_of(self, handle: int | None) -> str | None:
        return None if handle is None else self.store.backend.keys([handle]).get(handle)

    def sender(self, head: EventHead) -> str:
        """The company that reported an event."""
        origins = self.store.backend.provenance([head.number]).get(head.number, ())
        partner = next((origin.partner for origin in origins if origin.partner), None)
        return "" if partner is None else self.name(trace_key(partner).key)

    def mentions(self, keys: Collection[str]) -> tuple[dict[int, EventHead], dict[int, set[str]]]:
        """Effective events that name what was reached, and which of it they name."""
        named: dict[int, set[str]] = defaultdict(set)
        wanted = [self.trace.start, *keys] if len(keys) <= MOST_PLACES else [self.trace.start]
        for key in wanted:
            handle = self.handles.get(key)
            if handle is None:
                continue
            for mention in self.store.backend.mentions(handle, (ALWAYS[0], self.until), roles=MENTIONS):
                named[mention.event].add(key)
        return dict(self.store.backend.heads(named)), named

    def moments(
        self, heads: dict[int, EventHead], named: dict[int, set[str]], events: Mapping[int, Event]
    ) -> tuple[Moment, ...]:
        """What happened, for the timeline."""
        places = {place for head in heads.values() for place in (head.location, head.read_point)}
        keys = self.store.backend.keys({place for place in places if place is not None})
        found = []
        for number, head in heads.items():
            handle = head.location if head.location is not None else head.read_point
            place = keys.get(handle, "") if handle is not None else ""
            located = not place.startswith("geo:")
            lane = self.name(place) if place and located else _UNDER_WAY
            holder = self.owner(place) if place and located else ""
            found.append(
                Moment(
                    int(head.time),
                    lane,
                    holder or self.sender(head),
                    head.biz_step or "",
                    tuple(sorted(named[number])),
                    _alarm(events.get(number)),
                )
            )
        return tuple(sorted(found))


def _alarm(event: Event | None) -> str:
    """What was measured where a sensor raised an alarm: ``9.4 °C``."""
    for element in getattr(event, "sensor_element_list", None) or ():
        reports = element.sensor_report or ()
        if any(report.exception is not None for report in reports):
            measured = [report for report in reports if report.value is not None]
            words = [f"{report.value} {_UNITS.get(report.uom or '', report.uom or '')}".strip() for report in measured]
            return ", ".join(words) or "sensor alarm"
    return ""


def _lots(events: Iterable[Event]) -> dict[str, str]:
    """The lot that the ILMD of its creation names for an object, where it names one."""
    lots: dict[str, str] = {}
    for event in events:
        names = {found.text.strip() for found in find_extensions(getattr(event, "ilmd", None) or (), "lotNumber")}
        if len(names) == 1:
            (lot,) = names
            created = getattr(event, "output_epc_list", None) or getattr(event, "epc_list", None) or ()
            lots.update((trace_key(epc).key, lot) for epc in created)
    return lots
