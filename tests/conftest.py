"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published documents and vectors beside the project; the test is skipped where it is absent."""
    folder = Path(os.environ.get("EPCIS_KIT_SHARED", _REPOSITORY.parent / "shared"))
    if not (folder / "conformance").is_dir():
        pytest.skip(
            "the published documents and vectors are not beside the project; "
            "put them into ../shared or name their folder in EPCIS_KIT_SHARED"
        )
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout; tests about the house read its files."""
    return _REPOSITORY
