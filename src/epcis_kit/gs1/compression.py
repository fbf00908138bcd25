"""Compressed Digital Links: the AIs of a link as one short word at the end of its path.

:func:`compress` takes a Digital Link and gives ``https://id.gs1.org/DBHKVAdpQgqrCg``; :func:`decompress` takes such a
link, or one whose primary key stands uncompressed before the word, and gives the link back. Every AI of the table can
be compressed: its bits follow from its format. Parameters that are no AIs stay in the query as they are, and so does
the fragment behind it.

Guarantees: values come back with every leading zero; the bits are those of GS1's own toolkit where it can write the
link; the word is read to its last bit, and what it holds is checked by the full rules; the cost is linear, and a
hostile word costs no more than one of its length. The order of attributes is not kept (they come back sorted by AI).
Source: GS1 Digital Link Standard: Compression; the codes for several AIs at once are in
``schemas/digital_link_compression.toml``.
"""

from __future__ import annotations

import functools
import re
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from epcis_kit._resources import read_text
from epcis_kit.errors import IdentifierError, shorten
from epcis_kit.gs1.application_identifiers import default_table
from epcis_kit.gs1.digital_link_reading import decode, pad
from epcis_kit.gs1.digital_links import build_digital_link, parse_digital_link
from epcis_kit.gs1.element_faults import MAX_ELEMENTS, MAX_TEXT, text_too_long
from epcis_kit.gs1.tag_bits import (
    ASCII,
    BASE64,
    HEX_LOWER,
    HEX_UPPER,
    SAFE_64,
    SAFE_DIGITS,
    BitFault,
    BitReader,
    as_bits,
    bits_of_length,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from epcis_kit.gs1.application_identifiers import AiTable, ApplicationIdentifier

__all__ = ["compress", "could_be_compressed", "decompress"]

_WHAT = "compressed Digital Link"
_CODINGS = (SAFE_DIGITS, HEX_LOWER, HEX_UPPER, BASE64, ASCII)
_INDICATOR = 3
_OTHER = 15  # the first four bits before a parameter that is no AI
_OTHER_LENGTH = 7
_BYTE = 8
_EXACT = 15  # digits of the longest numbers that floating point never rounds
_LEADING_DIGITS = re.compile("[0-9]{0,18}")
_COMPRESSED = re.compile(
    r"((?:https?|HTTPS?)://[A-Za-z0-9\-.:\[\]]+(?:/[^?\#]*)?)/([A-Za-z0-9_\-]+)/?(\?[^\#]*)?(\#.*)?", re.DOTALL
)
_SIX_BITS = {character: f"{place:06b}" for place, character in enumerate(SAFE_64)}


class _Piece(NamedTuple):
    """Part of a value as compression sees it: digits or text, of so many characters or at most so many."""

    digits: bool
    length: int
    fixed: bool


@functools.cache
def _codes() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = tomllib.loads(read_text("schemas/digital_link_compression.toml"))["codes"]
    return {code: tuple(ais) for code, ais in table.items()}


def _pieces(entry: ApplicationIdentifier) -> tuple[_Piece, ...]:
    """The pieces of an AI: the digits of fixed length that it begins with, and one piece for all that follows."""
    components = list(entry.components)
    start = 0
    while components and components[0].characters == "N" and not components[0].optional:
        if components[0].shortest != components[0].longest:
            break
        start += components.pop(0).longest
    pieces = [_Piece(True, start, True)] if start else []
    if components:
        digits = all(component.characters == "N" for component in components)
        fixed = all(component.shortest == component.longest and not component.optional for component in components)
        pieces.append(_Piece(digits, sum(component.longest for component in components), fixed))
    return tuple(pieces)


def _write_text(text: str) -> tuple[str, str]:
    """Number of the coding and bits of ``text``, by the first coding that has all its characters."""
    if not text:
        return as_bits(0, _INDICATOR), ""
    for place, coding in enumerate(_CODINGS):
        if coding.accepts(text):
            return as_bits(place, _INDICATOR), coding.write(text)
    raise AssertionError(text)  # values of AIs are visible ASCII


def _write_value(entry: ApplicationIdentifier, value: str) -> str:
    bits = ""
    for piece in _pieces(entry):
        text, value = value[: piece.length], value[piece.length :]
        length = "" if piece.fixed else as_bits(len(text), bits_of_length(piece.length))
        if piece.digits:
            bits += length + (SAFE_DIGITS.write(text) if text else "")
        else:
            indicator, written = _write_text(text)
            bits += indicator + length + written
    return bits


def _read_text(reader: BitReader, indicator: int, count: int) -> str:
    if indicator >= len(_CODINGS):
        raise BitFault("coding", f"a coding from 0 to {len(_CODINGS) - 1}", str(indicator))
    return _CODINGS[indicator].read(reader, count) if count else ""


def _read_value(reader: BitReader, entry: ApplicationIdentifier) -> str:
    value = ""
    for piece in _pieces(entry):
        indicator = 0 if piece.digits else reader.number(_INDICATOR)
        count = piece.length if piece.fixed else reader.number(bits_of_length(piece.length))
        if count > piece.length:
            raise BitFault("length", f"at most {piece.length} characters in ({entry.ai})", str(count))
        value += _read_text(reader, indicator, count)
    if len(value) > _EXACT and entry.components[0].characters == "N" and not entry.accepts(value):
        return _as_rounded(entry, value)
    return value


def _as_rounded(entry: ApplicationIdentifier, value: str) -> str:
    """``value`` as GS1's toolkit reads it, where that makes it right.

    The toolkit computes with floating-point numbers, so that it stores a key of 17 or 18 digits rounded to its last
    bit and reads the shortest number that is rounded so. Only a value that is wrong as it stands, that is such a
    rounded number, and that has a right check digit when read so, is read so.
    """
    digits = _LEADING_DIGITS.match(value)
    assert digits is not None
    number = int(digits[0])
    shortest = int(Decimal(repr(float(number))))
    if int(float(number)) != number or shortest == number:
        return value
    read = str(shortest).zfill(digits.end()) + value[digits.end() :]
    return read if entry.accepts(read) else value


def _grouped(ais: Iterable[str], *, optimised: bool) -> list[tuple[str, tuple[str, ...]]]:
    """The AIs in the order in which they are written: codes for several of them first, then one by one."""
    left = sorted(ais)
    groups: list[tuple[str, tuple[str, ...]]] = []
    while optimised:
        candidates = [code for code, members in _codes().items() if all(ai in left for ai in members)]
        if not candidates:
            break
        best = max(candidates, key=lambda code: len("".join(_codes()[code])))
        members = _codes()[best]
        groups.append((best, members))
        left = [ai for ai in left if ai not in members]
    return groups + [(ai, (ai,)) for ai in left]


def compress(link: str, *, optimised: bool = True, uncompressed_primary: bool = False) -> str:
    """The compressed form of a Digital Link, on the same domain and stem.

    Args:
        link: A Digital Link that is not compressed.
        optimised: Use the codes that stand for several AIs at once.
        uncompressed_primary: Leave the primary key readable in front of the word. A link that has nothing else comes
            back as it is.

    Raises:
        IdentifierError: As :func:`~epcis_kit.gs1.digital_links.parse_digital_link`.
    """
    table = default_table()
    parsed = parse_digital_link(link, check_requisites=False)
    values = dict(parsed.elements)
    primary = parsed.elements[0][0]
    path = parsed.stem
    if uncompressed_primary:
        path += f"/{primary}/{quote(values.pop(primary), safe='')}"
    groups = _grouped(values, optimised=optimised)
    if not uncompressed_primary and _first_key((ai for _, members in groups for ai in members), table) != primary:
        rest = _grouped((ai for ai in values if ai != primary), optimised=optimised)
        groups = [(primary, (primary,)), *rest]
    bits = ""
    for code, members in groups:
        bits += as_bits(int(code, 16), 4 * len(code))
        bits += "".join([_write_value(table.compiled[ai], values[ai]) for ai in members])
    bits += "0" * (-len(bits) % 6)
    word = "".join([SAFE_64[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6)])
    query = f"?{'&'.join(parsed.ignored)}" if parsed.ignored else ""
    fragment = "" if parsed.fragment is None else f"#{parsed.fragment}"
    return f"{path}{'/' if word else ''}{word}{query}{fragment}"


def _first_key(ais: Iterable[str], table: AiTable) -> str | None:
    return next((ai for ai in ais if table.compiled[ai].link_key is not None), None)


def _read_ai(reader: BitReader, start: str, table: AiTable) -> ApplicationIdentifier:
    length = table.lengths.get(start)
    if length is None:
        raise BitFault("ai_unrecognised", "an AI of the table", f"one that begins with {start}")
    ai = start + "".join([f"{reader.number(4):X}" for _ in range(length - 2)])
    entry = table.get(ai)
    if entry is None:
        raise BitFault("ai_unrecognised", "an AI of the table", ai)
    return entry


def _read_word(word: str, table: AiTable) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The elements of a compressed word, and the parameters that are no AIs."""
    reader = BitReader("".join([_SIX_BITS[character] for character in word]))
    elements: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    while reader.left >= _BYTE:
        code = f"{reader.number(_BYTE):02X}"
        if code.isdecimal():
            entry = _read_ai(reader, code, table)
            elements.append((entry.ai, _read_value(reader, entry)))
        elif code in _codes():
            elements += [(ai, _read_value(reader, table.compiled[ai])) for ai in _codes()[code]]
        elif int(code[0], 16) == _OTHER:
            name = BASE64.read(reader, int(code[1], 16) << 3 | reader.number(3))
            indicator, count = reader.number(_INDICATOR), reader.number(_OTHER_LENGTH)
            others.append((name, _read_text(reader, indicator, count)))
        else:
            raise BitFault("coding", "two digits that begin an AI, a code for several, or F", code)
        if len(elements) > MAX_ELEMENTS:
            raise BitFault("length", f"at most {MAX_ELEMENTS} elements", "more")
    if "1" in reader.bits[reader.at :]:
        raise BitFault("padding", "zeros behind the last value", reader.bits[reader.at :])
    return elements, others


def decompress(link: str) -> str:
    """The Digital Link that a compressed one stands for, with attributes sorted; one that is not compressed as it is.

    Args:
        link: A Digital Link whose path ends with a compressed word, alone or behind the primary key.

    Raises:
        IdentifierError: kinds ``not_a_digital_link``, ``ai_unrecognised``, ``coding``, ``length``, ``padding``,
            ``repeated_ai``, ``range``, and what is wrong with the elements or their combination.
    """
    if len(link) > MAX_TEXT:
        raise text_too_long(_WHAT, link)
    try:
        parse_digital_link(link, check_requisites=False)
    except IdentifierError:
        pass
    else:
        return link
    found = _COMPRESSED.fullmatch(link)
    if found is None:
        raise _not_one(link)
    stem, word, query, fragment = found.groups()
    table = default_table()
    primary, stem = _primary_before(stem, table)
    try:
        elements, others = _read_word(word, table)
    except BitFault as fault:
        position = len(found[1]) + 1
        raise IdentifierError(
            _WHAT, link, expected=fault.expected, got=fault.got, kind=fault.kind, position=position
        ) from None
    elements[:0] = primary
    if not elements:
        raise _not_one(link)
    names = [ai for ai, _ in elements]
    repeated = next((ai for ai in names if names.count(ai) > 1), None)
    if repeated is not None:
        raise IdentifierError(
            _WHAT, link, expected=f"({repeated}) once", got="it twice", kind="repeated_ai", ai=repeated
        )
    try:
        plain = build_digital_link(elements, stem=stem, sort_attributes=True)
    except IdentifierError as fault:
        raise IdentifierError(
            _WHAT, link, expected=fault.expected, got=fault.got, kind=fault.kind, ai=fault.ai
        ) from None
    parameters = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in others]
    if query is not None and len(query) > 1:
        parameters.append(query[1:])
    separator = "&" if "?" in plain else "?"
    return f"{plain}{separator if parameters else ''}{'&'.join(parameters)}{fragment or ''}"


def _primary_before(path: str, table: AiTable) -> tuple[list[tuple[str, str]], str]:
    """The primary key in front of the word, where there is one, and the stem before it."""
    stem, _, value = path.rpartition("/")
    stem, _, ai = stem.rpartition("/")
    entry = table.get(ai) if "://" in stem and not stem.endswith(":/") else None
    if entry is None or entry.link_key is None:
        return [], path
    plain = decode(value)
    if plain is None or not entry.accepts(pad(ai, plain)):
        return [], path
    return [(ai, pad(ai, plain))], stem


def _not_one(link: str) -> IdentifierError:
    return IdentifierError(
        _WHAT,
        link,
        expected="a web URI whose path ends with letters, digits, - and _",
        got=shorten(link[-40:]),
        kind="not_a_digital_link",
    )


def could_be_compressed(uri: str) -> bool:
    """Whether the last word of the path reads as AIs and values with nothing left over, one of them a primary key."""
    found = _COMPRESSED.fullmatch(uri) if len(uri) <= MAX_TEXT else None
    if found is None:
        return False
    table = default_table()
    try:
        elements, _ = _read_word(found[2], table)
    except BitFault:
        return False
    if any(not table.compiled[ai].accepts(value) for ai, value in elements):
        return False
    return bool(_primary_before(found[1], table)[0]) or _first_key((ai for ai, _ in elements), table) is not None
