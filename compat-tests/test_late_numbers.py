"""A worker whose thread is too busy says by how much its numbers are too long, where the master's users look."""

from __future__ import annotations

import re

from support.ports import free_port
from support.settings import LOCUSTFILES
from support.web_ui import WebUi
from support.workers import cpp_worker, stock_master

WARNING = re.compile(
    r"Response times are inflated: over the last 1\d s, responses waited for thread 1 of 1 \(p99 ([\d.]+) ms, .*"
    r"The thread was running for [1-9]\d* % of the time, and was ready but waited for a CPU for \d+ %\. (Use fewer users|The number of users is not the cause)"
)


def test_late_numbers_are_told_in_the_web_ui_with_their_size(ended):
    port, web_port = free_port(), free_port()
    ended(stock_master(port, LOCUSTFILES / "late.py", options=["--web-port", web_port]))
    ui = WebUi(web_port)
    worker = ended(cpp_worker(port, LOCUSTFILES / "late.cpp", options=["--threads=1"]))
    worker.expect("Connected to the master")
    ui.swarm(30)  # each turn of all users takes 60 ms, so 5 ms are measured as much more
    ui.wait_for(lambda: any(WARNING.search(line) for line in ui.worker_logs()), "the warning")
    warned = next(float(found[1]) for line in ui.worker_logs() if (found := WARNING.search(line)))
    recorded = next(row for row in ui.stats()["stats"] if row["name"] == "5 ms")
    assert recorded["median_response_time"] > 20
    assert warned >= recorded["median_response_time"] - 5
