"""Rows in, events and findings out.

Takes a table and a mapping; gives a :class:`TableRun` that is iterated once. Guarantees: streaming, one row in memory,
and the rows of one group where rows are gathered; each row gives all its events or its findings and none; every row is
counted: rows = used + rejected; repairs are told; after a stop, a later run can go on where this one was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from epcis_kit.errors import DocumentError, shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.tabular.cells import CellError
from epcis_kit.tabular.groups import Batch, Group, SortedGroup, batches_of
from epcis_kit.tabular.lookups import load_lookup
from epcis_kit.tabular.mapping import Mapping, load_mapping
from epcis_kit.tabular.program import Program
from epcis_kit.tabular.results import Made, Rejected, Settled
from epcis_kit.tabular.sources import Rows, SourceInfo, open_rows
from epcis_kit.tabular.spill import BUDGET, GroupSpill

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as Params
    from typing import IO

    from epcis_kit.model import Document, Event, Timestamp

__all__ = ["TableRun", "convert_table"]


class TableRun:
    """One pass over a table: iterate it for events and findings.

    Attributes:
        rows: Rows read so far, the header not counted.
        rejected: Rows that became findings.
        filtered: Rows that were used by leaving them out, as the mapping says.
        repaired: Values that were mended.
        made: Events given.
        mapping: The mapping that is used.
        watermark_value: The watermark of the last row that was used.
    """

    def __init__(
        self, source: Any, mapping: Mapping, *, start_row: int | None = None, stop_after: int | None = None,
        params: Params[str, Any] | None = None, budget: int = BUDGET, same: Any = None,
    ) -> None:  # fmt: skip
        self.mapping = mapping
        self.rows = self.rejected = self.filtered = self.repaired = self.made = 0
        self._settled = (0, 0, 0)
        self.watermark_value: str | None = None
        self._source = source
        self._start = start_row
        self._stop = stop_after
        self._params = params
        self._budget = budget
        self._same = _again(source) if same is None else same
        self._table: Rows | None = None
        self._program: Program | None = None
        self._first: list[Any] | None = None
        self._done = 0
        self._open_group: int | None = None
        self._bad: set[int] = set()
        self._begun = False
        self._plans = tuple(plan for plan in mapping.events if plan.group is None)
        self._batches = batches_of(mapping.events)

    @property
    def used(self) -> int:
        """Rows that were used."""
        return self.rows - self.rejected

    @property
    def settled(self) -> Settled:
        """Counts of the rows before :attr:`resume_row`."""
        rows, rejected, filtered = self._settled
        return Settled(rows, rows - rejected, rejected, filtered)

    @property
    def info(self) -> SourceInfo:
        """How the table was understood."""
        return self.open()

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.info.header

    @property
    def position(self) -> tuple[int | None, int | None]:
        """Bytes read so far and bytes in all, where they are known."""
        return (None, None) if self._table is None else self._table.position

    @property
    def resume_row(self) -> int | None:
        """The row at which a later run has to start so that nothing is lost or given twice.

        ``None`` where only a run from the beginning is right: rows of a group may stand anywhere, or the mapping
        gathers rows in several ways. Ask when everything that was given so far is written.
        """
        sorted_only = all(batch.rule.mode == "sorted" for batch in self._batches)
        simple = not self._batches or (len(self._batches) == 1 and not self._plans)
        if not sorted_only or not simple:
            return None
        if self._open_group is not None:
            return self._open_group
        return self._done + 1 if self._done else (self._start or 1)

    def open(self) -> SourceInfo:
        """Open the table and bind the mapping to its header.

        Raises:
            MappingError: The table does not have a column that the mapping names.
            DocumentError: The table cannot be read.
            OSError: A file cannot be opened.
        """
        if self._table is None:
            table = open_rows(self._source, self.mapping, params=self._params)
            try:
                tables = [each.lookup for each in self.mapping.head_plan.masterdata]
                for lookup in (*self.mapping.lookups.values(), *tables):
                    load_lookup(lookup, self._same)
                name = table.info.name or "the table"
                self._program = Program(self.mapping, table.header, name, native=table.native)
            except BaseException:
                table.close()
                raise
            self._table = table
        return self._table.info

    def close(self) -> None:
        """Close what was opened here."""
        if self._table is not None:
            self._table.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def head(self, creation_date: Timestamp | None) -> Document:
        """The document without its events; what depends on rows is taken from the first row that made an event."""
        return self.mapping.head(creation_date, self._first)

    def __iter__(self) -> Iterator[Event | Finding]:
        for item in self.results():
            if isinstance(item, Made):
                yield item.event
            elif isinstance(item, Rejected):
                yield from item.findings
            else:
                yield item

    def events(self) -> Iterator[Event]:
        """Only the events; the first bad row raises.

        Raises:
            DocumentError: A row cannot be used; ``location`` says which and where.
        """
        for item in self:
            if not isinstance(item, Finding):
                yield item
            elif item.severity == "error":
                raise DocumentError(item.message, item.location)

    def results(self) -> Iterator[Made | Rejected | Finding]:
        """Events with where they come from, rejected rows, and repairs (findings of severity ``"warning"``)."""
        if self._begun:
            raise ValueError("Cannot read a table twice: make another run.")
        self._begun = True
        self.open()
        assert self._table is not None
        assert self._program is not None
        spills = {id(batch): GroupSpill(self._budget) for batch in self._batches if batch.rule.mode == "spill"}
        try:
            yield from self._stream(self._table, self._program, spills)
            for batch in self._batches:
                if id(batch) in spills:
                    yield from self._spilled(batch, spills[id(batch)], self._program)
        finally:
            for spill in spills.values():
                spill.close()
            self.close()

    # -- rows as they come

    def _stream(
        self, table: Rows, program: Program, spills: dict[int, GroupSpill]
    ) -> Iterator[Made | Rejected | Finding]:
        mapping, plans, repairs = self.mapping, self._plans, program.repairs
        condition = mapping.filter
        dedupe = None if mapping.dedupe is None else mapping.dedupe.fresh()
        sorted_batches = [batch for batch in self._batches if batch.rule.mode == "sorted"]
        gathered: dict[int, SortedGroup] = {id(batch): SortedGroup(batch) for batch in sorted_batches}
        start, stop = self._start or 0, self._stop
        values_of, watermark = program.values, program.watermark
        for number, cells, fault in table:
            if number < start:
                continue
            if stop is not None and self.rows >= stop:
                break
            self.rows += 1
            if fault is not None or cells is None:
                yield from self._give(self._rejected(number, cells, [fault] if fault else []), gathered)
                self._settle(number, gathered)
                continue
            try:
                values = values_of(cells)
                if condition is not None and not condition.holds(values):
                    self.filtered += 1
                    self._settle(number, gathered)
                    repairs.clear()
                    continue
                if dedupe is not None and dedupe.repeats(values):
                    self.filtered += 1
                    self._settle(number, gathered)
                    repairs.clear()
                    continue
                made = [(event, plan.label) for plan in plans for event in plan.of_row(values)]
                keys = [batch.rule.key(values) for batch in self._batches] if self._batches else ()
            except ValueError as error:
                repairs.clear()
                self._poison(number, cells, gathered, spills)
                yield from self._give(self._rejected(number, cells, self._findings(error, number, cells)), gathered)
                self._settle(number, gathered)
                continue
            if self._batches:
                refused = yield from self._gather(number, cells, values, keys, gathered, spills)
                if refused is not None:
                    repairs.clear()
                    yield from self._give(
                        self._rejected(number, cells, self._findings(refused, number, None)), gathered
                    )
                    self._settle(number, gathered)
                    continue
            if repairs:
                for finding in self._repaired(number):
                    yield from self._give(finding, gathered)
            if self._first is None:
                self._first = values
            for event, label in made:
                self.made += 1
                yield Made(event, number, number, 1, label)
            if watermark is not None:
                self.watermark_value = cells[watermark].strip()
            if gathered:
                self._settle(number, gathered)
            else:
                self._done = number
                self._settled = (self.rows, self.rejected, self.filtered)
        for batch in sorted_batches:
            yield from self._closed(gathered[id(batch)])
        self._open_group = None
        self._settle(self._done, {})

    def _give(self, item: Rejected | Finding, gathered: dict[int, SortedGroup]) -> Iterator[Rejected | Finding]:
        """Items of rows within an open group wait for it, so that a later run can begin with the group."""
        for one in gathered.values():
            if one.group is not None:
                one.waiting.append(item)
                return
        yield item

    def _settle(self, number: int, gathered: dict[int, SortedGroup]) -> None:
        """Remember how far everything is given."""
        self._done = number
        if not gathered:
            self._settled = (self.rows, self.rejected, self.filtered)
            return
        opened = [one.group.first for one in gathered.values() if one.group is not None]
        self._open_group = min(opened) if opened else None
        if not opened:
            self._settled = (self.rows, self.rejected, self.filtered)

    def _gather(  # noqa: PLR0917 - one call
        self, number: int, cells: list[str], values: list[Any], keys: Any, gathered: dict[int, SortedGroup],
        spills: dict[int, GroupSpill],
    ) -> Any:  # fmt: skip
        """Put a row into its groups; gives the error where it does not fit, and yields what is finished by it."""
        ready = []
        for batch, key in zip(self._batches, keys, strict=True):
            one = gathered.get(id(batch))
            if one is None:
                continue
            if one.group is not None and one.group.key != key:
                yield from self._closed(one)
                if all(other.group is None for other in gathered.values()):
                    self._settled = (self.rows - 1, self.rejected, self.filtered)
            try:
                one.begin(key, number)
                assert one.group is not None
                ready.append((one.group, one.group.prepare(values)))
            except ValueError as error:
                if one.group is not None and batch.rule.incomplete == "reject":
                    one.group.poisoned = one.group.poisoned or number
                if one.group is not None and not one.group.count:
                    one.group = None
                return error
        for group, prepared in ready:
            group.commit(prepared, values, number, cells)
        for batch, key in zip(self._batches, keys, strict=True):
            if id(batch) in spills:
                spills[id(batch)].add(_joined(key), number, cells)
        return None

    def _poison(
        self, number: int, cells: list[str], gathered: dict[int, SortedGroup], spills: dict[int, GroupSpill]
    ) -> None:
        """Tell the group of a rejected row, where the mapping wants no incomplete groups and the group is known."""
        strict = [batch for batch in self._batches if batch.rule.incomplete == "reject"]
        if not strict:
            return
        assert self._program is not None
        values, bad = self._program.partial(cells)
        for batch in strict:
            if batch.rule.slots & bad:
                continue
            try:
                key = batch.rule.key(values)
            except ValueError:
                continue
            one = gathered.get(id(batch))
            if one is None:
                spills[id(batch)].add(_joined(key), number, [])
            elif one.group is not None and one.group.key == key:
                one.group.poisoned = one.group.poisoned or number
            else:
                one.poisoned[key] = number

    # -- groups

    def _closed(self, one: SortedGroup) -> Iterator[Made | Rejected | Finding]:
        group = one.group
        if group is None:
            return
        yield from one.waiting
        one.waiting = []
        yield from self._finished(group)
        one.end()

    def _finished(self, group: Group) -> Iterator[Made | Rejected]:
        """The events of a group, or its rows where there are none."""
        try:
            if group.poisoned is not None:
                raise CellError(
                    f"Cannot use this row without row {group.poisoned} of its group, which is rejected.", None, "",
                    "TAB-007",
                )  # fmt: skip
            events = group.events()
        except ValueError as error:
            place = f"rows {group.first} to {group.last}" if group.count > 1 else ""
            for number, cells in group.rows:
                findings = self._findings(error, number, None, place)
                yield self._rejected(number, cells, findings, whole=True)
        else:
            for event, plan in events:
                self.made += 1
                yield Made(event, group.first, group.last, group.count, plan.label)
        finally:
            group.rows.close()

    def _spilled(self, batch: Batch, spill: GroupSpill, program: Program) -> Iterator[Made | Rejected | Finding]:
        for _, rows in spill:
            group: Group | None = None
            poisoned: int | None = None
            for number, cells in rows:
                if not cells:
                    poisoned = poisoned or number
                    continue
                values = program.values(cells)
                program.repairs.clear()
                if group is None:
                    group = Group(batch.rule.key(values), batch, number)
                try:
                    group.commit(group.prepare(values), values, number, cells)
                except ValueError as error:
                    if batch.rule.incomplete == "reject":
                        poisoned = poisoned or number
                    if number not in self._bad:
                        yield self._rejected(number, cells, self._findings(error, number, None))
            if group is not None and group.count:
                group.poisoned = poisoned
                for item in self._finished(group):
                    if not isinstance(item, Rejected) or item.findings:
                        yield item

    # -- findings

    def _rejected(
        self, number: int, cells: list[str] | None, findings: list[Finding], *, whole: bool = False
    ) -> Rejected:
        if number not in self._bad or not self._batches:
            self.rejected += 1
            if self._batches:
                self._bad.add(number)
        return Rejected(number, cells, tuple(findings), whole)

    def _findings(self, error: ValueError, number: int, cells: list[str] | None, place: str = "") -> list[Finding]:
        """What is wrong with a row; with ``cells`` everything that is wrong with them."""
        errors = [error]
        if cells is not None and isinstance(error, CellError):
            assert self._program is not None
            errors = self._program.faults(cells) or errors
        assert self._table is not None
        name = self._table.info.name
        result = []
        for each in errors:
            column, value, rule = None, None, "TAB-003"
            if isinstance(each, CellError):
                column, value, rule = each.column, each.value, each.rule
            message = f"{str(each).rstrip('.')} ({place})." if place else str(each)
            result.append(
                Finding(
                    rule=rule,
                    severity="error",
                    layer="syntax",
                    message=message,
                    location=Location(file=name, row=number, table_column=column),
                    parameters=() if value is None else (("value", value[:200]),),
                )
            )
        return result

    def _repaired(self, number: int) -> Iterator[Finding]:
        assert self._program is not None
        assert self._table is not None
        for repair in self._program.repairs:
            self.repaired += 1
            yield Finding(
                rule="TAB-010",
                severity="warning",
                layer="syntax",
                message=f"Repaired {shorten(repair.before)}: {repair.what}, giving {shorten(repair.after)}.",
                location=Location(file=self._table.info.name, row=number, table_column=repair.column),
                parameters=(("before", repair.before[:200]), ("after", repair.after[:200]), ("what", repair.what)),
            )
        self._program.repairs.clear()


def _joined(key: tuple[str | None, ...]) -> str:
    """The texts of a key as one, so that no two keys give the same."""
    return "\0".join("\1" if text is None else text.replace("\0", "\2") for text in key)


def _again(source: Any) -> Any:
    """The same file, to be opened a second time; ``None`` where that cannot be."""
    import os  # noqa: PLC0415 - only for paths

    return source if isinstance(source, (str, os.PathLike)) else None


def convert_table(
    rows: str | os.PathLike[str] | IO[bytes] | Iterable[dict[str, Any]] | Rows | Any,
    mapping: str | os.PathLike[str] | dict[str, Any] | Mapping,
    *,
    start_row: int | None = None,
    stop_after: int | None = None,
    params: Params[str, Any] | None = None,
) -> TableRun:
    """Turn a table into events and findings.

    Args:
        rows: Path of a table (CSV, XLSX, JSON lines, JSON), an open binary file, rows as dicts of column name to value,
            or a database connection.
        mapping: Path of a mapping file, a dict, or a loaded mapping.
        start_row: Number of the first row that is used; earlier ones are read over and not counted.
        stop_after: How many rows are read at most.
        params: Values for the parameters of a query.

    Returns:
        A run; iterate it for :class:`~epcis_kit.model.Event` and :class:`~epcis_kit.findings.Finding` values. A finding
        of severity ``"error"`` is a row that was rejected, one of severity ``"warning"`` a value that was repaired.

    Raises:
        MappingError: The mapping is wrong, or names a column that the table does not have.
        DocumentError: The table cannot be read at all.
        OSError: A file cannot be opened.
    """
    plan = load_mapping(mapping)
    run = TableRun(rows, plan, start_row=start_row, stop_after=stop_after, params=params)
    if isinstance(rows, (list, tuple)):
        run.open()
    return run
