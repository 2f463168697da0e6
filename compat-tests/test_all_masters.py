"""The life of a worker under masters from 2.0.0 to the latest: start, ramp, stop, start again, quit."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from support.cluster import UNREACHABLE, Cluster
from support.settings import OLD_MASTERS, VENV, venv_of
from support.workers import cpp_worker

VENVS = {"latest": VENV} | {version: venv_of(version) for version in OLD_MASTERS}

SPAWNED = {
    12: {"EchoUser": 3, "ShopUser": 7, "SlowShopUser": 2},
    5: {"EchoUser": 1, "ShopUser": 3, "SlowShopUser": 1},
}
"""How masters deal users to the classes of shop.py, whose weights are 3 to 1 to 1."""


@pytest.mark.parametrize("version", VENVS)
def test_start_ramp_stop_restart_quit(ended, tmp_path, version):
    options = ["--stop-timeout", 4, "--loglevel", "DEBUG"]
    cluster = Cluster(
        ended, tmp_path, lambda port: cpp_worker(port, "shop"), venv=VENVS[version], options=options
    )
    for steps in ([4, 12, 5], [12]):
        cluster.ramp(*steps, spawn_rate=4)  # a master sends a spawn each second
        cluster.ui.wait_requests(60)
        for name in (UNREACHABLE, "ECHO refused"):
            cluster.ui.wait_requests(1, name)
        cluster.wait_spawned(SPAWNED[steps[-1]])
        cluster.stop()
        assert without_echo(cluster.table()) == cluster.seen()
    cluster.master.signal(signal.SIGTERM)
    assert cluster.worker.wait() == 0
    cluster.master.wait()
    assert cluster.master.complaints() == []
    assert cluster.worker.complaints() == []


def without_echo(table: Counter) -> Counter:
    """The rows of requests that nginx can know of."""
    return Counter({name: count for name, count in table.items() if not name.startswith("ECHO")})
