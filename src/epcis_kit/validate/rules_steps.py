"""Rules about the business context of one event: does the step have the action, disposition and places it asks for?

Takes one event; yields problems. Guarantees: only words of the CBV are judged, a step of one's own is left alone; the
tables below say what each step asks for, so that a new step is a new row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []

_ACTIONS: Final[dict[tuple[str, str], str]] = {
    ("ObjectEvent", "commissioning"): "ADD",
    ("ObjectEvent", "creating_class_instance"): "ADD",
    ("ObjectEvent", "decommissioning"): "DELETE",
    ("ObjectEvent", "destroying"): "DELETE",
    ("ObjectEvent", "shipping"): "OBSERVE",
    ("ObjectEvent", "departing"): "OBSERVE",
    ("ObjectEvent", "arriving"): "OBSERVE",
    ("ObjectEvent", "receiving"): "OBSERVE",
    ("ObjectEvent", "accepting"): "OBSERVE",
    ("AggregationEvent", "packing"): "ADD",
    ("AggregationEvent", "unpacking"): "DELETE",
}
"""The action that a step of an event type asks for."""

_GONE: Final = frozenset({"inactive", "destroyed", "disposed"})
_SOLD: Final = frozenset({"retail_sold", "dispensed"})
_HERE: Final = frozenset({"active", "in_progress", "sellable_accessible", "sellable_not_accessible", "available"})
_MOVING: Final = frozenset({"in_transit"})
_CONTRARY: Final[dict[str, frozenset[str]]] = {
    "commissioning": _GONE | _SOLD | _MOVING,
    "decommissioning": _HERE | _MOVING,
    "destroying": _HERE | _MOVING,
    "shipping": _GONE | _SOLD | frozenset({"active", "encoded", "sellable_accessible", "available"}),
    "departing": _GONE | _SOLD | frozenset({"active", "encoded", "sellable_accessible", "available"}),
    "receiving": _GONE | _SOLD | _MOVING,
    "arriving": _GONE | _SOLD,
    "accepting": _GONE | _SOLD | _MOVING,
    "packing": _GONE | _SOLD | _MOVING,
    "unpacking": _GONE | _SOLD | _MOVING,
    "storing": _GONE | _SOLD | _MOVING,
    "stocking": _GONE | _SOLD | _MOVING,
    "retail_selling": _GONE | _HERE | _MOVING,
    "dispensing": _GONE | _HERE | _MOVING,
}
"""Dispositions that contradict a step."""

_USUAL: Final[dict[str, str]] = {
    "commissioning": "active",
    "decommissioning": "inactive",
    "destroying": "destroyed",
    "shipping": "in_transit",
    "departing": "in_transit",
    "receiving": "in_progress",
    "arriving": "in_progress",
    "packing": "in_progress",
    "loading": "in_transit",
    "retail_selling": "retail_sold",
    "dispensing": "dispensed",
}
"""The disposition that is usual after a step (CBV 2.0, 7.1 and 7.2)."""

_ON_THE_WAY: Final = frozenset(
    {
        "shipping",
        "departing",
        "loading",
        "transporting",
        "consigning",
        "in_transit",
        "void_shipping",
        "staging_outbound",
    }
)
_ENDED: Final = frozenset({"decommissioning", "destroying", "retail_selling", "dispensing", "killing"})


@rule("EVT-012")
def step_and_disposition(look: Look) -> Iterator[Problem]:
    event = look.event
    step = event.biz_step
    if step is None:
        yield problem("step", type=event.type)
    elif event.disposition is None and step in _USUAL and event.type != "AssociationEvent":
        yield problem("disposition", step=step, expected=_USUAL[step])


@rule("EVT-013")
def places_named(look: Look) -> Iterator[Problem]:
    event = look.event
    if event.read_point is None:
        yield problem("read_point", type=event.type)
    if event.biz_location is not None:
        return
    step, disposition = event.biz_step, event.disposition
    if step in _ON_THE_WAY or step in _ENDED or disposition in _ON_THE_WAY or event.type == "TransactionEvent":
        return
    if event.read_point is None:
        return  # said once
    yield problem("biz_location", type=event.type)


@rule("EVT-014", types=("ObjectEvent", "AggregationEvent"))
def action_of_the_step(look: Look) -> Iterator[Problem]:
    event: Any = look.event
    expected = _ACTIONS.get((event.type, event.biz_step))
    if expected is not None and event.action != expected:
        yield problem("default", "action", value=event.action, step=event.biz_step, type=event.type, expected=expected)


@rule("EVT-015")
def disposition_of_the_step(look: Look) -> Iterator[Problem]:
    event = look.event
    if event.biz_step is None or event.disposition is None:
        return
    if event.disposition in _CONTRARY.get(event.biz_step, ()):
        usual = _USUAL.get(event.biz_step, "")
        if usual:
            yield problem("usual", "disposition", value=event.disposition, step=event.biz_step, expected=usual)
        else:
            yield problem("default", "disposition", value=event.disposition, step=event.biz_step)
