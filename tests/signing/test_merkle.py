"""The Merkle tree, told by its definition: RFC 9162, section 2.1, as recursion."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epcis_kit.signing import merkle
from epcis_kit.signing.attest import _quoted
from epcis_kit.signing.key_names import base64url
from epcis_kit.signing.merkle import (
    GrowingTree,
    consistency_ranges,
    consistent,
    inclusion_proofs,
    inclusion_ranges,
    inclusion_texts,
    leaf_hash,
    root_from_proof,
    roots_of,
    tree_levels,
    tree_root,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAVES = [leaf_hash(bytes([number])) for number in range(70)]
sizes = st.integers(min_value=1, max_value=len(LEAVES))


def by_definition(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    left, right = by_definition(leaves[:half]), by_definition(leaves[half:])
    return hashlib.sha256(b"\1" + left + right).digest()


@pytest.mark.parametrize("size", range(len(LEAVES)))
def test_a_root_is_that_of_the_definition(size: int) -> None:
    assert tree_root(LEAVES[:size]) == by_definition(LEAVES[:size])


@given(size=sizes, parts=st.lists(sizes, max_size=5), at_once=st.sampled_from([1, 2, 4, 8]))
def test_a_tree_that_grows_is_the_tree_made_at_once(size: int, parts: list[int], at_once: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merkle, "_AT_ONCE", at_once)
        tree = GrowingTree()
        for end in sorted({part for part in parts if part < size} | {size}):
            tree.extend(LEAVES[tree.size : end])
            assert (tree.size, tree.root()) == (end, by_definition(LEAVES[:end]))


@pytest.mark.parametrize("size", range(1, len(LEAVES)))
def test_every_leaf_can_be_proved(size: int) -> None:
    leaves = LEAVES[:size]
    proofs, root = inclusion_proofs(leaves), tree_root(leaves)
    texts = inclusion_texts(tree_levels(leaves), _quoted)
    for index, proof in enumerate(proofs):
        assert root_from_proof(leaves[index], index, size, proof) == root
        assert roots_of(inclusion_ranges(index, size), lambda start, end: LEAVES[start:end]) == proof
        assert texts[index] == ",".join(f'"{base64url(node)}"' for node in proof)
        assert root_from_proof(leaves[index], index, size, [*proof, root]) is None
        assert root_from_proof(leaves[index], size, size, proof) is None
        if proof:
            assert root_from_proof(leaves[index], index, size, proof[:-1]) is None


@given(first=sizes, second=sizes)
def test_a_smaller_tree_is_the_beginning_of_a_bigger_one(first: int, second: int) -> None:
    first, second = sorted((first, second))
    roots = tree_root(LEAVES[:first]), tree_root(LEAVES[:second])
    proof = roots_of(consistency_ranges(first, second), lambda start, end: LEAVES[start:end])
    assert consistent(first, roots[0], second, roots[1], proof)
    assert not consistent(first, bytes(32), second, roots[1], proof)
    assert not consistent(first, roots[0], second, bytes(32), proof)
    assert not consistent(0, roots[0], second, roots[1], proof)
    assert not consistent(first, roots[0], second, roots[1], [*proof, bytes(32)])


def test_a_tree_without_leaves() -> None:
    assert tree_root([]) == GrowingTree().root() == hashlib.sha256(b"").digest()
    assert inclusion_proofs([]) == []
    assert root_from_proof(LEAVES[0], 0, 0, []) is None
