"""``epcis-kit hash``: the event hash of every event, and whether an event is what its ``ni:`` eventID says.

Takes documents; gives one line an event (hash, place, eventID), or one JSON object a document. Guarantees: a line for
every event, with its number in the document, also where an event before it cannot be read; what was left out by
``--ignore`` is said beside each hash; a document that cannot be read does not stop the others. With ``--write`` it
gives the document instead, in its own format, with the hash as ``eventID`` of each event that had none; other events
and everything else in it stay as they are, and what cannot be written stops it.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from epcis_kit.cli._inputs import expand, naive_times_option, paths_argument
from epcis_kit.cli._progress import counted
from epcis_kit.errors import DocumentError
from epcis_kit.hashing import ALGORITHMS, VERSIONS, event_hash, is_event_hash, matching_version, prehash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.cli._inputs import Input
    from epcis_kit.findings import Finding
    from epcis_kit.model import Event

__all__ = ["hash_command"]

_EXIT: Final = {"match": 0, "none": 0, "mismatch": 1, "unknown": 3, "unreadable": 3}


@click.command("hash")
@paths_argument
@click.option("--prehash", "with_prehash", is_flag=True, help="Show the canonical text that is hashed, item by item.")
@click.option("--check", is_flag=True, help="Compare eventIDs of the form ni: with recomputed ones.")
@click.option(
    "--version",
    type=click.Choice(VERSIONS),
    help="Version of the hash: CBV2.0 where not given; --check tries them all.",
)
@click.option("--algorithm", type=click.Choice(tuple(ALGORITHMS)), default="sha-256", show_default=True)
@click.option(
    "--ignore", multiple=True, metavar="NAMESPACE", help="Leave out extensions of this namespace. May be repeated."
)
@naive_times_option
@click.option("--write", is_flag=True, help="Write the document with the hash as eventID of events that have none.")
@click.option("-o", "--output", metavar="FILE", help="With --write: where to; standard output if not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a document.")
def hash_command(
    *,
    paths: tuple[str, ...],
    with_prehash: bool,
    check: bool,
    version: str | None,
    algorithm: str,
    ignore: tuple[str, ...],
    naive_times: str | None,
    write: bool,
    output: str | None,
    as_json: bool,
) -> None:
    """Show the hash of each event, an identity that does not depend on format, order or spelling.

    Exit codes: 0 done, 1 an eventID is not the hash of its event (--check), 3 something cannot be read or compared.

    \b
    Example: epcis-kit hash shipment.json --check
    """
    if write:
        if check or with_prehash or as_json:
            raise click.UsageError("--write goes with --version, --algorithm, --ignore and --naive-times only.")
        _write(
            paths, output, {"version": version or VERSIONS[0], "algorithm": algorithm, "ignore": ignore}, naive_times
        )
        return
    if output is not None:
        raise click.UsageError("--output goes with --write.")
    run = _Run(with_prehash=with_prehash, check=check, version=version, algorithm=algorithm, ignore=ignore)
    worst = 0
    compared = False
    for name, entries in _documents(paths, naive_times, run):
        shown: list[dict[str, Any]] = []
        for entry in entries:
            verdict = entry.get("check") or ("unreadable" if "error" in entry else "match")
            worst = max(worst, _EXIT[verdict])
            compared = compared or entry.get("check") in {"match", "mismatch"}
            if as_json:
                shown.append(entry)
            else:
                _show(name, entry, ignore)
        if as_json:
            plain = {
                "file": name,
                "version": version or VERSIONS[0],
                "algorithm": algorithm,
                "ignored": list(ignore),
                "events": [entry for entry in shown if "index" in entry],
                "errors": [entry["error"] for entry in shown if "index" not in entry],
            }
            click.echo(json.dumps(plain, ensure_ascii=False))
    if check and not compared and worst == 0:
        click.echo("epcis-kit: no event has an eventID of the form ni:///…?ver=CBV…: nothing was compared.", err=True)
        worst = 3
    sys.exit(worst)


class _Run:
    """The choices of one call, and what they make of an event."""

    def __init__(
        self, *, with_prehash: bool, check: bool, version: str | None, algorithm: str, ignore: tuple[str, ...]
    ) -> None:
        self._with_prehash = with_prehash
        self._check = check
        self._version = version or VERSIONS[0]
        self._tried = VERSIONS if version is None else (version,)
        self._algorithm = algorithm
        self._ignore = ignore

    def entry(self, index: int, event: Event, prefixes: tuple[tuple[str, str], ...] | None) -> dict[str, Any]:
        """What is told about an event; ``prefixes`` are those that its document declares, if it is JSON."""
        choices: dict[str, Any] = {"version": self._version, "ignore": self._ignore, "json_prefixes": prefixes}
        entry: dict[str, Any] = {
            "index": index,
            "type": event.type,
            "eventID": event.event_id,
            "hash": event_hash(event, algorithm=self._algorithm, **choices),
        }
        if self._with_prehash:
            entry["prehash"] = prehash(event, join="\n", **choices)
        if self._check:
            entry |= self._checked(event, prefixes)
        return entry

    def _checked(self, event: Event, prefixes: tuple[tuple[str, str], ...] | None) -> dict[str, Any]:
        uri = event.event_id or ""
        if not uri.startswith("ni:"):
            return {"check": "none"}
        if not is_event_hash(uri):
            return {"check": "unknown"}
        matched = matching_version(event, uri, versions=self._tried, ignore=self._ignore, json_prefixes=prefixes)
        return {"check": "mismatch"} if matched is None else {"check": "match", "matched": matched}


def _write(paths: tuple[str, ...], output: str | None, choices: dict[str, Any], naive_times: str | None) -> None:
    from epcis_kit.codec import ReadOptions, open_reader, open_writer  # noqa: PLC0415 - loaded when a document is read
    from epcis_kit.codec.documents import replacing  # noqa: PLC0415

    items = list(expand(paths))
    if len(items) != 1:
        raise click.UsageError(f"--write takes one document, got {len(items)}.")
    options = ReadOptions(naive_times=naive_times, file=items[0].name)
    total = given = 0
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(contextlib.closing(open_reader(items[0].source, options, whole_head=True)))
        events = reader.events()
        first = next(events, None)
        head = reader.head()
        form, _, edition = (head.source_format or "json 2.0").partition(" ")
        to_screen = output in {None, "-"}
        target: Any = io.BytesIO() if to_screen else stack.enter_context(replacing(str(output)))
        writer = open_writer(
            target,
            head,
            format="xml" if form == "xml" else "json",
            version="1.2" if edition.startswith("1.") else "2.0",
        )
        json_prefixes = head.namespaces if form == "json" else None
        for event in counted(() if first is None else itertools.chain((first,), events), items[0].name):
            total += 1
            if event.event_id is None:
                given += 1
                uri = event_hash(event, json_prefixes=json_prefixes, **choices)
                writer.write(event.model_copy(update={"event_id": uri}))
            else:
                writer.write(event)
        writer.close(reader.head())
        if to_screen:
            sys.stdout.buffer.write(target.getvalue())
    click.echo(f"{total} events, {given} given an eventID", err=True)


def _documents(
    paths: tuple[str, ...], naive_times: str | None, run: _Run
) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    for path in paths:
        try:
            for item in expand((path,)):
                yield item.name, _entries(item, naive_times, run)
        except DocumentError as error:
            yield path, iter([{"error": error.reason}])
        except OSError as error:
            yield path, iter([{"error": str(error.strerror or error)}])


def _entries(item: Input, naive_times: str | None, run: _Run) -> Iterator[dict[str, Any]]:
    from epcis_kit.codec import ReadOptions, open_reader  # noqa: PLC0415 - loaded when a document is read

    bad: dict[int, str] = {}
    faults: list[str] = []

    def problem(finding: Finding) -> None:
        number = finding.location.event_index
        if number is None:
            faults.append(finding.message)
        else:
            bad.setdefault(number, finding.message)

    options = ReadOptions(naive_times=naive_times, file=item.name)
    index = 0
    try:
        with contextlib.closing(open_reader(item.source, options, problem)) as reader:
            source = ""
            prefixes: tuple[tuple[str, str], ...] | None = None
            for event in counted(reader.events(), item.name):
                if not source:  # the first event: what stands before the events is known now
                    head = reader.head()
                    source = head.source_format or "unknown"
                    prefixes = head.namespaces if source.startswith("json") else None
                while index in bad:
                    yield {"index": index, "error": bad[index]}
                    index += 1
                yield run.entry(index, event, prefixes)
                index += 1
        yield from ({"index": number, "error": bad[number]} for number in sorted(bad) if number >= index)
        yield from ({"error": fault} for fault in faults)
    except DocumentError as error:
        yield {"error": str(error)}
    except OSError as error:
        yield {"error": str(error.strerror or error)}


def _show(name: str, entry: dict[str, Any], ignore: tuple[str, ...]) -> None:
    place = f"{name}#{entry['index']}" if "index" in entry else name
    if "error" in entry:
        click.echo(f"epcis-kit: {place}: {entry['error']}", err=True)
        return
    words = [entry["hash"], place, entry["eventID"] or "-"]
    if "check" in entry:
        words.append(_VERDICTS[entry["check"]].format(entry.get("matched")))
    if ignore:
        words.append(f"without {', '.join(ignore)}")
    click.echo("  ".join(words))
    if "prehash" in entry:
        click.echo("".join(f"    {line}\n" for line in entry["prehash"].split("\n")), nl=False)


_VERDICTS: Final = {
    "match": "matches ({})",
    "mismatch": "DOES NOT MATCH",
    "unknown": "cannot be compared: unknown algorithm or version",
    "none": "no hash to compare",
}
