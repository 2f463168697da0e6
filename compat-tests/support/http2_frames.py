"""The server's side of HTTP/2 in a few lines: frames as they are, the headers of requests undecoded."""

from __future__ import annotations

import struct

from .scripted_server import Closed, Peer

_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM = 0, 2, 7


class Http2:
    """One connection, from the preface on."""

    def __init__(self, peer: Peer):
        self.peer = peer
        peer.start_tls()
        assert peer.alpn() == "h2"
        assert peer.read(24).startswith(b"PRI * HTTP/2.0")
        self._send(_SETTINGS, 0, 0)

    def request(self) -> int:
        """The stream of the next request; its body is read. Throws Closed at the end of the connection."""
        while True:
            head = self.peer.read(9)
            size, (stream,) = int.from_bytes(head[:3], "big"), struct.unpack("!I", head[5:])
            kind, flags, payload = head[3], head[4], self.peer.read(size)
            if kind == _SETTINGS and not flags & _ACK:
                self._send(_SETTINGS, _ACK, 0)
            elif kind == _PING and not flags & _ACK:
                self._send(_PING, _ACK, 0, payload)
            elif kind == _DATA and payload:
                for window in (0, stream):
                    self._send(_WINDOW_UPDATE, 0, window, struct.pack("!I", size))
            if kind in (_HEADERS, _DATA) and flags & _END_STREAM:
                self.peer.note(f"stream {stream}")
                return stream

    def answer(self, stream: int, body: bytes = b"ok") -> None:
        length = str(len(body)).encode()
        fields = b"".join(b"\0" + bytes([len(n)]) + n + bytes([len(v)]) + v for n, v in ((b":status", b"200"), (b"content-length", length)))
        self._send(_HEADERS, _END_HEADERS, stream, fields)
        self._send(_DATA, _END_STREAM, stream, body)

    def answer_all(self) -> None:
        while True:
            self.answer(self.request())

    def go_away(self, last_stream: int) -> None:
        self._send(_GOAWAY, 0, 0, struct.pack("!II", last_stream, NO_ERROR))

    def reset(self, stream: int, error: int) -> None:
        self._send(_RST_STREAM, 0, stream, struct.pack("!I", error))

    def wait_for_end(self) -> None:
        try:
            while True:
                self.peer.receive()
        except Closed:
            pass

    def _send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        self.peer.send(struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload)
