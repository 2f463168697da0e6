"""A web server at an address of its own, which can vanish."""

from __future__ import annotations

import contextlib
import socket
import threading


class Target:
    """Answers each request with 200.

    @param keeps False: closes the connection after each response.
    """

    def __init__(self, address: str, port: int, *, keeps: bool = True):
        self._head = b"" if keeps else b"Connection: close\r\n"
        self._listener = socket.create_server((address, port), backlog=1000)
        self._connections: list[socket.socket] = []
        self.url = f"http://{address}:{port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                connection.sendall(b"HTTP/1.1 200 OK\r\n" + self._head + b"Content-Length: 2\r\n\r\nok")
                if self._head:
                    break
        connection.close()
