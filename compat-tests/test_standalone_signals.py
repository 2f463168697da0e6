"""Signals to a run without a master, at any moment: log lines, exit codes, and complete files with correct sums."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.http_server import HttpServer
from support.settings import COMPILE_PATIENCE, LOCUSTFILES
from support.standalone import csv_rows, log_lines, rows, tables
from support.workers import compile_once
from test_standalone import start, wait_for

MOMENTS = 30
USERS = 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_end_as_in_locust(number, ended):
    found = []
    for program in ("locust", "cpp-worker"):
        server = ended(HttpServer())
        process = ended(start(program, "standalone", "-u", "5", "-r", "5", "--host", server.url, "--only-summary"))
        process.expect("All users spawned")
        process.expect("event spawning_complete")
        wait_for(process, server, "POST /form", 2)  # so that the first one is counted as a failure
        process.signal(number)
        code = process.wait(COMPILE_PATIENCE)
        assert "Aggregated" in rows(tables(process.output))
        found.append((code, log_lines(process.output)))
    assert found[1] == found[0]
    assert found[1][0] == 1


def test_a_second_signal_ends_at_once(ended):
    process = ended(start("cpp-worker", "compat", "LongUser", "-s", "1h"))
    process.expect("All users spawned")
    process.signal(signal.SIGINT)
    process.expect("Shutting down")
    process.signal(signal.SIGINT)
    assert process.wait(COMPILE_PATIENCE) == 1
    assert "Second signal: exiting immediately" in process.output
    assert "Response time percentiles (approximated)" in process.output


def end_at(moment: float, number: signal.Signals, folder: Path) -> None:
    """Runs a test, sends it the signal `moment` seconds after its ramp began, and checks its files and exit code."""
    server = HttpServer()
    process = start(
        "cpp-worker", "standalone", "-u", USERS, "-r", 5, "--csv", folder / "run", "--host", server.url, "-s", 1
    )  # fmt: skip
    try:
        process.expect("Ramping to")
        time.sleep(moment)  # any moment will do
        process.signal(number)
        code = process.wait(COMPILE_PATIENCE)
        served = server.requests()
    finally:
        process.stop()
        server.stop()
    totals = check_files(folder)
    for name in served.keys() | totals.keys() - {"Aggregated"}:
        assert totals.get(name, 0) <= served[name], name
        if number != signal.SIGKILL:
            # A request that is under way when its user is stopped reaches the server, but not the table.
            assert totals.get(name, 0) >= served[name] - USERS, name
    if number == signal.SIGKILL:
        assert code == -number
    else:
        assert code in (0, 1) and f"Shutting down (exit code {code})" in process.output
        assert totals == {name: counts[0] for name, counts in rows(tables(process.output)).items()}


def check_files(folder: Path) -> dict[str, int]:
    """Checks that the files are complete and have the same sums. Returns the requests by `TYPE name`."""
    tables_of = {}
    for name in ("stats", "stats_history", "failures", "exceptions"):
        assert (folder / f"run_{name}.csv").read_bytes().endswith(b"\r\n"), name
        header, *others = csv_rows(folder / f"run_{name}.csv")
        assert all(len(row) == len(header) for row in others), name
        tables_of[name] = [dict(zip(header, row)) for row in others]
    *entries, total = tables_of["stats"]
    assert sum(int(entry["Request Count"]) for entry in entries) == int(total["Request Count"])
    history = tables_of["stats_history"]
    seconds = [int(row["Timestamp"]) for row in history]
    assert seconds == sorted(seconds)
    # The two files are written one after the other.
    assert int(total["Request Count"]) in [0, *(int(row["Total Request Count"]) for row in history[-2:])]
    return Counter({f'{row["Type"]} {row["Name"]}'.strip(): int(row["Request Count"]) for row in (*entries, total)})


def test_at_any_moment(tmp_path):
    compile_once(LOCUSTFILES / "standalone.cpp")
    rng = random.Random(19)
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(end_at, rng.uniform(0, 3), numbers[i % len(numbers)], tmp_path / str(i)) for i in range(MOMENTS)
        ]
        for job in jobs:
            job.result()
