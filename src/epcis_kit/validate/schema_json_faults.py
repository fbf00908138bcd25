"""What ``jsonschema`` met, said in words: one finding a fault, with its JSON pointer.

Takes the errors of a validator and the document; gives findings. Guarantees: a value that fits none of several
alternatives is one finding and not one a branch; a value that breaks several constraints is told of once; what belongs
there is taken from the ``title`` of the schema that was broken, so that any schema that has titles speaks for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.validate.schema_messages import fault, one_of, similar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["explain"]

_KINDS: Final = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
_TYPE_NAMES: Final = (
    "EPCISDocument", "EPCISQueryDocument", "ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
    "AssociationEvent",
)  # fmt: skip
_LIST: Final = ("epcisBody", "eventList")
_FOUND: Final = ("epcisBody", "queryResults", "resultsBody", "eventList")


class _Told(NamedTuple):
    """A fault: its rule, sentence and path; the member that is missing; the one that a wrong name was meant to be."""

    rule: str
    message: str
    path: list[Any]
    name: str = ""
    meant: str = ""


def explain(errors: Iterable[Any], document: Any, base: tuple[Any, ...] = ()) -> list[Finding]:
    """The findings of ``errors``, each place told of once, what only follows from another fault left out.

    Args:
        errors: What a validator met.
        document: The whole document.
        base: Where in it the value lies that was validated.
    """
    met = list(errors)
    missing = {
        (*base, *error.absolute_path): {name for name in error.validator_value if name not in error.instance}
        for error in met
        if error.validator == "required"
    }
    faults = [each for error in met for each in _faults(error, document, base, missing)]
    meant = {(tuple(each.path[:-1]), each.meant) for each in faults if each.meant}
    typed = {tuple(each.path[:-1]) for each in faults if each.path[-1:] == ["type"] and each.rule != "SCH-003"}
    told: set[tuple[str, str]] = set()
    found = []
    for each in faults:
        place = tuple(each.path)
        if each.rule == "SCH-002" and (place in typed or (place, each.name) in meant):
            continue
        if each.rule == "SCH-011" and any(place == where for where, _ in meant):
            continue
        pointer = "".join(f"/{_escaped(step)}" for step in each.path)
        key = (pointer, each.rule + each.name if each.rule in {"SCH-002", "SCH-011"} else "")
        if key not in told:
            told.add(key)
            found.append(fault(each.rule, each.message, _located(each.path, pointer, document)))
    return found


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def _located(path: list[Any], pointer: str, document: Any) -> Location:
    for start in (_LIST, _FOUND):
        size = len(start)
        if tuple(path[:size]) == start and len(path) > size:
            event = _at(document, path[: size + 1])
            name = event.get("eventID") if isinstance(event, dict) else None
            return Location(pointer=pointer, event_index=path[size], event_id=name if isinstance(name, str) else None)
    return Location(pointer=pointer)


def _at(node: Any, path: list[Any]) -> Any:
    for step in path:
        node = node[step]
    return node


def _faults(
    error: Any, document: Any, base: tuple[Any, ...], missing: dict[tuple[Any, ...], set[str]]
) -> Iterator[_Told]:
    path = [*base, *error.absolute_path]
    wanted = missing.get(tuple(path), set())
    if "propertyNames" in error.absolute_schema_path:
        known = {name for group in _words(error.schema, error.validator_value) for name in group}
        known |= _names_beside(document, path) | wanted
        yield _unknown(str(error.instance), path, document, "a standard name or one with a prefix", known)
    elif error.validator == "additionalProperties":
        properties = list(error.schema.get("properties", {}))
        for name in error.instance:
            if name not in properties:
                yield _unknown(name, path, document, one_of(properties), {*properties, *wanted})
    else:
        yield from _TELLERS.get(error.validator, _other)(error, path, document)


def _unknown(name: str, path: list[Any], document: Any, expected: str, known: set[str]) -> _Told:
    node = _at(document, path)
    free = sorted(each for each in known if each not in node) if isinstance(node, dict) else known
    guess = similar(name, free)
    message = f"Cannot accept member {shorten(name)} in {_whole(document, path)}: expected {expected}.{guess}"
    return _Told("SCH-003", message, [*path, name], meant=guess.partition("'")[2].rpartition("'")[0])


def _names_beside(document: Any, path: list[Any]) -> set[str]:
    """The names that the event at ``path`` may have, for a guess at what was meant."""
    from epcis_kit.codec.json_fields import EVENTS, SHAPES  # noqa: PLC0415 - loads the model, only for a guess

    node = _at(document, path)
    kind = node.get("type") if isinstance(node, dict) else None
    shape = SHAPES.get(EVENTS[kind]) if isinstance(kind, str) and kind in EVENTS else None
    return set(shape or ())


def _whole(document: Any, path: list[Any]) -> str:
    """What the object at ``path`` is called in a sentence."""
    node = _at(document, path)
    kind = node.get("type") if isinstance(node, dict) else None
    if isinstance(kind, str) and kind.endswith(("Event", "Document")) and len(kind) < 60:
        return kind
    return _named(path)


def _named(path: list[Any]) -> str:
    names = [str(step) for step in path if not isinstance(step, int)]
    if not names:
        return "the document" if not path else f"item {path[-1]}"
    return names[-1] + (f" item {path[-1]}" if isinstance(path[-1], int) else "")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return f"the {'text' if isinstance(value, str) else 'number'} {shorten(value)}"


def _words(schema: Any, value: Any) -> Iterator[list[str]]:
    """The lists of words in alternatives."""
    for branch in value if isinstance(value, list) else ():
        if isinstance(branch, dict) and isinstance(branch.get("enum"), list):
            yield [word for word in branch["enum"] if isinstance(word, str)]
    if isinstance(schema, dict) and isinstance(schema.get("enum"), list):
        yield [word for word in schema["enum"] if isinstance(word, str)]


def _expected(error: Any, instead: str) -> str:
    title = error.schema.get("title") if isinstance(error.schema, dict) else None
    return title if isinstance(title, str) else instead


# -- one teller a keyword


def _missing(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:
    for name in error.validator_value:
        if name not in error.instance:
            message = f"Cannot accept {_whole(document, path)}: expected member {name!r}, got none."
            yield _Told("SCH-002", message, path, name)


def _kind(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:  # noqa: ARG001
    kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    wanted = _expected(error, " or ".join(_KINDS.get(str(kind), str(kind)) for kind in kinds))
    yield _Told("SCH-008", f"Cannot accept {_named(path)}: expected {wanted}, got {_shown(error.instance)}.", path)


def _word(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:
    value = error.instance
    words = [word for group in _words(error.schema, error.validator_value) for word in group]
    if isinstance(value, (dict, list)) and not words:
        wanted = _expected(error, "members that go together")
        yield _Told("SCH-011", f"Cannot accept {_whole(document, path)}: expected {wanted}.", path)
        return
    if not isinstance(value, str):
        wanted = _expected(error, one_of(words) or "another value")
        yield _Told("SCH-008", f"Cannot accept {_named(path)}: expected {wanted}, got {_shown(value)}.", path)
        return
    wanted = _expected(error, one_of(words) or "another value")
    yield _Told(
        "SCH-005", f"Cannot accept {_named(path)} {shorten(value)}: expected {wanted}.{similar(value, words)}", path
    )


def _constant(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:  # noqa: ARG001
    wanted = _expected(error, shorten(error.validator_value))
    yield _Told("SCH-005", f"Cannot accept {_named(path)}: expected {wanted}, got {_shown(error.instance)}.", path)


def _excluded(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:  # noqa: ARG001
    wanted = _expected(error, "another value")
    yield _Told("SCH-011", f"Cannot accept {_named(path)}: expected {wanted}, got {_shown(error.instance)}.", path)


def _format(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:  # noqa: ARG001
    rule, wanted = {
        "date-time": ("SCH-006", "a date and time with zone such as '2024-03-05T09:30:00Z'"),
        "uri": ("SCH-007", "an absolute URI such as 'urn:epc:id:sgtin:9521234.000001.1'"),
    }.get(error.validator_value, ("SCH-009", f"the form {error.validator_value!r}"))
    if path[-1:] == ["type"]:
        rule, guess = "SCH-005", similar(error.instance, _TYPE_NAMES)
    else:
        guess = ""
    value = shorten(error.instance)
    message = f"Cannot accept {_named(path)} {value}: expected {_expected(error, wanted)}.{guess}"
    yield _Told(rule, message, path)


def _form(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:  # noqa: ARG001
    wanted = _expected(error, f"a text of the form {error.validator_value}")
    yield _Told("SCH-009", f"Cannot accept {_named(path)} {shorten(error.instance)}: expected {wanted}.", path)


def _short(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:  # noqa: ARG001
    least, size = error.validator_value, len(error.instance)
    wanted = "something in it" if least == 1 else f"at least {least} items"
    got = "nothing" if not size else str(size)
    title = _expected(error, "")
    wanted = f"{title}, " + "got none" if error.validator == "minProperties" and title else f"{wanted}, got {got}"
    yield _Told("SCH-010", f"Cannot accept {_named(path)}: expected {wanted}.", path)


def _twice(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:  # noqa: ARG001
    yield _Told("SCH-010", f"Cannot accept {_named(path)}: expected each item once, got {error.message} twice.", path)


def _other(error: Any, path: list[Any], document: Any) -> Iterator[_Told]:  # noqa: ARG001
    yield _Told("SCH-099", f"Cannot accept {_named(path)}: the schema says {shorten(error.message, 300)}.", path)


_TELLERS: Final[dict[str, Callable[[Any, list[Any], Any], Iterator[_Told]]]] = {
    "required": _missing,
    "type": _kind,
    "anyOf": _word,
    "oneOf": _word,
    "enum": _word,
    "const": _constant,
    "not": _excluded,
    "format": _format,
    "pattern": _form,
    "minItems": _short,
    "minProperties": _short,
    "uniqueItems": _twice,
}
