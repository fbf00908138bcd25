"""``epcis-kit convert``: EPCIS to EPCIS.

Takes one document; gives it in another format or version. Guarantees: the output file appears only when all went well;
what the target cannot hold stops the conversion with a list of losses, unless ``--allow-loss`` says to go on, and then
each loss is told.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from epcis_kit.cli._inputs import expand
from epcis_kit.errors import DocumentError, EncodeError
from epcis_kit.findings import Finding, Location

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

__all__ = ["convert_command"]

_SHOWN = 20


@click.command("convert")
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--to", "format_", type=click.Choice(["json", "xml"]), help="Told by the name of OUT where not given.")
@click.option("--version", type=click.Choice(["2.0", "1.2"]), default="2.0", show_default=True)
@click.option(
    "--epcs", type=click.Choice(["urn", "digital-link"]), help="Spell GS1 keys this way; as they are without."
)
@click.option("--allow-loss", is_flag=True, help="Go on where the target cannot hold something, and list it.")
@click.option(
    "--naive-times", metavar="OFFSET", help="Meaning of times without a zone (1.x): an offset, or 'event-offset'."
)
@click.option("--json", "as_json", is_flag=True, help="Say what was done as one JSON object.")
def convert_command(
    *,
    source: str,
    target: str,
    format_: str | None,
    version: str,
    epcs: str | None,
    allow_loss: bool,
    naive_times: str | None,
    as_json: bool,
) -> None:
    """Turn one EPCIS document into another format or version.

    OUT may be - for standard output. Exit codes: 0 done, 1 something would be lost, 3 cannot be read.

    \b
    Example: epcis-kit convert shipment-1.2.xml shipment.json
    """
    from epcis_kit.codec import ReadOptions, convert  # noqa: PLC0415 - loaded when a document is read

    chosen = cast("Literal['json', 'xml']", format_ or _by_name(target, version))
    inputs = list(expand((source,)))
    if len(inputs) != 1:
        raise DocumentError(f"expected one document to convert, got {len(inputs)}", Location(file=source))
    goal: str | Path | IO[bytes] = sys.stdout.buffer if target == "-" else target
    spelling: dict[str, Any] = {} if epcs is None else {"epcs": epcs}
    try:
        report = convert(
            inputs[0].source,
            goal,
            format=chosen,
            version=version,
            allow_loss=allow_loss,
            options=ReadOptions(naive_times=naive_times, file=inputs[0].name),
            **spelling,
        )
    except EncodeError as error:
        click.echo(f"epcis-kit: {error}", err=True)
        _list([loss for loss in error.losses if isinstance(loss, Finding)])
        click.echo("Nothing was written. --allow-loss goes on without these.", err=True)
        sys.exit(1)
    if as_json:
        plain = {
            "events": report.events,
            "from": report.source_format,
            "to": report.target_format,
            "losses": [loss.as_dict() for loss in report.losses],
        }
        click.echo(json.dumps(plain, ensure_ascii=False), err=target == "-")
    else:
        click.echo(
            f"{report.events} events, {report.source_format or 'unknown'} to {report.target_format}, "
            f"{len(report.losses)} losses",
            err=True,
        )
        _list(list(report.losses))


def _by_name(target: str, version: str) -> str:
    name = target.removesuffix(".gz").lower()
    if name.endswith(".xml") or version != "2.0":
        return "xml"
    if name.endswith((".json", ".jsonld")):
        return "json"
    raise click.UsageError(f"Cannot tell the format from {target!r}: name it with --to json or --to xml.")


def _list(losses: list[Finding]) -> None:
    for loss in losses[:_SHOWN]:
        click.echo(f"  {loss}", err=True)
    if len(losses) > _SHOWN:
        click.echo(f"  … and {len(losses) - _SHOWN} more", err=True)
