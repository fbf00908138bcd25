"""What is asked of a store: SimpleEventQuery parameters under their standard names, as one typed value.

Takes parameter names and values (EPCIS 2.0, 8.2.7.1); gives a frozen :class:`Query`, used by store, rest and cli
alike. Nothing is looked up here. Guarantees: an unknown or misspelt name is an error that says which name was
probably meant; values are checked before any event is read; words are taken in each spelling of the vocabulary,
identifiers in each spelling of the key.

::

    Query.of(EQ_bizStep=["shipping", "receiving"], GE_eventTime="2024-03-01T00:00:00Z",
    MATCH_anyEPC="urn:epc:id:sscc:9521103.0000000001")

Several values of one parameter are alternatives; all parameters must hold. One row of :data:`PARAMETERS` says all
about a parameter.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, cast

from epcis_kit.errors import QueryError, shorten
from epcis_kit.model.timestamp import Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PARAMETERS", "Condition", "Operator", "Parameter", "Query"]

Operator: TypeAlias = Literal["in", "ge", "lt", "match"]
Value: TypeAlias = "str | Timestamp"


class Parameter(NamedTuple):
    """What a parameter means.

    Attributes:
        field: What it asks about; a backend knows how to find each.
        operator: ``"in"`` (equal to one of the values), ``"ge"``, ``"lt"`` (times), ``"match"`` (keys, classes,
            patterns).
        read: Turns one given value into the form it is compared in; raises ``ValueError`` with what was expected.
        many: Whether several values may be given.
    """

    field: str
    operator: Operator
    read: Callable[[Any], Value]
    many: bool = True


class Condition(NamedTuple):
    """One parameter with its values.

    Attributes:
        name: Name of the parameter.
        values: Alternatives, in the form they are compared in.
    """

    name: str
    values: tuple[Value, ...]

    @property
    def field(self) -> str:
        """What is asked about."""
        return PARAMETERS[self.name].field

    @property
    def operator(self) -> Operator:
        """How it is compared."""
        return PARAMETERS[self.name].operator


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value.strip()


def _word(kind: Literal["biz_step", "disposition"]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        from epcis_kit import vocab  # noqa: PLC0415 - read on first use

        return vocab.to_bare(kind, _text(value))

    return read


def _action(value: Any) -> str:
    if value not in {"ADD", "OBSERVE", "DELETE"}:
        raise ValueError("'ADD', 'OBSERVE' or 'DELETE'")
    return cast("str", value)


def _time(value: Any) -> Timestamp:
    if isinstance(value, Timestamp):
        return value
    try:
        return Timestamp.from_datetime(value) if isinstance(value, datetime) else Timestamp.parse(_text(value))
    except ValueError:
        raise ValueError("a time with its zone, such as '2024-03-01T00:00:00Z'") from None


_MATCHES: Final = {
    "MATCH_epc": "epc",
    "MATCH_parentID": "parent",
    "MATCH_inputEPC": "input",
    "MATCH_outputEPC": "output",
    "MATCH_anyEPC": "any_epc",
    "MATCH_epcClass": "epc_class",
    "MATCH_inputEPCClass": "input_class",
    "MATCH_outputEPCClass": "output_class",
    "MATCH_anyEPCClass": "any_class",
}

PARAMETERS: Final[Mapping[str, Parameter]] = {
    "eventType": Parameter("type", "in", _text),
    "GE_eventTime": Parameter("event_time", "ge", _time, many=False),
    "LT_eventTime": Parameter("event_time", "lt", _time, many=False),
    "GE_recordTime": Parameter("record_time", "ge", _time, many=False),
    "LT_recordTime": Parameter("record_time", "lt", _time, many=False),
    "EQ_action": Parameter("action", "in", _action),
    "EQ_bizStep": Parameter("biz_step", "in", _word("biz_step")),
    "EQ_disposition": Parameter("disposition", "in", _word("disposition")),
    "EQ_readPoint": Parameter("read_point", "in", _text),
    "EQ_bizLocation": Parameter("biz_location", "in", _text),
    "EQ_eventID": Parameter("event_id", "in", _text),
    "EQ_transformationID": Parameter("transformation", "in", _text),
    **{name: Parameter(field, "match", _text) for name, field in _MATCHES.items()},
}
"""The parameters by their standard names, apart from those that order and limit the answer."""

_ORDERING: Final = ("orderBy", "orderDirection", "eventCountLimit", "maxEventCount")
_ORDERS: Final = {"eventTime": "event_time", "recordTime": "record_time"}


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """What is asked.

    Attributes:
        conditions: All must hold.
        order_by: ``"event_time"`` or ``"record_time"``; ``None`` for the order of capture.
        descending: Latest first; the standard's default where there is an order.
        limit: At most so many events, the first ones of the order.
        refuse_beyond: Refuse the whole answer where it has more events than this.
    """

    conditions: tuple[Condition, ...] = ()
    order_by: Literal["event_time", "record_time"] | None = None
    descending: bool = True
    limit: int | None = None
    refuse_beyond: int | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any] | None = None, /, **named: Any) -> Query:
        """The query that parameters under their standard names mean.

        Raises:
            QueryError: A name is unknown, a value has a wrong form, or parameters exclude each other.
        """
        given = {**(parameters or {}), **named}
        conditions = []
        for name, value in given.items():
            parameter = PARAMETERS.get(name)
            if parameter is not None:
                conditions.append(Condition(name, _values(name, parameter, value)))
            elif name not in _ORDERING:
                raise _unknown(name)
        order_by = given.get("orderBy")
        if order_by is not None and order_by not in _ORDERS:
            raise _refused("orderBy", order_by, "'eventTime' or 'recordTime'")
        direction = given.get("orderDirection", "DESC")
        if direction not in {"ASC", "DESC"}:
            raise _refused("orderDirection", direction, "'ASC' or 'DESC'")
        limit, most = _count("eventCountLimit", given), _count("maxEventCount", given)
        if limit is not None and order_by is None:
            raise QueryError("Cannot use query parameter eventCountLimit: expected orderBy beside it, got none.")
        if limit is not None and most is not None:
            raise QueryError("Cannot use query parameter eventCountLimit: it excludes maxEventCount.")
        return cls(
            tuple(sorted(conditions)),
            cast("Any", _ORDERS.get(order_by)) if order_by is not None else None,
            direction == "DESC",
            limit,
            most,
        )

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Query:
        """The query that texts of the form ``name=value`` mean; a repeated name gives alternatives.

        Raises:
            QueryError: As for :meth:`of`, or a text has no ``=``.
        """
        given: dict[str, Any] = {}
        for text in texts:
            name, equals, value = text.partition("=")
            if not equals:
                raise QueryError(
                    f"Cannot read query {shorten(text)}: expected name=value, such as EQ_bizStep=shipping."
                )
            if name in {"eventCountLimit", "maxEventCount"}:
                given[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 19 else value
            elif name in PARAMETERS and PARAMETERS[name].many:
                given.setdefault(name, []).append(value)
            elif name in given:
                raise QueryError(f"Cannot use query parameter {name}: expected one value, got several.")
            else:
                given[name] = value
        return cls.of(given)

    def as_parameters(self) -> dict[str, Any]:
        """The parameters under their standard names; times and words as texts."""
        found: dict[str, Any] = {}
        for condition in self.conditions:
            texts = [str(value) for value in condition.values]
            found[condition.name] = texts if PARAMETERS[condition.name].many else texts[0]
        if self.order_by is not None:
            found["orderBy"] = {field: name for name, field in _ORDERS.items()}[self.order_by]
            found["orderDirection"] = "DESC" if self.descending else "ASC"
        if self.limit is not None:
            found["eventCountLimit"] = self.limit
        if self.refuse_beyond is not None:
            found["maxEventCount"] = self.refuse_beyond
        return found


def _values(name: str, parameter: Parameter, value: Any) -> tuple[Value, ...]:
    several = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
    if several and not parameter.many:
        raise _refused(name, value, "one value")
    found = []
    for item in value if several else (value,):
        try:
            found.append(parameter.read(item))
        except ValueError as error:
            raise _refused(name, item, str(error)) from None
    if not found:
        raise _refused(name, value, "at least one value")
    return tuple(dict.fromkeys(found))


def _count(name: str, given: Mapping[str, Any]) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _refused(name, value, "a whole number, 1 or more")
    return value


def _refused(name: str, value: Any, expected: str) -> QueryError:
    return QueryError(f"Cannot use query parameter {name} with {shorten(value)}: expected {expected}.")


def _unknown(name: str) -> QueryError:
    known = (*PARAMETERS, *_ORDERING)
    folded = {known_name.lower(): known_name for known_name in known}
    near = difflib.get_close_matches(name.lower()[:100], folded, n=1, cutoff=0.6)
    hint = f"; did you mean {folded[near[0]]}?" if near else "."
    return QueryError(
        f"Cannot use query parameter {shorten(name)}: expected the name of a SimpleEventQuery parameter{hint}"
    )
