"""A name server that does not answer, or fails for some time: only the users of its names wait, and they can be stopped."""

from __future__ import annotations

import time

import pytest

from support import private_network
from support.name_server import NameServer, wait_for_names
from support.stage import Stage
from support.target import Target
from support.transcript import add_up
from support.waiting import wait_until
from support.workers import SELF_CHECK, cpp_worker

pytestmark = [
    pytest.mark.skipif(SELF_CHECK, reason="a Python worker has one thread"),
    pytest.mark.skipif(bool(private_network.unavailable()), reason=private_network.unavailable() or "-"),
]

ADDRESS, PORT = "127.0.0.21", 8080
THREADS = 20
"""More than there are threads for lookups."""

HANGING = ("HttpHanging", "CurlHanging", "FastHanging", "TcpHanging")
HANG = 4
"""Seconds until the system's resolver gives up."""

LONG_HANG = 30
"""The longest that it can be told to wait."""

IN_TIME = 10.0
"""Seconds, much less than LONG_HANG."""


def test_a_lookup_that_hangs_delays_no_other_user_and_no_end():
    result = private_network.play(hanging)
    assert result["failures"].pop("TcpHanging") == ["TcpError('looking up hanging.test: Temporary failure in name resolution')"]
    assert result["failures"] == dict.fromkeys(
        ("HttpHanging", "CurlHanging", "FastHanging", "Failing"), ["gaierror(-3, 'Temporary failure in name resolution')"]
    )
    assert result["longest"] < (HANG - 1) * 1000, "a request to another name waited for the lookup"


def hanging(ended) -> dict:
    """The texts of failures by user class, and the longest response time of a user of another name, in ms."""
    names = NameServer(lambda _name: [ADDRESS])
    names.unanswered, names.broken = {"hanging.test"}, {"failing.test"}
    wait_for_names(HANG)
    ended(Target(ADDRESS, PORT, keeps=False))
    stage = ended(Stage(lambda port: cpp_worker(port, "hanging_names", options=[f"--threads={THREADS}"])))
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn(dict.fromkeys(HANGING, THREADS) | {"Failing": 1, "Steady": THREADS}, stop_timeout=1)
    wait_until(lambda: names.ignored > 0)
    wait_for_names(LONG_HANG)  # the next lookup, after the one that runs
    stage.wait_counted("GET", "Failing", 1)
    names.broken.clear()
    for user in HANGING:
        stage.wait_counted("GET", user, 1)
    stage.master.wait_until(lambda: successes(stage, "Failing") > 0, "requests of users whose lookups failed")
    began = time.monotonic()
    stage.step("stop")
    stage.master.send("stop")
    stage.wait("client_stopped")
    stage.master.send("quit")
    assert stage.wait_exit() == 0
    assert time.monotonic() - began < IN_TIME, stage.worker.output
    report = add_up([m.data for m in stage.master.of_type("stats")])
    texts: dict[str, set[str]] = {}
    for error in report["errors"].values():
        texts.setdefault(error["name"], set()).add(error["error"])
    return {
        "failures": {user: sorted(found) for user, found in texts.items()},
        "longest": report["min and max"]["GET", "Steady"][1],
    }


def successes(stage: Stage, name: str) -> int:
    row = add_up([m.data for m in stage.master.of_type("stats")])["rows"].get(("GET", name), {})
    return row.get("num_requests", 0) - row.get("num_failures", 0)
