"""Every profile over every published example: no rule fails, and what it says is whole in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import epcis_kit as ek
from epcis_kit.validate.profiles import load_profile, profile_names

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.conformance


@pytest.mark.parametrize("profile", [name for name in profile_names() if name != "core"])
def test_sentences_are_whole_in_both_languages(shared: Path, profile: str) -> None:
    folder = shared / "conformance" / "examples"
    paths = sorted(
        path
        for name in ("xml-1.2", "xml-2.0", "json-2.0")
        for path in (folder / name).rglob("*")
        if path.suffix in {".xml", ".json", ".jsonld"}
    )
    assert paths
    own = set(load_profile(profile).rules) - set(load_profile("core").rules)
    told: dict[tuple[str, str], tuple[str, str]] = {}
    for path in paths:
        for finding in ek.check(path, profile):
            if finding.rule in own:
                told.setdefault((finding.rule, finding.key), (finding.message, finding.in_language("zh").message))
    for english, chinese in told.values():
        assert english.endswith(".")
        assert chinese.endswith("。")
        assert english != chinese
        assert "{" not in english + chinese
