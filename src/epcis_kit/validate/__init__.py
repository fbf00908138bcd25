"""Is it right by the standard? Documents in, findings out.

Takes anything ``codec`` reads; gives a :class:`~epcis_kit.findings.Report`. Guarantees: a rule is a row of the
catalogue (``schemas/rules``), with a sentence, a hint, a source and a good and a bad example, and a small generator; a
profile chooses among them; nothing here stops at the first problem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epcis_kit.validate.engine import UNREADABLE, check, check_event
from epcis_kit.validate.profiles import Profile, load_profile
from epcis_kit.validate.rules import Look, Problem, Rule

if TYPE_CHECKING:
    PROFILES: tuple[str, ...]
    RULES: tuple[Rule, ...]

__all__ = [
    "PROFILES",
    "RULES",
    "UNREADABLE",
    "Look",
    "Problem",
    "Profile",
    "Rule",
    "check",
    "check_event",
    "load_profile",
]


def __getattr__(name: str) -> Any:
    """``PROFILES``, the names of the profiles, and ``RULES``, all rules: read from the data when first asked for."""
    if name == "PROFILES":
        from epcis_kit.validate.profiles import profile_names  # noqa: PLC0415

        return profile_names()
    if name == "RULES":
        from epcis_kit.validate.rule_table import all_rules  # noqa: PLC0415

        return all_rules()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
