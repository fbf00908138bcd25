"""``epcis-kit rules``: lists the validation rules, or explains one with its examples.

Takes a rule id and a profile; gives text or JSON made from the rule table itself, so that it cannot differ from what
``validate`` does. Without ``--profile`` every rule is listed; with it, those of the profile, with its severities.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

import click

from epcis_kit.errors import QueryError

if TYPE_CHECKING:
    from epcis_kit.validate import Profile, Rule

__all__ = ["rules_command"]


@click.command("rules")
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--profile", metavar="NAME|FILE", help="Only the rules of this profile, with its severities.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of the texts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def rules_command(*, rule_id: str | None, profile: str | None, lang: str, as_json: bool) -> None:
    """List the rules that documents are checked with, or explain one.

    \b
    Example: epcis-kit rules EVT-003
    """
    from epcis_kit.validate import load_profile  # noqa: PLC0415 - loads the rules
    from epcis_kit.validate.rule_table import all_rules, find_rule  # noqa: PLC0415 - loads the rules

    chosen = None if profile is None else load_profile(profile)
    if rule_id is not None:
        found = find_rule(rule_id.upper())
        rules = [] if found is None else [found]
    elif chosen is None:
        rules = list(all_rules())
    else:
        rules = [rule for rule in map(find_rule, chosen.rules) if rule is not None]
    if not rules:
        near = difflib.get_close_matches(str(rule_id).upper()[:40], [rule.id for rule in all_rules()], n=1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        raise QueryError(f"There is no rule {rule_id!r}; epcis-kit rules lists them all.{meant}")
    if as_json:
        click.echo(json.dumps([_plain(rule, chosen, lang) for rule in rules], ensure_ascii=False, indent=2))
    elif rule_id is None:
        for rule in rules:
            plain = _plain(rule, chosen, lang)
            click.echo(f"{rule.id:8} {plain['severity']:8} {plain['statement']}")
    else:
        click.echo(_explained(_plain(rules[0], chosen, lang)))


def _explained(plain: dict[str, Any]) -> str:
    lines = [
        f"{plain['id']} ({plain['severity']}, {plain['layer']}, one {plain['scope']})",
        f"  {plain['statement']}",
        f"  {plain['hint']}",
        f"  Source: {plain['source']}",
    ]
    if plain["severity_partial"]:
        lines.append(f"  While the document may be a part of the story: {plain['severity_partial']}.")
    lines += [f"  Parameter {name} = {value!r}" for name, value in plain["parameters"].items()]
    for name in ("good", "bad"):
        if plain[name]:
            lines.append(f"  {name.capitalize()}:")
            lines += [f"    {line}" for line in plain[name].strip().splitlines()]
    return "\n".join(lines)


def _plain(rule: Rule, profile: Profile | None, language: str) -> dict[str, Any]:
    from epcis_kit.validate import catalogue  # noqa: PLC0415 - loads the rules

    severity: str = rule.severity
    parameters = dict(rule.parameters)
    if profile is not None:
        severity = profile.severity.get(rule.id, severity)
        parameters.update(profile.parameters.get(rule.id, {}))
    return {
        "id": rule.id,
        "catalogue": rule.catalogue,
        "severity": severity,
        "severity_partial": rule.partial,
        "layer": rule.layer,
        "scope": rule.scope,
        "versions": list(rule.versions),
        "statement": catalogue.statement(rule.id, language),
        "hint": catalogue.hint(rule.id, language),
        "source": rule.source,
        "parameters": parameters,
        "good": rule.example("good"),
        "bad": rule.example("bad"),
    }
