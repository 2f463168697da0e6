"""Recorded response times against what the server says of its own delays."""

import re
import statistics
import time
from dataclasses import replace

from .. import server
from ..cluster import LOCUST_FAST, LOCUST_HTTP, OWN
from ..generator import Load, window
from ..machine import BUILD, Failed
from ..report import Table

TARGET = 0.90
# Once the number of users is found: the worker looks at its lag every 10 s.
LONG_WINDOW_S = 21
# "Response times are inflated: … (p99 3.1 ms, max 9.0 ms) …"
LATE = re.compile(r"Response times are inflated: .* \(p99 ([\d.]+) ms")


def run(options):
    table = Table("latency", "Measurement overhead: recorded response time minus the delay that the server reports, ms",
                  ["generator", "load", "generator CPU %", "requests/s", "median", "p99 of the median second", "p99 of the worst second", "max", "lag in the warning"])  # fmt: skip
    others = [] if options.quick or options.smoke else [LOCUST_FAST, LOCUST_HTTP]
    with server.fixed_answers() as target:
        for generator in [*OWN, *others]:
            users = 20 if options.smoke else 1000
            load = Load(target.host(), users, 0, "/delayed", "Relaxed", env={"BENCH_ERRORS": str(BUILD / "errors")})
            name = f"{generator.name}, {users:,} users at 1 request/s"
            table.attempt(name, lambda: _row(table, name, _measured(options, generator, load, target)))
        for generator in [] if options.smoke else OWN[:1] if options.quick else OWN:
            name = f"{generator.name}, busy"
            table.attempt(name, lambda: _row(table, name, _at_target(options, generator, target)))
    return [table]


def _measured(options, generator, load, target, seconds=None):
    with generator.running(load) as child:
        time.sleep(1 if options.smoke else 4)
        before = len((BUILD / "errors").read_text().splitlines())
        result = window([child.pid], target, seconds or max(options.seconds, 3))
        time.sleep(1.2)
        lines = (BUILD / "errors").read_text().splitlines()[before + 1 :]
        late = LATE.findall(child.log.read_text())
    if not lines:
        raise Failed("no latencies were compared")
    seconds = [[float(word) for word in line.split()] for line in lines]
    return {
        **result,
        "users": load.users,
        "p50": statistics.median(second[1] for second in seconds) / 1000,
        "p99": statistics.median(second[2] for second in seconds) / 1000,
        "worst_p99": max(second[2] for second in seconds) / 1000,
        "max": max(second[3] for second in seconds) / 1000,
        "warned_ms": float(late[-1]) if late else None,
    }


def _at_target(options, generator, target):
    """The number of users is found that keeps the generator 90 % busy; a few tries."""
    users = 4000 if generator.flavour == "Fast" else 1500
    load = Load(target.host(), users, 0, "/delayed", "Brisk", env={"BENCH_ERRORS": str(BUILD / "errors")})
    for _ in range(3 if options.quick else 6):
        result = _measured(options, generator, load, target)
        if abs(result["busy"] - TARGET) < 0.04 or load.users >= 15_000:
            break
        growth = min(3.0, TARGET / max(result["busy"], 0.05))
        # CPU per request falls as batches grow, so approach a full CPU from below.
        load = replace(load, host=target.host(), users=min(15_000, int(load.users * growth)))
    return _measured(options, generator, replace(load, host=target.host()), target, LONG_WINDOW_S)


def _row(table, name, result):
    table.row(name, f"{result['users']:,} users", f"{100 * result['busy']:.0f}", f"{result['rps']:,.0f}",
              f"{result['p50']:.3f}", f"{result['p99']:.3f}", f"{result['worst_p99']:.3f}", f"{result['max']:.3f}",
              "-" if result["warned_ms"] is None else f"{result['warned_ms']:.1f} ms", **result)  # fmt: skip
