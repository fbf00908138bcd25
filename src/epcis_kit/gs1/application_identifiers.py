"""The table of GS1 application identifiers (AIs): formats, content checks, rules and Digital Link roles, as data.

Takes a data file of facts (``schemas/gs1_application_identifiers.json``, edition in :attr:`AiTable.edition`) or any
other edition: :meth:`AiTable.load` reads our own form and the published GS1 syntax dictionary alike, so the table is
replaced without code. Gives an :class:`AiTable`, which parsers take as their ``table`` argument;
:func:`default_table` is the one that ships.

The table is read when it is first needed, and an identifier is compiled when it is first met: its format becomes one
test, ``accepts``, that says yes or no as fast as it can. The reason for a no is worked out separately by
:meth:`ApplicationIdentifier.fault`, component by component. A table never changes after it was read; what it keeps
besides (compiled identifiers, verdicts on combinations) is bounded.

Source of the facts: GS1 Barcode Syntax Dictionary; meaning: GS1 General Specifications, section 3.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from epcis_kit._resources import read_bytes
from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.linters import CHARACTER_SETS, LINTERS, LintFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.gs1.association_rules import Verdict

__all__ = ["AiTable", "ApplicationIdentifier", "Component", "default_table"]

_DATA = "schemas/gs1_application_identifiers.json"
_CLASSES = {"N": "[0-9]", "X": r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]""", "Y": r"[#\-/0-9A-Z]", "Z": r"[\-0-9A-Z_a-z=]"}
# Checks that refuse wrong characters and wrong lengths by themselves, so that no other test is needed beside them.
_COMPLETE = frozenset(("yymmd0", "yymmdd", "yyyymmdd", "hhmi", "hh", "iso3166", "iso3166999", "iso4217", "mediatype"))

# Value lengths of the AIs whose first two digits announce them, also where no such AI is in use yet
# (General Specifications, section 7.8.5, pre-defined length indicators).
_PREDEFINED = {
    "00": 18, "01": 14, "02": 14, "03": 14, "04": 16, "20": 2, "41": 13,
    **{f"{prefix}": 6 for prefix in (*range(11, 20), *range(31, 37))},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a value.

    Attributes:
        characters: ``"N"`` digits, ``"X"`` GS1 set 82, ``"Y"`` GS1 set 39, ``"Z"`` URI-safe base 64.
        shortest: Least number of characters, where the component is there.
        longest: Greatest number of characters.
        optional: Whether the value may end before it.
        checks: Names of the content checks (``gs1.linters``), in the order in which they run.
    """

    characters: str
    shortest: int
    longest: int
    optional: bool = False
    checks: tuple[str, ...] = ()

    def __str__(self) -> str:
        length = str(self.longest) if self.shortest == self.longest else f"..{self.longest}"
        text = f"{self.characters}{length}"
        return f"[{text}]" if self.optional else text


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """What the table knows of one AI.

    Attributes:
        ai: Its two to four digits.
        title: The GS1 data title; empty where there is none.
        components: The parts of a value, in order; only the last has a variable length.
        predefined_length: Number of characters where no FNC1 need follow, else 0.
        needs: Each must hold: at least one of the alternatives is there. An alternative is one AI or pattern, or
            several joined by ``+`` that must all be there.
        excludes: AIs and patterns (``n`` stands for any digit) that must not be there.
        link_attribute: Whether it may be a query parameter of a Digital Link.
        link_key: The sequences of key qualifiers that may follow it in the path of a Digital Link, or ``None`` where it
            is no primary key.
        decimals: Number of decimals that the AI itself announces, or ``None``.
        unit: Unit of a measure, as the data title gives it, or ``None``.
        known: False for an AI that is in no table and was let through on request.
        accepts: Whether a text is a well-formed value; the fast test behind every parser.
    """

    ai: str
    title: str
    components: tuple[Component, ...]
    predefined_length: int = 0
    needs: tuple[tuple[str, ...], ...] = ()
    excludes: tuple[str, ...] = ()
    link_attribute: bool = False
    link_key: tuple[tuple[str, ...], ...] | None = None
    decimals: int | None = None
    unit: str | None = None
    known: bool = True
    accepts: Callable[[str], object] = field(default=lambda _: False, repr=False, compare=False)

    @property
    def shortest(self) -> int:
        """Least number of characters of a value."""
        return sum(component.shortest for component in self.components if not component.optional)

    @property
    def longest(self) -> int:
        """Greatest number of characters of a value."""
        return sum(component.longest for component in self.components)

    @property
    def format(self) -> str:
        """The format as people write it, for example ``"N13+[X..17]"``."""
        return "+".join(map(str, self.components))

    def fault(self, value: str) -> LintFault | None:
        """The first fault of ``value``, or ``None``; the offsets count from its start.

        Beside the kinds of the content checks there are ``ai_data_is_empty``, ``ai_data_has_incorrect_length`` and
        ``ai_data_is_too_long``.
        """
        if not value:
            return LintFault("ai_data_is_empty", 0, 0)
        at = 0
        for component in self.components:
            piece = value[at : at + component.longest]
            if not piece and component.optional:
                continue
            if len(piece) < component.shortest:
                return LintFault("ai_data_has_incorrect_length", at, len(value))
            for check in (CHARACTER_SETS[component.characters], *(LINTERS[name] for name in component.checks)):
                found = check(piece)
                if found is not None:
                    return LintFault(found.kind, at + found.start, at + found.end)
            at += len(piece)
        return LintFault("ai_data_is_too_long", at, len(value)) if at < len(value) else None

    def split(self, value: str) -> tuple[str, ...]:
        """The components of a well-formed ``value``; an optional one that is not there is left out."""
        pieces: list[str] = []
        at = 0
        for component in self.components:
            piece = value[at : at + component.longest]
            if piece:
                pieces.append(piece)
            at += len(piece)
        return tuple(pieces)


def _component(facts: dict[str, Any]) -> Component:
    length = facts["length"]
    shortest, longest = (length, length) if isinstance(length, int) else length
    return Component(facts["set"], shortest, longest, facts.get("optional", False), tuple(facts.get("checks", ())))


def _always(_: str) -> None:
    """The check of a component that has none beside its characters."""


def _content_checks(component: Component) -> list[Callable[[str], LintFault | None]]:
    """The checks that the characters and the length do not imply already."""
    checks = [LINTERS[name] for name in component.checks]
    if component.characters == "N" and component.shortest > 4:
        checks = [check for check in checks if not check.__name__.startswith("gcppos")]
    if component.characters == "Z":
        checks.insert(0, CHARACTER_SETS["Z"])
    return checks


def _compile(components: tuple[Component, ...]) -> Callable[[str], object]:
    """The fastest test we know for values of these components."""
    pattern, closing = "", ""
    for component in components:
        length = f"{{{component.shortest},{component.longest}}}"
        opening = "(?:" if component.optional else ""
        closing += ")?" if component.optional else ""
        pattern += f"{opening}{_CLASSES[component.characters]}{length}"
    matches = re.compile(pattern + closing).fullmatch

    tests: list[tuple[int, int, Callable[[str], LintFault | None]]] = []
    place = 0
    for component in components:
        end = place + component.longest
        tests.extend((place, end, check) for check in _content_checks(component))
        place = end
    if not tests:
        return matches
    if len(components) == 1 and len(tests) == 1:
        check = tests[0][2]
        size = components[0].longest
        if check.__name__ in _COMPLETE and components[0].shortest == size:
            return lambda value: check(value) is None
        if check.__name__ == "csum":
            return lambda value: len(value) == size and check(value) is None
        return lambda value: matches(value) is not None and check(value) is None

    def accepts(value: str) -> bool:
        if matches(value) is None:
            return False
        for first, last, check in tests:
            piece = value[first:last]
            if piece and check(piece) is not None:
                return False
        return True

    return accepts


class _Compiled(dict[str, ApplicationIdentifier]):
    """Identifiers by their digits, each made when it is first asked for; ``KeyError`` for one that does not exist."""

    def __init__(self, rows: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        self._rows = rows

    def __missing__(self, ai: str) -> ApplicationIdentifier:
        facts = self._rows[ai]
        components = tuple(map(_component, facts["parts"]))
        made = ApplicationIdentifier(
            ai=ai,
            title=facts.get("title", ""),
            components=components,
            predefined_length=sum(part.longest for part in components) if facts.get("predefined_length") else 0,
            needs=tuple(map(tuple, facts.get("needs", ()))),
            excludes=tuple(facts.get("excludes", ())),
            link_attribute=facts.get("link_attribute", False),
            link_key=tuple(map(tuple, facts["link_key"])) if "link_key" in facts else None,
            decimals=int(ai[-1]) if facts.get("decimals_in_last_digit") else None,
            unit=facts.get("unit"),
            accepts=_compile(components),
        )
        self[ai] = made
        return made


class AiTable:
    """One edition of the table of application identifiers.

    Attributes:
        edition: The date of the edition, as its publisher writes it.
        source: Where the facts come from.
        lengths: First two digits of an AI to the number of digits that it has.
        compiled: AI to its entry; looking up one that does not exist raises ``KeyError``.
        verdicts: What ``gs1.association_rules`` found out about combinations of AIs; kept here because it depends on
            nothing but the table.
    """

    def __init__(self, facts: dict[str, Any]) -> None:
        try:
            self.edition: str = facts["edition"]
            self.source: str = facts.get("of", "")
            self._rows: dict[str, dict[str, Any]] = {}
            for row in facts["identifiers"]:
                first, last = row["ai"], row.get("to", row["ai"])
                for number in range(int(first), int(last) + 1):
                    self._rows[f"{number:0{len(first)}d}"] = row
                self._check(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise IdentifierError(
                "table of application identifiers",
                str(error),
                expected="edition and identifiers, each with ai and parts",
                kind="bad_table",
            ) from error
        self.compiled: dict[str, ApplicationIdentifier] = _Compiled(self._rows)
        self.lengths: dict[str, int] = {}
        for ai in self._rows:
            if self.lengths.setdefault(ai[:2], len(ai)) != len(ai):
                raise IdentifierError(
                    "table of application identifiers",
                    ai,
                    expected="all AIs with the same first two digits to have the same length",
                    kind="bad_table",
                )
        self.verdicts: dict[tuple[str, ...], Verdict] = {}

    @staticmethod
    def _check(row: dict[str, Any]) -> None:
        """Raises ``ValueError`` where a row cannot be worked with."""
        if not re.fullmatch("[0-9]{2,4}", row["ai"]):
            raise ValueError(f"{row['ai']!r} is no application identifier")
        parts = [_component(part) for part in row["parts"]]
        if not parts or parts[0].optional:
            raise ValueError(f"({row['ai']}) has no component that must be there")
        for part, following in pairwise(parts):
            if part.shortest != part.longest or (part.optional and not following.optional):
                raise ValueError(
                    f"({row['ai']}) has a component behind one of variable length or behind an optional one"
                )
        for part in parts:
            unknown = [name for name in part.checks if name not in LINTERS]
            if part.characters not in CHARACTER_SETS or unknown:
                raise ValueError(f"({row['ai']}) names the unknown check {(unknown or [part.characters])[0]!r}")

    @classmethod
    def loads(cls, text: str) -> AiTable:
        """The table out of the text of a data file, in our own form or as GS1 publishes its syntax dictionary.

        Raises:
            IdentifierError: kind ``bad_table`` or ``malformed``; the text is neither.
        """
        if not text.lstrip().startswith("{"):
            from epcis_kit.gs1.syntax_dictionary import convert  # noqa: PLC0415 - other editions are rare

            text = convert(text)
        try:
            facts = json.loads(text)
        except ValueError as error:
            raise IdentifierError(
                "table of application identifiers",
                text,
                expected="a JSON object or a GS1 syntax dictionary",
                kind="bad_table",
            ) from error
        return cls(facts)

    @classmethod
    def load(cls, path: str | Path) -> AiTable:
        """The table out of a file; see :meth:`loads`."""
        return cls.loads(Path(path).read_text(encoding="utf-8"))

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[ApplicationIdentifier]:
        return (self.compiled[ai] for ai in self._rows)

    def __contains__(self, ai: object) -> bool:
        return ai in self._rows

    def __repr__(self) -> str:
        return f"<AiTable edition {self.edition}, {len(self)} identifiers>"

    def get(self, ai: str, *, unknown: bool = False) -> ApplicationIdentifier | None:
        """The entry of ``ai``, or ``None``.

        Args:
            ai: Two to four digits.
            unknown: Answer an entry with ``known`` false for an AI that is not in the table, where its digits do not
                contradict it: its value is 1 to 90 characters of set 82, or as long as its first two digits announce.
        """
        if ai in self._rows:
            return self.compiled[ai]
        if not unknown or not (2 <= len(ai) <= 4 and ai.isdecimal() and ai.isascii()):
            return None
        length = self.lengths.get(ai[:2])
        if length is not None and length != len(ai):
            return None
        fixed = _PREDEFINED.get(ai[:2], 0)
        components = (Component("X", fixed or 1, fixed or 90),)
        return ApplicationIdentifier(ai, "", components, fixed, known=False, accepts=_compile(components))

    def at(self, text: str, start: int, *, unknown: bool = False) -> ApplicationIdentifier | None:
        """The entry whose AI stands in ``text`` at ``start``, or ``None``.

        An unknown AI is found only where others with the same first two digits say how long it is.
        """
        length = self.lengths.get(text[start : start + 2])
        if length is None:
            return None
        ai = text[start : start + length]
        return self.get(ai, unknown=unknown) if len(ai) == length else None

    @functools.cached_property
    def key_sequences(self) -> dict[tuple[str, ...], int]:
        """Every sequence of a primary key and its qualifiers that a Digital Link path may have, to its place.

        The place is the order in which sequences are tried when a link is built: that of their AIs as text.
        """
        found: set[tuple[str, ...]] = set()
        for entry in self:
            for chain in entry.link_key or ():
                sequences: list[tuple[str, ...]] = [(entry.ai,)]
                for qualifier in chain:
                    sequences += [(*sequence, qualifier) for sequence in sequences]
                found.update(sequences)
        ordered = sorted(found, key=" ".join)
        return {sequence: place for place, sequence in enumerate(ordered)}


@functools.cache
def default_table() -> AiTable:
    """The table that ships with the library, read once."""
    return AiTable(json.loads(read_bytes(_DATA)))
