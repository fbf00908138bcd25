"""The recall desk: from what is known of a defect to what is affected, where it is, and whom to call.

Takes a store and a :class:`ScopeRequest`; gives a :class:`Dossier` (:func:`recall`), notices, tables, and a case file
with its log. Guarantees: what is affected follows from trace requests alone, with their events as proof; what is
inferred (through a container) is told apart from what was observed; keys that no event names are said to be unknown
and never dropped; each partner's notice names only that partner's lots.
"""

from __future__ import annotations

from epcis_kit.trace.recall.case import Case, Entry, Response, read_case, response_event
from epcis_kit.trace.recall.desk import Affected, Consignee, Dossier, Shipment, recall
from epcis_kit.trace.recall.notices import notice
from epcis_kit.trace.recall.scope import Scope, ScopeRequest, find_scope

__all__ = [
    "Affected",
    "Case",
    "Consignee",
    "Dossier",
    "Entry",
    "Response",
    "Scope",
    "ScopeRequest",
    "Shipment",
    "find_scope",
    "notice",
    "read_case",
    "recall",
    "response_event",
]
