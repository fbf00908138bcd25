"""Runs the rules over the events of a source and gathers what they find.

Takes anything ``codec`` reads, or a Document; gives a :class:`~epcis_kit.findings.Report` in document order.
A source is read once for its shape, once for its events and rules, and once more for the places of what was found.
Guarantees: an event that cannot be built becomes a finding and the good events go on; a document that cannot be read
at all still gives its report, with the finding that says where reading ended and everything found before; one fault
is one finding; memory does not grow with the number of events, apart from the findings and what rules of document scope
remember.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.codec import ReadOptions, open_reader, write_document
from epcis_kit.errors import DocumentError
from epcis_kit.findings import Finding, Location, Report
from epcis_kit.model import Document
from epcis_kit.validate.naming import joined
from epcis_kit.validate.padding import PADDED, padded
from epcis_kit.validate.places import locate
from epcis_kit.validate.profiles import Profile, load_profile
from epcis_kit.validate.readings import Readings
from epcis_kit.validate.running import Run

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from epcis_kit.codec import SourceLike
    from epcis_kit.model import Event
    from epcis_kit.validate.rules import History

__all__ = ["UNREADABLE", "check", "check_event"]

UNREADABLE: Final = "DOC-001"
"""Rule of the finding that says that a document cannot be read, or not to its end."""

_NOT_BUILT: Final = "EVT-000"


def check(
    source: SourceLike | Document,
    profile: str | os.PathLike[str] | Profile = "core",
    *,
    schema_only: bool = False,
    schemas: str | os.PathLike[str] | None = None,
    options: ReadOptions | None = None,
    master_data: Any = None,
    history: History | None = None,
    complete: bool = False,
    now: dt.datetime | None = None,
    overview: bool = False,
    groups: bool = False,
) -> Report:
    """Everything that is wrong with a document.

    Args:
        source: A path, bytes, an open binary file, or a document in hand.
        profile: Name of the rule set, the path of a profile file, or a profile in hand; ``"core"`` has the rules of the
            standard itself.
        schema_only: Only the shape, as the published schemas see it, none of the rules beyond it. A document in hand
            is looked at as the JSON that it would be written as.
        schemas: A folder with schema files to use instead of those that ship with the library; only the shape is
            checked then.
        options: How to read; see :class:`~epcis_kit.codec.ReadOptions`.
        master_data: What is known of products, places and parties beside the document: CSV tables or EPCIS documents
            with vocabularies, one source or several; see :func:`~epcis_kit.validate.master_files.read_master_data`.
        history: What was known before this document; a store gives it.
        complete: The document (with the history) is the whole story of its objects: what it does not tell did not
            happen.
        now: The present time, for rules about the future; ``None`` takes the clock of the machine.
        overview: Also gather what the document is about, for the HTML form of the report; see
            :mod:`epcis_kit.validate.overview`.
        groups: Identical findings as one, with their number and some of their places.

    Raises:
        QueryError: The profile does not exist or is wrong, or the schemas or master data cannot be used.
    """
    chosen = profile if isinstance(profile, Profile) else load_profile(profile)
    options = options or ReadOptions()
    if schema_only or schemas is not None:
        shape = _shape(source, chosen.name, schemas, options)
        return shape.grouped() if groups else shape
    run = Run(
        chosen,
        master_data=_known(master_data),
        history=history,
        complete=complete,
        now=now or dt.datetime.now(dt.UTC),
        overview=overview,
    )
    if isinstance(source, Document):
        _over(iter(source.events), run, lambda: source, [])
        report = run.report()
    else:
        with Readings(source) as readings:
            report = _checked(
                readings, run, dataclasses.replace(options, any_version=True, file=options.file or readings.name)
            )
    return report.grouped() if groups else report


def _checked(readings: Readings, run: Run, options: ReadOptions) -> Report:
    """Shape, events and rules of a source, each fault told once, with the places in the source."""
    reading: list[Finding] = []
    shape: list[Finding] = []
    run.size = readings.size
    fault = _shapes(readings, options, shape)
    try:
        with contextlib.closing(
            open_reader(readings.again(), options, reading.append, remarks=reading.append)
        ) as reader:
            _over(reader.events(), run, reader.head, reading)
    except DocumentError as error:
        reading.append(_unreadable(error))
    if fault is not None and not any(finding.layer == "syntax" for finding in reading):
        reading.append(fault)
    run.findings[:] = joined(reading, [each for each in shape if not run.allows(each)], run.findings)
    return run.report(lambda findings: _located(readings, findings, options))


def _located(readings: Readings, findings: list[Finding], options: ReadOptions) -> list[Finding]:
    """The findings with their places; those of the text itself have theirs."""
    own = [number for number, each in enumerate(findings) if each.rule == PADDED and each.location.column is not None]
    found = locate(readings.again(), [each for number, each in enumerate(findings) if number not in own], options)
    for number in own:
        found.insert(number, findings[number])
    return found


def _shapes(readings: Readings, options: ReadOptions, found: list[Finding]) -> Finding | None:
    """Gather what the schema layer finds; what it cannot read is told in the end, if the reader does not tell it."""
    from epcis_kit.validate.schema import schema_findings  # noqa: PLC0415 - loads the schemas

    try:
        found.extend(schema_findings(readings.again(), options))
        found.extend(padded(readings.again(), options))
    except DocumentError as error:
        return _unreadable(error)
    return None


def _known(sources: Any) -> Any:
    """The master data that were given; ``None`` where there are none."""
    if sources is None or (isinstance(sources, tuple) and not sources):
        return None
    from epcis_kit.validate.master_files import read_master_data  # noqa: PLC0415 - only where there are some

    return read_master_data(sources)


def _shape(
    source: SourceLike | Document, profile: str, schemas: str | os.PathLike[str] | None, options: ReadOptions
) -> Report:
    """The report of the schema layer alone."""
    from epcis_kit.validate.schema import SchemaFiles, check_schema  # noqa: PLC0415 - only where it is asked for

    files = None if schemas is None else SchemaFiles(Path(schemas))
    data: Any = write_document(source, allow_loss=True) if isinstance(source, Document) else source
    with Readings(data) as readings:
        named = dataclasses.replace(options, file=options.file or readings.name)
        try:
            findings, events = check_schema(readings.again(), named, files)
        except DocumentError as error:
            findings, events = [_unreadable(error)], 0
        if findings and not isinstance(source, Document):
            findings = locate(readings.again(), findings, named)
    return Report(tuple(findings), events, profile)


def _unreadable(error: DocumentError) -> Finding:
    return Finding(
        rule=UNREADABLE, severity="error", layer="syntax", message=error.reason, location=error.location or Location()
    )


def _over(events: Iterator[Event], run: Run, head: Callable[[], Document], reading: list[Finding]) -> None:
    """Give each event to the rules; events that could not be built (each a finding by now) keep their numbers."""
    bad: set[int | None] = set()
    read = index = 0
    started = False
    try:
        for event in events:
            if not started:
                run.begin(head())
                started = True
            if len(reading) > read:
                bad.update(finding.location.event_index for finding in reading[read:] if finding.rule == _NOT_BUILT)
                read = len(reading)
            while index in bad:
                index += 1
            run.event(event, index)
            index += 1
    finally:
        bad.update(finding.location.event_index for finding in reading[read:] if finding.rule == _NOT_BUILT)
        while index in bad:
            index += 1
        run.events = index
    document = head()
    if not started:
        run.begin(document)
    run.end(document)


def check_event(event: Event, profile: str | Profile = "core", *, index: int | None = None) -> Iterator[Finding]:
    """The findings of one event by itself, without those that need other events or the document.

    Args:
        event: The event.
        profile: As for :func:`check`.
        index: Its number, for the places of the findings.
    """
    chosen = profile if isinstance(profile, Profile) else load_profile(profile)
    run = Run(chosen, now=dt.datetime.now(dt.UTC))
    run.begin(Document())
    run.findings.clear()
    run.event(event, index or 0)
    for finding in run.findings:
        if index is None:
            place = dataclasses.replace(finding.location, event_index=None)
            yield dataclasses.replace(finding, location=place)
        else:
            yield finding
