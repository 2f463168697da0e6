"""A TLS server for locustfiles/tcp_tls: it carries out the commands of its clients, each connection on a thread."""

from __future__ import annotations

import hashlib
import select
import socket
import ssl
import threading
from collections import Counter
from pathlib import Path

from .misbehaving_server import make_certificate
from .settings import LOOPBACK, PATIENCE


PATTERN = bytes((i * 7 + i // 251) & 255 for i in range(2_000_000))
"""As that of locustfiles/tcp_tls.cpp."""


class TlsServer:
    """
    @param name Of the host that the certificate is for.
    @param clients Certificates of which each client must show one.
    @param starts_later Each connection begins without TLS.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "localhost",
        version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        clients: tuple[Path, ...] = (),
        starts_later: bool = False,
        alpn: str = "",
    ):
        self.certificate = folder / f"{name}.pem"
        make_certificate(self.certificate, folder / f"{name}.key", name)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, folder / f"{name}.key")
        self._context.minimum_version = self._context.maximum_version = version
        self._context.sni_callback = lambda _socket, name, _context: self._count("names", name)
        if alpn:
            self._context.set_alpn_protocols([alpn])
        if clients:
            self._context.verify_mode = ssl.CERT_REQUIRED
            for certificate in clients:
                self._context.load_verify_locations(certificate)
        self._starts_later = starts_later
        self._changed = threading.Condition()
        self.seen: dict[str, Counter] = {"names": Counter(), "clients": Counter(), "ends": Counter(), "errors": Counter()}
        """What the clients have sent: the names of SNI and of their certificates, how their connections ended."""
        self._listener = socket.create_server((LOOPBACK, 0), backlog=1000)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def ends(self, connections: int) -> Counter:
        """How connections ended, when this number of them has ended: the server notices an end later than the client."""
        with self._changed:
            self._changed.wait_for(lambda: self.seen["ends"].total() >= connections, PATIENCE)
            return Counter(self.seen["ends"])

    def _count(self, what: str, value) -> None:
        with self._changed:
            self.seen[what][value] += 1
            self._changed.notify_all()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        plain.settimeout(60)
        try:
            if self._starts_later:
                assert plain.recv(100) == b"STARTTLS\n"
                plain.sendall(b"go\n")
            with self._context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False) as connection:
                if certificate := connection.getpeercert():
                    self._count("clients", certificate["subject"][0][0][1])
                self._obey(connection, connection.makefile("rb"))
        except (OSError, ValueError) as error:
            self._count("errors", type(error).__name__)
        finally:
            plain.close()

    def _obey(self, connection: ssl.SSLSocket, lines) -> None:
        while line := lines.readline():
            command, _, count = line.decode().strip().partition(" ")
            if command == "echo":
                connection.sendall(lines.read(int(count)))
            elif command == "both":
                self._send_and_receive(connection, lines, int(count))
                return
            elif command == "cut":  # without a close_notify
                connection.sendall(b"the end\n")
                connection.shutdown(socket.SHUT_RDWR)
                return
            elif command == "bye":
                connection.sendall(b"the end\n")
                connection.unwrap()
                return
        self._count("ends", "close_notify")  # without it there is an SSLEOFError

    def _send_and_receive(self, connection: ssl.SSLSocket, lines, count: int) -> None:
        """On one thread: Python's SSLSocket is not safe for two."""
        data = PATTERN[:count]
        received = hashlib.sha256(lines.read(len(lines.peek())))  # what came with the command
        sent = 0
        connection.setblocking(False)
        while True:
            moved = False
            try:
                if sent < count:
                    sent += connection.send(data[sent : sent + 65536])
                    moved = True
            except ssl.SSLWantWriteError:
                pass
            try:
                part = connection.recv(65536)
                if not part:
                    break
                received.update(part)
                moved = True
            except ssl.SSLWantReadError:
                pass
            if not moved:
                select.select([connection], [connection] if sent < count else [], [], 60)
        connection.setblocking(True)
        connection.sendall(data[sent:])
        self._count("ends", "close_notify")
        complete = received.digest() == hashlib.sha256(data).digest()
        connection.sendall(b"complete\n" if complete else b"different\n")
