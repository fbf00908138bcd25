"""One event of the model as a piece of EPCIS XML, for version 2.0 or 1.2.

Takes events; gives text. Where each field stands comes from :mod:`~epcis_kit.codec.dialects`; how its value is spelt
stands here. Guarantees: the piece is well-formed and its elements are in the order of the schema; what the version has
no place for is given to ``lose`` as one sentence and left out; prefixes that the root does not declare are declared on
the event.

What XML has no shape for is written in our own namespace and read back: ``ekx:member`` for names that are none in XML
or may not stand without a namespace in this place, ``ekx:array`` for a lone or empty JSON array, ``ekx:type``,
``ekx:value`` and ``ekx:types`` for types that ``xsi:type`` cannot say, ``ekx:report`` and ``ekx:metadata`` for
extensions of sensor data that are more than an attribute, ``ekx:certificationInfo`` for the second and further
certificates.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from epcis_kit import vocab
from epcis_kit.codec.dialects import (
    CARRIED,
    EKX,
    EVENT_WRAPPERS,
    FIELDS,
    METADATA_ATTRIBUTES,
    REPORT_ATTRIBUTES,
    XSD,
    XSI,
    Node,
    layout,
    place,
)
from epcis_kit.codec.xml_headers import split_carried
from epcis_kit.codec.xml_text import attribute_text, content_text, declarations, is_name, is_namespace
from epcis_kit.codec.xml_trees import ATTRIBUTES
from epcis_kit.model import Extension, ObjectEvent, OpaqueEvent
from epcis_kit.model.extensions import lexical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from epcis_kit.codec.xml_text import Names
    from epcis_kit.model import (
        BizLocation,
        ErrorDeclaration,
        Event,
        PersistentDisposition,
        QuantityElement,
        ReadPoint,
        SensorElement,
        SensorMetadata,
        SensorReport,
    )
    from epcis_kit.vocab import Kind

__all__ = ["Encoder"]

_WRAPPERS: Final = frozenset({"extension", "baseExtension"})
_NOT_LOCAL: Final = frozenset({*FIELDS, *_WRAPPERS, "epcClass", "quantity"})
_TYPE_OF: Final[dict[type, str]] = {bool: "boolean", int: "integer", Decimal: "decimal"}
_TYPED_LISTS: Final[Mapping[str, tuple[str, str, Kind]]] = {
    "transactions": ("bizTransaction", "biz_transaction", "biz_transaction_type"),
    "sources": ("source", "source", "source_dest_type"),
    "destinations": ("destination", "destination", "source_dest_type"),
}


class Encoder:
    """Writes events and extension trees for one document.

    Args:
        version: ``"2.0"`` or ``"1.2"``.
        names: The document's prefixes.
        lose: Takes a rule id, and a sentence saying what is lost.
        web_uris: Spell CBV words as web URIs and not as URNs; EPCIS 1.2 knows URNs only.
        respell: Gives the spelling of an identifier, and takes ``lose`` where there is none.
    """

    def __init__(
        self,
        version: str,
        names: Names,
        lose: Callable[[str, str], None],
        *,
        web_uris: bool = False,
        respell: Callable[[str], str] | None = None,
    ) -> None:
        self._version = version
        self._names = names
        self._lose = lose
        self._old = version == "1.2"
        self._spell = vocab.to_web_uri if web_uris and not self._old else vocab.to_urn
        self._respell = respell
        self._text: Callable[[str], str] = content_text
        self._writers: dict[str, Callable[[str, Any], str]] = {
            "time": self._simple,
            "word": self._word,
            "action": self._simple,
            "biz_step": lambda name, value: f"<{name}>{self._text(self._term('biz_step', value))}</{name}>",
            "disposition": lambda name, value: f"<{name}>{self._text(self._term('disposition', value))}</{name}>",
            "epcs": self._epcs,
            "quantities": self._quantities,
            "place": self._place,
            "transactions": lambda name, value: self._typed_list(name, value, "transactions"),
            "sources": lambda name, value: self._typed_list(name, value, "sources"),
            "destinations": lambda name, value: self._typed_list(name, value, "destinations"),
            "sensors": self._sensors,
            "persistent": self._persistent,
            "error": self._error,
            "ilmd": self._ilmd,
            "certificates": self._certificates,
        }

    # -- events -------------------------------------------------------------------------------------------------

    def event(self, event: Event) -> str:
        """The event's element with its wrappers; ``""`` where the version cannot hold it at all."""
        opaque = isinstance(event, OpaqueEvent)
        kind = "OpaqueEvent" if opaque else event.type
        attributes: dict[str, str] = {}
        carried, extensions = split_carried(event.extensions) if event.extensions else ((), ())
        name = kind
        if opaque:
            name, own = self._opaque_name(event.type)
            if not name:
                return ""
            attributes.update(own)
        elif self._old and isinstance(event, ObjectEvent) and _was_quantity_event(event):
            kind = name = "QuantityEvent"
        if carried:
            attributes.update(carried)
        state = event.__dict__
        inside = "".join(self._nodes(layout(self._version, kind), state, extensions, kind))
        self._missing(kind, state)
        opened = self.attributes(attributes) if attributes else ""
        late = self._names.take_late()
        text = f"<{name}{declarations(late.items()) if late else ''}{opened}>{inside}</{name}>"
        for wrapper in EVENT_WRAPPERS[self._version].get(kind, ()):
            text = f"<{wrapper}>{text}</{wrapper}>"
        return text

    def _opaque_name(self, event_type: str) -> tuple[str, dict[str, str]]:
        namespace, _, name = event_type[1:].partition("}") if event_type.startswith("{") else ("", "", event_type)
        if self._old:
            if namespace or not is_name(name):
                self._lose("LOSS-EVENT", f"EPCIS 1.2 has no place for an event of type {event_type!r}")
                return "", {}
            return name, {}
        if namespace and is_name(name) and is_namespace(namespace):
            return self._names.qualified(namespace, name), {}
        return self._names.qualified(EKX, "event"), {"type": event_type}

    def _missing(self, kind: str, state: dict[str, Any]) -> None:
        """Name the fields that the version does not have."""
        if not self._old:
            return
        for name, field in FIELDS.items():
            value = state.get(field.attribute)
            if value and place(self._version, kind, name) is None and not (kind == "QuantityEvent" and name != "ilmd"):
                self._lose("LOSS-FIELD", f"EPCIS 1.2 has no {name} in {kind}")

    def _nodes(
        self, nodes: tuple[Node, ...], state: dict[str, Any], extensions: Sequence[Extension], kind: str
    ) -> Iterable[str]:
        for node in nodes:
            name = node.name
            if node.inside:
                inside = "".join(self._nodes(node.inside, state, extensions, kind))
                if inside:
                    yield f"<{name}>{inside}</{name}>"
            elif name == "*":
                if extensions:
                    yield self.siblings([each for each in extensions if self._stands_local(each, kind)])
            elif name == "+":
                if not self._old and len(state["certification_info"]) > 1:
                    yield from self._more_certificates(state["certification_info"][1:])
                if extensions:
                    here = [each for each in extensions if not self._stands_local(each, kind)]
                    yield self.siblings(here, local=False)
            elif kind == "QuantityEvent" and name in {"epcClass", "quantity"}:
                item = state["quantity_list"][0]
                yield self._word(name, item.epc_class) if name == "epcClass" else f"<{name}>{item.quantity}</{name}>"
            else:
                field = FIELDS[name]
                value = state.get(field.attribute)
                if value is None or (value == () and field.kind != "ilmd"):
                    if node.mandatory:
                        yield f"<{name}/>"
                    continue
                yield self._writers[field.kind](name, value)

    def _stands_local(self, extension: Extension, kind: str) -> bool:
        """Whether it may stand as an element without a namespace in the event."""
        if extension.namespace or not is_name(extension.name):
            return False
        if kind == "OpaqueEvent":
            return place(self._version, kind, extension.name) is None and extension.name != "baseExtension"
        return self._old and extension.name not in _NOT_LOCAL

    # -- single values ------------------------------------------------------------------------------------------

    def _simple(self, name: str, value: Any) -> str:
        return f"<{name}>{self._text(str(value))}</{name}>"

    def _word(self, name: str, value: str) -> str:
        if self._respell is not None and name not in {"eventID", "eventTimeZoneOffset"}:
            value = self._respell(value)
        return f"<{name}>{self._text(value)}</{name}>"

    def _term(self, kind: Kind, value: str) -> str:
        if self._old and vocab.since(kind, value) == "2.0":
            self._lose("LOSS-CBV", f"CBV 1.2 has no {kind} {value!r}; its URN is written")
        return self._spell(kind, value)

    def _number(self, value: Decimal, where: str) -> str:
        """A number as xsd:decimal."""
        if not value.is_finite():
            self._lose("LOSS-NUMBER", f"XML has no number {value} in {where}")
            return ""
        return format(value, "f")

    def _certificates(self, name: str, value: tuple[str, ...]) -> str:
        return f"<{name}>{self._text(value[0])}</{name}>"

    def _more_certificates(self, values: Iterable[str]) -> Iterable[str]:
        name = self._names.qualified(EKX, "certificationInfo")
        return [f"<{name}>{self._text(value)}</{name}>" for value in values]

    # -- lists --------------------------------------------------------------------------------------------------

    def _epcs(self, name: str, value: tuple[str, ...]) -> str:
        text, respell = self._text, self._respell
        if respell is not None:
            value = tuple(respell(each) for each in value)
        return f"<{name}>{''.join([f'<epc>{text(each)}</epc>' for each in value])}</{name}>"

    def _quantities(self, name: str, value: tuple[QuantityElement, ...]) -> str:
        return f"<{name}>{''.join([self._quantity(each) for each in value])}</{name}>"

    def _quantity(self, item: QuantityElement) -> str:
        self._no_room(item.extensions, "quantityElement")
        parts = ["<quantityElement>", self._word("epcClass", item.epc_class)]
        if item.quantity is not None and (number := self._number(item.quantity, "quantity")):
            parts.append(f"<quantity>{number}</quantity>")
        elif item.uom is not None:
            parts.append(f'<quantity {self._names.qualified(XSI, "nil")}="true"/>')
        if item.uom is not None:
            parts.append(f"<uom>{self._text(item.uom)}</uom>")
        parts.append("</quantityElement>")
        return "".join(parts)

    def _typed_list(self, name: str, value: tuple[Any, ...], kind: str) -> str:
        member, attribute, terms = _TYPED_LISTS[kind]
        parts = [f"<{name}>"]
        for item in value:
            if item.extensions:
                self._no_room(item.extensions, member)
            said = "" if item.type is None else f' type="{self._quoted(self._term(terms, item.type))}"'
            text = getattr(item, attribute)
            if self._respell is not None:
                text = self._respell(text)
            parts.append(f"<{member}{said}>{self._text(text)}</{member}>")
        parts.append(f"</{name}>")
        return "".join(parts)

    def _no_room(self, extensions: Sequence[Extension], where: str) -> None:
        for each in extensions:
            self._lose("LOSS-EXTENSION", f"XML has no place for the extension {each.clark_name!r} in {where}")

    # -- parts --------------------------------------------------------------------------------------------------

    def _place(self, name: str, value: ReadPoint | BizLocation) -> str:
        identifier = self._word("id", value.id)
        if not value.extensions:
            return f"<{name}>{identifier}</{name}>"
        return f"<{name}>{identifier}{self.part_extensions(value.extensions, name)}</{name}>"

    def _persistent(self, name: str, value: PersistentDisposition) -> str:
        self._no_room(value.extensions, name)
        parts = [f"<unset>{self._text(self._term('disposition', each))}</unset>" for each in value.unset]
        parts += [f"<set>{self._text(self._term('disposition', each))}</set>" for each in value.set]
        return f"<{name}>{''.join(parts)}</{name}>"

    def _error(self, name: str, value: ErrorDeclaration) -> str:
        attributes, extensions = split_carried(value.extensions)
        parts = [f"<{name}{self.attributes(dict(attributes))}>"]
        if value.declaration_time is not None:
            parts.append(self._simple("declarationTime", value.declaration_time))
        elif self._old:
            self._lose("LOSS-VALID", "EPCIS 1.2 wants a declarationTime in errorDeclaration, and there is none")
        if value.reason is not None:
            parts.append(f"<reason>{self._text(self._term('error_reason', value.reason))}</reason>")
        if value.corrective_event_ids:
            parts.append("<correctiveEventIDs>")
            parts += [
                f"<correctiveEventID>{self._text(each)}</correctiveEventID>" for each in value.corrective_event_ids
            ]
            parts.append("</correctiveEventIDs>")
        parts += (self.part_extensions(extensions, name), f"</{name}>")
        return "".join(parts)

    def _ilmd(self, name: str, value: tuple[Extension, ...]) -> str:
        attributes, extensions = split_carried(value)
        opened = self.attributes(dict(attributes))
        return f"<{name}{opened}>{self.part_extensions(extensions, '')}</{name}>"

    def part_extensions(self, extensions: Sequence[Extension], where: str) -> str:
        """Extensions of a part: those without a namespace in its ``extension``, the others beside it."""
        if not extensions:
            return ""
        if where:
            for each in extensions:
                if each.namespace == CARRIED and each.name == ATTRIBUTES:
                    self._no_room((each,), where)
            _, extensions = split_carried(extensions)
        local = [each for each in extensions if not each.namespace and is_name(each.name)]
        others = [each for each in extensions if each.namespace or not is_name(each.name)]
        inside = self.siblings(local)
        return (f"<extension>{inside}</extension>" if inside else "") + self.siblings(others, local=False)

    # -- sensor data --------------------------------------------------------------------------------------------

    def _sensors(self, name: str, value: tuple[SensorElement, ...]) -> str:
        return f"<{name}>{''.join([self._sensor(each) for each in value])}</{name}>"

    def _sensor(self, item: SensorElement) -> str:
        parts = ["<sensorElement>"]
        aside = []
        if item.sensor_metadata is not None:
            text, rest = self._observation("sensorMetadata", item.sensor_metadata, METADATA_ATTRIBUTES)
            parts.append(text)
            if rest:
                name = self._names.qualified(EKX, "metadata")
                aside.append(f"<{name}>{self.siblings(rest)}</{name}>")
        for index, report in enumerate(item.sensor_report):
            text, rest = self._observation("sensorReport", report, REPORT_ATTRIBUTES)
            parts.append(text)
            if rest:
                name = self._names.qualified(EKX, "report")
                aside.append(f'<{name} index="{index}">{self.siblings(rest)}</{name}>')
        parts += (self.part_extensions(item.extensions, "sensorElement"), *aside, "</sensorElement>")
        return "".join(parts)

    def _observation(
        self, name: str, part: SensorMetadata | SensorReport, table: Mapping[str, tuple[str, str]]
    ) -> tuple[str, list[Extension]]:
        """The element, and the extensions that are more than an attribute can be."""
        parts = [f"<{name}"]
        state = part.__dict__
        for attribute, (field, kind) in table.items():
            value = state[field]
            if value is None:
                continue
            if kind in {"measurement_type", "alert_type"}:
                value = vocab.to_curie(kind, value)  # type: ignore[arg-type]
            elif kind == "component":
                value = self._spell("component", value)
            elif kind == "number":
                value = _double(value)
            elif kind == "boolean":
                value = "true" if value else "false"
            parts.append(f' {attribute}="{self._quoted(str(value))}"')
        text = ""
        rest: list[Extension] = []
        types: list[str] = []
        count = Counter((each.namespace, each.name) for each in part.extensions) if part.extensions else {}
        for each in part.extensions:
            if each.namespace == CARRIED and each.name == "text" and isinstance(each.value, str):
                text += each.value
            elif self._fits_attribute(each, table) and count[each.namespace, each.name] == 1:
                qualified = self._names.qualified(each.namespace, each.name, each.prefix)
                parts.append(f' {qualified}="{self._quoted(lexical(each.value))}"')  # type: ignore[arg-type]
                if not isinstance(each.value, str):
                    types.append(f"{each.clark_name}={_TYPE_OF.get(type(each.value), 'null')}")
            else:
                rest.append(each)
        if types:
            parts.append(f' {self._names.qualified(EKX, "types")}="{self._quoted(" ".join(types))}"')
        return f"{''.join(parts)}>{self._text(text)}</{name}>" if text else f"{''.join(parts)}/>", rest

    @staticmethod
    def _fits_attribute(extension: Extension, table: Mapping[str, tuple[str, str]]) -> bool:
        if extension.attributes or extension.datatype or extension.array or isinstance(extension.value, tuple):
            return False
        if not is_name(extension.name):
            return False
        return is_namespace(extension.namespace) if extension.namespace else extension.name not in table

    # -- extension trees ----------------------------------------------------------------------------------------

    def siblings(self, extensions: Sequence[Extension], *, local: bool = True) -> str:
        """Several trees side by side; ``local`` says whether names without a namespace may stand as they are."""
        if len(extensions) == 1:
            return self.tree(extensions[0], local=local, alone=True)
        count = Counter((each.namespace, each.name) for each in extensions)
        return "".join(
            [self.tree(each, local=local, alone=count[each.namespace, each.name] == 1) for each in extensions]
        )

    def tree(self, extension: Extension, *, local: bool = True, alone: bool = True) -> str:
        """One extension as an element with everything below it."""
        attributes: dict[str, str] = {}
        namespace, name = extension.namespace, extension.name
        if is_name(name) and (is_namespace(namespace) if namespace else local):
            tag = self._names.qualified(namespace, name, extension.prefix)
        else:
            tag = self._names.qualified(EKX, "member")
            if name:
                attributes["name"] = name
            if namespace:
                attributes["namespace"] = namespace
        return self.element(tag, extension, attributes, alone=alone)

    def element(self, tag: str, extension: Extension, attributes: dict[str, str], *, alone: bool = True) -> str:
        """The content of ``extension`` in an element called ``tag``; ``attributes`` come first."""
        attributes.update(extension.attributes)
        value, datatype = extension.value, extension.datatype
        if isinstance(value, tuple):
            inside = self._inside(value)
            if extension.mixed and all(not isinstance(each, str) or each.isspace() for each in value):
                attributes[f"{{{EKX}}}content"] = "mixed"
        else:
            inside = self._text(lexical(value))
            if isinstance(value, Decimal) and ("E" in inside or not value.is_finite()):
                datatype = None
                attributes[f"{{{EKX}}}value"] = "decimal"
            elif datatype is None and type(value) in _TYPE_OF:
                datatype = f"{{{XSD}}}{_TYPE_OF[type(value)]}"
            elif value is None:
                attributes[f"{{{XSI}}}nil"] = "true"
        if extension.array == "empty" or (extension.array == "member" and alone):
            attributes[f"{{{EKX}}}array"] = extension.array
        opened = self.attributes(attributes) if attributes else ""
        if datatype is not None:
            # a validator knows the simple types of XML Schema and allows no attribute beside xsi:type then
            aside = EKX if opened and datatype.startswith(f"{{{XSD}}}") else XSI
            opened += f' {self._names.qualified(aside, "type")}="{self._quoted(self._qname(datatype))}"'
        return f"<{tag}{opened}>{inside}</{tag}>" if inside else f"<{tag}{opened}/>"

    def _inside(self, value: tuple[Extension | str, ...]) -> str:
        if not any(isinstance(each, str) for each in value):
            return self.siblings(value)  # type: ignore[arg-type]
        return "".join(
            [self._text(each) if isinstance(each, str) else self.tree(each, alone=not each.array) for each in value]
        )

    def _qname(self, clark: str) -> str:
        if not clark.startswith("{"):
            return clark
        namespace, _, name = clark[1:].partition("}")
        return self._names.qualified(namespace, name)

    def attributes(self, attributes: Mapping[str, str]) -> str:
        """Attributes by Clark name, with a space before each."""
        parts = []
        for clark, text in attributes.items():
            namespace, _, name = clark[1:].partition("}") if clark.startswith("{") else ("", "", clark)
            if not is_name(name) or (
                namespace and not is_namespace(namespace) and not namespace.startswith("http://www.w3.org/XML")
            ):
                self._lose("LOSS-NAME", f"XML has no attribute name {clark!r}")
                continue
            parts.append(f' {self._names.qualified(namespace, name)}="{self._quoted(text)}"')
        return "".join(parts)

    def _quoted(self, text: str) -> str:
        return attribute_text(text) if self._text is content_text else attribute_text(self._clean(text))

    def careful(self, event: Event, clean: Callable[[str], str]) -> str:
        """:meth:`event` once more, every text through ``clean``; for events with characters that XML cannot hold."""
        self._clean = clean
        self._text = lambda text: content_text(clean(text))
        try:
            return self.event(event)
        finally:
            self._text = content_text


def _was_quantity_event(event: ObjectEvent) -> bool:
    """An event that was a QuantityEvent in 1.x and still fits into one."""
    if event.origin_type is None or len(event.quantity_list) != 1 or event.action != "OBSERVE":
        return False
    item = event.quantity_list[0]
    plain = item.quantity is not None and item.quantity == item.quantity.to_integral_value() and item.uom is None
    return plain and not (
        event.epc_list or event.source_list or event.destination_list or event.ilmd or item.extensions
        or event.sensor_element_list or event.persistent_disposition
    )  # fmt: skip


def _double(value: Decimal) -> str:
    """A number as xsd:double writes it."""
    if value.is_finite():
        return str(value)
    return "NaN" if value.is_nan() else "INF" if value > 0 else "-INF"
