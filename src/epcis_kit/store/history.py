"""What a store knows of the time before a document, for rules about other events.

Takes an open store; gives what :class:`epcis_kit.validate.rules.History` asks for, so that ``check(source,
history=StoreHistory(store))`` judges a document by everything that was captured before it. Guarantees: reads only; an
identifier is found in any spelling; an event comes once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit.gs1.canonical import trace_key
from epcis_kit.store.capture import party_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.model import Event
    from epcis_kit.store.store import Store

__all__ = ["StoreHistory"]


class StoreHistory:
    """The events of a store, by object and by eventID."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numbers: set[tuple[str, str]] | None = None

    def about(self, key: str) -> Iterator[Event]:
        """The events that name the object, the lot or the class with this key.

        Args:
            key: An identifier in any spelling.
        """
        level = trace_key(key).level
        if level in {"instance", "opaque"}:
            yield from self._store.query(MATCH_anyEPC=[key])
        if level != "instance":
            yield from self._store.query(MATCH_anyEPCClass=[key])

    def event(self, event_id: str) -> Event | None:
        """The event with this eventID; ``None`` where there is none."""
        stored = self._store.event(event_id)
        return None if stored is None else stored.event

    def document(self, sender: str, instance_identifier: str) -> bool:
        """Whether a document that this sender gave this number was captured; senders in any spelling."""
        if self._numbers is None:
            self._numbers = {
                (_site(partner.identifier, partner.authority), header.instance_identifier.strip())
                for header in self._store.backend.document_headers()
                for partner in header.senders
            }
        return (_site(sender), instance_identifier.strip()) in self._numbers


def _site(identifier: str, authority: str | None = None) -> str:
    """A sender by the GLN in whatever key; by the text where there is none."""
    key = trace_key(party_key(identifier, authority)).key
    for start in ("https://id.gs1.org/414/", "https://id.gs1.org/417/"):
        if key.startswith(start):
            return key[len(start) : len(start) + 13]
    return key
