"""Master data: what is known of products, places and parties beside the events.

Takes tables (CSV) and EPCIS documents with vocabularies (XML 1.x and 2.0, JSON 2.0), or the header of the document that
is checked; gives :class:`MasterData`, which finds a product or place by any spelling of its key: EPC URN (class
patterns too), Digital Link, bare GTIN or GLN, or the text itself where it is no GS1 key. Guarantees: nothing is
guessed: a bad key, a missing column or a date that is none is an error that names the file and the row; what is said
twice and differently is kept as a :class:`Conflict`, and the first saying counts.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1.canonical import trace_key
from epcis_kit.gs1.check_digits import check_mod10
from epcis_kit.gs1.gtins import gtin_14

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from decimal import Decimal

    from epcis_kit.model import Header, VocabularyElement

__all__ = [
    "Conflict",
    "MasterData",
    "Place",
    "Product",
    "checked_place_key",
    "checked_product_key",
    "class_key",
    "of_header",
    "place_key",
    "product_key",
]

_LINK: Final = "https://id.gs1.org"
_GTIN_LENGTHS: Final = (8, 12, 13, 14)
_GLN_LENGTH: Final = 13
_DIGITS: Final = re.compile("[0-9]{8,14}").fullmatch
_GDST_LOT: Final = re.compile(r"(urn:gdst:[^:]+:product:)(?:lot:class|serial:obj|obj):(.+)\.[^.]+", re.IGNORECASE)
_PRODUCT_TYPES: Final = frozenset({"epcclass"})
_PLACE_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "location": frozenset(),  # parties and places stand side by side in this one
    "sourcedest": frozenset(),
    "businesslocation": frozenset({"place"}),
    "readpoint": frozenset({"place"}),
    "place": frozenset({"place"}),
    "party": frozenset({"party"}),
    "tradingparty": frozenset({"party"}),
}
_NAMES: Final = ("regulatedProductName", "descriptionShort", "tradeItemDescription", "productName", "name")
_NDC_TYPES: Final = frozenset({"US_FDA_NDC", "FDA_NDC_11", "NDC", "US_FDA_NDC_11"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What is known of one class of goods.

    Attributes:
        key: Its canonical key: the Digital Link of its GTIN, or the text itself where it has none.
        name: What people call it.
        ndc: Its National Drug Code (US), as written.
        pack_quantity: How many of ``child`` one of it holds.
        child: The canonical key of the product inside it.
        active_from: First day on which it may be used; ``None`` for always.
        active_to: Last day on which it may be used; ``None`` for always.
        active: False where the master data call it inactive without a date.
        markets: Countries it may be sold in (ISO 3166, two letters); empty for everywhere.
        attributes: Everything that is said of it, by the local name of the attribute or column.
        origin: Where that stands: file and row, or the place in the document.
    """

    key: str
    name: str = ""
    ndc: str = ""
    pack_quantity: Decimal | None = None
    child: str = ""
    active_from: dt.date | None = None
    active_to: dt.date | None = None
    active: bool = True
    markets: tuple[str, ...] = ()
    attributes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    origin: str = ""

    def active_on(self, day: dt.date) -> bool:
        """Whether it may be used on that day."""
        return _active(self, day)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of one place or party.

    Attributes:
        key: Its canonical key: the Digital Link of its GLN (AI 414, with its extension), or the text itself.
        name: What people call it.
        roles: ``"party"`` (a legal entity), ``"place"`` (a physical location), both, or none where that is not known.
        country: Two letters (ISO 3166).
        timezone: Name of its time zone in the IANA list, for example ``"America/New_York"``.
        active_from: First day; ``None`` for always.
        active_to: Last day; ``None`` for always.
        active: False where the master data call it inactive without a date.
        authorised: Whether it is an authorised trading partner; ``None`` where that is not said.
        authorised_until: Last day of its authorisation.
        attributes: Everything that is said of it.
        origin: Where that stands.
    """

    key: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    country: str = ""
    timezone: str = ""
    active_from: dt.date | None = None
    active_to: dt.date | None = None
    active: bool = True
    authorised: bool | None = None
    authorised_until: dt.date | None = None
    attributes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    origin: str = ""

    def active_on(self, day: dt.date) -> bool:
        """Whether it may be used on that day."""
        return _active(self, day)


def _active(item: Product | Place, day: dt.date) -> bool:
    return (
        item.active
        and (item.active_from is None or item.active_from <= day)
        and (item.active_to is None or day <= item.active_to)
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that was said twice and differently.

    Attributes:
        key: What it is about.
        name: Which detail.
        first: What was said first; that counts.
        second: What was said later.
        first_origin: Where the first stands.
        second_origin: Where the second stands.
    """

    key: str
    name: str
    first: str
    second: str
    first_origin: str
    second_origin: str


class MasterData:
    """Products, places and parties, found by any spelling of their keys.

    Attributes:
        products: By canonical key.
        places: Places and parties by canonical key.
        conflicts: What was said twice and differently.
    """

    __slots__ = ("conflicts", "places", "products")

    def __init__(self) -> None:
        self.products: dict[str, Product] = {}
        self.places: dict[str, Place] = {}
        self.conflicts: list[Conflict] = []

    def __bool__(self) -> bool:
        return bool(self.products or self.places)

    def product(self, text: str) -> Product | None:
        """The product whose class, lot or instance ``text`` names; ``None`` where it is not known."""
        return self.products.get(product_key(text))

    def place(self, text: str) -> Place | None:
        """The place or party that ``text`` names; one with an extension that is not known is looked for without it."""
        key = place_key(text)
        found = self.places.get(key)
        if found is None and "/254/" in key:
            found = self.places.get(key.partition("/254/")[0])
        return found

    location = place
    party = place

    def add(self, item: Product | Place) -> None:
        """Take one item in; what is there already is filled up, and what contradicts it becomes a conflict."""
        table: dict[str, Any] = self.products if isinstance(item, Product) else self.places
        known = table.get(item.key)
        table[item.key] = item if known is None else self._joined(known, item)

    def update(self, other: MasterData) -> None:
        """Take in everything of ``other``, after what is here."""
        for product in other.products.values():
            self.add(product)
        for place in other.places.values():
            self.add(place)
        self.conflicts.extend(other.conflicts)

    def _joined(self, first: Any, second: Any) -> Any:
        changes: dict[str, Any] = {}
        for field in dataclasses.fields(first):
            name, old, new = field.name, getattr(first, field.name), getattr(second, field.name)
            if name in {"key", "origin"} or new in (old, field.default):
                continue
            if name == "attributes":
                for each, value in new.items():
                    if old.get(each, value) != value:
                        self._contradicted(first, second, each, old[each], value)
                changes[name] = {**new, **old}
            elif name == "roles":
                changes[name] = old | new
            elif old == field.default:
                changes[name] = new
            elif name not in {"name", "ndc", "country"}:  # these are attributes too
                self._contradicted(first, second, name, old, new)
        return dataclasses.replace(first, **changes)

    def _contradicted(self, first: Any, second: Any, name: str, old: object, new: object) -> None:
        self.conflicts.append(Conflict(first.key, name, str(old), str(new), first.origin, second.origin))


# -- keys


def product_key(text: str) -> str:
    """The canonical key of the class that ``text`` names: a GTIN of 8 to 14 digits, a URN, a link, or any URI."""
    text = text.strip()
    if len(text) in _GTIN_LENGTHS and _DIGITS(text):
        return f"{_LINK}/01/{text.zfill(14)}"
    return class_key(text, trace_key(text))


def class_key(text: str, key: Any) -> str:
    """The same for a text whose trace key is known."""
    if key.level == "opaque":
        found = _GDST_LOT.fullmatch(text)
        return f"{found[1]}class:{found[2]}" if found else str(key.key)
    return str(key.class_key or key.key)


def place_key(text: str) -> str:
    """The canonical key of a place or party: a GLN of 13 digits, a URN, a link, or any URI.

    A party and a place with the same GLN have the same key here.
    """
    text = text.strip()
    if len(text) == _GLN_LENGTH and _DIGITS(text):
        return f"{_LINK}/414/{text}"
    key = trace_key(text).key
    return f"{_LINK}/414/{key[len(_LINK) + 5 :]}" if key.startswith(f"{_LINK}/417/") else key


def checked_product_key(text: str) -> str:
    """As :func:`product_key`, for master data: what claims to be a GTIN must be one.

    Raises:
        IdentifierError: Wrong length, character or check digit.
    """
    text = text.strip()
    digits = text.replace(" ", "")
    if digits.isdecimal():
        return f"{_LINK}/01/{gtin_14(digits)}"
    return _checked(text, product_key(text), "GTIN", "8, 12, 13 or 14 digits or a URI")


def checked_place_key(text: str) -> str:
    """As :func:`place_key`, for master data: what claims to be a GLN must be one.

    Raises:
        IdentifierError: Wrong length, character or check digit.
    """
    text = text.strip()
    digits = text.replace(" ", "")
    if digits.isdecimal():
        if len(digits) != _GLN_LENGTH:
            raise IdentifierError("GLN", text, expected="13 digits", got=str(len(digits)), kind="length", ai="414")
        return f"{_LINK}/414/{check_mod10(digits, what='GLN', ai='414')}"
    return _checked(text, place_key(text), "GLN", "13 digits or a URI")


def _checked(text: str, key: str, what: str, expected: str) -> str:
    fault = trace_key(text).problem
    if fault is not None:
        raise IdentifierError(what, text, expected="a correct key", got=fault, kind="key", ai="")
    if ":" not in text:
        raise IdentifierError(what, text, expected=expected, got="another text", kind="key", ai="")
    return key


# -- vocabularies in documents


def of_header(header: Header | None, name: str = "") -> MasterData:
    """The master data in the header of a document; ``name`` stands before the places in origins."""
    data = MasterData()
    prefix = f"{name}, " if name else ""
    for number, vocabulary in enumerate(() if header is None else header.master_data):
        kind = re.split(r"[:/#\-]", vocabulary.type)[-1].casefold()
        path = f"{prefix}epcisHeader/epcisMasterData/vocabularyList/{number}/vocabularyElementList"
        for index, element in enumerate(vocabulary.elements):
            if kind in _PRODUCT_TYPES:
                data.add(_product(element, f"{path}/{index}"))
            elif kind in _PLACE_TYPES:
                data.add(_place(element, _PLACE_TYPES[kind], f"{path}/{index}"))
    return data


def _attributes(element: VocabularyElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for attribute in element.attributes:
        name = re.split(r"[:/#]", attribute.id)[-1]
        text = attribute.text.strip()
        if text and name not in found:
            found[name] = text
    return found


def _product(element: VocabularyElement, origin: str) -> Product:
    attributes = _attributes(element)
    kind = attributes.get("additionalTradeItemIdentificationTypeCode", "")
    return Product(
        key=product_key(element.id),
        name=next((attributes[name] for name in _NAMES if name in attributes), ""),
        ndc=attributes.get("additionalTradeItemIdentification", "") if kind in _NDC_TYPES else "",
        attributes=attributes,
        origin=origin,
    )


def _place(element: VocabularyElement, roles: frozenset[str], origin: str) -> Place:
    attributes = _attributes(element)
    return Place(
        key=place_key(element.id),
        name=attributes.get("name", ""),
        roles=roles,
        country=attributes.get("countryCode", "").upper(),
        attributes=attributes,
        origin=origin,
    )
