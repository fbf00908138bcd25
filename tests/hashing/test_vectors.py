"""Every published hash, from the documents themselves: read by the codec, hashed by the version that published it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit import codec
from epcis_kit.hashing import event_hash, matching_version, prehash

if TYPE_CHECKING:
    from pathlib import Path

    from epcis_kit.model import Event

REVIEWED = {
    "otr/Namespace_document.xml#CBV2.0": "its fields stand in the namespace of EPCIS, which the generator takes for "
    "extensions of an unknown event type; they are read here as what they are",
    "otr/Namespace_document.xml#CBV2.1": "the same document",
}
"""Lines whose published hash is not reproduced, with the reason."""

VERSIONS = {
    ("pypi-1.9.3", "CBV2.0"): "legacy-1.9.3",
    ("upstream-2026", "CBV2.0"): "CBV2.0",
    ("upstream-2026", "CBV2.1"): "CBV2.1",
}

pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def vectors(shared: Path) -> list[dict[str, Any]]:
    text = (shared / "vectors" / "hashing" / "hash_vectors.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def events(document: str) -> list[Event]:
    return list(codec.iter_events(document.encode()))


def test_every_line_is_reproduced_or_reviewed(vectors: list[dict[str, Any]]) -> None:
    different = set()
    for line in vectors:
        version = VERSIONS[line["profile"], line["version"]]
        found = events(line["document"])
        texts = [prehash(event, version=version) for event in found]
        hashes = [event_hash(event, version=version) for event in found]
        if texts != line["prehash"] or hashes != line["hash"]:
            different.add(line["id"])
    assert len(vectors) >= 170
    assert different == set(REVIEWED)


def test_twins_in_two_formats_have_the_same_hashes(vectors: list[dict[str, Any]]) -> None:
    by_id = {line["id"]: line for line in vectors}
    pairs = [(line, by_id[twin]) for line in vectors for twin in line["groups"] if twin in by_id]
    assert len(pairs) > 50
    for line, twin in pairs:
        version = VERSIONS[line["profile"], line["version"]]
        first, second = (
            {event_hash(event, version=version) for event in events(each["document"])} for each in (line, twin)
        )
        assert first == second, (line["id"], twin["id"])


def test_events_that_represent_one_event_have_one_hash(vectors: list[dict[str, Any]]) -> None:
    documents = [line for line in vectors if line["all_events_equal"] and line["n_events"] > 1]
    assert documents
    for line in documents:
        for version in ("CBV2.0", "CBV2.1"):
            assert len({event_hash(event, version=version) for event in events(line["document"])}) == 1, line["id"]


def test_a_published_hash_tells_its_version(vectors: list[dict[str, Any]]) -> None:
    for line in vectors:
        if line["id"] in REVIEWED:
            continue
        for event, uri in zip(events(line["document"]), line["hash"], strict=True):
            matched = matching_version(event, uri)
            assert matched is not None
            assert event_hash(event, version=matched) == uri
