"""How one row becomes what it becomes: its cells, its fields, its events.

Takes a table, a mapping and the number of a row; gives an :class:`Explanation` for people and programs. Guarantees: the
row is read as in a run; where rows are gathered, the events are those that the row makes alone.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from epcis_kit.errors import DocumentError
from epcis_kit.findings import Location
from epcis_kit.tabular.convert import TableRun
from epcis_kit.tabular.mapping import Mapping, load_mapping
from epcis_kit.tabular.program import Program
from epcis_kit.tabular.results import Made, Rejected
from epcis_kit.tabular.sources import Rows, open_rows
from epcis_kit.tabular.templates import text_of

if TYPE_CHECKING:
    from epcis_kit.findings import Finding
    from epcis_kit.model import Event

__all__ = ["Explanation", "explain_row"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One row, step by step.

    Attributes:
        row: Its number.
        cells: Name of each column and the text of its cell.
        fields: Name of each field, the column it reads (``None`` for others), the text of the cell, and its value as
            text (``None`` for nothing).
        events: What the row makes alone.
        plans: What in the mapping made each of them.
        findings: What is wrong with the row, and what was repaired in it.
        filtered: True where the mapping leaves the row out.
    """

    row: int
    cells: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str | None, str | None, str | None], ...]
    events: tuple[Event, ...]
    plans: tuple[str, ...]
    findings: tuple[Finding, ...]
    filtered: bool


def explain_row(source: Any, mapping: Any, row: int) -> Explanation:
    """Say how the row with that number is used.

    Args:
        source: As for :func:`~epcis_kit.tabular.convert_table`.
        mapping: As for it.
        row: The number, as findings and the user's own program tell it.

    Raises:
        DocumentError: There is no such row, or the table cannot be read.
        MappingError: The mapping is wrong, or does not fit the table.
        OSError: A file cannot be opened.
    """
    plan = load_mapping(mapping)
    with open_rows(source, plan) as table:
        first = None
        for number, cells, fault in table:
            if number >= row:
                first = (number, cells, fault)
                break
        if first is None or first[0] != row:
            beyond = "fewer rows" if first is None else f"the next at row {first[0]}"
            raise DocumentError(f"there is no row {row} to explain: {beyond}", Location(file=table.info.name))
        return _explained(table, plan, row, first[1], first[2], source)


def _explained(  # noqa: PLR0917 - one call
    table: Rows, mapping: Mapping, row: int, cells: list[str] | None, fault: Finding | None, source: Any
) -> Explanation:
    if cells is None or fault is not None:
        return Explanation(
            row=row,
            cells=tuple(zip(table.header, cells or (), strict=False)),
            fields=(),
            events=(),
            plans=(),
            findings=() if fault is None else (fault,),
            filtered=False,
        )
    again = source if isinstance(source, (str, bytes)) or hasattr(source, "__fspath__") else None
    alone = Rows(table.info, iter([(row, cells, None)]), native=table.native)
    run = TableRun(alone, mapping, same=again)
    events: list[Event] = []
    plans: list[str] = []
    findings: list[Finding] = []
    for item in run.results():
        if isinstance(item, Made):
            events.append(item.event)
            plans.append(item.plan)
        elif isinstance(item, Rejected):
            findings.extend(item.findings)
        else:
            findings.append(item)
    program = Program(mapping, table.header, table.info.name or "the table", native=table.native)
    values, _ = program.partial(cells)
    by_column = dict(zip(table.header, cells, strict=False))
    fields = []
    for name in mapping.scope.names:
        slot = mapping.scope.field(name)
        value = values[slot.index]
        shown = None if value is None else text_of(value)
        fields.append((name, slot.column, None if slot.column is None else by_column.get(slot.column), shown))
    return Explanation(
        row=row,
        cells=tuple(by_column.items()),
        fields=tuple(fields),
        events=tuple(events),
        plans=tuple(plans),
        findings=tuple(findings),
        filtered=bool(run.filtered),
    )
