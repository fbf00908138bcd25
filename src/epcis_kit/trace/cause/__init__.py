"""Root cause: what defective items have in common on their way, and what sound ones have not.

Takes a store and the keys of defective items; gives factors ranked by how much more often they meet defects, with
intervals and corrected probabilities. Guarantees: an association is never called a cause; every factor carries the
counts it was computed from; random labels give a claim about as rarely as the chosen level says.
"""

from __future__ import annotations

from epcis_kit.trace.cause.factors import Limit
from epcis_kit.trace.cause.root_cause import Ancestor, RootCause, root_cause
from epcis_kit.trace.cause.statistics import Association, Measure

__all__ = ["Ancestor", "Association", "Limit", "Measure", "RootCause", "root_cause"]
