"""Trace back and trace forward: a walk, put into words.

Takes a store, a key in any spelling and options; gives a :class:`~epcis_kit.trace.answers.Trace`. Guarantees:
everything in one answer is of one moment of the store; the order of everything in it depends on the events alone,
never on how they were captured.

The events of the answer are those of its links: packing, first sights, mounting, transformations. Other events that
name what was reached while it counts (shipping, receiving) are its history, kept apart and gathered when asked for.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.store.index import MENTIONS
from epcis_kit.store.schema import Status
from epcis_kit.store.times import ALWAYS, holds
from epcis_kit.trace.answers import Cut, Declaration, Link, Trace
from epcis_kit.trace.asked import key_asked
from epcis_kit.trace.moments import as_timestamp, moment_of, utc
from epcis_kit.trace.policies import DEFAULT_LIMITS, as_policies
from epcis_kit.trace.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from epcis_kit.model import Event
    from epcis_kit.store.backend import Backend, Direction, EventHead
    from epcis_kit.store.store import Store
    from epcis_kit.store.times import Instant
    from epcis_kit.trace.asked import AnyKey
    from epcis_kit.trace.moments import Moment
    from epcis_kit.trace.policies import Limits, Policies
    from epcis_kit.trace.walk import Reached

__all__ = ["trace_back", "trace_forward"]

_SGLN: Final = "https://id.gs1.org/414/"
_SENT_OFF: Final = frozenset({"shipping", "departing"})


def trace_forward(
    store: Store,
    key: AnyKey,
    at: Moment | None = None,
    *,
    policies: Policies | Iterable[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    history: bool = False,
) -> Trace:
    """Everything that the material of ``key`` went into: containers, transformation outputs, and theirs.

    Never what merely stood beside it, and never the start itself. A container goes upward only: to recall the goods
    of a pallet ask :func:`~epcis_kit.trace.contents_at` and trace each forward.

    Args:
        store: Where the events are.
        key: An identifier in any spelling: EPC URN, Digital Link; of an object, a lot or a container.
        at: Only events up to this time count; errors that are declared later count all the same.
        policies: Readings beyond what the events say for certain; see :class:`~epcis_kit.trace.policies.Policies`.
        limits: How far to go; the answer says where a limit ended it.
        history: Gather the other events of what was reached too.

    Raises:
        IdentifierError: ``key`` is neither a URI nor a GS1 key.
        QueryError: ``at`` is no time, or there is no policy of that name.
    """
    return _trace(store, key, "forward", at, policies, limits, history=history)


def trace_back(
    store: Store,
    key: AnyKey,
    at: Moment | None = None,
    *,
    policies: Policies | Iterable[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    history: bool = False,
) -> Trace:
    """Everything whose material is in ``key``: contents, transformation inputs, and theirs.

    The exact inverse of :func:`trace_forward`, with the same arguments.
    """
    return _trace(store, key, "back", at, policies, limits, history=history)


def _trace(  # noqa: PLR0917
    store: Store,
    key: AnyKey,
    direction: Direction,
    at: Moment | None,
    policies: Policies | Iterable[str] | None,
    limits: Limits,
    *,
    history: bool,
) -> Trace:
    chosen = as_policies(policies)
    moment = as_timestamp(at)
    until = moment_of(moment)
    start = key_asked(key).key
    backend = store.backend
    with backend.snapshot():
        handle = backend.handles([start]).get(start)
        if handle is None:
            return Trace(start, direction, moment, frontier=(start,), policies=chosen.names)
        reached = walk(backend, handle, direction, until, chosen, limits)
        return _Answer(store, start, handle, reached, until).trace(direction, moment, chosen, history=history)


class _Answer:
    """One walk with the names of everything in it."""

    def __init__(self, store: Store, start: str, handle: int, reached: Reached, until: Instant) -> None:
        self.backend: Backend = store.backend
        self.start = start
        self.handle = handle
        self.reached = reached
        self.until = until
        self.known = [handle, *reached.windows]
        self.names: Mapping[int, str] = self.backend.keys(self.known)
        self.heads: Mapping[int, EventHead] = self.backend.heads({edge.event for edge in reached.edges})

    def trace(self, direction: Direction, at: Any, policies: Policies, *, history: bool) -> Trace:
        names, heads, reached = self.names, self.heads, self.reached
        times = {number: utc(head.time) for number, head in heads.items()}
        steps = sorted(
            (heads[event].time, heads[event].event_id, kind, names[source], names[target], event)
            for event, kind, source, target in reached.edges
        )
        links = tuple(
            Link(event_id, kind, source, target, times[event]) for _, event_id, kind, source, target, event in steps
        )
        depth = reached.depth
        keys = sorted((depth[number], names[number]) for number in reached.windows)
        proofs = sorted(heads.values(), key=_in_time)
        others = self._history(heads) if history else []
        voided, declarations = self._voided()
        cut = reached.cut
        locations, parties = self._who_and_where([*proofs, *others])
        return Trace(
            self.start,
            direction,
            at,
            tuple(key for _, key in keys),
            links,
            tuple(head.event_id for head in proofs),
            tuple(head.event_id for head in others),
            locations,
            parties,
            self._frontier(direction),
            voided,
            declarations,
            None if cut is None else Cut(cut.limit, cut.value, tuple(sorted(self.backend.keys(cut.handles).values()))),
            policies.names,
            _fetcher(self.backend, [head.number for head in proofs]),
        )

    def _history(self, known: Collection[int]) -> list[EventHead]:
        """Other events that name the start, or a key reached while it counts."""
        found = set()
        for number in self.known:
            windows = self.reached.windows.get(number, [ALWAYS])
            span = (min(window[0] for window in windows), min(max(window[1] for window in windows), self.until))
            for mention in self.backend.mentions(number, span, roles=MENTIONS):
                if mention.event not in known and any(holds(window, mention.time) for window in windows):
                    found.add(mention.event)
        return sorted(self.backend.heads(found).values(), key=_in_time)

    def _who_and_where(self, heads: list[EventHead]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        places = {head.location for head in heads if head.location is not None}
        parties = {head.party for head in heads if head.party is not None}
        names = self.backend.keys(places | parties)
        senders = self.backend.senders({head.number for head in heads})
        return (
            tuple(sorted(names[place] for place in places)),
            tuple(sorted({names[party] for party in parties} | set(senders))),
        )

    def _frontier(self, direction: Direction) -> tuple[str, ...]:
        ends = [number for number in self.known if number not in self.reached.linked]
        span = (ALWAYS[0], self.until)
        if direction == "back":
            created = self.backend.created(ends, span)
            return tuple(sorted(self.names[number] for number in ends if number not in created))
        latest = self.backend.latest(ends, span)
        heads = self.backend.heads(set(latest.values()))
        return tuple(
            sorted(
                self.names[number]
                for number in ends
                if number not in latest
                or heads[latest[number]].biz_step in _SENT_OFF
                or heads[latest[number]].disposition == "in_transit"
            )
        )

    def _voided(self) -> tuple[tuple[str, ...], tuple[Declaration, ...]]:
        heads = self.backend.voided(self.known)
        if not heads:
            return (), ()
        numbers = {head.number for head in heads}
        origins = self.backend.provenance(numbers)
        events = self.backend.get([head.number for head in heads if head.status & Status.DECLARATION])
        by_id: dict[str, list[EventHead]] = {}
        for head in sorted(heads, key=_in_time):
            by_id.setdefault(head.event_id, []).append(head)
        declarations = []
        for event_id, copies in by_id.items():
            reasons = set()
            declared: set[str] = set()
            sent: set[str] = set()
            for head in copies:
                partners = {origin.partner for origin in origins.get(head.number, ()) if origin.partner is not None}
                if head.status & Status.DECLARATION:
                    declared |= partners
                    error = events[head.number].error_declaration
                    reasons.add("" if error is None else error.reason or "")
                else:
                    sent |= partners
            reason = min(reasons, default="") or None
            foreign = bool(declared and sent and not set(map(_company, declared)) & set(map(_company, sent)))
            declarations.append(Declaration(event_id, reason, tuple(sorted(declared)), tuple(sorted(sent)), foreign))
        return tuple(by_id), tuple(declarations)


def _company(party: str) -> str:
    """A party by its number: headers of EPCIS 1.x name companies by SGLN, those of 2.0 by PGLN."""
    return party.replace("/414/", "/417/", 1) if party.startswith(_SGLN) and "/254/" not in party else party


def _fetcher(backend: Backend, numbers: list[int]) -> Callable[[], list[Event]]:
    """The events of the answer, fetched when they are asked for."""

    def fetch() -> list[Event]:
        events = backend.get(numbers)
        return [events[number] for number in numbers]

    return fetch


_in_time = attrgetter("time", "event_id")
