"""A worker whose log nobody reads goes on working and reporting."""

from __future__ import annotations

import re
import signal
import time

from support.ports import free_port
from support.settings import LOCUSTFILES
from support.web_ui import WebUi
from support.workers import cpp_worker, stock_master

SECONDS = 9
"""Three times what a stock master waits for a heartbeat before it gives a worker up."""

MISSING = re.compile(r"/WARNING/cpp-worker: (\d+) log lines are missing here")


def test_a_pipe_that_nobody_reads_stops_neither_users_nor_heartbeats(ended, tmp_path):
    port, web_port = free_port(), free_port()
    master = ended(stock_master(port, LOCUSTFILES / "loud.py", options=["--web-port", web_port]))
    ui = WebUi(web_port)
    count = tmp_path / "count"
    worker = ended(cpp_worker(port, LOCUSTFILES / "loud.cpp", env={"LOUD_COUNT": str(count)}, is_read=False))
    master.expect("reported as ready")
    ui.swarm(20)
    ui.wait_requests(1)
    deadline, reported = time.monotonic() + SECONDS, []
    while time.monotonic() < deadline:
        stats = ui.stats()
        assert [w["state"] for w in stats["workers"]] in (["spawning"], ["running"])
        reported.append(stats["total_rps"] and stats["stats"][-1]["num_requests"])
        time.sleep(0.5)
    assert len(set(reported)) >= 3, f"the reports have stopped: {reported}"
    assert any("this service is down" in line for line in ui.worker_logs()), "the Logs tab has gone quiet"
    ui.stop()
    made = int(count.read_text())
    ui.wait_until(lambda stats: stats["stats"][-1]["num_requests"] == made, f"{made} requests")
    assert not master.matching("failed to send heartbeat|went missing")

    worker.begin_reading()
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    missing = sum(int(found[1]) for line in worker.lines if (found := MISSING.search(line)))
    logged = len(worker.matching("/ERROR/cpp-worker: .*this service is down"))
    assert missing > 0
    assert made <= logged + missing <= made + 100, f"{logged} logged, {missing} missing, {made} made"
