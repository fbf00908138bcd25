"""Words for units, as people write them in tables, and their codes in UN/ECE Recommendation 20 and 21.

Takes a word such as ``kg``, ``CASES`` or ``lbs``; gives the code that a quantity's ``uom`` carries. Guarantees: a text
that already looks like a code (two or three capitals or digits) stays as it is where no word says otherwise; a word
that is not known is refused with the nearest known one, never passed on.
"""

from __future__ import annotations

import re
from typing import Final

from epcis_kit.errors import shorten
from epcis_kit.tabular.faults import near

__all__ = ["UNITS", "unit_code"]

UNITS: Final[dict[str, str]] = {
    word: code
    for code, words in {
        "KGM": "kg kgs kgm kilo kilos kilogram kilograms kilogramme kilogrammes 公斤 千克",
        "GRM": "g gr gram grams gramme grammes 克",
        "TNE": "t ton_metric tonne tonnes mt 吨",
        "LBR": "lb lbs pound pounds lbr",
        "ONZ": "oz ounce ounces",
        "LTR": "l ltr lt liter liters litre litres 升",
        "MLT": "ml milliliter milliliters millilitre millilitres 毫升",
        "GLL": "gal gallon gallons",
        "MTR": "m meter meters metre metres 米",
        "EA": "ea each pc pcs piece pieces unit units un st stk 个 件 只",
        "CS": "cs case cases cse 箱",
        "CT": "ctn carton cartons ct",
        "BX": "bx box boxes 盒",
        "BG": "bg bag bags 袋",
        "PK": "pk pack packs package packages 包",
        "PF": "pallet pallets plt pal 托",
        "BO": "bottle bottles btl 瓶",
        "CR": "crate crates",
        "BJ": "bucket buckets",
        "DZN": "dz doz dozen",
        "BIN": "bin bins",
    }.items()
    for word in words.split()
}
"""Words (folded) to codes; packages are codes of Recommendation 21."""

_CODE: Final = re.compile("[A-Z0-9]{2,3}").fullmatch


def unit_code(text: str) -> str:
    """The code of a unit.

    Raises:
        ValueError: It is neither a known word nor looks like a code.
    """
    found = UNITS.get(text.casefold())
    if found is not None:
        return found
    if _CODE(text):
        return text
    raise ValueError(
        f"Cannot read unit {shorten(text)}: expected a UN/ECE Recommendation 20 code such as 'KGM' or a known word"
        f"{near(text.casefold(), UNITS)}."
    )
