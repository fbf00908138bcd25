"""The table of all rules: the catalogue's entries, each with the generator that was written for it.

Takes names of catalogues; gives :class:`~epcis_kit.validate.rules.Rule` values in the order of the catalogue.
Guarantees: the modules of a catalogue are loaded when one of its rules is asked for, never by an import; a rule without
a generator is one that the reader or the schema layer finds.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
from typing import TYPE_CHECKING, Final

from epcis_kit.validate.catalogue import catalogue, catalogues
from epcis_kit.validate.rules import CHECKS, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MODULES", "all_rules", "find_rule", "rules_of"]

MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "core": (
        "rules_identifiers",
        "rules_key_spelling",
        "rules_times",
        "rules_events",
        "rules_steps",
        "rules_words",
        "rules_ilmd",
        "rules_sensors",
        "rules_declarations",
        "rules_documents",
        "rules_header",
        "rules_sequence",
    ),
    "dscsa": ("rules_partner", "rules_dscsa"),
    "fsma204": ("rules_fsma204",),
    "gdst": ("rules_gdst",),
    "fmd": ("rules_fmd",),
    "tobacco": ("rules_tobacco",),
    "eudr": ("rules_eudr",),
    "dpp": ("rules_dpp",),
    "partner": ("rules_partner", "rules_masterdata"),
    "reading": (),
}
"""The modules with the generators of each catalogue."""


@functools.cache
def rules_of(name: str) -> Mapping[str, Rule]:
    """The rules of one catalogue by id, in the order of the file."""
    for module in MODULES.get(name, ()):
        importlib.import_module(f"epcis_kit.validate.{module}")
    return {
        rule_id: Rule(
            **{field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)},
            check=CHECKS.get(rule_id),
        )
        for rule_id, entry in catalogue(name).items()
    }


def find_rule(rule_id: str) -> Rule | None:
    """The rule with this id, whatever its catalogue."""
    for name in catalogues():
        if rule_id in catalogue(name):
            return rules_of(name)[rule_id]
    return None


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule of every catalogue, ``core`` first."""
    return tuple(rule for name in catalogues() for rule in rules_of(name).values())
