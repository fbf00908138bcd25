"""Reports for build servers: JUnit XML, one suite a document, one test case a rule.

Takes reports; gives XML text. Guarantees: a rule that found something to fail for is a failed case with every place in
it, a document that cannot be read is a case with an error, and a document without any has a case that passed; whatever
stands in a document appears as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit._page import Markup, tag
from epcis_kit.findings.furniture import place_text, verdict, word
from epcis_kit.findings.text_report import by_rule
from epcis_kit.findings.wording import rule_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from epcis_kit.findings.report import Report
    from epcis_kit.findings.values import Finding

__all__ = ["to_junit"]


def to_junit(reports: Sequence[Report], language: str = "en", *, fail_on: str = "error") -> str:
    """The reports as JUnit XML.

    Args:
        reports: One a document.
        language: Language of the sentences.
        fail_on: ``"error"``, or ``"warning"`` where warnings fail a case too.
    """
    suites = [_Suite(report, language, fail_on) for report in reports]
    totals = {
        name: sum(getattr(suite, name) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    }
    root = tag("testsuites", *(suite.markup() for suite in suites), name="epcis_kit", **totals)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'


class _Suite:
    def __init__(self, report: Report, language: str, fail_on: str) -> None:
        self.report = report
        self.language = language
        self.failing = ("error", "warning") if fail_on == "warning" else ("error",)
        self.name = report.file or "-"
        self.tests = self.failures = self.errors = self.skipped = 0
        self.cases: list[Markup] = []
        met: set[str] = set()
        for findings in by_rule(report.findings):
            met.add(findings[0].rule)
            self.cases.append(self.case(findings))
        for findings in by_rule(report.accepted):
            if findings[0].rule not in met:
                met.add(findings[0].rule)
                self.cases.append(self.accepted(findings))
        self.cases.extend(self.passed(rule) for rule in report.rules if rule not in met)
        if not self.cases:
            self.cases.append(self.passed(word(verdict(report), language)))

    def markup(self) -> Markup:
        return tag(
            "testsuite",
            *self.cases,
            name=self.name,
            tests=self.tests,
            failures=self.failures,
            errors=self.errors,
            skipped=self.skipped,
        )

    def passed(self, name: str) -> Markup:
        self.tests += 1
        statement = rule_texts(self.language).get(name, {}).get("statement", "")
        return tag("testcase", name=f"{name} {statement}".strip(), classname=self.name, time="0")

    def accepted(self, findings: list[Finding]) -> Markup:
        self.tests += 1
        self.skipped += 1
        skipped = tag("skipped", message=findings[0].reason or word("accepted", self.language))
        return tag("testcase", skipped, name=self.title(findings[0]), classname=self.name, time="0")

    def title(self, finding: Finding) -> str:
        statement = rule_texts(self.language).get(finding.rule, {}).get("statement", "")
        return f"{finding.rule} {statement}".strip()

    def case(self, findings: list[Finding]) -> Markup:
        self.tests += 1
        first = findings[0].in_language(self.language)
        total = sum(one.count for one in findings)
        message = first.message + (word("times", self.language, n=f"{total:,}") if total > 1 else "")
        body = "\n".join(line for one in findings for line in self.lines(one))
        if first.hint:
            body += f"\n{word('hint', self.language)}: {first.hint}"
        if first.layer == "syntax" and first.severity == "error":
            self.errors += 1
            inside = tag("error", body, message=message, type=first.rule)
        elif first.severity in self.failing:
            self.failures += 1
            inside = tag("failure", body, message=message, type=first.severity)
        else:
            inside = tag("system-out", f"{word(first.severity, self.language)}: {body}")
        return tag("testcase", inside, name=self.title(first), classname=self.name, time="0")

    def lines(self, one: Finding) -> list[str]:
        said = one.in_language(self.language)
        lines = []
        for place in one.samples or (one.location,):
            where = place_text(place, self.language)
            lines.append(f"{self.name}: {where}: {said.message}" if where else f"{self.name}: {said.message}")
            if place.snippet:
                lines.append(place.snippet)
        rest = one.count - len(one.samples or (one.location,))
        if rest > 0:
            lines.append(f"… {word('again', self.language, n=f'{rest:,}')}")
        return lines
