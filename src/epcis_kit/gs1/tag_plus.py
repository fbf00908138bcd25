"""Tags of TDS 2.x ("SGTIN+" and its kind): AIs and their values, without a company prefix length.

Takes a row of the table and the bits of a tag, and gives filter value and elements; takes filter value and elements,
and gives the bits. The AIs that the scheme does not name stand behind it, announced by the toggle bit. Raises
:class:`BitFault` with kind, expected and got; the callers know the text.

Guarantees: the key and its qualifiers are checked like those of a Digital Link, check digit included, and every other
value by the rules of its AI; the extension ``0`` of a GLN means none; nothing that was given is left out.
Source: EPC Tag Data Standard 2.2, clauses 14.7 (the schemes with a plus sign) and 15.3 (other AIs behind the EPC).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.identity_links import checked_key
from epcis_kit.gs1.schemes import LINK_KEYS, QUALIFIER_PATTERNS, SCHEMES
from epcis_kit.gs1.tag_bits import BitFault, BitReader, as_bits
from epcis_kit.gs1.tag_schemes import tag_table
from epcis_kit.gs1.tag_values import read_ai_value, read_date, read_value, write_ai_value, write_date, write_value

if TYPE_CHECKING:
    from epcis_kit.gs1.application_identifiers import AiTable
    from epcis_kit.gs1.identity_links import Elements
    from epcis_kit.gs1.tag_schemes import PlusScheme

__all__ = ["read_plus", "write_plus"]

_FILL = 16
_NO_EXTENSION = ("254", SCHEMES["sgln"].no_serial or "")


def _table() -> AiTable:
    from epcis_kit.gs1.application_identifiers import default_table  # noqa: PLC0415 - few tags have more than a key

    return default_table()


def _read_date(reader: BitReader) -> tuple[str, str]:
    dates = tag_table().dates
    kind = reader.number(4)
    if kind >= len(dates):
        raise BitFault("date", f"a kind of date from 0 to {len(dates) - 1}", str(kind))
    return _accepted(dates[kind], read_date(reader))


def _accepted(ai: str, value: str) -> tuple[str, str]:
    """The element, where its value is well formed by the rules of its AI."""
    entry = _table().get(ai)
    if entry is None:
        raise BitFault("ai_unrecognised", "an AI of the table", repr(ai))
    if not entry.accepts(value):
        fault = entry.fault(value)
        kind = "malformed" if fault is None else fault.kind
        raise BitFault(kind, f"a value of AI {ai} ({entry.format})", repr(value))
    return ai, value


def _checked(elements: Elements) -> Elements:
    """The elements with the key in its canonical form, where key and qualifiers are well formed."""
    (ai, value), *rest = elements
    try:
        value = checked_key(ai, value)
    except IdentifierError as fault:
        raise BitFault(fault.kind, f"{LINK_KEYS[ai].title} with {fault.expected}", fault.got or repr(value)) from None
    for name, text in rest:
        if name in QUALIFIER_PATTERNS and re.fullmatch(QUALIFIER_PATTERNS[name], text) is None:
            raise BitFault("character", f"a value of AI {name}", repr(text))
    return ((ai, value), *rest)


def _read_others(reader: BitReader) -> Elements:
    """The AIs behind the EPC, up to the zeros that fill up the last word."""
    table = _table()
    elements: list[tuple[str, str]] = []
    while reader.left >= _FILL or "1" in reader.bits[reader.at :]:
        ai = read_value(reader, "bcd", 2)
        length = table.lengths.get(ai)
        if length is None:
            raise BitFault("ai_unrecognised", "an AI of the table", f"one that begins with {ai}")
        ai += read_value(reader, "bcd", length - 2) if length > 2 else ""
        entry = table.get(ai)
        if entry is None:
            raise BitFault("ai_unrecognised", "an AI of the table", ai)
        elements.append(_accepted(ai, read_ai_value(reader, entry)))
    return tuple(elements)


def read_plus(scheme: PlusScheme, reader: BitReader) -> tuple[int, Elements]:
    """Filter value and elements; the reader stands behind the header, and then behind the last element."""
    toggle, filter_value = reader.number(1), reader.number(3)
    date = (_read_date(reader),) if scheme.dated else ()
    elements: list[tuple[str, str]] = []
    for ai, coding, size in scheme.elements:
        text = read_value(reader, coding, size)
        if ai:
            elements.append((ai, text))
        else:
            name, start = elements.pop()
            elements.append((name, start + text))
    if elements[-1] == _NO_EXTENSION:
        elements.pop()
    others = _read_others(reader) if toggle else ()
    return filter_value, (*_checked(tuple(elements)), *date, *others)


def write_plus(scheme: PlusScheme, filter_value: int, elements: Elements) -> tuple[str, Elements]:
    """The bits of a tag that holds all of ``elements``, and these in its order."""
    given = dict(elements)
    if len(given) < len(elements):
        raise BitFault("repeated_ai", "each AI once", ", ".join(ai for ai, _ in elements))
    if scheme.ais[-1] == _NO_EXTENSION[0]:
        given.setdefault(*_NO_EXTENSION)
    missing = [ai for ai in scheme.ais if ai not in given]
    if missing:
        raise BitFault("missing_ai", f"AI {missing[0]}", f"AIs {', '.join(given)}" if given else "none")
    held = _checked(tuple((ai, given.pop(ai)) for ai in scheme.ais))
    start = ""
    date: Elements = ()
    if scheme.dated:
        start, date = _write_date(given)
    bits = as_bits(scheme.header, 8) + str(int(bool(given))) + as_bits(filter_value, 3) + start
    values, rest = iter(held), ""
    for place, (ai, coding, size) in enumerate(scheme.elements):
        text = next(values)[1] if ai else rest
        if place + 1 < len(scheme.elements) and not scheme.elements[place + 1].ai:
            text, rest = text[:size], text[size:]
        bits += write_value(text, coding, size)
    others = tuple(_accepted(ai, value) for ai, value in given.items())
    for ai, value in others:
        bits += as_bits(int(ai, 16), 4 * len(ai)) + write_ai_value(_table().compiled[ai], value)
    return bits, (*(element for element in held if element != _NO_EXTENSION), *date, *others)


def _write_date(given: dict[str, str]) -> tuple[str, Elements]:
    """The bits of the first date of ``given``, which is taken out."""
    dates = tag_table().dates
    ai = next((ai for ai in dates if ai in given), None)
    if ai is None:
        got = f"AIs {', '.join(given)}" if given else "none"
        raise BitFault("missing_ai", f"a date (one of the AIs {', '.join(dates)})", got)
    element = _accepted(ai, given.pop(ai))
    if len(element[1]) != 6:
        raise BitFault("date", f"one day of 6 digits in AI {ai}", repr(element[1]))
    return as_bits(dates.index(ai), 4) + write_date(element[1]), (element,)
