"""The shape of a JSON document, told by a JSON Schema.

Takes the bytes of a source and a set of schemas (ours, or files of the user's own); gives a finding for each fault and
the number of events. Guarantees: formats are asserted, always; references are resolved among the given schemas and
never fetched; patterns end where the text ends; lists without repetition are checked in linear time. Where
``jsonschema-rs`` is installed it gives the verdict, many times faster; ``jsonschema`` explains what is wrong.
A member that stands twice counts as the last one, as JSON Schema sees it.

Bare events one a line (JSON lines) are checked one by one. The text is held in memory whole.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

from epcis_kit._resources import read_bytes
from epcis_kit.codec.limits import exceeded
from epcis_kit.errors import DocumentError, QueryError, shorten
from epcis_kit.findings import Location
from epcis_kit.validate.schema_formats import is_date_time, is_uri
from epcis_kit.validate.schema_json_faults import explain
from epcis_kit.validate.schema_messages import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from epcis_kit.codec.detection import Detected
    from epcis_kit.codec.sources import Source
    from epcis_kit.findings import Finding

__all__ = ["JsonSchema", "check_json", "own_json_schema"]

_FILES: Final = ("epcis-2.0-document.json", "epcis-2.0-event.json", "epcis-2.0-words.json")
_PATHS: Final = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}
_SPACE: Final = re.compile(r"[ \t\r\n]*")


class JsonSchema:
    """A root schema with all schemas that it may refer to.

    Args:
        root: The schema of a whole document.
        others: The schemas that references lead to, by the names they are referred to with.
        event: The name of the one for an event, where there is one: then only the events that are wrong are explained.
    """

    def __init__(self, root: dict[str, Any], others: dict[str, dict[str, Any]], event: str | None = None) -> None:
        self._whole = _Judge(root, others)
        self._event = None if event is None else _Judge(others[event], others)

    def valid(self, value: Any) -> bool:
        """The verdict alone."""
        return self._whole.valid(value)

    def findings(self, value: Any) -> list[Finding]:
        """One finding for each fault; none where the value is valid."""
        if self.valid(value):
            return []
        found: list[Finding] = []
        events = _event_list(value)
        if self._event is None or events is None:
            found += explain(self._whole.errors(value), value)
        else:
            path, items = events
            found += explain(self._whole.errors(_without(value, path)), value)
            for index, item in enumerate(items):
                if not self._event.valid(item):
                    found += explain(self._event.errors(item), value, (*path, index))
        return found or [fault("SCH-099", "Cannot accept the document: a schema refuses it.", Location(pointer=""))]


_T = TypeVar("_T")


def _answered(ask: Callable[[], _T]) -> _T:
    """The answer; a reference that leads nowhere is a fault of the schema."""
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - heavy

    try:
        return ask()
    except Unresolvable as error:
        raise QueryError(f"Cannot use the schema: {error.ref!r} is not among the schemas.") from None


class _Judge:
    """One schema, asked in two ways: quickly for a verdict where that is possible, slowly for reasons."""

    def __init__(self, root: dict[str, Any], others: dict[str, dict[str, Any]]) -> None:
        self._fast = _fast(root, others)
        self._made: Any = None
        self._parts = (root, others)

    @property
    def _slow(self) -> Any:
        if self._made is None:
            self._made = _validator(*self._parts)
        return self._made

    def valid(self, value: Any) -> bool:
        if self._fast is not None:
            try:
                return self._fast(value)
            except (ValueError, TypeError, OverflowError):  # lone surrogates, depth: the other one decides
                pass
        return _answered(lambda: bool(self._slow.is_valid(value)))

    def errors(self, value: Any) -> list[Any]:
        return _answered(lambda: list(self._slow.iter_errors(value)))


def _fast(root: dict[str, Any], others: dict[str, dict[str, Any]]) -> Callable[[Any], bool] | None:
    try:
        engine = importlib.import_module("jsonschema_rs")
    except ImportError:
        return None
    try:
        registry = engine.Registry(list(others.items()))
        made: Callable[[Any], bool] = engine.validator_for(
            root, validate_formats=True, registry=registry, retriever=_refuse
        ).is_valid
    except ValueError as error:  # also what a reference to elsewhere raises
        raise QueryError(f"Cannot use the schema: {shorten(str(error), 300)[1:-1]}.") from None
    return made


def _refuse(address: str) -> Any:
    raise ValueError(f"{address} is not among the schemas, and nothing is fetched")


def _validator(root: dict[str, Any], others: dict[str, dict[str, Any]]) -> Any:
    from jsonschema import Draft202012Validator, FormatChecker, validators  # noqa: PLC0415 - heavy
    from referencing import Registry  # noqa: PLC0415 - heavy
    from referencing.jsonschema import DRAFT202012, specification_with  # noqa: PLC0415 - heavy

    formats = FormatChecker(formats=())
    formats.checkers = {"uri": (is_uri, ()), "date-time": (is_date_time, ())}
    known: Any = validators.validator_for(root, default=Draft202012Validator)
    extend: Any = validators.extend
    kind: Any = extend(known, {"pattern": _pattern, "uniqueItems": _unique})
    specification = specification_with(str(root.get("$schema", "")), default=DRAFT202012)
    resources = [(name, specification.create_resource(_bare_schema(each))) for name, each in others.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return kind(_bare_schema(root), registry=registry, format_checker=formats)


def _bare_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without the name of its dialect: where it stands, jsonschema goes back to its own keywords."""
    return {name: value for name, value in schema.items() if name != "$schema"}


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:  # noqa: ARG001 - its form is given
    from jsonschema import ValidationError  # noqa: PLC0415

    if isinstance(value, str) and not _compiled(pattern).search(value):
        yield ValidationError(f"{shorten(value)} does not match")


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as ECMA 262 reads it: a ``$`` is the very end, and classes of characters are those of ASCII."""
    whole = pattern.endswith("$") and not pattern.endswith("\\$")
    return re.compile(pattern[:-1] + r"\Z" if whole else pattern, re.ASCII)


def _unique(validator: Any, wanted: bool, value: Any, schema: Any) -> Iterator[Any]:  # noqa: ARG001
    from jsonschema import ValidationError  # noqa: PLC0415

    if not wanted or not validator.is_type(value, "array"):
        return
    seen: set[str] = set()
    for item in value:
        key = _key(item)
        if key in seen:
            yield ValidationError(shorten(item))
            return
        seen.add(key)


def _key(item: Any) -> str:
    """Equal for equal JSON values: 1 and 1.0 are one number, and the order of members says nothing."""
    return json.dumps(item, sort_keys=True) if isinstance(item, str) else json.dumps(_plain(item), sort_keys=True)


def _plain(item: Any) -> Any:
    if isinstance(item, float) and item.is_integer():
        return int(item)
    if isinstance(item, list):
        return [_plain(each) for each in item]
    if isinstance(item, dict):
        return {name: _plain(each) for name, each in item.items()}
    return item


@functools.cache
def own_json_schema() -> JsonSchema:
    """The schema that ships with the library, made ready at the first call."""
    schemas = [json.loads(read_bytes(f"schemas/json/{name}")) for name in _FILES]
    return JsonSchema(schemas[0], {each["$id"]: each for each in schemas}, schemas[1]["$id"])


def check_json(source: Source, detected: Detected, schema: JsonSchema) -> tuple[list[Finding], int]:
    """The findings of a JSON text, and how many events it holds.

    Raises:
        DocumentError: It is no JSON text.
    """
    values = _values(source, detected)
    if len(values) == 1:
        events = _event_list(values[0])
        alone = _bare(values[0])
        try:
            return schema.findings(values[0]), len(events[1]) if events else int(alone)
        except RecursionError:
            raise exceeded("max_depth", source.limits.max_depth) from None
    findings = [
        finding.at(event_index=index) for index, value in enumerate(values) for finding in schema.findings(value)
    ]
    return findings, len(values)


def _event_list(value: Any) -> tuple[tuple[str, ...], list[Any]] | None:
    """Where the events of a document are, and the events; ``None`` where there is no such list."""
    kind = value.get("type") if isinstance(value, dict) else None
    path = _PATHS.get(kind) if isinstance(kind, str) else None
    node = value
    for step in path or ():
        node = node.get(step) if isinstance(node, dict) else None
    return (path, node) if path and isinstance(node, list) else None


def _without(value: Any, path: tuple[str, ...]) -> Any:
    """The document with an empty list at ``path``."""
    return {**value, path[0]: _without(value[path[0]], path[1:])} if path else []


def _values(source: Source, detected: Detected) -> list[Any]:
    """The JSON value of the text; several where each is a bare event on its own."""
    here = Location(file=source.name) if source.name else None
    data = source.read(-1)[detected.mark :]
    try:
        text = data.decode(detected.encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"Cannot read the document: expected {detected.encoding.upper()}, got byte "
            f"0x{data[error.start]:02x} at offset {error.start + detected.mark}.",
            here,
        ) from None
    decoder = _decoder(source.limits.max_number)
    values: list[Any] = []
    at = _after_space(text, 0)
    try:
        while at < len(text):
            start = at
            value, at = decoder.raw_decode(text, at)
            if values and not (_bare(values[0]) and _bare(value)):
                raise json.JSONDecodeError("Extra data", text, start)  # noqa: TRY301 - told with the others
            values.append(value)
            at = _after_space(text, at)
    except json.JSONDecodeError as error:
        place = Location(file=source.name, line=error.lineno, column=error.colno)
        raise DocumentError(f"Cannot read the JSON: {_said(error)}.", place) from None
    except RecursionError:
        raise exceeded("max_depth", source.limits.max_depth, here) from None
    except ValueError as error:
        raise DocumentError(f"Cannot read the JSON: expected values that JSON knows, got {error}.", here) from None
    return values


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _bare(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str) and value["type"] not in _PATHS


def _said(error: json.JSONDecodeError) -> str:
    if error.pos >= len(error.doc.rstrip()):
        return "expected the rest of the document, got its end"
    got = shorten(error.doc[error.pos : error.pos + 20])
    return f"expected valid JSON, got {got} ({error.msg[:1].lower() + error.msg[1:]})"


def _decoder(most: int) -> json.JSONDecoder:
    def integer(text: str) -> int:
        if len(text) > most:
            raise ValueError(f"a number of {len(text)} characters (at most {most})")
        return int(text)

    def fraction(text: str) -> float:
        if len(text) > most:
            raise ValueError(f"a number of {len(text)} characters (at most {most})")
        value = float(text)
        return value if abs(value) <= sys.float_info.max else sys.float_info.max  # its kind matters, its size does not

    def constant(text: str) -> Any:
        raise ValueError(f"{text}, which is no JSON number")

    return json.JSONDecoder(parse_int=integer, parse_float=fraction, parse_constant=constant)
