"""Crashes of user code: the message names the code, the process ends by the signal, and the other worker goes on."""

from __future__ import annotations

import signal
import struct
from pathlib import Path

import pytest

from support.ports import free_port
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK
from support.waiting import wait_until
from support.web_ui import WebUi
from support.workers import compile_once, cpp_worker, print_locustfile, run_binary, stock_master

LOCUSTFILE = LOCUSTFILES / "process_faults.cpp"
NO_CORE_FILES = ["prlimit", "--core=0"]

OWN_THREAD = "a thread that the locustfile or a library has started"
CRASHES = {
    "segv": (signal.SIGSEGV, "^Segmentation fault in task tick of user class Crashing$"),
    "division": (signal.SIGFPE, "^Arithmetic error.* in task tick of user class Crashing$"),
    "abort": (signal.SIGABRT, r"^Program ended by abort\(\) in task tick of user class Crashing$"),
    "noexcept": (signal.SIGABRT, "^Program ended by task tick of user class Crashing$"),
    "thread throw": (signal.SIGABRT, f"^Program ended by {OWN_THREAD}"),
    "thread segv": (signal.SIGSEGV, f"^Segmentation fault in {OWN_THREAD}"),
    "destructor": (signal.SIGABRT, "^Program ended by a destructor of Crashing$"),
}
THROWING = ("noexcept", "thread throw", "destructor", "init thread")


def check_end(process: Process, fault: str, number: int, message: str) -> None:
    assert process.wait() == -number
    process.expect(message)
    # Two threads may crash at the same time.
    assert len(set(process.matching("^(Program ended|Segmentation fault|Arithmetic error)"))) == 1, process.output
    thrown = process.matching("CRITICAL/.*: Uncaught exception, .*std::runtime_error: nobody catches this$")
    assert bool(thrown) == (fault in THROWING), process.output


def made(count: Path) -> int:
    numbers = count.read_bytes() if count.exists() else b""
    return struct.unpack("<Q", numbers)[0] if len(numbers) == 8 else 0


def test_a_worker_that_crashes_is_missed_and_the_other_one_goes_on(ended, tmp_path):
    port, web_port = free_port(), free_port()
    stub = tmp_path / "locustfile.py"
    stub.write_text(print_locustfile(LOCUSTFILE))
    web = ["--web-host", LOOPBACK, "--web-port", web_port]
    master = ended(stock_master(port, stub, options=[*web, "Crashing"], cwd=tmp_path))
    ui = WebUi(web_port)
    workers = {}
    for fault in (*CRASHES, "listeners"):
        env = {"FAULT": fault, "COUNT": str(tmp_path / fault)}
        workers[fault] = ended(cpp_worker(port, LOCUSTFILE, env=env, prefix=NO_CORE_FILES))
    survivor = workers["listeners"]
    master.expect("reported as ready", count=len(workers), patience=COMPILE_PATIENCE)
    ui.swarm(len(workers), spawn_rate=1000)
    for fault, (number, message) in CRASHES.items():
        check_end(workers[fault], fault, number, message)
    master.expect("failed to send heartbeat, setting state to missing", count=len(CRASHES))
    before = made(tmp_path / "listeners")
    wait_until(lambda: made(tmp_path / "listeners") > before + 10)
    states = [worker["state"] for worker in ui.stats()["workers"]]
    assert sorted(states) == ["missing"] * len(CRASHES) + ["running"]

    # Listeners that throw do not hinder the end of the test.
    ui.stop()
    for text in ("on_stop has failed", "test_stop has failed"):
        survivor.expect(text)
    survivor.signal(signal.SIGTERM)
    assert survivor.wait() == 0


@pytest.mark.parametrize(
    ("fault", "number", "message"),
    [
        ("init segv", signal.SIGSEGV, "^Segmentation fault in an init function of the locustfile$"),
        ("init thread", signal.SIGABRT, f"^Program ended by {OWN_THREAD}"),
    ],
)
def test_a_crash_at_the_start(ended, tmp_path, fault, number, message):
    compile_once(LOCUSTFILE)
    worker = ended(
        run_binary(
            *("-f", LOCUSTFILE, "--threads=2", f"--master-host={LOOPBACK}", f"--master-port={free_port()}"),
            env={"FAULT": fault, "COUNT": str(tmp_path / "count")},
            prefix=NO_CORE_FILES,
        )
    )
    check_end(worker, fault, number, message)
