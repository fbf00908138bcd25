"""``epcis-kit anomalies`` and ``epcis-kit verify-item``: what does not fit together, and the standing of one item.

Takes a store; gives text or JSON. Guarantees: every line names the events that show it; what only lacks data is told
apart from what contradicts itself; nothing in the store is changed.
"""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from epcis_kit.cli._stores import existing_store
from epcis_kit.errors import IdentifierError, QueryError

if TYPE_CHECKING:
    from epcis_kit.trace.diversion import Anomalies, ItemStanding, WatchOptions

__all__ = ["anomalies_command", "verify_item_command"]

_SHOWN: Final = 10

at_option = click.option(
    "--at", metavar="TIME", help="Only events up to this time count, such as 2025-05-06T12:00:00Z."
)
markets_option = click.option(
    "--markets",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="A CSV with the columns gtin and country: where a product may be sold.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")
speed_option = click.option(
    "--fastest", type=click.FloatRange(min=1), default=900.0, show_default=True, help="Fastest travel, in km/h."
)


@click.command("anomalies")
@click.argument("store_path", metavar="STORE")
@at_option
@click.option("--kind", "kinds", multiple=True, metavar="NAME", help="Only this kind; may be repeated.")
@markets_option
@speed_option
@click.option("--arrive-within", type=click.FloatRange(min=0), default=14.0, show_default=True, help="In days.")
@click.option("--most-scans", type=click.IntRange(min=1), default=10, show_default=True, help="Scans of one item.")
@click.option(
    "--scan-step", "steps", multiple=True, metavar="WORD", help="A business step that is a scan of consumers."
)
@json_option
def anomalies_command(
    *,
    store_path: str,
    at: str | None,
    kinds: tuple[str, ...],
    markets: str | None,
    fastest: float,
    arrive_within: float,
    most_scans: int,
    steps: tuple[str, ...],
    as_json: bool,
) -> None:
    """Find items whose history does not fit together: diversion, counterfeits, broken packing.

    Exit codes: 0 nothing odd, 1 something is, 2 wrong usage, 3 the store cannot be opened.

    \b
    Example: epcis-kit anomalies trace.db --markets markets.csv
    """
    from epcis_kit.trace.diversion import anomalies  # noqa: PLC0415 - loads the store

    options = _options(
        markets,
        fastest_kmh=fastest,
        arrive_within_days=arrive_within,
        most_scans=most_scans,
        **({"scan_steps": steps} if steps else {}),
    )
    with existing_store(store_path) as store:
        found = anomalies(store, at, kinds=kinds or None, options=options)
    click.echo(found.to_json() if as_json else _as_text(found))
    sys.exit(1 if found.found else 0)


def _options(markets: str | None, **choices: Any) -> WatchOptions:
    from epcis_kit.trace.diversion import WatchOptions  # noqa: PLC0415

    return WatchOptions(markets={} if markets is None else _read_markets(markets), **choices)


def _read_markets(path: str) -> dict[str, frozenset[str]]:
    from epcis_kit.gs1.keys import parse_key  # noqa: PLC0415 - the tables of identifiers

    found: dict[str, set[str]] = {}
    with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - the user's own path, as given
        try:
            rows = csv.DictReader(file)
            header = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
            if not {"gtin", "country"} <= set(header):
                got = ", ".join(map(repr, header)) or "no header"
                raise QueryError(f"Cannot read {path!r}: expected the columns 'gtin' and 'country', got {got}.")
            for number, row in enumerate(rows, 2):
                text, country = ((row.get(header[name]) or "").strip() for name in ("gtin", "country"))
                try:
                    key = parse_key(text.zfill(14) if text.isdigit() else text).as_trace_key()
                except IdentifierError as error:
                    raise QueryError(f"Cannot read {path!r}, line {number}: {error}") from error
                if len(country) != 2 or not country.isalpha():
                    raise QueryError(
                        f"Cannot read {path!r}, line {number}: expected a country of two letters, got {country!r}."
                    )
                found.setdefault(key.class_key or key.key, set()).add(country.upper())
        except (UnicodeDecodeError, csv.Error) as error:
            raise QueryError(f"Cannot read {path!r}: expected CSV in UTF-8, got {error}.") from error
    return {key: frozenset(countries) for key, countries in found.items()}


def _as_text(found: Anomalies) -> str:
    from epcis_kit.trace.diversion import KINDS  # noqa: PLC0415

    lines = [f"{found.events} events looked at, {len(found.found)} anomalies"]
    for kind, count in found.counts().items():
        lines.append(f"{KINDS[kind].severity} {kind} ({count}): {KINDS[kind].statement}")
        mine = [one for one in found.found if one.kind == kind]
        lines += [f"  {one.message} [{', '.join(one.events[:5])}]" for one in mine[:_SHOWN]]
        if len(mine) > _SHOWN:
            lines.append(f"  … and {len(mine) - _SHOWN} more")
    return "\n".join(lines)


@click.command("verify-item")
@click.argument("store_path", metavar="STORE")
@click.argument("key", metavar="KEY")
@at_option
@markets_option
@speed_option
@json_option
def verify_item_command(
    *, store_path: str, key: str, at: str | None, markets: str | None, fastest: float, as_json: bool
) -> None:
    """Say whether an item is known, was made, is still alive, and whether its history fits together.

    Exit codes: 0 known and nothing odd, 1 unknown or suspicious, 2 no identifier, 3 the store cannot be opened.

    \b
    Example: epcis-kit verify-item trace.db "(01)09521202200018(21)100047"
    """
    from epcis_kit.cli.trace import asked_key  # noqa: PLC0415 - loads the tables of identifiers
    from epcis_kit.trace.diversion import verify_item  # noqa: PLC0415 - loads the store

    asked = asked_key(key)
    with existing_store(store_path) as store:
        found = verify_item(store, asked, at, options=_options(markets, fastest_kmh=fastest))
    click.echo(found.to_json() if as_json else _standing(found))
    sys.exit(0 if found.known and not found.suspicious else 1)


def _standing(found: ItemStanding) -> str:
    verdict = "SUSPICIOUS" if found.suspicious else found.status
    lines = [
        f"{found.key}: {verdict}",
        f"  known:        {'yes' if found.known else 'no'}",
        f"  commissioned: {'yes' if found.commissioned else 'nobody says so'}",
        f"  status:       {found.status}",
    ]
    if found.disposition is not None:
        lines.append(f"  disposition:  {found.disposition}")
    if found.location is not None:
        lines.append(f"  place:        {found.location}")
    lines += [f"  {one.severity}: {one.message} [{', '.join(one.events[:5])}]" for one in found.reasons]
    lines += [f"  like it:      {key}" for key in found.near]
    return "\n".join(lines)
