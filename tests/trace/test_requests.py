"""Where material went and came from: one small world for each rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from epcis_kit import codec
from epcis_kit.errors import QueryError
from epcis_kit.model import Event
from epcis_kit.trace import Limits, Link, Policies, Trace, trace_back, trace_forward
from epcis_kit.trace.answers import Declaration

if TYPE_CHECKING:
    from epcis_kit.store import Store

Make = Callable[..., Event]

ITEM = "https://id.gs1.org/01/09521103123454/21/"
LOT = "https://id.gs1.org/01/09521103123454/10/"
UNIT = "https://id.gs1.org/00/095211030000000"


def short(keys: Iterable[str]) -> str:
    """Keys as the words they were made of."""
    words = (
        key.replace(ITEM, "i").replace(LOT, "l") if UNIT not in key else f"p{key.removeprefix(UNIT)[:2]}"
        for key in keys
    )
    return " ".join(sorted(words))


def full(word: str) -> str:
    if word[0] == "p":
        return f"urn:epc:id:sscc:9521103.00000000{word[1:]}"
    return {"i": ITEM, "l": LOT}[word[0]] + word[1:]


def ahead(store: Store, word: str, **options: object) -> str:
    return short(trace_forward(store, full(word), **options).keys)  # type: ignore[arg-type]


def behind(store: Store, word: str, **options: object) -> str:
    return short(trace_back(store, full(word), **options).keys)  # type: ignore[arg-type]


def test_up_through_containers_and_never_to_siblings(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1", "i2"]),
            make("A", 9, "ADD", parentID="p02", childEPCs=["p01", "i3"]),
        ]
    )
    assert ahead(store, "i1") == "p01 p02"
    assert ahead(store, "p01") == "p02"
    assert behind(store, "p02") == "i1 i2 i3 p01"
    assert behind(store, "i1") == ""


def test_windows_are_intersected_along_the_whole_path(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 1, "ADD", parentID="p01", childEPCs=["i1"]),
            make("A", 4, "ADD", parentID="p02", childEPCs=["p01"]),
            make("A", 5, "DELETE", parentID="p01", childEPCs=["i1"]),
            make("A", 6, "ADD", parentID="p03", childEPCs=["p02"]),
        ]
    )
    assert ahead(store, "i1") == "p01 p02"
    assert behind(store, "p03") == "p01 p02"


def test_a_container_reached_twice_is_followed_for_each_window(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 1, "ADD", parentID="p01", childEPCs=["i1"]),
            make("A", 2, "DELETE", parentID="p01", childEPCs=["i1"]),
            make("A", 3, "ADD", parentID="p02", childEPCs=["p01"]),
            make("A", 4, "DELETE", parentID="p02", childEPCs=["p01"]),
            make("A", 5, "ADD", parentID="p01", childEPCs=["i1"]),
            make("A", 6, "ADD", parentID="p03", childEPCs=["p01"]),
        ]
    )
    assert ahead(store, "i1") == "p01 p03"
    assert behind(store, "p02") == "p01"


def test_a_container_that_is_used_brings_what_is_in_it(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 1, "ADD", parentID="p01", childEPCs=["i1"]),
            make("A", 2, "DELETE", parentID="p01", childEPCs=["i1"]),
            make("A", 3, "ADD", parentID="p01", childEPCs=["i2"]),
            make("F", 4, inputEPCList=["p01"], outputQuantityList=[("l7", 1)]),
            make("A", 5, "DELETE", parentID="p01"),
            make("F", 5, inputEPCList=["p01"], outputQuantityList=[("l8", 1)]),
        ]
    )
    assert ahead(store, "i1") == "p01"
    assert ahead(store, "i2") == "l7 p01"
    assert behind(store, "l7") == "i2 p01"
    assert behind(store, "l8") == "p01"


def test_all_inputs_of_a_transformation_feed_all_outputs(store: Store, make: Make) -> None:
    run = {"transformationID": "urn:epc:id:gdti:9521102.00001.RUN7"}
    also = {"transformationID": "https://x.example/253/9521102000015RUN7"}
    store.capture(
        [
            make("F", 9, outputQuantityList=[("l7", 1)], **run),
            make("F", 8, inputQuantityList=[("l1", 1)], **also),
            make("F", 10, inputEPCList=["i2"], **run),
            make("F", 11, inputEPCList=["i3"], outputEPCList=["i4"]),
        ]
    )
    assert behind(store, "l7") == "i2 l1"
    assert ahead(store, "i2") == "l7"
    assert ahead(store, "i3") == "i4"
    assert [link.time.text[11:16] for link in trace_back(store, full("l7")).links] == [
        "08:00",
        "09:00",
        "09:00",
        "10:00",
    ]


def test_an_object_holds_the_material_from_its_making_on(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 1, "ADD", parentID="p01", childEPCs=["i5"]),
            make("A", 2, "DELETE", parentID="p01", childEPCs=["i5"]),
            make("F", 3, inputEPCList=["i5"], outputEPCList=["i6"]),
            make("F", 4, inputEPCList=["i6", "i7"], outputEPCList=["i5"]),  # rework, with a spare part
            make("A", 5, "ADD", parentID="p02", childEPCs=["i5"]),
        ]
    )
    assert ahead(store, "i7") == "i5 p02"
    assert ahead(store, "i6") == "i5 p02"
    assert behind(store, "p01") == "i5"
    assert behind(store, "p02") == "i5 i6 i7"
    assert ahead(store, "i5") == "i6 p01 p02"
    assert behind(store, "i6") == "i5"


def test_cycles_end_and_the_start_is_never_reached(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 1, "ADD", parentID="p01", childEPCs=["p02"]),
            make("A", 1, "ADD", parentID="p02", childEPCs=["p03"]),
            make("A", 1, "ADD", parentID="p03", childEPCs=["p01", "i1"]),
            make("F", 2, inputQuantityList=[("l1", 1)], outputQuantityList=[("l2", 1)]),
            make("F", 3, inputQuantityList=[("l2", 1)], outputQuantityList=[("l1", 1)]),
        ]
    )
    assert ahead(store, "p01") == "p02 p03"
    assert ahead(store, "i1") == "p01 p02 p03"
    assert behind(store, "p01") == "i1 p02 p03"
    assert ahead(store, "l1") == behind(store, "l1") == "l2"


def test_only_events_up_to_a_time(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1"]),
            make("A", 9, "ADD", parentID="p02", childEPCs=["p01"]),
            make("F", 10, inputEPCList=["p02"], outputEPCList=["i9"]),
        ]
    )
    assert ahead(store, "i1", at="2024-03-01T07:59:59.9999999Z") == ""
    assert ahead(store, "i1", at="2024-03-01T09:00:00+01:00") == "p01"
    assert ahead(store, "i1", at=datetime(2024, 3, 1, 9, tzinfo=UTC)) == "p01 p02"
    assert behind(store, "i9", at="2024-03-01T09:59:59Z") == ""
    assert behind(store, "i9", at="2024-03-01T10:00:00Z") == "i1 p01 p02"


def test_digits_beyond_the_microsecond_decide(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", "2024-03-01T08:00:00.0000001Z", "ADD", parentID="p01", childEPCs=["i1"]),
            make("A", "2024-03-01T08:00:00.0000003Z", "DELETE", parentID="p01", childEPCs=["i1"]),
            make("A", "2024-03-01T08:00:00.0000002Z", "ADD", parentID="p02", childEPCs=["p01"]),
            make("A", "2024-03-01T08:00:00.0000003Z", "ADD", parentID="p03", childEPCs=["p01"]),
        ]
    )
    assert ahead(store, "i1") == "p01 p02"
    assert behind(store, "p03") == "p01"
    assert ahead(store, "i1", at="2024-03-01T08:00:00.00000015Z") == "p01"
    (first, _) = trace_forward(store, full("i1")).links
    assert first.time.text == "2024-03-01T08:00:00.0000001Z"


def test_a_voided_event_links_nothing_and_is_named(store: Store, make: Make) -> None:
    packing = make("A", 8, "ADD", eventID="urn:x:a", parentID="p01", childEPCs=["i1"])
    declared = make(
        "A", 8, "ADD", eventID="urn:x:a", parentID="p01", childEPCs=["i1"], errorDeclaration={"reason": "did_not_occur"}
    )
    store.capture(packing, partner="urn:x:sender")
    store.capture(declared, partner="urn:x:other")
    found = trace_forward(store, full("i1"))
    assert found.keys == found.events == ()
    assert found.voided == ("urn:x:a",)
    assert found.declarations == (
        Declaration("urn:x:a", "did_not_occur", ("urn:x:other",), ("urn:x:sender",), foreign=True),
    )
    store.capture(declared, partner="urn:x:sender")
    assert not trace_forward(store, full("i1")).declarations[0].foreign


def test_a_company_is_the_same_by_sgln_and_by_pgln(store: Store, make: Make) -> None:
    packing = make("A", 8, "ADD", eventID="urn:x:a", parentID="p01", childEPCs=["i1"])
    declared = make("A", 8, "ADD", eventID="urn:x:a", parentID="p01", childEPCs=["i1"], errorDeclaration={})
    store.capture(packing, partner="urn:epc:id:sgln:9521103.00000.0")
    store.capture(declared, partner="9521103000007")
    (declaration,) = trace_forward(store, full("i1")).declarations
    assert declaration == Declaration(
        "urn:x:a",
        None,
        ("https://id.gs1.org/417/9521103000007",),
        ("https://id.gs1.org/414/9521103000007",),
        foreign=False,
    )


def test_what_an_answer_says(store: Store, make: Make) -> None:
    place = {"id": "urn:epc:id:sgln:9521103.00001.0"}
    party = [{"type": "owning_party", "destination": "urn:epc:id:pgln:9521104.00000"}]
    shipping = make("O", 9, "OBSERVE", eventID="urn:x:b", epcList=["p01"], bizStep="shipping", bizLocation=place)
    store.capture(
        [
            make("A", 8, "ADD", eventID="urn:x:a", parentID="p01", childEPCs=["i1"], bizLocation=place),
            shipping.model_copy(update={"destination_list": make("O", 9, "OBSERVE").destination_list}),
            make("O", 7, "OBSERVE", eventID="urn:x:c", epcList=["i1"]),
        ],
        partner="urn:epc:id:pgln:9521103.00000",
    )
    assert party
    found = trace_forward(store, full("i1"), history=True)
    pallet = "https://id.gs1.org/00/095211030000000014"
    assert found == Trace(
        start=ITEM + "1",
        direction="forward",
        keys=(pallet,),
        links=(Link("urn:x:a", "aggregation", ITEM + "1", pallet, found.links[0].time),),
        events=("urn:x:a",),
        history=("urn:x:c", "urn:x:b"),
        locations=("https://id.gs1.org/414/9521103000014",),
        parties=("https://id.gs1.org/417/9521103000007",),
        frontier=(pallet,),
    )
    assert trace_back(store, full("p01")).frontier == (ITEM + "1",)
    assert found.to_dot().splitlines()[3:] == [
        f'  "{ITEM}1" [style=bold];',
        f'  "{pallet}";',
        f'  "{ITEM}1" -> "{pallet}" [label="aggregation", tooltip="2024-03-01T08:00:00.000Z"];',
        "}",
    ]
    assert found.as_dict()["links"] == [
        {
            "event_id": "urn:x:a",
            "kind": "aggregation",
            "source": ITEM + "1",
            "target": pallet,
            "time": "2024-03-01T08:00:00.000Z",
        }
    ]


def test_history_counts_only_while_the_key_does(store: Store, make: Make) -> None:
    store.capture(
        [
            make("O", 7, "OBSERVE", eventID="urn:x:before", epcList=["p01"]),
            make("A", 8, "ADD", eventID="urn:x:in", parentID="p01", childEPCs=["i1"]),
            make("O", 9, "OBSERVE", eventID="urn:x:while", epcList=["p01"]),
            make("A", 10, "DELETE", eventID="urn:x:out", parentID="p01", childEPCs=["i1"]),
            make("O", 11, "OBSERVE", eventID="urn:x:after", epcList=["p01"]),
        ]
    )
    assert trace_forward(store, full("i1"), history=True).history == ("urn:x:while", "urn:x:out")


def test_where_the_data_end(store: Store, make: Make) -> None:
    store.capture(
        [
            make("O", 7, "ADD", epcList=["i1"]),
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1", "i2"]),
            make("O", 9, "OBSERVE", epcList=["p01"], bizStep="shipping"),
            make("A", 8, "ADD", parentID="p02", childEPCs=["i3"]),
            make("O", 9, "OBSERVE", epcList=["p02"], bizStep="shipping"),
            make("O", 10, "OBSERVE", epcList=["p02"], bizStep="receiving"),
        ]
    )
    assert short(trace_back(store, full("p01")).frontier) == "i2"
    assert short(trace_forward(store, full("i1")).frontier) == "p01"
    assert trace_forward(store, full("i3")).frontier == ()
    assert trace_forward(store, "urn:x:never seen").frontier == ("urn:x:never seen",)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(depth=2), ("depth", 2, "p02")),
        (Limits(nodes=2), ("nodes", 2, "p03")),
        (Limits(links=2), ("links", 2, "p03")),
        (Limits(), None),
    ],
)
def test_a_limit_says_where_it_ended_the_walk(
    store: Store, make: Make, limits: Limits, expected: tuple[str, int, str] | None
) -> None:
    chain = ["i1", "p01", "p02", "p03", "p04"]
    store.capture([make("A", 8, "ADD", parentID=up, childEPCs=[down]) for down, up in pairwise(chain)])
    cut = trace_forward(store, full("i1"), limits=limits).cut
    assert (None if cut is None else (cut.limit, cut.value, short(cut.keys))) == expected


def test_policy_causal_lots(store: Store, make: Make) -> None:
    store.capture(
        [
            make("F", 8, inputQuantityList=[("l1", 5)], outputQuantityList=[("l7", 5)]),
            make("A", 10, "ADD", parentID="p01", childQuantityList=[("l7", 3)]),
            make("F", 11, inputQuantityList=[("l7", 1)], outputEPCList=["i1"]),
            make("F", 12, inputQuantityList=[("l2", 5)], outputQuantityList=[("l7", 5)]),
            make("A", 14, "ADD", parentID="p02", childQuantityList=[("l7", 4)]),
            make("A", 15, "ADD", parentID="p01", childQuantityList=[("l9", 4)]),
        ]
    )
    assert ahead(store, "l2") == "i1 l7 p01 p02"
    assert behind(store, "p01") == "l1 l2 l7 l9"
    for policies in (Policies(causal_lots=True), "causal-lots", ["causal_lots"]):
        assert ahead(store, "l2", policies=policies) == "l7 p02"
        assert ahead(store, "l1", policies=policies) == "i1 l7 p01 p02"
        assert behind(store, "p01", policies=policies) == "l1 l7 l9"
        assert behind(store, "i1", policies=policies) == "l1 l7"
        assert behind(store, "p02", policies=policies) == "l1 l2 l7"
    assert trace_back(store, full("p01"), policies=["causal_lots"]).policies == ("causal_lots",)


def test_policy_implicit_move(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1"]),
            make("A", 9, "ADD", parentID="p02", childEPCs=["i1"]),
            make("A", 10, "ADD", parentID="p03", childEPCs=["p01"]),
            # listed in its case and on its pallet: no move
            make("A", 8, "ADD", parentID="p04", childEPCs=["i2"]),
            make("A", 9, "ADD", parentID="p05", childEPCs=["i2"]),
            make("A", 10, "ADD", parentID="p05", childEPCs=["p04"]),
            make("A", 11, "ADD", parentID="p06", childEPCs=["p04"]),
        ]
    )
    assert ahead(store, "i1") == "p01 p02 p03"
    assert ahead(store, "i1", policies=["implicit_move"]) == "p01 p02"
    assert behind(store, "p03", policies=["implicit_move"]) == "p01"
    assert ahead(store, "i2", policies=["implicit_move"]) == "p04 p05 p06"


def test_policy_ilmd_lots(store: Store, make: Make) -> None:
    named = {"ilmd": {"cbvmda:lotNumber": "7"}}
    store.capture(
        [
            make("F", 7, inputQuantityList=[("l1", 5)], outputQuantityList=[("l7", 5)]),
            make("O", 8, "ADD", epcList=["i1", "i2", "urn:epc:id:sgtin:9521103.054321.1"], **named),
            make("F", 9, inputEPCList=["i1"], outputEPCList=["i3"], ilmd={"cbvmda:lotNumber": "8"}),
            make("A", 10, "ADD", parentID="p01", childEPCs=["i2"]),
        ]
    )
    assert ahead(store, "l1") == "l7"
    assert behind(store, "p01") == "i2"
    assert ahead(store, "l1", policies=["ilmd_lots"]) == "i1 i2 i3 l7 p01"
    assert behind(store, "p01", policies=["ilmd_lots"]) == "i2 l1 l7"
    assert behind(store, "i3", policies=["ilmd_lots"]) == "i1 l1 l7 l8"
    assert ahead(store, "l8", policies=["ilmd_lots"]) == "i3"
    assert {link.kind for link in trace_back(store, full("p01"), policies="ilmd_lots").links} == {
        "aggregation",
        "lot",
        "transformation",
    }


def test_an_unknown_policy_and_a_wrong_time_are_refused(store: Store) -> None:
    with pytest.raises(QueryError) as caught:
        trace_back(store, "urn:x:a", policies=["guess"])
    assert str(caught.value) == "Cannot use policy 'guess': expected one of causal_lots, implicit_move, ilmd_lots."
    with pytest.raises(QueryError) as caught:
        trace_back(store, "urn:x:a", at="yesterday")
    assert str(caught.value) == (
        "Cannot use time 'yesterday': expected a time with its zone, such as '2024-03-01T00:00:00Z'."
    )


def test_the_events_of_a_trace_are_a_document(store: Store, make: Make) -> None:
    events = [
        make("A", hour, "ADD", parentID="p01", childEPCs=[f"i{hour}"], eventID=f"urn:x:{hour}") for hour in (9, 8)
    ]
    store.capture(events)
    document = codec.read_document(trace_back(store, full("p01")).to_epcis())
    assert document.type == "EPCISQueryDocument"
    assert document.events == tuple(reversed(events))
