"""Every kind of exception stands in the tree, has a sentence about it, and hangs under the one root."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from epcis_kit import errors

SOURCE = Path(__file__).resolve().parents[2] / "src" / "epcis_kit"
KINDS = [
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == errors.__name__
]


def test_there_are_kinds() -> None:
    assert "EpcisKitError" in KINDS


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_exported_drawn_and_described(name: str) -> None:
    kind = getattr(errors, name)
    assert name in errors.__all__
    assert errors.__doc__ is not None
    assert re.search(rf"^\W*{name}\b", errors.__doc__, re.MULTILINE)
    assert len((kind.__doc__ or "").split()) >= 5
    assert issubclass(kind, errors.EpcisKitError)


def test_the_tree_draws_no_kind_that_is_gone() -> None:
    drawn = re.findall(r"^\s*[│├└ ]*[├└] (\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted([*drawn, "EpcisKitError"]) == sorted(KINDS)


def test_no_other_module_starts_a_tree_of_its_own() -> None:
    """A kind of exception elsewhere is private, or derives from one of the tree."""
    strays = []
    for path in sorted(SOURCE.rglob("*.py")):
        if path.name == "errors.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
                continue
            bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
            builtin = {base for base in bases if re.fullmatch(r"\w*(?:Error|Exception)", base)} - {*KINDS}
            if builtin:
                strays.append(f"{path.relative_to(SOURCE)}: {node.name}({', '.join(sorted(builtin))})")
    assert strays == []
