"""Headers: which row of a table names its columns, and which cell of it a mapping means.

Takes the first rows of a table and the columns that a mapping needs; gives the header and the places of columns.
Guarantees: names are compared exactly first, then without regard to case and blanks; a column that is named and stands
twice is refused, as is one that is missing; a header under a title is found by the columns that are needed, never by
its looks alone where a mapping is at hand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import DocumentError, MappingError, shorten
from epcis_kit.findings import Location
from epcis_kit.tabular.faults import as_list, known, near

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["ANYWHERE", "HEADER_ROWS", "HeaderIndex", "HeaderWish", "Wanted", "choose_header", "fold"]

HEADER_ROWS: Final = 60
"""How many rows are looked at for a header."""

_POSITION: Final = re.compile("#([1-9][0-9]{0,4})").fullmatch


class Wanted(NamedTuple):
    """A column that a mapping names: its names (aliases), or a pattern of its name."""

    names: tuple[str, ...]
    pattern: re.Pattern[str] | None = None


class HeaderWish(NamedTuple):
    """What a mapping says about the header.

    Attributes:
        row: Number of the header row.
        find: Names that stand in it.
        names: Names of the columns of a table without a header.
    """

    row: int | None = None
    find: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, content: Any, place: str) -> HeaderWish:
        """The wish that a mapping writes as ``{row: 3}``, ``{find: [names]}``, ``{names: [names]}`` or a number.

        Raises:
            MappingError: It is none of them.
        """
        if content is None:
            return cls()
        if isinstance(content, int) and not isinstance(content, bool):
            content = {"row": content}
        if not isinstance(content, dict) or len(content) != 1:
            raise MappingError(
                f"{place}: expected {{row: …}}, {{find: […]}} or {{names: […]}}, got {shorten(content)}."
            )
        known(content, cls._fields, place)
        if "row" in content:
            row = content["row"]
            if isinstance(row, bool) or not isinstance(row, int) or row < 1:
                raise MappingError(f"{place}: expected row to be a number above 0, got {shorten(row)}.")
            return cls(row=row)
        ((name, value),) = content.items()
        names = tuple(map(str, as_list(value, f"{place}, {name}")))
        return cls(find=names) if name == "find" else cls(names=names)


ANYWHERE: Final = HeaderWish()
"""The header is where the columns are found."""


def fold(name: str) -> str:
    """A name without regard to case and blanks."""
    return " ".join(name.casefold().split())


class HeaderIndex:
    """Finds columns in a header."""

    def __init__(self, header: Sequence[str]) -> None:
        self.header = header
        self._exact: dict[str, list[int]] = {}
        self._folded: dict[str, list[int]] = {}
        for index, name in enumerate(header):
            self._exact.setdefault(name, []).append(index)
            self._folded.setdefault(fold(name), []).append(index)

    def places(self, wanted: Wanted) -> list[int]:
        """Where the column stands: nowhere, once, or several times."""
        if wanted.pattern is not None:
            return [index for index, name in enumerate(self.header) if wanted.pattern.search(name)]
        for table, change in ((self._exact, str), (self._folded, fold)):
            for name in wanted.names:
                found = table.get(change(name))
                if found:
                    return found
        for name in wanted.names:
            position = _POSITION(name)
            if position is not None and int(position[1]) <= len(self.header):
                return [int(position[1]) - 1]
        return []

    def hits(self, wanted: Iterable[Wanted]) -> int:
        """How many of the columns it has."""
        return sum(bool(self.places(each)) for each in wanted)

    def need(self, wanted: Wanted, table: str) -> int:
        """The one place of a column.

        Raises:
            MappingError: It is not there, or more than once.
        """
        found = self.places(wanted)
        if len(found) == 1:
            return found[0]
        what = "does not have" if not found else "has more than once"
        hint = "" if found else near(wanted.names[0], self.header)
        raise MappingError(
            f"{table}: the mapping names column {wanted.names[0]!r}, which the header {what}{hint}: "
            f"{', '.join(self.header)}."
        )


def choose_header(
    rows: Sequence[tuple[int, list[str]]], wish: HeaderWish, wanted: Sequence[Wanted], table: str | None
) -> int:
    """Which of the first rows is the header.

    Args:
        rows: Numbers and cells of the first rows.
        wish: What the mapping says.
        wanted: Columns that the mapping needs.
        table: Name of the table, for messages.

    Raises:
        DocumentError: The row that the mapping says is not there, or no row has the names it says.
    """
    if wish.row is not None:
        for index, (number, _) in enumerate(rows):
            if number == wish.row:
                return index
        raise DocumentError(f"expected the header in row {wish.row}, got no such row", Location(file=table))
    if wish.find:
        needed = [Wanted((name,)) for name in wish.find]
        best = _best(rows, needed)
        if HeaderIndex(rows[best][1]).hits(needed) == len(needed):
            return best
        raise DocumentError(
            f"expected a header row with {', '.join(map(repr, wish.find))} among the first {len(rows)} rows",
            Location(file=table),
        )
    if wanted:
        return _best(rows, wanted)
    return max(range(len(rows)), key=lambda index: (_looks(rows[index][1], rows), -index))


def _best(rows: Sequence[tuple[int, list[str]]], wanted: Sequence[Wanted]) -> int:
    """The first row with the most of the columns."""
    most, chosen = -1, 0
    for index, (_, cells) in enumerate(rows):
        hits = HeaderIndex(cells).hits(wanted)
        if hits > most:
            most, chosen = hits, index
            if hits == len(wanted):
                break
    return chosen


def _looks(cells: list[str], rows: Sequence[tuple[int, list[str]]]) -> int:
    """How much a row looks like a header: many different texts, as wide as the table, no numbers."""
    filled = [cell for cell in cells if cell.strip()]
    widest = max((sum(bool(cell.strip()) for cell in row) for _, row in rows), default=0)
    if len(set(filled)) < len(filled) or not filled:
        return 0
    texts = sum(not re.fullmatch(r"[-+0-9.,:/ T]+", cell.strip()) for cell in filled)
    return texts + (len(filled) == widest)
