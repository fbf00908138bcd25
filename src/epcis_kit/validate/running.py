"""One run of the rules of a profile over one document, event by event.

Takes a :class:`~epcis_kit.validate.profiles.Profile`, then the document's head, its events, and its end; gives
findings. Guarantees: rules are chosen once by the version of the document; a rule about other events is lowered
while the document may be a part of the story; findings are in document order; a sentence is made when a problem is
there, never before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.findings import Finding, Location, Report
from epcis_kit.model import EVENT_TYPES, Document
from epcis_kit.validate.catalogue import ALL_VERSIONS, fill
from epcis_kit.validate.profiles import load_profile
from epcis_kit.validate.rule_table import find_rule
from epcis_kit.validate.rules import NEEDS, DocumentFacts, Look, present

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from epcis_kit.findings import Severity
    from epcis_kit.model import Event
    from epcis_kit.validate.overview import Overview
    from epcis_kit.validate.profiles import Profile
    from epcis_kit.validate.rules import History, Moment, Problem, Rule

__all__ = ["MASTER_DATA_RULES", "Run"]

MASTER_DATA_RULES: Final = ("MD-001", "MD-002", "MD-003", "MD-004", "MD-006", "MD-008")
"""Rules that every profile has where master data are given; a profile may switch them off."""


_SEVERITIES: Final = ("error", "warning", "info")


class _Active(NamedTuple):
    """One rule of this run."""

    rule: Rule
    check: Callable[[Look], Iterator[Problem]]
    severity: Severity
    parameters: Mapping[str, Any]
    memory: dict[str, Any]
    moments: tuple[Moment, ...]
    types: tuple[str, ...]
    need: int | None
    profile: str


class Run:
    """The rules at work; its ``findings`` may be added to by others (a reader) in between.

    Attributes:
        findings: What was found so far.
        events: How many events the document has.
        size: How many bytes it has, where that is known.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        now: dt.datetime,
        master_data: Any = None,
        history: History | None = None,
        complete: bool = False,
        overview: bool = False,
    ) -> None:
        self.findings: list[Finding] = []
        self.events = 0
        self.size: int | None = None
        self._profile = profile
        self._look = look = Look(DocumentFacts(), now)
        look.master_data, look.history, look.complete = master_data, history, complete
        look.edition, look.vocabulary, look.versions = profile.cbv, profile.vocabulary, profile.versions
        self._part = not complete and history is None
        self._active: list[_Active] = []
        self._asked: dict[tuple[str, tuple[bool, ...]], list[_Active]] = {}
        self._overview: Overview | None = None
        self._told: dict[str, Any] | None = None
        if overview:
            from epcis_kit.validate.overview import Overview  # noqa: PLC0415 - for reports that show one

            self._overview = Overview()

    # -- the three moments

    def begin(self, document: Document) -> None:
        """What is known before the first event."""
        look = self._look
        look.document = facts = _facts(document)
        facts.size = self.size
        also = MASTER_DATA_RULES if look.master_data is not None else ()
        self._active = list(_chosen(self._profile, facts.version, also=also))
        self._asked.clear()
        self._at("head")

    def event(self, event: Event, index: int) -> None:
        """The next event, with its number in the document."""
        look = self._look
        before = len(self.findings)
        look.moment, look.event, look.index = "event", event, index
        look.mentions.of(event)
        for watch in look.watchers:
            watch(look)
        kind = (event.type if event.type in EVENT_TYPES else "", present(look))
        for active in self._asked.get(kind) or self._ask(*kind):
            look.memory, look.parameters = active.memory, active.parameters
            for problem in active.check(look):
                self._add(active, problem, event, index)
        if self._overview is not None:
            self._overview.event(event, look.mentions, index)
            self.findings[before:] = [
                self._overview.concerning(finding, event, look.mentions) for finding in self.findings[before:]
            ]

    def end(self, document: Document) -> None:
        """After the last event, when the whole head is known."""
        self._look.document = _facts(document)
        self._look.document.size = self.size
        self._look.index = self.events
        self._at("end")
        if self._overview is not None:
            self._told = self._overview.result(document)

    def report(self, locate: Callable[[list[Finding]], list[Finding]] | None = None) -> Report:
        """What was found, in document order: what concerns the document, then its events, then how reading ended.

        Args:
            locate: Adds the places in the source.
        """
        if self._overview is not None and self._told is None:  # the document could not be read to its end
            self._told = self._overview.result(Document())
        findings = sorted(self._uncovered(), key=_order)
        if self._overview is not None:
            findings = [self._overview.completed(finding) for finding in findings]
        return Report(
            tuple(findings if locate is None else locate(findings)),
            self.events,
            self._profile.name,
            overview=self._told,
            rules=tuple(active.rule.id for active in self._active),
        )

    def allows(self, finding: Finding) -> bool:
        """Whether the profile has the word that the schema layer does not know."""
        word = (finding.value or "").strip("'")
        return finding.rule == "SCH-005" and any(word in words for words in self._profile.vocabulary.values())

    # -- inside

    def _ask(self, event_type: str, has: tuple[bool, ...]) -> list[_Active]:
        """The rules to call at the events of a type that have the same things; chosen once for all of them."""
        chosen = self._asked[event_type, has] = [
            each
            for each in self._active
            if "event" in each.moments
            and (not each.types or event_type in each.types)
            and (each.need is None or has[each.need])
        ]
        return chosen

    def _uncovered(self) -> list[Finding]:
        """The findings without those that a rule of the profile tells better at the same spot."""
        covers = {active.rule.id: active.rule.covers for active in self._active if active.rule.covers}
        covered = {
            (each.location.event_index, each.location.pointer, rule)
            for each in self.findings
            for rule in covers.get(each.rule, ())
        }
        if not covered:
            return self.findings
        spots = [(each.location.event_index, each.location.pointer, each.rule) for each in self.findings]
        return [each for each, spot in zip(self.findings, spots, strict=True) if spot not in covered]

    def _at(self, moment: Moment) -> None:
        look = self._look
        look.moment = moment
        for active in self._active:
            if moment in active.moments:
                look.memory, look.parameters = active.memory, active.parameters
                for problem in active.check(look):
                    self._add(active, problem, None, None)

    def _severity(self, active: _Active, key: str) -> Severity:
        rule = active.rule
        severity = rule.key_severity.get(key, active.severity) if active.severity == rule.severity else active.severity
        if rule.partial is not None and self._part and (not rule.partial_keys or key in rule.partial_keys):
            return max(severity, rule.partial, key=_SEVERITIES.index)
        return severity

    def _add(self, active: _Active, problem: Problem, event: Event | None, index: int | None) -> None:
        rule = active.rule
        at = index if problem.event_index is None else problem.event_index
        own = event is not None and at == index
        words = dict(problem.parameters)
        self.findings.append(
            Finding(
                rule=rule.id,
                severity=self._severity(active, problem.key),
                layer=rule.layer,
                message=fill(rule.messages[problem.key], words),
                hint=rule.hint,
                location=Location(
                    pointer=problem.path or None,
                    event_index=at,
                    event_id=event.event_id if own and event is not None else None,
                ),
                parameters=problem.parameters,
                profile=active.profile,
                key=problem.key,
                related=tuple(Location(event_index=other, pointer=path or None) for other, path in problem.related),
            )
        )


def _order(finding: Finding) -> tuple[int, int]:
    if finding.location.event_index is not None:
        return (1, finding.location.event_index)
    return (2, 0) if finding.layer == "syntax" else (0, 0)


def _chosen(profile: Profile, version: str, *, also: tuple[str, ...] = ()) -> Iterator[_Active]:
    everybody = frozenset(load_profile("core").rules)
    for rule_id in dict.fromkeys((*profile.rules, *also)):
        rule = find_rule(rule_id)
        if rule is None or rule.check is None or version not in rule.versions:
            continue
        set_severity = profile.severity.get(rule_id)
        if set_severity == "off":
            continue
        severity = set_severity or rule.severity
        moments = rule.check.moments or (("event",) if rule.scope == "event" else ("head", "event", "end"))
        yield _Active(
            rule,
            rule.check.check,
            severity,
            {**rule.parameters, **profile.parameters.get(rule_id, {})},
            {},
            moments,
            rule.check.types,
            None if rule.check.needs is None else NEEDS.index(rule.check.needs),
            "" if rule_id in everybody and not _differs(profile, rule_id) else profile.name,
        )


def _differs(profile: Profile, rule_id: str) -> bool:
    """Whether the profile has a word of its own about the rule."""
    return rule_id in profile.severity or rule_id in profile.parameters


def _version(written: str) -> str:
    return written[:3] if written[:3] in ALL_VERSIONS else "1.2" if written[:1] == "1" else "2.0"


def _facts(document: Document) -> DocumentFacts:
    form, _, version = (document.source_format or "").partition(" ")
    return DocumentFacts(
        header=document.header,
        format=form,
        version=_version(version) if form == "xml" else "2.0",
        schema_version=document.schema_version,
        creation_date=document.creation_date,
        kind=document.type,
        sender=document.sender,
        receiver=document.receiver,
        instance_identifier=document.instance_identifier,
        contexts=document.contexts,
        namespaces=document.namespaces,
        extensions=document.extensions,
    )
