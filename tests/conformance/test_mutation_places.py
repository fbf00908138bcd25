"""What the published schemas reject is found where it was made wrong: mutants of the examples, spot by spot."""

from __future__ import annotations

import collections
import importlib.util
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.findings import Finding

pytestmark = pytest.mark.conformance

FLOOR = 0.99
"""Share of the rejected mutants that have an error at the mutated spot; 0.9985 and more were measured."""

ABSENT = frozenset(
    {"drop_context", "drop_property", "rename_property", "drop_element", "drop_attribute", "rename_element"}
)
"""Mutations after which nothing of that name is at the spot: what lacks it, or what stands there instead, is meant."""


@pytest.fixture(scope="module")
def mutants(shared: Path) -> Any:
    """The program that makes cases with the published verdict."""
    spec = importlib.util.spec_from_file_location("mutate_corpus", shared / "tools/mutate_corpus.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def place(finding: Finding) -> str:
    """The pointer as the mutation names spots: without numbers of elements, prefixes of elements, and attributes."""
    pointer = finding.location.pointer or ""
    if finding.location.xpath is None:
        return pointer
    return re.sub(r"\[[0-9]+\]|/@.*|(?<=/)[^/:]+:", "", pointer)


def is_there(found: str, spot: str, mutation: str) -> bool:
    """Whether a place is the mutated spot, lies in it, or is what lacks the thing that was taken away."""
    parent = spot.rpartition("/")[0]
    if found in {spot, parent} or found.startswith(spot + "/"):
        return True
    return mutation in ABSENT | {"swap_siblings", "duplicate_element"} and found.rpartition("/")[0] == parent


@pytest.mark.parametrize("seed", ["1", "2", "a supplier"])
def test_each_rejected_mutant_has_an_error_at_its_spot(seed: str, mutants: Any, shared: Path) -> None:
    base = shared / "conformance/examples"
    oracle = mutants.Oracle(shared / "conformance/standards")
    files = sorted(path for path in base.rglob("*") if path.suffix in {".xml", ".json", ".jsonld"})
    cases = rejected = there = 0
    missed: list[Any] = []
    for case in mutants.cases(files, base, oracle, seed, 1, collections.Counter()):
        cases += 1
        if case["official_verdict"] == "valid" or cases % 3:
            continue
        rejected += 1
        report = ek.check(case["document"].encode())
        errors = [each for each in report if each.severity == "error"]
        assert errors, (case["source"], case["mutation"], case["path"])
        assert all(each.location.line is not None and each.location.column is not None for each in errors), case["path"]
        assert all(each.location.snippet for each in errors)
        if any(is_there(place(each), case["path"].rstrip("/"), case["mutation"]) for each in errors):
            there += 1
        else:
            missed.append((case["source"], case["mutation"], case["path"], [str(each) for each in errors][:2]))
    assert rejected >= 400
    assert there / rejected >= FLOOR, missed
