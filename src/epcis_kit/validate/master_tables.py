"""Master data in tables: CSV files with a row for each product, place or party.

Takes the bytes of a table; gives :class:`~epcis_kit.validate.master_data.MasterData`. A column is known by its heading
in many spellings (``GTIN``, ``Item GTIN``, ``gtin14`` …); what a table has beyond that is kept as attributes of its
items. Guarantees: the encoding is UTF-8, or UTF-16 with its mark; the separator is a comma, semicolon, tab or bar; the
headings may stand below some lines of text; every faulty row is named with its number as the user sees it, up to a
handful, and nothing is taken from a table with faults.
"""

from __future__ import annotations

import codecs
import csv
import dataclasses
import datetime as dt
import io
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from epcis_kit.errors import IdentifierError, QueryError, shorten
from epcis_kit.validate.master_data import (
    MasterData,
    Place,
    Product,
    checked_place_key,
    checked_product_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PLACE_COLUMNS", "PRODUCT_COLUMNS", "read_table"]

PRODUCT_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "gtin": (
        "gtin", "gtin14", "gtin13", "gtin12", "ean", "upc", "eanupc", "gtinupc", "itemgtin", "productgtin",
        "tradeitem", "tradeitemgtin", "globaltradeitemnumber", "productid", "epcclass", "classid",
    ),
    "name": ("name", "productname", "description", "productdescription", "itemdescription", "descriptionshort",
             "regulatedproductname", "tradeitemdescription"),
    "ndc": ("ndc", "ndc10", "ndc11", "usfdandc", "nationaldrugcode"),
    "pack_quantity": (
        "packquantity", "packqty", "packsize", "quantityperpack", "childquantity", "childqty", "childcount",
        "unitspercase", "unitsperpack", "quantityofchildren", "containedquantity", "quantityofnextlowerleveltradeitem",
    ),
    "child_gtin": (
        "childgtin", "childitem", "containedgtin", "contentgtin", "lowerlevelgtin", "nextlowerlevelgtin", "innergtin",
        "nextlowerleveltradeitemgtin", "gtinofnextlowerleveltradeitem",
    ),
    "parent_gtin": ("parentgtin", "casegtin", "outergtin", "nexthigherlevelgtin", "higherlevelgtin"),
    "active_from": ("activefrom", "validfrom", "effectivefrom", "startdate", "availablefrom"),
    "active_to": ("activeto", "activeuntil", "validto", "validuntil", "effectiveto", "enddate", "discontinued",
                  "discontinueddate"),
    "active": ("active", "isactive"),
    "markets": ("markets", "market", "targetmarket", "targetmarkets", "targetmarketcountrycode", "salescountries"),
}  # fmt: skip
"""Columns of products: what they are called here, and the headings they may have (letters and digits only)."""

PLACE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "gln": (
        "gln", "sgln", "pgln", "gln13", "locationgln", "partygln", "companygln", "businessgln", "facilitygln",
        "globallocationnumber", "locationid", "partyid", "companysgln", "placeid",
    ),
    "name": ("name", "companyname", "locationname", "partyname", "businessname", "businessorfarmname", "facilityname"),
    "role": ("role", "roles", "type", "glntype", "locationtype", "partytype", "function", "kind"),
    "streetAddressOne": ("streetaddressone", "streetaddress", "street", "address", "address1", "addressline1"),
    "city": ("city", "town", "locality"),
    "state": ("state", "stateorregion", "region", "province"),
    "postalCode": ("postalcode", "zip", "zipcode", "postcode"),
    "country": ("country", "countrycode", "countryiso"),
    "phone": ("phone", "phonenumber", "telephone", "telephonenumber"),
    "timezone": ("timezone", "tz", "ianatimezone"),
    "active_from": PRODUCT_COLUMNS["active_from"],
    "active_to": (*PRODUCT_COLUMNS["active_to"], "closed"),
    "active": PRODUCT_COLUMNS["active"],
    "agentFor": ("agentfor", "agentof", "principal", "principals"),
    "authorised": ("authorised", "authorized", "atp", "authorisedtradingpartner", "authorizedtradingpartner",
                   "licensed", "licenced", "licensestatus"),
    "authorised_until": ("authoriseduntil", "authorizeduntil", "licenseexpiry", "licenceexpiry", "licenseexpiration",
                         "licenseexpirationdate", "licenceuntil", "licenseuntil", "atpuntil"),
}  # fmt: skip
"""Columns of places and parties."""

_YES: Final = frozenset({"yes", "y", "true", "1", "active", "current", "valid", "licensed", "是", "有效"})
_NO: Final = frozenset({"no", "n", "false", "0", "inactive", "closed", "invalid", "revoked", "expired", "suspended",
                        "discontinued", "否", "无效"})  # fmt: skip
_EMPTY: Final = frozenset({"", "-", "n/a", "na", "null", "none"})
_PARTY: Final = re.compile("legal|party|entity|owner|company|corporate|主体|企业|公司", re.IGNORECASE).search
_PLACE: Final = re.compile(
    "physical|place|location|site|warehouse|plant|store|farm|dock|ship|地点|场所|仓", re.IGNORECASE
).search
_DATE: Final = re.compile("([0-9]{4})[-/]?([0-9]{2})[-/]?([0-9]{2})(?:[T ].*)?").fullmatch
_EXPONENT: Final = re.compile(r"[0-9.,]+[eE]\+?[0-9]+").fullmatch
_HEAD_ROWS: Final = 10
_SHOWN: Final = 5
_LISTED: Final = 12
_SHOWN_TOO: Final = frozenset(
    {"name", "ndc", "role", "streetAddressOne", "city", "state", "postalCode", "country", "phone", "agentFor"}
)
_DETAIL: Final = {"gtin": "product", "gln": "place or party"}


class _RowError(Exception):
    """A value of a row that cannot be used."""


def read_table(data: bytes, name: str) -> MasterData:
    """The items of a table.

    Raises:
        QueryError: It is no table, has no column of keys, or has rows that cannot be used.
    """
    rows = _rows(data, name)
    for number, row in rows[:_HEAD_ROWS]:
        headings = [_plain(cell) for cell in row]
        for key, columns in (("gtin", PRODUCT_COLUMNS), ("gln", PLACE_COLUMNS)):
            if any(heading in columns[key] for heading in headings):
                return _table([each for each in rows if each[0] > number], row, columns, key, name)
    first = next(iter(rows), (0, []))[1]
    listed = ", ".join(cell.strip() for cell in first[:_LISTED] if cell.strip()) or "none"
    raise QueryError(
        f"Cannot use master data {shorten(name)}: expected a column 'gtin' (products) or 'gln' (places and parties), "
        f"got the columns {shorten(listed)}."
    )


def _rows(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    """Rows that hold something, with the numbers of their lines."""
    encoding = "utf-16" if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise QueryError(
            f"Cannot use master data {shorten(name)}: expected a table in UTF-8, got other bytes at {error.start}; "
            "save it as 'CSV UTF-8'."
        ) from None
    start = "\n".join(text.split("\n", _HEAD_ROWS)[:_HEAD_ROWS])
    delimiter = max(",;\t|", key=start.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        raise QueryError(
            f"Cannot use master data {shorten(name)}: expected a table with separators, got something else near line "
            f"{reader.line_num}."
        ) from None


def _plain(heading: str) -> str:
    return "".join(character for character in heading.casefold() if character.isalnum())


def _table(
    rows: list[tuple[int, list[str]]], headings: list[str], columns: Mapping[str, tuple[str, ...]], key: str, name: str
) -> MasterData:
    known = {alias: column for column, aliases in columns.items() for alias in aliases}
    names: list[str] = []
    for heading in headings:
        column = known.get(_plain(heading))
        names.append(column if column is not None and column not in names else heading.strip())
    if not rows:
        raise QueryError(f"Cannot use master data {shorten(name)}: expected rows below the headings, got none.")
    make: Callable[[dict[str, str], str], list[Product | Place]] = _products if key == "gtin" else _places
    data = MasterData()
    faults: list[str] = []
    for number, row in rows:
        values = {
            column: cell.strip()
            for column, cell in zip(names, row, strict=False)
            if column and cell.strip().casefold() not in _EMPTY
        }
        try:
            for item in make(values, f"{name}, line {number}"):
                data.add(item)
        except (_RowError, IdentifierError) as fault:
            faults.append(f"line {number}: {str(fault).rstrip('.')}")
    if faults:
        more = f" (and {len(faults) - _SHOWN} more lines)" if len(faults) > _SHOWN else ""
        raise QueryError(f"Cannot use master data {shorten(name)}: {'; '.join(faults[:_SHOWN])}{more}.")
    return data


def _products(values: dict[str, str], origin: str) -> list[Product | Place]:
    product = Product(
        key=_gtin(_key(values, "gtin")),
        name=values.get("name", ""),
        ndc=values.get("ndc", ""),
        pack_quantity=_number(values, "pack_quantity"),
        child=_gtin(values["child_gtin"]) if "child_gtin" in values else "",
        active_from=_date(values, "active_from"),
        active_to=_date(values, "active_to"),
        active=_flag(values, "active") is not False,
        markets=tuple(re.findall("[A-Za-z0-9]{2,3}", values.get("markets", "").upper())),
        attributes=_attributes(values, PRODUCT_COLUMNS),
        origin=origin,
    )
    if "parent_gtin" not in values:
        return [product]
    # a table that tells the container of each item tells the content of the container too
    quantity = product.pack_quantity
    item = dataclasses.replace(product, pack_quantity=None)
    return [item, Product(key=_gtin(values["parent_gtin"]), child=product.key, pack_quantity=quantity, origin=origin)]


def _places(values: dict[str, str], origin: str) -> list[Product | Place]:
    text = _key(values, "gln")
    if _EXPONENT(text):
        raise _RowError(_lost(text))
    role = values.get("role", "")
    roles = {name for name, found in (("party", _PARTY(role)), ("place", _PLACE(role))) if found}
    attributes = _attributes(values, PLACE_COLUMNS)
    return [
        Place(
            key=checked_place_key(re.sub(r"(?i)^\s*S?GLN[ :]+", "", text)),
            name=values.get("name", ""),
            roles=frozenset(roles),
            country=values.get("country", "").upper(),
            timezone=values.get("timezone", ""),
            active_from=_date(values, "active_from"),
            active_to=_date(values, "active_to"),
            active=_flag(values, "active") is not False,
            authorised=_flag(values, "authorised"),
            authorised_until=_date(values, "authorised_until"),
            attributes=attributes,
            origin=origin,
        )
    ]


def _attributes(values: dict[str, str], columns: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What the rules for header master data look for, under the names it has there; other columns as they are."""
    hidden = set(columns) - _SHOWN_TOO
    found = {name: value for name, value in values.items() if name not in hidden}
    if "country" in found:
        found["countryCode"] = found.pop("country").upper()
    if "ndc" in found:
        found["additionalTradeItemIdentification"] = found["ndc"]
        found["additionalTradeItemIdentificationTypeCode"] = "US_FDA_NDC"
    return found


def _key(values: dict[str, str], column: str) -> str:
    if column not in values:
        raise _RowError(f"expected the {column.upper()} of a {_DETAIL[column]}, got none")
    return values[column]


def _gtin(text: str) -> str:
    if _EXPONENT(text):
        raise _RowError(_lost(text))
    return checked_product_key(re.sub(r"(?i)^\s*GTIN[ :]+", "", text))


def _lost(text: str) -> str:
    return f"expected all digits of a number, got {shorten(text)}: a spreadsheet has cut it; format the column as text"


def _number(values: dict[str, str], column: str) -> Decimal | None:
    text = values.get(column)
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        raise _RowError(f"expected a number above 0 as {column.replace('_', ' ')}, got {shorten(text)}")
    return number


def _date(values: dict[str, str], column: str) -> dt.date | None:
    text = values.get(column)
    if text is None:
        return None
    found = _DATE(text)
    try:
        return dt.date(*map(int, found.groups())) if found else _no_date(text, column)
    except ValueError:
        return _no_date(text, column)


def _no_date(text: str, column: str) -> dt.date:
    raise _RowError(f"expected a date YYYY-MM-DD as {column.replace('_', ' ')}, got {shorten(text)}")


def _flag(values: dict[str, str], column: str) -> bool | None:
    text = values.get(column)
    if text is None:
        return None
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _RowError(f"expected yes or no as {column}, got {shorten(text)}")
