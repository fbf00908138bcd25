from __future__ import annotations

import doctest
import hashlib
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit import hashing
from epcis_kit.hashing import ALGORITHMS, VERSIONS, event_hash, is_event_hash, matching_version, prehash
from epcis_kit.model import Event, Extension, ObjectEvent

NS = "https://ext.example.com/"


def event(**fields: Any) -> ObjectEvent:
    return ObjectEvent(
        **{
            "event_time": "2024-05-01T08:00:00+02:00",
            "event_time_zone_offset": "+02:00",
            "action": "OBSERVE",
            "epc_list": ["urn:epc:id:sscc:9521321.1234567890"],
            **fields,
        }
    )


def test_a_hash_is_the_digest_of_the_pre_hash_as_a_ni_uri() -> None:
    assert event_hash(event()) == (f"ni:///sha-256;{hashlib.sha256(prehash(event()).encode()).hexdigest()}?ver=CBV2.0")
    assert event_hash(event()) == (
        "ni:///sha-256;9a63b6b9f5b999484cf229a105fe9e4130b9d712450b95089e116dde35c51f6d?ver=CBV2.0"
    )


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("sha-384", "sha384"), ("sha-512", "sha512"), ("sha3-256", "sha3_256")]
)
def test_the_other_algorithms(algorithm: str, digest: str) -> None:
    expected = hashlib.new(digest, prehash(event(), version="CBV2.1").encode()).hexdigest()
    assert event_hash(event(), version="CBV2.1", algorithm=algorithm) == f"ni:///{algorithm};{expected}?ver=CBV2.1"


def test_the_names_of_versions_and_algorithms() -> None:
    assert VERSIONS == ("CBV2.0", "CBV2.1", "legacy-1.9.3")
    assert tuple(ALGORITHMS) == ("sha-256", "sha-384", "sha-512", "sha3-256")
    assert event_hash(event(), version="legacy-1.9.3").endswith("?ver=CBV2.0")


def test_unknown_names_are_a_misuse() -> None:
    with pytest.raises(ValueError, match=r"^Cannot hash by version 'CBV3': ") as error:
        event_hash(event(), version="CBV3")
    assert str(error.value) == "Cannot hash by version 'CBV3': expected one of CBV2.0, CBV2.1, legacy-1.9.3."
    message = "Cannot hash with 'md5': expected one of sha-256, sha-384, sha-512, sha3-256."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        event_hash(event(), algorithm="md5")
    with pytest.raises(ValueError, match=r"^Cannot hash by version "):
        prehash(event(), version="")


def test_the_separator_is_for_reading_only() -> None:
    assert prehash(event(), join=" | ").replace(" | ", "") == prehash(event())
    assert event_hash(event()) == event_hash(event())


def test_a_hash_tells_by_which_version_it_was_made() -> None:
    sensors = event(sensor_element_list=[{"sensor_report": [{"type": "Temperature", "value": 1}]}])
    for version in VERSIONS:
        for algorithm in ALGORITHMS:
            uri = event_hash(sensors, version=version, algorithm=algorithm)
            assert is_event_hash(uri)
            assert matching_version(sensors, uri) == version
            assert matching_version(event(), uri) is None
    old = event_hash(sensors, version="legacy-1.9.3")
    assert matching_version(sensors, old, versions=["CBV2.0"]) is None
    assert matching_version(event(), event_hash(event(), version="legacy-1.9.3")) == "CBV2.0"


def test_a_hash_without_some_namespaces_is_compared_without_them() -> None:
    stamped = event(extensions={f"{{{NS}}}captureID": "1"})
    assert matching_version(stamped, event_hash(event())) is None
    assert matching_version(stamped, event_hash(event()), ignore=[NS]) == "CBV2.0"


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "urn:uuid:1b8f0f5e-0000-4000-8000-000000000001",
        "ni:///sha-256;abc?ver=CBV2.0",
        "ni:///sha-1;" + "0" * 64 + "?ver=CBV2.0",
        "ni:///sha-256;" + "0" * 64,
        "ni:///sha-256;" + "0" * 64 + "?ver=CBV9.9",
        "ni:///sha-256;" + "A" * 64 + "?ver=CBV2.0",
    ],
)
def test_what_is_no_event_hash_matches_nothing(uri: str) -> None:
    assert not is_event_hash(uri)
    assert matching_version(event(), uri) is None


def test_half_a_character_is_hashed_and_not_a_crash() -> None:
    assert event_hash(event(extensions={f"{{{NS}}}x": "\ud800"})) != event_hash(event())


def test_what_does_not_count() -> None:
    other = event(
        event_id="urn:uuid:1b8f0f5e-0000-4000-8000-000000000001",
        record_time="2024-05-01T08:00:00Z",
        certification_info=["https://cert.example.com/1"],
        error_declaration={"declaration_time": "2024-05-02T00:00:00Z"},
    )
    assert event_hash(other) == event_hash(event())


def test_documents_do_not_leak_into_each_other() -> None:
    undeclared = event(extensions=(Extension("", "leak:x", "1"),))
    before = prehash(undeclared)
    prehash(event(extensions=(Extension("https://leak/", "x", "1", prefix="leak"),)))
    assert prehash(undeclared) == before
    assert before.endswith("leak:x=1")


def test_the_example_of_the_module_is_true() -> None:
    assert doctest.testmod(hashing).attempted > 0
    assert doctest.testmod(hashing).failed == 0


texts = st.text("abcXYZ019 -.:", max_size=12)
epcs = st.integers(1, 99_999).map("urn:epc:id:sgtin:9521321.012345.{}".format)
names = st.sampled_from([f"{{{NS}}}a", f"{{{NS}}}b", "{urn:example:x}c", "d"])
extensions = st.dictionaries(names, texts | st.lists(texts, max_size=3) | st.dictionaries(names, texts, max_size=2))


@st.composite
def events(draw: st.DrawFn) -> ObjectEvent:
    return event(
        epc_list=draw(st.lists(epcs, max_size=4)),
        quantity_list=draw(
            st.lists(st.fixed_dictionaries({"epc_class": epcs, "quantity": st.integers(0, 9)}), max_size=3)
        ),
        biz_transaction_list=draw(
            st.lists(
                st.fixed_dictionaries({"biz_transaction": texts}, optional={"type": st.sampled_from(["po", "inv"])}),
                max_size=3,
            )
        ),
        sensor_element_list=draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "sensor_report": st.lists(
                            st.fixed_dictionaries({"value": st.integers(0, 3), "extensions": extensions}),
                            min_size=1,
                            max_size=2,
                        )
                    },
                    optional={"extensions": extensions},
                ),
                max_size=2,
            )
        ),
        extensions=draw(extensions),
    )


def shuffled(value: Any, draw: Any) -> Any:
    """The same event with its lists and extensions in another order."""
    if isinstance(value, tuple):
        return draw(st.permutations([shuffled(item, draw) for item in value]))
    if isinstance(value, Extension) and isinstance(value.value, tuple):
        return Extension(value.namespace, value.name, tuple(shuffled(value.value, draw)), array=value.array)
    if hasattr(value, "model_copy"):
        changed = {
            name: tuple(shuffled(item, draw)) for name, item in value.__dict__.items() if isinstance(item, tuple)
        }
        return value.model_copy(update=changed)
    return value


@given(data=st.data(), one=events(), version=st.sampled_from(VERSIONS))
@settings(max_examples=100, deadline=None)
def test_the_order_of_lists_does_not_matter(data: st.DataObject, one: ObjectEvent, version: str) -> None:
    other: Event = shuffled(one, data.draw)
    assert prehash(other, version=version) == prehash(one, version=version)


@given(one=events(), version=st.sampled_from(VERSIONS))
@settings(max_examples=100, deadline=None)
def test_the_marked_text_is_the_hashed_text(one: ObjectEvent, version: str) -> None:
    assert prehash(one, version=version, join="\n").replace("\n", "") == prehash(one, version=version)


@given(one=events(), extra=epcs)
@settings(max_examples=50, deadline=None)
def test_duplicates_count(one: ObjectEvent, extra: str) -> None:
    once = one.model_copy(update={"epc_list": (*one.epc_list, extra)})
    twice = one.model_copy(update={"epc_list": (*one.epc_list, extra, extra)})
    assert len({event_hash(one), event_hash(once), event_hash(twice)}) == 3


@given(serials=st.lists(st.integers(1, 10**9), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_urns_and_links_of_the_same_items_are_equal(serials: list[int]) -> None:
    urns = event(epc_list=[f"urn:epc:id:sgtin:9521321.012345.{serial}" for serial in serials], biz_step="shipping")
    links = event(
        epc_list=[f"https://dl.example.com/01/9521321123458/10/L1/21/{serial}" for serial in serials],
        biz_step="urn:epcglobal:cbv:bizstep:shipping",
        event_time="2024-05-01T06:00:00.000Z",
    )
    assert event_hash(urns) == event_hash(links)
