"""Several requests of one user at a time: gather() and spawn() beside gevent.spawn()."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.meeting_server import MeetingServer
from support.ports import free_port
from support.stage import Stage
from support.transcript import add_up
from support.workers import cpp_worker, stock_master, stock_worker

NOBODY = {"ManyUser": 0, "FewUser": 0, "HeldUser": 0}

CONNECTIONS = {"ManyUser": 14, "FewUser": 3}
"""requests' pool makes twelve, keeps ten of them and makes two more; geventhttpclient's makes `concurrency`."""


@pytest.mark.parametrize("user_class", CONNECTIONS)
def test_rows_connections_and_cookies_are_those_of_a_stock_worker(ended, user_class):
    def play(start_worker):
        server = ended(MeetingServer())
        stage = ended(Stage(lambda port: start_worker(port, "together")))
        stage.wait_connected()
        stage.master.spawn(NOBODY | {user_class: 1}, host=server.url)
        stage.wait_counted("GET", "/cookies", 1)
        sums = add_up([message.data for message in stage.master.of_type("stats")])
        assert not sums["errors"]
        rows = {name: row["num_requests"] for (method, name), row in sums["rows"].items() if method}
        return rows, server.connections, server.last_cookies

    with ThreadPoolExecutor(2) as pool:
        for rows, connections, cookies in pool.map(play, (stock_worker, cpp_worker)):
            assert rows == {"/hold": 24, "/cookies": 1}
            assert connections == CONNECTIONS[user_class]
            assert sorted(cookies.split("; ")) == sorted(f"c{i}=1" for i in range(12))


def test_a_stock_master_stops_users_with_requests_in_a_task_and_beside_it(ended, tmp_path):
    server, port = ended(MeetingServer()), free_port()
    options = ["--headless", "-u", 2, "-r", 100, "-t", "2s", "--stop-timeout", 1, "--expect-workers", 1]
    options += ["--host", server.url, "--csv", tmp_path / "run", "HeldUser"]
    master = ended(stock_master(port, "together", cwd=tmp_path, options=options))
    worker = ended(cpp_worker(port, "together"))
    assert master.wait() == 0
    assert worker.wait() == 0
    cut_off = worker.expect(r"Requests cut off while stopping: (\{.*\})")[1]
    assert Counter(json.loads(cut_off)) == {"GET /never": 8}
    assert server.requests == {"/never": 8}
    assert not worker.matching("did not stop|Traceback")
    assert "LAST,on_stop,2,0" in (tmp_path / "run_stats.csv").read_text()
