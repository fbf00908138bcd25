"""Makes shipping.xlsx, the sample of shipping.yaml: a sheet with a title above its header, and one of places.

Takes nothing; writes the file beside this one. The same run gives the same cells. Needs openpyxl.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl

HEADER = [
    "TLC - GTIN",
    "TLC - Batch",
    "Pallet ID",
    "Qty & UOM",
    "Product Description",
    "Ship-To Location",
    "Ship-From Location",
    "Ship Date",
    "TLC Source GLN",
    "Ref Doc Type and Number",
]
PACK, BUYER = "Green Acre packhouse (demo)", "Stone Bridge dock 4 (demo)"
SOURCE = "9521216000017"
ROWS = [
    [
        "19521216000113",
        "LE-0207",
        "095212160000000017",
        "40 CS",
        "Lettuce, romaine, 24 heads",
        BUYER,
        PACK,
        date(2026, 2, 9),
        SOURCE,
        "BOL-4711",
    ],
    [
        "19521216000281",
        "SP-0207",
        "095212160000000017",
        "24 CASES",
        "Spinach, baby, 12 bags",
        BUYER,
        PACK,
        date(2026, 2, 9),
        SOURCE,
        "BOL-4711",
    ],
    [
        "19521216000359",
        "TM-0206",
        "095212160000000024",
        "48 CS",
        "Tomatoes, vine, 5 kg",
        BUYER,
        PACK,
        date(2026, 2, 10),
        SOURCE,
        "BOL-4715",
    ],
]
PLACES = [
    ["Business Name", "GLN", "Street", "City", "State", "Postal code", "Country", "Phone"],
    [PACK, SOURCE, "14 Field Lane", "Salinas", "CA", "93901", "US", "+1-555-0100"],
    [BUYER, "9521215000018", "9 Bridge Street", "Columbus", "OH", "43004", "US", "+1-555-0101"],
]


def main() -> None:
    """Write the spreadsheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Shipping"
    sheet.append(["Green Acre (demo): shipping log"])
    sheet.append(["Columns are those of the packhouse software; times are those of the packhouse."])
    sheet.append([])
    sheet.append(HEADER)
    for row in ROWS:
        sheet.append(row)
    places = book.create_sheet("Locations")
    for row in PLACES:
        places.append(row)
    book.save(Path(__file__).with_name("shipping.xlsx"))


if __name__ == "__main__":
    main()
