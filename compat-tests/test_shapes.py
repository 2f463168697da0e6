"""Load shapes: the kinds of Locust's examples/custom_shape change the users as they do in Python, second by second."""

from __future__ import annotations

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from support.ports import free_port
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, VENV
from support.workers import compile_once, cpp_worker, run_binary, stock_master

KINDS = ("stages", "double_wave", "step_load", "staging_user_classes", "wait_user_count")
SHAPES = LOCUSTFILES / "shapes.cpp"


def run(program: str, kind: str) -> Process:
    env = {"SHAPE": kind}
    options = ["--headless", "--only-summary"]
    if program == "locust":
        command = [VENV / "bin" / "locust", "-f", "shapes.py", *options]
        process = Process(program, command, cwd=LOCUSTFILES, env=env)
    else:
        compile_once(SHAPES)
        process = run_binary("-f", SHAPES, "--threads=2", *options, env=env)
    try:
        assert process.wait(COMPILE_PATIENCE) == 0, process.output
    finally:
        process.stop()
    return process


class Record:
    """What a run of locustfiles/shapes wrote into its log."""

    def __init__(self, output: str):
        events = re.findall(r"record (\S+) ([\d.]+)$", output, re.M)
        self.ticks = [float(time) for what, time in events if what == "tick"]
        self._changes = [
            (what[1:], 1 if what[0] == "+" else -1, float(time)) for what, time in events if what != "tick"
        ]

    def per_second(self) -> list[Counter]:
        """The users of each class at the end of each second, before the next tick's users start."""
        seconds = []
        for second in range(1, len(self.ticks)):
            users: Counter = Counter()
            for name, change, time in self._changes:
                if time < self.ticks[0] + second:
                    users[name] += change
            seconds.append(users)
        return seconds


def test_users_per_second_are_those_of_locust():
    with ThreadPoolExecutor(2 * len(KINDS)) as pool:
        jobs = {
            (program, kind): pool.submit(run, program, kind)
            for kind in KINDS
            for program in ("locust", "cpp-worker")
        }
        runs = {key: job.result() for key, job in jobs.items()}
    for kind in KINDS:
        locust, ours = (runs[program, kind] for program in ("locust", "cpp-worker"))
        assert shape_lines(ours) == shape_lines(locust), kind
        theirs, own = (Record(process.output).per_second() for process in (locust, ours))
        print(
            kind, *(" ".join(str(users.total()) for users in seconds) for seconds in (theirs, own)), sep="\n"
        )
        assert len(own) == len(theirs) > 8, kind
        assert max(users.total() for users in own) >= 12, kind
        for second, (expected, users) in enumerate(zip(theirs, own)):
            for name in ("Reader", "Writer"):
                assert (
                    abs(users[name] - expected[name]) <= 1
                ), f"{kind}, second {second}: {users}, not {expected}"


def shape_lines(process: Process) -> list[str]:
    return re.findall(r"(?:Shape test|Ramping to) .*", process.output)


def test_stages_on_a_stock_master(ended, tmp_path):
    """The printed locustfile has --stages as a load shape, which the master follows."""
    compile_once(SHAPES)
    stages = ["--stages", "4,2s;9@100,2s;2@100,3s"]
    printed = ended(run_binary("-f", SHAPES, "--print-locustfile", "-L", "ERROR", *stages))
    assert printed.wait() == 0
    locustfile, port = tmp_path / "locustfile.py", free_port()
    locustfile.write_text(printed.output + "\n")
    master = ended(
        stock_master(port, locustfile, options=["--headless", "--expect-workers", 1], cwd=tmp_path)
    )
    worker = ended(cpp_worker(port, "shapes"))
    assert master.wait(COMPILE_PATIENCE) == 0
    assert worker.wait(COMPILE_PATIENCE) == 0
    assert re.findall(r"Shape test updating to .*", master.output) == [
        "Shape test updating to 4 users at 2.00 spawn rate",
        "Shape test updating to 9 users at 100.00 spawn rate",
        "Shape test updating to 2 users at 100.00 spawn rate",
    ]
    spawned = [
        sum(json.loads(users).values())
        for users in re.findall(r"All users spawned: (\{.*?\})", master.output)
    ]
    assert spawned == [4, 9, 2]
    assert "lacks the load shape" not in printed.output


def test_a_tick_in_cpp_is_not_printed(ended):
    compile_once(SHAPES)
    printed = ended(run_binary("-f", SHAPES, "--print-locustfile"))
    assert printed.wait() == 0
    assert (
        "The printed locustfile lacks the load shape Chosen: its tick() is C++, which a Python master can't run. "
        "Write the shape in Python, or use --stages"
    ) in printed.output
    assert "LoadTestShape" not in printed.output


def test_a_shape_that_no_macro_names_gets_a_warning(ended, tmp_path):
    locustfile = tmp_path / "forgotten.cpp"
    locustfile.write_text(SHAPES.read_text().replace("CPPWORKER_SHAPE(Chosen)", ""))
    worker = ended(run_binary("-f", locustfile, "--headless", "-u", 1, "-i", 1, "--only-summary"))
    worker.wait(COMPILE_PATIENCE)
    assert (
        f"WARNING/cpp-worker: {locustfile} does not use the load shape Chosen. "
        "Add the line CPPWORKER_SHAPE(Chosen) at its end"
    ) in worker.output
