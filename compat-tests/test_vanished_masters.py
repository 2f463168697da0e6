"""The master's machine vanishes without a word, or the master moves to another address: the worker finds the new master."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from support import private_network
from support.private_network import HostName
from support.scripted_master import ScriptedMaster
from support.stage import Stage
from support.transcript import add_up
from support.workers import SELF_CHECK, cpp_worker

pytestmark = [
    pytest.mark.skipif(SELF_CHECK, reason="a Python worker never rejoins"),
    pytest.mark.skipif(bool(private_network.unavailable()), reason=private_network.unavailable() or "-"),
]

NAME, OLD, NEW, PORT = "master.test", "127.0.0.11", "127.0.0.12", 5557
SOON = 25.0
"""Seconds. A new connection on which no heartbeat is answered shows after 30 s that another master is there."""

JOINS_WITHIN = 60.0
"""Seconds. By its connection alone, a worker would notice after two minutes that nobody acknowledges what it sends."""


def test_worker_joins_a_master_that_moved_after_its_end():
    """The old address answers no attempt to connect."""
    private_network.play(moved_after_its_end)


@pytest.mark.long
def test_worker_joins_a_master_that_moved_in_silence():
    """The old connection is never closed."""
    private_network.play(moved_in_silence)


def test_worker_joins_a_master_whose_machine_restarted():
    """The old connection is half-open until the machine is back, which knows nothing of it."""
    private_network.play(restarted)


def moved_after_its_end(ended) -> None:
    moves(ended, private_network.silence_new_connections, SOON)


def moved_in_silence(ended) -> None:
    moves(ended, private_network.silence, JOINS_WITHIN)


def moves(ended, silence: Callable[[str], None], patience: float) -> None:
    """The old address is silent, and the name has another one."""
    name, stage = begin(ended)
    silence(OLD)
    stage.master.close()
    name.move(NEW)
    joins(stage, ended(ScriptedMaster(PORT, host=NEW)), patience)


def restarted(ended) -> None:
    _, stage = begin(ended)
    private_network.silence(OLD)
    stage.master.close()
    private_network.forget_connections(OLD)
    time.sleep(1)
    private_network.mend()
    time.sleep(1)  # the machine runs, its master not yet
    joins(stage, ended(ScriptedMaster(PORT, host=OLD)), SOON)


def begin(ended) -> tuple[HostName, Stage]:
    """A worker with users."""
    name = HostName(NAME, OLD)
    stage = ended(
        Stage(lambda port: cpp_worker(port, options=[f"--master-host={NAME}"]), port=PORT, host=OLD)
    )
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn({"TickingUser": 5})
    stage.wait("spawning_complete")
    stage.wait_counted("ECHO", "ticking", 20)
    return name, stage


def joins(stage: Stage, new: ScriptedMaster, patience: float) -> None:
    """The worker joins the new master within `patience` seconds. No request is counted twice."""
    began = time.monotonic()
    try:
        new.wait_for("client_ready", patience=patience)
    finally:
        print(f"joined after {time.monotonic() - began:.1f} s:\n{stage.worker.output}")
    new.spawn({"TickingUser": 2})
    new.wait_for("spawning_complete")
    new.wait_until(lambda: reported(new) >= 20, "20 requests")
    new.send("stop")
    new.wait_for("client_stopped")
    new.send("count")
    made = new.wait_for("count_answer").data
    assert reported(stage.master) + reported(new) <= made, "counted twice"


def reported(master: ScriptedMaster) -> int:
    rows = add_up([m.data for m in master.messages if m.type == "stats"])["rows"]
    return rows.get(("ECHO", "ticking"), {}).get("num_requests", 0)
