"""``epcis-kit rules``: lists the validation rules, or explains one with its examples.

Takes rule ids; gives text or JSON made from the rule table itself, so that it cannot differ from what ``validate``
does.
"""

from __future__ import annotations

import json
from typing import Any

import click

from epcis_kit.errors import QueryError
from epcis_kit.validate import PROFILES, RULES, Rule

__all__ = ["rules_command"]


@click.command("rules")
@click.argument("rule_id", required=False, metavar="[ID]")
@click.option("--profile", type=click.Choice(PROFILES), default="core", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def rules_command(*, rule_id: str | None, profile: str, as_json: bool) -> None:
    """List the rules that documents are checked with, or explain one.

    \b
    Example: epcis-kit rules EVT-003
    """
    rules = [rule for rule in RULES if rule_id is None or rule.id == rule_id.upper()]
    if not rules:
        raise QueryError(f"There is no rule {rule_id!r} in profile {profile!r}; epcis-kit rules lists them all.")
    if as_json:
        click.echo(json.dumps([_plain(rule) for rule in rules], ensure_ascii=False, indent=2))
    elif rule_id is None:
        for rule in rules:
            click.echo(f"{rule.id:8} {rule.severity:8} {rule.statement}")
    else:
        rule = rules[0]
        click.echo(f"{rule.id} ({rule.severity}, {rule.layer}, one {rule.scope})\n  {rule.statement}\n  {rule.hint}")
        click.echo(f"  Source: {rule.source}")
        click.echo(f"  Good: {json.dumps(rule.good, ensure_ascii=False)}")
        click.echo(f"  Bad:  {json.dumps(rule.bad, ensure_ascii=False)}")


def _plain(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": rule.severity,
        "layer": rule.layer,
        "scope": rule.scope,
        "statement": rule.statement,
        "hint": rule.hint,
        "source": rule.source,
        "good": rule.good,
        "bad": rule.bad,
    }
