"""``epcis-kit csv``: a legacy table to EPCIS, by a mapping file.

Takes a table (CSV, XLSX, JSON lines) and a mapping; gives EPCIS documents, a file of the rows that could not be used,
a log of repaired values, and a count of every row. Guarantees: the output appears only when the table was read to its
end; rows in = rows used + rows rejected; a run that was killed can be resumed and ends with the same bytes; what was
written is checked by the profile that the mapping names.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from epcis_kit.errors import shorten

if TYPE_CHECKING:
    from epcis_kit.findings import Report
    from epcis_kit.model import Timestamp
    from epcis_kit.tabular import Mapping, TableRun
    from epcis_kit.tabular.running import Plan, Summary

__all__ = ["csv_command"]

_SHOWN: Final = 10
_INTERVAL: Final = 0.2
_ENDINGS: Final = {".xml": "xml", ".json": "json", ".jsonld": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class _Limit(click.ParamType[Any]):
    """A count of rows, or a share of them in per cent."""

    name = "N|N%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = str(value)
        digits = text.removesuffix("%")
        if not (digits.isascii() and digits.replace(".", "", 1).isdigit()) or (digits == text and "." in digits):
            self.fail(f"expected a count such as 100 or a share such as 1%, got {shorten(text)}.", param, ctx)
        return (None, float(digits) / 100) if digits != text else (int(digits), None)


@click.command("csv")
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.argument("target", metavar="OUT")
@click.option("--map", "mapping", required=True, type=click.Path(exists=True, dir_okay=False), help="Mapping file.")
@click.option(
    "--to", "format_", type=click.Choice(["json", "jsonl", "xml"]), help="Told by the name of OUT where not given."
)
@click.option("--version", type=click.Choice(["2.0", "1.2"]), help="That of the mapping where not given, else 2.0.")
@click.option("--rejects", type=click.Path(dir_okay=False), help="Write bad rows here, with reasons, to be mended.")
@click.option("--repairs", type=click.Path(dir_okay=False), help="Write a log of repaired values here.")
@click.option("--max-errors", type=_Limit(), help="Stop where more rows are rejected; a count or a share.")
@click.option("--split-size", type=click.IntRange(1), metavar="N", help="At most N events a file.")
@click.option("--split-by", metavar="WHAT", help="A file for each partner, sender, or value of a path of JSON names.")
@click.option("--profile", help="Check the result by this rule set; that of the mapping where not given.")
@click.option("--no-check", is_flag=True, help="Do not check the result, whatever the mapping says.")
@click.option(
    "--creation-date", metavar="TIME", help="When the document was made; the time of the table's last change by itself."
)
@click.option(
    "--same",
    type=click.Path(exists=True, dir_okay=False),
    help="The workbook with the look-ups of the mapping, where IN has its rejected rows.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@click.option("--resume", is_flag=True, help="Go on where a run that was killed stopped.")
@click.option("--json", "as_json", is_flag=True, help="Say what was done as one JSON object.")
def csv_command(
    *,
    source: str,
    target: str,
    mapping: str,
    format_: str | None,
    version: str | None,
    rejects: str | None,
    repairs: str | None,
    max_errors: tuple[int | None, float | None] | None,
    split_size: int | None,
    split_by: str | None,
    profile: str | None,
    no_check: bool,
    creation_date: str | None,
    same: str | None,
    dry_run: bool,
    resume: bool,
    as_json: bool,
) -> None:
    """Turn a table into EPCIS events.

    IN and OUT may be - for standard input and output; a table packed with gzip is unpacked.

    Exit codes: 0 every row was used, 1 some rows were rejected or the check found errors, 2 the mapping is wrong, 3 the
    table cannot be read or too many rows were rejected.

    \b
    Example: epcis-kit csv farm.csv farm.json --map farm.yaml
    Example: epcis-kit csv farm.xlsx farm.json --map farm.yaml --rejects rejects.csv --max-errors 1%
    """
    from epcis_kit.codec.sources import open_source  # noqa: PLC0415 - loaded when a table is read
    from epcis_kit.tabular import load_mapping  # noqa: PLC0415
    from epcis_kit.tabular.outputs import Form, split_column  # noqa: PLC0415
    from epcis_kit.tabular.running import Plan, run_table  # noqa: PLC0415

    if resume and (target == "-" or source == "-"):
        raise click.UsageError(
            "--resume needs a file to read and a file to write: standard input cannot be read again."
        )
    if target == "-" and (split_size is not None or split_by is not None):
        raise click.UsageError(
            "Several files cannot go to standard output: name a file that the others are named after."
        )
    loaded = load_mapping(mapping)
    said = version or loaded.version or "2.0"
    form = Form(_format(format_, target, said, dry_run=dry_run), said)
    limit = loaded.on_error
    count, share = max_errors or (limit.max_count, limit.max_share)
    log = rejects or (None if dry_run else limit.file)
    plan = Plan(
        target=None if dry_run else (sys.stdout.buffer if target == "-" else Path(target)),
        form=form,
        creation_date=_created(creation_date, source),
        rejects=None if log is None or dry_run else Path(log),
        repairs=None if repairs is None or dry_run else Path(repairs),
        max_errors=count,
        max_share=share,
        split_size=split_size,
        split_by=None if split_by is None else split_column(split_by),
        resume=resume,
        profile=None if no_check or dry_run else profile or loaded.profile,
        same=None if same is None else Path(same),
    )
    given: Any = Path(source)
    if source == "-":
        given = open_source(sys.stdin.buffer, file="-")
        click.get_current_context().call_on_close(given.close)
    try:
        summary = run_table(given, loaded, plan, _Progress(source) if sys.stderr.isatty() else None)
    except KeyboardInterrupt:
        click.echo("\nStopped; --resume goes on from the last checkpoint.", err=True)
        sys.exit(130)
    finally:
        _Progress.clear()
    fail_on = loaded.fail_on or "error"
    if as_json:
        click.echo(json.dumps(_as_dict(summary), ensure_ascii=False), err=target == "-" and not dry_run)
    else:
        _say(summary, plan, loaded, target, dry_run=dry_run)
    bad = any(_fails(report, fail_on) for _, report in summary.checks)
    sys.exit(1 if summary.rejected or not summary.events or bad else 0)


def _format(format_: str | None, target: str, version: str, *, dry_run: bool) -> Any:
    found = format_
    if found is None:
        name = target.removesuffix(".gz").lower()
        found = next((kind for ending, kind in _ENDINGS.items() if name.endswith(ending)), None)
        if found is None and version == "1.2":
            found = "xml"
        if found is None and dry_run:
            found = "json"
    if found is None:
        raise click.UsageError(f"Cannot tell the format from {target!r}: name it with --to json, jsonl or xml.")
    if found != "xml" and version == "1.2":
        raise click.UsageError("EPCIS 1.2 is XML: use --to xml, or --version 2.0.")
    return found


def _created(given: str | None, source: str) -> Timestamp:
    """When the document was made; a table that is read twice gives the same bytes twice."""
    from epcis_kit.model import Timestamp  # noqa: PLC0415 - loaded when a document is written

    if given is not None:
        try:
            return Timestamp.parse(given)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    if source != "-":
        status = Path(source).stat()
        return Timestamp.from_epoch_us(status.st_mtime_ns // 1_000_000 * 1000)
    return Timestamp.from_epoch_us(time.time_ns() // 1_000_000 * 1000)


class _Progress:
    """A line on the terminal: how far, how fast, how long."""

    shown = 0.0

    def __init__(self, name: str) -> None:
        self._name = name
        self._start = time.monotonic()
        self._first: tuple[float, int] | None = None

    def __call__(self, run: TableRun, summary: Summary) -> None:
        now = time.monotonic()
        if now - _Progress.shown < _INTERVAL:
            return
        _Progress.shown = now
        took = max(now - self._start, 1e-6)
        text = f"{self._name}: {summary.rows:,} rows, {run.rows / took:,.0f} a second"
        done, total = run.position
        if done and total:
            self._first = self._first or (now, done)
            share = min(done / total, 1)
            since, moved = now - self._first[0], done - self._first[1]
            left = f", about {(total - done) * since / moved:.0f} s left" if moved > 0 else ""
            text += f", {share:.0%}{left}"
        if summary.rejected:
            text += f", {summary.rejected:,} rejected"
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()

    @classmethod
    def clear(cls) -> None:
        """Leave the line empty."""
        if cls.shown:
            sys.stderr.write("\r\x1b[2K")
            cls.shown = 0.0


def _say(summary: Summary, plan: Plan, mapping: Mapping, target: str, *, dry_run: bool) -> None:
    if dry_run:
        from epcis_kit.tabular.explain_text import event_json  # noqa: PLC0415 - only where events are shown

        for event in summary.shown:
            click.echo(f"{event.type}: {event_json(event, mapping.namespaces)}")
    if summary.resumed_at is not None:
        click.echo(f"resumed at row {summary.resumed_at}", err=True)
    for finding in summary.findings[:_SHOWN]:
        click.echo(str(finding), err=True)
    total = summary.rejected + summary.repaired
    if total > _SHOWN and len(summary.findings) > _SHOWN:
        click.echo(f"… and {total - _SHOWN:,} more: --rejects and --repairs write them all", err=True)
    if dry_run:
        where = "standard output" if target == "-" else target
        kind = "JSON lines" if plan.form.format == "jsonl" else f"EPCIS {plan.form.version} {plan.form.format.upper()}"
        click.echo(f"would write {summary.events:,} events to {where} ({kind})", err=True)
    if len(summary.outputs) > 1:
        names = ", ".join(path.name for path in summary.outputs[:3])
        more = f" and {len(summary.outputs) - 3:,} more" if len(summary.outputs) > 3 else ""
        click.echo(f"{summary.events:,} events in {len(summary.outputs):,} files: {names}{more}", err=True)
    for path, report in summary.checks:
        counts = report.counts()
        verdict = "valid" if report.valid else "NOT VALID"
        click.echo(
            f"{path}: {verdict} by {report.profile} ({counts['error']} errors, {counts['warning']} warnings)", err=True
        )
        for finding in [each for each in report.findings if each.severity == "error"][:_SHOWN]:
            click.echo(f"  {finding}", err=True)
    if summary.rejected and summary.rejects is not None:
        click.echo(f"rejected rows are in {summary.rejects}: mend them and run it with the same mapping", err=True)
    words = [f"{summary.rows} rows = {summary.used} used + {summary.rejected} rejected"]
    if summary.filtered:
        words.append(f"{summary.filtered} of the used were left out by the mapping")
    if summary.repaired:
        words.append(f"{summary.repaired} values repaired")
    click.echo("; ".join(words), err=True)


def _fails(report: Report, fail_on: str) -> bool:
    counts = report.counts()
    return bool(counts["error"] or (fail_on == "warning" and counts["warning"]))


def _as_dict(summary: Summary) -> dict[str, Any]:
    return {
        "rows": summary.rows,
        "used": summary.used,
        "rejected": summary.rejected,
        "filtered": summary.filtered,
        "repaired": summary.repaired,
        "events": summary.events,
        "outputs": [str(path) for path in summary.outputs],
        "resumed_at": summary.resumed_at,
        "checks": [{"file": str(path), **report.as_dict()} for path, report in summary.checks],
        "findings": [finding.as_dict() for finding in summary.findings],
    }
