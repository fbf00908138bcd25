"""What a validator of JSON Schema met, said in words: one finding a fault, with its JSON pointer.

Takes the faults of a validator (``jsonschema``'s errors, or :class:`~epcis_kit.validate.schema_compiled.Met`) and the
value; gives findings. Guarantees: a value that fits none of several alternatives is one finding and not one a branch; a
value that breaks several constraints is told of once; a wrong name and the right one that is missing are one fault;
what belongs there is taken from the ``title`` of the schema that was broken, so that any schema with titles speaks for
itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import shorten
from epcis_kit.findings import Finding, Location
from epcis_kit.validate.schema_messages import fault, one_of, similar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["EVENT_LISTS", "event_list", "explain"]

EVENT_LISTS: Final[dict[str, tuple[str, ...]]] = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}
"""Type of a document to where its events are."""

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
_MOST_MEMBERS: Final = 200
_A_NAME: Final = "a standard name or one with a prefix"


class _Told(NamedTuple):
    """A fault: its rule, message and words, and its path; the name that is missing; the one that was meant."""

    rule: str
    key: str
    path: tuple[Any, ...]
    words: dict[str, str]
    name: str = ""
    meant: str = ""


class _Here(NamedTuple):
    """One fault of a validator with the value it was asked about."""

    error: Any
    path: tuple[Any, ...]
    value: Any
    missing: dict[tuple[Any, ...], set[str]]

    def node(self) -> Any:
        """The value at the fault's path."""
        return _at(self.value, self.path)

    def expected(self, instead: str) -> str:
        """What the broken schema calls what belongs there."""
        schema = self.error.schema
        title = schema.get("title") if isinstance(schema, dict) else None
        return title if isinstance(title, str) else instead

    def whole(self) -> str:
        """What the object at the path is called."""
        node = self.node()
        kind = node.get("type") if isinstance(node, dict) else None
        if isinstance(kind, str) and kind.endswith(("Event", "Document")) and len(kind) < 60:
            return kind
        return self.named()

    def named(self) -> str:
        """The last name on the path, with the number of the item."""
        at = len(self.path)
        while at and isinstance(self.path[at - 1], int):
            at -= 1
        numbers = "".join(f"[{step}]" for step in self.path[at:])
        return f"{self.path[at - 1]}{numbers}" if at else f"item {numbers}" if numbers else "document"


def explain(errors: Iterable[Any], value: Any, base: tuple[Any, ...] = (), index: int | None = None) -> list[Finding]:
    """The findings of ``errors``, each place told of once, what only follows from another fault left out.

    Args:
        errors: What a validator met.
        value: What it was asked about: the whole document, or one event.
        base: Where in the document that lies.
        index: Number of the event, where the value is one.
    """
    met = [(error, _path(error)) for error in errors]
    missing = {
        path: {name for name in error.validator_value if name not in error.instance}
        for error, path in met
        if error.validator == "required"
    }
    faults = [each for error, path in met for each in _faults(_Here(error, path, value, missing))]
    meant = {(each.path[:-1], each.meant) for each in faults if each.meant}
    unclear = {where for where, _ in meant}
    typed = {each.path[:-1] for each in faults if each.path[-1:] == ("type",) and each.rule != "SCH-003"}
    told: set[tuple[Any, ...]] = set()
    found = []
    for each in faults:
        if each.rule == "SCH-002" and (each.path in typed or (each.path, each.name) in meant):
            continue
        if each.rule == "SCH-011" and each.path in unclear:
            continue
        key = (each.path, each.rule + each.name if each.rule in {"SCH-002", "SCH-011"} else "")
        if key not in told:
            told.add(key)
            found.append(fault(each.rule, each.key, _located((*base, *each.path), value, base, index), **each.words))
    return found


def _path(error: Any) -> tuple[Any, ...]:
    return tuple(error.path if isinstance(error.path, tuple) else error.absolute_path)


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def event_list(value: Any) -> tuple[tuple[str, ...], list[Any]] | None:
    """Where the events of a document are, and the events; ``None`` where there is no such list."""
    kind = value.get("type") if isinstance(value, dict) else None
    path = EVENT_LISTS.get(kind) if isinstance(kind, str) else None
    node = value
    for step in path or ():
        node = node.get(step) if isinstance(node, dict) else None
    return (path, node) if path and isinstance(node, list) else None


def _located(path: tuple[Any, ...], value: Any, base: tuple[Any, ...], index: int | None) -> Location:
    pointer = "".join(f"/{_escaped(step)}" for step in path)
    event = value if index is not None else None
    if index is None and not base:
        listed = event_list(value)
        if listed is not None:
            size = len(listed[0])
            if path[:size] == listed[0] and len(path) > size:
                index, event = path[size], listed[1][path[size]]
    name = event.get("eventID") if isinstance(event, dict) else None
    return Location(pointer=pointer, event_index=index, event_id=name if isinstance(name, str) else None)


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        node = node[step]
    return node


def shown(value: Any) -> str:
    """A value as JSON has it, in short."""
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return "[…]" if value else "[]"
    return shorten(value) if isinstance(value, str) else shorten(json.dumps(value))[1:-1]


def _faults(here: _Here) -> Iterator[_Told]:
    error = here.error
    if getattr(error, "in_names", False) or "propertyNames" in getattr(error, "absolute_schema_path", ()):
        known = {name for group in _words(error.schema, error.validator_value) for name in group}
        known |= _names_beside(here) | here.missing.get(here.path, set())
        yield _unknown(str(error.instance), here, _A_NAME, known)
    elif error.validator == "additionalProperties":
        properties = list(error.schema.get("properties", {}))
        for name in error.instance:
            if name not in properties:
                yield _unknown(name, here, one_of(properties), {*properties, *here.missing.get(here.path, set())})
    else:
        yield from _TELLERS.get(error.validator, _other)(here)


def _unknown(name: str, here: _Here, expected: str, known: set[str]) -> _Told:
    node = here.node()
    if isinstance(node, dict) and len(node) > _MOST_MEMBERS:  # a guess a name would take too long
        known = set()
    guess = similar(name, sorted(each for each in known if each not in node) if isinstance(node, dict) else known)
    words = {"value": shorten(name), "what": here.whole(), "expected": expected}
    if guess:
        return _Told("SCH-003", "member-meant", (*here.path, name), {**words, "meant": repr(guess)}, meant=guess)
    return _Told("SCH-003", "member", (*here.path, name), words)


def _names_beside(here: _Here) -> set[str]:
    """The names that the event at a path may have, for a guess at what was meant."""
    from epcis_kit.codec.json_fields import EVENTS, SHAPES  # noqa: PLC0415 - loads the model, only for a guess

    node = here.node()
    kind = node.get("type") if isinstance(node, dict) else None
    shape = SHAPES.get(EVENTS[kind]) if isinstance(kind, str) and kind in EVENTS else None
    return set(shape or ())


def _words(schema: Any, value: Any) -> Iterator[list[str]]:
    """The lists of words in alternatives."""
    for branch in value if isinstance(value, list) else ():
        if isinstance(branch, dict) and isinstance(branch.get("enum"), list):
            yield [word for word in branch["enum"] if isinstance(word, str)]
    if isinstance(schema, dict) and isinstance(schema.get("enum"), list):
        yield [word for word in schema["enum"] if isinstance(word, str)]


# -- one teller a keyword


def _missing(here: _Here) -> Iterator[_Told]:
    for name in here.error.validator_value:
        if name not in here.error.instance:
            yield _Told("SCH-002", "member", here.path, {"what": here.whole(), "expected": repr(name)}, name)


def _kind(here: _Here) -> Iterator[_Told]:
    said = here.error.validator_value
    kinds = said if isinstance(said, list) else [said]
    wanted = here.expected(" or ".join(_KINDS.get(str(kind), str(kind)) for kind in kinds))
    words = {"what": here.named(), "expected": wanted, "value": shown(here.error.instance)}
    yield _Told("SCH-008", "default", here.path, words)


def _word(here: _Here) -> Iterator[_Told]:
    error = here.error
    value = error.instance
    words = [word for group in _words(error.schema, error.validator_value) for word in group]
    if isinstance(value, (dict, list)) and not words:
        said = {"what": here.whole(), "expected": here.expected("members that go together")}
        yield _Told("SCH-011", "default", here.path, said)
        return
    said = {"what": here.named(), "expected": here.expected(one_of(words) or "another value"), "value": shown(value)}
    if not isinstance(value, str):
        yield _Told("SCH-008", "default", here.path, said)
        return
    guess = similar(value, words)
    if guess:
        yield _Told("SCH-005", "meant", here.path, {**said, "meant": repr(guess)})
    else:
        yield _Told("SCH-005", "default", here.path, said)


def _constant(here: _Here) -> Iterator[_Told]:
    wanted = here.expected(shown(here.error.validator_value))
    words = {"what": here.named(), "expected": wanted, "value": shown(here.error.instance)}
    yield _Told("SCH-005", "default", here.path, words)


def _excluded(here: _Here) -> Iterator[_Told]:
    words = {"what": here.named(), "expected": here.expected("another value"), "value": shown(here.error.instance)}
    yield _Told("SCH-011", "excluded", here.path, words)


def _format(here: _Here) -> Iterator[_Told]:
    error = here.error
    rule, wanted = {
        "date-time": ("SCH-006", "a date and time with zone such as '2024-03-05T09:30:00Z'"),
        "uri": ("SCH-007", "an absolute URI such as 'urn:epc:id:sgtin:9521234.000001.1'"),
    }.get(error.validator_value, ("SCH-009", f"the form {error.validator_value!r}"))
    words = {"what": here.named(), "expected": here.expected(wanted), "value": shown(error.instance)}
    if here.path[-1:] == ("type",):
        guess = similar(error.instance, _TYPE_NAMES)
        yield _Told(
            "SCH-005", "meant" if guess else "default", here.path, {**words, "meant": repr(guess)} if guess else words
        )
    else:
        yield _Told(rule, "default", here.path, words)


def _form(here: _Here) -> Iterator[_Told]:
    wanted = here.expected(f"a text of the form {here.error.validator_value}")
    words = {"what": here.named(), "expected": wanted, "value": shown(here.error.instance)}
    yield _Told("SCH-009", "default", here.path, words)


def _bound(here: _Here) -> Iterator[_Told]:
    sign = "at least" if here.error.validator.lower().endswith("minimum") else "at most"
    wanted = here.expected(f"a number of {sign} {shown(here.error.validator_value)}")
    words = {"what": here.named(), "expected": wanted, "value": shown(here.error.instance)}
    yield _Told("SCH-009", "default", here.path, words)


def _short(here: _Here) -> Iterator[_Told]:
    error = here.error
    least = error.validator_value
    title = here.expected("") if error.validator == "minProperties" else ""
    wanted = title or ("something in it" if least == 1 else f"at least {least} items")
    words = {
        "what": here.named(),
        "expected": wanted,
        "value": "nothing" if not error.instance else str(len(error.instance)),
    }
    yield _Told("SCH-010", "short", here.path, words)


def _twice(here: _Here) -> Iterator[_Told]:
    try:
        item = shown(json.loads(here.error.message))
        index = next(at for at, each in _second(here.error.instance))
    except (ValueError, StopIteration):
        item, index = shorten(here.error.message), 0
    yield _Told("SCH-010", "twice", (*here.path, index), {"what": here.named(), "value": item})


def _second(items: list[Any]) -> Iterator[tuple[int, Any]]:
    """Items that stood before, with their numbers."""
    from epcis_kit.validate.schema_compiled import comparable  # noqa: PLC0415

    seen: set[Any] = set()
    for at, item in enumerate(items):
        key = comparable(item)
        if key in seen:
            yield at, item
        seen.add(key)


def _other(here: _Here) -> Iterator[_Told]:
    words = {"what": here.named(), "reason": shorten(here.error.message, 300)[1:-1]}
    yield _Told("SCH-099", "default", here.path, words)


_TELLERS: Final[dict[str, Callable[[_Here], Iterator[_Told]]]] = {
    "required": _missing,
    "type": _kind,
    "anyOf": _word,
    "dependentRequired": _word,
    "oneOf": _word,
    "enum": _word,
    "const": _constant,
    "not": _excluded,
    "format": _format,
    "pattern": _form,
    "minimum": _bound,
    "maximum": _bound,
    "minItems": _short,
    "minLength": _short,
    "minProperties": _short,
    "uniqueItems": _twice,
}
