"""Started by benchmarks/run with the Python of the virtual environment."""

import argparse
import sys
import time

from . import goals, machine, peers, plot, publish, report, server
from .cluster import LOCUST
from .peers import all_peers
from .tables import compiling, latency, live, memory, phases, profile, reports, standalone, start, threads, throughput

TABLES = {
    "throughput": throughput.run,
    "memory": memory.connected,
    "waiting": memory.waiting,
    "standalone": standalone.run,
    "threads": threads.run,
    "latency": latency.run,
    "live": live.run,
    "phases": phases.run,
    "reports": reports.run,
    "spawning": start.spawning,
    "connecting": start.connecting,
    "compiling": compiling.compiling,
    "profile": profile.run,
}


def parse():
    parser = argparse.ArgumentParser(prog="benchmarks/run", description="Measures cpp-worker beside other load generators.")
    parser.add_argument("--quick", action="store_true", help="the essential rows, in less than 10 minutes")
    parser.add_argument("--smoke", action="store_true", help="each own row for a second: shows that the benchmark works")
    parser.add_argument("--build", action="store_true", help="only builds the peers")
    parser.add_argument("--only", metavar="TABLE,…", help=f"of {', '.join(TABLES)}")
    parser.add_argument("--generators", metavar="WORD,…", help="only those whose name has one of the words (wrk always)")
    parser.add_argument("--users", metavar="N,…", help="only the throughput of so many users")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (default 5)")
    parser.add_argument("--seconds", type=float, help="length of a measured window (default 4, quick 1.5)")
    parser.add_argument("--boomer", metavar="PATH", help="folder of a Go module with a boomer of yours")
    parser.add_argument("--publish", action="store_true", help="writes the results into docs/, too")
    parser.add_argument("--junit", metavar="FILE", help="writes the rows as test results")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.smoke else 5)
    options.slow_rounds = 1 if options.quick else 3  # of the generators that are far behind
    options.seconds = options.seconds or (1 if options.smoke else 1.5 if options.quick else 4)
    options.users = [int(word) for word in options.users.split(",")] if options.users else []
    names = options.only.split(",") if options.only else list(TABLES)
    if unknown := set(names) - set(TABLES):
        parser.error(f"unknown tables: {', '.join(unknown)}")
    options.tables = names
    return options


class Options:
    """The command line's, and which generators can be used."""

    def __init__(self, parsed):
        vars(self).update(vars(parsed))
        self.peers = [] if parsed.smoke else all_peers(parsed.boomer)
        self._reasons = {}

    def usable(self, generators):
        """Those that can be measured here, and the reasons why others can't."""
        words = [word.lower() for word in (self.generators or "").split(",") if word]
        chosen = [one for one in generators if one.name == "wrk" or not words or any(w in one.name.lower() for w in words)]
        for one in chosen:
            if one.name not in self._reasons:
                self._reasons[one.name] = one.unavailable()
        reasons = {one: self._reasons[one.name] for one in chosen if self._reasons[one.name]}
        return [one for one in chosen if one not in reasons], reasons


def main():
    options = Options(parse())
    began = time.monotonic()
    machine.BUILD.mkdir(parents=True, exist_ok=True)
    peers.may_build = not (options.quick or options.smoke)
    if options.build:
        for peer in options.peers:
            print(f"{peer.name}: {peer.unavailable() or 'ready'}")
        return 0
    if not LOCUST.exists():
        raise SystemExit("benchmarks/run: please run scripts/setup once, it installs the master")
    server.build()
    machine.raise_open_file_limit()
    head = f"{machine.description()}. Server and master on CPU {machine.SERVER_CPU}, generator on CPU {machine.GENERATOR_CPU}."
    print(head)
    results, tables = report.Results(head, keep=bool(options.only)), []
    for name in options.tables:
        for table in TABLES[name](options):
            print(f"({time.monotonic() - began:.0f} s)", flush=True)
            tables.append(table)
            results.add(table)
    if not options.smoke:
        results.add(goals.table(results))
    plot.write(results)
    if options.publish:
        publish.publish(results)
    if options.junit:
        report.write_junit(tables, options.junit)
    print(f"\n{time.monotonic() - began:.0f} s; build/benchmarks/results.md, results.json, *.svg")
    return 1 if any(table.problems for table in tables) else 0


if __name__ == "__main__":
    sys.exit(main())
