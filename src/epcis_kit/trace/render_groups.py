"""From hundreds of things to a picture with a few dozen boxes: which things are drawn together, and what flows where.

Takes a :class:`~epcis_kit.trace.render_data.View`; gives :class:`Flow`: columns of boxes from left (raw material) to
right (where the goods are now), and bands between them. The bands follow the *counted* things, usually single units:
their width is a number of units, so that the picture adds up.

How it is done:

* what was made is grouped by product and by what it was made of; a lot that was made together with its own units
  stands in their box and gives it its name;
* what a unit was packed in is followed in time, outermost container first to last: a case is not drawn, the pallet
  that it left on is, and the mixed pallet that it came to later;
* the last column holds places: one box for each company, place and status;
* a column that has more boxes than a page can show gets one box that says how many more there are.

Guarantees: the same view gives the same flow, whatever the order of its things; work grows with the number of links
on real paths and is bounded for nests that cannot be (a container inside itself).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from epcis_kit.trace.render_data import STATUSES, count_text, short_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from epcis_kit.trace.render_data import StatusName, Step, Thing, View

__all__ = ["Band", "Box", "Flow", "flow_of"]

_DEEPEST: Final = 12
_FOREVER: Final = 1 << 62
_MOST_BOXES: Final = 16

Role = Literal["start", "made", "carrier", "place", "more"]


@dataclasses.dataclass(frozen=True, slots=True)
class Box:
    """One box of the picture.

    Attributes:
        id: Stable name, unique in its flow.
        role: What it stands for.
        title: First line.
        detail: Second line.
        weight: How many counted things pass through it.
        column: From the left, 0 first.
        status: For a place.
        tip: What a pointer over it shows.
    """

    id: str
    role: Role
    title: str
    detail: str
    weight: int
    column: int
    status: StatusName | None = None
    tip: str = ""


class Band(NamedTuple):
    """``weight`` counted things went from one box to another (0: something passed that is not counted)."""

    source: str
    target: str
    weight: int


@dataclasses.dataclass(frozen=True, slots=True)
class Flow:
    """Boxes in columns, and the bands between them."""

    boxes: tuple[Box, ...]
    bands: tuple[Band, ...]
    heads: tuple[str, ...]


def flow_of(view: View, *, most: int = _MOST_BOXES) -> Flow:
    """The picture's boxes and bands; ``most`` boxes a column at the most."""
    return _Forward(view).flow(most) if view.forward else _Back(view).flow(most)


class _Sketch:
    """What both directions share: things by key, what was made from what, groups of what was made."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.things: dict[str, Thing] = {thing.key: thing for thing in (view.start, *view.things)}
        self.sources: dict[str, set[str]] = defaultdict(set)
        self.targets: dict[str, set[str]] = defaultdict(set)
        self.parents: dict[str, list[Step]] = defaultdict(list)
        self.children: dict[str, set[str]] = defaultdict(set)
        for step in view.steps:
            if step.source not in self.things or step.target not in self.things:
                continue
            if step.made:
                self.sources[step.target].add(step.source)
                self.targets[step.source].add(step.target)
            else:
                self.parents[step.source].append(step)
                self.children[step.target].add(step.source)
        self.group: dict[str, str] = {}
        self.members: dict[str, list[str]] = defaultdict(list)
        self.flows: dict[tuple[str, str], int] = defaultdict(int)
        self.extra: dict[str, tuple[Role, str, str, StatusName | None, str]] = {}

    def put(self, key: str, box: str) -> None:
        self.group[key] = box
        self.members[box].append(key)

    def group_made(self) -> None:
        """Things that were made, grouped by product and by the boxes they were made of, sources first."""
        self.put(self.view.start.key, "start")
        todo = sorted(key for key in {*self.sources, *self.targets} if key not in self.group)
        waiting = {key: set(self.sources.get(key, ())) - {key} for key in todo}
        while waiting:
            ready = [key for key, needed in waiting.items() if not needed & waiting.keys()]
            for key in ready or [min(waiting)]:  # a circle of rework is cut at its first key
                del waiting[key]
                made_of = sorted({self.group.get(each, "?") for each in self.sources.get(key, ())})
                single = key if key in self.targets else ""  # what goes on into other products keeps a box of its own
                self.put(key, "|".join(("made", self.things[key].product, single, *made_of)))

    def depth(self) -> dict[str, int]:
        """The column of every box: one more than that of the last box before it."""
        before: dict[str, set[str]] = defaultdict(set)
        for source, target in self.flows:
            before[target].add(source)
        names = sorted({name for pair in self.flows for name in pair} | set(self.members))
        columns: dict[str, int] = {}
        for _ in range(len(names) + 1):
            changed = False
            for name in names:
                column = 1 + max((columns.get(each, 0) for each in before[name]), default=-1)
                if column != columns.get(name) and column <= len(names):
                    columns[name], changed = column, True
            if not changed:
                break
        return columns

    def box(self, name: str, weight: int, column: int) -> Box:
        if name in self.extra:
            role, title, detail, status, tip = self.extra[name]
            return Box(name, role, title, detail, weight, column, status, tip)
        keys = sorted(self.members[name])
        things = [self.things[key] for key in keys]
        lots = [thing for thing in things if thing.kind == "lot"]
        rest = [thing for thing in things if thing.kind != "lot"]
        title = things[0].product_name
        labels = [thing.name for thing in lots]
        if not lots and len(rest) > 1:
            labels = sorted({f"lot {thing.lot}" for thing in rest if thing.lot})
        parts = [", ".join(labels[:3]) + (" …" if len(labels) > 3 else "")] if labels else []
        if len(rest) == 1:
            parts.append(rest[0].name)
        elif rest:
            parts.append(count_text(len(rest), rest[0].kind))
        return Box(
            name,
            "start" if name == "start" else "made",
            title,
            " · ".join(parts),
            weight,
            column,
            None,
            "\n".join(keys[:40]),
        )


def _finish(
    sketch: _Sketch, weights: Mapping[str, int], columns: Mapping[str, int], heads: Sequence[str], most: int
) -> Flow:
    boxes = [sketch.box(name, weights.get(name, 0), column) for name, column in columns.items()]
    bands = [Band(source, target, weight) for (source, target), weight in sketch.flows.items()]
    return _limited(boxes, bands, heads, most)


def _limited(boxes: Iterable[Box], bands: Iterable[Band], heads: Sequence[str], most: int) -> Flow:
    """Columns cut to ``most`` boxes, the heaviest kept; the others become one box."""
    by_column: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        by_column[box.column].append(box)
    kept: list[Box] = []
    renamed: dict[str, str] = {}
    for column in sorted(by_column):
        ranked = sorted(by_column[column], key=lambda box: (-box.weight, box.title, box.detail, box.id))
        kept += ranked[:most] if len(ranked) > most else ranked
        rest = ranked[most:]
        if rest:
            name = f"more|{column}"
            renamed |= {box.id: name for box in rest}
            tip = "\n".join(f"{box.title} {box.detail}" for box in rest[:40])
            weight = sum(box.weight for box in rest)
            kept.append(Box(name, "more", f"{len(rest):,} more", "see the tables", weight, column, None, tip))
    total: dict[tuple[str, str], int] = defaultdict(int)
    for band in bands:
        pair = renamed.get(band.source, band.source), renamed.get(band.target, band.target)
        if pair[0] != pair[1]:
            total[pair] += band.weight
    merged = tuple(Band(*pair, weight) for pair, weight in sorted(total.items()))
    return Flow(tuple(kept), merged, tuple(heads))


class _Forward(_Sketch):
    """Start on the left, places on the right."""

    def flow(self, most: int) -> Flow:
        self.group_made()
        counted = [thing for thing in self.view.counted() if thing.key != self.view.start.key]
        single = self.view.start.key not in self.targets
        if single:  # nothing was made of it: what is followed is the thing itself
            counted = [self.view.start]
        weights: dict[str, int] = defaultdict(int)
        for thing in counted:
            path = [*self.production(thing.key), *self.carriers(thing.key)]
            path.append(self.place(thing))
            for name in dict.fromkeys(path):
                weights[name] += 1
            for pair in dict.fromkeys(itertools.pairwise(path)):
                if pair[0] != pair[1]:
                    self.flows[pair] += 1
        self.side_ways(weights)
        self.made_bands(counted, weights)
        columns = self.depth()
        last = max(columns.values(), default=0)
        places = [name for name in columns if name.startswith("place|")]
        made = max((columns[name] for name in columns if name.startswith(("made", "start"))), default=0)
        last = max(last, made + 1)
        columns |= dict.fromkeys(places, last)
        heads = ["In question" if column == 0 else "" for column in range(last + 1)]
        for column in range(1, made + 1):
            heads[column] = "Made from it"
        for column in range(made + 1, last):
            heads[column] = "Packed and shipped in"
        heads[last] = "Where it is now"
        return _finish(self, weights, columns, heads, most)

    def production(self, key: str) -> list[str]:
        """The last box of production the thing comes from; the boxes before it are joined by ``made_bands``."""
        return [self.group[key]] if key in self.group else ["start"]

    def made_bands(self, counted: Sequence[Thing], weights: dict[str, int]) -> None:
        """Bands between the boxes of production: each as wide as what hangs on it."""
        ends = {self.group[thing.key] for thing in counted if thing.key in self.group}
        upward: dict[str, set[str]] = defaultdict(set)
        for target, sources in self.sources.items():
            upward[self.group[target]] |= {self.group[each] for each in sources}
        carried: dict[str, int] = defaultdict(int)
        for end in sorted(ends):
            seen, level = {end}, {end}
            amount = weights[end]
            while level := {each for name in level for each in upward[name]} - seen:
                seen |= level
            for name in seen - {end}:
                carried[name] += amount
            for target in seen:
                for source in upward[target] & seen:
                    if source != target:
                        self.flows[source, target] += amount
        for name, amount in carried.items():
            weights[name] = max(weights[name], amount) if name != "start" else amount

    def carriers(self, key: str) -> list[str]:
        """The outermost containers that held the thing, one after another in time."""
        tops: dict[str, int] = {}

        def climb(child: str, since: int, until: int, path: tuple[str, ...]) -> None:
            for step in self.parents.get(child, ()):
                start, end = max(since, step.time), min(until, step.until if step.until is not None else _FOREVER)
                if start > end or (start == end and step.until is not None and start > step.time):
                    continue
                if step.target in path or len(path) > _DEEPEST:
                    continue
                outer = [
                    up
                    for up in self.parents.get(step.target, ())
                    if max(start, up.time) < min(end, up.until if up.until is not None else _FOREVER)
                    and up.target not in path
                ]
                if outer:
                    climb(step.target, start, end, (*path, step.target))
                else:
                    tops.setdefault(step.target, start)

        climb(key, -_FOREVER, _FOREVER, (key,))
        names = []
        for top in sorted(tops, key=lambda each: (tops[each], each)):
            thing = self.things[top]
            if thing.kind == "box" and len(tops) > 1:
                continue  # a case on its way between two pallets
            name = f"carrier|{top}" if thing.kind != "box" else f"carrier|{thing.product}"
            if name not in self.extra:
                title = f"{short_key(top)}" if thing.kind != "box" else thing.product_name
                self.extra[name] = ("carrier", title, thing.holder, None, f"{top}\n{thing.place}")
            names.append(name)
        return names

    def place(self, thing: Thing) -> str:
        name = f"place|{thing.holder}|{thing.place}|{thing.status}"
        status = STATUSES[thing.status]
        title = thing.place or thing.holder or "place not known"
        self.extra.setdefault(name, ("place", title, status.label, thing.status, thing.holder))
        return name

    def side_ways(self, weights: dict[str, int]) -> None:
        """Containers that held material before anything was made of it: a thin band, nothing counted."""
        for key, box in list(self.group.items()):
            if key in self.targets or key == self.view.start.key:
                for name in self.carriers(key):
                    if name not in weights:
                        self.flows[box, name] += 0
                        weights[name] += 0


class _Back(_Sketch):
    """Origins on the left, the start of the question on the right."""

    def flow(self, most: int) -> Flow:
        self.group_made()
        origin = {key for key in self.group if not self.sources.get(key) and key != self.view.start.key}
        loose = [key for key in self.things if key not in self.group and key not in self.children]
        for key in sorted(loose):
            self.put(key, f"made|{self.things[key].product}|")
            origin.add(key)
        for target, sources in self.sources.items():
            for source in sources:
                self.flows[self.group[source], self.group[target]] += 1
        for box in sorted({self.group[key] for key in self.group} - {"start"}):
            if any(self.is_packed(key) for key in self.members[box]):
                self.flows[box, "start"] += len(self.members[box])
        first: dict[str, tuple[str, str]] = {}
        for moment in sorted(self.view.moments):
            for key in moment.things:
                first.setdefault(key, (moment.holder, moment.lane))
        for key in sorted(origin):
            holder, place = first.get(key, ("", ""))
            name = f"origin|{holder}|{place}"
            title = holder or place or "origin not known"
            self.extra.setdefault(name, ("place", title, place if holder else "", None, ""))
            self.flows[name, self.group[key]] += 1
        columns = self.depth()
        last = max(columns.values(), default=0)
        columns["start"] = last
        heads = ["Comes from", "Raw material", *["Made from it"] * max(0, last - 2), "In question"][-(last + 1) :]
        return _finish(self, {name: len(keys) for name, keys in self.members.items()}, columns, heads, most)

    def is_packed(self, key: str) -> bool:
        return bool(self.parents.get(key)) and key not in self.targets
