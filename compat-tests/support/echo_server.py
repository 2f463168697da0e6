"""A server for examples/locustfiles/custom_client: each line comes back."""

from __future__ import annotations

import socketserver
import threading

from .settings import LOOPBACK


class EchoServer:
    def __init__(self):
        outer = self
        self.lines = 0
        self._lock = threading.Lock()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                for line in self.rfile:
                    with outer._lock:
                        outer.lines += 1
                    self.wfile.write(line)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

        self._server = Server((LOOPBACK, 0), Handler)
        self.address = f"{LOOPBACK}:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
