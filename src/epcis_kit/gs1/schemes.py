"""The 21 EPC schemes, and the GS1 keys they stand for, as one table.

A row of ``SCHEMES`` says everything the readers and writers of this room need to know about a scheme: which components
follow its name in the URN, how many digits they have, which application identifiers (AIs) hold the same key, and what
level it names. Sixteen schemes stand for a GS1 key; five (GID, USDOD, ADI, BIC, IMOVN) have no AI and no Digital Link.
``lgtin`` is the one class-level scheme beside them (``urn:epc:class:lgtin:``). A row of ``LINK_KEYS`` says the same
from the other side, for the first AI in the path of a Digital Link.

How to read a row, with SGTIN as the example (``urn:epc:id:sgtin:0614141.812345.6789``):

* The company prefix (6 to 12 digits) and the reference have ``digits`` digits together (13), or at most ``longest``
  characters where the reference is text. ``lead`` means that the first digit of the reference (indicator or extension)
  comes before the company prefix in the AI value; ``check`` that a mod-10 digit follows; ``zero`` is a fixed beginning.
* ``serial`` is the set of characters of the last component and ``serial_longest`` its length; with ``serial_ai`` it is
  a value of its own, without one it is appended to the value of ``ai``.

Source: EPC Tag Data Standard 2.x, clauses 6.3 (schemes) and 7 (correspondence to GS1 keys); GS1 Digital Link syntax.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

__all__ = [
    "ALIASES",
    "LINK_KEYS",
    "SCHEMES",
    "SERIAL_CHARACTERS",
    "Level",
    "LinkKey",
    "Scheme",
    "SerialSet",
    "elements_scheme",
]

Level = Literal["instance", "lot", "class"]
SerialSet = Literal["text", "digits", "number"]

# One character of each kind of text component, as it stands in a URN. Only the characters that RFC 2141 keeps for
# itself are escaped; hex digits are read in either case and written in capitals.
TEXT_CHARACTER = r"(?:[!'()*+,\-.0-9:;=A-Z_a-z]|%(?:2[256Ff]|3[CcEeFf]))"
PART_CHARACTER = r"(?:[0-9A-Z/\-]|%2[3Ff])"  # CPI; a bare slash is read, %2F is written
AGENCY_CHARACTER = r"(?:[0-9A-Z\-]|%2[Ff])"  # ADI
SERIAL_CHARACTERS: dict[SerialSet, str] = {
    "text": TEXT_CHARACTER,
    "digits": "[0-9]",
    "number": "[0-9]",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One EPC scheme.

    Attributes:
        name: As it stands in the URN, for example ``"sgtin"``.
        title: What it identifies.
        ai: The AI of its GS1 key; ``None`` for the five schemes without one.
        digits: Digits of company prefix and reference together; 0 where the reference is text.
        longest: Characters of company prefix and reference together, where the reference is text.
        parts: The reference has the characters of a component/part identifier instead of set 82.
        lead: The first digit of the reference stands before the company prefix in the AI value.
        zero: What the AI value begins with before anything else.
        check: A mod-10 check digit follows company prefix and reference in the AI value.
        pieces: Two components of two digits (piece and total) follow the reference.
        serial: Set of characters of the last component; ``None`` where there is none.
        serial_longest: Its greatest length.
        serial_ai: Its AI; ``None`` where it is appended to the value of ``ai``.
        no_serial: The URN's way of saying that there is no last component (SGLN writes ``0``).
        kind: ``"id"`` or ``"class"``: what follows ``urn:epc:``.
        level: What the whole URN names.
        class_pattern: ``urn:epc:idpat:…`` with ``*`` as last component names the class.
        body: Pattern of all that follows the name, for the schemes without a GS1 key.
        reference: What the reference is called.
        serial_title: What the last component is called.
    """

    name: str
    title: str
    ai: str | None = None
    digits: int = 0
    longest: int = 0
    parts: bool = False
    lead: bool = False
    zero: str = ""
    check: bool = False
    pieces: bool = False
    serial: SerialSet | None = None
    serial_longest: int = 0
    serial_ai: str | None = None
    no_serial: str | None = None
    kind: Literal["id", "class"] = "id"
    level: Level = "instance"
    class_pattern: bool = False
    body: str = ""
    reference: str = "reference"
    serial_title: str = "serial number"

    @property
    def prefix(self) -> str:
        """What its URNs begin with, for example ``"urn:epc:id:sgtin:"``."""
        return f"urn:epc:{self.kind}:{self.name}:"

    @property
    def components(self) -> int:
        """How many components stand after the name."""
        if self.ai is None:
            return {"gid": 3, "adi": 3, "usdod": 2}.get(self.name, 1)
        return 2 + 2 * self.pieces + (self.serial is not None)

    def reference_pattern(self) -> str:
        """Regular expression of the reference; its length against the company prefix is checked apart."""
        if self.digits:
            return f"[0-9]{{{self.digits - 12},{self.digits - 6}}}"
        return f"{PART_CHARACTER if self.parts else TEXT_CHARACTER}{{1,{self.longest - 6}}}"

    def serial_pattern(self) -> str:
        """Regular expression of the last component; empty where there is none."""
        if self.serial is None:
            return ""
        if self.serial == "number":
            return f"(?:0|[1-9][0-9]{{0,{self.serial_longest - 1}}})"
        return f"{SERIAL_CHARACTERS[self.serial]}{{1,{self.serial_longest}}}"

    def pattern(self, *, star: bool = False) -> str:
        """Regular expression of all that follows the name, one group a component; ``star``: with ``*`` at the end."""
        if self.ai is None:
            return self.body
        groups = ["([0-9]{6,12})", f"({self.reference_pattern()})"]
        if self.pieces:
            groups += ["([0-9]{2})", "([0-9]{2})"]
        if self.serial is not None:
            groups.append(r"\*" if star else f"({self.serial_pattern()})")
        return r"\.".join(groups)


_AGENCY = "([0-9A-HJ-NP-Z]{5,6})"
_NUMBER = "(0|[1-9][0-9]{0,%d})"

SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme(
            name="sgtin", title="serialised trade item", ai="01", digits=13, lead=True, check=True,
            serial="text", serial_longest=20, serial_ai="21", class_pattern=True, reference="item reference",
        ),
        Scheme(
            name="lgtin", title="batch or lot of a trade item", ai="01", digits=13, lead=True, check=True, kind="class",
            serial="text", serial_longest=20, serial_ai="10", level="lot", reference="item reference",
            serial_title="lot",
        ),
        Scheme(
            name="upui", title="unit pack of a tobacco product", ai="01", digits=13, lead=True, check=True,
            serial="text", serial_longest=28, serial_ai="235", class_pattern=True, reference="item reference",
            serial_title="third-party serial number",
        ),
        Scheme(
            name="itip", title="piece of a serialised trade item", ai="8006", digits=13, lead=True, check=True,
            pieces=True, serial="text", serial_longest=20, serial_ai="21", class_pattern=True,
            reference="item reference",
        ),
        Scheme(
            name="sscc", title="logistic unit", ai="00", digits=17, lead=True, check=True, reference="serial reference",
        ),
        Scheme(
            name="sgln", title="location", ai="414", digits=12, check=True, serial="text", serial_longest=20,
            serial_ai="254", no_serial="0", reference="location reference", serial_title="extension",
        ),
        Scheme(name="pgln", title="party", ai="417", digits=12, check=True, reference="party reference"),
        Scheme(
            name="grai", title="returnable asset", ai="8003", digits=12, check=True, zero="0", serial="text",
            serial_longest=16, class_pattern=True, reference="asset type",
        ),
        Scheme(name="giai", title="individual asset", ai="8004", longest=30, reference="asset reference"),
        Scheme(
            name="gsrn", title="service relation, recipient", ai="8018", digits=17, check=True,
            reference="service reference",
        ),
        Scheme(
            name="gsrnp", title="service relation, provider", ai="8017", digits=17, check=True,
            reference="service reference",
        ),
        Scheme(
            name="gdti", title="document", ai="253", digits=12, check=True, serial="text", serial_longest=17,
            class_pattern=True, reference="document type",
        ),
        Scheme(
            name="sgcn", title="coupon", ai="255", digits=12, check=True, serial="digits", serial_longest=12,
            class_pattern=True, reference="coupon reference",
        ),
        Scheme(
            name="cpi", title="component or part", ai="8010", longest=30, parts=True, serial="number",
            serial_longest=12, serial_ai="8011", class_pattern=True, reference="part reference",
        ),
        Scheme(name="ginc", title="consignment", ai="401", longest=30, reference="consignment reference"),
        Scheme(name="gsin", title="shipment", ai="402", digits=16, check=True, reference="shipment reference"),
        Scheme(name="gid", title="general identifier", body=rf"{_NUMBER % 8}\.{_NUMBER % 7}\.{_NUMBER % 10}"),
        Scheme(name="usdod", title="United States defence item", body=rf"{_AGENCY}\.{_NUMBER % 10}"),
        Scheme(
            name="adi", title="aerospace and defence item",
            body=rf"{_AGENCY}\.({AGENCY_CHARACTER}{{0,32}})\.((?:%23)?{AGENCY_CHARACTER}{{1,30}})",
        ),
        Scheme(name="bic", title="intermodal container", body="([A-HJ-NP-Z]{3}[JUZ][0-9]{7})"),
        Scheme(name="imovn", title="ship", body="([0-9]{7})"),
    )
}  # fmt: skip
"""Every scheme by name, ``lgtin`` included."""

NUMBER_LIMITS: dict[str, tuple[int, ...]] = {
    "gid": (2**28 - 1, 2**24 - 1, 2**36 - 1),
    "usdod": (0, 2**36 - 1),
}
"""Greatest numbers of the components of GID and USDOD, whose binary forms have 28, 24 and 36 bits (0: not a number)."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LinkKey:
    """An AI that may stand first in a Digital Link, as trace identity sees it.

    Attributes:
        ai: The AI.
        title: Its name, for messages.
        digits: Leading digits, check digit included; 0 where the value is text.
        rest: Pattern of what may follow them.
        longest: Greatest length of the whole value.
        check: Whether the last of the leading digits is a mod-10 check digit.
        qualifiers: The AIs that may follow it in the path.
        identifying: Those of them that make another object of it, the decisive one first.
        level: What it names without an identifying qualifier.
        serial_inside: A value longer than its leading digits names an instance, the digits alone a class.
        lengths: Lengths as they may be written; shorter ones are filled with zeros on the left.
    """

    ai: str
    title: str
    digits: int = 0
    rest: str = ""
    longest: int = 0
    check: bool = True
    qualifiers: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()
    level: Level = "instance"
    serial_inside: bool = False
    lengths: tuple[int, ...] = ()

    def pattern(self) -> str:
        """Regular expression of the whole value as canonical links have it."""
        return f"{f'[0-9]{{{self.digits}}}' if self.digits else ''}{self.rest}"


_CSET_82 = r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"
_CSET_39 = r"[#\-/0-9A-Z]"
QUALIFIER_PATTERNS: dict[str, str] = {
    "10": f"{_CSET_82}{{1,20}}",
    "21": f"{_CSET_82}{{1,20}}",
    "22": f"{_CSET_82}{{1,20}}",
    "235": f"{_CSET_82}{{1,28}}",
    "254": f"{_CSET_82}{{1,20}}",
    "7040": f"[0-9]{_CSET_82}{{3}}",
    "8011": "(?:0|[1-9][0-9]{0,11})",
    "8019": "[0-9]{1,10}",
    "8020": f"{_CSET_82}{{1,25}}",
}
"""Pattern of the value of each qualifier that may follow a key in the path."""

# Asset and part keys begin with a company prefix, of which GS1's own checks ask four digits.
LINK_KEYS: dict[str, LinkKey] = {
    key.ai: key
    for key in (
        LinkKey(ai="00", title="SSCC", digits=18, longest=18),
        LinkKey(
            ai="01", title="GTIN", digits=14, longest=14, lengths=(8, 12, 13, 14), level="class",
            qualifiers=("22", "10", "21", "235"), identifying=("21", "10", "235"),
        ),
        LinkKey(
            ai="253", title="GDTI", digits=13, rest=f"{_CSET_82}{{0,17}}", longest=30, level="class",
            serial_inside=True,
        ),
        LinkKey(ai="255", title="GCN", digits=13, rest="[0-9]{0,12}", longest=25, level="class", serial_inside=True),
        LinkKey(ai="401", title="GINC", rest=f"[0-9]{{4}}{_CSET_82}{{0,26}}", longest=30, check=False),
        LinkKey(ai="402", title="GSIN", digits=17, longest=17),
        LinkKey(ai="414", title="GLN", digits=13, longest=13, qualifiers=("254", "7040"), identifying=("254",)),
        LinkKey(ai="415", title="pay-to GLN", digits=13, longest=13, qualifiers=("8020",), identifying=("8020",)),
        LinkKey(ai="417", title="party GLN", digits=13, longest=13, qualifiers=("7040",)),
        LinkKey(
            ai="8003", title="GRAI", digits=14, rest=f"{_CSET_82}{{0,16}}", longest=30, level="class",
            serial_inside=True,
        ),
        LinkKey(
            ai="8004", title="GIAI", rest=f"[0-9]{{4}}{_CSET_82}{{0,26}}", longest=30, check=False,
            qualifiers=("7040",),
        ),
        LinkKey(
            ai="8006", title="ITIP", digits=18, longest=18, level="class",
            qualifiers=("22", "10", "21"), identifying=("21", "10"),
        ),
        LinkKey(
            ai="8010", title="CPID", rest=f"[0-9]{{4}}{_CSET_39}{{0,26}}", longest=30, check=False, level="class",
            qualifiers=("8011",), identifying=("8011",),
        ),
        LinkKey(ai="8013", title="GMN", rest=f"[0-9]{{4}}{_CSET_82}{{0,21}}", longest=25, check=False, level="class"),
        LinkKey(ai="8017", title="GSRN, provider", digits=18, longest=18, qualifiers=("8019",)),
        LinkKey(ai="8018", title="GSRN, recipient", digits=18, longest=18, qualifiers=("8019",)),
    )
}  # fmt: skip
"""The sixteen AIs that may stand first in a Digital Link."""

CHECKED_DIGITS: dict[str, tuple[int, int]] = {
    key.ai: {"8003": (1, 14), "8006": (0, 14)}.get(key.ai, (0, key.digits)) for key in LINK_KEYS.values() if key.check
}
"""Which slice of the value of a key ends with the mod-10 check digit."""

ALIASES: dict[str, str] = {
    "sscc": "00",
    "gtin": "01",
    "lot": "10",
    "ser": "21",
    "cpv": "22",
    "tpx": "235",
    "gdti": "253",
    "glnx": "254",
    "gcn": "255",
    "ginc": "401",
    "gsin": "402",
    "gln": "414",
    "payTo": "415",
    "party": "417",
    "partyGln": "417",
    "uiExt": "7040",
    "grai": "8003",
    "giai": "8004",
    "itip": "8006",
    "cpid": "8010",
    "cpsn": "8011",
    "gmn": "8013",
    "gsrnp": "8017",
    "gsrn": "8018",
    "srin": "8019",
    "refNo": "8020",
}
"""The short names that early Digital Links use instead of numeric AIs."""

_BY_AIS: dict[tuple[str, str | None], str] = {
    ("01", "21"): "sgtin",
    ("01", "10"): "lgtin",
    ("01", "235"): "upui",
    ("01", None): "sgtin",
} | {
    (scheme.ai, None): scheme.name
    for scheme in SCHEMES.values()
    if scheme.ai not in {None, "01"} and scheme.name not in {"lgtin", "upui"}
}  # fmt: skip


def elements_scheme(ai: str, qualifier: str | None = None) -> Scheme | None:
    """The scheme of the GS1 key in ``ai``; for a GTIN ``qualifier`` (21, 10, 235 or ``None``) decides which."""
    name = _BY_AIS.get((ai, qualifier if ai == "01" else None))
    return None if name is None else SCHEMES[name]
