"""Rules of the US food traceability rule (FSMA section 204; 21 CFR part 1, subpart S).

Takes a :class:`~epcis_kit.validate.rules.Look`; yields problems. Guarantees: which critical tracking event (CTE) an
event is, is told by the last word of its business step and by its type; other events are left alone. A logistic unit
needs no lot of its own: what is inside tells. Key data elements that EPCIS has no field for are found by their names in
any namespace.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.validate.extension_values import anywhere, ilmd_of, text_of
from epcis_kit.validate.master_data import product_key
from epcis_kit.validate.rules import problem, rule
from epcis_kit.validate.rules_masterdata import own_data
from epcis_kit.validate.rules_partner import gln_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event
    from epcis_kit.validate.master_data import Place, Product
    from epcis_kit.validate.mentions import Mention
    from epcis_kit.validate.rules import Look, Problem

__all__ = ["tracking_event"]

_STEPS: Final = {
    "harvesting": "harvesting",
    "harvest": "harvesting",
    "cooling": "cooling",
    "packing": "initial packing",
    "initialpacking": "initial packing",
    "commissioning": "initial packing",
    "creatingclassinstance": "initial packing",
    "landing": "first land-based receiving",
    "firstlandbasedreceiving": "first land-based receiving",
    "shipping": "shipping",
    "receiving": "receiving",
    "accepting": "receiving",
}
_LOTS: Final = frozenset({"initial packing", "first land-based receiving", "shipping", "receiving", "transformation"})
_ASSIGNING: Final = frozenset({"initial packing", "first land-based receiving", "transformation"})
_TLC: Final = ("traceabilitylotcode", "tlc", "lotnumber", "batchlot", "batchnumber")
_TLC_SOURCE: Final = (
    "tlcsource",
    "tlcsourcereference",
    "traceabilitylotcodesource",
    "traceabilitylotcodesourcereference",
)
_HARVEST_DATES: Final = ("harvestdate", "harveststartdate", "harvestenddate", "dateofharvest", "dateofharvesting")
_FIELDS: Final = (
    "field",
    "fieldname",
    "farmfield",
    "farmfieldname",
    "growingarea",
    "growingareaname",
    "growingareacoordinates",
    "container",
    "containername",
    "pond",
    "pool",
)
_ADDRESS: Final = ("streetAddressOne", "city", "latitude", "geo", "address", "address1", "geoLocation")
_GTIN: Final = "https://id.gs1.org/01/"


def tracking_event(event: Event) -> str:
    """Which CTE an event is, in the words of the rule; ``""`` where it is none."""
    if event.type == "TransformationEvent":
        return "transformation"
    if event.type != "ObjectEvent" or event.biz_step is None:
        return ""
    step = _STEPS.get(re.split(r"[:/#]", event.biz_step)[-1].casefold().replace("_", "").replace("-", ""), "")
    if step == "initial packing" and getattr(event, "action", "") != "ADD" and "pack" not in event.biz_step.casefold():
        return ""
    return step


def _goods(look: Look, kind: str) -> list[Mention]:
    """The goods of the event; of a transformation what it makes. Logistic units and assets are left out."""
    found = [mention for mention in (*look.mentions.objects, *look.mentions.classes) if mention.field != "parentID"]
    if kind == "transformation":
        found = [mention for mention in found if mention.field.startswith("output")]
    return [mention for mention in found if mention.key.level == "opaque" or mention.key.key.startswith(_GTIN)]


def _told(event: Event, *names: str) -> bool:
    return any(text_of(found) for part in (ilmd_of(event), event.extensions) for _, found in anywhere(part, *names))


@rule("FSM-001", types=("ObjectEvent", "TransformationEvent"), moments=("event",))
def lot_code_given(look: Look) -> Iterator[Problem]:
    event = look.event
    kind = tracking_event(event)
    if kind not in _LOTS or _told(event, *_TLC):
        return
    for mention in _goods(look, kind):
        serial = mention.key.level == "instance" and mention.key.class_key is not None
        if mention.key.level == "class" or (serial and kind in _ASSIGNING):
            yield problem("default", mention.path, value=mention.text, kind=kind)


@rule("FSM-002", types=("ObjectEvent", "TransformationEvent"), moments=("event",))
def amounts_whole(look: Look) -> Iterator[Problem]:
    kind = tracking_event(look.event)
    if not kind:
        return
    for mention in look.mentions.classes:
        element = mention.element
        assert element is not None
        for name, value in (("quantity", element.quantity), ("uom", element.uom)):
            if value is None:
                path = mention.path.removesuffix("/epcClass")
                yield problem("default", path, value=mention.text, kind=kind, expected=name)


@rule("FSM-003", types=("ObjectEvent", "TransformationEvent"), moments=("event", "end"))
def products_described(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        kind = tracking_event(look.event)
        if kind:
            for mention in _goods(look, kind):
                key = mention.key.class_key or product_key(mention.text)
                memory.setdefault(key, (look.index, mention.path))
        return
    for key, (index, path) in memory.items():
        product: Product | None = own_data(look).products.get(key)
        if product is None and look.master_data is not None:
            product = look.master_data.products.get(key)
        if product is None:
            yield problem("absent", path, event_index=index, value=key.removeprefix(_GTIN))
        elif not product.name:
            yield problem("name", path, event_index=index, value=key.removeprefix(_GTIN))


@rule("FSM-004", types=("ObjectEvent", "TransformationEvent"), moments=("event",))
def places_described(look: Look) -> Iterator[Problem]:
    event = look.event
    kind = tracking_event(event)
    if not kind:
        return
    own = [
        (place.id, name)
        for place, name in ((event.biz_location, "bizLocation"), (event.read_point, "readPoint"))
        if place
    ]
    sources = [(item.source, f"sourceList/{number}/source") for number, item in enumerate(event.source_list)]
    targets = [
        (item.destination, f"destinationList/{number}/destination")
        for number, item in enumerate(event.destination_list)
    ]
    if kind == "shipping":
        needed = [("ship_from", sources or own, ""), ("ship_to", targets, "")]
    elif kind == "receiving":
        needed = [("previous", sources, ""), ("place", own or targets, "")]
    else:
        needed = [("place", own, "")]
    for key, named, path in needed:
        if not named:
            yield problem(key, path, kind=kind)
        elif not any(_described(look, text) for text, _ in named):
            yield problem("undescribed", named[0][1], value=named[0][0], kind=kind)


def _described(look: Look, text: str) -> bool:
    """A GLN, coordinates or a web address lead to a description; other identifiers need one in the master data."""
    if gln_of(text) or text.startswith(("geo:", "http")):
        return True
    place: Place | None = own_data(look).place(text)
    if place is None and look.master_data is not None:
        place = look.master_data.place(text)
    return place is not None and bool(place.name) and any(place.attributes.get(name) for name in _ADDRESS)


@rule("FSM-005", types=("ObjectEvent", "TransformationEvent"))
def lot_source_given(look: Look) -> Iterator[Problem]:
    """Where this document tells who made a lot, later events of the document need not say it again."""
    if look.moment != "event":
        return
    event = look.event
    kind = tracking_event(event)
    if kind not in _LOTS:
        return
    goods = _goods(look, kind)
    if _told(event, *_TLC_SOURCE):
        look.memory.update(dict.fromkeys((mention.key.key for mention in goods), True))
        return
    if kind in _ASSIGNING:
        if event.biz_location is None and event.read_point is None:
            yield problem("assigned", "", kind=kind)
        look.memory.update(dict.fromkeys((mention.key.key for mention in goods), True))
        return
    for mention in goods:
        if mention.key.key not in look.memory and mention.element is not None:
            look.memory[mention.key.key] = True
            yield problem("default", mention.path, value=mention.text, kind=kind)


@rule("FSM-006", types=("ObjectEvent", "TransformationEvent"), moments=("event",))
def reference_document(look: Look) -> Iterator[Problem]:
    kind = tracking_event(look.event)
    if not kind:
        return
    found = look.event.biz_transaction_list
    if not found and not _told(look.event, "referencedocument", "referencedocumentnumber", "referencerecordnumber"):
        yield problem("none", "", kind=kind)
    for number, item in enumerate(found):
        if not item.type:
            yield problem("type", f"bizTransactionList/{number}", value=item.biz_transaction, kind=kind)


@rule("FSM-007", types=("TransformationEvent",), moments=("event",))
def new_lot_made(look: Look) -> Iterator[Problem]:
    used: dict[str, Any] = {}
    for mention in (*look.mentions.objects, *look.mentions.classes):
        if mention.field.startswith("input"):
            used.setdefault(mention.key.key, mention)
            if mention.key.level == "class":
                yield problem("input", mention.path, value=mention.text)
    for mention in look.mentions.classes:
        earlier = used.get(mention.key.key)
        if mention.field.startswith("output") and earlier is not None:
            yield problem("reused", mention.path, related=((look.index, earlier.path),), value=mention.text)


@rule("FSM-008", types=("ObjectEvent", "TransformationEvent"))
def lot_assigned_where_allowed(look: Look) -> Iterator[Problem]:
    """A lot that nobody assigned is only noticed where the whole story is told."""
    if look.moment != "event":
        return
    event = look.event
    kind = tracking_event(event)
    if not kind:
        return
    lots = [mention for mention in _goods(look, kind) if mention.key.level == "lot"]
    if kind in _ASSIGNING:
        look.memory.update(dict.fromkeys((mention.key.key for mention in lots), True))
        return
    for mention in lots:
        if mention.key.key in look.memory:
            continue
        look.memory[mention.key.key] = True
        if getattr(event, "action", "") == "ADD":
            yield problem("default", mention.path, value=mention.text, kind=kind)
        elif look.complete and kind == "shipping" and not _known_before(look, mention.key.key):
            yield problem("unassigned", mention.path, value=mention.text, kind=kind)


def _known_before(look: Look, key: str) -> bool:
    return look.history is not None and any(True for _ in look.history.about(key))


@rule("FSM-009", types=("ObjectEvent",), moments=("event",))
def harvest_told(look: Look) -> Iterator[Problem]:
    event = look.event
    kind = tracking_event(event)
    if kind not in {"harvesting", "initial packing"} or not _goods(look, kind):
        return
    place = event.read_point.id if event.read_point is not None else ""
    if not place.startswith("geo:") and not _told(event, *_FIELDS):
        yield problem("field", "", kind=kind)
    if kind == "initial packing" and not _told(event, *_HARVEST_DATES):
        yield problem("date", "ilmd" if ilmd_of(event) else "", kind=kind)


@rule("FSM-010", types=("ObjectEvent", "TransformationEvent"), moments=("event", "end"))
def packet_complete(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        if tracking_event(look.event):
            for mention in look.mentions.places:
                memory.setdefault(mention.text, (look.index, mention.path))
        return
    for text, (index, path) in memory.items():
        known = own_data(look).place(text) or (None if look.master_data is None else look.master_data.place(text))
        if known is None and not text.startswith("geo:"):
            yield problem("default", path, event_index=index, value=text)
