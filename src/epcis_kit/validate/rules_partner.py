"""Rules about the business document header that trading partners ask for.

Takes a :class:`~epcis_kit.validate.rules.Look`; yields problems. Guarantees: the XML header (SBDH) and the texts of
JSON (``sender``, ``receiver``, ``instanceIdentifier``) are one thing here; a bare event has no header and is not asked
for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.validate.extension_values import said
from epcis_kit.validate.master_data import place_key
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Sbdh
    from epcis_kit.validate.rules import Look, Problem

__all__ = ["gln_of", "is_gln", "partners", "sbdh_of", "sender_of"]

_GLN_LINK: Final = "https://id.gs1.org/414/"
_GLN_DIGITS: Final = 13
_SBDH: Final = "epcisHeader/sbdh:StandardBusinessDocumentHeader"
# what an Authority says about the identifier beside it; others ("GS1", "EPCglobal", a company) fit everything
_AUTHORITIES: Final = {"SGLN": "urn:epc:id:sgln:", "PGLN": "urn:epc:id:pgln:"}


def gln_of(text: str) -> str:
    """The 13 digits of the GLN that ``text`` spells; ``""`` where it is none."""
    key = place_key(text)
    return key[len(_GLN_LINK) :][:_GLN_DIGITS] if key.startswith(_GLN_LINK) else ""


def is_gln(text: str, kind: str = "414") -> bool:
    """Whether ``text`` is a URN or link of a GLN of that kind (``"414"`` places, ``"417"`` parties)."""
    return trace_key(text).key.startswith(f"https://id.gs1.org/{kind}/")


def sbdh_of(look: Look) -> Sbdh | None:
    """The business document header of the document."""
    header = look.document.header
    return None if header is None else header.sbdh


def partners(look: Look) -> list[tuple[str, str, str | None, str]]:
    """Senders and receivers: which of the two, identifier, authority, place."""
    sbdh = sbdh_of(look)
    if sbdh is not None:
        return [
            (name, partner.identifier, partner.authority, f"{_SBDH}/sbdh:{name}/sbdh:Identifier")
            for name, group in (("Sender", sbdh.senders), ("Receiver", sbdh.receivers))
            for partner in group
        ]
    pairs = (("sender", look.document.sender), ("receiver", look.document.receiver))
    return [(name, text, None, name) for name, text in pairs if text is not None]


def sender_of(look: Look) -> tuple[str, str]:
    """The first sender and the number it gave the document; each ``""`` where absent."""
    sbdh = sbdh_of(look)
    if sbdh is not None:
        return (sbdh.senders[0].identifier if sbdh.senders else ""), sbdh.instance_identifier
    return look.document.sender or "", look.document.instance_identifier or ""


@rule("SBD-001", moments=("end",))
def header_complete(look: Look) -> Iterator[Problem]:
    document = look.document
    if document.kind in {"event", "EPCISQueryDocument"}:
        return  # nobody sends these: one is no document, the other an answer
    sbdh = sbdh_of(look)
    if sbdh is not None:
        parts = {
            "Sender": any(partner.identifier.strip() for partner in sbdh.senders),
            "Receiver": any(partner.identifier.strip() for partner in sbdh.receivers),
            "InstanceIdentifier": bool(sbdh.instance_identifier.strip()),
            "CreationDateAndTime": bool(sbdh.creation_date_and_time.strip()),
        }
        path = _SBDH
    else:
        parts = {
            "sender": bool(document.sender),
            "receiver": bool(document.receiver),
            "instanceIdentifier": bool(document.instance_identifier),
        }
        if not any(parts.values()):
            yield problem("absent", "epcisHeader" if document.header is not None else "")
            return
        parts["creationDate"] = document.creation_date is not None
        path = ""
    for part, there in parts.items():
        if not there:
            yield problem("missing", path, part=part)


@rule("SBD-002", moments=("end",))
def partners_are_places(look: Look) -> Iterator[Problem]:
    found = partners(look)
    for name, text, authority, path in found:
        if not is_gln(text):
            yield problem("not_sgln", path, partner=name, value=text)
        elif authority is not None and not _fits(authority, text):
            yield problem("authority", path, partner=name, value=text, authority=authority)
    authorities = {authority or "" for _, _, authority, _ in found}
    if len(authorities) > 1 and all(is_gln(text) for _, text, _, _ in found):
        yield problem("inconsistent", _SBDH, value=", ".join(repr(each) for each in sorted(authorities)))


def _fits(authority: str, text: str) -> bool:
    name = authority.strip().upper()
    if name == "GLN":
        return not text.startswith("urn:")
    start = _AUTHORITIES.get(name)
    return start is None or text.strip().lower().startswith((start, "http"))


@rule("SBD-004", moments=("end",))
def number_used_once(look: Look) -> Iterator[Problem]:
    sender, number = sender_of(look)
    if look.history is not None and sender and number and look.history.document(sender, number):
        path = "instanceIdentifier" if sbdh_of(look) is None else f"{_SBDH}/sbdh:DocumentIdentification"
        yield problem("default", path, value=number, sender=sender)


@rule("SBD-005")
def sender_owns(look: Look) -> Iterator[Problem]:
    memory = look.memory
    if look.moment == "event":
        event = look.event
        if event.biz_step == "shipping" and said(event.extensions, "dropshipment").casefold() not in {"true", "1"}:
            for number, source in enumerate(event.source_list):
                if source.type == "owning_party":
                    memory.setdefault(source.source, (look.index, f"sourceList/{number}/source"))
        return
    if look.moment != "end" or not memory:
        return
    sender, _ = sender_of(look)
    if not sender or sender in look.parameters["agents"]:
        return
    known = None if look.master_data is None else look.master_data.place(sender)
    principals = "" if known is None else known.attributes.get("agentFor", "")
    for owner, (index, path) in memory.items():
        same = owner == sender or (gln_of(owner) != "" and gln_of(owner) == gln_of(sender))
        if not same and (gln_of(owner) or owner) not in principals:
            yield problem("default", path, event_index=index, value=owner, sender=sender)
