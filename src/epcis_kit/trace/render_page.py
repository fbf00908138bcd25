"""The page that answers a trace question, for people: numbers, picture, tables, timeline and what the answer rests on.

Takes a :class:`~epcis_kit.trace.render_data.View` and, for a fuller page, a second view (the way back of one unit),
the documents read and notes; gives one HTML document as text. It loads nothing, runs nothing, prints on paper and
reads on a telephone. Guarantees: pure and deterministic; numbers are counted from the view and never typed in; what
is not known is said to be not known.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from epcis_kit._page import NUMBER, Markup, cards, join, page, section, table, tag
from epcis_kit.trace.render_data import KINDS, STATUSES, count_text, short_key, time_text
from epcis_kit.trace.render_flow import draw_flow
from epcis_kit.trace.render_groups import flow_of
from epcis_kit.trace.render_lanes import draw_lanes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from epcis_kit.trace.render_data import FileSource, Kind, StatusName, Thing, View

__all__ = ["PageTexts", "answer_in_words", "lots_of", "trace_page", "trace_picture"]

_MOST_ROWS: Final = 2000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PageTexts:
    """The words that stand around the facts; what is left empty is worked out from the view.

    Attributes:
        kicker: The line over the title, for example ``"Recall trace"``.
        title: The heading.
        question: The question in one or two sentences.
        notes: Sentences for "How far this answer goes", each about something the data showed.
        clean: What was looked at and not reached: a number and what it counts.
        footer: The last line.
    """

    kicker: str = ""
    title: str = ""
    question: str = ""
    notes: tuple[str, ...] = ()
    clean: tuple[tuple[int, str], ...] = ()
    footer: str = ""


def trace_picture(view: View) -> str:
    """The picture alone, as an SVG document."""
    return f"{draw_flow(flow_of(view), title=_title(view))}\n"


def trace_page(
    view: View, *, texts: PageTexts | None = None, back: View | None = None, sources: Sequence[FileSource] = ()
) -> str:
    """The whole page.

    Args:
        view: The answer.
        texts: Words around it.
        back: For a second question, the way back of one thing.
        sources: The documents read.
    """
    texts = texts or PageTexts()
    title = texts.title or _title(view)
    header = tag(
        "header",
        tag("p", texts.kicker or ("Trace forward" if view.forward else "Trace back"), class_="kicker"),
        tag("h1", title),
        tag("p", texts.question or _question(view), class_="question"),
    )
    parts: list[object] = [header, _answer(view, texts)]
    parts += [_products(view), _picture(view), _places(view)] if view.forward else [_picture(view)]
    if view.moments:
        intro = "Every event about affected goods, place by place, in the order in which the goods reached them."
        drawing = tag("div", draw_lanes(view.moments, title="Timeline"), class_="scroll")
        parts.append(section("Timeline", drawing, intro=intro, class_="whole"))
    if back is not None:
        parts.append(_way_back(back))
    parts += [_limits(view, texts), _sources(sources), _lists(view)]
    return page(title, *parts, footer=texts.footer, style=_STYLE)


def answer_in_words(view: View) -> str:
    """The answer in one or two sentences, counted from the view."""
    if not view.things:
        where = "It went into nothing" if view.forward else "It was made of nothing"
        return f"{where} that the data shows."
    if not view.forward:
        kinds = Counter(thing.kind for thing in view.things)
        return f"It was made of {_listed(count_text(kinds[kind], kind) for kind in KINDS if kinds[kind])}."
    counted = view.counted()
    products = len({thing.product for thing in counted})
    statuses = Counter(thing.status for thing in counted)
    said = [
        f"{statuses[name]:,} {status.label}" for name, status in STATUSES.items() if statuses[name] and name != "used"
    ]
    kind = counted[0].kind
    went = f"It went into {count_text(len(counted), kind)}" + (f" of {products} products" if products > 1 else "")
    return f"{went}: {_listed(said)}." if said else f"{went}."


def lots_of(view: View) -> dict[str, str]:
    """For single units their lot: by their own data, else the lot of the same product made of the same things."""
    made: dict[str, set[str]] = defaultdict(set)
    for step in view.steps:
        if step.made:
            made[step.target].add(step.source)
    lots: dict[tuple[str, frozenset[str]], list[Thing]] = defaultdict(list)
    for thing in view.things:
        if thing.kind == "lot" and made[thing.key]:
            lots[thing.product, frozenset(made[thing.key])].append(thing)
    found = {thing.key: thing.lot for thing in view.things if thing.lot}
    for thing in view.things:
        if thing.key in found:
            continue
        beside = lots.get((thing.product, frozenset(made[thing.key])), []) if thing.kind != "lot" else []
        if len(beside) == 1:
            found[thing.key] = beside[0].name.removeprefix("lot ")
    return found


def _title(view: View) -> str:
    return f"{view.start.product_name}, {view.start.name}" if view.start.product_name else view.start.name


def _question(view: View) -> str:
    asked = f" at {time_text(view.at)} UTC" if view.at is not None else ""
    if view.forward:
        return f"What did {view.start.name} go into, and where is that{asked or ' now'}?"
    return f"What was {view.start.name} made of{asked}?"


def _listed(parts: Iterable[str]) -> str:
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _answer(view: View, texts: PageTexts) -> Markup:
    kinds = Counter(thing.kind for thing in view.things)
    counted = view.counted()
    shown = [
        (f"{kinds[kind]:,}", f"{KINDS[kind][kinds[kind] != 1]} affected" if view.forward else KINDS[kind][1], "")
        for kind in ("lot", "item", "box", "unit load", "asset", "class", "other")
        if kinds[kind]
    ]
    parts: list[object] = [tag("p", answer_in_words(view), class_="answer")]
    if view.forward and counted:
        statuses = Counter(thing.status for thing in counted)
        parts.append(_bar(statuses))
    parts.append(cards(shown))
    if texts.clean:
        said = _listed(f"{number:,} {what}" for number, what in texts.clean)
        parts.append(tag("p", f"Not reached, and not to be recalled: {said}.", class_="soft"))
    return section("The answer", *parts, class_="first")


def _bar(statuses: Counter[StatusName]) -> Markup:
    """One bar with a piece for each status, as wide as its share, most urgent first; words stand below."""
    total = sum(statuses.values())
    names = sorted((name for name in statuses), key=lambda name: -STATUSES[name].urgency)
    pieces, words, x = [], [], 0.0
    for name in names:
        width = 1000.0 * statuses[name] / total
        tip = tag("title", f"{statuses[name]:,} {STATUSES[name].label}")
        pieces.append(tag("rect", tip, x=x, y=0, width=max(width - 2, 1.0), height=26, fill=STATUSES[name].colour))
        x += width
        dot = tag("span", "", class_="dot", style=f"background:{STATUSES[name].colour}")
        words.append(tag("span", dot, tag("b", f"{statuses[name]:,}"), f" {STATUSES[name].label}", class_="piece"))
    said = ", ".join(f"{statuses[name]} {STATUSES[name].label}" for name in names)
    svg = tag("svg", tag("title", said), *pieces, viewBox="0 0 1000 26", preserveAspectRatio="none", role="img")
    return tag("div", svg, tag("p", *words), class_="bar")


def _picture(view: View) -> Markup:
    flow = flow_of(view)
    intro = (
        "Read from left to right. A band is as wide as the number of units it carries; point at a box for its keys."
        if view.forward
        else "Read from left to right: what the thing on the right was made of."
    )
    drawing = tag("div", draw_flow(flow, title=_title(view)), class_="scroll")
    return section(
        "The way it went" if view.forward else "The way it came", drawing, intro=intro, class_="picture whole"
    )


def _products(view: View) -> Markup:
    """What a notice has to name: product, GTIN, lot on the label."""
    lots = lots_of(view)
    rows: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for thing in view.counted():
        lot = lots.get(thing.key, thing.name.removeprefix("lot ") if thing.kind == "lot" else "")
        row = rows[thing.product_name, thing.product, lot]
        row["all"] += 1
        row[thing.status] += 1
    names = [name for name in STATUSES if any(row[name] for row in rows.values())]
    words = [STATUSES[name].label.partition(",")[0].capitalize() for name in names]
    head = ["Product", "Lot on the label", "All", *words, "GTIN or key"]
    body = [
        [
            product,
            lot or "not in the data",
            f"{row['all']:,}",
            *(f"{row[name]:,}" if row[name] else "–" for name in names),
            short_key(key).removeprefix("GTIN "),
        ]
        for (product, key, lot), row in sorted(rows.items())
    ]
    kinds = ["", "t", NUMBER, *[NUMBER] * len(names), "t"]
    return section("Products and lots concerned", table(head, body, kinds=kinds))


def _places(view: View) -> Markup:
    """Who holds what, where: one table a company."""
    lots = lots_of(view)
    by_holder: dict[str, dict[tuple[int, str, str, str, StatusName], list[Thing]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for thing in view.counted():
        lot = lots.get(thing.key, thing.name if thing.kind == "lot" else "")
        key = (-STATUSES[thing.status].urgency, thing.place, thing.product_name, lot, thing.status)
        by_holder[thing.holder][key].append(thing)
    parts: list[object] = []
    carriers = {thing.key: thing for thing in view.things}
    ranked = sorted(by_holder.items(), key=lambda item: (-sum(map(len, item[1].values())), item[0]))
    for holder, groups in ranked:
        rows = []
        for (_, place, product, lot, status), things in sorted(groups.items()):
            inside = Counter(thing.inside[-1] for thing in things if thing.inside)
            held = ", ".join(
                carriers[key].name if key in carriers else short_key(key) for key in sorted(inside)[:4]
            ) + (f" and {len(inside) - 4} more" if len(inside) > 4 else "")
            times = [thing.time for thing in things if thing.time is not None]
            dot = tag("span", "", class_="dot", style=f"background:{STATUSES[status].colour}")
            rows.append(
                [
                    join(dot, STATUSES[status].label),
                    f"{len(things):,}",
                    place or "not in the data",
                    product,
                    lot,
                    held,
                    time_text(max(times, default=None)),
                ]
            )
        total = sum(map(len, groups.values()))
        kind = next(iter(groups.values()))[0].kind
        name = holder or "Holder not known"
        head = ["Status", "Number", "Last place", "Product", "Lot", "Now inside", "Last event (UTC)"]
        parts += [
            tag("h3", f"{name}: {count_text(total, kind)}"),
            table(head, rows, kinds=["t", NUMBER, "", "", "t", "", "t"]),
        ]
    intro = "The company that has most comes first, the most urgent goods on top."
    return section("Who has it, and where", *parts, intro=intro, class_="places")


def _way_back(back: View) -> Markup:
    rows = [
        [thing.product_name, thing.name, KINDS[thing.kind][0], tag("span", thing.key, class_="k")]
        for thing in sorted(back.things, key=lambda thing: (list(KINDS).index(thing.kind), thing.key))
    ]
    return section(
        f"The way back of one {KINDS[back.start.kind][0]}",
        tag("div", draw_flow(flow_of(back), title=_title(back)), class_="scroll"),
        table(["Made of", "Name", "Kind", "Key"], rows),
        intro=f"The same data, asked from the other end: {_title(back)}. {answer_in_words(back)}",
        class_="whole",
    )


def _limits(view: View, texts: PageTexts) -> Markup:
    """What the answer rests on and where it ends."""
    lines: list[object] = list(texts.notes)
    if view.voided:
        number = len(view.voided)
        what = "1 event was" if number == 1 else f"{number:,} events were"
        lines.append(f"{what} left out because an error declaration voids {'it' if number == 1 else 'them'}.")
    if view.frontier:
        names = [short_key(key) for key in view.frontier[:6]]
        more = f" and {len(view.frontier) - 6:,} more" if len(view.frontier) > 6 else ""
        said = "Sent off, and nobody says that they arrived" if view.forward else "No event says where these come from"
        lines.append(f"{said}: {', '.join(names)}{more}. Ask their company.")
    if view.unplaced:
        lines.append(
            "Last places, holders, status and the timeline were not looked up for the "
            f"{view.unplaced:,} things reached, because there are so many; ask for each where it is."
        )
    lines.append(f"A limit cut the trace: {view.cut}." if view.cut else "No limit cut the trace: the answer is whole.")
    if view.policies:
        lines.append("Policies: " + "; ".join(f"{name} {value}" for name, value in view.policies) + ".")
    if view.at is not None:
        lines.append(f"Events up to {time_text(view.at)} UTC count.")
    return section("How far this answer goes", tag("ul", *(tag("li", line) for line in lines)))


def _sources(sources: Sequence[FileSource]) -> Markup:
    if not sources:
        return Markup("")
    rows = [[s.name, s.company, s.format, f"{s.events:,}", s.sha256] for s in sources]
    head = ["File", "Company", "Format", "Events", "SHA-256 of the file"]
    return section("Data this rests on", table(head, rows, kinds=["", "", "", NUMBER, "k"]))


def _lists(view: View) -> Markup:
    """Everything that was reached, by kind, folded away on the screen."""
    by_kind: dict[Kind, list[Thing]] = defaultdict(list)
    for thing in view.things:
        by_kind[thing.kind].append(thing)
    parts: list[object] = []
    names = {thing.key: thing.name for thing in view.things}
    for kind in KINDS:
        things = sorted(by_kind[kind], key=lambda thing: thing.key)
        if not things:
            continue
        rows = [
            [
                tag("span", thing.key, class_="k"),
                thing.product_name,
                STATUSES[thing.status].label,
                thing.holder,
                thing.place,
                ", ".join(names.get(key, short_key(key)) for key in thing.inside),
                time_text(thing.time),
            ]
            for thing in things[:_MOST_ROWS]
        ]
        head = ["Key", "Product", "Status", "Company", "Last place", "Inside", "Last event (UTC)"]
        more = len(things) - _MOST_ROWS
        note = tag("p", f"{more:,} more are in the JSON form of the trace.") if more > 0 else Markup("")
        summary = tag("summary", f"All {count_text(len(things), kind)}" if len(things) > 1 else count_text(1, kind))
        parts.append(tag("details", summary, table(head, rows, kinds=["", "", "", "", "", "", "t"]), note))
    return section("Full lists", *parts, intro="Open a list to see every key.", class_="lists") if parts else Markup("")


_STYLE: Final = """
.answer { font-size: 18px; font-weight: 600; max-width: 58em; }
.bar svg { display: block; width: 100%; height: 26px; }
.bar p { margin: 7px 0 4px; } .bar .piece { display: inline-block; margin: 0 20px 2px 0; white-space: nowrap; }
.places table { table-layout: fixed; min-width: 760px; }
.places th:nth-child(1) { width: 13%; } .places th:nth-child(2) { width: 8%; } .places th:nth-child(3) { width: 22%; }
.places th:nth-child(4) { width: 21%; } .places th:nth-child(5) { width: 9%; } .places th:nth-child(7) { width: 14%; }
.places td.n, .places th.n { padding-right: 18px; } .places td:first-child { white-space: normal; }
@media (max-width: 640px) { .answer { font-size: 16px; } }
@media print {
  .answer { font-size: 13pt; } .picture { break-before: page; } .lists { display: none; }
  .whole { break-inside: avoid; } .picture svg { max-height: 165mm; } .whole svg { max-height: 158mm; }
}
"""
