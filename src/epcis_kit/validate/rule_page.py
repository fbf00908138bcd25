"""The reference page of all rules, made from the catalogue.

Takes nothing; gives the text of ``docs/reference/rules.md``. Guarantees: every rule of every catalogue stands in it
with its statement, hint, severity, source, parameters and examples; the same catalogue gives the same text, and a test
compares the page with it. To write the page anew::

    python -m epcis_kit.validate.rule_page docs/reference/rules.md
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.catalogue import ALL_VERSIONS, catalogues
from epcis_kit.validate.profiles import load_profile, profile_names
from epcis_kit.validate.rule_table import rules_of

if TYPE_CHECKING:
    from epcis_kit.validate.rules import Rule

__all__ = ["rule_page"]

_HEAD: Final = """# Rules

Every rule that documents are checked with, made from the catalogue in `schemas/rules`. `epcis-kit rules` lists them,
`epcis-kit rules ID` explains one, and `--lang zh` does so in Chinese. A [profile](validate.md#profiles) chooses among
them and may change severities and parameters; ids stay.

Severities: *error* (a partner will refuse it, or the standard forbids it), *warning* (probably wrong), *info* (good to
know). A rule about other events has a second, milder one while the document may be a part of the story: say
`--complete`, or name a store with `--store`, and the first one counts.

"""
_TITLES: Final = {
    "core": "The standard itself: core",
    "schema": "The shape of documents",
    "reading": "Reading, converting and tables",
}


def rule_page() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for name in catalogues():
        parts.append(f"## {_title(name)}\n")
        if name in profile_names():
            parts.append(_about(name))
        parts += [_section(rule) for rule in rules_of(name).values()]
    return "\n".join(parts).rstrip() + "\n"


def _title(name: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    return load_profile(name).title.get("en", name) if name in profile_names() else name


def _about(name: str) -> str:
    profile = load_profile(name)
    built = f", which builds on {', '.join(f'`{base}`' for base in profile.inherits)}" if profile.inherits else ""
    return f"Profile `{name}`{built}.\n"


def _section(rule: Rule) -> str:
    lines = [
        f"### {rule.id}",
        "",
        rule.statement,
        "",
        f"*{_severity(rule)}, {rule.layer}, {_scope(rule)}.* {rule.hint}",
    ]
    if rule.source:
        lines += ["", f"Source: {rule.source}."]
    if rule.versions != ALL_VERSIONS:
        lines += ["", f"For EPCIS {', '.join(rule.versions)}."]
    if rule.parameters:
        said = ", ".join(f"`{name} = {_literal(value)}`" for name, value in rule.parameters.items())
        lines += ["", f"Parameters: {said}."]
    lines += _examples(rule)
    return "\n".join(lines) + "\n"


def _severity(rule: Rule) -> str:
    if rule.partial is None:
        return rule.severity.capitalize()
    which = f" ({', '.join(rule.partial_keys)})" if rule.partial_keys else ""
    return f"{rule.severity.capitalize()}, {rule.partial} while the document may be a part{which}"


def _scope(rule: Rule) -> str:
    return {"event": "one event", "document": "one document", "repository": "also what was before"}[rule.scope]


def _literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def _examples(rule: Rule) -> list[str]:
    lines: list[str] = []
    for name, said in (("good", "Good"), ("bad", "Bad")):
        if not getattr(rule, name):
            continue
        text = rule.example(name).strip("\n")  # type: ignore[arg-type]
        chosen = rule.example_choices
        how = [f"`{key} = {_literal(value)}`" for key, value in chosen.get("parameters", {}).items()]
        if chosen.get("complete"):
            how.append("`--complete`")
        with_what = f", with {' and '.join(how)}" if how else ""
        kind = "xml" if text.lstrip().startswith("<") else "json" if text.lstrip().startswith(("{", "[")) else "text"
        lines += ["", f"{said}{with_what}:", "", f"```{kind}", *text.splitlines(), "```"]
    return lines


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(rule_page(), encoding="utf-8")
