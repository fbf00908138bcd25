"""Finds fields of the standard among extensions, where readers leave what the type of an event does not have.

An event of a type outside the standard keeps its ``epcList`` or ``quantityList`` as extensions without a namespace,
and so does an event that has a field of another type. The hash puts each field of the standard in its place, whatever
the type.

Takes the extensions of an event; gives the fields as the model would hold them, and the extensions that remain.
Guarantees: XML (``epcList`` with ``epc`` elements) and JSON (an array) give the same; what has not the shape of its
field stays an extension.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.hashing.layout import FIELDS
from epcis_kit.model import Extension, QuantityElement

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["has_misplaced", "without_misplaced"]

_FORMS: Final = frozenset({"text", "epcs", "quantities", "ilmd"})
_FIELD_OF: Final = {field.name: name for name, field in FIELDS.items() if field.form in _FORMS}


def has_misplaced(extensions: Sequence[Extension]) -> bool:
    """True where a field of the standard stands among ``extensions``."""
    return any(not extension.namespace and extension.name in _FIELD_OF for extension in extensions)


def without_misplaced(extensions: Sequence[Extension]) -> tuple[dict[str, Any], tuple[Extension, ...]]:
    """The fields by their Python names, and the remaining extensions."""
    found: dict[str, list[Extension]] = {}
    rest: list[Extension] = []
    for extension in extensions:
        name = "" if extension.namespace else _FIELD_OF.get(extension.name, "")
        if name:
            found.setdefault(name, []).append(extension)
        else:
            rest.append(extension)
    fields: dict[str, Any] = {}
    for name, members in found.items():
        value = _value(FIELDS[name].form, [member for member in members if member.array != "empty"])
        if value is None:
            rest += members
        else:
            fields[name] = value
    return fields, tuple(rest)


def _value(form: str, members: list[Extension]) -> Any:
    if form == "ilmd":
        return tuple(child for member in members for child in member.children)
    if form == "text":
        return members[0].text if len(members) == 1 and not members[0].children else None
    items = [item for member in members for item in _items(form, member)]
    if form == "epcs":
        return None if any(item.children for item in items) else tuple(item.text for item in items)
    elements = [_quantity(item) for item in items]
    return None if None in elements else tuple(elements)


def _items(form: str, member: Extension) -> tuple[Extension, ...]:
    """XML has one element that holds the members, JSON several values of one name."""
    wrapped = {"epc"} if form == "epcs" else {"quantityElement"}
    children = member.children
    return children if children and {child.name for child in children} == wrapped else (member,)


def _quantity(item: Extension) -> QuantityElement | None:
    texts = {child.name: child.text for child in item.children if not child.namespace and not child.children}
    if len(texts) != len(item.children) or not texts.keys() <= {"epcClass", "quantity", "uom"}:
        return None
    try:
        quantity = Decimal(texts["quantity"]) if texts.get("quantity") else None
    except InvalidOperation:
        return None
    return QuantityElement(epc_class=texts.get("epcClass", ""), quantity=quantity, uom=texts.get("uom"))
