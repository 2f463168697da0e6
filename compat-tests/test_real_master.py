"""Stock masters, the latest and an old one, with cpp-worker alone and beside a Python worker."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from support.nginx import Nginx
from support.ports import free_port
from support.processes import Process
from support.settings import VENV, venv_of
from support.workers import PATIENT_MASTER, cpp_worker, stock_master, stock_worker

MASTERS = {"latest": VENV, "2.12.2": venv_of("2.12.2")}

USERS = {"EchoUser": 2, "ShopUser": 6, "SlowShopUser": 2}
"""What a master makes of ten users by the weights of shop.py: 3 to 1 to 1."""

FAILURES = {
    "GET /missing": "HTTPError('404 Client Error: Not Found for url: /missing')",
    "GET /nobody": "ConnectionRefusedError(111, 'Connection refused')",
    "GET /text": "CatchResponseError('it's not \"this\"')",
    "ECHO pong": 'it\'s a "timeout"',
    "ECHO refused": 'ValueError("it\'s refused")',
}
"""One line for each kind: status, connection error, catch_response, event with a text, with an exception."""

OWN_ROW_IN_2_12 = "ECHO pong"
"""Python workers of that version put quotes around a text: theirs and ours can't share a row."""


class Run:
    """A headless run of ten users and what is left of it."""

    def __init__(self, ended, tmp_path: Path, venv: Path, start_workers):
        self.nginx = ended(Nginx(tmp_path))
        port = free_port()
        self.master = ended(
            stock_master(
                port,
                "shop",
                venv=venv,
                cwd=tmp_path,
                env=PATIENT_MASTER,
                options=[
                    "--headless",
                    "-u",
                    10,
                    "-r",
                    100,
                    "-t",
                    "8s",
                    "--host",
                    self.nginx.url,
                    "--expect-workers",
                    len(start_workers),
                    "--csv",
                    tmp_path / "run",
                    "--stop-timeout",
                    3,
                ],
            )
        )
        self.workers: list[Process] = [ended(start(port, venv)) for start in start_workers]
        self.exit_code = self.master.wait()
        self.worker_exit_codes = [worker.wait() for worker in self.workers]
        self.rows = self._table(tmp_path / "run_stats.csv")
        self.failures = self._table(tmp_path / "run_failures.csv")

    def spawned(self) -> dict[str, int]:
        """The classes of the master's `All users spawned: {…}`."""
        counts = json.loads(self.master.expect(r"All users spawned: (\{.*\})")[1])
        return {name: count for name, count in counts.items() if count}

    def complaints(self) -> list[str]:
        return self.master.complaints()

    @staticmethod
    def _table(path: Path) -> list[dict[str, str]]:
        with path.open(newline="") as file:
            return list(csv.DictReader(file))


def start_stock(port: int, venv: Path) -> Process:
    return stock_worker(port, "shop", venv=venv)


def start_cpp(port: int, venv: Path) -> Process:
    return cpp_worker(port, "shop")


TEAMS = {"python": [start_stock], "cpp": [start_cpp], "cpp and python": [start_cpp, start_stock]}


@pytest.fixture(params=MASTERS)
def venv(request):
    return MASTERS[request.param]


@pytest.mark.parametrize("team", TEAMS)
def test_headless_run(ended, tmp_path, venv, team):
    run = Run(ended, tmp_path, venv, TEAMS[team])
    assert run.spawned() == USERS
    assert run.complaints() == []
    assert_failures_share_rows(run, OWN_ROW_IN_2_12 if venv == MASTERS["2.12.2"] else None)
    assert_every_request_is_counted_about_once(run)
    assert run.exit_code == 1, "Locust's code for a run with failures"
    assert run.worker_exit_codes[0] == 0
    assert all(code in (0, 1) for code in run.worker_exit_codes)


def assert_failures_share_rows(run: Run, own_row: str | None) -> None:
    """One row of the failures table per cause, however many kinds of workers saw it."""
    rows = Counter(f"{row['Method']} {row['Name']}" for row in run.failures)
    assert rows.keys() == FAILURES.keys()
    assert {name for name, count in rows.items() if count > 1} <= {own_row}, run.failures
    for row in run.failures:
        assert unquoted(row["Error"]) == unquoted(FAILURES[f"{row['Method']} {row['Name']}"])

    occurrences: Counter = Counter()
    for row in run.failures:
        occurrences[f"{row['Method']} {row['Name']}"] += int(row["Occurrences"])
    counted = {f"{row['Type']} {row['Name']}": int(row["Failure Count"]) for row in run.rows if row["Type"]}
    assert occurrences == {name: count for name, count in counted.items() if count}


def unquoted(text: str) -> str:
    """Masters quote texts in their tables, each version in its own way."""
    return re.sub(r"[\\'\"]", "", text)


def assert_every_request_is_counted_about_once(run: Run) -> None:
    """A headless master quits without a stop and reads for 0.5 s more: a stock worker may lose some."""
    table = Counter({f"{row['Type']} {row['Name']}": int(row["Request Count"]) for row in run.rows})
    for name, seen in run.nginx.requests().items():
        assert table[name] <= seen
        assert table[name] >= 0.5 * seen
    rows = sum(int(row["Request Count"]) for row in run.rows if row["Name"] != "Aggregated")
    assert table[" Aggregated"] == rows


def test_master_knows_the_state_of_its_worker(ended, tmp_path):
    """Neither is version trouble logged, nor does the worker's CPU or state look odd."""
    nginx, port = ended(Nginx(tmp_path)), free_port()
    master = ended(
        stock_master(
            port,
            "shop",
            cwd=tmp_path,
            options=[
                "--headless",
                "-u",
                4,
                "-r",
                2,
                "--host",
                nginx.url,
                "--loglevel",
                "DEBUG",
                "--expect-workers",
                1,
            ],
        )
    )
    worker = ended(cpp_worker(port, "shop"))
    master.expect(r"reported as ready. 1 workers connected")
    master.expect("All users spawned")
    worker.stop()
    master.expect(r"Worker .* quit. 0 workers ready")
    master.wait()
    assert not master.matching("different version|Unknown message type|Uncaught exception|unknown worker")
    assert re.search(r"index 0", master.output)
