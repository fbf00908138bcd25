"""The one door: any spelling of a GS1 identifier becomes a ``Key``, which gives every other spelling it has.

Takes bracketed and raw element strings (with or without a symbology identifier), Digital Links, EPC URNs of every form,
EPC hex and binary, bare GTIN, UPC-E, SSCC and GLN. Gives a frozen :class:`Key` of its parts.

Guarantees: what is read is checked by the rules of its form; a form that the key does not have is refused with the
reason; a text that can be read in two ways that mean different keys is an error that names both, never a guess. The
readers of element strings, links and tags are loaded when a text needs them.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, NamedTuple

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1 import bare_numbers, rooms
from epcis_kit.gs1.canonical import TraceKey, trace_elements, trace_key
from epcis_kit.gs1.epc_syntax import EpcUrn, read_urn
from epcis_kit.gs1.epc_urns import elements_to_urn, urn_to_elements
from epcis_kit.gs1.identity_links import CANONICAL_STEM, Elements, elements_to_link, link_to_elements
from epcis_kit.gs1.prefixes import GS1Prefix, company_prefix, gs1_prefix
from epcis_kit.gs1.schemes import LINK_KEYS, elements_scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.gs1.element_strings import ElementString
    from epcis_kit.gs1.schemes import Scheme
    from epcis_kit.gs1.tags import Tag

__all__ = ["EXPECT_NAMES", "Key", "key_faults", "parse_key"]

_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_LABEL = re.compile(
    r"(GTIN|EAN|UPC|SSCC|GLN|GRAI|GIAI|GSRNP|GSRN|GDTI|GCN|GINC|GSIN|ITIP|CPID|GMN)(?:-?(?:8|12|13|14))?(?::[ ]?|[ ])",
    re.IGNORECASE,
)
_HEX = re.compile("(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{16,1024}|[01]{64,4096}")
_BITS = re.compile("[01]{40,4096}")
_BLANKS = " \t\r\n\f\v"

EXPECT_NAMES: dict[str, str] = {
    "gtin": "01", "ean": "01", "upc": "01", "sscc": "00", "gln": "414", "party": "417", "grai": "8003", "giai": "8004",
    "gsrn": "8018", "gsrnp": "8017", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402", "itip": "8006",
    "cpid": "8010", "gmn": "8013",
}  # fmt: skip
"""The kinds of key that ``parse_key(expect=…)`` knows, with their AIs."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A GS1 identifier and its parts.

    Attributes:
        text: The text as it was given.
        form: What kind of spelling that was, for people: ``"bracketed element string"``, ``"Digital Link"``, …
        elements: AIs and values in the order of the text; empty for EPCs without a GS1 key.
        epc: The EPC URN the text was or stands for, where it was one.
        gcp_length: Digits of the company prefix, where the text or the caller said them.
        ignored: Query parameters of a Digital Link that are no AIs, as written.
        symbology: The symbology identifier in front of the text, for example ``"]C1"``.
        retail: The digits of a retail symbol beside which the elements stood, where there was one (composite symbols).
        tag: What the memory of the tag said beside the EPC (filter value, attribute bits), where the text was a tag's.
    """

    text: str
    form: str
    elements: Elements = ()
    epc: EpcUrn | None = None
    gcp_length: int | None = None
    ignored: tuple[str, ...] = ()
    symbology: str | None = None
    retail: str | None = None
    tag: Tag | None = None
    message: ElementString | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def ais(self) -> Elements:
        """AIs and values as GS1's own tools list them: with ``("|", "")`` where a composite component begins."""
        composite = self.message is not None and self.message.composite_at is not None
        return self.message.marked_elements if self.message is not None and composite else self.elements

    @property
    def primary(self) -> tuple[str, str] | None:
        """AI and value of the key itself; ``None`` where there is none."""
        if self.retail is not None:
            return ("01", self.retail.zfill(14))
        return next((element for element in self.elements if element[0] in LINK_KEYS), None)

    @property
    def scheme(self) -> Scheme | None:
        """The EPC scheme of the key; ``None`` for keys that have no EPC."""
        if self.epc is not None:
            return self.epc.scheme
        primary = self.primary
        if primary is None:
            return None
        known = dict(self.elements)
        qualifier = next((ai for ai in LINK_KEYS[primary[0]].identifying if ai in known), None)
        return elements_scheme(primary[0], qualifier)

    @property
    def level(self) -> str:
        """``"instance"``, ``"lot"``, ``"class"``, ``"pattern"`` (one that names no single class) or ``"other"``."""
        if self.epc is not None and self.epc.form == "idpat" and not self.elements:
            return "pattern"
        if self.epc is not None and self.epc.scheme.ai is None:
            return "instance"
        level = self.as_trace_key().level
        return "other" if level == "opaque" else level

    def get(self, ai: str) -> str | None:
        """The value of the first ``ai``, or ``None``."""
        return next((value for name, value in self.elements if name == ai), None)

    def titles(self) -> tuple[str, ...]:
        """The data title of each element, for example ``("GTIN", "BATCH/LOT")``."""
        return tuple(rooms.title(ai) for ai, _ in self.elements)

    def parts(self) -> tuple[tuple[str, str], ...]:
        """Names and values of all that the key is made of, for people."""
        named = [(f"({ai}) {rooms.title(ai)}", value) for ai, value in self.elements]
        if self.epc is not None:
            named += self.epc.named_components()
        return tuple(named)

    def company_prefix(self, gcp_length: int | None = None) -> str | None:
        """The digits of the company prefix; ``None`` where its length is neither given nor known."""
        if self.epc is not None:
            return self.epc.company_prefix
        primary = self.primary
        return None if primary is None else company_prefix(*primary, gcp_length or self.gcp_length)

    def gs1_prefix(self) -> GS1Prefix | None:
        """The GS1 prefix of the key and who gives out numbers with it; ``None`` where the table does not know."""
        primary = self.primary
        return None if primary is None else gs1_prefix(*primary)

    def _needs_elements(self, what: str) -> Elements:
        if self.elements:
            return self.elements
        if self.epc is not None and self.epc.scheme.ai is not None:
            got = "a pattern that names no single class"
        else:
            got = "an EPC without one" if self.epc is None else f"{self.epc.scheme.name.upper()}, which has none"
        raise IdentifierError(what, self.text, expected="a GS1 key", got=got, kind="no_such_form", verb="write")

    def as_digital_link(self, stem: str = CANONICAL_STEM) -> str:
        """The Digital Link on ``stem``, with every element: qualifiers in the path, the others in the query.

        Raises:
            IdentifierError: there is no GS1 key, or its elements make no link.
        """
        elements = self._needs_elements("Digital Link")
        if self.tag is not None:
            return self.tag.as_digital_link(stem)
        if self.epc is not None or (len(elements) == 1 and elements[0][0] in LINK_KEYS):
            return elements_to_link(elements, stem)
        return rooms.build_digital_link(elements, stem)

    def as_compressed_link(self) -> str:
        """The compressed Digital Link.

        Raises:
            IdentifierError: as :meth:`as_digital_link`.
        """
        return rooms.compress(self.as_digital_link())

    def as_epc_urn(self, gcp_length: int | None = None) -> str:
        """The EPC URN of what the key identifies: with its serial number, else its lot, else the class pattern.

        An EPC identifies and does not describe: dates, weights and the like are left out (:meth:`left_out_of_epc`).

        Args:
            gcp_length: Digits of the company prefix; else those known from the text, else looked up.

        Raises:
            IdentifierError: kind ``gcp_length_unknown``, or ``no_epc`` where the key has no EPC.
        """
        if self.epc is not None:
            return str(self.epc)
        elements = self._needs_elements("EPC URN")
        return elements_to_urn(elements, gcp_length if gcp_length is not None else self.gcp_length)

    def left_out_of_epc(self) -> tuple[str, ...]:
        """The AIs of this key that an EPC URN does not carry."""
        scheme = self.scheme
        if scheme is None:
            return tuple(ai for ai, _ in self.elements)
        return tuple(ai for ai, _ in self.elements if ai not in {scheme.ai, scheme.serial_ai})

    def as_element_string(self, *, fnc1: str = "\x1d") -> str:
        """The raw element string.

        Args:
            fnc1: How FNC1 is written, after values of variable length that do not end the string.

        Raises:
            IdentifierError: there is no GS1 key.
        """
        return self._message().as_raw(fnc1=fnc1)

    def as_message(self) -> str:
        """The element string as GS1's own tools write it: ``^`` for FNC1, one in front, retail digits before it.

        Raises:
            IdentifierError: there is no GS1 key.
        """
        return self._message(whole=True).as_message()

    def as_bracketed(self) -> str:
        r"""The element string with each AI in brackets; an opening bracket inside a value is written ``\(``.

        Raises:
            IdentifierError: there is no GS1 key.
        """
        return self._message().as_bracketed()

    def _message(self, *, whole: bool = False) -> ElementString:
        """The elements as a message; ``whole``: with the retail digits that have no place among the elements."""
        if self.message is not None and (whole or self.message.elements == self.elements):
            return self.message
        return rooms.element_string_of(self._needs_elements("element string"))

    def as_hri(self) -> tuple[str, ...]:
        """The human readable interpretation, one line an element: ``"(01) 09506000134352"``.

        Raises:
            IdentifierError: there is no GS1 key.
        """
        return tuple(f"({ai}) {value}" for ai, value in self._needs_elements("human readable text"))

    def as_trace_key(self) -> TraceKey:
        """The identity by which events and traces compare; see :func:`epcis_kit.gs1.canonical.trace_key`."""
        if self.epc is not None:
            return trace_key(str(self.epc))
        primary = self.primary
        if primary is None:
            return TraceKey(self.text.strip(), "opaque", None, None)
        key = LINK_KEYS[primary[0]]
        return trace_elements((primary, *(element for element in self.elements if element[0] in key.qualifiers)))

    def forms(self, gcp_length: int | None = None) -> Iterator[tuple[str, str | IdentifierError]]:
        """Name and text of every form, with the error in place of the text where a form does not exist."""
        makers: tuple[tuple[str, Callable[[], str]], ...] = (
            ("bracketed", self.as_bracketed),
            ("element string", self.as_message),
            ("Digital Link", self.as_digital_link),
            ("compressed Digital Link", self.as_compressed_link),
            ("EPC URN", lambda: self.as_epc_urn(gcp_length)),
        )
        for name, make in makers:
            try:
                yield name, make()
            except IdentifierError as fault:
                yield name, fault

    def __str__(self) -> str:
        return self.as_bracketed() if self.elements else str(self.epc)


def parse_key(
    text: str,
    *,
    gcp_length: int | None = None,
    expect: str | None = None,
    fnc1: str = "\x1d^",
    lenient: bool = False,
) -> Key:
    """The key in ``text``, whatever way it is spelt.

    Args:
        text: See the head of this module; blanks around it are left aside.
        gcp_length: Digits of the company prefix, for the forms that need them and do not say them.
        expect: The kind of key it must be, by name (``"gtin"``, ``"gln"``, …) or AI. It settles what a bare number is.
        fnc1: The characters that stand for FNC1 in element strings.
        lenient: Read Digital Links with GTINs of 8, 12 or 13 digits and with the early short names (``/gtin/…``) too.

    Raises:
        IdentifierError: the text is wrong (the error says where), kind ``ambiguous`` where two keys are meant by it,
            kind ``unexpected_key`` where it is of another kind than ``expect``.
    """
    body = text.strip(_BLANKS)
    wanted = None if expect is None else _wanted(expect)
    label = _LABEL.match(body)
    if label is not None:
        body = body[label.end() :].lstrip(_BLANKS)
        wanted = wanted or EXPECT_NAMES[label[1].lower()]
    if not body:
        raise IdentifierError("key", text, expected="an identifier", got="nothing", kind="empty")
    key = _read(body, _Way(wanted, fnc1, lenient))
    if wanted is not None and key.get(wanted) is None:
        title = LINK_KEYS[wanted].title
        ai = key.primary[0] if key.primary else None
        got = key.form if ai is None else f"AI {ai} ({LINK_KEYS[ai].title})"
        raise IdentifierError(title, text, expected=f"AI {wanted}", got=got, kind="unexpected_key", ai=ai)
    length = gcp_length if key.gcp_length is None else key.gcp_length
    return dataclasses.replace(key, text=text, gcp_length=length)


def key_faults(
    text: str, *, expect: str | None = None, fnc1: str = "\x1d^", lenient: bool = False
) -> tuple[IdentifierError, ...]:
    """Everything that is wrong with ``text``, in its order; empty where :func:`parse_key` reads it.

    An element string is read on after a fault, so that each of its elements has its say; other forms give one fault.
    """
    try:
        parse_key(text, expect=expect, fnc1=fnc1, lenient=lenient)
    except IdentifierError as fault:
        if fault.what == "element string":
            return rooms.read_element_string(text.strip(_BLANKS), fnc1, lenient=True).errors or (fault,)
        return (fault,)
    return ()


def _wanted(expect: str) -> str:
    ai = EXPECT_NAMES.get(expect.lower(), expect)
    if ai not in LINK_KEYS:
        names = ", ".join(EXPECT_NAMES)
        raise IdentifierError(
            "kind of key", expect, expected=f"one of {names}, or an AI", kind="unknown_kind", verb="use"
        )
    return ai


class _Way(NamedTuple):
    """How the caller wants a text to be read."""

    wanted: str | None
    fnc1: str
    lenient: bool


def _read(body: str, way: _Way) -> Key:
    start = body[:9].lower()
    if start.startswith(("http://", "https://")):
        return _read_link(body, lenient=way.lenient)
    if start.startswith("urn:"):
        return _read_urn(body)
    if _SYMBOLOGY.match(body):
        return _read_scan(body, way)
    if body[0] == "(":
        return _message_key(body, "bracketed element string", way.fnc1)
    return _read_bare(body, way.wanted, way.fnc1)


def _read_link(uri: str, *, lenient: bool) -> Key:
    try:
        identity = link_to_elements(uri)
    except IdentifierError:
        identity = ()
    if identity is None and rooms.may_be_compressed(uri):
        plain = _plain_link(rooms.decompress(uri), lenient=lenient)
        return dataclasses.replace(plain, form="compressed Digital Link")
    return _plain_link(uri, lenient=lenient)


def _plain_link(uri: str, *, lenient: bool) -> Key:
    elements, ignored = rooms.parse_digital_link(uri, lenient=lenient)
    return Key(text=uri, form="Digital Link", elements=elements, ignored=ignored)


def _read_urn(urn: str) -> Key:
    form = urn[8:12].lower()
    if urn[:8].lower() == "urn:epc:" and form.startswith(("tag:", "raw:")):
        return _tag_key(urn, f"EPC {form[:3]} URN", rooms.parse_tag_uri(urn))
    parsed = read_urn(urn)
    name = {"id": "EPC URN", "class": "EPC class URN", "idpat": "EPC pattern"}[parsed.form]
    return _epc_key(urn, name, parsed)


def _epc_key(text: str, form: str, epc: EpcUrn, tag: Tag | None = None) -> Key:
    company = epc.company_prefix
    try:
        elements = urn_to_elements(str(epc))
    except IdentifierError as fault:
        if fault.kind != "no_gs1_key":
            raise
        elements = ()
    return Key(
        text=text,
        form=form,
        elements=elements,
        epc=epc,
        gcp_length=None if company is None else len(company),
        tag=tag,
    )


def _message_key(body: str, form: str, fnc1: str) -> Key:
    message = rooms.read_element_string(body, fnc1)
    elements, retail = message.elements, message.primary
    if retail is not None and not elements:
        return Key(text=body, form=form, elements=(("01", retail.zfill(14)),), message=message)
    return Key(text=body, form=form, elements=elements, retail=retail, message=message)


def _read_scan(body: str, way: _Way) -> Key:
    """A scanner's message: the symbology identifier says whether AIs follow, or a bare number, or anything."""
    symbology, data = body[:3], body[3:]
    if symbology in rooms.AI_SYMBOLOGIES or symbology[1] == "E":
        return dataclasses.replace(_message_key(body, f"scan {symbology}", way.fnc1), symbology=symbology)
    if not data:
        raise IdentifierError("scan", body, expected=f"data after {symbology}", got="nothing", kind="empty")
    if symbology[1] == "I" and way.wanted is None:  # ITF-14 holds nothing else
        way = way._replace(wanted="01")
    return dataclasses.replace(_read(data, way), symbology=symbology)


def _read_bare(body: str, wanted: str | None, fnc1: str) -> Key:
    """Text without a mark of its form: every reading is tried, and one must remain."""
    found: list[Key] = []
    faults: list[IdentifierError] = []

    def attempt(read: Callable[[], Key]) -> None:
        try:
            key = read()
        except IdentifierError as fault:
            faults.append(fault)
            return
        if all(key.elements != other.elements or key.epc != other.epc for other in found):
            found.append(key)

    for form, ai, value in bare_numbers.readings(body, wanted):
        attempt(lambda form=form, ai=ai, value=value: _number(form, ai, value))  # type: ignore[misc]
    if wanted is None or not found:
        numbers, tags = bool(found or faults), len(found)
        likely = rooms.could_be_tag(body)
        if likely:
            attempt(lambda: _tag(body))
        tags = len(found) - tags
        marked = body[0] in fnc1 or (body[:2].isascii() and body[:2].isdecimal())
        if marked and (wanted is None or not numbers):
            before = len(found)
            attempt(lambda: _message_key(body, "raw element string", fnc1))
            if len(found) > before and (
                ((numbers or tags) and found[-1].primary is None)  # almost any number can be read as some AI
                or (tags and _is_free_text(found[-1]))  # which weighs less than every field of a tag
            ):
                found.pop()
        if not found and not likely and _HEX.fullmatch(body):
            attempt(lambda: _tag(body))  # to say what is wrong with it
    if len(found) > 1:
        names = [f"{key.form} {key.as_bracketed()}" if key.elements else f"{key.form} {key.epc}" for key in found]
        raise IdentifierError(
            "key",
            body,
            expected="one meaning (say which with its name in front, or expect=)",
            got=f"{len(names)}: {' or '.join(names)}",
            kind="ambiguous",
        )
    if found:
        return found[0]
    if faults:
        raise faults[0]
    raise IdentifierError(
        "key",
        body,
        expected="an element string, a Digital Link, an EPC URN, the hex of a tag, or the digits of a key",
        kind="unknown_form",
        position=0,
    )


def _is_free_text(key: Key) -> bool:
    return len(key.elements) == 1 and not key.elements[0][1].isdecimal()


def _number(form: str, ai: str, value: str) -> Key:
    return Key(text=value, form=form, elements=((ai, bare_numbers.checked(form, ai, value)),))


def _tag(body: str) -> Key:
    return _tag_key(body, "EPC binary" if _BITS.fullmatch(body) else "EPC hex", rooms.decode_tag(body))


def _tag_key(text: str, form: str, tag: Tag) -> Key:
    if tag.epc_urn is None:
        return Key(text=text, form=form, elements=tag.elements, tag=tag)
    return _epc_key(text, form, read_urn(tag.epc_urn), tag)
