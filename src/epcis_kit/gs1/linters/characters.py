"""Content checks that look at characters one by one: the character sets, flags, zeros and escapes.

Each check takes the text of one component and answers ``None`` where it is right, or the first
:class:`~epcis_kit.gs1.linters.faults.LintFault`. Linear in the length of the text, and no check raises.
Source: GS1 General Specifications, section 7.11 (character sets) and the sections of the single identifiers;
results as in the GS1 Barcode Syntax Tests.
"""

from __future__ import annotations

import re

from epcis_kit.gs1.linters.faults import LintFault

__all__ = [
    "cset39",
    "cset64",
    "cset82",
    "csetnumeric",
    "hasnondigit",
    "hyphen",
    "importeridx",
    "iso5218",
    "nonzero",
    "nozeroprefix",
    "pcenc",
    "winding",
    "yesno",
    "zero",
]

_NOT_NUMERIC = re.compile(r"[^0-9]")
_NOT_82 = re.compile(r"""[^!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]""")
_NOT_39 = re.compile(r"[^#\-/0-9A-Z]")
_NOT_64 = re.compile(r"[^\-0-9A-Z_a-z]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IMPORTER_INDEX = frozenset("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_SEX_CODES = frozenset("0129")
_WINDINGS = frozenset("019")


def _first(pattern: re.Pattern[str], kind: str, data: str) -> LintFault | None:
    found = pattern.search(data)
    return None if found is None else LintFault(kind, found.start(), found.end())


def csetnumeric(data: str) -> LintFault | None:
    """ASCII digits only (format ``N``)."""
    return _first(_NOT_NUMERIC, "non_digit_character", data)


def cset82(data: str) -> LintFault | None:
    """Characters of GS1 set 82 only (format ``X``)."""
    return _first(_NOT_82, "invalid_cset82_character", data)


def cset39(data: str) -> LintFault | None:
    """Characters of GS1 set 39 only (format ``Y``)."""
    return _first(_NOT_39, "invalid_cset39_character", data)


def cset64(data: str) -> LintFault | None:
    """URI-safe base 64 (format ``Z``); padding may be left out, and must fit where it is there."""
    body = data.rstrip("=")
    padding = len(data) - len(body)
    if padding > 2 or (padding and len(data) % 3):
        return LintFault("invalid_cset64_padding", len(body), len(data))
    return _first(_NOT_64, "invalid_cset64_character", body)


def pcenc(data: str) -> LintFault | None:
    """Each ``%`` begins an escape of two hexadecimal digits."""
    found = _BAD_ESCAPE.search(data)
    if found is None:
        return None
    return LintFault("invalid_percent_sequence", found.start(), min(found.start() + 3, len(data)))


def yesno(data: str) -> LintFault | None:
    """``0`` (no) or ``1`` (yes)."""
    return None if data in {"0", "1"} else LintFault("not_zero_or_one", 0, len(data))


def zero(data: str) -> LintFault | None:
    """Zeros only: the filler digit before a GRAI."""
    return LintFault("not_zero", 0, len(data)) if data.strip("0") else None


def nonzero(data: str) -> LintFault | None:
    """Digits, and not all of them zero."""
    fault = csetnumeric(data)
    if fault is not None:
        return fault
    return None if data.strip("0") else LintFault("illegal_zero_value", 0, len(data))


def nozeroprefix(data: str) -> LintFault | None:
    """Digits without a leading zero; a single ``0`` is right."""
    fault = csetnumeric(data)
    if fault is not None:
        return fault
    return LintFault("illegal_zero_prefix", 0, 1) if len(data) > 1 and data[0] == "0" else None


def hasnondigit(data: str) -> LintFault | None:
    """At least one character is no digit."""
    return None if _NOT_NUMERIC.search(data) else LintFault("requires_non_digit_character", 0, len(data))


def hyphen(data: str) -> LintFault | None:
    """Hyphens only: the minus sign behind a temperature."""
    rest = data.lstrip("-")
    start = len(data) - len(rest)
    return LintFault("not_hyphen", start, start + 1) if rest else None


def importeridx(data: str) -> LintFault | None:
    """One character of the importer index (AI 7040)."""
    if len(data) != 1:
        return LintFault("importer_idx_must_be_one_character", 0, len(data))
    return None if data in _IMPORTER_INDEX else LintFault("invalid_import_idx_character", 0, 1)


def iso5218(data: str) -> LintFault | None:
    """A code for biological sex of ISO 5218."""
    return None if data in _SEX_CODES else LintFault("invalid_biological_sex_code", 0, len(data))


def winding(data: str) -> LintFault | None:
    """The winding direction of a roll: 0 face out, 1 face in, 9 undefined."""
    return None if data in _WINDINGS else LintFault("invalid_winding_direction", 0, len(data))
