"""One problem, where it is, and a list of them: ``Finding``, ``Location``, ``Report``.

Takes plain values only, so that every layer above can make findings. Guarantees: findings are frozen and hashable, a
report keeps the order in which findings were added, and ``Report.raise_for_errors`` is the only bridge from findings to
exceptions. A finding carries its parameters beside its sentence, so that it can be rendered again in another language.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from epcis_kit.errors import InvalidDocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Finding", "Layer", "Location", "Report", "Severity"]

Severity = Literal["error", "warning", "info"]
Layer = Literal[
    "syntax",
    "schema",
    "standard",
    "identifier",
    "event",
    "document",
    "sequence",
    "masterdata",
    "profile",
    "plausibility",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a document; every part is optional, and ``str()`` gives what is known.

    Attributes:
        file: The name the user gave, for example ``"orders/may.xml"`` or ``"-"`` for standard input.
        line: One-based line.
        column: One-based column, counted in characters.
        pointer: A JSON pointer (``/epcisBody/eventList/0/action``) or an XPath (``/EPCISDocument/EPCISBody``).
        event_index: Zero-based number of the event in its document.
        event_id: The ``eventID`` of that event.
        row: One-based row of a table, header rows counted.
        table_column: Header or letter of the column of a table.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    event_index: int | None = None
    event_id: str | None = None
    row: int | None = None
    table_column: str | None = None

    def __str__(self) -> str:
        parts = [self.file] if self.file is not None else []
        if self.line is not None:
            parts.append(f"line {self.line}" + (f", column {self.column}" if self.column is not None else ""))
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.table_column is not None:
            parts.append(f"column {self.table_column!r}")
        if self.pointer is not None:
            parts.append(self.pointer or "(document root)")
        elif self.event_index is not None:
            parts.append(f"event {self.event_index}")
        return ", ".join(parts)

    def within(self, **outer: Any) -> Location:
        """This place with the parts it does not know yet filled in from ``outer`` (file, event_index, …)."""
        return dataclasses.replace(
            self, **{name: value for name, value in outer.items() if getattr(self, name) is None}
        )

    def as_dict(self) -> dict[str, Any]:
        """The known parts under their names."""
        values = ((field.name, getattr(self, field.name)) for field in dataclasses.fields(self))
        return {name: value for name, value in values if value is not None}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem in one place.

    Attributes:
        rule: Stable id of the rule, for example ``"EVT-001"`` or ``"DOC-003"``.
        severity: ``"error"``, ``"warning"`` or ``"info"``.
        layer: The kind of rule, from ``"syntax"`` up to ``"plausibility"``.
        message: A whole English sentence: what, the value, expected, got.
        hint: What to do about it, as a sentence; empty where the message says it.
        location: Where it is.
        parameters: The words the message was made from, as name and value, for other languages and formats.
        count: How many identical findings this one stands for.
    """

    rule: str
    severity: Severity
    layer: Layer
    message: str
    hint: str = ""
    location: Location = Location()
    parameters: tuple[tuple[str, str], ...] = ()
    count: int = 1

    def __str__(self) -> str:
        where = str(self.location)
        return (
            f"{where}: {self.severity} {self.rule}: {self.message}"
            if where
            else f"{self.severity} {self.rule}: {self.message}"
        )

    def at(self, **outer: Any) -> Finding:
        """The same finding, with the parts its location does not know filled in (file, event_index, …)."""
        return dataclasses.replace(self, location=self.location.within(**outer))

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        result: dict[str, Any] = {
            "rule": self.rule,
            "severity": self.severity,
            "layer": self.layer,
            "message": self.message,
        }
        if self.hint:
            result["hint"] = self.hint
        result["location"] = self.location.as_dict()
        if self.parameters:
            result["parameters"] = dict(self.parameters)
        if self.count != 1:
            result["count"] = self.count
        return result


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What a check found, in document order.

    Attributes:
        findings: All findings, in the order they were met.
        events: How many events were looked at.
        profile: Name of the rule set that was applied.
    """

    findings: tuple[Finding, ...] = ()
    events: int = 0
    profile: str = "core"

    @property
    def valid(self) -> bool:
        """True where no finding has severity ``error``."""
        return not any(finding.severity == "error" for finding in self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def counts(self) -> dict[str, int]:
        """How many findings of each severity there are, grouped ones counted in full."""
        totals: Counter[str] = Counter()
        for finding in self.findings:
            totals[finding.severity] += finding.count
        return {severity: totals[severity] for severity in ("error", "warning", "info")}

    def raise_for_errors(self) -> None:
        """Raise :class:`~epcis_kit.errors.InvalidDocumentError` where the report is not :attr:`valid`."""
        errors = [finding for finding in self.findings if finding.severity == "error"]
        if errors:
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise InvalidDocumentError(f"The document is not valid: {errors[0]}{more}", self)

    def merged(self, others: Iterable[Report]) -> Report:
        """This report followed by the findings of the others."""
        findings, events = list(self.findings), self.events
        for other in others:
            findings.extend(other.findings)
            events += other.events
        return Report(tuple(findings), events, self.profile)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "valid": self.valid,
            "profile": self.profile,
            "events": self.events,
            "counts": self.counts(),
            "findings": [finding.as_dict() for finding in self.findings],
        }

    def to_json(self) -> str:
        """The report as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2)
