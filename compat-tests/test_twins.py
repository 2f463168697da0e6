"""examples/twins: 13 kinds of locustfiles, each in Python and in C++. Under a stock master, both make the same rows and
failures in the same proportions, and send only correct requests."""

from __future__ import annotations

import ast
import csv
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.databases import Redis
from support.ports import free_port
from support.processes import Process
from support.settings import BINARY, LOCUSTFILES, LOOPBACK, PATIENCE, VENV
from support.twin_server import ENVIRONMENT, TwinServer
from support.twins import COMPILING, KINDS, TILES, TWINS, USERS, Run, check, compile_all, settings
from support.workers import SELF_CHECK

COLUMNS = 100
"""Python (by black) and C++ (by clang-format) have the same width, so that their lines can be compared."""


def stock_worker(port: int, names: list[str], env: dict[str, str]) -> Process:
    files = ",".join(f"{name}.py" for name in names)
    command = [VENV / "bin" / "locust", "-f", files, "--worker", "--master-host", LOOPBACK, "--master-port", port]
    return Process("stock worker", command, cwd=TWINS, env=env)


def cpp_worker(port: int, names: list[str], env: dict[str, str]) -> Process:
    if SELF_CHECK:
        return stock_worker(port, names, env)
    files = ",".join(f"{name}.cpp" for name in names)
    command = [BINARY, "-f", files, f"--master-host={LOOPBACK}", f"--master-port={port}", "--threads=2"]
    return Process("cpp-worker", command, cwd=TWINS, env=env | COMPILING)


def run(ended, folder: Path, start_worker, files: list, names: list[str], options: list, env: dict) -> Run:
    """@param files the master's; env: settings of until_enough.py and tiles_shape.py"""
    server, redis = ended(TwinServer()), ended(Redis(folder))
    env = env | server.environment | {"REDIS_URL": f"redis://{LOOPBACK}:{redis.port}"}
    port, results = free_port(), folder / "results"
    master = ended(
        Process(
            "stock master",
            [
                *(VENV / "bin" / "locust", "-f", ",".join(map(str, files)), "--master", "--headless"),
                *("--master-bind-host", LOOPBACK, "--master-bind-port", port, "--expect-workers", 1),
                *("--host", server.url, "--stop-timeout", 30, "--csv", results, "--only-summary"),
                *options,
            ],
            cwd=TWINS,
            env=env,
        )
    )
    worker = ended(start_worker(port, names, env))
    master.wait(4 * PATIENCE)
    assert master.matching("Shutting down"), master.output
    worker.wait()
    calls = redis.calls()
    seen = server.rows
    for row in KINDS["cache"].rows:
        command = "llen" if row == "REDIS pipeline" else row.split()[1].lower()
        seen[row] = calls.get(command, 0)
    return Run(
        start_worker.__name__,
        Counter(
            {
                f"{row['Type']} {row['Name']}": int(row["Request Count"])
                for row in read_csv(f"{results}_stats.csv")
                if row["Name"] != "Aggregated"
            }
        ),
        Counter(
            {
                f"{row['Method']} {row['Name']}: {row['Error']}": int(row["Occurrences"])
                for row in read_csv(f"{results}_failures.csv")
            }
        ),
        {row["Message"] for row in read_csv(f"{results}_exceptions.csv")},
        +seen,
        server.complaints,
        f"{master.output}\n{worker.output}",
    )


def read_csv(path: str) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def both(ended, tmp_path, files: list, names: list[str], options: list, env: dict) -> list[Run]:
    """The runs with a Python worker and with ours, at the same time."""

    def play(start_worker) -> Run:
        folder = tmp_path / start_worker.__name__
        folder.mkdir()
        return run(ended, folder, start_worker, files, names, options, env)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(play, (stock_worker, cpp_worker)))


def test_twins_make_the_same_rows(ended, tmp_path):
    names, kinds = list(KINDS), list(KINDS.values())
    compile_all(names, ENVIRONMENT)
    users = USERS * sum(kind.classes for kind in kinds)
    files = [*(f"{name}.py" for name in names), LOCUSTFILES / "until_enough.py"]
    options = ["--users", users, "--spawn-rate", 100, "--run-time", f"{2 * PATIENCE:.0f}s"]
    check(kinds, *both(ended, tmp_path, files, names, options, settings(kinds)))


def test_twins_with_a_load_shape_make_the_same_rows(ended, tmp_path):
    compile_all(["tiles"], ENVIRONMENT)
    files = ["tiles_shape.py", LOCUSTFILES / "until_enough.py"]
    env = settings([TILES]) | {"STAGE_SECONDS": "2", "SECONDS": "5"}
    check([TILES], *both(ended, tmp_path, files, ["tiles"], [], env))


def lines_of_code(path: Path) -> int:
    """Without blank lines, comments and docstrings."""
    text = path.read_text()
    lines = text.splitlines()
    assert max(map(len, lines)) <= COLUMNS, f"{path} is wider than {COLUMNS} columns"
    docstrings: set[int] = set()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                docstrings.update(range(node.lineno, node.end_lineno + 1))
    comment = "#" if path.suffix == ".py" else "//"
    return sum(
        bool(line.strip()) and not line.strip().startswith(comment) and number not in docstrings
        for number, line in enumerate(lines, 1)
    )


def test_twins_are_about_as_long():
    names = sorted(path.stem for path in TWINS.glob("*.cpp"))
    assert names == sorted([*KINDS, "tiles"])
    lines = {name: (lines_of_code(TWINS / f"{name}.py"), lines_of_code(TWINS / f"{name}.cpp")) for name in names}
    python, cpp = (sum(counts) for counts in zip(*lines.values()))
    assert cpp <= 1.1 * python, f"{python} lines of Python, {cpp} of C++: {lines}"
