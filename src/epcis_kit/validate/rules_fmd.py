"""Rules for medicines that wholesalers announce to hospitals in the European Union (FMD aggregation message).

Takes a :class:`~epcis_kit.validate.rules.Look`; yields problems. Guarantees: logistic units need neither lot nor expiry
nor a serial number of a product; a document without medicines is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from epcis_kit.validate.extension_values import ilmd_of, said
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_GTIN: Final = "https://id.gs1.org/01/"


@rule("FMD-001", moments=("event",))
def identifiers_complete(look: Look) -> Iterator[Problem]:
    event = look.event
    action = getattr(event, "action", "")
    if event.type == "ObjectEvent" and event.biz_step == "commissioning" and action == "ADD":
        for mention in look.mentions.classes:
            yield problem("serial", mention.path, value=mention.text)
        packs = [each for each in look.mentions.objects if (each.key.class_key or "").startswith(_GTIN)]
        if packs:
            ilmd = ilmd_of(event)
            if not said(ilmd, "lotnumber"):
                yield problem("lot", "ilmd" if ilmd else "", value=packs[0].text)
            if not said(ilmd, "itemexpirationdate"):
                yield problem("expiry", "ilmd" if ilmd else "", value=packs[0].text)
    elif event.type == "AggregationEvent" and event.biz_step == "packing" and action == "ADD":
        for mention in look.mentions.classes:
            yield problem("serial", mention.path, value=mention.text)
    elif event.type == "ObjectEvent" and event.biz_step == "shipping":
        for mention in look.mentions.classes:
            yield problem("serial", mention.path, value=mention.text)
        if not event.destination_list:
            yield problem("receiver", "")
