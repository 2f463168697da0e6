"""What a load generator is to the tables, and how the work of one is measured."""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field

from .machine import BUILD, GENERATOR_CPU, Failed, cpu_seconds, process, wait_until


@dataclass
class Load:
    """What a generator shall do."""

    host: str  # e.g. https://127.0.0.2:4711
    users: int
    seconds: float  # at least so long; the caller ends it
    path: str = "/fixed"
    kind: str = "Busy"  # of the users of users/, for those that have users
    threads: int = 1
    cpus: tuple = (GENERATOR_CPU,)
    env: dict = field(default_factory=dict)


class Generator:
    """A tool with one process. `name` is its row."""

    name = "?"

    def unavailable(self):
        """Builds what is needed, cached; returns why it can't be measured here, or None."""
        return None

    @contextmanager
    def running(self, load: Load):
        """Yields the running process; a cluster yields once its users are spawned."""
        log = open(BUILD / f"{type(self).__name__}.log", "w")
        env = {"BENCH_PATH": load.path, **load.env}
        with log, process(*self.command(load), cpus=load.cpus, env=env, stdout=log, stderr=log) as child:
            yield child

    def heartbeat_gaps(self, since=0.0):
        """Of a worker; others have none."""
        return []

    def command(self, load: Load):
        raise NotImplementedError


def window(pids, server, seconds):
    """CPU µs per request and requests per second over a window of a running generator."""
    user0, system0 = cpu_seconds(*pids)
    requests0, began = server.served(), time.monotonic()
    time.sleep(seconds)
    user1, system1 = cpu_seconds(*pids)
    requests, elapsed = server.served() - requests0, time.monotonic() - began
    if requests <= 0:
        raise Failed("the generator sent nothing")
    user, system = user1 - user0, system1 - system0
    return {
        "cpu_us": (user + system) * 1e6 / requests,
        "user_us": user * 1e6 / requests,
        "system_us": system * 1e6 / requests,
        "rps": requests / elapsed,
        "busy": (user + system) / elapsed,
    }


def measure(generator, load, server, seconds):
    """One window of one generator, after all its users have connected and settled."""
    before = server.served()
    with generator.running(load) as child:

        def answered():  # each user has asked more than once by then
            if child.poll() is not None:
                raise Failed("the generator ended early")
            return server.served() > before + 2 * load.users

        wait_until(answered, "each user had an answer")
        settled = time.time()
        time.sleep(0.5)
        result = window([child.pid], server, seconds)
        result["heartbeat_gaps"] = generator.heartbeat_gaps(since=settled)
        return result
