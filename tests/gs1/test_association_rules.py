"""Which AIs may, must and must not stand together."""

from __future__ import annotations

import pytest

from epcis_kit.gs1.application_identifiers import AiTable, default_table
from epcis_kit.gs1.association_rules import BrokenRule, broken_rule, broken_rules, matches_pattern, verdict

TABLE = default_table()
DICTIONARY = "01 * N2\n10 X..9 req=01+21,02+31nn\n21 X..9\n02 * N2 ex=01\n3100-3105 * N6 ex=310n\n"


@pytest.mark.parametrize(
    ("ai", "pattern", "matches"),
    [
        ("3103", "31nn", True),
        ("3103", "310n", True),
        ("3103", "311n", False),
        ("310", "31nn", False),
        ("01", "01", True),
        ("3103", "3103", True),
    ],
)
def test_a_pattern_stands_for_any_digit(ai: str, pattern: str, matches: bool) -> None:
    assert matches_pattern(ai, pattern) is matches


@pytest.mark.parametrize(
    ("ais", "rule"),
    [
        (("01", "10", "17"), None),
        (("01", "37"), BrokenRule("invalid_ai_pairs", "01", ("37",))),
        (("37", "01"), BrokenRule("invalid_ai_pairs", "01", ("37",))),
        (("10",), BrokenRule("required_ais_not_satisfied", "10", ("01", "02", "03", "8006", "8026"))),
        (("01", "3103"), None),
        (("01", "3103", "3105"), BrokenRule("invalid_ai_pairs", "3103", ("3105",))),
        (("01", "3922"), BrokenRule("required_ais_not_satisfied", "3922", ("30", "31nn", "32nn", "35nn", "36nn"))),
        (("01", "3922", "3103"), None),
        (("01", "21", "8041"), BrokenRule("required_ais_not_satisfied", "8041", ("01+21+8040",))),
        (("01", "21", "8040", "8041"), None),
        (("01", "01"), None),
    ],
)
def test_rules_of_the_table(ais: tuple[str, ...], rule: BrokenRule | None) -> None:
    assert broken_rule([(ai, "1") for ai in ais], TABLE) == rule


def test_values_count_where_an_ai_is_there_twice_or_signed() -> None:
    different = BrokenRule("instances_of_ai_have_different_values", "99")
    assert broken_rule([("99", "A"), ("99", "A")], TABLE) is None
    assert broken_rule([("99", "A"), ("99", "B")], TABLE) == different
    assert broken_rule([("99", "A"), ("98", "x"), ("99", "A"), ("99", "B")], TABLE) == different
    assert broken_rule([("253", "9521234543213A"), ("8030", "A")], TABLE) is None
    unserialised = BrokenRule("serial_not_present", "253")
    assert broken_rule([("253", "9521234543213"), ("8030", "A")], TABLE) == unserialised


def test_needs_can_be_left_for_later() -> None:
    assert broken_rule([("10", "A")], TABLE, check_requisites=False) is None


def test_another_table_has_other_rules() -> None:
    table = AiTable.loads(DICTIONARY)
    assert broken_rule([("10", "A"), ("01", "12")], table) == BrokenRule(
        "required_ais_not_satisfied", "10", ("01+21", "02+31nn")
    )
    assert broken_rule([("10", "A"), ("01", "12"), ("21", "B")], table) is None
    assert broken_rule([("10", "A"), ("02", "12"), ("3101", "123456")], table) is None
    assert [rule.kind for rule in broken_rules([("10", "A"), ("01", "12"), ("02", "12")], table)] == [
        "invalid_ai_pairs",
        "required_ais_not_satisfied",
    ]


def test_verdicts_are_kept_and_bounded() -> None:
    table = AiTable.loads(DICTIONARY)
    assert verdict(("01",), table) is verdict(("01",), table)
    for number in range(5000):
        verdict(("01", str(number)), table)
    assert len(table.verdicts) <= 4096


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (BrokenRule("invalid_ai_pairs", "01", ("37",)), "no (37) beside (01)"),
        (BrokenRule("required_ais_not_satisfied", "250", ("21",)), "21 beside (250)"),
        (BrokenRule("required_ais_not_satisfied", "10", ("01+21", "02")), "01 with 21 or 02 beside (10)"),
        (BrokenRule("instances_of_ai_have_different_values", "99"), "one value of (99)"),
    ],
)
def test_a_rule_says_what_would_be_right(rule: BrokenRule, expected: str) -> None:
    assert rule.expected == expected
