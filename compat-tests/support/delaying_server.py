"""A server whose phases are as long as a test wants: it waits before it accepts, before its TLS handshake, before it reads a body, before
its response and in the middle of it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .misbehaving_server import make_certificate
from .settings import LOOPBACK


@dataclass(frozen=True)
class Delays:
    """Seconds; 0: none."""

    connect: float = 0.0
    """Of the first connection, which takes at least so long."""
    tls: float = 0.0
    body: float = 0.0
    wait: float = 0.0
    receive: float = 0.0


class DelayingServer:
    """Serves at `url`, one thread per connection, until stop(). With `folder`: HTTPS, with a certificate made there."""

    RECEIVE_BUFFER = 65536
    """Small, so that a large body can't be sent before the server reads it."""

    def __init__(self, delays: Delays, folder: Path | None = None, keeps_connections: bool = True):
        self.delays = delays
        self._keeps_connections = keeps_connections
        self._context = None
        if folder is not None:
            certificate, key = folder / "delaying.pem", folder / "delaying.key"
            make_certificate(certificate, key, "localhost")
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate, key)
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.RECEIVE_BUFFER)
        self._listener.bind((LOOPBACK, 0))
        self._listener.listen(0 if delays.connect > 0 else 100)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if self._context else 'http'}://{LOOPBACK}:{self.port}"
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        if self.delays.connect > 0:
            self._keep_out()
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _keep_out(self) -> None:
        """Waits until the client is connecting, and then for the delay. Meanwhile the queue of connections is full, so the
        kernel drops the client's packets. The client's kernel repeats them after a second."""
        others = []
        while (other := self._connected()) is not None:
            others.append(other)
        while not self._is_connecting():
            time.sleep(0.01)
        time.sleep(self.delays.connect)
        for other in others:
            self._listener.accept()[0].close()
            other.close()

    def _connected(self) -> socket.socket | None:
        other = socket.socket()
        other.settimeout(0.2)
        try:
            other.connect((LOOPBACK, self.port))
            return other
        except TimeoutError:
            other.close()
            return None

    def _is_connecting(self) -> bool:
        syn_sent = "02"
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return any(line.split()[2].endswith(f":{self.port:04X}") and line.split()[3] == syn_sent for line in lines)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._context is not None:
                    connection.recv(1, socket.MSG_PEEK)  # the client has begun
                    time.sleep(self.delays.tls)
                    connection = self._context.wrap_socket(connection, server_side=True)
                with connection:
                    while self._exchange(connection) and self._keeps_connections:
                        pass
            except OSError:  # the run has ended
                pass

    def _exchange(self, connection: socket.socket) -> bool:
        received = b""
        while b"\r\n\r\n" not in received:
            if not (piece := connection.recv(65536)):
                return False
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        size = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        if size > 0:
            time.sleep(self.delays.body)
        missing = size - len(body)
        while missing > 0 and (piece := connection.recv(min(missing, 1 << 20))):
            missing -= len(piece)
        time.sleep(self.delays.wait)
        last = b"" if self._keeps_connections else b"Connection: close\r\n"
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + last + b"Content-Length: 6\r\n\r\nabc")
        time.sleep(self.delays.receive)
        connection.sendall(b"def")
        return True
