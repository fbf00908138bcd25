from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.errors import StoreError
from epcis_kit.model import Event, Extension, Timestamp, VocabularyElement, build_event
from epcis_kit.store.compression import Compression, train
from epcis_kit.store.payload import pack, pack_part, unpack, unpack_part

FULL: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2024-03-01T09:00:00.1234567+01:00",
    "recordTime": "2024-03-01T09:00:01Z",
    "eventTimeZoneOffset": "+01:00",
    "eventID": "urn:uuid:c4c90b2e-934c-5be5-9312-cc5a435d33ee",
    "errorDeclaration": {
        "declarationTime": "2024-03-02T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["a"],
    },
    "certificationInfo": ["https://example.org/c"],
    "action": "ADD",
    "epcList": ["urn:epc:id:sgtin:9521103.012345.1"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521103.012345.L", "quantity": Decimal("1.10"), "uom": "KGM"}],
    "bizStep": "commissioning",
    "persistentDisposition": {"set": ["completeness_verified"], "unset": []},
    "readPoint": {"id": "urn:epc:id:sgln:9521103.00001.0", "extensions": {"{https://example.org/}deep": "x"}},
    "bizLocation": {"id": "geo:1,2"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:1"}],
    "sourceList": [{"type": "location", "source": "urn:x:2"}],
    "destinationList": [{"type": "owning_party", "destination": "urn:x:3"}],
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2024-03-01T09:00:00Z", "deviceID": "urn:x:4"},
            "sensorReport": [{"type": "Temperature", "value": Decimal("2.50"), "uom": "CEL", "booleanValue": False}],
        }
    ],
    "ilmd": {"cbvmda:lotNumber": "L7"},
    "extensions": {"{https://example.org/}a": [1, 2], "{https://example.org/}b": {"{https://example.org/}c": True}},
}


def same(one: Event, other: Event) -> bool:
    return one == other and repr(one) == repr(other)


def test_an_event_with_every_field_comes_back() -> None:
    event = build_event(FULL)
    assert same(unpack(pack(event)), event)


def test_what_takes_no_part_in_equality_comes_back_too() -> None:
    event = build_event({**FULL, "origin_type": "QuantityEvent", "eventTime": "2024-03-01T08:00:00Z"})
    again = unpack(pack(event))
    assert again.origin_type == "QuantityEvent"  # type: ignore[attr-defined]
    assert again.event_time.text == "2024-03-01T08:00:00Z"


def test_an_opaque_event_keeps_its_type() -> None:
    event = build_event({**{name: FULL[name] for name in ("eventTime", "eventTimeZoneOffset")}, "type": "{urn:x}Odd"})
    again = unpack(pack(event))
    assert type(again).__name__ == "OpaqueEvent"
    assert again.type == "{urn:x}Odd"


@pytest.mark.parametrize("ilmd", [None, ()])
def test_an_absent_ilmd_is_not_an_empty_one(ilmd: object) -> None:
    event = build_event({**FULL, "ilmd": ilmd})
    assert unpack(pack(event)).ilmd == ilmd  # type: ignore[attr-defined]


def test_half_a_surrogate_pair_is_refused() -> None:
    event = build_event({**FULL, "disposition": "\ud800"})
    with pytest.raises(UnicodeEncodeError):
        pack(event)


def test_master_data_come_back() -> None:
    element = VocabularyElement.model_validate(
        {
            "id": "urn:epc:id:sgln:9521103.00001.0",
            "attributes": [{"id": "urn:epcglobal:cbv:mda#name", "value": Extension("", "", "Plant 1")}],
            "children": ["urn:epc:id:sgln:9521103.00001.1"],
        }
    )
    again = unpack_part(VocabularyElement, pack_part(element))
    assert again == element
    assert again.attribute("name") == "Plant 1"


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=5)
scalars = (
    names
    | st.booleans()
    | st.none()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: len(str(number)) < 40)
)


def extension(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Extension]:
    return st.builds(
        Extension,
        names,
        names,
        children,
        attributes=st.lists(st.tuples(names, names), max_size=2).map(tuple),
        datatype=st.none() | names,
        array=st.sampled_from(["", "member", "empty"]),
        prefix=names,
    )


trees = st.recursive(
    extension(scalars), lambda inner: extension(st.lists(inner | names, max_size=3).map(tuple)), max_leaves=8
)


def told(value: Any) -> Any:
    """All of an extension, with what takes no part in equality."""
    if isinstance(value, Extension):
        return tuple(told(getattr(value, name)) for name in Extension.__slots__)
    if isinstance(value, tuple):
        return tuple(told(item) for item in value)
    return (type(value).__name__, str(value))


@given(st.lists(trees, max_size=3))
@settings(max_examples=150, deadline=None)
def test_extensions_come_back_whole(extensions: list[Extension]) -> None:
    event = build_event({**FULL, "extensions": extensions})
    again = unpack(pack(event))
    assert told(again.extensions) == told(tuple(extensions))


def test_a_dictionary_makes_payloads_small_and_older_ones_stay_readable() -> None:
    texts = [pack(build_event({**FULL, "eventID": f"urn:x:{number}"})) for number in range(1000)]
    compression = Compression()
    before = compression.pack(texts[0])
    dictionary = train(texts)
    assert dictionary is not None
    compression.learn(1, dictionary)
    after = compression.pack(texts[0])
    assert compression.unpack(before) == compression.unpack(after) == texts[0]
    assert len(after) * 4 < len(before)
    assert not Compression().knows(after)


def test_texts_without_anything_in_common_give_no_dictionary() -> None:
    assert train([b""] * 10) is None


@pytest.mark.parametrize("damaged", [b"\x00abc", b"\x07abc", b""])
def test_a_damaged_payload_is_an_error(damaged: bytes) -> None:
    with pytest.raises(StoreError, match=r"^Cannot read an event from the store: its payload is damaged \("):
        Compression().unpack(damaged)


def test_times_are_parsed_once_more() -> None:
    assert unpack(pack(build_event(FULL))).event_time == Timestamp.parse("2024-03-01T08:00:00.1234567Z")
