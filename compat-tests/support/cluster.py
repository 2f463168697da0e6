"""nginx, a stock master that is driven through its web port, and its workers."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

from .nginx import Nginx
from .ports import free_port
from .processes import Process
from .settings import LOOPBACK, PATIENCE, VENV
from .web_ui import WebUi
from .workers import PATIENT_MASTER, stock_master

UNREACHABLE = "GET /nobody"
"""The one row of the locustfile `shop` that doesn't go to nginx."""


class Cluster:
    """@param locustfile A name in locustfiles/, or a path without `.py`: the master's.
    @param start_workers Called with the master's port, one after the other.
    @param options More of the master's options, and the classes to run."""

    def __init__(
        self, ended, folder: Path, *start_workers, locustfile="shop", venv=VENV, env=None, options=()
    ):
        self.nginx = ended(Nginx(folder))
        self.web_port, port = free_port(), free_port()
        web = ["--web-host", LOOPBACK, "--web-port", self.web_port, "--host", self.nginx.url]
        self.master = ended(
            stock_master(
                port,
                locustfile,
                venv=venv,
                cwd=folder,
                env=PATIENT_MASTER | (env or {}),
                options=[*web, *options],
            )
        )
        self.workers: list[Process] = []
        for start in start_workers:
            self.workers.append(ended(start(port)))
            self.master.expect("reported as ready", count=len(self.workers))
        self.ui = WebUi(self.web_port)
        self._seen_before: Counter = Counter()

    @property
    def worker(self) -> Process:
        return self.workers[0]

    def ramp(self, *steps: int, spawn_rate: float = 100) -> None:
        """Starts a test and changes its number of users, by so many a second."""
        self.begin()
        for users in steps:
            self.ui.swarm(users, spawn_rate=spawn_rate)
            self.ui.wait_until(lambda stats, users=users: stats["user_count"] == users, f"{users} users")

    def begin(self) -> None:
        """A new test begins: `seen()` counts from here."""
        self._seen_before = self.nginx.requests()

    def stop(self) -> None:
        """Ends the test; returns when the workers are ready for the next one."""
        ready_lines = len(self.master.matching("reported as ready"))
        self.ui.stop()
        self.master.expect("reported as ready", count=ready_lines + len(self.workers))

    def table(self) -> Counter:
        """The master's rows of this test, without the one that doesn't go to nginx."""
        rows = self.ui.stats()["stats"]
        return Counter(
            {
                f"{row['method']} {row['name']}": row["num_requests"]
                for row in rows
                if row["name"] != "Aggregated" and f"{row['method']} {row['name']}" != UNREACHABLE
            }
        )

    def seen(self) -> Counter:
        """What nginx has seen since this test began."""
        return self.nginx.requests() - self._seen_before

    def wait_settled(self) -> None:
        """A stock worker's last report of a run comes up to 3 s after it has stopped."""
        deadline = time.monotonic() + PATIENCE
        while self.table() != self.seen() and time.monotonic() < deadline:
            time.sleep(0.1)

    def wait_spawned(self, expected: dict[str, int]) -> None:
        """Waits until the workers have reported these users per class, as the master then logs."""
        deadline = time.monotonic() + PATIENCE
        while (spawned := self._spawned()) != expected and time.monotonic() < deadline:
            time.sleep(0.1)
        assert spawned == expected

    def _spawned(self) -> dict[str, int]:
        lines = self.master.matching(r"All users spawned: \{.*\}")
        if not lines:
            return {}
        counts = json.loads(lines[-1][lines[-1].index("{") : lines[-1].index("}") + 1])
        return {name: count for name, count in counts.items() if count}
