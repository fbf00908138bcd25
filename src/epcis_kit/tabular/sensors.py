"""Sensor readings of a row: ``sensorElementList`` entries with their reports.

Takes ``{time: "{ts}", deviceID: …, report: [{type: Temperature, value: "{temp}", uom: CEL}]}``; gives a function from
the values of a row to a sensor element. The names of the standard (``sensorMetadata``, ``sensorReport``) are taken
too. Guarantees: a reading that is empty in a row is left out, and an element without readings with it; a value keeps
its digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import MappingError, shorten
from epcis_kit.model import SensorElement, SensorMetadata, SensorReport
from epcis_kit.tabular.cells import cell_reader
from epcis_kit.tabular.conditions import compile_condition
from epcis_kit.tabular.faults import as_list, as_table, known
from epcis_kit.tabular.part_kinds import time_maker, word_maker
from epcis_kit.tabular.templates import compile_template, text_of

if TYPE_CHECKING:
    from epcis_kit.tabular.part_kinds import Context
    from epcis_kit.tabular.templates import Get

__all__ = ["sensor_maker"]

_METADATA: Final = {
    "time": ("time", "time"), "startTime": ("start_time", "time"), "endTime": ("end_time", "time"),
    "deviceID": ("device_id", "text"), "deviceMetadata": ("device_metadata", "text"), "rawData": ("raw_data", "text"),
    "dataProcessingMethod": ("data_processing_method", "text"), "bizRules": ("biz_rules", "text"),
}  # fmt: skip
_REPORT: Final = {
    "type": ("type", "measurement_type"), "exception": ("exception", "alert_type"), "value": ("value", "number"),
    "minValue": ("min_value", "number"), "maxValue": ("max_value", "number"), "meanValue": ("mean_value", "number"),
    "sDev": ("s_dev", "number"), "percRank": ("perc_rank", "number"), "percValue": ("perc_value", "number"),
    "uom": ("uom", "text"), "component": ("component", "component"), "stringValue": ("string_value", "text"),
    "booleanValue": ("boolean_value", "boolean"), "hexBinaryValue": ("hex_binary_value", "text"),
    "uriValue": ("uri_value", "text"), "chemicalSubstance": ("chemical_substance", "text"),
    "microorganism": ("microorganism", "text"), "coordinateReferenceSystem": ("coordinate_reference_system", "text"),
    **{name: row for name, row in _METADATA.items() if name not in {"startTime", "endTime"}},
}  # fmt: skip
_READINGS: Final = frozenset({
    "value", "min_value", "max_value", "mean_value", "s_dev", "perc_value", "string_value", "boolean_value",
    "hex_binary_value", "uri_value", "exception",
})  # fmt: skip


def sensor_maker(content: dict[str, Any], context: Context, place: str) -> Get:
    """The function that makes the sensor element of a row; ``None`` where it has no reading.

    Raises:
        MappingError: The entry is wrong.
    """
    known(content, (*_METADATA, "report", "sensorMetadata", "sensorReport", "when"), place)
    metadata = {name: value for name, value in content.items() if name in _METADATA}
    metadata |= as_table(content, "sensorMetadata", place)
    known(metadata, _METADATA, place)
    reports = as_list(content.get("report", content.get("sensorReport")), f"{place}, report")
    head = _fields(metadata, _METADATA, context, place)
    bodies = []
    for item in reports:
        if not isinstance(item, dict):
            raise MappingError(f"{place}, report: expected {{type, value, uom}}, got {shorten(item)}.")
        known(item, (*_REPORT, "when"), f"{place}, report")
        when = compile_condition(item["when"], context.scope, place).holds if "when" in item else None
        fields = {name: value for name, value in item.items() if name != "when"}
        bodies.append((_fields(fields, _REPORT, context, f"{place}, report"), when))

    def make(values: list[Any]) -> Any:
        made = []
        for fields, when in bodies:
            if when is not None and not when(values):
                continue
            state = {name: value for name, get in fields if (value := get(values)) is not None}
            if not _READINGS.isdisjoint(state):
                made.append(SensorReport.from_checked(state))
        if not made:
            return None
        state = {name: value for name, get in head if (value := get(values)) is not None}
        element: dict[str, Any] = {"sensor_report": tuple(made)}
        if state:
            element["sensor_metadata"] = SensorMetadata.from_checked(state)
        return SensorElement.from_checked(element)

    return make


def _fields(
    content: dict[str, Any], table: dict[str, tuple[str, str]], context: Context, place: str
) -> list[tuple[str, Get]]:
    result = []
    for name, value in content.items():
        field, form = table[name]
        template = compile_template(
            text_of(value) if isinstance(value, bool) else value, context.scope, f"{place}, {name}"
        )
        get: Get
        if form == "time":
            get = time_maker(template, context)
        elif form == "text":
            get = template.text
        elif form in {"number", "boolean"}:
            get = _typed(template.value, form, context)
        else:
            get = word_maker(form, template, f"{place}, {name}")  # type: ignore[arg-type]
        result.append((field, get))
    return result


def _typed(value: Get, form: str, context: Context) -> Get:
    read = cell_reader("decimal" if form == "number" else "boolean", context.scope.defaults.cells, "")

    def get(values: list[Any]) -> Any:
        found = value(values)
        return read(found.strip(), []) if isinstance(found, str) else found

    return get
