"""Draws a :class:`~epcis_kit.trace.render_groups.Flow` as SVG: columns of boxes, bands as wide as what they carry.

Takes a flow; gives :class:`~epcis_kit._page.Markup`, an ``<svg>`` element without reference to anything outside that
stands in a page or alone in a file. Guarantees: pure and deterministic; every text is escaped and cut to its box, the
whole text is in the tooltip; boxes of a column never overlap; colours are told apart by brightness as well as hue, and
what a colour says is also written in the box.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from epcis_kit._page import Markup, tag
from epcis_kit.trace.render_data import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from epcis_kit.trace.render_groups import Band, Box, Flow

__all__ = ["draw_flow", "fit"]

_WIDTH: Final = 156
_WIDE: Final = 196  # places have long names
_GAP: Final = 46
_TOP: Final = 30
_SPACE: Final = 9
_LOWEST: Final = {"place": 44, "start": 46, "made": 46, "carrier": 36, "more": 36}
_TALLEST: Final = 400
_MARGIN: Final = 4
_THIN: Final = 1.5
_FILL: Final = {"start": "#b3261e", "made": "#34495e", "carrier": "#f3ede4", "place": "#5f6b78", "more": "#e6e9ec"}
_DARK_TEXT: Final = frozenset({"carrier", "more"})
_BAND: Final = "#c9574f"
_FONT: Final = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', 'DejaVu Sans', Arial, sans-serif"


@dataclasses.dataclass(slots=True)
class _Spot:
    """Where a box lies, and how far its two sides are already taken by bands."""

    box: Box
    x: float
    y: float
    width: int
    height: float
    scale: float
    left: float = 0.0
    right: float = 0.0


def draw_flow(flow: Flow, *, title: str) -> Markup:
    """The picture.

    Args:
        flow: Boxes and bands.
        title: Said to screen readers and shown as the tooltip of the whole.
    """
    columns = _ordered(flow)
    most = max((sum(box.weight for box in column) for column in columns), default=0)
    scale = min(12.0, (_TALLEST - 40) / most) if most else 1.0
    spots = _placed(columns, scale)
    height = max((spot.y + spot.height for spot in spots.values()), default=0.0) + _MARGIN
    lefts = _lefts(columns)
    width = lefts[-1] - _GAP + _MARGIN
    bands = _drawn_bands(flow.bands, spots)
    boxes = [_drawn_box(spot) for spot in spots.values()]
    heads = _heads(flow.heads, lefts)
    return tag(
        "svg",
        tag("title", title),
        *heads,
        tag("g", *bands),
        tag("g", *boxes),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height:.0f}",
        width=width,
        height=f"{height:.0f}",
        role="img",
        font_family=_FONT,
        class_="compact" if len(columns) < 5 else None,
    )


def _lefts(columns: Sequence[Sequence[Box]]) -> list[int]:
    """The left side of every column, and where one more would stand."""
    lefts = [_MARGIN]
    for column in columns:
        lefts.append(lefts[-1] + _GAP + (_WIDE if any(box.role == "place" for box in column) else _WIDTH))
    return lefts


def _heads(heads: Sequence[str], lefts: Sequence[int]) -> list[Markup]:
    """The words over the columns; one word over neighbours that share it."""
    drawn = []
    column = 0
    while column < len(heads):
        end = column
        while end + 1 < len(heads) and heads[end + 1] == heads[column]:
            end += 1
        left, right = lefts[column], lefts[end + 1] - _GAP
        drawn += [
            tag("text", heads[column], x=left, y=13, font_size=12, font_weight=600, fill="#5b6875"),
            tag("line", x1=left, x2=right, y1=19.5, y2=19.5, stroke="#c3cad1"),
        ]
        column = end + 1
    return drawn


def _ordered(flow: Flow) -> list[list[Box]]:
    """Columns with their boxes in an order that keeps bands from crossing: by the mean place of their neighbours."""
    columns: list[list[Box]] = [[] for _ in flow.heads]
    for box in flow.boxes:
        columns[box.column].append(box)
    before: dict[str, list[tuple[str, int]]] = defaultdict(list)
    after: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for band in flow.bands:
        before[band.target].append((band.source, band.weight + 1))
        after[band.source].append((band.target, band.weight + 1))
    for column in columns:
        column.sort(key=_settled)
    rank = {box.id: place for column in columns for place, box in enumerate(column)}

    def mean(box: Box, near: dict[str, list[tuple[str, int]]]) -> float:
        rows = [(rank[name], weight) for name, weight in near[box.id] if name in rank]
        return sum(place * weight for place, weight in rows) / sum(w for _, w in rows) if rows else rank[box.id]

    for sweep in range(8):
        near = after if sweep % 2 else before
        for column in reversed(columns) if sweep % 2 else columns:
            if all(box.role == "place" for box in column) and sweep < 7:
                continue  # places stay with their company
            column.sort(key=lambda box: (mean(box, near), *_settled(box)))
            rank |= {box.id: place for place, box in enumerate(column)}
    for column in columns:
        if all(box.role == "place" for box in column):
            column.sort(key=_settled)
    return columns


def _settled(box: Box) -> tuple[str, int, str, str]:
    """Order without regard to neighbours: places by company and urgency."""
    urgency = -STATUSES[box.status].urgency if box.status else 0
    return (box.tip if box.role == "place" else "", urgency, box.title, box.detail)


def _tall(box: Box, scale: float) -> float:
    return max(float(_LOWEST[box.role]), box.weight * scale)


def _placed(columns: Sequence[Sequence[Box]], scale: float) -> dict[str, _Spot]:
    spots: dict[str, _Spot] = {}
    tall = [sum(_tall(box, scale) + _SPACE for box in column) - _SPACE if column else 0.0 for column in columns]
    full = max(tall, default=0.0)
    lefts = _lefts(columns)
    for number, column in enumerate(columns):
        x, width = lefts[number], lefts[number + 1] - lefts[number] - _GAP
        loose = (full - tall[number]) / (len(column) + 1) if column else 0.0
        y = _TOP + loose
        for box in column:
            height = _tall(box, scale)
            spots[box.id] = _Spot(box, x, y, width, height, scale)
            y += height + _SPACE + loose
    return spots


def _drawn_bands(bands: Iterable[Band], spots: dict[str, _Spot]) -> list[Markup]:
    """Bands from the right side of one box to the left side of another, stacked in the order of their other ends."""
    known = [band for band in bands if band.source in spots and band.target in spots]
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for band in known:
        thick = max(_THIN, band.weight * spots[band.source].scale)
        out[band.source] += thick
        into[band.target] += thick
    ends: dict[Band, tuple[float, float, float]] = {}
    for band in sorted(known, key=lambda each: (spots[each.target].x, spots[each.target].y, each.target)):
        spot = spots[band.source]
        share = min(1.0, spot.height / out[band.source])
        thick = max(_THIN, band.weight * spot.scale) * share
        start = spot.y + (spot.height - out[band.source] * share) / 2 + spot.right
        spot.right += thick
        ends[band] = (start, thick, 0.0)
    drawn = []
    for band in sorted(known, key=lambda each: (spots[each.source].x, spots[each.source].y, each.source)):
        source, target = spots[band.source], spots[band.target]
        share = min(1.0, target.height / into[band.target])
        thick = max(_THIN, band.weight * target.scale) * share
        stop = target.y + (target.height - into[band.target] * share) / 2 + target.left
        target.left += thick
        start, first, _ = ends[band]
        drawn.append(_ribbon(band, source, target, (start, first, stop, thick)))
    return drawn


def _ribbon(band: Band, source: _Spot, target: _Spot, y: tuple[float, float, float, float]) -> Markup:
    start, first, stop, last = y
    x1, x2 = source.x + source.width, target.x
    bend = (x2 - x1) / 2 if x2 - x1 <= 2 * _GAP else min(150.0, (x2 - x1) / 2)
    path = (
        f"M{x1:.1f} {start:.1f}C{x1 + bend:.1f} {start:.1f} {x2 - bend:.1f} {stop:.1f} {x2:.1f} {stop:.1f}"
        f"V{stop + last:.1f}"
        f"C{x2 - bend:.1f} {stop + last:.1f} {x1 + bend:.1f} {start + first:.1f} {x1:.1f} {start + first:.1f}Z"
    )
    words = f"{source.box.title} → {target.box.title}" + (f": {band.weight:,}" if band.weight else "")
    dashed = {} if band.weight else {"fill_opacity": "0.75"}
    return tag("path", tag("title", words), d=path, fill=_BAND, **{"fill_opacity": "0.38", **dashed})


def _drawn_box(spot: _Spot) -> Markup:
    box = spot.box
    fill = STATUSES[box.status].colour if box.status else _FILL[box.role]
    dark = box.role in _DARK_TEXT
    ink, soft = ("#26323d", "#4d5a66") if dark else ("#ffffff", "#f1f3f5")
    x, middle = spot.x + 9, spot.y + spot.height / 2
    number = f"{box.weight:,}" if box.weight and box.role in {"place", "carrier", "more"} else ""
    room = spot.width - 18 - (8 + 9 * len(number) if number else 0)
    lines = fit(box.title, room, 11.5, lines=2 if spot.height >= 44 else 1)
    detail = fit(box.detail, room, 9.4)
    total = 13.5 * len(lines) + (12.5 if detail else 0)
    y = middle - total / 2 + 10.5
    text = []
    for line in lines:
        text.append(tag("text", line, x=x, y=y, font_size=11.5, font_weight=600, fill=ink))
        y += 13.5
    text += [tag("text", line, x=x, y=y - 0.5, font_size=10.5, fill=soft) for line in detail[:1]]
    if number:
        right = spot.x + spot.width - 9
        text.append(
            tag("text", number, x=right, y=middle + 5, font_size=15, font_weight=700, fill=ink, text_anchor="end")
        )
    tip = "\n".join(part for part in (f"{box.title} {box.detail}", box.tip) if part)
    frame = tag(
        "rect", x=spot.x, y=spot.y, width=spot.width, height=spot.height, rx=4, fill=fill,
        stroke="#b9ab95" if box.role == "carrier" else None,
    )  # fmt: skip
    return tag("g", tag("title", tip), frame, *text)


def fit(text: str, room: float, size: float, *, lines: int = 1) -> list[str]:
    """``text`` in at most ``lines`` lines of ``room`` pixels at a font size, the last one cut with an ellipsis."""
    most = max(4, int(room / (size * 0.62)))
    words, found, line = text.split(), [], ""
    for word in words:
        longer = f"{line} {word}".strip()
        if len(longer) <= most or not line:
            line = longer
        else:
            found.append(line)
            line = word
    found.append(line)
    if len(found) > lines:
        found = [*found[: lines - 1], " ".join(found[lines - 1 :])]
    return [line if len(line) <= most else line[: most - 1].rstrip() + "…" for line in found if line]
