"""An HTTPS server that offers HTTP/2 only and sends the frames that a test asks for. It does not decode requests."""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from pathlib import Path

from .settings import LOOPBACK

_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY = 0, 1, 3, 4, 6, 7
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
REFUSED_STREAM = 7


class Http2Connection:
    def __init__(self, number: int, sock: ssl.SSLSocket):
        self.number = number
        """From 0, in the order of the connections."""
        self._socket = sock
        self._file = sock.makefile("rb")

    def begin(self) -> None:
        assert self._file.read(24).startswith(b"PRI * HTTP/2.0")
        self._send(_SETTINGS, 0, 0)

    def request(self) -> int | None:
        """The stream of the next complete request. None at the end of the connection."""
        while len(head := self._file.read(9)) == 9:
            size, kind, flags, stream = int.from_bytes(head[:3], "big"), head[3], head[4], int.from_bytes(head[5:], "big")
            payload = self._file.read(size)
            if kind in (_SETTINGS, _PING) and not flags & _ACK:
                self._send(kind, _ACK, 0, payload if kind == _PING else b"")
            elif kind in (_HEADERS, _DATA) and flags & _END_STREAM:
                return stream
        return None

    def answer(self, stream: int, body: bytes) -> None:
        fields = {b":status": b"200", b"content-length": str(len(body)).encode()}
        literals = (b"\0" + bytes([len(k)]) + k + bytes([len(v)]) + v for k, v in fields.items())
        self._send(_HEADERS, _END_HEADERS, stream, b"".join(literals))
        self._send(_DATA, _END_STREAM, stream, body)

    def reset(self, stream: int, error: int) -> None:
        self._send(_RST_STREAM, 0, stream, struct.pack("!I", error))

    def go_away(self, last_stream: int) -> None:
        self._send(_GOAWAY, 0, 0, struct.pack("!II", last_stream, 0))

    def _send(self, kind: int, flags: int, stream: int, payload: bytes = b"") -> None:
        self._socket.sendall(len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload)


class Http2Server:
    """Calls `handler` on a thread per connection; the connection ends with it."""

    def __init__(self, certificate: Path, key: Path, handler: Callable[[Http2Connection], None]):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(["h2"])
        outer = self
        self.connections = 0

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError), context.wrap_socket(self.request, server_side=True) as tls:
                    connection = Http2Connection(outer.connections, tls)
                    outer.connections += 1
                    connection.begin()
                    handler(connection)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self._server = Server((LOOPBACK, 0), Handler)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
