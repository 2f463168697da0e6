"""A web server that answers a request only when others of the same user have arrived."""

from __future__ import annotations

import threading
from collections import Counter

from .settings import PATIENCE
from .threaded_server import Handler, ThreadedServer


class MeetingServer(ThreadedServer):
    """`/hold/N/…` is answered when N requests for such a path have arrived, and sets a cookie with the path's last part.
    `/style.css` and `/logo.png` of one session are answered together, and so are the six `/part/…`; a session begins
    with `/`. `/never` is never answered. A request whose companions don't come is answered with 500."""

    def __init__(self):
        outer = self
        self._lock = threading.Lock()
        self._meetings: dict[tuple, threading.Barrier] = {}
        self._sessions = 0
        self._end = threading.Event()
        self.requests: Counter = Counter()
        self.connections = 0
        self.last_cookies = ""

        class MeetingHandler(Handler):
            def setup(self):
                super().setup()
                with outer._lock:
                    outer.connections += 1

            def do_GET(self):
                with outer._lock:
                    outer.requests[self.path] += 1
                cookies = self.headers.get("Cookie", "")
                first, *rest = self.path.strip("/").split("/")
                answer_headers = {}
                met = True
                if self.path == "/never":
                    outer._end.wait()
                elif first == "hold":
                    met = outer._meet(int(rest[0]), rest[0])
                    answer_headers["Set-Cookie"] = f"c{rest[1]}=1; Path=/"
                elif first in ("style.css", "logo.png"):
                    met = outer._meet(2, "page", cookies)
                elif first == "part":
                    met = outer._meet(6, "part", cookies)
                elif self.path == "/" and not cookies:
                    answer_headers["Set-Cookie"] = f"session={outer._new_session()}"
                elif self.path == "/cookies":
                    outer.last_cookies = cookies
                self.answer(200 if met else 500, "ok", answer_headers)

        super().__init__(MeetingHandler)

    def stop(self) -> None:
        self._end.set()
        super().stop()

    def _new_session(self) -> int:
        with self._lock:
            self._sessions += 1
            return self._sessions

    def _meet(self, count: int, *key) -> bool:
        with self._lock:
            barrier = self._meetings.setdefault(key, threading.Barrier(count))
        try:
            barrier.wait(PATIENCE)
        except threading.BrokenBarrierError:
            return False
        return True
