"""Each rule finds its own bad example and nothing else at error level, and is quiet about its good one."""

from __future__ import annotations

from typing import Any

import pytest

import epcis_kit as ek
from epcis_kit.errors import InvalidDocumentError, QueryError
from epcis_kit.validate import RULES, Rule
from rule_examples import check_example, document

CORE = [rule for rule in RULES if rule.catalogue == "core"]
"""The others need master data or documents of their own and are tried beside their modules."""


def severities(rule: Rule, key: str) -> set[str]:
    """What the severity of a finding of the rule may be; a schema that refuses the document makes it an error."""
    own = rule.key_severity.get(key, rule.severity)
    if (
        rule.partial
        and not rule.example_choices.get("complete")
        and (not rule.partial_keys or key in rule.partial_keys)
    ):
        own = rule.partial
    return {own, "error"} if rule.covers else {own}


@pytest.mark.parametrize("rule", CORE, ids=lambda rule: rule.id)
def test_a_rule_finds_its_bad_example_and_nothing_else_at_error_level(rule: Rule) -> None:
    report = check_example(rule, rule.bad, bad=True)
    assert {finding.rule for finding in report if finding.severity == "error"} | {rule.id} == {rule.id}
    found = [finding for finding in report if finding.rule == rule.id]
    assert len(found) == 1
    assert found[0].severity in severities(rule, found[0].key)
    assert found[0].hint == rule.hint
    assert found[0].message.endswith((".", "?")) or not found[0].key


@pytest.mark.parametrize("rule", CORE, ids=lambda rule: rule.id)
def test_a_rule_is_quiet_about_its_good_example(rule: Rule) -> None:
    report = check_example(rule, rule.good)
    assert [str(finding) for finding in report if finding.rule == rule.id or finding.severity == "error"] == []


def test_ids_are_unique_and_every_row_is_filled() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in CORE:
        assert rule.statement.endswith(".")
        assert rule.hint.endswith(".")
        assert rule.source
        assert rule.good
        assert rule.bad


@pytest.mark.parametrize(
    ("event", "rule", "message", "place"),
    [
        (
            {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:9521234.000001.1", "A1"]},
            "ID-001",
            (
                "Cannot use 'A1' as an identifier: expected a URI such as 'urn:epc:id:sgtin:9521234.000001.1' "
                "or a Digital Link."
            ),
            ("/epcisBody/eventList/0/epcList/1", None),
        ),
        (
            {
                "type": "AggregationEvent",
                "action": "ADD",
                "eventID": "urn:uuid:1",
                "childEPCs": ["urn:epc:id:sgtin:9521234.000001.1"],
            },
            "EVT-003",
            "This AggregationEvent with action ADD has no parentID.",
            ("/epcisBody/eventList/0", "urn:uuid:1"),
        ),
        (
            {
                "type": "ObjectEvent",
                "action": "OBSERVE",
                "bizStep": "https://ref.gs1.org/cbv/BizStep-transforming",
                "epcList": ["urn:epc:id:sgtin:9521234.000001.1"],
            },
            "EVT-011",
            (
                "'https://ref.gs1.org/cbv/BizStep-transforming' is no word of the CBV: "
                "expected a word of its list, or a URI of your own. Did you mean 'transporting'?"
            ),
            ("/epcisBody/eventList/0/bizStep", None),
        ),
    ],
)
def test_messages_say_what_where_and_what_was_expected(
    event: dict[str, Any], rule: str, message: str, place: tuple[str, str | None]
) -> None:
    (finding,) = [finding for finding in ek.check(document(event)) if finding.severity == "error"]
    assert (finding.rule, finding.message) == (rule, message)
    assert (finding.location.pointer, finding.location.event_id) == place
    assert (finding.location.event_index, finding.location.line) == (0, 1)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:952012345678.1.1"]},
        {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["https://example.com/obj/1", "urn:x-own:2"]},
        {
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "epcList": ["urn:epc:id:sscc:9521234.0000000001"],
            "readPoint": {"id": "geo:52.5,13.4"},
            "bizStep": "https://example.com/steps/stored",
        },
        {
            "type": "AggregationEvent",
            "action": "DELETE",
            "parentID": "urn:epc:id:sscc:9521234.0000000001",
            "childEPCs": [],
        },
    ],
    ids=["twelve-digit prefix", "private identifiers", "geo place and own step", "everything taken out"],
)
def test_known_false_positives_stay_quiet(event: dict[str, Any]) -> None:
    assert [str(finding) for finding in ek.check(document(event)) if finding.severity == "error"] == []


def test_shape_only_leaves_the_rules_out() -> None:
    bad = document({"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:1.1.1"]})
    assert not ek.check(bad).valid
    assert ek.check(bad, schema_only=True).valid


def test_a_bad_event_is_a_finding_and_the_others_go_on() -> None:
    good = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:9521234.000001.1"]}
    report = ek.check(document(good, {**good, "action": "LOOK"}, {**good, "epcList": ["N/A"]}))
    errors = [(finding.rule, finding.location.event_index) for finding in report if finding.severity == "error"]
    assert errors == [("EVT-001", 1), ("ID-007", 2)]
    with pytest.raises(InvalidDocumentError, match="The document is not valid"):
        report.raise_for_errors()


def test_a_truncated_document_gives_its_report() -> None:
    good = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:9521234.000001.1"]}
    data = document(good, {**good, "epcList": ["N/A"]}, good)
    report = ek.check(data[:-40])
    assert [finding.rule for finding in report if finding.severity == "error"] == ["ID-007", "DOC-001"]


def test_an_unknown_profile_is_wrong_usage() -> None:
    with pytest.raises(QueryError) as caught:
        ek.check(document(), profile="cor")
    assert str(caught.value).startswith("Cannot use profile 'cor': expected a file or one of core")
    assert str(caught.value).endswith(" Did you mean 'core'?")
