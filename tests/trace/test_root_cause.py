"""Planted causes are ranked first; permuted labels give no claim."""

from __future__ import annotations

import random
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from defective_plant import RAW, build
from epcis_kit.errors import IdentifierError, MissingExtraError, QueryError
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.store import open_store
from epcis_kit.trace.cause import Limit, RootCause, root_cause
from epcis_kit.trace.cause.root_cause import CAVEAT

if TYPE_CHECKING:
    from collections.abc import Callable

    from defective_plant import Plant

pytest.importorskip("scipy", reason="the extra 'analysis' is not installed")

LIMIT = Limit("Temperature", Decimal(8), "CEL")


def asked(plant: Plant, defective: list[str] | None = None, **choices: Any) -> RootCause:
    with open_store(":memory:", clock=lambda: 0) as store:
        store.capture(plant.events)
        return root_cause(store, plant.defective if defective is None else defective, limits=[LIMIT], **choices)


def names(found: RootCause, place: int = 0) -> set[tuple[str, str]]:
    first = found.associations[place]
    return {(first.factor, first.level), *first.same_as}


@pytest.mark.parametrize("seed", range(5))
def test_a_bad_raw_lot_is_ranked_first(seed: int) -> None:
    found = asked(build(seed, lambda met: 0.9 if 3 in met["lots"] else 0.01))
    lot = trace_key(RAW.format(3)).key
    assert ("input lot", lot) in names(found)
    assert found.claims[0] == found.associations[0]
    assert found.associations[0].q < 1e-6
    assert lot in [one.key for one in found.ancestors if one.factor == "input lot"]


@pytest.mark.parametrize(
    ("risk", "expected"),
    [
        (lambda met: 0.6 if met["line"] == "B" else 0.02, ("line at commissioning", "B")),
        (lambda met: 0.6 if met["operator"] == "O2" else 0.02, ("operator at commissioning", "O2")),
    ],
)
def test_a_bad_line_or_operator_is_ranked_first(risk: Callable[[dict[str, Any]], float], expected: Any) -> None:
    assert expected in names(asked(build(1, risk)))


def test_a_warm_store_shows_in_the_measures() -> None:
    found = asked(build(2, lambda met: 0.8 if met["warmth"] > 8 else 0.02))
    assert "Temperature" in found.measures[0].factor
    assert found.measures[0].defective_median > found.measures[0].sound_median
    assert found.measures[0].q < 1e-6
    assert ("hours with Temperature above 8 CEL at storing", "1") in {
        pair for one in found.claims for pair in ((one.factor, one.level), *one.same_as)
    }


def test_permuted_labels_give_no_claim() -> None:
    plant = build(3, lambda met: 0.7 if 3 in met["lots"] else 0.03)
    claimed = 0
    for seed in range(20):
        labels = random.Random(seed).sample(plant.units, len(plant.defective))
        claimed += bool(asked(plant, labels).claims)
    assert claimed <= 2  # one in twenty is what the level of 0.05 allows on average


def test_the_numbers_are_those_of_a_two_by_two_table() -> None:
    plant = build(1, lambda met: 0.6 if met["line"] == "B" else 0.02)
    first = asked(plant).associations[0]
    assert (first.exposed, first.unexposed) == (120, 120)
    assert first.exposed_defects + first.unexposed_defects == len(plant.defective)
    assert first.rate == first.exposed_defects / 120
    assert first.relative_risk == pytest.approx(first.rate / first.other_rate)
    assert first.low < first.relative_risk < first.high
    assert first.share == first.exposed_defects / len(plant.defective)


def test_sound_items_may_be_given_and_limited() -> None:
    plant = build(1, lambda met: 0.6 if met["line"] == "B" else 0.02)
    sound = [unit for unit in plant.units if unit not in plant.defective]
    with open_store(":memory:", clock=lambda: 0) as store:
        store.capture(plant.events)
        found = root_cause(store, [*plant.defective, "urn:x:never"], sound[:50])
        few = root_cause(store, plant.defective, most=40)
    assert (found.defective, found.sound, found.unknown) == (len(plant.defective), 50, ("urn:x:never",))
    assert (few.sound, few.left_out) == (40, len(sound) - 40)


def test_the_answer_is_plain_data_and_says_what_it_is_not() -> None:
    plain = asked(build(1, lambda met: 0.6 if met["line"] == "B" else 0.02)).as_dict()
    assert plain["caveat"] == CAVEAT
    assert "not a cause" in CAVEAT
    assert plain["claims"] >= 1
    assert set(plain["associations"][0]) >= {"factor", "level", "relative_risk", "low", "high", "p", "q", "share"}


def test_too_few_items_are_refused() -> None:
    plant = build(1, lambda _: 0.5)
    with pytest.raises(QueryError) as caught:
        asked(plant, plant.units[:2])
    assert str(caught.value) == "Cannot compare items: expected at least 3 defective ones, got 2."
    with pytest.raises(IdentifierError):
        asked(plant, ["hello"])


def test_scipy_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(MissingExtraError) as caught:
        asked(build(1, lambda _: 0.5))
    assert str(caught.value) == (
        "Looking for root causes needs an extra that is not installed: pip install 'epcis-kit[analysis]'."
    )
