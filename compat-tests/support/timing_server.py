"""A server that remembers when each request arrived."""

from __future__ import annotations

import time

from .threaded_server import Handler, ThreadedServer


class TimingServer(ThreadedServer):
    def __init__(self):
        arrivals = self.arrivals = []

        class TimingHandler(Handler):
            def do_GET(self):
                arrivals.append(time.time())
                self.answer(200, "hello", None)

        super().__init__(TimingHandler)
