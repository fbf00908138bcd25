"""Writes the pre-hash: the one text that stands for an event, whatever format and order it was written in.

Takes an event of the model; gives its canonical text, ``eventType=ObjectEvent`` first, then the fields of
:mod:`epcis_kit.hashing.layout` in their order, then extensions. Guarantees: lists are sorted as finished texts (plain
code-point order), duplicates stay, what is empty is as good as absent; nothing of the event is changed and nothing
about it is remembered; two events that are equal have the same pre-hash.

One :class:`Writer` serves one version; writers are made once and kept.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import vocab
from epcis_kit.hashing.extensions import ExtensionWriter, in_order
from epcis_kit.hashing.identifiers import canonical_identifier
from epcis_kit.hashing.layout import FIELDS, METADATA_FIELDS, PROFILES, REPORT_FIELDS, Field, Profile
from epcis_kit.hashing.misplaced import has_misplaced, without_misplaced
from epcis_kit.hashing.values import legacy_rules_for_json
from epcis_kit.model import SensorElement

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from epcis_kit.model import Event, Part, PersistentDisposition, QuantityElement

    Emit = Callable[[Any], str]
    Steps = tuple[tuple[str, Emit], ...]
    Plan = tuple[Steps, Steps, tuple[str, ...]]  # fields in order, fields at the end, fields that may hold extensions

__all__ = ["Writer", "writer_for"]

_MARK: Final = "\0"  # stands where a reader of the pre-hash wants a line break; never in the text that is hashed


@functools.lru_cache(maxsize=16)
def writer_for(
    version: str, ignore: frozenset[str], *, marked: bool, json_prefixes: tuple[tuple[str, str], ...] | None = None
) -> Writer:
    """The writer of a version; the caller has checked the name. ``json_prefixes`` are for the legacy version only."""
    profile = PROFILES[version]
    if json_prefixes is not None:
        profile = replace(profile, rules=legacy_rules_for_json(json_prefixes))
    return Writer(profile, ignore, _MARK if marked else "")


class Writer:
    """Writes pre-hashes of one version.

    Args:
        profile: The version.
        ignore: Namespaces whose extensions are left out, without a trailing ``/``, ``#`` or ``:``.
        mark: What stands between the items of the text; empty for the text that is hashed.
    """

    def __init__(self, profile: Profile, ignore: frozenset[str], mark: str) -> None:
        self._profile = profile
        self._mark = mark
        self._text = profile.rules.text
        self._extensions = ExtensionWriter(profile.rules, ignore, mark)
        self._metadata: Steps = self._steps_of(METADATA_FIELDS)
        self._report: Steps = self._steps_of(REPORT_FIELDS)
        self._by_type: dict[type[Event], Plan] = {}
        self._every_field = self._plan(FIELDS)

    def event(self, event: Event) -> str:
        """The pre-hash of ``event``."""
        plan = self._by_type.get(type(event))
        if plan is None:
            plan = self._by_type[type(event)] = self._plan(type(event).model_fields)
        state = event.__dict__
        if state["extensions"] and has_misplaced(state["extensions"]):
            fields, extensions = without_misplaced(state["extensions"])
            plan = self._every_field
            state = {**dict.fromkeys(FIELDS), **state, **fields, "extensions": extensions}
        steps, tail, with_parts = plan
        parts = ["eventType=" + state["type"]]
        for name, emit in steps:
            value = state[name]
            if value and (text := emit(value)):
                parts.append(text)
        extensions = state["extensions"]
        last = self._extensions.written(extensions) if extensions else []
        ending = [emit(state[name]) for name, emit in tail if state[name] or (name == "ilmd" and state[name] == ())]
        if self._profile.inline:
            last += ending
        else:
            parts += ending
        for name in with_parts:
            if (value := state[name]) and not _is_plain(value):
                moved, rest = self._beyond(FIELDS[name], value)
                parts += moved
                last += [rest] if rest else []
        parts += self._sorted(last)
        return self._mark.join(parts)

    def _plan(self, fields: Container[str]) -> Plan:
        profile = self._profile
        order = [name for name in profile.order if name in fields]
        tail = [name for name in profile.tail if name in fields]
        return (
            tuple((name, self._emitter(FIELDS[name])) for name in order),
            tuple((name, self._emitter(FIELDS[name])) for name in tail),
            tuple(name for name in (*order, *tail) if FIELDS[name].form in _FORMS_WITH_PARTS),
        )

    def _steps_of(self, fields: Mapping[str, Field]) -> Steps:
        return tuple((name, self._emitter(field)) for name, field in fields.items())

    def _emitter(self, field: Field) -> Emit:
        made: Emit = getattr(self, f"_{field.form}_emitter")(field)
        return made

    # --- one value ---------------------------------------------------------------------------------------------------

    def _time_emitter(self, field: Field) -> Emit:
        time, head = self._profile.rules.time, field.name + "="
        return lambda value: head + time(value)

    def _text_emitter(self, field: Field) -> Emit:
        text, head = self._text, field.name + "="
        return lambda value: head + found if (found := text(value)) else ""

    def _number_emitter(self, field: Field) -> Emit:
        number, head = self._profile.rules.number, field.name + "="
        return lambda value: head + number(value)

    def _flag_emitter(self, field: Field) -> Emit:
        flags, head = self._profile.rules.flags, field.name + "="
        return lambda value: head + flags[value]

    def _word_emitter(self, field: Field) -> Emit:
        word, head = self._word(field.kind), field.name + "="
        return lambda value: head + found if (found := word(value)) else ""

    def _word(self, kind: vocab.Kind | None) -> Callable[[str], str]:
        """A CBV word as its web URI; any other text by the rule for texts."""
        assert kind is not None
        vocabulary = self._profile.rules.vocabulary if kind in {"measurement_type", "alert_type"} else None
        get, text = _web_uris(kind, vocabulary).get, self._text
        return lambda value: get(value) or text(value)

    # --- lists of values ---------------------------------------------------------------------------------------------

    def _texts_emitter(self, field: Field) -> Emit:
        text, head, mark = self._text, field.name + "=", self._mark
        return lambda values: mark.join([head + value for value in sorted(map(text, values)) if value])

    def _epcs_emitter(self, field: Field) -> Emit:
        text, name, between = self._text, field.name, self._mark + "epc="

        def epcs(values: Sequence[str]) -> str:
            found = sorted([canonical_identifier(value) or text(value) for value in values])
            if not found[0]:
                found = [value for value in found if value]
                if not found:
                    return ""
            return name + between + between.join(found)

        return epcs

    def _dispositions_emitter(self, field: Field) -> Emit:
        word, mark, name = self._word(field.kind), self._mark, field.name

        def dispositions(value: PersistentDisposition) -> str:
            parts = [f"set={word(item)}" for item in value.set if item]
            parts.sort()
            parts += sorted(f"unset={word(item)}" for item in value.unset if item)
            parts += self._own(value)
            return mark.join([name, *parts]) if parts else ""

        return dispositions

    def _place_emitter(self, field: Field) -> Emit:
        text, mark, name = self._text, self._mark, field.name

        def place(value: Part) -> str:
            state = value.__dict__
            identifier = text(state["id"])
            parts = [f"id={identifier}"] if identifier else []
            if state["extensions"]:
                parts += self._own(value)
            return mark.join([name, *parts]) if parts else ""

        return place

    def _typed_emitter(self, field: Field) -> Emit:
        text, word, mark, name, item = self._text, self._word(field.kind), self._mark, field.name, field.item
        member = {"bizTransaction": "biz_transaction"}.get(item, item)

        def typed(values: Sequence[Part]) -> str:
            pairs = []
            for value in values:
                state = value.__dict__
                pair = f"{item}={found}" if (found := text(state[member])) else item
                if kind := state["type"]:
                    pair = f"type={word(kind)}{mark}{pair}"
                if state["extensions"]:
                    pair = mark.join([pair, *self._own(value)])
                pairs.append(pair)
            return mark.join([name, *self._sorted(pairs)])

        return typed

    def _quantities_emitter(self, field: Field) -> Emit:
        text, number, mark, name = self._text, self._profile.rules.number, self._mark, field.name

        def quantities(values: Sequence[QuantityElement]) -> str:
            elements = []
            for value in values:
                state = value.__dict__
                parts = ["quantityElement"]
                if identifier := text(state["epc_class"]):
                    parts.append(f"epcClass={identifier}")
                if (quantity := state["quantity"]) is not None:
                    parts.append(f"quantity={number(quantity)}")
                if uom := state["uom"]:
                    parts.append(f"uom={text(uom)}")
                if state["extensions"]:
                    parts += self._own(value)
                if len(parts) > 1:
                    elements.append(mark.join(parts))
            return mark.join([name, *self._sorted(elements)]) if elements else ""

        return quantities

    # --- sensors -----------------------------------------------------------------------------------------------------

    def _sensors_emitter(self, field: Field) -> Emit:
        mark, profile = self._mark, self._profile

        def sensors(values: Sequence[SensorElement]) -> str:
            elements = self._sorted([text for value in values if (text := self._sensor(value))])
            if elements and profile.sensor_list:
                elements.insert(0, field.name)
            return mark.join(elements)

        return sensors

    def _sensor(self, element: SensorElement) -> str:
        metadata = element.sensor_metadata
        parts = []
        if metadata is not None and (text := self._part("sensorMetadata", self._metadata, metadata)):
            parts.append(text)
        reports = [self._part("sensorReport", self._report, report) for report in element.sensor_report]
        parts += self._sorted([text for text in reports if text])
        parts += self._own(element)
        return self._mark.join(["sensorElement", *parts]) if parts else ""

    def _part(self, name: str, steps: Steps, part: Part) -> str:
        state = part.__dict__
        parts = [
            text
            for field, emit in steps
            if (value := state[field]) is not None and value != "" and (text := emit(value))
        ]
        parts += self._own(part)
        return self._mark.join([name, *parts]) if parts else ""

    # --- what stands beyond the fields -------------------------------------------------------------------------------

    def _ilmd_emitter(self, field: Field) -> Emit:
        return lambda value: self._mark.join([field.name, *self._extensions.written(value)])

    def _own(self, part: Part) -> list[str]:
        """The extensions of a part, where they stand behind its own fields."""
        return self._extensions.placed(part) if self._profile.inline and part.extensions else []

    def _beyond(self, field: Field, value: Any) -> tuple[list[str], str]:
        """Extensions of a field that are moved to the end behind their path, and what has no place but the very end."""
        moved: list[str] = []
        if not self._profile.inline:
            moved = self._moved(field, value)
        rest = self._rest(field, value, bare=not moved)
        return moved, rest

    def _moved(self, field: Field, value: Any) -> list[str]:
        if field.form == "sensors":
            inner = self._moved_of("sensorElement", value)
            return [field.name, *inner] if inner and self._profile.sensor_list else inner
        if isinstance(value, tuple):
            inner = self._moved_of(field.item or "quantityElement", value)
        else:
            inner = self._extensions.placed(value)
        return [field.name, *inner] if inner else []

    def _moved_of(self, name: str, parts: Sequence[Part]) -> list[str]:
        found: list[str] = []
        for part in in_order(parts):
            inner = [text for below, members in _below(part) for text in self._moved_of(below, members)]
            inner += self._extensions.placed(part)
            if inner:
                found += [name, *inner]
        return found

    def _rest(self, field: Field, value: Any, *, bare: bool) -> str:
        if isinstance(value, tuple):
            name = "sensorElement" if field.form == "sensors" else field.item or "quantityElement"
            inner = self._rest_of(name, value, bare=bare)
        else:
            inner = self._extensions.rest(value, bare=bare)
        return self._mark.join([field.name, *inner]) if inner else ""

    def _rest_of(self, name: str, parts: Sequence[Part], *, bare: bool) -> list[str]:
        found: list[str] = []
        for part in parts:
            inner = [text for below, members in _below(part) for text in self._rest_of(below, members, bare=bare)]
            inner += self._extensions.rest(part, bare=bare)
            if inner:
                found.append(self._mark.join([name, *self._sorted(inner)]))
        return self._sorted(found)

    def _sorted(self, texts: list[str]) -> list[str]:
        return self._extensions.sorted(texts)


@functools.cache
def _web_uris(kind: vocab.Kind, vocabulary: str | None) -> Mapping[str, str]:
    """Every spelling of the words of a list with the web URI; ``vocabulary`` stands before the word where given."""
    return {
        spelling: vocab.to_web_uri(kind, bare) if vocabulary is None else vocabulary + bare
        for spelling, bare in vocab.spellings(kind).items()
    }


_FORMS_WITH_PARTS: Final = frozenset({"quantities", "place", "typed", "dispositions", "sensors"})


def _below(part: Part) -> tuple[tuple[str, Sequence[Part]], ...]:
    """The parts of a sensor element, by their names; other parts have none."""
    if not isinstance(part, SensorElement):
        return ()
    metadata = () if part.sensor_metadata is None else (part.sensor_metadata,)
    return (("sensorMetadata", metadata), ("sensorReport", part.sensor_report))


def _is_plain(value: Any) -> bool:
    """True where a field holds nothing beyond its own fields: the usual case, told fast."""
    if not isinstance(value, tuple):
        return not value.__dict__["extensions"]
    for part in value:
        state = part.__dict__
        if state["extensions"] or state.get("biz_rules"):
            return False
        if "sensor_report" in state and not all(_is_plain(members) for _, members in _below(part)):
            return False
    return True
