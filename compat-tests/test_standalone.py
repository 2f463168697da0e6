"""`cpp-worker --headless` against `locust --headless`: the same log lines, rows, files and exit codes."""

from __future__ import annotations

import csv
import json
import random
import re
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.http_server import HttpServer
from support.processes import Process
from support.settings import LOCUSTFILES, LOOPBACK, VENV
from support.workers import compile_once, run_binary

DIFFERENT = {
    r"Starting (Locust|cpp-worker) \S+.*": "Starting",
    r"(Ignored|Compiling|Compiled) .*": None,
    r"Requests cut off while stopping: .*": None,  # Locust does not count them
    r"message hello": None,  # see test_log_lines_and_exit_code
}
"""Log lines that are not the same, by what takes their place here; None: one that Locust does not have."""


def start(program: str, locustfile: str, *options) -> Process:
    if program == "locust":
        command = [VENV / "bin" / "locust", "-f", f"{locustfile}.py", "--headless", *options]
        return Process("locust", command, cwd=LOCUSTFILES)
    compile_once(LOCUSTFILES / f"{locustfile}.cpp")
    return run_binary("-f", LOCUSTFILES / f"{locustfile}.cpp", "--headless", "--threads=2", *options)


def log_lines(output: str) -> list[str]:
    """`LEVEL text` of each line of the log, but for errors: tracebacks of Python and C++ differ."""
    lines = []
    for level, text in re.findall(r"^\[[\d :,-]+\] \S+?/([A-Z]+)/[\w.-]+: (.*)$", output, re.M):
        for pattern, common in DIFFERENT.items():
            if re.fullmatch(pattern, text):
                text = common
                break
        if text and level in ("INFO", "WARNING"):
            lines.append(f"{level} {text}")
    return lines


def tables(output: str) -> list[str]:
    """The lines of the final tables."""
    return output[output.index("Shutting down (exit code") :].splitlines()[1:]


def rows(lines: list[str]) -> dict[str, tuple[int, int]]:
    """Requests and failures by `TYPE name`, from the first table."""
    found = {}
    for line in lines[2:]:
        if not line:
            return found
        if match := re.match(r"(\S*)\s+(.+?)\s+(\d+)\s+(\d+)\([\d.]+%\) \|", line):
            found[f"{match[1]} {match[2]}".strip()] = (int(match[3]), int(match[4]))
    raise AssertionError("no end of the table")


def csv_rows(file: Path) -> list[list[str]]:
    with file.open(newline="") as opened:
        return list(csv.reader(opened))


class Run:
    """A finished run with its own server and files."""

    def __init__(self, program: str, folder: Path, *options, locustfile="standalone"):
        self.server = HttpServer()
        self.prefix = folder / program / "run"
        process = start(
            program, locustfile, "--host", self.server.url, "--csv", self.prefix, *options
        )
        try:
            self.code = process.wait()
        finally:
            process.stop()
            self.server.stop()
        self.output = process.output
        self.tables = tables(self.output)
        self.rows = rows(self.tables)

    def csv(self, name: str) -> list[list[str]]:
        return csv_rows(self.prefix.with_name(f"run_{name}.csv"))


def twin_runs(folder: Path, *options, locustfile="standalone") -> tuple[Run, Run]:
    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(Run, program, folder, *options, locustfile=locustfile)
            for program in ("locust", "cpp-worker")
        ]
        return runs[0].result(), runs[1].result()


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    return twin_runs(tmp_path_factory.mktemp("twins"), "-u", "5", "-r", "5", "-t", "4s")


def test_log_lines_and_exit_code(twins):
    locust, ours = twins
    assert log_lines(ours.output) == log_lines(locust.output)
    assert ours.code == locust.code == 1
    # Locust calls the listener in send_message(), cpp-worker a moment later.
    assert ours.output.count("message hello") == locust.output.count("message hello") == 1


def test_tables(twins):
    locust, ours = twins
    assert set(ours.rows) == set(locust.rows) == {
        "GET /page", "GET /key", "POST /form", "GET /steady", "Aggregated"
    }  # fmt: skip
    for name in ("GET /page", "GET /key", "POST /form"):
        assert ours.rows[name] == locust.rows[name], "ten visits of one user"
    for heading in ("Type  ", "------", "Response time percentiles", "Error report", "# occurrences"):
        of = [[line for line in run.tables if line.startswith(heading)] for run in twins]
        assert of[0] == of[1] != [], heading
    assert sorted(error_report(ours)) == sorted(error_report(locust))


def error_report(run: Run) -> list[str]:
    return [line for line in run.tables[run.tables.index("Error report") :] if "event quit" not in line]


def test_files(twins):
    locust, ours = twins
    for name in ("stats", "stats_history", "failures", "exceptions"):
        raw = [run.prefix.with_name(f"run_{name}.csv").read_bytes().split(b"\r\n")[0] for run in twins]
        assert raw[0] == raw[1] != b"", name
    assert [row[:2] for row in ours.csv("stats")] == [row[:2] for row in locust.csv("stats")]
    # Locust's files lack what came after the last write before the end.
    assert [row[:3] for row in ours.csv("failures")] == [row[:3] for row in locust.csv("failures")]
    assert [row[0] for row in ours.csv("exceptions")] == [row[0] for row in locust.csv("exceptions")]
    assert {row[0]: row[2] for row in ours.csv("failures")[1:]}["POST"]
    assert all(len(row) == len(ours.csv("stats_history")[0]) for row in ours.csv("stats_history"))


def test_totals_are_those_of_the_server(twins):
    for run in twins:
        counted = {name: requests for name, (requests, _) in run.rows.items()}
        total = counted.pop("Aggregated")
        served = run.server.requests()
        # A request that is under way when its user is stopped reaches the server, but not the table.
        for name in ("GET /page", "GET /key", "POST /form"):
            assert counted[name] == served[name]
        assert served["GET /steady"] - 3 <= counted["GET /steady"] <= served["GET /steady"]
        assert sum(counted.values()) == total
    ours = twins[1]
    assert {row[1]: int(row[2]) for row in ours.csv("stats")[1:]} == {
        name.split()[-1]: requests for name, (requests, _) in ours.rows.items()
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(number, ended, tmp_path):
    found = []
    for program in ("locust", "cpp-worker"):
        server = ended(HttpServer())
        process = ended(start(program, "standalone", "-u", "5", "-r", "5", "--host", server.url, "--only-summary"))
        process.expect("All users spawned")
        process.expect("event spawning_complete")
        process.signal(number)
        code = process.wait()
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
    assert process.wait() == 1
    assert "Second signal: exiting immediately" in process.output
    assert "Response time percentiles (approximated)" in process.output


def test_exit_codes(tmp_path):
    def code(program, *options) -> int:
        return Run(program, tmp_path / random.randbytes(4).hex(), "-t", "1s", "--only-summary", *options).code

    cases = [
        ("Steady",),
        ("Rare",),
        ("Rare", "--exit-code-on-error", "7"),
        ("Rare", "--exit-code-on-error", "0"),
        ("Rare", "Steady", "-T", "throws"),
    ]
    with ThreadPoolExecutor(4) as pool:
        of = {p: list(pool.map(lambda case: code(p, *case), cases)) for p in ("locust", "cpp-worker")}
    assert of["cpp-worker"] == of["locust"]
    assert of["cpp-worker"][:4] == [0, 1, 7, 0]


def test_json(tmp_path):
    server = HttpServer()
    process = start(
        "cpp-worker", "standalone", "-t", "1s", "-u", "2", "--host", server.url, "--json-file", tmp_path / "a" / "b",
        "Steady",
    )  # fmt: skip
    assert process.wait() == 0
    process.stop()
    server.stop()
    (entry,) = json.loads((tmp_path / "a" / "b.json").read_text())
    assert (entry["name"], entry["method"]) == ("/steady", "GET")
    assert entry["num_requests"] == sum(entry["response_times"].values()) == sum(entry["num_reqs_per_sec"].values())
    assert entry["num_requests"] == rows(tables(process.output))["GET /steady"][0]


def users_per_second(run: Run) -> list[int]:
    return [int(row[1]) for row in run.csv("stats_history")[1:]]


def test_load_shapes(tmp_path):
    locust, ours = twin_runs(tmp_path, "-u", "7", locustfile="shape")
    assert log_lines(ours.output) == log_lines(locust.output)
    assert ours.code == locust.code == 0
    counts = users_per_second(ours)
    assert 6 <= len(counts) <= 9
    assert {0, 4, 8, 3} <= set(counts) | {0}
    assert max(counts) == 8


def test_stages(ended):
    process = ended(start("cpp-worker", "shape", "--stages", "4,1s;6@100,2s;0,1s"))
    assert process.wait() == 0
    lines = log_lines(process.output)
    assert [line for line in lines if "updating" in line] == [
        "INFO Shape test updating to 4 users at 4.00 spawn rate",
        "INFO Shape test updating to 6 users at 100.00 spawn rate",
        "INFO Shape test updating to 0 users at 6.00 spawn rate",
    ]
    assert "INFO --stages has precedence over the load shape Steps of the locustfile" in lines
    assert lines[-1] == "INFO Shutting down (exit code 0)"


@pytest.mark.parametrize("iterations", [1, 7, 500])
def test_iterations_are_exact(iterations, ended):
    server = ended(HttpServer())
    process = ended(
        start("cpp-worker", "standalone", "-u", "20", "-r", "1000", "-i", iterations, "--host", server.url, "Steady")
    )
    assert process.wait() == 0
    assert server.requests() == Counter({"GET /steady": iterations})
    assert rows(tables(process.output))["GET /steady"] == (iterations, 0)
    assert log_lines(process.output)[-7:] == [
        f"INFO Iteration limit reached ({iterations}), stopping Users at the start of their next task run",
        "INFO event test_stopping",
        "INFO event test_stop",
        "INFO Last user stopped, quitting runner",
        "INFO event quitting",
        "INFO Shutting down (exit code 0)",
        "INFO event quit 0",
    ]


def test_files_are_readable_after_sigkill(tmp_path):
    rng = random.Random(19)

    def kill_at(moment: float, folder: Path) -> None:
        server = HttpServer()
        process = start(
            "cpp-worker", "standalone", "-u", "5", "-r", "5", "--csv", folder / "run", "--host", server.url
        )
        try:
            process.expect("Ramping to")
            time.sleep(moment)  # any moment will do
            process.signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        finally:
            process.stop()
            server.stop()
        for name in ("stats", "stats_history", "failures", "exceptions"):
            raw = (folder / f"run_{name}.csv").read_bytes()
            assert raw.endswith(b"\r\n")
            header, *others = csv_rows(folder / f"run_{name}.csv")
            assert all(len(row) == len(header) for row in others), name
        *entries, total = csv_rows(folder / "run_stats.csv")[1:]
        assert sum(int(entry[2]) for entry in entries) == int(total[2])
        history = csv_rows(folder / "run_stats_history.csv")
        assert abs(int(history[-1][-7]) - int(total[2])) == 0 or len(history) > 2

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(kill_at, rng.uniform(0, 2.5), tmp_path / str(i)) for i in range(8)]
        for job in jobs:
            job.result()


@pytest.mark.parametrize(
    "named", [{"options": ["--worker"]}, {"options": ["--master-host", LOOPBACK]}, {"env": {"LOCUST_MODE_WORKER": "true"}}, {"env": {"LOCUST_MASTER_NODE_HOST": LOOPBACK}}]
)  # fmt: skip
def test_a_named_master_has_precedence(named, ended):
    compile_once(LOCUSTFILES / "shape.cpp")
    env = {"LOCUST_HEADLESS": "true", **named.get("env", {})}
    options = ["-f", LOCUSTFILES / "shape.cpp", "--master-port", "1", *named.get("options", [])]
    worker = ended(run_binary(*options, env=env))
    worker.expect(r"Joining the master at 127.0.0.1:1 as a worker")
    worker.expect(r"No Locust master at 127.0.0.1:1")
    assert not worker.matching("Ramping")
