"""``epcis-kit query``: events and master data of a store, by the standard's own parameters.

Takes a store and ``NAME=VALUE`` parameters; gives one line an event, JSON lines, or an EPCIS query document.
Guarantees: parameters are the standard's names and meanings; several values of one name are alternatives, several
names must all hold.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from epcis_kit.cli._stores import existing_store
from epcis_kit.errors import QueryError, shorten

if TYPE_CHECKING:
    from epcis_kit.model import Event, VocabularyElement
    from epcis_kit.query import Query
    from epcis_kit.store import Store

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
@click.option(
    "--namespace",
    "namespaces",
    multiple=True,
    metavar="PREFIX=URI",
    help="What a prefix in the name of an extension field stands for.",
)
@click.option("--per-page", type=click.IntRange(min=1), help="At most so many events; the rest by --page-token.")
@click.option("--page-token", metavar="TOKEN", help="Go on where an earlier page ended.")
@click.option(
    "--explain", is_flag=True, help="Say which index serves each parameter, and how many events are looked at."
)
@click.option(
    "--master-data", is_flag=True, help="Ask what is known of places, parties and products (SimpleMasterDataQuery)."
)
def query_command(
    *,
    store_path: str,
    parameters: tuple[str, ...],
    format_: str,
    as_json: bool,
    namespaces: tuple[str, ...],
    per_page: int | None,
    page_token: str | None,
    explain: bool,
    master_data: bool,
) -> None:
    """Find events in a store.

    Several values of one parameter are given by repeating it. Exit codes: 0 found, 1 nothing matches.

    \b
    Example: epcis-kit query trace.db EQ_bizStep=shipping GE_eventTime=2025-05-01T00:00:00Z
    """
    from epcis_kit.query import MasterDataQuery, Query  # noqa: PLC0415 - loaded when something is asked

    chosen = "json" if as_json else format_
    _refuse_odd_choices(master_data=master_data, explain=explain, paged=bool(per_page or page_token))
    prefixes = dict(_pair(text, "--namespace", "PREFIX=URI") for text in namespaces)
    for text in parameters:
        if not text.startswith("EXISTS_"):
            _pair(text, "query parameter", "NAME=VALUE")
    if master_data:
        asked = MasterDataQuery.of(_gathered(parameters))
        with existing_store(store_path) as store:
            count = _write_master_data(list(store.query_master_data(asked)), chosen)
        sys.exit(0 if count else 1)
    query = Query.parse(parameters, prefixes)
    with existing_store(store_path) as store:
        if explain:
            _write_explanation(store, query, as_json=chosen == "json")
            return
        count = _write_events(store, query, chosen, per_page, page_token)
    sys.exit(0 if count else 1)


def _refuse_odd_choices(*, master_data: bool, explain: bool, paged: bool) -> None:
    if master_data and (explain or paged):
        raise click.UsageError(
            "--master-data gives one whole answer: leave out --explain, --per-page and --page-token."
        )
    if explain and paged:
        raise click.UsageError("--explain reads no events: leave out --per-page and --page-token.")


def _pair(text: str, what: str, expected: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise QueryError(f"Cannot read {what} {shorten(text)}: expected {expected}.")
    return name, value


def _gathered(pairs: tuple[str, ...]) -> dict[str, list[str]]:
    result: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        result.setdefault(name, []).append(value)
    return result


def _write_events(store: Store, query: Query, chosen: str, per_page: int | None, token: str | None) -> int:
    if per_page is None and token is None:
        events: Any = store.query(query)
        following = None
    else:
        page = store.query_page(query, per_page=per_page or 100, token=token)
        events, following = page
    if chosen == "epcis":
        count = _write_document(list(events))
    else:
        count = 0
        for event in events:
            count += 1
            click.echo(_as_line(event) if chosen == "json" else _as_row(event))
    if following is not None:
        click.echo(f"more: --page-token {following}", err=True)
    return count


def _write_explanation(store: Store, query: Query, *, as_json: bool) -> None:
    told = store.explain(query)
    if as_json:
        plain = {**told._asdict(), "lookups": [lookup._asdict() for lookup in told.lookups]}
        click.echo(json.dumps(plain, ensure_ascii=False))
        return
    for lookup in told.lookups:
        by = f"index {lookup.source}" if lookup.source else "no index"
        then = "" if lookup.exact else ", each looked at"
        click.echo(f"{lookup.parameter}: {by}, {lookup.candidates} of {told.events} events{then}")
    click.echo(f"together: {told.candidates} of {told.events} events" + (", each looked at" if told.checked else ""))
    for line in told.plan:
        click.echo(f"  {line}")


def _write_master_data(found: list[tuple[str, VocabularyElement]], chosen: str) -> int:
    if chosen == "epcis":
        _write_vocabularies(found)
        return len(found)
    for kind, element in found:
        attributes = {attribute.id: attribute.text for attribute in element.attributes}
        if chosen == "json":
            plain = {"type": kind, "id": element.id, "attributes": attributes, "children": list(element.children)}
            click.echo(json.dumps(plain, ensure_ascii=False))
        else:
            words = [f"{name.rpartition('#')[2]}={value}" for name, value in attributes.items()]
            click.echo("  ".join([f"{kind.rpartition(':')[2]:18}", element.id, *words]))
    return len(found)


def _write_vocabularies(found: list[tuple[str, VocabularyElement]]) -> None:
    from epcis_kit.codec import write_document  # noqa: PLC0415 - loads the writer
    from epcis_kit.model import Document, Header, Timestamp, Vocabulary  # noqa: PLC0415

    kinds: dict[str, list[VocabularyElement]] = {}
    for kind, element in found:
        kinds.setdefault(kind, []).append(element)
    vocabularies = tuple(Vocabulary(type=kind, elements=tuple(elements)) for kind, elements in kinds.items())
    document = Document(
        type="EPCISMasterDataDocument",
        header=Header(master_data=vocabularies),
        creation_date=Timestamp.from_datetime(datetime.now(UTC)),
    )
    sys.stdout.buffer.write(write_document(document) + b"\n")
    sys.stdout.buffer.flush()


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
