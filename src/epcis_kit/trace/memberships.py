"""Policy "ILMD lots": which objects with serial numbers belong to which lot, by the ILMD of their creation.

Takes a frontier of handles; gives pairs of lot and object with the event that says so. Guarantees: only events that
create the object count (ADD of an ObjectEvent, output of a transformation); the lot is one of the object's own class.
Used only where the policy is on, so the events are unpacked here instead of widening the index of every store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.store.index import KeyCache, Role, index_event

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from epcis_kit.store.backend import Backend, Direction
    from epcis_kit.store.times import Instant, Window

__all__ = ["lot_links"]


def lot_links(
    backend: Backend, frontier: Collection[int], direction: Direction, span: Window
) -> Iterator[tuple[int, int, int, Instant]]:
    """Near key, far key, event and instant of each membership of the frontier: forward from lots, back from objects."""
    role = Role.LOT if direction == "forward" else Role.CREATED
    times: dict[int, Instant] = {}
    named: dict[int, list[int]] = {}
    for handle in sorted(frontier):
        for mention in backend.mentions(handle, span, roles=role):
            times[mention.event] = mention.time
            named.setdefault(mention.event, []).append(handle)
    if not named:
        return
    texts = backend.keys({handle for handles in named.values() for handle in handles})
    keys = KeyCache()
    for number, event in sorted(backend.get(named).items()):
        roles = index_event(event, keys).roles
        lots = [key for key, bits in roles.items() if bits & Role.LOT]
        members = [
            key
            for key, bits in roles.items()
            if bits & Role.CREATED and bits & (Role.EPC | Role.OUTPUT) and not keys[key][1]
        ]
        known = backend.handles([*lots, *members])
        for near in named[number]:
            for far in members if direction == "forward" else lots:
                lot, member = (texts[near], far) if direction == "forward" else (far, texts[near])
                if lot in lots and member in members and trace_key(lot).class_key == trace_key(member).class_key:
                    yield near, known[far], number, times[number]
