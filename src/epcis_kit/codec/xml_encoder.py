"""One event of the model as a piece of EPCIS XML, for version 2.0 or 1.2.

Takes events; gives text. Where each field stands comes from :mod:`~epcis_kit.codec.dialects`; how its value is spelt
stands here. Guarantees: the piece is well-formed and its elements are in the order of the schema; what the version has
no place for is given to ``lose`` as one sentence and left out; prefixes that the root does not declare are declared on
the event.

What XML has no shape for is written in our own namespace and read back: ``ekx:report`` and ``ekx:metadata`` for
extensions of sensor data that are more than an attribute, ``ekx:types`` for the types of those that are one,
``ekx:certificationInfo`` for the second and further certificates; extension trees have their own forms
(:mod:`~epcis_kit.codec.xml_tree_encoder`).
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from epcis_kit import vocab
from epcis_kit.codec.dialects import (
    CARRIED,
    EKX,
    EVENT_WRAPPERS,
    FIELDS,
    METADATA_ATTRIBUTES,
    REPORT_ATTRIBUTES,
    XSI,
    Node,
    layout,
    place,
)
from epcis_kit.codec.xml_headers import split_carried
from epcis_kit.codec.xml_text import content_text, declarations, is_name, is_namespace
from epcis_kit.codec.xml_tree_encoder import TYPE_OF, TreeEncoder
from epcis_kit.model import EVENT_TYPES, Extension, ObjectEvent, OpaqueEvent, event_class
from epcis_kit.model.extensions import lexical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

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
_TYPED_LISTS: Final[Mapping[str, tuple[str, str, Kind]]] = {
    "transactions": ("bizTransaction", "biz_transaction", "biz_transaction_type"),
    "sources": ("source", "source", "source_dest_type"),
    "destinations": ("destination", "destination", "source_dest_type"),
}


_KEPT: Final = 4096
_NUL: Final = "\0"


class _Step(NamedTuple):
    """A field, or (without ``write``) a wrapper with fields, whose start tag is ``empty``."""

    attribute: str
    write: Callable[[Any], str] | None
    empty: str
    inside: tuple[_Step, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class _Plan:
    """How the events of one type are written that hold nothing but fields."""

    kind: str
    opening: str
    closing: str
    steps: tuple[_Step, ...]
    missing: tuple[tuple[str, str], ...]
    old: bool
    known: bool

    def fits(self, state: dict[str, Any]) -> bool:
        """Whether an event can be written so."""
        return (
            self.known
            and not state["extensions"]
            and len(state["certification_info"]) < 2
            and not (self.old and state.get("origin_type") is not None)
        )


_NO_PLAN: Final = _Plan("", "", "", (), (), old=False, known=False)


def _fill(steps: tuple[_Step, ...], state: dict[str, Any], parts: list[str]) -> None:
    for attribute, write, empty, inside in steps:
        if write is None:
            before = len(parts)
            parts.append(empty)
            _fill(inside, state, parts)
            if len(parts) == before + 1:
                parts.pop()
            else:
                parts.append(f"</{empty[1:]}")
        elif value := state[attribute]:
            parts.append(write(value))
        elif value is None or (value == () and attribute != "ilmd"):
            if empty:
                parts.append(empty)
        else:
            parts.append(write(value))


def _list_of(name: str, write: Callable[[Any], str], value: tuple[Any, ...]) -> str:
    return f"<{name}>{''.join([write(each) for each in value])}</{name}>"


@functools.cache
def _missing(version: str, kind: str) -> tuple[tuple[str, str], ...]:
    """Names and attributes of the fields that a version does not have in a type."""
    has = event_class("ObjectEvent" if kind == "QuantityEvent" else kind).model_fields
    told = {"action", "quantityList"} if kind == "QuantityEvent" else set()
    return tuple(
        (name, field.attribute)
        for name, field in FIELDS.items()
        if field.attribute in has and place(version, kind, name) is None and name not in told
    )


class Encoder(TreeEncoder):
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
        super().__init__(names, self._counted)
        self._tell = lose
        self._lost = 0
        self._plans: dict[str, _Plan] = {}
        self._version = version
        self._old = version == "1.2"
        self._spell = vocab.to_web_uri if web_uris and not self._old else vocab.to_urn
        self._respell = respell
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

    def _counted(self, rule: str, message: str) -> None:
        self._lost += 1
        self._tell(rule, message)

    # -- events -------------------------------------------------------------------------------------------------

    def event(self, event: Event) -> str:
        """The event's element with its wrappers; ``""`` where the version cannot hold it at all."""
        plan = self._plans.get(event.type) or self._plan(event.type)
        state = event.__dict__
        if plan.fits(state) and self._text is content_text:
            parts: list[str] = []
            _fill(plan.steps, state, parts)
            if plan.missing:
                self._missing(plan.missing, plan.kind, state)
            late = self._names.late
            told = declarations(self._names.take_late().items()) if late else ""
            return f"{plan.opening}{told}>{''.join(parts)}{plan.closing}"
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
        inside = "".join(self._nodes(layout(self._version, kind), state, extensions, kind))
        self._missing(_missing(self._version, kind), kind, state)
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

    def _missing(self, missing: tuple[tuple[str, str], ...], kind: str, state: dict[str, Any]) -> None:
        """Name the fields that the version does not have."""
        for name, attribute in missing:
            if state.get(attribute):
                self._lose("LOSS-FIELD", f"EPCIS {self._version} has no {name} in {kind}")

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

    # -- events without extensions, the quick way ---------------------------------------------------------------

    def _plan(self, kind: str) -> _Plan:
        """How events of a type are written that hold nothing but fields."""
        if kind not in EVENT_TYPES:
            return _NO_PLAN
        opening, closing = f"<{kind}", f"</{kind}>"
        for wrapper in EVENT_WRAPPERS[self._version].get(kind, ()):
            opening, closing = f"<{wrapper}>{opening}", f"{closing}</{wrapper}>"
        steps = self._steps(layout(self._version, kind))
        plan = self._plans[kind] = _Plan(
            kind, opening, closing, steps, _missing(self._version, kind), old=self._old, known=True
        )
        return plan

    def _steps(self, nodes: tuple[Node, ...]) -> tuple[_Step, ...]:
        steps = []
        for node in nodes:
            name = node.name
            if node.inside:
                if inside := self._steps(node.inside):
                    steps.append(_Step("", None, f"<{name}>", inside))
            elif name in FIELDS:
                field = FIELDS[name]
                empty = f"<{name}/>" if node.mandatory else ""
                steps.append(_Step(field.attribute, self._quick(name, field.kind), empty, ()))
        return tuple(steps)

    def _quick(self, name: str, kind: str) -> Callable[[Any], str]:
        """The writer of a field, with a memory where its values repeat."""
        write = functools.partial(self._writers[kind], name)
        if kind in {"action", "biz_step", "disposition"} or name == "eventTimeZoneOffset":
            return self._remembering(write)
        if kind == "place":
            return self._remembering_parts(write)
        if kind in _TYPED_LISTS:
            return functools.partial(
                _list_of, name, self._remembering_parts(functools.partial(self._typed, *_TYPED_LISTS[kind]))
            )
        return write

    def _remembering(self, write: Callable[[str], str]) -> Callable[[str], str]:
        known: dict[str, str] = {}

        def written(value: str) -> str:
            found = known.get(value)
            if found is None:
                lost, found = self._lost, write(value)
                if lost == self._lost and len(known) < _KEPT:
                    known[value] = found
            return found

        return written

    def _remembering_parts(self, write: Callable[[Any], str]) -> Callable[[Any], str]:
        """Readers share the parts that repeat; holding one keeps its id."""
        known: dict[int, tuple[Any, str]] = {}

        def written(part: Any) -> str:
            found = known.get(id(part))
            if found is not None:
                return found[1]
            lost, text = self._lost, write(part)
            if lost == self._lost and not part.extensions:
                if len(known) >= _KEPT:
                    known.clear()
                known[id(part)] = (part, text)
            return text

        return written

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
        respell = self._respell
        if respell is not None:
            value = tuple(respell(each) for each in value)
        text = self._text("\0".join(value))
        if text.count("\0") != len(value) - 1:  # one of them holds what XML cannot
            return f"<{name}>{''.join([f'<epc>{self._text(each)}</epc>' for each in value])}</{name}>"
        return f"<{name}><epc>{text.replace(_NUL, '</epc><epc>')}</epc></{name}>"

    def _quantities(self, name: str, value: tuple[QuantityElement, ...]) -> str:
        return f"<{name}>{''.join([self._quantity(each) for each in value])}</{name}>"

    def _quantity(self, item: QuantityElement) -> str:
        self.no_room(item.extensions, "quantityElement")
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
        return _list_of(name, functools.partial(self._typed, *_TYPED_LISTS[kind]), value)

    def _typed(self, member: str, attribute: str, terms: Kind, item: Any) -> str:
        """A text with its type."""
        if item.extensions:
            self.no_room(item.extensions, member)
        said = "" if item.type is None else f' type="{self.quoted(self._term(terms, item.type))}"'
        text = getattr(item, attribute)
        if self._respell is not None:
            text = self._respell(text)
        return f"<{member}{said}>{self._text(text)}</{member}>"

    # -- parts --------------------------------------------------------------------------------------------------

    def _place(self, name: str, value: ReadPoint | BizLocation) -> str:
        identifier = self._word("id", value.id)
        if not value.extensions:
            return f"<{name}>{identifier}</{name}>"
        return f"<{name}>{identifier}{self.part_extensions(value.extensions, name)}</{name}>"

    def _persistent(self, name: str, value: PersistentDisposition) -> str:
        self.no_room(value.extensions, name)
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
            parts.append(f' {attribute}="{self.quoted(str(value))}"')
        text = ""
        rest: list[Extension] = []
        types: list[str] = []
        count = Counter((each.namespace, each.name) for each in part.extensions) if part.extensions else {}
        for each in part.extensions:
            if each.namespace == CARRIED and each.name == "text" and isinstance(each.value, str):
                text += each.value
            elif self._fits_attribute(each, table) and count[each.namespace, each.name] == 1:
                qualified = self._names.qualified(each.namespace, each.name, each.prefix)
                parts.append(f' {qualified}="{self.quoted(lexical(each.value))}"')  # type: ignore[arg-type]
                if not isinstance(each.value, str):
                    types.append(f"{each.clark_name}={TYPE_OF.get(type(each.value), 'null')}")
            else:
                rest.append(each)
        if types:
            parts.append(f' {self._names.qualified(EKX, "types")}="{self.quoted(" ".join(types))}"')
        return f"{''.join(parts)}>{self._text(text)}</{name}>" if text else f"{''.join(parts)}/>", rest

    @staticmethod
    def _fits_attribute(extension: Extension, table: Mapping[str, tuple[str, str]]) -> bool:
        if extension.attributes or extension.datatype or extension.array or isinstance(extension.value, tuple):
            return False
        if not is_name(extension.name):
            return False
        return is_namespace(extension.namespace) if extension.namespace else extension.name not in table

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
