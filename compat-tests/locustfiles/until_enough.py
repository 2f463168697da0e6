"""For a master, besides a locustfile: ends the test when there is enough of everything.

ROWS (JSON) has the rows and how many requests of each are enough, FAILURES the failures that must occur, SECONDS the
shortest run time."""

import json
import os
import time

import gevent

from locust import events
from locust.rpc import Message
from locust.runners import MasterRunner

ROWS = json.loads(os.environ.get("ROWS", "{}"))
FAILURES = json.loads(os.environ.get("FAILURES", "[]"))
SECONDS = float(os.environ.get("SECONDS", "0"))


@events.test_start.add_listener
def on_test_start(environment, **_):
    if isinstance(environment.runner, MasterRunner):
        gevent.spawn(quit_when_enough, environment, time.monotonic())


def quit_when_enough(environment, start):
    while not is_enough(environment.stats) or time.monotonic() - start < SECONDS:
        gevent.sleep(0.2)
    runner = environment.runner
    if runner.shape_greenlet is not None:
        runner.shape_greenlet.kill()
    # quit() ends the master after half a second, and stop() discards the last reports: so this sends `quit` to the
    # workers. Each sends its last report when its users have ended, and then quits.
    for client in runner.clients.all:
        runner.server.send_to_client(Message("quit", None, client.id))
    while runner.worker_count > 0:
        gevent.sleep(0.1)
    runner.quit()


def is_enough(stats):
    counts = {f"{method} {name}": row.num_requests for (name, method), row in stats.entries.items()}
    failures = {f"{error.method} {error.name}: {error.error}" for error in stats.errors.values()}
    return all(counts.get(row, 0) >= wanted for row, wanted in ROWS.items()) and failures.issuperset(FAILURES)
