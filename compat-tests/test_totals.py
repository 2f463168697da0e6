"""Every request that nginx saw is in the master's final table: none lost, none counted twice."""

from __future__ import annotations

import json
import re
import time
from collections import Counter

import pytest

from support.cluster import UNREACHABLE, Cluster
from support.nginx import SLOW_SECONDS
from support.settings import PATIENCE
from support.workers import cpp_worker, stock_worker

CLASSES = ["ShopUser", "SlowShopUser"]


def shop(start_worker):
    return lambda port: start_worker(port, "shop")


@pytest.fixture(params=[stock_worker, cpp_worker])
def start_worker(request):
    """Both kinds of workers: what the stock one can't do would be no claim of ours."""
    return shop(request.param)


def test_table_equals_what_nginx_saw(ended, tmp_path, start_worker):
    cluster = Cluster(ended, tmp_path, start_worker, options=["--stop-timeout", 4, *CLASSES])
    for steps in ([4, 12], [8, 3, 6]):
        cluster.ramp(*steps)
        cluster.ui.wait_requests(60)
        cluster.ui.wait_requests(1, UNREACHABLE)
        cluster.stop()
        cluster.wait_settled()
        table = cluster.table()
        assert table == cluster.seen()
        assert table["GET /slow"] > 0
        assert table["GET /"] > 0
    assert not cluster.worker.matching(CUT_OFF)


CUT_OFF = r"Requests cut off while stopping: (\{.*\})"


def test_the_log_names_the_requests_that_a_stop_cut_off(ended, tmp_path):
    cluster = Cluster(ended, tmp_path, shop(cpp_worker), options=["--stop-timeout", 0, *CLASSES])
    for _ in range(2):
        lines_before = len(cluster.worker.matching(CUT_OFF))
        cluster.ramp(12)
        cluster.ui.wait_requests(40)
        cluster.stop()
        wait_logged(cluster)
        cut: Counter = Counter()
        for line in cluster.worker.matching(CUT_OFF)[lines_before:]:
            cut.update(json.loads(re.search(CUT_OFF, line)[1]))
        assert cut["GET /slow"] > 0  # three of four users of that class wait for an answer at any time
        assert cluster.table() + cut == cluster.seen()


def wait_logged(cluster: Cluster) -> None:
    """nginx writes a request down when it notices that nobody waits for the answer any more."""
    quiet_since, before = time.monotonic(), cluster.seen()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < min(quiet_since + 2 * SLOW_SECONDS, deadline):
        time.sleep(0.1)
        if (now := cluster.seen()) != before:
            quiet_since, before = time.monotonic(), now
