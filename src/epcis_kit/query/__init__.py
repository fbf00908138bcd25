"""What is asked of a store: EPCIS query parameters under their standard names, as typed values.

Takes parameter names and values (EPCIS 2.0, 8.2.7); gives a frozen :class:`Query` (SimpleEventQuery) or
:class:`MasterDataQuery` (SimpleMasterDataQuery), used by store, rest and cli alike. Nothing is looked up here.
Guarantees: an unknown or misspelt name is an error that says which name was probably meant; values are checked before
any event is read; words are taken in each spelling of the vocabulary, identifiers in each spelling of the key.

::

    Query.of(EQ_bizStep=["shipping", "receiving"], GE_eventTime="2024-03-01T00:00:00Z",
    MATCH_anyEPC="urn:epc:id:sscc:9521103.0000000001")

Several values of one parameter are alternatives; all parameters must hold. One row of :data:`PARAMETERS` or
:data:`FAMILIES` says all about a parameter.
"""

from __future__ import annotations

from epcis_kit.query.matching import MasterDataSource, matcher
from epcis_kit.query.parameters import FAMILIES, PARAMETERS, Family, FieldName, Operator, Parameter, parameter_of
from epcis_kit.query.simple_event_query import Condition, Query
from epcis_kit.query.simple_master_data_query import MasterDataQuery

__all__ = [
    "FAMILIES",
    "PARAMETERS",
    "Condition",
    "Family",
    "FieldName",
    "MasterDataQuery",
    "MasterDataSource",
    "Operator",
    "Parameter",
    "Query",
    "matcher",
    "parameter_of",
]
