"""Profiles: names and files, inheritance, and every mistake that can be made in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import epcis_kit as ek
from epcis_kit.errors import QueryError
from epcis_kit.validate import PROFILES, load_profile
from rule_examples import NOW, document

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "epcList": ["urn:epc:id:sscc:9521234.0000000001"],
    "bizStep": "shipping",
    "disposition": "in_transit",
}


def write(folder: Path, text: str, name: str = "partner.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_can_be_loaded(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert len(profile.rules) == len(set(profile.rules)) > 0
    assert {"en", "zh"} <= profile.title.keys()


def test_core_has_every_rule_of_its_catalogue() -> None:
    rules = load_profile("core").rules
    assert rules[0] == "DOC-001"
    assert rules[-1] == "MD-007"
    assert len(rules) == 77


def test_a_file_says_only_what_differs(tmp_path: Path) -> None:
    base = """
        name = "chain"
        inherits = ["core"]
        rules = { exclude = ["DOC-010", "SEQ-*"] }
        severity = { EVT-013 = "error" }
        parameters = { DOC-011 = { max_epcs = 5 } }
        vocabulary = { biz_step = ["marking"] }
    """
    write(tmp_path, base, "chain.toml")
    text = """
        name = "shop"
        title = { en = "A shop", zh = "一家店" }
        inherits = ["chain.toml"]
        rules = { include = ["DOC-010"] }
        severity = { EVT-012 = "off" }
        cbv = "1.2"
    """
    profile = load_profile(write(tmp_path, text))
    assert (profile.name, profile.title, profile.inherits) == ("shop", {"en": "A shop", "zh": "一家店"}, ("chain",))
    assert "DOC-010" in profile.rules
    assert not any(rule.startswith("SEQ-") for rule in profile.rules)
    assert profile.severity == {"EVT-013": "error", "EVT-012": "off"}
    assert profile.parameters == {"DOC-011": {"max_epcs": 5}}
    assert profile.vocabulary == {"biz_step": frozenset({"marking"})}
    assert profile.cbv == "1.2"


def test_a_profile_changes_what_is_found(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        inherits = ["core"]
        severity = { EVT-013 = "error", SEQ-001 = "off" }
        vocabulary = { disposition = ["on_the_road"] }
        """,
    )
    data = document({**SHIPPED, "disposition": "on_the_road"})
    plain = {finding.rule: finding.severity for finding in ek.check(data, now=NOW)}
    assert plain["EVT-011"] == "error"
    report = ek.check(ek.read(data), path, now=NOW)
    assert {finding.rule: finding.severity for finding in report} == {"EVT-013": "error"}
    assert report.profile == "partner"
    assert {finding.profile for finding in report} == {"partner"}


def test_a_profile_takes_some_versions_only(tmp_path: Path) -> None:
    path = write(tmp_path, 'inherits = ["core"]\nversions = ["1.1", "1.2"]')
    found = [finding for finding in ek.check(document(SHIPPED), path, now=NOW) if finding.severity == "error"]
    assert [(finding.rule, finding.message) for finding in found] == [
        ("DOC-005", "This document is of EPCIS 2.0: the profile takes 1.1 or 1.2.")
    ]


def test_an_edition_of_the_cbv_is_chosen(tmp_path: Path) -> None:
    path = write(tmp_path, 'inherits = ["core"]\ncbv = "1.2"')
    found = ek.check(document({**SHIPPED, "bizStep": "sampling"}), path, now=NOW)
    assert [finding.rule for finding in found if finding.severity == "error"] == ["EVT-011"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules = [", "Cannot read profile '{path}': expected TOML in UTF-8, got a fault:"),
        (
            "inherit = ['core']",
            "Cannot use profile '{path}': unknown key 'inherit': expected one of name, title",
        ),
        (
            "rules = { includes = [] }",
            "unknown key of rules 'includes': expected one of include, exclude. Did you mean 'include'?",
        ),
        ("rules = { include = ['EVT-0013'] }", "unknown rule 'EVT-0013'. Did you mean 'EVT-013'?"),
        ("rules = { include = ['XYZ-*'] }", "unknown rule 'XYZ-*'."),
        ("severity = { EVT-13 = 'error' }", "unknown rule 'EVT-13'. Did you mean 'EVT-013'?"),
        (
            "severity = { EVT-013 = 'eror' }",
            "the severity of EVT-013 to be one of error, warning, info, off, got 'eror'. Did you mean 'error'?",
        ),
        ("severity = ['x']", "expected severity to be a table of texts, got ['x']."),
        ("inherits = 'core'", "expected inherits to be a list of texts, got 'core'."),
        ("inherits = ['dsca']", "Cannot use profile 'dsca': expected a file or one of core, "),
        ("parameters = { DOC-011 = { max_epc = 1 } }", "unknown parameter of DOC-011 'max_epc'"),
        (
            "parameters = { DOC-011 = { max_epcs = 'x' } }",
            "expected parameter max_epcs of DOC-011 to be like 20000, got 'x'.",
        ),
        ("parameters = { ID-013 = { demo = 1 } }", "expected parameter demo of ID-013 to be like False, got 1."),
        ("cbv = '3.0'", "expected cbv to be one of 1.2, 2.0, got '3.0'."),
        ("versions = ['3']", "unknown version of EPCIS '3': expected one of 1.0, 1.1, 1.2, 2.0."),
        ("vocabulary = { bizStep = ['x'] }", "unknown word list 'bizStep'"),
        ("inherits = ['partner.toml']", "it inherits from itself"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(QueryError) as caught:
        load_profile(path)
    assert message.format(path=path) in str(caught.value)


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(QueryError) as caught:
        load_profile("DSCSA ")
    assert str(caught.value).endswith("Did you mean 'dscsa'?")


def test_a_folder_is_no_profile(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="Cannot read profile"):
        load_profile(tmp_path)
