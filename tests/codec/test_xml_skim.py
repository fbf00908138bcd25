"""Usual events are taken from the text, the others by the parser: together they give what the parser alone gives."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epcis_kit.codec import open_reader, xml_reader
from epcis_kit.codec.xml_quick import QuickDecoder
from epcis_kit.errors import DocumentError

if TYPE_CHECKING:
    from epcis_kit.findings import Finding
    from epcis_kit.model import Document

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" '
    'xmlns:ex="https://example.com/" schemaVersion="2.0" creationDate="2024-01-01T00:00:00Z"><EPCISBody>{}<EventList>'
)
TAIL = "</EventList></EPCISBody></e:EPCISDocument>"


def event(
    number: int, inside: str = "", after: str = "", text: str = "\u017elu\u0165ou\u010dk\u00fd \U0001f40e"
) -> str:
    return (
        f"<ObjectEvent>\n<eventTime>2024-01-01T00:00:{number % 60:02d}Z</eventTime>"
        f"<eventTimeZoneOffset>+01:00</eventTimeZoneOffset><epcList><epc>urn:x:{number}</epc></epcList>\r\n"
        f"<action>OBSERVE</action>{inside}<ex:note>{text}</ex:note></ObjectEvent>{after}"
    )


SOURCES = '<bizTransactionList><bizTransaction type="a\n\tb">urn:x:1</bizTransaction></bizTransactionList>'

PIECES = {
    "usual": event(1),
    "lines": f"\n\n{event(2)}\r\n\t",
    "extension": event(3, text="<ex:deep>a</ex:deep>"),
    "entity": event(4, text="a &amp; b &#13;"),
    "cdata": event(5, text="<![CDATA[</ObjectEvent><EventList>]]>"),
    "comment inside": event(6, text="a<!-- </ObjectEvent> -->b"),
    "comment between": "<!-- <ObjectEvent> </EventList> -->",
    "instruction": "<?go </EventList> ?>",
    "attribute": event(7, inside='<readPoint foo=">"><id>urn:x:1</id></readPoint>'),
    "quotes": event(8, text="<ex:a b='\"' c=\"'\"/>"),
    "two lines": event(9, text="a\r\nb"),
    "wrapped": f"<extension>{event(10)}</extension>",
    "empty wrapper": "<extension/>",
    "stray text": "stray",
    "no such event": "<ex:Thing><eventTime>2024-01-01T00:00:00Z</eventTime></ex:Thing>",
    "wrong": event(11).replace("OBSERVE", "SEE"),
    "own prefix": event(12).replace("<ObjectEvent>", '<ObjectEvent xmlns:ex="https://example.com/b">'),
    "own prefixes": event(14, text="a").replace("<ObjectEvent>", '<ObjectEvent xmlns:ex="urn:x:1" xmlns:b="urn:x:2">'),
    "prefix twice": event(15).replace("<ObjectEvent>", '<ObjectEvent xmlns:b="urn:x:1" xmlns:b="urn:x:2">'),
    "prefix of nothing": event(16).replace("<ObjectEvent>", '<ObjectEvent xmlns:b="">'),
    "reserved prefix": event(17).replace("<ObjectEvent>", '<ObjectEvent xmlns:xmlns="urn:x:1">'),
    "prefix that is not declared": event(18).replace("ex:note", "none:note"),
    "own default": event(19).replace("<ObjectEvent>", '<ObjectEvent xmlns="urn:x:1">'),
    "tags that do not agree": event(20).replace("</ex:note>", "</ex:other>"),
    "lines in an attribute": event(21, inside=SOURCES),
    "no character": event(22, text="\uffff"),
    "bracket": event(13, text="a ]] b"),
}


BROKEN = {
    "no character", "prefix twice", "prefix of nothing", "reserved prefix", "prefix that is not declared",
    "tags that do not agree",
}  # fmt: skip
GOOD = sorted(PIECES.keys() - BROKEN)


class Trickle(io.RawIOBase):
    """A file that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = io.BytesIO(data), size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, self._size) if size >= 0 else -1)


def read(data: bytes, size: int = 1 << 20) -> tuple[Document, list[str]]:
    found: list[Finding] = []
    reader = open_reader(Trickle(data, size), problems=found.append)  # type: ignore[arg-type]
    events = tuple(reader.events())
    document = reader.head().model_copy(update={"events": events})
    reader.close()
    return document, [str(finding) for finding in found]


def strays(document: Document) -> list[str]:
    """Words between the events; the parser decides how many pieces they are told in."""
    told = (part.text for each in document.extensions for part in each.children if part.name == "text")
    return sorted(" ".join(told).split())


def alone(data: bytes) -> tuple[Document, list[str]]:
    """By the parser alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_reader, "LIST", b"<no such tag>")
        return read(data)


def same(data: bytes, *sizes: int) -> None:
    document, found = alone(data)
    for size in (1 << 20, *sizes):
        got, told = read(data, size)
        assert told == found
        assert [each.model_dump() for each in got.events] == [each.model_dump() for each in document.events]
        assert strays(got) == strays(document)
        assert got.model_copy(update={"extensions": ()}) == document.model_copy(update={"extensions": ()})


@pytest.mark.parametrize("name", PIECES)
def test_each_piece_is_read_as_the_parser_alone_reads_it(name: str) -> None:
    data = (HEAD.format("") + event(90) + PIECES[name] + event(91) + TAIL).encode()
    if name in BROKEN:
        wanted = alone(data)[1][-1].partition(": error")[2]
        for size in (1 << 20, 1):
            assert read(data, size)[1][-1].partition(": error")[2] == wanted
    else:
        same(data, 1, 7, 100)


@settings(max_examples=100, deadline=None)
@given(names=st.lists(st.sampled_from(GOOD), max_size=12), size=st.integers(1, 3000))
def test_pieces_in_any_order_and_chunks(names: list[str], size: int) -> None:
    same((HEAD.format("") + "".join(PIECES[name] for name in names) + TAIL).encode(), size)


@settings(max_examples=100, deadline=None)
@given(names=st.lists(st.sampled_from(GOOD), min_size=1, max_size=5), data=st.data())
def test_damage_anywhere_is_told_alike(names: list[str], data: Any) -> None:
    whole = (HEAD.format("") + "".join(PIECES[name] for name in names) + TAIL).encode()
    at = data.draw(st.integers(HEAD.index("<EPCISBody"), len(whole)))
    damage = data.draw(
        st.sampled_from([b"", b"<", b"&", b"\x00", b"\x07", b"\xff", b"</", b"]]>", b"<!", b"</EventList>"])
    )
    broken = whole[:at] + damage + data.draw(st.sampled_from([b"", whole[at:], whole[at + 1 :]]))
    try:
        document, found = alone(broken)
    except DocumentError:
        with pytest.raises(DocumentError):
            read(broken)
        return
    got, told = read(broken)
    assert got.events[: len(document.events)] == document.events  # what is complete counts, and is seen here sooner
    said, wanted = ([each.partition("error ")[2] for each in those] for those in (told, found))
    assert set(wanted) <= set(said)
    assert said[-1:] == wanted[-1:]


def test_usual_events_do_not_meet_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuickDecoder, "decode", None)
    data = (HEAD.format("") + "".join(event(number) for number in range(1000)) + TAIL).encode()
    document, found = read(data, 5000)
    assert (len(document.events), found) == (1000, [])


@pytest.mark.parametrize("before", ["<!-- <EventList> -->", "<ex:a><![CDATA[<EventList>]]></ex:a>", "<EventList/>"])
def test_another_event_list_before_it_confuses_nobody(before: str) -> None:
    same((HEAD.format(before) + event(1) + TAIL).encode(), 1, 50)


def test_lines_of_later_faults_are_right() -> None:
    data = (HEAD.format("") + "\n".join(event(number) for number in range(100)) + PIECES["wrong"] + TAIL).encode()
    _, found = read(data, 300)
    line = data[: data.index(b"<action>SEE")].count(b"\n") + 1
    (said,) = found
    assert said == (
        f"line {line}, /e:EPCISDocument/EPCISBody/EventList/ObjectEvent[101]/action: error EVT-000: "
        "Cannot read action: expected ADD, OBSERVE or DELETE, got 'SEE'."
    )


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings_are_left_to_the_parser(encoding: str) -> None:
    text = (HEAD.format("") + event(1, text="\u00fc") + event(2, text="\u00fc") + TAIL).replace("UTF-8", encoding)
    document, found = read(text.encode(encoding))
    assert found == []
    assert [each.extensions[0].text for each in document.events] == ["\u00fc", "\u00fc"]
