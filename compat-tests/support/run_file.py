"""Reads run files as docs/run-file.md describes them, independently of cpp-worker."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import msgpack

FIRST_LINE = b"cpp-worker run file 1\n"
MARKER = b"\x93RUN"


def blocks(path: Path) -> list[dict]:
    """The blocks up to the first one that is incomplete."""
    raw = path.read_bytes()
    assert raw.startswith(FIRST_LINE)
    offset = len(FIRST_LINE)
    found = []
    while raw[offset : offset + 4] == MARKER and len(raw) >= offset + 12:
        length, checksum = struct.unpack_from("<II", raw, offset + 4)
        packed = raw[offset + 12 : offset + 12 + length]
        if len(packed) < length:
            break
        assert zlib.crc32(packed) == checksum
        found.append(msgpack.unpackb(zlib.decompress(packed), strict_map_key=False))
        offset += 12 + length
    return found


def seconds(path: Path) -> list[dict]:
    return [block for block in blocks(path) if block["type"] == "seconds"]


def requests(path: Path) -> int:
    return sum(block["total"].get("n", 0) for block in seconds(path))


def end(path: Path) -> int:
    """The Unix time until which the file has everything."""
    return max(block["begin"] + block["span"] for block in seconds(path))
