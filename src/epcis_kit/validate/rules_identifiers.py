"""Rules about single identifiers: are they URIs, are GS1 keys well-formed, do they stand where they may?

Takes the identifiers of one event; yields problems. Guarantees: each identifier was understood once for all rules; keys
of others (``geo:``, private URNs, web addresses) are left alone; one faulty key breaks one rule only: which one, says
:func:`fault_of`; the cost is linear in the event.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from epcis_kit.gs1.schemes import SCHEMES
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.mentions import Mention
    from epcis_kit.validate.rules import Look, Problem

__all__ = ["fault_of", "is_placeholder", "is_uri"]

_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+").fullmatch
_PLACEHOLDERS: Final = frozenset(
    (
        "n/a",
        "na",
        "n.a.",
        "nil",
        "none",
        "null",
        "nan",
        "unknown",
        "undefined",
        "tbd",
        "tba",
        "todo",
        "test",
        "dummy",
        "string",
        "value",
        "empty",
        "x",
        "xx",
        "xxx",
        "-",
        "--",
        "?",
        "not_available",
        "notavailable",
        "#n/a",
    )
)
_BARE_SCHEMES: Final = frozenset({*SCHEMES, "epc", "gtin", "gln", "class", "id", "lgtin", "idpat"})
_NUMERIC: Final = {  # by scheme: which components are digits
    "sgtin": (0, 1),
    "lgtin": (0, 1),
    "sscc": (0, 1),
    "sgln": (0, 1),
    "pgln": (0, 1),
    "grai": (0, 1),
    "gdti": (0, 1),
    "gsrn": (0, 1),
    "gsrnp": (0, 1),
    "gsin": (0, 1),
    "sgcn": (0, 1, 2),
    "itip": (0, 1, 2, 3),
    "upui": (0, 1),
}
_TEXT_AT: Final = {"sgtin": 2, "lgtin": 2, "sgln": 2, "grai": 2, "gdti": 2, "itip": 4, "upui": 2, "giai": 1, "cpi": 2}
_LONGEST_TEXT: Final = {
    "sgtin": 20,
    "lgtin": 20,
    "sgln": 20,
    "grai": 16,
    "gdti": 17,
    "itip": 20,
    "upui": 28,
    "giai": 30,
}
_PIECES: Final = 5
_ESCAPE: Final = re.compile("%[0-9A-Fa-f]{2}")
_ALLOWED: Final = re.compile(r"(?:[A-Za-z0-9!'()*+,\-.:;=_]|%(?:2[256F]|3[CEF]))+").fullmatch
_RESTRICTED: Final = (("020", "029"), ("040", "049"), ("200", "299"))
_DEMO: Final = "952"


class Fault(NamedTuple):
    """Which rule a faulty GS1 key breaks.

    Attributes:
        rule: Its id.
        part: The component at fault, ``""`` for the whole.
    """

    rule: str
    part: str = ""


def is_uri(text: str) -> bool:
    """Whether a text is an absolute URI, white space around it not counted."""
    return _URI(text.strip()) is not None


def is_placeholder(text: str) -> bool:
    """Whether a text stands for "no value", such as ``N/A`` or ``null``."""
    return text.strip().casefold() in _PLACEHOLDERS


def fault_of(text: str) -> Fault:
    """The one rule that a text breaks which claims to be a GS1 key and is none."""
    text = text.strip()
    if text[:4].lower() == "http":
        return Fault("ID-005")
    pieces = text.split(":", 4)  # urn, epc, id or class, the scheme, the components
    if len(pieces) < _PIECES:
        return Fault("ID-002")
    name, parts = pieces[3].lower(), pieces[4].split(".")
    if name == "sgln" and (len(parts) == 2 or (len(parts) == 3 and not parts[2])):
        return Fault("ID-014")
    for at in _NUMERIC.get(name, ()):
        if at < len(parts) and parts[at] and parts[at] != "*" and not (parts[at].isascii() and parts[at].isdigit()):
            return Fault("ID-003", parts[at])
    at = _TEXT_AT.get(name, -1)
    if 0 <= at < len(parts):
        serial = ".".join(parts[at:])
        length = len(_ESCAPE.sub("x", serial))
        if serial != "*" and (_ALLOWED(serial) is None or length > _LONGEST_TEXT.get(name, 30)):
            return Fault("ID-004", serial)
    return Fault("ID-002")


def _faulty(look: Look, rule_id: str) -> Iterator[tuple[Mention, Fault]]:
    for mention in look.mentions.unknown:
        if mention.key.problem is not None:
            fault = fault_of(mention.text)
            if fault.rule == rule_id:
                yield mention, fault


@rule("ID-001", needs="unknown")
def uris(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.unknown:
        text = mention.text
        if _URI(text) is None:
            if not is_placeholder(text) and not (text.strip() != text and is_uri(text)):
                yield problem("default", mention.path, value=text)
        elif text[:4] != "urn:" and text.partition(":")[0].lower() in _BARE_SCHEMES:
            yield problem("scheme", mention.path, value=text, scheme=text.partition(":")[0])


@rule("ID-002", needs="unknown")
def gs1_keys(look: Look) -> Iterator[Problem]:
    for mention, _ in _faulty(look, "ID-002"):
        yield problem("default", mention.path, value=mention.text, reason=mention.key.problem)


@rule("ID-003", needs="unknown")
def numeric_parts(look: Look) -> Iterator[Problem]:
    for mention, fault in _faulty(look, "ID-003"):
        yield problem("default", mention.path, value=mention.text, part=fault.part)


@rule("ID-004", needs="unknown")
def serials_and_lots(look: Look) -> Iterator[Problem]:
    for mention, fault in _faulty(look, "ID-004"):
        yield problem("default", mention.path, value=mention.text, part=fault.part)


@rule("ID-005", needs="unknown")
def digital_links(look: Look) -> Iterator[Problem]:
    for mention, _ in _faulty(look, "ID-005"):
        yield problem("default", mention.path, value=mention.text, reason=mention.key.problem)


@rule("ID-006")
def no_white_space(look: Look) -> Iterator[Problem]:
    if look.document.format:
        return  # readers take it away; the source itself is looked through for it
    for mention in look.mentions:
        if mention.text != mention.text.strip() and is_uri(mention.text):
            yield problem("default", mention.path, value=mention.text)
    event = look.event
    for name, word in (("bizStep", event.biz_step), ("disposition", event.disposition), ("eventID", event.event_id)):
        if word is not None and word != word.strip():
            yield problem("default", name, value=word)


@rule("ID-007")
def no_placeholders(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.unknown:
        if is_placeholder(mention.text):
            yield problem("default", mention.path, value=mention.text)
    for index, transaction in enumerate(look.event.biz_transaction_list):
        if is_placeholder(transaction.biz_transaction):
            path = f"bizTransactionList/{index}/bizTransaction"
            yield problem("default", path, value=transaction.biz_transaction)
    if look.event.event_id is not None and is_placeholder(look.event.event_id):
        yield problem("default", "eventID", value=look.event.event_id)


@rule("ID-008")
def instance_level(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.objects:
        level = mention.key.level
        if level not in {"instance", "opaque"} and not (mention.field == "parentID" and level == "lot"):
            yield problem(level, mention.path, value=mention.text)


@rule("ID-009", needs="classes")
def class_level(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.classes:
        if mention.key.level == "instance":
            yield problem("default", mention.path, value=mention.text)


@rule("ID-013", needs="fresh")
def prefixes_for_trade(look: Look) -> Iterator[Problem]:
    for mention in look.mentions.fresh:
        class_key = mention.key.class_key
        if class_key is None:
            continue
        found = class_key.rpartition("/01/")[2]
        prefix = found[1:4]
        if len(found) != 14:
            continue
        if any(first <= prefix <= last for first, last in _RESTRICTED):
            yield problem("restricted", mention.path, value=mention.text, prefix=prefix)
        elif prefix == _DEMO and look.parameters["demo"]:
            yield problem("demo", mention.path, value=mention.text, prefix=prefix)


@rule("ID-014", needs="unknown")
def sgln_extensions(look: Look) -> Iterator[Problem]:
    for mention, _ in _faulty(look, "ID-014"):
        company, reference = mention.text.strip().rpartition(":")[2].split(".")[:2]
        yield problem("default", mention.path, value=mention.text, expected=f"urn:epc:id:sgln:{company}.{reference}.0")
