"""Pictures and pages of a trace: what is drawn together, that numbers add up, that a stranger's text never runs."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from epcis_kit import _page
from epcis_kit.model import Timestamp
from epcis_kit.trace import Link, Trace, render, trace_forward
from epcis_kit.trace.render_data import (
    FileSource,
    Kind,
    Moment,
    StatusName,
    Step,
    Thing,
    View,
    kind_of,
    short_key,
    status_of,
    time_text,
)
from epcis_kit.trace.render_flow import draw_flow, fit
from epcis_kit.trace.render_groups import Flow, flow_of
from epcis_kit.trace.render_lanes import LANES, draw_lanes
from epcis_kit.trace.render_page import PageTexts, answer_in_words, lots_of, trace_page, trace_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.model import Event
    from epcis_kit.store import Store

HOUR = 3_600_000_000
ID = "https://id.gs1.org"
RAW, BULK, LOT = f"{ID}/01/09521201100012/10/R1", f"{ID}/01/09521202290019/10/B1", f"{ID}/01/09521202200018/10/F1"


def unit(number: int) -> str:
    return f"{ID}/01/09521202200018/21/{number}"


def parsed(text: str) -> etree._Element:
    return etree.fromstring(text, etree.HTMLParser())


def words(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext())


def thing(key: str, kind: Kind, status: StatusName = "used", holder: str = "", place: str = "") -> Thing:
    product = key.rsplit("/", 2)[0] if kind in {"lot", "item"} else key
    names = {"09521201100012": "Fruit", "09521202290019": "Base", "09521202200018": "Juice"}
    name = next((word for code, word in names.items() if code in key), short_key(key))
    return Thing(
        key=key, kind=kind, name=short_key(key), product=product, product_name=name, place=place, holder=holder,
        status=status, time=HOUR * 24 * 365, inside=(),
    )  # fmt: skip


def small_view() -> View:
    """A raw lot, a bulk lot, four units with their lot; two pallets, one of them broken and rebuilt into a third."""
    first, second, third = (f"{ID}/00/09521202000000{n}" for n in ("0015", "0022", "0039"))
    units = [unit(n) for n in range(4)]
    things = [
        thing(BULK, "lot"),
        thing(LOT, "lot", "in stock", "Plant", "line"),
        thing(units[0], "item", "sold", "Shop", "till"),
        thing(units[1], "item", "on sale", "Shop", "shelf"),
        thing(units[2], "item", "in stock", "Shop", "back"),
        thing(units[3], "item", "no later data", "Café"),
        thing(first, "unit load"),
        thing(second, "unit load"),
        thing(third, "unit load"),
    ]
    steps = [
        Step(RAW, BULK, made=True, time=1),
        *(Step(BULK, each, made=True, time=2) for each in (*units, LOT)),
        Step(units[0], first, made=False, time=3, until=5),
        Step(units[1], first, made=False, time=3, until=5),
        Step(units[2], second, made=False, time=3),
        Step(units[3], second, made=False, time=3),
        Step(units[0], third, made=False, time=6),
        Step(units[1], third, made=False, time=6),
    ]
    moments = (
        Moment(HOUR, "line", "Plant", "commissioning", tuple(units)),
        Moment(30 * HOUR, "road", "Truck", "transporting", (first,), "9.4 CEL"),
        Moment(60 * HOUR, "till", "Shop", "retail_selling", (units[0],)),
    )
    return View(
        start=thing(RAW, "lot"), forward=True, things=tuple(things), steps=tuple(steps), moments=moments,
        policies=(("causal lots", "off"),), voided=("urn:uuid:1",), frontier=(BULK,),
    )  # fmt: skip


def bands(flow: Flow) -> dict[tuple[str, str], int]:
    titles = {box.id: f"{box.title} {box.detail}".strip() for box in flow.boxes}
    return {(titles[band.source], titles[band.target]): band.weight for band in flow.bands}


def test_units_of_one_run_are_one_box_with_their_lot_and_bands_carry_numbers_of_units() -> None:
    flow = flow_of(small_view())
    assert bands(flow) == {
        ("Fruit lot R1", "Base lot B1"): 4,
        ("Base lot B1", "Juice lot F1 · 4 units"): 4,
        ("Juice lot F1 · 4 units", "SSCC …0000015"): 2,
        ("Juice lot F1 · 4 units", "SSCC …0000022"): 2,
        ("SSCC …0000015", "SSCC …0000039"): 2,
        ("SSCC …0000022", "back in stock"): 1,
        ("SSCC …0000022", "Café on the way, no later data"): 1,
        ("SSCC …0000039", "till sold"): 1,
        ("SSCC …0000039", "shelf on sale"): 1,
    }
    assert flow.heads == (
        "In question", "Made from it", "Made from it", "Packed and shipped in", "Packed and shipped in",
        "Where it is now",
    )  # fmt: skip
    assert {box.column for box in flow.boxes if box.role == "place"} == {5}
    assert sum(box.weight for box in flow.boxes if box.role == "place") == 4


def test_a_crate_that_travels_twice_leads_each_unit_to_the_pallet_of_its_own_trip() -> None:
    crate, early, late = f"{ID}/8003/09521203000777A", f"{ID}/00/1", f"{ID}/00/2"
    steps = (
        Step(RAW, unit(1), made=True, time=1),
        Step(RAW, unit(2), made=True, time=1),
        Step(unit(1), crate, made=False, time=10, until=20),
        Step(crate, early, made=False, time=11, until=19),
        Step(unit(2), crate, made=False, time=30, until=40),
        Step(crate, late, made=False, time=31, until=39),
    )
    things = (
        thing(unit(1), "item", "sold", "North"), thing(unit(2), "item", "sold", "South"),
        thing(crate, "asset"), thing(early, "unit load"), thing(late, "unit load"),
    )  # fmt: skip
    flow = flow_of(View(start=thing(RAW, "lot"), forward=True, things=things, steps=steps))
    found = bands(flow)
    assert found["SSCC …1", "North sold"] == 1
    assert found["SSCC …2", "South sold"] == 1
    assert ("SSCC …1", "SSCC …2") not in found


def test_the_way_back_runs_from_the_place_of_origin_to_the_thing_in_question() -> None:
    view = View(
        start=thing(unit(1), "item"), forward=False, things=(thing(BULK, "lot"), thing(RAW, "lot")),
        steps=(Step(RAW, BULK, made=True, time=1), Step(BULK, unit(1), made=True, time=2)),
        moments=(Moment(0, "field", "Farm", "creating_class_instance", (RAW,)),),
    )  # fmt: skip
    flow = flow_of(view)
    assert [(box.title, box.column) for box in sorted(flow.boxes, key=lambda box: box.column)] == [
        ("Farm", 0), ("Fruit", 1), ("Base", 2), ("Juice", 3),
    ]  # fmt: skip
    assert flow.heads == ("Comes from", "Raw material", "Made from it", "In question")
    assert answer_in_words(view) == "It was made of 2 lots."


def test_a_container_in_question_is_followed_itself() -> None:
    pallet, truck = f"{ID}/00/1", f"{ID}/8004/9521203T"
    view = View(
        start=thing(pallet, "unit load", "in stock", "Depot", "cold store"), forward=True,
        things=(thing(truck, "asset"),), steps=(Step(pallet, truck, made=False, time=1),),
    )  # fmt: skip
    assert bands(flow_of(view)) == {
        ("SSCC …1 SSCC …1", f"{short_key(truck)}"): 1,
        (f"{short_key(truck)}", "cold store in stock"): 1,
    }


def test_circles_of_rework_and_of_packing_end() -> None:
    a, b = f"{ID}/00/1", f"{ID}/00/2"
    steps = (
        Step(RAW, BULK, made=True, time=1), Step(BULK, LOT, made=True, time=2), Step(LOT, BULK, made=True, time=3),
        Step(LOT, a, made=False, time=4), Step(a, b, made=False, time=4), Step(b, a, made=False, time=4),
    )  # fmt: skip
    things = (thing(BULK, "lot"), thing(LOT, "lot"), thing(a, "unit load"), thing(b, "unit load"))
    for forward in (True, False):
        view = View(start=thing(RAW, "lot"), forward=forward, things=things, steps=steps)
        etree.fromstring(trace_picture(view))


def test_a_full_column_says_how_many_more_there_are() -> None:
    pallets = [f"{ID}/00/{n:05d}" for n in range(40)]
    view = View(
        start=thing(RAW, "lot"), forward=True,
        things=(
            *(thing(unit(n), "item", "sold", "Shop") for n in range(40)), *(thing(p, "unit load") for p in pallets),
        ),
        steps=tuple(
            [Step(RAW, unit(n), made=True, time=1) for n in range(40)]
            + [Step(unit(n), pallets[n], made=False, time=2) for n in range(40)]
        ),
    )  # fmt: skip
    flow = flow_of(view, most=5)
    assert Counter(box.role for box in flow.boxes) == {"start": 1, "made": 1, "carrier": 5, "more": 1, "place": 1}
    (more,) = [box for box in flow.boxes if box.role == "more"]
    assert (more.title, more.weight) == ("35 more", 35)
    assert sum(band.weight for band in flow.bands if band.target.startswith("place")) == 40


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_picture_does_not_depend_on_the_order_of_things_and_steps(seed: int) -> None:
    view = small_view()
    things, steps, moments = list(view.things), list(view.steps), list(view.moments)
    rng = random.Random(seed)
    for rows in (things, steps, moments):
        rng.shuffle(rows)
    mixed = View(
        start=view.start, forward=True, things=tuple(things), steps=tuple(steps), moments=tuple(moments),
        policies=view.policies, voided=view.voided, frontier=view.frontier,
    )  # fmt: skip
    assert trace_page(mixed) == trace_page(view)


def test_boxes_of_a_column_never_overlap_and_stay_in_the_picture() -> None:
    drawing = etree.fromstring(trace_picture(small_view()))
    space = {"s": "http://www.w3.org/2000/svg"}
    _, _, width, height = (float(part) for part in drawing.get("viewBox", "").split())
    columns: dict[float, list[tuple[float, float]]] = {}
    for rect in drawing.iterfind(".//s:rect", space):
        x, y, w, h = (float(rect.get(name, "nan")) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert x + w <= width
        assert y + h <= height
        columns.setdefault(x, []).append((y, y + h))
    assert len(columns) == 6
    for rows in columns.values():
        rows.sort()
        assert all(above[1] < below[0] for above, below in itertools.pairwise(rows))


def test_the_page_says_the_answer_in_numbers_and_where_it_ends() -> None:
    page = parsed(
        trace_page(
            small_view(),
            texts=PageTexts(notes=("A café sends no data.",), clean=((7, "units"), (2, "cases")), footer="The end."),
            sources=[FileSource(name="a.xml", company="Plant", format="EPCIS 1.2 XML", events=3, sha256="ab" * 32)],
        )
    )
    assert page.findtext(".//h1") == "Fruit, lot R1"
    assert page.findtext(".//p[@class='question']") == "What did lot R1 go into, and where is that now?"
    answer = page.findtext(".//p[@class='answer']")
    assert answer == (
        "It went into 4 units: 1 sold, 1 on sale, 1 in stock and 1 on the way, no later data."
    )  # fmt: skip
    assert [words(item) for item in page.findall(".//ul/li")] == [
        "A café sends no data.",
        "1 event was left out because an error declaration voids it.",
        "Sent off, and nobody says that they arrived: lot B1. Ask their company.",
        "No limit cut the trace: the answer is whole.",
        "Policies: causal lots off.",
    ]
    text = words(page)
    for part in ("Not reached, and not to be recalled: 7 units and 2 cases.", "ab" * 32, "The end.", "9.4 CEL"):
        assert part in text
    headings = [words(heading) for heading in page.iter("h3")]
    assert headings == ["Shop: 3 units", "Café: 1 unit"]
    assert len(page.findall(".//details")) == 3


def test_a_page_of_too_many_things_says_what_was_not_looked_up(
    store: Store, make: Callable[..., Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"id": "urn:x:place"}
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1"], bizLocation=place),
            make("A", 9, "ADD", parentID="p02", childEPCs=["p01"], bizLocation=place),
        ]
    )
    trace = trace_forward(store, "urn:epc:id:sgtin:9521103.012345.1")
    said = (
        "Last places, holders, status and the timeline were not looked up for the 2 things reached, "
        "because there are so many; ask for each where it is."
    )
    assert said not in words(parsed(render.to_html(trace, store=store)))
    monkeypatch.setattr(render, "MOST_PLACES", 1)
    assert said in words(parsed(render.to_html(trace, store=store)))


def test_a_unit_gets_the_lot_it_was_made_with() -> None:
    assert lots_of(small_view()) == {unit(n): "F1" for n in range(4)}


def test_what_a_stranger_wrote_is_text_and_nothing_is_loaded() -> None:
    bad = "</title></style><script>alert(1)</script>\"'&\x00\x0b\ud800"
    rotten = Thing(
        key=bad, kind="item", name=bad, product=bad, product_name=bad, place=bad, holder=bad, status="sold", time=0,
        inside=(bad,),
    )  # fmt: skip
    view = View(
        start=thing(RAW, "lot"), forward=True, things=(rotten,), steps=(Step(RAW, bad, made=True, time=1, event=bad),),
        moments=(Moment(0, bad, bad, bad, (bad,), bad),), policies=((bad, bad),), voided=(bad,), frontier=(bad,),
        cut=bad,
    )  # fmt: skip
    source = FileSource(name=bad, company=bad, format=bad, events=1, sha256=bad)
    texts = PageTexts(kicker=bad, title=bad, question=bad, notes=(bad,), clean=((1, bad),), footer=bad)
    text = trace_page(view, texts=texts, sources=[source], back=view)
    page = parsed(text)
    assert page.xpath("//script") == []
    assert "<script" not in text
    assert page.xpath("//@href | //@src | //@onload") == []
    assert "Content-Security-Policy" in text
    assert "default-src 'none'" in text
    text.encode("utf-8")
    assert not re.search("[\x00\x0b\ud800]", text)
    etree.fromstring(trace_picture(view))


def test_the_timeline_marks_an_alarm_and_keeps_to_the_busiest_places() -> None:
    drawing = str(draw_lanes(small_view().moments, title="t"))
    assert "⚠ 9.4 CEL" in drawing
    assert "1 Jan 1970 01:00 UTC, line: commissioning, 4 affected" in drawing
    many = [Moment(n * HOUR, f"place {n % 100}", "", "storing", (unit(n),)) for n in range(500)]
    lanes = str(draw_lanes(many, title="t"))
    assert len(set(re.findall("place [0-9]+", lanes))) == LANES
    assert str(draw_lanes([], title="t")) == "<p>No event of the trace has a place.</p>"


def test_nothing_reached_is_said_so() -> None:
    view = View(start=thing(RAW, "lot", "in stock", "Farm", "barn"), forward=True, things=(), steps=())
    assert answer_in_words(view) == "It went into nothing that the data shows."
    assert "It went into nothing that the data shows." in trace_page(view)
    assert bands(flow_of(view)) == {("Fruit lot R1", "barn in stock"): 1}


@pytest.mark.parametrize(
    ("key", "kind", "name"),
    [
        (f"{ID}/01/09521202200018/21/A%2F1", "item", "serial A%2F1"),
        (f"{ID}/01/09521202200018/10/L", "lot", "lot L"),
        (f"{ID}/01/09521202200018", "class", "GTIN 09521202200018"),
        (f"{ID}/00/095212010000001043", "unit load", "SSCC …0001043"),
        (f"{ID}/8003/09521203000777A", "asset", "GRAI 09521203000777A"),
        (f"{ID}/414/9521201000015/254/A", "other", "GLN 9521201000015 (A)"),
        ("urn:example:thing:1", "other", "urn:example:thing:1"),
    ],
)
def test_a_key_has_a_kind_and_a_short_name(key: str, kind: Kind, name: str) -> None:
    assert (kind_of(key), short_key(key)) == (kind, name)
    assert kind_of(f"{ID}/01/09521202200018/21/1", holds=True) == "box"


@pytest.mark.parametrize(
    ("step", "disposition", "place", "status"),
    [
        ("retail_selling", "retail_sold", None, "sold"),
        ("retail_selling", None, None, "sold"),
        ("stocking", "sellable_accessible", "x", "on sale"),
        ("shipping", "in_transit", None, "no later data"),
        ("storing", None, "x", "in stock"),
        ("destroying", None, "x", "out of the chain"),
        (None, None, None, "no later data"),
    ],
)
def test_the_last_event_says_what_is_to_be_done(
    step: str | None, disposition: str | None, place: str | None, status: str
) -> None:
    assert status_of(step, disposition, place) == status


def test_texts_are_cut_to_their_room() -> None:
    assert fit("short", 100, 10) == ["short"]
    assert fit("one two three four five", 40, 10) == ["one t…"]
    assert fit("one two three four five", 40, 10, lines=2) == ["one", "two t…"]
    assert fit("", 40, 10) == []


def test_times_are_written_for_people() -> None:
    assert time_text(None) == ""
    assert time_text(1_746_795_600_000_000) == "9 May 2025 13:00"
    assert time_text(-1) == "31 Dec 1969 23:59"


def test_elements_are_escaped_by_construction() -> None:
    assert _page.tag("b", "<&>", class_="a\"'", data_x=1.25) == '<b class="a&quot;&#39;" data-x="1.2">&lt;&amp;&gt;</b>'
    assert _page.tag("p", _page.tag("br"), None) == "<p><br/>None</p>"
    assert _page.join("<", _page.tag("i", "x"), by=" ") == "&lt; <i>x</i>"


def test_an_empty_flow_is_drawn() -> None:
    etree.fromstring(str(draw_flow(Flow((), (), ()), title="nothing")))


def _small() -> Trace:
    a, b = "https://id.gs1.org/01/09521201100012/10/A&B", "https://id.gs1.org/00/095212020000005026"
    time = Timestamp.parse("2025-05-05T08:00:00Z")
    return Trace(a, "forward", keys=(b,), links=(Link("urn:x:1", "aggregation", a, b, time),), events=("urn:x:1",))


def test_a_trace_as_mermaid() -> None:
    assert _small().to_mermaid() == (
        "flowchart LR\n"
        '  n0["https://id.gs1.org/01/09521201100012/10/A&amp;B"]\n'
        '  n1["https://id.gs1.org/00/095212020000005026"]\n'
        "  n0 -->|aggregation| n1\n"
        "  style n0 stroke-width:3px\n"
    )


def test_a_trace_as_graphml() -> None:
    text = _small().to_graphml()
    root = etree.fromstring(text.encode())
    name = "{http://graphml.graphdrawing.org/xmlns}"
    (edge,) = root.iter(f"{name}edge")
    assert {data.get("key"): data.text for data in edge} == {
        "kind": "aggregation",
        "time": "2025-05-05T08:00:00Z",
        "event": "urn:x:1",
    }
    nodes = {node.get("id"): node[0].text for node in root.iter(f"{name}node")}
    assert (nodes[edge.get("source")], nodes[edge.get("target")]) == (_small().start, _small().keys[0])
