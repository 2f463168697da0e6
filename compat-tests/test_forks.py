"""User code that forks: only the parent goes on with the test, and the processes that it has forked end."""

from __future__ import annotations

import signal
import struct
from pathlib import Path

from support import run_file
from support.http_server import HttpServer
from support.settings import LOCUSTFILES, LOOPBACK, PATIENCE
from support.stage import Stage
from support.transcript import add_up
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "process_faults.cpp"
EXIT_CODES = {
    "returns": 1,
    "makes requests": 1,
    "throws": 1,
    "exits": 7,
    "executes": 7,
    "is ended": -signal.SIGTERM,
    "in a blocking call": 1,
    "in a thread": 0,
}
"""Of the forked processes, by what they do."""


def children_of(pid: int) -> list[str]:
    return [
        child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def test_a_forked_process_leaves_the_run_to_its_parent(ended, tmp_path):
    server = ended(HttpServer())
    compile_once(LOCUSTFILE)
    files = {name: tmp_path / name for name in ("count", "log", "run.cwr")}
    stage = ended(
        Stage(
            lambda port: run_binary(
                *("-f", LOCUSTFILE, "--threads=2", f"--master-host={LOOPBACK}", f"--master-port={port}"),
                *("--logfile", files["log"], "--out", files["run.cwr"]),
                env={"COUNT": str(files["count"])},
            )
        )
    )
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn({"Forking": 6, "ForkingHttp": 1}, host=server.url, stop_timeout=PATIENCE)
    stage.wait_counted("GET", "/parent", 2)
    for name, code in EXIT_CODES.items():
        stage.wait_counted("FORK", f"{name}: {code}", 2)
    stage.step("stop")
    stage.master.send("stop")
    stage.wait("client_ready")
    assert not children_of(stage.worker.pid)  # each parent waits for its children
    rows = add_up([message.data for message in stage.master.of_type("stats")])["rows"]
    del rows[("", "Aggregated")]
    requests = {f"GET {path}": rows.pop(("GET", path))["num_requests"] for path in ("/before", "/parent")}
    assert server.requests() == requests and not stage.master.of_type("exception")
    assert rows.keys() == {("FORK", f"{name}: {code}") for name, code in EXIT_CODES.items()}
    (made,) = struct.unpack("<Q", files["count"].read_bytes())
    assert sum(row["num_requests"] for row in rows.values()) == made
    assert len({message.node_id for message in stage.master.messages}) == 1
    assert len(stage.master.of_type("client_ready")) == 2  # the second one after the test

    stage.worker.signal(signal.SIGTERM)
    assert stage.wait_exit() == 0
    assert run_file.requests(files["run.cwr"]) == made + sum(requests.values())
    stage.worker.expect("ends here .in task fork_returns of user class Forking.: only its parent goes on")
    log = files["log"].read_text()
    for line in ("Starting cpp-worker", "Recording the run in", "Shutting down (exit code 0)"):
        assert log.count(line) == 1, log
