"""Signals to workers of a stock master, at any moment: they end soon, with the right exit code, and report everything before."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from support.ports import free_port
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, PATIENCE
from support.waiting import wait_until
from support.web_ui import WebUi
from support.workers import cpp_worker, print_locustfile, stock_master

LOCUSTFILE = LOCUSTFILES / "process_faults.cpp"
EARLY, LATER = 3, 9
"""How many workers get their signals while they connect, and how many during the test."""

STOP_TIMEOUT = 2
SECONDS = 4.5
"""In this time come the signals to the second group. The master begins a test, changes its number of users while they
start, and stops it."""


@dataclass
class Ended:
    is_second_sent: bool
    code: int
    output: str
    count: Path

    @property
    def made(self) -> int:
        numbers = self.count.read_bytes() if self.count.exists() else b""
        return struct.unpack("<Q", numbers)[0] if len(numbers) == 8 else 0


def end_worker(port: int, count: Path, begin: threading.Event, rng: random.Random, seconds: float) -> Ended:
    """Starts a worker, and sends it one signal `seconds` after `begin`, or two."""
    number, second_after = rng.choice((signal.SIGINT, signal.SIGTERM)), rng.choice((None, None, 0.0, 0.2))
    worker = cpp_worker(port, LOCUSTFILE, env={"COUNT": str(count)})
    try:
        worker.expect("Starting cpp-worker", patience=COMPILE_PATIENCE)
        begin.wait(COMPILE_PATIENCE)
        time.sleep(seconds)  # any moment will do
        worker.signal(number)
        if second_after is not None:
            time.sleep(second_after)
            worker.signal(number)
        code = worker.wait(PATIENCE)  # STOP_TIMEOUT + 2 s on a machine that is not busy
    finally:
        worker.stop()
    return Ended(second_after is not None, code, worker.output, count)


def play(ui: WebUi) -> None:
    """What the master does meanwhile."""
    ui.swarm(2 * LATER, spawn_rate=LATER)
    time.sleep(1)
    ui.swarm(4 * LATER, spawn_rate=2 * LATER)
    time.sleep(2)
    ui.ask_to_stop()


def test_a_worker_ends_soon_and_its_last_report_arrives_at_any_moment(ended, tmp_path):
    rng = random.Random(23)
    port, web_port = free_port(), free_port()
    stub = tmp_path / "locustfile.py"
    stub.write_text(print_locustfile(LOCUSTFILE))
    options = ["--web-host", LOOPBACK, "--web-port", web_port, "--stop-timeout", STOP_TIMEOUT, "Busy"]
    master = ended(stock_master(port, stub, options=options, cwd=tmp_path))
    master.expect("Starting web interface", patience=COMPILE_PATIENCE)
    ui = WebUi(web_port)
    at_once, test_begins = threading.Event(), threading.Event()
    at_once.set()
    moments = [(at_once, rng.uniform(0, 0.3)) for _ in range(EARLY)]
    moments += [(test_begins, rng.uniform(0, SECONDS)) for _ in range(LATER)]
    with ThreadPoolExecutor(len(moments)) as pool:
        jobs = [
            pool.submit(end_worker, port, tmp_path / f"worker-{i}", begin, random.Random(i), seconds)
            for i, (begin, seconds) in enumerate(moments)
        ]
        try:
            master.expect("reported as ready", count=LATER, patience=COMPILE_PATIENCE)
        finally:
            test_begins.set()
        play(ui)
        workers = [job.result() for job in jobs]

    def missing() -> list[str]:
        """What was made, but has not been counted."""
        table = {row["name"]: row["num_requests"] for row in ui.stats()["stats"]}
        counts = [(worker, table.get(str(worker.count), 0)) for worker in workers]
        assert all(counted <= worker.made for worker, counted in counts), counts
        return [
            f"{worker.made} made, {counted} counted\n{worker.output}"
            for worker, counted in counts
            if counted < worker.made and not worker.is_second_sent
        ]

    with contextlib.suppress(AssertionError):
        wait_until(lambda: not missing())
    assert not missing(), "\n".join(missing())
    for worker in workers:
        assert not re.search("CRITICAL|Program ended|did not stop in time", worker.output), worker.output
        is_cut_short = "Second signal: exiting immediately" in worker.output
        assert worker.code == (1 if is_cut_short else 0), worker.output
        assert not is_cut_short or worker.is_second_sent
    assert sum(worker.made for worker in workers) > 100
