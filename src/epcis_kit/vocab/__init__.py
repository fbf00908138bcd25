"""The word lists of the GS1 Core Business Vocabulary (CBV) and the spellings of their words.

A CBV word is written in three ways: as a bare word in JSON (``shipping``), as a URN in EPCIS 1.x
(``urn:epcglobal:cbv:bizstep:shipping``) and as a web URI in EPCIS 2.0 (``https://ref.gs1.org/cbv/BizStep-shipping``,
with the short form ``cbv:BizStep-shipping``). The model holds the bare word; this room takes any spelling and gives
any other::

    >>> from epcis_kit import vocab
    >>> vocab.to_bare("biz_step", "urn:epcglobal:cbv:bizstep:shipping")
    'shipping'
    >>> vocab.to_web_uri("disposition", "in_transit")
    'https://ref.gs1.org/cbv/Disp-in_transit'
    >>> vocab.suggest("biz_step", "Shiping")
    'shipping'

Guarantees: casing counts (``Shipping`` is no word of the standard); a text that is no known word of the list asked for
comes back unchanged, so that user vocabularies pass through; every look-up is one dict access. The lists are data
(``schemas/cbv.toml``), read once at the first look-up and never at import.
"""

from __future__ import annotations

from epcis_kit.vocab.lists import (
    KINDS,
    Kind,
    editions,
    is_term,
    label,
    since,
    spellings,
    suggest,
    terms,
    to_bare,
    to_curie,
    to_urn,
    to_web_uri,
)
from epcis_kit.vocab.units import convert_amount, dimension_of, units_of

__all__ = [
    "KINDS",
    "Kind",
    "convert_amount",
    "dimension_of",
    "editions",
    "is_term",
    "label",
    "since",
    "spellings",
    "suggest",
    "terms",
    "to_bare",
    "to_curie",
    "to_urn",
    "to_web_uri",
    "units_of",
]
