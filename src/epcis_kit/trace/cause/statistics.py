"""Counts of exposed and defective items as rates, relative risks, exact tests and corrected probabilities.

Takes plain sets of item numbers; gives :class:`Association` and :class:`Measure`. Guarantees: scipy does the tests
(Fisher's exact test, Mann-Whitney's U test) and the correction for many of them at once (Benjamini and Hochberg);
nothing is random; a factor that meets every item, or too few, is not tested at all, since it can tell nothing.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Association", "Measure", "associate", "corrected", "measure_up"]

_Z95: Final = 1.959963984540054


@dataclasses.dataclass(frozen=True, slots=True)
class Association:
    """One level of one factor against the defects.

    Attributes:
        factor: What was looked at, for example ``"line at commissioning"``.
        level: Its value, for example ``"7"``.
        exposed: How many items met it.
        exposed_defects: How many of those are defective.
        unexposed: How many items did not.
        unexposed_defects: How many of those are defective.
        relative_risk: Rate of defects among the exposed by the rate among the others; with half an item added to each
            count where one of them is 0.
        low: Lower end of the 95 % confidence interval of the relative risk.
        high: Upper end.
        p: Probability of counts at least as far apart if the factor did not matter (Fisher's exact test, two-sided).
        q: The same, corrected for the number of factors that were tested (Benjamini and Hochberg).
        same_as: Other factors and levels that the same items met; nothing tells them apart.
    """

    factor: str
    level: str
    exposed: int
    exposed_defects: int
    unexposed: int
    unexposed_defects: int
    relative_risk: float
    low: float
    high: float
    p: float
    q: float = 1.0
    same_as: tuple[tuple[str, str], ...] = ()

    @property
    def rate(self) -> float:
        """Share of defects among the exposed."""
        return self.exposed_defects / self.exposed

    @property
    def other_rate(self) -> float:
        """Share of defects among the others."""
        return self.unexposed_defects / self.unexposed

    @property
    def share(self) -> float:
        """Share of all defects that met the factor."""
        return self.exposed_defects / (self.exposed_defects + self.unexposed_defects)


class Measure(NamedTuple):
    """A number, such as a temperature or a dwell time, among defective and sound items.

    Attributes:
        factor: What was measured.
        defective: How many defective items it is known of.
        sound: How many sound ones.
        defective_median: Median among the defective.
        sound_median: Median among the sound.
        p: Probability of such a difference if it did not matter (Mann-Whitney's U test, two-sided).
        q: The same, corrected.
    """

    factor: str
    defective: int
    sound: int
    defective_median: float
    sound_median: float
    p: float
    q: float = 1.0


def _scipy() -> Any:
    try:
        return importlib.import_module("scipy.stats")
    except ImportError:
        raise MissingExtraError("Looking for root causes", "analysis") from None


def associate(
    exposures: Mapping[tuple[str, str], frozenset[int]], defective: frozenset[int], items: int, *, least: int
) -> list[Association]:
    """The associations of all levels that can be tested, not yet corrected.

    Args:
        exposures: Factor and level to the numbers of the items that met it.
        defective: Numbers of the defective items.
        items: How many items there are.
        least: A level must be met, and missed, by so many items at least.
    """
    fisher = _scipy().fisher_exact
    alike: dict[frozenset[int], list[tuple[str, str]]] = {}
    for named, exposed in sorted(exposures.items()):
        if least <= len(exposed) <= items - least:
            alike.setdefault(exposed, []).append(named)
    found = []
    for exposed, names in alike.items():
        hit = len(exposed & defective)
        missed = len(defective) - hit
        others = items - len(exposed)
        _, p = fisher([[hit, len(exposed) - hit], [missed, others - missed]])
        risk, low, high = _relative_risk(hit, len(exposed), missed, others)
        (factor, level), *same = names
        found.append(
            Association(
                factor, level, len(exposed), hit, others, missed, risk, low, high, float(p), same_as=tuple(same)
            )
        )
    return found


def _relative_risk(hit: int, exposed: int, missed: int, others: int) -> tuple[float, float, float]:
    """The relative risk with its 95 % interval (Katz), with half an item added where a count is 0."""
    a, n, b, m = float(hit), float(exposed), float(missed), float(others)
    if not (hit and missed and exposed - hit and others - missed):
        a, n, b, m = a + 0.5, n + 1, b + 0.5, m + 1
    risk = (a / n) / (b / m)
    spread = _Z95 * math.sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
    return risk, risk * math.exp(-spread), risk * math.exp(spread)


def measure_up(values: Mapping[str, Mapping[int, float]], defective: frozenset[int], *, least: int) -> list[Measure]:
    """Numbers compared between defective and sound items, not yet corrected."""
    stats = _scipy()
    found = []
    for factor, known in sorted(values.items()):
        bad = [value for item, value in sorted(known.items()) if item in defective]
        good = [value for item, value in sorted(known.items()) if item not in defective]
        if len(bad) < least or len(good) < least or len(set(known.values())) < 2:
            continue
        p = stats.mannwhitneyu(bad, good, alternative="two-sided").pvalue
        found.append(Measure(factor, len(bad), len(good), _median(bad), _median(good), float(p)))
    return found


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def corrected(associations: list[Association], measures: list[Measure]) -> tuple[list[Association], list[Measure]]:
    """All of them with probabilities corrected for how many were tested, the clearest first."""
    probabilities = [one.p for one in associations] + [one.p for one in measures]
    if not probabilities:
        return [], []
    rates = [float(rate) for rate in _scipy().false_discovery_control(probabilities)]
    done = [dataclasses.replace(one, q=rate) for one, rate in zip(associations, rates, strict=False)]
    measured = [one._replace(q=rate) for one, rate in zip(measures, rates[len(associations) :], strict=True)]
    done.sort(key=lambda one: (one.relative_risk <= 1, one.q, -one.share, -one.relative_risk, one.factor, one.level))
    measured.sort(key=lambda one: (one.q, one.factor))
    return done, measured
