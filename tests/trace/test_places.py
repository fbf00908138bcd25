"""Where something is, and what is in a container."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.model import Destination, Event
from epcis_kit.trace import contents_at, where_is

if TYPE_CHECKING:
    from epcis_kit.store import Store

Make = Callable[..., Event]

ITEM = "https://id.gs1.org/01/09521103123454/21/"
LOT = "https://id.gs1.org/01/09521103123454/10/"
UNIT = "https://id.gs1.org/00/095211030000000"
PLANT, SHOP = "urn:x:plant", "urn:x:shop"


def full(word: str) -> str:
    if word[0] == "p":
        return f"urn:epc:id:sscc:9521103.00000000{word[1:]}"
    return {"i": ITEM, "l": LOT}[word[0]] + word[1:]


def short(keys: Any) -> str:
    return " ".join(
        key.replace(ITEM, "i").replace(LOT, "l") if UNIT not in key else f"p{key.removeprefix(UNIT)[:2]}"
        for key in keys
    )


def at(place: str | None) -> dict[str, Any]:
    return {"bizLocation": {"id": place}} if place is not None else {}


def told(store: Store, word: str, moment: int | None = None) -> tuple[str, str | None, str | None]:
    found = where_is(store, full(word), at=None if moment is None else f"2024-03-01T{moment:02d}:00:00Z")
    return short(found.containers), found.location, found.event_id and found.event_id.removeprefix("urn:x:")


@pytest.fixture
def moved(store: Store, make: Make) -> Store:
    store.capture(
        [
            make("A", 8, "ADD", eventID="urn:x:pack", parentID="p01", childEPCs=["i1", "i2"], **at(PLANT)),
            make("A", 9, "ADD", eventID="urn:x:stack", parentID="p02", childEPCs=["p01"], **at(PLANT)),
            make("O", 10, "OBSERVE", eventID="urn:x:ship", epcList=["p02"]),
            make("O", 12, "OBSERVE", eventID="urn:x:receive", epcList=["p02"], **at(SHOP)),
            make("A", 13, "DELETE", eventID="urn:x:take", parentID="p01", childEPCs=["i2"], **at(SHOP)),
            make("A", 14, "DELETE", eventID="urn:x:unstack", parentID="p02", **at("urn:x:yard")),
            make("O", 15, "OBSERVE", eventID="urn:x:return", epcList=["p02"], **at(PLANT)),
        ]
    )
    return store


@pytest.mark.parametrize(
    ("word", "moment", "expected"),
    [
        ("i1", 7, ("", None, None)),
        ("i1", 8, ("p01", PLANT, "pack")),
        ("i1", 9, ("p01 p02", PLANT, "stack")),
        ("i1", 10, ("p01 p02", None, "ship")),
        ("i1", 12, ("p01 p02", SHOP, "receive")),
        ("i1", 13, ("p01 p02", SHOP, "take")),
        ("i1", 14, ("p01", "urn:x:yard", "unstack")),
        ("i1", None, ("p01", "urn:x:yard", "unstack")),
        ("i2", 13, ("", SHOP, "take")),
        ("i2", None, ("", SHOP, "take")),
        ("p01", None, ("", "urn:x:yard", "unstack")),
        ("p02", None, ("", PLANT, "return")),
        ("i9", None, ("", None, None)),
    ],
)
def test_a_thing_moves_with_what_holds_it(
    moved: Store, word: str, moment: int | None, expected: tuple[str, str | None, str | None]
) -> None:
    assert told(moved, word, moment) == expected


def test_a_thing_without_events_has_no_place(store: Store) -> None:
    found = where_is(store, "urn:x:never")
    assert (found.known, found.places, found.location, found.party, found.time) == (False, (), None, None, None)


def test_at_one_instant_the_event_that_names_the_thing_counts(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1"]),
            make("O", 9, "OBSERVE", eventID="urn:x:z", epcList=["p01"], recordTime="2024-03-09T00:00:00Z", **at(SHOP)),
            make("O", 9, "OBSERVE", eventID="urn:x:a", epcList=["i1"], **at(PLANT)),
        ]
    )
    assert told(store, "i1") == ("p01", PLANT, "a")


def test_then_the_one_recorded_last_then_the_greatest_id(store: Store, make: Make) -> None:
    def seen(name: str, recorded: str | None) -> Event:
        return make("O", 9, "OBSERVE", eventID=f"urn:x:{name}", epcList=["i1"], recordTime=recorded)

    store.capture([seen("b", "2024-03-09T00:00:00Z"), seen("c", "2024-03-08T00:00:00Z"), seen("d", None)])
    assert told(store, "i1") == ("", None, "b")
    store.capture([seen("e", "2024-03-09T01:00:00+01:00")])
    assert told(store, "i1") == ("", None, "e")


def test_unmounting_everything_says_nothing_of_what_was_packed(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", eventID="urn:x:pack", parentID="p01", childEPCs=["i1"]),
            make("S", 8, "ADD", eventID="urn:x:mount", parentID="p01", childEPCs=["i2"]),
            make("S", 9, "DELETE", eventID="urn:x:unmount", parentID="p01", **at(SHOP)),
            make("A", 10, "DELETE", eventID="urn:x:unpack", parentID="p01", **at(PLANT)),
        ]
    )
    assert told(store, "i2") == ("", SHOP, "unmount")
    assert told(store, "i1") == ("", PLANT, "unpack")
    assert told(store, "i1", 9) == ("p01", SHOP, "unmount")


def test_the_party_is_that_of_the_latest_event_that_names_one(store: Store, make: Make) -> None:
    def shipped(hour: int, **holders: str) -> Event:
        listed = tuple(Destination(type=kind, destination=name) for kind, name in holders.items())
        return make("O", hour, "OBSERVE", epcList=["p01"]).model_copy(update={"destination_list": listed})

    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1"]),
            shipped(9, owning_party="urn:x:owner", possessing_party="urn:x:carrier"),
            shipped(11, owning_party="urn:x:owner"),
            make("A", 12, "DELETE", parentID="p01", childEPCs=["i1"], **at(SHOP)),
            shipped(13, owning_party="urn:x:else"),
        ]
    )
    assert where_is(store, full("i1"), at="2024-03-01T10:00:00Z").party == "urn:x:carrier"
    assert where_is(store, full("i1")).party == "urn:x:owner"
    assert where_is(store, full("p01")).party == "urn:x:else"
    assert where_is(store, full("i1"), at="2024-03-01T08:30:00Z").party is None


def test_a_lot_is_in_many_places(store: Store, make: Make) -> None:
    store.capture(
        [
            make("O", 7, "ADD", eventID="urn:x:made", quantityList=[("l7", 100)], **at(PLANT)),
            make("A", 8, "ADD", eventID="urn:x:one", parentID="p01", childQuantityList=[("l7", 60)], **at(PLANT)),
            make("A", 8, "ADD", eventID="urn:x:two", parentID="p02", childQuantityList=[("l7", 40)], **at(PLANT)),
            make("A", 9, "ADD", eventID="urn:x:up", parentID="p03", childEPCs=["p02"], **at(PLANT)),
            make("O", 10, "OBSERVE", eventID="urn:x:got", epcList=["p03"], **at(SHOP)),
        ]
    )
    found = where_is(store, full("l7"))
    assert [(short(place.containers), place.location, dict(place.amounts)) for place in found.places] == [
        ("p02 p03", SHOP, {"": Decimal(40)}),
        ("p01", PLANT, {"": Decimal(60)}),
    ]
    assert (short(found.containers), found.location, found.locations) == ("p02 p03 p01", SHOP, (SHOP, PLANT))
    store.capture(
        [
            make("A", 11, "DELETE", eventID="urn:x:out", parentID="p02", **at(SHOP)),
            make("O", 12, "OBSERVE", eventID="urn:x:sold", quantityList=[("l7", 1)], **at(SHOP)),
        ]
    )
    assert [(short(place.containers), place.event_id) for place in where_is(store, full("l7")).places] == [
        ("", "urn:x:sold"),
        ("p01", "urn:x:one"),
    ]
    before = where_is(store, full("l7"), at="2024-03-01T07:00:00Z")
    assert [(place.containers, place.event_id) for place in before.places] == [((), "urn:x:made")]


def test_contents_at_an_instant(moved: Store) -> None:
    found = contents_at(moved, full("p02"), at="2024-03-01T12:00:00Z")
    assert short(found.keys) == "p01 i1 i2"
    assert {short([key]): short(parents) for key, parents in found.parents.items()} == {
        "p01": "p02",
        "i1": "p01",
        "i2": "p01",
    }
    assert found.events == ("urn:x:pack", "urn:x:stack")
    assert short(contents_at(moved, full("p02"), at="2024-03-01T13:00:00Z").keys) == "p01 i1"
    assert contents_at(moved, full("p02")).keys == ()
    assert short(contents_at(moved, full("p01")).keys) == "i1"
    assert contents_at(moved, "urn:x:never").as_dict() == {
        "start": "urn:x:never",
        "at": None,
        "keys": [],
        "parents": {},
        "quantities": {},
        "events": [],
        "policies": [],
    }


def test_amounts_of_lots_directly_inside(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childQuantityList=[("l7", 60), ("l7", 5, "KGM"), ("l8", None)]),
            make("A", 9, "ADD", parentID="p02", childEPCs=["p01"], childQuantityList=[("l7", 1)]),
            make("S", 9, "ADD", parentID="p01", childQuantityList=[("l7", 2)]),
            make("A", 10, "DELETE", parentID="p01", childQuantityList=[("l7", 30)]),
        ]
    )
    found = contents_at(store, full("p01"))
    assert found.quantities == {LOT + "7": {"": Decimal(32), "KGM": Decimal(5)}}
    assert found.quantity(LOT + "7") is None
    assert contents_at(store, full("p01"), at="2024-03-01T08:30:00Z").quantities == {
        LOT + "7": {"": Decimal(60), "KGM": Decimal(5)}
    }
    assert contents_at(store, full("p02")).quantity(LOT + "7") == 1


def test_packed_and_unpacked_at_one_instant(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1"]),
            make("A", 8, "DELETE", parentID="p01", childEPCs=["i1"]),
        ]
    )
    assert short(contents_at(store, full("p01"), at="2024-03-01T08:00:00Z").keys) == "i1"
    assert contents_at(store, full("p01")).keys == ()
    assert told(store, "i1")[0] == ""


def test_an_implicit_move_is_a_policy(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1"], **at(PLANT)),
            make("A", 9, "ADD", parentID="p02", childEPCs=["i1"], **at(PLANT)),
            make("O", 10, "OBSERVE", epcList=["p01"], **at(SHOP)),
        ]
    )
    assert (short(contents_at(store, full("p01")).keys), told(store, "i1")[:2]) == ("i1", ("p02 p01", SHOP))
    assert contents_at(store, full("p01"), policies=["implicit_move"]).keys == ()
    found = where_is(store, full("i1"), policies=["implicit_move"])
    assert (short(found.containers), found.location, found.policies) == ("p02", PLANT, ("implicit_move",))


def test_a_cycle_of_containers_ends(store: Store, make: Make) -> None:
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["p02"]),
            make("A", 8, "ADD", parentID="p02", childEPCs=["p01", "i1"]),
        ]
    )
    assert told(store, "i1")[0] == "p02 p01"
    assert told(store, "p01")[0] == "p02"
    assert short(contents_at(store, full("p01")).keys) == "p02 i1"


@pytest.mark.parametrize("seen", ["i1", "p01"])
def test_who_has_it_is_known_after_any_number_of_sightings(store: Store, make: Make, seen: str) -> None:
    party = "https://id.gs1.org/417/9521103000090"
    sold = (Destination(type="owning_party", destination=party),)
    sights = [make("O", f"2024-03-02T00:{minute:02d}:00Z", "OBSERVE", epcList=[seen]) for minute in range(40)]
    store.capture(
        [
            make("A", 8, "ADD", parentID="p01", childEPCs=["i1"]),
            make("O", 9, "OBSERVE", epcList=[seen], destinationList=sold),
            *sights,
        ]
    )
    assert where_is(store, full("i1")).party == party


def test_the_instant_may_be_given_by_position(moved: Store) -> None:
    assert where_is(moved, full("i1"), "2024-03-01T11:00:00Z") == where_is(moved, full("i1"), at="2024-03-01T11:00:00Z")
    assert short(contents_at(moved, full("p01"), "2024-03-01T13:30:00Z").keys) == "i1"
