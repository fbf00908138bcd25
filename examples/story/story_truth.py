"""The answers of the story, worked out by the simulation: what ``expected.json`` holds.

Keys are canonical GS1 Digital Links and times are UTC. ``forward`` lists by kind everything that material of the
recalled lot went into; ``where`` says for each of these its last place, holder and moment; ``back`` lists what one
sold bottle was made from; ``clean`` lists what a right answer must not contain.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from story_files import json_event
from story_plan import (
    BASE,
    CRATE,
    FARM,
    FRUIT,
    HARVEST,
    NAMES,
    PARTY,
    PLANT,
    RECALLED,
    ROAD,
    SHOP,
    at,
    case,
    fruit,
    in_case,
)
from story_world import Key, World, utc

if TYPE_CHECKING:
    from story_events import Story

__all__ = ["expected", "simulate"]


def simulate(story: Story) -> World:
    """The truth: every event once, in order of time, without the one that was declared wrong."""
    world = World()
    true = [event for events in story.events.values() for event in events if not event.wrong]
    for event in sorted(true, key=lambda event: event.when):
        world.tell(event, PARTY[event.company])
    return world


def kind_of(key: Key) -> str:
    """What a key stands for in this story."""
    if key.scheme == "sgtin":
        return "case" if key.reference[0] == "1" else "unit"
    if key.scheme == "lgtin":
        return "raw lot" if key.gcp == FARM else "bulk lot" if key.serial[:2] in BASE else "finished lot"
    return {"sscc": "pallet", "grai": "crate"}[key.scheme]


def where(world: World, key: Key) -> dict[str, Any]:
    """The last place and holder of a thing, by the newest event about it or about what holds it."""
    event, holder = world.last[key], world.holder[key]
    read_point = event.read_point
    return {
        "kind": kind_of(key),
        "containers": [each.link() for each in world.containers(key)],
        "place": event.location.link() if event.location else None,
        "read_point": read_point.link() if isinstance(read_point, Key) else read_point,
        "holder": holder.link() if holder else None,
        "holder_name": NAMES[holder.gcp] if holder else None,
        "time": utc(event.when),
        "bizStep": event.step,
        "disposition": event.disposition,
    }


def expected(story: Story, world: World) -> dict[str, Any]:
    """The truth file."""
    start, sold = fruit(RECALLED), in_case("ST-0506", 1)[0]
    reached = world.forward(start)
    by_kind: dict[str, list[str]] = {}
    for key in reached:
        by_kind.setdefault(kind_of(key), []).append(key.link())
    everything = {key for key in world.last if key.scheme in {"sgtin", "sscc"}}
    clean = sorted(everything - set(reached))
    holders = Counter(
        NAMES[holder.gcp] if (holder := world.holder[key]) else "sold" for key in reached if kind_of(key) == "unit"
    )
    files = {"farm.csv": FARM, "plant.xml": PLANT, "distributor.xml": ROAD, "retailer.json": SHOP}
    copies = len(story.copies)
    counts = {name: len(story.events[gcp]) + (copies if gcp == ROAD else 0) for name, gcp in files.items()}
    back = world.back(sold)
    wrong = [event for event in story.events[PLANT] if event.declared_wrong]
    first = [json_event(event, style="offset") for event in story.events[FARM][:3]]
    return {
        "about": "Worked out by the simulation in story_world.py; keys are canonical GS1 Digital Links, times are UTC.",
        "events": {
            "in_files": counts,
            "sent": sum(counts.values()),
            "duplicates": copies,
            "voided": [event.id for event in wrong],
            "corrective": [event.corrected_by for event in wrong],
        },
        "farm_rows": len(HARVEST),
        "farm_first_row": first,
        "recalled": {"key": start.link(), "name": FRUIT["S"][1], "quantity": 24, "uom": "KGM"},
        "forward": {"start": start.link(), **{kind: sorted(links) for kind, links in sorted(by_kind.items())}},
        "units_by_holder": dict(sorted(holders.items())),
        "where": {key.link(): where(world, key) for key in reached},
        "clean": {
            kind: sorted(key.link() for key in clean if kind_of(key) == kind) for kind in ("unit", "case", "pallet")
        },
        "back": {
            "start": sold.link(),
            "keys": sorted(key.link() for key in back),
            "raw_lots": sorted(key.link() for key in back if kind_of(key) == "raw lot"),
            "parties": sorted({PARTY[key.gcp].link() for key in back}),
            "fields": {row[0]: row[3] for row in HARVEST if fruit(row[0]) in back},
        },
        "contents_at": contents_at(),
    }


def contents_at() -> list[dict[str, Any]]:
    """What the reused crate held, by the plan of the story: a clean trip and an affected one."""

    def links(lots: list[tuple[str, int]]) -> list[str]:
        things = [case(lot, n) for lot, n in lots] + [key for lot, n in lots for key in in_case(lot, n)]
        return sorted(key.link() for key in things)

    crate = CRATE[1].link()
    return [
        {"key": crate, "at": utc(at(9, 9)), "keys": []},
        {"key": crate, "at": utc(at(9, 18)), "keys": links([("ST-0507", 2), ("ST-0507", 3)])},
        {"key": crate, "at": utc(at(11, 12)), "keys": []},
        {"key": crate, "at": utc(at(12, 18)), "keys": links([("ST-0506", 4), ("MX-0506", 2)])},
    ]
