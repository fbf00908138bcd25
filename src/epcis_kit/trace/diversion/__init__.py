"""Diversion and counterfeit: items whose history does not fit together.

Takes a store; gives :class:`Anomaly` values with their evidence (:func:`anomalies`), or the standing of one item
(:func:`verify_item`). Guarantees: every anomaly names the events that show it; one event that was declared wrong shows
nothing; what depends on the completeness of the data says so by its severity; the order is that of time and key.
"""

from __future__ import annotations

from epcis_kit.trace.diversion.kinds import KINDS, Kind
from epcis_kit.trace.diversion.requests import Anomalies, ItemStanding, anomalies, verify_item
from epcis_kit.trace.diversion.watch import Anomaly, WatchOptions

__all__ = ["KINDS", "Anomalies", "Anomaly", "ItemStanding", "Kind", "WatchOptions", "anomalies", "verify_item"]
