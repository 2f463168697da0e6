"""The run files of workers that have a stock master (`--out`): they add up to what the master and the server counted."""

from __future__ import annotations

import csv
import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from support import hanging_disk, run_file
from support.http_server import HttpServer
from support.ports import free_port
from support.processes import Process
from support.settings import COMPILE_PATIENCE, LOOPBACK, PATIENCE
from support.timing_server import TimingServer
from support.web_ui import WebUi
from support.workers import PATIENT_MASTER, cpp_worker, run_binary, stock_master


def worker(port: int, file: Path, *options, env=None) -> Process:
    return cpp_worker(port, "standalone", options=["--out", file, *options], env=env)


def master(port: int, server, *options, cwd: Path) -> Process:
    return stock_master(
        port, "standalone", cwd=cwd, env=PATIENT_MASTER,
        options=["--host", server.url, "--stop-timeout", 20, *options],
    )  # fmt: skip


def merged(folder: Path, *files: Path) -> dict:
    target = folder / "merged.json"
    process = run_binary("report", *files, "--report", target)
    code = process.wait(COMPILE_PATIENCE)
    process.stop()
    assert code == 0, process.output
    return json.loads(target.read_text())


def counts(report: dict) -> Counter:
    return Counter({f"{entry['type']} {entry['name']}": entry["requests"] for entry in report["entries"]})


def wait_seconds(file: Path, count: int) -> None:
    """Waits until the file has at least `count` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not file.is_file() or len(run_file.seconds(file)) < count:
        assert time.monotonic() < deadline, f"{file} has not {count} seconds"
        time.sleep(0.05)


def test_files_of_two_workers_are_the_masters_table(tmp_path, ended):
    server, port = ended(HttpServer()), free_port()
    run = ["--headless", "-u", 8, "-r", 8, "-t", "5s", "--expect-workers", 2, "--csv", tmp_path / "run"]
    stock = ended(master(port, server, *run, cwd=tmp_path))
    files = [tmp_path / "a.cwr", tmp_path / "b.cwr"]
    workers = [ended(worker(port, file)) for file in files]
    assert stock.wait(COMPILE_PATIENCE) == 1, "requests failed"
    assert [process.wait() for process in workers] == [0, 0]

    found = merged(tmp_path, *files)
    assert counts(found) == server.requests()
    with (tmp_path / "run_stats.csv").open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row, entry in zip(rows, [*found["entries"], found["total"]], strict=True):
        assert (row["Type"], row["Name"]) == (entry["type"], entry["name"])
        assert (int(row["Request Count"]), int(row["Failure Count"])) == (entry["requests"], entry["failures"])
        assert float(row["Average Response Time"]) == pytest.approx(entry["average_ms"], rel=1e-9)
        assert (float(row["Min Response Time"]), float(row["Max Response Time"])) == (entry["minimum_ms"], entry["maximum_ms"])
    with (tmp_path / "run_failures.csv").open(newline="") as opened:
        failures = {(row["Method"], row["Name"], row["Error"]): int(row["Occurrences"]) for row in csv.DictReader(opened)}
    assert {(one["type"], one["name"], one["error"]): one["count"] for one in found["failures"]} == failures

    assert [(file["complete"], file["exit_code"]) for file in found["files"]] == [(True, 0)] * 2
    assert [sum(file["facts"]["threads"] for file in found["files"]), found["files"][0]["facts"]["host"]] == [4, server.url]
    texts = [event["text"] for event in found["events"]]
    assert sum(text.startswith("Command of the master: spawn, 4 users (") for text in texts) == 2
    assert texts.count("Command of the master: quit") == 2
    assert max(found["series"]["users"]) in (6, 7, 8), "the Visitors end early"
    assert {sample["response"]["status"] for sample in found["samples"]} == {401, 201}
    assert found["exceptions"][0]["message"] == "std::runtime_error: no reason"
    for file in files:
        begins = [block["begin"] for block in run_file.seconds(file)]
        assert begins == list(range(begins[0], begins[0] + len(begins))) and len(begins) >= 5


def test_the_file_of_a_killed_worker_is_readable(tmp_path, ended):
    users = 6
    server, port, web_port = ended(TimingServer()), free_port(), free_port()
    web = ["--web-host", LOOPBACK, "--web-port", web_port]
    ended(master(port, server, *web, "Steady", cwd=tmp_path)).expect("Starting web interface")
    files = [tmp_path / "a.cwr", tmp_path / "b.cwr"]
    workers = [ended(worker(port, file)) for file in files]
    ui = WebUi(web_port)
    ui.wait_until(lambda stats: len(stats["workers"]) == 2, "workers")
    ui.swarm(users)
    for file in files:
        wait_seconds(file, 3)
    workers[0].signal(signal.SIGKILL)
    assert workers[0].wait() == -signal.SIGKILL
    killed = time.time()
    workers[1].signal(signal.SIGTERM)
    assert workers[1].wait() == 0

    found = merged(tmp_path, *files)
    assert [file["complete"] for file in found["files"]] == [False, True]
    assert not found["files"][0]["damage"]
    end = run_file.end(files[0])
    begins = [block["begin"] for block in run_file.seconds(files[0])]
    assert begins == list(range(begins[0], begins[0] + len(begins)))
    # Only the killed worker's requests since its last second may be missing, and those under way.
    unrecorded = sum(end <= arrival <= killed for arrival in server.arrivals)
    missing = len(server.arrivals) - found["total"]["requests"]
    assert 0 <= missing <= unrecorded + users


def test_each_run_of_each_worker_of_a_process_has_a_file(tmp_path, ended):
    server, port, web_port = ended(HttpServer()), free_port(), free_port()
    web = ["--web-host", LOOPBACK, "--web-port", web_port]
    stock = ended(master(port, server, *web, "Steady", cwd=tmp_path))
    stock.expect("Starting web interface")
    both = ended(worker(port, tmp_path / "run.cwr", "--workers=2"))
    ui = WebUi(web_port)
    before: Counter = Counter()
    for run, suffix in enumerate(("", "-2"), start=1):
        ui.wait_until(lambda stats: [one["state"] for one in stats["workers"]] == ["ready"] * 2, "workers that are ready")
        ui.swarm(4)
        files = [tmp_path / f"run-w1{suffix}.cwr", tmp_path / f"run-w2{suffix}.cwr"]
        for file in files:
            wait_seconds(file, 2)
        ui.stop()
        both.expect("Recording the run in", count=2 * run)
        found = merged(tmp_path, *files)
        assert [(file["complete"], file["exit_code"]) for file in found["files"]] == [(True, None)] * 2
        assert counts(found) == server.requests() - before
        before = server.requests()
        assert "Command of the master: stop" in [event["text"] for event in found["events"]]
    both.signal(signal.SIGTERM)
    assert both.wait() == 0
    assert sorted(path.name for path in tmp_path.glob("*.cwr")) == [
        "run-w1-2.cwr", "run-w1.cwr", "run-w2-2.cwr", "run-w2.cwr"
    ]  # fmt: skip


def test_has_what_a_dead_master_did_not_get(tmp_path, ended):
    server, port = ended(HttpServer()), free_port()
    stock = ended(master(port, server, "--headless", "-u", 4, "-r", 4, "--expect-workers", 1, "Steady", cwd=tmp_path))
    file = tmp_path / "run.cwr"
    alone = ended(worker(port, file, "--on-master-loss=keep-running"))
    alone.expect("Recording the run in")
    wait_seconds(file, 2)
    stock.signal(signal.SIGKILL)
    stock.wait()
    recorded = len(run_file.seconds(file))
    wait_seconds(file, recorded + 4)  # more than the time between two reports
    alone.signal(signal.SIGTERM)
    assert alone.wait() == 0
    found = merged(tmp_path, file)
    assert counts(found) == server.requests()
    assert (found["files"][0]["complete"], found["files"][0]["exit_code"]) == (True, 0)
    assert alone.matching("Dropped the statistics of [0-9]+ requests"), "the master did not get all"


def test_a_second_signal_ends_a_worker_whose_disk_hangs(tmp_path, ended):
    server, port, hangs = ended(HttpServer()), free_port(), tmp_path / "hangs"
    ended(master(port, server, "--headless", "-u", 2, "-r", 2, "--expect-workers", 1, "Steady", cwd=tmp_path))
    file = tmp_path / "run.cwr"
    process = ended(worker(port, file, env=hanging_disk.environment(tmp_path, hangs)))
    process.expect("Recording the run in")
    wait_seconds(file, 2)
    hangs.touch()
    process.signal(signal.SIGTERM)
    process.expect("Shutting down: users have stop_timeout")
    time.sleep(1)  # the first signal alone does not end it
    assert process.is_running()
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert process.matching("The run file is not complete, because the disk does not answer")
    assert len(run_file.seconds(file)) >= 2


def test_a_worker_does_not_start_without_a_place_for_its_file(ended):
    process = ended(worker(free_port(), Path("/proc/no/run.cwr")))
    assert process.wait(COMPILE_PATIENCE) == 1
    assert "Can't create the folder /proc/no: " in process.output
