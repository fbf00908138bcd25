"""What stands in EPCIS XML where the standard has no place for it: attributes of plain fields, text between elements.

Takes lxml elements that were decoded already; gives one extension each for what the decoders had no part to put it
into, so that nothing is dropped: ``ekc:stray`` with the place, the attributes and the text. Elements are no matter of
this module: unknown ones are extensions of the part they stand in. Guarantees: a document that is valid by the schemas
has no strays; each is told once; what the decoders keep themselves (attributes of an event, of a place, of sensor data,
everything below an extension) is left to them. Attributes of XML Schema instance (``xsi:type``, ``xsi:nil``) speak to
validators only and are no strays.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from epcis_kit.codec.dialects import CARRIED, FIELDS, LISTS, SBDH, XSI
from epcis_kit.codec.xml_trees import attributes_of, local_name, split
from epcis_kit.model import Extension

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["STRAY", "Shape", "event_strays", "header_strays", "line_strays", "stray", "vocabulary_strays", "words"]

STRAY: Final = "stray"
"""Local name of the extension that carries one stray."""

_Place: TypeAlias = "tuple[_Place | None, str, int]"
"""The place above, the name of an element, and the how many-th of that name it is."""


class Shape(NamedTuple):
    """What the decoders read of an element.

    Attributes:
        attributes: Attributes that are read; ``None`` where all of them are.
        text: Whether its text is read.
        inside: Elements whose content is read field by field; others are extensions and kept whole.
    """

    attributes: frozenset[str] | None = frozenset()
    text: bool = False
    inside: Mapping[str, Shape] = {}


def _list(member: str, shape: Shape) -> Shape:
    return Shape(inside={member: shape})


_LEAF: Final = Shape(text=True)
_TYPED: Final = Shape(attributes=frozenset({"type"}), text=True)
_FREE: Final = Shape(attributes=None)
_SENSOR: Final = Shape(
    inside={
        **dict.fromkeys(
            ("sensorMetadata", "sensorReport"), Shape(attributes=None, text=True, inside={"extension": _FREE})
        ),
        "extension": _FREE,
    },
)
_KINDS: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(("time", "word", "action", "biz_step", "disposition", "certificates"), _LEAF),
    "epcs": _list("epc", _LEAF),
    "quantities": _list("quantityElement", Shape(inside=dict.fromkeys(("epcClass", "quantity", "uom"), _LEAF))),
    "place": Shape(inside={"id": _LEAF, "extension": _FREE}),
    **{kind: _list(LISTS[kind], _TYPED) for kind in ("transactions", "sources", "destinations")},
    "sensors": _list("sensorElement", _SENSOR),
    "persistent": Shape(inside={"set": _LEAF, "unset": _LEAF, "extension": _FREE}),
    "error": Shape(
        attributes=None,
        inside={
            "declarationTime": _LEAF,
            "reason": _LEAF,
            "correctiveEventIDs": _list("correctiveEventID", _LEAF),
            "extension": _FREE,
        },
    ),
    "ilmd": Shape(attributes=None, inside={"extension": _FREE}),
}
_FIELDS: Final[Mapping[str, Shape]] = {
    **{name: _KINDS[field.kind] for name, field in FIELDS.items()},
    "epcClass": _LEAF,
    "quantity": _LEAF,
}

_CONTACT: Final = Shape(
    inside=dict.fromkeys(("Contact", "EmailAddress", "FaxNumber", "TelephoneNumber", "ContactTypeIdentifier"), _LEAF)
)
_PARTNER: Final = Shape(
    attributes=None,
    inside={"Identifier": Shape(attributes=frozenset({"Authority"}), text=True), "ContactInformation": _CONTACT},
)
_SBDH: Final = Shape(
    attributes=None,
    inside={
        "HeaderVersion": _LEAF,
        "Sender": _PARTNER,
        "Receiver": _PARTNER,
        "DocumentIdentification": Shape(
            inside=dict.fromkeys(
                ("Standard", "TypeVersion", "InstanceIdentifier", "Type", "MultipleType", "CreationDateAndTime"),
                _LEAF,
            )
        ),
    },
)
_VOCABULARY: Final = Shape(
    attributes=None,
    inside={
        "VocabularyElementList": _list(
            "VocabularyElement",
            Shape(attributes=None, inside={"children": _list("id", _LEAF), "extension": _FREE}),
        ),
        "extension": _FREE,
    },
)


def stray(at: str, attributes: tuple[tuple[str, str], ...], text: str = "") -> Extension:
    """One stray: where it stood, and what it was."""
    parts = [Extension(CARRIED, "at", at, prefix="ekc")]
    if attributes:
        parts.append(Extension(CARRIED, "attributes", "", attributes=attributes, prefix="ekc"))
    if text:
        parts.append(Extension(CARRIED, "text", text, prefix="ekc"))
    return Extension(CARRIED, STRAY, tuple(parts), prefix="ekc")


def event_strays(element: Any, names: frozenset[str]) -> list[Extension]:
    """The strays of an event and of the wrappers in it; ``names`` are the elements that its decoder reads."""
    if _is_plain(element):
        return []
    return list(_below(element, _event_shape(names), (None, local_name(element), 1)))


def _is_plain(element: Any) -> bool:
    """Whether an event has no strays for sure; seen in its text, which is much faster than a look at each element."""
    from lxml import etree  # noqa: PLC0415 - heavy

    text = etree.tostring(element, encoding="unicode", with_tail=False)
    start = text.find(">")
    attributes = text.count('="', start)
    if attributes:
        attributes -= sum(text.count(each, start) for each in _TYPES)
        attributes -= sum(each.count('="') for each in _sensor_tags(text, start))
    return not attributes and not any(search(text, start) for search in _TEXTS)


_TYPES: Final = tuple(f'<{name} type="' for name in ("bizTransaction", "source", "destination"))
_sensor_tags: Final = re.compile("<sensor(?:Metadata|Report) [^<>]*+").findall
_TEXTS: Final = (
    re.compile(r"</[^<>]*+>[ \t\n]*+[^ \t\n<]").search,  # behind an end tag
    re.compile(r"/>[ \t\n]*+[^ \t\n<]").search,  # behind an empty element
    re.compile(r">[ \t\n]*+[^ \t\n<][^<]*+<[^/]").search,  # before a start tag
)


@functools.cache
def _event_shape(names: frozenset[str]) -> Shape:
    """An event; its fields may stand in wrappers, however deep."""
    inside = {name: shape for name, shape in _FIELDS.items() if name in names}
    shape = Shape(attributes=None, inside=inside)
    inside |= {name: shape for name in ("extension", "baseExtension") if name in names}
    return shape


def header_strays(element: Any) -> list[Extension]:
    """The strays of an EPCISHeader."""
    return list(_below(element, _HEADER, (None, "EPCISHeader", 1)))


def _header_shape() -> Shape:
    inside = {"StandardBusinessDocumentHeader": _SBDH, "VocabularyList": _list("Vocabulary", _VOCABULARY)}
    shape = Shape(attributes=None, inside=inside)
    inside |= dict.fromkeys(("extension", "EPCISMasterData"), shape)
    return shape


_HEADER: Final = _header_shape()


def vocabulary_strays(element: Any) -> list[Extension]:
    """The strays of a Vocabulary."""
    return list(_below(element, _VOCABULARY, (None, "Vocabulary", 1)))


def line_strays(element: Any, at: str, *, attributes: bool = True, text: bool = False) -> list[Extension]:
    """The strays of one element itself, without what is below it.

    Args:
        element: The element.
        at: What its place is called.
        attributes: Whether attributes are strays there.
        text: Whether its text is read.
    """
    kept, said = _own(element, Shape(attributes=frozenset() if attributes else None, text=text))
    return [stray(at, kept, said)] if kept or said else []


def _own(element: Any, shape: Shape) -> tuple[tuple[tuple[str, str], ...], str]:
    kept: tuple[tuple[str, str], ...] = ()
    if shape.attributes is not None and element.keys():
        kept = tuple(
            (key, text)
            for key, text in attributes_of(element)
            if key not in shape.attributes and not key.startswith(f"{{{XSI}}}")
        )
    return kept, "" if shape.text else words(element.text)


def words(text: str | None) -> str:
    """The text without the white space around it, ``""`` where there is no other."""
    return "" if text is None else text.strip(" \t\r\n")


def _below(element: Any, shape: Shape, place: _Place) -> Iterator[Extension]:
    kept, said = _own(element, shape)
    if kept or said:
        yield stray(_spelt(place), kept, said)
    count: dict[str, int] = {}
    for child in element:
        namespace, name = split(str(child.tag))
        number = count[name] = count.get(name, 0) + 1
        below = shape.inside.get(name) if namespace in {"", SBDH} else None
        if below is not None:
            yield from _below(child, below, (place, name, number))
        if said := words(child.tail):
            yield stray(_spelt(place), (), said)


def _spelt(place: _Place) -> str:
    """A place as a path of names; the second and further elements of a name in one place have a number."""
    above, name, number = place
    step = name if number == 1 else f"{name}[{number}]"
    return step if above is None else f"{_spelt(above)}/{step}"
