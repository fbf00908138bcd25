"""GS1 identifiers: keys, element strings, Digital Links, EPC URNs, EPC tags, prefixes and check digits.

Knows nothing of EPCIS. Nothing is loaded at import: each name below comes from its module when it is first used, so
that ``import epcis_kit.gs1`` costs neither biip nor stdnum.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from epcis_kit.gs1.application_identifiers import AiTable as AiTable
    from epcis_kit.gs1.application_identifiers import ApplicationIdentifier as ApplicationIdentifier
    from epcis_kit.gs1.application_identifiers import default_table as default_table
    from epcis_kit.gs1.canonical import TraceKey as TraceKey
    from epcis_kit.gs1.canonical import trace_key as trace_key
    from epcis_kit.gs1.canonical import urn_to_link as urn_to_link
    from epcis_kit.gs1.check_digits import check_gmn as check_gmn
    from epcis_kit.gs1.check_digits import check_mod10 as check_mod10
    from epcis_kit.gs1.check_digits import gmn_check_pair as gmn_check_pair
    from epcis_kit.gs1.check_digits import is_gmn as is_gmn
    from epcis_kit.gs1.check_digits import is_mod10 as is_mod10
    from epcis_kit.gs1.check_digits import mod10_digit as mod10_digit
    from epcis_kit.gs1.check_digits import price_weight_digit as price_weight_digit
    from epcis_kit.gs1.compression import compress as compress
    from epcis_kit.gs1.compression import decompress as decompress
    from epcis_kit.gs1.digital_links import DigitalLink as DigitalLink
    from epcis_kit.gs1.digital_links import build_digital_link as build_digital_link
    from epcis_kit.gs1.digital_links import could_be_digital_link as could_be_digital_link
    from epcis_kit.gs1.digital_links import parse_digital_link as parse_digital_link
    from epcis_kit.gs1.element_strings import ElementString as ElementString
    from epcis_kit.gs1.element_strings import build_element_string as build_element_string
    from epcis_kit.gs1.element_strings import likely_split as likely_split
    from epcis_kit.gs1.element_strings import parse_element_string as parse_element_string
    from epcis_kit.gs1.element_values import Coordinates as Coordinates
    from epcis_kit.gs1.element_values import CountryValue as CountryValue
    from epcis_kit.gs1.element_values import DateValue as DateValue
    from epcis_kit.gs1.element_values import ElementValue as ElementValue
    from epcis_kit.gs1.element_values import Measure as Measure
    from epcis_kit.gs1.element_values import Money as Money
    from epcis_kit.gs1.element_values import Pieces as Pieces
    from epcis_kit.gs1.element_values import century_year as century_year
    from epcis_kit.gs1.element_values import typed_value as typed_value
    from epcis_kit.gs1.epc_urns import EpcUrn as EpcUrn
    from epcis_kit.gs1.epc_urns import elements_to_urn as elements_to_urn
    from epcis_kit.gs1.epc_urns import enumerate_pattern as enumerate_pattern
    from epcis_kit.gs1.epc_urns import link_to_urn as link_to_urn
    from epcis_kit.gs1.epc_urns import pattern_matches as pattern_matches
    from epcis_kit.gs1.epc_urns import read_urn as read_urn
    from epcis_kit.gs1.epc_urns import urn_to_elements as urn_to_elements
    from epcis_kit.gs1.gtins import RestrictedContent as RestrictedContent
    from epcis_kit.gs1.gtins import contract_upc_e as contract_upc_e
    from epcis_kit.gs1.gtins import expand_upc_e as expand_upc_e
    from epcis_kit.gs1.gtins import gtin_14 as gtin_14
    from epcis_kit.gs1.gtins import gtin_as as gtin_as
    from epcis_kit.gs1.gtins import restricted_circulation as restricted_circulation
    from epcis_kit.gs1.gtins import restricted_content as restricted_content
    from epcis_kit.gs1.identity_links import elements_to_link as elements_to_link
    from epcis_kit.gs1.identity_links import link_to_elements as link_to_elements
    from epcis_kit.gs1.key_types import Cpid as Cpid
    from epcis_kit.gs1.key_types import Gcn as Gcn
    from epcis_kit.gs1.key_types import Gdti as Gdti
    from epcis_kit.gs1.key_types import Giai as Giai
    from epcis_kit.gs1.key_types import Ginc as Ginc
    from epcis_kit.gs1.key_types import Gln as Gln
    from epcis_kit.gs1.key_types import Gmn as Gmn
    from epcis_kit.gs1.key_types import Grai as Grai
    from epcis_kit.gs1.key_types import Gsin as Gsin
    from epcis_kit.gs1.key_types import Gsrn as Gsrn
    from epcis_kit.gs1.key_types import GsrnProvider as GsrnProvider
    from epcis_kit.gs1.key_types import Gtin as Gtin
    from epcis_kit.gs1.key_types import Itip as Itip
    from epcis_kit.gs1.key_types import KeyNumber as KeyNumber
    from epcis_kit.gs1.key_types import PartyGln as PartyGln
    from epcis_kit.gs1.key_types import Sscc as Sscc
    from epcis_kit.gs1.keys import Key as Key
    from epcis_kit.gs1.keys import key_faults as key_faults
    from epcis_kit.gs1.keys import parse_key as parse_key
    from epcis_kit.gs1.prefixes import GS1Prefix as GS1Prefix
    from epcis_kit.gs1.prefixes import company_prefix as company_prefix
    from epcis_kit.gs1.prefixes import company_prefix_length as company_prefix_length
    from epcis_kit.gs1.prefixes import find_company_prefix_length as find_company_prefix_length
    from epcis_kit.gs1.prefixes import gs1_prefix as gs1_prefix
    from epcis_kit.gs1.schemes import SCHEMES as SCHEMES
    from epcis_kit.gs1.schemes import Scheme as Scheme
    from epcis_kit.gs1.tags import Tag as Tag
    from epcis_kit.gs1.tags import decode_tag as decode_tag
    from epcis_kit.gs1.tags import encode_tag as encode_tag
    from epcis_kit.gs1.tags import parse_tag_uri as parse_tag_uri
    from epcis_kit.gs1.tags import tag_scheme_names as tag_scheme_names

_HOMES = {
    "AiTable": "application_identifiers",
    "ApplicationIdentifier": "application_identifiers",
    "default_table": "application_identifiers",
    "TraceKey": "canonical",
    "trace_key": "canonical",
    "urn_to_link": "canonical",
    "check_gmn": "check_digits",
    "check_mod10": "check_digits",
    "gmn_check_pair": "check_digits",
    "is_gmn": "check_digits",
    "is_mod10": "check_digits",
    "mod10_digit": "check_digits",
    "price_weight_digit": "check_digits",
    "compress": "compression",
    "decompress": "compression",
    "DigitalLink": "digital_links",
    "build_digital_link": "digital_links",
    "could_be_digital_link": "digital_links",
    "parse_digital_link": "digital_links",
    "ElementString": "element_strings",
    "build_element_string": "element_strings",
    "likely_split": "element_strings",
    "parse_element_string": "element_strings",
    "Coordinates": "element_values",
    "CountryValue": "element_values",
    "DateValue": "element_values",
    "ElementValue": "element_values",
    "Measure": "element_values",
    "Money": "element_values",
    "Pieces": "element_values",
    "century_year": "element_values",
    "typed_value": "element_values",
    "EpcUrn": "epc_urns",
    "elements_to_urn": "epc_urns",
    "enumerate_pattern": "epc_urns",
    "link_to_urn": "epc_urns",
    "pattern_matches": "epc_urns",
    "read_urn": "epc_urns",
    "urn_to_elements": "epc_urns",
    "RestrictedContent": "gtins",
    "contract_upc_e": "gtins",
    "expand_upc_e": "gtins",
    "gtin_14": "gtins",
    "gtin_as": "gtins",
    "restricted_circulation": "gtins",
    "restricted_content": "gtins",
    "elements_to_link": "identity_links",
    "link_to_elements": "identity_links",
    "Cpid": "key_types",
    "Gcn": "key_types",
    "Gdti": "key_types",
    "Giai": "key_types",
    "Ginc": "key_types",
    "Gln": "key_types",
    "Gmn": "key_types",
    "Grai": "key_types",
    "Gsin": "key_types",
    "Gsrn": "key_types",
    "GsrnProvider": "key_types",
    "Gtin": "key_types",
    "Itip": "key_types",
    "KeyNumber": "key_types",
    "PartyGln": "key_types",
    "Sscc": "key_types",
    "Key": "keys",
    "key_faults": "keys",
    "parse_key": "keys",
    "GS1Prefix": "prefixes",
    "company_prefix": "prefixes",
    "company_prefix_length": "prefixes",
    "find_company_prefix_length": "prefixes",
    "gs1_prefix": "prefixes",
    "SCHEMES": "schemes",
    "Scheme": "schemes",
    "Tag": "tags",
    "decode_tag": "tags",
    "encode_tag": "tags",
    "parse_tag_uri": "tags",
    "tag_scheme_names": "tags",
}

__all__ = [
    "SCHEMES",
    "AiTable",
    "ApplicationIdentifier",
    "Coordinates",
    "CountryValue",
    "Cpid",
    "DateValue",
    "DigitalLink",
    "ElementString",
    "ElementValue",
    "EpcUrn",
    "GS1Prefix",
    "Gcn",
    "Gdti",
    "Giai",
    "Ginc",
    "Gln",
    "Gmn",
    "Grai",
    "Gsin",
    "Gsrn",
    "GsrnProvider",
    "Gtin",
    "Itip",
    "Key",
    "KeyNumber",
    "Measure",
    "Money",
    "PartyGln",
    "Pieces",
    "RestrictedContent",
    "Scheme",
    "Sscc",
    "Tag",
    "TraceKey",
    "build_digital_link",
    "build_element_string",
    "century_year",
    "check_gmn",
    "check_mod10",
    "company_prefix",
    "company_prefix_length",
    "compress",
    "contract_upc_e",
    "could_be_digital_link",
    "decode_tag",
    "decompress",
    "default_table",
    "elements_to_link",
    "elements_to_urn",
    "encode_tag",
    "enumerate_pattern",
    "expand_upc_e",
    "find_company_prefix_length",
    "gmn_check_pair",
    "gs1_prefix",
    "gtin_14",
    "gtin_as",
    "is_gmn",
    "is_mod10",
    "key_faults",
    "likely_split",
    "link_to_elements",
    "link_to_urn",
    "mod10_digit",
    "parse_digital_link",
    "parse_element_string",
    "parse_key",
    "parse_tag_uri",
    "pattern_matches",
    "price_weight_digit",
    "read_urn",
    "restricted_circulation",
    "restricted_content",
    "tag_scheme_names",
    "trace_key",
    "typed_value",
    "urn_to_elements",
    "urn_to_link",
]


def __getattr__(name: str) -> Any:
    module = _HOMES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
