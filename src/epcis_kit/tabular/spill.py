"""Rows gathered by key however far apart they stand, in bounded memory.

Takes rows with the key of their group; gives the groups in the order of their first rows, and the rows of each in the
order of the table. Guarantees: what fits in memory stays there; beyond it sorted runs are written to temporary files
and merged, twice: by key, then by first row; the files are gone when the work ends, also by an error.
"""

from __future__ import annotations

import heapq
import itertools
import tempfile
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["BUDGET", "ExternalSort", "GroupSpill"]

BUDGET: Final = 48 << 20
"""Estimated bytes of rows that are held in memory."""

_BLOCK: Final = 500
_MOST_RUNS: Final = 48
_by_order: Final = itemgetter(0, 1)


def _size(cells: list[str]) -> int:
    return 120 + 58 * len(cells) + sum(map(len, cells))


class ExternalSort:
    """Sorts records ``(key, number, cells)`` by key and number, however many there are."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._held: list[tuple[Any, int, list[str]]] = []
        self._bytes = 0
        self._runs: list[IO[bytes]] = []

    def add(self, record: tuple[Any, int, list[str]]) -> None:
        """Take one record."""
        self._held.append(record)
        self._bytes += _size(record[2])
        if self._bytes > self._budget:
            self.flush()

    def flush(self) -> None:
        """Write what is held as a sorted run."""
        if not self._held:
            return
        self._held.sort(key=_by_order)
        self._runs.append(_written(self._held))
        self._held, self._bytes = [], 0
        if len(self._runs) >= _MOST_RUNS:
            merged = _written(heapq.merge(*map(_read, self._runs), key=_by_order))
            self._close_runs()
            self._runs = [merged]

    def __iter__(self) -> Iterator[tuple[Any, int, list[str]]]:
        if not self._runs:
            self._held.sort(key=_by_order)
            yield from self._held
            return
        self.flush()
        yield from heapq.merge(*map(_read, self._runs), key=_by_order)

    def close(self) -> None:
        """Remove the temporary files."""
        self._close_runs()
        self._held = []

    def _close_runs(self) -> None:
        for run in self._runs:
            run.close()
        self._runs = []


def _written(records: Iterable[tuple[Any, int, list[str]]]) -> IO[bytes]:
    from msgspec import msgpack  # noqa: PLC0415 - only tables that do not fit in memory are written down

    file = tempfile.TemporaryFile(prefix="epcis-kit-")  # noqa: SIM115 - closed with the run
    encode = msgpack.Encoder().encode
    iterator = iter(records)
    while block := list(itertools.islice(iterator, _BLOCK)):
        data = encode(block)
        file.write(len(data).to_bytes(8, "big"))
        file.write(data)
    return file


def _read(file: IO[bytes]) -> Iterator[tuple[Any, int, list[str]]]:
    from msgspec import msgpack  # noqa: PLC0415

    decode = msgpack.Decoder(list[tuple[str | int, int, list[str]]]).decode
    place = 0
    while True:
        file.seek(place)
        size = file.read(8)
        if not size:
            return
        data = file.read(int.from_bytes(size, "big"))
        place += 8 + len(data)
        yield from decode(data)


class GroupSpill:
    """Gathers rows by key.

    Attributes:
        spilled: True once rows lie in temporary files.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.spilled = False
        self._budget = budget
        self._groups: dict[str, list[tuple[int, list[str]]]] = {}
        self._bytes = 0
        self._sort = ExternalSort(budget)
        self._ordered: ExternalSort | None = None

    def add(self, key: str, number: int, cells: list[str]) -> None:
        """Take one row."""
        if self.spilled:
            self._sort.add((key, number, cells))
            return
        self._groups.setdefault(key, []).append((number, cells))
        self._bytes += _size(cells)
        if self._bytes > self._budget:
            self.spilled = True
            for held, rows in self._groups.items():
                for row, its_cells in rows:
                    self._sort.add((held, row, its_cells))
            self._groups = {}
            self._sort.flush()

    def __iter__(self) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
        """Each group with its rows; take the rows of one before the next."""
        if not self.spilled:
            for key in list(self._groups):
                yield key, iter(self._groups.pop(key))
            return
        self._ordered = ExternalSort(self._budget)
        for key, group in itertools.groupby(self._sort, key=itemgetter(0)):
            first = None
            for _, number, cells in group:
                first = number if first is None else first
                self._ordered.add((first, number, [key, *cells]))
        self._sort.close()
        for _, records in itertools.groupby(self._ordered, key=itemgetter(0)):
            _, number, cells = next(records)
            start = [(number, cells[1:])]
            yield cells[0], itertools.chain(start, _without_key(records))  # noqa: B031 - taken before the next group
        self._ordered.close()

    def close(self) -> None:
        """Remove the temporary files."""
        self._sort.close()
        if self._ordered is not None:
            self._ordered.close()
        self._groups = {}


def _without_key(records: Iterable[tuple[Any, int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for _, number, cells in records:
        yield number, cells[1:]
