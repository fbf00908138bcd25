"""Which application identifiers may, must and must not stand together in one message.

Takes the elements of a message, in any order, and a table; gives the first broken rule or ``None``. Four rules, in
this order: AIs that exclude each other; AIs that need others (with the groups joined by ``+`` and patterns such as
``31nn``); an AI that is there twice must have the same value; a key with an optional serial needs it beside a digital
signature (AI 8030). An AI never excludes itself, also where a pattern of its own covers it.

The first two rules depend on nothing but the set of AIs, and real messages repeat few sets: the answer for a set is
worked out once and kept with the table, up to a fixed number of sets.
Source: GS1 General Specifications, section 4.13 (invalid pairs and mandatory associations).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.gs1.application_identifiers import AiTable, ApplicationIdentifier

__all__ = ["BrokenRule", "Verdict", "broken_rule", "broken_rules", "matches_pattern", "verdict"]

_KEPT = 4096
_SIGNATURE = "8030"
_SERIALISED = ("253", "255", "8003")


class BrokenRule(NamedTuple):
    """A combination that is not allowed.

    Attributes:
        kind: ``invalid_ai_pairs``, ``required_ais_not_satisfied``, ``instances_of_ai_have_different_values`` or
            ``serial_not_present``.
        ai: The AI whose rule is broken.
        others: The AI that it must not stand with, or the alternatives of which none is there.
    """

    kind: str
    ai: str
    others: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What would have been right, as a phrase."""
        if self.kind == "invalid_ai_pairs":
            return f"no ({self.others[0]}) beside ({self.ai})"
        if self.kind == "required_ais_not_satisfied":
            wanted = [other.replace("+", " with ") for other in self.others]
            listed = wanted[0] if len(wanted) == 1 else f"{', '.join(wanted[:-1])} or {wanted[-1]}"
            return f"{listed} beside ({self.ai})"
        if self.kind == "serial_not_present":
            return f"a serial component in ({self.ai}), because a digital signature (8030) stands beside it"
        return f"one value of ({self.ai})"


class Verdict(NamedTuple):
    """What is known of one set of AIs.

    Attributes:
        pair: The first pair that excludes each other, or ``None``.
        need: The first need that is not met, or ``None``.
        look: Whether the values must be looked at too (repeated AIs, a signature).
    """

    pair: BrokenRule | None
    need: BrokenRule | None
    look: bool


def matches_pattern(ai: str, pattern: str) -> bool:
    """Whether ``ai`` is ``pattern``, in which trailing ``n`` stand for any digit."""
    return len(ai) == len(pattern) and ai.startswith(pattern.rstrip("n"))


def _find(pattern: str, ais: Iterable[str], ignored: str) -> str | None:
    return next((ai for ai in ais if ai != ignored and matches_pattern(ai, pattern)), None)


def _pairs(entries: Sequence[ApplicationIdentifier], ais: Sequence[str]) -> Iterator[BrokenRule]:
    for entry in entries:
        for pattern in entry.excludes:
            other = _find(pattern, ais, entry.ai)
            if other is not None:
                yield BrokenRule("invalid_ai_pairs", entry.ai, (other,))


def _needs(entries: Sequence[ApplicationIdentifier], ais: Sequence[str]) -> Iterator[BrokenRule]:
    for entry in entries:
        for alternatives in entry.needs:
            groups = (alternative.split("+") for alternative in alternatives)
            if not any(all(_find(pattern, ais, entry.ai) for pattern in group) for group in groups):
                yield BrokenRule("required_ais_not_satisfied", entry.ai, alternatives)


def _sorted_entries(ais: Iterable[str], table: AiTable) -> tuple[list[str], list[ApplicationIdentifier]]:
    distinct = sorted(set(ais))
    return distinct, [entry for ai in distinct if (entry := table.get(ai)) is not None]


def verdict(ais: tuple[str, ...], table: AiTable) -> Verdict:
    """What the table says of this tuple of AIs; worked out once for each tuple."""
    known = table.verdicts.get(ais)
    if known is not None:
        return known
    distinct, entries = _sorted_entries(ais, table)
    found = Verdict(
        next(_pairs(entries, distinct), None),
        next(_needs(entries, distinct), None),
        len(distinct) < len(ais) or (_SIGNATURE in distinct and any(ai in distinct for ai in _SERIALISED)),
    )
    if len(table.verdicts) >= _KEPT:
        table.verdicts.clear()
    table.verdicts[ais] = found
    return found


def _values(elements: Sequence[tuple[str, str]], table: AiTable) -> BrokenRule | None:
    seen: dict[str, str] = {}
    repeated = sorted(ai for ai, value in elements if seen.setdefault(ai, value) != value)
    if repeated:
        return BrokenRule("instances_of_ai_have_different_values", repeated[0])
    if _SIGNATURE in seen:
        for ai in _SERIALISED:
            entry = table.get(ai)
            if ai in seen and entry is not None and len(seen[ai]) == entry.shortest:
                return BrokenRule("serial_not_present", ai)
    return None


def broken_rule(
    elements: Sequence[tuple[str, str]], table: AiTable, *, check_requisites: bool = True
) -> BrokenRule | None:
    """The first rule that a list of (AI, value) breaks, or ``None``.

    Args:
        elements: The message.
        table: The table whose rules count.
        check_requisites: Whether AIs that need others are checked; a message can be one of several on an item.
    """
    found = verdict(tuple([ai for ai, _ in elements]), table)
    if found.pair is not None:
        return found.pair
    if check_requisites and found.need is not None:
        return found.need
    return _values(elements, table) if found.look else None


def broken_rules(
    elements: Sequence[tuple[str, str]], table: AiTable, *, check_requisites: bool = True
) -> tuple[BrokenRule, ...]:
    """Every rule that a list of (AI, value) breaks, in their order; of those on values only the first."""
    distinct, entries = _sorted_entries((ai for ai, _ in elements), table)
    found = list(_pairs(entries, distinct))
    if check_requisites:
        found += _needs(entries, distinct)
    value = _values(elements, table)
    return (*found, value) if value is not None else tuple(found)
