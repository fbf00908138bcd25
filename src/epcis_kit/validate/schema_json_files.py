"""JSON Schema files of the user's own, for example the published ones: the shape of a JSON document by them.

Takes a root schema with all that it may refer to, and the bytes of a source; gives a finding for each fault and the
number of events. Guarantees: formats are asserted, always; references are resolved among the given schemas and never
fetched; patterns end where the text ends; lists without repetition are checked in linear time. Where ``jsonschema-rs``
is installed it gives the verdict, many times faster; ``jsonschema`` explains what is wrong. A member that stands twice
counts as the last one, as JSON Schema sees it.

A schema nobody here has seen may ask anything of a document, so the document is held in memory whole.
"""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any, TypeVar

from epcis_kit.codec.limits import exceeded
from epcis_kit.errors import QueryError, shorten
from epcis_kit.findings import Location
from epcis_kit.validate.schema_compiled import compiled_pattern, is_repeated, repeated
from epcis_kit.validate.schema_formats import is_date_time, is_uri
from epcis_kit.validate.schema_json_faults import event_list, explain
from epcis_kit.validate.schema_json_text import ShapeText, is_bare
from epcis_kit.validate.schema_messages import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from epcis_kit.codec import ReadOptions
    from epcis_kit.codec.detection import Detected
    from epcis_kit.codec.sources import Source
    from epcis_kit.findings import Finding

__all__ = ["JsonSchema", "findings_by_files", "quick_judge"]

_T = TypeVar("_T")


class JsonSchema:
    """A root schema with all schemas that it may refer to.

    Args:
        root: The schema of a whole document.
        others: The schemas that references lead to, by the names they are referred to with.
    """

    def __init__(self, root: dict[str, Any], others: dict[str, dict[str, Any]]) -> None:
        self._quick = quick_judge(root, others)
        self._made: Any = None
        self._parts = (root, others)

    @property
    def _slow(self) -> Any:
        if self._made is None:
            self._made = _validator(*self._parts)
        return self._made

    def valid(self, value: Any) -> bool:
        """The verdict alone."""
        if self._quick is not None:
            try:
                return self._quick(value)
            except (ValueError, TypeError, OverflowError):  # lone surrogates, depth: the other one decides
                pass
        return _answered(lambda: bool(self._slow.is_valid(value)))

    def findings(self, value: Any) -> list[Finding]:
        """One finding for each fault; none where the value is valid."""
        if self.valid(value):
            return []
        found = explain(_answered(lambda: list(self._slow.iter_errors(value))), value)
        return found or [fault("SCH-099", "document", Location(pointer=""))]


def _answered(ask: Callable[[], _T]) -> _T:
    """The answer; a reference that leads nowhere is a fault of the schema."""
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - heavy

    try:
        return ask()
    except Unresolvable as error:
        raise QueryError(f"Cannot use the schema: {error.ref!r} is not among the schemas.") from None


def quick_judge(root: dict[str, Any], others: dict[str, dict[str, Any]]) -> Callable[[Any], bool] | None:
    """The verdict of ``jsonschema-rs``; ``None`` where it is not installed.

    Raises:
        QueryError: The schema is none.
    """
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

    if isinstance(value, str) and not compiled_pattern(pattern).search(value):
        yield ValidationError(f"{shorten(value)} does not match")


def _unique(validator: Any, wanted: bool, value: Any, schema: Any) -> Iterator[Any]:  # noqa: ARG001
    from jsonschema import ValidationError  # noqa: PLC0415

    if wanted and validator.is_type(value, "array"):
        found = repeated(value)
        if is_repeated(found):
            yield ValidationError(json.dumps(found))


def findings_by_files(
    source: Source, detected: Detected, schema: JsonSchema, options: ReadOptions
) -> Generator[Finding, None, int]:
    """The findings of a JSON text; returns how many events it holds.

    Raises:
        DocumentError: It is no JSON text.
        QueryError: The schema cannot be used.
    """
    text = ShapeText(source, detected, options, unbounded=True)
    first = text.value()
    try:
        yield from schema.findings(first)
    except RecursionError:
        raise exceeded("max_depth", source.limits.max_depth) from None
    if not text.peek():
        listed = event_list(first)
        return len(listed[1]) if listed else int(is_bare(first))
    index = 0
    while text.peek():
        index += 1
        value = text.next_bare(first)
        for finding in schema.findings(value):
            yield finding.at(event_index=index)
    return index + 1
