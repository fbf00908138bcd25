"""A slow and simple answer to every event query, to compare the engine with.

Takes events as the plain JSON that the standard defines and one parameter after another; looks at each event anew. It
knows no index, no typed query and none of the engine's readers: names are taken apart with string functions, values are
found by walking dictionaries.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from epcis_kit.gs1.canonical import trace_key

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["answer", "holds"]

KELVIN = {"KEL": (Decimal(1), Decimal(0)), "CEL": (Decimal(1), Decimal("273.15"))}
KILOGRAM = {"KGM": (Decimal(1), Decimal(0)), "GRM": (Decimal("0.001"), Decimal(0))}
LISTS = {
    "epc": ("epcList", "childEPCs"),
    "parentID": ("parentID",),
    "inputEPC": ("inputEPCList",),
    "outputEPC": ("outputEPCList",),
    "anyEPC": ("epcList", "childEPCs", "parentID", "inputEPCList", "outputEPCList"),
}
AMOUNTS = {
    "epcClass": ("quantityList", "childQuantityList"),
    "inputEPCClass": ("inputQuantityList",),
    "outputEPCClass": ("outputQuantityList",),
    "anyEPCClass": ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"),
}
SCOPES = ("ILMD", "ERROR_DECLARATION", "SENSORELEMENT", "SENSORMETADATA", "SENSORREPORT", "readPoint", "bizLocation")


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if str(value)[:2] in {"0", "0."} or str(value)[:1] != "0" else None


def moment(value: Any) -> datetime | None:
    try:
        text = str(value)
        return datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00+00:00")
    except ValueError:
        return None


def compared(operator: str, have: Any, asked: Any) -> bool:
    if operator == "EQ":
        return bool(have == asked)
    return bool({"GT": have > asked, "GE": have >= asked, "LT": have < asked, "LE": have <= asked}[operator])


def key(text: str) -> str:
    return trace_key(text).key


def below(value: Any) -> Iterator[tuple[str, Any]]:
    """Every named value inside a value."""
    for item in several(value):
        if isinstance(item, dict):
            for name, inner in item.items():
                for one in several(inner):
                    yield name, one
                yield from below(inner)


def fields(place: Any, name: str, *, inner: bool) -> Iterator[Any]:
    for item in several(place):
        if not isinstance(item, dict):
            continue
        for found, value in item.items():
            if inner:
                if ":" in found:
                    yield from (one for deeper, one in below(value) if deeper == name)
            elif found == name:
                yield from several(value)


def reports(event: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        report for element in several(event.get("sensorElementList")) for report in several(element["sensorReport"])
    ]


def place_of(event: dict[str, Any], scope: str) -> Any:
    elements = several(event.get("sensorElementList"))
    return {
        "": event,
        "ILMD": event.get("ilmd"),
        "ERROR_DECLARATION": event.get("errorDeclaration"),
        "SENSORELEMENT": elements,
        "SENSORMETADATA": [element.get("sensorMetadata") for element in elements],
        "SENSORREPORT": reports(event),
        "readPoint": event.get("readPoint"),
        "bizLocation": event.get("bizLocation"),
    }[scope]


def amounts(event: dict[str, Any], measure: str, unit: str) -> Iterator[Decimal]:
    if measure == "quantity":
        found = [
            (item["quantity"], item.get("uom"))
            for name in AMOUNTS["anyEPCClass"]
            for item in several(event.get(name))
            if "quantity" in item
        ]
    else:
        found = [(report[measure], report.get("uom")) for report in reports(event) if measure in report]
    for amount, have in found:
        if not unit:
            yield Decimal(str(amount))
        for table in (KELVIN, KILOGRAM):
            if unit and have in table and unit in table:
                base = Decimal(str(amount)) * table[have][0] + table[have][1]
                yield (base - table[unit][1]) / table[unit][0]


def extension(event: dict[str, Any], operator: str, rest: str, values: list[Any]) -> bool:
    inner = rest.startswith("INNER_")
    rest = rest.removeprefix("INNER_")
    scope = next(
        (
            scope
            for scope in SCOPES
            if rest.startswith(f"{scope}_")
        ),
        "",
    )  # fmt: skip
    name = rest.removeprefix(f"{scope}_") if scope else rest
    found = list(fields(place_of(event, scope), name, inner=inner))
    if operator == "EXISTS":
        return bool(found)
    for have in found:
        if isinstance(have, dict):
            continue
        text = {True: "true", False: "false"}.get(have, str(have)) if isinstance(have, bool) else str(have)
        for asked in values:
            same = number(text) is not None and number(text) == number(asked)
            if operator == "EQ" and (text == str(asked) or same):
                return True
            if operator != "EQ":
                for read in (number, moment):
                    if read(asked) is not None:
                        if read(text) is not None and compared(operator, read(text), read(asked)):
                            return True
                        break
    return False


def holds(event: dict[str, Any], parameter: str, value: Any, children: dict[str, set[str]]) -> bool:
    """Whether one plain event meets one parameter."""
    values = several(value)
    operator, _, rest = parameter.partition("_")
    if parameter == "eventType":
        return event["type"] in values
    if operator == "MATCH":
        asked = {key(text) for text in values}
        if rest in AMOUNTS:
            return any(key(item["epcClass"]) in asked for name in AMOUNTS[rest] for item in several(event.get(name)))
        texts = [text for name in LISTS[rest] for text in several(event.get(name))]
        return any(key(text) in asked or trace_key(text).class_key in asked for text in texts)
    if operator == "WD":
        place = event.get(rest)
        wanted = {key(text) for text in values}
        while more := {child for one in wanted for child in children.get(one, ())} - wanted:
            wanted |= more
        return place is not None and key(place["id"]) in wanted
    if ":" in rest:
        return extension(event, operator, rest, values)
    for kind in ("bizTransaction", "source", "destination"):
        if rest.startswith(f"{kind}_"):
            asked = {key(text) for text in values}
            items = several(event.get(f"{kind}List"))
            return any(item.get("type") == rest.removeprefix(f"{kind}_") and key(item[kind]) in asked for item in items)
    for measure in ("value", "minValue", "maxValue", "quantity"):
        if rest == measure or rest.startswith(f"{measure}_"):
            unit = rest.removeprefix(measure).removeprefix("_")
            return any(
                compared(operator, have, Decimal(str(one))) for have in amounts(event, measure, unit) for one in values
            )
    if rest.startswith("persistentDisposition_"):
        have = (event.get("persistentDisposition") or {}).get(rest.partition("_")[2])
        return not set(several(have)).isdisjoint(values)
    if operator == "EXISTS":
        return bool(event.get(rest))
    if rest == "eventTime":
        have_time, asked_time = moment(event["eventTime"]), moment(value)
        return compared(operator, have_time, asked_time)
    if rest == "errorReason":
        return (event.get("errorDeclaration") or {}).get("reason") in values
    if rest == "type":
        return any(report.get("type") in values for report in reports(event))
    if rest in {"readPoint", "bizLocation"}:
        return rest in event and key(event[rest]["id"]) in {key(text) for text in values}
    return event.get(rest) in values


def answer(
    events: list[dict[str, Any]], parameters: dict[str, Any], children: dict[str, set[str]]
) -> list[dict[str, Any]]:
    """The plain events that meet all parameters, in the order given."""
    return [event for event in events if all(holds(event, name, value, children) for name, value in parameters.items())]
