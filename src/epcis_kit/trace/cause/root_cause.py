"""The request: which factors upstream of defective items set them apart from sound ones.

Takes a store, the keys of defective items and, if known, of sound ones; gives a :class:`RootCause`. Guarantees: each
item is traced back by the rules of every trace; sound items are all others of the same products that came into being,
unless they are given; a limit on their number is told; the answer does not depend on the order of capture.
"""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import QueryError
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.trace.asked import key_asked
from epcis_kit.trace.cause.factors import factors_of
from epcis_kit.trace.cause.statistics import associate, corrected, measure_up
from epcis_kit.trace.requests import trace_back

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from epcis_kit.model import Event
    from epcis_kit.store.store import Store
    from epcis_kit.trace.asked import AnyKey
    from epcis_kit.trace.cause.factors import Limit, Met
    from epcis_kit.trace.cause.statistics import Association, Measure

__all__ = ["CAVEAT", "Ancestor", "RootCause", "root_cause"]

CAVEAT: Final = (
    "An association is not a cause: what defective items have in common may itself follow from something that no "
    "event tells of. Look at the first lines on the spot before anything is concluded."
)

_AT_ONCE: Final = 300
_BINS: Final = ("lowest quarter", "second quarter", "third quarter", "highest quarter")


class Ancestor(NamedTuple):
    """Something that went into most defective items and into few sound ones.

    Attributes:
        factor: ``"input lot"``, ``"input"`` or ``"transformation"``.
        key: The lot, object or event.
        defective_share: Share of the defective items that it went into.
        sound_share: Share of the sound ones.
    """

    factor: str
    key: str
    defective_share: float
    sound_share: float


@dataclasses.dataclass(frozen=True, slots=True)
class RootCause:
    """What sets defective items apart.

    Attributes:
        defective: How many defective items were compared.
        sound: How many sound ones.
        associations: Levels of factors, the clearest risk first.
        measures: Numbers, the clearest difference first.
        ancestors: What went into most of the defective and few of the sound ones.
        unknown: Keys that no event names; they were left out.
        left_out: How many sound items were left out because of the limit.
        level: The corrected probability below which a factor is claimed.
    """

    defective: int
    sound: int
    associations: tuple[Association, ...]
    measures: tuple[Measure, ...]
    ancestors: tuple[Ancestor, ...]
    unknown: tuple[str, ...]
    left_out: int
    level: float

    @property
    def claims(self) -> tuple[Association, ...]:
        """Levels that raise the risk and whose corrected probability is below :attr:`level`."""
        return tuple(one for one in self.associations if one.q <= self.level and one.low > 1)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {
            "defective": self.defective,
            "sound": self.sound,
            "claims": len(self.claims),
            "associations": [
                {
                    **dataclasses.asdict(one),
                    "same_as": [list(pair) for pair in one.same_as],
                    "rate": one.rate,
                    "other_rate": one.other_rate,
                    "share": one.share,
                }
                for one in self.associations
            ],
            "measures": [one._asdict() for one in self.measures],
            "ancestors": [one._asdict() for one in self.ancestors],
            "unknown": list(self.unknown),
            "left_out": self.left_out,
            "level": self.level,
            "caveat": CAVEAT,
        }

    def to_json(self, *, indent: int | None = 2) -> str:
        """The answer as one JSON object."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=indent)


def root_cause(
    store: Store,
    defective: Iterable[AnyKey],
    sound: Iterable[AnyKey] | None = None,
    *,
    limits: Sequence[Limit] = (),
    level: float = 0.05,
    least: int = 3,
    most: int = 20_000,
    common: float = 0.8,
    rare: float = 0.2,
) -> RootCause:
    """Compare what defective items met on their way with what sound ones met.

    Args:
        store: Where the events are.
        defective: Keys of defective items: objects with serial numbers, or lots.
        sound: Keys of items known to be sound; all other items of the same products where it is ``None``.
        limits: Limits of sensor readings, above which time is counted.
        level: Corrected probability below which a factor is claimed.
        least: A level is tested where so many items met it and so many did not.
        most: At most so many sound items, taken evenly from all of them; what is left out is told.
        common: An ancestor went into at least this share of the defective items …
        rare: … and into at most this share of the sound ones.

    Raises:
        IdentifierError: A text is neither a URI nor a GS1 key.
        QueryError: Fewer than ``least`` defective or sound items are known.
        MissingExtraError: scipy is not installed.
    """
    backend = store.backend
    bad = list(dict.fromkeys(key_asked(key).key for key in defective))
    known = backend.handles(bad)
    unknown = [key for key in bad if key not in known]
    bad = [key for key in bad if key in known]
    if sound is None:
        classes = sorted({found.class_key for found in map(trace_key, bad) if found.class_key is not None})
        wanted = {trace_key(key).level for key in bad}
        others = [key for class_key in classes for key in backend.members_of(class_key)]
        good = sorted({key for key in others if trace_key(key).level in wanted} - set(bad))
    else:
        asked = list(dict.fromkeys(key_asked(key).key for key in sound))
        there = backend.handles(asked)
        unknown += [key for key in asked if key not in there]
        good = [key for key in asked if key in there and key not in known]
    left_out = max(0, len(good) - most)
    if left_out:
        good = [good[number * len(good) // most] for number in range(most)]
    for name, items in (("defective", bad), ("sound", good)):
        if len(items) < least:
            raise QueryError(f"Cannot compare items: expected at least {least} {name} ones, got {len(items)}.")
    met = _all_met(store, [*bad, *good], limits)
    defects = frozenset(range(len(bad)))
    exposures: dict[tuple[str, str], set[int]] = defaultdict(set)
    values: dict[str, dict[int, float]] = defaultdict(dict)
    for number, one in enumerate(met):
        for pair in one.levels:
            exposures[pair].add(number)
        for factor, value in one.numbers.items():
            values[factor][number] = value
    _quarters(values, exposures)
    sets = {pair: frozenset(numbers) for pair, numbers in exposures.items()}
    associations, measures = corrected(
        associate(sets, defects, len(met), least=least), measure_up(values, defects, least=least)
    )
    return RootCause(
        len(bad),
        len(good),
        tuple(associations),
        tuple(measures),
        _ancestors(sets, defects, len(good), common, rare),
        tuple(unknown),
        left_out,
        level,
    )


def _all_met(store: Store, items: Sequence[str], limits: Sequence[Limit]) -> list[Met]:
    """What each item met; events are read once, a few hundred at a time."""
    traces = [trace_back(store, key, history=True) for key in items]
    events: dict[str, Event] = {}
    needed = list(dict.fromkeys(name for trace in traces for name in (*trace.events, *trace.history)))
    for start in range(0, len(needed), _AT_ONCE):
        for stored in store.query_stored(EQ_eventID=needed[start : start + _AT_ONCE]):
            if not stored.head.status:
                events[stored.head.event_id] = stored.event
    met = []
    for key, trace in zip(items, traces, strict=True):
        mine = [events[name] for name in dict.fromkeys((*trace.events, *trace.history)) if name in events]
        mine.sort(key=lambda event: (event.event_time.epoch_us, event.event_id or ""))
        met.append(factors_of(key, trace, mine, limits))
    return met


def _quarters(values: Mapping[str, Mapping[int, float]], exposures: dict[tuple[str, str], set[int]]) -> None:
    """Numbers as four levels of the same size."""
    for factor, known in values.items():
        ordered = sorted(known.values())
        if len(set(ordered)) < len(_BINS):
            for number, value in known.items():
                exposures[factor, f"{value:g}"].add(number)
            continue
        cuts = [ordered[len(ordered) * part // len(_BINS)] for part in (1, 2, 3)]
        for number, value in known.items():
            place = sum(value >= cut for cut in cuts)
            low = ordered[0] if place == 0 else cuts[place - 1]
            exposures[factor, f"{_BINS[place]} (from {low:g})"].add(number)


def _ancestors(
    sets: Mapping[tuple[str, str], frozenset[int]], defects: frozenset[int], sound: int, common: float, rare: float
) -> tuple[Ancestor, ...]:
    found = []
    for (factor, level), items in sets.items():
        if factor in {"input lot", "input", "transformation"}:
            hit = len(items & defects) / len(defects)
            missed = len(items - defects) / sound
            if hit >= common and missed <= rare:
                found.append(Ancestor(factor, level, hit, missed))
    return tuple(sorted(found, key=lambda one: (-one.defective_share, one.sound_share, one.factor, one.key)))
