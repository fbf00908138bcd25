"""Events by few words, for tests of the store and of traces.

``make_event("A", 9, "ADD", parentID="p01", childEPCs=["i1", "i2"])`` packs items 1 and 2 into logistic unit 01 at nine.
"""

from __future__ import annotations

from typing import Any

from epcis_kit.model import Event, build_event

SERIAL = "urn:epc:id:sgtin:9521103.012345."
LOT = "urn:epc:class:lgtin:9521103.012345."
UNIT = "urn:epc:id:sscc:9521103.00000000"


def identifier(word: str) -> str:
    """``i7``: an item with serial number 7; ``l7``: lot 7; ``p07``: logistic unit 07; anything else is itself."""
    if word[:1] == "i" and word[1:].isdigit():
        return SERIAL + word[1:]
    if word[:1] == "l" and word[1:].isdigit():
        return LOT + word[1:]
    if word[:1] == "p" and len(word) == 3 and word[1:].isdigit():
        return UNIT + word[1:]
    return word


def as_written(name: str, value: Any) -> Any:
    """A field of an event with its words as identifiers; quantities are tuples of word, amount and unit."""
    if name.lower().endswith(("quantity_list", "quantitylist")):
        return [
            {"epcClass": identifier(word), "quantity": amount, "uom": uom[0] if uom else None}
            for word, amount, *uom in value
        ]
    if isinstance(value, list):
        return [identifier(item) for item in value]
    return identifier(value) if isinstance(value, str) and name in {"parentID", "parent_id"} else value


def make_event(kind: str, time: int | str, action: str | None = None, **fields: Any) -> Event:
    """An event of a kind by one letter, at an hour of one day or a whole time; lists of words become identifiers."""
    names = {
        "O": "ObjectEvent",
        "A": "AggregationEvent",
        "S": "AssociationEvent",
        "T": "TransactionEvent",
        "F": "TransformationEvent",
    }
    values: dict[str, Any] = {
        "type": names.get(kind, kind),
        "eventTime": f"2024-03-01T{time:02d}:00:00Z" if isinstance(time, int) else time,
        "eventTimeZoneOffset": "+00:00",
    }
    if action is not None:
        values["action"] = action
    for name, value in fields.items():
        values[name] = as_written(name, value)
    return build_event(values)
