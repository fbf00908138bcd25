"""Packing hierarchies: units in cases on pallets, from rows that name one of each.

Takes the ``levels`` of a mapping (from the smallest up) and the entries ``use: levels.commission`` and
``use: levels.aggregate``; gives event plans. Guarantees: the identifiers of each level come into being once, with their
own lot data; packing goes bottom up; what stands on a pallet without a case is packed into the pallet; a number of
children that is not the expected one is an error of its container.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.tabular.conditions import Condition
from epcis_kit.tabular.events import CONTROLS, EVENT_SHAPES, GroupRule, compile_event
from epcis_kit.tabular.faults import as_list, known, near, one_of
from epcis_kit.tabular.identifiers import key_maker
from epcis_kit.tabular.part_kinds import Many, Single
from epcis_kit.tabular.templates import compile_template

if TYPE_CHECKING:
    from epcis_kit.tabular.events import EventPlan, IdRule
    from epcis_kit.tabular.part_kinds import Context
    from epcis_kit.tabular.templates import Get, Template

__all__ = ["Level", "compile_levels", "level_plans", "top_level"]

_KEYS: Final = ("id", "ilmd", "expect_children", "name")
_USES: Final = ("levels.commission", "levels.aggregate")


@dataclasses.dataclass(frozen=True, slots=True)
class Level:
    """One level of packing.

    Attributes:
        get: Identifier of a row at this level; ``None`` where the row has none.
        template: What it is made of.
        ilmd: Lot data, as written in the mapping.
        expected: How many children one of them has; ``None`` for any number.
    """

    get: Get
    template: Template
    ilmd: dict[str, Any] | None
    expected: Get | None


def compile_levels(content: Any, context: Context, products: Any, where: str) -> tuple[Level, ...]:
    """The levels of a mapping, from the smallest up.

    Raises:
        MappingError: An entry is wrong.
    """
    result = []
    for number, item in enumerate(as_list(content, f"{where}, levels"), 1):
        place = f"{where}, levels, {number}"
        if not isinstance(item, dict) or "id" not in item:
            raise MappingError(f"{place}: expected {{id: sgtin({{gtin}},{{serial}}), ilmd: …}}, got {shorten(item)}.")
        known(item, _KEYS, place)
        template = compile_template(item["id"], context.scope, f"{place}, id")
        get = key_maker(template, context.scope, context.spelling, f"{place}, id")
        result.append(Level(get, template, item.get("ilmd"), _expected(item, template, context, products, place)))
    return tuple(result)


def _expected(item: dict[str, Any], template: Template, context: Context, products: Any, place: str) -> Get | None:
    content = item.get("expect_children")
    if content is None:
        return None
    if isinstance(content, dict) and set(content) == {"masterdata"}:
        if products is None or template.call is None:
            raise MappingError(f"{place}, expect_children: expected products under document, masterdata.")
        column = products.check_column(str(content["masterdata"]), f"{place}, expect_children")
        gtin = template.call[1][0].text
        return lambda values: None if (key := gtin(values)) is None else products.get(key, column, None, miss="null")
    return compile_template(content, context.scope, f"{place}, expect_children").text


def top_level(levels: tuple[Level, ...], place: str) -> Many:
    """The list of the outermost identifiers of rows.

    Raises:
        MappingError: There are no levels.
    """
    if not levels:
        raise MappingError(f"{place}: 'top_level' needs levels.")
    gets = [level.get for level in reversed(levels)]

    def top(values: list[Any]) -> tuple[str, ...]:
        return next(((found,) for get in gets if (found := get(values)) is not None), ())

    return Many("epc_list", top, unique=True)


def level_plans(  # noqa: PLR0917 - one call
    content: dict[str, Any], number: int, levels: tuple[Level, ...], context: Context, ids: IdRule | None, where: str
) -> list[EventPlan]:
    """The plans of one ``use:`` entry.

    Raises:
        MappingError: The entry is wrong.
    """
    place = f"{where}, event {number}"
    use = content["use"]
    if use not in _USES:
        raise MappingError(f"{place}: expected use {' or '.join(_USES)}, got {shorten(use)}{near(use, _USES)}.")
    if not levels:
        raise MappingError(f"{place}: {use} needs levels.")
    kind = "ObjectEvent" if use == _USES[0] else "AggregationEvent"
    known(content, ("use", "time", "location", *CONTROLS, *EVENT_SHAPES[kind]), place)
    body = {
        name: value for name, value in content.items() if name not in {"use", "time", "location", "group_by", "mode"}
    }
    if "time" in content:
        body["eventTime"] = content["time"]
    if "location" in content:
        body = {"readPoint": content["location"], "bizLocation": content["location"], **body}
    mode = str(one_of(content, "mode", ("sorted", "spill"), place, "spill"))
    extra = [context.scope.named(name, f"{place}, group_by") for name in as_list(content.get("group_by", []), place)]
    if use == _USES[0]:
        return [
            _commission(level, at, body, extra, mode, number, context, ids, where) for at, level in enumerate(levels)
        ]
    return [_aggregate(levels, at, body, extra, mode, number, context, ids, where) for at in range(len(levels) - 1)]


def _commission(  # noqa: PLR0917 - one call
    level: Level, at: int, body: dict[str, Any], extra: list[Template], mode: str, number: int, context: Context,
    ids: IdRule | None, where: str,
) -> EventPlan:  # fmt: skip
    content = {"type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active", **body}
    if level.ilmd is not None and "ilmd" not in content:
        content["ilmd"] = level.ilmd
    plan = compile_event(content, number, context, ids, where)
    templates = list(extra)
    if level.ilmd is not None:
        templates += [compile_template(item, context.scope, where) for item in _leaves(level.ilmd)]
    templates = [template for template in templates if not template.constant]
    rule = GroupRule(
        tuple(template.text for template in templates),
        tuple(template.source for template in templates) or ("levels",),
        frozenset[int]().union(*(template.slots for template in templates)),
        mode,
        "emit",
        needed=False,
    )
    get = level.get
    return dataclasses.replace(
        plan,
        label=f"levels.commission {at + 1}",
        many=(Many("epc_list", lambda values: () if (key := get(values)) is None else (key,), unique=True),
              *plan.many),
        when=_there([get], plan.when),
        group=rule,
    )  # fmt: skip


def _leaves(content: Any) -> list[Any]:
    if isinstance(content, dict):
        return [leaf for value in content.values() for leaf in _leaves(value)]
    if isinstance(content, list):
        return [leaf for value in content for leaf in _leaves(value)]
    return [content] if isinstance(content, (str, int)) and not isinstance(content, bool) else []


def _aggregate(  # noqa: PLR0917 - one call
    levels: tuple[Level, ...], at: int, body: dict[str, Any], extra: list[Template], mode: str, number: int,
    context: Context, ids: IdRule | None, where: str,
) -> EventPlan:  # fmt: skip
    content = {"type": "AggregationEvent", "action": "ADD", "bizStep": "packing", "disposition": "in_progress", **body}
    plan = compile_event(content, number, context, ids, where)
    child, above = levels[at].get, [level.get for level in levels[at + 1 :]]
    expects = [(level.get, level.expected) for level in levels[at + 1 :]]

    def parent(values: list[Any]) -> str | None:
        return next((found for get in above if (found := get(values)) is not None), None)

    def expected(values: list[Any]) -> str | None:
        for get, number_of in expects:
            if get(values) is not None:
                found = None if number_of is None else number_of(values)
                return None if found is None else str(found)
        return None

    slots = frozenset[int]().union(*(level.template.slots for level in levels[at + 1 :]))
    rule = GroupRule(
        (parent, *(template.text for template in extra)),
        (f"the parent of level {at + 1}", *(template.source for template in extra)),
        slots.union(*(template.slots for template in extra)),
        mode,
        "emit",
        needed=False,
    )
    return dataclasses.replace(
        plan,
        label=f"levels.aggregate {at + 1}",
        singles=(Single("parent_id", parent, slots, None, "parentID"), *plan.singles),
        many=(Many("child_epcs", lambda values: () if (key := child(values)) is None else (key,), unique=True),
              *plan.many),
        when=_there([child, parent], plan.when),
        group=rule,
        expected=expected if any(number_of is not None for _, number_of in expects) else None,
    )  # fmt: skip


def _there(gets: list[Get], also: Condition | None) -> Condition:
    """Rows that have all of the identifiers, and for which the condition of the entry holds."""

    def holds(values: list[Any]) -> bool:
        return (also is None or also.holds(values)) and all(get(values) is not None for get in gets)

    return Condition("levels", holds, frozenset() if also is None else also.slots)
