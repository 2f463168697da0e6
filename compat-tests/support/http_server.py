"""A web server in the test's own process, for the examples; counts what it is asked for."""

from __future__ import annotations

import threading
from collections import Counter
from urllib.parse import parse_qs

from .threaded_server import Handler, ThreadedServer


class HttpServer(ThreadedServer):
    """Answers any path; `/login` is a form with a token, `/profile` greets who has logged in. Whoever sends a key
    must send the right one, `k3y`."""

    def __init__(self):
        outer = self
        self._lock = threading.Lock()
        self._requests: Counter = Counter()

        class CountingHandler(Handler):
            def do_GET(self):
                if self.path == "/login":
                    form = '<form><input type="hidden" name="csrf" value="token7"></form>'
                    self._answer(200, form, {"Set-Cookie": "form=shown"})
                elif self.path == "/profile":
                    cookies = self.headers.get("Cookie", "")
                    self._answer(200, "Hello ann" if "session=ann" in cookies else "Who are you?")
                elif self.headers.get("X-Api-Key", "k3y") != "k3y":
                    self._answer(401, "wrong key")
                else:
                    self._answer(200, "hello")

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                if self.path == "/login":
                    right = parse_qs(body) == {"user": ["ann"], "password": ["secret"], "csrf": ["token7"]}
                    right = right and "form=shown" in self.headers.get("Cookie", "")
                    if right:
                        self._answer(303, "", {"Location": "/profile", "Set-Cookie": "session=ann"})
                    else:
                        self._answer(403, "wrong")
                else:
                    self._answer(201, "made")

            def _answer(self, status, text, headers=None):
                with outer._lock:
                    outer._requests[f"{self.command} {self.path.partition('?')[0]}"] += 1
                self.answer(status, text, headers)

        super().__init__(CountingHandler)

    def requests(self) -> Counter:
        """How often it was asked for each `METHOD path`."""
        with self._lock:
            return Counter(self._requests)
