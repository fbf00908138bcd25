"""Rules about error declarations: when they were made, and whether the events that they name are there.

Takes the events of a document, and the history before it where there is one; yields problems. Guarantees: an event that
may stand in another document is missing only where the story is said to be complete; what is remembered grows with
the declarations, and with one number for each eventID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epcis_kit.validate.rules import problem, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event
    from epcis_kit.validate.rules import Look, Problem

__all__: list[str] = []


@rule("EVT-019", moments=("event", "end"))
def declarations(look: Look) -> Iterator[Problem]:
    known: set[int] = look.memory.setdefault("known", set())
    asked: list[tuple[int, str, str, str]] = look.memory.setdefault("asked", [])
    if look.moment == "end":
        for index, path, event_id, key in asked:
            if hash(event_id) not in known and (look.history is None or look.history.event(event_id) is None):
                yield problem(key, path, event_index=index, value=event_id)
        return
    event = look.event
    declaration = event.error_declaration
    if declaration is None:
        if event.event_id is not None:
            known.add(hash(event.event_id))
        return
    if declaration.declaration_time is None:
        yield problem("no_time", "errorDeclaration")
    else:
        before = event.record_time or event.event_time
        if declaration.declaration_time < before:
            path, text = "errorDeclaration/declarationTime", declaration.declaration_time.text
            yield problem("early", path, value=text, recorded=before.text)
    for number, event_id in enumerate(declaration.corrective_event_ids):
        path = f"errorDeclaration/correctiveEventIDs/{number}"
        if event_id == event.event_id:
            yield problem("itself", path, value=event_id)
        else:
            asked.append((look.index, path, event_id, "corrective"))
    if event.event_id is not None:
        asked.append((look.index, "eventID", event.event_id, "target"))
        original = None if look.history is None else look.history.event(event.event_id)
        if original is not None and original.error_declaration is None and not _alike(original, event):
            yield problem("differs", "eventID", value=event.event_id)


def _alike(original: Event, declared: Event) -> bool:
    """Equal but for the declaration and the time of recording."""
    leave: dict[str, Any] = {"error_declaration": None, "record_time": None}
    return original.model_copy(update=leave) == declared.model_copy(update=leave)
