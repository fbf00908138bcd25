"""``import epcis_kit`` stays light: heavy libraries load when they are first needed, and never before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import epcis_kit

HEAVY = {
    "lxml": "the XML reader",
    "jsonschema": "explains schema faults",
    "httpx": "the HTTP client",
    "sqlite3": "the store",
    "biip": "company-prefix tables",
    "stdnum": "foreign check digits",
    "pydantic": "the event model",
    "click": "the command line",
    "yaml": "mapping files",
    "msgspec": "the JSON writer",
    "zstandard": "the store's payloads",
    "openpyxl": "spreadsheets",
    "asyncio": "nothing here needs it",
    "importlib.resources": "the root package reads no data",
}


def loaded_after(statement: str) -> set[str]:
    """The modules of a fresh interpreter after one statement, without those it starts with."""
    program = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    result = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_the_root_package_loads_nothing_heavy() -> None:
    loaded = loaded_after("import epcis_kit")
    assert "epcis_kit" in loaded
    assert sorted(loaded & HEAVY.keys()) == []


def test_the_root_package_loads_none_of_its_rooms() -> None:
    assert {name for name in loaded_after("import epcis_kit") if name.startswith("epcis_kit.")} <= {"epcis_kit._api"}


@pytest.mark.parametrize(
    ("module", "not_needed"),
    [
        ("epcis_kit.errors", set(HEAVY)),
        ("epcis_kit.findings", set(HEAVY)),
        ("epcis_kit.gs1", set(HEAVY)),
        ("epcis_kit.vocab", set(HEAVY)),
        ("epcis_kit.model", {"lxml", "jsonschema", "httpx", "sqlite3", "biip", "stdnum", "click", "yaml"}),
        ("epcis_kit.codec", {"lxml", "jsonschema", "httpx", "sqlite3", "biip", "stdnum", "click", "yaml"}),
        ("epcis_kit.cli", {"lxml", "jsonschema", "httpx", "sqlite3", "biip", "stdnum", "pydantic", "yaml"}),
    ],
)
def test_a_room_loads_only_what_it_is_made_of(module: str, not_needed: set[str]) -> None:
    assert sorted(loaded_after(f"import {module}") & not_needed) == []


@pytest.mark.parametrize("name", sorted(HEAVY.keys() - {"openpyxl", "importlib.resources", "asyncio"}))
def test_the_check_would_notice(name: str) -> None:
    """Every library of the list can be loaded here, so its absence above means something."""
    assert name in loaded_after(f"import {name}")


def test_the_package_says_that_it_is_typed() -> None:
    assert epcis_kit.__file__ is not None
    assert (Path(epcis_kit.__file__).parent / "py.typed").is_file()
