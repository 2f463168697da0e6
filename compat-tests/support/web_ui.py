"""The HTTP interface of a stock master, as its web page uses it."""

from __future__ import annotations

import csv
import io
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from .settings import LOOPBACK, PATIENCE

CACHE_S = 2.0


class WebUi:
    """@param port What the master was given as --web-port.
    @param patience Seconds to wait for an answer.
    """

    def __init__(self, port: int, host: str = LOOPBACK, patience: float = PATIENCE):
        self._url = f"http://{host}:{port}"
        self._patience = patience

    def swarm(self, users: int, *, spawn_rate: float = 100, **form: str) -> None:
        """Starts a test, or changes the number of users of the one that runs."""
        answer = json.loads(self._post("/swarm", {"user_count": users, "spawn_rate": spawn_rate, **form}))
        assert answer["success"], answer

    def stop(self) -> None:
        """Ends the test; returns when all workers are ready again."""
        self.ask_to_stop()
        self.wait_state("stopped")

    def ask_to_stop(self) -> None:
        """Ends the test; returns when the master has waited for its workers, a minute at most."""
        self._get("/stop")

    def stats(self) -> dict[str, Any]:
        """The master answers from a cache of CACHE_S."""
        return json.loads(self._get("/stats/requests"))

    def request_counts(self) -> dict[tuple[str, str], int]:
        """Requests by type and name. Not from the cache."""
        rows = csv.DictReader(io.StringIO(self._get("/stats/requests/csv").decode()))
        return {(row["Type"], row["Name"]): int(row["Request Count"]) for row in rows}

    def exceptions(self) -> list[dict[str, Any]]:
        return json.loads(self._get("/exceptions"))["exceptions"]

    def worker_logs(self) -> list[str]:
        """What the Logs tab shows of all workers."""
        return [line for lines in json.loads(self._get("/logs"))["workers"].values() for line in lines]

    def report(self) -> str:
        """The HTML report."""
        return self._get("/stats/report").decode()

    def text(self, path: str) -> str:
        """What a web route of the locustfile answers."""
        return self._get(path).decode()

    def page(self) -> str:
        return self._get("/").decode()

    def change_class(self, settings: dict[str, Any]) -> None:
        """What the class picker sends when an attribute is edited."""
        json_type = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url + "/user", json.dumps(settings).encode(), json_type)
        urllib.request.urlopen(request, timeout=PATIENCE).close()

    def requests(self, name: str | None = None) -> int:
        return requests_in(self.stats(), name)

    def wait_for(self, condition, what: str) -> None:
        self.wait_until(lambda _: condition(), what)

    def wait_state(self, state: str) -> None:
        self.wait_until(lambda stats: stats["state"] == state, f"state {state}")

    def wait_requests(self, count: int, name: str | None = None) -> None:
        """Waits until so many requests have been reported."""
        self.wait_until(lambda stats: requests_in(stats, name) >= count, f"{count} requests {name or ''}")

    def wait_until(self, condition, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition(stats := self.stats()):
            if time.monotonic() > deadline:
                rows = {f"{row['method']} {row['name']}": row["num_requests"] for row in stats["stats"]}
                users = stats["user_count"]
                raise AssertionError(
                    f"no {what} within {PATIENCE} s: {stats['state']}, {users} users, {rows}"
                )
            time.sleep(0.1)

    def _post(self, path: str, form: dict[str, Any]) -> bytes:
        return self._open(path, urllib.parse.urlencode(form).encode())

    def _get(self, path: str) -> bytes:
        """Both what all masters take by GET and what only older ones do (/stop is POST from 2.47)."""
        try:
            return self._open(path, None)
        except urllib.error.HTTPError as error:
            if error.code != 405:
                raise
        return self._open(path, b"")

    def _open(self, path: str, body: bytes | None) -> bytes:
        """A master that has just been started may say that it listens a moment before it does."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                with urllib.request.urlopen(self._url + path, data=body, timeout=self._patience) as answer:
                    return answer.read()
            except urllib.error.HTTPError:
                raise
            except urllib.error.URLError as error:
                if not isinstance(error.reason, ConnectionRefusedError) or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


def requests_in(stats: dict[str, Any], name: str | None = None) -> int:
    """The requests of a row (`METHOD name`), or of all of them."""
    return sum(
        row["num_requests"]
        for row in stats["stats"]
        if row["name"] != "Aggregated" and name in (None, f"{row['method']} {row['name']}")
    )
