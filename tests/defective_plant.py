"""A small plant with a planted cause: raw lots, lines, operators, a cold store that fails, and defects that follow."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

from epcis_kit.model import Event, ObjectEvent, Timestamp, TransformationEvent

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Plant", "build"]

START = Timestamp.parse("2025-03-03T06:00:00Z").epoch_us
HOUR = 3_600_000_000
RAW = "urn:epc:class:lgtin:9521234.000100.R{}"
UNIT = "urn:epc:id:sgtin:9521234.000200.{}"
NS = "https://plant.example/{}"


class Plant(NamedTuple):
    """What happened, and what came of it."""

    events: list[Event]
    units: list[str]
    defective: list[str]


def at(hour: float) -> dict[str, Any]:
    return {"event_time": Timestamp.from_epoch_us(START + int(hour * HOUR)), "event_time_zone_offset": "+00:00"}


def build(seed: int, risk: Callable[[dict[str, Any]], float], *, runs: int = 16, size: int = 15) -> Plant:
    """A plant in which a unit is defective with the probability that ``risk`` gives for what it met."""
    dice = random.Random(seed)
    events: list[Event] = [
        ObjectEvent(
            **at(number),
            action="ADD",
            biz_step="commissioning",
            quantity_list=[{"epcClass": RAW.format(number), "quantity": 500, "uom": "KGM"}],
            extensions={NS.format("supplier"): f"S{number % 3}"},
        )
        for number in range(6)
    ]
    units, defective = [], []
    for run in range(runs):
        lots = dice.sample(range(6), 2)
        warmth = dice.uniform(2, 6) + (6 if run % 5 == 0 else 0)
        met = {"lots": lots, "line": "AB"[run % 2], "operator": f"O{dice.randrange(4)}", "warmth": warmth}
        made = [UNIT.format(run * size + number) for number in range(size)]
        events.append(
            TransformationEvent(
                **at(24 + run * 4),
                biz_step="commissioning",
                event_id=f"urn:uuid:{run}",
                input_quantity_list=[{"epcClass": RAW.format(lot), "quantity": 10, "uom": "KGM"} for lot in lots],
                output_epc_list=made,
                extensions={NS.format("line"): met["line"], NS.format("operator"): met["operator"]},
            )
        )
        events.append(
            ObjectEvent(
                **at(26 + run * 4),
                action="OBSERVE",
                biz_step="storing",
                event_id=f"urn:uuid:s{run}",
                epc_list=made,
                sensor_element_list=[
                    {
                        "sensorMetadata": {
                            "startTime": str(at(25 + run * 4)["event_time"]),
                            "endTime": str(at(26 + run * 4)["event_time"]),
                        },
                        "sensorReport": [{"type": "Temperature", "maxValue": round(warmth, 2), "uom": "CEL"}],
                    }
                ],
            )
        )
        for unit in made:
            units.append(unit)
            if dice.random() < risk(met):
                defective.append(unit)
    return Plant(events, units, defective)
