"""The content checks ("linters") that the table of application identifiers names for the components of a value.

Takes the name of a check and the text of one component; gives ``None`` where the text is right, or the first
:class:`LintFault` with a stable kind and the place. The 34 names that the edition of 2026-01-27 uses are all here, with
the four character sets and two names of older editions. No check raises and none takes more than linear time.

The rules are those of the GS1 Barcode Syntax Tests; the code is this project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.gs1.linters import characters, code_lists, coupons, dates, keys
from epcis_kit.gs1.linters.faults import LintFault, expectation

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CHARACTER_SETS", "LINTERS", "LintFault", "expectation", "lint"]

CHARACTER_SETS: dict[str, Callable[[str], LintFault | None]] = {
    "N": characters.csetnumeric,
    "X": characters.cset82,
    "Y": characters.cset39,
    "Z": characters.cset64,
}
"""The check behind each format letter of a component."""

LINTERS: dict[str, Callable[[str], LintFault | None]] = {
    check.__name__: check
    for check in (
        *CHARACTER_SETS.values(),
        characters.hasnondigit,
        characters.hyphen,
        characters.importeridx,
        characters.iso5218,
        characters.nonzero,
        characters.nozeroprefix,
        characters.pcenc,
        characters.winding,
        characters.yesno,
        characters.zero,
        code_lists.iso3166,
        code_lists.iso3166999,
        code_lists.iso3166alpha2,
        code_lists.iso3166list,
        code_lists.iso4217,
        code_lists.latitude,
        code_lists.longitude,
        code_lists.mediatype,
        code_lists.packagetype,
        coupons.couponcode,
        coupons.couponposoffer,
        dates.hh,
        dates.hhmi,
        dates.mi,
        dates.ss,
        dates.yymmd0,
        dates.yymmdd,
        dates.yyyymmd0,
        dates.yyyymmdd,
        keys.csum,
        keys.csumalpha,
        keys.gcppos1,
        keys.gcppos2,
        keys.iban,
        keys.pieceoftotal,
        keys.posinseqslash,
    )
}
"""Every check by its name."""


def lint(name: str, data: str) -> LintFault | None:
    """The first fault that the check ``name`` finds in ``data``, or ``None``.

    Raises:
        KeyError: There is no check of that name.
    """
    return LINTERS[name](data)
