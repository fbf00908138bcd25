"""``epcis-kit query``: events of a store, by the standard's own parameters.

Takes a store and ``NAME=VALUE`` parameters; gives one line an event, JSON lines, or an EPCIS query document.
Guarantees: parameters are the standard's names and meanings; several values of one name are alternatives, several
names must all hold.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from epcis_kit.cli._stores import existing_store
from epcis_kit.errors import QueryError, shorten

if TYPE_CHECKING:
    from epcis_kit.model import Event

__all__ = ["query_command"]


@click.command("query")
@click.argument("store_path", metavar="STORE")
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "epcis"]),
    default="table",
    show_default=True,
    help="One line an event, one JSON event a line, or an EPCISQueryDocument.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def query_command(*, store_path: str, parameters: tuple[str, ...], format_: str, as_json: bool) -> None:
    """Find events in a store.

    Several values of one parameter are given by repeating it. Exit codes: 0 found, 1 nothing matches.

    \b
    Example: epcis-kit query trace.db EQ_bizStep=shipping GE_eventTime=2025-05-01T00:00:00Z
    """
    chosen = "json" if as_json else format_
    with existing_store(store_path) as store:
        events = store.query(**_parameters(parameters))
        if chosen == "epcis":
            count = _write_document(list(events))
        else:
            count = 0
            for event in events:
                count += 1
                click.echo(_as_line(event) if chosen == "json" else _as_row(event))
    sys.exit(0 if count else 1)


def _parameters(pairs: tuple[str, ...]) -> dict[str, str | list[str]]:
    result: dict[str, str | list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise QueryError(f"Cannot read query parameter {shorten(pair)}: expected NAME=VALUE.")
        earlier = result.get(name)
        if earlier is None:
            result[name] = value
        else:
            result[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
    return result


def _as_line(event: Event) -> str:
    """A bare event, with the context it needs, on one line."""
    from epcis_kit.codec import write_document  # noqa: PLC0415 - loads the writer
    from epcis_kit.model import Document  # noqa: PLC0415

    return write_document(Document(type="event", events=(event,))).decode().strip()


def _as_row(event: Event) -> str:
    what = [
        *getattr(event, "epc_list", ()),
        *getattr(event, "input_epc_list", ()),
        *getattr(event, "output_epc_list", ()),
        *getattr(event, "child_epcs", ()),
    ]
    parent = getattr(event, "parent_id", None)
    shown = f"{parent} < " if parent else ""
    shown += what[0] if what else ""
    more = f" +{len(what) - 1}" if len(what) > 1 else ""
    place = event.biz_location or event.read_point
    return "  ".join(
        (
            event.event_time.as_utc(),
            f"{event.type:19}",
            f"{getattr(event, 'action', ''):7}",
            f"{event.biz_step or '-':24}",
            place.id if place else "-",
            shown + more,
        )
    )


def _write_document(events: list[Event]) -> int:
    from epcis_kit.codec import write_document  # noqa: PLC0415 - loads the writer
    from epcis_kit.model import Document  # noqa: PLC0415

    latest = max((event.record_time or event.event_time for event in events), default=None)
    data = write_document(
        Document(type="EPCISQueryDocument", query_name="SimpleEventQuery", events=tuple(events), creation_date=latest)
    )
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.buffer.flush()
    return len(events)
