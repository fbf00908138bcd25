"""Groups: the rows that become one event together.

Takes rows with their values, one after the other; gives the events of each group when it is whole. Guarantees: a row
takes part in all events of its group or in none; a field that the rows of a group do not agree on is an error of the
row that differs, unless the mapping says which value counts (``min``, ``max``, ``first``, ``last``, ``sum``,
``count``, ``each``); the rows of a group that cannot become an event are all given back.
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias

from epcis_kit.errors import shorten
from epcis_kit.model import Extension, Part
from epcis_kit.tabular.cells import CellError
from epcis_kit.tabular.templates import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event
    from epcis_kit.tabular.events import EventPlan, GroupRule

_Changes: TypeAlias = "tuple[dict[str, Any], list[tuple[str, bool, tuple[Any, ...]]]]"

__all__ = ["Batch", "Group", "RowPile", "SortedGroup", "batches_of"]

_IN_MEMORY: Final = 2000


class RowPile:
    """Rows as they were read, kept for the case that their group is refused; many of them lie in a temporary file."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, list[str]]] = []
        self._file: IO[bytes] | None = None
        self._blocks: list[int] = []

    def append(self, number: int, cells: list[str]) -> None:
        """Keep one row."""
        self._rows.append((number, cells))
        if len(self._rows) >= _IN_MEMORY:
            from msgspec import msgpack  # noqa: PLC0415 - only large groups are written down

            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="epcis-kit-")  # noqa: SIM115 - closed by close()
            self._blocks.append(self._file.write(msgpack.encode(self._rows)))
            self._rows = []

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        if self._file is not None:
            from msgspec import msgpack  # noqa: PLC0415

            self._file.seek(0)
            for size in self._blocks:
                yield from map(tuple, msgpack.decode(self._file.read(size)))
        yield from self._rows

    def close(self) -> None:
        """Let go of the rows."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._rows = []


class _Gathering:
    """What the rows of one group have said for one plan."""

    __slots__ = ("first", "lists", "plan", "state", "unique")

    def __init__(self, plan: EventPlan) -> None:
        self.plan = plan
        self.state: dict[str, Any] = {}
        self.lists: dict[str, list[Any]] = {}
        self.unique: dict[str, dict[str | int, Any]] = {}  # parts by identity: makers give equal ones as one
        self.first: list[Any] | None = None

    def prepared(self, values: list[Any], fixed: frozenset[int]) -> _Changes | None:
        """What a row would add: values by field, and lists; nothing is changed.

        Raises:
            ValueError: The row cannot be used.
        """
        plan, state = self.plan, self.state
        if plan.when is not None and not plan.when.holds(values):
            return None
        changed: dict[str, Any] = {}
        for name, get, slots, aggregate, told in plan.singles:
            if aggregate is None and name in state and slots <= fixed:
                continue
            value = get(values)
            if value is None:
                continue
            if name in changed:
                changed[name] = _combined(aggregate, changed[name], value, told)
            elif name in state:
                changed[name] = _combined(aggregate, state[name], value, told)
            else:
                changed[name] = _begun(aggregate, value)
        return changed, [(name, unique, found) for name, many, unique in plan.many if (found := many(values))]

    def commit(self, changes: _Changes, values: list[Any]) -> None:
        """Take what was prepared."""
        if self.first is None:
            self.first = values
        self.state.update(changes[0])
        for name, unique, found in changes[1]:
            if unique:
                known = self.unique.setdefault(name, {})
                for item in found:
                    known[item if item.__class__ is str else id(item)] = item
            else:
                self.lists.setdefault(name, []).extend(found)

    def events(self) -> list[Event]:
        """The events of what was taken."""
        if self.first is None:
            return []
        state = {name: _finished(value) for name, value in self.state.items()}
        for name, items in self.lists.items():
            state[name] = tuple(items)
        for name, unique in self.unique.items():
            state[name] = (*state.get(name, ()), *dict.fromkeys(unique.values()))
        return self.plan.finish(state, self.first)


def _begun(aggregate: str | None, value: Any) -> Any:
    if aggregate == "count":
        return _Count(1)
    if aggregate == "sum":
        return _as_number(value)
    return value


class _Count(int):
    """A number that is still being counted."""


def _as_number(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    try:
        return Decimal(text_of(value))
    except ArithmeticError:
        raise ValueError(f"Cannot add up {shorten(text_of(value))}: expected a number.") from None


def _combined(aggregate: str | None, old: Any, new: Any, told: str) -> Any:
    if aggregate in {None, "each"}:
        if old != new:
            raise CellError(
                f"Cannot use {told} {_plain(new)}: expected {_plain(old)} as in the first row of its group; say which "
                f"value counts, for example with first(…) or max(…), or add it to group_by.",
                None,
                _plain(new),
                "TAB-005",
            )
        return old
    if aggregate == "merge":
        return _merged(old, new)
    if aggregate == "first":
        return old
    if aggregate == "last":
        return new
    if aggregate == "sum":
        return old + _as_number(new)
    if aggregate == "count":
        return _Count(old + 1)
    return min(old, new) if aggregate == "min" else max(old, new)


def _merged(old: tuple[Extension, ...], new: tuple[Extension, ...]) -> tuple[Extension, ...]:
    if old == new:
        return old
    result = list(old)
    for extension in new:
        same = [other for other in result if (other.namespace, other.name) == (extension.namespace, extension.name)]
        if extension in same:
            continue
        if same and not extension.array:
            raise CellError(
                f"Cannot use {extension.name} {shorten(extension.text)}: expected {shorten(same[0].text)} as in the "
                "rows of its group before; say each(…) to have them all.",
                None,
                extension.text,
                "TAB-005",
            )
        result.append(extension)
    return tuple(result)


def _plain(value: Any) -> str:
    if isinstance(value, Part):
        return shorten(next((str(v) for v in value.__dict__.values() if isinstance(v, str)), str(value)))
    return shorten(str(value))


def _finished(value: Any) -> Any:
    return str(int(value)) if isinstance(value, _Count) else value


class Group:
    """One group of rows, while it is gathered.

    Attributes:
        key: The texts that are the same in its rows.
        first: Number of its first row.
        last: Number of its last row.
        count: How many rows it has.
        rows: The rows as they were read.
        poisoned: A row of it was rejected, and the mapping wants no incomplete groups.
    """

    def __init__(self, key: tuple[str | None, ...], batch: Batch, number: int) -> None:
        self.key = key
        self.first = self.last = number
        self.count = 0
        self.rows = RowPile()
        self.poisoned: int | None = None
        self._fixed = batch.rule.slots
        self._gatherings = [_Gathering(plan) for plan in batch.plans]

    def prepare(self, values: list[Any]) -> list[Any]:
        """What a row adds to each event; nothing is changed.

        Raises:
            ValueError: The row cannot be used.
        """
        return [gathering.prepared(values, self._fixed) for gathering in self._gatherings]

    def commit(self, prepared: list[Any], values: list[Any], number: int, cells: list[str]) -> None:
        """Take a row."""
        for gathering, changes in zip(self._gatherings, prepared, strict=True):
            if changes is not None:
                gathering.commit(changes, values)
        self.last = number
        self.count += 1
        self.rows.append(number, cells)

    def events(self) -> list[tuple[Event, EventPlan]]:
        """The events of the group.

        Raises:
            ValueError: Its rows make no event.
        """
        return [(event, gathering.plan) for gathering in self._gatherings for event in gathering.events()]


class Batch:
    """Plans that gather rows in the same way.

    Attributes:
        rule: How rows are gathered.
        plans: The events of each group, in the order of the mapping.
    """

    def __init__(self, rule: GroupRule) -> None:
        self.rule = rule
        self.plans: list[EventPlan] = []


class SortedGroup:
    """The open group of a batch whose rows stand together."""

    _KEPT = 200_000

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.group: Group | None = None
        self.waiting: list[Any] = []
        self.poisoned: dict[Any, int] = {}
        self._closed: dict[int, None] = {}

    def begin(self, key: tuple[str | None, ...], number: int) -> None:
        """Open a group where none is open.

        Raises:
            ValueError: A group of that key was there already.
        """
        if self.group is not None:
            return
        if hash(key) in self._closed:
            told = ", ".join(text for text in key if text)
            raise CellError(
                f"Cannot use this row: the rows of {shorten(told)} were thought to stand together, and its group is "
                "closed; sort the table or set mode: spill.", None, told, "TAB-008",
            )  # fmt: skip
        self.group = Group(key, self.batch, number)
        self.group.poisoned = self.poisoned.pop(key, None)

    def end(self) -> None:
        """Close the open group."""
        assert self.group is not None
        if len(self._closed) >= self._KEPT:
            self._closed.pop(next(iter(self._closed)))
        self._closed[hash(self.group.key)] = None
        self.group = None


def batches_of(plans: tuple[EventPlan, ...]) -> list[Batch]:
    """The batches of a mapping: neighbours with the same ``group_by`` share one."""
    result: list[Batch] = []
    for plan in plans:
        rule = plan.group
        if rule is None:
            continue
        last = result[-1].rule if result else None
        if last is None or (last.names, last.mode, last.incomplete) != (rule.names, rule.mode, rule.incomplete):
            result.append(Batch(rule))
        result[-1].plans.append(plan)
    return result
