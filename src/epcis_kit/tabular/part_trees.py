"""Parts with a structure of their own: extensions and ILMD, dispositions that stay, error declarations.

Takes the entry of such a part in the mapping; gives functions from the values of a row to a value of the model.
Guarantees: names of extensions have a declared prefix; an empty reference leaves its name out, and a tree without
values is no tree.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.model import ErrorDeclaration, Extension, PersistentDisposition
from epcis_kit.tabular.faults import any_of, known
from epcis_kit.tabular.part_kinds import Context, Many, Single, guarded, time_maker, word_maker
from epcis_kit.tabular.templates import compile_template, text_of

if TYPE_CHECKING:
    from epcis_kit.tabular.templates import Get

__all__ = ["declaration_part", "dispositions_part", "extensions_part"]


def extensions_part(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    """Names with prefixes and their values, as a tree."""
    slots: set[int] = set()
    make = _tree(content, context, place, slots)
    return [Single(field, make, frozenset(slots), "merge", name)]


def _tree(value: Any, context: Context, place: str, slots: set[int]) -> Get:
    if not isinstance(value, dict):
        raise MappingError(f"{place}: expected names and values, got {shorten(value)}.")
    rows = []
    for name, content in value.items():
        prefix, colon, local = name.partition(":")
        if place.endswith("ilmd") and not colon and name in _MDA:
            prefix, local = "cbvmda", name
        elif not colon or not local or prefix not in context.namespaces:
            raise MappingError(
                f"{place}: expected a name with a declared prefix ({any_of(context.namespaces)}), got {shorten(name)}."
            )
        many = isinstance(content, list)
        for item in content if isinstance(content, list) else [content]:
            inner, each = _leaf(item, context, f"{place}, {name}", slots)
            array = "member" if many or each else ""
            rows.append((context.namespaces[prefix], local, prefix, inner, array))

    def make(values: list[Any]) -> tuple[Extension, ...] | None:
        made = []
        for namespace, local, prefix, inner, array in rows:
            found = inner(values)
            if found is not None:
                made.append(Extension(namespace, local, found, prefix=prefix, array=array))  # type: ignore[arg-type]
        return tuple(made) or None

    return make


def _leaf(item: Any, context: Context, place: str, slots: set[int]) -> tuple[Get, bool]:
    if isinstance(item, dict) and not any(key in item for key in ("col", "const", "template", "lookup", "first_of")):
        return _tree(item, context, place, slots), False
    if isinstance(item, bool):
        return (lambda _: item), False
    template = compile_template(item, context.scope, place)
    slots |= template.slots
    value = template.value

    def get(values: list[Any]) -> Any:
        found = value(values)
        if found is None or isinstance(found, (str, bool, int, Decimal)):
            return found
        return text_of(found)

    return get, template.aggregate == "each"


_MDA: Final = frozenset({
    "lotNumber", "itemExpirationDate", "productionDate", "bestBeforeDate", "sellByDate", "harvestStartDate",
    "harvestEndDate", "countryOfOrigin", "drainedWeight", "grossWeight", "netWeight", "measurement", "bestBefore",
    "manufacturerOfGoods", "farmList", "vesselCatchInformationList", "preservationTechniqueCode", "firstFreezeDate",
    "growingMethodCode", "storageStateCode", "dateOfHarvest", "coolingDate",
})  # fmt: skip
"""Names of the CBV's own lot and item attributes, which may stand without their prefix in ``ilmd``."""


def dispositions_part(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    """What ``persistentDisposition`` sets and unsets."""
    if not isinstance(content, dict):
        raise MappingError(f"{place}: expected {{set: […], unset: […]}}, got {shorten(content)}.")
    known(content, ("set", "unset"), place)
    slots: set[int] = set()
    made: dict[str, list[Get]] = {}
    for side, words in content.items():
        made[side] = []
        for item in words if isinstance(words, list) else [words]:
            template = compile_template(item, context.scope, place)
            slots |= template.slots
            made[side].append(word_maker("disposition", template, f"{place}, {side}"))

    def get(values: list[Any]) -> Any:
        state = {
            side: tuple([word for each in gets if (word := each(values)) is not None]) for side, gets in made.items()
        }
        return PersistentDisposition.from_checked(state) if any(state.values()) else None

    return [Single(field, get, frozenset(slots), None, name)]


def declaration_part(name: str, field: str, content: Any, context: Context, place: str) -> list[Single | Many]:
    """That an event was wrong, since when and why."""
    if not isinstance(content, dict):
        raise MappingError(
            f"{place}: expected {{declarationTime, reason, correctiveEventIDs}}, got {shorten(content)}."
        )
    known(content, ("declarationTime", "reason", "correctiveEventIDs", "when"), place)
    slots: set[int] = set()
    time_get = reason = None
    if "declarationTime" in content:
        template = compile_template(content["declarationTime"], context.scope, place)
        slots |= template.slots
        time_get = time_maker(template, context)
    if "reason" in content:
        template = compile_template(content["reason"], context.scope, place)
        slots |= template.slots
        reason = word_maker("error_reason", template, place)
    ids = [compile_template(item, context.scope, place).text for item in content.get("correctiveEventIDs", [])]

    def make(values: list[Any]) -> Any:
        return ErrorDeclaration.from_checked(
            {
                "declaration_time": None if time_get is None else time_get(values),
                "reason": None if reason is None else reason(values),
                "corrective_event_ids": tuple([made for each in ids if (made := each(values)) is not None]),
            }
        )

    return [Single(field, guarded(make, content, context, place), frozenset(slots), None, name)]
