"""Writes what an event says beyond the standard's own fields: user extensions and ILMD.

Takes extensions of the model; gives texts ``{namespace}name=value``, the children sorted behind their parent.
Guarantees: neither prefixes nor the order of the document show in them; comments are left out, an empty array is as
good as absent, null is an empty value; of mixed content the text before the first child counts.

Extensions of a *part* of an event (a read point, a sensor report) come in two kinds, because the published generator
takes for an extension only a name whose namespace ends in ``/``. Those have their place; the others, and names without
any namespace, come at the very end. The generator leaves a name without a namespace out altogether where it meets both
kinds in one field; a namespace is never left out here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.model import Extension, Part, SensorReport, lexical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from epcis_kit.hashing.values import Rules

__all__ = ["ExtensionWriter", "in_order"]

_COMMENTS: Final = frozenset(
    {("", "comment"), ("", "rdfs:comment"), ("http://www.w3.org/2000/01/rdf-schema#", "comment")}
)
_OWN: Final = "urn:x-epcis-kit:"  # names that readers put into the model for what has no place in it
_XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SCHEMA: Final = "{http://www.w3.org/2001/XMLSchema}"
_OLD_GS1_VOCABULARY: Final = "https://gs1.org/voc/"


class ExtensionWriter:
    """Writes extensions by the rules of one version.

    Args:
        rules: How values are spelled.
        ignore: Namespaces that are left out, without a trailing ``/``, ``#`` or ``:``.
        mark: What stands between the items of the text; empty for the text that is hashed.
    """

    def __init__(self, rules: Rules, ignore: frozenset[str], mark: str) -> None:
        self._text = rules.text
        self._vocabulary = rules.vocabulary
        self._typed = rules.typed
        self._undeclared = rules.undeclared
        self._ignore = ignore
        self._mark = mark

    def written(self, extensions: Iterable[Extension]) -> list[str]:
        """Their texts, sorted."""
        texts: list[str] = []
        for extension in extensions:
            if extension.namespace.startswith(_OWN):
                if extension.name == "attributes":  # of the standard's own element: hashed like any attribute
                    texts += self._attributes(extension)
            elif self._counts(extension):
                texts.append(self._one(extension))
        return self.sorted(texts)

    def placed(self, part: Part) -> list[str]:
        """The texts of those extensions of ``part`` that have their place."""
        return self.written(extension for extension in part.extensions if extension.namespace.endswith("/"))

    def rest(self, part: Part, *, bare: bool) -> list[str]:
        """The texts of the others, with or without the names that have no namespace."""
        found = self.written(
            extension
            for extension in part.extensions
            if not extension.namespace.endswith("/") and (bare or extension.namespace)
        )
        if bare and isinstance(part, SensorReport) and part.biz_rules:  # the standard has it in the metadata only
            found = self.sorted([*found, f"bizRules={self._text(part.biz_rules)}"])
        return found

    def sorted(self, texts: list[str]) -> list[str]:
        """``texts``, now in the order of the text that is hashed."""
        if len(texts) > 1:
            texts.sort(key=self._unmarked if self._mark else None)
        return texts

    def _unmarked(self, text: str) -> str:
        return text.replace(self._mark, "")

    def _one(self, extension: Extension) -> str:
        value = extension.value
        children = self._attributes(extension)
        if self._typed and extension.datatype is not None:
            children.append(self._item(_XSI_TYPE, extension.datatype.replace(_SCHEMA, "xsd:")))
        if isinstance(value, tuple):
            text = value[0] if value and isinstance(value[0], str) else ""
            children += self.written(extension.children)
        elif self._typed and extension.datatype is None:
            text = str(value)
        else:
            text = lexical(value)
        name = extension.clark_name
        if extension.prefix in self._undeclared:
            name = f"{extension.prefix}:{extension.name}"
        own = self._item(name, text)
        return self._mark.join([own, *self.sorted(children)]) if children else own

    def _attributes(self, extension: Extension) -> list[str]:
        return [self._item(name, text) for name, text in extension.attributes if not self._ignored(_namespace(name))]

    def _item(self, name: str, value: str) -> str:
        if name.startswith("{" + _OLD_GS1_VOCABULARY):  # one vocabulary, whichever of its two namespaces is declared
            name = "{" + self._vocabulary + name[len(_OLD_GS1_VOCABULARY) + 1 :]
        return f"{name}={text}" if (text := self._text(value)) else name

    def _counts(self, extension: Extension) -> bool:
        return (
            (extension.namespace, extension.name) not in _COMMENTS
            and extension.array != "empty"
            and not self._ignored(extension.namespace)
        )

    def _ignored(self, namespace: str) -> bool:
        return bool(self._ignore) and namespace.rstrip("/#:") in self._ignore


def _namespace(name: str) -> str:
    return name[1:].partition("}")[0] if name.startswith("{") else ""


def in_order(parts: Sequence[Part]) -> Sequence[Part]:
    """Members of a list in the order of what they hold, not of the document: their extensions follow it."""
    return sorted(parts, key=_tree) if len(parts) > 1 else parts


def _tree(part: Part) -> tuple[Any, ...]:
    children: list[tuple[Any, ...]] = []
    fields = type(part).model_fields
    for name, value in part.__dict__.items():
        if value is None or value == ():
            continue
        alias = fields[name].alias or name
        for member in value if isinstance(value, tuple) else (value,):
            if isinstance(member, Extension):
                children.append(_extension_tree(member))
            elif isinstance(member, Part):
                children.append((alias, "", _tree(member)))
            else:
                children.append((alias, lexical(member) if isinstance(member, bool) else str(member), ()))
    return tuple(sorted(children))


def _extension_tree(extension: Extension) -> tuple[Any, ...]:
    children: list[tuple[Any, ...]] = [(name, text, ()) for name, text in extension.attributes]
    children += [_extension_tree(child) for child in extension.children]
    return (extension.clark_name, extension.text, tuple(sorted(children)))
