"""Rules about the document around the events, and about events beside each other.

Takes the head, each event and the end of a document; yields problems. Guarantees: what is remembered from event to
event is small, and is dropped with the document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []


@rule("DOC-009", moments=("event",))
def event_ids(look: Look) -> Iterator[Problem]:
    event_id = look.event.event_id
    if event_id is None or look.event.error_declaration is not None:
        return
    first = look.memory.setdefault(event_id, look.index)
    if first != look.index:
        yield problem("default", "eventID", related=((first, "eventID"),), value=event_id, first=first)
