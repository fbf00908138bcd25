"""Is it right by the standard? Documents in, findings out.

Takes anything ``codec`` reads; gives a :class:`~epcis_kit.findings.Report`. Guarantees: rules are rows of a table
with a sentence, a hint, a source and a good and a bad example each; nothing here stops at the first problem. So far
there is one rule set, ``core``, with the rules that one event (or the list of eventIDs) decides.
"""

from __future__ import annotations

from epcis_kit.validate.engine import PROFILES, UNREADABLE, check, check_event
from epcis_kit.validate.event_rules import RULES
from epcis_kit.validate.rules import Problem, Rule

__all__ = ["PROFILES", "RULES", "UNREADABLE", "Problem", "Rule", "check", "check_event"]
