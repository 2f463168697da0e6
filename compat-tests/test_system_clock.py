"""The system clock of a worker is set while it runs: its statistics follow."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from support.ports import free_port
from support.scripted_master import ScriptedMaster
from support.settings import VENV
from support.system_clock import SystemClock
from support.web_ui import WebUi
from support.workers import cpp_worker, stock_master

STOCK_MASTERS_SUMS = """
import json, sys
from locust.stats import RequestStats, StatsEntry
stats = RequestStats()
stats.total.start_time = float(sys.argv[1])
for report in json.load(sys.stdin):
    for counts in ("response_times", "num_reqs_per_sec", "num_fail_per_sec"):
        report[counts] = {int(float(key)): count for key, count in report[counts].items()}
    stats.total.extend(StatsEntry.unserialize(report, stats))
print(json.dumps({"total": stats.total.total_rps, "current": stats.total.current_rps}))
"""


@pytest.mark.parametrize("wrong", [-600, 600])
def test_a_clock_that_is_set_right_before_the_test_gives_right_rates(ended, tmp_path, wrong):
    clock = SystemClock(tmp_path, ahead=wrong)
    port, web_port = free_port(), free_port()
    master = ended(stock_master(port, "compat", options=["--web-port", web_port, "TickingUser"]))
    ui = WebUi(web_port)
    worker = ended(cpp_worker(port, env=clock.env))
    other = ended(cpp_worker(port))  # its clock was always right
    master.expect("reported as ready", count=2)
    clock.set(0)
    step = "forward by 600.0 s, or this machine was suspended" if wrong < 0 else "back by 600.0 s"
    worker.expect(f"/WARNING/cpp-worker: The system clock was set {step}. This worker's timestamps")
    ui.swarm(10)
    # 200 a second, each worker has half of them.
    ui.wait_until(lambda stats: stats["total_rps"] > 120, "right current requests per second")
    assert not worker.matching("This machine's clock is"), "the master's clock agrees with the new one"
    assert len(worker.matching("system clock was set")) == 1
    assert not other.matching("clock")


@pytest.mark.parametrize("step", [-600, 600])
def test_reports_of_a_test_in_which_the_clock_is_set_have_the_new_times(ended, tmp_path, step):
    clock = SystemClock(tmp_path)
    master = ended(ScriptedMaster())
    worker = ended(cpp_worker(master.port, env=clock.env))
    master.wait_for("client_ready")
    began = time.time()
    master.spawn({"TickingUser": 10})
    master.wait_for("spawning_complete")
    time.sleep(1)  # in the first report there is something from before and from after
    clock.set(step)
    mark = master.mark()
    worker.expect("The system clock was set")
    master.wait_for("stats", count=3, since=mark)
    reports = [message.data["stats_total"] for message in master.of_type("stats", since=mark)[1:]]
    now = time.time() + step
    for report in reports:
        assert began + step - 1 < report["start_time"] <= report["last_request_timestamp"] < now + 1
        assert all(began + step - 2 < second < now + 1 for second in report["num_reqs_per_sec"])
    sums = subprocess.run(
        [VENV / "bin" / "python", "-c", STOCK_MASTERS_SUMS, str(began + step)],
        input=json.dumps(reports),
        capture_output=True,
        text=True,
    )
    assert sums.returncode == 0, sums.stderr
    rates = json.loads(sums.stdout.splitlines()[-1])
    assert 50 < rates["total"] < 250 and rates["current"] > 50, f"a stock master's, 200 at best: {rates}"
