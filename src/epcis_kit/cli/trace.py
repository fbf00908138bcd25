"""``epcis-kit trace``, ``where`` and ``contents``: the questions of a recall.

Takes a store and an identifier in any spelling; gives the answer as text, JSON, a graph, a page or an EPCIS document.
Guarantees: what the trace leaves open (frontier, limits, voided events, policies) is said in every format; an
identifier that no event names is answered with exit code 1.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Literal

import click

from epcis_kit.cli._stores import existing_store
from epcis_kit.errors import IdentifierError, QueryError
from epcis_kit.model import Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from epcis_kit.store import Store
    from epcis_kit.trace import Trace
    from epcis_kit.trace.policies import Limits

__all__ = ["asked_key", "contents_command", "trace_command", "where_command"]

_SHOWN = 40


def _arguments(command: Callable[..., None]) -> Callable[..., None]:
    for decorate in (
        click.option("--json", "as_json", is_flag=True, help="One JSON object."),
        click.option("--at", metavar="TIME", help="As of this instant, for example 2025-05-12T00:00:00Z; now without."),
        click.argument("key", metavar="KEY"),
        click.argument("store_path", metavar="STORE"),
    ):
        command = decorate(command)
    return command


@click.command("trace")
@_arguments
@click.option("--forward", "direction", flag_value="forward", default="forward", help="What it went into (default).")
@click.option("--back", "direction", flag_value="back", help="What went into it.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=click.Choice(["causal-lots", "implicit-move", "ilmd-lots"]),
    help="Leave the cautious default; may be repeated, and is named in the answer.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "dot", "mermaid", "graphml", "svg", "html", "epcis"]),
    default="table",
    show_default=True,
)
@click.option("--history", is_flag=True, help="Gather the other events of what was reached too.")
@click.option("--max-depth", type=click.IntRange(min=1), help="At most so many steps away from the start.")
@click.option("--max-keys", type=click.IntRange(min=1), help="At most so many things.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write here, not to the screen.")
def trace_command(
    *,
    store_path: str,
    key: str,
    direction: Literal["forward", "back"],
    at: str | None,
    policies: tuple[str, ...],
    format_: str,
    as_json: bool,
    history: bool,
    max_depth: int | None,
    max_keys: int | None,
    output: str | None,
) -> None:
    """Follow goods through containers and production, forward (a recall) or back (to the source).

    Exit codes: 0 something was reached, 1 nothing was reached or the key was never seen.

    \b
    Example: epcis-kit trace trace.db "(01)09521201100012(10)S-0502" --forward
    """
    from epcis_kit.trace import Policies, trace_back, trace_forward  # noqa: PLC0415

    chosen = Policies(
        causal_lots="causal-lots" in policies,
        implicit_move="implicit-move" in policies,
        ilmd_lots="ilmd-lots" in policies,
    )
    run = trace_forward if direction == "forward" else trace_back
    with existing_store(store_path) as store:
        limits = _limits(max_depth, max_keys)
        trace = run(store, asked_key(key), at=_instant(at), policies=chosen, limits=limits, history=history)
        text = _rendered(trace, "json" if as_json else format_, store)  # documents and pages ask the store
    if output is None:
        click.echo(text)
    else:
        with open(output, "w", encoding="utf-8") as stream:  # noqa: PTH123 - the user's own path, as given
            stream.write(text)
    sys.exit(0 if trace.keys else 1)


@click.command("where")
@_arguments
def where_command(*, store_path: str, key: str, at: str | None, as_json: bool) -> None:
    """Say where an object is: what holds it, where that was last seen, and who has it.

    Exit codes: 0 known, 1 no event names it.

    \b
    Example: epcis-kit where trace.db "(01)09521202100042(21)20031"
    """
    from epcis_kit.trace import where_is  # noqa: PLC0415

    with existing_store(store_path) as store:
        answer = where_is(store, asked_key(key), at=_instant(at))
    plain = answer.as_dict()
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False))
    elif not answer.known:
        click.echo(f"{answer.start}: no event in this store names it")
    else:
        for place in answer.places:
            click.echo(
                f"{answer.start}\n"
                f"  in:         {_shown(place.containers) if place.containers else 'nothing'}\n"
                f"  place:      {_shown(place.location)}\n"
                f"  held by:    {_shown(place.party)}\n"
                f"  last event: {place.event_id}, {place.biz_step or 'no bizStep'}, "
                f"{'' if place.time is None else place.time.as_utc()}"
            )
            for uom, amount in place.amounts.items():
                click.echo(f"  amount:     {amount} {uom}".rstrip())
    sys.exit(0 if answer.known else 1)


@click.command("contents")
@_arguments
def contents_command(*, store_path: str, key: str, at: str | None, as_json: bool) -> None:
    """Say what is in a container, boxes within boxes.

    Exit codes: 0 something is in it, 1 it is empty or no event names it.

    \b
    Example: epcis-kit contents trace.db "(00)095212020000000015" --at 2025-05-12T00:00:00Z
    """
    from epcis_kit.trace import contents_at  # noqa: PLC0415

    with existing_store(store_path) as store:
        answer = contents_at(store, asked_key(key), at=_instant(at))
    plain = answer.as_dict()
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False))
    else:
        click.echo(f"{len(answer.keys)} objects in {answer.start}")
        for item in answer.keys:
            amounts = ", ".join(f"{amount} {uom}".rstrip() for uom, amount in answer.quantities.get(item, {}).items())
            click.echo(f"  {item}" + (f": {amounts}" if amounts else ""))
    sys.exit(0 if answer.keys else 1)


def asked_key(text: str) -> str:
    """Any spelling of an identifier, as one that events use; a text that is no GS1 key is taken as it is."""
    from epcis_kit.gs1 import parse_key  # noqa: PLC0415 - loads the tables of element strings
    from epcis_kit.gs1.canonical import trace_key  # noqa: PLC0415

    seen = trace_key(text)
    if seen.problem is not None:
        raise QueryError(seen.problem)
    if seen.level != "opaque" or text.startswith(("urn:", "http:", "https:")):
        return text
    try:
        return parse_key(text).as_digital_link()
    except IdentifierError as error:
        if ":" in text:
            return text
        raise QueryError(f"{error} A key may also be a Digital Link, an EPC URN or any other URI.") from None


def _limits(depth: int | None, nodes: int | None) -> Limits:
    from epcis_kit.trace.policies import DEFAULT_LIMITS, Limits  # noqa: PLC0415

    return Limits(depth=depth or DEFAULT_LIMITS.depth, nodes=nodes or DEFAULT_LIMITS.nodes)


def _instant(text: str | None) -> Timestamp | None:
    if text is None:
        return None
    try:
        return Timestamp.parse(text)
    except ValueError as error:
        raise QueryError(str(error)) from None


def _rendered(trace: Trace, format_: str, store: Store) -> str:
    if format_ == "table":
        return _as_table(trace)
    if format_ == "epcis":
        return trace.to_epcis().decode()
    if format_ in {"svg", "html"}:
        draw: Callable[..., str] = getattr(trace, f"to_{format_}")
        return draw(store=store)  # with names, last places and holders
    render: Callable[[], str] = getattr(trace, f"to_{format_}")
    return render()


def _as_table(trace: Trace) -> str:
    verb = "went into" if trace.direction == "forward" else "came from"
    lines = [
        f"{trace.start} {verb} {len(trace.keys)} objects, by {len(trace.links)} links in {len(trace.events)} events"
    ]
    lines += [f"  {link.time.as_utc()}  {link.kind:15} {link.source} -> {link.target}" for link in trace.links[:_SHOWN]]
    if len(trace.links) > _SHOWN:
        lines.append(f"  … and {len(trace.links) - _SHOWN} more links; --format json has them all")
    sections: tuple[tuple[str, Sequence[str]], ...] = (
        ("Places", trace.locations),
        ("Parties", trace.parties),
        ("History ends here for lack of data", trace.frontier),
        ("Declared wrong, not followed", trace.voided),
        ("Policies beyond the cautious default", trace.policies),
    )
    for title, items in sections:
        if items:
            lines += [f"{title}:", *(f"  {item}" for item in items[:_SHOWN])]
            if len(items) > _SHOWN:
                lines.append(f"  … and {len(items) - _SHOWN} more")
    if trace.cut is not None:
        lines.append(f"CUT: the limit of {trace.cut.value} {trace.cut.limit} ended the walk; the answer is not whole.")
    return "\n".join(lines)


def _shown(value: object) -> str:
    if value is None:
        return "unknown"
    return " < ".join(map(str, value)) if isinstance(value, tuple) else str(value)
