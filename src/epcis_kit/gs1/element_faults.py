"""Turns what is wrong with an element into an error that a person can act on.

Takes a fault with its offsets inside a value, the AI, and where the value stands in the text that was given; gives an
:class:`~epcis_kit.errors.IdentifierError` with kind, AI, position, expected and got. Used by the readers of element
strings and of Digital Links, so that one fault is told in one way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.errors import IdentifierError, shorten
from epcis_kit.gs1.linters import expectation

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.gs1.application_identifiers import ApplicationIdentifier
    from epcis_kit.gs1.association_rules import BrokenRule
    from epcis_kit.gs1.linters import LintFault

__all__ = [
    "MAX_ELEMENTS",
    "MAX_TEXT",
    "accepted",
    "build_error",
    "element_error",
    "length_kind",
    "rule_error",
    "text_too_long",
]

MAX_TEXT = 8191
"""Longest text that is read, in characters; the largest carrier, a QR code, holds 7,089."""

MAX_ELEMENTS = 64
"""Greatest number of elements in one message."""

_GOT = 40


def _length(entry: ApplicationIdentifier) -> str:
    shortest, longest = entry.shortest, entry.longest
    if shortest == longest:
        return f"{longest} character{'s' * (longest != 1)} in ({entry.ai})"
    return f"{shortest} to {longest} characters in ({entry.ai}), format {entry.format}"


def length_kind(entry: ApplicationIdentifier, value: str) -> str | None:
    """The kind of fault where a delimited ``value`` is too short or too long as a whole, or ``None``."""
    if len(value) < entry.shortest:
        return "ai_value_is_too_short"
    return "ai_value_is_too_long" if len(value) > entry.longest else None


def _check_digit(value: str, fault: LintFault, start: int) -> str:
    from epcis_kit.gs1.check_digits import mod10_digit  # noqa: PLC0415 - only for a message

    return f"check digit {mod10_digit(value[start : fault.start])}"


def element_error(
    what: str,
    text: str,
    entry: ApplicationIdentifier,
    value: str,
    *,
    fault: LintFault,
    where: Callable[[int], int],
    hint: str = "",
    verb: str = "read",
) -> IdentifierError:
    """The error for a fault of one value.

    Args:
        what: What was being read, for example ``"element string"``.
        text: The whole text as given.
        entry: The AI of the value.
        value: The value as it was understood.
        fault: What is wrong, with offsets inside ``value``.
        where: Offset inside ``value`` to offset inside ``text``.
        hint: A half sentence that is added to what was expected.
        verb: What was being done.
    """
    bad = value[fault.start : fault.end]
    if fault.kind.endswith(("_is_too_short", "_is_too_long", "_incorrect_length", "_data_is_empty")):
        expected, got = _length(entry), f"{len(value)}"
    else:
        got = f"{shorten(bad, _GOT)} in ({entry.ai})" if bad else f"nothing in ({entry.ai})"
        expected = expectation(fault.kind)
        if fault.kind == "incorrect_check_digit":
            start = 0
            for component in entry.components:
                if start + component.longest >= fault.end:
                    break
                start += component.longest
            expected = _check_digit(value, fault, start)
    return IdentifierError(
        what,
        text,
        expected=expected + hint,
        got=got,
        kind=fault.kind,
        ai=entry.ai,
        position=where(fault.start),
        verb=verb,
    )


def build_error(
    what: str, shown: str, entry: ApplicationIdentifier, value: str, fault: LintFault, *, verb: str = "build"
) -> IdentifierError:
    """The error for a value that was given by itself; positions count in the bracketed form ``shown``."""
    start = shown.index(f"({entry.ai}){value}") + len(entry.ai) + 2
    return element_error(what, shown, entry, value, fault=fault, where=lambda place: start + place, verb=verb)


def accepted(what: str, shown: str, ai: str, entry: ApplicationIdentifier | None, value: str) -> ApplicationIdentifier:
    """The row of an element that is to be built, where there is one and it accepts the value.

    Raises:
        IdentifierError: The AI is not in the table (``ai_unrecognised``), or its row does not accept the value.
    """
    if entry is None:
        raise IdentifierError(
            what, shown, expected="an AI of the table", got=shorten(ai), kind="ai_unrecognised", ai=ai, verb="build"
        )
    fault = None if entry.accepts(value) else entry.fault(value)
    if fault is not None:
        raise build_error(what, shown, entry, value, fault)
    return entry


def rule_error(
    what: str, text: str, rule: BrokenRule, ais: list[str], *, hint: str = "", verb: str = "read"
) -> IdentifierError:
    """The error for a combination of AIs that is not allowed; it has no single position."""
    got = "several" if rule.kind == "instances_of_ai_have_different_values" else " ".join(f"({ai})" for ai in ais[:8])
    if len(ais) > 8:
        got += " …"
    return IdentifierError(what, text, expected=rule.expected + hint, got=got, kind=rule.kind, ai=rule.ai, verb=verb)


def text_too_long(what: str, text: str) -> IdentifierError:
    """The error for a text beyond :data:`MAX_TEXT`."""
    return IdentifierError(
        what, text, expected=f"at most {MAX_TEXT} characters", got=str(len(text)), kind="too_long", position=MAX_TEXT
    )
