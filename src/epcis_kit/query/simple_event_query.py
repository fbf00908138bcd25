"""The SimpleEventQuery of EPCIS 2.0 (8.2.7.1) as one typed value.

Takes parameters under their standard names; gives a frozen :class:`Query`. Nothing is looked up here. Guarantees: an
unknown or misspelt name is an error that says which name was probably meant, values are checked, parameters that
exclude each other are refused, and :meth:`Query.as_parameters` gives back what was asked.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from epcis_kit.errors import QueryError, shorten
from epcis_kit.query.parameters import FAMILIES, PARAMETERS, FieldName, Operator, Parameter, parameter_of

if TYPE_CHECKING:
    from epcis_kit.query.values import Value

__all__ = ["Condition", "Order", "Query"]

Order: TypeAlias = Literal["event_time", "record_time", "quantity"]


class Condition(NamedTuple):
    """One parameter with its values.

    Attributes:
        name: Name of the parameter.
        values: Alternatives, in the form they are compared in.
        parameter: What the name means.
    """

    name: str
    values: tuple[Value, ...]
    parameter: Parameter

    @property
    def field(self) -> str:
        """What is asked about."""
        return self.parameter.field

    @property
    def operator(self) -> Operator:
        """How it is compared."""
        return self.parameter.operator


_COUNTS: Final = ("eventCountLimit", "maxEventCount")
_ORDERING: Final = ("orderBy", "orderDirection", *_COUNTS, "@context")
_ORDERS: Final[Mapping[str, Order]] = {
    "eventTime": "event_time",
    "recordTime": "record_time",
    "quantity": "quantity",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """What is asked.

    Attributes:
        conditions: All must hold.
        order_by: ``"event_time"``, ``"record_time"``, ``"quantity"`` (of EPCIS 1.0) or the name of an extension field;
            ``None`` for the order of capture.
        descending: Latest first; the standard's default where there is an order.
        limit: At most so many events, the first ones of the order.
        refuse_beyond: Refuse the whole answer where it has more events than this.
        namespaces: Prefixes that names of extension fields use, each with its namespace.
    """

    conditions: tuple[Condition, ...] = ()
    order_by: Order | FieldName | None = None
    descending: bool = True
    limit: int | None = None
    refuse_beyond: int | None = None
    namespaces: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, parameters: Mapping[str, Any] | None = None, /, **named: Any) -> Query:
        """The query that parameters under their standard names mean.

        ``@context`` (a mapping of prefixes to namespaces, or a list with such mappings) says what the prefixes in the
        names of extension fields stand for. A prefix that neither it nor EPCIS binds means the prefix that documents
        wrote.

        Raises:
            QueryError: A name is unknown, a value has a wrong form, or parameters exclude each other.
        """
        given = {**(parameters or {}), **named}
        namespaces = _namespaces(given.get("@context"))
        conditions = []
        for name, value in given.items():
            parameter = parameter_of(name, namespaces)
            if parameter is not None:
                condition = Condition(name, _values(name, parameter, value), parameter)
                if parameter.operator != "exists" or condition.values[0]:
                    conditions.append(condition)
            elif name not in _ORDERING:
                raise _unknown(name)
        order_by = _order(given.get("orderBy"), namespaces)
        direction = given.get("orderDirection", "DESC")
        if direction not in {"ASC", "DESC"}:
            raise _refused("orderDirection", direction, "'ASC' or 'DESC'")
        limit, most = _count("eventCountLimit", given), _count("maxEventCount", given)
        if limit is not None and order_by is None:
            raise QueryError("Cannot use query parameter eventCountLimit: expected orderBy beside it, got none.")
        if limit is not None and most is not None:
            raise QueryError("Cannot use query parameter eventCountLimit: it excludes maxEventCount.")
        used = {condition.parameter.name for condition in conditions} | {order_by}
        kept = tuple(
            sorted(
                (prefix, namespace)
                for prefix, namespace in namespaces.items()
                if any(isinstance(name, FieldName) and name.namespace == namespace.rstrip("/#:") for name in used)
            )
        )
        return cls(
            tuple(sorted(conditions, key=lambda item: item.name)),
            order_by,
            direction == "DESC",
            limit,
            most,
            kept,
        )

    @classmethod
    def parse(cls, texts: Iterable[str], namespaces: Mapping[str, str] | None = None) -> Query:
        """The query that texts of the form ``name=value`` mean; a repeated name gives alternatives.

        ``EXISTS_…`` needs no ``=value``.

        Args:
            texts: For example ``"EQ_bizStep=shipping"``.
            namespaces: As ``@context`` of :meth:`of`.

        Raises:
            QueryError: As for :meth:`of`, or a text has no ``=``.
        """
        given: dict[str, Any] = {"@context": dict(namespaces)} if namespaces else {}
        for text in texts:
            name, equals, value = text.partition("=")
            if not equals and not text.startswith("EXISTS_"):
                raise QueryError(
                    f"Cannot read query {shorten(text)}: expected name=value, such as EQ_bizStep=shipping."
                )
            parameter = parameter_of(name, namespaces)
            if name in _COUNTS:
                given[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 19 else value
            elif parameter is not None and parameter.many:
                given.setdefault(name, []).append(value)
            elif name in given:
                raise QueryError(f"Cannot use query parameter {name}: expected one value, got several.")
            else:
                given[name] = value
        return cls.of(given)

    def as_parameters(self) -> dict[str, Any]:
        """The parameters under their standard names: texts, numbers and booleans as JSON has them."""
        found: dict[str, Any] = {"@context": dict(self.namespaces)} if self.namespaces else {}
        for condition in self.conditions:
            plain = [_plain(value) for value in condition.values]
            found[condition.name] = plain if condition.parameter.many else plain[0]
        if self.order_by is not None:
            found["orderBy"] = _order_text(self.order_by)
            found["orderDirection"] = "DESC" if self.descending else "ASC"
        if self.limit is not None:
            found["eventCountLimit"] = self.limit
        if self.refuse_beyond is not None:
            found["maxEventCount"] = self.refuse_beyond
        return found


def _plain(value: Value) -> Any:
    if isinstance(value, Decimal):
        if value == value.to_integral_value() and abs(value) < 2**53:
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    return value if isinstance(value, bool) else str(value)


def _order(value: Any, namespaces: Mapping[str, str]) -> Order | FieldName | None:
    if value is None:
        return None
    if isinstance(value, str):
        if value in _ORDERS:
            return _ORDERS[value]
        field = parameter_of(f"EQ_{value}", namespaces) if ":" in value else None
        if field is not None and field.field == "extension" and not field.inner:
            return field.name
    raise _refused(
        "orderBy", value, "'eventTime', 'recordTime', 'quantity' or the name of an extension field with its prefix"
    )


def _order_text(order: Order | FieldName) -> str:
    if isinstance(order, FieldName):
        return f"{{{order.namespace}}}{order.local}" if order.namespace else f"{order.prefix}:{order.local}"
    return {field: name for name, field in _ORDERS.items()}[order]


def _namespaces(context: Any) -> dict[str, str]:
    """The prefixes that an ``@context`` binds; addresses of contexts bind nothing and are never fetched."""
    if context is None:
        return {}
    found: dict[str, str] = {}
    for item in context if isinstance(context, (list, tuple)) else [context]:
        if isinstance(item, Mapping) and all(isinstance(name, str) for name in item):
            found.update({name: uri for name, uri in item.items() if isinstance(uri, str) and name[:1] != "@"})
        elif not isinstance(item, str):
            raise _refused("@context", context, "prefixes with their namespaces")
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
    hint = f"; did you mean {folded[near[0]]}?" if near else _shape(name)
    return QueryError(
        f"Cannot use query parameter {shorten(name)}: expected the name of a SimpleEventQuery parameter{hint}"
    )


def _shape(name: str) -> str:
    """The family whose names begin alike, as a hint."""
    start = name.split("_", 1)[0].upper()
    shapes = [family.shape for family in FAMILIES if start in family.shape.split("_", 1)[0].split("|")]
    return f", or one of the form {' or '.join(shapes)}." if shapes else "."
