"""``epcis-kit store``: is a store whole, a copy of it, a new index, everything in it as a document.

Takes a store; gives plain words or JSON. Guarantees: ``check``, ``backup`` and ``export`` change nothing in it;
``backup`` never overwrites; ``reindex`` is all or nothing.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from epcis_kit.cli._stores import existing_store

__all__ = ["store_group"]

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
_SHOWN = 20


@click.group("store")
def store_group() -> None:
    """Look after a store.

    \b
    Example: epcis-kit store check trace.db
    """


def _say(plain: dict[str, Any], words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(plain, ensure_ascii=False) if as_json else words)


@store_group.command("check")
@click.argument("store_path", metavar="STORE")
@json_option
def check_command(*, store_path: str, as_json: bool) -> None:
    """Say whether the file, its events, its index and its audit log agree. Nothing is changed.

    Exit codes: 0 all agrees, 1 something is wrong, 3 the store cannot be opened.

    \b
    Example: epcis-kit store check trace.db
    """
    from epcis_kit.store.hygiene import check_store  # noqa: PLC0415 - loads sqlite3

    with existing_store(store_path) as store:
        found = check_store(store)
    plain = {**found._asdict(), "clean": found.clean, "flaws": [flaw._asdict() for flaw in found.flaws]}
    verdict = "clean" if found.clean else "NOT CLEAN"
    held = f"{found.events} events, {found.documents} documents, {found.log_entries} log entries"
    lines = [f"{store_path}: {verdict} ({held})"]
    lines += [f"  {flaw.kind}: {flaw.message}" for flaw in found.flaws[:_SHOWN]]
    if len(found.flaws) > _SHOWN:
        lines.append(f"  … and {len(found.flaws) - _SHOWN} more")
    if any(flaw.mendable for flaw in found.flaws):
        lines.append("  What to do: epcis-kit store reindex makes the index anew from the events.")
    if any(not flaw.mendable for flaw in found.flaws):
        lines.append("  What to do: go back to a backup; what is wrong here cannot be made from anything else.")
    _say(plain, "\n".join(lines), as_json=as_json)
    sys.exit(0 if found.clean else 1)


@store_group.command("backup")
@click.argument("store_path", metavar="STORE")
@click.argument("target", metavar="TARGET")
@json_option
def backup_command(*, store_path: str, target: str, as_json: bool) -> None:
    """Copy a store into a new file; others may read and capture meanwhile.

    Exit codes: 0 done, 3 the file is there already or cannot be written.

    \b
    Example: epcis-kit store backup trace.db monday.db
    """
    from epcis_kit.store.hygiene import back_up  # noqa: PLC0415 - loads sqlite3

    with existing_store(store_path) as store:
        count = back_up(store, target)
    _say({"target": target, "events": count}, f"{target}: {count} events", as_json=as_json)


@store_group.command("reindex")
@click.argument("store_path", metavar="STORE")
@json_option
def reindex_command(*, store_path: str, as_json: bool) -> None:
    """Make the whole index anew from the events: after a flaw, or to index what an older version captured.

    Exit codes: 0 done, 3 an event cannot be read or the store cannot be written.

    \b
    Example: epcis-kit store reindex trace.db
    """
    from epcis_kit.store.hygiene import reindex  # noqa: PLC0415 - loads sqlite3

    with existing_store(store_path) as store:
        count = reindex(store)
    _say({"store": store_path, "events": count}, f"{store_path}: {count} events indexed anew", as_json=as_json)


@store_group.command("export")
@click.argument("store_path", metavar="STORE")
@click.argument("target", metavar="OUT")
@click.option("--to", "format_", type=click.Choice(["json", "xml"]), default="json", show_default=True)
@click.option("--version", type=click.Choice(["2.0", "1.2"]), default="2.0", show_default=True, help="Of EPCIS.")
@click.option("--allow-loss", is_flag=True, help="Go on where the format cannot carry something.")
@json_option
def export_command(
    *, store_path: str, target: str, format_: str, version: str, allow_loss: bool, as_json: bool
) -> None:
    """Write everything in a store as one EPCIS document: master data, and all events in the order of capture.

    Exit codes: 0 done, 3 the format cannot carry something or the file cannot be written.

    \b
    Example: epcis-kit store export trace.db everything.json
    """
    from epcis_kit.store.hygiene import export  # noqa: PLC0415 - loads sqlite3 and the writer

    choices: Any = {"format": format_, "version": version, "allow_loss": allow_loss}
    with existing_store(store_path) as store:
        if target == "-":
            export(store, sys.stdout.buffer, **choices)
            sys.stdout.buffer.flush()
            return
        count = export(store, target, **choices)
    _say({"target": target, "events": count}, f"{target}: {count} events", as_json=as_json)
