"""Makes deliveries.xlsx: a sheet as people keep it, with a title, dates in three forms and three mistakes.

Takes nothing; writes the file beside this one. The same run gives the same cells. Needs openpyxl.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl

HEADER = ["Received on", "Supplier GLN", "GTIN", "Batch", "Quantity", "Unit", "PO number", "Remarks"]
MILL, DAIRY = "9521212000011", "9521211000012"
FLOUR, BUTTER = "09521212000103", "09521211000203"
ROWS = [
    ["2026-03-02", MILL, FLOUR, "M260301", 800, "kg", "PO-4401", None],
    ["03.03.2026", DAIRY, BUTTER, "BU-201", 120.5, "kg", "PO-4402", "cool on arrival"],
    ["2026-03-04", MILL, "09521212000104", "M260303", 800, "kg", "PO-4405", None],  # wrong check digit
    ["5 Mar 2026", DAIRY, BUTTER, "BU-204", 90, "kg", "PO-4406", None],
    ["32.03.2026", DAIRY, BUTTER, "BU-205", 90, "kg", "PO-4407", None],  # no such day
    ["06.03.2026", MILL, FLOUR, "M260305", "a lot", "kg", "PO-4408", None],  # no number
    ["06.03.2026", MILL, FLOUR, "M260306", 400, "kg", "PO-4408", "-"],
    ["2026-03-09", MILL, FLOUR, "M260308", 800, "kg", "PO-4411", None],
    ["10.03.2026", DAIRY, BUTTER, "BU-209", 110.25, "kg", "PO-4412", "-"],
]


def main() -> None:
    """Write the spreadsheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "March"
    sheet.append(["Oven & Co (demo), deliveries"])
    sheet.append(["kept by the goods-in desk"])
    sheet.append([])
    for row in [HEADER, *ROWS]:
        sheet.append(row)
    book.save(Path(__file__).with_name("deliveries.xlsx"))


if __name__ == "__main__":
    main()
