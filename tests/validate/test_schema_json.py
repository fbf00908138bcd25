"""The shape of JSON documents: one sentence a fault, with its pointer; formats are active; nothing is fetched."""

from __future__ import annotations

import copy
import importlib
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

import epcis_kit as ek
from epcis_kit import vocab
from epcis_kit._resources import read_bytes, read_text
from epcis_kit.errors import DocumentError, QueryError
from epcis_kit.findings import Finding, Location
from epcis_kit.validate import schema_json
from epcis_kit.validate.schema import schema_findings

if TYPE_CHECKING:
    from pathlib import Path

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2024-03-01T09:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "eventID": "urn:uuid:1",
    "action": "ADD",
    "epcList": ["urn:epc:id:sgtin:9521234.000001.1"],
    "bizStep": "commissioning",
}
DOCUMENT: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"example": "https://example.com/"}],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2024-03-05T00:00:00Z",
    "epcisBody": {"eventList": [EVENT]},
}
AT = Location(pointer="/epcisBody/eventList/0", event_index=0, event_id="urn:uuid:1")
FILES = ("epcis-2.0-document.json", "epcis-2.0-event.json", "epcis-2.0-words.json")


def changed(drop: str = "", **members: Any) -> bytes:
    event = {name: value for name, value in {**EVENT, **members}.items() if name != drop}
    return json.dumps({**DOCUMENT, "epcisBody": {"eventList": [event]}}).encode()


def shape(data: bytes) -> tuple[Finding, ...]:
    return ek.check(data, schema_only=True).findings


def test_a_good_document_has_no_findings() -> None:
    report = ek.check(changed(), schema_only=True)
    assert (report.findings, report.events, report.valid) == ((), 1, True)


@pytest.mark.parametrize(
    ("members", "rule", "step", "message"),
    [
        ({"drop": "eventTime"}, "SCH-002", "", "Cannot accept ObjectEvent: expected member 'eventTime', got none."),
        (
            {"bogus": 1},
            "SCH-003",
            "/bogus",
            "Cannot accept member 'bogus' in ObjectEvent: expected a standard name or one with a prefix.",
        ),
        (
            {"drop": "epcList", "epcLists": []},
            "SCH-003",
            "/epcLists",
            (
                "Cannot accept member 'epcLists' in ObjectEvent: expected a standard name or one with a prefix. "
                "Did you mean 'epcList'?"
            ),
        ),
        (
            {"drop": "action", "Action": "ADD"},
            "SCH-003",
            "/Action",
            (
                "Cannot accept member 'Action' in ObjectEvent: expected a standard name or one with a prefix. "
                "Did you mean 'action'?"
            ),
        ),
        (
            {"quantityList": [{"epcClass": "urn:x:1", "quantity": 1, "unit": "KGM"}]},
            "SCH-003",
            "/quantityList/0/unit",
            "Cannot accept member 'unit' in quantityList[0]: expected 'epcClass', 'quantity' or 'uom'.",
        ),
        (
            {"bizStep": "shiping"},
            "SCH-005",
            "/bizStep",
            (
                "Cannot accept bizStep 'shiping': expected a CBV business step such as 'shipping', or a URI of your own. "  # noqa: E501
                "Did you mean 'shipping'?"
            ),
        ),
        (
            {"disposition": "urn:epcglobal:cbv:disp:in_transit"},
            "SCH-005",
            "/disposition",
            (
                "Cannot accept disposition 'urn:epcglobal:cbv:disp:in_transit': expected a CBV disposition such as "
                "'in_transit', or a URI of your own. Did you mean 'in_transit'?"
            ),
        ),
        (
            {"action": "add"},
            "SCH-005",
            "/action",
            "Cannot accept action 'add': expected 'ADD', 'OBSERVE' or 'DELETE'. Did you mean 'ADD'?",
        ),
        (
            {"type": "objectEvent"},
            "SCH-005",
            "/type",
            (
                "Cannot accept type 'objectEvent': expected a standard event type, or a name with a prefix such as "
                "'example:CleaningEvent'. Did you mean 'ObjectEvent'?"
            ),
        ),
        (
            {"eventTime": "2024-02-30T09:00:00Z"},
            "SCH-006",
            "/eventTime",
            (
                "Cannot accept eventTime '2024-02-30T09:00:00Z': expected a date and time with zone such as "
                "'2024-03-05T09:30:00Z'."
            ),
        ),
        (
            {"epcList": ["09521234000013"]},
            "SCH-007",
            "/epcList/0",
            (
                "Cannot accept epcList[0] '09521234000013': expected an absolute URI such as "
                "'urn:epc:id:sgtin:9521234.000001.1'."
            ),
        ),
        (
            {"epcList": "urn:x:1"},
            "SCH-008",
            "/epcList",
            "Cannot accept epcList: expected a list, got 'urn:x:1'.",
        ),
        (
            {"quantityList": [{"epcClass": "urn:x:1", "quantity": "5"}]},
            "SCH-008",
            "/quantityList/0/quantity",
            "Cannot accept quantity: expected a number, got '5'.",
        ),
        (
            {"eventTimeZoneOffset": "Z"},
            "SCH-009",
            "/eventTimeZoneOffset",
            "Cannot accept eventTimeZoneOffset 'Z': expected an offset from '-14:00' to '+14:00' such as '+01:00'.",
        ),
        (
            {"eventTimeZoneOffset": "+01:00\n"},
            "SCH-009",
            "/eventTimeZoneOffset",
            (
                "Cannot accept eventTimeZoneOffset '+01:00\\n': expected an offset from '-14:00' to '+14:00' such as "
                "'+01:00'."
            ),
        ),
        (
            {"epcList": ["urn:x:1", "urn:x:2", "urn:x:1"]},
            "SCH-010",
            "/epcList/2",
            "Cannot accept epcList: expected each item once, got 'urn:x:1' twice.",
        ),
        (
            {"drop": "epcList"},
            "SCH-011",
            "",
            (
                "Cannot accept ObjectEvent: expected an epcList, a quantityList with something in it, or a "
                "sensorElementList together with a readPoint."
            ),
        ),
        (
            {"action": "OBSERVE", "ilmd": {"example:lot": "A"}},
            "SCH-011",
            "/action",
            "Cannot accept action: expected 'ADD', because the event has ilmd, got 'OBSERVE'.",
        ),
    ],
)
def test_each_fault_is_one_finding(members: dict[str, Any], rule: str, step: str, message: str) -> None:
    (found,) = shape(changed(**members))
    assert (found.rule, found.severity, found.layer, found.message) == (rule, "error", "schema", message)
    assert (found.location.pointer, found.location.line) == (f"{AT.pointer}{step}", 1)
    assert (found.location.event_index, found.location.event_id) == (0, "urn:uuid:1")


def test_several_faults_are_several_findings() -> None:
    found = shape(changed(eventTime="yesterday", bizStep="shiping", epcList=["a", "b"]))
    assert sorted((each.rule, each.location.pointer) for each in found) == [
        ("SCH-005", "/epcisBody/eventList/0/bizStep"),
        ("SCH-006", "/epcisBody/eventList/0/eventTime"),
        ("SCH-007", "/epcisBody/eventList/0/epcList/0"),
        ("SCH-007", "/epcisBody/eventList/0/epcList/1"),
    ]


def test_faults_of_the_document_and_of_later_events_are_found() -> None:
    bad = {**DOCUMENT, "schemaVersion": "two", "epcisBody": {"eventList": [EVENT, EVENT, {**EVENT, "action": "x"}]}}
    found = shape(json.dumps(bad).encode())
    assert [(each.rule, each.location.pointer, each.location.event_index) for each in found] == [
        ("SCH-009", "/schemaVersion", None),
        ("SCH-005", "/epcisBody/eventList/2/action", 2),
    ]


@pytest.mark.parametrize("fast", [True, False], ids=["with jsonschema-rs", "without"])
def test_formats_are_active(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown member, an unknown word, a bare number and a bad date are told by formats alone."""
    if not fast:
        monkeypatch.setattr(importlib, "import_module", _refuse)
    schema = _fresh()
    assert (schema._quick != schema._compiled.valid) is fast
    unknown: tuple[dict[str, Any], ...] = (
        {"bogus": 1},
        {"bizStep": "x"},
        {"epcList": ["1"]},
        {"eventTime": "2024-02-30T00:00:00Z"},
    )
    for members in unknown:
        assert not schema.valid(json.loads(changed(**members))), members
    assert schema.valid(json.loads(changed().replace(b'"action"', b'"example:note": 1, "action"')))
    assert schema.valid(json.loads(changed(eventTime="2016-12-31T23:59:60Z")))
    assert not schema.valid(json.loads(changed(eventTime="2016-12-31T12:00:60Z")))


_import = importlib.import_module


def _refuse(name: str, package: str | None = None) -> Any:
    if name == "jsonschema_rs":
        raise ImportError(name)
    return _import(name, package)


def _fresh() -> schema_json.OwnSchema:
    schemas = [json.loads(read_bytes(f"schemas/json/{name}")) for name in FILES]
    return schema_json.OwnSchema(schemas[0], {each["$id"]: each for each in schemas})


def test_bare_events_and_events_one_a_line() -> None:
    alone = {"@context": DOCUMENT["@context"], **EVENT}
    assert shape(json.dumps(alone).encode()) == ()
    (found,) = shape(json.dumps(EVENT).encode())
    assert found.message == "Cannot accept ObjectEvent: expected member '@context', got none."
    lines = "\n".join(json.dumps(each) for each in (alone, {**alone, "action": "x"}, alone)).encode()
    report = ek.check(lines, schema_only=True)
    assert report.events == 3
    assert [(each.location.event_index, each.location.pointer) for each in report] == [(1, "/action")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"type": 1 2}', "Cannot read the document: expected ',' or the end of the object or array, got '2}'."),
        (b'{"type": ', "Cannot read the document: expected a value, got its end; the file is cut off."),
        (b'{"a": NaN}', "Cannot read the document: expected values that JSON knows, got NaN, which is no JSON number."),
        (b'{"a": ' + b"1" * 5001 + b"}", "got a number too long to be one."),
        (b'{"a": "\xff"}', "as UTF-8: expected characters of that encoding, got b'\\xff' (invalid start byte)."),
        (b"{} {}", "Cannot read the document: expected its end, got '{}'."),
        (b'{"type": "x:A"} 5', "Cannot read the document: expected its end, got '5'."),
        (b'{"a":' * 100_000, "Cannot read the"),
    ],
)
def test_what_is_no_json_is_one_sentence(data: bytes, message: str) -> None:
    (found,) = shape(data)
    assert (found.rule, found.layer) == ("DOC-001", "syntax")
    assert message in found.message


@pytest.mark.parametrize("text", ["1e999", "1" * 99, '"\\ud800"', "[[[[1]]]]"])
def test_odd_values_are_no_problem(text: str) -> None:
    assert shape(changed(**{"example:odd": "@@"}).replace(b'"@@"', text.encode())) == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings_and_gzip(encoding: str) -> None:
    assert shape(changed().decode().encode(encoding)) == ()


def test_a_document_in_hand_is_looked_at_as_json() -> None:
    document = ek.read(changed())
    assert ek.check(document, schema_only=True).findings == ()


def test_the_input_is_not_changed() -> None:
    value = json.loads(changed(action="x"))
    twin = copy.deepcopy(value)
    schema_json.own_json_schema()[0].findings(value)
    assert value == twin


def test_a_long_list_with_unlike_items_takes_linear_time() -> None:
    items = [{"n": number} for number in range(4_000)]
    (found, *_) = shape(changed(persistentDisposition={"set": [*items, 1]}))
    assert found.rule in {"SCH-008", "SCH-011"}


def test_the_words_are_those_of_the_vocabulary() -> None:
    words = json.loads(read_bytes("schemas/json/epcis-2.0-words.json"))["$defs"]
    lists = {
        name: set(each["anyOf"][1]["enum"])
        for name, each in words.items()
        if isinstance(each, dict) and "anyOf" in each
    }
    assert lists == {
        "stepWord": set(vocab.terms("biz_step")),
        "stateWord": set(vocab.terms("disposition")),
        "paperWord": set(vocab.terms("biz_transaction_type")),
        "partyWord": set(vocab.terms("source_dest_type")),
        "regretWord": set(vocab.terms("error_reason")),
        "axisWord": set(vocab.terms("component")),
        "measureWord": set(vocab.terms("measurement_type")),
        "alarmWord": set(vocab.terms("alert_type")),
    }


def test_every_schema_file_says_where_its_facts_come_from(repository: Path) -> None:
    sources = tomllib.loads(read_text("schemas/SOURCES.toml"))
    named = {name for each in sources.values() for name in each["files"]}
    there = {
        path.relative_to(repository / "schemas").as_posix()
        for folder in ("json", "xml")
        for path in (repository / "schemas" / folder).iterdir()
        if not path.name.endswith(".schema.json")  # those say what is our own, no facts of others
    }
    assert there <= named


def test_own_files_are_used_and_what_they_refer_to_is_never_fetched(tmp_path: Path) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "properties": {"type": {"enum": ["EPCISDocument", "EPCISQueryDocument"]}, "sender": {"type": "string"}},
        "required": ["sender"],
    }
    (tmp_path / "mine.json").write_text(json.dumps(schema))
    (found,) = ek.check(changed(), schemas=tmp_path)
    assert found.message == "Cannot accept EPCISDocument: expected member 'sender', got none."
    (tmp_path / "mine.json").write_text(
        json.dumps({**schema, "allOf": [{"$ref": "https://schemas.example.com/x.json"}]})
    )
    with pytest.raises(QueryError, match="Cannot use the schema"):
        ek.check(changed(), schemas=tmp_path)


def test_a_folder_without_schemas_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="expected one for this format, got no JSON Schemas that name"):
        ek.check(changed(), schemas=tmp_path)
    with pytest.raises(QueryError, match="expected a folder of schema files"):
        ek.check(changed(), schemas=tmp_path / "nothing")


def test_faults_are_told_in_chinese_too() -> None:
    found = shape(changed(bizStep="shiping", action="add", bogus=1))
    assert [each.in_language("zh").message for each in found] == [
        "不接受 bizStep 的值 'shiping'：应为CBV 业务步骤（例如 'shipping'）或您自己的 URI。您是不是想写 'shipping'？",
        "不接受 action 的值 'add'：应为'ADD', 'OBSERVE' 或 'DELETE'。您是不是想写 'ADD'？",
        "不接受 ObjectEvent 中的成员 'bogus'：应为标准名称或带前缀的名称。",
    ]


def test_every_phrase_of_the_schemas_is_known_in_chinese() -> None:
    phrases = tomllib.loads(read_text("schemas/rules/zh/schema.toml"))["phrases"]
    titles: set[str] = set()

    def gather(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("title"), str):
                titles.add(node["title"])
            for each in node.values():
                gather(each)
        elif isinstance(node, list):
            for each in node:
                gather(each)

    for name in FILES:
        gather(json.loads(read_bytes(f"schemas/json/{name}")))
    assert {each for each in titles if not each.startswith("'ADD', 'OBSERVE'")} <= set(phrases)


def test_a_document_that_breaks_off_still_gives_what_was_found() -> None:
    bad = {**DOCUMENT, "epcisBody": {"eventList": [{**EVENT, "action": "x"}, EVENT]}}
    walk = schema_findings(json.dumps(bad).encode()[:-40])
    assert next(walk).rule == "SCH-005"
    with pytest.raises(DocumentError, match="the file is cut off"):
        next(walk)


def test_two_lists_of_events_count_as_the_last() -> None:
    text = json.dumps({**DOCUMENT, "epcisBody": {"eventList": [EVENT, {**EVENT, "action": "x"}]}})
    twice = text.replace('"eventList": [', '"eventList": [{"type": 1}], "eventList": [', 1)
    (found,) = shape(twice.encode())
    assert found.location.pointer == "/epcisBody/eventList/1/action"


def test_members_that_come_late_decide_which_list_counts() -> None:
    body = {"queryResults": {"queryName": "q", "resultsBody": {"eventList": [{**EVENT, "action": "x"}]}}}
    late = {"@context": DOCUMENT["@context"], "epcisBody": body, "type": "EPCISQueryDocument"}
    report = ek.check(json.dumps(late).encode(), schema_only=True)
    assert [each.location.pointer for each in report] == ["/epcisBody/queryResults/resultsBody/eventList/0/action"]
    assert report.events == 1
    other = {**late, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": DOCUMENT["creationDate"]}
    report = ek.check(json.dumps(other).encode(), schema_only=True)
    assert [each.message for each in report] == ["Cannot accept epcisBody: expected member 'eventList', got none."]


def test_the_quick_verdict_and_the_faults_agree() -> None:
    whole, event = schema_json.own_json_schema()
    tried: tuple[dict[str, Any], ...] = (
        {},
        {"bogus": 1},
        {"bizStep": 5},
        {"epcList": {}},
        {"drop": "action"},
        {"ilmd": {"x": 1}},
    )
    for members in tried:
        value = json.loads(changed(**members))
        one = value["epcisBody"]["eventList"][0]
        assert event._compiled.valid(one) == (not list(event._compiled.faults(one))) == event.valid(one)
        assert whole._compiled.valid(value) == (not list(whole._compiled.faults(value))) == whole.valid(value)
