"""Bytes from anywhere: paths, bytes, files and pipes, gzip or not, bounded, readable twice."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any

import pytest

from epcis_kit.codec.detection import Detected, detect
from epcis_kit.codec.limits import Limits
from epcis_kit.codec.sources import Source, open_source
from epcis_kit.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (
    'Cannot open \'{"type":"EPCISDocument"}\': expected a path, got the text of a document; '
    "give it as bytes (text.encode())."
)
DATA = b'{"type":"EPCISDocument"}' * 1000


class Pipe:
    """A file that gives little at a time and cannot be sought."""

    def __init__(self, data: bytes, piece: int = 7) -> None:
        self._data, self._piece, self.closed = io.BytesIO(data), piece, False

    def read(self, size: int) -> bytes:
        return self._data.read(min(size, self._piece))

    def close(self) -> None:
        self.closed = True


def take(source: Source, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += source.read(size - len(data))
    return data


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
@pytest.mark.parametrize("kind", ["path", "text path", "bytes", "bytearray", "view", "file", "pipe", "later in a file"])
def test_every_kind_of_source_gives_the_same_bytes(kind: str, layers: int, tmp_path: Path) -> None:
    packed = DATA
    for _ in range(layers):
        packed = gzip.compress(packed)
    path = tmp_path / "a.bin"
    path.write_bytes(packed)
    later = io.BytesIO(b"before" + packed)
    later.seek(6)
    sources: dict[str, Any] = {
        "path": path,
        "text path": str(path),
        "bytes": packed,
        "bytearray": bytearray(packed),
        "view": memoryview(packed),
        "file": io.BytesIO(packed),
        "pipe": Pipe(packed),
        "later in a file": later,
    }
    with open_source(sources[kind]) as source:
        assert source.peek(5) == DATA[:5]
        assert source.read(3) == DATA[:3]
        source.mark()
        assert source.read(-1) == DATA[3:]
        source.rewind()
        assert take(source, 10) == DATA[3:13]
        source.mark()
        assert source.read(-1) == DATA[13:]
        source.rewind()
        assert source.peek(4) == DATA[13:17]
        assert source.read(-1) == DATA[13:]
        assert source.read() == b""
        assert source.compressed == (layers > 0)


def test_a_place_has_to_be_marked_first() -> None:
    with pytest.raises(ValueError, match="Cannot rewind: no place is marked"):
        open_source(DATA).rewind()


def test_a_file_of_the_caller_stays_open_and_one_opened_here_is_closed(tmp_path: Path) -> None:
    mine, pipe = io.BytesIO(DATA), Pipe(gzip.compress(DATA))
    for file in (mine, pipe):
        open_source(file).close()  # type: ignore[arg-type]
        assert not file.closed
    path = tmp_path / "a"
    path.write_bytes(DATA)
    source = open_source(path)
    source.close()
    with pytest.raises(ValueError, match="closed file"):
        source.read(-1)


def test_names(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(DATA)
    with path.open("rb") as file, open_source(path) as opened:
        names = [opened.name, open_source(file).name, open_source(DATA).name]
    assert names == [str(path), str(path), None]
    assert open_source(DATA, file="b").name == "b"
    source = open_source(DATA)
    assert open_source(source) is source


@pytest.mark.parametrize("packed", [False, True])
def test_no_more_bytes_come_out_than_the_limit_says(packed: bool) -> None:
    data = b"x" * 10_000
    with pytest.raises(DocumentError) as caught:
        open_source(gzip.compress(data) if packed else data, limits=Limits(max_bytes=9_999)).read(-1)
    assert str(caught.value) == (
        "Cannot read the document: expected at most 9999 bytes in a document, got more. "
        "If you trust the source, raise the limit with Limits(max_bytes=…)."
    )
    assert open_source(data, limits=Limits(max_bytes=10_000)).read(-1) == data


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            '{"type":"EPCISDocument"}',
            TEXT,
        ),
        (7, "Cannot read a document from 7: expected a path, bytes or a binary file, got int."),
        (
            io.StringIO("{}"),
            "Cannot read the document: expected a file opened in binary mode, got one of text.",
        ),
        (
            gzip.compress(DATA, mtime=0)[:60],
            "Cannot decompress the document: expected a whole gzip file, got part of it.",
        ),
        (
            b"\x1f\x8b\x08\x00" + b"?" * 40,
            "Cannot decompress the document: expected gzip data, got",
        ),
        (
            gzip.compress(gzip.compress(gzip.compress(gzip.compress(DATA)))),
            "Cannot read the document: expected at most 3 layers of gzip, got more.",
        ),
    ],
)
def test_what_is_no_source(source: Any, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        open_source(source).read(-1)
    if message.endswith("."):
        assert str(caught.value) == message
    else:  # the rest is worded by zlib
        assert str(caught.value).startswith(message)


def test_a_missing_file_and_a_folder_are_errors_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_source(tmp_path / "none")
    with pytest.raises(OSError):  # noqa: PT011 - its class differs between systems
        open_source(tmp_path)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"  \r\n\t<a/>", Detected("xml", "utf-8", 0)),
        (b"\xef\xbb\xbf{}", Detected("json", "utf-8", 3)),
        (b"\xef\xbb\xbf <a/>", Detected("xml", "utf-8", 3)),
        ("\ufeff{}".encode("utf-16-le"), Detected("json", "utf-16-le", 2)),
        ("\ufeff<a/>".encode("utf-16-be"), Detected("xml", "utf-16-be", 2)),
        ("{}".encode("utf-16-le"), Detected("json", "utf-16-le", 0)),
        (" <a/>".encode("utf-16-be"), Detected("xml", "utf-16-be", 0)),
        ("\ufeff{}".encode("utf-32-le"), Detected("json", "utf-32-le", 4)),
        ("{}".encode("utf-32-be"), Detected("json", "utf-32-be", 0)),
        (b"[1]", Detected("json", "utf-8", 0)),
        (b" " * 5000 + b"{}", Detected("json", "utf-8", 0)),
    ],
)
def test_the_format_is_told_by_content_and_nothing_is_taken(data: bytes, expected: Detected) -> None:
    source = open_source(data)
    assert detect(source) == expected
    assert source.read(-1) == data


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "an empty file."),
        (b"\n\n", "nothing but white space."),
        (b"BZh91AY", "a bzip2 file; decompress it first."),
        (b"\xfd7zXZ\x00", "an xz file; decompress it first."),
        (b"\x28\xb5\x2f\xfd", "a Zstandard file; decompress it first."),
        (b"SQLite format 3\x00", "an SQLite database."),
        (b"\xd0\xcf\x11\xe0", "an old Office file."),
    ],
)
def test_what_is_neither_is_named_where_it_is_known(data: bytes, got: str) -> None:
    with pytest.raises(DocumentError) as caught:
        detect(Source(io.BytesIO(data), name="a.dat"))
    assert str(caught.value) == f"a.dat: Cannot read the document: expected EPCIS in XML or JSON, got {got}"
