"""Trace requests over a store: back, forward, where something is, what is in a container.

Takes a :class:`~epcis_kit.store.Store` and a key in any spelling; gives plain values: :class:`Trace`,
:class:`WhereIs`, :class:`Contents`. Guarantees: paths count only where the stays along them have an instant in
common; voided events never count; cycles end; the order of everything is fixed; what a limit or a policy did to the
answer stands in the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from epcis_kit._lazy import lazy_names

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
__getattr__, __dir__ = lazy_names(globals(), _HOMES)
