"""Tests of a stock master, each with faults and commands in a random order."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import struct
import threading
import time
from pathlib import Path

from .cuttable_proxy import CuttableProxy
from .outage import DROPPED
from .ports import free_port
from .settings import LOCUSTFILES, LOOPBACK
from .web_ui import CACHE_S, WebUi
from .workers import cpp_worker, print_locustfile, stock_master

LOCUSTFILE = LOCUSTFILES / "sequences.cpp"
NAMES = ("SIM /0", "SIM /1", "SIM /2")
PATIENCE = 45.0
"""Seconds until what was measured has arrived at the master. A worker whose `stop` was lost in a ramp stops its users after 30 s."""


class Cluster:
    """A stock master and a worker, with a proxy between them that can be cut."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack):
        port, web_port = free_port(), free_port()
        locustfile = folder / "locustfile.py"
        locustfile.write_text(print_locustfile(LOCUSTFILE))
        web = ["--web-host", LOOPBACK, "--web-port", web_port]
        self.master = stock_master(port, locustfile, options=web, cwd=folder)
        stack.callback(self.master.stop)
        self.master.expect("Starting web interface")
        self.ui = WebUi(web_port, patience=90)
        self.proxy = CuttableProxy(port)
        stack.callback(self.proxy.close)
        self._counters = folder / "counters"
        self.worker = cpp_worker(
            self.proxy.port,
            LOCUSTFILE,
            options=["--threads=2"],
            env={"SEQUENCE_COUNTERS": str(self._counters)},
        )
        stack.callback(self.worker.stop)
        self.master.expect("reported as ready")

    def made(self) -> list[int]:
        """What the users have counted, by name."""
        numbers = self._counters.read_bytes() if self._counters.exists() else b""
        return list(struct.unpack_from("<3Q", numbers)) if len(numbers) >= 24 else [0, 0, 0]

    def counted(self) -> list[int]:
        """What the master has counted in this test, by name."""
        counts = self.ui.request_counts()
        return [counts.get(tuple(name.split()), 0) for name in NAMES]

    def given_up(self) -> int:
        return sum(int(re.search(DROPPED, line)[1]) for line in self.worker.matching(DROPPED))

    def wait(self, condition, patience: float = PATIENCE) -> bool:
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True


def _cut(cluster: Cluster, rng: random.Random) -> None:
    cluster.proxy.cut()


def _refuse(cluster: Cluster, rng: random.Random) -> None:
    cluster.proxy.refuse()
    time.sleep(rng.uniform(0.1, 2))
    cluster.proxy.accept()


def _freeze(cluster: Cluster, rng: random.Random) -> None:
    cluster.proxy.freeze()
    time.sleep(rng.uniform(0.1, 2.5))
    cluster.proxy.thaw()


def _pause(process, rng: random.Random) -> None:
    process.signal(signal.SIGSTOP)
    time.sleep(rng.uniform(0.1, 2.5))
    process.signal(signal.SIGCONT)


def _pause_worker(cluster: Cluster, rng: random.Random) -> None:
    _pause(cluster.worker, rng)


def _pause_master(cluster: Cluster, rng: random.Random) -> None:
    _pause(cluster.master, rng)


def _edit(cluster: Cluster, rng: random.Random) -> None:
    if cluster.ui.stats()["state"] in ("spawning", "running"):
        cluster.ui.swarm(rng.randint(1, 12), spawn_rate=rng.choice((2, 100)))


def _wait(cluster: Cluster, rng: random.Random) -> None:
    time.sleep(rng.uniform(0.1, 2))


BREAKING = (_cut, _refuse)
ACTIONS = (*BREAKING, _freeze, _pause_worker, _pause_master, _edit, _edit, _wait)


def play(cluster: Cluster, seed: int) -> str | None:
    """Runs one test. Returns what is wrong, or None."""
    rng = random.Random(seed)
    actions = [rng.choice(ACTIONS) for _ in range(rng.randint(1, 5))]
    names = ", ".join(action.__name__[1:] for action in actions)
    made_before, given_up_before = cluster.made(), cluster.given_up()
    cluster.ui.swarm(rng.randint(1, 12), spawn_rate=rng.choice((3, 100)))
    time.sleep(rng.uniform(0, 1.5))
    for action in actions:
        action(cluster, rng)
    cluster.ui.stop()

    def made() -> list[int]:
        return [now - before for now, before in zip(cluster.made(), made_before, strict=True)]

    def given_up() -> int:
        return cluster.given_up() - given_up_before

    has_arrived = cluster.wait(lambda: sum(cluster.counted()) + given_up() >= sum(made()))
    books = f"seed {seed} ({names}): {made()} made, {cluster.counted()} counted, {given_up()} given up"
    if not has_arrived:
        return f"lost without a word: {books}"
    if any(counted > one for counted, one in zip(cluster.counted(), made(), strict=True)):
        return f"counted twice: {books}"
    if given_up() > 0 and not any(action in BREAKING for action in actions):
        return f"given up although the connection never broke: {books}"
    time.sleep(CACHE_S)  # what the master answers may be of the test before
    if not cluster.wait(lambda: cluster.ui.stats()["state"] == "stopped" and _is_ready(cluster)):
        return f"the worker is not ready again: {books}"
    return None


def _is_ready(cluster: Cluster) -> bool:
    workers = cluster.ui.stats()["workers"]
    return len(workers) == 1 and workers[0]["state"] == "ready"


def play_all(seeds: list[int], folder: Path, *, at_once: int) -> list[str]:
    """Plays the sequences in `at_once` clusters. Returns what was wrong."""
    faults: list[str] = []
    waiting = list(reversed(seeds))
    lock = threading.Lock()

    def work(number: int) -> None:
        seed = None
        try:
            with contextlib.ExitStack() as stack:
                own = folder / f"cluster-{number}"
                own.mkdir()
                cluster = Cluster(own, stack)
                while True:
                    with lock:
                        if not waiting:
                            return
                        seed = waiting.pop()
                    if fault := play(cluster, seed):
                        lines = [line for p in (cluster.master, cluster.worker) for line in p.lines]
                        faults.append("\n    ".join([fault, *lines[-60:]]))
                        return
        except Exception as error:  # noqa: BLE001: one of several clusters
            faults.append(f"seed {seed}: {error!r}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults
