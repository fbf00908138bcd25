"""EPC URNs: read with a reason for every fault, and turned into GS1 elements and canonical links, and back.

Takes pure identities (``urn:epc:id:…``), the class level (``urn:epc:class:lgtin:…``) and patterns
(``urn:epc:idpat:…``); gives an :class:`EpcUrn` with decoded components, an element list, a canonical Digital Link, or
the URN of an element list or link. Patterns match and enumerate too.

Guarantees: the check digit is computed on the way to a GS1 key and verified on the way back; every component is held
to the length and the characters of its scheme (the row in ``schemes``); writing a URN of a key needs the length of its
company prefix, which is given, or looked up, or reported as unknown, never guessed.
Source: EPC Tag Data Standard 2.x, clauses 6 (pure identity), 7 (GS1 keys), 8 (patterns).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.check_digits import mod10_digit
from epcis_kit.gs1.identity_links import checked_key, elements_to_link, identity_of, link_to_elements
from epcis_kit.gs1.schemes import LINK_KEYS, NUMBER_LIMITS, QUALIFIER_PATTERNS, SCHEMES, elements_scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from epcis_kit.gs1.identity_links import Elements
    from epcis_kit.gs1.schemes import Scheme

__all__ = [
    "EpcUrn",
    "elements_to_urn",
    "enumerate_pattern",
    "link_to_urn",
    "pattern_matches",
    "read_urn",
    "urn_to_elements",
    "urn_to_link",
]

_COMPANY = re.compile("[0-9]{6,12}")
_PAIR = re.compile("[0-9]{2}")
_NON_DIGIT = re.compile("[^0-9]")
_OTHER_FORMS = {
    "tag": "the form that names the tag's binary encoding",
    "raw": "the form that holds the tag's bits",
    "pat": "a pattern of tag URIs",
}
_TEXT_ESCAPES = {ord(character): f"%{ord(character):02X}" for character in '"%&/<>?'}
_PART_ESCAPES = {ord(character): f"%{ord(character):02X}" for character in "#/"}
_TEXT_FAULT = re.compile(r"%(?!2[256Ff]|3[CcEeFf])|[^!'()*+,\-.0-9:;=A-Z_a-z%]")
_PART_FAULT = re.compile(r"%(?!2[3Ff])|[^0-9A-Z/\-%]")


class EpcUrn(NamedTuple):
    """An EPC URN, taken apart.

    Attributes:
        scheme: Its row of the scheme table.
        form: ``"id"``, ``"class"`` or ``"idpat"``.
        components: What stands between the dots, percent-decoded; ``"*"`` for each wildcard.
        stars: How many wildcards end it.
    """

    scheme: Scheme
    form: Literal["id", "class", "idpat"]
    components: tuple[str, ...]
    stars: int

    @property
    def company_prefix(self) -> str | None:
        """The GS1 company prefix; ``None`` for the schemes without one and for patterns that leave it open."""
        return None if self.scheme.ai is None or self.components[0] == "*" else self.components[0]

    def __str__(self) -> str:
        return write_urn(self.scheme, self.components, self.form)


def _fault(  # one place where the names of URN errors are made
    scheme: Scheme | None, urn: str, expected: str, got: str, kind: str, position: int | None
) -> IdentifierError:
    what = "EPC URN" if scheme is None else f"{scheme.name.upper()} URN"
    return IdentifierError(
        what, urn, expected=expected, got=got, kind=kind, position=position, ai=None if scheme is None else scheme.ai
    )


def _head(urn: str) -> tuple[Scheme, Literal["id", "class", "idpat"], int]:
    """The scheme and form of ``urn`` and where its components begin."""
    if urn[:8].lower() != "urn:epc:":
        raise _fault(None, urn, "a text that begins with urn:epc:", repr(urn[:8]), "not_an_epc_urn", 0)
    form, colon, rest = urn[8:48].partition(":")
    if form in _OTHER_FORMS:
        raise _fault(None, urn, "urn:epc:id:, urn:epc:class: or urn:epc:idpat:", _OTHER_FORMS[form], "other_form", 8)
    if form not in {"id", "class", "idpat"} or not colon:
        raise _fault(None, urn, "id, class or idpat after urn:epc:", repr(form), "unknown_form", 8)
    name, colon, _ = rest.partition(":")
    start = 8 + len(form) + 1
    scheme = SCHEMES.get(name)
    if scheme is None or not colon or (scheme.kind != form and not (form == "idpat" and scheme.kind == "id")):
        names = ", ".join(s.name for s in SCHEMES.values() if s.kind == ("class" if form == "class" else "id"))
        raise _fault(
            None, urn, f"one of the schemes {names} after urn:epc:{form}:", repr(name), "unknown_scheme", start
        )
    return scheme, form, start + len(name) + 1  # type: ignore[return-value]  # narrowed by the set above


def read_urn(urn: str) -> EpcUrn:
    """``urn`` taken apart and checked.

    Raises:
        IdentifierError: what is wrong and where; kinds ``not_an_epc_urn``, ``other_form``, ``unknown_form``,
            ``unknown_scheme``, ``components``, ``wildcard``, ``company_prefix``, ``length``, ``character``, ``range``.
    """
    scheme, form, start = _head(urn)
    parts = urn[start:].split(".", scheme.components - 1)
    stars = 0
    if form == "idpat":
        stars = next((i for i, part in enumerate(reversed(parts)) if part != "*"), len(parts))
    if len(parts) != scheme.components:
        raise _fault(
            scheme,
            urn,
            f"{scheme.components} component{'s' if scheme.components > 1 else ''} with dots between them",
            str(len(parts)),
            "components",
            len(urn),
        )
    fixed = len(parts) - stars
    for i, part in enumerate(parts[:fixed]):
        if part == "*" and form == "idpat":
            raise _fault(scheme, urn, "wildcards at the end only", f"one at component {i + 1}", "wildcard", start)
    if stars and scheme.pieces and stars == 2:
        raise _fault(scheme, urn, "wildcards for piece and total together", "one of them", "wildcard", start)
    check = _check_foreign if scheme.ai is None else _check_components
    check(scheme, urn, parts[:fixed], start)
    decoded = tuple(unquote(part) if "%" in part else part for part in parts)
    return EpcUrn(scheme, form, decoded, stars)


def _character_fault(
    scheme: Scheme, urn: str, name: str, part: str, where: re.Match[str], start: int, allowed: str
) -> IdentifierError:
    bad = part[where.start() : where.start() + 3] if where[0] == "%" else where[0]
    return _fault(
        scheme,
        urn,
        f"{allowed} in the {name}",
        f"{bad!r} at position {start + where.start() + 1}",
        "character",
        start + where.start(),
    )


def _check_components(scheme: Scheme, urn: str, parts: list[str], start: int) -> None:
    """Every fixed component of a URN of a GS1 key, in order."""
    if not parts:
        return
    company = parts[0]
    if _COMPANY.fullmatch(company) is None:
        bad = _NON_DIGIT.search(company)
        if bad is not None:
            raise _character_fault(scheme, urn, "company prefix", company, bad, start, "digits only")
        raise _fault(scheme, urn, "a company prefix of 6 to 12 digits", str(len(company)), "company_prefix", start)
    if len(parts) == 1:
        return
    start += len(company) + 1
    reference = parts[1]
    _check_reference(scheme, urn, len(company), reference, start)
    start += len(reference) + 1
    rest = parts[2:]
    if scheme.pieces:
        for name, part in zip(("piece number", "total"), rest, strict=False):
            if _PAIR.fullmatch(part) is None:
                raise _fault(scheme, urn, f"a {name} of 2 digits", repr(part[:60]), "length", start)
            start += len(part) + 1
        rest = rest[2:]
    if rest:
        _check_serial(scheme, urn, rest[0], start)


def _check_reference(scheme: Scheme, urn: str, company_length: int, reference: str, start: int) -> None:
    name = scheme.reference
    if scheme.digits:
        bad = _NON_DIGIT.search(reference)
        if bad is not None:
            raise _character_fault(scheme, urn, name, reference, bad, start, "digits only")
        wanted = scheme.digits - company_length
        if len(reference) != wanted:
            digits = f"{wanted} digit{'s' if wanted != 1 else ''}"
            raise _fault(
                scheme,
                urn,
                f"{digits} in the {name} after a company prefix of {company_length}",
                str(len(reference)),
                "length",
                start,
            )
        return
    _check_text(scheme, urn, name, reference, start, scheme.longest - company_length, part=scheme.parts)


def _check_text(scheme: Scheme, urn: str, name: str, text: str, start: int, longest: int, *, part: bool) -> None:
    fault = _PART_FAULT if part else _TEXT_FAULT
    bad = fault.search(text)
    if bad is not None:
        allowed = (
            "capitals, digits, - and the escapes %23 %2F" if part else 'GS1 characters, with " % & / < > ? escaped'
        )
        raise _character_fault(scheme, urn, name, text, bad, start, allowed)
    length = len(text) - 2 * text.count("%")
    if not 1 <= length <= longest:
        raise _fault(scheme, urn, f"1 to {longest} characters in the {name}", str(length), "length", start)


def _check_serial(scheme: Scheme, urn: str, serial: str, start: int) -> None:
    name, longest = scheme.serial_title, scheme.serial_longest
    if scheme.serial == "text":
        _check_text(scheme, urn, name, serial, start, longest, part=False)
        return
    bad = _NON_DIGIT.search(serial)
    if bad is not None:
        raise _character_fault(scheme, urn, name, serial, bad, start, "digits only")
    if not 1 <= len(serial) <= longest:
        raise _fault(scheme, urn, f"1 to {longest} digits in the {name}", str(len(serial)), "length", start)
    if scheme.serial == "number" and serial[0] == "0" and serial != "0":
        raise _fault(scheme, urn, f"a {name} without leading zeros", repr(serial), "range", start)


def _check_foreign(scheme: Scheme, urn: str, parts: list[str], start: int) -> None:
    """The components of the five schemes that have no GS1 key."""
    whole = ".".join(parts)
    groups = _foreign_pattern(scheme.name, len(parts))
    if parts and groups.fullmatch(whole) is None:
        raise _fault(scheme, urn, _FOREIGN_FORMS[scheme.name], repr(whole[:60]), "malformed", start)
    for part, limit in zip(parts, NUMBER_LIMITS.get(scheme.name, ()), strict=False):
        if limit and int(part) > limit:
            raise _fault(scheme, urn, f"a number of at most {limit}", part, "range", start)
        start += len(part) + 1


_FOREIGN_FORMS = {
    "gid": "three numbers without leading zeros",
    "usdod": "a CAGE code or DoDAAC of 5 or 6 characters and a number without leading zeros",
    "adi": "a CAGE code or DoDAAC of 5 or 6 characters, a part number of at most 32 and a serial number of 1 to 30",
    "bic": "3 letters, one of J, U and Z, and 7 digits",
    "imovn": "7 digits",
}


@functools.cache
def _foreign_pattern(name: str, components: int) -> re.Pattern[str]:
    return re.compile(r"\.".join(SCHEMES[name].body.split(r"\.")[:components]))


def urn_to_elements(urn: str) -> Elements:
    """The elements of the GS1 key that ``urn`` names; for a class pattern those of the class.

    Raises:
        IdentifierError: as :func:`read_urn`; kind ``no_gs1_key`` for the schemes without one and for patterns that
            name no single class.
    """
    parsed = read_urn(urn)
    scheme, components = parsed.scheme, parsed.components
    if scheme.ai is None:
        raise _fault(scheme, urn, "a scheme with a GS1 key", scheme.name.upper(), "no_gs1_key", None)
    if parsed.form == "idpat" and not (parsed.stars == 1 and scheme.class_pattern):
        got = f"{parsed.stars} wildcard{'' if parsed.stars == 1 else 's'}"
        raise _fault(
            scheme, urn, "a pattern of one class, with one wildcard for its serial numbers", got, "no_gs1_key", None
        )
    company, reference = components[:2]
    value = reference[:1] + company + reference[1:] if scheme.lead else company + reference
    if scheme.check:
        value += mod10_digit(value)
    value = scheme.zero + value
    if scheme.pieces:
        value += components[2] + components[3]
    if scheme.serial is None or parsed.stars:
        return ((scheme.ai, value),)
    serial = components[-1]
    if serial == scheme.no_serial:
        return ((scheme.ai, value),)
    if scheme.serial_ai is None:
        return ((scheme.ai, value + serial),)
    return ((scheme.ai, value), (scheme.serial_ai, serial))


def urn_to_link(urn: str) -> str:
    """The canonical Digital Link of ``urn``.

    Raises:
        IdentifierError: as :func:`urn_to_elements`.
    """
    return elements_to_link(urn_to_elements(urn))


def write_urn(scheme: Scheme, components: Iterable[str], form: str | None = None) -> str:
    """The URN of decoded components (``"*"`` stays a wildcard in a pattern); nothing is checked here."""
    form = form or scheme.kind
    escapes = _PART_ESCAPES if scheme.parts or scheme.name == "adi" else _TEXT_ESCAPES
    return f"urn:epc:{form}:{scheme.name}:" + ".".join(component.translate(escapes) for component in components)


def elements_to_urn(elements: Elements, gcp_length: int | None = None) -> str:
    """The EPC URN of the object that ``elements`` identify.

    The first key AI counts, with its serial number, else its lot; AIs that describe (dates, weights, …) have no place
    in an EPC and are left out. A key without serial number becomes a pattern (``urn:epc:idpat:…``) where its
    scheme has one; a GLN without extension gets the extension ``0``.

    Args:
        elements: AIs and values; check digits are verified.
        gcp_length: Digits of the company prefix, 6 to 12; looked up where it is ``None``.

    Raises:
        IdentifierError: kind ``gcp_length_unknown``, ``gcp_length``, ``no_epc``, or as the value is wrong.
    """
    position = next((i for i, (ai, _) in enumerate(elements) if ai in LINK_KEYS), None)
    if position is None:
        given = ", ".join(ai for ai, _ in elements) or "none"
        raise IdentifierError(
            "EPC URN", given, expected="the AI of a GS1 key", got=f"AIs {given}", kind="no_epc", verb="write"
        )
    ai, value = elements[position]
    value = checked_key(ai, value, value)
    others = {name: text for name, text in elements if name in QUALIFIER_PATTERNS}
    identity = identity_of(((ai, value), *others.items()))
    qualifier, serial = identity[1] if len(identity) > 1 else (None, None)
    scheme = elements_scheme(ai, qualifier)
    if scheme is None:
        title = LINK_KEYS[ai].title
        raise IdentifierError(
            "EPC URN",
            value,
            expected="a key with an EPC scheme",
            got=f"a {title} (AI {ai})",
            kind="no_epc",
            ai=ai,
            verb="write",
        )
    if scheme.serial_ai is not None and qualifier not in {None, scheme.serial_ai}:
        raise IdentifierError(
            "EPC URN",
            value,
            expected=f"AI {scheme.serial_ai} beside AI {ai}",
            got=f"AI {qualifier}",
            kind="no_epc",
            ai=qualifier,
            verb="write",
        )
    return _write_elements(scheme, value, serial, gcp_length)


def _write_elements(scheme: Scheme, value: str, serial: str | None, gcp_length: int | None) -> str:
    from epcis_kit.gs1.prefixes import company_prefix_length  # noqa: PLC0415 - keeps the look-up out of this room's import

    ai = scheme.ai
    assert ai is not None
    length = company_prefix_length(ai, value, gcp_length)
    body = value[len(scheme.zero) :]
    pieces: tuple[str, ...] = ()
    if scheme.digits:
        number, rest = body[: scheme.digits], body[scheme.digits + scheme.check :]
        if scheme.lead:
            number = number[1:]
            company, reference = number[:length], body[0] + number[length:]
        else:
            company, reference = number[:length], number[length:]
        if scheme.pieces:
            pieces = (rest[:2], rest[2:])
        elif scheme.serial is not None and scheme.serial_ai is None:
            serial = rest or None
    else:
        company, reference = body[:length], body[length:]
    components = (company, reference, *pieces)
    if scheme.serial is None:
        urn = write_urn(scheme, components)
    elif serial is not None:
        urn = write_urn(scheme, (*components, serial))
    elif scheme.no_serial is not None:
        urn = write_urn(scheme, (*components, scheme.no_serial))
    else:
        urn = write_urn(scheme, components, "idpat") + ".*"
    if serial is not None and serial == scheme.no_serial:
        raise IdentifierError(
            f"{scheme.name.upper()} URN", value, expected=f"another {scheme.serial_title} than {serial}, which in a URN means none",
            got=repr(serial), kind="no_epc", ai=scheme.serial_ai, verb="write",
        )  # fmt: skip
    read_urn(urn)  # a value that its scheme cannot hold is refused here, with the place
    return urn


def link_to_urn(link: str, gcp_length: int | None = None) -> str:
    """The EPC URN of the object that the Digital Link ``link`` identifies.

    Args:
        link: On any domain and path stem; its query and its non-identifying qualifiers are left out.
        gcp_length: Digits of the company prefix, 6 to 12; looked up in the table of prefixes where it is ``None``.

    Raises:
        IdentifierError: kind ``not_a_digital_link``, or as :func:`elements_to_urn`.
    """
    elements = link_to_elements(link)
    if elements is None:
        raise IdentifierError(
            "Digital Link",
            link,
            expected="the AI of a GS1 key and its value at the end of the path",
            kind="not_a_digital_link",
        )
    return elements_to_urn(elements, gcp_length)


def pattern_matches(pattern: str, urn: str) -> bool:
    """Whether the EPC URN ``urn`` is one of those that ``pattern`` (``urn:epc:idpat:…``) stands for.

    A URN matches itself too. Escapes are compared decoded. A class pattern also matches an equal pattern and a
    narrower one, so that ``…:0614141.*.*`` matches ``…:0614141.112345.*``.

    Raises:
        IdentifierError: one of the two is no well-formed EPC URN.
    """
    outer, inner = read_urn(pattern), read_urn(urn)
    fixed = len(outer.components) - outer.stars
    same_kind = (outer.form == "class") == (inner.form == "class")
    return (
        same_kind
        and outer.scheme.name == inner.scheme.name
        and inner.stars <= outer.stars
        and outer.components[:fixed] == inner.components[:fixed]
    )


def enumerate_pattern(pattern: str, serials: Iterable[str]) -> Iterator[str]:
    """The pure identities of ``pattern`` for each of ``serials``, for a pattern with one wildcard at its end.

    Args:
        pattern: For example ``"urn:epc:idpat:sgtin:0614141.112345.*"``.
        serials: Decoded serial numbers; escapes are put in.

    Raises:
        IdentifierError: the pattern leaves more open than its last component, or a serial number does not fit.
    """
    parsed = read_urn(pattern)
    if parsed.form != "idpat" or parsed.stars != 1:
        raise _fault(
            parsed.scheme, pattern, "a pattern with one wildcard at its end", f"{parsed.stars}", "wildcard", None
        )
    for serial in serials:
        urn = write_urn(parsed.scheme, (*parsed.components[:-1], serial), "id")
        read_urn(urn)
        yield urn
