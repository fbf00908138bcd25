"""``epcis-kit recall`` and ``epcis-kit recall-case``: what is affected, where it is, whom to call, and how far it is.

Takes a store and what is known of a defect; gives a summary, JSON, or a folder with tables and notices. A case file
keeps decisions and answers. Guarantees: the store is not changed; the clock is read here and nowhere below; a case file
that was changed by hand is told.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from epcis_kit.cli._stores import existing_store
from epcis_kit.errors import MissingExtraError, QueryError, shorten

if TYPE_CHECKING:
    from epcis_kit.model import Timestamp
    from epcis_kit.trace.recall import Case, Dossier

__all__ = ["recall_case_group", "recall_command"]

_SHOWN: Final = 20
_KEY_COLUMNS: Final = ("key", "item", "epc", "id", "serial", "unit", "lot")


@click.command("recall")
@click.argument("store_path", metavar="STORE")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--where", "conditions", multiple=True, metavar="NAME=VALUE", help="Start from what such events made.")
@click.option("--serials", nargs=2, metavar="FIRST LAST", help="Start from a range of serial numbers.")
@click.option("--keys-from", metavar="FILE", type=click.Path(exists=True, dir_okay=False), help="A CSV with more keys.")
@click.option("--at", metavar="TIME", help="Only events up to this time count.")
@click.option("--reason", default="", help="What is wrong, in words.")
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME", help="A reading beyond what events say for certain."
)
@click.option("--out", "folder", metavar="DIR", type=click.Path(file_okay=False), help="Write tables and notices here.")
@click.option("--case", "case_number", metavar="NUMBER", help="Open a case of this number in the folder of --out.")
@click.option("--who", default="", help="Who opens the case: a role or a name.")
@click.option("--json", "as_json", is_flag=True, help="The whole dossier as one JSON object.")
def recall_command(
    *,
    store_path: str,
    keys: tuple[str, ...],
    conditions: tuple[str, ...],
    serials: tuple[str, str] | None,
    keys_from: str | None,
    at: str | None,
    reason: str,
    policies: tuple[str, ...],
    folder: str | None,
    case_number: str | None,
    who: str,
    as_json: bool,
) -> None:
    """Say what a defect affects, where each of it is, and whom to call.

    A container stands for what is in it. Exit codes: 0 affected things were found, 1 nothing is known of the keys,
    2 wrong usage, 3 the store cannot be opened.

    \b
    Example: epcis-kit recall trace.db "(01)09521201100012(10)S-0502" --reason "Salmonella" --out recall-7
    """
    from epcis_kit.cli.trace import asked_key  # noqa: PLC0415 - loads the tables of identifiers
    from epcis_kit.query import Query  # noqa: PLC0415
    from epcis_kit.trace.recall import ScopeRequest, recall  # noqa: PLC0415

    if case_number is not None and (folder is None or not who):
        raise click.UsageError("--case needs --out, the folder of the case, and --who, who opens it.")
    given = [*keys, *([] if keys_from is None else _keys_of(keys_from))]
    request = ScopeRequest(
        keys=tuple(asked_key(key) for key in given),
        conditions=Query.parse(conditions).as_parameters(),
        serials=None if not serials else (asked_key(serials[0]), asked_key(serials[1])),
        at=at,
        reason=reason,
    )
    started = time.monotonic()
    with existing_store(store_path) as store:
        dossier = recall(store, request, policies=policies)
    seconds = time.monotonic() - started
    if folder is not None:
        _write(dossier, Path(folder), case_number, who)
    click.echo(dossier.to_json() if as_json else _as_text(dossier, seconds))
    sys.exit(0 if dossier.affected else 1)


def _keys_of(path: str) -> list[str]:
    with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - the user's own path, as given
        try:
            rows = csv.DictReader(file)
            names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
            column = next((names[name] for name in _KEY_COLUMNS if name in names), None)
            if column is None:
                got = ", ".join(map(repr, names)) or "no header"
                wanted = " or ".join(map(repr, _KEY_COLUMNS))
                raise QueryError(f"Cannot read {path!r}: expected a column {wanted}, got {got}.")
            return [text for row in rows if (text := (row.get(column) or "").strip())]
        except (UnicodeDecodeError, csv.Error) as error:
            raise QueryError(f"Cannot read {path!r}: expected CSV in UTF-8, got {error}.") from error


def _now() -> Timestamp:
    from epcis_kit.model import Timestamp  # noqa: PLC0415

    return Timestamp.from_datetime(datetime.now(UTC))


def _write(dossier: Dossier, folder: Path, number: str | None, who: str) -> None:
    from epcis_kit.trace.recall import Case, notice  # noqa: PLC0415
    from epcis_kit.trace.recall.packet import as_csv, as_xlsx, sheets  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | bytes] = {"dossier.json": dossier.to_json()}
    for name in sheets(dossier):
        files[f"{name.lower()}.csv"] = as_csv(dossier, name)
    try:
        files["packet.xlsx"] = as_xlsx(dossier)
    except MissingExtraError as error:
        click.echo(f"no packet.xlsx: {error}", err=True)
    for language in ("en", "zh"):
        choices: Any = {"language": language}
        files[f"notice-regulator.{language}.md"] = notice(dossier, "regulator", **choices)
        files[f"notice-public.{language}.md"] = notice(dossier, "public", **choices)
        for place, consignee in enumerate(dossier.consignees, 1):
            text = notice(dossier, "partner", partner=consignee.key, **choices)
            files[f"notice-partner-{place:03d}.{language}.md"] = text
    if number is not None:
        path = folder / "case.json"
        if path.exists():
            raise QueryError(f"Cannot open case {shorten(number)}: {str(path)!r} is there already.")
        files["case.json"] = Case.opened(number, dossier, who=who, time=_now()).to_json()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def _as_text(dossier: Dossier, seconds: float) -> str:
    lines = [f"{len(dossier.affected)} things are affected (answered in {seconds:.1f} s)"]
    for level, states in dossier.counts().items():
        lines.append(f"  {level}s: " + ", ".join(f"{count} {state}" for state, count in states.items()))
    lines.append(f"place and holder known of {dossier.completeness:.0%}")
    over = dossier.over_recall
    if over.made:
        lines.append(f"of {over.made} objects made in {', '.join(over.months)} {over.avoided} need not be recalled")
    lines.append(f"{len(dossier.consignees)} to call:")
    lines += [
        f"  {one.name or one.key}: {len(one.holds)} held, {len(one.shipments)} shipments, {len(one.lots)} lots"
        for one in dossier.consignees[:_SHOWN]
    ]
    for unknown in dossier.scope.unknown:
        near = dossier.scope.near.get(unknown, ())
        lines.append(f"unknown: {unknown}" + (f"; like it: {', '.join(near)}" if near else ""))
    lines += [f"gap: {gap}" for gap in dossier.gaps]
    return "\n".join(lines)


@click.group("recall-case")
def recall_case_group() -> None:
    """Go on with a recall: decisions, answers of consignees, progress.

    \b
    Example: epcis-kit recall-case status recall-7/case.json
    """


def _read(path: str) -> Case:
    from epcis_kit.trace.recall import read_case  # noqa: PLC0415

    return read_case(Path(path).read_bytes())


def _keep(path: str, case: Case) -> None:
    from epcis_kit.codec.documents import replacing  # noqa: PLC0415 - writes all or nothing

    with replacing(path) as stream:
        stream.write(case.to_json().encode())


case_argument = click.argument("path", metavar="CASE", type=click.Path(exists=True, dir_okay=False))
who_option = click.option("--who", required=True, help="Who does it: a role or a name.")
text_option = click.option("--text", default="", help="Why, in words.")


@recall_case_group.command("status")
@case_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status_command(*, path: str, as_json: bool) -> None:
    """Say how far a recall is, and whether its log is whole.

    Exit codes: 0 nothing is unaccounted for, 1 something is, or the log was changed, 2 no case file.

    \b
    Example: epcis-kit recall-case status recall-7/case.json
    """
    case = _read(path)
    progress, flaws = case.progress(), case.flaws()
    if as_json:
        click.echo(json.dumps({**progress, "flaws": list(flaws)}, ensure_ascii=False))
    else:
        click.echo(f"case {case.number}: {progress['state']}")
        click.echo(f"  notified {progress['notified']} of {progress['consignees']}, answered {progress['responded']}")
        click.echo(f"  accounted for {progress['accounted']} of {progress['to_recover']} still to be recovered")
        for answer, count in progress["by_answer"].items():
            click.echo(f"  {answer}: {count}")
        for flaw in flaws:
            click.echo(f"  CHANGED: {flaw}")
    sys.exit(1 if flaws or progress["unaccounted"] else 0)


@recall_case_group.command("note")
@case_argument
@click.option("--what", type=click.Choice(["decision", "sign-off"]), default="decision", show_default=True)
@who_option
@click.option("--text", required=True, help="What was decided, and why.")
def note_command(*, path: str, what: str, who: str, text: str) -> None:
    """Note a decision or a sign-off.

    \b
    Example: epcis-kit recall-case note recall-7/case.json --who "quality manager" --text "Recall at retail level"
    """
    _keep(path, _read(path).noted(what, text, who=who, time=_now()))


@recall_case_group.command("move")
@case_argument
@click.argument("state")
@who_option
@text_option
def move_command(*, path: str, state: str, who: str, text: str) -> None:
    """Move a case to its next state: decided, notified, recovering, reconciled, closed.

    \b
    Example: epcis-kit recall-case move recall-7/case.json notified --who "recall team"
    """
    _keep(path, _read(path).moved(state, who=who, time=_now(), reason=text))


@recall_case_group.command("respond")
@case_argument
@click.argument("consignee")
@click.argument("answer")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--quantity", type=click.IntRange(min=0), help="How many, where no keys are given.")
@click.option("--events", "events_path", metavar="FILE", help="Write the answer as an EPCIS document too.")
@who_option
@text_option
def respond_command(
    *,
    path: str,
    consignee: str,
    answer: str,
    keys: tuple[str, ...],
    quantity: int | None,
    events_path: str | None,
    who: str,
    text: str,
) -> None:
    """Note what a consignee answered: notified, acknowledged, quarantined, returned, destroyed, sold, not_found.

    \b
    Example: epcis-kit recall-case respond recall-7/case.json "(417)9521204000005" quarantined --who "store manager"
    """
    from epcis_kit.cli.trace import asked_key  # noqa: PLC0415
    from epcis_kit.trace.recall import Response, response_event  # noqa: PLC0415

    now = _now()
    response = Response(asked_key(consignee), answer, tuple(asked_key(key) for key in keys), quantity)  # type: ignore[arg-type]
    case = _read(path).answered(response, who=who, time=now, text=text)
    _keep(path, case)
    if events_path is None:
        return
    held = {one["key"]: one["holds"] for one in case.dossier["consignees"]}
    party = case.log[-1].data["consignee"]
    event = response_event(response, time=now, offset="+00:00", keys=held.get(party, ()), place=None)
    if event is None:
        click.echo(f"no event: the standard has no word for {answer!r} of these things", err=True)
        return
    from epcis_kit.codec import write_document  # noqa: PLC0415
    from epcis_kit.model import Document  # noqa: PLC0415

    Path(events_path).write_bytes(write_document(Document(creation_date=now, events=(event,))))
