"""The binary forms of EPCs as a table: headers, lengths, fields.

Takes the facts of ``schemas/epc_tags.toml`` (which explains how to read a row); gives :class:`FixedScheme` for the 22
schemes of TDS 1.x, :class:`PlusScheme` for the 12 of TDS 2.x, and what is known of a header that stands for no scheme.
The file is read when a tag is first met. Nothing here looks at the bits of a tag.

Guarantees: the bits of a fixed scheme are laid out once, for each partition, as (coding, shift, mask) from the right
end of the tag, so that reading one costs a shift and a mask a field.
Source: EPC Tag Data Standard 2.2, clause 14 (headers 14.2, partitions 14.4, codings 14.5, schemes 14.6 and 14.7).
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from epcis_kit._resources import read_text
from epcis_kit.gs1.schemes import SCHEMES

if TYPE_CHECKING:
    from epcis_kit.gs1.schemes import Scheme

__all__ = ["Field", "FixedScheme", "PlusElement", "PlusScheme", "TagTable", "tag_table"]

_DATA = "schemas/epc_tags.toml"
_LONGEST_PREFIX = 12


class Field(NamedTuple):
    """One field of a tag of TDS 1.x.

    Attributes:
        coding: As in the data file; ``"prefix"`` for a number with a fixed count of digits.
        bits: How many bits it has; of a ``terminated`` field the most characters.
        digits: Digits of a ``prefix``.
        limit: The least number that a ``prefix`` cannot be.
        shift: How many bits follow it, where all lengths are fixed.
        mask: As many ones as it has bits.
    """

    coding: str
    bits: int
    digits: int = 0
    limit: int = 0
    shift: int = 0
    mask: int = 0


@dataclass(frozen=True, slots=True)
class FixedScheme:
    """A scheme of TDS 1.x.

    Attributes:
        name: For example ``"SGTIN-96"``.
        header: Its first eight bits.
        bits: Its length; 0 where the text says it (CPI-var, ADI-var).
        filter_bits: Bits of the filter value.
        epc: The EPC scheme that it holds.
        layouts: The fields behind filter and partition, for each partition; one layout where there is no partition.
        partitioned: Whether there is a partition value.
        numeric: Whether all fields are numbers, so that what was read needs no check of characters.
    """

    name: str
    header: int
    bits: int
    filter_bits: int
    epc: Scheme
    layouts: tuple[tuple[Field, ...], ...]
    partitioned: bool
    numeric: bool

    @property
    def uri_prefix(self) -> str:
        """What its tag URIs begin with, behind ``urn:epc:tag:`` and the control fields."""
        return f"{self.name.lower()}:"


class PlusElement(NamedTuple):
    """One element of a tag of TDS 2.x: AI (empty: it continues the one before), coding, digits or greatest length."""

    ai: str
    coding: str
    size: int


@dataclass(frozen=True, slots=True)
class PlusScheme:
    """A scheme of TDS 2.x.

    Attributes:
        name: For example ``"SGTIN+"``.
        header: Its first eight bits.
        elements: What follows the filter value (and the date).
        dated: Whether a date comes first (DSGTIN+).
    """

    name: str
    header: int
    elements: tuple[PlusElement, ...]
    dated: bool

    @property
    def ais(self) -> tuple[str, ...]:
        """The AIs that it always holds."""
        return tuple(element.ai for element in self.elements if element.ai)


class TagTable(NamedTuple):
    """All of the data file.

    Attributes:
        edition: Edition of the standard.
        by_header: First eight bits to scheme.
        by_name: Name in capitals to scheme.
        dates: AI of the date in DSGTIN+ by its number.
        codings: AI to the coding of its value behind an EPC, where it has one of its own.
        unused: What is known of headers that stand for no scheme.
    """

    edition: str
    by_header: dict[int, FixedScheme | PlusScheme]
    by_name: dict[str, FixedScheme | PlusScheme]
    dates: tuple[str, ...]
    codings: dict[str, str]
    unused: dict[int, str]


def _layout(row: dict[str, Any], epc: Scheme, company_bits: list[int], partition: int) -> tuple[Field, ...]:
    """The fields of one partition, shifts counted from the right."""
    prefix = _LONGEST_PREFIX - partition
    fields: list[Field] = []
    for coding, *size in row["fields"]:
        if coding == "company":
            fields.append(Field("prefix", company_bits[partition], prefix, 10**prefix))
        elif coding == "reference":
            bits = row["reference"][partition]
            digits = epc.digits - prefix
            text = row.get("reference_coding")
            fields.append(Field(text, bits) if text else Field("prefix", bits, digits, 10**digits))
        else:
            fields.append(Field(coding, size[0]))
    if not row.get("bits"):
        return tuple(fields)
    at = row["bits"] - 8 - row.get("filter", 3) - 3 * ("reference" in row)
    placed: list[Field] = []
    for field in fields:
        at -= field.bits
        placed.append(field._replace(shift=at, mask=(1 << field.bits) - 1))
    assert at == 0, row["name"]
    return tuple(placed)


@functools.cache
def tag_table() -> TagTable:
    """The table that ships with the library, read once."""
    facts = tomllib.loads(read_text(_DATA))
    schemes: list[FixedScheme | PlusScheme] = []
    for row in facts["scheme"]:
        epc = SCHEMES[row["name"].partition("-")[0].lower()]
        partitioned = "reference" in row
        layouts = tuple(
            _layout(row, epc, facts["company_bits"], partition)
            for partition in range(len(facts["company_bits"]) if partitioned else 1)
        )
        codings = {field.coding for field in layouts[0]}
        schemes.append(
            FixedScheme(
                name=row["name"],
                header=row["header"],
                bits=row.get("bits", 0),
                filter_bits=row.get("filter", 3),
                epc=epc,
                layouts=layouts,
                partitioned=partitioned,
                numeric=codings <= {"prefix", "integer", "zeros"},
            )
        )
    schemes.extend(
        PlusScheme(
            name=row["name"],
            header=row["header"],
            elements=tuple(PlusElement(*element) for element in row["elements"]),
            dated=row.get("dated", False),
        )
        for row in facts["plus"]
    )
    return TagTable(
        edition=facts["edition"],
        by_header={scheme.header: scheme for scheme in schemes},
        by_name={scheme.name.upper(): scheme for scheme in schemes},
        dates=tuple(facts["dates"]),
        codings={ai: coding for coding, ais in facts["data"].items() for ai in ais},
        unused={
            header: row["why"]
            for row in facts["unused"]
            for header in range(row["first"], row.get("last", row["first"]) + 1)
        },
    )
