"""What a person gets wrong: each gives a message that says what to do, and the right exit code."""

from __future__ import annotations

import http.server
import json
import threading

import pytest

from support.other_version import OTHER_VERSION, build_locustfile
from support.ports import free_port
from support.processes import Process
from support.scripted_master import ScriptedMaster
from support.settings import LOCUSTFILES, LOOPBACK
from support.stage import Stage
from support.web_ui import WebUi
from support.workers import cpp_worker, run_binary, stock_master


@pytest.fixture
def run(ended):
    """Runs cpp-worker with arguments; towards a port where nobody is, if it gets that far."""

    def start(*arguments, env=None) -> Process:
        return ended(
            run_binary(*arguments, f"--master-host={LOOPBACK}", f"--master-port={free_port()}", env=env)
        )

    return start


def assert_fails(process: Process, code: int, *parts: str) -> None:
    assert process.wait() == code, process.output
    for part in parts:
        assert part in process.output


# The locustfile


def test_missing_locustfile(run, tmp_path):
    assert_fails(run("-f", tmp_path / "nowhere.cpp"), 1, "nowhere.cpp")


def test_missing_default_locustfile(run):
    assert_fails(run(), 1, "locustfile.cpp", "-f")


def test_compile_error_shows_the_compilers_own_message(run, tmp_path):
    broken = tmp_path / "broken.cpp"
    broken.write_text((LOCUSTFILES / "shop.cpp").read_text().replace("sku=1", 'sku=1" + undeclared_name + "'))
    assert_fails(run("-f", broken), 1, "broken.cpp:", "error: ", "undeclared_name", "Could not compile")


def test_compile_error_is_not_cached(run, tmp_path):
    source = tmp_path / "mended.cpp"
    source.write_text("#error not yet\n")
    assert_fails(run("-f", source), 1, "not yet")
    source.write_text((LOCUSTFILES / "shop.cpp").read_text())
    listed = run("-f", source, "--list")
    assert listed.wait() == 0
    assert [line.strip() for line in listed.lines if line.endswith("User")] == [
        "ShopUser",
        "SlowShopUser",
        "EchoUser",
    ]


def test_source_without_the_last_line(run, tmp_path):
    source = tmp_path / "forgotten.cpp"
    source.write_text("#include <cppworker/locust.hpp>\n")
    assert_fails(run("-f", source), 1, "CPPWORKER_LOCUSTFILE")


@pytest.mark.parametrize("linked", [False, True], ids=["not linked", "linked"])
def test_locustfile_built_against_another_version(run, tmp_path, linked):
    library = build_locustfile(tmp_path, linked=linked)
    assert_fails(run("-f", library), 1, "libshop.so", OTHER_VERSION, "Rebuild")


def test_file_that_is_no_library(run, tmp_path):
    library = tmp_path / "libtext.so"
    library.write_text("this is no ELF file\n")
    assert_fails(run("-f", library), 1, "libtext.so")


def test_python_locustfile(run):
    assert_fails(run("-f", LOCUSTFILES / "shop.py"), 1, "shop.py", "is a Python locustfile")


def test_python_locustfile_in_the_environment_is_ignored_with_one_line(ended):
    stage = ended(Stage(lambda port: cpp_worker(port, env={"LOCUST_LOCUSTFILE": "locustfile.py"})))
    stage.wait_connected()


# Options


def test_wrong_option(run):
    assert_fails(run("-f", "shop.cpp", "--master-hots=x"), 2, "--master-hots", "Did you mean '--master-host'?")


def test_wrong_value(run):
    assert_fails(run("-f", "shop.cpp", "--threads=many"), 2, "--threads")


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_needs_no_locustfile(run, option):
    assert_fails(run(option), 0, "cpp-worker")


# The master


def test_nothing_to_complain_about(ended):
    """A worker whose master is there says so, and nothing else."""
    stage = ended(Stage(cpp_worker))
    stage.wait_connected()
    stage.master.spawn({"HostUser": 1})
    stage.wait("spawning_complete")
    stage.master.send("stop")
    stage.wait("client_stopped")
    stage.master.send("quit")
    assert stage.wait_exit() == 0
    assert stage.worker.complaints() == []
    assert len(stage.worker.matching("Connected to the master")) == 1
    assert len(stage.worker.matching("Shutting down")) == 1


def test_master_that_is_not_there_yet(ended):
    port = free_port()
    worker = ended(cpp_worker(port, "compat"))
    worker.expect("No Locust master at .*--master-host")
    master = ended(ScriptedMaster(port))
    master.wait_for("client_ready")
    master.wait_for("heartbeat", lambda data: data["state"] == "ready")
    worker.expect("Connected to the master")
    master.send("quit")
    assert worker.wait() == 0


def test_connect_timeout(run):
    process = run("-f", LOCUSTFILES / "shop.cpp", "--connect-timeout=2s")
    assert_fails(process, 1, "--connect-timeout", "giving up", "--master-host")


def test_port_of_something_else(ended):
    """A web server: the worker says so and goes on trying."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        worker = ended(cpp_worker(server.server_port, "compat"))
        line = worker.expect("WARNING.*(No Locust master|not answer as a Locust master)").string
        assert str(server.server_port) in line
        assert worker.is_running()
        worker.stop()
        assert worker.wait() == 0
    finally:
        server.shutdown()
        server.server_close()


def test_master_that_speaks_zmq_but_not_locust(ended):
    stage = ended(Stage(lambda port: cpp_worker(port), answer_ready=False, answer_heartbeats=False))
    stage.wait("client_ready")
    stage.worker.expect("does not answer as a Locust master.*5557")
    stage.wait("client_ready", count=2)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "256.256.256.256"])
def test_host_that_has_no_address(ended, host):
    worker = ended(run_binary("-f", LOCUSTFILES / "shop.cpp", f"--master-host={host}"))
    worker.expect(f"WARNING.*{host}")
    assert worker.is_running()


def test_unknown_class_is_told_in_the_masters_own_ui(ended, tmp_path):
    """The master's file has a class more than the worker's: a stock worker would start no user at all."""
    locustfile = tmp_path / "extra.py"
    locustfile.write_text(
        (LOCUSTFILES / "shop.py").read_text() + "\n\nclass NobodyKnowsMe(EchoUser):\n    pass\n"
    )
    port, web_port = free_port(), free_port()
    master = ended(
        stock_master(
            port,
            str(locustfile.with_suffix("")),
            options=["--web-host", LOOPBACK, "--web-port", web_port, "EchoUser", "NobodyKnowsMe"],
        )
    )
    ended(cpp_worker(port, "shop"))
    master.expect("reported as ready")
    ui = WebUi(web_port)
    ui.swarm(4)
    ui.wait_until(lambda stats: stats["user_count"] == 2, "two users of the known class")
    ui.wait_requests(10, "ECHO ping")
    messages = [exception["msg"] for exception in ui.exceptions()]
    assert len(messages) == 1
    for part in ("NobodyKnowsMe", "EchoUser", "ShopUser", "--print-locustfile"):
        assert part in messages[0]
    assert not master.matching("Traceback")


def test_long_texts_of_a_master_are_shortened_in_the_log(ended):
    master = ended(ScriptedMaster())
    worker = ended(cpp_worker(master.port, "loud"))
    master.wait_for("client_ready")
    long = "first\n\x1b[31m" + 70_000 * "ä"
    spawn = {"timestamp": 1.0, "host": "", "stop_timeout": 0.0, "parsed_options": {"tags": [long]}}
    master.send(long)
    master.send("update_user_class", {"user_class_name": long})
    master.send("spawn", spawn | {"user_classes_count": {long: -1}})
    drift = {"cpp_worker_locustfile": json.dumps({"classes": {long: long}})}
    counts = {long + str(i): 1 for i in range(20)}
    master.send("spawn", spawn | {"parsed_options": drift, "user_classes_count": counts})
    for pattern in (
        r"Unknown message type received: first\\n\\x1b\[31mä+… \(70011 characters\)$",
        r"changed the user class 'first\\n.*… \(70011 characters\)'",
        r"the count of class 'first\\n.*… \(70011 characters\)' is not a valid user count",
        r"asks for user class\(es\) 'first\\n.*… \(\d+ characters\), which",
        r"generated from another version of this worker's locustfile: .*… \(\d+ characters\)\. Generate it again",
    ):
        worker.expect(pattern)
    assert max(map(len, worker.lines)) < 5_000
    assert all(len(m.data["msg"]) < 5_000 for m in master.of_type("exception"))
