"""The arguments that a locustfile declares, of every kind, on a stock master with the printed stub."""

from __future__ import annotations

import subprocess

import pytest

from support.ports import free_port
from support.settings import LOCUSTFILES, VENV
from support.web_ui import WebUi
from support.workers import cpp_worker, print_locustfile, stock_master

ARGUMENTS = LOCUSTFILES / "arguments.cpp"

DEFAULTS = "plain 4 4.00 slow dev 1 t0p [] US DE"
"""What the user's row says when nobody has given a value: count + 1, share * 2, ..."""


@pytest.fixture
def stub(tmp_path):
    file = tmp_path / "arguments.py"
    file.write_text(print_locustfile(ARGUMENTS))
    return file


@pytest.fixture
def start(ended, stub):
    """start(options...) gives the web UI of a master with one C++ worker."""

    def start_cluster(*options, env=None, worker_options=()):
        port, web_port = free_port(), free_port()
        options = ["--web-port", web_port, *options]
        master = ended(stock_master(port, stub, cwd=stub.parent, options=options, env=env))
        ended(cpp_worker(port, ARGUMENTS, options=worker_options))
        master.expect("reported as ready")
        return WebUi(web_port)

    return start_cluster


def wait_shown(ui: WebUi, row: str) -> None:
    ui.wait_until(lambda stats: any(entry["name"] == row for entry in stats["stats"]), f"row {row!r}")


def test_defaults_and_the_forms_values_arrive_with_each_start(start):
    ui = start()
    ui.swarm(1)
    wait_shown(ui, DEFAULTS)
    ui.stop()
    ui.swarm(1, label="b l", count="41", share="0.25", fast="true", stage="live", size="10", token="x", land="FR,US")
    wait_shown(ui, "b l 42 0.50 fast live 10 x [] FR US")
    ui.stop()
    ui.swarm(1, fast="false", count="-2")
    wait_shown(ui, "b l -1 0.50 slow live 10 x [] FR US")


def test_the_masters_command_line_and_environment_decide(start):
    given = ["--count", 7, "--share=1", "--fast", "--stage", "live", "--size", 10, "--free-text", "a b", "--land", "FR"]
    ui = start(*given, env={"SHOP_LABEL": "from env"}, worker_options=["--count", 1, "--label", "the worker's"])
    ui.swarm(1)
    wait_shown(ui, "from env 8 2.00 fast live 10 t0p [a b] FR")


@pytest.mark.parametrize("wrong", [["--size", "2"], ["--stage", "test"], ["--count", "many"]])
def test_the_master_and_the_worker_refuse_the_same(stub, wrong, ended):
    locust = [VENV / "bin" / "locust", "-f", stub, "--master", "--headless", "-t", "1"]
    refused = subprocess.run([*locust, *wrong], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    worker = ended(cpp_worker(free_port(), ARGUMENTS, options=wrong))
    assert worker.wait() == 2
    worker.expect(f"argument {wrong[0]}: invalid")
