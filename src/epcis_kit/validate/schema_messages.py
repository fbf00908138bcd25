"""The rules of the schema layer: their ids, what each says, and how a fault becomes a finding.

Takes what a validator of XML or JSON met; gives one :class:`~epcis_kit.findings.Finding` a fault. Guarantees: ids are
stable and the same for both formats; each message says where, what stands there and what belongs there, in one
sentence; values are shortened; no message repeats the notation of a schema language.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from epcis_kit.findings import Finding, Location

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RULES", "fault", "one_of", "similar"]

RULES: Final = {
    "SCH-001": "The root is one that the schemas know.",
    "SCH-002": "Everything that must be there is there.",
    "SCH-003": "Every name is one of the standard, or marked as an extension.",
    "SCH-004": "Elements stand where they belong, in order, and no more often than they may.",
    "SCH-005": "A value from a list of words is one of them.",
    "SCH-006": "Dates and times are written as such and exist.",
    "SCH-007": "Identifiers and addresses are absolute URIs.",
    "SCH-008": "A value is of the right kind: text, number, object, list.",
    "SCH-009": "A text has the form that is asked for.",
    "SCH-010": "Lists are as long as they must be, and hold nothing twice where that matters.",
    "SCH-011": "Members go together.",
    "SCH-099": "Whatever else a schema asks for.",
}
"""Every rule id of the layer and what must hold."""

_HINTS: Final = {
    "SCH-003": "Correct the name, or give it a prefix of your own.",
    "SCH-004": "Move it to its place; the order of elements counts in XML.",
    "SCH-006": "Write times with their zone, as '2024-03-05T09:30:00Z'.",
}
_LONGEST_NAME: Final = 80
_MOST_NAMES: Final = 8


def fault(rule: str, message: str, location: Location, **parameters: str) -> Finding:
    """The finding of one fault."""
    return Finding(
        rule=rule,
        severity="error",
        layer="schema",
        message=message,
        hint=_HINTS.get(rule, ""),
        location=location,
        parameters=tuple(sorted(parameters.items())),
    )


def one_of(names: Iterable[str]) -> str:
    """``'a'``, ``'a' or 'b'``, ``'a', 'b' or 'c'``; long lists are cut."""
    shown = [repr(name) for name in names]
    if len(shown) > _MOST_NAMES:
        return ", ".join(shown[:_MOST_NAMES]) + f" or {len(shown) - _MOST_NAMES} more"
    return " or ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def similar(name: str, known: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` where a known name is close to this one or is its last part, else nothing."""
    if len(name) > _LONGEST_NAME:
        return ""
    names = sorted(set(known))
    tails = {name.rpartition(sign)[2] for sign in (":", "/", "-")} & set(names)
    lowered = {each.lower(): each for each in names}
    found = sorted(tails) or [lowered[each] for each in difflib.get_close_matches(name.lower(), lowered, n=1)]
    return f" Did you mean {found[0]!r}?" if found else ""
