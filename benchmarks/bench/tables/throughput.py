"""CPU time per request, in interleaved rounds with wrk."""

import statistics
from dataclasses import dataclass

from .. import server
from ..cluster import LOCUST_FAST, LOCUST_HTTP, OWN
from ..generator import Load, measure
from ..machine import Failed
from ..peers.wrk import Wrk
from ..report import Table, spread


@dataclass
class Case:
    label: str
    users: int
    scheme: str = "http"
    path: str = "/fixed"
    nginx: bool = False
    peers: bool = False  # with the slower ones
    rounds: int = 0  # 0: as the options say


FULL = [
    Case("100 users, 1 KiB", 100, peers=True),
    Case("1,000 users, 1 KiB", 1000, peers=True),
    Case("10,000 users, 1 KiB", 10_000, peers=True),
    Case("100 users, 64 KiB", 100, path="/large"),
    Case("1,000 users, 64 KiB", 1000, path="/large"),
    Case("100 users, HTTPS, 1 KiB", 100, scheme="https", peers=True),
    Case("1,000 users, HTTPS, 1 KiB", 1000, scheme="https"),
    Case("100 users, HTTPS, 64 KiB", 100, scheme="https", path="/large"),
    Case("100 users, 1 KiB, nginx", 100, nginx=True),
]
QUICK = [
    Case("100 users, 1 KiB", 100, peers=True),
    Case("1,000 users, 1 KiB", 1000, peers=True),
    Case("10,000 users, 1 KiB", 10_000, rounds=3),
    Case("100 users, 64 KiB", 100, path="/large", rounds=2),
    Case("100 users, HTTPS, 1 KiB", 100, scheme="https", rounds=2),
]
SMOKE = [
    Case("20 users, 1 KiB", 20, rounds=1),
    Case("20 users, HTTPS, 64 KiB", 20, scheme="https", path="/large", rounds=1),
    Case("20 users, 1 KiB, nginx", 20, nginx=True, rounds=1),
]
COLUMNS = ["generator", "CPU µs/request", "user", "system", "÷ wrk", "requests/CPU-s ÷ wrk", "requests/s"]


def run(options):
    cases = SMOKE if options.smoke else QUICK if options.quick else FULL
    for case in cases:
        if not options.users or case.users in options.users:
            yield _case(options, case)


def _case(options, case):
    table = Table(
        f"throughput {case.label}",
        f"CPU time per request, {case.label} (min / median / max of the rounds; wrk of the same round)",
        COLUMNS,
    )
    python = [LOCUST_FAST, LOCUST_HTTP] if case.peers else []
    wrk = Wrk()
    others = [peer for peer in options.peers if case.peers and peer.name != wrk.name]
    generators, reasons = options.usable([wrk, *OWN, *others, *python])
    results = {generator: [] for generator in generators}
    serving = server.nginx if case.nginx else server.fixed_answers
    try:
        with serving() as target:
            for number in range(case.rounds or options.rounds):
                _round(options, case, target, results, reasons, slow=number >= options.slow_rounds)
    except Failed as error:
        reasons.update({generator: str(error) for generator in OWN})
    for generator in [wrk, *OWN, *others, *python]:
        measured = results.get(generator)
        if measured:
            _row(table, generator, measured)
        elif generator in reasons:
            (table.failed if generator in OWN else table.row)(generator.name, reasons[generator])
    return table


def _round(options, case, target, results, reasons, slow):
    """One window of every generator; the slow ones' numbers don't need as many rounds."""
    yardstick = None
    for generator, measured in results.items():
        if generator in reasons or (slow and generator.name != "wrk" and generator not in OWN):
            continue
        load = Load(target.host(case.scheme), case.users, options.seconds, case.path)
        try:
            result = measure(generator, load, target, options.seconds)
        except Failed as error:
            reasons[generator] = str(error)
            continue
        if generator.name == "wrk":
            yardstick = result["cpu_us"]
        result["to_wrk"] = result["cpu_us"] / yardstick if yardstick else None
        measured.append(result)


def _row(table, generator, measured):
    cpu = [result["cpu_us"] for result in measured]
    ratios = [result["to_wrk"] for result in measured if result["to_wrk"]]
    median = {key: statistics.median(result[key] for result in measured) for key in ("user_us", "system_us", "rps")}
    table.row(
        generator.name,
        spread(cpu),
        f"{median['user_us']:.2f}",
        f"{median['system_us']:.2f}",
        spread(ratios) if ratios else "-",
        spread([1 / ratio for ratio in ratios]) if ratios else "-",
        f"{median['rps']:,.0f}",
        cpu_us=cpu,
        to_wrk=ratios,
        heartbeat_gaps=[gap for result in measured for gap in result["heartbeat_gaps"]],
        **median,
    )
