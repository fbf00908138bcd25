"""Templates: text with references in braces, such as ``"urn:example:order:{order}"`` or ``"{gtin}.{lot}"``.

Takes a text of the mapping and the scope whose fields it may name; gives a :class:`Template` that makes a text or a
typed value of the values of one row. A reference is a field, a part of one (``{doc.no}``) or a column, with filters
behind bars (``{name|upper}``, ``{line|lookup:loc}``, ``{gln|sgln}``). A whole text may be one call, such as
``sgtin({gtin},{serial})`` or ``min({time})``. Guarantees: nothing is evaluated, nothing else can be called; a name, a
filter or a call that does not exist is refused when the mapping is read.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from epcis_kit.errors import MappingError, shorten
from epcis_kit.tabular.faults import near

if TYPE_CHECKING:
    from epcis_kit.tabular.fields import Scope

__all__ = ["AGGREGATES", "KEY_CALLS", "PLACES", "Get", "Ref", "Template", "compile_template", "text_of"]

Get: TypeAlias = Callable[[list[Any]], Any]
"""A function of the values of one row."""

PLACES: Final = {"sgln": "414", "pgln": "417"}
"""Filters that say what a GLN stands for: a place or a party."""

AGGREGATES: Final = ("min", "max", "first", "last", "sum", "count", "each")
"""Calls that say which of the values in a group counts."""

KEY_CALLS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "sgtin": (("01", "gtin"), ("21", "serial")),
    "lgtin": (("01", "gtin"), ("10", "lot")),
    "gtin": (("01", "gtin"),),
    "sscc": (("00", "sscc"),),
    "sgln": (("414", "gln"), ("254", "serial")),
    "pgln": (("417", "gln"),),
}
"""Calls that make a GS1 key: AI and type of each argument."""

_CALL: Final = re.compile(
    r"\s*(sgtin|lgtin|gtin|sscc|sgln|pgln|uuid5|first_of|min|max|first|last|sum|count|each)\((.*)\)\s*", re.DOTALL
).fullmatch
_PART: Final = re.compile(r"\{([^{}]*)\}")
_FILTERS: Final = ("sgln", "pgln", "lookup", "default", "upper", "lower", "strip", "date", "digits", "pseudonymise")
_NAMESPACE: Final = uuid.UUID("6f3f2c0e-7d0b-5a39-9a1a-2d6b1f0c5e11")


def text_of(value: Any) -> str:
    """A typed value as text: dates in ISO 8601, numbers with their digits."""
    if value.__class__ is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)


@dataclasses.dataclass(frozen=True, slots=True)
class Ref:
    """One reference.

    Attributes:
        slot: Where the values of a row hold it.
        kind: Type of its value.
        get: The value of a row.
        place: ``"414"`` or ``"417"`` where a filter says what the GLN stands for.
        implicit: The column it names, where no field of that name exists.
        name: As written, without filters.
    """

    slot: int
    kind: str
    get: Get
    place: str | None
    implicit: str | None
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """A compiled text.

    Attributes:
        source: As written.
        parts: Texts and references, in order; empty for a call.
        value: Typed value of a row: that of the reference where the template is one alone, else the text.
        text: Text of a row; ``None`` where a reference in it is empty.
        slots: The values it reads.
        constant: True where it reads none.
        aggregate: Which value of a group counts, where the template says so.
        call: Name of the key call, with its arguments.
        kind: Type of the value.
    """

    source: str
    parts: tuple[str | Ref, ...]
    value: Get
    text: Callable[[list[Any]], str | None]
    slots: frozenset[int]
    constant: bool
    aggregate: str | None = None
    call: tuple[str, tuple[Template, ...]] | None = None
    kind: str = "text"


def compile_template(content: Any, scope: Scope, place: str) -> Template:
    """A template of a text, a number or a field written in place (``{col: …, type: …}``).

    Raises:
        MappingError: It is none of them, or names something that does not exist.
    """
    if isinstance(content, dict):
        slot = scope.named_slot(scope.define("", content, place))
        return _one(Ref(slot.index, slot.kind, itemgetter(slot.index), None, None, place), place)
    if isinstance(content, bool) or not isinstance(content, (str, int, float, Decimal)):
        raise MappingError(f"{place}: expected a text, got {shorten(content)}.")
    text = str(content)
    match = _CALL(text)
    if match is not None:
        return _call(match[1], match[2], text, scope, place)
    parts: list[str | Ref] = []
    end = 0
    for found in _PART.finditer(text):
        if found.start() > end:
            parts.append(text[end : found.start()])
        parts.append(_ref(found[1], scope, place))
        end = found.end()
    if end < len(text):
        parts.append(text[end:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise MappingError(f"{place}: expected {{field}} or {{field|filter}} in braces, got {shorten(text)}.")
    if not parts or all(isinstance(part, str) for part in parts):
        return Template(text, tuple(parts), lambda _: text, lambda _: text, frozenset(), constant=True)
    if len(parts) == 1 and isinstance(parts[0], Ref):
        return _one(parts[0], text)
    make = _joined(parts)
    slots = frozenset(part.slot for part in parts if isinstance(part, Ref))
    return Template(text, tuple(parts), make, make, slots, constant=False)


def _one(ref: Ref, source: str) -> Template:
    get = ref.get

    def text(values: list[Any]) -> str | None:
        value = get(values)
        return value if value is None or value.__class__ is str else text_of(value)

    return Template(source, (ref,), get, text, frozenset({ref.slot}), constant=False, kind=ref.kind)


def _joined(parts: list[str | Ref]) -> Callable[[list[Any]], str | None]:
    pieces = [(part, None) if isinstance(part, str) else ("", part.get) for part in parts]

    def text(values: list[Any]) -> str | None:
        made = []
        for literal, get in pieces:
            if get is None:
                made.append(literal)
                continue
            value = get(values)
            if value is None:
                return None
            made.append(value if value.__class__ is str else text_of(value))
        return "".join(made)

    return text


def _ref(text: str, scope: Scope, place: str) -> Ref:
    name, *filters = [piece.strip() for piece in text.split("|")]
    found = scope.find(name, place, soft=any(written.startswith("default") for written in filters))
    get, kind, at = found.get, found.kind, None
    for written in filters:
        word, _, argument = written.partition(":")
        if word not in _FILTERS:
            raise MappingError(f"{place}: there is no filter {word!r}{near(word, _FILTERS)}. Known: {_all()}.")
        if word in PLACES:
            if kind != "gln":
                if found.implicit is None or filters[0] != written:
                    raise MappingError(f"{place}: {word} needs a field of type gln, {name!r} is {kind}.")
                found = scope.typed_column(found.implicit, "gln", place)
                get, kind = found.get, "gln"
            at = PLACES[word]
        elif word == "lookup":
            get, kind = scope.lookup_filter(argument, get, name, place)
        else:
            get, kind = _filtered(word, argument, get, kind, scope)
    return Ref(found.slot, kind, get, at, found.implicit if not filters else None, name)


def _all() -> str:
    return ", ".join(_FILTERS)


def _filtered(word: str, argument: str, get: Get, kind: str, scope: Scope) -> tuple[Get, str]:
    if word == "default":
        otherwise = argument or scope.default_zone
        return (lambda values: otherwise if (value := get(values)) is None else value), kind
    change = {
        "upper": lambda value: text_of(value).upper(),
        "lower": lambda value: text_of(value).lower(),
        "strip": lambda value: text_of(value).strip(),
        "digits": lambda value: "".join(letter for letter in text_of(value) if letter in "0123456789"),
        "date": _date_of,
        "pseudonymise": scope.pseudonym,
    }[word]

    def changed(values: list[Any]) -> Any:
        value = get(values)
        return None if value is None else change(value)

    return changed, "date" if word == "date" else "text"


def _date_of(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    text = text_of(value)
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise ValueError(f"Cannot take the date of {shorten(text)}: expected a date or time.") from None


def _call(name: str, inner: str, source: str, scope: Scope, place: str) -> Template:
    arguments = tuple(compile_template(piece, scope, place) for piece in _arguments(inner))
    if not arguments:
        raise MappingError(f"{place}: expected something between the brackets of {name}().")
    slots = frozenset[int]().union(*(argument.slots for argument in arguments))
    if name in KEY_CALLS:
        wanted = KEY_CALLS[name]
        least = 1 if name == "sgln" else len(wanted)
        if not least <= len(arguments) <= len(wanted):
            raise MappingError(
                f"{place}: expected {name}({', '.join(kind for _, kind in wanted)}), got {shorten(source)}."
            )
        text = arguments[0].text
        return Template(source, (), text, text, slots, constant=not slots, call=(name, arguments))
    if name == "uuid5":
        make = _uuid5(arguments, scope.mapping_id)
        return Template(source, (), make, make, slots, constant=not slots)
    if name == "first_of":
        return _first_of(arguments, source, slots)
    if len(arguments) > 1:
        raise MappingError(f"{place}: expected {name}() of one value, got {shorten(source)}.")
    only = arguments[0]
    return dataclasses.replace(only, source=source, aggregate=name)


def _first_of(arguments: tuple[Template, ...], source: str, slots: frozenset[int]) -> Template:
    gets = [argument.value for argument in arguments]

    def value(values: list[Any]) -> Any:
        return next((found for get in gets if (found := get(values)) is not None), None)

    def text(values: list[Any]) -> str | None:
        found = value(values)
        return None if found is None else text_of(found)

    kinds = {argument.kind for argument in arguments}
    kind = kinds.pop() if len(kinds) == 1 else "text"
    return Template(source, (), value, text, slots, constant=not slots, kind=kind)


def _uuid5(arguments: tuple[Template, ...], mapping_id: str) -> Callable[[list[Any]], str | None]:
    gets = [argument.text for argument in arguments]

    def text(values: list[Any]) -> str | None:
        made = [get(values) for get in gets]
        return None if None in made else f"urn:uuid:{uuid_of(mapping_id, *made)}"

    return text


def uuid_of(*names: str | None) -> uuid.UUID:
    """The UUID (version 5) of several texts; each one counts with its length, so none runs into the next."""
    joined = "".join(f"{len(name)}:{name}" for name in names if name is not None)
    return uuid.uuid5(_NAMESPACE, joined)


def _arguments(text: str) -> list[str]:
    """The pieces between the commas that stand in no braces."""
    pieces, depth, start = [], 0, 0
    for index, letter in enumerate(text):
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
        elif letter == "," and depth == 0:
            pieces.append(text[start:index].strip())
            start = index + 1
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]
