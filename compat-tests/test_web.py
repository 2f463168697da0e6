"""`cpp-worker --web`: a stock Locust with its web UI and the worker, started and ended by one command."""

from __future__ import annotations

import csv
import os
import re
import signal
import socket
import time
from collections import Counter
from pathlib import Path

import pytest

from support.browser import Browser, Page
from support.http_server import HttpServer
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOCUSTFILES, LOOPBACK, PATIENCE, VENV
from support.web_ui import WebUi
from support.workers import PATIENT_MASTER, compile_once, run_binary
from test_options import locusts_options  # noqa: F401 (a fixture)

LOCUST = VENV / "bin" / "locust"
NOT_PASSED_ON = {
    "--help", "--version", "--list", "--config", "--headless", "--worker", "--master-host", "--master-port",
    "--show-task-ratio", "--show-task-ratio-json",
}  # fmt: skip
"""Options of Locust that --web does not pass on: they have another meaning here, or no effect on the master."""


class Site:
    """One `cpp-worker --web`, and the server that its users visit."""

    def __init__(self, ended, folder: Path, *options, locust=LOCUST, locustfile=LOCUSTFILES / "web.cpp", env=None):
        self.server = ended(HttpServer())
        self.folder = folder
        compile_once(LOCUSTFILES / "web.cpp")
        words = ["-f", locustfile, "--web", "--web-port=0", "--threads=2", "--host", self.server.url]
        if locust is not None:
            words += ["--locust", locust]
        env = PATIENT_MASTER | {"TMPDIR": str(folder)} | (env or {})
        self.process: Process = ended(run_binary(*words, *options, env=env))

    def open(self) -> WebUi:
        """Waits for the line with the address."""
        address = self.process.expect(r"Locust's web UI: http://localhost:(\d+) \(Ctrl-C ends Locust and cpp-worker\)")
        self.web_port = int(address[1])
        (self.master,) = children(self.process.pid)
        ui = WebUi(self.web_port)
        assert len(ui.stats()["workers"]) == 1, "the address is printed when the worker has joined"
        return ui

    def rows(self, ui: WebUi) -> Counter:
        return Counter(
            {
                f"{row['method']} {row['name']}": row["num_requests"]
                for row in ui.stats()["stats"]
                if row["name"] != "Aggregated"
            }
        )

    def wait(self) -> int:
        """Returns the exit code. Checks that no process and no file is left."""
        code = self.process.wait()
        if hasattr(self, "master"):
            assert not is_running(self.master)
        assert list(self.folder.glob("cpp-worker-web-*")) == []
        return code


@pytest.fixture
def site(ended, tmp_path):
    return lambda *options, **more: Site(ended, tmp_path, *options, **more)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """False for a zombie, which has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still running"
        time.sleep(0.05)


def script(folder: Path, text: str) -> Path:
    """A script that takes the place of Locust."""
    file = folder / "fake-locust"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_a_run_through_the_web_ui_and_ctrl_c(site):
    site = site("--path=/given")
    ui = site.open()
    assert list(site.folder.glob("cpp-worker-web-*")) == [], "the master has read its locustfile"
    ui.swarm(3)
    ui.wait_requests(20)
    ui.stop()
    assert site.rows(ui) == site.server.requests()
    assert site.rows(ui).keys() == {"GET /given"}
    site.process.signal(signal.SIGINT)
    assert site.wait() == 0
    assert site.process.matching(r"/INFO/cpp-worker: Got quit message from master, shutting down"), "the worker"
    assert site.process.matching(r"/INFO/locust.main: Shutting down \(exit code 0\)"), "the master's log"
    assert "Response time percentiles (approximated)" in site.process.output, "the master's tables"
    assert not site.process.complaints()


def test_in_a_browser(site, ended, tmp_path, request):
    site = site("-u", "4")
    site.open()
    page = Page(ended(Browser(tmp_path)), site.web_port, request.node.name)
    assert page.header()["Workers"] == "1"
    page.button("Custom parameters")
    page.until(lambda: page.fields().get("path") == ("text", "/page"), "the locustfile's own argument")
    page.fill("path", "/other")
    page.start(4)
    page.until(lambda: page.table() and int(page.table()[0]["# Requests"]) > 20, "requests")
    page.stop()
    page.until(
        lambda: {f"{row['Type']} {row['Name']}": int(row["# Requests"]) for row in page.table()[:-1]}
        == site.server.requests(),
        "the server's own count",
    )
    page.screenshot("stopped")
    assert site.server.requests().keys() == {"GET /other"}
    site.process.signal(signal.SIGTERM)
    assert site.wait() == 0
    site.process.expect("Got SIGTERM signal")


def test_autoquit_ends_both_processes(site, tmp_path):
    """--stages, --autostart and --autoquit: the master runs the load shape and writes the files."""
    site = site(
        "--autostart",
        "--autoquit",
        "0",
        "--stages",
        "3@100,3s",
        "--csv",
        tmp_path / "run",
        "--html",
        tmp_path / "a.html",
    )
    assert site.wait() == 0
    assert site.process.matching("Shape test completed, stopping test")
    with (tmp_path / "run_stats.csv").open(newline="") as file:
        rows = {row["Name"]: int(row["Request Count"]) for row in csv.DictReader(file)}
    assert rows["/page"] > 0
    assert site.server.requests()["GET /page"] - 3 <= rows["/page"] <= site.server.requests()["GET /page"]
    assert "</html>" in (tmp_path / "a.html").read_text()


def test_several_workers(site):
    site = site("--workers=2", "--autostart", "--autoquit", "0", "-u", "2", "-r", "100", "-t", "2s")
    assert site.wait() == 0
    site.process.expect("2 workers connected")
    site.process.expect('All users spawned: {"Visitor": 2}')
    assert len(site.process.matching(r"cpp-worker-\d: Got quit message from master")) == 2


def test_failures_decide_the_exit_code_of_the_master(site):
    site = site("--autostart", "--autoquit", "0", "-t", "1s", "--host=http://127.0.0.1:1", "--exit-code-on-error=9")
    assert site.wait() == 9
    assert not site.process.matching("Its last lines"), "the master ended as it should"


def test_a_killed_master_ends_the_worker(site):
    site = site()
    ui = site.open()
    ui.swarm(3)
    ui.wait_requests(5)
    os.kill(site.master, signal.SIGKILL)
    assert site.wait() == 128 + signal.SIGKILL
    site.process.expect(r"/ERROR/cpp-worker: The Locust master was ended by signal 9. Its last lines:")
    site.process.expect(r"^  \[.*All users spawned")


def test_no_master_outlives_a_killed_worker(site):
    site = site()
    site.open().swarm(3)
    site.process.signal(signal.SIGKILL)
    wait_gone(site.master)
    assert list(site.folder.glob("cpp-worker-web-*")) == []


def test_a_second_signal_ends_a_master_that_does_not_react(site):
    site = site()
    site.open()
    site.process.expect("Connected to the master")  # a worker that has not joined ends with the first signal
    os.kill(site.master, signal.SIGSTOP)
    site.process.signal(signal.SIGINT)
    site.process.expect("Ending the Locust master; a second signal ends it at once")
    site.process.signal(signal.SIGINT)
    assert site.wait() == 128 + signal.SIGKILL
    site.process.expect("INFO/cpp-worker: Shutting down")  # the worker gets both signals, and has no users to wait for


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_locust_starts(number, site, tmp_path):
    site = site(locust=script(tmp_path, "echo starting >&2; exec sleep 1000"))
    site.process.expect("starting")
    (child,) = children(site.process.pid)
    site.process.signal(number)
    assert site.wait() == -number
    wait_gone(child)


@pytest.mark.parametrize("what", ["quit", "throw"])
def test_a_worker_that_ends_ends_the_master(what, site):
    impatient = {"LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP": "1"}  # the master's end waits for that too
    site = site("--autostart", env={"WEB_TEST": what} | impatient)
    assert site.wait() == (0 if what == "quit" else 1)
    site.process.expect("no init today" if what == "throw" else r"The locustfile called runner.quit\(\)")
    if what == "quit":
        site.process.expect("/INFO/locust.main: Got SIGTERM signal")


def test_a_locust_that_does_not_start(site, tmp_path):
    locust = script(tmp_path, "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i >&2; done; exit 7")
    site = site(locust=locust)
    assert site.wait() == 7
    site.process.expect("/ERROR/cpp-worker: The Locust master ended with exit code 7. Its last lines:")
    output = site.process.output
    assert output.index("line 1\n") < output.index("exit code 7"), "its lines are passed on"
    assert "  line 3\n" in output and "  line 2\n" not in output and output.endswith("  line 12")


def test_a_port_that_is_in_use(site, ended):
    taken = ended(socket.create_server((LOOPBACK, 0)))
    port = taken.getsockname()[1]
    site = site("--web-port", port, "--web-host", LOOPBACK)
    assert site.wait() == 1
    site.process.expect(
        f"Port {port} can't be used for the web UI: Address already in use. Choose another one with --web-port"
    )


def test_an_address_of_another_machine(site):
    site = site("--web-port", "0", "--web-host", "192.0.2.1")
    assert site.wait() == 1
    site.process.expect("--web-host: '192.0.2.1' can't be used for the web UI, because it is not an address of this")


def test_without_locust(site):
    missing = site(locust=None, env={"PATH": "/usr/bin:/bin"})
    assert missing.wait() == 1
    missing.process.expect(
        "--web needs Locust, .* Install it with `pip install locust`, or name the program with --locust PATH"
    )
    wrong = site(locust="/no/such/locust")
    assert wrong.wait() == 1
    wrong.process.expect("--locust: '/no/such/locust' is not an executable file")


def test_a_locustfile_that_does_not_compile_is_reported_before_locust_starts(site, tmp_path):
    (tmp_path / "broken.cpp").write_text("#include <cppworker/locust.hpp>\nnonsense;\n")
    site = site(locustfile=tmp_path / "broken.cpp", locust=script(tmp_path, f"touch {tmp_path}/started"))
    assert site.wait() == 1
    assert re.search(r"broken.cpp:2", site.process.output)
    assert not (tmp_path / "started").exists()


def test_a_named_master_has_precedence(site, tmp_path):
    site = site("--master-host", LOOPBACK, "--master-port", "1", locust=script(tmp_path, f"touch {tmp_path}/started"))
    site.process.expect("Joining the master at 127.0.0.1:1 as a worker: .* have precedence over --web")
    site.process.expect("No Locust master at 127.0.0.1:1")
    assert not (tmp_path / "started").exists()


def test_the_master_gets_locusts_options(site, tmp_path, locusts_options):  # noqa: F811
    """Every option that the installed Locust has, in one command line."""
    ours = {"--locustfile", "--web-port", "--master", "--processes", *NOT_PASSED_ON}
    values = {
        "--loglevel": "INFO",
        "--config-users": '{"user_class_name": "Visitor"}',
        "--web-host": LOOPBACK,
        "--master-bind-host": LOOPBACK,
    }
    values |= {"--master-bind-port": "0", "--logfile": tmp_path / "log", "--csv": "x"}
    words = []
    for option in locusts_options:
        if option["name"] not in ours:
            words += [option["name"]] if option["flag"] else [f"{option['name']}={values.get(option['name'], '1')}"]
    site = site(*words, "--path=/a b", "Visitor", locust=script(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/words'))
    assert site.wait() == 1, "it has ended at once"
    passed = (tmp_path / "words").read_text().splitlines()
    names = {word.partition("=")[0] for word in passed if word.startswith("--")}
    all_names = {option["name"] for option in locusts_options}
    assert names == all_names - NOT_PASSED_ON - {"--processes", "--headful"} | {"--path"}
    assert "--path=/a b" in passed and "--users=1" in passed and passed[passed.index("--tags") + 1] == "1"
