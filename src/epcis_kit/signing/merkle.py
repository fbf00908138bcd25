"""The Merkle tree of RFC 9162: one short root for many statements, and short proofs that one of them is under it.

Takes and gives bytes; SHA-256 throughout. A leaf is hashed after a zero byte and a node after a one byte, so that
neither can pass for the other; a tree whose size is no power of two has no padding, so that no two lists of leaves have
the same root. Guarantees: proofs are checked for their exact length (RFC 9162, 2.1.3.2 and 2.1.4.2); an empty tree
proves nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["consistent", "inclusion_proofs", "leaf_hash", "root_from_proof", "tree_root"]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; that of no leaves is the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    return _levels(leaves)[-1][0]


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels from the leaves up; the last node of an odd level goes up as it is."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [_node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
        levels.append([*above, below[-1]] if len(below) % 2 else above)
    return levels


def inclusion_proofs(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """For each leaf hash the nodes that lead from it to the root, the lowest first."""
    levels = _levels(leaves) if leaves else []
    proofs: list[list[bytes]] = []
    for index in range(len(leaves)):
        proof, at = [], index
        for level in levels[:-1]:
            beside = at ^ 1
            if beside < len(level):
                proof.append(level[beside])
            at >>= 1
        proofs.append(proof)
    return proofs


def root_from_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to; ``None`` where the proof has not the length of that place in that tree."""
    if not 0 <= index < size or len(leaf) != 32:
        return None
    at, last, root = index, size - 1, leaf
    for node in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = _node(node, root)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            root = _node(root, node)
        at >>= 1
        last >>= 1
    return root if last == 0 else None


def consistent(size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> bool:
    """True where ``proof`` shows that the second tree begins with the first; an empty tree shows nothing."""
    if not 0 < size1 <= size2:
        return False
    if size1 == size2:
        return not proof and root1 == root2
    nodes = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if not proof or not nodes:
        return False
    at, last = size1 - 1, size2 - 1
    while at & 1:
        at >>= 1
        last >>= 1
    first = second = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = _node(node, first), _node(node, second)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            second = _node(second, node)
        at >>= 1
        last >>= 1
    return last == 0 and first == root1 and second == root2
