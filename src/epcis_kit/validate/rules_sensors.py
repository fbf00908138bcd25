"""Rules about sensor data: do the values of a report, its unit and its times go together?

Takes the sensor elements of one event; yields problems. Guarantees: events without sensor data cost one look; a unit
that the table of units does not have is never judged by its dimension.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import vocab
from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import SensorElement, SensorReport
    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_UOM: Final = re.compile(r"[A-Z0-9]{2,3}").fullmatch
_NUMBERS: Final = ("value", "min_value", "max_value", "mean_value", "s_dev", "perc_rank", "perc_value")
_MEASURED: Final = ("value", "min_value", "max_value", "mean_value", "s_dev", "perc_value")
_JSON: Final = {
    "min_value": "minValue",
    "max_value": "maxValue",
    "mean_value": "meanValue",
    "s_dev": "sDev",
    "perc_rank": "percRank",
    "perc_value": "percValue",
}
_CONTENT: Final = (
    *_NUMBERS,
    "string_value",
    "boolean_value",
    "hex_binary_value",
    "uri_value",
    "chemical_substance",
    "microorganism",
)
_TWICE: Final = (
    ("time", "time"),
    ("device_id", "deviceID"),
    ("device_metadata", "deviceMetadata"),
    ("raw_data", "rawData"),
    ("data_processing_method", "dataProcessingMethod"),
)
_DIMENSIONS: Final = {
    "Temperature": "temperature",
    "Mass": "mass",
    "Length": "length",
    "Area": "area",
    "Volume": "volume",
    "Pressure": "pressure",
    "Speed": "speed",
    "Time": "time",
    "ElectricCurrent": "electric_current",
    "Voltage": "voltage",
}
_GS1: Final = ("gs1:", "https://gs1.org/voc/", "https://ref.gs1.org/voc/", "http://gs1.org/voc/")


def _reports(look: Look) -> Iterator[tuple[str, SensorElement, SensorReport]]:
    for number, element in enumerate(look.event.sensor_element_list):
        for index, report in enumerate(element.sensor_report):
            yield f"sensorElementList/{number}/sensorReport/{index}", element, report


@functools.cache
def _dimension(uom: str) -> str | None:
    from epcis_kit.vocab.units import dimension_of  # noqa: PLC0415 - reads a table

    return dimension_of(uom)


@functools.cache
def _known_dimension(name: str) -> bool:
    from epcis_kit.vocab.units import units_of  # noqa: PLC0415 - reads a table

    return bool(units_of(name))


@rule("EVT-020", needs="sensors")
def reports_readable(look: Look) -> Iterator[Problem]:
    elements = look.event.sensor_element_list
    if not elements:
        return
    for number, element in enumerate(elements):
        if not element.sensor_report:
            yield problem("empty", f"sensorElementList/{number}")
    for path, _, report in _reports(look):
        yield from _readable(path, report, look)


def _readable(path: str, report: SensorReport, look: Look) -> Iterator[Problem]:
    if report.type is None and report.exception is None:
        yield problem("type", path)
    elif report.type is not None and not _is_known("measurement_type", report.type, look):
        near = vocab.suggest("measurement_type", report.type)
        if near:
            yield problem("near", f"{path}/type", value=report.type, expected=near)
        else:
            yield problem("unknown", f"{path}/type", value=report.type)
    for name in _NUMBERS:
        number = getattr(report, name)
        if number is not None and not number.is_finite():
            yield problem("number", f"{path}/{_JSON.get(name, name)}", value=number, name=_JSON.get(name, name))
    if report.hex_binary_value is not None and len(report.hex_binary_value) % 2:
        yield problem("hex", f"{path}/hexBinaryValue", value=report.hex_binary_value)
    if report.uom is None:
        return
    if _UOM(report.uom) is None:
        yield problem("uom", f"{path}/uom", value=report.uom)
        return
    wanted = _DIMENSIONS.get(vocab.to_bare("measurement_type", report.type)) if report.type else None
    got = _dimension(report.uom)
    if wanted is not None and got is not None and got != wanted and _known_dimension(wanted):
        yield problem("dimension", f"{path}/uom", value=report.uom, type=report.type, dimension=got)


def _is_known(kind: Any, word: str, look: Look) -> bool:
    if vocab.is_term(kind, vocab.to_bare(kind, word)) or word in look.vocabulary.get(kind, ()):
        return True
    return ":" in word and not word.startswith(_GS1)


@rule("EVT-025", needs="sensors")
def reports_consistent(look: Look) -> Iterator[Problem]:
    if not look.event.sensor_element_list:
        return
    for number, element in enumerate(look.event.sensor_element_list):
        yield from _times(f"sensorElementList/{number}/sensorMetadata", element.sensor_metadata, look)
    for path, element, report in _reports(look):
        yield from _together(path, report)
        if report.time is not None:
            if report.time > look.event.event_time:
                yield problem("late", f"{path}/time", value=report.time.text, name="time")
            yield from _within(path, element.sensor_metadata, report)
        for field, name in _TWICE:
            if getattr(report, field) is not None and getattr(element.sensor_metadata, field, None) is not None:
                yield problem("twice", f"{path}/{name}", name=name)


def _times(path: str, metadata: Any, look: Look) -> Iterator[Problem]:
    if metadata is None:
        return
    for field, name in (("time", "time"), ("start_time", "startTime"), ("end_time", "endTime")):
        moment = getattr(metadata, field)
        if moment is not None and moment > look.event.event_time:
            yield problem("late", f"{path}/{name}", value=moment.text, name=name)
    if metadata.start_time is not None and metadata.end_time is not None and metadata.start_time >= metadata.end_time:
        yield problem("order", f"{path}/endTime", value=metadata.end_time.text, start=metadata.start_time.text)


def _within(path: str, metadata: Any, report: SensorReport) -> Iterator[Problem]:
    if metadata is None or report.time is None:
        return
    early = metadata.start_time is not None and report.time < metadata.start_time
    late = metadata.end_time is not None and report.time > metadata.end_time
    if early or late:
        yield problem("window", f"{path}/time", value=report.time.text)


def _together(path: str, report: SensorReport) -> Iterator[Problem]:
    if report.microorganism is not None and report.chemical_substance is not None:
        yield problem("substances", f"{path}/microorganism", value=report.microorganism)
    if report.s_dev is not None and report.mean_value is None:
        yield problem("deviation", f"{path}/sDev", value=report.s_dev)
    if (report.perc_rank is None) is not (report.perc_value is None):
        lacking = "percRank" if report.perc_rank is None else "percValue"
        yield problem("percentile", path, lacking=lacking)
    if report.uom is not None and all(getattr(report, name) is None for name in _MEASURED):
        yield problem("unit_alone", f"{path}/uom", value=report.uom)
    if report.component is not None and (report.value is None or report.uom is None):
        yield problem("component", f"{path}/component", value=report.component)
    if report.type is not None and report.exception is None and all(getattr(report, name) is None for name in _CONTENT):
        yield problem("nothing", path, type=report.type)
