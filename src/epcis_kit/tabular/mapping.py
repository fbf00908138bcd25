"""A mapping file, read and checked: what the rest of the room works with.

Takes YAML (safe loader), TOML or a plain dict; gives a frozen :class:`Mapping` whose fields and events are compiled.
Guarantees: every name in the file is known (a misspelt one is answered with the nearest known one), every field that a
template names exists, and all that can be wrong in a mapping is found here and not at row ten thousand.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.model import WELL_KNOWN_PREFIXES
from epcis_kit.tabular.fields import FIELD_KEYS, Field, compile_field, zone_of
from epcis_kit.tabular.templates import Template

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from datetime import tzinfo

__all__ = ["EVENT_SHAPES", "EventPlan", "Mapping", "load_mapping"]

_MAX_BYTES: Final = 4 << 20
_TOP: Final = ("epcis_map", "id", "source", "defaults", "namespaces", "fields", "events")
_SOURCE: Final = ("format", "delimiter", "quote", "encoding", "null")
_DEFAULTS: Final = ("tz", "ids", "check_digit", "gcp_length")

_COMMON: Final = {
    "type": "plain",
    "when": "template",
    "eventTime": "time",
    "eventTimeZoneOffset": "template",
    "eventID": "template",
    "bizStep": "template",
    "disposition": "template",
    "readPoint": "key",
    "bizLocation": "key",
    "bizTransactionList": "transactions",
    "sourceList": "parties",
    "destinationList": "parties",
    "extensions": "extensions",
}
_ACTION: Final = {"action": "template"}
EVENT_SHAPES: Final[dict[str, dict[str, str]]] = {
    "ObjectEvent": {
        **_COMMON, **_ACTION, "epcList": "keys", "quantityList": "quantities", "ilmd": "extensions",
    },
    "AggregationEvent": {
        **_COMMON, **_ACTION, "parentID": "key", "childEPCs": "keys", "childQuantityList": "quantities",
    },
    "AssociationEvent": {
        **_COMMON, **_ACTION, "parentID": "key", "childEPCs": "keys", "childQuantityList": "quantities",
    },
    "TransactionEvent": {
        **_COMMON, **_ACTION, "parentID": "key", "epcList": "keys", "quantityList": "quantities",
    },
    "TransformationEvent": {
        **_COMMON,
        "inputEPCList": "keys",
        "inputQuantityList": "quantities",
        "outputEPCList": "keys",
        "outputQuantityList": "quantities",
        "transformationID": "key",
        "ilmd": "extensions",
    },
}  # fmt: skip
"""What may stand in an event of each type, and the form it is written in."""


@dataclasses.dataclass(frozen=True, slots=True)
class EventPlan:
    """One event that each row makes.

    Attributes:
        type: Name of the event type.
        parts: Name, form and compiled content of each part, in the order of the file.
        number: One-based number in the mapping, for messages.
    """

    type: str
    parts: tuple[tuple[str, str, Any], ...]
    number: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A mapping, compiled.

    Attributes:
        id: Name of the mapping.
        delimiter: Of the CSV; ``None`` where it is to be found out.
        quote: Quote character of the CSV.
        encoding: Of the CSV.
        null: Texts that mean "nothing here".
        zone: Zone of times that are written without one; ``None`` refuses them.
        ids: ``"digital_link"`` or ``"urn"``.
        gcp_length: Length of the company prefix for URNs; ``None`` looks it up.
        namespaces: Prefix to namespace.
        fields: Named functions of a row.
        events: What each row makes.
    """

    id: str
    delimiter: str | None
    quote: str
    encoding: str
    null: frozenset[str]
    zone: tzinfo | None
    ids: str
    gcp_length: int | None
    namespaces: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]
    events: tuple[EventPlan, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that fields read, in the order of the file."""
        return tuple(dict.fromkeys(field.column for field in self.fields if field.column is not None))


def load_mapping(source: str | os.PathLike[str] | dict[str, Any] | Mapping) -> Mapping:
    """Read a mapping from a ``.yaml``, ``.yml`` or ``.toml`` file, or from a dict.

    Raises:
        MappingError: Something in it is wrong; the message names the place and, where there is one, the nearest right
        word. OSError: The file cannot be opened.
    """
    if isinstance(source, Mapping):
        return source
    if isinstance(source, dict):
        return _compile(source, "mapping")
    path = Path(source)
    with path.open("rb") as stream:
        data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise MappingError(f"{path}: expected a mapping of at most {_MAX_BYTES} bytes.")
    return _compile(_parse(data, path), str(path))


def _parse(data: bytes, path: Path) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
        content = tomllib.loads(text) if path.suffix.lower() == ".toml" else _yaml(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise MappingError(f"{path}: this mapping cannot be read: {error}.") from None
    except ValueError as error:
        raise MappingError(f"{path}: this mapping cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise MappingError(f"{path}: expected a mapping with 'epcis_map: 1' at its top, got {type(content).__name__}.")
    return content


def _yaml(text: str) -> Any:
    import yaml  # noqa: PLC0415 - loaded when a YAML mapping is read

    class _Loader(yaml.SafeLoader):
        """Refuses aliases (they can grow without end) and keys that stand twice."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                event = self.peek_event()  # type: ignore[no-untyped-call]
                raise ValueError(f"line {event.start_mark.line + 1}: aliases (*name) are not taken in a mapping.")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[Any] = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if not isinstance(key, str):
                    raise ValueError(  # noqa: TRY004 - one kind of error for whatever is wrong in the file
                        f"line {key_node.start_mark.line + 1}: expected a text as a name, got {shorten(key)}; quote it."
                    )
                if key in seen:
                    raise ValueError(f"line {key_node.start_mark.line + 1}: the name {key!r} stands here twice.")
                seen.add(key)
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        raise ValueError(f"{place}{getattr(error, 'problem', None) or 'this is no YAML'}.") from None


def _compile(content: dict[str, Any], where: str) -> Mapping:
    _known(content, _TOP, where)
    if content.get("epcis_map") != 1:
        raise MappingError(f"{where}: expected 'epcis_map: 1', got {shorten(content.get('epcis_map'))}.")
    source = _table(content, "source", where)
    _known(source, _SOURCE, f"{where}, source")
    defaults = _table(content, "defaults", where)
    _known(defaults, _DEFAULTS, f"{where}, defaults")
    if source.get("format", "csv") != "csv":
        raise MappingError(f"{where}, source: expected format 'csv', got {shorten(source['format'])}.")
    if defaults.get("check_digit", "error") != "error":
        raise MappingError(f"{where}, defaults: expected check_digit 'error', got {shorten(defaults['check_digit'])}.")
    ids = defaults.get("ids", "digital_link")
    if ids not in {"digital_link", "urn"}:
        raise MappingError(f"{where}, defaults: expected ids 'digital_link' or 'urn', got {shorten(ids)}.")
    namespaces = {**WELL_KNOWN_PREFIXES, **_table(content, "namespaces", where)}
    zone = zone_of(defaults["tz"], f"{where}, defaults, tz") if "tz" in defaults else None
    fields = _fields(_table(content, "fields", where), where)
    names = {field.name: field for field in fields}
    events = content.get("events")
    if not isinstance(events, list) or not events:
        raise MappingError(f"{where}: expected a list of events, got {shorten(events)}.")
    gcp_length = defaults.get("gcp_length")
    if gcp_length is not None and gcp_length not in range(6, 13):
        raise MappingError(f"{where}, defaults: expected gcp_length 6 to 12, got {shorten(gcp_length)}.")
    return Mapping(
        id=str(content.get("id", "")),
        delimiter=_delimiter(source.get("delimiter", "auto"), where),
        quote=str(source.get("quote", '"')),
        encoding=str(source.get("encoding", "utf-8")),
        null=frozenset(map(str, source.get("null", [""]))) | {""},
        zone=zone,
        ids=ids,
        gcp_length=gcp_length,
        namespaces=tuple(_table(content, "namespaces", where).items()),
        fields=fields,
        events=tuple(_event(event, number, names, namespaces, where) for number, event in enumerate(events, 1)),
    )


def _delimiter(value: object, where: str) -> str | None:
    if value == "auto":
        return None
    if not isinstance(value, str) or len(value) != 1:
        raise MappingError(f"{where}, source: expected one character as delimiter, or 'auto', got {shorten(value)}.")
    return value


def _fields(content: dict[str, Any], where: str) -> tuple[Field, ...]:
    result = []
    for name, spec in content.items():
        place = f"{where}, fields, {name}"
        if not isinstance(spec, dict):
            raise MappingError(f"{place}: expected {{col: …, type: …}}, got {shorten(spec)}.")
        _known(spec, FIELD_KEYS, place)
        result.append(compile_field(name, spec, place))
    return tuple(result)


def _event(content: Any, number: int, fields: dict[str, Field], namespaces: dict[str, str], where: str) -> EventPlan:
    place = f"{where}, event {number}"
    if not isinstance(content, dict):
        raise MappingError(f"{place}: expected names and values, got {shorten(content)}.")
    kind = content.get("type")
    if kind not in EVENT_SHAPES:
        raise MappingError(
            f"{place}: expected type {_any_of(EVENT_SHAPES)}, got {shorten(kind)}{_near(kind, EVENT_SHAPES)}."
        )
    shape = EVENT_SHAPES[kind]
    _known(content, tuple(shape), place)
    required = ("eventTime",) if kind == "TransformationEvent" else ("eventTime", "action")
    for name in required:
        if name not in content:
            raise MappingError(f"{place}: expected {name!r}, which every {kind} needs.")
    parts = tuple(
        (name, shape[name], _part(shape[name], value, fields, namespaces, f"{place}, {name}"))
        for name, value in content.items()
        if name != "type"
    )
    return EventPlan(kind, parts, number)


def _part(form: str, value: Any, fields: dict[str, Field], namespaces: dict[str, str], place: str) -> Any:
    if form in {"template", "key", "time"}:
        return Template.compile(value, fields, place)
    if form == "keys":
        return tuple(Template.compile(item, fields, place) for item in _list(value, place))
    if form == "extensions":
        return _extensions(value, fields, namespaces, place)
    names = {
        "quantities": ("class", "quantity", "uom"),
        "transactions": ("type", "id"),
        "parties": ("type", "id"),
    }[form]
    result = []
    for item in _list(value, place):
        if not isinstance(item, dict):
            raise MappingError(f"{place}: expected {{{', '.join(names)}}}, got {shorten(item)}.")
        _known(item, names, place)
        if names[0] == "class" and "class" not in item:
            raise MappingError(f"{place}: expected 'class' in each quantity.")
        if "id" in names and "id" not in item:
            raise MappingError(f"{place}: expected 'id' in each entry.")
        result.append({name: Template.compile(text, fields, place) for name, text in item.items()})
    return tuple(result)


def _extensions(value: Any, fields: dict[str, Field], namespaces: dict[str, str], place: str) -> Any:
    if not isinstance(value, dict):
        raise MappingError(f"{place}: expected names and values, got {shorten(value)}.")
    result = []
    for name, content in value.items():
        prefix, colon, local = name.partition(":")
        if not colon or not local or prefix not in namespaces:
            raise MappingError(
                f"{place}: expected a name with a declared prefix ({_any_of(namespaces)}), got {shorten(name)}."
            )
        nested = isinstance(content, dict)
        inner = _extensions(content, fields, namespaces, place) if nested else Template.compile(content, fields, place)
        result.append((namespaces[prefix], local, prefix, inner))
    return tuple(result)


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise MappingError(f"{place}: expected a list, got {shorten(value)}.")
    return value


def _table(content: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = content.get(name, {})
    if not isinstance(value, dict):
        raise MappingError(f"{where}, {name}: expected names and values, got {shorten(value)}.")
    return value


def _known(content: dict[str, Any], names: Iterable[str], where: str) -> None:
    for name in content:
        if name not in names:
            raise MappingError(f"{where}: unknown name {shorten(name)}{_near(name, names)}. Known: {', '.join(names)}.")


def _near(name: object, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(name)[:60], list(names), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _any_of(names: Iterable[str]) -> str:
    return ", ".join(names)
