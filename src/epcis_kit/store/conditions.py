"""A query as one SQL statement.

Takes a :class:`~epcis_kit.query.Query` and the numbers of keys and words; gives SQL with question marks and the
values for them. Guarantees: no text of a user becomes part of the statement; keys and words are compared as integers;
a class pattern becomes the numbers of the keys below it; a key or word that no event has makes the condition false,
not an error.

How a condition on a field is put is one row of :data:`_FIELDS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import QueryError, shorten
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.model.timestamp import Timestamp
from epcis_kit.store.index import Role, event_identity
from epcis_kit.store.interning import id_list, shrink_ident

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from epcis_kit.query import Condition, Query
    from epcis_kit.store.interning import Interning

__all__ = ["compile_query"]

_Sql = tuple[str, list[Any]]

_INSTANCES: Final = Role.EPC | Role.PARENT | Role.CHILD | Role.INPUT | Role.OUTPUT
_CLASSES: Final = Role.EPC_CLASS | Role.CHILD_CLASS | Role.INPUT_CLASS | Role.OUTPUT_CLASS

_ROLES: Final[Mapping[str, int]] = {
    "epc": Role.EPC | Role.CHILD,
    "parent": Role.PARENT,
    "input": Role.INPUT,
    "output": Role.OUTPUT,
    "any_epc": _INSTANCES,
    "epc_class": Role.EPC_CLASS | Role.CHILD_CLASS,
    "input_class": Role.INPUT_CLASS,
    "output_class": Role.OUTPUT_CLASS,
    "any_class": _CLASSES,
    "transformation": Role.TRANSFORMATION,
}


def compile_query(query: Query, interning: Interning) -> _Sql:
    """The statement that gives the numbers of the matching events."""
    parts, values = [], []
    for condition in query.conditions:
        sql, bound = _FIELDS[condition.field](condition, interning)
        parts.append(sql)
        values += bound
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    order = {"event_time": "e.time_us {0}, ifnull(e.rest, '') {0}, ", "record_time": "e.document {0}, "}
    ordering = "" if query.order_by is None else order[query.order_by].format("DESC" if query.descending else "ASC")
    limit = query.limit if query.limit is not None else -1 if query.refuse_beyond is None else query.refuse_beyond + 1
    ties = "e.ident, e.id" if query.order_by is not None else "e.id"
    sql = f"SELECT e.id FROM event e{where} ORDER BY {ordering}{ties} LIMIT {limit}"  # noqa: S608 - our own words
    return sql, values


def _any_of(column: str, numbers: list[int | None]) -> _Sql:
    known = [number for number in numbers if number is not None]
    return f"{column} IN (SELECT value FROM json_each(?))", [id_list(known)]  # noqa: S608 - our own column names


def _words(column: str) -> Callable[[Condition, Interning], _Sql]:
    def build(condition: Condition, interning: Interning) -> _Sql:
        return _any_of(column, [interning.term(str(value)) for value in condition.values])

    return build


def _places(column: str) -> Callable[[Condition, Interning], _Sql]:
    def build(condition: Condition, interning: Interning) -> _Sql:
        keys = interning.keys([trace_key(str(value)).key for value in condition.values])
        return _any_of(column, list(keys.values()))

    return build


def _event_ids(condition: Condition, _: Interning) -> _Sql:
    """An event without an eventID is found by its hash."""
    idents = [shrink_ident(event_identity(str(value))) for value in condition.values]
    return f"e.ident IN ({','.join('?' * len(idents))})", list(idents)


def _event_time(condition: Condition, _: Interning) -> _Sql:
    (time,) = condition.values
    assert isinstance(time, Timestamp)
    coarse, more, rest = (">=", ">", ">=") if condition.operator == "ge" else ("<=", "<", "<")
    # Digits beyond the microsecond are compared as texts of a fraction, which sort as the numbers do.
    return (
        f"e.time_us {coarse} ? AND (e.time_us {more} ? OR ifnull(e.rest, '') {rest} ?)",
        [time.epoch_us, time.epoch_us, time.rest],
    )


def _record_time(condition: Condition, _: Interning) -> _Sql:
    (time,) = condition.values
    assert isinstance(time, Timestamp)
    sign = ">=" if condition.operator == "ge" else "<"
    return f"e.document IN (SELECT id FROM document WHERE captured_us {sign} ?)", [time.epoch_us]  # noqa: S608


def _keys(condition: Condition, interning: Interning) -> _Sql:
    roles = _ROLES[condition.field]
    numbers: list[int] = []
    for value in condition.values:
        key = trace_key(str(value))
        if key.level == "opaque" and "*" in key.key and key.key.startswith("urn:epc:"):
            raise QueryError(
                f"Cannot use query parameter {condition.name} with {shorten(value)}: expected an identifier or the "
                "pattern of one class of objects, such as urn:epc:idpat:sgtin:9521103.012345.*."
            )
        numbers += interning.keys([key.key]).values()
        if key.level == "class" and condition.operator == "match" and not roles & _CLASSES:
            numbers += interning.below(key.key)
    return (
        "e.id IN (SELECT r.event FROM json_each(?) k CROSS JOIN ref r ON r.epc = k.value WHERE r.roles & ?)",
        [id_list(numbers), roles],
    )


_FIELDS: Final[Mapping[str, Callable[[Condition, Interning], _Sql]]] = {
    "type": _words("e.type"),
    "action": _words("e.action"),
    "biz_step": _words("e.step"),
    "disposition": _words("e.disposition"),
    "biz_location": _places("e.location"),
    "read_point": _places("e.read_point"),
    "event_id": _event_ids,
    "event_time": _event_time,
    "record_time": _record_time,
    **dict.fromkeys(_ROLES, _keys),
}
