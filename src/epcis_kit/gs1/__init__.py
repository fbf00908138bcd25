"""GS1 identifiers: keys, element strings, Digital Links, EPC URNs, EPC tags, prefixes and check digits.

Knows nothing of EPCIS. Nothing is loaded at import: each name below comes from its module when it is first used, so
that ``import epcis_kit.gs1`` costs neither biip nor stdnum.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epcis_kit.gs1.canonical import TraceKey, trace_key
    from epcis_kit.gs1.check_digits import (
        check_gmn,
        check_mod10,
        gmn_check_pair,
        is_gmn,
        is_mod10,
        mod10_digit,
        price_weight_digit,
    )
    from epcis_kit.gs1.epc_urns import (
        EpcUrn,
        elements_to_urn,
        enumerate_pattern,
        link_to_urn,
        pattern_matches,
        read_urn,
        urn_to_elements,
        urn_to_link,
    )
    from epcis_kit.gs1.identity_links import elements_to_link, link_to_elements
    from epcis_kit.gs1.prefixes import GS1Prefix, company_prefix, company_prefix_length, gs1_prefix
    from epcis_kit.gs1.schemes import SCHEMES, Scheme

_HOMES = {
    "canonical": ("TraceKey", "trace_key"),
    "check_digits": (
        "check_gmn",
        "check_mod10",
        "gmn_check_pair",
        "is_gmn",
        "is_mod10",
        "mod10_digit",
        "price_weight_digit",
    ),
    "epc_urns": (
        "EpcUrn",
        "elements_to_urn",
        "enumerate_pattern",
        "link_to_urn",
        "pattern_matches",
        "read_urn",
        "urn_to_elements",
        "urn_to_link",
    ),
    "identity_links": ("elements_to_link", "link_to_elements"),
    "prefixes": ("GS1Prefix", "company_prefix", "company_prefix_length", "gs1_prefix"),
    "schemes": ("SCHEMES", "Scheme"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "SCHEMES",
    "EpcUrn",
    "GS1Prefix",
    "Scheme",
    "TraceKey",
    "check_gmn",
    "check_mod10",
    "company_prefix",
    "company_prefix_length",
    "elements_to_link",
    "elements_to_urn",
    "enumerate_pattern",
    "gmn_check_pair",
    "gs1_prefix",
    "is_gmn",
    "is_mod10",
    "link_to_elements",
    "link_to_urn",
    "mod10_digit",
    "pattern_matches",
    "price_weight_digit",
    "read_urn",
    "trace_key",
    "urn_to_elements",
    "urn_to_link",
]


def __getattr__(name: str) -> Any:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
