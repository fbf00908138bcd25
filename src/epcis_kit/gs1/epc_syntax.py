"""EPC URNs taken apart and put together: components, characters, lengths.

Takes the text of a pure identity (``urn:epc:id:…``), a class (``urn:epc:class:lgtin:…``) or a pattern
(``urn:epc:idpat:…``) and gives an :class:`EpcUrn` with decoded components, or an error that says which component is
wrong, where, and what was expected. Writes the URN of components too.

Guarantees: every component is held to the length and the characters of its scheme (the row in ``schemes``); positions
in errors count from the beginning of the text; the cost is linear.
Source: EPC Tag Data Standard 2.x, clauses 6 (pure identity) and 8 (patterns).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.schemes import NUMBER_LIMITS, SCHEMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from epcis_kit.gs1.schemes import Scheme

__all__ = ["EpcUrn", "read_urn", "write_urn"]

Form = Literal["id", "class", "idpat"]

_FORMS: dict[str, Form] = {"id": "id", "class": "class", "idpat": "idpat"}
_OTHER_FORMS = {
    "tag": "the form that names the tag's binary encoding",
    "raw": "the form that holds the tag's bits",
    "pat": "a pattern of tag URIs",
}
_FOREIGN_FORMS = {
    "gid": "three numbers without leading zeros",
    "usdod": "a CAGE code or DoDAAC of 5 or 6 characters and a number without leading zeros",
    "adi": "a CAGE code or DoDAAC of 5 or 6 characters, a part number of at most 32 and a serial number of 1 to 30",
    "bic": "3 letters, one of J, U and Z, and 7 digits",
    "imovn": "7 digits",
}
_PAIR = re.compile("[0-9]{2}")
_NON_DIGIT = re.compile("[^0-9]")
_TEXT_FAULT = re.compile(r"%(?!2[256Ff]|3[CcEeFf])|[^!'()*+,\-.0-9:;=A-Z_a-z%]")
_PART_FAULT = re.compile(r"%(?!2[3Ff])|[^0-9A-Z/\-%]")
_TEXT_ESCAPES = {ord(character): f"%{ord(character):02X}" for character in '"%&/<>?'}
_PART_ESCAPES = {ord(character): f"%{ord(character):02X}" for character in "#/"}
_EPC = "urn:epc:"


class EpcUrn(NamedTuple):
    """An EPC URN, taken apart; ``str()`` gives it back with capital escapes.

    Attributes:
        scheme: Its row of the scheme table.
        form: ``"id"``, ``"class"`` or ``"idpat"``.
        components: What stands between the dots, percent-decoded; ``"*"`` for each wildcard.
        stars: How many wildcards end it.
    """

    scheme: Scheme
    form: Form
    components: tuple[str, ...]
    stars: int

    @property
    def company_prefix(self) -> str | None:
        """The GS1 company prefix; ``None`` for the schemes without one and for patterns that leave it open."""
        return None if self.scheme.ai is None or self.components[0] == "*" else self.components[0]

    def named_components(self) -> tuple[tuple[str, str], ...]:
        """The components with their names, for people."""
        return tuple(zip(component_names(self.scheme), self.components, strict=True))

    def __str__(self) -> str:
        return write_urn(self.scheme, self.components, self.form)


class _Component(NamedTuple):
    """One component of a URN on its way through the checks, with what an error about it needs."""

    scheme: Scheme
    urn: str
    name: str
    text: str
    start: int

    def fault(self, expected: str, got: str, kind: str, offset: int = 0) -> IdentifierError:
        """The error about this component, ``offset`` characters into it."""
        return IdentifierError(
            f"{self.scheme.name.upper()} URN",
            self.urn,
            expected=expected,
            got=got,
            kind=kind,
            ai=self.scheme.ai,
            position=self.start + offset,
        )

    def refuse(self, pattern: re.Pattern[str], allowed: str) -> None:
        """Raise where ``pattern``, which finds wrong characters, finds one."""
        bad = pattern.search(self.text)
        if bad is not None:
            offset = bad.start()
            shown = self.text[offset : offset + 3] if bad[0] == "%" else bad[0]
            place = self.start + offset + 1
            raise self.fault(f"{allowed} in the {self.name}", f"{shown!r} at position {place}", "character", offset)


def component_names(scheme: Scheme) -> tuple[str, ...]:
    """What the components of a URN of ``scheme`` are called, in order."""
    if scheme.ai is None:
        return {
            "gid": ("manager number", "object class", "serial number"),
            "usdod": ("CAGE code or DoDAAC", "serial number"),
            "adi": ("CAGE code or DoDAAC", "part number", "serial number"),
            "bic": ("container code",),
            "imovn": ("vessel number",),
        }[scheme.name]
    names = ["company prefix", scheme.reference]
    names += ["piece number", "total"] if scheme.pieces else []
    names += [scheme.serial_title] if scheme.serial else []
    return tuple(names)


def _head(urn: str) -> tuple[Scheme, Form, int]:
    """The scheme and form of ``urn`` and where its components begin."""

    def fault(expected: str, got: str, kind: str, position: int) -> IdentifierError:
        return IdentifierError("EPC URN", urn, expected=expected, got=got, kind=kind, position=position)

    if urn[:8].lower() != _EPC:
        raise fault("a text that begins with urn:epc:", repr(urn[:8]), "not_an_epc_urn", 0)
    text, colon, rest = urn[8:48].partition(":")
    if text in _OTHER_FORMS:
        raise fault("urn:epc:id:, urn:epc:class: or urn:epc:idpat:", _OTHER_FORMS[text], "other_form", 8)
    form = _FORMS.get(text)
    if form is None or not colon:
        raise fault("id, class or idpat after urn:epc:", repr(text), "unknown_form", 8)
    name, colon, _ = rest.partition(":")
    start = 8 + len(form) + 1
    kind = "class" if form == "class" else "id"
    scheme = SCHEMES.get(name)
    if scheme is None or not colon or scheme.kind != kind:
        names = ", ".join(known.name for known in SCHEMES.values() if known.kind == kind)
        raise fault(f"one of the schemes {names} after urn:epc:{form}:", repr(name), "unknown_scheme", start)
    return scheme, form, start + len(name) + 1


def read_urn(urn: str) -> EpcUrn:
    """``urn`` taken apart and checked.

    Raises:
        IdentifierError: what is wrong and where; kinds ``not_an_epc_urn``, ``other_form``, ``unknown_form``,
            ``unknown_scheme``, ``components``, ``wildcard``, ``company_prefix``, ``length``, ``character``, ``range``,
            ``malformed``.
    """
    scheme, form, start = _head(urn)
    parts = urn[start:].split(".", scheme.components - 1)
    body = _Component(scheme, urn, "URN", urn[start:], start)
    if len(parts) != scheme.components:
        plural = "components with dots between them" if scheme.components > 1 else "component"
        raise body.fault(f"{scheme.components} {plural}", str(len(parts)), "components", len(body.text))
    stars = 0
    if form == "idpat":
        stars = next((i for i, part in enumerate(reversed(parts)) if part != "*"), len(parts))
        if "*" in parts[: len(parts) - stars]:
            got = f"one as component {parts.index('*') + 1}"
            raise body.fault("wildcards in place of the last components only", got, "wildcard")
        if scheme.pieces and stars == 2:
            raise body.fault("wildcards for piece and total together", "one for the total only", "wildcard")
    fixed = parts[: len(parts) - stars]
    if scheme.ai is None:
        _check_foreign(body, fixed)
    else:
        _check_components(body, fixed)
    decoded = tuple(unquote(part) if "%" in part else part for part in parts)
    return EpcUrn(scheme, form, decoded, stars)


def _check_components(body: _Component, parts: list[str]) -> None:
    """The fixed components of a URN of a GS1 key, in order."""
    scheme, start = body.scheme, body.start
    for i, (name, text) in enumerate(zip(component_names(scheme), parts, strict=False)):
        component = _Component(scheme, body.urn, name, text, start)
        if i == 0:
            component.refuse(_NON_DIGIT, "digits only")
            if not 6 <= len(text) <= 12:
                raise component.fault("a company prefix of 6 to 12 digits", str(len(text)), "company_prefix")
        elif i == 1:
            _check_reference(component, len(parts[0]))
        elif scheme.pieces and i < 4:
            if _PAIR.fullmatch(text) is None:
                raise component.fault(f"a {name} of 2 digits", repr(text[:60]), "length")
        else:
            _check_serial(component)
        start += len(text) + 1


def _check_reference(component: _Component, company_length: int) -> None:
    scheme, text = component.scheme, component.text
    if not scheme.digits:
        _check_text(component, scheme.longest - company_length, part=scheme.parts)
        return
    component.refuse(_NON_DIGIT, "digits only")
    wanted = scheme.digits - company_length
    if len(text) != wanted:
        digits = f"{wanted} digit{'s' if wanted != 1 else ''}"
        after = f"in the {component.name} after a company prefix of {company_length}"
        raise component.fault(f"{digits} {after}", str(len(text)), "length")


def _check_text(component: _Component, longest: int, *, part: bool) -> None:
    if part:
        component.refuse(_PART_FAULT, "capitals, digits, - and the escapes %23 %2F")
    else:
        component.refuse(_TEXT_FAULT, 'GS1 characters, with " % & / < > ? escaped')
    length = len(component.text) - 2 * component.text.count("%")
    if not 1 <= length <= longest:
        raise component.fault(f"1 to {longest} characters in the {component.name}", str(length), "length")


def _check_serial(component: _Component) -> None:
    scheme, text = component.scheme, component.text
    if scheme.serial == "text":
        _check_text(component, scheme.serial_longest, part=False)
        return
    component.refuse(_NON_DIGIT, "digits only")
    if not 1 <= len(text) <= scheme.serial_longest:
        digits = f"1 to {scheme.serial_longest} digits in the {component.name}"
        raise component.fault(digits, str(len(text)), "length")
    if scheme.serial == "number" and text[0] == "0" and text != "0":
        raise component.fault(f"a {component.name} without leading zeros", repr(text), "range")


@functools.cache
def _foreign_pattern(name: str, components: int) -> re.Pattern[str]:
    return re.compile(r"\.".join(SCHEMES[name].body.split(r"\.")[:components]))


def _check_foreign(body: _Component, parts: list[str]) -> None:
    """The fixed components of the five schemes that have no GS1 key."""
    name, whole = body.scheme.name, ".".join(parts)
    if parts and _foreign_pattern(name, len(parts)).fullmatch(whole) is None:
        raise body.fault(_FOREIGN_FORMS[name], repr(whole[:60]), "malformed")
    offset = 0
    for part, limit in zip(parts, NUMBER_LIMITS.get(name, ()), strict=False):
        if limit and int(part) > limit:
            raise body.fault(f"a number of at most {limit}", part, "range", offset)
        offset += len(part) + 1


def write_urn(scheme: Scheme, components: Iterable[str], form: str | None = None) -> str:
    """The URN of decoded components (``*`` stays as it is), with the escapes of the scheme; nothing is checked here."""
    escapes = _PART_ESCAPES if scheme.parts or scheme.name == "adi" else _TEXT_ESCAPES
    return f"urn:epc:{form or scheme.kind}:{scheme.name}:" + ".".join(
        component.translate(escapes) for component in components
    )
