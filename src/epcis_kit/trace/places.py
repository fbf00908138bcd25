"""Where something is, and what is in a container, at an instant.

Takes a store and a key in any spelling; gives :class:`~epcis_kit.trace.answers.WhereIs` and
:class:`~epcis_kit.trace.answers.Contents`. Guarantees: the cost depends on what holds the thing or is in it at that
time, not on the size of the store.

Rules: the *place* is the bizLocation of the latest event that mentions the thing, or a container that held it when
the event happened; no bizLocation means unknown or under way, never the place before. An event that empties a
container mentions all that was in it. Of events at one instant the one that names the thing itself counts, then the
one recorded last, then the greatest event id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from epcis_kit.store.index import MENTIONS, Role
from epcis_kit.store.intervals import amounts_at
from epcis_kit.store.times import ALWAYS, FOREVER, holds, intersect
from epcis_kit.trace.answers import Contents, Place, WhereIs
from epcis_kit.trace.asked import key_asked
from epcis_kit.trace.moments import as_timestamp, moment_of, utc
from epcis_kit.trace.moves import Moves
from epcis_kit.trace.policies import as_policies

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from epcis_kit.store.backend import Backend, EventHead, Mention, StayRow
    from epcis_kit.store.store import Store
    from epcis_kit.store.times import Instant, Window
    from epcis_kit.trace.asked import AnyKey
    from epcis_kit.trace.moments import Moment
    from epcis_kit.trace.policies import Policies

__all__ = ["contents_at", "where_is"]

_LOOSE: Final = Role.EPC_CLASS | Role.OUTPUT_CLASS | Role.EPC | Role.OUTPUT
_RECENT: Final = 16


class _Held(NamedTuple):
    """A container that held the thing during ``window``; ``stay`` is the last step up to it."""

    window: Window
    stay: StayRow
    depth: int


class _Places:
    def __init__(self, backend: Backend, until: Instant, policies: Policies) -> None:
        self.backend = backend
        self.until = until
        self.span: Window = (ALWAYS[0], until)
        self.moves = Moves(backend, self.span) if policies.implicit_move else None

    def stays(self, handles: Iterable[int], window: Window) -> list[StayRow]:
        """Stays of these contents that reach into ``window``."""
        found = self.backend.links(list(handles), "forward", (window[0], self.until)).stays
        return found if self.moves is None else self.moves.applied(found)

    def holders(self, handle: int, window: Window, *, most: int | None = None) -> dict[int, list[_Held]]:
        """Containers that held the thing at some instant of ``window``, directly or not.

        With ``most`` only so many latest stays of each thing are followed.
        """
        found: dict[int, list[_Held]] = {}
        frontier: dict[int, list[Window]] = {handle: [window]}
        depth = 0
        while frontier:
            depth += 1
            following: dict[int, list[Window]] = {}
            stays = self.stays(frontier, window)
            if most is not None and len(stays) > most:
                stays = sorted(stays, key=lambda stay: (stay.end, stay.start), reverse=True)[:most]
            for stay in stays:
                for known in frontier[stay.child]:
                    common = intersect(known, (stay.start, stay.end))
                    if common is None or stay.parent == handle:
                        continue
                    earlier = found.setdefault(stay.parent, [])
                    if all(held.window != common for held in earlier):
                        earlier.append(_Held(common, stay, depth))
                        following.setdefault(stay.parent, []).append(common)
            frontier = following
        return found

    def mentions_inside(self, holder: int, held: _Held, *, newest: int, with_party: bool = False) -> list[Mention]:
        """Events that mention the holder while it held the thing, and the one that emptied it."""
        start, end = held.window
        span = (start, min(end, self.until))
        found = self.backend.mentions(holder, span, newest=newest, roles=MENTIONS, with_party=with_party)
        emptied = Role.UNMOUNTED if held.stay.mounted else Role.UNPACKED
        return [
            mention
            for mention in found
            if holds(held.window, mention.time) or (mention.time == end == held.stay.end and mention.roles & emptied)
        ]

    def place(self, handle: int, window: Window) -> Place:
        """Where the thing is by the end of ``window``, by events inside it."""
        direct = self.backend.mentions(handle, (window[0], min(window[1], self.until)), newest=1, roles=MENTIONS)
        if not direct:
            return Place()
        latest = direct[0].time
        holders = self.holders(handle, (latest, FOREVER))
        candidates = {mention.event: 1 for mention in direct if mention.time == latest}
        best = latest
        for holder, several in holders.items():
            for held in several:
                for mention in self.mentions_inside(holder, held, newest=1):
                    if mention.time > best:
                        best, candidates = mention.time, {}
                    if mention.time == best:
                        candidates.setdefault(mention.event, 0)
        number = self._latest(candidates)
        head = self.backend.heads([number])[number]
        now = [
            (held.depth, -_number(held.stay.start), holder)
            for holder, several in holders.items()
            for held in several
            if holds(held.window, self.until)
        ]
        containers = list(dict.fromkeys(holder for _, _, holder in sorted(now)))
        party = self._party(handle, (window[0], FOREVER))
        names = self.backend.keys({*containers, *(known for known in (head.location, party) if known is not None)})
        return Place(
            tuple(names[holder] for holder in self._in_order(containers, now, names)),
            None if head.location is None else names[head.location],
            None if party is None else names[party],
            head.event_id,
            utc(head.time),
            head.biz_step,
            head.disposition,
        )

    @staticmethod
    def _in_order(containers: list[int], now: list[tuple[int, float, int]], names: object) -> list[int]:
        """Innermost first; of two at one height the one entered last, then by key."""
        height: dict[int, tuple[int, float]] = {}
        for depth, start, holder in now:
            height[holder] = max(height.get(holder, (0, start)), (depth, start))
        return sorted(containers, key=lambda holder: (*height[holder], names[holder]))  # type: ignore[index]

    def _latest(self, candidates: dict[int, int]) -> int:
        """Of events at one instant the one that counts; the value says whether it names the thing itself."""
        if len(candidates) == 1:
            return next(iter(candidates))
        direct = max(candidates.values())
        numbers = [number for number, own in candidates.items() if own == direct]
        heads, events = self.backend.heads(numbers), self.backend.get(numbers)

        def rank(number: int) -> tuple[float, str, str]:
            recorded = events[number].record_time
            if recorded is None:
                return (-FOREVER, "", heads[number].event_id)
            return (recorded.epoch_us, recorded.rest, heads[number].event_id)

        return max(numbers, key=rank)

    def _party(self, handle: int, window: Window) -> int | None:
        """Who has it: the destination party of the latest event that has one, of the thing or of what held it."""
        span = (window[0], min(window[1], self.until))
        mentions = list(self.backend.mentions(handle, span, newest=1, roles=MENTIONS, with_party=True))
        for holder, several in self.holders(handle, window, most=_RECENT).items():
            for held in several:
                mentions += self.mentions_inside(holder, held, newest=_RECENT, with_party=True)
        heads = self.backend.heads({mention.event for mention in mentions})
        named = [head for head in heads.values() if head.party is not None]
        return max(named, key=_in_time).party if named else None

    def lot_places(self, handle: int) -> list[Place]:
        """Where a lot is: in each container that holds some of it, and loose where it was seen last."""
        now = [
            stay for stay in self.stays([handle], (self.until, self.until)) if holds((stay.start, stay.end), self.until)
        ]
        by_container: dict[tuple[int, bool], StayRow] = {}
        for stay in sorted(now, key=lambda stay: stay.start, reverse=True):
            by_container[stay.parent, stay.mounted] = stay
        facts = self.backend.facts(by_container.values())
        places = []
        for stay in by_container.values():
            place = self.place(stay.parent, (stay.start, FOREVER))
            amounts = amounts_at(facts[stay], self.until)
            known = {uom: amount for uom, amount in amounts.items() if amount is not None}
            container = self.backend.keys([stay.parent])[stay.parent]
            places.append(
                Place(
                    (container, *(key for key in place.containers if key != container)),
                    place.location,
                    place.party,
                    place.event_id,
                    place.time,
                    place.biz_step,
                    place.disposition,
                    known,
                )
            )
        packed = max((stay.start for stay in by_container.values()), default=None)
        loose = self.backend.mentions(handle, self.span, newest=1, roles=_LOOSE if by_container else MENTIONS)
        if loose and (packed is None or loose[0].time > packed):
            latest = [mention for mention in loose if mention.time == loose[0].time]
            number = self._latest({mention.event: 1 for mention in latest})
            head = self.backend.heads([number])[number]
            places.append(self._loose_place(handle, head))
        places.sort(key=lambda place: (place.time, place.event_id, place.containers), reverse=True)
        return places

    def _loose_place(self, handle: int, head: EventHead) -> Place:
        party = self._party(handle, ALWAYS)
        names = self.backend.keys({known for known in (head.location, party) if known is not None})
        return Place(
            (),
            None if head.location is None else names[head.location],
            None if party is None else names[party],
            head.event_id,
            utc(head.time),
            head.biz_step,
            head.disposition,
        )


def _in_time(head: EventHead) -> tuple[Instant, str]:
    return (head.time, head.event_id)


def _number(moment: Instant) -> float:
    return float(moment)


def where_is(
    store: Store, key: AnyKey, at: Moment | None = None, *, policies: Policies | Iterable[str] | None = None
) -> WhereIs:
    """Where something is, was, or was last seen.

    Args:
        store: Where the events are.
        key: An object, container or lot, in any spelling.
        at: The instant asked about; now where it is ``None``.
        policies: See :class:`~epcis_kit.trace.policies.Policies`; only ``implicit_move`` matters here.

    Raises:
        IdentifierError: ``key`` is neither a URI nor a GS1 key.
        QueryError: ``at`` is no time, or there is no policy of that name.
    """
    chosen = as_policies(policies)
    moment = as_timestamp(at)
    found = key_asked(key)
    backend = store.backend
    with backend.snapshot():
        handle = backend.handles([found.key]).get(found.key)
        if handle is None:
            return WhereIs(found.key, moment, (), chosen.names)
        places = _Places(backend, moment_of(moment), chosen)
        if found.level in {"lot", "class"}:
            answers = places.lot_places(handle)
        else:
            place = places.place(handle, ALWAYS)
            answers = [] if place.event_id is None else [place]
    return WhereIs(found.key, moment, tuple(answers), chosen.names)


def contents_at(
    store: Store, key: AnyKey, at: Moment | None = None, *, policies: Policies | Iterable[str] | None = None
) -> Contents:
    """What is in a container at an instant, directly or in containers inside it.

    Args:
        store: Where the events are.
        key: The container, in any spelling.
        at: The instant asked about; now where it is ``None``.
        policies: See :class:`~epcis_kit.trace.policies.Policies`; only ``implicit_move`` matters here.

    Raises:
        IdentifierError: ``key`` is neither a URI nor a GS1 key.
        QueryError: ``at`` is no time, or there is no policy of that name.
    """
    chosen = as_policies(policies)
    moment = as_timestamp(at)
    until = moment_of(moment)
    start = key_asked(key).key
    backend = store.backend
    with backend.snapshot():
        handle = backend.handles([start]).get(start)
        if handle is None:
            return Contents(start, moment, policies=chosen.names)
        moves = Moves(backend, (ALWAYS[0], until)) if chosen.implicit_move else None
        depth: dict[int, int] = {}
        inside: list[StayRow] = []
        frontier = [handle]
        hop = 0
        while frontier:
            hop += 1
            stays = backend.links(frontier, "back", (until, until)).stays
            if moves is not None:
                stays = moves.applied(stays)
            frontier = []
            for stay in stays:
                if stay.child != handle and holds((stay.start, stay.end), until):
                    inside.append(stay)
                    if stay.child not in depth:
                        depth[stay.child] = hop
                        frontier.append(stay.child)
        names = backend.keys([handle, *depth])
        heads = backend.heads({stay.event for stay in inside})
        quantities = _quantities(backend, handle, inside, until)
    parents: dict[str, set[str]] = {}
    for stay in inside:
        parents.setdefault(names[stay.child], set()).add(names[stay.parent])
    keys = sorted((hop, names[number]) for number, hop in depth.items())
    return Contents(
        start,
        moment,
        tuple(name for _, name in keys),
        {name: tuple(sorted(parents[name])) for _, name in keys},
        {names[number]: quantities[number] for number in sorted(quantities, key=names.__getitem__)},
        tuple(head.event_id for head in sorted(heads.values(), key=_in_time)),
        chosen.names,
    )


def _quantities(backend: Backend, handle: int, inside: list[StayRow], until: Instant) -> dict[int, dict[str, Decimal]]:
    """Amounts of lots directly in the container; an amount that nobody stated is left out."""
    lots = {(stay.child, stay.mounted): stay for stay in inside if stay.parent == handle and stay.lot}
    found: dict[int, dict[str, Decimal]] = {}
    if lots:
        for stay, facts in backend.facts(lots.values()).items():
            for uom, amount in sorted(amounts_at(facts, until).items()):
                if amount is not None:
                    amounts = found.setdefault(stay.child, {})
                    amounts[uom] = amounts.get(uom, 0 * amount) + amount
    return found
