"""The SimpleMasterDataQuery of EPCIS (2.0, 8.2.7.2) as one typed value.

Takes parameters under their standard names; gives a frozen :class:`MasterDataQuery`. Nothing is looked up here.
Guarantees: unknown names and wrong values are errors that say what was expected. Attributes and children are included
unless they are refused, whereas EPCIS makes the caller say so each time.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from epcis_kit.errors import QueryError, shorten
from epcis_kit.query.values import read_boolean, read_text

__all__ = ["MasterDataQuery"]


def _whole(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("a whole number, 1 or more")
    return value


# name: (attribute, reader, several values)
_PARAMETERS: Final[Mapping[str, tuple[str, Callable[[Any], Any], bool]]] = {
    "includeAttributes": ("include_attributes", read_boolean, False),
    "includeChildren": ("include_children", read_boolean, False),
    "attributeNames": ("attribute_names", read_text, True),
    "vocabularyName": ("vocabulary_names", read_text, True),
    "EQ_name": ("names", read_text, True),
    "WD_name": ("within", read_text, True),
    "HASATTR": ("has_attributes", read_text, True),
    "maxElementCount": ("refuse_beyond", _whole, False),
}
_EQUAL: Final = "EQATTR_"


@dataclasses.dataclass(frozen=True, slots=True)
class MasterDataQuery:
    """Which things are asked about, and what of them.

    Attributes:
        vocabulary_names: Kinds of things; empty for all.
        names: Identifiers of the things, in any spelling; empty for all.
        within: The things themselves or what lies below one of them.
        has_attributes: They have one of these attributes (URI, or the end of one).
        equal_attributes: Attribute and its alternatives; all must hold.
        include_attributes: Give the attributes.
        attribute_names: Only these of them; empty for all.
        include_children: Give the children.
        refuse_beyond: Refuse the whole answer where it has more elements than this.
    """

    vocabulary_names: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    has_attributes: tuple[str, ...] = ()
    equal_attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    include_attributes: bool = True
    attribute_names: tuple[str, ...] = ()
    include_children: bool = True
    refuse_beyond: int | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any] | None = None, /, **named: Any) -> MasterDataQuery:
        """The query that parameters under their standard names mean.

        Raises:
            QueryError: A name is unknown or a value has a wrong form.
        """
        found: dict[str, Any] = {}
        equal = []
        for name, value in {**(parameters or {}), **named}.items():
            if name.startswith(_EQUAL) and len(name) > len(_EQUAL):
                equal.append((name[len(_EQUAL) :], _several(name, value, str)))
                continue
            row = _PARAMETERS.get(name)
            if row is None:
                raise _unknown(name)
            attribute, read, many = row
            values = _several(name, value, read)
            if not many and len(values) != 1:
                raise QueryError(f"Cannot use query parameter {name} with {shorten(value)}: expected one value.")
            found[attribute] = values if many else values[0]
        return cls(**found, equal_attributes=tuple(sorted(equal)))

    def as_parameters(self) -> dict[str, Any]:
        """The parameters under their standard names, without those that say what holds anyway."""
        plain = {name: getattr(self, attribute) for name, (attribute, _, _) in _PARAMETERS.items()}
        defaults = MasterDataQuery()
        found = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in plain.items()
            if value != getattr(defaults, _PARAMETERS[name][0])
        }
        return found | {f"{_EQUAL}{name}": list(values) for name, values in self.equal_attributes}


def _several(name: str, value: Any, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    several = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
    values = []
    for item in value if several else (value,):
        try:
            values.append(read(item))
        except ValueError as error:
            raise QueryError(f"Cannot use query parameter {name} with {shorten(item)}: expected {error}.") from None
    if not values:
        raise QueryError(f"Cannot use query parameter {name} with {shorten(value)}: expected at least one value.")
    return tuple(dict.fromkeys(values))


def _unknown(name: str) -> QueryError:
    folded = {known.lower(): known for known in (*_PARAMETERS, f"{_EQUAL}name")}
    near = difflib.get_close_matches(name.lower()[:100], folded, n=1, cutoff=0.6)
    hint = f"; did you mean {folded[near[0]]}?" if near else "."
    return QueryError(
        f"Cannot use query parameter {shorten(name)}: expected the name of a SimpleMasterDataQuery parameter{hint}"
    )
