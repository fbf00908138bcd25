"""Templates: text with fields in braces, such as ``"urn:example:order:{order}"`` or ``"{gtin}.{lot}"``.

Takes a text of the mapping and the fields it may name; gives a :class:`Template` that makes a text, a GS1 key or a
typed value of one row. Guarantees: there is no expression language and nothing is evaluated; a name that does not
exist is refused when the mapping is read. ``{name|sgln}`` and ``{name|pgln}`` say what a GLN stands for: a place or a
party.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import IdentifierError, MappingError, shorten
from epcis_kit.gs1.epc_urns import elements_to_urn
from epcis_kit.gs1.identity_links import elements_to_link

if TYPE_CHECKING:
    from collections.abc import Mapping as Row

    from epcis_kit.tabular.fields import Field

__all__ = ["Template"]

_PART: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(?:\|([a-z]+))?\}")
_FILTERS: Final = {"sgln": "414", "pgln": "417"}
_AI: Final = {"gtin": "01", "sscc": "00", "gln": "414"}
_QUALIFIER: Final = {"lot": "10", "serial": "21"}


@dataclasses.dataclass(frozen=True, slots=True)
class Template:
    """A compiled text.

    Attributes:
        source: As written.
        parts: Texts, and pairs of a field and a filter (``""`` for none), in order.
    """

    source: str
    parts: tuple[str | tuple[Field, str], ...]

    @classmethod
    def compile(cls, text: Any, fields: dict[str, Field], place: str) -> Template:
        """A template from a text of the mapping.

        Raises:
            MappingError: It is no text, names a field that does not exist, or has a brace that opens nothing.
        """
        if isinstance(text, bool) or not isinstance(text, (str, int, float)):
            raise MappingError(f"{place}: expected a text, got {shorten(text)}.")
        text = str(text)
        parts: list[str | tuple[Field, str]] = []
        end = 0
        for match in _PART.finditer(text):
            if match.start() > end:
                parts.append(text[end : match.start()])
            name, filter_ = match[1], match[2] or ""
            if name not in fields:
                near = difflib.get_close_matches(name, fields, n=1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                raise MappingError(f"{place}: there is no field {name!r}{hint}. Known: {', '.join(fields)}.")
            if filter_ and filter_ not in _FILTERS:
                raise MappingError(f"{place}: expected the filter sgln or pgln, got {filter_!r}.")
            if filter_ and fields[name].type != "gln":
                raise MappingError(f"{place}: {filter_} needs a field of type gln, {name!r} is {fields[name].type}.")
            parts.append((fields[name], filter_))
            end = match.end()
        if end < len(text):
            parts.append(text[end:])
        if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
            raise MappingError(f"{place}: expected {{field}} or {{field|filter}} in braces, got {shorten(text)}.")
        return cls(text, tuple(parts))

    def value(self, row: Row[str, Any]) -> Any:
        """The typed value of a template that is one field alone; the text otherwise; ``None`` for nothing."""
        if len(self.parts) == 1 and not isinstance(self.parts[0], str):
            return row[self.parts[0][0].name]
        return self.text(row)

    def text(self, row: Row[str, Any]) -> str | None:
        """The text of one row; ``None`` where a field in it is empty."""
        made = []
        for part in self.parts:
            if isinstance(part, str):
                made.append(part)
            else:
                value = row[part[0].name]
                if value is None:
                    return None
                made.append(str(value))
        return "".join(made)

    def key(self, row: Row[str, Any], ids: str, gcp_length: int | None) -> str | None:
        """The identifier of one row: a GS1 key where the template is made of key fields, its text otherwise.

        Raises:
            ValueError: The key cannot be spelt as a URN.
        """
        elements = []
        for part in self.parts:
            if isinstance(part, str):
                if part == ".":
                    continue
                return self.text(row)
            field, filter_ = part
            ai = _FILTERS.get(filter_) or _AI.get(field.type) or _QUALIFIER.get(field.type)
            if ai is None:
                return self.text(row)
            value = row[field.name]
            if value is None:
                return None
            elements.append((ai, value))
        if not elements or elements[0][0] in _QUALIFIER.values():
            return self.text(row)
        if ids == "digital_link":
            return elements_to_link(tuple(elements))
        try:
            return elements_to_urn(tuple(elements), gcp_length)
        except IdentifierError as error:
            raise ValueError(str(error)) from None
