"""A run without a master: its CPU time per request compared with a worker of a cluster, what recording adds to it, and the
memory of many users."""

import shutil
import statistics
import time

from .. import server
from ..cluster import OWN, CppWorker, StandaloneRun, WithTabs
from ..generator import Load, measure
from ..machine import BUILD, resident_kib, wait_until
from ..report import Table, spread


def run(options):
    yield _requests(options)
    yield _recording(options)
    yield _recording_worker(options)
    yield _waiting(options)


def _requests(options):
    table = Table(
        "standalone",
        "CPU time per request without a master and under one (min / median / max of the rounds; ratio in the same round)",
        ["users", "under a master, µs", "without a master, µs", "without ÷ under"],
    )
    with server.fixed_answers() as target:
        for worker in OWN:
            for users in [20] if options.smoke else [100, 1000]:
                name = f"{worker.name}, {users:,} users"
                table.attempt(name, lambda: _add_pairs(options, table, name, worker, StandaloneRun(worker), target, users))
    return table


def _recording(options):
    table = Table(
        "standalone recording",
        "CPU time per request with --out --phases --failure-samples, and without (min / median / max of the rounds; ratio in the same round)",
        ["users", "without, µs", "with, µs", "with ÷ without"],
    )
    run_file = BUILD / "recording.cwr"
    with server.fixed_answers() as target:
        for worker in OWN:
            plain = StandaloneRun(worker)
            for kind, recording in [
                ("all", StandaloneRun(worker, "--out", run_file, "--phases", "--failure-samples", 5)),
                ("only --phases", StandaloneRun(worker, "--phases")),
            ]:
                for users in [20] if options.smoke else [100, 1000]:
                    name = f"{worker.name}, {users:,} users, {kind}"
                    table.attempt(name, lambda: _add_pairs(options, table, name, plain, recording, target, users))
    run_file.unlink(missing_ok=True)
    return table


def _recording_worker(options):
    table = Table(
        "recording under a master",
        "CPU time per request of a worker with --out, and with the tabs of the master's web UI (min / median / max of the rounds; ratio in the same round)",
        ["users", "without, µs", "with, µs", "with ÷ without"],
    )
    with server.fixed_answers() as target:
        for worker in OWN[:1] if options.smoke else OWN:
            for kind, other in [
                ("--out", worker.with_options(CppWorker, "--out", BUILD / "worker" / "run.cwr")),
                ("tabs", worker.with_options(WithTabs)),
                ("--phases and tabs", worker.with_options(WithTabs, "--phases")),
            ]:
                for users in [20] if options.smoke else [100, 1000]:
                    name = f"{worker.name}, {users:,} users, {kind}"
                    table.attempt(name, lambda: _add_pairs(options, table, name, worker, other, target, users))
    shutil.rmtree(BUILD / "worker", ignore_errors=True)
    return table


def _add_pairs(options, table, name, first, second, target, users):
    """A row with the costs of two generators, which are measured in turn, and their ratio."""
    pairs = []
    for number in range(options.rounds):
        costs = {}
        for generator in (first, second) if number % 2 == 0 else (second, first):
            load = Load(target.host(), users, options.seconds)
            costs[generator] = measure(generator, load, target, options.seconds)["cpu_us"]
        pairs.append((costs[first], costs[second]))
    ratios = [b / a for a, b in pairs]
    table.row(name, spread([a for a, _ in pairs]), spread([b for _, b in pairs]), spread(ratios),
              ratio=statistics.median(ratios), ratios=ratios)  # fmt: skip


def _waiting(options):
    table = Table("standalone waiting", "Users without a socket in a run without a master",
                  ["users", "RSS MiB", "bytes/user", "spawned after s"])  # fmt: skip
    users = 2_000 if options.smoke else 1_000_000
    table.attempt(f"{users:,}", lambda: _waiting_row(options, table, users))
    return table


def _waiting_row(options, table, users):
    alone = StandaloneRun(OWN[-1])
    load = Load("http://127.0.0.1:9", 1, 0, kind="Waiting")
    with alone.running(load) as child:
        base = resident_kib(child.pid)
    load.users = users
    with alone.running(load, spawned=False) as child:
        spawned = wait_until(child.is_spawned, "all users are spawned", 300)
        time.sleep(0 if options.smoke else 10)  # some reports are made
        rss = resident_kib(child.pid)
    table.row(f"{users:,}", f"{rss / 1024:.0f}", f"{(rss - base) * 1024 / users:.0f}", f"{spawned:.1f}",
              users=users, rss_mib=rss / 1024)  # fmt: skip
