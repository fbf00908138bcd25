"""What a check found, as one value: ``Report``.

Takes findings in document order; gives counts, the verdict, and the report in every form that people and programs ask
for. Guarantees: the order of findings is kept; counts are those of everything that was found, grouped or not shown
findings included; accepted findings (suppressed or in a baseline) are kept apart with their reason and do not count;
``raise_for_errors`` is the only bridge to exceptions.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

from epcis_kit.errors import InvalidDocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from epcis_kit.findings.values import Finding, Severity

__all__ = ["Report"]


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What a check found, in document order.

    Attributes:
        findings: All findings, in the order they were met.
        events: How many events were looked at.
        profile: Name of the rule set that was applied.
        file: The name the user gave to the document, where there is one.
        accepted: Findings that were suppressed or stand in a baseline, each with its ``reason``; they do not count.
        omitted: How many findings were left out of :attr:`findings` because a limit was asked for, by severity.
        overview: What the document is about, as plain data: events, products, lots, containers, parties; see
            :mod:`epcis_kit.validate.overview`. ``None`` where it was not asked for.
        rules: Ids of the rules that were applied, where they are known.
    """

    findings: tuple[Finding, ...] = ()
    events: int = 0
    profile: str = "core"
    file: str | None = None
    accepted: tuple[Finding, ...] = ()
    omitted: tuple[tuple[Severity, int], ...] = ()
    overview: Mapping[str, Any] | None = dataclasses.field(default=None, hash=False)
    rules: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """True where no finding has severity ``error``."""
        if any(severity == "error" and number for severity, number in self.omitted):
            return False
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def readable(self) -> bool:
        """True where the document could be read to its end: no finding is of the layer ``syntax``."""
        return not any(finding.layer == "syntax" for finding in (*self.findings, *self.accepted))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def counts(self) -> dict[str, int]:
        """How many findings of each severity there are, grouped and left out ones counted in full."""
        totals: Counter[str] = Counter()
        for finding in self.findings:
            totals[finding.severity] += finding.count
        for severity, number in self.omitted:
            totals[severity] += number
        return {severity: totals[severity] for severity in ("error", "warning", "info")}

    def raise_for_errors(self) -> None:
        """Raise :class:`~epcis_kit.errors.InvalidDocumentError` where the report is not :attr:`valid`."""
        errors = [finding for finding in self.findings if finding.severity == "error"]
        if errors:
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise InvalidDocumentError(f"The document is not valid: {errors[0]}{more}", self)
        if not self.valid:
            raise InvalidDocumentError("The document is not valid; its errors were left out of the report.", self)

    def merged(self, others: Iterable[Report]) -> Report:
        """This report followed by the findings of the others; file and overview are dropped."""
        findings, accepted, events = list(self.findings), list(self.accepted), self.events
        omitted: Counter[Severity] = Counter(dict(self.omitted))
        for other in others:
            findings.extend(other.findings)
            accepted.extend(other.accepted)
            omitted.update(dict(other.omitted))
            events += other.events
        return Report(tuple(findings), events, self.profile, None, tuple(accepted), tuple(sorted(omitted.items())))

    def named(self, file: str) -> Report:
        """The same report under the name of its document, which every place in it learns."""
        return dataclasses.replace(
            self,
            findings=tuple(finding.at(file=file) for finding in self.findings),
            accepted=tuple(finding.at(file=file) for finding in self.accepted),
            file=file,
        )

    def grouped(self) -> Report:
        """The report with each set of identical findings as one, which has their number and some of their places."""
        from epcis_kit.findings.grouping import grouped  # noqa: PLC0415 - only for reports to people

        return dataclasses.replace(self, findings=tuple(grouped(self.findings)))

    def limited(self, most: int) -> Report:
        """The report with its first ``most`` findings; the errors come first, and the others are counted."""
        from epcis_kit.findings.grouping import limited  # noqa: PLC0415 - only where it is asked for

        return limited(self, most)

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """Plain data, ready for JSON; its form is that of ``schemas/json/report.schema.json``."""
        result: dict[str, Any] = {} if self.file is None else {"file": self.file}
        result.update(valid=self.valid, profile=self.profile, events=self.events, counts=self.counts())
        result["findings"] = [_plain(finding, language) for finding in self.findings]
        if self.accepted:
            result["accepted"] = [_plain(finding, language) for finding in self.accepted]
        if self.omitted:
            result["omitted"] = dict(self.omitted)
        if self.overview is not None:
            result["overview"] = self.overview
        return result

    def to_json(self, language: str = "en") -> str:
        """The report as one JSON object."""
        from epcis_kit.findings.json_report import to_json  # noqa: PLC0415 - loaded with the form that is asked for

        return to_json(self, language)

    def to_jsonl(self, language: str = "en") -> str:
        """A line of JSON for each finding, and a last one that sums up."""
        from epcis_kit.findings.json_report import to_jsonl  # noqa: PLC0415

        return to_jsonl((self,), language)

    def to_text(self, language: str = "en", *, colour: bool = False, most: int = 5) -> str:
        """The report for a terminal: what to mend first stands first, identical findings print once.

        Args:
            language: ``"en"`` or ``"zh"``.
            colour: With the escape sequences of terminals.
            most: How many findings of a rule are shown; the others are counted.
        """
        from epcis_kit.findings.text_report import to_text  # noqa: PLC0415

        return to_text((self,), language, colour=colour, most=most)

    def to_sarif(self, language: str = "en") -> str:
        """The report as a SARIF 2.1.0 log, for code-scanning services."""
        from epcis_kit.findings.sarif_report import to_sarif  # noqa: PLC0415

        return to_sarif((self,), language)

    def to_junit(self, language: str = "en", *, fail_on: str = "error") -> str:
        """The report as JUnit XML, for build servers: a case for each rule; warnings fail with ``"warning"``."""
        from epcis_kit.findings.junit_report import to_junit  # noqa: PLC0415

        return to_junit((self,), language, fail_on=fail_on)

    def to_html(self, language: str = "en") -> str:
        """The report as one HTML page that loads nothing; with an :attr:`overview` it says what the document holds."""
        from epcis_kit.findings.page_report import to_html  # noqa: PLC0415

        return to_html((self,), language)

    def to_csv(self, language: str = "en") -> str:
        """One row for each finding, for a trading partner's spreadsheet; what looks like a formula is made text."""
        from epcis_kit.findings.table_report import to_csv  # noqa: PLC0415

        return to_csv((self,), language)

    def to_xlsx(self, language: str = "en") -> bytes:
        """A workbook with a summary, the list to mend and all findings.

        Raises:
            MissingExtraError: The extra ``xlsx`` is not installed.
        """
        from epcis_kit.findings.table_report import to_xlsx  # noqa: PLC0415

        return to_xlsx((self,), language)


def _plain(finding: Finding, language: str) -> dict[str, Any]:
    return {**finding.in_language(language).as_dict(), "fingerprint": finding.fingerprint}
