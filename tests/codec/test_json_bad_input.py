"""Bad JSON: one clear sentence with its place, in time and memory that the input is worth."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import time
import tracemalloc

import pytest

from epcis_kit import codec
from epcis_kit.codec.limits import Limits, ReadOptions
from epcis_kit.errors import DocumentError, UnsupportedVersionError
from epcis_kit.findings import Finding, Location

HEAD = (
    '{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",'
    '"schemaVersion":"2.0","creationDate":"2024-01-01T00:00:00Z","epcisBody":{"eventList":[\n'
)
EVENT = (
    '{"type":"ObjectEvent","eventTime":"2024-01-01T00:00:00Z","eventTimeZoneOffset":"+01:00","action":"ADD",'
    '"epcList":[]%s}'
)
TAIL = "\n]}}"


def document(*more: str, head: str = HEAD) -> bytes:
    """A document whose events have these members besides the usual ones."""
    return (head + ",\n".join(EVENT % each for each in more) + TAIL).encode()


def refused(data: bytes, options: ReadOptions | None = None) -> str:
    with pytest.raises(DocumentError) as caught:
        codec.read_document(data, options=options or ReadOptions(file="a.json"))
    return str(caught.value)


GOOD = document("")
NOT_EPCIS = "a.json: Cannot read the document: expected EPCIS in XML or JSON, got"
DOCUMENT = "Cannot read the document: expected"
AT_EVENT = "a.json, line 2, column 1, /epcisBody/eventList/0"
DEEP = (
    "Cannot read the document: expected at most 64 levels of nesting, got more. "
    "If you trust the source, raise the limit with Limits(max_depth=…)."
)
ARRAY = (
    "a.json, line 1, column 1: Cannot read the document: expected an object, got an array; EPCIS has no document that "
    "is an array. Write the events one a line (JSON lines), or into epcisBody.eventList of an EPCISDocument."
)
NO_SUCH_TIME = (
    "Cannot read eventTime '2024-13-01T00:00:00Z': expected a date and time that exist, got month must be in 1..12."
)
CUT = "got its end; the file is cut off."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", f"{NOT_EPCIS} an empty file.", id="empty"),
        pytest.param(b" \r\n\t ", f"{NOT_EPCIS} nothing but white space.", id="white space"),
        pytest.param(b"\xef\xbb\xbf", f"{NOT_EPCIS} nothing but white space.", id="only a byte order mark"),
        pytest.param(b"PK\x03\x04rest", f"{NOT_EPCIS} a zip archive; give its members one by one.", id="zip"),
        pytest.param(b"%PDF-1.7", f"{NOT_EPCIS} a PDF file.", id="pdf"),
        pytest.param(
            bytes(range(128, 255)),
            f"a.json: {DOCUMENT} it to begin with '<' (XML) or '{{' (JSON), got {bytes(range(128, 144))!r}.",
            id="garbage",
        ),
        pytest.param(
            b"hello", f"a.json: {DOCUMENT} it to begin with '<' (XML) or '{{' (JSON), got b'hello'.", id="text"
        ),
        pytest.param(
            f"[{EVENT % ''}]".encode(),
            ARRAY,
            id="array of events",
        ),
        pytest.param(
            b"[" * 100_000,
            ARRAY,
            id="100000 arrays",
        ),
        pytest.param(
            b'{"a":' * 100_000,
            f"a.json, line 1, column 6: {DEEP}",
            id="100000 objects",
        ),
        pytest.param(
            document(f',"ex:a":{"[" * 100_000}1{"]" * 100_000}'),
            f"a.json, line 2, column 1: {DEEP}",
            id="an extension 100000 deep",
        ),
        pytest.param(
            document(f',"ex:a":{"[" * 62}1{"]" * 62}'),
            f"a.json, line 2, column 1: {DEEP}",
            id="an extension that is just too deep",
        ),
        pytest.param(
            document(f',"ex:a":{"1" * 10_000_000}'),
            f"{AT_EVENT}/ex:a: Cannot read number '{'1' * 60}'…'{'1' * 60}' (10000000 characters): expected at most "
            "100 characters (Limits.max_number), got 10000000.",
            id="ten million digits",
        ),
        pytest.param(
            document(',"ex:a":1e99999999999999999999'),
            f"{AT_EVENT}/ex:a: Cannot read number '1e99999999999999999999': expected an exponent that can be held, got "
            "99999999999999999999.",
            id="exponent",
        ),
        pytest.param(
            document(',"ex:a":[1,-Infinity]'),
            f"{AT_EVENT}/ex:a/1: Cannot read number '-Infinity': expected digits, as JSON has no other numbers, got "
            "letters.",
            id="infinity",
        ),
        pytest.param(
            document(',"ex:a":"\\ud83d"'),
            f"{AT_EVENT}/ex:a: Cannot read text '\\ud83d': expected whole characters, got half a surrogate pair.",
            id="half a surrogate pair",
        ),
        pytest.param(
            document(',"ex:a":"a\x01b"'),
            f"a.json, line 2, column 126: {DOCUMENT} no control character inside a text, got '\\x01b\"}}\\n]}}}}'.",
            id="control character",
        ),
        pytest.param(
            document(',"ex:a":"\\x"'),
            f"a.json, line 2, column 125: {DOCUMENT} one of \"\\/bfnrtu after a backslash, got '\\\\x\"}}\\n]}}}}'.",
            id="wrong escape",
        ),
        pytest.param(
            document(',"action":"ADD"'),
            f"{AT_EVENT}/action: Cannot read member 'action': expected each name once, got it twice.",
            id="member twice in an event",
        ),
        pytest.param(
            document(',"ex:a":[{"~b/c":1,"~b/c":1}]'),
            f"{AT_EVENT}/ex:a/0/~0b~1c: Cannot read member '~b/c': expected each name once, got it twice.",
            id="member twice in an extension",
        ),
        pytest.param(
            document(',"eventID":"urn:x:1","eventID":"urn:x:2"'),
            f"{AT_EVENT}/eventID: Cannot read member 'eventID': expected each name once, got it twice.",
            id="two identifiers",
        ),
        pytest.param(
            document("", head=HEAD.replace('"type"', '"type":"EPCISDocument","type"', 1)),
            "a.json, line 1, column 103, (document root): Cannot read member 'type': expected each name once, got it "
            "twice.",
            id="member twice in the document",
        ),
        pytest.param(
            document("", head=HEAD.replace('{"eventList"', '{"eventList":[],"eventList"')),
            "a.json, line 1, column 191, /epcisBody: Cannot read member 'eventList': expected each name once, got it "
            "twice.",
            id="member twice in the body",
        ),
        pytest.param(
            GOOD[:-20],
            f"a.json, line 2, column 101: {DOCUMENT} the end of a text, {CUT}",
            id="cut in a text",
        ),
        pytest.param(
            GOOD[:-5],
            f"a.json, line 2, column 116: {DOCUMENT} ',' or the end of the object or array, {CUT}",
            id="cut in an event",
        ),
        pytest.param(
            GOOD[:-4],
            f"a.json, line 2, column 117: {DOCUMENT} ',' or ']' after an event, {CUT}",
            id="cut after an event",
        ),
        pytest.param(
            GOOD[:-1],
            f"a.json, line 3, column 3: {DOCUMENT} ',' or '}}' after a member of the document, {CUT}",
            id="cut at the end",
        ),
        pytest.param(
            GOOD + b" xyz", f"a.json, line 3, column 5: {DOCUMENT} its end, got 'xyz'.", id="something after it"
        ),
        pytest.param(
            document("", "").replace(b",\n{", b"\n{"),
            f"a.json, line 3, column 1: {DOCUMENT} ',' or ']' after an event, got '{{\"type\":\"ObjectEvent'.",
            id="no comma between events",
        ),
        pytest.param(
            GOOD.replace(b"\n]", b",\n]"),
            f"a.json, line 3, column 1: {DOCUMENT} a value, got ']}}}}'.",
            id="comma after the last event",
        ),
        pytest.param(
            document(',"ex:a":"\xe9"').decode().encode("latin-1"),
            "a.json, line 2, column 125: Cannot read the document as UTF-8: expected characters of that encoding, got "
            "b'\\xe9' (invalid continuation byte).",
            id="Latin-1",
        ),
        pytest.param(
            GOOD.replace(b'"2.0"', b'"3.0"'),
            "a.json, line 1, column 119, /schemaVersion: Cannot read schemaVersion '3.0': expected 2.0, the only "
            "version that EPCIS has in JSON.",
            id="unknown version",
        ),
        pytest.param(
            GOOD.replace(b'"2.0"', b"2.0"),
            "a.json, line 3, column 4, /schemaVersion: Cannot read schemaVersion 2.0: expected text.",
            id="version that is a number",
        ),
        pytest.param(
            b'{"name":"left-pad","version":"1.0.0"}',
            f"a.json, line 1, column 1, (document root): {DOCUMENT} a member 'type' that says EPCISDocument, "
            "EPCISQueryDocument or an event type, got none.",
            id="other JSON",
        ),
        pytest.param(
            b'{"type":"FeatureCollection"}',
            f"a.json, line 1, column 1, (document root): {DOCUMENT} a member 'type' that says EPCISDocument, "
            "EPCISQueryDocument or an event type, got 'FeatureCollection'.",
            id="other JSON with a type",
        ),
        pytest.param(
            b'{"type":"EPCISDocument","schemaVersion":"2.0"}',
            "a.json, line 1, column 1, (document root): Cannot read the EPCISDocument: expected a member 'epcisBody', "
            "got none.",
            id="no body",
        ),
        pytest.param(
            b'{"type":"EPCISDocument","epcisBody":[]}',
            "a.json, line 1, column 37, /epcisBody: Cannot read epcisBody []: expected an object.",
            id="body that is an array",
        ),
        pytest.param(
            b'{"type":"EPCISDocument","epcisBody":{"eventList":{}}}',
            "a.json, line 1, column 50, /epcisBody/eventList: Cannot read eventList: expected an array of events, got "
            "'{}}}'.",
            id="event list that is an object",
        ),
    ],
)
def test_a_document_that_cannot_be_read(data: bytes, message: str) -> None:
    assert refused(data) == message


@pytest.mark.parametrize(
    ("event", "messages"),
    [
        ("5", [("", "Cannot read event 5: expected an object, got a number.")]),
        ("{}", [("", "Cannot read event: expected a member 'type' with the event type, got none.")]),
        ('{"type":[]}', [("", "Cannot read event: expected a member 'type' with the event type, got an array.")]),
        (
            '{"type":"AssociationEvent"}',
            [
                ("", "Cannot read event: expected a member 'eventTime', got none."),
                ("", "Cannot read event: expected a member 'eventTimeZoneOffset', got none."),
                ("", "Cannot read event: expected a member 'action', got none."),
                ("", "Cannot read event: expected a member 'parentID', got none."),
            ],
        ),
        (
            EVENT.replace("ADD", "add") % ',"eventID":7,"bizStep":[],"readPoint":"urn:x:1","bizLocation":{}',
            [
                ("/action", "Cannot read action 'add': expected ADD, OBSERVE or DELETE."),
                ("/eventID", "Cannot read eventID 7: expected text, got a number."),
                ("/bizStep", "Cannot read bizStep []: expected text, got an array."),
                ("/readPoint", "Cannot read readPoint 'urn:x:1': expected an object, got text."),
                ("/bizLocation", "Cannot read bizLocation: expected a member 'id', got none."),
            ],
        ),
        (
            EVENT.replace("2024-01-01T00:00:00Z", "2024-13-01T00:00:00Z") % ',"recordTime":"2024-01-01T00:00:00"',
            [
                ("/eventTime", NO_SUCH_TIME),
                (
                    "/recordTime",
                    "Cannot read recordTime '2024-01-01T00:00:00': expected a zone at the end, Z or ±hh:mm, got none.",
                ),
            ],
        ),
        (
            EVENT.replace("[]", '["urn:x:1",1.50,null]') % "",
            [
                ("/epcList/1", "Cannot read epcList 1.50: expected text, got a number."),
                ("/epcList/2", "Cannot read epcList None: expected text, got null."),
            ],
        ),
        (
            EVENT.replace("[]", '"urn:x:1"') % "",
            [("/epcList", "Cannot read epcList 'urn:x:1': expected an array of texts, got text.")],
        ),
        (
            EVENT % ',"quantityList":[{"epcClass":"urn:x:1","quantity":"5"},{"quantity":true},7]',
            [
                ("/quantityList/0/quantity", "Cannot read quantity '5': expected a number, got text."),
                ("/quantityList/1/quantity", "Cannot read quantity True: expected a number, got a boolean."),
                ("/quantityList/1", "Cannot read quantityElement: expected a member 'epcClass', got none."),
                ("/quantityList/2", "Cannot read quantityList 7: expected an object, got a number."),
            ],
        ),
        (EVENT % ',"ilmd":[]', [("/ilmd", "Cannot read ilmd []: expected an object, got an array.")]),
        (
            EVENT % ',"sensorElementList":[{"sensorReport":[{"type":"Temperature","value":"warm","booleanValue":1}]}]',
            [
                ("/sensorElementList/0/sensorReport/0/value", "Cannot read value 'warm': expected a number, got text."),
                (
                    "/sensorElementList/0/sensorReport/0/booleanValue",
                    "Cannot read booleanValue 1: expected true or false, got a number.",
                ),
            ],
        ),
    ],
)
def test_every_fault_of_an_event_is_told_and_the_good_events_go_on(event: str, messages: list[tuple[str, str]]) -> None:
    good = EVENT % ',"eventID":"urn:x:9"'
    data = f"{HEAD}{good},\n{event},\n{good}{TAIL}".encode()
    problems: list[Finding] = []
    found = list(codec.iter_events(data, options=ReadOptions(file="a.json"), problems=problems.append))
    assert [each.event_id for each in found] == ["urn:x:9", "urn:x:9"]
    event_id = None
    assert problems == [
        Finding(
            rule="EVT-000",
            severity="error",
            layer="schema",
            message=message,
            location=Location(
                file="a.json",
                line=3,
                column=1,
                pointer=f"/epcisBody/eventList/1{pointer}",
                event_index=1,
                event_id=event_id,
            ),
        )
        for pointer, message in messages
    ]


def test_what_is_not_well_formed_ends_in_a_last_finding() -> None:
    problems: list[Finding] = []
    found = list(codec.iter_events(document("", "")[:-30], problems=problems.append))
    assert len(found) == 1
    assert [str(problem) for problem in problems] == [
        f"line 3, column 91: error DOC-001: {DOCUMENT} the end of a text, {CUT}"
    ]


def test_a_wrong_byte_spares_the_events_before_it() -> None:
    data = document("", ',"ex:a":"?"').replace(b"?", b"\xff")
    problems: list[Finding] = []
    assert len(list(codec.iter_events(data, problems=problems.append))) == 1
    (problem,) = problems
    assert str(problem) == (
        "line 3, column 125: error DOC-001: Cannot read the document as UTF-8: expected characters of that encoding, "
        "got b'\\xff' (invalid start byte)."
    )


def test_a_version_that_is_not_known_has_a_class_of_its_own() -> None:
    with pytest.raises(UnsupportedVersionError):
        list(codec.iter_events(GOOD.replace(b'"2.0"', b'"1.2"'), problems=print))


@pytest.mark.parametrize(
    ("limits", "more", "message"),
    [
        (Limits(max_number=3), ',"ex:a":1234', "expected at most 3 characters (Limits.max_number), got 4."),
        (Limits(max_depth=5), ',"ex:a":{"b":{"c":1}}', "expected at most 5 levels of nesting, got more."),
        (Limits(max_text=70), f',"ex:a":"{"x" * 71}"', "expected at most 70 characters in one text, got 71."),
        (Limits(max_event_bytes=200), f',"ex:a":"{"x" * 100}"', "expected at most 200 bytes in one event, got 226."),
        (Limits(max_bytes=300), f',"ex:a":"{"x" * 100}"', "expected at most 300 bytes in a document, got more."),
    ],
)
def test_limits_can_be_lowered_and_raised(limits: Limits, more: str, message: str) -> None:
    assert message in refused(document(more), ReadOptions(limits=limits))
    assert len(codec.read_document(document(more))) == 1


def test_a_limit_raised_beyond_what_python_can_follow_is_still_a_clear_error() -> None:
    deep = document(f',"ex:a":{"[" * 900}1{"]" * 900}')
    with pytest.raises(DocumentError, match=r"expected at most 1000 levels of nesting, got more"):
        codec.read_document(deep, options=ReadOptions(limits=Limits(max_depth=5000)))


def test_a_bomb_of_gzip_ends_at_the_limit() -> None:
    bomb = gzip.compress(b" " * 20_000_000 + GOOD)
    limits = ReadOptions(limits=Limits(max_bytes=1_000_000))
    assert "got nothing but white space" in refused(bomb, limits)
    bomb = gzip.compress(HEAD.encode() + b" " * 20_000_000)
    assert "expected at most 1000000 bytes in a document, got more" in refused(bomb, limits)


@pytest.mark.parametrize("size", [200_000, 400_000])
def test_one_value_cut_many_times_is_read_in_linear_time(size: int) -> None:
    """A text of megabytes is parsed again as the buffer grows, twice as large each time."""
    data = document(f',"ex:a":"{"x" * (size * 10)}"')
    start = time.process_time()
    assert len(codec.read_document(io.BytesIO(data))) == 1
    assert time.process_time() - start < 5


def test_a_text_that_never_ends_takes_memory_of_its_own_size() -> None:
    data = HEAD.encode() + b'{"a":"' + b"x" * 4_000_000
    tracemalloc.start()
    with pytest.raises(DocumentError):
        codec.read_document(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(data)


CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def with_context(context: object, inside: dict[str, object] | None = None, **members: object) -> bytes:
    event = {"type": "ObjectEvent", "eventTime": "2024-01-01T00:00:00Z", "eventTimeZoneOffset": "+01:00"}
    event |= {"epcList": [], "action": "OBSERVE", **(inside or {})}  # type: ignore[dict-item]
    return json.dumps(
        {"@context": context, "type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": [event]}}
        | members
    ).encode()


@pytest.mark.parametrize("place", ["document", "event"])
@pytest.mark.parametrize("meaning", ["https://example.com/bizStep", {"@id": "https://example.com/bizStep"}, "other"])
def test_a_context_cannot_define_terms_of_the_standard_anew(meaning: object, place: str) -> None:
    mine = {"bizStep": meaning}
    if place == "document":
        data = with_context([CONTEXT, mine], {"bizStep": "shipping"})
    else:
        data = with_context(CONTEXT, {"@context": mine, "bizStep": "shipping"})
    found: list[Finding] = []
    (event,) = codec.iter_events(data, problems=found.append)
    assert event.biz_step == "shipping"
    (finding,) = found
    said = "https://example.com/bizStep" if meaning != "other" else "other"
    assert (finding.rule, finding.severity) == ("DOC-003", "error")
    assert finding.message == (
        f"Cannot read the meaning of 'bizStep' in @context '{said}': expected the standard's own, as its terms cannot "
        "be defined anew; give a field of your own another name."
    )
    with pytest.raises(DocumentError, match="expected the standard's own"):
        codec.read_document(data)


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("bizStep", "https://ref.gs1.org/epcis/bizStep"),
        ("bizStep", "epcis:bizStep"),
        ("bizStep", {"@id": "https://ns.gs1.org/epcis/bizStep", "@type": "@vocab"}),
        ("type", "@type"),
        ("id", "@id"),
    ],
)
def test_a_context_may_repeat_what_the_standard_says(name: str, meaning: object) -> None:
    document = codec.read_document(with_context([CONTEXT, {name: meaning}], {"bizStep": "shipping"}))
    assert document.events[0].biz_step == "shipping"


@pytest.mark.parametrize(
    ("context", "inside", "message"),
    [
        (
            [CONTEXT, "https://example.com/c.jsonld"],
            {"foo:a": 1, "bar:b": {"foo:c": 2}, "baz": 3},
            "The context 'https://example.com/c.jsonld' is not fetched: the prefixes 'foo', 'bar' stay unknown.",
        ),
        (
            [CONTEXT, {"foo": "https://example.com/"}, "https://example.com/c.jsonld"],
            {"foo:a": 1},
            "The context 'https://example.com/c.jsonld' is not fetched: nothing in the document needs it.",
        ),
        (
            CONTEXT,
            {"@context": "https://example.com/e.jsonld", "foo:a": 1},
            "The context 'https://example.com/e.jsonld' is not fetched: the prefix 'foo' stays unknown.",
        ),
    ],
)
def test_a_remote_context_is_never_fetched_and_that_is_told(
    context: object, inside: dict[str, object], message: str
) -> None:
    found: list[Finding] = []
    problems: list[Finding] = []
    data = with_context(context, inside)
    with contextlib.closing(codec.open_reader(data, problems=problems.append, remarks=found.append)) as reader:
        assert len(list(reader.events())) == 1
    assert [(each.rule, each.severity, each.message) for each in found] == [("READ-CONTEXT", "warning", message)]
    assert problems == []
    assert codec.convert(data, io.BytesIO()).remarks == tuple(found)
