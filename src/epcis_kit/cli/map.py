"""``epcis-kit map``: mappings are proposed, checked and explained.

Takes tables and mapping files; gives a commented mapping to begin with (``init``), what is wrong with one (``lint``),
and how one row becomes an event (``explain``). Guarantees: nothing is written over without being asked; a proposal
invents nothing; the mapping's own tests are run.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from epcis_kit.findings import Finding

__all__ = ["map_command"]

_SHOWN = 20


@click.group("map")
def map_command() -> None:
    """Propose, check and explain mappings from tables to events.

    \b
    Example: epcis-kit map init goods-in.xlsx -o goods-in.yaml
    Example: epcis-kit map lint goods-in.yaml
    Example: epcis-kit map explain goods-in.yaml goods-in.xlsx --row 17
    """


@map_command.command("init")
@click.argument("table", metavar="IN", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="Where to; else standard output.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--name", help="Name of the mapping; that of the table where not given.")
@click.option("--format", "format_", type=click.Choice(["csv", "xlsx", "jsonl"]), help="Found out where not given.")
@click.option("--sheet", help="Sheet of a spreadsheet; the first where not given.")
@click.option("--encoding", help="Of the text; found out where not given.")
@click.option("--delimiter", help="Between columns; found out where not given.")
@click.option("--header", type=click.IntRange(1), metavar="ROW", help="Row of the header; found out where not given.")
@click.option("--json", "as_json", is_flag=True, help="Say as one JSON object what was proposed.")
def init(
    *,
    table: str,
    output: str | None,
    force: bool,
    name: str | None,
    format_: str | None,
    sheet: str | None,
    encoding: str | None,
    delimiter: str | None,
    header: int | None,
    as_json: bool,
) -> None:
    """Propose a commented mapping for a table, by its headers and values.

    What only you know is marked EDIT, what is likely but not sure CHECK.

    \b
    Example: epcis-kit map init goods-in.csv -o goods-in.yaml
    """
    from epcis_kit.tabular import open_rows  # noqa: PLC0415 - loaded when a table is read
    from epcis_kit.tabular.proposal import propose  # noqa: PLC0415

    goal = None if output is None else Path(output)
    if goal is not None and goal.exists() and not force:
        raise click.UsageError(f"{goal} is there already: name another file, or --force to write over it.")
    source: Any = sys.stdin.buffer if table == "-" else table
    choices: dict[str, Any] = {
        "format": format_,
        "sheet": sheet,
        "encoding": encoding,
        "delimiter": delimiter,
        "header": header,
    }
    rows = open_rows(source, None, **choices)
    with contextlib.closing(rows) if hasattr(rows, "close") else contextlib.nullcontext():
        proposal = propose(rows, name=name or ("my-table" if table == "-" else Path(table).name.partition(".")[0]))
    if goal is None:
        if not as_json:
            click.echo(proposal.text, nl=False)
    else:
        goal.write_text(proposal.text, encoding="utf-8")
    if as_json:
        body = {"edits": proposal.edits, "checks": proposal.checks, "unused": proposal.unused, "text": proposal.text}
        click.echo(json.dumps(body, ensure_ascii=False))
        return
    edits, checks = len(proposal.edits), len(proposal.checks)
    click.echo(f"{edits} to fill in (EDIT), {checks} to look at (CHECK)", err=True)
    for number, what in enumerate(proposal.edits, 1):
        click.echo(f"  {number}. {what}", err=True)


@map_command.command("lint")
@click.argument("mapping", metavar="MAPPING", type=click.Path(exists=True, dir_okay=False))
@click.option("--table", type=click.Path(exists=True, dir_okay=False), help="A table whose header the names must fit.")
@click.option("--json", "as_json", is_flag=True, help="Findings and tests as one JSON object.")
def lint(*, mapping: str, table: str | None, as_json: bool) -> None:
    """Say what is wrong or doubtful in a mapping, and run its tests.

    \b
    Example: epcis-kit map lint goods-in.yaml --table goods-in.csv
    """
    from epcis_kit.errors import MappingError  # noqa: PLC0415 - loaded when a mapping is read
    from epcis_kit.tabular import lint_mapping, load_mapping, open_rows, run_tests  # noqa: PLC0415

    findings = list(lint_mapping(mapping))
    broken = any(finding.severity == "error" for finding in findings)
    results: list[Any] = []
    if not broken:
        if table is not None:
            try:
                rows = open_rows(table, load_mapping(mapping))
                header = list(rows.header)
                close = getattr(rows, "close", None)
                if close is not None:
                    close()
            except MappingError as error:
                click.echo(str(error), err=True)
                sys.exit(1)
            findings = list(lint_mapping(mapping, header))
            broken = any(finding.severity == "error" for finding in findings)
        results = list(run_tests(mapping, table))
    failed = [result for result in results if not result.ok]
    if as_json:
        body = {
            "findings": [finding.as_dict() for finding in findings],
            "tests": [
                {"number": each.number, "name": each.name, "ok": each.ok, "message": each.message} for each in results
            ],
        }
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        _say(mapping, findings, results)
    sys.exit(1 if broken or failed else 0)


def _say(mapping: str, findings: list[Finding], results: list[Any]) -> None:
    for finding in findings[:_SHOWN]:
        click.echo(str(finding))
    if len(findings) > _SHOWN:
        click.echo(f"… and {len(findings) - _SHOWN} more")
    for result in results:
        if not result.ok:
            click.echo(f"test {result.number}{f' ({result.name})' if result.name else ''}: {result.message}")
    errors = sum(finding.severity == "error" for finding in findings)
    doubts = len(findings) - errors
    passed = sum(result.ok for result in results)
    tests = f", {passed} of {len(results)} tests passed" if results else ", no tests"
    click.echo(f"{mapping}: {errors} errors, {doubts} doubts{tests}")


@map_command.command("explain")
@click.argument("mapping", metavar="MAPPING", type=click.Path(exists=True, dir_okay=False))
@click.argument("table", metavar="IN", type=click.Path(exists=True, dir_okay=False))
@click.option("--row", type=click.IntRange(1), required=True, help="Row of the table, as your spreadsheet counts.")
@click.option("--json", "as_json", is_flag=True, help="The same as one JSON object.")
def explain(*, mapping: str, table: str, row: int, as_json: bool) -> None:
    """Show how one row becomes an event: its cells, its fields, its events.

    \b
    Example: epcis-kit map explain goods-in.yaml goods-in.csv --row 17
    """
    from epcis_kit.tabular import explain_row, load_mapping  # noqa: PLC0415 - loaded when a table is read
    from epcis_kit.tabular.explain_text import event_json, explanation_lines  # noqa: PLC0415

    loaded = load_mapping(mapping)
    explanation = explain_row(table, loaded, row)
    if as_json:
        body = {
            "row": row,
            "cells": dict(explanation.cells),
            "fields": {name: value for name, _, _, value in explanation.fields},
            "events": [json.loads(event_json(event, loaded.namespaces)) for event in explanation.events],
            "findings": [finding.as_dict() for finding in explanation.findings],
        }
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        for line in explanation_lines(explanation, row, loaded.namespaces):
            click.echo(line)
    sys.exit(1 if any(finding.severity == "error" for finding in explanation.findings) else 0)
