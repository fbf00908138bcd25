"""The sentences of the schema layer: how a fault of a validator becomes a finding.

Takes what a validator of XML or JSON met; gives one :class:`~epcis_kit.findings.Finding` a fault. Guarantees: ids are
stable and the same for both formats; the sentences stand in the catalogue (``schemas/rules/schema.toml``) in every
language; each says what was written, what belongs there, and where; values are shortened; no message repeats the
notation of a schema language.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from epcis_kit.findings import Finding, Location
from epcis_kit.validate.catalogue import catalogue, fill

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CATALOGUE", "fault", "one_of", "similar"]

CATALOGUE: Final = "schema"
"""The name of the catalogue file with the rules of this layer."""

_LONGEST_NAME: Final = 80
_MOST_NAMES: Final = 8


def fault(rule: str, key: str, location: Location, **parameters: str) -> Finding:
    """The finding of one fault; ``parameters`` are the words of the message ``key`` of ``rule``."""
    entry = catalogue(CATALOGUE)[rule]
    return Finding(
        rule=rule,
        severity=entry.severity,
        layer=entry.layer,
        message=fill(entry.messages[key], parameters),
        hint=entry.hint,
        location=location,
        parameters=tuple(sorted(parameters.items())),
        key=key,
    )


def one_of(names: Iterable[str]) -> str:
    """``'a'``, ``'a' or 'b'``, ``'a', 'b' or 'c'``; long lists are cut."""
    shown = [repr(name) for name in names]
    if len(shown) > _MOST_NAMES:
        return ", ".join(shown[:_MOST_NAMES]) + f" or {len(shown) - _MOST_NAMES} more"
    return " or ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def similar(name: str, known: Iterable[str]) -> str:
    """A known name that is close to this one or is its last part; ``""`` where none is."""
    if len(name) > _LONGEST_NAME:
        return ""
    names = sorted(set(known))
    tails = {name.rpartition(sign)[2] for sign in (":", "/", "-")} & set(names)
    lowered = {each.lower(): each for each in names}
    found = sorted(tails) or [lowered[each] for each in difflib.get_close_matches(name.lower(), lowered, n=1)]
    return found[0] if found else ""
