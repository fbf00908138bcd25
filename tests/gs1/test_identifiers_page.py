from __future__ import annotations

from typing import TYPE_CHECKING

from house.pages import differences

if TYPE_CHECKING:
    from pathlib import Path


def test_the_reference_of_identifiers_shows_what_happens(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs/reference/identifiers.md").read_text(encoding="utf-8")
    found = differences(page, tmp_path)
    assert not found, "\n".join(found)
