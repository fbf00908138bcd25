"""Documents and events for hypothesis, usable by every room: ``events()``, ``valid_events()``, ``documents()``.

``events()`` holds anything the model can hold, with extensions at every level. ``valid_events()`` is what the published
schemas accept: identifiers that are URIs, lists that are long enough, extensions with namespaces where they may stand.
``documents()`` puts events under every kind of head: none, SBDH, master data, foreign header elements, query results.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from epcis_kit.model import (
    AggregationEvent,
    AssociationEvent,
    BizLocation,
    BizTransaction,
    Contact,
    Destination,
    Document,
    ErrorDeclaration,
    Event,
    Extension,
    Header,
    ObjectEvent,
    OpaqueEvent,
    Partner,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    Sbdh,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Source,
    TransactionEvent,
    TransformationEvent,
    Vocabulary,
    VocabularyAttribute,
    VocabularyElement,
)
from xml_strategies import events, made_of, times, uris

__all__ = ["documents", "events", "foreign", "headers", "valid_events"]

_local = st.sampled_from(["a", "b", "lotNumber", "x.y-z", "bizStep", "extension"])
_space = st.sampled_from(
    ["https://example.com/a/", "https://example.com/b#", "urn:epcglobal:cbv:mda", "urn:example:c:"]
)
_prefix = st.sampled_from(["", "ex", "a", "cbvmda"])
_texts = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\ufffe\uffff"), max_size=12)
_numbers = st.decimals(-(10**6), 10**6, places=3, allow_nan=False)
_scalars = st.one_of(_texts, st.booleans(), st.integers(-(10**30), 10**30), _numbers, st.none())


@st.composite
def foreign(draw: st.DrawFn, depth: int = 2) -> Extension:
    """An extension with a namespace, and what is below it."""
    value: Any = draw(_scalars)
    if depth and draw(st.booleans()):
        value = tuple(draw(st.lists(foreign(depth - 1), min_size=1, max_size=3)))
    attributes = draw(st.dictionaries(st.sampled_from(["n", "{https://example.com/b#}n"]), _texts, max_size=1))
    return Extension(
        draw(_space),
        draw(_local),
        value,
        attributes=tuple(attributes.items()),
        array=draw(st.sampled_from(["", "", "member"])),
        prefix=draw(_prefix),
    )


_foreigns = st.lists(foreign(), max_size=2).map(tuple)
_uris = st.lists(uris, max_size=3, unique=True).map(tuple)
_some_uris = st.lists(uris, min_size=1, max_size=3, unique=True).map(tuple)
_words = st.sampled_from(["in_transit", "active", "recalled"])
_quantities = st.lists(
    made_of(QuantityElement, epc_class=uris, quantity=_numbers, uom=st.none() | st.just("KGM")), min_size=1, max_size=2
).map(tuple)
_reports = made_of(
    SensorReport,
    type=st.sampled_from(["Temperature", "RelativeHumidity", "urn:example:type"]),
    value=st.none() | _numbers,
    uom=st.none() | st.just("CEL"),
    component=st.none() | st.just("x"),
    string_value=st.none() | _texts,
    boolean_value=st.none() | st.booleans(),
    hex_binary_value=st.none() | st.just("f0F0"),
    time=st.none() | times,
    device_id=st.none() | uris,
)
_metadata = made_of(SensorMetadata, time=st.none() | times, device_id=st.none() | uris)
_COMMON: dict[str, st.SearchStrategy[Any]] = {
    "event_time": times,
    "event_time_zone_offset": st.sampled_from(["+01:00", "-06:30"]),
    "record_time": st.none() | times,
    "event_id": st.none() | uris,
    "error_declaration": st.none()
    | made_of(
        ErrorDeclaration,
        declaration_time=times,
        reason=st.none() | st.just("did_not_occur"),
        corrective_event_ids=_uris,
        extensions=_foreigns,
    ),
    "biz_step": st.none() | st.sampled_from(["shipping", "receiving"]) | uris,
    "disposition": st.none() | _words | uris,
    "read_point": st.none() | made_of(ReadPoint, id=uris),
    "biz_location": st.none() | made_of(BizLocation, id=uris),
    "biz_transaction_list": st.lists(
        made_of(BizTransaction, type=st.none() | st.just("po") | uris, biz_transaction=uris), min_size=1, max_size=2
    ).map(tuple),
    "source_list": st.lists(made_of(Source, type=st.just("location") | uris, source=uris), max_size=2).map(tuple),
    "destination_list": st.lists(
        made_of(Destination, type=st.just("owning_party") | uris, destination=uris), max_size=2
    ).map(tuple),
    "sensor_element_list": st.lists(
        made_of(
            SensorElement,
            sensor_metadata=st.none() | _metadata,
            sensor_report=st.lists(_reports, min_size=1, max_size=2).map(tuple),
            extensions=_foreigns,
        ),
        max_size=1,
    ).map(tuple),
    "extensions": _foreigns,
}
_ACTION = {"action": st.sampled_from(["ADD", "OBSERVE", "DELETE"])}
_PERSISTENT = {
    "persistent_disposition": st.none()
    | made_of(PersistentDisposition, set=st.lists(_words, min_size=1, max_size=2, unique=True).map(tuple))
}
_TRANSFORMED = {
    "input_epc_list": _some_uris,
    "output_quantity_list": _quantities,
    "transformation_id": st.none() | uris,
    "ilmd": st.none() | _foreigns,
}


_VALID = (
    made_of(ObjectEvent, **_COMMON, **_PERSISTENT, **_ACTION, epc_list=_uris),
    made_of(ObjectEvent, **_COMMON, action=st.just("ADD"), quantity_list=_quantities, ilmd=st.none() | _foreigns),
    made_of(AggregationEvent, **_COMMON, **_ACTION, parent_id=uris, child_epcs=_some_uris),
    made_of(AssociationEvent, **_COMMON, **_ACTION, parent_id=uris, child_quantity_list=_quantities),
    made_of(TransactionEvent, **_COMMON, **_ACTION, epc_list=_uris),
    made_of(TransformationEvent, **_COMMON, **_PERSISTENT, **_TRANSFORMED),
    made_of(OpaqueEvent, **_COMMON, type=st.just("{https://example.com/a/}Moved")),
)


@st.composite
def valid_events(draw: st.DrawFn) -> Event:
    """Events that the published schemas accept, in JSON and in XML 2.0."""
    made: Event = draw(_VALID[draw(st.integers(0, len(_VALID) - 1))])
    return made


_partners = st.lists(
    made_of(
        Partner,
        identifier=uris,
        authority=st.none() | st.just("SGLN"),
        contacts=st.lists(
            made_of(Contact, contact=st.just("desk"), fax_number=st.none() | st.just("1")), max_size=1
        ).map(tuple),
    ),
    min_size=1,
    max_size=2,
).map(tuple)
_attributes = st.lists(
    made_of(
        VocabularyAttribute,
        id=uris,
        value=st.none()
        | st.one_of(_texts, _numbers, st.lists(foreign(), min_size=1, max_size=2).map(tuple)).map(
            lambda value: Extension("", "", value)
        ),
    ),
    max_size=2,
).map(tuple)
_vocabularies = st.lists(
    made_of(
        Vocabulary,
        type=uris,
        elements=st.lists(made_of(VocabularyElement, id=uris, attributes=_attributes, children=_uris), max_size=2).map(
            tuple
        ),
    ),
    max_size=2,
).map(tuple)
_sbdhs = made_of(
    Sbdh,
    senders=_partners,
    receivers=_partners,
    type_version=st.just("2.0"),
    instance_identifier=_texts.map(str.strip),
    multiple_type=st.none() | st.booleans(),
    creation_date_and_time=st.just("2024-01-01T00:00:00"),
)


@st.composite
def headers(draw: st.DrawFn) -> Header:
    """Headers with and without a business document header, master data and elements of others."""
    return Header(sbdh=draw(st.none() | _sbdhs), master_data=draw(_vocabularies), extensions=draw(_foreigns))


@st.composite
def documents(draw: st.DrawFn, made: st.SearchStrategy[Event] | None = None) -> Document:
    """Documents of every kind with a few events of ``made`` (:func:`valid_events` where it is left out)."""
    one = valid_events() if made is None else made
    kind = draw(st.sampled_from(["EPCISDocument", "EPCISQueryDocument", "EPCISMasterDataDocument", "event"]))
    if kind == "event":
        return Document(type="event", schema_version=None, events=(draw(one),))
    if kind == "EPCISMasterDataDocument":
        return Document(type=kind, creation_date=draw(times), header=draw(headers()))
    maybe = st.none() | uris
    values: dict[str, Any] = {"creation_date": draw(times), "id": draw(maybe), "header": draw(st.none() | headers())}
    if kind == "EPCISQueryDocument":
        values |= {"query_name": draw(_texts).strip(), "subscription_id": draw(maybe)}
        if values["header"] == Header():  # an empty header is none where results have no place for it
            values["header"] = None
    if values["header"] is None or values["header"].sbdh is None:  # JSON repeats in them what an SBDH says
        values |= {"sender": draw(maybe), "receiver": draw(maybe), "instance_identifier": draw(maybe)}
    return Document(type=kind, events=draw(st.lists(one, max_size=3)), extensions=draw(_foreigns), **values)
