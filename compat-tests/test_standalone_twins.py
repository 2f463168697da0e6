"""Twins run by `locust --headless` and by `cpp-worker --headless`: the same log lines, rows, columns, failures, exit codes and
files. The counts in the tables are those of the servers."""

from __future__ import annotations

import ast
import itertools
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.databases import Redis
from support.http_server import HttpServer
from support.processes import Process
from support.settings import BINARY, COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, REPOSITORY, VENV
from support.standalone import OF_THE_DOCUMENT, SHOWN_BY, csv_rows, log_lines, rows, tables
from support.twin_server import ENVIRONMENT, TwinServer
from support.twins import COMPILING, KINDS, PUSHED, TWINS, compile_all
from support.workers import compile_once, run_binary

PROGRAMS = ("locust", "cpp-worker")
FILES = ("stats", "stats_history", "failures", "exceptions")
HEADINGS = ("Type  ", "------", "Response time percentiles", "Error report", "# occurrences")


class Servers:
    """The servers that the twins of a run need."""

    def __init__(self, folder: Path, kinds: list[str]):
        self.twins = TwinServer()
        self.redis = Redis(folder) if "cache" in kinds else None
        self.environment = dict(self.twins.environment)
        if self.redis is not None:
            self.environment["REDIS_URL"] = f"redis://{LOOPBACK}:{self.redis.port}"

    def seen(self) -> Counter:
        """The counts of the servers, by row."""
        seen = self.twins.rows
        calls = self.redis.calls() if self.redis is not None else {}
        for row in KINDS["cache"].rows:
            command = "llen" if row == "REDIS pipeline" else row.split()[1].lower()
            seen[row] = calls.get(command, 0)
        return +seen

    def stop(self) -> None:
        self.twins.stop()
        if self.redis is not None:
            self.redis.stop()


class Run:
    """A finished run."""

    def __init__(self, folder: Path, process: Process):
        try:
            self.code = process.wait(COMPILE_PATIENCE)
        finally:
            process.stop()
        self.folder = folder
        self.output = process.output
        assert "Shutting down (exit code" in self.output, self.output
        self.log = log_lines(self.output)
        self.tables = tables(self.output)
        self.rows = rows(self.tables)

    def counts(self) -> Counter:
        return Counter({name: requests for name, (requests, _) in self.rows.items() if name != "Aggregated"})

    def headings(self) -> list[str]:
        return [line for line in self.tables if line.startswith(HEADINGS)]

    def counted(self) -> list[str]:
        """Of each line of the first table: type, name, requests and failures, as they are printed."""
        end = self.tables.index("")
        return [line.partition("|")[0] for line in self.tables[:end]]

    def percentile_rows(self) -> list[tuple[str, str]]:
        """Of each line of the second table: type and name, and the number of requests, as they are printed."""
        begin = self.tables.index("Response time percentiles (approximated)")
        lines = itertools.takewhile(bool, self.tables[begin + 1 :])
        return [(line[:90], line.rpartition(" ")[2]) for line in lines]

    def error_report(self) -> list[str]:
        if "Error report" not in self.tables:
            return []
        return list(itertools.takewhile(bool, self.tables[self.tables.index("Error report") :]))

    def failures(self) -> Counter:
        """Occurrences of each `TYPE name: text` in the error report. A text may have several lines."""
        found: list[tuple[int, str]] = []
        for line in self.error_report()[3:-1]:
            if match := re.match(r"(\d+) +(.*?) *$", line):
                found.append((int(match[1]), match[2]))
            else:
                count, text = found.pop()
                found.append((count, f"{text}\n{line.rstrip()}"))
        return Counter({text: count for count, text in found})

    def csv(self, name: str) -> list[list[str]]:
        return csv_rows(self.folder / f"run_{name}.csv")

    def csv_header(self, name: str) -> bytes:
        return (self.folder / f"run_{name}.csv").read_bytes().partition(b"\r\n")[0]


def both(play) -> list[Run]:
    """What `play(program)` returns for Locust and cpp-worker, which run at the same time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(play, PROGRAMS))


def unwrapped(failure: str) -> str:
    """A failure of the CSV file or of KINDS as the error report shows it."""
    match = re.fullmatch(r"(.*?: )CatchResponseError\((.*)\)", failure)
    return match[1] + ast.literal_eval(match[2]) if match else failure


def check_equal(locust: Run, ours: Run) -> None:
    """Checks what is the same even if the tasks are chosen at random."""
    assert ours.log == locust.log
    assert ours.code == locust.code
    assert ours.headings() == locust.headings()
    assert set(ours.rows) == set(locust.rows)
    for name in FILES:
        assert ours.csv_header(name) == locust.csv_header(name) != b"", name
    # Locust's files lack the requests after its last write.
    for name, columns in (("stats", slice(0, 2)), ("failures", slice(0, 3))):
        found = [{tuple(row[columns]) for row in run.csv(name)} for run in (ours, locust)]
        assert found[0] >= {row for row in found[1] if f"{row[0]} {row[1]}" not in PUSHED}
    # See "exception text" in support/standalone.py.
    texts = {re.sub(r"^\w+: ", "", row[1]) for row in ours.csv("exceptions")}
    assert texts >= {row[1] for row in locust.csv("exceptions")}
    in_csv = {f"{row[0]} {row[1]}".strip(): (int(row[2]), int(row[3])) for row in ours.csv("stats")[1:]}
    assert in_csv == ours.rows
    in_csv = {unwrapped(f"{row[0]} {row[1]}: {row[2]}"): int(row[3]) for row in ours.csv("failures")[1:]}
    assert in_csv == ours.failures()


# --- fixed numbers of iterations ---


@dataclass
class Case:
    """A run of one user with a fixed number of tasks. This number determines the number of requests of each row."""

    twins: str
    user_class: str
    tasks: list[str]
    iterations: int
    rows: dict[str, int]
    """Requests by row; without the rows of pushed messages."""

    def __str__(self) -> str:
        return "-".join([self.twins, self.user_class, *self.tasks])


FIXED_TWINS = [
    Case("shop", "Visitor", ["browse"], 5, {"GET /shop/category/[name]": 5}),
    Case(
        "shop", "Buyer", ["buy"], 4,
        {"GET /shop/offers": 1, "POST /shop/cart": 4, "GET /shop/cart": 4, "POST /shop/checkout": 4},
    ),
    Case(
        "rest_api", "ApiUser", ["OrderLifecycle"], 14,
        {
            "POST /api/login": 1, "POST /api/orders": 3, "GET /api/orders/[id]": 5, "PATCH /api/orders/[id]": 2,
            "DELETE /api/orders/[id]": 2, "GET /api/orders/[id] (deleted)": 2, "POST /api/logout": 1,
        },
    ),
    Case(
        "form_shop", "FormShopUser", ["ask_support"], 5,
        {"GET /forms/login": 1, "POST /forms/login": 1, "GET /forms/support": 5, "POST /forms/support": 5},
    ),
    Case("storage", "StorageUser", ["upload"], 5, {"POST /storage/files": 6}),
    Case("graphql", "GraphQLUser", ["dashboard"], 5, {"POST /graphql Profile": 5, "POST /graphql News": 5}),
    Case("accounts", "AccountUser", ["balance"], 14, {"POST /portal/login": 2, "GET /portal/balance": 14}),
    Case("llm", "ChatCompletionUser", ["embed"], 5, {"POST /v1/embeddings": 5}),
    Case("signed_api", "SignedApiUser", ["delete_forbidden"], 5, {"DELETE /signed/objects/[key]": 5}),
    Case(
        "django_site", "DjangoUser", ["search_notes"], 5,
        {
            "GET /django/login/": 1, "POST /django/login/": 1, "GET /django/notes/?q=[text]": 5,
            "POST /django/logout/": 1,
        },
    ),
    Case("tiles", "MapReader", ["load_font"], 5, {"GET /fonts/[font]/[range].pbf": 5}),
    Case("tiles", "MapEditor", ["list_changes"], 5, {"GET /changes?limit=5": 5}),
    Case("chat", "ChatUser", ["show_typing"], 5, {"WS connect": 1, "WS join": 1, "WS typing": 5}),
    Case("push", "PushReceiver", ["mute"], 4, {"PUSH subscribe": 1, "PUSH mute": 4}),
    Case(
        "cache", "CacheUser", ["wrong_type"], 8, {"REDIS INCR": 1, "REDIS LPUSH (wrong type)": 8, "REDIS UNLINK": 1}
    ),
]  # fmt: skip
"""For each class of examples/twins, a task that always makes the same requests."""

FIXED_OTHERS = [
    Case("shop", "ShopUser", ["wrong_text"], 7, {"GET /text": 7}),
    Case("shop", "ShopUser", ["unreachable"], 7, {"GET /nobody": 7}),
    Case("shop", "EchoUser", ["echo"], 4, {"ECHO ping": 4, "ECHO pong": 4, "ECHO refused": 4}),
    Case("missing", "FormUser", ["send_cookie"], 6, {"GET /login": 6}),
    Case("missing", "FormUser", ["send_header"], 6, {"GET /login": 6}),
]  # fmt: skip
"""The same for classes of locustfiles/."""


def play(program: str, case: Case, files: Path, folder: Path, host: str, env: dict[str, str]) -> Run:
    folder = folder / program
    folder.mkdir()
    config = {"user_class_name": case.user_class, "tasks": case.tasks}
    options = [case.user_class, "--headless", "--host", host, "--csv", folder / "run"]
    options += ["--config-users", json.dumps(config)]
    if program == "locust":
        locustfiles = f"{case.twins}.py,{LOCUSTFILES / 'stop_after.py'}"
        command = [VENV / "bin" / "locust", "-f", locustfiles, *options]
        env = env | {"ITERATIONS": str(case.iterations)}
    else:
        command = [BINARY, "-f", f"{case.twins}.cpp", "--threads=2", "-i", case.iterations, *options]
        env = env | COMPILING
    return Run(folder, Process(program, command, cwd=files, env=env))


def check_fixed(case: Case, locust: Run, ours: Run) -> None:
    check_equal(locust, ours)
    for run in (locust, ours):
        assert {name: count for name, count in run.counts().items() if name not in PUSHED} == case.rows
    if PUSHED & locust.counts().keys():
        return
    assert ours.percentile_rows() == locust.percentile_rows()
    assert ours.counted() == locust.counted()
    assert sorted(ours.error_report()) == sorted(locust.error_report())


@pytest.mark.parametrize("case", FIXED_TWINS, ids=str)
def test_fixed_iterations(case, ended, tmp_path):
    compile_all([case.twins], ENVIRONMENT)
    servers = {}
    for program in PROGRAMS:
        (tmp_path / f"{program}-redis").mkdir()
        servers[program] = ended(Servers(tmp_path / f"{program}-redis", [case.twins]))

    def play_one(program: str) -> Run:
        here = servers[program]
        return play(program, case, TWINS, tmp_path, here.twins.url, here.environment)

    locust, ours = both(play_one)
    check_fixed(case, locust, ours)
    for program in PROGRAMS:
        seen = servers[program].seen()
        assert {name: seen[name] for name in case.rows} == case.rows, program
        assert servers[program].twins.complaints == []


@pytest.mark.parametrize("case", FIXED_OTHERS, ids=str)
def test_fixed_iterations_of_other_twins(case, ended, tmp_path):
    compile_once(LOCUSTFILES / f"{case.twins}.cpp")
    servers = {program: ended(HttpServer()) for program in PROGRAMS}
    locust, ours = both(lambda program: play(program, case, LOCUSTFILES, tmp_path, servers[program].url, {}))
    check_fixed(case, locust, ours)
    served = {name: count for name, count in case.rows.items() if re.match("GET /(text|login)", name)}
    for program in PROGRAMS:
        assert servers[program].requests() == served


def test_iterations_of_classes(ended):
    """On two threads, with more users than tasks for each."""
    compile_once(LOCUSTFILES / "iterations.cpp")
    server = ended(HttpServer())
    options = ["-f", LOCUSTFILES / "iterations.cpp", "--headless", "--threads=2", "--host", server.url, "-r", "1000"]
    process = ended(run_binary(*options, "-u", "40", "ImportUser", "ReadUser"))
    assert process.wait(COMPILE_PATIENCE) == 0
    assert server.requests() == {"POST /form": 100, "GET /page": 30}
    lines = log_lines(process.output)
    for name, number in (("ImportUser", 100), ("ReadUser", 30)):
        text = (
            f"INFO Iteration limit of {name} reached ({number}), stopping its Users at the start of their next task run"
        )
        assert lines.count(text) == 1
    assert lines[-2:] == ["INFO Last user stopped, quitting runner", "INFO Shutting down (exit code 0)"]
    both_limits = ended(run_binary(*options, "-u", "30", "-i", "300"))
    assert both_limits.wait(COMPILE_PATIENCE) == 0
    counts = {name: requests for name, (requests, _) in rows(tables(both_limits.output)).items()}
    assert counts == {"POST /form": 100, "GET /page": 30, "GET /steady": 170, "Aggregated": 300}


# --- deviations and ratios ---


def test_the_deviations_are_those_of_the_document():
    text = (REPOSITORY / "docs" / "options.md").read_text(encoding="utf-8")
    section = text.split("These differences are deliberate:", 1)[1].split("\n\n", 2)[1]
    rows_of_table = [line.split(" | ")[0].removeprefix("| ") for line in section.splitlines()[2:]]
    assert rows_of_table == list(OF_THE_DOCUMENT.values())
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for name, test in SHOWN_BY.items():
        assert f"def {test.rpartition('::')[2]}(" in tests or not test.startswith("test_"), name
    assert SHOWN_BY.keys() == OF_THE_DOCUMENT.keys()


def test_task_ratio(tmp_path):
    """The output is the same byte for byte, for all classes of two files with TaskSets and functions as tasks."""
    compile_all(["shop", "rest_api"], ENVIRONMENT)

    def printed(program: str, *options) -> tuple[int, str]:
        suffix = "py" if program == "locust" else "cpp"
        command = [VENV / "bin" / "locust"] if program == "locust" else [BINARY]
        command += ["-f", f"shop.{suffix},rest_api.{suffix}", "-L", "ERROR", *options]
        process = Process(program, command, cwd=TWINS, env=COMPILING)
        try:
            # `delete` is a keyword of C++; its twin has another name of the same length.
            return process.wait(COMPILE_PATIENCE), process.output.replace("remove", "delete")
        finally:
            process.stop()

    def all_of(program: str) -> list[tuple[int, str]]:
        return [
            printed(program, "--show-task-ratio"),
            printed(program, "--show-task-ratio-json", "-u", "7", "--headless"),
        ]

    locust, ours = both(all_of)
    assert ours == locust
    assert ours[0][0] == 0 and " Task ratio per User class" in ours[0][1]
    assert json.loads(ours[1][1])["per_class"]["Visitor"]["tasks"]["look"] == {"ratio": 4 / 13}


@pytest.mark.parametrize("options", [[], ["--equal-weights"]])
def test_equal_weights(options, ended):
    """The numbers of users of two classes (weights 3 : 1)."""
    compile_once(LOCUSTFILES / "shop.cpp")
    server = ended(HttpServer())

    def play_shop(program: str) -> str:
        command = [VENV / "bin" / "locust", "-f", "shop.py"] if program == "locust" else [BINARY, "-f", "shop.cpp"]
        command += ["--headless", "-u", "8", "-r", "100", "-t", "1s", "--host", server.url, "--only-summary"]
        command += [*options, "ShopUser", "EchoUser"]
        process = Process(
            program, command, cwd=LOCUSTFILES, env={"CPPWORKER_CACHE_DIR": COMPILING["CPPWORKER_CACHE_DIR"]}
        )
        try:
            process.wait(COMPILE_PATIENCE)
        finally:
            process.stop()
        (line,) = process.matching("All users spawned")
        return line.partition("All users")[2]

    locust, ours = both(play_shop)
    assert ours == locust
    assert ('"EchoUser": 4' if options else '"EchoUser": 2') in ours
