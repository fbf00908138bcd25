"""One run of a table into files: events, rejected rows, repairs, counts, a state to resume from.

Takes a table, a mapping and a :class:`Plan` of what goes where; gives a :class:`Summary`. Guarantees: constant memory
(rejected rows go to their file as they come); rows in = rows used + rows rejected, over interruptions too; the output
takes its name only when the table was read to its end; a run that was killed goes on at its last checkpoint and ends
with the same bytes as one that was not; a run that fails on the table itself leaves nothing behind but the rejects.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime as dt
from array import array
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from epcis_kit.codec import read_document, write_document
from epcis_kit.errors import EpcisKitError
from epcis_kit.tabular import Made, Rejected, Rows, TableRun, open_rows
from epcis_kit.tabular.flat_cells import unescape_cell
from epcis_kit.tabular.outputs import Form, Outputs
from epcis_kit.tabular.rejects import REJECT_COLUMNS, RejectsFile, RepairsFile
from epcis_kit.tabular.resume import StateFile, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.codec.protocols import DocumentWriter
    from epcis_kit.findings import Finding, Report
    from epcis_kit.model import Document, Event, Timestamp
    from epcis_kit.tabular.flat_columns import Column
    from epcis_kit.tabular.mapping import Mapping
    from epcis_kit.validate.running import Run

__all__ = ["Plan", "Stopped", "Summary", "run_table"]

_EVERY: Final = 1 << 13
_EVERY_ROWS: Final = 1 << 13
_KEPT: Final = 1000
_SHOWN: Final = 3
_ENOUGH: Final = 1000
_WATCHED: Final = 255
_HASH_RULE: Final = "EVT-018"


class Stopped(EpcisKitError):  # noqa: N818 - no fault of the table alone
    """More rows were rejected than the plan allows; nothing was written."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run writes, and where.

    Attributes:
        target: The output; a binary file instead of a path is written as the events come; ``None`` writes nothing.
        form: Format and version.
        creation_date: When the document is said to be made.
        rejects: Where rejected rows go; ``.xlsx``, ``.jsonl`` or CSV.
        repairs: Where the log of repaired values goes.
        max_errors: Most rejected rows before the run stops.
        max_share: Most rejected rows as a share of all, 0 to 1.
        split_size: Most events of one file.
        split_by: What of an event says which file it belongs to.
        resume: Go on where an interrupted run stopped.
        profile: Rule set by which the result is checked; ``None`` for no check.
        same: The file that look-ups mean by ``same``, where the table is a file of its rejected rows.
    """

    target: Path | IO[bytes] | None
    form: Form
    creation_date: Timestamp
    rejects: Path | None = None
    repairs: Path | None = None
    max_errors: int | None = None
    max_share: float | None = None
    split_size: int | None = None
    split_by: Column | None = None
    resume: bool = False
    profile: str | None = None
    same: Path | None = None


@dataclasses.dataclass(slots=True)
class Summary:
    """What a run did; ``rows`` is ``used`` plus ``rejected``.

    Attributes:
        rows: Rows of the table.
        used: Rows that became events, or were left out on purpose.
        rejected: Rows that are in the rejects.
        filtered: Of the used rows: left out on purpose.
        repaired: Values that were repaired.
        events: Events written.
        outputs: The files.
        shown: The first events.
        findings: The first findings; ``rejected`` and ``repaired`` count all.
        resumed_at: Row at which an interrupted run was taken up, ``None`` for a run from the beginning.
        checks: For each file, what a check by the profile found.
        rejects: The file of rejected rows, where there is one.
    """

    rows: int = 0
    used: int = 0
    rejected: int = 0
    filtered: int = 0
    repaired: int = 0
    events: int = 0
    outputs: tuple[Path, ...] = ()
    shown: list[Event] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)
    resumed_at: int | None = None
    checks: list[tuple[Path, Report]] = dataclasses.field(default_factory=list)
    rejects: Path | None = None


def run_table(
    source: Any, mapping: Mapping, plan: Plan, watch: Callable[[TableRun, Summary], None] | None = None
) -> Summary:
    """Turn a table into files.

    Args:
        source: What :func:`~epcis_kit.tabular.convert_table` takes; a path can be resumed.
        mapping: How rows become events.
        plan: What goes where.
        watch: Called now and then, for a line of progress.

    Raises:
        MappingError: The table lacks a column that the mapping names.
        DocumentError: The table cannot be read, or an interrupted run cannot be taken up.
        EncodeError: The format cannot carry an event.
        Stopped: More rows were rejected than allowed.
        OSError: A file cannot be opened or written.
    """
    return _Run(source, mapping, plan, watch).run()


class _Stream:
    """An output that cannot be cut back: standard output, or a file that the caller opened."""

    def __init__(self, target: IO[bytes], form: Form, head: Callable[[], Document]) -> None:
        self._target = target
        self._form = form
        self._head = head
        self._writer: DocumentWriter | None = None
        self.events = 0

    def write(self, event: Event) -> None:
        if self._writer is None:
            self._writer = self._form.writer(self._target, self._head())
        self._writer.write(event)
        self.events += 1

    def close(self) -> None:
        if self._writer is None:
            self._writer = self._form.writer(self._target, self._head())
        self._writer.close()


class _Run:
    """One run; see :func:`run_table`."""

    def __init__(
        self, source: Any, mapping: Mapping, plan: Plan, watch: Callable[[TableRun, Summary], None] | None
    ) -> None:
        self._mapping = mapping
        self._plan = plan
        self._watch = watch
        self._source = source
        self._same = source if isinstance(source, Path) else None
        self._state = self._state_file(source)
        self._saved = False
        self._known = self._state.load() if self._state is not None and plan.resume else None
        self._base: dict[str, int] = self._known["counts"] if self._known else {}
        self.summary = Summary(resumed_at=self._known["resume_row"] if self._known else None)
        self._mended = 0
        self._rejects: RejectsFile | None = None
        self._repairs: RepairsFile | None = None
        self._head: Document | None = None
        self._live: Run | None = None
        self._origins = array("Q")
        self._sheet = "Rejects"

    def _state_file(self, source: Any) -> StateFile | None:
        plan, mapping = self._plan, self._mapping
        if not isinstance(plan.target, Path) or not isinstance(source, Path) or mapping.needs_all_rows:
            return None
        if not plan.target.parent.is_dir() or not source.is_file():
            return None
        choices = {
            "form": [plan.form.format, plan.form.version, plan.form.spelling],
            "creation_date": plan.creation_date.text,
            "split": [plan.split_size, plan.split_by.source if plan.split_by else None],
            "rejects": str(plan.rejects),
            "repairs": str(plan.repairs),
        }
        identity = {"source": fingerprint(source), "mapping": mapping.digest, "choices": choices}
        return StateFile(plan.target, identity)

    def run(self) -> Summary:
        source = _opened(self._source, self._mapping)
        run = TableRun(source, self._mapping, start_row=self.summary.resumed_at, same=self._plan.same or self._same)
        outputs: Outputs | None = None
        try:
            with contextlib.closing(run):
                run.open()
                self._open_logs(run)
                outputs = self._outputs(run)
                stream = (
                    _Stream(self._plan.target, self._plan.form, lambda: self._made_head(run))
                    if (outputs is None and self._plan.target is not None and not isinstance(self._plan.target, Path))
                    else None
                )
                self._watch_rules(outputs)
                self._pass(run, outputs, stream)
                self._count(run, outputs or stream)
                self._judge(done=True)
                if stream is not None:
                    stream.close()
            if outputs is not None:
                outputs.close()
                self._check(outputs, run)
                outputs.publish()
                self.summary.outputs = outputs.goals
            if self._state is not None:
                self._state.remove()
        except (OSError, KeyboardInterrupt, SystemExit, MemoryError):
            if outputs is not None and not self._saved:
                outputs.discard()  # nothing to resume from
            raise
        except BaseException:
            if outputs is not None:
                outputs.discard()
            if self._state is not None:
                self._state.remove()
            raise
        finally:
            self._close_logs()
        return self.summary

    # -- the pass

    def _pass(self, run: TableRun, outputs: Outputs | None, stream: _Stream | None) -> None:
        write = outputs.write if outputs is not None else stream.write if stream is not None else self._show
        kept = outputs if self._state is not None else None
        earlier = self._base.get("rows", 0)
        last_events, last_rows = (0 if outputs is None else outputs.events), earlier
        boundary: int | None = None
        watch = self._watch
        for count, item in enumerate(run.results()):
            if kept is not None and (
                kept.events - last_events >= _EVERY or earlier + run.rows - last_rows >= _EVERY_ROWS
            ):
                row = run.resume_row
                if boundary is None:
                    boundary = row
                elif row is not None and row != boundary:  # all that rows before this one give is written
                    self._checkpoint(row, run, kept)
                    last_events, last_rows, boundary = kept.events, earlier + run.settled.rows, None
            if isinstance(item, Made):
                write(item.event)
                if self._live is not None:
                    self._judged(item, run)
                if len(self.summary.shown) < _SHOWN:
                    self.summary.shown.append(item.event)
            else:
                self._note(item)
                if isinstance(item, Rejected):
                    self._judge(run=run)
            if watch is not None and not count & _WATCHED:
                self._count(run, outputs or stream)
                watch(run, self.summary)

    def _show(self, _event: Event) -> None:
        """A dry run writes nothing."""
        self.summary.events += 1

    def _note(self, item: Rejected | Finding) -> None:
        """Write a rejected row or a repair where it belongs."""
        kept = self.summary.findings
        if isinstance(item, Rejected):
            if len(kept) < _KEPT:
                kept.extend(item.findings)
            if self._rejects is not None:
                self._rejects.add(item.row, item.cells, item.findings)
            return
        self._mended += 1
        if len(kept) < _KEPT:
            kept.append(item)
        if self._repairs is not None:
            self._repairs.add(item)

    def _judge(self, run: TableRun | None = None, *, done: bool = False) -> None:
        """Stop where too much is wrong."""
        plan = self._plan
        rejected = self.summary.rejected if run is None else self._base.get("rejected", 0) + run.rejected
        rows = self.summary.rows if run is None else self._base.get("rows", 0) + run.rows
        if plan.max_errors is not None and rejected > plan.max_errors:
            raise Stopped(f"Stopped at row {rows} of the table: {rejected} rows rejected, more than {plan.max_errors}.")
        if plan.max_share is not None and (done or rows >= _ENOUGH) and rejected > plan.max_share * rows:
            raise Stopped(
                f"Stopped at row {rows} of the table: {rejected} rows rejected, more than {plan.max_share * 100:g} %."
            )

    def _count(self, run: TableRun, outputs: Outputs | _Stream | None) -> None:
        summary, base = self.summary, self._base
        summary.rows = base.get("rows", 0) + run.rows
        summary.rejected = base.get("rejected", 0) + run.rejected
        summary.used = base.get("used", 0) + run.used
        summary.filtered = base.get("filtered", 0) + run.filtered
        summary.repaired = base.get("repaired", 0) + run.repaired
        if outputs is not None:
            summary.events = outputs.events

    # -- what is written beside the events

    def _open_logs(self, run: TableRun) -> None:
        plan, known = self._plan, self._known or {}
        if plan.rejects is not None:
            path = plan.rejects
            if path.suffix.lower() == ".xlsx":
                path = path.with_name(f".{path.name}.csv")
            self._rejects = RejectsFile(path, run.info)
            self._sheet = getattr(run.info, "sheet", None) or "Rejects"
            self._begin(self._rejects, known.get("rejects"))
            self.summary.rejects = plan.rejects
        if plan.repairs is not None:
            self._repairs = RepairsFile(plan.repairs)
            self._begin(self._repairs, known.get("repairs"))

    def _begin(self, table: RejectsFile | RepairsFile, known: dict[str, int] | None) -> None:
        if known is None:
            table.open()
            table.begin()
        else:
            table.open(known["length"], known["rows"])

    def _close_logs(self) -> None:
        for table in (self._rejects, self._repairs):
            if table is not None:
                table.close()
        goal = self._plan.rejects
        if self._rejects is not None and goal is not None and goal.suffix.lower() == ".xlsx":
            _as_spreadsheet(self._rejects.path, goal, self._sheet)

    def _with_rows(self, findings: list[Finding]) -> list[Finding]:
        """The findings with the row that their event was made of."""
        return [
            finding
            if finding.location.event_index is None
            else finding.at(row=self._origins[finding.location.event_index])
            for finding in findings
        ]

    # -- the output

    def _outputs(self, run: TableRun) -> Outputs | None:
        plan, known = self._plan, self._known
        if not isinstance(plan.target, Path):
            return None
        if known is not None:
            (self._head,) = (read_document(known["head"].encode()),)
            self._head = self._head.model_copy(update={"namespaces": self._mapping.namespaces})
        return Outputs(
            plan.target,
            plan.form,
            lambda: self._made_head(run),
            split_size=plan.split_size,
            split_by=plan.split_by,
            known=known["parts"] if known else None,
        )

    def _made_head(self, run: TableRun) -> Document:
        if self._head is None:
            self._head = run.head(self._plan.creation_date)
        return self._head

    def _checkpoint(self, row: int, run: TableRun, outputs: Outputs) -> None:
        assert self._state is not None
        settled, base = run.settled, self._base
        counts = {
            "rows": base.get("rows", 0) + settled.rows,
            "used": base.get("used", 0) + settled.used,
            "rejected": base.get("rejected", 0) + settled.rejected,
            "filtered": base.get("filtered", 0) + settled.filtered,
            "repaired": base.get("repaired", 0) + self._mended,
        }
        self._state.save(
            {
                "resume_row": row,
                "counts": counts,
                "head": write_document(self._made_head(run), format="json").decode(),
                "parts": outputs.checkpoint(),
                "rejects": self._rejects.checkpoint() if self._rejects is not None else None,
                "repairs": self._repairs.checkpoint() if self._repairs is not None else None,
            }
        )
        self._saved = True

    def _watch_rules(self, outputs: Outputs | None) -> None:
        """Check events as they are written, where all of them are in hand and go into one document."""
        if outputs is None or self._plan.profile is None or outputs.is_split or self._known is not None:
            return
        from epcis_kit.validate.profiles import load_profile  # noqa: PLC0415 - loads the rules
        from epcis_kit.validate.running import Run  # noqa: PLC0415

        profile = load_profile(self._plan.profile)
        if all(plan.ids is not None and plan.ids.method == "hash" for plan in self._mapping.events):
            # the ids were made by the function that this rule would compare them with
            profile = dataclasses.replace(profile, severity={**profile.severity, _HASH_RULE: "off"})
        self._live = Run(profile, now=dt.datetime.now(dt.UTC))

    def _judged(self, item: Made, run: TableRun) -> None:
        """Give an event to the rules."""
        live = self._live
        assert live is not None
        if not live.events:
            live.begin(self._written_head(run))
        live.event(item.event, live.events)
        live.events += 1
        self._origins.append(item.first_row)

    def _written_head(self, run: TableRun) -> Document:
        """The head as the rules see it when they read the file."""
        form = self._plan.form
        kind = "xml" if form.format == "xml" else "json"
        return self._made_head(run).model_copy(
            update={"source_format": f"{kind} {form.version}", "schema_version": form.version}
        )

    def _check(self, outputs: Outputs, run: TableRun) -> None:
        if self._plan.profile is None:
            return
        live = self._live
        if live is not None:
            if not live.events:
                live.begin(self._written_head(run))
            live.end(self._written_head(run))
            self.summary.checks.append((outputs.goals[0], live.report(self._with_rows)))
            return
        from epcis_kit.validate import check  # noqa: PLC0415 - loads the rules

        for path, goal in zip(outputs.written, outputs.goals, strict=True):
            report = check(path, self._plan.profile)
            self.summary.checks.append((goal, report))


def _opened(source: Any, mapping: Mapping) -> Any:
    """The source, or the rows of a file of rejected rows: CSV also where the mapping is for a spreadsheet."""
    if not isinstance(source, Path) or not source.is_file():
        return source
    with source.open("rb") as stream:
        start = stream.read(4)
    other = mapping.source.get("format") == "xlsx" and not start.startswith((b"PK", b"\x1f\x8b"))
    rows = open_rows(source, mapping, format="csv" if other else None)
    native = rows.native or other  # dates of the spreadsheet's own stand there as ISO 8601
    if not {*REJECT_COLUMNS} <= {*rows.header}:
        rows.native = native
        return rows
    plain = (
        (number, None if cells is None else [unescape_cell(cell) for cell in cells], fault)
        for number, cells, fault in rows
    )
    return Rows(rows.info, plain, native=native, close=rows.close, position=lambda: rows.position)


def _as_spreadsheet(path: Path, goal: Path, sheet: str) -> None:
    """The rejects as a spreadsheet of texts; the CSV they were gathered in goes away."""
    from epcis_kit.tabular.flat_cells import XlsxTable  # noqa: PLC0415 - only where a spreadsheet is wanted

    with path.open(encoding="utf-8", newline="") as stream, goal.open("wb") as target:
        rows = csv.reader(stream)
        table = XlsxTable(target, next(rows), sheet=sheet, raw=True)
        for row in rows:
            table.row(row)
        table.close()
    path.unlink()
