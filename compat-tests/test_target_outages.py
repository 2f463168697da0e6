"""The network between the workers and the system under test is cut, or the system's machine restarts: the users have
the failures of Locust's users, go on afterwards, and can be stopped meanwhile."""

from __future__ import annotations

import re
import time

import pytest

from support import private_network
from support.stage import Stage
from support.target import Target
from support.transcript import add_up
from support.workers import SELF_CHECK, cpp_worker, stock_worker

pytestmark = [
    pytest.mark.skipif(SELF_CHECK, reason="compares the two by itself"),
    pytest.mark.skipif(bool(private_network.unavailable()), reason=private_network.unavailable() or "-"),
]

ADDRESS, PORT = "127.0.0.21", 8080
USERS = ("HttpImpatient", "HttpPatient", "FastImpatient", "FastPatient")
WORKERS = {
    "stock": (stock_worker, {}),
    "ours": (cpp_worker, {}),
    "libcurl": (cpp_worker, {"CPPWORKER_HTTP_ENGINE": "curl"}),
}
RESET = "ConnectionResetError(104, 'Connection reset by peer')"
CUT = 5.0
"""Seconds: long enough for several attempts of an impatient user to connect."""

STOP_TIMEOUT = 1.0
STOPS_WITHIN = 5.0
"""Seconds for STOP_TIMEOUT and what a busy machine adds. Without it a request of a patient user ends after 12 s."""


def test_a_partition_and_a_restart_have_the_failures_of_stock():
    failures = private_network.play(partition)
    for user in USERS:
        assert failures["ours"][user] == failures["stock"][user], user
    assert failures["ours"]["HttpPatient"] == [RESET]
    assert failures["ours"]["FastPatient"] == [], "a request whose connection was reset is made again"
    for user in ("HttpImpatient", "FastImpatient"):
        assert "timed out" in str(failures["ours"][user])


def partition(ended) -> dict[str, dict[str, list[str]]]:
    """The texts of the failures, by worker and user class. libcurl has words of its own for a connection that is reset."""
    target = ended(Target(ADDRESS, PORT))
    stages = {name: ended(start(name)) for name in WORKERS}
    for stage in stages.values():
        stage.wait_connected()
        stage.step("spawn")
        stage.master.spawn(dict.fromkeys(USERS, 1), host=target.url, stop_timeout=STOP_TIMEOUT)
    wait_successes(stages)

    private_network.silence(ADDRESS)
    time.sleep(CUT)
    private_network.mend()
    wait_successes(stages)

    # Otherwise the target might have acknowledged a request whose answer is lost: nobody would send anything again.
    private_network.silence_towards(ADDRESS)
    time.sleep(0.5)
    private_network.silence(ADDRESS)
    target.close()
    private_network.forget_connections(ADDRESS)
    ended(Target(ADDRESS, PORT))
    private_network.mend()
    wait_successes(stages)

    private_network.silence(ADDRESS)
    time.sleep(0.5)
    began = time.monotonic()
    for stage in stages.values():
        stage.step("stop")
        stage.master.send("stop")
    for name, stage in stages.items():
        stopped = stage.wait("client_stopped")
        if name != "stock":
            assert stopped.time - began < STOPS_WITHIN, stage.worker.output
            stage.master.send("count")
            made = stage.wait("count_answer").data
            assert sum(rows(stage).values()) == made, "the table differs from the users' own count"
    return {name: failures(stage) for name, stage in stages.items()}


def start(name: str) -> Stage:
    start_worker, environment = WORKERS[name]
    return Stage(lambda port: start_worker(port, "partition", env=environment))


def rows(stage: Stage, *, failed: bool = True) -> dict[str, int]:
    """Requests by user class."""
    found = add_up([m.data for m in stage.master.of_type("stats")])["rows"]
    return {
        name: row["num_requests"] - (0 if failed else row.get("num_failures", 0))
        for (method, name), row in found.items()
        if method == "GET"
    }


def wait_successes(stages: dict[str, Stage]) -> None:
    """All users go on."""
    for stage in stages.values():
        before = rows(stage, failed=False)

        def go_on() -> bool:
            now = rows(stage, failed=False)  # noqa: B023
            return all(now.get(user, 0) >= before.get(user, 0) + 10 for user in USERS)  # noqa: B023

        stage.master.wait_until(go_on, f"requests of all users; {rows(stage)}\n{stage.worker.output}")


def failures(stage: Stage) -> dict[str, list[str]]:
    """By user class. An impatient user may have had a timeout before the target's machine was back."""
    texts: dict[str, set[str]] = {user: set() for user in USERS}
    for error in add_up([m.data for m in stage.master.of_type("stats")])["errors"].values():
        texts[error["name"]].add(re.sub(" at 0x[0-9a-f]+", "", error["error"]))
    return {user: sorted(found - ({RESET} if "Impatient" in user else set())) for user, found in texts.items()}
