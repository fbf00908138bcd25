"""``epcis-kit convert``: EPCIS to EPCIS.

Takes one document and a file, or several documents and a folder; gives them in another format or version. Guarantees:
an output file appears only when all of its document went well; what the target cannot hold stops that document with a
list of losses, unless ``--allow-loss`` says to go on, and then each loss is told; the other documents go on, and the
exit code is that of the worst.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from epcis_kit.cli._inputs import Input, expand, naive_times_option
from epcis_kit.cli._progress import watched
from epcis_kit.errors import DocumentError, EncodeError
from epcis_kit.findings import Finding, Location

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from epcis_kit.codec import ReadOptions

__all__ = ["convert_command"]

_SHOWN = 20
_SUFFIXES = (".gz", ".xml", ".jsonld", ".jsonl", ".json")


@click.command("convert")
@click.argument("sources", metavar="IN...", nargs=-1, required=True)
@click.argument("target", metavar="OUT")
@click.option("--to", "format_", type=click.Choice(["json", "xml"]), help="Told by the name of OUT where not given.")
@click.option("--version", type=click.Choice(["2.0", "1.2"]), default="2.0", show_default=True)
@click.option(
    "--epcs",
    type=click.Choice(["as-is", "urn", "digital-link"]),
    default="as-is",
    show_default=True,
    help="How GS1 keys are spelt.",
)
@click.option("--gcp-length", type=click.IntRange(6, 12), help="Length of company prefixes for --epcs urn.")
@click.option("--cbv", type=click.Choice(["urn", "web"]), help="How CBV words are spelt in XML 2.0; urn if not given.")
@click.option("--indent", type=click.IntRange(0, 8), help="Spaces a level; one event a line without.")
@click.option("--allow-loss", is_flag=True, help="Go on where the target cannot hold something, and list it.")
@click.option("--check", is_flag=True, help="Check what was written, as validate does.")
@click.option("--resign", metavar="KEY", help="Sign what was written: PEM, PKCS#12, or env:NAME.")
@click.option("--resign-profile", metavar="NAME", help="The kind of signature; told by the format where not given.")
@click.option("--trust", multiple=True, metavar="FILE", help="With --resign: whom to believe about the old signature.")
@click.option("--passphrase-env", metavar="VARIABLE", help="The environment variable with the passphrase of the key.")
@naive_times_option
@click.option("--json", "as_json", is_flag=True, help="Say what was done as one JSON object a document.")
def convert_command(
    *,
    sources: tuple[str, ...],
    target: str,
    format_: str | None,
    version: str,
    epcs: str,
    gcp_length: int | None,
    cbv: str | None,
    indent: int | None,
    allow_loss: bool,
    check: bool,
    resign: str | None,
    resign_profile: str | None,
    trust: tuple[str, ...],
    passphrase_env: str | None,
    naive_times: str | None,
    as_json: bool,
) -> None:
    """Turn EPCIS documents into another format or version.

    Several documents, folders or archives go into a folder OUT; one document goes into a file OUT, or to standard
    output where OUT is -. A signature does not survive: it is a named loss, or with --resign its verdict goes on
    record in OUT.conversion.jwt and a new one is made.

    Exit codes: 0 done, 1 something would be lost or --check found errors, 3 cannot be read.

    \b
    Example: epcis-kit convert shipment-1.2.xml shipment.json
    Example: epcis-kit convert inbox/ outbox/ --to xml --version 1.2 --allow-loss
    """
    into_folder = target != "-" and _wants_folder(sources, target)
    chosen = format_ or (None if into_folder else _by_name(target, version))
    if chosen is None:
        raise click.UsageError("Name the format of the documents in the folder: --to json or --to xml.")
    if chosen == "json" and version != "2.0":
        raise click.UsageError("EPCIS 1.2 is XML: use --to xml, or --version 2.0.")
    if cbv is not None and (chosen, version) != ("xml", "2.0"):
        known = "JSON has bare words" if chosen == "json" else "EPCIS 1.2 has URNs"
        raise click.UsageError(f"--cbv is for XML 2.0; {known}.")
    spelling: dict[str, Any] = {} if epcs == "as-is" else {"epcs": epcs}
    spelling |= {} if gcp_length is None else {"gcp_length": gcp_length}
    spelling |= {} if cbv is None else {"cbv": cbv}
    spelling |= {} if indent is None else {"indent": indent}
    if resign is None and (resign_profile or trust or passphrase_env):
        raise click.UsageError("--resign-profile, --trust and --passphrase-env go with --resign.")
    if resign is not None and target == "-":
        raise click.UsageError("--resign writes several files: OUT cannot be standard output.")
    job = _Job(cast("Literal['json', 'xml']", chosen), version, allow_loss, check, naive_times, spelling)
    if resign is not None:
        job.resigning = _resigning(resign, resign_profile, trust, passphrase_env)
    worst = 0
    for item, goal in _pairs(sources, target, job.suffix, into_folder=into_folder):
        result = {"file": str(item), "error": goal} if isinstance(goal, str) else job.run(cast("Input", item), goal)
        _say(result, as_json=as_json, named=into_folder, err=target == "-" or not as_json)
        worst = max(worst, _exit_code(result))
    sys.exit(worst)


def _resigning(key: str, profile: str | None, trust: tuple[str, ...], passphrase_env: str | None) -> dict[str, Any]:
    """What signing again needs, read once."""
    from epcis_kit.cli.sign import load_key  # noqa: PLC0415 - loaded when something is signed
    from epcis_kit.signing import TrustStore  # noqa: PLC0415

    return {"key": load_key(key, passphrase_env), "profile": profile, "trust": TrustStore.load(list(trust))}


class _Job:
    """One conversion after another, with the same choices."""

    resigning: dict[str, Any] | None = None

    def __init__(  # noqa: PLR0917 - the choices of the command, in their order
        self,
        format_: Literal["json", "xml"],
        version: str,
        allow_loss: bool,
        check: bool,
        naive_times: str | None,
        spelling: dict[str, Any],
    ) -> None:
        self.format = format_
        self.version = version
        self.allow_loss = allow_loss
        self.check = check
        self.naive_times = naive_times
        self.spelling = spelling
        self.suffix = f".{format_}"

    def options(self, name: str) -> ReadOptions:
        from epcis_kit.codec import ReadOptions  # noqa: PLC0415

        return ReadOptions(naive_times=self.naive_times, file=name)

    def run(self, item: Input, goal: Path | IO[bytes]) -> dict[str, Any]:
        """Convert one document; the result says what was done, lost or wrong."""
        from epcis_kit.codec import convert  # noqa: PLC0415

        result: dict[str, Any] = {"file": item.name}
        if isinstance(goal, Path):
            result["output"] = str(goal)
        try:
            if self.resigning is not None:
                return result | self._resigned(item, cast("Path", goal), self.resigning)
            with watched(item) as source:
                report = convert(
                    source,
                    goal,
                    format=self.format,
                    version=self.version,
                    allow_loss=self.allow_loss,
                    options=self.options(item.name),
                    **self.spelling,
                )
        except EncodeError as error:
            losses = [loss.as_dict() for loss in error.losses if isinstance(loss, Finding)]
            return {"file": item.name, "refused": str(error), "losses": losses}
        except DocumentError as error:
            return {"file": item.name, "error": str(error)}
        except OSError as error:
            return {"file": item.name, "error": f"{error.filename or item.name}: {error.strerror or error}"}
        result |= {
            "events": report.events,
            "from": report.source_format,
            "to": report.target_format,
            "losses": [loss.as_dict() for loss in report.losses],
            "remarks": [remark.as_dict() for remark in report.remarks],
        }
        if self.check and isinstance(goal, Path):
            from epcis_kit.validate import check  # noqa: PLC0415 - loads the rules

            result["check"] = check(goal).as_dict()
        return result

    def _resigned(self, item: Input, goal: Path, resigning: dict[str, Any]) -> dict[str, Any]:
        """Convert one document and sign it; the result says what the old signature was."""
        from epcis_kit.codec.documents import replacing  # noqa: PLC0415 - loaded when something is written
        from epcis_kit.signing.resigning import resign  # noqa: PLC0415

        made = resign(
            item.source,
            format=self.format,
            version=self.version,
            allow_loss=self.allow_loss,
            options=self.options(item.name),
            **resigning,
            **self.spelling,
        )
        for path, data in made.files(goal).items():
            with replacing(path) as stream:
                stream.write(data)
        result: dict[str, Any] = {
            "events": made.report.events,
            "from": made.report.source_format,
            "to": made.report.target_format,
            "losses": [loss.as_dict() for loss in made.report.losses],
            "signature": {"was": made.was.status, "profile": made.signed.profile},
        }
        if self.check:
            from epcis_kit.validate import check  # noqa: PLC0415 - loads the rules

            result["check"] = check(made.document).as_dict()
        return result


def _pairs(
    sources: tuple[str, ...], target: str, suffix: str, *, into_folder: bool
) -> Iterator[tuple[Input | str, Path | IO[bytes] | str]]:
    """Each document with its output; a source that cannot be read comes with its error instead."""
    taken: set[str] = set()
    for source in sources:
        try:
            items = expand((source,))
            if into_folder:
                for item in items:
                    Path(target).mkdir(exist_ok=True)
                    yield item, Path(target) / _free_name(item.name, suffix, taken)
            else:
                first, *others = itertools.islice(items, 2)
                if others:
                    yield source, f"{source}: expected one document for one output file, got several; name a folder/"
                else:
                    yield first, sys.stdout.buffer if target == "-" else Path(target)
        except DocumentError as error:
            yield source, str(error)
        except OSError as error:
            yield source, f"{error.filename or source}: {error.strerror or error}"


def _wants_folder(sources: tuple[str, ...], target: str) -> bool:
    """Whether the documents go into a folder: several do, and what is called like one takes one too."""
    if len(sources) > 1 or target.endswith(("/", os.sep)) or Path(target).is_dir() or Path(sources[0]).is_dir():
        return True
    return sources[0].lower().endswith(".zip") and not target.lower().endswith(_SUFFIXES)


def _free_name(name: str, suffix: str, taken: set[str]) -> str:
    """A name in the output folder that no other document has."""
    stem = Path(name).name
    for ending in _SUFFIXES:
        stem = stem.removesuffix(ending)
    number, found = 1, f"{stem}{suffix}"
    while found in taken:
        number += 1
        found = f"{stem}-{number}{suffix}"
    taken.add(found)
    return found


def _by_name(target: str, version: str) -> str:
    name = target.removesuffix(".gz").lower()
    if name.endswith(".xml") or version != "2.0":
        return "xml"
    if name.endswith((".json", ".jsonld")):
        return "json"
    raise click.UsageError(f"Cannot tell the format from {target!r}: name it with --to json or --to xml.")


def _exit_code(result: dict[str, Any]) -> int:
    if "error" in result:
        return 3
    return 1 if "refused" in result or not result.get("check", {"valid": True})["valid"] else 0


def _say(result: dict[str, Any], *, as_json: bool, named: bool, err: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False), err=err)
        return
    if "error" in result:
        click.echo(f"epcis-kit: {result['error']}", err=True)
        return
    if "refused" in result:
        click.echo(f"epcis-kit: {result['refused']}", err=True)
        _list(result["losses"], err=True)
        click.echo("Nothing was written. --allow-loss goes on without these.", err=True)
        return
    click.echo(
        f"{result['file'] + ': ' if named else ''}{result['events']} events, "
        f"{result['from'] or 'unknown'} to {result['to']}, {len(result['losses'])} losses",
        err=err,
    )
    _list(result["losses"], err=err)
    for remark in result.get("remarks", ()):
        click.echo(f"  {remark['rule']}: {remark['message']}", err=err)
    if "signature" in result:
        was = result["signature"]["was"]
        click.echo(f"  signed again ({result['signature']['profile']}); the old signature was {was}", err=err)
    for finding in result.get("check", {"findings": ()})["findings"][:_SHOWN]:
        click.echo(f"  check: {finding['severity']} {finding['rule']}: {finding['message']}", err=err)


def _list(losses: list[dict[str, Any]], *, err: bool) -> None:
    for loss in losses[:_SHOWN]:
        where = str(Location(**{**loss["location"], "file": None}))
        click.echo(f"  {loss['rule']}{' at ' + where if where else ''}: {loss['message']}", err=err)
    if len(losses) > _SHOWN:
        click.echo(f"  … and {len(losses) - _SHOWN} more", err=err)
