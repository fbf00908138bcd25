"""What the one door needs of the larger readers, each loaded when it is first used.

Element strings, full Digital Links, compression and tags each have a module of their own that costs time to load. This
module holds the calls that ``keys`` makes to them, with plain values in and out.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from epcis_kit.errors import IdentifierError

if TYPE_CHECKING:
    from types import ModuleType

    from epcis_kit.gs1.element_strings import ElementString
    from epcis_kit.gs1.identity_links import Elements
    from epcis_kit.gs1.tags import Tag

AI_SYMBOLOGIES = frozenset({"]C1", "]d2", "]Q3", "]e0", "]e1", "]e2", "]J1"})
"""Symbology identifiers that announce AIs: GS1-128, DataMatrix, QR Code, DataBar and composite, DotCode."""


def _load(module: str, what: str, text: str) -> ModuleType:
    try:
        return importlib.import_module(f"epcis_kit.gs1.{module}")
    except ModuleNotFoundError as missing:
        if missing.name != f"epcis_kit.gs1.{module}":
            raise
        raise IdentifierError(
            what, text, expected="a build of this library that reads it", got="one without", kind="unsupported"
        ) from None


def title(ai: str) -> str:
    """The data title of ``ai``, or the empty string."""
    known = _load("application_identifiers", "AI", ai).default_table().get(ai)
    return "" if known is None else str(known.title)


def read_element_string(text: str, fnc1: str, *, lenient: bool = False) -> ElementString:
    """An element string in any spelling, read by its own module."""
    message: ElementString = _load("element_strings", "element string", text).parse_element_string(
        text, fnc1=fnc1, lenient=lenient
    )
    return message


def element_string_of(elements: Elements) -> ElementString:
    """The message of ``elements``, which are known to be right."""
    message: ElementString = _load("element_strings", "element string", "").ElementString(elements=elements)
    return message


def parse_digital_link(uri: str, *, lenient: bool = False) -> tuple[Elements, tuple[str, ...]]:
    """The elements of a Digital Link by the full rules, and the query parameters that are no AIs.

    ``lenient`` reads GTINs of 8, 12 and 13 digits and the short names of version 1.1 too.
    """
    links = _load("digital_links", "Digital Link", uri)
    link: Any = links.parse_digital_link(uri, zero_suppressed=lenient, convenience_names=lenient)
    return link.elements, tuple(link.ignored)


def build_digital_link(elements: Elements, stem: str) -> str:
    """The Digital Link of ``elements`` on ``stem``."""
    links = _load("digital_links", "Digital Link", str(elements))
    return str(links.build_digital_link(elements, stem=stem))


def may_be_compressed(uri: str) -> bool:
    """Whether the last word of the path reads as a compressed link."""
    return bool(_load("compression", "compressed Digital Link", uri).could_be_compressed(uri))


def compress(link: str) -> str:
    """The compressed form of a Digital Link."""
    return str(_load("compression", "compressed Digital Link", link).compress(link))


def decompress(link: str) -> str:
    """The Digital Link that a compressed one stands for."""
    return str(_load("compression", "compressed Digital Link", link).decompress(link))


def parse_tag_uri(uri: str) -> Tag:
    """What a tag or raw URI says."""
    tag: Tag = _load("tags", "EPC tag URN", uri).parse_tag_uri(uri)
    return tag


def could_be_tag(text: str) -> bool:
    """Whether ``text`` is hex or bits with the header and the length of a tag."""
    return bool(_load("tags", "EPC tag", text).could_be_tag(text))


def decode_tag(text: str) -> Tag:
    """What the hex or binary memory of a tag says."""
    tag: Tag = _load("tags", "EPC tag", text).decode_tag(text)
    return tag
