"""An event as bytes, and back without loss: what the store keeps of the event itself.

Takes an event of the model; gives compact JSON under the standard's own names, without what is empty: times and
numbers as the texts they were written as, extensions as ``[namespace, name, value, attributes, datatype, array,
prefix]``. Guarantees: ``unpack(pack(e))`` has every field of ``e``, those that take no part in equality (spelling of
times, prefixes, origins) too; equal events of one spelling give equal bytes; what is unpacked is not checked again.
Header master data is kept in the same form.

Compression is not done here; see ``compression``.
"""

from __future__ import annotations

import typing
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from epcis_kit.model import Event, Extension, Part, Timestamp, event_class

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["pack", "pack_members", "pack_part", "unpack", "unpack_members", "unpack_part"]

_P = TypeVar("_P", bound=Part)

_EXTENSION_REST: list[Any] = [(), None, "", ""]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_encode_members = msgspec.msgpack.Encoder().encode
_decode_members = msgspec.msgpack.Decoder().decode

_Plan = list[tuple[str, str, Any, "Callable[[Any], Any] | None", "Callable[[Any], Any] | None"]]


def pack(event: Event) -> bytes:
    """The event as bytes.

    Raises:
        UnicodeEncodeError: A text has half of a surrogate pair, which no document can hold.
    """
    plain = {"type": event.type}
    plain.update(_plain(event))
    return _encode(plain)


def unpack(data: bytes) -> Event:
    """The event of bytes that :func:`pack` made."""
    plain = _decode(data)
    return _part(event_class(plain["type"]), plain)  # type: ignore[no-any-return]


def pack_part(part: Part) -> bytes:
    """A part of a header as bytes: master data of one thing, a business document header."""
    return _encode(_plain(part))


def unpack_part(cls: type[_P], data: bytes) -> _P:
    """The part of bytes that :func:`pack_part` made of an instance of ``cls``."""
    return _part(cls, _decode(data))  # type: ignore[no-any-return]


def pack_members(objects: list[int], lots: list[int]) -> bytes:
    """Handles of one side of a transformation as bytes."""
    return _encode_members((objects, lots))


def unpack_members(data: bytes) -> tuple[list[int], list[int]]:
    """The handles of objects and of lots that :func:`pack_members` was given."""
    objects, lots = _decode_members(data)
    return objects, lots


def _plain(part: Part) -> dict[str, Any]:
    state = part.__dict__
    plain = {}
    for name, alias, default, write, _ in _plan(type(part)):
        value = state[name]
        if value is default:
            continue
        plain[alias] = value if write is None else write(value)
    return plain


def _part(cls: type[Part], plain: dict[str, Any]) -> Any:
    state = {}
    for name, alias, _, _, read in _plan(cls):
        if alias in plain:
            value = plain[alias]
            state[name] = value if read is None else read(value)
    return cls.from_checked(state)


_PLANS: dict[type[Part], _Plan] = {}


def _plan(cls: type[Part]) -> _Plan:
    """For each field: Python name, JSON name, default, how it is written, how it is read (``None``: as it is)."""
    found = _PLANS.get(cls)
    if found is None:
        found = []
        for name, field in cls.model_fields.items():
            default = None if field.is_required() else field.default
            write, read = _ways(field.annotation)
            found.append((name, field.alias or name, default, write, read))
        _PLANS[cls] = found
    return found


def _ways(annotation: Any) -> tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]:
    kinds = _named_types(annotation)
    if Extension in kinds:
        return (_write_extensions, _read_extensions) if tuple in kinds else (_write_extension, _read_extension)
    if Timestamp in kinds:
        return str, Timestamp.parse
    if Decimal in kinds:
        return str, Decimal
    parts = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Part)]
    if parts:
        (cls,) = parts
        if tuple in kinds:
            return lambda values: [_plain(value) for value in values], lambda rows: tuple(
                _part(cls, row) for row in rows
            )
        return _plain, lambda row: _part(cls, row)
    return (None, tuple) if tuple in kinds else (None, None)


def _named_types(annotation: Any) -> set[Any]:
    found = {annotation, typing.get_origin(annotation)}
    for inner in typing.get_args(annotation):
        found |= _named_types(inner) if not isinstance(inner, str) else set()
    return found


def _write_extensions(extensions: tuple[Extension, ...]) -> list[Any]:
    return [_write_extension(extension) for extension in extensions]


def _read_extensions(rows: list[Any]) -> tuple[Extension, ...]:
    return tuple(_read_extension(row) for row in rows)


def _write_extension(extension: Extension) -> list[Any]:
    value = extension.value
    plain: Any
    if isinstance(value, tuple):
        plain = [part if isinstance(part, str) else _write_extension(part) for part in value]
    elif isinstance(value, Decimal):
        plain = {"decimal": str(value)}
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 53:
        plain = {"integer": str(value)}
    else:
        plain = value
    row = [extension.namespace, extension.name, plain]
    rest = [extension.attributes, extension.datatype, extension.array, extension.prefix]
    while rest and rest[-1] == _EXTENSION_REST[len(rest) - 1]:
        rest.pop()
    return row + rest


def _read_extension(row: list[Any]) -> Extension:
    namespace, name, plain, *rest = row
    value: Any
    if isinstance(plain, list):
        value = tuple(part if isinstance(part, str) else _read_extension(part) for part in plain)
    elif isinstance(plain, dict):
        value = Decimal(plain["decimal"]) if "decimal" in plain else int(plain["integer"])
    else:
        value = plain
    attributes, datatype, array, prefix = rest + _EXTENSION_REST[len(rest) :]
    return Extension(
        namespace,
        name,
        value,
        attributes=tuple((key, text) for key, text in attributes),
        datatype=datatype,
        array=array,
        prefix=prefix,
    )
