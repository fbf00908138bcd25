"""``epcis-kit validate``: the supplier's gate.

Takes documents; gives a report for each, as text or JSON, and an exit code that says whether a partner would take them
all. Guarantees: a document that cannot be read still gets its report, the other documents go on, and the exit code is
that of the worst.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from epcis_kit.cli._inputs import expand, naive_times_option, paths_argument
from epcis_kit.cli._progress import watched
from epcis_kit.errors import DocumentError
from epcis_kit.findings import Finding, Location, Report

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["validate_command"]

_SHOWN = 5


@click.command("validate")
@paths_argument
@click.option("--profile", default="core", show_default=True, help="Rule set to apply.")
@click.option("--schema-only", is_flag=True, help="Only the shape, as the published schemas see it, no rules.")
@click.option(
    "--schemas",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Check the shape against the schema files (.xsd, .json) in this folder instead of ours.",
)
@naive_times_option
@click.option("--report", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --report json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the report here, not to the screen.")
@click.option(
    "--fail-on", type=click.Choice(["error", "warning"]), default="error", show_default=True, help="Exit 1 from here."
)
def validate_command(
    *,
    paths: tuple[str, ...],
    profile: str,
    schema_only: bool,
    schemas: str | None,
    naive_times: str | None,
    report: str,
    as_json: bool,
    output: str | None,
    fail_on: str,
) -> None:
    """Check documents, and say what is wrong, where, and what to do.

    Exit codes: 0 clean, 1 findings at or above --fail-on, 3 a document cannot be read.

    \b
    Example: epcis-kit validate orders/ --fail-on warning
    """
    from epcis_kit.codec import ReadOptions  # noqa: PLC0415 - loaded when a document is read

    choices = {"schema_only": schema_only, "schemas": schemas, "options": ReadOptions(naive_times=naive_times)}
    results = list(_reports(paths, profile, choices))
    if as_json or report == "json":
        plain: list[dict[str, Any]] = [{"file": name, **result.as_dict()} for name, result in results]
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in plain)
    else:
        text = "".join(_as_text(name, result) for name, result in results)
    if output is None:
        click.echo(text, nl=False)
    else:
        with open(output, "w", encoding="utf-8") as stream:  # noqa: PTH123 - the user's own path, as given
            stream.write(text)
    sys.exit(max((_exit_code(result, fail_on) for _, result in results), default=3))


def _reports(paths: tuple[str, ...], profile: str, choices: dict[str, Any]) -> Iterator[tuple[str, Report]]:
    from epcis_kit.validate import UNREADABLE, check  # noqa: PLC0415 - loads the rules

    for path in paths:
        try:
            for item in expand((path,)):
                try:
                    with watched(item) as source:
                        report = check(source, profile, **choices)
                except OSError as error:
                    report = _unreadable(UNREADABLE, str(error.strerror or error), item.name)
                yield item.name, _named(report, item.name)
        except DocumentError as error:
            yield path, _unreadable(UNREADABLE, error.reason, path)
        except OSError as error:
            yield path, _unreadable(UNREADABLE, str(error.strerror or error), path)


def _unreadable(rule: str, message: str, name: str) -> Report:
    finding = Finding(rule=rule, severity="error", layer="syntax", message=message, location=Location(file=name))
    return Report((finding,))


def _named(report: Report, name: str) -> Report:
    return Report(tuple(finding.at(file=name) for finding in report.findings), report.events, report.profile)


def _exit_code(report: Report, fail_on: str) -> int:
    if any(finding.layer == "syntax" for finding in report.findings):
        return 3
    counts = report.counts()
    return 1 if counts["error"] or (fail_on == "warning" and counts["warning"]) else 0


def _as_text(name: str, report: Report) -> str:
    counts = report.counts()
    verdict = "clean" if not report.findings else ("valid" if report.valid else "NOT VALID")
    lines = [
        f"{name}: {verdict} ({report.events} events, {counts['error']} errors, {counts['warning']} warnings)",
    ]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.rule, finding.message if finding.layer == "syntax" else ""), []).append(finding)
    order = {"error": 0, "warning": 1, "info": 2}
    for findings in sorted(groups.values(), key=lambda group: order[group[0].severity]):
        first = findings[0]
        lines.append(f"  {first.severity} {first.rule}" + (f" ({len(findings)} times)" if len(findings) > 1 else ""))
        for finding in findings[:_SHOWN]:
            where = str(Location(**{**finding.location.as_dict(), "file": None}))
            number = "" if finding.location.event_index is None else f"event {finding.location.event_index}"
            place = ", ".join(dict.fromkeys(part for part in (number, where) if part))
            lines.append(f"    {place + ': ' if place else ''}{finding.message}")
        if len(findings) > _SHOWN:
            lines.append(f"    … and {len(findings) - _SHOWN} more like these")
        if first.hint:
            lines.append(f"    What to do: {first.hint}")
    return "\n".join(lines) + "\n"
