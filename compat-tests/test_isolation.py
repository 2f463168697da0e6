"""Users of one worker are strangers to each other, and thousands of them cost no thread each."""

from __future__ import annotations

import os
import resource

import pytest

from support.misbehaving_server import MisbehavingServer
from support.settings import LOOPBACK
from support.stage import Stage
from support.workers import SELF_CHECK, cpp_worker

pytestmark = pytest.mark.skipif(SELF_CHECK, reason="about cpp-worker's own threads and handles")

USERS = 60
NEWCOMERS = 3000

THREADS_MAX = 24
"""Two shards, the control thread, ZeroMQ's, logging, and a few that look up names."""


@pytest.fixture
def server(ended, tmp_path):
    return ended(MisbehavingServer(tmp_path))


def start(ended, server) -> Stage:
    # cpp_worker() gives it two threads: 30 users share the pooled handles of each.
    environment = {"HTTP_CERTIFICATE": str(server.certificate)}
    stage = ended(Stage(lambda port: cpp_worker(port, "http_cases", env=environment)))
    stage.wait_connected()
    return stage


@pytest.mark.parametrize("user_class", ["NumberedUser", "NumberedFastUser"])
def test_users_share_no_cookie_connection_or_tls_session(ended, server, user_class):
    stage = start(ended, server)
    stage.master.spawn({user_class: USERS}, host=server.tls_url)
    stage.master.wait_for("user_done", count=USERS)
    seen = server.take_seen()
    assert len(seen) == USERS
    owners: dict[int, str] = {}
    for user, requests in seen.items():
        assert len(requests) == 9
        for i, request in enumerate(requests):
            cookies = [value for name, value in request["headers"] if name.lower() == "cookie"]
            assert cookies == ([f"number={user.removeprefix('user-')}"] if i else []), user
            assert owners.setdefault(request["socket"], user) == user
        assert [request["connection"] for request in requests] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
        # A connection that was kept isn't resumed, by its user or by another.
        assert [request["resumed"] for request in requests[::3]] == [False, False, False]


@pytest.fixture
def many_files():
    """This process has the server's ends of the connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_first_requests_to_a_name_need_few_threads(ended, server):
    stage = start(ended, server)
    most = 0

    def threads_and_rows() -> bool:
        nonlocal most
        most = max(most, len(os.listdir(f"/proc/{stage.worker.pid}/task")))
        rows = [row for m in stage.master.of_type("stats") for row in m.data["stats"]]
        return sum(row["num_requests"] for row in rows) >= NEWCOMERS

    stage.master.spawn({"NewcomerUser": NEWCOMERS}, host=server.url.replace(LOOPBACK, "localhost"))
    stage.master.wait_until(threads_and_rows, "row of all first requests")
    requests = server.take_seen()["newcomer"]
    assert len(requests) == len({request["socket"] for request in requests}) == NEWCOMERS
    assert not [m for m in stage.master.of_type("stats") if m.data["errors"]]
    assert most <= THREADS_MAX
