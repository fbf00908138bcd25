"""Draws a timeline as SVG: a lane for each place, a mark for what happened there, lines for what moved between.

Takes the :class:`~epcis_kit.trace.render_data.Moment` values of a view; gives :class:`~epcis_kit._page.Markup`.
Lanes stand in the order in which the goods reach them, under the company they belong to. Marks that would lie on one
another become one, and its size says how many things it names. Guarantees: pure and deterministic; at most
``LANES`` lanes and a bounded number of marks and lines, however long the history; every text escaped.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from epcis_kit._page import Markup, tag
from epcis_kit.trace.render_data import kind_of, time_text
from epcis_kit.trace.render_flow import fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from epcis_kit.trace.render_data import Moment

__all__ = ["LANES", "draw_lanes"]

LANES: Final = 40
"""The most lanes drawn; the busiest are kept."""

_LEFT: Final = 236
_RIGHT: Final = 1170
_LANE: Final = 24
_HEAD: Final = 20
_TOP: Final = 50
_NEAR: Final = 9.0
_MOST_MOVES: Final = 400
_DAY: Final = 86_400_000_000
_HOUR: Final = 3_600_000_000
_FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', 'DejaVu Sans', Arial, sans-serif"


class _Sort(NamedTuple):
    label: str
    colour: str
    steps: frozenset[str]


_SORTS: Final = (
    _Sort(
        "made",
        "#34495e",
        frozenset({"commissioning", "creating_class_instance", "assembling", "disassembling", "repackaging"}),
    ),
    _Sort("packed or unpacked", "#9a7b3f", frozenset({"packing", "unpacking", "loading", "unloading", "picking"})),
    _Sort("on the way", "#2b5c8a", frozenset({"shipping", "departing", "transporting", "arriving", "receiving"})),
    _Sort("on sale", "#cf3a2e", frozenset({"stocking"})),
    _Sort("sold", "#8c1d18", frozenset({"retail_selling", "dispensing"})),
    _Sort("other", "#8793a0", frozenset()),
)


class _Mark(NamedTuple):
    x: float
    y: float
    sort: _Sort
    things: int
    words: str
    alarm: str


def draw_lanes(moments: Sequence[Moment], *, title: str) -> Markup:
    """The timeline; an empty picture with one line of text where nothing happened.

    Args:
        moments: What happened, in any order.
        title: Said to screen readers.
    """
    kept = _busiest(sorted(moments))
    if not kept:
        return tag("p", "No event of the trace has a place.")
    first, last = kept[0].time, kept[-1].time
    span = max(last - first, 1)

    def across(time: int) -> float:
        return _LEFT + 14 + (_RIGHT - _LEFT - 28) * (time - first) / span

    down, heads, height = _lanes(kept)
    marks = _marks(kept, across, down)
    return tag(
        "svg",
        tag("title", title),
        *_legend(marks),
        *_grid(first, last, across, height),
        *_names(down, heads),
        tag("g", *_moves(kept, across, down)),
        tag("g", *(_drawn(mark) for mark in marks)),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_RIGHT + 6} {height + 6}",
        width=_RIGHT + 6,
        height=height + 6,
        role="img",
        font_family=_FONT,
    )


def _busiest(moments: Sequence[Moment]) -> list[Moment]:
    known = [moment for moment in moments if moment.lane]
    count = Counter((moment.holder, moment.lane) for moment in known)
    if len(count) > LANES:
        keep = {pair for pair, _ in sorted(count.items(), key=lambda item: (-item[1], item[0]))[:LANES]}
        known = [moment for moment in known if (moment.holder, moment.lane) in keep]
    return known


def _lanes(moments: Sequence[Moment]) -> tuple[dict[tuple[str, str], float], dict[str, float], float]:
    """The height of every lane and of every company's heading, and that of the whole picture."""
    by_holder: dict[str, dict[tuple[str, str], None]] = {}
    for moment in moments:
        by_holder.setdefault(moment.holder, {})[moment.holder, moment.lane] = None
    down, heads, y = {}, {}, float(_TOP)
    for holder, lanes in by_holder.items():
        if holder:
            heads[holder] = y
            y += _HEAD
        for lane in lanes:
            down[lane] = y + _LANE / 2
            y += _LANE
        y += 4
    return down, heads, y


def _grid(first: int, last: int, across: Callable[[int], float], height: float) -> list[Markup]:
    """Upright lines at round times, and their labels."""
    span = last - first
    step = next(
        (s for s in (_HOUR, 3 * _HOUR, 6 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 30 * _DAY) if span / s <= 18), span // 12
    )
    start = first - first % step + (step if first % step else 0)
    drawn = []
    for time in range(start, last + 1, max(step, 1)):
        x = across(time)
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
        label = f"{when.day} {when:%b}" if step >= _DAY or not time % _DAY else f"{when:%H:%M}"
        drawn += [
            tag("line", x1=x, x2=x, y1=_TOP - 4, y2=height, stroke="#e3e8ec"),
            tag("text", label, x=x, y=_TOP - 10, font_size=11, fill="#5b6875", text_anchor="middle"),
        ]
    return drawn


def _names(down: dict[tuple[str, str], float], heads: dict[str, float]) -> list[Markup]:
    drawn = [
        tag("text", *fit(holder, _LEFT - 10, 12), x=2, y=y + 14, font_size=12, font_weight=700, fill="#1f2933")
        for holder, y in heads.items()
    ]
    for (_, lane), y in down.items():
        short = fit(lane, _LEFT - 14, 9.6)
        drawn += [
            tag("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, stroke="#d9dfe5"),
            tag("text", tag("title", lane), *short, x=10, y=y + 4, font_size=11, fill="#3d4955"),
        ]
    return drawn


def _sort_of(step: str) -> _Sort:
    return next((sort for sort in _SORTS if step in sort.steps), _SORTS[-1])


def _marks(
    moments: Sequence[Moment], across: Callable[[int], float], down: dict[tuple[str, str], float]
) -> list[_Mark]:
    """Moments of one lane and one sort that lie closer than a mark is wide, put together."""
    rows: dict[tuple[tuple[str, str], _Sort], list[list[Moment]]] = defaultdict(list)
    for moment in moments:
        groups = rows[(moment.holder, moment.lane), _sort_of(moment.step)]
        if groups and across(moment.time) - across(groups[-1][0].time) < _NEAR:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    marks = []
    for (lane, sort), groups in rows.items():
        for group in groups:
            things = {key for moment in group for key in moment.things}
            steps = ", ".join(dict.fromkeys(moment.step or "event" for moment in group))
            alarm = ", ".join(dict.fromkeys(moment.alarm for moment in group if moment.alarm))
            words = f"{time_text(group[0].time)} UTC, {lane[1]}: {steps}, {len(things):,} affected"
            words += f"; sensor alarm {alarm}" if alarm else ""
            x = (across(group[0].time) + across(group[-1].time)) / 2
            marks.append(_Mark(x, down[lane], sort, len(things), words, alarm))
    return marks


def _drawn(mark: _Mark) -> Markup:
    radius = min(9.0, 3.2 + 1.1 * mark.things.bit_length())
    dot = tag(
        "circle",
        tag("title", mark.words),
        cx=mark.x,
        cy=mark.y,
        r=radius,
        fill=mark.sort.colour,
        fill_opacity="0.9",
        stroke="#fff",
    )
    if not mark.alarm:
        return dot
    ring = tag("circle", cx=mark.x, cy=mark.y, r=radius + 3, fill="none", stroke="#b3261e", stroke_width=2)
    word = tag(
        "text", f"⚠ {mark.alarm}", x=mark.x + radius + 6, y=mark.y + 4, font_size=11, font_weight=700, fill="#b3261e"
    )
    return tag("g", dot, ring, word)


def _moves(
    moments: Sequence[Moment], across: Callable[[int], float], down: dict[tuple[str, str], float]
) -> list[Markup]:
    """Lines from where a thing was named to where it was named next; one line where many things moved together."""
    last: dict[str, Moment] = {}
    lines: Counter[tuple[float, float, float, float]] = Counter()
    for moment in moments:
        for key in moment.things:
            before = last.get(key)
            if before is not None and before.lane != moment.lane and _shown(key, before, moment):
                ends = (
                    across(before.time), down[before.holder, before.lane],
                    across(moment.time), down[moment.holder, moment.lane],
                )  # fmt: skip
                lines[ends] += 1
            last[key] = moment
    chosen = sorted(lines.items(), key=lambda item: (-item[1], item[0]))[:_MOST_MOVES]
    return [
        tag(
            "path",
            d=f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}",
            stroke="#c9574f",
            stroke_width=min(3.0, 0.7 + 0.25 * count.bit_length()),
            stroke_opacity="0.45",
            fill="none",
        )
        for (x1, y1, x2, y2), count in sorted(chosen)
    ]


def _shown(key: str, before: Moment, moment: Moment) -> bool:
    """Between companies only carriers and lots are followed: a unit travels in them, and its line would hide theirs."""
    return before.holder == moment.holder != "" or kind_of(key) in {"unit load", "asset", "lot"}


def _legend(marks: Sequence[_Mark]) -> list[Markup]:
    drawn, x = [], 10.0
    used = {mark.sort for mark in marks}
    for sort in _SORTS:
        if sort in used:
            drawn += [
                tag("circle", cx=x, cy=12, r=5.5, fill=sort.colour),
                tag("text", sort.label, x=x + 11, y=16, font_size=11.5, fill="#3d4955"),
            ]
            x += 30 + 6.4 * len(sort.label)
    drawn.append(
        tag("text", "larger mark: more things; line: something moved; times in UTC", x=x + 10, y=16, font_size=11.5,
            fill="#5b6875")
    )  # fmt: skip
    return drawn
