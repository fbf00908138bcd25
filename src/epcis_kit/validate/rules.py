"""What a rule is: an id, a severity, a sentence, examples, and a small generator that finds where it is broken.

Takes nothing; gives :class:`Rule` and :class:`Problem`. Guarantees: a rule is a row of a table (``event_rules.RULES``
and ``document_rules.RULES``); its generator gets one event (or the events seen so far) and yields problems; the
engine turns them into findings. Ids are stable: partners write them into their agreements.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from epcis_kit.findings import Layer, Severity

__all__ = ["Problem", "Rule", "Scope"]

Scope = Literal["event", "document"]


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One place where a rule is broken.

    Attributes:
        message: A whole sentence: what, the value, expected, got.
        path: The place inside the event in JSON names, for example ``"epcList/0"``; ``""`` for the event itself.
        parameters: The words the message was made from.
    """

    message: str
    path: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of the rule table.

    Attributes:
        id: For example ``"EVT-003"``.
        severity: Severity of its findings where no profile says otherwise.
        layer: Kind of rule.
        scope: ``"event"`` where one event decides, ``"document"`` where several do.
        statement: What must hold, as a sentence.
        hint: What to do where it does not, as a sentence.
        source: Clause of the standard, or the experience it comes from.
        good: A JSON event (without time, filled in by whoever runs it) that keeps the rule.
        bad: One that breaks it, and no other rule at error level.
        check: Yields the problems of one event; the second argument is a memory shared by all events of a document.
    """

    id: str
    severity: Severity
    layer: Layer
    statement: str
    hint: str
    source: str
    good: dict[str, Any]
    bad: dict[str, Any] | list[dict[str, Any]]
    check: Callable[[Any, dict[str, Any]], Iterable[Problem]]
    scope: Scope = "event"
