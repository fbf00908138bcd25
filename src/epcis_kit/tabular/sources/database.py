"""Rows of a database, through a connection that the caller has opened.

Takes a DB-API connection or cursor, or an SQLAlchemy connection, and the query of the mapping; gives rows. Guarantees:
no database module is imported here; parameters such as ``:watermark`` are bound, never pasted into the query; the
connection stays the caller's.
"""

from __future__ import annotations

import itertools
import re
import sys
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.tabular.sources.rows import Row, Rows, SourceInfo, cell_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["is_database", "open_database"]

_NAMED: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|(?<!:):([A-Za-z_][A-Za-z0-9_]*)")
_FETCHED: Final = 1000


def is_database(source: Any) -> bool:
    """Whether ``source`` is a connection or cursor."""
    return hasattr(source, "execute") or hasattr(source, "cursor") or hasattr(source, "exec_driver_sql")


def open_database(source: Any, query: str | None, params: Mapping[str, Any] | None) -> Rows:
    """The rows of a query.

    Args:
        source: A DB-API connection or cursor, or an SQLAlchemy connection.
        query: SQL with named parameters; ``None`` takes what the cursor has found already.
        params: Values of the parameters.

    Raises:
        MappingError: There is no query, or a parameter has no value.
    """
    if query is None:
        if getattr(source, "description", None) is None:
            raise MappingError("the mapping: expected a query under source, or a cursor that has found rows already.")
        return _rows(source, [column[0] for column in source.description], source.fetchmany)
    given = dict(params or {})
    names = [match[1] for match in _NAMED.finditer(query) if match[1]]
    missing = [name for name in names if name not in given]
    if missing:
        raise MappingError(f"the mapping, source, query: expected a value for parameter {missing[0]!r}.")
    given = {name: given[name] for name in names}
    if hasattr(source, "exec_driver_sql"):
        from_text = sys.modules["sqlalchemy"].text  # it is there, because its connection is
        result = source.execute(from_text(query), given)
        return _rows(result, list(result.keys()), result.fetchmany)
    cursor = source.cursor() if hasattr(source, "cursor") and not hasattr(source, "fetchmany") else source
    style = getattr(sys.modules.get(type(source).__module__.partition(".")[0]), "paramstyle", "named")
    text, values = _styled(query, given, style)
    cursor.execute(text, values)
    if cursor.description is None:
        raise MappingError(f"the mapping, source, query: expected a query that gives rows, got {shorten(query)}.")
    return _rows(cursor, [column[0] for column in cursor.description], cursor.fetchmany)


def _styled(query: str, given: dict[str, Any], style: str) -> tuple[str, Any]:
    """The query with its parameters in the style of the driver."""
    order: list[Any] = []

    def changed(match: re.Match[str]) -> str:
        name = match[1]
        if not name:
            return match[0]
        order.append(given[name])
        return {
            "qmark": "?", "format": "%s", "numeric": f":{len(order)}", "pyformat": f"%({name})s", "named": f":{name}",
        }[style]  # fmt: skip

    text = _NAMED.sub(changed, query)
    return text, given if style in {"named", "pyformat"} else tuple(order)


def _rows(cursor: Any, header: list[str], fetch: Any) -> Rows:
    info = SourceInfo(format="sql", header=tuple(header))

    def rows() -> Iterator[Row]:
        number = itertools.count(1)
        while True:
            block = fetch(_FETCHED)
            if not block:
                return
            for row in block:
                yield next(number), [cell_text(value) for value in row], None

    return Rows(info, rows(), native=True, close=None if hasattr(cursor, "keys") else getattr(cursor, "close", None))
