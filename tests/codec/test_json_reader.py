"""JSON documents as values: heads, contexts, events of every type, and everything that is no standard member."""

from __future__ import annotations

import json
import tracemalloc
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit import codec
from epcis_kit.codec.limits import ReadOptions
from epcis_kit.errors import DocumentError
from epcis_kit.model import (
    AggregationEvent,
    BizLocation,
    BizTransaction,
    Destination,
    Document,
    ErrorDeclaration,
    Extension,
    Header,
    ObjectEvent,
    OpaqueEvent,
    PersistentDisposition,
    QuantityElement,
    ReadPoint,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Source,
    Vocabulary,
    VocabularyAttribute,
    VocabularyElement,
)

if TYPE_CHECKING:
    from epcis_kit.findings import Finding

STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EXAMPLE = "https://ns.example.com/epcis/"
EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2024-03-01T09:00:00.000+01:00",
    "eventTimeZoneOffset": "+01:00",
    "action": "OBSERVE",
}
BARE: dict[str, Any] = {
    "event_time": "2024-03-01T09:00:00.000+01:00",
    "event_time_zone_offset": "+01:00",
    "action": "OBSERVE",
}


def document(*events: dict[str, Any], context: Any = (STANDARD, {"ex": EXAMPLE}), **more: Any) -> bytes:
    head = {"@context": context, "type": "EPCISDocument", "schemaVersion": "2.0"}
    return json.dumps({**head, **more, "epcisBody": {"eventList": events}}).encode()


def only(data: bytes) -> Any:
    (event,) = codec.read_document(data).events
    return event


def test_every_field_of_an_event_has_its_place() -> None:
    event = only(
        document(
            EVENT
            | {
                "eventID": " urn:uuid:1 ",
                "recordTime": "2024-03-01T09:00:01Z",
                "errorDeclaration": {
                    "declarationTime": "2024-03-02T00:00:00Z",
                    "reason": "urn:epcglobal:cbv:er:incorrect_data",
                    "correctiveEventIDs": ["urn:uuid:2"],
                },
                "certificationInfo": "https://example.com/c",
                "epcList": ["urn:epc:id:sgtin:9521234.056789.1", " urn:x:2"],
                "quantityList": [{"epcClass": "urn:x:3", "quantity": 7, "uom": "KGM"}, {"epcClass": "urn:x:4"}],
                "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping",
                "disposition": "cbv:Disp-in_transit",
                "persistentDisposition": {"set": ["urn:epcglobal:cbv:disp:damaged"], "unset": ["urn:x:own"]},
                "readPoint": {"id": "urn:x:5"},
                "bizLocation": {"id": "urn:x:6", "ex:floor": 2},
                "bizTransactionList": [{"type": "urn:epcglobal:cbv:btt:po", "bizTransaction": "urn:x:7"}],
                "sourceList": [{"type": "owning_party", "source": "urn:x:8"}],
                "destinationList": [{"type": "urn:x:type", "destination": "urn:x:9"}],
                "sensorElementList": [
                    {
                        "sensorMetadata": {"time": "2024-03-01T08:00:00Z", "deviceID": "urn:x:10"},
                        "sensorReport": [
                            {
                                "type": "gs1:Temperature",
                                "value": 26.0,
                                "uom": "CEL",
                                "stringValue": " as written ",
                                "booleanValue": False,
                                "component": "cbv:Comp-x",
                                "exception": "gs1:ALARM_CONDITION",
                                "ex:vendor": {"ex:a": None},
                            }
                        ],
                    }
                ],
                "ilmd": {"cbvmda:lotNumber": "L1", "ex:grade": ["A", 1.50]},
                "ex:note": "x",
            }
        )
        .replace(b"1.5]", b"1.50]")
        .replace(b"26.0,", b"26.00,")
    )
    assert event == ObjectEvent(
        **BARE,
        event_id="urn:uuid:1",
        record_time="2024-03-01T09:00:01Z",
        error_declaration=ErrorDeclaration(
            declaration_time="2024-03-02T00:00:00Z", reason="incorrect_data", corrective_event_ids=("urn:uuid:2",)
        ),
        certification_info=("https://example.com/c",),
        epc_list=("urn:epc:id:sgtin:9521234.056789.1", "urn:x:2"),
        quantity_list=(
            QuantityElement(epc_class="urn:x:3", quantity=7, uom="KGM"),
            QuantityElement(epc_class="urn:x:4"),
        ),
        biz_step="shipping",
        disposition="in_transit",
        persistent_disposition=PersistentDisposition(set=("damaged",), unset=("urn:x:own",)),
        read_point=ReadPoint(id="urn:x:5"),
        biz_location=BizLocation(id="urn:x:6", extensions=(Extension(EXAMPLE, "floor", 2),)),
        biz_transaction_list=(BizTransaction(type="po", biz_transaction="urn:x:7"),),
        source_list=(Source(type="owning_party", source="urn:x:8"),),
        destination_list=(Destination(type="urn:x:type", destination="urn:x:9"),),
        sensor_element_list=(
            SensorElement(
                sensor_metadata=SensorMetadata(time="2024-03-01T08:00:00Z", device_id="urn:x:10"),
                sensor_report=(
                    SensorReport(
                        type="Temperature",
                        value="26.00",
                        uom="CEL",
                        string_value=" as written ",
                        boolean_value=False,
                        component="x",
                        exception="ALARM_CONDITION",
                        extensions=(Extension(EXAMPLE, "vendor", (Extension(EXAMPLE, "a", None),)),),
                    ),
                ),
            ),
        ),
        ilmd=(
            Extension("urn:epcglobal:cbv:mda", "lotNumber", "L1"),
            Extension(EXAMPLE, "grade", "A"),
            Extension(EXAMPLE, "grade", Decimal("1.50")),
        ),
        extensions=(Extension(EXAMPLE, "note", "x"),),
    )
    assert str(event.sensor_element_list[0].sensor_report[0].value) == "26.00"
    assert [(each.name, each.array, each.value, each.prefix) for each in event.ilmd] == [
        ("lotNumber", "", "L1", "cbvmda"),
        ("grade", "member", "A", "ex"),
        ("grade", "member", Decimal("1.50"), "ex"),
    ]
    assert event.event_time.text == "2024-03-01T09:00:00.000+01:00"


def test_extensions_keep_types_arrays_and_nesting() -> None:
    (extension,) = only(
        document(EVENT | {"ex:a": [[1, [True]], [], {"ex:b": {}, "c": [None]}, 12345678901234567890123]})
    ).extensions[:1]
    assert extension.array == "member"
    assert [each.value for each in only(document(EVENT | {"ex:a": [1, "1", 1.0, True, None]})).extensions] == [
        1,
        "1",
        Decimal("1.0"),
        True,
        None,
    ]
    assert extension.value == (
        Extension("", "", 1, array="member"),
        Extension("", "", (Extension("", "", True, array="member"),), array="member"),
    )
    assert only(document(EVENT | {"ex:a": []})).extensions[0].array == "empty"
    assert only(document(EVENT | {"ex:a": 10**40})).extensions[0].value == 10**40


def test_what_only_xml_can_say_comes_back_from_reserved_members() -> None:
    context = [STANDARD, {"ex": EXAMPLE, "ekx": "urn:x-epcis-kit:xml:"}]
    event = only(
        document(
            EVENT
            | {
                "ex:weight": {
                    "ekx:text": "1.50",
                    "ekx:type": "xsd:double",
                    "ekx:attributes": {"unit": "KGM", "ex:by": "scale"},
                },
                "ex:note": {"ekx:content": ["see ", {"ex:page": 4}, " below"]},
                "ex:gone": {"ekx:nil": True, "ekx:attributes": {"why": "lost"}},
                "ekx:unnamed": {"local": 1},
            },
            context=context,
        )
    )
    xsd = "{http://www.w3.org/2001/XMLSchema}double"
    assert event.extensions == (
        Extension(EXAMPLE, "weight", "1.50", datatype=xsd, attributes=(("unit", "KGM"), (f"{{{EXAMPLE}}}by", "scale"))),
        Extension(EXAMPLE, "note", ("see ", Extension(EXAMPLE, "page", 4), " below")),
        Extension(EXAMPLE, "gone", None, attributes=(("why", "lost"),)),
        Extension("", "local", 1),
    )
    assert event.extensions[0].datatype == xsd


@pytest.mark.parametrize(
    ("context", "name", "expected"),
    [
        ([STANDARD, {"ex": EXAMPLE}], "ex:a", (EXAMPLE, "a")),
        ([STANDARD, [{"ex": {"@id": EXAMPLE}}]], "ex:a", (EXAMPLE, "a")),
        ({"ex": "https://old.example/", "a": 1} | {"ex": EXAMPLE, "a": None}, "ex:a", (EXAMPLE, "a")),
        ([{"ex": "https://old.example/"}, {"ex": EXAMPLE}], "ex:a", (EXAMPLE, "a")),
        ([{"base": "https://ns.example.com/", "ex": "base:epcis/"}], "ex:a", (EXAMPLE, "a")),
        ([STANDARD, {"weight": {"@id": EXAMPLE + "weight", "@type": "xsd:double"}}], "weight", (EXAMPLE, "weight")),
        ([STANDARD, {"@vocab": EXAMPLE}], "a", (EXAMPLE, "a")),
        ([STANDARD], "a", ("", "a")),
        ([STANDARD], "foo:a", ("", "foo:a")),
        ([STANDARD], "https://ns.example.com/epcis/a", (EXAMPLE, "a")),
        ([STANDARD], "https://ns.example.com/x#a", ("https://ns.example.com/x#", "a")),
        ([STANDARD], "urn:example:ns:a", ("urn:example:ns:", "a")),
        ([STANDARD], "cbvmda:lotNumber", ("urn:epcglobal:cbv:mda", "lotNumber")),
        ([STANDARD, {"cbvmda": "urn:epcglobal:cbv:mda:"}], "cbvmda:lotNumber", ("urn:epcglobal:cbv:mda:", "lotNumber")),
        ([STANDARD, {"cbvmda": EXAMPLE}], "cbvmda:lotNumber", (EXAMPLE, "lotNumber")),
        ([STANDARD], "rdfs:comment", ("http://www.w3.org/2000/01/rdf-schema#", "comment")),
        ([STANDARD], "gs1:a", ("https://gs1.org/voc/", "a")),
        ([STANDARD], "comment", ("", "comment")),
        (STANDARD, "@odd", ("", "@odd")),
    ],
)
def test_names_mean_what_the_context_says(context: Any, name: str, expected: tuple[str, str]) -> None:
    (extension,) = only(document(EVENT | {name: 1}, context=context)).extensions
    assert (extension.namespace, extension.name) == expected


def test_a_context_after_the_events_is_found_first() -> None:
    body = {"eventList": [EVENT | {"ex:a": 1}, EVENT | {"ex:a": 2}]}
    data = json.dumps({"type": "EPCISDocument", "epcisBody": body, "sender": "urn:x:1", "@context": {"ex": EXAMPLE}})
    read = codec.read_document(data.encode())
    assert [event.extensions for event in read] == [(Extension(EXAMPLE, "a", 1),), (Extension(EXAMPLE, "a", 2),)]
    assert (read.namespaces, read.sender) == ((("ex", EXAMPLE),), "urn:x:1")


def test_a_context_after_the_events_is_found_in_a_stream_that_cannot_go_back() -> None:
    body = {"eventList": [EVENT | {"ex:a": number} for number in range(2000)]}
    data = json.dumps({"type": "EPCISDocument", "epcisBody": body, "@context": {"ex": EXAMPLE}}).encode()

    class Pipe:
        def __init__(self) -> None:
            self.at = 0

        def read(self, size: int) -> bytes:
            size = min(size, 1000)
            self.at += size
            return data[self.at - size : self.at]

    events = list(codec.iter_events(Pipe()))  # type: ignore[arg-type]
    assert [event.extensions[0].value for event in events] == list(range(2000))
    assert {event.extensions[0].namespace for event in events} == {EXAMPLE}


def test_an_event_may_bring_a_context_of_its_own() -> None:
    own = {"@context": [{"ex": "https://own.example/"}]}
    read = codec.read_document(document({**own, **EVENT, "ex:a": 1}, EVENT | {"ex:a": 2}, EVENT | own | {"ex:a": 3}))
    assert [event.extensions[0].namespace for event in read] == [
        "https://own.example/",
        EXAMPLE,
        "https://own.example/",
    ]


def test_addresses_of_others_are_kept_and_never_fetched() -> None:
    context = [STANDARD, "https://example.com/own.jsonld", "https://gs1.github.io/EPCIS/epcis-context.jsonld"]
    read = codec.read_document(document(EVENT | {"own:a": 1}, context=context))
    assert read.contexts == ("https://example.com/own.jsonld",)
    assert read.events[0].extensions == (Extension("", "own:a", 1),)


def test_the_head_of_a_document() -> None:
    data = document(
        EVENT,
        id="urn:x:doc",
        creationDate="2024-03-01T10:00:00Z",
        sender="urn:x:1",
        receiver="urn:x:2",
        instanceIdentifier="7",
        epcisHeader={
            "epcisMasterData": {
                "vocabularyList": [
                    {
                        "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                        "vocabularyElementList": [
                            {
                                "id": "urn:x:loc",
                                "attributes": [
                                    {"id": "urn:epcglobal:cbv:mda#name", "attribute": "Barn"},
                                    {"id": "urn:x:size", "attribute": 1.5},
                                    {"id": "urn:x:at", "attribute": {"ex:lat": 1}},
                                    {"id": "urn:x:none"},
                                ],
                                "children": ["urn:x:loc:1"],
                            }
                        ],
                    }
                ]
            },
            "ex:seen": True,
        },
        **{"ex:batch": [1, 2]},
    )
    assert codec.read_document(data) == Document(
        id="urn:x:doc",
        creation_date="2024-03-01T10:00:00Z",
        sender="urn:x:1",
        receiver="urn:x:2",
        instance_identifier="7",
        header=Header(
            master_data=(
                Vocabulary(
                    type="urn:epcglobal:epcis:vtype:BusinessLocation",
                    elements=(
                        VocabularyElement(
                            id="urn:x:loc",
                            attributes=(
                                VocabularyAttribute(id="urn:epcglobal:cbv:mda#name", value=Extension("", "", "Barn")),
                                VocabularyAttribute(id="urn:x:size", value=Extension("", "", Decimal("1.5"))),
                                VocabularyAttribute(
                                    id="urn:x:at", value=Extension("", "", (Extension(EXAMPLE, "lat", 1),))
                                ),
                                VocabularyAttribute(id="urn:x:none"),
                            ),
                            children=("urn:x:loc:1",),
                        ),
                    ),
                ),
            ),
            extensions=(Extension(EXAMPLE, "seen", True),),
        ),
        extensions=(Extension(EXAMPLE, "batch", 1), Extension(EXAMPLE, "batch", 2)),
        events=(ObjectEvent(**BARE),),
    )


def test_faults_in_the_head_are_findings_and_the_events_come() -> None:
    data = document(
        EVENT,
        schemaVersion=2,
        creationDate="yesterday",
        sender=[],
        epcisHeader={"epcisMasterData": {"vocabularyList": [{"vocabularyElementList": {}}, 5]}},
    )
    problems: list[Finding] = []
    assert len(list(codec.iter_events(data, problems=problems.append))) == 1
    vocabularies = "/epcisHeader/epcisMasterData/vocabularyList"
    assert [(problem.rule, problem.location.pointer, problem.message) for problem in problems] == [
        ("DOC-003", "/schemaVersion", "Cannot read schemaVersion 2: expected text."),
        ("DOC-003", "/sender", "Cannot read sender []: expected text."),
        (
            "DOC-003",
            "/creationDate",
            "Cannot read creationDate 'yesterday': expected YYYY-MM-DDThh:mm:ss with an optional fraction and a zone.",
        ),
        ("DOC-003", f"{vocabularies}/1", "Cannot read vocabularyList 5: expected an object."),
        ("DOC-003", f"{vocabularies}/0/type", "Cannot read type None: expected text."),
        (
            "DOC-003",
            f"{vocabularies}/0/vocabularyElementList",
            "Cannot read vocabularyElementList {}: expected an array of objects.",
        ),
    ]


def test_a_query_document() -> None:
    results = {
        "queryName": "SimpleEventQuery",
        "subscriptionID": "s1",
        "resultsBody": {"eventList": [EVENT], "vocabularyList": [{"type": "urn:x:v"}]},
    }
    data = {"@context": STANDARD, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}}
    assert codec.read_document(json.dumps(data).encode()) == Document(
        type="EPCISQueryDocument",
        schema_version=None,
        query_name="SimpleEventQuery",
        subscription_id="s1",
        header=Header(master_data=(Vocabulary(type="urn:x:v"),)),
        events=(ObjectEvent(**BARE),),
    )


@pytest.mark.parametrize("bare", [EVENT, {"@context": [STANDARD, {"ex": EXAMPLE}]} | EVENT])
def test_a_bare_event(bare: dict[str, Any]) -> None:
    read = codec.read_document(json.dumps(bare, indent=2).encode())
    assert read == Document(type="event", schema_version=None, events=(ObjectEvent(**BARE),))


def test_a_bare_event_that_says_somewhere_that_it_has_a_body() -> None:
    read = codec.read_document(json.dumps({"@context": {"ex": EXAMPLE}} | EVENT | {"ex:a": {"epcisBody": 1}}).encode())
    assert (read.type, read.events[0].extensions) == (
        "event",
        (Extension(EXAMPLE, "a", (Extension("", "epcisBody", 1),)),),
    )


def test_bare_events_line_by_line() -> None:
    lines = [{"@context": {"ex": f"https://{number}.example/"}} | EVENT | {"ex:a": number} for number in range(3)]
    read = codec.read_document(b"\xef\xbb\xbf" + "\r\n".join(map(json.dumps, lines)).encode() + b"\n\n")
    assert read.type == "EPCISDocument"
    assert [event.extensions for event in read] == [
        (Extension(f"https://{number}.example/", "a", number),) for number in range(3)
    ]
    problems: list[Finding] = []
    wrong = b"\n".join([json.dumps(EVENT).encode(), b'{"type":"ObjectEvent"}', json.dumps(EVENT).encode()])
    assert len(list(codec.iter_events(wrong, problems=problems.append))) == 2
    assert [(problem.location.line, problem.location.event_index) for problem in problems] == [(2, 1)] * 3


def test_a_body_with_one_event() -> None:
    read = codec.read_document(
        json.dumps({"@context": STANDARD, "type": "EPCISDocument", "epcisBody": {"event": EVENT}}).encode()
    )
    assert read.events == (ObjectEvent(**BARE),)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ex:Moved", f"{{{EXAMPLE}}}Moved"),
        ("https://ns.example.com/epcis/Moved", f"{{{EXAMPLE}}}Moved"),
        ("foo:Moved", "foo:Moved"),
        ("Moved", "Moved"),
    ],
)
def test_an_event_of_a_foreign_type_is_kept_whole(name: str, expected: str) -> None:
    event = only(document(EVENT | {"type": name, "epcList": ["urn:x:1"], "bizStep": "shipping"}))
    assert event == OpaqueEvent(
        event_time=BARE["event_time"],
        event_time_zone_offset="+01:00",
        type=expected,
        biz_step="shipping",
        extensions=(Extension("", "action", "OBSERVE"), Extension("", "epcList", "urn:x:1", array="member")),
    )


@pytest.mark.parametrize("name", ["epcis:AggregationEvent", "https://ref.gs1.org/epcis/AggregationEvent"])
def test_a_standard_type_may_be_spelt_out(name: str) -> None:
    assert only(document(EVENT | {"type": name, "parentID": "urn:x:1"})) == AggregationEvent(
        **BARE, parent_id="urn:x:1"
    )


def test_null_counts_as_absent() -> None:
    assert only(document(EVENT | {"bizStep": None, "epcList": None, "readPoint": None})) == ObjectEvent(**BARE)
    assert only(document(EVENT | {"ex:a": None})).extensions == (Extension(EXAMPLE, "a", None),)


@pytest.mark.parametrize(
    ("naive", "expected"), [("+02:00", "2024-03-01T09:00:00+02:00"), ("event-offset", "2024-03-01T09:00:00+01:00")]
)
def test_a_time_without_a_zone_means_what_the_caller_says(naive: str, expected: str) -> None:
    data = document(
        EVENT
        | {
            "eventTime": "2024-03-01T09:00:00",
            "errorDeclaration": {"declarationTime": "2024-03-01T09:00:00"},
        }
    )
    (event,) = codec.read_document(data, options=ReadOptions(naive_times=naive)).events
    assert event.event_time.text == expected
    assert event.error_declaration is not None
    assert event.error_declaration.declaration_time == event.event_time
    with pytest.raises(DocumentError, match="expected a zone at the end"):
        codec.read_document(data)


def test_an_event_hash_beside_the_events_own_identifier_is_settled_and_told() -> None:
    hashed = "ni:///sha-256;00?ver=CBV2.0"
    data = document(EVENT | {"eventID": hashed, "EVENTID": "urn:uuid:1"}).replace(b"EVENTID", b"eventID")
    assert only(data).event_id == "urn:uuid:1"
    problems: list[Finding] = []
    list(codec.iter_events(data, problems=problems.append))
    assert [(problem.rule, problem.severity, problem.message) for problem in problems] == [
        (
            "DOC-001",
            "warning",
            "An event has 'eventID' twice, once with its own hash: the other identifier is taken.",
        )
    ]


def test_parts_that_repeat_are_built_once() -> None:
    place = {"readPoint": {"id": "urn:x:1"}, "sourceList": [{"type": "location", "source": "urn:x:2"}]}
    first, second = codec.read_document(document(EVENT | place, EVENT | place)).events
    assert first.read_point is second.read_point
    assert first.source_list[0] is second.source_list[0]


def test_streaming_takes_memory_for_one_event() -> None:
    """Ten times the events, the same peak."""
    peaks = []
    for count in (2000, 20_000):
        epcs = [[f"urn:x:{number}:{index}" for index in range(10)] for number in range(count)]
        data = document(*[EVENT | {"epcList": each} for each in epcs])
        tracemalloc.start()
        assert sum(1 for _ in codec.iter_events(data)) == count
        peaks.append(tracemalloc.get_traced_memory()[1] - len(data))  # the bytes are wrapped once
        tracemalloc.stop()
    assert peaks[1] < 2 * max(peaks[0], 1_000_000), peaks
