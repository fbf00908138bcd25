"""What the project file promises: reasons for dependencies, versions in one place, data files that are found."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import epcis_kit
from epcis_kit import _resources

REPOSITORY = Path(__file__).resolve().parents[2]
PYPROJECT = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads(PYPROJECT)
SOURCES = sorted((REPOSITORY / "src" / "epcis_kit").rglob("*.py"))
IMPORT_NAMES = {"python-stdnum": "stdnum", "PyYAML": "yaml", "PyLD": "pyld"}


def requirement_name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return IMPORT_NAMES.get(found.group(), found.group())


def imported_packages(path: Path) -> set[str]:
    """The top-level names a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_the_version_stands_in_two_places_and_is_the_same() -> None:
    assert epcis_kit.__version__ == PROJECT["project"]["version"]


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"])
def test_every_dependency_says_why_it_is_there(requirement: str) -> None:
    (line,) = [line for line in PYPROJECT.splitlines() if f'"{requirement}"' in line]
    assert len(line.partition("#")[2].strip()) > 20


def test_every_import_is_a_declared_dependency() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    declared = {requirement_name(one) for one in PROJECT["project"]["dependencies"]}
    declared |= {requirement_name(one) for extra in extras for one in extra}
    used = set().union(*map(imported_packages, SOURCES)) - sys.stdlib_module_names - {"epcis_kit"}
    # They come with a declared one, on purpose: what pydantic is made of, and what jsonschema resolves references with.
    assert used - declared <= {"pydantic_core", "referencing", "annotated_types"}


def test_every_supported_python_is_named_once() -> None:
    named = [
        found.group(1)
        for classifier in PROJECT["project"]["classifiers"]
        if (found := re.fullmatch(r"Programming Language :: Python :: (3\.[0-9]+)", classifier))
    ]
    assert named == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"


@pytest.mark.parametrize("folder", ["schemas", "examples"])
def test_data_is_packaged_and_found(folder: str) -> None:
    targets = PROJECT["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"]["force-include"][folder] == f"epcis_kit/_data/{folder}"
    assert f"/{folder}" in targets["sdist"]["include"]
    shipped = {path.relative_to(REPOSITORY) for path in (REPOSITORY / folder).rglob("*") if path.is_file()}
    shipped = {path for path in shipped if "__pycache__" not in path.parts}
    assert shipped, f"{folder} is empty"
    for name in shipped:
        assert _resources.read_bytes(name.as_posix()) == (REPOSITORY / name).read_bytes()


def test_every_data_file_that_the_code_names_is_there() -> None:
    named = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found = re.fullmatch(r"(?:schemas|examples)/[\w./-]+", node.value)
                if found:
                    named.add(node.value)
    missing = [name for name in sorted(named) if not (REPOSITORY / name).exists()]
    assert missing == []
    assert any(name.startswith("schemas/") for name in named)


def test_a_missing_data_file_is_named() -> None:
    with pytest.raises(FileNotFoundError) as raised:
        _resources.data_path("schemas/absent.toml")
    assert str(raised.value) == (
        "epcis_kit was installed without its data file 'schemas/absent.toml'; reinstall the package."
    )


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in text
