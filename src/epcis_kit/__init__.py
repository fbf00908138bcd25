"""GS1 EPCIS events and identifiers: read, write, check, hash, store and trace.

Takes nothing at import: every name below is loaded from the room that owns it when it is first used, so that
``import epcis_kit`` costs no lxml, jsonschema, httpx, sqlite3 or biip.

Reading and writing: :func:`read`, :func:`iter_events`, :func:`write`, :func:`convert`. Tables: :func:`convert_table`,
:func:`to_table`.
Asking about a document: :func:`check`, :func:`event_hash`, :func:`prehash`.
Signing: :func:`sign`, :func:`verify`.
Identifiers: :func:`parse_key`, :mod:`gs1`. Events: :class:`ObjectEvent` and the other types.
Storing and tracing: :func:`open_store`, :func:`trace_back`, :func:`trace_forward`, :func:`where_is`,
:func:`contents_at`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epcis_kit import errors as errors
    from epcis_kit import gs1 as gs1
    from epcis_kit import vocab as vocab
    from epcis_kit._api import check as check
    from epcis_kit._api import convert as convert
    from epcis_kit._api import convert_table as convert_table
    from epcis_kit._api import iter_events as iter_events
    from epcis_kit._api import open_store as open_store
    from epcis_kit._api import read as read
    from epcis_kit._api import sign as sign
    from epcis_kit._api import to_table as to_table
    from epcis_kit._api import verify as verify
    from epcis_kit._api import write as write
    from epcis_kit.errors import EpcisKitError as EpcisKitError
    from epcis_kit.findings import Finding as Finding
    from epcis_kit.findings import Report as Report
    from epcis_kit.gs1 import parse_key as parse_key
    from epcis_kit.hashing import event_hash as event_hash
    from epcis_kit.hashing import prehash as prehash
    from epcis_kit.model import AggregationEvent as AggregationEvent
    from epcis_kit.model import AssociationEvent as AssociationEvent
    from epcis_kit.model import Document as Document
    from epcis_kit.model import ObjectEvent as ObjectEvent
    from epcis_kit.model import TransactionEvent as TransactionEvent
    from epcis_kit.model import TransformationEvent as TransformationEvent
    from epcis_kit.trace import contents_at as contents_at
    from epcis_kit.trace import trace_back as trace_back
    from epcis_kit.trace import trace_forward as trace_forward
    from epcis_kit.trace import where_is as where_is

__version__ = "0.1.0"

_HOMES = {
    "errors": "epcis_kit.errors",
    "gs1": "epcis_kit.gs1",
    "vocab": "epcis_kit.vocab",
    "AggregationEvent": "epcis_kit.model",
    "AssociationEvent": "epcis_kit.model",
    "Document": "epcis_kit.model",
    "EpcisKitError": "epcis_kit.errors",
    "Finding": "epcis_kit.findings",
    "ObjectEvent": "epcis_kit.model",
    "Report": "epcis_kit.findings",
    "TransactionEvent": "epcis_kit.model",
    "TransformationEvent": "epcis_kit.model",
    "check": "epcis_kit._api",
    "contents_at": "epcis_kit.trace",
    "convert": "epcis_kit._api",
    "convert_table": "epcis_kit._api",
    "event_hash": "epcis_kit.hashing",
    "iter_events": "epcis_kit._api",
    "open_store": "epcis_kit._api",
    "parse_key": "epcis_kit.gs1",
    "prehash": "epcis_kit.hashing",
    "read": "epcis_kit._api",
    "sign": "epcis_kit._api",
    "to_table": "epcis_kit._api",
    "trace_back": "epcis_kit.trace",
    "trace_forward": "epcis_kit.trace",
    "verify": "epcis_kit._api",
    "where_is": "epcis_kit.trace",
    "write": "epcis_kit._api",
}

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604 - the table above is the list of names


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(home)
    value = module if home == f"{__name__}.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
