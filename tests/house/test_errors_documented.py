"""Every kind of exception stands in the tree, has a sentence about it, and hangs under the one root."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from epcis_kit import errors

SOURCE = Path(__file__).resolve().parents[2] / "src" / "epcis_kit"
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
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


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_exports_an_exception_outside_the_tree(room: str) -> None:
    """What never leaves a room may be of any kind; what a caller can meet derives from the root."""
    module = importlib.import_module(f"epcis_kit.{room}")
    strays = [
        name
        for name in getattr(module, "__all__", ())
        if isinstance(value := getattr(module, name), type)
        and issubclass(value, Exception)
        and not issubclass(value, errors.EpcisKitError)
    ]
    assert strays == []
