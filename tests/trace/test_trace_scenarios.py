"""Worked scenarios, in every order of documents: ours here, the published ones where they lie beside the project."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.store import Store, open_store
from epcis_kit.trace import contents_at, trace_back, trace_forward, where_is

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORDERS = 8
POLICIES = {"causality": ("causal_lots",), "implicit-move": ("implicit_move",), "ilmd": ("ilmd_lots",)}

Scenario = dict[str, Any]


def scenarios(path: Path) -> list[Scenario]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def filled(scenario: Scenario, seed: int) -> Store:
    store = open_store(":memory:")
    documents = list(scenario["documents"])
    random.Random(seed).shuffle(documents)
    for document in documents:
        result = store.capture(json.dumps(document).encode())
        assert not result.rejected
    return store


def keys(texts: Any) -> set[str]:
    return {trace_key(text).key for text in texts}


def policies_of(scenario: Scenario) -> tuple[str, ...]:
    if not scenario.get("optional"):
        return ()
    return tuple(name for tag in scenario["tags"] for name in POLICIES.get(tag, ()))


def answer(store: Store, query: dict[str, Any], policies: tuple[str, ...]) -> None:
    ask: dict[str, Callable[..., Any]] = {
        "trace_forward": trace_forward,
        "trace_back": trace_back,
        "contents_at": contents_at,
        "where_is": where_is,
    }
    found = ask[query["kind"]](store, query["epc"], at=query.get("at"), policies=policies)
    if query["kind"] == "where_is":
        reached, events = found.containers, {found.event_id}
        expected = query.get("expected_location")
        assert found.location == (None if expected is None else trace_key(expected).key)
    else:
        reached, events = found.keys, set(found.events)
    assert len(reached) == len(set(reached))
    assert set(reached) == keys(query["expected_epcs"])
    assert set(query["expected_events"]) <= events
    assert not events & set(query.get("forbidden_events", ()))
    for text, amount in query.get("expected_quantities", {}).items():
        assert found.quantity(trace_key(text).key) == amount
    json.loads(found.to_json())


def check(path: Path) -> int:
    asked = 0
    for scenario in scenarios(path):
        for seed in range(ORDERS):
            with filled(scenario, seed) as store:
                for query in scenario["queries"]:
                    answer(store, query, policies_of(scenario))
                    asked += 1
    return asked


@pytest.mark.conformance
def test_the_published_scenarios(shared: Path) -> None:
    assert check(shared / "vectors" / "trace_scenarios.jsonl") >= ORDERS * 60
