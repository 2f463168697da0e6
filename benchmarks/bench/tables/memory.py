"""Resident memory of users: with an open connection between tasks, and waiting without a socket."""

import time

from .. import server
from ..cluster import HTTP, LOCUST_FAST, LOCUST_HTTP, OWN
from ..generator import Load
from ..machine import Failed, cpu_seconds, resident_kib, wait_until
from ..report import Table


def connected(options):
    """Users that have asked once and keep their connection."""
    table = Table("memory", "Memory of users that keep a connection and wait (1 user → all)",
                  ["generator", "users", "KiB/user", "RSS MiB", "all connected after s"])  # fmt: skip
    if options.smoke:
        rows = [(generator, "http", 50) for generator in OWN]
    else:
        rows = [(generator, "http", 10_000) for generator in OWN]
        rows += [(generator, "https", 15_000 if generator is not HTTP else 5_000) for generator in OWN]
        if not options.quick:
            rows += [(generator, "http", 1_000) for generator in (LOCUST_FAST, LOCUST_HTTP)]
            rows += [(LOCUST_FAST, "https", 1_000)]
    with server.fixed_answers() as target:
        for generator, scheme, users in rows:
            name = f"{generator.name}, {scheme}"
            table.attempt(name, lambda: _connected_row(options, table, name, generator, target, scheme, users))
    return [table]


def _connected_row(options, table, name, generator, target, scheme, users):
    sizes = []
    for count in (1, users):
        before = target.served()
        load = Load(target.host(scheme), count, 0, kind="Connected")
        with generator.running(load, spawned=False) as child:
            generator.wait_for_ramp()
            took = wait_until(lambda: target.served() >= before + count, "all users are connected")
            time.sleep(0 if options.smoke else 4)  # a report goes out, and what only connecting needed is given back
            sizes.append(resident_kib(child.pid))
    per_user = (sizes[1] - sizes[0]) / (users - 1)
    table.row(name, f"{users:,}", f"{per_user:.2f}", f"{sizes[1] / 1024:.0f}", f"{took:.1f}",
              users=users, kib_per_user=per_user, rss_mib=sizes[1] / 1024, connected_s=took)  # fmt: skip


def waiting(options):
    """Many users without a socket: what they weigh, how fast they come, and whether the worker keeps its promises."""
    table = Table("waiting", "Users without a socket that wait up to 60 s and then measure their own event",
                  ["users", "RSS MiB", "bytes/user", "spawned after s", "heartbeat interval s, median / max",
                   "events/s", "CPU %"])  # fmt: skip
    for users in [2_000] if options.smoke else [100_000, 1_000_000] if not options.quick else [1_000_000]:
        table.attempt(f"{users:,}", lambda: _waiting_row(options, table, users))
    return [table]


def _waiting_row(options, table, users):
    generator, seconds = HTTP, 3 if options.smoke else 10 if options.quick else 20
    load = Load("http://127.0.0.1:9", 1, 0, kind="Waiting")
    with generator.running(load) as child:
        base = resident_kib(child.pid)
    load.users = users
    with generator.running(load, spawned=False) as child:
        generator.wait_for_ramp()
        spawned, spawned_at = wait_until(child.is_spawned, "all users are spawned", 300), time.time()
        time.sleep(0 if options.smoke else 10)  # reports arrive, tables are written
        cpu0, count0, at0 = sum(cpu_seconds(child.pid)), generator.counted(), time.monotonic()
        time.sleep(seconds)
        elapsed = time.monotonic() - at0
        busy = (sum(cpu_seconds(child.pid)) - cpu0) / elapsed
        events = (generator.counted() - count0) / elapsed
        rss = resident_kib(child.pid)
        gaps = sorted(generator.heartbeat_gaps())  # dealing out users, the master itself does not listen for a while
        later_gaps = generator.heartbeat_gaps(since=spawned_at)
    if not gaps:
        raise Failed("the master saw no heartbeats")
    table.row(f"{users:,}", f"{rss / 1024:.0f}", f"{(rss - base) * 1024 / users:.0f}", f"{spawned:.1f}",
              f"{gaps[len(gaps) // 2]:.2f} / {gaps[-1]:.2f}", f"{events:,.0f}", f"{100 * busy:.0f}",
              users=users, rss_mib=rss / 1024, spawned_s=spawned, heartbeat_gaps=later_gaps)  # fmt: skip
