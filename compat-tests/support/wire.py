"""Locust's frames: one msgpack array `[type, data, node_id]`."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import msgpack


@dataclass(frozen=True)
class Message:
    """A decoded frame and the moment it was seen (seconds, monotonic clock)."""

    type: str
    data: Any
    node_id: str
    time: float = field(default_factory=time.monotonic, compare=False)


def encode(message_type: str, data: Any, node_id: str) -> bytes:
    return msgpack.packb((message_type, data, node_id))


def decode(frame: bytes) -> Message:
    """@throws ValueError for anything that a stock master would not take for a message."""
    parts = msgpack.unpackb(frame, raw=False, strict_map_key=False)
    if not isinstance(parts, list) or len(parts) != 3:
        raise ValueError(f"not an array of three: {parts!r}")
    return Message(*parts)
