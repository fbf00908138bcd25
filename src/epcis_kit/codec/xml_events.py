"""One event element of EPCIS XML, of any version, as one event of the model.

Takes an lxml element (comments and processing instructions left out by the parser); gives an
:class:`~epcis_kit.model.Event`. A field is understood wherever one of the dialects puts it: directly in the event, in
``extension`` (however deep) or in ``baseExtension``; whether it stood in the right place is asked by ``validate``.
Guarantees: identifiers, words and times are stripped of white space around them and otherwise as written; CBV words
become bare words from any spelling; whatever is not understood is kept as an extension of the part it stood in;
what contradicts itself (no eventTime, two bizSteps, a quantity that is no number) is refused with one sentence, the
element and a hint.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import vocab
from epcis_kit.codec.dialects import CARRIED, EKX, FIELDS, METADATA_ATTRIBUTES, REPORT_ATTRIBUTES, XSI, spellings
from epcis_kit.codec.limits import DEFAULT_OPTIONS, ReadOptions
from epcis_kit.codec.xml_strays import event_strays
from epcis_kit.codec.xml_trees import TooDeep, attributes_of, carried_attributes, extension, local_name, refuse, split
from epcis_kit.model import (
    AggregationEvent,
    AssociationEvent,
    BizLocation,
    BizTransaction,
    Destination,
    ErrorDeclaration,
    Event,
    Extension,
    ObjectEvent,
    OpaqueEvent,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Source,
    Timestamp,
    TransactionEvent,
    TransformationEvent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lxml.etree import _Element

    from epcis_kit.model import Part
    from epcis_kit.vocab import Kind

__all__ = ["EventDecoder"]

_Row = tuple[str, "Callable[[_Element], Any] | None"]

_ACTIONS: Final = frozenset({"ADD", "OBSERVE", "DELETE"})
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?").fullmatch
_SPECIAL_NUMBERS: Final = {"INF": Decimal("Infinity"), "-INF": Decimal("-Infinity"), "NaN": Decimal("NaN")}
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_REMEMBERED: Final = 4096
_NIL: Final = f"{{{XSI}}}nil"
_TYPES: Final = f"{{{EKX}}}types"
_SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    "integer": int,
    "decimal": Decimal,
    "boolean": "true".__eq__,
    "null": lambda _: None,
}
_ZONE_HINT: Final = "EPCIS 1.x allows times without a zone: say what they mean with ReadOptions(naive_times=…)."

_COMMON: Final = (
    "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo", "bizStep",
    "disposition", "persistentDisposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList",
    "destinationList", "sensorElementList",
)  # fmt: skip

_OWN: Final[Mapping[str, tuple[type[Event], tuple[str, ...]]]] = {
    "ObjectEvent": (ObjectEvent, ("action", "epcList", "quantityList", "ilmd")),
    "AggregationEvent": (AggregationEvent, ("action", "parentID", "childEPCs", "childQuantityList")),
    "TransactionEvent": (TransactionEvent, ("action", "parentID", "epcList", "quantityList")),
    "TransformationEvent": (
        TransformationEvent,
        ("inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", "ilmd"),
    ),
    "AssociationEvent": (AssociationEvent, ("action", "parentID", "childEPCs", "childQuantityList")),
    "QuantityEvent": (ObjectEvent, ()),
}


def _word(element: _Element) -> str:
    """Text without the white space around it."""
    if len(element):
        refuse(local_name(element), element, "a text", (f"an element {local_name(element[0])}",))
    text = element.text
    return text.strip() if text else ""


def _tags(name: str) -> frozenset[str]:
    return frozenset(spellings(name))


_EPC: Final = _tags("epc")
_QUANTITY_ELEMENT: Final = _tags("quantityElement")
_WRAPPER: Final = _tags("extension")
_OFFSET: Final = _tags("eventTimeZoneOffset")
_QUANTITY: Final[dict[str, str]] = {
    tag: attribute
    for name, attribute in (("epcClass", "epc_class"), ("quantity", "quantity"), ("uom", "uom"))
    for tag in spellings(name)
}
_METADATA: Final = _tags("sensorMetadata")
_REPORT: Final = _tags("sensorReport")
_ID: Final = _tags("id")
_SET: Final = _tags("set")
_UNSET: Final = _tags("unset")
_CORRECTIVE: Final = _tags("correctiveEventID")
_ERROR: Final[dict[str, str]] = {
    tag: name for name in ("declarationTime", "reason", "correctiveEventIDs") for tag in spellings(name)
}


class EventDecoder:
    """Decodes event elements under one set of options; keeps only places that repeat between events.

    Args:
        options: ``naive_times`` and ``limits.max_depth`` count here.
    """

    def __init__(self, options: ReadOptions = DEFAULT_OPTIONS) -> None:
        self._naive = options.naive_times
        self._depth = options.limits.max_depth
        self._event: _Element | None = None
        self._strays: list[Extension] = []
        self._places: dict[tuple[str, str], ReadPoint | BizLocation] = {}
        self._plans: dict[str, tuple[str, type[Event], dict[str, _Row], frozenset[str]]] = {}
        readers = self._readers()
        for name, (cls, own) in _OWN.items():
            rows: dict[str, _Row] = {}
            for field in (FIELDS[each] for each in (*_COMMON, *own)):
                rows.update(dict.fromkeys(spellings(field.name), (field.attribute, readers[field.kind])))
            rows.update(dict.fromkeys((*spellings("extension"), *spellings("baseExtension")), ("", None)))
            if name == "QuantityEvent":
                rows.update(dict.fromkeys(spellings("epcClass"), ("epc_class", _word)))
                rows.update(dict.fromkeys(spellings("quantity"), ("quantity", self._amount)))
            names = frozenset(split(tag)[1] for tag in rows)
            for tag in spellings(name):
                self._plans[tag] = (name, cls, rows, names)
        common = {tag: row for tag, row in self._plans["QuantityEvent"][2].items() if split(tag)[1] in _COMMON}
        common.update(dict.fromkeys(spellings("baseExtension"), ("", None)))
        self._opaque = common
        self._opaque_names = frozenset(split(tag)[1] for tag in common)

    def _readers(self) -> dict[str, Callable[[_Element], Any]]:
        return {
            "time": self._time,
            "word": _word,
            "action": self._action,
            "biz_step": self._term("biz_step"),
            "disposition": self._term("disposition"),
            "epcs": self._epcs,
            "quantities": self._quantities,
            "place": self._place,
            "transactions": self._typed_list(
                "bizTransaction", BizTransaction, "biz_transaction", "biz_transaction_type"
            ),
            "sources": self._typed_list("source", Source, "source", "source_dest_type"),
            "destinations": self._typed_list("destination", Destination, "destination", "source_dest_type"),
            "sensors": self._sensors,
            "persistent": self._persistent,
            "error": self._error,
            "ilmd": self._ilmd,
            "certificates": self._certificates,
        }

    def is_standard(self, element: _Element) -> bool:
        """True for an element of one of the standard's event types."""
        return element.tag in self._plans

    def forget(self) -> None:
        """Let go of the element decoded last."""
        self._event = None

    def decode(self, element: _Element) -> Event:
        """The event that ``element`` is.

        Raises:
            Refused: It cannot be built; says which element is at fault.
        """
        self._event = element
        extra: list[Extension] = []
        self._strays = extra
        plan = self._plans.get(str(element.tag))
        if plan is None:
            return self._decode_opaque(element)
        name, cls, rows, names = plan
        values: dict[str, Any] = {}
        if element.keys():
            extra.extend(carried_attributes(attributes_of(element)))
        self._fields(element, rows, values, self._depth)
        if "event_time" not in values:
            refuse(name, element, "an eventTime", ("none",))
        if "event_time_zone_offset" not in values:
            refuse(name, element, "an eventTimeZoneOffset", ("none",))
        if name == "QuantityEvent":
            if "epc_class" not in values:
                refuse(name, element, "an epcClass", ("none",))
            amount = {"epc_class": values.pop("epc_class"), "quantity": values.pop("quantity", None)}
            values["quantity_list"] = (QuantityElement.from_checked(amount),)
            values["action"] = "OBSERVE"
            values["origin_type"] = "QuantityEvent"
        elif "action" not in values and cls is not TransformationEvent:
            refuse(name, element, "an action (ADD, OBSERVE or DELETE)", ("none",))
        if cls is AssociationEvent and "parent_id" not in values:
            refuse(name, element, "a parentID", ("none",))
        extra.extend(event_strays(element, names))
        if extra:
            self._finish(values, extra)
        return cls.from_checked(values)

    @staticmethod
    def _finish(values: dict[str, Any], extra: list[Extension]) -> None:
        """Extensions of the event, without the certificates that the schema has no second place for."""
        more = tuple(each.text for each in extra if each.namespace == EKX and each.name == "certificationInfo")
        if more:
            values["certification_info"] = (*values.get("certification_info", ()), *more)
            extra = [each for each in extra if each.namespace != EKX or each.name != "certificationInfo"]
        values["extensions"] = tuple(extra)

    def _decode_opaque(self, element: _Element) -> Event:
        namespace, name = split(str(element.tag))
        extra = self._strays
        attributes = dict(attributes_of(element))
        if namespace == EKX and name == "event":
            event_type = str(attributes.pop("type", ""))
        else:
            event_type = f"{{{namespace}}}{name}" if namespace else name
        extra.extend(carried_attributes(attributes.items()))
        values: dict[str, Any] = {"type": event_type}
        self._fields(element, self._opaque, values, self._depth)
        for needed, said in (("event_time", "eventTime"), ("event_time_zone_offset", "eventTimeZoneOffset")):
            if needed not in values:
                refuse(f"event of type {name}", element, f"an {said}", ("none",))
        extra.extend(event_strays(element, self._opaque_names))
        if extra:
            self._finish(values, extra)
        return OpaqueEvent.from_checked(values)

    def _fields(self, element: _Element, rows: dict[str, _Row], values: dict[str, Any], depth: int) -> None:
        get = rows.get
        for child in element:
            row = get(child.tag)  # type: ignore[arg-type]
            if row is None:
                self._strays.append(extension(child, depth - 1))
                continue
            attribute, read = row
            if read is None:
                if depth <= 0:
                    raise TooDeep
                if child.keys():
                    self._strays.extend(carried_attributes(attributes_of(child)))
                self._fields(child, rows, values, depth - 1)
            elif attribute in values:
                refuse(local_name(element), child, f"one {local_name(child)}", ("more than one",))
            else:
                values[attribute] = read(child)

    # -- single values ------------------------------------------------------------------------------------------

    def _time(self, element: _Element) -> Timestamp:
        if len(element):
            _word(element)
        return self._moment(element.text or "", element, local_name)

    def _moment(self, text: str, element: _Element, named: str | Callable[[_Element], str]) -> Timestamp:
        try:
            return Timestamp.parse(text)
        except ValueError as error:
            reason = str(error)
        if self._naive is not None:
            naive = self._naive
            if naive == "event-offset":
                naive = self._event_offset()
            try:
                return Timestamp.parse(text, naive=naive)
            except ValueError as error:
                reason = str(error)
        name = named if isinstance(named, str) else named(element)
        hint = _ZONE_HINT if "a zone at the end" in reason else ""
        reason = reason.removeprefix("Cannot read time ").removesuffix(".")
        return refuse(
            f"{name} {reason.partition(': expected ')[0]}", element, reason.partition(": expected ")[2], hint=hint
        )

    def _event_offset(self) -> str:
        event = self._event
        assert event is not None  # set by decode
        for child in event:
            if child.tag in _OFFSET:
                return _word(child)
        return ""

    @staticmethod
    def _action(element: _Element) -> str:
        text = element.text
        if text in _ACTIONS and not len(element):
            return text
        word = _word(element)
        if word not in _ACTIONS:
            refuse("action", element, "ADD, OBSERVE or DELETE", word)
        return word

    @staticmethod
    def _term(kind: Kind) -> Callable[[_Element], str]:
        get = vocab.spellings(kind).get

        def term(element: _Element) -> str:
            if len(element):
                _word(element)
            text = element.text
            if not text:
                return ""
            found = get(text)
            if found is None:
                text = text.strip()
                found = get(text, text)
            return found

        return term

    def _amount(self, element: _Element) -> Decimal | None:
        text = _word(element)
        if not text and element.keys() and element.get(_NIL, "").strip() in {"true", "1"}:
            return None
        return _number(text, element, local_name(element))

    @staticmethod
    def _certificates(element: _Element) -> tuple[str, ...]:
        return (_word(element),)

    # -- lists --------------------------------------------------------------------------------------------------

    def _epcs(self, element: _Element) -> tuple[str, ...]:
        texts = []
        for child in element:
            if child.tag in _EPC:
                texts.append(_word(child))
            else:
                self._strays.append(extension(child, self._depth))
        return tuple(texts)

    def _quantities(self, element: _Element) -> tuple[QuantityElement, ...]:
        result = []
        for child in element:
            if child.tag not in _QUANTITY_ELEMENT:
                self._strays.append(extension(child, self._depth))
                continue
            values: dict[str, Any] = {}
            extra: list[Extension] = []
            for part in child:
                attribute = _QUANTITY.get(part.tag)  # type: ignore[arg-type]
                if attribute is None:
                    extra.append(extension(part, self._depth))
                elif attribute in values:
                    refuse("quantityElement", part, f"one {local_name(part)}", ("more than one",))
                else:
                    values[attribute] = self._amount(part) if attribute == "quantity" else _word(part)
            if "epc_class" not in values:
                refuse("quantityElement", child, "an epcClass", ("none",))
            if extra:
                values["extensions"] = tuple(extra)
            result.append(QuantityElement.from_checked(values))
        return tuple(result)

    def _typed_list(self, name: str, cls: type[Part], attribute: str, kind: Kind) -> Callable[[_Element], Any]:
        """A list of texts with an attribute ``type`` each."""
        tags = _tags(name)
        get = vocab.spellings(kind).get

        def members(element: _Element) -> tuple[Part, ...]:
            result = []
            for child in element:
                if child.tag not in tags:
                    self._strays.append(extension(child, self._depth))
                    continue
                values: dict[str, Any] = {attribute: _word(child)}
                kind = child.get("type")
                if kind is not None:
                    word = kind.strip()
                    values["type"] = get(word, word)
                result.append(cls.from_checked(values))
            return tuple(result)

        return members

    # -- parts --------------------------------------------------------------------------------------------------

    def _unknown(self, children: Iterable[_Element]) -> list[Extension]:
        """Extensions of a part; those in its ``extension`` wrapper stand beside the others."""
        result: list[Extension] = []
        for child in children:
            if child.tag in _WRAPPER:
                result.extend(carried_attributes(attributes_of(child)))
                result.extend(extension(each, self._depth) for each in child)
            else:
                result.append(extension(child, self._depth))
        return result

    def _place(self, element: _Element) -> ReadPoint | BizLocation:
        if len(element) == 1 and element[0].tag in _ID:  # the usual form; places repeat a lot
            identifier = _word(element[0])
            known = self._places.get((element.tag, identifier))  # type: ignore[arg-type]
            if known is not None:
                return known
        cls: type[ReadPoint | BizLocation] = ReadPoint if str(element.tag).endswith("readPoint") else BizLocation
        found: str | None = None
        others = []
        for child in element:
            if child.tag in _ID:
                if found is not None:
                    refuse(local_name(element), child, "one id", ("more than one",))
                found = _word(child)
            else:
                others.append(child)
        if found is None:
            refuse(local_name(element), element, "an id", ("none",))
        if others:
            return cls.from_checked({"id": found, "extensions": tuple(self._unknown(others))})
        if len(self._places) >= _REMEMBERED:
            self._places.clear()
        made = self._places[str(element.tag), found] = cls.from_checked({"id": found})
        return made

    def _persistent(self, element: _Element) -> PersistentDisposition:
        get = vocab.spellings("disposition").get
        values: dict[str, Any] = {"set": [], "unset": []}
        others = []
        for child in element:
            if child.tag in _SET or child.tag in _UNSET:
                word = _word(child)
                values["set" if child.tag in _SET else "unset"].append(get(word, word))
            else:
                others.append(child)
        return PersistentDisposition.from_checked(
            {"set": tuple(values["set"]), "unset": tuple(values["unset"]), "extensions": tuple(self._unknown(others))}
        )

    def _error(self, element: _Element) -> ErrorDeclaration:
        values: dict[str, Any] = {}
        others = []
        for child in element:
            name = _ERROR.get(child.tag)  # type: ignore[arg-type]
            if name is None:
                others.append(child)
                continue
            if name in values:
                refuse("errorDeclaration", child, f"one {name}", ("more than one",))
            if name == "declarationTime":
                values[name] = self._time(child)
            elif name == "reason":
                values[name] = vocab.to_bare("error_reason", _word(child))
            else:
                values[name] = tuple(_word(each) for each in child if each.tag in _CORRECTIVE)
                others.extend(each for each in child if each.tag not in _CORRECTIVE)
        extra = (*carried_attributes(attributes_of(element)), *self._unknown(others))
        return ErrorDeclaration.from_checked(
            {
                "declaration_time": values.get("declarationTime"),
                "reason": values.get("reason"),
                "corrective_event_ids": values.get("correctiveEventIDs", ()),
                "extensions": extra,
            }
        )

    def _ilmd(self, element: _Element) -> tuple[Extension, ...]:
        return (*carried_attributes(attributes_of(element)), *self._unknown(element))

    def _sensors(self, element: _Element) -> tuple[SensorElement, ...]:
        result = []
        for child in element:
            if split(str(child.tag)) == ("", "sensorElement"):
                result.append(self._sensor(child))
            else:
                self._strays.extend(self._unknown((child,)))
        return tuple(result)

    def _sensor(self, element: _Element) -> SensorElement:
        metadata: dict[str, Any] | None = None
        reports: list[dict[str, Any]] = []
        others: list[_Element] = []
        for child in element:
            if child.tag in _METADATA:
                if metadata is not None:
                    refuse("sensorElement", child, "one sensorMetadata", ("more than one",))
                metadata = self._attributes(child, METADATA_ATTRIBUTES)
            elif child.tag in _REPORT:
                reports.append(self._attributes(child, REPORT_ATTRIBUTES))
            elif split(str(child.tag))[0] == EKX and local_name(child) in {"metadata", "report"}:
                index = child.get("index", "0")
                number = int(index) if len(index) < 8 and index.isascii() and index.isdigit() else -1
                if local_name(child) == "metadata":
                    home = metadata
                else:
                    home = reports[number] if 0 <= number < len(reports) else None
                if home is None:
                    others.append(child)
                else:
                    home["extensions"] = (*home.get("extensions", ()), *(extension(e, self._depth) for e in child))
            else:
                others.append(child)
        values: dict[str, Any] = {"sensor_report": tuple(SensorReport.from_checked(report) for report in reports)}
        if metadata is not None:
            values["sensor_metadata"] = SensorMetadata.from_checked(metadata)
        if others:
            values["extensions"] = tuple(self._unknown(others))
        return SensorElement.from_checked(values)

    def _attributes(self, element: _Element, table: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        extra: list[Extension] = []
        types: dict[str, str] = {}
        for key, text in attributes_of(element):
            row = table.get(str(key))
            if row is not None:
                values[row[0]] = self._attribute(str(text), row[1], str(key), element)
            elif key == _TYPES:
                types = dict(each.rpartition("=")[::2] for each in str(text).split())
            elif not str(key).startswith(f"{{{XSI}}}"):
                namespace, name = split(str(key))
                prefix = (
                    next((p for p, uri in element.nsmap.items() if uri == namespace and p), "") if namespace else ""
                )
                extra.append(Extension(namespace, name, str(text), prefix=prefix))
        for clark, kind in types.items():
            extra = [_retyped(each, kind) if each.clark_name == clark else each for each in extra]
        extra.extend(self._unknown(element))
        if element.text and not element.text.isspace():
            extra.append(Extension(CARRIED, "text", element.text, prefix="ekc"))
        if extra:
            values["extensions"] = tuple(extra)
        return values

    def _attribute(self, text: str, kind: str, name: str, element: _Element) -> Any:
        if kind == "text":
            return text
        if kind == "time":
            return self._moment(text, element, name)
        text = text.strip()
        if kind == "word":
            return text
        if kind == "number":
            return _number(text, element, name)
        if kind == "boolean":
            if text not in _BOOLEANS:
                refuse(name, element, "true or false", text)
            return _BOOLEANS[text]
        return vocab.to_bare(kind, text)  # type: ignore[arg-type]


def _number(text: str, element: _Element, name: str) -> Decimal:
    if len(text) <= 100 and _NUMBER(text):
        return Decimal(text)
    if text in _SPECIAL_NUMBERS:
        return _SPECIAL_NUMBERS[text]
    return refuse(name, element, "a number of at most 100 characters", text)


def _retyped(old: Extension, kind: str) -> Extension:
    """An attribute that JSON gave as a number, boolean or null, as that again."""
    convert = _SCALARS.get(kind)
    if convert is None or not isinstance(old.value, str) or len(old.value) > 100:
        return old
    try:
        value = convert(old.value)
    except (ValueError, ArithmeticError):
        return old
    return Extension(old.namespace, old.name, value, prefix=old.prefix)
