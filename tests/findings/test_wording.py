"""Every rule speaks both languages, and values are never read as templates."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epcis_kit import _resources
from epcis_kit.findings import Finding
from epcis_kit.findings.wording import filled, rule_texts

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUES = sorted(path.stem for path in _resources.data_path("schemas/rules").glob("*.toml"))
PLACES = re.compile(r"\{[a-z_0-9]+\}")


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_rule_has_its_texts_in_both_languages_with_the_same_places(name: str) -> None:
    english = tomllib.loads(_resources.read_text(f"schemas/rules/{name}.toml"))
    chinese = tomllib.loads(_resources.read_text(f"schemas/rules/zh/{name}.toml"))
    assert set(english) == set(chinese) - {"phrases"}
    for rule, entry in english.items():
        other = chinese[rule]
        assert re.search(r"[\u4e00-\u9fff]", other["statement"]), rule
        assert re.search(r"[\u4e00-\u9fff]", other["hint"]), rule
        assert set(entry.get("messages", {})) == set(other.get("messages", {})), rule
        for key, text in entry.get("messages", {}).items():
            assert set(PLACES.findall(text)) == set(PLACES.findall(other["messages"][key])), (rule, key)


def test_a_finding_that_the_catalogue_knows_is_made_anew() -> None:
    finding = Finding(
        rule="ID-001",
        severity="error",
        layer="identifier",
        message="Cannot use '{value}' as an identifier.",
        hint="Write a URI.",
        parameters=(("value", "{value}"),),
        key="default",
    )
    texts = rule_texts("zh")["ID-001"]
    said = finding.in_language("zh")
    assert said.message == texts["messages"]["default"]  # the value is the very text of the place, and stays one
    assert said.hint == texts["hint"]
    assert said.fingerprint == finding.fingerprint


def test_a_sentence_made_where_the_fault_was_seen_stays_in_brackets() -> None:
    finding = Finding(rule="DOC-001", severity="error", layer="syntax", message="expected '}', got the end.")
    assert finding.in_language("zh").message == (
        f"{rule_texts('zh')['DOC-001']['statement']}（expected '}}', got the end.）"
    )


def test_a_finding_that_got_another_id_keeps_the_words_of_the_first() -> None:
    words = (("expected", "'ADD'"), ("value", "'ADDD'"), ("what", "action"))
    finding = Finding(
        rule="EVT-001", severity="error", layer="event", message="No.", parameters=words, key="SCH-005/default"
    )
    assert finding.in_language("zh").message == "不接受 action 的值 'ADDD'：应为'ADD'。"


def test_a_rule_of_elsewhere_keeps_its_sentence() -> None:
    finding = Finding(rule="OWN-001", severity="error", layer="event", message="No.")
    assert finding.in_language("zh") == finding


@given(st.dictionaries(st.sampled_from(["value", "expected"]), st.text(max_size=20)))
def test_words_are_put_in_as_they_are(words: dict[str, str]) -> None:
    assert filled("<{value}|{expected}>", words) == (
        f"<{words.get('value', '{value}')}|{words.get('expected', '{expected}')}>"
    )


def test_every_id_that_the_code_names_speaks_chinese(repository: Path) -> None:
    named: set[str] = set()
    for path in sorted((repository / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named.update(re.findall(r"^(?:[A-Z]{2,4}-[0-9]{3}|LOSS-[A-Z]+)$", node.value))
    assert {"DOC-001", "EVT-000", "TAB-001", "LOSS-NAME"} <= named
    assert sorted(named - set(rule_texts("zh"))) == []
