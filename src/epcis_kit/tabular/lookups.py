"""Look-ups: tables beside the table, such as locations by name or products by GTIN.

Takes the ``lookups`` of a mapping: a file (CSV, XLSX, JSON lines), a sheet of the workbook that is converted
(``file: same``), or a table written into the mapping; gives rows by key. Guarantees: keys are compared exactly, after
the steps that the mapping names (``strip``, ``casefold``, …) and no others; a key that stands twice with different rows
is refused; a key that is not there is an error of its row, with the nearest one that is.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import DocumentError, MappingError, shorten
from epcis_kit.tabular.cells import CellError
from epcis_kit.tabular.faults import as_table, known, near
from epcis_kit.tabular.steps import compile_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["Lookup", "compile_lookups", "load_lookup"]

_KEYS: Final = ("file", "sheet", "key", "value", "normalize", "table", "delimiter", "encoding", "header", "on_miss")
_MAX_ROWS: Final = 2_000_000


@dataclasses.dataclass(slots=True, eq=False)
class Lookup:
    """One look-up.

    Attributes:
        name: As the mapping calls it.
        file: Path of its file; ``"same"`` for a sheet of the table that is converted; ``None`` for one in the mapping.
        options: How the file is read: ``sheet``, ``delimiter``, ``encoding``, ``header``.
        key: Column of the keys.
        default: Column that is taken where a template names none.
        fold: Makes keys comparable.
        on_miss: ``"error"`` or ``"null"``.
        rows: Rows by key, once they are loaded.
        columns: Names of the columns, once they are known.
        asked: Columns that the mapping asks for, with their places, until the columns are known.
    """

    name: str
    file: str | None
    options: dict[str, Any]
    key: str
    default: str | None
    fold: Callable[[str], str]
    on_miss: str
    place: str
    rows: dict[str, dict[str, str]] | None = None
    columns: tuple[str, ...] = ()
    asked: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def fill(self, header: Iterable[str], rows: Iterable[tuple[int, list[str] | None, Any]]) -> None:
        """Take the rows of an opened file.

        Raises:
            MappingError: The key column is missing, a key stands twice with different rows, or a row cannot be read.
        """
        names = list(header)
        self.columns = tuple(names)
        if self.key not in names:
            raise MappingError(
                f"{self.place}: its key is column {self.key!r}, which its header does not have{near(self.key, names)}: "
                f"{', '.join(names)}."
            )
        for column, place in self.asked:
            self.check_column(column, place)
        found: dict[str, dict[str, str]] = {}
        for number, cells, fault in rows:
            if fault is not None or cells is None:
                raise MappingError(f"{self.place}: {fault}")
            row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
            key = self.fold(row[self.key])
            if not key:
                continue
            if found.setdefault(key, row) != row:
                raise MappingError(f"{self.place}, row {number}: the key {shorten(row[self.key])} stands twice.")
            if len(found) > _MAX_ROWS:
                raise MappingError(f"{self.place}: expected at most {_MAX_ROWS} rows.")
        self.rows = found

    def check_column(self, column: str | None, place: str) -> str:
        """The column that is asked for, or the default one.

        Raises:
            MappingError: There is no such column, or no default.
        """
        wanted = column or self.default
        if wanted is None:
            raise MappingError(f"{place}: expected which column of look-up {self.name!r} to get.")
        if not self.columns:
            self.asked.append((wanted, place))
        elif wanted not in self.columns:
            raise MappingError(
                f"{place}: look-up {self.name!r} has no column {wanted!r}{near(wanted, self.columns)}. "
                f"Known: {', '.join(self.columns)}."
            )
        return wanted

    def get(self, key: str, column: str, told: str | None, *, miss: str | None = None) -> str | None:
        """The text in ``column`` of the row of ``key``; ``None`` for an empty cell.

        Raises:
            CellError: There is no such row, and a miss is an error; ``told`` is the column it is told for.
        """
        rows = self.rows or {}
        row = rows.get(self.fold(key))
        if row is None:
            if (miss or self.on_miss) == "null":
                return None
            close = difflib.get_close_matches(self.fold(key)[:60], list(rows)[:5000], n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise CellError(
                f"Cannot find {shorten(key)} in look-up {self.name!r}: expected one of its {len(rows)} keys{hint}.",
                told,
                key,
                "TAB-004",
            )
        return row.get(column) or None


def compile_lookups(content: dict[str, Any], folder: Path | None, where: str) -> dict[str, Lookup]:
    """The look-ups of a mapping; those in files are read by :meth:`Lookup.fill`.

    Raises:
        MappingError: An entry is wrong.
    """
    result = {}
    for name in as_table(content, "lookups", where):
        spec = as_table(content["lookups"], name, f"{where}, lookups")
        result[name] = _lookup(name, spec, folder, f"{where}, lookups, {name}")
    return result


def _lookup(name: str, spec: dict[str, Any], folder: Path | None, place: str) -> Lookup:
    known(spec, _KEYS, place)
    if ("file" in spec) == ("table" in spec):
        raise MappingError(f"{place}: expected either 'file' or 'table'.")
    if spec.get("on_miss", "error") not in {"error", "null"}:
        raise MappingError(f"{place}: expected on_miss 'error' or 'null', got {shorten(spec['on_miss'])}.")
    fold = compile_steps(spec.get("normalize", ["strip"]), f"{place}, normalize")
    options: dict[str, Any] = {key: spec[key] for key in ("sheet", "delimiter", "encoding", "header") if key in spec}
    default = None if "value" not in spec else str(spec["value"])
    made = Lookup(name, None, options, "key", default, fold, str(spec.get("on_miss", "error")), place)
    if "table" in spec:
        _fill_inline(made, as_table(spec, "table", place))
        return made
    if "key" not in spec:
        raise MappingError(f"{place}: expected 'key', the column that is looked into.")
    made.key = str(spec["key"])
    file = str(spec["file"])
    made.file = file if file == "same" or folder is None else str(folder / file)
    return made


def _fill_inline(made: Lookup, table: dict[str, Any]) -> None:
    rows, columns = {}, ["key"]
    for key, value in table.items():
        cells = value if isinstance(value, dict) else {"value": value}
        rows[made.fold(key)] = {"key": key} | {name: "" if cell is None else str(cell) for name, cell in cells.items()}
        columns.extend(name for name in cells if name not in columns)
    if len(rows) < len(table):
        raise MappingError(f"{made.place}: two of its keys are the same.")
    made.rows, made.columns = rows, tuple(columns)
    if made.default is None and "value" in columns:
        made.default = "value"


def load_lookup(made: Lookup, same: Any = None) -> None:
    """Read the file of a look-up.

    Args:
        made: The look-up.
        same: The table that is converted, for a look-up in another sheet of it.

    Raises:
        MappingError: The file cannot be read, or its content is no look-up.
    """
    from epcis_kit.tabular.sources import open_rows  # noqa: PLC0415 - sources are read where there is a file

    if made.file is None or (made.rows is not None and made.file != "same"):
        return
    source = same if made.file == "same" else made.file
    if source is None:
        raise MappingError(f"{made.place}: 'file: same' needs a table in a file.")
    try:
        with open_rows(source, **made.options, required=(made.key,)) as rows:
            made.fill(rows.header, rows)
    except (OSError, DocumentError) as error:
        raise MappingError(f"{made.place}: cannot be read: {error}") from None
