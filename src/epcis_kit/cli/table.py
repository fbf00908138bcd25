"""``epcis-kit table``: EPCIS to a flat table.

Takes documents; gives one CSV file or spreadsheet that people can sort and filter. Guarantees: the output appears only
when every document was read; no cell is a formula; a bad event is told and the exit code says so.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from epcis_kit.cli._inputs import expand, naive_times_option
from epcis_kit.cli._progress import watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.findings import Finding

__all__ = ["table_command"]

_SHOWN = 10
_DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";"}


@click.command("table")
@click.argument("sources", metavar="IN...", nargs=-1, required=True)
@click.argument("target", metavar="OUT")
@click.option(
    "--layout",
    type=click.Choice(["objects", "events", "fsma204"]),
    default="objects",
    show_default=True,
    help="Ready columns: a row an object, a row an event, or the food traceability spreadsheet.",
)
@click.option(
    "--column", "columns", metavar="PATH", multiple=True, help="A column of your own; may be repeated. Title=PATH too."
)
@click.option("--rows", type=click.Choice(["object", "event"]), help="A row for each object or event.")
@click.option("--to", "format_", type=click.Choice(["csv", "xlsx"]), help="Told by the name of OUT where not given.")
@click.option("--delimiter", default="comma", show_default=True, help="comma, semicolon, tab or one character.")
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, for spreadsheets that need one.")
@click.option(
    "--masterdata",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="A document whose header describes products and places; may be repeated.",
)
@naive_times_option
@click.option("--json", "as_json", is_flag=True, help="Say what was done as one JSON object.")
def table_command(
    *,
    sources: tuple[str, ...],
    target: str,
    layout: str,
    columns: tuple[str, ...],
    rows: str | None,
    format_: str | None,
    delimiter: str,
    bom: bool,
    masterdata: tuple[str, ...],
    naive_times: str | None,
    as_json: bool,
) -> None:
    """Turn events into a flat table, CSV or XLSX.

    Texts that a spreadsheet would take for a formula get an apostrophe before them.

    Exit codes: 0 every event is in the table, 1 some could not be read, 2 a column does not exist, 3 a document cannot
    be read.

    \b
    Example: epcis-kit table shipments.xml shipments.csv
    Example: epcis-kit table inbox/ trace.xlsx --layout fsma204
    Example: epcis-kit table may.json may.csv --column eventTime --column "Order=bizTransactionList[type=po]"
    """
    from epcis_kit.codec import ReadOptions  # noqa: PLC0415
    from epcis_kit.tabular.flat import to_table  # noqa: PLC0415 - loaded when a table is written

    findings: list[Finding] = []
    report = to_table(
        _Documents(sources),
        sys.stdout.buffer if target == "-" else target,
        columns=columns or None,
        layout=layout,
        rows=cast("Literal['object', 'event'] | None", rows),
        format=cast("Literal['csv', 'xlsx'] | None", format_),
        delimiter=_DELIMITERS.get(delimiter, delimiter),
        bom=bom,
        master_data=masterdata,
        options=ReadOptions(naive_times=naive_times),
        problems=findings.append,
    )
    if as_json:
        body: dict[str, Any] = {"events": report.events, "rows": report.rows, "columns": list(report.columns)}
        body["findings"] = [finding.as_dict() for finding in findings]
        click.echo(json.dumps(body, ensure_ascii=False), err=target == "-")
    else:
        for finding in findings[:_SHOWN]:
            click.echo(str(finding), err=True)
        if len(findings) > _SHOWN:
            click.echo(f"… and {len(findings) - _SHOWN} more", err=True)
        click.echo(f"{report.events} events, {report.rows} rows, {len(report.columns)} columns", err=True)
    if any(finding.layer == "syntax" for finding in findings):
        sys.exit(3)
    sys.exit(1 if findings else 0)


class _Documents:
    """The documents of the command, one after another, each with its progress."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._sources = sources

    def __iter__(self) -> Iterator[Any]:
        for item in expand(self._sources):
            with watched(item) as source:
                yield source
