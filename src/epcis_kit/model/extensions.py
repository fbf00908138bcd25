"""What a document says beyond the standard's own fields: user extensions and ILMD.

Takes nothing of any format; gives :class:`Extension`, one named value with everything below it. Guarantees: frozen in
depth, hashable, names always with their namespace (prefixes belong to documents), values keep their JSON type and their
digits. The same tree carries what XML can say (attributes, ``xsi:type``, mixed content) and what JSON can say (numbers,
booleans, null, arrays).

* A repeated XML element and a JSON array are the same thing: several extensions of one name, side by side.
* Two extensions are *equal* when names, attributes and lexical values agree and the children agree in the order of
  their names: XML has no order between differently named children that JSON could keep, and no types that JSON could
  lose, so ``12`` read from JSON equals the text ``12`` read from XML. Mixed content is compared in its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic_core import PydanticCustomError, core_schema

from epcis_kit.errors import shorten

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

__all__ = ["WELL_KNOWN_PREFIXES", "Extension", "ExtensionContent", "Scalar", "find_extensions"]

Scalar = str | bool | int | Decimal | None
ExtensionContent = "Scalar | tuple[Extension | str, ...]"

WELL_KNOWN_PREFIXES: Final[Mapping[str, str]] = {
    "cbvmda": "urn:epcglobal:cbv:mda",
    "gs1": "https://gs1.org/voc/",
    "cbv": "https://ref.gs1.org/cbv/",
    "epcis": "https://ref.gs1.org/epcis/",
}
"""Prefixes that the EPCIS 2.0 context binds without a declaration in the document."""

_MAX_DEPTH: Final = 64


class Extension:
    """One named value outside the standard's own fields.

    Attributes:
        namespace: The namespace URI as declared, ``""`` where the name has none.
        name: The local name. A JSON name whose prefix is not declared stays whole (``"foo:bar"``, namespace ``""``).
        value: A scalar (text, ``bool``, ``int``, :class:`~decimal.Decimal`, ``None`` for JSON null), or a tuple of
            children; texts stand between children only in mixed XML content.
        attributes: XML attributes, each a name in Clark notation (``"{namespace}local"`` or ``"local"``) and its text,
            sorted by name; ``xsi:type`` is :attr:`datatype` instead.
        datatype: The ``xsi:type`` as a Clark name, ``None`` where there is none; takes no part in equality.
        array: ``"member"`` where the value stood in a JSON array, ``"empty"`` for an empty array, ``""`` otherwise;
            takes no part in equality, tells a JSON writer that ``[1]`` was not ``1``.
        prefix: The prefix the name was written with; a wish for writers, takes no part in equality.
    """

    __slots__ = ("array", "attributes", "datatype", "name", "namespace", "prefix", "value")

    namespace: str
    name: str
    value: Scalar | tuple[Extension | str, ...]
    attributes: tuple[tuple[str, str], ...]
    datatype: str | None
    array: Literal["", "member", "empty"]
    prefix: str

    def __init__(
        self,
        namespace: str,
        name: str,
        value: Scalar | tuple[Extension | str, ...] = "",
        *,
        attributes: tuple[tuple[str, str], ...] = (),
        datatype: str | None = None,
        array: Literal["", "member", "empty"] = "",
        prefix: str = "",
    ) -> None:
        set_ = object.__setattr__
        set_(self, "namespace", namespace)
        set_(self, "name", name)
        set_(self, "value", value)
        set_(self, "attributes", attributes if len(attributes) < 2 else tuple(sorted(attributes)))
        set_(self, "datatype", datatype)
        set_(self, "array", array)
        set_(self, "prefix", prefix)

    @classmethod
    def from_mapping(
        cls, values: Mapping[str, Any], namespaces: Mapping[str, str] | None = None
    ) -> tuple[Extension, ...]:
        """Extensions from a plain dict, as a Python user writes them.

        Args:
            values: Names to values. A name is ``"prefix:name"``, ``"{namespace}name"``, ``"https://namespace/name"`` or
                a bare name (no namespace). A value is a scalar, a dict (children), or a list (several extensions of
                that name).
            namespaces: Prefix to namespace; the well-known ones (``cbvmda``, ``gs1``, …) need no entry.

        Raises:
            ValueError: A prefix is not known, or a value is of a type that no document can hold, or nested too deeply.
        """
        return _from_mapping(values, {**WELL_KNOWN_PREFIXES, **(namespaces or {})}, 0)

    @property
    def clark_name(self) -> str:
        """``"{namespace}name"``, or the bare name where there is no namespace."""
        return f"{{{self.namespace}}}{self.name}" if self.namespace else self.name

    @property
    def children(self) -> tuple[Extension, ...]:
        """The named values below this one, without the text of mixed content."""
        value = self.value
        return tuple(part for part in value if isinstance(part, Extension)) if isinstance(value, tuple) else ()

    @property
    def mixed(self) -> bool:
        """True where text and children stand side by side (XML only)."""
        return isinstance(self.value, tuple) and any(isinstance(part, str) for part in self.value)

    @property
    def text(self) -> str:
        """The value as XML would write it; ``""`` for an extension with children only."""
        value = self.value
        if isinstance(value, tuple):
            return "".join(part for part in value if isinstance(part, str))
        return lexical(value)

    def _identity(self) -> tuple[Any, ...]:
        value = self.value
        content: Any
        if isinstance(value, tuple):
            parts = tuple(part._identity() if isinstance(part, Extension) else part for part in value)  # noqa: SLF001
            # "" and no children are the same empty element; unnamed members of a nested array keep their order
            content = (parts if self.mixed else tuple(sorted(parts, key=_by_name))) or ""
        else:
            content = lexical(value)
        return (self.namespace, self.name, self.attributes, content)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Extension):
            return NotImplemented
        return self is other or self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        return f"Extension({self.clark_name!r}, {self.value!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an Extension cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"an Extension cannot be changed: {name}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            _rebuild,
            (self.namespace, self.name, self.value, self.attributes, self.datatype, self.array, self.prefix),
        )


def _by_name(identity: tuple[Any, ...]) -> tuple[str, str]:
    return (identity[0], identity[1])


def _rebuild(  # noqa: PLR0917 - the order is that of __reduce__
    namespace: str,
    name: str,
    value: Scalar | tuple[Extension | str, ...],
    attributes: tuple[tuple[str, str], ...],
    datatype: str | None,
    array: Literal["", "member", "empty"],
    prefix: str,
) -> Extension:
    return Extension(namespace, name, value, attributes=attributes, datatype=datatype, array=array, prefix=prefix)


def lexical(value: Scalar) -> str:
    """A scalar as XML writes it: ``true``/``false``, digits as they are, ``""`` for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(value)


def find_extensions(extensions: Iterable[Extension], name: str) -> tuple[Extension, ...]:
    """Those of ``extensions`` called ``name``: ``"{namespace}name"``, ``"cbvmda:lotNumber"`` or a bare local name.

    A bare local name finds the name in every namespace. A trailing ``:``, ``/`` or ``#`` of the namespace is not
    compared, because documents differ there for the same vocabulary.
    """
    if name.startswith("{"):
        namespace, _, local = name[1:].partition("}")
    elif ":" in name and name.partition(":")[0] in WELL_KNOWN_PREFIXES:
        prefix, _, local = name.partition(":")
        namespace = WELL_KNOWN_PREFIXES[prefix]
    else:
        return tuple(extension for extension in extensions if extension.name == name)
    wanted = namespace.rstrip(":/#")
    return tuple(
        extension for extension in extensions if extension.name == local and extension.namespace.rstrip(":/#") == wanted
    )


def split_name(name: str, namespaces: Mapping[str, str]) -> tuple[str, str, str]:
    """Namespace, local name and prefix of ``name`` as :meth:`Extension.from_mapping` takes it.

    Raises:
        ValueError: The prefix is not in ``namespaces``.
    """
    if name.startswith("{"):
        namespace, closed, local = name[1:].partition("}")
        if not closed or not local:
            raise ValueError(f"Cannot read extension name {shorten(name)}: expected '{{namespace}}name'.")
        return namespace, local, ""
    prefix, colon, local = name.partition(":")
    if not colon:
        return "", name, ""
    if local.startswith("//"):
        cut = max(name.rfind("/"), name.rfind("#")) + 1
        return name[:cut], name[cut:], ""
    if prefix not in namespaces:
        raise ValueError(
            f"Cannot read extension name {shorten(name)}: expected a declared prefix "
            f"({', '.join(sorted(namespaces))}), got {prefix!r}."
        )
    return namespaces[prefix], local, prefix


def _from_mapping(values: Mapping[str, Any], namespaces: Mapping[str, str], depth: int) -> tuple[Extension, ...]:
    if depth > _MAX_DEPTH:
        raise ValueError(f"Cannot build extension: expected at most {_MAX_DEPTH} levels of nesting.")
    result: list[Extension] = []
    for key, value in values.items():
        namespace, name, prefix = split_name(key, namespaces)
        if isinstance(value, (list, tuple)):
            if not value:
                result.append(Extension(namespace, name, (), array="empty", prefix=prefix))
            result.extend(
                Extension(namespace, name, _content(item, namespaces, depth), array="member", prefix=prefix)
                for item in value
            )
        else:
            result.append(Extension(namespace, name, _content(value, namespaces, depth), prefix=prefix))
    return tuple(result)


def _content(value: Any, namespaces: Mapping[str, str], depth: int) -> Scalar | tuple[Extension | str, ...]:
    if value is None or isinstance(value, (str, bool, int, Decimal)):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return _from_mapping(value, namespaces, depth + 1)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return _from_mapping({"": list(value)}, namespaces, depth + 1)
    raise ValueError(
        f"Cannot build extension value {shorten(value)}: expected text, number, bool, None, dict or list, "
        f"got {type(value).__name__}."
    )


class ExtensionTuple:
    """Marker for pydantic: a field that holds a tuple of extensions and takes dicts and lists of them too."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _coerce, serialization=core_schema.plain_serializer_function_ser_schema(as_plain)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "object"}


def _coerce(value: object) -> tuple[Extension, ...]:
    try:
        if isinstance(value, Extension):
            return (value,)
        if isinstance(value, Mapping):
            return Extension.from_mapping(value)
        if isinstance(value, (list, tuple)) and all(isinstance(item, Extension) for item in value):
            return tuple(value)
    except ValueError as error:
        raise PydanticCustomError("extension", "{reason}", {"reason": str(error)}) from None
    reason = f"Cannot read extensions {shorten(value)}: expected a dict or a sequence of Extension."
    raise PydanticCustomError("extension", "{reason}", {"reason": reason})


def as_plain(extensions: Sequence[Extension] | None) -> dict[str, Any] | None:
    """Plain data with Clark names, for looking at; the codecs write the documents' own forms."""
    if extensions is None:
        return None
    result: dict[str, Any] = {}
    for extension in extensions:
        value = extension.value
        plain: Any = as_plain(extension.children) if isinstance(value, tuple) else value
        if extension.array == "empty":
            result[extension.clark_name] = []
        elif extension.clark_name in result:
            earlier = result[extension.clark_name]
            result[extension.clark_name] = [*(earlier if isinstance(earlier, list) else [earlier]), plain]
        else:
            result[extension.clark_name] = [plain] if extension.array else plain
    return result
