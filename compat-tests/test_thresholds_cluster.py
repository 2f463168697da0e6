"""Thresholds: `cpp-worker --headless`, a stock master with the printed locustfile (over C++ and Python workers) and
`locust` without a master come to the same verdicts and exit codes."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from support.ports import free_port
from support.processes import Process
from support.settings import BINARY, COMPILE_PATIENCE, GOLDEN, LOCUSTFILES, LOOPBACK, VENV, venv_of
from support.threaded_server import Handler, ThreadedServer
from support.web_ui import WebUi
from support.workers import CACHE, compile_once, cpp_worker, run_binary, stock_master, stock_worker

GATES = LOCUSTFILES / "gates.cpp"

SLOW = 0.3
"""Seconds that /slow takes."""

STOP = 'fail% of "GET /flaky" > 90 for 10s, stop'

VERDICTS = {
    'avg of "GET /slow" > 250ms': True,
    'avg of "GET /slow" > 60s': False,
    'med of "/slow" >= 250ms': True,
    'med of "BASKET pay" > 50ms': False,
    'med of "BASKET pay" >= 50ms': True,
    'min of "/slow" < 300ms': False,
    'min of "/fast" < 0.3s': True,
    "max > 250ms": True,
    "max > 60s": False,
    'p90 of "/slow" > 250ms within 5s': True,
    'p99.9 of "GET *" > 60s': False,
    "rps < 1": False,
    "rps < 100000": True,
    "rps > 100000 for 1s": False,
    'rps of "/fast" > 0.1 for 3s': True,
    "fail% > 2": True,
    'fail% of "/fast" > 0': False,
    'fail% of "GET /flaky" > 90 for 10m': False,
    'fails of "/flaky" > 3': True,
    'fails of "/flaky" > 3 within 5s': True,
    'fails of "/warming" > 0': False,  # only before the end of --warm-up
    'count of "/flaky" < 2': False,
    'count of "BASKET *" < 100000': True,
    'count of "/fast" <= 0 within 8s': False,
    'fails of "GET /flakey" > 0': True,  # no such name
    STOP: True,
    'fails of "POST /*" > 0': False,
    'fail% of "GET /f*" > 1': True,
}
"""Whether each condition is met in a run of the Customers of `gates` against a GateServer."""

OLD = ("2.0.0", "2.8.6", "2.20.1")
"""Masters that lack events or options of the newest one."""

OF_LOCUSTFILE = 2
"""The number of conditions at the end of VERDICTS that gates.cpp declares."""


class GateServer(ThreadedServer):
    """/slow takes a while; /warming fails before `warm_after` seconds, /flaky after `flaky_after`."""

    def __init__(self, warm_after: float = 0.5, flaky_after: float = 3):
        began = None
        lock = threading.Lock()

        class GateHandler(Handler):
            def do_GET(self):
                nonlocal began
                with lock:
                    began = began or time.monotonic()
                age = time.monotonic() - began
                if self.path == "/slow":
                    time.sleep(SLOW)
                fails = (self.path == "/warming" and age < warm_after) or (
                    self.path == "/flaky" and age > flaky_after
                )
                self.answer(500 if fails else 200, "a text")

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.answer(201, "made")

        super().__init__(GateHandler)


def print_with(*options) -> str:
    """The locustfile that a master needs to check the thresholds of these options."""
    compile_once(GATES)
    process = run_binary("-f", GATES, "--print-locustfile", "--loglevel", "ERROR", *options)
    code = process.wait(COMPILE_PATIENCE)
    process.stop()
    assert code == 0, process.output
    return process.output + "\n"


def of_command_line(conditions) -> list[str]:
    return [word for condition in conditions for word in ("--fail-if", condition)]


class Run:
    """A finished run with its own server: exit code and verdicts.

    @param until The run is ended by a signal when a line of its output matches this.
    @param start Starts a run in this folder with these options; returns its processes, the one with the verdicts first.
    """

    def __init__(
        self, folder: Path, start: Callable[[Path, list], list[Process]], *options, until=None, **behaviour
    ):
        folder.mkdir()
        server = GateServer(**behaviour)
        processes = []
        try:
            processes = start(folder, ["--headless", "-u", 6, "-r", 6, "--host", server.url, *options])
            if until is not None:
                processes[0].expect(until, patience=COMPILE_PATIENCE)
                processes[0].signal(signal.SIGTERM)
            self.code = processes[0].wait(COMPILE_PATIENCE)
        finally:
            for process in reversed(processes):
                process.stop()
            server.stop()
        self.output = processes[0].output
        self.verdicts = verdicts(self.output)


def verdicts(output: str) -> dict[str, tuple[bool, str]]:
    """By condition: whether it failed, and what was measured."""
    lines = output.splitlines()
    lines = lines[lines.index("Thresholds") + 1 :]
    width = lines[0].index("Measured")
    separators = [number for number, line in enumerate(lines) if line.startswith("--------|")]
    return {
        line[9:width].rstrip(): (line.startswith("FAILED"), line[width:])
        for line in lines[separators[0] + 1 : separators[1]]
    }


def standalone(*conditions):
    def start(folder, options):
        compile_once(GATES)
        return [run_binary("-f", GATES, "--threads=2", *options, *conditions)]

    return start


def cluster(*conditions, venv=VENV, workers=(cpp_worker, stock_worker, cpp_worker)):
    """A stock master with cpp-workers and Python workers."""

    def start(folder, options):
        locustfile, port = folder / "locustfile.py", free_port()
        locustfile.write_text(print_with(*conditions))
        options = [*options, "--expect-workers", len(workers)]
        master = stock_master(port, locustfile, options=options, venv=venv, cwd=folder)
        return [master, *(worker(port, "gates") for worker in workers)]

    return start


def local_locust(*conditions):
    """`locust --headless` with Python users and the thresholds of the printed locustfile."""

    def start(folder, options):
        locustfile = folder / "locustfile.py"
        thresholds = print_with(*conditions).partition("\n# Thresholds: ")
        locustfile.write_text((LOCUSTFILES / "gates.py").read_text() + "".join(thresholds[1:]))
        return [Process("locust", [VENV / "bin" / "locust", "-f", locustfile, *options], cwd=folder)]

    return start


def at_once(runs: dict[str, Callable[[], Run]]) -> dict[str, Run]:
    with ThreadPoolExecutor(len(runs)) as pool:
        jobs = {name: pool.submit(run) for name, run in runs.items()}
        return {name: job.result() for name, job in jobs.items()}


def seconds_with_failures(folder: Path) -> list[int]:
    rows = {row["name"]: row for row in json.loads((folder / "run.json").read_text())}
    return sorted(int(second) for second in rows["/flaky"]["num_fail_per_sec"])


def test_verdicts_and_exit_code(tmp_path):
    """All conditions at once: 28 verdicts in one run of each kind."""
    options = [*of_command_line(list(VERDICTS)[:-OF_LOCUSTFILE]), "--warm-up", "2s"]
    kinds = {"standalone": standalone, "cluster": cluster, "locust": local_locust}

    def run_kind(name: str) -> Run:
        return Run(tmp_path / name, kinds[name](*options), "--json-file", tmp_path / name / "run")

    for name, run in at_once({name: partial(run_kind, name) for name in kinds}).items():
        assert {condition: failed for condition, (failed, _) in run.verdicts.items()} == VERDICTS, name
        assert list(run.verdicts) == list(VERDICTS), "the table has the order of the options"
        assert 'did you mean "GET /flaky"?' in run.verdicts['fails of "GET /flakey" > 0'][1]
        assert run.code == 3
        assert "Shutting down (exit code 3)" in run.output
        assert not re.search(r"Traceback|is late", run.output), run.output

        # A breach of ten whole seconds ends the run.
        assert f"Threshold failed: {STOP}; shutting down" in run.output
        first, *_, last = seconds_with_failures(tmp_path / name)
        # The first of these seconds need not be a whole one, and the seconds of a run may begin between those of
        # the clock. Workers report every second.
        print(f"{name}: failures in the seconds {first} to {last}")
        assert 9 <= last - first <= 11 + 2, name


def test_the_code_for_a_master_has_the_verdicts_of_the_unit_tests(ended):
    """The unit tests of src/runner/thresholds.cpp use the same file."""
    compile_once(GATES)
    command = [VENV / "bin" / "python", GOLDEN / "record_thresholds.py", BINARY]
    recorder = ended(Process("recorder", command, env={"CPPWORKER_CACHE_DIR": str(CACHE)}))
    assert recorder.wait(COMPILE_PATIENCE) == 0, recorder.output
    assert recorder.output.split("\n") == (GOLDEN / "thresholds.json").read_text().splitlines()


def test_check_compares_the_thresholds_of_the_locustfile(ended, tmp_path):
    def check(text: str) -> list[str]:
        file = tmp_path / "printed.py"
        file.write_text(text)
        env = {"CPPWORKER_PYTHON": str(VENV / "bin" / "python")}
        process = ended(
            run_binary("-f", GATES, "--print-locustfile", "--check", file, "-L", "ERROR", env=env)
        )
        process.wait(COMPILE_PATIENCE)
        return [line.replace(str(file), "FILE") for line in process.output.splitlines()]

    printed = print_with(*of_command_line(["max > 60s"]))
    assert check(printed) == ["FILE and the C++ locustfile agree."]
    text = r'the threshold "%s of \"GET /f*\" > 1" is only in %s locustfile'
    assert check(printed.replace("fail% of", "rps of")) == [
        text % ("rps", "the master's"),
        text % ("fail%", "this worker's"),
    ]


def test_failed_requests_alone_do_not_count(tmp_path):
    """Unless --exit-code-on-error is set. Old masters check the thresholds too."""
    good, bad = of_command_line(["max > 60s"]), of_command_line(['fails of "/warming" > 0, stop'])
    one, strict = (cpp_worker,), ("--exit-code-on-error", 1)

    def run(name: str, start, *options, **more) -> Callable[[], Run]:
        return partial(Run, tmp_path / name, start, *options, warm_after=1000, flaky_after=1000, **more)

    def failing(name: str, start, *options) -> Callable[[], Run]:
        return run(name, start, *options, until=r"^GET +/warming +\d+ +[1-9]")

    old = {version: run(version, cluster(*bad, venv=venv_of(version), workers=one)) for version in OLD}
    runs = at_once(
        {
            "good": failing("good", cluster(*good, workers=one)),
            "good standalone": failing("good standalone", standalone(*good)),
            "strict": failing("strict", cluster(*good, workers=one), *strict),
            "strict standalone": failing("strict standalone", standalone(*good), *strict),
            **old,
        }
    )
    for name, finished in runs.items():
        expected = 3 if name in OLD else 1 if "strict" in name else 0
        assert finished.code == expected, finished.output
        assert finished.verdicts[(bad if name in OLD else good)[1]][0] == (name in OLD)
        assert "Traceback" not in finished.output, finished.output


def test_an_exception_of_user_code_counts_beside_thresholds(tmp_path):
    """As in Locust, the exit code is 1, or that of --exit-code-on-error."""
    users = LOCUSTFILES / "standalone.cpp"
    condition = ("--fail-if", "p95 > 60s")
    compile_once(users)
    printing = run_binary("-f", users, "--print-locustfile", "--loglevel", "ERROR", *condition)
    assert printing.wait(COMPILE_PATIENCE) == 0, printing.output
    printing.stop()
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(printing.output + "\n")

    def in_a_cluster(folder, options):
        port = free_port()
        master = stock_master(port, locustfile, options=[*options, "--expect-workers", 1, "Rare", "Steady"], cwd=folder)
        return [master, cpp_worker(port, "standalone")]

    def alone(folder, options):
        return [run_binary("-f", users, "--threads=2", *options, *condition, "Rare", "Steady")]

    end, ignored = ("-t", "3s"), ("--exit-code-on-error", "0")
    runs = at_once(
        {
            "cluster": partial(Run, tmp_path / "cluster", in_a_cluster, *end),
            "alone": partial(Run, tmp_path / "alone", alone, *end),
            "cluster, ignored": partial(Run, tmp_path / "ignored", in_a_cluster, *end, *ignored),
            "alone, ignored": partial(Run, tmp_path / "alone-ignored", alone, *end, *ignored),
        }
    )
    for name, finished in runs.items():
        assert finished.verdicts["p95 > 60s"][0] is False, finished.output
        assert finished.code == (0 if "ignored" in name else 1), finished.output


def test_with_a_web_ui_stop_ends_the_test_not_the_master(ended, tmp_path):
    condition = 'fails of "/warming" > 0, stop'
    server, port, web_port = ended(GateServer(warm_after=1000)), free_port(), free_port()
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text(print_with(*of_command_line([condition])))
    web = ["--web-host", LOOPBACK, "--web-port", web_port, "--host", server.url]
    master = ended(stock_master(port, locustfile, options=web, cwd=tmp_path))
    worker = ended(cpp_worker(port, "gates"))
    master.expect("reported as ready", patience=COMPILE_PATIENCE)
    ui = WebUi(web_port, patience=COMPILE_PATIENCE)
    for test in (1, 2):
        ui.swarm(2, spawn_rate=2)
        master.expect(
            rf"Threshold failed: {re.escape(condition)}; stopping the test",
            count=test,
            patience=COMPILE_PATIENCE,
        )
        ui.wait_state("stopped")
        master.expect("reported as ready", count=test + 1, patience=COMPILE_PATIENCE)
    assert master.output.count("Thresholds\n") == 1, "the verdicts of the first test, when the second begins"
    assert re.fullmatch(r"\d+ \(after \d+ s\)", verdicts(master.output)[condition][1])
    master.signal(signal.SIGTERM)
    assert master.wait(COMPILE_PATIENCE) == 3
    assert master.output.count("Thresholds\n") == 2
    assert worker.wait(COMPILE_PATIENCE) == 0
    assert "Traceback" not in master.output
