"""The verdict on the generator, and `cpp-worker compare`."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES
from support.threaded_server import Handler, ThreadedServer
from support.workers import compile_once, run_binary

STEADY = LOCUSTFILES / "standalone.cpp"
STALLS = LOCUSTFILES / "stalls.cpp"


class SlowServer(ThreadedServer):
    """Answers after a delay."""

    def __init__(self, delay: float):
        class SlowHandler(Handler):
            def do_GET(self):
                time.sleep(delay)
                self.answer(200, "hello")

        super().__init__(SlowHandler)


def compare(*arguments) -> Process:
    process = run_binary("compare", *arguments)
    process.wait(COMPILE_PATIENCE)
    process.stop()
    return process


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """At the same time, so that other programs disturb all in the same way: two equal runs, and one of a server that
    takes 20 % longer."""
    folder = tmp_path_factory.mktemp("runs")
    compile_once(STEADY)
    servers = [SlowServer(0.1), SlowServer(0.1), SlowServer(0.12)]
    processes = [
        run_binary(
            "-f", STEADY, "--headless", "--threads=1", "-u", "10", "-r", "100", "-t", "16s", "--host", server.url,
            "--out", folder / f"{name}.cwr", "Steady",
        )
        for server, name in zip(servers, ("a", "same", "slow"))
    ]  # fmt: skip
    codes = [process.wait(COMPILE_PATIENCE) for process in processes]
    for each in (*processes, *servers):
        each.stop()
    assert codes == [0, 0, 0]
    return folder


def test_equal_runs_show_no_difference(runs):
    found = compare(runs / "a.cwr", runs / "same.cwr", "--fail-if", "p95 +10%", "--fail-if", "rps -10%")
    assert "\nNo difference shown." in found.output, found.output
    assert found.wait() == 0


def test_a_longer_delay_is_shown(runs):
    report = runs / "slow.json"
    conditions = ("--fail-if", 'avg of "GET /steady" +10%', "--fail-if", "fail% +1", "--fail-if", "rps -50%")
    found = compare(runs / "a.cwr", runs / "slow.cwr", "--report", report, "--report", runs / "slow.md", *conditions)
    assert found.wait() == 3, found.output
    assert "A difference is shown in 2 of 2 rows:\n  GET /steady: " in found.output
    comparison = json.loads(report.read_text())
    assert [row["failed"] for row in comparison["conditions"]] == [True, False, False]
    assert comparison["users"] == 10 and 10 <= comparison["a"]["compared_seconds"] <= 16
    for row in comparison["rows"]:
        average = row["average_ms"]
        assert average["shown"] and average["low"] < 20 < average["high"], row
    assert (runs / "slow.md").read_text().startswith("**Failed**: 1 of 3 conditions\n- ❌ avg of ")


def test_several_files_of_a_run_are_added_up(runs):
    names = [str(runs / f"{name}.cwr") for name in ("a", "same", "slow")]
    report = runs / "both.json"
    found = compare(",".join(names[:2]), ",".join(names[1::-1]), "--report", report)
    assert found.wait() == 0 and "\nNo difference shown." in found.output, found.output
    both = json.loads(report.read_text())
    assert both["users"] == 20 and both["a"]["file"] == ",".join(names[:2])
    alone = compare(names[0], ",".join(names[:2]))
    assert alone.wait() == 1 and "There is nothing to compare" in alone.output, "10 and 20 users"


def test_mistakes_of_the_compare_command(runs):
    a = runs / "a.cwr"
    assert compare("--help").wait() == 0
    assert compare().wait() == 2
    one = compare(a)
    assert one.wait() == 1 and "compare needs two runs, but got 1" in one.output
    short = compare(a, runs / "same.cwr", "--warm-up", "9s")
    assert short.wait() == 1 and re.search(r"a\.cwr is too short: it has only [5-7] s with 10 users", short.output)
    wrong = compare(a, a, "--fail-if", "p95 10%")
    assert wrong.wait() == 1 and "Wrong condition: expected + (for a rise) or - (for a fall)" in wrong.output
    missing = compare(a, a, "--fail-if", 'p95 of "GET /stedy" +10%')
    assert missing.wait() == 3 and 'no request has this name; did you mean "GET /steady"?' in missing.output


def test_the_verdict_on_a_generator_whose_thread_is_blocked(tmp_path, ended):
    compile_once(STALLS)
    server = ended(SlowServer(0.02))  # so that responses arrive while the thread is blocked
    report = tmp_path / "run.json"
    process = ended(
        run_binary(
            "-f", STALLS, "--headless", "--threads=1", "-u", "6", "-r", "100", "-t", "4s", "--host", server.url,
            "--fail-if", "late% > 1", "--out", tmp_path / "run.cwr", "--report", report,
        )
    )  # fmt: skip
    assert process.wait(COMPILE_PATIENCE) == 3, process.output
    assert re.search(r"^FAILED   late% > 1 +\d+(\.\d\d)? %", process.output, re.M), process.output
    headline = r"Generator: late by p99 \d+ ms on 1 of 1 thread: not sound\..*"
    last = re.search(rf"^{headline}(\n  .*)+", process.output, re.M)
    assert last, process.output
    assert re.search(r"Not sound: [1-6] of [3-6] seconds", last[0])
    verdict = json.loads(report.read_text())["generator"]
    assert verdict["sound"] is False and verdict["text"] == last[0]
    (thread,) = verdict["threads"]
    assert thread["late"] and thread["late_percent"] > 5 and thread["p99_ms"] > 10


def test_a_master_does_not_check_late_percent(ended):
    compile_once(STEADY)
    conditions = ("--fail-if", "late% > 1", "--fail-if", "p95 > 1s")
    process = ended(run_binary("-f", STEADY, "--print-locustfile", *conditions))
    assert process.wait(COMPILE_PATIENCE) == 0
    assert "WARNING" in process.output and "The master does not check 'late% > 1'" in process.output
    assert '_Threshold("p95 > 1s"' in process.output and '_Threshold("late%' not in process.output
