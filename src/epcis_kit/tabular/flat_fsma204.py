"""The sortable spreadsheet of the food traceability rule: one row a lot and critical tracking event.

Takes events in JSON names in the order of time; gives rows of key data elements (21 CFR 1, subpart S: a sortable
spreadsheet is to be given within 24 hours of a request). Guarantees: one row for each lot of each harvest, cooling,
packing, landing, shipping, receiving and transformation, and none for other events; a pallet that is shipped by its
number alone is unfolded into the lots that the events before said are in it, and stands with its number where they say
nothing; what an event does not say stays empty, nothing is guessed. Memory grows with the containers, not with the
events.
"""

from __future__ import annotations

import re
from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.model import Timestamp
from epcis_kit.tabular.flat import object_view
from epcis_kit.tabular.flat_columns import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.tabular.flat import HeaderData

__all__ = ["FSMA204_COLUMNS", "Fsma204"]

FSMA204_COLUMNS: Final = (
    "Critical tracking event",
    "Traceability lot code",
    "Used or made",
    "GTIN",
    "Lot",
    "Product description",
    "Quantity",
    "Unit of measure",
    "Date",
    "Location",
    "Location description",
    "Shipped from",
    "Shipped from description",
    "Shipped to",
    "Shipped to description",
    "Traceability lot code source",
    "Traceability lot code source description",
    "Reference document type",
    "Reference document number",
    "Harvest date",
    "Field or growing area",
    "Logistic unit",
    "Event ID",
)
"""The headers, in order."""

_STEPS: Final = {
    "harvesting": "Harvesting",
    "harvest": "Harvesting",
    "cooling": "Cooling",
    "packing": "Initial packing",
    "initialpacking": "Initial packing",
    "commissioning": "Initial packing",
    "creatingclassinstance": "Initial packing",
    "landing": "First land-based receiving",
    "firstlandbasedreceiving": "First land-based receiving",
    "shipping": "Shipping",
    "receiving": "Receiving",
    "accepting": "Receiving",
}
"""The last word of a business step, and the critical tracking event that it is; the checks see the same."""

_TLC_SOURCE: Final = (
    "tlcsource",
    "tlcsourcereference",
    "traceabilitylotcodesource",
    "traceabilitylotcodesourcereference",
)
_HARVEST: Final = ("harvestdate", "harvestenddate", "harveststartdate", "dateofharvest", "dateofharvesting")
_FIELD: Final = (
    "field", "fieldname", "farmfield", "farmfieldname", "growingarea", "growingareaname", "growingareacoordinates",
    "container", "containername", "pond", "pool",
)  # fmt: skip
_LOT_CODE: Final = ("traceabilitylotcode", "tlc", "lotnumber", "batchlot", "batchnumber")
_DESCRIPTION: Final = ("descriptionShort", "name", "regulatedProductName")
_ADDRESS: Final = (
    "name",
    "streetAddressOne",
    "streetAddressTwo",
    "city",
    "state",
    "postalCode",
    "countryCode",
    "phone",
)
_FROM: Final = ("location", "possessing_party", "owning_party")
_DEPTH: Final = 8
_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):([0-9]{2})").fullmatch
_SPLIT: Final = re.compile("[:/#]").split
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Fsma204:
    """Makes the rows; remembers what is in which container and the lots of serial numbers."""

    def __init__(self, known: HeaderData) -> None:
        self._known = known
        self._contents: dict[str, dict[str, dict[str, Any]]] = {}
        self._lots: dict[str, str] = {}

    def rows(self, events: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
        """The rows of each event, in the order of the events."""
        for event in events:
            self._remember(event)
            name = _tracking_event(event)
            if name is not None:
                yield from self._event_rows(event, name)

    def _remember(self, event: dict[str, Any]) -> None:
        lot = (event.get("ilmd") or {}).get("cbvmda:lotNumber")
        if isinstance(lot, str):
            for name in ("epcList", "outputEPCList"):
                self._lots.update(dict.fromkeys(event.get(name, ()), lot))
        parent = event.get("parentID")
        if event.get("type") != "AggregationEvent" or parent is None:
            return
        children = {
            str(view["object"]["id"]): view["object"]
            for view in object_view(event)
            if view.get("object", {}).get("role") != "parentID"
        }
        if event.get("action") == "ADD":
            self._contents.setdefault(parent, {}).update(children)
        elif event.get("action") == "DELETE":
            for child in children or list(self._contents.get(parent, ())):
                self._contents.get(parent, {}).pop(child, None)

    def _event_rows(self, event: dict[str, Any], name: str) -> Iterator[list[Any]]:
        shared = self._shared(event)
        made = "made" if name == "Transformation" else ""
        views: dict[str, list[dict[str, Any]]] = {"used": [], made: []}
        for view in object_view(event):
            if "object" in view:
                views["used" if view["object"]["role"].startswith("input") else made].append(view)
        for use, found in views.items():
            for lot, unit in self._unfolded([view["object"] for view in found]):
                yield self._row((name, use, unit), lot, shared, found[0])

    def _unfolded(self, things: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
        """The lots of things with the container they are in; serial numbers of a lot are counted."""
        found: dict[tuple[str, str, str], tuple[dict[str, Any], str]] = {}
        pending = deque((thing, "", 0) for thing in things)
        while pending:
            item, unit, depth = pending.popleft()
            inside = self._contents.get(item["id"])
            if inside and depth < _DEPTH:
                pending.extend((child, unit or item["id"], depth + 1) for child in inside.values())
                continue
            lot = item.get("lot") or self._lots.get(item["id"], "")
            single = "serial" in item and "gtin" in item
            name = (item.get("gtin", "") + lot if single else item["id"], str(item.get("uom", "")), unit)
            if name in found:
                earlier = found[name][0]
                count = (item.get("quantity") or Decimal(1)) if single else item.get("quantity")
                total = None if count is None or earlier.get("quantity") is None else earlier["quantity"] + count
                found[name] = ({**earlier, "quantity": total}, unit)
            else:
                count = Decimal(1) if single else item.get("quantity")
                found[name] = ({**item, "lot": lot, "quantity": count}, unit)
        return list(found.values())

    def _shared(self, event: dict[str, Any]) -> dict[str, Any]:
        """What all rows of an event have in common."""
        place = plain_text(event.get("readPoint") or event.get("bizLocation") or "")
        documents = event.get("bizTransactionList", ())
        return {
            "date": _local_date(event),
            "place": place,
            "from": _party(event.get("sourceList", ()), "source"),
            "to": _party(event.get("destinationList", ()), "destination"),
            "type": "; ".join(str(entry.get("type", "")) for entry in documents),
            "number": "; ".join(_number(str(entry.get("bizTransaction", ""))) for entry in documents),
            "source": _named(event, _TLC_SOURCE),
            "harvest": _named(event, _HARVEST),
            "field": _named(event, _FIELD),
            "id": str(event.get("eventID", "")),
        }

    def _row(
        self, marks: tuple[str, str, str], thing: dict[str, Any], shared: dict[str, Any], view: dict[str, Any]
    ) -> list[Any]:
        name, use, unit = marks
        gtin = thing.get("gtin", "")
        lot = thing.get("lot", "") or ("" if "sscc" in thing else _named(view, _LOT_CODE))
        code = f"(01){gtin}(10){lot}" if gtin and lot else lot
        if not gtin and not lot and thing["level"] == "opaque":
            code = thing["id"]
        quantity = thing.get("quantity")
        product = next(filter(None, (self._known.get(thing["id"], word) for word in _DESCRIPTION)), "")
        return [
            name,
            code,
            use,
            gtin,
            lot,
            product or _named(view.get("ilmd") or {}, ("descriptionshort", "description", "productdescription")),
            "" if quantity is None else quantity,
            thing.get("uom", ""),
            shared["date"],
            shared["place"],
            self._described(shared["place"]),
            shared["from"],
            self._described(shared["from"]),
            shared["to"],
            self._described(shared["to"]),
            shared["source"],
            self._described(shared["source"]),
            shared["type"],
            shared["number"],
            shared["harvest"],
            shared["field"],
            unit or (thing["id"] if "sscc" in thing else ""),
            shared["id"],
        ]

    def _described(self, place: str) -> str:
        """Name and address of a place, as far as the master data of the header tells them."""
        if not place:
            return ""
        return ", ".join(filter(None, (self._known.get(place, word) for word in _ADDRESS)))


def _tracking_event(event: dict[str, Any]) -> str | None:
    """Which critical tracking event it is; ``None`` for other events."""
    if event.get("type") == "TransformationEvent":
        return "Transformation"
    step = _SPLIT(str(event.get("bizStep", "")))[-1].casefold().replace("_", "").replace("-", "")
    name = _STEPS.get(step) if event.get("type") == "ObjectEvent" else None
    born = name == "Initial packing" and "pack" not in step
    return None if born and event.get("action") != "ADD" else name


def _local_date(event: dict[str, Any]) -> str:
    """The date that the calendar at the place of the event showed."""
    text = str(event.get("eventTime", ""))
    offset = _OFFSET(str(event.get("eventTimeZoneOffset", "")))
    if offset is None:
        return text[:10]
    shift = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    moment = _START + timedelta(seconds=Timestamp.parse(text).epoch_us // 1_000_000)
    return (moment - shift if offset[1] == "-" else moment + shift).date().isoformat()


def _party(entries: Any, name: str) -> str:
    """The place of a source or destination where it is told, else the party."""
    by_type = {str(entry.get("type", "")): str(entry.get(name, "")) for entry in entries}
    return next((by_type[kind] for kind in _FROM if kind in by_type), next(iter(by_type.values()), ""))


def _number(transaction: str) -> str:
    """The number of a document without the marks of its URI."""
    return transaction.rsplit(":", 1)[-1] if transaction.startswith("urn:") else transaction


def _named(members: dict[str, Any], names: tuple[str, ...]) -> str:
    """The first foreign member of that local name, in whatever namespace, of the event or its ILMD."""
    for scope in (members, members.get("ilmd") or {}):
        for wanted in names:
            for name, value in scope.items():
                if ":" in name and name.rsplit(":", 1)[-1].lower() == wanted:
                    return plain_text(value)
    return ""
