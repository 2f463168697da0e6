"""What `cpp-worker report` takes for a run of an hour with 100 names."""

import os
import subprocess
import time

from .. import run_file
from ..cluster import WORKER
from ..machine import BUILD, Failed
from ..report import Table, spread

NAMES = 100


def run(options):
    table = Table("reports", f"cpp-worker report: a run with {NAMES} names and 20 requests per second of each (min / median / max of the rounds)",
                  ["run and report", "CPU s", "s", "report, KB", "run file, MB"])  # fmt: skip
    seconds = 60 if options.smoke else 3600
    recorded = BUILD / f"run-{seconds}.cwr"
    if not recorded.exists():
        run_file.write(recorded, seconds, NAMES)
    for end in ["html", "json", "md"]:
        table.attempt(f"{seconds} s, {end}", lambda: _row(options, table, f"{seconds} s, {end}", recorded, end))
    return [table]


def _row(options, table, name, recorded, end):
    report = BUILD / f"report.{end}"
    costs = [_cost(recorded, report) for _ in range(options.rounds)]
    cpu, took = [cost[0] for cost in costs], [cost[1] for cost in costs]
    size = report.stat().st_size
    table.row(name, spread(cpu), spread(took), f"{size / 1000:.0f}", f"{recorded.stat().st_size / 1e6:.1f}",
              cpu_s=cpu, seconds=took, bytes=size)  # fmt: skip


def _cost(recorded, report):
    """CPU time and time of the whole command."""
    began = time.monotonic()
    child = subprocess.Popen([WORKER, "report", recorded, "--report", report])
    _, status, usage = os.wait4(child.pid, 0)
    took = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise Failed(f"cpp-worker report ended with code {child.returncode}")
    return usage.ru_utime + usage.ru_stime, took
