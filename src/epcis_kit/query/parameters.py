"""The parameters of the SimpleEventQuery, as one table: fixed names, and families of names.

Takes a name; gives the :class:`Parameter` it means (:func:`parameter_of`). Guarantees: a row says all about a
parameter: what it asks about, how it compares, how its values are read and whether there may be several. The names
are those of EPCIS 2.0, 8.2.7.1 and of its query schema; the spellings of EPCIS 1.2 (``EQATTR_``, ``WD_``, field
names as ``namespace#name``) mean the same.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from epcis_kit.model.extensions import WELL_KNOWN_PREFIXES
from epcis_kit.query.values import (
    Value,
    read_action,
    read_boolean,
    read_exists,
    read_number,
    read_operand,
    read_ordered,
    read_text,
    read_time,
    read_word,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FAMILIES", "PARAMETERS", "Family", "FieldName", "Operator", "Parameter", "parameter_of"]

Operator: TypeAlias = Literal["in", "eq", "gt", "ge", "lt", "le", "match", "within", "exists", "has"]


class FieldName(NamedTuple):
    """Which extension field is meant.

    Attributes:
        local: Its local name.
        namespace: Its namespace without a final ``/``, ``#`` or ``:``; ``None`` where only the prefix is known.
        prefix: The prefix that documents write; counts only where the namespace is ``None`` and it is not empty.
    """

    local: str
    namespace: str | None = None
    prefix: str = ""


class Parameter(NamedTuple):
    """What a parameter means.

    Attributes:
        field: What it asks about; a backend knows how to find each.
        operator: ``"in"`` (one of the values), ``"eq"`` (equal to one of the values as number or text), ``"gt"``,
            ``"ge"``, ``"lt"``, ``"le"``, ``"match"`` (keys, classes, patterns), ``"within"`` (a place or one below
            it), ``"exists"``, ``"has"`` (attributes of master data).
        read: Turns one given value into the form it is compared in; raises ``ValueError`` with what was expected.
        many: Whether several values may be given.
        detail: The word in the name of the parameter: a type (``"po"``), a unit (``"CEL"``), an attribute.
        name: The extension field that is meant.
        inner: The field may lie anywhere below an extension instead of directly in its place.
    """

    field: str
    operator: Operator
    read: Callable[[Any], Value]
    many: bool = True
    detail: str = ""
    name: FieldName | None = None
    inner: bool = False


class Family(NamedTuple):
    """A set of parameters whose names follow one pattern.

    Attributes:
        shape: The names as people read them, for example ``"EQ_bizTransaction_TYPE"``.
        pattern: Regular expression of the names.
        make: Gives the parameter of a match and the namespaces of the query.
    """

    shape: str
    pattern: re.Pattern[str]
    make: Callable[[re.Match[str], Mapping[str, str]], Parameter | None]


_MATCHES: Final = {
    "MATCH_epc": "epc",
    "MATCH_parentID": "parent",
    "MATCH_inputEPC": "input",
    "MATCH_outputEPC": "output",
    "MATCH_anyEPC": "any_epc",
    "MATCH_epcClass": "epc_class",
    "MATCH_inputEPCClass": "input_class",
    "MATCH_outputEPCClass": "output_class",
    "MATCH_anyEPCClass": "any_class",
}
_ORDERED: Final[Mapping[str, Operator]] = {"GT": "gt", "GE": "ge", "LT": "lt", "LE": "le"}


def _times(name: str, field: str) -> dict[str, Parameter]:
    return {
        f"GE_{name}": Parameter(field, "ge", read_time, many=False),
        f"LT_{name}": Parameter(field, "lt", read_time, many=False),
    }


def _numbers(name: str, field: str) -> dict[str, Parameter]:
    rows = {
        f"{code}_{name}": Parameter(field, operator, read_number, many=False) for code, operator in _ORDERED.items()
    }
    return {f"EQ_{name}": Parameter(field, "eq", read_number), **rows}


PARAMETERS: Final[Mapping[str, Parameter]] = {
    "eventType": Parameter("type", "in", read_text),
    **_times("eventTime", "event_time"),
    **_times("recordTime", "record_time"),
    "EQ_action": Parameter("action", "in", read_action),
    "EQ_bizStep": Parameter("biz_step", "in", read_word("biz_step")),
    "EQ_disposition": Parameter("disposition", "in", read_word("disposition")),
    "EQ_persistentDisposition_set": Parameter("persistent_set", "in", read_word("disposition")),
    "EQ_persistentDisposition_unset": Parameter("persistent_unset", "in", read_word("disposition")),
    "EQ_readPoint": Parameter("read_point", "in", read_text),
    "WD_readPoint": Parameter("read_point", "within", read_text),
    "EQ_bizLocation": Parameter("biz_location", "in", read_text),
    "WD_bizLocation": Parameter("biz_location", "within", read_text),
    "EQ_eventID": Parameter("event_id", "in", read_text),
    "EQ_transformationID": Parameter("transformation", "in", read_text),
    **{name: Parameter(field, "match", read_text) for name, field in _MATCHES.items()},
    **_numbers("quantity", "quantity"),
    "EXISTS_errorDeclaration": Parameter("error_declaration", "exists", read_exists, many=False),
    **_times("errorDeclarationTime", "error_time"),
    **_times("errorDeclaration_Time", "error_time"),
    "EQ_errorReason": Parameter("error_reason", "in", read_word("error_reason")),
    "EQ_correctiveEventID": Parameter("corrective_id", "in", read_text),
    "EXISTS_sensorElementList": Parameter("sensor", "exists", read_exists, many=False),
    **_times("time", "sensor_time"),
    **_times("startTime", "sensor_start"),
    **_times("endTime", "sensor_end"),
    "EQ_type": Parameter("sensor_type", "in", read_text),
    "EQ_deviceID": Parameter("device_id", "in", read_text),
    "EQ_dataProcessingMethod": Parameter("data_processing_method", "in", read_text),
    "EQ_bizRules": Parameter("biz_rules", "in", read_text),
    "EQ_microorganism": Parameter("microorganism", "in", read_text),
    "EQ_chemicalSubstance": Parameter("chemical_substance", "in", read_text),
    "EQ_stringValue": Parameter("string_value", "in", read_text),
    "EQ_hexBinaryValue": Parameter("hex_binary_value", "in", read_text),
    "EQ_uriValue": Parameter("uri_value", "in", read_text),
    "EQ_booleanValue": Parameter("boolean_value", "in", read_boolean, many=False),
    **_numbers("percRank", "perc_rank"),
}
"""The parameters with a fixed name, apart from those that order and limit the answer."""


def _typed(field: str, kind: Literal["biz_transaction_type", "source_dest_type"]) -> Callable[..., Parameter]:
    def make(found: re.Match[str], _: Mapping[str, str]) -> Parameter:
        return Parameter(field, "in", read_text, detail=str(read_word(kind)(found["word"])))

    return make


_MEASURES: Final = {
    "value": "value",
    "minValue": "min_value",
    "maxValue": "max_value",
    "meanValue": "mean_value",
    "sDev": "s_dev",
    "percValue": "perc_value",
    "quantity": "quantity",
}


def _measured(found: re.Match[str], _: Mapping[str, str]) -> Parameter:
    field = _MEASURES[found["measure"]]
    if found["op"] == "EQ":
        return Parameter(field, "eq", read_number, detail=found["unit"])
    return Parameter(field, _ORDERED[found["op"]], read_number, many=False, detail=found["unit"])


_SCOPES: Final = {
    "": "extension",
    "ILMD_": "ilmd",
    "ERROR_DECLARATION_": "error_extension",
    "SENSORELEMENT_": "sensor_element",
    "SENSORMETADATA_": "sensor_metadata",
    "SENSORREPORT_": "sensor_report",
    "readPoint_": "read_point_extension",
    "bizLocation_": "biz_location_extension",
}


def _field_name(text: str, namespaces: Mapping[str, str]) -> FieldName | None:
    if text.startswith("{"):
        namespace, _, local = text[1:].rpartition("}")
    elif "#" in text:
        namespace, _, local = text.rpartition("#")
    elif "://" in text or text.startswith("urn:"):
        found = re.fullmatch(r"(.*)[/:]([^/:]+)", text)
        namespace, local = found.groups() if found else ("", "")
    else:
        prefix, _, local = text.rpartition(":")
        if not local or ":" in prefix:
            return None
        known = namespaces.get(prefix) or WELL_KNOWN_PREFIXES.get(prefix)
        return FieldName(local, known.rstrip("/#:")) if known else FieldName(local, None, prefix)
    return FieldName(local, namespace.rstrip("/#:")) if local and namespace else None


def _extended(found: re.Match[str], namespaces: Mapping[str, str]) -> Parameter | None:
    name = _field_name(found["name"], namespaces)
    if name is None or (found["scope"] == "" and name.namespace is None and not name.prefix):
        return None  # a bare word is the name of no extension field, but a misspelt parameter
    field, inner = _SCOPES[found["scope"]], bool(found["inner"])
    operator = found["op"]
    if operator == "EXISTS":
        return Parameter(field, "exists", read_exists, many=False, name=name, inner=inner)
    if operator == "EQ":
        return Parameter(field, "eq", read_operand, name=name, inner=inner)
    return Parameter(field, _ORDERED[operator], read_ordered, many=False, name=name, inner=inner)


_ATTRIBUTED: Final = ("readPoint", "bizLocation", "bizStep", "disposition", "epc", "epcClass", "source", "destination")


def _attributed(found: re.Match[str], namespaces: Mapping[str, str]) -> Parameter:
    groups = found.groupdict()
    field, attribute = groups["field"], groups.get("attribute")
    name = None if field in _ATTRIBUTED else _field_name(field, namespaces)
    detail = field if attribute is None else f"{field} {attribute}"
    return Parameter("attribute", "has" if attribute is None else "in", read_text, detail=detail, name=name)


_WORD: Final = r"(?P<word>[A-Za-z][A-Za-z0-9_.:/#%~-]{0,200})"
_OPERATORS: Final = "EQ|GT|GE|LT|LE"
_SCOPE: Final = "|".join(scope for scope in _SCOPES if scope)
_FIELDS: Final = "|".join((*_ATTRIBUTED, r"[a-zA-Z][a-zA-Z0-9.-]{0,60}:[^_\s]{1,200}"))

FAMILIES: Final[tuple[Family, ...]] = (
    Family(
        "EQ_bizTransaction_TYPE",
        re.compile(f"EQ_bizTransaction_{_WORD}"),
        _typed("biz_transaction", "biz_transaction_type"),
    ),
    Family("EQ_source_TYPE", re.compile(f"EQ_source_{_WORD}"), _typed("source", "source_dest_type")),
    Family("EQ_destination_TYPE", re.compile(f"EQ_destination_{_WORD}"), _typed("destination", "source_dest_type")),
    Family(
        "EQ|GT|GE|LT|LE_value|minValue|maxValue|meanValue|sDev|percValue|quantity_UNIT",
        re.compile(f"(?P<op>{_OPERATORS})_(?P<measure>{'|'.join(_MEASURES)})_(?P<unit>[A-Z0-9]{{2,3}})"),
        _measured,
    ),
    Family(
        "HASATTR_FIELD",
        re.compile(f"HASATTR_(?P<field>{_FIELDS})"),
        _attributed,
    ),
    Family(
        "EQATTR_FIELD_ATTRIBUTE",
        re.compile(rf"EQ_?ATTR_(?P<field>{_FIELDS})_(?P<attribute>\S{{1,200}})"),
        _attributed,
    ),
    Family(
        "EQ|GT|GE|LT|LE|EXISTS_[INNER_][ILMD_|ERROR_DECLARATION_|SENSORELEMENT_|…]PREFIX:NAME",
        re.compile(rf"(?P<op>{_OPERATORS}|EXISTS)_(?P<inner>INNER_)?(?P<scope>(?:{_SCOPE})?)(?P<name>\S{{1,300}})"),
        _extended,
    ),
)
"""The parameters whose names have a part that the caller chooses; the first that fits counts."""


def parameter_of(name: str, namespaces: Mapping[str, str] | None = None) -> Parameter | None:
    """What the parameter ``name`` means; ``None`` where there is none of that name.

    Args:
        name: For example ``"EQ_bizStep"`` or ``"GE_ILMD_cbvmda:itemExpirationDate"``.
        namespaces: Prefixes of the query (its ``@context``), by which the names of extension fields are resolved.
    """
    fixed = PARAMETERS.get(name)
    if fixed is not None:
        return fixed
    for family in FAMILIES:
        found = family.pattern.fullmatch(name)
        if found is not None:
            return family.make(found, namespaces or {})
    return None
