"""Rules of the GS1 US guideline for the Drug Supply Chain Security Act (DSCSA).

Takes a :class:`~epcis_kit.validate.rules.Look`; yields problems. Guarantees: what the guideline asks of a shipment is
asked of documents that tell a shipment, and of no others; logistic units need neither lot nor expiry; one drug code may
stand for several GTINs; nobody is asked for a transaction history. Names of the guideline's own elements are found in
any namespace and prefix.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.check_digits import check_mod10
from epcis_kit.validate.extension_values import anywhere, first, ilmd_of, named, said, text_of
from epcis_kit.validate.rules import problem, rule
from epcis_kit.validate.rules_masterdata import own_data
from epcis_kit.validate.rules_partner import gln_of, is_gln

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from epcis_kit.model import Extension
    from epcis_kit.validate.rules import Look, Problem

__all__ = ["LOCATION_ATTRIBUTES", "PRODUCT_ATTRIBUTES"]

PRODUCT_ATTRIBUTES: Final = (
    "additionalTradeItemIdentification",
    "additionalTradeItemIdentificationTypeCode",
    "regulatedProductName",
    "manufacturerOfTradeItemPartyName",
    "dosageFormType",
    "strengthDescription",
    "netContentDescription",
)
"""What the guideline asks for of each product."""

LOCATION_ATTRIBUTES: Final = ("name", "streetAddressOne", "city", "state", "postalCode", "countryCode")
"""What it asks for of each owner and place."""

_GTIN: Final = "https://id.gs1.org/01/"
_SSCC: Final = "https://id.gs1.org/00/"
_TRANSACTION: Final = re.compile(r"urn:epcglobal:cbv:bt:([0-9]{13}):(.+)").fullmatch
_DOCUMENT_KEY: Final = re.compile(r"urn:epc:id:gdti:.+|https?://.+/(?:253|8013)/.+").fullmatch
_RELEASE: Final = re.compile(r"R?\s*([0-9]+\.[0-9]+)\s*$", re.IGNORECASE).search
_STATED: Final = {"true": True, "1": True, "false": False, "0": False}
_STATE_COUNTRIES: Final = frozenset({"US", ""})


def _shipping(look: Look) -> bool:
    return look.moment == "event" and look.event.biz_step == "shipping"


def _head(look: Look) -> tuple[Extension, ...]:
    header = look.document.header
    return (*(() if header is None else header.extensions), *look.document.extensions)


# -- the head of the document


@rule("DSC-001", moments=("event", "end"))
def statement_given(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        if look.event.biz_step == "shipping":
            memory.setdefault("shipping", look.index)
            if "event" not in memory and first(look.event.extensions, "dscsatransactionstatement") is not None:
                memory["event"] = look.index
        return
    if "shipping" not in memory:
        return
    found = first(_head(look), "dscsatransactionstatement")
    if found is None:
        if "event" in memory:
            yield problem("in_event", "", event_index=memory["event"])
        else:
            yield problem("absent", "epcisHeader")
        return
    path = f"epcisHeader/{_written(found)}"
    part = first(found.children, "affirmtransactionstatement")
    affirmed = "" if part is None else text_of(part)
    if affirmed.casefold() not in {"true", "1"}:
        yield problem("not_affirmed", path if part is None else f"{path}/{_written(part)}", value=affirmed or "nothing")
    if not said(found.children, "legalnotice"):
        yield problem("no_notice", path)


def _written(extension: Extension) -> str:
    return f"{extension.prefix}:{extension.name}" if extension.prefix else extension.name


@rule("DSC-002", moments=("event", "end"))
def guideline_known(look: Look) -> Iterator[Problem]:
    if look.moment == "event":
        if look.event.biz_step == "shipping":
            look.memory["shipping"] = True
        return
    versions = look.parameters["versions"]
    if look.document.kind != "event" and look.document.version not in versions:
        yield problem("epcis", "schemaVersion", value=look.document.version, expected=" or ".join(versions))
    found = first(_head(look), "guidelineversion")
    known = look.parameters["releases"]
    if found is None:
        if "shipping" in look.memory:
            yield problem("absent", "epcisHeader", expected=f"GS1 US DSCSA R{known[-1]}")
        return
    release = _RELEASE(text_of(found))
    if release is None or release[1] not in known:
        yield problem(
            "release",
            f"epcisHeader/{_written(found)}",
            value=text_of(found),
            expected=", ".join(map("R{}".format, known)),
        )


# -- the shipment


@rule("DSC-003")
def shipment_form(look: Look) -> Iterator[Problem]:
    """The state of containment is kept over the document, so that units inside shipped ones are known."""
    if look.moment != "event":
        return
    event, inside = look.event, look.memory
    if event.type == "AggregationEvent":
        _contain(look, inside)
    if event.biz_step != "shipping":
        return
    if event.type != "ObjectEvent":
        yield problem("type", "type", value=event.type)
        return
    if event.disposition is not None and event.disposition != "in_transit":
        yield problem("disposition", "disposition", value=event.disposition)
    shipped = {mention.key.key for mention in look.mentions.objects}
    for mention in look.mentions.objects:
        holder, steps = inside.get(mention.key.key), 0
        while holder is not None and holder[0] not in shipped and steps < 16:
            holder, steps = inside.get(holder[0]), steps + 1
        if holder is not None and holder[0] in shipped:
            yield problem("nested", mention.path, related=((holder[1], "parentID"),), value=mention.text)


def _contain(look: Look, inside: dict[str, Any]) -> None:
    parent = look.mentions.parent
    action = getattr(look.event, "action", "")
    if parent is None or action == "OBSERVE":
        return
    children = [mention.key.key for mention in look.mentions.objects if mention.field == "childEPCs"]
    if action == "ADD":
        place = (parent.key.key, look.index)
        for child in children:
            inside[child] = place
    else:
        for child in children or [key for key, place in inside.items() if place[0] == parent.key.key]:
            inside.pop(child, None)


@rule("DSC-004")
def owners_and_places(look: Look) -> Iterator[Problem]:
    if not _shipping(look):
        return
    event = look.event
    for name, attribute, items in (
        ("sourceList", "source", [(item.type, item.source) for item in event.source_list]),
        ("destinationList", "destination", [(item.type, item.destination) for item in event.destination_list]),
    ):
        kinds = {kind for kind, _ in items}
        for kind in ("owning_party", "location"):
            if kind not in kinds:
                yield problem("missing", name if items else "", list=name, expected=kind)
        for number, (kind_of, text) in enumerate(items):
            if kind_of in {"owning_party", "location"} and not is_gln(text):
                yield problem("not_sgln", f"{name}/{number}/{attribute}", list=name, kind=kind_of, value=text)


@rule("DSC-005")
def business_documents(look: Look) -> Iterator[Problem]:
    if not _shipping(look):
        return
    found = look.event.biz_transaction_list
    kinds = {item.type for item in found}
    if "po" not in kinds:
        yield problem("no_order", "bizTransactionList" if found else "")
    despatch = look.parameters["despatch"]
    if not kinds.intersection(despatch):
        yield problem("no_despatch", "bizTransactionList" if found else "", expected=" or ".join(despatch))
    for number, item in enumerate(found):
        path = f"bizTransactionList/{number}/bizTransaction"
        text = item.biz_transaction
        form = _TRANSACTION(text)
        if form is not None:
            try:
                check_mod10(form[1], what="GLN", ai="414")
            except IdentifierError as fault:
                yield problem("gln", path, value=text, reason=fault.reason)
        elif not _DOCUMENT_KEY(text):
            yield problem("form", path, value=text)


@rule("DSC-006", types=("ObjectEvent",))
def units_described(look: Look) -> Iterator[Problem]:
    event = look.event
    if look.moment != "event" or event.biz_step != "commissioning" or getattr(event, "action", "") != "ADD":
        return
    serials = next((each for each in look.mentions.objects if (each.key.class_key or "").startswith(_GTIN)), None)
    lots = next((each for each in look.mentions.classes if (each.key.class_key or "").startswith(_GTIN)), None)
    if serials is None and lots is None:
        return  # logistic units
    ilmd = ilmd_of(event)
    path = "ilmd" if ilmd else ""
    if serials is not None and not said(ilmd, "lotnumber"):
        yield problem("lot", path, value=serials.text)
    if not said(ilmd, "itemexpirationdate"):
        yield problem("expiry", path, value=(serials or lots or look.mentions.objects[0]).text)


@rule("DSC-013", moments=("event", "end"))
def shipment_resolves(look: Look) -> Iterator[Problem]:
    """What is inside each unit, and what was commissioned, is kept over the document."""
    memory = look.memory
    if look.moment == "event":
        if not memory:
            memory.update(commissioned=set(), content={}, shipped={})
        event = look.event
        action = getattr(event, "action", "")
        if event.type == "ObjectEvent" and action == "ADD":
            memory["commissioned"].update(mention.key.key for mention in look.mentions.objects)
        elif event.type == "AggregationEvent" and action == "ADD" and look.mentions.parent is not None:
            inside = memory["content"].setdefault(look.mentions.parent.key.key, [])
            inside.extend(each.key.key for each in look.mentions.objects if each.field == "childEPCs")
            if look.mentions.classes:
                inside.append("")  # amounts of a lot need no commissioning of their own
        elif event.biz_step == "shipping":
            for mention in look.mentions.objects:
                memory["shipped"].setdefault(mention.key.key, (look.index, mention.path, mention.text))
        return
    for key, (index, path, text) in memory.get("shipped", {}).items():
        missing = _unresolved(look, key, memory["commissioned"], memory["content"])
        if missing == key:
            yield problem("unit" if key.startswith(_SSCC) else "item", path, event_index=index, value=text)
        elif missing:
            yield problem("inside", path, event_index=index, value=text, inside=missing)


def _unresolved(look: Look, key: str, commissioned: set[str], content: Mapping[str, list[str]]) -> str:
    """The first unit in ``key``, itself included, that was neither commissioned nor filled; ``""`` for none."""
    pending, seen = [key], set()
    while pending:
        unit = pending.pop()
        if unit in seen or not unit:
            continue
        seen.add(unit)
        inside = content.get(unit, ())
        pending.extend(inside)
        known = bool(inside) if unit.startswith(_SSCC) else unit in commissioned
        if not known:
            earlier = () if look.history is None else look.history.about(unit)
            if not any(getattr(event, "action", "") == "ADD" for event in earlier):
                return unit
    return ""


# -- master data


@rule("DSC-007", moments=("event", "end"))
def products_described(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        if look.event.biz_step == "shipping":
            memory["shipping"] = True
        products = memory.setdefault("products", {})
        for mention in (*look.mentions.objects, *look.mentions.classes):
            key = mention.key.class_key
            if key is not None and key not in products and key.startswith(_GTIN):
                products[key] = (look.index, mention.path)
        return
    own = own_data(look).products
    for key, (index, path) in memory.get("products", {}).items() if "shipping" in memory else ():
        if key not in own and (look.master_data is None or key not in look.master_data.products):
            yield problem("absent", path, event_index=index, value=key[len(_GTIN) :])
    for key, product in own.items():
        if not key.startswith(_GTIN):
            continue
        for name in PRODUCT_ATTRIBUTES:
            if not product.attributes.get(name):
                yield problem("missing", product.origin, value=key[len(_GTIN) :], attribute=name)


@rule("DSC-008", moments=("event", "end"))
def places_described(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        if look.event.biz_step == "shipping":
            for number, source in enumerate(look.event.source_list):
                memory.setdefault(source.source, (look.index, f"sourceList/{number}/source", source.type))
            for number, item in enumerate(look.event.destination_list):
                memory.setdefault(item.destination, (look.index, f"destinationList/{number}/destination", item.type))
        return
    own = own_data(look)
    for text, (index, path, kind) in memory.items():
        if kind not in {"owning_party", "location"}:
            continue
        place = own.place(text) or (None if look.master_data is None else look.master_data.place(text))
        if place is None:
            yield problem("absent", path, event_index=index, value=text)
            continue
        here = place.origin.startswith("epcisHeader/")
        for name in LOCATION_ATTRIBUTES:
            abroad = name == "state" and place.country not in _STATE_COUNTRIES
            if not place.attributes.get(name) and not abroad:
                yield problem(
                    "missing",
                    place.origin if here else path,
                    event_index=None if here else index,
                    value=text,
                    attribute=name,
                )


# -- what is only advised


@rule("DSC-009")
def drop_shipment_said(look: Look) -> Iterator[Problem]:
    if not _shipping(look):
        return
    found = next(named(look.event.extensions, "dropshipment"), None)
    if found is None:
        yield problem("absent", "")
    elif text_of(found).casefold() not in _STATED:
        yield problem("value", _written(found), value=text_of(found) or "nothing")


@rule("DSC-010", moments=("event", "end"))
def in_time(look: Look) -> Iterator[Problem]:
    if look.moment == "event":
        if look.event.biz_step == "shipping":
            look.memory.setdefault("first", (look.index, look.event.event_time))
            look.memory["last"] = (look.index, look.event.event_time)
        return
    if not look.memory:
        return
    years, days = look.parameters["retention_years"], look.parameters["late_days"]
    index, when = look.memory["first"]
    if look.now - when.as_datetime() > dt.timedelta(days=365.25 * years):
        yield problem("old", "eventTime", event_index=index, value=when.text, years=years)
    created = look.document.creation_date
    index, when = look.memory["last"]
    if created is not None and created.as_datetime() - when.as_datetime() > dt.timedelta(days=days):
        yield problem("late", "eventTime", event_index=index, value=when.text, created=created.text, days=days)


@rule("DSC-011")
def partners_authorised(look: Look) -> Iterator[Problem]:
    if not _shipping(look) or look.master_data is None:
        return
    if "listed" not in look.shared:
        look.shared["listed"] = any(place.authorised is not None for place in look.master_data.places.values())
    if not look.shared["listed"]:
        return
    day = look.event.event_time.as_datetime().date()
    owners = [(item.source, f"sourceList/{n}/source", item.type) for n, item in enumerate(look.event.source_list)]
    owners += [
        (item.destination, f"destinationList/{n}/destination", item.type)
        for n, item in enumerate(look.event.destination_list)
    ]
    for text, path, kind in owners:
        if kind != "owning_party" or not gln_of(text) or text in look.memory:
            continue
        look.memory[text] = True
        party = look.master_data.party(text)
        if party is None or party.authorised is None:
            yield problem("unlisted", path, value=text)
        elif not party.authorised:
            yield problem("refused", path, value=text, name=party.name or text)
        elif party.authorised_until is not None and party.authorised_until < day:
            yield problem(
                "ended", path, value=text, name=party.name or text, expected=party.authorised_until.isoformat()
            )


@rule("DSC-012", moments=("event", "end"))
def no_history_needed(look: Look) -> Iterator[Problem]:
    if look.moment == "event":
        place = next(anywhere(look.event.extensions, "transactionhistory", "transactionhistorylist"), None)
        if place is not None and not look.memory:
            look.memory["told"] = True
            yield problem("default", place[0])
        return
    place = next(anywhere(_head(look), "transactionhistory", "transactionhistorylist"), None)
    if place is not None and not look.memory:
        yield problem("default", f"epcisHeader/{place[0]}")
