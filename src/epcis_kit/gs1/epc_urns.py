"""EPC URNs to GS1 keys and back, and patterns of EPC URNs.

Takes an EPC URN and gives the element list of the GS1 key it stands for; takes an element list or a Digital Link and
gives the URN. Patterns (``urn:epc:idpat:…``) match and enumerate too. (The canonical link of a URN is made in
``canonical``, by the fast way.)

Guarantees: the check digit is computed on the way to a GS1 key and verified on the way back; writing a URN needs the
length of the company prefix, which is given, or looked up, or reported as unknown, never guessed; a value that its
scheme cannot hold is refused with the place.
Source: EPC Tag Data Standard 2.x, clauses 7 (correspondence to GS1 keys) and 8 (patterns).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.check_digits import mod10_digit
from epcis_kit.gs1.epc_syntax import EpcUrn, read_urn, write_urn
from epcis_kit.gs1.identity_links import checked_key, identity_of, link_to_elements
from epcis_kit.gs1.prefixes import company_prefix_length
from epcis_kit.gs1.schemes import LINK_KEYS, QUALIFIER_PATTERNS, elements_scheme

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
]


def urn_to_elements(urn: str) -> Elements:
    """The elements of the GS1 key that ``urn`` names; for a class pattern those of the class.

    Raises:
        IdentifierError: as :func:`read_urn`; kind ``no_gs1_key`` for the schemes without one and for patterns that
            name no single class.
    """
    parsed = read_urn(urn)
    scheme, components = parsed.scheme, parsed.components
    if scheme.ai is None:
        raise IdentifierError(
            "GS1 key of EPC URN", urn, expected="a scheme with a GS1 key", got=scheme.name.upper(), kind="no_gs1_key"
        )
    if parsed.form == "idpat" and not (parsed.stars == 1 and scheme.class_pattern):
        got = f"{scheme.name.upper()}, which has no classes" if parsed.stars == 1 else f"{parsed.stars} wildcards"
        raise IdentifierError(
            "GS1 key of EPC URN",
            urn,
            expected="a pattern of one class, with one wildcard for its serial numbers",
            got=got,
            kind="no_gs1_key",
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
    value = checked_key(ai, value)
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
            f"{scheme.name.upper()} URN",
            value,
            expected=f"another {scheme.serial_title} than {serial}, which in a URN means none",
            got=repr(serial),
            kind="no_epc",
            ai=scheme.serial_ai,
            verb="write",
        )
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

    A URN matches itself too. Escapes are compared decoded. A pattern also matches a narrower one, so that
    ``…:0614141.*.*`` matches ``…:0614141.112345.*``.

    Args:
        pattern: An EPC URN, with or without wildcards.
        urn: An EPC URN or a Digital Link; the company prefix of a link is as long as the pattern's.

    Raises:
        IdentifierError: one of the two is not well formed.
    """
    outer = read_urn(pattern)
    if urn[:4].lower() == "http":
        company = outer.company_prefix
        urn = link_to_urn(urn, 6 if company is None else len(company))
    inner = read_urn(urn)
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
        got = f"{parsed.stars} wildcards" if parsed.stars else "none"
        raise IdentifierError(
            "pattern", pattern, expected="one wildcard at its end", got=got, kind="wildcard", verb="enumerate"
        )
    for serial in serials:
        urn = write_urn(parsed.scheme, (*parsed.components[:-1], serial), "id")
        read_urn(urn)
        yield urn
