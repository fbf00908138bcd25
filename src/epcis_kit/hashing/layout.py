"""The order in which the fields of an event are hashed, and what tells one version of the hash from another.

Takes nothing; gives :data:`FIELDS` (one row a field: where it is in the model, what it is called in the hash, how it is
written) and :data:`PROFILES` (one row a version). Everything about the order of a pre-hash stands here; how a row is
written stands in :mod:`epcis_kit.hashing.writer`.

Left out of every hash: ``recordTime``, ``eventID``, ``errorDeclaration`` and comments; ``certificationInfo`` since
2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from epcis_kit.hashing.values import LEGACY, STANDARD, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from epcis_kit.vocab import Kind

__all__ = ["FIELDS", "METADATA_FIELDS", "PROFILES", "REPORT_FIELDS", "Field", "Profile"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event or of a part of it.

    Attributes:
        name: Its name in the hash.
        form: How it is written: ``time``, ``text``, ``number``, ``flag``, ``word`` (a CBV word), ``texts`` (repeated
            under the field's own name), ``epcs``, ``quantities``, ``typed`` (pairs of a type and a value), ``place``,
            ``dispositions``, ``sensors``, ``ilmd``.
        kind: The CBV list of a ``word``, or of the type of a ``typed`` pair.
        item: The name of one member, where the field is a list.
    """

    name: str
    form: str
    kind: Kind | None = None
    item: str = ""


FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "event_time": Field("eventTime", "time"),
        "event_time_zone_offset": Field("eventTimeZoneOffset", "text"),
        "certification_info": Field("certificationInfo", "texts"),
        "epc_list": Field("epcList", "epcs"),
        "parent_id": Field("parentID", "text"),
        "input_epc_list": Field("inputEPCList", "epcs"),
        "child_epcs": Field("childEPCs", "epcs"),
        "quantity_list": Field("quantityList", "quantities"),
        "child_quantity_list": Field("childQuantityList", "quantities"),
        "input_quantity_list": Field("inputQuantityList", "quantities"),
        "output_epc_list": Field("outputEPCList", "epcs"),
        "output_quantity_list": Field("outputQuantityList", "quantities"),
        "action": Field("action", "text"),
        "transformation_id": Field("transformationID", "text"),
        "biz_step": Field("bizStep", "word", "biz_step"),
        "disposition": Field("disposition", "word", "disposition"),
        "persistent_disposition": Field("persistentDisposition", "dispositions", "disposition"),
        "read_point": Field("readPoint", "place"),
        "biz_location": Field("bizLocation", "place"),
        "biz_transaction_list": Field("bizTransactionList", "typed", "biz_transaction_type", "bizTransaction"),
        "source_list": Field("sourceList", "typed", "source_dest_type", "source"),
        "destination_list": Field("destinationList", "typed", "source_dest_type", "destination"),
        "sensor_element_list": Field("sensorElementList", "sensors"),
        "ilmd": Field("ilmd", "ilmd"),
    }
)

METADATA_FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "time": Field("time", "time"),
        "start_time": Field("startTime", "time"),
        "end_time": Field("endTime", "time"),
        "device_id": Field("deviceID", "text"),
        "device_metadata": Field("deviceMetadata", "text"),
        "raw_data": Field("rawData", "text"),
        "data_processing_method": Field("dataProcessingMethod", "text"),
        "biz_rules": Field("bizRules", "text"),
    }
)

REPORT_FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "type": Field("type", "word", "measurement_type"),
        "exception": Field("exception", "word", "alert_type"),
        "device_id": Field("deviceID", "text"),
        "device_metadata": Field("deviceMetadata", "text"),
        "raw_data": Field("rawData", "text"),
        "data_processing_method": Field("dataProcessingMethod", "text"),
        "time": Field("time", "time"),
        "microorganism": Field("microorganism", "text"),
        "chemical_substance": Field("chemicalSubstance", "text"),
        "value": Field("value", "number"),
        "component": Field("component", "word", "component"),
        "string_value": Field("stringValue", "text"),
        "boolean_value": Field("booleanValue", "flag"),
        "hex_binary_value": Field("hexBinaryValue", "text"),
        "uri_value": Field("uriValue", "text"),
        "min_value": Field("minValue", "number"),
        "max_value": Field("maxValue", "number"),
        "mean_value": Field("meanValue", "number"),
        "s_dev": Field("sDev", "number"),
        "perc_rank": Field("percRank", "number"),
        "perc_value": Field("percValue", "number"),
        "uom": Field("uom", "text"),
        "coordinate_reference_system": Field("coordinateReferenceSystem", "text"),
    }
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of the event hash.

    Attributes:
        label: What stands after ``?ver=``.
        rules: How values are spelled.
        order: The fields in the order of the hash.
        tail: Fields that come last, sorted as whole strings among the extensions of the event.
        inline: Extensions of a part stand behind its own fields; otherwise they come together after the ILMD, each
            with the path of field names before it.
        sensor_list: The name ``sensorElementList`` is written.
    """

    label: str
    rules: Rules
    order: tuple[str, ...]
    tail: tuple[str, ...]
    inline: bool
    sensor_list: bool


_ORDER: Final = tuple(name for name in FIELDS if name not in {"certification_info", "ilmd"})
_LEGACY_TAIL: Final = ("biz_transaction_list", "source_list", "destination_list", "ilmd")
_LEGACY_ORDER: Final = (
    "event_time",
    "event_time_zone_offset",
    "certification_info",
    "parent_id",
    *(name for name in _ORDER[2:] if name != "parent_id" and name not in _LEGACY_TAIL),
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "CBV2.0": Profile("CBV2.0", STANDARD, _ORDER, ("ilmd",), inline=False, sensor_list=False),
        "CBV2.1": Profile("CBV2.1", STANDARD, _ORDER, ("ilmd",), inline=True, sensor_list=True),
        "legacy-1.9.3": Profile("CBV2.0", LEGACY, _LEGACY_ORDER, _LEGACY_TAIL, inline=True, sensor_list=True),
    }
)
"""The versions by their name; the first is the default."""
