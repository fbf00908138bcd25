from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from epcis_kit.model import Destination, Event
from epcis_kit.store.index import EventRows, FactRow, KeyCache, Role, event_identity, index_event, lot_of
from epcis_kit.store.intervals import ADD, DELETE, OBSERVE

Make = Callable[..., Event]
I1 = "https://id.gs1.org/01/09521103123454/21/1"
I2 = "https://id.gs1.org/01/09521103123454/21/2"
L7 = "https://id.gs1.org/01/09521103123454/10/7"
P01 = "https://id.gs1.org/00/095211030000000014"


def rows(event: Event) -> EventRows:
    return index_event(event, KeyCache())


def test_an_object_event_that_creates(make: Make) -> None:
    found = rows(make("O", 8, "ADD", epcList=["i1"], quantityList=[("l7", 5)]))
    assert found == EventRows(
        {I1: Role.EPC | Role.CREATED, L7: Role.EPC_CLASS | Role.CREATED}, frozenset({L7}), (), (), (), None, None
    )


def test_an_object_event_that_ends_objects_but_not_lots(make: Make) -> None:
    found = rows(make("O", 8, "DELETE", epcList=["i1", "l7"], quantityList=[("l7", 5)]))
    assert found.facts == (FactRow(None, I1, mounted=False, action=DELETE),)


def test_packing(make: Make) -> None:
    found = rows(make("A", 8, "ADD", parentID="p01", childEPCs=["i1", "i2", "i1"], childQuantityList=[("l7", 5)]))
    assert found.roles == {I1: Role.CHILD, I2: Role.CHILD, L7: Role.CHILD_CLASS, P01: Role.PARENT}
    assert found.facts == (
        FactRow(P01, I1, mounted=False, action=ADD),
        FactRow(P01, I2, mounted=False, action=ADD),
        FactRow(P01, L7, mounted=False, action=ADD, quantity=Decimal(5)),
    )


def test_amounts_of_one_lot_are_added_by_unit(make: Make) -> None:
    found = rows(make("A", 8, "ADD", parentID="p01", childQuantityList=[("l7", 5), ("l7", 2), ("l7", 1, "KGM")]))
    assert [fact[4:] for fact in found.facts] == [(Decimal(7), ""), (Decimal(1), "KGM")]


@pytest.mark.parametrize(("kind", "role", "mounted"), [("A", Role.UNPACKED, False), ("S", Role.UNMOUNTED, True)])
def test_a_delete_without_children_empties_the_parent(make: Make, kind: str, role: int, mounted: bool) -> None:
    found = rows(make(kind, 8, "DELETE", parentID="p01"))
    assert found.facts == (FactRow(P01, None, mounted, DELETE),)
    assert found.roles == {P01: Role.PARENT | role}


def test_without_a_parent_nothing_is_contained(make: Make) -> None:
    found = rows(make("A", 8, "OBSERVE", childEPCs=["i1"]))
    assert found.facts == ()
    assert found.roles == {I1: Role.CHILD}


def test_seen_inside(make: Make) -> None:
    assert rows(make("A", 8, "OBSERVE", parentID="p01", childEPCs=["i1"])).facts == (
        FactRow(P01, I1, mounted=False, action=OBSERVE),
    )


def test_nothing_is_in_itself(make: Make) -> None:
    assert rows(make("A", 8, "ADD", parentID="p01", childEPCs=["p01"])).facts == ()


def test_a_transaction_contains_nothing(make: Make) -> None:
    found = rows(make("T", 8, "ADD", parentID="p01", epcList=["i1"], bizTransactionList=[]))
    assert found == EventRows({P01: Role.PARENT, I1: Role.EPC}, frozenset(), (), (), (), None, None)


def test_a_transformation(make: Make) -> None:
    found = rows(
        make(
            "F",
            8,
            inputEPCList=["i1"],
            inputQuantityList=[("l7", 5)],
            outputEPCList=["i2"],
            transformationID="urn:epc:id:gdti:9521102.00001.RUN7",
            ilmd={"cbvmda:lotNumber": "B/1"},
        )
    )
    lot = "https://id.gs1.org/01/09521103123454/10/B%2F1"
    group = "https://id.gs1.org/253/9521102000015RUN7"
    assert found.inputs == (I1, L7)
    assert found.outputs == (I2,)
    assert found.transformation == group
    assert found.classes == {L7, lot}
    assert found.roles[lot] == Role.LOT
    assert found.roles[group] == Role.TRANSFORMATION
    assert lot_of("https://id.gs1.org/01/09521103123454", " B/1 ") == lot


@pytest.mark.parametrize(
    ("destinations", "expected"),
    [
        ([("location", "urn:x:place")], None),
        ([("owning_party", "urn:x:owner")], "urn:x:owner"),
        ([("owning_party", "urn:x:owner"), ("possessing_party", "urn:x:holder")], "urn:x:holder"),
    ],
)
def test_the_party_that_has_it_afterwards(
    make: Make, destinations: list[tuple[str, str]], expected: str | None
) -> None:
    listed = tuple(Destination(type=kind, destination=name) for kind, name in destinations)
    event = make("O", 8, "OBSERVE", epcList=["i1"]).model_copy(update={"destination_list": listed})
    assert rows(event).party == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" urn:x:A ", "urn:x:A"),
        ("URN:UUID:C4C90B2E-934C-5BE5-9312-CC5A435D33EE", "urn:uuid:c4c90b2e-934c-5be5-9312-cc5a435d33ee"),
        ("https://Example.org/A", "https://Example.org/A"),
    ],
)
def test_event_ids_are_compared_as_the_scheme_says(text: str, expected: str) -> None:
    assert event_identity(text) == expected


def test_the_cache_of_keys_is_bounded() -> None:
    keys = KeyCache(limit=3)
    for number in range(10):
        assert keys.key(f"urn:x:{number}") == f"urn:x:{number}"
        assert len(keys) <= 3
