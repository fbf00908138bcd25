"""User extensions and ILMD as JSON has them, in both directions.

Takes members with their :class:`~epcis_kit.codec.json_context.Context` and gives tuples of
:class:`~epcis_kit.model.Extension`; takes those and :class:`~epcis_kit.codec.namespaces.Prefixes` and gives plain
JSON values.
Guarantees: the type and the digits of a value stay, arrays stay arrays, and what only XML can say (attributes,
    ``xsi:type``,
mixed content) travels as an object with members of a reserved prefix and comes back::

    {"ex:weight": {"ekx:text": "1.5", "ekx:type": "xsd:double", "ekx:attributes": {"unit": "KGM"}}}
    {"ex:note": {"ekx:content": ["see ", {"ex:page": "4"}, " below"]}}
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from epcis_kit.codec.namespaces import OWN_NAMESPACE, OWN_PREFIX
from epcis_kit.model.extensions import Extension

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from epcis_kit.codec.json_context import Context
    from epcis_kit.codec.namespaces import Prefixes
    from epcis_kit.model.extensions import Scalar

    Content = Scalar | tuple[Extension | str, ...]

__all__ = ["UNNAMED", "content", "extensions", "key", "members", "pairs_of"]

UNNAMED: Final = "unnamed"
"""Local name of the member that holds members without a namespace where the schema wants every name to have one."""

XSD: Final = "http://www.w3.org/2001/XMLSchema"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

_TYPE_PREFIXES: Final = {"xsd": XSD, "xsi": XSI, "xml": "http://www.w3.org/XML/1998/namespace"}
_SCALARS: Final[frozenset[Any]] = frozenset({str, bool, int, Decimal, type(None)})
_IMPLIED: Final[dict[type, str]] = {
    bool: f"{{{XSD}}}boolean",
    int: f"{{{XSD}}}integer",
    Decimal: f"{{{XSD}}}decimal",
}
_WIDEST: Final = 1 << 63


# -- from JSON


def extensions(values: Iterable[tuple[str, Any]], context: Context, depth: int = 1) -> tuple[Extension, ...]:
    """The extensions that members of an object stand for.

    Raises:
        ValueError: They are nested deeper than ``context.most``.
    """
    if depth > context.most:
        raise ValueError(f"Cannot read extensions: expected at most {context.most} levels of nesting, got more.")
    result: list[Extension] = []
    for key, value in values:
        namespace, name, prefix = context.name(key)
        if namespace == OWN_NAMESPACE and name == UNNAMED:
            result.extend(extensions(pairs_of(value) or (), context, depth))
        elif value.__class__ in _SCALARS:
            result.append(Extension(namespace, name, value, prefix=prefix))
        elif isinstance(value, list):
            if not value:
                result.append(Extension(namespace, name, (), array="empty", prefix=prefix))
            full = (namespace, name, prefix)
            result.extend(_extension(full, item, context, depth, array="member") for item in value)
        else:
            result.append(_extension((namespace, name, prefix), value, context, depth))
    return tuple(result)


def content(value: Any, context: Context, depth: int = 0) -> Content:
    """The value of an extension: a scalar as it is, an object as children, an array as unnamed children."""
    pairs = pairs_of(value)
    if pairs is not None:
        return extensions(pairs, context, depth + 1)
    if isinstance(value, list):
        return extensions((("", value),), context, depth + 1)
    return value  # type: ignore[no-any-return]


def pairs_of(value: Any) -> Collection[tuple[str, Any]] | None:
    """The members of an object, which is a dict or a tuple of pairs; ``None`` for other values.

    Raises:
        ValueError: A name stands twice in a tuple of pairs.
    """
    if value.__class__ is tuple:
        if len(value) > 1 and len({name for name, _ in value}) != len(value):
            raise ValueError("Cannot read extensions: expected each name once.")
        return value
    return value.items() if isinstance(value, dict) else None


def _extension(
    name: tuple[str, str, str], value: Any, context: Context, depth: int, *, array: Literal["", "member"] = ""
) -> Extension:
    """One extension of a name (namespace, local name, prefix) and what is below it."""
    if context.own:
        pairs = pairs_of(value)
        if pairs is not None and any(context.name(key)[0] == OWN_NAMESPACE for key, _ in pairs):
            return _from_own(name, pairs, context, depth, array=array)
    return Extension(name[0], name[1], content(value, context, depth), array=array, prefix=name[2])


def _from_own(
    name: tuple[str, str, str],
    pairs: Collection[tuple[str, Any]],
    context: Context,
    depth: int,
    *,
    array: Literal["", "member"],
) -> Extension:
    own: dict[str, Any] = {}
    others: list[tuple[str, Any]] = []
    for key, below in pairs:
        space, local, _ = context.name(key)
        if space == OWN_NAMESPACE:
            own[local] = below
        else:
            others.append((key, below))
    inner: Content = extensions(others, context, depth + 1)
    if isinstance(own.get("content"), list):
        parts: list[Extension | str] = []
        for part in own["content"]:
            if isinstance(part, str):
                parts.append(part)
            else:
                parts.extend(extensions(pairs_of(part) or (), context, depth + 1))
        inner = tuple(parts)
    elif own.get("nil") is True:
        inner = None
    elif "text" in own and own["text"].__class__ in _SCALARS:
        inner = own["text"]
    attributes = pairs_of(own.get("attributes")) or ()
    return Extension(
        name[0],
        name[1],
        inner,
        attributes=tuple((_resolved(key, context), text) for key, text in attributes if isinstance(text, str)),
        datatype=_resolved(own["type"], context) if isinstance(own.get("type"), str) else None,
        array=array,
        prefix=name[2],
    )


def _resolved(text: str, context: Context) -> str:
    """The Clark name of an attribute or data type; a name without a prefix has no namespace."""
    prefix, colon, local = text.partition(":")
    if text.startswith("{") or not colon:
        return text
    known = _TYPE_PREFIXES.get(prefix)
    return f"{{{known}}}{local}" if known is not None else context.clark(text)


# -- to JSON


def members(values: Iterable[Extension], prefixes: Prefixes) -> dict[str, Any]:
    """The members of an object that hold the extensions; those of one name become one array."""
    result: dict[str, Any] = {}
    for extension in values:
        name = key(extension, prefixes)
        value = _value(extension, prefixes)
        if extension.array == "member":
            value = _Several([value])
        earlier = result.get(name, result)
        if earlier is result:
            result[name] = value
        else:
            result[name] = _Several([*_items(earlier), *_items(value)])
    return result


class _Several(list[Any]):
    """An array that stands for several extensions of one name."""


def _items(value: Any) -> list[Any]:
    """What a value adds to such an array; an empty array of its own counts as an empty value there."""
    if isinstance(value, _Several):
        return value
    return [{}] if value == [] else [value]


def key(extension: Extension, prefixes: Prefixes) -> str:
    """The JSON name of an extension."""
    namespace = extension.namespace
    if not namespace:
        return extension.name
    return f"{prefixes.prefix(namespace, extension.prefix)}:{extension.name}"


def _plain(value: Scalar) -> Scalar:
    """A scalar that the encoder takes: the digits stay; ``NaN`` of XML is a text."""
    if value.__class__ is int and not -_WIDEST <= value < _WIDEST:
        return Decimal(value)
    if isinstance(value, Decimal) and not value.is_finite():
        return str(value)
    return value


def _value(extension: Extension, prefixes: Prefixes) -> Any:
    value = extension.value
    datatype = extension.datatype
    if datatype is not None and _IMPLIED.get(value.__class__) == datatype:
        datatype = None
    special = bool(extension.attributes) or datatype is not None
    if extension.array == "empty" and value == () and not special:
        return []
    if not isinstance(value, tuple):
        plain = _plain(value)
        if not special:
            return plain
        return _own(extension, datatype, {"nil": True} if value is None else {"text": plain}, {}, prefixes)
    if extension.mixed:
        parts = [part if isinstance(part, str) else members((part,), prefixes) for part in value]
        return _own(extension, datatype, {"content": parts}, {}, prefixes)
    children = extension.children
    if extension.array == "member" and children and not special and all(_is_item(child) for child in children):
        inner = members(children, prefixes)[""]
        return inner if isinstance(inner, _Several) else []  # a list of its own: an array in an array
    below = members(children, prefixes)
    return _own(extension, datatype, {}, below, prefixes) if special else below


def _is_item(child: Extension) -> bool:
    return not child.name and not child.namespace and child.array != ""


def _own(
    extension: Extension, datatype: str | None, first: dict[str, Any], below: dict[str, Any], prefixes: Prefixes
) -> dict[str, Any]:
    prefixes.prefix(OWN_NAMESPACE)
    result = {f"{OWN_PREFIX}:{name}": value for name, value in first.items()}
    if datatype is not None:
        result[f"{OWN_PREFIX}:type"] = _clark(datatype, prefixes)
    if extension.attributes:
        result[f"{OWN_PREFIX}:attributes"] = {_clark(name, prefixes): text for name, text in extension.attributes}
    return result | below


def _clark(name: str, prefixes: Prefixes) -> str:
    if not name.startswith("{"):
        return name
    namespace, _, local = name[1:].partition("}")
    known = next((prefix for prefix, address in _TYPE_PREFIXES.items() if address == namespace), None)
    return f"{known or prefixes.prefix(namespace)}:{local}"
