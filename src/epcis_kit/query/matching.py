"""Whether one event is what a query asks for, decided on the event alone.

Takes a :class:`~epcis_kit.query.Query` and gives a function of events. Guarantees: every parameter is decided here, so
that a backend may use an index for what it can and leave the rest to this; nothing is compared as text that is an
identifier, a word of the vocabulary, a number or a time; one extractor a field, in :data:`FIELDS`.

What documents say about places and products (``WD_…``, ``HASATTR_…``, ``EQATTR_…``) comes from a
:class:`MasterDataSource`; without one no event has such master data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from epcis_kit import vocab
from epcis_kit.errors import QueryError, shorten
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.gs1.epc_patterns import key_ranges
from epcis_kit.model.timestamp import Timestamp
from epcis_kit.query.values import as_number, as_time

if TYPE_CHECKING:
    from epcis_kit.gs1.epc_patterns import KeyRange
    from epcis_kit.model import Event, QuantityElement, SensorReport, VocabularyElement
    from epcis_kit.model.extensions import Extension
    from epcis_kit.model.parts import Part
    from epcis_kit.query.parameters import FieldName, Operator, Parameter
    from epcis_kit.query.simple_event_query import Condition, Query
    from epcis_kit.query.values import Value

__all__ = ["CLASS_FIELDS", "FIELDS", "MasterDataSource", "extension_values", "key_fits", "matcher", "orders_by"]

Predicate = Callable[["Event"], bool]


class MasterDataSource(Protocol):
    """What a query asks about things that events name."""

    def descendants(self, key: str) -> set[str]:
        """The key itself and all keys that lie below it, by the children of master data."""

    def elements(self, key: str) -> Iterable[VocabularyElement]:
        """What documents say about a thing."""


_OBJECTS: Final = ("epc_list", "child_epcs")
_INPUTS: Final = ("input_epc_list",)
_OUTPUTS: Final = ("output_epc_list",)
_AMOUNTS: Final = ("quantity_list", "child_quantity_list")

_EPC_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "epc": _OBJECTS,
    "parent": ("parent_id",),
    "input": _INPUTS,
    "output": _OUTPUTS,
    "any_epc": (*_OBJECTS, "parent_id", *_INPUTS, *_OUTPUTS),
}
CLASS_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "epc_class": _AMOUNTS,
    "input_class": ("input_quantity_list",),
    "output_class": ("output_quantity_list",),
    "any_class": (*_AMOUNTS, "input_quantity_list", "output_quantity_list"),
}
"""Fields of the event that hold the classes a parameter asks about."""

_ALL_AMOUNTS: Final = CLASS_FIELDS["any_class"]


def _quantities(event: Event) -> Iterator[QuantityElement]:
    for name in _ALL_AMOUNTS:
        yield from getattr(event, name, ())


def _reports(event: Event) -> Iterator[SensorReport]:
    for element in event.sensor_element_list:
        yield from element.sensor_report


def _sensed(event: Event, name: str) -> Iterator[Any]:
    """Values of one attribute of sensor metadata and sensor reports."""
    for element in event.sensor_element_list:
        parts: list[Part] = [*element.sensor_report]
        if element.sensor_metadata is not None:
            parts.append(element.sensor_metadata)
        for part in parts:
            value = getattr(part, name, None)
            if value is not None:
                yield value


def _sensor(name: str) -> Callable[[Event, Parameter], Iterator[Any]]:
    return lambda event, _: _sensed(event, name)


def _measured(name: str) -> Callable[[Event, Parameter], Iterator[Decimal]]:
    def values(event: Event, parameter: Parameter) -> Iterator[Decimal]:
        for report in _reports(event):
            amount = getattr(report, name)
            if amount is not None and report.uom is not None:
                found = vocab.convert_amount(Decimal(amount), report.uom, parameter.detail)
                if found is not None:
                    yield found

    return values


def _quantity(event: Event, parameter: Parameter) -> Iterator[Decimal]:
    for element in _quantities(event):
        if element.quantity is None:
            continue
        if not parameter.detail:
            yield Decimal(element.quantity)
        elif element.uom is not None:
            found = vocab.convert_amount(Decimal(element.quantity), element.uom, parameter.detail)
            if found is not None:
                yield found


def _optional(get: Callable[[Event], Any]) -> Callable[[Event, Parameter], Iterable[Any]]:
    def values(event: Event, _: Parameter) -> Iterable[Any]:
        value = get(event)
        return () if value is None else (value,)

    return values


def _persistent(name: str) -> Callable[[Event, Parameter], Iterable[str]]:
    return lambda event, _: () if event.persistent_disposition is None else getattr(event.persistent_disposition, name)


def _declared(name: str) -> Callable[[Event, Parameter], Iterable[Any]]:
    def values(event: Event, _: Parameter) -> Iterable[Any]:
        value = None if event.error_declaration is None else getattr(event.error_declaration, name)
        return () if value is None else value if isinstance(value, tuple) else (value,)

    return values


def _typed(items: str, value: str) -> Callable[[Event, Parameter], Iterator[str]]:
    def values(event: Event, parameter: Parameter) -> Iterator[str]:
        for item in getattr(event, items):
            if item.type == parameter.detail:
                yield trace_key(getattr(item, value)).key

    return values


_PLACES: Final[Mapping[str, Callable[[Event], Iterable[Part | None]]]] = {
    "extension": lambda event: (event,),
    "error_extension": lambda event: (event.error_declaration,),
    "sensor_element": lambda event: event.sensor_element_list,
    "sensor_metadata": lambda event: (element.sensor_metadata for element in event.sensor_element_list),
    "sensor_report": _reports,
    "read_point_extension": lambda event: (event.read_point,),
    "biz_location_extension": lambda event: (event.biz_location,),
}


def _named(extension: Extension, name: FieldName) -> bool:
    if extension.name == name.local:
        if name.namespace is not None:
            return extension.namespace.rstrip("/#:") == name.namespace
        return not name.prefix or extension.prefix == name.prefix
    # a JSON name whose prefix no context binds stays whole
    return not extension.namespace and bool(name.prefix) and extension.name == f"{name.prefix}:{name.local}"


def _below(extensions: Iterable[Extension]) -> Iterator[Extension]:
    for extension in extensions:
        for child in extension.children:
            yield child
            yield from _below((child,))


def extension_values(event: Event, parameter: Parameter) -> Iterator[Extension]:
    """The extensions of ``event`` that ``parameter`` names, in its place or (``inner``) anywhere below one there."""
    name = parameter.name
    assert name is not None
    if parameter.field == "ilmd":
        groups: Iterable[Iterable[Extension]] = (getattr(event, "ilmd", None) or (),)
    else:
        groups = (part.extensions for part in _PLACES[parameter.field](event) if part is not None)
    for extensions in groups:
        for extension in _below(extensions) if parameter.inner else extensions:
            if _named(extension, name):
                yield extension


def _of_part(name: str) -> Callable[[Event, Parameter], Iterable[Any]]:
    def values(event: Event, _: Parameter) -> Iterable[str]:
        part = getattr(event, name)
        return () if part is None else (trace_key(part.id).key,)

    return values


FIELDS: Final[Mapping[str, Callable[[Event, Parameter], Iterable[Any]]]] = {
    "type": _optional(lambda event: event.type),
    "event_time": _optional(lambda event: event.event_time),
    "record_time": _optional(lambda event: event.record_time),
    "action": _optional(lambda event: getattr(event, "action", None)),
    "biz_step": _optional(lambda event: event.biz_step),
    "disposition": _optional(lambda event: event.disposition),
    "persistent_set": _persistent("set"),
    "persistent_unset": _persistent("unset"),
    "read_point": _of_part("read_point"),
    "biz_location": _of_part("biz_location"),
    "event_id": _optional(lambda event: event.event_id),
    "transformation": lambda event, _: [
        trace_key(text).key for text in (getattr(event, "transformation_id", None),) if text is not None
    ],
    "biz_transaction": _typed("biz_transaction_list", "biz_transaction"),
    "source": _typed("source_list", "source"),
    "destination": _typed("destination_list", "destination"),
    "quantity": _quantity,
    "error_declaration": _optional(lambda event: event.error_declaration),
    "error_time": _declared("declaration_time"),
    "error_reason": _declared("reason"),
    "corrective_id": _declared("corrective_event_ids"),
    "sensor": lambda event, _: event.sensor_element_list,
    "sensor_time": _sensor("time"),
    "sensor_start": _sensor("start_time"),
    "sensor_end": _sensor("end_time"),
    "sensor_type": lambda event, _: (
        vocab.to_bare("measurement_type", report.type) for report in _reports(event) if report.type is not None
    ),
    "device_id": lambda event, _: (trace_key(text).key for text in _sensed(event, "device_id")),
    "data_processing_method": lambda event, _: (
        trace_key(text).key for text in _sensed(event, "data_processing_method")
    ),
    "biz_rules": lambda event, _: (trace_key(text).key for text in _sensed(event, "biz_rules")),
    "microorganism": _sensor("microorganism"),
    "chemical_substance": _sensor("chemical_substance"),
    "string_value": _sensor("string_value"),
    "hex_binary_value": lambda event, _: (text.upper() for text in _sensed(event, "hex_binary_value")),
    "uri_value": _sensor("uri_value"),
    "boolean_value": _sensor("boolean_value"),
    "perc_rank": lambda event, _: (Decimal(value) for value in _sensed(event, "perc_rank")),
    **{name: _measured(name) for name in ("value", "min_value", "max_value", "mean_value", "s_dev", "perc_value")},
    **dict.fromkeys((*_PLACES, "ilmd"), extension_values),
}
"""What each field of a parameter is in an event: values in the form they are compared in."""

_CANONICAL: Final = frozenset(
    {
        "read_point",
        "biz_location",
        "transformation",
        "biz_transaction",
        "source",
        "destination",
        "device_id",
        "data_processing_method",
        "biz_rules",
    }
)


def _identity(text: str) -> str:
    text = text.strip()
    return text.lower() if text[:9].lower() == "urn:uuid:" else text


_NORMAL: Final[Mapping[str, Callable[[str], str]]] = {
    **dict.fromkeys(_CANONICAL, lambda text: trace_key(text).key),
    "event_id": _identity,
    "corrective_id": _identity,
    "hex_binary_value": str.upper,
    "sensor_type": lambda text: vocab.to_bare("measurement_type", text),
}


_COMPARE: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    "gt": lambda have, asked: have > asked,
    "ge": lambda have, asked: have >= asked,
    "lt": lambda have, asked: have < asked,
    "le": lambda have, asked: have <= asked,
}


def _equal_text(text: str, asked: Value) -> bool:
    """Whether the lexical value of an extension is what was asked for."""
    if isinstance(asked, bool):
        return text in ({"true", "1"} if asked else {"false", "0"})
    if isinstance(asked, Timestamp):
        return as_time(text) == asked
    if isinstance(asked, Decimal):
        return as_number(text) == asked
    if text == asked:
        return True
    number = as_number(text)
    return number is not None and number == as_number(asked)


def _ordered_text(text: str, asked: Value, operator: Operator) -> bool:
    text = text.strip()
    have = as_number(text) if isinstance(asked, Decimal) else as_time(text)
    return have is not None and _COMPARE[operator](have, asked)


def orders_by(event: Event, name: FieldName | Literal["quantity"]) -> tuple[int, Any]:
    """What an event is ordered by where a field orders: numbers, then times, then texts, then nothing."""
    if name == "quantity":
        amounts = [Decimal(element.quantity) for element in _quantities(event) if element.quantity is not None]
        return (0, amounts[0]) if amounts else (3, 0)
    assert not isinstance(name, str)
    for extension in event.extensions:
        if _named(extension, name):
            text = extension.text.strip()
            number = as_number(text)
            if number is not None:
                return 0, number
            time = as_time(text)
            return (1, (time.epoch_us, time.rest)) if time is not None else (2, text)
    return 3, 0


def key_fits(key: str, class_key: str | None, wanted: set[str], ranges: Iterable[KeyRange]) -> bool:
    """Whether an identifier is one of those wanted, of a class wanted, or in one of the ranges."""
    return key in wanted or (class_key is not None and class_key in wanted) or any(key in range_ for range_ in ranges)


def _match(condition: Condition) -> Predicate:
    wanted: set[str] = set()
    ranges: list[KeyRange] = []
    of_classes = condition.field in CLASS_FIELDS
    for value in condition.values:
        text = str(value)
        found = key_ranges(text, classes=of_classes) if "*" in text and trace_key(text).level != "class" else None
        if found is not None:
            ranges += found
        elif "*" in text and text.startswith("urn:epc:") and trace_key(text).level == "opaque":
            raise unfit_pattern(condition.name, text)
        else:
            wanted.add(trace_key(text).key)
    classes = CLASS_FIELDS.get(condition.field)
    if classes is not None:

        def class_named(event: Event) -> bool:
            for name in classes:
                for element in getattr(event, name, ()):
                    if key_fits(trace_key(element.epc_class).key, None, wanted, ranges):
                        return True
            return False

        return class_named
    fields = _EPC_FIELDS[condition.field]

    def named(event: Event) -> bool:
        for name in fields:
            texts = getattr(event, name, None) or ()
            for text in (texts,) if isinstance(texts, str) else texts:
                key = trace_key(text)
                if key_fits(key.key, key.class_key, wanted, ranges):
                    return True
        return False

    return named


def unfit_pattern(name: str, text: str) -> QueryError:
    """The error of a pattern that is none."""
    return QueryError(
        f"Cannot use query parameter {name} with {shorten(text)}: expected an identifier or a pattern whose wildcards "
        "stand at its end, such as urn:epc:idpat:sgtin:9521103.012345.* or urn:epc:idpat:sgtin:9521103.*.*."
    )


_ATTRIBUTED: Final[Mapping[str, Callable[[Event], Iterable[str]]]] = {
    "readPoint": lambda event: () if event.read_point is None else (event.read_point.id,),
    "bizLocation": lambda event: () if event.biz_location is None else (event.biz_location.id,),
    "bizStep": lambda event: () if event.biz_step is None else (event.biz_step,),
    "disposition": lambda event: () if event.disposition is None else (event.disposition,),
    "epc": lambda event: [text for name in _EPC_FIELDS["any_epc"] for text in _as_texts(getattr(event, name, None))],
    "epcClass": lambda event: [element.epc_class for element in _quantities(event)],
    "source": lambda event: [source.source for source in event.source_list],
    "destination": lambda event: [destination.destination for destination in event.destination_list],
}


def _as_texts(value: Any) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else value


def attribute_named(element: VocabularyElement, name: str) -> list[str]:
    """Texts of the attributes with this URI, or whose URI ends in this name."""
    return [
        attribute.text
        for attribute in element.attributes
        if attribute.id == name or attribute.id.endswith((f"#{name}", f":{name}", f"/{name}"))
    ]


def _attribute(condition: Condition, master: MasterDataSource | None) -> Predicate:
    parameter = condition.parameter
    field, _, attribute = parameter.detail.partition(" ")
    things = _ATTRIBUTED.get(field) or (
        lambda event: [found.text for found in extension_values(event, parameter._replace(field="extension"))]
    )
    wanted = [str(value) for value in condition.values]
    known: dict[str, bool] = {}

    def has(key: str) -> bool:
        for element in () if master is None else master.elements(key):
            if condition.operator == "has":
                if any(attribute_named(element, name) for name in wanted):
                    return True
            elif not set(wanted).isdisjoint(attribute_named(element, attribute)):
                return True
        return False

    def attributed(event: Event) -> bool:
        for text in things(event):
            parsed = trace_key(text)
            for key in (parsed.key, parsed.class_key):
                if key is not None:
                    if key not in known:
                        known[key] = has(key)
                    if known[key]:
                        return True
        return False

    return attributed


def _within(condition: Condition, master: MasterDataSource | None) -> Predicate:
    wanted: set[str] = set()
    for value in condition.values:
        key = trace_key(str(value)).key
        wanted |= {key} if master is None else {key, *master.descendants(key)}
    values = FIELDS[condition.field]
    parameter = condition.parameter
    return lambda event: any(have in wanted for have in values(event, parameter))


def predicate(condition: Condition, master: MasterDataSource | None = None) -> Predicate:
    """Whether an event meets one condition."""
    operator, parameter = condition.operator, condition.parameter
    if operator == "match":
        return _match(condition)
    if condition.field == "attribute":
        return _attribute(condition, master)
    if operator == "within":
        return _within(condition, master)
    values = FIELDS[condition.field]
    asked = condition.values
    if operator == "exists":
        return lambda event: any(True for _ in values(event, parameter))
    if parameter.name is not None:
        if operator == "eq":
            return lambda event: any(
                _equal_text(found.text.strip(), value) for found in values(event, parameter) for value in asked
            )
        return lambda event: any(_ordered_text(found.text, asked[0], operator) for found in values(event, parameter))
    if operator in {"in", "eq"}:
        normal = _NORMAL.get(condition.field)
        wanted = {normal(str(value)) for value in asked} if normal is not None else set(asked)
        if condition.field in {"event_id", "corrective_id"}:
            return lambda event: any(_identity(have) in wanted for have in values(event, parameter))
        return lambda event: any(have in wanted for have in values(event, parameter))
    compare = _COMPARE[operator]
    return lambda event: any(compare(have, asked[0]) for have in values(event, parameter))


def matcher(query: Query, master: MasterDataSource | None = None) -> Predicate:
    """Whether an event meets all conditions of a query; its order and limits say nothing here.

    ``recordTime`` is that of the event itself here; a store asks when it captured the event instead.
    """
    predicates = [predicate(condition, master) for condition in query.conditions]
    return lambda event: all(meets(event) for meets in predicates)
