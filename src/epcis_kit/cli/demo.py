"""``epcis-kit demo``: the whole job on shipped data, told in plain steps.

Takes a folder to write to; reads the files of four fictional companies (a spreadsheet, EPCIS 1.2 XML, 2.0 XML, JSON),
checks, hashes, captures and traces them, and gives the answer on the screen, a page for people, a list for a
spreadsheet and the trace as JSON. Guarantees: nothing leaves the machine; every number is counted, none is typed in;
running it again changes nothing in its store.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from epcis_kit._resources import data_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from epcis_kit.findings import Report
    from epcis_kit.model import Document
    from epcis_kit.store import Store
    from epcis_kit.trace import Trace
    from epcis_kit.trace.render_data import Thing, View

__all__ = ["demo_command"]

_RECALLED: Final = "(01)09521201100012(10)S-0502"
_SOLD: Final = "https://id.brook-kitchen.example/01/09521202200018/21/100001"
_FARM: Final = "https://id.gs1.org/417/9521201000008"
_SHOP: Final = "https://id.gs1.org/417/9521204000005"
_ROWS: Final = 12


@dataclasses.dataclass(frozen=True, slots=True)
class _Partner:
    """One company's file: what it is called, who sends it (where the file itself does not say), and its format."""

    file: str
    company: str
    format: str
    sender: str | None = None


_PARTNERS: Final = (
    _Partner("farm.csv", "Meadow Farm (demo)", "CSV, mapped by farm.yaml", _FARM),
    _Partner("plant.xml", "Brook Kitchen (demo)", "EPCIS 1.2 XML"),
    _Partner("distributor.xml", "Cool Road Logistics (demo)", "EPCIS 2.0 XML"),
    _Partner("retailer.json", "Corner Market (demo)", "EPCIS 2.0 JSON-LD", _SHOP),
)


@dataclasses.dataclass(slots=True)
class _Step:
    """What became of one file on its way."""

    partner: _Partner
    document: Document
    rows: int
    sha256: str
    report: Report | None = None
    with_id: int = 0
    first_hash: str = ""
    captured: int = 0
    known: int = 0


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("epcis-kit-demo"),
    show_default=True,
    help="Folder for the store, the page and the lists; made where it does not exist.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of the story.")
def demo_command(*, out: Path, as_json: bool) -> None:
    """Follow one recalled lot of strawberries through the files of four companies.

    The data is shipped with the kit and fictional. Nothing leaves this machine.

    \b
    Example: epcis-kit demo --out demo
    """
    from epcis_kit.store import open_store  # noqa: PLC0415 - loads sqlite3
    from epcis_kit.trace import trace_back, trace_forward  # noqa: PLC0415

    out.mkdir(parents=True, exist_ok=True)
    tell = _silent if as_json else click.echo
    tell("One bad lot, four companies, four formats (fictional data, nothing leaves this machine)\n")
    steps = _read(tell)
    _check(steps, tell)
    _hash(steps, tell)
    with open_store(out / "demo.db") as store:
        _capture(store, steps, tell)
        forward = trace_forward(store, _parsed(_RECALLED))
        back = trace_back(store, _SOLD)
        result = _answer(store, (forward, back), steps, out, tell)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))


def _silent(text: str = "") -> None:
    """Say nothing."""


def _parsed(text: str) -> str:
    from epcis_kit.gs1 import parse_key  # noqa: PLC0415

    return parse_key(text).as_digital_link()


def _read(tell: Any) -> list[_Step]:
    """The four files as documents; the farm's rows become events by its mapping."""
    from epcis_kit import codec  # noqa: PLC0415
    from epcis_kit.model import Document  # noqa: PLC0415
    from epcis_kit.tabular import convert_table  # noqa: PLC0415

    steps = []
    tell("1. Read")
    for partner in _PARTNERS:
        path = data_path("examples/story") / partner.file
        rows = 0
        if path.suffix == ".csv":
            run = convert_table(path, path.with_suffix(".yaml"))
            document = Document(events=tuple(run.events()))
            rows = run.rows
        else:
            document = codec.read_document(path)
        step = _Step(partner, document, rows, hashlib.sha256(path.read_bytes()).hexdigest())
        steps.append(step)
        number = f"{len(document.events)} events" + (f" from {rows} rows" if rows else "")
        tell(f"   {partner.company:27} {partner.file:16} {partner.format:25} {number}")
    return steps


def _check(steps: Sequence[_Step], tell: Any) -> None:
    """Each document against the rules of the standard; findings are told, they do not stop the demo."""
    from epcis_kit import validate  # noqa: PLC0415

    tell("\n2. Checked against the standard")
    for step in steps:
        path = data_path("examples/story") / step.partner.file
        step.report = validate.check(step.document if step.rows else path, "core")
        counts = Counter(finding.severity for finding in step.report.findings)
        said = ", ".join(f"{counts[name]} {name}{'s' if counts[name] != 1 else ''}" for name in ("error", "warning"))
        tell(f"   {step.partner.file:16} {'valid' if step.report.valid else 'NOT valid'}: {said}")


def _hash(steps: Sequence[_Step], tell: Any) -> None:
    """Events without an eventID are known by the hash of their content."""
    from epcis_kit.hashing import event_hash  # noqa: PLC0415

    for step in steps:
        step.with_id = sum(event.event_id is not None for event in step.document.events)
        step.first_hash = next((event_hash(event) for event in step.document.events if event.event_id is None), "")
    total = sum(len(step.document.events) for step in steps)
    named = sum(step.with_id for step in steps)
    example = next((step.first_hash for step in steps if step.first_hash), "")
    tell("\n3. Hashed")
    tell(f"   {named} of {total} events carry an eventID, {total - named} are known by the hash of their content:")
    tell(f"   {example}")


def _capture(store: Store, steps: Sequence[_Step], tell: Any) -> None:
    """Into the store, one transaction a document."""
    tell("\n4. Captured")
    for step in steps:
        path = data_path("examples/story") / step.partner.file
        result = store.capture(step.document if step.rows else path, partner=step.partner.sender)
        step.captured, step.known = result.captured, result.duplicates
    new, known = sum(step.captured for step in steps), sum(step.known for step in steps)
    tell(f"   {new} new events, {known} known already" + (" (all of it, from an earlier run)" if not new else ""))
    for step in steps:
        if step.known and step.captured:
            tell(f"   {step.partner.file}: {step.known} events that another company had sent too")


def _answer(store: Store, traces: tuple[Trace, Trace], steps: Sequence[_Step], out: Path, tell: Any) -> dict[str, Any]:
    """Both traces, forward and back, on the screen and as files."""
    from epcis_kit.trace.render import view_of  # noqa: PLC0415
    from epcis_kit.trace.render_data import KINDS, FileSource  # noqa: PLC0415
    from epcis_kit.trace.render_page import answer_in_words, trace_page  # noqa: PLC0415

    forward, back = traces
    view, way_back = view_of(forward, store), view_of(back, store)
    sources = [
        FileSource(
            name=step.partner.file, company=step.partner.company, format=step.partner.format,
            events=len(step.document.events), sha256=step.sha256,
        )
        for step in steps
    ]  # fmt: skip
    kinds = Counter(thing.kind for thing in view.things)
    tell(f"\n5. Traced forward: {view.start.product_name}, {view.start.name}, is bad. What did it go into?")
    tell(f"   {answer_in_words(view)}")
    tell("   Reached: " + ", ".join(f"{kinds[kind]} {KINDS[kind][kinds[kind] != 1]}" for kind in KINDS if kinds[kind]))
    clean = _clean(steps, forward)
    tell("   Not reached: " + ", ".join(f"{number} {what}" for number, what in clean))
    for declaration in forward.declarations:
        tell(f"   Left out: event {declaration.event_id}, declared wrong by its sender")
    _tell_table(view, tell)
    tell(f"\n6. Traced back: one sold bottle, {way_back.start.name}. What was it made of?")
    tell(f"   {answer_in_words(way_back)}")
    for thing in way_back.things:
        tell(f"   {thing.product_name:30} {thing.name}")
    texts = _texts(view, clean)
    files = {
        "page": (out / "recall.html", trace_page(view, texts=texts, back=way_back, sources=sources)),
        "list": (out / "affected.csv", _as_csv(view)),
        "trace": (out / "trace.json", forward.to_json()),
    }
    for path, text in files.values():
        path.write_text(text, encoding="utf-8", newline="")
    tell("\nWritten")
    for label, name in (("page for people", "page"), ("full list", "list"), ("trace as JSON", "trace")):
        tell(f"   {label:16} {files[name][0]}")
    tell(f"   {'the store':16} {out / 'demo.db'}")
    tell(f"\nNext: open {files['page'][0]} in a browser, or ask the store yourself:")
    tell(f'   epcis-kit where {out / "demo.db"} "{_SOLD}"')
    return _as_dict(view, way_back, clean, steps, {name: str(path) for name, (path, _) in files.items()})


def _clean(steps: Sequence[_Step], forward: Trace) -> tuple[tuple[int, str], ...]:
    """What the documents name and the trace did not reach, counted by kind."""
    from epcis_kit.gs1.canonical import trace_key  # noqa: PLC0415
    from epcis_kit.trace.render_data import KINDS, kind_of  # noqa: PLC0415

    named: set[str] = set()
    holds: set[str] = set()
    for step in steps:
        for event in step.document.events:
            for field in ("epc_list", "child_epcs", "output_epc_list"):
                named.update(trace_key(epc).key for epc in getattr(event, field, None) or ())
            parent = getattr(event, "parent_id", None)
            if parent is not None and event.type == "AggregationEvent":
                holds.add(trace_key(parent).key)
    named |= holds
    rest = named - {forward.start, *forward.keys}
    counts = Counter(kind_of(key, holds=key in holds) for key in rest)
    return tuple(
        (counts[kind], KINDS[kind][counts[kind] != 1]) for kind in ("item", "box", "unit load") if counts[kind]
    )


def _tell_table(view: View, tell: Any) -> None:
    """Who has how much, most first, then the first affected units."""
    from epcis_kit.trace.render_data import STATUSES, time_text  # noqa: PLC0415

    counted = view.counted()
    holders: dict[str, Counter[str]] = {}
    for thing in counted:
        holders.setdefault(thing.holder, Counter())[thing.status] += 1
    names = [name for name in STATUSES if any(row[name] for row in holders.values())]
    short = {name: STATUSES[name].label.partition(",")[0] for name in names}
    head = "".join(f"{short[name]:>12}" for name in names)
    tell(f"\n   {'Company':28}{head}{'all':>8}")
    for holder, row in sorted(holders.items(), key=lambda item: (-item[1].total(), item[0])):
        cells = "".join(f"{row[name] or '-':>12}" for name in names)
        tell(f"   {holder or 'not known':28}{cells}{row.total():>8}")
    ranked = sorted(counted, key=lambda each: (-STATUSES[each.status].urgency, each.holder, each.place, each.key))
    shown = [next(group) for _, group in itertools.groupby(ranked, key=lambda each: (each.holder, each.place))][:_ROWS]
    tell(f"\n   {'For example':16}{'status':12}{'last place':40}{'holder':28}{'last event (UTC)'}")
    for thing in shown:
        place = thing.place or "not known"
        tell(f"   {thing.name:16}{short[thing.status]:12}{place:40}{thing.holder:28}{time_text(thing.time)}")
    if len(counted) > len(shown):
        tell(f"   … and {len(counted) - len(shown)} more; affected.csv has them all")


def _texts(view: View, clean: tuple[tuple[int, str], ...]) -> Any:
    from epcis_kit.trace.render_data import day_text  # noqa: PLC0415
    from epcis_kit.trace.render_page import PageTexts  # noqa: PLC0415

    counted = view.counted()
    gone: Counter[str] = Counter(thing.holder for thing in counted if thing.status == "no later data")
    notes = [f"{holder} was sent {number} units and has sent no data: ask there." for holder, number in gone.items()]
    seen: set[str] = set()
    for moment in view.moments:
        if moment.alarm and day_text(moment.time) not in seen:
            seen.add(day_text(moment.time))
            loads = len(moment.things)
            notes.append(
                f"Beside the question: on {day_text(moment.time)} the cold truck of {moment.holder} reported "
                f"{moment.alarm} with {loads} affected pallet{'s' if loads != 1 else ''} on board."
            )
    return PageTexts(
        kicker="Recall trace · demonstration data",
        title=f"{view.start.product_name}, {view.start.name}: what it went into and where that is now",
        question=(
            "Meadow Farm (demo) reports that this lot is bad. What did it go into, who has that now, and what stayed "
            "clean?"
        ),
        notes=tuple(notes),
        clean=clean,
        footer="Made by epcis-kit demo from fictional data with GS1 demonstration prefixes. Times are UTC.",
    )


def _row(thing: Thing) -> dict[str, str]:
    from epcis_kit.trace.render_data import KINDS, STATUSES, time_text  # noqa: PLC0415

    return {
        "key": thing.key,
        "kind": KINDS[thing.kind][0],
        "product": thing.product_name,
        "status": STATUSES[thing.status].label,
        "holder": thing.holder,
        "last_place": thing.place,
        "inside": " < ".join(thing.inside),
        "last_event_utc": time_text(thing.time),
    }


def _as_csv(view: View) -> str:
    out = io.StringIO()
    rows = [_row(thing) for thing in sorted(view.things, key=lambda thing: (thing.kind, thing.key))]
    writer = csv.DictWriter(out, list(_row(view.start)), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _as_dict(
    view: View, back: View, clean: tuple[tuple[int, str], ...], steps: Sequence[_Step], files: dict[str, str]
) -> dict[str, Any]:
    """The machine-readable form; its shape is promised."""
    counted = view.counted()
    return {
        "sources": [
            {
                "file": step.partner.file,
                "company": step.partner.company,
                "format": step.partner.format,
                "sha256": step.sha256,
                "events": len(step.document.events),
                "valid": step.report is not None and step.report.valid,
                "captured": step.captured,
                "known": step.known,
            }
            for step in steps
        ],
        "forward": {
            "start": view.start.key,
            "reached": dict(sorted(Counter(thing.kind for thing in view.things).items())),
            "by_holder": dict(sorted(Counter(thing.holder for thing in counted).items())),
            "by_status": dict(sorted(Counter(thing.status for thing in counted).items())),
            "not_reached": {what: number for number, what in clean},
            "voided": list(view.voided),
            "affected": [_row(thing) for thing in view.things],
        },
        "back": {"start": back.start.key, "keys": sorted(thing.key for thing in back.things)},
        "files": files,
    }
