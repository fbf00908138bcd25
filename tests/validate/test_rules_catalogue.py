"""The catalogue: both languages say the same, every rule has what it needs, and the page of rules shows it."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from epcis_kit import _resources
from epcis_kit.validate import RULES, Rule
from epcis_kit.validate import catalogue as texts
from epcis_kit.validate.catalogue import catalogue, catalogues, fill
from epcis_kit.validate.rule_page import rule_page
from epcis_kit.validate.rule_table import MODULES, find_rule

PLACE = re.compile(r"\{([a-z_]+)\}")
CHINESE = re.compile("[\u4e00-\u9fff]")
FOUND_ELSEWHERE = {"DOC-001", "DOC-002", "DOC-003", "DOC-007", "DOC-012", "TIM-001"}
"""Rules that readers and the schema layer find; the others have a generator."""


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.messages], ids=lambda rule: rule.id)
def test_both_languages_have_the_same_messages_with_the_same_words(rule: Rule) -> None:
    other = tomllib.loads(_resources.read_text(f"schemas/rules/zh/{rule.catalogue}.toml"))[rule.id]
    assert other["messages"].keys() == rule.messages.keys()
    for key, message in rule.messages.items():
        assert sorted(set(PLACE.findall(other["messages"][key]))) == sorted(set(PLACE.findall(message))), key
    assert CHINESE.search(other["statement"])
    assert CHINESE.search(other["hint"])


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.catalogue == "core"], ids=lambda rule: rule.id)
def test_a_core_rule_has_a_generator_or_is_found_by_readers(rule: Rule) -> None:
    assert (rule.check is None) == (rule.id in FOUND_ELSEWHERE)


def test_every_message_that_a_core_rule_gives_stands_in_the_catalogue() -> None:
    source = Path(texts.__file__).parent
    for module in MODULES["core"]:
        tree = ast.parse((source / f"{module}.py").read_text(encoding="utf-8"))
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            ids = [
                str(decorator.args[0].value)
                for decorator in function.decorator_list
                if isinstance(decorator, ast.Call) and decorator.args and isinstance(decorator.args[0], ast.Constant)
            ]
            for rule_id in ids:
                rule = find_rule(rule_id)
                assert rule is not None, rule_id
                for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
                    if isinstance(call.func, ast.Name) and call.func.id == "problem" and call.args:
                        key = call.args[0]
                        if isinstance(key, ast.Constant):
                            assert key.value in rule.messages, (rule_id, key.value)
                            named = {keyword.arg for keyword in call.keywords}
                            assert set(PLACE.findall(rule.messages[str(key.value)])) <= named, (rule_id, key.value)


def test_texts_are_found_in_both_languages() -> None:
    assert texts.statement("EVT-005", "zh").startswith("TransactionEvent")
    assert texts.hint("EVT-016") == "Use owning_party, possessing_party or location."
    assert texts.text("EVT-006", "default", {"action": "OBSERVE"}) == (
        "This ObjectEvent has ilmd with action OBSERVE: expected action ADD."
    )
    assert texts.text("EVT-006", "default", {"action": "OBSERVE"}, "zh") == (
        "此 ObjectEvent 的 action 为 OBSERVE，却带有 ilmd：action 应为 ADD。"
    )
    assert texts.text("EVT-006", "none", {}) == ""
    assert texts.statement("XYZ-001") == ""
    with pytest.raises(ValueError, match=r"Cannot speak 'fr': expected 'en' or 'zh'\."):
        texts.hint("EVT-016", "fr")


def test_a_word_is_never_a_template() -> None:
    assert fill("{value} and {other}", {"value": "{other}", "other": "{value}"}) == "{other} and {value}"
    assert fill("{unknown}", {}) == "{unknown}"


def test_core_comes_first() -> None:
    assert catalogues()[0] == "core"
    assert list(catalogue("core"))[:2] == ["DOC-001", "DOC-002"]


def test_the_page_of_rules_is_that_of_the_catalogue(repository: Path) -> None:
    page = (repository / "docs/reference/rules.md").read_text(encoding="utf-8")
    assert page == rule_page(), "write it anew: python -m epcis_kit.validate.rule_page docs/reference/rules.md"
