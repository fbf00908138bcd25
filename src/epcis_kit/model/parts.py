"""The parts an EPCIS 2.0 event is made of: locations, transactions, quantities, sensor elements, declarations.

Takes keyword arguments under their Python names (``epc_class``) or the standard's JSON names (``epcClass``); gives
frozen values whose lists are tuples. Guarantees: nothing below a part can be changed after construction; identifiers
and numbers stay as written (``Decimal('1.10')`` keeps its digits); vocabulary values are bare words where CBV 2.0 has
the word (readers see to that) and the URI as written otherwise; every part has room for extensions, so that no reader
has to drop anything. Shapes only: whether a value is *right* is asked in ``validate``.

Readers that have checked every value already use :meth:`Part.from_checked`, which skips the checks.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from epcis_kit.errors import shorten
from epcis_kit.model.extensions import Extension, ExtensionTuple, find_extensions
from epcis_kit.model.timestamp import Timestamp

__all__ = [
    "BizLocation",
    "BizTransaction",
    "Destination",
    "ErrorDeclaration",
    "Extensions",
    "Number",
    "Part",
    "PersistentDisposition",
    "QuantityElement",
    "ReadPoint",
    "SensorElement",
    "SensorMetadata",
    "SensorReport",
    "Source",
    "Strings",
]

# the slots of every model, set past the check that forbids it: half the time of object.__setattr__
_set_state, _set_fields, _set_extra, _set_private = (
    vars(BaseModel)[name].__set__
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)


def _number(value: object) -> object:
    if isinstance(value, bool):
        reason = f"Cannot read number {shorten(value)}: expected digits, got a boolean."
        raise PydanticCustomError("number", "{reason}", {"reason": reason})
    return Decimal(repr(value)) if isinstance(value, float) else value


def _strings(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Number = Annotated[Decimal, Field(allow_inf_nan=True), BeforeValidator(_number)]
"""A decimal number with its digits; floats are taken by their shortest text."""

Strings = Annotated[tuple[str, ...], BeforeValidator(_strings)]
"""Several texts; one text alone is taken as a list of one."""

Extensions = Annotated[tuple[Extension, ...], ExtensionTuple]
"""A tuple of :class:`~epcis_kit.model.Extension`; a dict is taken too."""


class Part(BaseModel):
    """What all values of the model share: frozen, equal by content, room for extensions.

    Attributes:
        extensions: What the document says here beyond the standard's own fields, in document order.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        ser_json_inf_nan="strings",
    )

    _notes: ClassVar[frozenset[str]] = frozenset()
    """Fields that remember how something was written and take no part in equality."""

    extensions: Extensions = ()

    @classmethod
    def from_checked(cls, values: dict[str, Any]) -> Self:
        """The part with ``values`` (Python names, final types), without any check; missing fields get their defaults.

        For readers that have checked each value themselves: about five times as fast as building by keyword. The dict
        is copied.
        """
        self = cls.__new__(cls)
        _set_state(self, {**(_DEFAULTS.get(cls) or _defaults(cls)), **values})
        _set_fields(self, set(values))
        _set_extra(self, None)
        _set_private(self, None)
        return self

    def extension(self, name: str) -> tuple[Extension, ...]:
        """The extensions called ``name``; see :func:`~epcis_kit.model.find_extensions` for the forms of a name."""
        return find_extensions(self.extensions, name)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        if self._notes:
            return self._compared() == other._compared()
        return _comparable(self.__dict__) == _comparable(other.__dict__)

    def __hash__(self) -> int:
        return hash((type(self).__name__, tuple(_comparable(self._compared()).items())))

    def _compared(self) -> dict[str, Any]:
        return _comparable({name: value for name, value in self.__dict__.items() if name not in self._notes})


def _comparable(state: dict[str, Any]) -> dict[str, Any]:
    """Field order as declared, extensions in the order of their names (XML and JSON order differently)."""
    extensions = state["extensions"]
    if len(extensions) > 1:
        state = {**state, "extensions": ordered(extensions)}
    ilmd = state.get("ilmd")
    if ilmd is not None and len(ilmd) > 1:
        state = {**state, "ilmd": ordered(ilmd)}
    return state


def ordered(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    """The extensions in the order of their names; those of one name keep their order."""
    return tuple(sorted(extensions, key=lambda extension: (extension.namespace, extension.name)))


_DEFAULTS: dict[type, dict[str, Any]] = {}


def _defaults(cls: type[Part]) -> dict[str, Any]:
    found = _DEFAULTS.get(cls)
    if found is None:
        found = {name: (None if field.is_required() else field.default) for name, field in cls.model_fields.items()}
        _DEFAULTS[cls] = found
    return found


class ReadPoint(Part):
    """Where an event was observed (EPCIS 2.0, 7.3.5.3).

    Attributes:
        id: Identifier of the place, as written: an SGLN URN, a Digital Link, a ``geo:`` URI or any other URI.
    """

    id: str


class BizLocation(Part):
    """Where the objects are taken to be after the event (EPCIS 2.0, 7.3.5.3).

    Attributes:
        id: Identifier of the place, as written.
    """

    id: str


class BizTransaction(Part):
    """A business transaction an event belongs to (EPCIS 2.0, 7.3.5.4).

    Attributes:
        type: CBV bare word (``"po"``) or a URI; ``None`` where the document gives no type.
        biz_transaction: Identifier of the transaction, as written.
    """

    type: str | None = None
    biz_transaction: str


class Source(Part):
    """Where or whose the objects were before (EPCIS 2.0, 7.3.5.5).

    Attributes:
        type: CBV bare word (``"owning_party"``) or a URI.
        source: Identifier of the party or place, as written.
    """

    type: str | None = None
    source: str


class Destination(Part):
    """Where or whose the objects will be after (EPCIS 2.0, 7.3.5.5).

    Attributes:
        type: CBV bare word (``"owning_party"``) or a URI.
        destination: Identifier of the party or place, as written.
    """

    type: str | None = None
    destination: str


class QuantityElement(Part):
    """An amount of objects of one class (EPCIS 2.0, 7.3.3.3).

    Attributes:
        epc_class: Class-level identifier, as written: LGTIN, a class pattern, a Digital Link without a serial.
        quantity: The amount; a count where ``uom`` is absent, a measure otherwise; ``None`` for "unspecified".
        uom: UN/ECE Recommendation 20 code, for example ``"KGM"``.
    """

    epc_class: str
    quantity: Number | None = None
    uom: str | None = None


class PersistentDisposition(Part):
    """Dispositions that stay until unset (EPCIS 2.0, 7.4.1).

    Attributes:
        set: Bare words or URIs that hold from now on.
        unset: Bare words or URIs that no longer hold.
    """

    set: Strings = ()
    unset: Strings = ()


class ErrorDeclaration(Part):
    """Says that the event with this eventID was wrong (EPCIS 2.0, 7.4.1.3).

    Attributes:
        declaration_time: When that was said; the standard asks for it, 1.x files sometimes lack it.
        reason: CBV bare word (``"did_not_occur"``, ``"incorrect_data"``) or a URI.
        corrective_event_ids: eventIDs of the events that replace the wrong one.
    """

    declaration_time: Timestamp | None = None
    reason: str | None = None
    corrective_event_ids: Strings = Field(default=(), alias="correctiveEventIDs")


class SensorMetadata(Part):
    """What holds for all reports of one sensor element (EPCIS 2.0, 7.3.7.2)."""

    time: Timestamp | None = None
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    device_id: str | None = Field(default=None, alias="deviceID")
    device_metadata: str | None = None
    raw_data: str | None = None
    data_processing_method: str | None = None
    biz_rules: str | None = None


class SensorReport(Part):
    """One observation of a sensor (EPCIS 2.0, 7.3.7.3).

    Attributes:
        type: GS1 measurement type as a bare word (``"Temperature"``) or a URI.
        exception: ``"ALARM_CONDITION"``, ``"ERROR_CONDITION"`` or a URI.
        value: The value in ``uom``; ``min_value``, ``max_value``, ``mean_value``, ``s_dev``, ``perc_value`` likewise.
        perc_rank: Percentile rank, 0 to 100, that ``perc_value`` belongs to.
        uom: UN/ECE Recommendation 20 code.
        component: CBV component bare word (``"x"``) or a URI.
        hex_binary_value: Bytes in hexadecimal, letters as written.
    """

    type: str | None = None
    exception: str | None = None
    value: Number | None = None
    min_value: Number | None = None
    max_value: Number | None = None
    mean_value: Number | None = None
    s_dev: Number | None = None
    perc_rank: Number | None = None
    perc_value: Number | None = None
    uom: str | None = None
    component: str | None = None
    string_value: str | None = None
    boolean_value: bool | None = None
    hex_binary_value: str | None = None
    uri_value: str | None = None
    chemical_substance: str | None = None
    microorganism: str | None = None
    coordinate_reference_system: str | None = None
    device_id: str | None = Field(default=None, alias="deviceID")
    device_metadata: str | None = None
    raw_data: str | None = None
    time: Timestamp | None = None
    data_processing_method: str | None = None
    biz_rules: str | None = None


class SensorElement(Part):
    """Sensor reports that share their metadata (EPCIS 2.0, 7.3.7).

    Attributes:
        sensor_metadata: What holds for every report; ``None`` where the document has none.
        sensor_report: The reports, at least one by the standard.
    """

    sensor_metadata: SensorMetadata | None = None
    sensor_report: tuple[SensorReport, ...] = ()
