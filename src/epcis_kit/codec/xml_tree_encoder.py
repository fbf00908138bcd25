"""Extension trees of the model as pieces of EPCIS XML: elements, attributes, mixed content, types.

Takes :class:`~epcis_kit.model.Extension` values; gives text. Guarantees: the piece is well-formed; what XML has no
shape for is written in our own namespace and read back: ``ekx:member`` for names that are none in XML or may not stand
without a namespace in this place, ``ekx:array`` for a lone or empty JSON array, ``ekx:type`` and ``ekx:value`` for
types that ``xsi:type`` cannot say. A name that no attribute can have is a named loss.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from epcis_kit.codec.dialects import CARRIED, EKX, XSD, XSI
from epcis_kit.codec.xml_headers import split_carried
from epcis_kit.codec.xml_text import attribute_text, content_text, is_name, is_namespace
from epcis_kit.codec.xml_trees import ATTRIBUTES
from epcis_kit.model.extensions import lexical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from epcis_kit.codec.xml_text import Names
    from epcis_kit.model import Extension

__all__ = ["TYPE_OF", "TreeEncoder"]

TYPE_OF: Final[dict[type, str]] = {bool: "boolean", int: "integer", Decimal: "decimal"}
"""The simple type of XML Schema that a Python value has."""


class TreeEncoder:
    """Writes extension trees for one document.

    Args:
        names: The document's prefixes.
        lose: Takes a rule id, and a sentence saying what is lost.
    """

    def __init__(self, names: Names, lose: Callable[[str, str], None]) -> None:
        self._names = names
        self._lose = lose
        self._text: Callable[[str], str] = content_text
        self._clean: Callable[[str], str] = str

    def siblings(self, extensions: Sequence[Extension], *, local: bool = True) -> str:
        """Several trees side by side; ``local`` says whether names without a namespace may stand as they are."""
        if len(extensions) == 1:
            return self.tree(extensions[0], local=local, alone=True)
        count = Counter((each.namespace, each.name) for each in extensions)
        return "".join(
            [self.tree(each, local=local, alone=count[each.namespace, each.name] == 1) for each in extensions]
        )

    def tree(self, extension: Extension, *, local: bool = True, alone: bool = True) -> str:
        """One extension as an element with everything below it."""
        attributes: dict[str, str] = {}
        namespace, name = extension.namespace, extension.name
        if is_name(name) and (is_namespace(namespace) if namespace else local):
            tag = self._names.qualified(namespace, name, extension.prefix)
        else:
            tag = self._names.qualified(EKX, "member")
            if name:
                attributes["name"] = name
            if namespace:
                attributes["namespace"] = namespace
        return self.element(tag, extension, attributes, alone=alone)

    def element(self, tag: str, extension: Extension, attributes: dict[str, str], *, alone: bool = True) -> str:
        """The content of ``extension`` in an element called ``tag``; ``attributes`` come first."""
        attributes.update(extension.attributes)
        value, datatype = extension.value, extension.datatype
        if isinstance(value, tuple):
            inside = self._inside(value)
            if extension.mixed and all(not isinstance(each, str) or each.isspace() for each in value):
                attributes[f"{{{EKX}}}content"] = "mixed"
        else:
            inside = self._text(lexical(value))
            if isinstance(value, Decimal) and ("E" in inside or not value.is_finite()):
                datatype = None
                attributes[f"{{{EKX}}}value"] = "decimal"
            elif datatype is None and type(value) in TYPE_OF:
                datatype = f"{{{XSD}}}{TYPE_OF[type(value)]}"
            elif value is None:
                attributes[f"{{{XSI}}}nil"] = "true"
        if extension.array == "empty" or (extension.array == "member" and alone):
            attributes[f"{{{EKX}}}array"] = extension.array
        opened = self.attributes(attributes) if attributes else ""
        if datatype is not None:
            # a validator knows the simple types of XML Schema and allows no attribute beside xsi:type then
            aside = EKX if opened and datatype.startswith(f"{{{XSD}}}") else XSI
            opened += f' {self._names.qualified(aside, "type")}="{self.quoted(self._qname(datatype))}"'
        return f"<{tag}{opened}>{inside}</{tag}>" if inside else f"<{tag}{opened}/>"

    def _inside(self, value: tuple[Extension | str, ...]) -> str:
        if not any(isinstance(each, str) for each in value):
            return self.siblings(value)  # type: ignore[arg-type]
        return "".join(
            [self._text(each) if isinstance(each, str) else self.tree(each, alone=not each.array) for each in value]
        )

    def _qname(self, clark: str) -> str:
        if not clark.startswith("{"):
            return clark
        namespace, _, name = clark[1:].partition("}")
        return self._names.qualified(namespace, name)

    def attributes(self, attributes: Mapping[str, str]) -> str:
        """Attributes by Clark name, with a space before each."""
        parts = []
        for clark, text in attributes.items():
            namespace, _, name = clark[1:].partition("}") if clark.startswith("{") else ("", "", clark)
            if not is_name(name) or (
                namespace and not is_namespace(namespace) and not namespace.startswith("http://www.w3.org/XML")
            ):
                self._lose("LOSS-NAME", f"XML has no attribute name {clark!r}")
                continue
            parts.append(f' {self._names.qualified(namespace, name)}="{self.quoted(text)}"')
        return "".join(parts)

    def quoted(self, text: str) -> str:
        """A text between the quotation marks of an attribute."""
        return attribute_text(text) if self._text is content_text else attribute_text(self._clean(text))

    def part_extensions(self, extensions: Sequence[Extension], where: str) -> str:
        """Extensions of a part: those without a namespace in its ``extension``, the others beside it."""
        if not extensions:
            return ""
        if where:
            for each in extensions:
                if each.namespace == CARRIED and each.name == ATTRIBUTES:
                    self.no_room((each,), where)
            _, extensions = split_carried(extensions)
        local = [each for each in extensions if not each.namespace and is_name(each.name)]
        others = [each for each in extensions if each.namespace or not is_name(each.name)]
        inside = self.siblings(local)
        return (f"<extension>{inside}</extension>" if inside else "") + self.siblings(others, local=False)

    def no_room(self, extensions: Sequence[Extension], where: str) -> None:
        """Name extensions of something that is no element with room for them."""
        for each in extensions:
            self._lose("LOSS-EXTENSION", f"XML has no place for the extension {each.clark_name!r} in {where}")
