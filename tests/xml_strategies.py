"""Events of every type with everything they may hold, for hypothesis; and XML written and read in one call each."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import strategies as st

from epcis_kit.codec.sources import open_source
from epcis_kit.codec.xml_reader import XmlReader
from epcis_kit.codec.xml_writer import XmlWriter
from epcis_kit.model import (
    EVENT_TYPES,
    BizLocation,
    BizTransaction,
    Destination,
    Document,
    ErrorDeclaration,
    Event,
    Extension,
    OpaqueEvent,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Source,
    Timestamp,
)

_CHARACTERS = st.characters(
    codec="utf-8", exclude_characters="\ufffe\uffff", exclude_categories=["Cs"], min_codepoint=32
) | st.sampled_from("\t\n\r<>&\"'")
texts = st.text(_CHARACTERS, max_size=12)
uris = st.builds("urn:example:{}".format, st.text("abcXYZ019.-", min_size=1, max_size=8))
names = st.sampled_from(
    ["a", "b", "lotNumber", "straße", "_x.y-z", "bizStep", "extension", "1st", "foo:bar", "two words"]
)
namespaces = st.sampled_from(
    [
        "",
        "",
        "https://example.com/a/",
        "https://example.com/b#",
        "urn:epcglobal:cbv:mda",
        "urn:epcglobal:epcis:xsd:2",
        "no uri",
    ]
)
numbers = st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: len(str(number)) < 60)
scalars = st.one_of(texts, st.booleans(), st.integers(-(10**30), 10**30), numbers, st.none())
times = st.builds(
    "{}-0{}-1{}T0{}:30:15{}{}".format,
    st.integers(1970, 2100),
    *[st.integers(1, 9)] * 3,
    st.sampled_from(["", ".5", ".123456789"]),
    st.sampled_from(["Z", "+05:30", "-11:00"]),
).map(Timestamp.parse)
clark_names = st.sampled_from(["n", "{https://example.com/a/}n", "{http://www.w3.org/XML/1998/namespace}lang"])


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Extension:
    namespace, name = draw(namespaces), draw(names)
    value: Any = draw(scalars)
    array: Any = draw(st.sampled_from(["", "", "member"]))
    if depth and draw(st.booleans()):
        value = tuple(draw(st.lists(trees(depth - 1), min_size=1, max_size=3)))
        if draw(st.booleans()):  # mixed content: texts between the children
            mixed: list[Any] = []
            for child in value:
                mixed += [draw(texts), child]
            value = tuple(part for part in mixed if part != "")
    elif draw(st.integers(0, 9)) == 0:
        value, array = (), "empty"
    attributes = draw(st.dictionaries(clark_names, texts, max_size=2)) if namespace else {}
    return Extension(namespace, name, value, attributes=tuple(attributes.items()), array=array)


extensions = st.lists(trees(), max_size=3).map(tuple)
observed = st.lists(
    st.builds(Extension, st.just("https://example.com/a/"), names, st.one_of(scalars, st.just(""))) | trees(),
    max_size=3,
).map(tuple)


def made_of(cls: type[Any], **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Parts by keyword; ``st.builds`` would ask for the JSON names too."""
    return st.fixed_dictionaries(parts).map(lambda values: cls(**values))


terms = st.sampled_from(["shipping", "receiving", "commissioning"]) | uris
dispositions = st.sampled_from(["in_transit", "active"]) | uris
quantities = st.lists(
    made_of(
        QuantityElement,
        epc_class=uris,
        quantity=st.none() | numbers,
        uom=st.none() | st.just("KGM"),
    ),
    max_size=3,
).map(tuple)
epcs = st.lists(uris, max_size=3).map(tuple)
doubles = st.none() | numbers
reports = made_of(
    SensorReport,
    type=st.none() | st.just("Temperature") | uris,
    exception=st.none() | st.just("ALARM_CONDITION"),
    value=doubles,
    s_dev=doubles,
    component=st.none() | st.just("x"),
    string_value=st.none() | texts,
    boolean_value=st.none() | st.booleans(),
    time=st.none() | times,
    biz_rules=st.none() | uris,
    extensions=observed,
)
sensors = st.lists(
    made_of(
        SensorElement,
        sensor_metadata=st.none()
        | made_of(SensorMetadata, time=st.none() | times, device_id=st.none() | uris, extensions=observed),
        sensor_report=st.lists(reports, min_size=1, max_size=3).map(tuple),
        extensions=extensions,
    ),
    max_size=2,
).map(tuple)
_OF: dict[str, st.SearchStrategy[Any]] = {
    "record_time": st.none() | times,
    "event_id": st.none() | uris,
    "error_declaration": st.none()
    | made_of(
        ErrorDeclaration,
        declaration_time=times,
        reason=st.none() | st.just("did_not_occur") | uris,
        corrective_event_ids=epcs,
        extensions=extensions,
    ),
    "certification_info": epcs,
    "biz_step": st.none() | terms,
    "disposition": st.none() | dispositions,
    "persistent_disposition": st.none()
    | made_of(
        PersistentDisposition,
        set=st.lists(dispositions, max_size=2).map(tuple),
        unset=st.lists(dispositions, max_size=2).map(tuple),
    ),
    "read_point": st.none() | made_of(ReadPoint, id=uris, extensions=extensions),
    "biz_location": st.none() | made_of(BizLocation, id=uris, extensions=extensions),
    "biz_transaction_list": st.lists(
        made_of(BizTransaction, type=st.none() | st.just("po") | uris, biz_transaction=uris), min_size=1, max_size=2
    ).map(tuple),
    "source_list": st.lists(made_of(Source, type=st.just("location") | uris, source=uris), max_size=2).map(tuple),
    "destination_list": st.lists(
        made_of(Destination, type=st.just("location") | uris, destination=uris), max_size=2
    ).map(tuple),
    "sensor_element_list": sensors,
    "ilmd": st.none() | extensions,
    "action": st.sampled_from(["ADD", "OBSERVE", "DELETE"]),
    "extensions": extensions,
    "transformation_id": st.none() | uris,
}


@st.composite
def events(draw: st.DrawFn) -> Event:
    kinds: list[type[Event]] = [*EVENT_TYPES.values(), OpaqueEvent]
    cls = draw(st.sampled_from(kinds))
    values: dict[str, Any] = {
        "event_time": draw(times),
        "event_time_zone_offset": draw(st.sampled_from(["+01:00", "-06:30"])),
    }
    for name in cls.model_fields:
        if name in {"event_time", "event_time_zone_offset", "origin_type", "type"} or draw(st.integers(0, 2)) == 0:
            continue
        if name in _OF:
            values[name] = draw(_OF[name])
        elif name == "parent_id":
            values[name] = draw(uris)
        else:
            values[name] = draw(quantities if "quantity" in name else epcs)
    if "action" in cls.model_fields:
        values.setdefault("action", "ADD")
    if cls.__name__ == "AssociationEvent":
        values.setdefault("parent_id", "urn:example:p")
    if cls is OpaqueEvent:
        values["type"] = draw(st.sampled_from(["{https://example.com/a/}Moved", "ex:Moved", "Moved"]))
    return cls(**values)


def written(
    document: Document, version: str = "2.0", *, allow_loss: bool = False, **spelling: Any
) -> tuple[bytes, Any]:
    target = io.BytesIO()
    writer = XmlWriter(target, document, version=version, allow_loss=allow_loss, **spelling)
    for event in document.events:
        writer.write(event)
    writer.close()
    return target.getvalue(), writer.losses


def read(data: bytes) -> Document:
    reader = XmlReader(open_source(data))
    found = tuple(reader.events())
    return reader.head().model_copy(update={"events": found})
