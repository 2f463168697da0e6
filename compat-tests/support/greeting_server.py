"""A server that greets as a mail server does, without TLS."""

from __future__ import annotations

import socketserver
import threading

from .settings import LOOPBACK


class GreetingServer:
    def __init__(self):
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(b"220 mail.test ready\r\n")
                self.rfile.read()  # until the client has closed the connection

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self._server = Server((LOOPBACK, 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
