"""Rules for tobacco products in the European Union (Implementing Regulation 2018/574).

Takes a :class:`~epcis_kit.validate.rules.Look`; yields problems. Guarantees: unit packets are told from aggregated
packaging by what holds what in the document, and only where they come into being; codes of operators, facilities and
machines are looked at only where they are told, in any namespace.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.extension_values import anywhere, ilmd_of, text_of
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_GTIN: Final = "https://id.gs1.org/01/"
_CODES: Final = {
    "eoid": "EOID",
    "eo_id": "EOID",
    "economicoperatoridentifier": "EOID",
    "fid": "FID",
    "f_id": "FID",
    "facilityidentifier": "FID",
    "mid": "MID",
    "m_id": "MID",
    "machineidentifier": "MID",
}
# letters, digits and the signs of the invariant set of ISO 646, at most 50 of them
_CODE: Final = re.compile(r"[A-Za-z0-9%&'()*+\-./:;<=>?_!\"]{2,50}").fullmatch


@rule("TOB-001", moments=("event", "end"))
def identifiers_of_the_regulation(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "end":
        for key, (index, path, text) in memory.get("items", {}).items():
            if key not in memory["parents"]:
                yield problem("packet", path, event_index=index, value=text)
        return
    event = look.event
    if not memory:
        memory.update(items={}, parents=set())
    parent = look.mentions.parent
    if parent is not None and event.type == "AggregationEvent":
        memory["parents"].add(parent.key.key)
    made = event.type == "TransformationEvent" or (event.type, getattr(event, "action", "")) == ("ObjectEvent", "ADD")
    for mention in look.mentions.objects if made else ():
        serial = mention.key.level == "instance" and (mention.key.class_key or "").startswith(_GTIN)
        if serial and not mention.field.startswith("input") and "/21/" in mention.key.key:
            memory["items"].setdefault(mention.key.key, (look.index, mention.path, mention.text))
    for part, path in ((ilmd_of(event), "ilmd"), (event.extensions, "")):
        for place, found in anywhere(part, *_CODES, path=path):
            text = text_of(found)
            if _CODE(text) is None:
                name = _CODES[found.name.rpartition(":")[2].casefold()]
                yield problem("code", place, value=text or "nothing", name=name)
    if event.read_point is None and event.biz_location is None:
        told = {_CODES[found.name.rpartition(":")[2].casefold()] for _, found in anywhere(event.extensions, *_CODES)}
        if "FID" not in told:
            yield problem("facility", "")
