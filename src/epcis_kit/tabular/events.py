"""Event plans: what each row, or each group of rows, becomes.

Takes the entries of ``events`` in a mapping; gives :class:`EventPlan` values that make events of the values of a row.
Guarantees: every name is one of the standard's for that type of event (:data:`EVENT_SHAPES`); an event has its time and
its action or the row is refused; ids that are to be the same in every run are made of the content alone.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.model import EVENT_TYPES, Event
from epcis_kit.tabular.conditions import Condition, compile_condition
from epcis_kit.tabular.faults import any_of, as_list, known, near, one_of
from epcis_kit.tabular.part_kinds import Many, Single
from epcis_kit.tabular.parts import compile_part
from epcis_kit.tabular.templates import uuid_of

if TYPE_CHECKING:
    from epcis_kit.tabular.part_kinds import Context
    from epcis_kit.tabular.templates import Get

__all__ = ["EVENT_SHAPES", "EventPlan", "GroupRule", "IdRule", "compile_event", "compile_ids", "group_rule"]

_COMMON: Final = {
    "eventTime": ("event_time", "time"),
    "eventTimeZoneOffset": ("event_time_zone_offset", "text"),
    "recordTime": ("record_time", "time"),
    "eventID": ("event_id", "text"),
    "errorDeclaration": ("error_declaration", "declaration"),
    "certificationInfo": ("certification_info", "texts"),
    "bizStep": ("biz_step", "biz_step"),
    "disposition": ("disposition", "disposition"),
    "persistentDisposition": ("persistent_disposition", "dispositions"),
    "readPoint": ("read_point", "read_point"),
    "bizLocation": ("biz_location", "biz_location"),
    "bizTransactionList": ("biz_transaction_list", "transactions"),
    "sourceList": ("source_list", "sources"),
    "destinationList": ("destination_list", "destinations"),
    "sensorElementList": ("sensor_element_list", "sensors"),
    "extensions": ("extensions", "extensions"),
}
_ACTION: Final = {"action": ("action", "action")}
_PARENT: Final = {"parentID": ("parent_id", "key")}
_EPCS: Final = {"epcList": ("epc_list", "keys"), "quantityList": ("quantity_list", "quantities")}
_CHILDREN: Final = {
    "childEPCs": ("child_epcs", "keys"),
    "childQuantityList": ("child_quantity_list", "quantities"),
}
_ILMD: Final = {"ilmd": ("ilmd", "extensions")}
EVENT_SHAPES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "ObjectEvent": {**_COMMON, **_ACTION, **_EPCS, **_ILMD},
    "AggregationEvent": {**_COMMON, **_ACTION, **_PARENT, **_CHILDREN},
    "AssociationEvent": {**_COMMON, **_ACTION, **_PARENT, **_CHILDREN},
    "TransactionEvent": {**_COMMON, **_ACTION, **_PARENT, **_EPCS},
    "TransformationEvent": {
        **_COMMON,
        "inputEPCList": ("input_epc_list", "keys"),
        "inputQuantityList": ("input_quantity_list", "quantities"),
        "outputEPCList": ("output_epc_list", "keys"),
        "outputQuantityList": ("output_quantity_list", "quantities"),
        "transformationID": ("transformation_id", "key"),
        **_ILMD,
    },
}
"""What may stand in an event of each type: the field of the model, and the form it is written in."""

CONTROLS: Final = ("type", "use", "when", "group_by", "mode", "max_epcs", "tz", "incomplete", "event_id")
_SPLIT: Final = ("epc_list", "child_epcs")


@dataclasses.dataclass(frozen=True, slots=True)
class GroupRule:
    """How rows are gathered into one event.

    Attributes:
        gets: Texts that are the same in all rows of a group.
        names: The same, as written.
        slots: What they read.
        mode: ``"sorted"`` (rows of a group stand together) or ``"spill"`` (anywhere in the table).
        incomplete: ``"emit"`` or ``"reject"`` the group when one of its rows is rejected.
        needed: A row without any of the texts is refused.
    """

    gets: tuple[Get, ...]
    names: tuple[str, ...]
    slots: frozenset[int]
    mode: str
    incomplete: str
    needed: bool = True

    def key(self, values: list[Any]) -> tuple[str | None, ...]:
        """The texts of a row.

        Raises:
            ValueError: All of them are empty.
        """
        made = tuple([get(values) for get in self.gets])
        if self.needed and not any(made):
            raise ValueError(f"Cannot group this row: expected a value in {' or '.join(self.names)}, got none.")
        return made


@dataclasses.dataclass(frozen=True, slots=True)
class IdRule:
    """How event ids are made: ``method`` is ``"hash"`` or ``"uuid5"`` of ``gets``."""

    method: str
    gets: tuple[Get, ...] = ()


@dataclasses.dataclass(slots=True, eq=False)
class EventPlan:
    """One event that each row, or each group of rows, makes.

    Attributes:
        number: One-based number in the mapping.
        label: ``"event 2"`` or ``"levels.aggregate"``, for people.
        cls: Class of the event.
        singles: Fields with one value.
        many: Fields that are lists.
        when: Which rows take part.
        group: How rows are gathered; ``None`` makes an event of each row.
        max_epcs: Most identifiers in one event; more make several events.
        ids: How event ids are made.
        sources: What was written behind ``eventTime`` and ``action``, for messages.
        mapping_id: Part of made ids.
        expected: How many children the container of a row has.
        fixed: Fields that are the same in every event.
        row_singles: The other fields with one value.
        row_many: Lists.
        acts: Events of its type have an action.
    """

    number: int
    label: str
    cls: type[Event]
    singles: tuple[Single, ...]
    many: tuple[Many, ...]
    when: Condition | None
    group: GroupRule | None
    max_epcs: int | None
    ids: IdRule | None
    sources: dict[str, str]
    mapping_id: str
    expected: Get | None = None
    fixed: dict[str, Any] = dataclasses.field(init=False)
    row_singles: tuple[tuple[str, Get], ...] = dataclasses.field(init=False)
    row_many: tuple[tuple[str, Any], ...] = dataclasses.field(init=False)
    acts: bool = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        constant = [
            single
            for single in self.singles
            if not single.slots and single.aggregate is None and single.name != "event_time"
        ]
        try:
            made = {single.name: single.get([]) for single in constant}
        except ValueError as error:
            raise MappingError(f"event {self.number} of the mapping: {error}") from None
        self.fixed = {name: value for name, value in made.items() if value is not None}
        self.row_singles = tuple((each.name, each.get) for each in self.singles if each not in constant)
        self.row_many = tuple((each.name, each.get) for each in self.many)
        self.acts = "action" in self.sources

    @property
    def type(self) -> str:
        """Name of the event type."""
        return self.cls.__name__

    def of_row(self, values: list[Any]) -> list[Event]:
        """The events of one row.

        Raises:
            ValueError: Something is missing or wrong in it.
        """
        if self.when is not None and not self.when.holds(values):
            return []
        state = self.fixed.copy()
        for name, get in self.row_singles:
            value = get(values)
            if value is not None:
                state[name] = (*state[name], *value) if name in state else value
        for name, many in self.row_many:
            found = many(values)
            if found:
                state[name] = (*state[name], *found) if name in state else found
        return self.finish(state, values)

    def finish(self, state: dict[str, Any], values: list[Any]) -> list[Event]:
        """Events of the fields that were gathered; ``values`` are those of the (first) row.

        Raises:
            ValueError: The time or the action is missing.
        """
        moment = state.get("event_time")
        if moment is None or (self.acts and "action" not in state):
            name = "eventTime" if moment is None else "action"
            where = "in this row" if self.group is None else "in these rows"
            raise ValueError(f"Event {self.number} has no {name}: {self.sources[name]} is empty {where}.")
        if "event_time_zone_offset" not in state:
            text = moment.text
            state["event_time_zone_offset"] = "+00:00" if text[-1] == "Z" else text[-6:]
        if self.expected is not None:
            self._check_children(state, values)
        if self.max_epcs is not None:
            pieces = self._pieces(state)
            if pieces is not None:
                return [self._event(piece, values, part) for part, piece in enumerate(pieces)]
        if self.ids is None:
            return [self.cls.from_checked(state)]
        return [self._event(state, values, 0)]

    def _check_children(self, state: dict[str, Any], values: list[Any]) -> None:
        assert self.expected is not None
        wanted, found = self.expected(values), len(state.get("child_epcs", ()))
        if wanted is not None and wanted != str(found):
            raise ValueError(f"Cannot pack {shorten(state.get('parent_id'))}: expected {wanted} children, got {found}.")

    def _event(self, state: dict[str, Any], values: list[Any], part: int) -> Event:
        if self.ids is not None and "event_id" not in state:
            if self.ids.method == "hash":
                from epcis_kit.hashing import event_hash  # noqa: PLC0415 - loaded where ids are hashes

                event = self.cls.from_checked(state)
                return self.cls.from_checked({**state, "event_id": event_hash(event)})
            key = [get(values) for get in self.ids.gets]
            if not any(key):
                raise ValueError(f"Event {self.number} has no id: the columns that it is made of are empty.")
            texts = ["" if text is None else text for text in key]
            name = uuid_of(self.mapping_id, str(self.number), str(part), *texts)
            state = {**state, "event_id": f"urn:uuid:{name}"}
        return self.cls.from_checked(state)

    def _pieces(self, state: dict[str, Any]) -> list[dict[str, Any]] | None:
        assert self.max_epcs is not None
        for name in _SPLIT:
            whole = state.get(name, ())
            if len(whole) > self.max_epcs:
                starts = range(0, len(whole), self.max_epcs)
                rest = {key: value for key, value in state.items() if "quantity" not in key}
                return [{**(rest if start else state), name: whole[start : start + self.max_epcs]} for start in starts]
        return None


def group_rule(content: dict[str, Any], context: Context, place: str) -> GroupRule | None:
    """The grouping that an entry asks for.

    Raises:
        MappingError: It is no list of fields and columns, or the mode is unknown.
    """
    if "group_by" not in content:
        for name in ("mode", "incomplete"):
            if name in content:
                raise MappingError(f"{place}: {name!r} needs 'group_by'.")
        return None
    names = content["group_by"]
    names = names if isinstance(names, list) else [names]
    if not names:
        raise MappingError(f"{place}, group_by: expected at least one field or column.")
    templates = [context.scope.named(name, f"{place}, group_by") for name in names]
    return GroupRule(
        tuple(template.text for template in templates),
        tuple(str(name) for name in names),
        frozenset[int]().union(*(template.slots for template in templates)),
        str(one_of(content, "mode", ("sorted", "spill"), place, "spill")),
        str(one_of(content, "incomplete", ("emit", "reject"), place, "emit")),
    )


def compile_ids(content: Any, context: Context, place: str) -> IdRule | None:
    """The rule of ``event_id``.

    Raises:
        MappingError: The method is unknown, or uuid5 has no key.
    """
    if content is None:
        return None
    if isinstance(content, str):
        content = {"method": content}
    if not isinstance(content, dict):
        raise MappingError(
            f"{place}: expected {{method: hash}} or {{method: uuid5, key: […]}}, got {shorten(content)}."
        )
    known(content, ("method", "key"), place)
    method = str(one_of(content, "method", ("hash", "uuid5", "none"), place, "hash"))
    if method == "none":
        return None
    if method == "hash":
        return IdRule("hash")
    names = as_list(content.get("key"), f"{place}, key")
    if not names:
        raise MappingError(f"{place}, key: expected at least one field or column.")
    return IdRule("uuid5", tuple(context.scope.named(name, f"{place}, key").text for name in names))


def compile_event(content: Any, number: int, context: Context, ids: IdRule | None, where: str) -> EventPlan:
    """A plan of its entry in the mapping.

    Raises:
        MappingError: The entry is wrong.
    """
    place = f"{where}, event {number}"
    if not isinstance(content, dict):
        raise MappingError(f"{place}: expected names and values, got {shorten(content)}.")
    kind = content.get("type")
    if kind not in EVENT_SHAPES:
        raise MappingError(
            f"{place}: expected type {any_of(EVENT_SHAPES)}, got {shorten(kind)}{near(kind, EVENT_SHAPES)}."
        )
    shape = EVENT_SHAPES[kind]
    known(content, (*CONTROLS, *shape), place)
    required = ("eventTime",) if kind == "TransformationEvent" else ("eventTime", "action")
    for name in required:
        if name not in content:
            raise MappingError(f"{place}: expected {name!r}, which every {kind} needs.")
    if "tz" in content:
        context = context._replace(zone=context.scope.zone(content["tz"], f"{place}, tz"))
    singles: list[Single] = []
    many: list[Many] = []
    for name, value in content.items():
        if name not in shape or (name == "epcList" and value == "top_level"):
            continue
        field, form = shape[name]
        for part in compile_part(name, field, form, value, context, f"{place}, {name}"):
            if isinstance(part, Single):
                singles.append(part)
            else:
                many.append(part)
    own_ids = compile_ids(content["event_id"], context, f"{place}, event_id") if "event_id" in content else ids
    when = compile_condition(content["when"], context.scope, f"{place}, when") if "when" in content else None
    return EventPlan(
        number, f"event {number}", EVENT_TYPES[kind], tuple(singles), tuple(many), when,
        group_rule(content, context, place), max_epcs(content, place), own_ids,
        {name: _shown(content[name]) for name in required}, context.scope.mapping_id,
    )  # fmt: skip


def max_epcs(content: dict[str, Any], place: str) -> int | None:
    """The most identifiers of one event.

    Raises:
        MappingError: It is no number above 0.
    """
    value = content.get("max_epcs")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise MappingError(f"{place}: expected max_epcs to be a number above 0, got {shorten(value)}.")
    return value


def _shown(content: Any) -> str:
    return shorten(content) if isinstance(content, dict) else str(content)
