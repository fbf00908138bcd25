"""Where findings are: line, column, pointer and the marked line, in both formats and every version and encoding."""

from __future__ import annotations

import gzip
import io
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from epcis_kit.codec import ReadOptions
from epcis_kit.findings import Finding, Location
from epcis_kit.validate.places import locate
from epcis_kit.validate.schema import schema_findings

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = """{
  "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://example.com/"}],
  "type": "EPCISDocument",
  "schemaVersion": "2.0",
  "epcisBody": {
    "eventList": [
      {"type": "ObjectEvent", "eventID": "urn:uuid:1", "epcList": ["urn:x:1", "urn:x:2"]},
      {
        "type": "AggregationEvent",
        "childEPCs": [
          "urn:x:1",
          "urn:x:é",
\t  "urn:x:3"
        ],
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:p"}, {"bizTransaction": "urn:x:q"}],
        "ilmd": {"ex:lot/number": "A"},
        "sensorElementList": [{"sensorReport": [{"type": "Temperature"}, {"value": 4, "uom": "CEL"}]}]
      }
    ]
  },
  "sender": "urn:x:s"
}
"""

XML_20 = """<?xml version="1.0" encoding="UTF-8"?>
<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" xmlns:ex="https://example.com/" schemaVersion="2.0"
    creationDate="2024-03-05T00:00:00Z">
  <EPCISHeader>
    <s:StandardBusinessDocumentHeader xmlns:s="urn:s"><s:Sender><s:Identifier>a</s:Identifier></s:Sender>
    <s:Receiver><s:Identifier>b</s:Identifier></s:Receiver></s:StandardBusinessDocumentHeader>
    <extension><EPCISMasterData><VocabularyList>
      <Vocabulary type="urn:v:1"><VocabularyElementList>
        <VocabularyElement id="urn:x:1"/>
        <VocabularyElement id="urn:x:2"><attribute id="urn:n">A</attribute>
          <attribute id="urn:m">B</attribute></VocabularyElement>
      </VocabularyElementList></Vocabulary></VocabularyList></EPCISMasterData></extension>
  </EPCISHeader>
  <EPCISBody>
    <EventList>
      <ObjectEvent><eventID>urn:uuid:1</eventID><epcList><epc>urn:x:1</epc><epc>urn:x:2</epc></epcList></ObjectEvent>
      <AggregationEvent>
        <childEPCs>
          <epc>urn:x:1</epc>
          <epc>urn:x:é</epc>  <epc>urn:x:3</epc>
        </childEPCs>
        <bizTransactionList><bizTransaction type="po">urn:x:p</bizTransaction>
          <bizTransaction
            type="inv">urn:x:q</bizTransaction></bizTransactionList>
        <readPoint><id>urn:x:r</id></readPoint>
        <sourceList><source type="location">urn:x:s</source></sourceList>
        <sensorElementList><sensorElement><sensorReport type="Temperature"/>
          <sensorReport value="4" uom="CEL"/></sensorElement></sensorElementList>
        <persistentDisposition><unset>a</unset><set>b</set><set>c</set></persistentDisposition>
        <ilmd><ex:lot>A</ex:lot></ilmd>
        <ex:note>n</ex:note><ex:note>m</ex:note>
      </AggregationEvent>
    </EventList>
  </EPCISBody>
</e:EPCISDocument>
"""

XML_12 = """<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2">
<EPCISBody><EventList>
<QuantityEvent><epcClass>urn:x:1</epcClass><quantity>5</quantity></QuantityEvent>
<ObjectEvent><baseExtension><eventID>urn:x:e</eventID></baseExtension><epcList/>
<extension><quantityList><quantityElement><epcClass>urn:x:1</epcClass></quantityElement>
<quantityElement><epcClass>urn:x:2</epcClass></quantityElement></quantityList>
<ilmd><c:lotNumber xmlns:c="urn:c">1</c:lotNumber></ilmd>
<extension><persistentDisposition><set>a</set></persistentDisposition></extension></extension></ObjectEvent>
<extension><TransformationEvent><inputEPCList><epc>urn:x:1</epc></inputEPCList></TransformationEvent></extension>
<extension><extension><AssociationEvent><parentID>urn:x:1</parentID></AssociationEvent></extension></extension>
</EventList></EPCISBody></epcis:EPCISDocument>
"""


def at(pointer: str | None, index: int | None = None, **more: Any) -> Finding:
    place = Location(pointer=pointer, event_index=index)
    return Finding(rule="X-001", severity="error", layer="event", message="m", location=place, **more)


def marked(text: str, place: Location) -> str:
    """What the place covers in the text."""
    assert place.line is not None
    assert place.column is not None
    line = text.split("\n")[place.line - 1]
    return line[place.column - 1 : (place.end_column or place.column + 1) - 1]


@pytest.mark.parametrize(
    ("pointer", "index", "found", "spot"),
    [
        ("epcList/1", 0, "/epcisBody/eventList/0/epcList/1", '"urn:x:2"'),
        ("", 0, "/epcisBody/eventList/0", "{"),
        (None, 1, "/epcisBody/eventList/1", "{"),
        ("childEPCs/1", 1, "/epcisBody/eventList/1/childEPCs/1", '"urn:x:é"'),
        ("childEPCs/2", 1, "/epcisBody/eventList/1/childEPCs/2", '"urn:x:3"'),
        ("childEPCs/9", 1, "/epcisBody/eventList/1/childEPCs", "["),
        ("parentID", 1, "/epcisBody/eventList/1", "{"),
        ("bizTransactionList/0/type", 1, "/epcisBody/eventList/1/bizTransactionList/0/type", '"po"'),
        ("bizTransactionList/1/type", 1, "/epcisBody/eventList/1/bizTransactionList/1", "{"),
        ("ilmd/ex:lot~1number", 1, "/epcisBody/eventList/1/ilmd/ex:lot~1number", '"A"'),
        (
            "sensorElementList/0/sensorReport/1/uom",
            1,
            "/epcisBody/eventList/1/sensorElementList/0/sensorReport/1/uom",
            '"CEL"',
        ),
        ("/epcisBody/eventList/1/childEPCs/0", 1, "/epcisBody/eventList/1/childEPCs/0", '"urn:x:1"'),
        ("schemaVersion", None, "/schemaVersion", '"2.0"'),
        ("/schemaVersion", None, "/schemaVersion", '"2.0"'),
        ("@context/1/ex", None, "/@context/1/ex", '"https://example.com/"'),
        ("sender", None, "/sender", '"urn:x:s"'),
        ("epcisHeader/epcisMasterData", None, "", "{"),
        ("creationDate", None, "", "{"),
        ("/epcisBody/eventList", None, "/epcisBody/eventList", "["),
    ],
)
def test_places_in_json(pointer: str | None, index: int | None, found: str, spot: str) -> None:
    (one,) = locate(JSON.encode(), [at(pointer, index)])
    assert one.location.pointer == found
    assert marked(JSON, one.location) == spot


@pytest.mark.parametrize(
    ("pointer", "index", "found", "spot"),
    [
        ("epcList/1", 0, "ObjectEvent[1]/epcList/epc[2]", "<epc>urn:x:2</epc>"),
        ("", 0, "ObjectEvent[1]", "<ObjectEvent>"),
        ("childEPCs/1", 1, "AggregationEvent[1]/childEPCs/epc[2]", "<epc>urn:x:é</epc>"),
        ("childEPCs/2", 1, "AggregationEvent[1]/childEPCs/epc[3]", "<epc>urn:x:3</epc>"),
        ("childEPCs/9", 1, "AggregationEvent[1]/childEPCs", "<childEPCs>"),
        ("bizLocation", 1, "AggregationEvent[1]", "<AggregationEvent>"),
        ("bizTransactionList/0/type", 1, "AggregationEvent[1]/bizTransactionList/bizTransaction[1]/@type", 'type="po"'),
        (
            "bizTransactionList/1/type",
            1,
            "AggregationEvent[1]/bizTransactionList/bizTransaction[2]/@type",
            'type="inv"',
        ),
        (
            "bizTransactionList/0/bizTransaction",
            1,
            "AggregationEvent[1]/bizTransactionList/bizTransaction[1]",
            '<bizTransaction type="po">urn:x:p</bizTransaction>',
        ),
        ("readPoint/id", 1, "AggregationEvent[1]/readPoint/id", "<id>urn:x:r</id>"),
        (
            "sourceList/0/source",
            1,
            "AggregationEvent[1]/sourceList/source",
            '<source type="location">urn:x:s</source>',
        ),
        (
            "sensorElementList/0/sensorReport/1/uom",
            1,
            "AggregationEvent[1]/sensorElementList/sensorElement/sensorReport[2]/@uom",
            'uom="CEL"',
        ),
        ("persistentDisposition/set/1", 1, "AggregationEvent[1]/persistentDisposition/set[2]", "<set>c</set>"),
        ("ilmd/example:lot", 1, "AggregationEvent[1]/ilmd/ex:lot", "<ex:lot>A</ex:lot>"),
        ("ex:note/1", 1, "AggregationEvent[1]/ex:note[2]", "<ex:note>m</ex:note>"),
        ("/e:EPCISDocument/EPCISBody/EventList/*[2]/*[1]/epc[3]", 1, "AggregationEvent[1]/childEPCs/epc[3]", None),
    ],
)
def test_places_in_events_of_xml(pointer: str, index: int, found: str, spot: str | None) -> None:
    (one,) = locate(XML_20.encode(), [at(pointer, index)])
    assert one.location.pointer == f"/e:EPCISDocument/EPCISBody/EventList/{found}"
    if spot is not None:
        assert marked(XML_20, one.location) == spot
    tree = etree.fromstring(XML_20.encode())
    names = {"e": "urn:epcglobal:epcis:xsd:2", "ex": "https://example.com/"}
    assert len(tree.xpath(one.location.pointer, namespaces=names)) == 1


@pytest.mark.parametrize(
    ("pointer", "found", "spot"),
    [
        ("schemaVersion", "/@schemaVersion", 'schemaVersion="2.0"'),
        ("creationDate", "/@creationDate", 'creationDate="2024-03-05T00:00:00Z"'),
        ("/e:EPCISDocument/@creationDate", "/@creationDate", 'creationDate="2024-03-05T00:00:00Z"'),
        ("/*/@creationDate", "/@creationDate", 'creationDate="2024-03-05T00:00:00Z"'),
        ("@context", "", None),
        ("epcisHeader", "/EPCISHeader", "<EPCISHeader>"),
        (
            "epcisHeader/StandardBusinessDocumentHeader/Receiver/Identifier",
            "/EPCISHeader/s:StandardBusinessDocumentHeader/s:Receiver/s:Identifier",
            "<s:Identifier>b</s:Identifier>",
        ),
        ("receiver", "/EPCISHeader/s:StandardBusinessDocumentHeader/s:Receiver/s:Identifier", None),
        ("epcisHeader/sbdh:StandardBusinessDocumentHeader/Sender/Contact",
         "/EPCISHeader/s:StandardBusinessDocumentHeader/s:Sender", "<s:Sender>"),
        (
            "epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/1/attributes/1/attribute",
            ("/EPCISHeader/extension/EPCISMasterData/VocabularyList/Vocabulary/VocabularyElementList/"
            "VocabularyElement[2]/attribute[2]"),
            '<attribute id="urn:m">B</attribute>',
        ),
        (
            "epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/1/id",
            ("/EPCISHeader/extension/EPCISMasterData/VocabularyList/Vocabulary/VocabularyElementList/"
            "VocabularyElement[2]/@id"),
            'id="urn:x:2"',
        ),
    ],
)  # fmt: skip
def test_places_around_the_events_of_xml(pointer: str, found: str, spot: str | None) -> None:
    (one,) = locate(XML_20.encode(), [at(pointer)])
    assert one.location.pointer == f"/e:EPCISDocument{found}"
    if spot is not None:
        assert marked(XML_20, one.location) == spot


@pytest.mark.parametrize(
    ("pointer", "index", "found", "line"),
    [
        ("quantityList/0/epcClass", 0, "QuantityEvent[1]/epcClass", 3),
        ("eventID", 1, "ObjectEvent[1]/baseExtension/eventID", 4),
        ("quantityList/1/epcClass", 1, "ObjectEvent[1]/extension/quantityList/quantityElement[2]/epcClass", 6),
        ("ilmd/cbvmda:lotNumber", 1, "ObjectEvent[1]/extension/ilmd/c:lotNumber", 7),
        ("persistentDisposition/set/0", 1, "ObjectEvent[1]/extension/extension/persistentDisposition/set", 8),
        ("inputEPCList/0", 2, "extension[1]/TransformationEvent[1]/inputEPCList/epc", 9),
        ("parentID", 3, "extension[2]/extension[1]/AssociationEvent[1]/parentID", 10),
    ],
)
def test_places_in_the_nests_of_1_x(pointer: str, index: int, found: str, line: int) -> None:
    (one,) = locate(XML_12.encode(), [at(pointer, index)])
    assert (one.location.pointer, one.location.line) == (f"/epcis:EPCISDocument/EPCISBody/EventList/{found}", line)


def test_a_name_without_a_namespace_in_a_wrapper_is_not_the_same_name_with_one_outside() -> None:
    text = XML_12.replace("<eventID>", "<mine>1</mine><eventID>", 1).replace(
        "</ObjectEvent>", '<x:mine xmlns:x="https://example.com/">2</x:mine></ObjectEvent>', 1
    )
    (one,) = locate(text.encode(), [at("mine", 1)])
    assert one.location.pointer == "/epcis:EPCISDocument/EPCISBody/EventList/ObjectEvent[1]/baseExtension/mine"
    assert marked(text, one.location) == "<mine>1</mine>"


def test_bare_events_one_a_line_and_one_event_in_the_body() -> None:
    lines = '{"type": "ObjectEvent",\n "action": "a"}\n{"type": "ObjectEvent", "action": "b"}\n'
    first, second = locate(lines.encode(), [at("action", 0), at("/action", 1)])
    assert (first.location.line, first.location.column, first.location.pointer) == (2, 12, "/action")
    assert (second.location.line, second.location.column, second.location.pointer) == (3, 35, "/action")
    single = '{"epcisBody": {"event": {"action": "x"}}}'
    (one,) = locate(single.encode(), [at("action", 0)])
    assert (one.location.pointer, marked(single, one.location)) == ("/epcisBody/event/action", '"x"')


def test_the_name_of_an_unknown_member_is_marked_and_not_its_value() -> None:
    data = b'{"type": "EPCISDocument", "bogus": 1,\n"epcisBody": {"eventList": [{"type": "ObjectEvent", "wrong": 2}]}}'
    found = locate(data, list(schema_findings(data)))
    spots = {each.location.pointer: marked(data.decode(), each.location) for each in found if each.rule == "SCH-003"}
    assert spots == {"/bogus": '"bogus"', "/epcisBody/eventList/0/wrong": '"wrong"'}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "iso-8859-1", "gb18030"])
def test_encodings_of_xml(encoding: str) -> None:
    text = XML_20.replace("UTF-8", "UTF-16" if encoding.startswith("utf-16") else encoding.replace("-sig", ""))
    text = text.replace("urn:x:é", "urn:x:中" if encoding == "gb18030" else "urn:x:é")
    (one,) = locate(text.encode(encoding), [at("childEPCs/2", 1)])
    assert marked(text, one.location) == "<epc>urn:x:3</epc>"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings_of_json(encoding: str) -> None:
    (one,) = locate(JSON.encode(encoding), [at("childEPCs/2", 1)])
    assert marked(JSON, one.location) == '"urn:x:3"'


def test_gzip_pipes_and_other_line_ends() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    for data in (gzip.compress(XML_20.encode()), XML_20.replace("\n", "\r\n").encode()):
        (one,) = locate(data, [at("childEPCs/2", 1)])
        assert marked(XML_20, one.location) == "<epc>urn:x:3</epc>"
    (one,) = locate(Pipe(gzip.compress(JSON.encode())), [at("childEPCs/2", 1)])
    assert marked(JSON, one.location) == '"urn:x:3"'


def test_the_line_is_shown_with_the_spot_marked() -> None:
    (one,) = locate(JSON.encode(), [at("epcList/1", 0)])
    assert one.snippet == (
        '7 |       {"type": "ObjectEvent", "eventID": "urn:uuid:1", "epcList": ["urn:x:1", "urn:x:2"]},\n'
        "  |                                                                               ^^^^^^^^^"
    )
    (one,) = locate(XML_20.encode(), [at("bizTransactionList/1/type", 1)])
    assert one.snippet == (
        '24 |             type="inv">urn:x:q</bizTransaction></bizTransactionList>\n   |             ^^^^^^^^^^'
    )


def test_one_long_line_is_cut_around_the_spot() -> None:
    events = [{"type": "ObjectEvent", "epcList": [f"urn:x:{number}" for number in range(50)]} for _ in range(3000)]
    text = json.dumps({"epcisBody": {"eventList": events}})
    first, last = locate(text.encode(), [at("epcList/30", 2998), at("epcList/1", 5)])
    assert first.location.column is not None
    assert marked(text, first.location) == '"urn:x:30"'
    assert marked(text, last.location) == '"urn:x:1"'
    assert first.location.line == 1
    snippet = (first.snippet or "").split("\n")
    assert len(snippet) == 2
    assert len(snippet[0]) < 120
    assert snippet[0][snippet[1].index("^") :].startswith('"urn:x:30"')


def test_related_places_are_found_too() -> None:
    (one,) = locate(JSON.encode(), [at("eventID", 0, related=(Location(event_index=1, pointer="childEPCs/0"),))])
    assert [each.line for each in one.related] == [11]
    assert one.related[0].snippet == '11 |           "urn:x:1",\n   |           ^^^^^^^^^'


def test_what_has_no_spot_keeps_what_it_knew() -> None:
    row = Finding(rule="X", severity="error", layer="event", message="m", location=Location(row=3, table_column="lot"))
    beyond = at("epcList/0", 77)
    assert locate(JSON.encode(), [row, beyond]) == [row, beyond]
    assert locate(b"neither", [row]) == [row]
    assert locate(JSON.encode(), []) == []


def test_broken_documents_give_the_places_before_the_fault() -> None:
    for data in (JSON.encode()[: JSON.index("ilmd")], XML_20.encode()[: XML_20.index("AggregationEvent>")]):
        one, other = locate(data, [at("epcList/1", 0), at("childEPCs/0", 1)])
        assert one.location.line is not None
        assert other.location.column is None


def test_no_entity_is_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + XML_20.partition("?>")[2].replace("urn:x:2", "&b;")
    one = at("epcList/1", 0)
    assert locate(bomb.encode(), [one]) == [one]
    bare = XML_20.replace("?>", "?><!DOCTYPE EPCISDocument>")
    assert locate(bare.encode(), [one])[0].location.line is not None


def test_the_source_is_left_where_it_can_be_read_again() -> None:
    stream = io.BytesIO(JSON.encode())
    (one,) = locate(stream, [at("epcList/1", 0)], ReadOptions(file="in.json"))
    assert one.location.line == 7
    assert not stream.closed


def spots(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in items:
        yield from spots(below, f"{path}/{name}" if path else str(name))


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_every_member_of_every_event_is_found(indent: int | None) -> None:
    chance = random.Random(5)
    events = []
    for number in range(40):
        event: dict[str, Any] = {"type": "ObjectEvent", "action": f"a{number}"}
        event["epcList"] = [f"urn:x:{chance.randrange(10**6)}" for _ in range(chance.randrange(6))]
        event["ex:n"] = {
            "ex:" + "abc"[each]: [each, {"ex:é": True, "q": 'a"\\}'}] for each in range(chance.randrange(4))
        }
        events.append(event)
    document = {"type": "EPCISDocument", "epcisBody": {"eventList": events}}
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    wanted = [(index, path, value) for index, event in enumerate(events) for path, value in spots(event)]
    found = locate(text.encode(), [at(path, index) for index, path, _ in wanted])
    for (index, path, value), one in zip(wanted, found, strict=True):
        assert one.location.pointer == f"/epcisBody/eventList/{index}" + (f"/{path}" if path else "")
        if isinstance(value, (dict, list)):
            assert marked(text, one.location) in {"{", "["}
        else:
            assert marked(text, one.location) == json.dumps(value, ensure_ascii=False)


def test_every_element_of_xml_is_found_by_its_xpath() -> None:
    tree = etree.ElementTree(etree.fromstring(XML_20.encode()))
    events = tree.xpath("//EventList/*")
    for index, event in enumerate(events):
        for element in event.iter():
            path = tree.getpath(element)
            (one,) = locate(XML_20.encode(), [at(path, index)])
            assert marked(XML_20, one.location).startswith(f"<{path.rpartition('/')[2].partition('[')[0]}")
            assert one.location.pointer is not None
            (same,) = tree.xpath(one.location.pointer, namespaces=dict(element.nsmap))
            assert same is element


def test_an_event_with_an_element_of_its_own_name_is_still_one_event() -> None:
    odd = "<ObjectEvent><ilmd><ObjectEvent><ObjectEvent/></ObjectEvent></ilmd></ObjectEvent>"
    head = "<e:EPCISDocument xmlns:e='urn:epcglobal:epcis:xsd:2'><EPCISBody><EventList>"
    data = f"{head}{odd}\n<ObjectEvent/></EventList></EPCISBody></e:EPCISDocument>"
    (one,) = locate(data.encode(), [at("", 1)])
    assert (one.location.line, one.location.column) == (2, 1)
    assert one.location.pointer == "/e:EPCISDocument/EPCISBody/EventList/ObjectEvent[2]"
