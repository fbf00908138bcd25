"""The fixed facts of the story: companies, places, products, harvests and production runs, and their keys.

All companies are fictional; their company prefixes lie in the GS1 range 952, which is kept for demonstrations.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from story_world import Key, Place

FARM, PLANT, ROAD, SHOP, CAFE = "9521201", "9521202", "9521203", "9521204", "9521205"
NAMES = {
    FARM: "Meadow Farm (demo)",
    PLANT: "Brook Kitchen (demo)",
    ROAD: "Cool Road Logistics (demo)",
    SHOP: "Corner Market (demo)",
    CAFE: "Hillside Cafés (demo)",
}
PARTY = {gcp: Key("pgln", gcp, "00000") for gcp in NAMES}
SUMMER = timezone(timedelta(hours=2))
CBVMDA = "urn:epcglobal:cbv:mda"
SPACES = {
    "farm": "https://meadow-farm.example/epcis/",
    "bk": "https://brook-kitchen.example/epcis/",
    "cm": "https://corner-market.example/epcis/",
}
PLANT_LINK = "https://id.brook-kitchen.example"  # the domain in the 2D code on the plant's bottles and cases


def site(gcp: str, number: int, name: str, extension: str = "0") -> Place:
    """A place of a company; the extension names a part of the site."""
    return Place(Key("sgln", gcp, f"{number:05d}", extension), name, PARTY[gcp])


PACKHOUSE = site(FARM, 1, "Meadow Farm packhouse")
GOODS_IN = site(PLANT, 1, "Brook Kitchen goods-in cold room", "GOODS-IN")
MIXING = site(PLANT, 1, "Brook Kitchen mixing room", "MIXING")
LINES = [site(PLANT, 1, f"Brook Kitchen filling line {n}", f"LINE{n}") for n in (1, 2)]
FINISHED = site(PLANT, 1, "Brook Kitchen finished-goods store", "FINISHED")
GATE = site(PLANT, 1, "Brook Kitchen dispatch gate", "GATE")
DOCK = site(ROAD, 1, "Cool Road depot dock", "DOCK")
COLD = site(ROAD, 1, "Cool Road depot cold store", "COLD")
PICKING = site(ROAD, 1, "Cool Road depot picking zone", "PICK")
STORES = ["Riverside", "Station", "Old Town"]
BACK = [site(SHOP, n, f"Corner Market {name}, back room", "BACK") for n, name in enumerate(STORES, 1)]
SHELF = [site(SHOP, n, f"Corner Market {name}, chilled shelf", "SHELF") for n, name in enumerate(STORES, 1)]
TILL = [site(SHOP, n, f"Corner Market {name}, tills", "TILL") for n, name in enumerate(STORES, 1)]
STORE = [site(SHOP, n, f"Corner Market {name}") for n, name in enumerate(STORES, 1)]
PLANT_SITE = site(PLANT, 1, "Brook Kitchen")
DEPOT_SITE = site(ROAD, 1, "Cool Road depot")
CAFE_SITE = site(CAFE, 1, "Hillside Cafés central kitchen")

FRUIT = {
    "S": (Key("gtin", FARM, "010001"), "Strawberries"),
    "B": (Key("gtin", FARM, "010002"), "Blueberries"),
    "A": (Key("gtin", FARM, "010003"), "Juicing apples"),
}
BASE = {  # what a bulk tank holds, by the first letters of its lot
    "SB": (Key("gtin", PLANT, "029001"), "Strawberry base, chilled bulk"),
    "MB": (Key("gtin", PLANT, "029002"), "Mixed berry base, chilled bulk"),
    "LB": (Key("gtin", PLANT, "029003"), "Blueberry base, chilled bulk"),
}
BOTTLE = {
    "ST": (Key("gtin", PLANT, "020001"), "Strawberry smoothie, 1 litre bottle"),
    "MX": (Key("gtin", PLANT, "020002"), "Mixed berry smoothie, 1 litre bottle"),
    "BL": (Key("gtin", PLANT, "020003"), "Blueberry smoothie, 1 litre bottle"),
}

# lot, kilograms, harvested, field, pallet number, shipped, buyer, order, delivery note
HARVEST = [
    ("S-0501", "24", "2025-05-01 07:10", "Long Acre", 101, "2025-05-02 15:05", PLANT, "PO-7701", "DN-3301"),
    ("A-0501", "40", "2025-05-01 08:30", "Old Orchard", 102, "2025-05-02 15:05", PLANT, "PO-7701", "DN-3301"),
    ("A-0502", "40", "2025-05-01 10:15", "Old Orchard", 103, "2025-05-02 15:05", PLANT, "PO-7701", "DN-3301"),
    ("S-0502", "24", "2025-05-02 06:50", "Brook Side", 104, "2025-05-02 15:05", PLANT, "PO-7701", "DN-3301"),
    ("B-0501", "20.5", "2025-05-02 09:20", "Hedge Field", 105, "2025-05-02 15:05", PLANT, "PO-7701", "DN-3301"),
    ("S-0503", "32", "2025-05-04 07:00", "Long Acre", 106, "2025-05-05 14:40", PLANT, "PO-7702", "DN-3302"),
    ("S-0504", "30", "2025-05-04 09:45", "Long Acre", 107, "2025-05-05 14:40", PLANT, "PO-7702", "DN-3302"),
    ("B-0502", "28", "2025-05-04 11:00", "Hedge Field", 108, "2025-05-05 14:40", PLANT, "PO-7702", "DN-3302"),
    ("B-0503", "22", "2025-05-05 06:40", "Hedge Field", 109, "2025-05-05 14:40", PLANT, "PO-7702", "DN-3302"),
    ("A-0503", "72", "2025-05-05 08:05", "New Orchard", 110, "2025-05-05 14:40", PLANT, "PO-7702", "DN-3302"),
    ("S-0505", "18", "2025-05-05 09:30", "Brook Side", 111, "2025-05-05 16:00", CAFE, "PO-0415", "DN-3303"),
    ("B-0504", "9.5", "2025-05-05 10:30", "Hedge Field", 112, "2025-05-05 16:00", CAFE, "PO-0415", "DN-3303"),
]
FARM_COLUMNS = [
    "Lot", "Product", "GTIN", "Net kg", "Harvested", "Field", "Palletised", "Pallet SSCC", "Shipped", "Buyer GLN",
    "Ship-to GLN", "Buyer order", "Delivery note",
]  # fmt: skip
RECALLED = "S-0502"
WITHOUT_ID = {"DN-882"}  # this shipping event has no eventID, so that its copy can be known by its content alone

# day, hour, bulk lot, inputs in kilograms, filling line, finished lot, operator, machine
RUNS: list[tuple[int, int, str, dict[str, str], int, str, str, str]] = [
    (6, 8, "SB-0506", {"S-0501": "12", "S-0502": "14", "A-0501": "24"}, 1, "ST-0506", "OP-14", "FILL-1A"),
    (6, 13, "MB-0506", {"S-0502": "10", "B-0501": "16", "A-0502": "24"}, 2, "MX-0506", "OP-22", "FILL-2A"),
    (7, 8, "SB-0507", {"S-0503": "26", "A-0501": "10", "A-0502": "14"}, 1, "ST-0507", "OP-14", "FILL-1A"),
    (7, 13, "LB-0507", {"B-0502": "26", "A-0503": "24"}, 2, "BL-0507", "OP-31", "FILL-2B"),
    (8, 8, "SB-0508", {"S-0504": "26", "A-0503": "24"}, 1, "ST-0508", "OP-14", "FILL-1A"),
    (8, 13, "MB-0508", {"S-0503": "6", "B-0503": "20", "A-0503": "24"}, 2, "MX-0508", "OP-22", "FILL-2A"),
]
SPLIT_RUN = "MB-0506"  # reported as two events with one transformationID: inputs first, output later
BOTTLES_PER_CASE, CASES_PER_RUN, CASES_PER_PALLET = 6, 8, 4


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of May 2025, local time."""
    return datetime(2025, 5, day, tzinfo=SUMMER) + timedelta(hours=hour, minutes=minute)


def local(text: str) -> datetime:
    """A time as the farm's sheet has it."""
    return datetime.fromisoformat(text).replace(tzinfo=SUMMER)


def fruit(lot: str) -> Key:
    """The key of a raw lot."""
    return replace(FRUIT[lot[0]][0], scheme="lgtin", serial=lot)


def base(lot: str) -> Key:
    """The key of a bulk lot."""
    return replace(BASE[lot[:2]][0], scheme="lgtin", serial=lot)


def finished(lot: str) -> Key:
    """The key of a finished lot of bottles."""
    return replace(BOTTLE[lot[:2]][0], scheme="lgtin", serial=lot)


def bottles(lot: str) -> list[Key]:
    """The serialised bottles of a finished lot, in the order of filling."""
    start = 100001 + 100 * [row[5] for row in RUNS].index(lot)
    return [
        replace(BOTTLE[lot[:2]][0], scheme="sgtin", serial=str(start + n))
        for n in range(BOTTLES_PER_CASE * CASES_PER_RUN)
    ]


def case(lot: str, number: int) -> Key:
    """Case ``number`` (from 1) of a finished lot; cases carry the bottle's GTIN with indicator digit 1."""
    gtin = BOTTLE[lot[:2]][0]
    return Key("sgtin", gtin.gcp, "1" + gtin.reference[1:], f"{lot}-C{number}")


def in_case(lot: str, number: int) -> list[Key]:
    """The bottles in a case."""
    return bottles(lot)[(number - 1) * BOTTLES_PER_CASE : number * BOTTLES_PER_CASE]


def sscc(gcp: str, number: int) -> Key:
    """A logistic unit."""
    return Key("sscc", gcp, f"0{number:09d}")


def pallet(number: int) -> Key:
    """Pallet ``number`` (from 1) built by the plant; two of each run."""
    return sscc(PLANT, 500 + number)


MIXED = {n: sscc(ROAD, 900 + n) for n in range(1, 6)}
CRATE = {n: Key("grai", ROAD, "00077", f"CRATE{n}") for n in (1, 2)}
TRAILER, LOGGER = Key("giai", ROAD, "TRAILER7"), Key("giai", ROAD, "LOGGER42")


def paper(gcp: str, number: str) -> str:
    """The URN of a business paper issued by a company."""
    return f"urn:epcglobal:cbv:bt:{PARTY[gcp].body}:{number}"
