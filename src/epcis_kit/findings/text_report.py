"""Reports for a person at a terminal.

Takes reports; gives text. Guarantees: what should be mended first stands first (faults of the form before those that
may follow from them); identical findings print once with their number; what a document says is shown without characters
that a terminal would obey; colour only where the caller asks for it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from epcis_kit.findings.furniture import LAYERS, counted, place_text, short_place, verdict, word
from epcis_kit.findings.grouping import SEVERITIES, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.findings.report import Report
    from epcis_kit.findings.values import Finding, Severity

__all__ = ["MOST", "by_rule", "profile_verdicts", "to_text"]

MOST: Final = 5
"""Findings of one rule that are shown."""

_FEWER: Final[dict[Severity, int]] = {"warning": 3, "info": 2}
"""Less is shown of what is less bad."""

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COLOURS: Final = {
    "error": "1;31",
    "warning": "33",
    "info": "36",
    "good": "32",
    "bad": "1;31",
    "soft": "2",
}
_LAYER_ORDER: Final = {layer: number for number, layer in enumerate(LAYERS)}


def by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings of each rule, grouped where they are identical, in the order in which they are best mended.

    Errors before warnings; what cannot be read before faults of the form before what they may cause; else in the order
    of the document.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in grouped(findings):
        groups.setdefault((finding.rule, finding.severity), []).append(finding)
    return sorted(groups.values(), key=lambda group: (SEVERITIES[group[0].severity], _LAYER_ORDER[group[0].layer]))


def profile_verdicts(report: Report) -> list[tuple[str, dict[str, int]]]:
    """Each rule set with the number of findings that it is the reason for, the core first."""
    names = ["core", *([report.profile] if report.profile != "core" else [])]
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for finding in report.findings:
        counts.setdefault(finding.profile or "core", Counter())[finding.severity] += finding.count
    return [(name, {severity: count[severity] for severity in SEVERITIES}) for name, count in counts.items()]


def to_text(
    reports: Sequence[Report], language: str = "en", *, colour: bool = False, most: int = MOST, snippets: bool = True
) -> str:
    """The reports one after another, and a summary where there are several.

    Args:
        reports: One a document.
        language: ``"en"`` or ``"zh"``.
        colour: With the escape sequences of terminals.
        most: How many findings of a rule are shown, fewer where it is no error; the others are counted.
        snippets: With the lines of the source.
    """
    write = _Writer(language, colour=colour, most=most, snippets=snippets)
    lines = [line for report in reports for line in write.report(report)]
    if len(reports) > 1 and any(report.findings or report.omitted for report in reports):
        lines += write.summary(reports)
    return "".join(f"{line}\n" for line in lines)


class _Writer:
    def __init__(self, language: str, *, colour: bool, most: int, snippets: bool) -> None:
        self.language = language
        self.colour = colour
        self.most = most
        self.snippets = snippets

    def paint(self, text: str, kind: str) -> str:
        return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m" if self.colour else text

    def report(self, report: Report) -> Iterator[str]:
        counts = report.counts()
        decided = verdict(report)
        shown = self.paint(word(decided, self.language), "good" if report.valid and report.readable else "bad")
        facts = [
            counted(report.events, "event", self.language),
            *(counted(counts[severity], severity, self.language) for severity in ("error", "warning")),
        ]
        if counts["info"]:
            facts.append(counted(counts["info"], "info", self.language))
        yield f"{_plain(report.file or word('document', self.language))}: {shown} ({', '.join(facts)})"
        for findings in by_rule(report.findings):
            yield from self.rule(findings)
        if report.omitted:
            what = ", ".join(counted(number, severity, self.language) for severity, number in report.omitted)
            yield "  " + word("omitted", self.language, what=what)
        if report.accepted:
            yield f"  {word('accepted', self.language)}: {sum(one.count for one in report.accepted):,}"
            reasons = Counter[tuple[str, str]]()
            for one in (one for findings in by_rule(report.accepted) for one in findings):
                reasons[one.rule, one.reason] += one.count
            for (rule, reason), number in list(reasons.items())[: self.most]:
                yield f"    {rule}: {_plain(reason)}" + self.times(number)
        profiles = profile_verdicts(report)
        if len(profiles) > 1 and report.findings:
            yield "  " + " · ".join(self.profile(name, found) for name, found in profiles)

    def rule(self, findings: list[Finding]) -> Iterator[str]:
        first = findings[0].in_language(self.language)
        total = sum(one.count for one in findings)
        name = self.paint(f"{word(first.severity, self.language)} {first.rule}", first.severity)
        yield f"  {name}{self.times(total)}"
        left = total
        most = min(self.most, _FEWER.get(first.severity, self.most))
        for number, one in enumerate(findings[:most]):
            yield from self.finding(one, snippet=self.snippets and (not number or first.severity == "error"))
            left -= one.count
        if left:
            yield f"    … {word('again', self.language, n=f'{left:,}')}"
        if first.hint:
            yield f"    {word('hint', self.language)}: {_plain(first.hint)}"

    def finding(self, one: Finding, *, snippet: bool) -> Iterator[str]:
        said = one.in_language(self.language)
        place = place_text(one.location, self.language)
        times = self.times(one.count)
        yield f"    {_plain(place) + ': ' if place else ''}{_plain(said.message)}{times}"
        if snippet and one.snippet:
            for line in one.snippet.splitlines():
                yield "      " + self.paint(_plain(line), "soft")
        others = [short_place(place, self.language) for place in one.samples[1:]]
        if others:
            rest = one.count - len(one.samples)
            tail = f", … (+{rest:,})" if rest > 0 else ""
            yield "      " + word("more places", self.language, places=_plain("; ".join(others)) + tail)
        related = [place_text(place, self.language) for place in one.related]
        if any(related):
            yield "      " + word("related", self.language, places=_plain("; ".join(related)))

    def times(self, number: int) -> str:
        return word("times", self.language, n=f"{number:,}") if number > 1 else ""

    def profile(self, name: str, found: dict[str, int]) -> str:
        good = not found["error"]
        said = self.paint(word("pass" if good else "fail", self.language), "good" if good else "bad")
        parts = [counted(number, severity, self.language) for severity, number in found.items() if number]
        return f"{name}: {said}" + (f" ({', '.join(parts)})" if parts else "")

    def summary(self, reports: Sequence[Report]) -> Iterator[str]:
        verdicts = Counter(verdict(report) for report in reports)
        parts = [
            f"{verdicts[name]:,} {word(name, self.language)}"
            for name in ("clean", "valid", "not valid", "unreadable")
            if verdicts[name]
        ]
        yield f"{counted(len(reports), 'document', self.language)}: {', '.join(parts)}"


def _plain(text: str) -> str:
    return _CONTROL.sub("\ufffd", text).replace("\n", " ").replace("\t", " ")
