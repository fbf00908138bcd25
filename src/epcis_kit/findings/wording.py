"""The sentences of findings in other languages, from the catalogue of rules.

Takes a finding; gives it with its message and hint in the language asked for. The catalogue is data
(``schemas/rules/*.toml`` in English, ``schemas/rules/zh/*.toml`` in Chinese) and read once. Guarantees: placeholders
are replaced literally in one pass, so that a value never becomes a template; a rule or message that the catalogue does
not know keeps its English sentence, so nothing is lost.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import _resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from epcis_kit.findings.values import Finding

__all__ = ["LANGUAGES", "filled", "rule_texts", "translated"]

LANGUAGES: Final = ("en", "zh")
"""The languages that findings and reports exist in."""

_PLACEHOLDER: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_MORE: Final = re.compile(r"^([0-9]+) more$")
_FOLDERS: Final = {"en": "schemas/rules", "zh": "schemas/rules/zh"}


def translated(finding: Finding, language: str) -> Finding:
    """The finding with its sentences in ``language``."""
    texts = rule_texts(language).get(finding.rule)
    if texts is None:
        return finding
    parameters = dict(finding.parameters)
    if "expected" in parameters:
        parameters["expected"] = _phrase(parameters["expected"], rule_texts(language).get("phrases", {}))
    rule, _, key = finding.key.rpartition("/")  # another rule's message, where that one found it
    pattern = rule_texts(language).get(rule or finding.rule, {}).get("messages", {}).get(key) if key else None
    message = f"{texts['statement']}（{finding.message}）" if pattern is None else filled(pattern, parameters)
    hint = filled(texts["hint"], parameters) if finding.hint and texts.get("hint") else finding.hint
    return dataclasses.replace(finding, message=message, hint=hint)


def _phrase(expected: str, phrases: Mapping[str, str]) -> str:
    """What belongs there, in the words that the catalogue has for it; words of the standard stay as they are."""
    if expected in phrases or not phrases:
        return phrases.get(expected, expected)
    parts = [_MORE.sub(r"另外 \1 个", phrases.get(each, each)) for each in expected.split(" or ")]
    return " 或 ".join(parts)


def filled(pattern: str, parameters: Mapping[str, str]) -> str:
    """The pattern with ``{name}`` replaced by the parameter of that name; a name without one stays as it is."""
    return _PLACEHOLDER.sub(lambda found: parameters.get(found[1], found[0]), pattern)


@functools.cache
def rule_texts(language: str) -> dict[str, dict[str, Any]]:
    """Every rule of the catalogue with its texts in ``language``.

    Raises:
        ValueError: There is no such language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"Cannot write findings in language {language!r}: expected 'en' or 'zh'.")
    try:
        folder = _resources.data_path(_FOLDERS[language])
    except FileNotFoundError:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.toml")):
        found.update(tomllib.loads(path.read_text(encoding="utf-8")))
    return found
