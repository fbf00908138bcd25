"""Events, kept so that they can be found and traced: capture, query, master data, provenance.

Takes documents; gives events and counts. ``open_store`` opens one file (SQLite) or the memory of the process; other
databases come in behind :class:`~epcis_kit.store.backend.Backend`. Guarantees: see
:class:`~epcis_kit.store.store.Store`. Names load on first use, so that nothing loads sqlite3 before a store is
opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit._lazy import lazy_names

if TYPE_CHECKING:
    from epcis_kit.store.backend import Backend, Conflict, EventHead, Provenance
    from epcis_kit.store.capture import CaptureResult
    from epcis_kit.store.finding import Explanation
    from epcis_kit.store.history import StoreHistory
    from epcis_kit.store.hygiene import back_up, check_store, export, reindex
    from epcis_kit.store.store import QueryPage, Store, StoredEvent, open_store

__all__ = [
    "Backend",
    "CaptureResult",
    "Conflict",
    "EventHead",
    "Explanation",
    "Provenance",
    "QueryPage",
    "Store",
    "StoreHistory",
    "StoredEvent",
    "back_up",
    "check_store",
    "export",
    "open_store",
    "reindex",
]

_HOMES = {
    "backend": ("Backend", "Conflict", "EventHead", "Provenance"),
    "capture": ("CaptureResult",),
    "finding": ("Explanation",),
    "history": ("StoreHistory",),
    "hygiene": ("back_up", "check_store", "export", "reindex"),
    "store": ("QueryPage", "Store", "StoredEvent", "open_store"),
}
__getattr__, __dir__ = lazy_names(globals(), _HOMES)
