"""The traces of the shipped story equal the answers that a simulation worked out, whatever the order of capture."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.store import open_store
from epcis_kit.tabular import convert_table
from epcis_kit.trace import contents_at, trace_back, trace_forward, where_is
from epcis_kit.trace.render import to_html, to_svg, view_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from epcis_kit.store import Store

FILES = ("farm.csv", "plant.xml", "distributor.xml", "retailer.json")


@pytest.fixture(scope="module")
def story(repository: Path) -> Path:
    return repository / "examples" / "story"


@pytest.fixture(scope="module")
def truth(story: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((story / "expected.json").read_bytes())
    return loaded


def captured(story: Path, names: tuple[str, ...] = FILES) -> Store:
    store = open_store(":memory:")
    for name in names:
        source = story / name
        store.capture(convert_table(source, story / "farm.yaml").events() if name == "farm.csv" else source)
    return store


@pytest.fixture(scope="module")
def store(story: Path) -> Iterator[Store]:
    with captured(story) as filled:
        yield filled


def reached(truth: dict[str, Any]) -> list[str]:
    return sorted(key for kind, keys in truth["forward"].items() if kind != "start" for key in keys)


def test_forward_reaches_exactly_what_the_simulation_reached(store: Store, truth: dict[str, Any]) -> None:
    trace = trace_forward(store, truth["recalled"]["key"])
    assert sorted(trace.keys) == reached(truth)
    assert list(trace.voided) == truth["events"]["voided"]


def test_back_finds_exactly_what_the_bottle_was_made_of(store: Store, truth: dict[str, Any]) -> None:
    trace = trace_back(store, truth["back"]["start"])
    assert sorted(trace.keys) == truth["back"]["keys"]
    assert trace.frontier == ()


def test_everything_is_where_the_simulation_left_it(store: Store, truth: dict[str, Any]) -> None:
    for key, row in truth["where"].items():
        found = where_is(store, key)
        time = found.time
        assert time is not None
        assert (list(found.containers), found.location, time.as_utc()[:19] + "Z") == (
            row["containers"], row["place"], row["time"],
        ), key  # fmt: skip
        assert (found.places[0].biz_step, found.places[0].disposition) == (row["bizStep"], row["disposition"]), key
        if found.party is not None and row["holder"] is not None:
            assert found.party == row["holder"], key


def test_the_crate_holds_on_each_trip_what_was_put_into_it(store: Store, truth: dict[str, Any]) -> None:
    for row in truth["contents_at"]:
        assert sorted(contents_at(store, row["key"], at=row["at"]).keys) == row["keys"]


def test_no_clean_thing_leads_back_to_the_recalled_lot(store: Store, truth: dict[str, Any]) -> None:
    for kind, step in (("unit", 24), ("case", 6), ("pallet", 1)):
        for key in truth["clean"][kind][::step]:
            assert truth["recalled"]["key"] not in trace_back(store, key).keys, key


@pytest.mark.parametrize("names", list(itertools.permutations(FILES))[::7])
def test_the_answer_does_not_depend_on_the_order_of_capture(
    story: Path, truth: dict[str, Any], names: tuple[str, ...]
) -> None:
    with captured(story, names) as other:
        assert sorted(trace_forward(other, truth["recalled"]["key"]).keys) == reached(truth)


def test_the_view_of_the_trace_names_places_and_holders(store: Store, truth: dict[str, Any]) -> None:
    trace = trace_forward(store, truth["recalled"]["key"])
    view = view_of(trace, store)
    things = {thing.key: thing for thing in view.things}
    assert view.start.product_name == "Strawberries"
    bottle = things[truth["back"]["start"]]
    assert (bottle.name, bottle.product_name, bottle.status, bottle.place, bottle.holder) == (
        "serial 100001", "Strawberry smoothie, 1 litre bottle", "sold", "Corner Market Riverside, tills",
        "Corner Market (demo)",
    )  # fmt: skip
    assert {things[key].lot for key in truth["forward"]["unit"]} == {"MX-0506", "ST-0506"}
    assert bottle.lot == "ST-0506"
    for key, row in truth["where"].items():
        if row["kind"] == "unit" and row["holder_name"] is not None:
            assert things[key].holder == row["holder_name"], key
    assert {things[key].status for key in truth["forward"]["bulk lot"]} == {"used"}
    assert {moment.alarm for moment in view.moments} == {"", "9.4 °C", "6.1 °C"}
    assert all(step.until is None or step.until > step.time for step in view.steps)


def test_a_trace_draws_itself_with_the_store_and_without(store: Store, truth: dict[str, Any]) -> None:
    trace = trace_forward(store, truth["recalled"]["key"])
    assert trace.to_svg() == to_svg(trace)
    assert trace.to_svg().startswith("<svg xmlns=")
    assert "Corner Market" not in trace.to_html()
    page = trace.to_html(store=store, back=trace_back(store, truth["back"]["start"]))
    assert page == to_html(trace, store=store, back=trace_back(store, truth["back"]["start"]))
    assert "Corner Market Riverside, chilled shelf" in page
