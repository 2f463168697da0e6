"""A disk that is full: the log says which files are not complete, the exit code too, and everything else goes on."""

from __future__ import annotations

import errno
import os
import re
import signal
import struct
import threading
import time
from pathlib import Path

import pytest

from support.processes import Process
from support.settings import LOCUSTFILES, LOOPBACK, PATIENCE
from support.stage import Stage
from support.transcript import add_up
from support.workers import compile_once, run_binary

LOCUSTFILE = LOCUSTFILES / "process_faults.cpp"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a namespace needs root")


def with_small_disk(folder: Path, then: str = "true") -> list[str]:
    """Comes before a command: the folder is a disk of its own for it. `then` is a command on that disk."""
    folder.mkdir()
    script = f'mount -t tmpfs -o size=1m tmpfs {folder}; cd {folder}; {then}; exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh"]


def keep_full(process: Process, folder: Path) -> None:
    """Until the process has ended. Its disk is seen through its own root."""
    try:
        with Path(f"/proc/{process.pid}/root{folder}/fill").open("wb", buffering=0) as file:
            while process.is_running():
                try:
                    file.write(bytes(4096))
                except OSError as error:
                    assert error.errno == errno.ENOSPC
                    time.sleep(0.01)
    except FileNotFoundError:  # it has ended
        assert not process.is_running()


def test_files_that_cannot_be_written_are_named_and_the_others_are_written(ended, tmp_path):
    compile_once(LOCUSTFILE)
    disk = tmp_path / "disk"
    process = ended(
        run_binary(
            *("-f", LOCUSTFILE, "--headless", "--threads=2", "-u", 3, "-r", 100, "-t", "3s", "Busy"),
            *("--csv", disk / "run", "--json-file", disk / "stats", "--html", disk / "run.html"),
            *("--out", disk / "run.cwr", "--report", disk / "run.json", "--report", tmp_path / "run.md"),
            env={"COUNT": str(tmp_path / "count")},
            prefix=with_small_disk(disk),
        )
    )
    process.expect("All users spawned")
    filler = threading.Thread(target=keep_full, args=(process, disk))
    filler.start()
    assert process.wait() == 1
    filler.join(PATIENCE)
    full = ": No space left on device"
    assert process.matching(f"ERROR.*Can't write {disk}/run_stats.csv{full}. The test continues$")
    for file in ("run_stats.csv", "stats.json", "run.html", "run.json"):
        assert process.matching(f"ERROR.*Can't write {disk}/{file}{full}$"), process.output
    assert "Response time percentiles (approximated)" in process.output
    process.expect(f"Wrote the report {tmp_path}/run.md")
    assert re.search(r"^\d+ requests, 0 failures ", (tmp_path / "run.md").read_text(), re.M)


def test_a_worker_whose_disk_is_full_reports_everything(ended, tmp_path):
    compile_once(LOCUSTFILE)
    disk, count = tmp_path / "disk", tmp_path / "count"
    stage = ended(
        Stage(
            lambda port: run_binary(
                *("-f", LOCUSTFILE, "--threads=2", f"--master-host={LOOPBACK}", f"--master-port={port}"),
                *("--logfile", disk / "log", "--out", disk / "run.cwr"),
                env={"COUNT": str(count)},
                prefix=with_small_disk(disk, "cat /dev/zero >fill 2>&-"),
            )
        )
    )
    stage.wait_connected()
    stage.step("spawn")
    stage.master.spawn({"Busy": 3}, stop_timeout=PATIENCE)
    stage.wait_counted("ECHO", str(count), 20)
    stage.worker.signal(signal.SIGTERM)
    stage.wait("quit")
    assert stage.wait_exit() == 0
    rows = add_up([message.data for message in stage.master.of_type("stats")])["rows"]
    assert rows[("ECHO", str(count))]["num_requests"] == struct.unpack("<Q", count.read_bytes())[0]
    stage.worker.expect(rf"^cpp-worker: \d+ log lines could not be written to {disk}/log$")
