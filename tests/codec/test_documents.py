"""Converting and writing files: whole or not at all, with every loss named, in constant memory."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit import codec
from epcis_kit.errors import DocumentError, EncodeError
from epcis_kit.findings import Finding
from epcis_kit.model import Document, Extension, ObjectEvent, SensorElement, SensorReport

if TYPE_CHECKING:
    from pathlib import Path

BARE: dict[str, Any] = {
    "event_time": "2024-03-01T09:00:00Z",
    "event_time_zone_offset": "+01:00",
    "action": "OBSERVE",
    "epc_list": ("urn:x:1",),
}
PLAIN = Document(events=(ObjectEvent(**BARE),) * 3, creation_date="2024-03-01T10:00:00Z")
SENSOR = SensorElement(sensor_report=(SensorReport(value="NaN"),))
LOSSY = PLAIN.model_copy(
    update={
        "events": tuple(
            ObjectEvent(**BARE, event_id=f"urn:x:{number}", sensor_element_list=(SENSOR,)) for number in range(3)
        )
    }
)


def test_a_file_is_converted(tmp_path: Path) -> None:
    source, target = tmp_path / "in.xml", tmp_path / "out.json"
    source.write_bytes(codec.write_document(PLAIN, format="xml"))
    report = codec.convert(source, target, format="json")
    assert report == codec.ConvertReport(3, (), (), "xml 2.0", "json 2.0")
    assert codec.read_document(target) == PLAIN
    back = tmp_path / "back.xml"
    assert codec.convert(target, back, format="xml").target_format == "xml 2.0"
    assert back.read_bytes() == source.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["back.xml", "in.xml", "out.json"]


def test_a_target_that_ends_in_gz_is_compressed_the_same_way_every_time(tmp_path: Path) -> None:
    data = codec.write_document(PLAIN)
    for name in ("a.json.gz", "b.json.gz"):
        codec.convert(data, tmp_path / name)
    assert codec.read_document(tmp_path / "a.json.gz") == PLAIN
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()
    assert json.loads(gzip.decompress((tmp_path / "a.json.gz").read_bytes()))["type"] == "EPCISDocument"


def test_a_loss_leaves_the_old_file_and_names_every_loss(tmp_path: Path) -> None:
    source = codec.write_document(LOSSY, format="xml")
    target = tmp_path / "out.json"
    target.write_text("old")
    with pytest.raises(EncodeError) as caught:
        codec.convert(source, target)
    assert [loss.location.event_id for loss in caught.value.losses if isinstance(loss, Finding)] == [
        "urn:x:0",
        "urn:x:1",
        "urn:x:2",
    ]
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
    report = codec.convert(source, target, allow_loss=True)
    assert (report.events, report.losses) == (3, caught.value.losses)


def test_a_stream_ends_at_the_first_loss() -> None:
    target = io.BytesIO()
    with pytest.raises(EncodeError) as caught:
        codec.convert(codec.write_document(LOSSY, format="xml"), target)
    assert len(caught.value.losses) == 1


def test_events_that_cannot_be_read_are_left_out_and_told(tmp_path: Path) -> None:
    data = codec.write_document(PLAIN).replace(b"OBSERVE", b"LOOK", 1)
    with pytest.raises(DocumentError, match="Cannot read action 'LOOK'"):
        codec.convert(data, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []
    told: list[Finding] = []
    report = codec.convert(data, tmp_path / "a.json", problems=told.append)
    assert (report.events, list(report.findings)) == (2, told)
    assert [finding.rule for finding in told] == ["EVT-000"]


def test_what_stands_after_the_events_is_known_before_them() -> None:
    document = PLAIN.model_copy(update={"sender": "urn:x:9", "extensions": (Extension("https://e.example/", "a", 1),)})
    members = json.loads(codec.write_document(document))
    late = {name: members.pop(name) for name in ("epcisBody", "@context", "sender", "ns1:a")}
    target = io.BytesIO()
    codec.convert(json.dumps(members | late).encode(), target, format="xml")
    back = codec.read_document(target.getvalue())
    assert (back.events, back.extensions) == (PLAIN.events, document.extensions)


@pytest.mark.parametrize("form", ["yaml", ""])
def test_other_formats_are_refused(form: Any) -> None:
    with pytest.raises(EncodeError) as caught:
        codec.write_document(PLAIN, format=form)
    assert str(caught.value) == f"Cannot write format {form!r}: expected 'json' or 'xml'."


def test_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        codec.convert(codec.write_document(PLAIN), tmp_path / "none" / "a.json")


def test_permissions_of_a_replaced_file_stay(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.touch()
    target.chmod(0o640)
    codec.convert(codec.write_document(PLAIN), target)
    assert target.stat().st_mode & 0o777 == 0o640


def test_converting_takes_memory_for_one_event(tmp_path: Path) -> None:
    """Eight times the events, the same peak."""
    peaks = []
    for count in (1000, 8000):
        source = tmp_path / f"{count}.json"
        source.write_bytes(codec.write_document(PLAIN.model_copy(update={"events": PLAIN.events[:1] * count})))
        tracemalloc.start()
        assert codec.convert(source, tmp_path / "out.json").events == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 500_000, peaks


def test_the_public_face_is_complete_and_lazy() -> None:
    assert all(getattr(codec, name) is not None for name in codec.__all__)
    assert set(codec.__all__) <= set(dir(codec))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = codec.nothing


def late_document(*, wrong: bool = False) -> bytes:
    """Master data stand after the events, which XML wants before them."""
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": "2024-01-01T00:00:00Z",
        "eventTimeZoneOffset": "+01:00",
        "epcList": ["urn:x:1"],
        "action": "OBSERVE",
    }
    header = {"vocabularyList": [{"type": "urn:x:2", "vocabularyElementList": [{"id": "urn:x:3"}]}]}
    whole = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2024-01-01T00:00:00Z",
        "epcisBody": {"eventList": [event, event | {"action": "SEE"}] if wrong else [event, event]},
        "epcisHeader": {"epcisMasterData": header},
    }
    return json.dumps(whole).encode()


class Once(io.BytesIO):
    """A target that cannot be begun again."""

    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("target", [io.BytesIO, Once], ids=["seekable", "not seekable"])
def test_master_data_after_the_events_come_before_them_in_xml(target: type[io.BytesIO], tmp_path: Path) -> None:
    source = late_document()
    stream = target()
    stream.write(b"before")
    report = codec.convert(source, stream, format="xml")
    data = stream.getvalue().removeprefix(b"before")
    assert (report.events, report.losses) == (2, ())
    assert data.index(b"<EPCISMasterData>") < data.index(b"<EPCISBody>")
    assert codec.read_document(data).header == codec.read_document(source).header
    for name in ("made.xml", "made.xml.gz"):
        codec.convert(source, tmp_path / name, format="xml")
        assert codec.read_document(tmp_path / name) == codec.read_document(data)


def test_problems_are_told_once_where_a_document_is_converted_twice() -> None:
    told: list[str] = []
    report = codec.convert(
        late_document(wrong=True), io.BytesIO(), format="xml", problems=lambda f: told.append(f.rule)
    )
    assert (report.events, [finding.rule for finding in report.findings], told) == (1, ["EVT-000"], ["EVT-000"])
