"""A mapping bound to one table: which cell each field reads.

Takes a mapping and the header of a table; gives a :class:`Program` that turns the cells of a row into values.
Guarantees: a column that the mapping names and the table does not have is refused before the first row; what was read
once is remembered for a while, because cells repeat; a repaired cell is told every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError
from epcis_kit.tabular.cells import CellError
from epcis_kit.tabular.faults import near
from epcis_kit.tabular.headers import HeaderIndex, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from epcis_kit.tabular.cells import Notes, Read
    from epcis_kit.tabular.fields import ColumnStep
    from epcis_kit.tabular.mapping import Mapping

__all__ = ["Program", "Repair"]

_KEPT: Final = 8192


class Repair:
    """One repair: the column, what was done, the text before and after."""

    __slots__ = ("after", "before", "column", "what")

    def __init__(self, column: str | None, what: str, before: str, after: str) -> None:
        self.column = column
        self.what = what
        self.before = before
        self.after = after


class _Memo(dict[str, Any]):
    """Cells that were read, with their values; reads those that are not there."""

    __slots__ = ("_column", "_read", "_repairs", "_short")

    def __init__(self, read: Read, column: str | None, repairs: list[Repair]) -> None:
        super().__init__()
        self._read = read
        self._column = column
        self._repairs = repairs
        self._short: Notes = []

    def __missing__(self, cell: str) -> Any:
        notes = self._short
        value = self._read(cell, notes)
        if notes:
            self._repairs.extend(Repair(self._column, *note) for note in notes)
            notes.clear()
            return value
        if len(self) >= _KEPT:
            self.clear()
        self[cell] = value
        return value


class Program:
    """Turns cells into values.

    Attributes:
        repairs: What was mended in the row that was read last; whoever reads it clears it.
        header: Names of the columns.
    """

    def __init__(self, mapping: Mapping, header: Sequence[str], table: str, *, native: bool) -> None:
        scope = mapping.scope
        self.header = tuple(header)
        self.repairs: list[Repair] = []
        self._notes: Notes = []
        index = HeaderIndex(header)
        self._steps: list[tuple[int, int, _Memo]] = []
        for step in scope.columns:
            at = _place(step, index, table, scope.names)
            if at is not None:
                read = step.read_native if native else step.read
                self._steps.append((step.slot.index, at, _Memo(read, self.header[at], self.repairs)))
        self._derived: list[tuple[int, Callable[[list[Any], Notes], Any], str | None]] = [
            (slot.index, derive, slot.column) for slot, derive in scope.derived
        ]
        self._base = [scope.base.get(slot.index) for slot in scope.slots]
        self.watermark = None if mapping.watermark is None else index.need(Wanted((mapping.watermark,)), table)

    def values(self, cells: list[str]) -> list[Any]:
        """The values of a row.

        Raises:
            CellError: A cell is not what its field says.
            ValueError: A field that is made of others cannot be made.
        """
        values = self._base.copy()
        for slot, at, memo in self._steps:
            values[slot] = memo[cells[at]]
        for slot, derive, column in self._derived:
            values[slot] = derive(values, self._notes)
            if self._notes:
                self.repairs.extend(Repair(column, *note) for note in self._notes)
                self._notes.clear()
        return values

    def faults(self, cells: list[str]) -> list[ValueError]:
        """Everything that is wrong with the cells of a row; what is made of several cells is looked at last."""
        found: list[ValueError] = []
        for _, at, memo in self._steps:
            try:
                memo[cells[at]]
            except CellError as error:
                if error.column is None:
                    error.column = self.header[at]
                found.append(error)
        if not found:
            try:
                self.values(cells)
            except ValueError as error:
                found.append(error)
        self.repairs.clear()
        self._notes.clear()
        return found

    def partial(self, cells: list[str]) -> tuple[list[Any], frozenset[int]]:
        """The values that can be read, and the slots of those that cannot."""
        values, bad = self._base.copy(), set()
        for slot, at, memo in self._steps:
            try:
                values[slot] = memo[cells[at]]
            except ValueError:
                bad.add(slot)
        for slot, derive, _ in self._derived:
            try:
                values[slot] = derive(values, self._notes)
            except ValueError:
                bad.add(slot)
        self.repairs.clear()
        self._notes.clear()
        return values, frozenset(bad)


def _place(step: ColumnStep, index: HeaderIndex, table: str, fields: tuple[str, ...]) -> int | None:
    wanted = Wanted(step.names, step.pattern)
    if step.optional and not index.places(wanted):
        return None
    if step.implicit and not index.places(wanted):
        name = step.names[0]
        raise MappingError(
            f"{step.place}: there is no field or column {name!r}{near(name, fields) or near(name, index.header)}. "
            f"Known fields: {', '.join(fields) or 'none'}; columns: {', '.join(index.header)}."
        )
    return index.need(wanted, table)
