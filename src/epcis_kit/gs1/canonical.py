"""Trace identity: one canonical key for every spelling of an identifier.

Takes an identifier as it stands in an event: an EPC URN, a Digital Link on any domain and path stem, or any other URI.
Gives a :class:`TraceKey`, whose ``key`` is equal for all spellings of one object: the canonical Digital Link
``https://id.gs1.org/…`` of the key with its serial number, else its lot, else alone; every other qualifier, the query
and the fragment play no part. What is no GS1 key (private URNs, other web addresses, the EPC schemes without a GS1
key) is opaque: equal to itself as text.

Guarantees: no company-prefix table is needed, no library is loaded, nothing raises, the cost is linear in the text. A
text that claims to be a GS1 key and is wrong (check digit, length, character) is opaque too, and ``problem`` says why.
This function runs for every identifier of every event, so each scheme gets a reader of its own, made from its row of
``schemes`` on first use.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.epc_syntax import read_urn
from epcis_kit.gs1.epc_urns import urn_to_elements
from epcis_kit.gs1.identity_links import CANONICAL_STEM, ENCODING, elements_to_link, identity_of, link_to_elements
from epcis_kit.gs1.schemes import LINK_KEYS, SCHEMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.gs1.identity_links import Elements
    from epcis_kit.gs1.schemes import Scheme

__all__ = ["KeyLevel", "TraceKey", "trace_elements", "trace_key", "urn_to_link"]

KeyLevel = Literal["instance", "lot", "class", "opaque"]


class TraceKey(NamedTuple):
    """What an identifier is, for comparison and tracing.

    Attributes:
        key: The canonical Digital Link; the stripped text itself where the level is ``"opaque"``.
        level: ``"instance"`` (one object, place or party), ``"lot"``, ``"class"`` or ``"opaque"``.
        class_key: The canonical link of the key without serial number or lot, where that names a class of objects (a
            class has its own ``key`` there); ``None`` for keys that have no class, such as SSCC and GLN, and for opaque
            ones.
        problem: Why a text that claims to be a GS1 key is none, as a whole sentence; else ``None``.
    """

    key: str
    level: KeyLevel
    class_key: str | None
    problem: str | None


_new = tuple.__new__  # skips the keyword handling of NamedTuple, which costs as much as the check digit
_URN_TO_LINK = {code: text for code, text in ENCODING.items() if chr(code) != "%"}
_LOWER_ESCAPE = re.compile("%[0-9a-f]{2}")
_EPC = "urn:epc:"


def _escapes(text: str) -> str:
    """A text component of a URN as it stands in a canonical link: what is escaped stays so, in capitals."""
    text = text.translate(_URN_TO_LINK)
    return _LOWER_ESCAPE.sub(lambda found: found[0].upper(), text) if "%" in text else text


def _reader(scheme: Scheme, *, star: bool) -> Callable[[str], TraceKey | None]:
    """A function that gives the key of a URN of ``scheme``, or of its class pattern; ``None`` where it is malformed."""
    start = f"urn:epc:idpat:{scheme.name}:" if star else scheme.prefix
    assert scheme.ai is not None
    match = re.compile(start + scheme.pattern(star=star)).fullmatch
    base = f"{CANONICAL_STEM}/{scheme.ai}/{scheme.zero}"
    level: KeyLevel = "class" if star else scheme.level
    has_class = LINK_KEYS[scheme.ai].level == "class"
    digits, lead, pieces = scheme.digits, scheme.lead, scheme.pieces
    serial_path = "" if scheme.serial_ai is None else f"/{scheme.serial_ai}/"
    no_serial, has_serial = scheme.no_serial, scheme.serial is not None and not star
    # The octet of a digit is 48 more than the digit: what that adds to the weighted sum is a constant of the length.
    surplus = 48 * (3 * ((digits + 1) // 2) + digits // 2)

    def numbered(urn: str) -> TraceKey | None:
        found = match(urn)
        if found is None:
            return None
        groups = found.groups()
        company, reference = groups[0], groups[1]
        if len(company) + len(reference) != digits:
            return None
        body = reference[0] + company + reference[1:] if lead else company + reference
        octets = body.encode()
        check = (surplus - 3 * sum(octets[::-2]) - sum(octets[-2::-2])) % 10
        link = f"{base}{body}{check}"
        if pieces:
            link = f"{link}{groups[2]}{groups[3]}"
        if not has_serial:
            return _new(TraceKey, (link, level, link if star else None, None))
        serial = groups[-1]
        if serial == no_serial:
            return _new(TraceKey, (link, level, None, None))
        if not serial.isalnum():
            serial = _escapes(serial)
        return _new(TraceKey, (f"{link}{serial_path}{serial}", level, link if has_class else None, None))

    def textual(urn: str) -> TraceKey | None:
        found = match(urn)
        if found is None:
            return None
        groups = found.groups()
        company, reference = groups[0], groups[1]
        if len(company) + len(reference) - 2 * reference.count("%") > scheme.longest:
            return None
        link = f"{base}{company}{reference if reference.isalnum() else _escapes(reference)}"
        if not has_serial:
            return _new(TraceKey, (link, level, link if star else None, None))
        return _new(TraceKey, (f"{link}{serial_path}{groups[-1]}", level, link, None))

    return numbered if digits else textual


_readers: dict[str, Callable[[str], TraceKey | None]] = {}


def _prepare(head: str) -> Callable[[str], TraceKey | None] | None:
    """The reader for URNs that begin with ``head``, made on first use."""
    kind, _, name = head[len(_EPC) :].rpartition(":")
    scheme = SCHEMES.get(name)
    if scheme is None or scheme.ai is None:
        return None
    star = kind == "idpat" and scheme.class_pattern
    if kind != scheme.kind and not star:
        return None
    reader = _readers[head] = _reader(scheme, star=star)
    return reader


def trace_elements(elements: Elements) -> TraceKey:
    """The identity of a checked key and its qualifiers (key first), as :func:`trace_key` gives it for their link."""
    identity = identity_of(elements)
    ai, value = identity[0]
    key = LINK_KEYS[ai]
    link = elements_to_link(identity)
    if key.serial_inside and len(value) > key.digits:
        return TraceKey(link, "instance", elements_to_link(((ai, value[: key.digits]),)), None)
    if len(identity) == 1:
        return TraceKey(link, key.level, link if key.level == "class" else None, None)
    level: KeyLevel = "lot" if identity[1][0] == "10" else "instance"
    return TraceKey(link, level, elements_to_link(identity[:1]) if key.level == "class" else None, None)


def _other_urn(text: str) -> TraceKey:
    """URNs that no reader took: patterns, schemes without a GS1 key, other forms of EPC, capitals, faults."""
    try:
        urn = read_urn(text)
        if (
            urn.scheme.ai is None
            or urn.stars > 1
            or (urn.stars and not urn.scheme.class_pattern)
            or (urn.form == "idpat" and not urn.stars)
        ):
            return TraceKey(text, "opaque", None, None)
        return trace_elements(urn_to_elements(text))
    except IdentifierError as fault:
        return TraceKey(text, "opaque", None, None if fault.kind == "other_form" else str(fault))


# The links that are by far the most common, already canonical: only the check digit is left to do.
_COMMON_LINK = re.compile(
    r"https://id\.gs1\.org/(00|01|414)/([0-9]{13,18})(?:/(21|10)/([A-Za-z0-9_.\-]{1,20}))?"
).fullmatch
_COMMON_LENGTH = {"00": 18, "01": 14, "414": 13}


def _common_link(text: str) -> TraceKey | None:
    found = _COMMON_LINK(text)
    if found is None:
        return None
    ai, value, qualifier, _ = found.groups()
    if len(value) != _COMMON_LENGTH[ai] or (qualifier is not None and ai != "01"):
        return None
    octets = value.encode()
    heavy, light = octets[-2::-2], octets[::-2]
    if (3 * sum(heavy) + sum(light) - 48 * (3 * len(heavy) + len(light))) % 10:
        return None
    if ai != "01":
        return _new(TraceKey, (text, "instance", None, None))
    if qualifier is None:
        return _new(TraceKey, (text, "class", text, None))
    return _new(TraceKey, (text, "lot" if qualifier == "10" else "instance", text[:36], None))


def trace_key(text: str) -> TraceKey:
    """The identity of ``text``; see :class:`TraceKey`. Never raises."""
    if text[:8] == _EPC:
        head = text[: text.find(":", 14)]  # "urn:epc:id:cpi:" is the shortest head of all
        reader = _readers.get(head) or _prepare(head)
        if reader is not None:
            key = reader(text)
            if key is not None:
                return key
    elif text[:4] == "http":
        key = _common_link(text)
        if key is not None:
            return key
    text = text.strip()
    start = text[:8].lower()
    if start == _EPC:
        return _other_urn(text)
    if start.startswith("http"):
        try:
            elements = link_to_elements(text)
        except IdentifierError as fault:
            return TraceKey(text, "opaque", None, str(fault))
        if elements is not None:
            return trace_elements(elements)
    return TraceKey(text, "opaque", None, None)


def urn_to_link(urn: str) -> str:
    """The canonical Digital Link of an EPC URN: the ``key`` of :func:`trace_key`, with an error in place of ``opaque``.

    Raises:
        IdentifierError: as :func:`epcis_kit.gs1.epc_urns.urn_to_elements`.
    """
    if urn[:8] == _EPC:
        head = urn[: urn.find(":", 14)]
        reader = _readers.get(head) or _prepare(head)
        key = None if reader is None else reader(urn)
        if key is not None:
            return key[0]
    return elements_to_link(urn_to_elements(urn))
