"""A query as one SQL statement, and what is left to decide on the events themselves.

Takes a :class:`~epcis_kit.query.Query` and the numbers of keys and words; gives a :class:`Plan`: SQL with question
marks, the values for them, and the conditions that the index narrows but cannot decide. Guarantees: no text of a user
becomes part of the statement; keys and words are compared as integers; a class and a pattern become ranges of keys,
never a comparison with wildcards; a key or word that no event has makes the condition false, not an error.

How a condition on a field is put is one row of :data:`_FIELDS`; what has no row there is looked up in the details
(:mod:`epcis_kit.store.details`), or decided on every event that the other conditions leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.gs1.epc_patterns import key_ranges
from epcis_kit.model.timestamp import Timestamp
from epcis_kit.query.matching import unfit_pattern
from epcis_kit.store.details import asked_details, digest
from epcis_kit.store.index import Role, event_identity
from epcis_kit.store.interning import id_list, shrink_ident

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from epcis_kit.gs1.epc_patterns import KeyRange
    from epcis_kit.query import Condition, Query
    from epcis_kit.store.interning import Interning

__all__ = ["Page", "Plan", "Step", "compile_query"]


class Page(NamedTuple):
    """Which part of an answer is wanted.

    Attributes:
        after: Number of the last event of the page before; ``None`` for the first page.
        ceiling: Events with greater numbers were captured after the first page was made, and are no part of the answer.
        size: At most so many events.
    """

    after: int | None
    ceiling: int
    size: int


class Step(NamedTuple):
    """How one condition is looked up.

    Attributes:
        name: Name of the parameter.
        source: Which index answers it; ``""`` for none.
        exact: The index decides; otherwise each event it gives is looked at.
        sql: The condition in SQL; ``""`` for none.
        values: The values of its question marks.
    """

    name: str
    source: str
    exact: bool
    sql: str
    values: list[Any]


class Plan(NamedTuple):
    """How a query is answered.

    Attributes:
        sql: Gives the numbers of candidates, in order.
        values: The values of its question marks.
        checks: Conditions to decide on each candidate.
        steps: One a condition.
    """

    sql: str
    values: list[Any]
    checks: tuple[Condition, ...]
    steps: tuple[Step, ...]


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

# The sort keys of an order, each with whether the direction of the query turns it round.
_SORTS: Final[Mapping[str | None, tuple[tuple[str, bool], ...]]] = {
    "event_time": (("{0}.time_us", True), ("ifnull({0}.rest, '')", True), ("{0}.ident", False), ("{0}.id", False)),
    "record_time": (("{0}.document", True), ("{0}.ident", False), ("{0}.id", False)),
    None: (("{0}.id", False),),
}


def compile_query(query: Query, interning: Interning, page: Page | None = None, *, first_detailed: int = 0) -> Plan:
    """How to find the numbers of the matching events.

    Args:
        query: What is asked.
        interning: Numbers of keys and words.
        page: Only this part of the answer.
        first_detailed: Events with lesser numbers have no details, having been captured by an older version.
    """
    steps = tuple(_step(condition, interning, first_detailed) for condition in query.conditions)
    parts = [step.sql for step in steps if step.sql]
    values = [value for step in steps if step.sql for value in step.values]
    checks = tuple(condition for condition, step in zip(query.conditions, steps, strict=True) if not step.exact)
    order = query.order_by if isinstance(query.order_by, str) and query.order_by in _SORTS else None
    sorts = _SORTS[order]
    start, limit = "", -1
    if page is not None:
        parts.append("e.id <= ?")
        values.append(page.ceiling)
        if order is query.order_by:
            if page.after is not None:
                start = " CROSS JOIN event a ON a.id = ?"
                parts.append(_beyond(sorts, descending=query.descending))
                values.insert(0, page.after)
            limit = -1 if checks else page.size
    elif order is query.order_by and not checks:
        limit = (
            query.limit if query.limit is not None else -1 if query.refuse_beyond is None else query.refuse_beyond + 1
        )
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    ordering = ", ".join(sort.format("e") + (" DESC" if turns and query.descending else "") for sort, turns in sorts)
    sql = f"SELECT e.id FROM event e{start}{where} ORDER BY {ordering} LIMIT {limit}"  # noqa: S608 - our own words
    return Plan(sql, values, checks, steps)


def _beyond(sorts: tuple[tuple[str, bool], ...], *, descending: bool) -> str:
    """That event ``e`` comes after event ``a`` in the order."""
    clauses, equal = [], ""
    for sort, turns in sorts:
        sign = "<" if turns and descending else ">"
        clauses.append(f"({equal}{sort.format('e')} {sign} {sort.format('a')})")
        equal += f"{sort.format('e')} = {sort.format('a')} AND "
    return f"({' OR '.join(clauses)})"


def _step(condition: Condition, interning: Interning, first_detailed: int) -> Step:
    name, field = condition.name, condition.field
    build = _BELOW.get(field) if condition.operator == "within" else _FIELDS.get(field)
    if build is not None:
        sql, values = build(condition, interning)
        return Step(name, _INDEXES.get(field, "ref"), exact=True, sql=sql, values=values)
    asked = asked_details(condition)
    if asked is None:
        return Step(name, "", exact=False, sql="", values=[])
    sql, values = _details(*asked, interning, first_detailed)
    return Step(name, "detail", exact=False, sql=sql, values=values)


def _details(field: str, texts: tuple[str, ...] | None, interning: Interning, first: int) -> _Sql:
    number = interning.term(field)
    values: list[Any] = [number]
    if texts is None:
        found = "SELECT event FROM detail WHERE field = ?"
    else:
        found = "SELECT d.event FROM json_each(?) k CROSS JOIN detail d ON d.field = ? AND d.value = k.value"
        values.insert(0, id_list(digest(text) for text in texts))
    older = f" OR e.id < {first:d}" if first > 1 else ""
    return f"(e.id IN ({found}){older})", values


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


def _below(column: str) -> Callable[[Condition, Interning], _Sql]:
    def build(condition: Condition, interning: Interning) -> _Sql:
        keys = interning.keys([trace_key(str(value)).key for value in condition.values])
        below = (
            "WITH RECURSIVE below (id) AS (SELECT value FROM json_each(?) UNION SELECT m.child FROM below "
            "CROSS JOIN master_child m ON m.parent = below.id) SELECT id FROM below"
        )
        return f"{column} IN ({below})", [id_list(keys.values())]

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


def _range(range_: KeyRange) -> _Sql:
    """The numbers of the keys in a range: whole stems of it, and leaves of the stem in which it begins."""
    after = f"{range_.start}\U0010ffff"
    stem, _, leaf = range_.start.rpartition("/")
    leaves = (
        "SELECT epc.id FROM stem CROSS JOIN epc ON epc.stem = stem.id "
        "WHERE stem.text = ? AND epc.leaf >= ? AND epc.leaf < ? AND length(epc.leaf) > ?"
    )
    stems = "SELECT epc.id FROM stem CROSS JOIN epc ON epc.stem = stem.id WHERE stem.text >= ? AND stem.text < ?"
    bounds = [stem, leaf, f"{leaf}\U0010ffff", range_.longer_than - len(stem) - 1]
    if range_.whole:
        return leaves, bounds
    if range_.part:
        part = range_.part.rstrip("/")
        return f"{stems} AND substr(stem.text, ?) = ?", [range_.start, after, -len(part), part]
    return f"{stems} UNION ALL {leaves}", [range_.start, after, *bounds]


def _keys(condition: Condition, interning: Interning) -> _Sql:
    roles = _ROLES[condition.field]
    numbers: list[int] = []
    sources: list[str] = []
    values: list[Any] = []
    for value in condition.values:
        text = str(value)
        key = trace_key(text)
        if "*" in text and text.startswith("urn:epc:") and key.level != "class" and condition.operator == "match":
            ranges = key_ranges(text, classes=not roles & ~_CLASSES)
            if ranges is None and key.level == "opaque":
                raise unfit_pattern(condition.name, text)
            for range_ in ranges or ():
                sql, bound = _range(range_)
                sources.append(sql)
                values += bound
            if ranges is not None:
                continue
        numbers += interning.keys([key.key]).values()
        if key.level == "class" and condition.operator == "match" and not roles & _CLASSES:
            numbers += interning.below(key.key)
    if numbers or not sources:
        sources.append("SELECT value FROM json_each(?)")
        values.append(id_list(numbers))
    found = " UNION ALL ".join(sources)
    # The texts joined here are all our own; what the user wrote stands in the values.
    events = f"WITH k (id) AS ({found}) SELECT r.event FROM k CROSS JOIN ref r ON r.epc = k.id WHERE r.roles & ?"  # noqa: S608
    return f"e.id IN ({events})", [*values, roles]


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

_BELOW: Final[Mapping[str, Callable[[Condition, Interning], _Sql]]] = {
    "biz_location": _below("e.location"),
    "read_point": _below("e.read_point"),
}

_INDEXES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("type", "action", "biz_step", "disposition", "biz_location", "read_point"), "column"),
    "event_id": "event_ident",
    "event_time": "event_time",
    "record_time": "document",
}
