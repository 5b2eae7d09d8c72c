"""Looking at a picture file: what it is and how large, by its first bytes."""

from __future__ import annotations

import struct
from typing import NamedTuple

MOST_BYTES = 1_000_000
_MOST_PIXELS = 8000


class Size(NamedTuple):
    """What a picture is: png, jpg or gif, and its width and height in pixels."""

    kind: str
    width: int
    height: int


def measure(content: bytes) -> Size | None:
    """Return what a picture is; None when it is no PNG, JPEG or GIF of a usual size."""
    size = _png(content) or _gif(content) or _jpeg(content)
    if size is None or not (0 < size.width <= _MOST_PIXELS and 0 < size.height <= _MOST_PIXELS):
        return None
    return size


def _png(content: bytes) -> Size | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return Size("png", *struct.unpack(">II", content[16:24]))


def _gif(content: bytes) -> Size | None:
    if content[:6] not in {b"GIF87a", b"GIF89a"} or len(content) < 10:
        return None
    return Size("gif", *struct.unpack("<HH", content[6:10]))


def _jpeg(content: bytes) -> Size | None:
    """Walk from segment to segment until the one that holds the size."""
    if content[:3] != b"\xff\xd8\xff":
        return None
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return Size("jpg", width, height)
        place += 2 + length
    return None
