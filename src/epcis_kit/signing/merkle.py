"""The Merkle tree of RFC 9162: one short root for many statements, and short proofs that one of them is under it.

Takes and gives bytes; SHA-256 throughout. A leaf is hashed after a zero byte and a node after a one byte, so that
neither can pass for the other; a tree whose size is no power of two has no padding, so that no two lists of leaves have
the same root. Guarantees: proofs are checked for their exact length (RFC 9162, 2.1.3.2 and 2.1.4.2); an empty tree
proves nothing. :class:`GrowingTree` takes leaves by and by and keeps a few nodes only; which ranges of leaves a proof
is made of is said by :func:`inclusion_ranges` and :func:`consistency_ranges`, so that a log needs no tree in memory.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "GrowingTree",
    "consistency_ranges",
    "consistent",
    "inclusion_proofs",
    "inclusion_ranges",
    "inclusion_texts",
    "leaf_hash",
    "root_from_proof",
    "roots_of",
    "tree_levels",
    "tree_root",
]

_sha256 = hashlib.sha256
_AT_ONCE: Final = 1024


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return _sha256(b"\0" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\1" + left + right).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; that of no leaves is the hash of nothing."""
    if not leaves:
        return _sha256(b"").digest()
    return tree_levels(leaves)[-1][0]


def tree_levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels from the leaves up; the last node of an odd level goes up as it is."""
    levels = [list(leaves)]
    sha256 = _sha256
    while len(below := levels[-1]) > 1:
        one_by_one = iter(below)  # zip takes two at a time from it, and leaves the odd one
        above = [sha256(b"\1" + left + right).digest() for left, right in zip(one_by_one, one_by_one, strict=False)]
        if len(below) % 2:
            above.append(below[-1])
        levels.append(above)
    return levels


def inclusion_proofs(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """For each leaf hash the nodes that lead from it to the root, the lowest first."""
    if not leaves:
        return []
    above: list[list[bytes]] = [[]]
    for level in reversed(tree_levels(leaves)[:-1]):
        last = len(level) - 1
        # where an odd node goes up as it is, its proof is that of the node above it
        above = [
            above[at >> 1] if at == last and not at & 1 else [level[at ^ 1], *above[at >> 1]]
            for at in range(len(level))
        ]
    return above


def inclusion_texts(levels: Sequence[list[bytes]], written: Callable[[list[bytes]], list[str]]) -> list[str]:
    """The same for the levels of a tree, with nodes as texts and a comma between: neighbours share what is the same."""
    above = [""]
    for level in reversed(levels[:-1]):
        nodes = iter(written(level))
        below: list[str] = []
        for rest in above:
            left, right = next(nodes), next(nodes, None)
            if right is None:
                below.append(rest)
            elif rest:
                below += (f"{right},{rest}", f"{left},{rest}")
            else:
                below += (right, left)
        above = below
    return above


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots are the proof of one leaf, the lowest first (RFC 9162, 2.1.3.1)."""
    found: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(size1: int, size2: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose roots prove that a tree begins with a smaller one (RFC 9162, 2.1.4.1)."""
    found: list[tuple[int, int]] = []
    start, end = 0, size2
    while size1 < end:
        middle = start + _split(end - start)
        if size1 <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    if start:
        found.append((start, end))
    return found[::-1]


def _split(size: int) -> int:
    """The greatest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


class GrowingTree:
    """A tree that leaves are added to.

    Attributes:
        size: How many leaves it has.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._whole: list[tuple[int, bytes]] = []  # complete trees, each at least twice as big as the next
        self._rest: list[bytes] = []
        self.extend(leaves)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes at the end."""
        before = len(self._rest)
        self._rest += leaves
        self.size += len(self._rest) - before
        done = 0
        while len(self._rest) - done >= _AT_ONCE:
            node, size = tree_root(self._rest[done : done + _AT_ONCE]), 1
            done += _AT_ONCE
            while self._whole and self._whole[-1][0] == size:
                node, size = _node(self._whole.pop()[1], node), size * 2
            self._whole.append((size, node))
        del self._rest[:done]

    def root(self) -> bytes:
        """The root over all leaves so far."""
        nodes = [node for _, node in self._whole]
        if self._rest or not nodes:
            nodes.append(tree_root(self._rest))
        root = nodes.pop()
        while nodes:
            root = _node(nodes.pop(), root)
        return root


def roots_of(ranges: Iterable[tuple[int, int]], leaves: Callable[[int, int], Iterable[bytes]]) -> list[bytes]:
    """The roots over ranges of leaves; ``leaves`` gives those from the first number up to, not with, the second."""
    return [GrowingTree(leaves(start, end)).root() for start, end in ranges]


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
