"""RFID tags: the hex or bits of the EPC memory, tag URIs and raw URIs, to and from EPCs and GS1 keys.

:func:`decode_tag` takes hex or bits, :func:`parse_tag_uri` takes ``urn:epc:tag:…`` or ``urn:epc:raw:…``,
:func:`encode_tag` takes a pure identity, a Digital Link or elements; each gives a frozen :class:`Tag`, which knows its
scheme, filter value and elements and gives every other form it has. All 34 schemes of TDS 1.x and 2.x are read and
written; they are rows of a table (``tag_schemes``).

Guarantees: what a tag says is checked to the last bit (partition, ranges, characters, check digits, zeros at the end);
a header that stands for no scheme is named, with the reason where one is known; what cannot be held is refused and
never cut; hex to EPC to hex gives the same bits. Hex may end with the zeros that fill up its last 16 bits.
Source: EPC Tag Data Standard 2.2, clauses 12 (tag and raw URIs), 14 (binary) and 15 (control fields).
"""

from __future__ import annotations

import dataclasses
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from epcis_kit.errors import IdentifierError, shorten
from epcis_kit.gs1.epc_syntax import read_urn, write_urn
from epcis_kit.gs1.epc_urns import elements_to_urn, link_to_urn, urn_to_elements
from epcis_kit.gs1.identity_links import CANONICAL_STEM, elements_to_link
from epcis_kit.gs1.tag_bits import BitFault, BitReader
from epcis_kit.gs1.tag_fixed import read_fixed, read_open, write_fixed
from epcis_kit.gs1.tag_plus import read_plus, write_plus
from epcis_kit.gs1.tag_schemes import FixedScheme, PlusScheme, tag_table

if TYPE_CHECKING:
    from epcis_kit.gs1.epc_syntax import EpcUrn
    from epcis_kit.gs1.identity_links import Elements

__all__ = ["Tag", "could_be_tag", "decode_tag", "encode_tag", "parse_tag_uri", "tag_scheme_names"]

_WHAT = "EPC tag"
_MOST_BITS = 8192
_FILL = 16
_IS_BITS = re.compile("[01]{8,}")
_IS_HEX = re.compile("[0-9A-Fa-f]+")
_NOT_HEX = re.compile("[^0-9A-Fa-f]")
_SHORTEST_BITS, _SHORTEST_HEX = 40, 10
_CONTROLS = re.compile(r"((?:\[(?:att=x[0-9A-F]{2}|umi=[01]|xpc=x[0-9A-F]{4}(?:[0-9A-F]{4})?)\])+):")
_CONTROL = re.compile(r"\[(\w+)=(\w+)\]")
_RAW = re.compile("([1-9][0-9]{0,3})[.](?:(x[0-9A-F]{2})[.])?(?:x([0-9A-F]{1,2048})|([0-9]{1,1300}))")
_FILTER = re.compile("(0|[1-9][0-9]?)[.]")


@dataclass(frozen=True, repr=False)
class Tag:
    """What a tag says.

    Attributes:
        row: Its row of the table.
        filter: The filter value; ``None`` for GID-96, which has none.
        number: Its bits as a number.
        bits: How many they are, without the zeros that fill up the last word.
        components: The decoded components of the pure identity; empty for the schemes of TDS 2.x.
        held: The elements of a scheme of TDS 2.x, key and serial number first; empty for the others.
        controls: The control fields of a tag URI, for example ``(("att", "x01"),)``.
    """

    row: FixedScheme | PlusScheme
    filter: int | None
    number: int
    bits: int
    components: tuple[str, ...] = ()
    held: Elements = ()
    controls: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<Tag {self.scheme} {self.as_hex()}>"

    @property
    def scheme(self) -> str:
        """The name of the binary scheme, for example ``"SGTIN-96"`` or ``"SGTIN+"``."""
        return self.row.name

    @property
    def tds(self) -> str:
        """``"1.x"`` or ``"2.x"``: the editions of the Tag Data Standard that brought the scheme."""
        return "1.x" if isinstance(self.row, FixedScheme) else "2.x"

    @functools.cached_property
    def epc_urn(self) -> str | None:
        """The pure identity; ``None`` for the schemes of TDS 2.x, which do not say the company prefix."""
        return write_urn(self.row.epc, self.components) if isinstance(self.row, FixedScheme) else None

    @functools.cached_property
    def elements(self) -> Elements:
        """AIs and values of the GS1 key; empty for GID, USDOD and ADI, which have none."""
        if not isinstance(self.row, FixedScheme):
            return self.held
        return urn_to_elements(str(self.epc_urn)) if self.row.epc.ai is not None else ()

    @property
    def gcp_length(self) -> int | None:
        """Digits of the company prefix; ``None`` where the tag does not say."""
        partitioned = isinstance(self.row, FixedScheme) and self.row.partitioned
        return len(self.components[0]) if partitioned else None

    @property
    def tag_uri(self) -> str | None:
        """The tag URI, for example ``"urn:epc:tag:sgtin-96:3.9521141.011111.102"``; ``None`` for TDS 2.x."""
        if not isinstance(self.row, FixedScheme):
            return None
        controls = "".join(f"[{name}={value}]" for name, value in self.controls)
        body = str(self.epc_urn)[len(self.row.epc.prefix) :]
        start = "" if self.filter is None else f"{self.filter}."
        return f"urn:epc:tag:{controls}{':' if controls else ''}{self.row.uri_prefix}{start}{body}"

    def as_binary(self) -> str:
        """All bits, without the zeros that fill up the last word."""
        return f"{self.number:0{self.bits}b}"

    def as_hex(self, *, align: int = 4) -> str:
        """The bits as capital hexadecimal digits.

        Args:
            align: Zeros fill up to a multiple of so many bits: 4, or 16 as in the memory of a tag.
        """
        fill = -self.bits % align
        return f"{self.number << fill:0{-(-(self.bits + fill) // 4)}X}"

    def as_raw_uri(self) -> str:
        """The raw URI, of whole words of 16 bits: ``"urn:epc:raw:96.x30…"``."""
        return f"urn:epc:raw:{self.bits + -self.bits % _FILL}.x{self.as_hex(align=_FILL)}"

    def as_digital_link(self, stem: str = CANONICAL_STEM) -> str:
        """The Digital Link of the GS1 key on ``stem``.

        Raises:
            IdentifierError: kind ``no_such_form``; the scheme has no GS1 key.
        """
        if not self.elements:
            raise IdentifierError(
                "Digital Link",
                self.tag_uri,
                expected="a scheme with a GS1 key",
                got=self.scheme,
                kind="no_such_form",
                verb="write",
            )
        if isinstance(self.row, PlusScheme) and len(self.held) > len(self.row.ais):
            from epcis_kit.gs1.digital_links import build_digital_link  # noqa: PLC0415 - needs the table of AIs

            return build_digital_link(self.elements, stem=stem)
        return elements_to_link(self.elements, stem)


def tag_scheme_names() -> tuple[str, ...]:
    """The names of all schemes, those of TDS 1.x first."""
    return tuple(scheme.name for scheme in tag_table().by_name.values())


def could_be_tag(text: str) -> bool:
    """Whether ``text`` is hex or bits of a tag by its characters, its length and its header."""
    if _IS_BITS.fullmatch(text) is not None:
        return _SHORTEST_BITS <= len(text) <= _MOST_BITS and int(text[:8], 2) in tag_table().by_header
    if not _SHORTEST_HEX <= len(text) <= _MOST_BITS or _IS_HEX.fullmatch(text) is None:
        return False
    scheme = tag_table().by_header.get(int(text[:2], 16))
    return scheme is not None and (isinstance(scheme, PlusScheme) or 4 * len(text) >= scheme.bits)


def _fault(what: str, text: str, fault: BitFault, verb: str = "read") -> IdentifierError:
    return IdentifierError(what, text, expected=fault.expected, got=fault.got, kind=fault.kind, verb=verb)


def _unknown_header(text: str, header: int) -> IdentifierError:
    why = tag_table().unused.get(header)
    got = f"0x{header:02X}, " + (why or "a header that is kept for later")
    return IdentifierError(
        _WHAT, text, expected="the header of an EPC scheme in the first 8 bits", got=got, kind="unknown_header"
    )


def decode_tag(text: str) -> Tag:
    """What the hex or the bits of a tag say.

    Args:
        text: Hexadecimal digits in either case, or ``0`` and ``1`` only, from the header on; zeros that fill up the
            last 16 bits may stand behind them. Blanks around it are left aside.

    Raises:
        IdentifierError: kinds ``character``, ``length``, ``unknown_header``, ``partition``, ``range``, ``padding``,
            ``coding``, ``date``, ``incorrect_check_digit``; the message names the header where that is at fault.
    """
    body = text.strip()
    if len(body) > _MOST_BITS:
        raise IdentifierError(_WHAT, text, expected=f"at most {_MOST_BITS} bits", got="more", kind="length")
    if _IS_BITS.fullmatch(body):
        return _decode(int(body, 2), len(body), text)
    if _IS_HEX.fullmatch(body) is None:
        bad = _NOT_HEX.search(body)
        raise IdentifierError(
            _WHAT,
            text,
            expected="hexadecimal digits, or 0 and 1 only",
            got="nothing" if bad is None else f"{bad[0]!r} at position {bad.start() + 1}",
            kind="empty" if bad is None else "character",
            position=None if bad is None else text.find(body) + bad.start(),
        )
    return _decode(int(body, 16), 4 * len(body), text)


def _decode(number: int, length: int, text: str) -> Tag:
    if length < 8:
        raise IdentifierError(_WHAT, text, expected="a header of 8 bits", got=f"{length} bits", kind="length")
    header = number >> length - 8
    row = tag_table().by_header.get(header)
    if row is None:
        raise _unknown_header(text, header)
    try:
        if isinstance(row, PlusScheme):
            return _decode_plus(row, number, length)
        if row.bits:
            fill = length - row.bits
            if fill:
                _check_fill(row.bits, length, number & (1 << max(fill, 0)) - 1)
                number >>= fill
            filter_value, components = read_fixed(row, number)
            bits = row.bits
        else:
            reader = BitReader(f"{number:0{length}b}", 8)
            filter_value, components = read_open(row, reader)
            bits = reader.at
            _check_fill(bits, length, int(reader.bits[bits:] or "0", 2))
            number >>= length - bits
    except BitFault as fault:
        raise _fault(f"{row.name} tag", text, fault) from None
    if not row.numeric:
        _check_identity(row, components, text)
    made = object.__new__(Tag)
    made.__dict__.update(
        row=row,
        filter=filter_value if row.filter_bits else None,
        number=number,
        bits=bits,
        components=tuple(components),
        held=(),
        controls=(),
    )
    return made


def _decode_plus(row: PlusScheme, number: int, length: int) -> Tag:
    reader = BitReader(f"{number:0{length}b}", 8)
    filter_value, elements = read_plus(row, reader)
    rest = reader.left
    _check_fill(reader.at, length, number & (1 << rest) - 1)
    return Tag(row, filter_value, number >> rest, reader.at, held=elements)


def _check_fill(bits: int, length: int, rest: int) -> None:
    """Refuse what is too short or has more behind its end than the zeros that fill up the last 16 bits."""
    if length < bits or length - bits >= _FILL:
        raise BitFault("length", f"{bits} bits, and zeros up to a multiple of 16", str(length))
    if rest:
        raise BitFault("padding", f"zeros behind the {bits} bits", f"{rest:0{length - bits}b}")


def _check_identity(row: FixedScheme, components: list[str], text: str) -> None:
    try:
        read_urn(write_urn(row.epc, components))
    except IdentifierError as fault:
        raise IdentifierError(
            f"{row.name} tag", text, expected=fault.expected, got=fault.got, kind=fault.kind, ai=fault.ai
        ) from None


def parse_tag_uri(uri: str) -> Tag:
    """What a tag URI (``urn:epc:tag:…``) or a raw URI (``urn:epc:raw:…``) says.

    Raises:
        IdentifierError: kinds ``not_a_tag_uri``, ``unknown_scheme``, ``filter``, ``not_an_epc``, and as
            :func:`decode_tag` and :func:`epcis_kit.gs1.epc_urns.read_urn`.
    """
    start = uri[:12].lower()
    if start not in {"urn:epc:tag:", "urn:epc:raw:"}:
        raise IdentifierError(
            "EPC tag URI",
            uri,
            expected="urn:epc:tag: or urn:epc:raw:",
            got=shorten(uri[:20]),
            kind="not_a_tag_uri",
            position=0,
        )
    found = _CONTROLS.match(uri, 12)
    at = 12 if found is None else found.end()
    controls = () if found is None else tuple(_CONTROL.findall(found[1]))
    return _parse_raw(uri, at, controls) if start == "urn:epc:raw:" else _parse_tag(uri, at, controls)


def _parse_raw(uri: str, at: int, controls: tuple[tuple[str, str], ...]) -> Tag:
    found = _RAW.fullmatch(uri, at)
    expected = "number of bits, a dot and x with capital hexadecimal digits, or a decimal number"
    if found is None:
        got = shorten(uri[at : at + 40])
        raise IdentifierError("EPC raw URI", uri, expected=expected, got=got, kind="malformed", position=at)
    length, family, digits, decimal = found.groups()
    if family is not None:
        got = f"the application family identifier {family}"
        raise IdentifierError("EPC raw URI", uri, expected="the memory of an EPC tag", got=got, kind="not_an_epc")
    number, bits = int(digits, 16) if digits else int(decimal), int(length)
    if digits and len(digits) != -(-bits // 4):
        got = f"{len(digits)}"
        raise IdentifierError(
            "EPC raw URI", uri, expected=f"{-(-bits // 4)} hexadecimal digits for {bits} bits", got=got, kind="length"
        )
    if number.bit_length() > bits:
        raise IdentifierError(
            "EPC raw URI", uri, expected=f"a number of {bits} bits", got=str(number.bit_length()), kind="length"
        )
    tag = _decode(number, bits, uri)
    return dataclasses.replace(tag, controls=controls) if controls else tag


def _parse_tag(uri: str, at: int, controls: tuple[tuple[str, str], ...]) -> Tag:
    name, colon, _ = uri[at : at + 20].partition(":")
    row = tag_table().by_name.get(name.upper()) if colon else None
    if not isinstance(row, FixedScheme):
        expected = "a binary scheme, for example sgtin-96"
        raise IdentifierError(
            "EPC tag URI",
            uri,
            expected=expected if row is None else f"{expected} ({row.name} has no tag URI)",
            got=repr(name),
            kind="unknown_scheme",
            position=at,
        )
    at += len(name) + 1
    filter_value = 0
    if row.filter_bits:
        found = _FILTER.match(uri, at)
        most = (1 << row.filter_bits) - 1
        if found is None or int(found[1]) > most:
            raise IdentifierError(
                f"{row.name} tag URI",
                uri,
                expected=f"a filter value of 0 to {most} and a dot",
                got=shorten(uri[at : at + 8]),
                kind="filter",
                position=at,
            )
        filter_value, at = int(found[1]), found.end()
    try:
        epc = read_urn(row.epc.prefix + uri[at:])
    except IdentifierError as fault:
        place = None if fault.position is None else fault.position - len(row.epc.prefix) + at
        raise IdentifierError(
            f"{row.name} tag URI",
            uri,
            expected=fault.expected,
            got=fault.got,
            kind=fault.kind,
            ai=fault.ai,
            position=place,
        ) from None
    return _write_fixed(row, filter_value, epc, uri, controls)


def _write_fixed(
    row: FixedScheme, filter_value: int, epc: EpcUrn, text: str, controls: tuple[tuple[str, str], ...] = ()
) -> Tag:
    try:
        bits = write_fixed(row, filter_value, epc.components)
    except BitFault as fault:
        raise _fault(f"{row.name} tag", text, fault, "write") from None
    return Tag(
        row,
        filter_value if row.filter_bits else None,
        int(bits, 2),
        len(bits),
        components=epc.components,
        controls=controls,
    )


def encode_tag(
    identity: str | Elements,
    *,
    scheme: str | None = None,
    filter: int = 0,  # noqa: A002 - the name that the standard and Tag have for it
    gcp_length: int | None = None,
) -> Tag:
    """The tag that holds an identity.

    Args:
        identity: A pure identity (``urn:epc:id:…``), a Digital Link, or elements. Schemes of TDS 2.x hold all
            elements; those of TDS 1.x hold the identity and leave out AIs that describe (dates, weights, …).
        scheme: The binary scheme, for example ``"SGTIN-96"`` or ``"SGTIN+"``; where it is ``None`` the first of TDS
            1.x, in the order of :func:`tag_scheme_names`, that can hold the identity.
        filter: 0 to 7 (0 to 15 for USDOD-96, 0 to 63 for ADI-var); GID-96 has none.
        gcp_length: Digits of the company prefix, where ``identity`` does not say them and the scheme needs them;
            looked up where it is ``None``.

    Raises:
        IdentifierError: kinds ``unknown_scheme``, ``filter``, ``no_such_form`` (another key, or one without serial
            number), ``range``, ``length``, ``character``, ``missing_ai``, and as the identity is wrong.
    """
    shown = identity if isinstance(identity, str) else "".join(f"({ai}){value}" for ai, value in identity)
    row = None if scheme is None else tag_table().by_name.get(scheme.upper())
    if scheme is not None and row is None:
        expected = f"one of {', '.join(tag_scheme_names())}"
        raise IdentifierError("binary scheme", scheme, expected=expected, kind="unknown_scheme", verb="use")
    if isinstance(row, PlusScheme):
        _check_filter(7, filter)
        try:
            bits, held = write_plus(row, filter, _as_elements(identity))
        except BitFault as fault:
            raise _fault(f"{row.name} tag", shown, fault, "write") from None
        return Tag(row, filter, int(bits, 2), len(bits), held=held)
    epc = _as_identity(identity, gcp_length, shown)
    if isinstance(row, FixedScheme):
        _check_filter((1 << row.filter_bits) - 1, filter)
        if row.epc.name != epc.scheme.name:
            raise _no_tag(shown, f"a key of the scheme {row.epc.name.upper()}", epc.scheme.name.upper())
        return _write_fixed(row, filter, epc, shown)
    candidates = [
        row for row in tag_table().by_name.values() if isinstance(row, FixedScheme) and row.epc.name == epc.scheme.name
    ]
    if not candidates:
        raise _no_tag(shown, "a key with a binary scheme", epc.scheme.name.upper())
    _check_filter((1 << candidates[0].filter_bits) - 1, filter)
    for candidate in candidates[:-1]:
        try:
            return _write_fixed(candidate, filter, epc, shown)
        except IdentifierError:
            continue
    return _write_fixed(candidates[-1], filter, epc, shown)


def _no_tag(shown: str, expected: str, got: str) -> IdentifierError:
    return IdentifierError(_WHAT, shown, expected=expected, got=got, kind="no_such_form", verb="write")


def _check_filter(most: int, filter_value: int) -> None:
    if not 0 <= filter_value <= most:
        raise IdentifierError("filter value", filter_value, expected=f"0 to {most}", kind="filter", verb="use")


def _as_elements(identity: str | Elements) -> Elements:
    if not isinstance(identity, str):
        return identity
    if identity[:4].lower() == "urn:":
        return urn_to_elements(identity)
    from epcis_kit.gs1.digital_links import parse_digital_link  # noqa: PLC0415 - only links need it

    return parse_digital_link(identity, check_requisites=False).elements


def _as_identity(identity: str | Elements, gcp_length: int | None, shown: str) -> EpcUrn:
    if not isinstance(identity, str):
        urn = elements_to_urn(identity, gcp_length)
    elif identity[:4].lower() == "urn:":
        urn = identity
    else:
        urn = link_to_urn(identity, gcp_length)
    epc = read_urn(urn)
    if epc.form != "id":
        raise _no_tag(shown, "one object with its serial number", "a class of objects")
    return epc
