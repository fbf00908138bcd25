"""Values of the model as plain JSON values: dicts, lists, texts, numbers.

Takes events and heads of documents with the prefixes in use; gives dicts whose members stand in the order of
:data:`~epcis_kit.codec.json_fields.SHAPES`. Guarantees: bare words stay bare (the only form that the published
schema takes for the standard's own words), digits stay, empty lists are left out unless the standard asks for one,
and what JSON cannot hold is told to the ``lose`` function with its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from epcis_kit.codec.json_extensions import UNNAMED, members
from epcis_kit.codec.json_extensions import key as extension_name
from epcis_kit.codec.json_fields import SHAPES
from epcis_kit.codec.json_headers import sbdh_echo, sbdh_tree
from epcis_kit.codec.json_scan import step
from epcis_kit.codec.namespaces import OWN_NAMESPACE, OWN_PREFIX
from epcis_kit.model import (
    BizLocation,
    BizTransaction,
    Destination,
    Event,
    Extension,
    OpaqueEvent,
    Part,
    ReadPoint,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from epcis_kit.codec.namespaces import Prefixes
    from epcis_kit.model import Document, Vocabulary

__all__ = ["Place", "Values", "pointer_of"]

_PLAIN, _TIME, _NUMBER, _PART, _PARTS, _ILMD = range(6)
_CODES: Final = {"time": _TIME, "number": _NUMBER, "part": _PART, "parts": _PARTS, "ilmd": _ILMD}

Place: TypeAlias = "str | tuple[Place, str | int]"
"""A JSON pointer, put together only where it is told: the place of the object above, and a name or number in it."""

_REPEATED: Final = frozenset({ReadPoint, BizLocation, BizTransaction, Source, Destination})
_KEPT: Final = 4096

_LENIENT: Final[frozenset[type[Part]]] = frozenset({ReadPoint, BizLocation, OpaqueEvent})
"""Objects in which the schema lets any name stand."""


class Values:
    """Makes plain values.

    Attributes:
        prefixes: The prefixes in use; new ones are bound as names need them.
        lose: Takes what cannot be written: rule, what, value, place.
    """

    def __init__(self, prefixes: Prefixes, lose: Callable[[str, str, object, Place], None]) -> None:
        self.prefixes = prefixes
        self.lose = lose
        self._made: dict[int, tuple[Part, dict[str, Any]]] = {}
        self._rows: dict[type[Part], list[tuple[str, str, int]]] = {
            cls: [(key, field.name, _CODES.get(field.kind, _PLAIN)) for key, field in fields.items()]
            for cls, fields in SHAPES.items()
        }

    def event(self, event: Event, place: Place) -> dict[str, Any]:
        """The members of an event."""
        cls = type(event)
        if cls not in self._rows:
            cls = OpaqueEvent
        result = self._part(event, cls, place)
        if cls is OpaqueEvent:
            result["type"] = self._type(event.type)
        needed = _MUST_LIST.get(event.type)
        if needed is not None and needed(event):
            return _with_list(result)
        return result

    def _type(self, name: str) -> str:
        if not name.startswith("{"):
            return name
        namespace, _, local = name[1:].partition("}")
        return extension_name(Extension(namespace, local), self.prefixes)

    def _part(self, part: Part, cls: type[Part], place: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        state = part.__dict__
        for key, name, code in self._rows[cls]:
            value = state[name]
            if not value and (value is None or (value == () and code != _ILMD)):
                continue
            if code == _PLAIN:
                result[key] = value
            elif code == _TIME:
                result[key] = value.text
            elif code == _PART:
                result[key] = self._shared(value, (place, key))
            elif code == _PARTS:
                result[key] = [self._shared(item, ((place, key), index)) for index, item in enumerate(value)]
            elif code == _ILMD:
                result[key] = self.extensions(value, (place, key))
            elif value.is_finite():
                result[key] = value
            else:
                self.lose("LOSS-NUMBER", key, value, (place, key))
        if state["extensions"]:
            strict = cls not in _LENIENT
            result.update(self.extensions(state["extensions"], place, taken=SHAPES[cls], strict=strict))
        return result

    def _shared(self, part: Part, place: Place) -> dict[str, Any]:
        """The members of a part; those of the parts that readers share are made once."""
        found = self._made.get(id(part))
        if found is not None:
            return found[1]
        cls = type(part)
        result = self._part(part, cls, place)
        if cls in _REPEATED and not part.extensions:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[id(part)] = (part, result)  # holding the part keeps its id
        return result

    def extensions(
        self, values: tuple[Extension, ...], place: Place, *, taken: Collection[str] = (), strict: bool = True
    ) -> dict[str, Any]:
        """The members that hold extensions.

        Args:
            values: The extensions of one object.
            place: Where that object stands.
            taken: Names that mean something else there.
            strict: Whether the schema wants every name there to have a namespace.
        """
        self._look(values, place)
        named: list[Extension] = []
        unnamed: list[Extension] = []
        for extension in values:
            name = extension.name
            bare = not extension.namespace and ":" not in name
            (unnamed if bare and (strict or name in taken or name in _NEVER) else named).append(extension)
        result = members(named, self.prefixes)
        if unnamed:
            self.prefixes.prefix(OWN_NAMESPACE)
            result[f"{OWN_PREFIX}:{UNNAMED}"] = members(unnamed, self.prefixes)
        return result

    def _look(self, values: tuple[Extension, ...], place: Place) -> None:
        """Tell the names without a namespace that would have one when they are read again."""
        for extension in values:
            prefix, colon, _ = extension.name.partition(":")
            here = (place, extension.name)
            if colon and not extension.namespace and not self.prefixes.reserve(prefix):
                self.lose("LOSS-NAME", "name", extension.name, here)
            if extension.value.__class__ is tuple:
                self._look(extension.children, here)

    # -- documents

    def head(self, head: Document) -> dict[str, Any]:
        """The members of a document beside its body, ``@context`` and ``type``, in writing order."""
        result: dict[str, Any] = {}
        sbdh = head.header.sbdh if head.header is not None else None
        told = {"sender": head.sender, "receiver": head.receiver, "instance_identifier": head.instance_identifier}
        if head.type == "EPCISQueryDocument":
            result.update(self._texts(head, {"id": "id"}))
            if head.schema_version is not None:
                result["schemaVersion"] = "2.0"
            if head.creation_date is not None:
                result["creationDate"] = head.creation_date.text
            if sbdh is not None or (head.header is not None and head.header.extensions) or any(told.values()):
                self.prefixes.prefix(OWN_NAMESPACE)
                carried = self._header(head, master_data=False) | {
                    f"{OWN_PREFIX}:{name}": value for name, value in told.items() if value is not None
                }
                result[f"{OWN_PREFIX}:header"] = carried
        else:
            echo = sbdh_echo(sbdh) if sbdh is not None else {}
            result.update(self._texts(head, {"id": "id"}))
            result["schemaVersion"] = "2.0"
            if head.creation_date is not None:
                result["creationDate"] = head.creation_date.text
            for name, key in _TOLD.items():
                value = told[name] if told[name] is not None else echo.get(name)
                if value is not None:
                    result[key] = value
            if head.type == "EPCISMasterDataDocument":
                self.prefixes.prefix(OWN_NAMESPACE)
                result[f"{OWN_PREFIX}:documentType"] = head.type
            if head.header is not None:
                result["epcisHeader"] = self._header(head, master_data=True)
        result.update(self.extensions(head.extensions, ""))
        return result

    def _texts(self, head: Document, names: dict[str, str]) -> dict[str, Any]:
        return {key: getattr(head, name) for name, key in names.items() if getattr(head, name) is not None}

    def _header(self, head: Document, *, master_data: bool) -> dict[str, Any]:
        result: dict[str, Any] = {}
        header = head.header
        if header is None:
            return result
        if header.sbdh is not None:
            result.update(self.extensions((sbdh_tree(header.sbdh),), "/epcisHeader"))
        if master_data and header.master_data:
            result["epcisMasterData"] = {"vocabularyList": self.vocabularies(header.master_data)}
        result.update(self.extensions(header.extensions, "/epcisHeader"))
        return result

    def vocabularies(self, vocabularies: tuple[Vocabulary, ...]) -> list[dict[str, Any]]:
        """Master data."""
        result = []
        for vocabulary in vocabularies:
            elements = []
            for element in vocabulary.elements:
                made: dict[str, Any] = {"id": element.id}
                if element.attributes:
                    made["attributes"] = [
                        {"id": each.id}
                        | ({} if each.value is None else {"attribute": self._attribute(each.value)})
                        | self.extensions(each.extensions, "/epcisHeader", strict=False)
                        for each in element.attributes
                    ]
                if element.children:
                    made["children"] = list(element.children)
                elements.append(made | self.extensions(element.extensions, "/epcisHeader", strict=False))
            listed = {"type": vocabulary.type, "vocabularyElementList": elements}
            result.append(listed | self.extensions(vocabulary.extensions, "/epcisHeader", strict=False))
        return result

    def _attribute(self, value: Extension) -> Any:
        """The value of a master data attribute, which has no name of its own."""
        self._look((value,), "/epcisHeader")
        made = members((value,), self.prefixes)[extension_name(value, self.prefixes)]
        return made[""] if isinstance(made, dict) and made.keys() == {""} else made


def pointer_of(place: Place) -> str:
    """A place as JSON pointer."""
    return place if isinstance(place, str) else step(pointer_of(place[0]), place[1])


def _with_list(members: dict[str, Any]) -> dict[str, Any]:
    """The members with an empty list where it stands by the standard's order."""
    result: dict[str, Any] = {}
    for key, value in members.items():
        result[key] = value
        if key == "action":
            result["epcList"] = []
    return result


_NEVER: Final = frozenset({"@context", "epcisBody"})
_TOLD: Final = {"sender": "sender", "receiver": "receiver", "instance_identifier": "instanceIdentifier"}


def _object_needs_list(event: Any) -> bool:
    return not (event.epc_list or event.quantity_list or (event.sensor_element_list and event.read_point))


def _transaction_needs_list(event: Any) -> bool:
    return not (event.epc_list or event.quantity_list or event.action == "DELETE")


_MUST_LIST: Final[dict[str, Any]] = {"ObjectEvent": _object_needs_list, "TransactionEvent": _transaction_needs_list}
"""Event types whose list of identifiers has to be there, empty where need be (it says that there are none)."""
