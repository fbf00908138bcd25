"""EPC patterns as ranges of canonical keys, so that an index can answer them.

Takes a pattern (``urn:epc:idpat:sgtin:9521103.*.*``); gives the beginnings of the canonical Digital Links it fits.
Guarantees: a key fits the pattern exactly where it fits one of the ranges; nothing is compared character by character
with wildcards. What counts is the digits of the key: a company prefix of the pattern is a beginning of the key's
digits, since a canonical key does not say how long its company prefix is. Wildcards stand at the end, and ``id`` or
``class`` in place of ``idpat`` is taken too, as people write it.

Source: EPC Tag Data Standard 2.x, clause 8 (patterns).
"""

from __future__ import annotations

from typing import NamedTuple

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.gs1.identity_links import CANONICAL_STEM
from epcis_kit.gs1.schemes import LINK_KEYS, SCHEMES

__all__ = ["KeyRange", "key_ranges"]

_DIGITS = "0123456789"


class KeyRange(NamedTuple):
    """Keys that begin alike.

    Attributes:
        start: What they begin with.
        part: What they have further on, for example ``"/21/"``; ``""`` where nothing is asked.
        longer_than: They are longer than this.
        whole: Nothing follows the value of the key: it names a class.
    """

    start: str
    part: str = ""
    longer_than: int = 0
    whole: bool = False

    def __contains__(self, key: object) -> bool:
        return (
            isinstance(key, str)
            and key.startswith(self.start)
            and self.part in key[len(self.start) :]
            and len(key) > self.longer_than
            and not (self.whole and "/" in key[len(self.start) :])
        )


def key_ranges(text: str, *, classes: bool = False) -> tuple[KeyRange, ...] | None:
    """The ranges of canonical keys that a pattern with ``*`` fits; ``None`` where ``text`` is no such pattern.

    With ``classes`` the keys are those of classes of objects: ``urn:epc:idpat:sgtin:9521103.*.*`` fits each trade item
    of that company then, instead of each object with a serial number.

    A pattern of one class (only the last component is ``*``) has ranges too. Schemes without a GS1 key have none.
    """
    parts = text.strip().split(":", 4)
    if len(parts) != 5 or parts[:2] != ["urn", "epc"] or parts[2] not in {"id", "idpat", "class"}:
        return None
    scheme = SCHEMES.get(parts[3])
    if scheme is None or scheme.ai is None or (parts[2] == "class" and scheme.kind != "class"):
        return None
    components = parts[4].split(".", scheme.components - 1)
    if len(components) != scheme.components or components[-1] != "*":
        return None
    stars = len(components) - components.index("*")
    if any(component != "*" for component in components[-stars:]):
        return None
    company, reference = components[0], components[1]
    stem = f"{CANONICAL_STEM}/{scheme.ai}/"
    part = f"/{scheme.serial_ai}/" if scheme.serial_ai is not None and scheme.no_serial is None else ""
    inside = scheme.serial is not None and scheme.serial_ai is None
    longer = len(stem) + LINK_KEYS[scheme.ai].digits if inside else 0
    whole = classes and scheme.class_pattern
    if whole:
        part, longer = "", 0
    if company == "*":
        return (KeyRange(stem, part, longer, whole),)
    if reference != "*":
        if scheme.serial is None:
            return None
        pieces = ["01", "01"] if scheme.pieces else []
        if scheme.pieces and "*" not in components[2:4]:
            pieces = components[2:4]
        one = trace_key(f"urn:epc:{scheme.kind}:{scheme.name}:" + ".".join([company, reference, *pieces, "1"]))
        if one.level == "opaque":
            return None
        if inside:
            return (KeyRange(one.key[: len(stem) + LINK_KEYS[scheme.ai].digits], "", longer, whole),)
        base = one.key.rpartition(f"/{scheme.serial_ai}/")[0]
        if scheme.pieces and "*" in components[2:4]:
            return (KeyRange(base[:-4], part, 0, whole),)
        return (KeyRange(f"{base}{part}", whole=whole),)
    if not (company.isascii() and company.isdigit() and 4 <= len(company) <= 12):
        return None
    starts = [f"{digit}{company}" for digit in _DIGITS] if scheme.lead else [company]
    return tuple(KeyRange(f"{stem}{scheme.zero}{start}", part, longer, whole) for start in starts)
