#!/usr/bin/env python3
"""Writes the story of one recalled lot of strawberries: four companies, four formats, one truth file.

    python make_story.py               writes the files beside this script
    python make_story.py --out FOLDER  writes them elsewhere

A farm keeps only a spreadsheet (``farm.csv``, explained to the kit by ``farm.yaml``), a plant sends EPCIS 1.2 XML, a
distributor EPCIS 2.0 XML and a retailer EPCIS 2.0 JSON-LD with GS1 Digital Link identifiers. ``expected.json`` says
what a right answer is; it is worked out by the simulation in ``story_world.py`` while the story is told, never by a
trace engine. Every run gives the same bytes, and only the standard library is needed.

All companies are fictional and carry company prefixes from the GS1 range 952, which is kept for demonstrations.
``README.md`` tells the story in words.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from datetime import datetime, timedelta
from pathlib import Path

from story_events import tell_story
from story_files import Vocabularies, json_document, xml_document
from story_plan import (
    BACK,
    BASE,
    BOTTLE,
    BOTTLES_PER_CASE,
    CAFE,
    CAFE_SITE,
    CBVMDA,
    COLD,
    DEPOT_SITE,
    DOCK,
    FARM,
    FARM_COLUMNS,
    FINISHED,
    FRUIT,
    GATE,
    GOODS_IN,
    HARVEST,
    LINES,
    MIXING,
    NAMES,
    PACKHOUSE,
    PARTY,
    PICKING,
    PLANT,
    PLANT_LINK,
    PLANT_SITE,
    ROAD,
    SHELF,
    SHOP,
    SPACES,
    STORE,
    SUMMER,
    TILL,
    local,
    sscc,
)
from story_truth import expected, simulate
from story_world import Event, Key, Place, event_id


def farm_csv() -> str:
    """The farm's sheet: one row a lot, semicolons, local dates."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(FARM_COLUMNS)
    for lot, kilograms, harvested, field, number, shipped, buyer, order, note in HARVEST:
        times = [local(harvested), local(harvested) + timedelta(hours=4), local(shipped)]
        picked, packed, gone = (when.strftime("%d/%m/%Y %H:%M") for when in times)
        gtin, name = FRUIT[lot[0]]
        target = PLANT_SITE if buyer == PLANT else CAFE_SITE
        keys = [sscc(FARM, number).body, gone, PARTY[buyer].body, target.key.body]
        writer.writerow([lot, name, gtin.body, kilograms, picked, field, packed, *keys, order, note])
    return out.getvalue()


def names_of(*groups: tuple[str, list[tuple[Key, str, Key | None]]], form: str) -> Vocabularies:
    """Master data: each element with its name, and the party a place belongs to."""
    attribute = "cbvmda:" if form == "link" else f"{CBVMDA}#"

    def spell(key: Key) -> str:
        return key.link() if form == "link" else key.urn()

    return {
        f"urn:epcglobal:epcis:vtype:{kind}": [
            (
                spell(key),
                {f"{attribute}name": name} | ({f"{attribute}owning_party": spell(party)} if party else {}),
            )
            for key, name, party in elements
        ]
        for kind, elements in groups
    }


def places(*rows: Place) -> list[tuple[Key, str, Key | None]]:
    """Places as master-data rows."""
    return [(place.key, place.name, place.party) for place in rows]


def parties(*companies: str) -> list[tuple[Key, str, Key | None]]:
    """Companies as master-data rows."""
    return [(PARTY[gcp], NAMES[gcp], None) for gcp in companies]


def products(*tables: dict[str, tuple[Key, str]]) -> list[tuple[Key, str, Key | None]]:
    """Products as master-data rows."""
    return [(key, name, None) for table in tables for key, name in table.values()]


def write_files() -> dict[str, str]:
    """File name -> text of everything the story consists of, but for the mapping and the README, kept by hand."""
    story = tell_story()
    world = simulate(story)
    created = datetime(2025, 5, 16, 6, 0, tzinfo=SUMMER)
    cases = {
        lot: (Key("gtin", PLANT, "1" + key.reference[1:]), f"{name.split(',')[0]}, case of {BOTTLES_PER_CASE}")
        for lot, (key, name) in BOTTLE.items()
    }

    def in_order(events: list[Event]) -> list[Event]:
        return sorted(events, key=lambda event: event.declared_wrong or event.when)

    def mail(gcp: str, host: str) -> tuple[str, str, str]:
        return PARTY[gcp].body, "Traceability desk", f"traceability@{host}.example"

    plant = xml_document(
        in_order(story.events[PLANT]),
        version="1.2",
        style="offset",
        created=created,
        namespaces={"cbvmda": CBVMDA, "bk": SPACES["bk"]},
        header={
            "Sender": mail(PLANT, "brook-kitchen"),
            "Receiver": mail(ROAD, "cool-road"),
            "id": event_id("document", "plant"),
        },
        masterdata=names_of(
            ("EPCClass", products(FRUIT, BASE, BOTTLE, cases)),
            ("Location", places(PACKHOUSE, PLANT_SITE, GOODS_IN, MIXING, *LINES, FINISHED, GATE)),
            ("Party", parties(FARM, PLANT, ROAD)),
            form="urn",
        ),
    )
    road = xml_document(
        in_order([*story.events[ROAD], *story.copies]),
        version="2.0",
        style="zulu",
        created=created,
        namespaces={"cbvmda": CBVMDA, "gs1": "https://gs1.org/voc/"},
        header={
            "Sender": mail(ROAD, "cool-road"),
            "Receiver": mail(SHOP, "corner-market"),
            "id": event_id("document", "distributor"),
        },
        masterdata=names_of(
            ("Location", places(DEPOT_SITE, DOCK, COLD, PICKING, CAFE_SITE)),
            ("Party", parties(ROAD, SHOP, CAFE)),
            form="urn",
        ),
    )
    shop = json_document(
        in_order(story.events[SHOP]),
        style="millis",
        created=created,
        namespaces={"cm": SPACES["cm"]},
        domains={PLANT: PLANT_LINK},
        masterdata=names_of(("Location", places(*STORE, *BACK, *SHELF, *TILL)), ("Party", parties(SHOP)), form="link"),
    )
    truth = json.dumps(expected(story, world), indent=1, ensure_ascii=False) + "\n"
    return {
        "farm.csv": farm_csv(),
        "plant.xml": plant,
        "distributor.xml": road,
        "retailer.json": shop,
        "expected.json": truth,
    }


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Writes the files of the demonstration story.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write to")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in write_files().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
