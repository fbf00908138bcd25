"""Runs the rules over the events of a source and gathers what they find.

Takes anything ``codec`` reads, or a Document; gives a :class:`~epcis_kit.findings.Report` in document order.
Guarantees: an event that cannot be built becomes a finding and the good events go on; a document that cannot be read
at all still gives its report, with the finding that says where reading ended and everything found before; memory does
not grow with the number of events, apart from the findings and what rules of document scope remember.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec import ReadOptions, open_reader, write_document
from epcis_kit.errors import DocumentError, QueryError
from epcis_kit.findings import Finding, Location, Report
from epcis_kit.model import Document
from epcis_kit.validate.event_rules import RULES

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from epcis_kit.codec import SourceLike
    from epcis_kit.model import Event
    from epcis_kit.validate.rules import Rule

__all__ = ["PROFILES", "UNREADABLE", "check", "check_event"]

PROFILES: Final = ("core",)
"""Names of the rule sets that are there."""

UNREADABLE: Final = "DOC-001"
"""Rule of the finding that says that a document cannot be read, or not to its end."""


def check(
    source: SourceLike | Document,
    profile: str = "core",
    *,
    schema_only: bool = False,
    schemas: str | os.PathLike[str] | None = None,
    options: ReadOptions | None = None,
) -> Report:
    """Everything that is wrong with a document.

    Args:
        source: A path, bytes, an open binary file, or a document in hand.
        profile: Name of the rule set; ``"core"`` has the rules of the standard itself.
        schema_only: Only the shape, as the published schemas see it, none of the rules beyond it. A document in hand
            is looked at as the JSON that it would be written as.
        schemas: A folder with schema files to use instead of those that ship with the library; only the shape is
            checked then.
        options: How to read; see :class:`~epcis_kit.codec.ReadOptions`.

    Raises:
        QueryError: The profile does not exist, or the schemas cannot be used.
    """
    if profile not in PROFILES:
        raise QueryError(f"Cannot use profile {profile!r}: expected {' or '.join(map(repr, PROFILES))}.")
    options = options or ReadOptions()
    if schema_only or schemas is not None:
        return _shape(source, profile, schemas, options)
    findings: list[Finding] = []
    if isinstance(source, Document):
        count = _run(iter(source.events), findings)
        return Report(tuple(findings), count, profile)
    events = 0
    try:
        with contextlib.closing(open_reader(source, options, findings.append)) as reader:
            events = _run(reader.events(), findings)
    except DocumentError as error:
        findings.append(_unreadable(error))
    return Report(tuple(findings), events, profile)


def _shape(
    source: SourceLike | Document, profile: str, schemas: str | os.PathLike[str] | None, options: ReadOptions
) -> Report:
    """The report of the schema layer alone."""
    from epcis_kit.validate.schema import SchemaFiles, check_schema  # noqa: PLC0415 - only where it is asked for

    files = None if schemas is None else SchemaFiles(Path(schemas))
    try:
        data = write_document(source, allow_loss=True) if isinstance(source, Document) else source
        findings, events = check_schema(data, options, files)
    except DocumentError as error:
        return Report((_unreadable(error),), 0, profile)
    return Report(tuple(findings), events, profile)


def _unreadable(error: DocumentError) -> Finding:
    return Finding(
        rule=UNREADABLE, severity="error", layer="syntax", message=error.reason, location=error.location or Location()
    )


def check_event(event: Event, memory: dict[str, Any] | None = None, *, index: int | None = None) -> Iterator[Finding]:
    """The findings of one event; ``memory`` carries what rules of document scope remember from event to event."""
    shared: dict[str, Any] = {} if memory is None else memory
    for rule in RULES:
        yield from _findings(rule, event, shared, index)


def _run(events: Iterator[Event], findings: list[Finding]) -> int:
    """Check each event; the number of events, those that could not be built (each a finding by now) included."""
    memory: dict[str, Any] = {}
    bad: set[int | None] = set()
    read = index = 0
    for event in events:
        bad.update(finding.location.event_index for finding in findings[read:])
        while index in bad:
            index += 1
        findings.extend(check_event(event, memory, index=index))
        read = len(findings)
        index += 1
    bad.update(finding.location.event_index for finding in findings[read:])
    while index in bad:
        index += 1
    return index


def _findings(rule: Rule, event: Event, memory: dict[str, Any], index: int | None) -> Iterator[Finding]:
    for problem in rule.check(event, memory):
        yield Finding(
            rule=rule.id,
            severity=rule.severity,
            layer=rule.layer,
            message=problem.message,
            hint=rule.hint,
            location=Location(pointer=problem.path or None, event_index=index, event_id=event.event_id),
            parameters=problem.parameters,
        )
