"""Every request that nginx saw is in the master's final table: none lost, none counted twice."""

from __future__ import annotations

import json
import re
import time
from collections import Counter

import pytest

from support.nginx import SLOW_SECONDS, Nginx
from support.ports import free_port
from support.processes import Process
from support.settings import PATIENCE
from support.web_ui import WebUi
from support.workers import cpp_worker, stock_master, stock_worker

UNREACHABLE = "GET /nobody"
"""The one row of the locustfile that doesn't go to nginx."""


class Cluster:
    """nginx, a stock master that is driven through its web UI, and one worker."""

    def __init__(self, ended, tmp_path, start_worker, stop_timeout: int, classes: list[str]):
        self.nginx = ended(Nginx(tmp_path))
        port, web_port = free_port(), free_port()
        self.master = ended(
            stock_master(
                port,
                "shop",
                cwd=tmp_path,
                options=[
                    "--web-host",
                    "127.0.0.1",
                    "--web-port",
                    web_port,
                    "--host",
                    self.nginx.url,
                    "--stop-timeout",
                    stop_timeout,
                    *classes,
                ],
            )
        )
        self.worker: Process = ended(start_worker(port, "shop"))
        self.master.expect("reported as ready")
        self.ui = WebUi(web_port)
        self._seen_before: Counter = Counter()

    def ramp(self, *steps: int) -> None:
        """Starts a test and changes its number of users."""
        self._seen_before = self.nginx.requests()
        for users in steps:
            self.ui.swarm(users)
            self.ui.wait_until(lambda stats, users=users: stats["user_count"] == users, f"{users} users")

    def stop(self) -> None:
        """Ends the test; returns when the worker is ready for the next one."""
        ready_lines = len(self.master.matching("reported as ready"))
        self.ui.stop()
        self.master.expect("reported as ready", count=ready_lines + 1)

    def table(self) -> Counter:
        """The master's rows of this test."""
        rows = self.ui.stats()["stats"]
        return Counter(
            {
                f"{row['method']} {row['name']}": row["num_requests"]
                for row in rows
                if row["name"] != "Aggregated"
            }
        )

    def seen(self) -> Counter:
        """What nginx has seen since this test began."""
        return self.nginx.requests() - self._seen_before


@pytest.fixture(params=[stock_worker, cpp_worker])
def start_worker(request):
    """Both kinds of workers: what the stock one can't do would be no claim of ours."""
    return request.param


def test_table_equals_what_nginx_saw(ended, tmp_path, start_worker):
    cluster = Cluster(ended, tmp_path, start_worker, stop_timeout=4, classes=["ShopUser", "SlowShopUser"])
    for steps in ([4, 12], [8, 3, 6]):
        cluster.ramp(*steps)
        cluster.ui.wait_requests(60)
        cluster.stop()
        wait_settled(cluster)
        table = cluster.table()
        unreachable = table.pop(UNREACHABLE, 0)
        assert table == cluster.seen()
        assert table["GET /slow"] > 0
        assert table["GET /"] > 0
        assert unreachable > 0
    assert not cluster.worker.matching(CUT_OFF)


def wait_settled(cluster: Cluster) -> None:
    """A stock worker's last report of a run comes up to 3 s after it has stopped."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        table = cluster.table()
        table.pop(UNREACHABLE, 0)
        if table == cluster.seen():
            return
        time.sleep(0.1)


CUT_OFF = r"Requests cut off while stopping: (\{.*\})"


def test_the_log_names_the_requests_that_a_stop_cut_off(ended, tmp_path):
    cluster = Cluster(ended, tmp_path, cpp_worker, stop_timeout=0, classes=["ShopUser", "SlowShopUser"])
    for _ in range(2):
        lines_before = len(cluster.worker.matching(CUT_OFF))
        cluster.ramp(12)
        cluster.ui.wait_requests(40)
        cluster.stop()
        wait_logged(cluster)
        table = cluster.table()
        table.pop(UNREACHABLE, 0)
        cut: Counter = Counter()
        for line in cluster.worker.matching(CUT_OFF)[lines_before:]:
            cut.update(json.loads(re.search(CUT_OFF, line)[1]))
        assert cut["GET /slow"] > 0  # three of four users of that class wait for an answer at any time
        assert table + cut == cluster.seen()


def wait_logged(cluster: Cluster) -> None:
    """nginx writes a request down when it notices that nobody waits for the answer any more."""
    quiet_since, before = time.monotonic(), cluster.seen()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < min(quiet_since + 2 * SLOW_SECONDS, deadline):
        time.sleep(0.1)
        if (now := cluster.seen()) != before:
            quiet_since, before = time.monotonic(), now
