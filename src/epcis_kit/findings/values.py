"""One problem and its place as frozen values: ``Finding`` and ``Location``.

Takes keyword arguments; gives values that can be compared, hashed, copied with other parts filled in, and turned into
plain data. Guarantees: the English sentence is always there; what else a finding knows (the words it was made from, its
profile, the source line) is optional and has a default, so that every room can make findings with what it has.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from typing import Any, Final, Literal

__all__ = ["Finding", "Layer", "Location", "Severity"]

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

_EVENT_PREFIX: Final = re.compile(r"^.*?[eE]ventList/[^/]+/?(?:[A-Za-z:]*Event(?:\[[0-9]+\])?(?:/|$))?")
_XPATH: Final = re.compile(r"\[[0-9]+\]|/@|^/[A-Za-z_][\w.-]*:[A-Za-z]|^/[A-Z]")


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
        end_column: One-based column behind the last character of the spot, on the same line.
        byte_offset: Zero-based offset of the spot in the bytes of the document.
        snippet: The line of the source with the spot marked, as
            :func:`~epcis_kit.findings.source_snippet` makes it.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    event_index: int | None = None
    event_id: str | None = None
    row: int | None = None
    table_column: str | None = None
    end_column: int | None = None
    byte_offset: int | None = None
    snippet: str | None = None

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

    @property
    def json_pointer(self) -> str | None:
        """:attr:`pointer` where it is a JSON pointer."""
        return None if self.pointer is None or _XPATH.search(self.pointer) else self.pointer

    @property
    def xpath(self) -> str | None:
        """:attr:`pointer` where it is an XPath."""
        return self.pointer if self.pointer is not None and _XPATH.search(self.pointer) else None

    @property
    def inner(self) -> str:
        """The part of :attr:`pointer` inside the event, such as ``epcList/0``; the same wherever the event stands."""
        if self.pointer is None:
            return ""
        return _EVENT_PREFIX.sub("", self.pointer, count=1).strip("/")

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
        profile: The rule set that asks for this; empty where every document is asked for it.
        key: Which of the rule's messages this is; empty where the catalogue has no message for it.
        related: Other places that show the contradiction, for example the first of two events.
        samples: Places of some of the identical findings that this one stands for, its own first.
        affected: What it concerns, as kind and value, for example ``("GTIN", "09506000134352")``.
        reason: Why this finding is accepted; empty where it is not.
    """

    rule: str
    severity: Severity
    layer: Layer
    message: str
    hint: str = ""
    location: Location = Location()
    parameters: tuple[tuple[str, str], ...] = ()
    count: int = 1
    profile: str = ""
    key: str = ""
    related: tuple[Location, ...] = ()
    samples: tuple[Location, ...] = ()
    affected: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        where = str(self.location)
        return (
            f"{where}: {self.severity} {self.rule}: {self.message}"
            if where
            else f"{self.severity} {self.rule}: {self.message}"
        )

    @property
    def value(self) -> str | None:
        """What stands there, where the finding is about one value."""
        return dict(self.parameters).get("value")

    @property
    def expected(self) -> str | None:
        """What belongs there, where the finding says it apart."""
        return dict(self.parameters).get("expected")

    @property
    def snippet(self) -> str | None:
        """The line of the source with the spot marked, where it is known."""
        return self.location.snippet

    @property
    def doc_url(self) -> str:
        """The place of the rule in the documentation, relative to its root."""
        return f"reference/rules.html#{self.rule.lower()}"

    @property
    def fingerprint(self) -> str:
        """32 hex digits that stay the same when lines move, events come before, or the language changes.

        Made of the rule, the message's key, the eventID, the place inside the event and the value. Findings of events
        without an eventID that agree in all this share a fingerprint.
        """
        what = self.value if self.value is not None else "\x1e".join(value for _, value in self.parameters)
        if not self.parameters and not self.key:
            what = self.message
        place = self.location
        inner = re.sub(r"[0-9]+", "#", place.inner)
        table = place.table_column or ""
        parts = (self.rule, self.key, place.event_id or "", inner, table, what)
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def in_language(self, language: str) -> Finding:
        """The same finding with its sentences in ``"en"`` or ``"zh"``.

        Where the catalogue has the message, it is made from :attr:`parameters`; else it is what the rule asks for,
        with the English sentence in brackets. Findings are made in English, and ``"en"`` gives them as they are.

        Raises:
            ValueError: The language is another one.
        """
        if language == "en":
            return self
        from epcis_kit.findings.wording import translated  # noqa: PLC0415 - reads the catalogue

        return translated(self, language)

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
        for name in ("hint", "profile", "key", "reason"):
            if getattr(self, name):
                result[name] = getattr(self, name)
        result["location"] = self.location.as_dict()
        if self.parameters:
            result["parameters"] = dict(self.parameters)
        for name in ("related", "samples"):
            if getattr(self, name):
                result[name] = [place.as_dict() for place in getattr(self, name)]
        if self.affected:
            result["affected"] = [{"kind": kind, "value": value} for kind, value in self.affected]
        if self.count != 1:
            result["count"] = self.count
        return result
