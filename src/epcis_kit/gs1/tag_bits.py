"""Characters as bits: the codings that EPC tags and compressed Digital Links have in common.

A :class:`BitReader` takes a text of ``0`` and ``1`` from left to right and refuses to read past its end. A
:class:`Coding` is a set of characters with as few bits for each as it needs: integers, hexadecimal digits, the URI-safe
alphabet of base 64, seven bits of ASCII, and URN Code 40 with three characters in sixteen bits. The two standards
number the codings differently; the numbers live with them.

Guarantees: what a coding writes, it reads back, leading zeros too; a value that is no character of the coding raises
:class:`BitFault`, which the callers turn into an error that names their text. All costs are linear in the bits.
Source: EPC Tag Data Standard 2.2, clause 14.5.6; GS1 Digital Link Standard: Compression, clause 7.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ASCII",
    "BASE64",
    "CODE40",
    "DIGITS",
    "HEX_LOWER",
    "HEX_UPPER",
    "SAFE_64",
    "SAFE_DIGITS",
    "BitFault",
    "BitReader",
    "Coding",
    "as_bits",
    "bits_of_digits",
    "bits_of_length",
    "safe_bits_of_digits",
]

SAFE_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The alphabet of base 64 that needs no escapes in a URI."""

_CODE_40 = " ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789"  # 0 fills up a group of three


class BitFault(Exception):  # noqa: N818 - never leaves this room
    """What is wrong with some bits: kind, what was expected, what is there."""

    def __init__(self, kind: str, expected: str, got: str) -> None:
        super().__init__(kind, expected, got)
        self.kind = kind
        self.expected = expected
        self.got = got


class BitReader:
    """Reads a text of ``0`` and ``1`` from left to right.

    Attributes:
        bits: The text.
        at: How many were read.
    """

    __slots__ = ("at", "bits")

    def __init__(self, bits: str, at: int = 0) -> None:
        self.bits = bits
        self.at = at

    @property
    def left(self) -> int:
        """How many bits are left."""
        return len(self.bits) - self.at

    def take(self, count: int) -> str:
        """The next ``count`` bits.

        Raises:
            BitFault: kind ``length``; there are not so many.
        """
        end = self.at + count
        if end > len(self.bits):
            raise BitFault("length", f"{count} more bits at bit {self.at + 1}", str(self.left))
        piece = self.bits[self.at : end]
        self.at = end
        return piece

    def number(self, count: int) -> int:
        """The next ``count`` bits as a number; 0 where ``count`` is 0."""
        return int(self.take(count), 2) if count else 0

    def digits(self, count: int, width: int) -> str:
        """``count`` digits that were written as one number of ``width`` bits.

        Raises:
            BitFault: kind ``range``; the number has more digits.
        """
        number = self.number(width)
        if number >= 10**count:
            raise BitFault("range", f"a number of at most {count} digits", str(number))
        return f"{number:0{count}d}" if count else ""


def as_bits(number: int, width: int) -> str:
    """``number`` as ``width`` bits; the caller knows that it fits."""
    return f"{number:0{width}b}" if width else ""


def bits_of_digits(count: int) -> int:
    """How many bits the largest number of ``count`` digits needs, as tags have it."""
    return int(10**count - 1).bit_length()


def safe_bits_of_digits(count: int) -> int:
    """The same with the hundredth of a bit that compressed links add before rounding up."""
    return math.ceil(count * math.log2(10) + 0.01) if count else 0


def bits_of_length(longest: int) -> int:
    """How many bits a length of at most ``longest`` needs."""
    return longest.bit_length()


@dataclass(frozen=True, slots=True)
class Coding:
    """A set of characters and their bits.

    Attributes:
        title: For messages.
        accepts: Whether all characters of a text belong to it.
        size: Number of characters to number of bits.
        write: Text to bits.
        read: Reader and number of characters to text.
    """

    title: str
    accepts: Callable[[str], object]
    size: Callable[[int], int]
    write: Callable[[str], str]
    read: Callable[[BitReader, int], str]


def _table_coding(title: str, pattern: str, characters: str, width: int) -> Coding:
    """A coding with the same number of bits for every character, which is its place in ``characters``."""
    to_bits = {character: f"{place:0{width}b}" for place, character in enumerate(characters) if character != "\0"}
    to_character = {bits: character for character, bits in to_bits.items()}

    def write(text: str) -> str:
        return "".join([to_bits[character] for character in text])

    def read(reader: BitReader, count: int) -> str:
        bits = reader.take(width * count)
        try:
            return "".join([to_character[bits[at : at + width]] for at in range(0, len(bits), width)])
        except KeyError as unknown:
            raise BitFault("character", f"{title}", f"the bits {unknown.args[0]}") from None

    return Coding(title, re.compile(f"{pattern}+").fullmatch, lambda count: width * count, write, read)


def _digits_coding(size: Callable[[int], int]) -> Coding:
    return Coding(
        "digits",
        re.compile("[0-9]+").fullmatch,
        size,
        lambda text: as_bits(int(text), size(len(text))),
        lambda reader, count: reader.digits(count, size(count)),
    )


def _write_40(text: str) -> str:
    groups = []
    for at in range(0, len(text), 3):
        first, second, third = (_CODE_40.index(character) for character in text[at : at + 3].ljust(3))
        groups.append(f"{1600 * first + 40 * second + third + 1:016b}")
    return "".join(groups)


def _read_40(reader: BitReader, count: int) -> str:
    text = ""
    for _ in range(-(-count // 3)):
        group = reader.number(16) - 1
        if not 0 <= group < 64000:
            raise BitFault("character", "three characters of URN Code 40", f"the number {group + 1}")
        text += _CODE_40[group // 1600] + _CODE_40[group // 40 % 40] + _CODE_40[group % 40]
    if " " in text[:count] or text[count:].strip():
        raise BitFault("character", f"{count} characters of URN Code 40", repr(text))
    return text[:count]


DIGITS = _digits_coding(bits_of_digits)
SAFE_DIGITS = _digits_coding(safe_bits_of_digits)
HEX_UPPER = _table_coding("hexadecimal digits in capitals", "[0-9A-F]", "0123456789ABCDEF", 4)
HEX_LOWER = _table_coding("hexadecimal digits in small letters", "[0-9a-f]", "0123456789abcdef", 4)
BASE64 = _table_coding("letters, digits, - and _", r"[A-Za-z0-9_\-]", SAFE_64, 6)
ASCII = _table_coding("visible ASCII", "[!-~]", "\0" * 33 + "".join(map(chr, range(33, 127))), 7)
CODE40 = Coding(
    "capitals, digits and - . :",
    re.compile(r"[0-9A-Z.:\-]+").fullmatch,
    lambda count: 16 * -(-count // 3),
    _write_40,
    _read_40,
)
