"""``epcis-kit capture``: documents into a store.

Takes a store and documents; gives counts of what was captured, what was there already and what was refused. Guarantees:
one document is all in or all out; capturing twice changes nothing; a document that cannot be read does not stop the
others, and the exit code is that of the worst.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from epcis_kit.cli._inputs import Input, expand, naive_times_option
from epcis_kit.cli._progress import watched
from epcis_kit.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.codec import ReadOptions
    from epcis_kit.store import Store

__all__ = ["capture_command"]

_SHOWN = 10


@click.command("capture")
@click.argument("store_path", metavar="STORE")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--partner", help="Who sent these documents; taken from the document where not given.")
@naive_times_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a document.")
def capture_command(
    *, store_path: str, paths: tuple[str, ...], partner: str | None, naive_times: str | None, as_json: bool
) -> None:
    """Store the events of documents; the store is made where it does not exist.

    Exit codes: 0 everything is in the store, 1 some events were refused, 3 a document or the text of an event
    cannot be read.

    \b
    Example: epcis-kit capture trace.db partners/
    """
    from epcis_kit.codec import ReadOptions  # noqa: PLC0415 - loaded when a document is read
    from epcis_kit.store import open_store  # noqa: PLC0415 - loads sqlite3

    worst = 0
    with open_store(store_path) as store:
        for result in _captured(store, paths, partner, ReadOptions(naive_times=naive_times)):
            worst = max(worst, _exit_code(result))
            click.echo(json.dumps(result, ensure_ascii=False) if as_json else _as_text(result))
    sys.exit(worst)


def _exit_code(result: dict[str, Any]) -> int:
    """3 where a document, or the text of an event in it, cannot be read; 1 where an event was refused."""
    if "error" in result or any(finding["layer"] == "syntax" for finding in result["rejected"]):
        return 3
    return 1 if result["rejected"] else 0


def _captured(
    store: Store, paths: tuple[str, ...], partner: str | None, options: ReadOptions
) -> Iterator[dict[str, Any]]:
    for path in paths:
        try:
            for item in expand((path,)):
                yield _capture(store, item, partner, options)
        except DocumentError as error:
            yield {"file": path, "error": str(error)}
        except OSError as error:
            yield {"file": path, "error": f"{path}: {error.strerror or error}"}


def _capture(store: Store, item: Input, partner: str | None, options: ReadOptions) -> dict[str, Any]:
    import dataclasses  # noqa: PLC0415

    try:
        with watched(item) as source:
            result = store.capture(source, partner=partner, options=dataclasses.replace(options, file=item.name))
    except DocumentError as error:
        return {"file": item.name, "error": str(error)}
    except OSError as error:
        return {"file": item.name, "error": f"{item.name}: {error.strerror or error}"}
    return {
        "file": item.name,
        "captured": result.captured,
        "duplicates": result.duplicates,
        "rejected": [finding.as_dict() for finding in result.rejected],
        "conflicts": [
            f"eventID {conflict.event_id} came with {len(conflict.hashes)} contents; "
            f"the one with hash {conflict.kept} counts"
            for conflict in result.conflicts
        ],
    }


def _as_text(result: dict[str, Any]) -> str:
    if "error" in result:
        return str(result["error"])
    lines = [
        (
            f"{result['file']}: {result['captured']} captured, {result['duplicates']} there already, "
            f"{len(result['rejected'])} refused"
        )
    ]
    lines += [
        f"  refused: event {finding['location'].get('event_index')}: {finding['message']}"
        for finding in result["rejected"][:_SHOWN]
    ]
    lines += [f"  conflict: {conflict}" for conflict in result["conflicts"][:_SHOWN]]
    return "\n".join(lines)
