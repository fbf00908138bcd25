"""``epcis-kit csv``: a legacy table to EPCIS, by a mapping file.

Takes a CSV file and a mapping; gives an EPCIS document, a file of the rows that could not be used, and a count of every
row. Guarantees: the output appears only when the table was read to its end; rows in = rows used + rows rejected.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from epcis_kit.cli._progress import counted
from epcis_kit.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from epcis_kit.model import Event
    from epcis_kit.tabular import TableRun

__all__ = ["csv_command"]

_SHOWN = 10


@click.command("csv")
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.argument("target", metavar="OUT")
@click.option("--map", "mapping", required=True, type=click.Path(exists=True, dir_okay=False), help="Mapping file.")
@click.option("--to", "format_", type=click.Choice(["json", "xml"]), help="Told by the name of OUT where not given.")
@click.option("--version", type=click.Choice(["2.0", "1.2"]), default="2.0", show_default=True)
@click.option(
    "--rejects", type=click.Path(dir_okay=False), help="Write the findings of bad rows here, one JSON a line."
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@click.option("--json", "as_json", is_flag=True, help="Say what was done as one JSON object.")
def csv_command(
    *,
    source: str,
    target: str,
    mapping: str,
    format_: str | None,
    version: str,
    rejects: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Turn a table into EPCIS events.

    IN and OUT may be - for standard input and output; a table packed with gzip is unpacked.

    Exit codes: 0 every row was used, 1 some rows were rejected, 2 the mapping is wrong, 3 the table cannot be read.

    \b
    Example: epcis-kit csv farm.csv farm.json --map farm.yaml
    """
    from epcis_kit.codec.sources import open_source  # noqa: PLC0415 - loaded when a table is read
    from epcis_kit.tabular import convert_table, load_mapping  # noqa: PLC0415

    plan = load_mapping(mapping)
    table = open_source(sys.stdin.buffer if source == "-" else source, file=source)
    click.get_current_context().call_on_close(table.close)
    run = convert_table(cast("IO[bytes]", table), plan)
    findings: list[Finding] = []
    if dry_run:
        for index, event in enumerate(_events(run, findings)):
            if index < 3:
                plain = event.model_dump_json(by_alias=True, exclude_defaults=True, exclude={"extensions"})
                click.echo(f"{event.type}: {plain}")
        count = run.used
    else:
        count = _write(run, target, cast("Literal['json', 'xml']", format_ or _by_name(target)), version, findings)
    if rejects is not None:
        with open(rejects, "w", encoding="utf-8") as stream:  # noqa: PTH123 - the user's own path, as given
            stream.writelines(json.dumps(finding.as_dict(), ensure_ascii=False) + "\n" for finding in findings)
    summary: dict[str, Any] = {"rows": run.rows, "used": run.used, "rejected": run.rejected}
    if as_json:
        body = {**summary, "findings": [finding.as_dict() for finding in findings]}
        click.echo(json.dumps(body, ensure_ascii=False), err=target == "-")
    else:
        for finding in findings[:_SHOWN]:
            click.echo(str(finding), err=True)
        if len(findings) > _SHOWN:
            click.echo(f"… and {len(findings) - _SHOWN} more rejected rows", err=True)
        click.echo(f"{run.rows} rows = {run.used} used + {run.rejected} rejected", err=True)
    sys.exit(1 if run.rejected or not count else 0)


def _events(run: TableRun, findings: list[Finding]) -> Iterator[Event]:
    for item in counted(run, "reading", unit="items"):
        if isinstance(item, Finding):
            findings.append(item)
        else:
            yield item


def _write(run: TableRun, target: str, format_: Literal["json", "xml"], version: str, findings: list[Finding]) -> int:
    from epcis_kit.codec import open_writer  # noqa: PLC0415 - loaded when a document is written
    from epcis_kit.codec.documents import replacing  # noqa: PLC0415
    from epcis_kit.model import Document, Timestamp  # noqa: PLC0415

    events = _events(run, findings)
    first = next(events, None)
    head = Document(
        namespaces=run.mapping.namespaces,
        creation_date=Timestamp.from_epoch_us(_now_us()),
    )
    opened = contextlib.nullcontext(sys.stdout.buffer) if target == "-" else replacing(target)
    count = 0
    with opened as stream:
        writer = open_writer(stream, head, format=format_, version=version)
        while first is not None:
            writer.write(first)
            count += 1
            first = next(events, None)
        writer.close()
    return count


def _now_us() -> int:
    import time  # noqa: PLC0415 - the clock is read here and nowhere below

    return time.time_ns() // 1_000_000 * 1000


def _by_name(target: str) -> str:
    name = target.removesuffix(".gz").lower()
    if name.endswith(".xml"):
        return "xml"
    if name.endswith((".json", ".jsonld")):
        return "json"
    raise click.UsageError(f"Cannot tell the format from {target!r}: name it with --to json or --to xml.")
