"""One type for each kind of GS1 key: read it, build it from a company prefix, see its parts.

Takes text in any spelling (``Gtin.parse``) or a company prefix and a reference (``Gtin.build``); gives a frozen value
whose ``value`` is the whole key with its check digit, as the AI carries it. Every other form comes from
:meth:`KeyNumber.as_key`.

Guarantees: a value of these types is well formed and its check digit right; builders compute the check digit and refuse
references that do not fit behind the company prefix. A reference given as a number is filled with zeros, one given as
text must fit exactly.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Self

from epcis_kit.errors import IdentifierError
from epcis_kit.gs1 import gtins
from epcis_kit.gs1.check_digits import gmn_check_pair
from epcis_kit.gs1.epc_syntax import write_urn
from epcis_kit.gs1.epc_urns import urn_to_elements
from epcis_kit.gs1.identity_links import checked_key
from epcis_kit.gs1.keys import Key, parse_key
from epcis_kit.gs1.prefixes import GS1Prefix, company_prefix, gs1_prefix
from epcis_kit.gs1.schemes import LINK_KEYS, SCHEMES

__all__ = [
    "KEY_TYPES",
    "Cpid",
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
    "KeyNumber",
    "PartyGln",
    "Sscc",
]


@dataclasses.dataclass(frozen=True, slots=True)
class KeyNumber:
    """What all kinds of key have in common.

    Attributes:
        value: The key as its AI carries it, check digit included.
        gcp_length: Digits of the company prefix, where they are known from the way the key was made.
    """

    value: str
    gcp_length: int | None = dataclasses.field(default=None, compare=False)

    ai: ClassVar[str] = ""
    scheme: ClassVar[str] = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", checked_key(self.ai, self.value))

    @classmethod
    def parse(cls, text: str, *, gcp_length: int | None = None) -> Self:
        """The key of this kind in ``text``, in any spelling; what else the text holds is left aside.

        Raises:
            IdentifierError: the text is not well formed, or holds another kind of key.
        """
        key = parse_key(text, gcp_length=gcp_length, expect=cls.ai)
        return cls(dict(key.elements)[cls.ai], key.gcp_length)

    @classmethod
    def title(cls) -> str:
        """The name of this kind of key, for example ``"GTIN"``."""
        return LINK_KEYS[cls.ai].title

    def as_key(self) -> Key:
        """The key as a :class:`~epcis_kit.gs1.keys.Key`, which has every other form."""
        return Key(text=self.value, form=self.title(), elements=((self.ai, self.value),), gcp_length=self.gcp_length)

    def as_digital_link(self) -> str:
        """The canonical Digital Link."""
        return self.as_key().as_digital_link()

    def as_epc_urn(self, gcp_length: int | None = None) -> str:
        """The EPC URN; see :meth:`epcis_kit.gs1.keys.Key.as_epc_urn`."""
        return self.as_key().as_epc_urn(gcp_length)

    def company_prefix(self, gcp_length: int | None = None) -> str | None:
        """The digits of the company prefix; ``None`` where its length is neither given nor known."""
        return company_prefix(self.ai, self.value, gcp_length or self.gcp_length)

    def gs1_prefix(self) -> GS1Prefix | None:
        """The GS1 prefix and who gives out numbers with it; ``None`` where the table does not know."""
        return gs1_prefix(self.ai, self.value)

    def __str__(self) -> str:
        return self.value

    @classmethod
    def _built(cls, prefix: str, reference: str | int, *rest: str) -> Self:
        """The key of a company prefix, a reference, and the other components of its EPC scheme."""
        row = SCHEMES[cls.scheme]
        if isinstance(reference, int):
            if reference < 0:
                wrong = f"a positive {row.reference}"
                raise IdentifierError(cls.title(), reference, expected=wrong, kind="range", ai=cls.ai, verb="build")
            wanted = row.digits - len(prefix) if row.digits else 0
            reference = str(reference).zfill(wanted)
        form = "idpat" if row.serial and not rest[2 * row.pieces :] else "id"
        urn = write_urn(row, (prefix, reference, *rest), form)
        try:
            elements = urn_to_elements(urn if form == "id" else urn + ".*")
        except IdentifierError as fault:
            raise IdentifierError(
                cls.title(),
                ", ".join((prefix, reference, *rest)),
                expected=fault.expected,
                got=(fault.got or "").partition(" at position")[0],  # a position in the URN means nothing here
                kind=fault.kind,
                ai=cls.ai,
                verb="build",
            ) from None
        return cls(elements[0][1], len(prefix))


class Gtin(KeyNumber):
    """A trade item (AI 01), held in 14 digits."""

    __slots__ = ()
    ai: ClassVar[str] = "01"
    scheme: ClassVar[str] = "sgtin"

    @classmethod
    def build(cls, company_prefix: str, item_reference: str | int, *, indicator: str = "0") -> Self:
        """The GTIN of an item reference; ``indicator`` 1 to 8 for packaging levels, 9 for variable measure.

        Raises:
            IdentifierError: the company prefix or the reference does not fit.
        """
        if len(indicator) != 1 or indicator not in "0123456789":
            raise IdentifierError(
                "GTIN", indicator, expected="an indicator of one digit", kind="character", ai="01", verb="build"
            )
        if isinstance(item_reference, int):
            item_reference = str(item_reference).zfill(12 - len(company_prefix))
        return cls._built(company_prefix, indicator + item_reference)

    @classmethod
    def from_upc_e(cls, digits: str) -> Self:
        """The GTIN of a UPC-E symbol of 6, 7 or 8 digits."""
        return cls(gtins.expand_upc_e(digits))

    @property
    def indicator(self) -> str:
        """The first of the 14 digits."""
        return self.value[0]

    def as_gtin_8(self) -> str:
        """Eight digits; ``IdentifierError`` where the number needs more."""
        return gtins.gtin_as(self.value, 8)

    def as_gtin_12(self) -> str:
        """Twelve digits (UPC-A); ``IdentifierError`` where the number needs more."""
        return gtins.gtin_as(self.value, 12)

    def as_gtin_13(self) -> str:
        """Thirteen digits (EAN-13); ``IdentifierError`` where the number has an indicator."""
        return gtins.gtin_as(self.value, 13)

    def as_gtin_14(self) -> str:
        """Fourteen digits."""
        return self.value

    def as_upc_e(self) -> str:
        """The eight digits of the UPC-E symbol; ``IdentifierError`` where there is none."""
        return gtins.contract_upc_e(self.value)

    def restricted_circulation(self) -> gtins.Circulation | None:
        """``"company"`` or ``"region"`` where the number means nothing outside, else ``None``."""
        return gtins.restricted_circulation(self.value)


class Sscc(KeyNumber):
    """A logistic unit (AI 00)."""

    __slots__ = ()
    ai: ClassVar[str] = "00"
    scheme: ClassVar[str] = "sscc"

    @classmethod
    def build(cls, company_prefix: str, serial_reference: str | int, *, extension: str = "0") -> Self:
        """The SSCC of a serial reference; ``extension`` is any digit the company likes."""
        if len(extension) != 1 or extension not in "0123456789":
            raise IdentifierError(
                "SSCC", extension, expected="an extension of one digit", kind="character", ai="00", verb="build"
            )
        if isinstance(serial_reference, int):
            serial_reference = str(serial_reference).zfill(16 - len(company_prefix))
        return cls._built(company_prefix, extension + serial_reference)


class _Referenced(KeyNumber):
    """A key that is a company prefix and one reference."""

    __slots__ = ()

    @classmethod
    def build(cls, company_prefix: str, reference: str | int) -> Self:
        """The key of ``reference`` behind ``company_prefix``."""
        return cls._built(company_prefix, reference)


class Gln(_Referenced):
    """A location (AI 414)."""

    __slots__ = ()
    ai: ClassVar[str] = "414"
    scheme: ClassVar[str] = "pgln"  # the same number as that of a party, without the extension of SGLN

    @classmethod
    def parse(cls, text: str, *, gcp_length: int | None = None) -> Self:
        """The GLN in ``text``; the one of a party (AI 417) is the same number and is read too."""
        try:
            return super().parse(text, gcp_length=gcp_length)
        except IdentifierError as fault:
            if fault.kind != "unexpected_key" or fault.ai != "417":
                raise
        return cls(PartyGln.parse(text, gcp_length=gcp_length).value, gcp_length)


class PartyGln(_Referenced):
    """A party (AI 417)."""

    __slots__ = ()
    ai: ClassVar[str] = "417"
    scheme: ClassVar[str] = "pgln"


class Giai(_Referenced):
    """An individual asset (AI 8004)."""

    __slots__ = ()
    ai: ClassVar[str] = "8004"
    scheme: ClassVar[str] = "giai"


class Gsrn(_Referenced):
    """A service relation, the recipient's side (AI 8018)."""

    __slots__ = ()
    ai: ClassVar[str] = "8018"
    scheme: ClassVar[str] = "gsrn"


class GsrnProvider(_Referenced):
    """A service relation, the provider's side (AI 8017)."""

    __slots__ = ()
    ai: ClassVar[str] = "8017"
    scheme: ClassVar[str] = "gsrnp"


class Ginc(_Referenced):
    """A consignment (AI 401)."""

    __slots__ = ()
    ai: ClassVar[str] = "401"
    scheme: ClassVar[str] = "ginc"


class Gsin(_Referenced):
    """A shipment (AI 402)."""

    __slots__ = ()
    ai: ClassVar[str] = "402"
    scheme: ClassVar[str] = "gsin"


class _WithSerial(KeyNumber):
    """A key of a class of objects that may carry a serial number inside."""

    __slots__ = ()

    @classmethod
    def build(cls, company_prefix: str, reference: str | int, serial: str | None = None) -> Self:
        """The key of ``reference`` behind ``company_prefix``, of the class where ``serial`` is ``None``."""
        return cls._built(company_prefix, reference, *(() if serial is None else (serial,)))

    @property
    def serial(self) -> str | None:
        """The serial number inside the key; ``None`` for a class."""
        return self.value[LINK_KEYS[self.ai].digits :] or None


class Grai(_WithSerial):
    """A returnable asset (AI 8003)."""

    __slots__ = ()
    ai: ClassVar[str] = "8003"
    scheme: ClassVar[str] = "grai"


class Gdti(_WithSerial):
    """A document (AI 253)."""

    __slots__ = ()
    ai: ClassVar[str] = "253"
    scheme: ClassVar[str] = "gdti"


class Gcn(_WithSerial):
    """A coupon (AI 255)."""

    __slots__ = ()
    ai: ClassVar[str] = "255"
    scheme: ClassVar[str] = "sgcn"


class Cpid(_Referenced):
    """A kind of component or part (AI 8010); its serial number is a value of its own (AI 8011)."""

    __slots__ = ()
    ai: ClassVar[str] = "8010"
    scheme: ClassVar[str] = "cpi"


class Itip(KeyNumber):
    """A piece of a trade item (AI 8006)."""

    __slots__ = ()
    ai: ClassVar[str] = "8006"
    scheme: ClassVar[str] = "itip"

    @classmethod
    def build(
        cls, company_prefix: str, item_reference: str | int, piece: int, total: int, *, indicator: str = "0"
    ) -> Self:
        """Piece ``piece`` of ``total`` (1 to 99) of the trade item."""
        if not 1 <= piece <= total <= 99:
            raise IdentifierError(
                "ITIP", f"piece {piece} of {total}", expected="1 to 99 pieces", kind="range", ai="8006", verb="build"
            )
        gtin = Gtin.build(company_prefix, item_reference, indicator=indicator)
        return cls(f"{gtin.value}{piece:02}{total:02}", len(company_prefix))


class Gmn(KeyNumber):
    """A product model (AI 8013), with its check pair."""

    __slots__ = ()
    ai: ClassVar[str] = "8013"

    @classmethod
    def build(cls, company_prefix: str, model_reference: str) -> Self:
        """The model number of ``model_reference`` behind ``company_prefix``."""
        body = company_prefix + model_reference
        return cls(body + gmn_check_pair(body), len(company_prefix))


KEY_TYPES: dict[str, type[KeyNumber]] = {
    kind.ai: kind
    for kind in (
        Sscc, Gtin, Gdti, Gcn, Ginc, Gsin, Gln, PartyGln, Grai, Giai, Itip, Cpid, Gmn, GsrnProvider, Gsrn,
    )
}  # fmt: skip
"""The type of each key, by its AI."""
