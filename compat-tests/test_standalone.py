"""`cpp-worker --headless` against `locust --headless`: the same log lines, rows, files and exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import termios
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest

from support.http_server import HttpServer
from support.processes import Process
from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, VENV
from support.standalone import csv_rows, log_lines, rows, tables
from support.workers import CACHE, compile_once, run_binary

def start(program: str, locustfile: str, *options) -> Process:
    if program == "locust":
        command = [VENV / "bin" / "locust", "-f", f"{locustfile}.py", "--headless", *options]
        return Process("locust", command, cwd=LOCUSTFILES)
    compile_once(LOCUSTFILES / f"{locustfile}.cpp")
    return run_binary("-f", LOCUSTFILES / f"{locustfile}.cpp", "--headless", "--threads=2", *options)


def wait_for(process: Process, server: HttpServer, request: str, count: int) -> None:
    """Waits until the server has had so many of these requests."""
    deadline = time.monotonic() + COMPILE_PATIENCE
    while server.requests()[request] < count:
        assert time.monotonic() < deadline and process.is_running(), process.output
        time.sleep(0.02)


def end_after_ten_visits(process: Process, server: HttpServer) -> None:
    """Ends the run when its Visitor has ended and the others go on."""
    wait_for(process, server, "POST /form", 10)
    wait_for(process, server, "GET /steady", server.requests()["GET /steady"] + 10)
    process.signal(signal.SIGTERM)


class Run:
    """A finished run with its own server and files."""

    def __init__(self, program: str, folder: Path, *options, locustfile="standalone", end=None):
        self.server = HttpServer()
        self.prefix = folder / program / "run"
        process = start(
            program, locustfile, "--host", self.server.url, "--csv", self.prefix, *options
        )
        try:
            if end is not None:
                end(process, self.server)
            self.code = process.wait(COMPILE_PATIENCE)
        finally:
            process.stop()
            self.server.stop()
        self.output = process.output
        self.tables = tables(self.output)
        self.rows = rows(self.tables)

    def csv(self, name: str) -> list[list[str]]:
        return csv_rows(self.prefix.with_name(f"run_{name}.csv"))


def twin_runs(folder: Path, *options, locustfile="standalone", end=None) -> tuple[Run, Run]:
    with ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(Run, program, folder, *options, locustfile=locustfile, end=end)
            for program in ("locust", "cpp-worker")
        ]
        return runs[0].result(), runs[1].result()


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twins")
    return twin_runs(folder, "-u", "5", "-r", "5", "-t", "1h", end=end_after_ten_visits)


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


@pytest.mark.parametrize(
    "options", [("Steady",), ("Rare", "--exit-code-on-error", "7"), ("Rare", "--exit-code-on-error", "0")]
)
def test_end_by_run_time(options, tmp_path):
    """Rare throws at once, Steady never fails."""
    locust, ours = twin_runs(tmp_path, "-t", "2s", "--only-summary", *options)
    assert log_lines(ours.output) == log_lines(locust.output)
    assert "INFO --run-time limit reached, shutting down" in log_lines(ours.output)
    assert ours.code == locust.code == (7 if "7" in options else 0)


def test_json(tmp_path):
    server = HttpServer()
    process = start(
        "cpp-worker", "standalone", "-t", "1s", "-u", "2", "--host", server.url, "--json-file", tmp_path / "a" / "b",
        "Steady",
    )  # fmt: skip
    assert process.wait(COMPILE_PATIENCE) == 0
    process.stop()
    server.stop()
    (entry,) = json.loads((tmp_path / "a" / "b.json").read_text())
    assert (entry["name"], entry["method"]) == ("/steady", "GET")
    assert entry["num_requests"] == sum(entry["response_times"].values()) == sum(entry["num_reqs_per_sec"].values())
    assert entry["num_requests"] == rows(tables(process.output))["GET /steady"][0]


@pytest.mark.parametrize("option", ["--csv", "--html", "--json-file", "--junit"])
def test_a_file_that_cannot_be_written_ends_the_start(option, ended):
    process = ended(start("cpp-worker", "standalone", "-t", "1s", option, "/proc/file", "Rare"))
    assert process.wait(COMPILE_PATIENCE) == 1
    process.expect("ERROR.* /proc/file")
    assert not process.matching("Ramping")


@pytest.mark.parametrize("stages", ["", "4,2s,8@8", "4"])
def test_wrong_stages_are_a_wrong_option(stages, ended):
    process = ended(start("cpp-worker", "shape", "--stages", stages))
    assert process.wait(COMPILE_PATIENCE) == 2
    process.expect("--stages: '.*' is not a stage: ")


def test_without_a_host_the_run_ends(ended):
    codes = {}
    for program in ("locust", "cpp-worker"):
        process = ended(start(program, "standalone", "-u", "3"))
        codes[program] = process.wait(COMPILE_PATIENCE)
        process.expect("You must specify the base host")
        process.expect("Shutting down")
    assert codes == {"locust": 0, "cpp-worker": 1}


def test_debug_user_without_a_task_ends(ended):
    process = ended(start("cpp-worker", "standalone", "--debug-user", "Rare", "--tags", "other"))
    assert process.wait(COMPILE_PATIENCE) == 1
    process.expect("no task of Rare is left with these --tags and --exclude-tags")


def users_per_second(run: Run) -> list[int]:
    return [int(row[1]) for row in run.csv("stats_history")[1:]]


def test_load_shapes(tmp_path):
    locust, ours = twin_runs(tmp_path, "-u", "7", locustfile="shape")
    assert log_lines(ours.output) == log_lines(locust.output)
    assert ours.code == locust.code == 0
    counts = users_per_second(ours)
    assert {4, 3} <= set(counts)
    assert max(counts) <= 8


def test_stages(ended):
    process = ended(start("cpp-worker", "shape", "--stages", "4,1s;6@100,2s;0,1s"))
    assert process.wait(COMPILE_PATIENCE) == 0
    lines = log_lines(process.output)
    assert [line for line in lines if "updating" in line] == [
        "INFO Shape test updating to 4 users at 4.00 spawn rate",
        "INFO Shape test updating to 6 users at 100.00 spawn rate",
        "INFO Shape test updating to 0 users at 6.00 spawn rate",
    ]
    assert "INFO --stages has precedence over the load shape Steps of the locustfile" in lines
    assert lines[-1] == "INFO Shutting down (exit code 0)"


def test_stages_for_a_stock_locust(ended, tmp_path):
    """--print-locustfile writes them as a load shape, which changes the users as ours does."""
    compile_once(LOCUSTFILES / "shape.cpp")
    stages = ["--stages", "4,1s;6@100,1s"]
    printed = ended(run_binary("-f", LOCUSTFILES / "shape.cpp", "--print-locustfile", "-L", "ERROR", *stages))
    assert printed.wait() == 0
    (tmp_path / "printed.py").write_text(printed.output + "\n")
    locust = ended(Process("locust", [VENV / "bin" / "locust", "-f", "printed.py", "--headless"], cwd=tmp_path))
    ours = ended(start("cpp-worker", "shape", *stages))
    assert ours.wait(COMPILE_PATIENCE) == 0
    locust.wait(COMPILE_PATIENCE)
    shape_lines = [
        [line for line in log_lines(process.output) if re.search("Shape test|Ramping", line)]
        for process in (locust, ours)
    ]
    assert shape_lines[0] == shape_lines[1] != []
    plain = ended(run_binary("-f", LOCUSTFILES / "shape.cpp", "--print-locustfile"))
    assert plain.wait() == 0
    assert "The printed locustfile lacks the load shape Steps" in plain.output


@pytest.mark.parametrize("iterations", [1, 7, 500])
def test_iterations_are_exact(iterations, ended):
    server = ended(HttpServer())
    process = ended(
        start("cpp-worker", "standalone", "-u", "20", "-r", "1000", "-i", iterations, "--host", server.url, "Steady")
    )
    assert process.wait(COMPILE_PATIENCE) == 0
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


def test_thresholds(ended, tmp_path):
    server = ended(HttpServer())
    process = ended(
        start(
            "cpp-worker", "standalone", "-u", "2", "-t", "3s", "--host", server.url, "--junit", tmp_path / "verdicts.xml",
            "--fail-if", "p95 > 100s", "--fail-if", 'count of "GET /steady" > 2', "--fail-if", 'fails of "/stedy" > 0',
            "--html", tmp_path / "report-{u}-{t}.html", "Steady",
        )
    )  # fmt: skip
    assert process.wait(COMPILE_PATIENCE) == 3
    lines = process.output.splitlines()
    table = lines[lines.index("Thresholds") :]
    assert re.match(r"ok       p95 > 100s +[\d.]+ ms$", table[3])
    assert re.match(r'FAILED   count of "GET /steady" > 2 +\d+$', table[4])
    assert 'no request has this name; did you mean "/steady"?' in table[5]
    suite = ElementTree.parse(tmp_path / "verdicts.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    page = (tmp_path / "report-2-3.html").read_text()
    assert page.endswith("</html>\n") and '"name": "/steady"' in page and '"failed": true' in page


def test_a_threshold_ends_the_run(ended):
    server = ended(HttpServer())
    condition = 'fail% of "GET /key" > 50 for 2s, stop'
    process = ended(start("cpp-worker", "standalone", "-u", "2", "--host", server.url, "--fail-if", condition, "Visitor"))
    process.expect(f"Threshold failed: {re.escape(condition)}; shutting down")
    assert process.wait(COMPILE_PATIENCE) == 3
    assert re.search(r"after [2-4] s", process.output)


def test_thresholds_of_the_locustfile_replace_plain_failures(ended):
    server = ended(HttpServer())
    options = ["-u", "1", "-t", "1s", "--host", server.url]
    process = ended(start("cpp-worker", "thresholds", *options))
    assert process.wait(COMPILE_PATIENCE) == 0, "requests fail, but no threshold does"
    assert "Error report" in process.output
    assert "ok       fail% > 100" in process.output
    strict = ended(start("cpp-worker", "thresholds", *options, "--exit-code-on-error", "5"))
    assert strict.wait() == 5
    own = ended(start("cpp-worker", "thresholds", *options, "--exit-code", "42"))
    assert own.wait() == 42, "set_process_exit_code()"


def test_keys_of_the_terminal_change_the_number_of_users():
    compile_once(LOCUSTFILES / "shape.cpp")
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["CPPWORKER_CACHE_DIR"] = str(CACHE)
        command = [BINARY, "-f", LOCUSTFILES / "shape.cpp", "--stages", "2,1h", "--only-summary"]
        os.execv(BINARY, [str(word) for word in command])
    output = ""

    def expect(text: str) -> None:
        nonlocal output
        while text not in output:
            ready, _, _ = select.select([terminal], [], [], COMPILE_PATIENCE)
            assert ready, output
            output += os.read(terminal, 65536).decode()

    try:
        expect("Ramping to 2 users")
        settings = termios.tcgetattr(terminal)
        assert not settings[3] & (termios.ECHO | termios.ICANON), "keys are read without Enter"
        os.write(terminal, b"w")
        expect("Already spawning users, can't spawn more right now")
        os.write(terminal, b"\x03")  # Ctrl-C
        expect("Shutting down (exit code 0)")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


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
