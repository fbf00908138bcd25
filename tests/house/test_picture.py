"""The check that keeps a blank screenshot from passing for a page."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from house.picture import distinct_pixels, main, paeth

if TYPE_CHECKING:
    from pathlib import Path


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(rows: list[bytes], width: int, colour: int = 2, *, depth: int = 8, interlaced: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, interlaced)
    packed = zlib.compress(b"".join(rows))
    half = len(packed) // 2
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", packed[:half]), chunk(b"IDAT", packed[half:]), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def filtered(kind: int, row: bytes, above: bytes, size: int) -> bytes:
    """A row as an encoder writes it with the given filter."""
    out = bytearray([kind])
    for i, value in enumerate(row):
        left, up = (row[i - size] if i >= size else 0), above[i]
        corner = above[i - size] if i >= size else 0
        guess = (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]
        out.append((value - guess) & 255)
    return bytes(out)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_every_filter_gives_the_pixels_back(data: st.DataObject) -> None:
    size, colour = data.draw(st.sampled_from([(1, 0), (3, 2), (2, 4), (4, 6)]))
    width = data.draw(st.integers(1, 5))
    pixel_rows = data.draw(
        st.lists(st.binary(min_size=width * size, max_size=width * size), min_size=1, max_size=5),
    )
    above, rows = bytes(width * size), []
    for row in pixel_rows:
        rows.append(filtered(data.draw(st.integers(0, 4)), row, above, size))
        above = row
    expected = {row[i : i + size] for row in pixel_rows for i in range(0, len(row), size)}
    assert distinct_pixels(png(rows, width, colour)) == len(expected)


def test_a_picture_of_one_colour_has_one_pixel() -> None:
    assert distinct_pixels(png([b"\0" + b"\xff\xff\xff" * 4] * 3, 4)) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html></html>", "Cannot read picture: expected the PNG signature, got b'<html></'."),
        (
            png([b"\0" + bytes(8)], 1, 6, depth=16),
            "Cannot read picture: expected 8 bits and no interlacing, got 16 bits, type 6.",
        ),
        (png([b"\0" + bytes(3)], 2), "Cannot read picture: expected 7 bytes of pixels, got 4."),
    ],
)
def test_another_kind_of_file_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match="Cannot read picture") as raised:
        distinct_pixels(data)
    assert str(raised.value) == message


def test_a_blank_page_fails_and_a_drawn_one_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blank, drawn = tmp_path / "blank.png", tmp_path / "drawn.png"
    blank.write_bytes(png([b"\0" + b"\xff" * 12] * 2, 4))
    drawn.write_bytes(png([b"\0" + bytes(range(60))], 20))
    assert main(str(blank)) == 1
    assert capsys.readouterr() == (
        "blank.png: 1 different pixels\n",
        "blank.png is blank: expected at least 16 different pixels, got 1.\n",
    )
    assert main(str(drawn)) == 0
    assert capsys.readouterr() == ("drawn.png: 20 different pixels\n", "")
