"""CPU time per request with two threads beside one, and whether the totals are right.

Each thread of the generator shares a CPU with a thread of the server, with one thread as with two, and the kernel gives a connection to
the server's thread on the CPU where it was opened: so only what threads cost each other can make a difference. They are pinned: two
that change places have all their connections' servers on the other CPU from then on, which makes a request half as dear again. A wrk
for each CPU, which share nothing at all, shows what the CPUs do to each other.
"""

import statistics
import time
from contextlib import ExitStack
from dataclasses import replace

from .. import server
from ..cluster import OWN, ClusterGenerator
from ..generator import Load, window
from ..machine import CPUS, Failed, wait_until
from ..peers.wrk import Wrk
from ..report import Table, spread


def run(options):
    table = Table("threads", "CPU time per request with 1 and 2 threads, 200 users per thread (wrk: one process per CPU, which shows how the CPUs affect each other)",
                  ["generator", "1 thread, µs", "2 threads, µs", "2 ÷ 1", "user only", "requests/s, 2 threads", "answered by the server", "counted by the master"])  # fmt: skip
    if len(CPUS) < 2:
        table.row("(needs two CPUs)")
        return [table]
    generators, reasons = options.usable([Wrk(), *OWN])
    results = {generator: [] for generator in generators}
    rounds = 1 if options.smoke else min(3, options.rounds) if options.quick else options.rounds
    for _ in range(rounds):
        for generator in results:
            try:
                results[generator].append([_measured(options, generator, n) for n in (1, 2)])
            except Failed as error:
                reasons[generator] = str(error)
    for generator in generators:
        pairs = results[generator]
        if pairs:
            ratios = [two["cpu_us"] / one["cpu_us"] for one, two in pairs]
            last = pairs[-1][1]
            table.row(generator.name, *(f"{statistics.median(pair[i]['cpu_us'] for pair in pairs):.2f}" for i in (0, 1)),
                      spread(ratios), f"{statistics.median(two['user_us'] / max(one['user_us'], 0.01) for one, two in pairs):.2f}",
                      f"{statistics.median(two['rps'] for _, two in pairs):,.0f}",
                      f"{last['served']:,}", last["counted"], ratios=ratios)  # fmt: skip
    for generator, reason in reasons.items():
        (table.failed if generator in OWN else table.row)(generator.name, reason)
    return [table]


def _parts(generator, load):
    """One process with pinned threads, or, as wrk's can't be pinned, one for each CPU."""
    if isinstance(generator, ClusterGenerator):
        return [load]
    return [replace(load, users=load.users // load.threads, threads=1, cpus=(cpu,)) for cpu in load.cpus]


def _measured(options, generator, threads):
    cpus = tuple(CPUS[-threads:])
    with server.fixed_answers(cpus, awake_us=0) as target:  # it shares them with the generator
        users = (10 if options.smoke else 200) * threads
        load = Load(target.host(), users, options.seconds, threads=threads, cpus=cpus)
        with ExitStack() as stack:
            children = [stack.enter_context(generator.running(part)) for part in _parts(generator, load)]
            wait_until(lambda: target.served() > 2 * users, "each user had an answer")
            time.sleep(0.5)
            result = window([child.pid for child in children], target, options.seconds)
            if isinstance(generator, ClusterGenerator):
                generator.master.terminate()  # it stops the users, gets the last report and ends
                generator.master.wait(30)
                result["counted"] = f"{generator.counted_in_all():,}"
            else:
                result["counted"] = "-"
        result["served"] = target.served()
    return result

