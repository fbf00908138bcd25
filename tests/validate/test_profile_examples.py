"""Each rule of a regulation or partner finds its own bad example and nothing else, and is quiet about its good one."""

from __future__ import annotations

import pytest

from epcis_kit.validate import RULES, Rule
from rule_examples import check_example

CATALOGUES = ("partner", "dscsa", "fsma204", "gdst", "fmd", "tobacco", "eudr", "dpp")
OURS = [rule for rule in RULES if rule.catalogue in CATALOGUES]


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
def test_a_rule_finds_its_bad_example_and_nothing_else_at_error_level(rule: Rule) -> None:
    report = check_example(rule, rule.bad, bad=True)
    assert {finding.rule for finding in report if finding.severity == "error"} | {rule.id} == {rule.id}
    found = [finding for finding in report if finding.rule == rule.id]
    assert len(found) == 1
    whole = bool(rule.earlier)
    assert found[0].severity == (rule.severity if whole else rule.partial or rule.severity)
    assert found[0].hint == rule.hint
    assert found[0].message.endswith(".")
    assert "{" not in found[0].message


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
def test_a_rule_is_quiet_about_its_good_example(rule: Rule) -> None:
    report = check_example(rule, rule.good)
    assert [str(finding) for finding in report if finding.rule == rule.id or finding.severity == "error"] == []


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
def test_every_row_is_filled(rule: Rule) -> None:
    assert rule.statement.endswith(".")
    assert rule.hint.endswith((".", "…"))
    assert rule.source
    assert rule.good
    assert rule.bad
    assert rule.messages
    assert rule.check is not None


@pytest.mark.parametrize("rule", [rule for rule in OURS if rule.document], ids=lambda rule: rule.id)
def test_the_change_of_a_bad_example_is_made(rule: Rule) -> None:
    text = rule.good
    for old, new in rule.change:
        assert old in text
        text = text.replace(old, new, 1)
    assert text == rule.bad
