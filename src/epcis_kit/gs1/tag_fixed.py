"""Tags of TDS 1.x: fields of known length behind a filter value and a partition.

Takes a row of the table and the bits of a tag, and gives its filter value and the decoded components of the pure
identity; takes filter value and components, and gives the bits. Raises :class:`BitFault` with kind, expected and got;
the callers know the text.

Guarantees: a number is held to the digits of its component, also where the component has none (company prefixes of 12
digits); a value whose leading zeros the bits cannot hold is refused; bits kept for later must be zeros.
Source: EPC Tag Data Standard 2.2, clauses 14.3 (encoding), 14.4 (decoding), 14.6 (coding tables).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from epcis_kit.gs1.epc_syntax import component_names
from epcis_kit.gs1.tag_bits import BitFault, BitReader, as_bits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from epcis_kit.gs1.tag_schemes import Field, FixedScheme

__all__ = ["read_fixed", "read_open", "write_fixed"]

_LONGEST_PREFIX = 12
_PARTITION_BITS = 3
_SIX_BIT = re.compile("[A-Z0-9#/-]*")
_PLAIN_NUMBER = re.compile("0|[1-9][0-9]*")
_DIGITS = re.compile("[0-9]+")


def _read_text(number: int, field: Field) -> str:
    bits = as_bits(number, field.bits)
    characters = [chr(int(bits[at : at + 7], 2)) for at in range(0, len(bits) - 6, 7)]
    text = "".join(characters).rstrip("\0")
    if "\0" in text or "1" in bits[7 * len(text) :]:
        raise BitFault("padding", "zeros behind the last character", "other bits")
    if not text:
        raise BitFault("length", "at least 1 character", "none")
    return text


def _read_agency(number: int, width: int) -> str:
    codes = [number >> width * place & (1 << width) - 1 for place in range(5, -1, -1)]
    text = "".join(chr(code if code >= 32 else code + 64) for code in codes)
    return text[1:] if text[0] == " " else text


def _read_digits(number: int, _: Field) -> str:
    text = str(number)
    if text[0] != "1" or len(text) == 1:
        raise BitFault("range", "a number that begins with 1, which stands for itself before the digits", text)
    return text[1:]


def _read_pair(number: int, _: Field) -> str:
    if number > 99:
        raise BitFault("range", "a number of at most 2 digits", str(number))
    return f"{number:02d}"


_READERS: dict[str, Callable[[int, Field], str]] = {
    "integer": lambda number, _: str(number),
    "digits": _read_digits,
    "pair": _read_pair,
    "text": _read_text,
    "agency6": lambda number, _: _read_agency(number, 6),
    "agency8": lambda number, _: _read_agency(number, 8),
}


def _too_large(number: int, field: Field) -> BitFault:
    if not field.digits:
        return BitFault("range", "zero bits for a component without digits", str(number))
    return BitFault("range", f"a number of at most {field.digits} digits", str(number))


def _layout(scheme: FixedScheme, partition: int) -> tuple[Field, ...]:
    try:
        return scheme.layouts[partition]
    except IndexError:
        raise BitFault("partition", "a partition value of 0 to 6", str(partition)) from None


def read_fixed(scheme: FixedScheme, number: int) -> tuple[int, list[str]]:
    """Filter value and components of a tag of known length, whose bits are ``number``."""
    at = scheme.bits - 8 - scheme.filter_bits
    filter_value = number >> at & (1 << scheme.filter_bits) - 1
    layout = _layout(scheme, number >> at - _PARTITION_BITS & 7) if scheme.partitioned else scheme.layouts[0]
    components: list[str] = []
    for field in layout:
        piece = number >> field.shift & field.mask
        if field.coding == "prefix":
            if piece >= field.limit:
                raise _too_large(piece, field)
            components.append(f"{piece:0{field.digits}d}" if field.digits else "")
        elif field.coding == "zeros":
            if piece:
                raise BitFault("padding", f"{field.bits} zeros at the end of the tag", "other bits")
        else:
            components.append(_READERS[field.coding](piece, field))
    return filter_value, components


def _read_terminated(reader: BitReader, longest: int) -> str:
    text = ""
    while code := reader.number(6):
        text += chr(code if code >= 32 else code + 64)
        if len(text) > longest:
            raise BitFault("length", f"at most {longest} characters and six zeros behind them", "more")
    if _SIX_BIT.fullmatch(text) is None:
        raise BitFault("character", "capitals, digits and # - /", repr(text))
    return text


def read_open(scheme: FixedScheme, reader: BitReader) -> tuple[int, list[str]]:
    """Filter value and components of a tag whose text says how long it is; the reader stands behind the header."""
    filter_value = reader.number(scheme.filter_bits)
    layout = _layout(scheme, reader.number(_PARTITION_BITS)) if scheme.partitioned else scheme.layouts[0]
    components: list[str] = []
    for field in layout:
        if field.coding == "terminated":
            components.append(_read_terminated(reader, field.bits))
            continue
        piece = reader.number(field.bits)
        if field.coding == "prefix":
            if piece >= field.limit:
                raise _too_large(piece, field)
            components.append(f"{piece:0{field.digits}d}")
        else:
            components.append(_READERS[field.coding](piece, field))
    return filter_value, components


def _number(text: str, field: Field, name: str) -> str:
    if _DIGITS.fullmatch(text) is None:
        raise BitFault("character", f"digits only in the {name}", repr(text))
    if _PLAIN_NUMBER.fullmatch(text) is None:
        raise BitFault("range", f"a {name} without leading zeros, which the tag cannot hold", repr(text))
    return _sized(int(text), field, name)


def _sized(number: int, field: Field, name: str) -> str:
    if number.bit_length() > field.bits:
        raise BitFault("range", f"a {name} that fits in {field.bits} bits", str(number))
    return as_bits(number, field.bits)


def _text(text: str, field: Field, name: str) -> str:
    longest = field.bits // 7
    if not 1 <= len(text) <= longest:
        raise BitFault("length", f"1 to {longest} characters in the {name}", str(len(text)))
    return "".join([f"{ord(character):07b}" for character in text]).ljust(field.bits, "0")


def _terminated(text: str, field: Field, name: str) -> str:
    if len(text) > field.bits:
        raise BitFault("length", f"at most {field.bits} characters in the {name}", str(len(text)))
    return "".join([f"{ord(character) & 63:06b}" for character in text]) + "000000"


def _digits(text: str, field: Field, name: str) -> str:
    if _DIGITS.fullmatch(text) is None:
        raise BitFault("character", f"digits only in the {name}", repr(text))
    return _sized(int("1" + text), field, name)


_WRITERS: dict[str, Callable[[str, Field, str], str]] = {
    "prefix": lambda text, field, _: as_bits(int(text or "0"), field.bits),
    "pair": lambda text, field, _: as_bits(int(text), field.bits),
    "integer": _number,
    "digits": _digits,
    "text": _text,
    "terminated": _terminated,
    "agency6": lambda text, _, __: "".join([f"{ord(character) & 63:06b}" for character in text.rjust(6)]),
    "agency8": lambda text, _, __: "".join([f"{ord(character):08b}" for character in text.rjust(6)]),
}


def write_fixed(scheme: FixedScheme, filter_value: int, components: Sequence[str]) -> str:
    """The bits of a tag, for the decoded components of a pure identity that is known to be well formed."""
    bits = as_bits(scheme.header, 8) + as_bits(filter_value, scheme.filter_bits)
    layout = scheme.layouts[0]
    if scheme.partitioned:
        partition = _LONGEST_PREFIX - len(components[0])
        bits += as_bits(partition, _PARTITION_BITS)
        layout = scheme.layouts[partition]
    texts = iter(zip(components, component_names(scheme.epc), strict=True))
    for field in layout:
        if field.coding == "zeros":
            bits += "0" * field.bits
        else:
            text, name = next(texts)
            bits += _WRITERS[field.coding](text, field, name)
    return bits
