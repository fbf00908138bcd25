"""Events, kept so that they can be found and traced: capture, query, master data, provenance.

Takes documents; gives events and counts. ``open_store`` opens one file (SQLite) or the memory of the process; other
databases come in behind :class:`~epcis_kit.store.backend.Backend`. Guarantees: see
:class:`~epcis_kit.store.store.Store`. Names load on first use, so that nothing loads sqlite3 before a store is
opened.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epcis_kit.store.backend import Backend, Conflict, EventHead, Provenance
    from epcis_kit.store.capture import CaptureResult
    from epcis_kit.store.store import Store, StoredEvent, open_store

__all__ = ["Backend", "CaptureResult", "Conflict", "EventHead", "Provenance", "Store", "StoredEvent", "open_store"]

_HOME = {
    "Backend": "backend",
    "CaptureResult": "capture",
    "Conflict": "backend",
    "EventHead": "backend",
    "Provenance": "backend",
    "Store": "store",
    "StoredEvent": "store",
    "open_store": "store",
}


def __getattr__(name: str) -> Any:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
