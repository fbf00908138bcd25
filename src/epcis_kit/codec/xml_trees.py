"""XML elements that EPCIS does not define, as extension trees of the model.

Takes lxml elements whose comments and processing instructions the parser has left out; gives
:class:`~epcis_kit.model.Extension` values. Guarantees: prefixes decide nothing, names and ``xsi:type`` are resolved by
the declarations in force at the element; text, attributes and mixed content are kept as they are; what our own writer
marked (members of nested arrays, names that are no XML names, lone or empty arrays, attributes of a standard element)
comes back as what it was, and the marks are gone.

Elements in a namespace of EPCIS count as elements without one, because some documents set it as their default.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from epcis_kit.codec.dialects import CARRIED, EKX, EPCIS_NAMESPACES, XSD, XSI
from epcis_kit.errors import shorten
from epcis_kit.model import Extension, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

__all__ = [
    "ATTRIBUTES",
    "MEMBER",
    "Refused",
    "TooDeep",
    "attributes_of",
    "carried_attributes",
    "extension",
    "local_name",
    "path_below",
    "refuse",
    "split",
    "typed",
]

MEMBER: Final = f"{{{EKX}}}member"
"""Stands for a member of a nested array, or (with a ``name``) for a name that may not stand as an element here."""

ATTRIBUTES: Final = "attributes"
"""Local name of the extension that carries the attributes of a standard element."""

_ARRAY: Final = f"{{{EKX}}}array"
_CONTENT: Final = f"{{{EKX}}}content"
_VALUE: Final = f"{{{EKX}}}value"
_TYPES: Final = frozenset({f"{{{XSI}}}type", f"{{{EKX}}}type"})
_NIL: Final = f"{{{XSI}}}nil"
_TRUE: Final = frozenset({"true", "1"})
_INTEGERS: Final = frozenset(
    f"{{{XSD}}}{name}"
    for name in (
        "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
        "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
    )
)  # fmt: skip
_CANONICAL_INTEGER: Final = re.compile(r"-?[1-9][0-9]{0,99}|0").fullmatch
_LONGEST_NUMBER: Final = 100
_MOST_ATTRIBUTES: Final = 256
_STEPS: Final = 16


class Refused(Exception):  # noqa: N818 - never leaves the readers
    """A part of a document that cannot be built; readers turn it into a finding or an error.

    Attributes:
        message: The whole sentence.
        element: Where.
        hint: What to do about it.
    """

    def __init__(self, message: str, element: _Element, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.element = element
        self.hint = hint


class TooDeep(Exception):  # noqa: N818 - never leaves the readers
    """More levels than the limit allows."""


def refuse(what: str, element: _Element, expected: str, got: object = None, hint: str = "") -> NoReturn:
    """Raise :class:`Refused` in the grammar of messages; ``got`` is a value, or a phrase in a tuple."""
    said = "" if got is None else f", got {got[0] if isinstance(got, tuple) else shorten(got)}"
    raise Refused(f"Cannot read {what}: expected {expected}{said}.", element, hint)


def attributes_of(element: _Element) -> list[tuple[str, str]]:
    """Names and texts of the attributes; their number is limited, because lxml takes quadratic time for them.

    Raises:
        Refused: There are more than 256.
    """
    if len(element.keys()) > _MOST_ATTRIBUTES:
        refuse(local_name(element), element, f"at most {_MOST_ATTRIBUTES} attributes", (str(len(element.keys())),))
    return [(str(key), str(text)) for key, text in element.items()]


@functools.lru_cache(maxsize=4096)
def split(clark: str) -> tuple[str, str]:
    """Namespace and local name of a Clark name; the namespaces of EPCIS are none."""
    if clark[0] != "{":
        return "", clark
    namespace, _, name = clark[1:].rpartition("}")
    return ("" if namespace in EPCIS_NAMESPACES else namespace), name


def local_name(element: _Element) -> str:
    """The name without its namespace."""
    return split(str(element.tag))[1]


def path_below(root: _Element, element: _Element | None) -> str:
    """Steps from ``root`` down to ``element``; indexes only where a name repeats."""
    steps: list[str] = []
    while element is not None and element is not root:
        parent = element.getparent()
        name = local_name(element)
        alike = [] if parent is None else [each for each in parent if local_name(each) == name]
        steps.append(f"/{name}[{alike.index(element) + 1}]" if len(alike) > 1 else f"/{name}")
        element = parent
    if element is not root:
        return ""
    steps.reverse()
    return "".join(steps[:_STEPS]) + ("/…" if len(steps) > _STEPS else "")


def extension(element: _Element, depth: int) -> Extension:
    """The element and everything below it.

    Args:
        element: Any element.
        depth: How many more levels may lie below it.

    Raises:
        TooDeep: More levels lie below it.
    """
    namespace, name = split(str(element.tag))
    datatype: str | None = None
    array: Literal["", "member", "empty"] = ""
    nil = False
    decimal = mixed = False
    attributes: tuple[tuple[str, str], ...] = ()
    if element.keys():
        kept: list[tuple[str, str]] = []
        for key, text in attributes_of(element):
            if key in _TYPES:
                datatype = _resolved(str(text), element)
            elif key == _NIL:
                nil = text.strip() in _TRUE
                if not nil:
                    kept.append((str(key), str(text)))
            elif key == _ARRAY and text in {"member", "empty"}:
                array = "member" if text == "member" else "empty"
            elif key == _VALUE and text == "decimal":
                decimal = True
            elif key == _CONTENT and text == "mixed":
                mixed = True
            else:
                kept.append((str(key), str(text)))
        attributes = tuple(kept)
    prefix = element.prefix or ""
    if namespace == EKX and name == "member":
        named = dict(attributes)
        name, namespace, prefix = named.pop("name", ""), named.pop("namespace", ""), ""
        attributes = tuple(named.items())
    value: Scalar | tuple[Extension | str, ...]
    if len(element):
        if depth <= 0:
            raise TooDeep
        trees: list[Extension] = []
        for child in element:  # a loop, because a comprehension would cost a second frame a level
            trees.append(extension(child, depth - 1))  # noqa: PERF401
        value = _joined(element, trees, mixed=mixed)
    elif array == "empty":
        value = ()
    else:
        text = element.text or ""
        if nil and not text.strip():
            value = None
        else:
            value = _decimal(text) if decimal else text if datatype is None else typed(text, datatype)
    return Extension(
        namespace,
        name,
        value,
        attributes=attributes,
        datatype=None if decimal else datatype,
        array=array,
        prefix=prefix if namespace else "",
    )


def _joined(element: _Element, trees: list[Extension], *, mixed: bool) -> tuple[Extension | str, ...]:
    """The children with the texts between them, where there are any."""
    tails = [child.tail for child in element]
    if not mixed and not any(text and not text.isspace() for text in (element.text, *tails)):
        return tuple(trees)
    parts: list[Extension | str] = [element.text] if element.text else []
    for tree, tail in zip(trees, tails, strict=True):
        parts.append(tree)
        if tail:
            parts.append(tail)
    return tuple(parts)


def typed(text: str, datatype: str) -> Scalar:
    """The value of a text with an ``xsi:type``; the text itself where it is not the canonical spelling of a value."""
    if datatype in _INTEGERS:
        return int(text) if _CANONICAL_INTEGER(text) else text
    if datatype == f"{{{XSD}}}boolean":
        return {"true": True, "false": False}.get(text, text)
    if datatype == f"{{{XSD}}}decimal":
        return _decimal(text)
    return text


def _decimal(text: str) -> Scalar:
    if len(text) > _LONGEST_NUMBER or not text.isascii() or "_" in text:
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() and str(number) == text else text


def _resolved(text: str, element: _Element) -> str:
    """A QName as a Clark name; as written where its prefix is not declared."""
    prefix, colon, name = text.strip().rpartition(":")
    uri = element.nsmap.get(prefix or None)
    if uri is None:
        return text.strip() if colon else name
    return f"{{{uri}}}{name}"


def carried_attributes(items: Iterable[tuple[str, str]]) -> tuple[Extension, ...]:
    """Attributes of a standard element as one extension in our namespace; nothing where there are none.

    Those of XML Schema instance (``xsi:schemaLocation``, ``xsi:type``) speak to validators only and are left out.
    """
    kept = tuple((key, text) for key, text in items if not key.startswith(f"{{{XSI}}}"))
    return (Extension(CARRIED, ATTRIBUTES, "", attributes=kept, prefix="ekc"),) if kept else ()
