"""Connections that break, masters that restart, signals: nothing counted twice, nothing lost unsaid."""

from __future__ import annotations

import re
import signal
import time

import pytest

from support.cuttable_proxy import CuttableProxy
from support.outage import DROPPED
from support.ports import free_port
from support.scripted_master import ScriptedMaster
from support.settings import LOOPBACK, PATIENCE
from support.stage import Stage
from support.transcript import add_up
from support.web_ui import WebUi
from support.workers import cpp_worker, stock_master


def stage_with_proxy(ended, **master_options) -> Stage:
    """A stage on which a proxy stands between worker and master, as `stage.proxy`."""

    def start_behind_proxy(port: int):
        start_behind_proxy.proxy = ended(CuttableProxy(port))
        return cpp_worker(start_behind_proxy.proxy.port)

    stage = ended(Stage(start_behind_proxy, **master_options))
    stage.proxy = start_behind_proxy.proxy
    return stage


@pytest.fixture
def proxied(ended):
    return stage_with_proxy(ended)


def reported(master: ScriptedMaster, name: str = "ticking") -> int:
    rows = add_up([m.data for m in master.of_type("stats")])["rows"]
    return rows.get(("ECHO", name), {}).get("num_requests", 0)


def done(master: ScriptedMaster) -> int:
    """What the worker's users say themselves that they have done."""
    since = master.mark()
    master.send("count")
    return master.wait_for("count_answer", since=since).data


def given_up(stage: Stage) -> int:
    return sum(int(re.search(DROPPED, line)[1]) for line in stage.worker.matching(DROPPED))


def start_ticking(stage: Stage) -> None:
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn({"TickingUser": 10})
    stage.wait("spawning_complete")
    stage.wait_counted("ECHO", "ticking", 20)


def start_ticking_again(stage: Stage) -> None:
    stage.step("spawn again")
    stage.master.spawn({"TickingUser": 10})
    stage.wait("spawning_complete")


def assert_nothing_is_lost_unsaid(stage: Stage) -> None:
    """Stops the test and compares: users' own count, the master's sum, what the log gave up."""
    stage.step("stop")
    stage.master.send("stop")
    stage.wait("client_stopped")
    stage.wait("client_ready")
    truth, arrived = done(stage.master), reported(stage.master)
    assert arrived <= truth, "counted twice"
    assert truth - arrived <= given_up(stage), "lost without a word"
    assert not stage.master.undecodable


def wait_back(stage: Stage) -> None:
    """Waits until both directions work again. What the master says on a dying connection is lost."""
    stage.step("back")
    deadline = time.monotonic() + PATIENCE
    while not stage.master.of_type("count_answer", since=stage.since):
        assert time.monotonic() < deadline, f"not back:\n{stage.worker.output}"
        stage.master.send("count")
        time.sleep(0.5)
    stage.step("reports")
    stage.wait("stats")


# Breaks


def test_breaks_that_come_back_at_once(proxied):
    start_ticking(proxied)
    for _ in range(3):
        proxied.proxy.cut()
        wait_back(proxied)
    assert_nothing_is_lost_unsaid(proxied)
    assert len(proxied.master.of_type("test_started")) == 1


def test_users_go_on_through_an_outage_and_all_is_reported(proxied):
    start_ticking(proxied)
    proxied.proxy.refuse()
    time.sleep(5)  # the outage itself
    before = reported(proxied.master)
    proxied.proxy.accept()
    wait_back(proxied)
    assert reported(proxied.master) > before + 100  # 10 users, 20 ticks a second, 5 s: about 1000
    assert_nothing_is_lost_unsaid(proxied)


def test_connection_that_only_falls_silent(proxied):
    start_ticking(proxied)
    proxied.proxy.freeze()
    time.sleep(6)  # longer than the worker waits for a sign of life on the connection
    proxied.proxy.thaw()
    wait_back(proxied)
    assert_nothing_is_lost_unsaid(proxied)


@pytest.mark.long
def test_reports_that_never_arrive_are_logged(proxied):
    """A connection that is acknowledged but leads nowhere is given up after two minutes without an answer."""
    start_ticking(proxied)
    proxied.proxy.swallow()
    proxied.worker.expect("Didn't get heartbeat from master in over 60s", patience=100)
    proxied.worker.expect("The connection to the master is back", patience=100)
    proxied.worker.expect(DROPPED)
    start_ticking_again(proxied)
    assert_nothing_is_lost_unsaid(proxied)
    assert reported(proxied.master) < done(proxied.master), "nothing was lost: this test shows nothing"


def test_break_with_a_master_that_never_answers_heartbeats(ended):
    """Locust <= 2.12: silence after the break does not mean that the master has been restarted."""
    stage = stage_with_proxy(ended, answer_heartbeats=False)
    stage.wait("stats")
    stage.step("spawn")
    stage.master.spawn({"TickingUser": 10})
    stage.wait("spawning_complete")
    stage.wait_counted("ECHO", "ticking", 20)
    stage.wait("heartbeat", count=3)  # before that, it may be a current master that is slow
    stage.proxy.cut()
    stage.step("back")
    stage.wait("heartbeat", lambda data: data["state"] == "running", count=6)
    since = stage.master.mark()
    before = reported(stage.master)
    stage.master.wait_for("stats", since=since)
    assert reported(stage.master) > before
    assert len(stage.master.of_type("client_ready")) == 1


def test_shards_that_are_blocked_delay_no_message_and_spoil_none(ended):
    """A report without their part is still whole: an early start_time would ruin the master's rates."""
    stage = ended(Stage(cpp_worker))
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn({"BlockingUser": 2})
    stage.wait("stats", lambda data: data["stats"])
    stage.wait("stats", count=4)
    for report in stage.master.of_type("stats"):
        total = report.data["stats_total"]
        assert (total["name"], total["method"]) == ("Aggregated", "")
        assert total["start_time"] > time.time() - 1000
    times = [m.time for m in stage.master.of_type("heartbeat")]
    assert max(b - a for a, b in zip(times, times[1:], strict=False)) < 3, "a master counts 4 s as missing"


# Masters that restart


class RealCluster:
    """A stock master on fixed ports of this test, so that a second one can take over."""

    def __init__(self, ended):
        self._ended = ended
        self.port, self._web_port = free_port(), free_port()
        self.ui = WebUi(self._web_port)
        self.start_master()

    def start_master(self) -> None:
        self.master = self._ended(
            stock_master(
                self.port,
                "compat",
                options=["--web-host", LOOPBACK, "--web-port", self._web_port, "TickingUser"],
            )
        )
        self.master.expect("Starting web interface")

    def kill_master(self) -> None:
        self.master.signal(signal.SIGKILL)
        self.master.wait()


def test_worker_joins_a_restarted_master(ended):
    cluster = RealCluster(ended)
    worker = ended(cpp_worker(cluster.port))
    cluster.master.expect("reported as ready")
    cluster.ui.swarm(5)
    cluster.ui.wait_requests(20)

    cluster.kill_master()
    cluster.start_master()
    cluster.master.expect("reported as ready")
    worker.expect("must have been restarted")
    assert cluster.ui.stats()["user_count"] == 0
    cluster.ui.swarm(3)
    cluster.ui.wait_until(lambda stats: stats["user_count"] == 3, "3 users")
    cluster.ui.wait_requests(50)
    cluster.master.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert cluster.master.wait() == 0


def test_worker_is_ready_soon_after_a_long_restart(ended):
    cluster = RealCluster(ended)
    worker = ended(cpp_worker(cluster.port, options=["--on-master-loss=rejoin"]))
    cluster.master.expect("reported as ready")
    cluster.ui.swarm(5)
    cluster.ui.wait_requests(20)

    cluster.kill_master()
    time.sleep(10)
    cluster.start_master()
    began = time.monotonic()
    cluster.master.expect("reported as ready")
    took = time.monotonic() - began
    assert took < 5, "seconds until the worker is ready"
    workers = cluster.ui.stats()["workers"]
    assert [listed["state"] for listed in workers] == ["ready"]
    cluster.master.signal(signal.SIGTERM)
    assert worker.wait() == 0
    assert cluster.master.wait() == 0


def restart_scripted(ended, stage: Stage) -> ScriptedMaster:
    """Another master takes over the port after a second, as fast as a process starts; it knows nothing of the
    worker."""
    port = stage.master.port
    stage.master.close()
    time.sleep(1)
    return ended(ScriptedMaster(port))


def test_keep_running_takes_the_users_to_the_new_master(ended):
    stage = ended(Stage(lambda port: cpp_worker(port, options=["--on-master-loss=keep-running"])))
    start_ticking(stage)
    old = stage.master
    new = restart_scripted(ended, stage)
    new.wait_for("client_ready")
    since = new.mark()
    new.wait_for("stats", lambda data: data["user_classes_count"]["TickingUser"] == 10, since=since)
    new.wait_for("heartbeat", lambda data: data["state"] == "running", since=since)
    new.send("stop")
    new.wait_for("client_stopped")
    truth = done(new)
    assert reported(new) <= truth
    assert reported(old) + reported(new) >= truth, "what was in doubt goes to the new master"


def test_quit_on_master_loss(ended):
    stage = ended(Stage(lambda port: cpp_worker(port, options=["--on-master-loss=quit"])))
    start_ticking(stage)
    new = restart_scripted(ended, stage)
    stage.worker.wait()
    assert not new.of_type("client_ready")


# Old masters


def test_master_that_sends_no_ack(ended):
    """Locust <= 2.9: answers heartbeats, acknowledges nothing."""
    stage = ended(Stage(cpp_worker, answer_ready=False))
    stage.wait("client_ready")
    stage.wait("stats")
    stage.worker.expect("Connected to the master")
    stage.step("spawn")
    stage.master.spawn({"CountedUser": 2})
    stage.wait("spawning_complete")
    stage.wait_counted("ECHO", "tick", 2)


def test_master_that_only_sends_a_spawn(ended):
    stage = ended(Stage(cpp_worker, answer_ready=False, answer_heartbeats=False))
    stage.wait("client_ready")
    stage.step("spawn")
    stage.master.spawn({"CountedUser": 2})
    stage.wait("spawning_complete")
    stage.wait_counted("ECHO", "tick", 2)


# Signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_lets_tasks_finish_within_stop_timeout(ended, number):
    stage = ended(Stage(cpp_worker))
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn({"SlowUser": 2}, stop_timeout=PATIENCE)
    stage.wait("spawning_complete")
    stage.worker.signal(number)
    stage.wait("quit")
    assert stage.wait_exit() == 0
    assert reported(stage.master, "done") == 2
    assert [m.type for m in stage.master.messages][-2:] == ["stats", "quit"]


def test_signal_cuts_tasks_after_stop_timeout(ended):
    stage = ended(Stage(cpp_worker))
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn({"LongUser": 2, "CountedUser": 1}, stop_timeout=0.5)
    stage.wait("spawning_complete")
    stage.worker.signal(signal.SIGTERM)
    stage.wait("quit")
    assert stage.wait_exit() == 0
    assert reported(stage.master, "stopped") == 1


def test_second_signal_ends_at_once(ended):
    stage = ended(Stage(cpp_worker))
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn({"LongUser": 2}, stop_timeout=600.0)
    stage.wait("spawning_complete")
    stage.worker.signal(signal.SIGINT)
    stage.worker.expect("second signal")
    stage.worker.signal(signal.SIGINT)
    assert stage.wait_exit() == 1


def test_signal_without_a_master_ends_at_once(ended):
    worker = ended(cpp_worker(free_port()))
    worker.expect("Starting cpp-worker")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
