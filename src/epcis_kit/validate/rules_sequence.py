"""Rules about the story that events tell: made once, in one container, in one place, shipped while good.

Takes the ledger of a document (and the history before it, where there is one); yields problems. Guarantees: time
decides, not the order of the document; what only another document could tell is information until the story is said
to be complete; memory is bounded by the ledger, whatever the size of the document.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.validate.ledger import Ledger
from epcis_kit.validate.life import Lives
from epcis_kit.validate.rules import problem, rule
from epcis_kit.validate.travel import Distances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import QuantityElement
    from epcis_kit.validate.rules import Check, Look, Problem

__all__: list[str] = []

_LIVES: Final = (
    "SEQ-001",
    "SEQ-002",
    "SEQ-003",
    "SEQ-004",
    "SEQ-005",
    "SEQ-006",
    "SEQ-007",
    "SEQ-008",
    "SEQ-009",
    "SEQ-011",
    "SEQ-012",
    "SEQ-014",
)
"""Rules that are read from the lives of objects."""

_TRANSFORMATION: Final = ("TransformationEvent",)
_BALANCED: Final = {"mass": "KGM", "volume": "LTR"}


def ledger_of(look: Look) -> Ledger:
    """The ledger of the document, watching from the first call on."""
    ledger: Ledger | None = look.shared.get("ledger")
    if ledger is None:
        ledger = look.shared["ledger"] = Ledger()
        look.watchers.append(ledger.watch)
    return ledger


def _lives(look: Look) -> Lives:
    lives: Lives | None = look.shared.get("lives")
    if lives is None:
        ledger = ledger_of(look)
        try:
            lives = look.shared["lives"] = Lives(ledger, look, _distances(look, ledger))
        finally:
            ledger.close()
    return lives


def _distances(look: Look, ledger: Ledger) -> Distances | None:
    limits = look.shared.get("travel")
    if limits is None or (look.master_data is None and not any(key[:4] == "geo:" for key in ledger.places.values())):
        return None
    return Distances(look.master_data, limits["max_kmh"], limits["min_km"])


def _life_rule(rule_id: str) -> Check:
    def check(look: Look) -> Iterator[Problem]:
        if look.moment == "head":
            ledger_of(look)
            if rule_id == "SEQ-008":
                look.shared["travel"] = look.parameters
        else:
            yield from _lives(look).problems.pop(rule_id, ())

    return check


for _rule_id in _LIVES:
    rule(_rule_id, moments=("head", "end"))(_life_rule(_rule_id))


@rule("SEQ-010", types=_TRANSFORMATION, moments=("event", "end"))
def mass_balance(look: Look) -> Iterator[Problem]:
    if look.moment == "end":
        for sums in look.memory.values():
            yield from _judged(look, sums)
        return
    event: Any = look.event
    if event.error_declaration is not None:
        return
    sums = _sums(event)
    if event.transformation_id is None:
        yield from _judged(look, {"in": sums[0], "out": sums[1], "at": look.index})
        return
    joined = look.memory.setdefault(event.transformation_id, {"in": {}, "out": {}, "at": look.index})
    for name, part in zip(("in", "out"), sums, strict=True):
        for dimension, amount in part.items():
            before = joined[name].get(dimension, Decimal(0))
            joined[name][dimension] = None if amount is None or before is None else before + amount


def _sums(event: Any) -> tuple[dict[str, Decimal | None], dict[str, Decimal | None]]:
    return _total(event.input_epc_list, event.input_quantity_list), _total(
        event.output_epc_list, event.output_quantity_list
    )


def _total(epcs: tuple[str, ...], quantities: tuple[QuantityElement, ...]) -> dict[str, Decimal | None]:
    """Amounts by dimension; ``None`` for both where some of it is not measured."""
    from epcis_kit.vocab.units import convert_amount, dimension_of  # noqa: PLC0415 - reads a table

    total: dict[str, Decimal | None] = {}
    unknown = bool(epcs)
    for element in quantities:
        dimension = None if element.uom is None else dimension_of(element.uom)
        base = _BALANCED.get(dimension or "")
        if base is None or element.uom is None or element.quantity is None or not element.quantity.is_finite():
            unknown = True
            continue
        amount = convert_amount(element.quantity, element.uom, base)
        before = total.get(str(dimension), Decimal(0))
        total[str(dimension)] = None if amount is None or before is None else before + amount
    return dict.fromkeys(_BALANCED, None) if unknown else total


def _judged(look: Look, sums: dict[str, Any]) -> Iterator[Problem]:
    if len(sums["in"]) != 1:
        return  # kilograms and litres together cannot be compared with one of them
    ((dimension, given),) = sums["in"].items()
    made = sums["out"].get(dimension)
    if given is None or made is None or given <= 0:
        return
    if made > given * Decimal(str(look.parameters["max_yield"])):
        unit = _BALANCED[dimension]
        taken, came = f"{given.normalize():f} {unit}", f"{made.normalize():f} {unit}"
        yield problem("default", "outputQuantityList", event_index=sums["at"], value=came, given=taken)


@rule("SEQ-013", types=("AggregationEvent",), moments=("event",))
def hierarchy(look: Look) -> Iterator[Problem]:
    event: Any = look.event
    parent = look.mentions.parent
    if event.action != "ADD" or parent is None:
        return
    depths: dict[int, int] = look.memory.setdefault("depths", {})
    deepest = 0
    told = False
    for mention in look.mentions.objects:
        if mention is parent:
            continue
        deepest = max(deepest, depths.get(hash(mention.key.key), 0))
        if told or parent.key.class_key is None:
            continue
        if "/00/" in mention.key.key:
            told = True
            yield problem("logistic", mention.path, value=mention.text, parent=parent.text)
        elif mention.key.class_key is not None and _falls(parent.key.class_key, mention.key.class_key):
            told = True
            yield problem("indicator", mention.path, value=mention.text, parent=parent.text)
    for mention in look.mentions.classes:
        if told or parent.key.class_key is None or mention.key.class_key is None:
            continue
        if _falls(parent.key.class_key, mention.key.class_key):
            told = True
            yield problem("indicator", mention.path, value=mention.text, parent=parent.text)
    depth = depths[hash(parent.key.key)] = max(deepest + 1, depths.get(hash(parent.key.key), 0))
    if depth > look.parameters["max_depth"]:
        yield problem("depth", "parentID", value=parent.text, depth=depth, expected=look.parameters["max_depth"])


def _falls(parent: str, child: str) -> bool:
    """The same item, and the container has the lower indicator digit of the two."""
    outer, inner = parent.rpartition("/01/")[2], child.rpartition("/01/")[2]
    return len(outer) == len(inner) == 14 and outer[1:13] == inner[1:13] and outer[0] < inner[0]
