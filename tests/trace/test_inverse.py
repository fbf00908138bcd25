"""Back is the exact inverse of forward, in random small worlds and under every policy that speaks of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epcis_kit.store import open_store
from epcis_kit.trace import trace_back, trace_forward

if TYPE_CHECKING:
    from collections.abc import Callable

    from epcis_kit.model import Event

KEYS = {
    **{f"i{number}": f"https://id.gs1.org/01/09521103123454/21/{number}" for number in range(1, 4)},
    **{f"l{number}": f"https://id.gs1.org/01/09521103123454/10/{number}" for number in range(1, 3)},
    **{f"p0{number}": f"urn:epc:id:sscc:9521103.000000000{number}" for number in range(1, 4)},
}
objects = st.lists(st.sampled_from(["i1", "i2", "i3", "p01", "p02", "p03"]), max_size=2)
lots = st.lists(st.tuples(st.sampled_from(["l1", "l2"]), st.integers(1, 2)), max_size=1)
times = st.integers(1, 6)
packing = st.tuples(
    st.sampled_from("AAS"),
    times,
    st.sampled_from(["ADD", "ADD", "OBSERVE", "DELETE"]),
    st.fixed_dictionaries(
        {"parentID": st.sampled_from(["p01", "p02", "p03"]), "childEPCs": objects, "childQuantityList": lots}
    ),
)
making = st.tuples(
    st.just("F"),
    times,
    st.none(),
    st.fixed_dictionaries(
        {
            "inputEPCList": objects,
            "outputEPCList": objects,
            "inputQuantityList": lots,
            "outputQuantityList": lots,
            "transformationID": st.sampled_from([None, None, "urn:x:run"]),
            "ilmd": st.sampled_from([None, {"cbvmda:lotNumber": "1"}]),
        }
    ),
)


@pytest.mark.parametrize("policies", [(), ("causal_lots",), ("implicit_move",), ("ilmd_lots",)])
@given(st.lists(packing | making, min_size=2, max_size=9), st.sampled_from([None, "2024-03-01T04:00:00Z"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_back_is_the_inverse_of_forward(
    make: Callable[..., Event],
    policies: tuple[str, ...],
    words: list[tuple[str, int, str | None, dict[str, Any]]],
    at: str | None,
) -> None:
    with open_store(":memory:") as store:
        store.capture([make(kind, time, action, **fields) for kind, time, action, fields in words])
        ahead, behind = set(), set()
        for key in KEYS.values():
            forward, back = (ask(store, key, at=at, policies=policies) for ask in (trace_forward, trace_back))
            ahead |= {(forward.start, reached) for reached in forward.keys}
            behind |= {(reached, back.start) for reached in back.keys}
            assert forward.start not in forward.keys
            assert {link.source for link in forward.links} <= {forward.start, *forward.keys}
            assert {link.target for link in forward.links} == set(forward.keys)
            assert {link.source for link in back.links} == set(back.keys)
    assert ahead == behind
