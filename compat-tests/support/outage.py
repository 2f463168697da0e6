"""A test run during which the master, the worker or the network between them stands still for a while."""

from __future__ import annotations

import contextlib
import re
import signal
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .network import CutNetwork
from .ports import free_port
from .settings import LOOPBACK
from .web_ui import WebUi
from .workers import cpp_worker, print_locustfile, stock_master
from .settings import LOCUSTFILES

USERS = 20
IN_TIME = 5.0
"""Seconds after the end of an outage within which the users should be as the master wants them."""

LONGEST_RAMP = 45.0
"""Seconds: a stock master that takes a removed worker back during a ramp reads no messages until the ramp ends."""

DROPPED = r"Dropped the statistics of (\d+) requests \(\d+ failures\)"
LOST_MASTER = r"connection to the master|no longer registered|Didn't get heartbeat"
LOCUSTFILE = LOCUSTFILES / "outage.cpp"


@dataclass(frozen=True)
class Outage:
    """@param what "network" (packets are dropped), "master" or "worker" (the process is paused).
    @param phase "ramp", "run" or "stop": what the cluster is about when it begins.
    @param policy The worker's --on-master-loss.
    """

    what: str
    seconds: float
    phase: str
    policy: str

    def __str__(self) -> str:
        return f"{self.what} {self.seconds:g} s, {self.phase}, {self.policy}"


@dataclass
class Result:
    """@param faults What went wrong, in sentences.
    @param seconds From the end of the outage until the users were as the master wants them.
    """

    outage: Outage
    faults: list[str] = field(default_factory=list)
    seconds: float | None = None


class CountedWorker:
    """A worker whose users count what they do in a file."""

    def __init__(
        self, port: int, folder: Path, *, host: str = LOOPBACK, policy: str = "rejoin", prefix=()
    ):
        self._counters = Path(tempfile.mkstemp(dir=folder)[1])
        self.process = cpp_worker(
            port,
            LOCUSTFILE,
            options=["--threads=1", f"--master-host={host}", f"--on-master-loss={policy}"],
            env={"OUTAGE_COUNTERS": str(self._counters)},
            prefix=prefix,
        )

    def _count(self, index: int) -> int:
        numbers = self._counters.read_bytes()
        return struct.unpack_from("<4Q", numbers)[index] if len(numbers) >= 32 else 0

    @property
    def requests(self) -> int:
        return self._count(0)

    @property
    def users(self) -> int:
        return self._count(1) - self._count(2)

    @property
    def messages(self) -> int:
        return self._count(3)

    @property
    def given_up(self) -> int:
        """Requests of which the log says that nobody got their statistics."""
        return sum(int(re.search(DROPPED, line)[1]) for line in self.process.matching(DROPPED))


class Cluster:
    """A stock master and two workers; the first one is the one that is cut off or paused."""

    def __init__(self, outage: Outage, folder: Path, stack: contextlib.ExitStack):
        self._outage = outage
        self._network = None
        prefix, host = (), LOOPBACK
        if outage.what == "network":
            self._network = CutNetwork(longest_resend_interval=1000)
            stack.callback(self._network.close)
            prefix, host = self._network.prefix, self._network.address
        self._port, web_port = free_port(), free_port()
        self.master = stock_master(
            self._port,
            folder / "locustfile.py",
            options=["--web-host", host, "--web-port", web_port, "OutageUser"],
            bind_host="0.0.0.0" if prefix else LOOPBACK,
            prefix=prefix,
            cwd=folder,
        )
        stack.callback(self.master.stop)
        self.ui = WebUi(web_port, host, patience=outage.seconds + 60)
        self.worker = CountedWorker(self._port, folder, host=host, policy=outage.policy)
        stack.callback(self.worker.process.stop)
        other = CountedWorker(self._port, folder, policy=outage.policy, prefix=prefix)
        stack.callback(other.process.stop)
        self.workers = [self.worker, other]
        self.master.expect("reported as ready", count=2, patience=90)

    def lose_packets(self, percent: int) -> None:
        """Between the first worker and the master, in both directions."""
        self._network.lose(self._port, percent)

    def begin_outage(self) -> None:
        match self._outage.what:
            case "network":
                self._network.cut(self._port)
            case "master":
                self.master.signal(signal.SIGSTOP)
            case "worker":
                self.worker.process.signal(signal.SIGSTOP)

    def end_outage(self) -> None:
        match self._outage.what:
            case "network":
                self._network.mend()
            case "master":
                self.master.signal(signal.SIGCONT)
            case "worker":
                self.worker.process.signal(signal.SIGCONT)

    @property
    def users(self) -> list[int]:
        return [worker.users for worker in self.workers]

    @property
    def requests(self) -> int:
        return sum(worker.requests for worker in self.workers)

    def logs(self) -> str:
        lines = [line for p in (self.master, self.worker.process) for line in p.lines]
        return "\n    ".join(lines)


def play_loss(percent: int, folder: Path) -> list[str]:
    """Packets are lost during a test with ramps. Returns what went wrong."""
    write_locustfile(folder)
    with contextlib.ExitStack() as stack:
        cluster = Cluster(Outage("network", 0, "ramp", "rejoin"), folder, stack)
        faults = list(_play_loss(percent, cluster))
        return [f"{percent} % lost: {fault}\n    {cluster.logs()}" for fault in faults]


def _play_loss(percent: int, cluster: Cluster) -> Iterator[str]:
    cluster.lose_packets(percent)
    for users in (USERS, USERS // 4, USERS):
        cluster.ui.swarm(users, spawn_rate=USERS)
        if _wait(lambda users=users: sum(cluster.users) == cluster.ui.stats()["user_count"] == users, 6 * IN_TIME) is None:
            yield f"{users} users wanted, {cluster.users} run, the master counts {cluster.ui.stats()['user_count']}"
        made = cluster.requests
        if _wait(lambda made=made: cluster.ui.requests() >= made, 6 * IN_TIME) is None:
            yield f"reports are missing: {made} requests made, {cluster.ui.requests()} counted"
    cluster.ui.stop()
    _wait(lambda: cluster.ui.requests() >= cluster.requests, IN_TIME)
    if (made := cluster.requests) != (counted := cluster.ui.requests()):
        yield f"{made} requests made, {counted} counted"
    if lost := cluster.worker.process.matching(LOST_MASTER):
        yield f"the worker lost its master: {lost}"


def play(outage: Outage, folder: Path) -> Result:
    """Runs the outage in a cluster of its own."""
    result = Result(outage)
    with contextlib.ExitStack() as stack:
        try:
            cluster = Cluster(outage, folder, stack)
            _play(result, cluster)
        except Exception as error:  # noqa: BLE001: one of many outages that run at the same time
            result.faults.append(f"{outage}: {error!r}")
        else:
            result.faults = [f"{outage}: {fault}\n    {cluster.logs()}" for fault in result.faults]
    return result


def _play(result: Result, cluster: Cluster) -> None:
    outage, faults = result.outage, result.faults
    ramp_rate = USERS / (min(outage.seconds, LONGEST_RAMP) + 6) if outage.phase == "ramp" else USERS
    cluster.ui.swarm(USERS, spawn_rate=ramp_rate)
    if outage.phase == "ramp":
        time.sleep(2)
    else:
        cluster.ui.wait_until(lambda stats: stats["user_count"] == USERS, f"{USERS} users")
        time.sleep(1.5)
    cluster.begin_outage()
    stopping = None
    if outage.phase == "stop":
        time.sleep(min(1.0, outage.seconds / 2))
        stopping = threading.Thread(target=cluster.ui.ask_to_stop, daemon=True)
        stopping.start()
        time.sleep(outage.seconds - min(1.0, outage.seconds / 2))
    else:
        time.sleep(outage.seconds)
    cluster.end_outage()
    wanted = 0 if outage.phase == "stop" else USERS
    if outage.phase == "ramp":
        _wait(lambda: cluster.ui.stats()["state"] == "running", 15 + outage.seconds)
    result.seconds = _wait(
        lambda: sum(cluster.users) == cluster.ui.stats()["user_count"] == wanted, 6 * IN_TIME
    )
    if result.seconds is None:
        stats = cluster.ui.stats()
        faults.append(
            f"{wanted} users wanted, {cluster.users} run,"
            f" the master counts {stats['user_count']} ({stats['state']})"
        )
    if stopping is None:
        time.sleep(3.5)  # with a report
        if sum(cluster.users) != wanted:
            faults.append(f"{wanted} users wanted, {cluster.users} run later")
        cluster.ui.stop()
    else:
        stopping.join(outage.seconds + 60)
    _wait(lambda: cluster.ui.requests() >= cluster.requests, IN_TIME)
    made, counted, given_up = cluster.requests, cluster.ui.requests(), cluster.worker.given_up
    if not made - given_up <= counted <= made:
        faults.append(f"{made} requests made, {counted} counted, {given_up} given up in the log")
    elif given_up > 0:
        faults.append(f"{given_up} of {made} requests were given up although the connection never broke")


def _wait(condition, patience: float) -> float | None:
    """The seconds until the condition was true; None if it was not within `patience`."""
    begin = time.monotonic()
    while not condition():
        if time.monotonic() > begin + patience:
            return None
        time.sleep(0.1)
    return time.monotonic() - begin


def play_all(outages: list[Outage], folder: Path, *, at_once: int) -> list[Result]:
    """Several outages at the same time, as most of it is waiting."""
    write_locustfile(folder)
    results: list[Result] = []
    waiting = sorted(outages, key=lambda outage: outage.seconds)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                outage = waiting.pop()
            result = play(outage, folder)
            with lock:
                results.append(result)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def write_locustfile(folder: Path) -> None:
    (folder / "locustfile.py").write_text(print_locustfile(LOCUSTFILE))
