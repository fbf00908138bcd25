"""Rules about the master data in the header of a document, and about who speaks for which place.

Takes the events and the end of a document; yields problems. Guarantees: a document without master data in its header,
or without a sender, is left alone; what is remembered grows with the products and places of a document, not with its
events.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import VocabularyElement
    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_GLN: Final = re.compile(r"/(?:414|417)/([0-9]{13})").search
_BARE_GLN: Final = re.compile("[0-9]{13}").fullmatch
_MOST_TOLD: Final = 20
_PRODUCT: Final = "/01/"
_PLACE: Final = "/414/"


@rule("MD-005", moments=("event", "end"), needs="fresh")
def header_covers(look: Look) -> Iterator[Problem]:
    if look.moment == "event":
        used: dict[str, tuple[int, str, str]] = look.memory.setdefault("used", {})
        for mention in look.mentions.fresh:
            key = mention.key.class_key
            if key is None and _PLACE in mention.key.key:
                key = mention.key.key
            elif key is not None and _PRODUCT not in key:
                key = None  # assets and documents are not described in headers
            if key is not None and key not in used:
                used[key] = (look.index, mention.path, mention.text)
        return
    header = look.document.header
    if header is None or not header.master_data:
        return
    known: dict[str, VocabularyElement] = {}
    for vocabulary in header.master_data:
        of_type: dict[str, VocabularyElement] = {}  # one place may be described as read point and as location
        for element in vocabulary.elements:
            yield from _said_again(of_type, element)
        known.update(of_type)
    covered = {_covered(key) for key in known}
    kinds = {"01" if "/01/" in key else "414" for key in covered}
    missing = [
        (key, place)
        for key, place in look.memory.get("used", {}).items()
        if _covered(key) not in covered and ("01" if "/01/" in key else "414") in kinds
    ]
    for _, (at, path, text) in missing[:_MOST_TOLD]:
        yield problem("missing", path, event_index=at, value=text)


def _said_again(known: dict[str, VocabularyElement], element: VocabularyElement) -> Iterator[Problem]:
    key = trace_key(element.id).key
    first = known.setdefault(key, element)
    if first is element:
        return
    said: dict[str, list[str]] = {}
    for attribute in first.attributes:
        said.setdefault(attribute.id, []).append(attribute.text)
    differing = [one for one in element.attributes if one.text not in said.get(one.id, (one.text,))]
    if differing:
        one = differing[0]
        name = re.split("[#/:]", one.id)[-1]
        yield problem("conflict", "epcisHeader", value=element.id, name=name, first=said[one.id][0], second=one.text)
    else:
        yield problem("identical", "epcisHeader", value=element.id)


def _covered(key: str) -> str:
    """A place is described by its GLN, a product by its GTIN, whatever stands behind it."""
    gln = _GLN(key)
    if gln is not None:
        return f"/414/{gln[1]}"
    return key.partition("/21/")[0].partition("/10/")[0]


@rule("MD-007", moments=("event", "end"))
def place_of_the_sender(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        place = look.event.read_point
        if place is not None:
            company = _company(place.id)
            if company and company not in memory:
                memory[company] = (look.index, place.id)
        return
    sender = _sender(look)
    if sender is None:
        return
    agents = {_number(agent) for agent in look.parameters["agents"]}
    for company, (at, text) in memory.items():
        if not sender.startswith(company) and not any(agent.startswith(company) for agent in agents if agent):
            yield problem("default", "readPoint/id", event_index=at, value=text, sender=sender)


def _company(text: str) -> str:
    """The company prefix of a place in EPC URN form; ``""`` for others, whose prefix cannot be told."""
    text = text.strip()
    if not text.startswith("urn:epc:id:sgln:"):
        return ""
    return text.rpartition(":")[2].partition(".")[0]


def _sender(look: Look) -> str | None:
    facts: Any = look.document
    sbdh = None if facts.header is None else facts.header.sbdh
    text = sbdh.senders[0].identifier if sbdh is not None and sbdh.senders else facts.sender
    return None if text is None else _number(text)


def _number(text: str) -> str | None:
    """The GLN that a party is named by."""
    text = text.strip()
    if _BARE_GLN(text):
        return text
    found = _GLN(trace_key(text).key)
    return None if found is None else found[1]
