"""The codings of single values in tags of TDS 2.x: digits, text, dates, and the values of any AI.

Takes a reader and a coding and gives the text of a value, or takes the text and gives its bits; :func:`read_ai_value`
and :func:`write_ai_value` find the codings of an AI by its format, or in the table where it has one of its own. Raises
:class:`BitFault` with kind, expected and got.

Guarantees: text takes the coding with the fewest bits, the first of equals, and comes back with every leading zero.
Source: EPC Tag Data Standard 2.2, clauses 14.5.2 and 14.5.4 to 14.5.15, table F.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from epcis_kit.gs1.tag_bits import (
    ASCII,
    BASE64,
    CODE40,
    DIGITS,
    HEX_LOWER,
    HEX_UPPER,
    BitFault,
    BitReader,
    as_bits,
    bits_of_digits,
    bits_of_length,
)
from epcis_kit.gs1.tag_schemes import tag_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.gs1.application_identifiers import ApplicationIdentifier

__all__ = ["read_ai_value", "read_date", "read_value", "write_ai_value", "write_date", "write_value"]

_CODINGS = (DIGITS, HEX_UPPER, HEX_LOWER, BASE64, ASCII, CODE40)
_INDICATOR = 3
_TEXT_FOLLOWS, _END = 14, 15
_LEADING_DIGITS = re.compile("[0-9]*")
_DATE_PARTS = (7, 4, 5)
_TIME_PARTS = (5, 6, 6)
_PRECISIONS = {8: "00", 10: "01", 12: "10", 6: "11"}


def _read_text(reader: BitReader, longest: int, most: int) -> str:
    indicator = reader.number(_INDICATOR)
    if indicator >= len(_CODINGS):
        raise BitFault("coding", f"a coding from 0 to {len(_CODINGS) - 1}", str(indicator))
    count = reader.number(bits_of_length(longest))
    if not 1 <= count <= most:
        raise BitFault("length", f"1 to {most} characters", str(count))
    return _CODINGS[indicator].read(reader, count)


def _write_text(text: str, longest: int, most: int) -> str:
    if not 1 <= len(text) <= most:
        raise BitFault("length", f"1 to {most} characters", str(len(text)))
    fitting = [place for place, coding in enumerate(_CODINGS) if coding.accepts(text)]
    if not fitting:
        raise BitFault("character", "visible ASCII characters", repr(text))
    place = min(fitting, key=lambda place: (_CODINGS[place].size(len(text)), place))
    return as_bits(place, _INDICATOR) + as_bits(len(text), bits_of_length(longest)) + _CODINGS[place].write(text)


def _read_bcd(reader: BitReader, count: int) -> str:
    bits = reader.take(4 * count)
    text = f"{int(bits, 2):0{count}X}"
    if not text.isdecimal():
        bad = next(character for character in text if character > "9")
        raise BitFault("character", f"{count} digits of 4 bits", f"{bad} at digit {text.index(bad) + 1}")
    return text


def _read_number(reader: BitReader, longest: int) -> str:
    count = reader.number(bits_of_length(longest))
    if not 1 <= count <= longest:
        raise BitFault("length", f"1 to {longest} digits", str(count))
    return reader.digits(count, bits_of_digits(count))


def _write_number(text: str, longest: int) -> str:
    if not 1 <= len(text) <= longest:
        raise BitFault("length", f"1 to {longest} digits", str(len(text)))
    return as_bits(len(text), bits_of_length(longest)) + as_bits(int(text), bits_of_digits(len(text)))


def _read_mixed(reader: BitReader, longest: int) -> str:
    text = ""
    while (digit := reader.number(4)) < _TEXT_FOLLOWS:
        if digit > 9:
            raise BitFault("character", "digits of 4 bits, 14 before text, 15 at the end", str(digit))
        text += str(digit)
        if len(text) > longest:
            raise BitFault("length", f"at most {longest} characters", "more")
    return text if digit == _END else text + _read_text(reader, longest, longest - len(text))


def _write_mixed(text: str, longest: int) -> str:
    found = _LEADING_DIGITS.match(text)
    assert found is not None
    digits, rest = found[0], text[found.end() :]
    if len(digits) > longest:
        raise BitFault("length", f"at most {longest} characters", str(len(text)))
    bits = "".join([f"{int(digit):04b}" for digit in digits])
    if not rest:
        return bits + as_bits(_END, 4)
    return bits + as_bits(_TEXT_FOLLOWS, 4) + _write_text(rest, longest, longest - len(digits))


_READERS: dict[str, Callable[[BitReader, int], str]] = {
    "bcd": _read_bcd,
    "number": _read_number,
    "mixed": _read_mixed,
    "integer": lambda reader, size: reader.digits(size, bits_of_digits(size)),
    "text": lambda reader, size: _read_text(reader, size, size),
}
_WRITERS: dict[str, Callable[[str, int], str]] = {
    "bcd": lambda text, size: as_bits(int(text, 16), 4 * size),
    "number": _write_number,
    "mixed": _write_mixed,
    "integer": lambda text, size: as_bits(int(text), bits_of_digits(size)),
    "text": lambda text, size: _write_text(text, size, size),
}


def read_value(reader: BitReader, coding: str, size: int) -> str:
    """The next value: of ``size`` digits for ``bcd`` and ``integer``, else of at most ``size`` characters."""
    return _READERS[coding](reader, size)


def write_value(text: str, coding: str, size: int) -> str:
    """The bits of ``text``; see :func:`read_value`."""
    return _WRITERS[coding](text, size)


def _read_parts(reader: BitReader, widths: tuple[int, ...]) -> str:
    parts = [reader.number(width) for width in widths]
    if max(parts) > 99:
        raise BitFault("date", "numbers of two digits in a date", str(max(parts)))
    return "".join([f"{part:02d}" for part in parts])


def _write_parts(text: str, widths: tuple[int, ...]) -> str:
    return "".join([as_bits(int(text[2 * place : 2 * place + 2]), width) for place, width in enumerate(widths)])


def read_date(reader: BitReader) -> str:
    """A date as six digits; whether there is such a day is not looked at."""
    return _read_parts(reader, _DATE_PARTS)


def write_date(text: str) -> str:
    """The bits of a date of six digits."""
    return _write_parts(text, _DATE_PARTS)


def _read_range(reader: BitReader) -> str:
    return "".join([read_date(reader) for _ in range(1 + reader.number(1))])


def _write_range(text: str) -> str:
    return str(len(text) // 12) + "".join([write_date(text[at : at + 6]) for at in range(0, len(text), 6)])


def _read_precision(reader: BitReader) -> str:
    indicator = reader.take(2)
    count = next(length for length, bits in _PRECISIONS.items() if bits == indicator)
    return _read_parts(reader, (*_DATE_PARTS, *_TIME_PARTS)[: count // 2])


def _read_country(reader: BitReader) -> str:
    return BASE64.read(reader, 2)


def _read_sequence(reader: BitReader) -> str:
    return f"{reader.number(4)}/{reader.number(4)}"


_OWN_READERS: dict[str, Callable[[BitReader], str]] = {
    "date": read_date,
    "minutes": lambda reader: _read_parts(reader, (*_DATE_PARTS, *_TIME_PARTS[:2])),
    "range": _read_range,
    "precision": _read_precision,
    "bit": lambda reader: reader.take(1),
    "country": _read_country,
    "signed": lambda reader: reader.digits(6, bits_of_digits(6)) + "-" * reader.number(1),
    "sequence": _read_sequence,
}
_OWN_WRITERS: dict[str, Callable[[str], str]] = {
    "date": write_date,
    "minutes": lambda text: _write_parts(text, (*_DATE_PARTS, *_TIME_PARTS[:2])),
    "range": _write_range,
    "precision": lambda text: (
        _PRECISIONS[len(text)] + _write_parts(text, (*_DATE_PARTS, *_TIME_PARTS)[: len(text) // 2])
    ),
    "bit": lambda text: text,
    "country": BASE64.write,
    "signed": lambda text: as_bits(int(text[:6]), bits_of_digits(6)) + str(len(text) - 6),
    "sequence": lambda text: as_bits(int(text[0]), 4) + as_bits(int(text[2]), 4),
}


def _pieces(entry: ApplicationIdentifier, coding: str) -> list[tuple[str, int, bool]]:
    """Coding, size and whether it may be missing, of each part of a value that has no coding of its own."""
    if coding in {"mixed", "number", "text"}:
        return [(coding, entry.longest, False)]
    components = list(entry.components)
    start = 0
    while components and components[0].characters == "N" and components[0].shortest == components[0].longest:
        if components[0].optional:
            break
        start += components.pop(0).longest
    pieces = [(coding or "integer", start, False)] if start else []
    if components:
        digits = all(component.characters == "N" for component in components)
        longest = sum(component.longest for component in components)
        pieces.append(("number" if digits else "text", longest, components[0].optional))
    return pieces


def read_ai_value(reader: BitReader, entry: ApplicationIdentifier) -> str:
    """The next value of the AI ``entry``, which the caller still has to check."""
    coding = tag_table().codings.get(entry.ai, "")
    if coding in _OWN_READERS:
        return _OWN_READERS[coding](reader)
    value = ""
    for name, size, optional in _pieces(entry, coding):
        skipped = (_INDICATOR if name == "text" else 0) + bits_of_length(size)
        if optional and "1" not in reader.bits[reader.at : reader.at + skipped]:
            reader.take(skipped)
        else:
            value += read_value(reader, name, size)
    return value


def write_ai_value(entry: ApplicationIdentifier, value: str) -> str:
    """The bits of a value of the AI ``entry`` that is known to be well formed."""
    coding = tag_table().codings.get(entry.ai, "")
    if coding in _OWN_WRITERS:
        return _OWN_WRITERS[coding](value)
    bits = ""
    for name, size, optional in _pieces(entry, coding):
        text, value = value[:size], value[size:]
        if optional and not text:
            bits += "0" * ((_INDICATOR if name == "text" else 0) + bits_of_length(size))
        else:
            bits += write_value(text, name, size)
    return bits
