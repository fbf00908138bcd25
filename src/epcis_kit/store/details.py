"""Index rows for what queries ask beside keys, words and times: transactions, parties, extensions, sensors, errors.

Takes an event of the model; gives pairs of a field name and a value text (:func:`details_of`), and says which of them
a condition of a query asks for (:func:`asked_details`). Guarantees: an event that meets the condition has one of the
rows asked for; the converse is not promised (values are kept as 48-bit digests, places of extensions are not kept), so
what is found this way is decided on the event itself. An event that has nothing of the kind costs next to nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from epcis_kit import vocab
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.query.values import as_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from epcis_kit.model import Event, Extension, SensorElement
    from epcis_kit.query import Condition

__all__ = ["asked_details", "details_of", "digest"]

Detail = tuple[str, str]

_EXTENSION: Final = "extension "
_INDEXED_TEXT: Final = 400


def digest(text: str) -> int:
    """A value as the index keeps it: 48 bits; 0 for no value."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") if text else 0


def _number(text: str) -> str:
    """One text for all spellings of a number, other texts as they are."""
    number = as_number(text)
    if number is None:
        return text[:_INDEXED_TEXT]
    return f"{number:f}".rstrip("0").rstrip(".") if "." in text else text


def _identity(text: str) -> str:
    return text.strip().lower()[:_INDEXED_TEXT]


def _extensions(extensions: Iterable[Extension]) -> Iterator[Detail]:
    for extension in extensions:
        if extension.name:
            local = extension.name.rpartition(":")[2]
            yield _EXTENSION + local, _number(extension.text.strip())
        yield from _extensions(extension.children)


def _sensors(elements: tuple[SensorElement, ...], key: Callable[[str], str]) -> Iterator[Detail]:
    yield "sensor", ""
    for element in elements:
        yield from _extensions(element.extensions)
        metadata = element.sensor_metadata
        if metadata is not None:
            yield from _extensions(metadata.extensions)
            if metadata.device_id is not None:
                yield "device", key(metadata.device_id)
        for report in element.sensor_report:
            yield from _extensions(report.extensions)
            if report.type is not None:
                yield "sensor type", vocab.to_bare("measurement_type", report.type)
            if report.device_id is not None:
                yield "device", key(report.device_id)


def details_of(event: Event, key: Callable[[str], str]) -> set[Detail]:
    """The rows of ``event``.

    Args:
        event: Any event.
        key: Gives the canonical key of an identifier.
    """
    found: set[Detail] = set()
    for transaction in event.biz_transaction_list:
        found.add((f"transaction {transaction.type}", key(transaction.biz_transaction)))
    for source in event.source_list:
        found.add((f"source {source.type}", key(source.source)))
    for destination in event.destination_list:
        found.add((f"destination {destination.type}", key(destination.destination)))
    persistent = event.persistent_disposition
    if persistent is not None:
        found.update(("set", word) for word in persistent.set)
        found.update(("unset", word) for word in persistent.unset)
    if event.extensions:
        found.update(_extensions(event.extensions))
    ilmd = getattr(event, "ilmd", None)
    if ilmd:
        found.update(_extensions(ilmd))
    for place in (event.read_point, event.biz_location):
        if place is not None and place.extensions:
            found.update(_extensions(place.extensions))
    if event.sensor_element_list:
        found.update(_sensors(event.sensor_element_list, key))
    declaration = event.error_declaration
    if declaration is not None:
        found.add(("error", ""))
        if declaration.reason is not None:
            found.add(("error reason", declaration.reason))
        found.update(("corrective", _identity(text)) for text in declaration.corrective_event_ids)
        found.update(_extensions(declaration.extensions))
    return found


_TYPED: Final = {"biz_transaction": "transaction", "source": "source", "destination": "destination"}
_WORDS: Final = {"persistent_set": "set", "persistent_unset": "unset", "error_reason": "error reason"}
_SENSORS: Final = frozenset(
    {
        "sensor", "sensor_time", "sensor_start", "sensor_end", "data_processing_method", "biz_rules", "microorganism",
        "chemical_substance", "string_value", "hex_binary_value", "uri_value", "boolean_value", "perc_rank", "value",
        "min_value", "max_value", "mean_value", "s_dev", "perc_value",
    }
)  # fmt: skip


def asked_details(condition: Condition) -> tuple[str, tuple[str, ...] | None] | None:
    """The field and the values that an event must have one of; ``None`` for values where any will do.

    Returns:
        ``None`` where no row can tell.
    """
    field, parameter = condition.field, condition.parameter
    texts = tuple(str(value) for value in condition.values)
    if field in _TYPED:
        return f"{_TYPED[field]} {parameter.detail}", tuple(trace_key(text).key for text in texts)
    if field in _WORDS:
        return _WORDS[field], texts
    if field == "corrective_id":
        return "corrective", tuple(_identity(text) for text in texts)
    if field in {"error_declaration", "error_time"}:
        return "error", None
    if field == "sensor_type":
        return "sensor type", tuple(vocab.to_bare("measurement_type", text) for text in texts)
    if field == "device_id":
        return "device", tuple(trace_key(text).key for text in texts)
    if field in _SENSORS:
        return "sensor", None
    if parameter.name is None or field == "attribute":
        return None
    name = _EXTENSION + parameter.name.local
    if condition.operator != "eq":
        return name, None
    values: list[str] = []
    for value in condition.values:
        if isinstance(value, bool):
            values += ("true", "1") if value else ("false", "0")
        elif isinstance(value, str):
            values.append(_number(value))
        else:
            number = as_number(str(value))
            if number is None:
                return name, None  # a time, or a number whose spellings are many
            values.append(_number(str(value)))
    return name, tuple(values)
