"""A web server that fails above a rate."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter

from .settings import LOOPBACK

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy"


class LimitedServer:
    """Answers up to `limit` requests of each second; 503 to the others. A loop in a thread, because a thread per
    connection would take too much CPU time."""

    def __init__(self, limit: int):
        counts: Counter = Counter()
        failures = self._failures = Counter()

        class Connection(asyncio.Protocol):
            def connection_made(self, transport):
                self._transport = transport
                self._rest = b""

            def data_received(self, data):
                *requests, self._rest = (self._rest + data).split(b"\r\n\r\n")
                for request in requests:
                    second = int(time.time())
                    counts[second] += 1
                    is_over = counts[second] > limit
                    failures[request.split(b" ", 2)[1].decode()] += is_over
                    self._transport.write(_BUSY if is_over else _OK)

        self._loop = asyncio.new_event_loop()
        server = self._loop.run_until_complete(self._loop.create_server(Connection, LOOPBACK, 0, backlog=1000))
        self.url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def failures(self) -> int:
        return sum(self._failures.values())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
