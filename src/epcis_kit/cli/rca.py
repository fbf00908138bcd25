"""``epcis-kit rca``: what defective items have in common on their way, and what sound ones have not.

Takes a store and a CSV of defective items; gives the factors that set them apart, the clearest first, as text or JSON.
Guarantees: nothing is called a cause; each line has the counts it comes from; items that no event names are told.
"""

from __future__ import annotations

import csv
import sys
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import click

from epcis_kit.cli._stores import existing_store
from epcis_kit.errors import QueryError, shorten

if TYPE_CHECKING:
    from epcis_kit.trace.cause import Limit, RootCause

__all__ = ["rca_command"]

_ITEM: Final = ("item", "key", "epc", "id", "serial", "unit", "lot")
_NO: Final = frozenset({"no", "n", "0", "false", "ok", "good", "sound", "否", "合格"})


@click.command("rca")
@click.argument("store_path", metavar="STORE")
@click.argument("defects", metavar="DEFECTS", type=click.Path(exists=True, dir_okay=False))
@click.option("--column", metavar="NAME", help="The column with the items; else item, key, epc, id, serial or lot.")
@click.option("--symptom", metavar="TEXT", help="Only rows whose column 'symptom' has this text.")
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="TYPE=VALUE:UNIT",
    help="Count the time above a limit, such as Temperature=8:CEL.",
)
@click.option("--level", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="Claim below this q.")
@click.option(
    "--max", "shown", type=click.IntRange(min=1), default=10, show_default=True, help="How many lines to show."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with everything.")
def rca_command(
    *,
    store_path: str,
    defects: str,
    column: str | None,
    symptom: str | None,
    limits: tuple[str, ...],
    level: float,
    shown: int,
    as_json: bool,
) -> None:
    """Compare what defective items met upstream with what sound ones met.

    DEFECTS is a CSV with a header; a column 'defect' with 'no' names items that are known to be sound. Without such
    rows all other items of the same products count as sound. Needs the extra 'analysis'.

    Exit codes: 0 something sets them apart, 1 nothing does, 2 wrong usage, 3 the store cannot be opened.

    \b
    Example: epcis-kit rca trace.db complaints.csv --limit Temperature=8:CEL
    """
    from epcis_kit.trace.cause import root_cause  # noqa: PLC0415 - loads the statistics

    bad, good = _items(defects, column, symptom)
    asked = [_limit(text) for text in limits]
    with existing_store(store_path) as store:
        found = root_cause(store, bad, good or None, limits=asked, level=level)
    click.echo(found.to_json() if as_json else _as_text(found, shown), nl=as_json)
    sys.exit(0 if found.claims else 1)


def _limit(text: str) -> Limit:
    from epcis_kit.trace.cause import Limit  # noqa: PLC0415

    type_, equals, rest = text.partition("=")
    value, colon, uom = rest.partition(":")
    try:
        number = Decimal(value) if len(value) < 30 else None
    except InvalidOperation:
        number = None
    if not (equals and colon and type_ and uom and number is not None and number.is_finite()):
        raise QueryError(f"Cannot read --limit {shorten(text)}: expected TYPE=VALUE:UNIT, such as Temperature=8:CEL.")
    return Limit(type_, number, uom)


def _items(path: str, column: str | None, symptom: str | None) -> tuple[list[str], list[str]]:
    bad: list[str] = []
    good: list[str] = []
    with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - the user's own path, as given
        try:
            rows = csv.DictReader(file)
            header = [name or "" for name in rows.fieldnames or ()]
            wanted = (column,) if column is not None else _ITEM
            names = {name.strip().lower(): name for name in reversed(header)}
            item = next((names[name.lower()] for name in wanted if name.lower() in names), None)
            if item is None:
                got = ", ".join(map(repr, header[:10])) or "no header"
                raise QueryError(
                    f"Cannot read {path!r}: expected a column {' or '.join(map(repr, wanted))}, got {got}."
                )
            if symptom is not None and "symptom" not in names:
                raise QueryError(f"Cannot use --symptom: {path!r} has no column 'symptom'.")
            for row in rows:
                text = (row.get(item) or "").strip()
                if text and (symptom is None or (row.get(names["symptom"]) or "").strip() == symptom):
                    sound = (row.get(names.get("defect", "")) or "").strip().lower() in _NO
                    (good if sound else bad).append(text)
        except (UnicodeDecodeError, csv.Error) as error:
            raise QueryError(f"Cannot read {path!r}: expected CSV in UTF-8, got {error}.") from error
    return bad, good


def _as_text(found: RootCause, shown: int) -> str:
    from epcis_kit.trace.cause.root_cause import CAVEAT  # noqa: PLC0415

    lines = [
        f"{found.defective} defective and {found.sound} sound items compared; {len(found.claims)} factors stand out"
    ]
    lines += [f"  unknown, left out: {key}" for key in found.unknown[:shown]]
    if found.left_out:
        lines.append(f"  {found.left_out} further sound items were left out")
    for one in found.associations[:shown]:
        if one.relative_risk <= 1:
            break
        mark = "*" if one in found.claims else " "
        rates = (
            f"{one.exposed_defects} of {one.exposed} defective, {one.unexposed_defects} of {one.unexposed} elsewhere"
        )
        lines.append(f"{mark} {one.factor}: {one.level}")
        lines.append(f"    {rates}; {_risk(one)}; q = {one.q:.2g}; in {one.share:.0%} of the defects")
        lines += [f"    the same items: {factor}: {level}" for factor, level in one.same_as[:3]]
        if len(one.same_as) > 3:
            lines.append(f"    … and {len(one.same_as) - 3} more that the same items met")
    for measure in found.measures[:shown]:
        if measure.q <= found.level:
            lines.append(
                f"* {measure.factor}: median {measure.defective_median:g} of the defective, "
                f"{measure.sound_median:g} of the sound; q = {measure.q:.2g}"
            )
    for ancestor in found.ancestors[:shown]:
        lines.append(
            f"  common to {ancestor.defective_share:.0%} of the defective and {ancestor.sound_share:.0%} of the sound: "
            f"{ancestor.factor} {ancestor.key}"
        )
    return "\n".join([*lines, "", CAVEAT, ""])


def _risk(one: Any) -> str:
    return f"relative risk {one.relative_risk:.1f} ({one.low:.1f} to {one.high:.1f})"
