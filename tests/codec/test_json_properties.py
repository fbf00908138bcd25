"""Whatever the model holds, JSON gives it back: documents made by hypothesis go through writing and reading."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit import codec
from epcis_kit.codec.json_context import Context
from epcis_kit.codec.json_events import EventBuilder
from epcis_kit.codec.json_explain import Explainer
from epcis_kit.codec.json_text import JsonText
from epcis_kit.codec.limits import ReadOptions
from epcis_kit.codec.sources import open_source
from epcis_kit.errors import DocumentError
from epcis_kit.model import Document, Event, Extension, ObjectEvent
from strategies import documents, events, valid_events

if TYPE_CHECKING:
    from epcis_kit.findings import Finding

BARE = {"event_time": "2024-01-01T00:00:00Z", "event_time_zone_offset": "+01:00", "action": "ADD"}


def by_name(extensions: tuple[Extension, ...]) -> list[Extension]:
    return sorted(extensions, key=lambda each: (each.namespace, each.name))


def types_of(extension: Extension) -> Any:
    value = extension.value
    if isinstance(value, tuple):
        return [types_of(each) for each in by_name(extension.children)]
    return type(value)


@settings(max_examples=100, deadline=None)
@given(st.lists(events(), max_size=3))
def test_json_gives_back_every_event(made: list[Event]) -> None:
    document = Document(events=made, creation_date="2024-01-01T00:00:00Z")
    losses: list[Finding] = []
    data = codec.write_document(document, allow_loss=True, on_loss=losses.append)
    assert losses == []
    assert codec.read_document(data) == document
    assert codec.write_document(codec.read_document(data)) == data


@settings(max_examples=100, deadline=None)
@given(documents())
def test_json_gives_back_every_document(document: Document) -> None:
    data = codec.write_document(document)
    back = codec.read_document(data)
    assert back == document
    assert codec.write_document(back) == data
    assert codec.read_document(codec.write_document(document, indent=2)) == document


@settings(max_examples=100, deadline=None)
@given(documents(), st.none() | st.just(1))
def test_streaming_gives_what_writing_whole_gives(document: Document, indent: int | None) -> None:
    target = io.BytesIO()
    report = codec.convert(codec.write_document(document), target, indent=indent)
    assert report == codec.ConvertReport(len(document), (), (), "json 2.0", "json 2.0")
    assert codec.read_document(target.getvalue()) == document


@settings(max_examples=100, deadline=None)
@given(st.lists(events(), min_size=1, max_size=3))
def test_the_quick_way_and_the_careful_way_agree(made: list[Event]) -> None:
    """Over everything that can be written; what one of them refuses has tests of its own."""
    data = codec.write_document(Document(events=made, creation_date="2024-01-01T00:00:00Z"))
    head, *lines, _ = data.split(b"\n")[:-1]
    context = Context.parse(json.loads(head + b"]}}")["@context"])
    builder = EventBuilder()
    builder.context = context
    for event, line in zip(made, lines, strict=True):
        members, faults = text_of(line).whole("")
        explainer = Explainer(context)
        careful = explainer.event(members, "")
        assert careful is not None
        assert (careful, faults, explainer.faults) == (event, [], [])
        if event.type in builder.events:
            quick = builder.events[event.type](text_of(line).pairs())
            assert quick == careful
            assert list(map(type, quick.__dict__.values())) == list(map(type, careful.__dict__.values()))


def text_of(line: bytes) -> JsonText:
    return JsonText(open_source(line.rstrip(b",")), ReadOptions(), "utf-8", 0)


@settings(max_examples=100, deadline=None)
@given(valid_events())
def test_types_of_values_survive(made: Event) -> None:
    (back,) = codec.read_document(codec.write_document(Document(events=(made,)))).events
    assert list(map(types_of, by_name(back.extensions))) == list(map(types_of, by_name(made.extensions)))


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=12))
def test_half_a_surrogate_pair_is_a_named_loss(text: str) -> None:
    event = ObjectEvent(**BARE, extensions=(Extension("https://example.com/a/", "a", text),))
    losses: list[Finding] = []
    data = codec.write_document(Document(events=(event,)), allow_loss=True, on_loss=losses.append)
    halves = any("\ud800" <= each <= "\udfff" for each in text)
    assert [loss.rule for loss in losses] == (["LOSS-TEXT"] if halves else [])
    back = codec.read_document(data).events[0].extensions[0].value
    assert back == "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in text)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below, max_size=3),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(_json, st.sampled_from(["eventTime", "epcList", "readPoint", "quantityList", "ilmd", "bizStep", "ex:a", "type"]))
def test_any_json_in_any_member_gives_an_event_or_findings(value: Any, name: str) -> None:
    members = {"type": "ObjectEvent", "eventTime": "2024-01-01T00:00:00Z", "eventTimeZoneOffset": "Z", "action": "ADD"}
    document = {"@context": {}, "type": "EPCISDocument", "epcisBody": {"eventList": [members | {name: value}]}}
    problems: list[Finding] = []
    found = list(codec.iter_events(json.dumps(document).encode(), problems=problems.append))
    assert bool(found) != bool(problems)
    assert {problem.rule for problem in problems} <= {"EVT-000"}


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=4), st.booleans())
def test_damaged_bytes_never_end_in_a_foreign_error(place: int, damage: bytes, cuts: bool) -> None:
    whole = codec.write_document(Document(events=(ObjectEvent(**BARE, epc_list=["urn:example:ä"] * 20),)))
    place %= len(whole)
    broken = whole[:place] + damage + (b"" if cuts else whole[place + len(damage) :])
    with contextlib.suppress(DocumentError):
        codec.read_document(broken)
