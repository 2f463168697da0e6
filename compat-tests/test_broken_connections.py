"""Connections to a stock master that break, and a master that reads slowly: orders and messages are not lost."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from support.cuttable_proxy import CuttableProxy
from support.outage import LOCUSTFILE, CountedWorker
from support.ports import free_port
from support.settings import LOOPBACK, PATIENCE
from support.web_ui import WebUi
from support.workers import print_locustfile, stock_master

USERS = 5
COUNT_MESSAGES = """
received = 0


@events.init.add_listener
def count_messages(environment, **kwargs):
    def count(environment, msg, **kwargs):
        global received
        received += 1

    environment.runner.register_message("talk", count)
    environment.web_ui.app.add_url_rule("/received", "received", lambda: str(received))
"""


class Broken:
    """A stock master and a worker with a proxy between them that can be cut."""

    def __init__(self, ended, folder: Path, user_class: str):
        port, web_port = free_port(), free_port()
        locustfile = folder / "locustfile.py"
        imports = "from locust import events\n"
        locustfile.write_text(imports + print_locustfile(LOCUSTFILE) + COUNT_MESSAGES)
        web = ["--web-host", LOOPBACK, "--web-port", web_port]
        self.master = ended(stock_master(port, locustfile, options=[*web, user_class], cwd=folder))
        self.master.expect("Starting web interface")
        self.proxy = ended(CuttableProxy(port))
        self.ui = WebUi(web_port, patience=120)
        self.worker = CountedWorker(self.proxy.port, folder)
        ended(self.worker.process)
        self.master.expect("reported as ready")

    def received(self) -> int:
        return int(self.ui.text("/received"))


@pytest.fixture
def broken(ended, tmp_path):
    return lambda user_class: Broken(ended, tmp_path, user_class)


def wait(condition, what: str, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {patience} s"
        time.sleep(0.1)


def test_a_stop_that_was_lost_with_the_connection_takes_effect(broken):
    cluster = broken("OutageUser")
    cluster.ui.swarm(USERS)
    # During the ramp-up, a worker waits longer for the next order.
    cluster.worker.process.expect("event spawning_complete")
    cluster.proxy.refuse()
    stopping = threading.Thread(target=cluster.ui.stop)
    stopping.start()
    time.sleep(1.5)  # the master's order goes to a connection that has gone
    assert cluster.worker.users == USERS
    cluster.proxy.accept()
    wait(lambda: cluster.worker.users == 0, "end of the users")
    stopping.join()
    made, counted, given_up = cluster.worker.requests, cluster.ui.requests(), cluster.worker.given_up
    assert made - given_up <= counted <= made


def test_a_run_goes_on_after_the_connection_broke(broken):
    cluster = broken("OutageUser")
    cluster.ui.swarm(USERS)
    cluster.ui.wait_until(lambda stats: stats["user_count"] == USERS, f"{USERS} users")
    cluster.proxy.cut()
    cluster.worker.process.expect("The connection to the master is back")
    time.sleep(6)  # longer than a worker waits for orders
    assert cluster.worker.users == USERS
    assert not cluster.worker.process.matching("did not confirm")
    cluster.ui.stop()
    made, counted, given_up = cluster.worker.requests, cluster.ui.requests(), cluster.worker.given_up
    assert made - given_up <= counted <= made


def test_messages_wait_while_the_master_stands_still(broken):
    cluster = broken("TalkingUser")
    cluster.ui.swarm(1)
    wait(lambda: cluster.worker.messages > 2000, "messages")
    cluster.master.signal(signal.SIGSTOP)
    time.sleep(2.5)
    cluster.master.signal(signal.SIGCONT)
    time.sleep(1)
    cluster.ui.stop()
    wait(lambda: cluster.received() == cluster.worker.messages, "messages sent during the interruption")
    assert not cluster.worker.process.matching("dropped|may be lost")


@pytest.mark.long
def test_a_user_that_talks_too_fast_waits_and_what_is_dropped_is_counted(broken):
    """A master that stands still for longer: 10,000 messages wait, then the user, then messages are dropped."""
    cluster = broken("TalkingUser")
    cluster.ui.swarm(1)
    wait(lambda: cluster.worker.messages > 2000, "messages")
    cluster.master.signal(signal.SIGSTOP)
    time.sleep(25)
    sent = cluster.worker.messages
    cluster.master.signal(signal.SIGCONT)
    assert sent < 25 * 2000, "the user did not wait"
    time.sleep(2)
    cluster.ui.stop()
    lost = cluster.worker.messages - cluster.received()
    if lost > 0:
        cluster.worker.process.expect("were dropped")
