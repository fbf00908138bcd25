"""Content checks against code lists: countries, currencies, package types, media types, and the two coordinates.

Each check takes the text of one component and answers ``None`` where it is right, or the first
:class:`~epcis_kit.gs1.linters.faults.LintFault`. The lists are data (``schemas/gs1_code_lists.toml``, edition
in ``schemas/SOURCES.toml``) and are read when the first check needs one. :func:`code_list` gives them to others:
each maps a code to its counterpart in the other notation (``"528"`` to ``"NL"``, ``"978"`` to ``"EUR"``).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from epcis_kit.gs1.linters.faults import LintFault

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "code_list",
    "iso3166",
    "iso3166alpha2",
    "iso3166list",
    "iso4217",
    "iso3166999",
    "latitude",
    "longitude",
    "mediatype",
    "packagetype",
]

_MEDIA_TYPES = frozenset(f"{number:02d}" for number in (*range(1, 11), *range(80, 100)))


@functools.cache
def _lists() -> dict[str, dict[str, str]]:
    import tomllib  # noqa: PLC0415 - reading TOML costs more than the rest of this module, and few checks need a list

    from epcis_kit._resources import read_text  # noqa: PLC0415 - as above

    data = tomllib.loads(read_text("schemas/gs1_code_lists.toml"))
    pairs = {name: [word.partition(" ") for word in data[name]["codes"]] for name in ("countries", "currencies")}
    return {
        "iso3166": {number: letters for number, _, letters in pairs["countries"]},
        "iso3166alpha2": {letters: number for number, _, letters in pairs["countries"]},
        "iso4217": {number: letters for number, _, letters in pairs["currencies"]},
        "packagetype": {code: code for line in data["package_types"]["codes"] for code in line.split()},
    }


def code_list(name: str) -> Mapping[str, str]:
    """The codes behind a check, each with its counterpart.

    Args:
        name: ``"iso3166"`` (three digits to two letters), ``"iso3166alpha2"`` (the other way), ``"iso4217"`` (three
            digits to three letters) or ``"packagetype"`` (each code to itself).
    """
    return _lists()[name]


def iso3166(data: str) -> LintFault | None:
    """A three-digit country code."""
    return None if data in _lists()["iso3166"] else LintFault("not_iso3166", 0, len(data))


def iso3166999(data: str) -> LintFault | None:
    """A three-digit country code, or 999."""
    return None if data == "999" or data in _lists()["iso3166"] else LintFault("not_iso3166_or_999", 0, len(data))


def iso3166list(data: str) -> LintFault | None:
    """Three-digit country codes one behind another (used by editions of the dictionary before 2025)."""
    if not data or len(data) % 3:
        return LintFault("not_iso3166", 0, len(data))
    for start in range(0, len(data), 3):
        if data[start : start + 3] not in _lists()["iso3166"]:
            return LintFault("not_iso3166", start, start + 3)
    return None


def iso3166alpha2(data: str) -> LintFault | None:
    """A two-letter country code."""
    return None if data in _lists()["iso3166alpha2"] else LintFault("not_iso3166_alpha2", 0, len(data))


def iso4217(data: str) -> LintFault | None:
    """A three-digit currency code."""
    return None if data in _lists()["iso4217"] else LintFault("not_iso4217", 0, len(data))


def packagetype(data: str) -> LintFault | None:
    """A package type code of UN/ECE Recommendation 21, or one that GS1 added."""
    return None if data in _lists()["packagetype"] else LintFault("invalid_package_type", 0, len(data))


def mediatype(data: str) -> LintFault | None:
    """An AIDC media type: 01 to 10, or 80 to 99 by agreement."""
    return None if data in _MEDIA_TYPES else LintFault("invalid_media_type", 0, len(data))


def _coordinate(data: str, name: str, highest: int) -> LintFault | None:
    if len(data) != 10:
        return LintFault(f"{name}_invalid_length", 0, len(data))
    for position, character in enumerate(data):
        if not "0" <= character <= "9":
            return LintFault("non_digit_character", position, position + 1)
    return LintFault(f"invalid_{name}", 0, 10) if int(data) > highest else None


def latitude(data: str) -> LintFault | None:
    """A latitude in ten-millionths of a degree, counted from the South Pole."""
    return _coordinate(data, "latitude", 1_800_000_000)


def longitude(data: str) -> LintFault | None:
    """A longitude in ten-millionths of a degree, eastward from Greenwich once round."""
    return _coordinate(data, "longitude", 3_600_000_000)
