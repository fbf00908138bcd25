"""Findings that are accepted: suppressed with a reason, or known from an earlier report.

Takes reports, suppressions as users write them (``RULE@PATH=reason``) and the JSON of an earlier report; gives reports
whose accepted findings stand apart with their reason. Guarantees: nothing vanishes, an accepted finding stays in the
report; a suppression without a reason or of a rule that does not exist is a :class:`~epcis_kit.errors.QueryError`; a
baseline accepts as many findings of a kind as it has, and one more is reported; a document that cannot be read stays
one.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import posixpath
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import QueryError, shorten
from epcis_kit.findings.wording import rule_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from epcis_kit.findings import Finding, Report

__all__ = ["KNOWN", "Baseline", "Suppression", "with_waivers"]

KNOWN: Final = {"en": "Known from the baseline.", "zh": "基线中已有。"}
"""The reason of findings that the baseline has, by language."""

_FORM: Final = "RULE@PATH=reason, for example 'EVT-013@orders/*.xml=Agreed with the plant in May'"


@dataclasses.dataclass(frozen=True, slots=True)
class Suppression:
    """One agreement not to count findings.

    Attributes:
        rule: Id of a rule; ``*`` stands for any characters.
        path: File name as given, its last part, or the place in the document (``epcList/0``); ``*`` stands for any
            characters; empty for everywhere.
        reason: Why.
    """

    rule: str
    path: str
    reason: str

    @classmethod
    def parse(cls, text: str) -> Suppression:
        """Read ``RULE@PATH=reason`` or ``RULE=reason``.

        Raises:
            QueryError: The text has another form, the reason is missing, or there is no such rule.
        """
        head, _, reason = text.partition("=")
        rule, _, path = head.partition("@")
        rule, path, reason = rule.strip().upper(), path.strip(), reason.strip()
        if not rule or not reason:
            what = "no reason" if rule else "no rule"
            raise QueryError(f"Cannot suppress {shorten(text)}: expected {_FORM}, got {what}.")
        known = rule_texts("en")
        if not any(fnmatchcase(one, rule) for one in known):
            near = difflib.get_close_matches(rule[:40], known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise QueryError(f"Cannot suppress {shorten(rule)}: expected a rule, there is none of this name.{hint}")
        return cls(rule, path, reason)

    def matches(self, finding: Finding, file: str | None) -> bool:
        """Whether it speaks of this finding."""
        if not fnmatchcase(finding.rule, self.rule):
            return False
        if not self.path:
            return True
        place = finding.location
        name = place.file or file or ""
        candidates = (name, posixpath.basename(name.replace("\\", "/")), place.pointer or "", place.inner)
        return any(fnmatchcase(one, self.path) for one in candidates if one)


class Baseline:
    """What an earlier report found, to be taken away from new ones; used up while it accepts."""

    def __init__(self, known: Counter[tuple[str, str]]) -> None:
        self._left = known

    @classmethod
    def parse(cls, text: str, name: str = "baseline") -> Baseline:
        """Read what ``--report json`` or ``--report jsonl`` wrote.

        Raises:
            QueryError: It is no such report.
        """
        known: Counter[tuple[str, str]] = Counter()
        try:
            for file, finding in _findings(_values(text)):
                known[_name(file), str(finding["fingerprint"])] += int(finding.get("count", 1))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise QueryError(
                f"Cannot use {shorten(name)} as baseline: expected a report that --report json or jsonl wrote."
            ) from None
        return cls(known)

    def take(self, finding: Finding, file: str | None) -> bool:
        """Whether the baseline has this finding, and not yet used it up."""
        place = (_name(finding.location.file or file), finding.fingerprint)
        if self._left[place] < finding.count:
            return False
        self._left[place] -= finding.count
        return True


def with_waivers(
    report: Report,
    suppressions: Sequence[Suppression] = (),
    baseline: Baseline | None = None,
    *,
    language: str = "en",
) -> Report:
    """The report with its accepted findings apart, each with the reason."""
    if not suppressions and baseline is None:
        return report
    findings: list[Finding] = []
    accepted = list(report.accepted)
    for finding in report.findings:
        reason = next((one.reason for one in suppressions if one.matches(finding, report.file)), "")
        if not reason and baseline is not None and baseline.take(finding, report.file):
            reason = KNOWN[language]
        if reason:
            accepted.append(dataclasses.replace(finding, reason=reason))
        else:
            findings.append(finding)
    return dataclasses.replace(report, findings=tuple(findings), accepted=tuple(accepted))


def _values(text: str) -> Iterator[Any]:
    try:
        whole = json.loads(text)
    except ValueError:
        for line in text.splitlines():
            if line.strip():
                yield json.loads(line)
    else:
        yield from whole if isinstance(whole, list) else [whole]


def _findings(values: Iterable[Any]) -> Iterator[tuple[str | None, dict[str, Any]]]:
    for value in values:
        kind = value.get("type")
        if kind in {"finding", "accepted"}:
            yield value.get("file"), value
        elif kind != "summary":
            for finding in (*value["findings"], *value.get("accepted", ())):
                yield value.get("file") or finding["location"].get("file"), finding


def _name(file: str | None) -> str:
    """The last part of a file's name: a checkout or a day's folder may stand elsewhere."""
    return posixpath.basename((file or "-").replace("\\", "/"))
