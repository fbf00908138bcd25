"""Trace requests over a store: back, forward, where something is, what is in a container.

Takes a :class:`~epcis_kit.store.Store` and a key in any spelling; gives plain values: :class:`Trace`,
:class:`WhereIs`, :class:`Contents`. Guarantees: paths count only where the stays along them have an instant in
common; voided events never count; cycles end; the order of everything is fixed; what a limit or a policy did to the
answer stands in the answer.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epcis_kit.trace.answers import Contents, Cut, Declaration, Link, Place, Trace, WhereIs
    from epcis_kit.trace.places import contents_at, where_is
    from epcis_kit.trace.policies import Limits, Policies
    from epcis_kit.trace.requests import trace_back, trace_forward

__all__ = [
    "Contents",
    "Cut",
    "Declaration",
    "Limits",
    "Link",
    "Place",
    "Policies",
    "Trace",
    "WhereIs",
    "contents_at",
    "trace_back",
    "trace_forward",
    "where_is",
]

_HOMES = {
    "answers": ("Contents", "Cut", "Declaration", "Link", "Place", "Trace", "WhereIs"),
    "places": ("contents_at", "where_is"),
    "policies": ("Limits", "Policies"),
    "requests": ("trace_back", "trace_forward"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
