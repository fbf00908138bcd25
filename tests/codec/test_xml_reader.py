"""Reading EPCIS XML: every version, any prefix, and one clear sentence for what cannot be read."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.codec import open_reader
from epcis_kit.codec.limits import Limits, ReadOptions
from epcis_kit.errors import DocumentError, UnsupportedVersionError
from epcis_kit.model import Document, Event, Extension, ObjectEvent, OpaqueEvent, Timestamp
from xml_strategies import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from epcis_kit.findings import Finding

TIMES = "<eventTime>2024-03-01T09:00:00Z</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>"
EVENT = f"<ObjectEvent>{TIMES}<epcList><epc>urn:x:1</epc></epcList><action>ADD</action></ObjectEvent>"
OBJECT = ObjectEvent(
    event_time="2024-03-01T09:00:00Z", event_time_zone_offset="+01:00", action="ADD", epc_list=["urn:x:1"]
)


def document(events: str, version: str = "2.0", *, root: str = "", after: str = "", prefix: str = "epcis:") -> bytes:
    binding = f"xmlns{':' if prefix else ''}{prefix.rstrip(':')}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{prefix}EPCISDocument {binding}="urn:epcglobal:epcis:xsd:{version[0]}" schemaVersion="{version}" '
        f'creationDate="2024-03-02T00:00:00Z" xmlns:ex="https://example.com/ns" {root}>\n'
        f"<EPCISBody><EventList>\n{events}\n</EventList></EPCISBody>{after}</{prefix}EPCISDocument>"
    ).encode()


def events_of(data: bytes, **options: Any) -> list[Event]:
    reader = open_reader(data, ReadOptions(**options))
    return list(reader.events())


def found(data: bytes, **options: Any) -> tuple[list[Event], list[str]]:
    findings: list[Finding] = []
    reader = open_reader(data, ReadOptions(file="f.xml", **options), findings.append)
    return list(reader.events()), [f"{each} {each.hint}".strip() for each in findings]


def refused(data: bytes, **options: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        events_of(data, file="f.xml", **options)
    return str(caught.value)


# -- what is read


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.0", "2"])
@pytest.mark.parametrize("prefix", ["epcis:", "q:", ""])
def test_every_version_and_any_prefix(version: str, prefix: str) -> None:
    data = document(EVENT, version, prefix=prefix)
    assert read(data).events == (OBJECT,)
    assert read(data).schema_version == version


def test_the_head_says_what_the_root_says() -> None:
    data = document(EVENT, root='xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ex:kind="test" xsi:foo="1"')
    reader = open_reader(data)
    assert list(reader.events()) == [OBJECT]
    head = reader.head()
    assert head == Document(
        creation_date="2024-03-02T00:00:00Z",
        extensions=(
            Extension("urn:x-epcis-kit:carried:", "attributes", attributes=(("{https://example.com/ns}kind", "test"),)),
        ),
    )
    assert head.namespaces == (("ex", "https://example.com/ns"),)
    assert head.source_format == "xml 2.0"


def test_comments_and_instructions_are_no_part_of_a_value() -> None:
    text = EVENT.replace("<action>ADD", "<!-- a --><action>OBS<!-- -- b -->ER<?c d?>VE".replace("-- b", "b"))
    assert read(document(text)).events == (OBJECT.model_copy(update={"action": "OBSERVE"}),)


def test_white_space_around_values_is_removed_and_cdata_is_text() -> None:
    text = EVENT.replace("urn:x:1", "\n  <![CDATA[urn:x:]]>1 ").replace("ADD", " ADD\n")
    assert read(document(text)).events == (OBJECT,)


def test_utf_16_and_gzip_and_latin_1_are_read() -> None:
    text = document(EVENT.replace("urn:x:1", "urn:x:é")).decode()
    wanted = (OBJECT.model_copy(update={"epc_list": ("urn:x:é",)}),)
    assert read(text.replace("UTF-8", "UTF-16").encode("utf-16")).events == wanted
    assert read(text.replace("UTF-8", "ISO-8859-1").encode("latin-1")).events == wanted
    assert read(b"\xef\xbb\xbf" + text.encode()).events == wanted
    assert read(gzip.compress(text.encode())).events == wanted


def test_a_bare_doctype_is_ignored() -> None:
    data = document(EVENT).replace(b"?>\n", b"?>\n<!DOCTYPE project>\n", 1)
    assert read(data).events == (OBJECT,)


def test_a_query_document_gives_events_and_its_name() -> None:
    data = (
        '<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:1" schemaVersion="1.2" '
        'creationDate="2024-03-02T00:00:00Z"><EPCISBody><q:QueryResults><queryName>SimpleEventQuery</queryName>'
        f"<subscriptionID>7</subscriptionID><resultsBody><EventList>{EVENT}</EventList></resultsBody>"
        "</q:QueryResults></EPCISBody></q:EPCISQueryDocument>"
    )
    assert read(data.encode()) == Document(
        type="EPCISQueryDocument",
        schema_version="1.2",
        creation_date="2024-03-02T00:00:00Z",
        query_name="SimpleEventQuery",
        subscription_id="7",
        events=(OBJECT,),
    )


def test_what_stands_beside_the_events_is_kept() -> None:
    data = document(EVENT, after="<extension><own>1</own></extension><ex:note>2</ex:note>")
    assert read(data).extensions == (Extension("", "own", "1"), Extension("https://example.com/ns", "note", "2"))


def test_a_custom_event_type_is_kept_whole() -> None:
    data = document(
        f"<extension><ex:Moved>{TIMES}<bizStep>urn:epcglobal:cbv:bizstep:storing</bizStep><to>x</to></ex:Moved></extension>"
    )
    assert read(data).events == (
        OpaqueEvent(
            type="{https://example.com/ns}Moved",
            event_time="2024-03-01T09:00:00Z",
            event_time_zone_offset="+01:00",
            biz_step="storing",
            extensions=(Extension("", "to", "x"),),
        ),
    )


def test_many_events_stay_in_constant_memory() -> None:
    class Endless(io.RawIOBase):
        def __init__(self, count: int) -> None:
            start, _, end = document("|").partition(b"|")
            self.parts: Iterator[bytes] = iter([start, *[EVENT.encode() * 100] * count, end])
            self.left = b""

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            if not self.left:
                self.left = next(self.parts, b"")
            data, self.left = self.left[:size], self.left[size:]
            return data

    reader = open_reader(Endless(200))  # type: ignore[arg-type]
    events = reader.events()
    next(events)
    tracemalloc.start()
    assert sum(1 for _ in events) == 19_999
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_one_extension_element_may_hold_many_events() -> None:
    event = f"<TransformationEvent>{TIMES}</TransformationEvent>"
    data = document(f"<extension>{event * 3000}</extension>{EVENT}<extension>{event}</extension>", "1.2")
    kinds = [each.type for each in events_of(data)]
    assert kinds == ["TransformationEvent"] * 3000 + ["ObjectEvent", "TransformationEvent"]


def test_events_are_given_once() -> None:
    reader = open_reader(document(EVENT))
    assert len(list(reader.events())) == 1
    with pytest.raises(RuntimeError, match="events\\(\\) gives the events once"):
        next(reader.events())


# -- times without a zone


def test_a_time_without_a_zone_is_an_error_unless_somebody_says_what_it_means() -> None:
    text = EVENT.replace("09:00:00Z", "09:00:00")
    assert found(document(text + EVENT, "1.2")) == (
        [OBJECT],
        [
            (
                "f.xml, line 4, /epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[1]/eventTime: error EVT-000: "
                "Cannot read eventTime '2024-03-01T09:00:00': expected a zone at the end, Z or ±hh:mm, got none. "
                "EPCIS 1.x allows times without a zone: say what they mean with ReadOptions(naive_times=…)."
            )
        ],
    )
    assert events_of(document(text, "1.2"), naive_times="event-offset")[0].event_time == Timestamp.parse(
        "2024-03-01T09:00:00+01:00"
    )
    assert events_of(document(text, "1.2"), naive_times="-05:00")[0].event_time == Timestamp.parse(
        "2024-03-01T09:00:00-05:00"
    )


def test_a_creation_date_without_a_zone_stays_as_it_is() -> None:
    data = document(EVENT).replace(b"00:00:00Z", b"00:00:00", 1)
    assert read(data).creation_date is None
    assert read(data).extensions == (Extension("urn:x-epcis-kit:carried:", "creationDate", "2024-03-02T00:00:00"),)
    reader = open_reader(data, ReadOptions(naive_times="Z"))
    assert reader.head().creation_date == Timestamp.parse("2024-03-02T00:00:00Z")


# -- bad events

BAD_EVENTS = [
    (
        "<eventTime>2024-03-01T09:00:00Z</eventTime>",
        "",
        "",
        "Cannot read ObjectEvent: expected an eventTime, got none.",
    ),
    (
        "<eventTimeZoneOffset>+01:00</eventTimeZoneOffset>",
        "",
        "",
        "Cannot read ObjectEvent: expected an eventTimeZoneOffset, got none.",
    ),
    (
        "<action>ADD</action>",
        "",
        "",
        "Cannot read ObjectEvent: expected an action (ADD, OBSERVE or DELETE), got none.",
    ),
    ("ADD", "add", "/action", "Cannot read action: expected ADD, OBSERVE or DELETE, got 'add'."),
    (
        "<action>",
        "<bizStep>a</bizStep><bizStep>b</bizStep><action>",
        "/bizStep[2]",
        "Cannot read ObjectEvent: expected one bizStep, got more than one.",
    ),
    (
        "<action>",
        "<disposition><x/></disposition><action>",
        "/disposition",
        "Cannot read disposition: expected a text, got an element x.",
    ),
    ("<action>", "<readPoint/><action>", "/readPoint", "Cannot read readPoint: expected an id, got none."),
    (
        "<action>",
        "<quantityList><quantityElement><quantity>1</quantity></quantityElement></quantityList><action>",
        "/quantityList/quantityElement",
        "Cannot read quantityElement: expected an epcClass, got none.",
    ),
    (
        "<action>",
        (
            "<quantityList><quantityElement><epcClass>c</epcClass><quantity>1,5</quantity></quantityElement>"
            "</quantityList><action>"
        ),
        "/quantityList/quantityElement/quantity",
        "Cannot read quantity: expected a number of at most 100 characters, got '1,5'.",
    ),
    (
        "<action>",
        (
            '<sensorElementList><sensorElement><sensorReport booleanValue="yes"/></sensorElement></sensorElementList>'
            "<action>"
        ),
        "/sensorElementList/sensorElement/sensorReport",
        "Cannot read booleanValue: expected true or false, got 'yes'.",
    ),
    (
        "2024-03-01T09:00:00Z",
        "2024-02-30T09:00:00Z",
        "/eventTime",
        (
            "Cannot read eventTime '2024-02-30T09:00:00Z': expected a date and time that exist, "
            "got day is out of range for month."
        ),
    ),
]


@pytest.mark.parametrize(("old", "new", "path", "message"), BAD_EVENTS)
def test_a_bad_event_is_named_and_the_good_ones_go_on(old: str, new: str, path: str, message: str) -> None:
    bad = EVENT.replace("<epcList>", "<eventID>urn:uuid:7</eventID><epcList>").replace(old, new)
    data = document(f"{EVENT}\n{bad}\n{EVENT}")
    findings: list[Finding] = []
    events = list(open_reader(data, problems=findings.append).events())
    assert events == [OBJECT, OBJECT]
    assert [each.message for each in findings] == [message]
    place = findings[0].location
    assert (findings[0].rule, place.event_index, place.event_id, place.line) == ("EVT-000", 1, "urn:uuid:7", 5)
    assert place.pointer == f"/epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[2]{path}"
    with pytest.raises(DocumentError) as caught:
        events_of(data)
    assert caught.value.reason == message


def test_lines_beyond_65535_are_counted() -> None:
    message = refused(document("\n" * 70_000 + EVENT.replace("ADD", "x")))
    assert message.startswith("f.xml, line 70004, /epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[1]/action: ")


def test_an_event_in_a_wrapper_has_its_place() -> None:
    data = document(
        f"<extension><TransformationEvent>{TIMES}</TransformationEvent></extension>".replace("09:", "99:"), "1.2"
    )
    assert refused(data) == (
        "f.xml, line 4, /epcis:EPCISDocument/EPCISBody/EventList/extension[1]/TransformationEvent[1]/eventTime: "
        "Cannot read eventTime '2024-03-01T99:00:00Z': expected a date and time that exist, got hour must be in 0..23."
    )


# -- documents that cannot be read

BOMB = b'<?xml version="1.0"?>\n<!-- > --> <!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]>\n<a>&d;</a>'
ROOTS = "EPCISDocument, EPCISQueryDocument or EPCISMasterDataDocument"
DOCTYPE = (
    "Cannot read the XML: expected no DOCTYPE, got one with declarations or an outside identifier; "
    "remove it, EPCIS has no use for it."
)
FAULT = "Cannot read the XML: expected well-formed XML, got a fault:"

UNREADABLE = [
    (BOMB, f"f.xml, line 2, column 12: {DOCTYPE}"),
    (BOMB.decode().encode("utf-16"), f"f.xml, line 2, column 12: {DOCTYPE}"),
    (b'<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>', f"f.xml, line 1, column 1: {DOCTYPE}"),
    (b"<!DOCTYPE a []><a/>", f"f.xml, line 1, column 1: {DOCTYPE}"),
    (
        b"<html><body>",
        f"f.xml, line 1, /html: Cannot read the document: expected {ROOTS} as its root element, got 'html'.",
    ),
    (
        b'<EPCISException xmlns="urn:epcglobal:epcis:xsd:2"/>',
        (
            f"f.xml, line 1, /EPCISException: Cannot read the document: expected {ROOTS}, "
            "got EPCISException, an error message of a server, which holds no events."
        ),
    ),
    (
        document(EVENT).replace(b"xsd:2", b"xsd:3"),
        (
            "f.xml, line 2, /EPCISDocument: Cannot read EPCISDocument: expected the namespace "
            "'urn:epcglobal:epcis:xsd:1' or 'urn:epcglobal:epcis:xsd:2', got 'urn:epcglobal:epcis:xsd:3'."
        ),
    ),
    (
        document(EVENT).replace(b"epcis:EPCIS", b"EPCIS"),
        (
            "f.xml, line 2, /EPCISDocument: Cannot read EPCISDocument: expected the namespace "
            "'urn:epcglobal:epcis:xsd:1' or 'urn:epcglobal:epcis:xsd:2', got no namespace."
        ),
    ),
    (
        document(EVENT).replace(b'"2.0"', b'"4.0"'),
        "f.xml, line 2, /epcis:EPCISDocument: Cannot read EPCISDocument: expected schemaVersion 2.0, got '4.0'.",
    ),
    (document(EVENT)[:-60], f"f.xml, line 4, column 164: {FAULT} StartTag: invalid element name."),
    (document(EVENT) + b"x", f"f.xml, line 5, column 47: {FAULT} Extra content at the end of the document."),
    (document(EVENT.replace("urn:x", "&foo;")), f"f.xml, line 4, column 125: {FAULT} Entity 'foo' not defined."),
    (document(EVENT.replace("urn:x", "é")).decode().encode("latin-1"), "f.xml, line 4, column 120: " + FAULT),
    (
        document(f"<q:{EVENT[1:]}"),
        f"f.xml, line 4, column 15: {FAULT} Namespace prefix q on ObjectEvent is not defined.",
    ),
    (b"<", f"f.xml, line 1, column 2: {FAULT} StartTag: invalid element name."),
    (b'<?xml version="1.0"?>', f"f.xml, line 1, column 22: {FAULT} Start tag expected, '<' not found."),
    (b"<\x00\x01\x02\xff" * 10, "f.xml, line 1, column 2: " + FAULT),
    (
        (
            b'<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:2" schemaVersion="2.0"><EPCISBody><q:Poll/>'
            b"</EPCISBody></q:EPCISQueryDocument>"
        ),
        (
            "f.xml, line 1, /q:EPCISQueryDocument/EPCISBody/Poll: "
            "Cannot read EPCISQueryDocument: expected QueryResults, got Poll, which holds no events."
        ),
    ),
]


@pytest.mark.parametrize(("data", "message"), UNREADABLE)
def test_what_cannot_be_read_says_why_and_where(data: bytes, message: str) -> None:
    assert refused(data).startswith(message)


def test_unknown_versions_have_their_own_error() -> None:
    with pytest.raises(UnsupportedVersionError):
        events_of(document(EVENT).replace(b"xsd:2", b"xsd:9"))
    with pytest.raises(UnsupportedVersionError):
        events_of(document(EVENT).replace(b'"2.0"', b'"two"'))


def test_good_events_before_a_fault_are_given() -> None:
    events, messages = found(document(EVENT + EVENT)[:-100])
    assert events == [OBJECT]
    assert len(messages) == 1
    assert messages[0].startswith("f.xml, line 4, column ")
    assert ": error DOC-001: Cannot read the XML: expected well-formed XML, got a fault: " in messages[0]


@pytest.mark.parametrize(
    ("text", "limits", "message"),
    [
        ("<ex:a>" + "<b>" * 70 + "</b>" * 70 + "</ex:a>", Limits(), "at most 64 levels of nesting"),
        ("<ex:a>" + "<b>" * 100_000, Limits(), "at most 64 levels of nesting"),
        (f"<ex:a>{'a' * 200_000}</ex:a>", Limits(max_text=100_000), "at most 100000 characters in one text"),
        (f"<ex:a>{'<b/>' * 100_000}</ex:a>", Limits(max_event_bytes=100_000), "at most 100000 bytes in one event"),
        ("<ex:a/>" * 1000, Limits(max_bytes=2000), "at most 2000 bytes in a document"),
    ],
)
def test_limits_are_named(text: str, limits: Limits, message: str) -> None:
    said = refused(document(EVENT.replace("</ObjectEvent>", text + "</ObjectEvent>")), limits=limits)
    assert f"Cannot read the document: expected {message}, got more. If you trust the source, raise the limit" in said


def test_an_element_has_a_bounded_number_of_attributes() -> None:
    many = " ".join(f'a{number}="1"' for number in range(300))
    message = "Cannot read ObjectEvent: expected at most 256 attributes, got 300."
    assert refused(document(EVENT.replace("<ObjectEvent", f"<ObjectEvent {many}"))).endswith(message)
    assert refused(document(EVENT, root=many)).endswith(
        "Cannot read EPCISDocument: expected at most 256 attributes, got 302."
    )


def test_limits_can_be_raised() -> None:
    deep = "<ex:a>" + "<b>" * 100 + "</b>" * 100 + "</ex:a>"
    data = document(EVENT.replace("</ObjectEvent>", deep + "</ObjectEvent>"))
    assert len(events_of(data, limits=Limits(max_depth=200))) == 1
