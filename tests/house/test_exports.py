"""The promised names exist, load from one place each, and are documented."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest

import epcis_kit

REPOSITORY = Path(__file__).resolve().parents[2]
PROMISED = [
    "read",
    "iter_events",
    "convert",
    "write",
    "check",
    "event_hash",
    "prehash",
    "parse_key",
    "gs1",
    "open_store",
    "trace_back",
    "trace_forward",
    "where_is",
    "contents_at",
    "convert_table",
    "ObjectEvent",
    "AggregationEvent",
    "TransactionEvent",
    "TransformationEvent",
    "AssociationEvent",
    "errors",
    "EpcisKitError",
]
MODULES = sorted(
    ".".join(path.relative_to(REPOSITORY / "src").with_suffix("").parts).removesuffix(".__init__")
    for path in (REPOSITORY / "src" / "epcis_kit").rglob("*.py")
)


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_name_is_exported(name: str) -> None:
    assert name in epcis_kit.__all__


@pytest.mark.parametrize("name", epcis_kit.__all__)
def test_an_exported_name_loads(name: str) -> None:
    assert getattr(epcis_kit, name) is not None
    assert name in dir(epcis_kit)


def test_the_lists_for_people_and_for_type_checkers_are_the_same() -> None:
    tree = ast.parse((REPOSITORY / "src" / "epcis_kit" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.asname or alias.name
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed - {"Any", "TYPE_CHECKING"} == {*epcis_kit.__all__} - {"__version__"}


def test_an_unknown_name_is_refused_like_anywhere_else() -> None:
    with pytest.raises(AttributeError) as raised:
        epcis_kit.tracback  # noqa: B018
    assert str(raised.value) == "module 'epcis_kit' has no attribute 'tracback'"


@pytest.mark.parametrize("name", [name for name in epcis_kit.__all__ if name != "__version__"])
def test_an_exported_name_stands_in_the_reference(name: str) -> None:
    page = (REPOSITORY / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[?`(\w+)", page, re.MULTILINE)
    assert rows.count(name) == 1


def test_the_reference_has_a_page_for_every_room() -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "docs" / "reference").glob("*.md"))
    shown = set(re.findall(r"^::: (epcis_kit[\w.]*)$", pages, re.MULTILINE))
    rooms = {name for name in MODULES if name.count(".") == 1 and not name.startswith("epcis_kit._")}
    assert rooms - {"epcis_kit.cli"} <= shown
    assert shown <= {*MODULES}


@pytest.mark.parametrize("name", epcis_kit.__all__)
def test_an_exported_name_says_what_it_is(name: str) -> None:
    value = getattr(epcis_kit, name)
    assert isinstance(value, str) or (value.__doc__ or "").strip()


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_are_true(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0
