"""Is a screenshot blank? Reads a PNG with nothing but zlib and counts its colours.

Takes the bytes of a PNG as browsers write it (8 bits a channel, grey, RGB or RGBA, not interlaced) and gives how many
different pixels it has. As a program, ``python picture.py FILE`` says the number and ends with 1 where there are fewer
than 16: a page with text and a drawing has hundreds of them because letters are smoothed, an empty one has one.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # colour type: grey, RGB, grey and alpha, RGB and alpha
LEAST = 16


def distinct_pixels(png: bytes) -> int:
    """How many different pixels the picture has; ``ValueError`` where it is no PNG of the kind described above."""
    if not png.startswith(SIGNATURE):
        raise ValueError(f"Cannot read picture: expected the PNG signature, got {png[:8]!r}.")
    header, packed, position = b"", bytearray(), len(SIGNATURE)
    while position < len(png):
        (length,) = struct.unpack_from(">I", png, position)
        kind, body = png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed += body
        position += 12 + length
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 8 or colour not in CHANNELS or interlaced:
        raise ValueError(f"Cannot read picture: expected 8 bits and no interlacing, got {depth} bits, type {colour}.")
    size = CHANNELS[colour]
    rows = zlib.decompress(packed)
    stride = width * size
    if len(rows) != height * (stride + 1):
        raise ValueError(f"Cannot read picture: expected {height * (stride + 1)} bytes of pixels, got {len(rows)}.")
    seen: set[bytes] = set()
    above = bytearray(stride)
    for start in range(0, len(rows), stride + 1):
        row = unfiltered(rows[start], bytearray(rows[start + 1 : start + 1 + stride]), above, size)
        if row != above or not seen:
            seen.update(bytes(row[pixel : pixel + size]) for pixel in range(0, stride, size))
        above = row
    return len(seen)


def unfiltered(kind: int, row: bytearray, above: bytearray, size: int) -> bytearray:
    """One row with its PNG filter (0 none, 1 left, 2 up, 3 average, 4 Paeth) taken back, in place."""
    if kind == 2:
        return bytearray((value + up) & 255 for value, up in zip(row, above, strict=True))
    for i, up in enumerate(above if kind else b""):
        left = row[i - size] if i >= size else 0
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + up) // 2
        else:
            guess = paeth(left, up, above[i - size] if i >= size else 0)
        row[i] = (row[i] + guess) & 255
    return row


def paeth(left: int, up: int, corner: int) -> int:
    """Of the three neighbours the one nearest to left + up - corner, ties in this order."""
    target = left + up - corner
    return min((left, up, corner), key=lambda value: abs(target - value))


def main(path: str) -> int:
    """Say what the picture holds; the exit code."""
    pixels = distinct_pixels(Path(path).read_bytes())
    print(f"{Path(path).name}: {pixels} different pixels")
    if pixels < LEAST:
        print(f"{Path(path).name} is blank: expected at least {LEAST} different pixels, got {pixels}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
