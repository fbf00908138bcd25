"""The walk itself: from one key along stays and transformations, a whole frontier at a time.

Takes a backend, a start and a direction; gives a :class:`Reached`: which keys, by which links. Values only, no texts:
naming things is for ``answers``. What the walk keeps for a key is not "seen" but *windows*: the times for which
material of the start was there (forward), or for which what was there counts (back). Windows only narrow along
containment, are opened anew by a transformation, and a window inside one that was seen already is not followed again;
so cycles end, and a tote that is used twice does not mix its contents.

Rules (``start`` inclusive, ``end`` exclusive):

* up and down through containers: the windows of all stays of a path must have an instant in common;
* into a transformation: the event that uses the key must lie in its window, so that a container brings what is in it
  at that instant;
* out of a transformation: an object with a serial number holds the material from that event on, a lot always did (see
  ``Policies.causal_lots``);
* all inputs of a group feed all its outputs, whatever the order of its events; a path never comes back to the start.

Back is the exact inverse: y is in ``back(x)`` if and only if x is in ``forward(y)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from epcis_kit.store.times import ALWAYS, FOREVER, Instant, Window, holds, intersect, lies_within
from epcis_kit.trace.memberships import lot_links
from epcis_kit.trace.moves import Moves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from epcis_kit.store.backend import Backend, Direction, Membership, StayRow
    from epcis_kit.trace.policies import Limits, Policies

__all__ = ["CutAt", "Edge", "Reached", "walk"]


class Edge(NamedTuple):
    """One link, by handles; ``kind`` as in :class:`epcis_kit.trace.answers.Link`."""

    event: int
    kind: str
    source: int
    target: int


class CutAt(NamedTuple):
    """Where a limit ended the walk."""

    limit: str
    value: int
    handles: tuple[int, ...]


class Reached(NamedTuple):
    """What a walk found.

    Attributes:
        windows: For each key reached, the windows it was reached with.
        depth: Links between the start and each key.
        edges: Links on valid paths, without repetition.
        linked: Keys that lead on, the start among them where it does.
        cut: Where a limit ended the walk; ``None`` where none did.
    """

    windows: dict[int, list[Window]]
    depth: dict[int, int]
    edges: dict[Edge, None]
    linked: set[int]
    cut: CutAt | None


def reaches(window: Window, moment: Instant) -> bool:
    """Whether ``window`` holds an instant at or after ``moment``."""
    start, end = window
    return end > moment or (start == end and start >= moment)


class _Walk:
    def __init__(  # noqa: PLR0917 - built in one place
        self, backend: Backend, start: int, direction: Direction, until: Instant, policies: Policies, limits: Limits
    ) -> None:
        self.backend = backend
        self.start = start
        self.direction = direction
        self.span: Window = (ALWAYS[0], until)
        self.policies = policies
        self.limits = limits
        self.windows: dict[int, list[Window]] = {}
        self.depth: dict[int, int] = {}
        self.edges: dict[Edge, None] = {}
        self.linked: set[int] = set()
        self.frontier: dict[int, list[Window]] = {}
        self.near: dict[int, dict[tuple[int, int], None]] = {}
        self.far: dict[int, list[Membership]] = {}
        self.moves = Moves(backend, self.span) if policies.implicit_move else None

    def run(self) -> Reached:
        forward = self.direction == "forward"
        frontier: dict[int, list[Window]] = {self.start: [ALWAYS]}
        hop, cut = 0, None
        while frontier:
            hop += 1
            if hop > self.limits.depth:
                cut = CutAt("depth", self.limits.depth, tuple(frontier))
                break
            self.frontier = {}
            links = self.backend.links(frontier, self.direction, self.span)
            stays: Iterable[StayRow] = links.stays if self.moves is None else self.moves.applied(links.stays)
            if forward:
                self._up(stays, frontier, hop)
            else:
                self._down(stays, frontier, hop)
            self._transform(links.uses, frontier, hop)
            if self.policies.ilmd_lots:
                self._lots(frontier, hop)
            frontier = self.frontier
            for name, count in (("nodes", len(self.windows)), ("links", len(self.edges))):
                if count > getattr(self.limits, name) and frontier:
                    cut = CutAt(name, getattr(self.limits, name), tuple(frontier))
            if cut is not None:
                break
        return Reached(self.windows, self.depth, self.edges, self.linked, cut)

    def _reach(self, key: int, window: Window, hop: int) -> None:
        """Note that material is at ``key`` during ``window``; follow it in the next hop where that is new."""
        known = self.windows.get(key)
        if known is None:
            self.windows[key] = [window]
            self.depth[key] = hop
        elif any(lies_within(window, seen) for seen in known):
            return
        else:
            known.append(window)
        waiting = self.frontier.get(key)
        if waiting is None:
            self.frontier[key] = [window]
        else:
            waiting.append(window)

    def _up(self, stays: Iterable[StayRow], frontier: dict[int, list[Window]], hop: int) -> None:
        causal = self.policies.causal_lots
        for child, parent, start, end, event, mounted, lot in stays:
            if parent == self.start:
                continue
            for window in frontier[child]:
                if causal and lot:
                    found = (start, end) if start >= window[0] else None
                else:
                    found = (start, end) if window is ALWAYS else intersect(window, (start, end))
                if found is not None:
                    self.edges[Edge(event, "association" if mounted else "aggregation", child, parent)] = None
                    self.linked.add(child)
                    self._reach(parent, found, hop)

    def _down(self, stays: Iterable[StayRow], frontier: dict[int, list[Window]], hop: int) -> None:
        causal = self.policies.causal_lots
        for child, parent, start, end, event, mounted, lot in stays:
            if child == self.start:
                continue
            for window in frontier[parent]:
                found = (start, end) if window is ALWAYS else intersect(window, (start, end))
                if found is not None:
                    self.edges[Edge(event, "association" if mounted else "aggregation", child, parent)] = None
                    self.linked.add(parent)
                    self._reach(child, (start, start) if causal and lot else found, hop)

    def _transform(self, uses: Iterable[Membership], frontier: dict[int, list[Window]], hop: int) -> None:
        """Through the groups that the frontier goes into (forward) or came out of (back)."""
        forward, causal = self.direction == "forward", self.policies.causal_lots
        entered: dict[int, list[tuple[int, int]]] = {}
        for key, group, event, time, lot in uses:
            if forward:
                valid = any(holds(window, time) for window in frontier[key])
            else:
                valid = (lot and not causal) or any(reaches(window, time) for window in frontier[key])
            if valid:
                known = self.near.setdefault(group, {})
                if (key, event) not in known:
                    known[key, event] = None
                    entered.setdefault(group, []).append((key, event))
        new = [group for group in entered if group not in self.far]
        if new:
            for group in new:
                self.far[group] = []
            for member in self.backend.members(new, self.direction, self.span):
                if member.key != self.start:
                    self.far[member.group].append(member)
        for group, ends in entered.items():
            members = self.far[group]
            if members:
                self.linked.update(key for key, _ in ends)
            for member in members:
                self._join(ends, member, forward=forward)
                if not forward:
                    window: Window = (member.time, member.time)
                elif member.lot and not causal:
                    window = ALWAYS
                else:
                    window = (member.time, FOREVER)
                self._reach(member.key, window, hop)

    def _join(self, ends: list[tuple[int, int]], member: Membership, *, forward: bool) -> None:
        """Links from each input to each output, by the event of either."""
        edges = self.edges
        for key, event in ends:
            if len(edges) > self.limits.links:
                return
            source, target = (key, member.key) if forward else (member.key, key)
            if source != target:
                edges[Edge(event, "transformation", source, target)] = None
                if member.event != event:
                    edges[Edge(member.event, "transformation", source, target)] = None

    def _lots(self, frontier: dict[int, list[Window]], hop: int) -> None:
        """Between lots and the objects whose ILMD names them."""
        forward, causal = self.direction == "forward", self.policies.causal_lots
        for near, far, event, time in lot_links(self.backend, frontier, self.direction, self.span):
            if far == self.start:
                continue
            test: Callable[[Window], bool]
            if forward:
                test = (lambda window: window[0] <= time) if causal else (lambda window: True)  # noqa: ARG005, B023
            else:
                test = lambda window: reaches(window, time)  # noqa: B023, E731
            if any(test(window) for window in frontier[near]):
                source, target = (near, far) if forward else (far, near)
                self.edges[Edge(event, "lot", source, target)] = None
                self.linked.add(near)
                self._reach(far, (time, FOREVER) if forward else (time, time), hop)


def walk(  # noqa: PLR0917
    backend: Backend, start: int, direction: Direction, until: Instant, policies: Policies, limits: Limits
) -> Reached:
    """Walk from ``start`` along events no later than ``until``."""
    return _Walk(backend, start, direction, until, policies, limits).run()
