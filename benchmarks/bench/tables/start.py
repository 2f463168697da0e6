"""How long it takes until users run: spawning them, and from the command line to the master."""

import tempfile
import time
from pathlib import Path

from .. import server
from ..cluster import LOCUST, LOCUST_FAST, OWN, WORKER
from ..generator import Load
from ..machine import ROOT, SERVER_CPU, cpu_seconds, free_port, process, wait_until
from ..report import Table

QUICKSTART = ROOT / "examples/quickstart"


def spawning(options):
    users = 100 if options.smoke else 10_000
    table = Table("spawning", f"Spawning {users:,} users at once, each with a connection and a request",
                  ["generator", "spawned after s", "all answered after s", "CPU s"])  # fmt: skip
    with server.fixed_answers() as target:
        for generator in [*OWN, *([] if options.quick or options.smoke else [LOCUST_FAST])]:
            table.attempt(generator.name, lambda: _spawning_row(table, generator, target, users))
    return [table]


def _spawning_row(table, generator, target, users):
    before = target.served()
    with generator.running(Load(target.host(), users, 0, kind="Connected"), spawned=False) as child:
        generator.wait_for_ramp()
        began, cpu0 = time.monotonic(), sum(cpu_seconds(child.pid))
        wait_until(lambda: target.served() >= before + users, "all users are connected")
        answered = time.monotonic() - began
        cpu = sum(cpu_seconds(child.pid)) - cpu0
        wait_until(child.is_spawned, "the master says so")
        spawned = time.monotonic() - began
    table.row(generator.name, f"{spawned:.2f}", f"{answered:.2f}", f"{cpu:.2f}", answered_s=answered, cpu_s=cpu)


def connecting(options):
    """From the command line to the log line that says Connected, cold (compiles) and from the cache."""
    table = Table("connecting", "From the command line to “Connected to the master”, seconds (best of the rounds)",
                  ["locustfile", "cold: compiles", "from the cache"])  # fmt: skip
    table.attempt("examples/quickstart", lambda: _connecting_row(options, table))
    return [table]


def _connecting_row(options, table):
    port = free_port()
    command = [LOCUST, "-f", QUICKSTART / "locustfile.py", "--master", "--web-port", free_port(),
               "--master-bind-host=127.0.0.1", f"--master-bind-port={port}", "--web-host=127.0.0.1"]  # fmt: skip
    quiet = {"stdout": -3, "stderr": -3}
    times = []
    with tempfile.TemporaryDirectory() as folder, process(*command, cpus=[SERVER_CPU], **quiet):
        for number in range(1 if options.smoke else 3):
            cache = {"CPPWORKER_CACHE_DIR": f"{folder}/{number}"}
            times.append([_connected_after(port, cache, Path(folder) / "log") for _ in range(2)])
    best = [min(pair[i] for pair in times) for i in (0, 1)]
    table.row("examples/quickstart", f"{best[0]:.2f}", f"{best[1]:.2f}", cold_s=best[0], cached_s=best[1])


def _connected_after(port, env, log):
    with open(log, "w") as out:
        worker = process(WORKER, "-f", QUICKSTART / "locustfile.cpp", "--master-host=127.0.0.1",
                         f"--master-port={port}", env=env, stdout=out, stderr=out)  # fmt: skip
        with worker:
            return wait_until(lambda: "Connected to the master" in log.read_text(), "the worker is connected")
